/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Thread profiles (threadz): one stack per thread.
 *
 *     --- threadz 1 ---
 *
 *     --- Thread 7f794ab90940 (name: main/14748) stack: ---
 *       PC:  0x00bc8f1c: helper(arg *)             any text with addresses in it
 *       0x0040be31: main
 *     --- Thread 7f794964e700 (name: thread1/14751) stack: ---
 *       [same as previous thread]                  the stack above once more
 *     ---- no stack trace for thread 14790 ----    ends the threads, like the memory map
 *
 * Source: pprof profile/legacy_profile.go parseThread
 */
#include "input/legacy.h"

extern const CpaFormat cpa_format_thread;

static bool has_threadz(CpaSpan line)
{
    const CpaSpan start = CPA_SPAN("--- threadz ");
    for (size_t at = cpa_span_find(line, 0, start); at != SIZE_MAX;
         at = cpa_span_find(line, at + 1, start)) {
        CpaSpan rest = cpa_span_from(line, at + start.len);
        CpaSpan version;
        if (cpa_scan_digits(&rest, &version) && cpa_span_has_prefix(rest, CPA_SPAN(" ---"))) {
            return true;
        }
    }
    return false;
}

/* Cuts the line behind the leftmost "--- Thread 7f79 (name: ". */
static bool find_thread(CpaSpan line, CpaSpan *name)
{
    const CpaSpan start = CPA_SPAN("--- Thread ");
    for (size_t at = cpa_span_find(line, 0, start); at != SIZE_MAX;
         at = cpa_span_find(line, at + 1, start)) {
        size_t first = at + start.len;
        size_t end = first;
        while (end < line.len && g_ascii_isxdigit(line.bytes[end])) {
            end++;
        }
        *name = cpa_span_from(line, end);
        if (end > first && cpa_scan_literal(name, CPA_SPAN(" (name: "))) {
            return true;
        }
    }
    return false;
}

/* "--- Thread HEX (name: NAME/DIGITS) stack: ---" anywhere in the line. */
static bool has_thread(CpaSpan line)
{
    const CpaSpan end = CPA_SPAN(") stack: ---");
    CpaSpan name;
    if (!find_thread(line, &name)) {
        return false;
    }
    for (size_t at = cpa_span_find(name, 0, end); at != SIZE_MAX;
         at = cpa_span_find(name, at + 1, end)) {
        size_t first = at;
        while (first > 0 && g_ascii_isdigit(name.bytes[first - 1])) {
            first--;
        }
        if (first < at && first > 0 && name.bytes[first - 1] == '/') {
            return true;
        }
    }
    return false;
}

/* Moves to the first line with content; true when it is a header. */
static bool find_header(CpaLines *lines, bool *is_threadz)
{
    while (cpa_lines_next(lines) && cpa_span_is_skipped(lines->line)) {
    }
    *is_threadz = has_threadz(lines->line);
    return *is_threadz || has_thread(lines->line);
}

/*
 * Reads the stack below a thread's header. Stops at the next line with content that starts in
 * "---", or at the end, and stores the last line with content.
 */
static bool read_stack(CpaLegacy *l, CpaLines *lines, CpaSpan *last, GError **error)
{
    bool is_same = false;
    *last = (CpaSpan){lines->rest.bytes, 0};
    while (cpa_lines_next(lines)) {
        CpaSpan line = cpa_span_trim(lines->line);
        *last = line;
        if (cpa_span_has_prefix(line, CPA_SPAN("---"))) {
            break;
        }
        if (cpa_span_find(line, 0, CPA_SPAN("same as previous thread")) != SIZE_MAX) {
            is_same = true;
        } else if (!cpa_legacy_add_frames(l, line, 0, 1)) {
            return cpa_legacy_fail(l, error, CPA_ERROR_MALFORMED, line,
                                   "address beyond 64 bits in a stack");
        }
    }
    if (!cpa_legacy_check_lines(l, lines, error)) {
        return false;
    }
    if (is_same) {
        cpa_legacy_drop_open_frames(l);
    }
    if (cpa_legacy_n_open_frames(l) > 0) {
        const int64_t one = 1;
        cpa_legacy_end_sample(l, &one, 1, 0);
    } else if (l->values.len > 0) {
        l->values.data[l->values.len - 1]++;
    }
    return true;
}

static bool read_threads(CpaLegacy *l, CpaLines *lines, CpaSpan line, GError **error)
{
    while (!cpa_legacy_is_map_start(line) &&
           !cpa_span_has_prefix(line, CPA_SPAN("---- no stack trace for"))) {
        if (!has_thread(line)) {
            return cpa_legacy_fail(l, error, CPA_ERROR_MALFORMED, line,
                                   lines->rest.len == 0 ? "no memory map after the last thread"
                                                        : "not the header of a thread");
        }
        if (!read_stack(l, lines, &line, error)) {
            return false;
        }
    }
    return true;
}

static bool parse(CpaLegacy *l, GError **error)
{
    CpaLines lines;
    bool is_threadz = false;
    cpa_lines_init(&lines, l->data);
    if (!find_header(&lines, &is_threadz)) {
        return cpa_legacy_check_lines(l, &lines, error) &&
               cpa_legacy_fail(l, error, CPA_ERROR_MALFORMED, lines.line, "not a known header");
    }
    CpaSpan line = lines.line;
    while (is_threadz && cpa_lines_next(&lines)) {
        line = lines.line;
        if (cpa_legacy_is_map_start(line) || cpa_span_has_prefix(line, CPA_SPAN("-"))) {
            break;
        }
    }
    cpa_legacy_set_period_type(l, "thread", "count");
    cpa_legacy_add_type(l, "thread", CPA_SPAN("count"));
    l->period = 1;
    if (!cpa_legacy_check_lines(l, &lines, error) || !read_threads(l, &lines, line, error) ||
        !cpa_legacy_read_tail(l, &lines, error)) {
        return false;
    }
    cpa_legacy_drop_repeated_leaves(l);
    return cpa_legacy_finish(l, error);
}

static int probe_thread(const uint8_t *head, size_t size, bool complete)
{
    CpaLines lines;
    bool is_threadz = false;
    cpa_lines_init(&lines, (CpaSpan){(const char *)head, size});
    (void)complete;
    return find_header(&lines, &is_threadz) ? 90 : 0;
}

static bool read_thread(CpaSource *source, CpaBuilder *builder, GError **error)
{
    CpaLegacy legacy;
    bool ok = cpa_legacy_init(&legacy, &cpa_format_thread, source, builder, error) &&
              parse(&legacy, error);
    cpa_legacy_clear(&legacy);
    return ok;
}

const CpaFormat cpa_format_thread = {
    .name = "threadz",
    .summary = "stacks of all threads (threadz), text",
    .suffixes = ".thread",
    .probe = probe_thread,
    .read = read_thread,
};
