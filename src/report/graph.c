/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The call graph as a picture, drawn without Graphviz.
 */
#include <string.h>

#include "layout/callgraph.h"
#include "report/report.h"

static CpaScene *draw_graph(CpaReport *report, GError **error)
{
    g_autoptr(CpaGraph) graph = cpa_report_graph(report, true);
    if (graph->n_nodes == 0) {
        cpa_error_set(error, CPA_ERROR_NO_SAMPLES,
                      "%s: no function is left to draw; see -focus, -nodefraction, -sample_index",
                      report->row->name);
        return NULL;
    }
    cpa_report_select_unit(report, graph);
    g_autoptr(GPtrArray) labels = cpa_report_labels(report, graph, graph->n_dropped_edges, true);
    const char *title = report->title;
    CpaCallgraphOptions options = {
        .title = title != NULL && title[0] != '\0' ? title : "unnamed",
        .header = labels,
        .unit = report->sample_unit,
        .output_unit = report->output_unit,
        .ratio = report->ratio,
        .total = report->total,
    };
    return cpa_callgraph_new(graph, &options);
}

const CpaReportRow cpa_report_graph_picture = {
    .name = "graph",
    .summary = "Call graph as a picture",
    .usage = "Boxes and their names grow with their own weight and redden with that of their\n"
             "callees; dashed lines pass over functions that were left out. The suffix of -o\n"
             "decides the format. -svg, -png, -pdf, ... are short for graph in that format.",
    .suffix = "svg",
    .flags =
        CPA_REPORT_VISUAL | CPA_REPORT_CALL_TREE | CPA_REPORT_AWAY_FROM_TTY | CPA_REPORT_PICTURE,
    .draw = draw_graph,
};
