/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From samples to addresses, from addresses to ranges of code, from code to source lines.
 *
 *     place   a distinct address with samples; locations without one get an address of their own
 *     range   code around the places that matter, some hundred bytes to either side
 *     inst    an instruction of a range, or a place whose binary is not at hand
 *     entry   an instruction below a line: one for each of its inlined frames that is of interest
 *
 * Entries sorted by file and line are what is shown; lines near each other are one block.
 */
#include "report/annotate.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/assembly.h"
#include "report/binaries.h"

#define MAX_RANGES 25  /* of code; the ones with the largest flat */
#define EXPAND     500 /* bytes of code around a place */
#define NEAR       32  /* bytes in which a line number holds for instructions without one */
#define MERGE_GAP  20  /* lines between two that are one block */
#define MARGIN     5   /* lines around a block */

typedef struct {
    uint64_t address; /* of the process */
    uint64_t object_address;
    uint32_t size;
    const char *text; /* NULL where there is no binary */
    const char *file;
    int64_t line;
} Inst;

typedef struct {
    uint32_t file; /* index into files */
    int64_t line;
    const char *function;
    uint32_t inst;
    uint32_t order;
    uint32_t call_first;
    uint32_t n_calls;
} Entry;

typedef struct {
    uint64_t begin;
    uint64_t end;
    int64_t score;
    uint32_t mapping;
    uint64_t anchor; /* a place in it */
} Range;

typedef struct {
    const char *name;
    int64_t flat;
    uint32_t rank;
} File;

typedef struct {
    const char *function;
    const char *file;
    int64_t line;
} Frame;

typedef struct {
    CpaReport *r;
    CpaListing *out;

    uint8_t *verdicts; /* [n_strings] of the regexp: 0 not asked yet, 1 no, 2 yes */
    uint8_t *interest; /* [n_strings] names and linker's names of functions that match */
    CpaStrId *pretty;  /* [n_strings] linker's name -> name, or CPA_NONE */
    uint32_t n_strings;

    uint32_t n_places;
    uint64_t *addresses;   /* [n_places] ascending */
    uint32_t *place_of;    /* [n_locations] or CPA_NONE */
    uint32_t *interesting; /* [n_places] location that matters, or CPA_NONE */
    CpaGroupSums *sums;    /* [n_places] */

    CPA_VEC(Range) ranges;
    CPA_VEC(Inst) insts;
    CPA_VEC(Entry) entries;
    CPA_VEC(File) files;
    GHashTable *file_index; /* name -> index + 1 */
    GStringChunk *names;
} Maker;

/* --- places --------------------------------------------------------------------------------- */

typedef struct {
    uint64_t address;
    uint32_t location;
} Placed;

static int compare_placed(const void *pa, const void *pb)
{
    const Placed *a = pa;
    const Placed *b = pb;
    if (a->address != b->address) {
        return a->address < b->address ? -1 : 1;
    }
    return (a->location > b->location) - (a->location < b->location);
}

/* [n_locations]: whether a sample passes through it */
static uint8_t *find_used(const CpaView *v)
{
    uint8_t *used = g_new0(uint8_t, (size_t)v->n_locations + 1);
    for (size_t s = 0; s < v->n_samples; s++) {
        for (uint64_t i = v->begin[s]; i < v->end[s]; i++) {
            used[v->frames[i]] = 1;
        }
    }
    return used;
}

static void make_places(Maker *m, const uint8_t *used)
{
    const CpaView *v = m->r->view;
    uint64_t next = 1; /* behind all mappings */
    for (uint32_t i = 0; i < v->n_mappings; i++) {
        next = MAX(next, v->mappings[i].limit);
    }
    g_autofree Placed *placed = g_new(Placed, (size_t)v->n_locations + 1);
    uint32_t n = 0;
    for (uint32_t l = 0; l < v->n_locations; l++) {
        if (used[l]) {
            uint64_t address = v->locations[l].address;
            placed[n++] = (Placed){address != 0 ? address : next, l};
            next += address == 0;
        }
    }
    qsort(placed, n, sizeof *placed, compare_placed);
    m->addresses = g_new(uint64_t, (size_t)n + 1);
    m->interesting = g_new(uint32_t, (size_t)n + 1);
    m->place_of = g_new(uint32_t, (size_t)v->n_locations + 1);
    for (uint32_t l = 0; l < v->n_locations; l++) {
        m->place_of[l] = CPA_NONE;
    }
    for (uint32_t i = 0; i < n; i++) {
        if (m->n_places == 0 || m->addresses[m->n_places - 1] != placed[i].address) {
            m->interesting[m->n_places] = CPA_NONE;
            m->addresses[m->n_places++] = placed[i].address;
        }
        m->place_of[placed[i].location] = m->n_places - 1;
    }
}

/* [n + 1]: 0, 1, 2, ...: groups of members that are the members themselves */
static uint32_t *count_up(size_t n)
{
    uint32_t *numbers = g_new(uint32_t, n + 1);
    for (size_t i = 0; i <= n; i++) {
        numbers[i] = (uint32_t)i;
    }
    return numbers;
}

/* --- what matters --------------------------------------------------------------------------- */

static bool is_match(Maker *m, CpaStrId id)
{
    if (m->verdicts[id] == 0) {
        const CpaView *v = m->r->view;
        size_t len = cpa_strtab_len(v->strings, id);
        bool matched = cpa_regexp_match(m->r->regexp, cpa_view_str(v, id), len);
        m->verdicts[id] = matched ? 2 : 1;
    }
    return m->verdicts[id] == 2;
}

static bool line_matches(Maker *m, const CpaFunction *f)
{
    return is_match(m, f->name) || is_match(m, f->system_name) || is_match(m, f->file);
}

static void mark(Maker *m, uint32_t location, const CpaFunction *f)
{
    m->interest[f->name] = f->name != 0;
    m->interest[f->system_name] = f->system_name != 0;
    uint32_t place = m->place_of[location];
    if (m->interesting[place] == CPA_NONE) {
        m->interesting[place] = location;
    }
}

static bool find_interest(Maker *m, const uint8_t *used)
{
    const CpaView *v = m->r->view;
    uint64_t address = 0;
    bool has_address = cpa_report_parse_address(m->r->argument, &address);
    bool found = false;
    for (uint32_t l = 0; l < v->n_locations; l++) {
        const CpaLocation *location = &v->locations[l];
        if (!used[l] || location->n_lines == 0) {
            continue;
        }
        bool is_asked_for = has_address && m->addresses[m->place_of[l]] == address;
        bool in_file =
            location->mapping != CPA_NONE && is_match(m, v->mappings[location->mapping].file);
        for (uint32_t i = 0; i < location->n_lines; i++) {
            const CpaFunction *f = &v->functions[v->lines[location->line_first + i].function];
            m->pretty[f->system_name] = f->name;
            bool matches = is_asked_for ? i + 1 == location->n_lines
                                        : (i == 0 && in_file) || line_matches(m, f);
            if (matches) {
                mark(m, l, f);
                found = true;
            }
        }
    }
    return found;
}

/* --- ranges of code ------------------------------------------------------------------------- */

static CpaBinary *binary_of(Maker *m, uint32_t place)
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

static void make_ranges(Maker *m)
{
    const CpaView *v = m->r->view;
    for (uint32_t i = 0; i < m->n_places; i++) {
        if (m->interesting[i] == CPA_NONE || binary_of(m, i) == NULL) {
            continue;
        }
        uint64_t address = m->addresses[i];
        uint32_t mapping = v->locations[m->interesting[i]].mapping;
        const CpaMapping *map = &v->mappings[mapping];
        Range *last = m->ranges.len > 0 ? &m->ranges.data[m->ranges.len - 1] : NULL;
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
        cpa_vec_push(&m->ranges, range);
    }
    for (size_t i = 0; i < m->ranges.len; i++) {
        Range *range = &m->ranges.data[i];
        uint64_t limit = MAX(v->mappings[range->mapping].limit, range->end);
        range->end += MIN(limit - range->end, EXPAND);
    }
    if (m->ranges.len > 1) {
        qsort(m->ranges.data, m->ranges.len, sizeof *m->ranges.data, compare_ranges);
    }
    m->ranges.len = MIN(m->ranges.len, MAX_RANGES);
}

/* --- instructions below lines --------------------------------------------------------------- */

/* "./a//b.c" and "a/b.c" are one file. */
static uint32_t intern_file(Maker *m, const char *name)
{
    static const char sandbox[] = "/proc/self/cwd/";
    name += g_str_has_prefix(name, sandbox) ? strlen(sandbox) : 0;
    name += g_str_has_prefix(name, "./") ? 2 : 0;
    g_autofree char *clean = cpa_path_clean(name);
    gpointer known = g_hash_table_lookup(m->file_index, clean);
    if (known != NULL) {
        return GPOINTER_TO_UINT(known) - 1;
    }
    File file = {.name = g_string_chunk_insert(m->names, clean)};
    cpa_vec_push(&m->files, file);
    g_hash_table_insert(m->file_index, (gpointer)file.name, GUINT_TO_POINTER(m->files.len));
    return (uint32_t)m->files.len - 1;
}

static bool is_of_interest(const Maker *m, const char *function)
{
    CpaStrId id = cpa_strtab_find(m->r->view->strings, function, strlen(function));
    return id != CPA_NONE && id < m->n_strings && m->interest[id];
}

/* One entry for each frame that matters, with the calls that were inlined below it. */
static void add_entries(Maker *m, uint32_t inst, const Frame *frames, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!is_of_interest(m, frames[i].function)) {
            continue;
        }
        Entry entry = {
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

typedef CPA_VEC(Frame) Frames;

static void frames_of_location(const Maker *m, uint32_t location, Frames *frames)
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
static uint32_t find_location(const Maker *m, uint64_t address, uint32_t size)
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
static void frames_of_instruction(const Maker *m, const CpaCode *code,
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

static void code_free(gpointer code)
{
    cpa_code_free(code);
}

/* Returns whether there is code: a range without may be in no section, or of another machine. */
static bool read_range(Maker *m, const Range *range)
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
        Inst inst = {
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
static void add_place(Maker *m, uint32_t place, Frames *frames)
{
    frames_of_location(m, m->interesting[place], frames);
    Inst inst = {
        .address = m->addresses[place],
        .object_address = m->addresses[place],
        .size = 1,
        .file = frames->len > 0 ? frames->data[0].file : "",
        .line = frames->len > 0 ? frames->data[0].line : 0,
    };
    cpa_vec_push(&m->insts, inst);
    add_entries(m, (uint32_t)m->insts.len - 1, frames->data, frames->len);
}

static void read_code(Maker *m)
{
    g_autofree uint8_t *has_code = g_new0(uint8_t, (size_t)m->n_places + 1);
    make_ranges(m);
    bool is_cut = m->ranges.len == MAX_RANGES;
    for (size_t i = 0; i < m->ranges.len; i++) {
        const Range *range = &m->ranges.data[i];
        bool ok = read_range(m, range);
        for (uint32_t k = 0; ok && k < m->n_places; k++) {
            has_code[k] |= m->addresses[k] >= range->begin && m->addresses[k] < range->end;
        }
    }
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

/* --- from entries to blocks of lines -------------------------------------------------------- */

static int compare_entries(const void *pa, const void *pb)
{
    const Entry *a = pa;
    const Entry *b = pb;
    if (a->file != b->file) {
        return a->file < b->file ? -1 : 1;
    }
    if (a->line != b->line) {
        return a->line < b->line ? -1 : 1;
    }
    return (a->order > b->order) - (a->order < b->order);
}

static const char *pretty_name(const Maker *m, const char *name)
{
    const CpaStrtab *strings = m->r->view->strings;
    CpaStrId id = cpa_strtab_find(strings, name, strlen(name));
    if (id == CPA_NONE || id >= m->n_strings || m->pretty[id] == CPA_NONE) {
        return name;
    }
    return cpa_strtab_get(strings, m->pretty[id]);
}

static void add_code(Maker *m, const Entry *entry, const Inst *before)
{
    const Inst *inst = &m->insts.data[entry->inst];
    CpaListCode code = {
        .address = inst->object_address,
        .text = inst->text,
        .file = inst->file,
        .line = inst->line,
        .starts_block = before == NULL || inst->address != before->address + before->size,
        .call_first = entry->call_first,
        .n_calls = entry->n_calls,
    };
    cpa_vec_push(&m->out->code, code);
}

/* Lines and blocks of lines; line_of, function_of [n_entries] get their numbers. */
static void make_blocks(Maker *m, uint32_t *line_of, uint32_t *function_of)
{
    CpaListing *out = m->out;
    const Entry *before = NULL;
    for (size_t i = 0; i < m->entries.len; i++) {
        const Entry *e = &m->entries.data[i];
        bool same_file = before != NULL && before->file == e->file;
        bool same_line = same_file && before->line == e->line;
        if (!same_line) {
            const char *name = pretty_name(m, e->function);
            CpaListFunction *last = same_file ? &out->functions.data[out->functions.len - 1] : NULL;
            bool merges =
                last != NULL && e->line - last->end < MERGE_GAP && strcmp(last->name, name) == 0;
            if (!merges) {
                CpaListFunction f = {
                    .name = name,
                    .file = m->files.data[e->file].name,
                    .begin = e->line,
                    .line_first = (uint32_t)out->lines.len,
                };
                cpa_vec_push(&out->functions, f);
            }
            CpaListLine line = {.line = e->line, .code_first = (uint32_t)out->code.len};
            cpa_vec_push(&out->lines, line);
            last = &out->functions.data[out->functions.len - 1];
            last->n_lines++;
            last->end = e->line + 1;
        }
        add_code(m, e, same_line ? &m->insts.data[before->inst] : NULL);
        out->lines.data[out->lines.len - 1].n_code++;
        line_of[i] = (uint32_t)out->lines.len - 1;
        function_of[i] = (uint32_t)out->functions.len - 1;
        before = e;
    }
}

/* Shows some lines around each block, without overlap. Line 0 is no line: it stands for unknown. */
static void widen_blocks(CpaListing *out)
{
    for (size_t i = 0; i < out->functions.len; i++) {
        CpaListFunction *f = &out->functions.data[i];
        CpaListFunction *before = i > 0 ? &out->functions.data[i - 1] : NULL;
        bool is_first = before == NULL || before->file != f->file;
        if (is_first) {
            f->begin = f->begin > MARGIN ? f->begin - MARGIN : MIN(f->begin, 1);
        } else {
            int64_t half = MIN((f->begin - before->end) / 2, MARGIN);
            before->end += half;
            f->begin -= half;
        }
        if (i + 1 == out->functions.len || out->functions.data[i + 1].file != f->file) {
            f->end += MARGIN;
        }
    }
}

/* --- weights -------------------------------------------------------------------------------- */

static int compare_insts(gconstpointer pa, gconstpointer pb, gpointer data)
{
    const Inst *insts = data;
    const Inst *a = &insts[*(const uint32_t *)pa];
    const Inst *b = &insts[*(const uint32_t *)pb];
    return (a->address > b->address) - (a->address < b->address);
}

/* [n_locations]: the instruction that the location's address is in, or CPA_NONE */
static uint32_t *find_insts(const Maker *m)
{
    const CpaView *v = m->r->view;
    size_t n = m->insts.len;
    g_autofree uint32_t *order = count_up(n);
    if (n > 1) {
        g_qsort_with_data(order, (gint)n, sizeof *order, compare_insts, m->insts.data);
    }
    g_autofree uint32_t *inst_of = g_new(uint32_t, (size_t)m->n_places + 1);
    size_t at = 0;
    for (uint32_t i = 0; i < m->n_places; i++) {
        while (at + 1 < n && m->insts.data[order[at + 1]].address <= m->addresses[i]) {
            at++;
        }
        const Inst *inst = n > 0 ? &m->insts.data[order[at]] : NULL;
        bool holds = inst != NULL && m->addresses[i] >= inst->address &&
                     m->addresses[i] - inst->address < inst->size;
        inst_of[i] = holds ? order[at] : CPA_NONE;
    }
    uint32_t *member = g_new(uint32_t, (size_t)v->n_locations + 1);
    for (uint32_t l = 0; l < v->n_locations; l++) {
        member[l] = m->place_of[l] != CPA_NONE ? inst_of[m->place_of[l]] : CPA_NONE;
    }
    return member;
}

/* Weights of groups of entries: each sample once, or as the sum over the entries. */
static CpaGroupSums *weigh(const Maker *m, const uint32_t *member, const CpaGroupSums *insts,
                           const uint32_t *group_of_entry, size_t n_groups)
{
    CpaReport *r = m->r;
    if (r->options->pprof_compat) {
        CpaGroupSums *sums = g_new0(CpaGroupSums, n_groups + 1);
        for (size_t i = 0; i < m->entries.len; i++) {
            const CpaGroupSums *from = &insts[m->entries.data[i].inst];
            CpaGroupSums *to = &sums[group_of_entry[i]];
            to->flat = (int64_t)((uint64_t)to->flat + (uint64_t)from->flat);
            to->cum = (int64_t)((uint64_t)to->cum + (uint64_t)from->cum);
        }
        return sums;
    }
    size_t n = m->insts.len;
    g_autofree uint32_t *first = g_new0(uint32_t, n + 2);
    g_autofree uint32_t *groups = g_new(uint32_t, m->entries.len + 1);
    for (size_t i = 0; i < m->entries.len; i++) {
        first[m->entries.data[i].inst + 2]++;
    }
    for (size_t i = 0; i < n; i++) {
        first[i + 2] += first[i + 1];
    }
    for (size_t i = 0; i < m->entries.len; i++) {
        groups[first[m->entries.data[i].inst + 1]++] = group_of_entry[i];
    }
    /* An instruction may be twice in a group, by recursion that was inlined: keep one. */
    uint32_t to = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t begin = first[i];
        first[i] = to;
        for (uint32_t k = begin; k < first[i + 1]; k++) {
            bool known = false;
            for (uint32_t j = first[i]; j < to; j++) {
                known = known || groups[j] == groups[k];
            }
            if (!known) {
                groups[to++] = groups[k];
            }
        }
    }
    first[n] = to;
    return cpa_count_memberships(r->view, member, first, groups, (uint32_t)n_groups, r->value_index,
                                 r->mean);
}

/* Sums over places, as a sample counts once per place in either way of counting. */
static CpaGroupSums *weigh_insts(const Maker *m, const uint32_t *member)
{
    CpaReport *r = m->r;
    size_t n = m->insts.len;
    g_autofree uint32_t *same = count_up(n);
    if (!r->options->pprof_compat) {
        return cpa_count_memberships(r->view, member, same, same, (uint32_t)n, r->value_index,
                                     r->mean);
    }
    const CpaView *v = r->view;
    CpaGroupSums *sums = g_new0(CpaGroupSums, n + 1);
    g_autofree uint8_t *done = g_new0(uint8_t, (size_t)m->n_places + 1);
    for (uint32_t l = 0; l < v->n_locations; l++) {
        uint32_t place = m->place_of[l];
        if (place != CPA_NONE && member[l] != CPA_NONE && !done[place]) {
            done[place] = 1;
            CpaGroupSums *to = &sums[member[l]];
            to->flat = (int64_t)((uint64_t)to->flat + (uint64_t)m->sums[place].flat);
            to->cum = (int64_t)((uint64_t)to->cum + (uint64_t)m->sums[place].cum);
        }
    }
    return sums;
}

static void weigh_all(Maker *m, const uint32_t *line_of, const uint32_t *function_of)
{
    CpaListing *out = m->out;
    g_autofree uint32_t *member = find_insts(m);
    g_autofree CpaGroupSums *insts = weigh_insts(m, member);
    g_autofree CpaGroupSums *lines = weigh(m, member, insts, line_of, out->lines.len);
    g_autofree CpaGroupSums *functions = weigh(m, member, insts, function_of, out->functions.len);
    g_autofree uint8_t *seen = g_new0(uint8_t, m->insts.len + 1);
    for (size_t i = 0; i < m->entries.len; i++) {
        const Entry *e = &m->entries.data[i];
        out->code.data[i].flat = insts[e->inst].flat;
        out->code.data[i].cum = insts[e->inst].cum;
        if (!seen[e->inst]) { /* for the order of files */
            m->files.data[e->file].flat += insts[e->inst].flat;
            seen[e->inst] = 1;
        }
    }
    for (size_t i = 0; i < out->lines.len; i++) {
        out->lines.data[i].flat = lines[i].flat;
        out->lines.data[i].cum = lines[i].cum;
    }
    for (size_t i = 0; i < out->functions.len; i++) {
        out->functions.data[i].flat = functions[i].flat;
        out->functions.data[i].cum = functions[i].cum;
        out->functions.data[i].is_hidden = functions[i].cum == 0;
    }
}

/* --- order of files ------------------------------------------------------------------------- */

static int compare_files_by_name(const void *pa, const void *pb)
{
    const File *a = pa;
    const File *b = pb;
    return strcmp(a->name, b->name);
}

/* Numbers files by name, so that entries can be sorted by number. */
static void rank_files(Maker *m)
{
    g_autofree File *sorted = g_memdup2(m->files.data, MAX(m->files.len, 1) * sizeof(File));
    qsort(sorted, m->files.len, sizeof *sorted, compare_files_by_name);
    for (size_t i = 0; i < m->files.len; i++) {
        gpointer known = g_hash_table_lookup(m->file_index, sorted[i].name);
        m->files.data[GPOINTER_TO_UINT(known) - 1].rank = (uint32_t)i;
    }
    for (size_t i = 0; i < m->entries.len; i++) {
        m->entries.data[i].file = m->files.data[m->entries.data[i].file].rank;
    }
    memcpy(m->files.data, sorted, m->files.len * sizeof *sorted);
}

static int compare_files_by_flat(const void *pa, const void *pb)
{
    const File *a = pa;
    const File *b = pb;
    if (a->flat != b->flat) {
        return a->flat > b->flat ? -1 : 1;
    }
    return strcmp(a->name, b->name);
}

/* With -nodecount=N, the functions of the N heaviest files, in that order. */
static void limit_files(Maker *m)
{
    CpaListing *out = m->out;
    if (m->r->limit == 0) {
        return;
    }
    qsort(m->files.data, m->files.len, sizeof *m->files.data, compare_files_by_flat);
    size_t n_files = MIN(m->files.len, m->r->limit);
    g_autofree CpaListFunction *kept = g_new(CpaListFunction, out->functions.len + 1);
    size_t n = 0;
    for (size_t f = 0; f < n_files; f++) {
        for (size_t i = 0; i < out->functions.len; i++) {
            if (out->functions.data[i].file == m->files.data[f].name) {
                kept[n++] = out->functions.data[i];
            }
        }
    }
    memcpy(out->functions.data, kept, n * sizeof *kept);
    out->functions.len = n;
}

/* --- all of it ------------------------------------------------------------------------------ */

static bool make(Maker *m, GError **error)
{
    CpaReport *r = m->r;
    g_autofree uint8_t *used = find_used(r->view);
    m->n_strings = cpa_strtab_count(r->view->strings);
    m->verdicts = g_new0(uint8_t, (size_t)m->n_strings + 1);
    m->interest = g_new0(uint8_t, (size_t)m->n_strings + 1);
    m->pretty = g_new(CpaStrId, (size_t)m->n_strings + 1);
    for (uint32_t i = 0; i < m->n_strings; i++) {
        m->pretty[i] = CPA_NONE;
    }
    make_places(m, used);
    bool found = find_interest(m, used);
    if (cpa_regexp_failed(r->regexp) != NULL) {
        return cpa_error_set(error, CPA_ERROR_TOO_LARGE, "weblist: regexp %s: %s", r->argument,
                             cpa_regexp_failed(r->regexp));
    }
    if (!found) {
        return cpa_error_set(error, CPA_ERROR_USAGE, "no matches found for regexp: %s",
                             r->argument);
    }
    g_autofree uint32_t *same = count_up(m->n_places);
    m->sums = cpa_count_memberships(r->view, m->place_of, same, same, m->n_places, r->value_index,
                                    r->mean);
    read_code(m);
    rank_files(m);
    if (m->entries.len > 1) {
        qsort(m->entries.data, m->entries.len, sizeof *m->entries.data, compare_entries);
    }
    g_autofree uint32_t *line_of = g_new(uint32_t, m->entries.len + 1);
    g_autofree uint32_t *function_of = g_new(uint32_t, m->entries.len + 1);
    make_blocks(m, line_of, function_of);
    weigh_all(m, line_of, function_of);
    widen_blocks(m->out);
    limit_files(m);
    for (size_t i = 0; i < m->out->functions.len; i++) {
        CpaListFunction *f = &m->out->functions.data[i];
        f->source = f->is_hidden ? NULL : cpa_src_tree_find(m->out->tree, f->file);
    }
    return true;
}

CpaListing *cpa_annotate(CpaReport *r, GError **error)
{
    g_autoptr(CpaListing) out = cpa_listing_new(r, error);
    if (out == NULL) {
        return NULL;
    }
    out->binaries = cpa_binaries_new(r);
    out->codes = g_ptr_array_new_with_free_func(code_free);
    out->names = g_string_chunk_new(4096);
    Maker m = {.r = r, .out = out, .names = out->names};
    m.file_index = g_hash_table_new(g_str_hash, g_str_equal);
    bool ok = make(&m, error);
    g_free(m.verdicts);
    g_free(m.interest);
    g_free(m.pretty);
    g_free(m.addresses);
    g_free(m.place_of);
    g_free(m.interesting);
    g_free(m.sums);
    cpa_vec_clear(&m.ranges);
    cpa_vec_clear(&m.insts);
    cpa_vec_clear(&m.entries);
    cpa_vec_clear(&m.files);
    g_hash_table_unref(m.file_index);
    return ok ? g_steal_pointer(&out) : NULL;
}
