/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sources of the functions that match, with the weight of each line: list.
 *
 *     Total: 1.20s
 *     ROUTINE ======================== main.work in /src/main.go
 *         200ms      1.10s (flat, cum) 91.67% of Total
 *             .          .     10:func work() {
 *         200ms      1.10s     11:    for i := range data {
 *
 * Source: pprof internal/report/source.go printSource, getSourceFromFile. Differs: a sample counts
 *         once per line and per function (-pprof_compat: once per node); where upstream's range of
 *         lines depends on the order of a map, it is the widest of those it may be
 */
#include <stdlib.h>

#include "report/listing.h"
#include "report/listtable.h"
#include "report/nomatch.h"
#include "report/tabular.h"

/* Lines shown before the first and behind the last one with a weight. */
#define MARGIN 5

/* A node that is listed, with what it is sorted by. */
typedef struct {
    const CpaNodeInfo *info;
    uint32_t node;
    uint32_t name_rank;
    uint32_t file_rank;
} Listed;

typedef struct {
    CpaReport *r;
    CpaNodeTable *table;
    CpaGroupSums *sums; /* [n_nodes] */
    Listed *listed;     /* [n_listed] by name, file, line */
    size_t n_listed;
} Lister;

/* --- which nodes ---------------------------------------------------------------------------- */

/* The regexp's verdict on each name: 0 not asked yet, 1 no, 2 yes. */
static bool is_match(const CpaReport *r, uint8_t *verdicts, CpaStrId name)
{
    if (verdicts[name] == 0) {
        size_t len = cpa_strtab_len(r->view->strings, name);
        bool matched = cpa_regexp_match(r->regexp, cpa_view_str(r->view, name), len);
        verdicts[name] = matched ? 2 : 1;
    }
    return verdicts[name] == 2;
}

static gint compare_ids(gconstpointer a, gconstpointer b, gpointer data)
{
    return cpa_strtab_compare(data, *(const CpaStrId *)a, *(const CpaStrId *)b);
}

/* [count of strings]: the place of each id, from 1, in the order of the texts. */
static uint32_t *rank_strings(const CpaStrtab *strings, const uint8_t *used)
{
    uint32_t n = cpa_strtab_count(strings);
    uint32_t *rank = g_new0(uint32_t, (size_t)n + 1);
    CPA_VEC(CpaStrId) ids = {0};
    for (uint32_t id = 0; id < n; id++) {
        if (used[id]) {
            cpa_vec_push(&ids, id);
        }
    }
    if (ids.len > 1) {
        g_qsort_with_data(ids.data, (gint)ids.len, sizeof *ids.data, compare_ids,
                          (gpointer)strings);
    }
    for (size_t i = 0; i < ids.len; i++) {
        rank[ids.data[i]] = (uint32_t)i + 1;
    }
    cpa_vec_clear(&ids);
    return rank;
}

static int compare_listed(const void *pa, const void *pb)
{
    const Listed *a = pa;
    const Listed *b = pb;
    if (a->name_rank != b->name_rank) {
        return a->name_rank < b->name_rank ? -1 : 1;
    }
    if (a->file_rank != b->file_rank) {
        return a->file_rank < b->file_rank ? -1 : 1;
    }
    if (a->info->line != b->info->line) {
        return a->info->line < b->info->line ? -1 : 1;
    }
    return (a->node > b->node) - (a->node < b->node);
}

static bool select_nodes(Lister *l, GError **error)
{
    CpaReport *r = l->r;
    const CpaStrtab *strings = r->view->strings;
    uint32_t n_strings = cpa_strtab_count(strings);
    g_autofree uint8_t *verdicts = g_new0(uint8_t, (size_t)n_strings + 1);
    g_autofree uint8_t *used = g_new0(uint8_t, (size_t)n_strings + 1);
    l->listed = g_new0(Listed, (size_t)l->table->n_nodes + 1);
    for (uint32_t i = 0; i < l->table->n_nodes; i++) {
        const CpaNodeInfo *info = &l->table->infos[i];
        if (cpa_node_is_counted(&l->sums[i]) && is_match(r, verdicts, info->name)) {
            l->listed[l->n_listed++] = (Listed){.info = info, .node = i};
            used[info->name] = 1;
            used[info->file] = 1;
        }
    }
    if (cpa_regexp_failed(r->regexp) != NULL) {
        return cpa_error_set(error, CPA_ERROR_TOO_LARGE, "list: regexp %s: %s", r->argument,
                             cpa_regexp_failed(r->regexp));
    }
    if (l->n_listed == 0) {
        return cpa_report_no_match(r, "no matches found for regexp: ", "", error);
    }
    g_autofree uint32_t *rank = rank_strings(strings, used);
    for (size_t i = 0; i < l->n_listed; i++) {
        l->listed[i].name_rank = rank[l->listed[i].info->name];
        l->listed[i].file_rank = rank[l->listed[i].info->file];
    }
    qsort(l->listed, l->n_listed, sizeof *l->listed, compare_listed);
    return true;
}

/* --- from nodes to functions and lines ------------------------------------------------------ */

static int64_t clamp_line(int64_t line)
{
    return CLAMP(line, -INT32_MAX, INT32_MAX);
}

/* Widens begin .. end of the function by a node. */
static void cover(CpaListFunction *f, const CpaNodeInfo *info, bool is_first)
{
    int64_t line = clamp_line(info->line);
    int64_t start = info->start_line != 0 ? clamp_line(info->start_line) : line - MARGIN;
    int64_t end = line + MARGIN + 1;
    f->begin = is_first || start < f->begin ? start : f->begin;
    f->end = is_first || end > f->end ? end : f->end;
}

/*
 * Makes the functions and lines, and numbers them: line_of, function_of [n_nodes] are the groups
 * that samples are counted by.
 */
static void make_functions(Lister *l, CpaListing *out, uint32_t *line_of, uint32_t *function_of)
{
    const CpaView *v = l->r->view;
    const Listed *last = NULL;
    for (size_t i = 0; i < l->n_listed; i++) {
        const Listed *at = &l->listed[i];
        bool same_name = last != NULL && at->name_rank == last->name_rank;
        bool is_new = !same_name || at->file_rank != last->file_rank;
        if (is_new) {
            CpaListFunction f = {
                .name = cpa_view_str(v, at->info->name),
                .file = at->info->file != 0 ? cpa_view_str(v, at->info->file) : NULL,
                .line_first = (uint32_t)out->lines.len,
            };
            if (same_name && last->info->file == 0) {
                out->functions.data[out->functions.len - 1].is_hidden = true;
            }
            cpa_vec_push(&out->functions, f);
        }
        CpaListFunction *f = &out->functions.data[out->functions.len - 1];
        if (is_new || at->info->line != last->info->line) {
            CpaListLine line = {.line = at->info->line};
            cpa_vec_push(&out->lines, line);
            f->n_lines++;
        }
        cover(f, at->info, is_new);
        line_of[at->node] = (uint32_t)out->lines.len - 1;
        function_of[at->node] = (uint32_t)out->functions.len - 1;
        last = at;
    }
}

static void count(Lister *l, CpaListing *out, const uint32_t *line_of, const uint32_t *function_of)
{
    CpaReport *r = l->r;
    bool once = !r->options->pprof_compat;
    g_autofree CpaGroupSums *lines = cpa_count_groups(
        r->view, l->table, line_of, (uint32_t)out->lines.len, r->value_index, r->mean, once);
    g_autofree CpaGroupSums *functions =
        cpa_count_groups(r->view, l->table, function_of, (uint32_t)out->functions.len,
                         r->value_index, r->mean, once);
    for (size_t i = 0; i < out->lines.len; i++) {
        out->lines.data[i].flat = lines[i].flat;
        out->lines.data[i].cum = lines[i].cum;
    }
    for (size_t i = 0; i < out->functions.len; i++) {
        CpaListFunction *f = &out->functions.data[i];
        f->flat = functions[i].flat;
        f->cum = functions[i].cum;
        f->begin = MAX(f->begin, 1);
    }
}

static bool build(Lister *l, CpaListing *out, GError **error)
{
    l->sums = cpa_report_node_sums(l->r, &l->table);
    if (!select_nodes(l, error)) {
        return false;
    }
    uint32_t n = l->table->n_nodes;
    g_autofree uint32_t *line_of = g_new(uint32_t, (size_t)n + 1);
    g_autofree uint32_t *function_of = g_new(uint32_t, (size_t)n + 1);
    for (uint32_t i = 0; i < n; i++) {
        line_of[i] = CPA_NONE;
        function_of[i] = CPA_NONE;
    }
    make_functions(l, out, line_of, function_of);
    count(l, out, line_of, function_of);
    cpa_listing_limit(out);
    for (size_t i = 0; i < out->functions.len; i++) {
        CpaListFunction *f = &out->functions.data[i];
        if (f->file != NULL) { /* files of which no line is to be shown are not opened */
            f->source = f->begin < f->end ? cpa_src_tree_find(out->tree, f->file)
                                          : cpa_src_tree_known(out->tree, f->file);
        }
    }
    return true;
}

/* --- text ----------------------------------------------------------------------------------- */

static void put_number(CpaSink *sink, int64_t line)
{
    char text[32];
    g_snprintf(text, sizeof text, "%6" G_GINT64_FORMAT ":", line);
    cpa_sink_puts(sink, text);
}

static void put_lines(const CpaReport *r, CpaSink *sink, const CpaListing *listing,
                      const CpaListFunction *f)
{
    char value[CPA_VALUE_TEXT_MAX];
    const CpaListLine *next = listing->lines.data + f->line_first;
    const CpaListLine *end = next + f->n_lines;
    size_t len = 0;
    const char *text = NULL;
    for (int64_t line = f->begin;
         line < f->end && (text = cpa_src_file_line(f->source->text, line, &len)) != NULL; line++) {
        while (next < end && next->line < line) {
            next++;
        }
        bool known = next < end && next->line == line;
        cpa_sink_pad(sink, cpa_report_format_or_dot(r, value, known ? next->flat : 0), 10);
        cpa_sink_putc(sink, ' ');
        cpa_sink_pad(sink, cpa_report_format_or_dot(r, value, known ? next->cum : 0), 10);
        cpa_sink_putc(sink, ' ');
        put_number(sink, line);
        cpa_sink_write(sink, text, len);
        cpa_sink_putc(sink, '\n');
    }
}

static void put_text(const CpaReport *r, CpaSink *sink, const CpaListing *listing)
{
    char value[CPA_VALUE_TEXT_MAX];
    cpa_sink_printf(sink, "Total: %s\n", cpa_report_format(r, value, r->total));
    for (size_t i = 0; i < listing->functions.len; i++) {
        const CpaListFunction *f = &listing->functions.data[i];
        if (f->is_hidden) {
            continue;
        }
        if (f->file == NULL) {
            cpa_sink_printf(sink, "No source information for %s\n", f->name);
            continue;
        }
        cpa_sink_printf(sink, "ROUTINE ======================== %s in %s\n", f->name, f->file);
        cpa_report_put_sums(r, sink, f->flat, f->cum);
        if (f->source != NULL && f->source->problem != NULL) {
            cpa_sink_printf(sink, " Error: %s\n", f->source->problem);
        } else if (f->source != NULL && f->source->text != NULL) {
            put_lines(r, sink, listing, f);
        }
    }
}

static bool emit(CpaReport *r, CpaSink *sink, GError **error)
{
    g_autoptr(CpaListing) listing = cpa_listing_new(r, error);
    if (listing == NULL) {
        return false;
    }
    Lister l = {.r = r};
    bool ok = build(&l, listing, error);
    if (ok && cpa_tabular_wanted(r->options)) {
        cpa_listing_put_table(r, listing, false, sink);
    } else if (ok) {
        put_text(r, sink, listing);
    }
    if (ok) {
        cpa_listing_warn(listing);
    }
    cpa_node_table_free(l.table);
    g_free(l.sums);
    g_free(l.listed);
    return ok;
}

const CpaReportRow cpa_report_list = {
    .name = "list",
    .summary = "Source lines with their weights, of functions that match a regexp",
    .usage =
        "list REGEXP shows the source of each function whose name matches, with flat and cum of\n"
        "each line. Sources are looked for as -source_map, -source_path and -trim_path say, then\n"
        "where Go and Rust keep them. With -nodecount=N, the N functions with the largest flat.",
    .suffix = "txt",
    .flags = CPA_REPORT_ARGUMENT | CPA_REPORT_NO_TRIM | CPA_REPORT_LINES | CPA_REPORT_OBJECTS |
             CPA_REPORT_TABULAR,
    .emit = emit,
};
