/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts of a scene are valid UTF-8 without control characters (line ends in titles aside).
 */
#include "render/svgbody.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/markup.h"

#define DEFAULT_FONT_SIZE 12.0
#define LARGE_PT          10000.0

/*
 * A string for JSON inside of a script element: no markup, no quotes. Names of C++ have many a ">",
 * which is harmless but where it ends a section or a comment.
 */
static void put_json(CpaSink *sink, const char *text)
{
    const char *start = text;
    cpa_sink_putc(sink, '"');
    while (*text != '\0') {
        size_t n = strcspn(text, "&<>\"\\\n");
        cpa_sink_write(sink, text, n);
        text += n;
        if (*text == '>' && (text == start || (text[-1] != ']' && text[-1] != '-'))) {
            cpa_sink_putc(sink, *text++);
        } else if (*text != '\0') {
            cpa_sink_printf(sink, "\\u%04x", (unsigned char)*text++);
        }
    }
    cpa_sink_putc(sink, '"');
}

static void put_selector(const CpaScene *scene, size_t i, CpaSink *sink)
{
    cpa_sink_putc(sink, '.');
    for (const char *p = scene->styles.data[i].class; *p != '\0'; p++) {
        cpa_sink_putc(sink, *p == ' ' ? '.' : *p);
    }
    if (scene->styles.data[i].is_numbered) {
        cpa_sink_printf(sink, ".s%zu", i);
    }
}

void cpa_svg_put_styles(const CpaScene *scene, CpaSink *sink)
{
    for (size_t i = 0; i < scene->styles.len; i++) {
        const CpaSceneStyle *style = &scene->styles.data[i];
        put_selector(scene, i, sink);
        cpa_sink_putc(sink, '{');
        if (style->fill != CPA_NO_COLOR) {
            cpa_sink_printf(sink, "fill:#%06x;", style->fill);
        } else {
            cpa_sink_puts(sink, "fill:none;");
        }
        if (style->stroke != CPA_NO_COLOR) {
            cpa_sink_printf(sink, "stroke:#%06x;stroke-width:", style->stroke);
            cpa_scene_put_number(sink, style->pen);
            cpa_sink_putc(sink, ';');
        }
        cpa_sink_puts(sink, style->dashed ? "stroke-dasharray:4 2;" : "");
        cpa_sink_puts(sink, style->bold ? "font-weight:600;" : "");
        cpa_sink_puts(sink, "}\n");
    }
}

static void put_attribute(CpaSink *sink, const char *name, double value)
{
    cpa_sink_printf(sink, " %s=\"", name);
    cpa_scene_put_number(sink, value);
    cpa_sink_putc(sink, '"');
}

static void put_class(const CpaScene *scene, const CpaSceneItem *item, CpaSink *sink)
{
    cpa_sink_printf(sink, " class=\"%s", scene->styles.data[item->style].class);
    if (scene->styles.data[item->style].is_numbered) {
        cpa_sink_printf(sink, " s%u", item->style);
    }
    cpa_sink_putc(sink, '"');
}

/* In tenths of a point; of a large picture, where half a point does not show, whole ones. */
static long long tenths(double value, bool is_large)
{
    if (!(fabs(value) < 1e12)) {
        return 0;
    }
    return is_large ? llround(value) * 10 : llround(value * 10);
}

/* A number of tenths, with a space before it where it needs one: after another number. */
static void put_tenths(CpaSink *sink, long long value, bool follows)
{
    char text[32];
    unsigned long long size = (unsigned long long)llabs(value);
    int n = g_snprintf(text, sizeof text, "%s%.0llu",
                       value < 0 ? "-"
                       : follows ? " "
                                 : "",
                       size / 10);
    if (size % 10 != 0) {
        n += g_snprintf(text + n, sizeof text - (size_t)n, ".%llu", size % 10);
    }
    cpa_sink_write(sink, text, (size_t)n);
    if (size == 0) {
        cpa_sink_putc(sink, '0');
    }
}

/* Each point is relative to where the last line or curve has ended: the points of
 * large pictures are far from their corner and near to each other. Rounding does not add up. */
static void put_path(const CpaScene *scene, const CpaSceneItem *item, CpaSink *sink)
{
    bool is_large = !item->polygon && fmax(scene->width, scene->height) > LARGE_PT;
    long long x = 0;
    long long y = 0;
    cpa_sink_puts(sink, "<path");
    put_class(scene, item, sink);
    cpa_sink_puts(sink, " d=\"");
    for (uint32_t i = 0; i < item->n_points; i++) {
        const CpaPoint *point = &scene->points.data[item->first_point + i];
        long long to_x = tenths(point->x, is_large);
        long long to_y = tenths(point->y, is_large);
        if (i <= 1) {
            cpa_sink_putc(sink, i == 0 ? 'M' : item->polygon ? 'l' : 'c');
        }
        put_tenths(sink, to_x - x, i > 1);
        put_tenths(sink, to_y - y, true);
        if (item->polygon || i % 3 == 0) {
            x = to_x;
            y = to_y;
        }
    }
    cpa_sink_puts(sink, item->polygon ? "Z\"/>" : "\"/>");
}

static void put_box(const CpaScene *scene, const CpaSceneItem *item, CpaSink *sink)
{
    cpa_sink_puts(sink, "<rect");
    put_class(scene, item, sink);
    put_attribute(sink, "x", item->x);
    put_attribute(sink, "y", item->y);
    put_attribute(sink, "width", item->width);
    put_attribute(sink, "height", item->height);
    if (item->radius > 0) {
        put_attribute(sink, "rx", item->radius);
    }
    cpa_sink_puts(sink, "/>");
}

static void put_text(const CpaScene *scene, const CpaSceneItem *item, CpaSink *sink)
{
    cpa_sink_puts(sink, "<text");
    put_class(scene, item, sink);
    put_attribute(sink, "x", item->x);
    put_attribute(sink, "y", item->y);
    if (item->height != DEFAULT_FONT_SIZE) {
        put_attribute(sink, "font-size", item->height);
    }
    if (item->anchor != CPA_ANCHOR_START) {
        cpa_sink_printf(sink, " text-anchor=\"%s\"",
                        item->anchor == CPA_ANCHOR_MIDDLE ? "middle" : "end");
    }
    cpa_sink_putc(sink, '>');
    cpa_markup_puts(sink, cpa_scene_str(scene, item->text));
    cpa_sink_puts(sink, "</text>");
}

static void open_group(const CpaScene *scene, uint32_t i, CpaSink *sink)
{
    const CpaSceneGroup *group = &scene->groups.data[i];
    if (group->link != 0) {
        cpa_sink_puts(sink, "<a href=\"");
        cpa_markup_puts(sink, cpa_scene_str(scene, group->link));
        cpa_sink_puts(sink, "\" target=\"_blank\" rel=\"noopener\">");
    }
    if (scene->view == CPA_SCENE_GRAPH) {
        /* Not every group has items, and they come in the order of drawing. */
        cpa_sink_printf(sink, "<g data-i=\"%u\">", i);
    } else {
        cpa_sink_puts(sink, "<g>");
    }
    if (group->title != 0) {
        cpa_sink_puts(sink, "<title>");
        cpa_markup_puts(sink, cpa_scene_str(scene, group->title));
        cpa_sink_puts(sink, "</title>");
    }
}

static void close_group(const CpaScene *scene, uint32_t i, CpaSink *sink)
{
    cpa_sink_puts(sink, scene->groups.data[i].link != 0 ? "</g></a>\n" : "</g>\n");
}

void cpa_svg_put_items(const CpaScene *scene, CpaSink *sink)
{
    uint32_t open = CPA_NONE;
    bool in_frames = scene->view == CPA_SCENE_GRAPH;
    cpa_sink_puts(sink, in_frames ? "<g id=\"world\">\n" : "");
    for (size_t i = 0; i <= scene->items.len; i++) {
        const CpaSceneItem *item = i < scene->items.len ? &scene->items.data[i] : NULL;
        uint32_t group = item != NULL ? item->group : CPA_NONE;
        if (group != open && open != CPA_NONE) {
            close_group(scene, open, sink);
        }
        bool is_frame = scene->view == CPA_SCENE_GRAPH
                            ? item != NULL
                            : group != CPA_NONE && scene->groups.data[group].is_frame;
        if (is_frame != in_frames) {
            cpa_sink_puts(sink, is_frame ? "<g id=\"frames\">\n" : "</g>\n");
            in_frames = is_frame;
        }
        if (group != open && group != CPA_NONE) {
            open_group(scene, group, sink);
        }
        open = group;
        if (item == NULL) {
            break;
        }
        if (item->kind == CPA_SCENE_BOX) {
            put_box(scene, item, sink);
        } else if (item->kind == CPA_SCENE_PATH) {
            put_path(scene, item, sink);
        } else {
            put_text(scene, item, sink);
        }
        if (group == CPA_NONE) {
            cpa_sink_putc(sink, '\n');
        }
    }
}

static void put_entry(const CpaScene *scene, const CpaSceneEntry *entry, CpaSink *sink)
{
    const CpaSceneNumbers *n = &entry->numbers;
    cpa_sink_putc(sink, '[');
    put_json(sink, cpa_scene_str(scene, entry->name));
    cpa_sink_putc(sink, ',');
    put_json(sink, entry->short_name == entry->name ? "" : cpa_scene_str(scene, entry->short_name));
    cpa_sink_putc(sink, ',');
    put_json(sink, cpa_scene_str(scene, entry->detail));
    cpa_sink_putc(sink, ',');
    put_json(sink, cpa_scene_str(scene, entry->package));
    cpa_sink_printf(sink, ",\"%s\",%" PRId64 ",%" PRId64,
                    entry->style != CPA_NONE ? scene->styles.data[entry->style].class : "", n->cum,
                    n->self);
    if (scene->compares) {
        cpa_sink_printf(sink, ",%" PRId64 ",%" PRId64, n->base_cum, n->base_self);
    }
    cpa_sink_puts(sink, "]");
}

void cpa_svg_put_data(const CpaScene *scene, CpaSink *sink)
{
    /* JSON has no word for what -divide_by=1e-320 makes; a number beyond all doubles reads as that. */
    char ratio[G_ASCII_DTOSTR_BUF_SIZE] = "1e999";
    if (isfinite(scene->ratio)) {
        g_ascii_dtostr(ratio, sizeof ratio, scene->ratio);
    }
    cpa_sink_printf(
        sink, "{\"view\":\"%s\",\"title\":", scene->view == CPA_SCENE_FLAME ? "flame" : "graph");
    put_json(sink, scene->title != NULL ? scene->title : "");
    cpa_sink_puts(sink, ",\"unit\":");
    put_json(sink, scene->unit != NULL ? scene->unit : "");
    cpa_sink_puts(sink, ",\"outputUnit\":");
    put_json(sink, scene->output_unit != NULL ? scene->output_unit : "");
    cpa_sink_printf(sink, ",\"ratio\":%s,\"mean\":%s,\"compares\":%s,\"sides\":%s", ratio,
                    scene->mean ? "true" : "false", scene->compares ? "true" : "false",
                    scene->has_sides ? "true" : "false");
    cpa_sink_printf(sink, ",\"total\":%" PRId64 ",\"baseTotal\":%" PRId64, scene->total,
                    scene->base_total);
    cpa_sink_puts(sink, ",\"width\":");
    cpa_scene_put_number(sink, scene->width);
    cpa_sink_puts(sink, ",\"height\":");
    cpa_scene_put_number(sink, scene->height);
    cpa_sink_puts(sink, ",\"top\":");
    cpa_scene_put_number(sink, scene->frames_top);
    cpa_sink_puts(sink, ",\"pitch\":");
    cpa_scene_put_number(sink, scene->frame_height);
    cpa_sink_printf(sink, ",\"levels\":%u,\"upward\":%s,\n\"entries\":[", scene->n_levels,
                    scene->upward ? "true" : "false");
    for (size_t i = 0; i < scene->entries.len; i++) {
        cpa_sink_puts(sink, i > 0 ? ",\n" : "\n");
        put_entry(scene, &scene->entries.data[i], sink);
    }
    /* Frames: entry or -1, cum, self, and of a comparison base cum, base self. */
    cpa_sink_puts(sink, "],\n\"groups\":[");
    const char *comma = "";
    for (size_t i = 0; i < scene->groups.len; i++) {
        const CpaSceneGroup *group = &scene->groups.data[i];
        if (scene->view == CPA_SCENE_FLAME && !group->is_frame) {
            continue;
        }
        const CpaSceneNumbers *n = &group->numbers;
        cpa_sink_printf(sink, "%s%d,%" PRId64 ",%" PRId64, comma,
                        group->entry == CPA_NONE ? -1 : (int)group->entry, n->cum, n->self);
        if (scene->compares) {
            cpa_sink_printf(sink, ",%" PRId64 ",%" PRId64, n->base_cum, n->base_self);
        }
        if (scene->view == CPA_SCENE_GRAPH) {
            cpa_sink_printf(sink, ",%d,%d", group->from == CPA_NONE ? -1 : (int)group->from,
                            group->to == CPA_NONE ? -1 : (int)group->to);
        }
        comma = ",";
    }
    cpa_sink_puts(sink, "]}");
}
