/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prefixes of source file names that reports leave out and that the search for sources does
 * without.
 */
#pragma once

#include <glib.h>
#include <stddef.h>

typedef struct CpaPathTrimmer CpaPathTrimmer;

/**
 * cpa_path_trimmer_new:
 * @trim_path:   prefixes to cut, separated by colons
 * @source_path: without @trim_path: everything up to the name of one of these directories is cut
 *
 * Source:  pprof internal/report/source.go trimPath
 * Returns: (transfer full)
 */
CpaPathTrimmer *cpa_path_trimmer_new(const char *trim_path, const char *source_path);
void cpa_path_trimmer_free(CpaPathTrimmer *trimmer);

/** cpa_path_trimmer_cut: Returns: how many bytes at the start of @path are cut, or 0 */
size_t cpa_path_trimmer_cut(const CpaPathTrimmer *trimmer, const char *path);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaPathTrimmer, cpa_path_trimmer_free)
