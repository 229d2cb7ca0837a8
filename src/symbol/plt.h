/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of the stubs through which a program calls shared libraries, "malloc@plt", and of the slots
 * that hold the addresses to call, "malloc@GLIBC_2.2.5". No symbol table has them; they follow from
 * what a stub jumps to and from the relocation of that slot.
 */
#pragma once

#include "symbol/elffile.h"

#include <glib.h>

typedef struct CpaPlt CpaPlt;

/**
 * cpa_plt_new:
 * @elf: of x86-64 or aarch64, little-endian; others have no names here
 *
 * Source:  System V ABI supplements for both (PLT, R_*_JUMP_SLOT, R_*_GLOB_DAT); Linux Standard Base
 *          Core, symbol versioning
 * Returns: (transfer full): never %NULL, what is broken has no names
 */
CpaPlt *cpa_plt_new(CpaElf *elf);
void cpa_plt_free(CpaPlt *plt);

/** cpa_plt_find: Returns: (nullable): the name, without @plt, of the last stub at or below @address */
const char *cpa_plt_find(const CpaPlt *plt, uint64_t address, uint64_t *start);

/**
 * cpa_plt_slot:
 * @version: (out) (nullable): "GLIBC_2.2.5", "Base"
 *
 * Returns: (nullable): the name of what the pointer at @address will point to, once it is linked
 */
const char *cpa_plt_slot(const CpaPlt *plt, uint64_t address, const char **version);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaPlt, cpa_plt_free)
