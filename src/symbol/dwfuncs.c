/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries are walked as bytes, in one line from the first to the last: only functions are decoded,
 * the subtrees of types are jumped over where the producer says how long they are.
 */
#include "symbol/dwfuncs.h"

#include "symbol/dwranges.h"

#ifdef HAVE_ELFUTILS

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

/* Origins of an entry that are followed: a declaration, its abstract instance, ... */
#define MAX_ORIGINS 16

/* Of a function's entry; compilers stay below a tenth. Entries can share one long list. */
#define RANGES_PER_BYTE 1

/* ---- walking --------------------------------------------------------------------------------- */

typedef struct {
    CpaDwFuncs *funcs;
    uint32_t func;
} Target;

static void add_interval(uint64_t low, uint64_t high, gpointer data)
{
    const Target *target = data;
    CpaDwInterval interval = {low, high, target->func};
    cpa_vec_push(&target->funcs->intervals, interval);
}

static bool is_type(unsigned tag)
{
    return tag == DW_TAG_structure_type || tag == DW_TAG_class_type || tag == DW_TAG_union_type ||
           tag == DW_TAG_enumeration_type || tag == DW_TAG_array_type ||
           tag == DW_TAG_subroutine_type || tag == DW_TAG_interface_type;
}

/* Jumps over the children of a type where its sibling is named. */
static bool jump(CpaDwUnit *unit, CpaDwCursor *c, const CpaDwAbbrevs *abbrevs,
                 const CpaDwAbbrev *abbrev, const uint8_t *start)
{
    CpaDwCursor in = *c;
    const CpaDwAttribute *a = cpa_dw_attributes(abbrevs, abbrev);
    for (uint32_t i = 0; i < abbrev->n && !in.failed; i++) {
        if (a[i].name != DW_AT_sibling) {
            cpa_dw_skip_value(unit, &in, a[i].form);
            continue;
        }
        CpaDwValue sibling = cpa_dw_value(unit, &in, &a[i]);
        uint64_t here = (uint64_t)(in.at - start);
        if (sibling.kind != CPA_DW_REF || in.failed || sibling.value <= here ||
            sibling.value > unit->end) {
            return false;
        }
        c->at = start + sibling.value;
        return true;
    }
    return false;
}

static void walk(CpaDwFuncs *f)
{
    CpaDwUnit *unit = f->unit;
    const CpaDwAbbrevs *abbrevs = cpa_dw_unit_abbrevs(unit);
    const uint8_t *start = cpa_dw_section(unit->file, CPA_DW_INFO).bytes;
    CpaDwCursor c = cpa_dw_entry(unit, unit->first);
    uint64_t budget = RANGES_PER_BYTE * (unit->end - unit->offset) + 4096;
    CPA_VEC(uint32_t) callers = {0}; /* the func that each open level is in */
    uint32_t caller = CPA_NONE;
    while (!c.failed && c.at < c.end && abbrevs != NULL) {
        uint64_t entry = (uint64_t)(c.at - start);
        uint64_t code = cpa_dw_uleb(&c);
        if (code == 0) {
            if (callers.len <= 1) {
                break;
            }
            caller = callers.data[--callers.len];
            continue;
        }
        const CpaDwAbbrev *abbrev = cpa_dw_abbrev(abbrevs, code);
        if (abbrev == NULL) {
            break;
        }
        uint32_t func = caller;
        if (abbrev->tag == DW_TAG_subprogram || abbrev->tag == DW_TAG_inlined_subroutine) {
            CpaDwExtent extent = {0};
            cpa_dw_extent_read(unit, &c, abbrevs, abbrev, &extent);
            func = (uint32_t)f->funcs.len;
            CpaDwFunc new = {entry, abbrev->tag == DW_TAG_inlined_subroutine ? caller : CPA_NONE};
            cpa_vec_push(&f->funcs, new);
            Target target = {f, func};
            cpa_dw_ranges(unit, &extent, &budget, add_interval, &target);
        } else if (abbrev->has_children && abbrev->has_sibling && is_type(abbrev->tag) &&
                   jump(unit, &c, abbrevs, abbrev, start)) {
            continue;
        } else {
            cpa_dw_skip_values(unit, &c, abbrevs, abbrev);
        }
        if (abbrev->has_children) {
            cpa_vec_push(&callers, caller);
            caller = func;
        }
    }
    cpa_vec_clear(&callers);
}

/* ---- by address ------------------------------------------------------------------------------ */

static int compare(const void *a, const void *b)
{
    const CpaDwInterval *x = a;
    const CpaDwInterval *y = b;
    if (x->low != y->low) {
        return x->low < y->low ? -1 : 1;
    }
    if (x->high != y->high) {
        return x->high > y->high ? -1 : 1;
    }
    return (x->func > y->func) - (x->func < y->func);
}

CpaDwFuncs *cpa_dw_funcs_new(CpaDwUnit *unit)
{
    CpaDwFuncs *f = g_new0(CpaDwFuncs, 1);
    f->unit = unit;
    walk(f);
    if (f->intervals.len > 1) {
        qsort(f->intervals.data, f->intervals.len, sizeof(CpaDwInterval), compare);
    }
    return f;
}

void cpa_dw_funcs_free(CpaDwFuncs *f)
{
    if (f != NULL) {
        cpa_vec_clear(&f->funcs);
        cpa_vec_clear(&f->intervals);
        cpa_vec_clear(&f->infos);
        g_free(f->info_at);
        cpa_vec_clear(&f->stack);
        cpa_idmap_clear(&f->origins_at);
        g_free(f);
    }
}

uint32_t cpa_dw_funcs_find(CpaDwFuncs *f, uint64_t address)
{
    if (address < f->last) {
        f->stack.len = 0;
        f->next = 0;
    }
    f->last = address;
    while (f->next < f->intervals.len && f->intervals.data[f->next].low <= address) {
        cpa_vec_push(&f->stack, (uint32_t)f->next);
        f->next++;
    }
    while (f->stack.len > 0) {
        const CpaDwInterval *top = &f->intervals.data[f->stack.data[f->stack.len - 1]];
        if (top->high > address) {
            return top->func;
        }
        f->stack.len--;
    }
    return CPA_NONE;
}

/* ---- names ----------------------------------------------------------------------------------- */

typedef struct {
    const char *linkage;
    const char *name;
    uint64_t line;
    CpaDwValue origin;
} Naming;

static bool is_wanted(unsigned name)
{
    switch (name) {
    case DW_AT_linkage_name:
    case DW_AT_MIPS_linkage_name:
    case DW_AT_name:
    case DW_AT_decl_line:
    case DW_AT_abstract_origin:
    case DW_AT_specification:
    case DW_AT_call_file:
    case DW_AT_call_line:
    case DW_AT_call_column:
        return true;
    default:
        return false;
    }
}

static void take(unsigned name, const CpaDwValue *v, Naming *n, CpaDwInfo *call)
{
    bool is_number = v->kind == CPA_DW_CONST;
    switch (name) {
    case DW_AT_name:
        n->name = n->name == NULL && v->kind == CPA_DW_STRING ? v->string : n->name;
        break;
    case DW_AT_linkage_name:
    case DW_AT_MIPS_linkage_name:
        n->linkage = n->linkage == NULL && v->kind == CPA_DW_STRING ? v->string : n->linkage;
        break;
    case DW_AT_decl_line:
        n->line = n->line == 0 && is_number ? v->value : n->line;
        break;
    case DW_AT_call_file:
        call->call_file = is_number ? v->value : 0;
        break;
    case DW_AT_call_line:
        call->call_line = is_number ? (uint32_t)MIN(v->value, UINT32_MAX) : 0;
        break;
    case DW_AT_call_column:
        call->call_column = is_number ? (uint32_t)MIN(v->value, UINT32_MAX) : 0;
        break;
    default:
        n->origin = *v;
        break;
    }
}

/* Adds what the entry says to what is not known yet. */
static bool read_entry(CpaDwUnit *unit, uint64_t offset, Naming *n, CpaDwInfo *call)
{
    CpaDwCursor c = cpa_dw_entry(unit, offset);
    const CpaDwAbbrevs *abbrevs = cpa_dw_unit_abbrevs(unit);
    const CpaDwAbbrev *abbrev =
        abbrevs != NULL && !c.failed ? cpa_dw_abbrev(abbrevs, cpa_dw_uleb(&c)) : NULL;
    n->origin = (CpaDwValue){CPA_DW_NONE, 0, NULL};
    if (abbrev == NULL) {
        return false;
    }
    const CpaDwAttribute *a = cpa_dw_attributes(abbrevs, abbrev);
    for (uint32_t i = 0; i < abbrev->n && !c.failed; i++) {
        if (is_wanted(a[i].name)) {
            CpaDwValue v = cpa_dw_value(unit, &c, &a[i]);
            take(a[i].name, &v, n, call);
        } else {
            cpa_dw_skip_value(unit, &c, a[i].form);
        }
    }
    return true;
}

/* Follows the origins of an entry of the unit that was read. */
static void follow(CpaDwUnit *unit, Naming *n)
{
    CpaDwInfo ignored = {0};
    for (unsigned i = 0; i < MAX_ORIGINS; i++) {
        CpaDwFile *file = n->origin.kind == CPA_DW_REF       ? unit->file
                          : n->origin.kind == CPA_DW_REF_ALT ? unit->file->alt
                                                             : NULL;
        if (file == NULL) {
            return;
        }
        uint64_t offset = n->origin.value;
        if (file != unit->file || offset < unit->first || offset >= unit->end) {
            unit = cpa_dw_find_unit(file, offset);
            if (unit == NULL || (!unit->is_read && !cpa_dw_unit_read(unit))) {
                return;
            }
        }
        if (!read_entry(unit, offset, n, &ignored)) {
            return;
        }
    }
}

static void set_name(CpaDwInfo *info, const Naming *n)
{
    const char *text = n->linkage != NULL && *n->linkage != '\0' ? n->linkage : n->name;
    info->name = text != NULL ? text : "";
    info->start_line = (uint32_t)MIN(n->line, UINT32_MAX);
}

/* Many calls of one function are inlined, and say nothing of it but where it is: it is looked at
 * once. */
static CpaDwInfo find_origin(CpaDwFuncs *f, Naming *n)
{
    CpaDwInfo info = {.name = ""};
    uint64_t offset = n->origin.value;
    bool is_shared = n->origin.kind == CPA_DW_REF && n->name == NULL && n->linkage == NULL &&
                     n->line == 0 && offset >= f->unit->first && offset < f->unit->end;
    uint32_t known = is_shared ? cpa_idmap_get(&f->origins_at, offset) : CPA_NONE;
    if (known != CPA_NONE) {
        return f->infos.data[known];
    }
    follow(f->unit, n);
    set_name(&info, n);
    if (is_shared) {
        cpa_idmap_insert(&f->origins_at, offset, (uint32_t)f->infos.len);
        cpa_vec_push(&f->infos, info);
    }
    return info;
}

const CpaDwInfo *cpa_dw_funcs_info(CpaDwFuncs *f, uint32_t func)
{
    if (f->info_at == NULL) {
        f->info_at = g_new(uint32_t, f->funcs.len);
        memset(f->info_at, 0xff, f->funcs.len * sizeof *f->info_at);
    }
    if (f->info_at[func] == CPA_NONE) {
        Naming n = {0};
        CpaDwInfo call = {0};
        read_entry(f->unit, f->funcs.data[func].entry, &n, &call);
        CpaDwInfo info = find_origin(f, &n);
        info.call_file = call.call_file;
        info.call_line = call.call_line;
        info.call_column = call.call_column;
        f->info_at[func] = (uint32_t)f->infos.len;
        cpa_vec_push(&f->infos, info);
    }
    return &f->infos.data[f->info_at[func]];
}

#endif
