/* SPDX-License-Identifier: Apache-2.0 */
/*
 * x86: what GNU objdump words differently from capstone.
 *
 *     capstone                          GNU objdump
 *     subq     $0x10, %rsp              sub    $0x10,%rsp              size suffix only where no
 *     movl     $0, 8(%rsp)              movl   $0x0,0x8(%rsp)          register tells the size
 *     addq     $-0x80, %rsp             add    $0xffffffffffffff80,%rsp
 *     callq    0x12c0                   call   12c0 <fib>
 *     leaq     0xbdd(%rip), %rcx        lea    0xbdd(%rip),%rcx        # 2004 <table+0x4>
 *     nopw     %cs:(%rax, %rax)         cs nopw 0x0(%rax,%rax,1)
 *     rep stosq %rax, (%rdi)            rep stos %rax,%es:(%rdi)
 *
 * Works on capstone's text, operand by operand; encodings tell what the text leaves out
 * (displacements of 0, prefixes without effect).
 */
#include "symbol/asmtext.h"

#ifdef HAVE_CAPSTONE

#include <string.h>

#define MAX_OPERANDS 8

typedef struct {
    const CpaAsmContext *context;
    const cs_insn *insn;
    const cs_x86 *x86;
    char mnemonic[32]; /* without prefixes */
    char suffix;       /* b, w, l, q: the size that capstone's mnemonic told; or 0 */
    GString *prefixes; /* "rep ", "lock " */
    char *operands[MAX_OPERANDS];
    size_t n_operands;
    bool has_target; /* of a %rip operand */
    uint64_t target;
} Parts;

/* --- taking apart --------------------------------------------------------------------------- */

/* Operands end at commas outside of parentheses and brackets. */
static void split_operands(Parts *p)
{
    const char *start = p->insn->op_str;
    int depth = 0;
    for (const char *at = start;; at++) {
        depth += *at == '(' || *at == '[';
        depth -= *at == ')' || *at == ']';
        if ((*at == ',' && depth == 0) || *at == '\0') {
            if (at > start && p->n_operands < MAX_OPERANDS) {
                p->operands[p->n_operands] = g_strndup(start, (gsize)(at - start));
                g_strstrip(p->operands[p->n_operands++]);
            }
            start = at + 1;
        }
        if (*at == '\0') {
            return;
        }
    }
}

/* How many bytes before the opcode are this one. */
static unsigned count_prefix(const cs_insn *insn, uint8_t byte)
{
    static const uint8_t known[] = {0x66, 0x67, 0x2e, 0x36, 0x3e, 0x26,
                                    0x64, 0x65, 0xf0, 0xf2, 0xf3};
    unsigned n = 0;
    for (size_t i = 0; i < insn->size && memchr(known, insn->bytes[i], sizeof known); i++) {
        n += insn->bytes[i] == byte;
    }
    return n;
}

static void take_mnemonic(Parts *p)
{
    const char *at = p->insn->mnemonic;
    const char *space = NULL;
    while ((space = strchr(at, ' ')) != NULL) {
        size_t n = (size_t)(space - at);
        if (n == 4 && memcmp(at, "repe", 4) == 0) {
            g_string_append(p->prefixes, "repz ");
        } else if (n == 5 && memcmp(at, "repne", 5) == 0) {
            g_string_append(p->prefixes, "repnz ");
        } else {
            g_string_append_len(p->prefixes, at, (gssize)n + 1);
        }
        at = space + 1;
    }
    g_strlcpy(p->mnemonic, at, sizeof p->mnemonic);
}

/* Text, NULL-terminated lists of mnemonics. */
static bool is_one_of(const char *word, size_t len, const char *const *list)
{
    for (size_t i = 0; list[i] != NULL; i++) {
        if (strlen(list[i]) == len && memcmp(list[i], word, len) == 0) {
            return true;
        }
    }
    return false;
}

/* Mnemonics that capstone gives a suffix of the operand size. */
static const char *const sized[] = {
    "mov",       "add",       "sub",     "and",      "or",       "xor",   "cmp",    "test", "lea",
    "inc",       "dec",       "neg",     "not",      "imul",     "mul",   "idiv",   "div",  "shl",
    "shr",       "sar",       "sal",     "rol",      "ror",      "rcl",   "rcr",    "adc",  "sbb",
    "xchg",      "xadd",      "cmpxchg", "bt",       "bts",      "btr",   "btc",    "bsf",  "bsr",
    "bswap",     "shld",      "shrd",    "nop",      "in",       "out",   "adcx",   "adox", "mulx",
    "andn",      "pext",      "pdep",    "sarx",     "shlx",     "shrx",  "rorx",   "bzhi", "bextr",
    "blsr",      "blsi",      "blsmsk",  "popcnt",   "lzcnt",    "tzcnt", "movs",   "stos", "lods",
    "scas",      "cmps",      "movabs",  "cvtsi2sd", "cvtsi2ss", "movbe", "movnti", "ins",  "outs",
    "vcvtsi2sd", "vcvtsi2ss", NULL};

/* Their size is never told: it follows from the mode. */
static const char *const unsized[] = {"push",  "pop",    "call",  "ret",  "jmp",
                                      "leave", "movabs", "pushf", "popf", NULL};

static const char *const shifts[] = {"shl", "shr", "sar", "sal", "rol", "ror", "rcl", "rcr", NULL};
static const char *const string_ops[] = {"movs", "stos", "lods", "scas",
                                         "cmps", "ins",  "outs", NULL};

/* %eax, %r8d, %cl, %spl: neither segments nor those of vector, mask and control units. */
static bool is_general_register(const char *operand)
{
    static const char *const units[] = {"%xmm", "%ymm", "%zmm", "%mm", "%st",
                                        "%k",   "%cr",  "%dr",  "%bnd"};
    size_t len = strlen(operand);
    bool is_segment = len == 3 && operand[2] == 's' && strchr("cdefgs", operand[1]) != NULL;
    if (*operand != '%' || is_segment || strchr(operand, '(') != NULL ||
        strchr(operand, ':') != NULL) {
        return false;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(units); i++) {
        if (g_str_has_prefix(operand, units[i])) {
            return false;
        }
    }
    return true;
}

static bool is_vector_register(const char *operand)
{
    return g_str_has_prefix(operand, "%xmm") || g_str_has_prefix(operand, "%mm");
}

/* Whether a register tells the size, so that the mnemonic need not. */
static bool is_size_told(const Parts *p, const char *base, size_t len)
{
    bool is_told = false;
    bool is_shift = is_one_of(base, len, shifts);
    for (size_t i = 0; i < p->n_operands; i++) {
        const char *operand = p->operands[i];
        bool is_count = is_shift && i == 0 && p->n_operands > 1 && strcmp(operand, "%cl") == 0;
        is_told = is_told || (is_general_register(operand) && !is_count);
        if (len == 3 && memcmp(base, "mov", 3) == 0 && is_vector_register(operand)) {
            return false; /* movq of an %xmm register is another instruction */
        }
    }
    return is_told;
}

static void strip_suffix(Parts *p)
{
    size_t len = strlen(p->mnemonic);
    char last = len > 1 ? p->mnemonic[len - 1] : '\0';
    if (last == '\0' || strchr("bwlq", last) == NULL) {
        return;
    }
    bool is_cmov = g_str_has_prefix(p->mnemonic, "cmov") &&
                   (last == 'l' || last == 'q' || last == 'w') && len > 5;
    if (is_cmov && last == 'l' && (len == 5 || strcmp(p->mnemonic, "cmovnl") == 0)) {
        is_cmov = false;
    }
    bool is_sized = is_one_of(p->mnemonic, len - 1, sized);
    bool is_unsized = is_one_of(p->mnemonic, len - 1, unsized);
    if (is_sized || is_unsized || is_cmov) {
        p->suffix = last;
    }
    if (is_unsized || is_cmov || (is_sized && is_size_told(p, p->mnemonic, len - 1))) {
        p->mnemonic[len - 1] = '\0';
    }
}

/* --- operands and names that capstone leaves out --------------------------------------------- */

static void set_operands(Parts *p, const char *first, const char *second)
{
    for (size_t i = 0; i < p->n_operands; i++) {
        g_free(p->operands[i]);
    }
    p->operands[0] = g_strdup(first);
    p->operands[1] = g_strdup(second);
    p->n_operands = 2;
}

/* x87: %st is an operand, too, of what computes with %st(i). */
static void add_stack_top(Parts *p, bool is_att)
{
    /* By the low bits of the opcode, a bit for each of the eight operations: %st is the target; the
     * source. */
    static const uint8_t to_top[] = {0xf3, 0, 0x0f, 0x6f, 0, 0, 0, 0x60};
    static const uint8_t from_top[] = {0, 0, 0, 0, 0xf3, 0, 0xf3, 0};
    uint8_t opcode = p->x86->opcode[0];
    uint8_t modrm = p->x86->modrm;
    unsigned operation = (modrm >> 3) & 7;
    if (opcode < 0xd8 || opcode > 0xdf || modrm < 0xc0) {
        return;
    }
    bool is_target = (to_top[opcode - 0xd8] >> operation & 1) != 0;
    bool is_source = (from_top[opcode - 0xd8] >> operation & 1) != 0;
    if (is_target || is_source) {
        char other[] = "%st(0)";
        other[4] = (char)('0' + (modrm & 7));
        bool top_first = is_source == is_att;
        set_operands(p, top_first ? "%st" : other, top_first ? other : "%st");
    }
}

/* The exchange with the accumulator in one byte: objdump names it last. */
static void swap_accumulator(Parts *p)
{
    if (p->insn->id == X86_INS_XCHG && p->x86->opcode[0] > 0x90 && p->x86->opcode[0] < 0x98) {
        char *first = p->operands[0];
        p->operands[0] = p->operands[1];
        p->operands[1] = first;
    }
}

/* The number that tells which halves are multiplied becomes a part of the name. */
static void take_halves(Parts *p, bool is_att)
{
    static const struct {
        const char *number;
        const char *name;
    } halves[] = {{"0", "lqlq"},  {"1", "hqlq"},    {"0x10", "lqhq"},
                  {"16", "lqhq"}, {"0x11", "hqhq"}, {"17", "hqhq"}};
    size_t len = strlen(p->mnemonic);
    if (len < 9 || strcmp(p->mnemonic + len - 9, "pclmulqdq") != 0 || p->n_operands < 3) {
        return;
    }
    size_t at = is_att ? 0 : p->n_operands - 1;
    for (size_t i = 0; i < G_N_ELEMENTS(halves); i++) {
        if (strcmp(p->operands[at] + is_att, halves[i].number) == 0) {
            g_snprintf(p->mnemonic + len - 3, sizeof p->mnemonic - len + 3, "%sdq", halves[i].name);
            g_free(p->operands[at]);
            memmove(p->operands + at, p->operands + at + 1,
                    (--p->n_operands - at) * sizeof *p->operands);
            return;
        }
    }
}

/* Words of capstone's for the same instruction. */
static void rename_mnemonic(Parts *p)
{
    static const char *const names[][2] = {{"wait", "fwait"},
                                           {"rdrandl", "rdrand"},
                                           {"rdrandq", "rdrand"},
                                           {"rdseedl", "rdseed"},
                                           {"rdseedq", "rdseed"}};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (strcmp(p->mnemonic, names[i][0]) == 0) {
            g_strlcpy(p->mnemonic, names[i][1], sizeof p->mnemonic);
        }
    }
}

/* --- prefixes that capstone leaves out ------------------------------------------------------ */

/* Where the text of a memory operand names a segment that has no effect, it becomes a prefix. */
static void take_segment(Parts *p, char *operand)
{
    static const char *const names[] = {"%cs:", "%ds:", "%es:", "%ss:"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (g_str_has_prefix(operand, names[i])) {
            g_string_append_len(p->prefixes, names[i] + 1, 2);
            g_string_append_c(p->prefixes, ' ');
            memmove(operand, operand + 4, strlen(operand + 4) + 1);
            return;
        }
    }
}

static void add_prefixes(Parts *p)
{
    const cs_insn *insn = p->insn;
    unsigned n_size = count_prefix(insn, 0x66);
    bool is_nop = insn->id == X86_INS_NOP;
    if (is_nop && insn->bytes[insn->size - 1] == 0x90 && n_size > 0 && p->n_operands == 0) {
        g_strlcpy(p->mnemonic, "xchg", sizeof p->mnemonic);
        p->operands[p->n_operands++] = g_strdup("%ax");
        p->operands[p->n_operands++] = g_strdup("%ax");
    }
    /* One means an operand of 16 bits, where nothing else says the size. */
    bool is_idle = insn->id == X86_INS_MOV && (p->x86->rex & 8) != 0;
    for (unsigned i = is_idle ? 0 : 1; i < n_size; i++) {
        g_string_append(p->prefixes, "data16 ");
    }
    if (insn->id == X86_INS_CALL && n_size > 0 && p->x86->rex != 0) {
        g_string_append(p->prefixes, "data16 rex.W ");
    } else if (insn->id == X86_INS_LEA && n_size == 1 && p->suffix == 'q') {
        g_string_append(p->prefixes, "data16 ");
    }
    if (p->x86->opcode[0] == 0xe8 && count_prefix(insn, 0x67) > 0) {
        g_string_append(p->prefixes, "addr32 ");
    }
    if (insn->id == X86_INS_RET && count_prefix(insn, 0xf3) > 0) {
        g_string_append(p->prefixes, "repz ");
    }
    bool is_jump = insn->id == X86_INS_JMP || insn->id == X86_INS_CALL;
    if (is_jump && p->x86->opcode[0] == 0xff && count_prefix(insn, 0x3e) > 0) {
        g_string_append(p->prefixes, "notrack ");
    }
    if ((is_jump || insn->id == X86_INS_RET) && count_prefix(insn, 0xf2) > 0 &&
        strstr(p->prefixes->str, "bnd") == NULL && strstr(p->prefixes->str, "repnz") == NULL) {
        g_string_append(p->prefixes, "bnd ");
    }
}

/* --- operands ------------------------------------------------------------------------------- */

static uint64_t mask_to(int64_t value, char suffix)
{
    switch (suffix) {
    case 'b':
        return (uint8_t)value;
    case 'w':
        return (uint16_t)value;
    case 'l':
        return (uint32_t)value;
    default:
        return (uint64_t)value;
    }
}

static char immediate_suffix(const Parts *p)
{
    if (p->suffix != 0) {
        return p->suffix;
    }
    return p->x86->encoding.imm_size == 1 ? 'b' : 'q';
}

static void put_signed_hex(GString *out, int64_t value)
{
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    g_string_append_printf(out, "%s0x%" G_GINT64_MODIFIER "x", value < 0 ? "-" : "", magnitude);
}

/* "%fs:8(%rax, %rcx)", "0x10(%rip)", "(, %rax, 8)" */
static void put_memory(GString *out, Parts *p, const char *operand)
{
    const char *at = operand;
    if (*at == '%') {
        const char *colon = strchr(at, ':');
        if (colon == NULL) {
            g_string_append(out, operand);
            return;
        }
        g_string_append_len(out, at, (gssize)(colon - at) + 1);
        at = colon + 1;
    }
    bool has_number = *at == '-' || g_ascii_isdigit(*at);
    int64_t disp = has_number ? cpa_asm_read_number(&at) : 0;
    if (*at != '(') {
        g_string_append_printf(out, "0x%" G_GINT64_MODIFIER "x", (uint64_t)disp);
        return;
    }
    if (has_number || p->x86->encoding.disp_size > 0) {
        put_signed_hex(out, disp);
    }
    if (strcmp(at, "(%rip)") == 0) {
        p->has_target = true;
        p->target = p->insn->address + p->insn->size + (uint64_t)disp;
    }
    unsigned n_commas = 0;
    for (; *at != '\0' && *at != ')'; at++) {
        n_commas += *at == ',';
        if (*at != ' ') {
            g_string_append_c(out, *at);
        }
    }
    g_string_append(out, n_commas == 1 ? ",1)" : ")");
}

/* Masks of AVX-512: "%zmm0 {%k1} {z}" */
static void put_without_spaces(GString *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text != ' ') {
            g_string_append_c(out, *text);
        }
    }
}

static void put_operand(GString *out, Parts *p, const char *operand)
{
    bool is_number = g_ascii_isdigit(*operand) || *operand == '-';
    if (*operand == '*') {
        g_string_append_c(out, '*');
        operand++;
        is_number = g_ascii_isdigit(*operand) || *operand == '-';
    } else if (is_number && strchr(operand, '(') == NULL &&
               (p->context->cs->cs_insn_group(p->context->handle, p->insn, CS_GRP_JUMP) ||
                p->context->cs->cs_insn_group(p->context->handle, p->insn, CS_GRP_CALL) ||
                p->context->cs->cs_insn_group(p->context->handle, p->insn,
                                              X86_GRP_BRANCH_RELATIVE))) {
        cpa_asm_put_address(out, p->context, (uint64_t)cpa_asm_read_number(&operand));
        return;
    }
    if (*operand == '$') {
        operand++;
        uint64_t value = mask_to(cpa_asm_read_number(&operand), immediate_suffix(p));
        g_string_append_printf(out, "$0x%" G_GINT64_MODIFIER "x", value);
    } else if (is_number || *operand == '(' || strchr(operand, '(') != NULL ||
               strchr(operand, ':') != NULL) {
        const char *mask = strchr(operand, '{');
        g_autofree char *plain = mask != NULL ? g_strndup(operand, (gsize)(mask - operand)) : NULL;
        put_memory(out, p, plain != NULL ? g_strchomp(plain) : operand);
        put_without_spaces(out, mask != NULL ? mask : "");
    } else {
        put_without_spaces(out, operand);
    }
}

static void put_padded(GString *out, const Parts *p)
{
    gsize start = out->len;
    g_string_append(out, p->prefixes->str);
    g_string_append(out, p->mnemonic);
    if (p->n_operands == 0) {
        return;
    }
    while (out->len - start < 6) {
        g_string_append_c(out, ' ');
    }
    g_string_append_c(out, ' ');
}

static void parts_init(Parts *p, const CpaAsmContext *context, const cs_insn *insn)
{
    *p = (Parts){.context = context, .insn = insn, .x86 = &insn->detail->x86};
    p->prefixes = g_string_new(NULL);
    split_operands(p);
    take_mnemonic(p);
}

static void parts_clear(Parts *p)
{
    for (size_t i = 0; i < p->n_operands; i++) {
        g_free(p->operands[i]);
    }
    g_string_free(p->prefixes, TRUE);
}

static void put_target(GString *out, const Parts *p)
{
    if (p->has_target) {
        g_string_append(out, "        # ");
        cpa_asm_put_address(out, p->context, p->target);
    }
}

size_t cpa_asm_x86_bad_size(const uint8_t *code, size_t n, bool is_64)
{
    static const uint8_t with_immediate[] = {0x70, 0x71, 0x72, 0x73, 0xc2, 0xc4, 0xc5, 0xc6};
    size_t at = *code == 0x62 ? 4 : *code == 0xc4 ? 3 : *code == 0xc5 ? 2 : 0;
    if (at == 0 || !is_64 || n < at + 2) {
        return 1;
    }
    unsigned map = *code == 0xc5 ? 1 : code[1] & (*code == 0x62 ? 7u : 31u);
    uint8_t opcode = code[at];
    uint8_t modrm = code[at + 1];
    unsigned mod = modrm >> 6;
    size_t size = at + 2;
    size_t disp = mod == 1 ? 1 : mod == 2 ? 4 : 0;
    if (mod != 3 && (modrm & 7) == 4 && n > size) {
        disp = mod == 0 && (code[size] & 7) == 5 ? 4 : disp;
        size++;
    } else if (mod == 0 && (modrm & 7) == 5) {
        disp = 4;
    }
    bool has_immediate =
        map == 3 || (map == 1 && memchr(with_immediate, opcode, sizeof with_immediate) != NULL);
    size += disp + has_immediate;
    return map >= 1 && map <= 6 ? MIN(size, n) : 1;
}

void cpa_asm_x86_att(GString *out, const CpaAsmContext *context, const cs_insn *insn)
{
    Parts p;
    parts_init(&p, context, insn);
    size_t len = strlen(p.mnemonic);
    bool is_string = len > 1 && is_one_of(p.mnemonic, len - 1, string_ops) && insn->size <= 4 &&
                     strstr(insn->op_str, "%xmm") == NULL;
    /* Shifts by one have no count in their encoding, nor in the text. */
    if (p.n_operands > 1 && strcmp(p.operands[0], "$1") == 0 && len > 1 &&
        (is_one_of(p.mnemonic, len, shifts) || is_one_of(p.mnemonic, len - 1, shifts)) &&
        (p.x86->opcode[0] & 0xfe) == 0xd0) {
        g_free(p.operands[0]);
        memmove(p.operands, p.operands + 1, (--p.n_operands) * sizeof *p.operands);
    }
    if (strcmp(p.mnemonic, "movd") == 0 && (p.x86->rex & 8) != 0) {
        g_strlcpy(p.mnemonic, "movq", sizeof p.mnemonic);
    }
    add_stack_top(&p, true);
    take_halves(&p, true);
    rename_mnemonic(&p);
    swap_accumulator(&p);
    strip_suffix(&p);
    add_prefixes(&p);
    for (size_t i = 0; i < p.n_operands; i++) {
        take_segment(&p, p.operands[i]);
    }
    put_padded(out, &p);
    for (size_t i = 0; i < p.n_operands; i++) {
        g_string_append(out, i > 0 ? "," : "");
        if (is_string && g_str_has_prefix(p.operands[i], "(%rsi")) {
            g_string_append(out, "%ds:");
        } else if (is_string && g_str_has_prefix(p.operands[i], "(%rdi")) {
            g_string_append(out, "%es:");
        }
        put_operand(out, &p, p.operands[i]);
    }
    put_target(out, &p);
    parts_clear(&p);
}

/* --- Intel ---------------------------------------------------------------------------------- */

/* Compares of one number: capstone says XMMWORD. */
static const char *scalar_size(const char *mnemonic)
{
    size_t len = strlen(mnemonic);
    bool is_compare = len >= 6 && memcmp(mnemonic + len - 6, "comis", 5) == 0;
    return !is_compare ? NULL : mnemonic[len - 1] == 'd' ? "QWORD" : "DWORD";
}

/* "dword ptr [rbp - 8]" to "DWORD PTR [rbp-0x8]"; numbers in hexadecimal. */
static void put_intel_memory(GString *out, Parts *p, const char *operand, bool is_string)
{
    const char *bracket = strchr(operand, '[');
    bool is_long_double = g_str_has_prefix(operand, "xword");
    g_autofree char *size =
        is_long_double ? g_strdup("TBYTE PTR ") : g_ascii_strup(operand, bracket - operand);
    char *ptr = strstr(size, " PTR ");
    const char *scalar = scalar_size(p->mnemonic);
    if (scalar != NULL) {
        g_string_append_printf(out, "%s PTR ", scalar);
        size[0] = '\0';
    } else if (ptr != NULL) {
        g_string_append_len(out, size, ptr + 5 - size);
        size[0] = '\0';
    }
    const char *segment = strstr(operand, "s:[");
    if (segment != NULL && (segment[-1] == 'f' || segment[-1] == 'g')) {
        g_string_append_len(out, segment - 1, 3);
    } else if (is_string) {
        g_string_append(out, strstr(operand, "di]") != NULL ? "es:" : "ds:");
    }
    const char *at = bracket + 1;
    bool is_absolute = g_ascii_isdigit(*at) || *at == '-';
    if (is_absolute) {
        int64_t value = cpa_asm_read_number(&at);
        g_string_append_printf(out, "%s0x%" G_GINT64_MODIFIER "x",
                               segment != NULL ? "" : "ds:", (uint64_t)value);
        return;
    }
    g_string_append_c(out, '[');
    bool has_disp = false;
    unsigned n_registers = 0;
    bool has_scale = strchr(at, '*') != NULL;
    int64_t disp = 0;
    while (*at != '\0' && *at != ']') {
        bool is_minus = *at == '-';
        while (*at == ' ' || *at == '+' || *at == '-') {
            is_minus = is_minus || *at == '-';
            at++;
        }
        if (g_ascii_isdigit(*at)) {
            disp = cpa_asm_read_number(&at);
            disp = is_minus ? -disp : disp;
            has_disp = true;
            continue;
        }
        g_string_append(out, n_registers > 0 ? "+" : "");
        n_registers++;
        while (*at != '\0' && *at != ' ' && *at != ']') {
            g_string_append_c(out, *at++);
        }
    }
    if (n_registers == 2 && !has_scale) {
        g_string_append(out, "*1");
    }
    p->has_target = strstr(operand, "[rip") != NULL;
    p->target = p->insn->address + p->insn->size + (uint64_t)disp;
    if (p->has_target) {
        g_string_append_printf(out, "+0x%" G_GINT64_MODIFIER "x", (uint64_t)disp);
    } else if (has_disp || p->x86->encoding.disp_size > 0) {
        g_string_append(out, disp < 0 ? "" : "+");
        put_signed_hex(out, disp);
    }
    g_string_append_c(out, ']');
}

/* The size of immediates follows from the first operand, as there is no suffix. */
static char intel_suffix(const Parts *p)
{
    const cs_x86_op *op = &p->x86->operands[0];
    size_t size = p->insn->id == X86_INS_XABORT ? 1 : p->x86->op_count > 0 ? op->size : 8;
    return size == 1 ? 'b' : size == 2 ? 'w' : size == 4 ? 'l' : 'q';
}

void cpa_asm_x86_intel(GString *out, const CpaAsmContext *context, const cs_insn *insn)
{
    Parts p;
    parts_init(&p, context, insn);
    p.suffix = insn->id == X86_INS_LEA ? 'q' : 0;
    add_stack_top(&p, false);
    take_halves(&p, false);
    swap_accumulator(&p);
    rename_mnemonic(&p);
    add_prefixes(&p);
    p.suffix = intel_suffix(&p);
    size_t len = strlen(p.mnemonic);
    bool is_string = len > 1 && is_one_of(p.mnemonic, len - 1, string_ops) &&
                     p.mnemonic[len - 1] != 'x' && insn->size <= 4 &&
                     strstr(insn->op_str, "xmm") == NULL;
    if (is_string || insn->id == X86_INS_PUSHFQ || insn->id == X86_INS_POPFQ) {
        p.mnemonic[len - 1] = '\0';
    }
    for (size_t i = 0; i < p.n_operands && !is_string; i++) {
        static const char *const idle[] = {" cs:[", " ds:[", " es:[", " ss:["};
        for (size_t k = 0; k < G_N_ELEMENTS(idle); k++) {
            if (strstr(p.operands[i], idle[k]) != NULL) {
                g_string_append_len(p.prefixes, idle[k] + 1, 2);
                g_string_append_c(p.prefixes, ' ');
            }
        }
    }
    bool by_one =
        p.n_operands > 1 && (p.x86->opcode[0] & 0xfe) == 0xd0 && is_one_of(p.mnemonic, len, shifts);
    for (size_t i = 0; i < p.n_operands; i++) { /* those of add_prefixes() are AT&T's */
        if (p.operands[i][0] == '%') {
            memmove(p.operands[i], p.operands[i] + 1, strlen(p.operands[i]));
        }
    }
    put_padded(out, &p);
    for (size_t i = 0; i < p.n_operands; i++) {
        const char *operand = p.operands[i];
        g_string_append(out, i > 0 ? "," : "");
        if (strchr(operand, '[') != NULL) {
            put_intel_memory(out, &p, operand, is_string);
        } else if (by_one && i == 1 && strcmp(operand, "1") == 0) {
            g_string_append_c(out, '1');
        } else if (g_ascii_isdigit(*operand) || *operand == '-') {
            bool is_branch =
                context->cs->cs_insn_group(context->handle, insn, CS_GRP_JUMP) ||
                context->cs->cs_insn_group(context->handle, insn, CS_GRP_CALL) ||
                context->cs->cs_insn_group(context->handle, insn, X86_GRP_BRANCH_RELATIVE);
            int64_t value = cpa_asm_read_number(&operand);
            if (is_branch) {
                cpa_asm_put_address(out, context, (uint64_t)value);
            } else {
                g_string_append_printf(out, "0x%" G_GINT64_MODIFIER "x", mask_to(value, p.suffix));
            }
        } else {
            put_without_spaces(out, operand);
        }
    }
    put_target(out, &p);
    parts_clear(&p);
}

#endif
