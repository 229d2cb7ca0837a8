/* SPDX-License-Identifier: Apache-2.0 */
/* Stubs, slots and versions of an ELF file: names are strings, whatever its tables are. */
#include "symbol/plt.h"

#include "harness.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CpaElf) elf = cpa_elf_new_memory(FUZZ_NAME, g_memdup2(data, size), size, &error);
    if (elf == NULL) {
        fuzz_assert_error(error, FUZZ_NAME);
        return 0;
    }
    g_autoptr(CpaPlt) plt = cpa_plt_new(elf);
    size_t n = 0;
    size_t n_chars = 0;
    const CpaSection *sections = cpa_elf_sections(elf, &n);
    for (size_t i = 0; i < n && i < 64; i++) {
        for (uint64_t at = 0; at < sections[i].size && at < 4096; at += 8) {
            uint64_t address = sections[i].address + at;
            uint64_t start = 0;
            const char *version = NULL;
            const char *stub = cpa_plt_find(plt, address, &start);
            const char *slot = cpa_plt_slot(plt, address, &version);
            g_assert_true(stub == NULL || start <= address);
            g_assert_true(slot != NULL || version == NULL);
            n_chars += stub != NULL ? strlen(stub) : 0;
            n_chars += slot != NULL ? strlen(slot) : 0;
            n_chars += version != NULL ? strlen(version) : 0;
        }
    }
    return n_chars == SIZE_MAX;
}
