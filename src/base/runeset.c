/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Code points: UTF-8, sets, case folding.
 *
 * A set is what a character class of a regular expression becomes, at most ~700 ranges for a
 * category of Unicode; the first 128 code points are also a bitmap, as nearly all text is ASCII.
 *
 * Case folding is Unicode's simple folding, as unicode.SimpleFold of Go has it: code points that
 * differ only by case form a circle, K -> k -> U+212A (kelvin) -> K. GLib knows the case of
 * letters, the rest is in fold_key(). The table of circles takes 1 ms and is built only for a code
 * point beyond ASCII; the two circles of ASCII that leave it are known here.
 */
#include "base/runeset.h"

#include <string.h>

#define LONG_S      0x17Fu
#define KELVIN      0x212Au
#define LAST_FOLDED 0x1E943u /* Adlam; nothing later has case */

/* ---------------------------------------------------------------- UTF-8 */

size_t cpa_rune_decode(const char *text, const char *end, uint32_t *rune)
{
    const uint8_t *s = (const uint8_t *)text;
    size_t len = (size_t)(end - text);
    *rune = CPA_RUNE_ERROR;
    if (len == 0) {
        return 0;
    }
    uint32_t lead = s[0];
    if (lead < 0x80) {
        *rune = lead;
        return 1;
    }
    if (lead < 0xC2 || lead > 0xF4) {
        return 1;
    }
    size_t need = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (len < need) {
        return 1;
    }
    /* the second byte alone decides on overlong forms, surrogates and the ceiling */
    uint32_t lo = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    uint32_t hi = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (s[1] < lo || s[1] > hi) {
        return 1;
    }
    uint32_t value = lead & (0xFFu >> (need + 1));
    for (size_t i = 1; i < need; i++) {
        if ((s[i] & 0xC0) != 0x80) {
            return 1;
        }
        value = value << 6 | (s[i] & 0x3Fu);
    }
    *rune = value;
    return need;
}

/* ---------------------------------------------------------------- ranges */

GArray *cpa_rune_ranges_new(void)
{
    return g_array_new(FALSE, FALSE, sizeof(CpaRuneRange));
}

void cpa_rune_ranges_add(GArray *ranges, uint32_t lo, uint32_t hi)
{
    CpaRuneRange range = {lo, hi};
    g_array_append_val(ranges, range);
}

static int range_compare(const void *a, const void *b)
{
    const CpaRuneRange *x = a;
    const CpaRuneRange *y = b;
    if (x->lo != y->lo) {
        return x->lo < y->lo ? -1 : 1;
    }
    return x->hi < y->hi ? -1 : x->hi > y->hi;
}

void cpa_rune_ranges_normalize(GArray *ranges)
{
    g_array_sort(ranges, range_compare);
    CpaRuneRange *r = (CpaRuneRange *)(void *)ranges->data;
    guint n = 0;
    for (guint i = 0; i < ranges->len; i++) {
        if (n > 0 && r[i].lo <= r[n - 1].hi + 1) {
            r[n - 1].hi = MAX(r[n - 1].hi, r[i].hi);
        } else {
            r[n++] = r[i];
        }
    }
    g_array_set_size(ranges, n);
}

/* Replaces normalised @ranges by all other code points. */
void cpa_rune_ranges_negate(GArray *ranges)
{
    guint n = ranges->len;
    uint32_t next = 0;
    for (guint i = 0; i < n; i++) {
        CpaRuneRange r = g_array_index(ranges, CpaRuneRange, i);
        if (next < r.lo) {
            cpa_rune_ranges_add(ranges, next, r.lo - 1);
        }
        next = r.hi + 1;
    }
    if (next <= CPA_RUNE_MAX) {
        cpa_rune_ranges_add(ranges, next, CPA_RUNE_MAX);
    }
    g_array_remove_range(ranges, 0, n);
}

guint cpa_rune_set_hash(gconstpointer key)
{
    const CpaRuneSet *set = key;
    uint64_t hash = set->n;
    for (uint32_t i = 0; i < set->n; i++) {
        hash = (hash ^ set->ranges[i].lo) * 0x9E3779B97F4A7C15u;
        hash = (hash ^ (hash >> 29) ^ set->ranges[i].hi) * 0x9E3779B97F4A7C15u;
    }
    return (guint)(hash >> 32);
}

gboolean cpa_rune_set_equal(gconstpointer a, gconstpointer b)
{
    const CpaRuneSet *x = a;
    const CpaRuneSet *y = b;
    return x->n == y->n && memcmp(x->ranges, y->ranges, x->n * sizeof(CpaRuneRange)) == 0;
}

CpaRuneSet *cpa_rune_set_new(const GArray *ranges)
{
    CpaRuneSet *set = g_malloc0(sizeof(CpaRuneSet) + ranges->len * sizeof(CpaRuneRange));
    set->n = ranges->len;
    if (set->n > 0) {
        memcpy(set->ranges, ranges->data, set->n * sizeof(CpaRuneRange));
    }
    for (uint32_t i = 0; i < set->n && set->ranges[i].lo < 128; i++) {
        for (uint32_t c = set->ranges[i].lo; c <= MIN(set->ranges[i].hi, 127u); c++) {
            set->ascii[c / 64] |= (uint64_t)1 << (c % 64);
        }
    }
    return set;
}

bool cpa_rune_set_has(const CpaRuneSet *set, uint32_t rune)
{
    if (rune < 128) {
        return (set->ascii[rune / 64] >> (rune % 64) & 1) != 0;
    }
    uint32_t lo = 0;
    uint32_t hi = set->n;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (set->ranges[mid].hi < rune) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo < set->n && set->ranges[lo].lo <= rune;
}

/* ---------------------------------------------------------------- case folding */

typedef struct {
    uint32_t key;
    uint32_t rune;
    uint32_t next; /* the next rune that differs only by case, round in a circle */
} Fold;

/* A name for the circle of @c under simple case folding. GLib knows the case of letters only. */
static uint32_t fold_key(uint32_t c)
{
    if (c == 0x130 || c == 0x131) { /* dotted and dotless i fold with nothing */
        return c;
    }
    if (c == 0x345) { /* combining iota */
        return 0x3B9;
    }
    if (c >= 0x2160 && c <= 0x216F) { /* roman numerals */
        return c + 0x10;
    }
    if (c >= 0x24B6 && c <= 0x24CF) { /* circled letters */
        return c + 0x1A;
    }
    return g_unichar_tolower(g_unichar_toupper(c));
}

static int fold_compare_key(const void *a, const void *b)
{
    const Fold *x = a;
    const Fold *y = b;
    if (x->key != y->key) {
        return x->key < y->key ? -1 : 1;
    }
    return x->rune < y->rune ? -1 : x->rune > y->rune;
}

static int fold_compare_rune(const void *a, const void *b)
{
    const Fold *x = a;
    const Fold *y = b;
    return x->rune < y->rune ? -1 : x->rune > y->rune;
}

static GArray *folds_new(void)
{
    GArray *folds = g_array_new(FALSE, FALSE, sizeof(Fold));
    for (uint32_t c = 'A'; c <= LAST_FOLDED; c++) {
        uint32_t key = fold_key(c);
        if (key != c) {
            Fold pair[2] = {{key, c, 0}, {key, key, 0}};
            g_array_append_vals(folds, pair, 2);
        }
    }
    g_array_sort(folds, fold_compare_key);
    Fold *f = (Fold *)(void *)folds->data;
    guint n = 0;
    guint circle = 0; /* where the current one starts */
    for (guint i = 0; i < folds->len; i++) {
        if (n > 0 && fold_compare_key(&f[n - 1], &f[i]) == 0) {
            continue;
        }
        f[n] = f[i];
        if (n > 0 && f[n - 1].key == f[n].key) {
            f[n - 1].next = f[n].rune;
        } else {
            circle = n;
        }
        f[n].next = f[circle].rune;
        n++;
    }
    g_array_set_size(folds, n);
    g_array_sort(folds, fold_compare_rune);
    return folds;
}

/* Index of the first entry of the table at or after @rune. */
static guint fold_index(CpaRuneFolds *folds, uint32_t rune)
{
    if (folds->folds == NULL) {
        folds->folds = folds_new();
    }
    guint lo = 0;
    guint hi = folds->folds->len;
    while (lo < hi) {
        guint mid = lo + (hi - lo) / 2;
        if (g_array_index(folds->folds, Fold, mid).rune < rune) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}

void cpa_rune_folds_clear(CpaRuneFolds *folds)
{
    g_clear_pointer(&folds->folds, g_array_unref);
}

uint32_t cpa_rune_folds_next(CpaRuneFolds *folds, uint32_t rune)
{
    if (rune == LONG_S || rune == KELVIN) {
        return rune == LONG_S ? 'S' : 'K';
    }
    if (rune < 128) {
        if (rune == 's' || rune == 'k') {
            return rune == 's' ? LONG_S : KELVIN;
        }
        return g_ascii_isalpha((char)rune) ? rune ^ 0x20 : rune;
    }
    guint i = fold_index(folds, rune);
    if (i < folds->folds->len && g_array_index(folds->folds, Fold, i).rune == rune) {
        return g_array_index(folds->folds, Fold, i).next;
    }
    return rune;
}

/* Adds what differs from @rune only by case. */
static void folds_add_circle(CpaRuneFolds *folds, uint32_t rune, GArray *ranges)
{
    uint32_t c = cpa_rune_folds_next(folds, rune);
    for (; c != rune; c = cpa_rune_folds_next(folds, c)) {
        cpa_rune_ranges_add(ranges, c, c);
    }
}

void cpa_rune_folds_close(CpaRuneFolds *folds, GArray *ranges)
{
    guint n = ranges->len;
    for (guint i = 0; i < n; i++) {
        CpaRuneRange r = g_array_index(ranges, CpaRuneRange, i);
        for (uint32_t c = r.lo; c <= MIN(r.hi, 127u); c++) {
            folds_add_circle(folds, c, ranges);
        }
        uint32_t lo = MAX(r.lo, 128u);
        if (lo == 128 && r.hi >= LAST_FOLDED) { /* as in [^a]: lacks nothing but ASCII */
            folds_add_circle(folds, LONG_S, ranges);
            folds_add_circle(folds, KELVIN, ranges);
            continue;
        }
        for (guint j = lo <= r.hi ? fold_index(folds, lo) : 0; lo <= r.hi; j++) {
            lo = j < folds->folds->len ? g_array_index(folds->folds, Fold, j).rune : UINT32_MAX;
            if (lo <= r.hi) {
                folds_add_circle(folds, lo, ranges);
            }
        }
    }
    cpa_rune_ranges_normalize(ranges);
}
