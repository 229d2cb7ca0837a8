/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making and freeing views. Tables of mappings, functions and locations are copied at once: they
 * are small next to the samples, and every step edits them.
 */
#include "view/view.h"

#include <string.h>

CpaView *cpa_view_new(CpaProfile *profile)
{
    CpaView *v = g_new0(CpaView, 1);
    v->profile = cpa_profile_ref(profile);
    v->strings = cpa_strtab_new(profile->strings);
    v->n_mappings = profile->n_mappings;
    v->n_functions = profile->n_functions;
    v->n_locations = profile->n_locations;
    v->n_lines = profile->n_lines;
    v->mappings = g_memdup2(profile->mappings, profile->n_mappings * sizeof *v->mappings);
    v->functions = g_memdup2(profile->functions, profile->n_functions * sizeof *v->functions);
    v->locations = g_memdup2(profile->locations, profile->n_locations * sizeof *v->locations);
    v->lines = profile->lines;
    v->n_samples = profile->n_samples;
    v->begin = profile->frame_first;
    v->end = profile->frame_first + 1;
    v->frames = profile->frames;
    v->label_sets = profile->label_sets;
    v->labels = profile->labels;
    return v;
}

void cpa_view_drop_samples(CpaView *v)
{
    v->n_samples = 0;
    v->begin = NULL;
    v->end = NULL;
    v->frames = NULL;
    v->label_sets = NULL;
    v->rows = NULL;
    g_clear_pointer(&v->own_begin, g_free);
    g_clear_pointer(&v->own_end, g_free);
    g_clear_pointer(&v->own_frames, g_free);
    g_clear_pointer(&v->own_label_sets, g_free);
    g_clear_pointer(&v->own_rows, g_free);
}

void cpa_view_free(CpaView *v)
{
    if (v == NULL) {
        return;
    }
    cpa_view_drop_samples(v);
    cpa_label_table_free(v->own_labels);
    g_free(v->mappings);
    g_free(v->functions);
    g_free(v->locations);
    g_free(v->own_lines);
    cpa_strtab_free(v->strings);
    cpa_profile_unref(v->profile);
    g_free(v);
}
