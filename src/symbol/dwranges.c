/* SPDX-License-Identifier: Apache-2.0 */
/*
 *     DWARF 2 to 4  .debug_ranges:   pairs of addresses, (-1, base), (0, 0) ends
 *     DWARF 5       .debug_rnglists: a kind, then its operands
 */
#include "symbol/dwranges.h"

#ifdef HAVE_ELFUTILS

#include <dwarf.h>

typedef struct {
    CpaDwUnit *unit;
    uint64_t *budget;
    void (*each)(uint64_t low, uint64_t high, gpointer data);
    gpointer data;
} Emit;

void cpa_dw_extent_take(CpaDwExtent *extent, unsigned name, const CpaDwValue *value)
{
    if (name == DW_AT_low_pc) {
        extent->low_pc = *value;
    } else if (name == DW_AT_high_pc) {
        extent->high_pc = *value;
    } else if (name == DW_AT_ranges) {
        extent->ranges = *value;
    }
}

void cpa_dw_extent_read(CpaDwUnit *unit, CpaDwCursor *c, const CpaDwAbbrevs *abbrevs,
                        const CpaDwAbbrev *abbrev, CpaDwExtent *extent)
{
    const CpaDwAttribute *a = cpa_dw_attributes(abbrevs, abbrev);
    for (uint32_t i = 0; i < abbrev->n && !c->failed; i++) {
        unsigned name = a[i].name;
        if (name == DW_AT_low_pc || name == DW_AT_high_pc || name == DW_AT_ranges) {
            CpaDwValue value = cpa_dw_value(unit, c, &a[i]);
            cpa_dw_extent_take(extent, name, &value);
        } else {
            cpa_dw_skip_value(unit, c, a[i].form);
        }
    }
}

static bool emit(const Emit *e, uint64_t low, uint64_t high)
{
    if (*e->budget == 0) {
        return false;
    }
    --*e->budget;
    /* Addresses of code that the linker dropped are 0, -1 or -2. */
    if (low < high && low != 0) {
        e->each(low, high, e->data);
    }
    return true;
}

static const CpaDwUnit *owner_of(const CpaDwUnit *unit)
{
    return unit->skeleton != NULL ? unit->skeleton : unit;
}

static void old_ranges(const Emit *e, uint64_t offset)
{
    CpaDwUnit *unit = e->unit;
    CpaDwFile *file = owner_of(unit)->file;
    uint64_t base = owner_of(unit)->low_pc;
    unsigned size = unit->address_size;
    uint64_t max = size == 8 ? UINT64_MAX : UINT32_MAX;
    CpaDwCursor c = cpa_dw_at(cpa_dw_section(file, CPA_DW_RANGES), offset, file->is_big);
    while (!c.failed) {
        uint64_t low = cpa_dw_fixed(&c, size);
        uint64_t high = cpa_dw_fixed(&c, size);
        if (c.failed || (low == 0 && high == 0)) {
            return;
        }
        if (low == max) {
            base = high;
        } else if (!emit(e, low + base, high + base)) {
            return;
        }
    }
}

static void new_ranges(const Emit *e, uint64_t offset)
{
    CpaDwUnit *unit = e->unit;
    CpaDwFile *file = unit->file;
    uint64_t base = owner_of(unit)->low_pc;
    unsigned size = unit->address_size;
    CpaDwCursor c = cpa_dw_at(cpa_dw_section(file, CPA_DW_RNGLISTS), offset, file->is_big);
    while (!c.failed) {
        uint64_t low = 0;
        uint64_t high = 0;
        switch (cpa_dw_fixed(&c, 1)) {
        case DW_RLE_base_addressx:
            c.failed |= !cpa_dw_indexed_address(unit, cpa_dw_uleb(&c), &base);
            continue;
        case DW_RLE_base_address:
            base = cpa_dw_fixed(&c, size);
            continue;
        case DW_RLE_startx_endx:
            c.failed |= !cpa_dw_indexed_address(unit, cpa_dw_uleb(&c), &low);
            c.failed |= !cpa_dw_indexed_address(unit, cpa_dw_uleb(&c), &high);
            break;
        case DW_RLE_startx_length:
            c.failed |= !cpa_dw_indexed_address(unit, cpa_dw_uleb(&c), &low);
            high = low + cpa_dw_uleb(&c);
            break;
        case DW_RLE_offset_pair:
            low = base + cpa_dw_uleb(&c);
            high = base + cpa_dw_uleb(&c);
            break;
        case DW_RLE_start_end:
            low = cpa_dw_fixed(&c, size);
            high = cpa_dw_fixed(&c, size);
            break;
        case DW_RLE_start_length:
            low = cpa_dw_fixed(&c, size);
            high = low + cpa_dw_uleb(&c);
            break;
        default: /* the end */
            return;
        }
        if (c.failed || !emit(e, low, high)) {
            return;
        }
    }
}

/* Where a list of DWARF 5 begins that an entry names by its number. */
static bool listed_offset(CpaDwUnit *unit, uint64_t index, uint64_t *offset)
{
    CpaDwFile *file = unit->file;
    CpaDwCursor c =
        cpa_dw_at(cpa_dw_section(file, CPA_DW_RNGLISTS), unit->rnglists_base, file->is_big);
    cpa_dw_skip(&c, index > UINT64_MAX / 8 ? UINT64_MAX : index * unit->offset_size);
    *offset = unit->rnglists_base + cpa_dw_fixed(&c, unit->offset_size);
    return !c.failed;
}

void cpa_dw_ranges(CpaDwUnit *unit, const CpaDwExtent *extent, uint64_t *budget,
                   void (*each)(uint64_t low, uint64_t high, gpointer data), gpointer data)
{
    const Emit e = {unit, budget, each, data};
    const CpaDwValue *ranges = &extent->ranges;
    uint64_t low = 0;
    uint64_t high = 0;
    if (ranges->kind != CPA_DW_NONE) {
        if (unit->version == 5) {
            uint64_t offset = ranges->value;
            if (ranges->kind != CPA_DW_INDEX || listed_offset(unit, ranges->value, &offset)) {
                new_ranges(&e, offset);
            }
        } else {
            /* A split unit's lists are in its skeleton's file, from the skeleton's base on. */
            old_ranges(&e, ranges->value + (unit->skeleton ? unit->skeleton->ranges_base : 0));
        }
        return;
    }
    if (extent->low_pc.kind == CPA_DW_NONE || !cpa_dw_address(unit, &extent->low_pc, &low)) {
        return;
    }
    if (!cpa_dw_address(unit, &extent->high_pc, &high)) {
        high = extent->high_pc.kind == CPA_DW_CONST ? low + extent->high_pc.value : low;
    }
    emit(&e, low, high);
}

#endif
