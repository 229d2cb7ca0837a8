/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list of the heaviest entries: top, text.
 *
 *           flat  flat%   sum%        cum   cum%
 *          0.10s 50.00% 50.00%      0.20s   100%  main.work (inline)
 *
 * Source: pprof report.go TextItems, printText
 */
#include <string.h>

#include "report/style.h"
#include "report/tabular.h"
#include "report/toptypes.h"

enum { NAME, FILE_NAME, LINE, FLAT, FLAT_PERCENT, SUM_PERCENT, CUM, CUM_PERCENT, INLINE };

static const CpaColumn columns[] = {
    [NAME] = {"name", CPA_COLUMN_TEXT, 0},
    [FILE_NAME] = {"file", CPA_COLUMN_TEXT, CPA_COLUMN_NOT_MD},
    [LINE] = {"line", CPA_COLUMN_INTEGER, CPA_COLUMN_NOT_MD},
    [FLAT] = {"flat", CPA_COLUMN_VALUE, 0},
    [FLAT_PERCENT] = {"flat_percent", CPA_COLUMN_NUMBER, 0},
    [SUM_PERCENT] = {"sum_percent", CPA_COLUMN_NUMBER, 0},
    [CUM] = {"cum", CPA_COLUMN_VALUE, 0},
    [CUM_PERCENT] = {"cum_percent", CPA_COLUMN_NUMBER, 0},
    [INLINE] = {"inline", CPA_COLUMN_TEXT, 0},
};

/* Whether the node was inlined into none of its callers shown, into some, or into all. */
typedef enum { INLINED_NEVER, INLINED_PARTIALLY, INLINED_ALWAYS } Inlined;

static const char *const inline_marks[] = {"", " (partial-inline)", " (inline)"};
static const char *const inline_words[] = {"no", "partial", "yes"};

static Inlined inlined(const CpaGraph *graph, uint32_t node)
{
    bool some = false;
    bool all = true;
    for (uint32_t i = graph->in_first[node]; i < graph->in_first[node + 1]; i++) {
        bool is_inline = graph->edges[graph->in_edge[i]].is_inline;
        some = some || is_inline;
        all = all && is_inline;
    }
    return !some ? INLINED_NEVER : all ? INLINED_ALWAYS : INLINED_PARTIALLY;
}

static void put_table(CpaReport *r, const CpaGraph *graph, CpaSink *sink)
{
    g_autoptr(CpaTabular) table = cpa_tabular_begin(r, columns, G_N_ELEMENTS(columns), sink);
    cpa_tabular_profile_facts(table);
    cpa_tabular_graph_facts(table, graph);
    cpa_tabular_begin_rows(table, "rows");
    uint64_t sum = 0;
    for (uint32_t i = 0; i < graph->n_nodes; i++) {
        const CpaNode *node = &graph->nodes[i];
        sum += (uint64_t)cpa_node_flat(node);
        cpa_tabular_begin_row(table);
        cpa_tabular_node(table, NAME, FILE_NAME, LINE, graph, node);
        cpa_tabular_value(table, FLAT, cpa_node_flat(node));
        cpa_tabular_percent(table, FLAT_PERCENT, cpa_node_flat(node), r->total);
        cpa_tabular_percent(table, SUM_PERCENT, (int64_t)sum, r->total);
        cpa_tabular_value(table, CUM, cpa_node_cum(node));
        cpa_tabular_percent(table, CUM_PERCENT, cpa_node_cum(node), r->total);
        const char *word = inline_words[inlined(graph, i)];
        cpa_tabular_text(table, INLINE, word, strlen(word));
        cpa_tabular_end_row(table);
    }
    cpa_tabular_end_rows(table);
    cpa_tabular_end(table);
}

/* A value and its percentage, with a space behind each. */
static void put_weight(const CpaReport *r, CpaSink *sink, int64_t value)
{
    char text[CPA_VALUE_TEXT_MAX];
    char percent[32];
    CpaStyle style = cpa_style_heat(value, r->total);
    cpa_style_put(sink, r->options, style, cpa_report_format(r, text, value), 10);
    cpa_sink_putc(sink, ' ');
    cpa_percentage_format(percent, value, r->total);
    cpa_style_put(sink, r->options, style, percent, 0);
    cpa_sink_putc(sink, ' ');
}

/* What the bars show: the value that the entries are sorted by. */
static int64_t bar_value(const CpaReport *r, const CpaNode *node)
{
    return strcmp(r->options->sort, "cum") == 0 ? cpa_node_cum(node) : cpa_node_flat(node);
}

static int64_t longest_bar(const CpaReport *r, const CpaGraph *graph)
{
    int64_t longest = 0;
    for (uint32_t i = 0; i < graph->n_nodes; i++) {
        int64_t value = bar_value(r, &graph->nodes[i]);
        longest = MAX(longest, value < 0 ? -MAX(value, -INT64_MAX) : value);
    }
    return longest;
}

static void put_text(CpaReport *r, const CpaGraph *graph, CpaSink *sink)
{
    int64_t longest = cpa_style_wanted(r->options) ? longest_bar(r, graph) : 0;
    uint64_t sum = 0;
    cpa_style_put(sink, r->options, CPA_STYLE_HEAD, "      flat  flat%   sum%        cum   cum%",
                  0);
    cpa_sink_putc(sink, '\n');
    for (uint32_t i = 0; i < graph->n_nodes; i++) {
        const CpaNode *node = &graph->nodes[i];
        int64_t flat = cpa_node_flat(node);
        char percent[32];
        sum += (uint64_t)flat;
        put_weight(r, sink, flat);
        cpa_sink_puts(sink, cpa_percentage_format(percent, (int64_t)sum, r->total));
        cpa_sink_putc(sink, ' ');
        put_weight(r, sink, cpa_node_cum(node));
        cpa_sink_putc(sink, ' ');
        cpa_style_bar(sink, r->options, cpa_style_heat(bar_value(r, node), r->total),
                      bar_value(r, node), longest);
        cpa_style_name(sink, r->options, node->label, node->label_len);
        cpa_sink_puts(sink, inline_marks[inlined(graph, i)]);
        cpa_sink_putc(sink, '\n');
    }
}

static bool emit_top(CpaReport *r, CpaSink *sink, GError **error)
{
    g_autoptr(CpaGraph) graph = cpa_report_graph(r, false);
    if (r->all_types) {
        cpa_report_select_unit(r, graph);
        return cpa_toptypes_put(r, graph, sink, error);
    }
    cpa_report_select_unit(r, graph);
    if (cpa_tabular_wanted(r->options)) {
        put_table(r, graph, sink);
        return true;
    }
    g_autoptr(GPtrArray) labels = cpa_report_labels(r, graph, 0, false);
    cpa_report_put_labels(sink, labels);
    put_text(r, graph, sink);
    return true;
}

const CpaReportRow cpa_report_top = {
    .name = "top",
    .alias = "text",
    .summary = "The heaviest entries, one per line",
    .usage = "flat is the weight of the entry itself, cum its weight with everything it calls;\n"
             "sum% adds flat up from the top. -cum sorts by cum, -nodecount=N shows N entries.\n"
             "-sample_index=all has a column for each sample type.",
    .suffix = "txt",
    .flags = CPA_REPORT_ALL_NODES | CPA_REPORT_TABULAR | CPA_REPORT_ALL_TYPES | CPA_REPORT_LISTS,
    .emit = emit_top,
};
