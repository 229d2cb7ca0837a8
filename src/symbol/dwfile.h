/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DWARF of one file: its sections, units, abbreviations and attributes.
 *
 *     file ── units[]  one header each, and what its first entry says
 *               └─ entries (DIEs): an abbreviation code, then the values it lists
 *
 * Written by hand because what it is for, finding functions by address, has to skip most entries
 * quickly; because elfutils before 0.191 does not know .dwp; and because it opens .dwo files by
 * mapping them, so that a file that shrinks is a SIGBUS. Content is tainted: every offset is
 * checked where it is followed, chains of references are short, and tables that many units may
 * point to are paid for from a budget.
 *
 * Source: DWARF 5, https://dwarfstd.org/dwarf5std.html; DWARF 2 to 4; GNU DebugFission
 */
#pragma once

#include "base/idmap.h"
#include "base/vec.h"
#include "symbol/dwcursor.h"
#include "symbol/elfpart.h"

typedef enum {
    CPA_DW_INFO,
    CPA_DW_ABBREV,
    CPA_DW_STR,
    CPA_DW_LINE,
    CPA_DW_LINE_STR,
    CPA_DW_RANGES,
    CPA_DW_RNGLISTS,
    CPA_DW_ADDR,
    CPA_DW_STR_OFFSETS,
    CPA_DW_CU_INDEX,
    CPA_DW_N_SECTIONS,
} CpaDwSection;

typedef struct CpaDwFile CpaDwFile;
typedef struct CpaDwUnit CpaDwUnit;
typedef struct CpaDwAbbrevs CpaDwAbbrevs;

struct CpaDwUnit {
    CpaDwFile *file;
    CpaDwUnit *skeleton; /* of a split unit */
    uint64_t offset;     /* in .debug_info */
    uint64_t first;      /* its first entry */
    uint64_t end;
    uint64_t abbrev_offset;
    CpaDwAbbrevs *abbrevs; /* when it was needed; owned by the file */
    uint16_t version;
    uint8_t type; /* DW_UT_compile, ... */
    uint8_t address_size;
    uint8_t offset_size;
    bool has_line;
    bool is_read;      /* the following are known */
    uint32_t at_epoch; /* of the file: then its entries were made sure of */
    uint64_t low_pc;
    uint64_t dwo_id;
    uint64_t addr_base;
    uint64_t str_offsets_base;
    uint64_t rnglists_base;
    uint64_t ranges_base; /* GNU, of a skeleton */
    uint64_t line_offset;
    const char *dir;      /* of the compilation */
    const char *dwo_name; /* "" unless a skeleton */
    uint64_t line_start;  /* .dwp: where its share of .debug_line.dwo begins */
};

struct CpaDwFile {
    CpaElf *elf;
    CpaElf *owned_elf; /* (nullable): the same, where it goes with the file */
    CpaDwFile *alt;    /* owned; what dwz moved to a common file */
    bool is_dwo;       /* sections have .dwo in their names */
    bool is_big;
    bool is_loaded[CPA_DW_N_SECTIONS];
    CpaElfPart sections[CPA_DW_N_SECTIONS];
    uint32_t epoch;           /* counts what was forgotten, from 1 on */
    CPA_VEC(CpaDwUnit) units; /* by offset */
    CpaIdMap abbrevs_at;      /* offset -> index */
    GPtrArray *abbrevs;
    uint64_t budget;       /* bytes of abbreviations that may still be read */
    uint64_t line_budget;  /* bytes of line tables, for one question: dwlines.h */
    GStringChunk *strings; /* of units */
};

/* The value of an attribute, references to other sections not followed yet. */
typedef enum {
    CPA_DW_NONE,
    CPA_DW_CONST,
    CPA_DW_ADDRESS,
    CPA_DW_ADDRESS_INDEX,
    CPA_DW_STRING,
    CPA_DW_OFFSET,  /* of a section that the attribute implies */
    CPA_DW_INDEX,   /* into a list of offsets */
    CPA_DW_REF,     /* entry of the same file */
    CPA_DW_REF_ALT, /* entry of the alternative file */
    CPA_DW_OTHER,   /* not of interest here */
} CpaDwKind;

typedef struct {
    CpaDwKind kind;
    uint64_t value;
    const char *string;
} CpaDwValue;

typedef struct {
    uint16_t name; /* DW_AT_... */
    uint16_t form; /* DW_FORM_... */
    int64_t implicit;
} CpaDwAttribute;

typedef struct {
    uint16_t tag; /* DW_TAG_... */
    bool has_children;
    bool has_sibling;
    uint32_t first; /* attribute */
    uint32_t n;
    uint32_t fixed_size[2]; /* of all values, by offset size 4 and 8; UINT32_MAX: it varies */
} CpaDwAbbrev;

struct CpaDwAbbrevs {
    CPA_VEC(CpaDwAbbrev) abbrevs;
    CPA_VEC(CpaDwAttribute) attributes;
    CpaIdMap by_code; /* used where codes are not 1, 2, 3, ... */
    bool is_dense;
};

/**
 * cpa_dw_file_new:
 * @elf: must outlive the file; see owned_elf
 *
 * Errors:  MALFORMED, IO, TOO_LARGE
 * Returns: (transfer full): the file with its units, or %NULL where it has no .debug_info
 *          (without an error) or one that cannot be read
 */
CpaDwFile *cpa_dw_file_new(CpaElf *elf, bool is_dwo, GError **error);

/** cpa_dw_alt_new: the same for what dwz moved to a common file, which may be strings only */
CpaDwFile *cpa_dw_alt_new(CpaElf *elf, GError **error);
void cpa_dw_file_free(CpaDwFile *file);

/**
 * cpa_dw_section:
 *
 * Returns: the bytes of the section; none where it is missing or broken. Those of .debug_info,
 *          .debug_line and .debug_str are there where a cursor from here, or a string, has them.
 */
CpaBytes cpa_dw_section(CpaDwFile *file, CpaDwSection section);

/** cpa_dw_part: Returns: a cursor over @n bytes from @offset on, fewer where the section ends */
CpaDwCursor cpa_dw_part(CpaDwFile *file, CpaDwSection section, uint64_t offset, uint64_t n);

/**
 * cpa_dw_file_release:
 *
 * Forgets bytes that were read, of dwz's file too. Strings, cursors and tables of lines that were
 * got from the file are not to be used afterwards; what units say of themselves stays.
 */
void cpa_dw_file_release(CpaDwFile *file);

/** cpa_dw_file_failure: Returns: (nullable): what could not be read, if anything */
const GError *cpa_dw_file_failure(const CpaDwFile *file);

/** cpa_dw_unit_read: reads the unit's first entry. Returns: %false where it is broken */
bool cpa_dw_unit_read(CpaDwUnit *unit);

/** cpa_dw_unit_abbrevs: Returns: (nullable): the unit's abbreviations */
const CpaDwAbbrevs *cpa_dw_unit_abbrevs(CpaDwUnit *unit);

/** cpa_dw_abbrev: Returns: (nullable): the abbreviation of this code */
static inline const CpaDwAbbrev *cpa_dw_abbrev(const CpaDwAbbrevs *abbrevs, uint64_t code)
{
    if (abbrevs->is_dense) {
        return code - 1 < abbrevs->abbrevs.len ? &abbrevs->abbrevs.data[code - 1] : NULL;
    }
    uint32_t i = cpa_idmap_get(&abbrevs->by_code, code);
    return i != CPA_NONE ? &abbrevs->abbrevs.data[i] : NULL;
}

/** cpa_dw_attributes: Returns: (array length=n): of the abbreviation */
static inline const CpaDwAttribute *cpa_dw_attributes(const CpaDwAbbrevs *abbrevs,
                                                      const CpaDwAbbrev *abbrev)
{
    return abbrev->n > 0 ? abbrevs->attributes.data + abbrev->first : NULL;
}

/** cpa_dw_entry: Returns: a cursor at the entry, failed where @offset is not in the unit */
CpaDwCursor cpa_dw_entry(CpaDwUnit *unit, uint64_t offset);

/**
 * cpa_dw_unit_entry:
 * @each: called with the values of the unit's first entry, in order; twice where they are many
 *
 * Reads the first entry without the rest of the unit.
 * Returns: whether there is one
 */
bool cpa_dw_unit_entry(CpaDwUnit *unit,
                       void (*each)(CpaDwUnit *unit, unsigned name, const CpaDwValue *value,
                                    gpointer data),
                       gpointer data);

/** cpa_dw_value: reads the value of an attribute and moves on */
CpaDwValue cpa_dw_value(CpaDwUnit *unit, CpaDwCursor *c, const CpaDwAttribute *attribute);

/** cpa_dw_skip_values: moves past all values of an entry */
void cpa_dw_skip_values(CpaDwUnit *unit, CpaDwCursor *c, const CpaDwAbbrevs *abbrevs,
                        const CpaDwAbbrev *abbrev);

/** cpa_dw_skip_value: moves past one value without following it */
void cpa_dw_skip_value(const CpaDwUnit *unit, CpaDwCursor *c, unsigned form);

/** cpa_dw_address: @address: (out). Returns: %false where the value is no address */
bool cpa_dw_address(CpaDwUnit *unit, const CpaDwValue *value, uint64_t *address);

/** cpa_dw_indexed_address: Returns: %false where .debug_addr has no such entry */
bool cpa_dw_indexed_address(CpaDwUnit *unit, uint64_t index, uint64_t *address);

/** cpa_dw_find_unit: Returns: (nullable): the unit that has the entry at @offset */
CpaDwUnit *cpa_dw_find_unit(CpaDwFile *file, uint64_t offset);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaDwFile, cpa_dw_file_free)
