/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libedit, loaded when a shell starts in a terminal (base/dynlib.h).
 */
#pragma once

#include "base/dynlib.h"

#ifdef HAVE_LIBEDIT

#include <histedit.h>

#define CPA_LIBEDIT_FUNCTIONS(FN) \
    FN(el_init)                   \
    FN(el_end)                    \
    FN(el_reset)                  \
    FN(el_gets)                   \
    FN(el_set)                    \
    FN(el_get)                    \
    FN(el_source)                 \
    FN(el_resize)                 \
    FN(el_line)                   \
    FN(el_insertstr)              \
    FN(el_deletestr)              \
    FN(history_init)              \
    FN(history_end)               \
    FN(history)

typedef struct {
    CPA_LIBEDIT_FUNCTIONS(CPA_DYNLIB_MEMBER)
} CpaLibedit;

/**
 * cpa_libedit:
 *
 * Errors:  UNSUPPORTED, says what to install
 * Returns: (transfer none): the functions, or %NULL with @error set
 */
const CpaLibedit *cpa_libedit(GError **error);

#endif
