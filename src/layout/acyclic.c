/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Breaks cycles: edges enter an acyclic graph from the heaviest to the lightest, and one that would
 * close a cycle is reversed. A topological order is kept up to date as they come (Pearce and
 * Kelly): an edge along the order costs nothing, one against it reorders the nodes in between.
 *
 * The first order is that of a depth-first search, so that few edges run against it. When the
 * budget is used up, an edge against the order is reversed without looking for a cycle.
 */
#include "layout/acyclic.h"

#include <glib.h>
#include <string.h>

typedef struct {
    uint32_t weight;
    uint32_t edge;
    bool against; /* the first order */
} Ranked;

/* Adjacency of the edges that are in: lists through arrays, since they come one by one. */
typedef struct {
    uint32_t *out_head; /* [n_nodes] edge + 1, or 0 */
    uint32_t *in_head;
    uint32_t *out_next; /* [n_edges] */
    uint32_t *in_next;
    uint32_t *tail; /* [n_edges] ends as oriented */
    uint32_t *head;
    uint32_t *pos;  /* [n_nodes] place in the topological order */
    uint32_t *mark; /* [n_nodes] stamp of the last search that came by */
    uint32_t *list; /* [n_nodes] what the searches found */
    uint32_t *slot; /* [n_nodes] */
    uint32_t stamp;
} Order;

static int compare_ranked(const void *a, const void *b)
{
    const Ranked *x = a;
    const Ranked *y = b;
    if (x->weight != y->weight) {
        return x->weight < y->weight ? 1 : -1;
    }
    if (x->against != y->against) {
        return x->against ? 1 : -1;
    }
    return x->edge < y->edge ? -1 : x->edge > y->edge;
}

static int compare_u32(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static int compare_u64(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* Reverse postorder of a depth-first search over all edges, started at nodes nothing points to. */
static void first_order(size_t n_nodes, size_t n_edges, const uint32_t *src, const uint32_t *dst,
                        uint32_t *pos)
{
    g_autofree uint32_t *first = g_new0(uint32_t, n_nodes + 2);
    g_autofree uint32_t *adjacent = g_new(uint32_t, n_edges + 1);
    g_autofree uint32_t *next = g_new(uint32_t, n_nodes + 1);
    g_autofree uint32_t *stack = g_new(uint32_t, n_nodes + 1);
    g_autofree bool *has_in = g_new0(bool, n_nodes + 1);
    g_autofree bool *seen = g_new0(bool, n_nodes + 1);
    for (size_t e = 0; e < n_edges; e++) {
        first[src[e] + 2]++;
        has_in[dst[e]] = true;
    }
    for (size_t v = 0; v < n_nodes; v++) {
        first[v + 2] += first[v + 1];
    }
    for (size_t e = 0; e < n_edges; e++) {
        adjacent[first[src[e] + 1]++] = dst[e];
    }
    memcpy(next, first, n_nodes * sizeof *next);
    uint32_t place = (uint32_t)n_nodes;
    for (int round = 0; round < 2; round++) {
        for (size_t root = 0; root < n_nodes; root++) {
            if (seen[root] || (round == 0 && has_in[root])) {
                continue;
            }
            size_t depth = 0;
            stack[depth++] = (uint32_t)root;
            seen[root] = true;
            while (depth > 0) {
                uint32_t v = stack[depth - 1];
                if (next[v] == first[v + 1]) {
                    pos[v] = --place;
                    depth--;
                    continue;
                }
                uint32_t w = adjacent[next[v]++];
                if (!seen[w]) {
                    seen[w] = true;
                    stack[depth++] = w;
                }
            }
        }
    }
}

/* Adds to list[*n_list..] all nodes from which `from` is reached (up) or that it reaches, with
 * places between the two bounds. Returns false when the node at place `hit` is among them. */
static bool search(Order *o, uint32_t from, bool up, uint32_t low, uint32_t high, uint32_t hit,
                   size_t *n_list, int64_t *budget)
{
    size_t done = *n_list;
    o->list[(*n_list)++] = from;
    o->mark[from] = o->stamp;
    for (; done < *n_list; done++) {
        uint32_t v = o->list[done];
        for (uint32_t link = up ? o->in_head[v] : o->out_head[v]; link != 0;
             link = up ? o->in_next[link - 1] : o->out_next[link - 1]) {
            uint32_t w = up ? o->tail[link - 1] : o->head[link - 1];
            --*budget;
            if (o->pos[w] == hit) {
                return false;
            }
            if (o->mark[w] != o->stamp && o->pos[w] > low && o->pos[w] < high) {
                o->mark[w] = o->stamp;
                o->list[(*n_list)++] = w;
            }
        }
    }
    return true;
}

/* Makes room for an edge tail -> head that runs against the order. Returns false on a cycle. */
static bool reorder(Order *o, uint32_t tail, uint32_t head, int64_t *budget)
{
    uint32_t low = o->pos[head];
    uint32_t high = o->pos[tail];
    size_t n_down = 0;
    o->stamp++;
    if (!search(o, head, false, low, high, high, &n_down, budget)) {
        return false;
    }
    size_t n_list = n_down;
    search(o, tail, true, low, high, UINT32_MAX, &n_list, budget);
    /* Both parts keep their inner order; what is above the edge takes the first places. */
    for (size_t i = 0; i < n_list; i++) {
        o->slot[i] = o->pos[o->list[i]];
    }
    g_autofree uint64_t *keys = g_new(uint64_t, n_list);
    for (size_t i = 0; i < n_list; i++) {
        uint64_t part = i < n_down ? UINT64_C(1) << 63 : 0;
        keys[i] = part | (uint64_t)o->pos[o->list[i]] << 31 | i;
    }
    qsort(o->slot, n_list, sizeof *o->slot, compare_u32);
    qsort(keys, n_list, sizeof *keys, compare_u64);
    *budget -= (int64_t)n_list * 8;
    for (size_t i = 0; i < n_list; i++) {
        o->pos[o->list[keys[i] & INT32_MAX]] = o->slot[i];
    }
    return true;
}

static void insert(Order *o, uint32_t edge, uint32_t tail, uint32_t head)
{
    o->tail[edge] = tail;
    o->head[edge] = head;
    o->out_next[edge] = o->out_head[tail];
    o->out_head[tail] = edge + 1;
    o->in_next[edge] = o->in_head[head];
    o->in_head[head] = edge + 1;
}

void cpa_acyclic(size_t n_nodes, size_t n_edges, const uint32_t *src, const uint32_t *dst,
                 const uint32_t *weight, int64_t *budget, bool *reversed)
{
    g_autofree uint32_t *space = g_new0(uint32_t, 6 * n_nodes + 4 * n_edges + 1);
    Order o = {.out_head = space,
               .in_head = space + n_nodes,
               .pos = space + 2 * n_nodes,
               .mark = space + 3 * n_nodes,
               .list = space + 4 * n_nodes,
               .slot = space + 5 * n_nodes,
               .out_next = space + 6 * n_nodes,
               .in_next = space + 6 * n_nodes + n_edges,
               .tail = space + 6 * n_nodes + 2 * n_edges,
               .head = space + 6 * n_nodes + 3 * n_edges};
    first_order(n_nodes, n_edges, src, dst, o.pos);
    g_autofree Ranked *ranked = g_new(Ranked, n_edges + 1);
    for (size_t e = 0; e < n_edges; e++) {
        ranked[e] = (Ranked){
            .weight = weight[e], .edge = (uint32_t)e, .against = o.pos[src[e]] > o.pos[dst[e]]};
        reversed[e] = false;
    }
    qsort(ranked, n_edges, sizeof *ranked, compare_ranked);
    for (size_t i = 0; i < n_edges; i++) {
        uint32_t e = ranked[i].edge;
        if (src[e] == dst[e]) {
            continue;
        }
        reversed[e] =
            o.pos[src[e]] > o.pos[dst[e]] && (*budget <= 0 || !reorder(&o, src[e], dst[e], budget));
        insert(&o, e, reversed[e] ? dst[e] : src[e], reversed[e] ? src[e] : dst[e]);
    }
}
