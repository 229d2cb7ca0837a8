/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The graph while it is being counted and trimmed: parts of graph.c, not for other rooms.
 *
 *     graph  nodes are those of the node table; edges are added pair by pair
 *     tree   a node per calling context; edge i leads to node i, if it has a parent
 */
#pragma once

#include "base/vec.h"
#include "graph/graph.h"

typedef struct {
    uint32_t src;
    uint32_t dst;
    int64_t weight;
    bool is_residual;
    bool is_inline;
    bool is_alive;
} CpaWorkEdge;

/* Tags of some nodes: see tags.c. */
typedef struct {
    CPA_VEC(CpaTag) tags;
    uint32_t *first; /* [n + 1] range of each of the nodes asked for */
} CpaTagList;

typedef struct {
    CpaView *view;
    const CpaGraphOptions *options;
    CpaNodeTable *table;

    uint32_t n_nodes;
    uint32_t *info;    /* [n_nodes] node of the table; NULL: node i is node i */
    uint32_t *context; /* [n_nodes] 1 + parent's number, 0 for roots; NULL in a graph */
    int64_t *flat;     /* [n_nodes] */
    int64_t *cum;
    uint64_t *inlined; /* [n_nodes] of a graph: less than this passed over inlined calls to it */
    int64_t *flat_div; /* NULL without mean, as the next one */
    int64_t *cum_div;

    CPA_VEC(uint32_t) listed; /* nodes to show, in report order */
    uint8_t *kept;            /* [n_nodes] the only nodes that stacks consist of; NULL: all */

    CpaWorkEdge *edges;
    int64_t *edge_divs; /* [n_edges] NULL without mean */
    size_t n_edges;

    uint32_t *tagged; /* [n_tagged] nodes whose tags were counted, or NULL */
    size_t n_tagged;
    CpaTagList tags;

    const char **labels;  /* [n_nodes] printable names, made when first asked for */
    uint32_t *label_lens; /* [n_nodes] */
    GStringChunk *text;
    GString *scratch;
} CpaWork;

static inline uint64_t cpa_abs64(int64_t v)
{
    return v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
}

static inline const CpaNodeInfo *cpa_work_info(const CpaWork *w, uint32_t node)
{
    return &w->table->infos[w->info != NULL ? w->info[node] : node];
}

/** cpa_work_label: Returns: the printable name of a node */
const char *cpa_work_label(CpaWork *w, uint32_t node);

/*
 * What loops over frames look up per location: the number given to its only node, CPA_NONE where
 * that node has none, or LOCATION_MULTI where the location stands for several nodes (inlining).
 */
#define LOCATION_MULTI (UINT32_MAX - 1)

/**
 * cpa_map_locations:
 * @number: [n_nodes of the table] numbers below LOCATION_MULTI, or CPA_NONE
 *
 * Returns: (transfer full): [n_locations]
 */
uint32_t *cpa_map_locations(const CpaNodeTable *table, const uint32_t *number);

/** cpa_count_nodes: fills flat and cum of the graph's nodes from all samples */
void cpa_count_nodes(CpaWork *w);

/**
 * cpa_count_edges:
 * @only_dst: [n_nodes] count edges to these nodes alone; %NULL: all
 * @listed:   [n_nodes] nodes that are shown
 * @cutoff:   edges to listed nodes that weigh less are left out
 *
 * Replaces the edges by those between nodes of @w->kept.
 * Cost: one table access per frame
 */
void cpa_count_edges(CpaWork *w, const uint8_t *only_dst, const uint8_t *listed, uint64_t cutoff);

/** cpa_count_tree: makes nodes and edges of the call tree from all samples */
void cpa_count_tree(CpaWork *w);

/** cpa_trim_tree: @removed: [n_nodes] takes these nodes out, linking their callees to their caller */
void cpa_trim_tree(CpaWork *w, const uint8_t *removed);

/**
 * cpa_count_tags:
 * @nodes:  [n] nodes asked for
 * @cutoff: tags below it in both flat and cum are left out
 */
void cpa_count_tags(CpaWork *w, const uint32_t *nodes, size_t n, uint64_t cutoff, CpaTagList *out);
void cpa_tag_list_clear(CpaTagList *list);
