/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shapes and lines are laid out by layered.h, then become items of the scene: edges below boxes.
 */
#include "layout/callgraph.h"

#include <math.h>
#include <string.h>

#include "base/package.h"
#include "base/shorten.h"
#include "layout/callshapes.h"
#include "layout/fit.h"
#include "layout/palette.h"
#include "layout/plain.h"

#define MARGIN        12.0
#define LEGEND_SIZE   13.0
#define LEGEND_MAX_PT 800.0
#define ARROW_LENGTH  9.0
#define ARROW_WIDTH   6.0

typedef struct {
    const CpaGraph *graph;
    const CpaCallgraphOptions *options;
    CpaScene *scene;
    CpaCallShapes shapes;
    uint32_t *groups;    /* [shapes] */
    CpaLayoutBox legend; /* in the left upper corner; 0 x 0 without header */
    uint32_t ink;
    bool links; /* addresses in texts lead there */
} Drawing;

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
    double y = center_y - n * size * CPA_CALL_LINE_HEIGHT / 2 + size * 0.95;
    for (guint i = 0; i < n; i++) {
        if (lines[i][0] != '\0') {
            uint32_t linked = d->links ? cpa_scene_linked_group(d->scene, lines[i]) : CPA_NONE;
            cpa_scene_text(d->scene, linked != CPA_NONE ? linked : group, d->ink, x, y, size,
                           anchor, max_width, lines[i]);
        }
        y += size * CPA_CALL_LINE_HEIGHT;
    }
}

static void put_legend(Drawing *d)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < d->options->header->len; i++) {
        g_auto(GStrv) lines = g_strsplit(d->options->header->pdata[i], "\n", -1);
        for (size_t k = 0; lines[k] != NULL; k++) {
            g_autofree char *clean = cpa_fit_clean(lines[k], strlen(lines[k]), CPA_CALL_NAME_MAX);
            g_string_append_printf(text, "%s%s", text->len > 0 ? "\n" : "", clean);
            g_ptr_array_add(d->scene->header, g_strdup(clean));
        }
    }
    if (text->len == 0) {
        return;
    }
    char *lines = g_strdup(text->str);
    CpaLayoutBox box = cpa_callshapes_fit(&lines, LEGEND_SIZE, LEGEND_MAX_PT);
    CpaSceneGroup group = {
        .title = cpa_scene_intern(d->scene, d->scene->title),
        .entry = CPA_NONE,
        .from = CPA_NONE,
        .to = CPA_NONE,
    };
    uint32_t id = cpa_scene_group(d->scene, &group);
    double width = ceil(box.width + 2 * CPA_CALL_PAD_X);
    double height = ceil(box.height + 2 * CPA_CALL_PAD_Y);
    cpa_scene_box(d->scene, id, style(d, "legend", 0xf8f8f8, 0xb9c0c8, 1, false), MARGIN, MARGIN,
                  width, height, 3);
    d->links = true;
    put_lines(d, id, lines, LEGEND_SIZE, MARGIN + CPA_CALL_PAD_X, MARGIN + height / 2,
              CPA_ANCHOR_START, 0);
    d->links = false;
    g_free(lines);
    d->scene->width = width + 2 * MARGIN;
    d->scene->height = height + 2 * MARGIN;
    d->legend = (CpaLayoutBox){.width = width, .height = height};
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
    g_autofree char *name = cpa_fit_clean(node->label, strlen(node->label), CPA_CALL_NAME_MAX);
    g_autofree char *short_name = cpa_fit_clean(shorter->str, shorter->len, CPA_CALL_NAME_MAX);
    g_autofree char *clean_package = cpa_fit_clean(package->str, package->len, CPA_CALL_NAME_MAX);
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
    d->groups = g_new(uint32_t, d->shapes.shapes.len + 1);
    for (uint32_t i = 0; i < d->shapes.shapes.len; i++) {
        CpaSceneGroup group = {
            .title = cpa_scene_intern(d->scene, d->shapes.shapes.data[i].title),
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
        d->groups[i] = cpa_scene_group(d->scene, &group);
    }
}

static CpaPoint moved(CpaPoint point)
{
    return (CpaPoint){.x = point.x + MARGIN, .y = point.y + MARGIN};
}

/* The head of the arrow; moves the end of the curve back to where it begins. */
static void put_arrow(Drawing *d, uint32_t group, const CpaCallLine *line, CpaPoint *points,
                      size_t n)
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
    const CpaCallLine *line = &d->shapes.lines.data[i];
    const CpaLayoutEdge *edge = &d->shapes.edges.data[i];
    CpaSceneGroup group = {
        .title = cpa_scene_intern(d->scene, line->title),
        .entry = CPA_NONE,
        .from = d->groups[edge->src],
        .to = d->groups[edge->dst],
    };
    uint32_t id = cpa_scene_group(d->scene, &group);
    size_t n = 0;
    const CpaPoint *spline = cpa_layered_spline(drawing, i, &n);
    if (n >= 4) {
        g_autofree CpaPoint *points = g_new(CpaPoint, n);
        for (size_t k = 0; k < n; k++) {
            points[k] = moved(spline[k]);
        }
        put_arrow(d, id, line, points, n);
        cpa_scene_curve(d->scene, id,
                        style(d, "edge", CPA_NO_COLOR, line->color, line->pen, line->is_dashed),
                        points, n);
    }
    CpaPoint label = moved(drawing->labels[i]);
    put_lines(d, id, line->text, line->is_nodelet ? CPA_CALL_NODELET_SIZE : CPA_CALL_LABEL_SIZE,
              label.x, label.y, CPA_ANCHOR_MIDDLE, 0);
}

static void put_shape(Drawing *d, const CpaLayered *drawing, uint32_t i)
{
    const CpaCallShape *shape = &d->shapes.shapes.data[i];
    CpaLayoutBox box = d->shapes.boxes.data[i];
    CpaPoint center = moved(drawing->centers[i]);
    const char *class = i < d->graph->n_nodes ? "node" : "nodelet";
    cpa_scene_box(d->scene, d->groups[i],
                  style(d, class, shape->fill, shape->stroke, shape->pen, false),
                  center.x - box.width / 2, center.y - box.height / 2, box.width, box.height, 2);
    put_lines(d, d->groups[i], shape->text, shape->size, center.x, center.y, CPA_ANCHOR_MIDDLE,
              box.width - 2);
}

static void put_all(Drawing *d)
{
    CpaLayoutGraph graph = cpa_callshapes_graph(&d->shapes);
    CpaLayoutOptions options = {.corner = d->legend};
    g_autoptr(CpaLayered) drawing = cpa_layered_new(&graph, &options);
    d->scene->width = fmax(d->scene->width, drawing->width + 2 * MARGIN);
    d->scene->height = fmax(d->scene->height, drawing->height + 2 * MARGIN);
    make_groups(d);
    for (size_t i = 0; i < graph.n_edges; i++) {
        put_edge(d, drawing, i);
    }
    for (uint32_t i = 0; i < graph.n_nodes; i++) {
        put_shape(d, drawing, i);
    }
}

CpaScene *cpa_callgraph_new(const CpaGraph *graph, const CpaCallgraphOptions *options)
{
    CpaScene *scene = cpa_scene_new(CPA_SCENE_GRAPH);
    Drawing d = {.graph = graph, .options = options, .scene = scene};
    scene->title = cpa_fit_clean(options->title, strlen(options->title), CPA_CALL_NAME_MAX);
    scene->unit = cpa_fit_clean(options->unit, strlen(options->unit), CPA_CALL_NAME_MAX);
    scene->output_unit =
        cpa_fit_clean(options->output_unit, strlen(options->output_unit), CPA_CALL_NAME_MAX);
    scene->ratio = options->ratio;
    scene->total = options->total;
    d.ink = style(&d, "label", CPA_INK, CPA_NO_COLOR, 0, false);
    put_legend(&d);
    cpa_callshapes_collect(graph, options, &d.shapes);
    put_all(&d);
    cpa_callshapes_clear(&d.shapes);
    g_free(d.groups);
    return scene;
}

void cpa_callgraph_plain(const CpaGraph *graph, const CpaCallgraphOptions *options, CpaSink *sink)
{
    CpaCallShapes shapes = {0};
    cpa_callshapes_collect(graph, options, &shapes);
    CpaLayoutGraph layout = cpa_callshapes_graph(&shapes);
    CpaLayoutOptions layout_options = {0};
    g_autoptr(CpaLayered) drawing = cpa_layered_new(&layout, &layout_options);
    g_autofree CpaPlainNode *nodes = g_new(CpaPlainNode, layout.n_nodes + 1);
    for (size_t i = 0; i < layout.n_nodes; i++) {
        const CpaCallShape *shape = &shapes.shapes.data[i];
        nodes[i] = (CpaPlainNode){
            .name = shape->id,
            .label = shape->text,
            .style = "filled",
            .color = shape->stroke,
            .fill = shape->fill,
        };
    }
    g_autofree CpaPlainEdge *edges = g_new(CpaPlainEdge, layout.n_edges + 1);
    for (size_t i = 0; i < layout.n_edges; i++) {
        const CpaCallLine *line = &shapes.lines.data[i];
        edges[i] = (CpaPlainEdge){
            .label = line->text,
            .style = line->is_dashed ? "dashed" : "solid",
            .color = line->color,
        };
    }
    cpa_plain_put(&layout, drawing, nodes, edges, sink);
    cpa_callshapes_clear(&shapes);
}
