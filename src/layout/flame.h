/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Flame graph: the prefix tree of stacks as nested boxes.
 *
 *     title, header lines
 *     legend                        packages with their share; of a comparison, the scale
 *     | all                    |
 *     | main        | runtime  |    a box is as wide as its weight; below it what it calls
 *     | a      | b  | gc  |+3  |    +3: children too narrow to be drawn, in one box
 */
#pragma once

#include "graph/stacks.h"
#include "layout/scene.h"

#define CPA_FLAME_WIDTH    1200.0 /* points */
#define CPA_FLAME_MARGIN   10.0
#define CPA_FLAME_MIN_TEXT 22.0 /* narrower boxes stay without text */

typedef struct {
    const CpaView *view;
    const char *title;
    const GPtrArray *header; /* of char* */
    const char *unit;        /* as in the profile */
    const char *output_unit;
    double ratio; /* values are multiplied by it */
    bool mean;
    bool upward; /* the root at the bottom */
    bool compares;
    bool classic; /* colours of a comparison */
    CpaStackWidth width_rule;
} CpaFlameOptions;

/** cpa_flame_min_frac: Returns: the part of the root that is @min_width points wide */
double cpa_flame_min_frac(double min_width);

/**
 * cpa_flame_new:
 *
 * Cost:    O(nodes log nodes + frames log frames)
 * Returns: (transfer full): the scene
 */
CpaScene *cpa_flame_new(const CpaStackTree *tree, const CpaFlameOptions *options);
