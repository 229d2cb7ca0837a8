/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /api/graph: the picture of the call graph in pieces that a page with a strict policy can use:
 * elements without script or style, the styles apart.
 */
#include "report/callgraph.h"

#include "render/svgbody.h"
#include "web/graphlimit.h"
#include "web/handlers.h"
#include "web/values.h"

/* Beyond that a layout takes many seconds, and nobody finds anything in it. */
#define MAX_DRAWN 1500

typedef void (*Put)(const CpaScene *scene, CpaSink *sink);

static char *collect(const CpaScene *scene, Put put, size_t *n)
{
    g_autoptr(CpaSink) sink = cpa_sink_new_memory();
    put(scene, sink);
    const char *text = cpa_sink_data(sink, n);
    return g_strndup(text, *n);
}

static void put_text(CpaJson *json, const char *key, const CpaScene *scene, Put put)
{
    size_t n = 0;
    g_autofree char *text = collect(scene, put, &n);
    cpa_json_text(json, key, text, (gssize)n);
}

CpaOptions *cpa_web_graph_options(const CpaOptions *options)
{
    CpaOptions *bounded = cpa_options_copy(options);
    if (!bounded->trim) {
        bounded->trim = true;
        bounded->nodecount = MAX_DRAWN;
        bounded->nodefraction = 0;
        bounded->edgefraction = 0;
    }
    /* -1 is the default of the report; other numbers below 1 are no limit. */
    if (bounded->nodecount != -1 && (bounded->nodecount < 1 || bounded->nodecount > MAX_DRAWN)) {
        bounded->nodecount = MAX_DRAWN;
    }
    return bounded;
}

bool cpa_web_graph(const CpaWebRequest *request, CpaWebReply *reply, GError **error)
{
    g_auto(CpaWebView) view = {0};
    g_autoptr(CpaOptions) bounded = cpa_web_graph_options(request->options);
    CpaWebRequest changed = *request;
    changed.options = bounded;
    if (!cpa_web_view_open(&view, &changed, "graph", NULL, error)) {
        return false;
    }
    CpaCallgraphOptions options = {0};
    g_autoptr(CpaGraph) graph = cpa_report_callgraph(view.report, &options, error);
    if (graph == NULL) {
        return false;
    }
    /* The page shows them in a box of its own. */
    g_autoptr(GPtrArray) legend = options.header;
    g_autoptr(GPtrArray) none = g_ptr_array_new();
    options.header = none;
    g_autoptr(CpaScene) scene = cpa_callgraph_new(graph, &options);
    CpaJson json = {.out = reply->body};
    cpa_json_open(&json, NULL, '{');
    cpa_web_put_head(&json, &view);
    cpa_json_open(&json, "legend", '[');
    for (guint i = 0; i < legend->len; i++) {
        cpa_json_text(&json, NULL, legend->pdata[i], -1);
    }
    cpa_json_close(&json, ']');
    cpa_json_double(&json, "width", scene->width);
    cpa_json_double(&json, "height", scene->height);
    put_text(&json, "svg", scene, cpa_svg_put_items);
    put_text(&json, "css", scene, cpa_svg_put_styles);
    size_t n = 0;
    g_autofree char *data = collect(scene, cpa_svg_put_data, &n);
    cpa_json_raw(&json, "data", data, n);
    cpa_json_close(&json, '}');
    return true;
}
