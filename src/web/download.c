/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Downloads: the profile, or what a view shows, in any format that its report has.
 */
#include "web/handlers.h"

#include <string.h>

#include "report/run.h"
#include "report/tabular.h"
#include "web/graphlimit.h"
#include "web/web.h"

#define PROFILE_MIME "application/vnd.google.protobuf+gzip"

/* The reports behind the views; pictures, tables and texts of one view are reports of their own. */
static const struct {
    const char *view;
    const char *picture;
    const char *table;
    const char *text;
    const char *page; /* html, or NULL: that of the picture */
} views[] = {
    {"flamegraph", "flame", "traces", "traces", NULL},
    {"sandwich", "flame", "traces", "traces", NULL},
    {"graph", "graph", "tree", "tree", NULL},
    {"top", "graph", "top", "top", NULL},
    {"peek", "graph", "peek", "peek", NULL},
    {"tags", "graph", "tags", "tags", NULL},
    {"diff", "diff", "diff", "diff", NULL},
    {"source", "graph", "weblist", "list", "weblist"},
    {"disasm", "graph", "disasm", "disasm", NULL},
};

static const struct {
    const char *format;
    const char *report;
    const char *mime;
} plain[] = {
    {"pb.gz", "proto", PROFILE_MIME},
    {"folded", "folded", "text/plain; charset=utf-8"},
    {"dot", "dot", "text/vnd.graphviz; charset=utf-8"},
};

/* What a download is made of. */
typedef struct {
    const char *report;
    const char *format; /* "" for none */
    const char *suffix;
    const char *mime;
} Recipe;

static bool is_table(const char *format)
{
    static const char *const names[] = {"json", "csv", "md", NULL};
    return g_strv_contains(names, format);
}

static bool find_recipe(const char *view, const char *format, Recipe *recipe, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(plain); i++) {
        if (strcmp(format, plain[i].format) == 0) {
            *recipe = (Recipe){plain[i].report, "", plain[i].format, plain[i].mime};
            return true;
        }
    }
    const CpaRenderer *renderer = cpa_renderer_find(format);
    for (size_t i = 0; i < G_N_ELEMENTS(views); i++) {
        if (strcmp(view, views[i].view) != 0) {
            continue;
        }
        if (strcmp(format, "txt") == 0) {
            *recipe = (Recipe){views[i].text, "", "txt", "text/plain; charset=utf-8"};
            return true;
        }
        if (strcmp(format, "html") == 0 && views[i].page != NULL) {
            *recipe = (Recipe){views[i].page, "", "html", "text/html; charset=utf-8"};
            return true;
        }
        if (renderer != NULL) {
            *recipe = (Recipe){views[i].picture, renderer->name, renderer->name, renderer->mime};
            return true;
        }
        if (is_table(format)) {
            *recipe = (Recipe){views[i].table, format, format,
                               strcmp(format, "json") == 0 ? "application/json; charset=utf-8"
                                                           : "text/plain; charset=utf-8"};
            return true;
        }
        return cpa_error_set(error, CPA_ERROR_USAGE, "format=%s: there is no such format", format);
    }
    return cpa_error_set(error, CPA_ERROR_USAGE, "view=%s: there is no such view", view);
}

/* A name that no header and no shell minds. */
static char *file_name(const CpaWebRequest *request, const char *suffix)
{
    const CpaProfile *profile = cpa_web_get_profile(request->web);
    const char *binary =
        profile->n_mappings > 0 ? cpa_strtab_get(profile->strings, profile->mappings[0].file) : "";
    const char *slash = strrchr(binary, '/');
    GString *name = g_string_new(NULL);
    for (const char *p = slash != NULL ? slash + 1 : binary; *p != '\0' && name->len < 64; p++) {
        g_string_append_c(name, g_ascii_isalnum(*p) || strchr("-_.", *p) != NULL ? *p : '_');
    }
    if (name->len == 0 || name->str[0] == '.') {
        g_string_assign(name, "profile");
    }
    g_string_append_printf(name, ".%s", suffix);
    return g_string_free(name, FALSE);
}

static bool run(const CpaWebRequest *request, const Recipe *recipe, const CpaOptions *options,
                CpaWebReply *reply, GError **error)
{
    const CpaReportRow *row = cpa_report_find(recipe->report);
    if (row == NULL) {
        return cpa_error_set(error, CPA_ERROR_NOT_RECOGNIZED, "this build has no report %s",
                             recipe->report);
    }
    CpaProfile *profile = cpa_web_profile_for(request->web, options, error);
    if (profile == NULL) {
        return false;
    }
    g_autoptr(CpaSink) sink = cpa_sink_new_memory();
    bool needs_argument = (row->flags & CPA_REPORT_ARGUMENT) != 0;
    if (!cpa_run(profile, row, needs_argument ? options->focus : NULL, options, sink, NULL, NULL,
                 error)) {
        return false;
    }
    size_t n = 0;
    const char *bytes = cpa_sink_data(sink, &n);
    g_string_append_len(reply->body, bytes, (gssize)n);
    reply->mime = recipe->mime;
    g_autofree char *name = file_name(request, recipe->suffix);
    reply->disposition = g_strdup_printf("attachment; filename=\"%s\"", name);
    return true;
}

bool cpa_web_download(const CpaWebRequest *request, CpaWebReply *reply, GError **error)
{
    const char *view = cpa_web_query_get(request->query, "view");
    const char *format = cpa_web_query_get(request->query, "format");
    Recipe recipe = {0};
    if (!find_recipe(*view != '\0' ? view : "flamegraph", *format != '\0' ? format : "pb.gz",
                     &recipe, error)) {
        return false;
    }
    g_autoptr(CpaOptions) options = strcmp(recipe.report, "graph") == 0
                                        ? cpa_web_graph_options(request->options)
                                        : cpa_options_copy(request->options);
    return cpa_options_set(options, cpa_options_find("format"), recipe.format, error) &&
           run(request, &recipe, options, reply, error);
}

/* The profile as it was read, whatever the filters. */
bool cpa_web_download_all(const CpaWebRequest *request, CpaWebReply *reply, GError **error)
{
    const Recipe recipe = {"proto", "", "pb.gz", PROFILE_MIME};
    g_autoptr(CpaOptions) options = cpa_options_new();
    if (!run(request, &recipe, options, reply, error)) {
        return false;
    }
    g_free(reply->disposition);
    reply->disposition = g_strdup("attachment;filename=profile.pb.gz");
    return true;
}
