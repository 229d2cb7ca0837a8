/* SPDX-License-Identifier: Apache-2.0 */
/*
 * References of profile.proto: from numbers of the file to ids and indices of the model.
 *
 * Source: pprof profile/encode.go postDecode, profile.go CheckValid
 */
#include "input/pprofrefs.h"

#include <string.h>

static bool resolve_strings(CpaPprofReader *r)
{
    if (r->max_string >= r->strings.len) {
        const char *hint =
            r->strings.len == 0 ? "; the file has no string table, is it cut off?" : "";
        return cpa_format_error(
            r->error, CPA_ERROR_MALFORMED, &cpa_format_pprof, r->source, r->max_string_offset,
            "string number %" G_GUINT64_FORMAT " of %zu%s", r->max_string, r->strings.len, hint);
    }
    const CpaStrId *strings = r->strings.data;
    CpaHeader *header = cpa_builder_header(r->b);
    header->drop_frames = strings[r->drop_frames];
    header->keep_frames = strings[r->keep_frames];
    header->default_sample_type = strings[r->default_type];
    header->doc_url = strings[r->doc_url];
    header->has_period_type = true;
    header->period_type.type = strings[r->period_type.type];
    header->period_type.unit = strings[r->period_type.unit];
    for (size_t i = 0; i < r->types.len; i++) {
        cpa_builder_add_sample_type(r->b, strings[r->types.data[i].type],
                                    strings[r->types.data[i].unit]);
    }
    for (size_t i = 0; i < r->comments.len; i++) {
        if (r->comments.data[i] >= r->strings.len) {
            return cpa_format_error(r->error, CPA_ERROR_MALFORMED, &cpa_format_pprof, r->source,
                                    cpa_source_offset(r->source),
                                    "a comment is string number %" G_GINT64_FORMAT " of %zu",
                                    (int64_t)r->comments.data[i], r->strings.len);
        }
        cpa_builder_add_comment(r->b, strings[r->comments.data[i]]);
    }
    uint32_t n = 0;
    CpaMapping *mappings = cpa_builder_mappings(r->b, &n);
    for (uint32_t i = 0; i < n; i++) {
        mappings[i].file = strings[mappings[i].file];
        mappings[i].build_id = strings[mappings[i].build_id];
    }
    CpaFunction *functions = cpa_builder_functions(r->b, &n);
    for (uint32_t i = 0; i < n; i++) {
        functions[i].name = strings[functions[i].name];
        functions[i].system_name = strings[functions[i].system_name];
        functions[i].file = strings[functions[i].file];
    }
    return true;
}

static void resolve_labels(CpaPprofReader *r)
{
    CpaLabelTable *table = cpa_builder_labels(r->b);
    uint32_t n_sets = cpa_seqtab_count(r->raw_sets);
    g_autofree uint32_t *canonical = g_new(uint32_t, n_sets);
    for (uint32_t set = 0; set < n_sets; set++) {
        size_t n = 0;
        const CpaLabel *raw = (const CpaLabel *)cpa_seqtab_get(r->raw_sets, set, &n);
        n /= sizeof(CpaLabel) / sizeof(uint32_t);
        r->labels.len = 0;
        for (size_t i = 0; i < n; i++) {
            CpaLabel label = raw[i];
            label.key = r->strings.data[label.key];
            if (label.unit == CPA_LABEL_STRING) {
                label.value = r->strings.data[label.value];
            } else if (label.unit != CPA_LABEL_NO_UNIT) {
                label.unit = r->strings.data[label.unit];
            }
            cpa_vec_push(&r->labels, label);
        }
        canonical[set] = cpa_label_table_intern(table, r->labels.data, r->labels.len);
    }
    uint32_t *sets = r->samples->label_sets.data;
    for (size_t i = 0; i < r->samples->label_sets.len; i++) {
        sets[i] = canonical[sets[i]];
    }
    g_clear_pointer(&r->raw_sets, cpa_seqtab_free);
}

static bool bad_reference(const CpaPprofReader *r, uint64_t offset, const char *what, uint64_t id)
{
    return cpa_format_error(r->error, CPA_ERROR_MALFORMED, &cpa_format_pprof, r->source, offset,
                            "%s %" G_GUINT64_FORMAT, what, id);
}

static bool check_values(const CpaPprofReader *r)
{
    size_t n_samples = r->samples->label_sets.len;
    if (n_samples == 0 || r->values_per_sample == r->types.len) {
        return true;
    }
    if (r->types.len == 0) {
        return cpa_format_error(r->error, CPA_ERROR_MALFORMED, &cpa_format_pprof, r->source,
                                r->first_sample_offset, "there are samples, but no sample types");
    }
    return cpa_format_error(r->error, CPA_ERROR_MALFORMED, &cpa_format_pprof, r->source,
                            r->first_sample_offset,
                            "a sample has %zu values, but there are %zu sample types",
                            r->values_per_sample, r->types.len);
}

/* Fills the index of ids; the same id twice is an error. */
#define INDEX_IDS(kind, elements, n, index)                                                    \
    for (uint32_t i_ = 0; i_ < (n) && ok; i_++) {                                              \
        if (cpa_idmap_insert(index, (elements)[i_].id, i_) != i_) {                            \
            ok = bad_reference(r, r->kind##_offsets.data[i_], "a second " #kind " has the id", \
                               (elements)[i_].id);                                             \
        }                                                                                      \
    }

/* Maps ids of functions and mappings to indices. */
static bool resolve_locations(CpaPprofReader *r)
{
    CpaIdMap mapping_index = {0};
    CpaIdMap function_index = {0};
    uint32_t n = 0;
    bool ok = true;
    const CpaMapping *mappings = cpa_builder_mappings(r->b, &n);
    INDEX_IDS(mapping, mappings, n, &mapping_index)
    const CpaFunction *functions = cpa_builder_functions(r->b, &n);
    INDEX_IDS(function, functions, n, &function_index)
    CpaLocation *locations = cpa_builder_locations(r->b, &n);
    uint32_t n_lines = 0;
    CpaLine *lines = cpa_builder_lines(r->b, &n_lines);
    for (uint32_t i = 0; i < n && ok; i++) {
        /* A mapping that does not exist means none, as upstream has it. */
        locations[i].mapping = cpa_idmap_get(&mapping_index, r->location_mappings.data[i]);
        for (uint32_t k = 0; k < locations[i].n_lines && ok; k++) {
            uint32_t at = locations[i].line_first + k;
            lines[at].function = cpa_idmap_get(&function_index, r->line_functions.data[at]);
            if (lines[at].function == CPA_NONE) {
                ok = bad_reference(r, r->location_offsets.data[i],
                                   "a line refers to a function that does not exist, id",
                                   r->line_functions.data[at]);
            }
        }
    }
    cpa_idmap_clear(&mapping_index);
    cpa_idmap_clear(&function_index);
    return ok;
}

/*
 * Frames hold location ids; puts indices in their place. Ids are dense as a rule: one array
 * lookup per frame, a hash probe only where they are spread widely.
 */
static bool resolve_frames(CpaPprofReader *r)
{
    uint32_t n_locations = 0;
    const CpaLocation *locations = cpa_builder_locations(r->b, &n_locations);
    uint64_t dense_limit = MAX((uint64_t)n_locations * 8, (uint64_t)1 << 16);
    uint64_t dense_size = 1;
    CpaIdMap sparse = {0};
    bool ok = true;
    for (uint32_t i = 0; i < n_locations; i++) {
        if (locations[i].id < dense_limit) {
            dense_size = MAX(dense_size, locations[i].id + 1);
        }
    }
    g_autofree uint32_t *dense = g_new(uint32_t, dense_size);
    memset(dense, 0xff, dense_size * sizeof *dense);
    for (uint32_t i = 0; i < n_locations && ok; i++) {
        uint64_t id = locations[i].id;
        bool fresh =
            id < dense_size ? dense[id] == CPA_NONE : cpa_idmap_insert(&sparse, id, i) == i;
        if (!fresh) {
            ok = bad_reference(r, r->location_offsets.data[i], "a second location has the id", id);
        } else if (id < dense_size) {
            dense[id] = i;
        }
    }
    uint32_t *frames = r->samples->frames.data;
    size_t n_frames = r->samples->frames.len;
    for (size_t i = 0; i < n_frames && ok; i++) {
        uint32_t raw = frames[i];
        uint64_t id = raw < CPA_PPROF_BIG_ID ? raw : r->big_ids.data[raw - CPA_PPROF_BIG_ID];
        frames[i] = id < dense_size ? dense[id] : cpa_idmap_get(&sparse, id);
        if (G_UNLIKELY(frames[i] == CPA_NONE)) {
            ok = bad_reference(r, r->first_sample_offset,
                               "among the samples that begin here, one refers to a location that "
                               "does not exist, id",
                               id);
        }
    }
    cpa_idmap_clear(&sparse);
    return ok;
}

bool cpa_pprof_resolve(CpaPprofReader *r)
{
    if (!resolve_strings(r) || !check_values(r)) {
        return false;
    }
    resolve_labels(r);
    return resolve_locations(r) && resolve_frames(r);
}
