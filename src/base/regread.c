/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Characters, escapes and classes. An error shows the part of the pattern that it shows in Go; a
 * NUL in it ends the message.
 *
 * Source: Go's regexp/syntax, parse.go, from unescape to parseClass; differs: tables of Unicode
 * come from GLib, see runeclass.c.
 */
#include "base/regread.h"

#include "base/error.h"
#include "base/runeclass.h"

#include <string.h>

/* ---------------------------------------------------------------- errors and characters */

bool cpa_reg_fail(CpaRegReader *r, const char *what, const char *from, const char *to)
{
    return cpa_error_set(r->error, CPA_ERROR_USAGE, "error parsing regexp: %s: `%.*s`", what,
                         (int)MIN(to - from, INT32_MAX), from);
}

static bool fail_utf8(CpaRegReader *r, const char *from, const char *to)
{
    return cpa_reg_fail(r, "invalid UTF-8", from, to);
}

bool cpa_reg_read_rune(CpaRegReader *r, const char *end, uint32_t *rune)
{
    size_t size = cpa_rune_decode(r->pos, end, rune);
    if (*rune == CPA_RUNE_ERROR && size == 1) {
        return fail_utf8(r, r->pos, end);
    }
    r->pos += size;
    return true;
}

bool cpa_reg_check_utf8(CpaRegReader *r, const char *from, const char *to)
{
    while (from < to) {
        uint32_t rune;
        size_t size = cpa_rune_decode(from, to, &rune);
        if (rune == CPA_RUNE_ERROR && size == 1) {
            return fail_utf8(r, from, to);
        }
        from += size;
    }
    return true;
}

/* ---------------------------------------------------------------- escapes */

static int unhex(uint32_t c)
{
    return c < 128 ? g_ascii_xdigit_value((char)c) : -1;
}

bool cpa_reg_read_escape(CpaRegReader *r, uint32_t *rune)
{
    const char *from = r->pos++;
    if (r->pos == r->end) {
        return cpa_reg_fail(r, "trailing backslash at end of expression", from, from);
    }
    uint32_t c;
    if (!cpa_reg_read_rune(r, r->end, &c)) {
        return false;
    }
    static const char controls[] = "a\af\fn\nr\rt\tv\v";
    for (const char *s = controls; *s != '\0'; s += 2) {
        if (c == (uint8_t)s[0]) {
            *rune = (uint8_t)s[1];
            return true;
        }
    }
    bool octal_follows = r->pos < r->end && *r->pos >= '0' && *r->pos <= '7';
    if (c == '0' || (c >= '1' && c <= '7' && octal_follows)) {
        *rune = c - '0';
        for (int i = 1; i < 3 && r->pos < r->end && *r->pos >= '0' && *r->pos <= '7'; i++) {
            *rune = *rune * 8 + (uint32_t)(*r->pos++ - '0');
        }
        return true;
    }
    if (c == 'x' && r->pos < r->end) {
        if (!cpa_reg_read_rune(r, r->end, &c)) {
            return false;
        }
        if (c != '{') {
            int high = unhex(c);
            if (!cpa_reg_read_rune(r, r->end, &c)) {
                return false;
            }
            int low = unhex(c);
            if (high >= 0 && low >= 0) {
                *rune = (uint32_t)(high * 16 + low);
                return true;
            }
            return cpa_reg_fail(r, "invalid escape sequence", from, r->pos);
        }
        uint32_t value = 0;
        for (int n = 0; r->pos < r->end; n++) {
            if (!cpa_reg_read_rune(r, r->end, &c)) {
                return false;
            }
            if (c == '}' && n > 0) {
                *rune = value;
                return true;
            }
            int digit = unhex(c);
            if (digit < 0 || value * 16 + (uint32_t)digit > CPA_RUNE_MAX) {
                break;
            }
            value = value * 16 + (uint32_t)digit;
        }
        return cpa_reg_fail(r, "invalid escape sequence", from, r->pos);
    }
    if (c < 128 && !g_ascii_isalnum((char)c)) {
        *rune = c;
        return true;
    }
    return cpa_reg_fail(r, "invalid escape sequence", from, r->pos);
}

/* ---------------------------------------------------------------- named classes */

void cpa_reg_fold_ranges(const CpaRegReader *r, GArray *ranges)
{
    cpa_rune_ranges_normalize(ranges);
    if ((r->flags & CPA_REG_FOLD) != 0) {
        cpa_rune_folds_close(r->folds, ranges);
    }
}

/* Replaces @ranges by all others, with regard to case if the flags say so. */
static void negate_ranges(const CpaRegReader *r, GArray *ranges)
{
    cpa_reg_fold_ranges(r, ranges);
    cpa_rune_ranges_negate(ranges);
}

static void add_ascii(CpaRegReader *r, const CpaAsciiClass *ascii, bool negate, GArray *out)
{
    g_autoptr(GArray) ranges = cpa_rune_ranges_new();
    cpa_ascii_class_add(ascii, ranges);
    if (negate) {
        negate_ranges(r, ranges);
    }
    g_array_append_vals(out, ranges->data, ranges->len);
}

bool cpa_reg_take_perl(CpaRegReader *r, GArray *out)
{
    if (r->end - r->pos < 2 || r->pos[0] != '\\') {
        return false;
    }
    const CpaAsciiClass *ascii = cpa_ascii_class_perl(g_ascii_tolower(r->pos[1]));
    if (ascii == NULL) {
        return false;
    }
    add_ascii(r, ascii, g_ascii_isupper(r->pos[1]), out);
    r->pos += 2;
    return true;
}

/* Returns the code points of \p{@name}, which are kept; NULL for no such class. */
static const GArray *find_table(CpaRegReader *r, const char *name, size_t len)
{
    const CpaUnicodeClass *unicode = cpa_unicode_class_find(name, len);
    if (unicode == NULL) {
        return NULL;
    }
    GArray *ranges = g_hash_table_lookup(r->tables, unicode);
    if (ranges == NULL) {
        ranges = cpa_unicode_class_ranges(unicode);
        g_hash_table_insert(r->tables, (gpointer)(uintptr_t)unicode, ranges);
    }
    return ranges;
}

bool cpa_reg_read_unicode(CpaRegReader *r, GArray *out)
{
    const char *from = r->pos;
    bool negate = from[1] == 'P';
    r->pos += 2;
    uint32_t c;
    if (!cpa_reg_read_rune(r, r->end, &c)) {
        return false;
    }
    const char *name = from + 2;
    const char *name_end = r->pos;
    if (c == '{' && r->pos > name) {
        name = r->pos;
        name_end = memchr(name, '}', (size_t)(r->end - name));
        if (name_end == NULL) {
            return cpa_reg_check_utf8(r, from, r->end) &&
                   cpa_reg_fail(r, "invalid character class range", from, r->end);
        }
        r->pos = name_end + 1;
        if (!cpa_reg_check_utf8(r, name, name_end)) {
            return false;
        }
    }
    if (name < name_end && *name == '^') {
        negate = !negate;
        name++;
    }
    const GArray *table = find_table(r, name, (size_t)(name_end - name));
    if (table == NULL) {
        return cpa_reg_fail(r, "invalid character class range", from, r->pos);
    }
    g_autoptr(GArray) ranges = cpa_rune_ranges_new();
    g_array_append_vals(ranges, table->data, table->len);
    if (negate) {
        negate_ranges(r, ranges);
    }
    g_array_append_vals(out, ranges->data, ranges->len);
    return true;
}

/* At "[:" inside a class. Sets @taken when it names a group, else it is plain characters. */
static bool read_posix_class(CpaRegReader *r, GArray *out, bool *taken)
{
    const char *from = r->pos;
    const char *name = from + 2;
    const char *name_end = r->no_more_posix ? NULL : memmem(name, (size_t)(r->end - name), ":]", 2);
    r->no_more_posix = name_end == NULL;
    *taken = name_end != NULL;
    if (name_end == NULL) {
        return true;
    }
    r->pos = name_end + 2;
    bool negate = *name == '^';
    name += negate ? 1 : 0;
    const CpaAsciiClass *ascii = cpa_ascii_class_posix(name, (size_t)(name_end - name));
    if (ascii != NULL) {
        add_ascii(r, ascii, negate, out);
        return true;
    }
    return cpa_reg_fail(r, "invalid character class range", from, r->pos);
}

/* ---------------------------------------------------------------- [..] */

static bool read_class_rune(CpaRegReader *r, const char *class_start, uint32_t *rune)
{
    if (r->pos == r->end) {
        return cpa_reg_fail(r, "missing closing ]", class_start, r->end);
    }
    return *r->pos == '\\' ? cpa_reg_read_escape(r, rune) : cpa_reg_read_rune(r, r->end, rune);
}

/* One member of a class: a group, a range or a code point. */
static bool read_class_item(CpaRegReader *r, const char *class_start, GArray *ranges)
{
    size_t left = (size_t)(r->end - r->pos);
    if (left > 2 && r->pos[0] == '[' && r->pos[1] == ':') {
        bool taken;
        if (!read_posix_class(r, ranges, &taken)) {
            return false;
        }
        if (taken) {
            return true;
        }
    }
    if (left >= 2 && r->pos[0] == '\\' && (r->pos[1] == 'p' || r->pos[1] == 'P')) {
        return cpa_reg_read_unicode(r, ranges);
    }
    if (cpa_reg_take_perl(r, ranges)) {
        return true;
    }
    const char *from = r->pos;
    uint32_t lo;
    if (!read_class_rune(r, class_start, &lo)) {
        return false;
    }
    uint32_t hi = lo;
    if (r->end - r->pos >= 2 && r->pos[0] == '-' && r->pos[1] != ']') {
        r->pos++;
        if (!read_class_rune(r, class_start, &hi)) {
            return false;
        }
        if (hi < lo) {
            return cpa_reg_fail(r, "invalid character class range", from, r->pos);
        }
    }
    cpa_rune_ranges_add(ranges, lo, hi);
    return true;
}

bool cpa_reg_read_class(CpaRegReader *r, GArray *ranges, bool *negate)
{
    const char *from = r->pos++;
    *negate = r->pos < r->end && *r->pos == '^';
    r->pos += *negate ? 1 : 0;
    for (bool first = true; first || r->pos == r->end || *r->pos != ']'; first = false) {
        if (!read_class_item(r, from, ranges)) {
            return false;
        }
    }
    r->pos++;
    return true;
}
