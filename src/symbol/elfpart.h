/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CpaElfPart: one section of an ELF file, of which only what is asked for is in memory.
 *
 *     bytes   ....####......##..........    addresses are reserved for all of the section; what was
 *     chunks  ....1111......11..........    not needed yet costs nothing and is not to be looked at
 *
 * Debug information is larger than what a profile needs of it, and a unit that is done is not
 * needed again: with release() the peak is that of a few units, not that of the section. Packed
 * sections, small ones, and those of files in memory are there as a whole.
 */
#pragma once

#include "symbol/elffile.h"

typedef struct {
    CpaBytes bytes; /* all of the section */
    const CpaElf *elf;
    uint64_t offset;     /* in the file */
    uint8_t *chunks;     /* which are there; NULL: all are */
    uint64_t n_resident; /* bytes */
    uint64_t n_read;     /* bytes, ever */
    GError *failure;     /* (nullable): the first thing that could not be read */
} CpaElfPart;

/**
 * cpa_elf_part_init:
 * @elf:  must outlive the part
 * @name: ".debug_info", ...; see cpa_elf_debug_section()
 *
 * Errors:  MALFORMED, IO, TOO_LARGE
 * Returns: whether the section can be read; one that is missing can, and has no bytes
 */
bool cpa_elf_part_init(CpaElfPart *part, CpaElf *elf, const char *name, GError **error);
void cpa_elf_part_clear(CpaElfPart *part);

/** cpa_elf_part_load: see cpa_elf_part_need() */
bool cpa_elf_part_load(CpaElfPart *part, uint64_t offset, uint64_t n);

/**
 * cpa_elf_part_need:
 *
 * Makes sure that @n bytes from @offset on are there, fewer where the section ends.
 * Returns: %false where the file cannot be read; see failure
 */
static inline bool cpa_elf_part_need(CpaElfPart *part, uint64_t offset, uint64_t n)
{
    return part->chunks == NULL || cpa_elf_part_load(part, offset, n);
}

/** cpa_elf_part_need_string: the same up to the next NUL, but @max bytes at most */
bool cpa_elf_part_need_string(CpaElfPart *part, uint64_t offset, size_t max);

/**
 * cpa_elf_part_release:
 *
 * Forgets what was read, where it is much: nobody may hold pointers into it.
 * Returns: whether anything was forgotten
 * Cost:    amortised by what was read; a section is read a few times at most, then it stays
 */
bool cpa_elf_part_release(CpaElfPart *part);
