/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From sources to a report: load -> label frames -> filter -> aggregate -> emit. Shared by all
 * front ends.
 */
#pragma once

#include "input/fetch.h"
#include "report/report.h"

/* Whom to tell what; no member is needed. */
typedef struct {
    CpaWarn warn;        /* something is wrong, or worth a look */
    CpaWarn say;         /* what is going on */
    CpaFetchWatch watch; /* how far fetching is; NULL when it is over */
    void (*watch_symbols)(size_t n_done, size_t n, gpointer data); /* n 0: it is over */
    gpointer data;                                                 /* of all four */
    bool saves; /* a copy of what was fetched is kept */
} CpaUi;

/**
 * cpa_load:
 * @sources: (array length=n_sources): files, "-" for standard input, URLs
 * @binary:  (nullable): file name for the main mapping
 * @options: those of the group SOURCE, and normalize
 * @ui:      told about sources that failed while others did not, and about fetching
 *
 * Fetches all URLs at once, reads and merges all sources in their order, subtracts the base.
 * Source:  pprof driver fetchProfiles
 * Returns: (transfer full): the profile, or %NULL with @error set
 */
CpaProfile *cpa_load(const char *const *sources, size_t n_sources, const char *binary,
                     const CpaOptions *options, const CpaUi *ui, GError **error);

/**
 * cpa_load_memory:
 * @name:  what messages call the input
 * @bytes: [n] a profile in any format, gzipped or not
 *
 * The same for one source in memory, without a base.
 * Returns: (transfer full): the profile, or %NULL with @error set
 */
CpaProfile *cpa_load_memory(const char *name, const void *bytes, size_t n,
                            const CpaOptions *options, GError **error);

/**
 * cpa_report_open:
 * @argument: (nullable): regexp of a report that takes one; borrowed
 *
 * Prepares what the row's flags and the options ask for, up to and without emit(): for those that
 * read the same view more than once.
 *
 * Errors:  USAGE, NO_SAMPLES, OVERFLOW, TOO_LARGE
 * Returns: (transfer full): the report, or %NULL with @error set
 */
CpaReport *cpa_report_open(CpaProfile *profile, const CpaReportRow *row, const char *argument,
                           const CpaOptions *options, CpaWarn warn, gpointer warn_data,
                           GError **error);
void cpa_report_close(CpaReport *report);

/**
 * cpa_report_write:
 *
 * Writes an opened report, as text or in the format that its options ask for.
 *
 * Errors:  those of the row's emit() and of the picture's writer; @sink is then not to be shown
 */
bool cpa_report_write(CpaReport *report, CpaSink *sink, CpaWarn warn, gpointer warn_data,
                      GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaReport, cpa_report_close)

/**
 * cpa_run:
 * @argument: (nullable): regexp of a report that takes one
 *
 * Errors:  USAGE, NO_SAMPLES, OVERFLOW, TOO_LARGE, IO; @sink is then not to be shown
 * Source:  pprof driver generateReport
 */
bool cpa_run(CpaProfile *profile, const CpaReportRow *row, const char *argument,
             const CpaOptions *options, CpaSink *sink, CpaWarn warn, gpointer warn_data,
             GError **error);

/**
 * cpa_describe:
 * @options: uses sample_index, mean, divide_by, unit
 * @is_zero: (out): no sample has a value of the chosen type
 *
 * Errors:  USAGE, NO_SAMPLES, OVERFLOW
 * Source:  pprof report.ProfileLabels
 * Returns: (transfer full): of char*: what the header of a report says about the profile; or %NULL
 */
GPtrArray *cpa_describe(CpaProfile *profile, const CpaOptions *options, bool *is_zero,
                        GError **error);
