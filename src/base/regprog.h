/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A regular expression as a program: the instructions of Thompson's automaton.
 */
#pragma once

#include "base/regtree.h"
#include "base/runeset.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define CPA_REG_MAX_INSTS  (1u << 20) /* 12 MB */
#define CPA_REG_MAX_BOUNDS 1000u
#define CPA_REG_MAX_STEPS  ((uint64_t)100 * 1000 * 1000) /* of one search, about a second */

typedef enum {
    CPA_INST_RUNE,   /* arg is the code point, then out */
    CPA_INST_CLASS,  /* arg is the index of the set, then out */
    CPA_INST_ASSERT, /* arg is the assertion, then out */
    CPA_INST_SPLIT,  /* arg first, then out */
    CPA_INST_MATCH,
} CpaInstOp;

typedef struct {
    uint32_t op;
    uint32_t arg;
    uint32_t out;
} CpaInst;

typedef struct {
    CpaInst *insts;
    uint32_t n_insts;
    uint32_t entry;
    GPtrArray *sets;     /* of CpaRuneSet */
    unsigned assertions; /* bit 1 << CpaRegAssertion: some instruction asks for it */
    bool anchored;       /* matches start at the start of the text only */
} CpaRegProg;

/**
 * cpa_reg_prog_new:
 * @tree: its sets are taken
 *
 * Cost:    O(instructions)
 * Returns: (transfer full) (nullable): the program of node @root, %NULL when it would have more
 *          than %CPA_REG_MAX_INSTS
 */
CpaRegProg *cpa_reg_prog_new(CpaRegTree *tree, uint32_t root);

/** cpa_reg_prog_free: frees @prog, which may be %NULL */
void cpa_reg_prog_free(CpaRegProg *prog);

/**
 * cpa_reg_assertions:
 * @before: the code point before a position, %CPA_RUNE_NONE at the start of the text
 * @after:  the one after it, %CPA_RUNE_NONE at the end
 *
 * Returns: bits 1 << CpaRegAssertion, those that hold there
 */
unsigned cpa_reg_assertions(uint32_t before, uint32_t after);

/**
 * cpa_reg_prog_bounds:
 *
 * Returns: (transfer full): sorted array of uint32_t, from 0 on and with 128; all code points from
 *          one up to the next are the same to @prog. When there are more than
 *          %CPA_REG_MAX_BOUNDS, that holds for ASCII only
 */
GArray *cpa_reg_prog_bounds(const CpaRegProg *prog);

/** cpa_inst_takes: Returns: whether @inst, RUNE or CLASS, consumes @rune */
static inline bool cpa_inst_takes(const CpaRegProg *prog, const CpaInst *inst, uint32_t rune)
{
    if (inst->op == CPA_INST_RUNE) {
        return inst->arg == rune;
    }
    return cpa_rune_set_has(g_ptr_array_index(prog->sets, inst->arg), rune);
}
