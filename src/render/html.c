/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One HTML file: the picture with its viewer, a search field, details and a table of functions.
 */
#include "base/markup.h"
#include "render/svgbody.h"
#include "render/webfiles.h"

static bool draw_html(const CpaScene *scene, const CpaRenderOptions *options, CpaSink *sink,
                      GError **error)
{
    (void)options;
    (void)error;
    cpa_sink_puts(sink, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                        "<meta name=\"viewport\" content=\"width=device-width\">\n"
                        "<meta name=\"color-scheme\" content=\"light dark\">\n"
                        "<meta name=\"generator\" content=\"cpa " PACKAGE_VERSION "\">\n"
                        "<link rel=\"icon\" href=\"data:,\">\n<title>");
    cpa_markup_puts(sink, scene->title != NULL ? scene->title : "");
    cpa_sink_puts(sink, "</title>\n<style>\n");
    cpa_svg_put_styles(scene, sink);
    cpa_sink_puts(sink, cpa_web_file("picture.css"));
    cpa_sink_puts(sink, cpa_web_file("page.css"));
    cpa_sink_puts(sink, "</style>\n</head>\n<body>\n");
    cpa_sink_puts(sink, cpa_web_file("page.html"));
    cpa_sink_puts(sink, "<main id=\"picture\"><svg xmlns=\"http://www.w3.org/2000/svg\" id=\"cpa\" "
                        "viewBox=\"0 0 ");
    cpa_scene_put_number(sink, scene->width);
    cpa_sink_putc(sink, ' ');
    cpa_scene_put_number(sink, scene->height);
    cpa_sink_puts(sink, "\" width=\"");
    cpa_scene_put_number(sink, scene->width);
    cpa_sink_puts(sink, "\" height=\"");
    cpa_scene_put_number(sink, scene->height);
    cpa_sink_puts(sink, "\">\n");
    cpa_svg_put_items(scene, sink);
    cpa_sink_puts(sink, "</svg></main>\n<script type=\"application/json\" id=\"cpa-data\">");
    cpa_svg_put_data(scene, sink);
    cpa_sink_puts(sink, "</script>\n<script>\n");
    cpa_sink_puts(sink, cpa_web_file("common.js"));
    cpa_sink_puts(sink, cpa_web_file(scene->view == CPA_SCENE_FLAME ? "flame.js" : "graph.js"));
    cpa_sink_puts(sink, cpa_web_file("page.js"));
    cpa_sink_puts(sink, "</script>\n</body>\n</html>\n");
    return true;
}

const CpaRenderer cpa_render_html = {
    .name = "html",
    .mime = "text/html",
    .summary = "Interactive page in one file, works offline",
    .draw = draw_html,
};
