/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where things go: the report to standard output or a file, everything else to standard error.
 */
#pragma once

#include "report/report.h"

typedef struct CpaOutput CpaOutput;

/**
 * cpa_output_open:
 * @away_suffix: (nullable): of the file written instead of a terminal; %NULL: a terminal is fine
 * @path:        the file that the user asked for, or "" for none
 *
 * An existing file is left as it is until the first bytes are written.
 *
 * Errors:  IO
 * Source:  pprof driver generateReport, awayFromTTY, newTempFile (profile001.pb.gz upward);
 *          differs: "-" is standard output
 * Returns: (transfer full): the output, or %NULL with @error set
 */
CpaOutput *cpa_output_open(const char *away_suffix, const char *path, GError **error);

/**
 * cpa_output_open_away:
 *
 * Errors:  IO
 * Returns: (transfer full): profile001.SUFFIX or the next free name; or %NULL with @error set
 */
CpaOutput *cpa_output_open_away(const char *suffix, GError **error);

/**
 * cpa_output_open_shown:
 * @suffix: of the file
 *
 * A temporary file for a viewer: nothing is said about it, and cpa_output_free() removes it.
 *
 * Errors:  IO
 * Returns: (transfer full): the output, or %NULL with @error set
 */
CpaOutput *cpa_output_open_shown(const char *suffix, GError **error);

/** cpa_output_path: Returns: the file written to, or %NULL for standard output */
const char *cpa_output_path(const CpaOutput *output);

/** cpa_output_sink: Returns: (transfer none): what to write to */
CpaSink *cpa_output_sink(CpaOutput *output);

/**
 * cpa_output_finish:
 *
 * Says which file is written, if any, then writes what is left and closes.
 * Errors: IO, also those that only closing shows
 */
bool cpa_output_finish(CpaOutput *output, GError **error);

/** cpa_output_free: without cpa_output_finish() before, a file that was created is removed */
void cpa_output_free(CpaOutput *output);

/**
 * cpa_output_decide_color:
 * @output: where a report goes
 *
 * Replaces -color=auto by always or never: always on a terminal, unless NO_COLOR is set (and not
 * empty) or TERM is dumb.
 */
void cpa_output_decide_color(const CpaOutput *output, CpaOptions *options);

/** cpa_output_shows_color: Returns: whether @fd is a terminal on which colours are welcome */
bool cpa_output_shows_color(int fd);

/** cpa_output_say: writes a line to standard error, control characters replaced */
void cpa_output_say(const char *message);

/** cpa_output_note: the same as a CpaWarn */
void cpa_output_note(const char *message, gpointer unused);

/** cpa_output_warn: the same, in red on a terminal; a CpaWarn */
void cpa_output_warn(const char *message, gpointer unused);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaOutput, cpa_output_free)
