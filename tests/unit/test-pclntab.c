/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Go's table of functions in the four forms that it had, either byte order, 4 and 8 bytes a word.
 *
 *     text+0x10  main.f  a.go:10..      first line 8; from 0x20 to 0x30 main.h, inlined, first line 3
 *     text+0x40  main.g  b.go:20..
 *     text+0x60  the end
 */
#include "symbol/pclntab.h"

#include <elf.h>
#include <glib.h>
#include <string.h>

#include "symbol/gomodule.h"

#define TEXT 0x401000

typedef struct {
    GByteArray *out;
    unsigned word;
    bool is_big;
} Writer;

static void put(const Writer *w, uint64_t v, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        guint8 byte = (guint8)(v >> 8 * (w->is_big ? n - 1 - i : i));
        g_byte_array_append(w->out, &byte, 1);
    }
}

static void patch(const Writer *w, size_t at, uint64_t v, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        w->out->data[at + i] = (guint8)(v >> 8 * (w->is_big ? n - 1 - i : i));
    }
}

static void text(const Writer *w, const char *s)
{
    g_byte_array_append(w->out, (const guint8 *)s, (guint)strlen(s) + 1);
}

/* A table of pairs: differences of values, zigzag, and of addresses; small ones. */
static void pairs(const Writer *w, const int *p, size_t n)
{
    for (size_t i = 0; i < n; i += 2) {
        put(w, (uint64_t)(p[i] < 0 ? -2 * p[i] - 1 : 2 * p[i]), 1);
        put(w, (uint64_t)p[i + 1], 1);
    }
    put(w, 0, 1);
}

/* Tables, by their offset from where they begin; 0 is no table. */
typedef struct {
    uint64_t first_file;  /* value 0 */
    uint64_t second_file; /* value 1 */
    uint64_t f_lines;
    uint64_t g_lines;
    uint64_t inlined;
} Tables;

static Tables put_tables(const Writer *w, size_t start, int first_file)
{
    Tables t;
    put(w, 0, 1);
    t.first_file = w->out->len - start;
    pairs(w, (const int[]){1 + first_file, 0x30}, 2);
    t.second_file = w->out->len - start;
    pairs(w, (const int[]){2 + first_file, 0x20}, 2);
    t.f_lines = w->out->len - start;
    pairs(w, (const int[]){11, 0x10, -5, 0x10, 9, 0x10}, 6); /* 10, 5, 14 */
    t.g_lines = w->out->len - start;
    pairs(w, (const int[]){21, 0x20}, 2);
    t.inlined = w->out->len - start;
    pairs(w, (const int[]){0, 0x10, 1, 0x10, -1, 0x10}, 6); /* none, call 0, none */
    return t;
}

/* ---- Go 1.2 ---------------------------------------------------------------------------------- */

static void write_12(const Writer *w)
{
    unsigned p = w->word;
    put(w, 0xfffffffb, 4);
    put(w, 0, 2);
    put(w, 1, 1);
    put(w, p, 1);
    put(w, 2, p);
    size_t rows = w->out->len;
    while (w->out->len < rows + 5 * p + 4) {
        put(w, 0, 1);
    }
    size_t f_name = w->out->len;
    text(w, "main.f");
    size_t g_name = w->out->len;
    text(w, "main.g");
    size_t a = w->out->len;
    text(w, "a.go");
    size_t b = w->out->len;
    text(w, "b.go");
    Tables t = put_tables(w, 0, 1);
    size_t functions[2];
    for (unsigned i = 0; i < 2; i++) {
        functions[i] = w->out->len;
        put(w, i == 0 ? TEXT + 0x10 : TEXT + 0x40, p);
        const uint64_t fields[] = {
            i == 0 ? f_name : g_name,       0, 0, 0, i == 0 ? t.first_file : t.second_file,
            i == 0 ? t.f_lines : t.g_lines, 0, 0};
        for (size_t k = 0; k < G_N_ELEMENTS(fields); k++) {
            put(w, fields[k], 4);
        }
    }
    size_t files = w->out->len;
    put(w, 3, 4); /* itself, a.go, b.go */
    put(w, a, 4);
    put(w, b, 4);
    const uint64_t words[] = {TEXT + 0x10, functions[0], TEXT + 0x40, functions[1], TEXT + 0x60};
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        patch(w, rows + i * p, words[i], p);
    }
    patch(w, rows + 5 * p, files, 4);
}

/* ---- Go 1.16 and later ----------------------------------------------------------------------- */

static void write_new(const Writer *w, unsigned version, bool says_text)
{
    unsigned p = w->word;
    unsigned pc = version == 16 ? p : 4;
    uint64_t base = version == 16 ? TEXT : 0;
    put(w, version == 16 ? 0xfffffffa : version == 18 ? 0xfffffff0 : 0xfffffff1, 4);
    put(w, 0, 2);
    put(w, 1, 1);
    put(w, p, 1);
    put(w, 2, p);
    put(w, 2, p);
    if (version > 16) {
        put(w, says_text ? TEXT : 0, p);
    }
    size_t parts = w->out->len;
    for (unsigned i = 0; i < 5; i++) {
        put(w, 0, p);
    }
    size_t start[5];
    start[0] = w->out->len;
    text(w, "main.f");
    text(w, "main.g");
    text(w, "main.h");
    start[1] = w->out->len;
    put(w, 0, 4);
    put(w, 5, 4);
    start[2] = w->out->len;
    text(w, "a.go");
    text(w, "b.go");
    start[3] = w->out->len;
    Tables t = put_tables(w, start[3], 0);
    while (w->out->len % 8 != 0) {
        put(w, 0, 1);
    }
    start[4] = w->out->len;
    size_t rows = w->out->len;
    for (unsigned i = 0; i < 5; i++) {
        put(w, 0, pc);
    }
    uint64_t functions[2];
    for (unsigned i = 0; i < 2; i++) {
        functions[i] = w->out->len - start[4];
        put(w, base + (i == 0 ? 0x10 : 0x40), pc);
        put(w, i == 0 ? 0 : 7, 4); /* name */
        put(w, 0, 4);              /* arguments */
        put(w, 0, 4);              /* deferreturn */
        put(w, 0, 4);              /* pcsp */
        put(w, i == 0 ? t.first_file : t.second_file, 4);
        put(w, i == 0 ? t.f_lines : t.g_lines, 4);
        put(w, 3, 4); /* tables */
        put(w, 0, 4); /* unit */
        if (version >= 20) {
            put(w, i == 0 ? 8 : 19, 4);
        }
        put(w, 0, 3); /* id, flags */
        put(w, 4, 1); /* data */
        put(w, 0, 4);
        put(w, 0, 4);
        put(w, i == 0 ? t.inlined : 0, 4);
        for (unsigned k = 0; k < 4; k++) {
            put(w, i == 0 && k == 3 ? 8 : UINT32_MAX, 4);
        }
    }
    const uint64_t words[] = {base + 0x10, functions[0], base + 0x40, functions[1], base + 0x60};
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        patch(w, rows + i * pc, words[i], pc);
    }
    for (unsigned i = 0; i < 5; i++) {
        patch(w, parts + i * p, start[i], p);
    }
}

/* What is inlined: one call, at offset 8, of main.h from where line 10 is. */
static void write_calls(const Writer *w, unsigned version)
{
    put(w, 0, 8);
    put(w, 0, 4);
    if (version < 20) {
        put(w, 0, 4); /* file */
        put(w, 0, 4); /* line */
    }
    put(w, 14, 4);
    put(w, 4, 4);
    if (version >= 20) {
        put(w, 3, 4);
    }
}

/* ---- answers --------------------------------------------------------------------------------- */

static void check_frame(const CpaGoFrame *f, const char *function, const char *file, uint32_t line,
                        uint32_t start_line)
{
    g_assert_cmpstr(f->function, ==, function);
    g_assert_cmpstr(f->file, ==, file);
    g_assert_cmpuint(f->line, ==, line);
    g_assert_cmpuint(f->start_line, ==, start_line);
}

static void count(uint64_t address, uint64_t size, const char *name, gpointer data)
{
    static const char *const names[] = {"main.f", "main.g"};
    unsigned *n = data;
    g_assert_cmpuint(address, ==, *n == 0 ? TEXT + 0x10 : TEXT + 0x40);
    g_assert_cmpuint(size, ==, *n == 0 ? 0x30 : 0x20);
    g_assert_cmpstr(name, ==, names[*n]);
    ++*n;
}

static void check_table(CpaPclntab *t, unsigned version, bool has_calls)
{
    CpaGoFrame f[CPA_GO_MAX_FRAMES];
    uint32_t start = version >= 20 ? 8 : 0;
    unsigned n = 0;
    g_assert_nonnull(t);
    cpa_pclntab_each(t, count, &n);
    g_assert_cmpuint(n, ==, 2);
    g_assert_cmpuint(cpa_pclntab_frames(t, TEXT, f), ==, 0);
    g_assert_cmpuint(cpa_pclntab_frames(t, TEXT + 0x60, f), ==, 0);
    g_assert_cmpuint(cpa_pclntab_frames(t, TEXT + 0x1f, f), ==, 1);
    check_frame(f, "main.f", "a.go", 10, start);
    g_assert_cmpuint(cpa_pclntab_frames(t, TEXT + 0x20, f), ==, has_calls ? 2 : 1);
    check_frame(&f[0], has_calls ? "main.h" : "main.f", "a.go", 5,
                has_calls && start > 0 ? 3 : start);
    if (has_calls) {
        check_frame(&f[1], "main.f", "a.go", 10, start);
    }
    g_assert_cmpuint(cpa_pclntab_frames(t, TEXT + 0x3f, f), ==, 1);
    check_frame(f, "main.f", "a.go", 14, start);
    g_assert_cmpuint(cpa_pclntab_frames(t, TEXT + 0x40, f), ==, 1);
    check_frame(f, "main.g", "b.go", 20, start > 0 ? 19 : 0);
}

static void check_version(unsigned version, unsigned word, bool is_big)
{
    const Writer table = {g_byte_array_new(), word, is_big};
    const Writer calls = {g_byte_array_new(), word, is_big};
    if (version == 2) {
        write_12(&table);
    } else {
        write_new(&table, version, true);
    }
    CpaBytes bytes = {table.out->data, table.out->len};
    g_autoptr(CpaPclntab) t = cpa_pclntab_new(bytes, 0, is_big);
    check_table(t, version, false);
    unsigned found_word = 0;
    unsigned gofunc = 0;
    uint64_t names = 0;
    bool has_calls = cpa_pclntab_layout(t, &found_word, &names, &gofunc);
    g_assert_cmpint(has_calls, ==, version >= 18);
    if (has_calls) {
        write_calls(&calls, version);
        const CpaGoModule module = {TEXT, {calls.out->data, calls.out->len}};
        g_assert_cmpuint(found_word, ==, word);
        g_assert_cmpstr((const char *)table.out->data + names, ==, "main.f");
        cpa_pclntab_set_module(t, &module);
        check_table(t, version, true);
    }
    /* What is cut anywhere is read as far as it goes. */
    for (size_t n = 0; n < bytes.size; n++) {
        g_autofree uint8_t *cut = g_memdup2(bytes.bytes, n);
        g_autoptr(CpaPclntab) part = cpa_pclntab_new((CpaBytes){cut, n}, TEXT, is_big);
        CpaGoFrame f[CPA_GO_MAX_FRAMES];
        if (part != NULL) {
            cpa_pclntab_frames(part, TEXT + 0x20, f);
        }
    }
    g_byte_array_unref(table.out);
    g_byte_array_unref(calls.out);
}

static void test_versions(void)
{
    static const unsigned versions[] = {2, 16, 18, 20};
    for (size_t i = 0; i < G_N_ELEMENTS(versions); i++) {
        for (unsigned word = 4; word <= 8; word += 4) {
            check_version(versions[i], word, false);
            check_version(versions[i], word, true);
        }
    }
}

/* Go 1.26 leaves it to the program to say where its code is. */
static void test_text(void)
{
    const Writer w = {g_byte_array_new(), 8, false};
    write_new(&w, 20, false);
    g_autoptr(CpaPclntab) t = cpa_pclntab_new((CpaBytes){w.out->data, w.out->len}, TEXT, false);
    check_table(t, 20, false);
    g_byte_array_unref(w.out);
}

static void test_refused(void)
{
    static const uint8_t later[32] = {0xf2, 0xff, 0xff, 0xff, 0, 0, 1, 8};
    static const uint8_t word[32] = {0xf1, 0xff, 0xff, 0xff, 0, 0, 1, 3};
    static const uint8_t many[96] = {0xf1, 0xff, 0xff, 0xff, 0, 0, 1, 8, 0xff, 0xff, 0xff, 0x7f};
    g_assert_null(cpa_pclntab_new((CpaBytes){later, sizeof later}, 0, false));
    g_assert_null(cpa_pclntab_new((CpaBytes){word, sizeof word}, 0, false));
    g_assert_null(cpa_pclntab_new((CpaBytes){many, sizeof many}, 0, false));
    g_assert_null(cpa_pclntab_new((CpaBytes){NULL, 0}, 0, false));
}

/* ---- the program's description of itself ------------------------------------------------------- */

#ifdef HAVE_ELFUTILS

enum {
    AT_SECTIONS = 0x40,
    N_SECTIONS = 5, /* the first is none, the last has their names */
    AT_NAMES = 0x200,
    AT_CALLS = 0x220,
    AT_MODULE = 0x280,
    MODULE_SIZE = 41 * 8,
    IMAGE_SIZE = 0x400,
    TABLE = 0x500000, /* its address, in no section */
};

/* @all: whether a section of all bytes comes before that of the description. */
static bool find_module(const CpaPclntab *t, uint64_t names, bool all, CpaGoModule *module)
{
    uint8_t *image = g_malloc0(IMAGE_SIZE);
    Elf64_Ehdr header = {
        .e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
        .e_type = ET_EXEC,
        .e_machine = EM_X86_64,
        .e_version = EV_CURRENT,
        .e_ehsize = sizeof header,
        .e_shoff = AT_SECTIONS,
        .e_shentsize = sizeof(Elf64_Shdr),
        .e_shnum = N_SECTIONS,
        .e_shstrndx = N_SECTIONS - 1,
    };
    const Elf64_Shdr sections[N_SECTIONS] = {
        [1] = {.sh_type = all ? SHT_PROGBITS : SHT_NULL,
               .sh_flags = SHF_WRITE,
               .sh_offset = 4, /* no word of it is one of the description */
               .sh_size = IMAGE_SIZE - 4},
        [2] = {.sh_type = SHT_PROGBITS,
               .sh_flags = SHF_WRITE,
               .sh_offset = AT_MODULE,
               .sh_size = MODULE_SIZE},
        [3] = {.sh_type = SHT_PROGBITS,
               .sh_flags = SHF_ALLOC,
               .sh_addr = 0x600000,
               .sh_offset = AT_CALLS,
               .sh_size = 0x40},
        [4] = {.sh_type = SHT_STRTAB, .sh_offset = AT_NAMES, .sh_size = 1},
    };
    uint64_t words[41] = {[0] = TABLE, [1] = TABLE + names, [22] = TEXT, [40] = 0x600010};
    memcpy(image, &header, sizeof header);
    memcpy(image + AT_SECTIONS, sections, sizeof sections);
    memcpy(image + AT_MODULE, words, sizeof words);
    image[AT_CALLS + 0x10] = 99;
    g_autoptr(GError) error = NULL;
    g_autoptr(CpaElf) elf = cpa_elf_new_memory("image", image, IMAGE_SIZE, &error);
    g_assert_no_error(error);
    bool found = cpa_go_module_find(elf, t, TABLE, module);
    if (found) {
        g_assert_cmpuint(module->text, ==, TEXT);
        g_assert_cmpuint(module->gofunc.size, ==, 0x30);
        g_assert_cmpuint(module->gofunc.bytes[0], ==, 99);
    }
    return found;
}

static void test_module(void)
{
    const Writer w = {g_byte_array_new(), 8, false};
    write_new(&w, 20, true);
    g_autoptr(CpaPclntab) t = cpa_pclntab_new((CpaBytes){w.out->data, w.out->len}, TEXT, false);
    unsigned word = 0;
    unsigned gofunc = 0;
    uint64_t names = 0;
    CpaGoModule module;
    g_assert_true(cpa_pclntab_layout(t, &word, &names, &gofunc));
    g_assert_true(find_module(t, names, false, &module));
    g_assert_false(find_module(t, names + 1, false, &module));
    /* A file can have many sections of the same bytes: no more than all are searched. */
    g_assert_false(find_module(t, names, true, &module));
    g_byte_array_unref(w.out);
}

#else

static void test_module(void)
{
    g_test_skip("this build reads no ELF files");
}

#endif

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pclntab/versions", test_versions);
    g_test_add_func("/pclntab/text", test_text);
    g_test_add_func("/pclntab/refused", test_refused);
    g_test_add_func("/pclntab/module", test_module);
    return g_test_run();
}
