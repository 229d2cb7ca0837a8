/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which addresses an entry of DWARF is about: low_pc and high_pc, or a list of ranges.
 */
#pragma once

#include "symbol/dwfile.h"

/* What an entry says; filled while its values are read. */
typedef struct {
    CpaDwValue low_pc;
    CpaDwValue high_pc;
    CpaDwValue ranges;
} CpaDwExtent;

/** cpa_dw_extent_take: keeps the value if it is one of the three attributes */
void cpa_dw_extent_take(CpaDwExtent *extent, unsigned name, const CpaDwValue *value);

/**
 * cpa_dw_extent_read:
 * @c: behind the abbreviation code; ends up behind all values
 *
 * Reads where an entry is, and moves past the rest of it.
 */
void cpa_dw_extent_read(CpaDwUnit *unit, CpaDwCursor *c, const CpaDwAbbrevs *abbrevs,
                        const CpaDwAbbrev *abbrev, CpaDwExtent *extent);

/**
 * cpa_dw_ranges:
 * @each: called with each range, low < high
 *
 * Cost:    bounded by the section, and by @budget ranges, which is counted down
 */
void cpa_dw_ranges(CpaDwUnit *unit, const CpaDwExtent *extent, uint64_t *budget,
                   void (*each)(uint64_t low, uint64_t high, gpointer data), gpointer data);
