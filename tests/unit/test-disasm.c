/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Instructions as text: bytes against what GNU objdump prints for them at address 0x1000.
 */
#include "symbol/disasm.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *bytes;
    const char *att;
    const char *intel; /* or NULL: not compared */
} Case;

static const Case x86_cases[] = {
    {"55", "push   %rbp", "push   rbp"},
    {"48 83 ec 10", "sub    $0x10,%rsp", "sub    rsp,0x10"},
    {"48 81 c4 80 ff ff ff", "add    $0xffffffffffffff80,%rsp", "add    rsp,0xffffffffffffff80"},
    {"83 c0 ff", "add    $0xffffffff,%eax", "add    eax,0xffffffff"},
    {"80 38 ff", "cmpb   $0xff,(%rax)", "cmp    BYTE PTR [rax],0xff"},
    {"be 01 00 00 00", "mov    $0x1,%esi", "mov    esi,0x1"},
    {"c7 44 24 08 00 00 00 00", "movl   $0x0,0x8(%rsp)", "mov    DWORD PTR [rsp+0x8],0x0"},
    {"66 2e 0f 1f 84 00 00 00 00 00", "cs nopw 0x0(%rax,%rax,1)",
     "cs nop WORD PTR [rax+rax*1+0x0]"},
    {"66 66 2e 0f 1f 84 00 00 00 00 00", "data16 cs nopw 0x0(%rax,%rax,1)",
     "data16 cs nop WORD PTR [rax+rax*1+0x0]"},
    {"0f 1f 40 00", "nopl   0x0(%rax)", "nop    DWORD PTR [rax+0x0]"},
    {"66 90", "xchg   %ax,%ax", "xchg   ax,ax"},
    {"90", "nop", "nop"},
    {"f3 c3", "repz ret", "repz ret"},
    {"3e ff e0", "notrack jmp *%rax", "notrack jmp rax"},
    {"f3 48 ab", "rep stos %rax,%es:(%rdi)", "rep stos QWORD PTR es:[rdi],rax"},
    {"f3 a6", "repz cmpsb %es:(%rdi),%ds:(%rsi)", "repz cmps BYTE PTR ds:[rsi],BYTE PTR es:[rdi]"},
    {"f0 0f b1 10", "lock cmpxchg %edx,(%rax)", "lock cmpxchg DWORD PTR [rax],edx"},
    {"64 48 8b 0c 25 f8 ff ff ff", "mov    %fs:0xfffffffffffffff8,%rcx",
     "mov    rcx,QWORD PTR fs:0xfffffffffffffff8"},
    {"48 8d 0c c5 00 00 00 00", "lea    0x0(,%rax,8),%rcx", "lea    rcx,[rax*8+0x0]"},
    {"8d 4c 09 01", "lea    0x1(%rcx,%rcx,1),%ecx", "lea    ecx,[rcx+rcx*1+0x1]"},
    {"48 8d 05 90 ff ff ff", "lea    -0x70(%rip),%rax        # f97 <here>",
     "lea    rax,[rip+0xffffffffffffff90]        # f97 <here>"},
    {"f2 0f 2a c0", "cvtsi2sd %eax,%xmm0", "cvtsi2sd xmm0,eax"},
    {"66 48 0f 6e c0", "movq   %rax,%xmm0", "movq   xmm0,rax"},
    {"48 c1 e8 03", "shr    $0x3,%rax", "shr    rax,0x3"},
    {"d1 f8", "sar    %eax", "sar    eax,1"},
    {"d3 20", "shll   %cl,(%rax)", "shl    DWORD PTR [rax],cl"},
    {"6a ff", "push   $0xffffffffffffffff", "push   0xffffffffffffffff"},
    {"48 b8 80 80 80 80 80 80 80 80", "movabs $0x8080808080808080,%rax",
     "movabs rax,0x8080808080808080"},
    {"e8 00 00 00 00", "call   1005 <here+0x6e>", "call   1005 <here+0x6e>"},
    {"e8 fb fe ff ff", "call   f00 <here-0x97>", "call   f00 <here-0x97>"},
    {"72 10", "jb     1012 <here+0x7b>", "jb     1012 <here+0x7b>"},
    {"ff 15 e2 2f 00 00", "call   *0x2fe2(%rip)        # 3fe8 <here+0x3051>", NULL},
    {"48 0f 42 c1", "cmovb  %rcx,%rax", "cmovb  rax,rcx"},
    {"48 0f 4c c1", "cmovl  %rcx,%rax", "cmovl  rax,rcx"},
    {"0f 94 c0", "sete   %al", "sete   al"},
    {"0f b6 00", "movzbl (%rax),%eax", "movzx  eax,BYTE PTR [rax]"},
    {"48 0f bf 03", "movswq (%rbx),%rax", "movsx  rax,WORD PTR [rbx]"},
    {"48 98", "cltq", "cdqe"},
    {"f6 05 11 22 33 00 01", "testb  $0x1,0x332211(%rip)        # 333218 <here+0x332281>", NULL},
    {"66 0f ef c0", "pxor   %xmm0,%xmm0", "pxor   xmm0,xmm0"},
    {"0f 0b", "ud2", "ud2"},
    {"66 66 66 64 48 8b 04 25 00 00 00 00", "data16 data16 data16 mov %fs:0x0,%rax", NULL},
    {"91", "xchg   %eax,%ecx", "xchg   ecx,eax"},
    {"87 0a", "xchg   %ecx,(%rdx)", "xchg   DWORD PTR [rdx],ecx"},
    {"c1 c5 01", "rol    $0x1,%ebp", "rol    ebp,0x1"},
    {"d1 c5", "rol    %ebp", "rol    ebp,1"},
    {"9b", "fwait", "fwait"},
    {"48 0f c7 f0", "rdrand %rax", "rdrand rax"},
    {"66 0f 3a 44 c8 00", "pclmullqlqdq %xmm0,%xmm1", "pclmullqlqdq xmm1,xmm0"},
    {"c4 e3 71 44 d0 11", "vpclmulhqhqdq %xmm0,%xmm1,%xmm2", "vpclmulhqhqdq xmm2,xmm1,xmm0"},
    {"66 0f 2f 50 08", "comisd 0x8(%rax),%xmm2", "comisd xmm2,QWORD PTR [rax+0x8]"},
    {"0f 2f 50 08", "comiss 0x8(%rax),%xmm2", "comiss xmm2,DWORD PTR [rax+0x8]"},
    {"d8 ca", "fmul   %st(2),%st", "fmul   st,st(2)"},
    {"d8 d2", "fcom   %st(2)", "fcom   st(2)"},
    {"dc ca", "fmul   %st,%st(2)", "fmul   st(2),st"},
    {"de f9", "fdivrp %st,%st(1)", "fdivp  st(1),st"},
    {"df e9", "fucomip %st(1),%st", "fucomip st,st(1)"},
    {"db f2", "fcomi  %st(2),%st", "fcomi  st,st(2)"},
    {"da c1", "fcmovb %st(1),%st", "fcmovb st,st(1)"},
    {"d9 c9", "fxch   %st(1)", "fxch   st(1)"},
    {"dd d9", "fstp   %st(1)", "fstp   st(1)"},
    {"da e9", "fucompp", "fucompp"},
    {"06", "(bad)", "(bad)"},
    {"0f 01 ee", "rdpkru", "rdpkru"},
    {"0f 01 ef", "wrpkru", "wrpkru"},
    {"f3 48 0f 1e c8", "rdsspq %rax", "rdsspq rax"},
    {"f3 0f 1e ca", "rdsspd %edx", "rdsspd edx"},
    {"f3 49 0f ae ec", "incsspq %r12", "incsspq r12"},
    {"0f ae e8", "lfence", "lfence"},
    {"f3 0f 1e fa", "endbr64", "endbr64"},
    {"67 e8 00 00 00 00", "addr32 call 1006 <here+0x6f>", "addr32 call 1006 <here+0x6f>"},
    /* AVX-512 */
    {"62 f2 7d 48 8d c4", "vpermb %zmm4,%zmm0,%zmm0", "vpermb zmm0,zmm0,zmm4"},
    {"62 b1 f5 40 ef 4c 17 fe", "vpxorq -0x80(%rdi,%r10,1),%zmm17,%zmm1",
     "vpxorq zmm1,zmm17,ZMMWORD PTR [rdi+r10*1-0x80]"},
    {"62 f3 7d 20 3f 47 01 04", "vpcmpneqb 0x20(%rdi),%ymm16,%k0",
     "vpcmpneqb k0,ymm16,YMMWORD PTR [rdi+0x20]"},
    {"62 f3 7d 48 3f c1 03", "vpcmpb $0x3,%zmm1,%zmm0,%k0", "vpcmpb k0,zmm0,zmm1,0x3"},
    {"62 f3 65 ab 25 e2 01", "vpternlogd $0x1,%ymm2,%ymm3,%ymm4{%k3}{z}",
     "vpternlogd ymm4{k3}{z},ymm3,ymm2,0x1"},
    {"62 f1 75 58 fe 40 04", "vpaddd 0x10(%rax){1to16},%zmm1,%zmm0",
     "vpaddd zmm0,zmm1,DWORD BCST [rax+0x10]"},
    {"62 e1 7f 49 7f 00", "vmovdqu8 %zmm16,(%rax){%k1}", "vmovdqu8 ZMMWORD PTR [rax]{k1},zmm16"},
    {"62 f1 7c 48 28 05 10 00 00 00", "vmovaps 0x10(%rip),%zmm0        # 101a <here+0x83>",
     "vmovaps zmm0,ZMMWORD PTR [rip+0x10]        # 101a <here+0x83>"},
    {"62 f2 7d 49 8b 48 01", "vpcompressd %zmm1,0x4(%rax){%k1}",
     "vpcompressd ZMMWORD PTR [rax+0x4]{k1},zmm1"},
    {"c5 fb 93 c1", "kmovd  %k1,%eax", "kmovd  eax,k1"},
    {"c4 e1 f8 91 50 10", "kmovq  %k2,0x10(%rax)", "kmovq  QWORD PTR [rax+0x10],k2"},
    {"c4 e1 f9 98 d9", "kortestd %k1,%k3", "kortestd k3,k1"},
    {"c4 e1 e4 4b da", "kunpckdq %k2,%k3,%k3", "kunpckdq k3,k3,k2"},
    {"c4 e3 79 32 d1 03", "kshiftlb $0x3,%k1,%k2", "kshiftlb k2,k1,0x3"},
    {"c4 42 7d 5a 3a", "vbroadcasti128 (%r10),%ymm15", "vbroadcasti128 ymm15,XMMWORD PTR [r10]"},
    {"62 f2 7d 48", "(bad); bnd jge 104c <here+0xb5>", NULL}, /* cut off */
    {"62 f2 fd 48 2d c1", "(bad)", NULL}, /* of one number, which nobody knows: as one line */
};

static const Case arm64_cases[] = {
    {"fd 7b be a9", "stp\tx29, x30, [sp, #-32]!", NULL},
    {"fd 7b c2 a8", "ldp\tx29, x30, [sp], #32", NULL},
    {"00 40 00 91", "add\tx0, x0, #0x10", NULL},
    {"20 08 40 f9", "ldr\tx0, [x1, #16]", NULL},
    {"40 00 00 54", "b.eq\t1008 <here+0x71>  // b.none", NULL},
    {"43 00 00 54", "b.cc\t1008 <here+0x71>  // b.lo, b.ul, b.last", NULL},
    {"02 00 00 94", "bl\t1008 <here+0x71>", NULL},
    {"80 00 00 b4", "cbz\tx0, 1010 <here+0x79>", NULL},
    {"e0 03 01 aa", "mov\tx0, x1", NULL},
    {"c0 03 5f d6", "ret", NULL},
    {"20 fc 41 d3", "lsr\tx0, x1, #1", NULL},
    {"20 0c 02 8b", "add\tx0, x1, x2, lsl #3", NULL},
    {"e2 23 06 91", "add\tx2, sp, #0x188", NULL},
    {"40 01 20 36", "tbz\tw0, #4, 1028 <here+0x91>", NULL},
    {"20 f0 7d 92", "and\tx0, x1, #0xfffffffffffffff8", NULL},
    {"20 6c 1c 12", "and\tw0, w1, #0xfffffff0", NULL},
    {"20 00 80 d2", "mov\tx0, #0x1                   \t// #1", NULL},
    {"00 00 80 12", "mov\tw0, #0xffffffff            \t// #-1", NULL},
    {"e8 c3 00 b2", "mov\tx8, #0x101010101010101     \t// #72340172838076673", NULL},
    {"80 46 82 f2", "movk\tx0, #0x1234", NULL},
    {"80 46 c2 f2", "movk\tx0, #0x1234, lsl #32", NULL},
    {"00 00 a0 d2", "movz\tx0, #0x0, lsl #16", NULL},
    {"e3 03 40 b2", "orr\tx3, xzr, #0x1", NULL},
    {"e4 03 84 1a", "csel\tw4, wzr, w4, eq\t// eq = none", NULL},
    {"63 94 83 9a", "cinc\tx3, x3, hi\t// hi = pmore", NULL},
    {"20 10 42 fa", "ccmp\tx1, x2, #0x0, ne\t// ne = any", NULL},
    {"20 20 42 fa", "ccmp\tx1, x2, #0x0, cs\t// cs = hs, nlast", NULL},
    {"81 00 00 58", "ldr\tx1, 1010 <here+0x79>", NULL},
    {"09 d0 6f 1e", "fmov\td9, #1.875000000000000000e+00", NULL},
    {"01 98 20 4e", "cmeq\tv1.16b, v0.16b, #0", NULL},
    {"00 7c df 4c", "ld1\t{v0.2d}, [x0], #16", NULL},
    {"00 2c df 4c", "ld1\t{v0.2d-v3.2d}, [x0], #64", NULL},
    {"e0 1e 18 4e", "mov\tv0.d[1], x23", NULL},
    {"41 fc e0 88", "casal\tw0, w1, [x2]", NULL},
    {"41 7c a0 08", "casb\tw0, w1, [x2]", NULL},
    {"20 00 e0 f8", "ldaddal\tx0, x0, [x1]", NULL},
    {"3f 00 20 b8", "stadd\tw0, [x1]", NULL},
    {"e0 83 60 78", "swplh\tw0, w0, [sp]", NULL},
    {"5f 24 03 d5", "bti\tc", NULL},
    {"3f 23 03 d5", "paciasp", NULL},
    {"07 00 00 00", "udf\t#7", NULL},
    {"ff ff ff ff", ".inst\t0xffffffff ; undefined", NULL},
    {"ff ff", ".byte\t0xff, 0xff", NULL},
};

static const char *name(uint64_t address, int64_t *offset, gpointer data)
{
    (void)data;
    if (address < 0xf00) {
        return NULL;
    }
    *offset = (int64_t)address - 0xf97;
    return "here";
}

typedef struct {
    GString *text;
    uint64_t next;
    size_t n;
} Taken;

static void take(uint64_t address, size_t size, const char *text, gpointer data)
{
    Taken *taken = data;
    g_assert_cmpuint(address, ==, taken->next);
    g_assert_cmpuint(size, >, 0);
    taken->next = address + size;
    taken->n++;
    g_string_append_printf(taken->text, "%s%s", taken->text->len > 0 ? "; " : "", text);
}

static size_t parse_bytes(const char *text, uint8_t bytes[32])
{
    size_t n = 0;
    for (char *end = NULL; *text != '\0'; text = end) {
        bytes[n++] = (uint8_t)strtoul(text, &end, 16);
    }
    return n;
}

static void check(CpaDisasm *disasm, const char *hex, const char *expected)
{
    uint8_t bytes[32];
    size_t n = parse_bytes(hex, bytes);
    g_autoptr(GString) text = g_string_new(NULL);
    Taken taken = {.text = text, .next = 0x1000};
    cpa_disasm_run(disasm, bytes, n, 0x1000, take, &taken);
    g_assert_cmpstr(text->str, ==, expected);
    g_assert_cmpuint(taken.next, ==, 0x1000 + n);
}

/* NULL, the test skipped, where this build has no capstone or it is not installed. */
static CpaDisasm *open_disasm(unsigned machine, bool intel)
{
    g_autoptr(GError) error = NULL;
    CpaMachine m = {.machine = machine, .is_64 = true};
    CpaDisasm *disasm = cpa_disasm_new(m, intel, name, NULL, &error);
    if (disasm == NULL) {
        g_assert_error(error, CPA_ERROR, CPA_ERROR_UNSUPPORTED);
        g_assert_nonnull(strstr(error->message, "capstone"));
        g_test_skip("no capstone");
    }
    return disasm;
}

static void test_att(void)
{
    g_autoptr(CpaDisasm) disasm = open_disasm(EM_X86_64, false);
    for (size_t i = 0; disasm != NULL && i < G_N_ELEMENTS(x86_cases); i++) {
        check(disasm, x86_cases[i].bytes, x86_cases[i].att);
    }
}

static void test_intel(void)
{
    g_autoptr(CpaDisasm) disasm = open_disasm(EM_X86_64, true);
    for (size_t i = 0; disasm != NULL && i < G_N_ELEMENTS(x86_cases); i++) {
        if (x86_cases[i].intel != NULL) {
            check(disasm, x86_cases[i].bytes, x86_cases[i].intel);
        }
    }
}

static void test_arm64(void)
{
    g_autoptr(CpaDisasm) disasm = open_disasm(EM_AARCH64, false);
    for (size_t i = 0; disasm != NULL && i < G_N_ELEMENTS(arm64_cases); i++) {
        check(disasm, arm64_cases[i].bytes, arm64_cases[i].att);
    }
}

static void test_unknown_machine(void)
{
    g_autoptr(GError) error = NULL;
    CpaMachine vax = {.machine = 75};
    g_assert_null(cpa_disasm_new(vax, false, NULL, NULL, &error));
    g_assert_error(error, CPA_ERROR, CPA_ERROR_UNSUPPORTED);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/disasm/att", test_att);
    g_test_add_func("/disasm/intel", test_intel);
    g_test_add_func("/disasm/arm64", test_arm64);
    g_test_add_func("/disasm/unknown-machine", test_unknown_machine);
    return g_test_run();
}
