/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What this library is: its version and its formats.
 */
#include "api/api.h"

#include "input/format.h"

const char *cpa_version(void)
{
    return PACKAGE_VERSION;
}

const char *cpa_format_name(size_t i)
{
    size_t n = 0;
    const CpaFormat *const *rows = cpa_format_table(&n);
    return i < n ? rows[i]->name : NULL;
}

const char *cpa_format_summary(size_t i)
{
    size_t n = 0;
    const CpaFormat *const *rows = cpa_format_table(&n);
    return i < n ? rows[i]->summary : NULL;
}
