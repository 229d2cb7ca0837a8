/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asking the profiled program itself for names: what is sent to /symbolz or /debug/pprof/symbol,
 * and what comes back. Sending is somebody else's.
 *
 *     POST http://host/debug/pprof/symbol     0x401000+0x401a30
 *     num_symbols: 1
 *     0x401000 main.work
 */
#pragma once

#include "base/error.h"
#include "profile/profile.h"

/**
 * cpa_symbolz_url:
 * @source: where the profile came from
 *
 * Source:  pprof symbolz.go symbolz
 * Returns: (transfer full) (nullable): where to ask, %NULL where @source is no URL with a host
 */
char *cpa_symbolz_url(const char *source);

/**
 * cpa_symbolz_request:
 * @mapping: index
 * @offset:  added to addresses, which merging may have moved
 *
 * Returns: (transfer full) (nullable): the body, "0x1+0x2+..."; %NULL where there is nothing to
 *          ask, or with @error where an address overflows
 */
char *cpa_symbolz_request(const CpaProfile *profile, uint32_t mapping, int64_t offset,
                          GError **error);

/**
 * cpa_symbolz_apply:
 * @answer: [n] tainted
 *
 * Names the locations of the mapping that the answer is about.
 * Source:  pprof symbolz.go symbolizeMapping
 * Returns: %false with @error: an address that does not fit into 64 bits
 */
bool cpa_symbolz_apply(CpaProfile *profile, uint32_t mapping, int64_t offset, const char *answer,
                       size_t n, GError **error);
