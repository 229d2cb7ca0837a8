/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counting nodes and edges: the two loops over all frames.
 *
 * A node's weights do not depend on which other nodes are kept, so they are counted once; only
 * edges are counted again after nodes were taken out. "Seen in this sample" is a stamp per node
 * and per edge.
 *
 *     edge slot  key = (src << 32 | dst) + 1, 0 = free     open addressing, load <= 1/2
 *
 * Source: pprof graph.go newGraph; differs: no sets per sample, weights and edges apart
 */
#include <string.h>

#include "graph/work.h"

void cpa_count_nodes(CpaWork *w)
{
    const CpaView *v = w->view;
    const CpaNodeTable *t = w->table;
    uint32_t value = w->options->value_index;
    bool mean = w->options->mean;
    g_autofree uint32_t *stamps = g_new0(uint32_t, (size_t)w->n_nodes + 1);
    for (size_t s = 0; s < v->n_samples; s++) {
        const int64_t *values = cpa_view_values(v, s);
        int64_t weight = values[value];
        int64_t div = mean ? values[0] : 0;
        if (weight == 0 && div == 0) {
            continue;
        }
        uint32_t stamp = (uint32_t)s + 1;
        for (uint64_t i = v->begin[s]; i < v->end[s]; i++) {
            uint32_t location = v->frames[i];
            for (uint32_t k = t->first[location]; k < t->first[location + 1]; k++) {
                uint32_t node = t->node[k];
                if (stamps[node] != stamp) {
                    stamps[node] = stamp;
                    w->cum[node] += weight;
                    if (mean) {
                        w->cum_div[node] += div;
                    }
                }
            }
        }
        if (v->begin[s] < v->end[s]) {
            uint32_t leaf = t->node[t->first[v->frames[v->begin[s]]]];
            w->flat[leaf] += weight;
            if (mean) {
                w->flat_div[leaf] += div;
            }
        }
    }
}

typedef struct {
    uint64_t key; /* (src << 32 | dst) + 1 */
    int64_t weight;
    uint32_t stamp;
    uint8_t is_residual;
    uint8_t is_inline;
} Slot;

typedef struct {
    Slot *slots;
    int64_t *divs; /* [n_slots] only for means */
    size_t n_slots;
    size_t n_used;
} EdgeTable;

#define MIN_SLOTS ((size_t)1024)

static void grow(EdgeTable *t, bool mean)
{
    size_t n_slots = t->n_slots == 0 ? MIN_SLOTS : t->n_slots * 2;
    Slot *slots = g_new0(Slot, n_slots);
    int64_t *divs = mean ? g_new0(int64_t, n_slots) : NULL;
    for (size_t i = 0; i < t->n_slots; i++) {
        if (t->slots[i].key != 0) {
            size_t at = cpa_hash64(t->slots[i].key) & (n_slots - 1);
            while (slots[at].key != 0) {
                at = (at + 1) & (n_slots - 1);
            }
            slots[at] = t->slots[i];
            if (mean) {
                divs[at] = t->divs[i];
            }
        }
    }
    g_free(t->slots);
    g_free(t->divs);
    t->slots = slots;
    t->divs = divs;
    t->n_slots = n_slots;
}

static inline size_t find_slot(EdgeTable *t, uint64_t key, bool mean)
{
    if (G_UNLIKELY((t->n_used + 1) * 2 > t->n_slots)) {
        grow(t, mean);
    }
    size_t mask = t->n_slots - 1;
    size_t at = cpa_hash64(key) & mask;
    while (t->slots[at].key != key) {
        if (t->slots[at].key == 0) {
            t->slots[at] = (Slot){.key = key, .is_inline = 1};
            t->n_used++;
            break;
        }
        at = (at + 1) & mask;
    }
    return at;
}

typedef struct {
    EdgeTable table;
    int64_t weight;
    int64_t div;
    uint32_t stamp;
    bool mean;
} EdgeCounter;

static inline void count_edge(EdgeCounter *c, uint32_t src, uint32_t dst, bool residual,
                              bool is_inline)
{
    size_t at = find_slot(&c->table, ((uint64_t)src << 32 | dst) + 1, c->mean);
    Slot *slot = &c->table.slots[at];
    if (slot->stamp == c->stamp) {
        return;
    }
    slot->stamp = c->stamp;
    slot->weight += c->weight;
    slot->is_residual |= residual;
    slot->is_inline &= is_inline;
    if (c->mean) {
        c->table.divs[at] += c->div;
    }
}

static gint compare_slots(gconstpointer a, gconstpointer b)
{
    const Slot *sa = a;
    const Slot *sb = b;
    return (sa->key > sb->key) - (sa->key < sb->key);
}

/* Hands the edges over in the order of their ends, which is the same on every run. */
static void take_edges(CpaWork *w, EdgeTable *t)
{
    size_t n = 0;
    for (size_t i = 0; i < t->n_slots; i++) {
        if (t->slots[i].key != 0) {
            /* The stamp has done its duty: it leads to the divisor from now on. */
            t->slots[i].stamp = (uint32_t)i;
            t->slots[n++] = t->slots[i];
        }
    }
    if (n > 0) {
        qsort(t->slots, n, sizeof *t->slots, compare_slots);
    }
    g_free(w->edges);
    w->edges = g_new(CpaWorkEdge, n + 1);
    w->n_edges = n;
    for (size_t i = 0; i < n; i++) {
        const Slot *slot = &t->slots[i];
        w->edges[i] = (CpaWorkEdge){
            .src = (uint32_t)((slot->key - 1) >> 32),
            .dst = (uint32_t)(slot->key - 1),
            .weight = slot->weight,
            .weight_div = t->divs != NULL ? t->divs[slot->stamp] : 0,
            .is_residual = slot->is_residual,
            .is_inline = slot->is_inline,
            .is_alive = true,
        };
    }
    g_free(t->slots);
    g_free(t->divs);
}

void cpa_count_edges(CpaWork *w, const uint8_t *only_dst)
{
    const CpaView *v = w->view;
    const CpaNodeTable *t = w->table;
    const uint8_t *kept = w->kept;
    EdgeCounter c = {.mean = w->options->mean};
    for (size_t s = 0; s < v->n_samples; s++) {
        const int64_t *values = cpa_view_values(v, s);
        c.weight = values[w->options->value_index];
        c.div = c.mean ? values[0] : 0;
        if (c.weight == 0 && c.div == 0) {
            continue;
        }
        c.stamp = (uint32_t)s + 1;
        uint32_t parent = CPA_NONE;
        bool residual = false;
        for (uint64_t i = v->end[s]; i > v->begin[s]; i--) {
            uint32_t location = v->frames[i - 1];
            uint32_t last = t->first[location + 1] - 1;
            for (uint32_t k = last + 1; k > t->first[location]; k--) {
                uint32_t node = t->node[k - 1];
                if (kept != NULL && !kept[node]) {
                    residual = true;
                    continue;
                }
                if (parent != CPA_NONE && node != parent && (only_dst == NULL || only_dst[node])) {
                    count_edge(&c, parent, node, residual, k - 1 != last);
                }
                parent = node;
                residual = false;
            }
        }
    }
    take_edges(w, &c.table);
}
