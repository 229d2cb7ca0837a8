/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The syntax of Go's regular expressions.
 */
#pragma once

#include "base/regtree.h"

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * cpa_reg_parse:
 * @tree:    empty; gets the nodes, also those of no more use
 * @pattern: any bytes
 * @len:     its length in bytes
 * @root:    (out): id of the node of the whole expression
 * @error:   return location
 *
 * Holds:   a node is at most 1000 levels high, counts multiply to 1000 at most on every way down
 * Cost:    O(len) but for \p{..}, which is some 5 ms, and for case beyond ASCII, 1 ms
 * Errors:  USAGE, with the message Go gives
 * Returns: %false with @error set when it is no expression
 */
bool cpa_reg_parse(CpaRegTree *tree, const char *pattern, size_t len, uint32_t *root,
                   GError **error);
