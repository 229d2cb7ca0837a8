/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The HTTP server: sockets and headers around the routes.
 *
 *     one thread of libmicrohttpd      reads, checks who asks, sends
 *     workers (web/work.h)             compute what takes time
 *     whoever calls _run()             waits for the end, shuts out connections that hang
 */
#pragma once

#include "web/web.h"

typedef struct CpaWebServer CpaWebServer;

/**
 * cpa_web_server_new:
 * @options: uses http and http_token; all are what requests start from
 *
 * Listens; answers from now on.
 *
 * Errors:  USAGE, NETWORK, UNSUPPORTED (built without libmicrohttpd, or it is not installed)
 * Returns: (transfer full): the server, or %NULL with @error set
 */
CpaWebServer *cpa_web_server_new(CpaProfile *profile, const CpaOptions *options, GError **error);

/** cpa_web_server_url: Returns: where it listens: "http://localhost:8080" */
const char *cpa_web_server_url(const CpaWebServer *server);

/**
 * cpa_web_server_token:
 *
 * Returns: (nullable): what a client must know; made up where the option says auto
 */
const char *cpa_web_server_token(const CpaWebServer *server);

/** cpa_web_server_is_local: Returns: whether only this machine reaches it */
bool cpa_web_server_is_local(const CpaWebServer *server);

/**
 * cpa_web_server_run:
 * @stop_fd: becomes readable when the server is to stop
 */
void cpa_web_server_run(CpaWebServer *server, int stop_fd);

/**
 * cpa_web_server_free:
 *
 * Ends all connections, within half a second whatever they are doing.
 */
void cpa_web_server_free(CpaWebServer *server);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaWebServer, cpa_web_server_free)
