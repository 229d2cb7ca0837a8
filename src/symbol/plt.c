/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stubs found by their jump:
 *
 *     x86-64    [endbr64] [bnd] jmp *slot(%rip)
 *     aarch64   [bti c] adrp x16, page;  ldr x17, [x16, #offset]
 *
 * Sections are scanned in steps of half a stub; the slot must have a relocation, so that nothing
 * else is taken for one.
 */
#include "symbol/plt.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"

/* Larger sections are refused: a stub for each of a million functions fits. */
#define MAX_SECTION_BYTES (64u << 20)

typedef struct {
    uint64_t slot;
    uint32_t symbol;
} Reloc;

typedef struct {
    uint64_t address;
    const char *name;
} Stub;

struct CpaPlt {
    CPA_VEC(Stub) stubs;         /* ascending */
    CPA_VEC(Reloc) relocs;       /* by slot */
    CPA_VEC(const char *) names; /* of the dynamic symbols; kept by the CpaElf */
};

static void take_name(const CpaElfSymbol *symbol, gpointer data)
{
    CpaPlt *plt = data;
    cpa_vec_push(&plt->names, symbol->name);
}

static int compare_relocs(const void *pa, const void *pb)
{
    const Reloc *a = pa;
    const Reloc *b = pb;
    if (a->slot != b->slot) {
        return a->slot < b->slot ? -1 : 1;
    }
    return (a->symbol > b->symbol) - (a->symbol < b->symbol);
}

static int compare_stubs(const void *pa, const void *pb)
{
    const Stub *a = pa;
    const Stub *b = pb;
    return (a->address > b->address) - (a->address < b->address);
}

static uint8_t *read_section(const CpaElf *elf, const CpaSection *section)
{
    if (section->size == 0 || section->size > MAX_SECTION_BYTES) {
        return NULL;
    }
    g_autofree uint8_t *bytes = g_try_malloc(section->size);
    if (bytes == NULL || !cpa_elf_read(elf, section->offset, bytes, section->size, NULL)) {
        return NULL;
    }
    return g_steal_pointer(&bytes);
}

static uint64_t read_64(const uint8_t *bytes)
{
    uint64_t value = 0;
    memcpy(&value, bytes, sizeof value);
    return GUINT64_FROM_LE(value);
}

static uint32_t read_32(const uint8_t *bytes)
{
    uint32_t value = 0;
    memcpy(&value, bytes, sizeof value);
    return GUINT32_FROM_LE(value);
}

static void read_relocs(CpaPlt *plt, const CpaElf *elf, const CpaSection *section)
{
    static const size_t entry = sizeof(Elf64_Rela);
    g_autofree uint8_t *bytes = read_section(elf, section);
    for (size_t at = 0; bytes != NULL && at + entry <= section->size; at += entry) {
        uint64_t info = read_64(bytes + at + 8);
        uint32_t type = (uint32_t)info;
        bool is_x86 = cpa_elf_machine(elf) == EM_X86_64;
        bool is_slot = is_x86 ? type == R_X86_64_JUMP_SLOT || type == R_X86_64_GLOB_DAT
                              : type == R_AARCH64_JUMP_SLOT || type == R_AARCH64_GLOB_DAT;
        if (is_slot) {
            Reloc reloc = {.slot = read_64(bytes + at), .symbol = (uint32_t)(info >> 32)};
            cpa_vec_push(&plt->relocs, reloc);
        }
    }
}

/* The slot that a stub at the address jumps through, or 0. */
static uint64_t x86_slot(const uint8_t *code, size_t n, uint64_t address)
{
    static const uint8_t endbr64[] = {0xf3, 0x0f, 0x1e, 0xfa};
    size_t at = n >= 4 && memcmp(code, endbr64, 4) == 0 ? 4 : 0;
    at += at < n && code[at] == 0xf2;
    if (at + 6 > n || code[at] != 0xff || code[at + 1] != 0x25) {
        return 0;
    }
    return address + at + 6 + (uint64_t)(int64_t)(int32_t)read_32(code + at + 2);
}

static uint64_t arm64_slot(const uint8_t *code, size_t n, uint64_t address)
{
    static const uint32_t bti = 0xd503245f;
    size_t at = n >= 4 && read_32(code) == bti ? 4 : 0;
    if (at + 8 > n) {
        return 0;
    }
    uint32_t adrp = read_32(code + at);
    uint32_t ldr = read_32(code + at + 4);
    if ((adrp & 0x9f00001f) != 0x90000010 || (ldr & 0xffc003ff) != 0xf9400211) {
        return 0;
    }
    uint64_t pages = ((adrp >> 29) & 3) | ((uint64_t)((adrp >> 5) & 0x7ffff) << 2);
    pages = (pages & 0x100000) != 0 ? pages | ~(uint64_t)0x1fffff : pages;
    uint64_t offset = (uint64_t)((ldr >> 10) & 0xfff) * 8;
    return ((address + at) & ~(uint64_t)0xfff) + (pages << 12) + offset;
}

static void read_stubs(CpaPlt *plt, const CpaElf *elf, const CpaSection *section)
{
    bool is_x86 = cpa_elf_machine(elf) == EM_X86_64;
    g_autofree uint8_t *bytes = read_section(elf, section);
    for (size_t at = 0; bytes != NULL && at < section->size; at += 8) {
        uint64_t address = section->address + at;
        size_t left = section->size - at;
        Reloc wanted = {.slot = is_x86 ? x86_slot(bytes + at, left, address)
                                       : arm64_slot(bytes + at, left, address)};
        size_t low = 0;
        size_t high = plt->relocs.len;
        while (low < high) {
            size_t middle = low + (high - low) / 2;
            if (plt->relocs.data[middle].slot < wanted.slot) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        const Reloc *found = low < plt->relocs.len ? &plt->relocs.data[low] : NULL;
        if (wanted.slot != 0 && found != NULL && found->slot == wanted.slot &&
            found->symbol < plt->names.len && *plt->names.data[found->symbol] != '\0') {
            Stub stub = {.address = address, .name = plt->names.data[found->symbol]};
            cpa_vec_push(&plt->stubs, stub);
        }
    }
}

CpaPlt *cpa_plt_new(CpaElf *elf)
{
    CpaPlt *plt = g_new0(CpaPlt, 1);
    unsigned machine = cpa_elf_machine(elf);
    if ((machine != EM_X86_64 && machine != EM_AARCH64) || !cpa_elf_is_64(elf) ||
        cpa_elf_is_big(elf)) {
        return plt;
    }
    size_t n = 0;
    const CpaSection *sections = cpa_elf_sections(elf, &n);
    cpa_elf_each_symbol(elf, SHT_DYNSYM, take_name, plt);
    for (size_t i = 0; i < n; i++) {
        if (sections[i].type == SHT_RELA) {
            read_relocs(plt, elf, &sections[i]);
        }
    }
    if (plt->relocs.len > 1) {
        qsort(plt->relocs.data, plt->relocs.len, sizeof *plt->relocs.data, compare_relocs);
    }
    for (size_t i = 0; i < n; i++) {
        if (sections[i].type == SHT_PROGBITS && g_str_has_prefix(sections[i].name, ".plt")) {
            read_stubs(plt, elf, &sections[i]);
        }
    }
    if (plt->stubs.len > 1) {
        qsort(plt->stubs.data, plt->stubs.len, sizeof *plt->stubs.data, compare_stubs);
    }
    return plt;
}

void cpa_plt_free(CpaPlt *plt)
{
    if (plt != NULL) {
        cpa_vec_clear(&plt->stubs);
        cpa_vec_clear(&plt->relocs);
        cpa_vec_clear(&plt->names);
        g_free(plt);
    }
}

const char *cpa_plt_find(const CpaPlt *plt, uint64_t address, uint64_t *start)
{
    size_t low = 0;
    size_t high = plt->stubs.len;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (plt->stubs.data[middle].address <= address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == 0) {
        return NULL;
    }
    *start = plt->stubs.data[low - 1].address;
    return plt->stubs.data[low - 1].name;
}
