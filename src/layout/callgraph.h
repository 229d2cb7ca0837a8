/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A call graph as a picture: the same nodes and edges, in the same look, as report dot describes to
 * Graphviz.
 *
 *     legend box             header lines
 *     node box               name over several lines, font by flat, colour by share of cum
 *     edge                   width and colour by weight, dashed where it passes over removed nodes
 *     nodelets               the heaviest label sets of a node
 */
#pragma once

#include "graph/graph.h"
#include "layout/scene.h"

typedef struct {
    const char *title;
    GPtrArray *header; /* of char*: lines of the legend */
    const char *unit;        /* as in the profile */
    const char *output_unit;
    double ratio; /* values are multiplied by it */
    int64_t total;
} CpaCallgraphOptions;

/**
 * cpa_callgraph_new:
 *
 * Cost:    that of the layout, see layout/layered.h
 * Source:  pprof internal/graph ComposeDot
 * Returns: (transfer full): the scene
 */
CpaScene *cpa_callgraph_new(const CpaGraph *graph, const CpaCallgraphOptions *options);

/**
 * cpa_callgraph_plain:
 *
 * Writes where the boxes and lines of the same picture are, in Graphviz's plain format. Nodes have
 * the names that report dot gives them; the legend is left out.
 */
void cpa_callgraph_plain(const CpaGraph *graph, const CpaCallgraphOptions *options, CpaSink *sink);
