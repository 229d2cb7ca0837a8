/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Granularity: clearing what is finer than the report asks for, so that entries that only differ
 * in it become equal.
 *
 * Source: pprof driver.go aggregate, profile.go Aggregate
 */
#include "view/filter.h"

#include <string.h>

#include "base/seqtab.h"
#include "base/vec.h"
#include "view/edit.h"

typedef struct {
    const char *name;
    bool function;
    bool file;
    bool line;
    bool address;
} Granularity;

static const Granularity granularities[] = {
    {.name = "", .function = true},
    {.name = "functions", .function = true},
    {.name = "filefunctions", .function = true, .file = true},
    {.name = "files", .file = true},
    {.name = "lines", .function = true, .file = true, .line = true},
    {.name = "addresses", .function = true, .file = true, .line = true, .address = true},
};

/* Without numbers there are few different chains of lines: each is kept once. */
static void drop_numbers(CpaView *v)
{
    CpaSeqtab *chains = cpa_seqtab_new();
    CPA_VEC(uint32_t) functions = {0};
    cpa_vec_reserve(&functions, 16);
    const CpaLocation *last = NULL;
    uint32_t last_first = 0;
    uint32_t chain = 0;
    for (uint32_t k = 0; k < v->n_locations; k++) {
        CpaLocation *l = &v->locations[k];
        if (last == NULL || l->line_first != last_first || l->n_lines != last->n_lines) {
            functions.len = 0;
            for (uint32_t i = 0; i < l->n_lines; i++) {
                cpa_vec_push(&functions, v->lines[l->line_first + i].function);
            }
            chain = cpa_seqtab_intern(chains, functions.data, functions.len);
        }
        last = l;
        last_first = l->line_first;
        l->line_first = chain;
    }
    g_autofree uint32_t *words = NULL;
    g_autofree uint64_t *first = NULL;
    uint64_t n = cpa_seqtab_count(chains);
    cpa_seqtab_steal(chains, &words, &first);
    n = first[n];
    CpaLine *lines = g_new0(CpaLine, n);
    for (uint64_t i = 0; i < n; i++) {
        lines[i].function = words[i];
    }
    for (uint32_t k = 0; k < v->n_locations; k++) {
        v->locations[k].line_first = (uint32_t)first[v->locations[k].line_first];
    }
    cpa_view_take_lines(v, lines, n);
    cpa_vec_clear(&functions);
    cpa_seqtab_free(chains);
}

static void drop_columns(CpaView *v)
{
    CpaLine *lines = cpa_view_own_lines(v);
    for (uint32_t i = 0; i < v->n_lines; i++) {
        lines[i].column = 0;
    }
}

static void aggregate_location(CpaLocation *l, const Granularity *g, bool noinlines)
{
    if (noinlines && l->n_lines > 1) {
        l->line_first += l->n_lines - 1;
        l->n_lines = 1;
    }
    if (!g->address) {
        l->address = 0;
    }
}

bool cpa_view_aggregate(CpaView *v, const char *granularity, bool noinlines, bool showcolumns,
                        GError **error)
{
    const Granularity *g = NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(granularities) && g == NULL; i++) {
        if (strcmp(granularity, granularities[i].name) == 0) {
            g = &granularities[i];
        }
    }
    if (g == NULL) {
        return cpa_error_set(error, CPA_ERROR_USAGE, "unknown granularity '%s'", granularity);
    }
    if (g->address && !noinlines) {
        return true; /* nothing is finer; columns stay, too */
    }
    for (uint32_t i = 0; i < v->n_mappings; i++) {
        CpaMapping *m = &v->mappings[i];
        m->has_inline_frames = m->has_inline_frames && !noinlines;
        m->has_functions = m->has_functions && g->function;
        m->has_filenames = m->has_filenames && g->file;
        m->has_line_numbers = m->has_line_numbers && g->line;
    }
    for (uint32_t i = 0; i < v->n_functions; i++) {
        CpaFunction *f = &v->functions[i];
        if (!g->function) {
            f->name = 0;
            f->system_name = 0;
        }
        if (!g->file) {
            f->file = 0;
        }
    }
    for (uint32_t i = 0; i < v->n_locations; i++) {
        aggregate_location(&v->locations[i], g, noinlines);
    }
    if (!g->line) {
        drop_numbers(v);
    } else if (!showcolumns) {
        drop_columns(v);
    }
    return true;
}
