/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The flame graph of a report's samples; of a comparison, too.
 */
#pragma once

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
