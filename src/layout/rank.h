/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Second phase of a layered drawing: the rank of every node.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "layout/simplex.h"

/**
 * cpa_rank:
 * @graph:  connected and acyclic; borrowed
 * @budget: steps left; taken from it
 * @rank:   [n_nodes] result; the least is 0
 *
 * Ranks with the least weighted sum of edge lengths, or near it when the budget is small. Nodes
 * that could stand in several ranks for the same sum go to the emptiest.
 */
void cpa_rank(const CpaSimplex *graph, int64_t *budget, int32_t *rank);
