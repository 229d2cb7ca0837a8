/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text in right-aligned columns, as Go's text/tabwriter lays it out.
 *
 *     CpaColumns *columns = cpa_columns_new(sink);
 *     cpa_columns_puts(columns, "12ms:\t name\n");
 *     cpa_columns_free(columns);
 */
#pragma once

#include "base/sink.h"

typedef struct CpaColumns CpaColumns;

/** cpa_columns_new: @sink: borrowed. Returns: (transfer full): columns that end up in @sink */
CpaColumns *cpa_columns_new(CpaSink *sink);

/**
 * cpa_columns_free:
 *
 * Writes what is still held back.
 */
void cpa_columns_free(CpaColumns *columns);

/**
 * cpa_columns_write:
 *
 * Adds text. A tab or vertical tab ends a cell, a newline or form feed a line; bytes 0xff bracket
 * text in which they do not. Lines are held back until a line of one cell, or one that ends in
 * a form feed.
 *
 * Cost:   O(n) amortised; memory for the lines held back
 * Source: Go text/tabwriter with padding 1, flag AlignRight
 */
void cpa_columns_write(CpaColumns *columns, const char *text, size_t n);
void cpa_columns_puts(CpaColumns *columns, const char *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaColumns, cpa_columns_free)
