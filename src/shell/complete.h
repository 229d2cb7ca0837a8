/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What may follow: commands, options and their values, sample types, keys and values of labels,
 * functions, files.
 */
#pragma once

#include "shell/session.h"

typedef struct CpaCompleter CpaCompleter;

typedef struct {
    size_t start;     /* offset in the line of what is replaced, up to its end */
    GPtrArray *words; /* of char*, sorted: what may stand there instead */
    bool is_regexp;   /* the words are quoted names */
} CpaCompletion;

/** cpa_completer_new: @session: borrowed, must outlive the completer */
CpaCompleter *cpa_completer_new(const CpaSession *session);
void cpa_completer_free(CpaCompleter *completer);

/**
 * cpa_completer_complete:
 * @line: up to the cursor
 *
 * Functions match at their beginning, or where none does, anywhere; their names are quoted as
 * regular expressions, in which a blank or a control character is a dot. A word that ends in '='
 * goes on.
 *
 * Cost:    O(functions); names are sorted once
 * Returns: (transfer full): empty where nothing fits
 */
CpaCompletion *cpa_completer_complete(CpaCompleter *completer, const char *line);

/** cpa_completion_prefix: Returns: (transfer full): what all words start with */
char *cpa_completion_prefix(const CpaCompletion *completion);

/** cpa_completion_shown: Returns: (transfer full): word @i for people: without quoting */
char *cpa_completion_shown(const CpaCompletion *completion, guint i);

void cpa_completion_free(CpaCompletion *completion);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaCompleter, cpa_completer_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaCompletion, cpa_completion_free)
