/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries sorted by file and line are what is shown; lines near each other are one block.
 */
#include "report/annblocks.h"

#include <stdlib.h>
#include <string.h>

#define MERGE_GAP 20 /* lines between two that are one block */
#define MARGIN    5  /* lines around a block */

/* --- from entries to blocks of lines -------------------------------------------------------- */

static int compare_entries(const void *pa, const void *pb)
{
    const CpaAnnEntry *a = pa;
    const CpaAnnEntry *b = pb;
    if (a->file != b->file) {
        return a->file < b->file ? -1 : 1;
    }
    if (a->line != b->line) {
        return a->line < b->line ? -1 : 1;
    }
    return (a->order > b->order) - (a->order < b->order);
}

static const char *pretty_name(const CpaAnnWork *m, const char *name)
{
    const CpaStrtab *strings = m->r->view->strings;
    CpaStrId id = cpa_strtab_find(strings, name, strlen(name));
    if (id == CPA_NONE || id >= m->n_strings || m->pretty[id] == CPA_NONE) {
        return name;
    }
    return cpa_strtab_get(strings, m->pretty[id]);
}

static void add_code(CpaAnnWork *m, const CpaAnnEntry *entry, const CpaAnnInst *before)
{
    const CpaAnnInst *inst = &m->insts.data[entry->inst];
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
static void make_blocks(CpaAnnWork *m, uint32_t *line_of, uint32_t *function_of)
{
    CpaListing *out = m->out;
    const CpaAnnEntry *before = NULL;
    for (size_t i = 0; i < m->entries.len; i++) {
        const CpaAnnEntry *e = &m->entries.data[i];
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
    const CpaAnnInst *insts = data;
    const CpaAnnInst *a = &insts[*(const uint32_t *)pa];
    const CpaAnnInst *b = &insts[*(const uint32_t *)pb];
    return (a->address > b->address) - (a->address < b->address);
}

/* [n_locations]: the instruction that the location's address is in, or CPA_NONE */
static uint32_t *find_insts(const CpaAnnWork *m)
{
    const CpaView *v = m->r->view;
    size_t n = m->insts.len;
    g_autofree uint32_t *order = cpa_ann_count_up(n);
    if (n > 1) {
        g_qsort_with_data(order, (gint)n, sizeof *order, compare_insts, m->insts.data);
    }
    g_autofree uint32_t *inst_of = g_new(uint32_t, (size_t)m->n_places + 1);
    size_t at = 0;
    for (uint32_t i = 0; i < m->n_places; i++) {
        while (at + 1 < n && m->insts.data[order[at + 1]].address <= m->addresses[i]) {
            at++;
        }
        const CpaAnnInst *inst = n > 0 ? &m->insts.data[order[at]] : NULL;
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
static CpaGroupSums *weigh(const CpaAnnWork *m, const uint32_t *member, const CpaGroupSums *insts,
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
                                 r->mean, true);
}

/* Each sample once, or as the sum over the places. */
static CpaGroupSums *weigh_insts(const CpaAnnWork *m, const uint32_t *member)
{
    CpaReport *r = m->r;
    size_t n = m->insts.len;
    g_autofree uint32_t *same = cpa_ann_count_up(n);
    if (!r->options->pprof_compat) {
        return cpa_count_memberships(r->view, member, same, same, (uint32_t)n, r->value_index,
                                     r->mean, true);
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

static void weigh_all(CpaAnnWork *m, const uint32_t *line_of, const uint32_t *function_of)
{
    CpaListing *out = m->out;
    g_autofree uint32_t *member = find_insts(m);
    g_autofree CpaGroupSums *insts = weigh_insts(m, member);
    g_autofree CpaGroupSums *lines = weigh(m, member, insts, line_of, out->lines.len);
    g_autofree CpaGroupSums *functions = weigh(m, member, insts, function_of, out->functions.len);
    g_autofree uint8_t *seen = g_new0(uint8_t, m->insts.len + 1);
    for (size_t i = 0; i < m->entries.len; i++) {
        const CpaAnnEntry *e = &m->entries.data[i];
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
    const CpaAnnFile *a = pa;
    const CpaAnnFile *b = pb;
    return strcmp(a->name, b->name);
}

/* Numbers files by name, so that entries can be sorted by number. */
static void rank_files(CpaAnnWork *m)
{
    g_autofree CpaAnnFile *sorted =
        g_memdup2(m->files.data, MAX(m->files.len, 1) * sizeof(CpaAnnFile));
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
    const CpaAnnFile *a = pa;
    const CpaAnnFile *b = pb;
    if (a->flat != b->flat) {
        return a->flat > b->flat ? -1 : 1;
    }
    return strcmp(a->name, b->name);
}

/* With -nodecount=N, the functions of the N heaviest files, in that order. */
static void limit_files(CpaAnnWork *m)
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

void cpa_ann_make_blocks(CpaAnnWork *m)
{
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
}
