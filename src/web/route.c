/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of routes, and what becomes of a handler's failure.
 */
#include "web/route.h"

#include <string.h>

#include "base/regexp.h"
#include "web/configs.h"
#include "web/handlers.h"
#include "web/json.h"
#include "web/web.h"

static const CpaWebRoute routes[] = {
#define ROUTE(path_, methods_, flags_, params_, handler) \
    {.path = path_, .methods = methods_, .flags = flags_, .params = params_, .handle = handler},
#include "web/routes.def"
#undef ROUTE
};

/* Of all regexps of one request: some tenths of a second. */
#define REGEXP_STEPS ((uint64_t)100 * 1000 * 1000)

const CpaWebRoute *cpa_web_routes(size_t *n)
{
    *n = G_N_ELEMENTS(routes);
    return routes;
}

static bool is_below(const char *path, const char *folder)
{
    size_t n = strlen(folder);
    return strncmp(path, folder, n) == 0 && (path[n] == '/' || path[n] == '\0');
}

const CpaWebRoute *cpa_web_route_find(const char *path)
{
    bool is_ours = is_below(path, "/ui") || is_below(path, "/api");
    for (size_t i = 0; i < G_N_ELEMENTS(routes); i++) {
        size_t n = strlen(routes[i].path);
        bool takes_all = strcmp(routes[i].path, "/*") == 0;
        if (takes_all && is_ours) {
            continue;
        }
        if (routes[i].path[n - 1] == '*' ? strncmp(path, routes[i].path, n - 1) == 0
                                         : strcmp(path, routes[i].path) == 0) {
            return &routes[i];
        }
    }
    return NULL;
}

bool cpa_web_route_allows(const CpaWebRoute *route, const char *method)
{
    const char *wanted = strcmp(method, "HEAD") == 0 ? "GET" : method;
    size_t n = strlen(wanted);
    for (const char *p = route->methods; *p != '\0'; p += strspn(p, " ")) {
        size_t n_word = strcspn(p, " ");
        if (n == n_word && strncmp(p, wanted, n) == 0) {
            return true;
        }
        p += n_word;
    }
    return false;
}

char *cpa_web_route_key(const CpaWebRoute *route, const CpaWebQuery *query,
                        const CpaOptions *options, const CpaOptions *start)
{
    g_autofree char *key = cpa_web_query_key(query, options, start, route->params);
    if ((route->flags & CPA_WEB_SETTINGS) == 0) {
        return g_steal_pointer(&key);
    }
    GString *all = g_string_new(key);
    cpa_web_configs_key(all);
    g_string_append_c(all, '?');
    g_string_append(all, query->raw);
    return g_string_free(all, FALSE);
}

void cpa_web_reply_init(CpaWebReply *reply)
{
    *reply = (CpaWebReply){.body = g_string_new(NULL)};
}

void cpa_web_reply_clear(CpaWebReply *reply)
{
    if (reply->body != NULL) {
        g_string_free(reply->body, TRUE);
    }
    g_free(reply->location);
    g_free(reply->disposition);
    *reply = (CpaWebReply){0};
}

void cpa_web_reply_error(CpaWebReply *reply, unsigned status, const char *code, const char *message)
{
    cpa_web_reply_clear(reply);
    cpa_web_reply_init(reply);
    reply->status = status;
    CpaJson json = {.out = reply->body};
    cpa_json_open(&json, NULL, '{');
    cpa_json_text(&json, "error", message, -1);
    cpa_json_text(&json, "code", code, -1);
    cpa_json_int(&json, "status", status);
    cpa_json_close(&json, '}');
    g_string_append_c(reply->body, '\n');
}

/* Nothing is wrong with the request, there is nothing to show. */
static void reply_empty(CpaWebReply *reply, const char *message)
{
    cpa_web_reply_clear(reply);
    cpa_web_reply_init(reply);
    CpaJson json = {.out = reply->body};
    cpa_json_open(&json, NULL, '{');
    cpa_json_bool(&json, "empty", true);
    cpa_json_text(&json, "message", message, -1);
    cpa_json_close(&json, '}');
    g_string_append_c(reply->body, '\n');
}

/* By CpaErrorCode. */
static const struct {
    unsigned status;
    const char *code;
} failures[] = {
    [CPA_ERROR_NOT_RECOGNIZED] = {404, "NOT_FOUND"},
    [CPA_ERROR_MALFORMED] = {500, "MALFORMED"},
    [CPA_ERROR_UNSUPPORTED] = {501, "UNSUPPORTED"},
    [CPA_ERROR_TOO_LARGE] = {400, "TOO_LARGE"},
    [CPA_ERROR_IO] = {500, "IO"},
    [CPA_ERROR_NETWORK] = {502, "NETWORK"},
    [CPA_ERROR_USAGE] = {400, "USAGE"},
    [CPA_ERROR_NO_SAMPLES] = {200, "NO_SAMPLES"},
    [CPA_ERROR_NO_SYMBOLS] = {404, "NO_SYMBOLS"},
    [CPA_ERROR_OVERFLOW] = {400, "OVERFLOW"},
};

static void reply_failure(CpaWebReply *reply, const GError *error)
{
    if (g_error_matches(error, CPA_ERROR, CPA_ERROR_NO_SAMPLES)) {
        reply_empty(reply, error->message);
    } else if (error->domain == CPA_ERROR && error->code >= 0 &&
               (size_t)error->code < G_N_ELEMENTS(failures) && failures[error->code].code != NULL) {
        cpa_web_reply_error(reply, failures[error->code].status, failures[error->code].code,
                            error->message);
    } else {
        cpa_web_reply_error(reply, 500, "INTERNAL", error->message);
    }
}

void cpa_web_answer(const CpaWebRoute *route, CpaWebRequest *request, CpaWebReply *reply)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CpaOptions) options = NULL;
    bool ok = true;
    cpa_regexp_limit_thread(REGEXP_STEPS);
    if ((route->flags & CPA_WEB_VIEW) != 0 && request->options == NULL) {
        options =
            cpa_web_query_options(request->query, cpa_web_start_options(request->web), &error);
        request->options = options;
        ok = options != NULL;
        request->all_types = ok && cpa_web_means_all_types(request->web, options);
        if (request->all_types) {
            /* The table of functions asks for the others itself; other views show one. */
            cpa_options_set(options, cpa_options_find("sample_index"), "", NULL);
        }
    }
    ok = ok && route->handle(request, reply, &error);
    cpa_regexp_limit_thread(0);
    if (options != NULL) {
        request->options = NULL;
    }
    if (!ok) {
        reply_failure(reply, error);
    }
}
