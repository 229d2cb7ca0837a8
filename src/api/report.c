/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Running a report by its name.
 */
#include "api/api.h"

#include "base/text.h"
#include "report/run.h"

static const CpaReportRow *find_report(const char *name, GError **error)
{
    const CpaReportRow *row = cpa_report_find(name);
    if (row != NULL) {
        return row;
    }
    size_t n = 0;
    const CpaReportRow *const *rows = cpa_report_table(&n);
    g_autofree const char **names = g_new(const char *, n);
    for (size_t i = 0; i < n; i++) {
        names[i] = rows[i]->name;
    }
    int nearest = cpa_text_nearest(name, names, n);
    cpa_error_set(error, CPA_ERROR_USAGE, "there is no report %s%s%s%s", name,
                  nearest >= 0 ? "; did you mean " : "", nearest >= 0 ? names[nearest] : "",
                  nearest >= 0 ? "?" : "");
    return NULL;
}

static bool run(const CpaProfile *profile, const CpaReportRow *row, const char *argument,
                const CpaSettings *settings, CpaSink *sink, GError **error)
{
    bool takes_argument = (row->flags & CPA_REPORT_ARGUMENT) != 0;
    if (takes_argument != (argument != NULL)) {
        return cpa_error_set(error, CPA_ERROR_USAGE,
                             takes_argument ? "the report %s needs a regular expression"
                                            : "the report %s takes no argument",
                             row->name);
    }
    g_auto(CpaApiSettings) inner = {0};
    cpa_api_settings_init(&inner, settings);
    return cpa_run((CpaProfile *)profile, row, argument, inner.options, sink, inner.warn,
                   inner.warn_data, error) &&
           cpa_sink_finish(sink, error);
}

char *cpa_report_to_string(const CpaProfile *profile, const char *report, const char *argument,
                           const CpaSettings *settings, GError **error)
{
    g_return_val_if_fail(profile != NULL, NULL);
    g_return_val_if_fail(report != NULL, NULL);
    g_return_val_if_fail(error == NULL || *error == NULL, NULL);
    const CpaReportRow *row = find_report(report, error);
    if (row == NULL) {
        return NULL;
    }
    if ((row->flags & CPA_REPORT_BINARY) != 0) {
        cpa_error_set(error, CPA_ERROR_USAGE, "the report %s is no text", row->name);
        return NULL;
    }
    g_autoptr(CpaSink) sink = cpa_sink_new_memory();
    if (!run(profile, row, argument, settings, sink, error)) {
        return NULL;
    }
    size_t n = 0;
    const char *text = cpa_sink_data(sink, &n);
    return g_strndup(text, n);
}

GBytes *cpa_report_to_bytes(const CpaProfile *profile, const char *report, const char *argument,
                            const CpaSettings *settings, GError **error)
{
    g_return_val_if_fail(profile != NULL, NULL);
    g_return_val_if_fail(report != NULL, NULL);
    g_return_val_if_fail(error == NULL || *error == NULL, NULL);
    g_autoptr(CpaSink) sink = cpa_sink_new_memory();
    const CpaReportRow *row = find_report(report, error);
    if (row == NULL || !run(profile, row, argument, settings, sink, error)) {
        return NULL;
    }
    size_t n = 0;
    const char *bytes = cpa_sink_data(sink, &n);
    return g_bytes_new(bytes, n);
}

bool cpa_report_to_fd(const CpaProfile *profile, const char *report, const char *argument,
                      const CpaSettings *settings, int fd, GError **error)
{
    g_return_val_if_fail(profile != NULL, false);
    g_return_val_if_fail(report != NULL, false);
    g_return_val_if_fail(fd >= 0, false);
    g_return_val_if_fail(error == NULL || *error == NULL, false);
    g_autoptr(CpaSink) sink = cpa_sink_new_fd(fd);
    const CpaReportRow *row = find_report(report, error);
    return row != NULL && run(profile, row, argument, settings, sink, error);
}

const char *cpa_report_name(size_t i)
{
    size_t n = 0;
    const CpaReportRow *const *rows = cpa_report_table(&n);
    return i < n ? rows[i]->name : NULL;
}

const char *cpa_report_summary(size_t i)
{
    size_t n = 0;
    const CpaReportRow *const *rows = cpa_report_table(&n);
    return i < n ? rows[i]->summary : NULL;
}
