/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A command of the shell that makes a report:
 *
 *     NAME[N] [REGEXP of a report that takes one] [N] [RE ...] [-RE ...] [-cum] [>FILE] [| COMMAND]
 *
 * NAME is a report, a format of pictures or a viewer. Words are parted by blanks; there are no
 * quotes. RE and -RE stand for focus and ignore, for those of labels where the report is about
 * labels; several are joined by '|'.
 */
#pragma once

#include "report/report.h"
#include "report/viewer.h"

typedef struct {
    const CpaReportRow *row;
    const CpaViewer *viewer; /* (nullable): shows the report, unless it goes elsewhere */
    char *argument;          /* regexp of a report that takes one, or NULL */
    CpaOptions *options;     /* for this report */
    char *pipe;              /* command for the system's shell that reads the report, or NULL */
} CpaShellCommand;

/**
 * cpa_shell_command_parse:
 * @text:    the line
 * @options: those in force; what the line says comes on top for this report
 *
 * Errors:  USAGE; an unknown name gets the nearest one as a suggestion
 * Source:  pprof driver parseCommandLine; differs: "| COMMAND"
 * Returns: (transfer full): the command, or %NULL with @error set
 */
CpaShellCommand *cpa_shell_command_parse(const char *text, const CpaOptions *options,
                                         GError **error);

void cpa_shell_command_free(CpaShellCommand *command);

/** cpa_shell_command_names: Returns: (transfer container): of char*, static: all names, sorted */
GPtrArray *cpa_shell_command_names(void);

/**
 * cpa_shell_command_row:
 * @viewer: (out) (optional) (nullable)
 * @format: (out) (optional) (nullable): of the picture that the name asks for
 *
 * Returns: the report that a name stands for, digits behind it left out of account; or %NULL
 */
const CpaReportRow *cpa_shell_command_row(const char *name, const CpaViewer **viewer,
                                          const char **format);

/** cpa_shell_words: Returns: (transfer full): the words of a line, parted by blanks */
char **cpa_shell_words(const char *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaShellCommand, cpa_shell_command_free)
