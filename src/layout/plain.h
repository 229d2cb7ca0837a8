/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Graphviz's plain format: positions as text, for other tools.
 */
#pragma once

#include "base/sink.h"
#include "layout/layered.h"

/* What stands in the file about a node; texts are borrowed, colours 0xRRGGBB. */
typedef struct {
    const char *name; /* a different one for each node */
    const char *label;
    const char *style;
    uint32_t color;
    uint32_t fill;
} CpaPlainNode;

typedef struct {
    const char *label; /* "" for none */
    const char *style;
    uint32_t color;
} CpaPlainEdge;

/**
 * cpa_plain_put:
 * @graph:   what was laid out
 * @drawing: its layout
 * @nodes:   [n_nodes] any text
 * @edges:   [n_edges]
 *
 * Units:  inches, y upwards
 * Source: https://graphviz.org/docs/outputs/plain/
 */
void cpa_plain_put(const CpaLayoutGraph *graph, const CpaLayered *drawing,
                   const CpaPlainNode *nodes, const CpaPlainEdge *edges, CpaSink *sink);
