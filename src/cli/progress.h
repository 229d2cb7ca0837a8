/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line on the terminal that says how far fetching is. Nothing where standard error is no
 * terminal.
 *
 *     Fetching: 23 s left, 1 of 3 profiles, 1.2MB
 */
#pragma once

#include "input/fetch.h"

/** cpa_progress_show: @progress: %NULL takes the line away. A CpaFetchWatch */
void cpa_progress_show(const CpaFetchProgress *progress, gpointer unused);

/**
 * cpa_progress_symbols:
 * @n_done: of @n addresses; @n 0 takes the line away
 *
 * The same while names are looked up, from the second second on.
 */
void cpa_progress_symbols(size_t n_done, size_t n, gpointer unused);
