/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the readers of the formats older than profile.proto share: a small model, and what is
 * done to it once everything is read.
 *
 *     file -> CpaLines -> reader -> CpaLegacy -> cpa_legacy_finish() -> CpaBuilder
 *                                     |
 *             samples of addresses    | cpa_legacy_read_maps():   locations numbered by first use,
 *             memory map lines        |                           each one bound to a mapping
 *
 * The model is kept apart from the builder because the rules want to drop frames, renumber
 * locations and move mapping bounds after everything is read, and because a file that turns out
 * to be of another legacy format must leave no trace.
 *
 * Source: pprof profile/legacy_profile.go
 */
#pragma once

#include "base/error.h"
#include "base/idmap.h"
#include "base/vec.h"
#include "input/format.h"
#include "input/mapindex.h"
#include "input/source.h"
#include "input/span.h"
#include "profile/builder.h"

/** cpa_legacy_is_map_start: Returns: whether the line announces the memory map */
bool cpa_legacy_is_map_start(CpaSpan line);

/* ---- model --------------------------------------------------------------------------------- */

#define CPA_LEGACY_MAX_TYPES    4
#define CPA_LEGACY_MAX_MAPPINGS ((size_t)1 << 20)

typedef struct {
    uint64_t address;
    int64_t line;
    uint32_t mapping;  /* index in the model, or CPA_NONE */
    uint32_t function; /* index in the model, or CPA_NONE */
} CpaLegacyLocation;

typedef struct {
    size_t first; /* frames [first, first + n), leaf first */
    size_t n;
    int64_t block_bytes;
} CpaLegacySample;

typedef CPA_VEC(CpaLegacyLocation) CpaLegacyLocations;
typedef CPA_VEC(CpaFunction) CpaLegacyFunctions;

typedef struct {
    const CpaFormat *format;
    const CpaSource *source;
    CpaBuilder *builder; /* strings only, until cpa_legacy_finish() */
    CpaSpan data;        /* the whole input */

    CpaValueType types[CPA_LEGACY_MAX_TYPES];
    size_t n_types;
    size_t n_values; /* per sample */
    CpaValueType period_type;
    int64_t period;
    int64_t duration_ns;
    bool has_block_bytes; /* samples carry the label "bytes" */
    bool too_many;        /* more locations than ids */

    CpaLegacyLocations locations;
    CpaIdMap by_address; /* until the locations are renumbered */
    CPA_VEC(uint32_t) frames;
    size_t open_first; /* first frame of the sample under construction */
    CPA_VEC(CpaLegacySample) samples;
    CPA_VEC(int64_t) values;
    CpaMappings mappings;
    CpaLegacyFunctions functions;
} CpaLegacy;

/** cpa_legacy_init: reads all of @source. Errors: those of cpa_source_all() */
bool cpa_legacy_init(CpaLegacy *legacy, const CpaFormat *format, CpaSource *source,
                     CpaBuilder *builder, GError **error);
void cpa_legacy_clear(CpaLegacy *legacy);

/**
 * cpa_legacy_fail:
 * @at:   a piece of the input, quoted in the message; its position is the error's offset
 * @what: what is wrong with it
 *
 * Returns: always %false
 */
bool cpa_legacy_fail(const CpaLegacy *legacy, GError **error, CpaErrorCode code, CpaSpan at,
                     const char *what);

/** cpa_legacy_check_lines: Errors: MALFORMED for a line that was too long */
bool cpa_legacy_check_lines(const CpaLegacy *legacy, const CpaLines *lines, GError **error);

void cpa_legacy_set_period_type(CpaLegacy *legacy, const char *type, const char *unit);
void cpa_legacy_add_type(CpaLegacy *legacy, const char *type, CpaSpan unit);

/** cpa_legacy_add_frame: adds a frame to the sample under construction, leaf first */
void cpa_legacy_add_frame(CpaLegacy *legacy, uint64_t address);

/**
 * cpa_legacy_add_frames:
 * @text:          holds addresses as 0x1f; anything between them is ignored
 * @leaf_adjust:   subtracted from the first address of the sample
 * @caller_adjust: subtracted from the others: 1 moves a return address into the call
 *
 * Returns: %false when an address has more than 64 bits
 */
bool cpa_legacy_add_frames(CpaLegacy *legacy, CpaSpan text, uint64_t leaf_adjust,
                           uint64_t caller_adjust);

/** cpa_legacy_n_open_frames: Returns: frames of the sample under construction */
size_t cpa_legacy_n_open_frames(const CpaLegacy *legacy);

/** cpa_legacy_drop_open_frames: forgets the sample under construction */
void cpa_legacy_drop_open_frames(CpaLegacy *legacy);

/** cpa_legacy_end_sample: @values: [n_values], n_values the same for all samples of a file */
void cpa_legacy_end_sample(CpaLegacy *legacy, const int64_t *values, size_t n_values,
                           int64_t block_bytes);

/** cpa_legacy_drop_caller: drops the frame above the leaf of a sample of at least two */
void cpa_legacy_drop_caller(CpaLegacy *legacy, CpaLegacySample *sample);

/**
 * cpa_legacy_drop_repeated_leaves:
 *
 * Drops a caller that is the leaf again, less 1: a profiler took the address both from the signal
 * context and from the stack.
 */
void cpa_legacy_drop_repeated_leaves(CpaLegacy *legacy);

/**
 * cpa_legacy_bind:
 *
 * Numbers locations and functions by first use and gives every location with an address a
 * mapping; one that covers everything is added when one is missing.
 */
void cpa_legacy_bind(CpaLegacy *legacy);

/**
 * cpa_legacy_read_maps:
 * @lines: stands before the memory map: /proc/PID/maps, "START-END FILE (@OFFSET) BUILDID", and
 *         NAME=VALUE lines whose $NAME is replaced below
 *
 * Reads the memory map to the end and binds the locations to it.
 * Errors:  MALFORMED (a line too long), TOO_LARGE
 */
bool cpa_legacy_read_maps(CpaLegacy *legacy, CpaLines *lines, GError **error);

/** cpa_legacy_read_tail: as above, after skipping to the line that announces the map */
bool cpa_legacy_read_tail(CpaLegacy *legacy, CpaLines *lines, GError **error);

/**
 * cpa_legacy_finish:
 *
 * Hands the model to the builder; the names of the frames to drop and keep follow from the
 * sample types.
 * Errors:  MALFORMED (samples without types), TOO_LARGE
 */
bool cpa_legacy_finish(CpaLegacy *legacy, GError **error);

/* ---- values -------------------------------------------------------------------------------- */

/** cpa_int64_wrap_mul: Returns: @a * @b modulo 2^64 */
static inline int64_t cpa_int64_wrap_mul(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a * (uint64_t)b);
}

/** cpa_int64_wrap_div: Returns: @a / @b for a nonzero @b; INT64_MIN / -1 is INT64_MIN */
static inline int64_t cpa_int64_wrap_div(int64_t a, int64_t b)
{
    return b == -1 ? (int64_t)(0 - (uint64_t)a) : a / b;
}

/**
 * cpa_legacy_unsample:
 * @rate: mean number of bytes between two samples; nothing is scaled up to 1
 *
 * Scales what a Poisson process sampled to what was probably allocated: the chance of an object
 * of S bytes to be seen is 1 - exp(-S / rate).
 */
void cpa_legacy_unsample(int64_t *count, int64_t *size_bytes, int64_t rate);
