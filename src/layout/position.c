/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Coordinates by network simplex on an auxiliary graph (Gansner et al., section 4.2): a node per
 * node, and one per segment that both of its ends have to be right of, so that the lengths of its
 * two edges add up to the horizontal distance of the ends.
 *
 * It starts from isotonic.h, which is nearly as good in length. What the simplex adds is that lines
 * are exactly straight where they nearly are.
 */
#include "layout/position.h"

#include <glib.h>
#include <math.h>

#include "base/idmap.h"
#include "layout/isotonic.h"
#include "layout/simplex.h"

#define MAX_WIDTH  1e8 /* of a rank in points, for places in 32 bits */
#define TREE_STEPS 64  /* of work, for an edge when the simplex sets up */

double cpa_position_gap(const CpaLayers *layers, uint32_t a, uint32_t b, double nodesep)
{
    bool both_lines = cpa_layers_is_virtual(layers, a) && cpa_layers_is_virtual(layers, b);
    return layers->right[a] + layers->left[b] + (both_lines ? nodesep * 0.6 : nodesep);
}

int32_t cpa_position_weight(const CpaLayers *layers, uint32_t segment, uint32_t v, uint32_t w)
{
    /* Bends of long edges are bad, and they show most between two virtual nodes. */
    static const int32_t factor[] = {1, 2, 4};
    int n_virtual = cpa_layers_is_virtual(layers, v) + cpa_layers_is_virtual(layers, w);
    return factor[n_virtual] * (int32_t)layers->edges[layers->down_edge[segment]].weight;
}

static double widest_rank(const CpaLayers *l, double nodesep)
{
    double widest = 0;
    for (uint32_t r = 0; r < l->n_ranks; r++) {
        double width = 0;
        for (uint32_t i = l->rank_first[r] + 1; i < l->rank_first[r + 1]; i++) {
            width += cpa_position_gap(l, l->order[i - 1], l->order[i], nodesep);
        }
        widest = MAX(widest, width);
    }
    return widest;
}

void cpa_position(const CpaLayers *layers, double nodesep, int64_t *budget, double *x)
{
    const CpaLayers *l = layers;
    size_t n_segments = l->down_first[l->n_nodes];
    size_t n_edges = 2 * (n_segments + l->n_ranks) + l->n_nodes;
    cpa_isotonic_place(l, nodesep, budget, x);
    if (TREE_STEPS * (int64_t)n_edges > *budget || widest_rank(l, nodesep) > MAX_WIDTH) {
        cpa_isotonic_straighten(l, nodesep, x);
        return;
    }
    g_autofree uint32_t *tail = g_new(uint32_t, n_edges + 1);
    g_autofree uint32_t *head = g_new(uint32_t, n_edges + 1);
    g_autofree int32_t *weight = g_new(int32_t, n_edges + 1);
    g_autofree int32_t *min_len = g_new(int32_t, n_edges + 1);
    g_autofree int32_t *place = g_new0(int32_t, l->n_nodes + n_segments + l->n_ranks);
    size_t n = 0;
    for (uint32_t v = 0; v < l->n_nodes; v++) {
        place[v] = (int32_t)lround(x[v]);
    }
    for (uint32_t r = 0; r < l->n_ranks; r++) {
        for (uint32_t i = l->rank_first[r] + 1; i < l->rank_first[r + 1]; i++) {
            uint32_t a = l->order[i - 1];
            uint32_t b = l->order[i];
            tail[n] = a;
            head[n] = b;
            weight[n] = 0;
            min_len[n] = (int32_t)ceil(cpa_position_gap(l, a, b, nodesep));
            place[b] = MAX(place[b], place[a] + min_len[n]);
            n++;
        }
    }
    uint32_t extra = l->n_nodes;
    for (uint32_t v = 0; v < l->n_nodes; v++) {
        for (uint32_t k = l->down_first[v]; k < l->down_first[v + 1]; k++, extra++) {
            uint32_t w = l->down[k];
            place[extra] = MIN(place[v], place[w]);
            for (int side = 0; side < 2; side++, n++) {
                tail[n] = extra;
                head[n] = side == 0 ? v : w;
                weight[n] = cpa_position_weight(l, k, v, w);
                min_len[n] = 0;
            }
        }
    }
    /* Ranks hang together even where edges go around. */
    uint32_t last = CPA_NONE;
    for (uint32_t r = 0; r < l->n_ranks; r++) {
        if (l->rank_first[r] == l->rank_first[r + 1]) {
            continue;
        }
        uint32_t v = l->order[l->rank_first[r]];
        if (last != CPA_NONE) {
            place[extra] = MIN(place[v], place[last]);
            for (int side = 0; side < 2; side++, n++) {
                tail[n] = extra;
                head[n] = side == 0 ? v : last;
                weight[n] = 0;
                min_len[n] = 0;
            }
            extra++;
        }
        last = v;
    }
    CpaSimplex graph = {.n_nodes = extra,
                        .n_edges = n,
                        .tail = tail,
                        .head = head,
                        .weight = weight,
                        .min_len = min_len};
    cpa_simplex_solve(&graph, place, budget);
    for (uint32_t v = 0; v < l->n_nodes; v++) {
        x[v] = place[v];
    }
}
