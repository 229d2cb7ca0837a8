/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One thread drives all transfers through libcurl's multi interface.
 *
 * Redirects are followed here, not by libcurl: what may be sent to the next server depends on
 * whether it is the same one, and libcurl would send any header but Authorization and Cookie
 * along.
 *
 * Proxies are those of the environment, by Go's rules: upper case counts too, and loopback is
 * never proxied.
 */
#include "input/fetch.h"

#include <string.h>

#include "base/text.h"
#include "input/curllib.h"
#include "input/source.h"

#define MAX_REDIRECTS   10
#define MAX_PARALLEL    ((size_t)128)
#define MESSAGE_BYTES   ((size_t)64 * 1024) /* kept of an answer that is an error */
#define MESSAGE_SHOWN   ((size_t)400)
#define WATCH_MS        200
#define GRACE_SECONDS   5 /* of pprof's client, beyond its timeout */
#define DEFAULT_SECONDS 60

int64_t cpa_fetch_timeout_ms(int timeout, int seconds)
{
    int64_t ms = (int64_t)DEFAULT_SECONDS * 1000;
    if (timeout > 0) {
        ms = (int64_t)timeout * 1000;
    } else if (seconds > 0) {
        ms = (int64_t)seconds * 1500;
    }
    return ms + GRACE_SECONDS * 1000;
}

void cpa_fetch_clear(CpaFetch *fetch)
{
    g_clear_pointer(&fetch->bytes, g_bytes_unref);
    g_clear_error(&fetch->error);
}

#ifdef HAVE_CURL

typedef struct Crew Crew;

/* One request and its redirects. */
typedef struct {
    Crew *crew;
    CpaFetch *fetch;
    CpaUrl *moved; /* where a redirect leads, or NULL */
    CURL *handle;
    struct curl_slist *headers;
    char problem[CURL_ERROR_SIZE];
    GByteArray *body;
    char *status; /* "404 Not Found" */
    int n_redirects;
    int64_t deadline_us;
    bool is_pprof; /* X-Go-Pprof: the text is a message of the handler */
    bool is_too_large;
    bool is_enough; /* of a message; the rest was not read */
} Transfer;

struct Crew {
    const CpaCurlLib *c;
    const CpaFetchSettings *settings;
    CURLM *multi;
    uint64_t max_size;
    uint64_t n_held; /* bytes of all bodies */
    size_t n_done;
    int64_t start_us;
};

static const CpaUrl *url_of(const Transfer *t)
{
    return t->moved != NULL ? t->moved : t->fetch->url;
}

static bool is_own(const Transfer *t)
{
    return t->moved == NULL || strcmp(t->moved->origin, t->fetch->url->origin) == 0;
}

static long status_code(const Transfer *t)
{
    long code = 0;
    t->crew->c->curl_easy_getinfo(t->handle, CURLINFO_RESPONSE_CODE, &code);
    return code;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *data)
{
    Transfer *t = data;
    Crew *crew = t->crew;
    size_t n = size * count;
    if (status_code(t) != 200 && t->body->len + n > MESSAGE_BYTES) {
        t->is_enough = true;
        return 0;
    }
    if (n > crew->max_size - crew->n_held || n > G_MAXUINT / 2 - t->body->len) {
        t->is_too_large = true;
        return 0;
    }
    g_byte_array_append(t->body, (const guint8 *)bytes, (guint)n);
    crew->n_held += n;
    return n;
}

static size_t on_header(char *bytes, size_t size, size_t count, void *data)
{
    Transfer *t = data;
    size_t n = size * count;
    g_autofree char *line = g_strndup(bytes, n);
    g_strchomp(line);
    if (g_str_has_prefix(line, "HTTP/")) {
        g_free(t->status);
        t->status = g_strdup(line + strcspn(line, " "));
        g_strstrip(t->status);
        t->is_pprof = false;
    } else if (g_ascii_strncasecmp(line, "X-Go-Pprof:", strlen("X-Go-Pprof:")) == 0) {
        t->is_pprof = true;
    }
    return n;
}

static const char *first_variable(const char *one, const char *other)
{
    const char *value = g_getenv(one);
    return value != NULL && value[0] != '\0' ? value : g_getenv(other);
}

/* Source: Go net/http ProxyFromEnvironment */
static const char *proxy_for(const CpaUrl *url)
{
    const char *proxy = NULL;
    if (url->is_loopback) {
        return "";
    }
    if (g_str_has_prefix(url->request, "https:")) {
        proxy = first_variable("HTTPS_PROXY", "https_proxy");
    } else if (g_getenv("REQUEST_METHOD") == NULL) {
        proxy = first_variable("HTTP_PROXY", "http_proxy");
    } else {
        /* In a CGI program HTTP_PROXY is a header of the client. */
        proxy = g_getenv("http_proxy");
    }
    return proxy != NULL ? proxy : "";
}

static void add_header(Transfer *t, const char *line)
{
    struct curl_slist *longer = t->crew->c->curl_slist_append(t->headers, line);
    t->headers = longer != NULL ? longer : t->headers;
}

static bool add_headers(Transfer *t, GError **error)
{
    const GPtrArray *headers = t->crew->settings->headers;
    for (guint i = 0; headers != NULL && i < headers->len && is_own(t); i++) {
        g_autofree char *line = cpa_header_normalize(headers->pdata[i], error);
        if (line == NULL) {
            return false;
        }
        add_header(t, line);
    }
    if (t->fetch->body != NULL) {
        g_autofree char *type = g_strconcat(
            "Content-Type: ",
            t->fetch->content_type != NULL ? t->fetch->content_type : "text/plain", NULL);
        add_header(t, type);
        add_header(t, "Expect:"); /* no round trip before the body */
    }
    return true;
}

#define SET(option, value) c->curl_easy_setopt(h, CURLOPT_##option, value)

static void limit_protocols(const CpaCurlLib *c, CURL *h)
{
#if LIBCURL_VERSION_NUM >= 0x075500
    SET(PROTOCOLS_STR, "http,https");
#else
    SET(PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

static bool set_tls(Transfer *t, GError **error)
{
    const CpaCurlLib *c = t->crew->c;
    CURL *h = t->handle;
    const CpaFetchSettings *s = t->crew->settings;
    const char *cert = s->tls_cert != NULL ? s->tls_cert : "";
    const char *key = s->tls_key != NULL ? s->tls_key : "";
    const char *ca = s->tls_ca != NULL ? s->tls_ca : "";
    if ((cert[0] == '\0') != (key[0] == '\0')) {
        bool has_key = key[0] != '\0';
        return cpa_error_set(
            error, CPA_ERROR_USAGE, "%s is specified, so %s must also be specified",
            has_key ? "-tls_key" : "-tls_cert", has_key ? "-tls_cert" : "-tls_key");
    }
    const char *const files[] = {cert, key, ca};
    static const char *const names[] = {"-tls_cert", "-tls_key", "-tls_ca"};
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *text = NULL;
        g_autoptr(GError) failure = NULL;
        if (files[i][0] != '\0' && !g_file_get_contents(files[i], &text, NULL, &failure)) {
            return cpa_error_set(error, CPA_ERROR_IO, "%s: %s", names[i], failure->message);
        }
    }
    if (cert[0] != '\0' && is_own(t)) {
        SET(SSLCERT, cert);
        SET(SSLKEY, key);
    }
    if (ca[0] != '\0') {
        SET(CAINFO, ca);
        SET(CAPATH, NULL);
    }
    if (url_of(t)->is_insecure) {
        SET(SSL_VERIFYPEER, 0L);
        SET(SSL_VERIFYHOST, 0L);
    }
    return true;
}

/* Makes the handle for where the transfer is now, and starts it. */
static bool start(Transfer *t, GError **error)
{
    const CpaCurlLib *c = t->crew->c;
    const CpaUrl *url = url_of(t);
    CURL *h = t->handle = c->curl_easy_init();
    int64_t left_ms = (t->deadline_us - g_get_monotonic_time()) / 1000;
    if (h == NULL) {
        return cpa_error_set(error, CPA_ERROR_NETWORK, "%s: libcurl has no handle left", url->text);
    }
    SET(PRIVATE, t);
    SET(URL, url->request);
    SET(ERRORBUFFER, t->problem);
    SET(NOSIGNAL, 1L);
    SET(TIMEOUT_MS, (long)CLAMP(left_ms, 1, G_MAXLONG));
    SET(WRITEFUNCTION, on_body);
    SET(WRITEDATA, t);
    SET(HEADERFUNCTION, on_header);
    SET(HEADERDATA, t);
    SET(ACCEPT_ENCODING, "gzip");
    SET(USERAGENT, "cpa/" PACKAGE_VERSION);
    limit_protocols(c, h);
    SET(PROXY, proxy_for(url));
    if (url->socket != NULL) {
        SET(UNIX_SOCKET_PATH, url->socket);
    }
    if (!add_headers(t, error) || !set_tls(t, error)) {
        return false;
    }
    if (t->fetch->body != NULL) {
        SET(POST, 1L);
        SET(POSTFIELDS, t->fetch->body);
        SET(POSTFIELDSIZE_LARGE, (curl_off_t)t->fetch->n_body);
    }
    SET(HTTPHEADER, t->headers);
    CURLMcode code = c->curl_multi_add_handle(t->crew->multi, h);
    return code == CURLM_OK || cpa_error_set(error, CPA_ERROR_NETWORK, "%s: %s", url->text,
                                             c->curl_multi_strerror(code));
}

static void drop_handle(Transfer *t)
{
    const CpaCurlLib *c = t->crew->c;
    if (t->handle != NULL) {
        c->curl_multi_remove_handle(t->crew->multi, t->handle);
        c->curl_easy_cleanup(t->handle);
        t->handle = NULL;
    }
    c->curl_slist_free_all(t->headers);
    t->headers = NULL;
}

static void drop_body(Transfer *t)
{
    t->crew->n_held -= t->body->len;
    g_byte_array_set_size(t->body, 0);
}

static void finish(Transfer *t, GError *failure)
{
    drop_handle(t);
    t->crew->n_done++;
    if (failure != NULL) {
        drop_body(t);
        t->fetch->error = failure;
    } else {
        t->fetch->bytes = g_byte_array_free_to_bytes(g_steal_pointer(&t->body));
    }
}

/* What an HTML page calls itself. */
static char *page_title(const char *text)
{
    g_autofree char *lower = g_ascii_strdown(text, -1);
    const char *begin = strstr(lower, "<title");
    begin = begin != NULL ? strchr(begin, '>') : NULL;
    const char *end = begin != NULL ? strstr(begin, "</title") : NULL;
    return end != NULL ? g_strndup(text + (begin + 1 - lower), (size_t)(end - begin - 1))
                       : g_strdup("");
}

/* The server's own words on one line, control characters taken out; "" for none. */
static char *server_message(const Transfer *t)
{
    char *type = NULL;
    t->crew->c->curl_easy_getinfo(t->handle, CURLINFO_CONTENT_TYPE, &type);
    bool is_page = type != NULL && strstr(type, "html") != NULL;
    bool is_text = type == NULL || is_page || g_str_has_prefix(type, "text/") ||
                   strstr(type, "json") != NULL || strstr(type, "xml") != NULL;
    if (!is_text || t->body->len == 0) {
        return g_strdup("");
    }
    g_autofree char *text = g_strndup((const char *)t->body->data, t->body->len);
    if (is_page) {
        char *title = page_title(text);
        g_free(text);
        text = title;
    }
    GString *line = g_string_new(NULL);
    for (const char *c = text; *c != '\0' && line->len < MESSAGE_SHOWN; c++) {
        bool is_blank = g_ascii_isspace(*c);
        if (!is_blank) {
            g_string_append_c(line, *c);
        } else if (line->len > 0 && line->str[line->len - 1] != ' ') {
            g_string_append_c(line, ' ');
        }
    }
    g_strchomp(line->str);
    g_autofree char *message = g_string_free(line, FALSE);
    return cpa_text_shorten(message, strlen(message), MESSAGE_SHOWN);
}

static GError *refusal(const Transfer *t, long code)
{
    g_autofree char *message = server_message(t);
    g_autofree char *status = cpa_text_shorten(t->status != NULL ? t->status : "?",
                                               t->status != NULL ? strlen(t->status) : 1, 100);
    bool is_news = message[0] != '\0' && strcmp(message, status) != 0;
    const char *hint =
        code == 401 || code == 403 ? "; -header 'Authorization: ...' sends credentials" : "";
    return g_error_new(CPA_ERROR, CPA_ERROR_NETWORK, "%s: server response: %s%s%s%s",
                       url_of(t)->text, status, is_news ? " - " : "", is_news ? message : "", hint);
}

static GError *failure_of(const Transfer *t, CURLcode code)
{
    const char *problem = t->problem[0] != '\0' ? t->problem : t->crew->c->curl_easy_strerror(code);
    const char *text = url_of(t)->text;
    if (t->is_too_large) {
        return g_error_new(CPA_ERROR, CPA_ERROR_TOO_LARGE,
                           "%s: the answer holds more than %" G_GUINT64_FORMAT
                           " bytes; raise the limit with -max_size if that is meant to be",
                           text, t->crew->max_size);
    }
    if (code == CURLE_OPERATION_TIMEDOUT) {
        return g_error_new(CPA_ERROR, CPA_ERROR_NETWORK,
                           "%s: no complete answer within %.3g s; -timeout allows for more", text,
                           (double)t->fetch->timeout_ms / 1000);
    }
    const char *hint = "";
    if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE) {
        hint = "; -tls_ca FILE names whom to trust, https+insecure:// trusts anybody";
    }
    g_autofree char *shown = cpa_text_shorten(problem, strlen(problem), MESSAGE_SHOWN);
    return g_error_new(CPA_ERROR, CPA_ERROR_NETWORK, "%s: %s%s", text, shown, hint);
}

/* Goes where the server points. */
static bool redirect(Transfer *t, long code, GError **error)
{
    char *location = NULL;
    t->crew->c->curl_easy_getinfo(t->handle, CURLINFO_REDIRECT_URL, &location);
    if (location == NULL) {
        g_propagate_error(error, refusal(t, code));
        return false;
    }
    if (++t->n_redirects > MAX_REDIRECTS) {
        return cpa_error_set(error, CPA_ERROR_NETWORK, "%s: stopped after %d redirects",
                             t->fetch->url->text, MAX_REDIRECTS);
    }
    if (t->fetch->body != NULL && code != 307 && code != 308) {
        return cpa_error_set(error, CPA_ERROR_NETWORK, "%s: the server redirects a POST",
                             t->fetch->url->text);
    }
    CpaUrl *to = cpa_url_resolve(url_of(t), location, error);
    if (to == NULL) {
        return false;
    }
    drop_handle(t);
    drop_body(t);
    cpa_url_free(t->moved);
    t->moved = to;
    t->is_enough = false;
    return start(t, error);
}

static void on_end(Transfer *t, CURLcode result)
{
    GError *failure = NULL;
    long code = status_code(t);
    if (result != CURLE_OK && !(t->is_enough && result == CURLE_WRITE_ERROR)) {
        failure = failure_of(t, result);
    } else if (code >= 300 && code < 400 && code != 304) {
        if (redirect(t, code, &failure)) {
            return;
        }
    } else if (code != 200) {
        failure = refusal(t, code);
    }
    finish(t, failure);
}

static void begin(Crew *crew, Transfer *t, CpaFetch *fetch)
{
    t->crew = crew;
    t->fetch = fetch;
    t->body = g_byte_array_new();
    t->deadline_us = g_get_monotonic_time() + fetch->timeout_ms * 1000;
    GError *failure = NULL;
    if (!start(t, &failure)) {
        finish(t, failure);
    }
}

static void transfer_clear(Transfer *t)
{
    if (t->body != NULL) {
        g_byte_array_unref(t->body);
    }
    cpa_url_free(t->moved);
    g_free(t->status);
}

static void tell(const Crew *crew, const CpaFetch *fetches, size_t n, CpaFetchWatch watch,
                 gpointer data)
{
    if (watch == NULL) {
        return;
    }
    int elapsed = (int)((g_get_monotonic_time() - crew->start_us) / G_USEC_PER_SEC);
    CpaFetchProgress progress = {n, crew->n_done, crew->n_held, -1};
    for (size_t i = 0; i < n; i++) {
        bool is_running = fetches[i].bytes == NULL && fetches[i].error == NULL;
        if (is_running && fetches[i].url->seconds > 0) {
            progress.seconds_left =
                MAX(progress.seconds_left, MAX(fetches[i].url->seconds - elapsed, 0));
        }
    }
    watch(&progress, data);
}

static void run(Crew *crew, Transfer *transfers, CpaFetch *fetches, size_t n, CpaFetchWatch watch,
                gpointer data)
{
    const CpaCurlLib *c = crew->c;
    size_t n_begun = 0;
    while (crew->n_done < n) {
        while (n_begun < n && n_begun - crew->n_done < MAX_PARALLEL) {
            begin(crew, &transfers[n_begun], &fetches[n_begun]);
            n_begun++;
        }
        int n_running = 0;
        c->curl_multi_perform(crew->multi, &n_running);
        const CURLMsg *message = NULL;
        int n_left = 0;
        while ((message = c->curl_multi_info_read(crew->multi, &n_left)) != NULL) {
            char *owner = NULL;
            /* The message dies with the handle. */
            CURLcode result = message->data.result;
            c->curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &owner);
            on_end((Transfer *)(void *)owner, result);
        }
        tell(crew, fetches, n, watch, data);
        if (crew->n_done < n) {
            c->curl_multi_poll(crew->multi, NULL, 0, WATCH_MS, NULL);
        }
    }
}

static void fail_all(CpaFetch *fetches, size_t n, const GError *error)
{
    for (size_t i = 0; i < n; i++) {
        fetches[i].error = g_error_copy(error);
        g_prefix_error(&fetches[i].error, "%s: ", fetches[i].url->text);
    }
}

void cpa_fetch_all(CpaFetch *fetches, size_t n, const CpaFetchSettings *settings,
                   CpaFetchWatch watch, gpointer data)
{
    g_autoptr(GError) error = NULL;
    const CpaCurlLib *c = cpa_curl_lib(&error);
    if (c == NULL) {
        fail_all(fetches, n, error);
        return;
    }
    Crew crew = {
        .c = c,
        .settings = settings,
        .multi = c->curl_multi_init(),
        .max_size = settings->max_size != 0 ? settings->max_size : CPA_DEFAULT_MAX_SIZE,
        .start_us = g_get_monotonic_time(),
    };
    g_autofree Transfer *transfers = g_new0(Transfer, n);
    run(&crew, transfers, fetches, n, watch, data);
    for (size_t i = 0; i < n; i++) {
        transfer_clear(&transfers[i]);
    }
    c->curl_multi_cleanup(crew.multi);
}

#else

void cpa_fetch_all(CpaFetch *fetches, size_t n, const CpaFetchSettings *settings,
                   CpaFetchWatch watch, gpointer data)
{
    (void)settings;
    (void)watch;
    (void)data;
    for (size_t i = 0; i < n; i++) {
        cpa_error_set(&fetches[i].error, CPA_ERROR_UNSUPPORTED,
                      "%s: this build cannot fetch: it was configured without libcurl; save the "
                      "profile and name the file",
                      fetches[i].url->text);
    }
}

#endif
