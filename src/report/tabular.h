/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A report for other programs: JSON, CSV or Markdown, by -format or the suffix of -o. The schema
 * is that of doc/json.md.
 *
 *     facts    what holds for the whole report: type, unit, total, ...; then
 *     rows     cells in the order of the columns; a row may have lists of rows in it, whose cells
 *              are of the same columns
 *
 * Everything is written as it comes: a report of a million rows needs no memory for them.
 *
 *     CpaTabular *table = cpa_tabular_begin(report, columns, G_N_ELEMENTS(columns), sink);
 *     cpa_tabular_profile_facts(table);
 *     cpa_tabular_begin_rows(table, "rows");
 *     cpa_tabular_begin_row(table);
 *     cpa_tabular_text(table, NAME, "main", 4);
 *     cpa_tabular_value(table, FLAT, 120);
 *     cpa_tabular_end_row(table);
 *     cpa_tabular_end_rows(table);
 *     cpa_tabular_end(table);
 */
#pragma once

#include "report/report.h"

typedef enum {
    CPA_COLUMN_TEXT,
    CPA_COLUMN_VALUE,   /* of the sample type: an integer, and as NAME_text what people read */
    CPA_COLUMN_INTEGER, /* any other */
    CPA_COLUMN_NUMBER,
    CPA_COLUMN_BOOL,
    CPA_COLUMN_LIST, /* of texts, or of labels */
} CpaColumnKind;

typedef enum {
    CPA_COLUMN_NOT_JSON = 1 << 0, /* the nesting says it there */
    CPA_COLUMN_NOT_MD = 1 << 1,   /* the name says it, to people */
} CpaColumnFlags;

typedef struct {
    const char *name; /* key in JSON, header in CSV and Markdown */
    CpaColumnKind kind;
    unsigned flags;
} CpaColumn;

typedef struct CpaTabular CpaTabular;

/** cpa_tabular_names: Returns: "json, csv, md": the formats, for messages */
const char *cpa_tabular_names(void);

/** cpa_tabular_find: Returns: (transfer none): the format's own name, or %NULL for no format */
const char *cpa_tabular_find(const char *name);

/** cpa_tabular_mime: Returns: the media type of a format, %NULL for no format */
const char *cpa_tabular_mime(const char *name);

/** cpa_tabular_wanted: Returns: whether the options ask for one of these formats */
bool cpa_tabular_wanted(const CpaOptions *options);

/**
 * cpa_tabular_begin:
 * @columns: [n] borrowed
 * @sink:    borrowed
 *
 * Returns: (transfer full): a report in the format that the options ask for
 */
CpaTabular *cpa_tabular_begin(CpaReport *report, const CpaColumn *columns, size_t n, CpaSink *sink);

/** cpa_tabular_end: writes what closes the report */
void cpa_tabular_end(CpaTabular *table);
void cpa_tabular_free(CpaTabular *table);

/** cpa_tabular_fact_text: @text: (nullable): any bytes; @n: -1: up to NUL. Not shown in CSV */
void cpa_tabular_fact_text(CpaTabular *table, const char *name, const char *text, gssize n);
void cpa_tabular_fact_integer(CpaTabular *table, const char *name, int64_t value);
void cpa_tabular_fact_value(CpaTabular *table, const char *name, int64_t value);

/**
 * cpa_tabular_profile_facts:
 *
 * Writes what every report says first: version, report, file, ..., total, filters.
 */
void cpa_tabular_profile_facts(CpaTabular *table);

/** cpa_tabular_graph_facts: writes what is shown of the graph, and what was dropped */
void cpa_tabular_graph_facts(CpaTabular *table, const CpaGraph *graph);

/**
 * cpa_tabular_begin_rows:
 * @name: key of the list: "rows", or within a row "callers"
 *
 * Begins a list of rows, on the first level or in the row that is open. In CSV and Markdown rows of
 * both levels are lines, the outer one first.
 */
void cpa_tabular_begin_rows(CpaTabular *table, const char *name);
void cpa_tabular_end_rows(CpaTabular *table);
void cpa_tabular_begin_row(CpaTabular *table);
void cpa_tabular_end_row(CpaTabular *table);

/*
 * Cells, in the order of the columns; those left out are null in JSON's schema, so leave out only
 * columns that belong to the other level.
 */
void cpa_tabular_text(CpaTabular *table, size_t column, const char *text, size_t n);
void cpa_tabular_value(CpaTabular *table, size_t column, int64_t value);
/* A value that people read in another way than it is formatted, such as "+1.50s". */
void cpa_tabular_value_as(CpaTabular *table, size_t column, int64_t value, const char *text);
void cpa_tabular_integer(CpaTabular *table, size_t column, int64_t value);
void cpa_tabular_bool(CpaTabular *table, size_t column, bool value);
void cpa_tabular_null(CpaTabular *table, size_t column);
/* @text: for people. */
void cpa_tabular_number(CpaTabular *table, size_t column, double value, const char *text);
/* 100 * value / total, signed; 0 for a total of 0. */
void cpa_tabular_percent(CpaTabular *table, size_t column, int64_t value, int64_t total);

/**
 * cpa_tabular_node:
 *
 * The cells that say which node: its name as text reports have it, its file and its line, null
 * where the granularity leaves them out.
 */
void cpa_tabular_node(CpaTabular *table, size_t name, size_t file, size_t line,
                      const CpaGraph *graph, const CpaNode *node);

void cpa_tabular_begin_list(CpaTabular *table, size_t column);
void cpa_tabular_end_list(CpaTabular *table);

/**
 * cpa_tabular_encode:
 * @first: of those in @out
 * @out:   gets the text as an item of a list, behind what is in it already
 *
 * For items that come again and again; see cpa_tabular_encoded().
 */
void cpa_tabular_encode(CpaTabular *table, const char *text, size_t n, bool first, GString *out);

/** cpa_tabular_encoded: @bytes: [n] at least one item, made by cpa_tabular_encode() */
void cpa_tabular_encoded(CpaTabular *table, const char *bytes, size_t n);

/** cpa_tabular_label: @unit: of a number, else %NULL; @text: for people, of a string the string */
void cpa_tabular_label(CpaTabular *table, const char *key, size_t key_len, const char *text,
                       size_t text_len, int64_t number, const char *unit);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaTabular, cpa_tabular_free)
