/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs.h"

#include <glib.h>
#include <string.h>

static const CpaVerb verbs[] = {
    {
        .name = "check",
        .action = CPA_ACTION_CHECK,
        .is_word = true,
        .reads = true,
        .synopsis = "check",
        .summary = "What each file is, whether it is valid, what is missing",
        .usage = "check SOURCE... reads each file on its own and says its format, what it holds, "
                 "and what\n"
                 "it lacks: symbols, lines, mappings, build ids, units, times. With -json for "
                 "programs.\n"
                 "The exit status is 1 when one of them is no valid profile.",
    },
    {
        .name = "watch",
        .action = CPA_ACTION_WATCH,
        .is_word = true,
        .reads = true,
        .synopsis = "watch",
        .summary = "top of a running program, again and again, until q",
        .usage = "watch SOURCE... [-interval=10s] fetches or reads the sources every ten seconds "
                 "and shows\n"
                 "what fits on the screen; another report as a flag: -tree. What fails is shown "
                 "and tried\n"
                 "again. Space looks at once, q ends. No copies are kept.",
    },
    {
        .name = "help",
        .action = CPA_ACTION_HELP,
        .is_word = true,
        .is_flag = true,
        .on_stderr = true,
    },
    {.name = "h", .action = CPA_ACTION_HELP, .is_flag = true, .on_stderr = true},
    {.name = "version", .action = CPA_ACTION_VERSION, .is_word = true, .is_flag = true},
};

const CpaVerb *cpa_verb_table(size_t *n)
{
    *n = G_N_ELEMENTS(verbs);
    return verbs;
}

const CpaVerb *cpa_verb_find(const char *name, bool as_word)
{
    for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++) {
        if (strcmp(verbs[i].name, name) == 0 && (as_word ? verbs[i].is_word : verbs[i].is_flag)) {
            return &verbs[i];
        }
    }
    return NULL;
}
