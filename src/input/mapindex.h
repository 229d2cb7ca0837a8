/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mappings of a legacy profile: their repair, and which address belongs to which.
 *
 * Mappings may overlap and come in any order; the first in the list that holds an address wins,
 * and a lookup may extend a mapping, which later lookups see.
 *
 * Source: pprof profile.go massageMappings, legacy_profile.go remapMappingIDs;
 *         differs: O(log n) per lookup instead of O(n)
 */
#pragma once

#include "base/vec.h"
#include "profile/builder.h"

typedef CPA_VEC(CpaMapping) CpaMappings;

/**
 * cpa_mappings_repair:
 *
 * Joins neighbours that are one mapping split in two, and moves the first that looks like the
 * program (not a library, not "[...]") to the front.
 */
void cpa_mappings_repair(CpaMappings *mappings, const CpaBuilder *builder);

typedef struct CpaMapindex CpaMapindex;

/**
 * cpa_mapindex_new:
 * @mappings: may change through the index only, as long as it exists
 *
 * Drops a leading /anon_hugepage and moves a program that was remapped back to its start.
 * Cost: O(n log n)
 */
CpaMapindex *cpa_mapindex_new(CpaMappings *mappings, const CpaBuilder *builder);
void cpa_mapindex_free(CpaMapindex *index);

/**
 * cpa_mapindex_find:
 *
 * The first mapping that holds @address; failing that, the first that would with the bytes of the
 * file before its offset, and which is extended by them; failing that, a mapping of everything,
 * which is appended.
 * Cost:    O(log n) amortised
 * Returns: an index in the mappings
 */
uint32_t cpa_mapindex_find(CpaMapindex *index, uint64_t address);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaMapindex, cpa_mapindex_free)
