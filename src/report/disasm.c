/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Instructions of the symbols that match, with their weights: disasm.
 *
 *     ROUTINE ======================== fib
 *         50ms      100ms (flat, cum) 38.46% of Total
 *            .          .       12c0: push   %r12                             ;fib fib.c:7
 *         10ms       10ms       12c2: mov    %edi,%eax
 *
 * Source: pprof internal/report/report.go PrintAssembly
 */
#include <string.h>

#include "base/text.h"
#include "report/assembly.h"
#include "report/listing.h"
#include "report/listtable.h"
#include "report/tabular.h"

/* Shorter instructions have their location on the same line. */
#define TEXT_WIDTH 40

/* "fib fib.c:7 ": what changed since the last instruction; "" where nothing did. */
static void put_location(GString *out, const CpaAssemblyLine *line)
{
    g_string_truncate(out, 0);
    if (*line->function != '\0') {
        g_string_append_printf(out, "%s ", line->function);
    }
    if (*line->file != '\0') {
        g_autofree char *base = cpa_path_base(line->file);
        g_string_append(out, base);
        if (line->line != 0) {
            g_string_append_printf(out, ":%u", line->line);
        }
    }
}

static int64_t divided(int64_t value, int64_t div)
{
    return div != 0 ? value / div : value;
}

static void put_line(const CpaReport *r, CpaSink *sink, const CpaAssemblyLine *line,
                     const char *location)
{
    char text[CPA_VALUE_TEXT_MAX];
    const CpaGroupSums *s = &line->sums;
    size_t width = strlen(line->text);
    bool is_short = cpa_text_display_width(line->text, width) < TEXT_WIDTH && width < TEXT_WIDTH;
    if (*location != '\0' && !is_short) {
        cpa_sink_printf(sink, "%74s;%s\n", "", location);
    }
    cpa_sink_pad(sink, cpa_report_format_or_dot(r, text, divided(s->flat, s->flat_div)), 10);
    cpa_sink_putc(sink, ' ');
    cpa_sink_pad(sink, cpa_report_format_or_dot(r, text, divided(s->cum, s->cum_div)), 10);
    cpa_sink_printf(sink, " %10" G_GINT64_MODIFIER "x: ", line->address);
    cpa_sink_puts(sink, line->text);
    if (*location != '\0' && is_short) {
        cpa_sink_printf(sink, "%*s;%s", (int)(TEXT_WIDTH - width), "", location);
    }
    cpa_sink_putc(sink, '\n');
}

static void put_symbol(const CpaReport *r, CpaSink *sink, const CpaAssembly *assembly,
                       const CpaAssemblySymbol *symbol)
{
    if (symbol->host != NULL) {
        cpa_sink_printf(sink, "ROUTINE ======================== %s inlined into %s\n", symbol->name,
                        symbol->host);
    } else {
        cpa_sink_printf(sink, "ROUTINE ======================== %s\n", symbol->name);
    }
    for (guint i = 0; symbol->aliases != NULL && i < symbol->aliases->len; i++) {
        cpa_sink_printf(sink, "    AKA ======================== %s\n",
                        (const char *)symbol->aliases->pdata[i]);
    }
    cpa_report_put_sums(r, sink, symbol->sums.flat, symbol->sums.cum);
    g_autoptr(GString) location = g_string_new(NULL);
    const CpaAssemblyLine *last = NULL;
    for (size_t i = 0; i < symbol->n_lines; i++) {
        const CpaAssemblyLine *line = &assembly->lines.data[symbol->line_first + i];
        bool is_same = last != NULL
                           ? strcmp(line->function, last->function) == 0 &&
                                 strcmp(line->file, last->file) == 0 && line->line == last->line
                           : *line->function == '\0' && *line->file == '\0' && line->line == 0;
        if (line->starts_block) {
            cpa_sink_puts(sink, "         .          .        ...\n");
        }
        if (is_same) {
            g_string_truncate(location, 0);
        } else {
            put_location(location, line);
        }
        put_line(r, sink, line, location->str);
        last = line;
    }
}

static bool emit(CpaReport *r, CpaSink *sink, GError **error)
{
    char text[CPA_VALUE_TEXT_MAX];
    g_autoptr(CpaAssembly) assembly = cpa_assembly_new(r, error);
    if (assembly == NULL) {
        return false;
    }
    if (cpa_tabular_wanted(r->options)) {
        cpa_assembly_put_table(r, assembly, sink);
        return true;
    }
    cpa_sink_printf(sink, "Total: %s\n", cpa_report_format(r, text, r->total));
    for (size_t i = 0; i < assembly->symbols.len; i++) {
        put_symbol(r, sink, assembly, &assembly->symbols.data[i]);
    }
    return true;
}

const CpaReportRow cpa_report_disasm = {
    .name = "disasm",
    .summary = "Instructions with their weights, of symbols that match a regexp",
    .usage =
        "disasm REGEXP|ADDRESS shows the machine code of each symbol of the program that matches "
        "or\n"
        "that holds the address, with flat and cum of each instruction. Where only inlined\n"
        "functions match, it shows what became of them in the functions that they are in.\n"
        "Needs the program: name it before the profile. With -nodecount=N, the N symbols with the\n"
        "largest flat.",
    .suffix = "txt",
    .flags = CPA_REPORT_ARGUMENT | CPA_REPORT_ADDRESSES | CPA_REPORT_OBJECTS | CPA_REPORT_TABULAR,
    .emit = emit,
};
