/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The prefix tree of all stacks, for flame graphs: as much of it as can be seen.
 *
 *     frames [n_frames]   what stands in a stack, told apart by printable name
 *     nodes  [n_nodes]    node 0 is the root (all samples, no frame); children of node i are
 *                         nodes[first_child .. first_child + n_children), widest first
 *     hidden              the children of a node that are too narrow, in numbers only
 *
 * A sample counts for one of two sides: the base (labelled pprof::base, or of a negative value) or
 * the new profile. Without a base all weights are on side CPA_SIDE_NEW.
 *
 * Width: every distinct stack has one, by the rule asked for; that of a node is the sum over the
 * stacks that pass through it. So children never exceed their parent, on whatever side they are.
 */
#pragma once

#include "graph/nodes.h"

typedef enum { CPA_SIDE_BASE, CPA_SIDE_NEW, CPA_N_SIDES } CpaSide;

typedef enum {
    CPA_WIDTH_MAX, /* the larger side */
    CPA_WIDTH_NEW,
    CPA_WIDTH_BASE,
    CPA_WIDTH_DELTA, /* the difference */
} CpaStackWidth;

typedef struct {
    CpaStrId name;     /* printable name, in CpaStackTree.names */
    CpaStrId function; /* its function and file, of the view's strings, or 0 */
    CpaStrId file;
    CpaStrId object_file; /* a binary it was found in, of the view's strings, or 0 */
    bool is_inline;       /* in all of its places */
} CpaStackFrame;

typedef struct {
    int64_t sum[CPA_N_SIDES];
    int64_t div[CPA_N_SIDES]; /* of a mean, else 0 */
} CpaStackWeight;

typedef struct {
    uint32_t frame; /* CPA_NONE for the root */
    uint32_t parent;
    uint32_t depth; /* 0 for the root */
    uint32_t first_child;
    uint32_t n_children;
    uint32_t n_hidden; /* children that are not among the nodes */
    uint32_t run;      /* number of the first stack that passes through it */
    uint64_t width;
    uint64_t hidden_width;
    CpaStackWeight weight; /* with callees */
    CpaStackWeight self;
    CpaStackWeight hidden;
} CpaStackNode;

typedef struct {
    CpaStrtab *names;
    CpaStackFrame *frames;
    uint32_t n_frames;
    CpaStackWeight *totals; /* [n_frames] of each frame, once per stack, hidden nodes included */
    CpaStackWeight *selfs;  /* [n_frames] */
    CpaStackNode *nodes;
    uint32_t n_nodes;
    uint32_t max_depth;
    bool has_base;     /* there are samples labelled as base */
    bool has_negative; /* there are others of negative value */
    size_t n_stacks;   /* that weigh anything */

    struct CpaStackSet *set; /* NULL, or what all but the nodes belongs to: see stackset.h */
} CpaStackTree;

typedef struct {
    uint32_t value_index;
    bool mean;               /* keep the divisors: value 0 */
    bool reverse;            /* the leaf is below the root: callees above callers */
    bool collapse_recursion; /* a frame that follows itself is one */
    CpaStackWidth width;
    double min_frac;     /* nodes narrower than this part of the root are hidden */
    double wide_frac;    /* nodes narrower than this part are narrow; 0: none is */
    uint32_t max_narrow; /* so many narrow nodes are kept, below the widest ones */
    uint32_t max_nodes;  /* so many in all, the widest ones */
} CpaStackOptions;

/**
 * cpa_stack_tree_new:
 *
 * Divides the stacks frame by frame from the root, widest part first.
 *
 * Units:   raw values of the sample type
 * Cost:    O(frames), and again for those that are seen; no recursion
 * Errors:  TOO_LARGE, OVERFLOW
 * Returns: (transfer full): a tree; its root has width 0 when nothing weighs anything
 */
CpaStackTree *cpa_stack_tree_new(CpaView *view, const CpaStackOptions *options, GError **error);
void cpa_stack_tree_free(CpaStackTree *tree);

static inline void cpa_stack_weight_add(CpaStackWeight *to, const CpaStackWeight *weight)
{
    for (int side = 0; side < CPA_N_SIDES; side++) {
        to->sum[side] = (int64_t)((uint64_t)to->sum[side] + (uint64_t)weight->sum[side]);
        to->div[side] = (int64_t)((uint64_t)to->div[side] + (uint64_t)weight->div[side]);
    }
}

static inline void cpa_stack_weight_subtract(CpaStackWeight *from, const CpaStackWeight *weight)
{
    for (int side = 0; side < CPA_N_SIDES; side++) {
        from->sum[side] = (int64_t)((uint64_t)from->sum[side] - (uint64_t)weight->sum[side]);
        from->div[side] = (int64_t)((uint64_t)from->div[side] - (uint64_t)weight->div[side]);
    }
}

/** cpa_stack_value: Returns: the weight of a side, divided where there is a divisor */
static inline int64_t cpa_stack_value(const CpaStackWeight *weight, CpaSide side)
{
    int64_t div = weight->div[side];
    return div == 0 ? weight->sum[side] : weight->sum[side] / div;
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaStackTree, cpa_stack_tree_free)
