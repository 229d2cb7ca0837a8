/* SPDX-License-Identifier: Apache-2.0 */
/*
 * First phase of a layered drawing: which edges have to point upwards.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * cpa_acyclic:
 * @n_nodes:  number of nodes
 * @n_edges:  number of edges; an edge with src[e] == dst[e] is never reversed
 * @src:      [n_edges]
 * @dst:      [n_edges]
 * @weight:   [n_edges]
 * @budget:   steps left; taken from it
 * @reversed: [n_edges] result
 *
 * Chooses edges to be reversed such that no cycle is left; heavy edges keep their direction.
 *
 * Cost:   O(E log E) plus the affected part of the order per edge against it, at most @budget
 * Source: Pearce and Kelly, A dynamic topological sort algorithm (2006)
 */
void cpa_acyclic(size_t n_nodes, size_t n_edges, const uint32_t *src, const uint32_t *dst,
                 const uint32_t *weight, int64_t *budget, bool *reversed);
