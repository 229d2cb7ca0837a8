/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree is never built whole: a profile of a million samples has millions of calling contexts,
 * of which a picture shows some thousands. Instead the distinct stacks lie in one array, and a node
 * is a range of it:
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

#include "base/error.h"
#include "base/vec.h"

/* A distinct stack and how far the nodes opened so far have read it. */
typedef struct {
    size_t sample; /* the first one of this stack */
    uint64_t width;
    CpaStackWeight weight;
    uint32_t at;   /* frames read, from where the tree begins */
    uint32_t line; /* lines read of the frame at it */
} Run;

typedef struct {
    uint64_t hash;
    uint32_t run;
} Slot;

/* A child while its parent is opened. */
typedef struct {
    uint32_t frame;
    uint32_t n_runs;
    uint32_t first_run;
    uint64_t width;
    CpaStackWeight weight;
} Group;

typedef struct {
    const CpaView *view;
    const CpaStackOptions *options;
    CpaNodeTable *table;
    uint32_t *frame_of; /* as table->node: frame of each (location, line) */
    uint8_t *is_base;   /* [label sets] */
    CpaStackTree *tree;

    CPA_VEC(Run) runs;
    Slot *slots;
    size_t n_slots;

    CPA_VEC(CpaStackNode) nodes;
    CPA_VEC(uint32_t) run_first; /* of node i: its range of runs */
    CPA_VEC(uint32_t) run_count;
    CPA_VEC(uint32_t) heap; /* nodes to open, widest first */
    CPA_VEC(Group) groups;
    uint32_t *group_of; /* [n_frames] 1 + group while a node is opened */
    uint32_t *next;     /* [runs of the node] frame that follows */
    Run *sorted;        /* as long as runs */
    uint64_t min_width;
} Builder;

static uint64_t magnitude(int64_t value)
{
    return value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
}

static void add_weight(CpaStackWeight *to, const CpaStackWeight *weight)
{
    for (int side = 0; side < CPA_N_SIDES; side++) {
        to->sum[side] = (int64_t)((uint64_t)to->sum[side] + (uint64_t)weight->sum[side]);
        to->div[side] = (int64_t)((uint64_t)to->div[side] + (uint64_t)weight->div[side]);
    }
}

/* --- Frames ------------------------------------------------------------------------------------ */

/* Gives every (location, line) the frame of its printable name. */
static void name_frames(Builder *b)
{
    const CpaNodeTable *table = b->table;
    CpaStackTree *tree = b->tree;
    g_autofree CpaStrId *name = g_new(CpaStrId, (size_t)table->n_nodes + 1);
    g_autoptr(GString) text = g_string_new(NULL);
    for (uint32_t i = 0; i < table->n_nodes; i++) {
        g_string_set_size(text, 0);
        cpa_node_info_print(&table->infos[i], b->view->strings, " ", text);
        name[i] = cpa_strtab_intern(tree->names, text->str, text->len);
    }
    /* Names are numbered by first use, and number 0 is "": frame i is name i + 1. */
    tree->n_frames = cpa_strtab_count(tree->names) - 1;
    tree->frames = g_new0(CpaStackFrame, (size_t)tree->n_frames + 1);
    for (uint32_t i = table->n_nodes; i > 0; i--) {
        tree->frames[name[i - 1] - 1] = (CpaStackFrame){
            .name = name[i - 1],
            .info = i - 1,
            .is_inline = true,
        };
    }
    uint32_t n_lines = table->first[b->view->n_locations];
    b->frame_of = g_new(uint32_t, (size_t)n_lines + 1);
    for (uint32_t l = 0; l < b->view->n_locations; l++) {
        uint32_t mapping = b->view->locations[l].mapping;
        for (uint32_t k = table->first[l]; k < table->first[l + 1]; k++) {
            uint32_t frame = name[table->node[k]] - 1;
            b->frame_of[k] = frame;
            if (mapping != CPA_NONE && tree->frames[frame].object_file == 0) {
                tree->frames[frame].object_file = b->view->mappings[mapping].file;
            }
            tree->frames[frame].is_inline &= k + 1 < table->first[l + 1];
        }
    }
}

/* The frame at the cursor of @run, which moves on; CPA_NONE at the end of the stack. */
static inline uint32_t next_frame(const Builder *b, Run *run)
{
    const CpaView *view = b->view;
    uint64_t begin = view->begin[run->sample];
    uint64_t end = view->end[run->sample];
    while (begin + run->at < end) {
        uint64_t at = b->options->reverse ? begin + run->at : end - 1 - run->at;
        uint32_t location = view->frames[at];
        uint32_t first = b->table->first[location];
        uint32_t n = b->table->first[location + 1] - first;
        if (run->line < n) {
            uint32_t line = b->options->reverse ? run->line : n - 1 - run->line;
            run->line++;
            if (run->line == n) {
                run->line = 0;
                run->at++;
            }
            return b->frame_of[first + line];
        }
        run->line = 0;
        run->at++;
    }
    return CPA_NONE;
}

static inline uint32_t next_distinct(const Builder *b, Run *run, uint32_t previous)
{
    uint32_t frame = next_frame(b, run);
    while (b->options->collapse_recursion && frame == previous && frame != CPA_NONE) {
        frame = next_frame(b, run);
    }
    return frame;
}

/* --- Distinct stacks --------------------------------------------------------------------------- */

static uint64_t hash_stack(const Builder *b, size_t sample)
{
    uint64_t hash = UINT64_C(0x9e3779b97f4a7c15);
    Run walk = {.sample = sample};
    uint32_t frame = CPA_NONE;
    while ((frame = next_distinct(b, &walk, frame)) != CPA_NONE) {
        hash = (hash ^ frame) * UINT64_C(0xff51afd7ed558ccd);
        hash ^= hash >> 32;
    }
    return hash;
}

static bool same_stack(const Builder *b, size_t s, size_t t)
{
    const CpaView *view = b->view;
    uint64_t n = view->end[s] - view->begin[s];
    if (n == view->end[t] - view->begin[t] &&
        (n == 0 || memcmp(view->frames + view->begin[s], view->frames + view->begin[t],
                          n * sizeof *view->frames) == 0)) {
        return true;
    }
    Run walk_s = {.sample = s};
    Run walk_t = {.sample = t};
    uint32_t frame_s = CPA_NONE;
    uint32_t frame_t = CPA_NONE;
    do {
        frame_s = next_distinct(b, &walk_s, frame_s);
        frame_t = next_distinct(b, &walk_t, frame_t);
        if (frame_s != frame_t) {
            return false;
        }
    } while (frame_s != CPA_NONE);
    return true;
}

static void grow_slots(Builder *b)
{
    size_t n_old = b->n_slots;
    Slot *old = b->slots;
    b->n_slots = n_old == 0 ? 1024 : n_old * 2;
    b->slots = g_new(Slot, b->n_slots);
    memset(b->slots, 0xff, b->n_slots * sizeof *b->slots);
    for (size_t i = 0; i < n_old; i++) {
        if (old[i].run != CPA_NONE) {
            size_t at = old[i].hash & (b->n_slots - 1);
            while (b->slots[at].run != CPA_NONE) {
                at = (at + 1) & (b->n_slots - 1);
            }
            b->slots[at] = old[i];
        }
    }
    g_free(old);
}

static Run *find_run(Builder *b, size_t sample)
{
    if ((b->runs.len + 1) * 2 > b->n_slots) {
        grow_slots(b);
    }
    uint64_t hash = hash_stack(b, sample);
    size_t at = hash & (b->n_slots - 1);
    while (b->slots[at].run != CPA_NONE) {
        if (b->slots[at].hash == hash &&
            same_stack(b, b->runs.data[b->slots[at].run].sample, sample)) {
            return &b->runs.data[b->slots[at].run];
        }
        at = (at + 1) & (b->n_slots - 1);
    }
    b->slots[at] = (Slot){.hash = hash, .run = (uint32_t)b->runs.len};
    Run run = {.sample = sample};
    cpa_vec_push(&b->runs, run);
    return &b->runs.data[b->runs.len - 1];
}

static void find_base_sets(Builder *b)
{
    const CpaProfile *profile = b->view->profile;
    CpaStrId key = cpa_strtab_find(profile->strings, "pprof::base", strlen("pprof::base"));
    CpaStrId value = cpa_strtab_find(profile->strings, "true", strlen("true"));
    uint32_t n_sets = cpa_label_table_count(profile->labels);
    b->is_base = g_new0(uint8_t, (size_t)n_sets + 1);
    for (uint32_t set = 0; set < n_sets && key != CPA_NONE && value != CPA_NONE; set++) {
        size_t n = 0;
        const CpaLabel *labels = cpa_label_table_get(profile->labels, set, &n);
        for (size_t i = 0; i < n; i++) {
            b->is_base[set] |= cpa_label_is_string(&labels[i]) && labels[i].key == key &&
                               labels[i].value == (int64_t)value;
        }
    }
}

/* The side of a sample, and its weight as that side measured it. */
static CpaSide side_of(Builder *b, size_t sample, int64_t *value, int64_t *div)
{
    const CpaView *view = b->view;
    size_t row = view->rows != NULL ? view->rows[sample] : sample;
    const int64_t *values = cpa_view_values(view, sample);
    *value = values[b->options->value_index];
    *div = b->options->mean ? values[0] : 0;
    bool is_base = b->is_base[view->profile->label_sets[row]];
    b->tree->has_base |= is_base;
    b->tree->has_negative |= !is_base && *value < 0;
    if (!is_base && *value >= 0) {
        return CPA_SIDE_NEW;
    }
    *value = (int64_t)(0 - (uint64_t)*value);
    *div = (int64_t)(0 - (uint64_t)*div);
    return CPA_SIDE_BASE;
}

static uint64_t width_of(const CpaStackWeight *weight, CpaStackWidth rule)
{
    uint64_t base = magnitude(weight->sum[CPA_SIDE_BASE]);
    uint64_t new = magnitude(weight->sum[CPA_SIDE_NEW]);
    switch (rule) {
    case CPA_WIDTH_NEW:
        return new;
    case CPA_WIDTH_BASE:
        return base;
    case CPA_WIDTH_DELTA:
        return new > base ? new - base : base - new;
    case CPA_WIDTH_MAX:
        break;
    }
    return MAX(base, new);
}

/* Makes the runs: all stacks that weigh anything. */
static bool merge_stacks(Builder *b, GError **error)
{
    uint64_t sum = 0;
    for (size_t s = 0; s < b->view->n_samples; s++) {
        int64_t value = 0;
        int64_t div = 0;
        CpaSide side = side_of(b, s, &value, &div);
        if (value == 0 && div == 0) {
            continue;
        }
        if (G_UNLIKELY(b->runs.len == CPA_NONE - 1)) {
            return cpa_error_set(error, CPA_ERROR_TOO_LARGE, "flame: too many distinct stacks");
        }
        if (__builtin_add_overflow(sum, magnitude(value), &sum) || sum > INT64_MAX) {
            return cpa_error_set(error, CPA_ERROR_OVERFLOW,
                                 "flame: sample %zu: the total exceeds 64 bits", s);
        }
        CpaStackWeight weight = {{0}, {0}};
        weight.sum[side] = value;
        weight.div[side] = div;
        add_weight(&find_run(b, s)->weight, &weight);
    }
    for (size_t i = 0; i < b->runs.len; i++) {
        b->runs.data[i].width = width_of(&b->runs.data[i].weight, b->options->width);
    }
    b->tree->n_stacks = b->runs.len;
    return true;
}

/* Weights of each frame wherever it stands, once per stack. */
static void count_totals(Builder *b)
{
    CpaStackTree *tree = b->tree;
    tree->totals = g_new0(CpaStackWeight, (size_t)tree->n_frames + 1);
    tree->selfs = g_new0(CpaStackWeight, (size_t)tree->n_frames + 1);
    g_autofree uint32_t *stamps = g_new0(uint32_t, (size_t)tree->n_frames + 1);
    for (size_t i = 0; i < b->runs.len; i++) {
        Run walk = {.sample = b->runs.data[i].sample};
        uint32_t frame = CPA_NONE;
        uint32_t leaf = CPA_NONE;
        while ((frame = next_frame(b, &walk)) != CPA_NONE) {
            if (!b->options->reverse || leaf == CPA_NONE) {
                leaf = frame;
            }
            if (stamps[frame] != i + 1) {
                stamps[frame] = (uint32_t)i + 1;
                add_weight(&tree->totals[frame], &b->runs.data[i].weight);
            }
        }
        if (leaf != CPA_NONE) {
            add_weight(&tree->selfs[leaf], &b->runs.data[i].weight);
        }
    }
}

/* --- Nodes ------------------------------------------------------------------------------------- */

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
        .weight = group->weight,
    };
    b->tree->max_depth = MAX(b->tree->max_depth, node.depth);
    cpa_vec_push(&b->nodes, node);
    cpa_vec_push(&b->run_first, first_run);
    cpa_vec_push(&b->run_count, group->n_runs);
    heap_push(b, (uint32_t)b->nodes.len - 1);
}

/* Finds the next frame of each run of the node, and the groups that share one. */
static void make_groups(Builder *b, uint32_t id)
{
    CpaStackNode *node = &b->nodes.data[id];
    Run *runs = b->runs.data + b->run_first.data[id];
    b->groups.len = 0;
    for (uint32_t i = 0; i < b->run_count.data[id]; i++) {
        uint32_t frame = next_distinct(b, &runs[i], node->frame);
        b->next[i] = frame;
        if (frame == CPA_NONE) {
            add_weight(&node->self, &runs[i].weight);
            continue;
        }
        if (b->group_of[frame] == 0) {
            Group group = {.frame = frame};
            cpa_vec_push(&b->groups, group);
            b->group_of[frame] = (uint32_t)b->groups.len;
        }
        Group *group = &b->groups.data[b->group_of[frame] - 1];
        group->n_runs++;
        group->width += runs[i].width;
        add_weight(&group->weight, &runs[i].weight);
    }
}

static int compare_groups(const void *pa, const void *pb, void *data)
{
    const CpaStackTree *tree = data;
    const Group *a = pa;
    const Group *b = pb;
    if (a->width != b->width) {
        return a->width > b->width ? -1 : 1;
    }
    return cpa_strtab_compare(tree->names, tree->frames[a->frame].name,
                              tree->frames[b->frame].name);
}

/* Puts the runs of the groups next to each other, in the order of the groups. */
static void sort_runs(Builder *b, uint32_t id)
{
    Run *runs = b->runs.data + b->run_first.data[id];
    uint32_t n_runs = b->run_count.data[id];
    uint32_t at = 0;
    for (size_t g = 0; g < b->groups.len; g++) {
        Group *group = &b->groups.data[g];
        b->group_of[group->frame] = (uint32_t)g + 1;
        group->first_run = at;
        at += group->n_runs;
    }
    for (uint32_t i = 0; i < n_runs; i++) {
        if (b->next[i] != CPA_NONE) {
            b->sorted[b->groups.data[b->group_of[b->next[i]] - 1].first_run++] = runs[i];
        }
    }
    memcpy(runs, b->sorted, at * sizeof *runs);
}

static void open_node(Builder *b, uint32_t id)
{
    make_groups(b, id);
    if (b->groups.len > 0) {
        g_qsort_with_data(b->groups.data, (int)b->groups.len, sizeof(Group), compare_groups,
                          b->tree);
        sort_runs(b, id);
    }
    b->nodes.data[id].first_child = (uint32_t)b->nodes.len;
    uint32_t first_run = b->run_first.data[id];
    for (size_t g = 0; g < b->groups.len; g++) {
        const Group *group = &b->groups.data[g];
        b->group_of[group->frame] = 0;
        CpaStackNode *node = &b->nodes.data[id];
        if (group->width >= b->min_width && group->width > 0 &&
            b->nodes.len < b->options->max_nodes && node->n_hidden == 0) {
            node->n_children++;
            add_node(b, id, group, first_run);
        } else {
            node->n_hidden++;
            node->hidden_width += group->width;
            add_weight(&node->hidden, &group->weight);
        }
        first_run += group->n_runs;
    }
}

static void build(Builder *b)
{
    Group root = {.frame = CPA_NONE, .n_runs = (uint32_t)b->runs.len};
    for (size_t i = 0; i < b->runs.len; i++) {
        root.width += b->runs.data[i].width;
        add_weight(&root.weight, &b->runs.data[i].weight);
    }
    b->min_width = (uint64_t)((double)root.width * b->options->min_frac);
    b->next = g_new(uint32_t, b->runs.len + 1);
    b->sorted = g_new(Run, b->runs.len + 1);
    b->group_of = g_new0(uint32_t, (size_t)b->tree->n_frames + 1);
    add_node(b, CPA_NONE, &root, 0);
    while (b->heap.len > 0) {
        open_node(b, heap_pop(b));
    }
}

CpaStackTree *cpa_stack_tree_new(CpaView *view, const CpaStackOptions *options, GError **error)
{
    g_autoptr(CpaStackTree) tree = g_new0(CpaStackTree, 1);
    tree->names = cpa_strtab_new(NULL);
    Builder b = {
        .view = view,
        .options = options,
        .tree = tree,
        .table = cpa_node_table_new(view, false),
    };
    name_frames(&b);
    find_base_sets(&b);
    bool ok = merge_stacks(&b, error);
    g_clear_pointer(&b.slots, g_free);
    if (ok) {
        count_totals(&b);
        build(&b);
        tree->n_nodes = (uint32_t)b.nodes.len;
        tree->nodes = cpa_vec_steal(&b.nodes);
    }
    for (uint32_t i = 0; i < tree->n_frames; i++) {
        tree->frames[i].file = b.table->infos[tree->frames[i].info].file;
        tree->frames[i].function = b.table->infos[tree->frames[i].info].name;
    }
    g_free(b.frame_of);
    g_free(b.is_base);
    g_free(b.group_of);
    g_free(b.next);
    g_free(b.sorted);
    cpa_vec_clear(&b.runs);
    cpa_vec_clear(&b.run_first);
    cpa_vec_clear(&b.run_count);
    cpa_vec_clear(&b.heap);
    cpa_vec_clear(&b.groups);
    cpa_node_table_free(b.table);
    return ok ? g_steal_pointer(&tree) : NULL;
}

void cpa_stack_tree_free(CpaStackTree *tree)
{
    if (tree == NULL) {
        return;
    }
    cpa_strtab_free(tree->names);
    g_free(tree->frames);
    g_free(tree->totals);
    g_free(tree->selfs);
    g_free(tree->nodes);
    g_free(tree);
}
