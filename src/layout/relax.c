/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pulls lines straight. The lengths that positions are chosen by are horizontal ones, to which it
 * is the same whether a line from (0, 0) to (9, 2) bends at (0, 1), (4, 1) or (9, 1).
 *
 *      [ a ]            [ a ]          Every virtual node goes to the line between its neighbours,
 *        \______          \            as far as the nodes beside it allow, a few times over: what
 *               \   ->       \         is left of a bend is spread over several ranks.
 *              [ b ]        [ b ]
 */
#include "layout/relax.h"

#include "base/idmap.h"
#include "layout/position.h"

#define MAX_ROUNDS 8
#define STEPS      32 /* of work, for a node in one round */

/* Where v would be on the straight line between its neighbours. */
static double on_line(const CpaLayers *l, const double *x, uint32_t v)
{
    uint32_t a = l->up[l->up_first[v]];
    uint32_t b = l->down[l->down_first[v]];
    double y_a = l->rank_top[l->rank[a]] + l->rank_height[l->rank[a]] / 2;
    double y_b = l->rank_top[l->rank[b]] + l->rank_height[l->rank[b]] / 2;
    double y = l->rank_top[l->rank[v]] + l->rank_height[l->rank[v]] / 2;
    return x[a] + (x[b] - x[a]) * (y - y_a) / (y_b - y_a);
}

void cpa_relax(const CpaLayers *layers, double nodesep, int64_t *budget, double *x)
{
    const CpaLayers *l = layers;
    int64_t cost = STEPS * (int64_t)l->n_nodes;
    int64_t n_rounds = MIN(*budget / (cost + 1), MAX_ROUNDS);
    *budget -= n_rounds * cost;
    for (int64_t round = 0; round < n_rounds; round++) {
        for (uint32_t k = 0; k < l->n_nodes; k++) {
            /* By turns from the left upper corner and from the right lower one. */
            uint32_t i = round % 2 == 0 ? k : l->n_nodes - 1 - k;
            uint32_t v = l->order[i];
            if (!cpa_layers_is_virtual(l, v)) {
                continue;
            }
            uint32_t r = l->rank[v];
            double to = on_line(l, x, v);
            if (i > l->rank_first[r]) {
                uint32_t w = l->order[i - 1];
                to = MAX(to, x[w] + cpa_position_gap(l, w, v, nodesep));
            }
            if (i + 1 < l->rank_first[r + 1]) {
                uint32_t w = l->order[i + 1];
                double most = x[w] - cpa_position_gap(l, v, w, nodesep);
                /* A node that stands too near already stays. */
                to = to > most ? MIN(most, MAX(x[v], to)) : to;
            }
            x[v] = to;
        }
    }
}
