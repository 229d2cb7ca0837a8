/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Crossings between ranks, kept while nodes move.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "layout/layers.h"

/* What moves a node says so by cpa_crossings_touch(). */
typedef struct {
    CpaLayers *l;       /* borrowed */
    int64_t *budget;    /* borrowed; steps left */
    uint32_t *up_pos;   /* like up: sorted places of the neighbours above */
    uint32_t *down_pos; /* like down */
    uint32_t *fill;     /* [n_nodes] */
    uint32_t *tree;     /* [widest rank + 1] */
    uint64_t *cross;    /* [n_ranks] between rank r and r + 1 */
    bool *stale;        /* [n_ranks] cross[r] is out of date */
} CpaCrossings;

void cpa_crossings_init(CpaCrossings *crossings, CpaLayers *layers, int64_t *budget);

void cpa_crossings_clear(CpaCrossings *crossings);

/** cpa_crossings_look_up: Fills up_pos of the nodes in rank @r. */
void cpa_crossings_look_up(CpaCrossings *crossings, uint32_t r);

/** cpa_crossings_look_down: Fills down_pos of the nodes in rank @r. */
void cpa_crossings_look_down(CpaCrossings *crossings, uint32_t r);

/** cpa_crossings_touch: The order of rank @r has changed. */
void cpa_crossings_touch(CpaCrossings *crossings, uint32_t r);

/** cpa_crossings_touch_all: All orders have changed. */
void cpa_crossings_touch_all(CpaCrossings *crossings);

/**
 * cpa_crossings_count:
 *
 * Cost:    O(E log V) of the ranks that have changed
 * Returns: the number of crossings
 */
uint64_t cpa_crossings_count(CpaCrossings *crossings);

/**
 * cpa_crossings_of_edges:
 * @per_edge: [n_edges] result: how often each edge is crossed
 *
 * Cost: O(E log V) of the ranks with crossings
 */
void cpa_crossings_of_edges(CpaCrossings *crossings, uint64_t *per_edge);

/**
 * cpa_crossings_swap_gain:
 * @v:       a node
 * @w:       its right neighbour; their rank has been looked up and down
 * @crossed: gets whether any of their edges cross as they stand
 *
 * Cost:    O(degrees)
 * Returns: crossings saved when they change places
 */
int64_t cpa_crossings_swap_gain(const CpaCrossings *crossings, uint32_t v, uint32_t w,
                                bool *crossed);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CpaCrossings, cpa_crossings_clear)
