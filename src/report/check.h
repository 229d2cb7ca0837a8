/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files, whether they are profiles: the format, what a profile holds, what it lacks.
 */
#pragma once

#include "report/run.h"

/**
 * cpa_check:
 * @sources: (array length=n): files, "-", URLs
 * @options: those of the group SOURCE; -format=json for programs (doc/json.md)
 *
 * Reads each source on its own and writes what it is. What is no profile is not an error here, but
 * reported like the others.
 *
 * Errors:  USAGE
 * Returns: %true; @n_invalid says how many are none
 */
bool cpa_check(const char *const *sources, size_t n, const CpaOptions *options, const CpaUi *ui,
               CpaSink *sink, size_t *n_invalid, GError **error);

/** cpa_check_memory: the same for one source in memory. Returns: whether it is valid */
bool cpa_check_memory(const char *name, const void *bytes, size_t n, uint64_t max_size, bool json,
                      CpaSink *sink);
