/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The call graph by instruction in callgrind's format, for KCachegrind.
 *
 *     positions: instr line
 *     events: cpu(ms)
 *
 *     ob=(1) /bin/server                binary, file, function: a number, and at first use its name
 *     fl=(1) main.go
 *     fn=(1) main.run
 *     0x4010 12 30                      address, line, flat
 *     cfl=(1)                           callee: file, function,
 *     cfn=(2) main.work
 *     calls=0 +16 20                    address and line of the callee; calls are not counted
 *     * * 70                            weight of the call
 *
 * Addresses are given relative to the node printed before where that is shorter; upstream does
 * not advance this base at the lines of callees.
 * Callgrind takes all functions of one file and name for one. Those that are not, because of their
 * binary or calling context, get a suffix " [2/3]" as callees.
 * Format: https://valgrind.org/docs/manual/cl-format.html
 * Source: pprof internal/report printCallgrind
 */
#include <inttypes.h>
#include <string.h>

#include "base/vec.h"
#include "report/report.h"

typedef struct {
    const CpaReport *report;
    const CpaGraph *graph;
    CpaSink *sink;
    /* By string id: the number under which a name was printed, 0 while it was not. */
    uint32_t *object_numbers;
    uint32_t *file_numbers;
    uint32_t *name_numbers;
    uint32_t n_objects;
    uint32_t n_files;
    uint32_t n_names;
    CpaStrId *callee_names;      /* [n_nodes], with suffix */
    const CpaNodeInfo *previous; /* node printed before, or NULL */
} Callgrind;

static uint64_t pack(uint32_t high, uint32_t low)
{
    return (uint64_t)high << 32 | low;
}

/* Number of @key in order of first use. */
static uint32_t number_of(CpaIdMap *map, uint64_t key)
{
    return cpa_idmap_insert(map, key, (uint32_t)map->n_used);
}

/* What tells functions of one file and name apart: maps that number pairs of earlier numbers. */
typedef struct {
    CpaIdMap lines;
    CpaIdMap columns;
    CpaIdMap starts; /* (start line, object) */
    CpaIdMap positions;
    CpaIdMap contexts;
} FunctionMaps;

static void function_maps_clear(FunctionMaps *maps)
{
    cpa_idmap_clear(&maps->lines);
    cpa_idmap_clear(&maps->columns);
    cpa_idmap_clear(&maps->starts);
    cpa_idmap_clear(&maps->positions);
    cpa_idmap_clear(&maps->contexts);
}

/* Number of the function that node @i is part of, as far as name and file do not tell. */
static uint32_t function_of(const Callgrind *cg, FunctionMaps *maps, uint32_t i)
{
    const CpaGraph *graph = cg->graph;
    const CpaNodeInfo *info = &graph->nodes[i].info;
    uint32_t line = number_of(&maps->lines, (uint64_t)info->start_line);
    uint32_t start = number_of(&maps->starts, pack(line, info->object_file));
    /* A node without address and line stands for its function itself, whatever its column. */
    bool is_function = info->address == 0 && info->line == 0;
    uint32_t column = number_of(&maps->columns, is_function ? (uint64_t)info->column : 0);
    uint32_t position = number_of(&maps->positions, pack(start, column));
    return number_of(&maps->contexts, pack(position, graph->nodes[i].context));
}

/* Fills callee_names: the function's name, with " [i/n]" where n functions share it and a file. */
static void name_callees(Callgrind *cg)
{
    const CpaGraph *graph = cg->graph;
    FunctionMaps maps = {0};
    CpaIdMap groups = {0};  /* (file, name) */
    CpaIdMap members = {0}; /* (group, function) */
    CPA_VEC(uint32_t) group_sizes = {0};
    g_autofree uint32_t *group = g_new(uint32_t, (size_t)graph->n_nodes + 1);
    g_autofree uint32_t *rank = g_new(uint32_t, (size_t)graph->n_nodes + 1);

    for (uint32_t i = 0; i < graph->n_nodes; i++) {
        const CpaNodeInfo *info = &graph->nodes[i].info;
        group[i] = number_of(&groups, pack(info->file, info->name));
        if (group[i] == group_sizes.len) {
            cpa_vec_push(&group_sizes, 0);
        }
        uint64_t member = pack(group[i], function_of(cg, &maps, i));
        uint32_t next = group_sizes.data[group[i]] + 1;
        rank[i] = cpa_idmap_insert(&members, member, next);
        if (rank[i] == next) {
            group_sizes.data[group[i]] = next;
        }
    }
    cg->callee_names = g_new(CpaStrId, (size_t)graph->n_nodes + 1);
    g_autoptr(GString) text = g_string_new(NULL);
    for (uint32_t i = 0; i < graph->n_nodes; i++) {
        CpaStrId name = graph->nodes[i].info.name;
        cg->callee_names[i] = name;
        uint32_t size = group_sizes.data[group[i]];
        if (size > 1) {
            g_string_set_size(text, 0);
            g_string_append_len(text, cpa_strtab_get(graph->strings, name),
                                (gssize)cpa_strtab_len(graph->strings, name));
            g_string_append_printf(text, " [%u/%u]", rank[i], size);
            cg->callee_names[i] =
                cpa_strtab_intern(cg->report->view->strings, text->str, text->len);
        }
    }
    cpa_vec_clear(&group_sizes);
    cpa_idmap_clear(&members);
    cpa_idmap_clear(&groups);
    function_maps_clear(&maps);
}

/* "fl=(3) main.go", the text only at its first use; nothing after the = for the empty string. */
static void put_name(Callgrind *cg, const char *field, CpaStrId id, uint32_t *numbers, uint32_t *n)
{
    cpa_sink_puts(cg->sink, field);
    if (id != 0 && numbers[id] != 0) {
        cpa_sink_printf(cg->sink, "(%u)", numbers[id]);
    } else if (id != 0) {
        numbers[id] = ++*n;
        cpa_sink_printf(cg->sink, "(%u) ", numbers[id]);
        cpa_sink_write(cg->sink, cpa_strtab_get(cg->graph->strings, id),
                       cpa_strtab_len(cg->graph->strings, id));
    }
    cpa_sink_putc(cg->sink, '\n');
}

/* The address, or its signed distance from the previous node where that is shorter. */
static void put_address(const Callgrind *cg, uint64_t address)
{
    char absolute[32];
    g_snprintf(absolute, sizeof absolute, "0x%" PRIx64, address);
    if (cg->previous != NULL) {
        uint64_t previous = cg->previous->address;
        char relative[32];
        g_snprintf(relative, sizeof relative, "%+" PRId64, (int64_t)(address - previous));
        if (address == previous) {
            cpa_sink_putc(cg->sink, '*');
            return;
        }
        if (strlen(relative) < strlen(absolute)) {
            cpa_sink_puts(cg->sink, relative);
            return;
        }
    }
    cpa_sink_puts(cg->sink, absolute);
}

static void put_call(Callgrind *cg, const CpaEdge *edge)
{
    const CpaNodeInfo *callee = &cg->graph->nodes[edge->dst].info;
    /* A callee whose weights cancel out is not among the nodes shown, and has no name. */
    CpaStrId name = edge->dst < cg->graph->n_nodes ? cg->callee_names[edge->dst] : 0;
    put_name(cg, "cfl=", callee->file, cg->file_numbers, &cg->n_files);
    put_name(cg, "cfn=", name, cg->name_numbers, &cg->n_names);
    cpa_sink_puts(cg->sink, "calls=0 ");
    put_address(cg, callee->address);
    cpa_sink_printf(cg->sink, " %" PRId64 "\n", callee->line);
    cpa_sink_printf(cg->sink, "* * %" PRId64 "\n", cpa_report_scale(cg->report, edge->weight));
}

static void put_node(Callgrind *cg, uint32_t i)
{
    const CpaGraph *graph = cg->graph;
    const CpaNode *node = &graph->nodes[i];
    const CpaNodeInfo *info = &node->info;
    const CpaNodeInfo *previous = cg->previous;

    if (previous == NULL || info->object_file != previous->object_file ||
        info->file != previous->file || info->name != previous->name) {
        cpa_sink_putc(cg->sink, '\n');
        put_name(cg, "ob=", info->object_file, cg->object_numbers, &cg->n_objects);
        put_name(cg, "fl=", info->file, cg->file_numbers, &cg->n_files);
        put_name(cg, "fn=", info->name, cg->name_numbers, &cg->n_names);
    }
    put_address(cg, info->address);
    cpa_sink_printf(cg->sink, " %" PRId64 " %" PRId64 "\n", info->line,
                    cpa_report_scale(cg->report, cpa_node_flat(node)));
    for (uint32_t k = graph->out_first[i]; k < graph->out_first[i + 1]; k++) {
        put_call(cg, &graph->edges[graph->out_edge[k]]);
    }
    cg->previous = info;
}

static bool emit_callgrind(CpaReport *report, CpaSink *sink, GError **error)
{
    (void)error;
    g_autoptr(CpaGraph) graph = cpa_report_graph(report, true);
    cpa_report_select_unit(report, graph);

    Callgrind cg = {.report = report, .graph = graph, .sink = sink};
    name_callees(&cg);
    size_t n_strings = cpa_strtab_count(graph->strings);
    cg.object_numbers = g_new0(uint32_t, n_strings);
    cg.file_numbers = g_new0(uint32_t, n_strings);
    cg.name_numbers = g_new0(uint32_t, n_strings);

    cpa_sink_printf(sink, "positions: instr line\nevents: %s(%s)\n", report->sample_type,
                    report->output_unit);
    for (uint32_t i = 0; i < graph->n_nodes; i++) {
        put_node(&cg, i);
    }
    g_free(cg.object_numbers);
    g_free(cg.file_numbers);
    g_free(cg.name_numbers);
    g_free(cg.callee_names);
    return true;
}

const CpaReportRow cpa_report_callgrind = {
    .name = "callgrind",
    .summary = "Call graph by instruction, for KCachegrind",
    .usage =
        "Shows every address, whatever the granularity, and trims nothing. On a terminal it is\n"
        "written to a file profileNNN.callgraph.out.",
    .suffix = "callgraph.out",
    .flags = CPA_REPORT_NO_TRIM | CPA_REPORT_ADDRESSES | CPA_REPORT_AWAY_FROM_TTY |
             CPA_REPORT_OBJECTS | CPA_REPORT_CALL_TREE | CPA_REPORT_INTEGER_UNITS,
    .emit = emit_callgrind,
};
