/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines kept between runs: $XDG_STATE_HOME/cpa/history, by default ~/.local/state/cpa/history, for
 * its owner only. Each line is appended when it is typed, so that two shells lose nothing.
 */
#pragma once

#include <glib.h>

/** cpa_history_path: Returns: (transfer full): where it is kept; %NULL where there is no home */
char *cpa_history_path(void);

/**
 * cpa_history_load:
 * @path: (nullable): %NULL: nothing is kept
 *
 * A file that has grown long is cut to the last 1,000 lines.
 * Returns: (transfer full): the lines, oldest first; empty where there are none
 */
char **cpa_history_load(const char *path);

/** cpa_history_add: appends a line; one that starts with a blank is not kept. Failing is quiet */
void cpa_history_add(const char *path, const char *line);
