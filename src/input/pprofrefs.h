/* SPDX-License-Identifier: Apache-2.0 */
/*
 * State of the profile.proto reader, shared by its two halves: pprof.c reads fields as they come,
 * pprofrefs.c resolves the references between them at the end.
 */
#pragma once

#include "base/seqtab.h"
#include "input/format.h"

/* From here on a frame is not a location id but an index into big_ids. */
#define CPA_PPROF_BIG_ID (UINT32_C(1) << 31)

typedef struct {
    CpaSource *source;
    CpaBuilder *b;
    CpaSampleColumns *samples;
    GError **error;
    const uint8_t *window; /* start of the window the current field lies in */
    uint64_t window_offset;

    CPA_VEC(CpaStrId) strings; /* string number -> id */
    uint64_t max_string;       /* largest number referred to, and where */
    uint64_t max_string_offset;

    /* Where elements stand in the file, for messages. */
    CPA_VEC(uint64_t) mapping_offsets;
    CPA_VEC(uint64_t) function_offsets;
    CPA_VEC(uint64_t) location_offsets;

    CPA_VEC(uint64_t) location_mappings; /* [n_locations] mapping ids */
    CPA_VEC(uint64_t) line_functions;    /* [n_lines] function ids */
    CPA_VEC(CpaLine) lines;              /* of the location being read */

    CpaIdMap big_id_index;
    CPA_VEC(uint64_t) big_ids;
    CpaSeqtab *raw_sets;
    CPA_VEC(CpaLabel) labels; /* of the sample being read */
    size_t values_per_sample;
    uint64_t first_sample_offset;

    CPA_VEC(uint64_t) comments;
    CPA_VEC(CpaValueType) types;
    uint64_t default_type;
    uint64_t drop_frames;
    uint64_t keep_frames;
    uint64_t doc_url;
    CpaValueType period_type;
} CpaPprofReader;

extern const CpaFormat cpa_format_pprof;

/**
 * cpa_pprof_resolve:
 * @r: after all fields were read
 *
 * Puts ids of the finished profile in the place of string numbers, of ids of mappings, functions
 * and locations, and of raw label sets.
 *
 * Cost:   one pass over the frames
 * Errors: MALFORMED where something refers to what does not exist
 */
bool cpa_pprof_resolve(CpaPprofReader *r);
