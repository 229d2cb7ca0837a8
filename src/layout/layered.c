/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The front of the layout: takes a graph apart into connected components, sends each through the
 * phases and sets the results side by side (pack.h).
 *
 *     acyclic -> rank -> layers -> order -> position -> route
 *
 * As in dot, an edge label is a node in the middle of its edge: in a component with labels all
 * edges span twice the ranks and ranks stand half as far apart.
 */
#include "layout/layered.h"

#include <math.h>
#include <string.h>

#include "base/idmap.h"
#include "layout/acyclic.h"
#include "layout/layers.h"
#include "layout/order.h"
#include "layout/pack.h"
#include "layout/position.h"
#include "layout/rank.h"
#include "layout/relax.h"
#include "layout/route.h"

#define MAX_LENGTH_PT 1e6 /* of boxes and labels */
#define MAX_WEIGHT    1000
#define MAX_MINLEN    100
#define ORDER_STEPS   25000   /* of work on crossings, for a node; what more would find is little */
#define MAX_VIRTUAL   2000000 /* virtual nodes of a component */

/* A component: nodes and edges of it under ids of their own. */
typedef struct {
    uint32_t n_nodes;
    uint32_t n_edges;
    const uint32_t *node_ids; /* [n_nodes] in the graph */
    uint32_t *edge_ids;       /* [n_edges] */
    uint32_t n_near;          /* edges drawn through the ranks; those behind go around */
    bool has_labels;
    CpaLayoutBox *boxes; /* [n_nodes] */
    uint32_t *names;     /* [n_nodes] */
    CpaLayerEdge *edges; /* [n_edges] */
    double width;
    double height;
    CpaBand *bands; /* [n_bands] its outline, rank by rank */
    uint32_t n_bands;
} Part;

typedef struct {
    const CpaLayoutGraph *graph;
    double nodesep;
    double ranksep;
    CpaLayoutBox corner;
    uint32_t *local;    /* [n_nodes] id of a node in its part */
    CpaPointVec *curve; /* [n_edges] */
    CpaLayered *out;
} Drawing;

static double sane(double length)
{
    return length > 0 ? MIN(length, MAX_LENGTH_PT) : 0; /* 0 for NaN as well */
}

static CpaLayoutBox sane_box(CpaLayoutBox box)
{
    return (CpaLayoutBox){.width = sane(box.width), .height = sane(box.height)};
}

/* --- One component ---------------------------------------------------------------------------- */

static void rank_part(Part *p, const Drawing *d, int64_t *budget, int32_t *rank)
{
    size_t m = p->n_edges;
    g_autofree uint32_t *src = g_new(uint32_t, m + 1);
    g_autofree uint32_t *dst = g_new(uint32_t, m + 1);
    g_autofree uint32_t *weight = g_new(uint32_t, m + 1);
    g_autofree int32_t *pull = g_new(int32_t, m + 1);
    g_autofree int32_t *min_len = g_new(int32_t, m + 1);
    g_autofree bool *reversed = g_new(bool, m + 1);
    bool labels = false;
    for (size_t e = 0; e < m; e++) {
        src[e] = p->edges[e].top;
        dst[e] = p->edges[e].bottom;
        weight[e] = p->edges[e].weight;
        labels |= p->edges[e].label.width > 0;
    }
    cpa_acyclic(p->n_nodes, m, src, dst, weight, budget, reversed);
    for (size_t e = 0; e < m; e++) {
        CpaLayerEdge *edge = &p->edges[e];
        edge->reversed = reversed[e];
        edge->top = reversed[e] ? dst[e] : src[e];
        edge->bottom = reversed[e] ? src[e] : dst[e];
        src[e] = edge->top;
        dst[e] = edge->bottom;
        pull[e] = (int32_t)weight[e];
        min_len[e] = (int32_t)CLAMP(d->graph->edges[p->edge_ids[e]].minlen, 1, MAX_MINLEN);
    }
    CpaSimplex graph = {.n_nodes = p->n_nodes,
                        .n_edges = m,
                        .tail = src,
                        .head = dst,
                        .weight = pull,
                        .min_len = min_len};
    cpa_rank(&graph, budget, rank);
    for (uint32_t v = 0; labels && v < p->n_nodes; v++) {
        rank[v] *= 2; /* boxes in even ranks, labels of edges over one rank in odd ones */
    }
    p->has_labels = labels;
}

static void route_part(Part *p, Drawing *d, const CpaLayers *l, const double *x)
{
    g_auto(CpaRouter) router = {0};
    cpa_router_init(&router, l, x, d->nodesep);
    for (uint32_t e = 0; e < p->n_near; e++) {
        uint32_t id = p->edge_ids[e];
        cpa_router_edge(&router, l, x, e, &d->curve[id], &d->out->labels[id]);
    }
}

/* Edges that cross more ranks than fit go around the picture: down to the next gap between ranks,
 * to the right of all boxes, and back through the gap above their other end. */
static void route_far(Part *p, Drawing *d, const CpaLayers *l, const double *x)
{
    double gap = p->has_labels ? d->ranksep / 2 : d->ranksep;
    for (uint32_t e = p->n_near; e < p->n_edges; e++) {
        const CpaLayerEdge *edge = &p->edges[e];
        uint32_t id = p->edge_ids[e];
        uint32_t top = l->rank[edge->top];
        uint32_t bottom = l->rank[edge->bottom];
        double mid_top = l->rank_top[top] + l->rank_height[top] / 2;
        double mid_bottom = l->rank_top[bottom] + l->rank_height[bottom] / 2;
        double below = l->rank_top[top] + l->rank_height[top];
        double right = p->width + d->nodesep / 2;
        CpaPoint corners[6] = {
            {.x = x[edge->top], .y = mid_top + p->boxes[edge->top].height / 2},
            {.x = x[edge->top], .y = below},
            {.x = right, .y = below + gap / 2},
            {.x = right, .y = l->rank_top[bottom] - gap / 2},
            {.x = x[edge->bottom], .y = l->rank_top[bottom]},
            {.x = x[edge->bottom], .y = mid_bottom - p->boxes[edge->bottom].height / 2}};
        cpa_vec_push(&d->curve[id], corners[edge->reversed ? 5 : 0]);
        for (int i = 0; i < 5; i++) {
            CpaPoint from = corners[edge->reversed ? 5 - i : i];
            CpaPoint to = corners[edge->reversed ? 4 - i : i + 1];
            for (int k = 1; k <= 3; k++) {
                CpaPoint point = {.x = from.x + (to.x - from.x) * k / 3,
                                  .y = from.y + (to.y - from.y) * k / 3};
                cpa_vec_push(&d->curve[id], point);
            }
        }
        d->out->labels[id] = (CpaPoint){.x = right + edge->label.width / 2 + 2,
                                        .y = (below + l->rank_top[bottom]) / 2};
        p->width = right + edge->label.width + 4;
    }
}

typedef struct {
    uint32_t span;
    uint32_t edge;
} Span;

static int compare_span(const void *a, const void *b)
{
    const Span *x = a;
    const Span *y = b;
    if (x->span != y->span) {
        return x->span < y->span ? -1 : 1;
    }
    return x->edge < y->edge ? -1 : x->edge > y->edge;
}

/* Puts the longest edges last and out of n_near where there would be too many virtual nodes. */
static void limit_virtual(Part *p, const int32_t *rank)
{
    size_t n_virtual = 0;
    g_autofree Span *spans = g_new(Span, p->n_edges + 1);
    for (uint32_t e = 0; e < p->n_edges; e++) {
        const CpaLayerEdge *edge = &p->edges[e];
        spans[e] = (Span){.span = (uint32_t)(rank[edge->bottom] - rank[edge->top]), .edge = e};
        n_virtual += spans[e].span;
    }
    p->n_near = p->n_edges;
    if (n_virtual <= MAX_VIRTUAL) {
        return;
    }
    qsort(spans, p->n_edges, sizeof *spans, compare_span);
    while (n_virtual > MAX_VIRTUAL) {
        n_virtual -= spans[--p->n_near].span;
    }
    g_autofree CpaLayerEdge *edges = g_memdup2(p->edges, p->n_edges * sizeof *edges);
    g_autofree uint32_t *ids = g_memdup2(p->edge_ids, p->n_edges * sizeof *ids);
    for (uint32_t e = 0; e < p->n_edges; e++) {
        p->edges[e] = edges[spans[e].edge];
        p->edge_ids[e] = ids[spans[e].edge];
    }
}

/* Where the part lies when its left upper corner is at 0, 0. */
static void move_to_corner(Part *p, Drawing *d, const CpaLayers *l, double *x)
{
    double low = INFINITY;
    double high = -INFINITY;
    for (uint32_t v = 0; v < l->n_nodes; v++) {
        low = MIN(low, x[v] - l->left[v]);
        high = MAX(high, x[v] + l->right[v]);
    }
    for (uint32_t v = 0; v < l->n_nodes; v++) {
        x[v] -= low;
    }
    p->width = high - low;
    p->height = l->rank_top[l->n_ranks - 1] + l->rank_height[l->n_ranks - 1];
    for (uint32_t v = 0; v < p->n_nodes; v++) {
        uint32_t r = l->rank[v];
        d->out->centers[p->node_ids[v]] =
            (CpaPoint){.x = x[v], .y = l->rank_top[r] + l->rank_height[r] / 2};
    }
}

static void widen(CpaBand *band, double left, double right)
{
    band->left = MIN(band->left, left);
    band->right = MAX(band->right, right);
}

/* Adds a line to the bands it passes; `at` is one of them near its upper end. */
static void widen_along(const Part *p, CpaPoint a, CpaPoint b, uint32_t *at)
{
    double top = MIN(a.y, b.y);
    double bottom = MAX(a.y, b.y);
    while (*at > 0 && p->bands[*at].top > top) {
        --*at;
    }
    while (*at + 1 < p->n_bands && p->bands[*at].bottom < top) {
        ++*at;
    }
    for (uint32_t r = *at; r < p->n_bands && (r == *at || p->bands[r].top <= bottom); r++) {
        widen(&p->bands[r], MIN(a.x, b.x), MAX(a.x, b.x));
    }
}

/* Which room the part takes: boxes, labels and the hulls of curves. */
static void find_bands(Part *p, const Drawing *d, const CpaLayers *l, const double *x)
{
    p->n_bands = l->n_ranks;
    p->bands = g_new(CpaBand, l->n_ranks);
    for (uint32_t r = 0; r < l->n_ranks; r++) {
        double top = r == 0 ? 0 : p->bands[r - 1].bottom;
        double low = l->rank_top[r] + l->rank_height[r];
        double bottom = r + 1 < l->n_ranks ? (low + l->rank_top[r + 1]) / 2 : low;
        p->bands[r] = (CpaBand){.top = top, .bottom = bottom, .left = INFINITY, .right = -INFINITY};
    }
    for (uint32_t v = 0; v < l->n_nodes; v++) {
        widen(&p->bands[l->rank[v]], x[v] - l->left[v], x[v] + l->right[v]);
    }
    uint32_t at = 0;
    for (uint32_t e = 0; e < p->n_edges; e++) {
        const CpaPointVec *curve = &d->curve[p->edge_ids[e]];
        for (size_t i = 0; i + 3 < curve->len; i += 3) {
            const CpaPoint *c = &curve->data[i];
            for (int k = 0; k < 4; k++) {
                widen_along(p, c[k], c[(k + 1) % 4], &at);
            }
        }
    }
}

static void draw_part(Part *p, Drawing *d, int64_t budget)
{
    g_autofree int32_t *rank = g_new0(int32_t, p->n_nodes + 1);
    g_auto(CpaLayers) layers = {0};
    int64_t left = budget / 4;
    rank_part(p, d, &left, rank);
    limit_virtual(p, rank);
    cpa_layers_init(&layers, p->n_nodes, p->boxes, p->n_near, p->edges, rank);
    left = MIN(budget * 2 / 5, ORDER_STEPS * (int64_t)layers.n_nodes);
    cpa_order(&layers, p->names, &left);
    g_autofree double *x = g_new0(double, layers.n_nodes + 1);
    left = budget / 16;
    cpa_position(&layers, d->nodesep, &left, x);
    double ranksep = p->has_labels ? d->ranksep / 2 : d->ranksep;
    cpa_layers_set_y(&layers, ranksep, x);
    left = budget / 8;
    cpa_relax(&layers, d->nodesep, &left, x);
    cpa_layers_set_y(&layers, ranksep, x);
    move_to_corner(p, d, &layers, x);
    route_part(p, d, &layers, x);
    route_far(p, d, &layers, x);
    find_bands(p, d, &layers, x);
}

/* --- Components ------------------------------------------------------------------------------- */

static uint32_t find_root(uint32_t *root, uint32_t v)
{
    while (root[v] != v) {
        root[v] = root[root[v]];
        v = root[v];
    }
    return v;
}

/* Numbers components by their first nodes. Returns how many there are. */
static uint32_t find_parts(const CpaLayoutGraph *g, uint32_t *part_of)
{
    g_autofree uint32_t *root = g_new(uint32_t, g->n_nodes + 1);
    for (uint32_t v = 0; v < g->n_nodes; v++) {
        root[v] = v;
    }
    for (size_t e = 0; e < g->n_edges; e++) {
        uint32_t a = find_root(root, g->edges[e].src);
        uint32_t b = find_root(root, g->edges[e].dst);
        root[MAX(a, b)] = MIN(a, b);
    }
    uint32_t n_parts = 0;
    for (uint32_t v = 0; v < g->n_nodes; v++) {
        uint32_t top = find_root(root, v);
        part_of[v] = top == v ? n_parts++ : part_of[top];
    }
    return n_parts;
}

/* Sorts ids 0 .. n - 1 by group; group CPA_NONE is left out. first is [n_groups + 1]. */
static uint32_t *group_ids(size_t n, const uint32_t *group, size_t n_groups, uint32_t *first)
{
    uint32_t *ids = g_new(uint32_t, n + 1);
    memset(first, 0, (n_groups + 2) * sizeof *first);
    for (size_t i = 0; i < n; i++) {
        if (group[i] != CPA_NONE) {
            first[group[i] + 2]++;
        }
    }
    for (size_t k = 0; k < n_groups; k++) {
        first[k + 2] += first[k + 1];
    }
    for (size_t i = 0; i < n; i++) {
        if (group[i] != CPA_NONE) {
            ids[first[group[i] + 1]++] = (uint32_t)i;
        }
    }
    return ids;
}

static void fill_part(Part *p, Drawing *d)
{
    const CpaLayoutGraph *g = d->graph;
    p->boxes = g_new(CpaLayoutBox, p->n_nodes + 1);
    p->names = g_new(uint32_t, p->n_nodes + 1);
    p->edges = g_new(CpaLayerEdge, p->n_edges + 1);
    for (uint32_t v = 0; v < p->n_nodes; v++) {
        d->local[p->node_ids[v]] = v;
        p->boxes[v] = sane_box(g->boxes[p->node_ids[v]]);
        p->names[v] = g->names != NULL ? g->names[p->node_ids[v]] : p->node_ids[v];
    }
    for (uint32_t e = 0; e < p->n_edges; e++) {
        const CpaLayoutEdge *edge = &g->edges[p->edge_ids[e]];
        p->edges[e] = (CpaLayerEdge){.top = d->local[edge->src],
                                     .bottom = d->local[edge->dst],
                                     .weight = MIN(edge->weight, MAX_WEIGHT),
                                     .label = sane_box(edge->label)};
    }
}

/* An edge from a node to itself: a loop in the space on its right. */
static void draw_loop(Drawing *d, uint32_t e)
{
    const CpaLayoutEdge *edge = &d->graph->edges[e];
    CpaLayoutBox box = sane_box(d->graph->boxes[edge->src]);
    CpaPoint c = d->out->centers[edge->src];
    double x = c.x + box.width / 2;
    double out = d->nodesep * 0.9;
    CpaPoint points[4] = {{.x = x, .y = c.y - box.height / 4},
                          {.x = x + out, .y = c.y - box.height / 4},
                          {.x = x + out, .y = c.y + box.height / 4},
                          {.x = x, .y = c.y + box.height / 4}};
    for (int i = 0; i < 4; i++) {
        cpa_vec_push(&d->curve[e], points[i]);
    }
    d->out->labels[e] = (CpaPoint){.x = x + out, .y = c.y};
}

static void move_part(const Part *p, Drawing *d, double dx, double dy)
{
    for (uint32_t v = 0; v < p->n_nodes; v++) {
        CpaPoint *c = &d->out->centers[p->node_ids[v]];
        *c = (CpaPoint){.x = c->x + dx, .y = c->y + dy};
    }
    for (uint32_t e = 0; e < p->n_edges; e++) {
        uint32_t id = p->edge_ids[e];
        CpaPoint *label = &d->out->labels[id];
        *label = (CpaPoint){.x = label->x + dx, .y = label->y + dy};
        for (size_t i = 0; i < d->curve[id].len; i++) {
            CpaPoint *q = &d->curve[id].data[i];
            *q = (CpaPoint){.x = q->x + dx, .y = q->y + dy};
        }
    }
}

static void pack_parts(const Part *parts, uint32_t n_parts, Drawing *d)
{
    g_autofree CpaPackItem *items = g_new0(CpaPackItem, n_parts + 1);
    for (uint32_t i = 0; i < n_parts; i++) {
        items[i] = (CpaPackItem){.bands = parts[i].bands,
                                 .n_bands = parts[i].n_bands,
                                 .width = parts[i].width,
                                 .height = parts[i].height};
    }
    cpa_pack(items, n_parts, d->corner, 2 * d->nodesep);
    for (uint32_t i = 0; i < n_parts; i++) {
        move_part(&parts[i], d, items[i].x, items[i].y);
        d->out->width = MAX(d->out->width, items[i].x + items[i].width);
        d->out->height = MAX(d->out->height, items[i].y + items[i].height);
    }
}

static void draw_parts(Drawing *d, int64_t budget)
{
    const CpaLayoutGraph *g = d->graph;
    g_autofree uint32_t *part_of = g_new(uint32_t, g->n_nodes + 1);
    g_autofree uint32_t *edge_part = g_new(uint32_t, g->n_edges + 1);
    uint32_t n_parts = find_parts(g, part_of);
    for (size_t e = 0; e < g->n_edges; e++) {
        bool loop = g->edges[e].src == g->edges[e].dst;
        edge_part[e] = loop ? CPA_NONE : part_of[g->edges[e].src];
    }
    g_autofree uint32_t *first_node = g_new(uint32_t, n_parts + 2);
    g_autofree uint32_t *first_edge = g_new(uint32_t, n_parts + 2);
    g_autofree uint32_t *nodes = group_ids(g->n_nodes, part_of, n_parts, first_node);
    g_autofree uint32_t *edges = group_ids(g->n_edges, edge_part, n_parts, first_edge);
    g_autofree Part *parts = g_new0(Part, n_parts + 1);
    for (uint32_t i = 0; i < n_parts; i++) {
        Part *p = &parts[i];
        p->n_nodes = first_node[i + 1] - first_node[i];
        p->n_edges = first_edge[i + 1] - first_edge[i];
        p->node_ids = nodes + first_node[i];
        p->edge_ids = edges + first_edge[i];
        fill_part(p, d);
        double share = (double)(p->n_nodes + p->n_edges) / (double)(g->n_nodes + g->n_edges);
        draw_part(p, d, (int64_t)((double)budget * share));
        g_free(p->boxes);
        g_free(p->names);
        g_free(p->edges);
    }
    pack_parts(parts, n_parts, d);
    for (uint32_t i = 0; i < n_parts; i++) {
        g_free(parts[i].bands);
    }
}

/* --- Front ------------------------------------------------------------------------------------ */

/* Moves everything so that curves and labels are inside of the picture as well. */
static void frame(Drawing *d)
{
    CpaLayered *out = d->out;
    double left = 0;
    double right = out->width;
    double top = 0;
    double bottom = out->height;
    for (size_t i = 0; i < out->edge_first[out->n_edges]; i++) {
        left = MIN(left, out->points[i].x);
        right = MAX(right, out->points[i].x);
        top = MIN(top, out->points[i].y);
        bottom = MAX(bottom, out->points[i].y);
    }
    for (size_t i = 0; i < out->edge_first[out->n_edges]; i++) {
        out->points[i].x -= left;
        out->points[i].y -= top;
    }
    for (size_t v = 0; v < out->n_nodes; v++) {
        out->centers[v].x -= left;
        out->centers[v].y -= top;
    }
    for (size_t e = 0; e < out->n_edges; e++) {
        out->labels[e].x -= left;
        out->labels[e].y -= top;
    }
    out->width = right - left;
    out->height = bottom - top;
}

static void join_curves(Drawing *d)
{
    CpaLayered *out = d->out;
    size_t n = 0;
    for (size_t e = 0; e < out->n_edges; e++) {
        out->edge_first[e] = (uint32_t)n;
        n += d->curve[e].len;
    }
    out->edge_first[out->n_edges] = (uint32_t)n;
    out->points = g_new(CpaPoint, n + 1);
    for (size_t e = 0; e < out->n_edges; e++) {
        memcpy(out->points + out->edge_first[e], d->curve[e].data,
               d->curve[e].len * sizeof *out->points);
        cpa_vec_clear(&d->curve[e]);
    }
}

CpaLayered *cpa_layered_new(const CpaLayoutGraph *graph, const CpaLayoutOptions *opts)
{
    uint64_t budget = opts->budget_steps > 0 ? opts->budget_steps : 220 * 1000 * 1000;
    CpaLayered *out = g_new0(CpaLayered, 1);
    out->n_nodes = graph->n_nodes;
    out->n_edges = graph->n_edges;
    out->centers = g_new0(CpaPoint, graph->n_nodes + 1);
    out->labels = g_new0(CpaPoint, graph->n_edges + 1);
    out->edge_first = g_new0(uint32_t, graph->n_edges + 1);
    Drawing d = {.graph = graph,
                 .nodesep = opts->nodesep_pt > 0 ? opts->nodesep_pt : 18,
                 .ranksep = opts->ranksep_pt > 0 ? opts->ranksep_pt : 36,
                 .corner = sane_box(opts->corner),
                 .local = g_new(uint32_t, graph->n_nodes + 1),
                 .curve = g_new0(CpaPointVec, graph->n_edges + 1),
                 .out = out};
    draw_parts(&d, (int64_t)MIN(budget, INT64_MAX / 2));
    for (uint32_t e = 0; e < graph->n_edges; e++) {
        if (graph->edges[e].src == graph->edges[e].dst) {
            draw_loop(&d, e);
        }
    }
    join_curves(&d);
    frame(&d);
    g_free(d.local);
    g_free(d.curve);
    return out;
}

void cpa_layered_free(CpaLayered *drawing)
{
    if (drawing == NULL) {
        return;
    }
    g_free(drawing->centers);
    g_free(drawing->labels);
    g_free(drawing->edge_first);
    g_free(drawing->points);
    g_free(drawing);
}
