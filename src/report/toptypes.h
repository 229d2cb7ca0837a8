/* SPDX-License-Identifier: Apache-2.0 */
/*
 * top with all sample types side by side: -sample_index=all.
 */
#pragma once

#include "report/report.h"

/**
 * cpa_toptypes_put:
 * @graph: what top shows, by the default sample type
 *
 * Writes the same entries in the same order, with the flat (or with -cum the cum) of each type,
 * every value in the unit that fits it.
 *
 * Cost:    O(frames) for each type
 * Errors:  OVERFLOW, USAGE with a table for programs
 */
bool cpa_toptypes_put(CpaReport *report, const CpaGraph *graph, CpaSink *sink, GError **error);
