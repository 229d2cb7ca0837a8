/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Spans of tainted text, the scanners that the text formats are read with, and their lines.
 *
 * Patterns are matched by hand, on bytes, each byte a bounded number of times. Where a pattern of
 * pprof starts with "find anywhere", the scanner finds the leftmost match as a regexp would.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- spans and numbers --------------------------------------------------------------------- */

/* Tainted bytes of the input, borrowed, not terminated; may hold NUL and invalid UTF-8. */
typedef struct {
    const char *bytes;
    size_t len;
} CpaSpan;

#define CPA_SPAN(literal) ((CpaSpan){(literal), sizeof(literal) - 1})

bool cpa_span_equal(CpaSpan text, CpaSpan other);
bool cpa_span_has_prefix(CpaSpan text, CpaSpan prefix);

/** cpa_span_find: Returns: index of the first @needle at or after @from, or SIZE_MAX */
size_t cpa_span_find(CpaSpan text, size_t from, CpaSpan needle);

/** cpa_span_from: Returns: @text without its first @n bytes; @n <= len */
CpaSpan cpa_span_from(CpaSpan text, size_t n);

/** cpa_span_slice: Returns: bytes [@first, @end) of @text */
CpaSpan cpa_span_slice(CpaSpan text, size_t first, size_t end);

/** cpa_span_trim: Returns: @text without Unicode white space at both ends */
CpaSpan cpa_span_trim(CpaSpan text);

/** cpa_span_is_skipped: Returns: whether the line is blank or a '#' comment */
bool cpa_span_is_skipped(CpaSpan line);

/**
 * cpa_span_parse_int:
 * @base: 10, or 0 for Go's literals: 0x, 0o, 0b, a leading 0 for octal, '_' between digits
 *
 * Returns: %false when @text as a whole is not such a number or does not fit into 64 bits
 */
bool cpa_span_parse_int(CpaSpan text, int base, int64_t *value);

/** cpa_span_parse_hex: Returns: %false when not 1+ hex digits, or more than 64 bits */
bool cpa_span_parse_hex(CpaSpan digits, uint64_t *value);

/* Steps of a hand-written scanner: each moves the front of @text past what it takes. */
bool cpa_scan_literal(CpaSpan *text, CpaSpan literal);
void cpa_scan_spaces(CpaSpan *text); /* ' ' only */
/** cpa_scan_digits: Returns: %false when there is none */
bool cpa_scan_digits(CpaSpan *text, CpaSpan *digits);

/** cpa_scan_hex: takes 0-9 and a-f. Returns: %false when there is none */
bool cpa_scan_hex(CpaSpan *text, CpaSpan *digits);

/** cpa_scan_address_list: Returns: the part at the front that consists of ' ', 'x', 0-9 and a-f */
CpaSpan cpa_scan_address_list(CpaSpan text);

/**
 * cpa_scan_next_address:
 * @digits: (out): what follows the leftmost "0x" in @text that is followed by 0-9 or a-f
 *
 * Returns: %false when there is none; @text is empty then
 */
bool cpa_scan_next_address(CpaSpan *text, CpaSpan *digits);

/* ---- lines --------------------------------------------------------------------------------- */

/* The formats' own limit: a longer line, its end included, makes the file invalid. */
#define CPA_LEGACY_MAX_LINE ((size_t)64 * 1024)

typedef struct {
    CpaSpan rest;  /* what follows the current line */
    CpaSpan line;  /* without "\n" or "\r\n"; empty before the first and after the last */
    bool too_long; /* sticky */
} CpaLines;

void cpa_lines_init(CpaLines *lines, CpaSpan data);

/** cpa_lines_next: Returns: %false at the end, or with too_long set */
bool cpa_lines_next(CpaLines *lines);
