/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the files of a profile's mappings are on this machine: PPROF_BINARY_PATH.
 */
#pragma once

#include "profile/builder.h"

/**
 * cpa_locate_binaries:
 * @path:    folders to look in, joined by ':'; %NULL: PPROF_BINARY_PATH, or ~/pprof/binaries
 * @warn:    (nullable): told about files with another build id
 * @explain: (nullable): told about every path tried
 *
 * Mappings whose file is found there, under one of the names that pprof, perf, gdb and LLVM use,
 * get that path.
 * Source:  pprof driver locateBinaries
 */
void cpa_locate_binaries(CpaBuilder *b, const char *path,
                         void (*warn)(const char *message, gpointer data),
                         void (*explain)(const char *message, gpointer data), gpointer data);
