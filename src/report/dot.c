/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The call graph in the language of Graphviz.
 *
 *     subgraph cluster_L { ... }        legend: the header lines of the text reports
 *     N1 [label=... fontsize=...]       node: font by flat, colour by cum
 *     N1_0 [...]  N1 -> N1_0 [...]      nodelet: the heaviest label sets of a node, at most 4
 *     NN1_0_2, NN1_2                    nodelet: sizes below a label set, or of samples without one
 *     N1 -> N2 [label=... weight=...]   call, heaviest first
 *
 * A node whose weights cancel out is not drawn: calls to it go to N0.
 * Labels of nodelets and the title are not escaped, as upstream does not.
 * Source: pprof internal/graph ComposeDot
 */
#include <math.h>
#include <string.h>

#include "base/shorten.h"
#include "base/text.h"
#include "graph/nodelets.h"
#include "report/report.h"

typedef struct {
    const CpaReport *report;
    const CpaGraph *graph;
    CpaSink *sink;
    GString *scratch;
} Dot;

/* Go's int64 arithmetic wraps; sums of labels of hostile profiles may do so. */
static int64_t mul_wrapping(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a * (uint64_t)b);
}

static int64_t abs_wrapping(int64_t a)
{
    return a < 0 ? (int64_t)(0 - (uint64_t)a) : a;
}

/* Puts @text between quotes: \ and " escaped, a newline becomes a left-justified line end. */
static void append_escaped(GString *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        switch (text[i]) {
        case '\\':
            g_string_append(out, "\\\\");
            break;
        case '"':
            g_string_append(out, "\\\"");
            break;
        case '\n':
            g_string_append(out, "\\l");
            break;
        default:
            g_string_append_c(out, text[i]);
        }
    }
}

static void put_escaped(Dot *dot, const char *text, size_t len)
{
    g_string_set_size(dot->scratch, 0);
    append_escaped(dot->scratch, text, len);
    cpa_sink_write(dot->sink, dot->scratch->str, dot->scratch->len);
}

/* Percentage without the padding of tables; @text holds it. */
static const char *percentage(char text[32], int64_t value, int64_t total)
{
    const char *start = cpa_percentage_format(text, value, total);
    return start + strspn(start, " ");
}

/* Go's conversion of a double to uint8 on amd64. */
static unsigned to_byte(double x)
{
    if (!(x > -2147483649.0 && x < 2147483648.0)) {
        return 0;
    }
    return (unsigned)(int)x & 0xff;
}

/*
 * Colour for a score from -1 (green) over 0 (grey) to 1 (red): strong for lines, pale for
 * backgrounds. A score that is not a number stays one, as in Go's math.Min and math.Max.
 */
static void put_color(Dot *dot, double score, bool background)
{
    double saturation = background ? 0.1 : 1.0;
    double value = background ? 0.93 : 0.7;

    if (!isnan(score)) {
        score = fmax(-1.0, fmin(1.0, score));
    }
    if (fabs(score) < 0.2) {
        saturation *= fabs(score) / 0.2;
    }
    /* 0.3: moves scores away from grey. */
    if (score > 0.0) {
        score = pow(score, 0.3);
    }
    if (score < 0.0) {
        score = -pow(-score, 0.3);
    }
    double red;
    double green;
    if (score < 0.0) {
        green = value;
        red = value * (1 + saturation * score);
    } else {
        red = value;
        green = value * (1 - saturation * score);
    }
    double blue = value * (1 - saturation);
    cpa_sink_printf(dot->sink, "#%02x%02x%02x", to_byte(red * 255.0), to_byte(green * 255.0),
                    to_byte(blue * 255.0));
}

static double score_of(const Dot *dot, int64_t value)
{
    return (double)value / (double)abs_wrapping(dot->report->total);
}

static void put_legend(Dot *dot, const GPtrArray *labels)
{
    if (labels->len == 0) {
        return;
    }
    cpa_sink_puts(dot->sink, "subgraph cluster_L { \"");
    put_escaped(dot, labels->pdata[0], strlen(labels->pdata[0]));
    cpa_sink_puts(dot->sink, "\" [shape=box fontsize=16 label=\"");
    for (guint i = 0; i < labels->len; i++) {
        put_escaped(dot, labels->pdata[i], strlen(labels->pdata[i]));
        cpa_sink_puts(dot->sink, "\\l");
    }
    cpa_sink_putc(dot->sink, '"');
    const char *title = dot->report->title;
    if (title != NULL && title[0] != '\0') {
        cpa_sink_printf(dot->sink, " tooltip=\"%s\"", title);
    }
    cpa_sink_puts(dot->sink, "] }\n");
}

/* Breaks a shortened, escaped name into lines at "::" and ".", but keeps Go's "[...]" together. */
static void append_broken(GString *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] == ':' && len - i >= 2 && text[i + 1] == ':') {
            g_string_append(out, "\\n");
            i += 1;
        } else if (text[i] == '[' && len - i >= 5 && memcmp(text + i, "[...]", 5) == 0) {
            g_string_append(out, "[…]");
            i += 4;
        } else if (text[i] == '.') {
            g_string_append(out, "\\n");
        } else {
            g_string_append_c(out, text[i]);
        }
    }
}

/* The node's name over several lines, each ended by \n. */
static void put_multiline_name(Dot *dot, const CpaNode *node)
{
    CpaStrtab *strings = dot->report->view->strings;
    CpaNodeInfo info = node->info;

    g_autoptr(GString) name = g_string_new(NULL);
    cpa_shorten_function_name(cpa_strtab_get(strings, info.name),
                              cpa_strtab_len(strings, info.name), name);
    g_autoptr(GString) escaped = g_string_new(NULL);
    append_escaped(escaped, name->str, name->len);
    g_string_set_size(name, 0);
    append_broken(name, escaped->str, escaped->len);
    info.name = cpa_strtab_intern(strings, name->str, name->len);
    if (info.file != 0) {
        g_autofree char *base = cpa_path_base(cpa_strtab_get(strings, info.file));
        info.file = cpa_strtab_intern(strings, base, strlen(base));
    }
    g_string_set_size(dot->scratch, 0);
    cpa_node_info_print(&info, strings, "\\n", dot->scratch);
    g_string_append(dot->scratch, "\\n");
    cpa_sink_write(dot->sink, dot->scratch->str, dot->scratch->len);
}

/* From 8 to 24 points, by the square root of the flat value. */
static int font_size(int64_t flat, double max_flat)
{
    double weight = (double)abs_wrapping(flat);
    int size = 8;
    if (max_flat != 0 && flat != 0 && weight <= max_flat) {
        size += (int)ceil(16.0 * sqrt(weight / max_flat));
    }
    return size;
}

static void put_node(Dot *dot, uint32_t index, double max_flat)
{
    const CpaReport *report = dot->report;
    const CpaNode *node = &dot->graph->nodes[index];
    int64_t flat = cpa_node_flat(node);
    int64_t cum = cpa_node_cum(node);
    char percent[32];
    char flat_text[CPA_VALUE_TEXT_MAX];
    char cum_text[CPA_VALUE_TEXT_MAX];
    cpa_report_format(report, flat_text, flat);
    cpa_report_format(report, cum_text, cum);

    cpa_sink_printf(dot->sink, "N%u [label=\"", index + 1);
    put_multiline_name(dot, node);
    if (flat != 0) {
        cpa_sink_printf(dot->sink, "%s (%s)", flat_text, percentage(percent, flat, report->total));
    } else {
        cpa_sink_putc(dot->sink, '0');
    }
    if (cum != flat) {
        cpa_sink_printf(dot->sink, "%sof %s (%s)", flat != 0 ? "\\n" : " ", cum_text,
                        percentage(percent, cum, report->total));
    }
    cpa_sink_printf(dot->sink, "\" id=\"node%u\" fontsize=%d shape=box tooltip=\"", index + 1,
                    font_size(flat, max_flat));
    put_escaped(dot, node->label, node->label_len);
    cpa_sink_printf(dot->sink, " (%s)\" color=\"", cum_text);
    put_color(dot, score_of(dot, cum), false);
    cpa_sink_puts(dot->sink, "\" fillcolor=\"");
    put_color(dot, score_of(dot, cum), true);
    cpa_sink_puts(dot->sink, "\"]\n");
}

/* One nodelet "<source>_<index>" and the line that ties it to @source. */
static void put_nodelet(Dot *dot, const char *source, const char *id, const char *name,
                        int64_t weight, const char *style)
{
    char text[CPA_VALUE_TEXT_MAX];
    cpa_report_format(dot->report, text, weight);
    cpa_sink_printf(dot->sink, "%s [label = \"", id);
    cpa_sink_puts(dot->sink, name);
    cpa_sink_printf(dot->sink, "\" id=\"%s\" fontsize=8 shape=box3d tooltip=\"%s\"]\n", id, text);
    cpa_sink_printf(dot->sink,
                    "%s -> %s [label=\" %s\" weight=100 tooltip=\"%s\" labeltooltip=\"%s\"%s]\n",
                    source, id, text, text, text, style);
}

/* Returns whether the node has any nodelets. */
static bool put_nodelets(Dot *dot, uint32_t index)
{
    CpaNodeletList list = {0};
    cpa_nodelets_collect(dot->graph, index, &list);
    for (size_t i = 0; i < list.len; i++) {
        const CpaNodelet *nodelet = &list.data[i];
        char source[32];
        char id[64];
        if (nodelet->source == CPA_NONE) {
            g_snprintf(source, sizeof source, "N%u", index + 1);
        } else {
            g_snprintf(source, sizeof source, "N%u_%u", index + 1,
                       list.data[nodelet->source].number);
        }
        g_snprintf(id, sizeof id, "%s%s_%u", nodelet->is_numeric ? "N" : "", source,
                   nodelet->number);
        put_nodelet(dot, source, id, nodelet->name, nodelet->weight,
                    nodelet->is_cum ? " style=\"dotted\"" : "");
    }
    bool any = list.len > 0;
    cpa_nodelets_clear(&list);
    return any;
}

static void put_edge_tooltip(Dot *dot, const CpaEdge *edge, const char *name, const char *weight)
{
    cpa_sink_printf(dot->sink, " %s=\"", name);
    const CpaNode *src = &dot->graph->nodes[edge->src];
    const CpaNode *dst = &dot->graph->nodes[edge->dst];
    put_escaped(dot, src->label, src->label_len);
    cpa_sink_puts(dot->sink, edge->is_residual ? " ... " : " -> ");
    put_escaped(dot, dst->label, dst->label_len);
    cpa_sink_printf(dot->sink, " (%s)\"", weight);
}

/* |value * factor / total|, at most @factor */
static int64_t share(int64_t value, int64_t factor, int64_t total)
{
    /* -1 is set apart: the lowest number has no opposite, and the processor traps. */
    int64_t scaled = mul_wrapping(value, factor);
    return MIN(abs_wrapping(total == -1 ? scaled : scaled / total), factor);
}

static void put_edge(Dot *dot, const CpaEdge *edge, bool has_nodelets)
{
    int64_t total = dot->report->total;
    int64_t weight = cpa_edge_weight(edge);
    uint32_t dst = edge->dst < dot->graph->n_nodes ? edge->dst + 1 : 0;
    char text[CPA_VALUE_TEXT_MAX];
    cpa_report_format(dot->report, text, weight);

    cpa_sink_printf(dot->sink, "N%u -> N%u [label=\" %s%s\"", edge->src + 1, dst, text,
                    edge->is_inline ? "\\n (inline)" : "");
    if (total != 0) {
        int64_t percent = share(weight, 100, total);
        if (percent > 0) {
            cpa_sink_printf(dot->sink, " weight=%d", (int)percent + 1);
        }
        int64_t width = share(weight, 5, total);
        if (width > 0) {
            cpa_sink_printf(dot->sink, " penwidth=%d", (int)width + 1);
        }
        cpa_sink_puts(dot->sink, " color=\"");
        put_color(dot, score_of(dot, weight), false);
        cpa_sink_putc(dot->sink, '"');
    }
    put_edge_tooltip(dot, edge, "tooltip", text);
    put_edge_tooltip(dot, edge, "labeltooltip", text);
    if (edge->is_residual) {
        cpa_sink_puts(dot->sink, " style=\"dotted\"");
    }
    if (has_nodelets) {
        cpa_sink_puts(dot->sink, " minlen=2");
    }
    cpa_sink_puts(dot->sink, "]\n");
}

static void put_graph(Dot *dot)
{
    const CpaGraph *graph = dot->graph;
    double max_flat = 0;
    for (uint32_t i = 0; i < graph->n_nodes; i++) {
        max_flat = fmax(max_flat, (double)abs_wrapping(cpa_node_flat(&graph->nodes[i])));
    }
    g_autofree bool *has_nodelets = g_new0(bool, (size_t)graph->n_nodes + 1);
    for (uint32_t i = 0; i < graph->n_nodes; i++) {
        put_node(dot, i, max_flat);
        has_nodelets[i] = put_nodelets(dot, i);
    }
    /* Heaviest first, as a hint to the layout. */
    for (uint32_t i = 0; i < graph->n_edges; i++) {
        const CpaEdge *edge = &graph->edges[i];
        if (edge->src < graph->n_nodes) {
            put_edge(dot, edge, has_nodelets[edge->src]);
        }
    }
}

static bool emit_dot(CpaReport *report, CpaSink *sink, GError **error)
{
    (void)error;
    g_autoptr(CpaGraph) graph = cpa_report_graph(report, true);
    cpa_report_select_unit(report, graph);
    g_autoptr(GPtrArray) labels = cpa_report_labels(report, graph, graph->n_dropped_edges, true);
    g_autoptr(GString) scratch = g_string_new(NULL);
    Dot dot = {.report = report, .graph = graph, .sink = sink, .scratch = scratch};

    const char *title = report->title;
    cpa_sink_printf(sink, "digraph \"%s\" {\n",
                    title != NULL && title[0] != '\0' ? title : "unnamed");
    cpa_sink_puts(sink, "node [style=filled fillcolor=\"#f8f8f8\"]\n");
    put_legend(&dot, labels);
    put_graph(&dot);
    cpa_sink_puts(sink, "}\n");
    return true;
}

const CpaReportRow cpa_report_dot = {
    .name = "dot",
    .summary = "Call graph in the language of Graphviz",
    .usage = "Reads well as a picture: cpa dot FILE | dot -Tsvg >graph.svg\n"
             "Boxes grow with their own weight and redden with that of their callees; dotted\n"
             "lines pass over functions that were left out.",
    .suffix = "dot",
    .flags = CPA_REPORT_VISUAL | CPA_REPORT_CALL_TREE,
    .emit = emit_dot,
};
