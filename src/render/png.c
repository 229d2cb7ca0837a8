/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PNG by cairo.
 */
#include "render/paint.h"

static bool draw_png(const CpaScene *scene, const CpaRenderOptions *options, CpaSink *sink,
                     GError **error)
{
    return cpa_paint(scene, options, CPA_PAPER_PNG, sink, error);
}

const CpaRenderer cpa_render_png = {
    .name = "png",
    .mime = "image/png",
    .summary = "Image",
    .draw = draw_png,
};
