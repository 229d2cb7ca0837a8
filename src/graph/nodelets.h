/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The small boxes that hang on the nodes of a call graph: its heaviest label sets, at most 4, and
 * below each of them, or at the node for samples without one, the heaviest sizes, at most 4.
 */
#pragma once

#include "base/vec.h"
#include "graph/graph.h"

typedef struct {
    char *name;
    int64_t weight;
    uint32_t source; /* the nodelet it hangs on, by number; CPA_NONE: the node */
    uint32_t number; /* among those of its source and kind, counted before empty ones go */
    bool is_numeric;
    bool is_cum; /* the weight is with callees, unlike that of its node */
} CpaNodelet;

typedef CPA_VEC(CpaNodelet) CpaNodeletList;

/**
 * cpa_nodelets_collect:
 * @list: emptied, then filled; a nodelet comes after the one it hangs on
 *
 * Source: pprof internal/graph addNodelets, collapsedTags
 */
void cpa_nodelets_collect(const CpaGraph *graph, uint32_t node, CpaNodeletList *list);
void cpa_nodelets_clear(CpaNodeletList *list);
