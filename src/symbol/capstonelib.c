/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The layout of an instruction differs between major versions: the one of the header is loaded.
 */
#include "symbol/capstonelib.h"

#ifdef HAVE_CAPSTONE

static CpaCapstoneLib lib;

static const CpaDynlibFunction functions[] = {CPA_CAPSTONE_FUNCTIONS(CPA_DYNLIB_FUNCTION)};

static CpaDynlib library = {
    .file = CPA_DYNLIB_SONAME("capstone", G_STRINGIFY(CS_API_MAJOR)),
    .advice = "install capstone, on Debian libcapstone" G_STRINGIFY(CS_API_MAJOR),
    .functions = functions,
    .n_functions = G_N_ELEMENTS(functions),
};

const CpaCapstoneLib *cpa_capstone_lib(GError **error)
{
    return cpa_dynlib_load(&library, error) ? &lib : NULL;
}

#endif
