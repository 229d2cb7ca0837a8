/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of the stubs through which a program calls shared libraries: "malloc@plt". No symbol table
 * has them; they follow from what a stub jumps to and from the relocation of that slot.
 */
#pragma once

#include "symbol/elffile.h"

#include <glib.h>

typedef struct CpaPlt CpaPlt;

/**
 * cpa_plt_new:
 * @elf: of x86-64 or aarch64, little-endian; others have no names here
 *
 * Source:  System V ABI supplements for both (PLT, R_*_JUMP_SLOT, R_*_GLOB_DAT)
 * Returns: (transfer full): never %NULL, what is broken has no names
 */
CpaPlt *cpa_plt_new(CpaElf *elf);
void cpa_plt_free(CpaPlt *plt);

/** cpa_plt_find: Returns: (nullable): the name, without @plt, of the last stub at or below @address */
const char *cpa_plt_find(const CpaPlt *plt, uint64_t address, uint64_t *start);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaPlt, cpa_plt_free)
