/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parser: one pass over the words, then checks that need all of them.
 *
 * Flags that select something are only noted while the words go by (`picks` for reports,
 * `chosen` for options with choices), because -x=false may take them back.
 */
#include "cli/args.h"

#include <string.h>

#include "base/text.h"
#include "input/url.h"
#include "report/tabular.h"
#include "symbol/mode.h"

typedef struct {
    const CpaReportRow *row;
    const char *name; /* as given: naming a report by two names is naming two */
    char *argument;   /* or NULL */
} Pick;

typedef struct {
    const char *const *args;
    size_t n_args;
    size_t at; /* next word */

    CpaCommand *command;
    GArray *picks;      /* of Pick */
    guint32 *chosen;    /* [n options]: bit per choice that is on */
    GPtrArray *formats; /* of CpaRenderer*: those named by a flag or the first word */
    GPtrArray *viewers; /* of CpaViewer*: the same */
    GPtrArray *tables;  /* of char*, names of formats: the same */
    bool seen_word;     /* the word that may name a report is past */
    bool done;          /* the rest does not matter */
} Parser;

const CpaReportRow *cpa_default_report(void)
{
    size_t n = 0;
    return cpa_report_table(&n)[0];
}

const char *cpa_suggest(const char *word, bool options)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    size_t n = 0;
    const CpaReportRow *const *reports = cpa_report_table(&n);
    for (size_t i = 0; i < n; i++) {
        g_ptr_array_add(names, (gpointer)reports[i]->name);
        if (reports[i]->alias != NULL) {
            g_ptr_array_add(names, (gpointer)reports[i]->alias);
        }
    }
    const CpaVerb *verbs = cpa_verb_table(&n);
    for (size_t i = 0; i < n; i++) {
        if (options || verbs[i].is_word) {
            g_ptr_array_add(names, (gpointer)verbs[i].name);
        }
    }
    const CpaViewer *viewers = cpa_viewer_table(&n);
    for (size_t i = 0; i < n; i++) {
        g_ptr_array_add(names, (gpointer)viewers[i].name);
    }
    const CpaRenderer *const *renderers = cpa_renderer_table(&n);
    for (size_t i = 0; i < n; i++) {
        g_ptr_array_add(names, (gpointer)renderers[i]->name);
    }
    const CpaOptionRow *rows = cpa_options_table(&n);
    for (size_t i = 0; options && i < n; i++) {
        g_ptr_array_add(names, (gpointer)rows[i].name);
        if (rows[i].kind == CPA_OPTION_CHOICE) {
            for (const char *c = rows[i].choices; c[0] != '\0'; c += strlen(c) + 1) {
                g_ptr_array_add(names, (gpointer)c);
            }
        }
    }
    int nearest = cpa_text_nearest(word, (const char *const *)names->pdata, names->len);
    return nearest < 0 ? NULL : names->pdata[nearest];
}

static void clear_pick(gpointer data)
{
    Pick *pick = data;
    g_free(pick->argument);
}

static bool usage(GError **error, const char *message)
{
    return cpa_error_set(error, CPA_ERROR_USAGE, "%s", message);
}

static void warn(CpaCommand *command, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void warn(CpaCommand *command, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_ptr_array_add(command->warnings, g_strdup_vprintf(format, args));
    va_end(args);
}

/* Names a report, or takes it back with `on` false. The argument is copied. */
static void pick_report(Parser *p, const CpaReportRow *row, const char *name, bool on,
                        const char *argument)
{
    for (guint i = 0; i < p->picks->len; i++) {
        if (strcmp(g_array_index(p->picks, Pick, i).name, name) == 0) {
            g_array_remove_index(p->picks, i);
            break;
        }
    }
    if (on) {
        Pick pick = {.row = row, .name = name, .argument = g_strdup(argument)};
        g_array_append_val(p->picks, pick);
    }
}

static bool flag_is_on(const char *name, const char *value, bool *on, GError **error)
{
    if (value != NULL && !cpa_option_bool_parse(value, on)) {
        return cpa_error_set(error, CPA_ERROR_USAGE,
                             "invalid value \"%s\" for -%s: it must be true or false", value, name);
    }
    *on = *on || value == NULL;
    return true;
}

/* The value of -name: what follows the '=', or the next word. */
static const char *need_value(Parser *p, const char *name, const char *value, GError **error)
{
    if (value == NULL && p->at < p->n_args) {
        value = p->args[p->at++];
    }
    if (value == NULL) {
        cpa_error_set(error, CPA_ERROR_USAGE, "-%s needs a value: -%s=...", name, name);
    }
    return value;
}

static size_t index_of(const CpaOptionRow *row)
{
    size_t n = 0;
    return (size_t)(row - cpa_options_table(&n));
}

/* The bit of a choice; 0 for a word that is none, such as the default "". */
static guint32 choice_bit(const CpaOptionRow *row, const char *choice)
{
    guint32 bit = 1;
    for (const char *c = row->choices; c[0] != '\0'; c += strlen(c) + 1, bit <<= 1) {
        if (strcmp(c, choice) == 0) {
            return bit;
        }
    }
    return 0;
}

static bool parse_choice(Parser *p, const CpaOptionRow *row, const char *name, const char *value,
                         GError **error)
{
    bool on = false;
    if (!flag_is_on(name, value, &on, error)) {
        return false;
    }
    guint32 *chosen = &p->chosen[index_of(row)];
    *chosen = on ? *chosen | choice_bit(row, name) : *chosen & ~choice_bit(row, name);
    return true;
}

static bool parse_option(Parser *p, const CpaOptionRow *row, const char *value, GError **error)
{
    CpaOptions *options = p->command->options;
    if (row->kind == CPA_OPTION_BOOL || row->kind == CPA_OPTION_PRESET) {
        return cpa_options_set(options, row, value != NULL ? value : "true", error);
    }
    value = need_value(p, row->name, value, error);
    if (value == NULL) {
        return false;
    }
    if (row->kind == CPA_OPTION_CHOICE) {
        p->chosen[index_of(row)] |= choice_bit(row, value);
        return cpa_options_set(options, row, value, error);
    }
    if (row->kind == CPA_OPTION_LIST) {
        /* As in pprof the last one counts, and an empty one is none. */
        const GPtrArray *old = G_STRUCT_MEMBER(GPtrArray *, options, row->member_offset);
        if (old->len > 0) {
            warn(p->command, "-%s is given again, ignoring %s", row->name,
                 (const char *)old->pdata[0]);
        }
        cpa_options_reset(options, row);
        return value[0] == '\0' || cpa_options_set(options, row, value, error);
    }
    return cpa_options_set(options, row, value, error);
}

static bool parse_report(Parser *p, const CpaReportRow *row, const char *name, const char *value,
                         GError **error)
{
    /* The name in the table outlives the words. */
    name = strcmp(name, row->name) == 0 ? row->name : row->alias;
    if ((row->flags & CPA_REPORT_ARGUMENT) != 0) {
        value = need_value(p, name, value, error);
        if (value != NULL) {
            pick_report(p, row, name, value[0] != '\0', value);
        }
        return value != NULL;
    }
    bool on = false;
    if (!flag_is_on(name, value, &on, error)) {
        return false;
    }
    pick_report(p, row, name, on, NULL);
    return true;
}

/* -png, the format of a picture, and -web, what shows it: each alone means the default picture. */
static bool parse_row(GPtrArray *rows, gconstpointer row, const char *name, const char *value,
                      GError **error)
{
    bool on = false;
    if (!flag_is_on(name, value, &on, error)) {
        return false;
    }
    g_ptr_array_remove(rows, (gpointer)row);
    if (on) {
        g_ptr_array_add(rows, (gpointer)row);
    }
    return true;
}

static bool unknown_option(const char *name, GError **error)
{
    const char *nearest = cpa_suggest(name, true);
    if (nearest != NULL) {
        return cpa_error_set(error, CPA_ERROR_USAGE, "unknown option -%s; did you mean -%s?", name,
                             nearest);
    }
    return cpa_error_set(error, CPA_ERROR_USAGE, "unknown option -%s; cpa help options lists them",
                         name);
}

static bool parse_flag(Parser *p, const char *word, GError **error)
{
    const char *begin = word + (word[1] == '-' ? 2 : 1);
    const char *equals = strchr(begin, '=');
    const char *value = equals != NULL ? equals + 1 : NULL;
    g_autofree char *name =
        equals != NULL ? g_strndup(begin, (size_t)(equals - begin)) : g_strdup(begin);
    if (name[0] == '\0' || name[0] == '-') {
        return cpa_error_set(error, CPA_ERROR_USAGE, "%s is not an option; cpa help lists them",
                             word);
    }
    const CpaOptionRow *option = cpa_options_find(name);
    if (option != NULL) {
        return parse_option(p, option, value, error);
    }
    option = cpa_options_find_choice(name);
    if (option != NULL) {
        return parse_choice(p, option, name, value, error);
    }
    const CpaReportRow *report = cpa_report_find(name);
    if (report != NULL) {
        return parse_report(p, report, name, value, error);
    }
    const CpaRenderer *renderer = cpa_renderer_find(name);
    if (renderer != NULL) {
        return parse_row(p->formats, renderer, renderer->name, value, error);
    }
    const CpaViewer *viewer = cpa_viewer_find(name);
    if (viewer != NULL) {
        return parse_row(p->viewers, viewer, viewer->name, value, error);
    }
    const char *table = cpa_tabular_find(name);
    if (table != NULL) {
        return parse_row(p->tables, table, table, value, error);
    }
    const CpaVerb *verb = cpa_verb_find(name, false);
    if (verb == NULL) {
        return unknown_option(name, error);
    }
    bool on = false;
    if (!flag_is_on(name, value, &on, error)) {
        return false;
    }
    if (on) {
        p->command->action = verb->action;
        p->command->by_flag = verb->on_stderr;
        p->command->topic = p->picks->len > 0 && verb->action == CPA_ACTION_HELP
                                ? g_strdup(g_array_index(p->picks, Pick, 0).name)
                                : NULL;
        p->done = true;
    }
    return true;
}

/* cpa help [TOPIC]; a topic may be given as it would be used: -focus. */
static bool parse_help(Parser *p, GError **error)
{
    CpaCommand *command = p->command;
    command->action = CPA_ACTION_HELP;
    p->done = true;
    if (p->at < p->n_args && strcmp(p->args[p->at], "--man") == 0) {
        command->action = CPA_ACTION_MANUAL;
        p->at++;
    }
    if (p->n_args - p->at == 2 && strcmp(p->args[p->at], "--types") == 0) {
        command->action = CPA_ACTION_TYPES;
        command->topic = g_strdup(p->args[p->at + 1]);
        return true;
    }
    if (p->n_args - p->at > 1) {
        return usage(error, "help takes one report, option or topic");
    }
    if (p->at < p->n_args) {
        const char *topic = p->args[p->at];
        topic += strspn(topic, "-");
        command->topic =
            cpa_verb_find(topic, false) == NULL ? g_strndup(topic, strcspn(topic, "=")) : NULL;
    }
    return true;
}

/*
 * A word that is no option. The first one may name a report or a verb, unless a flag has named
 * the report already: then it is a source, as it is for pprof.
 */
static bool parse_word(Parser *p, const char *word, bool may_be_name, GError **error)
{
    bool is_first = !p->seen_word;
    p->seen_word = true;
    bool is_free = p->picks->len == 0 && p->formats->len == 0 && p->viewers->len == 0;
    if (is_first && may_be_name && is_free) {
        const CpaRenderer *renderer = cpa_renderer_find(word);
        if (renderer != NULL) {
            g_ptr_array_add(p->formats, (gpointer)renderer);
            return true;
        }
        const CpaViewer *viewer = cpa_viewer_find(word);
        if (viewer != NULL) {
            g_ptr_array_add(p->viewers, (gpointer)viewer);
            return true;
        }
        const char *table = cpa_tabular_find(word);
        if (table != NULL) {
            g_ptr_array_add(p->tables, (gpointer)table);
            return true;
        }
        const CpaReportRow *row = cpa_report_find(word);
        const CpaVerb *verb = cpa_verb_find(word, true);
        if (row != NULL) {
            const char *name = strcmp(word, row->name) == 0 ? row->name : row->alias;
            pick_report(p, row, name, true, NULL);
            return true;
        }
        if (verb != NULL && verb->action == CPA_ACTION_HELP) {
            return parse_help(p, error);
        }
        if (verb != NULL) {
            p->command->action = verb->action;
            p->done = !verb->reads;
            return true;
        }
    }
    for (guint i = 0; i < p->picks->len; i++) {
        Pick *pick = &g_array_index(p->picks, Pick, i);
        if ((pick->row->flags & CPA_REPORT_ARGUMENT) != 0 && pick->argument == NULL) {
            pick->argument = g_strdup(word);
            return true;
        }
    }
    g_ptr_array_add(p->command->sources, g_strdup(word));
    return true;
}

static bool parse_words(Parser *p, GError **error)
{
    bool may_be_option = true;
    while (p->at < p->n_args && !p->done) {
        const char *word = p->args[p->at++];
        if (may_be_option && strcmp(word, "--") == 0) {
            may_be_option = false;
        } else if (may_be_option && word[0] == '-' && word[1] != '\0') {
            if (!parse_flag(p, word, error)) {
                return false;
            }
        } else if (!parse_word(p, word, may_be_option, error)) {
            return false;
        }
    }
    return true;
}

static int compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Turns the choices that are on into values. */
static bool apply_choices(Parser *p, GError **error)
{
    size_t n = 0;
    const CpaOptionRow *rows = cpa_options_table(&n);
    for (size_t i = 0; i < n; i++) {
        if (rows[i].kind != CPA_OPTION_CHOICE || p->chosen[i] == 0) {
            continue;
        }
        g_autoptr(GPtrArray) names = g_ptr_array_new();
        for (const char *c = rows[i].choices; c[0] != '\0'; c += strlen(c) + 1) {
            if ((p->chosen[i] & choice_bit(&rows[i], c)) != 0) {
                g_ptr_array_add(names, (gpointer)c);
            }
        }
        if (names->len > 1) {
            g_ptr_array_sort(names, compare_names);
            g_ptr_array_add(names, NULL);
            g_autofree char *list = g_strjoinv(" ", (char **)names->pdata);
            return cpa_error_set(error, CPA_ERROR_USAGE, "conflicting options set: [%s]", list);
        }
        if (!cpa_options_set(p->command->options, &rows[i], names->pdata[0], error)) {
            return false;
        }
    }
    return true;
}

/* The report that a format alone means. */
static const CpaReportRow *picture_report(void)
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

/* A viewer asks for its format, or for its report; one that a report has gives way to -o. */
static bool apply_viewers(Parser *p, GError **error)
{
    CpaCommand *command = p->command;
    if (p->viewers->len == 0) {
        command->viewer =
            command->row->viewer != NULL && !cpa_tabular_wanted(command->options) ? cpa_viewer_find(command->row->viewer) : NULL;
        return true;
    }
    command->viewer = p->viewers->pdata[0];
    const CpaRenderer *format = p->formats->len > 0 ? p->formats->pdata[0] : NULL;
    bool is_shown = p->viewers->len == 1 && p->formats->len <= 1 &&
                    (format == NULL || cpa_viewer_takes(command->viewer, format->name));
    if (!is_shown || (command->viewer->report != NULL && !command->by_default)) {
        return usage(error, "must set at most one output format");
    }
    if (command->viewer->report != NULL) {
        command->row = cpa_report_find(command->viewer->report);
        command->by_default = false;
        return true;
    }
    if (format == NULL) {
        g_ptr_array_add(p->formats, (gpointer)cpa_renderer_find(command->viewer->suffix));
    }
    return true;
}

/* -json: how the report is written, whichever it is. */
static bool apply_tables(Parser *p, GError **error)
{
    CpaCommand *command = p->command;
    if (p->tables->len == 0) {
        return true;
    }
    const char *format = p->tables->pdata[0];
    if (p->tables->len + p->formats->len + p->viewers->len > 1) {
        return usage(error, "must set at most one output format");
    }
    if ((command->row->flags & CPA_REPORT_TABULAR) == 0 && command->row->target == NULL) {
        return cpa_error_set(error, CPA_ERROR_USAGE, "%s is no table: it cannot be written as %s",
                             command->row->name, format);
    }
    command->by_default = false;
    return cpa_options_set(command->options, cpa_options_find("format"), format, error);
}

/* Turns a flag such as -png into the option format, and into a report where none is named. */
static bool apply_formats(Parser *p, GError **error)
{
    CpaCommand *command = p->command;
    if (p->formats->len == 0) {
        return true;
    }
    const CpaRenderer *renderer = p->formats->pdata[0];
    if (p->formats->len > 1) {
        return usage(error, "must set at most one output format");
    }
    cpa_options_set(command->options, cpa_options_find("format"), renderer->name, NULL);
    if (command->row == cpa_default_report() && command->by_default) {
        const CpaReportRow *row = picture_report();
        if (row == NULL) {
            return cpa_error_set(error, CPA_ERROR_UNSUPPORTED,
                                 "-%s is the format of flame: flame -o FILE", renderer->name);
        }
        command->row = row;
        command->by_default = false;
    } else if (command->row->draw == NULL && command->row->target == NULL) {
        return cpa_error_set(error, CPA_ERROR_USAGE,
                             "%s is no picture: must set at most one output format",
                             command->row->name);
    }
    return true;
}

/* Decides which report to run from those that were named. */
static bool apply_picks(Parser *p, GError **error)
{
    CpaCommand *command = p->command;
    const CpaReportRow *comparison = NULL;
    Pick *chosen = NULL;
    for (guint i = 0; i < p->picks->len; i++) {
        Pick *pick = &g_array_index(p->picks, Pick, i);
        if ((pick->row->flags & CPA_REPORT_COMPARES) != 0 && comparison == NULL) {
            comparison = pick->row;
        } else if (chosen == NULL) {
            chosen = pick;
        } else {
            return usage(error, "must set at most one output format");
        }
    }
    command->compares = comparison != NULL;
    command->by_default = p->picks->len == 0;
    command->row = chosen != NULL ? chosen->row : cpa_default_report();
    if (comparison != NULL && command->row == cpa_default_report()) {
        command->row = comparison;
    }
    if (chosen == NULL) {
        return true;
    }
    if ((chosen->row->flags & CPA_REPORT_ARGUMENT) != 0 &&
        (chosen->argument == NULL || command->sources->len == 0)) {
        return cpa_error_set(error, CPA_ERROR_USAGE,
                             "no profile source specified: cpa %s REGEXP SOURCE...", chosen->name);
    }
    command->argument = g_steal_pointer(&chosen->argument);
    return true;
}

static void apply_presets(CpaCommand *command)
{
    size_t n = 0;
    const CpaOptionRow *rows = cpa_options_table(&n);
    for (size_t i = 0; i < n; i++) {
        if (rows[i].kind == CPA_OPTION_PRESET &&
            G_STRUCT_MEMBER(bool, command->options, rows[i].member_offset) &&
            !cpa_options_apply_preset(command->options, &rows[i])) {
            warn(command, "Multiple value selections, ignoring -%s", rows[i].name);
        }
    }
}

/* Says what is wrong with -symbolize. */
static void check_symbolize(CpaCommand *command)
{
    CpaSymbolMode mode;
    if (!cpa_symbol_mode_parse(&mode, command->options->symbolize)) {
        warn(command, "ignoring unrecognized symbolization option: %s",
             command->options->symbolize);
        warn(command, "expecting -symbolize=[local|fastlocal|remote|none][:force][:explain]"
                      "[:demangle=[none|full|templates|default]");
    }
}

static bool check_options(CpaCommand *command, GError **error)
{
    const CpaOptions *o = command->options;
    if (o->base->len > 0 && o->diff_base->len > 0) {
        return usage(error, "-base and -diff_base flags cannot both be specified");
    }
    if (o->normalize && o->base->len + o->diff_base->len == 0 && !command->compares) {
        return usage(error, "must have base profile to normalize by");
    }
    if (o->divide_by == 0) {
        return usage(error, "zero divisor specified");
    }
    if (o->http[0] == '\0' && o->no_browser) {
        return usage(error, "-no_browser only makes sense with -http");
    }
    if (o->http[0] == '\0' && o->http_token[0] != '\0') {
        return usage(error, "-http_token only makes sense with -http");
    }
    for (guint i = 0; i < o->header->len; i++) {
        g_autofree char *header = cpa_header_normalize(o->header->pdata[i], error);
        if (header == NULL) {
            return false;
        }
    }
    check_symbolize(command);
    return true;
}

static bool finish(Parser *p, GError **error)
{
    CpaCommand *command = p->command;
    if (!apply_picks(p, error)) {
        return false;
    }
    if (command->sources->len == 0) {
        return usage(error, "no profile source specified");
    }
    bool serves = command->options->http[0] != '\0';
    if (serves &&
        (p->formats->len + p->viewers->len + p->tables->len > 0 ||
         command->options->format[0] != '\0' || p->picks->len > (command->compares ? 1 : 0))) {
        return usage(error, "-http is not compatible with an output format on the command line");
    }
    command->action = serves ? CPA_ACTION_SERVE : command->action;
    if (!apply_tables(p, error) || !apply_viewers(p, error) || !apply_formats(p, error)) {
        return false;
    }
    if (!apply_choices(p, error)) {
        return false;
    }
    apply_presets(command);
    return check_options(command, error);
}

/* Of options those about sources count; a report cannot be named as well. */
static bool finish_check(Parser *p, GError **error)
{
    CpaCommand *command = p->command;
    if (p->picks->len + p->formats->len + p->viewers->len > 0 || p->tables->len > 1) {
        return usage(error, "check takes no report: cpa check [-json] source...");
    }
    if (command->sources->len == 0) {
        return usage(error, "no profile source specified: cpa check source...");
    }
    return p->tables->len == 0 || cpa_options_set(command->options, cpa_options_find("format"),
                                                  p->tables->pdata[0], error);
}

CpaCommand *cpa_command_parse(const char *const *args, size_t n_args, GError **error)
{
    size_t n_options = 0;
    cpa_options_table(&n_options);
    g_autoptr(CpaCommand) command = g_new0(CpaCommand, 1);
    command->options = cpa_options_new();
    command->sources = g_ptr_array_new_with_free_func(g_free);
    command->warnings = g_ptr_array_new_with_free_func(g_free);

    g_autoptr(GArray) picks = g_array_new(FALSE, FALSE, sizeof(Pick));
    g_array_set_clear_func(picks, clear_pick);
    g_autoptr(GPtrArray) formats = g_ptr_array_new();
    g_autoptr(GPtrArray) viewers = g_ptr_array_new();
    g_autoptr(GPtrArray) tables = g_ptr_array_new();
    g_autofree guint32 *chosen = g_new0(guint32, n_options);
    Parser parser = {
        .args = args,
        .n_args = n_args,
        .command = command,
        .picks = picks,
        .chosen = chosen,
        .formats = formats,
        .viewers = viewers,
        .tables = tables,
    };
    if (!parse_words(&parser, error)) {
        return NULL;
    }
    if (command->action == CPA_ACTION_CHECK && !finish_check(&parser, error)) {
        return NULL;
    }
    bool reports = command->action == CPA_ACTION_REPORT || command->action == CPA_ACTION_WATCH;
    if (reports && !finish(&parser, error)) {
        return NULL;
    }
    return g_steal_pointer(&command);
}

void cpa_command_free(CpaCommand *command)
{
    if (command != NULL) {
        g_free(command->topic);
        g_free(command->argument);
        g_free(command->binary);
        cpa_options_free(command->options);
        g_ptr_array_unref(command->sources);
        g_ptr_array_unref(command->warnings);
        g_free(command);
    }
}
