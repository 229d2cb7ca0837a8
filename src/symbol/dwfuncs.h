/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The functions of one unit: which of them, inlined ones included, an address is in, and what they
 * are called.
 *
 *     funcs      every function and inlined call, in the order of the file; parent = the caller
 *     intervals  [low, high) -> func, by low, the enclosing one first: a stack while sweeping
 */
#pragma once

#include "symbol/dwfile.h"

typedef struct {
    uint64_t entry;  /* its offset */
    uint32_t parent; /* func that it is inlined into, or CPA_NONE */
} CpaDwFunc;

typedef struct {
    uint64_t low;
    uint64_t high;
    uint32_t func;
} CpaDwInterval;

typedef struct {
    const char *name; /* the linker's, "" where there is none */
    uint32_t start_line;
} CpaDwName;

typedef struct {
    CpaDwUnit *unit;
    CPA_VEC(CpaDwFunc) funcs;
    CPA_VEC(CpaDwInterval) intervals;
    CpaIdMap names_at; /* entry -> index */
    CPA_VEC(CpaDwName) names;
    /* The sweep. */
    CPA_VEC(uint32_t) stack; /* intervals */
    size_t next;
    uint64_t last;
} CpaDwFuncs;

/**
 * cpa_dw_funcs_new:
 * @unit: read; its bytes stay as long as the result
 *
 * Cost:    O(size of the unit + f log f); what it skips it does not look at
 * Returns: (transfer full)
 */
CpaDwFuncs *cpa_dw_funcs_new(CpaDwUnit *unit);
void cpa_dw_funcs_free(CpaDwFuncs *funcs);

/**
 * cpa_dw_funcs_find:
 *
 * Cheap while addresses ascend.
 * Returns: the innermost func of the address, or CPA_NONE
 */
uint32_t cpa_dw_funcs_find(CpaDwFuncs *funcs, uint64_t address);

/** cpa_dw_funcs_name: Returns: what the entry at @offset is called, following its origins */
CpaDwName cpa_dw_funcs_name(CpaDwFuncs *funcs, uint64_t offset);

typedef struct {
    uint64_t file;
    uint32_t line;
    uint32_t column;
} CpaDwCall;

/** cpa_dw_call: Returns: where the inlined call at entry @offset was written */
CpaDwCall cpa_dw_call(CpaDwUnit *unit, uint64_t offset);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaDwFuncs, cpa_dw_funcs_free)
