/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors inside the library: the public domain plus short helpers to raise them.
 */
#pragma once

#include <cpa/error.h>
#include <stdbool.h>

/**
 * cpa_error_set:
 * @error:  return location; may be %NULL
 * @code:   what the caller can do about it
 * @format: printf format of the message: what, where, which value
 *
 * Returns: always %false, so that a failing function can end in `return cpa_error_set(...)`
 */
bool cpa_error_set(GError **error, CpaErrorCode code, const char *format, ...) G_GNUC_PRINTF(3, 4);
