/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A route: what the server answers to a path. Rows are in routes.def; a handler turns a request
 * into a reply and knows nothing of sockets, so that tests and fuzzers call it, too.
 *
 * Handlers run in several threads at once. What they share is behind CpaWeb and does not change,
 * or locks itself.
 */
#pragma once

#include "base/error.h"
#include "profile/profile.h"
#include "web/query.h"

typedef struct CpaWeb CpaWeb;

typedef enum {
    CPA_WEB_VIEW = 1 << 0,     /* depends on options; computed by a worker and kept */
    CPA_WEB_SETTINGS = 1 << 1, /* depends on saved settings and the query as it is */
    CPA_WEB_CHANGES = 1 << 2,  /* changes something outside of the server */
    CPA_WEB_FIXED = 1 << 3,    /* depends on the path alone; kept */
    CPA_WEB_FILES = 1 << 4,    /* depends on files that may change; not kept */
} CpaWebFlags;

typedef struct {
    CpaWeb *web;
    const CpaWebQuery *query;
    const CpaOptions *options; /* NULL unless CPA_WEB_VIEW */
    bool all_types;            /* sample_index was "all"; in options it is the default */
} CpaWebRequest;

/* What is sent. Handlers append to the body; the rest has defaults. */
typedef struct {
    unsigned status;   /* 0 is 200 */
    const char *mime;  /* NULL is JSON */
    GString *body;     /* never NULL */
    char *location;    /* of a redirect, or NULL */
    char *disposition; /* Content-Disposition, or NULL */
} CpaWebReply;

typedef struct {
    const char *path;
    const char *methods;
    unsigned flags;
    const char *params;
    /* Errors: any; the server turns the code into a status, NO_SAMPLES into an answer of its own. */
    bool (*handle)(const CpaWebRequest *request, CpaWebReply *reply, GError **error);
} CpaWebRoute;

/** cpa_web_routes: @n: (out). Returns: all rows, in the order of routes.def */
const CpaWebRoute *cpa_web_routes(size_t *n);

/** cpa_web_route_find: Returns: the row that answers this path, or %NULL */
const CpaWebRoute *cpa_web_route_find(const char *path);

/** cpa_web_route_allows: Returns: whether the method is among the row's; GET includes HEAD */
bool cpa_web_route_allows(const CpaWebRoute *route, const char *method);

/**
 * cpa_web_answer:
 * @request: its options are filled in by this function
 *
 * Runs the handler of a route and turns a failure into an answer: {"error": ..., "code": ...}.
 */
void cpa_web_answer(const CpaWebRoute *route, CpaWebRequest *request, CpaWebReply *reply);

/** cpa_web_route_key: Returns: (transfer full): what all that the answer depends on is in */
char *cpa_web_route_key(const CpaWebRoute *route, const CpaWebQuery *query,
                        const CpaOptions *options, const CpaOptions *start);

/** cpa_web_reply_error: replaces the body by {"error": @message, "code": ..., "status": ...} */
void cpa_web_reply_error(CpaWebReply *reply, unsigned status, const char *code,
                         const char *message);

void cpa_web_reply_init(CpaWebReply *reply);
void cpa_web_reply_clear(CpaWebReply *reply);
