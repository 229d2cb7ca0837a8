/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From places that matter to the code around them: part of annotate.c.
 */
#pragma once

#include "report/annwork.h"

/**
 * cpa_ann_read_code:
 * @m: places, interest and weights of places are known
 *
 * Fills the instructions, entries, files and calls. Places without a binary, or whose code cannot be
 * read, become an instruction without text each.
 *
 * Cost: O(places * ranges + instructions log places), 25 ranges at most
 */
void cpa_ann_read_code(CpaAnnWork *m);
