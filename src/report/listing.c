/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the listings of sources and of code share.
 */
#include "report/listing.h"

#include <stdlib.h>
#include <string.h>

#include "report/binaries.h"
#include "report/symbolize.h"
#include "symbol/mode.h"
#include "symbol/object.h"
#include "view/filter.h"

/* Sources that are not found are told with all places tried up to here, summed up beyond. */
#define MAX_MISSING 3

/* The profile's, else that of the file. */
static char *mapping_build_id(const CpaView *v, const CpaMapping *m)
{
    const char *id = cpa_view_str(v, m->build_id);
    if (*id != '\0') {
        return g_strdup(id);
    }
    g_autoptr(CpaObject) object = cpa_object_open(cpa_view_str(v, m->file), NULL);
    return g_strdup(object != NULL ? cpa_object_build_id(object) : "");
}

static void find_build_ids(CpaListing *listing)
{
    const CpaView *v = listing->report->view;
    g_autofree char **of = g_new0(char *, (size_t)v->n_mappings + 1);
    listing->build_ids = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
    for (uint32_t l = 0; l < v->n_locations; l++) {
        const CpaLocation *location = &v->locations[l];
        uint32_t m = location->mapping;
        if (m == CPA_NONE || location->n_lines == 0) {
            continue;
        }
        if (of[m] == NULL) {
            of[m] = mapping_build_id(v, &v->mappings[m]);
        }
        for (uint32_t k = 0; k < location->n_lines && *of[m] != '\0'; k++) {
            const CpaLine *line = &v->lines[location->line_first + k];
            const char *file = cpa_view_str(v, v->functions[line->function].file);
            if (!g_hash_table_contains(listing->build_ids, file)) {
                g_hash_table_insert(listing->build_ids, (gpointer)file, g_strdup(of[m]));
            }
        }
    }
    for (uint32_t m = 0; m < v->n_mappings; m++) {
        if (listing->main_build_id == NULL && of[m] != NULL && *of[m] != '\0') {
            listing->main_build_id = g_steal_pointer(&of[m]);
        }
        g_free(of[m]);
    }
}

/* Files that only instructions name, not samples, are taken for those of the main program. */
static const char *build_id_of(const char *name, gpointer data)
{
    CpaListing *listing = data;
    if (listing->build_ids == NULL) {
        find_build_ids(listing);
    }
    const char *id = g_hash_table_lookup(listing->build_ids, name);
    id = id != NULL ? id : listing->main_build_id;
    return id != NULL ? id : "";
}

CpaListing *cpa_listing_new(const CpaReport *r, GError **error)
{
    g_autofree CpaListing *listing = g_new0(CpaListing, 1);
    const char *program =
        r->view->n_mappings > 0 ? cpa_view_str(r->view, r->view->mappings[0].file) : "";
    CpaSrcOptions options = {
        .program = *program != '\0' ? program : NULL,
        .source_path = r->options->source_path,
        .trim_path = r->options->trim_path,
        .source_map = r->options->source_map,
        .servers = cpa_symbolize_servers(r->options),
        .build_id_of = build_id_of,
        .data = listing,
    };
    CpaSrcTree *tree = cpa_src_tree_new(&options, error);
    if (tree == NULL) {
        return NULL;
    }
    listing->report = r;
    listing->tree = tree;
    return g_steal_pointer(&listing);
}

void cpa_listing_free(CpaListing *listing)
{
    if (listing != NULL) {
        cpa_src_tree_free(listing->tree);
        cpa_vec_clear(&listing->functions);
        cpa_vec_clear(&listing->lines);
        cpa_vec_clear(&listing->code);
        cpa_vec_clear(&listing->calls);
        g_clear_pointer(&listing->codes, g_ptr_array_unref);
        g_clear_pointer(&listing->names, g_string_chunk_free);
        cpa_binaries_free(listing->binaries);
        g_clear_pointer(&listing->build_ids, g_hash_table_unref);
        g_free(listing->main_build_id);
        g_free(listing);
    }
}

static int compare_heaviest_first(const void *pa, const void *pb)
{
    const CpaListFunction *a = pa;
    const CpaListFunction *b = pb;
    if (a->flat != b->flat) {
        return a->flat > b->flat ? -1 : 1;
    }
    return (a->line_first > b->line_first) - (a->line_first < b->line_first);
}

void cpa_listing_limit(CpaListing *listing)
{
    if (listing->report->limit > 0 && listing->functions.len > 0) {
        qsort(listing->functions.data, listing->functions.len, sizeof *listing->functions.data,
              compare_heaviest_first);
        listing->functions.len = MIN(listing->functions.len, listing->report->limit);
    }
}

void cpa_listing_warn(const CpaListing *listing)
{
    const CpaReport *r = listing->report;
    if (r->warn == NULL) {
        return;
    }
    CpaSymbolMode mode;
    cpa_symbol_mode_parse(&mode, r->options->symbolize);
    const GPtrArray *asked = cpa_src_tree_asked(listing->tree);
    for (guint i = 0; i < asked->len && mode.explain; i++) {
        r->warn(asked->pdata[i], r->warn_data);
    }
    g_autoptr(GPtrArray) sentences =
        cpa_src_tree_missing(listing->tree, mode.explain ? SIZE_MAX : MAX_MISSING);
    for (guint i = 0; i < sentences->len; i++) {
        r->warn(sentences->pdata[i], r->warn_data);
    }
}

CpaGroupSums *cpa_report_node_sums(CpaReport *r, CpaNodeTable **table)
{
    cpa_view_trim_paths(r->view, r->options->trim_path, r->options->source_path);
    CpaNodeTable *t = cpa_node_table_new(r->view, true);
    g_autofree uint32_t *same = g_new(uint32_t, (size_t)t->n_nodes + 1);
    for (uint32_t i = 0; i < t->n_nodes; i++) {
        same[i] = i;
    }
    CpaGroupSums *sums =
        cpa_count_groups(r->view, t, same, t->n_nodes, r->value_index, r->mean, true);
    for (uint32_t i = 0; i < t->n_nodes; i++) {
        bool is_negative = sums[i].flat < 0 || (sums[i].flat == 0 && sums[i].cum < 0);
        if (!cpa_node_is_counted(&sums[i]) || (r->options->drop_negative && is_negative)) {
            sums[i] = (CpaGroupSums){0};
        }
    }
    *table = t;
    return sums;
}

char *cpa_report_format_or_dot(const CpaReport *r, char text[CPA_VALUE_TEXT_MAX], int64_t value)
{
    return value == 0 ? strcpy(text, ".") : cpa_report_format(r, text, value);
}

void cpa_report_put_sums(const CpaReport *r, CpaSink *sink, int64_t flat, int64_t cum)
{
    char text[CPA_VALUE_TEXT_MAX];
    char percent[32];
    cpa_sink_pad(sink, cpa_report_format(r, text, flat), 10);
    cpa_sink_putc(sink, ' ');
    cpa_sink_pad(sink, cpa_report_format(r, text, cum), 10);
    cpa_sink_puts(sink, " (flat, cum) ");
    cpa_sink_puts(sink, cpa_percentage_format(percent, cum, r->total));
    cpa_sink_puts(sink, " of Total\n");
}
