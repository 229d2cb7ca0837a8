/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Colour and bars for reports on a terminal. Without -color=always, which the front end sets where
 * it writes to a terminal, all of these write plain text, byte for byte what pprof writes.
 */
#pragma once

#include "report/report.h"

typedef enum {
    CPA_STYLE_PLAIN,
    CPA_STYLE_HEAD, /* of a column */
    CPA_STYLE_NONE, /* nothing to see */
    CPA_STYLE_WARM,
    CPA_STYLE_HOT,
    CPA_STYLE_MORE, /* of a comparison */
    CPA_STYLE_LESS,
} CpaStyle;

/* Cells of a bar. */
#define CPA_STYLE_BAR 10

/** cpa_style_wanted: Returns: whether the report goes to a terminal that shows colours */
bool cpa_style_wanted(const CpaOptions *options);

/** cpa_style_heat: Returns: how a value looks among others that sum up to @total */
CpaStyle cpa_style_heat(int64_t value, int64_t total);

/** cpa_style_change: Returns: how a change looks, by -diff_palette */
CpaStyle cpa_style_change(int64_t delta);

/** cpa_style_put: writes the text; with @width, right-aligned in so many columns */
void cpa_style_put(CpaSink *sink, const CpaOptions *options, CpaStyle style, const char *text,
                   int width);

/** cpa_style_bar: writes a bar of CPA_STYLE_BAR cells and a space; nothing where not wanted */
void cpa_style_bar(CpaSink *sink, const CpaOptions *options, CpaStyle style, int64_t value,
                   int64_t max);

/** cpa_style_name: writes a name; where colours are wanted, control characters in it as \xNN */
void cpa_style_name(CpaSink *sink, const CpaOptions *options, const char *name, size_t n);
