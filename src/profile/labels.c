/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Label sets are sequences of CpaLabel, four words each, in a CpaSeqtab.
 */
#include "profile/labels.h"

#include <string.h>

#include "base/seqtab.h"
#include "base/vec.h"

struct CpaLabelTable {
    const CpaStrtab *strings;
    CpaSeqtab *sets;
    CPA_VEC(CpaLabel) scratch;
};

#define WORDS_PER_LABEL (sizeof(CpaLabel) / sizeof(uint32_t))

G_STATIC_ASSERT(sizeof(CpaLabel) == 16);

CpaLabelTable *cpa_label_table_new(const CpaStrtab *strings)
{
    CpaLabelTable *table = g_new0(CpaLabelTable, 1);
    table->strings = strings;
    table->sets = cpa_seqtab_new();
    cpa_seqtab_intern(table->sets, NULL, 0);
    return table;
}

void cpa_label_table_free(CpaLabelTable *table)
{
    if (table == NULL) {
        return;
    }
    cpa_seqtab_free(table->sets);
    cpa_vec_clear(&table->scratch);
    g_free(table);
}

/* Order of keys: strings before numbers, then bytewise. Never 0 for different keys. */
static int compare_keys(const CpaStrtab *strings, const CpaLabel *a, const CpaLabel *b)
{
    bool a_string = cpa_label_is_string(a);
    bool b_string = cpa_label_is_string(b);
    if (a_string != b_string) {
        return a_string ? -1 : 1;
    }
    return cpa_strtab_compare(strings, a->key, b->key);
}

static int compare_labels(gconstpointer a, gconstpointer b, gpointer strings)
{
    return compare_keys(strings, a, b);
}

static void sort_labels(const CpaLabelTable *table, CpaLabel *labels, size_t n)
{
    bool sorted = true;
    for (size_t i = 1; i < n && sorted; i++) {
        sorted = compare_keys(table->strings, &labels[i - 1], &labels[i]) <= 0;
    }
    if (!sorted) {
        /* g_qsort_with_data is stable: labels of one key keep their order. */
        g_qsort_with_data(labels, (gint)n, sizeof *labels, compare_labels,
                          (gpointer)(uintptr_t)table->strings);
    }
}

/* A key has units for all of its numbers or for none. */
static void pad_units(CpaLabel *labels, size_t n)
{
    for (size_t i = 0; i < n;) {
        size_t end = i + 1;
        while (end < n && labels[end].key == labels[i].key &&
               cpa_label_is_string(&labels[end]) == cpa_label_is_string(&labels[i])) {
            end++;
        }
        bool some = false;
        for (size_t k = i; k < end; k++) {
            some = some || labels[k].unit < CPA_LABEL_NO_UNIT;
        }
        for (size_t k = i; k < end && some; k++) {
            if (labels[k].unit == CPA_LABEL_NO_UNIT) {
                labels[k].unit = 0;
            }
        }
        i = end;
    }
}

uint32_t cpa_label_table_intern(CpaLabelTable *table, const CpaLabel *labels, size_t n)
{
    if (n == 0) {
        return 0;
    }
    table->scratch.len = 0;
    cpa_vec_reserve(&table->scratch, n);
    memcpy(table->scratch.data, labels, n * sizeof *labels);
    sort_labels(table, table->scratch.data, n);
    pad_units(table->scratch.data, n);
    return cpa_seqtab_intern(table->sets, (const uint32_t *)table->scratch.data,
                             n * WORDS_PER_LABEL);
}

uint32_t cpa_label_table_count(const CpaLabelTable *table)
{
    return cpa_seqtab_count(table->sets);
}

const CpaLabel *cpa_label_table_get(const CpaLabelTable *table, uint32_t set, size_t *n)
{
    const uint32_t *words = cpa_seqtab_get(table->sets, set, n);
    *n /= WORDS_PER_LABEL;
    return (const CpaLabel *)words;
}

const CpaLabel *cpa_label_set_find(const CpaLabel *labels, size_t n, CpaStrId key)
{
    for (size_t i = 0; i < n && cpa_label_is_string(&labels[i]); i++) {
        if (labels[i].key == key) {
            return &labels[i];
        }
    }
    return NULL;
}

void cpa_label_table_seal(CpaLabelTable *table)
{
    cpa_seqtab_seal(table->sets);
    cpa_vec_clear(&table->scratch);
}
