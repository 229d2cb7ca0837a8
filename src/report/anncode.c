/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ranges of code are some hundred bytes to either side of the places that matter. An instruction
 * has an entry for each of its frames, inlined ones included, whose function is of interest.
 */
#include "report/anncode.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define MAX_RANGES 25  /* of code; the ones with the largest flat */
#define EXPAND     500 /* bytes of code around a place */
#define NEAR       32  /* bytes in which a line number holds for instructions without one */

typedef struct {
    uint64_t begin;
    uint64_t end;
    int64_t score;
    uint32_t mapping;
    uint64_t anchor; /* a place in it */
} Range;

typedef CPA_VEC(Range) Ranges;

typedef struct {
    const char *function;
    const char *file;
    int64_t line;
} Frame;

typedef CPA_VEC(Frame) Frames;

/* --- ranges of code ------------------------------------------------------------------------- */

static CpaBinary *binary_of(CpaAnnWork *m, uint32_t place)
{
    const CpaLocation *l = &m->r->view->locations[m->interesting[place]];
    CpaBinary *binary =
        l->mapping != CPA_NONE ? cpa_binaries_get(m->out->binaries, l->mapping) : NULL;
    return binary != NULL && binary->object != NULL ? binary : NULL;
}

static int compare_ranges(const void *pa, const void *pb)
{
    const Range *a = pa;
    const Range *b = pb;
    if (a->score != b->score) {
        return a->score > b->score ? -1 : 1;
    }
    return (a->begin > b->begin) - (a->begin < b->begin);
}

static void make_ranges(CpaAnnWork *m, Ranges *ranges)
{
    const CpaView *v = m->r->view;
    for (uint32_t i = 0; i < m->n_places; i++) {
        if (m->interesting[i] == CPA_NONE || binary_of(m, i) == NULL) {
            continue;
        }
        uint64_t address = m->addresses[i];
        uint32_t mapping = v->locations[m->interesting[i]].mapping;
        const CpaMapping *map = &v->mappings[mapping];
        Range *last = ranges->len > 0 ? &ranges->data[ranges->len - 1] : NULL;
        if (last != NULL && address - last->end <= 2 * EXPAND &&
            address < v->mappings[last->mapping].limit) {
            last->end = address;
            last->score += m->sums[i].flat;
            continue;
        }
        Range range = {
            .begin = address - MIN(address - MIN(address, map->start), EXPAND),
            .end = address,
            .score = m->sums[i].flat,
            .mapping = mapping,
            .anchor = address,
        };
        cpa_vec_push(ranges, range);
    }
    for (size_t i = 0; i < ranges->len; i++) {
        Range *range = &ranges->data[i];
        uint64_t limit = MAX(v->mappings[range->mapping].limit, range->end);
        range->end += MIN(limit - range->end, EXPAND);
    }
    if (ranges->len > 1) {
        qsort(ranges->data, ranges->len, sizeof *ranges->data, compare_ranges);
    }
    ranges->len = MIN(ranges->len, MAX_RANGES);
}

/* --- instructions below lines --------------------------------------------------------------- */

/* "./a//b.c" and "a/b.c" are one file. */
static uint32_t intern_file(CpaAnnWork *m, const char *name)
{
    static const char sandbox[] = "/proc/self/cwd/";
    name += g_str_has_prefix(name, sandbox) ? strlen(sandbox) : 0;
    name += g_str_has_prefix(name, "./") ? 2 : 0;
    g_autofree char *clean = cpa_path_clean(name);
    gpointer known = g_hash_table_lookup(m->file_index, clean);
    if (known != NULL) {
        return GPOINTER_TO_UINT(known) - 1;
    }
    CpaAnnFile file = {.name = g_string_chunk_insert(m->names, clean)};
    cpa_vec_push(&m->files, file);
    g_hash_table_insert(m->file_index, (gpointer)file.name, GUINT_TO_POINTER(m->files.len));
    return (uint32_t)m->files.len - 1;
}

static bool is_of_interest(const CpaAnnWork *m, const char *function)
{
    CpaStrId id = cpa_strtab_find(m->r->view->strings, function, strlen(function));
    return id != CPA_NONE && id < m->n_strings && m->interest[id];
}

/* One entry for each frame that matters, with the calls that were inlined below it. */
static void add_entries(CpaAnnWork *m, uint32_t inst, const Frame *frames, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!is_of_interest(m, frames[i].function)) {
            continue;
        }
        CpaAnnEntry entry = {
            .file = intern_file(m, frames[i].file),
            .line = frames[i].line,
            .function = frames[i].function,
            .inst = inst,
            .order = (uint32_t)m->entries.len,
            .call_first = (uint32_t)m->out->calls.len,
            .n_calls = (uint32_t)i,
        };
        for (size_t k = i; k > 0; k--) {
            CpaListCall call = {.file = frames[k - 1].file, .line = frames[k - 1].line};
            cpa_vec_push(&m->out->calls, call);
        }
        cpa_vec_push(&m->entries, entry);
    }
}

static void frames_of_location(const CpaAnnWork *m, uint32_t location, Frames *frames)
{
    const CpaView *v = m->r->view;
    const CpaLocation *l = &v->locations[location];
    frames->len = 0;
    for (uint32_t i = 0; i < l->n_lines; i++) {
        const CpaLine *line = &v->lines[l->line_first + i];
        const CpaFunction *f = &v->functions[line->function];
        Frame frame = {cpa_view_str(v, f->name), cpa_view_str(v, f->file), line->line};
        cpa_vec_push(frames, frame);
    }
}

/* The first place in [address, address + size) whose location matters. */
static uint32_t find_location(const CpaAnnWork *m, uint64_t address, uint32_t size)
{
    uint32_t low = 0;
    uint32_t high = m->n_places;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (m->addresses[middle] < address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (; low < m->n_places && m->addresses[low] - address < size; low++) {
        if (m->interesting[low] != CPA_NONE) {
            return m->interesting[low];
        }
    }
    return CPA_NONE;
}

/* Of the program's debug information; where it has none, what the profile says of the address. */
static void frames_of_instruction(const CpaAnnWork *m, const CpaCode *code,
                                  const CpaInstruction *instruction, uint64_t address,
                                  Frames *frames)
{
    frames->len = 0;
    for (uint32_t i = 0; i < instruction->n_frames; i++) {
        const CpaFrame *f = &code->frames.data[instruction->frame_first + i];
        Frame frame = {f->function, f->file, f->line};
        cpa_vec_push(frames, frame);
    }
    if (frames->len == 0 || *frames->data[0].file == '\0') {
        uint32_t location = find_location(m, address, instruction->size);
        if (location != CPA_NONE) {
            frames_of_location(m, location, frames);
        }
    }
}

/* Returns whether there is code: a range without may be in no section, or of another machine. */
static bool read_range(CpaAnnWork *m, const Range *range)
{
    CpaBinary *binary = cpa_binaries_get(m->out->binaries, range->mapping);
    uint64_t base = 0;
    if (!cpa_binary_base(binary, range->anchor, &base)) {
        return false;
    }
    g_autoptr(GError) error = NULL;
    CpaCode *code =
        cpa_binary_code(m->out->binaries, binary, range->begin - base, range->end - base, &error);
    if (code == NULL) {
        if (m->r->warn != NULL) {
            m->r->warn(error->message, m->r->warn_data);
        }
        return false;
    }
    g_ptr_array_add(m->out->codes, code);
    Frames frames = {0};
    Frames last = {0};
    uint64_t last_address = 0;
    for (size_t i = 0; i < code->instructions.len; i++) {
        const CpaInstruction *instruction = &code->instructions.data[i];
        uint64_t address = instruction->address + base;
        frames_of_instruction(m, code, instruction, address, &frames);
        CpaAnnInst inst = {
            .address = address,
            .object_address = instruction->address,
            .size = instruction->size,
            .text = instruction->text,
            .file = frames.len > 0 ? frames.data[0].file : "",
            .line = frames.len > 0 ? frames.data[0].line : 0,
        };
        cpa_vec_push(&m->insts, inst);
        if (frames.len > 0 && frames.data[0].line != 0) {
            last.len = 0;
            cpa_vec_reserve(&last, frames.len);
            memcpy(last.data, frames.data, frames.len * sizeof *frames.data);
            last.len = frames.len;
            last_address = address;
        }
        bool is_near = last.len > 0 && address - last_address <= NEAR;
        const Frames *shown = is_near ? &last : &frames;
        add_entries(m, (uint32_t)m->insts.len - 1, shown->data, shown->len);
    }
    cpa_vec_clear(&frames);
    cpa_vec_clear(&last);
    return true;
}

/* Places whose code cannot be shown: the lines of the profile. */
static void add_place(CpaAnnWork *m, uint32_t place, Frames *frames)
{
    frames_of_location(m, m->interesting[place], frames);
    CpaAnnInst inst = {
        .address = m->addresses[place],
        .object_address = m->addresses[place],
        .size = 1,
        .file = frames->len > 0 ? frames->data[0].file : "",
        .line = frames->len > 0 ? frames->data[0].line : 0,
    };
    cpa_vec_push(&m->insts, inst);
    add_entries(m, (uint32_t)m->insts.len - 1, frames->data, frames->len);
}

void cpa_ann_read_code(CpaAnnWork *m)
{
    g_autofree uint8_t *has_code = g_new0(uint8_t, (size_t)m->n_places + 1);
    Ranges ranges = {0};
    make_ranges(m, &ranges);
    bool is_cut = ranges.len == MAX_RANGES;
    for (size_t i = 0; i < ranges.len; i++) {
        const Range *range = &ranges.data[i];
        bool ok = read_range(m, range);
        for (uint32_t k = 0; ok && k < m->n_places; k++) {
            has_code[k] |= m->addresses[k] >= range->begin && m->addresses[k] < range->end;
        }
    }
    cpa_vec_clear(&ranges);
    Frames frames = {0};
    for (uint32_t k = 0; k < m->n_places; k++) {
        /* Of the ranges that were too many, nothing is shown. */
        bool left_out = is_cut && m->interesting[k] != CPA_NONE && binary_of(m, k) != NULL;
        if (m->interesting[k] != CPA_NONE && !has_code[k] && !left_out) {
            add_place(m, k, &frames);
        }
    }
    cpa_vec_clear(&frames);
}
