/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Readers of the formats older than profile.proto, and of collapsed stacks.
 *
 * What the profiles of the table are read as was printed by a Go program on top of pprof's own
 * profile package; the same program and cpa agreed on 100,000 damaged profiles.
 */
#include "input/legacy.h"

#include <string.h>

/* --- Helpers ---------------------------------------------------------------------------------- */

/* The format that is detected, whatever reading gives. */
static const char *detected;

static CpaProfile *load(const char *bytes, size_t n, GError **error)
{
    g_autoptr(CpaSource) source = cpa_source_new_memory("input", bytes, n, 0, error);
    g_assert_nonnull(source);
    const CpaFormat *format = cpa_format_detect(source, error);
    detected = format != NULL ? format->name : NULL;
    if (format == NULL) {
        return NULL;
    }
    g_autoptr(CpaBuilder) builder = cpa_builder_new();
    if (!format->read(source, builder, error)) {
        return NULL;
    }
    return cpa_builder_finish(builder, error);
}

static const char *str(const CpaProfile *p, CpaStrId id)
{
    return cpa_strtab_get(p->strings, id);
}

static void dump_header(const CpaProfile *p, GString *out)
{
    const CpaHeader *h = &p->header;
    g_string_append_printf(out, "PT %s/%s %" G_GINT64_FORMAT " dur %" G_GINT64_FORMAT "\nTYPES",
                           str(p, h->period_type.type), str(p, h->period_type.unit), h->period,
                           h->duration_ns);
    for (uint32_t i = 0; i < h->n_types; i++) {
        g_string_append_printf(out, " %s/%s", str(p, h->sample_types[i].type),
                               str(p, h->sample_types[i].unit));
    }
    g_string_append_c(out, '\n');
}

static void dump_samples(const CpaProfile *p, GString *out)
{
    for (size_t i = 0; i < p->n_samples; i++) {
        for (uint32_t t = 0; t < p->header.n_types; t++) {
            g_string_append_printf(out, "%" G_GINT64_FORMAT " ",
                                   p->values[i * p->header.n_types + t]);
        }
        g_string_append_c(out, ':');
        for (uint64_t j = p->frame_first[i]; j < p->frame_first[i + 1]; j++) {
            g_string_append_printf(out, " %" G_GUINT64_FORMAT, p->locations[p->frames[j]].id);
        }
        size_t n_labels = 0;
        const CpaLabel *labels = cpa_label_table_get(p->labels, p->label_sets[i], &n_labels);
        for (size_t j = 0; j < n_labels; j++) {
            g_string_append_printf(out, " %s=%" G_GINT64_FORMAT, str(p, labels[j].key),
                                   labels[j].value);
        }
        g_string_append_c(out, '\n');
    }
}

static char *dump(const CpaProfile *p)
{
    GString *out = g_string_new(NULL);
    dump_header(p, out);
    dump_samples(p, out);
    for (uint32_t i = 0; i < p->n_locations; i++) {
        const CpaLocation *l = &p->locations[i];
        uint64_t mapping = l->mapping == CPA_NONE ? 0 : p->mappings[l->mapping].id;
        g_string_append_printf(out, "L %u %" G_GINT64_MODIFIER "x %u", (unsigned)l->id, l->address,
                               (unsigned)mapping);
        for (uint32_t j = 0; j < l->n_lines; j++) {
            const CpaLine *line = &p->lines[l->line_first + j];
            g_string_append_printf(out, " F%u:%d", line->function + 1, (int)line->line);
        }
        g_string_append_c(out, '\n');
    }
    for (uint32_t i = 0; i < p->n_functions; i++) {
        const CpaFunction *f = &p->functions[i];
        g_string_append_printf(out, "F %u %s|%s|%s\n", i + 1, str(p, f->name),
                               str(p, f->system_name), str(p, f->file));
    }
    for (uint32_t i = 0; i < p->n_mappings; i++) {
        const CpaMapping *m = &p->mappings[i];
        g_string_append_printf(
            out,
            "M %u %" G_GINT64_MODIFIER "x %" G_GINT64_MODIFIER "x %" G_GINT64_MODIFIER "x %s|%s\n",
            i + 1, m->start, m->limit, m->offset, str(p, m->file), str(p, m->build_id));
    }
    return g_string_free(out, FALSE);
}

/* --- Formats ---------------------------------------------------------------------------------- */

#define CASE(name, bytes) name, bytes, sizeof(bytes) - 1

typedef struct {
    const char *name;
    const char *bytes;
    size_t size;
    const char *expected;
} Case;

/* clang-format off */
static const Case cases[] = {
    {CASE("heap_v2",
          "heap profile:   3: 300 [  9: 9000] @ heap_v2/1024\n"
          "  1: 100 [ 4: 4000] @ 0x401001 0x7f0000000011\n"
          "-2: -64 [0: 0] @ 0x401001\n"
          "MAPPED_LIBRARIES:\n"
          "00400000-00500000 r-xp 00000000 08:01 7 /bin/a (deleted)\n"
          "7f0000000000-7f0000001000 r-xp 00000000 08:01 8 /lib/libc.so.6\n"),
     "PT space/bytes 1024 dur 0\n"
     "TYPES alloc_objects/count alloc_space/bytes inuse_objects/count inuse_space/bytes\n"
     "6 6416 10 1074 : 1 2 bytes=100\n"
     "0 0 -65 -2080 : 1 bytes=32\n"
     "L 1 401000 1\n"
     "L 2 7f0000000010 2\n"
     "M 1 400000 500000 0 /bin/a|\n"
     "M 2 7f0000000000 7f0000001000 0 /lib/libc.so.6|\n"},
    {CASE("heap",
          "heap profile: 1: 2 [1: 2] @ heap/1048576\n"
          "1: 524288 [ 1: 524288] @ 0x0 0x1\n"),
     "PT space/bytes 524288 dur 0\n"
     "TYPES objects/count space/bytes\n"
     "1 829411 : 1 2 bytes=524288\n"
     "L 1 ffffffffffffffff 1\n"
     "L 2 0 0\n"
     "M 1 0 ffffffffffffffff 0 |\n"},
    {CASE("heapprofile",
          "x heap profile: 1: 2 [1: 2] @ heapprofile\n"
          "# c\n"
          "\n"
          "5: 50 [ 0: 0] @ 0x10 0x20 junk 0x30\r\n"),
     "PT space/bytes 1 dur 0\n"
     "TYPES objects/count space/bytes\n"
     "5 50 : 1 2 bytes=10\n"
     "L 1 f 1\n"
     "L 2 1f 1\n"
     "M 1 0 ffffffffffffffff 0 |\n"},
    {CASE("growth",
          "heap profile:  1: 8 [ 1: 8] @ growthz\n"
          " 1: 8 [ 1: 8] @ 0x500000\n"
          "--- Memory map: ---\n"
          "home=/opt/x\n"
          " 400000-600000: $home/server (@1000) abc\n"),
     "PT space/bytes 1 dur 0\n"
     "TYPES objects/count space/bytes\n"
     "1 8 : 1 bytes=8\n"
     "L 1 4fffff 1\n"
     "M 1 400000 600000 1000 /opt/x/server|abc\n"},
    {CASE("fragmentation",
          "heap profile: 1: 8 [ 1: 8] @ fragmentationz\n"
          "0: 0 [1: 1] @ 0x5\n"),
     "PT space/bytes 1 dur 0\n"
     "TYPES objects/count space/bytes\n"
     "0 0 : 1 bytes=0\n"
     "L 1 4 1\n"
     "M 1 0 ffffffffffffffff 0 |\n"},
    {CASE("go",
          "# c\n"
          "\n"
          "goroutine profile: total 3\n"
          "010 @ 0x44cb3 0x45045\n"
          "# labels: {\"k\":\"v\"}\n"
          "#\t0x44cb2\tmain.f+0x12\t/x.go:3\n"
          "\n"
          "2 @ 0x45045\n"
          "--- x\n"
          "MAPPED_LIBRARIES:\n"
          "44000-46000 r-xp 0 0:0 1 /go/x\n"),
     "PT goroutine/count 1 dur 0\n"
     "TYPES goroutine/count\n"
     "8 : 1 2\n"
     "2 : 2\n"
     "L 1 44cb2 1\n"
     "L 2 45044 1\n"
     "M 1 44000 46000 0 /go/x|\n"},
    {CASE("threads",
          "--- threadz 1 ---\n"
          "\n"
          "--- Thread 7f79 (name: main/14) stack: ---\n"
          "  PC:  0x00bc8f1c: f(int)\n"
          "  0x00bc8f1c: f\n"
          "  0x0040be31: main\n"
          "--- Thread 7f7a (name: a/b/15) stack: ---\n"
          "  [same as previous thread]\n"
          "--- Thread 7f7b (name: c/16) stack: ---\n"
          " PC: 0x9 0x8\n"
          "---- no stack trace for thread 17 ----\n"
          "rest\n"
          "--- Memory map: ---\n"
          "  00400000-00fcb000: /bin/t\n"),
     "PT thread/count 1 dur 0\n"
     "TYPES thread/count\n"
     "2 : 1 3\n"
     "1 : 4 5\n"
     "L 1 bc8f1c 1\n"
     "L 2 bc8f1b 1\n"
     "L 3 40be30 1\n"
     "L 4 9 2\n"
     "L 5 7 2\n"
     "M 1 400000 fcb000 0 /bin/t|\n"
     "M 2 0 ffffffffffffffff 0 |\n"},
    {CASE("contentionz",
          "--- contentionz 1 ---\n"
          "cycles/second = 2_000_000_000\n"
          "sampling period = 0x64\n"
          "ms since reset = 1500\n"
          "discarded samples = 0\n"
          "  1001  27 @ 0xbccc97 0xc61202\n"
          " 123 @ 0xbccc97\n"
          "--- Memory map: ---\n"
          "  00400000-00fcb000: t\n"),
     "PT contentions/count 100 dur 1500000000\n"
     "TYPES contentions/count delay/nanoseconds\n"
     "2700 50050 : 1 2\n"
     "300 600 : 1\n"
     "L 1 bccc96 1\n"
     "L 2 c61201 1\n"
     "M 1 400000 fcb000 0 t|\n"},
    {CASE("mutex",
          "--- mutex:\n"
          "cycles/second=1000000000\n"
          "sampling period=5\n"
          "70 3 @ 0x10 0x20\n"
          "#\t0xf main.f+0x1 /x.go:2\n"),
     "PT contentions/count 5 dur 0\n"
     "TYPES contentions/count delay/nanoseconds\n"
     "15 350 : 1 2\n"
     "L 1 f 1\n"
     "L 2 1f 1\n"
     "M 1 0 ffffffffffffffff 0 |\n"},
    {CASE("java_heap",
          "--- heapz 1 ---\n"
          "format = java\n"
          "resolution = bytes\n"
          "  7048  1 @ 0x3 0x4 0x5\n"
          " 528 03 @ 0x6 0x7 0x8 0x9\n"
          "\n"
          " 0x3 com.f (F.java:103)\n"
          "0x4 native (/usr/lib/libc.so)\n"
          " 0x5 GC\n"
          " 0x6 x generated stub/JIT y\n"
          " 0x7 com.f (G.java:9)\n"
          " 0x8 a (b) (c:-5)\n"),
     "PT / 0 dur 0\n"
     "TYPES inuse_objects/count inuse_space/bytes\n"
     "74 527819 : 1 2 3 bytes=7048\n"
     "8938 1573128 : 4 5 6 7 bytes=176\n"
     "L 1 0 0 F1:103\n"
     "L 2 0 0 F2:0\n"
     "L 3 0 0 F3:0\n"
     "L 4 0 0 F4:0\n"
     "L 5 0 0 F1:9\n"
     "L 6 0 0 F5:0\n"
     "L 7 0 1\n"
     "F 1 com.f|com.f|F.java\n"
     "F 2 native|native|libc.so\n"
     "F 3 GC|GC|\n"
     "F 4 STUB|STUB|\n"
     "F 5 a (b)|a (b)|c\n"
     "M 1 0 ffffffffffffffff 0 |\n"},
    {CASE("java_contention",
          "--- contentionz 1 ---\n"
          "format = java\n"
          "resolution = microseconds\n"
          "sampling period = 100\n"
          "ms since reset = 6019923\n"
          " 14 2 @ 0x3\n"
          " 0x3 com.g (/)\n"),
     "PT contentions/count 100 dur 6019923000000\n"
     "TYPES contentions/count delay/microseconds\n"
     "200 1400 : 1\n"
     "L 1 0 0 F1:0\n"
     "F 1 com.g|com.g|/\n"},
    {CASE("java_by_samples",
          "--- contentionz 1 ---\n"
          "sampling period = 100\n"
          "no sample\n"),
     "PT contentions/count 100 dur 0\n"
     "TYPES\n"},
};
/* clang-format on */

static void test_formats(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("%s", cases[i].name);
        g_autoptr(GError) error = NULL;
        g_autoptr(CpaProfile) profile = load(cases[i].bytes, cases[i].size, &error);
        g_assert_no_error(error);
        g_autofree char *got = dump(profile);
        g_assert_cmpstr(got, ==, cases[i].expected);
    }
}

/* Every prefix of every profile is read or refused, never anything worse. */
static void test_prefixes(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        for (size_t n = 0; n < cases[i].size; n++) {
            g_autofree char *copy = g_memdup2(cases[i].bytes, n);
            g_autoptr(GError) error = NULL;
            g_autoptr(CpaProfile) profile = load(copy, n, &error);
            g_assert_true((profile == NULL) == (error != NULL));
        }
    }
}

static void test_drop_frames(void)
{
    static const struct {
        const char *bytes;
        const char *drop;
        const char *keep;
    } rules[] = {
        {"heap profile: 1: 2 [1: 2] @ growth\n", "calloc|", "runtime\\.panic|"},
        {"--- mutex:\n", "RecordLockProfileData|", ""},
        {"a profile: total 1\n", "ProfileData::Add|", ""},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rules); i++) {
        g_autoptr(CpaProfile) p = load(rules[i].bytes, strlen(rules[i].bytes), NULL);
        g_assert_nonnull(p);
        g_assert_true(g_str_has_prefix(str(p, p->header.drop_frames), rules[i].drop));
        g_assert_true(g_str_has_prefix(str(p, p->header.keep_frames), rules[i].keep));
    }
}

typedef struct {
    const char *name;
    const char *bytes;
    size_t size;
    const char *message; /* behind the name of the input and of the format */
} BadCase;

/* clang-format off */
static const BadCase bad_cases[] = {
    {CASE("heap", "heap profile: 1: 2 [1: 2] @ heap/5\nf\x1boo\n"),
     "offset 0x23: not a sample \"COUNT: BYTES [COUNT: BYTES] @ ADDRESS...\": f\\x1boo"},
    {CASE("heap", "heap profile: 1: 2 [1: 2] @ heap/5\n0: 5 [0: 0] @ 0x1\n"),
     "offset 0x23: sample of 0 objects that hold bytes: 0: 5 [0: 0] @ 0x1"},
    {CASE("heap", "heap profile: 1: 2 [1: 2] @ heap/5\n1: 5 [1: 5] @ 0x10000000000000000\n"),
     "offset 0x23: address beyond 64 bits in a sample: 1: 5 [1: 5] @ 0x10000000000000000"},
    {CASE("go count", "a profile: total 1\n1 @ 0xG\n"),
     "offset 0x13: not a sample \"COUNT @ ADDRESS...\": 1 @ 0xG"},
    {CASE("threadz", "--- threadz 1 ---\n--- Thread 7f (name: a/1) stack: ---\n 0x1\n"),
     "offset 0x38: no memory map after the last thread: 0x1"},
    {CASE("contention", "--- contention:\nformat = x\n"),
     "offset 0x10: not a known attribute: format = x"},
    {CASE("contention", "--- contentionz 1 ---\nsampling period = 1\n1 1 @ 0x1\nno\n"),
     "offset 0x34: not a sample \"DELAY COUNT @ ADDRESS...\": no"},
    {CASE("java", "--- contentionz 1 ---\nformat = c\n"),
     "offset 0x16: not a known attribute: format = c"},
    {CASE("java", "--- heapz 1 ---\nresolution = bytes\n5 0 @ 0x1\n"),
     "offset 0x23: sample of 0 objects: 5 0 @ 0x1"},
    {CASE("java", "--- heapz 1 ---\n5 1 @ 0x1\n"),
     "offset 0x0: samples, but no header line that names their types"},
    {CASE("gperftools cpu", "\0\0\0\0\3\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\1\0\0\0\377\377\377\377"),
     "offset 0x14: stack larger than the rest of the file"},
    {CASE("gperftools cpu", "\0\0\0\0\3\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\1\0\0\0"),
     "offset 0x14: stack without a size"},
    {CASE("collapsed", "a;b 1\nrest\n"), NULL}, /* not recognized: see below */
    {CASE("collapsed", "a;b 1\r\na;b 9223372036854775808\r\n"),
     "offset 0x7: line 2: the number does not fit into 64 bits: a;b 9223372036854775808"},
    {CASE("collapsed", "\377\376a\0;\0b\0 \0001\0\n\0c\0 \0001\0e\0003\0\n\0"), NULL},
    {CASE("collapsed", "\377\376a\0 \0001\0\n\0c\0;\0d\0 \0002\0002\0002\0002\0002\0002\0002\0002\0"
                       "2\0002\0002\0002\0002\0002\0002\0002\0002\0002\0002\0002\0"),
     "offset 0xa: line 2: the number does not fit into 64 bits: c;d 22222222222222222222"},
};
/* clang-format on */

static void test_errors(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(bad_cases); i++) {
        const BadCase *c = &bad_cases[i];
        g_autoptr(GError) error = NULL;
        g_autoptr(CpaProfile) profile = load(c->bytes, c->size, &error);
        g_assert_null(profile);
        if (c->message == NULL) {
            g_assert_error(error, CPA_ERROR, CPA_ERROR_NOT_RECOGNIZED);
            continue;
        }
        g_autofree char *expected = g_strdup_printf("input: %s: %s", c->name, c->message);
        /* A hint may follow. */
        g_autofree char *start = g_strndup(error->message, strlen(expected));
        g_assert_cmpstr(start, ==, expected);
        g_assert_error(error, CPA_ERROR, CPA_ERROR_MALFORMED);
    }
}

static void test_unsample(void)
{
    static const struct {
        int64_t count;
        int64_t size_bytes;
        int64_t rate;
        int64_t new_count;
        int64_t new_size_bytes;
    } rows[] = {
        {0, 5, 1024, 0, 0},
        {5, 0, 1024, 0, 0},
        {3, 300, 1, 3, 300},
        {3, 300, -7, 3, 300},
        {1, 100, 1024, 10, 1074},
        {1, 1, INT64_MAX, INT64_MIN, INT64_MIN}, /* divides by zero */
        {INT64_MAX, INT64_MAX, 2, INT64_MIN, INT64_MIN},
        {INT64_MIN, -1, 2, INT64_MIN, INT64_MIN},
        {-1, INT64_MAX, 2, 0, 0}, /* by minus infinity */
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        int64_t count = rows[i].count;
        int64_t size_bytes = rows[i].size_bytes;
        cpa_legacy_unsample(&count, &size_bytes, rows[i].rate);
        g_assert_cmpint(count, ==, rows[i].new_count);
        g_assert_cmpint(size_bytes, ==, rows[i].new_size_bytes);
    }
    g_assert_cmpint(cpa_int64_wrap_div(INT64_MIN, -1), ==, INT64_MIN);
    g_assert_cmpint(cpa_int64_wrap_div(-7, 2), ==, -3);
    g_assert_cmpint(cpa_int64_wrap_mul(INT64_MAX, 3), ==, INT64_MAX - 2);
}

/* --- gperftools CPU --------------------------------------------------------------------------- */

typedef struct {
    size_t word_size;
    bool is_big_endian;
} WordKind;

static const WordKind word_kinds[] = {{4, false}, {4, true}, {8, false}, {8, true}};

static GByteArray *make_cpu(WordKind kind, const uint64_t *words, size_t n, const char *tail)
{
    GByteArray *out = g_byte_array_new();
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < kind.word_size; j++) {
            size_t digit = kind.is_big_endian ? kind.word_size - 1 - j : j;
            guint8 byte = (guint8)(words[i] >> (8 * digit));
            g_byte_array_append(out, &byte, 1);
        }
    }
    g_byte_array_append(out, (const guint8 *)tail, (guint)strlen(tail));
    return out;
}

static void check_cpu(const GByteArray *bytes, const char *expected)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CpaProfile) profile = load((const char *)bytes->data, bytes->len, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(detected, ==, "gperftools cpu");
    g_autofree char *got = dump(profile);
    g_assert_cmpstr(got, ==, expected);
}

static void test_cpu(void)
{
    /* clang-format off */
    static const uint64_t words[] = {
        0, 3, 0, 10000, 0, /* header */
        1, 3, 0x400100, 0x400201, 0x400301,
        2, 3, 0x400110, 0x400110, 0x400201,
        3, 1, 0x400120,
        0, 1, 0, /* end */
    };
    /* clang-format on */
    for (size_t i = 0; i < G_N_ELEMENTS(word_kinds); i++) {
        g_autoptr(GByteArray) bytes = make_cpu(word_kinds[i], words, G_N_ELEMENTS(words),
                                               "00400000-00500000 r-xp 00000000 08:01 7 /bin/a\n");
        check_cpu(bytes, "PT cpu/nanoseconds 10000000 dur 0\n"
                         "TYPES samples/count cpu/nanoseconds\n"
                         "1 10000000 : 1 2 3\n"
                         "2 20000000 : 4 2\n"
                         "3 30000000 : 6\n"
                         "L 1 400100 1\n"
                         "L 2 400200 1\n"
                         "L 3 400300 1\n"
                         "L 4 400110 1\n"
                         "L 5 40010f 1\n" /* of the repeated leaf: not used, but kept */
                         "L 6 400120 1\n"
                         "M 1 400000 500000 0 /bin/a|\n");
    }
}

static void test_cpu_handler(void)
{
    /* clang-format off */
    static const uint64_t words[] = {
        0, 3, 0, 10000, 0,
        1, 3, 0x10, 0x999, 0x31,
        1, 3, 0x11, 0x999, 0x32,
    };
    /* clang-format on */
    g_autoptr(GByteArray) bytes = make_cpu(word_kinds[3], words, G_N_ELEMENTS(words), "");
    check_cpu(bytes, "PT cpu/nanoseconds 10000000 dur 0\n"
                     "TYPES samples/count cpu/nanoseconds\n"
                     "1 10000000 : 1 2\n"
                     "1 10000000 : 3 4\n"
                     "L 1 10 1\n"
                     "L 2 30 1\n"
                     "L 3 11 1\n"
                     "L 4 31 1\n"
                     "M 1 0 ffffffffffffffff 0 |\n");
}

/* Of the second stack, one address and a half are there. */
static void test_cpu_cut(void)
{
    /* clang-format off */
    static const uint64_t words[] = {
        0, 3, 0, 10000, 0,
        1, 3, 0x10, 0x21, 0x31,
        7, 4, 0x40, 0x50, 0x60,
    };
    /* clang-format on */
    g_autoptr(GByteArray) bytes = make_cpu(word_kinds[2], words, G_N_ELEMENTS(words), "");
    g_byte_array_set_size(bytes, bytes->len - 4);
    check_cpu(bytes, "PT cpu/nanoseconds 10000000 dur 0\n"
                     "TYPES samples/count cpu/nanoseconds\n"
                     "1 10000000 : 1 2 3\n"
                     "7 70000000 : 4 5 6 6\n"
                     "L 1 10 1\n"
                     "L 2 20 1\n"
                     "L 3 30 1\n"
                     "L 4 40 1\n"
                     "L 5 4f 1\n"
                     "L 6 ffffffffffffffff 1\n"
                     "M 1 0 ffffffffffffffff 0 |\n");
}

static void test_cpu_java(void)
{
    static const uint64_t words[] = {0, 3, 1, 10000, 0, 2, 2, 3, 4, 0, 1, 0};
    for (size_t i = 0; i < G_N_ELEMENTS(word_kinds); i++) {
        g_autoptr(GByteArray) bytes =
            make_cpu(word_kinds[i], words, G_N_ELEMENTS(words), " 0x3 com.f (F.java:1)\n");
        check_cpu(bytes, "PT cpu/nanoseconds 10000000 dur 0\n"
                         "TYPES samples/count cpu/nanoseconds\n"
                         "2 20000000 : 1 2\n"
                         "L 1 0 0 F1:1\n"
                         "L 2 0 1\n"
                         "F 1 com.f|com.f|F.java\n"
                         "M 1 0 ffffffffffffffff 0 |\n");
    }
}

/* --- Collapsed stacks ------------------------------------------------------------------------- */

static void test_collapsed(void)
{
    static const char expected[] = "PT / 0 dur 0\n"
                                   "TYPES samples/count\n"
                                   "5 : 1 2\n"
                                   "-3 : 3 1 2\n"
                                   "2 : 2\n"
                                   "5 : 1 2\n"
                                   "L 1 0 0 F1:0\n"
                                   "L 2 0 0 F2:0\n"
                                   "L 3 0 0 F3:0\n"
                                   "F 1 b c_[k]||\n"
                                   "F 2 a||\n"
                                   "F 3 \xc3\xa4||\n";
    static const char text[] = "# x\n\na;b c_[k] 5\n;a;b c_[k];;\xc3\xa4; -3\n a\t1.5\na;b c_[k] 5";
    g_autoptr(GString) marked = g_string_new("\xef\xbb\xbf");
    g_string_append(marked, text);
    g_string_replace(marked, "\n", "\r\n", 0);
    static const char *const codes[] = {"UTF-16LE", "UTF-16BE"};
    for (size_t i = 0; i < 4; i++) {
        gsize n = 0;
        g_autofree char *wide =
            i < 2 ? g_convert(marked->str, -1, codes[i], "UTF-8", NULL, &n, NULL) : NULL;
        const char *bytes = i < 2 ? wide : i == 2 ? text : marked->str;
        g_autoptr(GError) error = NULL;
        g_autoptr(CpaProfile) p = load(bytes, i < 2 ? n : strlen(bytes), &error);
        g_assert_no_error(error);
        g_assert_cmpstr(detected, ==, "collapsed");
        g_autofree char *got = dump(p);
        g_assert_cmpstr(got, ==, expected);
    }
}

static void test_collapsed_long(void)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (int i = 0; i < 100000; i++) {
        g_string_append_printf(text, "%sf%d", i > 0 ? ";" : "", i % 1000);
    }
    g_string_append(text, " 1\n");
    for (int i = 0; i < 100000; i++) {
        g_string_append_printf(text, "f0;f1;f%d 1\n", i % 1000);
    }
    g_autoptr(GError) error = NULL;
    g_autoptr(CpaProfile) p = load(text->str, text->len, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(p->n_samples, ==, 100001);
    g_assert_cmpuint(p->frame_first[p->n_samples], ==, 400000);
    g_assert_cmpuint(p->n_functions, ==, 1000);
    g_string_append(text, "f0;f1\n");
    g_autoptr(CpaProfile) none = load(text->str, text->len, &error);
    g_assert_null(none);
    g_assert_error(error, CPA_ERROR, CPA_ERROR_MALFORMED);
    g_assert_nonnull(strstr(error->message, ": line 100002: not a stack"));
}

static void test_not_collapsed(void)
{
    static const char *const texts[] = {
        "The first was built in 1990\nand the last in 1995\n",
        "int x; // 5\nint main(void) { return 0; }\n",
        "name;count\na;5\nb;6\n",
        "a,b,5\nc,d,6\n",
        "1 2\n3 4\n",
        "x = 5\ny = 6\n",
        "#!/bin/sh\nexit 1\n",
        "# only a comment\n",
        "main;f x\n",
        "main;f 1e5\n",
        "main;\x01 5\n",
        "[1, 2, 3]\n",
        "the end; of 5\na b 1\nc d 2\ne f 3\n",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(CpaProfile) p = load(texts[i], strlen(texts[i]), &error);
        g_assert_error(error, CPA_ERROR, CPA_ERROR_NOT_RECOGNIZED);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/legacy/formats", test_formats);
    g_test_add_func("/legacy/prefixes", test_prefixes);
    g_test_add_func("/legacy/drop-frames", test_drop_frames);
    g_test_add_func("/legacy/errors", test_errors);
    g_test_add_func("/legacy/unsample", test_unsample);
    g_test_add_func("/legacy/cpu", test_cpu);
    g_test_add_func("/legacy/cpu-handler", test_cpu_handler);
    g_test_add_func("/legacy/cpu-cut", test_cpu_cut);
    g_test_add_func("/legacy/cpu-java", test_cpu_java);
    g_test_add_func("/legacy/collapsed", test_collapsed);
    g_test_add_func("/legacy/collapsed-long", test_collapsed_long);
    g_test_add_func("/legacy/not-collapsed", test_not_collapsed);
    return g_test_run();
}
