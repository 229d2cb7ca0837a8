/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A call graph as what is to be laid out: boxes with their texts, lines with their labels. The
 * scene and the plain format are made of it.
 *
 *     shapes  [n]    nodes of the graph first, then the node N0 if any weight cancels out, nodelets
 *     lines   [m]    what an edge says and looks like
 *     edges   [m]    which shapes it joins
 *     boxes   [n]    sizes of the shapes
 *     names   [n]    hashes of what they are called, without their weights
 *
 * Names of shapes are those of report dot: N1, N1_0, NN1_0.
 */
#pragma once

#include "base/vec.h"
#include "layout/callgraph.h"
#include "layout/layered.h"

#define CPA_CALL_PAD_X        8.0 /* in boxes */
#define CPA_CALL_PAD_Y        4.0
#define CPA_CALL_LINE_HEIGHT  1.2 /* of the size of the font */
#define CPA_CALL_LABEL_SIZE   11.0
#define CPA_CALL_NODELET_SIZE 8.0
#define CPA_CALL_NAME_MAX     4096

typedef struct {
    char *id;
    char *text; /* lines, parted by \n */
    char *title;
    double size; /* of the font */
    double pen;
    uint32_t fill;
    uint32_t stroke;
} CpaCallShape;

typedef struct {
    char *text;
    char *title;
    double pen;
    uint32_t color;
    bool is_dashed;
    bool is_nodelet;
} CpaCallLine;

typedef struct {
    CPA_VEC(CpaCallShape) shapes;
    CPA_VEC(CpaLayoutBox) boxes;
    CPA_VEC(uint32_t) names;
    CPA_VEC(CpaCallLine) lines;
    CPA_VEC(CpaLayoutEdge) edges;
} CpaCallShapes;

/**
 * cpa_callshapes_collect:
 * @shapes: all zero before; to be cleared
 *
 * Cost:   O(nodes + edges) and the length of their names
 * Source: pprof internal/graph ComposeDot
 */
void cpa_callshapes_collect(const CpaGraph *graph, const CpaCallgraphOptions *options,
                            CpaCallShapes *shapes);
void cpa_callshapes_clear(CpaCallShapes *shapes);

/** cpa_callshapes_graph: Returns: the shapes as the layout takes them; borrows from @shapes */
CpaLayoutGraph cpa_callshapes_graph(const CpaCallShapes *shapes);

/**
 * cpa_callshapes_fit:
 * @text: (inout) (transfer full): lines; those that are wider than @max_width are cut
 *
 * Returns: the size of the text
 */
CpaLayoutBox cpa_callshapes_fit(char **text, double size, double max_width);
