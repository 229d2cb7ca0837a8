/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Percent-decoding by RFC 3986, '+' as a space in the query. A value that is not UTF-8 is refused:
 * no name in the interface could have led to it.
 */
#include "web/query.h"

#include <string.h>

static int hex(char c)
{
    return g_ascii_xdigit_value(c);
}

/* Decodes [text, end). Returns NULL for a bad escape, NUL or bytes that are not UTF-8. */
static char *decode(const char *text, const char *end, bool plus_is_space)
{
    GString *out = g_string_sized_new((gsize)(end - text));
    while (text < end) {
        char c = *text++;
        if (c == '%') {
            if (end - text < 2 || hex(text[0]) < 0 || hex(text[1]) < 0) {
                g_string_free(out, TRUE);
                return NULL;
            }
            c = (char)(hex(text[0]) << 4 | hex(text[1]));
            text += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        g_string_append_c(out, c);
    }
    if (!g_utf8_validate(out->str, (gssize)out->len, NULL)) {
        g_string_free(out, TRUE);
        return NULL;
    }
    return g_string_free(out, FALSE);
}

static bool has_dot_element(const char *path)
{
    for (const char *p = path; (p = strchr(p, '/')) != NULL; p++) {
        size_t n = strcspn(p + 1, "/");
        if ((n == 1 && p[1] == '.') || (n == 2 && p[1] == '.' && p[2] == '.')) {
            return true;
        }
    }
    return false;
}

static bool add_param(CpaWebQuery *query, GArray *params, const char *text, const char *end,
                      GError **error)
{
    (void)query;
    if (text == end) {
        return true;
    }
    if (params->len == CPA_WEB_PARAMS_MAX) {
        return cpa_error_set(error, CPA_ERROR_TOO_LARGE, "more than %d parameters",
                             CPA_WEB_PARAMS_MAX);
    }
    const char *equals = memchr(text, '=', (size_t)(end - text));
    CpaWebParam param = {
        .name = decode(text, equals != NULL ? equals : end, true),
        .value = decode(equals != NULL ? equals + 1 : end, end, true),
    };
    if (param.name == NULL || param.value == NULL) {
        g_free(param.name);
        g_free(param.value);
        return cpa_error_set(error, CPA_ERROR_USAGE,
                             "parameter %u of the URL is not UTF-8 with %%XX escapes",
                             params->len + 1);
    }
    g_array_append_val(params, param);
    return true;
}

CpaWebQuery *cpa_web_query_new(const char *uri, GError **error)
{
    if (strlen(uri) > CPA_WEB_URI_MAX) {
        cpa_error_set(error, CPA_ERROR_TOO_LARGE, "the URL is longer than %d bytes",
                      CPA_WEB_URI_MAX);
        return NULL;
    }
    /* What follows the '?' goes into headers of redirects as it is. */
    for (const char *p = uri; *p != '\0'; p++) {
        if ((unsigned char)*p <= ' ' || *p == 0x7f) {
            cpa_error_set(error, CPA_ERROR_USAGE, "the URL has a space or control character in it");
            return NULL;
        }
    }
    if (g_ascii_strncasecmp(uri, "http://", 7) == 0) {
        /* What a client sends to a proxy; the Host header counts. */
        uri += 7 + strcspn(uri + 7, "/?#");
    }
    size_t n_path = strcspn(uri, "?#");
    g_autoptr(CpaWebQuery) query = g_new0(CpaWebQuery, 1);
    query->path = n_path == 0 ? g_strdup("/") : decode(uri, uri + n_path, false);
    if (query->path == NULL || query->path[0] != '/' || has_dot_element(query->path)) {
        cpa_error_set(error, CPA_ERROR_USAGE, "the path of the URL is malformed");
        return NULL;
    }
    uri += n_path;
    query->raw = *uri == '?' ? g_strndup(uri + 1, strcspn(uri + 1, "#")) : g_strdup("");
    GArray *params = g_array_new(FALSE, FALSE, sizeof(CpaWebParam));
    bool ok = true;
    for (const char *p = query->raw; ok && *p != '\0';) {
        size_t n = strcspn(p, "&");
        ok = add_param(query, params, p, p + n, error);
        p += n + (p[n] == '&');
    }
    query->n_params = params->len;
    query->params = (CpaWebParam *)(void *)g_array_free(params, FALSE);
    return ok ? g_steal_pointer(&query) : NULL;
}

void cpa_web_query_free(CpaWebQuery *query)
{
    if (query == NULL) {
        return;
    }
    for (size_t i = 0; i < query->n_params; i++) {
        g_free(query->params[i].name);
        g_free(query->params[i].value);
    }
    g_free(query->params);
    g_free(query->path);
    g_free(query->raw);
    g_free(query);
}

const char *cpa_web_query_get(const CpaWebQuery *query, const char *name)
{
    for (size_t i = 0; i < query->n_params; i++) {
        if (strcmp(query->params[i].name, name) == 0) {
            return query->params[i].value;
        }
    }
    return "";
}

char *cpa_web_query_any_of(const CpaWebQuery *query, const char *name)
{
    const char *first = NULL;
    GString *all = g_string_new(NULL);
    for (size_t i = 0; i < query->n_params; i++) {
        const char *value = query->params[i].value;
        if (strcmp(query->params[i].name, name) == 0 && *value != '\0') {
            first = first == NULL ? value : first;
            g_string_append_printf(all, "%s(?:%s)", all->len > 0 ? "|" : "", value);
        }
    }
    /* One alone stays as it is: messages quote it. */
    if (first != NULL && all->len == strlen(first) + 4) {
        g_string_assign(all, first);
    }
    return g_string_free(all, FALSE);
}

CpaOptions *cpa_web_query_options(const CpaWebQuery *query, const CpaOptions *start, GError **error)
{
    g_autoptr(CpaOptions) options = cpa_options_copy(start);
    size_t n = 0;
    const CpaOptionRow *rows = cpa_options_table(&n);
    for (size_t i = 0; i < n; i++) {
        const char *value = rows[i].url != NULL ? cpa_web_query_get(query, rows[i].url) : "";
        if (*value == '\0') {
            continue;
        }
        if (strlen(value) > CPA_WEB_PATTERN_MAX) {
            cpa_error_set(error, CPA_ERROR_TOO_LARGE,
                          "error setting config field %s: longer than %d bytes", rows[i].name,
                          CPA_WEB_PATTERN_MAX);
            return NULL;
        }
        if (!cpa_options_set(options, &rows[i], value, error)) {
            g_prefix_error(error, "error setting config field %s: ", rows[i].name);
            return NULL;
        }
    }
    return g_steal_pointer(&options);
}

void cpa_web_options_key(const CpaOptions *options, const CpaOptions *start, GString *key)
{
    size_t n = 0;
    const CpaOptionRow *rows = cpa_options_table(&n);
    for (size_t i = 0; i < n; i++) {
        if (rows[i].url == NULL) {
            continue;
        }
        g_autofree char *value = cpa_options_get(options, &rows[i]);
        g_autofree char *usual = cpa_options_get(start, &rows[i]);
        if (strcmp(value, usual) != 0) {
            g_string_append_printf(key, "\n%s=", rows[i].url);
            g_string_append_uri_escaped(key, value, NULL, TRUE);
        }
    }
}

char *cpa_web_query_key(const CpaWebQuery *query, const CpaOptions *options,
                        const CpaOptions *start, const char *extra)
{
    GString *key = g_string_new(query->path);
    cpa_web_options_key(options, start, key);
    for (const char *name = extra; *name != '\0'; name += strlen(name) + 1) {
        for (size_t i = 0; i < query->n_params; i++) {
            const CpaWebParam *param = &query->params[i];
            if (strcmp(param->name, name) == 0 && param->value[0] != '\0') {
                g_string_append_printf(key, "\n%s=", name);
                g_string_append_uri_escaped(key, param->value, NULL, TRUE);
            }
        }
    }
    return g_string_free(key, FALSE);
}

static int compare_text(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The row of a parameter that saved settings hold, or NULL. */
static const CpaOptionRow *saved_row(const char *url)
{
    size_t n = 0;
    const CpaOptionRow *rows = cpa_options_table(&n);
    for (size_t i = 0; i < n; i++) {
        if (rows[i].url != NULL && rows[i].saved && strcmp(rows[i].url, url) == 0) {
            return &rows[i];
        }
    }
    return NULL;
}

static char *join_param(const char *name, const char *value)
{
    g_autofree char *escaped_name = g_uri_escape_string(name, NULL, FALSE);
    g_autofree char *escaped_value = g_uri_escape_string(value, NULL, FALSE);
    return g_strconcat(escaped_name, "=", escaped_value, NULL);
}

char *cpa_web_options_url(const CpaOptions *options, const CpaWebQuery *query, bool *changed)
{
    g_autoptr(GPtrArray) parts = g_ptr_array_new_with_free_func(g_free);
    size_t n = 0;
    const CpaOptionRow *rows = cpa_options_table(&n);
    *changed = false;
    for (size_t i = 0; i < n; i++) {
        if (rows[i].url == NULL || !rows[i].saved) {
            continue;
        }
        g_autofree char *value = cpa_options_get(options, &rows[i]);
        if (strcmp(value, rows[i].default_value) == 0) {
            value[0] = '\0';
        } else if (rows[i].kind == CPA_OPTION_BOOL) {
            value[1] = '\0';
        }
        if (query != NULL && strcmp(cpa_web_query_get(query, rows[i].url), value) != 0) {
            *changed = true;
        }
        if (value[0] != '\0') {
            g_ptr_array_add(parts, join_param(rows[i].url, value));
        }
    }
    for (size_t i = 0; query != NULL && i < query->n_params; i++) {
        if (saved_row(query->params[i].name) == NULL) {
            g_ptr_array_add(parts, join_param(query->params[i].name, query->params[i].value));
        }
    }
    g_ptr_array_sort(parts, compare_text);
    g_ptr_array_add(parts, NULL);
    g_autofree char *joined = g_strjoinv("&", (char **)parts->pdata);
    return g_strconcat("?", joined, NULL);
}
