/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libdebuginfod, loaded when a server is asked (base/dynlib.h).
 */
#pragma once

#include "base/dynlib.h"

#ifdef HAVE_DEBUGINFOD

#include <elfutils/debuginfod.h>

#define CPA_DEBUGINFOD_FUNCTIONS(FN) \
    FN(debuginfod_begin)             \
    FN(debuginfod_end)               \
    FN(debuginfod_find_debuginfo)    \
    FN(debuginfod_find_executable)   \
    FN(debuginfod_find_source)       \
    FN(debuginfod_set_progressfn)    \
    FN(debuginfod_set_user_data)     \
    FN(debuginfod_get_user_data)

typedef struct {
    CPA_DEBUGINFOD_FUNCTIONS(CPA_DYNLIB_MEMBER)
} CpaDebuginfodLib;

/**
 * cpa_debuginfod_lib:
 *
 * Errors:  UNSUPPORTED, says what to install
 * Returns: (transfer none): the functions, or %NULL with @error set
 */
const CpaDebuginfodLib *cpa_debuginfod_lib(GError **error);

#endif
