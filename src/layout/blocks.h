/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fast horizontal coordinates: nodes in straight blocks, after Brandes and Koepf.
 */
#pragma once

#include "layout/layers.h"

/**
 * cpa_blocks_place:
 * @layers:  ordered
 * @nodesep: between boxes
 * @x:       [n_nodes] result
 *
 * Cost:   O(nodes + segments log)
 * Source: Brandes and Koepf, Fast and simple horizontal coordinate assignment (2001), with
 *         Brandes, Walter, Zink: Erratum (2020)
 */
void cpa_blocks_place(const CpaLayers *layers, double nodesep, double *x);
