/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One pass over the samples: each stack is written to the end of seq, and the weights of functions
 * are counted while it is at hand. A second one over the runs merges equal stacks, where asked for.
 */
#include "graph/stacklist.h"

#include <string.h>

#include "base/error.h"
#include "base/hash.h"

#define AHEAD    12         /* stacks */
#define MULTIPLE UINT32_MAX /* a location of several lines, or of none */

/* Inlined calls may make this many frames of one: what makes more is no program. */
#define MAX_INLINE_FACTOR 16
#define MAX_INLINE_FREE   ((size_t)1 << 26)

typedef struct {
    const CpaView *view;
    const CpaStackOptions *options;
    CpaStackTree *tree;
    CpaStackList *list;
    CpaNodeTable *table;
    uint32_t *frame_of;         /* as table->node: frame of each (location, line) */
    uint32_t *single;           /* [locations] its only frame, or MULTIPLE */
    uint8_t *is_base;           /* [label sets] */
    uint32_t *stamps;           /* [frames] 1 + the last sample that passed */
    int64_t *sums[CPA_N_SIDES]; /* [frames] what becomes totals */
    int64_t *divs[CPA_N_SIDES]; /* NULL without mean */
    CPA_VEC(uint64_t) hashes;   /* [runs] of their frames, where equal ones are merged */
    size_t max_seq;
    bool has_weights; /* a run's weight is more than its width */
    bool merges;      /* equal stacks are one run */
} Lister;

static uint64_t magnitude(int64_t value)
{
    return value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
}

/* --- Frames ------------------------------------------------------------------------------------ */

/* A frame for each printable name; @name gets that of each node of the table. */
static void make_frames(Lister *l, uint32_t *frame_of_node)
{
    const CpaNodeTable *table = l->table;
    CpaStackTree *tree = l->tree;
    g_autoptr(GString) text = g_string_new(NULL);
    for (uint32_t i = 0; i < table->n_nodes; i++) {
        g_string_set_size(text, 0);
        cpa_node_info_print(&table->infos[i], l->view->strings, " ", text);
        if (text->len == 0) {
            /* A name that begins with NUL. */
            g_string_append(text, "<unknown>");
        }
        /* Names are numbered by first use, and number 0 is "": frame i is name i + 1. */
        frame_of_node[i] = cpa_strtab_intern(tree->names, text->str, text->len) - 1;
    }
    tree->n_frames = cpa_strtab_count(tree->names) - 1;
    tree->frames = g_new0(CpaStackFrame, (size_t)tree->n_frames + 1);
    for (uint32_t i = table->n_nodes; i > 0; i--) {
        const CpaNodeInfo *info = &table->infos[i - 1];
        tree->frames[frame_of_node[i - 1]] = (CpaStackFrame){
            .name = frame_of_node[i - 1] + 1,
            .function = info->name,
            .file = info->file,
            .is_inline = true,
        };
    }
}

/* Gives every (location, line) its frame. */
static void name_frames(Lister *l)
{
    const CpaNodeTable *table = l->table;
    const CpaView *view = l->view;
    CpaStackFrame *frames = NULL;
    g_autofree uint32_t *frame_of_node = g_new(uint32_t, (size_t)table->n_nodes + 1);
    make_frames(l, frame_of_node);
    frames = l->tree->frames;
    l->frame_of = g_new(uint32_t, (size_t)table->first[view->n_locations] + 1);
    l->single = g_new(uint32_t, (size_t)view->n_locations + 1);
    for (uint32_t loc = 0; loc < view->n_locations; loc++) {
        uint32_t mapping = view->locations[loc].mapping;
        uint32_t first = table->first[loc];
        uint32_t end = table->first[loc + 1];
        for (uint32_t k = first; k < end; k++) {
            uint32_t frame = frame_of_node[table->node[k]];
            l->frame_of[k] = frame;
            if (mapping != CPA_NONE && frames[frame].object_file == 0) {
                frames[frame].object_file = view->mappings[mapping].file;
            }
            frames[frame].is_inline &= k + 1 < end;
        }
        l->single[loc] = end - first == 1 ? l->frame_of[first] : MULTIPLE;
    }
}

/* --- Sides ------------------------------------------------------------------------------------- */

static void find_base_sets(Lister *l)
{
    const CpaProfile *profile = l->view->profile;
    CpaStrId key = cpa_strtab_find(profile->strings, "pprof::base", strlen("pprof::base"));
    CpaStrId value = cpa_strtab_find(profile->strings, "true", strlen("true"));
    uint32_t n_sets = cpa_label_table_count(profile->labels);
    l->is_base = g_new0(uint8_t, (size_t)n_sets + 1);
    for (uint32_t set = 0; set < n_sets && key != CPA_NONE && value != CPA_NONE; set++) {
        size_t n = 0;
        const CpaLabel *labels = cpa_label_table_get(profile->labels, set, &n);
        for (size_t i = 0; i < n; i++) {
            l->is_base[set] |= cpa_label_is_string(&labels[i]) && labels[i].key == key &&
                               labels[i].value == (int64_t)value;
        }
    }
}

static bool is_base(const Lister *l, size_t sample)
{
    size_t row = l->view->rows != NULL ? l->view->rows[sample] : sample;
    return l->is_base[l->view->profile->label_sets[row]];
}

/* Looks which sides there are, and for sums that do not fit. */
static bool find_sides(Lister *l, GError **error)
{
    CpaStackTree *tree = l->tree;
    uint64_t sum = 0;
    for (size_t s = 0; s < l->view->n_samples; s++) {
        int64_t value = cpa_view_values(l->view, s)[l->options->value_index];
        bool base = is_base(l, s);
        tree->has_base |= base;
        tree->has_negative |= !base && value < 0;
        if (__builtin_add_overflow(sum, magnitude(value), &sum) || sum > INT64_MAX) {
            return cpa_error_set(error, CPA_ERROR_OVERFLOW,
                                 "flame: sample %zu: the total exceeds 64 bits", s);
        }
    }
    l->merges = tree->has_base || tree->has_negative;
    l->has_weights = l->merges || l->options->mean || l->options->width == CPA_WIDTH_BASE;
    return true;
}

/* The weight of a sample, as its side measured it. */
static CpaStackWeight weight_of(const Lister *l, size_t sample)
{
    CpaStackWeight weight = {{0}, {0}};
    const int64_t *values = cpa_view_values(l->view, sample);
    int64_t value = values[l->options->value_index];
    int64_t div = l->options->mean ? values[0] : 0;
    if (!is_base(l, sample) && value >= 0) {
        weight.sum[CPA_SIDE_NEW] = value;
        weight.div[CPA_SIDE_NEW] = div;
    } else {
        weight.sum[CPA_SIDE_BASE] = (int64_t)(0 - (uint64_t)value);
        weight.div[CPA_SIDE_BASE] = (int64_t)(0 - (uint64_t)div);
    }
    return weight;
}

/* A sample has a weight on one side only. */
static bool is_new(const CpaStackWeight *weight)
{
    return weight->sum[CPA_SIDE_NEW] != 0 || weight->div[CPA_SIDE_NEW] != 0;
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

/* --- Stacks ------------------------------------------------------------------------------------ */

/* The lines of a location, from where the tree begins; false when there are too many in all. */
static bool push_lines(Lister *l, uint32_t loc, size_t n_rest)
{
    uint32_t first = l->table->first[loc];
    uint32_t n = l->table->first[loc + 1] - first;
    if (n > l->max_seq || l->list->seq.len > l->max_seq - n) {
        return false;
    }
    cpa_vec_reserve(&l->list->seq, n + n_rest);
    uint32_t *out = l->list->seq.data + l->list->seq.len;
    for (uint32_t i = 0; i < n; i++) {
        out[i] = l->frame_of[l->options->reverse ? first + i : first + n - 1 - i];
    }
    l->list->seq.len += n;
    return true;
}

/* A frame that calls itself becomes one. */
static void collapse(CpaStackList *list, size_t start)
{
    size_t end = start;
    for (size_t i = start; i < list->seq.len; i++) {
        if (i == start || list->seq.data[i] != list->seq.data[i - 1]) {
            list->seq.data[end++] = list->seq.data[i];
        }
    }
    list->seq.len = end;
}

/* Writes the stack of a sample to the end of seq. */
static bool push_stack(Lister *l, size_t sample, GError **error)
{
    const CpaView *view = l->view;
    CpaStackList *list = l->list;
    size_t start = list->seq.len;
    uint64_t begin = view->begin[sample];
    size_t n = (size_t)(view->end[sample] - begin);
    bool reverse = l->options->reverse;
    bool fits = n <= l->max_seq && start <= l->max_seq - n;
    if (fits) {
        cpa_vec_reserve(&list->seq, n);
    }
    for (size_t i = 0; i < n && fits; i++) {
        uint32_t loc = view->frames[reverse ? begin + i : begin + n - 1 - i];
        uint32_t frame = l->single[loc];
        if (G_LIKELY(frame != MULTIPLE)) {
            list->seq.data[list->seq.len++] = frame;
        } else {
            fits = push_lines(l, loc, n - i);
        }
    }
    if (!fits || list->seq.len - start > UINT32_MAX) {
        return cpa_error_set(error, CPA_ERROR_TOO_LARGE,
                             "flame: sample %zu: inlined calls make more than %zu frames of the "
                             "profile's; try -noinlines",
                             sample, l->max_seq);
    }
    if (l->options->collapse_recursion) {
        collapse(list, start);
    }
    return true;
}

/* Adds the weight to each frame of the stack that ends seq, once, and to its leaf. */
static void count_frames(Lister *l, size_t sample, size_t start, const CpaStackWeight *weight)
{
    CpaSide side = is_new(weight) ? CPA_SIDE_NEW : CPA_SIDE_BASE;
    int64_t *sums = l->sums[side];
    int64_t *divs = l->divs[side];
    const uint32_t *frames = l->list->seq.data + start;
    size_t n = l->list->seq.len - start;
    uint32_t stamp = (uint32_t)sample + 1;
    for (size_t i = 0; i < n; i++) {
        uint32_t frame = frames[i];
        if (l->stamps[frame] == stamp) {
            continue;
        }
        l->stamps[frame] = stamp;
        sums[frame] = (int64_t)((uint64_t)sums[frame] + (uint64_t)weight->sum[side]);
        if (divs != NULL) {
            divs[frame] = (int64_t)((uint64_t)divs[frame] + (uint64_t)weight->div[side]);
        }
    }
    if (n > 0) {
        cpa_stack_weight_add(&l->tree->selfs[frames[l->options->reverse ? 0 : n - 1]], weight);
    }
}

static uint64_t hash_stack(const uint32_t *frames, size_t n)
{
    const uint64_t *seed = cpa_hash_seed();
    uint64_t hash = cpa_hash64(n, seed);
    for (; n >= 2; n -= 2, frames += 2) {
        hash = cpa_hash_mix(hash ^ ((uint64_t)frames[0] << 32 | frames[1]), seed[1]);
    }
    return n == 0 ? hash : cpa_hash_mix(hash ^ frames[0], seed[1]);
}

/* Whether the run that is kept as number @kept has the same frames as @run. */
static bool is_same(const Lister *l, uint32_t kept, uint64_t hash, const CpaStackRun *run)
{
    const CpaStackRun *other = &l->list->runs.data[kept];
    const uint32_t *seq = l->list->seq.data;
    return l->hashes.data[kept] == hash && other->n_left == run->n_left &&
           (run->n_left == 0 ||
            memcmp(seq + other->at, seq + run->at, run->n_left * sizeof *seq) == 0);
}

/*
 * Equal stacks become one run, the first of them. Slots are far apart: they are fetched ahead. The
 * table is twice as large as it can get full.
 */
static void merge_runs(Lister *l)
{
    CpaStackList *list = l->list;
    size_t n_slots = 1024;
    while (n_slots < list->runs.len * 2) {
        n_slots *= 2;
    }
    g_autofree uint32_t *slots = g_new(uint32_t, n_slots);
    memset(slots, 0xff, n_slots * sizeof *slots);
    size_t n_kept = 0;
    for (size_t i = 0; i < list->runs.len; i++) {
        CpaStackRun run = list->runs.data[i];
        uint64_t hash = l->hashes.data[i];
        if (i + AHEAD < list->runs.len) {
            __builtin_prefetch(&slots[l->hashes.data[i + AHEAD] & (n_slots - 1)]);
        }
        size_t at = hash & (n_slots - 1);
        while (slots[at] != CPA_NONE && !is_same(l, slots[at], hash, &run)) {
            at = (at + 1) & (n_slots - 1);
        }
        if (slots[at] != CPA_NONE) {
            cpa_stack_weight_add(&list->weights.data[slots[at]], &list->weights.data[i]);
            continue;
        }
        slots[at] = (uint32_t)n_kept;
        run.id = (uint32_t)n_kept;
        l->hashes.data[n_kept] = hash;
        list->runs.data[n_kept] = run;
        list->weights.data[n_kept++] = list->weights.data[i];
    }
    list->runs.len = n_kept;
    list->weights.len = n_kept;
}

static bool add_sample(Lister *l, size_t sample, GError **error)
{
    CpaStackList *list = l->list;
    CpaStackWeight weight = weight_of(l, sample);
    if (!is_new(&weight) && weight.sum[CPA_SIDE_BASE] == 0 && weight.div[CPA_SIDE_BASE] == 0) {
        return true;
    }
    size_t start = list->seq.len;
    if (list->runs.len == CPA_NONE - 1) {
        return cpa_error_set(error, CPA_ERROR_TOO_LARGE, "flame: too many distinct stacks");
    }
    if (!push_stack(l, sample, error)) {
        return false;
    }
    count_frames(l, sample, start, &weight);
    if (l->merges) {
        cpa_vec_push(&l->hashes, hash_stack(list->seq.data + start, list->seq.len - start));
    }
    CpaStackRun run = {
        .at = start,
        .n_left = (uint32_t)(list->seq.len - start),
        .id = (uint32_t)list->runs.len,
        .width = (uint64_t)weight.sum[CPA_SIDE_NEW],
    };
    cpa_vec_push(&list->runs, run);
    if (l->has_weights) {
        cpa_vec_push(&list->weights, weight);
    }
    return true;
}

static bool fill(Lister *l, GError **error)
{
    CpaStackTree *tree = l->tree;
    CpaStackList *list = l->list;
    const CpaView *view = l->view;
    size_t n_frames = 0;
    for (size_t s = 0; s < view->n_samples; s++) {
        n_frames += (size_t)(view->end[s] - view->begin[s]);
    }
    l->max_seq = n_frames * MAX_INLINE_FACTOR + MAX_INLINE_FREE;
    tree->totals = g_new0(CpaStackWeight, (size_t)tree->n_frames + 1);
    tree->selfs = g_new0(CpaStackWeight, (size_t)tree->n_frames + 1);
    l->stamps = g_new0(uint32_t, (size_t)tree->n_frames + 1);
    for (int side = 0; side < CPA_N_SIDES; side++) {
        l->sums[side] = g_new0(int64_t, (size_t)tree->n_frames + 1);
        l->divs[side] = l->options->mean ? g_new0(int64_t, (size_t)tree->n_frames + 1) : NULL;
    }
    for (size_t s = 0; s < view->n_samples; s++) {
        if (!add_sample(l, s, error)) {
            return false;
        }
    }
    for (int side = 0; side < CPA_N_SIDES; side++) {
        for (uint32_t i = 0; i < tree->n_frames; i++) {
            tree->totals[i].sum[side] = l->sums[side][i];
            tree->totals[i].div[side] = l->divs[side] != NULL ? l->divs[side][i] : 0;
        }
    }
    if (l->merges) {
        merge_runs(l);
    }
    for (size_t i = 0; i < list->weights.len; i++) {
        list->runs.data[i].width = width_of(&list->weights.data[i], l->options->width);
    }
    tree->n_stacks = list->runs.len;
    return true;
}

bool cpa_stack_list_fill(CpaStackList *list, CpaView *view, const CpaStackOptions *options,
                         CpaStackTree *tree, GError **error)
{
    Lister l = {
        .view = view,
        .options = options,
        .tree = tree,
        .list = list,
        .table = cpa_node_table_new(view, false),
    };
    name_frames(&l);
    find_base_sets(&l);
    bool ok = find_sides(&l, error) && fill(&l, error);
    g_free(l.frame_of);
    g_free(l.single);
    g_free(l.is_base);
    g_free(l.stamps);
    for (int side = 0; side < CPA_N_SIDES; side++) {
        g_free(l.sums[side]);
        g_free(l.divs[side]);
    }
    cpa_vec_clear(&l.hashes);
    cpa_node_table_free(l.table);
    return ok;
}

void cpa_stack_list_clear(CpaStackList *list)
{
    cpa_vec_clear(&list->seq);
    cpa_vec_clear(&list->runs);
    cpa_vec_clear(&list->weights);
}
