/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The call graph as a picture, drawn without Graphviz.
 */
#include "report/callgraph.h"

CpaGraph *cpa_report_callgraph(CpaReport *report, CpaCallgraphOptions *options, GError **error)
{
    g_autoptr(CpaGraph) graph = cpa_report_graph(report, true);
    if (graph->n_nodes == 0 && (report->view->n_samples == 0 || report->total == 0)) {
        cpa_report_nothing_to_draw(report, error);
        return NULL;
    }
    if (graph->n_nodes == 0) {
        cpa_error_set(error, CPA_ERROR_NO_SAMPLES,
                      "%s: no function %s more than -nodefraction=%g of the total: nothing to draw",
                      report->row->name,
                      report->options->diff_base->len > 0 ? "differs by" : "weighs",
                      report->options->nodefraction);
        return NULL;
    }
    cpa_report_select_unit(report, graph);
    const char *title = report->title;
    *options = (CpaCallgraphOptions){
        .title = title != NULL && title[0] != '\0' ? title : "unnamed",
        .header = cpa_report_labels(report, graph, graph->n_dropped_edges, true),
        .unit = report->sample_unit,
        .output_unit = report->output_unit,
        .ratio = report->ratio,
        .total = report->total,
    };
    return g_steal_pointer(&graph);
}

static CpaScene *draw_graph(CpaReport *report, GError **error)
{
    CpaCallgraphOptions options = {0};
    g_autoptr(CpaGraph) graph = cpa_report_callgraph(report, &options, error);
    if (graph == NULL) {
        return NULL;
    }
    CpaScene *scene = cpa_callgraph_new(graph, &options);
    g_ptr_array_unref(options.header);
    return scene;
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
