/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one error domain of the library.
 */
#include "base/error.h"

#include <stdarg.h>

G_DEFINE_QUARK(cpa - error - quark, cpa_error)

bool cpa_error_set(GError **error, CpaErrorCode code, const char *format, ...)
{
    if (error != NULL) {
        va_list args;
        va_start(args, format);
        g_propagate_error(error, g_error_new_valist(CPA_ERROR, (int)code, format, args));
        va_end(args);
    }
    return false;
}
