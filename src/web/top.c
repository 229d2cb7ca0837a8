/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /api/top: the heaviest entries, as columns.
 */
#include "web/handlers.h"

#include <string.h>

#include "base/package.h"
#include "web/values.h"

#define LIMIT_DEFAULT 100000

/* 0 no, 1 inlined into some of its callers, 2 into all */
static int inline_kind(const CpaGraph *graph, uint32_t node)
{
    bool some = false;
    bool all = true;
    for (uint32_t i = graph->in_first[node]; i < graph->in_first[node + 1]; i++) {
        bool is_inline = graph->edges[graph->in_edge[i]].is_inline;
        some = some || is_inline;
        all = all && is_inline;
    }
    return !some ? 0 : all ? 2 : 1;
}

bool cpa_web_top(const CpaWebRequest *request, CpaWebReply *reply, GError **error)
{
    g_auto(CpaWebView) view = {0};
    guint64 limit = LIMIT_DEFAULT;
    const char *text = cpa_web_query_get(request->query, "limit");
    if (*text != '\0' && !g_ascii_string_to_unsigned(text, 10, 0, UINT32_MAX, &limit, NULL)) {
        return cpa_error_set(error, CPA_ERROR_USAGE,
                             "limit=%s: it must be a whole number, up to %u rows", text,
                             UINT32_MAX);
    }
    /* All functions, as in pprof, whose pages have a limit of their own: nodecount is for graphs. */
    g_autoptr(CpaOptions) options = cpa_options_copy(request->options);
    options->nodecount = 0;
    CpaWebRequest all = *request;
    all.options = options;
    if (!cpa_web_view_open(&view, &all, "top", NULL, error)) {
        return false;
    }
    CpaReport *report = view.report;
    g_autoptr(CpaGraph) graph = cpa_report_graph(report, false);
    cpa_report_select_unit(report, graph);
    uint32_t n = (uint32_t)MIN(limit, graph->n_nodes);
    CpaJson json = {.out = reply->body};
    cpa_json_open(&json, NULL, '{');
    cpa_web_put_head(&json, &view);
    cpa_json_uint(&json, "n_rows", graph->n_nodes);
    g_autoptr(GPtrArray) labels = cpa_report_labels(report, graph, 0, false);
    cpa_json_open(&json, "legend", '[');
    for (guint i = 0; i < labels->len; i++) {
        cpa_json_text(&json, NULL, labels->pdata[i], -1);
    }
    cpa_json_close(&json, ']');
    cpa_json_open(&json, "rows", '{');
    cpa_json_open(&json, "name", '[');
    for (uint32_t i = 0; i < n; i++) {
        cpa_json_text(&json, NULL, graph->nodes[i].label, graph->nodes[i].label_len);
    }
    cpa_json_close(&json, ']');
    cpa_json_open(&json, "file", '[');
    for (uint32_t i = 0; i < n; i++) {
        CpaStrId file = graph->nodes[i].info.file;
        cpa_json_text(&json, NULL, cpa_view_str(report->view, file),
                      (gssize)cpa_strtab_len(report->view->strings, file));
    }
    cpa_json_close(&json, ']');
    cpa_json_open(&json, "line", '[');
    for (uint32_t i = 0; i < n; i++) {
        cpa_json_int(&json, NULL, graph->nodes[i].info.line);
    }
    cpa_json_close(&json, ']');
    cpa_json_open(&json, "flat", '[');
    for (uint32_t i = 0; i < n; i++) {
        cpa_json_int(&json, NULL, cpa_node_flat(&graph->nodes[i]));
    }
    cpa_json_close(&json, ']');
    cpa_json_open(&json, "cum", '[');
    for (uint32_t i = 0; i < n; i++) {
        cpa_json_int(&json, NULL, cpa_node_cum(&graph->nodes[i]));
    }
    cpa_json_close(&json, ']');
    cpa_json_open(&json, "inline", '[');
    for (uint32_t i = 0; i < n; i++) {
        cpa_json_int(&json, NULL, inline_kind(graph, i));
    }
    cpa_json_close(&json, ']');
    cpa_json_close(&json, '}');
    cpa_json_close(&json, '}');
    return true;
}
