/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All flags are gathered first, then written in the language of each shell:
 *
 *     bash   one function over COMP_WORDS; needs no helpers of the package bash-completion
 *     zsh    specifications for _arguments
 *     fish   one `complete` per flag
 *
 * None of the texts of the tables has a single quote in it that is not taken care of.
 */
#include "cli/complete.h"

#include <string.h>

#include "base/vec.h"
#include "cli/verbs.h"
#include "input/format.h"
#include "report/report.h"
#include "report/run.h"
#include "report/tabular.h"
#include "report/viewer.h"

/* Profiles are read for their sample types up to this many bytes, unpacked. */
#define TYPES_MAX_SIZE ((uint64_t)32 << 20)

typedef enum {
    NO_VALUE,
    ANY_VALUE, /* a regexp, a number: nothing to offer */
    FILE_VALUE,
    CHOICE_VALUE,
    TYPE_VALUE, /* a sample type of the profile */
} ValueKind;

typedef struct {
    const char *name;
    ValueKind kind;
    const char *choices; /* NUL-separated, or NULL */
    const char *argument;
    char *help; /* one line */
} Flag;

typedef struct {
    CPA_VEC(Flag) flags;
} Flags;

static void add(Flags *f, const char *name, ValueKind kind, const char *help)
{
    Flag flag = {.name = name, .kind = kind, .help = g_strndup(help, strcspn(help, "\n"))};
    cpa_vec_push(&f->flags, flag);
}

static ValueKind kind_of(const CpaOptionRow *row)
{
    if (row->kind == CPA_OPTION_BOOL || row->kind == CPA_OPTION_PRESET) {
        return NO_VALUE;
    }
    if (row->choices != NULL) {
        return CHOICE_VALUE;
    }
    if (row->argument != NULL && strcmp(row->argument, "n|name") == 0) {
        return TYPE_VALUE;
    }
    static const char *const files[] = {"file", "path", "source", NULL};
    return row->argument != NULL && g_strv_contains(files, row->argument) ? FILE_VALUE : ANY_VALUE;
}

static void add_options(Flags *f)
{
    size_t n = 0;
    const CpaOptionRow *rows = cpa_options_table(&n);
    for (size_t i = 0; i < n; i++) {
        if (rows[i].kind == CPA_OPTION_CHOICE) {
            for (const char *c = rows[i].choices; c[0] != '\0'; c += strlen(c) + 1) {
                add(f, c, NO_VALUE, rows[i].help);
            }
        }
        for (const char *c = rows[i].name; c[0] != '\0'; c += strlen(c) + 1) {
            add(f, c, kind_of(&rows[i]), rows[i].help);
            Flag *flag = &f->flags.data[f->flags.len - 1];
            flag->choices = rows[i].kind == CPA_OPTION_PRESET ? NULL : rows[i].choices;
            flag->argument = rows[i].argument;
        }
    }
}

static void add_reports(Flags *f)
{
    size_t n = 0;
    const CpaReportRow *const *rows = cpa_report_table(&n);
    for (size_t i = 0; i < n; i++) {
        ValueKind kind = (rows[i]->flags & CPA_REPORT_ARGUMENT) != 0 ? ANY_VALUE : NO_VALUE;
        add(f, rows[i]->name, kind, rows[i]->summary);
        if (rows[i]->alias != NULL) {
            add(f, rows[i]->alias, kind, rows[i]->summary);
        }
    }
}

static void add_formats(Flags *f)
{
    size_t n = 0;
    const CpaRenderer *const *renderers = cpa_renderer_table(&n);
    for (size_t i = 0; i < n; i++) {
        add(f, renderers[i]->name, NO_VALUE, renderers[i]->summary);
    }
    g_auto(GStrv) tables = g_strsplit(cpa_tabular_names(), ", ", -1);
    for (size_t i = 0; tables[i] != NULL; i++) {
        add(f, cpa_tabular_find(tables[i]), NO_VALUE, "The report as a table for programs");
    }
    const CpaViewer *viewers = cpa_viewer_table(&n);
    for (size_t i = 0; i < n; i++) {
        g_autofree char *help = g_strconcat("Shown ", viewers[i].help, NULL);
        add(f, viewers[i].name, NO_VALUE, help);
    }
}

static Flags *flags_new(void)
{
    Flags *f = g_new0(Flags, 1);
    add_options(f);
    add_reports(f);
    add_formats(f);
    size_t n = 0;
    const CpaVerb *verbs = cpa_verb_table(&n);
    for (size_t i = 0; i < n; i++) {
        if (verbs[i].is_flag) {
            add(f, verbs[i].name, NO_VALUE, "About cpa");
        }
    }
    return f;
}

static void flags_free(Flags *f)
{
    for (size_t i = 0; i < f->flags.len; i++) {
        g_free(f->flags.data[i].help);
    }
    cpa_vec_clear(&f->flags);
    g_free(f);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Flags, flags_free)

/* Names that may come first: reports, then verbs, with what they are; `put` is told each. */
static void each_word(CpaSink *sink, void (*put)(CpaSink *sink, const char *name, const char *help))
{
    size_t n = 0;
    const CpaReportRow *const *rows = cpa_report_table(&n);
    for (size_t i = 0; i < n; i++) {
        put(sink, rows[i]->name, rows[i]->summary);
        if (rows[i]->alias != NULL) {
            put(sink, rows[i]->alias, rows[i]->summary);
        }
    }
    const CpaVerb *verbs = cpa_verb_table(&n);
    for (size_t i = 0; i < n; i++) {
        if (verbs[i].is_word) {
            put(sink, verbs[i].name, verbs[i].summary != NULL ? verbs[i].summary : "About cpa");
        }
    }
}

/* "top|text|..." of the reports whose first argument is a regexp. */
static void put_takers(CpaSink *sink, const char *separator)
{
    size_t n = 0;
    bool first = true;
    const CpaReportRow *const *rows = cpa_report_table(&n);
    for (size_t i = 0; i < n; i++) {
        if ((rows[i]->flags & CPA_REPORT_ARGUMENT) != 0) {
            cpa_sink_printf(sink, "%s%s", first ? "" : separator, rows[i]->name);
            first = false;
        }
    }
}

static void put_choices(CpaSink *sink, const char *choices)
{
    for (const char *c = choices; c[0] != '\0'; c += strlen(c) + 1) {
        cpa_sink_printf(sink, "%s%s", c > choices ? " " : "", c);
    }
}

/* --- bash --------------------------------------------------------------------------------------*/

static void put_bash_word(CpaSink *sink, const char *name, const char *help)
{
    (void)help;
    cpa_sink_printf(sink, "%s ", name);
}

/* The names of all flags with values of a kind, as a pattern of `case`. */
static bool put_bash_names(CpaSink *sink, const Flags *f, ValueKind kind)
{
    bool any = false;
    for (size_t i = 0; i < f->flags.len; i++) {
        if (f->flags.data[i].kind == kind) {
            cpa_sink_printf(sink, "%s%s", any ? "|" : "    ", f->flags.data[i].name);
            any = true;
        }
    }
    return any;
}

void cpa_complete_bash(CpaSink *sink)
{
    g_autoptr(Flags) f = flags_new();
    cpa_sink_puts(sink, "# SPDX-License-Identifier: Apache-2.0\n"
                        "# Completion of cpa for bash; generated, do not edit.\n"
                        "_cpa()\n{\n"
                        "    local cur=${COMP_WORDS[COMP_CWORD]} option= first= word i n=0\n"
                        "    local words='");
    each_word(sink, put_bash_word);
    cpa_sink_puts(sink, "'\n    local flags='");
    for (size_t i = 0; i < f->flags.len; i++) {
        const Flag *flag = &f->flags.data[i];
        cpa_sink_printf(sink, "-%s%s ", flag->name, flag->kind == NO_VALUE ? "" : "=");
    }
    cpa_sink_puts(sink,
                  "'\n"
                  "    COMPREPLY=()\n"
                  "    # The = of -x=value is a word of its own.\n"
                  "    if [[ $cur == '=' ]]; then\n"
                  "        option=${COMP_WORDS[COMP_CWORD-1]} cur=\n"
                  "    elif ((COMP_CWORD > 1)) && [[ ${COMP_WORDS[COMP_CWORD-1]} == '=' ]]; then\n"
                  "        option=${COMP_WORDS[COMP_CWORD-2]}\n"
                  "    elif [[ ${COMP_WORDS[COMP_CWORD-1]} == -* ]]; then\n"
                  "        option=${COMP_WORDS[COMP_CWORD-1]}\n"
                  "    fi\n"
                  "    option=${option#-}\n"
                  "    case ${option#-} in\n");
    for (size_t i = 0; i < f->flags.len; i++) {
        const Flag *flag = &f->flags.data[i];
        if (flag->kind == CHOICE_VALUE) {
            cpa_sink_printf(sink, "    %s)\n        mapfile -t COMPREPLY < <(compgen -W '",
                            flag->name);
            put_choices(sink, flag->choices);
            cpa_sink_puts(sink, "' -- \"$cur\")\n        return ;;\n");
        }
    }
    put_bash_names(sink, f, TYPE_VALUE);
    cpa_sink_puts(sink, ")\n        for word in \"${COMP_WORDS[@]:1}\"; do\n"
                        "            [[ -f $word ]] || continue\n"
                        "            mapfile -t COMPREPLY < <(compgen -W \"$(\"${COMP_WORDS[0]}\" "
                        "help --types \"$word\" 2>/dev/null)\" -- \"$cur\")\n"
                        "            return\n"
                        "        done\n        return ;;\n");
    put_bash_names(sink, f, FILE_VALUE);
    cpa_sink_puts(sink, ")\n        compopt -o filenames 2>/dev/null\n"
                        "        mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
                        "        return ;;\n");
    put_bash_names(sink, f, ANY_VALUE);
    cpa_sink_puts(
        sink,
        ")\n        return ;;\n"
        "    esac\n"
        "    if [[ $cur == -* ]]; then\n"
        "        mapfile -t COMPREPLY < <(compgen -W \"$flags\" -- \"$cur\")\n"
        "        [[ ${COMPREPLY-} != *= ]] || compopt -o nospace 2>/dev/null\n"
        "        return\n"
        "    fi\n"
        "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
        "        word=${COMP_WORDS[i]}\n"
        "        if [[ $word == -* && ${COMP_WORDS[i+1]} == '=' ]]; then\n"
        "            ((i += 2))\n"
        "        elif [[ $word == -* && \" $flags\" == *\" $word= \"* ]]; then\n"
        "            ((i += 1))\n"
        "        elif [[ $word != -* ]]; then\n"
        "            first=${first:-$word}\n"
        "            ((n += 1))\n"
        "        fi\n"
        "    done\n"
        "    case $first in\n"
        "    '') mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\") ;;\n"
        "    help)\n"
        "        mapfile -t COMPREPLY < <(compgen -W \"options formats $words\" -- \"$cur\")\n"
        "        return ;;\n"
        "    ");
    put_takers(sink, "|");
    cpa_sink_puts(sink,
                  ") ((n > 1)) || return ;;\n"
                  "    esac\n"
                  "    compopt -o filenames 2>/dev/null\n"
                  "    mapfile -t -O \"${#COMPREPLY[@]}\" COMPREPLY < <(compgen -f -- \"$cur\")\n"
                  "}\n"
                  "complete -F _cpa cpa\n");
}

/* --- zsh ---------------------------------------------------------------------------------------*/

/* Text within single quotes, where the characters in `special` need a backslash. */
static void put_quoted(CpaSink *sink, const char *text, const char *special)
{
    for (; *text != '\0'; text++) {
        if (*text == '\'') {
            cpa_sink_puts(sink, "'\\''");
            continue;
        }
        cpa_sink_puts(sink, strchr(special, *text) != NULL ? "\\" : "");
        cpa_sink_putc(sink, *text);
    }
}

static void put_zsh_word(CpaSink *sink, const char *name, const char *help)
{
    cpa_sink_printf(sink, "        '%s:", name);
    put_quoted(sink, help, "\\:");
    cpa_sink_puts(sink, "'\n");
}

static void put_zsh_flag(CpaSink *sink, const Flag *flag)
{
    cpa_sink_printf(sink, "        '-%s%s[", flag->name, flag->kind == NO_VALUE ? "" : "=");
    put_quoted(sink, flag->help, "\\[]");
    cpa_sink_puts(sink, "]");
    if (flag->kind != NO_VALUE) {
        cpa_sink_puts(sink, ":");
        put_quoted(sink, flag->argument != NULL ? flag->argument : "value", "\\:");
        cpa_sink_puts(sink, ":");
    }
    if (flag->kind == FILE_VALUE) {
        cpa_sink_puts(sink, "_files");
    } else if (flag->kind == TYPE_VALUE) {
        cpa_sink_puts(sink, "_cpa_types");
    } else if (flag->kind == CHOICE_VALUE) {
        cpa_sink_puts(sink, "(");
        put_choices(sink, flag->choices);
        cpa_sink_puts(sink, ")");
    } else if (flag->kind == ANY_VALUE) {
        cpa_sink_puts(sink, " ");
    }
    cpa_sink_puts(sink, "'\n");
}

void cpa_complete_zsh(CpaSink *sink)
{
    g_autoptr(Flags) f = flags_new();
    cpa_sink_puts(sink, "#compdef cpa\n"
                        "# SPDX-License-Identifier: Apache-2.0\n"
                        "# Completion of cpa for zsh; generated, do not edit.\n"
                        "_cpa_types() {\n"
                        "    local file\n"
                        "    for file in ${(Q)words[2,-1]}; do\n"
                        "        [[ -f $file ]] || continue\n"
                        "        compadd -- ${(f)\"$(_call_program types cpa help --types "
                        "${(q)file} 2>/dev/null)\"}\n"
                        "        return\n"
                        "    done\n"
                        "}\n"
                        "_cpa_first() {\n"
                        "    local -a words\n"
                        "    words=(\n");
    each_word(sink, put_zsh_word);
    cpa_sink_puts(sink, "    )\n"
                        "    _describe -t reports report words\n"
                        "    _files\n"
                        "}\n"
                        "_cpa() {\n"
                        "    _arguments \\\n");
    cpa_sink_puts(sink, "        '1:report or profile:_cpa_first' '*:profile:_files' \\\n"
                        "        $_cpa_flags\n"
                        "}\n"
                        "typeset -ga _cpa_flags\n"
                        "_cpa_flags=(\n");
    for (size_t i = 0; i < f->flags.len; i++) {
        put_zsh_flag(sink, &f->flags.data[i]);
    }
    cpa_sink_puts(sink, ")\n"
                        "if [[ $zsh_eval_context[-1] == loadautofunc ]]; then\n"
                        "    _cpa \"$@\"\n"
                        "else\n"
                        "    compdef _cpa cpa\n"
                        "fi\n");
}

/* --- fish --------------------------------------------------------------------------------------*/

static void put_fish_word(CpaSink *sink, const char *name, const char *help)
{
    cpa_sink_printf(sink, "complete -c cpa -n __fish_use_subcommand -a %s -d '", name);
    put_quoted(sink, help, "\\");
    cpa_sink_puts(sink, "'\n");
}

void cpa_complete_fish(CpaSink *sink)
{
    g_autoptr(Flags) f = flags_new();
    cpa_sink_puts(sink, "# SPDX-License-Identifier: Apache-2.0\n"
                        "# Completion of cpa for fish; generated, do not edit.\n"
                        "function __cpa_types\n"
                        "    for file in (commandline -opc)[2..-1]\n"
                        "        if test -f $file\n"
                        "            cpa help --types $file 2>/dev/null\n"
                        "            return\n"
                        "        end\n"
                        "    end\n"
                        "end\n");
    each_word(sink, put_fish_word);
    for (size_t i = 0; i < f->flags.len; i++) {
        const Flag *flag = &f->flags.data[i];
        cpa_sink_printf(sink, "complete -c cpa -o %s", flag->name);
        if (flag->kind == FILE_VALUE) {
            cpa_sink_puts(sink, " -r");
        } else if (flag->kind == TYPE_VALUE) {
            cpa_sink_puts(sink, " -x -a '(__cpa_types)'");
        } else if (flag->kind == CHOICE_VALUE) {
            cpa_sink_puts(sink, " -x -a '");
            put_choices(sink, flag->choices);
            cpa_sink_puts(sink, "'");
        } else if (flag->kind == ANY_VALUE) {
            cpa_sink_puts(sink, " -x");
        }
        cpa_sink_puts(sink, " -d '");
        put_quoted(sink, flag->help, "\\");
        cpa_sink_puts(sink, "'\n");
    }
}

void cpa_complete_types(CpaSink *sink, const char *path)
{
    g_autoptr(CpaOptions) options = cpa_options_new();
    options->max_size = TYPES_MAX_SIZE;
    g_autoptr(CpaSource) source = cpa_source_open(path, options->max_size, NULL);
    const CpaFormat *format = source != NULL ? cpa_format_detect(source, NULL) : NULL;
    g_autoptr(CpaBuilder) builder = cpa_builder_new();
    if (format == NULL || !format->read(source, builder, NULL)) {
        return;
    }
    g_autoptr(CpaProfile) profile = cpa_builder_finish(builder, NULL);
    for (uint32_t t = 0; profile != NULL && t < profile->header.n_types; t++) {
        const char *type = cpa_strtab_get(profile->strings, profile->header.sample_types[t].type);
        bool is_word = type[0] != '\0';
        for (const char *p = type; *p != '\0'; p++) {
            is_word = is_word && (g_ascii_isalnum(*p) || strchr("_-.", *p) != NULL);
        }
        if (is_word) {
            cpa_sink_printf(sink, "%s\n", type);
        }
    }
}
