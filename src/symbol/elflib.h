/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libelf, loaded when the first object file is opened (base/dynlib.h): profiles that have their
 * names need none.
 *
 *     const CpaElfLib *e = cpa_elf_lib(error);
 *     Elf *elf = e->elf_begin(fd, ELF_C_READ, NULL);
 */
#pragma once

#include "base/dynlib.h"

#ifdef HAVE_ELFUTILS

#include <gelf.h>

/* FN(name): every function that is used. */
#define CPA_ELF_FUNCTIONS(FN) \
    FN(elf_version)           \
    FN(elf_begin)             \
    FN(elf_memory)            \
    FN(elf_end)               \
    FN(elf_kind)              \
    FN(elf_errno)             \
    FN(elf_errmsg)            \
    FN(elf_getphdrnum)        \
    FN(elf_getshdrstrndx)     \
    FN(elf_strptr)            \
    FN(elf_nextscn)           \
    FN(elf_getscn)            \
    FN(elf_getdata)           \
    FN(elf_rawdata)           \
    FN(elf_compress)          \
    FN(elf_compress_gnu)      \
    FN(gelf_getehdr)          \
    FN(gelf_getphdr)          \
    FN(gelf_getshdr)          \
    FN(gelf_getchdr)          \
    FN(gelf_getsym)

typedef struct {
    CPA_ELF_FUNCTIONS(CPA_DYNLIB_MEMBER)
} CpaElfLib;

/**
 * cpa_elf_lib:
 *
 * Errors:  UNSUPPORTED, says what to install
 * Returns: (transfer none): the functions, or %NULL with @error set
 */
const CpaElfLib *cpa_elf_lib(GError **error);

#endif
