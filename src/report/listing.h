/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CpaListing: functions with the weights of their lines, and of the instructions of a line where
 * there are any. list, weblist and their JSON are written from it.
 *
 *     functions   in report order; each has lines  [line_first .. line_first + n_lines)
 *     lines       those with a weight or with code, ascending in a function; each has code
 *                 [code_first .. code_first + n_code)
 *     code        has calls  [call_first .. call_first + n_calls)
 *
 * What a report shows of a function is begin .. end, whatever lines in it have a weight; the text
 * of a line comes from the function's source.
 */
#pragma once

#include "base/vec.h"
#include "graph/groups.h"
#include "report/report.h"
#include "symbol/srctree.h"

typedef struct {
    const char *file;
    int64_t line;
} CpaListCall;

/* An instruction, below a line that it comes from. */
typedef struct {
    uint64_t address; /* of the object */
    const char *text; /* NULL where the program is not at hand */
    const char *file; /* of the innermost inlined call, "" where unknown */
    int64_t line;
    int64_t flat;
    int64_t cum;
    bool starts_block;   /* something else lies before it */
    uint32_t call_first; /* calls that were inlined at the line, outermost first */
    uint32_t n_calls;
} CpaListCode;

typedef struct {
    int64_t line;
    int64_t flat;
    int64_t cum;
    uint32_t code_first;
    uint32_t n_code;
} CpaListLine;

typedef struct {
    const char *name;
    const char *file; /* NULL where the profile does not say */
    int64_t flat;
    int64_t cum;
    int64_t begin; /* first line shown */
    int64_t end;   /* the line behind the last one shown */
    uint32_t line_first;
    uint32_t n_lines;
    const CpaSrcEntry *source; /* NULL without file, or where no line is to be shown */
    bool is_hidden;            /* without file, where others of the name have one */
} CpaListFunction;

typedef struct {
    const CpaReport *report;
    CpaSrcTree *tree;
    CPA_VEC(CpaListFunction) functions;
    CPA_VEC(CpaListLine) lines;
    CPA_VEC(CpaListCode) code;
    CPA_VEC(CpaListCall) calls;
    struct CpaBinaries *binaries; /* memory of the code and its names, as the next ones; or NULL */
    GPtrArray *codes;
    GHashTable *build_ids; /* source file -> build id of the program it is of; NULL until asked */
    char *main_build_id;   /* of the first program that has one; likewise */
    GStringChunk *names;
} CpaListing;

/** cpa_listing_new: @error: as of cpa_src_tree_new(). Returns: (transfer full): an empty listing */
CpaListing *cpa_listing_new(const CpaReport *report, GError **error);
void cpa_listing_free(CpaListing *listing);

/** cpa_listing_limit: with -nodecount=N, keeps the N functions with the largest flat, in that order */
void cpa_listing_limit(CpaListing *listing);

/** cpa_listing_warn: tells the report's reader which sources were not found, and where they were not */
void cpa_listing_warn(const CpaListing *listing);

/**
 * cpa_report_node_sums:
 * @table: (out) (transfer full): the nodes of the report's view, binaries kept apart
 *
 * Weights of all nodes; those that a graph would not have are 0: what cancels out, and negative ones
 * under drop_negative.
 * Source:  pprof graph.go selectNodesForGraph
 * Returns: (transfer full): [n_nodes]
 */
CpaGroupSums *cpa_report_node_sums(CpaReport *report, CpaNodeTable **table);

/** cpa_node_is_counted: Returns: whether the node is one of those */
static inline bool cpa_node_is_counted(const CpaGroupSums *sums)
{
    return sums->flat != 0 || sums->cum != 0;
}

/** cpa_report_format_or_dot: as cpa_report_format(), "." for 0 */
char *cpa_report_format_or_dot(const CpaReport *report, char text[CPA_VALUE_TEXT_MAX],
                               int64_t value);

/** cpa_report_put_sums: "   1.50s      2s (flat, cum) 50.00% of Total" and a newline */
void cpa_report_put_sums(const CpaReport *report, CpaSink *sink, int64_t flat, int64_t cum);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaListing, cpa_listing_free)
