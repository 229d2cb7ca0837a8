/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Splitting a loop over many items among the processors. Results must not depend on how the
 * items are split: workers sum integers into columns of their own, which are added up afterwards.
 */
#pragma once

#include <glib.h>
#include <stddef.h>

/* Works on items first .. last - 1 as worker number @worker. */
typedef void (*CpaWorker)(unsigned worker, size_t first, size_t last, gpointer data);

/**
 * cpa_parallel_workers:
 * @cost:       about how many elementary steps there are in all
 * @max_useful: upper limit, for example because of memory; at least 1
 *
 * Returns: how many workers the loop should have: 1 for short loops
 */
unsigned cpa_parallel_workers(size_t cost, unsigned max_useful);

/** cpa_parallel_run: splits @n items among @n_workers threads and waits for all of them */
void cpa_parallel_run(unsigned n_workers, size_t n, CpaWorker work, gpointer data);
