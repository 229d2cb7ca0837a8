/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Views that are reports of the command line: their JSON as it is, with what all views begin with.
 */
#include "web/handlers.h"

#include <string.h>

#include "web/values.h"

static void set_option(CpaOptions *options, const char *name, const char *value)
{
    cpa_options_set(options, cpa_options_find(name), value, NULL);
}

/* {..., "table": the report with -format=json}, or {..., "text": "..."} where it has none. */
static bool put_report(const CpaWebRequest *request, const char *name, const char *argument,
                       const char *granularity, CpaWebReply *reply, GError **error)
{
    g_auto(CpaWebView) view = {0};
    const CpaReportRow *row = cpa_report_find(name);
    bool is_table = row != NULL && (row->flags & CPA_REPORT_TABULAR) != 0;
    g_autoptr(CpaOptions) options = cpa_options_copy(request->options);
    set_option(options, "format", is_table ? "json" : "");
    if (granularity != NULL) {
        set_option(options, "granularity", granularity);
    }
    CpaWebRequest changed = *request;
    changed.options = options;
    if (!cpa_web_view_open(&view, &changed, name, argument, error)) {
        return false;
    }
    CpaJson json = {.out = reply->body};
    cpa_json_open(&json, NULL, '{');
    cpa_web_put_head(&json, &view);
    g_autoptr(CpaSink) sink = cpa_sink_new_memory();
    if (!cpa_web_view_write(&view, sink, error)) {
        return false;
    }
    size_t n = 0;
    const char *text = cpa_sink_data(sink, &n);
    if (is_table) {
        cpa_json_raw(&json, "table", text, n);
    } else {
        cpa_json_text(&json, "text", text, (gssize)n);
    }
    cpa_json_close(&json, '}');
    return true;
}

/* As there, the regexp of the search field, which also filters. */
static const char *searched(const CpaWebRequest *request)
{
    return request->options->focus;
}

bool cpa_web_peek(const CpaWebRequest *request, CpaWebReply *reply, GError **error)
{
    return put_report(request, "peek", searched(request), "lines", reply, error);
}

bool cpa_web_tags(const CpaWebRequest *request, CpaWebReply *reply, GError **error)
{
    return put_report(request, "tags", NULL, NULL, reply, error);
}

bool cpa_web_diff(const CpaWebRequest *request, CpaWebReply *reply, GError **error)
{
    if (!cpa_web_compares(request->web)) {
        return cpa_error_set(error, CPA_ERROR_NOT_RECOGNIZED,
                             "there is no base to compare with: cpa diff -http=: OLD NEW");
    }
    return put_report(request, "diff", NULL, NULL, reply, error);
}

bool cpa_web_source(const CpaWebRequest *request, CpaWebReply *reply, GError **error)
{
    return put_report(request, "list", searched(request), NULL, reply, error);
}

bool cpa_web_disasm(const CpaWebRequest *request, CpaWebReply *reply, GError **error)
{
    return put_report(request, "disasm", searched(request), NULL, reply, error);
}
