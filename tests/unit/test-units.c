/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Units, percentages and conversions. Expected texts were printed by the package measurement of
 * google/pprof and by Go's fmt.
 */
#include "base/units.h"

#include <glib.h>
#include <math.h>

static void test_format(void)
{
    static const struct {
        int64_t value;
        const char *from;
        const char *to;
        const char *text;
    } cases[] = {
        {0, "ns", "auto", "0"},
        {1, "ns", "auto", "1ns"},
        {1500, "ns", "auto", "1.50us"},
        {1500000000, "ns", "s", "1.50s"},
        {1, "ns", "s", "0"},
        {-4999999, "ns", "s", "0"},
        {-5000001, "ns", "s", "-0.01s"},
        {90, "s", "minimum", "90s"},
        {7200, "seconds", "auto", "2hrs"},
        {7200, "seconds", "parsec", "7200s"},
        {1048576, "bytes", "auto", "1MB"},
        {1023, "B", "auto", "1023B"},
        {1536, "B", "kilobytes", "1.50kB"},
        {3, "MB", "kb", "3072kB"},
        {INT64_C(4611686018427387904), "bytes", "auto", "4096PB"},
        {12, "bytes", "objects", "12B"},
        {14, "count", "ms", "14ms"},
        {14, "count", "count", "14"},
        {14, "", "minimum", "14"},
        {14, "objects", "objects", "14objects"},
        {5, "samples", "sample", "5"},
        {2500, "milligcu", "auto", "2.50GCU"},
        {3, "gcu", "m*GCU", "3GCU"},
        {3, "GCU", "milligcus", "3000m*GCU"},
        {INT64_MIN, "bytes", "auto", "-9223372036854775808B"},
        {INT64_MIN, "count", "count", "-9223372036854775808"},
        {9, "\xce\xbcs", "ns", "9ns"},
        {9, "\xce\xbcss", "ns", "9000ns"},
        {9, "\xce\x9css", "ns", "9000ns"},
        {9, "us", "ns", "9000ns"},
        {9, "KBYTES", "b", "9216B"},
        {9, "s", "S", "9s"},
        {9, "ss", "s", "9s"},
        {9, "bs", "b", "9b"},
        {999994, "us", "s", "1s"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        char text[CPA_VALUE_TEXT_MAX];
        cpa_unit_format(text, cases[i].value, cases[i].from, cases[i].to);
        g_assert_cmpstr(text, ==, cases[i].text);
    }
}

static void test_long_unit(void)
{
    g_autofree char *unit = g_strnfill(2 * CPA_VALUE_TEXT_MAX, 'x');
    char text[CPA_VALUE_TEXT_MAX];
    cpa_unit_format(text, 7, "count", unit);
    g_assert_cmpuint(strlen(text), ==, CPA_VALUE_TEXT_MAX - 1);
    g_assert_true(g_str_has_prefix(text, "7xxx"));
    cpa_unit_format(text, 7, unit, "auto");
    g_assert_cmpstr(text, ==, "7");
}

static void test_percentage(void)
{
    static const struct {
        int64_t value;
        int64_t total;
        const char *text;
    } cases[] = {
        {0, 0, "    0%"},
        {5, 0, "    0%"},
        {0, 7, "    0%"},
        {1, 1, "  100%"},
        {9994, 10000, "99.94%"},
        {9995, 10000, "  100%"},
        {10005, 10000, "  100%"},
        {10006, 10000, "100.06%"},
        {1, 2, "50.00%"},
        {99, 10000, " 0.99%"},
        {100, 10000, " 1.00%"},
        {995, 100000, "    1%"},
        {9951, 1000000, "    1%"},
        {1, 3000000, "3.3e-05%"},
        {-1, 8, "12.50%"},
        {1, -8, "12.50%"},
        {INT64_MIN, 1, "922337203685477580800.00%"},
        {1, INT64_C(4611686018427387904), "2.2e-17%"},
        {123456, 100, "123456.00%"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        char text[32];
        cpa_percentage_format(text, cases[i].value, cases[i].total);
        g_assert_cmpstr(text, ==, cases[i].text);
    }
}

static void test_scale(void)
{
    const char *unit = NULL;
    g_assert_cmpfloat(cpa_unit_scale(1, "ms", "us", &unit), ==, 1000);
    g_assert_cmpstr(unit, ==, "us");
    g_assert_cmpfloat(cpa_unit_scale(-3, "kb", "minimum", &unit), ==, -3);
    g_assert_cmpstr(unit, ==, "kB");
    g_assert_cmpfloat(cpa_unit_scale(-3, "things", "stuff", &unit), ==, -3);
    g_assert_cmpstr(unit, ==, "stuff");
}

static void test_compatible(void)
{
    g_assert_true(cpa_unit_compatible("ms", "seconds"));
    g_assert_true(cpa_unit_compatible("B", "megabytes"));
    g_assert_true(cpa_unit_compatible("things", "things"));
    g_assert_false(cpa_unit_compatible("things", "Things"));
    g_assert_false(cpa_unit_compatible("ms", "bytes"));
    g_assert_false(cpa_unit_compatible("ms", ""));
}

static void test_int64(void)
{
    g_assert_cmpint(cpa_int64_from_double(1.9), ==, 1);
    g_assert_cmpint(cpa_int64_from_double(-1.9), ==, -1);
    g_assert_cmpint(cpa_int64_from_double(0x1p62), ==, INT64_C(1) << 62);
    g_assert_cmpint(cpa_int64_from_double(0x1p63), ==, INT64_MIN);
    g_assert_cmpint(cpa_int64_from_double(-0x1p63), ==, INT64_MIN);
    g_assert_cmpint(cpa_int64_from_double(-0x1p64), ==, INT64_MIN);
    g_assert_cmpint(cpa_int64_from_double((double)NAN), ==, INT64_MIN);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/units/format", test_format);
    g_test_add_func("/units/long-unit", test_long_unit);
    g_test_add_func("/units/percentage", test_percentage);
    g_test_add_func("/units/scale", test_scale);
    g_test_add_func("/units/compatible", test_compatible);
    g_test_add_func("/units/int64", test_int64);
    return g_test_run();
}
