/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Go's count profiles as text (debug=1): goroutine, threadcreate, and any that a program defines.
 *
 *     goroutine profile: total 7
 *     3 @ 0x44cb3 0x45045
 *     # 0x44cb2 main.work+0x12 /src/main.go:9        comments, labels too, are skipped
 *
 * Source: Go runtime/pprof printCountProfile; pprof profile/legacy_profile.go parseGoCount
 */
#include "input/legacy.h"

#include <string.h>

extern const CpaFormat cpa_format_go_count;

/* Moves to the first line that is neither blank nor a comment. */
static void skip_comments(CpaLines *lines)
{
    while (cpa_lines_next(lines) && cpa_span_is_skipped(lines->line)) {
    }
}

static bool parse_header(CpaSpan line, CpaSpan *type)
{
    size_t n = 0;
    while (n < line.len && memchr(" \t\n\f\r", line.bytes[n], 5) == NULL) {
        n++;
    }
    *type = cpa_span_slice(line, 0, n);
    CpaSpan rest = cpa_span_from(line, n);
    CpaSpan total;
    return n > 0 && cpa_scan_literal(&rest, CPA_SPAN(" profile: total ")) &&
           cpa_scan_digits(&rest, &total) && rest.len == 0;
}

static bool read_sample(CpaLegacy *l, CpaSpan line, GError **error)
{
    CpaSpan at = line;
    CpaSpan digits;
    int64_t count = 0;
    bool ok = cpa_scan_digits(&at, &digits) && cpa_span_parse_int(digits, 0, &count) &&
              cpa_scan_literal(&at, CPA_SPAN(" @")) && at.len > 0;
    while (ok && at.len > 0) {
        uint64_t address = 0;
        ok = cpa_scan_literal(&at, CPA_SPAN(" 0x")) && cpa_scan_hex(&at, &digits) &&
             cpa_span_parse_hex(digits, &address);
        cpa_legacy_add_frame(l, address - 1);
    }
    if (!ok) {
        return cpa_legacy_fail(l, error, CPA_ERROR_MALFORMED, line,
                               "not a sample \"COUNT @ ADDRESS...\"");
    }
    cpa_legacy_end_sample(l, &count, 1, 0);
    return true;
}

static bool parse(CpaLegacy *l, GError **error)
{
    CpaLines lines;
    CpaSpan type;
    cpa_lines_init(&lines, l->data);
    skip_comments(&lines);
    if (!cpa_legacy_check_lines(l, &lines, error)) {
        return false;
    }
    if (!parse_header(lines.line, &type)) {
        return cpa_legacy_fail(l, error, CPA_ERROR_MALFORMED, lines.line,
                               "not a header \"TYPE profile: total COUNT\"");
    }
    l->types[0] = (CpaValueType){
        cpa_builder_intern(l->builder, type.bytes, (gssize)type.len),
        cpa_builder_intern(l->builder, "count", -1),
    };
    l->n_types = 1;
    l->period_type = l->types[0];
    l->period = 1;
    while (cpa_lines_next(&lines)) {
        if (cpa_span_is_skipped(lines.line)) {
            continue;
        }
        if (cpa_span_has_prefix(lines.line, CPA_SPAN("---"))) {
            break;
        }
        if (!read_sample(l, lines.line, error)) {
            return false;
        }
    }
    return cpa_legacy_check_lines(l, &lines, error) && cpa_legacy_read_tail(l, &lines, error) &&
           cpa_legacy_finish(l, error);
}

static int probe_go_count(const uint8_t *head, size_t size, bool complete)
{
    CpaLines lines;
    CpaSpan type;
    cpa_lines_init(&lines, (CpaSpan){(const char *)head, size});
    (void)complete;
    skip_comments(&lines);
    return parse_header(lines.line, &type) ? 90 : 0;
}

static bool read_go_count(CpaSource *source, CpaBuilder *builder, GError **error)
{
    CpaLegacy legacy;
    bool ok = cpa_legacy_init(&legacy, &cpa_format_go_count, source, builder, error) &&
              parse(&legacy, error);
    cpa_legacy_clear(&legacy);
    return ok;
}

const CpaFormat cpa_format_go_count = {
    .name = "go count",
    .summary = "goroutine, threadcreate and other count profiles of Go, text (debug=1)",
    .suffixes = "",
    .probe = probe_go_count,
    .read = read_go_count,
};
