/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How wide a text is about, without any font: layouts must not differ from machine to machine.
 */
#pragma once

#include <glib.h>

#include "base/units.h"

/**
 * cpa_fit_width:
 * @text: UTF-8, no control characters
 * @size: of the font
 *
 * Returns: the width in a sans-serif font with the metrics of Helvetica; wide scripts count one
 *          em, marks that combine nothing
 */
double cpa_fit_width(const char *text, double size);

/**
 * cpa_fit_text:
 *
 * Returns: (transfer full): as much of the text as fits, with an ellipsis where it was cut; ""
 *          where not even two characters fit
 */
char *cpa_fit_text(const char *text, double size, double max_width);

/**
 * cpa_fit_name:
 * @name: of a function, qualified by "." or "::", or of a source file
 *
 * Returns: (transfer full): as cpa_fit_text(), with qualifiers of a function left out first
 */
char *cpa_fit_name(const char *name, double size, double max_width);

/**
 * cpa_fit_clean:
 * @bytes: anything
 * @max:   in bytes
 *
 * Returns: (transfer full): valid UTF-8 without control characters, cut to @max bytes, with at
 *          most 4 marks on a letter
 */
char *cpa_fit_clean(const char *bytes, size_t len, size_t max);

/**
 * cpa_fit_value:
 * @ratio: the value is multiplied by it; 0 and 1 leave it alone
 *
 * cpa_unit_format() for pictures: units are bytes of the profile, too.
 *
 * Returns: @text: valid UTF-8 without control characters
 */
const char *cpa_fit_value(char text[CPA_VALUE_TEXT_MAX], int64_t value, double ratio,
                          const char *unit, const char *output_unit);
