/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which frames of a view a pivot, a search or a name means.
 *
 *     name      "main.f src/a.go:12"   as shown, by granularity
 *     function  "main.f"               what pprof's pages put into p, as ^main\.f$
 *     place     "main.f:12"            the same where granularity has lines
 *     file      "src/a.go"
 */
#pragma once

#include "web/stackview.h"

/**
 * cpa_web_frames_matching:
 * @pattern: a regexp, not trusted
 * @what:    it is called in messages
 *
 * A frame matches by any of its texts above. pprof tells functions of one name apart by "#ID"
 * behind it; where nothing matches, that is left out.
 *
 * Cost:    a match per frame, and one per distinct function and file
 * Errors:  USAGE, TOO_LARGE
 * Source:  pprof html/stacks.js urlPivots; differs: all functions of that name, not the first
 * Returns: (transfer full): [n_frames] 1 where a frame matches; %NULL with @error set
 */
uint8_t *cpa_web_frames_matching(const CpaWebStacks *stacks, const char *pattern, const char *what,
                                 GError **error);

/**
 * cpa_web_frames_named:
 * @name: as answers have it: U+FFFD stands for NUL and bytes that are not UTF-8
 *
 * Returns: (transfer full): [n_frames] 1 for those with exactly that name; %NULL with @error set
 */
uint8_t *cpa_web_frames_named(const CpaWebStacks *stacks, const char *name, GError **error);
