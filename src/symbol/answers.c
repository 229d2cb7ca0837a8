/* SPDX-License-Identifier: Apache-2.0 */
/*
 *     "cpasym1\n"  u32 crc of the rest  u32 strings  u32 spots  u32 frames  u32 bytes of strings
 *     strings * u32 length, spots * (u64 u32 u32), frames * 5 u32, the strings; little endian
 */
#include "symbol/answers.h"

#include <string.h>
#include <zlib.h>

#define MAGIC       "cpasym1\n"
#define HEADER_SIZE ((size_t)(8 + 4 + 4 * 4))
#define SPOT_SIZE   16
#define FRAME_SIZE  20

void cpa_answers_init(CpaAnswers *a)
{
    *a = (CpaAnswers){.strings = cpa_strtab_new(NULL)};
}

void cpa_answers_clear(CpaAnswers *a)
{
    cpa_vec_clear(&a->spots);
    cpa_vec_clear(&a->frames);
    g_clear_pointer(&a->strings, cpa_strtab_free);
}

static CpaStrId intern(CpaAnswers *a, const char *text)
{
    return cpa_strtab_intern(a->strings, text, strlen(text));
}

void cpa_answers_set(CpaAnswers *a, size_t i, const CpaFrame *frames, size_t n)
{
    bool is_known = false;
    for (size_t k = 0; k < n; k++) {
        is_known |= *frames[k].function != '\0' || *frames[k].file != '\0';
    }
    if (!is_known || a->frames.len + n > UINT32_MAX) {
        return;
    }
    a->spots.data[i].first = (uint32_t)a->frames.len;
    a->spots.data[i].n = (uint32_t)n;
    for (size_t k = 0; k < n; k++) {
        CpaAnswerFrame frame = {
            .function = intern(a, frames[k].function),
            .file = intern(a, frames[k].file),
            .line = frames[k].line,
            .column = frames[k].column,
            .start_line = frames[k].start_line,
        };
        cpa_vec_push(&a->frames, frame);
    }
    /* Neighbours are often the same line of code. */
    if (a->frames.len >= 2 * n) {
        const CpaAnswerFrame *last = a->frames.data + a->frames.len - n;
        if (memcmp(last - n, last, n * sizeof *last) == 0) {
            a->frames.len -= n;
            a->spots.data[i].first = (uint32_t)(a->frames.len - n);
        }
    }
}

size_t cpa_answers_find(const CpaAnswers *a, uint64_t address)
{
    size_t low = 0;
    size_t high = a->spots.len;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (a->spots.data[mid].address < address) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low < a->spots.len && a->spots.data[low].address == address ? low : SIZE_MAX;
}

static CpaStrId carry(CpaAnswers *to, const CpaAnswers *from, CpaStrId id)
{
    return cpa_strtab_intern(to->strings, cpa_strtab_get(from->strings, id),
                             cpa_strtab_len(from->strings, id));
}

void cpa_answers_copy(CpaAnswers *to, size_t to_i, const CpaAnswers *from, size_t from_i)
{
    const CpaSpot *spot = &from->spots.data[from_i];
    to->spots.data[to_i].first = (uint32_t)to->frames.len;
    to->spots.data[to_i].n = spot->n;
    for (uint32_t k = 0; k < spot->n; k++) {
        CpaAnswerFrame frame = from->frames.data[spot->first + k];
        frame.function = carry(to, from, frame.function);
        frame.file = carry(to, from, frame.file);
        cpa_vec_push(&to->frames, frame);
    }
}

void cpa_answers_merge(CpaAnswers *to, const CpaAnswers *a, const CpaAnswers *b)
{
    size_t i = 0;
    size_t k = 0;
    while (i < a->spots.len || k < b->spots.len) {
        bool takes_a = i < a->spots.len &&
                       (k == b->spots.len || a->spots.data[i].address <= b->spots.data[k].address);
        const CpaAnswers *from = takes_a ? a : b;
        size_t at = takes_a ? i : k;
        CpaSpot spot = {.address = from->spots.data[at].address};
        cpa_vec_push(&to->spots, spot);
        cpa_answers_copy(to, to->spots.len - 1, from, at);
        i += i < a->spots.len && a->spots.data[i].address == spot.address;
        k += k < b->spots.len && b->spots.data[k].address == spot.address;
    }
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
    put32(out, (uint32_t)a->spots.len);
    put32(out, (uint32_t)a->frames.len);
    put32(out, (uint32_t)n_bytes);
    for (uint32_t i = 0; i < n_strings; i++) {
        put32(out, (uint32_t)cpa_strtab_len(a->strings, i));
    }
    for (size_t i = 0; i < a->spots.len; i++) {
        put64(out, a->spots.data[i].address);
        put32(out, a->spots.data[i].first);
        put32(out, a->spots.data[i].n);
    }
    for (size_t i = 0; i < a->frames.len; i++) {
        const CpaAnswerFrame *f = &a->frames.data[i];
        put32(out, f->function);
        put32(out, f->file);
        put32(out, f->line);
        put32(out, f->column);
        put32(out, f->start_line);
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
    cpa_vec_reserve(&a->spots, n_spots);
    for (uint64_t i = 0; i < n_spots; i++) {
        const uint8_t *p = spots + i * SPOT_SIZE;
        CpaSpot spot = {get64(p), get32(p + 8), get32(p + 12)};
        bool is_ordered = i == 0 || a->spots.data[i - 1].address < spot.address;
        if (!is_ordered || (uint64_t)spot.first + spot.n > n_frames) {
            return fail(a, "addresses", error);
        }
        cpa_vec_push(&a->spots, spot);
    }
    cpa_vec_reserve(&a->frames, n_frames);
    for (uint64_t i = 0; i < n_frames; i++) {
        const uint8_t *p = frames + i * FRAME_SIZE;
        CpaAnswerFrame f = {get32(p), get32(p + 4), get32(p + 8), get32(p + 12), get32(p + 16)};
        if (f.function >= n_strings || f.file >= n_strings) {
            return fail(a, "frames", error);
        }
        cpa_vec_push(&a->frames, f);
    }
    return true;
}
