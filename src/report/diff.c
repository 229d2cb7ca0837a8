/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two profiles side by side: cpa diff OLD NEW.
 *
 *     File: server
 *     Type: cpu
 *     Values: flat, a node alone (-cum: with its callees)
 *     Total: base 1.20s, new 1.50s, delta +0.30s, 1.25x
 *     Showing 2 of 9 changed nodes, 31 did not change
 *     Dropped 7 nodes (cum below 0.5% of the larger total), together +0.02s
 *           base        new      delta    ratio  name
 *          0.80s      1.10s     +0.30s    1.38x  main.work
 *          0.10s          0     -0.10s     GONE  main.old
 *
 * The loader has merged both profiles: samples of the base carry the label pprof::base=true and
 * negated values. The mark is read from the profile, not the view, where label filters may have
 * removed it.
 * Counting is that of the call graph: flat to the leaf, cum to each distinct node of a stack once.
 * All values of the table are in one unit, which fits the smallest row.
 *
 * Nodes are dropped as in the graphs, by cum: a node of small weight shows if it lies on a heavy
 * path.
 *
 * Cost: O(frames)
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "report/flame.h"
#include "report/style.h"
#include "report/tabular.h"

enum { BASE, NEW, N_SIDES };

#define MIN_COLUMN 10

/* Sums of both sides; div is used for means only. */
typedef struct {
    int64_t sum[N_SIDES];
    int64_t div[N_SIDES];
} Weights;

typedef struct {
    CpaStrId entry;
    int64_t value[N_SIDES]; /* divided where a mean is asked for */
    int64_t delta;
    const char *name;
} Row;

typedef struct {
    CpaReport *report;
    bool by_cum;
    bool *is_base;     /* by label set of the profile */
    Weights profile;   /* all samples */
    Weights filtered;  /* samples of the view */
    uint64_t absolute; /* sum of all magnitudes: bounds every other sum */

    CpaNodeTable *nodes;
    CpaStrtab *names; /* printable names; one entry of the table each */
    uint32_t *entry;  /* as nodes->node: entry of each (location, line) */
    Weights *flat;    /* [entries] */
    Weights *cum;     /* [entries] */
    CPA_VEC(Row) rows;
    size_t n_changed;
    size_t n_unchanged;
    size_t n_small;  /* changed, but below the cut */
    size_t n_shrunk; /* left out by -drop_negative */
    int64_t small_delta;
} Diff;

static int64_t side_value(const Weights *weights, int side)
{
    int64_t div = weights->div[side];
    return div == 0 ? weights->sum[side] : weights->sum[side] / div;
}

static int64_t magnitude(int64_t value)
{
    return value < 0 ? -value : value;
}

/* Marks the label sets of base samples. Returns whether there are any. */
static bool find_base_sets(Diff *diff)
{
    const CpaProfile *profile = diff->report->view->profile;
    CpaStrId key = cpa_strtab_find(profile->strings, "pprof::base", strlen("pprof::base"));
    CpaStrId value = cpa_strtab_find(profile->strings, "true", strlen("true"));
    uint32_t n_sets = cpa_label_table_count(profile->labels);
    bool any = false;
    diff->is_base = g_new0(bool, n_sets);
    for (uint32_t set = 0; set < n_sets; set++) {
        size_t n;
        const CpaLabel *labels = cpa_label_table_get(profile->labels, set, &n);
        for (size_t i = 0; i < n; i++) {
            if (cpa_label_is_string(&labels[i]) && labels[i].key == key &&
                labels[i].value == (int64_t)value) {
                diff->is_base[set] = true;
                any = true;
            }
        }
    }
    return any;
}

/* Which side row @row of the profile belongs to, and its values as that side measured them. */
static int side_of_row(const Diff *diff, size_t row, int64_t *value, int64_t *div)
{
    const CpaReport *report = diff->report;
    const CpaProfile *profile = report->view->profile;
    const int64_t *values = profile->values + row * profile->header.n_types;
    bool is_base = diff->is_base[profile->label_sets[row]];
    *value = values[report->value_index];
    *div = report->mean ? values[0] : 0;
    if (is_base) {
        *value = (int64_t)(0 - (uint64_t)*value);
        *div = (int64_t)(0 - (uint64_t)*div);
    }
    return is_base ? BASE : NEW;
}

/*
 * Sums the whole profile. The magnitudes of all values together fit into 63 bits, or this fails;
 * so no sum made later can overflow.
 */
static bool sum_profile(Diff *diff, GError **error)
{
    const CpaProfile *profile = diff->report->view->profile;
    uint64_t absolute_div = 0;
    for (size_t row = 0; row < profile->n_samples; row++) {
        int64_t value;
        int64_t div;
        int side = side_of_row(diff, row, &value, &div);
        diff->absolute += value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
        absolute_div += div < 0 ? 0 - (uint64_t)div : (uint64_t)div;
        if (diff->absolute > INT64_MAX || absolute_div > INT64_MAX) {
            return cpa_error_set(error, CPA_ERROR_OVERFLOW,
                                 "diff: sample %zu: the total exceeds 64 bits", row);
        }
        diff->profile.sum[side] += value;
        diff->profile.div[side] += div;
    }
    return true;
}

static void add_sample(Weights *weights, int side, int64_t value, int64_t div)
{
    weights->sum[side] += value;
    weights->div[side] += div;
}

/*
 * Gives every frame its entry: all nodes of one printable name. Nodes know start lines and binaries
 * at some granularities, which differ between two builds of one program.
 */
static void name_frames(Diff *diff)
{
    const CpaView *view = diff->report->view;
    const CpaNodeTable *nodes = diff->nodes;
    g_autofree CpaStrId *name = g_new(CpaStrId, (size_t)nodes->n_nodes + 1);
    g_autoptr(GString) text = g_string_new(NULL);
    for (uint32_t i = 0; i < nodes->n_nodes; i++) {
        g_string_set_size(text, 0);
        cpa_node_info_print(&nodes->infos[i], view->strings, " ", text);
        name[i] = cpa_strtab_intern(diff->names, text->str, text->len);
    }
    uint32_t n_frames = nodes->first[view->n_locations];
    diff->entry = g_new(uint32_t, (size_t)n_frames + 1);
    for (uint32_t i = 0; i < n_frames; i++) {
        diff->entry[i] = name[nodes->node[i]];
    }
}

/* Counts the samples of the view into flat and cum. */
static void count(Diff *diff)
{
    const CpaView *view = diff->report->view;
    const uint32_t *first = diff->nodes->first;
    size_t n_entries = cpa_strtab_count(diff->names);
    diff->flat = g_new0(Weights, n_entries);
    diff->cum = g_new0(Weights, n_entries);
    /* 1 + the sample that counted an entry last */
    g_autofree size_t *stamps = g_new0(size_t, n_entries);
    for (size_t i = 0; i < view->n_samples; i++) {
        int64_t value;
        int64_t div;
        int side = side_of_row(diff, view->rows != NULL ? view->rows[i] : i, &value, &div);
        add_sample(&diff->filtered, side, value, div);
        for (uint64_t at = view->begin[i]; at < view->end[i]; at++) {
            uint32_t location = view->frames[at];
            for (uint32_t k = first[location]; k < first[location + 1]; k++) {
                uint32_t entry = diff->entry[k];
                if (stamps[entry] != i + 1) {
                    stamps[entry] = i + 1;
                    add_sample(&diff->cum[entry], side, value, div);
                }
            }
        }
        if (view->begin[i] < view->end[i]) {
            uint32_t leaf = diff->entry[first[view->frames[view->begin[i]]]];
            add_sample(&diff->flat[leaf], side, value, div);
        }
    }
}

static int64_t larger_side(const Weights *weights)
{
    return MAX(magnitude(weights->sum[BASE]), magnitude(weights->sum[NEW]));
}

static int compare_rows(const void *pa, const void *pb)
{
    const Row *a = pa;
    const Row *b = pb;
    int64_t delta_a = magnitude(a->delta);
    int64_t delta_b = magnitude(b->delta);
    if (delta_a != delta_b) {
        return delta_a > delta_b ? -1 : 1;
    }
    int order = strcmp(a->name, b->name);
    return order != 0 ? order : (a->entry > b->entry) - (a->entry < b->entry);
}

/* Makes rows of the nodes that changed and are neither too small nor unwanted; sorts them. */
static void collect_rows(Diff *diff)
{
    const CpaReport *report = diff->report;
    double cut = (double)larger_side(&diff->filtered) * report->options->nodefraction;
    uint32_t n_entries = cpa_strtab_count(diff->names);
    for (uint32_t i = 0; i < n_entries; i++) {
        const Weights *weights = diff->by_cum ? &diff->cum[i] : &diff->flat[i];
        if (weights->sum[BASE] == 0 && weights->sum[NEW] == 0) {
            continue;
        }
        Row row = {
            .entry = i,
            .value = {side_value(weights, BASE), side_value(weights, NEW)},
            .name = cpa_strtab_get(diff->names, i),
        };
        row.delta = row.value[NEW] - row.value[BASE];
        if (row.delta == 0) {
            diff->n_unchanged++;
            continue;
        }
        diff->n_changed++;
        if (report->options->drop_negative && row.delta < 0) {
            diff->n_shrunk++;
        } else if ((double)larger_side(&diff->cum[i]) < cut) {
            diff->n_small++;
            /* Shown for flat only, where deltas add up; a sum of cum means nothing. */
            diff->small_delta = (int64_t)((uint64_t)diff->small_delta + (uint64_t)row.delta);
        } else {
            cpa_vec_push(&diff->rows, row);
        }
    }
    if (diff->rows.len > 0) {
        qsort(diff->rows.data, diff->rows.len, sizeof(Row), compare_rows);
    }
}

/*
 * Replaces the unit "minimum" by the one that fits the smallest of the first @n_shown rows, by its
 * larger side: so a tiny change of a large value does not stretch the table.
 */
static void select_unit(Diff *diff, size_t n_shown)
{
    CpaReport *report = diff->report;
    if (strcmp(report->output_unit, "minimum") != 0) {
        return;
    }
    int64_t max = MAX(magnitude(side_value(&diff->profile, BASE)),
                      magnitude(side_value(&diff->profile, NEW)));
    int64_t min = max;
    for (size_t i = 0; i < n_shown; i++) {
        const Row *row = &diff->rows.data[i];
        min = MIN(min, MAX(magnitude(row->value[BASE]), magnitude(row->value[NEW])));
    }
    if (report->ratio > 0 && report->ratio != 1) {
        min = cpa_int64_from_double((double)min * report->ratio);
        max = cpa_int64_from_double((double)max * report->ratio);
    }
    const char *unit;
    const char *max_unit;
    cpa_unit_scale(max, report->sample_unit, "minimum", &max_unit);
    cpa_unit_scale(min, report->sample_unit, "minimum", &unit);
    /* Values down to 0.01 are readable: rather that than a total of seven digits. */
    if (strcmp(unit, max_unit) != 0 && min < max / 100) {
        cpa_unit_scale((int64_t)((uint64_t)min * 100), report->sample_unit, "minimum", &unit);
    }
    char *chosen = g_strdup(unit[0] != '\0' ? unit : report->sample_unit);
    g_free(report->output_unit);
    report->output_unit = chosen;
}

/* "+1.50s": a sign always, so that "-0" is a decrease too small to show. */
static const char *format_delta(const Diff *diff, char text[CPA_VALUE_TEXT_MAX + 1], int64_t delta)
{
    if (delta == 0) {
        return "0";
    }
    text[0] = delta < 0 ? '-' : '+';
    cpa_report_format(diff->report, text + 1, magnitude(delta));
    return text;
}

static const char *format_ratio(char text[32], int64_t base, int64_t new)
{
    if (base == new) {
        return "=";
    }
    if (base == 0) {
        return "NEW";
    }
    if (new == 0) {
        return "GONE";
    }
    double ratio = (double)new / (double)base;
    char number[G_ASCII_DTOSTR_BUF_SIZE];
    if (fabs(ratio) < 0.01) {
        return ratio < 0 ? ">-0.01x" : "<0.01x";
    }
    g_ascii_formatd(number, sizeof number, fabs(ratio) < 1000 ? "%.2f" : "%.3g", ratio);
    g_snprintf(text, 32, "%sx", number);
    return text;
}

static void put_totals(const Diff *diff, CpaSink *sink, const char *name, const Weights *weights)
{
    char text[CPA_VALUE_TEXT_MAX + 1];
    char ratio[32];
    int64_t base = side_value(weights, BASE);
    int64_t new = side_value(weights, NEW);
    cpa_sink_printf(sink, "%s: base %s", name, cpa_report_format(diff->report, text, base));
    cpa_sink_printf(sink, ", new %s", cpa_report_format(diff->report, text, new));
    cpa_sink_printf(sink, ", delta %s", format_delta(diff, text, new - base));
    cpa_sink_printf(sink, ", %s\n", base == new ? "no change" : format_ratio(ratio, base, new));
}

static const char *plural(size_t n)
{
    return n == 1 ? "" : "s";
}

static void put_dropped(const Diff *diff, CpaSink *sink)
{
    const CpaReport *report = diff->report;
    if (diff->n_small > 0) {
        char percent[G_ASCII_DTOSTR_BUF_SIZE];
        g_ascii_formatd(percent, sizeof percent, "%.4g", report->options->nodefraction * 100);
        cpa_sink_printf(sink, "Dropped %zu node%s (cum below %s%% of the larger total)",
                        diff->n_small, plural(diff->n_small), percent);
        /* Means do not add up, nor do weights with callees. */
        if (!report->mean && !diff->by_cum) {
            char text[CPA_VALUE_TEXT_MAX + 1];
            cpa_sink_printf(sink, ", together %s", format_delta(diff, text, diff->small_delta));
        }
        cpa_sink_putc(sink, '\n');
    }
    if (diff->n_shrunk > 0) {
        cpa_sink_printf(sink, "Dropped %zu node%s that decreased (drop_negative)\n", diff->n_shrunk,
                        plural(diff->n_shrunk));
    }
}

static void put_header(const Diff *diff, CpaSink *sink, size_t n_shown)
{
    const CpaReport *report = diff->report;
    if (!report->options->compact_labels) {
        if (report->title != NULL) {
            cpa_sink_printf(sink, "File: %s\n", report->title);
        }
        cpa_sink_printf(sink, "Type: %s\n", report->sample_type);
    }
    for (guint i = 0; i < report->active_filters->len; i++) {
        cpa_sink_puts(sink, i == 0 ? "Active filters:\n   " : "   ");
        cpa_sink_puts(sink, report->active_filters->pdata[i]);
        cpa_sink_putc(sink, '\n');
    }
    cpa_sink_puts(sink, diff->by_cum ? "Values: cum, a node with its callees (-flat: alone)\n"
                                     : "Values: flat, a node alone (-cum: with its callees)\n");
    put_totals(diff, sink, "Total", &diff->profile);
    if (memcmp(&diff->profile, &diff->filtered, sizeof diff->profile) != 0) {
        put_totals(diff, sink, "After filters", &diff->filtered);
    }
    cpa_sink_printf(sink, "Showing %s%zu of %zu changed node%s, %zu did not change\n",
                    n_shown < diff->rows.len ? "top " : "", n_shown, diff->n_changed,
                    plural(diff->n_changed), diff->n_unchanged);
    put_dropped(diff, sink);
}

static void widen(int *width, const char *text)
{
    *width = MAX(*width, (int)strlen(text));
}

static void put_table(const Diff *diff, CpaSink *sink, size_t n_shown)
{
    const CpaReport *report = diff->report;
    const CpaOptions *options = report->options;
    char text[CPA_VALUE_TEXT_MAX + 1];
    char ratio[32];
    int value_width[N_SIDES] = {MIN_COLUMN, MIN_COLUMN};
    int delta_width = MIN_COLUMN;
    for (size_t i = 0; i < n_shown; i++) {
        const Row *row = &diff->rows.data[i];
        widen(&value_width[BASE], cpa_report_format(report, text, row->value[BASE]));
        widen(&value_width[NEW], cpa_report_format(report, text, row->value[NEW]));
        widen(&delta_width, format_delta(diff, text, row->delta));
    }
    cpa_sink_printf(sink, "%*s %*s %*s %8s  name\n", value_width[BASE], "base", value_width[NEW],
                    "new", delta_width, "delta", "ratio");
    for (size_t i = 0; i < n_shown; i++) {
        const Row *row = &diff->rows.data[i];
        for (int side = BASE; side < N_SIDES; side++) {
            cpa_report_format(report, text, row->value[side]);
            cpa_sink_pad(sink, text, value_width[side]);
            cpa_sink_putc(sink, ' ');
        }
        CpaStyle style = cpa_style_change(row->delta);
        cpa_style_put(sink, options, style, format_delta(diff, text, row->delta), delta_width);
        cpa_sink_putc(sink, ' ');
        cpa_style_put(sink, options, style, format_ratio(ratio, row->value[BASE], row->value[NEW]),
                      8);
        cpa_sink_puts(sink, "  ");
        cpa_style_bar(sink, options, style, row->delta, diff->rows.data[0].delta);
        cpa_style_name(sink, options, row->name, strlen(row->name));
        cpa_sink_putc(sink, '\n');
    }
}

enum { COL_NAME, COL_BASE, COL_NEW, COL_DELTA, COL_RATIO };

static const CpaColumn columns[] = {
    [COL_NAME] = {"name", CPA_COLUMN_TEXT, 0},     [COL_BASE] = {"base", CPA_COLUMN_VALUE, 0},
    [COL_NEW] = {"new", CPA_COLUMN_VALUE, 0},      [COL_DELTA] = {"delta", CPA_COLUMN_VALUE, 0},
    [COL_RATIO] = {"ratio", CPA_COLUMN_NUMBER, 0},
};

static void put_tabular_row(const Diff *diff, const Row *row, CpaTabular *table)
{
    char text[CPA_VALUE_TEXT_MAX + 1];
    char ratio[32];
    int64_t base = row->value[BASE];
    int64_t new = row->value[NEW];
    cpa_tabular_begin_row(table);
    cpa_tabular_text(table, COL_NAME, row->name, strlen(row->name));
    cpa_tabular_value(table, COL_BASE, base);
    cpa_tabular_value(table, COL_NEW, new);
    cpa_tabular_value_as(table, COL_DELTA, row->delta, format_delta(diff, text, row->delta));
    cpa_tabular_number(table, COL_RATIO, base != 0 ? (double)new / (double)base : NAN,
                       format_ratio(ratio, base, new));
    cpa_tabular_end_row(table);
}

/* The table for programs. */
static void put_tabular(const Diff *diff, CpaSink *sink, size_t n_shown)
{
    g_autoptr(CpaTabular) table =
        cpa_tabular_begin(diff->report, columns, G_N_ELEMENTS(columns), sink);
    cpa_tabular_profile_facts(table);
    cpa_tabular_fact_text(table, "values", diff->by_cum ? "cum" : "flat", -1);
    cpa_tabular_fact_value(table, "base_total", side_value(&diff->filtered, BASE));
    cpa_tabular_fact_value(table, "new_total", side_value(&diff->filtered, NEW));
    cpa_tabular_fact_integer(table, "shown_nodes", (int64_t)n_shown);
    cpa_tabular_fact_integer(table, "changed_nodes", (int64_t)diff->n_changed);
    cpa_tabular_fact_integer(table, "unchanged_nodes", (int64_t)diff->n_unchanged);
    cpa_tabular_fact_integer(table, "dropped_nodes", (int64_t)(diff->n_small + diff->n_shrunk));
    cpa_tabular_begin_rows(table, "rows");
    for (size_t i = 0; i < n_shown; i++) {
        put_tabular_row(diff, &diff->rows.data[i], table);
    }
    cpa_tabular_end_rows(table);
    cpa_tabular_end(table);
}

static bool emit_diff(CpaReport *report, CpaSink *sink, GError **error)
{
    Diff diff = {
        .report = report,
        .by_cum = strcmp(report->options->sort, "cum") == 0,
        .names = cpa_strtab_new(NULL),
    };
    bool ok = true;
    if (!find_base_sets(&diff) && report->options->diff_base->len == 0) {
        ok = cpa_error_set(error, CPA_ERROR_USAGE, "diff: needs two profiles: diff OLD NEW");
    }
    if (ok && sum_profile(&diff, error)) {
        diff.nodes = cpa_node_table_new(report->view, false);
        name_frames(&diff);
        count(&diff);
        collect_rows(&diff);
        size_t n_shown = diff.rows.len;
        if (report->options->nodecount > 0) {
            n_shown = MIN(n_shown, (size_t)report->options->nodecount);
        }
        select_unit(&diff, n_shown);
        if (cpa_tabular_wanted(report->options)) {
            put_tabular(&diff, sink, n_shown);
        } else {
            put_header(&diff, sink, n_shown);
            if (n_shown > 0) {
                put_table(&diff, sink, n_shown);
            }
        }
    } else {
        ok = false;
    }
    g_free(diff.is_base);
    g_free(diff.entry);
    g_free(diff.flat);
    g_free(diff.cum);
    cpa_vec_clear(&diff.rows);
    g_clear_pointer(&diff.nodes, cpa_node_table_free);
    cpa_strtab_free(diff.names);
    return ok;
}

const CpaReportRow cpa_report_diff = {
    .name = "diff",
    .summary = "Two profiles compared: base, new, delta and ratio per node",
    .usage =
        "diff OLD NEW lists what changed, largest change first. A node with nothing on one side "
        "is\n"
        "marked NEW or GONE. -cum compares nodes with their callees, -normalize scales NEW to the\n"
        "total of OLD first. Nodes below nodefraction of the larger total are dropped and "
        "counted;\n"
        "-nodecount=N shows the first N.\n"
        "-o FILE.json, .csv or .md writes that table, -o FILE.svg, .html, .png, .pdf, ... one\n"
        "flame graph of both: red is more in NEW, blue is less.",
    .suffix = "txt",
    .flags = CPA_REPORT_COMPARES | CPA_REPORT_ALL_NODES | CPA_REPORT_TABULAR,
    .emit = emit_diff,
    .draw = cpa_flame_draw,
};
