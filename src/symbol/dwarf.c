/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One sweep: addresses are dealt out to units by their ranges, then unit after unit is read, its
 * addresses are answered, and it is forgotten. The last one stays, for callers that ask for one
 * address after the other.
 */
#include "symbol/dwarf.h"

#ifdef HAVE_ELFUTILS

#include "symbol/dwfuncs.h"
#include "symbol/dwlines.h"
#include "symbol/dwranges.h"
#include "symbol/dwsplit.h"

#include <dwarf.h>
#include <stdlib.h>

/* Inlined calls inside each other; compilers stay far below. */
#define MAX_CHAIN 512

typedef struct {
    uint64_t low;
    uint64_t high;
    uint32_t unit;
} Share;

/* An address and the unit that answers it. */
typedef struct {
    uint32_t unit;
    uint32_t i;
} Task;

struct CpaDwarf {
    CpaDwFile *file;
    CpaDwSplit *split;
    GPtrArray *notes;
    bool failure_is_noted;
    bool cost_is_noted;
    CPA_VEC(Share) shares; /* by low, the larger one first */
    bool shares_are_known;
    /* The unit that was read last. */
    CpaDwUnit *unit;
    CpaDwFuncs *funcs; /* of its split unit, if it has one */
    CpaDwLines *lines;
    CpaDwLines *split_lines; /* files that inlined calls are in, where the split unit has a list */
    /* The frames of the function that was asked for last, innermost first. */
    uint32_t chain_of; /* or CPA_NONE */
    size_t n_chain;
    const char *outermost;
    CpaFrame chain[MAX_CHAIN];
};

CpaDwarf *cpa_dwarf_new(CpaElf *elf, CpaElf *alt, const char *path, GPtrArray *notes,
                        GError **error)
{
    CpaDwFile *file = cpa_dw_file_new(elf, false, error);
    if (file == NULL) {
        cpa_elf_free(alt);
        return NULL;
    }
    if (alt != NULL) {
        g_autoptr(GError) problem = NULL;
        file->alt = cpa_dw_alt_new(alt, &problem);
        if (file->alt == NULL) {
            cpa_note(notes, "%s", problem != NULL ? problem->message : "the dwz file is empty");
            cpa_elf_free(alt);
        } else {
            file->alt->owned_elf = alt;
        }
    }
    CpaDwarf *d = g_new0(CpaDwarf, 1);
    d->file = file;
    d->notes = notes;
    d->split = cpa_dw_split_new(path, notes);
    return d;
}

static void forget_unit(CpaDwarf *d)
{
    g_clear_pointer(&d->funcs, cpa_dw_funcs_free);
    g_clear_pointer(&d->lines, cpa_dw_lines_free);
    g_clear_pointer(&d->split_lines, cpa_dw_lines_free);
    d->unit = NULL;
    d->chain_of = CPA_NONE;
    cpa_dw_file_release(d->file);
}

void cpa_dwarf_free(CpaDwarf *d)
{
    if (d != NULL) {
        forget_unit(d);
        cpa_vec_clear(&d->shares);
        cpa_dw_split_free(d->split);
        cpa_dw_file_free(d->file);
        g_free(d);
    }
}

/* ---- units by address ------------------------------------------------------------------------ */

typedef struct {
    CpaDwarf *dwarf;
    uint32_t unit;
} Target;

static void add_share(uint64_t low, uint64_t high, gpointer data)
{
    const Target *target = data;
    Share share = {low, high, target->unit};
    cpa_vec_push(&target->dwarf->shares, share);
}

static int compare_shares(const void *a, const void *b)
{
    const Share *x = a;
    const Share *y = b;
    if (x->low != y->low) {
        return x->low < y->low ? -1 : 1;
    }
    if (x->high != y->high) {
        return x->high > y->high ? -1 : 1;
    }
    return (x->unit > y->unit) - (x->unit < y->unit);
}

static void take_extent(CpaDwUnit *unit G_GNUC_UNUSED, unsigned name, const CpaDwValue *value,
                        gpointer data)
{
    cpa_dw_extent_take(data, name, value);
}

/* Where every unit's code is, by its first entry. */
static void find_shares(CpaDwarf *d)
{
    if (d->shares_are_known) {
        return;
    }
    d->shares_are_known = true;
    /* A range has at least two bytes. */
    uint64_t budget = cpa_dw_section(d->file, CPA_DW_INFO).size +
                      cpa_dw_section(d->file, CPA_DW_RANGES).size +
                      cpa_dw_section(d->file, CPA_DW_RNGLISTS).size;
    for (size_t i = 0; i < d->file->units.len; i++) {
        CpaDwUnit *unit = &d->file->units.data[i];
        bool is_code = unit->type == DW_UT_compile || unit->type == DW_UT_skeleton;
        if (is_code && cpa_dw_unit_read(unit)) {
            CpaDwExtent extent = {0};
            Target target = {d, (uint32_t)i};
            cpa_dw_unit_entry(unit, take_extent, &extent);
            cpa_dw_ranges(unit, &extent, &budget, add_share, &target);
        }
        cpa_dw_file_release(d->file);
    }
    if (d->shares.len > 1) {
        qsort(d->shares.data, d->shares.len, sizeof(Share), compare_shares);
    }
}

static int compare_tasks(const void *a, const void *b)
{
    const Task *x = a;
    const Task *y = b;
    if (x->unit != y->unit) {
        return x->unit < y->unit ? -1 : 1;
    }
    return (x->i > y->i) - (x->i < y->i);
}

/* Deals addresses out to units. Returns: the tasks, by unit. */
static Task *deal(CpaDwarf *d, const uint64_t *addresses, size_t n, size_t *n_tasks)
{
    CPA_VEC(Task) tasks = {0};
    CPA_VEC(uint32_t) stack = {0}; /* shares that have begun, the innermost last */
    size_t next = 0;
    find_shares(d);
    for (size_t i = 0; i < n; i++) {
        while (next < d->shares.len && d->shares.data[next].low <= addresses[i]) {
            cpa_vec_push(&stack, (uint32_t)next);
            next++;
        }
        while (stack.len > 0 && d->shares.data[stack.data[stack.len - 1]].high <= addresses[i]) {
            stack.len--;
        }
        if (stack.len > 0) {
            Task task = {d->shares.data[stack.data[stack.len - 1]].unit, (uint32_t)i};
            cpa_vec_push(&tasks, task);
        }
    }
    cpa_vec_clear(&stack);
    bool is_sorted = true; /* most units have one range */
    for (size_t i = 1; i < tasks.len && is_sorted; i++) {
        is_sorted = tasks.data[i - 1].unit <= tasks.data[i].unit;
    }
    if (!is_sorted) {
        qsort(tasks.data, tasks.len, sizeof(Task), compare_tasks);
    }
    *n_tasks = tasks.len;
    return cpa_vec_steal(&tasks);
}

/* ---- one unit -------------------------------------------------------------------------------- */

static void use_unit(CpaDwarf *d, CpaDwUnit *unit)
{
    if (d->unit == unit) {
        return;
    }
    forget_unit(d);
    d->unit = unit;
    d->lines = cpa_dw_lines_new(unit, true);
    CpaDwUnit *full = unit;
    if (*unit->dwo_name != '\0') {
        CpaDwUnit *split = cpa_dw_split_find(d->split, unit);
        full = split != NULL ? split : unit;
    }
    d->funcs = cpa_dw_funcs_new(full);
    if (full != unit) {
        d->split_lines = cpa_dw_lines_new(full, false);
    }
}

/* What cannot be read any more is not only broken: it was there when the file was opened. */
static void note_failure(CpaDwarf *d)
{
    const GError *failure = cpa_dw_file_failure(d->file);
    if (failure != NULL && !d->failure_is_noted) {
        d->failure_is_noted = true;
        cpa_note(d->notes, "%s", failure->message);
    }
    if (cpa_dw_lines_spent(d->file) && !d->cost_is_noted) {
        d->cost_is_noted = true;
        cpa_note(d->notes,
                 "%s: .debug_line: units share tables, which would be read again and again; "
                 "lines of some are not known",
                 cpa_elf_path(d->file->elf));
    }
}

/* Names the function and those that it is inlined into, all but the line in the function itself. */
static void build_chain(CpaDwarf *d, uint32_t func)
{
    CpaDwLines *call_files = d->split_lines != NULL ? d->split_lines : d->lines;
    CpaFrame at = {.function = "", .file = ""};
    d->chain_of = func;
    d->n_chain = 0;
    while (func != CPA_NONE && d->n_chain < MAX_CHAIN) {
        const CpaDwInfo *info = cpa_dw_funcs_info(d->funcs, func);
        at.function = info->name;
        at.start_line = info->start_line;
        d->chain[d->n_chain++] = at;
        at.file = call_files != NULL ? cpa_dw_lines_file(call_files, info->call_file) : "";
        at.line = info->call_line;
        at.column = info->call_column;
        func = d->funcs->funcs.data[func].parent;
    }
    d->outermost = at.function;
}

/* Fills in the chain. Returns: how many frames it has */
static size_t answer(CpaDwarf *d, uint64_t address)
{
    const CpaDwRow *row = d->lines != NULL ? cpa_dw_lines_find(d->lines, address) : NULL;
    uint32_t func = cpa_dw_funcs_find(d->funcs, address);
    if (func == CPA_NONE) {
        d->chain_of = CPA_NONE;
        d->n_chain = row != NULL ? 1 : 0;
        d->chain[0] = (CpaFrame){.function = ""};
        d->outermost = "";
    } else if (func != d->chain_of) {
        build_chain(d, func); /* neighbours are mostly in one function */
    }
    d->chain[0].file = row != NULL ? cpa_dw_lines_file(d->lines, row->file) : "";
    d->chain[0].line = row != NULL ? row->line : 0;
    d->chain[0].column = row != NULL ? row->column : 0;
    if (d->n_chain > 0) {
        d->chain[d->n_chain - 1].function = d->outermost; /* callers change it */
    }
    return d->n_chain;
}

void cpa_dwarf_frames(CpaDwarf *d, const uint64_t *addresses, size_t n, CpaDwarfFrameFunc each,
                      gpointer data)
{
    size_t n_tasks = 0;
    g_autofree Task *tasks = deal(d, addresses, n, &n_tasks);
    cpa_dw_lines_refill(d->file);
    for (size_t i = 0; i < n_tasks; i++) {
        use_unit(d, &d->file->units.data[tasks[i].unit]);
        size_t n_frames = answer(d, addresses[tasks[i].i]);
        if (n_frames > 0) {
            each(tasks[i].i, d->chain, n_frames, data);
        }
    }
    note_failure(d);
}

#endif
