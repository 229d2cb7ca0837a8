/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A .dwo file is read whole, so that thousands of them need no file descriptors.
 *
 * Index of a .dwp: version, columns, units, slots; slots * id; slots * row; names of the columns;
 * rows * columns * offset; rows * columns * size. Source: DWARF 5, section 7.3.5
 */
#include "symbol/dwsplit.h"

#ifdef HAVE_ELFUTILS

#include <dwarf.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

#define MAX_NOTES    32
#define MAX_DWO_SIZE ((goffset)1 << 31)
#define MAX_DWO_SUM  ((uint64_t)16 << 30)
#define MAX_COLUMNS  16

/* Columns of the index. */
enum {
    SECT_INFO = 1,
    SECT_ABBREV = 3,
    SECT_LINE = 4,
    SECT_STR_OFFSETS = 6,
    SECT_RNGLISTS = 8,
};

typedef struct {
    CpaDwFile *file;
    CpaIdMap by_id; /* of units */
} Dwo;

struct CpaDwSplit {
    char *path;
    GPtrArray *notes;
    GHashTable *dwos;  /* path -> Dwo, or NULL where it cannot be used */
    GHashTable *units; /* skeleton -> its unit, or NULL where there is none */
    uint64_t budget;   /* bytes of .dwo files that may still be read */
    CpaDwFile *package;
    bool package_is_tried;
};

void cpa_note(GPtrArray *notes, const char *format, ...)
{
    if (notes->len > MAX_NOTES) {
        return;
    }
    va_list args;
    va_start(args, format);
    notes->pdata[notes->len - 1] = g_strdup_vprintf(format, args);
    va_end(args);
    g_ptr_array_add(notes, NULL);
}

static void free_dwo(gpointer data)
{
    Dwo *dwo = data;
    if (dwo != NULL) {
        cpa_dw_file_free(dwo->file);
        cpa_idmap_clear(&dwo->by_id);
        g_free(dwo);
    }
}

CpaDwSplit *cpa_dw_split_new(const char *path, GPtrArray *notes)
{
    CpaDwSplit *split = g_new0(CpaDwSplit, 1);
    split->path = g_strdup(path);
    split->notes = notes;
    split->dwos = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_dwo);
    split->budget = MAX_DWO_SUM;
    split->units = g_hash_table_new(NULL, NULL);
    return split;
}

void cpa_dw_split_free(CpaDwSplit *split)
{
    if (split != NULL) {
        g_hash_table_unref(split->units);
        g_hash_table_unref(split->dwos);
        cpa_dw_file_free(split->package);
        g_free(split->path);
        g_free(split);
    }
}

/* ---- one .dwp -------------------------------------------------------------------------------- */

static void open_package(CpaDwSplit *split)
{
    g_autofree char *path = g_strconcat(split->path, ".dwp", NULL);
    g_autoptr(GError) error = NULL;
    split->package_is_tried = true;
    CpaElf *elf = cpa_elf_open(path, &error);
    if (elf == NULL) {
        if (error->code != CPA_ERROR_IO || g_file_test(path, G_FILE_TEST_EXISTS)) {
            cpa_note(split->notes, "%s", error->message);
        }
        return;
    }
    split->package = cpa_dw_file_new(elf, true, &error);
    if (split->package == NULL) {
        cpa_note(split->notes, "%s: %s", path,
                 error != NULL ? error->message : "no .debug_info.dwo");
        cpa_elf_free(elf);
        return;
    }
    split->package->owned_elf = elf;
    cpa_note(split->notes, "%s: split DWARF", path);
}

/* Offsets of a unit's shares, by column name. */
static bool find_row(CpaDwFile *package, uint64_t id, uint64_t shares[MAX_COLUMNS])
{
    CpaBytes index = cpa_dw_section(package, CPA_DW_CU_INDEX);
    CpaDwCursor c = cpa_dw_at(index, 0, package->is_big);
    uint64_t version = cpa_dw_fixed(&c, 4);
    if (version != 2) { /* 5 is two bytes, and two of padding */
        c = cpa_dw_at(index, 0, package->is_big);
        version = cpa_dw_fixed(&c, 2);
        cpa_dw_skip(&c, 2);
    }
    uint64_t n_columns = cpa_dw_fixed(&c, 4);
    uint64_t n_units = cpa_dw_fixed(&c, 4);
    uint64_t n_slots = cpa_dw_fixed(&c, 4);
    if (c.failed || (version != 2 && version != 5) || n_columns > MAX_COLUMNS || n_slots == 0 ||
        (n_slots & (n_slots - 1)) != 0 || n_slots > index.size / 12) {
        return false;
    }
    const CpaDwCursor ids = c;
    cpa_dw_skip(&c, n_slots * 8);
    const CpaDwCursor rows = c;
    cpa_dw_skip(&c, n_slots * 4);
    CpaDwCursor names = c;
    cpa_dw_skip(&c, n_columns * 4);
    uint64_t slot = id & (n_slots - 1);
    uint64_t step = (id >> 32 & (n_slots - 1)) | 1;
    uint64_t row = 0;
    for (uint64_t i = 0; i < n_slots; i++, slot = (slot + step) & (n_slots - 1)) {
        CpaDwCursor at_id = ids;
        CpaDwCursor at_row = rows;
        cpa_dw_skip(&at_id, slot * 8);
        cpa_dw_skip(&at_row, slot * 4);
        uint64_t found = cpa_dw_fixed(&at_id, 8);
        row = cpa_dw_fixed(&at_row, 4);
        if (row == 0 || (found == id && !at_row.failed)) {
            break;
        }
        row = 0;
    }
    if (row == 0 || row > n_units) {
        return false;
    }
    cpa_dw_skip(&c, (row - 1) * n_columns * 4);
    for (uint64_t i = 0; i < n_columns; i++) {
        uint64_t name = cpa_dw_fixed(&names, 4);
        uint64_t offset = cpa_dw_fixed(&c, 4);
        if (name < MAX_COLUMNS) {
            shares[name] = offset;
        }
    }
    return !c.failed;
}

static CpaDwUnit *find_in_package(CpaDwSplit *split, const CpaDwUnit *skeleton)
{
    uint64_t shares[MAX_COLUMNS] = {0};
    if (!split->package_is_tried) {
        open_package(split);
    }
    if (split->package == NULL || !find_row(split->package, skeleton->dwo_id, shares)) {
        return NULL;
    }
    CpaDwFile *package = split->package;
    for (size_t low = 0, high = package->units.len; low < high;) {
        size_t mid = low + (high - low) / 2;
        CpaDwUnit *unit = &package->units.data[mid];
        if (unit->offset == shares[SECT_INFO]) {
            if (!unit->is_read && unit->skeleton == NULL) {
                unit->abbrev_offset += shares[SECT_ABBREV];
                unit->str_offsets_base = shares[SECT_STR_OFFSETS];
                unit->line_start = shares[SECT_LINE];
                unit->rnglists_base = unit->version == 5 ? shares[SECT_RNGLISTS] : 0;
            }
            return unit;
        }
        if (unit->offset < shares[SECT_INFO]) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return NULL;
}

/* ---- many .dwo ------------------------------------------------------------------------------- */

static CpaDwFile *open_dwo(const char *path, uint64_t *budget, GError **error)
{
    struct stat st;
    g_autofree char *bytes = NULL;
    gsize size = 0;
    if (stat(path, &st) != 0) {
        cpa_error_set(error, CPA_ERROR_IO, "%s: %s", path, g_strerror(errno));
        return NULL;
    }
    if (!S_ISREG(st.st_mode) || st.st_size > MAX_DWO_SIZE) {
        cpa_error_set(error, CPA_ERROR_TOO_LARGE, "%s: %" PRIi64 " bytes, or no regular file", path,
                      (int64_t)st.st_size);
        return NULL;
    }
    if ((uint64_t)st.st_size > *budget) {
        cpa_error_set(error, CPA_ERROR_TOO_LARGE,
                      "%s: not read, there were %" PRIu64 " MiB of others", path,
                      MAX_DWO_SUM >> 20);
        return NULL;
    }
    *budget -= (uint64_t)st.st_size;
    if (!g_file_get_contents(path, &bytes, &size, error)) {
        return NULL;
    }
    CpaElf *elf = cpa_elf_new_memory(path, (uint8_t *)g_steal_pointer(&bytes), size, error);
    CpaDwFile *file = elf != NULL ? cpa_dw_file_new(elf, true, error) : NULL;
    if (file == NULL) {
        cpa_elf_free(elf);
        if (error != NULL && *error == NULL) {
            cpa_error_set(error, CPA_ERROR_NO_SYMBOLS, "%s: no .debug_info.dwo", path);
        }
        return NULL;
    }
    file->owned_elf = elf;
    return file;
}

/* Lists the units of a .dwo by their ids; the first of an id counts. */
static Dwo *list_units(CpaDwFile *file)
{
    Dwo *dwo = g_new0(Dwo, 1);
    dwo->file = file;
    for (size_t i = 0; i < file->units.len; i++) {
        CpaDwUnit *unit = &file->units.data[i];
        bool is_type = unit->type == DW_UT_type || unit->type == DW_UT_split_type;
        /* Before DWARF 5 the id is an attribute, and there is one unit that is not of a type. */
        if (!is_type && (unit->version == 5 || cpa_dw_unit_read(unit))) {
            cpa_idmap_insert(&dwo->by_id, unit->dwo_id, (uint32_t)i);
        }
    }
    return dwo;
}

/* Returns: (nullable): the file; many units may name one, which is read, or missed, once. */
static Dwo *get_dwo(CpaDwSplit *split, const char *path)
{
    gpointer known = NULL;
    if (g_hash_table_lookup_extended(split->dwos, path, NULL, &known)) {
        return known;
    }
    g_autoptr(GError) error = NULL;
    CpaDwFile *file = open_dwo(path, &split->budget, &error);
    Dwo *dwo = file != NULL ? list_units(file) : NULL;
    if (error != NULL) {
        cpa_note(split->notes, "%s", error->message);
    }
    g_hash_table_insert(split->dwos, g_strdup(path), dwo);
    return dwo;
}

static CpaDwUnit *find_in_dwo(CpaDwSplit *split, const CpaDwUnit *skeleton)
{
    g_autofree char *here = g_path_get_dirname(split->path);
    g_autofree char *base = g_path_get_basename(skeleton->dwo_name);
    char *candidates[] = {
        g_path_is_absolute(skeleton->dwo_name)
            ? g_strdup(skeleton->dwo_name)
            : g_build_filename(skeleton->dir, skeleton->dwo_name, NULL),
        g_build_filename(here, skeleton->dwo_name, NULL),
        g_build_filename(here, base, NULL),
    };
    CpaDwUnit *unit = NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(candidates); i++) {
        Dwo *dwo = unit == NULL ? get_dwo(split, candidates[i]) : NULL;
        uint32_t at = dwo != NULL ? cpa_idmap_get(&dwo->by_id, skeleton->dwo_id) : CPA_NONE;
        if (at != CPA_NONE) {
            unit = &dwo->file->units.data[at];
        } else if (dwo != NULL) {
            cpa_note(split->notes, "%s: not of this program: no unit %016" PRIx64, candidates[i],
                     skeleton->dwo_id);
        }
        g_free(candidates[i]);
    }
    return unit;
}

CpaDwUnit *cpa_dw_split_find(CpaDwSplit *split, CpaDwUnit *skeleton)
{
    gpointer known = NULL;
    if (g_hash_table_lookup_extended(split->units, skeleton, NULL, &known)) {
        return known;
    }
    CpaDwUnit *unit = find_in_package(split, skeleton);
    if (unit == NULL) {
        unit = find_in_dwo(split, skeleton);
    }
    /* Two skeletons of one unit would make it read addresses of the wrong one. */
    if (unit != NULL && unit->skeleton != NULL) {
        unit = NULL;
    }
    if (unit != NULL) {
        unit->skeleton = skeleton;
        if (!cpa_dw_unit_read(unit)) {
            unit = NULL;
        }
    }
    g_hash_table_insert(split->units, skeleton, unit);
    return unit;
}

#endif
