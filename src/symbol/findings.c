/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each string, function and chain of lines is looked up once, however many locations have it;
 * locations with the same chain share its lines.
 */
#include "symbol/findings.h"

#include "base/seqtab.h"
#include "base/vec.h"

#include <string.h>

typedef struct {
    CpaProfile *profile;
    CpaSeqtab *functions; /* (name, file, start line) -> index among the new ones */
    CPA_VEC(CpaFunction) added;
    size_t n_lines; /* that there will be, at most */
    CPA_VEC(CpaLine) lines;
} Output;

static uint32_t add_function(Output *o, CpaStrId name, CpaStrId file, uint32_t start_line)
{
    const uint32_t key[] = {name, file, start_line};
    uint32_t known = cpa_seqtab_count(o->functions);
    uint32_t index = cpa_seqtab_intern(o->functions, key, G_N_ELEMENTS(key));
    if (index == known) {
        CpaFunction function = {
            .id = (uint64_t)o->profile->n_functions + index + 1,
            .start_line = start_line,
            .name = name,
            .system_name = name,
            .file = file,
        };
        cpa_vec_push(&o->added, function);
    }
    return o->profile->n_functions + index;
}

/* Findings on their way into the profile. */
typedef struct {
    const CpaFindings *of;
    CpaStrId *ids;       /* of the profile, by string of the answers; CPA_NONE: not looked up yet */
    uint32_t *functions; /* of the profile, by frame; the same */
    uint32_t *line_first; /* where the lines of a chain are, by its innermost frame; or COUNTED */
} Carrier;

#define COUNTED (CPA_NONE - 1)

static uint32_t *all_none(size_t n)
{
    uint32_t *ids = g_new(uint32_t, n + 1);
    memset(ids, 0xff, (n + 1) * sizeof *ids);
    return ids;
}

/* Strings of the answers as strings of the profile, each looked up once. */
static CpaStrId carry(CpaProfile *p, Carrier *c, CpaStrId id)
{
    if (c->ids[id] == CPA_NONE) {
        c->ids[id] = cpa_strtab_intern(p->strings, cpa_strtab_get(c->of->answers->strings, id),
                                       cpa_strtab_len(c->of->answers->strings, id));
    }
    return c->ids[id];
}

/* Frames are named once, however many addresses share them. */
static uint32_t function_of(Output *o, Carrier *c, uint32_t i)
{
    if (c->functions[i] == CPA_NONE) {
        const CpaAnswerFrame *f = &c->of->answers->frames.data[i];
        CpaMapping *m = &o->profile->mappings[c->of->mapping];
        m->has_functions |= f->function != 0;
        m->has_filenames |= f->file != 0;
        m->has_line_numbers |= f->line != 0;
        c->functions[i] = add_function(o, carry(o->profile, c, f->function),
                                       carry(o->profile, c, f->file), f->start_line);
    }
    return c->functions[i];
}

/* Returns: the innermost frame that is known of the location, or CPA_NONE. */
static uint32_t leaf_of(const CpaProfile *p, const CpaFindings *of, const CpaLocation *location)
{
    const CpaMapping *m = &p->mappings[of->mapping];
    bool is_inside =
        m->start >= m->limit || (location->address >= m->start && location->address < m->limit);
    size_t at = is_inside ? cpa_answers_find(of->answers, location->address - of->base) : SIZE_MAX;
    return at != SIZE_MAX ? of->answers->leaf[at] : CPA_NONE;
}

static void append_functions(CpaProfile *p, const CpaFunction *added, size_t n)
{
    if (n > 0) {
        p->functions = g_renew(CpaFunction, p->functions, p->n_functions + n);
        memcpy(p->functions + p->n_functions, added, n * sizeof *added);
        p->n_functions += (uint32_t)n;
    }
}

/* Names what is known of the locations: functions come in the order of mappings and, in them, of
 * locations. */
static void name_functions(Output *o, Carrier *c)
{
    CpaProfile *p = o->profile;
    const CpaAnswers *a = c->of->answers;
    for (size_t i = 0; i < c->of->n_locations; i++) {
        uint32_t at = leaf_of(p, c->of, &p->locations[c->of->locations[i]]);
        if (at == CPA_NONE || c->line_first[at] == COUNTED) {
            continue;
        }
        p->mappings[c->of->mapping].has_inline_frames = true;
        c->line_first[at] = COUNTED;
        for (; at != CPA_NONE; at = a->frames.data[at].caller) {
            function_of(o, c, at);
            o->n_lines++;
        }
    }
}

/* Gives the location the lines of the chain, which it shares with others. */
static void put_chain(Output *o, CpaLocation *location, Carrier *c, uint32_t leaf)
{
    const CpaAnswers *a = c->of->answers;
    bool is_new = c->line_first[leaf] == COUNTED;
    if (is_new) {
        c->line_first[leaf] = (uint32_t)o->lines.len;
    }
    location->line_first = c->line_first[leaf];
    location->n_lines = 0;
    location->is_folded = false;
    for (uint32_t at = leaf; at != CPA_NONE; at = a->frames.data[at].caller) {
        const CpaAnswerFrame *f = &a->frames.data[at];
        CpaLine line = {.line = f->line, .column = f->column, .function = c->functions[at]};
        location->n_lines++;
        if (is_new) {
            cpa_vec_push(&o->lines, line);
        }
    }
}

/* Lines come in the order of locations. */
static void put_lines(Output *o, Carrier *carriers, size_t n)
{
    CpaProfile *p = o->profile;
    g_autofree Carrier **of_mapping = g_new0(Carrier *, (size_t)p->n_mappings + 1);
    for (size_t k = 0; k < n; k++) {
        of_mapping[carriers[k].of->mapping] = &carriers[k];
    }
    o->n_lines += p->n_lines;
    o->lines.data = g_new(CpaLine, o->n_lines + 1);
    o->lines.cap = o->n_lines + 1;
    for (uint32_t i = 0; i < p->n_locations; i++) {
        CpaLocation *location = &p->locations[i];
        Carrier *c = location->mapping != CPA_NONE ? of_mapping[location->mapping] : NULL;
        uint32_t leaf = c != NULL ? leaf_of(p, c->of, location) : CPA_NONE;
        if (leaf != CPA_NONE) {
            put_chain(o, location, c, leaf);
            continue;
        }
        uint32_t first = (uint32_t)o->lines.len;
        for (uint32_t k = 0; k < location->n_lines; k++) {
            cpa_vec_push(&o->lines, p->lines[location->line_first + k]);
        }
        location->line_first = first;
    }
    g_free(p->lines);
    p->n_lines = (uint32_t)o->lines.len;
    p->lines = cpa_vec_steal(&o->lines);
}

void cpa_findings_put(CpaProfile *p, const CpaFindings *all, size_t n)
{
    Output o = {.profile = p, .functions = cpa_seqtab_new()};
    g_autofree Carrier *carriers = g_new0(Carrier, n + 1);
    for (size_t k = 0; k < n; k++) {
        Carrier *c = &carriers[k];
        c->of = &all[k];
        c->ids = all_none(cpa_strtab_count(all[k].answers->strings));
        c->functions = all_none(all[k].answers->frames.len);
        c->line_first = all_none(all[k].answers->frames.len);
        name_functions(&o, c);
        g_clear_pointer(&c->ids, g_free);
        g_clear_pointer(&all[k].answers->strings, cpa_strtab_free);
    }
    append_functions(p, o.added.data, o.added.len);
    put_lines(&o, carriers, n);
    for (size_t k = 0; k < n; k++) {
        g_free(carriers[k].functions);
        g_free(carriers[k].line_first);
    }
    cpa_vec_clear(&o.added);
    cpa_seqtab_free(o.functions);
}
