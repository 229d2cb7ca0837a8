/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A table for other programs: JSON, CSV or Markdown by -format or the suffix of -o.
 *
 *     facts    what holds for the whole table: type, unit, totals
 *     columns  names; cells row by row, each as shown to people and as written for programs
 */
#pragma once

#include "report/report.h"

typedef struct CpaTabular CpaTabular;

/** cpa_tabular_wanted: Returns: whether the options ask for one of these formats */
bool cpa_tabular_wanted(const CpaOptions *options);

/** cpa_tabular_new: @columns: NULL-terminated, borrowed. Returns: (transfer full): no rows yet */
CpaTabular *cpa_tabular_new(const char *const *columns);
void cpa_tabular_free(CpaTabular *table);

/** cpa_tabular_fact: @is_number: @value is a number, else a text */
void cpa_tabular_fact(CpaTabular *table, const char *name, const char *value, bool is_number);

/**
 * cpa_tabular_cell:
 * @shown:     for people, in Markdown
 * @raw:       for programs; "" is no value
 * @is_number: @raw is a number, else any bytes
 *
 * Adds a cell; as many as there are columns make a row.
 */
void cpa_tabular_cell(CpaTabular *table, const char *shown, const char *raw, bool is_number);

/** cpa_tabular_write: in the format that the options ask for */
void cpa_tabular_write(const CpaTabular *table, const CpaOptions *options, CpaSink *sink);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaTabular, cpa_tabular_free)
