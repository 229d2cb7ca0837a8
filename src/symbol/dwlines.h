/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The line table of one unit: which file and line an address belongs to.
 *
 *     sequences  [low, high) of addresses, by high; each has rows with ascending addresses
 *     files      their paths are put together when they are asked for
 *
 * Source: DWARF 5, section 6.2
 */
#pragma once

#include "symbol/dwfile.h"

typedef struct CpaDwLines CpaDwLines;

/**
 * cpa_dw_lines_refill:
 *
 * Before a question about many addresses. Units of a real program have a line table each; those of
 * a hostile one may share a long one, which would be read for each of them.
 */
void cpa_dw_lines_refill(CpaDwFile *file);

/** cpa_dw_lines_spent: Returns: whether units have no rows since the last refill, for the cost */
bool cpa_dw_lines_spent(const CpaDwFile *file);

/**
 * cpa_dw_lines_new:
 * @unit:      its bytes stay as long as the table
 * @with_rows: false: files only
 *
 * A table that breaks off is used as far as it goes.
 * Cost:    O(size of the table)
 * Returns: (transfer full) (nullable): %NULL where the unit has no table, or none that can be paid
 */
CpaDwLines *cpa_dw_lines_new(CpaDwUnit *unit, bool with_rows);
void cpa_dw_lines_free(CpaDwLines *lines);

/** cpa_dw_lines_file: Returns: the path of the file of this number, "" where there is none */
const char *cpa_dw_lines_file(CpaDwLines *lines, uint64_t file);

typedef struct {
    uint64_t address;
    uint32_t file;
    uint32_t line;
    uint32_t column;
} CpaDwRow;

/**
 * cpa_dw_lines_find:
 *
 * Returns: (nullable): the last row at or before @address in its sequence; the next row follows
 *          it in memory
 */
const CpaDwRow *cpa_dw_lines_find(const CpaDwLines *lines, uint64_t address);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaDwLines, cpa_dw_lines_free)
