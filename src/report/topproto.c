/* SPDX-License-Identifier: Apache-2.0 */
/*
 * topproto: the entries of top as a small profile.
 *
 *     sample types  cum, flat      in the unit that top would show, truncated to whole numbers
 *     sample i      one location, i + 1, with one line: entry i of the table
 *     functions     one per distinct name, file and start line, in order of appearance
 */
#include "base/seqtab.h"
#include "profile/builder.h"
#include "report/report.h"
#include "view/encode.h"

static CpaStrId copy_string(CpaBuilder *builder, const CpaStrtab *strings, CpaStrId id)
{
    return cpa_builder_intern(builder, cpa_strtab_get(strings, id),
                              (gssize)cpa_strtab_len(strings, id));
}

static void copy_header(CpaBuilder *builder, const CpaReport *report)
{
    const CpaHeader *from = &report->view->profile->header;
    const CpaStrtab *strings = report->view->strings;
    CpaStrId type = copy_string(builder, strings, from->period_type.type);
    CpaStrId unit = copy_string(builder, strings, from->period_type.unit);
    CpaHeader *to = cpa_builder_header(builder);
    to->time_ns = from->time_ns;
    to->duration_ns = from->duration_ns;
    to->has_period_type = from->has_period_type;
    to->period_type = (CpaValueType){type, unit};
    to->period = from->period;

    CpaStrId output_unit = cpa_builder_intern(builder, report->output_unit, -1);
    cpa_builder_add_sample_type(builder, cpa_builder_intern(builder, "cum", -1), output_unit);
    cpa_builder_add_sample_type(builder, cpa_builder_intern(builder, "flat", -1), output_unit);
}

static uint32_t find_function(CpaBuilder *builder, CpaSeqtab *known, const CpaStrtab *strings,
                              const CpaNodeInfo *info)
{
    uint64_t start_line = (uint64_t)info->start_line;
    uint32_t words[] = {info->name, info->file, (uint32_t)start_line, (uint32_t)(start_line >> 32)};
    uint32_t n_known = cpa_seqtab_count(known);
    uint32_t function = cpa_seqtab_intern(known, words, G_N_ELEMENTS(words));
    if (function == n_known) {
        CpaFunction added = {
            .start_line = info->start_line,
            .name = copy_string(builder, strings, info->name),
            .file = copy_string(builder, strings, info->file),
        };
        cpa_builder_add_function(builder, &added);
    }
    return function;
}

static void add_node(CpaBuilder *builder, CpaSeqtab *functions, const CpaReport *report,
                     const CpaGraph *graph, const CpaNode *node)
{
    CpaLine line = {
        .line = node->info.line,
        .column = node->info.column,
        .function = find_function(builder, functions, graph->strings, &node->info),
    };
    CpaLocation location = {.address = node->info.address, .mapping = CPA_NONE};
    cpa_builder_sample_frame(builder, cpa_builder_add_location(builder, &location, &line, 1));
    cpa_builder_sample_value(builder, cpa_report_scale(report, cpa_node_cum(node)));
    cpa_builder_sample_value(builder, cpa_report_scale(report, cpa_node_flat(node)));
    cpa_builder_sample_end(builder);
}

static bool emit(CpaReport *report, CpaSink *sink, GError **error)
{
    g_autoptr(CpaGraph) graph = cpa_report_graph(report, false);
    cpa_report_select_unit(report, graph);
    g_autoptr(CpaBuilder) builder = cpa_builder_new();
    g_autoptr(CpaSeqtab) functions = cpa_seqtab_new();
    copy_header(builder, report);
    for (uint32_t i = 0; i < graph->n_nodes; i++) {
        add_node(builder, functions, report, graph, &graph->nodes[i]);
    }
    g_autoptr(CpaProfile) profile = cpa_builder_finish(builder, error);
    if (profile == NULL) {
        return false;
    }
    g_autoptr(CpaView) view = cpa_view_new(profile);
    return cpa_view_encode(view, 1, true, sink, error);
}

const CpaReportRow cpa_report_topproto = {
    .name = "topproto",
    .summary = "The entries of top as profile.proto, gzipped",
    .usage = "One sample per entry with the values cum and flat, in the unit that top shows.",
    .suffix = "pb.gz",
    .flags = CPA_REPORT_ALL_NODES | CPA_REPORT_AWAY_FROM_TTY | CPA_REPORT_BINARY,
    .emit = emit,
};
