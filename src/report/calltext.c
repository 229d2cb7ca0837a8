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

#include "report/nomatch.h"
#include "report/tabular.h"

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
    const CpaNode *other = &graph->nodes[caller ? edge->src : edge->dst];
    cpa_sink_write(sink, other->label, other->label_len);
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
    cpa_sink_write(sink, node->label, node->label_len);
    cpa_sink_putc(sink, '\n');
}

/* Which nodes the regexp selects, all of them without one. Returns NULL with the error set. */
static uint8_t *select_nodes(CpaReport *r, const CpaGraph *graph, GError **error)
{
    g_autofree uint8_t *selected = g_new0(uint8_t, (size_t)graph->n_nodes + 1);
    r->n_matches = 0;
    for (uint32_t i = 0; i < graph->n_nodes; i++) {
        const char *label = graph->nodes[i].label;
        bool matched = true;
        if (r->regexp != NULL &&
            !cpa_regexp_match_full(r->regexp, label, graph->nodes[i].label_len, &matched, error)) {
            return NULL;
        }
        if (!matched && r->matches_functions) {
            CpaStrId name = graph->nodes[i].info.name;
            size_t len = cpa_strtab_len(r->view->strings, name);
            if (!cpa_regexp_match_full(r->regexp, cpa_view_str(r->view, name), len, &matched,
                                       error)) {
                return NULL;
            }
        }
        r->n_matches += matched;
        selected[i] = matched && (r->max_matches == 0 || r->n_matches <= r->max_matches);
    }
    if (r->n_matches == 0 && r->regexp != NULL) {
        cpa_report_no_match(r, "no matches found for regexp: ", "", error);
        return NULL;
    }
    return g_steal_pointer(&selected);
}

enum {
    PART,
    OF,
    NAME,
    FILE_NAME,
    LINE,
    FLAT,
    FLAT_PERCENT,
    SUM_PERCENT,
    CUM,
    CUM_PERCENT,
    CALLS,
    CALLS_PERCENT,
    INLINE,
};

static const CpaColumn columns[] = {
    [PART] = {"part", CPA_COLUMN_TEXT, CPA_COLUMN_NOT_JSON},
    [OF] = {"of", CPA_COLUMN_TEXT, CPA_COLUMN_NOT_JSON},
    [NAME] = {"name", CPA_COLUMN_TEXT, 0},
    [FILE_NAME] = {"file", CPA_COLUMN_TEXT, CPA_COLUMN_NOT_MD},
    [LINE] = {"line", CPA_COLUMN_INTEGER, CPA_COLUMN_NOT_MD},
    [FLAT] = {"flat", CPA_COLUMN_VALUE, 0},
    [FLAT_PERCENT] = {"flat_percent", CPA_COLUMN_NUMBER, 0},
    [SUM_PERCENT] = {"sum_percent", CPA_COLUMN_NUMBER, 0},
    [CUM] = {"cum", CPA_COLUMN_VALUE, 0},
    [CUM_PERCENT] = {"cum_percent", CPA_COLUMN_NUMBER, 0},
    [CALLS] = {"calls", CPA_COLUMN_VALUE, 0},
    [CALLS_PERCENT] = {"calls_percent", CPA_COLUMN_NUMBER, 0},
    [INLINE] = {"inline", CPA_COLUMN_BOOL, 0},
};

/* A row that is `part` of the row of `entry`. */
static void begin_part(CpaTabular *table, const char *part, const CpaNode *entry)
{
    cpa_tabular_begin_row(table);
    cpa_tabular_text(table, PART, part, strlen(part));
    cpa_tabular_text(table, OF, entry->label, entry->label_len);
}

static void put_edges(CpaTabular *table, const CpaGraph *graph, const CpaNode *node, bool callers)
{
    uint32_t i = (uint32_t)(node - graph->nodes);
    const uint32_t *first = callers ? graph->in_first : graph->out_first;
    cpa_tabular_begin_rows(table, callers ? "callers" : "callees");
    for (uint32_t k = first[i]; k < first[i + 1]; k++) {
        const CpaEdge *edge = &graph->edges[callers ? graph->in_edge[k] : graph->out_edge[k]];
        const CpaNode *other = &graph->nodes[callers ? edge->src : edge->dst];
        begin_part(table, callers ? "caller" : "callee", node);
        cpa_tabular_node(table, NAME, FILE_NAME, LINE, graph, other);
        cpa_tabular_value(table, CALLS, edge->weight);
        cpa_tabular_percent(table, CALLS_PERCENT, edge->weight, cpa_node_cum(node));
        cpa_tabular_bool(table, INLINE, edge->is_inline);
        cpa_tabular_end_row(table);
    }
    cpa_tabular_end_rows(table);
}

static void put_table(CpaReport *r, const CpaGraph *graph, const uint8_t *selected, CpaSink *sink)
{
    g_autoptr(CpaTabular) table = cpa_tabular_begin(r, columns, G_N_ELEMENTS(columns), sink);
    cpa_tabular_profile_facts(table);
    cpa_tabular_graph_facts(table, graph);
    cpa_tabular_fact_integer(table, "dropped_edges", graph->n_dropped_edges);
    cpa_tabular_begin_rows(table, "rows");
    uint64_t sum = 0;
    for (uint32_t i = 0; i < graph->n_nodes; i++) {
        const CpaNode *node = &graph->nodes[i];
        if (!selected[i]) {
            continue;
        }
        sum += (uint64_t)cpa_node_flat(node);
        begin_part(table, "entry", node);
        cpa_tabular_node(table, NAME, FILE_NAME, LINE, graph, node);
        cpa_tabular_value(table, FLAT, cpa_node_flat(node));
        cpa_tabular_percent(table, FLAT_PERCENT, cpa_node_flat(node), r->total);
        cpa_tabular_percent(table, SUM_PERCENT, (int64_t)sum, r->total);
        cpa_tabular_value(table, CUM, cpa_node_cum(node));
        cpa_tabular_percent(table, CUM_PERCENT, cpa_node_cum(node), r->total);
        put_edges(table, graph, node, true);
        put_edges(table, graph, node, false);
        cpa_tabular_end_row(table);
    }
    cpa_tabular_end_rows(table);
    cpa_tabular_end(table);
}

bool cpa_calltext_emit(CpaReport *r, CpaSink *sink, GError **error)
{
    g_autoptr(CpaGraph) graph = cpa_report_graph(r, true);
    cpa_report_select_unit(r, graph);
    g_autofree uint8_t *selected = select_nodes(r, graph, error);
    if (selected == NULL) {
        return false;
    }
    if (cpa_tabular_wanted(r->options)) {
        put_table(r, graph, selected, sink);
        return true;
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
