/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Debug files, programs and sources from the servers that DEBUGINFOD_URLS names, by build id.
 *
 * One question at a time, whichever thread has it. What no server has is not asked for again for
 * some time; once they cannot be reached, or take too long, none is asked anything for a minute.
 * libdebuginfod keeps what it gets in a cache of its own.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* What a caller lets the servers do. */
typedef struct {
    bool is_allowed;    /* else nobody is asked */
    int timeout;        /* seconds for one file; 0: as many as is sane */
    uint64_t max_bytes; /* of one file */
} CpaDebuginfodLimits;

/* What came of a question. */
typedef struct {
    char *path;    /* the file in the library's cache, or NULL */
    char *text;    /* who was asked for what, and the answer; NULL where nobody is to be asked */
    char *warning; /* what keeps all questions from being answered; told when it happens */
} CpaDebuginfodAnswer;

/** cpa_debuginfod_is_wanted: Returns: whether there are servers, and they may be asked */
bool cpa_debuginfod_is_wanted(const CpaDebuginfodLimits *limits);

/**
 * cpa_debuginfod_ask:
 * @build_id: in hexadecimal; others are not asked for
 * @source:   (nullable): name of a source file, by an absolute path; %NULL: the debug file
 * @answer:   (out): to be cleared
 *
 * The file is not looked into: the caller compares build ids.
 */
void cpa_debuginfod_ask(const CpaDebuginfodLimits *limits, const char *build_id, const char *source,
                        CpaDebuginfodAnswer *answer);

/** cpa_debuginfod_ask_program: the same for the executable or the library itself */
void cpa_debuginfod_ask_program(const CpaDebuginfodLimits *limits, const char *build_id,
                                CpaDebuginfodAnswer *answer);

/** cpa_debuginfod_answer_clear: frees the texts */
void cpa_debuginfod_answer_clear(CpaDebuginfodAnswer *answer);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CpaDebuginfodAnswer, cpa_debuginfod_answer_clear)
