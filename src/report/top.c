/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list of the heaviest entries: top, text.
 *
 *           flat  flat%   sum%        cum   cum%
 *          0.10s 50.00% 50.00%      0.20s   100%  main.work (inline)
 *
 * Source: pprof report.go TextItems, printText
 */
#include "report/report.h"

/* Whether the node was inlined into all of its callers shown, or into some. */
static const char *inline_mark(const CpaGraph *graph, uint32_t node)
{
    bool some = false;
    bool all = true;
    for (uint32_t i = graph->in_first[node]; i < graph->in_first[node + 1]; i++) {
        bool is_inline = graph->edges[graph->in_edge[i]].is_inline;
        some = some || is_inline;
        all = all && is_inline;
    }
    return !some ? "" : all ? " (inline)" : " (partial-inline)";
}

static bool emit_top(CpaReport *r, CpaSink *sink, GError **error)
{
    (void)error;
    g_autoptr(CpaGraph) graph = cpa_report_graph(r, false);
    cpa_report_select_unit(r, graph);
    g_autoptr(GPtrArray) labels = cpa_report_labels(r, graph, 0, false);
    cpa_report_put_labels(sink, labels);
    cpa_sink_puts(sink, "      flat  flat%   sum%        cum   cum%\n");
    uint64_t sum = 0;
    for (uint32_t i = 0; i < graph->n_nodes; i++) {
        const CpaNode *node = &graph->nodes[i];
        int64_t flat = cpa_node_flat(node);
        int64_t cum = cpa_node_cum(node);
        char text[CPA_VALUE_TEXT_MAX];
        char percent[32];
        sum += (uint64_t)flat;
        cpa_sink_pad(sink, cpa_report_format(r, text, flat), 10);
        cpa_sink_putc(sink, ' ');
        cpa_sink_puts(sink, cpa_percentage_format(percent, flat, r->total));
        cpa_sink_putc(sink, ' ');
        cpa_sink_puts(sink, cpa_percentage_format(percent, (int64_t)sum, r->total));
        cpa_sink_putc(sink, ' ');
        cpa_sink_pad(sink, cpa_report_format(r, text, cum), 10);
        cpa_sink_putc(sink, ' ');
        cpa_sink_puts(sink, cpa_percentage_format(percent, cum, r->total));
        cpa_sink_puts(sink, "  ");
        cpa_sink_puts(sink, node->label);
        cpa_sink_puts(sink, inline_mark(graph, i));
        cpa_sink_putc(sink, '\n');
    }
    return true;
}

const CpaReportRow cpa_report_top = {
    .name = "top",
    .alias = "text",
    .summary = "The heaviest entries, one per line",
    .usage = "flat is the weight of the entry itself, cum its weight with everything it calls;\n"
             "sum% adds flat up from the top. -cum sorts by cum, -nodecount=N shows N entries.",
    .suffix = "txt",
    .flags = CPA_REPORT_ALL_NODES,
    .emit = emit_top,
};
