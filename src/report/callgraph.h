/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The call graph of a report, for reports that draw it.
 */
#pragma once

#include "layout/callgraph.h"
#include "report/report.h"

/**
 * cpa_report_callgraph:
 * @options: (out): what the layout wants to know; borrows from @report, but the header is to be
 *           unreferenced by the caller
 *
 * Errors:  NO_SAMPLES where no function is left
 * Returns: (transfer full): the graph, or %NULL with @error set
 */
CpaGraph *cpa_report_callgraph(CpaReport *report, CpaCallgraphOptions *options, GError **error);
