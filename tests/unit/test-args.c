/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Command lines to commands, and what positional arguments turn out to be. Words are written as
 * one text, split at spaces; '' stands for an empty word.
 */
#include "cli/args.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/help.h"
#include "cli/manual.h"
#include "cli/sources.h"

static CpaCommand *parse_words(const char *line, GError **error)
{
    g_auto(GStrv) words = g_strsplit(line, " ", -1);
    size_t n = line[0] == '\0' ? 0 : g_strv_length(words);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(words[i], "''") == 0) {
            words[i][0] = '\0';
        }
    }
    return cpa_command_parse((const char *const *)words, n, error);
}

static CpaCommand *parse(const char *line)
{
    g_autoptr(GError) error = NULL;
    CpaCommand *command = parse_words(line, &error);
    g_assert_no_error(error);
    g_assert_nonnull(command);
    return command;
}

static void assert_fails(const char *line, CpaErrorCode code, const char *message)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(parse_words(line, &error));
    g_assert_error(error, CPA_ERROR, (int)code);
    if (strstr(error->message, message) == NULL) {
        g_error("%s: \"%s\" does not contain \"%s\"", line, error->message, message);
    }
}

/* All spellings of one command. */
static void test_report(void)
{
    static const struct {
        const char *line;
        const char *report;
        const char *argument;
        const char *sources;
    } cases[] = {
        {"top f", "top", NULL, "f"},
        {"text f", "top", NULL, "f"},
        {"-top f", "top", NULL, "f"},
        {"--top f g", "top", NULL, "f g"},
        {"-top=true f", "top", NULL, "f"},
        {"-text f", "top", NULL, "f"},
        {"f -top", "top", NULL, "f"},
        {"-cum top f", "top", NULL, "f"},
        {"peek RE f", "peek", "RE", "f"},
        {"peek -cum RE -lines f g", "peek", "RE", "f g"},
        {"-peek RE f", "peek", "RE", "f"},
        {"-peek=RE f", "peek", "RE", "f"},
        {"f --peek=a=b", "peek", "a=b", "f"},
        {"-peek= -top f", "top", NULL, "f"},
        {"peek '' f", "peek", "", "f"},
        {"-tree=false -top f", "top", NULL, "f"},
        {"-tree -tree=f -raw f", "raw", NULL, "f"},
        {"-svg=false -top f", "top", NULL, "f"},
        {"-svg f", "graph", NULL, "f"},
        {"svg f", "graph", NULL, "f"},
        {"flame -svg f", "flame", NULL, "f"},
        {"-html -flame f", "flame", NULL, "f"},
        {"-peek=a -peek=b f", "peek", "b", "f"},
        /* A word is a report only where it comes first and no flag has named one. */
        {"-top raw", "top", NULL, "raw"},
        {"top raw", "top", NULL, "raw"},
        {"f top", "top", NULL, "f top"},
        {"-- raw", "top", NULL, "raw"},
        {"raw -- -x", "raw", NULL, "-x"},
        {"./raw", "top", NULL, "./raw"},
        {"-", "top", NULL, "-"},
        {"raw -", "raw", NULL, "-"},
        {"-focus -x raw f", "raw", NULL, "f"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(CpaCommand) command = parse(cases[i].line);
        g_test_message("%s", cases[i].line);
        g_assert_cmpint(command->action, ==, CPA_ACTION_REPORT);
        g_assert_cmpstr(command->row->name, ==, cases[i].report);
        g_assert_cmpstr(command->argument, ==, cases[i].argument);
        g_ptr_array_add(command->sources, NULL);
        g_autofree char *sources = g_strjoinv(" ", (char **)command->sources->pdata);
        g_assert_cmpstr(sources, ==, cases[i].sources);
    }
}

static void test_report_errors(void)
{
    assert_fails("", CPA_ERROR_USAGE, "no profile source specified");
    assert_fails("top", CPA_ERROR_USAGE, "no profile source specified");
    assert_fails("-top -cum", CPA_ERROR_USAGE, "no profile source specified");
    assert_fails("peek", CPA_ERROR_USAGE, "cpa peek REGEXP SOURCE");
    assert_fails("peek RE", CPA_ERROR_USAGE, "no profile source specified");
    assert_fails("-peek", CPA_ERROR_USAGE, "-peek needs a value");
    assert_fails("-top -raw f", CPA_ERROR_USAGE, "must set at most one output format");
    assert_fails("-top -text f", CPA_ERROR_USAGE, "must set at most one output format");
    assert_fails("top -raw f", CPA_ERROR_USAGE, "must set at most one output format");
    assert_fails("-top -peek=x f", CPA_ERROR_USAGE, "must set at most one output format");
    assert_fails("diff -tree -raw a b", CPA_ERROR_USAGE, "must set at most one output format");
    assert_fails("-top=maybe f", CPA_ERROR_USAGE, "true or false");
}

static void test_default(void)
{
    g_autoptr(CpaCommand) bare = parse("f");
    g_assert_true(bare->by_default);
    g_assert_cmpint(bare->options->nodecount, ==, -1);
    g_autoptr(CpaCommand) counted = parse("f -nodecount=0");
    g_assert_cmpint(counted->options->nodecount, ==, 0);
    g_autoptr(CpaCommand) named = parse("top f");
    g_assert_false(named->by_default);
    g_assert_cmpint(named->options->nodecount, ==, -1);
}

static void test_options(void)
{
    g_autoptr(CpaCommand) command = parse(
        "-nodecount 5 --focus=a=b f -ignore -x --mean -trim=false -unit= -o out -max_size=1k");
    g_assert_cmpint(command->options->nodecount, ==, 5);
    g_assert_cmpstr(command->options->focus, ==, "a=b");
    g_assert_cmpstr(command->options->ignore, ==, "-x");
    g_assert_cmpstr(command->options->unit, ==, "");
    g_assert_cmpstr(command->options->output, ==, "out");
    g_assert_cmpuint(command->options->max_size, ==, 1024);
    g_assert_true(command->options->mean);
    g_assert_false(command->options->trim);
    g_assert_cmpuint(command->sources->len, ==, 1);

    /* A flag never takes the next word. */
    g_autoptr(CpaCommand) flag = parse("top -trim false f");
    g_assert_true(flag->options->trim);
    g_assert_cmpuint(flag->sources->len, ==, 2);

    assert_fails("top -focsu=a f", CPA_ERROR_USAGE, "unknown option -focsu; did you mean -focus?");
    assert_fails("top -cmu f", CPA_ERROR_USAGE, "did you mean -cum?");
    assert_fails("-tpo f", CPA_ERROR_USAGE, "did you mean -top?");
    assert_fails("top -xyzzyplugh f", CPA_ERROR_USAGE, "unknown option -xyzzyplugh");
    assert_fails("top ---focus=a f", CPA_ERROR_USAGE, "---focus=a");
    assert_fails("top -=a f", CPA_ERROR_USAGE, "-=a");
    assert_fails("top f -focus", CPA_ERROR_USAGE, "-focus needs a value");
    assert_fails("top -nodecount=x f", CPA_ERROR_USAGE, "-nodecount");
    assert_fails("top -trim=maybe f", CPA_ERROR_USAGE, "-trim");
}

static void test_choices(void)
{
    g_autoptr(CpaCommand) command = parse("top -cum -lines f");
    g_assert_cmpstr(command->options->sort, ==, "cum");
    g_assert_cmpstr(command->options->granularity, ==, "lines");
    g_autoptr(CpaCommand) long_form = parse("top -sort=cum -cum --granularity files f");
    g_assert_cmpstr(long_form->options->sort, ==, "cum");
    g_assert_cmpstr(long_form->options->granularity, ==, "files");
    g_autoptr(CpaCommand) taken_back = parse("top -cum -flat -cum=false -lines=f f");
    g_assert_cmpstr(taken_back->options->sort, ==, "flat");
    g_assert_cmpstr(taken_back->options->granularity, ==, "");

    assert_fails("top -flat -cum f", CPA_ERROR_USAGE, "conflicting options set: [cum flat]");
    assert_fails("top -sort=flat -cum f", CPA_ERROR_USAGE, "conflicting options set: [cum flat]");
    assert_fails("top -lines -files -functions f", CPA_ERROR_USAGE,
                 "conflicting options set: [files functions lines]");
    assert_fails("top -sort=x f", CPA_ERROR_USAGE, "cum flat");
}

static void assert_warnings(const CpaCommand *command, const char *first, guint n)
{
    g_assert_cmpuint(command->warnings->len, ==, n);
    g_assert_cmpstr(n > 0 ? command->warnings->pdata[0] : NULL, ==, first);
}

/* Order and texts as pprof has them. */
static void test_values(void)
{
    g_autoptr(CpaCommand) one = parse("top -inuse_objects f");
    g_assert_cmpstr(one->options->sample_index, ==, "inuse_objects");
    assert_warnings(one, NULL, 0);
    g_autoptr(CpaCommand) three = parse("top -inuse_space -alloc_space -mean_delay f");
    g_assert_cmpstr(three->options->sample_index, ==, "delay");
    g_assert_true(three->options->mean);
    assert_warnings(three, "Multiple value selections, ignoring -inuse_space", 2);
    g_autoptr(CpaCommand) set = parse("top -mean_delay -sample_index=1 f");
    g_assert_cmpstr(set->options->sample_index, ==, "1");
    g_assert_true(set->options->mean);
    assert_warnings(set, "Multiple value selections, ignoring -mean_delay", 1);
    g_autoptr(CpaCommand) off = parse("top -inuse_space=false f");
    g_assert_cmpstr(off->options->sample_index, ==, "");
}

static void test_base(void)
{
    g_autoptr(CpaCommand) command = parse("top -base=a -base=b -normalize f");
    g_assert_cmpuint(command->options->base->len, ==, 1);
    g_assert_cmpstr(command->options->base->pdata[0], ==, "b");
    g_assert_cmpuint(command->warnings->len, ==, 1);
    g_autoptr(CpaCommand) empty = parse("top -base=a -base= -diff_base=b f");
    g_assert_cmpuint(empty->options->base->len, ==, 0);
    g_assert_cmpuint(empty->options->diff_base->len, ==, 1);

    assert_fails("top -base=a -diff_base=b f", CPA_ERROR_USAGE,
                 "-base and -diff_base flags cannot both be specified");
    assert_fails("top -normalize f", CPA_ERROR_USAGE, "must have base profile to normalize by");
    assert_fails("top -normalize -base= f", CPA_ERROR_USAGE,
                 "must have base profile to normalize by");
    assert_fails("top -divide_by=0 f", CPA_ERROR_USAGE, "zero divisor specified");
}

static void test_symbolize(void)
{
    static const char *const good[] = {"none",
                                       "no:x",
                                       "local",
                                       "Local:FORCE",
                                       "remote",
                                       "demangle=full",
                                       "force:demangle=none",
                                       "explain:fastlocal",
                                       ""};
    for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
        g_autofree char *line = g_strdup_printf("top -symbolize=%s f", good[i]);
        g_autoptr(CpaCommand) command = parse(line);
        assert_warnings(command, NULL, 0);
    }
    g_autoptr(CpaCommand) command = parse("top -symbolize=local:foo f");
    g_assert_cmpuint(command->warnings->len, ==, 2);
    g_assert_nonnull(strstr(command->warnings->pdata[0], "local:foo"));
}

static void test_formats_and_tools(void)
{
    assert_fails("-svg -html flame f", CPA_ERROR_USAGE, "at most one output format");
    assert_fails("top -svg f", CPA_ERROR_USAGE, "top is no picture");
    g_autoptr(CpaCommand) tools = parse("top -tools /x f");
    g_assert_cmpuint(tools->sources->len, ==, 1);
    assert_warnings(tools, NULL, 0);
}

static void test_viewers(void)
{
    static const struct {
        const char *line;
        const char *report;
        const char *viewer;
        const char *format;
    } cases[] = {
        {"-web f", "graph", "web", "svg"},
        {"web f", "graph", "web", "svg"},
        {"flame -web f", "flame", "web", "svg"},
        {"-flame f -evince", "flame", "evince", "pdf"},
        {"diff -gv f g", "diff", "gv", "ps"},
        {"-kcachegrind f", "callgrind", "kcachegrind", ""},
        {"flame -web -html f", "flame", "web", "html"},
        {"-svg -web f", "graph", "web", "svg"},
        {"-evince -ps f", "graph", "evince", "ps"},
        {"-web -web=false f", "top", NULL, ""},
        {"-web=0 -eog f", "graph", "eog", "svg"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(CpaCommand) command = parse(cases[i].line);
        g_assert_cmpstr(command->row->name, ==, cases[i].report);
        g_assert_cmpstr(command->viewer != NULL ? command->viewer->name : NULL, ==,
                        cases[i].viewer);
        g_assert_cmpstr(command->options->format, ==, cases[i].format);
    }
    assert_fails("-web -eog f", CPA_ERROR_USAGE, "at most one output format");
    assert_fails("-web -ps f", CPA_ERROR_USAGE, "at most one output format");
    assert_fails("-web -svg -html f", CPA_ERROR_USAGE, "at most one output format");
    assert_fails("-top -kcachegrind f", CPA_ERROR_USAGE, "at most one output format");
    assert_fails("-top -web f", CPA_ERROR_USAGE, "top is no picture");
    assert_fails("-web=maybe f", CPA_ERROR_USAGE, "true or false");
}

static void test_http(void)
{
    g_autoptr(CpaCommand) command = parse("-http :80 f");
    g_assert_cmpint(command->action, ==, CPA_ACTION_SERVE);
    g_assert_cmpstr(command->options->http, ==, ":80");
    g_assert_cmpint(command->options->nodecount, ==, -1);
    g_autoptr(CpaCommand) comparison = parse("diff -http=: -no_browser -http_token=x old new");
    g_assert_cmpint(comparison->action, ==, CPA_ACTION_SERVE);
    g_assert_true(comparison->compares);
    g_autoptr(CpaCommand) off = parse("-http= f");
    g_assert_cmpint(off->action, ==, CPA_ACTION_REPORT);
    const char *message = "-http is not compatible with an output format on the command line";
    assert_fails("-http=: -top f", CPA_ERROR_USAGE, message);
    assert_fails("top -http=: f", CPA_ERROR_USAGE, message);
    assert_fails("-http=: -svg f", CPA_ERROR_USAGE, message);
    assert_fails("diff -http=: -top old new", CPA_ERROR_USAGE, message);
    assert_fails("-http=:", CPA_ERROR_USAGE, "no profile source specified");
    assert_fails("-no_browser f", CPA_ERROR_USAGE, "-no_browser only makes sense with -http");
    assert_fails("-http_token=x f", CPA_ERROR_USAGE, "-http_token only makes sense with -http");
}

static void test_verbs(void)
{
    static const struct {
        const char *line;
        CpaAction action;
        bool by_flag;
        const char *topic;
    } cases[] = {
        {"help", CPA_ACTION_HELP, false, NULL},
        {"help top", CPA_ACTION_HELP, false, "top"},
        {"help -focus", CPA_ACTION_HELP, false, "focus"},
        {"help -sort=cum", CPA_ACTION_HELP, false, "sort"},
        {"help help", CPA_ACTION_HELP, false, NULL},
        {"help --man options", CPA_ACTION_MANUAL, false, "options"},
        {"-h", CPA_ACTION_HELP, true, NULL},
        {"--help", CPA_ACTION_HELP, true, NULL},
        {"top -help", CPA_ACTION_HELP, true, "top"},
        {"-top f -h -nonsense", CPA_ACTION_HELP, true, "top"},
        {"version", CPA_ACTION_VERSION, false, NULL},
        {"-version", CPA_ACTION_VERSION, false, NULL},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(CpaCommand) command = parse(cases[i].line);
        g_assert_cmpint(command->action, ==, cases[i].action);
        g_assert_true(command->by_flag == cases[i].by_flag);
        g_assert_cmpstr(command->topic, ==, cases[i].topic);
    }
    assert_fails("help top raw", CPA_ERROR_USAGE, "help takes one");
}

/* A directory with files that look like this and that. */
typedef struct {
    char *path;
    GPtrArray *files;
} Dir;

static void add_file(Dir *dir, const char *name, const char *bytes, size_t n)
{
    char *path = g_build_filename(dir->path, name, NULL);
    g_assert_true(g_file_set_contents(path, bytes, (gssize)n, NULL));
    g_ptr_array_add(dir->files, path);
}

static void set_up(Dir *dir, gconstpointer unused)
{
    (void)unused;
    char elf[64] = "\177ELF\2\1\1";
    char elf_big[64] = "\177ELF\1\2\1";
    char bad_elf[64] = "\177ELF\7\1\1";
    char mach[64] = "\xcf\xfa\xed\xfe";
    char fat[64] = "\xca\xfe\xba\xbe\0\0\0\2";
    char java[64] = "\xca\xfe\xba\xbe\0\0\0\x34";
    char pe[132] = "MZ";
    char dos[132] = "MZ";
    elf[16] = 3;
    elf_big[17] = 2;
    bad_elf[16] = 2;
    pe[0x3c] = (char)128;
    memcpy(pe + 128, "PE\0\0", 4);

    dir->path = g_dir_make_tmp("cpa-args-XXXXXX", NULL);
    dir->files = g_ptr_array_new_with_free_func(g_free);
    g_assert_nonnull(dir->path);
    add_file(dir, "profile", "main;f 1\n", 9);
    add_file(dir, "elf", elf, sizeof elf);
    add_file(dir, "elf_big", elf_big, sizeof elf_big);
    add_file(dir, "mach", mach, sizeof mach);
    add_file(dir, "fat", fat, sizeof fat);
    add_file(dir, "pe", pe, sizeof pe);
    add_file(dir, "bad_elf", bad_elf, sizeof bad_elf);
    add_file(dir, "short_elf", elf, 8);
    add_file(dir, "java", java, sizeof java);
    add_file(dir, "dos", dos, sizeof dos);
    add_file(dir, "empty", "", 0);
}

static void tear_down(Dir *dir, gconstpointer unused)
{
    (void)unused;
    for (guint i = 0; i < dir->files->len; i++) {
        g_remove(dir->files->pdata[i]);
    }
    g_rmdir(dir->path);
    g_ptr_array_unref(dir->files);
    g_free(dir->path);
}

static void test_object(Dir *dir, gconstpointer unused)
{
    (void)unused;
    for (guint i = 0; i < dir->files->len; i++) {
        const char *path = dir->files->pdata[i];
        const char *kind = cpa_object_kind(path);
        g_test_message("%s: %s", path, kind != NULL ? kind : "no object");
        g_assert_true((kind != NULL) == (i >= 1 && i <= 5));
    }
    g_assert_null(cpa_object_kind(dir->path));
    g_assert_null(cpa_object_kind("/nonexistent"));

    /* A FIFO is not opened: there is no writer, so this would hang. */
    g_autofree char *fifo = g_build_filename(dir->path, "fifo", NULL);
    g_assert_cmpint(mkfifo(fifo, 0600), ==, 0);
    g_assert_null(cpa_object_kind(fifo));
    g_remove(fifo);
}

static CpaCommand *resolve(const Dir *dir, const char *line, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(line, "DIR", -1);
    g_autofree char *full = g_strjoinv(dir->path, parts);
    g_autoptr(CpaCommand) command = parse(full);
    return cpa_sources_resolve(command, error) ? g_steal_pointer(&command) : NULL;
}

static void assert_unresolved(const Dir *dir, const char *line, CpaErrorCode code,
                              const char *message)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CpaCommand) command = resolve(dir, line, &error);
    g_assert_null(command);
    g_assert_error(error, CPA_ERROR, (int)code);
    g_assert_nonnull(strstr(error->message, message));
}

static void test_binary(Dir *dir, gconstpointer unused)
{
    (void)unused;
    g_autoptr(CpaCommand) with = resolve(dir, "top DIR/elf DIR/profile", NULL);
    g_assert_true(g_str_has_suffix(with->binary, "/elf"));
    g_assert_cmpuint(with->sources->len, ==, 1);
    g_autoptr(CpaCommand) without = resolve(dir, "top DIR/profile DIR/profile", NULL);
    g_assert_null(without->binary);
    g_assert_cmpuint(without->sources->len, ==, 2);
    /* Alone it is the profile, and the reader says what is wrong with it. */
    g_autoptr(CpaCommand) alone = resolve(dir, "top DIR/elf", NULL);
    g_assert_null(alone->binary);
    g_assert_cmpuint(alone->sources->len, ==, 1);

    assert_unresolved(dir, "top DIR/profile DIR/elf", CPA_ERROR_NOT_RECOGNIZED,
                      "a program goes before the profiles");
    assert_unresolved(dir, "top DIR/elf DIR/profile DIR/pe", CPA_ERROR_NOT_RECOGNIZED,
                      "there can be one program");
}

static void test_words(Dir *dir, gconstpointer unused)
{
    (void)unused;
    assert_unresolved(dir, "tpo DIR/profile", CPA_ERROR_USAGE, "did you mean top?");
    assert_unresolved(dir, "xyzzyplugh", CPA_ERROR_USAGE, "no report and no file");
    /* What can be a URL is left to the loader. */
    g_autoptr(CpaCommand) url = resolve(dir, "localhost:6060", NULL);
    g_assert_nonnull(url);
    /* The reader knows better what to say about a file. */
    g_autoptr(CpaCommand) file = resolve(dir, "DIR/none.prof", NULL);
    g_assert_nonnull(file);
    g_autoptr(CpaCommand) stdin_too = resolve(dir, "-", NULL);
    g_assert_nonnull(stdin_too);
}

static void test_comparison(Dir *dir, gconstpointer unused)
{
    (void)unused;
    static const struct {
        const char *line;
        const char *report;
        const char *base;
        const char *source;
    } cases[] = {
        {"diff a b", "diff", "a", "b"},
        {"-diff a b", "diff", "a", "b"},
        {"diff -top -normalize a b", "diff", "a", "b"},
        {"diff -tree a b", "tree", "a", "b"},
        {"diff -base=a b", "diff", "a", "b"},
        {"diff -diff_base=a b", "diff", "a", "b"},
        {"diff DIR/elf a b", "diff", "a", "b"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(CpaCommand) command = resolve(dir, cases[i].line, NULL);
        g_assert_nonnull(command);
        g_assert_cmpstr(command->row->name, ==, cases[i].report);
        g_assert_cmpuint(command->options->base->len, ==, 0);
        g_assert_cmpuint(command->options->diff_base->len, ==, 1);
        g_assert_cmpstr(command->options->diff_base->pdata[0], ==, cases[i].base);
        g_assert_cmpuint(command->sources->len, ==, 1);
        g_assert_cmpstr(command->sources->pdata[0], ==, cases[i].source);
    }
    assert_unresolved(dir, "diff a", CPA_ERROR_USAGE, "the old one first");
    assert_unresolved(dir, "diff a b c", CPA_ERROR_USAGE, "the old one first");
}

/* Lines of help fit a terminal, for every row of every table. */
static void assert_fits(CpaSink *sink, const char *topic)
{
    size_t n = 0;
    const char *text = cpa_sink_data(sink, &n);
    g_autofree char *copy = g_strndup(text, n);
    g_auto(GStrv) lines = g_strsplit(copy, "\n", -1);
    g_assert_cmpuint(n, >, 0);
    g_assert_cmpint(copy[n - 1], ==, '\n');
    for (size_t i = 0; lines[i] != NULL; i++) {
        if (g_utf8_strlen(lines[i], -1) > 79) {
            g_error("help %s: \"%s\" is too long", topic, lines[i]);
        }
    }
}

static void test_help(void)
{
    size_t n_reports = 0;
    size_t n_options = 0;
    const CpaReportRow *const *reports = cpa_report_table(&n_reports);
    const CpaOptionRow *options = cpa_options_table(&n_options);
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    g_ptr_array_add(names, (gpointer) "options");
    g_ptr_array_add(names, (gpointer) "formats");
    g_ptr_array_add(names, (gpointer) "cum");
    for (size_t i = 0; i < n_reports; i++) {
        g_ptr_array_add(names, (gpointer)reports[i]->name);
    }
    for (size_t i = 0; i < n_options; i++) {
        g_ptr_array_add(names, (gpointer)options[i].name);
    }
    for (guint i = 0; i < names->len; i++) {
        g_autoptr(CpaSink) sink = cpa_sink_new_memory();
        g_autoptr(GError) error = NULL;
        g_assert_true(cpa_help_topic(sink, names->pdata[i], &error));
        g_assert_no_error(error);
        assert_fits(sink, names->pdata[i]);
    }
    g_autoptr(CpaSink) overview = cpa_sink_new_memory();
    cpa_help_overview(overview);
    assert_fits(overview, "");

    g_autoptr(CpaSink) sink = cpa_sink_new_memory();
    g_autoptr(GError) error = NULL;
    g_assert_false(cpa_help_topic(sink, "tpo", &error));
    g_assert_error(error, CPA_ERROR, CPA_ERROR_USAGE);
    g_assert_nonnull(strstr(error->message, "did you mean top?"));
}

/* No line of the manual may start a request by accident. */
static void test_manual(void)
{
    static const char *const sections[] = {"reports", "options", "formats"};
    static const char *const requests[] = {".TP", ".SS ", ".I ", "\\", NULL};
    for (size_t i = 0; i < G_N_ELEMENTS(sections); i++) {
        g_autoptr(CpaSink) sink = cpa_sink_new_memory();
        g_assert_true(cpa_manual_section(sink, sections[i], NULL));
        size_t n = 0;
        const char *text = cpa_sink_data(sink, &n);
        g_autofree char *copy = g_strndup(text, n);
        g_auto(GStrv) lines = g_strsplit(copy, "\n", -1);
        for (size_t k = 0; lines[k] != NULL; k++) {
            bool known = strchr(".'", lines[k][0]) == NULL || lines[k][0] == '\0';
            for (size_t r = 0; requests[r] != NULL; r++) {
                known = known || g_str_has_prefix(lines[k], requests[r]);
            }
            g_assert_true(known);
        }
    }
    g_assert_false(cpa_manual_section(NULL, "nothing", NULL));
}

#define ADD(path, test) g_test_add(path, Dir, NULL, set_up, test, tear_down)

/* -json and the like say how the report is written, not which one. */
static void test_tables(void)
{
    static const struct {
        const char *line;
        const char *report;
        const char *format;
        int nodecount;
    } cases[] = {
        {"-json f", "top", "json", -1},
        {"json f", "top", "json", -1},
        {"-json tree f", "tree", "json", -1},
        {"tree f -csv", "tree", "csv", -1},
        {"-csv=false -md tags f", "tags", "md", -1},
        {"-traces -format=md f", "traces", "md", -1},
        {"diff a b -json", "diff", "json", -1},
        {"f -o x.json", "top", "", -1},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(CpaCommand) command = parse(cases[i].line);
        g_assert_cmpstr(command->row->name, ==, cases[i].report);
        g_assert_cmpstr(command->options->format, ==, cases[i].format);
        g_assert_cmpint(command->options->nodecount, ==, cases[i].nodecount);
    }
    assert_fails("top -json -csv f", CPA_ERROR_USAGE, "at most one");
    assert_fails("top -json -svg f", CPA_ERROR_USAGE, "at most one");
    assert_fails("raw -json f", CPA_ERROR_USAGE, "raw is no table");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/args/report", test_report);
    g_test_add_func("/args/tables", test_tables);
    g_test_add_func("/args/report_errors", test_report_errors);
    g_test_add_func("/args/default", test_default);
    g_test_add_func("/args/options", test_options);
    g_test_add_func("/args/choices", test_choices);
    g_test_add_func("/args/values", test_values);
    g_test_add_func("/args/base", test_base);
    g_test_add_func("/args/symbolize", test_symbolize);
    g_test_add_func("/args/formats-and-tools", test_formats_and_tools);
    g_test_add_func("/args/viewers", test_viewers);
    g_test_add_func("/args/http", test_http);
    g_test_add_func("/args/verbs", test_verbs);
    g_test_add_func("/args/help", test_help);
    g_test_add_func("/args/manual", test_manual);
    ADD("/sources/object", test_object);
    ADD("/sources/binary", test_binary);
    ADD("/sources/words", test_words);
    ADD("/sources/comparison", test_comparison);
    return g_test_run();
}
