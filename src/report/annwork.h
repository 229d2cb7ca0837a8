/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an annotated listing is made from, while it is made: parts of annotate.c, not for other rooms.
 *
 *     place   a distinct address with samples; locations without one get an address of their own
 *     inst    an instruction of a range of code, or a place whose binary is not at hand
 *     entry   an instruction below a line: one for each of its inlined frames that is of interest
 *
 *     annotate.c    places, and which of them matter
 *     anncode.c     from places that matter to instructions and entries
 *     annblocks.c   from entries to lines, blocks and their weights
 */
#pragma once

#include "base/vec.h"
#include "report/annotate.h"
#include "report/binaries.h"

typedef struct {
    uint64_t address; /* of the process */
    uint64_t object_address;
    uint32_t size;
    const char *text; /* NULL where there is no binary */
    const char *file;
    int64_t line;
} CpaAnnInst;

typedef struct {
    uint32_t file; /* index into files */
    int64_t line;
    const char *function;
    uint32_t inst;
    uint32_t order;
    uint32_t call_first;
    uint32_t n_calls;
} CpaAnnEntry;

typedef struct {
    const char *name;
    int64_t flat;
    uint32_t rank;
} CpaAnnFile;

typedef struct {
    CpaReport *r;
    CpaListing *out;

    uint8_t *verdicts; /* [n_strings] of the regexp: 0 not asked yet, 1 no, 2 yes */
    uint8_t *interest; /* [n_strings] names and linker's names of functions that match */
    CpaStrId *pretty;  /* [n_strings] linker's name -> name, or CPA_NONE */
    uint32_t n_strings;

    uint32_t n_places;
    uint64_t *addresses;   /* [n_places] ascending */
    uint32_t *place_of;    /* [n_locations] or CPA_NONE */
    uint32_t *interesting; /* [n_places] location that matters, or CPA_NONE */
    CpaGroupSums *sums;    /* [n_places] */

    CPA_VEC(CpaAnnInst) insts;
    CPA_VEC(CpaAnnEntry) entries;
    CPA_VEC(CpaAnnFile) files;
    GHashTable *file_index; /* name -> index + 1 */
    GStringChunk *names;
} CpaAnnWork;

/** cpa_ann_count_up: Returns: (transfer full): [n + 1] 0, 1, 2, ...: groups of one member each */
static inline uint32_t *cpa_ann_count_up(size_t n)
{
    uint32_t *numbers = g_new(uint32_t, n + 1);
    for (size_t i = 0; i <= n; i++) {
        numbers[i] = (uint32_t)i;
    }
    return numbers;
}
