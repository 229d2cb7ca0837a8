/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Units are listed at once, from their headers alone; what is in them is read when somebody asks.
 */
#include "symbol/dwfile.h"

#ifdef HAVE_ELFUTILS

#include <dwarf.h>

#define VARIES       UINT32_MAX
#define MAX_HEADER   40
#define FIRST_ENTRY  ((uint64_t)1024) /* most are shorter */
#define MAX_UNITS    ((size_t)1 << 26)
#define BUDGET_BASE  ((uint64_t)64 << 20)
#define BUDGET_RATIO 16

/* ---- sections -------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    bool is_split; /* a .dwo has its own */
} sections[CPA_DW_N_SECTIONS] = {
    [CPA_DW_INFO] = {".debug_info", true},
    [CPA_DW_ABBREV] = {".debug_abbrev", true},
    [CPA_DW_STR] = {".debug_str", true},
    [CPA_DW_LINE] = {".debug_line", true},
    [CPA_DW_LINE_STR] = {".debug_line_str", false},
    [CPA_DW_RANGES] = {".debug_ranges", false},
    [CPA_DW_RNGLISTS] = {".debug_rnglists", true},
    [CPA_DW_ADDR] = {".debug_addr", false},
    [CPA_DW_STR_OFFSETS] = {".debug_str_offsets", true},
    [CPA_DW_CU_INDEX] = {".debug_cu_index", false},
};

static bool is_taken_in_parts(CpaDwSection section)
{
    return section == CPA_DW_INFO || section == CPA_DW_LINE || section == CPA_DW_STR;
}

/* What could be read of the file when it was opened, and cannot now. */
static bool fail_read(const CpaElfPart *part, GError **error)
{
    g_propagate_error(error, g_error_copy(part->failure));
    return false;
}

static bool load(CpaDwFile *file, CpaDwSection section, GError **error)
{
    if (file->is_loaded[section]) {
        return true;
    }
    file->is_loaded[section] = true;
    g_autofree char *name = g_strconcat(
        sections[section].name, file->is_dwo && sections[section].is_split ? ".dwo" : "", NULL);
    CpaElfPart *part = &file->sections[section];
    if (!cpa_elf_part_init(part, file->elf, name, error)) {
        return false;
    }
    return is_taken_in_parts(section) || cpa_elf_part_need(part, 0, part->bytes.size) ||
           fail_read(part, error);
}

CpaBytes cpa_dw_section(CpaDwFile *file, CpaDwSection section)
{
    load(file, section, NULL);
    return file->sections[section].bytes;
}

CpaDwCursor cpa_dw_part(CpaDwFile *file, CpaDwSection section, uint64_t offset, uint64_t n)
{
    CpaDwCursor c = cpa_dw_at(cpa_dw_section(file, section), offset, file->is_big);
    c.failed |= !cpa_elf_part_need(&file->sections[section], offset, n);
    c.end = c.failed ? c.at : c.at + MIN(n, (uint64_t)(c.end - c.at));
    return c;
}

static const char *string_at(CpaDwFile *file, CpaDwSection section, uint64_t offset)
{
    CpaDwCursor c = cpa_dw_at(cpa_dw_section(file, section), offset, file->is_big);
    bool ok = cpa_elf_part_need_string(&file->sections[section], offset, CPA_DW_MAX_STRING);
    return ok ? cpa_dw_string(&c) : "";
}

void cpa_dw_file_release(CpaDwFile *file)
{
    bool is_gone = false;
    for (unsigned i = 0; i < CPA_DW_N_SECTIONS; i++) {
        is_gone |= is_taken_in_parts(i) && cpa_elf_part_release(&file->sections[i]);
    }
    file->epoch += is_gone;
    if (file->alt != NULL) {
        cpa_dw_file_release(file->alt);
    }
}

const GError *cpa_dw_file_failure(const CpaDwFile *file)
{
    for (unsigned i = 0; i < CPA_DW_N_SECTIONS; i++) {
        if (file->sections[i].failure != NULL) {
            return file->sections[i].failure;
        }
    }
    return file->alt != NULL ? cpa_dw_file_failure(file->alt) : NULL;
}

/* ---- units ----------------------------------------------------------------------------------- */

/* Reads the header at *at. Returns: false where it is broken; *at is then behind the unit, or stays
 * where nobody knows how long it is. */
static bool read_header(CpaDwFile *file, uint64_t *at, CpaDwUnit *unit)
{
    CpaDwCursor in = cpa_dw_part(file, CPA_DW_INFO, *at, MAX_HEADER);
    *unit = (CpaDwUnit){.file = file, .offset = *at, .type = DW_UT_compile};
    unit->dir = unit->dwo_name = "";
    uint64_t length = cpa_dw_length(&in, &unit->offset_size);
    uint64_t body = *at + (unit->offset_size == 8 ? 12 : 4);
    if (in.failed || length > file->sections[CPA_DW_INFO].bytes.size - body) {
        return false;
    }
    *at = unit->end = body + length;
    const uint8_t *start = in.at;
    in.end = in.at + MIN((uint64_t)(in.end - in.at), length);
    unit->version = (uint16_t)cpa_dw_fixed(&in, 2);
    if (unit->version < 2 || unit->version > 5) {
        return false;
    }
    if (unit->version == 5) {
        unit->type = (uint8_t)cpa_dw_fixed(&in, 1);
        unit->address_size = (uint8_t)cpa_dw_fixed(&in, 1);
        unit->abbrev_offset = cpa_dw_fixed(&in, unit->offset_size);
        if (unit->type == DW_UT_skeleton || unit->type == DW_UT_split_compile) {
            unit->dwo_id = cpa_dw_fixed(&in, 8);
        } else if (unit->type == DW_UT_type || unit->type == DW_UT_split_type) {
            cpa_dw_skip(&in, 8 + unit->offset_size);
        }
    } else {
        unit->abbrev_offset = cpa_dw_fixed(&in, unit->offset_size);
        unit->address_size = (uint8_t)cpa_dw_fixed(&in, 1);
    }
    unit->first = body + (uint64_t)(in.at - start);
    return !in.failed && (unit->address_size == 4 || unit->address_size == 8);
}

static bool read_units(CpaDwFile *file, GError **error)
{
    uint64_t size = file->sections[CPA_DW_INFO].bytes.size;
    for (uint64_t at = 0; at < size && file->units.len < MAX_UNITS;) {
        CpaDwUnit unit;
        uint64_t from = at;
        if (read_header(file, &at, &unit)) {
            cpa_vec_push(&file->units, unit);
        } else if (file->sections[CPA_DW_INFO].failure != NULL) {
            return fail_read(&file->sections[CPA_DW_INFO], error);
        } else if (at == from) {
            return at > 0 ||
                   cpa_error_set(error, CPA_ERROR_MALFORMED, "%s: .debug_info: no unit at offset 0",
                                 cpa_elf_path(file->elf));
        }
        cpa_elf_part_release(&file->sections[CPA_DW_INFO]);
    }
    return true;
}

static CpaDwFile *make(CpaElf *elf, bool is_dwo, GError **error)
{
    g_autoptr(CpaDwFile) file = g_new0(CpaDwFile, 1);
    file->elf = elf;
    file->is_dwo = is_dwo;
    file->is_big = cpa_elf_is_big(elf);
    file->abbrevs = g_ptr_array_new();
    file->strings = g_string_chunk_new(256);
    file->epoch = 1;
    if (!load(file, CPA_DW_INFO, error) || !load(file, CPA_DW_ABBREV, error) ||
        !read_units(file, error)) {
        return NULL;
    }
    file->budget = BUDGET_BASE + BUDGET_RATIO * (uint64_t)file->sections[CPA_DW_ABBREV].bytes.size;
    return g_steal_pointer(&file);
}

CpaDwFile *cpa_dw_file_new(CpaElf *elf, bool is_dwo, GError **error)
{
    g_autoptr(CpaDwFile) file = make(elf, is_dwo, error);
    bool has_info = file != NULL && cpa_dw_section(file, CPA_DW_INFO).size > 0;
    return has_info ? g_steal_pointer(&file) : NULL;
}

CpaDwFile *cpa_dw_alt_new(CpaElf *elf, GError **error)
{
    g_autoptr(CpaDwFile) file = make(elf, false, error);
    bool has_any =
        file != NULL &&
        cpa_dw_section(file, CPA_DW_INFO).size + cpa_dw_section(file, CPA_DW_STR).size > 0;
    return has_any ? g_steal_pointer(&file) : NULL;
}

void cpa_dw_file_free(CpaDwFile *file)
{
    if (file == NULL) {
        return;
    }
    for (size_t i = 0; i < file->abbrevs->len; i++) {
        CpaDwAbbrevs *a = file->abbrevs->pdata[i];
        cpa_vec_clear(&a->abbrevs);
        cpa_vec_clear(&a->attributes);
        cpa_idmap_clear(&a->by_code);
        g_free(a);
    }
    g_ptr_array_unref(file->abbrevs);
    cpa_idmap_clear(&file->abbrevs_at);
    cpa_vec_clear(&file->units);
    cpa_dw_file_free(file->alt);
    for (unsigned i = 0; i < CPA_DW_N_SECTIONS; i++) {
        cpa_elf_part_clear(&file->sections[i]);
    }
    g_string_chunk_free(file->strings);
    cpa_elf_free(file->owned_elf);
    g_free(file);
}

CpaDwUnit *cpa_dw_find_unit(CpaDwFile *file, uint64_t offset)
{
    size_t low = 0;
    size_t high = file->units.len;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (file->units.data[mid].end <= offset) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    CpaDwUnit *unit = low < file->units.len ? &file->units.data[low] : NULL;
    return unit != NULL && offset >= unit->first ? unit : NULL;
}

/* ---- abbreviations --------------------------------------------------------------------------- */

/* How many bytes a value of the form takes, VARIES where it says so itself. */
static uint32_t form_size(unsigned form, uint16_t version, unsigned address_size,
                          unsigned offset_size)
{
    switch (form) {
    case DW_FORM_flag_present:
    case DW_FORM_implicit_const:
        return 0;
    case DW_FORM_data1:
    case DW_FORM_ref1:
    case DW_FORM_flag:
    case DW_FORM_strx1:
    case DW_FORM_addrx1:
        return 1;
    case DW_FORM_data2:
    case DW_FORM_ref2:
    case DW_FORM_strx2:
    case DW_FORM_addrx2:
        return 2;
    case DW_FORM_strx3:
    case DW_FORM_addrx3:
        return 3;
    case DW_FORM_data4:
    case DW_FORM_ref4:
    case DW_FORM_strx4:
    case DW_FORM_addrx4:
    case DW_FORM_ref_sup4:
        return 4;
    case DW_FORM_data8:
    case DW_FORM_ref8:
    case DW_FORM_ref_sig8:
    case DW_FORM_ref_sup8:
        return 8;
    case DW_FORM_data16:
        return 16;
    case DW_FORM_addr:
        return address_size;
    case DW_FORM_ref_addr:
        return version <= 2 ? address_size : offset_size;
    case DW_FORM_strp:
    case DW_FORM_line_strp:
    case DW_FORM_sec_offset:
    case DW_FORM_strp_sup:
    case DW_FORM_GNU_ref_alt:
    case DW_FORM_GNU_strp_alt:
        return offset_size;
    default:
        return VARIES;
    }
}

/* Returns: false where the table ends before or after this abbreviation. */
static bool read_abbrev(CpaDwCursor *c, const CpaDwUnit *unit, CpaDwAbbrevs *table)
{
    uint64_t code = cpa_dw_uleb(c);
    if (code == 0) {
        return false;
    }
    CpaDwAbbrev abbrev = {.first = (uint32_t)table->attributes.len};
    abbrev.tag = cpa_dw_uleb16(c);
    abbrev.has_children = cpa_dw_fixed(c, 1) != 0;
    while (!c->failed) {
        uint64_t name = cpa_dw_uleb(c);
        uint64_t form = cpa_dw_uleb(c);
        CpaDwAttribute a = {(uint16_t)MIN(name, UINT16_MAX), (uint16_t)MIN(form, UINT16_MAX), 0};
        if (name == 0 && form == 0) {
            break;
        }
        if (a.form == DW_FORM_implicit_const) {
            a.implicit = cpa_dw_sleb(c);
        }
        abbrev.has_sibling |= a.name == DW_AT_sibling;
        for (unsigned i = 0; i < 2; i++) {
            uint32_t size = form_size(a.form, unit->version, unit->address_size, i == 0 ? 4 : 8);
            bool varies = size == VARIES || abbrev.fixed_size[i] == VARIES ||
                          abbrev.fixed_size[i] > UINT32_MAX / 2;
            abbrev.fixed_size[i] = varies ? VARIES : abbrev.fixed_size[i] + size;
        }
        cpa_vec_push(&table->attributes, a);
        abbrev.n++;
    }
    if (c->failed) {
        return false;
    }
    table->is_dense &= code == table->abbrevs.len + 1;
    cpa_idmap_insert(&table->by_code, code, (uint32_t)table->abbrevs.len);
    cpa_vec_push(&table->abbrevs, abbrev);
    return true;
}

const CpaDwAbbrevs *cpa_dw_unit_abbrevs(CpaDwUnit *unit)
{
    CpaDwFile *file = unit->file;
    if (unit->abbrevs != NULL) {
        return unit->abbrevs;
    }
    /* Sizes depend on version and address size, so tables are shared among units of one kind. */
    uint64_t key = unit->abbrev_offset << 8 | (uint64_t)(unit->version << 4) | unit->address_size;
    uint32_t known = cpa_idmap_get(&file->abbrevs_at, key);
    if (known != CPA_NONE) {
        return unit->abbrevs = file->abbrevs->pdata[known];
    }
    CpaBytes bytes = cpa_dw_section(file, CPA_DW_ABBREV);
    CpaDwCursor c = cpa_dw_at(bytes, unit->abbrev_offset, file->is_big);
    if (c.failed || file->budget == 0) {
        return NULL;
    }
    CpaDwAbbrevs *table = g_new0(CpaDwAbbrevs, 1);
    table->is_dense = true;
    const uint8_t *from = c.at;
    while (!c.failed && table->attributes.len < UINT32_MAX / 2 && read_abbrev(&c, unit, table)) {
    }
    uint64_t paid = (uint64_t)(c.at - from) + 1;
    file->budget -= MIN(paid, file->budget);
    cpa_idmap_insert(&file->abbrevs_at, key, file->abbrevs->len);
    g_ptr_array_add(file->abbrevs, table);
    return unit->abbrevs = table;
}

/* ---- values ---------------------------------------------------------------------------------- */

CpaDwCursor cpa_dw_entry(CpaDwUnit *unit, uint64_t offset)
{
    CpaDwFile *file = unit->file;
    CpaDwCursor c = cpa_dw_at(cpa_dw_section(file, CPA_DW_INFO), offset, file->is_big);
    bool ok = offset >= unit->first && offset < unit->end;
    if (ok && unit->at_epoch != file->epoch) {
        ok = cpa_elf_part_need(&file->sections[CPA_DW_INFO], unit->first, unit->end - unit->first);
        unit->at_epoch = ok ? file->epoch : 0;
    }
    c.failed |= !ok;
    c.end = c.failed ? c.at : c.at + (unit->end - offset);
    return c;
}

static CpaDwValue indexed_string(CpaDwUnit *unit, uint64_t index)
{
    CpaDwFile *file = unit->file;
    CpaDwCursor c =
        cpa_dw_at(cpa_dw_section(file, CPA_DW_STR_OFFSETS), unit->str_offsets_base, file->is_big);
    cpa_dw_skip(&c, index > UINT64_MAX / 8 ? UINT64_MAX : index * unit->offset_size);
    uint64_t offset = cpa_dw_fixed(&c, unit->offset_size);
    const char *text = c.failed ? "" : string_at(file, CPA_DW_STR, offset);
    return (CpaDwValue){CPA_DW_STRING, 0, text};
}

static CpaDwValue alt_string(CpaDwFile *file, uint64_t offset)
{
    const char *text = file->alt != NULL ? string_at(file->alt, CPA_DW_STR, offset) : "";
    return (CpaDwValue){CPA_DW_STRING, 0, text};
}

static CpaDwValue skipped(CpaDwCursor *c, uint64_t size)
{
    cpa_dw_skip(c, size);
    return (CpaDwValue){CPA_DW_OTHER, 0, NULL};
}

CpaDwValue cpa_dw_value(CpaDwUnit *unit, CpaDwCursor *c, const CpaDwAttribute *attribute)
{
    unsigned form = attribute->form;
    if (form == DW_FORM_indirect) {
        form = cpa_dw_uleb16(c);
        if (form == DW_FORM_implicit_const || form == DW_FORM_indirect) {
            c->failed = true;
            return (CpaDwValue){CPA_DW_NONE, 0, NULL};
        }
    }
    unsigned osize = unit->offset_size;
    uint32_t size = form_size(form, unit->version, unit->address_size, osize);
    switch (form) {
    case DW_FORM_addr:
        return (CpaDwValue){CPA_DW_ADDRESS, cpa_dw_fixed(c, unit->address_size), NULL};
    case DW_FORM_addrx:
    case DW_FORM_GNU_addr_index:
        return (CpaDwValue){CPA_DW_ADDRESS_INDEX, cpa_dw_uleb(c), NULL};
    case DW_FORM_addrx1:
    case DW_FORM_addrx2:
    case DW_FORM_addrx3:
    case DW_FORM_addrx4:
        return (CpaDwValue){CPA_DW_ADDRESS_INDEX, cpa_dw_fixed(c, size), NULL};
    case DW_FORM_data1:
    case DW_FORM_data2:
    case DW_FORM_data4:
    case DW_FORM_data8:
    case DW_FORM_flag:
        return (CpaDwValue){CPA_DW_CONST, cpa_dw_fixed(c, size), NULL};
    case DW_FORM_udata:
        return (CpaDwValue){CPA_DW_CONST, cpa_dw_uleb(c), NULL};
    case DW_FORM_sdata:
        return (CpaDwValue){CPA_DW_CONST, (uint64_t)cpa_dw_sleb(c), NULL};
    case DW_FORM_implicit_const:
        return (CpaDwValue){CPA_DW_CONST, (uint64_t)attribute->implicit, NULL};
    case DW_FORM_flag_present:
        return (CpaDwValue){CPA_DW_CONST, 1, NULL};
    case DW_FORM_string:
        return (CpaDwValue){CPA_DW_STRING, 0, cpa_dw_string(c)};
    case DW_FORM_strp:
        return (CpaDwValue){CPA_DW_STRING, 0,
                            string_at(unit->file, CPA_DW_STR, cpa_dw_fixed(c, osize))};
    case DW_FORM_line_strp:
        return (CpaDwValue){CPA_DW_STRING, 0,
                            string_at(unit->file, CPA_DW_LINE_STR, cpa_dw_fixed(c, osize))};
    case DW_FORM_GNU_strp_alt:
    case DW_FORM_strp_sup:
        return alt_string(unit->file, cpa_dw_fixed(c, osize));
    case DW_FORM_strx:
    case DW_FORM_GNU_str_index:
        return indexed_string(unit, cpa_dw_uleb(c));
    case DW_FORM_strx1:
    case DW_FORM_strx2:
    case DW_FORM_strx3:
    case DW_FORM_strx4:
        return indexed_string(unit, cpa_dw_fixed(c, size));
    case DW_FORM_sec_offset:
        return (CpaDwValue){CPA_DW_OFFSET, cpa_dw_fixed(c, osize), NULL};
    case DW_FORM_rnglistx:
    case DW_FORM_loclistx:
        return (CpaDwValue){CPA_DW_INDEX, cpa_dw_uleb(c), NULL};
    case DW_FORM_ref1:
    case DW_FORM_ref2:
    case DW_FORM_ref4:
    case DW_FORM_ref8:
        return (CpaDwValue){CPA_DW_REF, unit->offset + cpa_dw_fixed(c, size), NULL};
    case DW_FORM_ref_udata:
        return (CpaDwValue){CPA_DW_REF, unit->offset + cpa_dw_uleb(c), NULL};
    case DW_FORM_ref_addr:
        return (CpaDwValue){CPA_DW_REF, cpa_dw_fixed(c, size), NULL};
    case DW_FORM_GNU_ref_alt:
    case DW_FORM_ref_sup4:
    case DW_FORM_ref_sup8:
        return (CpaDwValue){CPA_DW_REF_ALT, cpa_dw_fixed(c, size), NULL};
    case DW_FORM_ref_sig8:
    case DW_FORM_data16:
        return skipped(c, size);
    case DW_FORM_block1:
        return skipped(c, cpa_dw_fixed(c, 1));
    case DW_FORM_block2:
        return skipped(c, cpa_dw_fixed(c, 2));
    case DW_FORM_block4:
        return skipped(c, cpa_dw_fixed(c, 4));
    case DW_FORM_block:
    case DW_FORM_exprloc:
        return skipped(c, cpa_dw_uleb(c));
    default:
        c->failed = true; /* of a size that nobody knows */
        return (CpaDwValue){CPA_DW_NONE, 0, NULL};
    }
}

void cpa_dw_skip_value(const CpaDwUnit *unit, CpaDwCursor *c, unsigned form)
{
    uint32_t size = form_size(form, unit->version, unit->address_size, unit->offset_size);
    if (size != VARIES) {
        cpa_dw_skip(c, size);
        return;
    }
    switch (form) {
    case DW_FORM_string:
        cpa_dw_string(c);
        break;
    case DW_FORM_block1:
        cpa_dw_skip(c, cpa_dw_fixed(c, 1));
        break;
    case DW_FORM_block2:
        cpa_dw_skip(c, cpa_dw_fixed(c, 2));
        break;
    case DW_FORM_block4:
        cpa_dw_skip(c, cpa_dw_fixed(c, 4));
        break;
    case DW_FORM_block:
    case DW_FORM_exprloc:
        cpa_dw_skip(c, cpa_dw_uleb(c));
        break;
    case DW_FORM_indirect: {
        unsigned inner = cpa_dw_uleb16(c);
        if (inner == DW_FORM_indirect || inner == DW_FORM_implicit_const) {
            c->failed = true;
        } else {
            cpa_dw_skip_value(unit, c, inner);
        }
        break;
    }
    case DW_FORM_udata:
    case DW_FORM_sdata:
    case DW_FORM_ref_udata:
    case DW_FORM_addrx:
    case DW_FORM_strx:
    case DW_FORM_rnglistx:
    case DW_FORM_loclistx:
    case DW_FORM_GNU_addr_index:
    case DW_FORM_GNU_str_index:
        cpa_dw_uleb(c);
        break;
    default:
        c->failed = true;
        break;
    }
}

void cpa_dw_skip_values(CpaDwUnit *unit, CpaDwCursor *c, const CpaDwAbbrevs *abbrevs,
                        const CpaDwAbbrev *abbrev)
{
    uint32_t fixed = abbrev->fixed_size[unit->offset_size == 8];
    if (fixed != VARIES) {
        cpa_dw_skip(c, fixed);
        return;
    }
    const CpaDwAttribute *a = cpa_dw_attributes(abbrevs, abbrev);
    for (uint32_t i = 0; i < abbrev->n && !c->failed; i++) {
        cpa_dw_skip_value(unit, c, a[i].form);
    }
}

/* ---- what the first entry says --------------------------------------------------------------- */

bool cpa_dw_indexed_address(CpaDwUnit *unit, uint64_t index, uint64_t *address)
{
    const CpaDwUnit *owner = unit->skeleton != NULL ? unit->skeleton : unit;
    CpaDwFile *file = owner->file;
    CpaDwCursor c = cpa_dw_at(cpa_dw_section(file, CPA_DW_ADDR), owner->addr_base, file->is_big);
    cpa_dw_skip(&c, index > UINT64_MAX / 8 ? UINT64_MAX : index * unit->address_size);
    *address = cpa_dw_fixed(&c, unit->address_size);
    return !c.failed;
}

bool cpa_dw_address(CpaDwUnit *unit, const CpaDwValue *value, uint64_t *address)
{
    if (value->kind == CPA_DW_ADDRESS_INDEX) {
        return cpa_dw_indexed_address(unit, value->value, address);
    }
    *address = value->value;
    return value->kind == CPA_DW_ADDRESS;
}

/* Bases that a unit of DWARF 5 need not name: behind the header of its share of the section. */
static void default_bases(CpaDwUnit *unit)
{
    if (unit->version == 5) {
        uint64_t header = unit->offset_size == 8 ? 16 : 8;
        unit->addr_base = header;
        unit->str_offsets_base += header;
        unit->rnglists_base += unit->offset_size == 8 ? 20 : 12;
    }
}

bool cpa_dw_unit_entry(CpaDwUnit *unit,
                       void (*each)(CpaDwUnit *unit, unsigned name, const CpaDwValue *value,
                                    gpointer data),
                       gpointer data)
{
    const CpaDwAbbrevs *abbrevs = cpa_dw_unit_abbrevs(unit);
    uint64_t size = unit->end - unit->first;
    for (uint64_t n = MIN(size, FIRST_ENTRY);; n = size) {
        CpaDwCursor c = cpa_dw_part(unit->file, CPA_DW_INFO, unit->first, n);
        uint64_t code = cpa_dw_uleb(&c);
        const CpaDwAbbrev *abbrev =
            abbrevs != NULL && !c.failed ? cpa_dw_abbrev(abbrevs, code) : NULL;
        if (abbrev == NULL) {
            return false;
        }
        const CpaDwAttribute *a = cpa_dw_attributes(abbrevs, abbrev);
        for (uint32_t i = 0; i < abbrev->n && !c.failed; i++) {
            CpaDwValue value = cpa_dw_value(unit, &c, &a[i]);
            each(unit, a[i].name, &value, data);
        }
        if (!c.failed || n == size) {
            return true;
        }
    }
}

static const char *keep_string(CpaDwFile *file, const CpaDwValue *value)
{
    bool has_text = value->kind == CPA_DW_STRING && *value->string != '\0';
    return has_text ? g_string_chunk_insert_const(file->strings, value->string) : "";
}

static void take_first(CpaDwUnit *unit, unsigned name, const CpaDwValue *value, gpointer data)
{
    switch (name) {
    case DW_AT_comp_dir:
        unit->dir = keep_string(unit->file, value);
        break;
    case DW_AT_dwo_name:
    case DW_AT_GNU_dwo_name:
        unit->dwo_name = keep_string(unit->file, value);
        break;
    case DW_AT_GNU_dwo_id:
        unit->dwo_id = value->value;
        break;
    case DW_AT_low_pc:
        *(CpaDwValue *)data = *value;
        break;
    case DW_AT_stmt_list:
        unit->has_line = true;
        unit->line_offset = value->value;
        break;
    case DW_AT_addr_base:
    case DW_AT_GNU_addr_base:
        unit->addr_base = value->value;
        break;
    case DW_AT_str_offsets_base:
        unit->str_offsets_base = value->value;
        break;
    case DW_AT_rnglists_base:
        unit->rnglists_base = value->value;
        break;
    case DW_AT_GNU_ranges_base:
        unit->ranges_base = value->value;
        break;
    default:
        break;
    }
}

bool cpa_dw_unit_read(CpaDwUnit *unit)
{
    if (unit->is_read) {
        return true;
    }
    const CpaDwUnit before = *unit;
    CpaDwValue low_pc = {CPA_DW_NONE, 0, NULL};
    default_bases(unit);
    /* Strings and addresses may need bases that are named after them: two passes. */
    for (unsigned pass = 0; pass < 2; pass++) {
        if (!cpa_dw_unit_entry(unit, take_first, &low_pc)) {
            *unit = before;
            return false;
        }
    }
    cpa_dw_address(unit, &low_pc, &unit->low_pc);
    unit->is_read = true;
    return true;
}

#endif
