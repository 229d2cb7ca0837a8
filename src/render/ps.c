/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PS by cairo.
 */
#include "render/paint.h"

static bool draw_ps(const CpaScene *scene, const CpaRenderOptions *options, CpaSink *sink,
                    GError **error)
{
    return cpa_paint(scene, options, CPA_PAPER_PS, sink, error);
}

const CpaRenderer cpa_render_ps = {
    .name = "ps",
    .mime = "application/postscript",
    .summary = "PostScript, one page",
    .draw = draw_ps,
};
