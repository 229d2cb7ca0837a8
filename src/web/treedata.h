/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stack tree as JSON columns, small enough to be sent: nodes in preorder, numbers divided by what
 * they all have in common.
 */
#pragma once

#include "graph/stacks.h"
#include "web/values.h"

/**
 * cpa_web_put_tree:
 * @key: of the member
 *
 * Writes {"scale", "nodes": {...}, "hidden": {...}} whose nodes refer to frames by number; notes in
 * @used [n_frames] which frames there are: 1 + their number in the answer, counted on in @n_used.
 */
void cpa_web_put_tree(CpaJson *json, const char *key, const CpaStackTree *tree, bool mean,
                      uint32_t *used, uint32_t *n_used);

/**
 * cpa_web_put_frames:
 *
 * Writes {"strings": [...], "frames": {...}} with the frames that @used names.
 */
void cpa_web_put_frames(CpaJson *json, const CpaWebView *view, const CpaStackTree *tree, bool mean,
                        const uint32_t *used, uint32_t n_used);
