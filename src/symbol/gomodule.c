/* SPDX-License-Identifier: Apache-2.0 */
/*
 *     word  0 table   1 names   4 units   7 files   10 tables   13 functions   ...   22 code   ...
 */
#include "symbol/gomodule.h"

#ifdef HAVE_ELFUTILS

#include "symbol/dwcursor.h"

#include <elf.h>

#define TEXT        22
#define MAX_SECTION ((uint64_t)64 << 20)

typedef struct {
    CpaBytes bytes;
    unsigned word;
    bool is_big;
} Words;

static uint64_t word_at(const Words *w, uint64_t offset, unsigned i)
{
    CpaDwCursor c = cpa_dw_at(w->bytes, offset, w->is_big);
    cpa_dw_skip(&c, (uint64_t)i * w->word);
    return cpa_dw_fixed(&c, w->word);
}

/* The bytes of the section that has the address, from there on. */
static CpaBytes bytes_from(CpaElf *elf, uint64_t address)
{
    size_t n = 0;
    const CpaSection *sections = cpa_elf_sections(elf, &n);
    CpaBytes bytes = {NULL, 0};
    for (size_t i = 0; i < n && bytes.bytes == NULL; i++) {
        const CpaSection *s = &sections[i];
        bool has_it = (s->flags & SHF_ALLOC) != 0 && s->type == SHT_PROGBITS &&
                      address >= s->address && address - s->address < s->size;
        if (has_it && cpa_elf_section_bytes(elf, s, &bytes, NULL) && bytes.size == s->size) {
            bytes.bytes += address - s->address;
            bytes.size -= address - s->address;
        }
    }
    return bytes;
}

bool cpa_go_module_find(CpaElf *elf, const CpaPclntab *table, uint64_t address, CpaGoModule *module)
{
    Words w = {.is_big = cpa_elf_is_big(elf)};
    uint64_t names = 0;
    unsigned gofunc = 0;
    if (!cpa_pclntab_layout(table, &w.word, &names, &gofunc)) {
        return false;
    }
    size_t n = 0;
    const CpaSection *sections = cpa_elf_sections(elf, &n);
    uint64_t budget = cpa_elf_size(elf); /* sections do not overlap, or are made up */
    for (size_t i = 0; i < n; i++) {
        const CpaSection *s = &sections[i];
        if ((s->flags & SHF_WRITE) == 0 || s->type != SHT_PROGBITS || s->size > MAX_SECTION) {
            continue;
        }
        if (s->size > budget) {
            return false;
        }
        budget -= s->size;
        if (!cpa_elf_section_bytes(elf, s, &w.bytes, NULL)) {
            continue;
        }
        for (uint64_t at = 0; at + (gofunc + 1) * (uint64_t)w.word <= w.bytes.size; at += w.word) {
            if (word_at(&w, at, 0) == address && word_at(&w, at, 1) == address + names) {
                module->text = word_at(&w, at, TEXT);
                module->gofunc = bytes_from(elf, word_at(&w, at, gofunc));
                return true;
            }
        }
    }
    return false;
}

#endif
