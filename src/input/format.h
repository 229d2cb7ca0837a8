/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A format is one file that exports one CpaFormat row, listed in formats.def.
 *
 * Detection asks every row's probe about the first bytes; the best score wins and only that
 * parser runs, so that its own message reaches the user.
 */
#pragma once

#include "base/error.h"
#include "input/source.h"
#include "profile/builder.h"

/* How many unpacked bytes a probe sees at most. */
#define CPA_PROBE_SIZE ((size_t)64 * 1024)

typedef struct {
    const char *name;     /* as in messages: "pprof", "gperftools cpu", "heap", ... */
    const char *summary;  /* one line for help and the man page */
    const char *suffixes; /* usual file names, for documentation: ".pb.gz .pprof" */

    /*
     * head: the first size <= CPA_PROBE_SIZE bytes, unpacked; a NUL that is not counted follows.
     * complete: these are all bytes there are.
     * Returns 0 (not mine) .. 100 (certain).
     */
    int (*probe)(const uint8_t *head, size_t size, bool complete);

    /*
     * Reads the whole source into the builder, without finishing it. Errors: MALFORMED,
     * UNSUPPORTED, TOO_LARGE, IO. A MALFORMED message is raised by cpa_format_error() and reads
     * "FILE: FORMAT: offset 0x1f3: what is wrong".
     */
    bool (*read)(CpaSource *source, CpaBuilder *builder, GError **error);
} CpaFormat;

/**
 * cpa_format_error:
 * @offset: position in the unpacked input
 *
 * Returns: always %false
 */
bool cpa_format_error(GError **error, CpaErrorCode code, const CpaFormat *format,
                      const CpaSource *source, uint64_t offset, const char *message, ...)
    G_GNUC_PRINTF(6, 7);

/** cpa_format_table: @n: (out). Returns: all formats of this build, in the order of formats.def */
const CpaFormat *const *cpa_format_table(size_t *n);

/**
 * cpa_format_detect:
 * @error: says what the input looks like instead (ELF, HTML, empty, a directory...)
 *
 * Errors:  NOT_RECOGNIZED, IO, MALFORMED
 * Returns: (transfer none): the best row, or %NULL with @error set
 */
const CpaFormat *cpa_format_detect(CpaSource *source, GError **error);
