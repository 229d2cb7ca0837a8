/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ranks: longest paths from the top to begin with, network simplex to shorten edges, then balance.
 * Longest paths are a valid answer by themselves, which is what a used up budget leaves.
 */
#include "layout/rank.h"

#include <glib.h>
#include <stdbool.h>

/* Kahn's algorithm; every node as high as its edges allow. */
static void longest_paths(const CpaSimplex *g, int32_t *rank)
{
    size_t n = g->n_nodes;
    g_autofree uint32_t *first = g_new0(uint32_t, n + 2);
    g_autofree uint32_t *out = g_new(uint32_t, g->n_edges + 1);
    g_autofree uint32_t *n_in = g_new0(uint32_t, n + 1);
    g_autofree uint32_t *queue = g_new(uint32_t, n + 1);
    for (size_t e = 0; e < g->n_edges; e++) {
        first[g->tail[e] + 2]++;
        n_in[g->head[e]]++;
    }
    for (size_t v = 0; v < n; v++) {
        first[v + 2] += first[v + 1];
    }
    for (size_t e = 0; e < g->n_edges; e++) {
        out[first[g->tail[e] + 1]++] = (uint32_t)e;
    }
    size_t n_queue = 0;
    for (size_t v = 0; v < n; v++) {
        rank[v] = 0;
        if (n_in[v] == 0) {
            queue[n_queue++] = (uint32_t)v;
        }
    }
    for (size_t done = 0; done < n_queue; done++) {
        uint32_t v = queue[done];
        for (uint32_t i = first[v]; i < first[v + 1]; i++) {
            uint32_t e = out[i];
            uint32_t w = g->head[e];
            rank[w] = MAX(rank[w], rank[v] + g->min_len[e]);
            if (--n_in[w] == 0) {
                queue[n_queue++] = w;
            }
        }
    }
    g_assert(n_queue == n);
}

/* Ranks from 0 on. Returns the number of ranks. */
static int32_t normalize(size_t n, int32_t *rank)
{
    int32_t low = INT32_MAX;
    int32_t high = INT32_MIN;
    for (size_t v = 0; v < n; v++) {
        low = MIN(low, rank[v]);
        high = MAX(high, rank[v]);
    }
    for (size_t v = 0; v < n; v++) {
        rank[v] -= low;
    }
    return high - low + 1;
}

static void balance(const CpaSimplex *g, int32_t n_ranks, int32_t *rank)
{
    size_t n = g->n_nodes;
    g_autofree int64_t *pull = g_new0(int64_t, n);
    g_autofree int32_t *low = g_new0(int32_t, n);
    g_autofree int32_t *high = g_new(int32_t, n);
    g_autofree uint32_t *n_in_rank = g_new0(uint32_t, (size_t)n_ranks);
    g_autofree bool *moved = g_new0(bool, n);
    for (size_t v = 0; v < n; v++) {
        high[v] = n_ranks - 1;
        n_in_rank[rank[v]]++;
    }
    for (size_t e = 0; e < g->n_edges; e++) {
        uint32_t t = g->tail[e];
        uint32_t h = g->head[e];
        pull[t] += g->weight[e];
        pull[h] -= g->weight[e];
        low[h] = MAX(low[h], rank[t] + g->min_len[e]);
        high[t] = MIN(high[t], rank[h] - g->min_len[e]);
    }
    /* A node that moves would change the bounds of its neighbours: they stay then. */
    g_autofree uint32_t *first = g_new0(uint32_t, n + 2);
    g_autofree uint32_t *near = g_new(uint32_t, 2 * g->n_edges + 1);
    for (size_t e = 0; e < g->n_edges; e++) {
        first[g->tail[e] + 2]++;
        first[g->head[e] + 2]++;
    }
    for (size_t v = 0; v < n; v++) {
        first[v + 2] += first[v + 1];
    }
    for (size_t e = 0; e < g->n_edges; e++) {
        near[first[g->tail[e] + 1]++] = g->head[e];
        near[first[g->head[e] + 1]++] = g->tail[e];
    }
    for (size_t v = 0; v < n; v++) {
        if (pull[v] != 0 || moved[v] || low[v] >= high[v]) {
            continue;
        }
        int32_t best = rank[v];
        for (int32_t r = low[v]; r <= high[v]; r++) {
            if (n_in_rank[r] + (r != rank[v]) < n_in_rank[best]) {
                best = r;
            }
        }
        if (best != rank[v]) {
            n_in_rank[rank[v]]--;
            n_in_rank[best]++;
            rank[v] = best;
            for (uint32_t i = first[v]; i < first[v + 1]; i++) {
                moved[near[i]] = true;
            }
        }
    }
}

void cpa_rank(const CpaSimplex *graph, int64_t *budget, int32_t *rank)
{
    longest_paths(graph, rank);
    cpa_simplex_solve(graph, rank, budget);
    balance(graph, normalize(graph->n_nodes, rank), rank);
}
