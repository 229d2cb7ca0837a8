/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libelf wants to be told its version before anything else.
 */
#include "symbol/elflib.h"

#ifdef HAVE_ELFUTILS

static CpaElfLib lib;

static const CpaDynlibFunction functions[] = {CPA_ELF_FUNCTIONS(CPA_DYNLIB_FUNCTION)};

static CpaDynlib library = {
    .file = CPA_DYNLIB_SONAME("elf", "1"),
    .advice = "install elfutils, on Debian libelf1, or pass -symbolize=none",
    .functions = functions,
    .n_functions = G_N_ELEMENTS(functions),
};

const CpaElfLib *cpa_elf_lib(GError **error)
{
    if (!cpa_dynlib_load(&library, error)) {
        return NULL;
    }
    static gsize is_ready;
    if (g_once_init_enter(&is_ready)) {
        lib.elf_version(EV_CURRENT);
        g_once_init_leave(&is_ready, 1);
    }
    return &lib;
}

#endif
