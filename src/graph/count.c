/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counting nodes and edges: the two loops over all frames.
 *
 * A node's weights do not depend on which other nodes are kept, so they are counted once; only
 * edges are counted again after nodes were taken out. "Seen in this sample" is a stamp per node
 * and per edge. Edges live in one of two tables:
 *
 *     few nodes   a square of cells, [src * n + dst]
 *     many nodes  slots with key = (src << 32 | dst) + 1, 0 = free; open addressing, load <= 1/2
 *
 * Samples are split among workers with tables of their own, which are added up at the end.
 * The edges of one stack are collected first and their cells prefetched, so that the misses of a
 * stack overlap.
 *
 * Source: pprof graph.go newGraph; differs: no sets per sample, weights and edges apart
 */
#include "base/parallel.h"
#include "graph/work.h"
#include <stdlib.h>

uint32_t *cpa_map_locations(const CpaNodeTable *t, const uint32_t *number)
{
    uint32_t n = t->view->n_locations;
    uint32_t *map = g_new(uint32_t, (size_t)n + 1);
    for (uint32_t l = 0; l < n; l++) {
        map[l] = t->first[l + 1] - t->first[l] == 1 ? number[t->node[t->first[l]]] : LOCATION_MULTI;
    }
    return map;
}

static uint32_t *count_up(uint32_t n)
{
    uint32_t *numbers = g_new(uint32_t, (size_t)n + 1);
    for (uint32_t i = 0; i < n; i++) {
        numbers[i] = i;
    }
    return numbers;
}

/* What a worker counts for a node; one cache line holds two of them. */
typedef struct {
    int64_t cum;
    int64_t flat;
    uint32_t stamp;
} NodeSums;

typedef struct {
    const CpaWork *w;
    const uint32_t *map;
    NodeSums **sums;    /* [n_workers][n_nodes] */
    uint64_t **inlined; /* [n_workers][n_nodes] see CpaWork */
    int64_t **divs;     /* [n_workers][2 * n_nodes] cum, flat; only for means */
} NodeCount;

static inline uint64_t add_saturated(uint64_t a, uint64_t b)
{
    uint64_t sum = 0;
    return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

static void count_node_range(unsigned worker, size_t first, size_t last, gpointer data)
{
    const NodeCount *c = data;
    const CpaView *v = c->w->view;
    const CpaNodeTable *t = c->w->table;
    const uint32_t *map = c->map;
    uint32_t value = c->w->options->value_index;
    bool mean = c->w->options->mean;
    NodeSums *sums = c->sums[worker];
    uint64_t *inlined = c->inlined[worker];
    int64_t *divs = c->divs[worker];
    for (size_t s = first; s < last; s++) {
        const int64_t *values = cpa_view_values(v, s);
        int64_t weight = values[value];
        int64_t div = mean ? values[0] : 0;
        if (weight == 0 && div == 0) {
            continue;
        }
        uint32_t stamp = (uint32_t)s + 1;
        for (uint64_t i = v->begin[s]; i < v->end[s]; i++) {
            uint32_t location = v->frames[i];
            const uint32_t *nodes = &map[location];
            uint32_t n = 1;
            if (G_UNLIKELY(*nodes == LOCATION_MULTI)) {
                nodes = t->node + t->first[location];
                n = t->first[location + 1] - t->first[location];
                for (uint32_t k = 0; k + 1 < n; k++) {
                    inlined[nodes[k]] = add_saturated(inlined[nodes[k]], cpa_abs64(weight) + 1);
                }
            }
            for (uint32_t k = 0; k < n; k++) {
                NodeSums *node = &sums[nodes[k]];
                if (node->stamp != stamp) {
                    node->stamp = stamp;
                    node->cum += weight;
                    if (mean) {
                        divs[2 * (size_t)nodes[k]] += div;
                    }
                }
            }
        }
        if (v->begin[s] < v->end[s]) {
            uint32_t leaf = t->node[t->first[v->frames[v->begin[s]]]];
            sums[leaf].flat += weight;
            if (mean) {
                divs[2 * (size_t)leaf + 1] += div;
            }
        }
    }
}

static void add_node_sums(CpaWork *w, const NodeSums *sums, const uint64_t *inlined,
                          const int64_t *divs)
{
    for (uint32_t i = 0; i < w->n_nodes; i++) {
        w->inlined[i] = add_saturated(w->inlined[i], inlined[i]);
        w->cum[i] += sums[i].cum;
        w->flat[i] += sums[i].flat;
        if (divs != NULL) {
            w->cum_div[i] += divs[2 * (size_t)i];
            w->flat_div[i] += divs[2 * (size_t)i + 1];
        }
    }
}

static uint64_t count_frames(const CpaView *v)
{
    uint64_t n = 0;
    for (size_t s = 0; s < v->n_samples; s++) {
        n += v->end[s] - v->begin[s];
    }
    return n;
}

/* Workers have tables of their own: not more of them than their size is worth. */
static unsigned choose_workers(const CpaView *v, uint64_t table_size)
{
    uint64_t n_frames = count_frames(v);
    uint64_t useful = n_frames / (4 * table_size + 1);
    return cpa_parallel_workers(n_frames, (unsigned)CLAMP(useful, 1, 64));
}

void cpa_count_nodes(CpaWork *w)
{
    unsigned n_workers = choose_workers(w->view, w->n_nodes);
    g_autofree uint32_t *same = count_up(w->n_nodes);
    g_autofree uint32_t *map = cpa_map_locations(w->table, same);
    g_autofree NodeSums **sums = g_new0(NodeSums *, n_workers);
    g_autofree uint64_t **inlined = g_new0(uint64_t *, n_workers);
    g_autofree int64_t **divs = g_new0(int64_t *, n_workers);
    for (unsigned i = 0; i < n_workers; i++) {
        inlined[i] = g_new0(uint64_t, (size_t)w->n_nodes + 1);
        sums[i] = g_new0(NodeSums, (size_t)w->n_nodes + 1);
        divs[i] = w->options->mean ? g_new0(int64_t, 2 * (size_t)w->n_nodes + 1) : NULL;
    }
    NodeCount c = {w, map, sums, inlined, divs};
    cpa_parallel_run(n_workers, w->view->n_samples, count_node_range, &c);
    for (unsigned i = 0; i < n_workers; i++) {
        add_node_sums(w, sums[i], inlined[i], divs[i]);
        g_free(sums[i]);
        g_free(inlined[i]);
        g_free(divs[i]);
    }
}

enum {
    IS_RESIDUAL = 1,
    NOT_INLINE = 2,
};

typedef struct {
    int64_t weight;
    uint32_t stamp; /* number of the last sample that passed, from 1; 0: no such edge */
    uint32_t flags;
} Cell;

typedef struct {
    uint64_t key; /* (src << 32 | dst) + 1 */
    Cell cell;
} Slot;

/* An edge of the stack at hand. */
typedef struct {
    uint64_t at; /* cell of the square, or key */
    uint32_t flags;
} Step;

/* Numbers of the nodes that are kept, shared by all workers. */
typedef struct {
    uint32_t n;
    uint32_t *number;   /* [n_nodes] n for nodes that are not kept */
    uint32_t *node;     /* [n] back */
    uint32_t *map;      /* [n_locations] see cpa_map_locations() */
    uint8_t *is_wanted; /* [n + 1] whether edges to the node are asked for */
} Numbering;

/* The table of one worker. */
typedef struct {
    Cell *square; /* [n * n], or NULL: slots */
    Slot *slots;
    const uint64_t *seed;
    size_t n_slots;
    size_t n_used;
    int64_t *divs; /* [n * n] or [n_slots], only for means */
    CPA_VEC(Step) steps;
} EdgeTable;

#define MIN_SLOTS ((size_t)1024)
/* Up to this many nodes the square is used: 32 MiB at most, of which only what is touched counts. */
#define MAX_SQUARE_SIDE ((uint32_t)1448)

static void grow(EdgeTable *t, bool mean)
{
    size_t n_slots = t->n_slots == 0 ? MIN_SLOTS : t->n_slots * 2;
    Slot *slots = g_new0(Slot, n_slots);
    int64_t *divs = mean ? g_new0(int64_t, n_slots) : NULL;
    for (size_t i = 0; i < t->n_slots; i++) {
        if (t->slots[i].key != 0) {
            size_t at = cpa_hash64(t->slots[i].key, t->seed) & (n_slots - 1);
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

static inline size_t find_slot(EdgeTable *t, uint64_t key)
{
    size_t mask = t->n_slots - 1;
    size_t at = cpa_hash64(key, t->seed) & mask;
    while (t->slots[at].key != key) {
        if (t->slots[at].key == 0) {
            t->slots[at].key = key;
            t->n_used++;
            break;
        }
        at = (at + 1) & mask;
    }
    return at;
}

static void number_kept(const CpaWork *w, const uint8_t *only_dst, Numbering *n)
{
    n->number = g_new(uint32_t, (size_t)w->n_nodes + 1);
    n->node = g_new(uint32_t, (size_t)w->n_nodes + 1);
    for (uint32_t i = 0; i < w->n_nodes; i++) {
        if (w->kept == NULL || w->kept[i]) {
            n->number[i] = n->n;
            n->node[n->n++] = i;
        } else {
            n->number[i] = CPA_NONE;
        }
    }
    n->is_wanted = g_new0(uint8_t, (size_t)n->n + 1);
    for (uint32_t i = 0; i < w->n_nodes; i++) {
        if (n->number[i] == CPA_NONE) {
            n->number[i] = n->n;
        } else {
            n->is_wanted[n->number[i]] = only_dst == NULL || only_dst[i];
        }
    }
    n->map = cpa_map_locations(w->table, n->number);
}

static void numbering_clear(Numbering *n)
{
    g_free(n->number);
    g_free(n->node);
    g_free(n->map);
    g_free(n->is_wanted);
}

static void table_init(EdgeTable *t, const Numbering *n, bool mean)
{
    *t = (EdgeTable){.seed = cpa_hash_seed()};
    if (n->n > MAX_SQUARE_SIDE) {
        grow(t, mean);
    } else {
        t->square = g_new0(Cell, (size_t)n->n * n->n + 1);
        t->divs = mean ? g_new0(int64_t, (size_t)n->n * n->n + 1) : NULL;
    }
}

static void table_clear(EdgeTable *t)
{
    g_free(t->square);
    g_free(t->slots);
    g_free(t->divs);
    cpa_vec_clear(&t->steps);
}

/* What the walk over one stack looks up and carries along; a copy, so that it stays in registers. */
typedef struct {
    const uint8_t *is_wanted;
    const Cell *square;
    const Slot *slots;
    const uint64_t *seed;
    size_t slot_mask;
    uint32_t none; /* the number of nodes that are not kept */
    uint32_t parent;
    uint32_t residual;
    Step *out;
} Walk;

/*
 * A step to a node: taken down if it makes an edge that is asked for. Written without branches,
 * as whether a frame's node is kept is as good as random: the step is always stored, and counted
 * only where it is wanted.
 */
static inline void take_step(Walk *walk, uint32_t number, uint32_t not_inline)
{
    uint32_t parent = walk->parent;
    uint32_t none = walk->none;
    uint32_t wanted = (parent != none) & (number != parent) & walk->is_wanted[number];
    uint64_t at = walk->square != NULL ? (uint64_t)parent * none + number
                                       : ((uint64_t)parent << 32 | number) + 1;
    walk->out->at = at;
    walk->out->flags = walk->residual | not_inline;
    walk->out += wanted;
    at = wanted ? at : 0;
    const void *cell =
        walk->square != NULL
            ? (const void *)&walk->square[at]
            : (const void *)&walk->slots[cpa_hash64(at, walk->seed) & walk->slot_mask];
    __builtin_prefetch(cell, 1);
    walk->parent = number != none ? number : parent;
    walk->residual = number != none ? 0 : IS_RESIDUAL;
}

/* Collects the edges of one stack, from the root on. */
static inline void collect_steps(const CpaWork *w, const Numbering *n, EdgeTable *t, size_t s)
{
    const CpaNodeTable *nodes = w->table;
    const uint32_t *map = n->map;
    const uint32_t *first = w->view->frames + w->view->begin[s];
    const uint32_t *frame = w->view->frames + w->view->end[s];
    t->steps.len = 0;
    cpa_vec_reserve(&t->steps, (size_t)(frame - first) + 1);
    Walk walk = {
        .is_wanted = n->is_wanted,
        .square = t->square,
        .slots = t->slots,
        .seed = t->seed,
        .slot_mask = t->n_slots - 1,
        .none = n->n,
        .parent = n->n,
        .out = t->steps.data,
    };
    while (frame > first) {
        uint32_t location = *--frame;
        uint32_t number = map[location];
        if (G_LIKELY(number != LOCATION_MULTI)) {
            take_step(&walk, number, NOT_INLINE);
            continue;
        }
        uint32_t from = nodes->first[location];
        uint32_t n_lines = nodes->first[location + 1] - from;
        t->steps.len = (size_t)(walk.out - t->steps.data);
        cpa_vec_reserve(&t->steps, (size_t)(frame - first) + n_lines + 1);
        walk.out = t->steps.data + t->steps.len;
        for (uint32_t k = n_lines; k > 0; k--) {
            take_step(&walk, n->number[nodes->node[from + k - 1]], k == n_lines ? NOT_INLINE : 0);
        }
    }
    t->steps.len = (size_t)(walk.out - t->steps.data);
}

static inline void add_steps(EdgeTable *t, size_t s, int64_t weight, int64_t div)
{
    uint32_t stamp = (uint32_t)s + 1;
    for (size_t i = 0; i < t->steps.len; i++) {
        const Step *step = &t->steps.data[i];
        size_t at = t->square != NULL ? step->at : find_slot(t, step->at);
        Cell *cell = t->square != NULL ? &t->square[at] : &t->slots[at].cell;
        if (cell->stamp == stamp) {
            continue;
        }
        cell->stamp = stamp;
        cell->weight += weight;
        cell->flags |= step->flags;
        if (t->divs != NULL) {
            t->divs[at] += div;
        }
    }
}

/* Makes room for @extra more slots; they move only here. */
static void make_room(EdgeTable *t, size_t extra, bool mean)
{
    while (t->square == NULL && (t->n_used + extra + 1) * 2 > t->n_slots) {
        grow(t, mean);
    }
}

typedef struct {
    const CpaWork *w;
    const Numbering *numbering;
    EdgeTable *tables; /* [n_workers] */
} EdgeCount;

static void count_edge_range(unsigned worker, size_t first, size_t last, gpointer data)
{
    const EdgeCount *c = data;
    const CpaView *v = c->w->view;
    bool mean = c->w->options->mean;
    EdgeTable *t = &c->tables[worker];
    for (size_t s = first; s < last; s++) {
        const int64_t *values = cpa_view_values(v, s);
        int64_t weight = values[c->w->options->value_index];
        int64_t div = mean ? values[0] : 0;
        if (weight != 0 || div != 0) {
            collect_steps(c->w, c->numbering, t, s);
            make_room(t, t->steps.len, mean);
            add_steps(t, s, weight, div);
        }
    }
}

static void add_cell(EdgeTable *to, size_t at, Cell *cell, const Cell *from, const int64_t *div)
{
    cell->stamp |= from->stamp;
    cell->weight += from->weight;
    cell->flags |= from->flags;
    if (div != NULL) {
        to->divs[at] += *div;
    }
}

/* Adds the table of another worker to the first one's. */
static void add_table(EdgeTable *to, const EdgeTable *from, uint32_t n, bool mean)
{
    size_t n_cells = from->square != NULL ? (size_t)n * n : 0;
    for (size_t at = 0; at < n_cells; at++) {
        if (from->square[at].stamp != 0) {
            add_cell(to, at, &to->square[at], &from->square[at], mean ? &from->divs[at] : NULL);
        }
    }
    for (size_t i = 0; i < from->n_slots; i++) {
        if (from->slots[i].key != 0) {
            make_room(to, 1, mean);
            size_t at = find_slot(to, from->slots[i].key);
            add_cell(to, at, &to->slots[at].cell, &from->slots[i].cell,
                     mean ? &from->divs[i] : NULL);
        }
    }
}

typedef struct {
    CPA_VEC(CpaWorkEdge) edges;
    CPA_VEC(int64_t) divs;
    const uint8_t *listed;
    uint64_t cutoff;
} Harvest;

static void harvest(Harvest *h, const Numbering *n, uint32_t src, uint32_t dst, const Cell *cell,
                    const int64_t *div)
{
    CpaWorkEdge edge = {
        .src = n->node[src],
        .dst = n->node[dst],
        .weight = cell->weight,
        .is_residual = (cell->flags & IS_RESIDUAL) != 0,
        .is_inline = (cell->flags & NOT_INLINE) == 0,
        .is_alive = true,
    };
    if (!h->listed[edge.dst] || cpa_abs64(edge.weight) >= h->cutoff) {
        cpa_vec_push(&h->edges, edge);
        if (div != NULL) {
            cpa_vec_push(&h->divs, *div);
        }
    }
}

static gint compare_keys(gconstpointer a, gconstpointer b)
{
    const Slot *sa = a;
    const Slot *sb = b;
    return (sa->key > sb->key) - (sa->key < sb->key);
}

/* Moves the slots in use to the front, by key; their divisors move along. */
static size_t sort_slots(EdgeTable *t)
{
    size_t n = 0;
    int64_t *divs = t->divs != NULL ? g_new(int64_t, t->n_slots + 1) : NULL;
    for (size_t i = 0; i < t->n_slots; i++) {
        if (t->slots[i].key != 0) {
            t->slots[n] = t->slots[i];
            t->slots[n++].cell.stamp = (uint32_t)i; /* leads to the divisor from now on */
        }
    }
    if (n > 1) {
        qsort(t->slots, n, sizeof *t->slots, compare_keys);
    }
    for (size_t i = 0; i < n && divs != NULL; i++) {
        divs[i] = t->divs[t->slots[i].cell.stamp];
    }
    if (divs != NULL) {
        g_free(t->divs);
        t->divs = divs;
    }
    return n;
}

/* Hands the edges over in the order of their ends, which is the same on every run. */
static void take_edges(CpaWork *w, const Numbering *n, EdgeTable *t, Harvest *h)
{
    for (uint32_t src = 0; src < n->n && t->square != NULL; src++) {
        for (uint32_t dst = 0; dst < n->n; dst++) {
            size_t at = (size_t)src * n->n + dst;
            if (t->square[at].stamp != 0) {
                harvest(h, n, src, dst, &t->square[at], t->divs != NULL ? &t->divs[at] : NULL);
            }
        }
    }
    size_t n_slots = t->square == NULL ? sort_slots(t) : 0;
    for (size_t at = 0; at < n_slots; at++) {
        const Slot *slot = &t->slots[at];
        harvest(h, n, (uint32_t)((slot->key - 1) >> 32), (uint32_t)(slot->key - 1), &slot->cell,
                t->divs != NULL ? &t->divs[at] : NULL);
    }
    g_free(w->edges);
    g_free(w->edge_divs);
    w->n_edges = h->edges.len;
    w->edges = cpa_vec_steal(&h->edges);
    w->edge_divs = cpa_vec_steal(&h->divs);
}

void cpa_count_edges(CpaWork *w, const uint8_t *only_dst, const uint8_t *listed, uint64_t cutoff)
{
    bool mean = w->options->mean;
    Numbering n = {0};
    number_kept(w, only_dst, &n);
    uint64_t table_size = n.n > MAX_SQUARE_SIDE ? (uint64_t)n.n * 16 : (uint64_t)n.n * n.n / 2;
    unsigned n_workers = choose_workers(w->view, table_size);
    g_autofree EdgeTable *tables = g_new(EdgeTable, n_workers);
    for (unsigned i = 0; i < n_workers; i++) {
        table_init(&tables[i], &n, mean);
    }
    EdgeCount c = {w, &n, tables};
    cpa_parallel_run(n_workers, w->view->n_samples, count_edge_range, &c);
    for (unsigned i = 1; i < n_workers; i++) {
        add_table(&tables[0], &tables[i], n.n, mean);
        table_clear(&tables[i]);
    }
    Harvest h = {.listed = listed, .cutoff = cutoff};
    take_edges(w, &n, &tables[0], &h);
    table_clear(&tables[0]);
    numbering_clear(&n);
}
