/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program: parse, load, run, and turn errors into messages and exit codes.
 *
 *     0  done
 *     1  a profile could not be read, a report could not be made or written
 *     2  the command line is wrong (any error of code USAGE, so also a bad regexp)
 */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "cli/args.h"
#include "cli/complete.h"
#include "cli/help.h"
#include "cli/interact.h"
#include "cli/manual.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/serve.h"
#include "cli/sources.h"
#include "cli/watch.h"
#include "report/check.h"
#include "report/run.h"
#include "report/symbolize.h"

/* Nodes shown when no report is named: a look that fits a terminal. */
#define SHORT_LOOK 10

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

static int fail(const GError *error)
{
    g_autofree char *message = g_strconcat("cpa: ", error->message, NULL);
    cpa_output_say(message);
    return g_error_matches(error, CPA_ERROR, CPA_ERROR_USAGE) ? EXIT_USAGE : EXIT_FAILED;
}

/* Answers about cpa itself. */
static bool put_answer(const CpaCommand *command, CpaSink *sink, GError **error)
{
    if (command->action == CPA_ACTION_VERSION) {
        cpa_help_version(sink);
        return true;
    }
    if (command->action == CPA_ACTION_MANUAL) {
        return cpa_manual_section(sink, command->topic != NULL ? command->topic : "", error);
    }
    if (command->action == CPA_ACTION_TYPES) {
        cpa_complete_types(sink, command->topic);
        return true;
    }
    if (command->topic != NULL) {
        return cpa_help_topic(sink, command->topic, error);
    }
    cpa_help_overview(sink);
    return true;
}

static bool answer(const CpaCommand *command, GError **error)
{
    if (command->by_flag) {
        g_autoptr(CpaSink) sink = cpa_sink_new_fd(STDERR_FILENO);
        return put_answer(command, sink, error) && cpa_sink_finish(sink, error);
    }
    g_autoptr(CpaOutput) output = cpa_output_open(NULL, "", error);
    return output != NULL && put_answer(command, cpa_output_sink(output), error) &&
           cpa_output_finish(output, error);
}

/* Where one file alone can be to blame, the message names it. */
static void name_source(const CpaCommand *command, GError **error)
{
    if (command->sources->len == 1 && command->options->base->len == 0 &&
        command->options->diff_base->len == 0 &&
        g_error_matches(*error, CPA_ERROR, CPA_ERROR_OVERFLOW)) {
        const char *name = command->sources->pdata[0];
        g_prefix_error(error, "%s: ", strcmp(name, "-") == 0 ? "standard input" : name);
    }
}

/* In a viewer; with -o the file is all there is. */
static bool is_shown(const CpaCommand *command)
{
    return command->viewer != NULL && command->options->output[0] == '\0';
}

static CpaOutput *open_output(const CpaCommand *command, GError **error)
{
    if (is_shown(command)) {
        /* A picture has its format by now. */
        const char *suffix = command->row->draw != NULL        ? command->options->format
                             : command->viewer->report != NULL ? command->viewer->suffix
                                                               : command->row->suffix;
        return cpa_output_open_shown(suffix, error);
    }
    return cpa_output_open(cpa_report_away_suffix(command->row, command->options),
                           command->options->output, error);
}

static bool report(CpaCommand *command, GError **error)
{
    for (guint i = 0; i < command->warnings->len; i++) {
        cpa_output_warn(command->warnings->pdata[i], NULL);
    }
    if (!cpa_sources_resolve(command, error)) {
        return false;
    }
    if (command->action == CPA_ACTION_WATCH) {
        return cpa_watch(command, error);
    }
    const CpaUi ui = {
        .warn = cpa_output_warn,
        .say = cpa_output_note,
        .watch = cpa_progress_show,
        .watch_symbols = cpa_progress_symbols,
        .saves = true,
    };
    g_autoptr(CpaProfile) profile =
        cpa_load((const char *const *)command->sources->pdata, command->sources->len,
                 command->binary, command->options, &ui, error);
    if (profile == NULL) {
        return false;
    }
    if (command->action == CPA_ACTION_SERVE) {
        return cpa_serve(profile, command->options, error);
    }
    if (cpa_interact_wanted(command)) {
        return cpa_interact(profile, command->options, error);
    }
    if (command->by_default && command->options->nodecount < 0) {
        command->options->nodecount = SHORT_LOOK;
    }
    g_autoptr(CpaOutput) output = open_output(command, error);
    if (output == NULL) {
        return false;
    }
    cpa_output_decide_color(output, command->options);
    if (!cpa_run(profile, command->row, command->argument, command->options,
                 cpa_output_sink(output), cpa_output_warn, NULL, error)) {
        name_source(command, error);
        return false;
    }
    if (!cpa_output_finish(output, error)) {
        return false;
    }
    g_autofree char *summary = cpa_symbolize_summary(profile, command->options);
    if (summary != NULL) {
        cpa_output_say(summary);
    }
    return !is_shown(command) || cpa_viewer_show(command->viewer, cpa_output_path(output),
                                                 CPA_VIEWER_UNTIL_CLOSED, error);
}

/* Returns the exit status. */
static int check(CpaCommand *command, GError **error)
{
    size_t n_invalid = 0;
    const CpaUi ui = {.warn = cpa_output_warn, .say = cpa_output_note, .watch = cpa_progress_show};
    g_autoptr(CpaOutput) output = cpa_output_open(NULL, command->options->output, error);
    if (output == NULL ||
        !cpa_check((const char *const *)command->sources->pdata, command->sources->len,
                   command->options, &ui, cpa_output_sink(output), &n_invalid, error) ||
        !cpa_output_finish(output, error)) {
        return fail(*error);
    }
    return n_invalid == 0 ? EXIT_DONE : EXIT_FAILED;
}

int main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    /* A reader that has seen enough ends cpa without a word, even where the signal is ignored. */
    signal(SIGPIPE, SIG_DFL);

    g_autoptr(CpaCommand) command =
        cpa_command_parse((const char *const *)argv + 1, (size_t)MAX(argc - 1, 0), &error);
    if (command == NULL) {
        if (argc <= 1) {
            g_autoptr(CpaSink) sink = cpa_sink_new_fd(STDERR_FILENO);
            cpa_help_usage(sink);
            cpa_sink_finish(sink, NULL);
        }
        return fail(error);
    }
    if (command->action == CPA_ACTION_CHECK) {
        return check(command, &error);
    }
    bool reads = command->action == CPA_ACTION_REPORT || command->action == CPA_ACTION_SERVE ||
                 command->action == CPA_ACTION_WATCH;
    bool ok = reads ? report(command, &error) : answer(command, &error);
    return ok ? EXIT_DONE : fail(error);
}
