/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Folders that do not exist are dropped first, so that a profile with many mappings costs nothing
 * where there is nothing to be found.
 */
#include "symbol/locate.h"

#include "symbol/object.h"

#include <string.h>

#define KERNEL "[kernel.kallsyms]"

/* Whom to tell what. */
typedef struct {
    void (*warn)(const char *message, gpointer data);
    void (*explain)(const char *message, gpointer data);
    gpointer data;
} Ears;

G_GNUC_PRINTF(3, 4)
static void tell(void (*to)(const char *message, gpointer data), gpointer data, const char *format,
                 ...)
{
    if (to != NULL) {
        va_list args;
        va_start(args, format);
        g_autofree char *message = g_strdup_vprintf(format, args);
        va_end(args);
        to(message, data);
    }
}

/* Everything in PATH/BUILDID, by name. */
static void add_all_in(GPtrArray *names, const char *dir)
{
    GDir *open = g_dir_open(dir, 0, NULL);
    if (open == NULL) {
        return;
    }
    guint first = names->len;
    for (const char *name; (name = g_dir_read_name(open)) != NULL;) {
        if (name[0] != '.') {
            g_ptr_array_add(names, g_build_filename(dir, name, NULL));
        }
    }
    g_dir_close(open);
    for (guint i = first + 1; i < names->len; i++) { /* a handful */
        for (guint k = i; k > first && strcmp(names->pdata[k - 1], names->pdata[k]) > 0; k--) {
            gpointer other = names->pdata[k];
            names->pdata[k] = names->pdata[k - 1];
            names->pdata[k - 1] = other;
        }
    }
}

/* A build id becomes part of paths: only digits may. */
static bool is_build_id(const char *id)
{
    return *id != '\0' && id[strspn(id, "0123456789abcdefABCDEF")] == '\0';
}

/* All names under which the file may be in the folder, in pprof's order. */
static GPtrArray *candidates(const char *folder, const char *file, const char *id)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *base = *file != '\0' ? g_path_get_basename(file) : g_strdup("");
    g_autofree char *dir = *file != '\0' ? g_path_get_dirname(file) : g_strdup("");
    g_autofree char *debug = g_strconcat(base, ".debug", NULL);
    if (is_build_id(id)) {
        g_autofree char *by_id = g_build_filename(folder, id, NULL);
        g_ptr_array_add(names, g_build_filename(by_id, base, NULL));
        add_all_in(names, by_id);
        g_ptr_array_add(names, g_build_filename(folder, file, id, NULL));
        if (strlen(id) >= 2) {
            g_autofree char *head = g_strndup(id, 2);
            g_autofree char *rest = g_strconcat(id + 2, ".debug", NULL);
            g_ptr_array_add(names, g_build_filename(folder, head, rest, NULL));
        }
    }
    if (*file != '\0') {
        g_autofree char *whole = g_strconcat(file, ".debug", NULL);
        g_ptr_array_add(names, g_build_filename(folder, base, NULL));
        g_ptr_array_add(names, g_build_filename(folder, file, NULL));
        g_ptr_array_add(names, g_build_filename(folder, whole, NULL));
        g_ptr_array_add(names, g_build_filename(folder, dir, ".debug", debug, NULL));
        g_ptr_array_add(names, g_build_filename(folder, "usr", "lib", "debug", dir, debug, NULL));
    }
    return names;
}

/* Whether the file can be used for the mapping. */
static bool accept(const char *name, const CpaPlace *place, const char *id, const Ears *ears)
{
    if (!g_file_test(name, G_FILE_TEST_IS_REGULAR)) {
        tell(ears->explain, ears->data, "    %s: not there", name);
        return false;
    }
    g_autoptr(GError) error = NULL;
    g_autoptr(CpaObject) object = cpa_object_open(name, &error);
    if (object == NULL || !cpa_object_check_place(object, place, &error)) {
        tell(ears->explain, ears->data, "    %s", error->message);
        return false;
    }
    const char *found = cpa_object_build_id(object);
    if (*id != '\0' && strcmp(id, found) != 0) {
        tell(ears->warn, ears->data, "Ignoring local file %s: build-id mismatch (%s != %s)", name,
             id, found);
        return false;
    }
    tell(ears->explain, ears->data, "    %s: taken", name);
    return true;
}

static void locate(CpaBuilder *b, CpaMapping *m, const GPtrArray *folders, const Ears *ears)
{
    g_autofree char *file = g_strdup(cpa_builder_string(b, m->file));
    g_autofree char *id = g_strdup(cpa_builder_string(b, m->build_id));
    g_autofree char *kernel = g_strdup(cpa_builder_string(b, m->kernel_symbol));
    const CpaPlace place = {m->start, m->limit, m->offset, kernel};
    if (*file == '\0' && *id == '\0') {
        return;
    }
    tell(ears->explain, ears->data, "looking for %s%s%s", file, *id != '\0' ? ", build id " : "",
         id);
    for (guint i = 0; i < folders->len; i++) {
        g_autoptr(GPtrArray) names = candidates(folders->pdata[i], file, id);
        for (guint k = 0; k < names->len; k++) {
            const char *name = names->pdata[k];
            if (accept(name, &place, id, ears)) {
                m->file = cpa_builder_intern(b, name, -1);
                return;
            }
        }
    }
}

void cpa_locate_binaries(CpaBuilder *b, const char *path,
                         void (*warn)(const char *message, gpointer data),
                         void (*explain)(const char *message, gpointer data), gpointer data)
{
    const Ears ears = {warn, explain, data};
    const char *set = path != NULL ? path : g_getenv("PPROF_BINARY_PATH");
    const char *home = g_getenv("HOME");
    g_autofree char *fallback =
        home != NULL ? g_build_filename(home, "pprof", "binaries", NULL) : g_strdup("");
    g_auto(GStrv) parts = g_strsplit(set != NULL && *set != '\0' ? set : fallback, ":", -1);
    g_autoptr(GPtrArray) folders = g_ptr_array_new();
    for (size_t i = 0; parts[i] != NULL; i++) {
        if (*parts[i] != '\0' && g_file_test(parts[i], G_FILE_TEST_IS_DIR)) {
            g_ptr_array_add(folders, parts[i]);
        } else if (*parts[i] != '\0') {
            tell(explain, data, "no folder %s to look for binaries in", parts[i]);
        }
    }
    uint32_t n = 0;
    CpaMapping *mappings = cpa_builder_mappings(b, &n);
    for (uint32_t i = 0; i < n; i++) {
        /* The name goes when a file is found, or named by the user. */
        const char *file = cpa_builder_string(b, mappings[i].file);
        if (g_str_has_prefix(file, KERNEL)) {
            g_autofree char *symbol = g_strdup(file + strlen(KERNEL));
            mappings[i].kernel_symbol = cpa_builder_intern(b, symbol, -1);
        }
    }
    for (uint32_t i = 0; i < n && folders->len > 0; i++) {
        locate(b, &mappings[i], folders, &ears);
    }
}
