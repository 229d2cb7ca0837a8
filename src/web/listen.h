/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From "-http=[host]:[port]" to a socket.
 */
#pragma once

#include "base/error.h"

typedef struct {
    char *host; /* as given, without brackets; "localhost" if none was */
    int port;   /* 0 until a socket has one */
} CpaWebAddress;

/**
 * cpa_web_address_parse:
 *
 * Errors:  USAGE
 * Source:  pprof driver getHostAndPort, Go net.SplitHostPort (messages)
 */
bool cpa_web_address_parse(CpaWebAddress *address, const char *text, GError **error);
void cpa_web_address_clear(CpaWebAddress *address);

/**
 * cpa_web_listen:
 *
 * Opens the first address of the host that can be listened on, IPv4 before IPv6, and fills in the
 * port where it was 0.
 *
 * Errors:  NETWORK
 * Returns: a socket, close-on-exec, not blocking; or -1
 */
int cpa_web_listen(CpaWebAddress *address, GError **error);

/** cpa_web_address_url: Returns: (transfer full): "http://host:port" */
char *cpa_web_address_url(const CpaWebAddress *address);
