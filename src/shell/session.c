/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line is, in this order: a shortcut of the profile's sample types, an assignment, a word of the
 * shell, a command. Every change of options keeps the options before it, for undo.
 */
#include "shell/session.h"

#include <string.h>

#include "base/text.h"
#include "shell/listing.h"

#define COMMENT      "//:"
#define MAX_UNDO     100
#define PROMPT_SHOWN ((size_t)48) /* bytes of filters */

struct CpaSession {
    CpaProfile *profile;
    CpaOptions *options;
    GPtrArray *before; /* of CpaOptions*, the last change last */
};

static const char *const words[] = {"exit", "help", "o",    "options", "q",
                                    "quit", "save", "undo", NULL};

/* What ":" takes away. */
static const char *const cleared[] = {"focus", "ignore", "hide", "tagfocus", "tagignore"};

const char *const *cpa_session_words(void)
{
    return words;
}

CpaSession *cpa_session_new(CpaProfile *profile, const CpaOptions *options)
{
    CpaSession *s = g_new0(CpaSession, 1);
    s->profile = profile;
    s->options = cpa_options_copy(options);
    s->options->compact_labels = true;
    s->before = g_ptr_array_new_with_free_func((GDestroyNotify)cpa_options_free);
    return s;
}

void cpa_session_free(CpaSession *s)
{
    if (s != NULL) {
        cpa_options_free(s->options);
        g_ptr_array_unref(s->before);
        g_free(s);
    }
}

const CpaOptions *cpa_session_options(const CpaSession *s)
{
    return s->options;
}

const CpaProfile *cpa_session_profile(const CpaSession *s)
{
    return s->profile;
}

const char *cpa_session_sample_type(const CpaSession *s, uint32_t i)
{
    const CpaHeader *h = &s->profile->header;
    return i < h->n_types ? cpa_strtab_get(s->profile->strings, h->sample_types[i].type) : NULL;
}

static const GPtrArray *list_of(const CpaOptions *options, const CpaOptionRow *row)
{
    return G_STRUCT_MEMBER(GPtrArray *, options, row->member_offset);
}

/* Puts `options` in force, unless nothing changed. Takes them over. */
static void change(CpaSession *s, CpaOptions *options)
{
    size_t n = 0;
    const CpaOptionRow *rows = cpa_options_table(&n);
    bool is_same = true;
    for (size_t i = 0; i < n && is_same; i++) {
        g_autofree char *old = cpa_options_get(s->options, &rows[i]);
        g_autofree char *new = cpa_options_get(options, &rows[i]);
        /* The text of a list is no one text: to set it is a change. */
        is_same = g_strcmp0(old, new) == 0 &&
                  (!cpa_option_is_list(&rows[i]) ||
                   list_of(s->options, &rows[i])->len == list_of(options, &rows[i])->len);
    }
    if (is_same) {
        cpa_options_free(options);
        return;
    }
    if (s->before->len >= MAX_UNDO) {
        g_ptr_array_remove_index(s->before, 0);
    }
    g_ptr_array_add(s->before, s->options);
    s->options = options;
}

static bool set(CpaOptions *options, const char *name, const char *value, GError **error)
{
    const CpaOptionRow *row = cpa_options_find(name);
    g_assert(row != NULL);
    return cpa_options_set(options, row, value, error);
}

/* Finds the sample type that is called `name`, as sample_index=... understands it. */
static bool find_sample_type(const CpaSession *s, const char *name, const char **type,
                             GError **error)
{
    g_autoptr(GString) all = g_string_new(NULL);
    const char *without = g_str_has_prefix(name, "inuse_") ? name + strlen("inuse_") : name;
    char *end = NULL;
    guint64 index = g_ascii_strtoull(name, &end, 10);
    if (g_ascii_isdigit(name[0]) && *end == '\0') {
        *type = cpa_session_sample_type(s, (uint32_t)MIN(index, CPA_NONE));
        return *type != NULL ||
               cpa_error_set(error, CPA_ERROR_USAGE, "sample_index %s is outside the range [0..%u]",
                             name, s->profile->header.n_types - 1);
    }
    for (uint32_t i = 0; (*type = cpa_session_sample_type(s, i)) != NULL; i++) {
        if (strcmp(*type, name) == 0 || strcmp(*type, without) == 0) {
            return true;
        }
        g_string_append_printf(all, "%s%s", i > 0 ? " " : "", *type);
    }
    if (strcmp(name, "all") == 0) {
        *type = name;
        return true;
    }
    return cpa_error_set(error, CPA_ERROR_USAGE, "sample_index \"%s\" must be one of: [%s]", name,
                         all->str);
}

/* T, total_T, mean_T. Returns whether the line is one. */
static bool expand_shortcut(CpaSession *s, const char *line)
{
    static const char *const prefixes[] = {"", "total_", "mean_"};
    const char *type = NULL;
    for (uint32_t i = 0; (type = cpa_session_sample_type(s, i)) != NULL; i++) {
        for (size_t k = 0; k < G_N_ELEMENTS(prefixes); k++) {
            size_t n = strlen(prefixes[k]);
            if (strncmp(line, prefixes[k], n) == 0 && strcmp(line + n, type) == 0) {
                CpaOptions *options = cpa_options_copy(s->options);
                set(options, "sample_index", type, NULL);
                options->mean = n == 0 ? options->mean : k == 2;
                change(s, options);
                return true;
            }
        }
    }
    return false;
}

static void clear_filters(CpaSession *s)
{
    CpaOptions *options = cpa_options_copy(s->options);
    for (size_t i = 0; i < G_N_ELEMENTS(cleared); i++) {
        set(options, cleared[i], "", NULL);
    }
    change(s, options);
}

/* cum, lines=true: a choice by its own name. */
static bool assign_choice(CpaOptions *options, const CpaOptionRow *row, const char *name,
                          const char *value, GError **error)
{
    bool on = value == NULL;
    if (value != NULL && !cpa_option_bool_parse(value, &on)) {
        return cpa_error_set(error, CPA_ERROR_USAGE,
                             "invalid value \"%s\" for %s: it must be true or false", value, name);
    }
    if (!on) {
        return cpa_error_set(error, CPA_ERROR_USAGE, "set another %s instead: %s=...", row->name,
                             row->name);
    }
    return cpa_options_set(options, row, name, error);
}

static bool assign_option(const CpaSession *s, CpaOptions *options, const CpaOptionRow *row,
                          const char *value, GError **error)
{
    if (row->kind == CPA_OPTION_BOOL) {
        return cpa_options_set(options, row, value != NULL ? value : "", error);
    }
    if (value == NULL) {
        return cpa_error_set(error, CPA_ERROR_USAGE, "please specify a value, e.g. %s=<val>",
                             row->name);
    }
    if (row == cpa_options_find("sample_index") && value[0] != '\0') {
        return find_sample_type(s, value, &value, error) &&
               cpa_options_set(options, row, value, error);
    }
    return cpa_options_set(options, row, value, error);
}

/* The value of name=value: without a comment, and blanks around it. NULL for a name alone. */
static char *value_of(const char *equals)
{
    if (equals == NULL) {
        return NULL;
    }
    char *value = g_strdup(equals + 1);
    char *comment = g_strrstr(value, COMMENT);
    if (comment != NULL) {
        *comment = '\0';
    }
    return g_strstrip(value);
}

/* Returns whether the line is an assignment; *ok says what came of it. */
static bool assign(CpaSession *s, const char *line, bool *ok, GError **error)
{
    const char *equals = strchr(line, '=');
    g_autofree char *name =
        g_strndup(line, equals != NULL ? (size_t)(equals - line) : strlen(line));
    g_strstrip(name);
    const CpaOptionRow *row = cpa_options_find(name);
    const CpaOptionRow *choice = row == NULL ? cpa_options_find_choice(name) : NULL;
    const CpaOptionRow *found = row != NULL ? row : choice;
    /* o is a command; as the short name of an option it has a value. */
    bool is_short = row != NULL && strcmp(name, row->name) != 0 && equals == NULL;
    if (found == NULL || is_short) {
        return false;
    }
    if (!cpa_option_is_lasting(found)) {
        *ok =
            cpa_error_set(error, CPA_ERROR_USAGE,
                          "%s counts when a profile is loaded: give it to cpa as -%s", name, name);
        return true;
    }
    g_autofree char *value = value_of(equals);
    g_autoptr(CpaOptions) options = cpa_options_copy(s->options);
    *ok = row != NULL ? assign_option(s, options, row, value, error)
                      : assign_choice(options, choice, name, value, error);
    if (*ok) {
        change(s, g_steal_pointer(&options));
    }
    return true;
}

static bool undo(CpaSession *s, CpaStep *step, GError **error)
{
    if (s->before->len == 0) {
        return cpa_error_set(error, CPA_ERROR_USAGE, "nothing is left to undo");
    }
    CpaOptions *last = g_ptr_array_steal_index(s->before, s->before->len - 1);
    step->kind = CPA_STEP_TEXT;
    step->text = cpa_shell_changes(s->options, last);
    cpa_options_free(s->options);
    s->options = last;
    return true;
}

/* save FILE: the profile as it is filtered now. */
static bool save(const CpaSession *s, char *const *args, CpaStep *step, GError **error)
{
    if (args[0] == NULL || args[1] != NULL) {
        return cpa_error_set(error, CPA_ERROR_USAGE, "save takes the name of a file");
    }
    g_autofree char *line = g_strconcat("proto >", args[0], NULL);
    step->kind = CPA_STEP_REPORT;
    step->command = cpa_shell_command_parse(line, s->options, error);
    return step->command != NULL;
}

/* The shell's own words. Returns whether the line starts with one. */
static bool run_word(CpaSession *s, char *const *args, CpaStep *step, bool *ok, GError **error)
{
    const char *word = args[0];
    *ok = true;
    if (strcmp(word, "o") == 0 || strcmp(word, "options") == 0) {
        step->kind = CPA_STEP_TEXT;
        step->text = cpa_shell_options(s->profile, s->options);
    } else if (strcmp(word, "q") == 0 || strcmp(word, "quit") == 0 || strcmp(word, "exit") == 0) {
        step->kind = CPA_STEP_QUIT;
    } else if (strcmp(word, "help") == 0) {
        g_autofree char *topic = g_strjoinv(" ", (char **)args + 1);
        step->kind = CPA_STEP_TEXT;
        step->text = topic[0] != '\0' ? cpa_shell_help_on(topic, error) : cpa_shell_help();
        *ok = step->text != NULL;
    } else if (strcmp(word, "undo") == 0) {
        *ok = undo(s, step, error);
    } else if (strcmp(word, "save") == 0) {
        *ok = save(s, args + 1, step, error);
    } else {
        return false;
    }
    return true;
}

/* A line that starts with the name of an option: what was meant is an assignment. */
static bool hint_assignment(char *const *args, GError **error)
{
    bool is_option = cpa_options_find(args[0]) != NULL || cpa_options_find_choice(args[0]) != NULL;
    return !is_option || cpa_error_set(error, CPA_ERROR_USAGE, "did you mean: %s=%s", args[0],
                                       args[1] != NULL ? args[1] : "<val>");
}

/* Compares the loaded profile with nothing: what it lacks is said before it runs. */
static bool check_command(const CpaSession *s, const CpaShellCommand *command, GError **error)
{
    bool compares = (command->row->flags & CPA_REPORT_COMPARES) != 0;
    return !compares || s->options->diff_base->len > 0 ||
           cpa_error_set(error, CPA_ERROR_USAGE,
                         "%s compares two profiles: start with cpa -diff_base=OLD NEW",
                         command->row->name);
}

bool cpa_session_eval(CpaSession *s, const char *text, CpaStep *step, GError **error)
{
    *step = (CpaStep){.kind = CPA_STEP_DONE};
    g_autofree char *line = g_strstrip(g_strdup(text));
    bool ok = true;
    if (strcmp(line, ":") == 0) {
        clear_filters(s);
        return true;
    }
    if (line[0] == '\0' || expand_shortcut(s, line)) {
        return true;
    }
    if (assign(s, line, &ok, error)) {
        return ok;
    }
    g_auto(GStrv) args = cpa_shell_words(line);
    if (args[0] == NULL || args[0][0] == '#' || g_str_has_prefix(args[0], COMMENT)) {
        return true;
    }
    if (run_word(s, args, step, &ok, error)) {
        return ok;
    }
    if (cpa_shell_command_row(args[0], NULL, NULL) == NULL && !hint_assignment(args, error)) {
        return false;
    }
    step->command = cpa_shell_command_parse(line, s->options, error);
    step->kind = CPA_STEP_REPORT;
    return step->command != NULL && check_command(s, step->command, error);
}

void cpa_step_clear(CpaStep *step)
{
    g_clear_pointer(&step->text, g_free);
    g_clear_pointer(&step->command, cpa_shell_command_free);
}

char *cpa_session_prompt(const CpaSession *s)
{
    size_t n = 0;
    const CpaOptionRow *rows = cpa_options_table(&n);
    g_autoptr(GString) filters = g_string_new(NULL);
    for (size_t i = 0; i < n; i++) {
        g_autofree char *value =
            rows[i].group == CPA_OPTION_GROUP_FILTER ? cpa_options_get(s->options, &rows[i]) : NULL;
        if (value != NULL && value[0] != '\0') {
            g_string_append_printf(filters, " %s=%s", rows[i].name, value);
        }
    }
    g_autofree char *shown = cpa_text_shorten(filters->str, filters->len, PROMPT_SHOWN);
    return g_strdup_printf("(cpa%s) ", shown);
}
