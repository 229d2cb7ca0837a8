/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Listings as rows. CSV and Markdown have no rows in rows there: their lines say which part they
 * are, and stand below what they belong to.
 */
#include "report/listtable.h"

#include <string.h>

#include "base/text.h"
#include "report/tabular.h"

/* --- sources -------------------------------------------------------------------------------- */

enum {
    L_PART,
    L_NAME,
    L_FILE,
    L_SOURCE,
    L_PROBLEM,
    L_LINE,
    L_ADDRESS,
    L_FLAT,
    L_CUM,
    L_CUM_PERCENT,
    L_TEXT,
    L_CALLS,
};

static const CpaColumn listing_columns[] = {
    [L_PART] = {"part", CPA_COLUMN_TEXT, CPA_COLUMN_NOT_JSON},
    [L_NAME] = {"name", CPA_COLUMN_TEXT, 0},
    [L_FILE] = {"file", CPA_COLUMN_TEXT, 0},
    [L_SOURCE] = {"source", CPA_COLUMN_TEXT, CPA_COLUMN_NOT_MD},
    [L_PROBLEM] = {"problem", CPA_COLUMN_TEXT, CPA_COLUMN_NOT_MD},
    [L_LINE] = {"line", CPA_COLUMN_INTEGER, 0},
    [L_ADDRESS] = {"address", CPA_COLUMN_TEXT, 0},
    [L_FLAT] = {"flat", CPA_COLUMN_VALUE, 0},
    [L_CUM] = {"cum", CPA_COLUMN_VALUE, 0},
    [L_CUM_PERCENT] = {"cum_percent", CPA_COLUMN_NUMBER, 0},
    [L_TEXT] = {"text", CPA_COLUMN_TEXT, 0},
    [L_CALLS] = {"calls", CPA_COLUMN_LIST, 0},
};

static void put_string(CpaTabular *table, size_t column, const char *text)
{
    if (text != NULL) {
        cpa_tabular_text(table, column, text, strlen(text));
    } else {
        cpa_tabular_null(table, column);
    }
}

static void put_address(CpaTabular *table, size_t column, uint64_t address)
{
    char text[32];
    g_snprintf(text, sizeof text, "0x%" G_GINT64_MODIFIER "x", address);
    put_string(table, column, text);
}

static void put_calls(CpaTabular *table, const CpaListing *listing, const CpaListCode *code)
{
    g_autoptr(GString) items = g_string_new(NULL);
    for (uint32_t i = 0; i < code->n_calls; i++) {
        const CpaListCall *call = &listing->calls.data[code->call_first + i];
        g_autofree char *text = g_strdup_printf("%s:%" G_GINT64_FORMAT, call->file, call->line);
        cpa_tabular_encode(table, text, strlen(text), i == 0, items);
    }
    cpa_tabular_begin_list(table, L_CALLS);
    if (items->len > 0) {
        cpa_tabular_encoded(table, items->str, items->len);
    }
    cpa_tabular_end_list(table);
}

static void put_code(CpaTabular *table, const CpaListing *listing, const CpaListLine *line)
{
    cpa_tabular_begin_rows(table, "asm");
    for (uint32_t i = 0; line != NULL && i < line->n_code; i++) {
        const CpaListCode *code = &listing->code.data[line->code_first + i];
        bool is_known = *code->file != '\0';
        cpa_tabular_begin_row(table);
        put_string(table, L_PART, "asm");
        put_string(table, L_FILE, is_known ? code->file : NULL);
        if (is_known) {
            cpa_tabular_integer(table, L_LINE, code->line);
        } else {
            cpa_tabular_null(table, L_LINE);
        }
        put_address(table, L_ADDRESS, code->address);
        cpa_tabular_value(table, L_FLAT, code->flat);
        cpa_tabular_value(table, L_CUM, code->cum);
        put_string(table, L_TEXT, code->text);
        put_calls(table, listing, code);
        cpa_tabular_end_row(table);
    }
    cpa_tabular_end_rows(table);
}

static void put_lines(CpaTabular *table, const CpaListing *listing, const CpaListFunction *f,
                      bool with_code)
{
    const CpaListLine *next = listing->lines.data + f->line_first;
    const CpaListLine *end = next + f->n_lines;
    const CpaSrcFile *source = f->source != NULL ? f->source->text : NULL;
    /* Without source, only the lines that have something to say. */
    int64_t last = source != NULL ? f->end : next < end ? end[-1].line + 1 : f->begin;
    int64_t line = source != NULL ? f->begin : next < end ? next->line : last;
    cpa_tabular_begin_rows(table, "lines");
    while (line < last) {
        while (next < end && next->line < line) {
            next++;
        }
        const CpaListLine *known = next < end && next->line == line ? next : NULL;
        size_t len = 0;
        const char *text = source != NULL ? cpa_src_file_line(source, line, &len) : NULL;
        if (text != NULL || known != NULL) {
            cpa_tabular_begin_row(table);
            put_string(table, L_PART, "line");
            cpa_tabular_integer(table, L_LINE, line);
            cpa_tabular_value(table, L_FLAT, known != NULL ? known->flat : 0);
            cpa_tabular_value(table, L_CUM, known != NULL ? known->cum : 0);
            if (text != NULL) {
                cpa_tabular_text(table, L_TEXT, text, len);
            } else {
                cpa_tabular_null(table, L_TEXT);
            }
            if (with_code) {
                put_code(table, listing, known);
            }
            cpa_tabular_end_row(table);
        }
        /* Behind the end of the file there are only lines with something to say. */
        line = text != NULL                       ? line + 1
               : known != NULL && known + 1 < end ? known[1].line
               : known == NULL && next < end      ? next->line
                                                  : last;
    }
    cpa_tabular_end_rows(table);
}

void cpa_listing_put_table(CpaReport *r, const CpaListing *listing, bool with_code, CpaSink *sink)
{
    g_autoptr(CpaTabular) table =
        cpa_tabular_begin(r, listing_columns, G_N_ELEMENTS(listing_columns), sink);
    cpa_tabular_profile_facts(table);
    cpa_tabular_begin_rows(table, "rows");
    for (size_t i = 0; i < listing->functions.len; i++) {
        const CpaListFunction *f = &listing->functions.data[i];
        if (f->is_hidden) {
            continue;
        }
        cpa_tabular_begin_row(table);
        put_string(table, L_PART, "function");
        put_string(table, L_NAME, f->name);
        put_string(table, L_FILE, f->file);
        put_string(table, L_SOURCE, f->source != NULL ? f->source->path : NULL);
        put_string(table, L_PROBLEM, f->source != NULL ? f->source->problem : NULL);
        cpa_tabular_value(table, L_FLAT, f->flat);
        cpa_tabular_value(table, L_CUM, f->cum);
        cpa_tabular_percent(table, L_CUM_PERCENT, f->cum, r->total);
        put_lines(table, listing, f, with_code);
        cpa_tabular_end_row(table);
    }
    cpa_tabular_end_rows(table);
    cpa_tabular_end(table);
}

/* --- code ----------------------------------------------------------------------------------- */

enum {
    A_PART,
    A_NAME,
    A_BINARY,
    A_INLINED_INTO,
    A_ALIASES,
    A_ADDRESS,
    A_FLAT,
    A_CUM,
    A_CUM_PERCENT,
    A_TEXT,
    A_FUNCTION,
    A_FILE,
    A_LINE,
};

static const CpaColumn assembly_columns[] = {
    [A_PART] = {"part", CPA_COLUMN_TEXT, CPA_COLUMN_NOT_JSON},
    [A_NAME] = {"name", CPA_COLUMN_TEXT, 0},
    [A_BINARY] = {"binary", CPA_COLUMN_TEXT, CPA_COLUMN_NOT_MD},
    [A_INLINED_INTO] = {"inlined_into", CPA_COLUMN_TEXT, CPA_COLUMN_NOT_MD},
    [A_ALIASES] = {"aliases", CPA_COLUMN_LIST, 0},
    [A_ADDRESS] = {"address", CPA_COLUMN_TEXT, 0},
    [A_FLAT] = {"flat", CPA_COLUMN_VALUE, 0},
    [A_CUM] = {"cum", CPA_COLUMN_VALUE, 0},
    [A_CUM_PERCENT] = {"cum_percent", CPA_COLUMN_NUMBER, 0},
    [A_TEXT] = {"text", CPA_COLUMN_TEXT, 0},
    [A_FUNCTION] = {"function", CPA_COLUMN_TEXT, CPA_COLUMN_NOT_MD},
    [A_FILE] = {"file", CPA_COLUMN_TEXT, CPA_COLUMN_NOT_MD},
    [A_LINE] = {"line", CPA_COLUMN_INTEGER, 0},
};

static int64_t divided(int64_t value, int64_t div)
{
    return div == -1 ? (int64_t)(0 - (uint64_t)value) : div != 0 ? value / div : value;
}

static void put_instructions(CpaTabular *table, const CpaAssembly *assembly,
                             const CpaAssemblySymbol *symbol)
{
    cpa_tabular_begin_rows(table, "lines");
    for (size_t i = 0; i < symbol->n_lines; i++) {
        const CpaAssemblyLine *line = &assembly->lines.data[symbol->line_first + i];
        cpa_tabular_begin_row(table);
        put_string(table, A_PART, "line");
        put_address(table, A_ADDRESS, line->address);
        cpa_tabular_value(table, A_FLAT, divided(line->sums.flat, line->sums.flat_div));
        cpa_tabular_value(table, A_CUM, divided(line->sums.cum, line->sums.cum_div));
        put_string(table, A_TEXT, line->text);
        put_string(table, A_FUNCTION, *line->function != '\0' ? line->function : NULL);
        put_string(table, A_FILE, *line->file != '\0' ? line->file : NULL);
        if (line->line != 0) {
            cpa_tabular_integer(table, A_LINE, line->line);
        } else {
            cpa_tabular_null(table, A_LINE);
        }
        cpa_tabular_end_row(table);
    }
    cpa_tabular_end_rows(table);
}

void cpa_assembly_put_table(CpaReport *r, const CpaAssembly *assembly, CpaSink *sink)
{
    g_autoptr(CpaTabular) table =
        cpa_tabular_begin(r, assembly_columns, G_N_ELEMENTS(assembly_columns), sink);
    cpa_tabular_profile_facts(table);
    cpa_tabular_begin_rows(table, "rows");
    for (size_t i = 0; i < assembly->symbols.len; i++) {
        const CpaAssemblySymbol *s = &assembly->symbols.data[i];
        g_autoptr(GString) aliases = g_string_new(NULL);
        for (guint k = 0; s->aliases != NULL && k < s->aliases->len; k++) {
            const char *alias = s->aliases->pdata[k];
            cpa_tabular_encode(table, alias, strlen(alias), k == 0, aliases);
        }
        cpa_tabular_begin_row(table);
        put_string(table, A_PART, "symbol");
        put_string(table, A_NAME, s->name);
        put_string(table, A_BINARY, s->binary);
        put_string(table, A_INLINED_INTO, s->host);
        cpa_tabular_begin_list(table, A_ALIASES);
        if (aliases->len > 0) {
            cpa_tabular_encoded(table, aliases->str, aliases->len);
        }
        cpa_tabular_end_list(table);
        put_address(table, A_ADDRESS, s->start);
        cpa_tabular_value(table, A_FLAT, s->sums.flat);
        cpa_tabular_value(table, A_CUM, s->sums.cum);
        cpa_tabular_percent(table, A_CUM_PERCENT, s->sums.cum, r->total);
        put_instructions(table, assembly, s);
        cpa_tabular_end_row(table);
    }
    cpa_tabular_end_rows(table);
    cpa_tabular_end(table);
}
