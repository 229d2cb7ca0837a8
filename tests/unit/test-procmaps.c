/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text, lines and memory maps of legacy profiles. What the lines mean was printed by a Go program
 * on top of pprof's profile.ParseProcMaps; lookups are compared with pprof's rule written down.
 */
#include "input/procmaps.h"

#include <string.h>

#include "base/idmap.h"
#include "input/mapindex.h"
#include "input/span.h"

/* --- Text ------------------------------------------------------------------------------------- */

static CpaSpan span(const char *text)
{
    return (CpaSpan){text, strlen(text)};
}

static void test_trim(void)
{
    static const struct {
        const char *text;
        const char *trimmed;
    } cases[] = {
        {"", ""},
        {" \t\r\n\v\f", ""},
        {" a b ", "a b"},
        {"\xc2\xa0x\xc2\x85", "x"},
        {"\xe2\x80\x83x\xe2\x80\xaf\xe3\x80\x80", "x"},
        {"\xe1\x9a\x80\xe2\x81\x9f", ""},
        {"\xa0x\x85", "\xa0x\x85"}, /* not UTF-8 */
        {"x\xe2\x80)", "x\xe2\x80)"},
        {"\xe2\x80\x8b", "\xe2\x80\x8b"}, /* zero width space is none */
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_assert_true(cpa_span_equal(cpa_span_trim(span(cases[i].text)), span(cases[i].trimmed)));
    }
}

static void test_numbers(void)
{
    static const struct {
        const char *text;
        int base;
        bool ok;
        int64_t value;
    } cases[] = {
        {"", 10, false, 0},
        {"-", 10, false, 0},
        {"+7", 10, true, 7},
        {"007", 10, true, 7},
        {"007", 0, true, 7},
        {"08", 0, false, 0},
        {"0", 0, true, 0},
        {"0x", 0, false, 0},
        {"-0x1F", 0, true, -31},
        {"0b101", 0, true, 5},
        {"0o17", 0, true, 15},
        {"0x_1_f", 0, true, 31},
        {"0_7", 0, true, 7},
        {"1_000", 0, true, 1000},
        {"1__0", 0, false, 0},
        {"1_", 0, false, 0},
        {"_1", 0, false, 0},
        {"1_0", 10, false, 0},
        {" 1", 10, false, 0},
        {"9223372036854775807", 10, true, INT64_MAX},
        {"9223372036854775808", 10, false, 0},
        {"-9223372036854775808", 10, true, INT64_MIN},
        {"-9223372036854775809", 10, false, 0},
        {"99999999999999999999", 10, false, 0},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        int64_t value = 0;
        bool ok = cpa_span_parse_int(span(cases[i].text), cases[i].base, &value);
        g_assert_cmpint(ok, ==, cases[i].ok);
        g_assert_true(!ok || value == cases[i].value);
    }
    uint64_t hex = 0;
    g_assert_true(cpa_span_parse_hex(span("000ffffFFFFffffFFFF"), &hex));
    g_assert_true(hex == UINT64_MAX);
    g_assert_false(cpa_span_parse_hex(span("10000000000000000"), &hex));
    g_assert_false(cpa_span_parse_hex(span(""), &hex));
}

static void test_lines(void)
{
    CpaLines lines;
    cpa_lines_init(&lines, span("a\r\n\r\r\n\nb\r"));
    static const char *const expected[] = {"a", "\r", "", "b"};
    for (size_t i = 0; i < G_N_ELEMENTS(expected); i++) {
        g_assert_true(cpa_lines_next(&lines));
        g_assert_true(cpa_span_equal(lines.line, span(expected[i])));
    }
    g_assert_false(cpa_lines_next(&lines));
    g_assert_cmpuint(lines.line.len, ==, 0);

    g_autofree char *longest = g_strnfill(CPA_LEGACY_MAX_LINE, 'x');
    longest[CPA_LEGACY_MAX_LINE - 1] = '\n';
    cpa_lines_init(&lines, (CpaSpan){longest, CPA_LEGACY_MAX_LINE});
    g_assert_true(cpa_lines_next(&lines));
    g_assert_false(lines.too_long);
    longest[CPA_LEGACY_MAX_LINE - 1] = 'x';
    cpa_lines_init(&lines, (CpaSpan){longest, CPA_LEGACY_MAX_LINE});
    g_assert_false(cpa_lines_next(&lines));
    g_assert_true(lines.too_long);
}

/* --- Memory map ------------------------------------------------------------------------------- */

static void test_map_lines(void)
{
    static const struct {
        const char *line;
        const char *mapping; /* NULL: the line is none */
    } cases[] = {
        {"00400000-00fcb000 r-xp 00000010 08:01 1234   /bin/a b", "400000 fcb000 10 /bin/a|"},
        {"00400000-00fcb000 rw-p 00000000 08:01 1234   /bin/a", NULL},
        {"  0x40-0X80: /bin/x (@fF) abc def", "40 0 0 |"}, /* 0X is no prefix */
        {"  0x40 - 0x80: /bin/x (@fF) abc def", NULL},     /* one separator only, then blanks */
        {"40-80: r-xp /bin/x (@fF) abc def", "40 80 ff /bin/x|abc"},
        {"40 80", "40 80 0 |"},
        {"12345 r-xp", "1234 5 0 |"}, /* the blank is taken last */
        {"ab", "a b 0 |"},
        {"a", NULL},
        {"40-80 (@ff) abc", "40 80 0 (@ff)|abc"},
        {"fffffffffffffffff-1", NULL},
        {"x.cc:12] 40-80 /y", "40 80 0 /y|"},
        {"[x.cc:12] 40-80 /y", NULL},
        {"dir = /opt", NULL},
        {"dir2=$dir/lib", NULL},
        {"dir=/other", NULL},
        {"40-80 $dir/x$dir2$di", "40 80 0 /opt/x/opt2$di|"}, /* dir is found before dir2 */
    };
    g_autoptr(CpaBuilder) builder = cpa_builder_new();
    g_autoptr(CpaProcmaps) maps = cpa_procmaps_new(builder);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        CpaMapping m;
        CpaProcmapsLine kind = cpa_procmaps_line(maps, span(cases[i].line), &m);
        g_autofree char *got = NULL;
        if (kind == CPA_PROCMAPS_MAPPING) {
            got = g_strdup_printf("%x %x %x %s|%s", (unsigned)m.start, (unsigned)m.limit,
                                  (unsigned)m.offset, cpa_builder_string(builder, m.file),
                                  cpa_builder_string(builder, m.build_id));
        }
        g_assert_cmpstr(got, ==, cases[i].mapping);
    }
}

static void test_map_bomb(void)
{
    g_autoptr(CpaBuilder) builder = cpa_builder_new();
    g_autoptr(CpaProcmaps) maps = cpa_procmaps_new(builder);
    CpaMapping m;
    CpaProcmapsLine kind = cpa_procmaps_line(maps, span("v00=zzzzzzzzzz"), &m);
    for (int i = 1; i < 64 && kind == CPA_PROCMAPS_NOTHING; i++) {
        g_autofree char *line = g_strdup_printf("v%02d=$v%02d$v%02d", i, i - 1, i - 1);
        kind = cpa_procmaps_line(maps, span(line), &m);
    }
    g_assert_cmpint(kind, ==, CPA_PROCMAPS_TOO_LARGE);
}

/* The rule as pprof has it: O(n) per lookup. */
static uint32_t find_slowly(CpaMappings *mappings, uint64_t address, uint32_t *everything)
{
    for (uint32_t i = 0; i < mappings->len; i++) {
        if (mappings->data[i].start <= address && address < mappings->data[i].limit) {
            return i;
        }
    }
    for (uint32_t i = 0; i < mappings->len; i++) {
        CpaMapping *m = &mappings->data[i];
        if (m->offset != 0 && m->start - m->offset <= address && address < m->start) {
            m->start -= m->offset;
            m->offset = 0;
            return i;
        }
    }
    if (*everything == CPA_NONE) {
        *everything = (uint32_t)mappings->len;
        CpaMapping all = {.limit = UINT64_MAX};
        cpa_vec_push(mappings, all);
    }
    return *everything;
}

static void test_map_index(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(7);
    g_autoptr(CpaBuilder) builder = cpa_builder_new();
    for (int round = 0; round < 2000; round++) {
        CpaMappings fast = {0};
        CpaMappings slow = {0};
        int n = g_rand_int_range(random, 0, 12);
        for (int i = 0; i < n; i++) {
            CpaMapping m = {
                .start = (uint64_t)g_rand_int_range(random, 0, 100),
                .limit = (uint64_t)g_rand_int_range(random, 0, 100),
                .offset = (uint64_t)g_rand_int_range(random, 0, 20),
            };
            m.limit = g_rand_int_range(random, 0, 30) == 0 ? UINT64_MAX : m.limit;
            cpa_vec_push(&fast, m);
            cpa_vec_push(&slow, m);
        }
        uint32_t everything = CPA_NONE;
        g_autoptr(CpaMapindex) index = cpa_mapindex_new(&fast, builder);
        for (int i = 0; i < 60; i++) {
            uint64_t address = (uint64_t)g_rand_int_range(random, 0, 110);
            address = g_rand_int_range(random, 0, 50) == 0 ? UINT64_MAX : address;
            g_assert_cmpuint(cpa_mapindex_find(index, address), ==,
                             find_slowly(&slow, address, &everything));
        }
        g_assert_cmpuint(fast.len, ==, slow.len);
        for (size_t i = 0; i < fast.len; i++) {
            g_assert_cmpuint(fast.data[i].start, ==, slow.data[i].start);
            g_assert_cmpuint(fast.data[i].limit, ==, slow.data[i].limit);
            g_assert_cmpuint(fast.data[i].offset, ==, slow.data[i].offset);
        }
        cpa_vec_clear(&fast);
        cpa_vec_clear(&slow);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/procmaps/trim", test_trim);
    g_test_add_func("/procmaps/numbers", test_numbers);
    g_test_add_func("/procmaps/lines", test_lines);
    g_test_add_func("/procmaps/map-lines", test_map_lines);
    g_test_add_func("/procmaps/map-bomb", test_map_bomb);
    g_test_add_func("/procmaps/map-index", test_map_index);
    return g_test_run();
}
