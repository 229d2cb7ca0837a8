/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes a layout as lines `graph`, `node`, `edge` and `stop`.
 */
#include "layout/plain.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

static void put_inches(CpaSink *sink, double length_pt)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    double inches = round(length_pt / 72 * 1e5) / 1e5;
    g_ascii_formatd(text, sizeof text, "%.7g", inches == 0 ? 0 : inches);
    cpa_sink_putc(sink, ' ');
    cpa_sink_puts(sink, text);
}

static void put_point(CpaSink *sink, const CpaLayered *drawing, CpaPoint p)
{
    put_inches(sink, p.x);
    put_inches(sink, drawing->height - p.y);
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

static void put_text(CpaSink *sink, const char *text)
{
    cpa_sink_putc(sink, ' ');
    if (is_plain_word(text)) {
        cpa_sink_puts(sink, text);
        return;
    }
    cpa_sink_putc(sink, '"');
    for (const char *p = text; *p != '\0'; p++) {
        switch (*p) {
        case '"':
            cpa_sink_puts(sink, "\\\"");
            break;
        case '\\':
            cpa_sink_puts(sink, "\\\\");
            break;
        case '\n':
            cpa_sink_puts(sink, "\\n");
            break;
        default:
            cpa_sink_putc(sink, *p == '\r' ? ' ' : *p);
            break;
        }
    }
    cpa_sink_putc(sink, '"');
}

static void put_color(CpaSink *sink, uint32_t color)
{
    cpa_sink_printf(sink, " \"#%06x\"", (unsigned)color);
}

static void put_node(CpaSink *sink, const CpaLayered *drawing, CpaPoint center, CpaLayoutBox box,
                     const CpaPlainNode *node)
{
    cpa_sink_puts(sink, "node");
    put_text(sink, node->name);
    put_point(sink, drawing, center);
    put_inches(sink, box.width);
    put_inches(sink, box.height);
    put_text(sink, node->label);
    put_text(sink, node->style);
    cpa_sink_puts(sink, " box");
    put_color(sink, node->color);
    put_color(sink, node->fill);
    cpa_sink_putc(sink, '\n');
}

void cpa_plain_put(const CpaLayoutGraph *graph, const CpaLayered *drawing,
                   const CpaPlainNode *nodes, const CpaPlainEdge *edges, CpaSink *sink)
{
    cpa_sink_puts(sink, "graph 1");
    put_inches(sink, drawing->width);
    put_inches(sink, drawing->height);
    cpa_sink_putc(sink, '\n');
    for (size_t v = 0; v < graph->n_nodes; v++) {
        put_node(sink, drawing, drawing->centers[v], graph->boxes[v], &nodes[v]);
    }
    for (size_t e = 0; e < graph->n_edges; e++) {
        size_t n_points = 0;
        const CpaPoint *points = cpa_layered_spline(drawing, e, &n_points);
        cpa_sink_puts(sink, "edge");
        put_text(sink, nodes[graph->edges[e].src].name);
        put_text(sink, nodes[graph->edges[e].dst].name);
        cpa_sink_printf(sink, " %zu", n_points);
        for (size_t i = 0; i < n_points; i++) {
            put_point(sink, drawing, points[i]);
        }
        if (edges[e].label[0] != '\0') {
            put_text(sink, edges[e].label);
            put_point(sink, drawing, drawing->labels[e]);
        }
        put_text(sink, edges[e].style);
        put_color(sink, edges[e].color);
        cpa_sink_putc(sink, '\n');
    }
    cpa_sink_puts(sink, "stop\n");
}
