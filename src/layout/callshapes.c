/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts, sizes and colours of a call graph's boxes and lines. Shapes stand in this order: nodes, in
 * the order of the graph; then the node that cancelled weights go to, if any edge does; then
 * nodelets.
 */
#include "layout/callshapes.h"

#include <math.h>
#include <string.h>

#include "base/shorten.h"
#include "base/text.h"
#include "base/units.h"
#include "graph/nodelets.h"
#include "layout/brief.h"
#include "layout/fit.h"
#include "layout/palette.h"

#define LINE_MAX_PT    420.0 /* longer lines are cut */
#define BRIEF_LEN      80    /* longer names lose template arguments */
#define MAX_LINES      24u   /* of a box */
#define NODELET_FILL   0xf8f8f8
#define NODELET_STROKE 0x9aa1a9

#define ELLIPSIS "\xe2\x80\xa6"

typedef struct {
    const CpaGraph *graph;
    const CpaCallgraphOptions *options;
    CpaCallShapes *out;
    uint32_t cancelled; /* shape, or CPA_NONE */
    bool *has_nodelets;
} Maker;

/* --- Values ------------------------------------------------------------------------------------ */

static const char *format(const Maker *m, char text[CPA_VALUE_TEXT_MAX], int64_t value)
{
    return cpa_fit_value(text, value, m->options->ratio, m->options->unit, m->options->output_unit);
}

static const char *percent(const Maker *m, char text[32], int64_t value)
{
    return g_strchug(cpa_percentage_format(text, value, m->options->total));
}

static double magnitude(int64_t value)
{
    return fabs((double)value);
}

/* |value / total|, times @factor and at most that */
static unsigned share(const Maker *m, int64_t value, unsigned factor)
{
    double total = magnitude(m->options->total);
    return total > 0 ? (unsigned)fmin(magnitude(value) * factor / total, factor) : 0;
}

static double score(const Maker *m, int64_t value)
{
    double total = magnitude(m->options->total);
    return total > 0 ? (double)value / total : 0;
}

/* --- Shapes ------------------------------------------------------------------------------------ */

/* Address, name, file and line, each on lines of its own. */
static void append_node_name(const Maker *m, const CpaNode *node, GString *out)
{
    const CpaStrtab *strings = m->graph->strings;
    const CpaNodeInfo *info = &node->info;
    if (info->address != 0) {
        g_string_append_printf(out, "%016" G_GINT64_MODIFIER "x\n", info->address);
    }
    if (info->name != 0) {
        g_autoptr(GString) name = g_string_new(NULL);
        cpa_shorten_function_name(cpa_strtab_get(strings, info->name),
                                  cpa_strtab_len(strings, info->name), name);
        g_autofree char *clean = cpa_fit_clean(name->str, name->len, CPA_CALL_NAME_MAX);
        g_autofree char *brief = cpa_brief_name(clean, BRIEF_LEN);
        cpa_brief_append_lines(out, brief);
        g_string_append_c(out, '\n');
    }
    if (info->file != 0 || info->line != 0) {
        g_autofree char *base = cpa_path_base(cpa_strtab_get(strings, info->file));
        g_autofree char *clean = cpa_fit_clean(base, strlen(base), CPA_CALL_NAME_MAX);
        g_string_append(out, info->file != 0 ? clean : "");
        if (info->line != 0) {
            g_string_append_printf(out, ":%" G_GINT64_FORMAT, info->line);
        }
        if (info->line != 0 && info->column != 0) {
            g_string_append_printf(out, ":%" G_GINT64_FORMAT, info->column);
        }
        g_string_append_c(out, '\n');
    } else if (info->name == 0) {
        /* The printable name without the address that it begins with. */
        const char *rest = node->label + (info->address != 0 ? strcspn(node->label, " ") : 0);
        rest += strspn(rest, " ");
        g_autofree char *clean = cpa_fit_clean(rest, strlen(rest), CPA_CALL_NAME_MAX);
        g_string_append_printf(out, "%s\n", clean);
    }
}

/* Leaves out lines in the middle of what has too many. */
static void cut_middle(char **lines, guint *n)
{
    if (*n <= MAX_LINES) {
        return;
    }
    guint n_first = MAX_LINES / 2;
    guint n_last = MAX_LINES - n_first - 1;
    for (guint i = n_first; i < *n - n_last; i++) {
        g_free(lines[i]);
    }
    lines[n_first] = g_strdup(ELLIPSIS);
    memmove(lines + n_first + 1, lines + *n - n_last, n_last * sizeof *lines);
    lines[MAX_LINES] = NULL;
    *n = MAX_LINES;
}

/* Cuts the lines that are too long, and measures the text. */
CpaLayoutBox cpa_callshapes_fit(char **text, double size, double max_width)
{
    g_auto(GStrv) lines = g_strsplit(*text, "\n", -1);
    double width = 0;
    guint n = g_strv_length(lines);
    cut_middle(lines, &n);
    for (guint i = 0; i < n; i++) {
        char *line = cpa_fit_text(lines[i], size, max_width);
        g_free(lines[i]);
        lines[i] = line;
        width = fmax(width, cpa_fit_width(line, size));
    }
    g_free(*text);
    *text = g_strjoinv("\n", lines);
    return (CpaLayoutBox){.width = width, .height = n * size * CPA_CALL_LINE_HEIGHT};
}

/* FNV-1a, the same in every run. */
static uint32_t hash_name(const char *name)
{
    uint32_t hash = 2166136261u;
    for (const char *p = name; *p != '\0'; p++) {
        hash = (hash ^ (unsigned char)*p) * 16777619u;
    }
    return hash;
}

/* A nodelet, unless the caller gives it other colours. */
static CpaCallShape *add_shape(Maker *m, char *id, char *text, char *title, double size,
                               const char *name)
{
    uint32_t hash = hash_name(name);
    CpaCallShape shape = {
        .id = id,
        .text = text,
        .title = title,
        .size = size,
        .pen = 0.8,
        .fill = NODELET_FILL,
        .stroke = NODELET_STROKE,
    };
    CpaLayoutBox box = cpa_callshapes_fit(&shape.text, size, LINE_MAX_PT);
    box.width = ceil(box.width + 2 * CPA_CALL_PAD_X * size / 14);
    box.height = ceil(box.height + 2 * CPA_CALL_PAD_Y);
    cpa_vec_push(&m->out->shapes, shape);
    cpa_vec_push(&m->out->boxes, box);
    cpa_vec_push(&m->out->names, hash);
    return &m->out->shapes.data[m->out->shapes.len - 1];
}

/* From 8 to 24 points, by the square root of the flat value. */
static double font_size(int64_t flat, double max_flat)
{
    return flat == 0 || max_flat == 0 ? 8 : 8 + ceil(16 * sqrt(magnitude(flat) / max_flat));
}

static void add_node(Maker *m, uint32_t index, double max_flat)
{
    const CpaNode *node = &m->graph->nodes[index];
    int64_t flat = cpa_node_flat(node);
    int64_t cum = cpa_node_cum(node);
    char value[CPA_VALUE_TEXT_MAX];
    char part[32];
    GString *text = g_string_new(NULL);
    append_node_name(m, node, text);
    if (flat != 0) {
        g_string_append_printf(text, "%s (%s)", format(m, value, flat), percent(m, part, flat));
    } else {
        g_string_append_c(text, '0');
    }
    if (cum != flat) {
        g_string_append_printf(text, "%sof %s", flat != 0 ? "\n" : " ", format(m, value, cum));
        g_string_append_printf(text, " (%s)", percent(m, part, cum));
    }
    g_autofree char *name = cpa_fit_clean(node->label, strlen(node->label), CPA_CALL_NAME_MAX);
    char *title = g_strdup_printf("%s (%s)", name, format(m, value, cum));
    CpaCallShape *shape =
        add_shape(m, g_strdup_printf("N%u", index + 1), g_string_free(text, FALSE), title,
                  font_size(flat, max_flat), node->label);
    shape->pen = 1;
    shape->fill = cpa_palette_score(score(m, cum), true);
    shape->stroke = cpa_palette_score(score(m, cum), false);
}

/* --- Edges ------------------------------------------------------------------------------------- */

static void add_line(Maker *m, uint32_t src, uint32_t dst, uint32_t weight, uint32_t minlen,
                     CpaCallLine line)
{
    CpaLayoutEdge edge = {.src = src, .dst = dst, .weight = weight, .minlen = minlen};
    double size = line.is_nodelet ? CPA_CALL_NODELET_SIZE : CPA_CALL_LABEL_SIZE;
    edge.label = cpa_callshapes_fit(&line.text, size, LINE_MAX_PT);
    edge.label.width = ceil(edge.label.width + 6);
    edge.label.height = ceil(edge.label.height + 2);
    cpa_vec_push(&m->out->edges, edge);
    cpa_vec_push(&m->out->lines, line);
}

static void add_edge(Maker *m, const CpaEdge *edge)
{
    const CpaNode *nodes = m->graph->nodes;
    int64_t weight = cpa_edge_weight(edge);
    char value[CPA_VALUE_TEXT_MAX];
    uint32_t dst = edge->dst < m->graph->n_nodes ? edge->dst : m->cancelled;
    format(m, value, weight);
    const char *from = nodes[edge->src].label;
    const char *to = nodes[edge->dst].label;
    g_autofree char *clean_from = cpa_fit_clean(from, strlen(from), CPA_CALL_NAME_MAX);
    g_autofree char *clean_to = cpa_fit_clean(to, strlen(to), CPA_CALL_NAME_MAX);
    CpaCallLine line = {
        .text = g_strconcat(value, edge->is_inline ? "\n(inline)" : "", NULL),
        .title = g_strdup_printf("%s %s %s (%s)", clean_from, edge->is_residual ? "..." : "->",
                                 clean_to, value),
        .pen = 1.0 + share(m, weight, 5),
        .color = cpa_palette_score(score(m, weight), false),
        .is_dashed = edge->is_residual,
    };
    add_line(m, edge->src, dst, 1 + share(m, weight, 100), m->has_nodelets[edge->src] ? 2 : 1,
             line);
}

static void add_nodelets(Maker *m, uint32_t node)
{
    CpaNodeletList list = {0};
    cpa_nodelets_collect(m->graph, node, &list);
    uint32_t first = (uint32_t)m->out->shapes.len;
    for (size_t i = 0; i < list.len; i++) {
        const CpaNodelet *nodelet = &list.data[i];
        char value[CPA_VALUE_TEXT_MAX];
        format(m, value, nodelet->weight);
        /* Joined string labels are parted by the two characters \n, as pprof has them. */
        g_auto(GStrv) parts = g_strsplit(nodelet->name, "\\n", -1);
        for (size_t k = 0; parts[k] != NULL; k++) {
            char *clean = cpa_fit_clean(parts[k], strlen(parts[k]), CPA_CALL_NAME_MAX);
            g_free(parts[k]);
            parts[k] = clean;
        }
        char *text = g_strjoinv("\n", parts);
        char *title = g_strdup_printf("%s (%s)", text, value);
        uint32_t source = nodelet->source == CPA_NONE ? node : first + nodelet->source;
        char *id = g_strdup_printf("%s%s_%u", nodelet->is_numeric ? "N" : "",
                                   m->out->shapes.data[source].id, nodelet->number);
        add_shape(m, id, text, title, CPA_CALL_NODELET_SIZE, text);
        CpaCallLine line = {
            .text = g_strdup(value),
            .title = g_strdup(value),
            .pen = 0.8,
            .color = CPA_MUTED_INK,
            .is_dashed = nodelet->is_cum,
            .is_nodelet = true,
        };
        add_line(m, source, (uint32_t)m->out->shapes.len - 1, 100, 1, line);
    }
    m->has_nodelets[node] = list.len > 0;
    cpa_nodelets_clear(&list);
}

/* Calls of what is not shown because its weights cancel out go to one node, as in report dot. */
static void add_cancelled(Maker *m)
{
    const CpaGraph *graph = m->graph;
    m->cancelled = CPA_NONE;
    for (uint32_t i = 0; i < graph->n_edges; i++) {
        const CpaEdge *edge = &graph->edges[i];
        if (edge->src < graph->n_nodes && edge->dst >= graph->n_nodes) {
            m->cancelled = (uint32_t)m->out->shapes.len;
            add_shape(m, g_strdup("N0"), g_strdup("cancels out"),
                      g_strdup("Functions whose weights cancel out and are not shown"),
                      CPA_CALL_NODELET_SIZE, "");
            return;
        }
    }
}

void cpa_callshapes_collect(const CpaGraph *graph, const CpaCallgraphOptions *options,
                            CpaCallShapes *shapes)
{
    Maker m = {.graph = graph, .options = options, .out = shapes};
    double max_flat = 0;
    for (uint32_t i = 0; i < graph->n_nodes; i++) {
        max_flat = fmax(max_flat, magnitude(cpa_node_flat(&graph->nodes[i])));
    }
    for (uint32_t i = 0; i < graph->n_nodes; i++) {
        add_node(&m, i, max_flat);
    }
    add_cancelled(&m);
    m.has_nodelets = g_new0(bool, (size_t)graph->n_nodes + 1);
    for (uint32_t i = 0; i < graph->n_nodes; i++) {
        add_nodelets(&m, i);
    }
    for (uint32_t i = 0; i < graph->n_edges; i++) {
        if (graph->edges[i].src < graph->n_nodes) {
            add_edge(&m, &graph->edges[i]);
        }
    }
    g_free(m.has_nodelets);
}

void cpa_callshapes_clear(CpaCallShapes *shapes)
{
    for (size_t i = 0; i < shapes->shapes.len; i++) {
        g_free(shapes->shapes.data[i].id);
        g_free(shapes->shapes.data[i].text);
        g_free(shapes->shapes.data[i].title);
    }
    for (size_t i = 0; i < shapes->lines.len; i++) {
        g_free(shapes->lines.data[i].text);
        g_free(shapes->lines.data[i].title);
    }
    cpa_vec_clear(&shapes->shapes);
    cpa_vec_clear(&shapes->boxes);
    cpa_vec_clear(&shapes->names);
    cpa_vec_clear(&shapes->lines);
    cpa_vec_clear(&shapes->edges);
}

CpaLayoutGraph cpa_callshapes_graph(const CpaCallShapes *shapes)
{
    return (CpaLayoutGraph){
        .boxes = shapes->boxes.data,
        .names = shapes->names.data,
        .n_nodes = shapes->shapes.len,
        .edges = shapes->edges.data,
        .n_edges = shapes->edges.len,
    };
}
