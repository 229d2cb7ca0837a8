/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interactive SVG: real text, the viewer in a script, nothing loaded from elsewhere. Without a
 * script it is still the picture, with titles as tooltips.
 */
#include "base/markup.h"
#include "render/paint.h"
#include "render/svgbody.h"
#include "render/webfiles.h"

static bool draw_svg(const CpaScene *scene, const CpaRenderOptions *options, CpaSink *sink,
                     GError **error)
{
    if (options->is_static) {
        return cpa_paint(scene, options, CPA_PAPER_SVG, sink, error);
    }
    cpa_sink_puts(sink, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                        "<svg xmlns=\"http://www.w3.org/2000/svg\" id=\"cpa\" viewBox=\"0 0 ");
    cpa_scene_put_number(sink, scene->width);
    cpa_sink_putc(sink, ' ');
    cpa_scene_put_number(sink, scene->height);
    cpa_sink_puts(sink, "\" width=\"");
    cpa_scene_put_number(sink, scene->width);
    cpa_sink_puts(sink, "\" height=\"");
    cpa_scene_put_number(sink, scene->height);
    cpa_sink_puts(sink, "\">\n<title>");
    cpa_markup_puts(sink, scene->title != NULL ? scene->title : "");
    cpa_sink_puts(sink, "</title>\n<style>\n");
    cpa_svg_put_styles(scene, sink);
    cpa_sink_puts(sink, cpa_web_file("picture.css"));
    cpa_sink_puts(sink, "</style>\n<rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n");
    cpa_svg_put_items(scene, sink);
    cpa_sink_puts(sink, "<script type=\"application/json\" id=\"cpa-data\">");
    cpa_svg_put_data(scene, sink);
    cpa_sink_puts(sink, "</script>\n<script><![CDATA[\n");
    cpa_sink_puts(sink, cpa_web_file("common.js"));
    cpa_sink_puts(sink, cpa_web_file(scene->view == CPA_SCENE_FLAME ? "flame.js" : "graph.js"));
    cpa_sink_puts(sink, "]]></script>\n</svg>\n");
    return true;
}

const CpaRenderer cpa_render_svg = {
    .name = "svg",
    .mime = "image/svg+xml",
    .summary = "Interactive SVG",
    .draw = draw_svg,
};
