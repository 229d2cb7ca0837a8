/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Views that are reports of the command line: their JSON as it is, with what all views begin with.
 */
#include "web/handlers.h"

#include <string.h>

#include "web/values.h"

#define MAX_PEEKED 300  /* functions with all their callers and callees */
#define MAX_LISTED "50" /* as upstream's pages */

static void set_option(CpaOptions *options, const char *name, const char *value)
{
    cpa_options_set(options, cpa_options_find(name), value, NULL);
}

/* What a report of the command line is asked for here. */
typedef struct {
    const char *report;
    const char *argument;    /* or NULL */
    const char *granularity; /* NULL: that of the request */
    const char *nodecount;   /* unless the request has one; NULL: that of the report */
    uint32_t max_matches;    /* as in CpaReport */
    bool matches_functions;
} Question;

static bool write_report(CpaWebView *view, CpaSink *sink, GError **error)
{
    if (cpa_web_view_write(view, sink, error)) {
        return true;
    }
    /* Nothing matches: the regexp is not to blame. */
    if (error != NULL && *error != NULL && view->report->max_matches > 0 &&
        view->report->n_matches == 0 && g_error_matches(*error, CPA_ERROR, CPA_ERROR_USAGE)) {
        (*error)->code = CPA_ERROR_NO_SAMPLES;
    }
    return false;
}

/* {..., "table": the report with -format=json}, or {..., "text": "..."} where it has none. */
static bool put_report(const CpaWebRequest *request, const Question *question, CpaWebReply *reply,
                       GError **error)
{
    g_auto(CpaWebView) view = {0};
    const CpaReportRow *row = cpa_report_find(question->report);
    bool is_table = row != NULL && (row->flags & CPA_REPORT_TABULAR) != 0;
    g_autoptr(CpaOptions) options = cpa_options_copy(request->options);
    set_option(options, "format", is_table ? "json" : "");
    if (question->granularity != NULL) {
        set_option(options, "granularity", question->granularity);
    }
    if (question->nodecount != NULL && options->nodecount < 0) {
        set_option(options, "nodecount", question->nodecount);
    }
    CpaWebRequest changed = *request;
    changed.options = options;
    if (!cpa_web_view_open(&view, &changed, question->report, question->argument, error)) {
        return false;
    }
    view.report->max_matches = question->max_matches;
    view.report->matches_functions = question->matches_functions;
    g_autoptr(CpaSink) sink = cpa_sink_new_memory();
    if (!write_report(&view, sink, error)) {
        return false;
    }
    /* Only now the messages are complete, and the unit is the one of the report. */
    CpaJson json = {.out = reply->body};
    cpa_json_open(&json, NULL, '{');
    cpa_web_put_head(&json, &view);
    size_t n = 0;
    const char *text = cpa_sink_data(sink, &n);
    if (question->max_matches > 0) {
        cpa_json_uint(&json, "n_matches", view.report->n_matches);
    }
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
    Question question = {
        .report = "peek",
        .argument = searched(request),
        .granularity = "lines",
        .max_matches = MAX_PEEKED,
        .matches_functions = true,
    };
    return put_report(request, &question, reply, error);
}

bool cpa_web_tags(const CpaWebRequest *request, CpaWebReply *reply, GError **error)
{
    Question question = {.report = "tags"};
    return put_report(request, &question, reply, error);
}

bool cpa_web_diff(const CpaWebRequest *request, CpaWebReply *reply, GError **error)
{
    if (!cpa_web_compares(request->web)) {
        return cpa_error_set(error, CPA_ERROR_NOT_RECOGNIZED,
                             "there is no base to compare with: cpa diff -http=: OLD NEW");
    }
    Question question = {.report = "diff"};
    return put_report(request, &question, reply, error);
}

bool cpa_web_source(const CpaWebRequest *request, CpaWebReply *reply, GError **error)
{
    Question question = {
        .report = "weblist",
        .argument = searched(request),
        .nodecount = MAX_LISTED,
    };
    return put_report(request, &question, reply, error);
}

bool cpa_web_disasm(const CpaWebRequest *request, CpaWebReply *reply, GError **error)
{
    Question question = {
        .report = "disasm",
        .argument = searched(request),
        .nodecount = MAX_LISTED,
    };
    return put_report(request, &question, reply, error);
}
