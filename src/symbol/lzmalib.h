/* SPDX-License-Identifier: Apache-2.0 */
/*
 * liblzma, loaded when the first packed symbol table is read (base/dynlib.h).
 */
#pragma once

#include "base/dynlib.h"

#ifdef HAVE_LZMA

#include <lzma.h>

/* FN(name): every function that is used. */
#define CPA_LZMA_FUNCTIONS(FN) FN(lzma_stream_decoder) FN(lzma_code) FN(lzma_end)

typedef struct {
    CPA_LZMA_FUNCTIONS(CPA_DYNLIB_MEMBER)
} CpaLzmaLib;

/**
 * cpa_lzma_lib:
 *
 * Errors:  UNSUPPORTED, says what to install
 * Returns: (transfer none): the functions, or %NULL with @error set
 */
const CpaLzmaLib *cpa_lzma_lib(GError **error);

#endif
