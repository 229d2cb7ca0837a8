/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sinks: what is written, when it reaches the file descriptor, and errors.
 */
#include "base/sink.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "base/markup.h"

static void test_memory(void)
{
    g_autoptr(CpaSink) sink = cpa_sink_new_memory();
    size_t n = 1;
    g_assert_cmpstr(cpa_sink_data(sink, &n), ==, "");
    g_assert_cmpuint(n, ==, 0);
    cpa_sink_puts(sink, "a");
    cpa_sink_putc(sink, '\0');
    cpa_sink_write(sink, "bc", 2);
    cpa_sink_write(sink, NULL, 0);
    cpa_sink_printf(sink, "%d-%s", 42, "x");
    const char *data = cpa_sink_data(sink, &n);
    g_assert_cmpmem(data, n, "a\0bc42-x", 8);
    g_assert_true(cpa_sink_finish(sink, NULL));
    g_assert_cmpmem(cpa_sink_data(sink, &n), 8, "a\0bc42-x", 8);
}

static void test_printf_long(void)
{
    g_autoptr(CpaSink) sink = cpa_sink_new_memory();
    for (size_t len = 250; len < 260; len++) {
        g_autofree char *text = g_strnfill(len, 'y');
        cpa_sink_printf(sink, "%s", text);
    }
    size_t n = 0;
    const char *data = cpa_sink_data(sink, &n);
    g_assert_cmpuint(n, ==, 2545);
    for (size_t i = 0; i < n; i++) {
        g_assert_cmpint(data[i], ==, 'y');
    }
}

static void test_pad(void)
{
    g_autoptr(CpaSink) sink = cpa_sink_new_memory();
    cpa_sink_pad(sink, "ab", 4);
    cpa_sink_pad(sink, "\xc3\xa4", 3);
    cpa_sink_pad(sink, "\xff", 2);
    cpa_sink_pad(sink, "long", 2);
    cpa_sink_pad(sink, "x", -5);
    size_t n = 0;
    const char *data = cpa_sink_data(sink, &n);
    g_assert_cmpmem(data, n, "  ab  \xc3\xa4 \xfflongx", 15);
}

static void test_fd(void)
{
    g_autofree char *path = NULL;
    int fd = g_file_open_tmp("cpa-sink-XXXXXX", &path, NULL);
    g_assert_cmpint(fd, >=, 0);
    CpaSink *sink = cpa_sink_new_fd(fd);
    cpa_sink_puts(sink, "short");
    /* Little output stays in the buffer until the end. */
    g_assert_cmpint(lseek(fd, 0, SEEK_END), ==, 0);
    for (int i = 0; i < 300000; i++) {
        cpa_sink_puts(sink, "0123456789");
    }
    g_assert_cmpint(lseek(fd, 0, SEEK_END), >, 0);
    g_assert_true(cpa_sink_finish(sink, NULL));
    g_assert_cmpint(lseek(fd, 0, SEEK_END), ==, 5 + 3000000);
    cpa_sink_free(sink);
    close(fd);
    g_autofree char *content = NULL;
    gsize len = 0;
    g_assert_true(g_file_get_contents(path, &content, &len, NULL));
    g_assert_true(g_str_has_prefix(content, "short0123456789"));
    for (gsize i = 5; i < len; i++) {
        g_assert_cmpint(content[i], ==, '0' + (char)((i - 5) % 10));
    }
    g_remove(path);
}

static void test_error(void)
{
    /* A descriptor that cannot be written. */
    int fd = open("/dev/null", O_RDONLY);
    g_autoptr(CpaSink) sink = cpa_sink_new_fd(fd);
    cpa_sink_puts(sink, "lost");
    g_autoptr(GError) error = NULL;
    g_assert_false(cpa_sink_finish(sink, &error));
    g_assert_error(error, CPA_ERROR, CPA_ERROR_IO);
    g_assert_nonnull(strstr(error->message, "cannot write"));
    close(fd);
}

/* Names cannot move the cursor, set titles or ring; the colours of reports stay. */
static void test_terminal(void)
{
    static const char text[] = "\033[1;31mhot\033[0m\tf\n"
                               "\033]0;title\a \033[2J \r\b\x7f \xc2\x9b"
                               "31m \xc3\xa9 \033[";
    static const char want[] = "\033[1;31mhot\033[0m\tf\n"
                               "\\x1b]0;title\\x07 \\x1b[2J \\x0d\\x08\\x7f \\xc2\\x9b"
                               "31m \xc3\xa9 \\x1b[";
    char got[200] = {0};
    int ends[2];
    g_assert_cmpint(pipe(ends), ==, 0);
    g_autoptr(CpaSink) sink = cpa_sink_new_terminal(ends[1]);
    cpa_sink_puts(sink, text);
    g_assert_true(cpa_sink_finish(sink, NULL));
    g_assert_cmpint(read(ends[0], got, sizeof got - 1), ==, (int)strlen(want));
    g_assert_cmpstr(got, ==, want);
    close(ends[0]);
    close(ends[1]);
}

/* Any bytes are text, in an element and in an attribute of either quotes. */
static void test_markup(void)
{
    static const struct {
        const char *text;
        size_t len;
        const char *expected;
    } cases[] = {
        {"", 0, ""},
        {"plain\ttext", 10, "plain\ttext"},
        {"<a href=\"x\">'&'</a>", 19, "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;"},
        {"<<", 2, "&lt;&lt;"},
        {"two\nlines\n", 10, "two&#10;lines&#10;"},
        {"a\033[1m\177", 6, "a\xef\xbf\xbd[1m\177"},
        {"a\0b", 3,
         "a\xef\xbf\xbd"
         "b"},
        {"\xc3\xa4\xff<", 4, "\xc3\xa4\xef\xbf\xbd&lt;"},
        {"cut here", 3, "cut"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(CpaSink) sink = cpa_sink_new_memory();
        cpa_markup_put(sink, cases[i].text, cases[i].len);
        size_t n = 0;
        const char *data = cpa_sink_data(sink, &n);
        g_assert_cmpmem(data, n, cases[i].expected, strlen(cases[i].expected));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sink/memory", test_memory);
    g_test_add_func("/sink/printf-long", test_printf_long);
    g_test_add_func("/sink/pad", test_pad);
    g_test_add_func("/sink/fd", test_fd);
    g_test_add_func("/sink/error", test_error);
    g_test_add_func("/sink/terminal", test_terminal);
    g_test_add_func("/sink/markup", test_markup);
    return g_test_run();
}
