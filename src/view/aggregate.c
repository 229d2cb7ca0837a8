/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Granularity: clearing what is finer than the report asks for, so that entries that only differ
 * in it become equal.
 *
 * Source: pprof driver.go aggregate, profile.go Aggregate
 */
#include <string.h>

#include "view/filter.h"

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

static void aggregate_location(CpaView *v, CpaLocation *l, const Granularity *g, bool noinlines,
                               bool showcolumns)
{
    if (noinlines && l->n_lines > 1) {
        l->line_first += l->n_lines - 1;
        l->n_lines = 1;
    }
    for (uint32_t i = 0; i < l->n_lines; i++) {
        CpaLine *line = &v->lines[l->line_first + i];
        line->line = g->line ? line->line : 0;
        line->column = g->line && showcolumns ? line->column : 0;
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
        aggregate_location(v, &v->locations[i], g, noinlines, showcolumns);
    }
    return true;
}
