/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Protocol-buffer wire format: the few inline functions that hot loops need.
 *
 *     field = varint(number << 3 | type) payload        type 0 varint, 1 8 bytes, 5 4 bytes,
 *                                                        2 varint(length) bytes
 *
 * Source: https://protobuf.dev/programming-guides/encoding/
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum {
    CPA_WIRE_VARINT = 0,
    CPA_WIRE_FIXED64 = 1,
    CPA_WIRE_BYTES = 2,
    CPA_WIRE_FIXED32 = 5,
};

/**
 * cpa_wire_varint:
 * @at:  (inout): moved behind the number
 * @end: first byte that must not be read
 *
 * Returns: %false where the number is cut off or longer than ten bytes
 */
static inline bool cpa_wire_varint(const uint8_t **at, const uint8_t *end, uint64_t *value)
{
    const uint8_t *p = *at;
    if (p < end && *p < 0x80) {
        *value = *p;
        *at = p + 1;
        return true;
    }
    uint64_t v = 0;
    for (unsigned shift = 0; shift < 70 && p < end; shift += 7) {
        uint8_t byte = *p++;
        v |= shift < 64 ? (uint64_t)(byte & 0x7f) << shift : 0;
        if (byte < 0x80) {
            *value = v;
            *at = p;
            return true;
        }
    }
    return false;
}

/**
 * cpa_wire_varint_short:
 * @at: (inout): at least four bytes may be read from it
 *
 * The same for numbers of up to four bytes, without a branch that depends on their length: in a
 * list of ids the lengths alternate, and branches would be mispredicted.
 *
 * Returns: %false, and nothing is moved, where the number is longer
 */
static inline bool cpa_wire_varint_short(const uint8_t **at, uint32_t *value)
{
    uint32_t word;
    memcpy(&word, *at, sizeof word);
    word = GUINT32_FROM_LE(word);
    uint32_t ends = ~word & UINT32_C(0x80808080); /* the last byte of a number has no high bit */
    if (G_UNLIKELY(ends == 0)) {
        return false;
    }
    uint32_t bytes = word & (ends ^ (ends - 1)); /* up to the first end */
    *value =
        (bytes & 0x7f) | (bytes >> 1 & 0x3f80) | (bytes >> 2 & 0x1fc000) | (bytes >> 3 & 0xfe00000);
    *at += ((unsigned)__builtin_ctz(ends) >> 3) + 1;
    return true;
}

typedef struct {
    uint32_t number; /* field number; numbers beyond 32 bits are folded to UINT32_MAX */
    uint32_t type;
    uint64_t value;       /* varint and fixed types */
    const uint8_t *bytes; /* CPA_WIRE_BYTES: [size] inside the input */
    size_t size;
} CpaWireField;

typedef enum {
    CPA_WIRE_OK,
    CPA_WIRE_SHORT,   /* the input ends inside the field */
    CPA_WIRE_INVALID, /* no such wire type, or a number of more than ten bytes */
} CpaWireStatus;

/**
 * cpa_wire_field:
 * @at:   (inout): moved behind the field, only when CPA_WIRE_OK
 * @end:  end of the bytes at hand
 * @need: (out): with CPA_WIRE_SHORT, bytes wanted from the field's start, 0 when not known yet
 */
static inline CpaWireStatus cpa_wire_field(const uint8_t **at, const uint8_t *end,
                                           CpaWireField *field, uint64_t *need)
{
    const uint8_t *p = *at;
    uint64_t key = 0;
    *need = 0;
    if (!cpa_wire_varint(&p, end, &key)) {
        return end - *at >= 10 ? CPA_WIRE_INVALID : CPA_WIRE_SHORT;
    }
    field->number = key >> 3 > UINT32_MAX ? UINT32_MAX : (uint32_t)(key >> 3);
    field->type = key & 7;
    field->value = 0;
    field->bytes = NULL;
    field->size = 0;
    switch (field->type) {
    case CPA_WIRE_VARINT: {
        const uint8_t *from = p;
        if (!cpa_wire_varint(&p, end, &field->value)) {
            return end - from >= 10 ? CPA_WIRE_INVALID : CPA_WIRE_SHORT;
        }
        break;
    }
    case CPA_WIRE_FIXED64:
    case CPA_WIRE_FIXED32: {
        size_t size = field->type == CPA_WIRE_FIXED64 ? 8 : 4;
        if ((size_t)(end - p) < size) {
            return CPA_WIRE_SHORT;
        }
        for (size_t i = 0; i < size; i++) {
            field->value |= (uint64_t)p[i] << (8 * i);
        }
        p += size;
        break;
    }
    case CPA_WIRE_BYTES: {
        const uint8_t *from = p;
        uint64_t size = 0;
        if (!cpa_wire_varint(&p, end, &size)) {
            return end - from >= 10 ? CPA_WIRE_INVALID : CPA_WIRE_SHORT;
        }
        if (size > (uint64_t)(end - p)) {
            uint64_t head = (uint64_t)(p - *at);
            *need = size > UINT64_MAX - head ? UINT64_MAX : head + size;
            return CPA_WIRE_SHORT;
        }
        field->bytes = p;
        field->size = (size_t)size;
        p += size;
        break;
    }
    default:
        return CPA_WIRE_INVALID;
    }
    *at = p;
    return CPA_WIRE_OK;
}
