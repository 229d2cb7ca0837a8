/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Code points and sets of them, for regular expressions: UTF-8, ranges, case folding.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CPA_RUNE_MAX   0x10FFFFu
#define CPA_RUNE_ERROR 0xFFFDu
#define CPA_RUNE_NONE  UINT32_MAX /* no code point: before and after a text */

typedef struct {
    uint32_t lo;
    uint32_t hi;
} CpaRuneRange;

/* An immutable set: sorted ranges that neither overlap nor touch. */
typedef struct {
    uint32_t id; /* for whoever keeps a list of sets */
    uint32_t n;
    uint64_t ascii[2]; /* bit c of the pair: c is in the set */
    CpaRuneRange ranges[];
} CpaRuneSet;

/* What differs only by case from what. The table is built when first needed, ASCII needs none. */
typedef struct {
    GArray *folds; /* (nullable) */
} CpaRuneFolds;

/**
 * cpa_rune_decode:
 *
 * Decodes one code point the way Go does: a byte that starts no valid sequence is U+FFFD, one byte
 * long; at the end @rune is U+FFFD too.
 *
 * Returns: the number of bytes, 0 at the end
 */
size_t cpa_rune_decode(const char *text, const char *end, uint32_t *rune);

/** cpa_rune_ranges_new: Returns: (transfer full): an empty array of CpaRuneRange */
GArray *cpa_rune_ranges_new(void);

/** cpa_rune_ranges_add: appends [@lo, @hi] */
void cpa_rune_ranges_add(GArray *ranges, uint32_t lo, uint32_t hi);

/** cpa_rune_ranges_normalize: sorts, and joins what overlaps or touches */
void cpa_rune_ranges_normalize(GArray *ranges);

/** cpa_rune_ranges_negate: replaces normalised @ranges by all other code points */
void cpa_rune_ranges_negate(GArray *ranges);

/** cpa_rune_set_new: Returns: (transfer full): the set of normalised @ranges; free with g_free() */
CpaRuneSet *cpa_rune_set_new(const GArray *ranges);

/** cpa_rune_set_hash: for a GHashTable of CpaRuneSet */
guint cpa_rune_set_hash(gconstpointer key);

/** cpa_rune_set_equal: for a GHashTable of CpaRuneSet */
gboolean cpa_rune_set_equal(gconstpointer a, gconstpointer b);

/** cpa_rune_set_has: Returns: whether @rune, which may be %CPA_RUNE_NONE, is in @set */
bool cpa_rune_set_has(const CpaRuneSet *set, uint32_t rune);

/** cpa_rune_folds_clear: frees what @folds holds */
void cpa_rune_folds_clear(CpaRuneFolds *folds);

/**
 * cpa_rune_folds_next:
 *
 * Cost:    O(1) for what only ASCII folds with, else O(log n) and about 1 ms once per @folds
 * Returns: the next code point that differs from @rune only by case, round in a circle; @rune when
 *          there is none
 */
uint32_t cpa_rune_folds_next(CpaRuneFolds *folds, uint32_t rune);

/** cpa_rune_folds_close: adds to normalised @ranges what differs only by case */
void cpa_rune_folds_close(CpaRuneFolds *folds, GArray *ranges);
