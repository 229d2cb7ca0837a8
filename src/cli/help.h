/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything that cpa tells about itself, made from the tables of reports, options and formats.
 */
#pragma once

#include "base/options.h"
#include "base/sink.h"

/** cpa_help_usage: the few lines that answer an empty command line */
void cpa_help_usage(CpaSink *sink);

/** cpa_help_overview: one page: usage, reports, the options used most */
void cpa_help_overview(CpaSink *sink);

/**
 * cpa_help_topic:
 * @topic: a report, an option, a choice of an option, "options" or "formats"
 *
 * Errors: USAGE, with a suggestion; UNSUPPORTED
 */
bool cpa_help_topic(CpaSink *sink, const char *topic, GError **error);

/** cpa_help_version: version, formats and libraries of this build */
void cpa_help_version(CpaSink *sink);
