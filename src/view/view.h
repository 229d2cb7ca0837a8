/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CpaView: a profile as one report sees it: filters, label frames and granularity applied.
 *
 * A view starts out borrowing the columns of its profile and replaces a column by its own copy
 * only when a step changes it; the profile itself never changes.
 *
 *     frames of sample i:  frames[begin[i] .. end[i])        location indices, leaf first
 *     values of sample i:  cpa_view_values(view, i)
 *     labels of sample i:  set label_sets[i] of `labels`
 *
 * Steps, in the order in which a report applies them: cpa_view_prune_uninteresting (once, right
 * after loading), cpa_view_add_label_frames, cpa_view_focus, cpa_view_aggregate.
 */
#pragma once

#include "base/options.h"
#include "profile/profile.h"

typedef struct CpaView {
    CpaProfile *profile; /* reference */
    CpaStrtab *strings;  /* overlay of the profile's strings */

    CpaMapping *mappings; /* own copies, all of them small next to samples */
    uint32_t n_mappings;
    CpaFunction *functions;
    uint32_t n_functions;
    CpaLocation *locations;
    uint32_t n_locations;
    const CpaLine *lines; /* locations may share them */
    uint32_t n_lines;

    size_t n_samples;
    const uint64_t *begin; /* [n_samples] */
    const uint64_t *end;   /* [n_samples] */
    const uint32_t *frames;
    const uint32_t *label_sets; /* [n_samples] */
    const uint32_t *rows;       /* [n_samples] row of values, or NULL: sample i is row i */
    const CpaLabelTable *labels;

    /* Own columns behind the pointers above, NULL while borrowed. */
    CpaLine *own_lines;
    uint64_t *own_begin;
    uint64_t *own_end;
    uint32_t *own_frames;
    uint32_t *own_label_sets;
    uint32_t *own_rows;
    CpaLabelTable *own_labels;
} CpaView;

/* Receives warnings such as "Focus expression matched no samples"; may be NULL. */
typedef void (*CpaWarn)(const char *message, gpointer data);

CpaView *cpa_view_new(CpaProfile *profile);
void cpa_view_free(CpaView *view);

/** cpa_view_drop_samples: leaves a view of no samples, for those who need its names only */
void cpa_view_drop_samples(CpaView *view);

static inline const int64_t *cpa_view_values(const CpaView *view, size_t i)
{
    size_t row = view->rows != NULL ? view->rows[i] : i;
    return view->profile->values + row * view->profile->header.n_types;
}

static inline const char *cpa_view_str(const CpaView *view, CpaStrId id)
{
    return cpa_strtab_get(view->strings, id);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaView, cpa_view_free)
