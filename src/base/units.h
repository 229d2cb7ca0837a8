/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Measurement units: scaling a value from one unit to another and printing it.
 *
 * Families: bytes (B kB MB GB TB PB, factor 1024), time (ns us ms s hrs), Google compute units.
 * Names are case-insensitive, a plural 's' is accepted on names longer than two letters.
 * Source: pprof internal/measurement
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longest text that the functions below write, with the terminating NUL; longer units are cut. */
#define CPA_VALUE_TEXT_MAX 512

/**
 * cpa_unit_scale:
 * @to:   a unit, or "minimum" or "auto" for the largest one in which the value is at least 1
 * @unit: (out): (transfer none): the unit to print, "" for none; may be @to itself
 *
 * Returns: the value in @unit
 */
double cpa_unit_scale(int64_t value, const char *from, const char *to, const char **unit);

/** cpa_unit_compatible: Returns: whether both are of one family, or equal */
bool cpa_unit_compatible(const char *a, const char *b);

/**
 * cpa_unit_format:
 *
 * Writes "1.50s", "12kB", "0": two decimals, without ".00".
 * Returns: @text
 */
char *cpa_unit_format(char text[CPA_VALUE_TEXT_MAX], int64_t value, const char *from,
                      const char *to);

/**
 * cpa_percentage_format:
 *
 * Writes |value / total| as "50.00%", "  100%", "0.012%", at least 6 columns.
 * Returns: @text
 */
char *cpa_percentage_format(char text[32], int64_t value, int64_t total);

/** cpa_int64_from_double: truncates; out of range and NaN give INT64_MIN, as on amd64 */
int64_t cpa_int64_from_double(double value);
