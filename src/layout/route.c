/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Routes an edge through gates: horizontal intervals, one at the upper and one at the lower border
 * of each rank it passes, that belong to this edge alone.
 *
 *        [  src  ]             path: the shortest polyline through all gates, by a funnel
 *       |---\----|             curve: a cubic per piece of the path, with common tangents at bends
 *      box | \ | box
 *      box | | | box           A bend touches the inner side of a turn, so a smooth curve through it
 *       |----/---|             swings to the free side. Where it swings too far, its handles shrink:
 *        [  dst  ]             at 0 it is the path itself, which is known to be free.
 *
 * Gates of neighbours do not overlap, so edges cross where their order says and nowhere else. In
 * dense graphs, where nobody can follow a line among hundreds, gates reach from box to box instead:
 * lines are straighter, and made of far fewer pieces.
 */
#include "layout/route.h"

#include <math.h>

#include "base/idmap.h"

#define SAMPLES      16
#define REACH        36.0  /* into the open, beside the outermost nodes */
#define MARGIN       6.0   /* between boxes and lines */
#define MANY_VIRTUAL 20000 /* virtual nodes of a dense graph */
#define COARSE_SAMPLES \
    6 /* programs that draw few lines per curve cut corners; those are free too */

typedef struct CpaGate {
    double y;
    double left;
    double right;
} Gate;

/* --- Gates ------------------------------------------------------------------------------------ */

/* The border between a and b, its right neighbour. */
static double border(const CpaLayers *l, const double *x, uint32_t a, uint32_t b)
{
    double from = x[a] + l->right[a];
    double to = x[b] - l->left[b];
    bool line_a = cpa_layers_is_virtual(l, a) && l->right[a] == 0;
    bool line_b = cpa_layers_is_virtual(l, b);
    if (line_a == line_b) {
        return (from + to) / 2;
    }
    double margin = MIN((to - from) / 2, MARGIN);
    return line_a ? to - margin : from + margin;
}

static void lane(const CpaRouter *router, const CpaLayers *l, const double *x, uint32_t v,
                 double *left, double *right)
{
    uint32_t r = l->rank[v];
    uint32_t i = l->rank_first[r] + l->pos[v];
    *left = i > l->rank_first[r] ? border(l, x, l->order[i - 1], v) : x[v] - l->left[v] - REACH;
    *right = i + 1 < l->rank_first[r + 1] ? border(l, x, v, l->order[i + 1])
                                          : x[v] + l->right[v] + REACH;
    bool has_label = cpa_layers_is_virtual(l, v) && l->right[v] > 0;
    if (router->left != NULL && !has_label) {
        *left = MIN(*left, router->left[v]);
        *right = MAX(*right, router->right[v]);
    }
    if (has_label) {
        *right = x[v];
    }
    *left = MIN(*left, x[v]);
    *right = MAX(*right, x[v]);
}

static void add_gate(CpaRouter *router, double y, double left, double right)
{
    Gate gate = {.y = y, .left = left, .right = right};
    cpa_vec_push(&router->gates, gate);
}

/* Gates between the middles of the two ends; the first and the last one are points. */
static void find_gates(CpaRouter *router, const CpaLayers *l, const double *x, uint32_t e)
{
    const CpaLayerEdge *edge = &l->edges[e];
    double left;
    double right;
    router->gates.len = 0;
    for (int end = 0; end < 2; end++) {
        uint32_t v = end == 0 ? edge->top : edge->bottom;
        uint32_t r = l->rank[v];
        double half = l->boxes[v].height / 2;
        double y = l->rank_top[r] + l->rank_height[r] / 2;
        double port = CLAMP(router->port[e], -l->left[v] * 0.8, l->right[v] * 0.8);
        lane(router, l, x, v, &left, &right);
        double box_left = x[v] - l->left[v] * 0.9;
        double box_right = x[v] + l->right[v] * 0.9;
        if (end == 0) {
            add_gate(router, y, x[v] + port, x[v] + port);
            add_gate(router, y + half, box_left, box_right);
            add_gate(router, l->rank_top[r] + l->rank_height[r], left, right);
            for (uint32_t w = l->first_virtual[e]; w < l->first_virtual[e + 1]; w++) {
                uint32_t s = l->rank[w];
                lane(router, l, x, w, &left, &right);
                add_gate(router, l->rank_top[s], left, right);
                add_gate(router, l->rank_top[s] + l->rank_height[s], left, right);
            }
        } else {
            add_gate(router, l->rank_top[r], left, right);
            add_gate(router, y - half, box_left, box_right);
            add_gate(router, y, x[v] + port, x[v] + port);
        }
    }
}

/* --- Path ------------------------------------------------------------------------------------- */

static double turn(CpaPoint a, CpaPoint b, CpaPoint c)
{
    return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
}

static void find_path(CpaRouter *router)
{
    const Gate *gates = router->gates.data;
    size_t n = router->gates.len;
    CpaPoint apex = {.x = gates[0].left, .y = gates[0].y};
    router->path.len = 0;
    cpa_vec_push(&router->path, apex);
    /* The funnel: what is seen from the apex, between a left and a right corner. */
    CpaPoint left = apex;
    CpaPoint right = apex;
    size_t left_at = 0;
    size_t right_at = 0;
    bool open = false;
    for (size_t i = 1; i < n; i++) {
        CpaPoint a = {.x = gates[i].left, .y = gates[i].y};
        CpaPoint b = {.x = gates[i].right, .y = gates[i].y};
        bool last = i + 1 == n;
        if (!open || turn(apex, left, a) <= 0) {
            if (open && turn(apex, right, a) < 0) {
                cpa_vec_push(&router->path, right);
                apex = right;
                i = right_at;
                open = false;
                continue;
            }
            left = a;
            left_at = i;
        }
        if (!open || turn(apex, right, b) >= 0) {
            if (open && turn(apex, left, b) > 0) {
                cpa_vec_push(&router->path, left);
                apex = left;
                i = left_at;
                open = false;
                continue;
            }
            right = b;
            right_at = i;
        }
        open = true;
        if (last) {
            cpa_vec_push(&router->path, a);
        }
    }
}

/* Cuts what is inside of the two boxes off the path: gates 1 and n - 2 are at their borders. */
static void clip(CpaRouter *router)
{
    CpaPoint *p = router->path.data;
    size_t n = router->path.len;
    double begin = router->gates.data[1].y;
    double end = router->gates.data[router->gates.len - 2].y;
    size_t from = 0;
    while (from + 2 < n && p[from + 1].y <= begin) {
        from++;
    }
    size_t to = n - 1;
    while (to > from + 1 && p[to - 1].y >= end) {
        to--;
    }
    CpaPoint a = p[from];
    CpaPoint b = p[from + 1];
    CpaPoint c = p[to - 1];
    CpaPoint d = p[to];
    if (b.y > a.y) {
        double t = CLAMP((begin - a.y) / (b.y - a.y), 0, 1);
        p[from] = (CpaPoint){.x = a.x + (b.x - a.x) * t, .y = begin};
    }
    if (d.y > c.y) {
        double t = CLAMP((end - c.y) / (d.y - c.y), 0, 1);
        p[to] = (CpaPoint){.x = c.x + (d.x - c.x) * t, .y = end};
    }
    memmove(p, p + from, (to - from + 1) * sizeof *p);
    router->path.len = to - from + 1;
}

/* --- Curve ------------------------------------------------------------------------------------ */

static double distance(CpaPoint a, CpaPoint b)
{
    return hypot(b.x - a.x, b.y - a.y);
}

static CpaPoint toward(CpaPoint a, CpaPoint b, double t)
{
    return (CpaPoint){.x = a.x + (b.x - a.x) * t, .y = a.y + (b.y - a.y) * t};
}

/* Unit tangent at point i of the path. */
static CpaPoint tangent(const CpaPointVec *path, size_t i)
{
    const CpaPoint *p = path->data;
    CpaPoint t = {0};
    for (size_t k = i > 0 ? i - 1 : 0; k < MIN(i + 1, path->len - 1); k++) {
        double length = distance(p[k], p[k + 1]);
        if (length > 0) {
            t.x += (p[k + 1].x - p[k].x) / length;
            t.y += (p[k + 1].y - p[k].y) / length;
        }
    }
    double length = hypot(t.x, t.y);
    return length > 0 ? (CpaPoint){.x = t.x / length, .y = t.y / length} : (CpaPoint){.y = 1};
}

/* A handle along a unit tangent that does not take the curve up again within its height. */
static double handle_of(CpaPoint tangent, double length, double height, double share)
{
    double handle = length * share;
    return tangent.y * handle > height * share ? height * share / tangent.y : handle;
}

/* The cubic from path point i to i + 1 with handles of a share of its length. */
static void make_cubic(const CpaPointVec *path, size_t i, double share, CpaPoint cubic[4])
{
    const CpaPoint *p = path->data;
    double length = distance(p[i], p[i + 1]);
    double height = p[i + 1].y - p[i].y;
    CpaPoint s = tangent(path, i);
    CpaPoint t = tangent(path, i + 1);
    double begin = handle_of(s, length, height, share);
    double end = handle_of(t, length, height, share);
    cubic[0] = p[i];
    cubic[3] = p[i + 1];
    cubic[1] = (CpaPoint){.x = p[i].x + s.x * begin, .y = p[i].y + s.y * begin};
    cubic[2] = (CpaPoint){.x = p[i + 1].x - t.x * end, .y = p[i + 1].y - t.y * end};
    if (i == 0 && path->len > 2) {
        cubic[1] = toward(cubic[0], cubic[2], share * 1.5);
    }
    if (i + 2 == path->len && path->len > 2) {
        cubic[2] = toward(cubic[3], cubic[1], share * 1.5);
    }
}

static CpaPoint on_cubic(const CpaPoint c[4], double t)
{
    double u = 1 - t;
    double a = u * u * u;
    double b = 3 * u * u * t;
    double d = 3 * u * t * t;
    double e = t * t * t;
    return (CpaPoint){.x = a * c[0].x + b * c[1].x + d * c[2].x + e * c[3].x,
                      .y = a * c[0].y + b * c[1].y + d * c[2].y + e * c[3].y};
}

/* Whether a cubic that runs down passes all gates; `gate` is the first one not above its start.
 * Between gates 1 and 2, 3 and 4 and so on there are boxes on both sides. */
static bool is_free(const CpaRouter *router, const CpaPoint cubic[4], size_t gate, int n_samples)
{
    const Gate *gates = router->gates.data;
    size_t n = router->gates.len;
    CpaPoint before = cubic[0];
    for (int k = 1; k <= n_samples; k++) {
        CpaPoint p = on_cubic(cubic, (double)k / n_samples);
        for (; gate < n && gates[gate].y <= p.y; gate++) {
            double t = p.y > before.y ? (gates[gate].y - before.y) / (p.y - before.y) : 1;
            double x = before.x + (p.x - before.x) * t;
            if (x < gates[gate].left - 0.5 || x > gates[gate].right + 0.5) {
                return false;
            }
        }
        if (gate % 2 == 0 && gate >= 2 && gate + 2 <= n) {
            /* At the ends the wider of the two gates is the one at the rank's border. */
            double left = MIN(gates[gate - 1].left, gates[gate].left);
            double right = MAX(gates[gate - 1].right, gates[gate].right);
            if (p.x < left - 0.5 || p.x > right + 0.5) {
                return false;
            }
        }
        before = p;
    }
    return true;
}

static void add_curve(CpaRouter *router, CpaPointVec *points)
{
    const CpaPointVec *path = &router->path;
    size_t gate = 1;
    cpa_vec_push(points, path->data[0]);
    for (size_t i = 0; i + 1 < path->len; i++) {
        CpaPoint cubic[4];
        static const double shares[] = {1.0 / 3, 1.0 / 5, 1.0 / 10, 1.0 / 30, 0};
        while (gate < router->gates.len && router->gates.data[gate].y < path->data[i].y) {
            gate++;
        }
        for (size_t k = 0; k < G_N_ELEMENTS(shares); k++) {
            make_cubic(path, i, path->len == 2 ? 1.0 / 3 : shares[k], cubic);
            if (path->len == 2 || (is_free(router, cubic, gate, COARSE_SAMPLES) &&
                                   is_free(router, cubic, gate, SAMPLES))) {
                break;
            }
        }
        for (int k = 1; k < 4; k++) {
            cpa_vec_push(points, cubic[k]);
        }
    }
}

/* --- Labels ----------------------------------------------------------------------------------- */

/* The greatest x of a curve between two heights. */
static double rightmost(const CpaPoint *points, size_t n, double top, double bottom)
{
    double x = -INFINITY;
    for (size_t i = 0; i + 3 < n; i += 3) {
        if (points[i].y > bottom || points[i + 3].y < top) {
            continue;
        }
        CpaPoint before = points[i];
        for (int k = 1; k <= SAMPLES; k++) {
            CpaPoint p = on_cubic(points + i, (double)k / SAMPLES);
            if (p.y >= top && before.y <= bottom && p.y > before.y) {
                x = MAX(x, toward(before, p, CLAMP((top - before.y) / (p.y - before.y), 0, 1)).x);
                x = MAX(x,
                        toward(before, p, CLAMP((bottom - before.y) / (p.y - before.y), 0, 1)).x);
            }
            before = p;
        }
    }
    return x;
}

static CpaPoint label_place(const CpaLayers *l, const double *x, uint32_t e, const CpaPoint *points,
                            size_t n)
{
    uint32_t v = l->label_node[e];
    if (v == CPA_NONE) {
        size_t mid = (n / 3 / 2) * 3;
        return on_cubic(points + MIN(mid, n - 4), n / 3 % 2 == 1 ? 0.5 : 0);
    }
    uint32_t r = l->rank[v];
    CpaPoint place = {.y = l->rank_top[r] + l->rank_height[r] / 2};
    double half = l->edges[e].label.height / 2;
    double line = rightmost(points, n, place.y - half, place.y + half);
    line = isfinite(line) ? MIN(line, x[v]) : x[v];
    place.x = line + CPA_LABEL_GAP + l->edges[e].label.width / 2;
    return place;
}

static void turn_over(CpaPoint *points, size_t n)
{
    for (size_t i = 0; i < n / 2; i++) {
        CpaPoint p = points[i];
        points[i] = points[n - 1 - i];
        points[n - 1 - i] = p;
    }
}

void cpa_router_edge(CpaRouter *router, const CpaLayers *layers, const double *x, uint32_t edge,
                     CpaPointVec *points, CpaPoint *label)
{
    size_t begin = points->len;
    find_gates(router, layers, x, edge);
    find_path(router);
    clip(router);
    add_curve(router, points);
    *label = label_place(layers, x, edge, points->data + begin, points->len - begin);
    if (layers->edges[edge].reversed) {
        turn_over(points->data + begin, points->len - begin);
    }
}

/* --- Ports ------------------------------------------------------------------------------------ */

static bool is_wall(const CpaLayers *l, uint32_t v)
{
    return !cpa_layers_is_virtual(l, v) || l->right[v] > 0;
}

/* From the last box or label on the left of each node to the next one on its right. */
static void find_corridors(CpaRouter *router, const CpaLayers *l, const double *x)
{
    router->left = g_new(double, l->n_nodes + 1);
    router->right = g_new(double, l->n_nodes + 1);
    for (uint32_t r = 0; r < l->n_ranks; r++) {
        uint32_t begin = l->rank_first[r];
        uint32_t end = l->rank_first[r + 1];
        if (begin == end) {
            continue;
        }
        uint32_t v = l->order[begin];
        double left = x[v] - l->left[v] - REACH;
        for (uint32_t i = begin; i < end; i++) {
            v = l->order[i];
            router->left[v] = left;
            left = is_wall(l, v) ? x[v] + l->right[v] + MARGIN : left;
        }
        double right = x[v] + l->right[v] + REACH;
        for (uint32_t i = end; i-- > begin;) {
            v = l->order[i];
            router->right[v] = right;
            right = is_wall(l, v) ? x[v] - l->left[v] - MARGIN : right;
        }
    }
}

/* Edges without a virtual node between the same two nodes would lie on each other. */
void cpa_router_init(CpaRouter *router, const CpaLayers *layers, const double *x, double nodesep)
{
    const CpaLayers *l = layers;
    *router = (CpaRouter){.port = g_new0(double, l->n_edges + 1)};
    if (l->n_nodes - l->n_real > MANY_VIRTUAL) {
        find_corridors(router, l, x);
    }
    CpaIdMap groups = {0};
    g_autofree uint32_t *group = g_new(uint32_t, l->n_edges + 1);
    g_autofree uint32_t *n_edges = g_new0(uint32_t, l->n_edges + 1);
    g_autofree uint32_t *n_done = g_new0(uint32_t, l->n_edges + 1);
    for (uint32_t e = 0; e < l->n_edges; e++) {
        uint64_t pair = (uint64_t)l->edges[e].top << 32 | l->edges[e].bottom;
        if (l->first_virtual[e] == l->first_virtual[e + 1]) {
            group[e] = cpa_idmap_insert(&groups, pair, e);
            n_edges[group[e]]++;
        }
    }
    for (uint32_t e = 0; e < l->n_edges; e++) {
        if (l->first_virtual[e] < l->first_virtual[e + 1] || n_edges[group[e]] < 2) {
            continue;
        }
        const CpaLayerEdge *edge = &l->edges[e];
        double room = MIN(l->boxes[edge->top].width, l->boxes[edge->bottom].width);
        double gap = MIN(nodesep, room / (n_edges[group[e]] + 1));
        router->port[e] = gap * (n_done[group[e]]++ - (n_edges[group[e]] - 1) / 2.0);
    }
    cpa_idmap_clear(&groups);
}

void cpa_router_clear(CpaRouter *router)
{
    cpa_vec_clear(&router->gates);
    cpa_vec_clear(&router->path);
    g_free(router->port);
    g_free(router->left);
    g_free(router->right);
    *router = (CpaRouter){0};
}
