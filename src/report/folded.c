/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Collapsed stacks, as flame graph tools read them: one line per distinct stack, root first.
 *
 *     main;serve;json.Unmarshal 420
 *
 * Values are integers in the unit of the sample type, after -mean and -divide_by. Stacks are equal
 * when their texts are; they come in the order in which the samples first show them. Sums that
 * are 0 are left out. A sample without any frame counts as <unknown>, so that totals agree.
 *
 *     (location, line) -> node (granularity) -> text     `;` and control characters replaced
 *     stack table: open addressing; a record names the first sample that has the stack, so no
 *     stack is stored twice
 *
 * Cost: O(frames), no text is touched before the output.
 * Format: https://github.com/brendangregg/FlameGraph#2-fold-stacks
 */
#include <inttypes.h>
#include <string.h>

#include "base/vec.h"
#include "report/report.h"

#define NO_FRAME "<unknown>"

typedef struct {
    uint64_t hash;
    size_t sample; /* the first one of this stack */
    int64_t sum;
    int64_t div;
} Stack;

typedef struct {
    const CpaReport *report;
    CpaNodeTable *nodes;
    CpaStrtab *texts;  /* frame texts, each once */
    uint32_t *frame;   /* as nodes->node: text of each (location, line); then NO_FRAME's */
    uint32_t no_frame; /* index in frame of what stands for an empty stack */
    CPA_VEC(Stack) stacks;
    uint32_t *slots; /* index of a stack, or CPA_NONE */
    size_t n_slots;
} Folder;

/* Walks the texts of a sample from the leaf: all lines of a location, then the next location. */
typedef struct {
    const Folder *folder;
    uint64_t at; /* next frame */
    uint64_t end;
    uint32_t line; /* next of the lines of the current frame */
    uint32_t line_end;
} Walk;

static Walk walk_start(const Folder *folder, size_t sample)
{
    const CpaView *view = folder->report->view;
    Walk walk = {.folder = folder, .at = view->begin[sample], .end = view->end[sample]};
    if (walk.at == walk.end) {
        walk.line = folder->no_frame;
        walk.line_end = folder->no_frame + 1;
    }
    return walk;
}

static bool walk_next(Walk *walk, uint32_t *text)
{
    const Folder *folder = walk->folder;
    while (walk->line == walk->line_end) {
        if (walk->at == walk->end) {
            return false;
        }
        uint32_t location = folder->report->view->frames[walk->at++];
        walk->line = folder->nodes->first[location];
        walk->line_end = folder->nodes->first[location + 1];
    }
    *text = folder->frame[walk->line++];
    return true;
}

static uint64_t hash_stack(const Folder *folder, size_t sample)
{
    uint64_t hash = UINT64_C(0x9e3779b97f4a7c15);
    Walk walk = walk_start(folder, sample);
    uint32_t text;
    while (walk_next(&walk, &text)) {
        hash = (hash ^ text) * UINT64_C(0xff51afd7ed558ccd);
        hash ^= hash >> 32;
    }
    return hash;
}

static bool same_stack(const Folder *folder, size_t a, size_t b)
{
    const CpaView *view = folder->report->view;
    uint64_t n = view->end[a] - view->begin[a];
    if (n == view->end[b] - view->begin[b] &&
        (n == 0 || memcmp(view->frames + view->begin[a], view->frames + view->begin[b],
                          n * sizeof *view->frames) == 0)) {
        return true;
    }
    Walk walk_a = walk_start(folder, a);
    Walk walk_b = walk_start(folder, b);
    for (;;) {
        uint32_t text_a = 0;
        uint32_t text_b = 0;
        bool more_a = walk_next(&walk_a, &text_a);
        bool more_b = walk_next(&walk_b, &text_b);
        if (more_a != more_b || text_a != text_b) {
            return false;
        }
        if (!more_a) {
            return true;
        }
    }
}

static void grow(Folder *folder)
{
    folder->n_slots = folder->n_slots == 0 ? 1024 : folder->n_slots * 2;
    g_free(folder->slots);
    folder->slots = g_new(uint32_t, folder->n_slots);
    memset(folder->slots, 0xff, folder->n_slots * sizeof *folder->slots);
    for (size_t i = 0; i < folder->stacks.len; i++) {
        size_t at = folder->stacks.data[i].hash & (folder->n_slots - 1);
        while (folder->slots[at] != CPA_NONE) {
            at = (at + 1) & (folder->n_slots - 1);
        }
        folder->slots[at] = (uint32_t)i;
    }
}

static Stack *find_stack(Folder *folder, size_t sample)
{
    if ((folder->stacks.len + 1) * 2 > folder->n_slots) {
        grow(folder);
    }
    uint64_t hash = hash_stack(folder, sample);
    size_t at = hash & (folder->n_slots - 1);
    while (folder->slots[at] != CPA_NONE) {
        Stack *stack = &folder->stacks.data[folder->slots[at]];
        if (stack->hash == hash && same_stack(folder, stack->sample, sample)) {
            return stack;
        }
        at = (at + 1) & (folder->n_slots - 1);
    }
    folder->slots[at] = (uint32_t)folder->stacks.len;
    Stack stack = {.hash = hash, .sample = sample};
    cpa_vec_push(&folder->stacks, stack);
    return &folder->stacks.data[folder->stacks.len - 1];
}

static bool fold(Folder *folder, GError **error)
{
    const CpaReport *report = folder->report;
    const CpaView *view = report->view;
    for (size_t i = 0; i < view->n_samples; i++) {
        int64_t value = cpa_report_value(report, i);
        int64_t div = report->mean ? cpa_view_values(view, i)[0] : 0;
        if (value == 0 && div == 0) {
            continue;
        }
        if (G_UNLIKELY(folder->stacks.len == CPA_NONE)) {
            return cpa_error_set(error, CPA_ERROR_TOO_LARGE, "folded: too many distinct stacks");
        }
        Stack *stack = find_stack(folder, i);
        if (__builtin_add_overflow(stack->sum, value, &stack->sum) ||
            __builtin_add_overflow(stack->div, div, &stack->div)) {
            return cpa_error_set(error, CPA_ERROR_OVERFLOW,
                                 "folded: sample %zu: the values of one stack exceed 64 bits", i);
        }
    }
    return true;
}

/* A frame must hold neither the separator of frames nor an end of line. */
static void clean_text(GString *text)
{
    for (gsize i = 0; i < text->len; i++) {
        unsigned char c = (unsigned char)text->str[i];
        if (c == ';') {
            text->str[i] = ':';
        } else if (c < 0x20 || c == 0x7f) {
            text->str[i] = ' ';
        }
    }
}

/* Gives every frame the id of its text, so that equal texts of different nodes are one. */
static void name_frames(Folder *folder)
{
    const CpaNodeTable *nodes = folder->nodes;
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree uint32_t *node_text = g_new(uint32_t, (size_t)nodes->n_nodes + 1);
    for (uint32_t i = 0; i < nodes->n_nodes; i++) {
        g_string_set_size(text, 0);
        cpa_node_info_print(&nodes->infos[i], folder->report->view->strings, " ", text);
        clean_text(text);
        node_text[i] = cpa_strtab_intern(folder->texts, text->str, text->len);
    }
    uint32_t n_frames = nodes->first[folder->report->view->n_locations];
    folder->frame = g_new(uint32_t, (size_t)n_frames + 1);
    for (uint32_t i = 0; i < n_frames; i++) {
        folder->frame[i] = node_text[nodes->node[i]];
    }
    folder->no_frame = n_frames;
    folder->frame[n_frames] = cpa_strtab_intern(folder->texts, NO_FRAME, strlen(NO_FRAME));
}

static int64_t shown_value(const CpaReport *report, const Stack *stack)
{
    int64_t value = stack->div == 0 ? stack->sum : stack->sum / stack->div;
    if (report->ratio > 0 && report->ratio != 1) {
        value = cpa_int64_from_double((double)value * report->ratio);
    }
    return report->options->drop_negative && value < 0 ? 0 : value;
}

/* "root;...;leaf 42" */
static void put_stack(const Folder *folder, const Stack *stack, int64_t value, CpaSink *sink)
{
    const CpaView *view = folder->report->view;
    const CpaNodeTable *nodes = folder->nodes;
    const char *separator = "";
    for (uint64_t at = view->end[stack->sample]; at > view->begin[stack->sample]; at--) {
        uint32_t location = view->frames[at - 1];
        for (uint32_t k = nodes->first[location + 1]; k > nodes->first[location]; k--) {
            uint32_t text = folder->frame[k - 1];
            cpa_sink_puts(sink, separator);
            cpa_sink_write(sink, cpa_strtab_get(folder->texts, text),
                           cpa_strtab_len(folder->texts, text));
            separator = ";";
        }
    }
    if (separator[0] == '\0') {
        cpa_sink_puts(sink, NO_FRAME);
    }
    cpa_sink_printf(sink, " %" PRId64 "\n", value);
}

static bool emit_folded(CpaReport *report, CpaSink *sink, GError **error)
{
    g_autoptr(CpaNodeTable) nodes = cpa_node_table_new(report->view, false);
    g_autoptr(CpaStrtab) texts = cpa_strtab_new(NULL);
    Folder folder = {.report = report, .nodes = nodes, .texts = texts};
    name_frames(&folder);
    bool ok = fold(&folder, error);
    for (size_t i = 0; ok && i < folder.stacks.len; i++) {
        const Stack *stack = &folder.stacks.data[i];
        int64_t value = shown_value(report, stack);
        if (value != 0) {
            put_stack(&folder, stack, value, sink);
        }
    }
    g_free(folder.frame);
    g_free(folder.slots);
    cpa_vec_clear(&folder.stacks);
    return ok;
}

const CpaReportRow cpa_report_folded = {
    .name = "folded",
    .summary = "Collapsed stacks, one line per distinct stack",
    .usage = "Lines of the form root;caller;leaf 42 for flame graph tools; cpa reads them back.\n"
             "Values are integers in the unit of the profile; nothing is trimmed.",
    .suffix = "folded",
    .flags = CPA_REPORT_NO_TRIM,
    .emit = emit_folded,
};
