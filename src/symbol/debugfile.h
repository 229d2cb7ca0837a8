/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the debug information of a stripped program is: by build id, by .gnu_debuglink; and the
 * common file that dwz made of several.
 */
#pragma once

#include "symbol/elffile.h"

#include <glib.h>

/**
 * cpa_debugfile_find:
 * @elf:   the program
 * @notes: gets a line for every path tried
 *
 * Taken are files with the same build id, or with the checksum that the link names; links are
 * followed once, so that they cannot lead in a circle.
 * Source:  GDB manual, Separate Debug Files
 * Returns: (transfer full) (nullable):
 */
CpaElf *cpa_debugfile_find(CpaElf *elf, GPtrArray *notes);

/** cpa_debugfile_alt: Returns: (transfer full) (nullable): the file that .gnu_debugaltlink names */
CpaElf *cpa_debugfile_alt(CpaElf *elf, GPtrArray *notes);
