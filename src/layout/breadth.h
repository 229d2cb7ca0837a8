/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Orders to begin with: breadth-first from the top.
 */
#pragma once

#include <stdint.h>

#include "layout/layers.h"

/**
 * cpa_breadth_order:
 * @layers: its order and pos are the result
 * @names:  [n_real] numbers that a node keeps when others come or go
 * @seed:   0: nodes come as they are numbered; others: as a hash of @names and @seed has it
 *
 * Cost: O(nodes + segments), times log of the largest degree
 */
void cpa_breadth_order(CpaLayers *layers, const uint32_t *names, uint32_t seed);
