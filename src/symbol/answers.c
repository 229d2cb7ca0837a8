/* SPDX-License-Identifier: Apache-2.0 */
/*
 *     "cpasym2\n"  u32 crc of the rest  u32 strings  u32 addresses  u32 frames  u32 bytes of strings
 *     strings * u32 length, addresses * (u64, u32 leaf), frames * 6 u32, the strings; little endian
 */
#include "symbol/answers.h"

#include "base/hash.h"

#include <string.h>
#include <zlib.h>

#define MAGIC       "cpasym2\n"
#define HEADER_SIZE ((size_t)(8 + 4 + 4 * 4))
#define SPOT_SIZE   12
#define FRAME_SIZE  24
#define MAX_DEPTH   4096 /* of a file's frames; compilers stay far below */

void cpa_answers_init(CpaAnswers *a)
{
    *a = (CpaAnswers){.strings = cpa_strtab_new(NULL)};
}

void cpa_answers_clear(CpaAnswers *a)
{
    cpa_answers_seal(a);
    cpa_vec_clear(&a->addresses);
    cpa_vec_clear(&a->frames);
    g_clear_pointer(&a->leaf, g_free);
    g_clear_pointer(&a->strings, cpa_strtab_free);
}

void cpa_answers_begin(CpaAnswers *a)
{
    a->leaf = g_new(uint32_t, a->addresses.len + 1);
    memset(a->leaf, 0xff, (a->addresses.len + 1) * sizeof *a->leaf);
}

void cpa_answers_seal(CpaAnswers *a)
{
    g_clear_pointer(&a->slots, g_free);
    a->n_slots = 0;
    cpa_vec_clear(&a->last);
}

/* ---- frames ---------------------------------------------------------------------------------- */

static size_t slot_of(const CpaAnswers *a, const CpaAnswerFrame *f)
{
    const uint64_t *seed = cpa_hash_seed();
    uint64_t h = cpa_hash64((uint64_t)f->caller << 32 | f->function, seed);
    h = cpa_hash64(h ^ ((uint64_t)f->line << 32 | f->column), seed);
    h = cpa_hash64(h ^ ((uint64_t)f->file << 32 | f->start_line), seed);
    return (size_t)h & (a->n_slots - 1);
}

static void grow_slots(CpaAnswers *a)
{
    a->n_slots = a->n_slots > 0 ? 2 * a->n_slots : 256;
    a->slots = g_realloc_n(a->slots, a->n_slots, sizeof *a->slots);
    memset(a->slots, 0xff, a->n_slots * sizeof *a->slots);
    for (size_t i = 0; i < a->frames.len; i++) {
        size_t at = slot_of(a, &a->frames.data[i]);
        while (a->slots[at] != CPA_NONE) {
            at = (at + 1) & (a->n_slots - 1);
        }
        a->slots[at] = (uint32_t)i;
    }
}

/* Returns: the index of the frame. */
static uint32_t add_frame(CpaAnswers *a, const CpaAnswerFrame *frame)
{
    if (a->n_slots / 2 <= a->frames.len) {
        grow_slots(a);
    }
    size_t at = slot_of(a, frame);
    for (; a->slots[at] != CPA_NONE; at = (at + 1) & (a->n_slots - 1)) {
        if (memcmp(&a->frames.data[a->slots[at]], frame, sizeof *frame) == 0) {
            return a->slots[at];
        }
    }
    a->slots[at] = (uint32_t)a->frames.len;
    cpa_vec_push(&a->frames, *frame);
    return a->slots[at];
}

static CpaStrId intern(CpaAnswers *a, const char *text, CpaStrId guess)
{
    return strcmp(text, cpa_strtab_get(a->strings, guess)) == 0
               ? guess
               : cpa_strtab_intern(a->strings, text, strlen(text));
}

/* Neighbours have most of their frames in common: what was there last at this depth is the first
 * guess. */
static uint32_t add(CpaAnswers *a, size_t depth, const CpaFrame *f, uint32_t caller)
{
    static const CpaAnswerFrame none;
    uint32_t last = depth < a->last.len ? a->last.data[depth] : CPA_NONE;
    const CpaAnswerFrame *guess = last != CPA_NONE ? &a->frames.data[last] : &none;
    const CpaAnswerFrame frame = {
        .function = intern(a, f->function, guess->function),
        .file = intern(a, f->file, guess->file),
        .line = f->line,
        .column = f->column,
        .start_line = f->start_line,
        .caller = caller,
    };
    bool is_last = last != CPA_NONE && memcmp(&frame, guess, sizeof frame) == 0;
    uint32_t at = is_last ? last : add_frame(a, &frame);
    if (depth < a->last.len) {
        a->last.data[depth] = at;
    } else {
        cpa_vec_push(&a->last, at);
    }
    return at;
}

void cpa_answers_set(CpaAnswers *a, size_t i, const CpaFrame *frames, size_t n)
{
    bool is_known = false;
    for (size_t k = 0; k < n; k++) {
        is_known |= *frames[k].function != '\0' || *frames[k].file != '\0';
    }
    if (!is_known || a->frames.len + n >= CPA_NONE) {
        return;
    }
    uint32_t caller = CPA_NONE;
    for (size_t k = n; k-- > 0;) {
        caller = add(a, n - 1 - k, &frames[k], caller);
    }
    a->leaf[i] = caller;
}

size_t cpa_answers_find(const CpaAnswers *a, uint64_t address)
{
    size_t low = 0;
    size_t high = a->addresses.len;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (a->addresses.data[mid] < address) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low < a->addresses.len && a->addresses.data[low] == address ? low : SIZE_MAX;
}

/* ---- from one to another --------------------------------------------------------------------- */

static CpaStrId carry_string(CpaAnswers *to, const CpaAnswers *from, CpaStrId id)
{
    return cpa_strtab_intern(to->strings, cpa_strtab_get(from->strings, id),
                             cpa_strtab_len(from->strings, id));
}

uint32_t *cpa_answers_carried(const CpaAnswers *from)
{
    uint32_t *carried = g_new(uint32_t, from->frames.len + 1);
    memset(carried, 0xff, (from->frames.len + 1) * sizeof *carried);
    return carried;
}

void cpa_answers_copy(CpaAnswers *to, size_t to_i, const CpaAnswers *from, size_t from_i,
                      uint32_t *carried)
{
    CPA_VEC(uint32_t) chain = {0}; /* what is not there yet, innermost first */
    uint32_t at = from->leaf[from_i];
    for (; at != CPA_NONE && carried[at] == CPA_NONE; at = from->frames.data[at].caller) {
        cpa_vec_push(&chain, at);
    }
    uint32_t caller = at != CPA_NONE ? carried[at] : CPA_NONE;
    for (size_t k = chain.len; k-- > 0;) {
        CpaAnswerFrame frame = from->frames.data[chain.data[k]];
        frame.function = carry_string(to, from, frame.function);
        frame.file = carry_string(to, from, frame.file);
        frame.caller = caller;
        caller = carried[chain.data[k]] = add_frame(to, &frame);
    }
    to->leaf[to_i] = caller;
    cpa_vec_clear(&chain);
}

void cpa_answers_merge(CpaAnswers *to, const CpaAnswers *a, const CpaAnswers *b)
{
    CPA_VEC(size_t) at = {0}; /* index in a, or that in b behind those of a */
    size_t n_a = a->addresses.len;
    size_t n_b = b->addresses.len;
    for (size_t i = 0, k = 0; i < n_a || k < n_b;) {
        bool takes_a = i < n_a && (k == n_b || a->addresses.data[i] <= b->addresses.data[k]);
        uint64_t address = takes_a ? a->addresses.data[i] : b->addresses.data[k];
        cpa_vec_push(&to->addresses, address);
        cpa_vec_push(&at, takes_a ? i : n_a + k);
        i += i < n_a && a->addresses.data[i] == address;
        k += k < n_b && b->addresses.data[k] == address;
    }
    cpa_answers_begin(to);
    g_autofree uint32_t *of_a = cpa_answers_carried(a);
    g_autofree uint32_t *of_b = cpa_answers_carried(b);
    for (size_t i = 0; i < at.len; i++) {
        if (at.data[i] < n_a) {
            cpa_answers_copy(to, i, a, at.data[i], of_a);
        } else {
            cpa_answers_copy(to, i, b, at.data[i] - n_a, of_b);
        }
    }
    cpa_vec_clear(&at);
}

/* ---- on disk --------------------------------------------------------------------------------- */

static void put32(GByteArray *out, uint32_t v)
{
    v = GUINT32_TO_LE(v);
    g_byte_array_append(out, (const guint8 *)&v, sizeof v);
}

static void put64(GByteArray *out, uint64_t v)
{
    v = GUINT64_TO_LE(v);
    g_byte_array_append(out, (const guint8 *)&v, sizeof v);
}

static uint32_t get32(const uint8_t *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return GUINT32_FROM_LE(v);
}

static uint64_t get64(const uint8_t *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return GUINT64_FROM_LE(v);
}

static uint32_t checksum(const uint8_t *bytes, size_t n)
{
    return (uint32_t)crc32(crc32(0, NULL, 0), bytes, (uInt)n);
}

GByteArray *cpa_answers_encode(const CpaAnswers *a)
{
    GByteArray *out = g_byte_array_new();
    uint32_t n_strings = cpa_strtab_count(a->strings);
    size_t n_bytes = 0;
    for (uint32_t i = 0; i < n_strings; i++) {
        n_bytes += cpa_strtab_len(a->strings, i);
    }
    g_byte_array_append(out, (const guint8 *)MAGIC, 8);
    put32(out, 0);
    put32(out, n_strings);
    put32(out, (uint32_t)a->addresses.len);
    put32(out, (uint32_t)a->frames.len);
    put32(out, (uint32_t)n_bytes);
    for (uint32_t i = 0; i < n_strings; i++) {
        put32(out, (uint32_t)cpa_strtab_len(a->strings, i));
    }
    for (size_t i = 0; i < a->addresses.len; i++) {
        put64(out, a->addresses.data[i]);
        put32(out, a->leaf[i]);
    }
    for (size_t i = 0; i < a->frames.len; i++) {
        const CpaAnswerFrame *f = &a->frames.data[i];
        put32(out, f->function);
        put32(out, f->file);
        put32(out, f->line);
        put32(out, f->column);
        put32(out, f->start_line);
        put32(out, f->caller);
    }
    for (uint32_t i = 0; i < n_strings; i++) {
        g_byte_array_append(out, (const guint8 *)cpa_strtab_get(a->strings, i),
                            (guint)cpa_strtab_len(a->strings, i));
    }
    uint32_t crc = GUINT32_TO_LE(checksum(out->data + 12, out->len - 12));
    memcpy(out->data + 8, &crc, sizeof crc);
    return out;
}

static bool fail(CpaAnswers *a, const char *what, GError **error)
{
    cpa_answers_clear(a);
    cpa_answers_init(a);
    return cpa_error_set(error, CPA_ERROR_MALFORMED, "symbol cache: %s", what);
}

/* Callers come first: there are no circles. */
static bool decode_frames(CpaAnswers *a, const uint8_t *p, uint64_t n)
{
    uint32_t n_strings = cpa_strtab_count(a->strings);
    g_autofree uint16_t *depth = g_new(uint16_t, n + 1);
    cpa_vec_reserve(&a->frames, n);
    for (uint64_t i = 0; i < n; i++, p += FRAME_SIZE) {
        CpaAnswerFrame f = {get32(p),      get32(p + 4),  get32(p + 8),
                            get32(p + 12), get32(p + 16), get32(p + 20)};
        bool has_caller = f.caller != CPA_NONE;
        if (f.function >= n_strings || f.file >= n_strings || (has_caller && f.caller >= i)) {
            return false;
        }
        depth[i] = has_caller ? depth[f.caller] + 1 : 0;
        if (depth[i] >= MAX_DEPTH) {
            return false;
        }
        cpa_vec_push(&a->frames, f);
    }
    return true;
}

bool cpa_answers_decode(CpaAnswers *a, const uint8_t *bytes, size_t n, GError **error)
{
    if (n < HEADER_SIZE || memcmp(bytes, MAGIC, 8) != 0) {
        return fail(a, "no such file", error);
    }
    uint64_t n_strings = get32(bytes + 12);
    uint64_t n_spots = get32(bytes + 16);
    uint64_t n_frames = get32(bytes + 20);
    uint64_t n_bytes = get32(bytes + 24);
    if (n > UINT32_MAX ||
        HEADER_SIZE + n_strings * 4 + n_spots * SPOT_SIZE + n_frames * FRAME_SIZE + n_bytes != n) {
        return fail(a, "sizes do not add up", error);
    }
    if (get32(bytes + 8) != checksum(bytes + 12, n - 12)) {
        return fail(a, "wrong checksum", error);
    }
    const uint8_t *lengths = bytes + HEADER_SIZE;
    const uint8_t *spots = lengths + n_strings * 4;
    const uint8_t *frames = spots + n_spots * SPOT_SIZE;
    const uint8_t *text = frames + n_frames * FRAME_SIZE;
    for (uint64_t i = 0; i < n_strings; i++) {
        uint32_t len = get32(lengths + i * 4);
        if (len > (uint64_t)(bytes + n - text) || memchr(text, 0, len) != NULL ||
            cpa_strtab_intern(a->strings, (const char *)text, len) != i) {
            return fail(a, "strings", error);
        }
        text += len;
    }
    cpa_vec_reserve(&a->addresses, n_spots);
    for (uint64_t i = 0; i < n_spots; i++) {
        uint64_t address = get64(spots + i * SPOT_SIZE);
        if (i > 0 && a->addresses.data[i - 1] >= address) {
            return fail(a, "addresses", error);
        }
        cpa_vec_push(&a->addresses, address);
    }
    cpa_answers_begin(a);
    for (uint64_t i = 0; i < n_spots; i++) {
        a->leaf[i] = get32(spots + i * SPOT_SIZE + 8);
        if (a->leaf[i] != CPA_NONE && a->leaf[i] >= n_frames) {
            return fail(a, "addresses", error);
        }
    }
    return decode_frames(a, frames, n_frames) || fail(a, "frames", error);
}
