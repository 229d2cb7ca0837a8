/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The language of the shell without a terminal: lines to steps, options and their undoing, what
 * completion offers.
 */
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "report/run.h"
#include "shell/complete.h"
#include "shell/history.h"
#include "shell/listing.h"

static CpaProfile *profile;

static CpaSession *new_session(void)
{
    g_autoptr(CpaOptions) options = cpa_options_new();
    return cpa_session_new(profile, options);
}

/* A value as text; the step must be about options only. */
static void assert_sets(CpaSession *s, const char *line, const char *name, const char *value)
{
    g_auto(CpaStep) step = {0};
    g_autoptr(GError) error = NULL;
    g_test_message("%s", line);
    g_assert_true(cpa_session_eval(s, line, &step, &error));
    g_assert_no_error(error);
    g_assert_cmpint(step.kind, ==, CPA_STEP_DONE);
    g_autofree char *text = cpa_options_get(cpa_session_options(s), cpa_options_find(name));
    g_assert_cmpstr(text, ==, value);
}

static void assert_refused(CpaSession *s, const char *line, const char *words)
{
    g_auto(CpaStep) step = {0};
    g_autoptr(GError) error = NULL;
    g_test_message("%s", line);
    g_assert_false(cpa_session_eval(s, line, &step, &error));
    g_assert_error(error, CPA_ERROR, CPA_ERROR_USAGE);
    g_assert_nonnull(strstr(error->message, words));
}

static void test_assignments(void)
{
    g_autoptr(CpaSession) s = new_session();
    assert_sets(s, "", "compact_labels", "true");
    assert_sets(s, "focus=json", "focus", "json");
    assert_sets(s, "  focus =  a b  //: why", "focus", "a b");
    assert_sets(s, "focus=a//:b//:c", "focus", "a//:b");
    assert_sets(s, "ignore=x=y", "ignore", "x=y");
    assert_sets(s, "mean", "mean", "true");
    assert_sets(s, "mean=n", "mean", "false");
    assert_sets(s, "trim=0", "trim", "false");
    assert_sets(s, "trim=", "trim", "true");
    assert_sets(s, "cum", "sort", "cum");
    assert_sets(s, "flat=1", "sort", "flat");
    assert_sets(s, "lines", "granularity", "lines");
    assert_sets(s, "granularity=", "granularity", "");
    assert_sets(s, "nodecount=5", "nodecount", "5");
    assert_sets(s, "sample_index=0", "sample_index", "samples");
    assert_sets(s, "sample_index=cpu", "sample_index", "cpu");
    assert_sets(s, "sample_index=all", "sample_index", "all");
    assert_sets(s, "o=file", "output", "file");
    assert_sets(s, "# focus=z", "focus", "a//:b");
    assert_sets(s, "//: focus=z", "focus", "a//:b");
    assert_refused(s, "focus", "please specify a value, e.g. focus=<val>");
    assert_refused(s, "focus x", "did you mean: focus=x");
    assert_refused(s, "cum=0", "set another sort");
    assert_refused(s, "sort=up", "must be one of cum flat");
    assert_refused(s, "nodecount=many", "whole number");
    assert_refused(s, "sample_index=9", "sample_index 9 is outside the range [0..1]");
    assert_refused(s, "sample_index=x", "must be one of: [samples cpu]");
    assert_refused(s, "seconds=3", "give it to cpa as -seconds");
    assert_refused(s, "base=x", "give it to cpa as -base");
    assert_refused(s, "http=:80", "give it to cpa as -http");
}

static void test_shortcuts(void)
{
    g_autoptr(CpaSession) s = new_session();
    assert_sets(s, "mean_samples", "sample_index", "samples");
    g_assert_true(cpa_session_options(s)->mean);
    assert_sets(s, "cpu", "sample_index", "cpu");
    g_assert_true(cpa_session_options(s)->mean);
    assert_sets(s, "total_cpu", "mean", "false");
    assert_sets(s, "focus=a", "focus", "a");
    assert_sets(s, "ignore=a", "ignore", "a");
    assert_sets(s, "hide=a", "hide", "a");
    assert_sets(s, "tagfocus=a", "tagfocus", "a");
    assert_sets(s, "tagignore=a", "tagignore", "a");
    assert_sets(s, "show=a", "show", "a");
    g_autofree char *long_prompt = cpa_session_prompt(s);
    g_assert_cmpstr(long_prompt, ==, "(cpa focus=a ignore=a hide=a show=a tagfocus=a ta...) ");
    assert_sets(s, ":", "focus", "");
    assert_sets(s, " : ", "ignore", "");
    assert_sets(s, "", "hide", "");
    assert_sets(s, "", "tagfocus", "");
    assert_sets(s, "", "tagignore", "");
    assert_sets(s, "", "show", "a");
    g_autofree char *prompt = cpa_session_prompt(s);
    g_assert_cmpstr(prompt, ==, "(cpa show=a) ");
}

static void assert_undone(CpaSession *s, const char *text)
{
    g_auto(CpaStep) step = {0};
    g_assert_true(cpa_session_eval(s, "undo", &step, NULL));
    g_assert_cmpint(step.kind, ==, CPA_STEP_TEXT);
    g_assert_cmpstr(step.text, ==, text);
}

static void test_undo(void)
{
    g_autoptr(CpaSession) s = new_session();
    assert_refused(s, "undo", "nothing is left to undo");
    assert_sets(s, "focus=a", "focus", "a");
    assert_sets(s, "focus=a", "focus", "a");
    assert_sets(s, "mean_samples", "mean", "true");
    assert_sets(s, ":", "focus", "");
    assert_sets(s, "source_map=/a=/b", "focus", "");
    assert_undone(s, "");
    g_assert_cmpuint(cpa_session_options(s)->source_map->len, ==, 0);
    assert_undone(s, "focus=a");
    assert_undone(s, "mean=false\nsample_index=");
    assert_undone(s, "focus=");
    assert_refused(s, "undo", "nothing is left to undo");
    for (int i = 0; i < 150; i++) {
        g_autofree char *line = g_strdup_printf("nodecount=%d", i);
        g_auto(CpaStep) step = {0};
        cpa_session_eval(s, line, &step, NULL);
    }
    for (int i = 148; i >= 49; i--) {
        g_autofree char *text = g_strdup_printf("nodecount=%d", i);
        assert_undone(s, text);
    }
    assert_refused(s, "undo", "nothing is left to undo");
}

typedef struct {
    const char *line;
    const char *report;
    const char *argument;
    const char *focus;
    const char *ignore;
    const char *output;
    const char *pipe;
    int nodecount;
} Case;

static const Case commands[] = {
    {"top", "top", NULL, "", "", "", NULL, 10},
    {"text", "top", NULL, "", "", "", NULL, 10},
    {"top3", "top", NULL, "", "", "", NULL, 3},
    {"top 3 7", "top", NULL, "", "", "", NULL, 7},
    {"top -1", "top", NULL, "", "", "", NULL, 10},
    {"top -5", "top", NULL, "", "", "", NULL, -5},
    {"top +5", "top", NULL, "", "", "", NULL, 5},
    {"top 99999999999", "top", NULL, "99999999999", "", "", NULL, 10},
    {"top a b -c -d", "top", NULL, "a|b", "c|d", "", NULL, 10},
    {"top a|b - c", "top", NULL, "a|b|c", "", "", NULL, 10},
    {"tree", "tree", NULL, "", "", "", NULL, -1},
    {"peek a b", "peek", "a", "b", "", "", NULL, -1},
    {"peek -a", "peek", "-a", "", "", "", NULL, -1},
    {"peek10", "peek", "10", "", "", "", NULL, -1},
    {"top >f", "top", NULL, "", "", "f", NULL, 10},
    {"top > f x", "top", NULL, "x", "", "f", NULL, 10},
    {"top | wc -l", "top", NULL, "", "", "", "wc -l", 10},
    {"top a |  sed 's/|/x/' | cat ", "top", NULL, "a", "", "", "sed 's/|/x/' | cat", 10},
    {"top a| b", "top", NULL, "a||b", "", "", NULL, 10},
    {"svg", "graph", NULL, "", "", "", NULL, -1},
    {"save x.pb.gz", "proto", NULL, "", "", "x.pb.gz", NULL, -1},
};

static void test_commands(void)
{
    g_autoptr(CpaSession) s = new_session();
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        const Case *c = &commands[i];
        g_auto(CpaStep) step = {0};
        g_autoptr(GError) error = NULL;
        g_test_message("%s", c->line);
        cpa_session_eval(s, c->line, &step, &error);
        g_assert_no_error(error);
        g_assert_cmpint(step.kind, ==, CPA_STEP_REPORT);
        g_assert_cmpstr(step.command->row->name, ==, c->report);
        g_assert_cmpstr(step.command->argument, ==, c->argument);
        g_assert_cmpstr(step.command->options->focus, ==, c->focus);
        g_assert_cmpstr(step.command->options->ignore, ==, c->ignore);
        g_assert_cmpstr(step.command->options->output, ==, c->output);
        g_assert_cmpstr(step.command->pipe, ==, c->pipe);
        g_assert_cmpint(step.command->options->nodecount, ==, c->nodecount);
    }
    /* What a line says does not stay. */
    g_assert_cmpstr(cpa_session_options(s)->focus, ==, "");
    g_auto(CpaStep) tags = {0};
    g_assert_true(cpa_session_eval(s, "tags a -b", &tags, NULL));
    g_assert_cmpstr(tags.command->options->tagfocus, ==, "a");
    g_assert_cmpstr(tags.command->options->tagignore, ==, "b");
    g_assert_cmpstr(tags.command->options->focus, ==, "");
    g_auto(CpaStep) web = {0};
    g_assert_true(cpa_session_eval(s, "web", &web, NULL));
    g_assert_cmpstr(web.command->viewer->name, ==, "web");
    g_assert_cmpstr(web.command->options->format, ==, "svg");
    assert_refused(s, "tpo", "unrecognized command: \"tpo\"; did you mean top?");
    assert_refused(s, "tpo5", "did you mean top?");
    assert_refused(s, "xyzzyplugh", "type help");
    assert_refused(s, "peek", "command peek requires an argument");
    assert_refused(s, "top >", "unexpected end of line after >");
    assert_refused(s, "top |", "unexpected end of line after |");
    assert_refused(s, "| cat", "unrecognized command: \"|\"");
    assert_refused(s, "save", "name of a file");
    assert_refused(s, "diff", "-diff_base=OLD NEW");
}

static void test_texts(void)
{
    g_autoptr(CpaSession) s = new_session();
    static const char *const lines[] = {"o",         "options",    "help",
                                        "help top",  "help focus", "help cum",
                                        "help undo", "help web",   "help svg"};
    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_auto(CpaStep) step = {0};
        g_assert_true(cpa_session_eval(s, lines[i], &step, NULL));
        g_assert_cmpint(step.kind, ==, CPA_STEP_TEXT);
        g_assert_cmpuint(strlen(step.text), >, 10);
    }
    assert_refused(s, "help tpo", "did you mean top?");
    static const char *const ends[] = {"q", "quit", " exit "};
    for (size_t i = 0; i < G_N_ELEMENTS(ends); i++) {
        g_auto(CpaStep) step = {0};
        g_assert_true(cpa_session_eval(s, ends[i], &step, NULL));
        g_assert_cmpint(step.kind, ==, CPA_STEP_QUIT);
    }
    /* As pprof prints them, blanks at the end included. */
    g_autofree char *options = cpa_shell_options(profile, cpa_session_options(s));
    static const char *const expected[] = {
        "  compact_labels            = true                 \n",
        "  focus                     = \"\"                   \n",
        "  granularity               = (default)            //: [addresses | filefunctions | files "
        "|",
        "  nodecount                 = -1                   //: default\n",
        "  sample_index              = cpu                  //: [samples | cpu]\n",
        "  sort                      = flat                 //: [cum | flat]\n",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(expected); i++) {
        g_test_message("%s", expected[i]);
        g_assert_nonnull(strstr(options, expected[i]));
    }
}

static void assert_completes(CpaCompleter *c, const char *line, const char *expected)
{
    g_autoptr(CpaCompletion) completion = cpa_completer_complete(c, line);
    g_ptr_array_add(completion->words, NULL);
    g_autofree char *words = g_strjoinv(" ", (char **)completion->words->pdata);
    g_test_message("%s", line);
    g_assert_cmpstr(words, ==, expected);
}

static void assert_prefix(CpaCompleter *c, const char *line, const char *expected)
{
    g_autoptr(CpaCompletion) completion = cpa_completer_complete(c, line);
    g_autofree char *prefix = cpa_completion_prefix(completion);
    g_test_message("%s", line);
    g_assert_cmpstr(prefix, ==, expected);
}

static void test_completion(void)
{
    g_autoptr(CpaSession) s = new_session();
    g_autoptr(CpaCompleter) c = cpa_completer_new(s);
    assert_completes(c, "comm", "comments");
    assert_completes(c, "nodec", "nodecount=");
    assert_completes(c, "  mean", "mean mean_cpu mean_samples");
    assert_completes(c, "xyz", "");
    assert_completes(c, "sort=", "cum flat");
    assert_completes(c, "trim = f", "false");
    assert_completes(c, "sample_index=", "all cpu samples");
    assert_completes(c, "granularity=file", "filefunctions files");
    assert_completes(c, "unit=k", "kB");
    assert_completes(c, "tagroot=shard,st", "shard,stage");
    assert_completes(c, "tagshow=sha", "shard");
    assert_completes(c, "tagfocus=sh", "shard=");
    assert_completes(c, "tagfocus=stage=cl", "stage=classify");
    assert_completes(c, "tags -stage=cl", "stage=classify");
    assert_completes(c, "tags stage=nothing", "");
    assert_completes(c, "seconds=", "");
    assert_completes(c, "help nodec", "nodecount");
    assert_completes(c, "peek main.makeO", "main\\.makeOrder");
    assert_completes(c, "peek main\\.makeO", "main\\.makeOrder");
    assert_completes(c, "peek makeO", "main\\.makeOrder");
    assert_completes(c, "top5 a -makeO", "-main\\.makeOrder");
    assert_completes(c, "top json|makeO", "json|main\\.makeOrder");
    assert_completes(c, "focus=^main.makeO", "^main\\.makeOrder");
    assert_completes(c, "top -cum", "-cum");
    assert_completes(c, "top | makeO", "");
    assert_completes(c, "nonsense makeO", "");
    assert_prefix(c, "peek main.(*Ind", "main\\.\\(\\*Index\\)\\.");
    assert_prefix(c, "tag", "tag");
    /* "main." and "maind" share no half of an escape. */
    assert_prefix(c, "peek runtime.(*m", "runtime\\.\\(\\*m");
}

static void test_files(void)
{
    g_autofree char *dir = g_dir_make_tmp("cpa-shell-XXXXXX", NULL);
    static const char *const names[] = {"report.txt", "report two", ".hidden"};
    g_autoptr(CpaSession) s = new_session();
    g_autoptr(CpaCompleter) c = cpa_completer_new(s);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(dir, names[i], NULL);
        g_file_set_contents(path, "", 0, NULL);
    }
    g_autofree char *expected = g_strconcat(dir, "/report.txt", NULL);
    static const char *const starts[] = {"top >%s/", "top > %s/rep", "save %s/", "output=%s/r"};
    for (size_t i = 0; i < G_N_ELEMENTS(starts); i++) {
        g_auto(GStrv) halves = g_strsplit(starts[i], "%s", 2);
        g_autofree char *line = g_strconcat(halves[0], dir, halves[1], NULL);
        assert_completes(c, line, expected);
    }
    g_autofree char *line = g_strconcat("top >", dir, "/.h", NULL);
    g_autofree char *hidden = g_strconcat(dir, "/.hidden", NULL);
    assert_completes(c, line, hidden);
    g_autofree char *parent = g_strconcat("top >", dir, NULL);
    g_autofree char *with_slash = g_strconcat(dir, "/", NULL);
    assert_completes(c, parent, with_slash);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(dir, names[i], NULL);
        g_assert_cmpint(g_unlink(path), ==, 0);
    }
    g_assert_cmpint(g_rmdir(dir), ==, 0);
}

/* A history that nobody reads from is none; the shell does not wait for a reader. */
static void test_history_fifo(void)
{
    g_autofree char *dir = g_dir_make_tmp("cpa-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(dir, "history", NULL);
    g_assert_cmpint(mkfifo(path, 0600), ==, 0);
    cpa_history_add(path, "top");
    g_auto(GStrv) lines = cpa_history_load(path);
    g_assert_null(lines[0]);
    g_unlink(path);
    g_rmdir(dir);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_autofree char *path = g_test_build_filename(G_TEST_DIST, "testdata", "go-cpu.pb.gz", NULL);
    g_autoptr(CpaOptions) options = cpa_options_new();
    const char *sources[] = {path};
    profile = cpa_load(sources, 1, NULL, options, NULL, NULL);
    g_assert_nonnull(profile);
    g_test_add_func("/shell/assignments", test_assignments);
    g_test_add_func("/shell/shortcuts", test_shortcuts);
    g_test_add_func("/shell/undo", test_undo);
    g_test_add_func("/shell/commands", test_commands);
    g_test_add_func("/shell/texts", test_texts);
    g_test_add_func("/shell/completion", test_completion);
    g_test_add_func("/shell/files", test_files);
    g_test_add_func("/shell/history-fifo", test_history_fifo);
    int status = g_test_run();
    cpa_profile_unref(profile);
    return status;
}
