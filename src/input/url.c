/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A URL is cut into pieces that point into a copy of the text, then written again:
 *
 *     scheme :// userinfo @ host:port /path ? query # fragment
 *
 * Source: Go net/url Parse, URL.String, Values.Encode (which texts are URLs, what is escaped);
 * RFC 3986. Differs: a path keeps the escapes that it came with.
 */
#include "input/url.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"

#define DEFAULT_PATH "/debug/pprof/profile"

typedef struct {
    char *scheme; /* lower case; "" if there is none */
    char *user;   /* NULL: none */
    char *host;   /* with the port; "" if there is none */
    char *path;
    char *query; /* without the '?', or NULL */
} Parts;

static void parts_clear(Parts *p)
{
    g_free(p->scheme);
    g_free(p->user);
    g_free(p->host);
    g_free(p->path);
    g_free(p->query);
    *p = (Parts){0};
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Parts, parts_clear)

/* Length of the scheme in front of a ':'; 0 if there is none, -1 for an empty one. */
static int scheme_length(const char *text)
{
    for (int i = 0;; i++) {
        char c = text[i];
        if (g_ascii_isalpha(c)) {
            continue;
        }
        if (c == ':') {
            return i == 0 ? -1 : i;
        }
        if (i == 0 || !(g_ascii_isdigit(c) || c == '+' || c == '-' || c == '.')) {
            return 0;
        }
    }
}

static bool escapes_are_valid(const char *text)
{
    for (; (text = strchr(text, '%')) != NULL; text++) {
        if (!g_ascii_isxdigit(text[1]) || !g_ascii_isxdigit(text[2])) {
            return false;
        }
    }
    return true;
}

/* host, host:port, [v6]:port. */
static bool host_is_valid(const char *host)
{
    const char *rest = host;
    if (host[0] == '[') {
        rest = strchr(host, ']');
        if (rest == NULL) {
            return false;
        }
        rest++;
    } else {
        rest += strcspn(host, ":");
    }
    if (rest[0] == ':') {
        rest += 1 + strspn(rest + 1, "0123456789");
    }
    return rest[0] == '\0' && strpbrk(host, " %\\^`{|}\"<>") == NULL;
}

static bool split_authority(Parts *p, const char *authority)
{
    const char *at = strrchr(authority, '@');
    if (at != NULL) {
        p->user = g_strndup(authority, (size_t)(at - authority));
        if (!escapes_are_valid(p->user) || strpbrk(p->user, " \"<>\\^`{|}[]") != NULL) {
            return false;
        }
        authority = at + 1;
    }
    p->host = g_strdup(authority);
    return host_is_valid(p->host);
}

/* By the rules of Go's url.Parse; false: no URL. */
static bool split(Parts *p, const char *text)
{
    g_autofree char *copy = g_strndup(text, strcspn(text, "#"));
    for (const char *c = text; *c != '\0'; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f) {
            return false;
        }
    }
    int n = scheme_length(copy);
    if (n < 0) {
        return false;
    }
    char *rest = n > 0 ? copy + n + 1 : copy;
    p->scheme = g_ascii_strdown(copy, n);
    char *question = strchr(rest, '?');
    if (question != NULL) {
        *question = '\0';
        p->query = g_strdup(question + 1);
    }
    if (rest[0] != '/') {
        p->host = g_strdup("");
        p->path = g_strdup(rest);
        /* host:port is no path: a segment before the first '/' holds no ':'. */
        const char *colon = strchr(rest, ':');
        return n > 0 || colon == NULL || memchr(rest, '/', (size_t)(colon - rest)) != NULL;
    }
    if (g_str_has_prefix(rest, "//") && (n > 0 || !g_str_has_prefix(rest, "///"))) {
        char *slash = strchr(rest + 2, '/');
        g_autofree char *authority =
            slash != NULL ? g_strndup(rest + 2, (size_t)(slash - rest - 2)) : g_strdup(rest + 2);
        p->path = g_strdup(slash != NULL ? slash : "");
        return split_authority(p, authority) && escapes_are_valid(p->path);
    }
    p->host = g_strdup("");
    p->path = g_strdup(rest);
    return escapes_are_valid(p->path);
}

static const char *const schemes[] = {"http", "https", "https+insecure", "unix", NULL};

/* Starts with one of our schemes and "://": a URL, be it a bad one. */
static bool is_meant(const char *source)
{
    int n = scheme_length(source);
    g_autofree char *scheme = g_ascii_strdown(source, MAX(n, 0));
    return n > 0 && g_str_has_prefix(source + n, "://") && g_strv_contains(schemes, scheme);
}

static bool is_unix(const char *source)
{
    return g_ascii_strncasecmp(source, "unix:///", strlen("unix:///")) == 0;
}

/* The parts of what pprof would fetch; false for what it would take as the name of a file. */
static bool split_source(Parts *p, const char *source)
{
    bool ok = split(p, source);
    bool is_file = ok && p->host[0] == '\0' && strcmp(p->scheme, "file") == 0;
    bool is_bare = ok && p->host[0] == '\0' && p->scheme[0] != '\0' && !is_file;
    if ((!ok || is_bare) && !is_meant(source)) {
        /* host:port/path: the host looks like a scheme. */
        g_autofree char *with_scheme = g_strconcat("http://", source, NULL);
        parts_clear(p);
        ok = split(p, with_scheme);
    }
    bool is_socket = ok && strcmp(p->scheme, "unix") == 0;
    return ok && (is_socket ? is_unix(source) : p->host[0] != '\0');
}

bool cpa_url_is(const char *source)
{
    g_auto(Parts) p = {0};
    return is_meant(source) || split_source(&p, source);
}

static void put_escaped(GString *to, const char *text, const char *keep)
{
    for (const char *c = text; *c != '\0'; c++) {
        if (g_ascii_isalnum(*c) || strchr(keep, *c) != NULL) {
            g_string_append_c(to, *c);
        } else {
            g_string_append_printf(to, "%%%02X", (unsigned char)*c);
        }
    }
}

/* One half of key=value, with '+' for a blank; NULL for a bad escape. */
static char *unescape_query(const char *text, size_t n)
{
    g_autofree char *copy = g_strndup(text, n);
    if (!escapes_are_valid(copy)) {
        return NULL;
    }
    GString *out = g_string_sized_new(n);
    for (const char *c = copy; *c != '\0'; c++) {
        if (*c == '%') {
            int byte = g_ascii_xdigit_value(c[1]) * 16 + g_ascii_xdigit_value(c[2]);
            /* A NUL ends a text of C: such a parameter cannot be kept. */
            if (byte == 0) {
                g_string_free(out, TRUE);
                return NULL;
            }
            g_string_append_c(out, (char)byte);
            c += 2;
        } else {
            g_string_append_c(out, *c == '+' ? ' ' : *c);
        }
    }
    return g_string_free(out, FALSE);
}

typedef struct {
    char *key;
    char *value;
    guint place; /* among those of the same key the order stays */
} Parameter;

static void parameter_clear(gpointer data)
{
    Parameter *p = data;
    g_free(p->key);
    g_free(p->value);
}

static int compare_parameters(gconstpointer a, gconstpointer b)
{
    const Parameter *x = a;
    const Parameter *y = b;
    int order = strcmp(x->key, y->key);
    return order != 0 ? order : (x->place > y->place) - (x->place < y->place);
}

static GArray *parse_query(const char *query)
{
    GArray *parameters = g_array_new(FALSE, FALSE, sizeof(Parameter));
    g_array_set_clear_func(parameters, parameter_clear);
    while (query != NULL && query[0] != '\0') {
        size_t n = strcspn(query, "&");
        size_t n_key = MIN(n, strcspn(query, "="));
        const char *value = query + MIN(n, n_key + 1);
        if (n > 0 && memchr(query, ';', n) == NULL) {
            Parameter p = {
                .key = unescape_query(query, n_key),
                .value = unescape_query(value, (size_t)(query + n - value)),
                .place = parameters->len,
            };
            if (p.key != NULL && p.value != NULL) {
                g_array_append_val(parameters, p);
            } else {
                parameter_clear(&p);
            }
        }
        query += n + (query[n] == '&');
    }
    return parameters;
}

/* The query encoded anew, with `seconds` of it or in it. */
static char *encode_query(const char *query, int *seconds)
{
    static const char unreserved[] = "-_.~";
    g_autoptr(GArray) parameters = parse_query(query);
    bool is_set = *seconds > 0;
    bool is_found = false;
    for (guint i = 0; i < parameters->len;) {
        const Parameter *p = &g_array_index(parameters, Parameter, i);
        if (strcmp(p->key, "seconds") != 0) {
            i++;
        } else if (is_set) {
            g_array_remove_index(parameters, i);
        } else {
            char *end = NULL;
            gint64 number = g_ascii_strtoll(p->value, &end, 10);
            bool ok = p->value[0] != '\0' && *end == '\0' && number > 0 && number <= G_MAXINT;
            *seconds = ok && !is_found ? (int)number : *seconds;
            is_found = true;
            i++;
        }
    }
    if (is_set) {
        Parameter p = {g_strdup("seconds"), g_strdup_printf("%d", *seconds), parameters->len};
        g_array_append_val(parameters, p);
    }
    g_array_sort(parameters, compare_parameters);
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < parameters->len; i++) {
        const Parameter *p = &g_array_index(parameters, Parameter, i);
        g_autoptr(GString) pair = g_string_new(i > 0 ? "&" : "?");
        put_escaped(pair, p->key, unreserved);
        g_string_append_c(pair, '=');
        put_escaped(pair, p->value, unreserved);
        g_string_replace(pair, "%20", "+", 0);
        g_string_append(out, pair->str);
    }
    return g_string_free(out, FALSE);
}

/* Escapes what cannot stand in a path; escapes that are there stay. */
static char *encode_path(const char *path)
{
    GString *out = g_string_new(path[0] == '/' ? NULL : "/");
    put_escaped(out, path, "-_.~!$&'()*+,;=:@/%[]");
    return g_string_free(out, FALSE);
}

static bool is_loopback(const char *host)
{
    g_autofree char *name = host[0] == '[' ? g_strndup(host + 1, strcspn(host + 1, "]"))
                                           : g_strndup(host, strcspn(host, ":"));
    return g_ascii_strcasecmp(name, "localhost") == 0 || strcmp(name, "::1") == 0 ||
           (g_str_has_prefix(name, "127.") && strspn(name, "0123456789.") == strlen(name));
}

/* "https://host:443" */
static char *make_origin(const char *scheme, const char *host)
{
    const char *bracket = strrchr(host, ']');
    const char *colon = strchr(bracket != NULL ? bracket : host, ':');
    g_autofree char *name = g_ascii_strdown(host, colon != NULL ? colon - host : -1);
    const char *port = colon != NULL && colon[1] != '\0' ? colon + 1
                       : strcmp(scheme, "https") == 0    ? "443"
                                                         : "80";
    return g_strdup_printf("%s://%s:%s", scheme, name, port);
}

/* Cuts /run/app.sock:/path or /run/app.sock/path; what comes in front must be a socket. */
static bool split_socket(CpaUrl *url, const char *source, const char *path, char **rest,
                         GError **error)
{
    g_autofree char *decoded = g_uri_unescape_string(path, NULL);
    const char *colon = decoded != NULL ? strstr(decoded, ":/") : NULL;
    if (decoded == NULL) {
        return cpa_error_set(error, CPA_ERROR_USAGE, "%s: the path has a bad escape", source);
    }
    if (colon != NULL) {
        url->socket = g_strndup(decoded, (size_t)(colon - decoded));
        *rest = g_strdup(colon + 1);
        return true;
    }
    struct stat st = {0};
    for (const char *end = decoded; *end != '\0';) {
        end += 1 + strcspn(end + 1, "/");
        g_autofree char *prefix = g_strndup(decoded, (size_t)(end - decoded));
        if (stat(prefix, &st) != 0) {
            break;
        }
        if (S_ISSOCK(st.st_mode)) {
            url->socket = g_steal_pointer(&prefix);
            *rest = g_strdup(end);
            return true;
        }
    }
    return cpa_error_set(error, CPA_ERROR_IO,
                         "%s: no part of this path is a socket; is the program running? "
                         "unix:///SOCKET/PATH or unix:///SOCKET:/PATH name one",
                         source);
}

/* Puts the parts together; `user` may be NULL. */
static void compose(CpaUrl *url, const Parts *p, const char *shown_scheme, const char *path,
                    const char *query)
{
    bool is_tls = g_str_has_prefix(shown_scheme, "https");
    const char *scheme = is_tls ? "https" : "http";
    const char *colon = p->user != NULL ? strchr(p->user, ':') : NULL;
    g_autofree char *user = p->user == NULL ? g_strdup("") : g_strconcat(p->user, "@", NULL);
    g_autofree char *shown_user =
        colon == NULL ? g_strdup(user)
                      : g_strdup_printf("%.*s:xxxxx@", (int)(colon - p->user), p->user);
    url->text = g_strdup_printf("%s://%s%s%s%s", shown_scheme, shown_user, p->host, path, query);
    url->request = g_strdup_printf("%s://%s%s%s%s", scheme, user, p->host, path, query);
    url->origin = make_origin(scheme, p->host);
    url->is_insecure = strcmp(shown_scheme, "https+insecure") == 0;
    url->is_loopback = is_loopback(p->host);
}

static bool parse_unix(CpaUrl *url, const char *source, const Parts *p, const char *query,
                       GError **error)
{
    g_autofree char *rest = NULL;
    if (!split_socket(url, source, p->path, &rest, error)) {
        return false;
    }
    g_autofree char *path =
        encode_path(rest[0] == '\0' || strcmp(rest, "/") == 0 ? DEFAULT_PATH : rest);
    g_autofree char *shown = encode_path(url->socket);
    url->text = g_strdup_printf("unix://%s:%s%s", shown, path, query);
    url->request = g_strdup_printf("http://localhost%s%s", path, query);
    url->origin = g_strdup("http://localhost:80");
    url->is_loopback = true;
    return true;
}

CpaUrl *cpa_url_parse(const char *source, int seconds, GError **error)
{
    g_auto(Parts) p = {0};
    if (!split_source(&p, source)) {
        cpa_error_set(error, CPA_ERROR_USAGE,
                      "%s: this URL cannot be fetched: it reads http://HOST:PORT/PATH?QUERY",
                      source);
        return NULL;
    }
    if (!g_strv_contains(schemes, p.scheme)) {
        cpa_error_set(error, CPA_ERROR_UNSUPPORTED,
                      "%s: profiles come over http, https, https+insecure and unix, not %s", source,
                      p.scheme);
        return NULL;
    }
    g_autoptr(CpaUrl) url = g_new0(CpaUrl, 1);
    url->seconds = MAX(seconds, 0);
    g_autofree char *query = encode_query(p.query, &url->seconds);
    if (is_unix(source)) {
        return parse_unix(url, source, &p, query, error) ? g_steal_pointer(&url) : NULL;
    }
    bool is_bare = p.path[0] == '\0' || strcmp(p.path, "/") == 0;
    g_autofree char *path = encode_path(is_bare ? DEFAULT_PATH : p.path);
    compose(url, &p, p.scheme, path, query);
    return g_steal_pointer(&url);
}

CpaUrl *cpa_url_resolve(const CpaUrl *url, const char *location, GError **error)
{
    g_auto(Parts) p = {0};
    bool ok = split(&p, location) && p.host[0] != '\0';
    if (!ok || (strcmp(p.scheme, "http") != 0 && strcmp(p.scheme, "https") != 0)) {
        g_autofree char *shown = cpa_text_shorten(location, strlen(location), 200);
        cpa_error_set(error, CPA_ERROR_NETWORK, "%s: the server redirects to %s, which is refused",
                      url->text, shown);
        return NULL;
    }
    g_autofree char *origin = make_origin(p.scheme, p.host);
    bool is_same = strcmp(origin, url->origin) == 0;
    g_autofree char *path = encode_path(p.path);
    g_autofree char *query = p.query != NULL ? g_strconcat("?", p.query, NULL) : g_strdup("");
    CpaUrl *to = g_new0(CpaUrl, 1);
    if (!is_same) {
        g_clear_pointer(&p.user, g_free);
    }
    compose(to, &p, is_same && url->is_insecure ? "https+insecure" : p.scheme, path, query);
    to->socket = is_same ? g_strdup(url->socket) : NULL;
    to->seconds = url->seconds;
    return to;
}

void cpa_url_free(CpaUrl *url)
{
    if (url != NULL) {
        g_free(url->text);
        g_free(url->request);
        g_free(url->origin);
        g_free(url->socket);
        g_free(url);
    }
}

char *cpa_header_normalize(const char *text, GError **error)
{
    size_t n = strcspn(text, ":");
    bool ok = n > 0 && text[n] == ':';
    for (size_t i = 0; i < n && ok; i++) {
        ok = g_ascii_isalnum(text[i]) || strchr("!#$%&'*+-.^_`|~", text[i]) != NULL;
    }
    for (const char *c = text; *c != '\0' && ok; c++) {
        ok = ((unsigned char)*c >= 0x20 && *c != 0x7f) || *c == '\t';
    }
    if (!ok) {
        /* The value may be a secret: it is not repeated. */
        g_autofree char *name = cpa_text_shorten(text, n, 80);
        cpa_error_set(error, CPA_ERROR_USAGE,
                      "-header: \"%s\" does not start a header; it reads -header='Name: value'",
                      name);
        return NULL;
    }
    g_autofree char *value = g_strstrip(g_strdup(text + n + 1));
    return value[0] == '\0' ? g_strdup_printf("%.*s;", (int)n, text)
                            : g_strdup_printf("%.*s: %s", (int)n, text, value);
}
