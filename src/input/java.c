/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Heap and contention profiles of Java, as text.
 *
 *     --- heapz 1 ---                                  or --- contentionz 1 ---
 *     format = java
 *     resolution = bytes
 *               7048     1 @ 0x00000003 0x00000004     bytes or delay, objects or contentions
 *
 *      0x00000003 com.example.f (Source003.java:103)   what an "address" stands for
 *      0x00000004 native (/usr/lib/libc.so)
 *      0x00000005 GC
 *
 * The addresses are only keys of the table below, and dropped once it is read.
 *
 * Source: pprof profile/legacy_java_profile.go
 */
#include "input/java.h"

#include <string.h>

extern const CpaFormat cpa_format_java;

#define HEAP_RATE_BYTES ((int64_t)524288)

typedef enum { JAVA_NONE, JAVA_HEAP, JAVA_CONTENTION } JavaKind;

static JavaKind get_kind(CpaSpan first_line)
{
    CpaSpan line = cpa_span_trim(first_line);
    if (cpa_span_equal(line, CPA_SPAN("--- heapz 1 ---"))) {
        return JAVA_HEAP;
    }
    return cpa_span_equal(line, CPA_SPAN("--- contentionz 1 ---")) ? JAVA_CONTENTION : JAVA_NONE;
}

bool cpa_java_is_header(CpaSpan line)
{
    return get_kind(line) != JAVA_NONE;
}

/* Takes a line that ends in a line feed; what follows the last one is no line here. */
static bool take_line(CpaSpan *data, CpaSpan *line)
{
    const char *end = memchr(data->bytes, '\n', data->len);
    if (end == NULL) {
        return false;
    }
    size_t n = (size_t)(end - data->bytes);
    *line = cpa_span_slice(*data, 0, n);
    *data = cpa_span_from(*data, n + 1);
    return true;
}

/* ---- attributes ----------------------------------------------------------------------------- */

static bool is_word(char c)
{
    return c == ' ' || c == '_' || g_ascii_isalnum(c);
}

/* The leftmost "words=words" in the line. */
static bool find_attribute(CpaSpan line, CpaSpan *key, CpaSpan *value)
{
    for (size_t at = cpa_span_find(line, 0, CPA_SPAN("=")); at != SIZE_MAX;
         at = cpa_span_find(line, at + 1, CPA_SPAN("="))) {
        size_t first = at;
        while (first > 0 && is_word(line.bytes[first - 1])) {
            first--;
        }
        size_t end = at + 1;
        while (end < line.len && is_word(line.bytes[end])) {
            end++;
        }
        if (first < at && end > at + 1) {
            *key = cpa_span_trim(cpa_span_slice(line, first, at));
            *value = cpa_span_trim(cpa_span_slice(line, at + 1, end));
            return true;
        }
    }
    return false;
}

static void set_resolution(CpaLegacy *l, JavaKind kind, CpaSpan unit)
{
    l->n_types = 0;
    cpa_legacy_add_type(l, kind == JAVA_HEAP ? "inuse_objects" : "contentions", CPA_SPAN("count"));
    cpa_legacy_add_type(l, kind == JAVA_HEAP ? "inuse_space" : "delay", unit);
}

static bool set_attribute(CpaLegacy *l, JavaKind kind, CpaSpan key, CpaSpan value)
{
    if (cpa_span_equal(key, CPA_SPAN("format"))) {
        return cpa_span_equal(value, CPA_SPAN("java"));
    }
    if (cpa_span_equal(key, CPA_SPAN("resolution"))) {
        set_resolution(l, kind, value);
        return true;
    }
    if (kind == JAVA_CONTENTION && cpa_span_equal(key, CPA_SPAN("sampling period"))) {
        cpa_legacy_set_period_type(l, "contentions", "count");
        return cpa_span_parse_int(value, 0, &l->period);
    }
    if (kind == JAVA_CONTENTION && cpa_span_equal(key, CPA_SPAN("ms since reset"))) {
        int64_t ms = 0;
        bool ok = cpa_span_parse_int(value, 0, &ms);
        l->duration_ns = cpa_int64_wrap_mul(ms, 1000000);
        return ok;
    }
    return false;
}

static bool read_attributes(CpaLegacy *l, JavaKind kind, CpaSpan *data, GError **error)
{
    CpaSpan rest = *data;
    CpaSpan line;
    while (take_line(&rest, &line)) {
        CpaSpan key;
        CpaSpan value;
        line = cpa_span_trim(line);
        if (line.len > 0) {
            if (!find_attribute(line, &key, &value)) {
                return true;
            }
            if (!set_attribute(l, kind, key, value)) {
                return cpa_legacy_fail(l, error, CPA_ERROR_MALFORMED, line,
                                       "not a known attribute");
            }
        }
        *data = rest;
    }
    return true;
}

/* ---- samples -------------------------------------------------------------------------------- */

typedef struct {
    CpaSpan first;
    CpaSpan second;
    CpaSpan addresses;
} Row;

/* The digits that end at `end`, and how many blanks are before them. */
static CpaSpan digits_before(CpaSpan line, size_t end, size_t *n_blanks)
{
    size_t first = end;
    while (first > 0 && g_ascii_isdigit(line.bytes[first - 1])) {
        first--;
    }
    size_t blank = first;
    while (blank > 0 && line.bytes[blank - 1] == ' ') {
        blank--;
    }
    *n_blanks = first - blank;
    return cpa_span_slice(line, first, end);
}

/* The leftmost "NUMBER NUMBER @ ADDRESSES" in the line. */
static bool find_row(CpaSpan line, Row *row)
{
    for (size_t at = cpa_span_find(line, 0, CPA_SPAN("@ ")); at != SIZE_MAX;
         at = cpa_span_find(line, at + 1, CPA_SPAN("@ "))) {
        size_t n_blanks = 0;
        size_t end = at;
        while (end > 0 && line.bytes[end - 1] == ' ') {
            end--;
        }
        if (end == at) {
            continue;
        }
        row->second = digits_before(line, end, &n_blanks);
        if (row->second.len == 0 || n_blanks == 0) {
            continue;
        }
        row->first = digits_before(line, end - row->second.len - n_blanks, &n_blanks);
        if (row->first.len == 0) {
            continue;
        }
        row->addresses = cpa_scan_address_list(cpa_span_from(line, at + 1));
        return true;
    }
    return false;
}

static bool read_sample(CpaLegacy *l, JavaKind kind, CpaSpan line, const Row *row, GError **error)
{
    int64_t values[2] = {0}; /* count, amount: the other way round than in the file */
    if (!cpa_span_parse_int(row->second, 0, &values[0]) ||
        !cpa_span_parse_int(row->first, 0, &values[1]) ||
        !cpa_legacy_add_frames(l, row->addresses, 0, 0)) {
        return cpa_legacy_fail(l, error, CPA_ERROR_MALFORMED, line, "not a number in a sample");
    }
    int64_t block_bytes = 0;
    if (kind == JAVA_CONTENTION) {
        values[0] = cpa_int64_wrap_mul(values[0], l->period != 0 ? l->period : 1);
        values[1] = cpa_int64_wrap_mul(values[1], l->period != 0 ? l->period : 1);
    } else {
        if (values[0] == 0) {
            return cpa_legacy_fail(l, error, CPA_ERROR_MALFORMED, line, "sample of 0 objects");
        }
        block_bytes = values[1] / values[0];
        cpa_legacy_unsample(&values[0], &values[1], HEAP_RATE_BYTES);
    }
    cpa_legacy_end_sample(l, values, G_N_ELEMENTS(values), block_bytes);
    return true;
}

static bool read_samples(CpaLegacy *l, JavaKind kind, CpaSpan *data, GError **error)
{
    CpaSpan rest = *data;
    CpaSpan line;
    while (take_line(&rest, &line)) {
        Row row;
        line = cpa_span_trim(line);
        if (line.len > 0) {
            if (!find_row(line, &row)) {
                return true;
            }
            if (!read_sample(l, kind, line, &row, error)) {
                return false;
            }
        }
        *data = rest;
    }
    return true;
}

/* ---- locations ------------------------------------------------------------------------------ */

static bool is_pattern_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}

/* "0xHEX  REST" */
static bool split_location(CpaSpan line, CpaSpan *digits, CpaSpan *rest)
{
    if (!cpa_scan_literal(&line, CPA_SPAN("0x"))) {
        return false;
    }
    size_t n = 0;
    while (n < line.len && g_ascii_isxdigit(line.bytes[n])) {
        n++;
    }
    size_t blank = n;
    while (blank < line.len && is_pattern_space(line.bytes[blank])) {
        blank++;
    }
    *digits = cpa_span_slice(line, 0, n);
    *rest = cpa_span_from(line, blank);
    return n > 0 && blank > n;
}

/* The last "(" before `end` that white space precedes, or 0. */
static size_t find_bracket(CpaSpan text, size_t end)
{
    for (size_t at = end; at-- > 1;) {
        if (text.bytes[at] == '(' && is_pattern_space(text.bytes[at - 1])) {
            return at;
        }
    }
    return 0;
}

typedef struct {
    CpaSpan function;
    CpaSpan file;
    int64_t line;
} Place;

/* "FUNCTION (FILE:LINE)" */
static bool split_file_line(CpaSpan text, Place *place)
{
    if (text.len == 0 || text.bytes[text.len - 1] != ')') {
        return false;
    }
    size_t end = text.len - 1;
    size_t first = end;
    while (first > 0 && g_ascii_isdigit(text.bytes[first - 1])) {
        first--;
    }
    if (first == end) {
        return false;
    }
    if (first > 0 && text.bytes[first - 1] == '-') {
        first--;
    }
    if (first < 2 || text.bytes[first - 1] != ':') {
        return false;
    }
    size_t colon = first - 1;
    size_t bracket = find_bracket(text, colon - 1); /* at least one byte of file name */
    if (bracket == 0) {
        return false;
    }
    place->function = cpa_span_slice(text, 0, bracket - 1);
    place->file = cpa_span_slice(text, bracket + 1, colon);
    int64_t line = 0;
    bool ok = cpa_span_parse_int(cpa_span_slice(text, first, end), 10, &line);
    place->line = ok && line > 0 ? line : 0;
    return true;
}

static CpaSpan get_base(CpaSpan path)
{
    if (path.len == 0) {
        return CPA_SPAN(".");
    }
    while (path.len > 0 && path.bytes[path.len - 1] == '/') {
        path.len--;
    }
    size_t first = path.len;
    while (first > 0 && path.bytes[first - 1] != '/') {
        first--;
    }
    return path.len == 0 ? CPA_SPAN("/") : cpa_span_from(path, first);
}

/* "FUNCTION (PATH)" */
static bool split_path(CpaSpan text, Place *place)
{
    if (text.len == 0 || text.bytes[text.len - 1] != ')') {
        return false;
    }
    size_t bracket = find_bracket(text, text.len - 1);
    if (bracket == 0) {
        return false;
    }
    place->function = cpa_span_slice(text, 0, bracket - 1);
    place->file = get_base(cpa_span_slice(text, bracket + 1, text.len - 1));
    return true;
}

static Place get_place(CpaSpan text)
{
    Place place = {.function = text, .file = {text.bytes, 0}};
    if (!split_file_line(text, &place) && !split_path(text, &place) &&
        cpa_span_find(text, 0, CPA_SPAN("generated stub/JIT")) != SIZE_MAX) {
        place.function = CPA_SPAN("STUB");
    }
    return place;
}

/* Functions are one per name; the file is that of the first. */
static uint32_t intern_function(CpaLegacy *l, CpaIdMap *by_name, const Place *place)
{
    CpaStrId name =
        cpa_builder_intern(l->builder, place->function.bytes, (gssize)place->function.len);
    uint32_t next = (uint32_t)l->functions.len;
    uint32_t at = cpa_idmap_insert(by_name, name, next);
    if (at == next) {
        CpaFunction function = {
            .name = name,
            .system_name = name,
            .file = cpa_builder_intern(l->builder, place->file.bytes, (gssize)place->file.len),
        };
        cpa_vec_push(&l->functions, function);
    }
    return at;
}

bool cpa_java_read_locations(CpaLegacy *l, CpaSpan data, GError **error)
{
    CpaIdMap by_name = {0};
    bool ok = true;
    while (ok && data.len > 0) {
        CpaSpan line;
        if (!take_line(&data, &line)) {
            line = data;
            data = cpa_span_from(data, data.len);
        }
        CpaSpan digits;
        CpaSpan rest;
        uint64_t address = 0;
        line = cpa_span_trim(line);
        if (!split_location(line, &digits, &rest)) {
            continue;
        }
        ok = cpa_span_parse_hex(digits, &address) ||
             cpa_legacy_fail(l, error, CPA_ERROR_MALFORMED, line, "address beyond 64 bits");
        uint32_t at = cpa_idmap_get(&l->by_address, address);
        if (ok && at != CPA_NONE) {
            Place place = get_place(rest);
            CpaLegacyLocation *location = &l->locations.data[at];
            location->function = intern_function(l, &by_name, &place);
            location->line = place.line;
            location->address = 0; /* so that it gets no mapping */
        }
    }
    cpa_idmap_clear(&by_name);
    if (!ok) {
        return false;
    }
    cpa_legacy_bind(l);
    for (size_t i = 0; i < l->locations.len; i++) {
        l->locations.data[i].address = 0;
    }
    return true;
}

/* ---- row ------------------------------------------------------------------------------------ */

static bool parse(CpaLegacy *l, GError **error)
{
    CpaSpan data = l->data;
    CpaSpan first_line = {data.bytes, 0};
    JavaKind kind = take_line(&data, &first_line) ? get_kind(first_line) : JAVA_NONE;
    if (kind == JAVA_NONE) {
        return cpa_legacy_fail(l, error, CPA_ERROR_MALFORMED, first_line, "not a known header");
    }
    l->has_block_bytes = kind == JAVA_HEAP;
    return read_attributes(l, kind, &data, error) && read_samples(l, kind, &data, error) &&
           cpa_java_read_locations(l, data, error) && cpa_legacy_finish(l, error);
}

bool cpa_java_read(CpaSource *source, CpaBuilder *builder, GError **error)
{
    CpaLegacy legacy;
    bool ok =
        cpa_legacy_init(&legacy, &cpa_format_java, source, builder, error) && parse(&legacy, error);
    cpa_legacy_clear(&legacy);
    return ok;
}

static int probe_java(const uint8_t *head, size_t size, bool complete)
{
    CpaSpan data = {(const char *)head, size};
    CpaSpan line;
    (void)complete;
    return take_line(&data, &line) && cpa_java_is_header(line) ? 90 : 0;
}

const CpaFormat cpa_format_java = {
    .name = "java",
    .summary = "heap and contention profiles of Java, text",
    .suffixes = ".heap .contention",
    .probe = probe_java,
    .read = cpa_java_read,
};
