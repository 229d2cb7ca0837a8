/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a profile to a report: prepare what the row's flags ask for, then emit.
 *
 * Source: pprof driver.go generateRawReport, applyCommandOverrides, reportOptions
 */
#include "report/run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/tabular.h"

/* Nodes of reports that show a graph, unless -nodecount says otherwise. */
#define DEFAULT_NODECOUNT 80

static CpaOptions *override_options(const CpaReportRow *row, const CpaOptions *options)
{
    CpaOptions *o = cpa_options_copy(options);
    bool trim = o->trim && !(row->flags & (CPA_REPORT_NO_TRIM | CPA_REPORT_ADDRESSES));
    if (o->nodecount == -1) {
        o->nodecount = row->flags & CPA_REPORT_ALL_NODES ? 0 : DEFAULT_NODECOUNT;
    }
    if (o->granularity[0] == '\0' && row->flags & CPA_REPORT_FILE_FUNCTIONS) {
        g_free(o->granularity);
        o->granularity = g_strdup("filefunctions");
    }
    if (row->flags & (CPA_REPORT_ADDRESSES | CPA_REPORT_LINES)) {
        g_free(o->granularity);
        o->granularity = g_strdup(row->flags & CPA_REPORT_LINES ? "lines" : "addresses");
    }
    o->noinlines = o->noinlines && !(row->flags & CPA_REPORT_INLINES);
    if (!trim) {
        o->nodecount = 0;
        o->nodefraction = 0;
        o->edgefraction = 0;
    }
    return o;
}

static bool parse_index(const char *text, long *index)
{
    char *end = NULL;
    errno = 0;
    *index = strtol(text, &end, 10);
    return errno == 0 && end != text && *end == '\0' && !g_ascii_isspace(*text);
}

/* Index of the value to report: by number, by name, or the profile's own choice. */
static bool find_value(const CpaView *v, const char *wanted, uint32_t *index, GError **error)
{
    const CpaHeader *h = &v->profile->header;
    if (h->n_types == 0) {
        return cpa_error_set(error, CPA_ERROR_NO_SAMPLES, "profile has no samples");
    }
    *index = h->n_types - 1;
    if (*wanted == '\0') {
        for (uint32_t t = h->n_types; t > 0 && h->default_sample_type != 0; t--) {
            if (h->sample_types[t - 1].type == h->default_sample_type) {
                *index = t - 1;
            }
        }
        return true;
    }
    long number = 0;
    if (parse_index(wanted, &number)) {
        if (number < 0 || number >= (long)h->n_types) {
            return cpa_error_set(error, CPA_ERROR_USAGE,
                                 "sample_index %s is outside the range [0..%u]", wanted,
                                 h->n_types - 1);
        }
        *index = (uint32_t)number;
        return true;
    }
    const char *without = g_str_has_prefix(wanted, "inuse_") ? wanted + strlen("inuse_") : wanted;
    g_autoptr(GString) names = g_string_new(NULL);
    for (uint32_t t = 0; t < h->n_types; t++) {
        const char *type = cpa_view_str(v, h->sample_types[t].type);
        if (strcmp(type, wanted) == 0 || strcmp(type, without) == 0) {
            *index = t;
            return true;
        }
        g_string_append_printf(names, "%s%s", t > 0 ? " " : "", type);
    }
    return cpa_error_set(error, CPA_ERROR_USAGE, "sample_index \"%s\" must be one of: [%s]", wanted,
                         names->str);
}

/* -sample_index=all, unless a type is called so: the profile's own choice, and the others. */
static bool find_values(CpaReport *r, GError **error)
{
    const CpaHeader *h = &r->view->profile->header;
    const char *wanted = r->options->sample_index;
    r->all_types = strcmp(wanted, "all") == 0;
    for (uint32_t t = 0; t < h->n_types; t++) {
        r->all_types =
            r->all_types && strcmp(cpa_view_str(r->view, h->sample_types[t].type), "all") != 0;
    }
    if (r->all_types && (r->row->flags & CPA_REPORT_ALL_TYPES) == 0) {
        return cpa_error_set(error, CPA_ERROR_USAGE, "-sample_index=all is for top, not for %s",
                             r->row->name);
    }
    return find_value(r->view, r->all_types ? "" : wanted, &r->value_index, error);
}

static bool is_base_set(const CpaView *v, uint32_t set, CpaStrId key)
{
    size_t n = 0;
    const CpaLabel *labels = cpa_label_table_get(v->labels, set, &n);
    for (size_t i = 0; i < n && cpa_label_is_string(&labels[i]); i++) {
        if (labels[i].key == key &&
            strcmp(cpa_view_str(v, (CpaStrId)labels[i].value), "true") == 0) {
            return true;
        }
    }
    return false;
}

/*
 * Sum of |value|, of the base's samples only where there are any. No sum in a report exceeds the
 * sum over all samples, so overflow is looked for here alone.
 */
static bool compute_total(CpaReport *r, GError **error)
{
    const CpaView *v = r->view;
    CpaStrId key = cpa_strtab_find(v->strings, "pprof::base", strlen("pprof::base"));
    uint32_t n_sets = cpa_label_table_count(v->labels);
    g_autofree uint8_t *is_base = g_new0(uint8_t, n_sets);
    for (uint32_t set = 0; set < n_sets && key != CPA_NONE; set++) {
        is_base[set] = is_base_set(v, set, key);
    }
    int64_t sums[2] = {0, 0}; /* all, base only */
    int64_t divs[2] = {0, 0};
    int64_t div_bound = 0; /* sum of |div| */
    bool overflow = false;
    for (size_t s = 0; s < v->n_samples; s++) {
        int64_t value = cpa_report_value(r, s);
        overflow = overflow || value == INT64_MIN;
        value = value < 0 ? (int64_t)(0 - (uint64_t)value) : value;
        int64_t div = r->mean ? cpa_view_values(v, s)[0] : 0;
        overflow = __builtin_add_overflow(sums[0], value, &sums[0]) || overflow;
        int64_t div_abs = div < 0 ? (int64_t)(0 - (uint64_t)div) : div;
        overflow = overflow || div == INT64_MIN;
        overflow = __builtin_add_overflow(div_bound, div_abs, &div_bound) || overflow;
        divs[0] = (int64_t)((uint64_t)divs[0] + (uint64_t)div);
        if (is_base[v->label_sets[s]]) {
            sums[1] = (int64_t)((uint64_t)sums[1] + (uint64_t)value);
            divs[1] = (int64_t)((uint64_t)divs[1] + (uint64_t)div);
        }
        if (G_UNLIKELY(overflow) && (r->row->flags & CPA_REPORT_NO_TOTAL)) {
            return true;
        }
        if (G_UNLIKELY(overflow)) {
            return cpa_error_set(error, CPA_ERROR_OVERFLOW,
                                 "the values of sample type %s add up to more than 64 bits hold; "
                                 "the profile is damaged, or try another -sample_index",
                                 r->sample_type);
        }
    }
    size_t which = sums[1] > 0 ? 1 : 0;
    r->total = divs[which] != 0 ? sums[which] / divs[which] : sums[which];
    return true;
}

/* Where there is nothing to see, says which sample types have something. */
static void hint_at_types(const CpaReport *r)
{
    const CpaView *v = r->view;
    const CpaHeader *h = &v->profile->header;
    if (r->total != 0 || v->n_samples == 0 || h->n_types == 1 || r->warn == NULL ||
        (r->row->flags & CPA_REPORT_NO_TOTAL) != 0) {
        return;
    }
    g_autofree bool *has_some = g_new0(bool, h->n_types);
    for (size_t s = 0; s < v->n_samples; s++) {
        const int64_t *values = cpa_view_values(v, s);
        for (uint32_t t = 0; t < h->n_types; t++) {
            has_some[t] = has_some[t] || values[t] != 0;
        }
    }
    g_autoptr(GString) types = g_string_new(NULL);
    for (uint32_t t = 0; t < h->n_types; t++) {
        if (has_some[t] && t != r->value_index) {
            g_string_append_printf(types, "%s%s", types->len > 0 ? ", " : "",
                                   cpa_view_str(v, h->sample_types[t].type));
        }
    }
    if (types->len > 0 && !has_some[r->value_index]) {
        g_autofree char *message = g_strdup_printf(
            "All values of sample type %s are 0. -sample_index=TYPE shows others: %s",
            r->sample_type, types->str);
        r->warn(message, r->warn_data);
    }
}

static void add_filter(CpaReport *r, const char *name, const char *value)
{
    if (*value != '\0') {
        g_ptr_array_add(r->active_filters, g_strconcat(name, "=", value, NULL));
    }
}

static bool prepare(CpaReport *r, GError **error)
{
    const CpaOptions *o = r->options;
    const CpaHeader *h = &r->view->profile->header;
    if (!find_values(r, error)) {
        return false;
    }
    if (o->divide_by == 0) {
        return cpa_error_set(error, CPA_ERROR_USAGE, "zero divisor specified");
    }
    const char *type = cpa_view_str(r->view, h->sample_types[r->value_index].type);
    r->mean = o->mean;
    r->sample_type = g_strconcat(o->mean ? "mean_" : "", type, NULL);
    r->sample_unit = g_strdup(cpa_view_str(r->view, h->sample_types[r->value_index].unit));
    r->output_unit = g_strdup(o->unit);
    r->ratio = 1 / o->divide_by;
    add_filter(r, "focus", o->focus);
    add_filter(r, "ignore", o->ignore);
    add_filter(r, "hide", o->hide);
    add_filter(r, "show", o->show);
    add_filter(r, "show_from", o->show_from);
    add_filter(r, "tagfocus", o->tagfocus);
    add_filter(r, "tagignore", o->tagignore);
    add_filter(r, "tagshow", o->tagshow);
    add_filter(r, "taghide", o->taghide);
    if (r->view->n_mappings > 0 && r->view->mappings[0].file != 0) {
        r->title = cpa_path_base(cpa_view_str(r->view, r->view->mappings[0].file));
    }
    if (r->argument != NULL) {
        r->regexp = cpa_regexp_new(r->argument, -1, error);
        if (r->regexp == NULL) {
            g_prefix_error(error, "parsing argument regexp %s: ", r->argument);
            return false;
        }
    }
    return compute_total(r, error);
}

typedef struct {
    CpaWarn warn;
    gpointer data;
} Notes;

static void note(const char *message, gpointer data)
{
    const Notes *notes = data;
    if (notes->warn != NULL) {
        notes->warn(message, notes->data);
    }
}

bool cpa_report_write(CpaReport *r, CpaSink *sink, CpaWarn warn, gpointer warn_data, GError **error)
{
    Notes notes = {.warn = warn, .data = warn_data};
    const CpaRenderer *renderer = NULL;
    if (!cpa_report_renderer(r->row, r->options, &renderer, error)) {
        return false;
    }
    if (renderer == NULL && r->options->format[0] != '\0' &&
        !((r->row->flags & CPA_REPORT_TABULAR) != 0 && cpa_tabular_wanted(r->options))) {
        return cpa_error_set(error, CPA_ERROR_USAGE, "%s cannot be written as -format=%s",
                             r->row->name, r->options->format);
    }
    if (renderer == NULL) {
        return r->row->emit(r, sink, error);
    }
    CpaRenderOptions options = {
        .dpi = r->options->dpi,
        .is_static = r->options->is_static,
        .note = note,
        .note_data = &notes,
    };
    g_autoptr(CpaScene) scene = r->row->draw(r, error);
    return scene != NULL && renderer->draw(scene, &options, sink, error);
}

CpaReport *cpa_report_open(CpaProfile *profile, const CpaReportRow *row, const char *argument,
                           const CpaOptions *options, CpaWarn warn, gpointer warn_data,
                           GError **error)
{
    const CpaReportRow *target = cpa_report_target(row, options, error);
    if (target == NULL) {
        return NULL;
    }
    g_autoptr(CpaReport) r = g_new0(CpaReport, 1);
    CpaOptions *effective = override_options(target, options);
    if (target != row && cpa_renderer_find(effective->format) == NULL &&
        !cpa_tabular_wanted(effective)) {
        /* It said which report; how that is written goes without saying. */
        cpa_options_reset(effective, cpa_options_find("format"));
    }
    row = target;
    r->row = row;
    r->options = effective;
    r->argument = argument;
    r->active_filters = g_ptr_array_new_with_free_func(g_free);
    r->limit = options->nodecount > 0 ? (uint32_t)options->nodecount : 0;
    r->warn = warn;
    r->warn_data = warn_data;
    r->view = cpa_view_new(profile);
    cpa_view_prune_uninteresting(r->view);
    r->units = cpa_label_units_new(r->view, warn, warn_data);
    cpa_view_add_label_frames(r->view, effective, warn, warn_data);
    bool relative = effective->relative_percentages;
    bool ok = (!relative || cpa_view_focus(r->view, effective, r->units, warn, warn_data, error)) &&
              prepare(r, error) &&
              (relative || cpa_view_focus(r->view, effective, r->units, warn, warn_data, error)) &&
              cpa_view_aggregate(r->view, effective->granularity, effective->noinlines,
                                 effective->showcolumns, error);
    if (ok) {
        hint_at_types(r);
    }
    return ok ? g_steal_pointer(&r) : NULL;
}

void cpa_report_close(CpaReport *r)
{
    if (r == NULL) {
        return;
    }
    cpa_regexp_free(r->regexp);
    cpa_label_units_free(r->units);
    cpa_view_free(r->view);
    cpa_options_free((CpaOptions *)r->options);
    g_free(r->sample_type);
    g_free(r->sample_unit);
    g_free(r->output_unit);
    g_free(r->title);
    g_ptr_array_unref(r->active_filters);
    g_free(r);
}

bool cpa_run(CpaProfile *profile, const CpaReportRow *row, const char *argument,
             const CpaOptions *options, CpaSink *sink, CpaWarn warn, gpointer warn_data,
             GError **error)
{
    g_autoptr(CpaReport) r =
        cpa_report_open(profile, row, argument, options, warn, warn_data, error);
    return r != NULL && cpa_report_write(r, sink, warn, warn_data, error);
}

GPtrArray *cpa_describe(CpaProfile *profile, const CpaOptions *options, bool *is_zero,
                        GError **error)
{
    size_t n = 0;
    g_autoptr(CpaOptions) plain = cpa_options_new();
    const char *const kept[] = {"sample_index", "mean", "divide_by", "unit"};
    for (size_t i = 0; i < G_N_ELEMENTS(kept); i++) {
        const CpaOptionRow *row = cpa_options_find(kept[i]);
        g_autofree char *value = cpa_options_get(options, row);
        cpa_options_set(plain, row, value, NULL);
    }
    g_autoptr(CpaReport) r =
        cpa_report_open(profile, cpa_report_table(&n)[0], NULL, plain, NULL, NULL, error);
    *is_zero = r != NULL && r->total == 0;
    return r != NULL ? cpa_report_profile_labels(r) : NULL;
}
