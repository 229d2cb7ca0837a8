/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Object files: the test program looks at itself; mappings of all kinds against known bases.
 */
#include "symbol/code.h"
#include "symbol/object.h"

#include <elf.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SELF "/proc/self/exe"

#ifdef HAVE_ELFUTILS

/* Something that the symbol table knows by name. */
__attribute__((noinline)) int cpa_test_object_marker(int x);
int cpa_test_object_marker(int x)
{
    return x * 3 + 1;
}

static CpaObject *open_self(void)
{
    g_autoptr(GError) error = NULL;
    CpaObject *object = cpa_object_open(SELF, &error);
    g_assert_no_error(error);
    return object;
}

static const CpaSymbol *find(CpaObject *object, const char *name)
{
    size_t n = 0;
    const CpaSymbol *symbols = cpa_object_symbols(object, &n);
    for (size_t i = 0; i < n; i++) {
        g_assert_true(i == 0 || symbols[i - 1].address <= symbols[i].address);
        if (strcmp(symbols[i].name, name) == 0) {
            return &symbols[i];
        }
    }
    return NULL;
}

/* ---- this program ---------------------------------------------------------------------------- */

static void take_marker(size_t i, const CpaFrame *frames, size_t n, gpointer data)
{
    g_assert_cmpuint(i, ==, 0);
    g_assert_cmpstr(frames[n - 1].function, ==, "cpa_test_object_marker");
    ++*(unsigned *)data;
}

static void test_self(void)
{
    g_autoptr(CpaObject) object = open_self();
    const CpaSymbol *marker = find(object, "cpa_test_object_marker");
    g_assert_nonnull(marker);
    g_assert_true(marker->is_code && marker->is_global && marker->size > 0);
    g_assert_null(cpa_object_changed_file(object));

    uint64_t inside = marker->address + 1;
    unsigned n_calls = 0;
    cpa_object_frames(object, &inside, 1, 0, take_marker, &n_calls);
    g_assert_cmpuint(n_calls, ==, 1);

    size_t n = 0;
    uint64_t address = marker->address;
    g_autoptr(GError) error = NULL;
    g_autofree uint8_t *code =
        cpa_object_code(object, &address, address + marker->size, &n, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(address, ==, marker->address);
    g_assert_cmpuint(n, ==, marker->size);
    /* The same bytes are in memory. */
    g_assert_cmpmem(code, n, (const void *)(uintptr_t)cpa_test_object_marker, marker->size);
}

static void test_no_code(void)
{
    g_autoptr(CpaObject) object = open_self();
    size_t n = 0;
    uint64_t address = UINT64_MAX - 8;
    g_autoptr(GError) error = NULL;
    g_assert_null(cpa_object_code(object, &address, UINT64_MAX, &n, &error));
    g_assert_error(error, CPA_ERROR, CPA_ERROR_NO_SYMBOLS);
}

/* A range that begins in one section and ends in another has the code of both. */
static void test_sections(void)
{
    g_autoptr(CpaObject) object = open_self();
    g_autoptr(GError) error = NULL;
    uint64_t first = 0;
    size_t n = 0;
    g_autofree uint8_t *code = cpa_object_code(object, &first, first + (1 << 20), &n, &error);
    g_assert_no_error(error);
    uint64_t next = first + n;
    size_t n_next = 0;
    g_autofree uint8_t *more = cpa_object_code(object, &next, first + (1 << 20), &n_next, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(next, >=, first + n);

    g_autoptr(CpaCodeReader) reader = cpa_code_reader_new(object, false, &error);
    if (g_error_matches(error, CPA_ERROR, CPA_ERROR_UNSUPPORTED)) {
        g_test_skip(error->message);
        return;
    }
    g_assert_no_error(error);
    g_autoptr(CpaCode) both = cpa_code_read(reader, first, next + MIN(n_next, 64), &error);
    g_assert_no_error(error);
    size_t last = both->instructions.len - 1;
    g_assert_cmpuint(both->instructions.data[0].address, ==, first);
    g_assert_cmpuint(both->instructions.data[last].address, >=, next);
}

/* ---- a file that changes ----------------------------------------------------------------------- */

static void take_any(size_t i, const CpaFrame *frames, size_t n, gpointer data)
{
    (void)i;
    for (size_t k = 0; k < n; k++) {
        *(size_t *)data += strlen(frames[k].function) + strlen(frames[k].file);
    }
}

/* Everything that is asked of an object, to see that it comes to an end. */
static void ask_all(CpaObject *object, const uint64_t *addresses, size_t n)
{
    size_t n_chars = 0;
    cpa_object_frames(object, addresses, n, 0, take_any, &n_chars);
    cpa_object_frames(object, addresses, n, CPA_FRAMES_FAST, take_any, &n_chars);
    uint64_t address = addresses[n / 2];
    size_t n_code = 0;
    g_free(cpa_object_code(object, &address, address + 64, &n_code, NULL));
}

/* The file loses its end, or all of it, or is overwritten, after it was opened, after its symbols
 * were read, or after its debug information was. */
static void change(const char *path, const char *bytes, size_t size, unsigned stage, size_t left,
                   bool overwrite)
{
    g_autoptr(GError) error = NULL;
    g_assert_true(g_file_set_contents(path, bytes, (gssize)size, &error));
    g_autoptr(CpaObject) original = open_self();
    const CpaSymbol *marker = find(original, "cpa_test_object_marker");
    const uint64_t addresses[] = {0x1000, marker->address, marker->address + 4, UINT64_MAX};
    g_autoptr(CpaObject) object = cpa_object_open(path, &error);
    g_assert_no_error(error);
    size_t n = 0;
    if (stage > 0) {
        cpa_object_symbols(object, &n);
        g_assert_cmpuint(n, >, 0);
    }
    if (stage > 1) {
        cpa_object_frames(object, addresses + 1, 1, 0, take_marker, &(unsigned){0});
    }
    g_assert_cmpint(truncate(path, (off_t)left), ==, 0);
    if (overwrite) {
        FILE *f = fopen(path, "r+b");
        g_assert_nonnull(f);
        for (size_t i = 0; i < size; i++) {
            fputc((int)(i * 31 >> 3 & 0xff), f);
        }
        g_assert_cmpint(fclose(f), ==, 0);
    }
    ask_all(object, addresses, G_N_ELEMENTS(addresses));
    g_assert_cmpstr(cpa_object_changed_file(object), ==, path);
}

static void test_change(void)
{
    g_autofree char *dir = g_dir_make_tmp("cpa-object-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(dir, "program", NULL);
    g_autofree char *bytes = NULL;
    gsize size = 0;
    g_assert_true(g_file_get_contents(SELF, &bytes, &size, NULL));
    for (unsigned stage = 0; stage < 3; stage++) {
        change(path, bytes, size, stage, 0, false);
        change(path, bytes, size, stage, 5000, false);
        change(path, bytes, size, stage, size - size / 3, false);
        change(path, bytes, size, stage, size + 100, false);
        change(path, bytes, size, stage, 0, true);
    }
    g_unlink(path);
    g_rmdir(dir);
}

/* The section of debug information that is gone is named where the file is read, not forgotten. */
static void lose(unsigned section, const char *message)
{
    enum { INFO = 1, ABBREV, NAMES, N_SECTIONS, LARGE = 0x20000, AT = 0x1000 };
    static const char names[] = "\0.debug_info\0.debug_abbrev";
    g_autofree char *dir = g_dir_make_tmp("cpa-object-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(dir, "program", NULL);
    g_autofree uint8_t *bytes = g_malloc0(AT + 2 * LARGE);
    const Elf64_Ehdr header = {
        .e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
        .e_type = ET_EXEC,
        .e_machine = EM_X86_64,
        .e_version = EV_CURRENT,
        .e_ehsize = sizeof header,
        .e_shoff = 0x100,
        .e_shentsize = sizeof(Elf64_Shdr),
        .e_shnum = N_SECTIONS,
        .e_shstrndx = NAMES,
    };
    Elf64_Shdr sections[N_SECTIONS] = {
        [INFO] = {.sh_name = 1, .sh_type = SHT_PROGBITS, .sh_size = LARGE},
        [ABBREV] = {.sh_name = 13, .sh_type = SHT_PROGBITS, .sh_size = LARGE},
        [NAMES] = {.sh_type = SHT_STRTAB, .sh_offset = 0x800, .sh_size = sizeof names},
    };
    sections[INFO].sh_offset = section == INFO ? AT + LARGE : AT;
    sections[ABBREV].sh_offset = section == INFO ? AT : AT + LARGE;
    memcpy(bytes, &header, sizeof header);
    memcpy(bytes + 0x100, sections, sizeof sections);
    memcpy(bytes + 0x800, names, sizeof names);
    static const uint8_t unit[] = {8, 0, 0, 0, 4, 0, 0, 0, 0, 0, 8, 0};
    memcpy(bytes + sections[INFO].sh_offset, unit, sizeof unit);
    g_assert_true(g_file_set_contents(path, (char *)bytes, AT + 2 * LARGE, NULL));
    g_autoptr(GError) error = NULL;
    g_autoptr(CpaObject) object = cpa_object_open(path, &error);
    g_assert_no_error(error);
    g_assert_cmpint(truncate(path, AT + LARGE), ==, 0);
    size_t n_chars = 0;
    cpa_object_frames(object, &(uint64_t){1}, 1, 0, take_any, &n_chars);
    g_assert_nonnull(cpa_object_problems(object)[0]);
    g_assert_nonnull(strstr(cpa_object_problems(object)[0], message));
    g_unlink(path);
    g_rmdir(dir);
}

static void test_lost(void)
{
    lose(1, "offset 0x21000: the file ends there");
    lose(2, "offset 0x21000: the file ends there");
}

/* ---- bases ----------------------------------------------------------------------------------- */

static void test_outside(void)
{
    g_autoptr(CpaObject) object = open_self();
    const CpaPlace place = {.start = 0x1000, .limit = 0x2000};
    uint64_t base = 0;
    g_autoptr(GError) error = NULL;
    g_assert_false(cpa_object_base(object, &place, 0x2000, &base, &error));
    g_assert_error(error, CPA_ERROR, CPA_ERROR_MALFORMED);
    g_assert_nonnull(strstr(error->message, "[1000, 2000]"));
}

static void test_everything(void)
{
    g_autoptr(CpaObject) object = open_self();
    const CpaPlace place = {.limit = UINT64_MAX};
    uint64_t base = 1;
    g_assert_true(cpa_object_base(object, &place, 0x1234, &base, NULL));
    g_assert_cmpuint(base, ==, 0);
}

#endif

/* ---- refused --------------------------------------------------------------------------------- */

static void refuse(const char *bytes, size_t n, CpaErrorCode code, const char *message)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(cpa_object_new_memory("it", g_memdup2(bytes, n), n, &error));
#ifdef HAVE_ELFUTILS
    g_assert_error(error, CPA_ERROR, (int)code);
    g_assert_nonnull(strstr(error->message, message));
#else
    g_assert_error(error, CPA_ERROR, CPA_ERROR_UNSUPPORTED);
    (void)code;
    (void)message;
#endif
}

static void test_refused(void)
{
    refuse("MZ\x90\0", 4, CPA_ERROR_UNSUPPORTED, "a PE file");
    refuse("\xcf\xfa\xed\xfe", 4, CPA_ERROR_UNSUPPORTED, "a Mach-O file");
    refuse("#!/bin/sh", 9, CPA_ERROR_MALFORMED, "it: unrecognized binary format");
    refuse("\x7f"
           "EL",
           3, CPA_ERROR_MALFORMED, "it: too short");
    refuse("\x7f"
           "ELF\2\1\1",
           7, CPA_ERROR_MALFORMED, "it: ");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#ifdef HAVE_ELFUTILS
    g_test_add_func("/object/self", test_self);
    g_test_add_func("/object/no-code", test_no_code);
    g_test_add_func("/object/sections", test_sections);
    g_test_add_func("/object/change", test_change);
    g_test_add_func("/object/lost", test_lost);
    g_test_add_func("/object/outside", test_outside);
    g_test_add_func("/object/everything", test_everything);
#endif
    g_test_add_func("/object/refused", test_refused);
    return g_test_run();
}
