/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names as people write them, of C++ (Itanium ABI) and Rust (legacy and v0), by libiberty, spelled
 * and shortened as pprof does.
 */
#pragma once

#include <stdbool.h>

typedef enum {
    CPA_DEMANGLE_DEFAULT,   /* no parameters, no template arguments, no return type */
    CPA_DEMANGLE_TEMPLATES, /* no parameters, no return type */
    CPA_DEMANGLE_FULL,
    CPA_DEMANGLE_NONE,
} CpaDemangle;

/**
 * cpa_demangle:
 * @name: the linker's, tainted
 *
 * Names that are not mangled are taken for C++ where they look like it, and lose their parameters
 * and template arguments too. A name that would grow beyond 64 KiB stays as it is.
 * Cost:    O(length of the result); next to nothing for names of Go and C
 * Source:  pprof symbolizer demangleSingleFunction
 * Returns: (transfer full) (nullable): the name, %NULL where it is @name itself
 */
char *cpa_demangle(const char *name, CpaDemangle mode);
