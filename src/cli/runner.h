/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reports of the shell, each in a process of its own: Ctrl-C ends the report and nothing else, and
 * so does running out of memory. The profile is shared with it, copied where it is written to.
 *
 *     shell ──fork──> report ──pipe──> pager or "| command"
 *       └── waits for both
 */
#pragma once

#include "shell/command.h"

typedef struct CpaRunner CpaRunner;

/**
 * cpa_runner_new:
 * @profile:     borrowed
 * @is_terminal: long reports go through a pager
 */
CpaRunner *cpa_runner_new(CpaProfile *profile, bool is_terminal);

/** cpa_runner_free: files that viewers were given are removed */
void cpa_runner_free(CpaRunner *runner);

/**
 * cpa_runner_run:
 *
 * Makes the report and shows it where the command says: on standard output, in a file, in a viewer,
 * in a program. A report that is no text goes to a numbered file. Returns when all is over; a viewer
 * goes on.
 *
 * Errors:  those of cpa_run(); IO where the report was ended by a signal other than SIGINT and
 *          SIGPIPE
 * Source:  pprof driver generateReport, awayFromTTY, invokeVisualizer
 */
bool cpa_runner_run(CpaRunner *runner, const CpaShellCommand *command, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaRunner, cpa_runner_free)
