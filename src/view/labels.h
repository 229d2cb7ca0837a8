/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What labels mean for reports: the unit of each numeric key, and the text of values.
 */
#pragma once

#include "view/view.h"

/*
 * Unit per numeric label key: the first one met in sample order; the key itself where there is
 * none, but bytes for "alignment" and "request".
 */
typedef struct CpaLabelUnits CpaLabelUnits;

/**
 * cpa_label_units_new:
 * @warn: told about keys that are used with several units
 *
 * Source: pprof profile.NumLabelUnits
 */
CpaLabelUnits *cpa_label_units_new(const CpaView *view, CpaWarn warn, gpointer warn_data);
void cpa_label_units_free(CpaLabelUnits *units);

/** cpa_label_units_get: Returns: the unit's text for @key, "" for an unknown key */
const char *cpa_label_units_get(const CpaLabelUnits *units, CpaStrId key);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaLabelUnits, cpa_label_units_free)
