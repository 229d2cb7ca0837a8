/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An exchange is one request and its answer; libmicrohttpd carries it as the request's context.
 * While a worker computes, the connection is suspended, so the exchange cannot go away.
 *
 * A connection that does not complete a request within PATIENCE_S is shut from outside: the time-out
 * of libmicrohttpd counts silence only, and a client may send a byte every few seconds.
 */
#include "web/server.h"

#ifdef HAVE_LIBMICROHTTPD

#include <math.h>
#include <poll.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "web/guard.h"
#include "web/listen.h"
#include "web/mhd.h"
#include "web/work.h"

#define SILENCE_S       60
#define PATIENCE_S      30
#define ANSWER_S        600 /* for computing, and for reading slowly */
#define SWEEP_MS        1000
#define STOP_WAIT_US    300000
#define MAX_CONNECTIONS 16384
#define SPARE_FILES     64
#define BUFFER_BYTES    65536 /* of a connection: bounds its request line and headers */
#define UPLOAD_MAX      65536
#define CACHE_BYTES     ((size_t)96 << 20)
#define BLOCK_BYTES     65536
#define MIN_WORKERS     4

/* An open socket. */
typedef struct {
    int fd;
    gint64 since_us; /* when it was opened or its last answer was sent */
    bool is_waiting; /* for its client */
    GList link;
} Connection;

struct CpaWebServer {
    const CpaMhdLib *mhd;
    struct MHD_Daemon *daemon;
    CpaWeb *web;
    CpaWebWork *work;
    CpaWebAddress address;
    char *url;
    char *token; /* or NULL */
    char *cookie_name;
    bool is_local;

    GMutex lock;
    GQueue connections; /* waiting ones, oldest first, then the others */
    unsigned max_connections;
};

typedef struct {
    CpaWebServer *server;
    struct MHD_Connection *connection;
    char *uri;
    bool is_begun;
    bool is_asked; /* a worker has been asked; body is NULL if it did not answer */
    CpaWebBody *body;
    size_t n_upload;
    char *cookie; /* Set-Cookie, or NULL */
} Exchange;

/* --- Connections ------------------------------------------------------------------------------- */

static int socket_of(CpaWebServer *server, struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        server->mhd->MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info != NULL ? (int)info->connect_fd : -1;
}

static void on_connection(void *data, struct MHD_Connection *connection, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    CpaWebServer *server = data;
    g_mutex_lock(&server->lock);
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        Connection *c = g_new0(Connection, 1);
        c->fd = socket_of(server, connection);
        c->since_us = g_get_monotonic_time();
        c->is_waiting = true;
        c->link.data = c;
        g_queue_push_tail_link(&server->connections, &c->link);
        *context = c;
    } else if (*context != NULL) {
        Connection *c = *context;
        g_queue_unlink(&server->connections, &c->link);
        g_free(c);
        *context = NULL;
    }
    g_mutex_unlock(&server->lock);
}

/* Notes that the server, or its client, is to move next. */
static void mark(Exchange *exchange, bool is_waiting)
{
    CpaWebServer *server = exchange->server;
    const union MHD_ConnectionInfo *info = server->mhd->MHD_get_connection_info(
        exchange->connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    Connection *c = info != NULL ? info->socket_context : NULL;
    if (c != NULL) {
        g_mutex_lock(&server->lock);
        c->is_waiting = is_waiting;
        c->since_us = g_get_monotonic_time();
        g_queue_unlink(&server->connections, &c->link);
        g_queue_push_tail_link(&server->connections, &c->link);
        g_mutex_unlock(&server->lock);
    }
}

/* Shuts what has waited too long; the oldest first when there are about as many as there can be. */
static void sweep(CpaWebServer *server)
{
    g_mutex_lock(&server->lock);
    gint64 now = g_get_monotonic_time();
    guint n_over = server->connections.length > server->max_connections / 8 * 7
                       ? server->connections.length - server->max_connections / 8 * 7
                       : 0;
    for (GList *link = server->connections.head; link != NULL; link = link->next) {
        Connection *c = link->data;
        gint64 age = now - c->since_us;
        if (c->is_waiting ? n_over > 0 || age > PATIENCE_S * G_USEC_PER_SEC
                          : age > ANSWER_S * G_USEC_PER_SEC) {
            shutdown(c->fd, SHUT_RDWR);
            c->is_waiting = false;
            c->since_us = now;
            n_over -= n_over > 0;
        }
    }
    g_mutex_unlock(&server->lock);
}

/* --- Answers ----------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    const char *value;
} headers[] = {
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
     "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
     "frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Cache-Control", "private, no-cache"},
    {"Vary", "Accept-Encoding"},
};

static const char *header_of(const Exchange *exchange, const char *name)
{
    return exchange->server->mhd->MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND,
                                                              name);
}

static ssize_t read_bytes(void *data, uint64_t at, char *to, size_t max)
{
    gsize n = 0;
    const char *bytes = g_bytes_get_data(data, &n);
    if (at >= n) {
        return MHD_CONTENT_READER_END_OF_STREAM;
    }
    size_t n_now = MIN(max, n - (size_t)at);
    memcpy(to, bytes + at, n_now);
    return (ssize_t)n_now;
}

static void free_bytes(void *data)
{
    g_bytes_unref(data);
}

static enum MHD_Result send_body(Exchange *exchange, const CpaWebBody *body, const char *allow)
{
    const CpaMhdLib *mhd = exchange->server->mhd;
    unsigned status = body->status;
    bool packed =
        body->packed != NULL && cpa_web_accepts_gzip(header_of(exchange, "Accept-Encoding"));
    bool same =
        status == 200 && cpa_web_etag_matches(header_of(exchange, "If-None-Match"), body->etag);
    GBytes *bytes = same ? g_bytes_new(NULL, 0) : cpa_web_body_bytes(body, packed);
    size_t n = g_bytes_get_size(bytes);
    struct MHD_Response *response = mhd->MHD_create_response_from_callback(
        n, MIN(MAX(n, 1), BLOCK_BYTES), read_bytes, bytes, free_bytes);
    if (response == NULL) {
        g_bytes_unref(bytes);
        return MHD_NO;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(headers); i++) {
        mhd->MHD_add_response_header(response, headers[i].name, headers[i].value);
    }
    if (status == 200) {
        mhd->MHD_add_response_header(response, "ETag", body->etag);
    }
    if (!same && n > 0) {
        mhd->MHD_add_response_header(response, "Content-Type", body->mime);
        if (packed) {
            mhd->MHD_add_response_header(response, "Content-Encoding", "gzip");
        }
    }
    if (body->location != NULL) {
        mhd->MHD_add_response_header(response, "Location", body->location);
    }
    if (body->disposition != NULL) {
        mhd->MHD_add_response_header(response, "Content-Disposition", body->disposition);
    }
    if (allow != NULL) {
        mhd->MHD_add_response_header(response, "Allow", allow);
    }
    if (status == 401) {
        mhd->MHD_add_response_header(response, "WWW-Authenticate", "Bearer realm=\"cpa\"");
    }
    if (exchange->cookie != NULL) {
        mhd->MHD_add_response_header(response, "Set-Cookie", exchange->cookie);
    }
    enum MHD_Result result =
        mhd->MHD_queue_response(exchange->connection, same ? 304 : status, response);
    mhd->MHD_destroy_response(response);
    return result;
}

static enum MHD_Result send_reply(Exchange *exchange, CpaWebReply *reply, const char *allow)
{
    g_autoptr(CpaWebBody) body = cpa_web_body_new(reply);
    return send_body(exchange, body, allow);
}

static const char *code_of(unsigned status)
{
    static const struct {
        unsigned status;
        const char *code;
    } codes[] = {{400, "USAGE"},  {401, "TOKEN"},     {403, "FORBIDDEN"}, {404, "NOT_FOUND"},
                 {405, "METHOD"}, {413, "TOO_LARGE"}, {414, "TOO_LARGE"}, {503, "BUSY"}};
    for (size_t i = 0; i < G_N_ELEMENTS(codes); i++) {
        if (codes[i].status == status) {
            return codes[i].code;
        }
    }
    return "INTERNAL";
}

static enum MHD_Result send_error(Exchange *exchange, unsigned status, const char *message,
                                  const char *allow)
{
    CpaWebReply reply = {0};
    cpa_web_reply_error(&reply, status, code_of(status), message);
    return send_reply(exchange, &reply, allow);
}

/* --- Who asks ---------------------------------------------------------------------------------- */

/* ?token= is traded for a cookie, so that the address bar, and what is copied from it, lose it. */
static enum MHD_Result trade_token(Exchange *exchange, const CpaWebQuery *query)
{
    CpaWebServer *server = exchange->server;
    CpaWebReply reply;
    cpa_web_reply_init(&reply);
    g_autoptr(GString) location = g_string_new(NULL);
    /* Two slashes in front would lead to another host. */
    g_string_append_uri_escaped(location, g_str_has_prefix(query->path, "//") ? "/" : query->path,
                                "/", TRUE);
    for (size_t i = 0; i < query->n_params; i++) {
        if (strcmp(query->params[i].name, "token") != 0) {
            g_string_append_c(location, strchr(location->str, '?') != NULL ? '&' : '?');
            g_string_append_uri_escaped(location, query->params[i].name, NULL, TRUE);
            g_string_append_c(location, '=');
            g_string_append_uri_escaped(location, query->params[i].value, NULL, TRUE);
        }
    }
    reply.status = 303;
    reply.location = g_strdup(location->str);
    g_autofree char *value = g_uri_escape_string(server->token, NULL, FALSE);
    exchange->cookie =
        g_strdup_printf("%s=%s; Path=/; HttpOnly; SameSite=Lax", server->cookie_name, value);
    return send_reply(exchange, &reply, NULL);
}

static bool knows_token(Exchange *exchange)
{
    CpaWebServer *server = exchange->server;
    const char *bearer = header_of(exchange, "Authorization");
    if (bearer != NULL && g_ascii_strncasecmp(bearer, "Bearer ", 7) == 0) {
        return cpa_web_token_equal(server->token, bearer + 7);
    }
    g_autofree char *cookie =
        cpa_web_cookie_get(header_of(exchange, "Cookie"), server->cookie_name);
    g_autofree char *value = cookie != NULL ? g_uri_unescape_string(cookie, NULL) : NULL;
    return value != NULL && cpa_web_token_equal(server->token, value);
}

static enum MHD_Result count_host(void *data, enum MHD_ValueKind kind, const char *key,
                                  const char *value)
{
    unsigned *n = data;
    (void)kind;
    (void)value;
    *n += g_ascii_strcasecmp(key, "Host") == 0;
    return MHD_YES;
}

/* Sends a refusal and sets *result, or returns whether to go on. */
static bool admit(Exchange *exchange, const CpaWebQuery *query, enum MHD_Result *result)
{
    CpaWebServer *server = exchange->server;
    const union MHD_ConnectionInfo *info = server->mhd->MHD_get_connection_info(
        exchange->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    if (server->is_local && (info == NULL || !cpa_web_peer_is_local(info->client_addr))) {
        *result = send_error(exchange, 403, "permission denied", NULL);
        return false;
    }
    unsigned n_hosts = 0;
    server->mhd->MHD_get_connection_values(exchange->connection, MHD_HEADER_KIND, count_host,
                                           &n_hosts);
    if (n_hosts > 1) {
        *result = send_error(exchange, 400, "the request has more than one Host header", NULL);
        return false;
    }
    if (!cpa_web_host_allowed(header_of(exchange, "Host"), server->address.host,
                              server->token != NULL)) {
        *result = send_error(exchange, 403,
                             "permission denied: the Host header does not name this server", NULL);
        return false;
    }
    if (server->token == NULL) {
        return true;
    }
    const char *token = cpa_web_query_get(query, "token");
    if (*token != '\0' && cpa_web_token_equal(server->token, token)) {
        *result = trade_token(exchange, query);
        return false;
    }
    if (*token != '\0' || !knows_token(exchange)) {
        *result =
            send_error(exchange, 401,
                       "a token is needed: open the address that cpa printed, with ?token=", NULL);
        return false;
    }
    return true;
}

/* --- Requests ---------------------------------------------------------------------------------- */

static void on_done(CpaWebBody *body, gpointer waiter)
{
    Exchange *exchange = waiter;
    exchange->body = body != NULL ? cpa_web_body_ref(body) : NULL;
    exchange->server->mhd->MHD_resume_connection(exchange->connection);
}

static enum MHD_Result answer_view(Exchange *exchange, const CpaWebRoute *route, CpaWebQuery *query)
{
    CpaWebServer *server = exchange->server;
    g_autoptr(CpaWebQuery) mine = query;
    g_autoptr(GError) error = NULL;
    const CpaOptions *start = cpa_web_start_options(server->web);
    g_autoptr(CpaOptions) options = cpa_web_query_options(mine, start, &error);
    if (options == NULL) {
        return send_error(exchange, 400, error->message, NULL);
    }
    g_autofree char *key = cpa_web_route_key(route, mine, options, start);
    g_autoptr(CpaWebBody) body = cpa_web_work_cached(server->work, key);
    if (body != NULL) {
        return send_body(exchange, body, NULL);
    }
    exchange->is_asked = true;
    server->mhd->MHD_suspend_connection(exchange->connection);
    if (!cpa_web_work_ask(server->work, route, g_steal_pointer(&mine), key, on_done, exchange)) {
        on_done(NULL, exchange);
    }
    return MHD_YES;
}

/* Here and now: what takes no time worth mentioning. */
static enum MHD_Result answer_now(Exchange *exchange, const CpaWebRoute *route,
                                  const CpaWebQuery *query)
{
    CpaWebServer *server = exchange->server;
    bool is_fixed = (route->flags & CPA_WEB_FIXED) != 0;
    g_autoptr(CpaWebBody) body = is_fixed ? cpa_web_work_cached(server->work, query->path) : NULL;
    if (body == NULL) {
        CpaWebRequest request = {.web = server->web, .query = query};
        CpaWebReply reply;
        cpa_web_reply_init(&reply);
        cpa_web_answer(route, &request, &reply);
        body = cpa_web_body_new(&reply);
        if (is_fixed && body->status == 200) {
            cpa_web_work_keep(server->work, query->path, body);
        }
    }
    return send_body(exchange, body, NULL);
}

static enum MHD_Result answer(Exchange *exchange, const char *method)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CpaWebQuery) query = cpa_web_query_new(exchange->uri, &error);
    enum MHD_Result result = MHD_NO;
    if (query == NULL) {
        bool is_long = g_error_matches(error, CPA_ERROR, CPA_ERROR_TOO_LARGE);
        return send_error(exchange, is_long ? 414 : 400, error->message, NULL);
    }
    if (!admit(exchange, query, &result)) {
        return result;
    }
    const CpaWebRoute *route = cpa_web_route_find(query->path);
    if (route == NULL) {
        return send_error(exchange, 404, "there is nothing at this address", NULL);
    }
    bool gets = cpa_web_route_allows(route, "GET");
    g_autofree char *allow = g_strconcat(route->methods, gets ? " HEAD OPTIONS" : " OPTIONS", NULL);
    g_strdelimit(allow, " ", ',');
    if (strcmp(method, "OPTIONS") == 0) {
        CpaWebReply reply;
        cpa_web_reply_init(&reply);
        reply.status = 204;
        return send_reply(exchange, &reply, allow);
    }
    if (!cpa_web_route_allows(route, method)) {
        return send_error(exchange, 405, "this address does not answer this method", allow);
    }
    /* Another site may not even make us compute: it cannot read the answer, but we would be busy. */
    if ((route->flags & (CPA_WEB_CHANGES | CPA_WEB_VIEW)) != 0 &&
        !cpa_web_origin_allowed(header_of(exchange, "Sec-Fetch-Site"),
                                header_of(exchange, "Origin"), header_of(exchange, "Host"))) {
        return send_error(exchange, 403, "permission denied: the request comes from another site",
                          NULL);
    }
    if ((route->flags & CPA_WEB_VIEW) != 0) {
        return answer_view(exchange, route, g_steal_pointer(&query));
    }
    return answer_now(exchange, route, query);
}

/* The first of the calls for a request, with its URI as sent. */
static void *on_uri(void *data, const char *uri, struct MHD_Connection *connection)
{
    Exchange *exchange = g_new0(Exchange, 1);
    exchange->server = data;
    exchange->connection = connection;
    exchange->uri = g_strdup(uri);
    return exchange;
}

static enum MHD_Result on_request(void *data, struct MHD_Connection *connection, const char *path,
                                  const char *method, const char *version, const char *upload,
                                  size_t *n_upload, void **context)
{
    (void)data;
    (void)connection;
    (void)path;
    (void)version;
    (void)upload;
    Exchange *exchange = *context;
    if (exchange == NULL) {
        return MHD_NO;
    }
    if (!exchange->is_begun) {
        exchange->is_begun = true;
        const char *length = header_of(exchange, "Content-Length");
        if (length != NULL && g_ascii_strtoull(length, NULL, 10) > UPLOAD_MAX) {
            return send_error(exchange, 413, "the request has a body that nobody reads", NULL);
        }
        return MHD_YES;
    }
    if (*n_upload > 0) {
        exchange->n_upload += *n_upload;
        *n_upload = 0;
        return exchange->n_upload <= UPLOAD_MAX ? MHD_YES : MHD_NO;
    }
    if (exchange->body != NULL) {
        return send_body(exchange, exchange->body, NULL);
    }
    if (exchange->is_asked) {
        return send_error(exchange, 503, "too much to do at the moment, try again", NULL);
    }
    mark(exchange, false);
    return answer(exchange, method);
}

static void on_completed(void *data, struct MHD_Connection *connection, void **context,
                         enum MHD_RequestTerminationCode code)
{
    (void)data;
    (void)connection;
    Exchange *exchange = *context;
    if (exchange != NULL) {
        if (code == MHD_REQUEST_TERMINATED_COMPLETED_OK) {
            mark(exchange, true);
        }
        cpa_web_body_unref(exchange->body);
        g_free(exchange->uri);
        g_free(exchange->cookie);
        g_free(exchange);
        *context = NULL;
    }
}

/* --- The server -------------------------------------------------------------------------------- */

/* As many files as the system lets us have, so that idle connections do not use them up. */
static unsigned raise_limit(void)
{
    struct rlimit limit = {.rlim_cur = 1024, .rlim_max = 1024};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        rlim_t want = MAX_CONNECTIONS + SPARE_FILES;
        limit.rlim_cur = limit.rlim_max == RLIM_INFINITY ? want : MIN(limit.rlim_max, want);
        setrlimit(RLIMIT_NOFILE, &limit);
        getrlimit(RLIMIT_NOFILE, &limit);
    }
    rlim_t files = limit.rlim_cur > 2 * SPARE_FILES ? limit.rlim_cur - SPARE_FILES : SPARE_FILES;
    return (unsigned)MIN(files, MAX_CONNECTIONS);
}

static char *make_token(void)
{
    GString *token = g_string_new(NULL);
    unsigned char bytes[16];
    if (getentropy(bytes, sizeof bytes) != 0) {
        for (size_t i = 0; i < sizeof bytes; i++) {
            bytes[i] = (unsigned char)g_random_int_range(0, 256);
        }
    }
    for (size_t i = 0; i < sizeof bytes; i++) {
        g_string_append_printf(token, "%02x", bytes[i]);
    }
    return g_string_free(token, FALSE);
}

static void on_warm(CpaWebBody *body, gpointer unused)
{
    (void)body;
    (void)unused;
}

/* The stacks that nearly every visit begins with are made while the browser is still starting. */
static void warm_up(CpaWebServer *server)
{
    g_autoptr(CpaWebQuery) query = cpa_web_query_new("/api/flamegraph?px=64", NULL);
    const CpaWebRoute *route = cpa_web_route_find(query->path);
    const CpaOptions *start = cpa_web_start_options(server->web);
    g_autofree char *key = cpa_web_route_key(route, query, start, start);
    cpa_web_work_ask(server->work, route, g_steal_pointer(&query), key, on_warm, NULL);
}

static bool start(CpaWebServer *server, GError **error)
{
    int fd = cpa_web_listen(&server->address, error);
    if (fd < 0) {
        return false;
    }
    server->max_connections = raise_limit();
    server->url = cpa_web_address_url(&server->address);
    server->cookie_name = g_strdup_printf("cpa_token_%d", server->address.port);
    server->work =
        cpa_web_work_new(server->web, MAX(MIN_WORKERS, g_get_num_processors()), CACHE_BYTES);
    server->daemon = server->mhd->MHD_start_daemon(
        MHD_USE_AUTO_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC, 0, NULL, NULL,
        on_request, server, MHD_OPTION_LISTEN_SOCKET, (MHD_socket)fd, MHD_OPTION_URI_LOG_CALLBACK,
        on_uri, server, MHD_OPTION_NOTIFY_COMPLETED, on_completed, server,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, server, MHD_OPTION_CONNECTION_LIMIT,
        server->max_connections, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)SILENCE_S,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)BUFFER_BYTES, MHD_OPTION_END);
    if (server->daemon == NULL) {
        close(fd);
        return cpa_error_set(error, CPA_ERROR_NETWORK, "-http: libmicrohttpd cannot serve %s",
                             server->url);
    }
    warm_up(server);
    return true;
}

CpaWebServer *cpa_web_server_new(CpaProfile *profile, const CpaOptions *options, GError **error)
{
    const CpaMhdLib *mhd = cpa_mhd_lib(error);
    if (mhd == NULL) {
        return NULL;
    }
    g_autoptr(CpaWebServer) server = g_new0(CpaWebServer, 1);
    server->mhd = mhd;
    g_mutex_init(&server->lock);
    g_queue_init(&server->connections);
    server->web = cpa_web_new(profile, options);
    if (!cpa_web_address_parse(&server->address, options->http, error)) {
        return NULL;
    }
    if (!isfinite(1 / options->divide_by)) {
        cpa_error_set(error, CPA_ERROR_USAGE,
                      "-divide_by=%g: quotients would not be numbers, there is nothing to show",
                      options->divide_by);
        return NULL;
    }
    server->is_local = cpa_web_host_is_local(server->address.host);
    if (options->http_token[0] != '\0') {
        server->token =
            strcmp(options->http_token, "auto") == 0 ? make_token() : g_strdup(options->http_token);
    }
    return start(server, error) ? g_steal_pointer(&server) : NULL;
}

const char *cpa_web_server_url(const CpaWebServer *server)
{
    return server->url;
}

const char *cpa_web_server_token(const CpaWebServer *server)
{
    return server->token;
}

bool cpa_web_server_is_local(const CpaWebServer *server)
{
    return server->is_local;
}

void cpa_web_server_run(CpaWebServer *server, int stop_fd)
{
    struct pollfd fds = {.fd = stop_fd, .events = POLLIN};
    for (;;) {
        int n = poll(&fds, 1, SWEEP_MS);
        if (n > 0) {
            break;
        }
        sweep(server);
    }
}

void cpa_web_server_free(CpaWebServer *server)
{
    if (server == NULL) {
        return;
    }
    /* Those who wait for workers are told first: a suspended connection cannot be closed. */
    if (server->daemon != NULL) {
        MHD_socket fd = server->mhd->MHD_quiesce_daemon(server->daemon);
        if (fd != MHD_INVALID_SOCKET) {
            close(fd);
        }
    }
    if (server->work != NULL) {
        cpa_web_work_stop(server->work);
    }
    if (server->daemon != NULL) {
        server->mhd->MHD_stop_daemon(server->daemon);
    }
    if (server->work != NULL) {
        cpa_web_work_free(server->work, STOP_WAIT_US);
    }
    cpa_web_address_clear(&server->address);
    g_free(server->url);
    g_free(server->token);
    g_free(server->cookie_name);
    cpa_web_unref(server->web);
    g_mutex_clear(&server->lock);
    g_free(server);
}

#else

CpaWebServer *cpa_web_server_new(CpaProfile *profile, const CpaOptions *options, GError **error)
{
    (void)profile;
    (void)options;
    cpa_error_set(error, CPA_ERROR_UNSUPPORTED,
                  "-http: this cpa was built without libmicrohttpd; name a report instead");
    return NULL;
}

const char *cpa_web_server_url(const CpaWebServer *server)
{
    (void)server;
    return "";
}

const char *cpa_web_server_token(const CpaWebServer *server)
{
    (void)server;
    return NULL;
}

bool cpa_web_server_is_local(const CpaWebServer *server)
{
    (void)server;
    return true;
}

void cpa_web_server_run(CpaWebServer *server, int stop_fd)
{
    (void)server;
    (void)stop_fd;
}

void cpa_web_server_free(CpaWebServer *server)
{
    (void)server;
}

#endif
