/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of the tables as man macros.
 */
#include "cli/manual.h"

#include <string.h>

#include "cli/complete.h"
#include "cli/verbs.h"
#include "input/format.h"
#include "report/report.h"
#include "report/viewer.h"

/*
 * Plain text: nothing in it is taken for a request or an escape. A line that is indented stays
 * a line.
 */
static void put_text(CpaSink *sink, const char *text)
{
    bool line_start = true;
    for (const char *c = text; c[0] != '\0'; c++) {
        if (line_start && (*c == '.' || *c == '\'')) {
            cpa_sink_puts(sink, "\\&");
        }
        if (*c == '\\') {
            cpa_sink_puts(sink, "\\e");
        } else if (*c == '-') {
            cpa_sink_puts(sink, "\\-");
        } else if (*c == '\'') {
            cpa_sink_puts(sink, "\\(aq");
        } else {
            cpa_sink_putc(sink, *c);
        }
        line_start = *c == '\n';
    }
}

static void put_styled(CpaSink *sink, const char *style, const char *text)
{
    cpa_sink_printf(sink, "\\f%s", style);
    put_text(sink, text);
    cpa_sink_puts(sink, "\\fR");
}

/* A tag of the form "\fB-name\fR=\fIargument\fR". */
static void put_flag(CpaSink *sink, const char *name, const char *separator, const char *argument)
{
    g_autofree char *flag = g_strconcat("-", name, NULL);
    put_styled(sink, "B", flag);
    if (argument != NULL) {
        cpa_sink_puts(sink, separator);
        put_styled(sink, "I", argument);
    }
}

/* Text of which the first line is a phrase and the others are sentences. */
static void put_help(CpaSink *sink, const char *help)
{
    const char *rest = strchr(help, '\n');
    g_autofree char *first = g_strndup(help, strcspn(help, "\n"));
    put_text(sink, first);
    cpa_sink_puts(sink, g_str_has_suffix(first, ".") ? "\n" : ".\n");
    if (rest != NULL) {
        put_text(sink, rest + 1);
        cpa_sink_putc(sink, '\n');
    }
}

static void put_report(CpaSink *sink, const CpaReportRow *row)
{
    cpa_sink_puts(sink, ".TP\n");
    put_styled(sink, "B", row->name);
    if (row->alias != NULL) {
        cpa_sink_puts(sink, ", ");
        put_styled(sink, "B", row->alias);
    }
    if ((row->flags & CPA_REPORT_ARGUMENT) != 0) {
        cpa_sink_putc(sink, ' ');
        put_styled(sink, "I", "regexp");
    }
    if ((row->flags & CPA_REPORT_COMPARES) != 0) {
        cpa_sink_putc(sink, ' ');
        put_styled(sink, "I", "old new");
    }
    cpa_sink_putc(sink, '\n');
    g_autofree char *help =
        g_strconcat(row->summary, row->usage[0] != '\0' ? "\n" : NULL, row->usage, NULL);
    put_help(sink, help);
    if ((row->flags & CPA_REPORT_AWAY_FROM_TTY) != 0) {
        cpa_sink_puts(sink, "If standard output is a terminal, it is written to\n.I profile001.");
        put_text(sink, row->suffix);
        cpa_sink_puts(sink, "\nor the next free number.\n");
    }
}

static void put_reports(CpaSink *sink)
{
    size_t n = 0;
    const CpaReportRow *const *reports = cpa_report_table(&n);
    for (size_t i = 0; i < n; i++) {
        put_report(sink, reports[i]);
    }
    const CpaVerb *verbs = cpa_verb_table(&n);
    for (size_t i = 0; i < n; i++) {
        if (verbs[i].synopsis != NULL) {
            g_autofree char *help = g_strconcat(verbs[i].summary, "\n", verbs[i].usage, NULL);
            cpa_sink_puts(sink, ".TP\n");
            put_styled(sink, "B", verbs[i].synopsis);
            cpa_sink_putc(sink, '\n');
            put_help(sink, help);
        }
    }
}

static void put_viewers(CpaSink *sink)
{
    size_t n = 0;
    const CpaViewer *viewers = cpa_viewer_table(&n);
    for (size_t i = 0; i < n; i++) {
        const char *what = viewers[i].report != NULL ? viewers[i].report : "a picture";
        cpa_sink_puts(sink, ".TP\n");
        put_styled(sink, "B", viewers[i].name);
        g_autofree char *help = g_strdup_printf("Shows %s %s", what, viewers[i].help);
        cpa_sink_putc(sink, '\n');
        put_help(sink, help);
    }
}

static void put_option(CpaSink *sink, const CpaOptionRow *row)
{
    cpa_sink_puts(sink, ".TP\n");
    if (row->kind == CPA_OPTION_CHOICE) {
        for (const char *c = row->choices; c[0] != '\0'; c += strlen(c) + 1) {
            put_flag(sink, c, "", NULL);
            cpa_sink_puts(sink, ", ");
        }
        put_flag(sink, row->name, "=", "choice");
    } else {
        put_flag(sink, row->name, "=", row->argument);
        for (const char *c = row->name + strlen(row->name) + 1; c[0] != '\0'; c += strlen(c) + 1) {
            cpa_sink_puts(sink, ", ");
            put_flag(sink, c, " ", row->argument);
        }
    }
    cpa_sink_putc(sink, '\n');
    put_help(sink, row->help);
    bool is_flag = row->kind == CPA_OPTION_BOOL || row->kind == CPA_OPTION_PRESET;
    if (row->default_value != NULL && row->default_value[0] != '\0' && !is_flag) {
        cpa_sink_puts(sink, "Default: ");
        put_text(sink, row->default_value);
        cpa_sink_puts(sink, ".\n");
    }
}

static void put_options(CpaSink *sink)
{
    size_t n = 0;
    const CpaOptionRow *rows = cpa_options_table(&n);
    const char *title = NULL;
    for (int group = 0; (title = cpa_option_group_title((CpaOptionGroup)group)) != NULL; group++) {
        bool titled = false;
        for (size_t i = 0; i < n; i++) {
            if ((int)rows[i].group != group) {
                continue;
            }
            if (!titled) {
                cpa_sink_printf(sink, ".SS %s\n", title);
                titled = true;
            }
            put_option(sink, &rows[i]);
        }
    }
}

static void put_formats(CpaSink *sink)
{
    size_t n = 0;
    const CpaFormat *const *formats = cpa_format_table(&n);
    for (size_t i = 0; i < n; i++) {
        cpa_sink_puts(sink, ".TP\n");
        put_styled(sink, "B", formats[i]->name);
        cpa_sink_putc(sink, '\n');
        put_help(sink, formats[i]->summary);
        if (formats[i]->suffixes != NULL && formats[i]->suffixes[0] != '\0') {
            cpa_sink_puts(sink, "Usual names:\n");
            put_text(sink, formats[i]->suffixes);
            cpa_sink_putc(sink, '\n');
        }
    }
}

static void put_pictures(CpaSink *sink)
{
    size_t n = 0;
    const CpaRenderer *const *renderers = cpa_renderer_table(&n);
    for (size_t i = 0; i < n; i++) {
        cpa_sink_puts(sink, ".RS\n.TP\n");
        put_styled(sink, "B", renderers[i]->name);
        cpa_sink_putc(sink, '\n');
        put_help(sink, renderers[i]->summary);
        cpa_sink_puts(sink, ".RE\n");
    }
}

bool cpa_manual_section(CpaSink *sink, const char *section, GError **error)
{
    static const struct {
        const char *name;
        void (*put)(CpaSink *sink);
    } sections[] = {
        {"reports", put_reports},
        {"viewers", put_viewers},
        {"options", put_options},
        {"formats", put_formats},
        {"pictures", put_pictures},
        {"completion-bash", cpa_complete_bash},
        {"completion-zsh", cpa_complete_zsh},
        {"completion-fish", cpa_complete_fish},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(sections); i++) {
        if (strcmp(sections[i].name, section) == 0) {
            sections[i].put(sink);
            return true;
        }
    }
    return cpa_error_set(error, CPA_ERROR_USAGE, "the manual has no generated section \"%s\"",
                         section);
}
