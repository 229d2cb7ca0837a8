/* SPDX-License-Identifier: Apache-2.0 */
/*
 * aarch64: what GNU objdump words differently from capstone.
 *
 *     capstone                     GNU objdump
 *     ldr  x0, [sp, #0x10]         ldr  x0, [sp, #16]         decimal in and behind brackets
 *     b.hs #0x12c0                 b.cs 12c0 <fib+0x10>  // b.hs, b.nlast
 *     adrp x0, #0x11000            adrp x0, 11000 <table+0xff8>
 */
#include "symbol/asmtext.h"

#ifdef HAVE_CAPSTONE

#include <string.h>

/* Conditions: capstone's name, GNU's name and what GNU adds. */
static const char *const conditions[][3] = {
    {"b.eq", "b.eq", "b.none"},        {"b.ne", "b.ne", "b.any"},
    {"b.hs", "b.cs", "b.hs, b.nlast"}, {"b.lo", "b.cc", "b.lo, b.ul, b.last"},
    {"b.mi", "b.mi", "b.first"},       {"b.pl", "b.pl", "b.nfrst"},
    {"b.ls", "b.ls", "b.plast"},       {"b.hi", "b.hi", "b.pmore"},
    {"b.lt", "b.lt", "b.tstop"},       {"b.ge", "b.ge", "b.tcont"},
};

/* The last operand of a branch or of adr, adrp is an address. */
static const char *find_target(const cs_insn *insn)
{
    static const char *const words[] = {"b", "bl", "cbz", "cbnz", "tbz", "tbnz", "adr", "adrp"};
    bool has_target = g_str_has_prefix(insn->mnemonic, "b.");
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        has_target = has_target || strcmp(insn->mnemonic, words[i]) == 0;
    }
    const char *hash = has_target ? strrchr(insn->op_str, '#') : NULL;
    return hash != NULL && strchr(hash, ',') == NULL ? hash : NULL;
}

/* Numbers of addresses are decimal, others hexadecimal. */
static void put_operands(GString *out, const char *from, const char *to)
{
    bool in_address = false;
    for (const char *p = from; p < to;) {
        in_address = in_address || *p == '[';
        if (*p != '#' || p + 1 == to || strchr("-0123456789", p[1]) == NULL) {
            g_string_append_c(out, *p++);
            continue;
        }
        p++;
        bool is_float = strchr(p, '.') != NULL && memchr(p, '.', (size_t)(to - p)) != NULL;
        if (is_float) {
            g_string_append_c(out, '#');
            continue;
        }
        int64_t value = cpa_asm_read_number(&p);
        if (in_address) {
            g_string_append_printf(out, "#%" G_GINT64_FORMAT, value);
        } else {
            g_string_append_printf(out, "#%s0x%" G_GINT64_MODIFIER "x", value < 0 ? "-" : "",
                                   value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
        }
    }
}

void cpa_asm_arm64(GString *out, const CpaAsmContext *context, const cs_insn *insn)
{
    const char *mnemonic = insn->mnemonic;
    const char *comment = NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(conditions); i++) {
        if (strcmp(mnemonic, conditions[i][0]) == 0) {
            mnemonic = conditions[i][1];
            comment = conditions[i][2];
            break;
        }
    }
    g_string_append(out, mnemonic);
    if (insn->op_str[0] == '\0') {
        return;
    }
    g_string_append_c(out, '\t');
    const char *target = find_target(insn);
    put_operands(out, insn->op_str, target != NULL ? target : insn->op_str + strlen(insn->op_str));
    if (target != NULL) {
        target++;
        cpa_asm_put_address(out, context, (uint64_t)cpa_asm_read_number(&target));
    }
    if (comment != NULL) {
        g_string_append_printf(out, "  // %s", comment);
    }
}

#endif
