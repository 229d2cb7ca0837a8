/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sources with the code that was made of them: what weblist shows.
 */
#pragma once

#include "report/listing.h"

/**
 * cpa_annotate:
 *
 * The functions that the report's regexp matches by name, linker's name, source file or binary, or
 * that hold the address that it is; and all lines around them that have code nearby, with that code.
 * Where a binary is not at hand, the lines are those of the profile, without code.
 *
 * Errors:  USAGE where nothing matches, TOO_LARGE (a regexp takes too long)
 * Source:  pprof source.go newSourcePrinter, expandAddresses, functions. Differs: a sample counts
 *          once per instruction, line and function (pprof_compat: sums)
 * Returns: (transfer full): the listing; functions by file name, with -nodecount=N those of the N
 *          files with the largest flat
 */
CpaListing *cpa_annotate(CpaReport *report, GError **error);
