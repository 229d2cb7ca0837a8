/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A set is a filled list that is only read. A tree works on a copy of the runs, which it reorders
 * and reads on; frames (seq) and weights are shared, also with sets that were made of this one.
 */
#include "graph/stackset.h"

#include <string.h>

#include "graph/stacklist.h"

struct CpaStackSet {
    gatomicrefcount refs;
    CpaStackSet *parent; /* whose seq, weights and frames these are, or NULL */
    CpaStackTree info;
    CpaStackList list;
    bool has_own_seq;
    bool reverse; /* leaf first */
};

CpaStackSet *cpa_stack_set_new(CpaView *view, const CpaStackOptions *options, GError **error)
{
    g_autoptr(CpaStackSet) set = g_new0(CpaStackSet, 1);
    g_atomic_ref_count_init(&set->refs);
    set->info.names = cpa_strtab_new(NULL);
    set->has_own_seq = true;
    set->reverse = options->reverse;
    return cpa_stack_list_fill(&set->list, view, options, &set->info, error) ? g_steal_pointer(&set)
                                                                             : NULL;
}

CpaStackSet *cpa_stack_set_ref(CpaStackSet *set)
{
    g_atomic_ref_count_inc(&set->refs);
    return set;
}

void cpa_stack_set_unref(CpaStackSet *set)
{
    if (set == NULL || !g_atomic_ref_count_dec(&set->refs)) {
        return;
    }
    cpa_vec_clear(&set->list.runs);
    if (set->has_own_seq) {
        cpa_vec_clear(&set->list.seq);
    }
    if (set->parent == NULL) {
        cpa_stack_list_clear(&set->list);
        cpa_strtab_free(set->info.names);
        g_free(set->info.frames);
        g_free(set->info.totals);
        g_free(set->info.selfs);
    }
    cpa_stack_set_unref(set->parent);
    g_free(set);
}

const CpaStackTree *cpa_stack_set_info(const CpaStackSet *set)
{
    return &set->info;
}

size_t cpa_stack_set_bytes(const CpaStackSet *set)
{
    size_t bytes = sizeof *set + set->list.runs.cap * sizeof *set->list.runs.data;
    if (set->has_own_seq) {
        bytes += set->list.seq.cap * sizeof *set->list.seq.data;
    }
    if (set->parent == NULL) {
        bytes += set->list.weights.cap * sizeof *set->list.weights.data;
        bytes += set->info.n_frames * (sizeof(CpaStackFrame) + 2 * sizeof(CpaStackWeight) + 64);
    }
    return bytes;
}

/* --- Around a function ------------------------------------------------------------------------- */

/* Position of the first wanted frame of the run, or n_left. */
static uint32_t find_wanted(const CpaStackSet *set, const CpaStackRun *run,
                            const uint8_t *is_wanted)
{
    const uint32_t *frames = set->list.seq.data + run->at;
    uint32_t i = 0;
    if (!set->reverse) {
        while (i < run->n_left && !is_wanted[frames[i]]) {
            i++;
        }
        return i;
    }
    for (i = run->n_left; i > 0; i--) {
        if (is_wanted[frames[i - 1]]) {
            return i - 1;
        }
    }
    return run->n_left;
}

CpaStackSet *cpa_stack_set_around(CpaStackSet *set, const uint8_t *is_wanted, CpaStackSide side)
{
    CpaStackSet *around = g_new0(CpaStackSet, 1);
    g_atomic_ref_count_init(&around->refs);
    around->parent = cpa_stack_set_ref(set);
    around->info = set->info;
    around->list.weights.data = set->list.weights.data;
    around->list.weights.len = set->list.weights.len;
    /* What lies behind the frame in seq is taken as it is, what lies before it turned round. */
    around->has_own_seq = (side == CPA_STACKS_CALLERS) != set->reverse;
    around->reverse = set->reverse != around->has_own_seq;
    if (!around->has_own_seq) {
        around->list.seq.data = set->list.seq.data;
        around->list.seq.len = set->list.seq.len;
    }
    for (size_t r = 0; r < set->list.runs.len; r++) {
        CpaStackRun run = set->list.runs.data[r];
        uint32_t at = find_wanted(set, &run, is_wanted);
        if (at == run.n_left) {
            continue;
        }
        if (around->has_own_seq) {
            const uint32_t *frames = set->list.seq.data + run.at;
            run.at = around->list.seq.len;
            run.n_left = at + 1;
            cpa_vec_reserve(&around->list.seq, run.n_left);
            for (uint32_t i = 0; i <= at; i++) {
                around->list.seq.data[around->list.seq.len++] = frames[at - i];
            }
        } else {
            run.at += at;
            run.n_left -= at;
        }
        cpa_vec_push(&around->list.runs, run);
    }
    around->info.n_stacks = around->list.runs.len;
    return around;
}

/* --- Places ------------------------------------------------------------------------------------ */

/* The run of this number: they ascend. */
static const CpaStackRun *find_run(const CpaStackSet *set, uint32_t id)
{
    size_t low = 0;
    size_t high = set->list.runs.len;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (set->list.runs.data[middle].id < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < set->list.runs.len && set->list.runs.data[low].id == id ? &set->list.runs.data[low]
                                                                         : NULL;
}

static bool find_place(const CpaStackSet *set, const CpaStackPlace *place,
                       const CpaStackRun **through, GError **error)
{
    *through = NULL;
    if (place == NULL || place->depth == 0) {
        return true;
    }
    *through = find_run(set, place->run);
    if (*through == NULL || (*through)->n_left < place->depth) {
        return cpa_error_set(error, CPA_ERROR_USAGE,
                             "at=%u.%u: there is no such node; the options must be those of the "
                             "answer that named it",
                             place->run, place->depth);
    }
    return true;
}

/* Frames from the root that both have, at most @max. */
static uint32_t common(const CpaStackSet *set, const CpaStackRun *a, const CpaStackRun *b,
                       uint32_t max)
{
    const uint32_t *x = set->list.seq.data + a->at;
    const uint32_t *y = set->list.seq.data + b->at;
    uint32_t n = MIN(max, MIN(a->n_left, b->n_left));
    uint32_t i = 0;
    while (i < n && x[i] == y[i]) {
        i++;
    }
    return i;
}

/* The nodes on the way to the place: what each has in it is summed up from its end. */
static void finish_path(const CpaStackSet *set, const CpaStackRun *through, CpaStackNode *path,
                        uint32_t depth)
{
    for (uint32_t d = depth; d > 0; d--) {
        path[d - 1].width += path[d].width;
        cpa_stack_weight_add(&path[d - 1].weight, &path[d].weight);
        path[d - 1].run = MIN(path[d - 1].run, path[d].run);
        path[d].frame = set->list.seq.data[through->at + d - 1];
        path[d].depth = d;
    }
    path[0].frame = CPA_NONE;
}

CpaStackTree *cpa_stack_set_tree(CpaStackSet *set, const CpaStackPlace *place,
                                 const CpaStackOptions *options, CpaStackNode **path,
                                 GError **error)
{
    const CpaStackRun *through = NULL;
    if (!find_place(set, place, &through, error)) {
        return NULL;
    }
    uint32_t depth = through != NULL ? place->depth : 0;
    CpaStackNode *nodes = g_new0(CpaStackNode, (size_t)depth + 1);
    for (uint32_t d = 0; d <= depth; d++) {
        nodes[d].run = CPA_NONE;
    }
    /* Runs are the tree's own, all else is the set's. */
    CpaStackList list = set->list;
    memset(&list.runs, 0, sizeof list.runs);
    cpa_vec_reserve(&list.runs, 1);
    for (size_t r = 0; r < set->list.runs.len; r++) {
        CpaStackRun run = set->list.runs.data[r];
        uint32_t d = through != NULL ? common(set, through, &run, depth) : 0;
        nodes[d].width += run.width;
        cpa_stack_list_weight(&list, &run, &nodes[d].weight);
        nodes[d].run = MIN(nodes[d].run, run.id);
        if (d == depth) {
            run.at += depth;
            run.n_left -= depth;
            cpa_vec_push(&list.runs, run);
        }
    }
    CpaStackTree *tree = g_new0(CpaStackTree, 1);
    *tree = set->info;
    tree->set = cpa_stack_set_ref(set);
    cpa_stack_tree_build(tree, &list, options);
    finish_path(set, through, nodes, depth);
    tree->nodes[0].frame = nodes[depth].frame;
    cpa_vec_clear(&list.runs);
    if (path != NULL) {
        *path = g_steal_pointer(&nodes);
    }
    g_free(nodes);
    return tree;
}

bool cpa_stack_set_match(const CpaStackSet *set, const CpaStackPlace *place,
                         const uint8_t *is_wanted, CpaStackMatch *match, GError **error)
{
    const CpaStackRun *through = NULL;
    *match = (CpaStackMatch){0};
    if (!find_place(set, place, &through, error)) {
        return false;
    }
    uint32_t depth = through != NULL ? place->depth : 0;
    uint32_t from = depth > 0 ? depth - 1 : 0;
    for (size_t r = 0; r < set->list.runs.len; r++) {
        const CpaStackRun *run = &set->list.runs.data[r];
        const uint32_t *frames = set->list.seq.data + run->at;
        if (depth > 0 && common(set, through, run, depth) < depth) {
            continue;
        }
        uint32_t i = from;
        while (i < run->n_left && !is_wanted[frames[i]]) {
            i++;
        }
        if (i >= run->n_left) {
            continue;
        }
        match->n_stacks++;
        match->width += run->width;
        cpa_stack_list_weight(&set->list, run, &match->cum);
        if (is_wanted[frames[set->reverse ? 0 : run->n_left - 1]]) {
            cpa_stack_list_weight(&set->list, run, &match->self);
        }
    }
    return true;
}
