/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tags: every label key with its values and their weights.
 *
 *     samples -> weight per label set -> weight per (key, value) -> weight per (key, text)
 *
 * Samples are walked once, with one addition each; labels are looked at per distinct set. A
 * number is formatted once; numbers that look alike, or like a string of the same key, share a
 * row. All weights of a sample go to each of its labels, so that rows of a key may sum up to
 * more than its samples.
 */
#include <string.h>

#include "base/vec.h"
#include "report/columns.h"
#include "report/style.h"
#include "report/tabular.h"

typedef struct {
    CpaStrId text; /* of the table's strings */
    int64_t weight;
    int64_t number;
    bool is_number; /* for programs, where each number has a row of its own */
} Row;

typedef struct {
    CpaStrId name;
    int64_t weight; /* of all rows */
    CPA_VEC(Row) rows;
    CpaIdMap by_text;   /* text -> row */
    CpaIdMap by_number; /* number -> row */
} Key;

typedef struct {
    CpaReport *report;
    bool for_programs;
    CpaStrtab *strings; /* those of the view, and formatted numbers */
    CPA_VEC(Key) keys;
    CpaIdMap key_ids; /* name -> key */
} Table;

/* Sums wrap as upstream's do. */
static int64_t add(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

static Key *find_key(Table *table, CpaStrId name)
{
    uint32_t id = cpa_idmap_insert(&table->key_ids, name, (uint32_t)table->keys.len);
    if (id == table->keys.len) {
        Key key = {.name = name};
        cpa_vec_push(&table->keys, key);
    }
    return &table->keys.data[id];
}

static uint32_t find_row(Key *key, CpaStrId text)
{
    uint32_t id = cpa_idmap_insert(&key->by_text, text, (uint32_t)key->rows.len);
    if (id == key->rows.len) {
        Row row = {.text = text};
        cpa_vec_push(&key->rows, row);
    }
    return id;
}

static uint32_t find_number_row(Table *table, Key *key, int64_t number)
{
    uint32_t row = cpa_idmap_get(&key->by_number, (uint64_t)number);
    if (row == CPA_NONE) {
        char text[CPA_VALUE_TEXT_MAX];
        cpa_unit_format(text, number, cpa_label_units_get(table->report->units, key->name),
                        table->report->output_unit);
        CpaStrId text_id = cpa_strtab_intern(table->strings, text, strlen(text));
        if (table->for_programs) {
            Row new_row = {.text = text_id, .number = number, .is_number = true};
            row = (uint32_t)key->rows.len;
            cpa_vec_push(&key->rows, new_row);
        } else {
            row = find_row(key, text_id);
        }
        cpa_idmap_insert(&key->by_number, (uint64_t)number, row);
    }
    return row;
}

static void add_set(Table *table, const CpaLabel *labels, size_t n, int64_t weight)
{
    for (size_t i = 0; i < n; i++) {
        Key *key = find_key(table, labels[i].key);
        uint32_t row = cpa_label_is_string(&labels[i])
                           ? find_row(key, (CpaStrId)labels[i].value)
                           : find_number_row(table, key, labels[i].value);
        key->rows.data[row].weight = add(key->rows.data[row].weight, weight);
        key->weight = add(key->weight, weight);
    }
}

static void add_samples(Table *table)
{
    const CpaReport *report = table->report;
    const CpaView *view = report->view;
    uint32_t n_sets = cpa_label_table_count(view->labels);
    g_autofree int64_t *weights = g_new0(int64_t, n_sets);
    g_autofree bool *used = g_new0(bool, n_sets);
    for (size_t i = 0; i < view->n_samples; i++) {
        uint32_t set = view->label_sets[i];
        weights[set] = add(weights[set], cpa_report_value(report, i));
        used[set] = true;
    }
    for (uint32_t set = 0; set < n_sets; set++) {
        if (used[set]) {
            size_t n = 0;
            const CpaLabel *labels = cpa_label_table_get(view->labels, set, &n);
            add_set(table, labels, n, weights[set]);
        }
    }
}

static int compare_keys(gconstpointer a, gconstpointer b, gpointer strings)
{
    return cpa_strtab_compare(strings, ((const Key *)a)->name, ((const Key *)b)->name);
}

static uint64_t magnitude(int64_t value)
{
    return value < 0 ? -(uint64_t)value : (uint64_t)value;
}

/* Heaviest first, then by text. */
static int compare_rows(gconstpointer a, gconstpointer b, gpointer strings)
{
    const Row *x = a;
    const Row *y = b;
    uint64_t weight_x = magnitude(x->weight);
    uint64_t weight_y = magnitude(y->weight);
    if (weight_x != weight_y) {
        return weight_x > weight_y ? -1 : 1;
    }
    int order = cpa_strtab_compare(strings, x->text, y->text);
    if (order != 0 || x->is_number != y->is_number) {
        return order != 0 ? order : (int)x->is_number - (int)y->is_number;
    }
    return (x->number > y->number) - (x->number < y->number);
}

static void sort_rows(const Table *table, Key *key)
{
    g_qsort_with_data(key->rows.data, (gint)key->rows.len, sizeof(Row), compare_rows,
                      table->strings);
}

static void put_string(CpaColumns *columns, const CpaStrtab *strings, CpaStrId id)
{
    cpa_columns_write(columns, cpa_strtab_get(strings, id), cpa_strtab_len(strings, id));
}

/* The last piece of a line, whose width does not matter: maybe a bar, then the value. */
static void put_value(const Table *table, CpaColumns *columns, const Key *key, const Row *row)
{
    const CpaOptions *options = table->report->options;
    if (!cpa_style_wanted(options)) {
        put_string(columns, table->strings, row->text);
        return;
    }
    size_t n = 0;
    g_autoptr(CpaSink) styled = cpa_sink_new_memory();
    cpa_style_bar(styled, options, cpa_style_heat(row->weight, table->report->total), row->weight,
                  key->rows.data[0].weight);
    cpa_style_name(styled, options, cpa_strtab_get(table->strings, row->text),
                   cpa_strtab_len(table->strings, row->text));
    const char *bytes = cpa_sink_data(styled, &n);
    cpa_columns_write(columns, bytes, n);
}

static void put_key(const Table *table, CpaColumns *columns, Key *key)
{
    const CpaReport *report = table->report;
    char text[CPA_VALUE_TEXT_MAX];
    char percent[32];
    put_string(columns, table->strings, key->name);
    cpa_columns_puts(columns, ":\t Total ");
    cpa_columns_puts(columns, cpa_report_format(report, text, key->weight));
    cpa_columns_puts(columns, " of ");
    cpa_columns_puts(columns, cpa_report_format(report, text, report->total));
    if (report->total > 0) {
        cpa_columns_puts(columns, " (");
        cpa_columns_puts(columns, cpa_percentage_format(percent, key->weight, report->total));
        cpa_columns_puts(columns, ")");
    }
    cpa_columns_puts(columns, "\n");

    sort_rows(table, key);
    for (size_t i = 0; i < key->rows.len; i++) {
        const Row *row = &key->rows.data[i];
        cpa_columns_puts(columns, " \t");
        cpa_columns_puts(columns, cpa_report_format(report, text, row->weight));
        if (report->total > 0) {
            cpa_columns_puts(columns, " (");
            cpa_columns_puts(columns, cpa_percentage_format(percent, row->weight, report->total));
            cpa_columns_puts(columns, ")");
        }
        cpa_columns_puts(columns, ":\t ");
        put_value(table, columns, key, row);
        cpa_columns_puts(columns, "\n");
    }
    cpa_columns_puts(columns, "\n");
}

enum { KEY, VALUE, NUMBER, UNIT, WEIGHT, PERCENT, KEY_WEIGHT };

static const CpaColumn columns[] = {
    [KEY] = {"key", CPA_COLUMN_TEXT, 0},
    [VALUE] = {"value", CPA_COLUMN_TEXT, 0},
    [NUMBER] = {"number", CPA_COLUMN_INTEGER, 0},
    [UNIT] = {"number_unit", CPA_COLUMN_TEXT, 0},
    [WEIGHT] = {"weight", CPA_COLUMN_VALUE, 0},
    [PERCENT] = {"weight_percent", CPA_COLUMN_NUMBER, 0},
    [KEY_WEIGHT] = {"key_weight", CPA_COLUMN_VALUE, 0},
};

static void put_table_row(const Table *table, CpaTabular *out, const Key *key, const Row *row)
{
    const CpaStrtab *strings = table->strings;
    const char *unit = cpa_label_units_get(table->report->units, key->name);
    cpa_tabular_begin_row(out);
    cpa_tabular_text(out, KEY, cpa_strtab_get(strings, key->name),
                     cpa_strtab_len(strings, key->name));
    cpa_tabular_text(out, VALUE, cpa_strtab_get(strings, row->text),
                     cpa_strtab_len(strings, row->text));
    if (row->is_number) {
        cpa_tabular_integer(out, NUMBER, row->number);
        cpa_tabular_text(out, UNIT, unit, strlen(unit));
    } else {
        cpa_tabular_null(out, NUMBER);
        cpa_tabular_null(out, UNIT);
    }
    cpa_tabular_value(out, WEIGHT, row->weight);
    cpa_tabular_percent(out, PERCENT, row->weight, table->report->total);
    cpa_tabular_value(out, KEY_WEIGHT, key->weight);
    cpa_tabular_end_row(out);
}

static void put_table(const Table *table, CpaSink *sink)
{
    g_autoptr(CpaTabular) out =
        cpa_tabular_begin(table->report, columns, G_N_ELEMENTS(columns), sink);
    cpa_tabular_profile_facts(out);
    cpa_tabular_begin_rows(out, "rows");
    for (size_t i = 0; i < table->keys.len; i++) {
        Key *key = &table->keys.data[i];
        sort_rows(table, key);
        for (size_t k = 0; k < key->rows.len; k++) {
            put_table_row(table, out, key, &key->rows.data[k]);
        }
    }
    cpa_tabular_end_rows(out);
    cpa_tabular_end(out);
}

static void put_text(const Table *table, CpaSink *sink)
{
    g_autoptr(CpaColumns) text_columns = cpa_columns_new(sink);
    for (size_t i = 0; i < table->keys.len; i++) {
        put_key(table, text_columns, &table->keys.data[i]);
    }
}

static void clear_table(Table *table)
{
    for (size_t i = 0; i < table->keys.len; i++) {
        cpa_vec_clear(&table->keys.data[i].rows);
        cpa_idmap_clear(&table->keys.data[i].by_text);
        cpa_idmap_clear(&table->keys.data[i].by_number);
    }
    cpa_vec_clear(&table->keys);
    cpa_idmap_clear(&table->key_ids);
    cpa_strtab_free(table->strings);
}

static bool emit(CpaReport *report, CpaSink *sink, G_GNUC_UNUSED GError **error)
{
    Table table = {
        .report = report,
        .for_programs = cpa_tabular_wanted(report->options),
        .strings = cpa_strtab_new(report->view->strings),
    };
    add_samples(&table);
    g_qsort_with_data(table.keys.data, (gint)table.keys.len, sizeof(Key), compare_keys,
                      table.strings);
    if (table.for_programs) {
        put_table(&table, sink);
    } else {
        put_text(&table, sink);
    }
    clear_table(&table);
    return true;
}

const CpaReportRow cpa_report_tags = {
    .name = "tags",
    .summary = "Labels of the samples: keys, values and their weights",
    .usage = "One block per label key, its values by weight. Choose keys with -tagshow and\n"
             "-taghide, samples with -tagfocus and -tagignore.",
    .suffix = "txt",
    .flags = CPA_REPORT_TABULAR | CPA_REPORT_OF_LABELS,
    .emit = emit,
};
