/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cursor over tainted bytes of DWARF. It never leaves its bytes: what runs over the end gives 0
 * and sets `failed`, which stays set, so that it is tested once per record.
 */
#pragma once

#include "symbol/elffile.h"

#include <glib.h>
#include <string.h>

typedef struct {
    const uint8_t *at;
    const uint8_t *end;
    bool is_big;
    bool failed;
} CpaDwCursor;

/** cpa_dw_at: Returns: a cursor over the bytes from @offset on, failed where there are none */
static inline CpaDwCursor cpa_dw_at(CpaBytes bytes, uint64_t offset, bool is_big)
{
    static const uint8_t nothing[1];
    bool ok = bytes.bytes != NULL && offset <= bytes.size;
    const uint8_t *at = ok ? bytes.bytes + offset : nothing;
    return (CpaDwCursor){at, ok ? bytes.bytes + bytes.size : nothing, is_big, !ok};
}

static inline void cpa_dw_skip(CpaDwCursor *c, uint64_t n)
{
    if (n > (uint64_t)(c->end - c->at)) {
        c->failed = true;
        c->at = c->end;
    } else {
        c->at += n;
    }
}

/** cpa_dw_fixed: Returns: an unsigned number of @n <= 8 bytes */
static inline uint64_t cpa_dw_fixed(CpaDwCursor *c, unsigned n)
{
    uint64_t v = 0;
    if (n > (uint64_t)(c->end - c->at)) {
        c->failed = true;
        c->at = c->end;
        return 0;
    }
    if (c->is_big) {
        for (unsigned i = 0; i < n; i++) {
            v = v << 8 | c->at[i];
        }
    } else {
        for (unsigned i = n; i-- > 0;) {
            v = v << 8 | c->at[i];
        }
    }
    c->at += n;
    return v;
}

static inline uint64_t cpa_dw_uleb(CpaDwCursor *c)
{
    uint64_t v = 0;
    for (unsigned shift = 0; c->at < c->end; shift += 7) {
        uint8_t byte = *c->at++;
        v |= shift < 64 ? (uint64_t)(byte & 0x7f) << shift : 0;
        if (byte < 0x80) {
            return v;
        }
    }
    c->failed = true;
    return 0;
}

/* The same, saturated: no code or form is as large as that. */
static inline uint16_t cpa_dw_uleb16(CpaDwCursor *c)
{
    uint64_t v = cpa_dw_uleb(c);
    return (uint16_t)(v < UINT16_MAX ? v : UINT16_MAX);
}

static inline uint32_t cpa_dw_uleb32(CpaDwCursor *c)
{
    uint64_t v = cpa_dw_uleb(c);
    return (uint32_t)(v < UINT32_MAX ? v : UINT32_MAX);
}

static inline int64_t cpa_dw_sleb(CpaDwCursor *c)
{
    uint64_t v = 0;
    for (unsigned shift = 0; c->at < c->end; shift += 7) {
        uint8_t byte = *c->at++;
        v |= shift < 64 ? (uint64_t)(byte & 0x7f) << shift : 0;
        if (byte < 0x80) {
            bool is_negative = (byte & 0x40) != 0 && shift + 7 < 64;
            return (int64_t)(is_negative ? v | ~UINT64_C(0) << (shift + 7) : v);
        }
    }
    c->failed = true;
    return 0;
}

/* Longer names are not read: a section without NULs would be searched over and over. */
#define CPA_DW_MAX_STRING ((size_t)1 << 14)

/** cpa_dw_string: Returns: the string at the cursor, "" where no NUL ends it */
static inline const char *cpa_dw_string(CpaDwCursor *c)
{
    size_t left = MIN((size_t)(c->end - c->at), CPA_DW_MAX_STRING);
    const uint8_t *nul = left > 0 ? memchr(c->at, 0, left) : NULL;
    if (nul == NULL) {
        c->failed = true;
        c->at = c->end;
        return "";
    }
    const char *text = (const char *)c->at;
    c->at = nul + 1;
    return text;
}

/** cpa_dw_length: @offset_size: (out): 4 or 8. Returns: the length that units begin with */
static inline uint64_t cpa_dw_length(CpaDwCursor *c, uint8_t *offset_size)
{
    uint64_t length = cpa_dw_fixed(c, 4);
    *offset_size = 4;
    if (length == UINT32_MAX) {
        *offset_size = 8;
        length = cpa_dw_fixed(c, 8);
    } else if (length >= 0xfffffff0) {
        c->failed = true;
    }
    return length;
}
