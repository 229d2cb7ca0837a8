/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Callers and callees of the entries that match: peek.
 */
#include "report/calltext.h"

const CpaReportRow cpa_report_peek = {
    .name = "peek",
    .summary = "Callers and callees of the entries that match a regexp",
    .usage =
        "peek REGEXP shows each entry whose name matches, whatever its weight, with all of its\n"
        "callers and callees.",
    .suffix = "txt",
    .flags = CPA_REPORT_ARGUMENT | CPA_REPORT_NO_TRIM | CPA_REPORT_TABULAR,
    .emit = cpa_calltext_emit,
};
