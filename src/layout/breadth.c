/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A breadth-first search from the top; in which order it takes roots and children is a question of
 * the seed. Every seed leads to another order, but two graphs that have most nodes in common get
 * two orders that have most in common.
 */
#include "layout/breadth.h"

#include <glib.h>
#include <stdbool.h>
#include <stdlib.h>

typedef struct {
    uint32_t key;
    uint32_t place; /* among the siblings, before they were sorted */
    uint32_t node;
} Sibling;

static int compare_siblings(const void *a, const void *b)
{
    const Sibling *x = a;
    const Sibling *y = b;
    if (x->key != y->key) {
        return x->key < y->key ? -1 : 1;
    }
    return x->place < y->place ? -1 : x->place > y->place;
}

/* Source: lowbias32 (Chris Wellons, 2018) */
static uint32_t mix(uint32_t x)
{
    x = (x ^ x >> 16) * 0x7feb352d;
    x = (x ^ x >> 15) * 0x846ca68b;
    return x ^ x >> 16;
}

/* A virtual node goes where its edge leads to. */
static uint32_t *make_keys(const CpaLayers *l, const uint32_t *names, uint32_t seed)
{
    uint32_t *keys = g_new0(uint32_t, l->n_nodes + 1);
    for (uint32_t v = 0; seed != 0 && v < l->n_real; v++) {
        keys[v] = mix(names[v] ^ mix(seed));
    }
    for (uint32_t e = 0; e < l->n_edges; e++) {
        for (uint32_t v = l->first_virtual[e]; v < l->first_virtual[e + 1]; v++) {
            keys[v] = keys[l->edges[e].bottom];
        }
    }
    return keys;
}

void cpa_breadth_order(CpaLayers *layers, const uint32_t *names, uint32_t seed)
{
    CpaLayers *l = layers;
    g_autofree uint32_t *keys = make_keys(l, names, seed);
    g_autofree uint32_t *filled = g_new0(uint32_t, l->n_ranks);
    g_autofree bool *seen = g_new0(bool, l->n_nodes);
    g_autofree uint32_t *queue = g_new(uint32_t, l->n_nodes);
    g_autofree Sibling *roots = g_new(Sibling, l->n_real + 1);
    g_autofree Sibling *children = g_new(Sibling, l->n_nodes + 1);
    uint32_t n_roots = 0;
    for (uint32_t v = 0; v < l->n_real; v++) {
        if (l->up_first[v] == l->up_first[v + 1]) {
            roots[n_roots] = (Sibling){.key = keys[v], .place = n_roots, .node = v};
            n_roots++;
        }
    }
    qsort(roots, n_roots, sizeof *roots, compare_siblings);
    size_t n_queue = 0;
    size_t done = 0;
    for (uint32_t i = 0; i < n_roots; i++) {
        queue[n_queue++] = roots[i].node;
        for (; done < n_queue; done++) {
            uint32_t v = queue[done];
            uint32_t n_children = 0;
            l->order[l->rank_first[l->rank[v]] + filled[l->rank[v]]++] = v;
            for (uint32_t k = l->down_first[v]; k < l->down_first[v + 1]; k++) {
                uint32_t w = l->down[k];
                if (!seen[w]) {
                    seen[w] = true;
                    children[n_children] =
                        (Sibling){.key = keys[w], .place = n_children, .node = w};
                    n_children++;
                }
            }
            if (seed != 0 && n_children > 1) {
                qsort(children, n_children, sizeof *children, compare_siblings);
            }
            for (uint32_t k = 0; k < n_children; k++) {
                queue[n_queue++] = children[k].node;
            }
        }
    }
    cpa_layers_number(l);
}
