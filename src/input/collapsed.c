/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Collapsed stacks, the text that flame graph tools pass around: a line per stack, root first.
 *
 *     # a comment
 *     main;parse;read 42
 *     main;flush_[k] 3
 *
 * The number is an integer, or a decimal that is rounded; the frames are kept as they are, empty
 * ones are dropped. Line ends may be CRLF; a UTF-8 byte order mark is skipped, UTF-16 with one is
 * converted. Equal stacks stay apart, in order.
 *
 * Text that only looks similar must not be taken for this format, since there is no magic: see
 * probe_collapsed(). UTF-8 is read as a stream, only UTF-16 is held as a whole.
 *
 * Source: https://github.com/brendangregg/FlameGraph (stackcollapse-*.pl, flamegraph.pl)
 */
#include <math.h>
#include <string.h>

#include "base/idmap.h"
#include "base/text.h"
#include "base/vec.h"
#include "input/format.h"
#include "input/span.h"

extern const CpaFormat cpa_format_collapsed;

#define WINDOW        ((size_t)64 * 1024)
#define EXCERPT_BYTES ((size_t)60)

/* ---- encodings ------------------------------------------------------------------------------ */

typedef enum { UTF8, UTF8_MARKED, UTF16_LE, UTF16_BE } Encoding;

static Encoding get_encoding(CpaSpan data)
{
    if (cpa_span_has_prefix(data, CPA_SPAN("\xef\xbb\xbf"))) {
        return UTF8_MARKED;
    }
    if (cpa_span_has_prefix(data, CPA_SPAN("\xff\xfe"))) {
        return UTF16_LE;
    }
    return cpa_span_has_prefix(data, CPA_SPAN("\xfe\xff")) ? UTF16_BE : UTF8;
}

static size_t get_mark_size(Encoding encoding)
{
    return encoding == UTF8 ? 0 : encoding == UTF8_MARKED ? 3 : 2;
}

static unsigned get_unit(CpaSpan data, size_t at, bool is_big_endian)
{
    unsigned a = (uint8_t)data.bytes[at];
    unsigned b = (uint8_t)data.bytes[at + 1];
    return is_big_endian ? a << 8 | b : b << 8 | a;
}

typedef CPA_VEC(char) Text;

static void append_char(Text *text, gunichar c)
{
    cpa_vec_reserve(text, 6);
    text->len += (size_t)g_unichar_to_utf8(c, text->data + text->len);
}

/* UTF-16 without its mark; half pairs become U+FFFD, an odd byte at the end is dropped. */
static void convert_utf16(CpaSpan data, bool is_big_endian, Text *text)
{
    for (size_t at = 0; at + 2 <= data.len; at += 2) {
        gunichar c = get_unit(data, at, is_big_endian);
        if (c >= 0xd800 && c < 0xdc00 && at + 4 <= data.len) {
            gunichar low = get_unit(data, at + 2, is_big_endian);
            if (low >= 0xdc00 && low < 0xe000) {
                c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
                at += 2;
            }
        }
        append_char(text, c >= 0xd800 && c < 0xe000 ? 0xfffd : c);
    }
}

/* Bytes that this many bytes of converted text had as UTF-16. */
static uint64_t count_utf16_bytes(CpaSpan text)
{
    uint64_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = (uint8_t)text.bytes[i];
        if (byte < 0x80 || byte >= 0xc0) { /* starts a character */
            n += byte >= 0xf0 ? 4 : 2;
        }
    }
    return n;
}

/* ---- a line --------------------------------------------------------------------------------- */

typedef struct {
    CpaSpan stack;
    CpaSpan number;
} Parts;

static bool is_number(CpaSpan text)
{
    CpaSpan digits;
    if (!cpa_scan_literal(&text, CPA_SPAN("-"))) {
        cpa_scan_literal(&text, CPA_SPAN("+"));
    }
    if (!cpa_scan_digits(&text, &digits)) {
        return false;
    }
    return text.len == 0 || (cpa_scan_literal(&text, CPA_SPAN(".")) &&
                             cpa_scan_digits(&text, &digits) && text.len == 0);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Splits a trimmed line at its last blank. */
static bool split_line(CpaSpan line, Parts *parts)
{
    size_t at = line.len;
    while (at > 0 && !is_blank(line.bytes[at - 1])) {
        at--;
    }
    if (at == 0) {
        return false;
    }
    parts->number = cpa_span_from(line, at);
    parts->stack = cpa_span_trim(cpa_span_slice(line, 0, at));
    return parts->stack.len > 0 && is_number(parts->number);
}

static bool parse_number(CpaSpan text, int64_t *value)
{
    if (memchr(text.bytes, '.', text.len) == NULL) {
        return cpa_span_parse_int(text, 10, value);
    }
    char copy[64];
    if (text.len >= sizeof copy) {
        return false;
    }
    memcpy(copy, text.bytes, text.len);
    copy[text.len] = '\0';
    double number = round(g_ascii_strtod(copy, NULL));
    if (!(fabs(number) < 9223372036854775808.0)) { /* 2^63 */
        return false;
    }
    *value = (int64_t)number;
    return true;
}

/* ---- probe ---------------------------------------------------------------------------------- */

typedef struct {
    size_t n_lines;
    size_t n_stacks;    /* lines with ';' */
    size_t n_plausible; /* lines with ';' or with one word before the number */
} Census;

static bool has_controls(CpaSpan line)
{
    for (size_t i = 0; i < line.len; i++) {
        if ((uint8_t)line.bytes[i] < ' ' && line.bytes[i] != '\t') {
            return true;
        }
    }
    return false;
}

/* "main", not "main loop" and not "17" */
static bool is_word(CpaSpan stack)
{
    bool has_letter = false;
    for (size_t i = 0; i < stack.len; i++) {
        if (is_blank(stack.bytes[i])) {
            return false;
        }
        has_letter = has_letter || g_ascii_isalpha(stack.bytes[i]) || (stack.bytes[i] & 0x80) != 0;
    }
    return has_letter && !is_number(stack);
}

static bool count_line(Census *census, CpaSpan line)
{
    Parts parts;
    line = cpa_span_trim(line);
    if (cpa_span_is_skipped(line)) {
        return true;
    }
    if (has_controls(line) || !split_line(line, &parts)) {
        return false;
    }
    bool is_stack = memchr(parts.stack.bytes, ';', parts.stack.len) != NULL;
    census->n_lines++;
    census->n_stacks += is_stack ? 1 : 0;
    census->n_plausible += is_stack || is_word(parts.stack) ? 1 : 0;
    return true;
}

/* A stack so deep that its line fills the head; not a document in one line. */
static bool is_deep_stack(CpaSpan head)
{
    return !has_controls(head) && memchr(head.bytes, ';', head.len) != NULL &&
           memchr(head.bytes, '"', head.len) == NULL && memchr(head.bytes, '{', head.len) == NULL;
}

static int score_text(CpaSpan text, bool complete)
{
    Census census = {0};
    CpaSpan rest = text;
    while (rest.len > 0) {
        const char *end = memchr(rest.bytes, '\n', rest.len);
        size_t n = end == NULL ? rest.len : (size_t)(end - rest.bytes);
        if (end == NULL && !complete) {
            break; /* cut off */
        }
        if (!count_line(&census, cpa_span_slice(rest, 0, n))) {
            return 0;
        }
        rest = cpa_span_from(rest, end == NULL ? n : n + 1);
    }
    if (census.n_lines == 0) {
        return !complete && rest.len == text.len && is_deep_stack(text) ? 20 : 0;
    }
    if (census.n_stacks > 0) {
        return census.n_plausible >= census.n_lines - census.n_lines / 2 ? 45 : 0;
    }
    return census.n_plausible == census.n_lines ? 20 : 0;
}

/*
 * Every line of the head must be blank, a comment, or end in a number; and most lines must have
 * ';' or be one word before it. That leaves out prose, programs and tables.
 */
static int probe_collapsed(const uint8_t *head, size_t size, bool complete)
{
    CpaSpan data = {(const char *)head, size};
    Encoding encoding = get_encoding(data);
    data = cpa_span_from(data, get_mark_size(encoding));
    if (cpa_span_has_prefix(data, CPA_SPAN("#!"))) {
        return 0; /* a script of one line, "exit 1" */
    }
    if (encoding == UTF8 || encoding == UTF8_MARKED) {
        return score_text(data, complete);
    }
    Text text = {0};
    convert_utf16(data, encoding == UTF16_BE, &text);
    int score = text.len == 0 ? 0 : score_text((CpaSpan){text.data, text.len}, complete);
    cpa_vec_clear(&text);
    return score;
}

/* ---- reader --------------------------------------------------------------------------------- */

typedef struct {
    CpaSource *source;
    CpaBuilder *builder;
    Encoding encoding;
    Text text;          /* UTF-16 only: the whole input converted */
    size_t text_at;     /* UTF-16 only: first byte behind the current line */
    size_t n_taken;     /* otherwise: bytes of the window that the current line takes */
    uint64_t number;    /* of the current line, from 1 */
    CpaIdMap locations; /* name -> location */
} Reader;

static bool next_in_text(Reader *r, CpaSpan *line)
{
    if (r->text_at >= r->text.len) {
        return false;
    }
    const char *bytes = r->text.data + r->text_at;
    size_t left = r->text.len - r->text_at;
    const char *end = memchr(bytes, '\n', left);
    *line = (CpaSpan){bytes, end == NULL ? left : (size_t)(end - bytes)};
    r->text_at += end == NULL ? left : line->len + 1;
    return true;
}

/* Returns %false at the end, or on error. */
static bool next_in_window(Reader *r, CpaSpan *line, GError **error)
{
    cpa_source_skip(r->source, r->n_taken);
    r->n_taken = 0;
    size_t seen = 0;
    size_t size = 0;
    for (size_t want = WINDOW;; want = size * 2) {
        if (!cpa_source_need(r->source, want, error)) {
            return false;
        }
        const char *bytes = (const char *)cpa_source_data(r->source, &size);
        if (size == seen) {
            *line = (CpaSpan){bytes, size};
            r->n_taken = size;
            return size > 0;
        }
        const char *end = memchr(bytes + seen, '\n', size - seen);
        if (end != NULL) {
            *line = (CpaSpan){bytes, (size_t)(end - bytes)};
            r->n_taken = line->len + 1;
            return true;
        }
        seen = size;
    }
}

static bool next_line(Reader *r, CpaSpan *line, GError **error)
{
    r->number++;
    return r->text.data != NULL ? next_in_text(r, line) : next_in_window(r, line, error);
}

static bool fail_at(const Reader *r, CpaSpan line, const char *what, GError **error)
{
    uint64_t offset = cpa_source_offset(r->source);
    if (r->text.data != NULL) {
        size_t at = (size_t)(line.bytes - r->text.data);
        offset = get_mark_size(r->encoding) + count_utf16_bytes((CpaSpan){r->text.data, at});
    }
    g_autofree char *excerpt = cpa_text_shorten(line.bytes, line.len, EXCERPT_BYTES);
    return cpa_format_error(error, CPA_ERROR_MALFORMED, &cpa_format_collapsed, r->source, offset,
                            "line %" G_GUINT64_FORMAT ": %s: %s", r->number, what, excerpt);
}

static uint32_t intern_frame(Reader *r, CpaSpan name)
{
    CpaStrId id = cpa_builder_intern(r->builder, name.bytes, (gssize)name.len);
    uint32_t at = cpa_idmap_get(&r->locations, id);
    if (at == CPA_NONE) {
        /* No system name: that keeps the name from being demangled or shortened later. */
        CpaFunction function = {.name = id};
        CpaLine line = {.function = cpa_builder_add_function(r->builder, &function)};
        CpaLocation location = {.mapping = CPA_NONE};
        at = cpa_builder_add_location(r->builder, &location, &line, 1);
        cpa_idmap_insert(&r->locations, id, at);
    }
    return at;
}

static bool read_sample(Reader *r, CpaSpan line, GError **error)
{
    Parts parts;
    int64_t value = 0;
    if (!split_line(line, &parts)) {
        return fail_at(r, line, "not a stack and a number \"FRAME;FRAME 42\"", error);
    }
    if (!parse_number(parts.number, &value)) {
        return fail_at(r, line, "the number does not fit into 64 bits", error);
    }
    size_t end = parts.stack.len;
    while (end > 0) {
        size_t first = end;
        while (first > 0 && parts.stack.bytes[first - 1] != ';') {
            first--;
        }
        if (first < end) {
            CpaSpan name = cpa_span_slice(parts.stack, first, end);
            cpa_builder_sample_frame(r->builder, intern_frame(r, name));
        }
        end = first > 0 ? first - 1 : 0;
    }
    cpa_builder_sample_value(r->builder, value);
    cpa_builder_sample_end(r->builder);
    return true;
}

/* Skips the byte order mark, or converts everything. */
static bool begin(Reader *r, GError **error)
{
    size_t size = 0;
    if (!cpa_source_need(r->source, 3, error)) {
        return false;
    }
    const char *bytes = (const char *)cpa_source_data(r->source, &size);
    r->encoding = get_encoding((CpaSpan){bytes, size});
    if (r->encoding == UTF16_LE || r->encoding == UTF16_BE) {
        bytes = cpa_source_all(r->source, &size, error);
        if (bytes == NULL) {
            return false;
        }
        CpaSpan data = {bytes, size};
        cpa_vec_reserve(&r->text, size);
        convert_utf16(cpa_span_from(data, get_mark_size(r->encoding)), r->encoding == UTF16_BE,
                      &r->text);
    } else {
        cpa_source_skip(r->source, get_mark_size(r->encoding));
    }
    return true;
}

static bool read_all(Reader *r, GError **error)
{
    GError *read_error = NULL;
    CpaSpan line;
    if (!begin(r, error)) {
        return false;
    }
    cpa_builder_add_sample_type(r->builder, cpa_builder_intern(r->builder, "samples", -1),
                                cpa_builder_intern(r->builder, "count", -1));
    cpa_builder_header(r->builder)->has_period_type = true; /* empty, as in profile.proto */
    while (next_line(r, &line, &read_error)) {
        line = cpa_span_trim(line);
        if (!cpa_span_is_skipped(line) && !read_sample(r, line, error)) {
            return false;
        }
    }
    if (read_error != NULL) {
        g_propagate_error(error, read_error);
        return false;
    }
    return true;
}

static bool read_collapsed(CpaSource *source, CpaBuilder *builder, GError **error)
{
    Reader reader = {.source = source, .builder = builder};
    bool ok = read_all(&reader, error);
    cpa_vec_clear(&reader.text);
    cpa_idmap_clear(&reader.locations);
    return ok;
}

const CpaFormat cpa_format_collapsed = {
    .name = "collapsed",
    .summary = "collapsed (folded) stacks of flame graph tools, text",
    .suffixes = ".folded .collapsed .txt",
    .probe = probe_collapsed,
    .read = read_collapsed,
};
