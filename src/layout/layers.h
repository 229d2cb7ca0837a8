/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connected, acyclic graph cut into ranks: what ordering, positions and routes work on.
 *
 * An edge over several ranks is a chain of virtual nodes, one in every rank between its ends:
 *
 *     rank 0      a             real nodes 0 .. n_real - 1, then virtual ones
 *     rank 1     [v] label      chain of edge e: first_virtual[e] .. first_virtual[e + 1] - 1,
 *     rank 2      b             from the top to the bottom
 *
 * The virtual node in the middle carries the label to the right of the line.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "layout/layered.h"

#define CPA_LABEL_GAP 3.0 /* between a line and its label */

/* What the phases need of an edge of a component; it leads down. */
typedef struct {
    uint32_t top;
    uint32_t bottom;
    uint32_t weight;
    bool reversed; /* the arrow points up */
    CpaLayoutBox label;
} CpaLayerEdge;

typedef struct {
    uint32_t n_real;
    uint32_t n_nodes;
    uint32_t n_ranks;
    uint32_t n_edges;
    const CpaLayerEdge *edges; /* [n_edges] borrowed */
    const CpaLayoutBox *boxes; /* [n_real] borrowed */
    uint32_t *first_virtual;   /* [n_edges + 1] */
    uint32_t *label_node;      /* [n_edges] virtual node with the label or CPA_NONE */
    uint32_t *rank;            /* [n_nodes] */
    double *left;              /* [n_nodes] from the node's x to its left border, >= 0 */
    double *right;             /* [n_nodes] */
    uint32_t *up_first;        /* [n_nodes + 1] into up */
    uint32_t *up;              /* neighbours one rank above */
    uint32_t *up_slot;         /* the same segment's place in down */
    uint32_t *down_first;      /* [n_nodes + 1] into down */
    uint32_t *down;
    uint32_t *down_edge;  /* the edge that a segment is part of */
    uint32_t *rank_first; /* [n_ranks + 1] into order */
    uint32_t *order;      /* [n_nodes] nodes rank by rank, from left to right */
    uint32_t *pos;        /* [n_nodes] place in its rank */
    double *rank_top;     /* [n_ranks] y of the upper border of the tallest node */
    double *rank_height;  /* [n_ranks] */
} CpaLayers;

/**
 * cpa_layers_init:
 * @boxes: [n_real] borrowed as long as @layers lives
 * @edges: [n_edges] the same; none joins a node with itself
 * @rank:  [n_real] rank[top] < rank[bottom] for every edge
 *
 * Splits edges into segments from rank to rank. `order` is not a good one yet.
 *
 * Cost: O(nodes + edges * ranks between their ends)
 */
void cpa_layers_init(CpaLayers *layers, uint32_t n_real, const CpaLayoutBox *boxes,
                     uint32_t n_edges, const CpaLayerEdge *edges, const int32_t *rank);

void cpa_layers_clear(CpaLayers *layers);

/** cpa_layers_number: Sets pos from order. */
void cpa_layers_number(CpaLayers *layers);

/**
 * cpa_layers_set_y:
 * @ranksep: between ranks at least; up to twice as much where edges have a long way to the side
 * @x:       [n_nodes]
 *
 * Sets rank_top and rank_height; rank 0 begins at y = 0.
 */
void cpa_layers_set_y(CpaLayers *layers, double ranksep, const double *x);

/** cpa_layers_width: Returns: the number of nodes in rank @r */
static inline uint32_t cpa_layers_width(const CpaLayers *layers, uint32_t r)
{
    return layers->rank_first[r + 1] - layers->rank_first[r];
}

static inline bool cpa_layers_is_virtual(const CpaLayers *layers, uint32_t node)
{
    return node >= layers->n_real;
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CpaLayers, cpa_layers_clear)
