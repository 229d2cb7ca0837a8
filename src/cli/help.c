/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Help texts for a terminal, 80 columns.
 */
#include "cli/help.h"

#include <protobuf-c/protobuf-c.h>
#include <string.h>
#include <zlib.h>
#ifdef HAVE_ISAL
#include <isa-l.h>
#endif

#include "base/text.h"
#include "cli/args.h"
#include "input/format.h"

#define WIDTH   78
#define TEXT_AT 24 /* column of the explanation in lists */

typedef struct {
    const char *name;
    void (*put)(CpaSink *sink);
} Topic;

/*
 * Text of tables, filled anew; a line that begins with a space stays as it is. `column` says
 * where the cursor is, 0 or `indent`.
 */
static void put_filled(CpaSink *sink, const char *text, int indent, int column)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (size_t i = 0; lines[i] != NULL; i++) {
        bool as_is = lines[i][0] == ' ' || lines[i][0] == '\0';
        if (as_is) {
            cpa_sink_printf(sink, "%s%*s%s\n", column > 0 ? "\n" : "", indent, "", lines[i]);
            column = 0;
            continue;
        }
        g_auto(GStrv) words = g_strsplit(lines[i], " ", -1);
        for (size_t k = 0; words[k] != NULL; k++) {
            int width = (int)cpa_text_display_width(words[k], strlen(words[k]));
            if (column > 0 && column == indent) {
                cpa_sink_puts(sink, words[k]);
                column += width;
            } else if (column == 0 || column + 1 + width > WIDTH) {
                cpa_sink_printf(sink, "%s%*s%s", column > 0 ? "\n" : "", indent, "", words[k]);
                column = indent + width;
            } else {
                cpa_sink_printf(sink, " %s", words[k]);
                column += 1 + width;
            }
        }
    }
    cpa_sink_puts(sink, column > 0 ? "\n" : "");
}

/* "  name            what it is"; a long name gets a line of its own. */
static void put_item(CpaSink *sink, const char *name, const char *text)
{
    if (strlen(name) + 3 <= TEXT_AT) {
        cpa_sink_printf(sink, "  %-*s", TEXT_AT - 2, name);
    } else {
        cpa_sink_printf(sink, "  %s\n%*s", name, TEXT_AT, "");
    }
    put_filled(sink, text, TEXT_AT, TEXT_AT);
}

static char *first_line(const char *text)
{
    return g_strndup(text, strcspn(text, "\n"));
}

/* "-focus=regexp", "-cum, -flat", "-output=file, -o file" */
static char *synopsis(const CpaOptionRow *row)
{
    GString *text = g_string_new(NULL);
    if (row->kind == CPA_OPTION_CHOICE) {
        for (const char *c = row->choices; c[0] != '\0'; c += strlen(c) + 1) {
            g_string_append_printf(text, "%s-%s", text->len > 0 ? ", " : "", c);
        }
        return g_string_free(text, FALSE);
    }
    g_string_append_printf(text, "-%s", row->name);
    if (row->argument != NULL) {
        g_string_append_printf(text, "=%s", row->argument);
    }
    for (const char *c = row->name + strlen(row->name) + 1; c[0] != '\0'; c += strlen(c) + 1) {
        g_string_append_printf(text, ", -%s", c);
        if (row->argument != NULL) {
            g_string_append_printf(text, " %s", row->argument);
        }
    }
    return g_string_free(text, FALSE);
}

static void put_option(CpaSink *sink, const CpaOptionRow *row)
{
    g_autofree char *name = synopsis(row);
    g_autofree char *text = first_line(row->help);
    put_item(sink, name, text);
}

/* "top, text", "peek REGEXP" */
static char *report_name(const CpaReportRow *row)
{
    return g_strconcat(row->name, row->alias != NULL ? ", " : "",
                       row->alias != NULL ? row->alias : "",
                       (row->flags & CPA_REPORT_ARGUMENT) != 0 ? " REGEXP" : "",
                       (row->flags & CPA_REPORT_COMPARES) != 0 ? " OLD NEW" : "", NULL);
}

static void put_reports(CpaSink *sink)
{
    size_t n = 0;
    const CpaReportRow *const *reports = cpa_report_table(&n);
    for (size_t i = 0; i < n; i++) {
        g_autofree char *name = report_name(reports[i]);
        put_item(sink, name, reports[i]->summary);
    }
}

/* "web, eog, ..." */
static void put_viewers(CpaSink *sink)
{
    g_autoptr(GString) names = g_string_new(NULL);
    size_t n = 0;
    const CpaViewer *viewers = cpa_viewer_table(&n);
    for (size_t i = 0; i < n; i++) {
        g_string_append_printf(names, "%s%s", i > 0 ? ", " : "", viewers[i].name);
    }
    put_item(sink, names->str, "A picture, or callgrind, shown by that program");
}

/* The names of the options of a group, wrapped. */
static void put_option_names(CpaSink *sink, CpaOptionGroup group)
{
    size_t n = 0;
    const CpaOptionRow *rows = cpa_options_table(&n);
    size_t column = 0;
    for (size_t i = 0; i < n; i++) {
        if (rows[i].group != group || rows[i].kind == CPA_OPTION_PRESET) {
            continue;
        }
        g_autofree char *names = synopsis(&rows[i]);
        if (column == 0) {
            cpa_sink_printf(sink, "  %-*s", TEXT_AT - 2, cpa_option_group_title(group));
            column = TEXT_AT;
        } else if (column + 2 + strlen(names) > WIDTH) {
            cpa_sink_printf(sink, ",\n%*s", TEXT_AT, "");
            column = TEXT_AT;
        } else {
            cpa_sink_puts(sink, ", ");
            column += 2;
        }
        cpa_sink_puts(sink, names);
        column += strlen(names);
    }
    if (column > 0) {
        cpa_sink_putc(sink, '\n');
    }
}

/* What is listed below the reports. */
static void put_verbs(CpaSink *sink)
{
    size_t n = 0;
    const CpaVerb *verbs = cpa_verb_table(&n);
    for (size_t i = 0; i < n; i++) {
        if (verbs[i].synopsis != NULL) {
            put_item(sink, verbs[i].synopsis, verbs[i].summary);
        }
    }
}

static void put_verb(CpaSink *sink, const CpaVerb *verb)
{
    cpa_sink_printf(sink, "%s: %s\n\nusage: cpa %s [options] source...\n\n", verb->name,
                    verb->summary, verb->synopsis);
    put_filled(sink, verb->usage, 0, 0);
    cpa_sink_puts(sink, "\nOptions (cpa help OPTION explains one):\n");
    put_option_names(sink, CPA_OPTION_GROUP_SOURCE);
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
                cpa_sink_printf(sink, "%s%s:\n", group > 0 ? "\n" : "", title);
                titled = true;
            }
            put_option(sink, &rows[i]);
        }
    }
    cpa_sink_putc(sink, '\n');
    put_filled(sink,
               "Options may stand anywhere: -x=value, -x value, --x. What has no value is a flag; "
               "-x=false takes it back. -- ends the options.",
               0, 0);
}

static void put_formats(CpaSink *sink)
{
    size_t n = 0;
    const CpaFormat *const *formats = cpa_format_table(&n);
    for (size_t i = 0; i < n; i++) {
        put_item(sink, formats[i]->name, formats[i]->summary);
        if (formats[i]->suffixes != NULL && formats[i]->suffixes[0] != '\0') {
            g_autofree char *names = g_strconcat("usually ", formats[i]->suffixes, NULL);
            put_item(sink, "", names);
        }
    }
    cpa_sink_puts(sink, "\nFormats are told by content, packed with gzip or not.\n");
}

static const Topic topics[] = {
    {.name = "options", .put = put_options},
    {.name = "formats", .put = put_formats},
};

void cpa_help_usage(CpaSink *sink)
{
    cpa_sink_puts(sink, "usage: cpa REPORT [options] [binary] source...\n"
                        "       cpa -REPORT [options] [binary] source...   as with pprof\n"
                        "       cpa [options] source...                    the shell, or a short ");
    cpa_sink_printf(sink, "%s\n       cpa help [REPORT|OPTION]\n", cpa_default_report()->name);
}

void cpa_help_overview(CpaSink *sink)
{
    size_t n = 0;
    const CpaOptionRow *rows = cpa_options_table(&n);
    cpa_help_usage(sink);
    cpa_sink_puts(sink, "\nReports:\n");
    put_reports(sink);
    put_verbs(sink);
    put_viewers(sink);
    cpa_sink_puts(sink, "\nOptions used most:\n");
    const char *title = NULL;
    for (int group = 0; (title = cpa_option_group_title((CpaOptionGroup)group)) != NULL; group++) {
        for (size_t i = 0; i < n; i++) {
            if ((int)rows[i].group == group && rows[i].common) {
                put_option(sink, &rows[i]);
            }
        }
    }
    cpa_sink_puts(sink, "\nMore:");
    for (size_t i = 0; i < G_N_ELEMENTS(topics); i++) {
        cpa_sink_printf(sink, "%s cpa help %s", i > 0 ? "," : "", topics[i].name);
    }
    cpa_sink_puts(sink, ", cpa -version, man cpa\n");
}

static void put_example(CpaSink *sink, const CpaReportRow *row, const char *options)
{
    bool takes_regexp = (row->flags & CPA_REPORT_ARGUMENT) != 0;
    bool compares = (row->flags & CPA_REPORT_COMPARES) != 0;
    cpa_sink_printf(sink, "  cpa %s%s%s %s\n", row->name, takes_regexp ? " 'json\\.'" : "", options,
                    compares ? "old.pb.gz new.pb.gz" : "cpu.pb.gz");
}

static void put_report(CpaSink *sink, const CpaReportRow *row)
{
    bool takes_regexp = (row->flags & CPA_REPORT_ARGUMENT) != 0;
    bool compares = (row->flags & CPA_REPORT_COMPARES) != 0;
    bool trims = (row->flags & (CPA_REPORT_NO_TRIM | CPA_REPORT_ADDRESSES)) == 0;
    const char *sources = compares ? "OLD NEW" : "source...";

    cpa_sink_printf(sink, "%s: %s\n", row->name, row->summary);
    if (row->alias != NULL) {
        cpa_sink_printf(sink, "%s is another name for it.\n", row->alias);
    }
    cpa_sink_printf(sink, "\nusage: cpa %s%s [options] [binary] %s\n", row->name,
                    takes_regexp ? " REGEXP" : "", sources);
    cpa_sink_printf(sink, "       cpa -%s%s [options] [binary] %s\n", row->name,
                    takes_regexp ? "=REGEXP" : "", sources);
    if (row->usage != NULL && row->usage[0] != '\0') {
        cpa_sink_putc(sink, '\n');
        put_filled(sink, row->usage, 0, 0);
    }
    if ((row->flags & CPA_REPORT_AWAY_FROM_TTY) != 0) {
        g_autofree char *away =
            g_strdup_printf("If standard output is a terminal, it is written to "
                            "profile001.%s or the next free number.",
                            row->suffix);
        cpa_sink_putc(sink, '\n');
        put_filled(sink, away, 0, 0);
    }
    cpa_sink_puts(sink, "\nOptions (cpa help OPTION explains one):\n");
    put_option_names(sink, CPA_OPTION_GROUP_VALUE);
    put_option_names(sink, CPA_OPTION_GROUP_FILTER);
    put_option_names(sink, CPA_OPTION_GROUP_VIEW);
    if (trims) {
        put_option_names(sink, CPA_OPTION_GROUP_TRIM);
    }
    put_option_names(sink, CPA_OPTION_GROUP_CODE);
    put_option_names(sink, CPA_OPTION_GROUP_OUTPUT);
    cpa_sink_puts(sink, "\nExamples:\n");
    put_example(sink, row, "");
    g_autofree char *to_file = g_strdup_printf(" -o out.%s", row->suffix);
    put_example(sink, row, (row->flags & CPA_REPORT_AWAY_FROM_TTY) != 0 ? to_file : " -focus=main");
}

static void put_option_page(CpaSink *sink, const CpaOptionRow *row)
{
    g_autofree char *name = synopsis(row);
    g_autofree char *first = first_line(row->help);
    cpa_sink_printf(sink, "%s\n  %s\n", name, first);
    if (strchr(row->help, '\n') != NULL) {
        put_filled(sink, strchr(row->help, '\n') + 1, 2, 0);
    }
    if (row->kind == CPA_OPTION_CHOICE) {
        cpa_sink_printf(sink, "  Also as -%s=%s.\n", row->name, row->choices);
    }
    if (row->default_value != NULL && row->default_value[0] != '\0' &&
        row->kind != CPA_OPTION_PRESET) {
        cpa_sink_printf(sink, "  Default: %s\n", row->default_value);
    }
}

static void put_renderer(CpaSink *sink, const CpaRenderer *renderer)
{
    const char *name = renderer->name;
    cpa_sink_printf(sink,
                    "%s: %s\n\n"
                    "usage: cpa %s [options] [binary] source...         the call graph\n"
                    "       cpa flame -%s [options] [binary] source...\n"
                    "       cpa diff -%s [options] OLD NEW\n"
                    "       cpa graph|flame|diff ... -o FILE.%s\n",
                    name, renderer->summary, name, name, name, name);
}

static void put_viewer(CpaSink *sink, const CpaViewer *viewer)
{
    const char *what = viewer->report != NULL ? viewer->report : "the call graph";
    cpa_sink_printf(sink, "%s: Show %s %s\n\nusage: cpa %s [options] [binary] source...\n",
                    viewer->name, what, viewer->help, viewer->name);
    if (viewer->report == NULL) {
        cpa_sink_printf(sink, "       cpa flame -%s [options] [binary] source...\n", viewer->name);
    }
    g_autofree char *text = g_strdup_printf(
        "The report is written to a temporary file, pprof001.%s or the next free number, which is "
        "removed when the program ends.",
        viewer->suffix);
    cpa_sink_putc(sink, '\n');
    put_filled(sink, text, 0, 0);
    if (viewer->programs == NULL) {
        put_filled(sink,
                   "The first of these that can be started shows it: $BROWSER, chrome, "
                   "google-chrome, chromium, firefox, sensible-browser, xdg-open on a desktop.",
                   0, 0);
    }
}

bool cpa_help_topic(CpaSink *sink, const char *topic, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(topics); i++) {
        if (strcmp(topics[i].name, topic) == 0) {
            topics[i].put(sink);
            return true;
        }
    }
    const CpaReportRow *report = cpa_report_find(topic);
    if (report != NULL) {
        put_report(sink, report);
        return true;
    }
    const CpaVerb *verb = cpa_verb_find(topic, true);
    if (verb != NULL && verb->usage != NULL) {
        put_verb(sink, verb);
        return true;
    }
    const CpaViewer *viewer = cpa_viewer_find(topic);
    if (viewer != NULL) {
        put_viewer(sink, viewer);
        return true;
    }
    const CpaRenderer *renderer = cpa_renderer_find(topic);
    if (renderer != NULL) {
        put_renderer(sink, renderer);
        return true;
    }
    const CpaOptionRow *option = cpa_options_find(topic);
    if (option == NULL) {
        option = cpa_options_find_choice(topic);
    }
    if (option != NULL) {
        put_option_page(sink, option);
        return true;
    }
    const char *nearest = cpa_suggest(topic, true);
    if (nearest != NULL) {
        return cpa_error_set(error, CPA_ERROR_USAGE, "there is no help on %s; did you mean %s?",
                             topic, nearest);
    }
    return cpa_error_set(error, CPA_ERROR_USAGE,
                         "there is no help on %s; cpa help lists the reports, cpa help options "
                         "the options",
                         topic);
}

void cpa_help_version(CpaSink *sink)
{
    size_t n = 0;
    const CpaFormat *const *formats = cpa_format_table(&n);
    cpa_sink_puts(sink, "cpa " PACKAGE_VERSION "\nformats:");
    for (size_t i = 0; i < n; i++) {
        cpa_sink_printf(sink, "%s %s", i > 0 ? "," : "", formats[i]->name);
    }
    cpa_sink_printf(sink, "\nlibraries: glib %u.%u.%u, zlib %s, protobuf-c %s", glib_major_version,
                    glib_minor_version, glib_micro_version, zlibVersion(), protobuf_c_version());
#ifdef HAVE_ISAL
    cpa_sink_printf(sink, ", isa-l %d.%d.%d", ISAL_MAJOR_VERSION, ISAL_MINOR_VERSION,
                    ISAL_PATCH_VERSION);
#endif
    cpa_sink_putc(sink, '\n');
}
