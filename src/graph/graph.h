/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Call graph: weights of nodes and of caller/callee pairs, trimmed and sorted for a report.
 *
 *     nodes  [n_nodes]  in report order; behind them, up to n_all_nodes, nodes that are not shown
 *                       (their weights cancel out, or drop_negative hides them) but that edges
 *                       still touch
 *     edges  [n_edges]  src, dst are positions in nodes
 *     in  edges of node i: in_edge [in_first[i]  .. in_first[i+1])    indices into edges,
 *     out edges of node i: out_edge[out_first[i] .. out_first[i+1])   heaviest first
 *
 * Counting rule: a sample adds to cum of each distinct node of its stack once, to each distinct
 * edge once, to flat of its leaf; calls of a node to itself are no edges.
 */
#pragma once

#include "base/options.h"
#include "graph/nodes.h"
#include "view/labels.h"

typedef struct {
    CpaStrId name;
    CpaStrId unit; /* 0 for string labels */
    bool numeric;
    int64_t value;
    int64_t flat;
    int64_t flat_div;
    int64_t cum;
    int64_t cum_div;
    CpaStrId group; /* numeric: the string labels (joined) of the samples it belongs to, or 0 */
} CpaTag;

typedef struct {
    CpaNodeInfo info;
    uint32_t id;       /* node of the CpaNodeTable */
    uint32_t context;  /* call tree: the calling context, equal for siblings; else 0 */
    const char *label; /* printable name, ended by a NUL; it may hold others */
    uint32_t label_len;
    int64_t flat;
    int64_t flat_div;
    int64_t cum;
    int64_t cum_div;
    CpaTag *tags; /* [n_tags], only where asked for */
    uint32_t n_tags;
} CpaNode;

typedef struct {
    uint32_t src;
    uint32_t dst;
    int64_t weight;
    int64_t weight_div;
    bool is_residual; /* passes over removed nodes */
    bool is_inline;   /* the callee was inlined, in all samples */
} CpaEdge;

typedef struct CpaGraph {
    CpaNode *nodes;
    uint32_t n_nodes;
    uint32_t n_all_nodes;
    CpaEdge *edges;
    uint32_t n_edges;
    uint32_t *in_first;
    uint32_t *in_edge;
    uint32_t *out_first;
    uint32_t *out_edge;
    uint32_t n_orig_nodes;    /* after the cut by nodefraction, before nodecount */
    uint32_t n_dropped_nodes; /* by nodefraction */
    uint32_t n_dropped_edges; /* by edgefraction */
    const CpaStrtab *strings; /* of infos and tags: those of the view */
    GStringChunk *labels;     /* memory of the nodes' printable names */
} CpaGraph;

typedef struct {
    uint32_t value_index;
    bool mean; /* divide by value 0 */
    bool call_tree;
    bool keep_objects;
    bool drop_negative;
    bool cum_sort;
    bool visual;     /* dot: order by entropy, count tags, drop redundant edges */
    bool want_edges; /* false: only the edges that inline marks need */
    bool want_tags;
    int nodecount; /* <= 0: no limit */
    double node_frac;
    double edge_frac;
    const CpaLabelUnits *units; /* for tags */
    const char *unit;           /* of tags */
} CpaGraphOptions;

/**
 * cpa_graph_new:
 *
 * Counts, trims by fraction and number, sorts.
 *
 * Units:   raw units of the sample value
 * Cost:    O(frames + edges log edges), up to three passes over the frames
 * Source:  pprof report.newTrimmedGraph, graph.New
 * Returns: (transfer full): never %NULL; may have no nodes
 */
CpaGraph *cpa_graph_new(CpaView *view, const CpaGraphOptions *options);
void cpa_graph_free(CpaGraph *graph);

/** cpa_node_flat: Returns: flat, divided where a mean is asked for; the same for the others */
static inline int64_t cpa_node_flat(const CpaNode *node)
{
    return node->flat_div == 0 ? node->flat : node->flat / node->flat_div;
}

static inline int64_t cpa_node_cum(const CpaNode *node)
{
    return node->cum_div == 0 ? node->cum : node->cum / node->cum_div;
}

static inline int64_t cpa_edge_weight(const CpaEdge *edge)
{
    return edge->weight_div == 0 ? edge->weight : edge->weight / edge->weight_div;
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaGraph, cpa_graph_free)
