/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two libraries behind one face. ISA-L has no messages, only numbers.
 */
#include "input/inflate.h"

#include <limits.h>

#ifdef HAVE_ISAL

#include <isa-l/igzip_lib.h>

struct CpaInflate {
    struct inflate_state state; /* about 80 KiB */
    int result;
};

CpaInflate *cpa_inflate_new(void)
{
    CpaInflate *f = g_new0(CpaInflate, 1);
    isal_inflate_init(&f->state);
    f->state.crc_flag = ISAL_GZIP;
    return f;
}

void cpa_inflate_free(CpaInflate *f)
{
    g_free(f);
}

void cpa_inflate_reset(CpaInflate *f)
{
    isal_inflate_reset(&f->state);
    f->state.crc_flag = ISAL_GZIP;
}

CpaInflateStatus cpa_inflate_step(CpaInflate *f, const uint8_t **in, size_t *n_in, uint8_t *out,
                                  size_t room, size_t *n_out)
{
    uint32_t avail_in = (uint32_t)MIN(*n_in, UINT32_MAX);
    uint32_t avail_out = (uint32_t)MIN(room, UINT32_MAX);
    f->state.next_in = (uint8_t *)(uintptr_t)*in;
    f->state.avail_in = avail_in;
    f->state.next_out = out;
    f->state.avail_out = avail_out;
    f->result = isal_inflate(&f->state);
    *in += avail_in - f->state.avail_in;
    *n_in -= avail_in - f->state.avail_in;
    *n_out = avail_out - f->state.avail_out;
    if (f->result < 0 || f->result == ISAL_NEED_DICT) {
        return CPA_INFLATE_CORRUPT;
    }
    return f->state.block_state == ISAL_BLOCK_FINISH ? CPA_INFLATE_END : CPA_INFLATE_MORE;
}

const char *cpa_inflate_why(const CpaInflate *f)
{
    switch (f->result) {
    case ISAL_INVALID_BLOCK:
        return "invalid block";
    case ISAL_INVALID_SYMBOL:
        return "invalid code";
    case ISAL_INVALID_LOOKBACK:
        return "reference too far back";
    case ISAL_INVALID_WRAPPER:
        return "incorrect header";
    case ISAL_UNSUPPORTED_METHOD:
        return "unknown compression method";
    case ISAL_INCORRECT_CHECKSUM:
        return "incorrect data check";
    default:
        return "unknown";
    }
}

#else

#include <zlib.h>

struct CpaInflate {
    z_stream z;
};

CpaInflate *cpa_inflate_new(void)
{
    CpaInflate *f = g_new0(CpaInflate, 1);
    if (inflateInit2(&f->z, 15 + 16) != Z_OK) {
        g_clear_pointer(&f, g_free);
    }
    return f;
}

void cpa_inflate_free(CpaInflate *f)
{
    if (f != NULL) {
        inflateEnd(&f->z);
        g_free(f);
    }
}

void cpa_inflate_reset(CpaInflate *f)
{
    inflateReset(&f->z); /* fails only for a stream that never started */
}

CpaInflateStatus cpa_inflate_step(CpaInflate *f, const uint8_t **in, size_t *n_in, uint8_t *out,
                                  size_t room, size_t *n_out)
{
    uInt avail_in = (uInt)MIN(*n_in, UINT_MAX);
    uInt avail_out = (uInt)MIN(room, UINT_MAX);
    f->z.next_in = (Bytef *)(uintptr_t)*in;
    f->z.avail_in = avail_in;
    f->z.next_out = out;
    f->z.avail_out = avail_out;
    int result = inflate(&f->z, Z_NO_FLUSH);
    *in += avail_in - f->z.avail_in;
    *n_in -= avail_in - f->z.avail_in;
    *n_out = avail_out - f->z.avail_out;
    if (result == Z_STREAM_END) {
        return CPA_INFLATE_END;
    }
    return result == Z_OK || result == Z_BUF_ERROR ? CPA_INFLATE_MORE : CPA_INFLATE_CORRUPT;
}

const char *cpa_inflate_why(const CpaInflate *f)
{
    return f->z.msg != NULL ? f->z.msg : "unknown";
}

#endif
