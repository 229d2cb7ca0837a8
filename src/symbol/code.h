/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CpaCode: a range of an object's machine code: instructions as text, each with the functions and
 * lines it is of.
 *
 *     instructions  ascending by address, without gaps but those between sections
 *     frames        of instruction i: frames[frame_first .. frame_first + n_frames), innermost
 *                   inlined call first; none where nothing is known. Functions are the linker's
 *                   names
 */
#pragma once

#include "base/vec.h"
#include "symbol/disasm.h"

/* Larger ranges are no functions. */
#define CPA_CODE_MAX_BYTES (16u << 20)

typedef struct {
    uint64_t address; /* of the object */
    uint32_t size;    /* bytes */
    uint32_t frame_first;
    uint32_t n_frames;
    const char *text;
} CpaInstruction;

typedef struct {
    CPA_VEC(CpaInstruction) instructions;
    CPA_VEC(CpaFrame) frames;
    GStringChunk *texts; /* all strings of both */
} CpaCode;

/* What disassembling one object needs: kept while several of its ranges are read. */
typedef struct CpaCodeReader CpaCodeReader;

/** cpa_code_reader_new: @object: borrowed. Errors: UNSUPPORTED. Returns: (transfer full) */
CpaCodeReader *cpa_code_reader_new(CpaObject *object, bool intel, GError **error);
void cpa_code_reader_free(CpaCodeReader *reader);

/** cpa_code_reader_name: Returns: a name of the linker as objdump -C shows it; kept by @reader */
const char *cpa_code_reader_name(CpaCodeReader *reader, const char *name);

/**
 * cpa_code_read:
 * @start: object addresses from here
 * @end:   up to here; what is in no section of code is left out
 *
 * Errors:  NO_SYMBOLS where there is no code, TOO_LARGE, IO, MALFORMED
 * Returns: (transfer full): the code
 */
CpaCode *cpa_code_read(CpaCodeReader *reader, uint64_t start, uint64_t end, GError **error);
void cpa_code_free(CpaCode *code);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaCode, cpa_code_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaCodeReader, cpa_code_reader_free)
