/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PDF by cairo.
 */
#include "render/paint.h"

static bool draw_pdf(const CpaScene *scene, const CpaRenderOptions *options, CpaSink *sink,
                     GError **error)
{
    return cpa_paint(scene, options, CPA_PAPER_PDF, sink, error);
}

const CpaRenderer cpa_render_pdf = {
    .name = "pdf",
    .mime = "application/pdf",
    .summary = "Document, text can be searched",
    .draw = draw_pdf,
};
