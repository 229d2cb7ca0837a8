/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reports into files: what is left behind after success and after failure.
 */
#include "cli/output.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    char *dir;
    char *path;
} Place;

static void set_up(Place *place, gconstpointer unused)
{
    (void)unused;
    place->dir = g_dir_make_tmp("cpa-output-XXXXXX", NULL);
    g_assert_nonnull(place->dir);
    place->path = g_build_filename(place->dir, "out", NULL);
}

static void tear_down(Place *place, gconstpointer unused)
{
    (void)unused;
    g_remove(place->path);
    g_assert_cmpint(g_rmdir(place->dir), ==, 0);
    g_free(place->path);
    g_free(place->dir);
}

static void assert_content(const Place *place, const char *expected)
{
    g_autofree char *content = NULL;
    g_assert_true(g_file_get_contents(place->path, &content, NULL, NULL));
    g_assert_cmpstr(content, ==, expected);
}

static void write_report(const Place *place, const char *text)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CpaOutput) output = cpa_output_open(NULL, place->path, &error);
    g_assert_no_error(error);
    cpa_sink_puts(cpa_output_sink(output), text);
    g_assert_true(cpa_output_finish(output, &error));
    g_assert_no_error(error);
}

static void test_replace(Place *place, gconstpointer unused)
{
    (void)unused;
    write_report(place, "a long first report\n");
    assert_content(place, "a long first report\n");
    write_report(place, "short\n");
    assert_content(place, "short\n");
    write_report(place, "");
    assert_content(place, "");
}

/* A report that fails leaves an old file alone and no new one behind. */
static void test_failure(Place *place, gconstpointer unused)
{
    (void)unused;
    g_autoptr(CpaOutput) fresh = cpa_output_open(NULL, place->path, NULL);
    cpa_sink_puts(cpa_output_sink(fresh), "half a rep");
    g_clear_pointer(&fresh, cpa_output_free);
    g_assert_false(g_file_test(place->path, G_FILE_TEST_EXISTS));

    write_report(place, "old\n");
    g_autoptr(CpaOutput) again = cpa_output_open(NULL, place->path, NULL);
    cpa_sink_puts(cpa_output_sink(again), "half a report");
    g_clear_pointer(&again, cpa_output_free);
    assert_content(place, "old\n");
}

static void test_errors(Place *place, gconstpointer unused)
{
    (void)unused;
    g_autoptr(GError) error = NULL;
    g_assert_null(cpa_output_open(NULL, place->dir, &error));
    g_assert_error(error, CPA_ERROR, CPA_ERROR_IO);
    g_assert_nonnull(strstr(error->message, place->dir));
    g_clear_error(&error);

    if (access("/dev/full", W_OK) == 0) {
        g_autoptr(CpaOutput) full = cpa_output_open(NULL, "/dev/full", &error);
        g_assert_no_error(error);
        cpa_sink_puts(cpa_output_sink(full), "x");
        g_assert_false(cpa_output_finish(full, &error));
        g_assert_error(error, CPA_ERROR, CPA_ERROR_IO);
        g_assert_true(g_str_has_prefix(error->message, "/dev/full: "));
    }
}

/* Control characters of a file name must not reach the terminal. */
static void test_warn(Place *place, gconstpointer unused)
{
    (void)unused;
    (void)place;
    if (g_test_subprocess()) {
        cpa_output_warn("two\nlines \033[31m", NULL);
        cpa_output_say("cpa: \x01 caf\xc3\xa9");
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_passed();
    g_test_trap_assert_stderr("*two?x0alines ?x1b?31m\n*cpa: ?x01 caf*");
}

#define ADD(path, test) g_test_add(path, Place, NULL, set_up, test, tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("/output/replace", test_replace);
    ADD("/output/failure", test_failure);
    ADD("/output/errors", test_errors);
    ADD("/output/warn", test_warn);
    return g_test_run();
}
