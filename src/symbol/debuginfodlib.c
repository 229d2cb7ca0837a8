/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The version is the one that all releases of the library have had.
 */
#include "symbol/debuginfodlib.h"

#ifdef HAVE_DEBUGINFOD

static CpaDebuginfodLib lib;

static const CpaDynlibFunction functions[] = {CPA_DEBUGINFOD_FUNCTIONS(CPA_DYNLIB_FUNCTION)};

static CpaDynlib library = {
    .file = CPA_DYNLIB_SONAME("debuginfod", "1"),
    .advice = "install it, on Debian libdebuginfod1, or unset DEBUGINFOD_URLS",
    .functions = functions,
    .n_functions = G_N_ELEMENTS(functions),
};

const CpaDebuginfodLib *cpa_debuginfod_lib(GError **error)
{
    return cpa_dynlib_load(&library, error) ? &lib : NULL;
}

#endif
