/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proto: the profile in its own format, after filters.
 */
#include "report/report.h"
#include "view/encode.h"

static bool emit(CpaReport *report, CpaSink *sink, GError **error)
{
    /* As in the text reports, a negative divisor has no effect. */
    double ratio = report->ratio > 0 ? report->ratio : 1;
    return cpa_view_encode(report->view, ratio, true, sink, error);
}

static bool emit_plain(CpaReport *report, CpaSink *sink, GError **error)
{
    double ratio = report->ratio > 0 ? report->ratio : 1;
    return cpa_view_encode(report->view, ratio, false, sink, error);
}

/* Not in the table: what convert writes to FILE.pb. */
extern const CpaReportRow cpa_report_proto_plain;
const CpaReportRow cpa_report_proto_plain = {
    .name = "proto",
    .summary = "The profile as profile.proto",
    .usage = "",
    .suffix = "pb",
    .flags =
        CPA_REPORT_NO_TOTAL | CPA_REPORT_ADDRESSES | CPA_REPORT_AWAY_FROM_TTY | CPA_REPORT_BINARY,
    .emit = emit_plain,
};

const CpaReportRow cpa_report_proto = {
    .name = "proto",
    .summary = "The profile as profile.proto, gzipped",
    .usage = "Filters and label frames apply, addresses and lines are kept. With several sources\n"
             "or a base this writes the combined profile.",
    .suffix = "pb.gz",
    .flags = CPA_REPORT_NO_TOTAL | CPA_REPORT_ADDRESSES | CPA_REPORT_AWAY_FROM_TTY | CPA_REPORT_BINARY,
    .emit = emit,
};
