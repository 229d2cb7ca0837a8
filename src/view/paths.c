/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Source file names as reports show them: without configured prefixes.
 *
 * Source: pprof internal/report/source.go trimPath
 */
#include <string.h>

#include "base/text.h"
#include "view/filter.h"

/* Prefixes of build systems that run in a sandbox. */
static const char *const built_in[] = {"/proc/self/cwd/./", "/proc/self/cwd/"};

/* Position behind "/base/" where base is the last element of a search directory; 0 for none. */
static size_t find_directory(const char *path, char *const *wanted)
{
    for (size_t i = 0; wanted[i] != NULL; i++) {
        const char *found = strstr(path, wanted[i]);
        if (found != NULL) {
            return (size_t)(found - path) + strlen(wanted[i]);
        }
    }
    return 0;
}

static size_t trimmed_length(const char *path, char *const *prefixes, char *const *wanted)
{
    size_t n = find_directory(path, wanted);
    for (size_t i = 0; n == 0 && prefixes[i] != NULL; i++) {
        n = g_str_has_prefix(path, prefixes[i]) ? strlen(prefixes[i]) : 0;
    }
    for (size_t i = 0; n == 0 && i < G_N_ELEMENTS(built_in); i++) {
        n = g_str_has_prefix(path, built_in[i]) ? strlen(built_in[i]) : 0;
    }
    return n;
}

void cpa_view_trim_paths(CpaView *v, const char *trim_path, const char *source_path)
{
    g_autoptr(GPtrArray) prefixes = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) wanted = g_ptr_array_new_with_free_func(g_free);
    g_auto(GStrv) trims = g_strsplit(trim_path, ":", -1);
    for (size_t i = 0; trims[i] != NULL; i++) {
        bool closed = g_str_has_suffix(trims[i], "/");
        g_ptr_array_add(prefixes, g_strconcat(trims[i], closed ? "" : "/", NULL));
    }
    g_auto(GStrv) directories = g_strsplit(*trim_path == '\0' ? source_path : "", ":", -1);
    for (size_t i = 0; directories[i] != NULL; i++) {
        g_autofree char *base = cpa_path_base(directories[i]);
        g_ptr_array_add(wanted, g_strconcat("/", base, "/", NULL));
    }
    g_ptr_array_add(prefixes, NULL);
    g_ptr_array_add(wanted, NULL);
    for (uint32_t i = 0; i < v->n_functions; i++) {
        const char *path = cpa_view_str(v, v->functions[i].file);
        size_t n =
            trimmed_length(path, (char *const *)prefixes->pdata, (char *const *)wanted->pdata);
        if (n > 0) {
            size_t len = cpa_strtab_len(v->strings, v->functions[i].file);
            v->functions[i].file = cpa_strtab_intern(v->strings, path + n, len - n);
        }
    }
}
