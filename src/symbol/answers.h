/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known about addresses of one object: frames with ids of their own strings, and the form
 * in which they are kept on disk.
 *
 *     spots   address -> frames[first .. first + n)      by address, each once
 *     frames  function, file, line, column, start line   innermost first; spots may share them
 */
#pragma once

#include "base/error.h"
#include "base/strtab.h"
#include "base/vec.h"
#include "symbol/object.h"

typedef struct {
    CpaStrId function;
    CpaStrId file;
    uint32_t line;
    uint32_t column;
    uint32_t start_line;
} CpaAnswerFrame;

typedef struct {
    uint64_t address;
    uint32_t first;
    uint32_t n; /* 0: nothing is known */
} CpaSpot;

typedef struct {
    CPA_VEC(CpaSpot) spots;
    CPA_VEC(CpaAnswerFrame) frames;
    CpaStrtab *strings;
} CpaAnswers;

void cpa_answers_init(CpaAnswers *answers);
void cpa_answers_clear(CpaAnswers *answers);

/** cpa_answers_set: gives spot @i these frames; nothing where all are empty */
void cpa_answers_set(CpaAnswers *answers, size_t i, const CpaFrame *frames, size_t n);

/** cpa_answers_find: Returns: index of the spot of the address, or SIZE_MAX */
size_t cpa_answers_find(const CpaAnswers *answers, uint64_t address);

/** cpa_answers_copy: gives spot @to_i of @to what spot @from_i of @from has */
void cpa_answers_copy(CpaAnswers *to, size_t to_i, const CpaAnswers *from, size_t from_i);

/** cpa_answers_merge: @to: empty; gets the spots of both, those of @a where both have one */
void cpa_answers_merge(CpaAnswers *to, const CpaAnswers *a, const CpaAnswers *b);

/** cpa_answers_encode: Returns: (transfer full): the bytes of a file */
GByteArray *cpa_answers_encode(const CpaAnswers *answers);

/**
 * cpa_answers_decode:
 * @answers: initialised, empty
 * @bytes:   [n] tainted
 *
 * Errors:  MALFORMED: any difference to what was encoded; @answers is then empty
 */
bool cpa_answers_decode(CpaAnswers *answers, const uint8_t *bytes, size_t n, GError **error);
