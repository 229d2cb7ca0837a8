/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The line is written over itself: a return, the text, then the rest of the old one erased.
 */
#include "cli/progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/units.h"

#define ERASE "\r\033[K"

void cpa_progress_show(const CpaFetchProgress *progress, gpointer unused)
{
    (void)unused;
    if (!isatty(STDERR_FILENO)) {
        return;
    }
    if (progress == NULL) {
        fputs(ERASE, stderr);
        fflush(stderr);
        return;
    }
    GString *line = g_string_new(ERASE "Fetching");
    const char *before = ": ";
    if (progress->seconds_left > 0) {
        g_string_append_printf(line, "%s%d s left", before, progress->seconds_left);
        before = ", ";
    }
    if (progress->n > 1) {
        g_string_append_printf(line, "%s%zu of %zu profiles", before, progress->n_done,
                               progress->n);
        before = ", ";
    }
    if (progress->n_bytes > 0) {
        char text[CPA_VALUE_TEXT_MAX];
        cpa_unit_format(text, (int64_t)progress->n_bytes, "bytes", "auto");
        g_string_append_printf(line, "%s%s", before, text);
    }
    fputs(line->str, stderr);
    fflush(stderr);
    g_string_free(line, TRUE);
}

void cpa_progress_symbols(size_t n_done, size_t n, gpointer unused)
{
    (void)unused;
    if (!isatty(STDERR_FILENO)) {
        return;
    }
    if (n == 0) {
        fputs(ERASE, stderr);
    } else {
        fprintf(stderr, ERASE "Looking up names: %zu of %zu addresses", n_done, n);
    }
    fflush(stderr);
}
