/* SPDX-License-Identifier: Apache-2.0 */
/*
 * perf-PID.map: where a program that makes code at run time (Node, Java, .NET, ...) has put which
 * function, one per line.
 *
 *     7f2b9c001000 1a0 LazyCompile:~handler /srv/app.js:12
 *
 * Source: Linux, tools/perf/Documentation/jit-interface.txt
 */
#pragma once

#include "symbol/object.h"

typedef struct CpaPerfMap CpaPerfMap;

/** cpa_perfmap_is: Returns: whether the file is called perf-NUMBER.map */
bool cpa_perfmap_is(const char *path);

/**
 * cpa_perfmap_read:
 *
 * Lines that say nothing are passed over; of functions at one address the last one counts, since
 * code is replaced.
 * Errors:  IO, TOO_LARGE, MALFORMED where no line can be read
 * Returns: (transfer full)
 */
CpaPerfMap *cpa_perfmap_read(const char *path, GError **error);

/** cpa_perfmap_parse: @bytes: (transfer full): g_malloc'ed. Returns: as above */
CpaPerfMap *cpa_perfmap_parse(const char *name, char *bytes, size_t size, GError **error);
void cpa_perfmap_free(CpaPerfMap *map);

/** cpa_perfmap_frames: see cpa_object_frames(); addresses are those of the process */
void cpa_perfmap_frames(CpaPerfMap *map, const uint64_t *addresses, size_t n, CpaFrameFunc each,
                        gpointer data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaPerfMap, cpa_perfmap_free)
