/* SPDX-License-Identifier: Apache-2.0 */
/* Machine code: the first byte chooses machine and syntax, all that follows is code. */
#include <elf.h>
#include <string.h>

#include "harness.h"
#include "symbol/disasm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const unsigned machines[] = {EM_X86_64, EM_AARCH64, EM_386,  EM_ARM,
                                    EM_PPC64,  EM_S390,    EM_MIPS, EM_RISCV};

static const char *name(uint64_t address, int64_t *offset, gpointer data)
{
    (void)data;
    *offset = (int64_t)(address & 15) - 1;
    return address % 3 == 0 ? NULL : "symbol";
}

/* Instructions follow each other without gaps, and each has a text of one line. */
static void take(uint64_t address, size_t size, const char *text, gpointer data)
{
    uint64_t *next = data;
    g_assert_cmpuint(address, ==, *next);
    g_assert_cmpuint(size, >, 0);
    g_assert_cmpint(*text, !=, '\0');
    g_assert_null(strchr(text, '\n'));
    *next = address + size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > 65536) {
        return 0;
    }
    g_autoptr(GError) error = NULL;
    CpaMachine machine = {
        .machine = machines[data[0] & 7],
        .is_64 = (data[0] & 8) == 0,
        .is_big = (data[0] & 16) != 0,
    };
    g_autoptr(CpaDisasm) disasm = cpa_disasm_new(machine, (data[0] & 32) != 0, name, NULL, &error);
    if (disasm == NULL) {
        fuzz_assert_error(error, NULL);
        return 0;
    }
    uint64_t start = (data[0] & 64) != 0 ? UINT64_MAX - 64 : 0x1000;
    uint64_t next = start;
    g_autofree uint8_t *code = g_malloc(size);
    memcpy(code, data + 1, size - 1);
    cpa_disasm_run(disasm, code, size - 1, start, take, &next);
    g_assert_cmpuint(next, ==, start + size - 1);
    return 0;
}
