/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text that becomes part of XML or HTML.
 */
#pragma once

#include "base/sink.h"

/**
 * cpa_markup_put:
 * @text: [len] any bytes; not trusted
 *
 * Writes it for the content of an element or for an attribute between quotes. What is not UTF-8, and
 * control characters but tabs and ends of lines, become U+FFFD.
 */
void cpa_markup_put(CpaSink *sink, const char *text, size_t len);

/** cpa_markup_puts: the same of a text that ends with a NUL */
void cpa_markup_puts(CpaSink *sink, const char *text);
