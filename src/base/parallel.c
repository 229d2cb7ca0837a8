/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One thread per further worker; the caller is worker 0.
 */
#include "base/parallel.h"

/* A thread pays for its start from about this many steps on. */
#define MIN_COST_PER_WORKER ((size_t)1000000)
#define MAX_WORKERS         16

unsigned cpa_parallel_workers(size_t cost, unsigned max_useful)
{
    size_t by_cost = cost / MIN_COST_PER_WORKER;
    unsigned n = MIN(g_get_num_processors(), MAX_WORKERS);
    n = MIN(n, max_useful);
    return (unsigned)CLAMP(by_cost, 1, (size_t)MAX(n, 1));
}

typedef struct {
    unsigned worker;
    size_t first;
    size_t last;
    CpaWorker work;
    gpointer data;
} Share;

static gpointer run_share(gpointer data)
{
    const Share *share = data;
    share->work(share->worker, share->first, share->last, share->data);
    return NULL;
}

void cpa_parallel_run(unsigned n_workers, size_t n, CpaWorker work, gpointer data)
{
    Share shares[MAX_WORKERS];
    GThread *threads[MAX_WORKERS];
    g_assert(n_workers >= 1 && n_workers <= MAX_WORKERS);
    for (unsigned i = 0; i < n_workers; i++) {
        shares[i] = (Share){
            .worker = i,
            .first = n / n_workers * i,
            .last = i + 1 == n_workers ? n : n / n_workers * (i + 1),
            .work = work,
            .data = data,
        };
        threads[i] = i > 0 ? g_thread_try_new("worker", run_share, &shares[i], NULL) : NULL;
    }
    run_share(&shares[0]);
    for (unsigned i = 1; i < n_workers; i++) {
        if (threads[i] != NULL) {
            g_thread_join(threads[i]);
        } else {
            run_share(&shares[i]); /* no thread could be had */
        }
    }
}
