/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Debian calls the library libedit.so.2, everybody else libedit.so.0.
 */
#include "shell/libedit.h"

#ifdef HAVE_LIBEDIT

static CpaLibedit lib;

static const CpaDynlibFunction functions[] = {CPA_LIBEDIT_FUNCTIONS(CPA_DYNLIB_FUNCTION)};

static CpaDynlib libraries[] = {
    {
        .file = CPA_DYNLIB_SONAME("edit", "2"),
        .functions = functions,
        .n_functions = G_N_ELEMENTS(functions),
    },
    {
        .file = CPA_DYNLIB_SONAME("edit", "0"),
        .functions = functions,
        .n_functions = G_N_ELEMENTS(functions),
    },
};

const CpaLibedit *cpa_libedit(GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(libraries); i++) {
        libraries[i].advice = "install libedit, on Debian libedit2, to edit lines";
        if (cpa_dynlib_load(&libraries[i], i + 1 < G_N_ELEMENTS(libraries) ? NULL : error)) {
            return &lib;
        }
    }
    return NULL;
}

#endif
