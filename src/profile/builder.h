/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CpaBuilder: the only writer of profiles. A parser adds mappings, functions, locations and
 * samples in the order of its input, then the builder checks and freezes them.
 *
 *     g_autoptr(CpaBuilder) b = cpa_builder_new();
 *     cpa_builder_add_sample_type(b, cpa_builder_intern(b, "cpu", -1), ...);
 *     uint32_t loc = cpa_builder_add_location(b, &(CpaLocation){.address = 0x10, ...}, NULL, 0);
 *     cpa_builder_sample_frame(b, loc);            // leaf first
 *     cpa_builder_sample_value(b, 7);              // one per sample type
 *     cpa_builder_sample_label_str(b, key, value);
 *     cpa_builder_sample_end(b);
 *     profile = cpa_builder_finish(b, &error);
 *
 * Indices that the add functions return are array indices of the finished profile. Where an `id`
 * is 0, the builder numbers the element: index + 1.
 * No function here fails on its own account: the first inconsistency is kept and reported by
 * cpa_builder_finish().
 */
#pragma once

#include "base/error.h"
#include "base/vec.h"
#include "profile/profile.h"

typedef struct CpaBuilder CpaBuilder;

CpaBuilder *cpa_builder_new(void);
void cpa_builder_free(CpaBuilder *b);

/** cpa_builder_intern: @len: -1 for a NUL-terminated string. Returns: the string's id */
CpaStrId cpa_builder_intern(CpaBuilder *b, const char *bytes, gssize len);

/** cpa_builder_string: Returns: the bytes of a string interned before */
const char *cpa_builder_string(const CpaBuilder *b, CpaStrId id);

/**
 * cpa_builder_header:
 *
 * Returns: the header fields to set directly; `sample_types`, `n_types`, `comments` and
 * `n_comments` are set by the two functions below and must not be touched
 */
CpaHeader *cpa_builder_header(CpaBuilder *b);
void cpa_builder_add_sample_type(CpaBuilder *b, CpaStrId type, CpaStrId unit);
void cpa_builder_add_comment(CpaBuilder *b, CpaStrId comment);
uint32_t cpa_builder_n_types(const CpaBuilder *b);

/** Each: Returns: the index of the new element */
uint32_t cpa_builder_add_mapping(CpaBuilder *b, const CpaMapping *mapping);
uint32_t cpa_builder_add_function(CpaBuilder *b, const CpaFunction *function);

/**
 * cpa_builder_add_location:
 * @location: `line_first` and `n_lines` are ignored; `mapping` is an index or CPA_NONE
 * @lines:    [n_lines] innermost first; `function` is an index of a function added before or later
 */
uint32_t cpa_builder_add_location(CpaBuilder *b, const CpaLocation *location, const CpaLine *lines,
                                  uint32_t n_lines);

/* Elements added so far; may be changed in place until the builder is finished. */
CpaMapping *cpa_builder_mappings(CpaBuilder *b, uint32_t *n);
CpaFunction *cpa_builder_functions(CpaBuilder *b, uint32_t *n);
CpaLocation *cpa_builder_locations(CpaBuilder *b, uint32_t *n);
CpaLine *cpa_builder_lines(CpaBuilder *b, uint32_t *n);

/* The sample under construction. */
void cpa_builder_sample_frame(CpaBuilder *b, uint32_t location);
void cpa_builder_sample_value(CpaBuilder *b, int64_t value);
void cpa_builder_sample_label_str(CpaBuilder *b, CpaStrId key, CpaStrId value);
/** cpa_builder_sample_label_num: @unit: CPA_LABEL_NO_UNIT where the input gives none */
void cpa_builder_sample_label_num(CpaBuilder *b, CpaStrId key, int64_t value, CpaStrId unit);
/** cpa_builder_sample_end: Returns: the index of the finished sample */
size_t cpa_builder_sample_end(CpaBuilder *b);

/** cpa_builder_n_samples: Returns: how many samples are complete */
size_t cpa_builder_n_samples(const CpaBuilder *b);

/* Columns of the samples, for readers that resolve references after the fact. */
typedef struct {
    CPA_VEC(uint64_t) frame_first; /* [n_samples + 1] */
    CPA_VEC(uint32_t) frames;
    CPA_VEC(uint32_t) label_sets;
    CPA_VEC(int64_t) values;
} CpaSampleColumns;

CpaSampleColumns *cpa_builder_samples(CpaBuilder *b);

/** cpa_builder_labels: Returns: the table that the label_sets column refers to */
CpaLabelTable *cpa_builder_labels(CpaBuilder *b);

/**
 * cpa_builder_memory:
 *
 * Returns: about how many bytes the elements added so far take
 */
uint64_t cpa_builder_memory(const CpaBuilder *b);

/**
 * cpa_builder_finish:
 * @b: emptied, also on error
 *
 * Holds:   values per sample == sample types; every reference in range; ids nonzero and unique;
 *          every line has a function
 * Errors:  MALFORMED
 * Source:  pprof profile.CheckValid
 * Returns: (transfer full): the profile, or %NULL with @error set
 */
CpaProfile *cpa_builder_finish(CpaBuilder *b, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaBuilder, cpa_builder_free)
