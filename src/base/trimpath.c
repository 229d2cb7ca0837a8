/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cutting prefixes: configured ones, those of sandboxes, and the guess that a directory of the
 * search path has the same name where the program was built.
 */
#include "base/trimpath.h"

#include <stdbool.h>
#include <string.h>

#include "base/text.h"

/* Prefixes of build systems that run in a sandbox. */
static const char *const built_in[] = {"/proc/self/cwd/./", "/proc/self/cwd/"};

struct CpaPathTrimmer {
    GPtrArray *prefixes; /* of char*, each with a slash at its end */
    GPtrArray *wanted;   /* of char*: "/name/" of the directories looked for */
};

CpaPathTrimmer *cpa_path_trimmer_new(const char *trim_path, const char *source_path)
{
    CpaPathTrimmer *t = g_new0(CpaPathTrimmer, 1);
    t->prefixes = g_ptr_array_new_with_free_func(g_free);
    t->wanted = g_ptr_array_new_with_free_func(g_free);
    g_auto(GStrv) trims = g_strsplit(trim_path, ":", -1);
    for (size_t i = 0; trims[i] != NULL; i++) {
        bool closed = g_str_has_suffix(trims[i], "/");
        g_ptr_array_add(t->prefixes, g_strconcat(trims[i], closed ? "" : "/", NULL));
    }
    g_auto(GStrv) directories = g_strsplit(*trim_path == '\0' ? source_path : "", ":", -1);
    for (size_t i = 0; directories[i] != NULL; i++) {
        g_autofree char *base = cpa_path_base(directories[i]);
        g_ptr_array_add(t->wanted, g_strconcat("/", base, "/", NULL));
    }
    return t;
}

void cpa_path_trimmer_free(CpaPathTrimmer *t)
{
    if (t != NULL) {
        g_ptr_array_unref(t->prefixes);
        g_ptr_array_unref(t->wanted);
        g_free(t);
    }
}

size_t cpa_path_trimmer_cut(const CpaPathTrimmer *t, const char *path)
{
    for (guint i = 0; i < t->wanted->len; i++) {
        const char *wanted = g_ptr_array_index(t->wanted, i);
        const char *found = strstr(path, wanted);
        if (found != NULL) {
            return (size_t)(found - path) + strlen(wanted);
        }
    }
    for (guint i = 0; i < t->prefixes->len; i++) {
        const char *prefix = g_ptr_array_index(t->prefixes, i);
        if (g_str_has_prefix(path, prefix)) {
            return strlen(prefix);
        }
    }
    for (size_t i = 0; i < G_N_ELEMENTS(built_in); i++) {
        if (g_str_has_prefix(path, built_in[i])) {
            return strlen(built_in[i]);
        }
    }
    return 0;
}
