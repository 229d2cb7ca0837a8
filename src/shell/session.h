/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a shell knows between two lines: the profile, the options in force and those before.
 *
 *     line -> cpa_session_eval() -> a step: nothing to do, a text to show, a report to make, the end
 *
 * Nothing here reads a terminal or makes a report.
 */
#pragma once

#include "profile/profile.h"
#include "shell/command.h"

typedef enum {
    CPA_STEP_DONE, /* an empty line, or options were changed */
    CPA_STEP_TEXT, /* show this, on standard error as pprof does */
    CPA_STEP_REPORT,
    CPA_STEP_QUIT,
} CpaStepKind;

typedef struct {
    CpaStepKind kind;
    char *text;               /* of TEXT */
    CpaShellCommand *command; /* of REPORT */
} CpaStep;

typedef struct CpaSession CpaSession;

/**
 * cpa_session_new:
 * @profile: borrowed
 * @options: those of the command line; copied. The shell leaves headers out (compact_labels)
 *
 * Source:  pprof driver interactive
 */
CpaSession *cpa_session_new(CpaProfile *profile, const CpaOptions *options);
void cpa_session_free(CpaSession *session);

/**
 * cpa_session_eval:
 * @step: (out): to be cleared with cpa_step_clear()
 *
 * Errors:  USAGE
 * Source:  pprof driver interactive; differs: choices count alone (cum, lines), undo, save
 */
bool cpa_session_eval(CpaSession *session, const char *line, CpaStep *step, GError **error);

void cpa_step_clear(CpaStep *step);

/** cpa_session_prompt: Returns: (transfer full): "(cpa focus=json) " */
char *cpa_session_prompt(const CpaSession *session);

/** cpa_session_options: Returns: (transfer none): those in force, until the next line */
const CpaOptions *cpa_session_options(const CpaSession *session);

/** cpa_session_profile: Returns: (transfer none) */
const CpaProfile *cpa_session_profile(const CpaSession *session);

/** cpa_session_sample_type: Returns: the name of sample type @i, %NULL beyond the last */
const char *cpa_session_sample_type(const CpaSession *session, uint32_t i);

/** cpa_session_words: Returns: (array zero-terminated=1): the shell's own commands */
const char *const *cpa_session_words(void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaSession, cpa_session_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CpaStep, cpa_step_clear)
