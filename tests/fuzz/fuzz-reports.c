/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file as the program meets it: detection, its parser, then every report.
 *
 * A first line "@name=value name=value ..." sets options (and "argument" of reports that take
 * one); the file follows it.
 */
#include <string.h>

#include "harness.h"
#include "report/check.h"
#include "wellformed.h"

/* Reports of larger profiles take long; parsers are tried with any size. */
#define MAX_FRAMES 100000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void set_option(CpaOptions *options, char *word, char **argument)
{
    char *equals = strchr(word, '=');
    if (equals == NULL) {
        return;
    }
    *equals = '\0';
    const CpaOptionRow *row = cpa_options_find(word);
    if (strcmp(word, "argument") == 0) {
        g_free(*argument);
        *argument = g_strdup(equals + 1);
    } else if (row != NULL) {
        g_autoptr(GError) error = NULL;
        if (!cpa_options_set(options, row, equals + 1, &error)) {
            fuzz_assert_error(error, NULL);
        }
    }
}

/* cpa check says the same as reading does, in both of its forms. */
static void check(const uint8_t *data, size_t size)
{
    for (int json = 0; json < 2; json++) {
        size_t n = 0;
        g_autoptr(CpaSink) sink = cpa_sink_new_memory();
        bool valid = cpa_check_memory(FUZZ_NAME, data, size, FUZZ_MAX_SIZE, json != 0, sink);
        const char *bytes = cpa_sink_data(sink, &n);
        g_autoptr(CpaProfile) profile = fuzz_read(NULL, data, size);
        g_assert_true(!valid || profile != NULL);
        if (json != 0) {
            wellformed_json(bytes, n);
        }
        for (size_t i = 0; i < n; i++) {
            g_assert_true(bytes[i] == '\n' || (unsigned char)bytes[i] >= 0x20);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(CpaOptions) options = cpa_options_new();
    g_autofree char *argument = g_strdup(".");
    const uint8_t *newline = size > 0 && data[0] == '@' ? memchr(data, '\n', size) : NULL;
    if (newline != NULL) {
        g_autofree char *line = g_strndup((const char *)data + 1, (size_t)(newline - data) - 1);
        g_auto(GStrv) words = g_strsplit(line, " ", 32);
        for (size_t i = 0; words[i] != NULL; i++) {
            set_option(options, words[i], &argument);
        }
        size -= (size_t)(newline + 1 - data);
        data = newline + 1;
    }
    check(data, size);
    g_autoptr(CpaProfile) profile = fuzz_read(NULL, data, size);
    if (profile == NULL || profile->frame_first[profile->n_samples] > MAX_FRAMES) {
        return 0;
    }
    size_t n_reports = 0;
    cpa_report_table(&n_reports);
    for (size_t i = 0; i < n_reports; i++) {
        fuzz_run(profile, i, options, argument);
    }
    return 0;
}
