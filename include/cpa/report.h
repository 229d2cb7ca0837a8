/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reports: what cpa prints, to a string, to bytes or to a file descriptor.
 *
 * @report is a name of cpa_report_name() or an alias: "top", "text", "tree", "peek". @argument is
 * the regular expression of a report that takes one, such as peek, else %NULL. @settings, which may
 * be %NULL, are all options but those that cpa_profile_load() has used.
 *
 * Errors of all three: USAGE (no such report; a regular expression or sample_index is wrong),
 * NO_SAMPLES, OVERFLOW, TOO_LARGE, IO
 */
#pragma once

#include <cpa/profile.h>

G_BEGIN_DECLS

/**
 * cpa_report_to_string:
 *
 * Errors:  also USAGE where the report is not text, such as proto
 * Returns: (transfer full): the report, NUL-terminated, or %NULL with @error set; g_free() it
 */
CPA_PUBLIC char *cpa_report_to_string(const CpaProfile *profile, const char *report,
                                      const char *argument, const CpaSettings *settings,
                                      GError **error);

/** cpa_report_to_bytes: Returns: (transfer full): any report, or %NULL with @error set */
CPA_PUBLIC GBytes *cpa_report_to_bytes(const CpaProfile *profile, const char *report,
                                       const char *argument, const CpaSettings *settings,
                                       GError **error);

/**
 * cpa_report_to_fd:
 * @fd: where to write, from where it stands; stays open
 *
 * Nothing is written before the report has 1 MiB or is complete, so that what goes wrong early
 * leaves nothing behind.
 *
 * Returns: %false with @error set
 */
CPA_PUBLIC bool cpa_report_to_fd(const CpaProfile *profile, const char *report,
                                 const char *argument, const CpaSettings *settings, int fd,
                                 GError **error);

/** cpa_report_name: Returns: the name of report number @i; %NULL behind the last one */
CPA_PUBLIC const char *cpa_report_name(size_t i);

/** cpa_report_summary: Returns: what report number @i shows, in a line; %NULL behind the last one */
CPA_PUBLIC const char *cpa_report_summary(size_t i);

G_END_DECLS
