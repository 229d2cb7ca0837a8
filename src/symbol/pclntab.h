/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Go's table of functions and lines, .gopclntab, which programs need at run time: it is there even
 * where symbols and DWARF are stripped.
 *
 * Source: Go, src/debug/gosym/pclntab.go and src/runtime/symtab.go, versions 1.2 to 1.25
 */
#pragma once

#include "symbol/elffile.h"

#include <glib.h>

typedef struct CpaPclntab CpaPclntab;

/**
 * cpa_pclntab_new:
 * @bytes: of the section, tainted; borrowed
 * @text:  address of the code, for tables that do not say
 *
 * Returns: (transfer full) (nullable): %NULL where it is none, or of a version that is not known
 */
CpaPclntab *cpa_pclntab_new(CpaBytes bytes, uint64_t text, bool is_big);
void cpa_pclntab_free(CpaPclntab *table);

/** cpa_pclntab_each: @each: called with every function, by address; names live as the bytes */
void cpa_pclntab_each(CpaPclntab *table,
                      void (*each)(uint64_t address, uint64_t size, const char *name,
                                   gpointer data),
                      gpointer data);

typedef struct {
    const char *file; /* "" where unknown */
    uint32_t line;
    uint32_t start_line; /* 0 before Go 1.20 */
} CpaGoLine;

/**
 * cpa_pclntab_line:
 *
 * Where the instruction was written. In code that was inlined that is another function's file.
 * Cost: O(log functions + size of the function's tables)
 */
CpaGoLine cpa_pclntab_line(const CpaPclntab *table, uint64_t address);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaPclntab, cpa_pclntab_free)
