/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Command lines, one word per line. What was understood can be printed and understood again; help
 * answers every word.
 */
#include <string.h>

#include "cli/args.h"
#include "cli/help.h"
#include "harness.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_options(const CpaOptions *options)
{
    g_autoptr(CpaOptions) copy = cpa_options_copy(options);
    size_t n = 0;
    const CpaOptionRow *rows = cpa_options_table(&n);
    for (size_t i = 0; i < n; i++) {
        g_autofree char *text = cpa_options_get(options, &rows[i]);
        if (text == NULL || (rows[i].kind == CPA_OPTION_CHOICE && text[0] == '\0')) {
            continue;
        }
        g_autoptr(GError) error = NULL;
        cpa_options_set(copy, &rows[i], text, &error);
        g_assert_no_error(error);
        g_autofree char *again = cpa_options_get(copy, &rows[i]);
        g_assert_cmpstr(text, ==, again);
    }
}

static void check_help(const char *topic)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CpaSink) sink = cpa_sink_new_memory();
    if (!cpa_help_topic(sink, topic, &error)) {
        fuzz_assert_error(error, NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = g_strndup((const char *)data, size); /* up to a NUL, as argv is */
    g_auto(GStrv) words = g_strsplit(text, "\n", -1);
    size_t n = g_strv_length(words);
    g_autoptr(CpaCommand) command = cpa_command_parse((const char *const *)words, n, &error);
    if (command == NULL) {
        fuzz_assert_error(error, NULL);
    } else {
        g_assert_no_error(error);
        g_assert_true(command->action != CPA_ACTION_REPORT ||
                      (command->row != NULL && command->sources->len > 0));
        check_options(command->options);
        if (command->topic != NULL) {
            check_help(command->topic);
        }
    }
    if (n > 0) {
        check_help(words[0]);
    }
    return 0;
}
