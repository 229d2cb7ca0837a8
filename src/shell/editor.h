/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines from whoever types or wrote them: from a terminal with editing, history and completion, from
 * a terminal that can do none of it, or from a script.
 */
#pragma once

#include "shell/complete.h"

typedef struct CpaEditor CpaEditor;

/**
 * cpa_editor_new:
 * @completer: borrowed
 * @is_terminal: standard input and output are a terminal; else lines are read as they are
 *
 * Without libedit, and on a dumb terminal, there is a prompt and nothing more. Sets the character
 * set of the program to that of the environment where lines are edited.
 */
CpaEditor *cpa_editor_new(CpaCompleter *completer, bool is_terminal);

/** cpa_editor_free: the terminal is as it was */
void cpa_editor_free(CpaEditor *editor);

/**
 * cpa_editor_read:
 * @prompt: shown on a terminal
 *
 * Ctrl-C takes the line away and asks anew. Returns with a signal still pending where one that ends
 * the program arrived.
 *
 * Returns: (transfer full): the line without its end; %NULL at the end of the input
 */
char *cpa_editor_read(CpaEditor *editor, const char *prompt);

/** cpa_editor_ended_by: Returns: the signal that ended the input, 0 for none */
int cpa_editor_ended_by(const CpaEditor *editor);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaEditor, cpa_editor_free)
