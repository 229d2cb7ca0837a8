/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Heap profiles of gperftools and of Go before 1.9, as text.
 *
 *     heap profile:   IN-USE: BYTES [ ALLOCATED: BYTES] @ KIND/RATE
 *          1:  2097152 [     1:  2097152] @ 0xb83003 0xb87d50
 *     MAPPED_LIBRARIES:
 *     00400000-00fcb000 r-xp ...
 *
 * KIND: heap_v2, heapz_v2 (sampled every RATE bytes in the mean), heap (every RATE / 2),
 * heapprofile (everything), growth[z], fragmentation[z] (no scaling).
 *
 * Source: gperftools doc/heapprofile.html; pprof profile/legacy_profile.go parseHeap
 */
#include "input/legacy.h"

extern const CpaFormat cpa_format_heap;

typedef struct {
    bool is_sampled; /* values are to be scaled up */
    bool has_alloc;
    int64_t rate;
} Header;

typedef struct {
    CpaSpan inuse_count;
    CpaSpan inuse_bytes;
    CpaSpan alloc_count;
    CpaSpan alloc_bytes;
} Totals;

/* A number, with an optional minus sign in front where is_signed. */
static bool scan_number(CpaSpan *at, bool is_signed, CpaSpan *number)
{
    const char *first = at->bytes;
    CpaSpan digits;
    if (is_signed) {
        cpa_scan_literal(at, CPA_SPAN("-"));
    }
    if (!cpa_scan_digits(at, &digits)) {
        return false;
    }
    *number = (CpaSpan){first, (size_t)(at->bytes - first)};
    return true;
}

/* "1: 2", the numbers that count objects and their bytes. */
static bool scan_pair(CpaSpan *at, bool is_signed, CpaSpan *count, CpaSpan *bytes)
{
    if (!scan_number(at, is_signed, count) || !cpa_scan_literal(at, CPA_SPAN(":"))) {
        return false;
    }
    cpa_scan_spaces(at);
    if (!scan_number(at, is_signed, bytes)) {
        return false;
    }
    cpa_scan_spaces(at);
    return true;
}

/* "1: 2 [ 3: 4]", without what comes behind. */
static bool scan_totals(CpaSpan *at, bool is_signed, Totals *totals)
{
    if (!scan_pair(at, is_signed, &totals->inuse_count, &totals->inuse_bytes) ||
        !cpa_scan_literal(at, CPA_SPAN("["))) {
        return false;
    }
    cpa_scan_spaces(at);
    return scan_pair(at, false, &totals->alloc_count, &totals->alloc_bytes) &&
           cpa_scan_literal(at, CPA_SPAN("]"));
}

static bool is_kind_letter(char c)
{
    return c == '_' || (c >= 'a' && c <= 'z') || g_ascii_isdigit(c);
}

/* " @ heap.../524288" */
static bool scan_heap_kind(CpaSpan at, CpaSpan *kind, CpaSpan *rate)
{
    cpa_scan_spaces(&at);
    if (!cpa_scan_literal(&at, CPA_SPAN("@"))) {
        return false;
    }
    cpa_scan_spaces(&at);
    if (!cpa_span_has_prefix(at, CPA_SPAN("heap"))) {
        return false;
    }
    size_t n = 0;
    while (n < at.len && is_kind_letter(at.bytes[n])) {
        n++;
    }
    *kind = cpa_span_slice(at, 0, n);
    at = cpa_span_from(at, n);
    cpa_scan_literal(&at, CPA_SPAN("/"));
    cpa_scan_digits(&at, rate);
    return true;
}

/* Whether in-use and allocated numbers differ; compared as text, as pprof does. */
static bool differs(CpaSpan alloc, CpaSpan inuse)
{
    return !cpa_span_equal(alloc, inuse) && !cpa_span_equal(alloc, CPA_SPAN("0"));
}

static bool set_heap_header(const Totals *totals, CpaSpan kind, CpaSpan rate, Header *header)
{
    int64_t value = 0;
    if (rate.len > 0 && !cpa_span_parse_int(rate, 10, &value)) {
        return false;
    }
    header->has_alloc = differs(totals->alloc_count, totals->inuse_count) ||
                        differs(totals->alloc_bytes, totals->inuse_bytes);
    if (cpa_span_equal(kind, CPA_SPAN("heapz_v2")) || cpa_span_equal(kind, CPA_SPAN("heap_v2"))) {
        header->is_sampled = true;
        header->rate = value;
        return true;
    }
    if (cpa_span_equal(kind, CPA_SPAN("heap"))) {
        header->is_sampled = true;
        header->rate = value / 2;
        return true;
    }
    header->is_sampled = false;
    header->rate = 1;
    return cpa_span_equal(kind, CPA_SPAN("heapprofile"));
}

static bool parse_header(CpaSpan line, Header *header)
{
    const CpaSpan start = CPA_SPAN("heap profile:");
    bool is_unsampled = false;
    for (size_t at = cpa_span_find(line, 0, start); at != SIZE_MAX;
         at = cpa_span_find(line, at + 1, start)) {
        CpaSpan rest = cpa_span_from(line, at + start.len);
        Totals totals;
        CpaSpan kind;
        CpaSpan rate;
        cpa_scan_spaces(&rest);
        if (!scan_totals(&rest, false, &totals)) {
            continue;
        }
        if (scan_heap_kind(rest, &kind, &rate)) {
            return set_heap_header(&totals, kind, rate, header);
        }
        is_unsampled = is_unsampled || cpa_span_has_prefix(rest, CPA_SPAN(" @ growth")) ||
                       cpa_span_has_prefix(rest, CPA_SPAN(" @ fragmentation"));
    }
    *header = (Header){.rate = 1};
    return is_unsampled;
}

/*
 * The leftmost row in the line. A run of digits that is no start has no start inside it either,
 * so each run is tried once.
 */
static bool find_row(CpaSpan line, Totals *row, CpaSpan *addresses)
{
    for (size_t i = 0; i < line.len; i++) {
        if (!g_ascii_isdigit(line.bytes[i])) {
            continue;
        }
        size_t first = i > 0 && line.bytes[i - 1] == '-' ? i - 1 : i;
        CpaSpan at = cpa_span_from(line, first);
        if (scan_totals(&at, true, row) && cpa_scan_literal(&at, CPA_SPAN(" @"))) {
            *addresses = cpa_scan_address_list(at);
            return true;
        }
        while (i + 1 < line.len && g_ascii_isdigit(line.bytes[i + 1])) {
            i++;
        }
    }
    return false;
}

typedef struct {
    int64_t count;
    int64_t size_bytes;
} Amount;

static bool parse_amount(const CpaLegacy *l, const Header *header, CpaSpan line, CpaSpan count,
                         CpaSpan bytes, Amount *amount, int64_t *block_bytes, GError **error)
{
    if (!cpa_span_parse_int(count, 10, &amount->count) ||
        !cpa_span_parse_int(bytes, 10, &amount->size_bytes)) {
        return cpa_legacy_fail(l, error, CPA_ERROR_MALFORMED, line,
                               "number beyond 64 bits in a sample");
    }
    if (amount->count == 0) {
        return amount->size_bytes == 0 || cpa_legacy_fail(l, error, CPA_ERROR_MALFORMED, line,
                                                          "sample of 0 objects that hold bytes");
    }
    *block_bytes = cpa_int64_wrap_div(amount->size_bytes, amount->count);
    if (header->is_sampled) {
        cpa_legacy_unsample(&amount->count, &amount->size_bytes, header->rate);
    }
    return true;
}

static bool read_sample(CpaLegacy *l, const Header *header, CpaSpan line, GError **error)
{
    Totals row;
    CpaSpan addresses;
    if (!find_row(line, &row, &addresses)) {
        return cpa_legacy_fail(l, error, CPA_ERROR_MALFORMED, line,
                               "not a sample \"COUNT: BYTES [COUNT: BYTES] @ ADDRESS...\"");
    }
    int64_t block_bytes = 0;
    Amount alloc;
    Amount inuse;
    if (header->has_alloc && !parse_amount(l, header, line, row.alloc_count, row.alloc_bytes,
                                           &alloc, &block_bytes, error)) {
        return false;
    }
    if (!parse_amount(l, header, line, row.inuse_count, row.inuse_bytes, &inuse, &block_bytes,
                      error)) {
        return false;
    }
    if (!cpa_legacy_add_frames(l, addresses, 1, 1)) {
        return cpa_legacy_fail(l, error, CPA_ERROR_MALFORMED, line,
                               "address beyond 64 bits in a sample");
    }
    if (header->has_alloc) {
        const int64_t values[] = {alloc.count, alloc.size_bytes, inuse.count, inuse.size_bytes};
        cpa_legacy_end_sample(l, values, G_N_ELEMENTS(values), block_bytes);
    } else {
        const int64_t values[] = {inuse.count, inuse.size_bytes};
        cpa_legacy_end_sample(l, values, G_N_ELEMENTS(values), block_bytes);
    }
    return true;
}

static void set_types(CpaLegacy *l, const Header *header)
{
    cpa_legacy_set_period_type(l, "space", "bytes");
    l->period = header->rate;
    l->has_block_bytes = true;
    const CpaSpan count = CPA_SPAN("count");
    const CpaSpan bytes = CPA_SPAN("bytes");
    if (header->has_alloc) {
        cpa_legacy_add_type(l, "alloc_objects", count);
        cpa_legacy_add_type(l, "alloc_space", bytes);
        cpa_legacy_add_type(l, "inuse_objects", count);
        cpa_legacy_add_type(l, "inuse_space", bytes);
    } else {
        cpa_legacy_add_type(l, "objects", count);
        cpa_legacy_add_type(l, "space", bytes);
    }
}

static bool parse(CpaLegacy *l, GError **error)
{
    CpaLines lines;
    cpa_lines_init(&lines, l->data);
    cpa_lines_next(&lines);
    if (!cpa_legacy_check_lines(l, &lines, error)) {
        return false;
    }
    Header header;
    if (!parse_header(lines.line, &header)) {
        return cpa_legacy_fail(l, error, CPA_ERROR_MALFORMED, lines.line, "not a known header");
    }
    set_types(l, &header);
    while (cpa_lines_next(&lines)) {
        CpaSpan line = cpa_span_trim(lines.line);
        if (cpa_span_is_skipped(line)) {
            continue;
        }
        if (cpa_legacy_is_map_start(line)) {
            break;
        }
        if (!read_sample(l, &header, line, error)) {
            return false;
        }
    }
    return cpa_legacy_check_lines(l, &lines, error) && cpa_legacy_read_tail(l, &lines, error) &&
           cpa_legacy_finish(l, error);
}

static int probe_heap(const uint8_t *head, size_t size, bool complete)
{
    CpaLines lines;
    Header header;
    cpa_lines_init(&lines, (CpaSpan){(const char *)head, size});
    (void)complete;
    return cpa_lines_next(&lines) && parse_header(lines.line, &header) ? 90 : 0;
}

static bool read_heap(CpaSource *source, CpaBuilder *builder, GError **error)
{
    CpaLegacy legacy;
    bool ok =
        cpa_legacy_init(&legacy, &cpa_format_heap, source, builder, error) && parse(&legacy, error);
    cpa_legacy_clear(&legacy);
    return ok;
}

const CpaFormat cpa_format_heap = {
    .name = "heap",
    .summary = "heap, growth and fragmentation profiles of gperftools and old Go, text",
    .suffixes = ".heap",
    .probe = probe_heap,
    .read = read_heap,
};
