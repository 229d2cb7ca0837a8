/* SPDX-License-Identifier: Apache-2.0 */
/*
 *     magic, 0, 0, quantum, size of a pointer
 *     1.2   n, (pc, offset) * n, pc, offset of the files; all offsets are from the start
 *     1.16  n, files, names, compilation units, files, tables, functions: offsets of parts
 *     1.18  the same behind the address of the code, pcs are 32 bit from there on
 *     1.20  the same, a function knows its first line
 */
#include "symbol/pclntab.h"

#include "symbol/dwcursor.h"

/* Names overlap little; a table in which they do much more is made up. */
#define NAME_BYTES_RATIO 8

typedef enum { GO_1_2, GO_1_16, GO_1_18, GO_1_20 } Version;

struct CpaPclntab {
    CpaBytes all;
    bool is_big;
    Version version;
    unsigned quantum;
    unsigned pointer_size;
    uint64_t text;
    uint64_t n;
    uint64_t functions; /* offset of (pc, offset) * n, pc */
    /* Offsets of parts; 0 before Go 1.16, where all are parts of one. */
    uint64_t names;
    uint64_t units;
    uint64_t files;
    uint64_t tables;
};

static uint64_t number(const CpaPclntab *t, uint64_t offset, unsigned size)
{
    CpaDwCursor c = cpa_dw_at(t->all, offset, t->is_big);
    return cpa_dw_fixed(&c, size);
}

static const char *string(const CpaPclntab *t, uint64_t offset)
{
    CpaDwCursor c = cpa_dw_at(t->all, offset, t->is_big);
    return cpa_dw_string(&c);
}

static bool read_magic(CpaPclntab *t)
{
    if (t->all.size < 16) {
        return false;
    }
    switch (number(t, 0, 4)) {
    case 0xfffffffb:
        t->version = GO_1_2;
        break;
    case 0xfffffffa:
        t->version = GO_1_16;
        break;
    case 0xfffffff0:
        t->version = GO_1_18;
        break;
    case 0xfffffff1:
        t->version = GO_1_20;
        break;
    default:
        return false;
    }
    const uint8_t *b = t->all.bytes;
    t->quantum = b[6];
    t->pointer_size = b[7];
    return b[4] == 0 && b[5] == 0 && (b[6] == 1 || b[6] == 2 || b[6] == 4) &&
           (b[7] == 4 || b[7] == 8);
}

/* Bytes of one row of the function table: pc and offset. */
static unsigned pc_size(const CpaPclntab *t)
{
    return t->version >= GO_1_18 ? 4 : t->pointer_size;
}

CpaPclntab *cpa_pclntab_new(CpaBytes bytes, uint64_t text, bool is_big)
{
    g_autoptr(CpaPclntab) t = g_new0(CpaPclntab, 1);
    t->all = bytes;
    t->is_big = is_big;
    if (bytes.bytes == NULL || !read_magic(t)) {
        return NULL;
    }
    unsigned word = t->pointer_size;
    t->n = number(t, 8, word);
    if (t->version == GO_1_2) {
        t->functions = 8 + word;
    } else {
        uint64_t at = 8 + 2 * (uint64_t)word;
        if (t->version >= GO_1_18) {
            t->text = number(t, at, word);
            t->text = t->text != 0 ? t->text : text;
            at += word;
        }
        t->names = number(t, at, word);
        t->units = number(t, at + word, word);
        t->files = number(t, at + 2 * (uint64_t)word, word);
        t->tables = number(t, at + 3 * (uint64_t)word, word);
        t->functions = number(t, at + 4 * (uint64_t)word, word);
    }
    uint64_t row = 2 * (uint64_t)pc_size(t);
    if (t->functions > bytes.size || t->n > (bytes.size - t->functions) / row ||
        t->names > bytes.size || t->units > bytes.size || t->files > bytes.size ||
        t->tables > bytes.size) {
        return NULL;
    }
    return g_steal_pointer(&t);
}

void cpa_pclntab_free(CpaPclntab *t)
{
    g_free(t);
}

/* ---- functions ------------------------------------------------------------------------------- */

/* Where function @i begins; @i == n is the end of the last one. */
static uint64_t function_pc(const CpaPclntab *t, uint64_t i)
{
    unsigned size = pc_size(t);
    return number(t, t->functions + i * 2 * size, size) + (t->version >= GO_1_18 ? t->text : 0);
}

/* Offset of what is known of function @i. */
static uint64_t function_offset(const CpaPclntab *t, uint64_t i)
{
    unsigned size = pc_size(t);
    uint64_t offset = number(t, t->functions + i * 2 * size + size, size);
    return t->version == GO_1_2 ? offset : t->functions + offset;
}

/* The @k-th number behind the function's entry. */
static uint64_t field(const CpaPclntab *t, uint64_t function, unsigned k)
{
    unsigned entry = t->version >= GO_1_18 ? 4 : t->pointer_size;
    return number(t, function + entry + 4 * (uint64_t)k, 4);
}

void cpa_pclntab_each(CpaPclntab *t,
                      void (*each)(uint64_t address, uint64_t size, const char *name,
                                   gpointer data),
                      gpointer data)
{
    uint64_t budget = NAME_BYTES_RATIO * t->all.size;
    for (uint64_t i = 0; i < t->n && budget > 0; i++) {
        uint64_t address = function_pc(t, i);
        uint64_t end = function_pc(t, i + 1);
        const char *name = string(t, t->names + field(t, function_offset(t, i), 0));
        uint64_t cost = *name != '\0' ? strlen(name) + 1 : CPA_DW_MAX_STRING;
        budget -= MIN(cost, budget);
        if (*name != '\0') {
            each(address, end > address ? end - address : 0, name, data);
        }
    }
}

/* ---- lines ----------------------------------------------------------------------------------- */

/* The value that a table of (difference, distance) pairs has at the address; -1: none. */
static int64_t value_at(const CpaPclntab *t, uint64_t table, uint64_t entry, uint64_t address)
{
    CpaDwCursor c = cpa_dw_at(t->all, t->tables + table, t->is_big);
    uint64_t pc = entry;
    int64_t value = -1;
    for (bool is_first = true; !c.failed; is_first = false) {
        uint64_t difference = cpa_dw_uleb(&c);
        if (difference == 0 && !is_first) {
            return -1;
        }
        int64_t half = (int64_t)(difference >> 1);
        value = (int64_t)((uint64_t)value + (uint64_t)((difference & 1) != 0 ? ~half : half));
        pc += cpa_dw_uleb(&c) * t->quantum;
        if (!c.failed && address < pc) {
            return value;
        }
    }
    return -1;
}

static const char *file_name(const CpaPclntab *t, uint64_t function, int64_t file)
{
    if (file < 0 || file > UINT32_MAX) {
        return "";
    }
    if (t->version == GO_1_2) {
        unsigned size = t->pointer_size;
        uint64_t files = number(t, t->functions + t->n * 2 * size + size, 4);
        uint64_t n_files = number(t, files, 4);
        return (uint64_t)file < n_files ? string(t, number(t, files + 4 * (uint64_t)file, 4)) : "";
    }
    uint64_t unit = field(t, function, 7);
    uint64_t offset = number(t, t->units + 4 * (unit + (uint64_t)file), 4);
    return offset != UINT32_MAX ? string(t, t->files + offset) : "";
}

CpaGoLine cpa_pclntab_line(const CpaPclntab *t, uint64_t address)
{
    CpaGoLine line = {.file = ""};
    uint64_t low = 0;
    uint64_t high = t->n;
    while (low < high) {
        uint64_t mid = low + (high - low) / 2;
        if (function_pc(t, mid) <= address) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    if (low == 0 || (low == t->n && address >= function_pc(t, t->n))) {
        return line;
    }
    uint64_t entry = function_pc(t, low - 1);
    uint64_t function = function_offset(t, low - 1);
    /* name, args, frame or deferreturn, pcsp, pcfile, pcln, npcdata, unit, first line */
    int64_t file = value_at(t, field(t, function, 4), entry, address);
    int64_t number_of_line = value_at(t, field(t, function, 5), entry, address);
    line.file = file_name(t, function, file);
    line.line = number_of_line > 0 && number_of_line <= UINT32_MAX ? (uint32_t)number_of_line : 0;
    line.start_line = t->version == GO_1_20 ? (uint32_t)field(t, function, 8) : 0;
    return line;
}
