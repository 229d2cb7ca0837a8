/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Surfaces, items and texts. Fonts are asked for by family, Pango finds others for the characters
 * that these lack; a note tells when there are none.
 */
#include "render/paint.h"

#include <math.h>
#include <string.h>

#include "render/cairolib.h"

#ifdef HAVE_PANGOCAIRO

/* cairo's own limit for images, and 400 MB of pixels. */
#define MAX_PIXELS_SIDE 32767.0
#define MAX_PIXELS      100e6
/* What readers of PDF and PostScript take, in points. */
#define MAX_POINTS 14400.0
#define MIN_DPI    10.0
#define MAX_DPI    2400.0
#define FAMILIES   "Helvetica,Arial,Liberation Sans,Nimbus Sans,Arimo,Noto Sans,sans-serif"

typedef struct {
    const CpaCairoLib *c;
    const CpaScene *scene;
    CpaSink *sink;
    cairo_t *cr;
    PangoFontMap *fonts;
    PangoLayout *layout;
    PangoFontDescription *font;
    bool has_links;    /* the paper knows them */
    GHashTable *known; /* character -> whether a font has it; those of texts with unknown ones */
    unsigned n_unknown;
} Painter;

static void set_color(const Painter *p, uint32_t color)
{
    p->c->cairo_set_source_rgb(p->cr, (color >> 16 & 0xff) / 255.0, (color >> 8 & 0xff) / 255.0,
                               (color & 0xff) / 255.0);
}

/* Fills and strokes the path. */
static void finish_path(const Painter *p, const CpaSceneStyle *style, bool closed)
{
    static const double dashes[] = {4, 2};
    if (closed && style->fill != CPA_NO_COLOR) {
        set_color(p, style->fill);
        p->c->cairo_fill_preserve(p->cr);
    }
    if (style->stroke != CPA_NO_COLOR && style->pen > 0) {
        set_color(p, style->stroke);
        p->c->cairo_set_line_width(p->cr, style->pen);
        p->c->cairo_set_dash(p->cr, dashes, style->dashed ? 2 : 0, 0);
        p->c->cairo_stroke(p->cr);
    }
    p->c->cairo_new_path(p->cr);
}

static void paint_box(const Painter *p, const CpaSceneItem *item)
{
    const double quarter = G_PI / 2;
    double r = fmin(item->radius, fmin(item->width, item->height) / 2);
    if (r <= 0) {
        p->c->cairo_rectangle(p->cr, item->x, item->y, item->width, item->height);
    } else {
        double right = item->x + item->width;
        double bottom = item->y + item->height;
        p->c->cairo_new_sub_path(p->cr);
        p->c->cairo_arc(p->cr, right - r, item->y + r, r, -quarter, 0);
        p->c->cairo_arc(p->cr, right - r, bottom - r, r, 0, quarter);
        p->c->cairo_arc(p->cr, item->x + r, bottom - r, r, quarter, 2 * quarter);
        p->c->cairo_arc(p->cr, item->x + r, item->y + r, r, 2 * quarter, 3 * quarter);
        p->c->cairo_close_path(p->cr);
    }
    finish_path(p, &p->scene->styles.data[item->style], true);
}

static void paint_path(const Painter *p, const CpaSceneItem *item)
{
    const CpaPoint *at = &p->scene->points.data[item->first_point];
    for (uint32_t i = 0; i < item->n_points; i++) {
        if (i == 0) {
            p->c->cairo_move_to(p->cr, at[0].x, at[0].y);
        } else if (item->polygon) {
            p->c->cairo_line_to(p->cr, at[i].x, at[i].y);
        } else if (i % 3 == 0) {
            p->c->cairo_curve_to(p->cr, at[i - 2].x, at[i - 2].y, at[i - 1].x, at[i - 1].y, at[i].x,
                                 at[i].y);
        }
    }
    if (item->polygon) {
        p->c->cairo_close_path(p->cr);
    }
    finish_path(p, &p->scene->styles.data[item->style], item->polygon);
}

static unsigned count_unknown(const Painter *p, const char *text, gssize n)
{
    p->c->pango_layout_set_text(p->layout, text, (int)n);
    return (unsigned)p->c->pango_layout_get_unknown_glyphs_count(p->layout);
}

/* Characters that no font has would be drawn as boxes: a question mark takes less room. */
static char *replace_unknown(Painter *p, const char *text)
{
    GString *out = g_string_new(NULL);
    bool has_mark = count_unknown(p, "?", 1) == 0;
    for (const char *c = text; *c != '\0'; c = g_utf8_next_char(c)) {
        gssize n = g_utf8_next_char(c) - c;
        gpointer key = GUINT_TO_POINTER(g_utf8_get_char(c));
        gpointer known = NULL;
        if (!g_hash_table_lookup_extended(p->known, key, NULL, &known)) {
            known = GINT_TO_POINTER(count_unknown(p, c, n) == 0);
            g_hash_table_insert(p->known, key, known);
        }
        if (known != NULL) {
            g_string_append_len(out, c, n);
        } else {
            p->n_unknown++;
            g_string_append(out, has_mark ? "?" : "");
        }
    }
    return g_string_free(out, FALSE);
}

static void paint_text(Painter *p, const CpaSceneItem *item)
{
    const CpaCairoLib *c = p->c;
    const CpaSceneStyle *style = &p->scene->styles.data[item->style];
    c->pango_font_description_set_absolute_size(p->font, item->height * PANGO_SCALE);
    c->pango_font_description_set_weight(p->font,
                                         style->bold ? PANGO_WEIGHT_SEMIBOLD : PANGO_WEIGHT_NORMAL);
    c->pango_layout_set_font_description(p->layout, p->font);
    c->pango_layout_set_width(p->layout, -1);
    const char *text = cpa_scene_str(p->scene, item->text);
    if (count_unknown(p, text, -1) > 0) {
        g_autofree char *known = replace_unknown(p, text);
        c->pango_layout_set_text(p->layout, known, -1);
    }
    int width = 0;
    int height = 0;
    c->pango_layout_get_size(p->layout, &width, &height);
    if (item->width > 0 && width > item->width * PANGO_SCALE) {
        c->pango_layout_set_width(p->layout, (int)(item->width * PANGO_SCALE));
        c->pango_layout_get_size(p->layout, &width, &height);
    }
    double x = item->x;
    if (item->anchor != CPA_ANCHOR_START) {
        double used = (double)width / PANGO_SCALE;
        x -= item->anchor == CPA_ANCHOR_MIDDLE ? used / 2 : used;
    }
    double baseline = (double)c->pango_layout_get_baseline(p->layout) / PANGO_SCALE;
    set_color(p, style->fill);
    c->cairo_move_to(p->cr, x, item->y - baseline);
    c->pango_cairo_show_layout(p->cr, p->layout);
    c->cairo_new_path(p->cr);
}

/* Begins or ends the link of a group. */
static void set_link(const Painter *p, uint32_t group, bool begin)
{
    if (!p->has_links || group == CPA_NONE || p->scene->groups.data[group].link == 0) {
        return;
    }
    if (!begin) {
        p->c->cairo_tag_end(p->cr, CAIRO_TAG_LINK);
        return;
    }
    const char *link = cpa_scene_str(p->scene, p->scene->groups.data[group].link);
    g_autofree char *attributes = g_strdup_printf("uri='%s'", link);
    p->c->cairo_tag_begin(p->cr, CAIRO_TAG_LINK, attributes);
}

static void paint_items(Painter *p)
{
    uint32_t group = CPA_NONE;
    p->c->cairo_set_source_rgb(p->cr, 1, 1, 1);
    p->c->cairo_paint(p->cr);
    for (size_t i = 0; i < p->scene->items.len; i++) {
        const CpaSceneItem *item = &p->scene->items.data[i];
        if (item->group != group) {
            set_link(p, group, false);
            set_link(p, item->group, true);
            group = item->group;
        }
        if (item->kind == CPA_SCENE_BOX) {
            paint_box(p, item);
        } else if (item->kind == CPA_SCENE_PATH) {
            paint_path(p, item);
        } else {
            paint_text(p, item);
        }
    }
    set_link(p, group, false);
}

/* Paints on a surface, with @scale of its units to a point. */
static void paint_surface(Painter *p, cairo_surface_t *surface, double scale)
{
    const CpaCairoLib *c = p->c;
    p->cr = c->cairo_create(surface);
    c->cairo_scale(p->cr, scale, scale);
    p->fonts = c->pango_cairo_font_map_new();
    PangoContext *context = c->pango_font_map_create_context(p->fonts);
    /* Unhinted, so that texts are as wide in every format and at every size. */
    cairo_font_options_t *options = c->cairo_font_options_create();
    c->cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    c->cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    c->cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
    c->pango_cairo_context_set_font_options(context, options);
    c->cairo_font_options_destroy(options);
    c->pango_cairo_context_set_resolution(context, 72);
    p->layout = c->pango_layout_new(context);
    c->pango_layout_set_single_paragraph_mode(p->layout, TRUE);
    c->pango_layout_set_auto_dir(p->layout, FALSE);
    c->pango_layout_set_ellipsize(p->layout, PANGO_ELLIPSIZE_END);
    p->known = g_hash_table_new(NULL, NULL);
    p->font = c->pango_font_description_new();
    c->pango_font_description_set_family(p->font, FAMILIES);
    paint_items(p);
    g_hash_table_unref(p->known);
    c->pango_font_description_free(p->font);
    c->g_object_unref(p->layout);
    c->g_object_unref(context);
    c->g_object_unref(p->fonts);
}

static void note_fonts(const Painter *p, const CpaRenderOptions *options)
{
    if (p->n_unknown > 0 && options->note != NULL) {
        g_autofree char *message = g_strdup_printf(
            "%u character%s in no installed font and replaced; install fonts for their scripts "
            "(Debian: fonts-noto) or write .svg, which leaves it to the viewer",
            p->n_unknown, p->n_unknown == 1 ? " is" : "s are");
        options->note(message, options->note_data);
    }
}

static bool too_large(const CpaScene *scene, const char *what, const char *advice, GError **error)
{
    return cpa_error_set(error, CPA_ERROR_TOO_LARGE,
                         "the picture of %.0f x %.0f points is larger than %s; %s", scene->width,
                         scene->height, what, advice);
}

static bool painted(const Painter *p, cairo_surface_t *surface, GError **error)
{
    cairo_status_t status = p->c->cairo_status(p->cr);
    status = status == CAIRO_STATUS_SUCCESS ? p->c->cairo_surface_status(surface) : status;
    return status == CAIRO_STATUS_SUCCESS ||
           cpa_error_set(error, CPA_ERROR_IO, "cairo: %s", p->c->cairo_status_to_string(status));
}

/* An image surface with the picture. */
static cairo_surface_t *paint_image(Painter *p, const CpaRenderOptions *options, int *width,
                                    int *height, GError **error)
{
    double dpi = options->dpi;
    if (!(dpi >= MIN_DPI && dpi <= MAX_DPI)) {
        cpa_error_set(error, CPA_ERROR_USAGE, "-dpi=%g: it must be between %g and %g", dpi, MIN_DPI,
                      MAX_DPI);
        return NULL;
    }
    double scale = dpi / 72;
    double w = ceil(p->scene->width * scale);
    double h = ceil(p->scene->height * scale);
    if (w > MAX_PIXELS_SIDE || h > MAX_PIXELS_SIDE || w * h > MAX_PIXELS) {
        g_autofree char *what = g_strdup_printf("an image can be at %g dpi", dpi);
        too_large(p->scene, what,
                  "lower -dpi, show less (-focus, -show_from, -nodecount), or write .svg or .html",
                  error);
        return NULL;
    }
    *width = (int)w;
    *height = (int)h;
    cairo_surface_t *surface =
        p->c->cairo_image_surface_create(CAIRO_FORMAT_RGB24, *width, *height);
    paint_surface(p, surface, scale);
    if (!painted(p, surface, error)) {
        p->c->cairo_destroy(p->cr);
        p->c->cairo_surface_destroy(surface);
        return NULL;
    }
    note_fonts(p, options);
    return surface;
}

uint32_t *cpa_paint_pixels(const CpaScene *scene, const CpaRenderOptions *options, int *width,
                           int *height, GError **error)
{
    Painter p = {.c = cpa_cairo_lib(error), .scene = scene};
    if (p.c == NULL) {
        return NULL;
    }
    cairo_surface_t *surface = paint_image(&p, options, width, height, error);
    if (surface == NULL) {
        return NULL;
    }
    p.c->cairo_surface_flush(surface);
    size_t n = (size_t)*width;
    uint32_t *pixels = g_new(uint32_t, n * (size_t)*height);
    const unsigned char *rows = p.c->cairo_image_surface_get_data(surface);
    size_t stride = (size_t)p.c->cairo_image_surface_get_stride(surface);
    for (size_t y = 0; y < (size_t)*height; y++) {
        memcpy(pixels + y * n, rows + y * stride, n * sizeof *pixels);
    }
    for (size_t i = 0; i < n * (size_t)*height; i++) {
        pixels[i] &= 0xffffff;
    }
    p.c->cairo_destroy(p.cr);
    p.c->cairo_surface_destroy(surface);
    return pixels;
}

static cairo_status_t write_bytes(void *data, const unsigned char *bytes, unsigned n)
{
    cpa_sink_write(data, bytes, n);
    return CAIRO_STATUS_SUCCESS;
}

static cairo_surface_t *make_page(const Painter *p, CpaPaper paper, double scale)
{
    double width = p->scene->width * scale;
    double height = p->scene->height * scale;
    cairo_surface_t *surface = NULL;
    if (paper == CPA_PAPER_PDF) {
        surface = p->c->cairo_pdf_surface_create_for_stream(write_bytes, p->sink, width, height);
        p->c->cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE,
                                             p->scene->title != NULL ? p->scene->title : "");
        p->c->cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR,
                                             "cpa " PACKAGE_VERSION);
        /* The same input gives the same bytes: no time of creation. */
        p->c->cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, "");
    } else if (paper == CPA_PAPER_PS) {
        surface = p->c->cairo_ps_surface_create_for_stream(write_bytes, p->sink, width, height);
    } else {
        surface = p->c->cairo_svg_surface_create_for_stream(write_bytes, p->sink, width, height);
    }
    return surface;
}

/* Without the time of creation: the same input gives the same bytes. */
static void put_undated(CpaSink *sink, const char *bytes, size_t n)
{
    static const char line[] = "%%CreationDate:";
    const char *date = g_strstr_len(bytes, (gssize)MIN(n, 1024), line);
    if (date != NULL) {
        const char *end = memchr(date, '\n', n - (size_t)(date - bytes));
        cpa_sink_write(sink, bytes, (size_t)(date - bytes));
        if (end == NULL) {
            return;
        }
        n -= (size_t)(end + 1 - bytes);
        bytes = end + 1;
    }
    cpa_sink_write(sink, bytes, n);
}

static bool paint_page(Painter *p, const CpaRenderOptions *options, CpaPaper paper, GError **error)
{
    /* Pages have a largest size: what is longer is made smaller, it can be zoomed into. */
    double longest = fmax(p->scene->width, p->scene->height);
    double scale = paper != CPA_PAPER_SVG && longest > MAX_POINTS ? MAX_POINTS / longest : 1;
    cairo_surface_t *surface = make_page(p, paper, scale);
    p->has_links = paper == CPA_PAPER_PDF;
    paint_surface(p, surface, scale);
    p->c->cairo_show_page(p->cr);
    p->c->cairo_surface_finish(surface);
    bool ok = painted(p, surface, error);
    p->c->cairo_destroy(p->cr);
    p->c->cairo_surface_destroy(surface);
    if (ok) {
        note_fonts(p, options);
    }
    return ok;
}

bool cpa_paint(const CpaScene *scene, const CpaRenderOptions *options, CpaPaper paper,
               CpaSink *sink, GError **error)
{
    Painter p = {.c = cpa_cairo_lib(error), .scene = scene, .sink = sink};
    int width = 0;
    int height = 0;
    if (p.c == NULL) {
        return false;
    }
    if (paper == CPA_PAPER_PS) {
        g_autoptr(CpaSink) memory = cpa_sink_new_memory();
        size_t n = 0;
        p.sink = memory;
        bool ok = paint_page(&p, options, paper, error);
        const char *bytes = cpa_sink_data(memory, &n);
        if (ok) {
            put_undated(sink, bytes, n);
        }
        return ok;
    }
    if (paper != CPA_PAPER_PNG) {
        return paint_page(&p, options, paper, error);
    }
    cairo_surface_t *surface = paint_image(&p, options, &width, &height, error);
    if (surface == NULL) {
        return false;
    }
    cairo_status_t status = p.c->cairo_surface_write_to_png_stream(surface, write_bytes, sink);
    p.c->cairo_destroy(p.cr);
    p.c->cairo_surface_destroy(surface);
    return status == CAIRO_STATUS_SUCCESS ||
           cpa_error_set(error, CPA_ERROR_IO, "cairo: %s", p.c->cairo_status_to_string(status));
}

#else

static bool left_out(GError **error)
{
    return cpa_error_set(error, CPA_ERROR_UNSUPPORTED,
                         "this build of cpa is without cairo and Pango, which this format needs; "
                         "write .svg or .html, or build it with libpango1.0-dev installed");
}

uint32_t *cpa_paint_pixels(const CpaScene *scene, const CpaRenderOptions *options, int *width,
                           int *height, GError **error)
{
    (void)scene;
    (void)options;
    (void)width;
    (void)height;
    left_out(error);
    return NULL;
}

bool cpa_paint(const CpaScene *scene, const CpaRenderOptions *options, CpaPaper paper,
               CpaSink *sink, GError **error)
{
    (void)scene;
    (void)options;
    (void)paper;
    (void)sink;
    return left_out(error);
}

#endif
