/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Source file names as reports show them: without configured prefixes.
 */
#include "base/trimpath.h"
#include "view/filter.h"

void cpa_view_trim_paths(CpaView *v, const char *trim_path, const char *source_path)
{
    g_autoptr(CpaPathTrimmer) trimmer = cpa_path_trimmer_new(trim_path, source_path);
    for (uint32_t i = 0; i < v->n_functions; i++) {
        const char *path = cpa_view_str(v, v->functions[i].file);
        size_t n = cpa_path_trimmer_cut(trimmer, path);
        if (n > 0) {
            size_t len = cpa_strtab_len(v->strings, v->functions[i].file);
            v->functions[i].file = cpa_strtab_intern(v->strings, path + n, len - n);
        }
    }
}
