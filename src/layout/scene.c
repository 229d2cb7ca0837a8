/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The display list and its dump.
 */
#include "layout/scene.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define DUMPED_TEXT_MAX 120

CpaScene *cpa_scene_new(CpaSceneView view)
{
    CpaScene *scene = g_new0(CpaScene, 1);
    scene->strings = cpa_strtab_new(NULL);
    scene->view = view;
    scene->style_of = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    scene->header = g_ptr_array_new_with_free_func(g_free);
    scene->ratio = 1;
    return scene;
}

void cpa_scene_free(CpaScene *scene)
{
    if (scene == NULL) {
        return;
    }
    cpa_strtab_free(scene->strings);
    g_free(scene->title);
    g_ptr_array_unref(scene->header);
    g_hash_table_unref(scene->style_of);
    cpa_vec_clear(&scene->styles);
    cpa_vec_clear(&scene->items);
    cpa_vec_clear(&scene->points);
    cpa_vec_clear(&scene->groups);
    cpa_vec_clear(&scene->entries);
    g_free(scene->unit);
    g_free(scene->output_unit);
    g_free(scene);
}

CpaStrId cpa_scene_intern(CpaScene *scene, const char *text)
{
    return text == NULL ? 0 : cpa_strtab_intern(scene->strings, text, strlen(text));
}

uint32_t cpa_scene_style(CpaScene *scene, const CpaSceneStyle *style)
{
    char pen[G_ASCII_DTOSTR_BUF_SIZE];
    g_autofree char *key =
        g_strdup_printf("%s/%x/%x/%s/%d%d", style->class, style->fill, style->stroke,
                        g_ascii_dtostr(pen, sizeof pen, style->pen), style->dashed, style->bold);
    uint32_t found = GPOINTER_TO_UINT(g_hash_table_lookup(scene->style_of, key));
    if (found != 0) {
        return found - 1;
    }
    CpaSceneStyle copy = *style;
    copy.class = cpa_scene_str(scene, cpa_scene_intern(scene, style->class));
    uint32_t first = GPOINTER_TO_UINT(g_hash_table_lookup(scene->style_of, style->class));
    copy.is_numbered = first != 0;
    cpa_vec_push(&scene->styles, copy);
    gpointer number = GUINT_TO_POINTER((guint)scene->styles.len);
    if (first != 0) {
        scene->styles.data[first - 1].is_numbered = true;
    } else {
        g_hash_table_insert(scene->style_of, g_strdup(style->class), number);
    }
    g_hash_table_insert(scene->style_of, g_steal_pointer(&key), number);
    return (uint32_t)scene->styles.len - 1;
}

uint32_t cpa_scene_group(CpaScene *scene, const CpaSceneGroup *group)
{
    cpa_vec_push(&scene->groups, *group);
    return (uint32_t)scene->groups.len - 1;
}

uint32_t cpa_scene_linked_group(CpaScene *scene, const char *text)
{
    const char *begin = strstr(text, "https://");
    begin = begin != NULL ? begin : strstr(text, "http://");
    if (begin == NULL) {
        return CPA_NONE;
    }
    /* Whatever ends an address in running text, and what attributes would have to escape. */
    g_autofree char *address = g_strndup(begin, strcspn(begin, " \t<>\"'`\\{}|^"));
    size_t n = strlen(address);
    while (n > 0 && strchr(".,;:!?)", address[n - 1]) != NULL) {
        address[--n] = '\0';
    }
    if (!g_str_is_ascii(address) || g_str_has_suffix(address, "//")) {
        return CPA_NONE;
    }
    CpaSceneGroup group = {
        .title = cpa_scene_intern(scene, address),
        .link = cpa_scene_intern(scene, address),
        .entry = CPA_NONE,
        .from = CPA_NONE,
        .to = CPA_NONE,
    };
    return cpa_scene_group(scene, &group);
}

void cpa_scene_box(CpaScene *scene, uint32_t group, uint32_t style, double x, double y,
                   double width, double height, double radius)
{
    CpaSceneItem item = {
        .kind = CPA_SCENE_BOX,
        .style = style,
        .group = group,
        .x = x,
        .y = y,
        .width = width,
        .height = height,
        .radius = radius,
    };
    cpa_vec_push(&scene->items, item);
}

void cpa_scene_text(CpaScene *scene, uint32_t group, uint32_t style, double x, double y,
                    double size, CpaAnchor anchor, double max_width, const char *text)
{
    CpaSceneItem item = {
        .kind = CPA_SCENE_TEXT,
        .style = style,
        .group = group,
        .x = x,
        .y = y,
        .width = max_width,
        .height = size,
        .anchor = anchor,
        .text = cpa_scene_intern(scene, text),
    };
    cpa_vec_push(&scene->items, item);
}

static void add_path(CpaScene *scene, uint32_t group, uint32_t style, const CpaPoint *points,
                     size_t n, bool polygon)
{
    CpaSceneItem item = {
        .kind = CPA_SCENE_PATH,
        .style = style,
        .group = group,
        .first_point = (uint32_t)scene->points.len,
        .n_points = (uint32_t)n,
        .polygon = polygon,
    };
    for (size_t i = 0; i < n; i++) {
        cpa_vec_push(&scene->points, points[i]);
    }
    cpa_vec_push(&scene->items, item);
}

void cpa_scene_curve(CpaScene *scene, uint32_t group, uint32_t style, const CpaPoint *points,
                     size_t n)
{
    add_path(scene, group, style, points, n, false);
}

void cpa_scene_polygon(CpaScene *scene, uint32_t group, uint32_t style, const CpaPoint *points,
                       size_t n)
{
    add_path(scene, group, style, points, n, true);
}

/* --- Dump -------------------------------------------------------------------------------------- */

void cpa_scene_put_number(CpaSink *sink, double value)
{
    char text[32];
    if (!(fabs(value) < 1e12)) {
        value = 0;
    }
    long long hundredths = llround(value * 100);
    unsigned long long size = (unsigned long long)llabs(hundredths);
    int n = g_snprintf(text, sizeof text, "%s%llu.%02u", hundredths < 0 ? "-" : "", size / 100,
                       (unsigned)(size % 100));
    while (text[n - 1] == '0') {
        n--;
    }
    n -= text[n - 1] == '.';
    cpa_sink_write(sink, text, (size_t)n);
}

static void put_numbers(CpaSink *sink, const double *values, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        cpa_sink_puts(sink, i == 0 ? "" : " ");
        cpa_scene_put_number(sink, values[i]);
    }
}

static void put_text(CpaSink *sink, const char *text)
{
    g_autofree char *clean = cpa_text_shorten(text, strlen(text), DUMPED_TEXT_MAX);
    cpa_sink_printf(sink, " \"%s\"", clean);
}

static void put_color(CpaSink *sink, const char *name, uint32_t color)
{
    if (color != CPA_NO_COLOR) {
        cpa_sink_printf(sink, " %s=#%06x", name, color);
    }
}

static void put_style(const CpaScene *scene, size_t i, CpaSink *sink)
{
    const CpaSceneStyle *style = &scene->styles.data[i];
    cpa_sink_printf(sink, "style %zu %s", i, style->class);
    put_color(sink, "fill", style->fill);
    put_color(sink, "stroke", style->stroke);
    if (style->pen != 0) {
        cpa_sink_puts(sink, " pen=");
        cpa_scene_put_number(sink, style->pen);
    }
    cpa_sink_printf(sink, "%s%s\n", style->dashed ? " dashed" : "", style->bold ? " bold" : "");
}

static void put_item(const CpaScene *scene, const CpaSceneItem *item, CpaSink *sink)
{
    static const char *const anchors[] = {"start", "middle", "end"};
    const char *class = scene->styles.data[item->style].class;
    double where[] = {item->x, item->y, item->width, item->height};
    cpa_sink_puts(sink, item->group != CPA_NONE ? "  " : "");
    if (item->kind == CPA_SCENE_PATH) {
        cpa_sink_printf(sink, "%s %s %u", item->polygon ? "polygon" : "curve", class, item->style);
        for (uint32_t i = 0; i < item->n_points; i++) {
            const CpaPoint *point = &scene->points.data[item->first_point + i];
            cpa_sink_putc(sink, ' ');
            cpa_scene_put_number(sink, point->x);
            cpa_sink_putc(sink, ',');
            cpa_scene_put_number(sink, point->y);
        }
    } else if (item->kind == CPA_SCENE_BOX) {
        cpa_sink_printf(sink, "box %s %u ", class, item->style);
        put_numbers(sink, where, G_N_ELEMENTS(where));
    } else {
        cpa_sink_printf(sink, "text %s %u %s ", class, item->style, anchors[item->anchor]);
        put_numbers(sink, where, G_N_ELEMENTS(where));
        put_text(sink, cpa_scene_str(scene, item->text));
    }
    cpa_sink_putc(sink, '\n');
}

static void put_group(const CpaScene *scene, uint32_t i, CpaSink *sink)
{
    const CpaSceneGroup *group = &scene->groups.data[i];
    cpa_sink_printf(sink, "group %u", i);
    put_text(sink, cpa_scene_str(scene, group->title));
    if (group->entry != CPA_NONE) {
        const CpaSceneEntry *entry = &scene->entries.data[group->entry];
        put_text(sink, cpa_scene_str(scene, entry->name));
        cpa_sink_printf(sink, " package=%s", cpa_scene_str(scene, entry->package));
    }
    if (group->link != 0) {
        cpa_sink_printf(sink, " link=%s", cpa_scene_str(scene, group->link));
    }
    cpa_sink_putc(sink, '\n');
}

void cpa_scene_dump(const CpaScene *scene, CpaSink *sink)
{
    double size[] = {scene->width, scene->height};
    cpa_sink_puts(sink, scene->view == CPA_SCENE_FLAME ? "flame " : "graph ");
    put_numbers(sink, size, G_N_ELEMENTS(size));
    put_text(sink, scene->title != NULL ? scene->title : "");
    cpa_sink_putc(sink, '\n');
    for (guint i = 0; i < scene->header->len; i++) {
        cpa_sink_puts(sink, "header");
        put_text(sink, scene->header->pdata[i]);
        cpa_sink_putc(sink, '\n');
    }
    for (size_t i = 0; i < scene->styles.len; i++) {
        put_style(scene, i, sink);
    }
    uint32_t group = CPA_NONE;
    for (size_t i = 0; i < scene->items.len; i++) {
        const CpaSceneItem *item = &scene->items.data[i];
        if (item->group != group && item->group != CPA_NONE) {
            put_group(scene, item->group, sink);
        }
        group = item->group;
        put_item(scene, item, sink);
    }
}
