/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Crossing reduction, in two steps of growing reach, from several first orders:
 *
 *     sweeps     sort every rank by the medians of neighbours in the rank before and swap nodes
 *                side by side while that helps (Gansner et al., section 3)
 *     refine     moves a node and all virtual nodes of its edges to the best places of their ranks;
 *                finds most of what the others miss, but is too slow for dense graphs
 */
#include "layout/order.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

#include "layout/crossings.h"
#include "layout/refine.h"

#define MAX_SWEEPS    24
#define MAX_STARTS    40
#define RESTART_STEPS 600000 /* further first orders are tried until so many are spent */
#define MAX_FRUITLESS 6      /* sweeps without fewer crossings before a start is given up */

typedef struct {
    CpaLayers *l;
    int64_t *budget;
    CpaCrossings c;
    uint64_t *key; /* [widest rank] */
    uint64_t *spare;
    uint32_t *nodes;
    uint32_t *best_order; /* [n_nodes] */
    uint64_t best;
} Orderer;

/* --- First orders ----------------------------------------------------------------------------- */

/* Nodes in the order in which a breadth-first search reaches them along edges, down or up. */
static void first_order(CpaLayers *l, bool down)
{
    g_autofree uint32_t *filled = g_new0(uint32_t, l->n_ranks);
    g_autofree bool *seen = g_new0(bool, l->n_nodes);
    g_autofree uint32_t *queue = g_new(uint32_t, l->n_nodes);
    const uint32_t *first = down ? l->down_first : l->up_first;
    const uint32_t *near = down ? l->down : l->up;
    const uint32_t *back_first = down ? l->up_first : l->down_first;
    size_t n_queue = 0;
    size_t done = 0;
    for (uint32_t root = 0; root < l->n_real; root++) {
        if (back_first[root] != back_first[root + 1]) {
            continue;
        }
        queue[n_queue++] = root;
        seen[root] = true;
        for (; done < n_queue; done++) {
            uint32_t v = queue[done];
            l->order[l->rank_first[l->rank[v]] + filled[l->rank[v]]++] = v;
            for (uint32_t k = first[v]; k < first[v + 1]; k++) {
                if (!seen[near[k]]) {
                    seen[near[k]] = true;
                    queue[n_queue++] = near[k];
                }
            }
        }
    }
    cpa_layers_number(l);
}

static void shuffle(CpaLayers *l, uint32_t seed)
{
    uint32_t state = seed * UINT32_C(2654435761);
    for (uint32_t r = 0; r < l->n_ranks; r++) {
        uint32_t *order = l->order + l->rank_first[r];
        for (uint32_t n = cpa_layers_width(l, r); n > 1; n--) {
            state = state * 1664525 + 1013904223; /* the high bits of it are random enough */
            uint32_t i = (uint32_t)((uint64_t)state * n >> 32);
            uint32_t v = order[n - 1];
            order[n - 1] = order[i];
            order[i] = v;
        }
    }
    cpa_layers_number(l);
}

/* --- Sweeps ----------------------------------------------------------------------------------- */

/* Gansner's weighted median, in 1/256 places; UINT32_MAX without neighbours. */
static uint32_t median_of(const uint32_t *p, uint32_t n)
{
    if (n == 0) {
        return UINT32_MAX;
    }
    uint32_t m = n / 2;
    if (n % 2 == 1) {
        return p[m] * 256;
    }
    if (n == 2) {
        return (p[0] + p[1]) * 128;
    }
    uint64_t left = p[m - 1] - p[0];
    uint64_t right = p[n - 1] - p[m];
    if (left + right == 0) {
        return (p[m - 1] + p[m]) * 128;
    }
    return (uint32_t)((p[m - 1] * right + p[m] * left) * 256 / (left + right));
}

/* Stable; by the upper half of the keys. */
static void sort_keys(uint64_t *keys, uint64_t *spare, size_t n)
{
    for (size_t begin = 0; begin < n; begin += 16) {
        size_t end = MIN(begin + 16, n);
        for (size_t i = begin + 1; i < end; i++) {
            uint64_t key = keys[i];
            size_t j = i;
            for (; j > begin && keys[j - 1] > key; j--) {
                keys[j] = keys[j - 1];
            }
            keys[j] = key;
        }
    }
    uint64_t *from = keys;
    uint64_t *to = spare;
    for (size_t run = 16; run < n; run *= 2) {
        for (size_t begin = 0; begin < n; begin += 2 * run) {
            size_t i = begin;
            size_t mid = MIN(begin + run, n);
            size_t j = mid;
            size_t end = MIN(begin + 2 * run, n);
            for (size_t k = begin; k < end; k++) {
                to[k] = i < mid && (j >= end || from[i] <= from[j]) ? from[i++] : from[j++];
            }
        }
        uint64_t *t = from;
        from = to;
        to = t;
    }
    if (from != keys) {
        memcpy(keys, from, n * sizeof *keys);
    }
}

/* Sorts rank r by the medians of its neighbours above or below. Equal medians keep their order, or
 * change it if `flip`; nodes without neighbours there keep their places. */
static void sort_rank(Orderer *o, uint32_t r, bool by_upper, bool flip)
{
    CpaLayers *l = o->l;
    uint32_t *order = l->order + l->rank_first[r];
    uint32_t width = cpa_layers_width(l, r);
    size_t n = 0;
    if (by_upper) {
        cpa_crossings_look_up(&o->c, r);
    } else {
        cpa_crossings_look_down(&o->c, r);
    }
    for (uint32_t i = 0; i < width; i++) {
        uint32_t v = order[i];
        uint32_t m =
            by_upper ? median_of(o->c.up_pos + l->up_first[v], l->up_first[v + 1] - l->up_first[v])
                     : median_of(o->c.down_pos + l->down_first[v],
                                 l->down_first[v + 1] - l->down_first[v]);
        o->nodes[i] = v;
        if (m != UINT32_MAX) {
            o->key[n++] = (uint64_t)m << 32 | (flip ? UINT32_MAX - i : i);
        }
    }
    sort_keys(o->key, o->spare, n);
    *o->budget -= 8 * (int64_t)width;
    size_t k = 0;
    bool changed = false;
    for (uint32_t i = 0; i < width; i++) {
        uint32_t v = o->nodes[i];
        bool fixed = by_upper ? l->up_first[v] == l->up_first[v + 1]
                              : l->down_first[v] == l->down_first[v + 1];
        if (!fixed) {
            uint32_t from = (uint32_t)o->key[k++];
            order[i] = o->nodes[flip ? UINT32_MAX - from : from];
        }
        changed |= order[i] != v;
        l->pos[order[i]] = i;
    }
    if (changed) {
        cpa_crossings_touch(&o->c, r);
    }
}

/* Swaps neighbours of rank r once from left to right, those that cross either way only if `flip`.
 * Returns what was gained. */
static int64_t transpose_rank(Orderer *o, uint32_t r, bool flip)
{
    CpaLayers *l = o->l;
    uint32_t *order = l->order + l->rank_first[r];
    uint32_t width = cpa_layers_width(l, r);
    int64_t sum = 0;
    bool changed = false;
    for (uint32_t i = 0; i + 1 < width; i++) {
        bool crossed = false;
        int64_t gain = cpa_crossings_swap_gain(&o->c, order[i], order[i + 1], &crossed);
        if (gain > 0 || (gain == 0 && flip && crossed)) {
            uint32_t v = order[i];
            order[i] = order[i + 1];
            order[i + 1] = v;
            l->pos[order[i]] = i;
            l->pos[v] = i + 1;
            sum += gain;
            changed = true;
        }
    }
    if (changed) {
        cpa_crossings_touch(&o->c, r);
    }
    return sum;
}

static void transpose(Orderer *o, bool flip)
{
    for (int64_t gained = 1; gained > 0 && *o->budget > 0;) {
        gained = 0;
        for (uint32_t r = 0; r < o->l->n_ranks; r++) {
            cpa_crossings_look_up(&o->c, r);
            cpa_crossings_look_down(&o->c, r);
            for (int64_t gain = 1; gain > 0 && *o->budget > 0;) {
                gain = transpose_rank(o, r, flip);
                gained += gain;
            }
        }
        flip = false;
    }
}

static bool keep_if_best(Orderer *o)
{
    uint64_t crossings = cpa_crossings_count(&o->c);
    if (crossings >= o->best) {
        return false;
    }
    o->best = crossings;
    memcpy(o->best_order, o->l->order, o->l->n_nodes * sizeof *o->best_order);
    return true;
}

static void restore_best(Orderer *o)
{
    memcpy(o->l->order, o->best_order, o->l->n_nodes * sizeof *o->best_order);
    cpa_layers_number(o->l);
    cpa_crossings_touch_all(&o->c);
}

/* Sorts all ranks by turns downwards and upwards. What is equal keeps its order for two turns and
 * changes it for two; sorting and swapping do so together, or by turns, which reaches farther. */
static void sweep(Orderer *o, bool down, bool by_turns, int max_sweeps)
{
    uint32_t n_ranks = o->l->n_ranks;
    uint64_t before = cpa_crossings_count(&o->c);
    int fruitless = 0;
    for (int i = 0; i < max_sweeps && fruitless < MAX_FRUITLESS; i++) {
        if (o->best == 0 || *o->budget <= 0) {
            return;
        }
        bool flip = i % 4 >= 2;
        if ((i % 2 == 0) == down) {
            for (uint32_t r = 1; r < n_ranks; r++) {
                sort_rank(o, r, true, flip != by_turns);
            }
        } else {
            for (uint32_t r = n_ranks - 1; r-- > 0;) {
                sort_rank(o, r, false, flip != by_turns);
            }
        }
        transpose(o, flip);
        keep_if_best(o);
        uint64_t now = cpa_crossings_count(&o->c);
        fruitless = now < before ? 0 : fruitless + 1;
        before = MIN(before, now);
    }
}

/* Steps for one round of reinsertion: every segment is placed twice, once for each end. */
static int64_t reinsertion_cost(const CpaLayers *l)
{
    double cost = 0;
    for (uint32_t r = 0; r + 1 < l->n_ranks; r++) {
        double n_segments = 0;
        for (uint32_t i = l->rank_first[r]; i < l->rank_first[r + 1]; i++) {
            n_segments += l->down_first[l->order[i] + 1] - l->down_first[l->order[i]];
        }
        cost += 2 * n_segments * cpa_layers_width(l, r) * cpa_layers_width(l, r + 1);
    }
    return (int64_t)MIN(cost, 1e18);
}

uint64_t cpa_order(CpaLayers *layers, int64_t *budget)
{
    CpaLayers *l = layers;
    uint32_t widest = 0;
    for (uint32_t r = 0; r < l->n_ranks; r++) {
        widest = MAX(widest, cpa_layers_width(l, r));
    }
    g_autofree uint64_t *key = g_new(uint64_t, widest + 1);
    g_autofree uint64_t *spare = g_new(uint64_t, widest + 1);
    g_autofree uint32_t *nodes = g_new(uint32_t, widest + 1);
    g_autofree uint32_t *best_order = g_new(uint32_t, l->n_nodes + 1);
    Orderer o = {.l = l,
                 .budget = budget,
                 .key = key,
                 .spare = spare,
                 .nodes = nodes,
                 .best_order = best_order,
                 .best = UINT64_MAX};
    cpa_crossings_init(&o.c, l, budget);
    int64_t at_first = *budget;
    bool small = reinsertion_cost(l) < *budget / 8;
    for (uint32_t start = 0; start < MAX_STARTS && o.best > 0; start++) {
        if (start >= 2 && (!small || at_first - *budget > RESTART_STEPS)) {
            break;
        }
        if (start > 0 && *budget <= 0) {
            break;
        }
        if (start < 2) {
            first_order(l, start == 0);
        } else {
            shuffle(l, start);
        }
        cpa_crossings_touch_all(&o.c);
        keep_if_best(&o);
        sweep(&o, start % 2 == 0, !small, small ? 2 : MAX_SWEEPS);
        if (!small) {
            restore_best(&o);
        }
        cpa_refine(&o.c);
        keep_if_best(&o);
    }
    restore_best(&o);
    cpa_crossings_clear(&o.c);
    return o.best;
}
