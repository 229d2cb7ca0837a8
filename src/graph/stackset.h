/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stacks of a view, kept, so that more than one tree can be made of them: below another node,
 * on either side of a function.
 *
 *     whole view ── cpa_stack_set_around() ──> callees of a function: the rest of each stack from it
 *                                              callers of a function: the way back from it
 *
 * A node is named by a stack that passes through it and its depth, (run, depth): short however deep
 * it lies, and the same for the same profile and options. A set never changes; threads share it.
 */
#pragma once

#include "graph/stacks.h"

typedef struct CpaStackSet CpaStackSet;

typedef struct {
    uint32_t run;   /* any stack that passes through the node; CpaStackNode has the first one */
    uint32_t depth; /* frames from the root; 0 is the root, whatever the run */
} CpaStackPlace;

typedef enum { CPA_STACKS_CALLEES, CPA_STACKS_CALLERS } CpaStackSide;

/**
 * cpa_stack_set_new:
 * @options: uses value_index, mean, reverse, collapse_recursion, width
 *
 * Cost:    O(frames); 4 bytes a frame and 24 a sample stay
 * Errors:  TOO_LARGE, OVERFLOW
 * Returns: (transfer full): the set, which does not need @view any more; its frames do
 */
CpaStackSet *cpa_stack_set_new(CpaView *view, const CpaStackOptions *options, GError **error);
CpaStackSet *cpa_stack_set_ref(CpaStackSet *set);
void cpa_stack_set_unref(CpaStackSet *set);

/** cpa_stack_set_info: Returns: frames, totals, sides and the number of stacks; no nodes */
const CpaStackTree *cpa_stack_set_info(const CpaStackSet *set);

/** cpa_stack_set_bytes: Returns: about how much memory it takes */
size_t cpa_stack_set_bytes(const CpaStackSet *set);

/**
 * cpa_stack_set_around:
 * @is_wanted: [n_frames] 1 for the frames that count as the function
 *
 * Takes each stack through one of the frames, once, from the one nearest to the root; the frame
 * itself is the first of what is left.
 *
 * Cost:    O(frames)
 * Returns: (transfer full): the set; empty where no stack passes
 */
CpaStackSet *cpa_stack_set_around(CpaStackSet *set, const uint8_t *is_wanted, CpaStackSide side);

/**
 * cpa_stack_set_tree:
 * @place:   (nullable): the node that is to be the root
 * @options: uses min_frac, wide_frac, max_narrow, max_nodes; fractions are of that node
 * @path:    (out) (optional): [place->depth + 1] the nodes from the root to that one: frame, width,
 *           weight, run; to be freed
 *
 * Cost:    O(stacks + frames up to the node and those that are seen)
 * Errors:  USAGE where there is no such node
 * Returns: (transfer full): the tree; node 0 is @place, depths count from it
 */
CpaStackTree *cpa_stack_set_tree(CpaStackSet *set, const CpaStackPlace *place,
                                 const CpaStackOptions *options, CpaStackNode **path,
                                 GError **error);

/* What a search finds; a stack counts once. */
typedef struct {
    CpaStackWeight cum;  /* stacks through a wanted frame */
    CpaStackWeight self; /* stacks that end in one */
    uint64_t width;      /* of those that are in cum */
    size_t n_stacks;
} CpaStackMatch;

/**
 * cpa_stack_set_match:
 * @place: (nullable): only stacks through this node, and their frames from it on
 *
 * Cost:   O(frames)
 * Errors: USAGE where there is no such node
 */
bool cpa_stack_set_match(const CpaStackSet *set, const CpaStackPlace *place,
                         const uint8_t *is_wanted, CpaStackMatch *match, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaStackSet, cpa_stack_set_unref)
