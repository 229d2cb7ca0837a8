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
 * @budget: steps left; taken from it
 *
 * Returns: the number of crossings
 */
uint64_t cpa_order(CpaLayers *layers, int64_t *budget);
