/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All DWARF of one object: which unit has an address, and what that unit says about it.
 */
#pragma once

#include "symbol/elffile.h"
#include "symbol/object.h"

typedef struct CpaDwarf CpaDwarf;

/**
 * cpa_dwarf_new:
 * @elf:   has the sections; must outlive the result
 * @alt:   (transfer full) (nullable): the file that .gnu_debugaltlink names
 * @path:  of the program, where .dwp and .dwo files are looked for
 * @notes: see cpa_note()
 *
 * Returns: (transfer full): %NULL where there is no DWARF, or with @error where it is broken
 */
CpaDwarf *cpa_dwarf_new(CpaElf *elf, CpaElf *alt, const char *path, GPtrArray *notes,
                        GError **error);
void cpa_dwarf_free(CpaDwarf *dwarf);

/* Like CpaFrameFunc, but may change the frames. */
typedef void (*CpaDwarfFrameFunc)(size_t i, CpaFrame *frames, size_t n, gpointer data);

/** cpa_dwarf_frames: see cpa_object_frames() */
void cpa_dwarf_frames(CpaDwarf *dwarf, const uint64_t *addresses, size_t n, CpaDwarfFrameFunc each,
                      gpointer data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaDwarf, cpa_dwarf_free)
