/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One lock for all libraries: loading is rare. A handle is never closed: it finds the functions of
 * all libraries that came along, and some of them do not survive being unloaded.
 */
#include "base/dynlib.h"

#include <dlfcn.h>

static GMutex lock;

static void look_up(CpaDynlib *library)
{
    void *handle = dlopen(library->file, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) {
        library->problem = "it cannot be loaded";
        return;
    }
    for (size_t i = 0; i < library->n_functions; i++) {
        const CpaDynlibFunction *function = &library->functions[i];
        *function->to = dlsym(handle, function->name);
        if (*function->to == NULL) {
            library->problem = function->name;
        }
    }
}

bool cpa_dynlib_load(CpaDynlib *library, GError **error)
{
    g_mutex_lock(&lock);
    if (!library->is_tried) {
        look_up(library);
        library->is_tried = true;
    }
    g_mutex_unlock(&lock);
    return library->problem == NULL ||
           cpa_error_set(error, CPA_ERROR_UNSUPPORTED, "this needs %s (%s); %s", library->file,
                         library->problem, library->advice);
}
