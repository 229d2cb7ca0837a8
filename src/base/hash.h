/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hashing with a seed drawn once per process, so that no input can be made to collide. Nothing
 * that is printed may depend on the order of hashes.
 *
 * Source: the folded multiply of wyhash (Wang Yi, 2019)
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/** cpa_hash_seed: Returns: two secret odd numbers, the same throughout the process */
const uint64_t *cpa_hash_seed(void);

static inline uint64_t cpa_hash_mix(uint64_t a, uint64_t b)
{
    __extension__ unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/** cpa_hash64: Returns: the hash of a number */
static inline uint64_t cpa_hash64(uint64_t x, const uint64_t seed[2])
{
    return cpa_hash_mix(x ^ seed[0], seed[1]);
}
