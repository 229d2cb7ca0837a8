/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arithmetic wraps: sums of tainted numbers are compared, never used as sizes.
 */
#include "symbol/place.h"

#ifdef HAVE_ELFUTILS

#include "base/vec.h"

#include <elf.h>
#include <inttypes.h>
#include <string.h>

#define PAGE              UINT64_C(4096)
#define KERNEL_HALF       UINT64_C(0x8000000000000000)
#define PAGE_OFFSET_PPC64 UINT64_C(0xc000000000000000)

/* Profilers put the kernel's mapping where its first symbol is, or at 0. */
static bool kernel_base(const CpaSegment *segment, const uint64_t *stext, const CpaPlace *m,
                        uint64_t *base)
{
    if (segment->address == m->start - m->offset) {
        *base = m->offset;
        return true;
    }
    if (m->start == 0 && m->limit != 0 && stext != NULL) {
        *base = m->start - *stext;
        return true;
    }
    if (m->start >= KERNEL_HALF && m->limit > m->start &&
        (m->offset == 0 || m->offset == PAGE_OFFSET_PPC64 || m->offset == m->start)) {
        bool is_at_stext = stext != NULL && m->start % PAGE == *stext % PAGE;
        *base = m->start - (is_at_stext ? *stext : segment->address);
        return true;
    }
    if (m->start % PAGE != 0 && stext != NULL && *stext % PAGE == m->start % PAGE) {
        *base = m->start - *stext;
        return true;
    }
    return false;
}

bool cpa_place_base(const CpaElf *elf, const CpaSegment *segment, const uint64_t *stext,
                    const CpaPlace *m, uint64_t *base, GError **error)
{
    unsigned type = cpa_elf_type(elf);
    *base = 0;
    if (m->start == 0 && m->offset == 0 && (m->limit == UINT64_MAX || m->limit == 0)) {
        return true; /* a mapping of everything: made up, addresses are the file's own */
    }
    if (type == ET_REL) {
        *base = m->start;
        return m->offset == 0 || cpa_error_set(error, CPA_ERROR_UNSUPPORTED,
                                               "don't know how to handle mapping.Offset");
    }
    if (type != ET_EXEC && type != ET_DYN) {
        return cpa_error_set(error, CPA_ERROR_UNSUPPORTED,
                             "don't know how to handle FileHeader.Type %u", type);
    }
    if (segment == NULL) {
        *base = type == ET_EXEC ? 0 : m->start - m->offset;
        return true;
    }
    /* x of the process is at x - start + offset in the file, and the segment has the file's
     * bytes from its offset on at its address. */
    uint64_t by_segment = m->start - m->offset + segment->offset - segment->address;
    if (type == ET_EXEC && stext == NULL && m->start > 0 && m->start < KERNEL_HALF) {
        *base = by_segment;
        return true;
    }
    if (kernel_base(segment, stext, m, base)) {
        return true;
    }
    if (type == ET_DYN) {
        *base = by_segment;
        return true;
    }
    if (m->start == 0 && m->limit != 0 && stext == NULL) {
        *base = m->start - segment->address;
        return true;
    }
    return cpa_error_set(error, CPA_ERROR_UNSUPPORTED,
                         "don't know how to handle EXEC segment at %#" PRIx64 " start=%#" PRIx64
                         " limit=%#" PRIx64 " offset=%#" PRIx64,
                         segment->address, m->start, m->limit, m->offset);
}

const CpaSegment *cpa_place_text_segment(const CpaElf *elf)
{
    size_t n_sections = 0;
    size_t n_segments = 0;
    const CpaSection *sections = cpa_elf_sections(elf, &n_sections);
    const CpaSegment *segments = cpa_elf_segments(elf, &n_segments);
    for (size_t i = 0; i < n_sections; i++) {
        if (strcmp(sections[i].name, ".text") != 0) {
            continue;
        }
        for (size_t k = 0; k < n_segments; k++) {
            const CpaSegment *p = &segments[k];
            if (p->type == PT_LOAD && (p->flags & PF_X) != 0 && sections[i].address >= p->address &&
                sections[i].address - p->address < p->memory_size) {
                return p;
            }
        }
        return NULL; /* one .text is enough; names may repeat without end */
    }
    return NULL;
}

/* Whether the mapping can be of this segment: it overlaps, and does not belong to a neighbour that
 * shares a page with it. */
static bool fits(const CpaSegment *p, uint64_t offset, uint64_t size)
{
    uint64_t limit = offset + size;
    uint64_t segment_limit = p->offset + p->memory_size;
    if (p->type != PT_LOAD || p->file_size == 0 || offset >= segment_limit || p->offset >= limit) {
        return false;
    }
    uint64_t in_page = p->address & (p->align - 1);
    uint64_t aligned = p->offset > in_page ? p->offset - in_page : 0;
    if (offset < aligned) {
        return false;
    }
    return !(offset > p->offset && segment_limit < offset + PAGE && limit >= segment_limit + PAGE);
}

bool cpa_place_segment(const CpaElf *elf, const uint64_t *stext, const CpaPlace *m,
                       uint64_t address, const CpaSegment **segment, GError **error)
{
    *segment = NULL;
    if (stext != NULL || m->start >= m->limit || m->limit >= KERNEL_HALF) {
        *segment = cpa_place_text_segment(elf);
        return true;
    }
    size_t n = 0;
    const CpaSegment *segments = cpa_elf_segments(elf, &n);
    uint64_t at = address - m->start + m->offset;
    const CpaSegment *first = NULL;
    size_t n_loads = 0;
    size_t n_fit = 0;
    size_t n_at = 0;
    for (size_t i = 0; i < n; i++) {
        const CpaSegment *p = &segments[i];
        n_loads += p->type == PT_LOAD;
        if (!fits(p, m->offset, m->limit - m->start)) {
            continue;
        }
        first = n_fit++ == 0 ? p : first;
        if (at >= p->offset && at < p->offset + p->memory_size) {
            *segment = n_at++ == 0 ? p : *segment;
        }
    }
    if (n_fit <= 1) {
        *segment = first;
        return n_loads == 0 || n_fit == 1 ||
               cpa_error_set(error, CPA_ERROR_MALFORMED, "no program header matches mapping info");
    }
    if (n_at != 1) {
        return cpa_error_set(error, CPA_ERROR_MALFORMED, "%s matches file offset %#" PRIx64,
                             n_at == 0 ? "no program header" : "more than one program header", at);
    }
    return true;
}

bool cpa_place_needs_stext(const CpaElf *elf, const CpaPlace *m)
{
    return strstr(cpa_elf_path(elf), "vmlinux") != NULL ||
           ((m->start | m->limit | m->offset) & (PAGE - 1)) != 0;
}

#endif
