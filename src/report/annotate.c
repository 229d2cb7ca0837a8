/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which places of the profile matter: those whose function, source file or binary the regexp
 * matches, or that hold the address that it is.
 */
#include "report/annotate.h"

#include <stdlib.h>
#include <string.h>

#include "report/annblocks.h"
#include "report/anncode.h"
#include "report/assembly.h"
#include "report/nomatch.h"

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

static void make_places(CpaAnnWork *m, const uint8_t *used)
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

/* --- what matters --------------------------------------------------------------------------- */

static bool is_match(CpaAnnWork *m, CpaStrId id)
{
    if (m->verdicts[id] == 0) {
        const CpaView *v = m->r->view;
        size_t len = cpa_strtab_len(v->strings, id);
        bool matched = cpa_regexp_match(m->r->regexp, cpa_view_str(v, id), len);
        m->verdicts[id] = matched ? 2 : 1;
    }
    return m->verdicts[id] == 2;
}

static bool line_matches(CpaAnnWork *m, const CpaFunction *f)
{
    return is_match(m, f->name) || is_match(m, f->system_name) || is_match(m, f->file);
}

static void mark(CpaAnnWork *m, uint32_t location, const CpaFunction *f)
{
    m->interest[f->name] = f->name != 0;
    m->interest[f->system_name] = f->system_name != 0;
    uint32_t place = m->place_of[location];
    if (m->interesting[place] == CPA_NONE) {
        m->interesting[place] = location;
    }
}

static bool find_interest(CpaAnnWork *m, const uint8_t *used)
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

/* --- all of it ------------------------------------------------------------------------------ */

static bool make(CpaAnnWork *m, GError **error)
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
        return cpa_report_no_match(r, "no matches found for regexp: ", "", error);
    }
    g_autofree uint32_t *same = cpa_ann_count_up(m->n_places);
    m->sums = cpa_count_memberships(r->view, m->place_of, same, same, m->n_places, r->value_index,
                                    r->mean, !r->options->pprof_compat);
    cpa_ann_read_code(m);
    cpa_ann_make_blocks(m);
    for (size_t i = 0; i < m->out->functions.len; i++) {
        CpaListFunction *f = &m->out->functions.data[i];
        f->source = f->is_hidden ? NULL : cpa_src_tree_find(m->out->tree, f->file);
    }
    return true;
}

static void code_free(gpointer code)
{
    cpa_code_free(code);
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
    CpaAnnWork m = {.r = r, .out = out, .names = out->names};
    m.file_index = g_hash_table_new(g_str_hash, g_str_equal);
    bool ok = make(&m, error);
    g_free(m.verdicts);
    g_free(m.interest);
    g_free(m.pretty);
    g_free(m.addresses);
    g_free(m.place_of);
    g_free(m.interesting);
    g_free(m.sums);
    cpa_vec_clear(&m.insts);
    cpa_vec_clear(&m.entries);
    cpa_vec_clear(&m.files);
    g_hash_table_unref(m.file_index);
    return ok ? g_steal_pointer(&out) : NULL;
}
