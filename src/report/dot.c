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
#include <stdlib.h>
#include <string.h>

#include "base/shorten.h"
#include "base/text.h"
#include "report/report.h"

#define MAX_NODELETS 4

typedef struct {
    const CpaReport *report;
    const CpaGraph *graph;
    CpaSink *sink;
    GString *scratch;
} Dot;

/* A numeric nodelet: one tag, or several of neighbouring sizes. */
typedef struct {
    char *name;
    int64_t flat;
    int64_t cum;
    unsigned position;
} Nodelet;

/* Tags that share a nodelet; the first one attracts the others. */
typedef struct {
    const CpaTag *first;
    const CpaTag *min;
    const CpaTag *max;
    size_t n;
    int64_t flat;
    int64_t flat_div;
    int64_t cum;
    int64_t cum_div;
} Bucket;

/* Go's int64 arithmetic wraps; sums of labels of hostile profiles may do so. */
static int64_t add_wrapping(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

static int64_t mul_wrapping(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a * (uint64_t)b);
}

static int64_t abs_wrapping(int64_t a)
{
    return a < 0 ? (int64_t)(0 - (uint64_t)a) : a;
}

static int64_t mean(int64_t value, int64_t div)
{
    return div == 0 ? value : value / div;
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

static void put_escaped(Dot *dot, const char *text)
{
    g_string_set_size(dot->scratch, 0);
    append_escaped(dot->scratch, text, strlen(text));
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
    put_escaped(dot, labels->pdata[0]);
    cpa_sink_puts(dot->sink, "\" [shape=box fontsize=16 label=\"");
    for (guint i = 0; i < labels->len; i++) {
        put_escaped(dot, labels->pdata[i]);
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
    put_escaped(dot, node->label);
    cpa_sink_printf(dot->sink, " (%s)\" color=\"", cum_text);
    put_color(dot, score_of(dot, cum), false);
    cpa_sink_puts(dot->sink, "\" fillcolor=\"");
    put_color(dot, score_of(dot, cum), true);
    cpa_sink_puts(dot->sink, "\"]\n");
}

/*
 * Order of nodelets: heaviest first, then by name. Where two values differ only in sign, upstream
 * leaves the order open.
 */
static int compare_weights(int64_t flat_a, int64_t flat_b, int64_t cum_a, int64_t cum_b,
                           bool by_flat)
{
    uint64_t a = (uint64_t)abs_wrapping(cum_a);
    uint64_t b = (uint64_t)abs_wrapping(cum_b);
    if (!by_flat && a != b) {
        return a > b ? -1 : 1;
    }
    a = (uint64_t)abs_wrapping(flat_a);
    b = (uint64_t)abs_wrapping(flat_b);
    return a == b ? 0 : a > b ? -1 : 1;
}

typedef struct {
    const CpaTag *tag;
    const char *name;
    bool by_flat;
} TagRef;

static int compare_tags(const void *pa, const void *pb)
{
    const TagRef *a = pa;
    const TagRef *b = pb;
    int order = compare_weights(a->tag->flat, b->tag->flat, a->tag->cum, b->tag->cum, a->by_flat);
    if (order == 0) {
        order = strcmp(a->name, b->name);
    }
    return order != 0 ? order : (a->tag > b->tag) - (a->tag < b->tag);
}

static int compare_nodelets(const void *pa, const void *pb, void *by_flat)
{
    const Nodelet *a = pa;
    const Nodelet *b = pb;
    int order = compare_weights(a->flat, b->flat, a->cum, b->cum, *(const bool *)by_flat);
    if (order == 0) {
        order = strcmp(a->name, b->name);
    }
    return order != 0 ? order : (a->position > b->position) - (a->position < b->position);
}

/* The tags of one kind and group, sorted; @refs has room for all tags of the node. */
static size_t collect_tags(const Dot *dot, const CpaNode *node, bool numeric, CpaStrId group,
                           bool by_flat, TagRef *refs)
{
    size_t n = 0;
    for (uint32_t i = 0; i < node->n_tags; i++) {
        const CpaTag *tag = &node->tags[i];
        if (tag->numeric == numeric && (!numeric || tag->group == group)) {
            refs[n++] = (TagRef){
                .tag = tag,
                .name = cpa_strtab_get(dot->graph->strings, tag->name),
                .by_flat = by_flat,
            };
        }
    }
    qsort(refs, n, sizeof *refs, compare_tags);
    return n;
}

static double scale_tag(const Dot *dot, const CpaTag *tag, const CpaTag *to)
{
    const char *unit;
    return cpa_unit_scale(tag->value, cpa_strtab_get(dot->graph->strings, tag->unit),
                          cpa_strtab_get(dot->graph->strings, to->unit), &unit);
}

static double tag_distance(const Dot *dot, const CpaTag *tag, const CpaTag *from)
{
    double value = scale_tag(dot, from, tag);
    return fabs(value - (double)tag->value);
}

static void bucket_add(const Dot *dot, Bucket *bucket, const CpaTag *tag)
{
    if (cpa_int64_from_double(scale_tag(dot, tag, bucket->min)) < bucket->min->value) {
        bucket->min = tag;
    }
    if (cpa_int64_from_double(scale_tag(dot, tag, bucket->max)) > bucket->max->value) {
        bucket->max = tag;
    }
    bucket->n++;
    bucket->flat = add_wrapping(bucket->flat, tag->flat);
    bucket->flat_div = add_wrapping(bucket->flat_div, tag->flat_div);
    bucket->cum = add_wrapping(bucket->cum, tag->cum);
    bucket->cum_div = add_wrapping(bucket->cum_div, tag->cum_div);
}

static char *bucket_name(const Dot *dot, const Bucket *bucket)
{
    const CpaStrtab *strings = dot->graph->strings;
    char min[CPA_VALUE_TEXT_MAX];
    char max[CPA_VALUE_TEXT_MAX];
    cpa_unit_format(min, bucket->min->value, cpa_strtab_get(strings, bucket->min->unit), "auto");
    if (bucket->n == 1) {
        return g_strdup(min);
    }
    cpa_unit_format(max, bucket->max->value, cpa_strtab_get(strings, bucket->max->unit), "auto");
    return g_strconcat(min, "..", max, NULL);
}

/* Joins tags beyond the heaviest four with the one of these that is nearest in size. */
static void collapse_tags(const Dot *dot, const TagRef *refs, size_t n, bool by_flat,
                          Nodelet nodelets[MAX_NODELETS])
{
    Bucket buckets[MAX_NODELETS];
    for (size_t i = 0; i < MAX_NODELETS; i++) {
        const CpaTag *tag = refs[i].tag;
        buckets[i] = (Bucket){
            .first = tag,
            .min = tag,
            .max = tag,
            .n = 1,
            .flat = tag->flat,
            .flat_div = tag->flat_div,
            .cum = tag->cum,
            .cum_div = tag->cum_div,
        };
    }
    for (size_t i = MAX_NODELETS; i < n; i++) {
        const CpaTag *tag = refs[i].tag;
        size_t nearest = 0;
        double distance = tag_distance(dot, tag, buckets[0].first);
        for (size_t k = 1; k < MAX_NODELETS; k++) {
            double other = tag_distance(dot, tag, buckets[k].first);
            if (other < distance) {
                nearest = k;
                distance = other;
            }
        }
        bucket_add(dot, &buckets[nearest], tag);
    }
    for (unsigned i = 0; i < MAX_NODELETS; i++) {
        nodelets[i] = (Nodelet){
            .name = bucket_name(dot, &buckets[i]),
            .flat = mean(buckets[i].flat, buckets[i].flat_div),
            .cum = mean(buckets[i].cum, buckets[i].cum_div),
            .position = i,
        };
    }
    g_qsort_with_data(nodelets, MAX_NODELETS, sizeof *nodelets, compare_nodelets, &by_flat);
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

static bool put_numeric_nodelets(Dot *dot, const TagRef *refs, size_t n, bool by_flat,
                                 const char *source)
{
    Nodelet nodelets[MAX_NODELETS] = {{0}};
    size_t n_nodelets = MIN(n, MAX_NODELETS);
    if (n > MAX_NODELETS) {
        collapse_tags(dot, refs, n, by_flat, nodelets);
    } else {
        for (size_t i = 0; i < n; i++) {
            const CpaTag *tag = refs[i].tag;
            nodelets[i].name = g_strdup(refs[i].name);
            nodelets[i].flat = mean(tag->flat, tag->flat_div);
            nodelets[i].cum = mean(tag->cum, tag->cum_div);
        }
    }
    bool any = false;
    for (size_t i = 0; i < n_nodelets; i++) {
        const Nodelet *nodelet = &nodelets[i];
        bool is_flat = by_flat || nodelet->flat == nodelet->cum;
        int64_t weight = is_flat ? nodelet->flat : nodelet->cum;
        if (weight != 0) {
            char id[64];
            g_snprintf(id, sizeof id, "N%s_%zu", source, i);
            put_nodelet(dot, source, id, nodelet->name, weight, is_flat ? "" : " style=\"dotted\"");
            any = true;
        }
        g_free(nodelet->name);
    }
    return any;
}

/* Returns whether the node has any nodelets. */
static bool put_nodelets(Dot *dot, uint32_t index)
{
    const CpaGraph *graph = dot->graph;
    const CpaNode *node = &graph->nodes[index];
    if (node->n_tags == 0) {
        return false;
    }
    /* A leaf shows cum: that includes the weight of callees that were removed. */
    bool by_flat = graph->out_first[index + 1] > graph->out_first[index];
    g_autofree TagRef *strings = g_new(TagRef, node->n_tags);
    g_autofree TagRef *numbers = g_new(TagRef, node->n_tags);
    bool any = false;
    char source[32];
    char id[32];
    g_snprintf(source, sizeof source, "N%u", index + 1);

    size_t n_strings = collect_tags(dot, node, false, 0, by_flat, strings);
    for (size_t i = 0; i < MIN(n_strings, MAX_NODELETS); i++) {
        const CpaTag *tag = strings[i].tag;
        int64_t weight = by_flat ? mean(tag->flat, tag->flat_div) : mean(tag->cum, tag->cum_div);
        if (weight == 0) {
            continue;
        }
        g_snprintf(id, sizeof id, "N%u_%zu", index + 1, i);
        put_nodelet(dot, source, id, strings[i].name, weight, "");
        any = true;
        size_t n = collect_tags(dot, node, true, tag->name, by_flat, numbers);
        put_numeric_nodelets(dot, numbers, n, by_flat, id);
    }
    size_t n = collect_tags(dot, node, true, 0, by_flat, numbers);
    any |= put_numeric_nodelets(dot, numbers, n, by_flat, source);
    return any;
}

static void put_edge_tooltip(Dot *dot, const CpaEdge *edge, const char *name, const char *weight)
{
    cpa_sink_printf(dot->sink, " %s=\"", name);
    put_escaped(dot, dot->graph->nodes[edge->src].label);
    cpa_sink_puts(dot->sink, edge->is_residual ? " ... " : " -> ");
    put_escaped(dot, dot->graph->nodes[edge->dst].label);
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
