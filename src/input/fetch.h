/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP: bytes from servers, several at a time, bounded in size and time.
 *
 *     CpaFetch fetch = {.url = url, .timeout_ms = 10000};
 *     cpa_fetch_all(&fetch, 1, &settings, NULL, NULL);
 *     fetch.bytes or fetch.error; then cpa_fetch_clear(&fetch)
 *
 * Redirects are followed ten times at most, to http and https only; headers, certificates and
 * credentials do not leave the origin that they were meant for. An answer that is packed for
 * transport is unpacked, and counted unpacked.
 */
#pragma once

#include "input/url.h"

#include <stddef.h>
#include <stdint.h>

typedef struct {
    const char *tls_cert;     /* file with the client's certificate, or "" */
    const char *tls_key;      /* and its key */
    const char *tls_ca;       /* the only authorities to trust, or "" for those of the system */
    const GPtrArray *headers; /* of char*: "Name: value"; or NULL */
    uint64_t max_size;        /* bytes of all answers that are held at a time; 0: 4 GiB */
} CpaFetchSettings;

typedef struct {
    CpaUrl *url;      /* borrowed */
    const char *body; /* not NULL: POST this, n_body bytes */
    size_t n_body;
    const char *content_type; /* of the body, or NULL */
    int64_t timeout_ms;       /* > 0, for everything: connecting, redirects, the answer */

    /* What came of it: one of the two. */
    GBytes *bytes;
    GError *error;
} CpaFetch;

/* How far a call is, every fifth of a second. */
typedef struct {
    size_t n; /* requests */
    size_t n_done;
    uint64_t n_bytes; /* received so far */
    int seconds_left; /* until the servers have collected what they were asked for; -1: unknown */
} CpaFetchProgress;

typedef void (*CpaFetchWatch)(const CpaFetchProgress *progress, gpointer data);

/**
 * cpa_fetch_all:
 * @fetches: [n] outcomes are filled in; bytes and error must be %NULL
 * @watch:   (nullable): told about the progress
 *
 * Runs all requests, up to 128 at a time, and returns when the last one ends. May be called from
 * several threads.
 *
 * Errors:  each request has its own: NETWORK, TOO_LARGE, USAGE (a certificate, a header),
 *          UNSUPPORTED (no libcurl)
 * Source:  pprof driver fetchURL, statusCodeError, transport.go; differs: the message of any
 *          server is shown, not only of Go's
 */
void cpa_fetch_all(CpaFetch *fetches, size_t n, const CpaFetchSettings *settings,
                   CpaFetchWatch watch, gpointer data);

/** cpa_fetch_timeout_ms: @seconds: of collecting. Returns: by pprof's rule; @timeout < 1: none */
int64_t cpa_fetch_timeout_ms(int timeout, int seconds);

/** cpa_fetch_clear: frees what came of it */
void cpa_fetch_clear(CpaFetch *fetch);
