/* SPDX-License-Identifier: Apache-2.0 */
/*
 * .gnu_debugdata: an ELF file inside another one, packed with xz, that has the symbols which the
 * other one was stripped of. Distributions add it to programs so that tracebacks have names.
 *
 * Source: gdb's manual, "MiniDebugInfo"
 */
#pragma once

#include "symbol/elffile.h"

/**
 * cpa_minidebug_open:
 *
 * Errors:  UNSUPPORTED where liblzma is missing, MALFORMED, IO, TOO_LARGE
 * Returns: (transfer full) (nullable): the inner file; %NULL without an error where there is none
 */
CpaElf *cpa_minidebug_open(CpaElf *elf, GError **error);
