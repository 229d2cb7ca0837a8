/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lock contention of C++ (contentionz) and of Go (mutex, block; debug=1), as text.
 *
 *     --- contentionz 1 ---            or --- mutex:  --- contention:
 *     cycles/second = 3201000000
 *     sampling period = 100
 *       19490304       27 @ 0xbccc97 0xc61202         delay in cycles, contentions
 *     --- Memory map: ---
 *
 * Java's contention profiles start with the same line; what is not C++ may be Java.
 *
 * Source: pprof profile/legacy_profile.go parseContention
 */
#include "base/units.h"
#include "input/java.h"
#include "input/legacy.h"

extern const CpaFormat cpa_format_contention;

typedef struct {
    int64_t cycles_hz; /* 0: delays are nanoseconds already */
    int64_t period;
    int64_t duration_ns;
} Header;

static bool is_first_line(CpaSpan line)
{
    return cpa_span_has_prefix(line, CPA_SPAN("--- contentionz ")) ||
           cpa_span_has_prefix(line, CPA_SPAN("--- mutex:")) ||
           cpa_span_has_prefix(line, CPA_SPAN("--- contention:"));
}

static bool set_attribute(Header *header, CpaSpan key, CpaSpan value)
{
    if (cpa_span_equal(key, CPA_SPAN("cycles/second"))) {
        return cpa_span_parse_int(value, 0, &header->cycles_hz);
    }
    if (cpa_span_equal(key, CPA_SPAN("sampling period"))) {
        return cpa_span_parse_int(value, 0, &header->period);
    }
    if (cpa_span_equal(key, CPA_SPAN("ms since reset"))) {
        int64_t ms = 0;
        if (!cpa_span_parse_int(value, 0, &ms)) {
            return false;
        }
        header->duration_ns = cpa_int64_wrap_mul(ms, 1000000);
        return true;
    }
    return cpa_span_equal(key, CPA_SPAN("discarded samples"));
}

/* Reads "key = value" lines and stops at the first other; false with the line at fault. */
static bool read_attributes(CpaLines *lines, Header *header, CpaSpan *fault)
{
    *header = (Header){.period = 1};
    while (cpa_lines_next(lines)) {
        CpaSpan line = cpa_span_trim(lines->line);
        if (cpa_span_is_skipped(line)) {
            continue;
        }
        size_t equals = cpa_span_find(line, 0, CPA_SPAN("="));
        if (cpa_span_has_prefix(line, CPA_SPAN("---")) || equals == SIZE_MAX) {
            break;
        }
        CpaSpan key = cpa_span_trim(cpa_span_slice(line, 0, equals));
        CpaSpan value = cpa_span_trim(cpa_span_from(line, equals + 1));
        if (!set_attribute(header, key, value)) {
            *fault = line;
            return false;
        }
    }
    return true;
}

/*
 * Finds "DELAY COUNT @ ADDRESS..." as pprof's pattern does, leftmost first. The blank between the
 * numbers is optional there: of "123 @" the last digit is the count.
 */
static bool find_sample(CpaSpan line, CpaSpan *delay, CpaSpan *count, CpaSpan *addresses)
{
    for (size_t at = cpa_span_find(line, 0, CPA_SPAN(" @")); at != SIZE_MAX;
         at = cpa_span_find(line, at + 1, CPA_SPAN(" @"))) {
        size_t first = at;
        while (first > 0 && g_ascii_isdigit(line.bytes[first - 1])) {
            first--;
        }
        size_t end = first;
        while (end > 0 && line.bytes[end - 1] == ' ') {
            end--;
        }
        size_t before = end;
        while (end < first && before > 0 && g_ascii_isdigit(line.bytes[before - 1])) {
            before--;
        }
        if (first == at) {
            continue;
        }
        if (before < end) {
            *delay = cpa_span_slice(line, before, end);
        } else if (at - first >= 2) {
            *delay = cpa_span_slice(line, first, at - 1);
            first = at - 1;
        } else {
            continue;
        }
        *count = cpa_span_slice(line, first, at);
        *addresses = cpa_scan_address_list(cpa_span_from(line, at + 2));
        return true;
    }
    return false;
}

static bool read_sample(CpaLegacy *l, const Header *header, CpaSpan line, bool *maybe_java,
                        GError **error)
{
    CpaSpan delay_text;
    CpaSpan count_text;
    CpaSpan addresses;
    if (!find_sample(line, &delay_text, &count_text, &addresses)) {
        *maybe_java = true;
        return cpa_legacy_fail(l, error, CPA_ERROR_MALFORMED, line,
                               "not a sample \"DELAY COUNT @ ADDRESS...\"");
    }
    int64_t delay = 0;
    int64_t count = 0;
    if (!cpa_span_parse_int(delay_text, 10, &delay) ||
        !cpa_span_parse_int(count_text, 10, &count) || !cpa_legacy_add_frames(l, addresses, 1, 1)) {
        return cpa_legacy_fail(l, error, CPA_ERROR_MALFORMED, line,
                               "number beyond 64 bits in a sample");
    }
    if (header->period > 0) {
        if (header->cycles_hz > 0) {
            double cycles_per_ns = (double)header->cycles_hz / 1e9;
            double cycles = (double)delay * (double)header->period;
            delay = cpa_int64_from_double(cycles / cycles_per_ns);
        }
        count = cpa_int64_wrap_mul(count, header->period);
    }
    const int64_t values[] = {count, delay};
    cpa_legacy_end_sample(l, values, G_N_ELEMENTS(values), 0);
    return true;
}

static bool read_samples(CpaLegacy *l, CpaLines *lines, const Header *header, bool *maybe_java,
                         GError **error)
{
    do {
        CpaSpan line = cpa_span_trim(lines->line);
        if (cpa_span_has_prefix(line, CPA_SPAN("---"))) {
            break;
        }
        if (!cpa_span_is_skipped(line) && !read_sample(l, header, line, maybe_java, error)) {
            return false;
        }
    } while (cpa_lines_next(lines));
    return cpa_legacy_check_lines(l, lines, error);
}

/* maybe_java: (out): on failure, whether pprof would go on to try Java */
static bool parse(CpaLegacy *l, bool *maybe_java, GError **error)
{
    CpaLines lines;
    Header header;
    CpaSpan fault;
    *maybe_java = false;
    cpa_lines_init(&lines, l->data);
    if (!cpa_lines_next(&lines) || !is_first_line(lines.line)) {
        return cpa_legacy_check_lines(l, &lines, error) &&
               cpa_legacy_fail(l, error, CPA_ERROR_MALFORMED, lines.line, "not a known header");
    }
    if (!read_attributes(&lines, &header, &fault)) {
        *maybe_java = true;
        return cpa_legacy_fail(l, error, CPA_ERROR_MALFORMED, fault, "not a known attribute");
    }
    cpa_legacy_set_period_type(l, "contentions", "count");
    cpa_legacy_add_type(l, "contentions", CPA_SPAN("count"));
    cpa_legacy_add_type(l, "delay", CPA_SPAN("nanoseconds"));
    l->period = header.period;
    l->duration_ns = header.duration_ns;
    return cpa_legacy_check_lines(l, &lines, error) &&
           read_samples(l, &lines, &header, maybe_java, error) &&
           cpa_legacy_read_tail(l, &lines, error) && cpa_legacy_finish(l, error);
}

static bool is_java(CpaSpan data)
{
    CpaLines lines;
    cpa_lines_init(&lines, data);
    return cpa_lines_next(&lines) && cpa_java_is_header(lines.line);
}

static int probe_contention(const uint8_t *head, size_t size, bool complete)
{
    CpaSpan data = {(const char *)head, size};
    CpaLines lines;
    Header header;
    CpaSpan fault;
    cpa_lines_init(&lines, data);
    (void)complete;
    if (!cpa_lines_next(&lines) || !is_first_line(lines.line)) {
        return 0;
    }
    return read_attributes(&lines, &header, &fault) || !is_java(data) ? 90 : 0;
}

static bool read_contention(CpaSource *source, CpaBuilder *builder, GError **error)
{
    g_autoptr(GError) first_error = NULL;
    CpaLegacy legacy;
    bool maybe_java = false;
    bool ok = cpa_legacy_init(&legacy, &cpa_format_contention, source, builder, &first_error) &&
              parse(&legacy, &maybe_java, &first_error);
    maybe_java = maybe_java && is_java(legacy.data);
    cpa_legacy_clear(&legacy);
    if (ok || (maybe_java && cpa_java_read(source, builder, NULL))) {
        return true;
    }
    g_propagate_error(error, g_steal_pointer(&first_error));
    return false;
}

const CpaFormat cpa_format_contention = {
    .name = "contention",
    .summary = "lock contention of C++ (contentionz) and Go (mutex, block), text",
    .suffixes = ".contention",
    .probe = probe_contention,
    .read = read_contention,
};
