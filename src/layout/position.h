/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fourth phase of a layered drawing: x of every node.
 */
#pragma once

#include <stdint.h>

#include "layout/layers.h"

/**
 * cpa_position_gap:
 *
 * Returns: the least distance between the x of @a and of @b, its right neighbour
 */
double cpa_position_gap(const CpaLayers *layers, uint32_t a, uint32_t b, double nodesep);

/**
 * cpa_position_weight:
 * @segment: from @v to @w or the other way, by its place in layers->down
 *
 * Returns: what horizontal length of the segment is worth
 */
int32_t cpa_position_weight(const CpaLayers *layers, uint32_t segment, uint32_t v, uint32_t w);

/**
 * cpa_position:
 * @layers:  ordered
 * @nodesep: between real nodes; lines stand closer
 * @budget:  steps left; taken from it
 * @x:       [n_nodes] result; the order of every rank is kept
 *
 * Edges come out short, and straight where they are long or heavy.
 */
void cpa_position(const CpaLayers *layers, double nodesep, int64_t *budget, double *x);
