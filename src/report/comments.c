/* SPDX-License-Identifier: Apache-2.0 */
/*
 * comments: the free text that a profile carries, one comment per line.
 */
#include "report/report.h"

static bool emit(CpaReport *report, CpaSink *sink, G_GNUC_UNUSED GError **error)
{
    const CpaView *view = report->view;
    const CpaHeader *header = &view->profile->header;
    for (uint32_t i = 0; i < header->n_comments; i++) {
        CpaStrId comment = header->comments[i];
        cpa_sink_write(sink, cpa_view_str(view, comment), cpa_strtab_len(view->strings, comment));
        cpa_sink_putc(sink, '\n');
    }
    return true;
}

const CpaReportRow cpa_report_comments = {
    .name = "comments",
    .summary = "Comments stored in the profile",
    .usage = "One per line, also those that begin with '#' and are left out of other reports.",
    .suffix = "txt",
    .flags = CPA_REPORT_NO_TOTAL,
    .emit = emit,
};
