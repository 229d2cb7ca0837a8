/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Split DWARF: a skeleton unit in the program names a .dwo file that has the rest, or a .dwp file
 * beside the program has it, among those of all other units.
 */
#pragma once

#include "symbol/dwfile.h"

typedef struct CpaDwSplit CpaDwSplit;

/**
 * cpa_dw_split_new:
 * @path:  of the program: PATH.dwp is looked for
 * @notes: gets lines about what is missing; ends with NULL
 */
CpaDwSplit *cpa_dw_split_new(const char *path, GPtrArray *notes);
void cpa_dw_split_free(CpaDwSplit *split);

/**
 * cpa_dw_split_find:
 * @skeleton: read, with a dwo_name
 *
 * Opens the file that is needed; it stays open, in memory.
 * Returns: (nullable): the unit with the entries
 */
CpaDwUnit *cpa_dw_split_find(CpaDwSplit *split, CpaDwUnit *skeleton);

/** cpa_note: adds a line to @notes, before the NULL that ends it, unless there are many */
void cpa_note(GPtrArray *notes, const char *format, ...) G_GNUC_PRINTF(2, 3);
