/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries with their callers above and callees below, as text: shared by tree and peek.
 */
#pragma once

#include "report/report.h"

/**
 * cpa_calltext_emit:
 * @report: with a regexp, only entries whose name matches are shown
 *
 * Errors:  USAGE where the regexp matches no entry
 * Source:  pprof report.go printTree
 */
bool cpa_calltext_emit(CpaReport *report, CpaSink *sink, GError **error);
