/* SPDX-License-Identifier: Apache-2.0 */
#include "web/values.h"

#include <math.h>
#include <string.h>

#include "base/units.h"

static void on_warn(const char *message, gpointer data)
{
    g_ptr_array_add(data, g_strdup(message));
}

bool cpa_web_view_open(CpaWebView *view, const CpaWebRequest *request, const char *name,
                       const char *argument, GError **error)
{
    const CpaReportRow *row = cpa_report_find(name);
    view->messages = g_ptr_array_new_with_free_func(g_free);
    if (row == NULL) {
        return cpa_error_set(error, CPA_ERROR_NOT_RECOGNIZED, "this build has no report %s", name);
    }
    CpaProfile *profile = cpa_web_profile_for(request->web, request->options, error);
    if (profile == NULL) {
        return false;
    }
    view->report =
        cpa_report_open(profile, row, argument, request->options, on_warn, view->messages, error);
    return view->report != NULL;
}

void cpa_web_view_clear(CpaWebView *view)
{
    g_clear_pointer(&view->report, cpa_report_close);
    g_clear_pointer(&view->messages, g_ptr_array_unref);
}

bool cpa_web_view_write(CpaWebView *view, CpaSink *sink, GError **error)
{
    return cpa_report_write(view->report, sink, on_warn, view->messages, error);
}

/*
 * The units that a value may be shown in, [name, size] from small to large: the largest of a size
 * not above the value is taken, else the first. One alone where the user chose.
 */
static void put_steps(CpaJson *json, const CpaReport *report)
{
    static const int64_t probes[] = {1,
                                     1000,
                                     1024,
                                     1000000,
                                     1048576,
                                     1000000000,
                                     1073741824,
                                     INT64_C(1000000000000),
                                     INT64_C(1099511627776),
                                     INT64_C(3600000000000),
                                     INT64_C(1000000000000000),
                                     INT64_C(1125899906842624),
                                     INT64_C(4000000000000000000)};
    const char *unit = report->sample_unit;
    bool is_free =
        strcmp(report->output_unit, "minimum") == 0 || strcmp(report->output_unit, "auto") == 0;
    const char *last = NULL;
    cpa_json_open(json, "steps", '[');
    for (size_t i = 0; i < G_N_ELEMENTS(probes); i++) {
        const char *shown = NULL;
        double scaled =
            cpa_unit_scale(probes[i], unit, is_free ? "auto" : report->output_unit, &shown);
        if (scaled == 0 || (last != NULL && strcmp(shown, last) == 0)) {
            continue;
        }
        last = shown;
        /* Whole numbers, but for the error of the division: ties are rounded by the last bit. */
        double size = (double)probes[i] / scaled;
        double whole = round(size);
        cpa_json_open(json, NULL, '[');
        cpa_json_text(json, NULL, shown, -1);
        cpa_json_double(json, NULL, fabs(size - whole) <= size * 1e-12 ? whole : size);
        cpa_json_close(json, ']');
    }
    cpa_json_close(json, ']');
}

void cpa_web_put_head(CpaJson *json, const CpaWebView *view)
{
    const CpaReport *report = view->report;
    cpa_json_text(json, "file", report->title != NULL ? report->title : "", -1);
    cpa_json_text(json, "type", report->sample_type, -1);
    cpa_json_text(json, "unit", report->sample_unit, -1);
    cpa_json_open(json, "format", '{');
    cpa_json_double(json, "ratio", report->ratio);
    put_steps(json, report);
    cpa_json_close(json, '}');
    cpa_json_int(json, "total", report->total);
    cpa_json_bool(json, "mean", report->mean);
    cpa_json_open(json, "header", '[');
    g_autoptr(GPtrArray) labels = cpa_report_profile_labels(report);
    for (guint i = 0; i < labels->len; i++) {
        cpa_json_text(json, NULL, labels->pdata[i], -1);
    }
    cpa_json_close(json, ']');
    cpa_json_open(json, "filters", '[');
    for (guint i = 0; i < report->active_filters->len; i++) {
        cpa_json_text(json, NULL, report->active_filters->pdata[i], -1);
    }
    cpa_json_close(json, ']');
    cpa_json_open(json, "messages", '[');
    for (guint i = 0; i < view->messages->len; i++) {
        cpa_json_text(json, NULL, view->messages->pdata[i], -1);
    }
    cpa_json_close(json, ']');
}
