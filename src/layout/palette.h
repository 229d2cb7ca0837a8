/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Colours of pictures: light enough for dark text on them, and told apart by those who see fewer
 * colours.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CPA_INK        0x1b1f24 /* text */
#define CPA_MUTED_INK  0x5b6470
#define CPA_REST_COLOR 0xd8d8d4 /* what is too small to be shown */
#define CPA_ROOT_COLOR 0xe6e6e2

#define CPA_N_PACKAGE_COLORS 16

/** cpa_palette_package: @i: below CPA_N_PACKAGE_COLORS */
uint32_t cpa_palette_package(size_t i);

/** cpa_palette_hash: Returns: the colour that a package prefers, the same on every machine */
size_t cpa_palette_hash(const char *package);

/* Change: -5 (all gone) .. 0 (none) .. 5 (all new) */
#define CPA_N_CHANGE_STEPS 5

/** cpa_palette_change_step: @change: (new - base) / larger, -1 .. 1 */
int cpa_palette_change_step(double change);

/** cpa_palette_change: @classic: red and green as in older tools; else red and blue */
uint32_t cpa_palette_change(int step, bool classic);

/**
 * cpa_palette_score:
 * @score: -1 (green) over 0 (grey) to 1 (red)
 * @pale:  for backgrounds, else for lines
 *
 * Source: pprof internal/graph dotColor
 */
uint32_t cpa_palette_score(double score, bool pale);
