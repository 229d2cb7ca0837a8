/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From answers about addresses to functions and lines of a profile.
 */
#pragma once

#include "profile/profile.h"
#include "symbol/answers.h"

/* What was found for one mapping. */
typedef struct {
    uint32_t mapping;
    uint64_t base;             /* address of a location minus that of the answers */
    const uint32_t *locations; /* [n_locations] of the mapping, in the order of the profile */
    size_t n_locations;
    CpaAnswers *answers;
} CpaFindings;

/**
 * cpa_findings_put:
 * @all: [n] in the order of mappings
 *
 * Gives locations the lines that are known of them, and the profile their functions, in the order
 * of mappings and, in them, of locations. Strings of the answers are freed on the way.
 */
void cpa_findings_put(CpaProfile *profile, const CpaFindings *all, size_t n);
