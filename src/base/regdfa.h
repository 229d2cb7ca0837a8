/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a program over many short texts: says whether it matches, with one look-up per character.
 */
#pragma once

#include "base/regprog.h"

#include <stdbool.h>
#include <stddef.h>

/* What earlier searches found out; for one search at a time. */
typedef struct CpaRegDfa CpaRegDfa;

/**
 * cpa_reg_dfa_new:
 *
 * Returns: (transfer full) (nullable): an empty cache for @prog, which is borrowed; %NULL when it
 *          is too large a program
 */
CpaRegDfa *cpa_reg_dfa_new(const CpaRegProg *prog);

/** cpa_reg_dfa_free: frees @dfa, which may be %NULL */
void cpa_reg_dfa_free(CpaRegDfa *dfa);

/**
 * cpa_reg_dfa_search:
 * @matched: (out): whether there is a match
 *
 * Cost:    O(len) when all is known, about 2 ns a byte; at worst O(len * instructions)
 * Returns: %false when %CPA_REG_MAX_STEPS were not enough
 */
bool cpa_reg_dfa_search(CpaRegDfa *dfa, const char *text, size_t len, bool *matched);

/** cpa_reg_dfa_steps: Returns: how many steps the last search took, of those that are not look-ups */
uint64_t cpa_reg_dfa_steps(const CpaRegDfa *dfa);
