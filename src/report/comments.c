/* SPDX-License-Identifier: Apache-2.0 */
/*
 * comments: the free text that a profile carries, one comment per line.
 */
#include "report/tabular.h"

static const CpaColumn columns[] = {{"comment", CPA_COLUMN_TEXT, 0}};

static void put_table(CpaReport *report, CpaSink *sink)
{
    const CpaView *view = report->view;
    const CpaHeader *header = &view->profile->header;
    g_autoptr(CpaTabular) table = cpa_tabular_begin(report, columns, G_N_ELEMENTS(columns), sink);
    cpa_tabular_profile_facts(table);
    cpa_tabular_begin_rows(table, "rows");
    for (uint32_t i = 0; i < header->n_comments; i++) {
        CpaStrId comment = header->comments[i];
        cpa_tabular_begin_row(table);
        cpa_tabular_text(table, 0, cpa_view_str(view, comment),
                         cpa_strtab_len(view->strings, comment));
        cpa_tabular_end_row(table);
    }
    cpa_tabular_end_rows(table);
    cpa_tabular_end(table);
}

static bool emit(CpaReport *report, CpaSink *sink, G_GNUC_UNUSED GError **error)
{
    const CpaView *view = report->view;
    const CpaHeader *header = &view->profile->header;
    if (cpa_tabular_wanted(report->options)) {
        put_table(report, sink);
        return true;
    }
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
    .flags = CPA_REPORT_NO_TOTAL | CPA_REPORT_TABULAR,
    .emit = emit,
};
