/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Right-aligned columns.
 *
 *     text   | a | bbb | tail        cells: every piece that ends in a tab, plus the piece before
 *            | c | tail              the newline, which belongs to no column
 *
 * Column j is as wide as its widest cell plus one, counted over a run of neighbouring lines that
 * all have a cell there; a line without one ends the run. Runs of column j + 1 lie inside runs
 * of column j, so that each column can be measured alone, without the recursion upstream uses.
 */
#include "report/columns.h"

#include <string.h>

#include "base/text.h"
#include "base/vec.h"

#define PADDING 1
/* Brackets text whose tabs and newlines are no separators; stays in the text, has no width. */
#define ESCAPE ((char)'\xff')

typedef struct {
    size_t len;   /* bytes */
    size_t width; /* code points */
} Cell;

struct CpaColumns {
    CpaSink *sink;
    GString *text;         /* of the cells held back, one after the other, then the open cell */
    CPA_VEC(Cell) cells;   /* of all lines held back, then of the open line */
    CPA_VEC(size_t) lines; /* first cell of each line held back */
    size_t line_first;     /* first cell of the open line */
    size_t cell_from;      /* where the open cell begins in text */
    size_t width_from;     /* up to where its width is counted */
    size_t width;
    size_t n_escapes; /* escape bytes counted in width */
    bool escaped;
};

CpaColumns *cpa_columns_new(CpaSink *sink)
{
    CpaColumns *c = g_new0(CpaColumns, 1);
    c->sink = sink;
    c->text = g_string_new(NULL);
    return c;
}

/* Counts the text since the last count; sequences of code points do not reach over an escape. */
static void count_width(CpaColumns *c)
{
    c->width += cpa_text_display_width(c->text->str + c->width_from, c->text->len - c->width_from);
    c->width_from = c->text->len;
}

static void end_cell(CpaColumns *c)
{
    count_width(c);
    Cell cell = {c->text->len - c->cell_from, c->width - c->n_escapes};
    cpa_vec_push(&c->cells, cell);
    c->cell_from = c->text->len;
    c->width = 0;
    c->n_escapes = 0;
}

static size_t line_end(const CpaColumns *c, size_t line)
{
    return line + 1 < c->lines.len ? c->lines.data[line + 1] : c->cells.len;
}

/* Whether the line has a cell in the column; its last piece is in none. */
static bool has_cell(const CpaColumns *c, size_t line, size_t column)
{
    return c->lines.data[line] + column + 1 < line_end(c, line);
}

/* Puts into `widths` the width of the column for each cell in one; parallel to c->cells. */
static void measure(const CpaColumns *c, size_t *widths)
{
    for (size_t line = 0; line < c->lines.len; line++) {
        for (size_t column = 0; has_cell(c, line, column); column++) {
            if (line > 0 && has_cell(c, line - 1, column)) {
                continue; /* measured with the first line of the run */
            }
            size_t end = line;
            size_t width = 0;
            while (end < c->lines.len && has_cell(c, end, column)) {
                width = MAX(width, c->cells.data[c->lines.data[end] + column].width + PADDING);
                end++;
            }
            for (size_t i = line; i < end; i++) {
                widths[c->lines.data[i] + column] = width;
            }
        }
    }
}

static void put_spaces(CpaSink *sink, size_t n)
{
    while (n-- > 0) {
        cpa_sink_putc(sink, ' ');
    }
}

/* Writes the lines held back, the last one with its newline or without; no cell may be open. */
static void flush_lines(CpaColumns *c, bool newline)
{
    g_autofree size_t *widths = g_new(size_t, MAX(c->cells.len, 1));
    measure(c, widths);
    const char *text = c->text->str;
    for (size_t line = 0; line < c->lines.len; line++) {
        size_t end = line_end(c, line);
        for (size_t i = c->lines.data[line]; i < end; i++) {
            const Cell *cell = &c->cells.data[i];
            if (i + 1 < end) {
                put_spaces(c->sink, widths[i] - cell->width);
            }
            cpa_sink_write(c->sink, text, cell->len);
            text += cell->len;
        }
        if (newline || line + 1 < c->lines.len) {
            cpa_sink_putc(c->sink, '\n');
        }
    }
    g_string_truncate(c->text, 0);
    c->cells.len = 0;
    c->lines.len = 0;
    c->line_first = 0;
    c->cell_from = 0;
    c->width_from = 0;
}

static void end_line(CpaColumns *c, bool form_feed)
{
    size_t n_cells = c->cells.len - c->line_first;
    cpa_vec_push(&c->lines, c->line_first);
    c->line_first = c->cells.len;
    if (form_feed || n_cells == 1) {
        flush_lines(c, true);
    }
}

static void toggle_escape(CpaColumns *c)
{
    if (!c->escaped) {
        count_width(c);
    }
    g_string_append_c(c->text, ESCAPE);
    if (c->escaped) {
        count_width(c);
        c->n_escapes += 2;
    }
    c->escaped = !c->escaped;
}

void cpa_columns_write(CpaColumns *columns, const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char ch = text[i];
        if (ch == ESCAPE) {
            toggle_escape(columns);
        } else if (columns->escaped || !(ch >= '\t' && ch <= '\f')) {
            g_string_append_c(columns->text, ch);
        } else {
            end_cell(columns);
            if (ch == '\n' || ch == '\f') {
                end_line(columns, ch == '\f');
            }
        }
    }
}

void cpa_columns_puts(CpaColumns *columns, const char *text)
{
    cpa_columns_write(columns, text, strlen(text));
}

void cpa_columns_free(CpaColumns *columns)
{
    if (columns == NULL) {
        return;
    }
    if (columns->text->len > columns->cell_from) {
        end_cell(columns);
    }
    cpa_vec_push(&columns->lines, columns->line_first);
    flush_lines(columns, false);
    cpa_vec_clear(&columns->cells);
    cpa_vec_clear(&columns->lines);
    g_string_free(columns->text, TRUE);
    g_free(columns);
}
