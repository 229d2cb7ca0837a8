/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Of rows at one address the last one counts, as for addr2line and llvm-symbolizer.
 */
#include "symbol/dwlines.h"

#ifdef HAVE_ELFUTILS

#include <dwarf.h>
#include <stdlib.h>

/* Of line tables, for one question: a few times the section, in which each unit has its own. */
#define BUDGET_BASE  ((uint64_t)16 << 20)
#define BUDGET_RATIO 4

typedef struct {
    const char *name;
    uint64_t dir;
    const char *path; /* when it was asked for */
} File;

typedef struct {
    uint64_t low;
    uint64_t high;
    size_t first; /* row */
    size_t n;
} Sequence;

struct CpaDwLines {
    CpaDwUnit *unit;
    GStringChunk *strings;
    unsigned version;
    CPA_VEC(const char *) dirs;
    CPA_VEC(File) files;
    CPA_VEC(CpaDwRow) rows;
    CPA_VEC(Sequence) sequences;
};

/* ---- header ---------------------------------------------------------------------------------- */

typedef struct {
    uint8_t offset_size;
    uint8_t min_length;
    uint8_t max_ops;
    int8_t line_base;
    uint8_t line_range;
    uint8_t opcode_base;
    const uint8_t *lengths; /* [opcode_base - 1] operands of standard opcodes */
} Header;

/* Where the table's strings and sizes come from: a unit like ours, of the table's own version. */
static CpaDwUnit reader_of(const CpaDwLines *t, const Header *h)
{
    CpaDwUnit reader = *t->unit;
    reader.version = (uint16_t)t->version;
    reader.offset_size = h->offset_size;
    return reader;
}

static void read_old_files(CpaDwLines *t, CpaDwCursor *c)
{
    cpa_vec_push(&t->dirs, ""); /* that of the compilation */
    while (!c->failed && c->at < c->end && *c->at != 0) {
        cpa_vec_push(&t->dirs, cpa_dw_string(c));
    }
    cpa_dw_skip(c, 1);
    File none = {"", 0, ""};
    cpa_vec_push(&t->files, none);
    while (!c->failed && c->at < c->end && *c->at != 0) {
        File file = {.name = cpa_dw_string(c)};
        file.dir = cpa_dw_uleb(c);
        cpa_dw_uleb(c); /* time */
        cpa_dw_uleb(c); /* size */
        cpa_vec_push(&t->files, file);
    }
    cpa_dw_skip(c, 1);
}

/* One of the two lists of DWARF 5, directories or files: a format, then entries in it. */
static void read_list(CpaDwLines *t, const Header *h, CpaDwCursor *c, bool is_dirs)
{
    CpaDwAttribute format[255];
    unsigned n_format = (unsigned)cpa_dw_fixed(c, 1);
    for (unsigned i = 0; i < n_format; i++) {
        format[i] = (CpaDwAttribute){.name = cpa_dw_uleb16(c)};
        format[i].form = cpa_dw_uleb16(c);
    }
    CpaDwUnit reader = reader_of(t, h);
    uint64_t n = cpa_dw_uleb(c);
    for (uint64_t i = 0; i < n && !c->failed; i++) {
        const uint8_t *from = c->at;
        File file = {.name = ""};
        for (unsigned k = 0; k < n_format; k++) {
            CpaDwValue v = cpa_dw_value(&reader, c, &format[k]);
            if (format[k].name == DW_LNCT_path && v.kind == CPA_DW_STRING) {
                file.name = v.string;
            } else if (format[k].name == DW_LNCT_directory_index) {
                file.dir = v.value;
            }
        }
        if (c->at == from) {
            c->failed = true; /* entries of no bytes could be counted without end */
        } else if (is_dirs) {
            cpa_vec_push(&t->dirs, file.name);
        } else {
            cpa_vec_push(&t->files, file);
        }
    }
}

/* Leaves *c at the program. */
static bool read_header(CpaDwLines *t, CpaDwCursor *c, Header *h)
{
    uint64_t length = cpa_dw_length(c, &h->offset_size);
    if (c->failed || length > (uint64_t)(c->end - c->at)) {
        return false;
    }
    c->end = c->at + length;
    t->version = (unsigned)cpa_dw_fixed(c, 2);
    if (t->version < 2 || t->version > 5) {
        return false;
    }
    if (t->version == 5) {
        cpa_dw_skip(c, 2); /* sizes of addresses and of segment selectors */
    }
    uint64_t header_length = cpa_dw_fixed(c, h->offset_size);
    CpaDwCursor program = *c;
    cpa_dw_skip(&program, header_length);
    h->min_length = (uint8_t)cpa_dw_fixed(c, 1);
    h->max_ops = t->version >= 4 ? (uint8_t)cpa_dw_fixed(c, 1) : 1;
    cpa_dw_skip(c, 1); /* default_is_stmt */
    h->line_base = (int8_t)cpa_dw_fixed(c, 1);
    h->line_range = (uint8_t)cpa_dw_fixed(c, 1);
    h->opcode_base = (uint8_t)cpa_dw_fixed(c, 1);
    h->lengths = c->at;
    cpa_dw_skip(c, h->opcode_base > 0 ? h->opcode_base - 1 : 0);
    if (c->failed || program.failed || h->line_range == 0 || h->opcode_base == 0) {
        return false;
    }
    CpaDwCursor lists = *c;
    lists.end = program.at;
    if (t->version == 5) {
        read_list(t, h, &lists, true);
        read_list(t, h, &lists, false);
    } else {
        read_old_files(t, &lists);
    }
    *c = program;
    return true;
}

/* ---- program --------------------------------------------------------------------------------- */

typedef struct {
    uint64_t address;
    uint64_t op;
    CpaDwRow row;
    size_t first; /* row of the sequence */
    bool is_ordered;
} Machine;

static void reset(CpaDwLines *t, Machine *m)
{
    *m = (Machine){.row = {.file = 1, .line = 1}, .first = t->rows.len, .is_ordered = true};
}

static void advance(const Header *h, Machine *m, uint64_t n)
{
    if (h->max_ops <= 1) {
        m->address += n * h->min_length;
    } else {
        m->address += h->min_length * ((m->op + n) / h->max_ops);
        m->op = (m->op + n) % h->max_ops;
    }
}

static void add_row(CpaDwLines *t, Machine *m)
{
    m->row.address = m->address;
    size_t n = t->rows.len;
    if (n > m->first) {
        CpaDwRow *last = &t->rows.data[n - 1];
        m->is_ordered &= last->address <= m->address;
        if (last->address == m->address) {
            *last = m->row;
            return;
        }
    }
    cpa_vec_push(&t->rows, m->row);
}

static int compare_rows(const void *a, const void *b)
{
    const CpaDwRow *x = a;
    const CpaDwRow *y = b;
    if (x->address != y->address) {
        return x->address < y->address ? -1 : 1;
    }
    return (x->line > y->line) - (x->line < y->line);
}

static void end_sequence(CpaDwLines *t, Machine *m)
{
    size_t n = t->rows.len - m->first;
    if (n > 0) {
        CpaDwRow *rows = t->rows.data + m->first;
        if (!m->is_ordered) {
            qsort(rows, n, sizeof *rows, compare_rows);
        }
        Sequence s = {rows[0].address, m->address, m->first, n};
        if (s.low < s.high && s.low != 0) {
            cpa_vec_push(&t->sequences, s);
        } else {
            t->rows.len = m->first; /* dropped by the linker */
        }
    }
    reset(t, m);
}

static void run_extended(CpaDwLines *t, CpaDwCursor *c, Machine *m)
{
    uint64_t size = cpa_dw_uleb(c);
    CpaDwCursor in = *c;
    cpa_dw_skip(c, size);
    if (c->failed || size == 0) {
        return;
    }
    in.end = c->at;
    switch (cpa_dw_fixed(&in, 1)) {
    case DW_LNE_end_sequence:
        end_sequence(t, m);
        break;
    case DW_LNE_set_address:
        m->address = cpa_dw_fixed(&in, (unsigned)MIN(size - 1, 8));
        m->op = 0;
        break;
    case DW_LNE_define_file: {
        File file = {.name = cpa_dw_string(&in)};
        file.dir = cpa_dw_uleb(&in);
        cpa_vec_push(&t->files, file);
        break;
    }
    default:
        break;
    }
}

static void run_standard(CpaDwLines *t, const Header *h, CpaDwCursor *c, Machine *m, unsigned op)
{
    switch (op) {
    case DW_LNS_copy:
        add_row(t, m);
        break;
    case DW_LNS_advance_pc:
        advance(h, m, cpa_dw_uleb(c));
        break;
    case DW_LNS_advance_line:
        m->row.line += (uint32_t)cpa_dw_sleb(c);
        break;
    case DW_LNS_set_file:
        m->row.file = cpa_dw_uleb32(c);
        break;
    case DW_LNS_set_column:
        m->row.column = cpa_dw_uleb32(c);
        break;
    case DW_LNS_const_add_pc:
        advance(h, m, (255u - h->opcode_base) / h->line_range);
        break;
    case DW_LNS_fixed_advance_pc:
        m->address += cpa_dw_fixed(c, 2);
        m->op = 0;
        break;
    case DW_LNS_negate_stmt:
    case DW_LNS_set_basic_block:
    case DW_LNS_set_prologue_end:
    case DW_LNS_set_epilogue_begin:
        break;
    default: /* DW_LNS_set_isa, and whatever comes later */
        for (unsigned i = 0; i < h->lengths[op - 1]; i++) {
            cpa_dw_uleb(c);
        }
        break;
    }
}

static void run(CpaDwLines *t, const Header *h, CpaDwCursor *c)
{
    Machine m;
    reset(t, &m);
    while (c->at < c->end && !c->failed) {
        unsigned op = *c->at++;
        if (op >= h->opcode_base) {
            unsigned adjusted = op - h->opcode_base;
            advance(h, &m, adjusted / h->line_range);
            m.row.line += (uint32_t)(h->line_base + (int)(adjusted % h->line_range));
            add_row(t, &m);
        } else if (op == 0) {
            run_extended(t, c, &m);
        } else {
            run_standard(t, h, c, &m, op);
        }
    }
    t->rows.len = m.first; /* of a sequence that does not end */
}

static int compare_sequences(const void *a, const void *b)
{
    const Sequence *x = a;
    const Sequence *y = b;
    if (x->high != y->high) {
        return x->high < y->high ? -1 : 1;
    }
    if (x->low != y->low) {
        return x->low < y->low ? -1 : 1;
    }
    return (x->first > y->first) - (x->first < y->first);
}

void cpa_dw_lines_refill(CpaDwFile *file)
{
    file->line_budget =
        BUDGET_BASE + BUDGET_RATIO * (uint64_t)cpa_dw_section(file, CPA_DW_LINE).size;
}

bool cpa_dw_lines_spent(const CpaDwFile *file)
{
    return file->line_budget == 0;
}

/* Takes the bytes of a table from what may be read. */
static bool pay(CpaDwFile *file, uint64_t size)
{
    if (size >= file->line_budget) {
        file->line_budget = 0;
        return false;
    }
    file->line_budget -= size;
    return true;
}

CpaDwLines *cpa_dw_lines_new(CpaDwUnit *unit, bool with_rows)
{
    CpaDwFile *file = unit->file;
    if (!unit->has_line && !file->is_dwo) {
        return NULL;
    }
    uint64_t offset = unit->line_start + unit->line_offset;
    uint8_t offset_size = 4;
    CpaDwCursor c = cpa_dw_part(file, CPA_DW_LINE, offset, 12);
    uint64_t length = cpa_dw_length(&c, &offset_size);
    uint64_t size = cpa_dw_section(file, CPA_DW_LINE).size;
    if (with_rows && (c.failed || !pay(file, MIN(length, size - offset)))) {
        return NULL;
    }
    c = cpa_dw_part(file, CPA_DW_LINE, offset, MIN(length, UINT64_MAX - 12) + 12);
    if (c.failed || c.at == c.end) {
        return NULL;
    }
    g_autoptr(CpaDwLines) t = g_new0(CpaDwLines, 1);
    Header h = {0};
    t->unit = unit;
    t->strings = g_string_chunk_new(256);
    if (!read_header(t, &c, &h)) {
        return NULL;
    }
    if (with_rows) {
        run(t, &h, &c);
        if (t->sequences.len > 1) {
            qsort(t->sequences.data, t->sequences.len, sizeof(Sequence), compare_sequences);
        }
    }
    return g_steal_pointer(&t);
}

void cpa_dw_lines_free(CpaDwLines *t)
{
    if (t != NULL) {
        cpa_vec_clear(&t->dirs);
        cpa_vec_clear(&t->files);
        cpa_vec_clear(&t->rows);
        cpa_vec_clear(&t->sequences);
        g_string_chunk_free(t->strings);
        g_free(t);
    }
}

/* ---- questions ------------------------------------------------------------------------------- */

const char *cpa_dw_lines_file(CpaDwLines *t, uint64_t number)
{
    if (number >= t->files.len) {
        return "";
    }
    File *file = &t->files.data[number];
    if (file->path == NULL) {
        const char *dir = file->dir < t->dirs.len ? t->dirs.data[file->dir] : "";
        const char *root = dir[0] == '/' ? "" : t->unit->dir;
        if (file->name[0] == '/' || (dir[0] == '\0' && root[0] == '\0')) {
            file->path = file->name;
        } else {
            g_autofree char *path = g_strconcat(root, *root != '\0' ? "/" : "", dir,
                                                *dir != '\0' ? "/" : "", file->name, NULL);
            file->path = g_string_chunk_insert(t->strings, path);
        }
    }
    return file->path;
}

/* The first sequence that ends behind the address. */
static size_t sequence_at(const CpaDwLines *t, uint64_t address)
{
    size_t low = 0;
    size_t high = t->sequences.len;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (t->sequences.data[mid].high <= address) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}

/* Index of the last row at or before the address, which is in the sequence. */
static size_t row_at(const CpaDwLines *t, const Sequence *s, uint64_t address)
{
    const CpaDwRow *rows = t->rows.data + s->first;
    size_t low = 1;
    size_t high = s->n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (rows[mid].address <= address) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return s->first + low - 1;
}

const CpaDwRow *cpa_dw_lines_find(const CpaDwLines *t, uint64_t address)
{
    size_t i = sequence_at(t, address);
    if (i == t->sequences.len || address < t->sequences.data[i].low) {
        return NULL;
    }
    return &t->rows.data[row_at(t, &t->sequences.data[i], address)];
}

#endif
