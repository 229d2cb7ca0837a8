/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layered drawing of a directed graph: where boxes stand and how edges run.
 *
 *     CpaLayered *drawing = cpa_layered_new(&graph, &(CpaLayoutOptions){0});
 *     ... drawing->centers[node], cpa_layered_spline(drawing, edge, &n_points) ...
 *     cpa_layered_free(drawing);
 *
 * All lengths are points. x grows to the right, y grows downwards as in pictures; edges run down
 * from source to destination wherever cycles allow. The picture starts at (0, 0).
 */
#pragma once

#include "layout/point.h"
#include <glib.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    double width;
    double height;
} CpaLayoutBox;

typedef struct {
    uint32_t src;
    uint32_t dst;
    uint32_t weight;    /* how much a short and straight edge is worth; capped at 1,000 */
    uint32_t minlen;    /* ranks between the two ends at least; 0 counts as 1, capped at 100 */
    CpaLayoutBox label; /* 0 x 0: no label */
} CpaLayoutEdge;

typedef struct {
    const CpaLayoutBox *boxes; /* [n_nodes], from the heaviest node on */
    const uint32_t *names;     /* [n_nodes] hashes of names, or NULL for the numbers of nodes */
    size_t n_nodes;
    const CpaLayoutEdge *edges;
    size_t n_edges;
} CpaLayoutGraph;

/* A field that is 0 stands for its default. */
typedef struct {
    double nodesep_pt;     /* between boxes of one rank: 18 */
    double ranksep_pt;     /* between ranks: 36 */
    CpaLayoutBox corner;   /* left upper corner of the picture that stays free: 0 x 0 */
    uint64_t budget_steps; /* work spent on quality, a step being a few ns: 220,000,000 */
} CpaLayoutOptions;

typedef struct {
    size_t n_nodes;
    size_t n_edges;
    double width;
    double height;
    CpaPoint *centers;    /* [n_nodes] */
    CpaPoint *labels;     /* [n_edges] centres of labels; the middle of edges without one */
    uint32_t *edge_first; /* [n_edges + 1] into points */
    CpaPoint *points;     /* piecewise cubic Bezier curves, 4 + 3k points each, source to dest. */
} CpaLayered;

/**
 * cpa_layered_new:
 * @graph: borrowed; sizes that are no finite number of 0 or more count as 0
 * @opts:  borrowed
 *
 * Draws every connected component by itself and sets them side by side. Heavy nodes stand rather
 * left; of drawings that are nearly as good, names choose, so that those of graphs with most nodes
 * in common look alike. Edges from a node to itself
 * are drawn as loops on its right; their labels get no room of their own.
 *
 * Holds:  boxes do not overlap, no edge runs through a box that is not its own, labels have room;
 *         the same input gives the same drawing
 * Cost:   bounded by @opts->budget_steps plus O((n + m + v) log n) with v the number of ranks that
 *         edges cross
 * Source: Gansner, Koutsofios, North, Vo: A technique for drawing directed graphs (1993)
 * Returns: (transfer full): the drawing
 */
CpaLayered *cpa_layered_new(const CpaLayoutGraph *graph, const CpaLayoutOptions *opts);

void cpa_layered_free(CpaLayered *drawing);

/** cpa_layered_spline: Returns: (transfer none): points of edge @edge; @n_points gets 4 + 3k */
static inline const CpaPoint *cpa_layered_spline(const CpaLayered *drawing, size_t edge,
                                                 size_t *n_points)
{
    *n_points = drawing->edge_first[edge + 1] - drawing->edge_first[edge];
    return drawing->points + drawing->edge_first[edge];
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaLayered, cpa_layered_free)
