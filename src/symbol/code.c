/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes, instructions and lines of a range, put together.
 */
#include "symbol/code.h"

#include <string.h>

#include "base/idmap.h"
#include "symbol/demangle.h"
#include "symbol/plt.h"
#include "symbol/symtab.h"

struct CpaCodeReader {
    CpaObject *object;
    CpaDisasm *disasm;
    GHashTable *names;   /* linker's name -> what people read */
    CpaIdMap best_at;    /* address of symbols -> the one that is shown */
    GStringChunk *stubs; /* names of stubs and slots */
    CpaElf *elf;         /* NULL where the object is no file, as the next one */
    CpaPlt *plt;
};

const char *cpa_code_reader_name(CpaCodeReader *reader, const char *name)
{
    if (name[0] != '_') { /* neither C++ nor Rust */
        return name;
    }
    char *known = g_hash_table_lookup(reader->names, name);
    if (known == NULL) {
        known = cpa_demangle(name, CPA_DEMANGLE_FULL);
        known = known != NULL ? known : g_strdup(name);
        g_hash_table_insert(reader->names, (gpointer)name, known);
    }
    return known;
}

/* Of several names of an address, objdump shows that of a function, of an object, the largest, one
 * that is global and not weak, the first that does not begin as names of sections do. */
static bool is_better(const CpaSymbol *a, const CpaSymbol *b)
{
    if (a->is_function != b->is_function) {
        return a->is_function;
    }
    if (a->is_data != b->is_data) {
        return a->is_data;
    }
    if (a->size != b->size) {
        return a->size > b->size;
    }
    bool a_is_strong = a->is_global && !a->is_weak;
    bool b_is_strong = b->is_global && !b->is_weak;
    if (a_is_strong != b_is_strong) {
        return a_is_strong;
    }
    if ((a->name[0] == '.') != (b->name[0] == '.')) {
        return b->name[0] == '.';
    }
    return strcmp(a->name, b->name) < 0;
}

/* ".isra.0": the length of the mark of a copy that a compiler made, at the start of @text; 0 for none */
static size_t mark_length(const char *text)
{
    size_t n = text[0] == '.' ? strspn(text + 1, "abcdefghijklmnopqrstuvwxyz_0123456789") : 0;
    if (n == 0) {
        return 0;
    }
    n++;
    while (text[n] == '.' && g_ascii_isdigit(text[n + 1])) {
        n += 1 + strspn(text + n + 1, "0123456789");
    }
    return n;
}

/* As in <...>: "f(int) [clone .isra.0]"; copies have different code. */
static const char *operand_name(CpaCodeReader *reader, const char *name)
{
    const char *readable = cpa_code_reader_name(reader, name);
    /* Identifiers of Rust, which end with a hash, have dots of their own. */
    bool is_cxx = g_str_has_prefix(name, "_Z") && strstr(name, "17h") == NULL;
    const char *at = is_cxx ? strchr(name, '.') : NULL;
    if (at == NULL || strcmp(readable, name) == 0) {
        return readable;
    }
    g_autoptr(GString) text = g_string_new(readable);
    for (size_t n = 0; (n = mark_length(at)) > 0; at += n) {
        g_string_append_printf(text, " [clone %.*s]", (int)n, at);
    }
    return g_string_chunk_insert_const(reader->stubs, text->str);
}

/* "malloc@plt", "malloc@GLIBC_2.2.5" */
static const char *name_with(CpaCodeReader *reader, const char *name, const char *suffix)
{
    g_autofree char *text =
        g_strconcat(cpa_code_reader_name(reader, name), suffix != NULL ? "@" : "", suffix, NULL);
    return g_string_chunk_insert_const(reader->stubs, text);
}

/* Of the symbols at the address of symbol @last, of which it is the last one. A file may have any
 * number of them, and any number of calls there: they are compared once. */
static const CpaSymbol *best_of(CpaCodeReader *reader, const CpaSymbol *symbols, size_t last)
{
    uint64_t address = symbols[last].address;
    uint32_t best = cpa_idmap_get(&reader->best_at, address);
    if (best == CPA_NONE) {
        best = (uint32_t)last;
        for (size_t i = last; i > 0 && symbols[i - 1].address == address; i--) {
            best = is_better(&symbols[i - 1], &symbols[best]) ? (uint32_t)(i - 1) : best;
        }
        cpa_idmap_insert(&reader->best_at, address, best);
    }
    return &symbols[best];
}

static const char *find_name(uint64_t address, int64_t *offset, gpointer data)
{
    CpaCodeReader *reader = data;
    size_t n = 0;
    const CpaSymbol *symbols = cpa_object_symbols(reader->object, &n);
    size_t n_upto = cpa_symbols_upto(symbols, n, address);
    const char *version = NULL;
    const char *slot = reader->plt != NULL ? cpa_plt_slot(reader->plt, address, &version) : NULL;
    if (slot != NULL) {
        *offset = 0;
        return name_with(reader, slot, version);
    }
    uint64_t start = 0;
    const char *stub = reader->plt != NULL ? cpa_plt_find(reader->plt, address, &start) : NULL;
    if (stub != NULL && (n_upto == 0 || symbols[n_upto - 1].address < start)) {
        *offset = (int64_t)(address - start);
        return name_with(reader, stub, "plt");
    }
    if (n == 0) {
        return NULL;
    }
    size_t at = n_upto > 0 ? n_upto - 1 : cpa_symbols_upto(symbols, n, symbols[0].address) - 1;
    const CpaSymbol *best = best_of(reader, symbols, at);
    *offset = (int64_t)(address - best->address);
    return operand_name(reader, best->name);
}

CpaCodeReader *cpa_code_reader_new(CpaObject *object, bool intel, GError **error)
{
    CpaCodeReader *reader = g_new0(CpaCodeReader, 1);
    reader->object = object;
    reader->names = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
    reader->stubs = g_string_chunk_new(1024);
    reader->elf = cpa_elf_open(cpa_object_path(object), NULL);
    reader->plt = reader->elf != NULL ? cpa_plt_new(reader->elf) : NULL;
    reader->disasm = cpa_disasm_new(cpa_object_machine(object), intel, find_name, reader, error);
    if (reader->disasm == NULL) {
        g_prefix_error(error, "%s: ", cpa_object_path(object));
        cpa_code_reader_free(reader);
        return NULL;
    }
    return reader;
}

void cpa_code_reader_free(CpaCodeReader *reader)
{
    if (reader != NULL) {
        cpa_disasm_free(reader->disasm);
        g_hash_table_unref(reader->names);
        cpa_idmap_clear(&reader->best_at);
        g_string_chunk_free(reader->stubs);
        cpa_plt_free(reader->plt);
        cpa_elf_free(reader->elf);
        g_free(reader);
    }
}

static void take_instruction(uint64_t address, size_t size, const char *text, gpointer data)
{
    CpaCode *code = data;
    CpaInstruction instruction = {
        .address = address,
        .size = (uint32_t)size,
        .text = g_string_chunk_insert(code->texts, text),
    };
    cpa_vec_push(&code->instructions, instruction);
}

static void take_frames(size_t i, const CpaFrame *frames, size_t n, gpointer data)
{
    CpaCode *code = data;
    CpaInstruction *instruction = &code->instructions.data[i];
    instruction->frame_first = (uint32_t)code->frames.len;
    instruction->n_frames = (uint32_t)n;
    for (size_t k = 0; k < n; k++) {
        CpaFrame frame = frames[k];
        frame.function = g_string_chunk_insert_const(code->texts, frame.function);
        frame.file = g_string_chunk_insert_const(code->texts, frame.file);
        cpa_vec_push(&code->frames, frame);
    }
}

CpaCode *cpa_code_read(CpaCodeReader *reader, uint64_t start, uint64_t end, GError **error)
{
    if (end < start || end - start > CPA_CODE_MAX_BYTES) {
        cpa_error_set(error, CPA_ERROR_TOO_LARGE,
                      "%s: code from 0x%" G_GINT64_MODIFIER "x to 0x%" G_GINT64_MODIFIER
                      "x is no function: more than %u MiB",
                      cpa_object_path(reader->object), start, end, CPA_CODE_MAX_BYTES >> 20);
        return NULL;
    }
    g_autoptr(CpaCode) code = g_new0(CpaCode, 1);
    code->texts = g_string_chunk_new(4096);
    size_t n = 0;
    for (uint64_t at = start; at < end; at += n) {
        g_autoptr(GError) failure = NULL;
        g_autofree uint8_t *bytes = cpa_object_code(reader->object, &at, end, &n, &failure);
        bool is_end =
            g_error_matches(failure, CPA_ERROR, CPA_ERROR_NO_SYMBOLS) && code->instructions.len > 0;
        if (bytes == NULL && !is_end) {
            g_propagate_error(error, g_steal_pointer(&failure));
            return NULL;
        }
        if (bytes == NULL) {
            break;
        }
        cpa_disasm_run(reader->disasm, bytes, n, at, take_instruction, code);
    }
    g_autofree uint64_t *addresses = g_new(uint64_t, code->instructions.len + 1);
    for (size_t i = 0; i < code->instructions.len; i++) {
        addresses[i] = code->instructions.data[i].address;
    }
    cpa_object_frames(reader->object, addresses, code->instructions.len, 0, take_frames, code);
    return g_steal_pointer(&code);
}

void cpa_code_free(CpaCode *code)
{
    if (code != NULL) {
        cpa_vec_clear(&code->instructions);
        cpa_vec_clear(&code->frames);
        g_string_chunk_free(code->texts);
        g_free(code);
    }
}
