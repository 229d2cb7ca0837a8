/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The model: one profile as columns of ids.
 *
 *     mapping    start, limit, offset, file, build id, flags
 *     function   name, system name, file, start line
 *     location   mapping, address, range of lines            lines: innermost inlined call first
 *     line       function, line, column
 *     sample     frames  [frame_first[i] .. frame_first[i+1])  location indices, leaf first
 *                values  [i * n_types .. (i+1) * n_types)
 *                label_sets[i]                                 index into the label table
 *
 * References inside the model are array indices, CPA_NONE where there is none; `id` members are
 * the numbers of the file, unique and nonzero, and only printed or written.
 * A finished profile is immutable and atomically reference counted: threads share it without
 * locks. What reports change (filters, granularity) lives in a CpaView.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/idmap.h"
#include "base/strtab.h"
#include "profile/labels.h"

typedef struct {
    CpaStrId type;
    CpaStrId unit;
} CpaValueType;

typedef struct {
    uint64_t id;
    uint64_t start;
    uint64_t limit;
    uint64_t offset;
    CpaStrId file;
    CpaStrId build_id;
    CpaStrId kernel_symbol; /* "_text" or "_stext": what the start of a kernel is; else "" */
    bool has_functions;
    bool has_filenames;
    bool has_line_numbers;
    bool has_inline_frames;
} CpaMapping;

typedef struct {
    uint64_t id;
    int64_t start_line;
    CpaStrId name;
    CpaStrId system_name;
    CpaStrId file;
} CpaFunction;

typedef struct {
    int64_t line;
    int64_t column;
    uint32_t function; /* never CPA_NONE in a finished profile */
} CpaLine;

typedef struct {
    uint64_t id;
    uint64_t address;
    uint32_t mapping;    /* or CPA_NONE */
    uint32_t line_first; /* locations of one mapping may share their lines */
    uint32_t n_lines;
    bool is_folded;
} CpaLocation;

typedef struct {
    CpaValueType *sample_types;
    uint32_t n_types;
    CpaStrId default_sample_type;
    CpaValueType period_type;
    bool has_period_type;
    int64_t period;
    int64_t time_ns; /* since the Unix epoch, 0 when unknown */
    int64_t duration_ns;
    CpaStrId drop_frames;
    CpaStrId keep_frames;
    CpaStrId doc_url;
    CpaStrId *comments;
    uint32_t n_comments;
} CpaHeader;

typedef struct CpaProfile {
    gatomicrefcount refs;
    CpaStrtab *strings;
    CpaHeader header;

    CpaMapping *mappings;
    uint32_t n_mappings;
    CpaFunction *functions;
    uint32_t n_functions;
    CpaLocation *locations;
    uint32_t n_locations;
    CpaLine *lines;
    uint32_t n_lines;

    size_t n_samples;
    uint64_t *frame_first; /* [n_samples + 1] */
    uint32_t *frames;      /* [frame_first[n_samples]] */
    uint32_t *label_sets;  /* [n_samples] */
    int64_t *values;       /* [n_samples * n_types] */
    int64_t *normalized;   /* the same with one side scaled, or NULL; see adjust.h */
    CpaLabelTable *labels;

    struct CpaProfile *columns; /* NULL, or whose columns these are, but for the values */
} CpaProfile;

CpaProfile *cpa_profile_ref(CpaProfile *profile);
void cpa_profile_unref(CpaProfile *profile);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaProfile, cpa_profile_unref)
