/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The line decides the kind of word, the kind where the words come from. Which options take
 * functions, keys or files is told by the name that the table gives their value.
 */
#include "shell/complete.h"

#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"

struct CpaCompleter {
    const CpaSession *session;
    GPtrArray *functions; /* of char*, borrowed from the profile, sorted, unique; or NULL */
    GPtrArray *keys;      /* the same */
};

CpaCompleter *cpa_completer_new(const CpaSession *session)
{
    CpaCompleter *c = g_new0(CpaCompleter, 1);
    c->session = session;
    return c;
}

void cpa_completer_free(CpaCompleter *c)
{
    if (c != NULL) {
        g_clear_pointer(&c->functions, g_ptr_array_unref);
        g_clear_pointer(&c->keys, g_ptr_array_unref);
        g_free(c);
    }
}

static int compare_words(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorts; of equal words one stays. */
static void sort_unique(GPtrArray *words)
{
    guint n = 0;
    g_ptr_array_sort(words, compare_words);
    for (guint i = 0; i < words->len; i++) {
        if (n == 0 || strcmp(words->pdata[n - 1], words->pdata[i]) != 0) {
            gpointer word = words->pdata[i];
            words->pdata[i] = words->pdata[n];
            words->pdata[n++] = word;
        }
    }
    g_ptr_array_set_size(words, (int)n);
}

static const GPtrArray *functions(CpaCompleter *c)
{
    if (c->functions == NULL) {
        const CpaProfile *p = cpa_session_profile(c->session);
        c->functions = g_ptr_array_new();
        for (uint32_t i = 0; i < p->n_functions; i++) {
            const char *name = cpa_strtab_get(p->strings, p->functions[i].name);
            if (name[0] != '\0') {
                g_ptr_array_add(c->functions, (gpointer)name);
            }
        }
        sort_unique(c->functions);
    }
    return c->functions;
}

static const GPtrArray *keys(CpaCompleter *c)
{
    if (c->keys == NULL) {
        const CpaProfile *p = cpa_session_profile(c->session);
        g_autofree uint8_t *is_seen = g_new0(uint8_t, cpa_strtab_count(p->strings));
        c->keys = g_ptr_array_new();
        for (uint32_t set = 0; set < cpa_label_table_count(p->labels); set++) {
            size_t n = 0;
            const CpaLabel *labels = cpa_label_table_get(p->labels, set, &n);
            for (size_t i = 0; i < n; i++) {
                if (!is_seen[labels[i].key]) {
                    is_seen[labels[i].key] = 1;
                    g_ptr_array_add(c->keys, (gpointer)cpa_strtab_get(p->strings, labels[i].key));
                }
            }
        }
        sort_unique(c->keys);
    }
    return c->keys;
}

/* `text` as a regular expression that matches it; bytes that a line cannot hold become dots. */
static char *quote(const char *text)
{
    GString *out = g_string_new(NULL);
    for (const char *c = text; *c != '\0'; c++) {
        bool is_bad = (unsigned char)*c <= ' ' || *c == 0x7f;
        if (strchr("\\.+*?()|[]{}^$", *c) != NULL) {
            g_string_append_c(out, '\\');
        }
        g_string_append_c(out, is_bad ? '.' : *c);
    }
    if (!g_utf8_validate(out->str, -1, NULL)) {
        for (char *c = out->str; *c != '\0'; c++) {
            *c = (unsigned char)*c < 0x80 ? *c : '.';
        }
    }
    return g_string_free(out, FALSE);
}

/* What the user means by a quoted or unquoted name. */
static char *unquote(const char *text)
{
    GString *out = g_string_new(NULL);
    for (; *text != '\0'; text++) {
        if (*text == '\\' && text[1] != '\0') {
            text++;
        }
        g_string_append_c(out, *text);
    }
    return g_string_free(out, FALSE);
}

/* As strncmp() == 0, where a dot that is typed also stands for what quote() made a dot of. */
static bool matches_at(const char *name, const char *typed)
{
    for (; *typed != '\0'; name++, typed++) {
        bool is_blank = (unsigned char)*name <= ' ' && *name != '\0';
        if (*name != *typed && !(*typed == '.' && is_blank)) {
            return false;
        }
    }
    return true;
}

static bool matches_within(const char *name, const char *typed)
{
    for (; *name != '\0'; name++) {
        if (matches_at(name, typed)) {
            return true;
        }
    }
    return false;
}

static void add(CpaCompletion *to, char *word)
{
    g_ptr_array_add(to->words, word);
}

/* Those of `names` that start with `typed`, with `after` behind each. */
static void add_names(CpaCompletion *to, const GPtrArray *names, const char *before,
                      const char *typed, const char *after)
{
    for (guint i = 0; i < names->len; i++) {
        if (g_str_has_prefix(names->pdata[i], typed)) {
            add(to, g_strconcat(before, names->pdata[i], after, NULL));
        }
    }
}

static void add_word(CpaCompletion *to, const char *word, const char *typed, const char *after)
{
    if (g_str_has_prefix(word, typed)) {
        add(to, g_strconcat(word, after, NULL));
    }
}

/* Names quoted; `typed` may begin with '-', which stays. */
static void add_regexps(CpaCompletion *to, const GPtrArray *names, const char *typed)
{
    bool is_negative = typed[0] == '-';
    /* Alternatives: the last one goes on. */
    const char *bar = strrchr(typed, '|');
    const char *last = bar != NULL ? bar + 1 : typed + is_negative;
    g_autofree char *before = g_strndup(typed, (size_t)(last - typed));
    g_autofree char *plain = unquote(last[0] == '^' ? last + 1 : last);
    const char *anchor = last[0] == '^' ? "^" : "";
    to->is_regexp = true;
    for (int anywhere = 0; anywhere < 2 && to->words->len == 0; anywhere++) {
        for (guint i = 0; i < names->len; i++) {
            const char *name = names->pdata[i];
            if (anywhere ? matches_within(name, plain) : matches_at(name, plain)) {
                g_autofree char *quoted = quote(name);
                add(to, g_strconcat(before, anchor, quoted, NULL));
            }
        }
    }
    if (strlen(typed) > 1) {
        add_word(to, "-cum", typed, "");
    }
}

/* key=value for the values of a key's string labels, quoted. */
static void add_values(CpaCompleter *c, CpaCompletion *to, const char *key, const char *typed)
{
    const CpaProfile *p = cpa_session_profile(c->session);
    g_autofree char *plain = unquote(typed);
    g_autofree uint8_t *is_seen = g_new0(uint8_t, cpa_strtab_count(p->strings));
    CpaStrId id = cpa_strtab_find(p->strings, key, strlen(key));
    for (uint32_t set = 0; id != CPA_NONE && set < cpa_label_table_count(p->labels); set++) {
        size_t n = 0;
        const CpaLabel *labels = cpa_label_table_get(p->labels, set, &n);
        for (size_t i = 0; i < n; i++) {
            if (labels[i].key != id || !cpa_label_is_string(&labels[i]) ||
                is_seen[labels[i].value]) {
                continue;
            }
            const char *value = cpa_strtab_get(p->strings, (CpaStrId)labels[i].value);
            is_seen[labels[i].value] = 1;
            if (matches_at(value, plain)) {
                g_autofree char *quoted = quote(value);
                add(to, g_strconcat(key, "=", quoted, NULL));
            }
        }
    }
    to->is_regexp = true;
}

/* [-]key=value of a filter by labels. */
static void add_label_filter(CpaCompleter *c, CpaCompletion *to, const char *typed)
{
    if (typed[0] == '-') {
        to->start++;
        typed++;
    }
    const char *equals = strchr(typed, '=');
    if (equals != NULL) {
        g_autofree char *key = g_strndup(typed, (size_t)(equals - typed));
        add_values(c, to, key, equals + 1);
    } else {
        add_names(to, keys(c), "", typed, "=");
    }
}

static void add_files(CpaCompletion *to, const char *typed)
{
    const char *slash = strrchr(typed, '/');
    const char *base = slash != NULL ? slash + 1 : typed;
    g_autofree char *dir = g_strndup(typed, (size_t)(base - typed));
    DIR *stream = opendir(dir[0] != '\0' ? dir : ".");
    const struct dirent *entry = NULL;
    while (stream != NULL && (entry = readdir(stream)) != NULL) {
        const char *name = entry->d_name;
        bool is_hidden = name[0] == '.' && base[0] != '.';
        struct stat st = {0};
        if (is_hidden || !g_str_has_prefix(name, base) || !g_utf8_validate(name, -1, NULL) ||
            strpbrk(name, " \t\r\n\v\f\033") != NULL) {
            continue;
        }
        g_autofree char *path = g_strconcat(dir, name, NULL);
        bool is_dir = stat(path, &st) == 0 && S_ISDIR(st.st_mode);
        add(to, g_strconcat(path, is_dir ? "/" : "", NULL));
    }
    if (stream != NULL) {
        closedir(stream);
    }
}

static void add_choices(CpaCompletion *to, const char *choices, const char *typed)
{
    for (const char *word = choices; word[0] != '\0'; word += strlen(word) + 1) {
        add_word(to, word, typed, "");
    }
}

static void add_sample_types(const CpaCompleter *c, CpaCompletion *to, const char *before,
                             const char *typed)
{
    const char *type = NULL;
    for (uint32_t i = 0; (type = cpa_session_sample_type(c->session, i)) != NULL; i++) {
        g_autofree char *word = g_strconcat(before, type, NULL);
        if (strpbrk(word, " \t\r\n\033") == NULL) {
            add_word(to, word, typed, "");
        }
    }
}

/* The value of an option, from what the table calls it. */
static void add_option_values(CpaCompleter *c, CpaCompletion *to, const CpaOptionRow *row,
                              const char *typed)
{
    static const char units[] = "auto\0minimum\0ns\0us\0ms\0s\0hrs\0B\0kB\0MB\0GB\0TB\0PB\0";
    const char *what = row->argument != NULL ? row->argument : "";
    const char *comma = strrchr(typed, ',');
    if (row->choices != NULL) {
        add_choices(to, row->choices, typed);
    } else if (row->kind == CPA_OPTION_BOOL) {
        add_choices(to, "false\0true\0", typed);
    } else if (strcmp(what, "n|name") == 0) {
        add_sample_types(c, to, "", typed);
        add_word(to, "all", typed, "");
    } else if (strcmp(what, "regexp") == 0) {
        add_regexps(to, functions(c), typed);
    } else if (strcmp(what, "key-regexp") == 0) {
        add_regexps(to, keys(c), typed);
    } else if (strcmp(what, "filter") == 0) {
        add_label_filter(c, to, typed);
    } else if (strcmp(what, "key,...") == 0) {
        g_autofree char *before = g_strndup(typed, comma != NULL ? (size_t)(comma + 1 - typed) : 0);
        add_names(to, keys(c), before, typed + strlen(before), "");
    } else if (strcmp(what, "unit") == 0) {
        add_choices(to, units, typed);
    } else if (strcmp(what, "file") == 0 || strcmp(what, "path") == 0) {
        add_files(to, typed);
    }
}

static void add_options(CpaCompletion *to, const char *typed, bool with_equals)
{
    size_t n = 0;
    const CpaOptionRow *rows = cpa_options_table(&n);
    for (size_t i = 0; i < n; i++) {
        if (!cpa_option_is_lasting(&rows[i])) {
            continue;
        }
        add_word(to, rows[i].name, typed,
                 with_equals && rows[i].kind != CPA_OPTION_BOOL ? "=" : "");
        if (rows[i].kind == CPA_OPTION_CHOICE) {
            add_choices(to, rows[i].choices, typed);
        }
    }
}

static void add_commands(CpaCompletion *to, const char *typed)
{
    g_autoptr(GPtrArray) names = cpa_shell_command_names();
    add_names(to, names, "", typed, "");
    for (const char *const *word = cpa_session_words(); *word != NULL; word++) {
        add_word(to, *word, typed, "");
    }
}

/* The name of an assignment that the line starts with, and where its value begins; or NULL. */
static const CpaOptionRow *assignment(const char *line, size_t *value)
{
    const char *equals = strchr(line, '=');
    if (equals == NULL) {
        return NULL;
    }
    g_autofree char *name = g_strndup(line, (size_t)(equals - line));
    const CpaOptionRow *row = cpa_options_find(g_strstrip(name));
    *value = (size_t)(equals + 1 - line);
    *value += strspn(line + *value, " \t");
    return row != NULL && cpa_option_is_lasting(row) ? row : NULL;
}

static void complete_argument(CpaCompleter *c, CpaCompletion *to, const char *line)
{
    const char *typed = line + to->start;
    g_auto(GStrv) words = cpa_shell_words(line);
    guint n = g_strv_length(words);
    bool is_new = typed[0] == '\0';
    const char *previous = is_new ? words[n - 1] : n > 1 ? words[n - 2] : "";
    /* Digits behind the name are a number: top10. */
    g_autofree char *name = g_strdup(words[0]);
    while (name[0] != '\0' && g_ascii_isdigit(name[strlen(name) - 1])) {
        name[strlen(name) - 1] = '\0';
    }
    const CpaReportRow *row = cpa_shell_command_row(words[0], NULL, NULL);
    row = row != NULL ? row : cpa_shell_command_row(name, NULL, NULL);
    if (typed[0] == '>') {
        to->start++;
        add_files(to, typed + 1);
    } else if (strcmp(previous, ">") == 0 || strcmp(words[0], "save") == 0) {
        add_files(to, typed);
    } else if (strcmp(words[0], "help") == 0) {
        add_commands(to, typed);
        add_options(to, typed, false);
    } else if (row != NULL && (row->flags & CPA_REPORT_OF_LABELS) != 0) {
        add_label_filter(c, to, typed);
    } else if (row != NULL) {
        add_regexps(to, functions(c), typed);
    }
}

CpaCompletion *cpa_completer_complete(CpaCompleter *c, const char *line)
{
    CpaCompletion *to = g_new0(CpaCompletion, 1);
    size_t n = strlen(line);
    size_t first = strspn(line, " \t");
    size_t value = 0;
    const CpaOptionRow *row = assignment(line, &value);
    to->words = g_ptr_array_new_with_free_func(g_free);
    for (to->start = n; to->start > 0 && strchr(" \t", line[to->start - 1]) == NULL;) {
        to->start--;
    }
    if (row != NULL) {
        to->start = value;
        add_option_values(c, to, row, line + value);
    } else if (to->start == first) {
        add_commands(to, line + first);
        add_options(to, line + first, true);
        add_sample_types(c, to, "", line + first);
        add_sample_types(c, to, "mean_", line + first);
        add_sample_types(c, to, "total_", line + first);
    } else if (strstr(line, " | ") == NULL) {
        complete_argument(c, to, line);
    }
    sort_unique(to->words);
    return to;
}

char *cpa_completion_prefix(const CpaCompletion *completion)
{
    const GPtrArray *words = completion->words;
    const char *first = words->len > 0 ? words->pdata[0] : "";
    const char *last = words->len > 0 ? words->pdata[words->len - 1] : "";
    size_t n = 0;
    /* Sorted: what the first and the last share, all share. */
    while (first[n] != '\0' && first[n] == last[n]) {
        n++;
    }
    while (n > 0 && first[n] != '\0' && ((unsigned char)first[n] & 0xc0) == 0x80) {
        n--;
    }
    char *prefix = g_strndup(first, n);
    size_t n_backslashes = 0;
    while (completion->is_regexp && n_backslashes < n && prefix[n - 1 - n_backslashes] == '\\') {
        n_backslashes++;
    }
    /* Half of an escape is none. */
    prefix[n - n_backslashes % 2] = '\0';
    return prefix;
}

char *cpa_completion_shown(const CpaCompletion *completion, guint i)
{
    const char *word = completion->words->pdata[i];
    g_autofree char *plain = completion->is_regexp ? unquote(word) : g_strdup(word);
    return cpa_text_shorten(plain, strlen(plain), 120);
}

void cpa_completion_free(CpaCompletion *completion)
{
    if (completion != NULL) {
        g_ptr_array_unref(completion->words);
        g_free(completion);
    }
}
