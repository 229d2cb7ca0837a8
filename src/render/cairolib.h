/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cairo and Pango, loaded when the first picture needs them (base/dynlib.h): with their dozen
 * libraries they would add 9 ms to every start.
 *
 *     const CpaCairoLib *c = cpa_cairo_lib(error);
 *     cairo_t *cr = c->cairo_create(surface);
 */
#pragma once

#include "base/dynlib.h"

#ifdef HAVE_PANGOCAIRO

#include <cairo-pdf.h>
#include <cairo-ps.h>
#include <cairo-svg.h>
#include <pango/pangocairo.h>

/* FN(name): every function that is used. Those of libgobject come along with Pango. */
#define CPA_CAIRO_FUNCTIONS(FN)                  \
    FN(cairo_create)                             \
    FN(cairo_destroy)                            \
    FN(cairo_status)                             \
    FN(cairo_status_to_string)                   \
    FN(cairo_save)                               \
    FN(cairo_restore)                            \
    FN(cairo_scale)                              \
    FN(cairo_translate)                          \
    FN(cairo_set_source_rgb)                     \
    FN(cairo_set_line_width)                     \
    FN(cairo_set_dash)                           \
    FN(cairo_new_sub_path)                       \
    FN(cairo_move_to)                            \
    FN(cairo_line_to)                            \
    FN(cairo_curve_to)                           \
    FN(cairo_arc)                                \
    FN(cairo_close_path)                         \
    FN(cairo_rectangle)                          \
    FN(cairo_fill)                               \
    FN(cairo_fill_preserve)                      \
    FN(cairo_stroke)                             \
    FN(cairo_paint)                              \
    FN(cairo_new_path)                           \
    FN(cairo_show_page)                          \
    FN(cairo_tag_begin)                          \
    FN(cairo_tag_end)                            \
    FN(cairo_surface_destroy)                    \
    FN(cairo_surface_finish)                     \
    FN(cairo_surface_flush)                      \
    FN(cairo_surface_status)                     \
    FN(cairo_surface_write_to_png_stream)        \
    FN(cairo_image_surface_create)               \
    FN(cairo_image_surface_get_data)             \
    FN(cairo_image_surface_get_stride)           \
    FN(cairo_pdf_surface_create_for_stream)      \
    FN(cairo_pdf_surface_set_metadata)           \
    FN(cairo_ps_surface_create_for_stream)       \
    FN(cairo_svg_surface_create_for_stream)      \
    FN(pango_cairo_create_layout)                \
    FN(pango_cairo_update_layout)                \
    FN(pango_cairo_show_layout)                  \
    FN(pango_cairo_font_map_new)                 \
    FN(pango_cairo_context_set_resolution)       \
    FN(pango_cairo_context_set_font_options)     \
    FN(cairo_font_options_create)                \
    FN(cairo_font_options_destroy)               \
    FN(cairo_font_options_set_hint_style)        \
    FN(cairo_font_options_set_hint_metrics)      \
    FN(cairo_font_options_set_antialias)         \
    FN(pango_font_map_create_context)            \
    FN(pango_layout_new)                         \
    FN(pango_layout_set_text)                    \
    FN(pango_layout_set_single_paragraph_mode)   \
    FN(pango_layout_set_font_description)        \
    FN(pango_layout_set_width)                   \
    FN(pango_layout_set_ellipsize)               \
    FN(pango_layout_set_auto_dir)                \
    FN(pango_layout_get_size)                    \
    FN(pango_layout_get_baseline)                \
    FN(pango_layout_get_unknown_glyphs_count)    \
    FN(pango_font_description_new)               \
    FN(pango_font_description_free)              \
    FN(pango_font_description_set_family)        \
    FN(pango_font_description_set_weight)        \
    FN(pango_font_description_set_absolute_size) \
    FN(g_object_unref)

typedef struct {
    CPA_CAIRO_FUNCTIONS(CPA_DYNLIB_MEMBER)
} CpaCairoLib;

/**
 * cpa_cairo_lib:
 *
 * Errors:  UNSUPPORTED, says what to install
 * Returns: (transfer none): the functions, or %NULL with @error set
 */
const CpaCairoLib *cpa_cairo_lib(GError **error);

#endif
