/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a program over a text, all ways to match at once: says where, and takes any program.
 */
#pragma once

#include "base/regprog.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct {
    size_t start;
    size_t end;
} CpaRegSpan;

/* Working memory for one search at a time. */
typedef struct CpaRegNfa CpaRegNfa;

/** cpa_reg_nfa_new: Returns: (transfer full): memory to run @prog, which is borrowed */
CpaRegNfa *cpa_reg_nfa_new(const CpaRegProg *prog);

/** cpa_reg_nfa_free: frees @nfa, which may be %NULL */
void cpa_reg_nfa_free(CpaRegNfa *nfa);

/**
 * cpa_reg_nfa_search:
 * @span:    (out) (nullable): the leftmost match, the one that Perl would choose of those that
 *           start there; %NULL to stop at the end of the first match found
 * @matched: (out): whether there is a match
 *
 * Cost:    O(len * instructions)
 * Returns: %false when %CPA_REG_MAX_STEPS were not enough
 */
bool cpa_reg_nfa_search(CpaRegNfa *nfa, const char *text, size_t len, CpaRegSpan *span,
                        bool *matched);

/** cpa_reg_nfa_steps: Returns: how many steps the last search took */
uint64_t cpa_reg_nfa_steps(const CpaRegNfa *nfa);
