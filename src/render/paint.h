/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A scene painted with cairo, texts by Pango: what all writers but the interactive ones share.
 */
#pragma once

#include "render/renderer.h"

typedef enum {
    CPA_PAPER_PNG,
    CPA_PAPER_PDF,
    CPA_PAPER_PS,
    CPA_PAPER_SVG,
} CpaPaper;

/**
 * cpa_paint_pixels:
 * @width:  (out): in pixels
 * @height: (out)
 *
 * Errors:  TOO_LARGE, UNSUPPORTED
 * Returns: (transfer full): [width * height] 0xRRGGBB, or %NULL with @error set
 */
uint32_t *cpa_paint_pixels(const CpaScene *scene, const CpaRenderOptions *options, int *width,
                           int *height, GError **error);

/**
 * cpa_paint:
 *
 * Writes the scene as a file of that kind.
 *
 * Errors: TOO_LARGE, UNSUPPORTED, IO
 */
bool cpa_paint(const CpaScene *scene, const CpaRenderOptions *options, CpaPaper paper,
               CpaSink *sink, GError **error);
