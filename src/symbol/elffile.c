/* SPDX-License-Identifier: Apache-2.0 */
/*
 * On top of libelf, which knows classes, byte orders and compression. What it is asked to unpack
 * is bounded by what deflate can reach.
 */
#include "symbol/elffile.h"

#include "base/vec.h"
#include "symbol/elflib.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *cpa_hex(const uint8_t *bytes, size_t n)
{
    GString *text = g_string_sized_new(2 * n + 1);
    for (size_t i = 0; i < n; i++) {
        g_string_append_printf(text, "%02x", bytes[i]);
    }
    return g_string_free(text, FALSE);
}

#ifdef HAVE_ELFUTILS

#define MAX_NOTE_SIZE     ((uint64_t)1 << 20)
#define MAX_SECTION_SIZE  ((uint64_t)16 << 30)
#define MAX_INFLATE_RATIO 1100
/* Of all sections together; debug information packs to a third or a tenth. */
#define UNPACKED_BASE  ((uint64_t)64 << 20)
#define UNPACKED_RATIO 64
#define MAX_SEGMENTS   65535

struct CpaElf {
    char *path;
    char *build_id;
    int fd; /* -1 for memory */
    uint8_t *image;
    size_t image_size;
    struct stat st;
    uint64_t unpacked; /* bytes of all sections that were packed */
    const CpaElfLib *lib;
    Elf *elf;
    GElf_Ehdr header;
    GError *failure;
    bool is_64;
    bool is_big;
    CPA_VEC(CpaSegment) segments;
    CPA_VEC(CpaSection) sections;
};

static bool fail_elf(CpaElf *elf, const char *what, GError **error)
{
    return cpa_error_set(error, CPA_ERROR_MALFORMED, "%s: %s: %s", elf->path, what,
                         elf->lib->elf_errmsg(-1));
}

/* ---- bytes ----------------------------------------------------------------------------------- */

bool cpa_elf_read(const CpaElf *elf, uint64_t offset, void *to, size_t n, GError **error)
{
    if (elf->fd < 0) {
        if (offset > elf->image_size || n > elf->image_size - offset) {
            return cpa_error_set(error, CPA_ERROR_MALFORMED, "%s: ends before offset %#" PRIx64,
                                 elf->path, offset + n);
        }
        memcpy(to, elf->image + offset, n);
        return true;
    }
    for (size_t at = 0; at < n;) {
        ssize_t got = pread(elf->fd, (uint8_t *)to + at, n - at, (off_t)(offset + at));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return cpa_error_set(error, CPA_ERROR_IO, "%s: offset %#" PRIx64 ": %s", elf->path,
                                 offset + at, got < 0 ? g_strerror(errno) : "the file ends there");
        }
        at += (size_t)got;
    }
    return true;
}

static uint32_t get32(const CpaElf *elf, const uint8_t *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return elf->is_big ? GUINT32_FROM_BE(v) : GUINT32_FROM_LE(v);
}

/* ---- headers --------------------------------------------------------------------------------- */

static bool read_segments(CpaElf *elf, GError **error)
{
    size_t n = 0;
    if (elf->lib->elf_getphdrnum(elf->elf, &n) != 0) {
        return fail_elf(elf, "program headers", error);
    }
    for (size_t i = 0; i < MIN(n, MAX_SEGMENTS); i++) {
        GElf_Phdr p;
        if (elf->lib->gelf_getphdr(elf->elf, (int)i, &p) == NULL) {
            return fail_elf(elf, "program headers", error);
        }
        CpaSegment segment = {p.p_type,   p.p_flags, p.p_offset, p.p_vaddr,
                              p.p_filesz, p.p_memsz, p.p_align};
        cpa_vec_push(&elf->segments, segment);
    }
    return true;
}

static bool read_sections(CpaElf *elf, GError **error)
{
    size_t names = 0;
    if (elf->header.e_shoff == 0 && elf->header.e_shnum == 0) {
        return true;
    }
    /* libelf would know of no sections then. */
    uint64_t table = (uint64_t)MAX(elf->header.e_shnum, 1) * elf->header.e_shentsize;
    uint64_t size = cpa_elf_size(elf);
    if (elf->header.e_shoff > size || table > size - elf->header.e_shoff) {
        return cpa_error_set(error, CPA_ERROR_MALFORMED,
                             "%s: ends before its section headers at offset %#" PRIx64, elf->path,
                             elf->header.e_shoff);
    }
    if (elf->lib->elf_getshdrstrndx(elf->elf, &names) != 0) {
        return fail_elf(elf, "section headers", error);
    }
    for (Elf_Scn *scn = NULL; (scn = elf->lib->elf_nextscn(elf->elf, scn)) != NULL;) {
        GElf_Shdr s;
        if (elf->lib->gelf_getshdr(scn, &s) == NULL) {
            return fail_elf(elf, "section headers", error);
        }
        const char *name = elf->lib->elf_strptr(elf->elf, names, s.sh_name);
        CpaSection section = {name != NULL ? name : "",
                              s.sh_type,
                              s.sh_link,
                              s.sh_flags,
                              s.sh_offset,
                              s.sh_addr,
                              s.sh_size,
                              s.sh_addralign};
        cpa_vec_push(&elf->sections, section);
    }
    return true;
}

/* Looks for the build id among notes. */
static void scan_notes(CpaElf *elf, uint64_t offset, uint64_t size, uint64_t align)
{
    if (elf->build_id != NULL || size < 12 || size > MAX_NOTE_SIZE) {
        return;
    }
    g_autofree uint8_t *notes = g_malloc(size);
    if (!cpa_elf_read(elf, offset, notes, size, NULL)) {
        return;
    }
    uint64_t mask = align == 8 ? 7 : 3;
    for (uint64_t at = 0; size - at >= 12;) {
        uint64_t name_size = get32(elf, notes + at);
        uint64_t desc_size = get32(elf, notes + at + 4);
        uint32_t type = get32(elf, notes + at + 8);
        uint64_t name = at + 12;
        uint64_t desc = (name + name_size + mask) & ~mask;
        if (desc > size || desc_size > size - desc) {
            return;
        }
        if (type == NT_GNU_BUILD_ID && name_size == 4 && memcmp(notes + name, "GNU", 4) == 0) {
            elf->build_id = cpa_hex(notes + desc, desc_size);
            return;
        }
        at = (desc + desc_size + mask) & ~mask;
        if (at > size) {
            return;
        }
    }
}

static void find_build_id(CpaElf *elf)
{
    for (size_t i = 0; i < elf->segments.len; i++) {
        const CpaSegment *p = &elf->segments.data[i];
        if (p->type == PT_NOTE) {
            scan_notes(elf, p->offset, p->file_size, p->align);
        }
    }
    for (size_t i = 0; i < elf->sections.len; i++) {
        const CpaSection *s = &elf->sections.data[i];
        if (s->type == SHT_NOTE) {
            scan_notes(elf, s->offset, s->size, s->align);
        }
    }
}

/* What a file without the ELF magic is. */
static bool fail_magic(const CpaElf *elf, const uint8_t magic[4], GError **error)
{
    uint32_t word = (uint32_t)magic[0] << 24 | (uint32_t)magic[1] << 16 | magic[2] << 8 | magic[3];
    const char *kind = NULL;
    if (word == 0xfeedface || word == 0xfeedfacf || word == 0xcefaedfe || word == 0xcffaedfe ||
        word == 0xcafebabe || word == 0xbebafeca) {
        kind = "a Mach-O file";
    } else if (magic[0] == 'M' && magic[1] == 'Z') {
        kind = "a PE file";
    }
    if (kind != NULL) {
        return cpa_error_set(error, CPA_ERROR_UNSUPPORTED,
                             "%s: %s; symbols are read from ELF files only", elf->path, kind);
    }
    return cpa_error_set(error, CPA_ERROR_MALFORMED, "%s: unrecognized binary format", elf->path);
}

static bool read_headers(CpaElf *elf, GError **error)
{
    uint8_t magic[4] = {0};
    if (!cpa_elf_read(elf, 0, magic, sizeof magic, NULL)) {
        return cpa_error_set(error, CPA_ERROR_MALFORMED, "%s: too short for an object file",
                             elf->path);
    }
    if (memcmp(magic, ELFMAG, SELFMAG) != 0) {
        return fail_magic(elf, magic, error);
    }
    elf->lib = cpa_elf_lib(error);
    if (elf->lib == NULL) {
        return false;
    }
    elf->elf = elf->fd < 0 ? elf->lib->elf_memory((char *)elf->image, elf->image_size)
                           : elf->lib->elf_begin(elf->fd, ELF_C_READ, NULL);
    if (elf->elf == NULL || elf->lib->elf_kind(elf->elf) != ELF_K_ELF ||
        elf->lib->gelf_getehdr(elf->elf, &elf->header) == NULL) {
        return fail_elf(elf, "error reading ELF file", error);
    }
    elf->is_64 = elf->header.e_ident[EI_CLASS] == ELFCLASS64;
    elf->is_big = elf->header.e_ident[EI_DATA] == ELFDATA2MSB;
    if (!read_segments(elf, error) || !read_sections(elf, error)) {
        return false;
    }
    find_build_id(elf);
    if (elf->build_id == NULL) {
        elf->build_id = g_strdup("");
    }
    return true;
}

/* ---- life ------------------------------------------------------------------------------------ */

CpaElf *cpa_elf_open(const char *path, GError **error)
{
    g_autoptr(CpaElf) elf = g_new0(CpaElf, 1);
    elf->path = g_strdup(path);
    elf->fd = -1;
    /* Profiles name files: opening a device could do harm, opening a FIFO would wait. */
    if (stat(path, &elf->st) != 0) {
        cpa_error_set(error, CPA_ERROR_IO, "stat %s: %s", path, g_strerror(errno));
        return NULL;
    }
    if (!S_ISREG(elf->st.st_mode)) {
        cpa_error_set(error, CPA_ERROR_IO, "%s: not a regular file", path);
        return NULL;
    }
    elf->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (elf->fd < 0 || fstat(elf->fd, &elf->st) != 0 || !S_ISREG(elf->st.st_mode)) {
        cpa_error_set(error, CPA_ERROR_IO, "open %s: %s", path, g_strerror(errno));
        return NULL;
    }
    return read_headers(elf, error) ? g_steal_pointer(&elf) : NULL;
}

CpaElf *cpa_elf_new_memory(const char *name, uint8_t *bytes, size_t size, GError **error)
{
    g_autoptr(CpaElf) elf = g_new0(CpaElf, 1);
    elf->path = g_strdup(name);
    elf->fd = -1;
    elf->image = bytes;
    elf->image_size = size;
    return read_headers(elf, error) ? g_steal_pointer(&elf) : NULL;
}

void cpa_elf_free(CpaElf *elf)
{
    if (elf == NULL) {
        return;
    }
    if (elf->elf != NULL) {
        elf->lib->elf_end(elf->elf);
    }
    if (elf->fd >= 0) {
        close(elf->fd);
    }
    cpa_vec_clear(&elf->segments);
    cpa_vec_clear(&elf->sections);
    g_clear_error(&elf->failure);
    g_free(elf->image);
    g_free(elf->build_id);
    g_free(elf->path);
    g_free(elf);
}

const char *cpa_elf_path(const CpaElf *elf)
{
    return elf->path;
}

const char *cpa_elf_build_id(const CpaElf *elf)
{
    return elf->build_id;
}

unsigned cpa_elf_type(const CpaElf *elf)
{
    return elf->header.e_type;
}

unsigned cpa_elf_machine(const CpaElf *elf)
{
    return elf->header.e_machine;
}

bool cpa_elf_is_64(const CpaElf *elf)
{
    return elf->is_64;
}

bool cpa_elf_is_big(const CpaElf *elf)
{
    return elf->is_big;
}

bool cpa_elf_is_unchanged(const CpaElf *elf)
{
    struct stat now;
    return elf->fd < 0 || (fstat(elf->fd, &now) == 0 && now.st_size == elf->st.st_size &&
                           now.st_mtim.tv_sec == elf->st.st_mtim.tv_sec &&
                           now.st_mtim.tv_nsec == elf->st.st_mtim.tv_nsec);
}

bool cpa_elf_is_same_file(const CpaElf *a, const CpaElf *b)
{
    return a->fd >= 0 && b->fd >= 0 && a->st.st_dev == b->st.st_dev && a->st.st_ino == b->st.st_ino;
}

const GError *cpa_elf_failure(const CpaElf *elf)
{
    return elf->failure;
}

uint64_t cpa_elf_size(const CpaElf *elf)
{
    return elf->fd < 0 ? elf->image_size : (uint64_t)elf->st.st_size;
}

const CpaSegment *cpa_elf_segments(const CpaElf *elf, size_t *n)
{
    *n = elf->segments.len;
    return elf->segments.data;
}

const CpaSection *cpa_elf_sections(const CpaElf *elf, size_t *n)
{
    *n = elf->sections.len;
    return elf->sections.data;
}

/* ---- sections -------------------------------------------------------------------------------- */

const CpaSection *cpa_elf_find_section(const CpaElf *elf, const char *name)
{
    for (size_t i = 0; i < elf->sections.len; i++) {
        const CpaSection *s = &elf->sections.data[i];
        if (s->type != SHT_NOBITS && s->type != SHT_NULL && strcmp(s->name, name) == 0) {
            return s;
        }
    }
    return NULL;
}

const CpaSection *cpa_elf_find_debug_section(const CpaElf *elf, const char *name)
{
    const CpaSection *section = cpa_elf_find_section(elf, name);
    if (section == NULL && g_str_has_prefix(name, ".debug")) {
        g_autofree char *packed = g_strconcat(".z", name + 1, NULL);
        section = cpa_elf_find_section(elf, packed);
    }
    return section;
}

static bool is_packed(const CpaSection *section)
{
    return (section->flags & SHF_COMPRESSED) != 0 || g_str_has_prefix(section->name, ".zdebug");
}

bool cpa_elf_is_plain(const CpaElf *elf, const CpaSection *section)
{
    uint64_t size = cpa_elf_size(elf);
    return elf->fd >= 0 && !is_packed(section) && section->offset <= size &&
           section->size <= size - section->offset;
}

static Elf_Scn *scn_of(CpaElf *elf, const CpaSection *section)
{
    /* libelf counts from the null section, which elf_nextscn() leaves out. */
    return elf->lib->elf_getscn(elf->elf, (size_t)(section - elf->sections.data) + 1);
}

/* Unpacks a section in place, after a look at how large it says it will be. */
static bool unpack(CpaElf *elf, const CpaSection *section, Elf_Scn *scn, GError **error)
{
    bool is_gnu = g_str_has_prefix(section->name, ".zdebug");
    uint64_t size = 0;
    uint64_t ratio = MAX_INFLATE_RATIO;
    if (is_gnu) {
        uint8_t head[12] = {0};
        if (section->size < sizeof head ||
            !cpa_elf_read(elf, section->offset, head, sizeof head, error)) {
            return false;
        }
        for (size_t i = 4; i < sizeof head; i++) {
            size = size << 8 | head[i];
        }
    } else {
        GElf_Chdr header;
        if (elf->lib->gelf_getchdr(scn, &header) == NULL) {
            return fail_elf(elf, section->name, error);
        }
        size = header.ch_size;
        ratio = header.ch_type == ELFCOMPRESS_ZLIB ? MAX_INFLATE_RATIO : 1 << 16;
    }
    uint64_t limit = UNPACKED_BASE + UNPACKED_RATIO * MIN(cpa_elf_size(elf), MAX_SECTION_SIZE);
    if (size > MAX_SECTION_SIZE || size / ratio > section->size || size > limit - elf->unpacked) {
        return cpa_error_set(error, CPA_ERROR_TOO_LARGE,
                             "%s: %s: %" PRIu64 " bytes would unpack to %" PRIu64, elf->path,
                             section->name, section->size, size);
    }
    elf->unpacked += size;
    int done = is_gnu ? elf->lib->elf_compress_gnu(scn, 0, 0) : elf->lib->elf_compress(scn, 0, 0);
    return done >= 0 || fail_elf(elf, section->name, error);
}

static bool load(CpaElf *elf, const CpaSection *section, CpaBytes *bytes, GError **error)
{
    Elf_Scn *scn = scn_of(elf, section);
    bool packed = is_packed(section);
    GElf_Shdr now;
    if (scn == NULL || elf->lib->gelf_getshdr(scn, &now) == NULL) {
        return fail_elf(elf, section->name, error);
    }
    /* Asked for again, it is unpacked already. */
    bool is_still_packed = packed && now.sh_size == section->size && now.sh_flags == section->flags;
    if (is_still_packed && !unpack(elf, section, scn, error)) {
        return false;
    }
    const Elf_Data *data =
        packed ? elf->lib->elf_getdata(scn, NULL) : elf->lib->elf_rawdata(scn, NULL);
    if (data == NULL) {
        return fail_elf(elf, section->name, error);
    }
    *bytes = (CpaBytes){data->d_buf, data->d_buf != NULL ? data->d_size : 0};
    return true;
}

bool cpa_elf_section_bytes(CpaElf *elf, const CpaSection *section, CpaBytes *bytes, GError **error)
{
    *bytes = (CpaBytes){NULL, 0};
    return load(elf, section, bytes, error);
}

bool cpa_elf_debug_section(CpaElf *elf, const char *name, CpaBytes *bytes, GError **error)
{
    *bytes = (CpaBytes){NULL, 0};
    const CpaSection *section = cpa_elf_find_debug_section(elf, name);
    return section == NULL || load(elf, section, bytes, error);
}

bool cpa_elf_each_symbol(CpaElf *elf, uint32_t type,
                         void (*each)(const CpaElfSymbol *symbol, gpointer data), gpointer data)
{
    for (size_t i = 0; i < elf->sections.len; i++) {
        const CpaSection *section = &elf->sections.data[i];
        if (section->type != type) {
            continue;
        }
        Elf_Scn *scn = scn_of(elf, section);
        Elf_Data *table = scn != NULL ? elf->lib->elf_getdata(scn, NULL) : NULL;
        if (table == NULL || table->d_buf == NULL) {
            if (elf->failure == NULL && section->size > 0) {
                fail_elf(elf, section->name, &elf->failure);
            }
            return false;
        }
        GElf_Sym s;
        for (int k = 0; elf->lib->gelf_getsym(table, k, &s) != NULL; k++) {
            const char *name = elf->lib->elf_strptr(elf->elf, section->link, s.st_name);
            CpaElfSymbol symbol = {
                .name = name != NULL ? name : "",
                .value = s.st_value,
                .size = s.st_size,
                .type = GELF_ST_TYPE(s.st_info),
                .is_global = GELF_ST_BIND(s.st_info) != STB_LOCAL,
                .is_weak = GELF_ST_BIND(s.st_info) == STB_WEAK,
                .section = s.st_shndx,
            };
            each(&symbol, data);
        }
        return true;
    }
    return false;
}

bool cpa_elf_debug_link(CpaElf *elf, const char **name, uint32_t *crc)
{
    CpaBytes b;
    if (!cpa_elf_debug_section(elf, ".gnu_debuglink", &b, NULL) || b.size == 0) {
        return false;
    }
    size_t len = b.size > 0 ? strnlen((const char *)b.bytes, b.size) : 0;
    size_t at = (len + 4) & ~(size_t)3; /* the checksum is aligned */
    if (len == 0 || at > b.size || b.size - at < 4) {
        return false;
    }
    *name = (const char *)b.bytes;
    *crc = get32(elf, b.bytes + at);
    return true;
}

bool cpa_elf_alt_link(CpaElf *elf, const char **name, char **build_id)
{
    CpaBytes b;
    if (!cpa_elf_debug_section(elf, ".gnu_debugaltlink", &b, NULL) || b.size == 0) {
        return false;
    }
    size_t len = b.size > 0 ? strnlen((const char *)b.bytes, b.size) : 0;
    if (len == 0 || len == b.size || b.size - len - 1 > 64) {
        return false;
    }
    *name = (const char *)b.bytes;
    *build_id = cpa_hex(b.bytes + len + 1, b.size - len - 1);
    return true;
}

#else

CpaElf *cpa_elf_open(const char *path, GError **error)
{
    cpa_error_set(error, CPA_ERROR_UNSUPPORTED, "%s: this cpa was built without elfutils", path);
    return NULL;
}

void cpa_elf_free(CpaElf *elf)
{
    g_assert(elf == NULL);
}

/* There is no file: nobody calls the following. */

unsigned cpa_elf_machine(const CpaElf *elf G_GNUC_UNUSED)
{
    g_assert_not_reached();
}

bool cpa_elf_is_64(const CpaElf *elf G_GNUC_UNUSED)
{
    g_assert_not_reached();
}

bool cpa_elf_is_big(const CpaElf *elf G_GNUC_UNUSED)
{
    g_assert_not_reached();
}

const CpaSection *cpa_elf_sections(const CpaElf *elf G_GNUC_UNUSED, size_t *n G_GNUC_UNUSED)
{
    g_assert_not_reached();
}

bool cpa_elf_read(const CpaElf *elf G_GNUC_UNUSED, uint64_t offset G_GNUC_UNUSED,
                  void *to G_GNUC_UNUSED, size_t n G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
    g_assert_not_reached();
}

bool cpa_elf_each_symbol(CpaElf *elf G_GNUC_UNUSED, uint32_t type G_GNUC_UNUSED,
                         void (*each)(const CpaElfSymbol *symbol, gpointer data) G_GNUC_UNUSED,
                         gpointer data G_GNUC_UNUSED)
{
    g_assert_not_reached();
}

#endif
