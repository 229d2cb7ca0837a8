/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a mapping puts an object: programs, libraries, modules, kernels that were moved or not.
 */
#include "symbol/place.h"

#include <glib.h>

#ifdef HAVE_ELFUTILS

#include <elf.h>
#include <string.h>

/* A file of the type, and nothing else. */
static CpaElf *make(unsigned type)
{
    Elf64_Ehdr *header = g_new0(Elf64_Ehdr, 1);
    memcpy(header->e_ident, ELFMAG, SELFMAG);
    header->e_ident[EI_CLASS] = ELFCLASS64;
    header->e_ident[EI_DATA] = G_BYTE_ORDER == G_LITTLE_ENDIAN ? ELFDATA2LSB : ELFDATA2MSB;
    header->e_ident[EI_VERSION] = EV_CURRENT;
    header->e_version = EV_CURRENT;
    header->e_type = (Elf64_Half)type;
    header->e_ehsize = sizeof *header;
    g_autoptr(GError) error = NULL;
    CpaElf *elf = cpa_elf_new_memory("it", (uint8_t *)header, sizeof *header, &error);
    g_assert_no_error(error);
    return elf;
}

/* What pprof says of each: see elfexec.GetBase. */
#define SEGMENT(offset_, address_) (&(const CpaSegment){.offset = (offset_), .address = (address_)})
#define AT(address)                (&(const uint64_t){address})

static const struct {
    const char *what;
    unsigned type;
    const CpaSegment *segment;
    const uint64_t *stext;
    uint64_t start;
    uint64_t limit;
    uint64_t offset;
    uint64_t base;
    bool ok;
} cases[] = {
    {"a program at fixed addresses, no header fits", ET_EXEC, NULL, NULL, 0x400000, 0x452000, 0, 0,
     true},
    {"a program at fixed addresses", ET_EXEC, SEGMENT(0x1000, 0x401000), NULL, 0x401000, 0x489000,
     0x1000, 0, true},
    {"a program that was moved", ET_EXEC, SEGMENT(0x1000, 0x401000), NULL, 0x7f10401000,
     0x7f10489000, 0x1000, 0x7f10000000, true},
    {"a mapping that begins inside its segment", ET_EXEC, SEGMENT(0x1000, 0x401000), NULL, 0x411000,
     0x489000, 0x11000, 0, true},
    {"all of memory", ET_EXEC, SEGMENT(0x1000, 0x401000), NULL, 0, 0xffffffffffffffff, 0, 0, true},
    {"no limits at all", ET_EXEC, SEGMENT(0x1000, 0x401000), NULL, 0, 0, 0, 0, true},
    {"a library", ET_DYN, SEGMENT(0x5000, 0x6000), NULL, 0x7f66aa0e5000, 0x7f66aa15d000, 0x5000,
     0x7f66aa0df000, true},
    {"a library, no header fits", ET_DYN, NULL, NULL, 0x7f66aa0e5000, 0x7f66aa15d000, 0x5000,
     0x7f66aa0e0000, true},
    {"a library whose segment is where its offset is", ET_DYN, SEGMENT(0x5000, 0x5000), NULL,
     0x7f66aa0e5000, 0x7f66aa15d000, 0x5000, 0x7f66aa0e0000, true},
    {"a program from its first byte on", ET_DYN, SEGMENT(0, 0), NULL, 0x555555554000,
     0x555555580000, 0, 0x555555554000, true},
    {"a module", ET_REL, NULL, NULL, 0xffffffffc0a10000, 0xffffffffc0a20000, 0, 0xffffffffc0a10000,
     true},
    {"a module, not from its first byte on", ET_REL, NULL, NULL, 0xffffffffc0a10000,
     0xffffffffc0a20000, 0x40, 0, false},
    {"a dump", ET_CORE, SEGMENT(0x1000, 0x401000), NULL, 0x401000, 0x489000, 0x1000, 0, false},
    {"a kernel where it was linked", ET_EXEC, SEGMENT(0x200000, 0xffffffff81000000),
     AT(0xffffffff81000000), 0xffffffff81000000, 0xffffffff82200000, 0, 0, true},
    {"a kernel that was moved, from _text on", ET_EXEC, SEGMENT(0x200000, 0xffffffff81000000),
     AT(0xffffffff81000000), 0xffffffff9be00000, 0xffffffff9d000000, 0xffffffff9be00000, 0x1ae00000,
     true},
    {"a kernel that was moved, from _stext on", ET_EXEC, SEGMENT(0x200000, 0xffffffff81000000),
     AT(0xffffffff810001a8), 0xffffffff9be001a8, 0xffffffff9d000000, 0xffffffff9be001a8, 0x1ae00000,
     true},
    {"a kernel that was moved, from a page that is not that of _stext", ET_EXEC,
     SEGMENT(0x200000, 0xffffffff81000000), AT(0xffffffff810001a8), 0xffffffff9be00000,
     0xffffffff9d000000, 0, 0x1ae00000, true},
    {"a kernel that was moved, symbols unknown", ET_EXEC, SEGMENT(0x200000, 0xffffffff81000000),
     NULL, 0xffffffff9be00000, 0xffffffff9d000000, 0xffffffff9be00000, 0x1ae00000, true},
    {"a kernel whose offset tells how far it was moved", ET_EXEC,
     SEGMENT(0x200000, 0xffffffff81000000), NULL, 0xffffffff83c00000, 0xffffffff9d000000, 0x2c00000,
     0x2c00000, true},
    {"a kernel of 64-bit PowerPC", ET_EXEC, SEGMENT(0x10000, 0xc000000000000000),
     AT(0xc000000000000000), 0xc000000000000000, 0xc000000001e00000, 0, 0, true},
    {"a kernel of 64-bit PowerPC, offset of its pages", ET_EXEC,
     SEGMENT(0x10000, 0xc000000000000000), AT(0xc000000000000000), 0xc000000004000000,
     0xc000000005e00000, 0xc000000000000000, 0x4000000, true},
    {"a kernel at 0", ET_EXEC, SEGMENT(0x200000, 0xffffffff81000000), AT(0xffffffff810001a8), 0,
     0x12fffff, 0, 0x7efffe58, true},
    {"a kernel at 0, symbols unknown", ET_EXEC, SEGMENT(0x200000, 0xffffffff81000000), NULL, 0,
     0x12fffff, 0, 0x7f000000, true},
    {"a kernel that begins in the middle of the first page", ET_EXEC,
     SEGMENT(0x200000, 0xffffffff81000000), AT(0xffffffff810001a8), 0x1a8, 0x12fffff, 0, 0x7f000000,
     true},
    {"a kernel with an offset that means nothing", ET_EXEC, SEGMENT(0x200000, 0xffffffff81000000),
     NULL, 0xffffffff9be00000, 0xffffffff9d000000, 0x1234000, 0, false},
    {"a kernel that ends before it begins", ET_EXEC, SEGMENT(0x200000, 0xffffffff81000000),
     AT(0xffffffff810001a8), 0xffffffff9be00000, 0xffffffff9bdfffff, 0, 0, false},
    {"a kernel that can be anywhere", ET_DYN, SEGMENT(0x10000, 0xffff800008000000),
     AT(0xffff800008010000), 0xffff800008010000, 0xffff80000a000000, 0xffff800008010000, 0, true},
    {"a kernel that can be anywhere, moved", ET_DYN, SEGMENT(0x10000, 0xffff800008000000),
     AT(0xffff800008010000), 0xffffa68e4a010000, 0xffffa68e4c000000, 0xffffa68e4a010000,
     0x268e42000000, true},
};

static void test_bases(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(CpaElf) elf = make(cases[i].type);
        const CpaPlace place = {cases[i].start, cases[i].limit, cases[i].offset, NULL};
        uint64_t base = 0;
        g_autoptr(GError) error = NULL;
        bool ok = cpa_place_base(elf, cases[i].segment, cases[i].stext, &place, &base, &error);
        if (ok != cases[i].ok || (ok && base != cases[i].base)) {
            g_error("%s: %s %#" G_GINT64_MODIFIER "x", cases[i].what, ok ? "base" : "no base",
                    base);
        }
        g_assert_true(ok || g_error_matches(error, CPA_ERROR, CPA_ERROR_UNSUPPORTED));
    }
}

#endif

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#ifdef HAVE_ELFUTILS
    g_test_add_func("/place/bases", test_bases);
#endif
    return g_test_run();
}
