/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shell: lines from a terminal or a script, each one a change of options or a report.
 */
#pragma once

#include "cli/args.h"
#include "profile/profile.h"

/**
 * cpa_interact_wanted:
 *
 * Whether a command that names no report means the shell: in a terminal, or with a script on
 * standard input. Waits for the first byte of a script; without one, a short look is meant.
 *
 * Source:  pprof driver PProf; differs: a terminal on one side only, standard input that is empty
 *          and a report in a file mean no shell
 */
bool cpa_interact_wanted(const CpaCommand *command);

/**
 * cpa_interact:
 * @profile: borrowed
 *
 * Greets on standard error and obeys until the end. On a terminal errors are shown and forgotten; a
 * script ends at the first.
 *
 * Errors:  of a script: those of its commands, with the number of the line
 * Source:  pprof driver interactive, greetings
 */
bool cpa_interact(CpaProfile *profile, const CpaOptions *options, GError **error);
