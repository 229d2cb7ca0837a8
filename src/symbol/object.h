/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CpaObject: one executable or shared library, and what is known about its addresses.
 *
 *     g_autoptr(CpaObject) object = cpa_object_open(path, error);
 *     cpa_object_base(object, &mapping, address, &base, error);
 *     cpa_object_frames(object, &(uint64_t){address - base}, 1, 0, take_frames, data);
 *
 * "Object addresses" are those that the file itself uses: of its symbols, its code, its DWARF. An
 * address of a process minus the base of its mapping is one.
 *
 * Symbols, notes and their strings are valid as long as the object. One thread at a time uses
 * an object; different objects do not share anything.
 */
#pragma once

#include "base/error.h"
#include "symbol/debuginfod.h"

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct CpaObject CpaObject;

/**
 * cpa_object_open:
 *
 * Errors:  IO (missing, unreadable), UNSUPPORTED (Mach-O, PE, no libelf), MALFORMED
 * Source:  pprof binutils.Open
 * Returns: (transfer full)
 */
CpaObject *cpa_object_open(const char *path, GError **error);

/**
 * cpa_object_open_for:
 * @build_id: that is wanted, or ""
 * @servers:  may be asked for the file, too, where it is missing or of another build; and later
 *            for its debug file
 *
 * Errors:  as above; says what the servers said
 * Returns: (transfer full): perhaps of another build, where no other is to be had
 */
CpaObject *cpa_object_open_for(const char *path, const char *build_id,
                               const CpaDebuginfodLimits *servers, GError **error);

/** cpa_object_new_memory: @bytes: (transfer full): g_malloc'ed image. Returns: as above */
CpaObject *cpa_object_new_memory(const char *name, uint8_t *bytes, size_t size, GError **error);
void cpa_object_free(CpaObject *object);

const char *cpa_object_path(const CpaObject *object);

/** cpa_object_build_id: Returns: hexadecimal digits, "" where there is none */
const char *cpa_object_build_id(const CpaObject *object);

/* What an instruction of the object looks like. */
typedef struct {
    unsigned machine; /* EM_X86_64, EM_AARCH64, ... of <elf.h> */
    bool is_64;
    bool is_big; /* big-endian */
} CpaMachine;

CpaMachine cpa_object_machine(const CpaObject *object);

/**
 * cpa_object_changed_file:
 *
 * Returns: (nullable): the path of the file, or of its debug file, if somebody has written to it
 *          since it was opened
 */
const char *cpa_object_changed_file(const CpaObject *object);

/* ---- where a process has it ------------------------------------------------------------------ */

/* A mapping of a process. */
typedef struct {
    uint64_t start;
    uint64_t limit;
    uint64_t offset;           /* of start in the file */
    const char *kernel_symbol; /* (nullable): "_text" or "_stext" where start is its address */
} CpaPlace;

/**
 * cpa_object_check_place:
 *
 * Errors:  UNSUPPORTED where no base could be told for any address
 * Source:  pprof binutils.openELF
 */
bool cpa_object_check_place(CpaObject *object, const CpaPlace *place, GError **error);

/**
 * cpa_object_base:
 * @address: of the process; where several segments fit the mapping it tells which one
 * @base:    (out): subtract it from addresses of the process to get object addresses
 *
 * Errors:  MALFORMED where the address is outside or no program header fits
 * Source:  pprof elfexec.GetBase, binutils.computeBase
 */
bool cpa_object_base(CpaObject *object, const CpaPlace *place, uint64_t address, uint64_t *base,
                     GError **error);

/* ---- symbols --------------------------------------------------------------------------------- */

typedef struct {
    uint64_t address;
    uint64_t size; /* 0 where unknown */
    const char *name;
    const char *file; /* name of the source file, of local symbols only; or "" */
    uint32_t order;   /* in the file */
    bool is_code;     /* a function, or untyped */
    bool is_data;
    bool is_function; /* by its type: code may have none, and what chooses a function is none */
    bool is_global;   /* or weak */
    bool is_weak;
} CpaSymbol;

/**
 * cpa_object_symbols:
 * @n: (out)
 *
 * All names that have an address: of the symbol table, of the one in the separate debug file, or
 * of the dynamic symbols where there is none.
 * Returns: (array length=n): by address, then name, as nm -n prints them; aliases are neighbours
 */
const CpaSymbol *cpa_object_symbols(CpaObject *object, size_t *n);

/* ---- functions and lines --------------------------------------------------------------------- */

/* One function that an address is in. Strings are "" and numbers 0 where unknown. */
typedef struct {
    const char *function; /* the linker's name, mangled */
    const char *file;
    uint32_t line;
    uint32_t column;
    uint32_t start_line; /* where the function begins */
} CpaFrame;

/**
 * CpaFrameFunc:
 * @i:      index of the address
 * @frames: (array length=n): innermost inlined call first; they and their strings are only valid
 *          during the call
 */
typedef void (*CpaFrameFunc)(size_t i, const CpaFrame *frames, size_t n, gpointer data);

enum {
    CPA_FRAMES_FAST = 1 << 0, /* names of the symbol table only */
};

/**
 * cpa_object_frames:
 * @addresses: (array length=n): object addresses, ascending
 * @each:      called once for every address of which something is known, unit by unit
 *
 * One sweep over addresses and debug information: units without an address are not read.
 * Cost:    O(n + size of the units that have addresses)
 */
void cpa_object_frames(CpaObject *object, const uint64_t *addresses, size_t n, unsigned flags,
                       CpaFrameFunc each, gpointer data);

/**
 * cpa_object_code:
 * @address: (inout): where to begin; moved on to the first code from there
 * @end:     up to here
 * @n:       (out): bytes at hand; fewer than asked for where the section ends
 *
 * Errors:  NO_SYMBOLS where no section has code before @end, TOO_LARGE, IO, MALFORMED
 * Returns: (transfer full): the bytes from @address to @address + @n - 1
 */
uint8_t *cpa_object_code(CpaObject *object, uint64_t *address, uint64_t end, size_t *n,
                         GError **error);

/**
 * cpa_object_key:
 *
 * Returns: (transfer full) (nullable): what answers can be kept under: the build id, and which
 *          debug information they are of; %NULL without a build id
 */
char *cpa_object_key(CpaObject *object);

/* ---- what was tried -------------------------------------------------------------------------- */

/**
 * cpa_object_notes:
 *
 * Returns: (array zero-terminated=1): lines about the debug files looked for
 */
const char *const *cpa_object_notes(CpaObject *object);

/**
 * cpa_object_problems:
 *
 * Returns: (array zero-terminated=1): what is broken or missing and costs names, as warnings
 */
const char *const *cpa_object_problems(CpaObject *object);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaObject, cpa_object_free)
