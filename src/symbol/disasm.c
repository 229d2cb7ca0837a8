/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop over the bytes, and which machine needs what.
 */
#include "symbol/disasm.h"

#include <elf.h>
#include <string.h>

#include "symbol/asmtext.h"

typedef struct {
    unsigned machine; /* of <elf.h> */
    const char *name;
#ifdef HAVE_CAPSTONE
    cs_arch arch;
    int mode_32;
    int mode_64;
    size_t step; /* bytes of what is no instruction */
    void (*put)(GString *out, const CpaAsmContext *context, const cs_insn *insn);
    void (*put_intel)(GString *out, const CpaAsmContext *context, const cs_insn *insn);
#endif
} Machine;

#ifdef HAVE_CAPSTONE
#define MACHINE(machine, name, ...) {machine, name, __VA_ARGS__},
#else
#define MACHINE(machine, name, ...) {machine, name},
#endif

/* clang-format off */
static const Machine machines[] = {
    MACHINE(EM_X86_64, "x86-64", CS_ARCH_X86, CS_MODE_32, CS_MODE_64, 1, cpa_asm_x86_att, cpa_asm_x86_intel)
    MACHINE(EM_386, "x86", CS_ARCH_X86, CS_MODE_32, CS_MODE_32, 1, cpa_asm_x86_att, cpa_asm_x86_intel)
    MACHINE(EM_AARCH64, "aarch64", CS_ARCH_ARM64, CS_MODE_ARM, CS_MODE_ARM, 4, cpa_asm_arm64, NULL)
    MACHINE(EM_ARM, "arm", CS_ARCH_ARM, CS_MODE_ARM, CS_MODE_ARM, 4, cpa_asm_other, NULL)
    MACHINE(EM_PPC64, "ppc64", CS_ARCH_PPC, CS_MODE_32, CS_MODE_64, 4, cpa_asm_other, NULL)
    MACHINE(EM_S390, "s390x", CS_ARCH_SYSZ, 0, 0, 2, cpa_asm_other, NULL)
    MACHINE(EM_MIPS, "mips", CS_ARCH_MIPS, CS_MODE_MIPS32, CS_MODE_MIPS64, 4, cpa_asm_other, NULL)
};
/* clang-format on */

static const Machine *find_machine(unsigned machine)
{
    for (size_t i = 0; i < G_N_ELEMENTS(machines); i++) {
        if (machines[i].machine == machine) {
            return &machines[i];
        }
    }
    return NULL;
}

char *cpa_machine_name(CpaMachine machine)
{
    const Machine *m = find_machine(machine.machine);
    return m != NULL ? g_strdup(m->name) : g_strdup_printf("machine %u", machine.machine);
}

#ifdef HAVE_CAPSTONE

struct CpaDisasm {
    CpaAsmContext context;
    const Machine *machine;
    bool is_intel;
    bool is_64;
    bool is_big;
    cs_insn *insn;
    GString *text;
};

CpaDisasm *cpa_disasm_new(CpaMachine machine, bool intel, CpaNameFunc name, gpointer name_data,
                          GError **error)
{
    const Machine *m = find_machine(machine.machine);
    if (m == NULL) {
        g_autofree char *text = cpa_machine_name(machine);
        cpa_error_set(error, CPA_ERROR_UNSUPPORTED, "code of %s is not disassembled here", text);
        return NULL;
    }
    const CpaCapstoneLib *cs = cpa_capstone_lib(error);
    if (cs == NULL) {
        return NULL;
    }
    CpaDisasm *d = g_new0(CpaDisasm, 1);
    d->machine = m;
    d->is_intel = intel && m->put_intel != NULL;
    d->is_64 = machine.is_64;
    d->is_big = machine.is_big;
    d->context = (CpaAsmContext){.cs = cs, .name = name, .name_data = name_data};
    int mode = machine.is_64 ? m->mode_64 : m->mode_32;
    mode = machine.is_big ? (int)((unsigned)mode | (unsigned)CS_MODE_BIG_ENDIAN) : mode;
    cs_err problem = cs->cs_open(m->arch, (cs_mode)mode, &d->context.handle);
    if (problem != CS_ERR_OK) {
        cpa_error_set(error, CPA_ERROR_UNSUPPORTED, "this capstone does not disassemble %s: %s",
                      m->name, cs->cs_strerror(problem));
        g_free(d);
        return NULL;
    }
    cs->cs_option(d->context.handle, CS_OPT_DETAIL, CS_OPT_ON);
    if (m->put_intel != NULL && !d->is_intel) {
        cs->cs_option(d->context.handle, CS_OPT_SYNTAX, CS_OPT_SYNTAX_ATT);
    }
    d->insn = cs->cs_malloc(d->context.handle);
    d->text = g_string_new(NULL);
    return d;
}

void cpa_disasm_free(CpaDisasm *d)
{
    if (d != NULL) {
        d->context.cs->cs_free(d->insn, 1);
        d->context.cs->cs_close(&d->context.handle);
        g_string_free(d->text, TRUE);
        g_free(d);
    }
}

/* What is no instruction. */
static size_t put_bad(CpaDisasm *d, const uint8_t *code, size_t n)
{
    size_t step = MIN(d->machine->step, n);
    if (d->machine->arch == CS_ARCH_X86) {
        g_string_append(d->text, "(bad)");
        return cpa_asm_x86_bad_size(code, n, d->is_64);
    }
    if (step == 4) {
        uint32_t word = 0;
        memcpy(&word, code, sizeof word);
        word = d->is_big ? GUINT32_FROM_BE(word) : GUINT32_FROM_LE(word);
        if (d->machine->arch == CS_ARCH_ARM64 && cpa_asm_arm64_bare(d->text, word)) {
            return step;
        }
        g_string_append_printf(d->text, ".inst\t0x%08x ; undefined", word);
    } else {
        g_string_append(d->text, ".byte\t");
        for (size_t i = 0; i < step; i++) {
            g_string_append_printf(d->text, "%s0x%02x", i > 0 ? ", " : "", code[i]);
        }
    }
    return step;
}

void cpa_disasm_run(CpaDisasm *d, const uint8_t *code, size_t n, uint64_t address,
                    CpaInstructionFunc each, gpointer data)
{
    const CpaCapstoneLib *cs = d->context.cs;
    while (n > 0) {
        const uint8_t *at = code;
        size_t left = n;
        uint64_t next = address;
        g_string_truncate(d->text, 0);
        bool is_x86_64 = d->machine->arch == CS_ARCH_X86 && d->is_64;
        size_t size =
            is_x86_64 ? cpa_asm_evex(d->text, &d->context, code, n, address, d->is_intel) : 0;
        if (size > 0) {
            /* Of what capstone knows little. */
        } else if (cs->cs_disasm_iter(d->context.handle, &at, &left, &next, d->insn) &&
                   d->insn->size > 0) {
            size = MIN(d->insn->size, n);
            (d->is_intel ? d->machine->put_intel : d->machine->put)(d->text, &d->context, d->insn);
        } else {
            size = put_bad(d, code, n);
        }
        each(address, size, d->text->str, data);
        code += size;
        address += size;
        n -= size;
    }
}

/* --- what the dialects share ---------------------------------------------------------------- */

void cpa_asm_put_address(GString *out, const CpaAsmContext *context, uint64_t address)
{
    g_string_append_printf(out, "%" G_GINT64_MODIFIER "x", address);
    int64_t offset = 0;
    const char *name =
        context->name != NULL ? context->name(address, &offset, context->name_data) : NULL;
    if (name != NULL && offset == 0) {
        g_string_append_printf(out, " <%s>", name);
    } else if (name != NULL) {
        g_string_append_printf(out, " <%s%c0x%" G_GINT64_MODIFIER "x>", name,
                               offset < 0 ? '-' : '+',
                               offset < 0 ? 0 - (uint64_t)offset : (uint64_t)offset);
    }
}

int64_t cpa_asm_read_number(const char **at)
{
    const char *p = *at;
    bool is_negative = *p == '-';
    p += is_negative;
    char *end = NULL;
    uint64_t value = g_ascii_strtoull(p, &end, p[0] == '0' && p[1] == 'x' ? 16 : 10);
    *at = end;
    return (int64_t)(is_negative ? 0 - value : value);
}

void cpa_asm_other(GString *out, const CpaAsmContext *context, const cs_insn *insn)
{
    (void)context;
    g_string_append(out, insn->mnemonic);
    if (insn->op_str[0] != '\0') {
        g_string_append_printf(out, "\t%s", insn->op_str);
    }
}

#else

CpaDisasm *cpa_disasm_new(CpaMachine machine, bool intel, CpaNameFunc name, gpointer name_data,
                          GError **error)
{
    (void)machine;
    (void)intel;
    (void)name;
    (void)name_data;
    cpa_error_set(error, CPA_ERROR_UNSUPPORTED,
                  "this cpa was built without capstone and does not disassemble; -addresses counts "
                  "by instruction");
    return NULL;
}

void cpa_disasm_free(CpaDisasm *disasm)
{
    g_assert(disasm == NULL);
}

void cpa_disasm_run(CpaDisasm *disasm, const uint8_t *code, size_t n, uint64_t address,
                    CpaInstructionFunc each, gpointer data)
{
    (void)disasm;
    (void)code;
    (void)n;
    (void)address;
    (void)each;
    (void)data;
    g_assert_not_reached();
}

#endif
