/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Granularity: clearing what is finer than the report asks for, so that entries that only differ
 * in it become equal.
 *
 * Source: pprof driver.go aggregate, profile.go Aggregate
 */
#include "view/filter.h"

#include <string.h>

#include "base/idmap.h"
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

/* Chains of functions as a tree: each has one node, below that of its callers. */
typedef struct {
    uint32_t function;
    uint32_t caller; /* a node before it, or CPA_NONE */
} ChainNode;

typedef struct {
    CPA_VEC(ChainNode) nodes;
    CPA_VEC(uint32_t) heads; /* of the chains that are written out */
    CpaIdMap at;             /* (caller + 1, function) -> node */
    uint32_t *first;         /* [nodes.len] where the lines of a chain are, or CPA_NONE */
    uint32_t n_lines;
} Chains;

static uint32_t add_chain(Chains *c, const CpaLine *lines, uint32_t n)
{
    uint32_t caller = CPA_NONE;
    for (uint32_t i = n; i > 0; i--) {
        ChainNode node = {lines[i - 1].function, caller};
        uint64_t key = (uint64_t)(caller + 1) << 32 | node.function;
        caller = cpa_idmap_insert(&c->at, key, (uint32_t)c->nodes.len);
        if (caller == c->nodes.len) {
            cpa_vec_push(&c->nodes, node);
        }
    }
    return caller;
}

/* Places the chains: one that another one ends with is a part of it, so callees go first. */
static void place_chains(Chains *c)
{
    c->first = g_new(uint32_t, c->nodes.len + 1);
    memset(c->first, 0xff, (c->nodes.len + 1) * sizeof *c->first);
    for (size_t i = c->nodes.len; i-- > 0;) {
        if (c->first[i] != CPA_NONE) {
            continue;
        }
        cpa_vec_push(&c->heads, (uint32_t)i);
        for (uint32_t at = (uint32_t)i; at != CPA_NONE; at = c->nodes.data[at].caller) {
            c->first[at] = c->first[at] == CPA_NONE ? c->n_lines : c->first[at];
            c->n_lines++;
        }
    }
}

/* Without numbers there are few different chains of lines. */
static void drop_numbers(CpaView *v)
{
    Chains c = {0};
    uint32_t last_first = 0;
    uint32_t last_n = 0;
    uint32_t chain = CPA_NONE;
    for (uint32_t k = 0; k < v->n_locations; k++) {
        CpaLocation *l = &v->locations[k];
        if (l->line_first != last_first || l->n_lines != last_n) {
            last_first = l->line_first;
            last_n = l->n_lines;
            chain = last_n > 0 ? add_chain(&c, v->lines + last_first, last_n) : CPA_NONE;
        }
        l->line_first = chain;
    }
    cpa_idmap_clear(&c.at);
    place_chains(&c);
    CpaLine *lines = g_new0(CpaLine, c.n_lines);
    for (size_t i = 0; i < c.heads.len; i++) {
        uint32_t to = c.first[c.heads.data[i]];
        for (uint32_t at = c.heads.data[i]; at != CPA_NONE; at = c.nodes.data[at].caller) {
            lines[to++].function = c.nodes.data[at].function;
        }
    }
    for (uint32_t k = 0; k < v->n_locations; k++) {
        CpaLocation *l = &v->locations[k];
        l->line_first = l->n_lines > 0 ? c.first[l->line_first] : 0;
    }
    cpa_view_take_lines(v, lines, c.n_lines);
    cpa_vec_clear(&c.nodes);
    cpa_vec_clear(&c.heads);
    g_free(c.first);
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
