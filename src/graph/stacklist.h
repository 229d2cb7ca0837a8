/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stacks of a view as sequences of frames, from where a tree of them begins: a part of stacks.c,
 * not for other rooms.
 *
 *     seq   [ a b c | a b b d | ... ]     frames of all stacks, one after the other
 *             ^ run 0   ^ run 1
 *
 * Inlined calls are frames like others. Where two profiles are compared, equal stacks are one run,
 * since the width of a stack follows from both its sides; else a run is a sample.
 */
#pragma once

#include "base/vec.h"
#include "graph/stacks.h"

/* A stack, and how far a tree has read it. */
typedef struct {
    uint64_t at; /* next frame, in seq */
    uint64_t width;
    uint32_t n_left; /* frames */
    uint32_t id;     /* number of the run, for weights */
} CpaStackRun;

typedef struct {
    CPA_VEC(uint32_t) seq;
    CPA_VEC(CpaStackRun) runs;
    CPA_VEC(CpaStackWeight)
    weights; /* of runs; empty: all are on the new side and as wide as heavy */
} CpaStackList;

/**
 * cpa_stack_list_fill:
 * @list: all zero before; to be cleared, whatever is returned
 * @tree: gets frames, totals, selfs, and which sides there are
 *
 * Stacks without weight are left out.
 *
 * Cost:   O(frames)
 * Errors: TOO_LARGE, OVERFLOW
 */
bool cpa_stack_list_fill(CpaStackList *list, CpaView *view, const CpaStackOptions *options,
                         CpaStackTree *tree, GError **error);
void cpa_stack_list_clear(CpaStackList *list);

/**
 * cpa_stack_tree_build:
 * @tree: has frames; gets nodes
 * @list: its runs are put into another order and read on
 */
void cpa_stack_tree_build(CpaStackTree *tree, CpaStackList *list, const CpaStackOptions *options);

/** cpa_stack_list_weight: adds the weight of @run to @sum */
static inline void cpa_stack_list_weight(const CpaStackList *list, const CpaStackRun *run,
                                         CpaStackWeight *sum)
{
    if (list->weights.len == 0) {
        sum->sum[CPA_SIDE_NEW] += (int64_t)run->width;
        return;
    }
    cpa_stack_weight_add(sum, &list->weights.data[run->id]);
}
