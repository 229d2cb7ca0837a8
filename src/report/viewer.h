/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs that show a report: a browser, a viewer of pictures, KCachegrind. The command line, the
 * shell and the web server start them the same way:
 *
 *     int fd = cpa_viewer_file(suffix, &path, error);    a temporary file, for a report
 *     ... write the report, close fd ...
 *     cpa_viewer_show(viewer, path, CPA_VIEWER_UNTIL_CLOSED, error);
 *     unlink(path);                                      when the program ends
 */
#pragma once

#include "base/error.h"

typedef struct {
    const char *name;     /* of the flag and the word: "web" */
    const char *report;   /* the report that it shows; NULL: any that is a picture */
    const char *suffix;   /* of the file that is shown, and format of a picture; others that it
                             takes follow, each ended by NUL */
    const char *programs; /* each ended by NUL, one more NUL at the end; NULL: the browsers */
    const char *help;     /* "in a web browser" */
} CpaViewer;

typedef enum {
    CPA_VIEWER_AT_ONCE,      /* do not wait */
    CPA_VIEWER_UNTIL_OPENED, /* a second, time for the program to open the file */
    CPA_VIEWER_UNTIL_CLOSED, /* until the program ends, but a second at least: it may hand over */
} CpaViewerWait;

/** cpa_viewer_table: @n: (out). Returns: all viewers, in the order of viewers.def */
const CpaViewer *cpa_viewer_table(size_t *n);

/** cpa_viewer_takes: Returns: whether files with that suffix can be shown */
bool cpa_viewer_takes(const CpaViewer *viewer, const char *suffix);

/** cpa_viewer_find: Returns: the viewer of this name, or %NULL */
const CpaViewer *cpa_viewer_find(const char *name);

/**
 * cpa_viewer_file:
 * @path: (out) (transfer full)
 *
 * Creates pprof001.SUFFIX, or with the next free number, where temporary files belong; only the
 * user can read it.
 *
 * Errors:  IO
 * Source:  pprof driver newTempFile
 * Returns: a file descriptor to write to, -1 with @error set
 */
int cpa_viewer_file(const char *suffix, char **path, GError **error);

/**
 * cpa_viewer_show:
 * @what: a file or an address
 *
 * Starts the first program that can be started. It reads nothing from the terminal, prints only to
 * standard error, and gets the signals of the keyboard itself, but for CPA_VIEWER_AT_ONCE: that one
 * has no terminal, and outlives us.
 *
 * Errors: UNSUPPORTED where none can be started; IO where it ends badly
 * Source: pprof driver invokeVisualizer, browsers ($BROWSER first, xdg-open on a desktop)
 */
bool cpa_viewer_show(const CpaViewer *viewer, const char *what, CpaViewerWait wait, GError **error);
