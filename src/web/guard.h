/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may ask: pure rules about hosts, peers, origins and tokens.
 *
 *     peer    a server on a local host answers local clients only
 *     host    a page of another site that points its own name here (DNS rebinding) is refused
 *     origin  what changes state must come from our own pages, or from no browser at all
 *     token   whoever has it may read; without one everybody who passes the rules above
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

struct sockaddr;

/** cpa_web_host_is_local: Returns: whether the name is one of this machine's loopback names */
bool cpa_web_host_is_local(const char *host);

/** cpa_web_peer_is_local: Returns: whether the address is of the loopback net; NULL is not */
bool cpa_web_peer_is_local(const struct sockaddr *address);

/**
 * cpa_web_host_allowed:
 * @header: (nullable): the Host header: "name", "name:port", "[address]:port"
 * @host:   what the server was told to listen on
 * @is_open: a token protects the server, so that it may be reached by any name
 *
 * Local servers allow loopback names only; others also addresses, @host and this machine's name.
 */
bool cpa_web_host_allowed(const char *header, const char *host, bool is_open);

/**
 * cpa_web_origin_allowed:
 * @site:   (nullable): Sec-Fetch-Site
 * @origin: (nullable): Origin
 * @host:   (nullable): Host
 *
 * Returns: whether a request that changes state comes from our own pages or from no browser
 */
bool cpa_web_origin_allowed(const char *site, const char *origin, const char *host);

/** cpa_web_token_equal: in time that depends on the length of @given alone */
bool cpa_web_token_equal(const char *token, const char *given);

/** cpa_web_cookie_get: Returns: (transfer full): (nullable): the value in a Cookie header */
char *cpa_web_cookie_get(const char *header, const char *name);
