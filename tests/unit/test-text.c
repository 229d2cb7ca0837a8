/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text functions. Expected paths, times and durations were printed by Go's path/filepath and time.
 */
#include "base/text.h"

#include <string.h>

static void test_path(void)
{
    static const struct {
        const char *path;
        const char *clean;
        const char *base;
    } cases[] = {
        {"", ".", "."},
        {"/", "/", "/"},
        {"//", "/", "/"},
        {"a", "a", "a"},
        {"a/", "a", "a"},
        {"./a", "a", "a"},
        {"a/../b", "b", "b"},
        {"../a/..", "..", ".."},
        {"../../a", "../../a", "a"},
        {"/../a", "/a", "a"},
        {"a/b/../../..", "..", ".."},
        {"/a/./b//c/..", "/a/b", ".."},
        {"a/...", "a/...", "..."},
        {".", ".", "."},
        {"..", "..", ".."},
        {"/..", "/", ".."},
        {"a//b", "a/b", "b"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *clean = cpa_path_clean(cases[i].path);
        g_autofree char *base = cpa_path_base(cases[i].path);
        g_assert_cmpstr(clean, ==, cases[i].clean);
        g_assert_cmpstr(base, ==, cases[i].base);
    }
}

static void test_shorten(void)
{
    static const struct {
        const char *bytes;
        size_t max;
        const char *text;
    } cases[] = {
        {"", 10, ""},
        {"plain", 5, "plain"},
        {"plain", 4, "p..."},
        {"plain", 2, ".."},
        {"a\tb\x1b", 20, "a\\x09b\\x1b"},
        {"a\tb\x1b", 8, "a\\x09..."},
        {"\xff"
         "x",
         20, "\\xffx"},
        {"\xc2\x85", 20, "\\xc2\\x85"},
        {"\xc3\xa4\xc3\xa4\xc3\xa4", 6, "\xc3\xa4\xc3\xa4\xc3\xa4"},
        {"\xc3\xa4\xc3\xa4\xc3\xa4", 5, "\xc3\xa4..."},
        {"\xc3\xa4\xc3\xa4\xc3\xa4", 4, "..."},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text =
            cpa_text_shorten(cases[i].bytes, strlen(cases[i].bytes), cases[i].max);
        g_assert_cmpstr(text, ==, cases[i].text);
    }
    g_autofree char *nul = cpa_text_shorten("a\0b", 3, 10);
    g_assert_cmpstr(nul, ==, "a\\x00b");
}

static void test_nearest(void)
{
    static const char *const words[] = {"top", "tree", "traces", "tags", "callgrind", "focus"};
    static const struct {
        const char *word;
        int nearest;
    } cases[] = {
        {"top", 0},   {"tpo", 0},       {"to", 0},    {"TREE", 1},        {"trees", 1},
        {"trace", 2}, {"callgrnid", 4}, {"foucs", 5}, {"call", 4},        {"", -1},
        {"x", -1},    {"zebra", -1},    {"ab", -1},   {"flamegraph", -1},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        int nearest = cpa_text_nearest(cases[i].word, words, G_N_ELEMENTS(words));
        g_test_message("%s", cases[i].word);
        g_assert_cmpint(nearest, ==, cases[i].nearest);
    }
    g_autofree char *huge = g_strnfill(5000, 'a');
    g_assert_cmpint(cpa_text_nearest(huge, words, G_N_ELEMENTS(words)), ==, -1);
    g_assert_cmpint(cpa_text_nearest("top", (const char *const[]){huge}, 1), ==, -1);
    g_assert_cmpint(cpa_text_nearest("top", NULL, 0), ==, -1);
}

static void test_time(void)
{
    static const struct {
        const char *zone; /* a value of TZ */
        const char *file; /* that this needs, below /usr/share/zoneinfo */
        int64_t time_ns;
        const char *raw;
        const char *plain;
    } cases[] = {
        {"UTC", "", INT64_C(1436000000123456000), "2015-07-04 08:53:20.123456 +0000 UTC",
         "2015-07-04 08:53:20 UTC"},
        {"", "", -1, "1969-12-31 23:59:59.999999999 +0000 UTC", "1969-12-31 23:59:59 UTC"},
        {"No/Such", "", INT64_C(-3000000000000000001), "1874-12-07 18:39:59.999999999 +0000 UTC",
         "1874-12-07 18:39:59 UTC"},
        {"XYZ-5", "", INT64_C(1700000000000000000), "2023-11-14 22:13:20 +0000 UTC",
         "2023-11-14 22:13:20 UTC"},
        {"Europe/Berlin", "Europe/Berlin", INT64_C(1436000000123456000),
         "2015-07-04 10:53:20.123456 +0200 CEST", "2015-07-04 10:53:20 CEST"},
        {":Asia/Dubai", "Asia/Dubai", -1, "1970-01-01 03:59:59.999999999 +0400 +04",
         "1970-01-01 03:59:59 +04"},
        {"/usr/share/zoneinfo/America/St_Johns", "America/St_Johns", INT64_C(1700000000000000000),
         "2023-11-14 18:43:20 -0330 NST", "2023-11-14 18:43:20 NST"},
        {"Africa/Monrovia", "Africa/Monrovia", -1, "1969-12-31 23:15:29.999999999 -0044 MMT",
         "1969-12-31 23:15:29 MMT"},
    };
    g_autofree char *saved = g_strdup(g_getenv("TZ"));
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *file = g_build_filename("/usr/share/zoneinfo", cases[i].file, NULL);
        if (cases[i].file[0] != '\0' && !g_file_test(file, G_FILE_TEST_EXISTS)) {
            g_test_message("no %s here", file);
            continue;
        }
        g_setenv("TZ", cases[i].zone, TRUE);
        g_autofree char *raw = cpa_time_format(cases[i].time_ns, true);
        g_autofree char *plain = cpa_time_format(cases[i].time_ns, false);
        g_assert_cmpstr(raw, ==, cases[i].raw);
        g_assert_cmpstr(plain, ==, cases[i].plain);
    }
    if (saved != NULL) {
        g_setenv("TZ", saved, TRUE);
    } else {
        g_unsetenv("TZ");
    }
}

static void test_duration(void)
{
    static const struct {
        int64_t ns;
        const char *text;
    } cases[] = {
        {0, "0s"},
        {1, "1ns"},
        {-1, "-1ns"},
        {999, "999ns"},
        {1000, "1\xc2\xb5s"},
        {1500, "1.5\xc2\xb5s"},
        {999999, "999.999\xc2\xb5s"},
        {1000000, "1ms"},
        {2500000, "2.5ms"},
        {999999999, "999.999999ms"},
        {1000000000, "1s"},
        {INT64_C(61500000000), "1m1.5s"},
        {INT64_C(4530500000000), "1h15m30.5s"},
        {INT64_C(-4530500000000), "-1h15m30.5s"},
        {INT64_MIN, "-2562047h47m16.854775808s"},
        {INT64_MAX, "2562047h47m16.854775807s"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = cpa_duration_format(cases[i].ns);
        g_assert_cmpstr(text, ==, cases[i].text);
    }
}

static void test_width(void)
{
    static const struct {
        const char *text;
        size_t width;
    } cases[] = {
        {"", 0},
        {"abc", 3},
        {"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", 3},
        {"\xff\xfe", 2},
        {"\xe2\x82", 2},
        {"\xed\xa0\x80", 3},
        {"\xc0\x80", 2},
        {"\xf4\x90\x80\x80", 4},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_assert_cmpuint(cpa_text_display_width(cases[i].text, strlen(cases[i].text)), ==,
                         cases[i].width);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/text/path", test_path);
    g_test_add_func("/text/shorten", test_shorten);
    g_test_add_func("/text/nearest", test_nearest);
    g_test_add_func("/text/time", test_time);
    g_test_add_func("/text/duration", test_duration);
    g_test_add_func("/text/width", test_width);
    return g_test_run();
}
