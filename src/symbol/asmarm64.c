/* SPDX-License-Identifier: Apache-2.0 */
/*
 * aarch64: what GNU objdump words differently from capstone.
 *
 *     capstone                     GNU objdump
 *     ldr  x0, [sp, #0x10]         ldr  x0, [sp, #16]         decimal in and behind brackets,
 *     lsl  x0, x0, #0x3            lsl  x0, x0, #3            of shifts, bits and vectors
 *     movz w0, #0x2                mov  w0, #0x2              // #2
 *     and  x0, x1, #-0x10          and  x0, x1, #0xfffffffffffffff0
 *     csel x0, x1, x2, hs          csel x0, x1, x2, cs  // cs = hs, nlast
 *     b.hs #0x12c0                 b.cs 12c0 <fib+0x10>  // b.hs, b.nlast
 *     adrp x0, #0x11000            adrp x0, 11000 <table+0xff8>
 *
 * Atomics of ARMv8.1 and hints, which capstone 4 does not name, are read from their encoding.
 *
 * Source: Arm Architecture Reference Manual for A-profile (DDI 0487), C4 and C6
 */
#include "symbol/asmtext.h"

#ifdef HAVE_CAPSTONE

#include <string.h>

/* Conditions: capstone's name, GNU's, and its further names with SVE and as an order. */
static const struct {
    const char *name;
    const char *gnu;
    const char *others;
} conditions[] = {
    {"eq", "eq", "none"},         {"ne", "ne", "any"},   {"hs", "cs", "hs, nlast"},
    {"lo", "cc", "lo, ul, last"}, {"mi", "mi", "first"}, {"pl", "pl", "nfrst"},
    {"ls", "ls", "plast"},        {"hi", "hi", "pmore"}, {"lt", "lt", "tstop"},
    {"ge", "ge", "tcont"},
};

static const char *const hints[] = {
    [7] = "xpaclri",    [8] = "pacia1716", [10] = "pacib1716",  [12] = "autia1716",
    [14] = "autib1716", [16] = "esb",      [17] = "psb\tcsync", [18] = "tsb\tcsync",
    [20] = "csdb",      [24] = "paciaz",   [25] = "paciasp",    [26] = "pacibz",
    [27] = "pacibsp",   [28] = "autiaz",   [29] = "autiasp",    [30] = "autibz",
    [31] = "autibsp",   [32] = "bti",      [34] = "bti\tc",     [36] = "bti\tj",
    [38] = "bti\tjc",
};

static bool is_one_of(const char *word, const char *const *list)
{
    for (size_t i = 0; list[i] != NULL; i++) {
        if (strcmp(list[i], word) == 0) {
            return true;
        }
    }
    return false;
}

/* --- by encoding ---------------------------------------------------------------------------- */

/* "w3", "xzr", "sp" */
static void put_register(GString *out, unsigned number, bool is_64, bool is_sp)
{
    if (number == 31) {
        g_string_append(out, is_sp ? (is_64 ? "sp" : "wsp") : is_64 ? "xzr" : "wzr");
    } else {
        g_string_append_printf(out, "%c%u", is_64 ? 'x' : 'w', number);
    }
}

/* cas, swp, ldadd and their kin with their order and size: "ldaddal", "casb", "stset". */
static bool put_atomic(GString *out, uint32_t word)
{
    static const char *const names[] = {"add", "clr", "eor", "set", "smax", "smin", "umax", "umin"};
    bool is_cas = (word & 0x3fa07c00) == 0x08a07c00;
    bool is_op = (word & 0x3f200c00) == 0x38200000;
    unsigned op = (word >> 12) & 15;
    if (!is_cas && (!is_op || op > 8)) {
        return false;
    }
    bool acquires = (word & (is_cas ? 1u << 22 : 1u << 23)) != 0;
    bool releases = (word & (is_cas ? 1u << 15 : 1u << 22)) != 0;
    unsigned rs = (word >> 16) & 31;
    unsigned rn = (word >> 5) & 31;
    unsigned rt = word & 31;
    unsigned size = word >> 30;
    bool is_store = is_op && op < 8 && rt == 31 && !acquires;
    if (is_cas || op == 8) {
        g_string_append(out, is_cas ? "cas" : "swp");
    } else {
        g_string_append_printf(out, "%s%s", is_store ? "st" : "ld", names[op]);
    }
    g_string_append(out, acquires ? "a" : "");
    g_string_append(out, releases ? "l" : "");
    g_string_append(out, size == 0 ? "b" : size == 1 ? "h" : "");
    g_string_append_c(out, '\t');
    put_register(out, rs, size == 3, false);
    if (!is_store) {
        g_string_append(out, ", ");
        put_register(out, rt, size == 3, false);
    }
    g_string_append(out, ", [");
    put_register(out, rn, true, true);
    g_string_append_c(out, ']');
    return true;
}

/* Whether movz or movn moves it: all of it, or of its complement, is in one half-word. */
static bool is_wide_move(uint64_t value, bool is_64)
{
    for (unsigned shift = 0; shift < (is_64 ? 64 : 32); shift += 16) {
        uint64_t others = ~(UINT64_C(0xffff) << shift) & (is_64 ? UINT64_MAX : UINT32_MAX);
        if ((value & others) == 0 || (~value & others) == 0) {
            return true;
        }
    }
    return false;
}

/* A number moved into a register, in all of its three encodings. */
static bool put_mov(GString *out, uint32_t word, const cs_insn *insn)
{
    bool is_64 = word >> 31 != 0;
    uint64_t mask = is_64 ? UINT64_MAX : UINT32_MAX;
    uint64_t number = (word >> 5) & 0xffff;
    unsigned shift = 16 * ((word >> 21) & 3);
    bool is_orr = (word & 0x7f8003e0) == 0x320003e0;
    uint64_t value = number << shift;
    if ((word & 0x7f800000) == 0x12800000) {
        value = ~value;
        if ((number == 0 && shift != 0) || (!is_64 && number == 0xffff)) {
            return false;
        }
    } else if (is_orr) {
        const char *at = strrchr(insn->op_str, '#');
        at = at != NULL ? at + 1 : "0";
        value = (uint64_t)cpa_asm_read_number(&at);
        if (is_wide_move(value, is_64)) {
            return false;
        }
    } else if ((word & 0x7f800000) != 0x52800000 || (number == 0 && shift != 0)) {
        return false;
    }
    g_string_append(out, "mov\t");
    put_register(out, word & 31, is_64, is_orr);
    g_string_append_printf(out, ", #0x%-20" G_GINT64_MODIFIER "x\t// #%" G_GINT64_FORMAT,
                           value & mask, is_64 ? (int64_t)value : (int64_t)(int32_t)value);
    return true;
}

bool cpa_asm_arm64_bare(GString *out, uint32_t word)
{
    if (word <= 0xffff) {
        g_string_append_printf(out, "udf\t#%u", word);
        return true;
    }
    return put_atomic(out, word);
}

/* --- by capstone's words -------------------------------------------------------------------- */

/* The last operand of a branch, of adr and adrp, of a load from near the code is an address. */
static const char *find_target(const cs_insn *insn)
{
    static const char *const words[] = {"b",   "bl",   "cbz", "cbnz",  "tbz",  "tbnz",
                                        "adr", "adrp", "ldr", "ldrsw", "prfm", NULL};
    bool has_target = g_str_has_prefix(insn->mnemonic, "b.") || is_one_of(insn->mnemonic, words);
    const char *hash = has_target ? strrchr(insn->op_str, '#') : NULL;
    return hash != NULL && strpbrk(hash, ",]") == NULL && strchr(insn->op_str, '[') == NULL ? hash
                                                                                            : NULL;
}

/* Whether all numbers are decimal: counts of bits, elements of vectors. */
static bool counts_bits(const cs_insn *insn)
{
    static const char *const words[] = {"tbz", "tbnz",  "lsl",   "lsr",  "asr",
                                        "ror", "ubfx",  "ubfiz", "sbfx", "sbfiz",
                                        "bfi", "bfxil", "bfc",   "extr", NULL};
    static const char *const logical[] = {"movi", "mvni", "orr", "bic", "fmov", NULL};
    const char *first = insn->op_str + (insn->op_str[0] == '{');
    bool is_vector = strchr("vdshbq", *first) != NULL && g_ascii_isdigit(first[1]);
    return is_one_of(insn->mnemonic, words) || (is_vector && !is_one_of(insn->mnemonic, logical));
}

/* Whether the number at @at is that of a shift: "lsl #3", "uxtw #2". */
static bool follows_shift(const char *from, const char *at)
{
    if (at == from) {
        return false;
    }
    const char *end = at - 1;
    while (end > from && *end == ' ') {
        end--;
    }
    const char *start = end;
    while (start > from && g_ascii_isalpha(start[-1])) {
        start--;
    }
    return g_ascii_isalpha(*end) && end - start >= 2;
}

static void put_float(GString *out, const char **at)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    char *end = NULL;
    double value = g_ascii_strtod(*at, &end);
    *at = end;
    if (value == 0) {
        g_string_append(out, "#0.0");
    } else {
        g_string_append_c(out, '#');
        g_string_append(out, g_ascii_formatd(text, sizeof text, "%.18e", value));
    }
}

/* "{v0.2d, v1.2d, v2.2d}" as "{v0.2d-v2.2d}": lists of more than two that do not wrap around. */
static const char *put_list(GString *out, const char *at)
{
    const char *end = strchr(at, '}');
    const char *first = at + 1;
    const char *last = first;
    unsigned n = 1;
    for (const char *p = first; end != NULL && p < end; p++) {
        if (*p == ',') {
            n++;
            last = p + 2;
        }
    }
    if (end == NULL || n <= 2 || *first != 'v' || last >= end || *last != 'v' ||
        g_ascii_strtoull(last + 1, NULL, 10) < g_ascii_strtoull(first + 1, NULL, 10)) {
        g_string_append_c(out, *at);
        return first;
    }
    g_string_append_len(out, at, (gssize)strcspn(at, ","));
    g_string_append_c(out, '-');
    g_string_append_len(out, last, end - last);
    return end;
}

/* Numbers are hexadecimal but where they count. A mask is as wide as the register. */
static void put_operands(GString *out, const cs_insn *insn, const char *to)
{
    const char *from = insn->op_str;
    bool is_decimal = counts_bits(insn);
    bool is_wide = *from == 'x' || *from == 's';
    for (const char *p = from; p < to;) {
        is_decimal = is_decimal || *p == '[';
        if (*p == '{') {
            p = put_list(out, p);
            continue;
        }
        if (*p != '#' || p + 1 == to || strchr("-0123456789", p[1]) == NULL) {
            g_string_append_c(out, *p++);
            continue;
        }
        bool counts = is_decimal || follows_shift(from, p);
        p++;
        if (memchr(p, '.', strcspn(p, ", ]")) != NULL) {
            put_float(out, &p);
            continue;
        }
        int64_t value = cpa_asm_read_number(&p);
        if (counts) {
            g_string_append_printf(out, "#%" G_GINT64_FORMAT, value);
        } else {
            g_string_append_printf(out, "#0x%" G_GINT64_MODIFIER "x",
                                   (uint64_t)value & (is_wide ? UINT64_MAX : UINT32_MAX));
        }
    }
}

/* The condition that the operands end with, or that follows "b.": index, or -1. */
static int find_condition(const cs_insn *insn, const char **at)
{
    static const char *const words[] = {"csel",  "csinc", "csinv", "csneg",  "cset",
                                        "csetm", "cinc",  "cinv",  "cneg",   "ccmp",
                                        "ccmn",  "fcsel", "fccmp", "fccmpe", NULL};
    *at = NULL;
    if (g_str_has_prefix(insn->mnemonic, "b.")) {
        *at = insn->mnemonic + 2;
    } else if (is_one_of(insn->mnemonic, words)) {
        const char *space = strrchr(insn->op_str, ' ');
        *at = space != NULL ? space + 1 : NULL;
    }
    for (size_t i = 0; *at != NULL && i < G_N_ELEMENTS(conditions); i++) {
        if (strcmp(*at, conditions[i].name) == 0) {
            return (int)i;
        }
    }
    return -1;
}

/* "  // b.hs, b.nlast" */
static void put_branch_comment(GString *out, const char *others)
{
    g_string_append(out, "  // b.");
    for (; *others != '\0'; others++) {
        g_string_append_c(out, *others);
        if (others[0] == ' ') {
            g_string_append(out, "b.");
        }
    }
}

void cpa_asm_arm64(GString *out, const CpaAsmContext *context, const cs_insn *insn)
{
    uint32_t word = 0;
    memcpy(&word, insn->bytes, sizeof word);
    word = GUINT32_FROM_LE(word);
    unsigned hint = (word >> 5) & 127;
    if (strcmp(insn->mnemonic, "hint") == 0 && hint < G_N_ELEMENTS(hints) && hints[hint] != NULL) {
        g_string_append(out, hints[hint]);
        return;
    }
    if (put_mov(out, word, insn)) {
        return;
    }
    const char *at = NULL;
    int condition = find_condition(insn, &at);
    bool is_branch = condition >= 0 && at == insn->mnemonic + 2;
    bool is_insert = strcmp(insn->mnemonic, "ins") == 0;
    g_string_append(out, is_branch ? "b." : is_insert ? "mov" : insn->mnemonic);
    g_string_append(out, is_branch ? conditions[condition].gnu : "");
    if (insn->op_str[0] == '\0') {
        return;
    }
    g_string_append_c(out, '\t');
    const char *target = find_target(insn);
    const char *end = target != NULL                 ? target
                      : condition >= 0 && !is_branch ? at
                                                     : insn->op_str + strlen(insn->op_str);
    put_operands(out, insn, end);
    if (target != NULL) {
        target++;
        cpa_asm_put_address(out, context, (uint64_t)cpa_asm_read_number(&target));
    }
    if (is_branch) {
        put_branch_comment(out, conditions[condition].others);
    } else if (condition >= 0) {
        const char *gnu = conditions[condition].gnu;
        g_string_append_printf(out, "%s\t// %s = %s", gnu, gnu, conditions[condition].others);
    }
}

#endif
