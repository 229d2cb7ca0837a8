/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes a layout as lines `graph`, `node`, `edge` and `stop`.
 *
 * Styles and colours, which the format wants on each line, are the ones of Graphviz's defaults.
 */
#include "layout/plain.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

static void append_inches(GString *out, double length_pt)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    double inches = round(length_pt / 72 * 1e5) / 1e5;
    g_ascii_formatd(text, sizeof text, "%.7g", inches == 0 ? 0 : inches);
    g_string_append_c(out, ' ');
    g_string_append(out, text);
}

static void append_point(GString *out, const CpaLayered *drawing, CpaPoint p)
{
    append_inches(out, p.x);
    append_inches(out, drawing->height - p.y);
}

/* A word of letters and digits or a number as it is, all else in quotes. */
static bool is_plain_word(const char *text)
{
    if (!g_ascii_isalpha(text[0]) && text[0] != '_') {
        return false;
    }
    for (const char *p = text; *p != '\0'; p++) {
        if (!g_ascii_isalnum(*p) && *p != '_') {
            return false;
        }
    }
    return true;
}

static void append_text(GString *out, const char *text)
{
    g_string_append_c(out, ' ');
    if (is_plain_word(text)) {
        g_string_append(out, text);
        return;
    }
    g_string_append_c(out, '"');
    for (const char *p = text; *p != '\0'; p++) {
        switch (*p) {
        case '"':
            g_string_append(out, "\\\"");
            break;
        case '\\':
            g_string_append(out, "\\\\");
            break;
        case '\n':
            g_string_append(out, "\\n");
            break;
        default:
            g_string_append_c(out, *p == '\r' ? ' ' : *p);
            break;
        }
    }
    g_string_append_c(out, '"');
}

void cpa_plain_append(const CpaLayoutGraph *graph, const CpaLayered *drawing,
                      const CpaPlainNames *names, GString *out)
{
    g_string_append(out, "graph 1");
    append_inches(out, drawing->width);
    append_inches(out, drawing->height);
    g_string_append_c(out, '\n');
    for (size_t v = 0; v < graph->n_nodes; v++) {
        g_string_append(out, "node");
        append_text(out, names->nodes[v]);
        append_point(out, drawing, drawing->centers[v]);
        append_inches(out, graph->boxes[v].width);
        append_inches(out, graph->boxes[v].height);
        append_text(out, names->node_labels[v]);
        g_string_append(out, " solid box black lightgrey\n");
    }
    for (size_t e = 0; e < graph->n_edges; e++) {
        size_t n_points = 0;
        const CpaPoint *points = cpa_layered_spline(drawing, e, &n_points);
        g_string_append(out, "edge");
        append_text(out, names->nodes[graph->edges[e].src]);
        append_text(out, names->nodes[graph->edges[e].dst]);
        g_string_append_printf(out, " %zu", n_points);
        for (size_t i = 0; i < n_points; i++) {
            append_point(out, drawing, points[i]);
        }
        const char *label = names->edge_labels != NULL ? names->edge_labels[e] : NULL;
        if (label != NULL && label[0] != '\0') {
            append_text(out, label);
            append_point(out, drawing, drawing->labels[e]);
        }
        g_string_append(out, " solid black\n");
    }
    g_string_append(out, "stop\n");
}
