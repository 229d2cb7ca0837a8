/* SPDX-License-Identifier: Apache-2.0 */
#include "symbol/lzmalib.h"

#ifdef HAVE_LZMA

static CpaLzmaLib lib;

static const CpaDynlibFunction functions[] = {CPA_LZMA_FUNCTIONS(CPA_DYNLIB_FUNCTION)};

static CpaDynlib library = {
    .file = CPA_DYNLIB_SONAME("lzma", "5"),
    .advice = "install xz, on Debian liblzma5",
    .functions = functions,
    .n_functions = G_N_ELEMENTS(functions),
};

const CpaLzmaLib *cpa_lzma_lib(GError **error)
{
    return cpa_dynlib_load(&library, error) ? &lib : NULL;
}

#endif
