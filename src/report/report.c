/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registry of reports, and what they share: values as text, the graph, header lines.
 *
 * Source: pprof internal/report/report.go
 */
#include "report/report.h"

#include <string.h>

#include "base/text.h"

#define REPORT(row) extern const CpaReportRow row;
#include "report/reports.def"
#undef REPORT

static const CpaReportRow *const reports[] = {
#define REPORT(row) &row,
#include "report/reports.def"
#undef REPORT
};

/* Filters are shown up to this many bytes. */
#define FILTER_SHOWN_MAX 80

const CpaReportRow *const *cpa_report_table(size_t *n)
{
    *n = G_N_ELEMENTS(reports);
    return reports;
}

const CpaReportRow *cpa_report_find(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(reports); i++) {
        if (strcmp(name, reports[i]->name) == 0 ||
            (reports[i]->alias != NULL && strcmp(name, reports[i]->alias) == 0)) {
            return reports[i];
        }
    }
    return NULL;
}

const CpaReportRow *cpa_report_target(const CpaReportRow *row, const CpaOptions *options,
                                      GError **error)
{
    return row->target != NULL ? row->target(options, error) : row;
}

/* "svg, html, png" */
static char *renderer_names(void)
{
    GString *names = g_string_new(NULL);
    size_t n = 0;
    const CpaRenderer *const *table = cpa_renderer_table(&n);
    for (size_t i = 0; i < n; i++) {
        g_string_append_printf(names, "%s%s", i > 0 ? ", " : "", table[i]->name);
    }
    return g_string_free(names, FALSE);
}

bool cpa_report_renderer(const CpaReportRow *row, const CpaOptions *options,
                         const CpaRenderer **renderer, GError **error)
{
    const char *path = options->output;
    const char *slash = strrchr(path, '/');
    bool has_suffix = strchr(slash != NULL ? slash : path, '.') != NULL;
    size_t n = 0;
    *renderer = NULL;
    if (row->draw == NULL) {
        return true;
    }
    *renderer = options->format[0] != '\0' ? cpa_renderer_find(options->format)
                                           : cpa_renderer_for_path(path);
    if (*renderer != NULL || row->emit != NULL) {
        return true;
    }
    const CpaReportRow *other = has_suffix ? cpa_report_find(strrchr(path, '.') + 1) : NULL;
    if (other != NULL && options->format[0] == '\0') {
        return cpa_error_set(error, CPA_ERROR_USAGE,
                             "%s: %s is no picture; the report %s writes it: cpa %s -o %s",
                             row->name, path, other->name, other->name, path);
    }
    if (options->format[0] != '\0' || has_suffix) {
        g_autofree char *names = renderer_names();
        return cpa_error_set(error, CPA_ERROR_USAGE, "%s: %s names no format of pictures: %s",
                             row->name, options->format[0] != '\0' ? options->format : path, names);
    }
    *renderer = cpa_renderer_table(&n)[0];
    return true;
}

const char *cpa_report_away_suffix(const CpaReportRow *row, const CpaOptions *options)
{
    const CpaRenderer *renderer = NULL;
    row = cpa_report_target(row, options, NULL);
    if (row == NULL) {
        return NULL;
    }
    if (cpa_report_renderer(row, options, &renderer, NULL) && renderer != NULL) {
        return strcmp(renderer->mime, "text/plain") == 0 ? NULL : renderer->name;
    }
    return (row->flags & CPA_REPORT_AWAY_FROM_TTY) != 0 ? row->suffix : NULL;
}

static int64_t divide(const CpaReport *r, int64_t value)
{
    if (r->ratio > 0 && r->ratio != 1) {
        return cpa_int64_from_double((double)value * r->ratio);
    }
    return value;
}

char *cpa_report_format(const CpaReport *r, char text[CPA_VALUE_TEXT_MAX], int64_t value)
{
    return cpa_unit_format(text, divide(r, value), r->sample_unit, r->output_unit);
}

int64_t cpa_report_scale(const CpaReport *r, int64_t value)
{
    const char *unit = NULL;
    return cpa_int64_from_double(cpa_unit_scale(value, r->sample_unit, r->output_unit, &unit));
}

CpaGraph *cpa_report_graph(CpaReport *r, bool want_edges)
{
    const CpaOptions *o = r->options;
    unsigned flags = r->row->flags;
    cpa_view_trim_paths(r->view, o->trim_path, o->source_path);
    CpaGraphOptions options = {
        .value_index = r->value_index,
        .mean = r->mean,
        .call_tree = o->call_tree && (flags & CPA_REPORT_CALL_TREE) != 0,
        .keep_objects = (flags & CPA_REPORT_OBJECTS) != 0,
        .drop_negative = o->drop_negative,
        .cum_sort = strcmp(o->sort, "cum") == 0,
        .visual = (flags & CPA_REPORT_VISUAL) != 0,
        .want_edges = want_edges,
        .want_tags = (flags & CPA_REPORT_VISUAL) != 0,
        .nodecount = o->nodecount,
        .node_frac = o->nodefraction,
        .edge_frac = o->edgefraction,
        .units = r->units,
        .unit = r->output_unit,
    };
    return cpa_graph_new(r->view, &options);
}

static uint64_t magnitude(int64_t v)
{
    return v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
}

void cpa_report_select_unit(CpaReport *r, const CpaGraph *graph)
{
    if (strcmp(r->output_unit, "minimum") != 0 || graph->n_nodes == 0) {
        return;
    }
    uint64_t min = 0;
    for (uint32_t i = 0; i < graph->n_nodes; i++) {
        uint64_t value = magnitude(cpa_node_flat(&graph->nodes[i]));
        if (value == 0) {
            value = magnitude(cpa_node_cum(&graph->nodes[i]));
        }
        if (value > 0 && (min == 0 || value < min)) {
            min = value;
        }
    }
    int64_t max_value = r->total;
    int64_t min_value = min == 0 ? max_value : (int64_t)min;
    min_value = divide(r, min_value);
    max_value = divide(r, max_value);
    const char *min_unit = NULL;
    const char *max_unit = NULL;
    cpa_unit_scale(min_value, r->sample_unit, "minimum", &min_unit);
    cpa_unit_scale(max_value, r->sample_unit, "minimum", &max_unit);
    const char *unit = min_unit;
    int64_t hundred = (int64_t)((uint64_t)min_value * 100);
    if (strcmp(min_unit, max_unit) != 0 && hundred < max_value &&
        !(r->row->flags & CPA_REPORT_INTEGER_UNITS)) {
        /* A larger unit, in which the smallest value is still at least 0.01. */
        cpa_unit_scale(hundred, r->sample_unit, "minimum", &unit);
    }
    char *selected = g_strdup(*unit != '\0' ? unit : r->sample_unit);
    g_free(r->output_unit);
    r->output_unit = selected;
}

static char *duration_label(const CpaReport *r)
{
    char duration[CPA_VALUE_TEXT_MAX];
    char total[CPA_VALUE_TEXT_MAX];
    char percent[32];
    int64_t duration_ns = r->view->profile->header.duration_ns;
    const char *unit = NULL;
    double total_ns = cpa_unit_scale(r->total, r->sample_unit, "nanoseconds", &unit);
    bool timed = strcmp(unit, "ns") == 0 && total_ns != 0;
    cpa_percentage_format(percent, timed ? cpa_int64_from_double(total_ns) : 0, duration_ns);
    return g_strdup_printf("Duration: %s, Total samples = %s %s%s%s",
                           cpa_unit_format(duration, duration_ns, "nanoseconds", "auto"),
                           cpa_report_format(r, total, r->total), timed ? "(" : "",
                           timed ? percent : "", timed ? ")" : "");
}

GPtrArray *cpa_report_profile_labels(const CpaReport *r)
{
    const CpaView *v = r->view;
    const CpaHeader *h = &v->profile->header;
    GPtrArray *labels = g_ptr_array_new_with_free_func(g_free);
    if (v->n_mappings > 0 && v->mappings[0].file != 0) {
        g_autofree char *base = cpa_path_base(cpa_view_str(v, v->mappings[0].file));
        g_ptr_array_add(labels, g_strconcat("File: ", base, NULL));
    }
    if (v->n_mappings > 0 && v->mappings[0].build_id != 0) {
        g_ptr_array_add(labels,
                        g_strconcat("Build ID: ", cpa_view_str(v, v->mappings[0].build_id), NULL));
    }
    for (uint32_t i = 0; i < h->n_comments; i++) {
        const char *comment = cpa_view_str(v, h->comments[i]);
        if (*comment != '#') {
            g_ptr_array_add(labels, g_strdup(comment));
        }
    }
    if (*r->sample_type != '\0') {
        g_ptr_array_add(labels, g_strconcat("Type: ", r->sample_type, NULL));
    }
    if (h->doc_url != 0) {
        g_ptr_array_add(labels, g_strconcat("Doc: ", cpa_view_str(v, h->doc_url), NULL));
    }
    if (h->time_ns != 0) {
        g_autofree char *time = cpa_time_format(h->time_ns, false);
        g_ptr_array_add(labels, g_strconcat("Time: ", time, NULL));
    }
    if (h->duration_ns != 0) {
        g_ptr_array_add(labels, duration_label(r));
    }
    return labels;
}

static void add_filters(const CpaReport *r, GPtrArray *labels)
{
    if (r->active_filters->len == 0) {
        return;
    }
    g_ptr_array_add(labels, g_strdup("Active filters:"));
    for (guint i = 0; i < r->active_filters->len; i++) {
        const char *filter = g_ptr_array_index(r->active_filters, i);
        bool cut = strlen(filter) > FILTER_SHOWN_MAX;
        g_ptr_array_add(labels, g_strdup_printf("   %.*s%s", FILTER_SHOWN_MAX, filter,
                                                cut ? "\xe2\x80\xa6" : ""));
    }
}

static void add_dropped(const CpaReport *r, GPtrArray *labels, uint32_t n, const char *what,
                        const char *weight, double fraction)
{
    if (n == 0) {
        return;
    }
    char text[CPA_VALUE_TEXT_MAX];
    int64_t cut = cpa_int64_from_double((double)r->total * fraction);
    cpa_report_format(r, text, (int64_t)magnitude(cut));
    g_ptr_array_add(labels, g_strdup_printf("Dropped %u %s%s (%s <= %s)", n, what, n > 1 ? "s" : "",
                                            weight, text));
}

GPtrArray *cpa_report_labels(const CpaReport *r, const CpaGraph *graph, uint32_t n_dropped_edges,
                             bool full)
{
    GPtrArray *labels = full || !r->options->compact_labels
                            ? cpa_report_profile_labels(r)
                            : g_ptr_array_new_with_free_func(g_free);
    add_filters(r, labels);
    uint64_t shown = 0;
    for (uint32_t i = 0; i < graph->n_nodes; i++) {
        shown += (uint64_t)cpa_node_flat(&graph->nodes[i]);
    }
    char shown_text[CPA_VALUE_TEXT_MAX];
    char total_text[CPA_VALUE_TEXT_MAX];
    char percent[32];
    cpa_percentage_format(percent, (int64_t)shown, r->total);
    g_ptr_array_add(labels, g_strdup_printf("Showing nodes accounting for %s, %s of %s total",
                                            cpa_report_format(r, shown_text, (int64_t)shown),
                                            g_strchug(percent),
                                            cpa_report_format(r, total_text, r->total)));
    if (r->total != 0) {
        add_dropped(r, labels, graph->n_dropped_nodes, "node", "cum", r->options->nodefraction);
        add_dropped(r, labels, n_dropped_edges, "edge", "freq", r->options->edgefraction);
        if (graph->n_nodes > 0 && graph->n_nodes < graph->n_orig_nodes) {
            g_ptr_array_add(labels, g_strdup_printf("Showing top %u nodes out of %u",
                                                    graph->n_nodes, graph->n_orig_nodes));
        }
    }
    if (full) {
        g_ptr_array_add(labels, g_strdup("\nSee https://git.io/JfYMW for how to read the graph"));
    }
    return labels;
}

void cpa_report_put_labels(CpaSink *sink, const GPtrArray *labels)
{
    for (guint i = 0; i < labels->len; i++) {
        cpa_sink_puts(sink, g_ptr_array_index(labels, i));
        cpa_sink_putc(sink, '\n');
    }
    if (labels->len == 0) {
        cpa_sink_putc(sink, '\n');
    }
}

bool cpa_report_nothing_to_draw(const CpaReport *r, GError **error)
{
    if (r->view->profile->n_samples == 0) {
        return cpa_error_set(
            error, CPA_ERROR_NO_SAMPLES, "%s: the profile %s: nothing to draw", r->row->name,
            r->options->base->len > 0 ? "does not differ from its base" : "has no samples");
    }
    if (r->view->n_samples == 0 && r->active_filters->len > 0) {
        g_autoptr(GString) filters = g_string_new(NULL);
        for (guint i = 0; i < r->active_filters->len; i++) {
            g_string_append_printf(filters, "%s%s", i > 0 ? ", " : "",
                                   (const char *)r->active_filters->pdata[i]);
        }
        return cpa_error_set(error, CPA_ERROR_NO_SAMPLES,
                             "%s: no sample passes the filters (%s): nothing to draw", r->row->name,
                             filters->str);
    }
    return cpa_error_set(error, CPA_ERROR_NO_SAMPLES,
                         "%s: all values of %s are zero: nothing to draw; try another "
                         "-sample_index",
                         r->row->name, r->sample_type);
}
