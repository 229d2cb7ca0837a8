/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Object files are told by their headers alone: ELF (class, byte order, version and type must be
 * sane), Mach-O, fat Mach-O (which shares its magic number with Java classes: a count of
 * architectures is small, a class file version is not) and PE (the header that the DOS stub
 * points to).
 */
#include "cli/sources.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "input/url.h"

#define HEAD_SIZE         ((size_t)64)
#define MAX_ARCHITECTURES 32

static uint32_t read_u16(const uint8_t *p, bool big)
{
    return big ? (uint32_t)p[0] << 8 | p[1] : (uint32_t)p[1] << 8 | p[0];
}

static uint32_t read_u32(const uint8_t *p, bool big)
{
    return big ? read_u16(p, true) << 16 | read_u16(p + 2, true)
               : read_u16(p + 2, false) << 16 | read_u16(p, false);
}

/* Reads `n` bytes at `offset`, or fewer at the end of the file. */
static size_t read_at(int fd, uint8_t *bytes, size_t n, off_t offset)
{
    size_t done = 0;
    while (done < n) {
        ssize_t got = pread(fd, bytes + done, n - done, offset + (off_t)done);
        if (got <= 0 && !(got < 0 && errno == EINTR)) {
            break;
        }
        done += got > 0 ? (size_t)got : 0;
    }
    return done;
}

static bool is_elf(const uint8_t *head, size_t n)
{
    if (n < 52 || memcmp(head, "\177ELF", 4) != 0) {
        return false;
    }
    bool big = head[5] == 2;
    uint32_t type = read_u16(head + 16, big);
    /* Relocatable, executable, shared, core; version 1. */
    return (head[4] == 1 || head[4] == 2) && (head[5] == 1 || big) && head[6] == 1 && type >= 1 &&
           type <= 4;
}

static bool is_mach_o(const uint8_t *head, size_t n)
{
    if (n < 28) {
        return false;
    }
    uint32_t magic = read_u32(head, true);
    if (magic == 0xcafebabe || magic == 0xcafebabf) {
        uint32_t count = read_u32(head + 4, true);
        return count >= 1 && count <= MAX_ARCHITECTURES;
    }
    return magic == 0xfeedface || magic == 0xfeedfacf || magic == 0xcefaedfe || magic == 0xcffaedfe;
}

static bool is_pe(int fd, const uint8_t *head, size_t n)
{
    uint8_t signature[4] = {0};
    if (n < HEAD_SIZE || memcmp(head, "MZ", 2) != 0) {
        return false;
    }
    off_t at = (off_t)read_u32(head + 0x3c, false);
    return read_at(fd, signature, sizeof signature, at) == sizeof signature &&
           memcmp(signature, "PE\0\0", 4) == 0;
}

const char *cpa_object_kind(const char *path)
{
    uint8_t head[HEAD_SIZE] = {0};
    struct stat st = {0};
    const char *kind = NULL;
    /* Opening a FIFO would wait for its writer and take what it says. */
    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode)) {
        return NULL;
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return NULL;
    }
    size_t n = read_at(fd, head, sizeof head, 0);
    if (is_elf(head, n)) {
        kind = "an ELF file";
    } else if (is_mach_o(head, n)) {
        kind = "a Mach-O file";
    } else if (is_pe(fd, head, n)) {
        kind = "a Windows program";
    }
    close(fd);
    return kind;
}

static bool is_missing(const char *name)
{
    struct stat st = {0};
    return strcmp(name, "-") != 0 && stat(name, &st) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

/*
 * The first word of a command that names no report: a file, or a report mistyped. What looks like
 * a file name is left to the loader.
 */
static bool check_first_word(const char *word, GError **error)
{
    if (strpbrk(word, "./") != NULL || !is_missing(word) || cpa_url_is(word)) {
        return true;
    }
    const char *nearest = cpa_suggest(word, false);
    if (nearest != NULL) {
        return cpa_error_set(error, CPA_ERROR_USAGE,
                             "there is no report and no file called %s; did you mean %s?", word,
                             nearest);
    }
    return cpa_error_set(error, CPA_ERROR_USAGE,
                         "there is no report and no file called %s; cpa help lists the reports",
                         word);
}

/* Takes the binary off the front; one that stands elsewhere is a mistake. */
static bool take_binary(CpaCommand *command, GError **error)
{
    GPtrArray *sources = command->sources;
    if (sources->len < 2) {
        return true;
    }
    if (cpa_object_kind(sources->pdata[0]) != NULL) {
        command->binary = g_strdup(sources->pdata[0]);
        g_ptr_array_remove_index(sources, 0);
    }
    for (guint i = 0; i < sources->len; i++) {
        const char *kind = cpa_object_kind(sources->pdata[i]);
        if (kind != NULL && command->binary == NULL) {
            return cpa_error_set(error, CPA_ERROR_NOT_RECOGNIZED,
                                 "%s: this is %s, not a profile; a program goes before the "
                                 "profiles: cpa %s %s %s",
                                 (const char *)sources->pdata[i], kind, command->row->name,
                                 (const char *)sources->pdata[i], (const char *)sources->pdata[0]);
        }
        if (kind != NULL) {
            return cpa_error_set(error, CPA_ERROR_NOT_RECOGNIZED,
                                 "%s: this is %s, not a profile; there can be one program, here %s",
                                 (const char *)sources->pdata[i], kind, command->binary);
        }
    }
    return true;
}

static bool split_comparison(CpaCommand *command, GError **error)
{
    CpaOptions *options = command->options;
    GPtrArray *sources = command->sources;
    if (options->base->len > 0) {
        /* A comparison is always against a base that stays visible. */
        GPtrArray *base = options->base;
        options->base = options->diff_base;
        options->diff_base = base;
    }
    if (options->diff_base->len > 0) {
        return true;
    }
    if (sources->len != 2) {
        return cpa_error_set(error, CPA_ERROR_USAGE,
                             "%u profile%s given; a comparison takes two, the old one first",
                             sources->len, sources->len == 1 ? "" : "s");
    }
    g_ptr_array_add(options->diff_base, g_strdup(sources->pdata[0]));
    g_ptr_array_remove_index(sources, 0);
    return true;
}

bool cpa_sources_resolve(CpaCommand *command, GError **error)
{
    if (command->by_default && !check_first_word(command->sources->pdata[0], error)) {
        return false;
    }
    if (!take_binary(command, error)) {
        return false;
    }
    return !command->compares || split_comparison(command, error);
}
