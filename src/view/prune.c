/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cutting stacks below a frame: by the profile's own drop_frames, or by -prune_from.
 */
#include "view/edit.h"
#include "view/filter.h"

enum {
    KEEP = 0,
    PRUNE_BENEATH = 1, /* the match is an inlined callee: what called it stays */
    PRUNE = 2,         /* the whole location goes */
};

/* Index of the outermost line to prune, or -1. */
static int64_t find_pruned_line(CpaView *v, const CpaLocation *l, CpaMatcher *drop,
                                CpaMatcher *keep)
{
    for (int64_t i = (int64_t)l->n_lines - 1; i >= 0; i--) {
        CpaStrId name = v->functions[v->lines[l->line_first + i].function].name;
        if (name != 0 && cpa_matcher_test(drop, name) &&
            (keep->regexp == NULL || !cpa_matcher_test(keep, name))) {
            return i;
        }
    }
    return -1;
}

static void prune(CpaView *v, CpaMatcher *drop, CpaMatcher *keep)
{
    g_autofree uint8_t *fate = g_new0(uint8_t, (size_t)v->n_locations + 1);
    bool any = false;
    for (uint32_t k = 0; k < v->n_locations; k++) {
        CpaLocation *l = &v->locations[k];
        int64_t i = find_pruned_line(v, l, drop, keep);
        if (i < 0) {
            continue;
        }
        any = true;
        fate[k] = PRUNE;
        if (i < (int64_t)l->n_lines - 1) {
            fate[k] = PRUNE_BENEATH;
            l->line_first += (uint32_t)i + 1;
            l->n_lines -= (uint32_t)i + 1;
        }
    }
    if (!any) {
        return;
    }
    cpa_view_own_samples(v);
    for (size_t s = 0; s < v->n_samples; s++) {
        /* From the root; frames before the first other one stay, so that not all is pruned. */
        bool found_user = false;
        for (uint64_t i = v->own_end[s]; i > v->own_begin[s]; i--) {
            uint8_t f = fate[v->frames[i - 1]];
            if (f == KEEP) {
                found_user = true;
            } else if (found_user) {
                v->own_begin[s] = f == PRUNE ? i : i - 1;
                break;
            }
        }
    }
}

void cpa_view_prune_uninteresting(CpaView *v)
{
    const CpaHeader *header = &v->profile->header;
    if (header->drop_frames == 0) {
        return;
    }
    g_autofree char *drop_pattern = g_strdup_printf("^(%s)$", cpa_view_str(v, header->drop_frames));
    g_autofree char *keep_pattern =
        header->keep_frames != 0 ? g_strdup_printf("^(%s)$", cpa_view_str(v, header->keep_frames))
                                 : g_strdup("");
    CpaMatcher drop = {0};
    CpaMatcher keep = {0};
    if (cpa_matcher_init(&drop, v, "drop_frames", drop_pattern, NULL) &&
        cpa_matcher_init(&keep, v, "keep_frames", keep_pattern, NULL)) {
        drop.simplified = true;
        keep.simplified = true;
        prune(v, &drop, &keep);
    }
    cpa_matcher_clear(&drop);
    cpa_matcher_clear(&keep);
}

void cpa_view_prune_from(CpaView *v, CpaMatcher *from)
{
    from->simplified = true;
    g_autofree uint8_t *beneath = g_new0(uint8_t, (size_t)v->n_locations + 1);
    for (uint32_t k = 0; k < v->n_locations; k++) {
        CpaLocation *l = &v->locations[k];
        for (uint32_t i = 0; i < l->n_lines; i++) {
            CpaStrId name = v->functions[v->lines[l->line_first + i].function].name;
            if (name != 0 && cpa_matcher_test(from, name)) {
                beneath[k] = 1;
                l->line_first += i;
                l->n_lines -= i;
                break;
            }
        }
    }
    cpa_view_own_samples(v);
    for (size_t s = 0; s < v->n_samples; s++) {
        for (uint64_t i = v->own_begin[s]; i < v->own_end[s]; i++) {
            if (beneath[v->frames[i]]) {
                v->own_begin[s] = i;
                break;
            }
        }
    }
}
