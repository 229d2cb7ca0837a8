/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts come out as valid UTF-8 without control characters in every format.
 * Formats: RFC 8259 (JSON), RFC 4180 (CSV, with \n), GitHub's tables (Markdown).
 */
#include "report/tabular.h"

#include <string.h>

#include "base/vec.h"
#include "layout/fit.h"

#define TEXT_MAX 65536

typedef struct {
    char *shown;
    char *raw;
    bool is_number;
} Cell;

typedef struct {
    char *name;
    char *value;
    bool is_number;
} Fact;

struct CpaTabular {
    const char *const *columns;
    size_t n_columns;
    CPA_VEC(Cell) cells;
    CPA_VEC(Fact) facts;
};

typedef struct {
    const char *name;
    void (*write)(const CpaTabular *table, CpaSink *sink);
} Format;

static char *clean(const char *text)
{
    return cpa_fit_clean(text, strlen(text), TEXT_MAX);
}

CpaTabular *cpa_tabular_new(const char *const *columns)
{
    CpaTabular *table = g_new0(CpaTabular, 1);
    table->columns = columns;
    while (columns[table->n_columns] != NULL) {
        table->n_columns++;
    }
    return table;
}

void cpa_tabular_free(CpaTabular *table)
{
    if (table == NULL) {
        return;
    }
    for (size_t i = 0; i < table->cells.len; i++) {
        g_free(table->cells.data[i].shown);
        g_free(table->cells.data[i].raw);
    }
    for (size_t i = 0; i < table->facts.len; i++) {
        g_free(table->facts.data[i].name);
        g_free(table->facts.data[i].value);
    }
    cpa_vec_clear(&table->cells);
    cpa_vec_clear(&table->facts);
    g_free(table);
}

void cpa_tabular_fact(CpaTabular *table, const char *name, const char *value, bool is_number)
{
    Fact fact = {.name = g_strdup(name), .value = clean(value), .is_number = is_number};
    cpa_vec_push(&table->facts, fact);
}

void cpa_tabular_cell(CpaTabular *table, const char *shown, const char *raw, bool is_number)
{
    Cell cell = {.shown = clean(shown), .raw = clean(raw), .is_number = is_number};
    cpa_vec_push(&table->cells, cell);
}

static void put_json_text(CpaSink *sink, const char *text)
{
    cpa_sink_putc(sink, '"');
    for (;;) {
        size_t n = strcspn(text, "\"\\");
        cpa_sink_write(sink, text, n);
        text += n;
        if (*text == '\0') {
            break;
        }
        cpa_sink_putc(sink, '\\');
        cpa_sink_putc(sink, *text++);
    }
    cpa_sink_putc(sink, '"');
}

static void put_json_value(CpaSink *sink, const char *value, bool is_number)
{
    if (is_number) {
        cpa_sink_puts(sink, value[0] != '\0' ? value : "null");
    } else {
        put_json_text(sink, value);
    }
}

static void write_json(const CpaTabular *table, CpaSink *sink)
{
    cpa_sink_puts(sink, "{\n");
    for (size_t i = 0; i < table->facts.len; i++) {
        const Fact *fact = &table->facts.data[i];
        cpa_sink_puts(sink, "  ");
        put_json_text(sink, fact->name);
        cpa_sink_puts(sink, ": ");
        put_json_value(sink, fact->value, fact->is_number);
        cpa_sink_puts(sink, ",\n");
    }
    cpa_sink_puts(sink, "  \"rows\": [");
    for (size_t i = 0; i < table->cells.len; i++) {
        const Cell *cell = &table->cells.data[i];
        size_t column = i % table->n_columns;
        cpa_sink_puts(sink, column > 0 ? ", " : i > 0 ? ",\n    {" : "\n    {");
        put_json_text(sink, table->columns[column]);
        cpa_sink_puts(sink, ": ");
        put_json_value(sink, cell->raw, cell->is_number);
        cpa_sink_puts(sink, column + 1 == table->n_columns ? "}" : "");
    }
    cpa_sink_puts(sink, table->cells.len > 0 ? "\n  ]\n}\n" : "]\n}\n");
}

static void put_csv_text(CpaSink *sink, const char *text)
{
    /* A sheet must not take a name for a formula. */
    bool is_formula = strchr("=+-@", text[0]) != NULL && text[0] != '\0';
    if (strpbrk(text, "\",\n\r") == NULL && !is_formula) {
        cpa_sink_puts(sink, text);
        return;
    }
    cpa_sink_puts(sink, is_formula ? "\"'" : "\"");
    for (; *text != '\0'; text++) {
        cpa_sink_puts(sink, *text == '"' ? "\"" : "");
        cpa_sink_putc(sink, *text);
    }
    cpa_sink_putc(sink, '"');
}

static void write_csv(const CpaTabular *table, CpaSink *sink)
{
    for (size_t i = 0; i < table->n_columns; i++) {
        cpa_sink_printf(sink, "%s%s", i > 0 ? "," : "", table->columns[i]);
    }
    cpa_sink_putc(sink, '\n');
    for (size_t i = 0; i < table->cells.len; i++) {
        const Cell *cell = &table->cells.data[i];
        if (cell->is_number) {
            cpa_sink_puts(sink, cell->raw);
        } else {
            put_csv_text(sink, cell->raw);
        }
        cpa_sink_putc(sink, (i + 1) % table->n_columns == 0 ? '\n' : ',');
    }
}

/* A text that neither ends a cell nor turns into markup. */
static void put_md_text(CpaSink *sink, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '<') {
            cpa_sink_puts(sink, "&lt;");
        } else if (*text == '&') {
            cpa_sink_puts(sink, "&amp;");
        } else {
            cpa_sink_puts(sink, strchr("\\|*_`[]~$", *text) != NULL ? "\\" : "");
            cpa_sink_putc(sink, *text);
        }
    }
}

static void write_md(const CpaTabular *table, CpaSink *sink)
{
    for (size_t i = 0; i < table->facts.len; i++) {
        cpa_sink_printf(sink, "%s: ", table->facts.data[i].name);
        put_md_text(sink, table->facts.data[i].value);
        cpa_sink_puts(sink, i + 1 < table->facts.len ? "  \n" : "\n\n");
    }
    for (size_t i = 0; i < table->n_columns; i++) {
        cpa_sink_printf(sink, "| %s ", table->columns[i]);
    }
    cpa_sink_puts(sink, "|\n");
    for (size_t i = 0; i < table->n_columns; i++) {
        bool is_number = i < table->cells.len && table->cells.data[i].is_number;
        cpa_sink_puts(sink, is_number ? "|---:" : "|---");
    }
    cpa_sink_puts(sink, "|\n");
    for (size_t i = 0; i < table->cells.len; i++) {
        cpa_sink_puts(sink, "| ");
        put_md_text(sink, table->cells.data[i].shown);
        cpa_sink_puts(sink, (i + 1) % table->n_columns == 0 ? " |\n" : " ");
    }
}

static const Format formats[] = {
    {"json", write_json},
    {"csv", write_csv},
    {"md", write_md},
};

static const Format *find_format(const CpaOptions *options)
{
    const char *name = options->format;
    if (name[0] == '\0') {
        const char *slash = strrchr(options->output, '/');
        const char *dot = strrchr(slash != NULL ? slash : options->output, '.');
        name = dot != NULL ? dot + 1 : "";
    }
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++) {
        if (g_ascii_strcasecmp(name, formats[i].name) == 0) {
            return &formats[i];
        }
    }
    return NULL;
}

bool cpa_tabular_wanted(const CpaOptions *options)
{
    return find_format(options) != NULL;
}

void cpa_tabular_write(const CpaTabular *table, const CpaOptions *options, CpaSink *sink)
{
    const Format *format = find_format(options);
    g_assert(format != NULL);
    format->write(table, sink);
}
