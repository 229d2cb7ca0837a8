/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers kept on disk by build id, for binaries that take time: one file each, replaced as a
 * whole. Files that are damaged are ignored; the oldest go when there are too many bytes.
 */
#pragma once

#include "symbol/answers.h"

/** cpa_symcache_dir: @option: as -symbol_cache. Returns: (transfer full) (nullable): the folder */
char *cpa_symcache_dir(const char *option);

/** cpa_symcache_load: @answers: initialised. Returns: whether there was a good file */
bool cpa_symcache_load(const char *dir, const char *key, CpaAnswers *answers);

/** cpa_symcache_store: failing is silent: it is a cache */
void cpa_symcache_store(const char *dir, const char *key, const CpaAnswers *answers);
