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
 * @n_turns: of all ranks, down and up
 * @x:       [n_nodes] result
 *
 * Cost:   O(@n_turns * (nodes + segments))
 * Source: Ayer et al., An empirical distribution function for sampling with incomplete information
 *         (1955), for one rank
 */
void cpa_isotonic_place(const CpaLayers *layers, double nodesep, uint32_t n_turns, double *x);
