/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the words of a command line to a CpaCommand. Nothing here touches a file; what the
 * sources are is found out by cpa_sources_resolve().
 *
 *     cpa -top [options] [binary] source...      as pprof
 *     cpa top [options] [binary] source...       the first word names the report
 *     cpa [options] source...                    a short look: no report named
 */
#pragma once

#include "cli/verbs.h"
#include "report/report.h"
#include "report/viewer.h"

typedef struct {
    CpaAction action;
    bool by_flag; /* -h or -help: the answer belongs on standard error, as in pprof */
    char *topic;  /* of HELP and MANUAL, or NULL */

    const CpaReportRow *row; /* never NULL for REPORT */
    char *argument;          /* regexp of a report that takes one, or NULL */
    bool by_default;         /* no report was named */
    bool compares;           /* OLD NEW are the sources */
    const CpaViewer *viewer; /* (nullable): shows the report, unless it goes into a file */
    CpaOptions *options;
    char *binary;        /* (nullable): set by cpa_sources_resolve() */
    GPtrArray *sources;  /* of char*; all positional arguments until resolved */
    GPtrArray *warnings; /* of char*: said by the caller before it starts */
} CpaCommand;

/**
 * cpa_command_parse:
 * @args: (array length=n_args): without the program's name
 *
 * Options may stand anywhere, up to a "--". A report named by the first word and one named by a
 * flag are the same; naming two is an error, except that a report that compares may be combined
 * with the one that says how.
 *
 * Errors:  USAGE, UNSUPPORTED
 * Source:  Go package flag (syntax), pprof driver parseFlags (what excludes what); differs:
 *          options after a source, flags with a value for choices, words for reports
 * Returns: (transfer full): the command, or %NULL with @error set
 */
CpaCommand *cpa_command_parse(const char *const *args, size_t n_args, GError **error);

void cpa_command_free(CpaCommand *command);

/**
 * cpa_default_report:
 *
 * Returns: the report that is run when none is named: the first of reports.def. A comparison has
 * its own form of it.
 */
const CpaReportRow *cpa_default_report(void);

/**
 * cpa_suggest:
 * @word:    what was not understood
 * @options: whether option names, choices and report names are meant, or report names only
 *
 * Returns: the nearest name, or %NULL if none is near
 */
const char *cpa_suggest(const char *word, bool options);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaCommand, cpa_command_free)
