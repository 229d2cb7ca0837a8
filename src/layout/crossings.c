/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts crossings between two ranks at a time by a tree of sums, and only where the order has
 * changed. Two nodes side by side are compared through the sorted places of their neighbours, which
 * come from the order of the other rank without sorting.
 */
#include "layout/crossings.h"

#include <string.h>

void cpa_crossings_init(CpaCrossings *crossings, CpaLayers *layers, int64_t *budget)
{
    const CpaLayers *l = layers;
    uint32_t widest = 0;
    for (uint32_t r = 0; r < l->n_ranks; r++) {
        widest = MAX(widest, cpa_layers_width(l, r));
    }
    *crossings = (CpaCrossings){.l = layers,
                                .budget = budget,
                                .up_pos = g_new(uint32_t, l->up_first[l->n_nodes] + 1),
                                .down_pos = g_new(uint32_t, l->down_first[l->n_nodes] + 1),
                                .fill = g_new(uint32_t, l->n_nodes + 1),
                                .tree = g_new(uint32_t, widest + 2),
                                .cross = g_new0(uint64_t, l->n_ranks + 1),
                                .stale = g_new0(bool, l->n_ranks + 1)};
}

void cpa_crossings_clear(CpaCrossings *crossings)
{
    g_free(crossings->up_pos);
    g_free(crossings->down_pos);
    g_free(crossings->fill);
    g_free(crossings->tree);
    g_free(crossings->cross);
    g_free(crossings->stale);
    *crossings = (CpaCrossings){0};
}

void cpa_crossings_look_up(CpaCrossings *crossings, uint32_t r)
{
    CpaCrossings *c = crossings;
    const CpaLayers *l = c->l;
    if (r == 0) {
        return;
    }
    for (uint32_t i = l->rank_first[r]; i < l->rank_first[r + 1]; i++) {
        c->fill[l->order[i]] = l->up_first[l->order[i]];
    }
    for (uint32_t i = l->rank_first[r - 1]; i < l->rank_first[r]; i++) {
        uint32_t v = l->order[i];
        uint32_t place = i - l->rank_first[r - 1];
        for (uint32_t k = l->down_first[v]; k < l->down_first[v + 1]; k++) {
            c->up_pos[c->fill[l->down[k]]++] = place;
        }
    }
    *c->budget -= cpa_layers_width(l, r) + cpa_layers_width(l, r - 1);
}

void cpa_crossings_look_down(CpaCrossings *crossings, uint32_t r)
{
    CpaCrossings *c = crossings;
    const CpaLayers *l = c->l;
    if (r + 1 == l->n_ranks) {
        return;
    }
    for (uint32_t i = l->rank_first[r]; i < l->rank_first[r + 1]; i++) {
        c->fill[l->order[i]] = l->down_first[l->order[i]];
    }
    for (uint32_t i = l->rank_first[r + 1]; i < l->rank_first[r + 2]; i++) {
        uint32_t v = l->order[i];
        uint32_t place = i - l->rank_first[r + 1];
        for (uint32_t k = l->up_first[v]; k < l->up_first[v + 1]; k++) {
            c->down_pos[c->fill[l->up[k]]++] = place;
        }
    }
    *c->budget -= cpa_layers_width(l, r) + cpa_layers_width(l, r + 1);
}

/* Crossings between rank r and r + 1. */
static uint64_t count_between(CpaCrossings *c, uint32_t r)
{
    const CpaLayers *l = c->l;
    cpa_crossings_look_down(c, r);
    uint32_t width = cpa_layers_width(l, r + 1);
    uint64_t crossings = 0;
    uint32_t n_before = 0;
    uint32_t highest = 0;
    memset(c->tree, 0, (width + 1) * sizeof *c->tree);
    for (uint32_t i = l->rank_first[r]; i < l->rank_first[r + 1]; i++) {
        uint32_t v = l->order[i];
        uint32_t begin = l->down_first[v];
        uint32_t end = l->down_first[v + 1];
        for (uint32_t k = begin; k < end; k++) {
            if (c->down_pos[k] >= highest) {
                continue; /* right of all before */
            }
            uint32_t not_right = 0;
            for (uint32_t j = c->down_pos[k] + 1; j > 0; j &= j - 1) {
                not_right += c->tree[j];
            }
            crossings += n_before - not_right;
        }
        for (uint32_t k = begin; k < end; k++) {
            for (uint32_t j = c->down_pos[k] + 1; j <= width; j += j & -j) {
                c->tree[j]++;
            }
            highest = MAX(highest, c->down_pos[k]);
        }
        n_before += end - begin;
    }
    *c->budget -= 4 * (int64_t)n_before;
    return crossings;
}

uint64_t cpa_crossings_count(CpaCrossings *crossings)
{
    CpaCrossings *c = crossings;
    uint64_t sum = 0;
    for (uint32_t r = 0; r + 1 < c->l->n_ranks; r++) {
        if (c->stale[r]) {
            c->cross[r] = count_between(c, r);
            c->stale[r] = false;
        }
        sum += c->cross[r];
    }
    return sum;
}

void cpa_crossings_touch(CpaCrossings *crossings, uint32_t r)
{
    CpaCrossings *c = crossings;
    c->stale[r] = true;
    if (r > 0) {
        c->stale[r - 1] = true;
    }
}

void cpa_crossings_touch_all(CpaCrossings *crossings)
{
    CpaCrossings *c = crossings;
    memset(c->stale, 1, c->l->n_ranks * sizeof *c->stale);
}

/* Crossings saved when a stands right of b instead of left of it, over sorted places. `crossed` is
 * set when they cross as they stand. */
static int64_t gain_of(const uint32_t *a, uint32_t n_a, const uint32_t *b, uint32_t n_b,
                       bool *crossed)
{
    if (n_a == 1 && n_b == 1) {
        *crossed |= a[0] > b[0];
        return a[0] > b[0] ? 1 : a[0] < b[0] ? -1 : 0;
    }
    if (n_a == 0 || n_b == 0) {
        return 0;
    }
    int64_t gain = 0;
    uint32_t below = 0; /* places of b less than a[i] */
    uint32_t equal = 0; /* places of b not above a[i] */
    for (uint32_t i = 0; i < n_a; i++) {
        while (below < n_b && b[below] < a[i]) {
            below++;
        }
        equal = MAX(equal, below);
        while (equal < n_b && b[equal] <= a[i]) {
            equal++;
        }
        gain += (int64_t)below - (n_b - equal);
        *crossed |= below > 0;
    }
    return gain;
}

int64_t cpa_crossings_swap_gain(const CpaCrossings *crossings, uint32_t v, uint32_t w,
                                bool *crossed)
{
    const CpaCrossings *c = crossings;
    const CpaLayers *l = c->l;
    uint32_t uv = l->up_first[v];
    uint32_t uw = l->up_first[w];
    uint32_t dv = l->down_first[v];
    uint32_t dw = l->down_first[w];
    uint32_t n_uv = l->up_first[v + 1] - uv;
    uint32_t n_uw = l->up_first[w + 1] - uw;
    uint32_t n_dv = l->down_first[v + 1] - dv;
    uint32_t n_dw = l->down_first[w + 1] - dw;
    *crossed = false;
    *c->budget -= n_uv + n_uw + n_dv + n_dw;
    return gain_of(c->up_pos + uv, n_uv, c->up_pos + uw, n_uw, crossed) +
           gain_of(c->down_pos + dv, n_dv, c->down_pos + dw, n_dw, crossed);
}

static uint32_t sum_to(const uint32_t *tree, uint32_t j)
{
    uint32_t sum = 0;
    for (; j > 0; j &= j - 1) {
        sum += tree[j];
    }
    return sum;
}

/* Adds to each edge the segments it crosses between rank r and r + 1 that start on one side. */
static void count_side(CpaCrossings *c, uint32_t r, bool from_left, uint64_t *per_edge)
{
    const CpaLayers *l = c->l;
    uint32_t width = cpa_layers_width(l, r + 1);
    uint32_t n = cpa_layers_width(l, r);
    uint32_t n_before = 0;
    memset(c->tree, 0, (width + 1) * sizeof *c->tree);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t v = l->order[l->rank_first[r] + (from_left ? i : n - 1 - i)];
        for (uint32_t k = l->down_first[v]; k < l->down_first[v + 1]; k++) {
            uint32_t place = l->pos[l->down[k]];
            per_edge[l->down_edge[k]] +=
                from_left ? n_before - sum_to(c->tree, place + 1) : sum_to(c->tree, place);
        }
        for (uint32_t k = l->down_first[v]; k < l->down_first[v + 1]; k++) {
            for (uint32_t j = l->pos[l->down[k]] + 1; j <= width; j += j & -j) {
                c->tree[j]++;
            }
        }
        n_before += l->down_first[v + 1] - l->down_first[v];
    }
    *c->budget -= 8 * (int64_t)n_before;
}

void cpa_crossings_of_edges(CpaCrossings *crossings, uint64_t *per_edge)
{
    CpaCrossings *c = crossings;
    memset(per_edge, 0, c->l->n_edges * sizeof *per_edge);
    for (uint32_t r = 0; r + 1 < c->l->n_ranks; r++) {
        if (c->stale[r] || c->cross[r] > 0) {
            count_side(c, r, true, per_edge);
            count_side(c, r, false, per_edge);
        }
    }
}
