/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CpaInflate: one gzip member, unpacked piece by piece, by ISA-L where this build has it (about
 * three times as fast) and by zlib otherwise.
 */
#pragma once

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

typedef struct CpaInflate CpaInflate;

typedef enum {
    CPA_INFLATE_MORE,    /* wants more input or more room */
    CPA_INFLATE_END,     /* the member is complete, its checksum is right */
    CPA_INFLATE_CORRUPT, /* see cpa_inflate_why() */
} CpaInflateStatus;

/** cpa_inflate_new: Returns: (nullable): %NULL when the library refuses to start */
CpaInflate *cpa_inflate_new(void);
void cpa_inflate_free(CpaInflate *inflate);

/** cpa_inflate_reset: gets ready for the next member */
void cpa_inflate_reset(CpaInflate *inflate);

/**
 * cpa_inflate_step:
 * @in:    (inout): moved behind what was consumed
 * @n_in:  (inout): bytes left there
 * @out:   [room]
 * @n_out: (out): bytes written
 */
CpaInflateStatus cpa_inflate_step(CpaInflate *inflate, const uint8_t **in, size_t *n_in,
                                  uint8_t *out, size_t room, size_t *n_out);

/** cpa_inflate_why: Returns: what the library found wrong */
const char *cpa_inflate_why(const CpaInflate *inflate);
