/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nodes, nodelets and edges become boxes and splines of layered.h, then items of the scene. In the
 * layout, nodes come first, in the order of the graph; then the node that cancelled weights go to,
 * if any edge does; then nodelets.
 */
#include "layout/callgraph.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/package.h"
#include "base/shorten.h"
#include "base/text.h"
#include "base/units.h"
#include "graph/nodelets.h"
#include "layout/fit.h"
#include "layout/layered.h"
#include "layout/palette.h"

#define MARGIN        12.0
#define PAD_X         8.0 /* in boxes */
#define PAD_Y         4.0
#define LINE_HEIGHT   1.2 /* of the size of the font */
#define LABEL_SIZE    11.0
#define NODELET_SIZE  8.0
#define LEGEND_SIZE   13.0
#define LINE_MAX_PT   420.0 /* longer lines are cut */
#define LEGEND_MAX_PT 800.0
#define NAME_MAX_LEN  4096
#define ARROW_LENGTH  9.0
#define ARROW_WIDTH   6.0

#define ELLIPSIS "\xe2\x80\xa6"

typedef struct {
    char *text; /* lines, parted by \n */
    char *title;
    double size; /* of the font */
    CpaLayoutBox box;
    uint32_t group;
} Shape;

typedef struct {
    char *text;
    char *title;
    double pen;
    uint32_t color;
    bool is_dashed;
    bool is_nodelet;
} Line;

typedef struct {
    const CpaGraph *graph;
    const CpaCallgraphOptions *options;
    CpaScene *scene;
    CPA_VEC(Shape) shapes;
    CPA_VEC(Line) lines;
    CPA_VEC(CpaLayoutEdge) edges; /* as many as lines */
    uint32_t cancelled;           /* shape, or CPA_NONE */
    uint32_t first_nodelet;
    bool *has_nodelets;
    double left; /* where the layout begins */
    double top;
    uint32_t ink;
} Drawing;

/* --- Values ------------------------------------------------------------------------------------ */

static const char *format(const Drawing *d, char text[CPA_VALUE_TEXT_MAX], int64_t value)
{
    return cpa_fit_value(text, value, d->options->ratio, d->options->unit, d->options->output_unit);
}

static const char *percent(const Drawing *d, char text[32], int64_t value)
{
    return g_strchug(cpa_percentage_format(text, value, d->options->total));
}

static double magnitude(int64_t value)
{
    return fabs((double)value);
}

/* |value / total|, times @factor and at most that */
static unsigned share(const Drawing *d, int64_t value, unsigned factor)
{
    double total = magnitude(d->options->total);
    return total > 0 ? (unsigned)fmin(magnitude(value) * factor / total, factor) : 0;
}

static double score(const Drawing *d, int64_t value)
{
    double total = magnitude(d->options->total);
    return total > 0 ? (double)value / total : 0;
}

/* --- Shapes ------------------------------------------------------------------------------------ */

/* Breaks a shortened name into lines at "::" and ".", but keeps Go's "[...]" together. */
static void append_broken(GString *out, const char *text)
{
    for (const char *p = text; *p != '\0'; p++) {
        if (p[0] == ':' && p[1] == ':') {
            g_string_append_c(out, '\n');
            p++;
        } else if (g_str_has_prefix(p, "[...]")) {
            g_string_append(out, "[" ELLIPSIS "]");
            p += 4;
        } else if (*p == '.') {
            g_string_append_c(out, '\n');
        } else {
            g_string_append_c(out, *p);
        }
    }
}

/* Address, name, file and line, each on lines of its own. */
static void append_node_name(const Drawing *d, const CpaNode *node, GString *out)
{
    const CpaStrtab *strings = d->graph->strings;
    const CpaNodeInfo *info = &node->info;
    if (info->address != 0) {
        g_string_append_printf(out, "%016" G_GINT64_MODIFIER "x\n", info->address);
    }
    if (info->name != 0) {
        g_autoptr(GString) name = g_string_new(NULL);
        cpa_shorten_function_name(cpa_strtab_get(strings, info->name),
                                  cpa_strtab_len(strings, info->name), name);
        g_autofree char *clean = cpa_fit_clean(name->str, name->len, NAME_MAX_LEN);
        append_broken(out, clean);
        g_string_append_c(out, '\n');
    }
    if (info->file != 0 || info->line != 0) {
        g_autofree char *base = cpa_path_base(cpa_strtab_get(strings, info->file));
        g_autofree char *clean = cpa_fit_clean(base, strlen(base), NAME_MAX_LEN);
        g_string_append(out, info->file != 0 ? clean : "");
        if (info->line != 0) {
            g_string_append_printf(out, ":%" G_GINT64_FORMAT, info->line);
        }
        if (info->line != 0 && info->column != 0) {
            g_string_append_printf(out, ":%" G_GINT64_FORMAT, info->column);
        }
        g_string_append_c(out, '\n');
    } else if (info->name == 0) {
        g_autofree char *clean = cpa_fit_clean(node->label, strlen(node->label), NAME_MAX_LEN);
        g_string_append_printf(out, "%s\n", clean);
    }
}

/* Cuts the lines that are too long, and measures the text. */
static CpaLayoutBox fit_lines(char **text, double size, double max_width)
{
    g_auto(GStrv) lines = g_strsplit(*text, "\n", -1);
    double width = 0;
    guint n = g_strv_length(lines);
    for (guint i = 0; i < n; i++) {
        char *line = cpa_fit_text(lines[i], size, max_width);
        g_free(lines[i]);
        lines[i] = line;
        width = fmax(width, cpa_fit_width(line, size));
    }
    g_free(*text);
    *text = g_strjoinv("\n", lines);
    return (CpaLayoutBox){.width = width, .height = n * size * LINE_HEIGHT};
}

static uint32_t add_shape(Drawing *d, char *text, char *title, double size)
{
    Shape shape = {.text = text, .title = title, .size = size, .group = CPA_NONE};
    shape.box = fit_lines(&shape.text, size, LINE_MAX_PT);
    shape.box.width = ceil(shape.box.width + 2 * PAD_X * size / 14);
    shape.box.height = ceil(shape.box.height + 2 * PAD_Y);
    cpa_vec_push(&d->shapes, shape);
    return (uint32_t)d->shapes.len - 1;
}

/* From 8 to 24 points, by the square root of the flat value. */
static double font_size(int64_t flat, double max_flat)
{
    return flat == 0 || max_flat == 0 ? 8 : 8 + ceil(16 * sqrt(magnitude(flat) / max_flat));
}

static void add_node(Drawing *d, uint32_t index, double max_flat)
{
    const CpaNode *node = &d->graph->nodes[index];
    int64_t flat = cpa_node_flat(node);
    int64_t cum = cpa_node_cum(node);
    char value[CPA_VALUE_TEXT_MAX];
    char part[32];
    GString *text = g_string_new(NULL);
    append_node_name(d, node, text);
    if (flat != 0) {
        g_string_append_printf(text, "%s (%s)", format(d, value, flat), percent(d, part, flat));
    } else {
        g_string_append_c(text, '0');
    }
    if (cum != flat) {
        g_string_append_printf(text, "%sof %s", flat != 0 ? "\n" : " ", format(d, value, cum));
        g_string_append_printf(text, " (%s)", percent(d, part, cum));
    }
    g_autofree char *name = cpa_fit_clean(node->label, strlen(node->label), NAME_MAX_LEN);
    char *title = g_strdup_printf("%s (%s)", name, format(d, value, cum));
    add_shape(d, g_string_free(text, FALSE), title, font_size(flat, max_flat));
}

/* --- Edges ------------------------------------------------------------------------------------- */

static void add_line(Drawing *d, uint32_t src, uint32_t dst, uint32_t weight, uint32_t minlen,
                     Line line)
{
    CpaLayoutEdge edge = {.src = src, .dst = dst, .weight = weight, .minlen = minlen};
    double size = line.is_nodelet ? NODELET_SIZE : LABEL_SIZE;
    edge.label = fit_lines(&line.text, size, LINE_MAX_PT);
    edge.label.width = ceil(edge.label.width + 6);
    edge.label.height = ceil(edge.label.height + 2);
    cpa_vec_push(&d->edges, edge);
    cpa_vec_push(&d->lines, line);
}

static void add_edge(Drawing *d, const CpaEdge *edge)
{
    const CpaNode *nodes = d->graph->nodes;
    int64_t weight = cpa_edge_weight(edge);
    char value[CPA_VALUE_TEXT_MAX];
    uint32_t dst = edge->dst < d->graph->n_nodes ? edge->dst : d->cancelled;
    format(d, value, weight);
    const char *from = nodes[edge->src].label;
    const char *to = nodes[edge->dst].label;
    g_autofree char *clean_from = cpa_fit_clean(from, strlen(from), NAME_MAX_LEN);
    g_autofree char *clean_to = cpa_fit_clean(to, strlen(to), NAME_MAX_LEN);
    Line line = {
        .text = g_strconcat(value, edge->is_inline ? "\n(inline)" : "", NULL),
        .title = g_strdup_printf("%s %s %s (%s)", clean_from, edge->is_residual ? "..." : "->",
                                 clean_to, value),
        .pen = 1.0 + share(d, weight, 5),
        .color = cpa_palette_score(score(d, weight), false),
        .is_dashed = edge->is_residual,
    };
    add_line(d, edge->src, dst, 1 + share(d, weight, 100), d->has_nodelets[edge->src] ? 2 : 1,
             line);
}

static void add_nodelets(Drawing *d, uint32_t node)
{
    CpaNodeletList list = {0};
    cpa_nodelets_collect(d->graph, node, &list);
    uint32_t first = (uint32_t)d->shapes.len;
    for (size_t i = 0; i < list.len; i++) {
        const CpaNodelet *nodelet = &list.data[i];
        char value[CPA_VALUE_TEXT_MAX];
        format(d, value, nodelet->weight);
        /* Joined string labels are parted by the two characters \n, as pprof has them. */
        g_auto(GStrv) parts = g_strsplit(nodelet->name, "\\n", -1);
        for (size_t k = 0; parts[k] != NULL; k++) {
            char *clean = cpa_fit_clean(parts[k], strlen(parts[k]), NAME_MAX_LEN);
            g_free(parts[k]);
            parts[k] = clean;
        }
        char *text = g_strjoinv("\n", parts);
        char *title = g_strdup_printf("%s (%s)", text, value);
        uint32_t shape = add_shape(d, text, title, NODELET_SIZE);
        uint32_t source = nodelet->source == CPA_NONE ? node : first + nodelet->source;
        Line line = {
            .text = g_strdup(value),
            .title = g_strdup(value),
            .pen = 0.8,
            .color = CPA_MUTED_INK,
            .is_dashed = nodelet->is_cum,
            .is_nodelet = true,
        };
        add_line(d, source, shape, 100, 1, line);
    }
    d->has_nodelets[node] = list.len > 0;
    cpa_nodelets_clear(&list);
}

static void add_all(Drawing *d)
{
    const CpaGraph *graph = d->graph;
    double max_flat = 0;
    for (uint32_t i = 0; i < graph->n_nodes; i++) {
        max_flat = fmax(max_flat, magnitude(cpa_node_flat(&graph->nodes[i])));
    }
    for (uint32_t i = 0; i < graph->n_nodes; i++) {
        add_node(d, i, max_flat);
    }
    d->cancelled = CPA_NONE;
    for (uint32_t i = 0; i < graph->n_edges; i++) {
        const CpaEdge *edge = &graph->edges[i];
        if (edge->src < graph->n_nodes && edge->dst >= graph->n_nodes && d->cancelled == CPA_NONE) {
            d->cancelled =
                add_shape(d, g_strdup("cancels out"),
                          g_strdup("Functions whose weights cancel out and are not shown"), 8);
        }
    }
    d->first_nodelet = (uint32_t)d->shapes.len;
    d->has_nodelets = g_new0(bool, (size_t)graph->n_nodes + 1);
    for (uint32_t i = 0; i < graph->n_nodes; i++) {
        add_nodelets(d, i);
    }
    for (uint32_t i = 0; i < graph->n_edges; i++) {
        if (graph->edges[i].src < graph->n_nodes) {
            add_edge(d, &graph->edges[i]);
        }
    }
}

/* --- Scene ------------------------------------------------------------------------------------- */

static uint32_t style(Drawing *d, const char *class, uint32_t fill, uint32_t stroke, double pen,
                      bool dashed)
{
    CpaSceneStyle made = {
        .class = class,
        .fill = fill,
        .stroke = stroke,
        .pen = pen,
        .dashed = dashed,
    };
    return cpa_scene_style(d->scene, &made);
}

static void put_lines(Drawing *d, uint32_t group, const char *text, double size, double x,
                      double center_y, CpaAnchor anchor, double max_width)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    guint n = g_strv_length(lines);
    double y = center_y - n * size * LINE_HEIGHT / 2 + size * 0.95;
    for (guint i = 0; i < n; i++) {
        if (lines[i][0] != '\0') {
            cpa_scene_text(d->scene, group, d->ink, x, y, size, anchor, max_width, lines[i]);
        }
        y += size * LINE_HEIGHT;
    }
}

static void put_legend(Drawing *d)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < d->options->header->len; i++) {
        g_auto(GStrv) lines = g_strsplit(d->options->header->pdata[i], "\n", -1);
        for (size_t k = 0; lines[k] != NULL; k++) {
            g_autofree char *clean = cpa_fit_clean(lines[k], strlen(lines[k]), NAME_MAX_LEN);
            g_string_append_printf(text, "%s%s", text->len > 0 ? "\n" : "", clean);
            g_ptr_array_add(d->scene->header, g_strdup(clean));
        }
    }
    d->left = MARGIN;
    d->top = MARGIN;
    if (text->len == 0) {
        return;
    }
    char *lines = g_strdup(text->str);
    CpaLayoutBox box = fit_lines(&lines, LEGEND_SIZE, LEGEND_MAX_PT);
    CpaSceneGroup group = {
        .title = cpa_scene_intern(d->scene, d->scene->title),
        .entry = CPA_NONE,
        .from = CPA_NONE,
        .to = CPA_NONE,
    };
    uint32_t id = cpa_scene_group(d->scene, &group);
    double width = ceil(box.width + 2 * PAD_X);
    double height = ceil(box.height + 2 * PAD_Y);
    cpa_scene_box(d->scene, id, style(d, "legend", 0xf8f8f8, 0xb9c0c8, 1, false), MARGIN, MARGIN,
                  width, height, 3);
    put_lines(d, id, lines, LEGEND_SIZE, MARGIN + PAD_X, MARGIN + height / 2, CPA_ANCHOR_START, 0);
    g_free(lines);
    d->scene->width = width + 2 * MARGIN;
    d->scene->height = height + 2 * MARGIN;
    d->top = height + 3 * MARGIN;
}

static uint32_t add_entry(Drawing *d, const CpaNode *node)
{
    const CpaStrtab *strings = d->graph->strings;
    const CpaNodeInfo *info = &node->info;
    g_autoptr(GString) package = g_string_new(NULL);
    g_autoptr(GString) shorter = g_string_new(NULL);
    cpa_package_append(cpa_strtab_get(strings, info->name), cpa_strtab_get(strings, info->file),
                       cpa_strtab_get(strings, info->object_file), package);
    cpa_shorten_function_name(cpa_strtab_get(strings, info->name),
                              cpa_strtab_len(strings, info->name), shorter);
    g_autofree char *name = cpa_fit_clean(node->label, strlen(node->label), NAME_MAX_LEN);
    g_autofree char *short_name = cpa_fit_clean(shorter->str, shorter->len, NAME_MAX_LEN);
    g_autofree char *clean_package = cpa_fit_clean(package->str, package->len, NAME_MAX_LEN);
    CpaSceneEntry entry = {
        .name = cpa_scene_intern(d->scene, name),
        .short_name = cpa_scene_intern(d->scene, *short_name != '\0' ? short_name : name),
        .package = cpa_scene_intern(d->scene, clean_package),
        .style = CPA_NONE,
        .numbers = {.cum = cpa_node_cum(node), .self = cpa_node_flat(node)},
    };
    cpa_vec_push(&d->scene->entries, entry);
    return (uint32_t)d->scene->entries.len - 1;
}

/* Groups of shapes come first: edges refer to them. The items follow later, edges below boxes. */
static void make_groups(Drawing *d)
{
    for (uint32_t i = 0; i < d->shapes.len; i++) {
        Shape *shape = &d->shapes.data[i];
        CpaSceneGroup group = {
            .title = cpa_scene_intern(d->scene, shape->title),
            .entry = CPA_NONE,
            .from = CPA_NONE,
            .to = CPA_NONE,
        };
        if (i < d->graph->n_nodes) {
            const CpaNode *node = &d->graph->nodes[i];
            group.entry = add_entry(d, node);
            group.numbers = (CpaSceneNumbers){
                .cum = cpa_node_cum(node),
                .self = cpa_node_flat(node),
            };
        }
        shape->group = cpa_scene_group(d->scene, &group);
    }
}

static CpaPoint moved(const Drawing *d, CpaPoint point)
{
    return (CpaPoint){.x = point.x + d->left, .y = point.y + d->top};
}

/* The head of the arrow; moves the end of the curve back to where it begins. */
static void put_arrow(Drawing *d, uint32_t group, const Line *line, CpaPoint *points, size_t n)
{
    CpaPoint tip = points[n - 1];
    CpaPoint before = points[n - 2];
    double dx = tip.x - before.x;
    double dy = tip.y - before.y;
    double length = hypot(dx, dy);
    if (length < 1e-6) {
        dx = tip.x - points[0].x;
        dy = tip.y - points[0].y;
        length = fmax(hypot(dx, dy), 1e-6);
    }
    dx /= length;
    dy /= length;
    double size = line->is_nodelet ? ARROW_LENGTH * 0.6 : ARROW_LENGTH + line->pen;
    double half = (line->is_nodelet ? ARROW_WIDTH * 0.6 : ARROW_WIDTH + line->pen) / 2;
    CpaPoint foot = {.x = tip.x - dx * size, .y = tip.y - dy * size};
    CpaPoint corners[] = {
        tip,
        {.x = foot.x - dy * half, .y = foot.y + dx * half},
        {.x = foot.x + dy * half, .y = foot.y - dx * half},
    };
    points[n - 1] = foot;
    cpa_scene_polygon(d->scene, group, style(d, "arrow", line->color, CPA_NO_COLOR, 0, false),
                      corners, G_N_ELEMENTS(corners));
}

static void put_edge(Drawing *d, const CpaLayered *drawing, size_t i)
{
    const Line *line = &d->lines.data[i];
    const CpaLayoutEdge *edge = &d->edges.data[i];
    CpaSceneGroup group = {
        .title = cpa_scene_intern(d->scene, line->title),
        .entry = CPA_NONE,
        .from = d->shapes.data[edge->src].group,
        .to = d->shapes.data[edge->dst].group,
    };
    uint32_t id = cpa_scene_group(d->scene, &group);
    size_t n = 0;
    const CpaPoint *spline = cpa_layered_spline(drawing, i, &n);
    if (n >= 4) {
        g_autofree CpaPoint *points = g_new(CpaPoint, n);
        for (size_t k = 0; k < n; k++) {
            points[k] = moved(d, spline[k]);
        }
        put_arrow(d, id, line, points, n);
        cpa_scene_curve(d->scene, id,
                        style(d, "edge", CPA_NO_COLOR, line->color, line->pen, line->is_dashed),
                        points, n);
    }
    CpaPoint label = moved(d, drawing->labels[i]);
    put_lines(d, id, line->text, line->is_nodelet ? NODELET_SIZE : LABEL_SIZE, label.x, label.y,
              CPA_ANCHOR_MIDDLE, 0);
}

static void put_shape(Drawing *d, const CpaLayered *drawing, uint32_t i)
{
    const Shape *shape = &d->shapes.data[i];
    CpaPoint center = moved(d, drawing->centers[i]);
    uint32_t box_style = 0;
    if (i < d->graph->n_nodes) {
        double s = score(d, cpa_node_cum(&d->graph->nodes[i]));
        box_style =
            style(d, "node", cpa_palette_score(s, true), cpa_palette_score(s, false), 1, false);
    } else {
        box_style = style(d, "nodelet", 0xf8f8f8, 0x9aa1a9, 0.8, false);
    }
    cpa_scene_box(d->scene, shape->group, box_style, center.x - shape->box.width / 2,
                  center.y - shape->box.height / 2, shape->box.width, shape->box.height, 2);
    put_lines(d, shape->group, shape->text, shape->size, center.x, center.y, CPA_ANCHOR_MIDDLE,
              shape->box.width - 2);
}

static void put_all(Drawing *d)
{
    g_autofree CpaLayoutBox *boxes = g_new(CpaLayoutBox, d->shapes.len + 1);
    for (size_t i = 0; i < d->shapes.len; i++) {
        boxes[i] = d->shapes.data[i].box;
    }
    CpaLayoutGraph graph = {
        .boxes = boxes,
        .n_nodes = d->shapes.len,
        .edges = d->edges.data,
        .n_edges = d->edges.len,
    };
    CpaLayoutOptions options = {0};
    g_autoptr(CpaLayered) drawing = cpa_layered_new(&graph, &options);
    d->scene->width = fmax(d->scene->width, drawing->width + 2 * MARGIN);
    d->scene->height = d->top + drawing->height + MARGIN;
    make_groups(d);
    for (size_t i = 0; i < d->lines.len; i++) {
        put_edge(d, drawing, i);
    }
    for (uint32_t i = 0; i < d->shapes.len; i++) {
        put_shape(d, drawing, i);
    }
}

static void drawing_clear(Drawing *d)
{
    for (size_t i = 0; i < d->shapes.len; i++) {
        g_free(d->shapes.data[i].text);
        g_free(d->shapes.data[i].title);
    }
    for (size_t i = 0; i < d->lines.len; i++) {
        g_free(d->lines.data[i].text);
        g_free(d->lines.data[i].title);
    }
    cpa_vec_clear(&d->shapes);
    cpa_vec_clear(&d->lines);
    cpa_vec_clear(&d->edges);
    g_free(d->has_nodelets);
}

CpaScene *cpa_callgraph_new(const CpaGraph *graph, const CpaCallgraphOptions *options)
{
    CpaScene *scene = cpa_scene_new(CPA_SCENE_GRAPH);
    Drawing d = {.graph = graph, .options = options, .scene = scene};
    scene->title = cpa_fit_clean(options->title, strlen(options->title), NAME_MAX_LEN);
    scene->unit = cpa_fit_clean(options->unit, strlen(options->unit), NAME_MAX_LEN);
    scene->output_unit =
        cpa_fit_clean(options->output_unit, strlen(options->output_unit), NAME_MAX_LEN);
    scene->ratio = options->ratio;
    scene->total = options->total;
    d.ink = style(&d, "label", CPA_INK, CPA_NO_COLOR, 0, false);
    put_legend(&d);
    add_all(&d);
    put_all(&d);
    drawing_clear(&d);
    return scene;
}
