/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Label sets: the labels of a sample, every distinct combination once.
 *
 *     set 0 is empty; set i is labels[first[i] .. first[i+1])
 *     a set is in canonical order: string labels by key, then numeric labels by key; labels of one
 *     key keep the order of the file. Equal sets have equal ids.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/strtab.h"

/* In CpaLabel.unit: the label is a string; its value is a CpaStrId. */
#define CPA_LABEL_STRING UINT32_MAX
/* In CpaLabel.unit: a number and no label of this key in this set has a unit. */
#define CPA_LABEL_NO_UNIT (UINT32_MAX - 1)

typedef struct {
    CpaStrId key;
    CpaStrId unit; /* or one of the two constants above */
    int64_t value; /* a number, or the CpaStrId of a string label's value */
} CpaLabel;

typedef struct CpaLabelTable CpaLabelTable;

/**
 * cpa_label_table_new:
 * @strings: table of all keys, units and values; borrowed
 */
CpaLabelTable *cpa_label_table_new(const CpaStrtab *strings);
void cpa_label_table_free(CpaLabelTable *table);

/**
 * cpa_label_table_intern:
 * @labels: [n] in any order; where some label of a numeric key has a unit, those of that key with
 *          CPA_LABEL_NO_UNIT get the empty unit (0)
 *
 * Cost:    O(n log n) for a new combination or order, O(n) for one seen before
 * Returns: the id of the set
 */
uint32_t cpa_label_table_intern(CpaLabelTable *table, const CpaLabel *labels, size_t n);

/** cpa_label_table_count: Returns: the number of sets, at least 1 */
uint32_t cpa_label_table_count(const CpaLabelTable *table);

/**
 * cpa_label_table_get:
 * @n: (out): number of labels
 *
 * Returns: the labels of set @set in canonical order; valid until the next intern
 */
const CpaLabel *cpa_label_table_get(const CpaLabelTable *table, uint32_t set, size_t *n);

/**
 * cpa_label_set_find:
 * @n:      number of labels
 *
 * Returns: the first string label of key @key in the set, or %NULL
 */
const CpaLabel *cpa_label_set_find(const CpaLabel *labels, size_t n, CpaStrId key);

/** cpa_label_table_seal: frees what only interning needs; reading goes on, interning ends. */
void cpa_label_table_seal(CpaLabelTable *table);

static inline bool cpa_label_is_string(const CpaLabel *label)
{
    return label->unit == CPA_LABEL_STRING;
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaLabelTable, cpa_label_table_free)
