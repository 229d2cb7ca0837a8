/* SPDX-License-Identifier: Apache-2.0 */
/* Reports for programs: every report in every format is well formed, whatever the names are. */
#include "report/tabular.h"

#include <string.h>

#include "../fuzz/harness.h"
#include "../fuzz/wellformed.h"
#include "base/jsontext.h"
#include "report/run.h"

static const char *const formats[] = {"json", "csv", "md"};

static CpaProfile *load(const char *name)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CpaOptions) options = cpa_options_new();
    g_autofree char *path = g_build_filename(g_getenv("TESTDATA"), name, NULL);
    const char *sources[] = {path};
    CpaProfile *profile = cpa_load(sources, 1, NULL, options, NULL, &error);
    g_assert_no_error(error);
    return profile;
}

static void test_all(void)
{
    static const char *const files[] = {"go-heap.pb.gz", "node-heap.pb.gz", "cpp-cpu.prof",
                                        "tiny.pb", "odd/hostile-names.pb"};
    static const char *const granularities[] = {"", "lines", "addresses"};
    size_t n_reports = 0;
    cpa_report_table(&n_reports);
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autoptr(CpaProfile) profile = load(files[i]);
        for (size_t k = 0; k < G_N_ELEMENTS(formats) * G_N_ELEMENTS(granularities); k++) {
            g_autoptr(CpaOptions) options = cpa_options_new();
            cpa_options_set(options, cpa_options_find("format"), formats[k % 3], NULL);
            if (k / 3 > 0) {
                cpa_options_set(options, cpa_options_find("granularity"), granularities[k / 3],
                                NULL);
            }
            for (size_t r = 0; r < n_reports; r++) {
                fuzz_run(profile, r, options, ".");
            }
        }
    }
}

static char *run(const char *report, const char *file, const char *format)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CpaProfile) profile = load(file);
    g_autoptr(CpaOptions) options = cpa_options_new();
    g_autoptr(CpaSink) sink = cpa_sink_new_memory();
    cpa_options_set(options, cpa_options_find("format"), format, NULL);
    cpa_run(profile, cpa_report_find(report), ".", options, sink, NULL, NULL, &error);
    g_assert_no_error(error);
    size_t n = 0;
    const char *bytes = cpa_sink_data(sink, &n);
    return g_strndup(bytes, n);
}

static void assert_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL) {
        g_test_message("no %s in:\n%s", part, text);
        g_test_fail();
    }
}

static void test_rows(void)
{
    g_autofree char *top = run("top", "tiny.pb", "json");
    assert_has(top, "\"version\": 1,");
    assert_has(top,
               "{\"name\": \"work\", \"file\": null, \"line\": null, \"flat\": 30, "
               "\"flat_text\": \"30ns\", \"flat_percent\": 75, \"sum_percent\": 75, "
               "\"cum\": 30, \"cum_text\": \"30ns\", \"cum_percent\": 75, \"inline\": \"no\"}");
    g_autofree char *tree = run("tree", "tiny.pb", "json");
    assert_has(tree, "\"callers\": [\n      {\"name\": \"main\"");
    g_autofree char *csv = run("tree", "tiny.pb", "csv");
    assert_has(csv, "\nentry,work,work,,,30,30ns,75,75,30,30ns,75,,,,,nanoseconds\n"
                    "caller,work,main,,,,,,,,,,30,30ns,100,false,nanoseconds\n");
    g_autofree char *traces = run("traces", "tiny.pb", "json");
    assert_has(traces, "\"stack\": [\"work\", \"main\"]");
}

/* A name that would be run as a formula, or end its cell, is a name. */
static void test_hostile(void)
{
    g_autofree char *csv = run("traces", "odd/hostile-names.pb", "csv");
    assert_has(csv, "\"\"quoted\"\"");
    g_autofree char *json = run("traces", "odd/hostile-names.pb", "json");
    assert_has(json, "\\u001b[31mred\\u007f");
    assert_has(json, "\"line\\u000abreak\"");
}

static void assert_json(const char *bytes, size_t n, const char *expected)
{
    g_autoptr(CpaSink) sink = cpa_sink_new_memory();
    cpa_json_put_text(sink, bytes, n);
    cpa_sink_putc(sink, '\0');
    g_assert_cmpstr(cpa_sink_data(sink, &n), ==, expected);
}

static void test_json_text(void)
{
    assert_json("", 0, "\"\"");
    assert_json("a\"b\\c", 5, "\"a\\\"b\\\\c\"");
    assert_json("a\0b", 3, "\"a\\u0000b\"");
    assert_json("\xc3\xa9", 2, "\"\xc3\xa9\"");
    assert_json("\xc3", 1, "\"\xef\xbf\xbd\"");
    assert_json("\xc3x\xff", 3, "\"\xef\xbf\xbdx\xef\xbf\xbd\"");
    assert_json("\xed\xa0\x80", 3, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
    assert_json("\xf0\x9f\x94\xa5", 4, "\"\xf0\x9f\x94\xa5\"");
    assert_json("\n\t\x1b\x7f", 4, "\"\\u000a\\u0009\\u001b\\u007f\"");
}

static void test_json_numbers(void)
{
    static const int64_t values[] = {0, 1, -1, 10, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < G_N_ELEMENTS(values); i++) {
        size_t n = 0;
        g_autoptr(CpaSink) sink = cpa_sink_new_memory();
        g_autofree char *expected = g_strdup_printf("%" G_GINT64_FORMAT, values[i]);
        cpa_json_put_integer(sink, values[i]);
        cpa_sink_putc(sink, '\0');
        g_assert_cmpstr(cpa_sink_data(sink, &n), ==, expected);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tabular/all", test_all);
    g_test_add_func("/tabular/rows", test_rows);
    g_test_add_func("/tabular/hostile", test_hostile);
    g_test_add_func("/tabular/json-text", test_json_text);
    g_test_add_func("/tabular/json-numbers", test_json_numbers);
    return g_test_run();
}
