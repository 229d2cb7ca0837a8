/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The option table: what its rows must satisfy, reading and writing values, presets.
 */
#include "base/options.h"

#include <math.h>
#include <string.h>

static const CpaOptionRow *row_of(const char *name)
{
    const CpaOptionRow *row = cpa_options_find(name);
    g_assert_nonnull(row);
    return row;
}

static void assert_value(const CpaOptions *options, const char *name, const char *expected)
{
    g_autofree char *text = cpa_options_get(options, row_of(name));
    g_assert_cmpstr(text, ==, expected);
}

static void assert_refused(const char *name, const char *value)
{
    g_autoptr(CpaOptions) options = cpa_options_new();
    g_autofree char *before = cpa_options_get(options, row_of(name));
    g_autoptr(GError) error = NULL;
    g_assert_false(cpa_options_set(options, row_of(name), value, &error));
    g_assert_error(error, CPA_ERROR, CPA_ERROR_USAGE);
    g_assert_nonnull(strstr(error->message, name));
    assert_value(options, name, before);
}

/* Names, short forms and choices share one space on the command line. */
static void test_table(void)
{
    size_t n = 0;
    const CpaOptionRow *rows = cpa_options_table(&n);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) urls = g_hash_table_new(g_str_hash, g_str_equal);
    for (size_t i = 0; i < n; i++) {
        for (const char *c = rows[i].name; c[0] != '\0'; c += strlen(c) + 1) {
            g_assert_true(g_hash_table_add(seen, (gpointer)c));
            g_assert_true(cpa_options_find(c) == &rows[i]);
        }
        if (rows[i].kind == CPA_OPTION_CHOICE) {
            for (const char *c = rows[i].choices; c[0] != '\0'; c += strlen(c) + 1) {
                g_assert_true(g_hash_table_add(seen, (gpointer)c));
                g_assert_true(cpa_options_find_choice(c) == &rows[i]);
            }
        }
        if (rows[i].url != NULL) {
            g_assert_true(g_hash_table_add(urls, (gpointer)rows[i].url));
        }
        g_assert_nonnull(cpa_option_group_title(rows[i].group));
        g_assert_cmpuint(strcspn(rows[i].help, "\n"), <=, 54);
        g_assert_true(g_ascii_isupper(rows[i].help[0]));
    }
    g_assert_null(cpa_options_find("cum"));
    g_assert_null(cpa_options_find_choice("sort"));
    g_assert_null(cpa_options_find(""));
}

static void test_defaults(void)
{
    g_autoptr(CpaOptions) options = cpa_options_new();
    g_assert_cmpint(options->nodecount, ==, -1);
    g_assert_cmpfloat(options->nodefraction, ==, 0.005);
    g_assert_cmpfloat(options->edgefraction, ==, 0.001);
    g_assert_cmpfloat(options->divide_by, ==, 1);
    g_assert_true(options->trim);
    g_assert_false(options->mean);
    g_assert_cmpstr(options->unit, ==, "minimum");
    g_assert_cmpstr(options->sort, ==, "flat");
    g_assert_cmpstr(options->granularity, ==, "");
    g_assert_cmpstr(options->focus, ==, "");
    g_assert_cmpuint(options->base->len, ==, 0);
    g_assert_cmpuint(options->max_size, ==, UINT64_C(4) << 30);

    size_t n = 0;
    const CpaOptionRow *rows = cpa_options_table(&n);
    for (size_t i = 0; i < n; i++) {
        if (!cpa_option_is_list(&rows[i]) && rows[i].kind != CPA_OPTION_SIZE) {
            assert_value(options, rows[i].name, rows[i].default_value);
        }
    }
}

static void test_bool(void)
{
    static const char *const yes[] = {"true", "t", "yes", "y", "1", "", "TRUE", "Yes", "T"};
    static const char *const no[] = {"false", "f", "no", "n", "0", "False", "NO"};
    g_autoptr(CpaOptions) options = cpa_options_new();
    for (size_t i = 0; i < G_N_ELEMENTS(yes); i++) {
        options->mean = false;
        g_assert_true(cpa_options_set(options, row_of("mean"), yes[i], NULL));
        g_assert_true(options->mean);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(no); i++) {
        options->mean = true;
        g_assert_true(cpa_options_set(options, row_of("mean"), no[i], NULL));
        g_assert_false(options->mean);
    }
    assert_refused("mean", "maybe");
    assert_refused("mean", "2");
    assert_refused("mean", " true");
}

static void test_numbers(void)
{
    static const struct {
        const char *text;
        int value;
    } ints[] = {
        {"0", 0},   {"10", 10},   {"-1", -1},
        {"+5", 5},  {"0x10", 16}, {"99999999999", G_MAXINT},
        {"010", 8}, {"-0x2", -2}, {"-99999999999", G_MININT},
    };
    static const struct {
        const char *text;
        double value;
    } floats[] = {
        {"0", 0},   {"1e-3", 1e-3},   {".5", 0.5},   {"5.", 5},
        {"-2", -2}, {"0x1p-2", 0.25}, {"1e-999", 0},
    };
    g_autoptr(CpaOptions) options = cpa_options_new();
    for (size_t i = 0; i < G_N_ELEMENTS(ints); i++) {
        g_assert_true(cpa_options_set(options, row_of("nodecount"), ints[i].text, NULL));
        g_assert_cmpint(options->nodecount, ==, ints[i].value);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(floats); i++) {
        g_assert_true(cpa_options_set(options, row_of("divide_by"), floats[i].text, NULL));
        g_assert_cmpfloat(options->divide_by, ==, floats[i].value);
    }
    g_assert_true(cpa_options_set(options, row_of("nodefraction"), "inf", NULL));
    g_assert_true(isinf(options->nodefraction));

    static const char *const no_int[] = {"",    " 1", "1 ",  "1.5",
                                         "ten", "0x", "--1", "99999999999999999999"};
    static const char *const no_float[] = {"", " 1", "1,5", "nan", "-NaN", "1e999", "half"};
    for (size_t i = 0; i < G_N_ELEMENTS(no_int); i++) {
        assert_refused("nodecount", no_int[i]);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(no_float); i++) {
        assert_refused("nodefraction", no_float[i]);
    }
}

static void test_size(void)
{
    static const struct {
        const char *text;
        uint64_t bytes;
    } cases[] = {
        {"1", 1},
        {"4096", 4096},
        {"10B", 10},
        {"1k", 1024},
        {"1kB", 1024},
        {"500MB", UINT64_C(500) << 20},
        {"1g", UINT64_C(1) << 30},
        {"4GiB", UINT64_C(4) << 30},
        {"1.5gib", UINT64_C(3) << 29},
        {"2T", UINT64_C(2) << 40},
    };
    g_autoptr(CpaOptions) options = cpa_options_new();
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_assert_true(cpa_options_set(options, row_of("max_size"), cases[i].text, NULL));
        g_assert_cmpuint(options->max_size, ==, cases[i].bytes);
    }
    static const char *const bad[] = {"",    "0",    "-1", "1x",  "1 MB", "MB",
                                      "1ib", "1kbb", "9e", "nan", "inf",  "1e400"};
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        assert_refused("max_size", bad[i]);
    }
}

static void test_choice(void)
{
    g_autoptr(CpaOptions) options = cpa_options_new();
    g_assert_true(cpa_options_set(options, row_of("granularity"), "lines", NULL));
    g_assert_cmpstr(options->granularity, ==, "lines");
    g_assert_true(cpa_options_set(options, row_of("granularity"), "", NULL));
    g_assert_cmpstr(options->granularity, ==, "");
    assert_refused("sort", "line");
    assert_refused("sort", "");

    g_autoptr(GError) error = NULL;
    g_assert_false(cpa_options_set(options, row_of("sort"), "x", &error));
    g_assert_nonnull(strstr(error->message, "cum flat"));
}

static void test_preset(void)
{
    g_autoptr(CpaOptions) options = cpa_options_new();
    g_assert_true(cpa_options_apply_preset(options, row_of("mean_delay")));
    g_assert_cmpstr(options->sample_index, ==, "delay");
    g_assert_true(options->mean);

    /* What is set stays, flags are set all the same. */
    options->mean = false;
    g_assert_true(cpa_options_set(options, row_of("sample_index"), "0", NULL));
    g_assert_false(cpa_options_apply_preset(options, row_of("mean_delay")));
    g_assert_cmpstr(options->sample_index, ==, "0");
    g_assert_true(options->mean);

    /* Every preset names options and values that exist. */
    size_t n = 0;
    const CpaOptionRow *rows = cpa_options_table(&n);
    for (size_t i = 0; i < n; i++) {
        if (rows[i].kind == CPA_OPTION_PRESET) {
            cpa_options_reset(options, row_of("sample_index"));
            g_assert_true(cpa_options_apply_preset(options, &rows[i]));
            g_assert_cmpstr(options->sample_index, !=, "");
        }
    }
}

static void test_copy(void)
{
    g_autoptr(CpaOptions) options = cpa_options_new();
    g_assert_true(cpa_options_set(options, row_of("focus"), "a", NULL));
    g_assert_true(cpa_options_set(options, row_of("base"), "one", NULL));
    g_assert_true(cpa_options_set(options, row_of("base"), "two", NULL));
    g_autoptr(CpaOptions) copy = cpa_options_copy(options);
    g_assert_true(cpa_options_set(options, row_of("focus"), "b", NULL));
    g_assert_true(cpa_options_set(options, row_of("focus"), options->focus, NULL));
    cpa_options_reset(options, row_of("base"));

    g_assert_cmpstr(options->focus, ==, "b");
    g_assert_cmpstr(copy->focus, ==, "a");
    g_assert_cmpuint(options->base->len, ==, 0);
    g_assert_cmpuint(copy->base->len, ==, 2);
    g_assert_cmpstr(copy->base->pdata[1], ==, "two");
}

static void test_get(void)
{
    static const char *const floats[] = {"0",        "0.005", "1",    "0.1",   "1e-07",
                                         "123456.5", "100",   "-2.5", "1e+20", "inf"};
    g_autoptr(CpaOptions) options = cpa_options_new();
    for (size_t i = 0; i < G_N_ELEMENTS(floats); i++) {
        g_assert_true(cpa_options_set(options, row_of("divide_by"), floats[i], NULL));
        assert_value(options, "divide_by", floats[i]);
    }
    assert_value(options, "trim", "true");
    assert_value(options, "nodecount", "-1");
    assert_value(options, "base", NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/options/table", test_table);
    g_test_add_func("/options/defaults", test_defaults);
    g_test_add_func("/options/bool", test_bool);
    g_test_add_func("/options/numbers", test_numbers);
    g_test_add_func("/options/size", test_size);
    g_test_add_func("/options/choice", test_choice);
    g_test_add_func("/options/preset", test_preset);
    g_test_add_func("/options/copy", test_copy);
    g_test_add_func("/options/get", test_get);
    return g_test_run();
}
