/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stubs found by their jump:
 *
 *     x86-64    [endbr64] [bnd] jmp *slot(%rip)
 *     aarch64   [bti c] adrp x16, page;  ldr x17, [x16, #offset]
 *
 * Sections are scanned in steps of half a stub; the slot must have a relocation, so that nothing
 * else is taken for one.
 *
 * Code that calls through the slot itself, *slot(%rip), is told the name with its version.
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
    CPA_VEC(Stub) stubs;            /* ascending */
    CPA_VEC(Reloc) relocs;          /* by slot */
    CPA_VEC(const char *) names;    /* of the dynamic symbols; kept by the CpaElf */
    CPA_VEC(uint16_t) numbers;      /* their versions; none where the file has no versions */
    CPA_VEC(const char *) versions; /* by number, in `version_names`, or NULL */
    char *version_names;
    uint64_t budget; /* bytes of sections that may still be read */
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

/* Sections that are read do not overlap: a file in which they are more than itself is made up. */
static uint8_t *read_section(CpaPlt *plt, const CpaElf *elf, const CpaSection *section)
{
    if (section->size == 0 || section->size > MAX_SECTION_BYTES) {
        return NULL;
    }
    if (section->size > plt->budget) {
        plt->budget = 0;
        return NULL;
    }
    plt->budget -= section->size;
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
    g_autofree uint8_t *bytes = read_section(plt, elf, section);
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

static uint16_t read_16(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] | (bytes[1] << 8));
}

/* --- versions ------------------------------------------------------------------------------- */

/* The first name of a number counts. */
static void set_version(CpaPlt *plt, uint16_t number, const char *name)
{
    while (plt->versions.len <= number) {
        cpa_vec_push(&plt->versions, NULL);
    }
    if (plt->versions.data[number] == NULL) {
        plt->versions.data[number] = name;
    }
}

/*
 * .gnu.version_r: a chain of files, each with a chain of the versions needed of it.
 *
 *     file     version 2, n 2, name 4, first 4 (from here), next 4
 *     version  hash 4, flags 2, number 2, name 4, next 4
 */
static void read_needed(CpaPlt *plt, const uint8_t *bytes, size_t size, size_t n_names)
{
    size_t n_left = size / 16; /* chains may go around */
    for (size_t file = 0; file + 16 <= size && n_left > 0; n_left--) {
        size_t at = file + read_32(bytes + file + 8);
        for (unsigned k = read_16(bytes + file + 2); k > 0 && at + 16 <= size && n_left > 0; k--) {
            uint32_t name = read_32(bytes + at + 8);
            uint32_t next = read_32(bytes + at + 12);
            if (name < n_names && plt->version_names[name] != '\0') {
                set_version(plt, read_16(bytes + at + 6), plt->version_names + name);
            }
            n_left--;
            at += next;
        }
        uint32_t next = read_32(bytes + file + 12);
        file = next != 0 ? file + next : size;
    }
}

static void read_versions(CpaPlt *plt, const CpaElf *elf, const CpaSection *sections, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const CpaSection *section = &sections[i];
        g_autofree uint8_t *bytes =
            section->type == SHT_GNU_versym || section->type == SHT_GNU_verneed
                ? read_section(plt, elf, section)
                : NULL;
        if (bytes == NULL) {
            continue;
        }
        if (section->type == SHT_GNU_versym && plt->numbers.len == 0) {
            for (size_t at = 0; at + 2 <= section->size; at += 2) {
                cpa_vec_push(&plt->numbers, read_16(bytes + at));
            }
        } else if (section->type == SHT_GNU_verneed && plt->version_names == NULL &&
                   section->link > 0 && section->link <= n) {
            const CpaSection *strings = &sections[section->link - 1]; /* 0 is not among them */
            plt->version_names = (char *)read_section(plt, elf, strings);
            size_t n_names = plt->version_names != NULL ? strings->size : 0;
            bool is_ended = n_names > 0 && plt->version_names[n_names - 1] == '\0';
            read_needed(plt, bytes, section->size, is_ended ? n_names : 0);
        }
    }
}

/* "GLIBC_2.2.5"; "Base" for what has no version in a file that has some; or NULL */
static const char *version_of(const CpaPlt *plt, uint32_t symbol)
{
    if (symbol >= plt->numbers.len) {
        return NULL;
    }
    uint16_t number = plt->numbers.data[symbol] & 0x7fff;
    if (number < plt->versions.len && plt->versions.data[number] != NULL) {
        return plt->versions.data[number];
    }
    return number == 1 ? "Base" : NULL;
}

/* --- stubs ---------------------------------------------------------------------------------- */

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

/* The relocation of a slot, with a name; or NULL. */
static const Reloc *find_reloc(const CpaPlt *plt, uint64_t slot)
{
    size_t low = 0;
    size_t high = plt->relocs.len;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (plt->relocs.data[middle].slot < slot) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    const Reloc *found = low < plt->relocs.len ? &plt->relocs.data[low] : NULL;
    bool is_named = found != NULL && found->slot == slot && found->symbol < plt->names.len &&
                    *plt->names.data[found->symbol] != '\0';
    return is_named ? found : NULL;
}

static void read_stubs(CpaPlt *plt, const CpaElf *elf, const CpaSection *section)
{
    bool is_x86 = cpa_elf_machine(elf) == EM_X86_64;
    g_autofree uint8_t *bytes = read_section(plt, elf, section);
    for (size_t at = 0; bytes != NULL && at < section->size; at += 8) {
        uint64_t address = section->address + at;
        size_t left = section->size - at;
        uint64_t slot =
            is_x86 ? x86_slot(bytes + at, left, address) : arm64_slot(bytes + at, left, address);
        const Reloc *reloc = slot != 0 ? find_reloc(plt, slot) : NULL;
        if (reloc != NULL) {
            Stub stub = {.address = address, .name = plt->names.data[reloc->symbol]};
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
    plt->budget = cpa_elf_size(elf);
    cpa_elf_each_symbol(elf, SHT_DYNSYM, take_name, plt);
    read_versions(plt, elf, sections, n);
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
        cpa_vec_clear(&plt->numbers);
        cpa_vec_clear(&plt->versions);
        g_free(plt->version_names);
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

const char *cpa_plt_slot(const CpaPlt *plt, uint64_t address, const char **version)
{
    const Reloc *reloc = find_reloc(plt, address);
    *version = reloc != NULL ? version_of(plt, reloc->symbol) : NULL;
    return reloc != NULL ? plt->names.data[reloc->symbol] : NULL;
}
