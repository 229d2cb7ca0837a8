/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words that may stand where the name of a report stands, and are none.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef enum {
    CPA_ACTION_REPORT,
    CPA_ACTION_SERVE, /* -http: the same without a report */
    CPA_ACTION_WATCH, /* a report again and again */
    CPA_ACTION_CHECK,
    CPA_ACTION_HELP,
    CPA_ACTION_VERSION,
    CPA_ACTION_MANUAL, /* a generated section of the manual; for the build */
    CPA_ACTION_TYPES,  /* sample types of a profile; for completion */
} CpaAction;

typedef struct {
    const char *name;
    CpaAction action;
    bool is_word; /* cpa help */
    bool is_flag; /* cpa -help */
    bool on_stderr;
    bool reads;           /* takes sources and options, like a report */
    const char *synopsis; /* "check source...": what help shows; NULL: not listed there */
    const char *summary;
    const char *usage;
} CpaVerb;

/** cpa_verb_table: @n: (out). Returns: all of them */
const CpaVerb *cpa_verb_table(size_t *n);

/** cpa_verb_find: @as_word: cpa NAME, else cpa -NAME. Returns: the verb, or %NULL */
const CpaVerb *cpa_verb_find(const char *name, bool as_word);
