/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Libraries that are loaded when they are first used: linked, they and what they depend on would
 * add milliseconds to every start of the program, more than most reports take.
 *
 *     #define FUNCTIONS(FN) FN(cairo_create) FN(cairo_destroy)
 *     typedef struct { FUNCTIONS(CPA_DYNLIB_MEMBER) } CpaCairoLib;
 *     static CpaCairoLib lib;
 *     static const CpaDynlibFunction functions[] = {FUNCTIONS(CPA_DYNLIB_FUNCTION)};
 *     static CpaDynlib cairo = {.file = "libcairo.so.2", .functions = functions, ...};
 *     return cpa_dynlib_load(&cairo, error) ? &lib : NULL;
 */
#pragma once

#include "base/error.h"

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

/* A pointer to the function, of its type, as a member of a struct. */
#define CPA_DYNLIB_MEMBER(name) __typeof__(name) *name;

/* The row of a function of the struct `lib`. */
#define CPA_DYNLIB_FUNCTION(name_) {#name_, (void **)(void *)&lib.name_},

/* CPA_DYNLIB_SONAME("cairo", "2"): what the run-time linker calls a library with this version. */
#ifdef __APPLE__
#define CPA_DYNLIB_SONAME(name, version) "lib" name "." version ".dylib"
#else
#define CPA_DYNLIB_SONAME(name, version) "lib" name ".so." version
#endif

typedef struct {
    const char *name;
    void **to;
} CpaDynlibFunction;

typedef struct {
    const char *file;                   /* CPA_DYNLIB_SONAME() */
    const char *advice;                 /* ends the message: what to install, what to do instead */
    const CpaDynlibFunction *functions; /* [n_functions], also of libraries that come along */
    size_t n_functions;

    /* State of cpa_dynlib_load(). */
    bool is_tried;
    const char *problem; /* why it cannot be used, or NULL */
} CpaDynlib;

/**
 * cpa_dynlib_load:
 *
 * Fills in the functions, once; later calls and calls of other threads only look at the result.
 *
 * Errors:  UNSUPPORTED, "this needs FILE (PROBLEM); ADVICE"
 */
bool cpa_dynlib_load(CpaDynlib *library, GError **error);
