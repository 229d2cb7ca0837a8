/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layered layout: what holds for every drawing, on seeded random graphs and on odd ones, small
 * goldens in Graphviz's plain format, and the network simplex against all assignments.
 */
#include <math.h>
#include <string.h>

#include "layout/acyclic.h"
#include "layout/layered.h"
#include "layout/plain.h"
#include "layout/rank.h"
#include "layout/simplex.h"

typedef struct {
    CpaLayoutBox *boxes;
    CpaLayoutEdge *edges;
    CpaLayoutGraph graph;
} Sample;

static Sample sample_new(size_t n_nodes, size_t n_edges)
{
    Sample s = {.boxes = g_new0(CpaLayoutBox, n_nodes + 1),
                .edges = g_new0(CpaLayoutEdge, n_edges + 1)};
    s.graph = (CpaLayoutGraph){
        .boxes = s.boxes, .n_nodes = n_nodes, .edges = s.edges, .n_edges = n_edges};
    for (size_t v = 0; v < n_nodes; v++) {
        s.boxes[v] = (CpaLayoutBox){.width = 72, .height = 36};
    }
    return s;
}

static void sample_clear(Sample *s)
{
    g_free(s->boxes);
    g_free(s->edges);
}

static Sample random_sample(uint32_t seed, size_t n_nodes, size_t n_edges, bool labels)
{
    Sample s = sample_new(n_nodes, n_edges);
    GRand *random = g_rand_new_with_seed(seed);
    for (size_t v = 0; v < n_nodes; v++) {
        s.boxes[v].width = g_rand_double_range(random, 20, 250);
        s.boxes[v].height = g_rand_double_range(random, 15, 120);
    }
    for (size_t e = 0; e < n_edges; e++) {
        uint32_t src = (uint32_t)g_rand_int_range(random, 0, (int)n_nodes);
        uint32_t step = (uint32_t)g_rand_int_range(random, 1, (int)n_nodes);
        s.edges[e] = (CpaLayoutEdge){.src = src,
                                     .dst = (uint32_t)((src + step) % n_nodes),
                                     .weight = (uint32_t)g_rand_int_range(random, 0, 100),
                                     .minlen = (uint32_t)g_rand_int_range(random, 0, 3)};
        if (labels && g_rand_boolean(random)) {
            s.edges[e].label =
                (CpaLayoutBox){.width = g_rand_double_range(random, 10, 90), .height = 19};
        }
    }
    g_rand_free(random);
    return s;
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

/* How deep inside of a box the point is; negative outside. */
static double depth_in(CpaPoint p, CpaPoint center, CpaLayoutBox box)
{
    return MIN(box.width / 2 - fabs(p.x - center.x), box.height / 2 - fabs(p.y - center.y));
}

static void check_boxes(const CpaLayoutGraph *g, const CpaLayered *d)
{
    for (size_t v = 0; v < g->n_nodes; v++) {
        g_assert_true(isfinite(d->centers[v].x) && isfinite(d->centers[v].y));
        g_assert_cmpfloat(d->centers[v].x - g->boxes[v].width / 2, >=, -0.01);
        g_assert_cmpfloat(d->centers[v].x + g->boxes[v].width / 2, <=, d->width + 0.01);
        g_assert_cmpfloat(d->centers[v].y - g->boxes[v].height / 2, >=, -0.01);
        g_assert_cmpfloat(d->centers[v].y + g->boxes[v].height / 2, <=, d->height + 0.01);
        for (size_t w = 0; w < v; w++) {
            double dx = fabs(d->centers[v].x - d->centers[w].x);
            double dy = fabs(d->centers[v].y - d->centers[w].y);
            g_assert_true(dx >= (g->boxes[v].width + g->boxes[w].width) / 2 - 0.01 ||
                          dy >= (g->boxes[v].height + g->boxes[w].height) / 2 - 0.01);
        }
    }
}

static void check_edges(const CpaLayoutGraph *g, const CpaLayered *d)
{
    for (size_t e = 0; e < g->n_edges; e++) {
        size_t n = 0;
        const CpaPoint *points = cpa_layered_spline(d, e, &n);
        uint32_t src = g->edges[e].src;
        uint32_t dst = g->edges[e].dst;
        g_assert_cmpuint(n, >=, 4);
        g_assert_cmpuint(n % 3, ==, 1);
        g_assert_true(isfinite(d->labels[e].x) && isfinite(d->labels[e].y));
        g_assert_cmpfloat(fabs(depth_in(points[0], d->centers[src], g->boxes[src])), <, 0.01);
        g_assert_cmpfloat(fabs(depth_in(points[n - 1], d->centers[dst], g->boxes[dst])), <, 0.01);
        for (size_t i = 0; i + 3 < n; i += 3) {
            for (int k = 0; k <= 24; k++) {
                CpaPoint p = on_curve(points + i, k / 24.0);
                for (size_t v = 0; v < g->n_nodes; v++) {
                    if (v != src && v != dst) {
                        g_assert_cmpfloat(depth_in(p, d->centers[v], g->boxes[v]), <, 1.5);
                    }
                }
            }
        }
    }
}

/* Labels stand clear of boxes and of each other. */
static void check_labels(const CpaLayoutGraph *g, const CpaLayered *d)
{
    for (size_t e = 0; e < g->n_edges; e++) {
        CpaLayoutBox label = g->edges[e].label;
        if (label.width == 0 || g->edges[e].src == g->edges[e].dst) {
            continue;
        }
        for (size_t v = 0; v < g->n_nodes; v++) {
            double dx = fabs(d->labels[e].x - d->centers[v].x);
            double dy = fabs(d->labels[e].y - d->centers[v].y);
            g_assert_true(dx >= (label.width + g->boxes[v].width) / 2 - 0.01 ||
                          dy >= (label.height + g->boxes[v].height) / 2 - 0.01);
        }
        for (size_t f = 0; f < e; f++) {
            CpaLayoutBox other = g->edges[f].label;
            double dx = fabs(d->labels[e].x - d->labels[f].x);
            double dy = fabs(d->labels[e].y - d->labels[f].y);
            g_assert_true(other.width == 0 || dx >= (label.width + other.width) / 2 - 0.01 ||
                          dy >= (label.height + other.height) / 2 - 0.01);
        }
    }
}

static void check_drawing(const CpaLayoutGraph *g, const CpaLayered *d)
{
    check_boxes(g, d);
    check_edges(g, d);
    check_labels(g, d);
}

static void test_random(void)
{
    static const size_t sizes[][2] = {{2, 1},   {3, 6},   {8, 7},  {12, 30},
                                      {30, 35}, {40, 90}, {90, 60}};
    for (uint32_t seed = 0; seed < 60; seed++) {
        for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
            Sample s = random_sample(seed, sizes[i][0], sizes[i][1], seed % 3 != 0);
            uint64_t budget = seed % 2 == 0 ? 0 : 1 + seed * seed * 7;
            g_autoptr(CpaLayered) d =
                cpa_layered_new(&s.graph, &(CpaLayoutOptions){.budget_steps = budget});
            check_drawing(&s.graph, d);
            sample_clear(&s);
        }
    }
}

/* The corner stays free, and components move together as far as their outlines let them. */
static void test_corner(void)
{
    for (uint32_t seed = 0; seed < 40; seed++) {
        Sample s = random_sample(seed, 30, 12 + seed, seed % 2 == 0);
        CpaLayoutOptions opts = {.corner = {.width = 40 + 7 * seed, .height = 30 + 9 * (seed % 8)}};
        g_autoptr(CpaLayered) d = cpa_layered_new(&s.graph, &opts);
        check_drawing(&s.graph, d);
        CpaPoint center = {.x = opts.corner.width / 2, .y = opts.corner.height / 2};
        for (size_t v = 0; v < d->n_nodes; v++) {
            double dx = fabs(d->centers[v].x - center.x);
            double dy = fabs(d->centers[v].y - center.y);
            g_assert_true(dx >= (s.boxes[v].width + opts.corner.width) / 2 ||
                          dy >= (s.boxes[v].height + opts.corner.height) / 2);
        }
        for (size_t i = 0; i < d->edge_first[d->n_edges]; i++) {
            g_assert_cmpfloat(depth_in(d->points[i], center, opts.corner), <=, 0);
        }
        sample_clear(&s);
    }
    /* A small component fits beside the narrow end of one that grows wide below. */
    Sample s = sample_new(12, 9);
    for (uint32_t e = 0; e < 9; e++) {
        s.edges[e] = (CpaLayoutEdge){.src = 0, .dst = e + 1, .weight = 1};
    }
    g_autoptr(CpaLayered) d = cpa_layered_new(&s.graph, &(CpaLayoutOptions){0});
    check_drawing(&s.graph, d);
    g_assert_cmpfloat(d->centers[10].x, <, d->centers[0].x + 9 * 72);
    g_assert_cmpfloat(d->centers[11].x, <, d->width);
    g_assert_cmpfloat(d->height, <, 4 * 72);
    sample_clear(&s);
}

static void test_deterministic(void)
{
    Sample s = random_sample(7, 60, 140, true);
    g_autoptr(CpaLayered) a = cpa_layered_new(&s.graph, &(CpaLayoutOptions){0});
    g_autoptr(CpaLayered) b = cpa_layered_new(&s.graph, &(CpaLayoutOptions){0});
    size_t n_points = a->edge_first[a->n_edges];
    g_assert_cmpmem(a->centers, a->n_nodes * sizeof *a->centers, b->centers,
                    b->n_nodes * sizeof *b->centers);
    g_assert_cmpmem(a->points, n_points * sizeof *a->points, b->points,
                    b->edge_first[b->n_edges] * sizeof *b->points);
    sample_clear(&s);
}

static void test_tiny(void)
{
    Sample none = sample_new(0, 0);
    g_autoptr(CpaLayered) a = cpa_layered_new(&none.graph, &(CpaLayoutOptions){0});
    g_assert_cmpfloat(a->width, ==, 0);
    g_assert_cmpfloat(a->height, ==, 0);
    sample_clear(&none);

    Sample one = sample_new(1, 0);
    g_autoptr(CpaLayered) b = cpa_layered_new(&one.graph, &(CpaLayoutOptions){0});
    g_assert_cmpfloat(b->width, ==, 72);
    g_assert_cmpfloat(b->height, ==, 36);
    check_drawing(&one.graph, b);
    sample_clear(&one);

    Sample loose = sample_new(500, 0);
    g_autoptr(CpaLayered) c = cpa_layered_new(&loose.graph, &(CpaLayoutOptions){0});
    check_drawing(&loose.graph, c);
    g_assert_cmpfloat(c->width / c->height, <, 8);
    sample_clear(&loose);
}

static void test_no_size(void)
{
    Sample s = sample_new(4, 5);
    memset(s.boxes, 0, 4 * sizeof *s.boxes);
    s.boxes[3] = (CpaLayoutBox){.width = (double)NAN, .height = -1};
    s.edges[0] = (CpaLayoutEdge){.src = 0, .dst = 1, .weight = UINT32_MAX, .minlen = UINT32_MAX};
    s.edges[1] = (CpaLayoutEdge){.src = 0, .dst = 2, .label = {.width = INFINITY, .height = NAN}};
    s.edges[2] = (CpaLayoutEdge){.src = 1, .dst = 3};
    s.edges[3] = (CpaLayoutEdge){.src = 2, .dst = 3};
    s.edges[4] = (CpaLayoutEdge){.src = 0, .dst = 3};
    g_autoptr(CpaLayered) d = cpa_layered_new(&s.graph, &(CpaLayoutOptions){0});
    for (size_t i = 0; i < d->edge_first[5]; i++) {
        g_assert_true(isfinite(d->points[i].x) && isfinite(d->points[i].y));
    }
    g_assert_true(isfinite(d->width) && isfinite(d->height));
    sample_clear(&s);
}

/* Two edges between the same nodes, in one direction or in both, keep apart. */
static void test_parallel(void)
{
    for (int labels = 0; labels < 2; labels++) {
        Sample s = sample_new(2, 3);
        s.edges[0] = (CpaLayoutEdge){.src = 0, .dst = 1, .weight = 5};
        s.edges[1] = (CpaLayoutEdge){.src = 1, .dst = 0, .weight = 4};
        s.edges[2] = (CpaLayoutEdge){.src = 0, .dst = 1, .weight = 3};
        for (int e = 0; e < 3 && labels; e++) {
            s.edges[e].label = (CpaLayoutBox){.width = 50, .height = 19};
        }
        g_autoptr(CpaLayered) d = cpa_layered_new(&s.graph, &(CpaLayoutOptions){0});
        check_drawing(&s.graph, d);
        g_assert_cmpfloat(d->centers[0].y, <, d->centers[1].y);
        CpaPoint mid[3];
        for (size_t e = 0; e < 3; e++) {
            size_t n = 0;
            const CpaPoint *p = cpa_layered_spline(d, e, &n);
            mid[e] = n / 3 % 2 == 1 ? on_curve(p + n / 6 * 3, 0.5) : p[n / 6 * 3];
        }
        for (int e = 0; e < 3; e++) {
            CpaPoint a = mid[e];
            CpaPoint b = mid[(e + 1) % 3];
            g_assert_cmpfloat(hypot(a.x - b.x, a.y - b.y), >=, 5);
        }
        sample_clear(&s);
    }
}

static void test_loop(void)
{
    Sample s = sample_new(2, 2);
    s.edges[0] = (CpaLayoutEdge){.src = 0, .dst = 0};
    s.edges[1] = (CpaLayoutEdge){.src = 0, .dst = 1};
    g_autoptr(CpaLayered) d = cpa_layered_new(&s.graph, &(CpaLayoutOptions){0});
    check_drawing(&s.graph, d);
    sample_clear(&s);
}

/* Depth, fan-out and length beyond what stacks of calls and quadratic steps could take. */
static void test_large(void)
{
    Sample chain = sample_new(10000, 9999);
    Sample star = sample_new(5000, 4999);
    Sample comb = sample_new(3000, 5996);
    for (uint32_t e = 0; e < 9999; e++) {
        chain.edges[e] = (CpaLayoutEdge){.src = e, .dst = e + 1, .weight = e % 7};
    }
    for (uint32_t e = 0; e < 4999; e++) {
        star.edges[e] = (CpaLayoutEdge){.src = 0, .dst = e + 1, .weight = 1};
    }
    /* A chain with an edge from its head to every node: 9 million ranks are crossed. */
    for (uint32_t e = 0; e < 2998; e++) {
        comb.edges[e] = (CpaLayoutEdge){.src = e, .dst = e + 1, .weight = 100};
        comb.edges[2998 + e] = (CpaLayoutEdge){.src = 0, .dst = e + 1, .weight = 1};
        comb.edges[e].label = (CpaLayoutBox){.width = 40, .height = 19};
    }
    comb.graph.n_nodes = 3000;
    /* All edges there can be: every one passes all ranks between. */
    Sample full = sample_new(60, 60 * 59 / 2);
    for (uint32_t dst = 1, e = 0; dst < 60; dst++) {
        for (uint32_t src = 0; src < dst; src++, e++) {
            full.edges[e] = (CpaLayoutEdge){.src = src, .dst = dst, .weight = 1 + e % 5};
        }
    }
    const Sample *samples[] = {&chain, &star, &comb, &full};
    for (size_t i = 0; i < G_N_ELEMENTS(samples); i++) {
        gint64 start_us = g_get_monotonic_time();
        g_autoptr(CpaLayered) d = cpa_layered_new(&samples[i]->graph, &(CpaLayoutOptions){0});
        g_assert_cmpint(g_get_monotonic_time() - start_us, <, 60 * G_USEC_PER_SEC);
        g_assert_true(isfinite(d->width) && d->height > 0);
        if (samples[i] == &full) {
            /* So many lines that they share the room between boxes, and still pass none. */
            check_boxes(&full.graph, d);
            check_edges(&full.graph, d);
            check_labels(&full.graph, d);
            g_assert_cmpuint(d->edge_first[d->n_edges], <, 40 * d->n_edges);
        }
    }
    sample_clear(&chain);
    sample_clear(&star);
    sample_clear(&comb);
    sample_clear(&full);
}

/* A drawing made by hand: what is checked is the writing of it. */
static void test_plain(void)
{
    Sample s = sample_new(3, 2);
    s.edges[0] = (CpaLayoutEdge){.src = 0, .dst = 1};
    s.edges[1] = (CpaLayoutEdge){.src = 2, .dst = 0};
    static CpaPoint centers[] = {{36, 18}, {36, 108}, {126, 108}};
    static CpaPoint labels[] = {{57, 63}, {90, 63}};
    static uint32_t first[] = {0, 4, 11};
    static CpaPoint points[] = {{36, 36}, {36, 54}, {36, 72}, {36, 90}, {100, 90}, {99, 80},
                                {90, 70}, {80, 63}, {70, 56}, {60, 45}, {50, 36}};
    CpaLayered d = {.n_nodes = 3,
                    .n_edges = 2,
                    .width = 162,
                    .height = 126,
                    .centers = centers,
                    .labels = labels,
                    .edge_first = first,
                    .points = points};
    static const CpaPlainNode nodes[] = {
        {.name = "N1", .label = "main", .style = "filled", .color = 0xb20000, .fill = 0xedd5d5},
        {.name = "N2", .label = "say \"\\\"\nagain", .style = "solid", .fill = 0xf8f8f8},
        {.name = "3", .label = "", .style = "solid"},
    };
    static const CpaPlainEdge edges[] = {
        {.label = "10ms", .style = "solid", .color = 0xb2ab99},
        {.label = "", .style = "dashed"},
    };
    g_autoptr(CpaSink) out = cpa_sink_new_memory();
    cpa_plain_put(&s.graph, &d, nodes, edges, out);
    cpa_sink_putc(out, '\0');
    size_t n = 0;
    g_assert_cmpstr(
        cpa_sink_data(out, &n), ==,
        "graph 1 2.25 1.75\n"
        "node N1 0.5 1.5 1 0.5 main filled box \"#b20000\" \"#edd5d5\"\n"
        "node N2 0.5 0.25 1 0.5 \"say \\\"\\\\\\\"\\nagain\" solid box \"#000000\" \"#f8f8f8\"\n"
        "node \"3\" 1.75 0.25 1 0.5 \"\" solid box \"#000000\" \"#000000\"\n"
        "edge N1 N2 4 0.5 1.25 0.5 1 0.5 0.75 0.5 0.5 \"10ms\" 0.79167 0.875 solid \"#b2ab99\"\n"
        "edge \"3\" N1 7 1.38889 0.5 1.375 0.63889 1.25 0.77778 1.11111 0.875 0.97222 0.97222 "
        "0.83333 1.125 0.69444 1.25 dashed \"#000000\"\n"
        "stop\n");
    sample_clear(&s);
}

static void test_acyclic(void)
{
    static const uint32_t src[] = {0, 1, 2, 2, 3};
    static const uint32_t dst[] = {1, 2, 0, 3, 1};
    static const uint32_t weight[] = {10, 10, 1, 10, 2};
    bool reversed[5];
    int64_t budget = 1000;
    cpa_acyclic(4, 5, src, dst, weight, &budget, reversed);
    g_assert_false(reversed[0] || reversed[1] || reversed[3]);
    g_assert_true(reversed[2] && reversed[4]);
}

static int64_t cost_of(const CpaSimplex *g, const int32_t *rank)
{
    int64_t cost = 0;
    for (size_t e = 0; e < g->n_edges; e++) {
        int32_t length = rank[g->head[e]] - rank[g->tail[e]];
        if (length < g->min_len[e]) {
            return INT64_MAX;
        }
        cost += (int64_t)g->weight[e] * length;
    }
    return cost;
}

/* The simplex against every assignment of ranks 0 .. 5 to six nodes. */
static void test_simplex(void)
{
    GRand *random = g_rand_new_with_seed(1);
    for (int round = 0; round < 40; round++) {
        uint32_t tail[10];
        uint32_t head[10];
        int32_t weight[10];
        int32_t min_len[10];
        for (uint32_t e = 0; e < 10; e++) {
            head[e] = e < 5 ? e + 1 : (uint32_t)g_rand_int_range(random, 1, 6);
            tail[e] = (uint32_t)g_rand_int_range(random, 0, (int)head[e]);
            weight[e] = g_rand_int_range(random, 0, 9);
            min_len[e] = g_rand_int_range(random, 0, 2);
        }
        CpaSimplex g = {.n_nodes = 6,
                        .n_edges = 10,
                        .tail = tail,
                        .head = head,
                        .weight = weight,
                        .min_len = min_len};
        int64_t best = INT64_MAX;
        for (int code = 0; code < 6 * 6 * 6 * 6 * 6 * 6; code++) {
            int32_t rank[6];
            for (int v = 0, rest = code; v < 6; v++, rest /= 6) {
                rank[v] = rest % 6;
            }
            best = MIN(best, cost_of(&g, rank));
        }
        int32_t rank[6];
        int64_t budget = 100000;
        cpa_rank(&g, &budget, rank);
        g_assert_cmpint(cost_of(&g, rank), ==, best);
    }
    g_rand_free(random);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/layout/tiny", test_tiny);
    g_test_add_func("/layout/acyclic", test_acyclic);
    g_test_add_func("/layout/simplex", test_simplex);
    g_test_add_func("/layout/random", test_random);
    g_test_add_func("/layout/corner", test_corner);
    g_test_add_func("/layout/deterministic", test_deterministic);
    g_test_add_func("/layout/no-size", test_no_size);
    g_test_add_func("/layout/parallel", test_parallel);
    g_test_add_func("/layout/loop", test_loop);
    g_test_add_func("/layout/large", test_large);
    g_test_add_func("/layout/plain", test_plain);
    return g_test_run();
}
