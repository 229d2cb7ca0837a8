/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether what a report writes for programs is what it claims to be. Parsers of their own, written
 * after the standards and not after the writers.
 */
#pragma once

#include <stddef.h>

/** wellformed_json: fails by g_assert unless the bytes are one JSON object (RFC 8259) in UTF-8 */
void wellformed_json(const char *bytes, size_t n);

/**
 * wellformed_csv:
 *
 * Fails unless all lines have as many fields as the first (RFC 4180, \n), no field begins with
 * what a spreadsheet takes for a formula unless it is a number, and there are no control characters.
 */
void wellformed_csv(const char *bytes, size_t n);

/** wellformed_md: fails unless the last lines are a table, each with as many cells as its head */
void wellformed_md(const char *bytes, size_t n);
