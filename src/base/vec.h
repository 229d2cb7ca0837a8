/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Growable arrays of one element type, used for every column that is built from input.
 *
 *     CPA_VEC(uint32_t) frames = {0};
 *     cpa_vec_push(&frames, id);
 *     cpa_vec_clear(&frames);
 *
 * Growth doubles the capacity, so a push is O(1) amortised. The allocator maps large blocks and
 * touches only what is written: resident memory follows the length, not the capacity.
 */
#pragma once

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

#define CPA_VEC(T)  \
    struct {        \
        T *data;    \
        size_t len; \
        size_t cap; \
    }

/* Makes room for `extra` more elements. */
#define cpa_vec_reserve(v, extra)                                        \
    do {                                                                 \
        if ((v)->cap - (v)->len < (size_t)(extra)) {                     \
            size_t need_ = (v)->len + (size_t)(extra);                   \
            size_t cap_ = (v)->cap < 16 ? 16 : (v)->cap;                 \
            while (cap_ < need_) {                                       \
                cap_ *= 2;                                               \
            }                                                            \
            (v)->data = g_realloc_n((v)->data, cap_, sizeof *(v)->data); \
            (v)->cap = cap_;                                             \
        }                                                                \
    } while (0)

#define cpa_vec_push(v, x)                      \
    do {                                        \
        if (G_UNLIKELY((v)->len == (v)->cap)) { \
            cpa_vec_reserve(v, 1);              \
        }                                       \
        (v)->data[(v)->len++] = (x);            \
    } while (0)

#define cpa_vec_clear(v)   \
    do {                   \
        g_free((v)->data); \
        (v)->data = NULL;  \
        (v)->len = 0;      \
        (v)->cap = 0;      \
    } while (0)

/* Hands the array over to the caller, shrunk to its length (NULL when empty). */
#define cpa_vec_steal(v) \
    cpa_vec_steal_((void **)&(v)->data, &(v)->len, &(v)->cap, sizeof *(v)->data)

static inline void *cpa_vec_steal_(void **data, size_t *len, size_t *cap, size_t size)
{
    void *p = *data;
    if (p != NULL && *len == 0) {
        g_free(p);
        p = NULL;
    } else if (p != NULL && *len < *cap) {
        p = g_realloc_n(p, *len, size);
    }
    *data = NULL;
    *len = 0;
    *cap = 0;
    return p;
}
