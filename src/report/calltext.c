/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One block per entry:
 *
 *                                                  0.10s 50.00% |   main.caller
 *          0.10s 50.00% 50.00%      0.20s   100%                | main.entry
 *                                                  0.10s 50.00% |   main.callee (inline)
 *
 * Percentages of callers and callees refer to the entry's cum, and their weights are not divided
 * by a mean's count, as upstream has it.
 */
#include "report/calltext.h"

#include <string.h>

#define SEPARATOR "----------------------------------------------------------+-------------\n"
#define LEGEND    "      flat  flat%   sum%        cum   cum%   calls calls% + context \t \t \n"

static void put_edge(const CpaReport *r, CpaSink *sink, const CpaGraph *graph, uint32_t edge_index,
                     bool caller, int64_t cum)
{
    const CpaEdge *edge = &graph->edges[edge_index];
    char text[CPA_VALUE_TEXT_MAX];
    char percent[32];
    cpa_sink_pad(sink, cpa_report_format(r, text, edge->weight), 50);
    cpa_sink_putc(sink, ' ');
    cpa_sink_puts(sink, cpa_percentage_format(percent, edge->weight, cum));
    cpa_sink_puts(sink, " |   ");
    cpa_sink_puts(sink, graph->nodes[caller ? edge->src : edge->dst].label);
    cpa_sink_puts(sink, edge->is_inline ? " (inline)\n" : "\n");
}

static void put_entry(const CpaReport *r, CpaSink *sink, const CpaNode *node, int64_t sum)
{
    char text[CPA_VALUE_TEXT_MAX];
    char percent[32];
    int64_t flat = cpa_node_flat(node);
    int64_t cum = cpa_node_cum(node);
    cpa_sink_pad(sink, cpa_report_format(r, text, flat), 10);
    cpa_sink_putc(sink, ' ');
    cpa_sink_puts(sink, cpa_percentage_format(percent, flat, r->total));
    cpa_sink_putc(sink, ' ');
    cpa_sink_puts(sink, cpa_percentage_format(percent, sum, r->total));
    cpa_sink_putc(sink, ' ');
    cpa_sink_pad(sink, cpa_report_format(r, text, cum), 10);
    cpa_sink_putc(sink, ' ');
    cpa_sink_puts(sink, cpa_percentage_format(percent, cum, r->total));
    cpa_sink_puts(sink, "                | ");
    cpa_sink_puts(sink, node->label);
    cpa_sink_putc(sink, '\n');
}

/* Which nodes the regexp selects, all of them without one. Returns NULL with the error set. */
static uint8_t *select_nodes(const CpaReport *r, const CpaGraph *graph, GError **error)
{
    g_autofree uint8_t *selected = g_new0(uint8_t, (size_t)graph->n_nodes + 1);
    bool any = r->regexp == NULL;
    for (uint32_t i = 0; i < graph->n_nodes; i++) {
        const char *label = graph->nodes[i].label;
        bool matched = true;
        if (r->regexp != NULL &&
            !cpa_regexp_match_full(r->regexp, label, strlen(label), &matched, error)) {
            return NULL;
        }
        selected[i] = matched;
        any = any || matched;
    }
    if (!any) {
        cpa_error_set(error, CPA_ERROR_USAGE, "no matches found for regexp: %s", r->argument);
        return NULL;
    }
    return g_steal_pointer(&selected);
}

bool cpa_calltext_emit(CpaReport *r, CpaSink *sink, GError **error)
{
    g_autoptr(CpaGraph) graph = cpa_report_graph(r, true);
    cpa_report_select_unit(r, graph);
    g_autofree uint8_t *selected = select_nodes(r, graph, error);
    if (selected == NULL) {
        return false;
    }
    g_autoptr(GPtrArray) labels = cpa_report_labels(r, graph, 0, false);
    cpa_report_put_labels(sink, labels);
    cpa_sink_puts(sink, SEPARATOR LEGEND);
    uint64_t sum = 0;
    for (uint32_t i = 0; i < graph->n_nodes; i++) {
        const CpaNode *node = &graph->nodes[i];
        if (!selected[i]) {
            continue;
        }
        cpa_sink_puts(sink, SEPARATOR);
        for (uint32_t k = graph->in_first[i]; k < graph->in_first[i + 1]; k++) {
            put_edge(r, sink, graph, graph->in_edge[k], true, cpa_node_cum(node));
        }
        sum += (uint64_t)cpa_node_flat(node);
        put_entry(r, sink, node, (int64_t)sum);
        for (uint32_t k = graph->out_first[i]; k < graph->out_first[i + 1]; k++) {
            put_edge(r, sink, graph, graph->out_edge[k], false, cpa_node_cum(node));
        }
    }
    if (graph->n_nodes > 0) {
        cpa_sink_puts(sink, SEPARATOR);
    }
    return true;
}
