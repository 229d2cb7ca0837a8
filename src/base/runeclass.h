/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The named classes of code points of a regular expression: \d, [[:alpha:]], \p{Greek}.
 */
#pragma once

#include <glib.h>
#include <stddef.h>

typedef struct CpaAsciiClass CpaAsciiClass;
typedef struct CpaUnicodeClass CpaUnicodeClass;

/** cpa_ascii_class_posix: Returns: (nullable): the class of [:@name:] */
const CpaAsciiClass *cpa_ascii_class_posix(const char *name, size_t len);

/** cpa_ascii_class_perl: Returns: (nullable): the class of \@letter, a lower case letter */
const CpaAsciiClass *cpa_ascii_class_perl(char letter);

/** cpa_ascii_class_add: appends the code points of @ascii, sorted, to an array of CpaRuneRange */
void cpa_ascii_class_add(const CpaAsciiClass *ascii, GArray *ranges);

/**
 * cpa_unicode_class_find:
 *
 * Returns: (nullable): the category or script that \p{@name} means; names are compared without
 *          regard to case, space, underscore and hyphen
 */
const CpaUnicodeClass *cpa_unicode_class_find(const char *name, size_t len);

/**
 * cpa_unicode_class_ranges:
 *
 * Cost:    asks GLib about every code point, 5-10 ms
 * Returns: (transfer full): the code points of @unicode, normalised, an array of CpaRuneRange
 */
GArray *cpa_unicode_class_ranges(const CpaUnicodeClass *unicode);
