/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Network simplex on a spanning tree of tight edges.
 *
 *     balance(v)  = weight of edges out of v - weight of edges into v
 *     sum(v)      = balance summed over the subtree of v
 *     cut value of the edge between v and its parent = sum(v) if it leads up, -sum(v) if down
 *
 * An edge inside of a subtree adds nothing to its sum, so cut values need no look at edges outside
 * of the tree. A pivot takes out an edge with a negative cut value, finds the shortest edge that
 * joins the two parts the other way round, moves the smaller part until that one is tight and
 * hangs it there. Trees are as deep as the graph, so nothing here recurses.
 */
#include "layout/simplex.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

#define NONE       UINT32_MAX
#define CANDIDATES 30 /* negative cut values looked at before the least of them leaves */

typedef struct {
    const CpaSimplex *g;
    int32_t *rank;
    uint32_t *first;    /* [n_nodes + 1] into incident */
    uint32_t *incident; /* [2 n_edges] edges at a node */
    uint32_t root;
    uint32_t *link;   /* [n_nodes] tree edge to the parent */
    uint32_t *parent; /* [n_nodes] */
    uint32_t *child;  /* [n_nodes] first of a doubly linked list */
    uint32_t *next;
    uint32_t *prev;
    uint32_t *size; /* [n_nodes] of the subtree */
    uint32_t *mark; /* [n_nodes] stamp of the part that moves */
    uint32_t *list; /* [n_nodes] that part */
    uint32_t stamp;
    int64_t *sum;
    uint32_t cursor; /* where the search for a leaving edge goes on */
} Tree;

/* --- Binary heap of edges by key, for the first tree ------------------------------------------ */

typedef struct {
    int64_t key;
    int32_t weight;
    uint32_t edge;
} HeapItem;

typedef struct {
    HeapItem *items;
    size_t len;
} Heap;

static bool heap_less(const HeapItem *a, const HeapItem *b)
{
    if (a->key != b->key) {
        return a->key < b->key;
    }
    return a->weight != b->weight ? a->weight > b->weight : a->edge < b->edge;
}

static void heap_push(Heap *heap, HeapItem item)
{
    size_t i = heap->len++;
    for (; i > 0 && heap_less(&item, &heap->items[(i - 1) / 2]); i = (i - 1) / 2) {
        heap->items[i] = heap->items[(i - 1) / 2];
    }
    heap->items[i] = item;
}

static void heap_pop(Heap *heap)
{
    HeapItem item = heap->items[--heap->len];
    size_t i = 0;
    for (;;) {
        size_t c = 2 * i + 1;
        if (c >= heap->len) {
            break;
        }
        if (c + 1 < heap->len && heap_less(&heap->items[c + 1], &heap->items[c])) {
            c++;
        }
        if (!heap_less(&heap->items[c], &item)) {
            break;
        }
        heap->items[i] = heap->items[c];
        i = c;
    }
    heap->items[i] = item;
}

/* --- Tree ------------------------------------------------------------------------------------- */

static uint32_t other_end(const CpaSimplex *g, uint32_t edge, uint32_t v)
{
    return g->tail[edge] == v ? g->head[edge] : g->tail[edge];
}

static void attach(Tree *t, uint32_t v, uint32_t parent, uint32_t edge)
{
    t->parent[v] = parent;
    t->link[v] = edge;
    t->prev[v] = NONE;
    t->next[v] = t->child[parent];
    if (t->next[v] != NONE) {
        t->prev[t->next[v]] = v;
    }
    t->child[parent] = v;
}

static void detach(Tree *t, uint32_t v)
{
    if (t->prev[v] != NONE) {
        t->next[t->prev[v]] = t->next[v];
    } else {
        t->child[t->parent[v]] = t->next[v];
    }
    if (t->next[v] != NONE) {
        t->prev[t->next[v]] = t->prev[v];
    }
    t->parent[v] = NONE;
    t->link[v] = NONE;
}

/*
 * Grows a tree of tight edges from node 0. The tree as a whole moves by `shift` to make the
 * nearest edge at its rim tight; keys of the two heaps are slacks relative to that shift.
 */
static void first_tree(Tree *t)
{
    const CpaSimplex *g = t->g;
    int64_t shift = 0;
    size_t n_done = 0;
    Heap out = {.items = g_new(HeapItem, g->n_edges + 1)}; /* tail in the tree */
    Heap in = {.items = g_new(HeapItem, g->n_edges + 1)};  /* head in the tree */
    t->root = 0;
    t->parent[0] = NONE;
    t->link[0] = NONE;
    for (uint32_t v = 0;;) {
        t->mark[v] = 1;
        t->list[n_done++] = v;
        t->rank[v] = (int32_t)(t->rank[v] - shift);
        for (uint32_t i = t->first[v]; i < t->first[v + 1]; i++) {
            uint32_t e = t->incident[i];
            uint32_t w = other_end(g, e, v);
            if (t->mark[w] == 1) {
                continue;
            }
            HeapItem item = {.weight = g->weight[e], .edge = e};
            if (g->tail[e] == v) {
                item.key = (int64_t)t->rank[w] - t->rank[v] - g->min_len[e];
                heap_push(&out, item);
            } else {
                item.key = (int64_t)t->rank[v] - t->rank[w] - g->min_len[e];
                heap_push(&in, item);
            }
        }
        while (out.len > 0 && t->mark[g->head[out.items[0].edge]] == 1) {
            heap_pop(&out);
        }
        while (in.len > 0 && t->mark[g->tail[in.items[0].edge]] == 1) {
            heap_pop(&in);
        }
        if (out.len + in.len == 0) {
            break;
        }
        bool take_out =
            in.len == 0 || (out.len > 0 && out.items[0].key - shift <= in.items[0].key + shift);
        uint32_t e = take_out ? out.items[0].edge : in.items[0].edge;
        shift = take_out ? out.items[0].key : -in.items[0].key;
        v = take_out ? g->head[e] : g->tail[e];
        attach(t, v, other_end(g, e, v), e);
    }
    g_assert(n_done == g->n_nodes);
    for (size_t i = 0; i < n_done; i++) {
        t->rank[i] = (int32_t)(t->rank[i] + shift);
    }
    g_free(out.items);
    g_free(in.items);
}

/* Sizes and sums; `list` holds parents before children. */
static void measure(Tree *t)
{
    const CpaSimplex *g = t->g;
    for (size_t e = 0; e < g->n_edges; e++) {
        t->sum[g->tail[e]] += g->weight[e];
        t->sum[g->head[e]] -= g->weight[e];
    }
    for (size_t i = 0; i < g->n_nodes; i++) {
        uint32_t v = t->list[i];
        t->size[v] = 1;
    }
    for (size_t i = g->n_nodes - 1; i > 0; i--) {
        uint32_t v = t->list[i];
        t->size[t->parent[v]] += t->size[v];
        t->sum[t->parent[v]] += t->sum[v];
    }
}

/* --- Pivots ----------------------------------------------------------------------------------- */

/* The node whose tree edge leaves next, or NONE. */
static uint32_t find_leaving(Tree *t, int64_t *budget)
{
    uint32_t best = NONE;
    int64_t best_cut = 0;
    int n_found = 0;
    uint32_t n = (uint32_t)t->g->n_nodes;
    uint32_t v = t->cursor;
    uint32_t i = 0;
    for (; i < n; i++) {
        if (t->sum[v] != 0 && t->link[v] != NONE) {
            int64_t cut = t->g->tail[t->link[v]] == v ? t->sum[v] : -t->sum[v];
            if (cut < 0) {
                if (cut < best_cut) {
                    best_cut = cut;
                    best = v;
                }
                if (++n_found == CANDIDATES) {
                    break;
                }
            }
        }
        v = v + 1 == n ? 0 : v + 1;
    }
    t->cursor = v;
    *budget -= i / 4;
    return best;
}

/* Puts the nodes below `top` into the list and marks them. */
static size_t collect(Tree *t, uint32_t top)
{
    size_t n = 0;
    t->stamp++;
    t->list[n++] = top;
    t->mark[top] = t->stamp;
    for (size_t done = 0; done < n; done++) {
        for (uint32_t c = t->child[t->list[done]]; c != NONE; c = t->next[c]) {
            t->mark[c] = t->stamp;
            t->list[n++] = c;
        }
    }
    return n;
}

/* The shortest edge between the listed nodes and the others; it leads out of them if `outward`. */
static uint32_t find_entering(const Tree *t, size_t n_list, bool outward, int64_t *slack,
                              int64_t *budget)
{
    const CpaSimplex *g = t->g;
    uint32_t best = NONE;
    *slack = INT64_MAX;
    for (size_t i = 0; i < n_list; i++) {
        uint32_t v = t->list[i];
        *budget -= t->first[v + 1] - t->first[v];
        for (uint32_t k = t->first[v]; k < t->first[v + 1]; k++) {
            uint32_t e = t->incident[k];
            uint32_t w = outward ? g->head[e] : g->tail[e];
            if (w == v || t->mark[w] == t->stamp) {
                continue;
            }
            int64_t s = (int64_t)t->rank[g->head[e]] - t->rank[g->tail[e]] - g->min_len[e];
            if (s < *slack || (s == *slack && e < best)) {
                *slack = s;
                best = e;
            }
        }
    }
    return best;
}

/* Makes `top` the root of the tree it is in, of `size` nodes that sum up to `sum`. */
static void turn_around(Tree *t, uint32_t top, uint32_t size, int64_t sum)
{
    uint32_t v = top;
    uint32_t parent = t->parent[v];
    uint32_t edge = t->link[v];
    if (parent != NONE) {
        detach(t, v);
    }
    uint32_t below_size = t->size[v];
    int64_t below_sum = t->sum[v];
    t->size[v] = size;
    t->sum[v] = sum;
    while (parent != NONE) {
        uint32_t up = t->parent[parent];
        uint32_t up_edge = t->link[parent];
        uint32_t old_size = t->size[parent];
        int64_t old_sum = t->sum[parent];
        if (up != NONE) {
            detach(t, parent);
        }
        attach(t, parent, v, edge);
        t->size[parent] = size - below_size;
        t->sum[parent] = sum - below_sum;
        below_size = old_size;
        below_sum = old_sum;
        v = parent;
        parent = up;
        edge = up_edge;
    }
}

static void add_upwards(Tree *t, uint32_t v, uint32_t size, int64_t sum, int64_t *budget)
{
    for (; v != NONE; v = t->parent[v]) {
        t->size[v] += size;
        t->sum[v] += sum;
        --*budget;
    }
}

/* Takes out the edge above v. */
static void pivot(Tree *t, uint32_t v, int64_t *budget)
{
    const CpaSimplex *g = t->g;
    uint32_t n = (uint32_t)g->n_nodes;
    uint32_t leaving = t->link[v];
    uint32_t parent = t->parent[v];
    uint32_t size = t->size[v];
    int64_t sum = t->sum[v];
    bool v_is_tail = g->tail[leaving] == v;

    detach(t, v);
    add_upwards(t, parent, -size, -sum, budget);
    bool lower_moves = size <= n / 2;
    size_t n_list = collect(t, lower_moves ? v : t->root);
    bool tail_moves = lower_moves == v_is_tail;
    int64_t slack = 0;
    uint32_t entering = find_entering(t, n_list, !tail_moves, &slack, budget);
    g_assert(entering != NONE);

    uint32_t moved = t->mark[g->tail[entering]] == t->stamp ? g->tail[entering] : g->head[entering];
    uint32_t fixed = other_end(g, entering, moved);
    if (lower_moves) {
        turn_around(t, moved, size, sum);
    } else {
        turn_around(t, moved, n - size, -sum);
        t->root = v;
    }
    attach(t, moved, fixed, entering);
    add_upwards(t, fixed, t->size[moved], t->sum[moved], budget);
    int32_t shift = (int32_t)(tail_moves ? -slack : slack);
    for (size_t i = 0; shift != 0 && i < n_list; i++) {
        t->rank[t->list[i]] += shift;
    }
    *budget -= (int64_t)n_list + 8;
}

static void incidence(Tree *t)
{
    const CpaSimplex *g = t->g;
    g_autofree uint32_t *fill = g_new0(uint32_t, g->n_nodes + 1);
    for (size_t e = 0; e < g->n_edges; e++) {
        t->first[g->tail[e] + 1]++;
        t->first[g->head[e] + 1]++;
    }
    for (size_t v = 0; v < g->n_nodes; v++) {
        t->first[v + 1] += t->first[v];
        fill[v] = t->first[v];
    }
    for (size_t e = 0; e < g->n_edges; e++) {
        t->incident[fill[g->tail[e]]++] = (uint32_t)e;
        t->incident[fill[g->head[e]]++] = (uint32_t)e;
    }
}

void cpa_simplex_solve(const CpaSimplex *graph, int32_t *rank, int64_t *budget)
{
    size_t n = graph->n_nodes;
    if (n < 2) {
        return;
    }
    g_autofree uint32_t *space = g_new0(uint32_t, 9 * n + 1 + 2 * graph->n_edges);
    g_autofree int64_t *sum = g_new0(int64_t, n);
    Tree tree = {.g = graph,
                 .rank = rank,
                 .link = space,
                 .parent = space + n,
                 .child = space + 2 * n,
                 .next = space + 3 * n,
                 .prev = space + 4 * n,
                 .size = space + 5 * n,
                 .mark = space + 6 * n,
                 .list = space + 7 * n,
                 .first = space + 8 * n,
                 .incident = space + 9 * n + 1,
                 .stamp = 1,
                 .sum = sum};
    memset(tree.child, 0xff, n * sizeof *tree.child);
    incidence(&tree);
    first_tree(&tree);
    measure(&tree);
    while (*budget > 0) {
        uint32_t v = find_leaving(&tree, budget);
        if (v == NONE) {
            break;
        }
        pivot(&tree, v, budget);
    }
}
