/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two segment trees over the sorted bounds of all mappings.
 *
 *     bounds   b0   b1     b2  b3                leaf i is [b(i), b(i+1))
 *     held     first mapping whose [start, limit) covers a node's leaves; only ever lowered
 *     before   mappings whose [start - offset, start) covers them, in order, for extending
 *
 * A mapping is extended at most once, since it has no offset afterwards; it then leaves `before`
 * (lazily, when a lookup meets it) and enters `held` with its new start, whose bound is known
 * already. So no bound is added once the trees are built.
 */
#include "input/mapindex.h"

#include <stdlib.h>
#include <string.h>

#include "input/span.h"

/* ---- repair -------------------------------------------------------------------------------- */

static bool is_split(const CpaMapping *a, const CpaMapping *b)
{
    if ((a->file != 0 && b->file != 0 && a->file != b->file) ||
        (a->build_id != 0 && b->build_id != 0 && a->build_id != b->build_id) ||
        a->limit != b->start) {
        return false;
    }
    return a->offset == 0 || b->offset == 0 || a->offset + (a->limit - a->start) == b->offset;
}

static void join_split(CpaMappings *mappings)
{
    size_t n = 0;
    for (size_t i = 0; i < mappings->len; i++) {
        const CpaMapping *m = &mappings->data[i];
        CpaMapping *last = n > 0 ? &mappings->data[n - 1] : NULL;
        if (last == NULL || !is_split(last, m)) {
            mappings->data[n++] = *m;
            continue;
        }
        last->limit = m->limit;
        last->file = m->file != 0 ? m->file : last->file;
        last->build_id = m->build_id != 0 ? m->build_id : last->build_id;
    }
    mappings->len = n;
}

/* ".so" at the end, or followed by "." or "_" and a digit. */
static bool is_library(CpaSpan file)
{
    CpaSpan so = CPA_SPAN(".so");
    for (size_t at = cpa_span_find(file, 0, so); at != SIZE_MAX;
         at = cpa_span_find(file, at + 1, so)) {
        CpaSpan rest = cpa_span_from(file, at + so.len);
        if (rest.len == 0 || (rest.len >= 2 && (rest.bytes[0] == '.' || rest.bytes[0] == '_') &&
                              g_ascii_isdigit(rest.bytes[1]))) {
            return true;
        }
    }
    return false;
}

static bool is_program(const char *name)
{
    g_autofree char *file = g_strdup(name);
    CpaSpan text = {file, 0};
    CpaSpan deleted = CPA_SPAN("(deleted)");
    for (size_t i = 0; name[i] != '\0';) {
        if (strncmp(name + i, deleted.bytes, deleted.len) == 0) {
            i += deleted.len;
        } else {
            file[text.len++] = name[i++];
        }
    }
    text = cpa_span_trim(text);
    return text.len > 0 && text.bytes[0] != '[' && !is_library(text);
}

void cpa_mappings_repair(CpaMappings *mappings, const CpaBuilder *builder)
{
    join_split(mappings);
    for (size_t i = 0; i < mappings->len; i++) {
        if (is_program(cpa_builder_string(builder, mappings->data[i].file))) {
            CpaMapping program = mappings->data[i];
            mappings->data[i] = mappings->data[0];
            mappings->data[0] = program;
            return;
        }
    }
}

/* ---- trees --------------------------------------------------------------------------------- */

#define NO_ENTRY UINT32_MAX

typedef struct {
    uint32_t mapping;
    uint32_t next; /* later in the list of mappings, or NO_ENTRY */
} Entry;

struct CpaMapindex {
    CpaMappings *mappings;
    CPA_VEC(uint64_t) bounds; /* ascending, each once */
    uint32_t *held;           /* [2 * bounds] per node: a mapping or CPA_NONE; leaves last */
    uint32_t *before;         /* [2 * bounds] per node: first entry or NO_ENTRY */
    CPA_VEC(Entry) entries;
    uint32_t everything; /* the mapping added for what no other holds, or CPA_NONE */
};

static int compare_bounds(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* The last bound <= address, or SIZE_MAX. */
static size_t find_leaf(const CpaMapindex *index, uint64_t address)
{
    size_t low = 0;
    size_t high = index->bounds.len;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (index->bounds.data[middle] <= address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low == 0 ? SIZE_MAX : low - 1;
}

typedef void (*NodeFunc)(CpaMapindex *index, size_t node, uint32_t mapping);

static void lower_held(CpaMapindex *index, size_t node, uint32_t mapping)
{
    index->held[node] = MIN(index->held[node], mapping);
}

/* Mappings come here last first, so that lists ascend. */
static void prepend_before(CpaMapindex *index, size_t node, uint32_t mapping)
{
    Entry entry = {mapping, index->before[node]};
    index->before[node] = (uint32_t)index->entries.len;
    cpa_vec_push(&index->entries, entry);
}

/* Calls func for the nodes that together are [start, limit), both of them bounds. */
static void cover(CpaMapindex *index, uint64_t start, uint64_t limit, uint32_t mapping,
                  NodeFunc func)
{
    if (start >= limit) {
        return;
    }
    size_t left = find_leaf(index, start) + index->bounds.len;
    size_t right = find_leaf(index, limit) + index->bounds.len;
    for (; left < right; left /= 2, right /= 2) {
        if (left % 2 == 1) {
            func(index, left++, mapping);
        }
        if (right % 2 == 1) {
            func(index, --right, mapping);
        }
    }
}

/* Whether bytes of the file lie before the mapping that could be mapped before its start. */
static bool has_before(const CpaMapping *m)
{
    return m->offset != 0 && m->start - m->offset < m->start;
}

static void collect_bounds(CpaMapindex *index)
{
    for (size_t i = 0; i < index->mappings->len; i++) {
        const CpaMapping *m = &index->mappings->data[i];
        cpa_vec_push(&index->bounds, m->start);
        cpa_vec_push(&index->bounds, m->limit);
        if (has_before(m)) {
            cpa_vec_push(&index->bounds, m->start - m->offset);
        }
    }
    if (index->bounds.len == 0) {
        return;
    }
    qsort(index->bounds.data, index->bounds.len, sizeof *index->bounds.data, compare_bounds);
    size_t n = 1;
    for (size_t i = 1; i < index->bounds.len; i++) {
        if (index->bounds.data[i] != index->bounds.data[n - 1]) {
            index->bounds.data[n++] = index->bounds.data[i];
        }
    }
    index->bounds.len = n;
}

static void move_first_mapping(CpaMappings *mappings, const CpaBuilder *builder)
{
    const uint64_t usual_start = 0x400000;
    CpaMapping *first = mappings->data;
    if (mappings->len > 1 && first->limit == first[1].start &&
        g_str_has_prefix(cpa_builder_string(builder, first->file), "/anon_hugepage")) {
        mappings->len--;
        memmove(first, first + 1, mappings->len * sizeof *first);
    }
    if (mappings->len > 0 && first->start - first->offset == usual_start) {
        first->start = usual_start;
        first->offset = 0;
    }
}

CpaMapindex *cpa_mapindex_new(CpaMappings *mappings, const CpaBuilder *builder)
{
    CpaMapindex *index = g_new0(CpaMapindex, 1);
    index->mappings = mappings;
    index->everything = CPA_NONE;
    move_first_mapping(mappings, builder);
    collect_bounds(index);
    size_t n_nodes = 2 * index->bounds.len;
    index->held = g_new(uint32_t, n_nodes);
    index->before = g_new(uint32_t, n_nodes);
    for (size_t i = 0; i < n_nodes; i++) {
        index->held[i] = CPA_NONE;
        index->before[i] = NO_ENTRY;
    }
    for (size_t i = mappings->len; i-- > 0;) {
        const CpaMapping *m = &mappings->data[i];
        cover(index, m->start, m->limit, (uint32_t)i, lower_held);
        if (has_before(m)) {
            cover(index, m->start - m->offset, m->start, (uint32_t)i, prepend_before);
        }
    }
    return index;
}

void cpa_mapindex_free(CpaMapindex *index)
{
    if (index == NULL) {
        return;
    }
    cpa_vec_clear(&index->bounds);
    g_free(index->held);
    g_free(index->before);
    cpa_vec_clear(&index->entries);
    g_free(index);
}

static uint32_t find_held(const CpaMapindex *index, size_t leaf)
{
    uint32_t best = CPA_NONE;
    for (size_t node = leaf + index->bounds.len; node > 0; node /= 2) {
        best = MIN(best, index->held[node]);
    }
    return best;
}

static uint32_t find_before(CpaMapindex *index, size_t leaf)
{
    uint32_t best = CPA_NONE;
    for (size_t node = leaf + index->bounds.len; node > 0; node /= 2) {
        uint32_t *first = &index->before[node];
        while (*first != NO_ENTRY &&
               index->mappings->data[index->entries.data[*first].mapping].offset == 0) {
            *first = index->entries.data[*first].next;
        }
        if (*first != NO_ENTRY) {
            best = MIN(best, index->entries.data[*first].mapping);
        }
    }
    return best;
}

static void extend(CpaMapindex *index, uint32_t mapping)
{
    CpaMapping *m = &index->mappings->data[mapping];
    m->start -= m->offset;
    m->offset = 0;
    cover(index, m->start, m->limit, mapping, lower_held);
}

uint32_t cpa_mapindex_find(CpaMapindex *index, uint64_t address)
{
    size_t leaf = find_leaf(index, address);
    uint32_t found = leaf == SIZE_MAX ? CPA_NONE : find_held(index, leaf);
    if (found != CPA_NONE) {
        return found;
    }
    if (index->everything != CPA_NONE) {
        return index->everything;
    }
    found = leaf == SIZE_MAX ? CPA_NONE : find_before(index, leaf);
    if (found != CPA_NONE) {
        extend(index, found);
        return found;
    }
    index->everything = (uint32_t)index->mappings->len;
    CpaMapping everything = {.limit = UINT64_MAX};
    cpa_vec_push(index->mappings, everything);
    return index->everything;
}
