/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between positions and routes: lines bend less near their ends.
 */
#pragma once

#include "layout/layers.h"

/**
 * cpa_relax:
 * @layers:  with heights
 * @nodesep: between boxes
 * @budget:  steps left; taken from it
 * @x:       [n_nodes] in: positions; out: virtual nodes moved, the order of every rank is kept
 *
 * Cost: O(nodes), two to eight times over
 */
void cpa_relax(const CpaLayers *layers, double nodesep, int64_t *budget, double *x);
