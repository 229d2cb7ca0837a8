/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The flame graph of a report's samples; of a comparison, too.
 */
#pragma once

#include "graph/stacks.h"
#include "report/report.h"

/**
 * cpa_flame_draw:
 *
 * Draws the samples of the view by the report's options; those labelled as base, and those of
 * negative value, make it a comparison.
 *
 * Errors:  NO_SAMPLES where nothing weighs anything, USAGE, OVERFLOW, TOO_LARGE
 * Returns: (transfer full): the scene, or %NULL with @error set
 */
CpaScene *cpa_flame_draw(CpaReport *report, GError **error);

/** cpa_flame_width_rule: Returns: what widths are, by the option diff_width */
CpaStackWidth cpa_flame_width_rule(const CpaOptions *options);

/**
 * cpa_flame_nothing:
 * @n_stacks: stacks that weigh anything on any side
 *
 * Says why there is nothing to draw. Errors: NO_SAMPLES. Returns: %false
 */
bool cpa_flame_nothing(const CpaReport *report, size_t n_stacks, GError **error);
