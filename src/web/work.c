/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One lock over the queue and the table of jobs:
 *
 *     jobs    key -> job, from the first request until its answer is in the cache
 *     queue   jobs that no worker has begun
 *
 * An answer enters the cache before its job leaves the table, under the lock, so that no request
 * misses both.
 */
#include "web/work.h"

#define QUEUE_MAX 512

typedef struct {
    CpaWebDone done;
    gpointer waiter;
} Waiter;

typedef struct {
    char *key;
    const CpaWebRoute *route;
    CpaWebQuery *query;
    GArray *waiters; /* of Waiter */
} Job;

struct CpaWebWork {
    GMutex lock;
    GCond changed;
    GHashTable *jobs; /* key -> Job */
    GQueue queue;
    CpaWebCache *cache;
    CpaWeb *web;
    GThread **threads;
    unsigned n_threads;
    unsigned n_alive;
    bool stopping;
};

static gpointer ref_body(gpointer body)
{
    return cpa_web_body_ref(body);
}

static void unref_body(gpointer body)
{
    cpa_web_body_unref(body);
}

static void job_free(gpointer data)
{
    Job *job = data;
    g_free(job->key);
    cpa_web_query_free(job->query);
    g_array_unref(job->waiters);
    g_free(job);
}

static void tell(const Job *job, CpaWebBody *body)
{
    for (guint i = 0; i < job->waiters->len; i++) {
        const Waiter *waiter = &g_array_index(job->waiters, Waiter, i);
        waiter->done(body, waiter->waiter);
    }
}

static CpaWebBody *compute(CpaWebWork *work, const Job *job)
{
    CpaWebRequest request = {.web = work->web, .query = job->query};
    CpaWebReply reply;
    cpa_web_reply_init(&reply);
    cpa_web_answer(job->route, &request, &reply);
    return cpa_web_body_new(&reply);
}

static gpointer run(gpointer data)
{
    CpaWebWork *work = data;
    g_mutex_lock(&work->lock);
    while (!work->stopping) {
        Job *job = g_queue_pop_head(&work->queue);
        if (job == NULL) {
            g_cond_wait(&work->changed, &work->lock);
            continue;
        }
        g_mutex_unlock(&work->lock);
        g_autoptr(CpaWebBody) body = compute(work, job);
        g_mutex_lock(&work->lock);
        if (body->status < 500 && (job->route->flags & CPA_WEB_FILES) == 0) {
            cpa_web_cache_put(work->cache, job->key, body, cpa_web_body_size(body));
        }
        if (work->stopping) {
            job_free(job); /* its waiters know, and it is in the table no more */
            break;
        }
        g_hash_table_steal(work->jobs, job->key);
        tell(job, body);
        job_free(job);
    }
    work->n_alive--;
    g_cond_broadcast(&work->changed);
    g_mutex_unlock(&work->lock);
    return NULL;
}

CpaWebWork *cpa_web_work_new(CpaWeb *web, unsigned n_threads, size_t cache_bytes)
{
    CpaWebWork *work = g_new0(CpaWebWork, 1);
    g_mutex_init(&work->lock);
    g_cond_init(&work->changed);
    g_queue_init(&work->queue);
    work->jobs = g_hash_table_new(g_str_hash, g_str_equal);
    work->cache = cpa_web_cache_new(cache_bytes, ref_body, unref_body);
    work->web = cpa_web_ref(web);
    work->threads = g_new0(GThread *, n_threads);
    work->n_threads = n_threads;
    work->n_alive = n_threads;
    for (unsigned i = 0; i < n_threads; i++) {
        work->threads[i] = g_thread_new("cpa-web", run, work);
    }
    return work;
}

CpaWebBody *cpa_web_work_cached(CpaWebWork *work, const char *key)
{
    return cpa_web_cache_get(work->cache, key);
}

void cpa_web_work_keep(CpaWebWork *work, const char *key, CpaWebBody *body)
{
    cpa_web_cache_put(work->cache, key, body, cpa_web_body_size(body));
}

bool cpa_web_work_ask(CpaWebWork *work, const CpaWebRoute *route, CpaWebQuery *query,
                      const char *key, CpaWebDone done, gpointer waiter_data)
{
    Waiter waiter = {.done = done, .waiter = waiter_data};
    g_mutex_lock(&work->lock);
    g_autoptr(CpaWebBody) body = cpa_web_cache_get(work->cache, key);
    Job *job = g_hash_table_lookup(work->jobs, key);
    bool ok = true;
    if (body != NULL || work->stopping) {
        done(body, waiter_data);
        cpa_web_query_free(query);
    } else if (job != NULL) {
        g_array_append_val(job->waiters, waiter);
        cpa_web_query_free(query);
    } else if (work->queue.length >= QUEUE_MAX) {
        cpa_web_query_free(query);
        ok = false;
    } else {
        job = g_new0(Job, 1);
        job->key = g_strdup(key);
        job->route = route;
        job->query = query;
        job->waiters = g_array_new(FALSE, FALSE, sizeof(Waiter));
        g_array_append_val(job->waiters, waiter);
        g_hash_table_insert(work->jobs, job->key, job);
        g_queue_push_tail(&work->queue, job);
        g_cond_signal(&work->changed);
    }
    g_mutex_unlock(&work->lock);
    return ok;
}

void cpa_web_work_stop(CpaWebWork *work)
{
    g_mutex_lock(&work->lock);
    work->stopping = true;
    GHashTableIter iter;
    gpointer job = NULL;
    g_hash_table_iter_init(&iter, work->jobs);
    while (g_hash_table_iter_next(&iter, NULL, &job)) {
        tell(job, NULL);
    }
    g_hash_table_remove_all(work->jobs);
    while ((job = g_queue_pop_head(&work->queue)) != NULL) {
        job_free(job);
    }
    g_cond_broadcast(&work->changed);
    g_mutex_unlock(&work->lock);
}

void cpa_web_work_free(CpaWebWork *work, gint64 wait_us)
{
    gint64 deadline = g_get_monotonic_time() + wait_us;
    g_mutex_lock(&work->lock);
    while (work->n_alive > 0 && g_cond_wait_until(&work->changed, &work->lock, deadline)) {
    }
    bool all_ended = work->n_alive == 0;
    g_mutex_unlock(&work->lock);
    if (!all_ended) {
        return;
    }
    for (unsigned i = 0; i < work->n_threads; i++) {
        g_thread_join(work->threads[i]);
    }
    g_free(work->threads);
    g_hash_table_unref(work->jobs);
    cpa_web_cache_free(work->cache);
    cpa_web_unref(work->web);
    g_cond_clear(&work->changed);
    g_mutex_clear(&work->lock);
    g_free(work);
}
