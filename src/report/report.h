/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A report is one file that exports one CpaReportRow, listed in reports.def. The row drives the
 * command-line flag, the subcommand, help, the manual, and later the shell and the web.
 *
 * run.c prepares a CpaReport (view filtered and aggregated, value chosen, total computed) and
 * calls emit.
 */
#pragma once

#include "base/options.h"
#include "base/regexp.h"
#include "base/sink.h"
#include "base/units.h"
#include "graph/graph.h"
#include "render/renderer.h"
#include "view/filter.h"

typedef struct CpaReport CpaReport;

typedef enum {
    CPA_REPORT_ARGUMENT = 1 << 0,        /* takes a regexp: -peek=RE, peek RE */
    CPA_REPORT_NO_TRIM = 1 << 1,         /* nodecount and fractions are 0 */
    CPA_REPORT_ADDRESSES = 1 << 2,       /* granularity is always addresses, no trim */
    CPA_REPORT_ALL_NODES = 1 << 3,       /* nodecount -1 means no limit (else 80) */
    CPA_REPORT_AWAY_FROM_TTY = 1 << 4,   /* not printed on a terminal: profileNNN.suffix instead */
    CPA_REPORT_BINARY = 1 << 5,          /* output is not text */
    CPA_REPORT_COMPARES = 1 << 6,        /* takes OLD NEW as sources (diff) */
    CPA_REPORT_OBJECTS = 1 << 7,         /* graph keeps binaries apart (raw, callgrind, listings) */
    CPA_REPORT_VISUAL = 1 << 8,          /* graph for a picture: entropy order, tags */
    CPA_REPORT_CALL_TREE = 1 << 9,       /* honours call_tree */
    CPA_REPORT_INTEGER_UNITS = 1 << 10,  /* values are printed as integers: no coarser unit */
    CPA_REPORT_FILE_FUNCTIONS = 1 << 11, /* granularity is filefunctions unless one is asked for */
    CPA_REPORT_PICTURE = 1 << 12,        /* what a flag such as -svg alone means */
    CPA_REPORT_TABULAR = 1 << 13,   /* its text comes as json, csv and md, too: see tabular.h */
    CPA_REPORT_NO_TOTAL = 1 << 14,  /* shows no total: values may sum beyond 64 bits */
    CPA_REPORT_LISTS = 1 << 15,     /* the shell shows ten nodes unless told otherwise */
    CPA_REPORT_OF_LABELS = 1 << 16, /* regexps of a shell command are tagfocus and tagignore */
    CPA_REPORT_LINES = 1 << 20,     /* granularity is always lines */
    CPA_REPORT_ALL_TYPES = 1 << 21, /* takes -sample_index=all */
    CPA_REPORT_INLINES = 1 << 22,   /* noinlines has no effect */
} CpaReportFlags;

typedef struct CpaReportRow CpaReportRow;

struct CpaReportRow {
    const char *name;    /* "top" */
    const char *alias;   /* "text", or NULL */
    const char *summary; /* one line for help */
    const char *usage;   /* more lines for help REPORT and the manual, or "" */
    const char *suffix;  /* of a file written for it: "pb.gz", "txt" */
    const char *viewer;  /* without -o it is shown in this one of viewers.def; NULL: printed */
    unsigned flags;
    /* Errors: any; nothing of a failed report reaches the user. At least one of the three. */
    bool (*emit)(CpaReport *report, CpaSink *sink, GError **error);
    CpaScene *(*draw)(CpaReport *report, GError **error); /* (transfer full) */
    /* The report to run in its place, by -format and -o; Errors: USAGE */
    const CpaReportRow *(*target)(const CpaOptions *options, GError **error);
};

struct CpaReport {
    const CpaReportRow *row;
    CpaView *view;
    const CpaOptions *options; /* after the overrides of the row's flags */
    CpaRegexp *regexp;         /* of CPA_REPORT_ARGUMENT, or NULL */
    const char *argument;
    CpaLabelUnits *units;

    uint32_t value_index;
    bool all_types; /* -sample_index=all: value_index is the default, the others are wanted, too */
    bool mean;
    char *sample_type;         /* "cpu", "mean_delay" */
    char *sample_unit;         /* as in the profile */
    char *output_unit;         /* starts as options->unit; see cpa_report_select_unit() */
    double ratio;              /* 1 / divide_by */
    int64_t total;             /* sum of |value|, of the base only where there is a diff base */
    char *title;               /* basename of the main binary, or NULL */
    GPtrArray *active_filters; /* of char*: "focus=x" */
    uint32_t limit;            /* -nodecount as given, for listings; 0: none */
    bool matches_functions;    /* peek: the regexp may also match the function alone */
    uint32_t max_matches;      /* peek: so many entries at most, heaviest first; 0: all */
    uint32_t n_matches;        /* peek: how many there are, once it is written */
    CpaWarn warn;              /* or NULL */
    gpointer warn_data;
};

/**
 * cpa_report_target:
 *
 * Returns: the report that @row stands for with these options, mostly itself; %NULL with @error set
 */
const CpaReportRow *cpa_report_target(const CpaReportRow *row, const CpaOptions *options,
                                      GError **error);

/** cpa_report_table: @n: (out). Returns: all reports of this build, in the order of reports.def */
const CpaReportRow *const *cpa_report_table(size_t *n);

/** cpa_report_find: Returns: the row with this name or alias, or %NULL */
const CpaReportRow *cpa_report_find(const char *name);

/**
 * cpa_report_renderer:
 * @renderer: (out): the writer of its picture by -format or the suffix of -o; %NULL for the text
 *
 * Errors:  USAGE where the report is a picture and the suffix names no writer
 */
bool cpa_report_renderer(const CpaReportRow *row, const CpaOptions *options,
                         const CpaRenderer **renderer, GError **error);

/**
 * cpa_report_away_suffix:
 *
 * Returns: suffix of the file that is written instead of a terminal, or %NULL for a terminal
 */
const char *cpa_report_away_suffix(const CpaReportRow *row, const CpaOptions *options);

/**
 * cpa_report_value:
 *
 * Returns: the value of sample @i that this report is about
 */
static inline int64_t cpa_report_value(const CpaReport *report, size_t i)
{
    return cpa_view_values(report->view, i)[report->value_index];
}

/** cpa_report_format: Returns: @text: the value in the output unit, after divide_by */
char *cpa_report_format(const CpaReport *report, char text[CPA_VALUE_TEXT_MAX], int64_t value);

/** cpa_report_scale: Returns: the value in the output unit, truncated (callgrind, topproto) */
int64_t cpa_report_scale(const CpaReport *report, int64_t value);

/** cpa_report_graph: Returns: (transfer full): the trimmed graph by the report's options */
CpaGraph *cpa_report_graph(CpaReport *report, bool want_edges);

/**
 * cpa_report_select_unit:
 *
 * Replaces the output unit "minimum" by the one that fits the smallest node of the graph.
 * Source: pprof report.selectOutputUnit
 */
void cpa_report_select_unit(CpaReport *report, const CpaGraph *graph);

/** cpa_report_profile_labels: Returns: (transfer full): of char*: File, Build ID, ..., Duration */
GPtrArray *cpa_report_profile_labels(const CpaReport *report);

/**
 * cpa_report_labels:
 * @full:            dot: also with compact_labels, and with the link at the end
 * @n_dropped_edges: printed unless 0
 *
 * Returns: (transfer full): of char*: the header lines of a report
 */
GPtrArray *cpa_report_labels(const CpaReport *report, const CpaGraph *graph,
                             uint32_t n_dropped_edges, bool full);

/**
 * cpa_report_nothing_to_draw:
 *
 * Says why no sample weighs anything: there is none, the filters leave none, all are zero.
 * Errors: NO_SAMPLES. Returns: %false
 */
bool cpa_report_nothing_to_draw(const CpaReport *report, GError **error);

/** cpa_report_put_labels: writes the lines, each with a newline (one newline for no lines) */
void cpa_report_put_labels(CpaSink *sink, const GPtrArray *labels);
