/* SPDX-License-Identifier: Apache-2.0 */
#include "web/stackview.h"

#include "report/flame.h"

static CpaWebStacks *make_stacks(const CpaWebRequest *request, bool reverse, GError **error)
{
    g_autoptr(CpaWebStacks) stacks = g_new0(CpaWebStacks, 1);
    g_atomic_ref_count_init(&stacks->refs);
    if (!cpa_web_view_open(&stacks->view, request, "flame", NULL, error)) {
        return NULL;
    }
    CpaReport *report = stacks->view.report;
    const CpaOptions *o = report->options;
    CpaStackOptions options = {
        .value_index = report->value_index,
        .mean = report->mean,
        .reverse = reverse,
        .collapse_recursion = o->collapse_recursion,
        .width = cpa_flame_width_rule(o),
    };
    cpa_view_trim_paths(report->view, o->trim_path, o->source_path);
    stacks->set = cpa_stack_set_new(report->view, &options, error);
    if (stacks->set == NULL) {
        return NULL;
    }
    g_autoptr(CpaStackTree) root = cpa_stack_set_tree(
        stacks->set, NULL, &(CpaStackOptions){.min_frac = 1, .max_nodes = 1}, NULL, NULL);
    if (root->nodes[0].width == 0) {
        cpa_flame_nothing(report, root->n_stacks, &stacks->nothing);
    }
    cpa_view_drop_samples(report->view);
    return g_steal_pointer(&stacks);
}

CpaWebStacks *cpa_web_stacks_ref(CpaWebStacks *stacks)
{
    g_atomic_ref_count_inc(&stacks->refs);
    return stacks;
}

void cpa_web_stacks_unref(CpaWebStacks *stacks)
{
    if (stacks != NULL && g_atomic_ref_count_dec(&stacks->refs)) {
        cpa_stack_set_unref(stacks->set);
        cpa_web_view_clear(&stacks->view);
        g_clear_error(&stacks->nothing);
        g_free(stacks);
    }
}

/* About; the view keeps its functions, locations and lines. */
static size_t bytes_of(const CpaWebStacks *stacks)
{
    const CpaView *view = stacks->view.report->view;
    return cpa_stack_set_bytes(stacks->set) + view->n_functions * sizeof *view->functions +
           view->n_locations * sizeof *view->locations + view->n_lines * sizeof *view->lines;
}

static char *stacks_key(const CpaWebRequest *request, bool reverse)
{
    GString *key = g_string_new(reverse ? "stacks, leaf first" : "stacks");
    cpa_web_options_key(request->options, cpa_web_start_options(request->web), key);
    return g_string_free(key, FALSE);
}

CpaWebStacks *cpa_web_stacks_get(const CpaWebRequest *request, bool reverse, GError **error)
{
    CpaWebCache *cache = cpa_web_cache(request->web, CPA_WEB_KEPT_STACKS);
    g_autofree char *key = stacks_key(request, reverse);
    g_autoptr(CpaWebStacks) stacks = cpa_web_cache_get(cache, key);
    if (stacks == NULL) {
        cpa_web_begin(request->web, key);
        stacks = cpa_web_cache_get(cache, key);
        if (stacks == NULL) {
            stacks = make_stacks(request, reverse, error);
            if (stacks != NULL) {
                cpa_web_cache_put(cache, key, stacks, bytes_of(stacks));
            }
        }
        cpa_web_end(request->web, key);
    }
    if (stacks != NULL && stacks->nothing != NULL) {
        g_propagate_error(error, g_error_copy(stacks->nothing));
        return NULL;
    }
    return g_steal_pointer(&stacks);
}

CpaStackSet *cpa_web_stacks_around(const CpaWebRequest *request, CpaWebStacks *stacks,
                                   const char *name, const uint8_t *is_wanted, CpaStackSide side)
{
    CpaWebCache *cache = cpa_web_cache(request->web, CPA_WEB_KEPT_AROUND);
    g_autofree char *view = stacks_key(request, false);
    g_autofree char *key = g_strdup_printf(
        "%s\n%s\n%s", side == CPA_STACKS_CALLERS ? "callers" : "callees", name, view);
    CpaStackSet *set = cpa_web_cache_get(cache, key);
    if (set == NULL) {
        cpa_web_begin(request->web, key);
        set = cpa_web_cache_get(cache, key);
        if (set == NULL) {
            set = cpa_stack_set_around(stacks->set, is_wanted, side);
            cpa_web_cache_put(cache, key, set, cpa_stack_set_bytes(set));
        }
        cpa_web_end(request->web, key);
    }
    return set;
}
