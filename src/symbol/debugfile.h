/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the debug information of a stripped program is: by build id, by .gnu_debuglink, at a
 * debuginfod server; and the common file that dwz made of several.
 */
#pragma once

#include "symbol/debuginfod.h"
#include "symbol/elffile.h"

#include <glib.h>

/* Where else to look, and whom to tell what. Lists are as of cpa_note(). */
typedef struct {
    CpaDebuginfodLimits servers; /* asked where nothing is found here */
    GPtrArray *notes;            /* gets a line for every place tried */
    GPtrArray *problems;         /* gets what keeps servers from answering */
} CpaDebugSearch;

/**
 * cpa_debugfile_find:
 * @elf: the program
 *
 * Taken are files with the same build id, or with the checksum that the link names; links are
 * followed once, so that they cannot lead in a circle.
 * Source:  GDB manual, Separate Debug Files
 * Returns: (transfer full) (nullable):
 */
CpaElf *cpa_debugfile_find(CpaElf *elf, const CpaDebugSearch *search);

/** cpa_debugfile_alt: Returns: (transfer full) (nullable): the file that .gnu_debugaltlink names */
CpaElf *cpa_debugfile_alt(CpaElf *elf, const CpaDebugSearch *search);
