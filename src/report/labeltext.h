/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The labels of one sample as sorted text, for reports that print every sample.
 */
#pragma once

#include "base/sink.h"
#include "view/view.h"

/* How one key with its values looks:  key OPEN value " " value CLOSE,  joined by BETWEEN. */
typedef struct {
    int key_width; /* keys are right-aligned in so many columns */
    const char *open;
    const char *close;
    const char *between;
    /* Appends the value of a label. */
    void (*append_value)(GString *out, const CpaLabel *label, gpointer data);
    gpointer data;
} CpaLabelStyle;

typedef struct CpaLabelText CpaLabelText;

/** cpa_label_text_new: @view, @style: borrowed */
CpaLabelText *cpa_label_text_new(const CpaView *view, const CpaLabelStyle *style);
void cpa_label_text_free(CpaLabelText *text);

/**
 * cpa_label_text_put:
 * @labels: [n] a label set in canonical order
 * @sink:   gets the texts of all keys, in bytewise order of these texts
 *
 * Cost: O(n log n), no allocation once the buffers have grown
 */
void cpa_label_text_put(CpaLabelText *text, const CpaLabel *labels, size_t n, CpaSink *sink);

/** cpa_label_text_n_strings: Returns: how many of @labels are strings; these come first */
size_t cpa_label_text_n_strings(const CpaLabel *labels, size_t n);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaLabelText, cpa_label_text_free)
