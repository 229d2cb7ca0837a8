/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CPU profiles of gperftools: words of 32 or 64 bits in either byte order, then text.
 *
 *     0  3  KIND  PERIOD  0                     KIND: 0 native, 1 Java; PERIOD in microseconds
 *     COUNT  N  ADDRESS * N                     a stack, leaf first, seen COUNT times
 *     0  1  0                                   end, optional
 *     00400000-00fcb000 r-xp ...                native: the memory map
 *     0x00000003 com.example.f (F.java:103)     Java: what the addresses stand for
 *
 * Source: gperftools doc/cpuprofile-fileformat.html; pprof profile/legacy_profile.go parseCPU.
 * As there, a 64-bit stack whose size fits if its words had 32 bits may be cut off by the end of
 * the file: the addresses that are missing are 0.
 */
#include "input/java.h"
#include "input/legacy.h"

extern const CpaFormat cpa_format_cpu;

typedef struct {
    const uint8_t *at;
    size_t left;
    size_t word_size;
    bool is_big_endian;
    bool is_past_end;
} Words;

typedef struct {
    uint64_t period_us;
    bool is_java;
} Header;

/* Returns 0 past the end; a piece of a word at the end is dropped. */
static uint64_t take_word(Words *words)
{
    if (words->left < words->word_size) {
        words->left = 0;
        words->is_past_end = true;
        return 0;
    }
    uint64_t value = 0;
    for (size_t i = 0; i < words->word_size; i++) {
        size_t digit = words->is_big_endian ? i : words->word_size - 1 - i;
        value = value << 8 | words->at[digit];
    }
    words->at += words->word_size;
    words->left -= words->word_size;
    return value;
}

static bool take_header(Words *words, Header *header)
{
    uint64_t zero = take_word(words);
    uint64_t three = take_word(words);
    uint64_t kind = take_word(words);
    header->period_us = take_word(words);
    uint64_t padding = take_word(words);
    header->is_java = kind == 1;
    return !words->is_past_end && zero == 0 && three == 3 && kind <= 1 && header->period_us > 0 &&
           padding == 0;
}

/* Tries the four kinds of words; leaves words behind the header. */
static bool find_header(const uint8_t *data, size_t size, Words *words, Header *header)
{
    static const struct {
        size_t word_size;
        bool is_big_endian;
    } kinds[] = {{4, false}, {4, true}, {8, false}, {8, true}};
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        *words = (Words){data, size, kinds[i].word_size, kinds[i].is_big_endian, false};
        if (take_header(words, header)) {
            return true;
        }
    }
    return false;
}

/* Reads one stack; is_end: it is the end marker. */
static bool read_stack(CpaLegacy *l, Words *words, uint64_t caller_adjust, bool *is_end,
                       GError **error)
{
    CpaSpan record = {(const char *)words->at, 0};
    uint64_t count = take_word(words);
    uint64_t n = take_word(words);
    if (words->is_past_end || n > words->left / 4) {
        return cpa_legacy_fail(l, error, CPA_ERROR_MALFORMED, record,
                               words->is_past_end
                                   ? "stack without a size; the file was cut off"
                                   : "stack larger than the rest of the file, which was cut off or "
                                     "is damaged");
    }
    for (uint64_t i = 0; i < n; i++) {
        uint64_t address = take_word(words);
        *is_end = count == 0 && n == 1 && address == 0;
        if (*is_end) {
            return true;
        }
        cpa_legacy_add_frame(l, address - (i > 0 ? caller_adjust : 0));
    }
    const int64_t values[] = {(int64_t)count, cpa_int64_wrap_mul((int64_t)count, l->period)};
    cpa_legacy_end_sample(l, values, G_N_ELEMENTS(values), 0);
    return true;
}

/*
 * The frame above the leaf that nearly all samples share, one in 32 may differ, was pushed by the
 * signal handler. Returns CPA_NONE where there is none.
 */
static uint32_t find_handler_frame(const CpaLegacy *l)
{
    g_autofree size_t *counts = g_new0(size_t, l->locations.len);
    uint32_t found = CPA_NONE;
    size_t enough = l->samples.len - l->samples.len / 32;
    for (size_t i = 0; i < l->samples.len; i++) {
        const CpaLegacySample *sample = &l->samples.data[i];
        if (sample->n >= 2) {
            uint32_t caller = l->frames.data[sample->first + 1];
            counts[caller]++;
            found = counts[caller] >= enough ? caller : found;
        }
    }
    return found;
}

static void drop_handler_frames(CpaLegacy *l)
{
    for (int round = 0; round < 2; round++) {
        uint32_t handler = find_handler_frame(l);
        for (size_t i = 0; i < l->samples.len && handler != CPA_NONE; i++) {
            CpaLegacySample *sample = &l->samples.data[i];
            if (sample->n >= 2 && l->frames.data[sample->first + 1] == handler) {
                cpa_legacy_drop_caller(l, sample);
            }
        }
    }
}

static bool read_tail(CpaLegacy *l, const Header *header, CpaSpan text, GError **error)
{
    if (header->is_java) {
        return cpa_java_read_locations(l, text, error);
    }
    CpaLines lines;
    cpa_lines_init(&lines, text);
    drop_handler_frames(l);
    if (!cpa_legacy_read_maps(l, &lines, error)) {
        return false;
    }
    cpa_legacy_drop_repeated_leaves(l);
    return true;
}

static bool parse(CpaLegacy *l, GError **error)
{
    Words words;
    Header header;
    if (!find_header((const uint8_t *)l->data.bytes, l->data.len, &words, &header)) {
        return cpa_legacy_fail(l, error, CPA_ERROR_MALFORMED, (CpaSpan){l->data.bytes, 0},
                               "not a known header");
    }
    l->period = cpa_int64_wrap_mul((int64_t)header.period_us, 1000);
    cpa_legacy_set_period_type(l, "cpu", "nanoseconds");
    cpa_legacy_add_type(l, "samples", CPA_SPAN("count"));
    cpa_legacy_add_type(l, "cpu", CPA_SPAN("nanoseconds"));
    bool is_end = false;
    while (!is_end && words.left > 0) {
        if (!read_stack(l, &words, header.is_java ? 0 : 1, &is_end, error)) {
            return false;
        }
    }
    CpaSpan text = {(const char *)words.at, words.left};
    return read_tail(l, &header, text, error) && cpa_legacy_finish(l, error);
}

static int probe_cpu(const uint8_t *head, size_t size, bool complete)
{
    Words words;
    Header header;
    (void)complete;
    return find_header(head, size, &words, &header) ? 100 : 0;
}

static bool read_cpu(CpaSource *source, CpaBuilder *builder, GError **error)
{
    CpaLegacy legacy;
    bool ok =
        cpa_legacy_init(&legacy, &cpa_format_cpu, source, builder, error) && parse(&legacy, error);
    cpa_legacy_clear(&legacy);
    return ok;
}

const CpaFormat cpa_format_cpu = {
    .name = "gperftools cpu",
    .summary = "CPU profiles of gperftools, native and Java, binary",
    .suffixes = ".cpu .prof",
    .probe = probe_cpu,
    .read = read_cpu,
};
