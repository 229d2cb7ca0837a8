/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counting: the graph and the call tree against what sets per sample count, the way that the
 * counting rule is written down. The fast ways (square or slots, one worker or several) must not
 * show in the result.
 */
#include "graph/graph.h"

#include <string.h>

#include "base/parallel.h"
#include "base/units.h"
#include "base/vec.h"
#include "profile/builder.h"

/* --- Profiles --------------------------------------------------------------------------------- */

static CpaStrId intern(CpaBuilder *b, const char *text)
{
    return cpa_builder_intern(b, text, -1);
}

static CpaBuilder *new_builder(void)
{
    CpaBuilder *b = cpa_builder_new();
    cpa_builder_add_sample_type(b, intern(b, "n"), intern(b, "count"));
    cpa_builder_add_sample_type(b, intern(b, "t"), intern(b, "ns"));
    return b;
}

static CpaProfile *finish(CpaBuilder *b)
{
    g_autoptr(GError) error = NULL;
    CpaProfile *p = cpa_builder_finish(b, &error);
    g_assert_no_error(error);
    return p;
}

/* "outer>inlined": every frame is a location and functions of its own, so that names tell. */
static uint32_t add_location(CpaBuilder *b, const char *text)
{
    g_auto(GStrv) names = g_strsplit(text, ">", -1);
    uint32_t n = g_strv_length(names);
    g_autofree CpaLine *lines = g_new0(CpaLine, n + 1);
    for (uint32_t i = 0; i < n; i++) {
        CpaFunction f = {.name = intern(b, names[i])};
        lines[n - 1 - i].function = cpa_builder_add_function(b, &f);
    }
    return cpa_builder_add_location(b, &(CpaLocation){.mapping = CPA_NONE}, lines, n);
}

/* Lines "root;...;leaf value"; "-" is an empty stack. The first value is 2 for all. */
static CpaProfile *new_profile(const char *const *lines)
{
    g_autoptr(CpaBuilder) b = new_builder();
    for (; *lines != NULL; lines++) {
        g_auto(GStrv) words = g_strsplit(*lines, " ", 2);
        g_auto(GStrv) frames = g_strsplit(strcmp(words[0], "-") == 0 ? "" : words[0], ";", -1);
        for (guint i = g_strv_length(frames); i > 0; i--) {
            cpa_builder_sample_frame(b, add_location(b, frames[i - 1]));
        }
        cpa_builder_sample_value(b, 2);
        cpa_builder_sample_value(b, g_ascii_strtoll(words[1], NULL, 10));
        cpa_builder_sample_end(b);
    }
    return finish(b);
}

typedef struct {
    guint32 seed;
    uint32_t n_names;
    uint32_t n_locations; /* some of no line, some of up to four */
    size_t n_samples;
    int max_depth;
    int min_value;
    bool with_labels;
    uint32_t n_unused; /* locations and names that no sample has */
} Shape;

static void add_random_labels(CpaBuilder *b, GRand *rand)
{
    static const char *const values[] = {"x", "y", "z"};
    static const char *const keys[] = {"b", "a", "pprof::base"};
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        for (int n = g_rand_int_range(rand, 0, 3); n > 0; n--) {
            cpa_builder_sample_label_str(b, intern(b, keys[i]),
                                         intern(b, values[g_rand_int_range(rand, 0, 3)]));
        }
    }
    for (int n = g_rand_int_range(rand, 0, 3); n > 0; n--) {
        cpa_builder_sample_label_num(b, intern(b, "bytes"), 1000 * g_rand_int_range(rand, 1, 5),
                                     intern(b, "bytes"));
        cpa_builder_sample_label_num(b, intern(b, "other"), n, CPA_LABEL_NO_UNIT);
    }
}

static CpaProfile *new_random(const Shape *shape)
{
    g_autoptr(CpaBuilder) b = new_builder();
    g_autoptr(GRand) rand = g_rand_new_with_seed(shape->seed);
    uint32_t n_functions = shape->n_names + shape->n_names / 8;
    for (uint32_t i = 0; i < n_functions + shape->n_unused; i++) {
        /* Some names come twice, with another system name. */
        bool again = i >= shape->n_names && i < n_functions;
        g_autofree char *name = g_strdup_printf("f%u", again ? i - shape->n_names : i);
        CpaFunction f = {.name = intern(b, name), .system_name = intern(b, again ? "s" : "")};
        cpa_builder_add_function(b, &f);
    }
    for (uint32_t i = 0; i < shape->n_locations; i++) {
        CpaLine lines[4] = {{0}};
        uint32_t n_lines = 1;
        if (g_rand_int_range(rand, 0, 4) == 0) {
            n_lines = (uint32_t)g_rand_int_range(rand, 0, 5);
        }
        for (uint32_t k = 0; k < n_lines; k++) {
            lines[k].function = (uint32_t)g_rand_int_range(rand, 0, (gint32)n_functions);
        }
        if (n_lines == 1) {
            lines[0].function = i % n_functions; /* all of them occur */
        }
        cpa_builder_add_location(b, &(CpaLocation){.mapping = CPA_NONE}, lines, n_lines);
    }
    for (uint32_t i = 0; i < shape->n_unused; i++) {
        CpaLine line = {.function = n_functions + i};
        cpa_builder_add_location(b, &(CpaLocation){.mapping = CPA_NONE}, &line, 1);
    }
    for (size_t s = 0; s < shape->n_samples; s++) {
        gint32 last = 0;
        for (int n = g_rand_int_range(rand, 0, shape->max_depth + 1); n > 0; n--) {
            /* Recursion is common, and so are near neighbours. */
            gint32 range = (gint32)shape->n_locations;
            last = g_rand_int_range(rand, 0, 3) == 0
                       ? g_rand_int_range(rand, 0, range)
                       : (last + g_rand_int_range(rand, 0, 3)) % range;
            cpa_builder_sample_frame(b, (uint32_t)last);
        }
        cpa_builder_sample_value(b, g_rand_int_range(rand, 0, 4));
        cpa_builder_sample_value(b, g_rand_int_range(rand, shape->min_value, 40));
        if (shape->with_labels) {
            add_random_labels(b, rand);
        }
        cpa_builder_sample_end(b);
    }
    return finish(b);
}

/* --- The slow way ----------------------------------------------------------------------------- */

typedef struct {
    int64_t flat;
    int64_t flat_div;
    int64_t cum; /* of an edge: its weight */
    int64_t cum_div;
    bool is_residual;
    bool is_inline;
} Sums;

/* Nodes are names, edges "caller callee". */
typedef struct {
    GHashTable *nodes;
    GHashTable *edges;
    int64_t total;
} Naive;

static Sums *find_sums(GHashTable *table, const char *key)
{
    Sums *sums = g_hash_table_lookup(table, key);
    if (sums == NULL) {
        sums = g_new0(Sums, 1);
        sums->is_inline = true;
        g_hash_table_insert(table, g_strdup(key), sums);
    }
    return sums;
}

typedef struct {
    const char *name;
    bool is_inlined; /* not the outermost line of its location */
} Step;

/* The stack of a sample from the root on. */
static size_t unroll(const CpaView *v, size_t s, Step *steps, size_t max)
{
    size_t n = 0;
    for (uint64_t i = v->end[s]; i > v->begin[s]; i--) {
        const CpaLocation *l = &v->locations[v->frames[i - 1]];
        for (uint32_t k = l->n_lines; k > 0; k--) {
            const CpaFunction *f = &v->functions[v->lines[l->line_first + k - 1].function];
            g_assert_cmpuint(n, <, max);
            steps[n++] = (Step){cpa_view_str(v, f->name), k < l->n_lines};
        }
        if (l->n_lines == 0) {
            g_assert_cmpuint(n, <, max);
            steps[n++] = (Step){"", false};
        }
    }
    return n;
}

enum { MAX_STEPS = 400 };

static void count_naively(Naive *naive, const CpaView *v, size_t s, int64_t weight, int64_t div,
                          GHashTable *kept)
{
    Step steps[MAX_STEPS];
    size_t n = unroll(v, s, steps, MAX_STEPS);
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    const char *parent = NULL;
    bool residual = false;
    for (size_t i = 0; i < n; i++) {
        const char *name = steps[i].name;
        if (g_hash_table_add(seen, g_strdup(name))) {
            Sums *node = find_sums(naive->nodes, name);
            node->cum += weight;
            node->cum_div += div;
        }
        if (kept != NULL && !g_hash_table_contains(kept, name)) {
            residual = true;
            continue;
        }
        if (parent != NULL && strcmp(parent, name) != 0) {
            g_autofree char *key = g_strconcat(parent, " ", name, NULL);
            if (g_hash_table_add(seen, g_strdup(key))) {
                Sums *edge = find_sums(naive->edges, key);
                edge->cum += weight;
                edge->cum_div += div;
                edge->is_residual = edge->is_residual || residual;
                edge->is_inline = edge->is_inline && steps[i].is_inlined;
            }
        }
        parent = name;
        residual = false;
    }
    if (n > 0) {
        Sums *leaf = find_sums(naive->nodes, steps[n - 1].name);
        leaf->flat += weight;
        leaf->flat_div += div;
        naive->total += weight;
    }
}

static GHashTable *new_sums(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
}

/* @kept: (nullable): names of the nodes that edges connect */
static void naive_init(Naive *naive, const CpaView *v, const CpaGraphOptions *o, GHashTable *kept)
{
    *naive = (Naive){.nodes = new_sums(), .edges = new_sums()};
    for (size_t s = 0; s < v->n_samples; s++) {
        int64_t weight = cpa_view_values(v, s)[o->value_index];
        int64_t div = o->mean ? cpa_view_values(v, s)[0] : 0;
        if (weight != 0 || div != 0) {
            count_naively(naive, v, s, weight, div, kept);
        }
    }
}

static void naive_clear(Naive *naive)
{
    g_hash_table_unref(naive->nodes);
    g_hash_table_unref(naive->edges);
}

/* --- Comparing -------------------------------------------------------------------------------- */

static const char *node_name(const CpaGraph *g, uint32_t node)
{
    return cpa_strtab_get(g->strings, g->nodes[node].info.name);
}

static char *edge_key(const CpaGraph *g, const CpaEdge *edge)
{
    return g_strconcat(node_name(g, edge->src), " ", node_name(g, edge->dst), NULL);
}

static uint64_t magnitude(int64_t x)
{
    return x < 0 ? 0 - (uint64_t)x : (uint64_t)x;
}

static GHashTable *listed_names(const CpaGraph *g)
{
    GHashTable *names = g_hash_table_new(g_str_hash, g_str_equal);
    for (uint32_t i = 0; i < g->n_nodes; i++) {
        g_assert_true(g_hash_table_add(names, (gpointer)(uintptr_t)node_name(g, i)));
    }
    return names;
}

/* Both lists of a node's edges: all edges, each where it belongs, heaviest first. */
static void check_adjacency(const CpaGraph *g)
{
    g_assert_cmpuint(g->in_first[g->n_all_nodes], ==, g->n_edges);
    g_assert_cmpuint(g->out_first[g->n_all_nodes], ==, g->n_edges);
    for (uint32_t i = 0; i < g->n_all_nodes; i++) {
        for (uint32_t k = g->in_first[i]; k < g->in_first[i + 1]; k++) {
            g_assert_cmpuint(g->edges[g->in_edge[k]].dst, ==, i);
            g_assert_true(k == g->in_first[i] || g->in_edge[k - 1] < g->in_edge[k]);
        }
        for (uint32_t k = g->out_first[i]; k < g->out_first[i + 1]; k++) {
            g_assert_cmpuint(g->edges[g->out_edge[k]].src, ==, i);
            g_assert_true(k == g->out_first[i] || g->out_edge[k - 1] < g->out_edge[k]);
        }
    }
    for (uint32_t i = 1; i < g->n_edges; i++) {
        g_assert_cmpuint(magnitude(g->edges[i - 1].weight), >=, magnitude(g->edges[i].weight));
    }
}

/* @times: how often the samples of @naive are in @g */
static void check_nodes(const CpaGraph *g, const Naive *naive, const CpaGraphOptions *o,
                        int64_t times)
{
    int64_t flat = 0;
    for (uint32_t i = 0; i < g->n_all_nodes; i++) {
        const CpaNode *node = &g->nodes[i];
        const Sums *sums = g_hash_table_lookup(naive->nodes, node_name(g, i));
        g_assert_nonnull(sums);
        g_assert_cmpint(node->flat, ==, sums->flat * times);
        g_assert_cmpint(node->cum, ==, sums->cum * times);
        g_assert_cmpint(node->flat_div, ==, sums->flat_div * times);
        g_assert_cmpint(node->cum_div, ==, sums->cum_div * times);
        flat += node->flat;
        if (i < g->n_nodes) {
            g_assert_true(node->flat != 0 || node->cum != 0);
        } else {
            g_assert_true(node->flat == 0 && node->cum == 0);
        }
        if (i > 0 && i < g->n_nodes) {
            int64_t before = o->cum_sort ? node[-1].cum : node[-1].flat;
            g_assert_cmpuint(magnitude(before), >=,
                             magnitude(o->cum_sort ? node->cum : node->flat));
        }
    }
    /* None is missing before the cut by number. */
    uint32_t n_weighty = 0;
    int64_t naive_flat = 0;
    GHashTableIter iter;
    gpointer value = NULL;
    g_hash_table_iter_init(&iter, naive->nodes);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const Sums *sums = value;
        n_weighty += sums->flat != 0 || sums->cum != 0;
        naive_flat += sums->flat;
    }
    g_assert_cmpint(naive_flat, ==, naive->total);
    g_assert_cmpuint(g->n_orig_nodes + g->n_dropped_nodes, ==, n_weighty);
    if (g->n_nodes == n_weighty) {
        g_assert_cmpint(flat, ==, naive->total * times);
    }
}

static void check_edge(const CpaGraph *g, const CpaEdge *edge, const Naive *naive, int64_t times)
{
    g_autofree char *key = edge_key(g, edge);
    const Sums *sums = g_hash_table_lookup(naive->edges, key);
    if (sums == NULL) {
        g_error("there is no edge %s", key);
    }
    g_assert_cmpint(edge->weight, ==, sums->cum * times);
    g_assert_cmpint(edge->weight_div, ==, sums->cum_div * times);
    g_assert_cmpint(edge->is_residual, ==, sums->is_residual);
    g_assert_cmpint(edge->is_inline, ==, sums->is_inline);
}

/* @view: what @g was counted from, or a @times-th of it */
static void check_graph(const CpaGraph *g, const CpaView *view, const CpaGraphOptions *o,
                        int64_t times)
{
    bool is_cut = g->n_dropped_nodes > 0 || g->n_nodes < g->n_orig_nodes;
    g_autoptr(GHashTable) listed = listed_names(g);
    Naive naive;
    naive_init(&naive, view, o, is_cut ? listed : NULL);
    check_nodes(g, &naive, o, times);
    check_adjacency(g);
    for (uint32_t i = 0; i < g->n_edges; i++) {
        check_edge(g, &g->edges[i], &naive, times);
    }
    /* None is missing: light ones alone may be. */
    uint64_t cutoff = (uint64_t)((double)(naive.total * times) * o->edge_frac);
    uint32_t n_expected = 0;
    GHashTableIter iter;
    gpointer key = NULL;
    gpointer value = NULL;
    g_hash_table_iter_init(&iter, naive.edges);
    while (g_hash_table_iter_next(&iter, &key, &value)) {
        const Sums *edge = value;
        const char *dst = strchr(key, ' ') + 1;
        n_expected += magnitude(edge->cum * times) >= cutoff || !g_hash_table_contains(listed, dst);
    }
    g_assert_cmpuint(g->n_edges, ==, n_expected);
    naive_clear(&naive);
}

/* Nodes and edges in report order: "a 1/2 a->b 3ri ..." */
static char *dump(const CpaGraph *g)
{
    GString *out = g_string_new(NULL);
    for (uint32_t i = 0; i < g->n_all_nodes; i++) {
        const CpaNode *node = &g->nodes[i];
        g_string_append_printf(out, "%s%s%s %" G_GINT64_FORMAT "/%" G_GINT64_FORMAT,
                               i > 0 ? " " : "", i >= g->n_nodes ? "*" : "", node_name(g, i),
                               cpa_node_flat(node), cpa_node_cum(node));
    }
    for (uint32_t i = 0; i < g->n_edges; i++) {
        const CpaEdge *edge = &g->edges[i];
        g_string_append_printf(out, " %s->%s %" G_GINT64_FORMAT "%s%s", node_name(g, edge->src),
                               node_name(g, edge->dst), cpa_edge_weight(edge),
                               edge->is_residual ? "r" : "", edge->is_inline ? "i" : "");
    }
    return g_string_free(out, FALSE);
}

/* --- By hand ---------------------------------------------------------------------------------- */

static void test_rule(void)
{
    static const struct {
        const char *stacks[5];
        const char *out;
        CpaGraphOptions options;
    } cases[] = {
        {{"a;b;c 5", "a;b 7", "a;c 1"}, "b 7/12 c 6/6 a 0/13 a->b 12 b->c 5 a->c 1", {0}},
        {{"a;b;c 5", "a;b 7", "a;c 1"},
         "a 0/13 b 7/12 c 6/6 a->b 12 b->c 5 a->c 1",
         {.cum_sort = true}},
        /* Recursion: once per sample and node, once per sample and edge; no calls to itself. */
        {{"a;b;a;b;a 5"}, "a 5/5 b 0/5 a->b 5 b->a 5", {0}},
        {{"a;a;a 5", "a 3"}, "a 8/8", {0}},
        {{"a;b;b;c 5", "c;a;b;c 2"}, "c 7/7 a 0/7 b 0/7 a->b 7 b->c 7 c->a 2", {0}},
        /* Inlined calls: the innermost one is the leaf; one real call makes the edge real. */
        {{"m;f>g>h 5"}, "h 5/5 f 0/5 g 0/5 m 0/5 f->g 5i g->h 5i m->f 5", {0}},
        {{"m;f>g 5", "m;f;g 1"}, "g 6/6 f 0/6 m 0/6 f->g 6 m->f 6", {0}},
        {{"f>g>f;g 5"}, "g 5/5 f 0/5 f->g 5i g->f 5i", {0}},
        {{"f;g;x;f>g 5"}, "g 5/5 f 0/5 x 0/5 f->g 5 g->x 5 x->f 5", {0}},
        /* Nothing comes from empty stacks and zero values. */
        {{"- 100", "a;b 0", "a 1"}, "a 1/1", {0}},
        {{"- 100"}, "", {0}},
        /* What cancels out is not shown, but edges lead there. */
        {{"a;b 5", "c;b -5", "d 1"}, "d 1/1 a 0/5 c 0/-5 *b 0/0 a->b 5 c->b -5", {0}},
        {{"a;b -5", "a;c 1"}, "c 1/1 *a 0/-4 *b -5/-5 a->b -5 a->c 1", {.drop_negative = true}},
        /* Removed nodes are passed over; their weight goes nowhere. */
        {{"a;x;b 5", "a;b 1", "a 9"}, "a 9/15 b 6/6 a->b 6r", {.nodecount = 2}},
        {{"a;x;a;b 5", "a;y 4"}, "a 0/9 b 5/5 a->b 5", {.nodecount = 2, .cum_sort = true}},
        {{"a;x;b>c 5", "a 9", "x 1"}, "a 9/14 c 5/5 a->c 5ri", {.nodecount = 2}},
        {{"a;b;c 90", "a;l;c 10"},
         "c 100/100 a 0/100 b 0/90 a->b 90 b->c 90 a->c 10r",
         {.node_frac = 0.2}},
        /* Edges that are lighter than the cut-off. */
        {{"a;b 90", "c;b 9", "c 1"}, "b 99/99 c 1/10 a 0/90 a->b 90", {.edge_frac = 0.1}},
        {{"a;b 90", "c;b 10", "c 1"},
         "b 100/100 c 1/11 a 0/90 a->b 90 c->b 10",
         {.edge_frac = 0.1}},
        {{"a;b 90", "c 10"}, "b 90/90 c 10/10 a 0/90 a->b 90", {.node_frac = 0.1}},
        {{"a;b 91", "c 9"}, "b 91/91 a 0/91 a->b 91", {.node_frac = 0.1}},
        {{"a;b 90", "c;b 10", "d;b -1"},
         "b 90/90 b 10/10 b -1/-1 a 0/90 c 0/10 d 0/-1 a->b 90 c->b 10 d->b -1",
         {.call_tree = true}},
        {{"a;b 90", "c;b 10"},
         "b 90/90 b 10/10 a 0/90 c 0/10 a->b 90 c->b 10",
         {.call_tree = true, .edge_frac = 0.1}},
        {{"a;b 91", "c;b 9"},
         "b 91/91 b 9/9 a 0/91 c 0/9 a->b 91",
         {.call_tree = true, .edge_frac = 0.1}},
        /* Means divide each sum by the sum of the first value, which is 2 per sample. */
        {{"a;b 9", "a 5"}, "b 4/4 a 2/3 a->b 4", {.mean = true}},
        {{"a;b 0", "a 8"}, "a 4/2 *b 0/0 a->b 0", {.mean = true}},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(CpaProfile) p = new_profile(cases[i].stacks);
        g_autoptr(CpaView) v = cpa_view_new(p);
        CpaGraphOptions o = cases[i].options;
        o.value_index = 1;
        o.want_edges = true;
        g_autoptr(CpaGraph) g = cpa_graph_new(v, &o);
        g_autofree char *text = dump(g);
        if (strcmp(text, cases[i].out) != 0) {
            g_error("case %zu gives\n%s\nnot\n%s", i, text, cases[i].out);
        }
    }
}

/* --- Random profiles -------------------------------------------------------------------------- */

static void test_random(void)
{
    static const Shape shapes[] = {
        {.seed = 1, .n_names = 5, .n_locations = 9, .n_samples = 300, .max_depth = 8},
        {.seed = 2,
         .n_names = 40,
         .n_locations = 60,
         .n_samples = 300,
         .max_depth = 30,
         .min_value = -20},
        {.seed = 3, .n_names = 300, .n_locations = 300, .n_samples = 200, .max_depth = 20},
        {.seed = 4,
         .n_names = 3,
         .n_locations = 40,
         .n_samples = 50,
         .max_depth = 12,
         .min_value = -20},
    };
    static const int nodecounts[] = {0, 1, 2, 3, 7, 20, 100};
    for (size_t i = 0; i < G_N_ELEMENTS(shapes); i++) {
        g_autoptr(CpaProfile) p = new_random(&shapes[i]);
        for (size_t k = 0; k < G_N_ELEMENTS(nodecounts); k++) {
            g_autoptr(CpaView) v = cpa_view_new(p);
            CpaGraphOptions o = {
                .value_index = k % 2,
                .mean = k % 3 == 2,
                .cum_sort = (i + k) % 2 == 0,
                .want_edges = true,
                .nodecount = nodecounts[k],
                .edge_frac = k == 4 ? 0.01 : 0,
            };
            g_autoptr(CpaGraph) g = cpa_graph_new(v, &o);
            g_assert_true(o.nodecount == 0 || g->n_nodes <= (uint32_t)o.nodecount);
            check_graph(g, v, &o, 1);
        }
    }
}

static void test_node_frac(void)
{
    static const Shape shape = {
        .seed = 5, .n_names = 100, .n_locations = 150, .n_samples = 300, .max_depth = 10};
    g_autoptr(CpaProfile) p = new_random(&shape);
    static const double fracs[] = {0.01, 0.05, 0.08, 0.5};
    uint32_t n_before = UINT32_MAX;
    for (size_t i = 0; i < G_N_ELEMENTS(fracs); i++) {
        g_autoptr(CpaView) v = cpa_view_new(p);
        CpaGraphOptions o = {.value_index = 1, .want_edges = true, .node_frac = fracs[i]};
        g_autoptr(CpaGraph) g = cpa_graph_new(v, &o);
        check_graph(g, v, &o, 1);
        Naive naive;
        naive_init(&naive, v, &o, NULL);
        uint64_t cutoff = (uint64_t)((double)naive.total * fracs[i]);
        uint32_t n_heavy = 0;
        GHashTableIter iter;
        gpointer value = NULL;
        g_hash_table_iter_init(&iter, naive.nodes);
        while (g_hash_table_iter_next(&iter, NULL, &value)) {
            n_heavy += magnitude(((const Sums *)value)->cum) >= cutoff;
        }
        naive_clear(&naive);
        g_assert_cmpuint(g->n_nodes, ==, n_heavy);
        g_assert_cmpuint(g->n_nodes, <, n_before);
        n_before = g->n_nodes;
    }
}

/* Reports without edges ask for those alone that can show that a callee was inlined. */
static void test_inline_marks(void)
{
    static const Shape shape = {
        .seed = 6, .n_names = 60, .n_locations = 60, .n_samples = 300, .max_depth = 10};
    g_autoptr(CpaProfile) p = new_random(&shape);
    static const int nodecounts[] = {0, 20};
    for (size_t i = 0; i < G_N_ELEMENTS(nodecounts); i++) {
        g_autoptr(CpaView) v = cpa_view_new(p);
        CpaGraphOptions o = {.value_index = 1, .nodecount = nodecounts[i]};
        g_autoptr(CpaGraph) g = cpa_graph_new(v, &o);
        g_autoptr(GHashTable) listed = listed_names(g);
        Naive naive;
        naive_init(&naive, v, &o, o.nodecount > 0 ? listed : NULL);
        check_nodes(g, &naive, &o, 1);
        uint32_t n_inline = 0;
        for (uint32_t k = 0; k < g->n_edges; k++) {
            check_edge(g, &g->edges[k], &naive, 1);
            n_inline += g->edges[k].is_inline;
        }
        uint32_t n_expected = 0;
        GHashTableIter iter;
        gpointer value = NULL;
        g_hash_table_iter_init(&iter, naive.edges);
        while (g_hash_table_iter_next(&iter, NULL, &value)) {
            n_expected += ((const Sums *)value)->is_inline;
        }
        g_assert_cmpuint(n_inline, ==, n_expected);
        g_assert_cmpuint(n_inline, >, 0);
        g_assert_cmpuint(g->n_edges, <, g_hash_table_size(naive.edges));
        naive_clear(&naive);
    }
}

/* Up to 1448 nodes edges are counted in a square, beyond that in slots. */
enum { MAX_SQUARE_SIDE = 1448 };

static void test_square_and_slots(void)
{
    static const Shape few = {.seed = 7,
                              .n_names = 900,
                              .n_locations = 1000,
                              .n_samples = 1500,
                              .max_depth = 12,
                              .min_value = -20};
    Shape many = few;
    many.n_unused = 1000;
    g_autoptr(CpaProfile) square = new_random(&few);
    g_autoptr(CpaProfile) slots = new_random(&many);
    for (int mean = 0; mean < 2; mean++) {
        g_autoptr(CpaView) v = cpa_view_new(square);
        g_autoptr(CpaView) w = cpa_view_new(slots);
        CpaGraphOptions o = {.value_index = 1, .want_edges = true, .mean = mean == 1};
        g_autoptr(CpaGraph) g = cpa_graph_new(v, &o);
        g_autoptr(CpaGraph) h = cpa_graph_new(w, &o);
        g_autofree char *text = dump(g);
        g_autofree char *other = dump(h);
        g_assert_cmpuint(g->n_edges, >, 4000); /* the slots grow on the way */
        g_assert_cmpstr(text, ==, other);
    }

    static const Shape large = {
        .seed = 8, .n_names = 2000, .n_locations = 2200, .n_samples = 800, .max_depth = 40};
    static const int nodecounts[] = {0, MAX_SQUARE_SIDE, MAX_SQUARE_SIDE + 1};
    g_autoptr(CpaProfile) p = new_random(&large);
    for (size_t i = 0; i < G_N_ELEMENTS(nodecounts); i++) {
        g_autoptr(CpaView) v = cpa_view_new(p);
        CpaGraphOptions o = {.value_index = 1,
                             .want_edges = true,
                             .nodecount = nodecounts[i],
                             .cum_sort = true,
                             .mean = i == 2};
        g_autoptr(CpaGraph) g = cpa_graph_new(v, &o);
        g_assert_cmpuint(g->n_orig_nodes, >, MAX_SQUARE_SIDE + 1);
        check_graph(g, v, &o, 1);
    }
}

/* --- Workers ---------------------------------------------------------------------------------- */

/* Takes the place of GLib's: how many workers there are is up to the test. */
static guint n_processors = 1;

guint g_get_num_processors(void)
{
    return n_processors;
}

enum { N_ITEMS = 1003 };

static void touch(unsigned worker, size_t first, size_t last, gpointer data)
{
    guint8 *times = data;
    for (size_t i = first; i < last; i++) {
        times[i] = (guint8)(times[i] == 0 ? worker + 1 : 99);
    }
}

/* Each item is worked on once, by workers in order. */
static void test_shares(void)
{
    static const size_t sizes[] = {0, 1, 2, 15, 16, 17, N_ITEMS};
    for (unsigned n_workers = 1; n_workers <= 16; n_workers++) {
        for (size_t k = 0; k < G_N_ELEMENTS(sizes); k++) {
            guint8 times[N_ITEMS + 1] = {0};
            cpa_parallel_run(n_workers, sizes[k], touch, times);
            for (size_t i = 0; i < sizes[k]; i++) {
                g_assert_cmpuint(times[i], >=, i > 0 ? times[i - 1] : 1);
                g_assert_cmpuint(times[i], <=, n_workers);
            }
            g_assert_cmpuint(times[sizes[k]], ==, 0);
        }
    }
    g_assert_cmpuint(cpa_parallel_workers(0, 8), ==, 1);
    g_assert_cmpuint(cpa_parallel_workers(SIZE_MAX, 1), ==, 1);
    g_assert_cmpuint(cpa_parallel_workers(SIZE_MAX, 64), ==, 1);
    n_processors = 5;
    g_assert_cmpuint(cpa_parallel_workers(SIZE_MAX, 64), ==, 5);
    g_assert_cmpuint(cpa_parallel_workers(SIZE_MAX, 3), ==, 3);
    n_processors = 99;
    g_assert_cmpuint(cpa_parallel_workers(SIZE_MAX, 64), ==, 16); /* as many as run() can have */
    n_processors = 1;
}

/* A view of a profile that has each sample many times: workers meet different ones. */
static CpaView *repeat(CpaProfile *p, size_t times)
{
    CpaView *v = cpa_view_new(p);
    size_t n = p->n_samples;
    v->own_begin = g_new(uint64_t, n * times);
    v->own_end = g_new(uint64_t, n * times);
    v->own_rows = g_new(uint32_t, n * times);
    v->own_label_sets = g_new(uint32_t, n * times);
    for (size_t i = 0; i < n * times; i++) {
        v->own_begin[i] = p->frame_first[i / times];
        v->own_end[i] = p->frame_first[i / times + 1];
        v->own_rows[i] = (uint32_t)(i / times);
        v->own_label_sets[i] = p->label_sets[i / times];
    }
    v->begin = v->own_begin;
    v->end = v->own_end;
    v->rows = v->own_rows;
    v->label_sets = v->own_label_sets;
    v->n_samples = n * times;
    return v;
}

static void test_workers(gconstpointer data)
{
    enum { N_FRAMES = 4200000 };
    const Shape *shape = data;
    g_autoptr(CpaProfile) p = new_random(shape);
    size_t times = N_FRAMES / p->frame_first[p->n_samples] + 1;
    g_autoptr(CpaView) small = cpa_view_new(p);
    g_autoptr(CpaView) v = repeat(p, times);
    CpaGraphOptions o = {.value_index = 1, .want_edges = true, .mean = shape->min_value < 0};
    g_autofree char *expected = NULL;
    for (n_processors = 1; n_processors <= 4; n_processors += 3) {
        g_assert_cmpuint(cpa_parallel_workers(N_FRAMES, 64), ==, n_processors);
        g_autoptr(CpaGraph) g = cpa_graph_new(v, &o);
        g_autofree char *text = dump(g);
        if (expected == NULL) {
            check_graph(g, small, &o, (int64_t)times);
            expected = g_steal_pointer(&text);
        } else {
            g_assert_cmpstr(text, ==, expected);
        }
    }
    n_processors = 1;
}

/* --- Call tree -------------------------------------------------------------------------------- */

/* Sums per path "/root/.../node". */
static GHashTable *count_paths(const CpaView *v, const CpaGraphOptions *o)
{
    GHashTable *paths = new_sums();
    for (size_t s = 0; s < v->n_samples; s++) {
        int64_t weight = cpa_view_values(v, s)[o->value_index];
        int64_t div = o->mean ? cpa_view_values(v, s)[0] : 0;
        Step steps[MAX_STEPS];
        size_t n = weight != 0 || div != 0 ? unroll(v, s, steps, MAX_STEPS) : 0;
        g_autoptr(GString) path = g_string_new(NULL);
        for (size_t i = 0; i < n; i++) {
            g_string_append_printf(path, "/%s", steps[i].name);
            Sums *sums = find_sums(paths, path->str);
            sums->cum += weight;
            sums->cum_div += div;
            sums->is_inline = sums->is_inline && steps[i].is_inlined;
            if (i + 1 == n) {
                sums->flat += weight;
                sums->flat_div += div;
            }
        }
    }
    return paths;
}

/* Paths of the nodes of a whole tree, by context and name: these tell a node in any tree. */
static char *identity(const CpaGraph *g, uint32_t node)
{
    return g_strdup_printf("%u %s", g->nodes[node].context, node_name(g, node));
}

static GHashTable *find_paths(const CpaGraph *g)
{
    GHashTable *paths = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    for (uint32_t i = 0; i < g->n_nodes; i++) {
        g_autofree char *path = g_strdup("");
        for (uint32_t node = i;;) {
            g_autofree char *longer = g_strconcat("/", node_name(g, node), path, NULL);
            g_free(path);
            path = g_steal_pointer(&longer);
            uint32_t n_in = g->in_first[node + 1] - g->in_first[node];
            g_assert_cmpuint(n_in, <=, 1);
            if (n_in == 0) {
                break;
            }
            node = g->edges[g->in_edge[g->in_first[node]]].src;
        }
        g_assert_true(g_hash_table_insert(paths, identity(g, i), g_steal_pointer(&path)));
    }
    return paths;
}

/* The nearest ancestor of @path that is listed, or NULL; whether it is not the next one. */
static char *find_parent(const char *path, GHashTable *listed, GHashTable *sums, bool *residual,
                         bool *is_inline)
{
    g_autofree char *above = g_strdup(path);
    *residual = false;
    *is_inline = ((const Sums *)g_hash_table_lookup(sums, path))->is_inline;
    for (;;) {
        *strrchr(above, '/') = '\0';
        if (*above == '\0') {
            return NULL;
        }
        if (g_hash_table_contains(listed, above)) {
            return g_steal_pointer(&above);
        }
        *residual = true;
        *is_inline = *is_inline && ((const Sums *)g_hash_table_lookup(sums, above))->is_inline;
    }
}

static void check_tree(const CpaGraph *g, GHashTable *paths, GHashTable *sums)
{
    g_autoptr(GHashTable) listed = g_hash_table_new(g_str_hash, g_str_equal);
    g_autofree const char **path = g_new0(const char *, g->n_nodes + 1);
    for (uint32_t i = 0; i < g->n_nodes; i++) {
        g_autofree char *key = identity(g, i);
        path[i] = g_hash_table_lookup(paths, key);
        g_assert_nonnull(path[i]);
        g_assert_true(g_hash_table_add(listed, (gpointer)(uintptr_t)path[i]));
    }
    g_assert_cmpuint(g->n_all_nodes, ==, g->n_nodes);
    uint32_t n_edges = 0;
    for (uint32_t i = 0; i < g->n_nodes; i++) {
        const Sums *want = g_hash_table_lookup(sums, path[i]);
        g_assert_nonnull(want);
        g_assert_cmpint(g->nodes[i].flat, ==, want->flat);
        g_assert_cmpint(g->nodes[i].cum, ==, want->cum);
        g_assert_cmpint(g->nodes[i].flat_div, ==, want->flat_div);
        g_assert_cmpint(g->nodes[i].cum_div, ==, want->cum_div);
        bool residual = false;
        bool is_inline = false;
        g_autofree char *parent = find_parent(path[i], listed, sums, &residual, &is_inline);
        g_assert_cmpuint(g->in_first[i + 1] - g->in_first[i], ==, parent != NULL);
        if (parent != NULL) {
            const CpaEdge *edge = &g->edges[g->in_edge[g->in_first[i]]];
            g_assert_cmpstr(path[edge->src], ==, parent);
            g_assert_cmpint(edge->weight, ==, want->cum);
            g_assert_cmpint(edge->weight_div, ==, want->cum_div);
            g_assert_cmpint(edge->is_residual, ==, residual);
            g_assert_cmpint(edge->is_inline, ==, is_inline);
            n_edges++;
        }
    }
    g_assert_cmpuint(g->n_edges, ==, n_edges);
    check_adjacency(g);
}

static void test_tree(void)
{
    static const Shape shapes[] = {
        {.seed = 9,
         .n_names = 4,
         .n_locations = 9,
         .n_samples = 400,
         .max_depth = 7,
         .min_value = 1},
        {.seed = 10,
         .n_names = 50,
         .n_locations = 80,
         .n_samples = 200,
         .max_depth = 20,
         .min_value = 1},
    };
    static const int nodecounts[] = {1, 3, 10, 50, 150};
    for (size_t i = 0; i < G_N_ELEMENTS(shapes); i++) {
        g_autoptr(CpaProfile) p = new_random(&shapes[i]);
        g_autoptr(CpaView) v = cpa_view_new(p);
        CpaGraphOptions o = {
            .value_index = 1, .want_edges = true, .call_tree = true, .mean = i == 1};
        g_autoptr(GHashTable) sums = count_paths(v, &o);
        g_autoptr(CpaGraph) whole = cpa_graph_new(v, &o);
        g_autoptr(GHashTable) paths = find_paths(whole);
        check_tree(whole, paths, sums);
        if (i == 0) {
            g_assert_cmpuint(whole->n_nodes, >, 150);
        }
        for (size_t k = 0; k < G_N_ELEMENTS(nodecounts); k++) {
            o.nodecount = nodecounts[k];
            o.cum_sort = k % 2 == 1;
            g_autoptr(CpaGraph) g = cpa_graph_new(v, &o);
            g_assert_cmpuint(g->n_nodes, ==, nodecounts[k]);
            check_tree(g, paths, sums);
        }
    }
}

/* --- Tags ------------------------------------------------------------------------------------- */

static gint compare_texts(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The string labels of a sample, sorted, joined as pictures show them. */
static char *group_text(const CpaView *v, const CpaLabel *labels, size_t n)
{
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
    for (size_t i = 0; i < n; i++) {
        const char *key = cpa_view_str(v, labels[i].key);
        if (cpa_label_is_string(&labels[i]) && strcmp(key, "pprof::base") != 0) {
            const char *value = cpa_view_str(v, (CpaStrId)labels[i].value);
            g_ptr_array_add(texts, g_strdup_printf("%s:%s", key, value));
        }
    }
    g_ptr_array_sort(texts, compare_texts);
    g_ptr_array_add(texts, NULL);
    return g_strjoinv("\\n", (char **)texts->pdata);
}

/* What a sample adds to: its group, and each number of key "bytes" under that. */
static GPtrArray *sample_tags(const CpaView *v, size_t s)
{
    GPtrArray *tags = g_ptr_array_new_with_free_func(g_free);
    size_t n = 0;
    const CpaLabel *labels = cpa_label_table_get(v->labels, v->label_sets[s], &n);
    g_autofree char *group = group_text(v, labels, n);
    if (*group != '\0') {
        g_ptr_array_add(tags, g_strconcat("text  ", group, NULL));
    }
    for (size_t i = 0; i < n; i++) {
        if (!cpa_label_is_string(&labels[i]) &&
            strcmp(cpa_view_str(v, labels[i].key), "bytes") == 0) {
            char text[CPA_VALUE_TEXT_MAX];
            cpa_unit_format(text, labels[i].value, "bytes", "kb");
            g_ptr_array_add(tags, g_strconcat("number ", group, " ", text, NULL));
        }
    }
    return tags;
}

/* Sums per "node|tag". */
static GHashTable *count_tags(const CpaView *v, const CpaGraphOptions *o)
{
    GHashTable *sums = new_sums();
    for (size_t s = 0; s < v->n_samples; s++) {
        int64_t weight = cpa_view_values(v, s)[o->value_index];
        int64_t div = o->mean ? cpa_view_values(v, s)[0] : 0;
        Step steps[MAX_STEPS];
        size_t n = weight != 0 || div != 0 ? unroll(v, s, steps, MAX_STEPS) : 0;
        g_autoptr(GPtrArray) tags = sample_tags(v, s);
        g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
        for (size_t i = 0; i < n; i++) {
            bool is_new = g_hash_table_add(seen, (gpointer)(uintptr_t)steps[i].name);
            for (guint k = 0; k < tags->len; k++) {
                g_autofree char *key =
                    g_strconcat(steps[i].name, "|", g_ptr_array_index(tags, k), NULL);
                Sums *tag = find_sums(sums, key);
                tag->cum += is_new ? weight : 0;
                tag->cum_div += is_new ? div : 0;
                tag->flat += i + 1 == n ? weight : 0;
                tag->flat_div += i + 1 == n ? div : 0;
            }
        }
    }
    return sums;
}

static char *tag_key(const CpaGraph *g, uint32_t node, const CpaTag *tag)
{
    return g_strconcat(node_name(g, node), "|", tag->numeric ? "number " : "text ",
                       cpa_strtab_get(g->strings, tag->group), " ",
                       cpa_strtab_get(g->strings, tag->name), NULL);
}

static void check_tags(const CpaGraph *g, const CpaView *v, const CpaGraphOptions *o,
                       uint64_t cutoff)
{
    g_autoptr(GHashTable) listed = listed_names(g);
    g_autoptr(GHashTable) sums = count_tags(v, o);
    uint32_t n_tags = 0;
    for (uint32_t i = 0; i < g->n_nodes; i++) {
        for (uint32_t k = 0; k < g->nodes[i].n_tags; k++) {
            const CpaTag *tag = &g->nodes[i].tags[k];
            g_autofree char *key = tag_key(g, i, tag);
            const Sums *want = g_hash_table_lookup(sums, key);
            if (want == NULL) {
                g_error("there is no tag %s", key);
            }
            g_assert_cmpint(tag->flat, ==, want->flat);
            g_assert_cmpint(tag->cum, ==, want->cum);
            g_assert_cmpint(tag->flat_div, ==, want->flat_div);
            g_assert_cmpint(tag->cum_div, ==, want->cum_div);
            g_assert_cmpstr(cpa_strtab_get(g->strings, tag->unit), ==, tag->numeric ? "bytes" : "");
            g_assert_cmpint(tag->value % 1000, ==, 0);
            g_assert_cmpint(tag->value > 0, ==, tag->numeric);
            n_tags++;
        }
    }
    uint32_t n_expected = 0;
    GHashTableIter iter;
    gpointer key = NULL;
    gpointer value = NULL;
    g_hash_table_iter_init(&iter, sums);
    while (g_hash_table_iter_next(&iter, &key, &value)) {
        const Sums *tag = value;
        g_autofree char *name = g_strndup(key, (gsize)(strchr(key, '|') - (char *)key));
        n_expected += g_hash_table_contains(listed, name) &&
                      (magnitude(tag->flat) >= cutoff || magnitude(tag->cum) >= cutoff);
    }
    g_assert_cmpuint(n_tags, ==, n_expected);
    g_assert_cmpuint(n_tags, >, 0);
}

static void test_tags(void)
{
    static const Shape shapes[] = {
        {.seed = 12,
         .n_names = 10,
         .n_locations = 20,
         .n_samples = 300,
         .max_depth = 6,
         .with_labels = true},
        {.seed = 13,
         .n_names = 60,
         .n_locations = 90,
         .n_samples = 200,
         .max_depth = 12,
         .with_labels = true},
    };
    static const double fracs[] = {0, 0.001, 0.004, 0.01};
    for (size_t i = 0; i < G_N_ELEMENTS(shapes) * G_N_ELEMENTS(fracs); i++) {
        g_autoptr(CpaProfile) p = new_random(&shapes[i % 2]);
        g_autoptr(CpaView) v = cpa_view_new(p);
        g_autoptr(CpaLabelUnits) units = cpa_label_units_new(v, NULL, NULL);
        CpaGraphOptions o = {
            .value_index = 1,
            .want_tags = true,
            .mean = i % 3 == 0,
            .nodecount = i == 1 ? 5 : 0,
            .node_frac = fracs[i / 2],
            .units = units,
            .unit = "kb",
        };
        g_autoptr(CpaGraph) g = cpa_graph_new(v, &o);
        Naive naive;
        naive_init(&naive, v, &o, NULL);
        check_tags(g, v, &o, (uint64_t)((double)naive.total * o.node_frac));
        naive_clear(&naive);
    }
}

/* Flat and cum of the tags of a node, "group=name:flat/cum" in their order. */
static char *tags_text(const CpaGraph *g, const CpaNode *node)
{
    GString *out = g_string_new(node->label);
    for (uint32_t i = 0; i < node->n_tags; i++) {
        const CpaTag *tag = &node->tags[i];
        g_string_append_printf(out, " %s%s%s:%" G_GINT64_FORMAT "/%" G_GINT64_FORMAT,
                               tag->numeric ? cpa_strtab_get(g->strings, tag->group) : "",
                               tag->numeric ? "=" : "", cpa_strtab_get(g->strings, tag->name),
                               tag->flat, tag->cum);
    }
    return g_string_free(out, FALSE);
}

/* In the tree a node's tags come from the samples of its context. */
static void test_tree_tags(void)
{
    static const char *const values[] = {"x", "y", "x"};
    g_autoptr(CpaBuilder) b = new_builder();
    uint32_t f = add_location(b, "f");
    uint32_t main_frame = add_location(b, "main");
    uint32_t other = add_location(b, "other");
    for (int i = 0; i < 3; i++) {
        cpa_builder_sample_frame(b, f);
        cpa_builder_sample_frame(b, i == 2 ? other : main_frame);
        cpa_builder_sample_value(b, 1);
        cpa_builder_sample_value(b, 10 + i);
        cpa_builder_sample_label_str(b, intern(b, "k"), intern(b, values[i]));
        cpa_builder_sample_label_num(b, intern(b, "bytes"), 2048 * i, intern(b, "bytes"));
        cpa_builder_sample_end(b);
    }
    g_autoptr(CpaProfile) p = finish(b);
    g_autoptr(CpaView) v = cpa_view_new(p);
    g_autoptr(CpaLabelUnits) units = cpa_label_units_new(v, NULL, NULL);
    CpaGraphOptions o = {.value_index = 1,
                         .want_tags = true,
                         .want_edges = true,
                         .call_tree = true,
                         .cum_sort = true,
                         .units = units,
                         .unit = "auto"};
    g_autoptr(CpaGraph) g = cpa_graph_new(v, &o);
    static const char *const expected[] = {
        "f k:x:10/10 k:x=0:10/10 k:y:11/11 k:y=2kB:11/11",
        "main k:x:0/10 k:x=0:0/10 k:y:0/11 k:y=2kB:0/11",
        "f k:x:12/12 k:x=4kB:12/12",
        "other k:x:0/12 k:x=4kB:0/12",
    };
    g_assert_cmpuint(g->n_nodes, ==, G_N_ELEMENTS(expected));
    for (uint32_t i = 0; i < g->n_nodes; i++) {
        g_autofree char *text = tags_text(g, &g->nodes[i]);
        g_assert_cmpstr(text, ==, expected[i]);
    }
}

/* A number that comes twice in a sample counts twice: such a tag is heavier than its samples. */
static void test_double_tags(void)
{
    g_autoptr(CpaBuilder) b = new_builder();
    for (int i = 0; i < 2; i++) {
        cpa_builder_sample_frame(b, add_location(b, "f"));
        cpa_builder_sample_value(b, 1);
        cpa_builder_sample_value(b, i == 0 ? 10 : 90);
        for (int k = i; k < 2; k++) {
            cpa_builder_sample_label_num(b, intern(b, "bytes"), 2048, intern(b, "bytes"));
        }
        cpa_builder_sample_label_str(b, intern(b, "k"), intern(b, i == 0 ? "twice" : "once"));
        cpa_builder_sample_end(b);
    }
    g_autoptr(CpaProfile) p = finish(b);
    g_autoptr(CpaView) v = cpa_view_new(p);
    g_autoptr(CpaLabelUnits) units = cpa_label_units_new(v, NULL, NULL);
    CpaGraphOptions o = {
        .value_index = 1, .want_tags = true, .node_frac = 0.15, .units = units, .unit = "auto"};
    g_autoptr(CpaGraph) g = cpa_graph_new(v, &o);
    g_assert_cmpuint(g->n_nodes, ==, 1);
    g_autofree char *text = tags_text(g, &g->nodes[0]);
    g_assert_cmpstr(text, ==, "f k:twice=2kB:20/20 k:once:90/90 k:once=2kB:90/90");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/graph/rule", test_rule);
    g_test_add_func("/graph/random", test_random);
    g_test_add_func("/graph/node-frac", test_node_frac);
    g_test_add_func("/graph/inline-marks", test_inline_marks);
    g_test_add_func("/graph/square-and-slots", test_square_and_slots);
    g_test_add_func("/graph/shares", test_shares);
    static const Shape few = {
        .seed = 14, .n_names = 200, .n_locations = 300, .n_samples = 1001, .max_depth = 14};
    static const Shape many = {.seed = 15,
                               .n_names = 2000,
                               .n_locations = 2400,
                               .n_samples = 1001,
                               .max_depth = 14,
                               .min_value = -20};
    g_test_add_data_func("/graph/workers/square", &few, test_workers);
    g_test_add_data_func("/graph/workers/slots", &many, test_workers);
    g_test_add_func("/graph/tree", test_tree);
    g_test_add_func("/graph/tags", test_tags);
    g_test_add_func("/graph/tree-tags", test_tree_tags);
    g_test_add_func("/graph/double-tags", test_double_tags);
    return g_test_run();
}
