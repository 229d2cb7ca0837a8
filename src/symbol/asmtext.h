/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dialects: from an instruction as capstone words it to one as GNU objdump does. Parts of
 * disasm.c, not for other rooms.
 */
#pragma once

#include "symbol/capstonelib.h"
#include "symbol/disasm.h"

#ifdef HAVE_CAPSTONE

typedef struct {
    const CpaCapstoneLib *cs;
    csh handle;
    CpaNameFunc name; /* or NULL */
    gpointer name_data;
} CpaAsmContext;

/** cpa_asm_put_address: appends "12c0 <fib+0x10>" */
void cpa_asm_put_address(GString *out, const CpaAsmContext *context, uint64_t address);

/** cpa_asm_read_number: Returns: the number at *@at ("-0x10", "9"); *@at is moved behind it */
int64_t cpa_asm_read_number(const char **at);

/** cpa_asm_x86_att: @out: the instruction is appended; capstone must have been set to AT&T syntax */
void cpa_asm_x86_att(GString *out, const CpaAsmContext *context, const cs_insn *insn);

/** cpa_asm_x86_intel: the same in Intel syntax */
void cpa_asm_x86_intel(GString *out, const CpaAsmContext *context, const cs_insn *insn);

/**
 * cpa_asm_x86_bad_size:
 *
 * Vector instructions that capstone does not know have a regular form, so that decoding can go on
 * behind them.
 * Returns: how many bytes at @code, of which capstone made nothing, to pass over; at most @n
 */
size_t cpa_asm_x86_bad_size(const uint8_t *code, size_t n, bool is_64);

/**
 * cpa_asm_evex:
 * @code: [n]
 *
 * AVX-512 and moves and logic of its masks, shadow stacks, protection keys; of x86-64 alone.
 * Returns: how many bytes the instruction has that was appended; 0 where it is none of these
 */
size_t cpa_asm_evex(GString *out, const CpaAsmContext *context, const uint8_t *code, size_t n,
                    uint64_t address, bool intel);

/** cpa_asm_arm64: the same for aarch64 */
void cpa_asm_arm64(GString *out, const CpaAsmContext *context, const cs_insn *insn);

/** cpa_asm_arm64_bare: Returns: whether @word, of which capstone makes nothing, was appended */
bool cpa_asm_arm64_bare(GString *out, uint32_t word);

/** cpa_asm_other: as capstone words it */
void cpa_asm_other(GString *out, const CpaAsmContext *context, const cs_insn *insn);

#endif
