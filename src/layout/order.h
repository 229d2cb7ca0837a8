/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Third phase of a layered drawing: the order of nodes in each rank, with few crossings.
 */
#pragma once

#include <stdint.h>

#include "layout/layers.h"

/**
 * cpa_order:
 * @layers: its order and pos are the result
 * @names:  [n_real] numbers that a node keeps when others come or go
 * @budget: steps left; taken from it
 *
 * Returns: the number of crossings
 */
uint64_t cpa_order(CpaLayers *layers, const uint32_t *names, int64_t *budget);
