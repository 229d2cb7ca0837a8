/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks the functions up in libpangocairo and what it depends on; once, under a lock.
 */
#include "render/cairolib.h"

#ifdef HAVE_PANGOCAIRO

#include <dlfcn.h>

#ifdef __APPLE__
#define LIBRARY "libpangocairo-1.0.0.dylib"
#else
#define LIBRARY "libpangocairo-1.0.so.0"
#endif

static CpaCairoLib lib;
static const char *problem; /* what is missing, or NULL */

static gpointer load(gpointer unused)
{
    (void)unused;
    void *handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) {
        problem = "it cannot be loaded";
        return NULL;
    }
    /* A handle finds the functions of all libraries that came along. */
    static const struct {
        const char *name;
        void **to;
    } functions[] = {
#define FN(name_) {#name_, (void **)(void *)&lib.name_},
        CPA_CAIRO_FUNCTIONS(FN)
#undef FN
    };
    for (size_t i = 0; i < G_N_ELEMENTS(functions); i++) {
        *functions[i].to = dlsym(handle, functions[i].name);
        if (*functions[i].to == NULL) {
            problem = functions[i].name;
        }
    }
    return NULL;
}

const CpaCairoLib *cpa_cairo_lib(GError **error)
{
    static GOnce once = G_ONCE_INIT;
    g_once(&once, load, NULL);
    if (problem != NULL) {
        cpa_error_set(error, CPA_ERROR_UNSUPPORTED,
                      "this format needs " LIBRARY " (%s); install Pango with cairo, on Debian "
                      "libpangocairo-1.0-0, or write .svg or .html",
                      problem);
        return NULL;
    }
    return &lib;
}

#endif
