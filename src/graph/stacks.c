/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree is never built whole: a profile of a million samples has millions of calling contexts,
 * of which a picture shows some thousands. Instead the stacks lie in one array, and a node is a
 * range of it:
 *
 *     runs   [ a b b b c c | d d e ]      order of the children's first stacks within the range
 *              ^ node 1      ^ node 2
 *
 * To open a node is to group its range by the next frame of each stack (counting sort, stable) and
 * make a node of each group that is wide enough. Opened is the widest first, so that a limit on the
 * number of nodes hides the narrowest.
 */
#include "graph/stacks.h"

#include <string.h>

#include "base/vec.h"
#include "graph/stacklist.h"
#include "graph/stackset.h"

/* Runs of a node are far apart in seq: so many are fetched ahead. */
#define AHEAD 12

/* A child while its parent is opened. */
typedef struct {
    uint64_t width;
    uint32_t frame;
    uint32_t n_runs;
    uint32_t at; /* where its next run goes; NOT_KEPT: it is hidden */
} Group;

#define NOT_KEPT UINT32_MAX

typedef struct {
    const CpaStackOptions *options;
    const CpaStackTree *tree;
    CpaStackList *list;
    CPA_VEC(CpaStackNode) nodes;
    CPA_VEC(uint32_t) run_first; /* of node i: its range of runs */
    CPA_VEC(uint32_t) run_count;
    CPA_VEC(uint32_t) heap; /* nodes to open, widest first */
    CPA_VEC(Group) groups;
    CPA_VEC(uint32_t) kept; /* groups that become nodes */
    uint32_t *group_of;     /* [n_frames] 1 + group while a node is opened */
    uint32_t *group;     /* [runs of the node] of its next frame; NOT_KEPT at the end of a stack */
    CpaStackRun *sorted; /* as long as runs */
    uint64_t min_width;
    uint64_t wide_width;
    uint32_t n_narrow;
    uint32_t max_depth;
} Builder;

/* A total order: wider, then older. */
static bool opens_before(const Builder *b, uint32_t x, uint32_t y)
{
    uint64_t wx = b->nodes.data[x].width;
    uint64_t wy = b->nodes.data[y].width;
    return wx != wy ? wx > wy : x < y;
}

static void heap_push(Builder *b, uint32_t node)
{
    cpa_vec_push(&b->heap, node);
    size_t i = b->heap.len - 1;
    while (i > 0 && opens_before(b, b->heap.data[i], b->heap.data[(i - 1) / 2])) {
        uint32_t swap = b->heap.data[i];
        b->heap.data[i] = b->heap.data[(i - 1) / 2];
        b->heap.data[(i - 1) / 2] = swap;
        i = (i - 1) / 2;
    }
}

static uint32_t heap_pop(Builder *b)
{
    uint32_t top = b->heap.data[0];
    uint32_t last = b->heap.data[--b->heap.len];
    size_t n = b->heap.len;
    size_t i = 0;
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= n) {
            break;
        }
        if (child + 1 < n && opens_before(b, b->heap.data[child + 1], b->heap.data[child])) {
            child++;
        }
        if (!opens_before(b, b->heap.data[child], last)) {
            break;
        }
        b->heap.data[i] = b->heap.data[child];
        i = child;
    }
    if (n > 0) {
        b->heap.data[i] = last;
    }
    return top;
}

static void add_node(Builder *b, uint32_t parent, const Group *group, uint32_t first_run)
{
    CpaStackNode node = {
        .frame = group->frame,
        .parent = parent,
        .depth = parent == CPA_NONE ? 0 : b->nodes.data[parent].depth + 1,
        .width = group->width,
        .run = group->n_runs > 0 ? b->list->runs.data[first_run].id : CPA_NONE,
    };
    b->max_depth = MAX(b->max_depth, node.depth);
    cpa_vec_push(&b->nodes, node);
    cpa_vec_push(&b->run_first, first_run);
    cpa_vec_push(&b->run_count, group->n_runs);
    heap_push(b, (uint32_t)b->nodes.len - 1);
}

/* Moves each run of the node one frame on, and finds the groups that share one. */
static void make_groups(Builder *b, uint32_t id)
{
    CpaStackNode *node = &b->nodes.data[id];
    const uint32_t *seq = b->list->seq.data;
    CpaStackRun *runs = b->list->runs.data + b->run_first.data[id];
    uint32_t n_runs = b->run_count.data[id];
    b->groups.len = 0;
    for (uint32_t i = 0; i < n_runs; i++) {
        CpaStackRun *run = &runs[i];
        if (i + AHEAD < n_runs) {
            __builtin_prefetch(&seq[runs[i + AHEAD].at]);
        }
        cpa_stack_list_weight(b->list, run, &node->weight);
        if (run->n_left == 0) {
            cpa_stack_list_weight(b->list, run, &node->self);
            b->group[i] = NOT_KEPT;
            continue;
        }
        uint32_t frame = seq[run->at++];
        run->n_left--;
        if (b->group_of[frame] == 0) {
            Group made = {.frame = frame, .at = NOT_KEPT};
            cpa_vec_push(&b->groups, made);
            b->group_of[frame] = (uint32_t)b->groups.len;
        }
        b->group[i] = b->group_of[frame] - 1;
        Group *group = &b->groups.data[b->group[i]];
        group->n_runs++;
        group->width += run->width;
    }
    for (size_t g = 0; g < b->groups.len; g++) {
        b->group_of[b->groups.data[g].frame] = 0;
    }
}

static int compare_groups(const void *pa, const void *pb, void *data)
{
    const Builder *builder = data;
    const CpaStackTree *tree = builder->tree;
    const Group *a = &builder->groups.data[*(const uint32_t *)pa];
    const Group *b = &builder->groups.data[*(const uint32_t *)pb];
    if (a->width != b->width) {
        return a->width > b->width ? -1 : 1;
    }
    return cpa_strtab_compare(tree->names, tree->frames[a->frame].name,
                              tree->frames[b->frame].name);
}

/* Whether there is room for one more node of this width; those after it are no wider. */
static bool has_room(const Builder *b, uint64_t width, uint32_t n_more)
{
    bool is_narrow = width < b->wide_width;
    return b->nodes.len + n_more < b->options->max_nodes &&
           (!is_narrow || b->n_narrow < b->options->max_narrow);
}

/* Lists the groups that become nodes, widest first; the others are hidden in their parent. */
static void choose_groups(Builder *b, uint32_t id)
{
    CpaStackNode *node = &b->nodes.data[id];
    b->kept.len = 0;
    for (uint32_t g = 0; g < b->groups.len; g++) {
        uint64_t width = b->groups.data[g].width;
        if (width >= b->min_width && width > 0) {
            cpa_vec_push(&b->kept, g);
        }
    }
    if (b->kept.len > 1) {
        g_qsort_with_data(b->kept.data, (int)b->kept.len, sizeof(uint32_t), compare_groups, b);
    }
    uint32_t n = 0;
    uint32_t at = 0;
    while (n < b->kept.len && has_room(b, b->groups.data[b->kept.data[n]].width, n)) {
        Group *group = &b->groups.data[b->kept.data[n++]];
        b->n_narrow += group->width < b->wide_width;
        group->at = at;
        at += group->n_runs;
    }
    b->kept.len = n;
    node->n_children = n;
    node->n_hidden = (uint32_t)b->groups.len - n;
    for (size_t g = 0; g < b->groups.len && node->n_hidden > 0; g++) {
        node->hidden_width += b->groups.data[g].at == NOT_KEPT ? b->groups.data[g].width : 0;
    }
}

/* Puts the runs of the groups that are kept next to each other, in their order. */
static void sort_runs(Builder *b, uint32_t id)
{
    CpaStackRun *runs = b->list->runs.data + b->run_first.data[id];
    uint32_t n_runs = b->run_count.data[id];
    if (b->kept.len == 0 ||
        (b->kept.len == 1 && b->groups.data[b->kept.data[0]].n_runs == n_runs)) {
        return;
    }
    uint32_t n_sorted = 0;
    for (uint32_t i = 0; i < n_runs; i++) {
        Group *group = b->group[i] != NOT_KEPT ? &b->groups.data[b->group[i]] : NULL;
        if (group != NULL && group->at != NOT_KEPT) {
            b->sorted[group->at++] = runs[i];
            n_sorted++;
        }
    }
    memcpy(runs, b->sorted, n_sorted * sizeof *runs);
}

static void open_node(Builder *b, uint32_t id)
{
    make_groups(b, id);
    choose_groups(b, id);
    sort_runs(b, id);
    b->nodes.data[id].first_child = (uint32_t)b->nodes.len;
    uint32_t first_run = b->run_first.data[id];
    for (size_t i = 0; i < b->kept.len; i++) {
        const Group *group = &b->groups.data[b->kept.data[i]];
        add_node(b, id, group, first_run);
        first_run += group->n_runs;
    }
}

/* What a node has beside itself and its children. Every node has been opened, so weights are known. */
static void weigh_hidden(Builder *b)
{
    for (size_t i = 0; i < b->nodes.len; i++) {
        CpaStackNode *node = &b->nodes.data[i];
        CpaStackWeight *hidden = &node->hidden;
        *hidden = node->weight;
        cpa_stack_weight_subtract(hidden, &node->self);
        for (uint32_t c = 0; c < node->n_children; c++) {
            cpa_stack_weight_subtract(hidden, &b->nodes.data[node->first_child + c].weight);
        }
    }
}

static void build(Builder *b)
{
    const CpaStackList *list = b->list;
    Group root = {.frame = CPA_NONE, .n_runs = (uint32_t)list->runs.len};
    for (size_t i = 0; i < list->runs.len; i++) {
        root.width += list->runs.data[i].width;
    }
    b->min_width = (uint64_t)((double)root.width * b->options->min_frac);
    b->wide_width = (uint64_t)((double)root.width * b->options->wide_frac);
    b->group = g_new(uint32_t, list->runs.len + 1);
    b->sorted = g_new(CpaStackRun, list->runs.len + 1);
    b->group_of = g_new0(uint32_t, (size_t)b->tree->n_frames + 1);
    add_node(b, CPA_NONE, &root, 0);
    while (b->heap.len > 0) {
        open_node(b, heap_pop(b));
    }
    weigh_hidden(b);
    g_free(b->group_of);
    g_free(b->group);
    g_free(b->sorted);
    cpa_vec_clear(&b->run_first);
    cpa_vec_clear(&b->run_count);
    cpa_vec_clear(&b->heap);
    cpa_vec_clear(&b->groups);
    cpa_vec_clear(&b->kept);
}

void cpa_stack_tree_build(CpaStackTree *tree, CpaStackList *list, const CpaStackOptions *options)
{
    Builder b = {.options = options, .tree = tree, .list = list};
    build(&b);
    tree->n_nodes = (uint32_t)b.nodes.len;
    tree->max_depth = b.max_depth;
    tree->nodes = cpa_vec_steal(&b.nodes);
}

CpaStackTree *cpa_stack_tree_new(CpaView *view, const CpaStackOptions *options, GError **error)
{
    g_autoptr(CpaStackTree) tree = g_new0(CpaStackTree, 1);
    CpaStackList list = {0};
    tree->names = cpa_strtab_new(NULL);
    bool ok = cpa_stack_list_fill(&list, view, options, tree, error);
    if (ok) {
        cpa_stack_tree_build(tree, &list, options);
    }
    cpa_stack_list_clear(&list);
    return ok ? g_steal_pointer(&tree) : NULL;
}

void cpa_stack_tree_free(CpaStackTree *tree)
{
    if (tree == NULL) {
        return;
    }
    g_free(tree->nodes);
    if (tree->set == NULL) {
        cpa_strtab_free(tree->names);
        g_free(tree->frames);
        g_free(tree->totals);
        g_free(tree->selfs);
    }
    cpa_stack_set_unref(tree->set);
    g_free(tree);
}
