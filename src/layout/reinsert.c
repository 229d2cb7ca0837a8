/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Optimal reinsertion of a node and its edges into fixed ranks.
 *
 * A strand is one edge of the node, followed from its far end to the node. costs[j] of a strand is
 * the least number of crossings on the way to slot j (left of the j-th node that stays) of the rank
 * it has reached. From rank to rank,
 *
 *     next[j] = min over i of costs[i] + table[i][j]
 *     table[i][j] = segments crossed between slot i and slot j
 *
 * and the table changes from row to row by the segments of one node. In the rank of the node, the
 * costs of all strands are added up; the least sum is its slot, and strands are traced back.
 *
 * A slot that costs one strand as much as the whole node costs now leads nowhere. Most do, so only
 * the range of slots below that limit is followed.
 */
#include "layout/reinsert.h"

#include <stdlib.h>
#include <string.h>

/* Wider ranks and larger nodes stay as they are: the time would be better spent elsewhere. */
#define MAX_WIDTH 2048
#define MAX_CELLS (16 * 1024 * 1024)

typedef struct CpaStrand {
    uint32_t edge;
    uint32_t far;      /* the end that stays */
    uint32_t n_rows;   /* ranks passed */
    size_t first_back; /* into backs: a row for each of them */
} Strand;

void cpa_reinsert_init(CpaReinsert *reinsert, CpaLayers *layers, int64_t *budget)
{
    size_t n = layers->n_nodes;
    *reinsert = (CpaReinsert){.layers = layers,
                              .budget = budget,
                              .is_out = g_new0(bool, n + 1),
                              .place = g_new(uint32_t, n + 1),
                              .slot = g_new(uint32_t, n + 1),
                              .order = g_new(uint32_t, n + 1),
                              .n_left = g_new(uint32_t, layers->n_ranks + 1),
                              .undo = g_new(uint32_t, n + 1)};
}

void cpa_reinsert_clear(CpaReinsert *reinsert)
{
    g_free(reinsert->is_out);
    g_free(reinsert->place);
    g_free(reinsert->slot);
    g_free(reinsert->order);
    g_free(reinsert->n_left);
    g_free(reinsert->undo);
    cpa_vec_clear(&reinsert->table);
    cpa_vec_clear(&reinsert->strands);
    cpa_vec_clear(&reinsert->costs);
    cpa_vec_clear(&reinsert->backs);
    cpa_vec_clear(&reinsert->total);
    cpa_vec_clear(&reinsert->keys);
    *reinsert = (CpaReinsert){0};
}

static void set_out(CpaReinsert *x, uint32_t node, bool out)
{
    const CpaLayers *l = x->layers;
    x->is_out[node] = out;
    for (uint32_t k = l->up_first[node]; k < l->up_first[node + 1]; k++) {
        uint32_t e = l->down_edge[l->up_slot[k]];
        for (uint32_t v = l->first_virtual[e]; v < l->first_virtual[e + 1]; v++) {
            x->is_out[v] = out;
        }
    }
    for (uint32_t k = l->down_first[node]; k < l->down_first[node + 1]; k++) {
        uint32_t e = l->down_edge[k];
        for (uint32_t v = l->first_virtual[e]; v < l->first_virtual[e + 1]; v++) {
            x->is_out[v] = out;
        }
    }
}

/* The ranks that the node's edges reach, without what is taken out. Returns the widest. */
static uint32_t close_ranks(CpaReinsert *x, uint32_t node)
{
    CpaLayers *l = x->layers;
    x->first_rank = l->rank[node];
    x->last_rank = l->rank[node];
    for (uint32_t k = l->up_first[node]; k < l->up_first[node + 1]; k++) {
        uint32_t far = l->edges[l->down_edge[l->up_slot[k]]].top;
        x->first_rank = MIN(x->first_rank, l->rank[far]);
    }
    for (uint32_t k = l->down_first[node]; k < l->down_first[node + 1]; k++) {
        uint32_t far = l->edges[l->down_edge[k]].bottom;
        x->last_rank = MAX(x->last_rank, l->rank[far]);
    }
    uint32_t widest = 0;
    for (uint32_t r = x->first_rank; r <= x->last_rank; r++) {
        uint32_t begin = l->rank_first[r];
        uint32_t n = 0;
        for (uint32_t i = begin; i < l->rank_first[r + 1]; i++) {
            uint32_t v = l->order[i];
            x->undo[i] = v;
            x->slot[v] = n;
            if (!x->is_out[v]) {
                x->place[v] = n;
                x->order[begin + n++] = v;
            }
        }
        x->n_left[r] = n;
        widest = MAX(widest, n);
    }
    return widest;
}

/* table[i * stride + j] for slots i of rank r and j of rank r + 1. */
static void fill_table(CpaReinsert *x, uint32_t r, size_t stride)
{
    const CpaLayers *l = x->layers;
    uint32_t n_upper = x->n_left[r];
    uint32_t n_lower = x->n_left[r + 1];
    uint32_t *row = x->table.data;
    /* Row 0: everything starts right of slot 0, so what ends left of j is crossed. */
    uint32_t sum = 0;
    for (uint32_t j = 0; j <= n_lower; j++) {
        row[j] = sum;
        if (j < n_lower) {
            uint32_t v = x->order[l->rank_first[r + 1] + j];
            for (uint32_t k = l->up_first[v]; k < l->up_first[v + 1]; k++) {
                sum += !x->is_out[l->up[k]];
            }
        }
    }
    for (uint32_t i = 0; i < n_upper; i++) {
        uint32_t v = x->order[l->rank_first[r] + i];
        uint32_t *next = row + stride;
        memcpy(next, row, (n_lower + 1) * sizeof *row);
        for (uint32_t k = l->down_first[v]; k < l->down_first[v + 1]; k++) {
            uint32_t w = l->down[k];
            if (x->is_out[w]) {
                continue;
            }
            uint32_t p = x->place[w];
            for (uint32_t j = 0; j <= p; j++) {
                next[j]++;
            }
            for (uint32_t j = p + 1; j <= n_lower; j++) {
                next[j]--;
            }
        }
        row = next;
    }
    *x->budget -= (int64_t)(n_upper + 1) * (n_lower + 1);
}

/* Costs from a node that stays, `far` in rank r, to the slots of the rank above or below. */
static void start_strand(const CpaReinsert *x, uint32_t far, bool downwards, size_t stride,
                         uint32_t n_slots, uint32_t *costs)
{
    const CpaLayers *l = x->layers;
    const uint32_t *table = x->table.data;
    uint32_t p = x->place[far];
    const uint32_t *first = downwards ? l->down_first : l->up_first;
    const uint32_t *near = downwards ? l->down : l->up;
    for (uint32_t j = 0; j < n_slots; j++) {
        costs[j] = downwards ? table[p * stride + j] : table[j * stride + p];
    }
    /* Segments of the node itself are not crossed; the table has them right of slot p when above
     * (and of slot p + 1 on when below). */
    for (uint32_t k = first[far]; k < first[far + 1]; k++) {
        uint32_t w = near[k];
        if (!x->is_out[w]) {
            for (uint32_t j = x->place[w] + 1; j < n_slots; j++) {
                costs[j]--;
            }
        }
    }
}

/* Slots from *first to *last hold all that cost less than the limit. */
static void find_range(const CpaReinsert *x, const uint32_t *costs, uint32_t n, uint32_t *first,
                       uint32_t *last)
{
    uint32_t i = 0;
    while (i < n && costs[i] >= x->limit) {
        i++;
    }
    while (n > i && costs[n - 1] >= x->limit) {
        n--;
    }
    *first = i;
    *last = n;
}

static void extend_strand(CpaReinsert *x, bool downwards, size_t stride, uint32_t n_from,
                          uint32_t n_to, uint32_t *costs, uint32_t *back, uint32_t *next)
{
    const uint32_t *table = x->table.data;
    uint32_t first;
    uint32_t last;
    find_range(x, costs, n_from, &first, &last);
    for (uint32_t j = 0; j < n_to; j++) {
        next[j] = x->limit;
        back[j] = 0;
    }
    if (downwards) {
        for (uint32_t i = first; i < last; i++) {
            const uint32_t *row = table + i * stride;
            if (costs[i] >= x->limit) {
                continue;
            }
            for (uint32_t j = 0; j < n_to; j++) {
                uint32_t cost = costs[i] + row[j];
                back[j] = cost < next[j] ? i : back[j];
                next[j] = MIN(next[j], cost);
            }
        }
    } else {
        for (uint32_t j = 0; j < n_to; j++) {
            const uint32_t *row = table + j * stride;
            uint32_t best = x->limit;
            for (uint32_t i = first; i < last; i++) {
                uint32_t cost = costs[i] + row[i];
                if (cost < best) {
                    best = cost;
                    back[j] = i;
                }
            }
            next[j] = best;
        }
    }
    memcpy(costs, next, n_to * sizeof *costs);
    *x->budget -= (int64_t)(last - first) * n_to + n_from;
}

/* The node of a strand that is `step` ranks away from its far end. */
static uint32_t strand_node(const CpaLayers *l, const Strand *strand, uint32_t step, uint32_t node)
{
    uint32_t begin = l->first_virtual[strand->edge];
    uint32_t end = l->first_virtual[strand->edge + 1];
    if (step > end - begin) {
        return node;
    }
    return strand->far == l->edges[strand->edge].top ? begin + step - 1 : end - step;
}

/* Brings strand s from rank r one rank nearer to the node. */
static void step_strand(CpaReinsert *x, size_t s, uint32_t r, bool downwards, size_t stride)
{
    const CpaLayers *l = x->layers;
    Strand *strand = &x->strands.data[s];
    uint32_t start = l->rank[strand->far];
    uint32_t *costs = x->costs.data + s * stride;
    uint32_t n_from = x->n_left[r] + 1;
    uint32_t n_to = x->n_left[downwards ? r + 1 : r - 1] + 1;
    if (r == start) {
        start_strand(x, strand->far, downwards, stride, n_to, costs);
        return;
    }
    uint32_t *back = x->backs.data + strand->first_back + (size_t)strand->n_rows * stride;
    uint32_t *next = x->costs.data + x->strands.len * stride;
    extend_strand(x, downwards, stride, n_from, n_to, costs, back, next);
    strand->n_rows++;
}

/* All strands on one side of the node, up to its rank; adds their costs to the total. */
static void run_strands(CpaReinsert *x, uint32_t node, bool downwards, size_t stride)
{
    const CpaLayers *l = x->layers;
    uint32_t goal = l->rank[node];
    size_t begin = downwards ? 0 : x->n_above;
    size_t end = downwards ? x->n_above : x->strands.len;
    for (uint32_t r = downwards ? x->first_rank : x->last_rank; r != goal;) {
        fill_table(x, downwards ? r : r - 1, stride);
        for (size_t s = begin; s < end; s++) {
            uint32_t start = l->rank[x->strands.data[s].far];
            if (downwards ? start <= r : start >= r) {
                step_strand(x, s, r, downwards, stride);
            }
        }
        r = downwards ? r + 1 : r - 1;
    }
    for (size_t s = begin; s < end; s++) {
        for (uint32_t j = 0; j <= x->n_left[goal]; j++) {
            x->total.data[j] += x->costs.data[s * stride + j];
        }
    }
}

/* Segments that stay and cross one from slot i of rank r to slot j of the next. The far end of a
 * strand is a node that stays, at i or j; its own segments do not count. */
static uint32_t crossed_between(const CpaReinsert *x, uint32_t r, uint32_t i, uint32_t j,
                                bool from_node, bool to_node)
{
    const CpaLayers *l = x->layers;
    const uint32_t *order = x->order + l->rank_first[r];
    uint32_t crossed = 0;
    for (uint32_t k = 0; k < x->n_left[r]; k++) {
        if (from_node && k == i) {
            continue;
        }
        for (uint32_t d = l->down_first[order[k]]; d < l->down_first[order[k] + 1]; d++) {
            uint32_t w = l->down[d];
            if (!x->is_out[w] && !(to_node && x->place[w] == j)) {
                crossed += (k < i) != (x->place[w] < j);
            }
        }
    }
    return crossed;
}

/* What the node's edges cross now, without each other. */
static uint64_t present_cost(const CpaReinsert *x, uint32_t node)
{
    const CpaLayers *l = x->layers;
    uint64_t cost = 0;
    for (size_t s = 0; s < x->strands.len; s++) {
        const Strand *strand = &x->strands.data[s];
        bool downwards = s < x->n_above;
        uint32_t start = l->rank[strand->far];
        uint32_t n_steps = downwards ? l->rank[node] - start : start - l->rank[node];
        uint32_t from = x->place[strand->far];
        for (uint32_t step = 0; step < n_steps; step++) {
            uint32_t to = x->slot[strand_node(l, strand, step + 1, node)];
            cost += downwards ? crossed_between(x, start + step, from, to, step == 0, false)
                              : crossed_between(x, start - step - 1, to, from, false, step == 0);
            *x->budget -= x->n_left[downwards ? start + step : start - step - 1];
            from = to;
        }
    }
    return cost;
}

/* Returns false when that would take too much room. */
static bool gather_strands(CpaReinsert *x, uint32_t node, size_t stride)
{
    const CpaLayers *l = x->layers;
    size_t n_back = 0;
    x->strands.len = 0;
    for (int side = 0; side < 2; side++) {
        const uint32_t *first = side == 0 ? l->up_first : l->down_first;
        for (uint32_t k = first[node]; k < first[node + 1]; k++) {
            uint32_t e = l->down_edge[side == 0 ? l->up_slot[k] : k];
            Strand strand = {.edge = e,
                             .far = side == 0 ? l->edges[e].top : l->edges[e].bottom,
                             .first_back = n_back};
            n_back += (l->first_virtual[e + 1] - l->first_virtual[e]) * stride;
            cpa_vec_push(&x->strands, strand);
        }
        if (side == 0) {
            x->n_above = x->strands.len;
        }
    }
    if (n_back > MAX_CELLS || x->strands.len * stride > MAX_CELLS) {
        return false;
    }
    cpa_vec_reserve(&x->backs, n_back + 1);
    cpa_vec_reserve(&x->costs, (x->strands.len + 1) * stride);
    return true;
}

static void trace_back(CpaReinsert *x, uint32_t node, size_t stride)
{
    const CpaLayers *l = x->layers;
    for (size_t s = 0; s < x->strands.len; s++) {
        const Strand *strand = &x->strands.data[s];
        uint32_t at = x->slot[node];
        for (uint32_t k = strand->n_rows; k > 0; k--) {
            at = x->backs.data[strand->first_back + (size_t)(k - 1) * stride + at];
            x->slot[strand_node(l, strand, k, node)] = at;
        }
    }
}

static int compare_u64(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* Where the node's chain comes from: places of the rank farther away, which is done already. */
static uint32_t place_of_previous(const CpaLayers *l, uint32_t v, bool downwards)
{
    return l->pos[downwards ? l->up[l->up_first[v]] : l->down[l->down_first[v]]];
}

/* Puts what was taken out of rank r into its slots. */
static void refill(CpaReinsert *x, uint32_t r, uint32_t node)
{
    CpaLayers *l = x->layers;
    bool downwards = r < l->rank[node];
    uint32_t begin = l->rank_first[r];
    uint32_t width = l->rank_first[r + 1] - begin;
    x->keys.len = 0;
    for (uint32_t i = 0; i < width; i++) {
        uint32_t v = x->undo[begin + i];
        if (x->is_out[v]) {
            uint64_t tie = v == node ? 0 : place_of_previous(l, v, downwards);
            cpa_vec_push(&x->keys, (uint64_t)x->slot[v] << 48 | (tie & 0xffffff) << 24 | i);
        }
    }
    if (x->keys.len > 1) {
        qsort(x->keys.data, x->keys.len, sizeof *x->keys.data, compare_u64);
    }
    uint32_t n = 0;
    size_t k = 0;
    for (uint32_t j = 0; j <= x->n_left[r]; j++) {
        for (; k < x->keys.len && x->keys.data[k] >> 48 == j; k++) {
            l->order[begin + n++] = x->undo[begin + (x->keys.data[k] & 0xffffff)];
        }
        if (j < x->n_left[r]) {
            l->order[begin + n++] = x->order[begin + j];
        }
    }
    for (uint32_t i = 0; i < width; i++) {
        l->pos[l->order[begin + i]] = i;
    }
}

/* The slot with the least total, the one nearest to `old` among equals. */
static uint32_t best_slot(const CpaReinsert *x, uint32_t n_slots, uint32_t old)
{
    const uint32_t *total = x->total.data;
    uint32_t best = old;
    for (uint32_t j = 0; j < n_slots; j++) {
        uint32_t d = j > old ? j - old : old - j;
        uint32_t best_d = best > old ? best - old : old - best;
        if (total[j] < total[best] || (total[j] == total[best] && d < best_d)) {
            best = j;
        }
    }
    return best;
}

bool cpa_reinsert_node(CpaReinsert *reinsert, uint32_t node)
{
    CpaReinsert *x = reinsert;
    const CpaLayers *l = x->layers;
    uint32_t r = l->rank[node];
    set_out(x, node, true);
    size_t stride = close_ranks(x, node) + 1;
    if (stride > MAX_WIDTH || !gather_strands(x, node, stride)) {
        set_out(x, node, false);
        return false;
    }
    cpa_vec_reserve(&x->table, stride * stride);
    cpa_vec_reserve(&x->total, stride);
    memset(x->total.data, 0, stride * sizeof *x->total.data);
    uint64_t before = present_cost(x, node);
    if (before == 0) {
        set_out(x, node, false);
        return false;
    }
    x->limit = (uint32_t)MIN(before, UINT32_MAX / 2);
    run_strands(x, node, true, stride);
    run_strands(x, node, false, stride);
    uint32_t best = best_slot(x, x->n_left[r] + 1, x->slot[node]);
    bool better = x->total.data[best] < before;
    if (better) {
        x->slot[node] = best;
        trace_back(x, node, stride);
        for (uint32_t s = x->first_rank; s <= r; s++) {
            refill(x, s, node);
        }
        for (uint32_t s = x->last_rank; s > r; s--) {
            refill(x, s, node);
        }
    }
    set_out(x, node, false);
    return better;
}

void cpa_reinsert_undo(CpaReinsert *reinsert)
{
    CpaLayers *l = reinsert->layers;
    for (uint32_t r = reinsert->first_rank; r <= reinsert->last_rank; r++) {
        uint32_t begin = l->rank_first[r];
        for (uint32_t i = begin; i < l->rank_first[r + 1]; i++) {
            l->order[i] = reinsert->undo[i];
            l->pos[l->order[i]] = i - begin;
        }
    }
}
