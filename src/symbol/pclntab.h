/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Go's table of functions and lines, .gopclntab, which programs need at run time: it is there even
 * where symbols and DWARF are stripped. What is inlined where is in data beside it.
 *
 * Source: Go, src/debug/gosym/pclntab.go, src/runtime/symtab.go and symtabinl.go, versions 1.2 to
 *         1.26
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

/* What the program itself says of its parts; see gomodule.h. */
typedef struct {
    uint64_t text;   /* address of the code */
    CpaBytes gofunc; /* data of functions, from the address that offsets in the table count from */
} CpaGoModule;

/** cpa_pclntab_set_module: inlined calls are told from now on. @module: bytes are borrowed */
void cpa_pclntab_set_module(CpaPclntab *table, const CpaGoModule *module);

/**
 * cpa_pclntab_layout:
 * @names:  (out): offset of the names in the table
 * @gofunc: (out): index of the word in the program's description that has the address of gofunc
 *
 * Returns: whether the version is one that has inlined calls in gofunc: 1.18 or later
 */
bool cpa_pclntab_layout(const CpaPclntab *table, unsigned *word, uint64_t *names, unsigned *gofunc);

/** cpa_pclntab_each: @each: called with every function, by address; names live as the bytes */
void cpa_pclntab_each(CpaPclntab *table,
                      void (*each)(uint64_t address, uint64_t size, const char *name,
                                   gpointer data),
                      gpointer data);

typedef struct {
    const char *function; /* "" where unknown, as the file */
    const char *file;
    uint32_t line;
    uint32_t start_line; /* 0 before Go 1.20 */
} CpaGoFrame;

#define CPA_GO_MAX_FRAMES 256

/**
 * cpa_pclntab_frames:
 * @frames: (out): the innermost inlined call first; strings live as the bytes
 *
 * Cost:    O(log functions), and the size of the function's tables where the address is in another
 *          function than that of the call before
 * Returns: how many; 0 where no function has the address
 */
size_t cpa_pclntab_frames(CpaPclntab *table, uint64_t address,
                          CpaGoFrame frames[CPA_GO_MAX_FRAMES]);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaPclntab, cpa_pclntab_free)
