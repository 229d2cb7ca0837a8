/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Last phase of a layered drawing: the curves of edges and the places of their labels.
 */
#pragma once

#include "base/vec.h"
#include "layout/layers.h"

typedef CPA_VEC(CpaPoint) CpaPointVec;

/* Buffers that serve one edge after another. Zero-initialised before the first. */
typedef struct {
    CPA_VEC(struct CpaGate) gates;
    CpaPointVec path;
    double *port; /* [n_edges] where an edge aims at its nodes, from their middle */
    double *left; /* [n_nodes] of dense graphs: how far lines may go, past other lines; or NULL */
    double *right;
} CpaRouter;

/**
 * cpa_router_init:
 * @x:       [n_nodes] middles, or of virtual nodes the line
 * @nodesep: between parallel edges
 */
void cpa_router_init(CpaRouter *router, const CpaLayers *layers, const double *x, double nodesep);

void cpa_router_clear(CpaRouter *router);

/**
 * cpa_router_edge:
 * @x:      [n_nodes] middles, or of virtual nodes the line
 * @edge:   of @layers
 * @points: gets 4 + 3k points appended, from the top node to the bottom node, or the other way for
 *          a reversed edge
 * @label:  gets the middle of the label or of the edge
 *
 * Cost: O(ranks between the ends)
 */
void cpa_router_edge(CpaRouter *router, const CpaLayers *layers, const double *x, uint32_t edge,
                     CpaPointVec *points, CpaPoint *label);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CpaRouter, cpa_router_clear)
