/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Right-aligned columns. Expected texts were printed by Go's text/tabwriter.
 */
#include "report/columns.h"

#include <glib.h>
#include <string.h>

static void test_layout(void)
{
    static const struct {
        const char *in;
        const char *out;
    } cases[] = {
        {"", ""},
        {"plain", "plain"},
        {"one\n", "one\n"},
        {"a\tb\n", " ab\n"},
        {"a\tx\nbbb\ty\n", "   ax\n bbby\n"},
        {"k:\t Total\n \tab:\t v\n \tabcd:\t w\n\n", " k: Total\n      ab: v\n    abcd: w\n\n"},
        /* A line of one cell, or a form feed, ends the run. */
        {"a\tx\nplain\nbbb\ty\n", " ax\nplain\n bbby\n"},
        {"a\tx\fbbb\ty\n", " ax\n bbby\n"},
        /* Vertical tabs end cells, too. */
        {"a\vx\nbbb\ty\n", "   ax\n bbby\n"},
        /* Widths count code points. */
        {"\xc3\xa4\tx\nbb\ty\n", "  \xc3\xa4x\n bby\n"},
        /* Bracketed text is one piece; the brackets stay and take no room. */
        {"\xff"
         "a\tb\xff\tx\nbbbb\ty\n",
         "  \xff"
         "a\tb\xffx\n bbbby\n"},
        {"\xff"
         "a\tb\nc",
         "\xff"
         "a\tb\nc"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(CpaSink) sink = cpa_sink_new_memory();
        CpaColumns *columns = cpa_columns_new(sink);
        cpa_columns_puts(columns, cases[i].in);
        cpa_columns_free(columns);
        size_t n = 0;
        const char *data = cpa_sink_data(sink, &n);
        g_assert_cmpmem(data, n, cases[i].out, strlen(cases[i].out));
    }
}

/* Lines are written as soon as nothing that follows can change them. */
static void test_flush(void)
{
    g_autoptr(CpaSink) sink = cpa_sink_new_memory();
    CpaColumns *columns = cpa_columns_new(sink);
    size_t n = 0;
    cpa_columns_puts(columns, "a\tb\n");
    cpa_sink_data(sink, &n);
    g_assert_cmpuint(n, ==, 0);
    cpa_columns_puts(columns, "\n");
    cpa_sink_data(sink, &n);
    g_assert_cmpuint(n, ==, 5);
    cpa_columns_free(columns);
}

/* A label may hold any number of tabs. */
static void test_many_cells(void)
{
    enum { N = 200000 };
    g_autofree char *tabs = g_strnfill(N, '\t');
    g_autoptr(CpaSink) sink = cpa_sink_new_memory();
    CpaColumns *columns = cpa_columns_new(sink);
    cpa_columns_puts(columns, tabs);
    cpa_columns_puts(columns, "x\n");
    cpa_columns_free(columns);
    size_t n = 0;
    const char *data = cpa_sink_data(sink, &n);
    g_assert_cmpuint(n, ==, N + 2);
    g_assert_cmpmem(data + N, 2, "x\n", 2);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/columns/layout", test_layout);
    g_test_add_func("/columns/flush", test_flush);
    g_test_add_func("/columns/many-cells", test_many_cells);
    return g_test_run();
}
