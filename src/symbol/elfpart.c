/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reserved addresses are anonymous memory: a file that shrinks is an error of pread(), not a signal.
 */
#include "symbol/elfpart.h"

#ifdef HAVE_ELFUTILS

#include <string.h>
#include <sys/mman.h>

#define CHUNK         ((uint64_t)4096)
#define WHOLE_BELOW   ((uint64_t)64 << 10)
#define RELEASE_ABOVE ((uint64_t)256 << 10)
#define MAX_READ      8 /* times the section */

/* Returns: false where the section has to be, or may as well be, read as a whole. */
static bool reserve(CpaElfPart *part, const CpaSection *section)
{
    uint64_t size = section->size;
    if (!cpa_elf_is_plain(part->elf, section) || size < WHOLE_BELOW || size > SIZE_MAX / 2) {
        return false;
    }
    void *bytes = mmap(NULL, size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (bytes == MAP_FAILED) {
        return false;
    }
#ifdef MADV_NOHUGEPAGE
    madvise(bytes, size, MADV_NOHUGEPAGE); /* a string is not to take 2 MB */
#endif
    part->bytes = (CpaBytes){bytes, size};
    part->offset = section->offset;
    part->chunks = g_malloc0(size / CHUNK + 1);
    return true;
}

bool cpa_elf_part_init(CpaElfPart *part, CpaElf *elf, const char *name, GError **error)
{
    *part = (CpaElfPart){.elf = elf};
    const CpaSection *section = cpa_elf_find_debug_section(elf, name);
    return section == NULL || reserve(part, section) ||
           cpa_elf_debug_section(elf, name, &part->bytes, error);
}

void cpa_elf_part_clear(CpaElfPart *part)
{
    if (part->chunks != NULL) {
        munmap((void *)part->bytes.bytes, part->bytes.size);
    }
    g_clear_pointer(&part->chunks, g_free);
    g_clear_error(&part->failure);
    part->bytes = (CpaBytes){NULL, 0};
}

/* Reads chunks @first to @last - 1. */
static bool read_chunks(CpaElfPart *part, uint64_t first, uint64_t last)
{
    uint64_t from = first * CHUNK;
    uint64_t n = MIN(last * CHUNK, part->bytes.size) - from;
    if (!cpa_elf_read(part->elf, part->offset + from, (uint8_t *)part->bytes.bytes + from, n,
                      part->failure == NULL ? &part->failure : NULL)) {
        return false;
    }
    memset(part->chunks + first, 1, last - first);
    part->n_resident += n;
    part->n_read += n;
    return true;
}

bool cpa_elf_part_load(CpaElfPart *part, uint64_t offset, uint64_t n)
{
    if (offset >= part->bytes.size || n == 0) {
        return true;
    }
    uint64_t end = offset + MIN(n, part->bytes.size - offset);
    uint64_t last = (end - 1) / CHUNK + 1;
    for (uint64_t i = offset / CHUNK; i < last;) {
        if (part->chunks[i] != 0) {
            i++;
            continue;
        }
        uint64_t first = i;
        while (i < last && part->chunks[i] == 0) {
            i++;
        }
        if (!read_chunks(part, first, i)) {
            return false;
        }
    }
    return true;
}

bool cpa_elf_part_need_string(CpaElfPart *part, uint64_t offset, size_t max)
{
    if (part->chunks == NULL || offset >= part->bytes.size) {
        return true;
    }
    uint64_t end = offset + MIN(max, part->bytes.size - offset);
    for (uint64_t at = offset; at < end;) {
        uint64_t n = MIN(CHUNK - at % CHUNK, end - at);
        if (!cpa_elf_part_load(part, at, n)) {
            return false;
        }
        if (memchr(part->bytes.bytes + at, 0, n) != NULL) {
            return true;
        }
        at += n;
    }
    return true;
}

bool cpa_elf_part_release(CpaElfPart *part)
{
    if (part->chunks == NULL || part->n_resident <= RELEASE_ABOVE ||
        part->n_read > MAX_READ * (uint64_t)part->bytes.size) {
        return false;
    }
    /* Without advice the memory stays, and is read again into the same place. */
    madvise((void *)part->bytes.bytes, part->bytes.size, MADV_DONTNEED);
    memset(part->chunks, 0, part->bytes.size / CHUNK + 1);
    part->n_resident = 0;
    return true;
}

#endif
