/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CpaDisasm: machine code as text, in the operand style of GNU objdump:
 *
 *     call   12c0 <fib>
 *     lea    0xbdd(%rip),%rcx        # 2004 <table+0x4>
 *     sub    $0xffffffffffffff80,%rsp
 *
 * Bytes are not trusted; what is no instruction is shown as "(bad)" or ".inst", and decoding goes
 * on behind it. One thread at a time uses a CpaDisasm.
 */
#pragma once

#include "symbol/object.h"

typedef struct CpaDisasm CpaDisasm;

/* Returns: the name of what @address is in, and how far in; before all names, that of the first, with
 * a negative offset; %NULL where there is none */
typedef const char *(*CpaNameFunc)(uint64_t address, int64_t *offset, gpointer data);

/* @text: only valid during the call */
typedef void (*CpaInstructionFunc)(uint64_t address, size_t size, const char *text, gpointer data);

/**
 * cpa_disasm_new:
 * @intel: Intel syntax instead of AT&T's; of x86 alone
 * @name:  (nullable): gives <...> behind addresses
 *
 * Errors:  UNSUPPORTED where capstone is missing or does not know the machine
 * Returns: (transfer full)
 */
CpaDisasm *cpa_disasm_new(CpaMachine machine, bool intel, CpaNameFunc name, gpointer name_data,
                          GError **error);
void cpa_disasm_free(CpaDisasm *disasm);

/** cpa_disasm_run: @code: [n] the bytes at @address. Calls @each for every instruction in order */
void cpa_disasm_run(CpaDisasm *disasm, const uint8_t *code, size_t n, uint64_t address,
                    CpaInstructionFunc each, gpointer data);

/** cpa_machine_name: Returns: (transfer full): "x86-64", "aarch64", "machine 243" */
char *cpa_machine_name(CpaMachine machine);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaDisasm, cpa_disasm_free)
