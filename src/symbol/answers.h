/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known about addresses of one object: frames with ids of their own strings, and the form
 * in which they are kept on disk.
 *
 *     addresses  ascending, each once             leaf[i] -> the innermost frame of addresses[i]
 *     frames     function, file, line, column, start line, and the frame it is inlined into
 *
 * Code of one function has most of its frames in common, whole chains of them between neighbours:
 * each frame with its callers is there once, and behind its caller.
 */
#pragma once

#include "base/error.h"
#include "base/idmap.h"
#include "base/strtab.h"
#include "base/vec.h"
#include "symbol/object.h"

typedef struct {
    CpaStrId function;
    CpaStrId file;
    uint32_t line;
    uint32_t column;
    uint32_t start_line;
    uint32_t caller; /* index of a frame before this one, or CPA_NONE */
} CpaAnswerFrame;

typedef struct {
    CPA_VEC(uint64_t) addresses;
    uint32_t *leaf; /* [addresses.len] index of a frame, CPA_NONE: nothing is known */
    CPA_VEC(CpaAnswerFrame) frames;
    CpaStrtab *strings;
    CPA_VEC(uint32_t) last; /* frames that were added last, outermost first */
    uint32_t *slots;        /* [n_slots] index of a frame, or CPA_NONE; open addressing */
    size_t n_slots;         /* power of two, or 0 */
} CpaAnswers;

void cpa_answers_init(CpaAnswers *answers);
void cpa_answers_clear(CpaAnswers *answers);

/** cpa_answers_begin: nothing is known yet of the addresses, all of which have been pushed */
void cpa_answers_begin(CpaAnswers *answers);

/** cpa_answers_seal: frees what only adding frames needs */
void cpa_answers_seal(CpaAnswers *answers);

/** cpa_answers_set: gives address @i these frames; nothing where all are empty */
void cpa_answers_set(CpaAnswers *answers, size_t i, const CpaFrame *frames, size_t n);

/** cpa_answers_find: Returns: index of the address, or SIZE_MAX */
size_t cpa_answers_find(const CpaAnswers *answers, uint64_t address);

/**
 * cpa_answers_copy:
 * @carried: [number of frames of @from] where each is in @to; CPA_NONE at first
 *
 * Gives address @to_i of @to what address @from_i of @from has.
 */
void cpa_answers_copy(CpaAnswers *to, size_t to_i, const CpaAnswers *from, size_t from_i,
                      uint32_t *carried);

/** cpa_answers_carried: Returns: (transfer full): what cpa_answers_copy() wants */
uint32_t *cpa_answers_carried(const CpaAnswers *from);

/** cpa_answers_merge: @to: empty; gets the addresses of both; @a's answers where both have one */
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
