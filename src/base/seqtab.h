/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sequence table: every distinct sequence of 32-bit words once, known by a 32-bit id in order of
 * first appearance. Label sets, stacks and merge keys are such sequences.
 */
#pragma once

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

typedef struct CpaSeqtab CpaSeqtab;

CpaSeqtab *cpa_seqtab_new(void);
void cpa_seqtab_free(CpaSeqtab *tab);

/**
 * cpa_seqtab_intern:
 * @words: [n]
 *
 * Cost:    O(n)
 * Returns: the id of the sequence: the old one when it is known, else cpa_seqtab_count() before
 */
uint32_t cpa_seqtab_intern(CpaSeqtab *tab, const uint32_t *words, size_t n);

/** cpa_seqtab_get: @n: (out). Returns: the words of sequence @id; valid until the next intern */
const uint32_t *cpa_seqtab_get(const CpaSeqtab *tab, uint32_t id, size_t *n);

/** cpa_seqtab_count: Returns: the number of sequences */
uint32_t cpa_seqtab_count(const CpaSeqtab *tab);

/** cpa_seqtab_seal: frees what only interning needs; nothing may be interned afterwards */
void cpa_seqtab_seal(CpaSeqtab *tab);

/**
 * cpa_seqtab_steal:
 * @words: (out): all sequences, one after the other
 * @first: (out): [count + 1] where each begins in @words
 *
 * Empties the table and hands its columns to the caller (g_free).
 */
void cpa_seqtab_steal(CpaSeqtab *tab, uint32_t **words, uint64_t **first);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaSeqtab, cpa_seqtab_free)
