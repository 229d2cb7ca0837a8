/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of functions; without the library at build time there is nothing here.
 */
#include "web/mhd.h"

#ifdef HAVE_LIBMICROHTTPD

static CpaMhdLib lib;

static const CpaDynlibFunction functions[] = {CPA_MHD_FUNCTIONS(CPA_DYNLIB_FUNCTION)};

static CpaDynlib library = {
    .file = CPA_DYNLIB_SONAME("microhttpd", "12"),
    .advice = "install libmicrohttpd, on Debian libmicrohttpd12, or name a report instead of -http",
    .functions = functions,
    .n_functions = G_N_ELEMENTS(functions),
};

const CpaMhdLib *cpa_mhd_lib(GError **error)
{
    return cpa_dynlib_load(&library, error) ? &lib : NULL;
}

#endif
