/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes a node with all its edges out of an ordered graph and puts it back where it crosses least.
 */
#pragma once

#include <stdint.h>

#include "base/vec.h"
#include "layout/layers.h"

/* Buffers that serve one node after another. */
typedef struct {
    CpaLayers *layers; /* borrowed */
    int64_t *budget;   /* borrowed; steps left */
    bool *is_out;      /* [n_nodes] taken out */
    uint32_t *place;   /* [n_nodes] in its rank without what is taken out */
    uint32_t *slot;    /* [n_nodes] of what is taken out: how many stay left of it */
    uint32_t *order;   /* like layers->order, without what is taken out */
    uint32_t *n_left;  /* [n_ranks] how many stay */
    uint32_t *undo;    /* order as it was */
    uint32_t first_rank;
    uint32_t last_rank;
    CPA_VEC(uint32_t) table;
    CPA_VEC(struct CpaStrand) strands; /* those from above, then those from below */
    size_t n_above;
    uint32_t limit; /* what all strands cost now */
    CPA_VEC(uint32_t) costs; /* [strands + 1][stride] */
    CPA_VEC(uint32_t) backs; /* best slots one rank farther away */
    CPA_VEC(uint32_t) total;
    CPA_VEC(uint64_t) keys;
} CpaReinsert;

void cpa_reinsert_init(CpaReinsert *reinsert, CpaLayers *layers, int64_t *budget);

void cpa_reinsert_clear(CpaReinsert *reinsert);

/**
 * cpa_reinsert_node:
 * @node: a real node
 *
 * Finds the best place for @node and for all virtual nodes of its edges at once, with everything
 * else fixed and not counting crossings among its own edges, and puts them there when that saves
 * crossings. first_rank .. last_rank say which ranks may have changed.
 *
 * Cost:   O(sum over segments of its edges of the product of the widths of the two ranks)
 * Source: after Chimani, Gutwenger, Mutzel, Wolf: Inserting a vertex into a planar graph (2009);
 *         here with fixed ranks, by dynamic programming over slots
 * Returns: whether anything has moved
 */
bool cpa_reinsert_node(CpaReinsert *reinsert, uint32_t node);

/** cpa_reinsert_undo: Puts back the order from before the last cpa_reinsert_node(). */
void cpa_reinsert_undo(CpaReinsert *reinsert);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CpaReinsert, cpa_reinsert_clear)
