/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /api/flamegraph: as much of the tree of stacks as a window of so many pixels can show.
 */
#include "web/handlers.h"

#include <string.h>

#include "report/flame.h"
#include "web/treedata.h"

#define DEFAULT_PX 1920
#define MIN_PX     64
#define MAX_PX     16384
#define MAX_NODES  100000

/* Device pixels of the client's width. */
static bool get_px(const CpaWebRequest *request, double *px, GError **error)
{
    const char *text = cpa_web_query_get(request->query, "px");
    char *end = NULL;
    *px = *text != '\0' ? g_ascii_strtod(text, &end) : DEFAULT_PX;
    if (end != NULL && (*end != '\0' || !(*px >= MIN_PX && *px <= MAX_PX))) {
        return cpa_error_set(error, CPA_ERROR_USAGE, "px=%s: it must be between %d and %d", text,
                             MIN_PX, MAX_PX);
    }
    return true;
}

bool cpa_web_flamegraph(const CpaWebRequest *request, CpaWebReply *reply, GError **error)
{
    g_auto(CpaWebView) view = {0};
    double px = 0;
    if (!get_px(request, &px, error) || !cpa_web_view_open(&view, request, "flame", NULL, error)) {
        return false;
    }
    CpaReport *report = view.report;
    const CpaOptions *o = report->options;
    CpaStackOptions stack_options = {
        .value_index = report->value_index,
        .mean = report->mean,
        .reverse = o->reverse,
        .collapse_recursion = o->collapse_recursion,
        .width = cpa_flame_width_rule(o),
        .min_frac = 0.5 / px,
        .max_nodes = MAX_NODES,
    };
    cpa_view_trim_paths(report->view, o->trim_path, o->source_path);
    g_autoptr(CpaStackTree) tree = cpa_stack_tree_new(report->view, &stack_options, error);
    if (tree == NULL) {
        return false;
    }
    if (tree->nodes[0].width == 0) {
        return cpa_flame_nothing(report, tree->n_stacks, error);
    }
    g_autofree uint32_t *used = g_new0(uint32_t, (size_t)tree->n_frames + 1);
    uint32_t n_used = 0;
    CpaJson json = {.out = reply->body};
    cpa_json_open(&json, NULL, '{');
    cpa_web_put_head(&json, &view);
    cpa_json_bool(&json, "has_base", tree->has_base);
    cpa_json_bool(&json, "compares", tree->has_base || tree->has_negative);
    cpa_json_uint(&json, "n_stacks", tree->n_stacks);
    cpa_json_uint(&json, "max_depth", tree->max_depth);
    cpa_web_put_tree(&json, "tree", tree, report->mean, used, &n_used);
    cpa_web_put_frames(&json, &view, tree, report->mean, used, n_used);
    cpa_json_close(&json, '}');
    return true;
}
