/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines are sorted by name, as upstream's are.
 */
#include "shell/listing.h"

#include <string.h>

#include "base/text.h"

#define COMMENT "//:"

/* The shell's own commands. */
static const struct {
    const char *name;
    const char *help;
} own[] = {
    {":", "Clear focus, ignore, hide, tagfocus and tagignore"},
    {"help", "List commands and options; help NAME explains one"},
    {"o/options", "List options and their current values"},
    {"q/quit/exit/^D", "Leave"},
    {"save", "Write the profile as it is filtered now: save FILE"},
    {"undo", "Take the last change of options back"},
};

static int compare_lines(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorts and joins; frees the lines. */
static char *join_sorted(GPtrArray *lines)
{
    g_ptr_array_sort(lines, compare_lines);
    g_ptr_array_add(lines, NULL);
    char *text = g_strjoinv("\n", (char **)lines->pdata);
    g_ptr_array_unref(lines);
    return text;
}

/* "[cum | flat]", sorted. */
static char *choices_text(const char *choices)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (const char *c = choices; c[0] != '\0'; c += strlen(c) + 1) {
        g_ptr_array_add(names, (gpointer)c);
    }
    g_ptr_array_sort(names, compare_lines);
    g_ptr_array_add(names, NULL);
    g_autofree char *list = g_strjoinv(" | ", (char **)names->pdata);
    return g_strdup_printf("[%s]", list);
}

static char *type_name(const CpaProfile *p, uint32_t i)
{
    const char *name = cpa_strtab_get(p->strings, p->header.sample_types[i].type);
    return cpa_text_shorten(name, strlen(name), 80);
}

/* The sample type that is reported when none is asked for. */
static char *default_type(const CpaProfile *p)
{
    uint32_t n = p->header.n_types;
    for (uint32_t i = 0; i < n; i++) {
        if (p->header.default_sample_type != 0 &&
            p->header.sample_types[i].type == p->header.default_sample_type) {
            return type_name(p, i);
        }
    }
    return n > 0 ? type_name(p, n - 1) : g_strdup("");
}

static char *types_text(const CpaProfile *p)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    for (uint32_t i = 0; i < p->header.n_types; i++) {
        g_ptr_array_add(names, type_name(p, i));
    }
    g_ptr_array_add(names, NULL);
    g_autofree char *list = g_strjoinv(" | ", (char **)names->pdata);
    return g_strdup_printf("[%s]", list);
}

char *cpa_shell_options(const CpaProfile *profile, const CpaOptions *options)
{
    size_t n = 0;
    const CpaOptionRow *rows = cpa_options_table(&n);
    const CpaOptionRow *sample_index = cpa_options_find("sample_index");
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
    for (size_t i = 0; i < n; i++) {
        const CpaOptionRow *row = &rows[i];
        g_autofree char *value = cpa_option_is_lasting(row) ? cpa_options_get(options, row) : NULL;
        g_autofree char *comment = NULL;
        if (value == NULL) {
            continue;
        }
        if (row->choices != NULL) {
            comment = choices_text(row->choices);
        } else if (row == sample_index) {
            comment = types_text(profile);
        } else if (row->kind == CPA_OPTION_INT && strcmp(value, row->default_value) == 0) {
            comment = g_strdup("default");
        }
        if (value[0] == '\0') {
            g_free(value);
            value = row == sample_index    ? default_type(profile)
                    : row->choices != NULL ? g_strdup("(default)")
                                           : g_strdup("\"\"");
        }
        g_autofree char *shown = cpa_text_shorten(value, strlen(value), 4096);
        g_ptr_array_add(lines,
                        g_strdup_printf("  %-25s = %-20s %s%s%s", row->name, shown,
                                        comment != NULL ? COMMENT : "", comment != NULL ? " " : "",
                                        comment != NULL ? comment : ""));
    }
    return join_sorted(lines);
}

char *cpa_shell_changes(const CpaOptions *from, const CpaOptions *to)
{
    size_t n = 0;
    const CpaOptionRow *rows = cpa_options_table(&n);
    GString *text = g_string_new(NULL);
    for (size_t i = 0; i < n; i++) {
        g_autofree char *old = cpa_options_get(from, &rows[i]);
        g_autofree char *new = cpa_options_get(to, &rows[i]);
        if (g_strcmp0(old, new) != 0) {
            g_string_append_printf(text, "%s%s=%s", text->len > 0 ? "\n" : "", rows[i].name, new);
        }
    }
    return g_string_free(text, FALSE);
}

static void add_line(GPtrArray *lines, const char *name, const char *help)
{
    g_ptr_array_add(lines, g_strdup_printf("    %-16s %.*s", name, (int)strcspn(help, "\n"), help));
}

static char *command_lines(void)
{
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) names = cpa_shell_command_names();
    for (guint i = 0; i < names->len; i++) {
        const char *name = names->pdata[i];
        const CpaViewer *viewer = NULL;
        const char *format = NULL;
        const CpaReportRow *row = cpa_shell_command_row(name, &viewer, &format);
        g_autofree char *help = cpa_report_find(name) != NULL ? g_strdup(row->summary)
                                : viewer != NULL
                                    ? g_strdup_printf("Show %s %s", row->name, viewer->help)
                                    : g_strdup_printf("Draw %s as %s", row->name, format);
        add_line(lines, name, help);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(own); i++) {
        add_line(lines, own[i].name, own[i].help);
    }
    return join_sorted(lines);
}

static char *option_lines(void)
{
    size_t n = 0;
    const CpaOptionRow *rows = cpa_options_table(&n);
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
    for (size_t i = 0; i < n; i++) {
        if (cpa_option_is_lasting(&rows[i])) {
            add_line(lines, rows[i].name, rows[i].help);
        }
    }
    return join_sorted(lines);
}

char *cpa_shell_help(void)
{
    g_autofree char *commands = command_lines();
    g_autofree char *options = option_lines();
    return g_strdup_printf(
        "  Commands:\n%s\n\n  Options, set by name=value (a flag or a choice by its name):\n%s\n\n"
        "  A command goes on: [n] [focus_regex]* [-ignore_regex]* [-cum] [>file] [| program]\n"
        "  type \"help <cmd|option>\" for more information",
        commands, options);
}

static char *help_on_command(const char *name)
{
    const CpaViewer *viewer = NULL;
    const char *format = NULL;
    const CpaReportRow *row = cpa_shell_command_row(name, &viewer, &format);
    if (row == NULL) {
        return NULL;
    }
    bool takes_regexp = (row->flags & CPA_REPORT_ARGUMENT) != 0;
    bool is_about_labels = (row->flags & CPA_REPORT_OF_LABELS) != 0;
    const char *what = is_about_labels ? "tag" : "focus";
    GString *text = g_string_new(row->summary);
    if (format != NULL) {
        g_string_append_printf(text, ", as %s", format);
    }
    if (viewer != NULL) {
        g_string_append_printf(text, ", %s", viewer->help);
    }
    g_string_append_printf(text, "\n  Usage:\n    %s%s [n] [%s_regex]* [-ignore_regex]* [-cum]",
                           name, takes_regexp ? " regex" : "", what);
    g_string_append(text, " [>file] [| program]\n");
    g_auto(GStrv) lines = g_strsplit(row->usage != NULL ? row->usage : "", "\n", -1);
    for (size_t i = 0; lines[i] != NULL && lines[i][0] != '\0'; i++) {
        g_string_append_printf(text, "    %s\n", lines[i]);
    }
    return g_string_free(text, FALSE);
}

static char *help_on_option(const char *name)
{
    const CpaOptionRow *row = cpa_options_find(name);
    if (row == NULL) {
        row = cpa_options_find_choice(name);
    }
    return row == NULL ? NULL
                       : g_strdup_printf("%s=%s\n%s\n", row->name,
                                         row->argument != NULL          ? row->argument
                                         : row->kind == CPA_OPTION_BOOL ? "true|false"
                                                                        : "...",
                                         row->help);
}

static char *help_on_own(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(own); i++) {
        g_auto(GStrv) names = g_strsplit(own[i].name, "/", -1);
        if (g_strv_contains((const char *const *)names, name)) {
            return g_strdup_printf("%s\n", own[i].help);
        }
    }
    return NULL;
}

char *cpa_shell_help_on(const char *topic, GError **error)
{
    char *text = help_on_own(topic);
    text = text != NULL ? text : help_on_command(topic);
    text = text != NULL ? text : help_on_option(topic);
    if (text != NULL) {
        return text;
    }
    g_autoptr(GPtrArray) names = cpa_shell_command_names();
    size_t n = 0;
    const CpaOptionRow *rows = cpa_options_table(&n);
    for (size_t i = 0; i < n; i++) {
        g_ptr_array_add(names, (gpointer)rows[i].name);
    }
    int nearest = cpa_text_nearest(topic, (const char *const *)names->pdata, names->len);
    cpa_error_set(error, CPA_ERROR_USAGE, "Unknown command: %s%s%s%s", topic,
                  nearest < 0 ? "" : "; did you mean ",
                  nearest < 0 ? "" : (const char *)names->pdata[nearest], nearest < 0 ? "" : "?");
    return NULL;
}
