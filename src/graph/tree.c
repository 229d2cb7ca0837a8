/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The call tree: a node per calling context, found by (parent, node of the table).
 *
 * Each node but a root has one edge, from its parent: edge i leads to node i. Parents are numbered
 * before their children.
 *
 * Source: pprof graph.go newTree, TrimTree
 */
#include "graph/work.h"

typedef struct {
    CpaWork *w;
    CpaIdMap index; /* (parent + 1) << 32 | table node -> tree node */
    CPA_VEC(uint32_t) info;
    CPA_VEC(uint32_t) parent;
    CPA_VEC(int64_t) flat;
    CPA_VEC(int64_t) cum;
    CPA_VEC(int64_t) flat_div;
    CPA_VEC(int64_t) cum_div;
    CPA_VEC(uint8_t) is_inline;
} Builder;

static uint32_t find_node(Builder *b, uint32_t parent, uint32_t info)
{
    uint64_t key = (uint64_t)(uint32_t)(parent + 1) << 32 | info; /* CPA_NONE + 1 is 0 */
    uint32_t next = (uint32_t)b->info.len;
    uint32_t node = cpa_idmap_insert(&b->index, key, next);
    if (node == next) {
        cpa_vec_push(&b->info, info);
        cpa_vec_push(&b->parent, parent);
        cpa_vec_push(&b->flat, 0);
        cpa_vec_push(&b->cum, 0);
        cpa_vec_push(&b->flat_div, 0);
        cpa_vec_push(&b->cum_div, 0);
        cpa_vec_push(&b->is_inline, 1);
    }
    return node;
}

static void add_sample(Builder *b, size_t s, int64_t weight, int64_t div)
{
    const CpaView *v = b->w->view;
    const CpaNodeTable *t = b->w->table;
    uint32_t parent = CPA_NONE;
    for (uint64_t i = v->end[s]; i > v->begin[s]; i--) {
        uint32_t location = v->frames[i - 1];
        uint32_t last = t->first[location + 1] - 1;
        for (uint32_t k = last + 1; k > t->first[location]; k--) {
            uint32_t node = find_node(b, parent, t->node[k - 1]);
            b->cum.data[node] += weight;
            b->cum_div.data[node] += div;
            b->is_inline.data[node] &= k - 1 != last;
            parent = node;
        }
    }
    if (parent != CPA_NONE) {
        b->flat.data[parent] += weight;
        b->flat_div.data[parent] += div;
    }
}

void cpa_count_tree(CpaWork *w)
{
    const CpaView *v = w->view;
    Builder b = {.w = w};
    for (size_t s = 0; s < v->n_samples; s++) {
        const int64_t *values = cpa_view_values(v, s);
        int64_t weight = values[w->options->value_index];
        int64_t div = w->options->mean ? values[0] : 0;
        if (weight != 0 || div != 0) {
            add_sample(&b, s, weight, div);
        }
    }
    uint32_t n = (uint32_t)b.info.len;
    w->n_nodes = n;
    w->n_edges = n;
    w->edges = g_new0(CpaWorkEdge, (size_t)n + 1);
    if (w->options->mean) {
        w->edge_divs = g_memdup2(b.cum_div.data, n * sizeof *w->edge_divs);
    }
    for (uint32_t i = 0; i < n; i++) {
        w->edges[i] = (CpaWorkEdge){
            .src = b.parent.data[i],
            .dst = i,
            .weight = b.cum.data[i],
            .is_inline = b.is_inline.data[i],
            .is_alive = b.parent.data[i] != CPA_NONE,
        };
        b.parent.data[i] += 1; /* from here on the context: 0 for roots */
    }
    w->info = cpa_vec_steal(&b.info);
    w->context = cpa_vec_steal(&b.parent);
    w->flat = cpa_vec_steal(&b.flat);
    w->cum = cpa_vec_steal(&b.cum);
    w->flat_div = cpa_vec_steal(&b.flat_div);
    w->cum_div = cpa_vec_steal(&b.cum_div);
    cpa_vec_clear(&b.is_inline);
    cpa_idmap_clear(&b.index);
}

void cpa_trim_tree(CpaWork *w, const uint8_t *removed)
{
    for (size_t i = 0; i < w->n_edges; i++) {
        CpaWorkEdge *edge = &w->edges[i];
        if (!edge->is_alive || !removed[edge->src]) {
            continue;
        }
        /* The edge to the removed parent has been relinked already: parents come first. */
        const CpaWorkEdge *above = &w->edges[edge->src];
        edge->is_alive = above->is_alive;
        edge->src = above->src;
        edge->is_residual = true;
        edge->is_inline = edge->is_inline && above->is_inline;
    }
    for (size_t i = 0; i < w->n_edges; i++) {
        if (removed[i]) {
            w->edges[i].is_alive = false;
        }
    }
}
