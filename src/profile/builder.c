/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Builder: columns that grow, one check at the end.
 *
 * The first inconsistency is sticky: later calls go on without effect on it, so that parsers need
 * no error path of their own per element.
 */
#include "profile/builder.h"

#include <string.h>

/* An entry of the table of strings with its slots; the bytes are no more than those of the file. */
#define STRING_COST 32

struct CpaBuilder {
    CpaStrtab *strings;
    CpaHeader header; /* sample_types and comments live in the vectors below */
    CPA_VEC(CpaValueType) types;
    CPA_VEC(CpaStrId) comments;
    CPA_VEC(CpaMapping) mappings;
    CPA_VEC(CpaFunction) functions;
    CPA_VEC(CpaLocation) locations;
    CPA_VEC(CpaLine) lines;
    CpaSampleColumns samples;
    CPA_VEC(CpaLabel) sample_labels; /* of the sample under construction */
    CpaLabelTable *labels;
    size_t values_per_sample; /* of the first sample */
    GError *error;            /* first inconsistency */
};

static void start(CpaBuilder *b)
{
    *b = (CpaBuilder){.strings = cpa_strtab_new(NULL)};
    b->labels = cpa_label_table_new(b->strings);
    cpa_vec_push(&b->samples.frame_first, 0);
}

static void clear(CpaBuilder *b)
{
    cpa_vec_clear(&b->types);
    cpa_vec_clear(&b->comments);
    cpa_vec_clear(&b->mappings);
    cpa_vec_clear(&b->functions);
    cpa_vec_clear(&b->locations);
    cpa_vec_clear(&b->lines);
    cpa_vec_clear(&b->samples.frame_first);
    cpa_vec_clear(&b->samples.frames);
    cpa_vec_clear(&b->samples.label_sets);
    cpa_vec_clear(&b->samples.values);
    cpa_vec_clear(&b->sample_labels);
    cpa_label_table_free(b->labels);
    cpa_strtab_free(b->strings);
    g_clear_error(&b->error);
}

CpaBuilder *cpa_builder_new(void)
{
    CpaBuilder *b = g_new(CpaBuilder, 1);
    start(b);
    return b;
}

void cpa_builder_free(CpaBuilder *b)
{
    if (b != NULL) {
        clear(b);
        g_free(b);
    }
}

static void fail(CpaBuilder *b, CpaErrorCode code, const char *message)
{
    if (b->error == NULL) {
        cpa_error_set(&b->error, code, "%s", message);
    }
}

CpaStrId cpa_builder_intern(CpaBuilder *b, const char *bytes, gssize len)
{
    return cpa_strtab_intern(b->strings, bytes, len < 0 ? strlen(bytes) : (size_t)len);
}

const char *cpa_builder_string(const CpaBuilder *b, CpaStrId id)
{
    return cpa_strtab_get(b->strings, id);
}

CpaHeader *cpa_builder_header(CpaBuilder *b)
{
    return &b->header;
}

void cpa_builder_add_sample_type(CpaBuilder *b, CpaStrId type, CpaStrId unit)
{
    CpaValueType value_type = {type, unit};
    cpa_vec_push(&b->types, value_type);
}

void cpa_builder_add_comment(CpaBuilder *b, CpaStrId comment)
{
    cpa_vec_push(&b->comments, comment);
}

uint32_t cpa_builder_n_types(const CpaBuilder *b)
{
    return (uint32_t)b->types.len;
}

/* Ids and indices are 32 bits with CPA_NONE on top. */
static bool has_room(CpaBuilder *b, size_t len, size_t extra)
{
    if (extra >= CPA_NONE || len >= CPA_NONE - extra) {
        fail(b, CPA_ERROR_TOO_LARGE, "more than 4294967294 elements of one kind");
        return false;
    }
    return true;
}

uint32_t cpa_builder_add_mapping(CpaBuilder *b, const CpaMapping *mapping)
{
    if (!has_room(b, b->mappings.len, 1)) {
        return 0;
    }
    cpa_vec_push(&b->mappings, *mapping);
    return (uint32_t)b->mappings.len - 1;
}

uint32_t cpa_builder_add_function(CpaBuilder *b, const CpaFunction *function)
{
    if (!has_room(b, b->functions.len, 1)) {
        return 0;
    }
    cpa_vec_push(&b->functions, *function);
    return (uint32_t)b->functions.len - 1;
}

uint32_t cpa_builder_add_location(CpaBuilder *b, const CpaLocation *location, const CpaLine *lines,
                                  uint32_t n_lines)
{
    if (!has_room(b, b->locations.len, 1) || !has_room(b, b->lines.len, n_lines)) {
        return 0;
    }
    CpaLocation copy = *location;
    copy.line_first = (uint32_t)b->lines.len;
    copy.n_lines = n_lines;
    cpa_vec_push(&b->locations, copy);
    cpa_vec_reserve(&b->lines, n_lines);
    for (uint32_t i = 0; i < n_lines; i++) {
        b->lines.data[b->lines.len++] = lines[i];
    }
    return (uint32_t)b->locations.len - 1;
}

CpaMapping *cpa_builder_mappings(CpaBuilder *b, uint32_t *n)
{
    *n = (uint32_t)b->mappings.len;
    return b->mappings.data;
}

CpaFunction *cpa_builder_functions(CpaBuilder *b, uint32_t *n)
{
    *n = (uint32_t)b->functions.len;
    return b->functions.data;
}

CpaLocation *cpa_builder_locations(CpaBuilder *b, uint32_t *n)
{
    *n = (uint32_t)b->locations.len;
    return b->locations.data;
}

CpaLine *cpa_builder_lines(CpaBuilder *b, uint32_t *n)
{
    *n = (uint32_t)b->lines.len;
    return b->lines.data;
}

void cpa_builder_sample_frame(CpaBuilder *b, uint32_t location)
{
    cpa_vec_push(&b->samples.frames, location);
}

void cpa_builder_sample_value(CpaBuilder *b, int64_t value)
{
    cpa_vec_push(&b->samples.values, value);
}

void cpa_builder_sample_label_str(CpaBuilder *b, CpaStrId key, CpaStrId value)
{
    CpaLabel label = {key, CPA_LABEL_STRING, value};
    cpa_vec_push(&b->sample_labels, label);
}

void cpa_builder_sample_label_num(CpaBuilder *b, CpaStrId key, int64_t value, CpaStrId unit)
{
    CpaLabel label = {key, unit, value};
    cpa_vec_push(&b->sample_labels, label);
}

size_t cpa_builder_sample_end(CpaBuilder *b)
{
    CpaSampleColumns *s = &b->samples;
    size_t index = s->label_sets.len;
    if (index == 0) {
        b->values_per_sample = s->values.len;
    } else if (s->values.len != (index + 1) * b->values_per_sample && b->error == NULL) {
        cpa_error_set(&b->error, CPA_ERROR_MALFORMED,
                      "sample %zu has %zu values, the ones before it have %zu", index + 1,
                      s->values.len - index * b->values_per_sample, b->values_per_sample);
    }
    uint32_t set = cpa_label_table_intern(b->labels, b->sample_labels.data, b->sample_labels.len);
    b->sample_labels.len = 0;
    cpa_vec_push(&s->label_sets, set);
    cpa_vec_push(&s->frame_first, s->frames.len);
    return index;
}

size_t cpa_builder_n_samples(const CpaBuilder *b)
{
    return b->samples.label_sets.len;
}

CpaSampleColumns *cpa_builder_samples(CpaBuilder *b)
{
    return &b->samples;
}

CpaLabelTable *cpa_builder_labels(CpaBuilder *b)
{
    return b->labels;
}

uint64_t cpa_builder_memory(const CpaBuilder *b)
{
    const CpaSampleColumns *s = &b->samples;
    return b->mappings.len * sizeof *b->mappings.data +
           b->functions.len * sizeof *b->functions.data +
           b->locations.len * sizeof *b->locations.data + b->lines.len * sizeof *b->lines.data +
           s->frame_first.len * sizeof *s->frame_first.data +
           s->frames.len * sizeof *s->frames.data + s->label_sets.len * sizeof *s->label_sets.data +
           s->values.len * sizeof *s->values.data +
           (uint64_t)cpa_strtab_count(b->strings) * STRING_COST +
           (uint64_t)cpa_label_table_count(b->labels) * sizeof(CpaLabel);
}

/*
 * Gives a number to an element without one and notes whether all numbers are 1, 2, 3...: only
 * where they are not, uniqueness needs a table.
 */
#define NUMBER(vec, what)                                                                          \
    static void number_##what(CpaBuilder *b)                                                       \
    {                                                                                              \
        bool plain = true;                                                                         \
        for (size_t i = 0; i < b->vec.len; i++) {                                                  \
            if (b->vec.data[i].id == 0) {                                                          \
                b->vec.data[i].id = i + 1;                                                         \
            }                                                                                      \
            plain = plain && b->vec.data[i].id == i + 1;                                           \
        }                                                                                          \
        CpaIdMap seen = {0};                                                                       \
        for (size_t i = 0; i < b->vec.len && !plain; i++) {                                        \
            if (cpa_idmap_insert(&seen, b->vec.data[i].id, (uint32_t)i) != i &&                    \
                b->error == NULL) {                                                                \
                cpa_error_set(&b->error, CPA_ERROR_MALFORMED,                                      \
                              "two " #what "s have the id %" G_GUINT64_FORMAT, b->vec.data[i].id); \
            }                                                                                      \
        }                                                                                          \
        cpa_idmap_clear(&seen);                                                                    \
    }

NUMBER(mappings, mapping)
NUMBER(functions, function)
NUMBER(locations, location)

static void check_references(CpaBuilder *b)
{
    for (size_t i = 0; i < b->lines.len; i++) {
        if (b->lines.data[i].function >= b->functions.len) {
            fail(b, CPA_ERROR_MALFORMED, "a line refers to a function that does not exist");
            return;
        }
    }
    for (size_t i = 0; i < b->locations.len; i++) {
        uint32_t mapping = b->locations.data[i].mapping;
        if (mapping != CPA_NONE && mapping >= b->mappings.len) {
            fail(b, CPA_ERROR_MALFORMED, "a location refers to a mapping that does not exist");
            return;
        }
    }
    uint32_t max = 0;
    for (size_t i = 0; i < b->samples.frames.len; i++) {
        max = MAX(max, b->samples.frames.data[i]);
    }
    if (b->samples.frames.len > 0 && max >= b->locations.len) {
        fail(b, CPA_ERROR_MALFORMED, "a sample refers to a location that does not exist");
    }
}

static void check(CpaBuilder *b)
{
    size_t n_samples = cpa_builder_n_samples(b);
    if (n_samples > 0 && b->types.len == 0) {
        fail(b, CPA_ERROR_MALFORMED, "there are samples, but no sample types");
    } else if (b->samples.values.len != n_samples * b->types.len && b->error == NULL) {
        cpa_error_set(&b->error, CPA_ERROR_MALFORMED, "samples have %zu values for %zu types",
                      b->samples.values.len / MAX(n_samples, 1), b->types.len);
    }
    has_room(b, n_samples, 1);
    number_mapping(b);
    number_function(b);
    number_location(b);
    if (b->error == NULL) {
        check_references(b);
    }
}

CpaProfile *cpa_builder_finish(CpaBuilder *b, GError **error)
{
    check(b);
    if (b->error != NULL) {
        g_propagate_error(error, g_steal_pointer(&b->error));
        clear(b);
        start(b);
        return NULL;
    }
    CpaProfile *p = g_new0(CpaProfile, 1);
    g_atomic_ref_count_init(&p->refs);
    p->header = b->header;
    p->header.n_types = (uint32_t)b->types.len;
    p->header.sample_types = cpa_vec_steal(&b->types);
    p->header.n_comments = (uint32_t)b->comments.len;
    p->header.comments = cpa_vec_steal(&b->comments);
    p->n_mappings = (uint32_t)b->mappings.len;
    p->mappings = cpa_vec_steal(&b->mappings);
    p->n_functions = (uint32_t)b->functions.len;
    p->functions = cpa_vec_steal(&b->functions);
    p->n_locations = (uint32_t)b->locations.len;
    p->locations = cpa_vec_steal(&b->locations);
    p->n_lines = (uint32_t)b->lines.len;
    p->lines = cpa_vec_steal(&b->lines);
    p->n_samples = b->samples.label_sets.len;
    p->frame_first = cpa_vec_steal(&b->samples.frame_first);
    p->frames = cpa_vec_steal(&b->samples.frames);
    p->label_sets = cpa_vec_steal(&b->samples.label_sets);
    p->values = cpa_vec_steal(&b->samples.values);
    cpa_label_table_seal(b->labels);
    p->labels = g_steal_pointer(&b->labels);
    p->strings = g_steal_pointer(&b->strings);

    /* The builder stays valid, but empty. */
    clear(b);
    start(b);
    return p;
}
