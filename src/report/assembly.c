/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From samples to symbols to instructions.
 *
 *     place      an address with samples; [n_places] ascending
 *     spot       a place as one binary has it: object address and place; ascending
 *     symbol     all names of one address, up to the next one that has a name
 *
 * Samples are counted per place first, to know which symbols have any; then, once the symbols and
 * their instructions are known, per symbol and per instruction.
 */
#include "report/assembly.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/nomatch.h"
#include "symbol/demangle.h"
#include "symbol/symtab.h"

/* Bytes of a message about files that did not help. */
#define MAX_TRIED ((size_t)2000)

/* Names of inlined functions above the instructions of what they are in. */
#define MAX_INLINED 3u

typedef struct {
    uint64_t address;
    uint32_t place;
} Spot;

typedef CPA_VEC(Spot) Spots;

typedef struct {
    CpaAssembly *out;
    CpaReport *r;
    uint64_t *addresses; /* [n_places] */
    uint32_t n_places;
    uint32_t *place_of;    /* [n_locations] or CPA_NONE */
    uint32_t *location_of; /* [n_places] the first location of the place */
    CpaGroupSums *sums;    /* [n_places] zero where no graph would have the node */
    uint32_t *symbol_of;   /* [n_places] or CPA_NONE */
    uint32_t *line_of;     /* [n_places] or CPA_NONE */
    Spots *spots;          /* [n_mappings] with samples, filled by spots_of() */
    uint8_t *verdicts;     /* of the regexp per string: 0 not asked yet, 1 no, 2 yes */
    bool has_address;
    uint64_t address;
    GString *tried; /* what did not help */
    bool lacks_program;
} Maker;

bool cpa_report_parse_address(const char *text, uint64_t *address)
{
    int base = 10;
    if (text[0] == '0' && text[1] != '\0') {
        char kind = g_ascii_tolower(text[1]);
        base = kind == 'x' ? 16 : kind == 'b' ? 2 : 8;
        text += base == 8 && kind != 'o' ? 1 : 2;
    }
    char *end = NULL;
    errno = 0;
    *address = g_ascii_strtoull(text, &end, base);
    return errno == 0 && g_ascii_isxdigit(*text) && *end == '\0';
}

/* --- places --------------------------------------------------------------------------------- */

static int compare_addresses(const void *pa, const void *pb)
{
    uint64_t a = *(const uint64_t *)pa;
    uint64_t b = *(const uint64_t *)pb;
    return (a > b) - (a < b);
}

static void make_places(Maker *m)
{
    const CpaView *v = m->r->view;
    m->addresses = g_new(uint64_t, (size_t)v->n_locations + 1);
    m->place_of = g_new(uint32_t, (size_t)v->n_locations + 1);
    m->location_of = g_new(uint32_t, (size_t)v->n_locations + 1);
    uint32_t n = 0;
    for (uint32_t l = 0; l < v->n_locations; l++) {
        m->addresses[n] = v->locations[l].address;
        n += v->locations[l].address != 0;
    }
    qsort(m->addresses, n, sizeof *m->addresses, compare_addresses);
    for (uint32_t i = 0; i < n; i++) {
        if (m->n_places == 0 || m->addresses[m->n_places - 1] != m->addresses[i]) {
            m->addresses[m->n_places++] = m->addresses[i];
        }
    }
    for (uint32_t l = v->n_locations; l > 0; l--) {
        uint64_t address = v->locations[l - 1].address;
        const uint64_t *found =
            bsearch(&address, m->addresses, m->n_places, sizeof *m->addresses, compare_addresses);
        m->place_of[l - 1] = found != NULL ? (uint32_t)(found - m->addresses) : CPA_NONE;
        if (found != NULL) {
            m->location_of[found - m->addresses] = l - 1;
        }
    }
    m->sums = cpa_count_places(v, m->place_of, m->n_places, m->r->value_index, m->r->mean);
    for (uint32_t i = 0; i < m->n_places; i++) {
        CpaGroupSums *s = &m->sums[i];
        bool is_negative = s->flat < 0 || (s->flat == 0 && s->cum < 0);
        if ((s->flat == 0 && s->cum == 0) || (m->r->options->drop_negative && is_negative)) {
            *s = (CpaGroupSums){0};
        }
    }
}

static bool is_counted(const Maker *m, uint32_t place)
{
    return m->sums[place].flat != 0 || m->sums[place].cum != 0;
}

/* --- which binaries ------------------------------------------------------------------------- */

static bool is_match(Maker *m, CpaStrId name)
{
    if (m->verdicts[name] == 0) {
        const CpaView *v = m->r->view;
        size_t len = cpa_strtab_len(v->strings, name);
        bool matched = cpa_regexp_match(m->r->regexp, cpa_view_str(v, name), len);
        m->verdicts[name] = matched ? 2 : 1;
    }
    return m->verdicts[name] == 2;
}

/* Whether the function of a location matches: the outermost one, or any of the inlined ones. */
static bool location_matches(Maker *m, const CpaLocation *l, bool inlined)
{
    const CpaView *v = m->r->view;
    if (l->n_lines == 0) {
        return !inlined && is_match(m, 0);
    }
    for (uint32_t i = inlined ? 0 : l->n_lines - 1; i < l->n_lines - inlined; i++) {
        const CpaLine *line = &v->lines[l->line_first + i];
        if (is_match(m, v->functions[line->function].name)) {
            return true;
        }
    }
    return false;
}

/* [n_strings]: files of mappings that have samples in functions that match. */
static uint8_t *find_files(Maker *m, bool inlined)
{
    const CpaView *v = m->r->view;
    uint8_t *files = g_new0(uint8_t, (size_t)cpa_strtab_count(v->strings) + 1);
    for (uint32_t l = 0; l < v->n_locations; l++) {
        const CpaLocation *location = &v->locations[l];
        uint32_t place = m->place_of[l];
        bool has_samples = place != CPA_NONE && is_counted(m, place);
        if (has_samples && location->mapping != CPA_NONE &&
            location_matches(m, location, inlined)) {
            files[v->mappings[location->mapping].file] = 1;
        }
    }
    files[0] = 0;
    return files;
}

static int compare_spots(const void *pa, const void *pb)
{
    const Spot *a = pa;
    const Spot *b = pb;
    if (a->address != b->address) {
        return a->address < b->address ? -1 : 1;
    }
    return (a->place > b->place) - (a->place < b->place);
}

/* The places of a mapping that have samples, as its binary has them, by address. */
static const Spots *spots_of(Maker *m, uint32_t mapping)
{
    CpaBinary *binary = cpa_binaries_get(m->out->binaries, mapping);
    Spots *spots = &m->spots[mapping];
    if (spots->data != NULL) {
        return spots;
    }
    cpa_vec_reserve(spots, 1); /* none are known as well */
    for (uint32_t i = 0; i < m->n_places; i++) {
        Spot spot = {.place = i};
        if (is_counted(m, i) && cpa_binary_address(binary, m->addresses[i], &spot.address)) {
            cpa_vec_push(spots, spot);
        }
    }
    qsort(spots->data, spots->len, sizeof *spots->data, compare_spots);
    return spots;
}

/* The first spot at or behind the address. */
static size_t first_spot(const Spots *spots, uint64_t address)
{
    size_t low = 0;
    size_t high = spots->len;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (spots->data[middle].address < address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void note_problem(Maker *m, const char *file, const char *problem)
{
    /* Messages of files name them. */
    bool names_file = strstr(problem, file) != NULL;
    g_autofree char *note =
        g_strdup_printf("; %s%s%s", names_file ? "" : file, names_file ? "" : ": ", problem);
    /* Symbols and hosts are looked for in the same files. */
    if (m->tried->len < MAX_TRIED && strstr(m->tried->str, note) == NULL) {
        g_string_append(m->tried, note);
    }
}

/* --- symbols -------------------------------------------------------------------------------- */

/* Adds a symbol where one of its spots has samples, and claims these for it. */
static void add_symbol(Maker *m, const Spots *spots, const CpaAssemblySymbol *symbol)
{
    size_t i = first_spot(spots, symbol->start);
    if (i == spots->len || spots->data[i].address > symbol->end) {
        if (symbol->aliases != NULL) {
            g_ptr_array_unref(symbol->aliases);
        }
        return;
    }
    for (; i < spots->len && spots->data[i].address <= symbol->end; i++) {
        if (m->symbol_of[spots->data[i].place] == CPA_NONE) {
            m->symbol_of[spots->data[i].place] = (uint32_t)m->out->symbols.len;
        }
    }
    cpa_vec_push(&m->out->symbols, *symbol);
}

static bool name_matches(const Maker *m, const char *name)
{
    return cpa_regexp_match(m->r->regexp, name, strlen(name));
}

/* The name, or the first of its spellings, that matches; NULL where none does. */
static const char *match_name(Maker *m, const char *name)
{
    static const CpaDemangle spellings[] = {CPA_DEMANGLE_FULL, CPA_DEMANGLE_TEMPLATES,
                                            CPA_DEMANGLE_DEFAULT};
    if (name_matches(m, name)) {
        return name;
    }
    for (size_t i = 0; *name == '_' && i < G_N_ELEMENTS(spellings); i++) {
        g_autofree char *spelled = cpa_demangle(name, spellings[i]);
        if (spelled != NULL && name_matches(m, spelled)) {
            return g_string_chunk_insert_const(m->out->names, spelled);
        }
    }
    return NULL;
}

/* The names of one address: those that an address asks for, or the first that matches. */
static bool choose_names(Maker *m, const CpaSymbol *names, size_t n, bool holds_address,
                         CpaAssemblySymbol *symbol)
{
    if (holds_address) {
        symbol->name = names[0].name;
        for (size_t i = 1; i < n; i++) {
            if (symbol->aliases == NULL) {
                symbol->aliases = g_ptr_array_new();
            }
            g_ptr_array_add(symbol->aliases, (gpointer)names[i].name);
        }
        return true;
    }
    for (size_t i = 0; i < n; i++) {
        symbol->name = match_name(m, names[i].name);
        if (symbol->name != NULL) {
            return true;
        }
    }
    return false;
}

/* All symbols of a binary that are asked for. Returns how many, with samples or without. */
static size_t add_symbols(Maker *m, uint32_t mapping, CpaBinary *binary)
{
    size_t n = 0;
    size_t n_found = 0;
    const CpaSymbol *symbols = cpa_object_symbols(binary->object, &n);
    const Spots *spots = spots_of(m, mapping);
    uint64_t address = 0;
    bool has_address =
        m->has_address && cpa_binary_address(binary, m->address, &address) && address != 0;
    for (size_t i = 0; i < n;) {
        size_t end = i + 1;
        while (end < n && symbols[end].address == symbols[i].address) {
            end++;
        }
        CpaAssemblySymbol symbol = {
            .binary = cpa_object_path(binary->object),
            .start = symbols[i].address,
            .end = end < n ? symbols[end].address - 1 : UINT64_MAX,
            .mapping = mapping,
        };
        bool holds = (has_address && address >= symbol.start && address <= symbol.end) ||
                     (m->has_address && m->address != 0 && m->address >= symbol.start &&
                      m->address <= symbol.end);
        if (choose_names(m, symbols + i, end - i, holds, &symbol)) {
            n_found++;
            add_symbol(m, spots, &symbol);
        }
        i = end;
    }
    if (n == 0) {
        note_problem(m, cpa_object_path(binary->object), "has no symbol table");
    }
    return n_found;
}

/* The address may be one that disasm printed: of the program, not of the process. */
static size_t select_by_object_address(Maker *m)
{
    const CpaView *v = m->r->view;
    for (uint32_t i = 0; i < v->n_mappings; i++) {
        CpaBinary *binary = v->mappings[i].file != 0 ? cpa_binaries_get(m->out->binaries, i) : NULL;
        if (binary != NULL && binary->object != NULL && spots_of(m, i)->len > 0) {
            add_symbols(m, i, binary);
        }
    }
    return m->out->symbols.len; /* the last symbol of each holds any address */
}

static size_t select_symbols(Maker *m)
{
    const CpaView *v = m->r->view;
    g_autofree uint8_t *files = find_files(m, false);
    size_t n_found = 0;
    for (uint32_t i = 0; i < v->n_mappings; i++) {
        const CpaMapping *mapping = &v->mappings[i];
        bool covers =
            m->has_address && mapping->start <= m->address && m->address <= mapping->limit;
        if (!files[mapping->file] && !covers) {
            continue;
        }
        CpaBinary *binary = cpa_binaries_get(m->out->binaries, i);
        if (binary->object == NULL) {
            note_problem(m, cpa_view_str(v, mapping->file), binary->problem);
            m->lacks_program = true;
            continue;
        }
        size_t n = add_symbols(m, i, binary);
        if (n == 0) {
            note_problem(m, cpa_object_path(binary->object), "has no symbol that matches");
        }
        n_found += n;
    }
    if (n_found == 0 && m->has_address && m->address != 0) {
        n_found = select_by_object_address(m);
    }
    return n_found;
}

static int compare_by_name(const void *pa, const void *pb)
{
    const CpaAssemblySymbol *a = pa;
    const CpaAssemblySymbol *b = pb;
    int order = strcmp(a->name, b->name);
    if (order == 0) {
        order = (a->start > b->start) - (a->start < b->start);
    }
    return order != 0 ? order : (a->mapping > b->mapping) - (a->mapping < b->mapping);
}

static int compare_heaviest_first(const void *pa, const void *pb)
{
    const CpaAssemblySymbol *a = pa;
    const CpaAssemblySymbol *b = pb;
    if (a->sums.flat != b->sums.flat) {
        return a->sums.flat > b->sums.flat ? -1 : 1;
    }
    return compare_by_name(pa, pb);
}

/* Weights of groups of places: each sample once, or as the sum over the places. */
static CpaGroupSums *count(const Maker *m, const uint32_t *group_of_place, size_t n_groups)
{
    const CpaView *v = m->r->view;
    if (m->r->options->pprof_compat) {
        CpaGroupSums *sums = g_new0(CpaGroupSums, n_groups + 1);
        for (uint32_t i = 0; i < m->n_places; i++) {
            if (group_of_place[i] != CPA_NONE) {
                CpaGroupSums *to = &sums[group_of_place[i]];
                to->flat = (int64_t)((uint64_t)to->flat + (uint64_t)m->sums[i].flat);
                to->cum = (int64_t)((uint64_t)to->cum + (uint64_t)m->sums[i].cum);
                to->flat_div = (int64_t)((uint64_t)to->flat_div + (uint64_t)m->sums[i].flat_div);
                to->cum_div = (int64_t)((uint64_t)to->cum_div + (uint64_t)m->sums[i].cum_div);
            }
        }
        return sums;
    }
    g_autofree uint32_t *group = g_new(uint32_t, (size_t)v->n_locations + 1);
    for (uint32_t l = 0; l < v->n_locations; l++) {
        uint32_t place = m->place_of[l];
        bool counts = place != CPA_NONE && is_counted(m, place);
        group[l] = counts ? group_of_place[place] : CPA_NONE;
    }
    return cpa_count_places(v, group, (uint32_t)n_groups, m->r->value_index, m->r->mean);
}

static void weigh_symbols(Maker *m)
{
    CpaAssembly *out = m->out;
    g_autofree CpaGroupSums *sums = count(m, m->symbol_of, out->symbols.len);
    for (size_t i = 0; i < out->symbols.len; i++) {
        out->symbols.data[i].sums = sums[i];
    }
    bool limited = m->r->limit > 0;
    if (out->symbols.len > 1) {
        qsort(out->symbols.data, out->symbols.len, sizeof *out->symbols.data,
              limited ? compare_heaviest_first : compare_by_name);
    }
    while (limited && out->symbols.len > m->r->limit) {
        CpaAssemblySymbol *last = &out->symbols.data[--out->symbols.len];
        g_clear_pointer(&last->aliases, g_ptr_array_unref);
    }
}

/* --- instructions --------------------------------------------------------------------------- */

/* Where the program does not tell, what the profile says of the first place that does. */
static void fill_from_profile(const Maker *m, CpaAssemblyLine *line, uint32_t place)
{
    const CpaView *v = m->r->view;
    const CpaLocation *l = &v->locations[m->location_of[place]];
    if (l->n_lines == 0) {
        return;
    }
    const CpaLine *outer = &v->lines[l->line_first + l->n_lines - 1];
    const CpaFunction *f = &v->functions[outer->function];
    line->file = *line->file == '\0' ? cpa_view_str(v, f->file) : line->file;
    line->function = *line->function == '\0' ? cpa_view_str(v, f->name) : line->function;
    line->line = line->line == 0 ? (uint32_t)CLAMP(outer->line, 0, INT32_MAX) : line->line;
}

static bool frames_match(Maker *m, const CpaCode *code, const CpaInstruction *instruction)
{
    for (uint32_t i = 0; i + 1 < instruction->n_frames; i++) {
        const char *name = code->frames.data[instruction->frame_first + i].function;
        if (match_name(m, name) != NULL) {
            return true;
        }
    }
    return false;
}

/* As objdump and pprof between them show it: a demangled name without parameters has no "()". */
static const char *function_name(const Maker *m, CpaBinary *binary, const char *name)
{
    const char *shown = cpa_binary_name(binary, name);
    size_t len = strlen(shown);
    if (shown == name || len < 3 || strcmp(shown + len - 2, "()") != 0) {
        return shown;
    }
    g_autofree char *cut = g_strndup(shown, len - 2);
    return g_string_chunk_insert_const(m->out->names, cut);
}

/* The instructions of a symbol, or those of them that were inlined. Places are given to them. Data
 * that a regexp matches as well has none; where nothing else matches it is an error. */
static bool add_lines(Maker *m, CpaAssemblySymbol *symbol, GError **error)
{
    CpaAssembly *out = m->out;
    CpaBinary *binary = cpa_binaries_get(out->binaries, symbol->mapping);
    uint64_t end = symbol->end != UINT64_MAX ? symbol->end + 1 : symbol->end;
    end = MIN(end, symbol->start + MIN(CPA_CODE_MAX_BYTES, UINT64_MAX - symbol->start));
    g_autoptr(GError) problem = NULL;
    CpaCode *code = cpa_binary_code(out->binaries, binary, symbol->start, end, &problem);
    if (code == NULL) {
        bool is_data = g_error_matches(problem, CPA_ERROR, CPA_ERROR_NO_SYMBOLS);
        if (out->symbols.len == 1 || !is_data) {
            g_propagate_error(error, g_steal_pointer(&problem));
            return false;
        }
        if (m->r->warn != NULL) {
            m->r->warn(problem->message, m->r->warn_data);
        }
        return true;
    }
    g_ptr_array_add(out->codes, code);
    const Spots *spots = spots_of(m, symbol->mapping);
    symbol->line_first = out->lines.len;
    size_t spot = first_spot(spots, symbol->start);
    bool skipped = false;
    for (size_t i = 0; i < code->instructions.len; i++) {
        const CpaInstruction *instruction = &code->instructions.data[i];
        bool is_last = i + 1 == code->instructions.len;
        bool is_shown = symbol->host == NULL || frames_match(m, code, instruction);
        CpaAssemblyLine line = {
            .address = instruction->address,
            .text = instruction->text,
            .function = "",
            .file = "",
            .starts_block = skipped && out->lines.len > symbol->line_first,
        };
        if (instruction->n_frames > 0) {
            const CpaFrame *frame = &code->frames.data[instruction->frame_first];
            line.function = function_name(m, binary, frame->function);
            line.file = frame->file;
            line.line = frame->line;
        }
        uint64_t next = is_last ? symbol->end : instruction->address + instruction->size - 1;
        for (; spot < spots->len && spots->data[spot].address <= next; spot++) {
            if (is_shown) {
                m->line_of[spots->data[spot].place] = (uint32_t)out->lines.len;
                fill_from_profile(m, &line, spots->data[spot].place);
            }
        }
        if (is_shown) {
            cpa_vec_push(&out->lines, line);
        }
        skipped = !is_shown;
    }
    symbol->n_lines = out->lines.len - symbol->line_first;
    return true;
}

static bool disassemble(Maker *m, GError **error)
{
    CpaAssembly *out = m->out;
    for (uint32_t i = 0; i < m->n_places; i++) {
        m->line_of[i] = CPA_NONE;
    }
    for (size_t i = 0; i < out->symbols.len; i++) {
        if (!add_lines(m, &out->symbols.data[i], error)) {
            return false;
        }
    }
    g_autofree CpaGroupSums *sums = count(m, m->line_of, out->lines.len);
    for (size_t i = 0; i < out->lines.len; i++) {
        out->lines.data[i].sums = sums[i];
    }
    return true;
}

/* --- inlined functions ---------------------------------------------------------------------- */

/* The symbol that an address is in. */
static bool find_host(CpaBinary *binary, uint64_t address, CpaAssemblySymbol *host)
{
    size_t n = 0;
    const CpaSymbol *symbols = cpa_object_symbols(binary->object, &n);
    size_t n_upto = cpa_symbols_upto(symbols, n, address);
    if (n_upto == 0) {
        return false;
    }
    host->host = symbols[n_upto - 1].name;
    host->start = symbols[n_upto - 1].address;
    host->end = n_upto < n ? symbols[n_upto].address - 1 : UINT64_MAX;
    return true;
}

/* "mix": those that match of the functions inlined at the spots from @first to the address @end. */
static const char *inlined_names(Maker *m, const Spots *spots, size_t first, uint64_t end)
{
    const CpaView *v = m->r->view;
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (size_t k = first; k < spots->len && spots->data[k].address <= end; k++) {
        const CpaLocation *l = &v->locations[m->location_of[spots->data[k].place]];
        for (uint32_t i = 0; i + 1 < l->n_lines; i++) {
            CpaStrId id = v->functions[v->lines[l->line_first + i].function].name;
            const char *name = cpa_view_str(v, id);
            if (is_match(m, id) && names->len <= MAX_INLINED &&
                !g_ptr_array_find(names, name, NULL)) {
                g_ptr_array_add(names, (gpointer)name);
            }
        }
    }
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < names->len; i++) {
        g_string_append(text, i > 0 ? ", " : "");
        g_string_append(text, i < MAX_INLINED ? names->pdata[i] : "...");
    }
    return g_string_chunk_insert_const(m->out->names, text->str);
}

/* Hosts of the inlined functions that match, one symbol for each. */
static void select_hosts(Maker *m)
{
    const CpaView *v = m->r->view;
    g_autofree uint8_t *files = find_files(m, true);
    for (uint32_t i = 0; i < v->n_mappings; i++) {
        if (!files[v->mappings[i].file]) {
            continue;
        }
        CpaBinary *binary = cpa_binaries_get(m->out->binaries, i);
        if (binary->object == NULL) {
            note_problem(m, cpa_view_str(v, v->mappings[i].file), binary->problem);
            m->lacks_program = true;
            continue;
        }
        const Spots *spots = spots_of(m, i);
        uint64_t last_end = 0;
        for (size_t k = 0; k < spots->len; k++) {
            const CpaLocation *l = &v->locations[m->location_of[spots->data[k].place]];
            CpaAssemblySymbol symbol = {
                .binary = cpa_object_path(binary->object),
                .mapping = i,
            };
            if (spots->data[k].address >= last_end && location_matches(m, l, true) &&
                find_host(binary, spots->data[k].address, &symbol)) {
                last_end = symbol.end != UINT64_MAX ? symbol.end + 1 : UINT64_MAX;
                symbol.name = inlined_names(m, spots, k, symbol.end);
                add_symbol(m, spots, &symbol);
            }
        }
    }
}

/* Only what was inlined counts: the weights of the symbols are those of their instructions. */
static void weigh_hosts(Maker *m)
{
    CpaAssembly *out = m->out;
    g_autofree uint32_t *symbol_at = g_new(uint32_t, out->lines.len + 1); /* of each line */
    for (size_t s = 0; s < out->symbols.len; s++) {
        const CpaAssemblySymbol *symbol = &out->symbols.data[s];
        for (size_t k = 0; k < symbol->n_lines; k++) {
            symbol_at[symbol->line_first + k] = (uint32_t)s;
        }
    }
    for (uint32_t i = 0; i < m->n_places; i++) {
        m->symbol_of[i] = m->line_of[i] != CPA_NONE ? symbol_at[m->line_of[i]] : CPA_NONE;
    }
    g_autofree CpaGroupSums *sums = count(m, m->symbol_of, out->symbols.len);
    for (size_t i = 0; i < out->symbols.len; i++) {
        out->symbols.data[i].sums = sums[i];
    }
}

/* --- all of it ------------------------------------------------------------------------------ */

static bool fail_without_symbols(const Maker *m, size_t n_found, GError **error)
{
    if (n_found > 0 && !m->has_address) {
        g_string_append(m->tried, "; no sample is where the program has it: is it another build?");
    }
    if (m->lacks_program) {
        g_string_append(m->tried, "; name the program before the profile");
    }
    const char *names = m->tried->str;
    if (!m->has_address) {
        return cpa_report_no_match(m->r, "no matches found for regexp ", names, error);
    }
    if (n_found == 0) {
        return cpa_error_set(error, CPA_ERROR_USAGE,
                             "no matches found for address 0x%" G_GINT64_MODIFIER "x%s", m->address,
                             names);
    }
    return cpa_error_set(error, CPA_ERROR_USAGE,
                         "address 0x%" G_GINT64_MODIFIER
                         "x found in binary, but the corresponding symbols do not have samples in "
                         "the profile",
                         m->address);
}

static bool make(Maker *m, GError **error)
{
    make_places(m);
    const CpaView *v = m->r->view;
    m->verdicts = g_new0(uint8_t, (size_t)cpa_strtab_count(v->strings) + 1);
    m->spots = g_new0(Spots, (size_t)v->n_mappings + 1);
    m->symbol_of = g_new(uint32_t, (size_t)m->n_places + 1);
    m->line_of = g_new(uint32_t, (size_t)m->n_places + 1);
    for (uint32_t i = 0; i < m->n_places; i++) {
        m->symbol_of[i] = CPA_NONE;
    }
    size_t n_found = select_symbols(m);
    bool inlined = m->out->symbols.len == 0 && !m->has_address;
    if (inlined) {
        select_hosts(m);
    }
    if (m->out->symbols.len == 0) {
        return fail_without_symbols(m, n_found, error);
    }
    weigh_symbols(m);
    if (!disassemble(m, error)) {
        return false;
    }
    if (inlined) {
        weigh_hosts(m);
    }
    if (cpa_regexp_failed(m->r->regexp) != NULL) {
        return cpa_error_set(error, CPA_ERROR_TOO_LARGE, "disasm: regexp %s: %s", m->r->argument,
                             cpa_regexp_failed(m->r->regexp));
    }
    return true;
}

static void code_free(gpointer code)
{
    cpa_code_free(code);
}

CpaAssembly *cpa_assembly_new(CpaReport *r, GError **error)
{
    g_autoptr(CpaAssembly) out = g_new0(CpaAssembly, 1);
    out->report = r;
    out->binaries = cpa_binaries_new(r);
    out->codes = g_ptr_array_new_with_free_func(code_free);
    out->names = g_string_chunk_new(1024);
    Maker m = {.out = out, .r = r, .tried = g_string_new(NULL)};
    m.has_address = cpa_report_parse_address(r->argument, &m.address);
    bool ok = make(&m, error);
    g_free(m.addresses);
    g_free(m.place_of);
    g_free(m.location_of);
    g_free(m.sums);
    g_free(m.symbol_of);
    g_free(m.line_of);
    g_free(m.verdicts);
    for (uint32_t i = 0; i < r->view->n_mappings; i++) {
        cpa_vec_clear(&m.spots[i]);
    }
    g_free(m.spots);
    g_string_free(m.tried, TRUE);
    return ok ? g_steal_pointer(&out) : NULL;
}

void cpa_assembly_free(CpaAssembly *a)
{
    if (a == NULL) {
        return;
    }
    for (size_t i = 0; i < a->symbols.len; i++) {
        g_clear_pointer(&a->symbols.data[i].aliases, g_ptr_array_unref);
    }
    cpa_vec_clear(&a->symbols);
    cpa_vec_clear(&a->lines);
    g_ptr_array_unref(a->codes);
    g_string_chunk_free(a->names);
    cpa_binaries_free(a->binaries);
    g_free(a);
}
