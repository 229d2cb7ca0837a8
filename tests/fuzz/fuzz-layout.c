/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layout of small graphs of any kind: loops, parallel edges, cycles, components, boxes and labels
 * without a size, of odd sizes or of none that is a number; budgets that end anywhere. Whatever
 * comes in, boxes do not overlap, edges run from box to box and through no other one, labels have
 * room.
 *
 *     byte 0 nodes, byte 1 edges, byte 2 budget, byte 3 flags
 *     two bytes for each node: width, height
 *     five bytes for each edge: source, destination, weight, minlen, label
 */
#include <math.h>

#include "harness.h"
#include "layout/layered.h"

#define MAX_NODES   48
#define MAX_EDGES   160
#define FULL_BUDGET 3000000 /* the default takes too long where thousands of graphs are tried */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct {
    CpaLayoutBox boxes[MAX_NODES];
    CpaLayoutEdge edges[MAX_EDGES];
    CpaLayoutGraph graph;
    CpaLayoutOptions options;
} Input;

static double length(uint8_t byte)
{
    switch (byte) {
    case 255:
        return (double)NAN;
    case 254:
        return (double)INFINITY;
    case 253:
        return -5;
    case 252:
        return 1e300;
    case 251:
        return 1e-300;
    case 250:
        return 3000;
    default:
        return byte * 0.7;
    }
}

static void read_input(FuzzBytes *bytes, Input *in)
{
    size_t n_nodes = fuzz_u8(bytes) % (MAX_NODES + 1);
    size_t n_edges = n_nodes > 0 ? fuzz_u8(bytes) % (MAX_EDGES + 1) : 0;
    uint64_t budget = fuzz_u8(bytes);
    uint8_t flags = fuzz_u8(bytes);
    *in = (Input){
        .graph = {.boxes = in->boxes, .n_nodes = n_nodes, .edges = in->edges, .n_edges = n_edges}};
    in->options.budget_steps = flags & 1 ? 1 + budget * budget * budget / 8 : FULL_BUDGET;
    in->options.nodesep_pt = flags & 2 ? 1 + budget % 40 : 0;
    in->options.ranksep_pt = flags & 4 ? 2 + budget % 90 : 0;
    in->options.corner.width = flags & 8 ? length((uint8_t)budget) : 0;
    in->options.corner.height = flags & 8 ? length((uint8_t)(budget * 7)) : 0;
    for (size_t v = 0; v < n_nodes; v++) {
        in->boxes[v].width = length(fuzz_u8(bytes));
        in->boxes[v].height = length(fuzz_u8(bytes));
    }
    for (size_t e = 0; e < n_edges; e++) {
        in->edges[e].src = fuzz_u8(bytes) % (uint32_t)n_nodes;
        in->edges[e].dst = fuzz_u8(bytes) % (uint32_t)n_nodes;
        uint8_t weight = fuzz_u8(bytes);
        in->edges[e].weight = weight == 255 ? UINT32_MAX : weight;
        uint8_t minlen = fuzz_u8(bytes);
        in->edges[e].minlen = minlen == 255 ? UINT32_MAX : minlen % 8;
        uint8_t label = fuzz_u8(bytes);
        if (label > 127) {
            in->edges[e].label = (CpaLayoutBox){.width = length(label), .height = label % 40};
        }
    }
}

/* What counts as a size: see cpa_layered_new(). */
static CpaLayoutBox sane(CpaLayoutBox box)
{
    return (CpaLayoutBox){.width = box.width > 0 ? MIN(box.width, 1e6) : 0,
                          .height = box.height > 0 ? MIN(box.height, 1e6) : 0};
}

static void assert_apart(CpaPoint a, CpaLayoutBox box_a, CpaPoint b, CpaLayoutBox box_b)
{
    double dx = fabs(a.x - b.x) - (box_a.width + box_b.width) / 2;
    double dy = fabs(a.y - b.y) - (box_a.height + box_b.height) / 2;
    g_assert_cmpfloat(MAX(dx, dy), >=, -0.01);
}

static void check_boxes(const CpaLayoutGraph *g, const CpaLayered *d)
{
    for (size_t v = 0; v < g->n_nodes; v++) {
        CpaLayoutBox box = sane(g->boxes[v]);
        g_assert_true(isfinite(d->centers[v].x) && isfinite(d->centers[v].y));
        g_assert_cmpfloat(d->centers[v].x - box.width / 2, >=, -0.01);
        g_assert_cmpfloat(d->centers[v].x + box.width / 2, <=, d->width + 0.01);
        g_assert_cmpfloat(d->centers[v].y - box.height / 2, >=, -0.01);
        g_assert_cmpfloat(d->centers[v].y + box.height / 2, <=, d->height + 0.01);
        for (size_t w = 0; w < v; w++) {
            assert_apart(d->centers[v], box, d->centers[w], sane(g->boxes[w]));
        }
    }
}

static CpaPoint on_curve(const CpaPoint *c, double t)
{
    double u = 1 - t;
    double w[4] = {u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t};
    CpaPoint p = {0};
    for (int i = 0; i < 4; i++) {
        p.x += w[i] * c[i].x;
        p.y += w[i] * c[i].y;
    }
    return p;
}

static double depth_in(CpaPoint p, CpaPoint center, CpaLayoutBox box)
{
    return MIN(box.width / 2 - fabs(p.x - center.x), box.height / 2 - fabs(p.y - center.y));
}

static void check_edge(const CpaLayoutGraph *g, const CpaLayered *d, size_t e)
{
    size_t n = 0;
    const CpaPoint *points = cpa_layered_spline(d, e, &n);
    uint32_t src = g->edges[e].src;
    uint32_t dst = g->edges[e].dst;
    g_assert_cmpuint(n, >=, 4);
    g_assert_cmpuint(n % 3, ==, 1);
    for (size_t i = 0; i < n; i++) {
        g_assert_true(isfinite(points[i].x) && isfinite(points[i].y));
    }
    g_assert_cmpfloat(fabs(depth_in(points[0], d->centers[src], sane(g->boxes[src]))), <, 0.01);
    g_assert_cmpfloat(fabs(depth_in(points[n - 1], d->centers[dst], sane(g->boxes[dst]))), <, 0.01);
    for (size_t i = 0; i + 3 < n; i += 3) {
        for (int k = 0; k <= 12; k++) {
            CpaPoint p = on_curve(points + i, k / 12.0);
            for (size_t v = 0; v < g->n_nodes; v++) {
                if (v != src && v != dst) {
                    g_assert_cmpfloat(depth_in(p, d->centers[v], sane(g->boxes[v])), <, 1.5);
                }
            }
        }
    }
}

static void check_label(const CpaLayoutGraph *g, const CpaLayered *d, size_t e)
{
    CpaLayoutBox label = sane(g->edges[e].label);
    g_assert_true(isfinite(d->labels[e].x) && isfinite(d->labels[e].y));
    if (label.width == 0 || g->edges[e].src == g->edges[e].dst) {
        return;
    }
    for (size_t v = 0; v < g->n_nodes; v++) {
        assert_apart(d->labels[e], label, d->centers[v], sane(g->boxes[v]));
    }
    for (size_t f = 0; f < e; f++) {
        CpaLayoutBox other = sane(g->edges[f].label);
        if (other.width > 0 && g->edges[f].src != g->edges[f].dst) {
            assert_apart(d->labels[e], label, d->labels[f], other);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FuzzBytes bytes = {data, data + size};
    Input in;
    read_input(&bytes, &in);
    g_autoptr(CpaLayered) d = cpa_layered_new(&in.graph, &in.options);
    check_boxes(&in.graph, d);
    for (size_t e = 0; e < in.graph.n_edges; e++) {
        check_edge(&in.graph, d, e);
        check_label(&in.graph, d, e);
    }
    return 0;
}
