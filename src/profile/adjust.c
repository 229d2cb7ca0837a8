/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In-place changes to a profile that nobody else holds yet.
 */
#include "profile/adjust.h"

#include <math.h>
#include <string.h>

#include "base/units.h"
#include "base/vec.h"

static void assert_unshared(CpaProfile *p)
{
    g_assert(g_atomic_ref_count_compare(&p->refs, 1));
}

static const char *text(const CpaProfile *p, CpaStrId id)
{
    return cpa_strtab_get(p->strings, id);
}

static CpaStrId intern(CpaProfile *p, const char *string)
{
    return cpa_strtab_intern(p->strings, string, strlen(string));
}

void cpa_profile_scale(CpaProfile *p, const double *ratios)
{
    assert_unshared(p);
    uint32_t n_types = p->header.n_types;
    bool all_ones = true;
    for (uint32_t t = 0; t < n_types; t++) {
        all_ones = all_ones && ratios[t] == 1;
    }
    if (all_ones) {
        return;
    }
    size_t kept = 0;
    uint64_t n_frames = 0;
    for (size_t i = 0; i < p->n_samples; i++) {
        int64_t *values = p->values + i * n_types;
        bool keep = false;
        for (uint32_t t = 0; t < n_types; t++) {
            if (ratios[t] != 1) {
                values[t] = cpa_int64_from_double(round((double)values[t] * ratios[t]));
                keep = keep || values[t] != 0;
            }
        }
        if (!keep) {
            continue;
        }
        uint64_t from = p->frame_first[i];
        uint64_t n = p->frame_first[i + 1] - from;
        memmove(p->values + kept * n_types, values, n_types * sizeof *values);
        if (n > 0) {
            memmove(p->frames + n_frames, p->frames + from, n * sizeof *p->frames);
        }
        p->label_sets[kept] = p->label_sets[i];
        p->frame_first[kept] = n_frames;
        n_frames += n;
        kept++;
    }
    p->n_samples = kept;
    p->frame_first[kept] = n_frames;
}

void cpa_profile_scale_all(CpaProfile *p, double ratio)
{
    g_autofree double *ratios = g_new(double, p->header.n_types + 1);
    for (uint32_t t = 0; t < p->header.n_types; t++) {
        ratios[t] = ratio;
    }
    cpa_profile_scale(p, ratios);
}

/* By length: names from a file may hold NUL bytes. */
static bool same_text(const CpaProfile *a, CpaStrId ia, const CpaProfile *b, CpaStrId ib)
{
    size_t len = cpa_strtab_len(a->strings, ia);
    return len == cpa_strtab_len(b->strings, ib) && memcmp(text(a, ia), text(b, ib), len) == 0;
}

static bool same_value_type(const CpaProfile *a, CpaValueType ta, const CpaProfile *b,
                            CpaValueType tb)
{
    return same_text(a, ta.type, b, tb.type) && same_text(a, ta.unit, b, tb.unit);
}

bool cpa_profile_same_types(const CpaProfile *a, const CpaProfile *b)
{
    if (a->header.n_types != b->header.n_types ||
        !same_value_type(a, a->header.period_type, b, b->header.period_type)) {
        return false;
    }
    for (uint32_t t = 0; t < a->header.n_types; t++) {
        if (!same_value_type(a, a->header.sample_types[t], b, b->header.sample_types[t])) {
            return false;
        }
    }
    return true;
}

static char *describe_types(const CpaProfile *p)
{
    GString *out = g_string_new(NULL);
    for (uint32_t t = 0; t < p->header.n_types; t++) {
        g_string_append_printf(out, "%s%s/%s", t > 0 ? " " : "",
                               text(p, p->header.sample_types[t].type),
                               text(p, p->header.sample_types[t].unit));
    }
    return g_string_free(out, FALSE);
}

/* Sums wrap like upstream's; only their ratio is used. */
static void sum_values(const CpaProfile *p, int64_t *sums)
{
    uint32_t n_types = p->header.n_types;
    for (size_t i = 0; i < p->n_samples; i++) {
        for (uint32_t t = 0; t < n_types; t++) {
            sums[t] = (int64_t)((uint64_t)sums[t] + (uint64_t)p->values[i * n_types + t]);
        }
    }
}

/* What each sample type of @p is to be multiplied by, to be freed. */
static double *ratios_to(const CpaProfile *p, const CpaProfile *base)
{
    uint32_t n_types = p->header.n_types;
    g_autofree int64_t *base_sums = g_new0(int64_t, n_types + 1);
    g_autofree int64_t *sums = g_new0(int64_t, n_types + 1);
    double *ratios = g_new0(double, n_types + 1);
    sum_values(base, base_sums);
    sum_values(p, sums);
    for (uint32_t t = 0; t < n_types; t++) {
        ratios[t] = sums[t] == 0 ? 0 : (double)base_sums[t] / (double)sums[t];
    }
    return ratios;
}

bool cpa_profile_normalize(CpaProfile *p, const CpaProfile *base, GError **error)
{
    if (!cpa_profile_same_types(p, base)) {
        g_autofree char *ours = describe_types(p);
        g_autofree char *theirs = describe_types(base);
        return cpa_error_set(error, CPA_ERROR_USAGE,
                             "cannot normalize: the profile has the sample types [%s], its base "
                             "has [%s]",
                             ours, theirs);
    }
    g_autofree double *ratios = ratios_to(p, base);
    cpa_profile_scale(p, ratios);
    return true;
}

void cpa_profile_keep_normalized(CpaProfile *p, const CpaProfile *base)
{
    if (!cpa_profile_same_types(p, base)) {
        return;
    }
    uint32_t n_types = p->header.n_types;
    g_autofree double *ratios = ratios_to(p, base);
    p->normalized = g_new(int64_t, p->n_samples * n_types + 1);
    for (size_t i = 0; i < p->n_samples * n_types; i++) {
        double scaled = round((double)p->values[i] * ratios[i % n_types]);
        p->normalized[i] = ratios[i % n_types] != 1 ? cpa_int64_from_double(scaled) : p->values[i];
    }
}

CpaProfile *cpa_profile_normalized(CpaProfile *p)
{
    if (p->normalized == NULL) {
        return NULL;
    }
    CpaProfile *scaled = g_new0(CpaProfile, 1);
    *scaled = *p;
    g_atomic_ref_count_init(&scaled->refs);
    scaled->columns = cpa_profile_ref(p);
    scaled->normalized = NULL;
    size_t n = p->n_samples * p->header.n_types;
    scaled->values = g_new(int64_t, n + 1);
    memcpy(scaled->values, p->normalized, n * sizeof *scaled->values);
    return scaled;
}

void cpa_profile_set_label(CpaProfile *p, const char *key, const char *value)
{
    assert_unshared(p);
    CpaLabel added = {intern(p, key), CPA_LABEL_STRING, intern(p, value)};
    g_autoptr(CpaLabelTable) table = cpa_label_table_new(p->strings);
    uint32_t n_sets = cpa_label_table_count(p->labels);
    g_autofree uint32_t *renamed = g_new(uint32_t, n_sets);
    CPA_VEC(CpaLabel) labels = {0};
    for (uint32_t set = 0; set < n_sets; set++) {
        size_t n = 0;
        const CpaLabel *old = cpa_label_table_get(p->labels, set, &n);
        labels.len = 0;
        for (size_t i = 0; i < n; i++) {
            if (!cpa_label_is_string(&old[i]) || old[i].key != added.key) {
                cpa_vec_push(&labels, old[i]);
            }
        }
        cpa_vec_push(&labels, added);
        renamed[set] = cpa_label_table_intern(table, labels.data, labels.len);
    }
    cpa_vec_clear(&labels);
    for (size_t i = 0; i < p->n_samples; i++) {
        p->label_sets[i] = renamed[p->label_sets[i]];
    }
    cpa_label_table_seal(table);
    cpa_label_table_free(p->labels);
    p->labels = g_steal_pointer(&table);
}

void cpa_profile_select_types(CpaProfile *p, const uint32_t *columns, uint32_t n)
{
    assert_unshared(p);
    uint32_t old_n = p->header.n_types;
    g_assert(n <= old_n);
    g_autofree int64_t *row = g_new(int64_t, old_n + 1);
    for (size_t i = 0; i < p->n_samples; i++) {
        memcpy(row, p->values + i * old_n, old_n * sizeof *row);
        for (uint32_t t = 0; t < n; t++) {
            p->values[i * n + t] = row[columns[t]];
        }
    }
    CpaValueType *types = g_new(CpaValueType, n + 1);
    for (uint32_t t = 0; t < n; t++) {
        types[t] = p->header.sample_types[columns[t]];
    }
    g_free(p->header.sample_types);
    p->header.sample_types = types;
    p->header.n_types = n;
}

static uint32_t find_type(const CpaProfile *p, const char *type)
{
    for (uint32_t t = 0; t < p->header.n_types; t++) {
        if (strcmp(text(p, p->header.sample_types[t].type), type) == 0) {
            return t;
        }
    }
    return CPA_NONE;
}

/* Keeps these columns; adjusts the default type like upstream. */
static void keep_types(CpaProfile *p, const uint32_t *columns, uint32_t n)
{
    bool changed = n != p->header.n_types;
    bool default_kept = false;
    for (uint32_t i = 0; i < n; i++) {
        changed = changed || columns[i] != i;
        default_kept = default_kept ||
                       p->header.sample_types[columns[i]].type == p->header.default_sample_type;
    }
    if (changed) {
        if (!default_kept) {
            p->header.default_sample_type = p->header.sample_types[columns[0]].type;
        }
        cpa_profile_select_types(p, columns, n);
    }
}

/* The finer unit of two types; NULL where they cannot be compared. */
static const char *common_unit(const CpaProfile *a, CpaValueType ta, const CpaProfile *b,
                               CpaValueType tb)
{
    const char *unit_a = text(a, ta.unit);
    const char *unit_b = text(b, tb.unit);
    if (strcmp(unit_a, unit_b) != 0 && !cpa_unit_compatible(unit_a, unit_b)) {
        return NULL;
    }
    const char *unit = NULL;
    return cpa_unit_scale(1, unit_b, unit_a, &unit) < 1 ? unit_b : unit_a;
}

static bool incompatible(const CpaProfile *a, CpaValueType ta, const CpaProfile *b, CpaValueType tb,
                         const char *what, GError **error)
{
    return cpa_error_set(error, CPA_ERROR_USAGE,
                         "the profiles cannot be combined: their %s differ: %s/%s and %s/%s", what,
                         text(a, ta.type), text(a, ta.unit), text(b, tb.type), text(b, tb.unit));
}

static void rescale(CpaProfile *p, char *const *units)
{
    g_autofree double *ratios = g_new(double, p->header.n_types + 1);
    for (uint32_t t = 0; t < p->header.n_types; t++) {
        CpaValueType *type = &p->header.sample_types[t];
        const char *unit = NULL;
        ratios[t] = cpa_unit_scale(1, text(p, type->unit), units[t], &unit);
        type->unit = intern(p, units[t]);
    }
    cpa_profile_scale(p, ratios);
}

static void rescale_period(CpaProfile *p, const char *unit)
{
    const char *scaled = NULL;
    p->header.period = cpa_int64_from_double(
        cpa_unit_scale(p->header.period, text(p, p->header.period_type.unit), unit, &scaled));
    p->header.period_type.unit = intern(p, unit);
}

/* The types of the first profile that all of them have, by their place in the first. */
static uint32_t find_common_types(CpaProfile *const *profiles, size_t n, uint32_t *common)
{
    const CpaProfile *first = profiles[0];
    uint32_t n_common = 0;
    for (uint32_t t = 0; t < first->header.n_types; t++) {
        const char *type = text(first, first->header.sample_types[t].type);
        /* Where a name comes again, the first one counts. */
        bool everywhere = find_type(first, type) == t;
        for (size_t i = 1; i < n && everywhere; i++) {
            everywhere = find_type(profiles[i], type) != CPA_NONE;
        }
        if (everywhere) {
            common[n_common++] = t;
        }
    }
    return n_common;
}

static bool no_common_type(CpaProfile *const *profiles, size_t n, GError **error)
{
    g_autoptr(GString) all = g_string_new(NULL);
    for (size_t i = 0; i < MIN(n, (size_t)8); i++) {
        g_autofree char *types = describe_types(profiles[i]);
        g_string_append_printf(all, "%s[%s]", i > 0 ? " and " : "", types);
    }
    return cpa_error_set(error, CPA_ERROR_USAGE,
                         "the profiles have no sample type in common: %s; they are profiles of "
                         "different kinds",
                         all->str);
}

/* Type @t of a profile, or its period type for @t = n_types. */
static CpaValueType type_at(const CpaProfile *p, uint32_t t)
{
    return t < p->header.n_types ? p->header.sample_types[t] : p->header.period_type;
}

/* The finest unit that the profiles have for a type. Returns NULL with the error set. */
static const char *finest_unit(CpaProfile *const *profiles, size_t n, uint32_t t, GError **error)
{
    const CpaProfile *finest = profiles[0];
    bool period = t == profiles[0]->header.n_types;
    for (size_t i = 1; i < n; i++) {
        CpaValueType a = type_at(finest, t);
        CpaValueType b = type_at(profiles[i], t);
        const char *unit = common_unit(finest, a, profiles[i], b);
        if (unit == NULL || !same_text(finest, a.type, profiles[i], b.type)) {
            incompatible(finest, a, profiles[i], b, period ? "period types" : "units", error);
            return NULL;
        }
        finest = unit == text(finest, a.unit) ? finest : profiles[i];
    }
    return text(finest, type_at(finest, t).unit);
}

bool cpa_profile_compatibilize(CpaProfile *const *profiles, size_t n, GError **error)
{
    for (size_t i = 0; i < n; i++) {
        assert_unshared(profiles[i]);
    }
    const CpaProfile *first = profiles[0];
    g_autofree uint32_t *common = g_new(uint32_t, (size_t)first->header.n_types + 1);
    g_autofree uint32_t *columns = g_new(uint32_t, (size_t)first->header.n_types + 1);
    uint32_t n_common = find_common_types(profiles, n, common);
    if (n_common == 0) {
        return no_common_type(profiles, n, error);
    }
    for (size_t i = n; i > 0; i--) { /* the first one last: its names are still needed */
        for (uint32_t t = 0; t < n_common; t++) {
            CpaStrId name = first->header.sample_types[common[t]].type;
            columns[t] = i == 1 ? common[t] : find_type(profiles[i - 1], text(first, name));
        }
        keep_types(profiles[i - 1], columns, n_common);
    }
    g_autoptr(GPtrArray) units = g_ptr_array_new_with_free_func(g_free);
    for (uint32_t t = 0; t <= n_common; t++) {
        const char *unit = finest_unit(profiles, n, t, error);
        if (unit == NULL) {
            return false;
        }
        g_ptr_array_add(units, g_strdup(unit));
    }
    for (size_t i = 0; i < n; i++) {
        rescale(profiles[i], (char *const *)units->pdata);
        rescale_period(profiles[i], units->pdata[n_common]);
    }
    return true;
}

void cpa_profile_add_comment(CpaProfile *p, const char *comment)
{
    assert_unshared(p);
    CpaHeader *h = &p->header;
    h->comments = g_renew(CpaStrId, h->comments, (size_t)h->n_comments + 1);
    h->comments[h->n_comments++] = intern(p, comment);
}

bool cpa_profile_keep_unique_types(CpaProfile *p, GError **error)
{
    const CpaHeader *h = &p->header;
    g_autofree uint32_t *n_uses = g_new0(uint32_t, cpa_strtab_count(p->strings));
    g_autofree uint32_t *columns = g_new(uint32_t, (size_t)h->n_types + 1);
    uint32_t n = 0;
    for (uint32_t t = 0; t < h->n_types; t++) {
        n_uses[h->sample_types[t].type]++;
    }
    for (uint32_t t = 0; t < h->n_types; t++) {
        columns[n] = t;
        n += n_uses[h->sample_types[t].type] == 1;
    }
    if (n == 0) {
        return cpa_error_set(error, CPA_ERROR_NO_SAMPLES,
                             "the profile has no sample types, so there is nothing to report");
    }
    keep_types(p, columns, n);
    return true;
}
