/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names come from the tables of reports, formats and viewers; nothing here knows a report by name.
 */
#include "shell/command.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* Nodes of reports that list many, unless the line or nodecount says otherwise. */
#define LISTED_NODES 10

char **cpa_shell_words(const char *text)
{
    GPtrArray *words = g_ptr_array_new();
    for (;;) {
        text += strspn(text, " \t\r\n\v\f");
        size_t n = strcspn(text, " \t\r\n\v\f");
        if (n == 0) {
            break;
        }
        g_ptr_array_add(words, g_strndup(text, n));
        text += n;
    }
    g_ptr_array_add(words, NULL);
    return (char **)g_ptr_array_free(words, FALSE);
}

static const CpaReportRow *picture_row(void)
{
    size_t n = 0;
    const CpaReportRow *const *rows = cpa_report_table(&n);
    for (size_t i = 0; i < n; i++) {
        if ((rows[i]->flags & CPA_REPORT_PICTURE) != 0) {
            return rows[i];
        }
    }
    return NULL;
}

const CpaReportRow *cpa_shell_command_row(const char *name, const CpaViewer **viewer,
                                          const char **format)
{
    const CpaReportRow *row = cpa_report_find(name);
    const CpaViewer *shown = NULL;
    const CpaRenderer *renderer = NULL;
    if (row != NULL) {
        shown = row->viewer != NULL ? cpa_viewer_find(row->viewer) : NULL;
    } else if ((shown = cpa_viewer_find(name)) != NULL) {
        row = shown->report != NULL ? cpa_report_find(shown->report) : picture_row();
        renderer = shown->report == NULL ? cpa_renderer_find(shown->suffix) : NULL;
    } else if ((renderer = cpa_renderer_find(name)) != NULL) {
        row = picture_row();
    }
    if (viewer != NULL) {
        *viewer = shown;
    }
    if (format != NULL) {
        *format = renderer != NULL ? renderer->name : NULL;
    }
    return row;
}

static int compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

GPtrArray *cpa_shell_command_names(void)
{
    GPtrArray *names = g_ptr_array_new();
    size_t n = 0;
    const CpaReportRow *const *reports = cpa_report_table(&n);
    for (size_t i = 0; i < n; i++) {
        g_ptr_array_add(names, (gpointer)reports[i]->name);
        if (reports[i]->alias != NULL) {
            g_ptr_array_add(names, (gpointer)reports[i]->alias);
        }
    }
    const CpaRenderer *const *renderers = cpa_renderer_table(&n);
    for (size_t i = 0; i < n; i++) {
        g_ptr_array_add(names, (gpointer)renderers[i]->name);
    }
    const CpaViewer *viewers = cpa_viewer_table(&n);
    for (size_t i = 0; i < n; i++) {
        g_ptr_array_add(names, (gpointer)viewers[i].name);
    }
    g_ptr_array_sort(names, compare_names);
    return names;
}

static bool usage(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

static bool usage(GError **error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *message = g_strdup_vprintf(format, args);
    va_end(args);
    return cpa_error_set(error, CPA_ERROR_USAGE, "%s", message);
}

/* Finds what the first word names, cutting digits off its end: top10. */
static bool name_report(CpaShellCommand *command, const char *word, char **number, GError **error)
{
    const char *format = NULL;
    g_autofree char *name = g_strdup(word);
    command->row = cpa_shell_command_row(name, &command->viewer, &format);
    size_t n = strlen(name);
    while (n > 0 && g_ascii_isdigit(name[n - 1])) {
        n--;
    }
    if (command->row == NULL && n > 0 && name[n] != '\0') {
        *number = g_strdup(name + n);
        name[n] = '\0';
        command->row = cpa_shell_command_row(name, &command->viewer, &format);
    }
    if (command->row == NULL) {
        g_autoptr(GPtrArray) names = cpa_shell_command_names();
        int nearest = cpa_text_nearest(word, (const char *const *)names->pdata, names->len);
        const char *hint = nearest < 0 ? NULL : names->pdata[nearest];
        return usage(error, "unrecognized command: \"%s\"%s%s%s", word,
                     hint != NULL ? "; did you mean " : "; type help for the commands",
                     hint != NULL ? hint : "", hint != NULL ? "?" : "");
    }
    return format == NULL ||
           cpa_options_set(command->options, cpa_options_find("format"), format, error);
}

/* A whole number that fits into 32 bits, signed or not; else *number stays. */
static bool is_number(const char *word, int *number)
{
    char *end = NULL;
    const char *digits = word + (word[0] == '-' || word[0] == '+');
    if (!g_ascii_isdigit(digits[0])) {
        return false;
    }
    gint64 wide = g_ascii_strtoll(word, &end, 10);
    if (*end != '\0' || wide < G_MININT32 || wide > G_MAXINT32) {
        return false;
    }
    *number = (int)wide;
    return true;
}

static void join_regexp(GString *regexp, const char *more)
{
    if (regexp->len > 0 && more[0] != '\0') {
        g_string_append_c(regexp, '|');
    }
    g_string_append(regexp, more);
}

static void set_text(CpaOptions *options, const char *name, const GString *value)
{
    if (value->len > 0) {
        cpa_options_set(options, cpa_options_find(name), value->str, NULL);
    }
}

/* Reads the words behind the name; the first may be the number that was cut off it. */
static bool read_words(CpaShellCommand *command, char *const *words, GError **error)
{
    g_autoptr(GString) focus = g_string_new(NULL);
    g_autoptr(GString) ignore = g_string_new(NULL);
    CpaOptions *o = command->options;
    bool is_about_labels = (command->row->flags & CPA_REPORT_OF_LABELS) != 0;
    for (size_t i = 0; words[i] != NULL; i++) {
        const char *word = words[i];
        if (is_number(word, &o->nodecount)) {
            continue;
        }
        if (word[0] == '>') {
            const char *file = word[1] != '\0' ? word + 1 : words[++i];
            if (file == NULL) {
                return usage(error, "unexpected end of line after >");
            }
            cpa_options_set(o, cpa_options_find("output"), file, NULL);
        } else if (strcmp(word, "-cum") == 0 || strcmp(word, "--cum") == 0) {
            cpa_options_set(o, cpa_options_find("sort"), "cum", NULL);
        } else if (word[0] == '-') {
            join_regexp(ignore, word + 1);
        } else {
            join_regexp(focus, word);
        }
    }
    set_text(o, is_about_labels ? "tagfocus" : "focus", focus);
    set_text(o, is_about_labels ? "tagignore" : "ignore", ignore);
    return true;
}

/* Cuts "| COMMAND" off; a '|' inside a word belongs to a regexp. */
static bool cut_pipe(CpaShellCommand *command, char *text, GError **error)
{
    for (char *bar = strchr(text, '|'); bar != NULL; bar = strchr(bar + 1, '|')) {
        bool is_alone =
            bar > text && g_ascii_isspace(bar[-1]) && (bar[1] == '\0' || g_ascii_isspace(bar[1]));
        if (is_alone) {
            *bar = '\0';
            command->pipe = g_strdup(bar + 1);
            g_strstrip(command->pipe);
            return command->pipe[0] != '\0' || usage(error, "unexpected end of line after |");
        }
    }
    return true;
}

CpaShellCommand *cpa_shell_command_parse(const char *text, const CpaOptions *options,
                                         GError **error)
{
    g_autoptr(CpaShellCommand) command = g_new0(CpaShellCommand, 1);
    g_autofree char *copy = g_strdup(text);
    g_autofree char *number = NULL;
    command->options = cpa_options_copy(options);
    if (!cut_pipe(command, copy, error)) {
        return NULL;
    }
    g_auto(GStrv) words = cpa_shell_words(copy);
    if (words[0] == NULL) {
        usage(error, "a command comes before |");
        return NULL;
    }
    if (!name_report(command, words[0], &number, error)) {
        return NULL;
    }
    if (number != NULL) {
        /* The number goes where the name was: it may be the argument, as in list10. */
        g_free(words[0]);
        words[0] = g_steal_pointer(&number);
    }
    char **rest = g_ascii_isdigit(words[0][0]) ? words : words + 1;
    if ((command->row->flags & CPA_REPORT_ARGUMENT) != 0) {
        if (rest[0] == NULL) {
            usage(error, "command %s requires an argument", command->row->name);
            return NULL;
        }
        command->argument = g_strdup(rest[0]);
        rest++;
    }
    if (!read_words(command, rest, error)) {
        return NULL;
    }
    if (command->options->nodecount == -1 && (command->row->flags & CPA_REPORT_LISTS) != 0) {
        command->options->nodecount = LISTED_NODES;
    }
    return g_steal_pointer(&command);
}

void cpa_shell_command_free(CpaShellCommand *command)
{
    if (command != NULL) {
        cpa_options_free(command->options);
        g_free(command->argument);
        g_free(command->pipe);
        g_free(command);
    }
}
