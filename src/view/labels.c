/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Units of numeric label keys. Each distinct label set is looked at once, in sample order.
 */
#include "view/labels.h"

#include <string.h>

#include "base/vec.h"

typedef struct {
    CpaStrId key;
    CpaStrId unit;    /* 0 where none was met */
    GPtrArray *other; /* further units, or NULL */
} KeyUnits;

struct CpaLabelUnits {
    const CpaView *view;
    CpaIdMap index;  /* key -> position in keys */
    CpaIdMap others; /* (position in keys << 32 | unit): the members of `other` */
    CPA_VEC(KeyUnits) keys;
};

static void note_label(CpaLabelUnits *u, const CpaLabel *label)
{
    uint32_t at = cpa_idmap_insert(&u->index, label->key, (uint32_t)u->keys.len);
    if (at == u->keys.len) {
        KeyUnits fresh = {.key = label->key};
        cpa_vec_push(&u->keys, fresh);
    }
    KeyUnits *key = &u->keys.data[at];
    if (label->unit == CPA_LABEL_NO_UNIT || label->unit == 0 || label->unit == key->unit) {
        return;
    }
    if (key->unit == 0) {
        key->unit = label->unit;
        return;
    }
    const char *unit = cpa_view_str(u->view, label->unit);
    if (key->other == NULL) {
        key->other = g_ptr_array_new();
    }
    uint32_t n_others = (uint32_t)u->others.n_used;
    if (cpa_idmap_insert(&u->others, (uint64_t)at << 32 | label->unit, n_others) == n_others) {
        g_ptr_array_add(key->other, (gpointer)(uintptr_t)unit);
    }
}

static gint compare_texts(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void warn_units(CpaLabelUnits *u, CpaWarn warn, gpointer warn_data)
{
    g_autoptr(GPtrArray) messages = g_ptr_array_new_with_free_func(g_free);
    for (size_t i = 0; i < u->keys.len; i++) {
        const KeyUnits *key = &u->keys.data[i];
        if (key->other != NULL) {
            g_ptr_array_sort(key->other, compare_texts);
            g_ptr_array_add(key->other, NULL);
            g_autofree char *others = g_strjoinv(", ", (char **)key->other->pdata);
            g_ptr_array_add(messages,
                            g_strdup_printf("For tag %s used unit %s, also encountered unit(s) %s",
                                            cpa_view_str(u->view, key->key),
                                            cpa_view_str(u->view, key->unit), others));
        }
    }
    g_ptr_array_sort(messages, compare_texts);
    for (guint i = 0; i < messages->len && warn != NULL; i++) {
        warn(g_ptr_array_index(messages, i), warn_data);
    }
}

CpaLabelUnits *cpa_label_units_new(const CpaView *view, CpaWarn warn, gpointer warn_data)
{
    CpaLabelUnits *u = g_new0(CpaLabelUnits, 1);
    u->view = view;
    g_autofree uint8_t *seen = g_new0(uint8_t, cpa_label_table_count(view->labels));
    for (size_t i = 0; i < view->n_samples; i++) {
        uint32_t set = view->label_sets[i];
        if (seen[set]) {
            continue;
        }
        seen[set] = 1;
        size_t n = 0;
        const CpaLabel *labels = cpa_label_table_get(view->labels, set, &n);
        for (size_t k = 0; k < n; k++) {
            if (!cpa_label_is_string(&labels[k])) {
                note_label(u, &labels[k]);
            }
        }
    }
    warn_units(u, warn, warn_data);
    return u;
}

void cpa_label_units_free(CpaLabelUnits *u)
{
    if (u == NULL) {
        return;
    }
    for (size_t i = 0; i < u->keys.len; i++) {
        if (u->keys.data[i].other != NULL) {
            g_ptr_array_unref(u->keys.data[i].other);
        }
    }
    cpa_vec_clear(&u->keys);
    cpa_idmap_clear(&u->index);
    cpa_idmap_clear(&u->others);
    g_free(u);
}

const char *cpa_label_units_get(const CpaLabelUnits *u, CpaStrId key)
{
    uint32_t at = cpa_idmap_get(&u->index, key);
    if (at == CPA_NONE) {
        return "";
    }
    if (u->keys.data[at].unit != 0) {
        return cpa_view_str(u->view, u->keys.data[at].unit);
    }
    const char *name = cpa_view_str(u->view, key);
    return strcmp(name, "alignment") == 0 || strcmp(name, "request") == 0 ? "bytes" : name;
}
