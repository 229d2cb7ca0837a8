/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The seed of all hash tables.
 */
#include "base/hash.h"

#include <glib.h>

const uint64_t *cpa_hash_seed(void)
{
    static uint64_t seed[2];
    static gsize ready = 0;
    if (g_once_init_enter(&ready)) {
        for (size_t i = 0; i < G_N_ELEMENTS(seed); i++) {
            seed[i] = ((uint64_t)g_random_int() << 32 | g_random_int()) | 1;
        }
        g_once_init_leave(&ready, 1);
    }
    return seed;
}
