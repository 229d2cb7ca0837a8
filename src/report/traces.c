/* SPDX-License-Identifier: Apache-2.0 */
/*
 * traces: every sample with its labels and its stack.
 *
 *     -----------+-----------
 *           key:  value value
 *          10ms   leaf (inline)
 *                 caller
 *
 * The lines of a location are the same in each stack but for the value in front of the leaf, so
 * they are made once per location and copied.
 */
#include <string.h>

#include "base/vec.h"
#include "report/labeltext.h"
#include "report/tabular.h"

#define SEPARATOR   "-----------+-------------------------------------------------------\n"
#define VALUE_WIDTH 10

/* Text of locations:  text[first[l] .. first[l+1]);  every line begins with an empty value. */
typedef struct {
    GString *text;
    size_t *first; /* [n_locations + 1] */
} StackText;

static void prepare_stacks(StackText *stacks, CpaView *view)
{
    CpaNodeTable *nodes = cpa_node_table_new(view, false);
    stacks->text = g_string_new(NULL);
    stacks->first = g_new(size_t, (size_t)view->n_locations + 1);
    for (uint32_t l = 0; l < view->n_locations; l++) {
        stacks->first[l] = stacks->text->len;
        for (uint32_t i = nodes->first[l]; i < nodes->first[l + 1]; i++) {
            g_string_append_printf(stacks->text, "%*s   ", VALUE_WIDTH, "");
            cpa_node_info_print(&nodes->infos[nodes->node[i]], view->strings, " ", stacks->text);
            /* All lines but the last were inlined into the next. */
            g_string_append(stacks->text, i + 1 < nodes->first[l + 1] ? " (inline)\n" : "\n");
        }
    }
    stacks->first[view->n_locations] = stacks->text->len;
    cpa_node_table_free(nodes);
}

/* The value of a sample, as a mean where asked for; INT64_MIN / -1 wraps as upstream's does. */
static int64_t sample_value(const CpaReport *report, size_t i)
{
    const int64_t *values = cpa_view_values(report->view, i);
    int64_t value = values[report->value_index];
    int64_t divisor = report->mean ? values[0] : 0;
    if (divisor == 0) {
        return value;
    }
    return divisor == -1 ? (int64_t) - (uint64_t)value : value / divisor;
}

static void append_value(GString *out, const CpaLabel *label, gpointer data)
{
    const CpaReport *report = data;
    if (cpa_label_is_string(label)) {
        CpaStrId id = (CpaStrId)label->value;
        g_string_append_len(out, cpa_view_str(report->view, id),
                            (gssize)cpa_strtab_len(report->view->strings, id));
    } else {
        char text[CPA_VALUE_TEXT_MAX];
        g_string_append(out,
                        cpa_unit_format(text, label->value,
                                        cpa_label_units_get(report->units, label->key), "auto"));
    }
}

static void put_stack(CpaSink *sink, const CpaView *view, const StackText *stacks, size_t i)
{
    const uint32_t *frames = view->frames + view->begin[i];
    size_t n = view->end[i] - view->begin[i];
    for (size_t k = 0; k < n; k++) {
        /* The value takes the place of the blanks in front of the leaf. */
        size_t begin = stacks->first[frames[k]] + (k == 0 ? VALUE_WIDTH : 0);
        cpa_sink_write(sink, stacks->text->str + begin, stacks->first[frames[k] + 1] - begin);
    }
}

static void put_samples(CpaReport *report, CpaSink *sink, const StackText *stacks)
{
    const CpaView *view = report->view;
    CpaLabelStyle style = {
        .key_width = 10,
        .open = ":  ",
        .close = "\n",
        .between = "",
        .append_value = append_value,
        .data = report,
    };
    g_autoptr(CpaLabelText) label_text = cpa_label_text_new(view, &style);
    char text[CPA_VALUE_TEXT_MAX] = "0";
    int64_t formatted = 0; /* the value that `text` shows: neighbours often have the same */
    cpa_report_format(report, text, formatted);
    for (size_t i = 0; i < view->n_samples; i++) {
        if (view->begin[i] == view->end[i]) {
            continue;
        }
        cpa_sink_puts(sink, SEPARATOR);
        size_t n = 0;
        const CpaLabel *labels = cpa_label_table_get(view->labels, view->label_sets[i], &n);
        size_t n_strings = cpa_label_text_n_strings(labels, n);
        cpa_label_text_put(label_text, labels, n_strings, sink);
        cpa_label_text_put(label_text, labels + n_strings, n - n_strings, sink);
        int64_t value = sample_value(report, i);
        if (value != formatted) {
            cpa_report_format(report, text, value);
            formatted = value;
        }
        cpa_sink_pad(sink, text, VALUE_WIDTH);
        put_stack(sink, view, stacks, i);
    }
}

enum { VALUE, LABELS, STACK };

static const CpaColumn columns[] = {
    [VALUE] = {"value", CPA_COLUMN_VALUE, 0},
    [LABELS] = {"labels", CPA_COLUMN_LIST, 0},
    [STACK] = {"stack", CPA_COLUMN_LIST, 0},
};

/* The items of each location, encoded once. */
static void encode_stacks(StackText *stacks, CpaView *view, CpaTabular *table)
{
    g_autoptr(CpaNodeTable) nodes = cpa_node_table_new(view, false);
    g_autoptr(GString) name = g_string_new(NULL);
    stacks->text = g_string_new(NULL);
    stacks->first = g_new(size_t, (size_t)view->n_locations + 1);
    for (uint32_t l = 0; l < view->n_locations; l++) {
        stacks->first[l] = stacks->text->len;
        for (uint32_t i = nodes->first[l]; i < nodes->first[l + 1]; i++) {
            g_string_truncate(name, 0);
            cpa_node_info_print(&nodes->infos[nodes->node[i]], view->strings, " ", name);
            cpa_tabular_encode(table, name->str, name->len, i == nodes->first[l], stacks->text);
        }
    }
    stacks->first[view->n_locations] = stacks->text->len;
}

static void put_labels(const CpaReport *report, CpaTabular *table, uint32_t set)
{
    const CpaView *view = report->view;
    const CpaStrtab *strings = view->strings;
    size_t n = 0;
    const CpaLabel *labels = cpa_label_table_get(view->labels, set, &n);
    for (size_t i = 0; i < n; i++) {
        CpaStrId key = labels[i].key;
        const char *key_text = cpa_strtab_get(strings, key);
        size_t key_len = cpa_strtab_len(strings, key);
        if (cpa_label_is_string(&labels[i])) {
            CpaStrId id = (CpaStrId)labels[i].value;
            cpa_tabular_label(table, key_text, key_len, cpa_strtab_get(strings, id),
                              cpa_strtab_len(strings, id), 0, NULL);
        } else {
            char text[CPA_VALUE_TEXT_MAX];
            const char *unit = cpa_label_units_get(report->units, key);
            cpa_unit_format(text, labels[i].value, unit, "auto");
            cpa_tabular_label(table, key_text, key_len, text, strlen(text), labels[i].value, unit);
        }
    }
}

static void put_table(CpaReport *report, CpaSink *sink)
{
    const CpaView *view = report->view;
    StackText stacks;
    g_autoptr(CpaTabular) table = cpa_tabular_begin(report, columns, G_N_ELEMENTS(columns), sink);
    cpa_tabular_profile_facts(table);
    encode_stacks(&stacks, report->view, table);
    cpa_tabular_begin_rows(table, "rows");
    for (size_t i = 0; i < view->n_samples; i++) {
        if (view->begin[i] == view->end[i]) {
            continue;
        }
        cpa_tabular_begin_row(table);
        cpa_tabular_value(table, VALUE, sample_value(report, i));
        cpa_tabular_begin_list(table, LABELS);
        put_labels(report, table, view->label_sets[i]);
        cpa_tabular_end_list(table);
        cpa_tabular_begin_list(table, STACK);
        for (uint64_t at = view->begin[i]; at < view->end[i]; at++) {
            const size_t *first = &stacks.first[view->frames[at]];
            cpa_tabular_encoded(table, stacks.text->str + first[0], first[1] - first[0]);
        }
        cpa_tabular_end_list(table);
        cpa_tabular_end_row(table);
    }
    cpa_tabular_end_rows(table);
    cpa_tabular_end(table);
    g_string_free(stacks.text, TRUE);
    g_free(stacks.first);
}

static bool emit(CpaReport *report, CpaSink *sink, G_GNUC_UNUSED GError **error)
{
    if (cpa_tabular_wanted(report->options)) {
        put_table(report, sink);
        return true;
    }
    g_autoptr(GPtrArray) header = cpa_report_profile_labels(report);
    cpa_report_put_labels(sink, header);
    StackText stacks;
    prepare_stacks(&stacks, report->view);
    put_samples(report, sink, &stacks);
    cpa_sink_puts(sink, SEPARATOR);
    g_string_free(stacks.text, TRUE);
    g_free(stacks.first);
    return true;
}

const CpaReportRow cpa_report_traces = {
    .name = "traces",
    .summary = "Every sample with its labels and its stack",
    .usage = "Leaf first, samples in the order of the profile, each value in the unit that fits.",
    .suffix = "txt",
    .flags = CPA_REPORT_TABULAR,
    .emit = emit,
};
