/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of what is missing.
 */
#include "cli/later.h"

#include <glib.h>
#include <string.h>

#define NOT_YET   "is not in this build yet; "
#define NO_EFFECT "has no effect in this build"

static const CpaLaterRow rows[] = {
    {"weblist", true, true, false, NOT_YET "peek shows a function, -lines counts by source line"},
};

const CpaLaterRow *cpa_later_find(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (strcmp(rows[i].name, name) == 0) {
            return &rows[i];
        }
    }
    return NULL;
}
