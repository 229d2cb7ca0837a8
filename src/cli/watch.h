/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cpa watch: a report again and again, until q.
 */
#pragma once

#include "cli/args.h"

/**
 * cpa_watch:
 * @command: its sources resolved
 *
 * Fetches or reads the sources every -interval and paints the report over the last one. What fails
 * is shown and tried again. Needs a terminal, which is as it was when this returns, also where a
 * signal ends the program; the signal is raised again then.
 *
 * Errors:  USAGE (no terminal, a bad interval), IO
 */
bool cpa_watch(CpaCommand *command, GError **error);
