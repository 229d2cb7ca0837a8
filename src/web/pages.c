/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pages, redirects and the files that pages load. All pages are one file: the script looks at the
 * address and fetches what the view needs.
 *
 * Source: pprof driver webui.go (paths, redirects that keep the query)
 */
#include "web/handlers.h"

#include <string.h>

#include "web/uifiles.h"

#define STATIC_PREFIX "/ui/static/"

static bool redirect(const CpaWebRequest *request, CpaWebReply *reply, unsigned status,
                     const char *to)
{
    /* What follows the '?' goes into a header: no line ends got past the parser of requests. */
    const char *raw = request->query->raw;
    reply->status = status;
    reply->location = g_strconcat(to, *raw != '\0' ? "?" : "", raw, NULL);
    return true;
}

bool cpa_web_to_ui(const CpaWebRequest *request, CpaWebReply *reply, GError **error)
{
    (void)error;
    return redirect(request, reply, 307, "/ui");
}

bool cpa_web_to_ui_moved(const CpaWebRequest *request, CpaWebReply *reply, GError **error)
{
    (void)error;
    return redirect(request, reply, 307, "/ui/");
}

bool cpa_web_to_flamegraph(const CpaWebRequest *request, CpaWebReply *reply, GError **error)
{
    (void)error;
    return redirect(request, reply, 301, "flamegraph");
}

static const char *mime_of(const char *name)
{
    static const struct {
        const char *suffix;
        const char *mime;
    } types[] = {
        {".html", "text/html; charset=utf-8"},        {".js", "text/javascript; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},          {".svg", "image/svg+xml"},
        {".json", "application/json; charset=utf-8"}, {".webmanifest", "application/manifest+json"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        if (g_str_has_suffix(name, types[i].suffix)) {
            return types[i].mime;
        }
    }
    return "text/plain; charset=utf-8";
}

static bool put_file(CpaWebReply *reply, const char *name, GError **error)
{
    const CpaUiFile *file = cpa_ui_file_find(name);
    if (file == NULL) {
        return cpa_error_set(error, CPA_ERROR_NOT_RECOGNIZED, "there is no file of this name");
    }
    g_string_append_len(reply->body, file->text, (gssize)file->len);
    reply->mime = mime_of(file->name);
    return true;
}

bool cpa_web_page(const CpaWebRequest *request, CpaWebReply *reply, GError **error)
{
    (void)request;
    return put_file(reply, "index.html", error);
}

bool cpa_web_static(const CpaWebRequest *request, CpaWebReply *reply, GError **error)
{
    return put_file(reply, request->query->path + strlen(STATIC_PREFIX), error);
}

bool cpa_web_favicon(const CpaWebRequest *request, CpaWebReply *reply, GError **error)
{
    (void)request;
    return put_file(reply, "icon.svg", error);
}
