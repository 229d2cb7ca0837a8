/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Crossing reduction, in two steps of growing reach:
 *
 *     sweeps     sort every rank by the medians of neighbours in the rank before and swap nodes
 *                side by side while that helps (Gansner et al., section 3)
 *     refine     moves a node and all virtual nodes of its edges to the best places of their ranks;
 *                finds most of what the others miss, but is too slow for dense graphs
 *
 * A graph with a few nodes more or less should look the same, and crossings alone do not see to
 * that: many orders are about as good, and which of them is best is up to chance. So several starts
 * are made, which similar graphs have in common, and what is chosen is the least sum of crossings
 * and of what says nothing about crossings but changes little from graph to graph: how far left
 * heavy nodes stand, and whether it is the first start, which few nodes more do not change.
 */
#include "layout/order.h"

#include <glib.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "layout/breadth.h"
#include "layout/crossings.h"
#include "layout/refine.h"

#define MAX_SWEEPS    24
#define MAX_FRUITLESS 6 /* sweeps without fewer crossings before they are given up */
#define N_STARTS      8
#define LEAN          15 /* crossings that heavy nodes on the left are worth; see lean() */
#define FIRST         10 /* and that the first start is worth, which weights alone decide */

typedef struct {
    CpaLayers *l;
    int64_t *budget;
    CpaCrossings c;
    uint64_t *key; /* [widest rank] */
    uint64_t *spare;
    uint32_t *nodes;
    uint32_t *best_order; /* [n_nodes] */
    uint64_t best;
    uint64_t swept; /* the best of all starts before it was refined */
} Orderer;

typedef struct {
    uint32_t *order; /* [n_nodes] */
    uint64_t crossings;
    double cost; /* in crossings */
} Candidate;

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

/* --- Choice ----------------------------------------------------------------------------------- */

/* How far left heavy nodes stand: nodes are numbered by weight. */
static double lean(const CpaLayers *l)
{
    double left = 0;
    for (uint32_t v = 0; v < l->n_real; v++) {
        double width = cpa_layers_width(l, l->rank[v]);
        double place = v + 1.0;
        left += (0.5 - (l->pos[v] + 0.5) / width) / sqrt(place * sqrt(place));
    }
    return left;
}

/* Of a drawing and its mirror image, the one with the heavy nodes left. */
static void mirror(CpaLayers *l)
{
    if (lean(l) >= 0) {
        return;
    }
    for (uint32_t r = 0; r < l->n_ranks; r++) {
        uint32_t *order = l->order + l->rank_first[r];
        uint32_t n = cpa_layers_width(l, r);
        for (uint32_t i = 0; i < n / 2; i++) {
            uint32_t v = order[i];
            order[i] = order[n - 1 - i];
            order[n - 1 - i] = v;
        }
    }
    cpa_layers_number(l);
}

/* Sweeps from the order of a breadth-first search, then refines the best of them unless it is much
 * worse than those of other starts. It is in best_order afterwards. */
static void improve(Orderer *o, const uint32_t *names, uint32_t seed, bool by_turns, int max_sweeps)
{
    cpa_breadth_order(o->l, names, seed);
    cpa_crossings_touch_all(&o->c);
    o->best = UINT64_MAX;
    keep_if_best(o);
    sweep(o, true, by_turns, max_sweeps);
    uint64_t swept = o->best;
    restore_best(o);
    if (seed == 0 || swept <= o->swept + o->swept / 5) {
        cpa_refine(&o->c);
        keep_if_best(o);
    }
    o->swept = seed == 0 ? swept : MIN(o->swept, swept);
    restore_best(o);
    mirror(o->l);
    memcpy(o->best_order, o->l->order, o->l->n_nodes * sizeof *o->best_order);
}

static bool is_worse(const Candidate *a, const Candidate *b, uint64_t most)
{
    if ((a->crossings > most) != (b->crossings > most)) {
        return a->crossings > most;
    }
    return a->crossings > most ? a->crossings > b->crossings : a->cost > b->cost;
}

/* Several starts, as long as there is budget for one more. */
static void choose(Orderer *o, const uint32_t *names)
{
    size_t size = o->l->n_nodes * sizeof *o->best_order;
    Candidate found[N_STARTS];
    uint64_t least = UINT64_MAX;
    uint32_t n = 0;
    for (int64_t spent = 0;
         n == 0 || (n < N_STARTS && found[0].crossings > 0 && *o->budget > spent); n++) {
        int64_t before = *o->budget;
        improve(o, names, n, n > 0 && n % 2 == 0, n == 0 ? 2 : MAX_SWEEPS);
        spent = MAX(spent, before - *o->budget);
        found[n] = (Candidate){.order = g_memdup2(o->best_order, size),
                               .crossings = o->best,
                               .cost = (double)o->best - LEAN * lean(o->l) - (n == 0 ? FIRST : 0)};
        least = MIN(least, o->best);
    }
    uint64_t most = least + MAX(4, least / 2);
    uint32_t best = 0;
    for (uint32_t i = 1; i < n; i++) {
        best = is_worse(&found[best], &found[i], most) ? i : best;
    }
    memcpy(o->best_order, found[best].order, size);
    o->best = found[best].crossings;
    for (uint32_t i = 0; i < n; i++) {
        g_free(found[i].order);
    }
}

uint64_t cpa_order(CpaLayers *layers, const uint32_t *names, int64_t *budget)
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
                 .best_order = best_order};
    cpa_crossings_init(&o.c, l, budget);
    if (reinsertion_cost(l) < *budget / 8) {
        choose(&o, names);
    } else {
        improve(&o, names, 0, true, MAX_SWEEPS);
    }
    restore_best(&o);
    cpa_crossings_clear(&o.c);
    return o.best;
}
