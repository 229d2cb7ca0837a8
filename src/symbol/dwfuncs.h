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

/* What a func is called, and where the call is that was inlined. */
typedef struct {
    const char *name; /* the linker's, "" where there is none */
    uint32_t start_line;
    uint32_t call_line;
    uint32_t call_column;
    uint64_t call_file;
} CpaDwInfo;

typedef struct {
    CpaDwUnit *unit;
    CPA_VEC(CpaDwFunc) funcs;
    CPA_VEC(CpaDwInterval) intervals;
    uint32_t *info_at; /* [funcs.len] index of what is known of it, or CPA_NONE */
    CPA_VEC(CpaDwInfo) infos;
    CpaIdMap origins_at; /* entry that inlined calls name -> index into infos */
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

/** cpa_dw_funcs_info: Returns: of the func, following its origins; valid until the next call */
const CpaDwInfo *cpa_dw_funcs_info(CpaDwFuncs *funcs, uint32_t func);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaDwFuncs, cpa_dw_funcs_free)
