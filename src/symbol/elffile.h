/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CpaElf: one ELF file as headers, sections and segments.
 *
 * Files are read with pread(), never mapped: a file that shrinks while it is looked at gives an
 * error instead of a signal. Only the sections that somebody asks for are in memory; compressed
 * ones are unpacked. One thread at a time.
 */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct CpaElf CpaElf;

/* Tainted bytes, borrowed. */
typedef struct {
    const uint8_t *bytes;
    size_t size;
} CpaBytes;

typedef struct {
    uint32_t type;  /* PT_LOAD, ... */
    uint32_t flags; /* PF_X, ... */
    uint64_t offset;
    uint64_t address;
    uint64_t file_size;
    uint64_t memory_size;
    uint64_t align;
} CpaSegment;

typedef struct {
    const char *name;
    uint32_t type; /* SHT_PROGBITS, ... */
    uint32_t link;
    uint64_t flags; /* SHF_EXECINSTR, ... */
    uint64_t offset;
    uint64_t address;
    uint64_t size;
    uint64_t align;
} CpaSection;

/**
 * cpa_elf_open:
 *
 * Errors:  IO (missing, unreadable), UNSUPPORTED (Mach-O, PE, no libelf), MALFORMED
 * Returns: (transfer full)
 */
CpaElf *cpa_elf_open(const char *path, GError **error);

/** cpa_elf_new_memory: @bytes: (transfer full): g_malloc'ed image. Returns: as above */
CpaElf *cpa_elf_new_memory(const char *name, uint8_t *bytes, size_t size, GError **error);
void cpa_elf_free(CpaElf *elf);

const char *cpa_elf_path(const CpaElf *elf);

/** cpa_elf_build_id: Returns: hexadecimal digits, "" where there is none */
const char *cpa_elf_build_id(const CpaElf *elf);
unsigned cpa_elf_type(const CpaElf *elf);    /* ET_EXEC, ... */
unsigned cpa_elf_machine(const CpaElf *elf); /* EM_X86_64, ... */
bool cpa_elf_is_64(const CpaElf *elf);
bool cpa_elf_is_big(const CpaElf *elf);

/** cpa_elf_is_unchanged: Returns: whether the file is still the one that was opened */
bool cpa_elf_is_unchanged(const CpaElf *elf);

/** cpa_elf_is_same_file: Returns: whether both are one file, perhaps under two names */
bool cpa_elf_is_same_file(const CpaElf *a, const CpaElf *b);

/** cpa_elf_failure: Returns: (nullable): what of its symbols could not be read */
const GError *cpa_elf_failure(const CpaElf *elf);

/** cpa_elf_size: Returns: size of the file in bytes */
uint64_t cpa_elf_size(const CpaElf *elf);

/** Each: @n: (out). Returns: (array length=n): in the order of the file */
const CpaSegment *cpa_elf_segments(const CpaElf *elf, size_t *n);
const CpaSection *cpa_elf_sections(const CpaElf *elf, size_t *n);

/** cpa_elf_find_section: Returns: (nullable): the first section of this name that has bytes */
const CpaSection *cpa_elf_find_section(const CpaElf *elf, const char *name);

/** cpa_elf_find_debug_section: Returns: (nullable): the same, also as .zdebug_info */
const CpaSection *cpa_elf_find_debug_section(const CpaElf *elf, const char *name);

/** cpa_elf_is_plain: Returns: whether the section's content is in an open file as it is */
bool cpa_elf_is_plain(const CpaElf *elf, const CpaSection *section);

/**
 * cpa_elf_debug_section:
 * @name: ".debug_info", ...; .zdebug_info and SHF_COMPRESSED are found and unpacked
 *
 * Errors:  MALFORMED, IO, TOO_LARGE
 * Returns: the content, valid as long as @elf; no bytes where there is no such section
 */
bool cpa_elf_debug_section(CpaElf *elf, const char *name, CpaBytes *bytes, GError **error);

/** cpa_elf_section_bytes: the same for a section of this file, by itself */
bool cpa_elf_section_bytes(CpaElf *elf, const CpaSection *section, CpaBytes *bytes, GError **error);

/**
 * cpa_elf_read:
 *
 * Reads @n bytes of the file at @offset.
 * Errors:  IO, also where the file ends before
 */
bool cpa_elf_read(const CpaElf *elf, uint64_t offset, void *to, size_t n, GError **error);

typedef struct {
    const char *name; /* "" where there is none */
    uint64_t value;
    uint64_t size;
    uint8_t type;   /* STT_FUNC, ... */
    bool is_global; /* or weak */
    bool is_weak;
    uint32_t section; /* SHN_UNDEF, SHN_ABS, ... */
} CpaElfSymbol;

/**
 * cpa_elf_each_symbol:
 * @type: SHT_SYMTAB or SHT_DYNSYM
 * @each: called in the order of the file; names are valid as long as @elf
 *
 * Returns: whether there is such a table; a broken one ends where it breaks, of one that cannot be
 *          read cpa_elf_failure() tells
 */
bool cpa_elf_each_symbol(CpaElf *elf, uint32_t type,
                         void (*each)(const CpaElfSymbol *symbol, gpointer data), gpointer data);

/**
 * cpa_elf_debug_link:
 * @name: (out): file name in .gnu_debuglink; valid as long as @elf
 * @crc:  (out): checksum of that file
 *
 * Returns: whether there is a link
 */
bool cpa_elf_debug_link(CpaElf *elf, const char **name, uint32_t *crc);

/** cpa_elf_alt_link: the same for .gnu_debugaltlink. @build_id: (out) (transfer full): in hex */
bool cpa_elf_alt_link(CpaElf *elf, const char **name, char **build_id);

/** cpa_hex: Returns: (transfer full): the bytes in hexadecimal */
char *cpa_hex(const uint8_t *bytes, size_t n);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaElf, cpa_elf_free)
