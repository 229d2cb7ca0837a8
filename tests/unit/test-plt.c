/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of stubs and slots, in ELF images that are made here: good ones of both machines, then with
 * each of their tables broken.
 */
#include "symbol/plt.h"

#include <string.h>

#ifdef HAVE_ELFUTILS

#include <elf.h>

enum { DYNSTR = 1, DYNSYM, RELA, PLT, PLT_SEC, VERSYM, VERNEED, NAMES, N_SECTIONS };

/* Places in the image, which are the addresses, too. */
enum {
    AT_DYNSTR = 0x100,
    AT_DYNSYM = 0x200,
    AT_RELA = 0x300,
    AT_PLT = 0x400,
    AT_PLT_SEC = 0x500,
    AT_VERSYM = 0x600,
    AT_VERNEED = 0x680,
    AT_NAMES = 0x700,
    AT_SECTIONS = 0x800,
    SIZE = AT_SECTIONS + N_SECTIONS * sizeof(Elf64_Shdr),
    SLOT_A = 0x3000, /* malloc */
    SLOT_B = 0x3008, /* local_name, of no version */
    SLOT_C = 0x3010, /* a symbol without a name */
    SLOT_D = 0x3018, /* a symbol that is not there */
};

static const char dynstr[] = "\0malloc\0own\0GLIBC_2.2.5\0libc.so.6";
static const char names[] = "\0.dynstr\0.dynsym\0.rela\0.plt\0.plt.sec\0.v\0.r\0.names";

typedef struct {
    uint8_t *bytes;
    Elf64_Ehdr *header;
    Elf64_Shdr *sections;
    Elf64_Rela *relas;
    uint16_t *versions;
    Elf64_Verneed *needed;
    Elf64_Vernaux *aux;
} Image;

static void put_section(Image *im, unsigned i, uint32_t type, uint64_t at, uint64_t size,
                        uint32_t link)
{
    static const char *const of[] = {"",         ".dynstr", ".dynsym", ".rela", ".plt",
                                     ".plt.sec", ".v",      ".r",      ".names"};
    uint32_t name = 0;
    while (strcmp(names + name, of[i]) != 0) {
        name++;
    }
    im->sections[i] = (Elf64_Shdr){
        .sh_name = name,
        .sh_type = type,
        .sh_addr = at,
        .sh_offset = at,
        .sh_size = size,
        .sh_link = link,
        .sh_entsize = type == SHT_DYNSYM ? sizeof(Elf64_Sym) : 0,
    };
}

/* jmp *slot(%rip) at @at, after the bytes of @prefix */
static void put_jump(Image *im, size_t at, const char *prefix, uint64_t slot)
{
    size_t n = strlen(prefix);
    memcpy(im->bytes + at, prefix, n);
    uint32_t distance = (uint32_t)(slot - (at + n + 6));
    memcpy(im->bytes + at + n, "\xff\x25", 2);
    memcpy(im->bytes + at + n + 2, &distance, sizeof distance);
}

/* [bti c] adrp x16, page; ldr x17, [x16, #offset] */
static void put_load(Image *im, size_t at, bool bti, uint64_t slot)
{
    uint32_t words[3] = {0xd503245f};
    unsigned n = bti ? 1 : 0;
    uint64_t pages = (slot >> 12) - ((at + 4 * n) >> 12);
    words[n] = 0x90000010 | (uint32_t)((pages & 3) << 29) | (uint32_t)((pages >> 2) << 5);
    words[n + 1] = 0xf9400211 | (uint32_t)((slot & 0xfff) / 8 << 10);
    memcpy(im->bytes + at, words, 4 * (n + 2));
}

static Image image_new(unsigned machine)
{
    Image im = {.bytes = g_malloc0(SIZE)};
    im.header = (Elf64_Ehdr *)im.bytes;
    im.sections = (Elf64_Shdr *)(im.bytes + AT_SECTIONS);
    im.relas = (Elf64_Rela *)(im.bytes + AT_RELA);
    im.versions = (uint16_t *)(im.bytes + AT_VERSYM);
    im.needed = (Elf64_Verneed *)(im.bytes + AT_VERNEED);
    im.aux = (Elf64_Vernaux *)(im.needed + 1);
    memcpy(im.header->e_ident, ELFMAG, SELFMAG);
    im.header->e_ident[EI_CLASS] = ELFCLASS64;
    im.header->e_ident[EI_DATA] = ELFDATA2LSB;
    im.header->e_ident[EI_VERSION] = EV_CURRENT;
    im.header->e_type = ET_DYN;
    im.header->e_machine = (uint16_t)machine;
    im.header->e_version = EV_CURRENT;
    im.header->e_ehsize = sizeof(Elf64_Ehdr);
    im.header->e_shoff = AT_SECTIONS;
    im.header->e_shentsize = sizeof(Elf64_Shdr);
    im.header->e_shnum = N_SECTIONS;
    im.header->e_shstrndx = NAMES;
    memcpy(im.bytes + AT_DYNSTR, dynstr, sizeof dynstr);
    memcpy(im.bytes + AT_NAMES, names, sizeof names);
    Elf64_Sym *symbols = (Elf64_Sym *)(im.bytes + AT_DYNSYM);
    symbols[1].st_name = 1; /* malloc */
    symbols[2].st_name = 8; /* own */
    unsigned jump_slot = machine == EM_X86_64 ? R_X86_64_JUMP_SLOT : R_AARCH64_JUMP_SLOT;
    unsigned glob_dat = machine == EM_X86_64 ? R_X86_64_GLOB_DAT : R_AARCH64_GLOB_DAT;
    unsigned relative = machine == EM_X86_64 ? R_X86_64_RELATIVE : R_AARCH64_RELATIVE;
    im.relas[0] = (Elf64_Rela){.r_offset = SLOT_C, .r_info = ELF64_R_INFO(3, glob_dat)};
    im.relas[1] = (Elf64_Rela){.r_offset = SLOT_A, .r_info = ELF64_R_INFO(1, jump_slot)};
    im.relas[2] = (Elf64_Rela){.r_offset = 0x3020, .r_info = ELF64_R_INFO(1, relative)};
    im.relas[3] = (Elf64_Rela){.r_offset = SLOT_D, .r_info = ELF64_R_INFO(9, jump_slot)};
    im.relas[4] = (Elf64_Rela){.r_offset = SLOT_B, .r_info = ELF64_R_INFO(2, glob_dat)};
    im.versions[1] = 7 | 0x8000; /* hidden */
    im.versions[2] = 1;
    *im.needed = (Elf64_Verneed){
        .vn_version = 1, .vn_cnt = 1, .vn_file = 24, .vn_aux = sizeof(Elf64_Verneed)};
    *im.aux = (Elf64_Vernaux){.vna_other = 7, .vna_name = 12};
    put_section(&im, DYNSTR, SHT_STRTAB, AT_DYNSTR, sizeof dynstr, 0);
    put_section(&im, DYNSYM, SHT_DYNSYM, AT_DYNSYM, 4 * sizeof(Elf64_Sym), DYNSTR);
    put_section(&im, RELA, SHT_RELA, AT_RELA, 5 * sizeof(Elf64_Rela), DYNSYM);
    put_section(&im, PLT, SHT_PROGBITS, AT_PLT, 0x40, 0);
    put_section(&im, PLT_SEC, SHT_PROGBITS, AT_PLT_SEC, 0x30, 0);
    put_section(&im, VERSYM, SHT_GNU_versym, AT_VERSYM, 8, DYNSYM);
    put_section(&im, VERNEED, SHT_GNU_verneed, AT_VERNEED,
                sizeof(Elf64_Verneed) + sizeof(Elf64_Vernaux), DYNSTR);
    put_section(&im, NAMES, SHT_STRTAB, AT_NAMES, sizeof names, 0);
    if (machine == EM_X86_64) {
        put_jump(&im, AT_PLT, "", SLOT_A);
        put_jump(&im, AT_PLT + 0x10, "", SLOT_C);
        put_jump(&im, AT_PLT + 0x20, "", 0x9999);
        put_jump(&im, AT_PLT_SEC, "\xf3\x0f\x1e\xfa", SLOT_B);
        put_jump(&im, AT_PLT_SEC + 0x10, "\xf3\x0f\x1e\xfa\xf2", SLOT_A);
        put_jump(&im, AT_PLT_SEC + 0x20, "", SLOT_D);
    } else {
        put_load(&im, AT_PLT, false, SLOT_A);
        put_load(&im, AT_PLT + 0x10, false, SLOT_C);
        put_load(&im, AT_PLT + 0x20, false, 0x9998);
        put_load(&im, AT_PLT_SEC, true, SLOT_B);
        put_load(&im, AT_PLT_SEC + 0x10, true, SLOT_A);
        put_load(&im, AT_PLT_SEC + 0x20, false, SLOT_D);
    }
    return im;
}

typedef struct {
    CpaElf *elf;
    CpaPlt *plt;
} Read;

/* Takes the image. */
static Read read_image(Image *im)
{
    g_autoptr(GError) error = NULL;
    Read read = {.elf = cpa_elf_new_memory("image", im->bytes, SIZE, &error)};
    g_assert_no_error(error);
    read.plt = cpa_plt_new(read.elf);
    g_assert_nonnull(read.plt);
    return read;
}

static void read_clear(Read *read)
{
    cpa_plt_free(read->plt);
    cpa_elf_free(read->elf);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Read, read_clear)

static void assert_stub(const Read *read, uint64_t address, const char *name, uint64_t start)
{
    uint64_t found = 0;
    g_assert_cmpstr(cpa_plt_find(read->plt, address, &found), ==, name);
    g_assert_true(name == NULL || found == start);
}

static void assert_slot(const Read *read, uint64_t address, const char *name, const char *version)
{
    const char *found = "unset";
    g_assert_cmpstr(cpa_plt_slot(read->plt, address, &found), ==, name);
    g_assert_cmpstr(found, ==, version);
}

static void test_names(gconstpointer machine)
{
    Image im = image_new(GPOINTER_TO_UINT(machine));
    g_auto(Read) read = read_image(&im);
    assert_stub(&read, AT_PLT - 1, NULL, 0);
    assert_stub(&read, AT_PLT, "malloc", AT_PLT);
    assert_stub(&read, AT_PLT + 7, "malloc", AT_PLT);
    assert_stub(&read, AT_PLT_SEC - 1, "malloc", AT_PLT); /* what follows is no stub of a name */
    assert_stub(&read, AT_PLT_SEC, "own", AT_PLT_SEC);
    assert_stub(&read, AT_PLT_SEC + 0x10, "malloc", AT_PLT_SEC + 0x10);
    assert_stub(&read, UINT64_MAX, "malloc", AT_PLT_SEC + 0x10);
    assert_slot(&read, SLOT_A, "malloc", "GLIBC_2.2.5");
    assert_slot(&read, SLOT_B, "own", "Base");
    assert_slot(&read, SLOT_A + 1, NULL, NULL);
    assert_slot(&read, SLOT_C, NULL, NULL);
    assert_slot(&read, SLOT_D, NULL, NULL);
    assert_slot(&read, 0x3020, NULL, NULL);
    assert_slot(&read, 0, NULL, NULL);
    assert_slot(&read, UINT64_MAX, NULL, NULL);
}

/* --- broken tables -------------------------------------------------------------------------- */

static void no_versions(Image *im)
{
    im->sections[VERSYM].sh_type = SHT_PROGBITS;
}

static void versions_beyond_the_file(Image *im)
{
    im->sections[VERNEED].sh_size = UINT64_MAX;
}

static void no_strings_of_versions(Image *im)
{
    im->sections[VERNEED].sh_link = 99;
}

static void strings_of_versions_without_end(Image *im)
{
    im->sections[VERNEED].sh_link = PLT;
    im->bytes[AT_PLT + im->sections[PLT].sh_size - 1] = 'x';
}

static void empty_name_of_version(Image *im)
{
    im->aux->vna_name = 0;
}

static void name_of_version_beyond(Image *im)
{
    im->aux->vna_name = sizeof dynstr;
}

static void version_beyond_its_section(Image *im)
{
    im->needed->vn_aux = UINT32_MAX;
}

/* Must end, whatever is found. */
static void versions_in_a_circle(Image *im)
{
    im->needed->vn_cnt = UINT16_MAX;
    im->aux->vna_next = 0;
    im->aux->vna_name = sizeof dynstr;
    im->needed->vn_next = 1;
}

static void test_no_version(gconstpointer break_it)
{
    Image im = image_new(EM_X86_64);
    ((void (*)(Image *))break_it)(&im);
    g_auto(Read) read = read_image(&im);
    assert_stub(&read, AT_PLT, "malloc", AT_PLT);
    assert_slot(&read, SLOT_A, "malloc", NULL);
}

static void relocations_beyond_the_file(Image *im)
{
    im->sections[RELA].sh_offset = SIZE;
}

static void huge_relocations(Image *im)
{
    im->sections[RELA].sh_size = UINT64_MAX - AT_RELA;
}

/* One that takes all that may be read; the good ones come behind it. */
static void relocations_over_all(Image *im)
{
    im->sections[PLT] = im->sections[RELA];
    im->sections[RELA].sh_offset = 8;
    im->sections[RELA].sh_size = SIZE - 8;
}

static void no_dynamic_symbols(Image *im)
{
    im->sections[DYNSYM].sh_type = SHT_PROGBITS;
}

static void other_machine(Image *im)
{
    im->header->e_machine = EM_RISCV;
}

static void test_nothing(gconstpointer break_it)
{
    Image im = image_new(EM_X86_64);
    ((void (*)(Image *))break_it)(&im);
    g_auto(Read) read = read_image(&im);
    assert_stub(&read, UINT64_MAX, NULL, 0);
    assert_slot(&read, SLOT_A, NULL, NULL);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *path;
        void (*break_it)(Image *image);
        void (*test)(gconstpointer break_it);
    } cases[] = {
        {"/plt/no-versions", no_versions, test_no_version},
        {"/plt/versions-beyond-file", versions_beyond_the_file, test_no_version},
        {"/plt/no-strings", no_strings_of_versions, test_no_version},
        {"/plt/strings-without-end", strings_of_versions_without_end, test_no_version},
        {"/plt/version-name-empty", empty_name_of_version, test_no_version},
        {"/plt/version-name-beyond", name_of_version_beyond, test_no_version},
        {"/plt/version-beyond", version_beyond_its_section, test_no_version},
        {"/plt/version-circle", versions_in_a_circle, test_no_version},
        {"/plt/relocations-beyond-file", relocations_beyond_the_file, test_nothing},
        {"/plt/huge-relocations", huge_relocations, test_nothing},
        {"/plt/relocations-over-all", relocations_over_all, test_nothing},
        {"/plt/no-dynamic-symbols", no_dynamic_symbols, test_nothing},
        {"/plt/other-machine", other_machine, test_nothing},
    };
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/plt/x86-64", GUINT_TO_POINTER(EM_X86_64), test_names);
    g_test_add_data_func("/plt/aarch64", GUINT_TO_POINTER(EM_AARCH64), test_names);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_add_data_func(cases[i].path, (gconstpointer)cases[i].break_it, cases[i].test);
    }
    return g_test_run();
}

#else

int main(void)
{
    return 77; /* skipped: this build reads no ELF files */
}

#endif
