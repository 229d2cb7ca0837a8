/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Workers: threads that compute answers while the thread of the sockets goes on serving. Equal
 * requests are computed once, however many ask at the same time; answers are kept in a cache.
 */
#pragma once

#include "web/body.h"
#include "web/cache.h"
#include "web/web.h"

typedef struct CpaWebWork CpaWebWork;

/* Told once, by a worker: @body is borrowed, or NULL when the server stops before it is there. */
typedef void (*CpaWebDone)(CpaWebBody *body, gpointer waiter);

CpaWebWork *cpa_web_work_new(CpaWeb *web, unsigned n_threads, size_t cache_bytes);

/** cpa_web_work_cached: Returns: (transfer full): (nullable): the answer if it is there */
CpaWebBody *cpa_web_work_cached(CpaWebWork *work, const char *key);

/** cpa_web_work_keep: @body: what requests of this key get from now on */
void cpa_web_work_keep(CpaWebWork *work, const char *key, CpaWebBody *body);

/**
 * cpa_web_work_ask:
 * @query: (transfer full)
 *
 * Has the answer made, unless another request has asked for it already.
 *
 * Returns: %false when too much waits already; @done will not be called then
 */
bool cpa_web_work_ask(CpaWebWork *work, const CpaWebRoute *route, CpaWebQuery *query,
                      const char *key, CpaWebDone done, gpointer waiter);

/** cpa_web_work_stop: tells all who wait, and all who ask from now on, that nothing comes */
void cpa_web_work_stop(CpaWebWork *work);

/**
 * cpa_web_work_free:
 * @wait_us: how long a computation may go on
 *
 * After cpa_web_work_stop(), when nobody asks any more. A computation that takes longer keeps what
 * it needs and ends with the process.
 */
void cpa_web_work_free(CpaWebWork *work, gint64 wait_us);
