/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the positional arguments of a command are: a binary, profiles, a mistyped report, a URL,
 * or the two sides of a comparison.
 */
#pragma once

#include "cli/args.h"

/**
 * cpa_sources_resolve:
 *
 * Moves a leading object file to @command->binary, turns OLD NEW of a comparison into a base and
 * a source, and refuses what cannot be meant. Looks at files, reads regular ones only.
 *
 * Errors:  USAGE, UNSUPPORTED, IO, NOT_RECOGNIZED
 * Source:  pprof driver parseFlags, binutils Open (what counts as a binary)
 */
bool cpa_sources_resolve(CpaCommand *command, GError **error);

/**
 * cpa_object_kind:
 *
 * Returns: "an ELF file", ... if @path is a regular file that starts like a program or library,
 *          else %NULL
 */
const char *cpa_object_kind(const char *path);
