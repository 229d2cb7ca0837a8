/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fast horizontal coordinates: every rank in turn is put where its neighbours pull it.
 */
#pragma once

#include <stdint.h>

#include "layout/layers.h"

/**
 * cpa_isotonic_place:
 * @layers:  ordered
 * @nodesep: between boxes
 * @budget:  steps left; taken from it
 * @x:       [n_nodes] result
 *
 * Cost:   O(nodes + segments), two to six times over
 * Source: Ayer et al., An empirical distribution function for sampling with incomplete information
 *         (1955), for one rank
 */
void cpa_isotonic_place(const CpaLayers *layers, double nodesep, int64_t *budget, double *x);

/**
 * cpa_isotonic_straighten:
 * @x: [n_nodes] in: places with all gaps kept; out: as few bends in long edges as may be
 *
 * Cost:   O(nodes log nodes)
 */
void cpa_isotonic_straighten(const CpaLayers *layers, double nodesep, double *x);
