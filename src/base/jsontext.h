/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts and numbers as JSON (RFC 8259), straight into a sink.
 */
#pragma once

#include "base/sink.h"

#include <stdint.h>

/**
 * cpa_json_put_text:
 * @bytes: [n] anything
 *
 * Writes a string: valid UTF-8, each byte that is none as U+FFFD, control characters and DEL as
 * \uXXXX, so that a terminal survives it.
 */
void cpa_json_put_text(CpaSink *sink, const char *bytes, size_t n);

/** cpa_json_put_integer: writes all digits; readers that use doubles lose those beyond 2^53 */
void cpa_json_put_integer(CpaSink *sink, int64_t value);

/** cpa_json_put_number: writes six significant digits, null for what is not finite */
void cpa_json_put_number(CpaSink *sink, double value);
