/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What to say where the regexp of a report selects nothing.
 */
#pragma once

#include "report/report.h"

/**
 * cpa_report_no_match:
 * @message: as pprof puts it, without the regexp: "no matches found for regexp: "
 * @tried:   what was looked at in vain, "; a: why; b: why"; "" for nothing
 *
 * The message, then @tried, or else what may help: the names that match without regard to case, that
 * samples are filtered out, that the program has such a function but no sample is in it, a name
 * that is near.
 *
 * Cost:   may open the program of the profile
 * Errors: USAGE. Returns: %false
 */
bool cpa_report_no_match(const CpaReport *report, const char *message, const char *tried,
                         GError **error);
