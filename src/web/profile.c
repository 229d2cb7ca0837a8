/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /api/profile: what a page has to know before it draws anything.
 */
#include "web/handlers.h"

#include <string.h>

#include "web/configs.h"
#include "web/values.h"

static void put_types(CpaJson *json, const CpaWebView *view)
{
    const CpaProfile *profile = view->report->view->profile;
    cpa_json_open(json, "sample_types", '[');
    for (uint32_t t = 0; t < profile->header.n_types; t++) {
        const CpaValueType *type = &profile->header.sample_types[t];
        cpa_json_open(json, NULL, '{');
        cpa_json_text(json, "type", cpa_strtab_get(profile->strings, type->type), -1);
        cpa_json_text(json, "unit", cpa_strtab_get(profile->strings, type->unit), -1);
        cpa_json_close(json, '}');
    }
    cpa_json_close(json, ']');
    cpa_json_int(json, "sample_index", view->report->value_index);
}

static const char *const kinds[] = {
    [CPA_OPTION_BOOL] = "bool",     [CPA_OPTION_INT] = "int",   [CPA_OPTION_FLOAT] = "float",
    [CPA_OPTION_STRING] = "string", [CPA_OPTION_LIST] = "list", [CPA_OPTION_MANY] = "list",
    [CPA_OPTION_CHOICE] = "choice", [CPA_OPTION_SIZE] = "size", [CPA_OPTION_PRESET] = "preset",
};

static void put_options(CpaJson *json, const CpaOptions *start, const CpaOptions *now)
{
    size_t n = 0;
    const CpaOptionRow *rows = cpa_options_table(&n);
    cpa_json_open(json, "options", '[');
    for (size_t i = 0; i < n; i++) {
        const CpaOptionRow *row = &rows[i];
        if (row->url == NULL) {
            continue;
        }
        g_autofree char *value = cpa_options_get(now, row);
        g_autofree char *usual = cpa_options_get(start, row);
        cpa_json_open(json, NULL, '{');
        cpa_json_text(json, "name", row->name, -1);
        cpa_json_text(json, "url", row->url, -1);
        cpa_json_text(json, "kind", kinds[row->kind], -1);
        cpa_json_text(json, "group", cpa_option_group_title(row->group), -1);
        cpa_json_text(json, "default", row->default_value, -1);
        cpa_json_text(json, "start", usual, -1);
        cpa_json_text(json, "value", value, -1);
        if (row->choices != NULL) {
            cpa_json_open(json, "choices", '[');
            for (const char *c = row->choices; *c != '\0'; c += strlen(c) + 1) {
                cpa_json_text(json, NULL, c, -1);
            }
            cpa_json_close(json, ']');
        }
        cpa_json_bool(json, "saved", row->saved);
        cpa_json_text(json, "help", row->help, -1);
        cpa_json_close(json, '}');
    }
    cpa_json_close(json, ']');
}

static void put_views(CpaJson *json, const CpaWebRequest *request)
{
    static const struct {
        const char *name;
        const char *title;
        const char *report; /* that it needs */
        bool compares;
    } views[] = {
        {"flamegraph", "Flame graph", "flame", false},
        {"graph", "Graph", "graph", false},
        {"top", "Top", "top", false},
        {"peek", "Peek", "peek", false},
        {"source", "Source", "list", false},
        {"disasm", "Disassemble", "disasm", false},
        {"sandwich", "Sandwich", "flame", false},
        {"tags", "Tags", "tags", false},
        {"diff", "Diff", "diff", true},
    };
    cpa_json_open(json, "views", '[');
    for (size_t i = 0; i < G_N_ELEMENTS(views); i++) {
        cpa_json_open(json, NULL, '{');
        cpa_json_text(json, "name", views[i].name, -1);
        cpa_json_text(json, "title", views[i].title, -1);
        cpa_json_bool(json, "available",
                      cpa_report_find(views[i].report) != NULL &&
                          (!views[i].compares || cpa_web_compares(request->web)));
        cpa_json_close(json, '}');
    }
    cpa_json_close(json, ']');
}

bool cpa_web_profile(const CpaWebRequest *request, CpaWebReply *reply, GError **error)
{
    g_auto(CpaWebView) view = {0};
    if (!cpa_web_view_open(&view, request, "flame", NULL, error)) {
        return false;
    }
    const CpaProfile *profile = cpa_web_get_profile(request->web);
    CpaJson json = {.out = reply->body};
    cpa_json_open(&json, NULL, '{');
    cpa_json_text(&json, "version", PACKAGE_VERSION, -1);
    cpa_web_put_head(&json, &view);
    cpa_json_text(&json, "doc_url", cpa_strtab_get(profile->strings, profile->header.doc_url), -1);
    cpa_json_uint(&json, "samples", profile->n_samples);
    put_types(&json, &view);
    cpa_json_bool(&json, "all_types", request->all_types);
    cpa_json_bool(&json, "has_base", cpa_web_compares(request->web));
    put_views(&json, request);
    cpa_web_put_configs(&json, request);
    put_options(&json, cpa_web_start_options(request->web), request->options);
    cpa_json_close(&json, '}');
    return true;
}
