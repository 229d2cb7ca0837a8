/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From counts to the graph a report shows: cut by fraction, cut by number, drop light edges and
 * redundant ones, sort.
 *
 *     1. all nodes, cut-off = |sum of flat| x node fraction      -> n_orig_nodes
 *     2. the first `nodecount` nodes in report order (a node of a picture counts for its tags, too)
 *     3. edges below |sum of flat| x edge fraction; in pictures, edges that bridge removed nodes
 *        where another path exists
 *
 * Edges are counted from the samples again whenever nodes were removed: stacks then skip these
 * nodes, and the edge over the gap is residual.
 *
 * Source: pprof report.go newTrimmedGraph, graph.go Sort, RemoveRedundantEdges, entropyScore.
 *         differs: ties that upstream leaves to chance go by node number
 */
#include "graph/graph.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "graph/work.h"

/* A picture shows at most this many tags per node. */
#define MAX_TAGS_SHOWN 4

const char *cpa_work_label(CpaWork *w, uint32_t node)
{
    if (w->labels[node] == NULL) {
        g_string_truncate(w->scratch, 0);
        cpa_node_info_print(cpa_work_info(w, node), w->view->strings, " ", w->scratch);
        w->labels[node] =
            g_string_chunk_insert_len(w->text, w->scratch->str, (gssize)w->scratch->len);
        w->label_lens[node] = (uint32_t)w->scratch->len;
    }
    return w->labels[node];
}

/* Bytewise: names may have NULs in them. */
static int compare_labels(CpaWork *w, uint32_t a, uint32_t b)
{
    const char *x = cpa_work_label(w, a);
    const char *y = cpa_work_label(w, b);
    uint32_t len_x = w->label_lens[a];
    uint32_t len_y = w->label_lens[b];
    int order = memcmp(x, y, MIN(len_x, len_y));
    return order != 0 ? order : (len_x > len_y) - (len_x < len_y);
}

/* --- adjacency ------------------------------------------------------------------------------ */

/* Live edges by one of their ends: of[first[node] .. first[node + 1]) are indices into edges. */
typedef struct {
    uint32_t *first;
    uint32_t *of;
} Adjacency;

static Adjacency index_edges(const CpaWorkEdge *edges, const uint32_t *order, size_t n_edges,
                             uint32_t n_nodes, bool by_dst)
{
    Adjacency a = {g_new0(uint32_t, (size_t)n_nodes + 2), g_new(uint32_t, n_edges + 1)};
    for (size_t i = 0; i < n_edges; i++) {
        if (edges[i].is_alive) {
            a.first[(by_dst ? edges[i].dst : edges[i].src) + 2]++;
        }
    }
    for (uint32_t i = 0; i < n_nodes; i++) {
        a.first[i + 2] += a.first[i + 1];
    }
    for (size_t i = 0; i < n_edges; i++) {
        uint32_t e = order != NULL ? order[i] : (uint32_t)i;
        if (edges[e].is_alive) {
            a.of[a.first[(by_dst ? edges[e].dst : edges[e].src) + 1]++] = e;
        }
    }
    return a;
}

static void adjacency_clear(Adjacency *a)
{
    g_free(a->first);
    g_free(a->of);
}

/* --- sorting -------------------------------------------------------------------------------- */

typedef struct {
    CpaWork *w;
    const int64_t *key1;    /* first criterion, larger first */
    const int64_t *weight2; /* after the name: its absolute value, larger first */
} NodeOrder;

static int compare_desc(int64_t a, int64_t b)
{
    return (a < b) - (a > b);
}

/* Magnitude as upstream has it: that of the smallest number stays negative and sorts last. */
static int64_t magnitude(int64_t v)
{
    return (int64_t)cpa_abs64(v);
}

/* Printable names; addresses compare as numbers where both have one. */
static int compare_names(CpaWork *w, uint32_t a, uint32_t b)
{
    const CpaNodeInfo *ia = cpa_work_info(w, a);
    const CpaNodeInfo *ib = cpa_work_info(w, b);
    if (ia == ib) {
        return 0;
    }
    if (ia->address != 0 && ib->address != 0 && ia->address != ib->address) {
        return ia->address < ib->address ? -1 : 1;
    }
    return compare_labels(w, a, b);
}

static gint compare_nodes(gconstpointer pa, gconstpointer pb, gpointer data)
{
    const NodeOrder *o = data;
    uint32_t a = *(const uint32_t *)pa;
    uint32_t b = *(const uint32_t *)pb;
    int order = compare_desc(o->key1[a], o->key1[b]);
    if (order == 0) {
        order = compare_names(o->w, a, b);
    }
    if (order == 0) {
        order = compare_desc(magnitude(o->weight2[a]), magnitude(o->weight2[b]));
    }
    return order; /* the sort is stable: what ties stays in order */
}

/* As upstream computes it, digit for digit: exponent and mantissa apart. */
static double log2_split(double x)
{
    int exponent = 0;
    double mantissa = frexp(x, &exponent);
    if (mantissa == 0.5) {
        return exponent - 1;
    }
    return log(mantissa) * (1 / M_LN2) + exponent;
}

static double edge_entropy(const CpaWork *w, const Adjacency *a, uint32_t node, int64_t self)
{
    double score = 0;
    int64_t total = self;
    for (uint32_t i = a->first[node]; i < a->first[node + 1]; i++) {
        int64_t weight = w->edges[a->of[i]].weight;
        total = (int64_t)((uint64_t)total + (weight > 0 ? (uint64_t)weight : 0));
    }
    if (total == 0) {
        return 0;
    }
    for (uint32_t i = a->first[node]; i < a->first[node + 1]; i++) {
        double frac = (double)(int64_t)cpa_abs64(w->edges[a->of[i]].weight) / (double)total;
        score += -frac * log2_split(frac);
    }
    if (self > 0) {
        double frac = (double)self / (double)total;
        score += -frac * log2_split(frac);
    }
    return score;
}

/* How much a node tells in a picture: high where many edges meet, low where it only passes on. */
static int64_t entropy_score(const CpaWork *w, const Adjacency *in, const Adjacency *out,
                             uint32_t node)
{
    double score = 0;
    if (in->first[node] == in->first[node + 1]) {
        score++;
    } else {
        score += edge_entropy(w, in, node, 0);
    }
    if (out->first[node] == out->first[node + 1]) {
        score++;
    } else {
        score += edge_entropy(w, out, node, w->flat[node]);
    }
    int64_t scaled = cpa_int64_from_double(score * (double)w->cum[node]);
    return (int64_t)((uint64_t)scaled + (uint64_t)w->flat[node]);
}

static void sort_nodes(CpaWork *w)
{
    g_autofree int64_t *key = g_new(int64_t, (size_t)w->n_nodes + 1);
    NodeOrder order = {.w = w, .key1 = key, .weight2 = w->flat};
    if (w->options->visual) {
        Adjacency in = index_edges(w->edges, NULL, w->n_edges, w->n_nodes, true);
        Adjacency out = index_edges(w->edges, NULL, w->n_edges, w->n_nodes, false);
        for (size_t i = 0; i < w->listed.len; i++) {
            uint32_t node = w->listed.data[i];
            key[node] = magnitude(entropy_score(w, &in, &out, node));
        }
        adjacency_clear(&in);
        adjacency_clear(&out);
    } else {
        const int64_t *weight = w->options->cum_sort ? w->cum : w->flat;
        order.weight2 = w->options->cum_sort ? w->flat : w->cum;
        for (size_t i = 0; i < w->listed.len; i++) {
            key[w->listed.data[i]] = magnitude(weight[w->listed.data[i]]);
        }
    }
    if (w->listed.len > 1) {
        g_qsort_with_data(w->listed.data, (gint)w->listed.len, sizeof *w->listed.data,
                          compare_nodes, &order);
    }
}

static gint compare_edges(gconstpointer pa, gconstpointer pb, gpointer data)
{
    CpaWork *w = data;
    uint32_t a = *(const uint32_t *)pa;
    uint32_t b = *(const uint32_t *)pb;
    const CpaWorkEdge *ea = &w->edges[a];
    const CpaWorkEdge *eb = &w->edges[b];
    int order = compare_desc(magnitude(ea->weight), magnitude(eb->weight));
    if (order == 0 && ea->src != eb->src) {
        order = compare_labels(w, ea->src, eb->src);
    }
    if (order == 0 && ea->dst != eb->dst) {
        order = compare_labels(w, ea->dst, eb->dst);
    }
    return order != 0 ? order : (a > b) - (a < b);
}

/* Live edges in report order, heaviest first. Returns their number. */
static size_t order_edges(CpaWork *w, uint32_t **order)
{
    *order = g_new(uint32_t, w->n_edges + 1);
    size_t n = 0;
    for (size_t i = 0; i < w->n_edges; i++) {
        if (w->edges[i].is_alive) {
            (*order)[n++] = (uint32_t)i;
        }
    }
    if (n > 1) {
        g_qsort_with_data(*order, (gint)n, sizeof **order, compare_edges, w);
    }
    return n;
}

/* --- trimming ------------------------------------------------------------------------------- */

static void list_nodes(CpaWork *w)
{
    w->listed.len = 0;
    for (uint32_t i = 0; i < w->n_nodes; i++) {
        bool zero = w->cum[i] == 0 && w->flat[i] == 0;
        bool negative = w->flat[i] < 0 || (w->flat[i] == 0 && w->cum[i] < 0);
        if (!zero && !(negative && w->options->drop_negative)) {
            cpa_vec_push(&w->listed, i);
        }
    }
}

/* Takes all but the nodes marked in @keep out of the graph or tree. */
static void keep_nodes(CpaWork *w, const uint8_t *keep)
{
    if (!w->options->call_tree) {
        g_free(w->kept);
        w->kept = g_memdup2(keep, w->n_nodes);
    } else {
        g_autofree uint8_t *removed = g_new0(uint8_t, (size_t)w->n_nodes + 1);
        for (size_t i = 0; i < w->listed.len; i++) {
            removed[w->listed.data[i]] = !keep[w->listed.data[i]];
        }
        cpa_trim_tree(w, removed);
    }
    size_t n = 0;
    for (size_t i = 0; i < w->listed.len; i++) {
        if (keep[w->listed.data[i]]) {
            w->listed.data[n++] = w->listed.data[i];
        }
    }
    w->listed.len = n;
}

static void keep_first_nodes(CpaWork *w, size_t n)
{
    g_autofree uint8_t *keep = g_new0(uint8_t, (size_t)w->n_nodes + 1);
    for (size_t i = 0; i < n; i++) {
        keep[w->listed.data[i]] = 1;
    }
    keep_nodes(w, keep);
}

static uint32_t drop_light_nodes(CpaWork *w, uint64_t cutoff)
{
    g_autofree uint8_t *keep = g_new0(uint8_t, (size_t)w->n_nodes + 1);
    uint32_t n_dropped = 0;
    for (size_t i = 0; i < w->listed.len; i++) {
        uint32_t node = w->listed.data[i];
        keep[node] = cpa_abs64(w->cum[node]) >= cutoff;
        n_dropped += !keep[node];
    }
    if (n_dropped > 0) {
        keep_nodes(w, keep);
    }
    return n_dropped;
}

static uint8_t *mark_listed(const CpaWork *w)
{
    uint8_t *listed = g_new0(uint8_t, (size_t)w->n_nodes + 1);
    for (size_t i = 0; i < w->listed.len; i++) {
        listed[w->listed.data[i]] = 1;
    }
    return listed;
}

/*
 * Drops edges that are lighter than the cutoff. Edges to nodes that are not shown stay, as
 * upstream walks the callers of shown nodes only.
 */
static uint32_t drop_light_edges(CpaWork *w, uint64_t cutoff)
{
    g_autofree uint8_t *listed = mark_listed(w);
    uint32_t n_dropped = 0;
    for (size_t i = 0; i < w->n_edges; i++) {
        CpaWorkEdge *edge = &w->edges[i];
        if (edge->is_alive && listed[edge->dst] && cpa_abs64(edge->weight) < cutoff) {
            edge->is_alive = false;
            n_dropped++;
        }
    }
    return n_dropped;
}

/*
 * Counts the edges that the report needs, without those lighter than the cutoff; a tree has had
 * them from the beginning.
 */
static void count_edges(CpaWork *w, uint64_t cutoff)
{
    if (w->options->call_tree) {
        drop_light_edges(w, cutoff);
        return;
    }
    g_autofree uint8_t *listed = mark_listed(w);
    if (w->options->want_edges) {
        cpa_count_edges(w, NULL, listed, cutoff);
        return;
    }
    /* A mark needs an edge that is inline and not too light: few nodes can have one. */
    g_autofree uint8_t *may_be_inline = g_new0(uint8_t, (size_t)w->n_nodes + 1);
    bool any = false;
    for (size_t i = 0; i < w->listed.len; i++) {
        uint32_t node = w->listed.data[i];
        may_be_inline[node] = w->inlined[node] > cutoff;
        any = any || may_be_inline[node];
    }
    if (any) {
        cpa_count_edges(w, may_be_inline, listed, cutoff);
    }
}

/* Counts the tags of the first @n listed nodes, or none where the report shows none. */
static void count_tags(CpaWork *w, size_t n, uint64_t cutoff)
{
    cpa_tag_list_clear(&w->tags);
    w->n_tagged = n;
    w->tagged = g_memdup2(w->listed.data, n * sizeof *w->tagged);
    if (w->options->want_tags) {
        cpa_count_tags(w, w->tagged, n, cutoff, &w->tags);
    } else {
        w->tags.first = g_new0(uint32_t, n + 1);
    }
}

/*
 * Nodes of a picture cost one each, and one for each of their tags up to four. The tags are kept:
 * they are those of the nodes that stay.
 */
static size_t count_top_nodes(CpaWork *w, uint64_t cutoff)
{
    size_t limit = MIN((size_t)w->options->nodecount, w->listed.len);
    if (!w->options->visual) {
        return limit;
    }
    count_tags(w, limit, cutoff);
    size_t cost = 0;
    size_t n = 0;
    while (n < limit && cost < (size_t)w->options->nodecount) {
        size_t n_tags = 0;
        for (uint32_t k = w->tags.first[n]; k < w->tags.first[n + 1]; k++) {
            n_tags += w->tags.tags.data[k].flat != 0;
        }
        cost += 1 + MIN(n_tags, (size_t)MAX_TAGS_SHOWN);
        n++;
    }
    return n;
}

/* Is there a path from the edge's source to its target without it? */
static bool is_redundant(const CpaWork *w, const Adjacency *in, size_t edge, uint32_t *stamps,
                         uint32_t stamp, uint32_t *queue)
{
    uint32_t src = w->edges[edge].src;
    size_t n = 0;
    queue[n++] = w->edges[edge].dst;
    stamps[w->edges[edge].dst] = stamp;
    for (size_t i = 0; i < n; i++) {
        for (uint32_t k = in->first[queue[i]]; k < in->first[queue[i] + 1]; k++) {
            const CpaWorkEdge *e = &w->edges[in->of[k]];
            if (!e->is_alive || in->of[k] == edge || stamps[e->src] == stamp) {
                continue;
            }
            if (e->src == src) {
                return true;
            }
            stamps[e->src] = stamp;
            queue[n++] = e->src;
        }
    }
    return false;
}

/*
 * From the last node to the first, from its lightest edge on; the first edge that is not residual
 * ends the walk, so that no edge goes that is heavier than a real call.
 */
static void drop_redundant_edges(CpaWork *w)
{
    g_autofree uint32_t *order = NULL;
    size_t n_live = order_edges(w, &order);
    Adjacency in = {g_new0(uint32_t, (size_t)w->n_nodes + 2), g_new(uint32_t, n_live + 1)};
    for (size_t i = 0; i < n_live; i++) {
        in.first[w->edges[order[i]].dst + 2]++;
    }
    for (uint32_t i = 0; i < w->n_nodes; i++) {
        in.first[i + 2] += in.first[i + 1];
    }
    for (size_t i = 0; i < n_live; i++) {
        in.of[in.first[w->edges[order[i]].dst + 1]++] = order[i];
    }
    g_autofree uint32_t *stamps = g_new0(uint32_t, (size_t)w->n_nodes + 1);
    g_autofree uint32_t *queue = g_new(uint32_t, (size_t)w->n_nodes + 1);
    uint32_t stamp = 0;
    for (size_t i = w->listed.len; i > 0; i--) {
        uint32_t node = w->listed.data[i - 1];
        for (uint32_t k = in.first[node + 1]; k > in.first[node]; k--) {
            CpaWorkEdge *edge = &w->edges[in.of[k - 1]];
            if (!edge->is_residual) {
                break;
            }
            if (is_redundant(w, &in, in.of[k - 1], stamps, ++stamp, queue)) {
                edge->is_alive = false;
            }
        }
    }
    adjacency_clear(&in);
}

/* --- result --------------------------------------------------------------------------------- */

static CpaNode make_node(CpaWork *w, uint32_t node)
{
    const char *label = cpa_work_label(w, node); /* knows its length from then on */
    return (CpaNode){
        .info = *cpa_work_info(w, node),
        .id = w->info != NULL ? w->info[node] : node,
        .context = w->options->call_tree ? w->context[node] : 0,
        .label = label,
        .label_len = w->label_lens[node],
        .flat = w->flat[node],
        .flat_div = w->flat_div != NULL ? w->flat_div[node] : 0,
        .cum = w->cum[node],
        .cum_div = w->cum_div != NULL ? w->cum_div[node] : 0,
    };
}

/* Positions of nodes in the result: the listed ones first, then others that edges touch. */
static uint32_t *place_nodes(CpaWork *w, CpaGraph *g)
{
    uint32_t *position = g_new(uint32_t, (size_t)w->n_nodes + 1);
    memset(position, 0xff, ((size_t)w->n_nodes + 1) * sizeof *position);
    CPA_VEC(CpaNode) nodes = {0};
    for (size_t i = 0; i < w->listed.len; i++) {
        position[w->listed.data[i]] = (uint32_t)i;
        cpa_vec_push(&nodes, make_node(w, w->listed.data[i]));
    }
    g->n_nodes = (uint32_t)nodes.len;
    for (size_t i = 0; i < w->n_edges; i++) {
        const uint32_t ends[] = {w->edges[i].src, w->edges[i].dst};
        for (size_t k = 0; k < G_N_ELEMENTS(ends) && w->edges[i].is_alive; k++) {
            if (position[ends[k]] == CPA_NONE) {
                position[ends[k]] = (uint32_t)nodes.len;
                cpa_vec_push(&nodes, make_node(w, ends[k]));
            }
        }
    }
    g->n_all_nodes = (uint32_t)nodes.len;
    g->nodes = cpa_vec_steal(&nodes);
    return position;
}

/* A node's tags do not depend on which other nodes are kept: those counted before are good. */
static void attach_tags(CpaWork *w, CpaGraph *g, const uint32_t *position, uint64_t cutoff)
{
    if (w->tagged == NULL) {
        count_tags(w, w->listed.len, cutoff);
    }
    for (size_t i = 0; i < w->n_tagged; i++) {
        uint32_t at = position[w->tagged[i]];
        if (at < g->n_nodes) {
            g->nodes[at].n_tags = w->tags.first[i + 1] - w->tags.first[i];
            g->nodes[at].tags = g_memdup2(w->tags.tags.data + w->tags.first[i],
                                          g->nodes[at].n_tags * sizeof(CpaTag));
        }
    }
}

static CpaGraph *make_graph(CpaWork *w, uint64_t cutoff)
{
    CpaGraph *g = g_new0(CpaGraph, 1);
    g_autofree uint32_t *order = NULL;
    g->n_edges = (uint32_t)order_edges(w, &order);
    g_autofree uint32_t *position = place_nodes(w, g);
    g->edges = g_new(CpaEdge, (size_t)g->n_edges + 1);
    /* Edges are stored heaviest first, so adjacency lists come out in that order, too. */
    CpaWorkEdge *sorted = g_new(CpaWorkEdge, (size_t)g->n_edges + 1);
    for (uint32_t i = 0; i < g->n_edges; i++) {
        sorted[i] = w->edges[order[i]];
        sorted[i].src = position[sorted[i].src];
        sorted[i].dst = position[sorted[i].dst];
        g->edges[i] = (CpaEdge){
            .src = sorted[i].src,
            .dst = sorted[i].dst,
            .weight = sorted[i].weight,
            .weight_div = w->edge_divs != NULL ? w->edge_divs[order[i]] : 0,
            .is_residual = sorted[i].is_residual,
            .is_inline = sorted[i].is_inline,
        };
    }
    Adjacency in = index_edges(sorted, NULL, g->n_edges, g->n_all_nodes, true);
    Adjacency out = index_edges(sorted, NULL, g->n_edges, g->n_all_nodes, false);
    g_free(sorted);
    g->in_first = in.first;
    g->in_edge = in.of;
    g->out_first = out.first;
    g->out_edge = out.of;
    if (w->options->want_tags) {
        attach_tags(w, g, position, cutoff);
    }
    g->strings = w->view->strings;
    g->labels = g_steal_pointer(&w->text);
    return g;
}

static void work_init(CpaWork *w, CpaView *view, const CpaGraphOptions *options)
{
    *w = (CpaWork){.view = view, .options = options};
    w->table = cpa_node_table_new(view, options->keep_objects);
    if (options->call_tree) {
        cpa_count_tree(w);
    } else {
        w->n_nodes = w->table->n_nodes;
        w->flat = g_new0(int64_t, (size_t)w->n_nodes + 1);
        w->cum = g_new0(int64_t, (size_t)w->n_nodes + 1);
        w->inlined = g_new0(uint64_t, (size_t)w->n_nodes + 1);
        w->flat_div = options->mean ? g_new0(int64_t, (size_t)w->n_nodes + 1) : NULL;
        w->cum_div = options->mean ? g_new0(int64_t, (size_t)w->n_nodes + 1) : NULL;
        cpa_count_nodes(w);
    }
    w->labels = g_new0(const char *, (size_t)w->n_nodes + 1);
    w->label_lens = g_new0(uint32_t, (size_t)w->n_nodes + 1);
    w->text = g_string_chunk_new(4096);
    w->scratch = g_string_new(NULL);
}

static void work_clear(CpaWork *w)
{
    g_free(w->info);
    g_free(w->context);
    g_free(w->flat);
    g_free(w->cum);
    g_free(w->inlined);
    g_free(w->flat_div);
    g_free(w->cum_div);
    cpa_vec_clear(&w->listed);
    g_free(w->kept);
    g_free(w->edges);
    g_free(w->edge_divs);
    g_free(w->tagged);
    cpa_tag_list_clear(&w->tags);
    g_free(w->labels);
    g_free(w->label_lens);
    g_clear_pointer(&w->text, g_string_chunk_free);
    g_string_free(w->scratch, TRUE);
    cpa_node_table_free(w->table);
}

static uint64_t cutoff_of(int64_t total, double fraction)
{
    return cpa_abs64(cpa_int64_from_double((double)total * fraction));
}

CpaGraph *cpa_graph_new(CpaView *view, const CpaGraphOptions *options)
{
    CpaWork w;
    work_init(&w, view, options);
    list_nodes(&w);
    int64_t total = 0;
    for (size_t i = 0; i < w.listed.len; i++) {
        total = (int64_t)((uint64_t)total + (uint64_t)w.flat[w.listed.data[i]]);
    }
    uint64_t node_cutoff = cutoff_of(total, options->node_frac);
    uint64_t edge_cutoff = cutoff_of(total, options->edge_frac);

    uint32_t n_dropped_nodes = node_cutoff > 0 ? drop_light_nodes(&w, node_cutoff) : 0;
    uint32_t n_orig_nodes = (uint32_t)w.listed.len;

    uint32_t n_dropped_edges = 0;
    if (options->visual) {
        /* Edges decide which nodes a picture shows: all of them, light ones too. */
        count_edges(&w, 0);
    }
    sort_nodes(&w);
    if (options->nodecount > 0) {
        if (options->visual || options->call_tree) {
            drop_light_edges(&w, edge_cutoff);
        }
        size_t n_top = count_top_nodes(&w, node_cutoff);
        if (n_top < w.listed.len) {
            keep_first_nodes(&w, n_top);
            if (options->visual) {
                count_edges(&w, 0);
                sort_nodes(&w);
            }
        }
    }
    if (options->visual) {
        n_dropped_edges = drop_light_edges(&w, edge_cutoff);
        drop_redundant_edges(&w);
    } else {
        count_edges(&w, edge_cutoff);
    }
    CpaGraph *g = make_graph(&w, node_cutoff);
    g->n_orig_nodes = n_orig_nodes;
    g->n_dropped_nodes = n_dropped_nodes;
    g->n_dropped_edges = n_dropped_edges;
    work_clear(&w);
    return g;
}

void cpa_graph_free(CpaGraph *g)
{
    if (g == NULL) {
        return;
    }
    for (uint32_t i = 0; i < g->n_nodes; i++) {
        g_free(g->nodes[i].tags);
    }
    g_free(g->nodes);
    g_free(g->edges);
    g_free(g->in_first);
    g_free(g->in_edge);
    g_free(g->out_first);
    g_free(g->out_edge);
    g_string_chunk_free(g->labels);
    g_free(g);
}
