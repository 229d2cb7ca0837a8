/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The functions are those of libpangocairo and of what it depends on.
 */
#include "render/cairolib.h"

#ifdef HAVE_PANGOCAIRO

static CpaCairoLib lib;

static const CpaDynlibFunction functions[] = {CPA_CAIRO_FUNCTIONS(CPA_DYNLIB_FUNCTION)};

static CpaDynlib library = {
    .file = CPA_DYNLIB_SONAME("pangocairo-1.0", "0"),
    .advice = "install Pango with cairo, on Debian libpangocairo-1.0-0, or write .svg or .html",
    .functions = functions,
    .n_functions = G_N_ELEMENTS(functions),
};

const CpaCairoLib *cpa_cairo_lib(GError **error)
{
    return cpa_dynlib_load(&library, error) ? &lib : NULL;
}

#endif
