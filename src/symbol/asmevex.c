/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AVX-512 as GNU objdump words it: capstone 4 knows little of it, and has wrong index registers where it
 * does. What the table does not have is left to capstone. Also instructions of shadow stacks and of
 * protection keys, which it takes for others.
 *
 *     62 | RXBR'0mmm | Wvvvv1pp | zL'Lbv'aaa | opcode | modrm [sib] [displacement] | [number]
 *
 * Letters in capitals and v are inverted bits of registers; mmm is the map, pp the prefix, L the width,
 * b that an element of memory is repeated, aaa the mask, z that masked elements become zero. A
 * displacement of one byte counts operands of memory. Moves and logic of masks are in VEX, c4 or c5.
 *
 * Source: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, 2.3, 2.7
 */
#include "symbol/asmtext.h"

#ifdef HAVE_CAPSTONE

#include <string.h>

typedef enum {
    RM,
    MR,
    RVM,
    RVMI,
    RMI,
    VMI0,
    VMI1,
    VMI2,
    VMI3,
    VMI4,
    VMI5,
    VMI6,
    VMI7,
    KVM,
    KVMI,
    KVMF,
    KR,
    RK,
    RG,
    RX,
    RVX,
    RVXI,
    RVYI,
    XRI,
    YRI,
    RMH,
    RMQ,
    RMO,
    MRH,
    MRQ,
    MRO,
} Form;

typedef enum {
    FULL,
    WHOLE,
    HALF,
    FHALF,
    QUARTER,
    EIGHTH,
    N1,
    N2,
    N4,
    N8,
    N16,
    N32,
    E1,
    E2,
    E4,
    E8
} Memory;

typedef struct {
    uint8_t map;
    uint8_t prefix;
    uint8_t w; /* 2: either */
    uint8_t opcode;
    const char *name;
    Form form;
    Memory memory;
} Row;

#define EVEX(map, prefix, w, opcode, name, form, memory) \
    {map, prefix, w, opcode, name, form, memory},
static const Row rows[] = {
#include "symbol/evex.def"
};
#undef EVEX

typedef struct {
    const CpaAsmContext *context;
    const uint8_t *code;
    size_t n;
    size_t at; /* bytes read */
    bool is_short;
    uint64_t address;
    bool is_intel;

    unsigned reg; /* with all of its bits */
    unsigned vvvv;
    unsigned rm; /* of a vector */
    unsigned base;
    unsigned index;
    unsigned mask;
    unsigned width; /* bytes of a vector */
    unsigned w;
    bool zeroes;
    bool repeats;
    bool is_memory;
    bool has_displacement;
    bool is_rip;
    int64_t displacement;
    unsigned scale;        /* 0: no index */
    unsigned memory_bytes; /* as shown */
    unsigned element_bytes;
    uint8_t number;
} Decoder;

/* An operand, in Intel's order: what is written comes first. */
typedef struct {
    char text[96];
} Operand;

/* --- reading -------------------------------------------------------------------------------- */

static uint8_t read_byte(Decoder *d)
{
    d->is_short = d->is_short || d->at >= d->n;
    return d->is_short ? 0 : d->code[d->at++];
}

static int64_t read_signed(Decoder *d, unsigned n)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < n; i++) {
        value |= (uint32_t)read_byte(d) << (8 * i);
    }
    return n == 1 ? (int8_t)value : (int32_t)value;
}

/* modrm and what follows it. @unit: what a displacement of one byte counts */
static void read_operand(Decoder *d, uint8_t modrm, unsigned base_bit, unsigned index_bit,
                         unsigned unit)
{
    unsigned mod = modrm >> 6;
    unsigned low = modrm & 7;
    d->is_memory = mod != 3;
    if (!d->is_memory) {
        return;
    }
    d->base = low | base_bit;
    if (low == 4) {
        uint8_t sib = read_byte(d);
        unsigned index = ((sib >> 3) & 7) | index_bit;
        low = sib & 7;
        d->base = low | base_bit;
        d->index = index;
        d->scale = index != 4 ? 1u << (sib >> 6) : 0;
        if (mod == 0 && low == 5) {
            d->base = 16; /* none */
        }
    } else if (mod == 0 && low == 5) {
        d->is_rip = true;
    }
    bool is_wide = mod == 2 || d->is_rip || d->base == 16;
    d->has_displacement = mod == 1 || is_wide;
    if (is_wide) {
        d->displacement = read_signed(d, 4);
    } else if (mod == 1) {
        d->displacement = read_signed(d, 1) * (int64_t)unit;
    }
}

/* --- operands ------------------------------------------------------------------------------- */

static const char *mark(const Decoder *d)
{
    return d->is_intel ? "" : "%";
}

static Operand vector(const Decoder *d, unsigned number, unsigned bytes)
{
    Operand o;
    char kind = bytes >= 64 ? 'z' : bytes >= 32 ? 'y' : 'x';
    g_snprintf(o.text, sizeof o.text, "%s%cmm%u", mark(d), kind, number);
    return o;
}

static Operand mask_register(const Decoder *d, unsigned number)
{
    Operand o;
    g_snprintf(o.text, sizeof o.text, "%sk%u", mark(d), number & 7);
    return o;
}

static const char *general_name(unsigned number, bool is_64)
{
    static const char *const names[2][8] = {
        {"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"},
        {"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi"}};
    static const char *const high[2][8] = {
        {"r8d", "r9d", "r10d", "r11d", "r12d", "r13d", "r14d", "r15d"},
        {"r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"}};
    return (number < 8 ? names : high)[is_64][number & 7];
}

static Operand general(const Decoder *d, unsigned number, bool is_64)
{
    Operand o;
    g_snprintf(o.text, sizeof o.text, "%s%s", mark(d), general_name(number & 15, is_64));
    return o;
}

static Operand number_of(const Decoder *d)
{
    Operand o;
    g_snprintf(o.text, sizeof o.text, "%s0x%x", d->is_intel ? "" : "$", d->number);
    return o;
}

static void append(Operand *o, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void append(Operand *o, const char *format, ...)
{
    size_t len = strlen(o->text);
    va_list args;
    va_start(args, format);
    g_vsnprintf(o->text + len, (gulong)(sizeof o->text - len), format, args);
    va_end(args);
}

static Operand memory(const Decoder *d)
{
    static const struct {
        unsigned bytes;
        const char *name;
    } sizes[] = {{1, "BYTE"},     {2, "WORD"},     {4, "DWORD"},   {8, "QWORD"},
                 {16, "XMMWORD"}, {32, "YMMWORD"}, {64, "ZMMWORD"}};
    Operand o = {""};
    unsigned bytes = d->repeats ? d->element_bytes : d->memory_bytes;
    uint64_t magnitude =
        d->displacement < 0 ? 0 - (uint64_t)d->displacement : (uint64_t)d->displacement;
    const char *sign = d->displacement < 0 ? "-" : "";
    const char *base = d->is_rip ? "rip" : d->base < 16 ? general_name(d->base, true) : "";
    if (d->is_intel) {
        for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
            if (sizes[i].bytes == bytes) {
                append(&o, "%s %s ", sizes[i].name, d->repeats ? "BCST" : "PTR");
            }
        }
        if (*base == '\0' && d->scale == 0) {
            append(&o, "ds:0x%" G_GINT64_MODIFIER "x", (uint64_t)d->displacement);
            return o;
        }
        append(&o, "[%s", base);
        if (d->scale > 0) {
            append(&o, "%s%s*%u", *base != '\0' ? "+" : "", general_name(d->index, true), d->scale);
        }
        if (d->is_rip) {
            append(&o, "+0x%" G_GINT64_MODIFIER "x", (uint64_t)d->displacement);
        } else if (d->has_displacement) {
            append(&o, "%s%s0x%" G_GINT64_MODIFIER "x", *sign == '\0' ? "+" : "", sign, magnitude);
        }
        append(&o, "]");
        return o;
    }
    if (d->has_displacement && *base == '\0' && d->scale == 0) {
        append(&o, "0x%" G_GINT64_MODIFIER "x", (uint64_t)d->displacement);
        return o;
    }
    if (d->has_displacement) {
        append(&o, "%s0x%" G_GINT64_MODIFIER "x", sign, magnitude);
    }
    append(&o, "(%s%s", *base != '\0' ? "%" : "", base);
    if (d->scale > 0) {
        append(&o, ",%%%s,%u", general_name(d->index, true), d->scale);
    }
    append(&o, ")");
    if (d->repeats) {
        append(&o, "{1to%u}", d->memory_bytes / d->element_bytes);
    }
    return o;
}

/* The register of @bytes or the memory that modrm names. */
static Operand register_or_memory(const Decoder *d, unsigned bytes)
{
    return d->is_memory ? memory(d) : vector(d, d->rm, bytes);
}

static void add_mask(const Decoder *d, Operand *target)
{
    if (d->mask > 0) {
        append(target, "{%sk%u}%s", mark(d), d->mask, d->zeroes ? "{z}" : "");
    }
}

/* Operands are in Intel's order: AT&T's is the reverse. */
static void put(GString *out, const Decoder *d, const char *name, const Operand *operands, size_t n)
{
    g_string_append_printf(out, "%-6s ", name);
    for (size_t i = 0; i < n; i++) {
        const Operand *o = &operands[d->is_intel ? i : n - 1 - i];
        g_string_append_printf(out, "%s%s", i > 0 ? "," : "", o->text);
    }
    if (d->is_memory && d->is_rip) {
        g_string_append(out, "        # ");
        cpa_asm_put_address(out, d->context, d->address + d->at + (uint64_t)d->displacement);
    }
}

/* --- vectors -------------------------------------------------------------------------------- */

static const Row *find_row(unsigned map, unsigned prefix, unsigned w, uint8_t opcode, uint8_t modrm)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const Row *r = &rows[i];
        bool is_operation =
            r->form < VMI0 || r->form > VMI7 || (unsigned)(r->form - VMI0) == ((modrm >> 3) & 7u);
        if (r->map == map && r->prefix == prefix && r->opcode == opcode && is_operation &&
            (r->w == 2 || r->w == w)) {
            return r;
        }
    }
    return NULL;
}

static unsigned bytes_of(const Decoder *d, Memory memory)
{
    switch (memory) {
    case FULL:
    case WHOLE:
    case E1:
    case E2:
    case E4:
    case E8:
        return d->width;
    case HALF:
    case FHALF:
        return d->width / 2;
    case QUARTER:
        return d->width / 4;
    case EIGHTH:
        return d->width / 8;
    default:
        return 1u << (memory - N1);
    }
}

/* Some numbers are words of the name: "vpcmpneqb", "vpclmulhqhqdq". */
static void make_name(const Decoder *d, const Row *row, char name[32], bool *has_number)
{
    static const char *const orders[] = {"eq", "lt", "le", NULL, "neq", "nlt", "nle", NULL};
    static const char *const floats[] = {
        "eq",    "lt",     "le",     "unord",    "neq",    "nlt",    "nle",    "ord",
        "eq_uq", "nge",    "ngt",    "false",    "neq_oq", "ge",     "gt",     "true",
        "eq_os", "lt_oq",  "le_oq",  "unord_s",  "neq_us", "nlt_uq", "nle_uq", "ord_s",
        "eq_us", "nge_uq", "ngt_uq", "false_os", "neq_os", "ge_oq",  "gt_oq",  "true_us"};
    size_t len = strlen(row->name);
    char last = row->name[len - 1];
    if (row->form == KVMI || row->form == KVMF) {
        bool is_float = row->form == KVMF;
        unsigned n = is_float ? G_N_ELEMENTS(floats) : G_N_ELEMENTS(orders);
        const char *word = d->number < n ? (is_float ? floats : orders)[d->number] : NULL;
        *has_number = word == NULL;
        g_snprintf(name, 32, "v%scmp%s%s", is_float ? "" : "p", word != NULL ? word : "",
                   row->name);
    } else if (strcmp(row->name, "vpclmulqdq") == 0 && (d->number & ~0x11u) == 0) {
        *has_number = false;
        g_snprintf(name, 32, "vpclmul%sq%sqdq", (d->number & 1) != 0 ? "h" : "l",
                   (d->number & 16) != 0 ? "h" : "l");
    } else if (last == '?') {
        g_snprintf(name, 32, "%.*s%c", (int)len - 1, row->name, d->w != 0 ? 'q' : 'd');
    } else if (last == '!') {
        g_snprintf(name, 32, "%.*s%s", (int)len - 1, row->name, d->w != 0 ? "pd" : "ps");
    } else {
        g_strlcpy(name, row->name, 32);
    }
}

static bool has_number(Form form)
{
    return form == RVMI || form == RMI || (form >= VMI0 && form <= VMI7) || form == KVMI ||
           form == KVMF || form == RVXI || form == RVYI || form == XRI || form == YRI;
}

/* Operands by the form, in Intel's order. Returns how many. */
static size_t make_operands(const Decoder *d, Form form, Operand o[4])
{
    unsigned half = MAX(d->width / 2, 16);
    unsigned quarter = MAX(d->width / 4, 16);
    size_t n = 0;
    switch (form) {
    case RM:
    case RMI:
        o[n++] = vector(d, d->reg, d->width);
        o[n++] = register_or_memory(d, d->width);
        break;
    case MR:
        o[n++] = register_or_memory(d, d->width);
        o[n++] = vector(d, d->reg, d->width);
        break;
    case RVM:
    case RVMI:
    case RVX:
    case RVXI:
    case RVYI:
        o[n++] = vector(d, d->reg, d->width);
        o[n++] = vector(d, d->vvvv, d->width);
        o[n++] = register_or_memory(d, form == RVYI                  ? 32
                                       : form == RVX || form == RVXI ? 16
                                                                     : d->width);
        break;
    case KVM:
    case KVMI:
    case KVMF:
        o[n++] = mask_register(d, d->reg);
        o[n++] = vector(d, d->vvvv, d->width);
        o[n++] = register_or_memory(d, d->width);
        break;
    case KR:
        o[n++] = mask_register(d, d->reg);
        o[n++] = vector(d, d->rm, d->width);
        break;
    case RK:
        o[n++] = vector(d, d->reg, d->width);
        o[n++] = mask_register(d, d->rm);
        break;
    case RG:
        o[n++] = vector(d, d->reg, d->width);
        o[n++] = general(d, d->base, d->w != 0);
        break;
    case RX:
    case RMO:
        o[n++] = vector(d, d->reg, d->width);
        o[n++] = register_or_memory(d, 16);
        break;
    case RMH:
    case RMQ:
        o[n++] = vector(d, d->reg, d->width);
        o[n++] = register_or_memory(d, form == RMH ? half : quarter);
        break;
    case MRH:
    case MRQ:
    case MRO:
        o[n++] = register_or_memory(d, form == MRH ? half : form == MRQ ? quarter : 16);
        o[n++] = vector(d, d->reg, d->width);
        break;
    case XRI:
    case YRI:
        o[n++] = register_or_memory(d, form == XRI ? 16 : 32);
        o[n++] = vector(d, d->reg, d->width);
        break;
    default: /* shifts by a number */
        o[n++] = vector(d, d->vvvv, d->width);
        o[n++] = register_or_memory(d, d->width);
    }
    return n;
}

/* All but the number is read. */
static bool put_row(GString *out, Decoder *d, const Row *row)
{
    d->number = has_number(row->form) ? read_byte(d) : 0;
    if (d->is_short) {
        return false;
    }
    char name[32];
    bool shows_number = has_number(row->form);
    make_name(d, row, name, &shows_number);
    Operand operands[4];
    size_t n = make_operands(d, row->form, operands);
    add_mask(d, &operands[0]);
    if (shows_number) {
        operands[n++] = number_of(d);
    }
    put(out, d, name, operands, n);
    return true;
}

static bool put_vector(GString *out, Decoder *d)
{
    d->at = 1;
    uint8_t p0 = read_byte(d);
    uint8_t p1 = read_byte(d);
    uint8_t p2 = read_byte(d);
    uint8_t opcode = read_byte(d);
    uint8_t modrm = read_byte(d);
    unsigned high = ~p0 & 0xf0u; /* R, X, B, R' */
    if (d->is_short || (p0 & 8) != 0 || (p1 & 4) == 0 || (p2 & 0x60) == 0x60) {
        return false;
    }
    d->w = p1 >> 7;
    const Row *row = find_row(p0 & 7, p1 & 3, d->w, opcode, modrm);
    if (row == NULL) {
        return false;
    }
    d->width = 16u << ((p2 >> 5) & 3);
    d->mask = p2 & 7;
    d->zeroes = (p2 & 0x80) != 0;
    d->reg = ((modrm >> 3) & 7u) | (high >> 7 & 1) << 3 | (high >> 4 & 1) << 4;
    d->vvvv = ((~p1 >> 3) & 15u) | (~p2 & 8u) << 1;
    d->rm = (modrm & 7u) | (high >> 5 & 1) << 3 | (high >> 6 & 1) << 4;
    d->base = (modrm & 7u) | (high >> 5 & 1) << 3;
    d->element_bytes = row->memory == FHALF || d->w == 0 ? 4 : 8;
    d->memory_bytes = bytes_of(d, row->memory);
    bool can_repeat = row->memory == FULL || row->memory == FHALF;
    bool is_register = modrm >> 6 == 3;
    d->repeats = (p2 & 0x10) != 0;
    /* Rounding is said by the same bit, of registers. */
    bool is_register_only = row->form == RG || row->form == KR || row->form == RK;
    if ((d->repeats && (is_register || !can_repeat)) || (is_register_only && !is_register)) {
        return false;
    }
    unsigned unit = d->repeats ? d->element_bytes : d->memory_bytes;
    unit = row->memory >= E1 ? 1u << (row->memory - E1) : unit;
    read_operand(d, modrm, (high >> 5 & 1) << 3, (high >> 6 & 1) << 3, unit);
    return put_row(out, d, row);
}

/* --- masks ---------------------------------------------------------------------------------- */

/* Names of 0F 41 to 4B by opcode, where there are three masks. */
static const char *logic_name(uint8_t opcode)
{
    static const char *const names[] = {[0x41 - 0x40] = "kand",  [0x42 - 0x40] = "kandn",
                                        [0x44 - 0x40] = "knot",  [0x45 - 0x40] = "kor",
                                        [0x46 - 0x40] = "kxnor", [0x47 - 0x40] = "kxor",
                                        [0x4a - 0x40] = "kadd",  [0x4b - 0x40] = "kunpck"};
    return opcode >= 0x40 && opcode < 0x40 + G_N_ELEMENTS(names) ? names[opcode - 0x40] : NULL;
}

static bool put_mask_move(GString *out, Decoder *d, uint8_t opcode, unsigned prefix)
{
    static const unsigned bytes[2][2] = {{2, 1}, {8, 4}};
    static const char letters[] = " bw d   q";
    if (prefix > 1 && opcode < 0x92) {
        return false;
    }
    unsigned size = opcode >= 0x92 ? (prefix == 3   ? (d->w != 0 ? 8 : 4)
                                      : prefix == 1 ? 1
                                                    : 2)
                                   : bytes[d->w][prefix];
    char name[8];
    g_snprintf(name, sizeof name, "kmov%c", letters[size]);
    d->memory_bytes = size;
    Operand mask = mask_register(d, opcode == 0x93 ? d->rm : d->reg);
    Operand operands[2] = {mask, mask};
    if (opcode == 0x90) {
        operands[1] = d->is_memory ? memory(d) : mask_register(d, d->rm);
    } else if (opcode == 0x91 && d->is_memory) {
        operands[0] = memory(d);
    } else if (opcode == 0x92 && !d->is_memory) {
        operands[1] = general(d, d->base, size == 8);
    } else if (opcode == 0x93 && !d->is_memory) {
        operands[0] = general(d, d->reg, size == 8);
    } else {
        return false;
    }
    put(out, d, name, operands, 2);
    return true;
}

/* Logic of two or three masks, tests, shifts. */
static bool put_mask_logic(GString *out, Decoder *d, unsigned map, uint8_t opcode, unsigned prefix)
{
    static const char sizes[2][2] = {{'w', 'b'}, {'q', 'd'}};
    const char *logic = logic_name(opcode);
    char name[16];
    Operand operands[3] = {mask_register(d, d->reg), mask_register(d, d->rm)};
    size_t n = 2;
    if (map == 3 && opcode >= 0x30 && opcode <= 0x33 && prefix == 1) {
        char size = opcode & 1 ? (d->w != 0 ? 'q' : 'd') : d->w != 0 ? 'w' : 'b';
        g_snprintf(name, sizeof name, "kshift%c%c", opcode < 0x32 ? 'r' : 'l', size);
        d->number = read_byte(d);
        operands[n++] = number_of(d);
    } else if (map != 1 || prefix > 1 || d->is_memory) {
        return false;
    } else if (opcode == 0x98 || opcode == 0x99) {
        g_snprintf(name, sizeof name, "%s%c", opcode == 0x98 ? "kortest" : "ktest",
                   sizes[d->w][prefix]);
    } else if (logic != NULL && opcode == 0x4b) {
        g_snprintf(name, sizeof name, "%s%s", logic, d->w != 0 ? "dq" : prefix == 1 ? "bw" : "wd");
    } else if (logic != NULL) {
        g_snprintf(name, sizeof name, "%s%c", logic, sizes[d->w][prefix]);
    } else {
        return false;
    }
    if (logic != NULL && map == 1 && opcode != 0x44) {
        operands[n++] = operands[1];
        operands[1] = mask_register(d, d->vvvv);
    }
    if (d->is_short || d->is_memory) {
        return false;
    }
    put(out, d, name, operands, n);
    return true;
}

/* Vectors of 32 bytes that capstone 4 does not know, in VEX as well. */
static bool put_vex(GString *out, Decoder *d, unsigned map, uint8_t opcode, unsigned prefix)
{
    static const Row vex_rows[] = {
        {2, 1, 0, 0x5a, "vbroadcasti128", RX, N16}, {2, 1, 2, 0xdc, "vaesenc", RVM, WHOLE},
        {2, 1, 2, 0xdd, "vaesenclast", RVM, WHOLE}, {2, 1, 2, 0xde, "vaesdec", RVM, WHOLE},
        {2, 1, 2, 0xdf, "vaesdeclast", RVM, WHOLE}, {3, 1, 2, 0x44, "vpclmulqdq", RVMI, WHOLE},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(vex_rows); i++) {
        const Row *r = &vex_rows[i];
        if (r->map == map && r->prefix == prefix && r->opcode == opcode && d->width == 32) {
            d->rm = d->base;
            d->memory_bytes = bytes_of(d, r->memory);
            return put_row(out, d, r);
        }
    }
    return false;
}

static bool put_by_vex(GString *out, Decoder *d)
{
    bool is_long = read_byte(d) == 0xc4;
    uint8_t first = read_byte(d);
    uint8_t second = is_long ? read_byte(d) : first;
    uint8_t opcode = read_byte(d);
    uint8_t modrm = read_byte(d);
    unsigned map = is_long ? first & 31 : 1;
    unsigned base_bit = is_long && (first & 0x20) == 0 ? 8 : 0;
    bool is_mask = (map == 1 && (opcode >> 4 == 4 || (opcode >= 0x90 && opcode <= 0x99))) ||
                   (map == 3 && opcode >> 4 == 3);
    bool is_vector = is_long && (map == 2 || (map == 3 && opcode == 0x44));
    if (d->is_short || (!is_mask && !is_vector)) {
        return false;
    }
    d->w = is_long ? second >> 7 : 0;
    d->reg = ((modrm >> 3) & 7u) | ((first & 0x80) == 0 ? 8 : 0);
    d->vvvv = (~second >> 3) & 15u;
    d->width = 16u << ((second >> 2) & 1);
    d->rm = modrm & 7u;
    d->base = d->rm | base_bit;
    read_operand(d, modrm, base_bit, is_long && (first & 0x40) == 0 ? 8 : 0, 1);
    if (d->is_short) {
        return false;
    }
    if (is_vector) {
        return put_vex(out, d, map, opcode, second & 3);
    }
    bool is_move = map == 1 && opcode >= 0x90 && opcode <= 0x93;
    return is_move ? put_mask_move(out, d, opcode, second & 3)
                   : put_mask_logic(out, d, map, opcode, second & 3);
}

/* --- other ---------------------------------------------------------------------------------- */

/* rdssp, incssp: f3 [rex] 0f, 1e or ae, modrm */
static bool put_shadow_stack(GString *out, Decoder *d)
{
    d->at = 1;
    uint8_t byte = read_byte(d);
    uint8_t rex = (byte & 0xf0) == 0x40 ? byte : 0;
    byte = rex != 0 ? read_byte(d) : byte;
    uint8_t opcode = read_byte(d);
    uint8_t modrm = read_byte(d);
    bool reads = opcode == 0x1e && (modrm & 0xf8) == 0xc8;
    bool counts = opcode == 0xae && (modrm & 0xf8) == 0xe8;
    if (d->is_short || byte != 0x0f || (!reads && !counts)) {
        return false;
    }
    bool is_64 = (rex & 8) != 0;
    const char *name = reads ? (is_64 ? "rdsspq" : "rdsspd") : is_64 ? "incsspq" : "incsspd";
    Operand operand = general(d, (modrm & 7u) | (rex & 1u) << 3, is_64);
    put(out, d, name, &operand, 1);
    return true;
}

static bool put_protection_key(GString *out, Decoder *d)
{
    static const uint8_t bytes[] = {0x0f, 0x01, 0xee};
    d->at = sizeof bytes;
    if (d->n < sizeof bytes || memcmp(d->code, bytes, 2) != 0 || (d->code[2] | 1) != 0xef) {
        return false;
    }
    g_string_append(out, d->code[2] == 0xee ? "rdpkru" : "wrpkru");
    return true;
}

size_t cpa_asm_evex(GString *out, const CpaAsmContext *context, const uint8_t *code, size_t n,
                    uint64_t address, bool intel)
{
    Decoder d = {.context = context, .code = code, .n = n, .address = address, .is_intel = intel};
    gsize start = out->len;
    bool known = false;
    switch (n > 0 ? *code : 0) {
    case 0x62:
        known = put_vector(out, &d);
        break;
    case 0xc4:
    case 0xc5:
        known = put_by_vex(out, &d);
        break;
    case 0xf3:
        known = put_shadow_stack(out, &d);
        break;
    case 0x0f:
        known = put_protection_key(out, &d);
        break;
    default:
        break;
    }
    if (!known) {
        g_string_truncate(out, start);
    }
    return known ? d.at : 0;
}

#endif
