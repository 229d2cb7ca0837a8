/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The layout of the call graph as numbers, for other tools.
 */
#include "report/callgraph.h"

static bool emit_plain(CpaReport *report, CpaSink *sink, GError **error)
{
    CpaCallgraphOptions options = {0};
    g_autoptr(CpaGraph) graph = cpa_report_callgraph(report, &options, error);
    if (graph == NULL) {
        return false;
    }
    cpa_callgraph_plain(graph, &options, sink);
    g_ptr_array_unref(options.header);
    return true;
}

const CpaReportRow cpa_report_plain = {
    .name = "plain",
    .summary = "Where the boxes and lines of the call graph are",
    .usage = "In Graphviz's plain format: a line for each node and edge, inches, y upwards. Nodes\n"
             "have the names that dot gives them.",
    .suffix = "plain",
    .flags = CPA_REPORT_VISUAL | CPA_REPORT_CALL_TREE,
    .emit = emit_plain,
};
