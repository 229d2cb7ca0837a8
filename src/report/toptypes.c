/* SPDX-License-Identifier: Apache-2.0 */
/*
 *     Sorted by inuse_space; each column is the flat of its type (-cum: with callees)
 *     alloc_objects alloc_space inuse_objects inuse_space  name
 *             12345      1.50MB             3        48kB  main.work
 *
 * One graph per type, without trimming: nodes have the same ids in all of them.
 */
#include "report/toptypes.h"

#include <string.h>

#include "report/style.h"
#include "report/tabular.h"

#define MIN_WIDTH 10

typedef struct {
    CpaReport *report;
    uint32_t n_types;
    uint32_t n_ids;
    int64_t *values; /* [n_ids * n_types] */
    int *widths;     /* [n_types] */
} Columns;

static const CpaValueType *type_of(const Columns *c, uint32_t t)
{
    return &c->report->view->profile->header.sample_types[t];
}

/* The graph's sums are those of all magnitudes at most. */
static bool check_sum(const CpaReport *r, uint32_t t, GError **error)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < r->view->n_samples; i++) {
        int64_t value = cpa_view_values(r->view, i)[t];
        uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
        if (magnitude > INT64_MAX - sum) {
            return cpa_error_set(error, CPA_ERROR_OVERFLOW,
                                 "the values of sample type %u add up to more than 64 bits hold",
                                 t);
        }
        sum += magnitude;
    }
    return true;
}

static CpaGraph *count_type(const CpaReport *r, uint32_t t)
{
    CpaGraphOptions options = {
        .value_index = t,
        .mean = r->mean,
        .units = r->units,
        .unit = r->output_unit,
    };
    return cpa_graph_new(r->view, &options);
}

static const char *format(const Columns *c, char text[CPA_VALUE_TEXT_MAX], uint32_t t,
                          int64_t value)
{
    const CpaReport *r = c->report;
    const char *unit = strcmp(r->options->unit, "minimum") == 0 ? "auto" : r->options->unit;
    if (r->ratio > 0 && r->ratio != 1) {
        value = cpa_int64_from_double((double)value * r->ratio);
    }
    return cpa_unit_format(text, value, cpa_view_str(r->view, type_of(c, t)->unit), unit);
}

/* Fills column t for the nodes that are shown. */
static bool fill(Columns *c, const CpaGraph *shown, uint32_t t, GError **error)
{
    const CpaReport *r = c->report;
    if (!check_sum(r, t, error)) {
        return false;
    }
    bool by_cum = strcmp(r->options->sort, "cum") == 0;
    g_autoptr(CpaGraph) graph = count_type(r, t);
    for (uint32_t i = 0; i < graph->n_nodes; i++) {
        const CpaNode *node = &graph->nodes[i];
        if (node->id < c->n_ids) {
            c->values[(size_t)node->id * c->n_types + t] =
                by_cum ? cpa_node_cum(node) : cpa_node_flat(node);
        }
    }
    c->widths[t] = MAX(MIN_WIDTH, (int)strlen(cpa_view_str(r->view, type_of(c, t)->type)));
    for (uint32_t i = 0; i < shown->n_nodes; i++) {
        char text[CPA_VALUE_TEXT_MAX];
        int64_t value = c->values[(size_t)shown->nodes[i].id * c->n_types + t];
        c->widths[t] = MAX(c->widths[t], (int)strlen(format(c, text, t, value)));
    }
    return true;
}

static void put_rows(const Columns *c, const CpaGraph *graph, CpaSink *sink)
{
    const CpaReport *r = c->report;
    g_autoptr(GPtrArray) labels = cpa_report_labels(r, graph, 0, false);
    cpa_report_put_labels(sink, labels);
    bool by_cum = strcmp(r->options->sort, "cum") == 0;
    cpa_sink_printf(sink, "Sorted by %s; each column is the %s\n", r->sample_type,
                    by_cum ? "cum of its type (-flat: without callees)"
                           : "flat of its type (-cum: with callees)");
    for (uint32_t t = 0; t < c->n_types; t++) {
        cpa_style_put(sink, r->options, CPA_STYLE_HEAD, cpa_view_str(r->view, type_of(c, t)->type),
                      c->widths[t]);
        cpa_sink_putc(sink, ' ');
    }
    cpa_style_put(sink, r->options, CPA_STYLE_HEAD, " name", 0);
    cpa_sink_putc(sink, '\n');
    for (uint32_t i = 0; i < graph->n_nodes; i++) {
        const CpaNode *node = &graph->nodes[i];
        for (uint32_t t = 0; t < c->n_types; t++) {
            char text[CPA_VALUE_TEXT_MAX];
            int64_t value = c->values[(size_t)node->id * c->n_types + t];
            CpaStyle style = value == 0 ? CPA_STYLE_NONE : CPA_STYLE_PLAIN;
            cpa_style_put(sink, r->options, style, format(c, text, t, value), c->widths[t]);
            cpa_sink_putc(sink, ' ');
        }
        cpa_sink_putc(sink, ' ');
        cpa_style_name(sink, r->options, node->label, node->label_len);
        cpa_sink_putc(sink, '\n');
    }
}

bool cpa_toptypes_put(CpaReport *report, const CpaGraph *graph, CpaSink *sink, GError **error)
{
    Columns c = {.report = report, .n_types = report->view->profile->header.n_types};
    if (cpa_tabular_wanted(report->options)) {
        return cpa_error_set(
            error, CPA_ERROR_USAGE,
            "-sample_index=all is for people; tables for programs have one type each");
    }
    for (uint32_t i = 0; i < graph->n_nodes; i++) {
        c.n_ids = MAX(c.n_ids, graph->nodes[i].id + 1);
    }
    g_autofree int64_t *values = g_try_new0(int64_t, MAX((size_t)c.n_ids * c.n_types, 1));
    g_autofree int *widths = g_new0(int, c.n_types);
    if (values == NULL) {
        return cpa_error_set(error, CPA_ERROR_TOO_LARGE, "top: %u entries of %u types", c.n_ids,
                             c.n_types);
    }
    c.values = values;
    c.widths = widths;
    for (uint32_t t = 0; t < c.n_types; t++) {
        if (!fill(&c, graph, t, error)) {
            return false;
        }
    }
    put_rows(&c, graph, sink);
    return true;
}
