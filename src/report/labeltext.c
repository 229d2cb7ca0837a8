/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One piece of text per key, all in one buffer; the pieces are sorted, then written.
 *
 * The order is that of the whole pieces, not of the keys: "a b:" sorts before "a:". It nearly
 * always is the order that the labels are in already.
 */
#include "report/labeltext.h"

#include <string.h>

#include "base/text.h"
#include "base/vec.h"

typedef struct {
    size_t begin; /* in the buffer */
    size_t end;
} Piece;

struct CpaLabelText {
    const CpaView *view;
    const CpaLabelStyle *style;
    GString *buffer;
    CPA_VEC(Piece) pieces;
};

CpaLabelText *cpa_label_text_new(const CpaView *view, const CpaLabelStyle *style)
{
    CpaLabelText *text = g_new0(CpaLabelText, 1);
    text->view = view;
    text->style = style;
    text->buffer = g_string_new(NULL);
    return text;
}

void cpa_label_text_free(CpaLabelText *text)
{
    if (text != NULL) {
        g_string_free(text->buffer, TRUE);
        cpa_vec_clear(&text->pieces);
        g_free(text);
    }
}

size_t cpa_label_text_n_strings(const CpaLabel *labels, size_t n)
{
    size_t n_strings = 0;
    while (n_strings < n && cpa_label_is_string(&labels[n_strings])) {
        n_strings++;
    }
    return n_strings;
}

static void append_key(CpaLabelText *text, CpaStrId key)
{
    const char *bytes = cpa_view_str(text->view, key);
    size_t len = cpa_strtab_len(text->view->strings, key);
    if (text->style->key_width > 0) {
        size_t width = cpa_text_display_width(bytes, len);
        for (; width < (size_t)text->style->key_width; width++) {
            g_string_append_c(text->buffer, ' ');
        }
    }
    g_string_append_len(text->buffer, bytes, (gssize)len);
}

static int compare_pieces(gconstpointer a, gconstpointer b, gpointer buffer)
{
    const Piece *x = a;
    const Piece *y = b;
    size_t len_x = x->end - x->begin;
    size_t len_y = y->end - y->begin;
    const char *bytes = buffer;
    int order = memcmp(bytes + x->begin, bytes + y->begin, MIN(len_x, len_y));
    return order != 0 ? order : (len_x > len_y) - (len_x < len_y);
}

static void sort_pieces(CpaLabelText *text)
{
    Piece *pieces = text->pieces.data;
    bool sorted = true;
    for (size_t i = 1; i < text->pieces.len && sorted; i++) {
        sorted = compare_pieces(&pieces[i - 1], &pieces[i], text->buffer->str) <= 0;
    }
    if (!sorted) {
        g_qsort_with_data(pieces, (gint)text->pieces.len, sizeof *pieces, compare_pieces,
                          text->buffer->str);
    }
}

void cpa_label_text_put(CpaLabelText *text, const CpaLabel *labels, size_t n, CpaSink *sink)
{
    const CpaLabelStyle *style = text->style;
    g_string_truncate(text->buffer, 0);
    text->pieces.len = 0;
    for (size_t i = 0; i < n;) {
        CpaStrId key = labels[i].key;
        Piece piece = {.begin = text->buffer->len};
        append_key(text, key);
        g_string_append(text->buffer, style->open);
        for (bool first = true; i < n && labels[i].key == key; i++, first = false) {
            if (!first) {
                g_string_append_c(text->buffer, ' ');
            }
            style->append_value(text->buffer, &labels[i], style->data);
        }
        g_string_append(text->buffer, style->close);
        piece.end = text->buffer->len;
        cpa_vec_push(&text->pieces, piece);
    }
    sort_pieces(text);
    for (size_t i = 0; i < text->pieces.len; i++) {
        const Piece *piece = &text->pieces.data[i];
        if (i > 0) {
            cpa_sink_puts(sink, style->between);
        }
        cpa_sink_write(sink, text->buffer->str + piece->begin, piece->end - piece->begin);
    }
}
