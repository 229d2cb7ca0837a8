/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GIF, a single image of at most 256 colours.
 *
 *     "GIF89a" screen colours[256] | ',' frame | 8 | blocks of LZW codes | 0 | ';'
 *
 * Pictures are flat areas with smoothed edges, so the colours are those that cover most, taken from
 * a histogram of 5 bits per channel; other colours become the nearest of these.
 *
 * Format: https://www.w3.org/Graphics/GIF/spec-gif89a.txt
 */
#include <stdlib.h>
#include <string.h>

#include "render/paint.h"

#define N_BINS     32768
#define N_COLORS   256
#define N_CODES    4096 /* of at most 12 bits */
#define CODE_CLEAR 256
#define CODE_END   257

typedef struct {
    uint64_t n;
    uint64_t red;
    uint64_t green;
    uint64_t blue;
    uint16_t index; /* of the palette */
} Bin;

typedef struct {
    CpaSink *sink;
    unsigned char block[255];
    unsigned n_block;
    uint32_t bits;
    unsigned n_bits;
} BitWriter;

static unsigned bin_of(uint32_t color)
{
    return (color >> 19 & 31) << 10 | (color >> 11 & 31) << 5 | (color >> 3 & 31);
}

static int compare_bins(const void *pa, const void *pb, void *data)
{
    const Bin *bins = data;
    uint16_t a = *(const uint16_t *)pa;
    uint16_t b = *(const uint16_t *)pb;
    if (bins[a].n != bins[b].n) {
        return bins[a].n > bins[b].n ? -1 : 1;
    }
    return (a > b) - (a < b);
}

static unsigned nearest(const unsigned char *palette, size_t n, const Bin *bin)
{
    unsigned best = 0;
    int best_distance = INT32_MAX;
    int red = (int)(bin->red / bin->n);
    int green = (int)(bin->green / bin->n);
    int blue = (int)(bin->blue / bin->n);
    for (size_t i = 0; i < n; i++) {
        int r = palette[3 * i] - red;
        int g = palette[3 * i + 1] - green;
        int b = palette[3 * i + 2] - blue;
        int distance = 2 * r * r + 4 * g * g + b * b;
        if (distance < best_distance) {
            best_distance = distance;
            best = (unsigned)i;
        }
    }
    return best;
}

/* Chooses the palette and gives every bin in use its place there. */
static void choose_colors(const uint32_t *pixels, size_t n, Bin *bins, unsigned char *palette)
{
    g_autofree uint16_t *used = g_new(uint16_t, N_BINS);
    size_t n_used = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned at = bin_of(pixels[i]);
        Bin *bin = &bins[at];
        if (bin->n++ == 0) {
            used[n_used++] = (uint16_t)at;
        }
        bin->red += pixels[i] >> 16 & 0xff;
        bin->green += pixels[i] >> 8 & 0xff;
        bin->blue += pixels[i] & 0xff;
    }
    g_qsort_with_data(used, (int)n_used, sizeof *used, compare_bins, bins);
    size_t n_colors = MIN(n_used, N_COLORS);
    for (size_t i = 0; i < n_colors; i++) {
        const Bin *bin = &bins[used[i]];
        palette[3 * i] = (unsigned char)(bin->red / bin->n);
        palette[3 * i + 1] = (unsigned char)(bin->green / bin->n);
        palette[3 * i + 2] = (unsigned char)(bin->blue / bin->n);
    }
    for (size_t i = 0; i < n_used; i++) {
        Bin *bin = &bins[used[i]];
        bin->index = (uint16_t)(i < n_colors ? i : nearest(palette, n_colors, bin));
    }
}

static void flush_block(BitWriter *w)
{
    if (w->n_block > 0) {
        cpa_sink_putc(w->sink, (char)w->n_block);
        cpa_sink_write(w->sink, w->block, w->n_block);
        w->n_block = 0;
    }
}

static void put_code(BitWriter *w, unsigned code, unsigned size)
{
    w->bits |= (uint32_t)code << w->n_bits;
    w->n_bits += size;
    while (w->n_bits >= 8) {
        w->block[w->n_block++] = (unsigned char)w->bits;
        w->bits >>= 8;
        w->n_bits -= 8;
        if (w->n_block == sizeof w->block) {
            flush_block(w);
        }
    }
}

static void put_image(CpaSink *sink, const uint32_t *pixels, size_t n, const Bin *bins)
{
    /* code of a string and one more byte: 0 where there is none yet */
    g_autofree uint16_t *next = g_new0(uint16_t, N_CODES * N_COLORS);
    BitWriter w = {.sink = sink};
    unsigned size = 9;
    unsigned n_codes = CODE_END + 1;
    put_code(&w, CODE_CLEAR, size);
    unsigned string = bins[bin_of(pixels[0])].index;
    for (size_t i = 1; i < n; i++) {
        unsigned byte = bins[bin_of(pixels[i])].index;
        uint16_t *known = &next[string * N_COLORS + byte];
        if (*known != 0) {
            string = *known;
            continue;
        }
        put_code(&w, string, size);
        if (n_codes == N_CODES) {
            put_code(&w, CODE_CLEAR, size);
            memset(next, 0, N_CODES * N_COLORS * sizeof *next);
            n_codes = CODE_END + 1;
            size = 9;
        } else {
            /* The reader is one code behind: it widens after it has read one of the old width. */
            size += n_codes == 1u << size && size < 12 ? 1 : 0;
            *known = (uint16_t)n_codes++;
        }
        string = byte;
    }
    put_code(&w, string, size);
    size += n_codes == 1u << size && size < 12 ? 1 : 0;
    put_code(&w, CODE_END, size);
    put_code(&w, 0, 7);
    flush_block(&w);
    cpa_sink_putc(sink, 0);
}

static void put_number(CpaSink *sink, int n)
{
    cpa_sink_putc(sink, (char)(n & 0xff));
    cpa_sink_putc(sink, (char)(n >> 8 & 0xff));
}

static bool draw_gif(const CpaScene *scene, const CpaRenderOptions *options, CpaSink *sink,
                     GError **error)
{
    int width = 0;
    int height = 0;
    g_autofree uint32_t *pixels = cpa_paint_pixels(scene, options, &width, &height, error);
    if (pixels == NULL) {
        return false;
    }
    unsigned char palette[3 * N_COLORS] = {0};
    g_autofree Bin *bins = g_new0(Bin, N_BINS);
    size_t n = (size_t)width * (size_t)height;
    choose_colors(pixels, n, bins, palette);
    cpa_sink_write(sink, "GIF89a", 6);
    put_number(sink, width);
    put_number(sink, height);
    cpa_sink_write(sink, "\xf7\0", 3); /* 256 colours of 8 bits, background, square pixels */
    cpa_sink_write(sink, palette, sizeof palette);
    cpa_sink_write(sink, ",\0\0\0", 5);
    put_number(sink, width);
    put_number(sink, height);
    cpa_sink_write(sink, "\0\x08", 2);
    put_image(sink, pixels, n, bins);
    cpa_sink_putc(sink, ';');
    return true;
}

const CpaRenderer cpa_render_gif = {
    .name = "gif",
    .mime = "image/gif",
    .summary = "Image of at most 256 colours",
    .draw = draw_gif,
};
