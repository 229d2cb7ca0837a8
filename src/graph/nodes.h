/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Node identities: what one entry of a report stands for under the current granularity.
 *
 *     (location, line)  ->  node id        nodes of location l: node[first[l] .. first[l+1])
 *                                          innermost inlined call first, at least one per location
 *
 * Two lines with the same name, file, line, column and address are one node.
 */
#pragma once

#include "view/view.h"

typedef struct {
    uint64_t address;
    int64_t line;
    int64_t column;
    int64_t start_line;
    CpaStrId name;
    CpaStrId file; /* cleaned path */
    CpaStrId object_file;
} CpaNodeInfo;

typedef struct {
    const CpaView *view; /* borrowed */
    CpaNodeInfo *infos;  /* [n_nodes] */
    uint32_t n_nodes;
    uint32_t *first; /* [n_locations + 1] */
    uint32_t *node;  /* [first[n_locations]] */
} CpaNodeTable;

/**
 * cpa_node_table_new:
 * @keep_objects: keep binaries and start lines apart (callgrind, listings)
 *
 * Source: pprof graph.CreateNodes, nodeInfo
 */
CpaNodeTable *cpa_node_table_new(CpaView *view, bool keep_objects);
void cpa_node_table_free(CpaNodeTable *table);

/** cpa_node_info_print: appends the printable name: address, function, file:line, joined by @sep */
void cpa_node_info_print(const CpaNodeInfo *info, const CpaStrtab *strings, const char *sep,
                         GString *out);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaNodeTable, cpa_node_table_free)
