/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A rank whose neighbours stand still has one best place: the one with the least sum of squared
 * horizontal distances, by weight, that keeps the order and the gaps. With gaps subtracted this is
 * isotonic regression, which pooling solves in one pass from left to right: a node that wants to be
 * left of those before it joins them, and all of them go where they want to be on average.
 *
 * The first turns look at one side only, so that a subtree moves as a whole; the others at both.
 */
#include "layout/isotonic.h"

#include <glib.h>

#include "layout/position.h"

#define MIN_TURNS 2
#define MAX_TURNS 6
#define STEPS     32 /* of work, for a node or a segment in one turn */

typedef struct {
    double mean; /* place of its nodes, less the gaps left of each */
    double weight;
    uint32_t n;
} Pool;

typedef struct {
    double sum;
    double weight;
} Pull;

/* A place that is wanted, less the gaps. */
typedef struct {
    double place;
    double weight;
} Wish;

static void pull_up(const CpaLayers *l, const double *x, uint32_t v, Pull *pull)
{
    for (uint32_t k = l->up_first[v]; k < l->up_first[v + 1]; k++) {
        double weight = cpa_position_weight(l, l->up_slot[k], v, l->up[k]);
        pull->sum += weight * x[l->up[k]];
        pull->weight += weight;
    }
}

static void pull_down(const CpaLayers *l, const double *x, uint32_t v, Pull *pull)
{
    for (uint32_t k = l->down_first[v]; k < l->down_first[v + 1]; k++) {
        double weight = cpa_position_weight(l, k, v, l->down[k]);
        pull->sum += weight * x[l->down[k]];
        pull->weight += weight;
    }
}

static double gap_before(const CpaLayers *l, uint32_t i, double nodesep)
{
    return cpa_position_gap(l, l->order[i - 1], l->order[i], nodesep);
}

static void place_rank(const CpaLayers *l, uint32_t r, bool by_upper, bool by_lower, double nodesep,
                       Pool *pools, double *x)
{
    uint32_t begin = l->rank_first[r];
    uint32_t end = l->rank_first[r + 1];
    uint32_t n_pools = 0;
    double gaps = 0;
    for (uint32_t i = begin; i < end; i++) {
        uint32_t v = l->order[i];
        Pull pull = {.sum = x[v] * 1e-3, .weight = 1e-3}; /* without neighbours it stays */
        gaps += i > begin ? gap_before(l, i, nodesep) : 0;
        if (by_upper) {
            pull_up(l, x, v, &pull);
        }
        if (by_lower) {
            pull_down(l, x, v, &pull);
        }
        Pool pool = {.mean = pull.sum / pull.weight - gaps, .weight = pull.weight, .n = 1};
        while (n_pools > 0 && pools[n_pools - 1].mean > pool.mean) {
            Pool left = pools[--n_pools];
            double weight = left.weight + pool.weight;
            pool.mean = (left.mean * left.weight + pool.mean * pool.weight) / weight;
            pool.weight = weight;
            pool.n += left.n;
        }
        pools[n_pools++] = pool;
    }
    gaps = 0;
    uint32_t i = begin;
    for (uint32_t k = 0; k < n_pools; k++) {
        for (uint32_t j = 0; j < pools[k].n; j++, i++) {
            gaps += i > begin ? gap_before(l, i, nodesep) : 0;
            x[l->order[i]] = pools[k].mean + gaps;
        }
    }
}

/* Nodes side by side, all ranks centred. */
static void place_first(const CpaLayers *l, double nodesep, double *x)
{
    for (uint32_t r = 0; r < l->n_ranks; r++) {
        double width = 0;
        for (uint32_t i = l->rank_first[r]; i < l->rank_first[r + 1]; i++) {
            width += i > l->rank_first[r] ? gap_before(l, i, nodesep) : 0;
            x[l->order[i]] = width;
        }
        for (uint32_t i = l->rank_first[r]; i < l->rank_first[r + 1]; i++) {
            x[l->order[i]] -= width / 2;
        }
    }
}

void cpa_isotonic_place(const CpaLayers *layers, double nodesep, int64_t *budget, double *x)
{
    const CpaLayers *l = layers;
    int64_t cost = STEPS * ((int64_t)l->n_nodes + l->down_first[l->n_nodes]);
    int64_t n_turns = CLAMP(*budget / 2 / (cost + 1), MIN_TURNS, MAX_TURNS);
    *budget -= n_turns * cost;
    g_autofree Pool *pools = g_new(Pool, l->n_nodes + 1);
    place_first(l, nodesep, x);
    for (int64_t turn = 0; turn < n_turns; turn++) {
        bool one_side = turn < n_turns / 2;
        for (uint32_t r = 0; r < l->n_ranks; r++) {
            place_rank(l, r, true, !one_side, nodesep, pools, x);
        }
        for (uint32_t r = l->n_ranks; r-- > 0;) {
            place_rank(l, r, !one_side, true, nodesep, pools, x);
        }
    }
}

/* --- Straight lines --------------------------------------------------------------------------- */

/* A heap with the largest place on top. */
static void push_wish(Wish *heap, uint32_t *n, Wish wish)
{
    uint32_t i = (*n)++;
    for (; i > 0 && heap[(i - 1) / 2].place < wish.place; i = (i - 1) / 2) {
        heap[i] = heap[(i - 1) / 2];
    }
    heap[i] = wish;
}

static void pop_wish(Wish *heap, uint32_t *n)
{
    Wish last = heap[--*n];
    uint32_t i = 0;
    for (uint32_t child = 1; child < *n; child = 2 * i + 1) {
        child += child + 1 < *n && heap[child + 1].place > heap[child].place;
        if (heap[child].place <= last.place) {
            break;
        }
        heap[i] = heap[child];
        i = child;
    }
    heap[i] = last;
}

/*
 * The sum of weight * |x - wish| is least for x not left of those before at the top of the heap: a
 * wish bends the sum by twice its weight, and what rises on the right is cut off, as a node may
 * stand farther right than it must.
 */
static void straighten_rank(const CpaLayers *l, uint32_t r, double nodesep, Wish *heap, double *x)
{
    uint32_t begin = l->rank_first[r];
    uint32_t end = l->rank_first[r + 1];
    uint32_t n = 0;
    double gaps = 0;
    for (uint32_t i = begin; i < end; i++) {
        uint32_t v = l->order[i];
        bool passes =
            cpa_layers_is_virtual(l, v) && cpa_layers_is_virtual(l, l->up[l->up_first[v]]);
        gaps += i > begin ? gap_before(l, i, nodesep) : 0;
        double weight = passes ? 1 : 100; /* boxes stay */
        double place = passes ? x[l->up[l->up_first[v]]] : x[v];
        push_wish(heap, &n, (Wish){.place = place - gaps, .weight = 2 * weight});
        while (heap[0].weight <= weight) {
            weight -= heap[0].weight;
            pop_wish(heap, &n);
        }
        heap[0].weight -= weight;
        x[v] = heap[0].place;
    }
    for (uint32_t i = end; i-- > begin;) {
        if (i + 1 < end) {
            x[l->order[i]] = MIN(x[l->order[i]], x[l->order[i + 1]]);
        }
    }
    gaps = 0;
    for (uint32_t i = begin; i < end; i++) {
        gaps += i > begin ? gap_before(l, i, nodesep) : 0;
        x[l->order[i]] += gaps;
    }
}

void cpa_isotonic_straighten(const CpaLayers *layers, double nodesep, double *x)
{
    const CpaLayers *l = layers;
    g_autofree Wish *heap = g_new(Wish, l->n_nodes + 1);
    for (uint32_t r = 1; r < l->n_ranks; r++) {
        straighten_rank(l, r, nodesep, heap, x);
    }
}
