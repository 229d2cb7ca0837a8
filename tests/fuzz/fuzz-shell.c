/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A script for the shell, line by line, in one session; each line is completed as well. What is
 * understood can be asked for again; whatever changed can be undone.
 */
#include <string.h>

#include "harness.h"
#include "shell/complete.h"
#include "shell/listing.h"

#define MAX_LINES 200

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Two stacks, labels, names that need quoting. */
static const char folded[] = "main;a.(*T).f;op erator[x] 3\nmain;\302\265;b|c\\d 4\n";

static CpaProfile *get_profile(void)
{
    static CpaProfile *profile;
    if (profile == NULL) {
        profile = fuzz_read(NULL, (const uint8_t *)folded, strlen(folded));
        g_assert_nonnull(profile);
    }
    return profile;
}

static void check_step(const CpaSession *session, const CpaStep *step)
{
    if (step->kind == CPA_STEP_REPORT) {
        const CpaShellCommand *command = step->command;
        g_assert_nonnull(command->row);
        g_assert_true((command->argument != NULL) ==
                      ((command->row->flags & CPA_REPORT_ARGUMENT) != 0));
        g_assert_true(command->pipe == NULL || command->pipe[0] != '\0');
    }
    g_assert_true((step->text != NULL) == (step->kind == CPA_STEP_TEXT));
    g_autofree char *prompt = cpa_session_prompt(session);
    for (const char *c = prompt; *c != '\0'; c++) {
        g_assert_true((unsigned char)*c >= 0x20 && *c != 0x7f);
    }
    g_autofree char *options =
        cpa_shell_options(cpa_session_profile(session), cpa_session_options(session));
}

static void check_completion(CpaCompleter *completer, const char *line)
{
    g_autoptr(CpaCompletion) completion = cpa_completer_complete(completer, line);
    g_autofree char *prefix = cpa_completion_prefix(completion);
    g_assert_true(completion->start <= strlen(line));
    for (guint i = 0; i < completion->words->len; i++) {
        const char *word = completion->words->pdata[i];
        g_autofree char *shown = cpa_completion_shown(completion, i);
        g_assert_true(g_str_has_prefix(word, prefix));
        g_assert_true(i == 0 || strcmp(completion->words->pdata[i - 1], word) < 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);
    g_auto(GStrv) lines = g_strsplit(text, "\n", MAX_LINES);
    g_autoptr(CpaOptions) options = cpa_options_new();
    g_autoptr(CpaSession) session = cpa_session_new(get_profile(), options);
    g_autoptr(CpaCompleter) completer = cpa_completer_new(session);
    for (size_t i = 0; lines[i] != NULL; i++) {
        g_auto(CpaStep) step = {0};
        g_autoptr(GError) error = NULL;
        check_completion(completer, lines[i]);
        if (cpa_session_eval(session, lines[i], &step, &error)) {
            g_assert_no_error(error);
            check_step(session, &step);
        } else {
            fuzz_assert_error(error, NULL);
        }
    }
    for (bool undone = true; undone;) {
        g_auto(CpaStep) step = {0};
        undone = cpa_session_eval(session, "undo", &step, NULL);
    }
    return 0;
}
