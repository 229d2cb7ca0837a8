/* SPDX-License-Identifier: Apache-2.0 */
/*
 * String table: every distinct string of a profile once, known by a 32-bit id.
 *
 *     id 0 is ""; equal strings have equal ids, so equality is id equality.
 *
 * An overlay adds strings to a frozen base table without touching it: ids below the base's count
 * mean the base's strings. Views use that, so that threads can share one profile.
 */
#pragma once

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

typedef uint32_t CpaStrId;
typedef struct CpaStrtab CpaStrtab;

/**
 * cpa_strtab_new:
 * @base: (nullable): table to extend; borrowed, must outlive the overlay and not change
 *
 * Returns: (transfer full): a table that holds "" as id 0, and all of @base
 */
CpaStrtab *cpa_strtab_new(const CpaStrtab *base);

void cpa_strtab_free(CpaStrtab *tab);

/**
 * cpa_strtab_intern:
 * @bytes: the string, any bytes, need not be terminated
 * @len:   its length in bytes
 *
 * Cost:    O(len)
 * Returns: the id of the string, the same for equal strings
 */
CpaStrId cpa_strtab_intern(CpaStrtab *tab, const char *bytes, size_t len);

/**
 * cpa_strtab_find:
 *
 * Returns: the id of the string, or UINT32_MAX when the table does not hold it
 */
CpaStrId cpa_strtab_find(const CpaStrtab *tab, const char *bytes, size_t len);

/**
 * cpa_strtab_get:
 *
 * Returns: the bytes, with a terminating NUL; valid as long as the table
 */
const char *cpa_strtab_get(const CpaStrtab *tab, CpaStrId id);

/** cpa_strtab_len: Returns: length in bytes of string @id */
size_t cpa_strtab_len(const CpaStrtab *tab, CpaStrId id);

/** cpa_strtab_count: Returns: the number of ids, those of the base included */
uint32_t cpa_strtab_count(const CpaStrtab *tab);

/**
 * cpa_strtab_compare:
 *
 * Returns: <0, 0, >0 by bytewise order of the two strings
 */
int cpa_strtab_compare(const CpaStrtab *tab, CpaStrId a, CpaStrId b);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaStrtab, cpa_strtab_free)
