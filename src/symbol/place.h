/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a process has an ELF file: from the mapping, as the kernel tells it, and from the program
 * headers to the number that turns addresses of the process into addresses of the file.
 *
 * Source: pprof internal/elfexec; the rules for kernels are those that perf and ChromeOS need
 */
#pragma once

#include "symbol/elffile.h"
#include "symbol/object.h"

/**
 * cpa_place_base:
 * @segment: (nullable): the program header that the mapping is of
 * @stext:   (nullable): address of the kernel's first symbol
 *
 * Source:  pprof elfexec.GetBase
 */
bool cpa_place_base(const CpaElf *elf, const CpaSegment *segment, const uint64_t *stext,
                    const CpaPlace *place, uint64_t *base, GError **error);

/** cpa_place_text_segment: Returns: (nullable): the executable segment that has .text */
const CpaSegment *cpa_place_text_segment(const CpaElf *elf);

/**
 * cpa_place_segment:
 * @address: of the process
 * @segment: (out) (nullable): the one that the mapping is of; %NULL where the file has none
 *
 * Errors:  MALFORMED where none or more than one fits
 * Source:  pprof binutils.findProgramHeader, elfexec.ProgramHeadersForMapping
 */
bool cpa_place_segment(const CpaElf *elf, const uint64_t *stext, const CpaPlace *place,
                       uint64_t address, const CpaSegment **segment, GError **error);

/** cpa_place_needs_stext: Returns: whether the mapping looks like that of a kernel */
bool cpa_place_needs_stext(const CpaElf *elf, const CpaPlace *place);
