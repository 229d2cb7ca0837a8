/* SPDX-License-Identifier: Apache-2.0 */
/*
 *     all    every name, by address and name
 *     heads  one of the aliases of each address, by address: what lookups search
 *
 * Of aliases the one with the largest size is taken, of those the last one in the file, which is
 * what llvm-symbolizer does.
 */
#include "symbol/symtab.h"

#include "base/vec.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    uint64_t address;
    uint32_t symbol; /* index into `all` */
} Head;

struct CpaSymtab {
    CPA_VEC(CpaSymbol) all;
    CPA_VEC(Head) heads;
    bool is_sorted;
    /* While a table is read. */
    unsigned machine;
    const char *file; /* the source file that local symbols are of */
};

CpaSymtab *cpa_symtab_new(void)
{
    return g_new0(CpaSymtab, 1);
}

void cpa_symtab_free(CpaSymtab *tab)
{
    if (tab != NULL) {
        cpa_vec_clear(&tab->all);
        cpa_vec_clear(&tab->heads);
        g_free(tab);
    }
}

void cpa_symtab_add(CpaSymtab *tab, const CpaSymbol *symbol)
{
    if (tab->all.len < UINT32_MAX - 1) {
        cpa_vec_push(&tab->all, *symbol);
        tab->all.data[tab->all.len - 1].order = (uint32_t)tab->all.len;
        tab->is_sorted = false;
    }
}

#ifdef HAVE_ELFUTILS

/* "$x", "$d.1": where code and data begin, for debuggers. */
static bool is_mapping_symbol(unsigned machine, const char *name)
{
    return name[0] == '$' && name[1] != '\0' && strchr("adtx", name[1]) != NULL &&
           (name[2] == '\0' || name[2] == '.') &&
           (machine == EM_ARM || machine == EM_AARCH64 || machine == EM_RISCV);
}

static void take(const CpaElfSymbol *s, gpointer data)
{
    CpaSymtab *tab = data;
    if (s->type == STT_FILE) {
        tab->file = s->name;
        return;
    }
    bool is_kept = s->type == STT_NOTYPE || s->type == STT_FUNC || s->type == STT_OBJECT ||
                   s->type == STT_GNU_IFUNC;
    if (!is_kept || s->name[0] == '\0' || s->section == SHN_UNDEF || s->section == SHN_ABS ||
        s->section == SHN_COMMON || is_mapping_symbol(tab->machine, s->name)) {
        return;
    }
    bool is_code = s->type == STT_FUNC || s->type == STT_GNU_IFUNC;
    uint64_t thumb = tab->machine == EM_ARM && is_code ? 1 : 0;
    CpaSymbol symbol = {
        .address = s->value & ~thumb,
        .size = s->size,
        .name = s->name,
        .file = s->is_global ? "" : tab->file,
        .is_code = is_code || s->type == STT_NOTYPE,
        .is_data = s->type == STT_OBJECT,
        .is_function = s->type == STT_FUNC,
        .is_global = s->is_global,
        .is_weak = s->is_weak,
    };
    cpa_symtab_add(tab, &symbol);
}

bool cpa_symtab_add_elf(CpaSymtab *tab, CpaElf *elf, bool dynamic)
{
    tab->machine = cpa_elf_machine(elf);
    tab->file = "";
    return cpa_elf_each_symbol(elf, dynamic ? SHT_DYNSYM : SHT_SYMTAB, take, tab);
}

#endif

static int compare(const void *a, const void *b)
{
    const CpaSymbol *x = a;
    const CpaSymbol *y = b;
    if (x->address != y->address) {
        return x->address < y->address ? -1 : 1;
    }
    int by_name = strcmp(x->name, y->name);
    return by_name != 0 ? by_name : (x->order > y->order) - (x->order < y->order);
}

static void sort(CpaSymtab *tab)
{
    if (tab->is_sorted) {
        return;
    }
    tab->is_sorted = true;
    tab->heads.len = 0;
    if (tab->all.len > 0) {
        qsort(tab->all.data, tab->all.len, sizeof *tab->all.data, compare);
    }
    for (size_t i = 0; i < tab->all.len; i++) {
        const CpaSymbol *s = &tab->all.data[i];
        Head *last = tab->heads.len > 0 ? &tab->heads.data[tab->heads.len - 1] : NULL;
        if (last == NULL || last->address != s->address) {
            Head head = {s->address, (uint32_t)i};
            cpa_vec_push(&tab->heads, head);
            continue;
        }
        const CpaSymbol *best = &tab->all.data[last->symbol];
        if (s->size > best->size || (s->size == best->size && s->order > best->order)) {
            last->symbol = (uint32_t)i;
        }
    }
}

const CpaSymbol *cpa_symtab_all(CpaSymtab *tab, size_t *n)
{
    sort(tab);
    *n = tab->all.len;
    return tab->all.data;
}

size_t cpa_symbols_upto(const CpaSymbol *symbols, size_t n, uint64_t address)
{
    size_t low = 0;
    size_t high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (symbols[middle].address <= address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

const CpaSymbol *cpa_symtab_find(CpaSymtab *tab, uint64_t address, size_t *from)
{
    sort(tab);
    const Head *heads = tab->heads.data;
    size_t low = *from; /* the head at low - 1 is known to begin at or before the address */
    /* Gallop: the next address is near. */
    size_t step = 1;
    size_t high = low;
    while (high < tab->heads.len && heads[high].address <= address) {
        low = high + 1;
        high = low + step < tab->heads.len ? low + step : tab->heads.len;
        step *= 2;
    }
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (heads[mid].address <= address) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    *from = low;
    if (low == 0) {
        return NULL;
    }
    const CpaSymbol *s = &tab->all.data[heads[low - 1].symbol];
    return s->size == 0 || address - s->address < s->size ? s : NULL;
}
