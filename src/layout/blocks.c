/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Four passes (up or down, left or right) align every node with a median neighbour; aligned nodes
 * form a vertical block, inner segments of long edges first; blocks are packed to one side. The
 * result for a node is the average of the two middle values of the four, after all are moved to
 * where the narrowest one stands.
 *
 * Packing is a longest path over blocks in topological order (Rueegg et al.) instead of classes
 * and shifts: the flaws that the erratum mends cannot arise, and nothing recurses.
 */
#include "layout/blocks.h"

#include <math.h>
#include <string.h>

#include "base/idmap.h"
#include "layout/position.h"

typedef struct {
    const CpaLayers *l;
    double nodesep;
    bool *conflict;   /* [segments] by place in down: crosses an inner segment */
    uint32_t *root;   /* [n_nodes] top of the node's block */
    uint32_t *align;  /* [n_nodes] next node of the block, around to the root */
    uint32_t *n_left; /* [n_nodes] of roots: blocks to the left not yet placed */
    uint32_t *queue;  /* [n_nodes] */
    uint32_t *near;   /* scratch: neighbours by place */
    uint32_t *near_slot;
    double *shift;
} Blocks;

/* Marks segments that cross an inner segment; of two inner ones that cross, the right one. */
static void mark_conflicts(Blocks *b)
{
    const CpaLayers *l = b->l;
    for (uint32_t r = 0; r + 1 < l->n_ranks; r++) {
        const uint32_t *lower = l->order + l->rank_first[r + 1];
        uint32_t n_lower = l->rank_first[r + 2] - l->rank_first[r + 1];
        uint32_t done = 0;
        int64_t left = -1;
        for (uint32_t i = 0; i < n_lower; i++) {
            uint32_t w = lower[i];
            bool inner =
                cpa_layers_is_virtual(l, w) && cpa_layers_is_virtual(l, l->up[l->up_first[w]]);
            if (!inner && i + 1 < n_lower) {
                continue;
            }
            int64_t right = INT64_MAX;
            if (inner) {
                right = l->pos[l->up[l->up_first[w]]];
                if (right < left) {
                    b->conflict[l->up_slot[l->up_first[w]]] = true;
                    if (i + 1 < n_lower) {
                        continue;
                    }
                    right = INT64_MAX;
                }
            }
            for (; done <= i; done++) {
                for (uint32_t k = l->up_first[lower[done]]; k < l->up_first[lower[done] + 1]; k++) {
                    int64_t p = l->pos[l->up[k]];
                    if ((p < left || p > right)) {
                        b->conflict[l->up_slot[k]] = true;
                    }
                }
            }
            left = inner && right != INT64_MAX ? right : left;
        }
    }
}

/* The neighbours of v above (or below), sorted by place. Returns their number. */
static uint32_t sorted_neighbours(Blocks *b, uint32_t v, bool above)
{
    const CpaLayers *l = b->l;
    uint32_t begin = above ? l->up_first[v] : l->down_first[v];
    uint32_t n = (above ? l->up_first[v + 1] : l->down_first[v + 1]) - begin;
    const uint32_t *near = (above ? l->up : l->down) + begin;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t slot = above ? l->up_slot[begin + i] : begin + i;
        uint32_t j = i;
        for (; j > 0 && l->pos[b->near[j - 1]] > l->pos[near[i]]; j--) {
            b->near[j] = b->near[j - 1];
            b->near_slot[j] = b->near_slot[j - 1];
        }
        b->near[j] = near[i];
        b->near_slot[j] = slot;
    }
    return n;
}

static void align_node(Blocks *b, uint32_t v, bool above, bool from_left, int64_t *limit)
{
    const CpaLayers *l = b->l;
    uint32_t n = sorted_neighbours(b, v, above);
    if (n == 0) {
        return;
    }
    uint32_t low = (n - 1) / 2;
    uint32_t high = n / 2;
    for (int turn = 0; turn < 2 && b->align[v] == v; turn++) {
        uint32_t m = (turn == 0) == from_left ? low : high;
        uint32_t u = b->near[m];
        int64_t p = from_left ? l->pos[u] : -(int64_t)l->pos[u];
        if (b->conflict[b->near_slot[m]] || p <= *limit) {
            continue;
        }
        b->align[u] = v;
        b->root[v] = b->root[u];
        b->align[v] = b->root[v];
        *limit = p;
    }
}

static void align_all(Blocks *b, bool above, bool from_left)
{
    const CpaLayers *l = b->l;
    for (uint32_t v = 0; v < l->n_nodes; v++) {
        b->root[v] = v;
        b->align[v] = v;
    }
    for (uint32_t step = 0; step < l->n_ranks; step++) {
        uint32_t r = above ? step : l->n_ranks - 1 - step;
        uint32_t n = l->rank_first[r + 1] - l->rank_first[r];
        int64_t limit = INT64_MIN;
        for (uint32_t i = 0; i < n; i++) {
            uint32_t k = from_left ? i : n - 1 - i;
            align_node(b, l->order[l->rank_first[r] + k], above, from_left, &limit);
        }
    }
}

/* The neighbour of v in its rank, one to the left (step -1) or to the right. */
static uint32_t beside(const CpaLayers *l, uint32_t v, int step)
{
    uint32_t r = l->rank[v];
    uint32_t i = l->rank_first[r] + l->pos[v];
    if (step < 0) {
        return i == l->rank_first[r] ? CPA_NONE : l->order[i - 1];
    }
    return i + 1 == l->rank_first[r + 1] ? CPA_NONE : l->order[i + 1];
}

/* Puts blocks as far left (or right) as those before them allow. */
static void pack(Blocks *b, bool from_left, double *x)
{
    const CpaLayers *l = b->l;
    int before = from_left ? -1 : 1;
    double sign = from_left ? 1 : -1;
    size_t n_queue = 0;
    memset(b->n_left, 0, l->n_nodes * sizeof *b->n_left);
    for (uint32_t v = 0; v < l->n_nodes; v++) {
        b->n_left[b->root[v]] += beside(l, v, before) != CPA_NONE;
    }
    for (uint32_t v = 0; v < l->n_nodes; v++) {
        x[v] = 0;
        if (b->root[v] == v) {
            b->shift[v] = -INFINITY;
            if (b->n_left[v] == 0) {
                b->queue[n_queue++] = v;
            }
        }
    }
    for (size_t done = 0; done < n_queue; done++) {
        uint32_t top = b->queue[done];
        double place = isfinite(b->shift[top]) ? b->shift[top] : 0;
        uint32_t v = top;
        do {
            x[v] = sign * place;
            uint32_t w = beside(l, v, -before);
            if (w != CPA_NONE) {
                double gap = from_left ? cpa_position_gap(l, v, w, b->nodesep)
                                       : cpa_position_gap(l, w, v, b->nodesep);
                uint32_t block = b->root[w];
                b->shift[block] = MAX(b->shift[block], place + gap);
                if (--b->n_left[block] == 0) {
                    b->queue[n_queue++] = block;
                }
            }
            v = b->align[v];
        } while (v != top);
    }
}

static void extent(const CpaLayers *l, const double *x, double *low, double *high)
{
    *low = INFINITY;
    *high = -INFINITY;
    for (uint32_t v = 0; v < l->n_nodes; v++) {
        *low = MIN(*low, x[v] - l->left[v]);
        *high = MAX(*high, x[v] + l->right[v]);
    }
}

static void average(const CpaLayers *l, double *const runs[4], double *x)
{
    double low[4];
    double high[4];
    int narrow = 0;
    for (int i = 0; i < 4; i++) {
        extent(l, runs[i], &low[i], &high[i]);
        if (high[i] - low[i] < high[narrow] - low[narrow]) {
            narrow = i;
        }
    }
    for (int i = 0; i < 4; i++) {
        bool from_left = i % 2 == 0;
        double move = from_left ? low[narrow] - low[i] : high[narrow] - high[i];
        for (uint32_t v = 0; v < l->n_nodes; v++) {
            runs[i][v] += move;
        }
    }
    for (uint32_t v = 0; v < l->n_nodes; v++) {
        double least = MIN(MIN(runs[0][v], runs[1][v]), MIN(runs[2][v], runs[3][v]));
        double most = MAX(MAX(runs[0][v], runs[1][v]), MAX(runs[2][v], runs[3][v]));
        x[v] = (runs[0][v] + runs[1][v] + runs[2][v] + runs[3][v] - least - most) / 2;
    }
}

void cpa_blocks_place(const CpaLayers *layers, double nodesep, double *x)
{
    const CpaLayers *l = layers;
    size_t n = l->n_nodes;
    size_t n_segments = l->down_first[n];
    g_autofree bool *conflict = g_new0(bool, n_segments + 1);
    g_autofree uint32_t *space = g_new(uint32_t, 4 * n + 2 * n_segments + 1);
    g_autofree double *values = g_new(double, 5 * n + 1);
    double *const runs[4] = {values, values + n, values + 2 * n, values + 3 * n};
    Blocks b = {.l = l,
                .nodesep = nodesep,
                .conflict = conflict,
                .root = space,
                .align = space + n,
                .n_left = space + 2 * n,
                .queue = space + 3 * n,
                .near = space + 4 * n,
                .near_slot = space + 4 * n + n_segments,
                .shift = values + 4 * n};
    mark_conflicts(&b);
    for (int i = 0; i < 4; i++) {
        bool above = i < 2;
        bool from_left = i % 2 == 0;
        align_all(&b, above, from_left);
        pack(&b, from_left, runs[i]);
    }
    average(l, runs, x);
}
