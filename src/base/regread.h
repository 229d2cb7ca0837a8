/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads those parts of a regular expression that stand for code points: characters, escapes and
 * classes. The parser embeds the reader and moves its position too.
 */
#pragma once

#include "base/runeset.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum {
    CPA_REG_FOLD = 1,
    CPA_REG_MULTI_LINE = 2,
    CPA_REG_DOT_NL = 4,
    CPA_REG_SWAP_LAZY = 8,
} CpaRegFlags;

typedef struct {
    const char *start; /* of the pattern */
    const char *pos;
    const char *end;
    unsigned flags; /* of CpaRegFlags */
    CpaRuneFolds *folds;
    GHashTable *tables; /* CpaUnicodeClass -> GArray of CpaRuneRange, those met so far */
    bool no_more_posix; /* no ":]" is left, so that nobody looks for it again and again */
    GError **error;
} CpaRegReader;

/** cpa_reg_fail: fails with @what and the part [@from, @to) of the pattern; Returns: %false */
bool cpa_reg_fail(CpaRegReader *r, const char *what, const char *from, const char *to);

/** cpa_reg_read_rune: steps over one code point before @end; at the end it is U+FFFD */
bool cpa_reg_read_rune(CpaRegReader *r, const char *end, uint32_t *rune);

/** cpa_reg_check_utf8: fails when [@from, @to) is not valid UTF-8 */
bool cpa_reg_check_utf8(CpaRegReader *r, const char *from, const char *to);

/** cpa_reg_read_escape: reads an escape that stands for one code point; at the backslash */
bool cpa_reg_read_escape(CpaRegReader *r, uint32_t *rune);

/** cpa_reg_take_perl: takes \d, \D and the like; Returns: whether there was one at the position */
bool cpa_reg_take_perl(CpaRegReader *r, GArray *ranges);

/** cpa_reg_read_unicode: reads \pN, \p{Greek}, \p{^Greek}, \P{Greek}; at the backslash */
bool cpa_reg_read_unicode(CpaRegReader *r, GArray *ranges);

/**
 * cpa_reg_read_class:
 * @ranges: gets the members as they are written, neither sorted nor folded
 * @negate: (out): whether it is [^..]
 *
 * Reads a class; at the opening bracket.
 */
bool cpa_reg_read_class(CpaRegReader *r, GArray *ranges, bool *negate);

/** cpa_reg_fold_ranges: normalises @ranges; adds what differs only by case if the flags say so */
void cpa_reg_fold_ranges(const CpaRegReader *r, GArray *ranges);
