/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The call graph as text: tree.
 */
#include "report/calltext.h"

const CpaReportRow cpa_report_tree = {
    .name = "tree",
    .summary = "The call graph as text: callers above each entry, callees below",
    .usage = "Weights of callers and callees are what passed between them and the entry.",
    .suffix = "txt",
    .flags = CPA_REPORT_TABULAR,
    .emit = cpa_calltext_emit,
};
