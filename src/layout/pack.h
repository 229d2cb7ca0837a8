/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets drawings side by side by their outlines.
 */
#pragma once

#include <stddef.h>

#include "layout/layered.h"

/* What a drawing covers between two heights; left > right where it is empty. */
typedef struct {
    double top;
    double bottom;
    double left;
    double right;
} CpaBand;

typedef struct {
    const CpaBand *bands; /* from top to bottom, borrowed */
    size_t n_bands;
    double width; /* bands lie between 0 and these */
    double height;
    double x; /* result: where its left upper corner goes */
    double y;
} CpaPackItem;

/**
 * cpa_pack:
 * @items:  from left to right, then in further rows
 * @corner: left upper corner that is to stay free; 0 x 0 for none. Drawings stand beside it or
 *          below, which makes the picture smaller
 * @gap:    between drawings
 *
 * Rows are about as wide as three times the height of all, but no narrower than the widest item.
 *
 * Cost: O(items * bands of a row)
 */
void cpa_pack(CpaPackItem *items, size_t n_items, CpaLayoutBox corner, double gap);
