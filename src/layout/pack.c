/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Drawings move left until the outline of what stands there stops them, so that a small one stands
 * beside the narrow part of a wide one:
 *
 *     +--------+ +---+ +----+       skyline of a row: steps from top to bottom, each with the
 *     | corner | | b | | c  |       right border of what is there
 *     +--------+ |   | +----+
 *       +--------+   +------+
 *       |         b         |
 */
#include "layout/pack.h"

#include <glib.h>
#include <math.h>
#include <stdbool.h>

#include "base/vec.h"

typedef struct {
    double top; /* down to the top of the next step */
    double right;
} Step;

typedef CPA_VEC(Step) Skyline;

static void add_step(Skyline *line, double top, double right)
{
    if (line->len > 0 && line->data[line->len - 1].right == right) {
        return;
    }
    if (line->len > 0 && line->data[line->len - 1].top >= top) {
        line->data[line->len - 1].right = right;
        return;
    }
    Step step = {.top = top, .right = right};
    cpa_vec_push(line, step);
}

static double end_of(const Skyline *line, size_t i)
{
    return i + 1 < line->len ? line->data[i + 1].top : INFINITY;
}

/* A row that begins at height y beside or below the corner. */
static void start_row(Skyline *line, CpaLayoutBox corner, double gap, double y)
{
    line->len = 0;
    if (corner.width > 0 && corner.height + gap > y) {
        add_step(line, -INFINITY, corner.width + gap);
        add_step(line, corner.height + gap - y, 0);
    } else {
        add_step(line, -INFINITY, 0);
    }
}

/* How far left the item can stand. */
static double find_x(const Skyline *line, const CpaPackItem *item, double gap)
{
    double x = 0;
    size_t at = 0;
    for (size_t b = 0; b < item->n_bands; b++) {
        const CpaBand *band = &item->bands[b];
        if (band->left > band->right) {
            continue;
        }
        while (end_of(line, at) <= band->top - gap) {
            at++;
        }
        for (size_t i = at; i < line->len && line->data[i].top < band->bottom + gap; i++) {
            x = MAX(x, line->data[i].right - band->left);
        }
    }
    return x;
}

/* Adds to the skyline what an item at x covers; its bands follow each other without gaps. */
static void cover(Skyline *line, const CpaPackItem *item, double x, double gap, Skyline *spare)
{
    size_t i = 0;
    size_t b = 0;
    bool inside = false;
    spare->len = 0;
    for (double y = -INFINITY;;) {
        const CpaBand *band = b < item->n_bands ? &item->bands[b] : NULL;
        double right = line->data[i].right;
        if (inside && band->left <= band->right) {
            right = MAX(right, x + band->right + gap);
        }
        add_step(spare, y, right);
        double line_end = end_of(line, i);
        double band_end = band == NULL ? INFINITY : inside ? band->bottom : band->top;
        y = MIN(line_end, band_end);
        if (!isfinite(y)) {
            break;
        }
        i += line_end <= y;
        if (band_end <= y) {
            b += inside;
            inside = b < item->n_bands;
        }
    }
    Skyline swap = *line;
    *line = *spare;
    *spare = swap;
}

/* Rows from height y on. Returns the size of the whole picture. */
static CpaLayoutBox pack_rows(CpaPackItem *items, size_t n_items, CpaLayoutBox corner, double gap,
                              double row_width, double y)
{
    CpaLayoutBox size = corner;
    Skyline line = {0};
    Skyline spare = {0};
    double row_height = 0;
    size_t n_in_row = 0;
    start_row(&line, corner, gap, y);
    for (size_t i = 0; i < n_items; i++) {
        CpaPackItem *item = &items[i];
        item->x = find_x(&line, item, gap);
        if (n_in_row > 0 && item->x + item->width > row_width) {
            y += row_height + gap;
            row_height = 0;
            n_in_row = 0;
            start_row(&line, corner, gap, y);
            item->x = find_x(&line, item, gap);
        }
        item->y = y;
        cover(&line, item, item->x, gap, &spare);
        row_height = MAX(row_height, item->height);
        n_in_row++;
        size.width = MAX(size.width, item->x + item->width);
        size.height = MAX(size.height, item->y + item->height);
    }
    cpa_vec_clear(&line);
    cpa_vec_clear(&spare);
    return size;
}

void cpa_pack(CpaPackItem *items, size_t n_items, CpaLayoutBox corner, double gap)
{
    double area = 0;
    double row_width = 0;
    for (size_t i = 0; i < n_items; i++) {
        area += (items[i].width + gap) * (items[i].height + gap);
        row_width = MAX(row_width, items[i].width);
    }
    row_width = MAX(row_width, sqrt(3 * area));
    CpaLayoutBox beside = pack_rows(items, n_items, corner, gap, row_width, 0);
    if (corner.height > 0) {
        CpaLayoutBox below = pack_rows(items, n_items, corner, gap, row_width, corner.height + gap);
        if (beside.width * beside.height < below.width * below.height) {
            pack_rows(items, n_items, corner, gap, row_width, 0);
        }
    }
}
