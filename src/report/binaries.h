/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CpaBinaries: the object files of a report's mappings, opened when they are asked for.
 */
#pragma once

#include "report/report.h"
#include "symbol/code.h"

typedef struct CpaBinaryFile CpaBinaryFile;

typedef struct {
    CpaObject *object; /* NULL where it cannot be opened; mappings of the same file share it */
    char *problem;     /* why there is no object */
    CpaPlace place;
    CpaBinaryFile *file; /* that of the object */
} CpaBinary;

typedef struct CpaBinaries CpaBinaries;

CpaBinaries *cpa_binaries_new(const CpaReport *report);
void cpa_binaries_free(CpaBinaries *binaries);

/** cpa_binaries_get: Returns: (transfer none): the binary of a mapping; it may have no object */
CpaBinary *cpa_binaries_get(CpaBinaries *binaries, uint32_t mapping);

/**
 * cpa_binary_base:
 * @address: of the process, in the mapping
 *
 * Returns: whether @base is known: subtracted from addresses near @address it gives those of the
 *          object
 */
bool cpa_binary_base(CpaBinary *binary, uint64_t address, uint64_t *base);

/** cpa_binary_address: Returns: whether @object_address, of the object, is known for the @address */
bool cpa_binary_address(CpaBinary *binary, uint64_t address, uint64_t *object_address);

/** cpa_binary_name: Returns: (transfer none): a name of the object for people; after its code */
const char *cpa_binary_name(CpaBinary *binary, const char *name);

/** cpa_binary_code: @error: as of cpa_code_read(). Returns: (transfer full): code of the object */
CpaCode *cpa_binary_code(const CpaBinaries *binaries, CpaBinary *binary, uint64_t start,
                         uint64_t end, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaBinaries, cpa_binaries_free)
