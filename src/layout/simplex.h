/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Network simplex: integers for the nodes of a graph such that every edge is at least as long as it
 * must be and the weighted sum of lengths is least. Gives ranks, and x coordinates as well.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef struct {
    size_t n_nodes;
    size_t n_edges;
    const uint32_t *tail;   /* [n_edges] */
    const uint32_t *head;   /* [n_edges] */
    const int32_t *weight;  /* [n_edges] >= 0 */
    const int32_t *min_len; /* [n_edges] rank[head] - rank[tail] is at least this */
} CpaSimplex;

/**
 * cpa_simplex_solve:
 * @graph:  connected; borrowed
 * @rank:   [n_nodes] in: values that keep every min_len; out: better ones
 * @budget: steps left; taken from it. When it is used up the best values so far are kept
 *
 * Cost:   per pivot O(size of the smaller part of the tree + length of the cycle)
 * Source: Gansner, Koutsofios, North, Vo (1993), section 2.3; differs: cut values are sums over
 *         subtrees, kept up to date like their sizes, and the smaller part always moves
 */
void cpa_simplex_solve(const CpaSimplex *graph, int32_t *rank, int64_t *budget);
