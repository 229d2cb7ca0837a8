/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A Go program's description of itself, runtime.firstmoduledata: a record of pointers to its parts.
 * Without symbols it is found by what it begins with, the address of the table of functions.
 */
#pragma once

#include "symbol/pclntab.h"

/**
 * cpa_go_module_find:
 * @table:   of the program
 * @address: of the table
 * @module:  (out)
 *
 * Source:  Go, src/runtime/symtab.go, moduledata
 * Returns: whether it was found; it is not where all of its words are left to relocations
 */
bool cpa_go_module_find(CpaElf *elf, const CpaPclntab *table, uint64_t address,
                        CpaGoModule *module);
