/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Flags and reports of pprof that this build does not have yet, so that they get an answer that
 * helps instead of "unknown option". A row goes when its report or option arrives in its table.
 */
#pragma once

#include <stdbool.h>

typedef struct {
    const char *name;
    bool is_report;     /* also a word: cpa svg */
    bool takes_value;   /* eats the next argument: -tools PATH */
    bool ignored;       /* no report of this build could differ: say so and go on */
    const char *answer; /* what follows the name in the message */
} CpaLaterRow;

/** cpa_later_find: Returns: the row of this name, or %NULL */
const CpaLaterRow *cpa_later_find(const char *name);
