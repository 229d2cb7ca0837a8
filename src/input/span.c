/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Spans, numbers and lines as Go's strings, strconv and bufio see them, which is what decides
 * whether pprof accepts a legacy profile.
 */
#include "input/span.h"

#include <glib.h>
#include <string.h>

/* ---- spans --------------------------------------------------------------------------------- */

bool cpa_span_equal(CpaSpan text, CpaSpan other)
{
    return text.len == other.len && memcmp(text.bytes, other.bytes, text.len) == 0;
}

bool cpa_span_has_prefix(CpaSpan text, CpaSpan prefix)
{
    return text.len >= prefix.len && memcmp(text.bytes, prefix.bytes, prefix.len) == 0;
}

size_t cpa_span_find(CpaSpan text, size_t from, CpaSpan needle)
{
    if (from >= text.len) {
        return SIZE_MAX;
    }
    const char *at = memmem(text.bytes + from, text.len - from, needle.bytes, needle.len);
    return at == NULL ? SIZE_MAX : (size_t)(at - text.bytes);
}

CpaSpan cpa_span_from(CpaSpan text, size_t n)
{
    g_assert(n <= text.len);
    return (CpaSpan){text.bytes + n, text.len - n};
}

CpaSpan cpa_span_slice(CpaSpan text, size_t first, size_t end)
{
    g_assert(first <= end && end <= text.len);
    return (CpaSpan){text.bytes + first, end - first};
}

/* Length of the white space character that these bytes are, if they are exactly one; else 0. */
static size_t space_length(const char *bytes, size_t n)
{
    const uint8_t *b = (const uint8_t *)bytes;
    switch (n) {
    case 1:
        return b[0] == ' ' || (b[0] >= '\t' && b[0] <= '\r') ? 1 : 0;
    case 2: /* U+0085, U+00A0 */
        return b[0] == 0xc2 && (b[1] == 0x85 || b[1] == 0xa0) ? 2 : 0;
    case 3:
        if (b[0] == 0xe1) { /* U+1680 */
            return b[1] == 0x9a && b[2] == 0x80 ? 3 : 0;
        }
        if (b[0] == 0xe2 && b[1] == 0x80) { /* U+2000..U+200A, U+2028, U+2029, U+202F */
            bool is_blank = b[2] >= 0x80 && b[2] <= 0x8a;
            return is_blank || b[2] == 0xa8 || b[2] == 0xa9 || b[2] == 0xaf ? 3 : 0;
        }
        if (b[0] == 0xe2) { /* U+205F */
            return b[1] == 0x81 && b[2] == 0x9f ? 3 : 0;
        }
        return b[0] == 0xe3 && b[1] == 0x80 && b[2] == 0x80 ? 3 : 0; /* U+3000 */
    default:
        return 0;
    }
}

/* White space at the front, or at the back of the text: its length in bytes, or 0. */
static size_t space_at_end(CpaSpan text, bool back)
{
    for (size_t n = 1; n <= 3 && n <= text.len; n++) {
        if (space_length(back ? text.bytes + text.len - n : text.bytes, n) != 0) {
            return n;
        }
    }
    return 0;
}

CpaSpan cpa_span_trim(CpaSpan text)
{
    size_t n;
    while ((n = space_at_end(text, false)) != 0) {
        text = cpa_span_from(text, n);
    }
    while ((n = space_at_end(text, true)) != 0) {
        text.len -= n;
    }
    return text;
}

bool cpa_span_is_skipped(CpaSpan line)
{
    CpaSpan text = cpa_span_trim(line);
    return text.len == 0 || text.bytes[0] == '#';
}

/* ---- numbers ------------------------------------------------------------------------------- */

/* Takes the prefix of a Go literal. Returns the base. */
static unsigned take_base(CpaSpan *digits, bool *after_digit)
{
    if (digits->len == 0 || digits->bytes[0] != '0') {
        return 10;
    }
    *after_digit = true;
    char letter = digits->len >= 3 ? g_ascii_tolower(digits->bytes[1]) : '\0';
    unsigned base = letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 0;
    *digits = cpa_span_from(*digits, base != 0 ? 2 : 1);
    return base != 0 ? base : 8;
}

/* Digits of any length, '_' between them where `underscores` is set. */
static bool parse_digits(CpaSpan digits, unsigned base, bool underscores, bool after_digit,
                         uint64_t *value)
{
    uint64_t v = 0;
    for (size_t i = 0; i < digits.len; i++) {
        char c = digits.bytes[i];
        if (c == '_' && underscores && after_digit) {
            after_digit = false;
            continue;
        }
        int digit = g_ascii_xdigit_value(c);
        if (digit < 0 || (unsigned)digit >= base) {
            return false;
        }
        if (v > (UINT64_MAX - (unsigned)digit) / base) {
            return false;
        }
        v = v * base + (unsigned)digit;
        after_digit = true;
    }
    *value = v;
    return after_digit;
}

bool cpa_span_parse_int(CpaSpan text, int base, int64_t *value)
{
    bool negative = text.len > 0 && text.bytes[0] == '-';
    if (negative || (text.len > 0 && text.bytes[0] == '+')) {
        text = cpa_span_from(text, 1);
    }
    bool after_digit = false;
    unsigned real_base = base == 0 ? take_base(&text, &after_digit) : (unsigned)base;
    uint64_t magnitude = 0;
    if (!parse_digits(text, real_base, base == 0, after_digit, &magnitude)) {
        return false;
    }
    uint64_t limit = (uint64_t)INT64_MAX + (negative ? 1 : 0);
    if (magnitude > limit) {
        return false;
    }
    *value = (int64_t)(negative ? 0 - magnitude : magnitude);
    return true;
}

bool cpa_span_parse_hex(CpaSpan digits, uint64_t *value)
{
    return parse_digits(digits, 16, false, false, value);
}

/* ---- scanner steps ------------------------------------------------------------------------- */

bool cpa_scan_literal(CpaSpan *text, CpaSpan literal)
{
    if (!cpa_span_has_prefix(*text, literal)) {
        return false;
    }
    *text = cpa_span_from(*text, literal.len);
    return true;
}

void cpa_scan_spaces(CpaSpan *text)
{
    size_t n = 0;
    while (n < text->len && text->bytes[n] == ' ') {
        n++;
    }
    *text = cpa_span_from(*text, n);
}

bool cpa_scan_digits(CpaSpan *text, CpaSpan *digits)
{
    size_t n = 0;
    while (n < text->len && g_ascii_isdigit(text->bytes[n])) {
        n++;
    }
    *digits = cpa_span_slice(*text, 0, n);
    *text = cpa_span_from(*text, n);
    return n > 0;
}

static bool is_lower_hex(char c)
{
    return g_ascii_isdigit(c) || (c >= 'a' && c <= 'f');
}

bool cpa_scan_hex(CpaSpan *text, CpaSpan *digits)
{
    size_t n = 0;
    while (n < text->len && is_lower_hex(text->bytes[n])) {
        n++;
    }
    *digits = cpa_span_slice(*text, 0, n);
    *text = cpa_span_from(*text, n);
    return n > 0;
}

CpaSpan cpa_scan_address_list(CpaSpan text)
{
    size_t n = 0;
    while (n < text.len &&
           (text.bytes[n] == ' ' || text.bytes[n] == 'x' || is_lower_hex(text.bytes[n]))) {
        n++;
    }
    return cpa_span_slice(text, 0, n);
}

bool cpa_scan_next_address(CpaSpan *text, CpaSpan *digits)
{
    for (size_t i = 0; i + 2 < text->len; i++) {
        if (text->bytes[i] == '0' && text->bytes[i + 1] == 'x' &&
            is_lower_hex(text->bytes[i + 2])) {
            *text = cpa_span_from(*text, i + 2);
            return cpa_scan_hex(text, digits);
        }
    }
    *text = cpa_span_from(*text, text->len);
    return false;
}

/* ---- lines --------------------------------------------------------------------------------- */

void cpa_lines_init(CpaLines *lines, CpaSpan data)
{
    *lines = (CpaLines){.rest = data, .line = {data.bytes, 0}};
}

bool cpa_lines_next(CpaLines *lines)
{
    CpaSpan rest = lines->rest;
    lines->line = (CpaSpan){rest.bytes, 0};
    if (rest.len == 0 || lines->too_long) {
        return false;
    }
    size_t window = MIN(rest.len, CPA_LEGACY_MAX_LINE);
    const char *end = memchr(rest.bytes, '\n', window);
    if (end == NULL && window == CPA_LEGACY_MAX_LINE) {
        lines->too_long = true;
        return false;
    }
    size_t len = end == NULL ? rest.len : (size_t)(end - rest.bytes);
    lines->rest = cpa_span_from(rest, end == NULL ? len : len + 1);
    lines->line.len = len > 0 && rest.bytes[len - 1] == '\r' ? len - 1 : len;
    return true;
}
