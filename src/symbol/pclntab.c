/* SPDX-License-Identifier: Apache-2.0 */
/*
 *     magic, 0, 0, quantum, size of a pointer
 *     1.2   n, (pc, offset) * n, pc, offset of the files; all offsets are from the start
 *     1.16  n, files, names, compilation units, files, tables, functions: offsets of parts
 *     1.18  the same behind the address of the code, pcs are 32 bit from there on
 *     1.20  the same, a function knows its first line
 */
#include "symbol/pclntab.h"

#include "base/vec.h"
#include "symbol/dwcursor.h"

/* Tables of functions overlap only where they are equal; where far more is read, they are made up. */
#define STEPS_RATIO 64
#define STEPS_BASE  ((uint64_t)1 << 16)

/* Names overlap little; a table in which they do much more is made up. */
#define NAME_BYTES_RATIO 8

typedef enum { GO_1_2, GO_1_16, GO_1_18, GO_1_20 } Version;

/* The value of a table up to an address. */
typedef struct {
    uint64_t end;
    int64_t value;
} Step;

typedef struct {
    CPA_VEC(Step) steps;
} Steps;

struct CpaPclntab {
    CpaBytes all;
    CpaBytes gofunc;
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
    uint64_t file_names;
    uint64_t tables;
    /* The function that was asked for last. */
    bool is_at_function;
    uint64_t entry;
    uint64_t end;
    uint64_t function; /* offset of what is known of it */
    Steps files;
    Steps lines;
    Steps inlined;
    uint64_t budget; /* steps that may still be read */
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
        t->file_names = number(t, at + 2 * (uint64_t)word, word);
        t->tables = number(t, at + 3 * (uint64_t)word, word);
        t->functions = number(t, at + 4 * (uint64_t)word, word);
    }
    uint64_t row = 2 * (uint64_t)pc_size(t);
    if (t->functions > bytes.size || t->n > (bytes.size - t->functions) / row ||
        t->names > bytes.size || t->units > bytes.size || t->file_names > bytes.size ||
        t->tables > bytes.size) {
        return NULL;
    }
    t->budget = STEPS_BASE + STEPS_RATIO * (uint64_t)bytes.size;
    return g_steal_pointer(&t);
}

void cpa_pclntab_free(CpaPclntab *t)
{
    if (t != NULL) {
        cpa_vec_clear(&t->files.steps);
        cpa_vec_clear(&t->lines.steps);
        cpa_vec_clear(&t->inlined.steps);
        g_free(t);
    }
}

bool cpa_pclntab_layout(const CpaPclntab *t, unsigned *word, uint64_t *names, unsigned *gofunc)
{
    *word = t->pointer_size;
    *names = t->names;
    *gofunc = t->version == GO_1_18 ? 38 : 40;
    return t->version >= GO_1_18;
}

void cpa_pclntab_set_module(CpaPclntab *t, const CpaGoModule *module)
{
    t->text = module->text;
    t->gofunc = module->gofunc;
    t->is_at_function = false;
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

/* ---- tables of one function ------------------------------------------------------------------ */

/* Reads a table of (difference, distance) pairs. */
static void read_steps(CpaPclntab *t, uint64_t table, Steps *out)
{
    CpaDwCursor c = cpa_dw_at(t->all, t->tables + table, t->is_big);
    uint64_t pc = t->entry;
    int64_t value = -1;
    out->steps.len = 0;
    if (table == 0 && t->version >= GO_1_16) {
        return; /* there is none */
    }
    for (bool is_first = true; pc < t->end && t->budget > 0; is_first = false, t->budget--) {
        uint64_t difference = cpa_dw_uleb(&c);
        if (difference == 0 && !is_first) {
            return;
        }
        int64_t half = (int64_t)(difference >> 1);
        value = (int64_t)((uint64_t)value + (uint64_t)((difference & 1) != 0 ? ~half : half));
        pc += cpa_dw_uleb(&c) * t->quantum;
        if (c.failed) {
            return;
        }
        Step step = {pc, value};
        cpa_vec_push(&out->steps, step);
    }
}

/* The value that the table has at the address; -1: none. */
static int64_t value_at(const Steps *s, uint64_t address)
{
    size_t low = 0;
    size_t high = s->steps.len;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (s->steps.data[mid].end <= address) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low < s->steps.len ? s->steps.data[low].value : -1;
}

/* What is behind the numbers of a function: 4 bytes, the last one counts its data; then offsets of
 * more tables, then those of its data. */
static uint64_t function_tail(const CpaPclntab *t)
{
    return t->function + 4 + 4 * (t->version == GO_1_20 ? 9 : 8);
}

/* The table of inlined calls by address, and where they are in gofunc. Returns: false: none */
static bool find_inlined(const CpaPclntab *t, uint64_t *table, uint64_t *tree)
{
    enum { TABLE_OF_INLINED = 2, DATA_OF_INLINED = 3 };
    uint64_t n_tables = field(t, t->function, 6);
    uint64_t tail = function_tail(t);
    uint64_t n_data = number(t, tail + 3, 1);
    if (t->gofunc.bytes == NULL || n_tables <= TABLE_OF_INLINED || n_data <= DATA_OF_INLINED) {
        return false;
    }
    *table = number(t, tail + 4 + 4 * TABLE_OF_INLINED, 4);
    *tree = number(t, tail + 4 + 4 * (n_tables + DATA_OF_INLINED), 4);
    return *table != 0 && *tree != UINT32_MAX;
}

/* Makes the function that has the address the current one. */
static bool go_to(CpaPclntab *t, uint64_t address)
{
    if (t->is_at_function && address >= t->entry && address < t->end) {
        return true;
    }
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
    t->is_at_function = false;
    if (low == 0 || address >= function_pc(t, low)) {
        return false;
    }
    t->is_at_function = true;
    t->entry = function_pc(t, low - 1);
    t->end = function_pc(t, low);
    t->function = function_offset(t, low - 1);
    /* name, args, frame or deferreturn, pcsp, pcfile, pcln, tables, unit, first line */
    read_steps(t, field(t, t->function, 4), &t->files);
    read_steps(t, field(t, t->function, 5), &t->lines);
    t->inlined.steps.len = 0;
    uint64_t table = 0;
    uint64_t tree = 0;
    if (find_inlined(t, &table, &tree)) {
        read_steps(t, table, &t->inlined);
    }
    return true;
}

/* ---- frames ---------------------------------------------------------------------------------- */

static const char *file_name(const CpaPclntab *t, int64_t file)
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
    uint64_t unit = field(t, t->function, 7);
    uint64_t offset = number(t, t->units + 4 * (unit + (uint64_t)file), 4);
    return offset != UINT32_MAX ? string(t, t->file_names + offset) : "";
}

/* An inlined call: what is called, and an instruction whose line is that of the call. */
typedef struct {
    uint64_t name;
    uint64_t start_line;
    uint64_t caller_pc; /* from the function's entry */
} Call;

/* Source: runtime inlinedCall; before Go 1.20 with file and line in front of the name */
static bool read_call(const CpaPclntab *t, uint64_t tree, uint64_t i, Call *call)
{
    bool is_old = t->version == GO_1_18;
    CpaDwCursor c = cpa_dw_at(t->gofunc, tree, t->is_big);
    cpa_dw_skip(&c, i * (is_old ? 20 : 16) + (is_old ? 12 : 4));
    call->name = cpa_dw_fixed(&c, 4);
    call->caller_pc = cpa_dw_fixed(&c, 4);
    call->start_line = is_old ? 0 : cpa_dw_fixed(&c, 4);
    return !c.failed;
}

static CpaGoFrame frame_at(const CpaPclntab *t, uint64_t pc, uint64_t name, uint64_t start_line)
{
    int64_t line = value_at(&t->lines, pc);
    return (CpaGoFrame){
        .function = string(t, t->names + name),
        .file = file_name(t, value_at(&t->files, pc)),
        .line = line > 0 && line <= UINT32_MAX ? (uint32_t)line : 0,
        .start_line = (uint32_t)start_line,
    };
}

size_t cpa_pclntab_frames(CpaPclntab *t, uint64_t address, CpaGoFrame frames[CPA_GO_MAX_FRAMES])
{
    size_t n = 0;
    uint64_t pc = address;
    uint64_t table = 0;
    uint64_t tree = 0;
    if (!go_to(t, address)) {
        return 0;
    }
    bool has_inlined = find_inlined(t, &table, &tree);
    while (has_inlined && n < CPA_GO_MAX_FRAMES - 1) {
        int64_t i = value_at(&t->inlined, pc);
        Call call;
        if (i < 0 || i > INT32_MAX || !read_call(t, tree, (uint64_t)i, &call)) {
            break;
        }
        frames[n++] = frame_at(t, pc, call.name, call.start_line);
        pc = t->entry + call.caller_pc;
    }
    uint64_t start_line = t->version == GO_1_20 ? field(t, t->function, 8) : 0;
    frames[n++] = frame_at(t, pc, field(t, t->function, 0), start_line);
    return n;
}
