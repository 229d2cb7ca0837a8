/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names of an object, sorted, and which of them an address belongs to.
 */
#pragma once

#include "symbol/elffile.h"
#include "symbol/object.h"

typedef struct CpaSymtab CpaSymtab;

CpaSymtab *cpa_symtab_new(void);
void cpa_symtab_free(CpaSymtab *tab);

/**
 * cpa_symtab_add_elf:
 * @elf: must outlive the table, which borrows its names
 *
 * Adds the symbols of .symtab, or the dynamic ones if @dynamic.
 * Returns: whether the file has such a table
 */
bool cpa_symtab_add_elf(CpaSymtab *tab, CpaElf *elf, bool dynamic);

/** cpa_symtab_add: adds one name; borrowed */
void cpa_symtab_add(CpaSymtab *tab, const CpaSymbol *symbol);

/** cpa_symtab_all: Returns: (array length=n): by address, then name, as nm -n prints them */
const CpaSymbol *cpa_symtab_all(CpaSymtab *tab, size_t *n);

/**
 * cpa_symbols_upto:
 * @symbols: [n] by address
 *
 * Returns: how many of them begin at or before @address; the last of these is the one it is in
 */
size_t cpa_symbols_upto(const CpaSymbol *symbols, size_t n, uint64_t address);

/**
 * cpa_symtab_find:
 * @from: (inout): where to go on; 0 at first, then untouched while addresses ascend
 *
 * Returns: (nullable): the symbol of @address: the last one that begins at or before it, unless it
 *          has a size and ends before; of aliases the one with the largest size, then the last name
 */
const CpaSymbol *cpa_symtab_find(CpaSymtab *tab, uint64_t address, size_t *from);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaSymtab, cpa_symtab_free)
