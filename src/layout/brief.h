/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of C++ functions, which may fill a page, as short as a box of a picture wants them.
 */
#pragma once

#include <glib.h>

/**
 * cpa_brief_name:
 * @name:    of a function of any language
 * @max_len: in bytes
 *
 * Of a longer name, the type that is returned goes first; then template arguments become "<…>", from
 * the innermost outwards; then the parameters become "(…)". What is still longer stays so.
 *
 * Cost:    O(length)
 * Returns: (transfer full): the name
 */
char *cpa_brief_name(const char *name, size_t max_len);

/**
 * cpa_brief_append_lines:
 *
 * Appends a name broken into lines at "." and "::" outside of brackets; Go's "[...]" stays together.
 */
void cpa_brief_append_lines(GString *out, const char *name);
