/* SPDX-License-Identifier: Apache-2.0 */
/*
 * convert and merge: a profile in another format, by -format or the suffix of -o. Each format is
 * another report; filters and sample types apply as they do there.
 */
#include <string.h>

#include "report/report.h"
#include "report/tabular.h"

extern const CpaReportRow cpa_report_proto;
extern const CpaReportRow cpa_report_proto_plain;
extern const CpaReportRow cpa_report_folded;
extern const CpaReportRow cpa_report_raw;
extern const CpaReportRow cpa_report_callgrind;
extern const CpaReportRow cpa_report_dot;
extern const CpaReportRow cpa_report_traces;
extern const CpaReportRow cpa_report_flame;

typedef struct {
    const char *suffix;
    const CpaReportRow *row;
} Target;

/* The first is the default; pictures are flame graphs, tables are traces. */
static const Target targets[] = {
    {"pb.gz", &cpa_report_proto},
    {"pprof", &cpa_report_proto},
    {"prof", &cpa_report_proto},
    {"proto", &cpa_report_proto},
    {"pb", &cpa_report_proto_plain},
    {"folded", &cpa_report_folded},
    {"collapsed", &cpa_report_folded},
    {"txt", &cpa_report_raw},
    {"raw", &cpa_report_raw},
    {"callgrind", &cpa_report_callgrind},
    {"callgraph.out", &cpa_report_callgrind},
    {"dot", &cpa_report_dot},
};

#define NAMES \
    "pb.gz, pb, folded, raw, callgrind, dot; tables of traces: %s; flame graphs: svg, html, ..."

static const CpaReportRow *find_target(const char *suffix)
{
    for (size_t i = 0; i < G_N_ELEMENTS(targets); i++) {
        if (g_ascii_strcasecmp(targets[i].suffix, suffix) == 0) {
            return targets[i].row;
        }
    }
    if (cpa_renderer_find(suffix) != NULL) {
        return &cpa_report_flame;
    }
    return cpa_tabular_find(suffix) != NULL ? &cpa_report_traces : NULL;
}

static const CpaReportRow *choose_target(const CpaOptions *options, GError **error)
{
    const char *wanted = options->format;
    if (wanted[0] == '\0') {
        const char *slash = strrchr(options->output, '/');
        const char *name = slash != NULL ? slash + 1 : options->output;
        const char *dot = strchr(name, '.');
        /* The longest suffix that is known: x.1.pb.gz is pb.gz. */
        for (; dot != NULL && dot[1] != '\0'; dot = strchr(dot + 1, '.')) {
            const CpaReportRow *row = find_target(dot + 1);
            if (row != NULL) {
                return row;
            }
            wanted = dot + 1;
        }
    }
    const CpaReportRow *row = wanted[0] != '\0' ? find_target(wanted) : targets[0].row;
    if (row == NULL) {
        cpa_error_set(error, CPA_ERROR_USAGE, "\"%s\" is no format to convert to: " NAMES, wanted,
                      cpa_tabular_names());
    }
    return row;
}

const CpaReportRow cpa_report_convert = {
    .name = "convert",
    .summary = "The profile in another format",
    .usage =
        "convert SOURCE -o FILE writes profile.proto to FILE.pb.gz (or FILE.pb, not packed),\n"
        "collapsed stacks to FILE.folded, text to FILE.raw or FILE.txt, FILE.callgrind, FILE.dot,\n"
        "every sample to FILE.json, .csv or .md, a flame graph to FILE.svg, .html, ...; -format\n"
        "names the format where the suffix does not. Filters apply.",
    .suffix = "pb.gz",
    .flags = CPA_REPORT_NO_TOTAL,
    .target = choose_target,
};

const CpaReportRow cpa_report_merge = {
    .name = "merge",
    .summary = "Many profiles as one",
    .usage =
        "merge SOURCE... -o FILE adds profiles up, one after the other: thousands need no more\n"
        "memory than the result and two of them. Equal stacks become one sample;\n"
        "-label_sources tells the files apart. Formats as with convert.",
    .suffix = "pb.gz",
    .flags = CPA_REPORT_NO_TOTAL,
    .target = choose_target,
};
