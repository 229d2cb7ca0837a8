/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop. Ctrl-C is nothing to it: at the prompt the editor knows the key, and while a report is
 * made the signal is for the report.
 */
#include "cli/interact.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/output.h"
#include "cli/runner.h"
#include "report/run.h"
#include "shell/editor.h"

static bool is_on_terminal(void)
{
    return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

bool cpa_interact_wanted(const CpaCommand *command)
{
    if (command->action != CPA_ACTION_REPORT || !command->by_default ||
        command->options->output[0] != '\0') {
        return false;
    }
    for (guint i = 0; i < command->sources->len; i++) {
        if (strcmp(command->sources->pdata[i], "-") == 0) {
            return false;
        }
    }
    if (isatty(STDIN_FILENO)) {
        return isatty(STDOUT_FILENO);
    }
    int first = getc(stdin);
    return first != EOF && ungetc(first, stdin) == first;
}

static void say_lines(const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (size_t i = 0; lines[i] != NULL; i++) {
        cpa_output_say(lines[i]);
    }
}

static void greet(CpaProfile *profile, const CpaOptions *options)
{
    bool is_zero = false;
    g_autoptr(GPtrArray) labels = cpa_describe(profile, options, &is_zero, NULL);
    for (guint i = 0; labels != NULL && i < labels->len; i++) {
        say_lines(labels->pdata[i]);
    }
    if (labels != NULL && is_zero && profile->header.n_types > 1) {
        cpa_output_say("No samples were found with the default sample value type.");
        cpa_output_say("Try \"sample_index\" command to analyze different sample values.");
        cpa_output_say("");
    }
    cpa_output_say("Entering interactive mode (type \"help\" for commands, \"o\" for options)");
}

static bool obey(CpaSession *session, CpaRunner *runner, const char *line, bool *quits,
                 GError **error)
{
    g_auto(CpaStep) step = {0};
    if (!cpa_session_eval(session, line, &step, error)) {
        return false;
    }
    switch (step.kind) {
    case CPA_STEP_DONE:
        break;
    case CPA_STEP_TEXT:
        say_lines(step.text);
        break;
    case CPA_STEP_REPORT:
        return cpa_runner_run(runner, step.command, error);
    case CPA_STEP_QUIT:
        *quits = true;
        break;
    }
    return true;
}

bool cpa_interact(CpaProfile *profile, const CpaOptions *options, GError **error)
{
    bool is_terminal = is_on_terminal();
    g_autoptr(CpaSession) session = cpa_session_new(profile, options);
    g_autoptr(CpaCompleter) completer = cpa_completer_new(session);
    g_autoptr(CpaRunner) runner = cpa_runner_new(profile, is_terminal);
    if (is_terminal) {
        signal(SIGINT, SIG_IGN);
    }
    greet(profile, options);
    g_autoptr(CpaEditor) editor = cpa_editor_new(completer, is_terminal);
    bool ok = true;
    bool quits = false;
    for (unsigned number = 1; !quits && ok; number++) {
        GError *failure = NULL;
        g_autofree char *prompt = cpa_session_prompt(session);
        g_autofree char *line = cpa_editor_read(editor, prompt);
        if (line == NULL) {
            break;
        }
        if (obey(session, runner, line, &quits, &failure)) {
            continue;
        }
        if (is_terminal) {
            cpa_output_warn(failure->message, NULL);
            g_error_free(failure);
        } else {
            g_propagate_prefixed_error(error, failure, "line %u: ", number);
            ok = false;
        }
    }
    int signal_number = cpa_editor_ended_by(editor);
    if (signal_number != 0) {
        g_clear_pointer(&editor, cpa_editor_free);
        g_clear_pointer(&runner, cpa_runner_free);
        raise(signal_number);
    }
    return ok;
}
