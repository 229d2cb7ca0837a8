/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Formats: RFC 8259 (JSON), RFC 4180 (CSV, with \n), GitHub's tables (Markdown).
 *
 * Texts come out as valid UTF-8 in every format. JSON escapes control characters; CSV and Markdown
 * show them as the pictures do. A CSV text that a spreadsheet would take for a formula gets an
 * apostrophe in front.
 *
 * CSV and Markdown are lines of all columns: `next` is the column whose cell comes next, those that
 * are skipped stay empty.
 */
#include "report/tabular.h"

#include <math.h>
#include <string.h>

#include "base/jsontext.h"
#include "layout/fit.h"

#define SCHEMA_VERSION 1
#define TEXT_MAX       65536
#define MAX_DEPTH      3

typedef enum { JSON, CSV, MD } Kind;

typedef struct {
    const char *name;
    const char *mime;
    Kind kind;
} Format;

struct CpaTabular {
    CpaReport *report;
    CpaSink *sink;
    const CpaColumn *columns;
    size_t n_columns;
    Kind kind;
    bool in_facts;   /* Markdown: a fact was written */
    int depth;       /* of lists of rows */
    bool first_row;  /* of the list that is open */
    bool first_cell; /* JSON: of the row that is open */
    bool line_open;  /* CSV, Markdown */
    size_t next;     /* column */
    bool first_item; /* of the list that is open */
};

static const Format formats[] = {
    {"json", "application/json", JSON},
    {"csv", "text/csv; charset=utf-8", CSV},
    {"md", "text/markdown; charset=utf-8", MD},
};

static const Format *find_format(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++) {
        if (g_ascii_strcasecmp(name, formats[i].name) == 0) {
            return &formats[i];
        }
    }
    return NULL;
}

static const Format *wanted_format(const CpaOptions *options)
{
    if (options->format[0] != '\0') {
        return find_format(options->format);
    }
    const char *slash = strrchr(options->output, '/');
    const char *dot = strrchr(slash != NULL ? slash : options->output, '.');
    return dot != NULL ? find_format(dot + 1) : NULL;
}

const char *cpa_tabular_names(void)
{
    return "json, csv, md";
}

const char *cpa_tabular_find(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++) {
        if (strcmp(name, formats[i].name) == 0) {
            return formats[i].name;
        }
    }
    return NULL;
}

const char *cpa_tabular_mime(const char *name)
{
    const Format *format = find_format(name);
    return format != NULL ? format->mime : NULL;
}

bool cpa_tabular_wanted(const CpaOptions *options)
{
    return wanted_format(options) != NULL;
}

CpaTabular *cpa_tabular_begin(CpaReport *report, const CpaColumn *columns, size_t n, CpaSink *sink)
{
    const Format *format = wanted_format(report->options);
    g_assert(format != NULL);
    CpaTabular *t = g_new0(CpaTabular, 1);
    t->report = report;
    t->sink = sink;
    t->columns = columns;
    t->n_columns = n;
    t->kind = format->kind;
    if (t->kind == JSON) {
        cpa_sink_puts(sink, "{\n");
    }
    return t;
}

void cpa_tabular_end(CpaTabular *t)
{
    if (t->kind == JSON) {
        cpa_sink_puts(t->sink, "\n}\n");
    }
}

void cpa_tabular_free(CpaTabular *t)
{
    g_free(t);
}

/* --- Texts -------------------------------------------------------------------------------------*/

static bool is_formula(char c)
{
    return c != '\0' && strchr("=+-@", c) != NULL;
}

static void put_doubled(CpaSink *sink, const char *text)
{
    for (const char *quote = strchr(text, '"'); quote != NULL; quote = strchr(text, '"')) {
        cpa_sink_write(sink, text, (size_t)(quote + 1 - text));
        cpa_sink_putc(sink, '"');
        text = quote + 1;
    }
    cpa_sink_puts(sink, text);
}

static void put_csv_text(CpaSink *sink, const char *text)
{
    if (strpbrk(text, "\",\n\r") == NULL && !is_formula(text[0])) {
        cpa_sink_puts(sink, text);
        return;
    }
    cpa_sink_puts(sink, is_formula(text[0]) ? "\"'" : "\"");
    put_doubled(sink, text);
    cpa_sink_putc(sink, '"');
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

static void put_text(CpaTabular *t, const char *text, size_t n)
{
    if (t->kind == JSON) {
        cpa_json_put_text(t->sink, text, n);
        return;
    }
    g_autofree char *clean = cpa_fit_clean(text, n, TEXT_MAX);
    if (t->kind == CSV) {
        put_csv_text(t->sink, clean);
    } else {
        put_md_text(t->sink, clean);
    }
}

/* --- Facts -------------------------------------------------------------------------------------*/

/* Whether the value of the fact is to be written. */
static bool begin_fact(CpaTabular *t, const char *name)
{
    g_assert(t->depth == 0);
    if (t->kind == JSON) {
        cpa_sink_printf(t->sink, "  \"%s\": ", name);
    } else if (t->kind == MD) {
        cpa_sink_printf(t->sink, "%s%s: ", t->in_facts ? "  \n" : "", name);
        t->in_facts = true;
    }
    return t->kind != CSV;
}

static void end_fact(CpaTabular *t)
{
    if (t->kind == JSON) {
        cpa_sink_puts(t->sink, ",\n");
    }
}

void cpa_tabular_fact_text(CpaTabular *t, const char *name, const char *text, gssize n)
{
    if ((text == NULL && t->kind == MD) || !begin_fact(t, name)) {
        return;
    }
    if (text == NULL) {
        cpa_sink_puts(t->sink, "null");
    } else {
        put_text(t, text, n < 0 ? strlen(text) : (size_t)n);
    }
    end_fact(t);
}

void cpa_tabular_fact_integer(CpaTabular *t, const char *name, int64_t value)
{
    if (begin_fact(t, name)) {
        cpa_json_put_integer(t->sink, value);
        end_fact(t);
    }
}

/* After divide_by, as the texts are. */
static int64_t divided(const CpaReport *r, int64_t value)
{
    return r->ratio > 0 && r->ratio != 1 ? cpa_int64_from_double((double)value * r->ratio) : value;
}

static void put_fact_name_text(CpaTabular *t, const char *name, const char *text)
{
    g_autofree char *name_text = g_strconcat(name, "_text", NULL);
    cpa_tabular_fact_text(t, name_text, text, -1);
}

void cpa_tabular_fact_value(CpaTabular *t, const char *name, int64_t value)
{
    char text[CPA_VALUE_TEXT_MAX];
    cpa_report_format(t->report, text, value);
    if (t->kind == MD) {
        cpa_tabular_fact_text(t, name, text, -1);
    } else if (t->kind == JSON) {
        cpa_tabular_fact_integer(t, name, divided(t->report, value));
        put_fact_name_text(t, name, text);
    }
}

static void put_filters(CpaTabular *t)
{
    const GPtrArray *filters = t->report->active_filters;
    if ((t->kind == MD && filters->len == 0) || !begin_fact(t, "filters")) {
        return;
    }
    cpa_sink_puts(t->sink, t->kind == JSON ? "[" : "");
    for (guint i = 0; i < filters->len; i++) {
        cpa_sink_puts(t->sink, i > 0 ? ", " : "");
        put_text(t, filters->pdata[i], strlen(filters->pdata[i]));
    }
    cpa_sink_puts(t->sink, t->kind == JSON ? "]" : "");
    end_fact(t);
}

/* A string of the profile, null where it has none. */
static void put_profile_text(CpaTabular *t, const char *name, CpaStrId id)
{
    const CpaView *v = t->report->view;
    const char *text = id != 0 ? cpa_view_str(v, id) : NULL;
    cpa_tabular_fact_text(t, name, text, id != 0 ? (gssize)cpa_strtab_len(v->strings, id) : 0);
}

static void put_times(CpaTabular *t, const CpaHeader *h)
{
    /* Years that have four digits; others have the number alone. */
    g_autoptr(GDateTime) time =
        h->time_ns != 0 ? g_date_time_new_from_unix_utc(h->time_ns / 1000000000) : NULL;
    g_autofree char *text = time != NULL ? g_date_time_format(time, "%Y-%m-%dT%H:%M:%SZ") : NULL;
    char duration[CPA_VALUE_TEXT_MAX];
    cpa_unit_format(duration, h->duration_ns, "nanoseconds", "auto");
    cpa_tabular_fact_text(t, "time", text, -1);
    if (t->kind == JSON) {
        cpa_tabular_fact_integer(t, "time_ns", h->time_ns);
        cpa_tabular_fact_integer(t, "duration_ns", h->duration_ns);
    }
    if (t->kind == JSON || h->duration_ns != 0) {
        cpa_tabular_fact_text(t, "duration", duration, -1);
    }
}

void cpa_tabular_profile_facts(CpaTabular *t)
{
    const CpaReport *r = t->report;
    const CpaView *v = r->view;
    if (t->kind == JSON) {
        cpa_tabular_fact_integer(t, "version", SCHEMA_VERSION);
    }
    cpa_tabular_fact_text(t, "report", r->row->name, -1);
    cpa_tabular_fact_text(t, "file", r->title, -1);
    put_profile_text(t, "build_id", v->n_mappings > 0 ? v->mappings[0].build_id : 0);
    put_profile_text(t, "doc", v->profile->header.doc_url);
    put_times(t, &v->profile->header);
    cpa_tabular_fact_text(t, "type", r->sample_type, -1);
    cpa_tabular_fact_text(t, "unit", r->sample_unit, -1);
    cpa_tabular_fact_value(t, "total", r->total);
    put_filters(t);
}

static int64_t cutoff(const CpaReport *r, double fraction)
{
    int64_t cut = cpa_int64_from_double((double)r->total * fraction);
    return cut < 0 ? (int64_t)(0 - (uint64_t)cut) : cut;
}

void cpa_tabular_graph_facts(CpaTabular *t, const CpaGraph *graph)
{
    const CpaReport *r = t->report;
    uint64_t shown = 0;
    for (uint32_t i = 0; i < graph->n_nodes; i++) {
        shown += (uint64_t)cpa_node_flat(&graph->nodes[i]);
    }
    cpa_tabular_fact_value(t, "shown", (int64_t)shown);
    cpa_tabular_fact_integer(t, "shown_nodes", graph->n_nodes);
    cpa_tabular_fact_integer(t, "kept_nodes", MAX(graph->n_orig_nodes, graph->n_nodes));
    cpa_tabular_fact_integer(t, "dropped_nodes", graph->n_dropped_nodes);
    cpa_tabular_fact_value(t, "node_cutoff", cutoff(r, r->options->nodefraction));
}

/* --- Rows --------------------------------------------------------------------------------------*/

static bool is_right_aligned(const CpaColumn *column)
{
    return column->kind == CPA_COLUMN_VALUE || column->kind == CPA_COLUMN_INTEGER ||
           column->kind == CPA_COLUMN_NUMBER;
}

static bool has_values(const CpaTabular *t)
{
    for (size_t i = 0; i < t->n_columns; i++) {
        if (t->columns[i].kind == CPA_COLUMN_VALUE) {
            return true;
        }
    }
    return false;
}

static bool is_hidden(const CpaTabular *t, size_t column)
{
    unsigned flag = t->kind == JSON ? CPA_COLUMN_NOT_JSON : t->kind == MD ? CPA_COLUMN_NOT_MD : 0;
    return (t->columns[column].flags & flag) != 0;
}

/* The line of column names; in CSV values have a text beside them, and their unit at the end. */
static void put_names(CpaTabular *t)
{
    for (size_t i = 0; i < t->n_columns; i++) {
        const CpaColumn *column = &t->columns[i];
        if (is_hidden(t, i)) {
            continue;
        }
        if (t->kind == MD) {
            cpa_sink_printf(t->sink, "| %s ", column->name);
            continue;
        }
        cpa_sink_printf(t->sink, "%s%s", i > 0 ? "," : "", column->name);
        if (column->kind == CPA_COLUMN_VALUE) {
            cpa_sink_printf(t->sink, ",%s_text", column->name);
        }
    }
    if (t->kind == CSV) {
        cpa_sink_puts(t->sink, has_values(t) ? ",unit\n" : "\n");
        return;
    }
    cpa_sink_puts(t->sink, "|\n");
    for (size_t i = 0; i < t->n_columns; i++) {
        const char *rule = is_right_aligned(&t->columns[i]) ? "|---:" : "|---";
        cpa_sink_puts(t->sink, is_hidden(t, i) ? "" : rule);
    }
    cpa_sink_puts(t->sink, "|\n");
}

void cpa_tabular_begin_rows(CpaTabular *t, const char *name)
{
    g_assert(t->depth < MAX_DEPTH);
    if (t->kind == JSON) {
        cpa_sink_printf(t->sink, t->depth > 0 ? ", \"%s\": [" : "  \"%s\": [", name);
    } else if (t->depth == 0) {
        cpa_sink_puts(t->sink, t->in_facts ? "\n\n" : "");
        put_names(t);
    } else if (t->line_open) {
        cpa_tabular_end_row(t);
    }
    t->depth++;
    t->first_row = true;
}

void cpa_tabular_end_rows(CpaTabular *t)
{
    t->depth--;
    if (t->kind == JSON) {
        cpa_sink_puts(t->sink, t->first_row ? "]" : "\n");
        if (!t->first_row) {
            cpa_sink_printf(t->sink, "%*s]", 2 + 2 * t->depth, "");
        }
    }
    t->first_row = false;
}

void cpa_tabular_begin_row(CpaTabular *t)
{
    if (t->kind == JSON) {
        cpa_sink_puts(t->sink, t->first_row ? "\n" : ",\n");
        cpa_sink_printf(t->sink, "%*s{", 2 + 2 * t->depth, "");
    } else if (t->kind == MD) {
        cpa_sink_puts(t->sink, "|");
    }
    t->first_row = false;
    t->first_cell = true;
    t->next = 0;
    t->line_open = true;
}

/* CSV, Markdown: empty cells up to the column. */
static void skip_cells(CpaTabular *t, size_t column)
{
    for (; t->next < column; t->next++) {
        if (t->kind == MD) {
            cpa_sink_puts(t->sink, is_hidden(t, t->next) ? "" : " |");
        } else {
            cpa_sink_puts(t->sink, t->next > 0 ? "," : "");
            cpa_sink_puts(t->sink, t->columns[t->next].kind == CPA_COLUMN_VALUE ? "," : "");
        }
    }
}

void cpa_tabular_end_row(CpaTabular *t)
{
    if (t->kind == JSON) {
        cpa_sink_putc(t->sink, '}');
        t->first_row = false;
    } else if (t->line_open) {
        skip_cells(t, t->n_columns);
        if (t->kind == CSV && has_values(t)) {
            cpa_sink_putc(t->sink, ',');
            put_text(t, t->report->sample_unit, strlen(t->report->sample_unit));
        }
        cpa_sink_putc(t->sink, '\n');
    }
    t->line_open = false;
}

/* Whether the cell's value is to be written. */
static bool begin_cell(CpaTabular *t, size_t column)
{
    if (is_hidden(t, column)) {
        return false;
    }
    if (t->kind == JSON) {
        cpa_sink_puts(t->sink, t->first_cell ? "\"" : ", \"");
        cpa_sink_puts(t->sink, t->columns[column].name);
        cpa_sink_puts(t->sink, "\": ");
        t->first_cell = false;
        return true;
    }
    g_assert(column >= t->next);
    skip_cells(t, column);
    cpa_sink_puts(t->sink, t->kind == MD ? " " : t->next > 0 ? "," : "");
    t->next = column + 1;
    return true;
}

static void end_cell(CpaTabular *t)
{
    if (t->kind == MD) {
        cpa_sink_puts(t->sink, " |");
    }
}

void cpa_tabular_text(CpaTabular *t, size_t column, const char *text, size_t n)
{
    if (begin_cell(t, column)) {
        put_text(t, text, n);
        end_cell(t);
    }
}

void cpa_tabular_value_as(CpaTabular *t, size_t column, int64_t value, const char *text)
{
    if (!begin_cell(t, column)) {
        return;
    }
    if (t->kind != MD) {
        cpa_json_put_integer(t->sink, divided(t->report, value));
    }
    if (t->kind == JSON) {
        cpa_sink_puts(t->sink, ", \"");
        cpa_sink_puts(t->sink, t->columns[column].name);
        cpa_sink_puts(t->sink, "_text\": ");
    } else if (t->kind == CSV) {
        cpa_sink_putc(t->sink, ',');
    }
    put_text(t, text, strlen(text));
    end_cell(t);
}

void cpa_tabular_value(CpaTabular *t, size_t column, int64_t value)
{
    char text[CPA_VALUE_TEXT_MAX];
    cpa_tabular_value_as(t, column, value, cpa_report_format(t->report, text, value));
}

void cpa_tabular_integer(CpaTabular *t, size_t column, int64_t value)
{
    if (begin_cell(t, column)) {
        cpa_json_put_integer(t->sink, value);
        end_cell(t);
    }
}

void cpa_tabular_bool(CpaTabular *t, size_t column, bool value)
{
    if (begin_cell(t, column)) {
        cpa_sink_puts(t->sink, value ? "true" : "false");
        end_cell(t);
    }
}

void cpa_tabular_null(CpaTabular *t, size_t column)
{
    if (begin_cell(t, column)) {
        bool is_value = t->columns[column].kind == CPA_COLUMN_VALUE;
        cpa_sink_puts(t->sink, t->kind == JSON ? "null" : t->kind == CSV && is_value ? "," : "");
        end_cell(t);
    }
}

void cpa_tabular_number(CpaTabular *t, size_t column, double value, const char *text)
{
    if (begin_cell(t, column)) {
        if (t->kind == MD) {
            put_md_text(t->sink, text);
        } else if (t->kind == JSON || isfinite(value)) {
            cpa_json_put_number(t->sink, value);
        }
        end_cell(t);
    }
}

void cpa_tabular_percent(CpaTabular *t, size_t column, int64_t value, int64_t total)
{
    char text[32];
    cpa_percentage_format(text, value, total);
    double percent = total != 0 ? 100.0 * (double)value / (double)total : 0;
    cpa_tabular_number(t, column, percent, g_strstrip(text));
}

void cpa_tabular_node(CpaTabular *t, size_t name, size_t file, size_t line, const CpaGraph *graph,
                      const CpaNode *node)
{
    CpaStrId file_id = node->info.file;
    cpa_tabular_text(t, name, node->label, node->label_len);
    if (file_id != 0) {
        cpa_tabular_text(t, file, cpa_strtab_get(graph->strings, file_id),
                         cpa_strtab_len(graph->strings, file_id));
    } else {
        cpa_tabular_null(t, file);
    }
    if (node->info.line != 0) {
        cpa_tabular_integer(t, line, node->info.line);
    } else {
        cpa_tabular_null(t, line);
    }
}

/* --- Lists -------------------------------------------------------------------------------------*/

void cpa_tabular_begin_list(CpaTabular *t, size_t column)
{
    begin_cell(t, column);
    cpa_sink_puts(t->sink, t->kind == JSON ? "[" : t->kind == CSV ? "\"" : "");
    t->first_item = true;
}

void cpa_tabular_end_list(CpaTabular *t)
{
    cpa_sink_puts(t->sink, t->kind == JSON ? "]" : t->kind == CSV ? "\"" : "");
    end_cell(t);
}

static const char *separator(const CpaTabular *t)
{
    return t->kind == JSON ? ", " : t->kind == CSV ? ";" : "; ";
}

/* An item of a list, without what separates it from others. */
static void put_item(CpaTabular *t, CpaSink *sink, const char *text, size_t n)
{
    if (t->kind == JSON) {
        cpa_json_put_text(sink, text, n);
        return;
    }
    g_autofree char *clean = cpa_fit_clean(text, n, TEXT_MAX);
    g_strdelimit(clean, ";", ':');
    if (t->kind == CSV) {
        put_doubled(sink, clean);
    } else {
        put_md_text(sink, clean);
    }
}

void cpa_tabular_encode(CpaTabular *t, const char *text, size_t n, bool first, GString *out)
{
    size_t len = 0;
    g_autoptr(CpaSink) sink = cpa_sink_new_memory();
    cpa_sink_puts(sink, first ? "" : separator(t));
    put_item(t, sink, text, n);
    const char *bytes = cpa_sink_data(sink, &len);
    g_string_append_len(out, bytes, (gssize)len);
}

static void begin_item(CpaTabular *t, char first_byte)
{
    if (!t->first_item) {
        cpa_sink_puts(t->sink, separator(t));
    } else if (t->kind == CSV && is_formula(first_byte)) {
        cpa_sink_putc(t->sink, '\'');
    }
    t->first_item = false;
}

void cpa_tabular_encoded(CpaTabular *t, const char *bytes, size_t n)
{
    begin_item(t, n > 0 ? bytes[0] : '\0');
    cpa_sink_write(t->sink, bytes, n);
}

void cpa_tabular_label(CpaTabular *t, const char *key, size_t key_len, const char *text,
                       size_t text_len, int64_t number, const char *unit)
{
    begin_item(t, key_len > 0 ? key[0] : '=');
    if (t->kind != JSON) {
        put_item(t, t->sink, key, key_len);
        cpa_sink_putc(t->sink, '=');
        put_item(t, t->sink, text, text_len);
        return;
    }
    cpa_sink_puts(t->sink, "{\"key\": ");
    cpa_json_put_text(t->sink, key, key_len);
    cpa_sink_puts(t->sink, ", \"value\": ");
    cpa_json_put_text(t->sink, text, text_len);
    if (unit != NULL) {
        cpa_sink_puts(t->sink, ", \"number\": ");
        cpa_json_put_integer(t->sink, number);
        cpa_sink_puts(t->sink, ", \"unit\": ");
        cpa_json_put_text(t->sink, unit, strlen(unit));
    }
    cpa_sink_putc(t->sink, '}');
}
