/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capstone, loaded when the first instruction is disassembled (base/dynlib.h).
 */
#pragma once

#include "base/dynlib.h"

#ifdef HAVE_CAPSTONE

#include <capstone/capstone.h>

/* FN(name): every function that is used. */
#define CPA_CAPSTONE_FUNCTIONS(FN) \
    FN(cs_open)                    \
    FN(cs_close)                   \
    FN(cs_option)                  \
    FN(cs_malloc)                  \
    FN(cs_free)                    \
    FN(cs_disasm_iter)             \
    FN(cs_insn_group)              \
    FN(cs_strerror)

typedef struct {
    CPA_CAPSTONE_FUNCTIONS(CPA_DYNLIB_MEMBER)
} CpaCapstoneLib;

/**
 * cpa_capstone_lib:
 *
 * Errors:  UNSUPPORTED, says what to install
 * Returns: (transfer none): the functions, or %NULL with @error set
 */
const CpaCapstoneLib *cpa_capstone_lib(GError **error);

#endif
