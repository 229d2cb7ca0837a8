/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From entries to lines and blocks of lines, with their weights: part of annotate.c.
 */
#pragma once

#include "report/annwork.h"

/**
 * cpa_ann_make_blocks:
 * @m: entries are known; they are sorted
 *
 * Fills functions, lines and code of the listing. With -nodecount=N, functions are those of the N
 * files with the largest flat.
 *
 * Holds: a sample counts once per instruction, line and function (pprof_compat: sums)
 * Cost:  O(entries log entries + frames)
 */
void cpa_ann_make_blocks(CpaAnnWork *m);
