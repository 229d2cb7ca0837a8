/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts of the shell: the options in force, what changed, help, the lines that greet.
 */
#pragma once

#include "profile/profile.h"
#include "shell/command.h"

/**
 * cpa_shell_options:
 *
 * Source:  pprof driver printCurrentOptions; differs: sample_index shows the type that reports use
 * Returns: (transfer full): a line per option, name = value //: what else it may be
 */
char *cpa_shell_options(const CpaProfile *profile, const CpaOptions *options);

/** cpa_shell_changes: Returns: (transfer full): "focus=json -> focus=" per option that differs */
char *cpa_shell_changes(const CpaOptions *from, const CpaOptions *to);

/** cpa_shell_help: Returns: (transfer full): all commands and options, a line each */
char *cpa_shell_help(void);

/**
 * cpa_shell_help_on:
 *
 * Errors:  USAGE, with the nearest name
 * Returns: (transfer full): what the command or option does; %NULL with @error set
 */
char *cpa_shell_help_on(const char *topic, GError **error);
