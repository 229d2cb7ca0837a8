/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The model of the legacy readers and its way into the builder.
 *
 *     frames   | sample 0: leaf, caller, ... | sample 1 ... | under construction |
 *                ^ samples[0].first, .n                       ^ open_first
 *
 * While reading, frames are indices of locations in order of appearance, one per address;
 * cpa_legacy_bind() renumbers them by first use in a sample and drops the unused.
 */
#include "input/legacy.h"

#include <math.h>
#include <string.h>

#include "base/text.h"
#include "base/units.h"
#include "input/procmaps.h"

#define EXCERPT_BYTES ((size_t)60)

/* ---- frames that are not the program's ------------------------------------------------------ */

/* The allocators themselves, at the leaf end of heap profiles. */
static const char alloc_frames[] =
    "calloc|cfree|malloc|free|memalign|do_memalign|(__)?posix_memalign|pvalloc|valloc|realloc|"
    "tcmalloc::.*|tc_calloc|tc_cfree|tc_malloc|tc_free|tc_memalign|tc_posix_memalign|tc_pvalloc|"
    "tc_valloc|tc_realloc|tc_new|tc_delete|tc_newarray|tc_deletearray|tc_new_nothrow|"
    "tc_newarray_nothrow|"
    "malloc_zone_malloc|malloc_zone_calloc|malloc_zone_valloc|malloc_zone_realloc|"
    "malloc_zone_memalign|malloc_zone_free|"
    "runtime\\..*|"
    "BaseArena::.*|(::)?do_malloc_no_errno|(::)?do_malloc_pages|(::)?do_malloc|"
    "DoSampledAllocation|MallocedMemBlock::MallocedMemBlock|_M_allocate|"
    "__builtin_(vec_)?delete|__builtin_(vec_)?new|__gnu_cxx::new_allocator::allocate|"
    "__libc_malloc|__malloc_alloc_template::allocate|allocate|cpp_alloc|operator new(\\[\\])?|"
    "simple_alloc::allocate";

/* Go's runtime in the middle of a stack stays. */
static const char alloc_kept_frames[] =
    "runtime\\.panic|runtime\\.reflectcall|runtime\\.call[0-9]*";

static const char lock_frames[] =
    "RecordLockProfileData|(base::)?RecordLockProfileData.*|(base::)?SubmitMutexProfileData.*|"
    "(base::)?SubmitSpinLockProfileData.*|(base::Mutex::)?AwaitCommon.*|(base::Mutex::)?Unlock.*|"
    "(base::Mutex::)?UnlockSlow.*|(base::Mutex::)?ReaderUnlock.*|(base::MutexLock::)?~MutexLock.*|"
    "(Mutex::)?AwaitCommon.*|(Mutex::)?Unlock.*|(Mutex::)?UnlockSlow.*|(Mutex::)?ReaderUnlock.*|"
    "(MutexLock::)?~MutexLock.*|(SpinLock::)?Unlock.*|(SpinLock::)?SlowUnlock.*|"
    "(SpinLockHolder::)?~SpinLockHolder.*";

static const char handler_frames[] = "ProfileData::Add|ProfileData::prof_handler|"
                                     "CpuProfiler::prof_handler|__pthread_sighandler|__restore";

typedef struct {
    const char *types[CPA_LEGACY_MAX_TYPES]; /* all of them; NULL: no more */
    const char *drop;
    const char *keep;
} FrameRule;

static const FrameRule frame_rules[] = {
    {{"allocations", "size"}, alloc_frames, alloc_kept_frames},
    {{"objects", "space"}, alloc_frames, alloc_kept_frames},
    {{"inuse_objects", "inuse_space"}, alloc_frames, alloc_kept_frames},
    {{"alloc_objects", "alloc_space"}, alloc_frames, alloc_kept_frames},
    {{"alloc_objects", "alloc_space", "inuse_objects", "inuse_space"},
     alloc_frames,
     alloc_kept_frames},
    {{"contentions", "delay"}, lock_frames, ""},
};

static bool rule_applies(const FrameRule *rule, const CpaLegacy *l)
{
    for (size_t i = 0; i < CPA_LEGACY_MAX_TYPES; i++) {
        const char *type = i < l->n_types ? cpa_builder_string(l->builder, l->types[i].type) : NULL;
        if (g_strcmp0(rule->types[i], type) != 0) {
            return false;
        }
    }
    return true;
}

static void set_frame_rules(CpaLegacy *l, CpaHeader *header)
{
    const char *drop = handler_frames;
    const char *keep = "";
    for (size_t i = 0; i < G_N_ELEMENTS(frame_rules); i++) {
        if (rule_applies(&frame_rules[i], l)) {
            drop = frame_rules[i].drop;
            keep = frame_rules[i].keep;
            break;
        }
    }
    header->drop_frames = cpa_builder_intern(l->builder, drop, -1);
    header->keep_frames = cpa_builder_intern(l->builder, keep, -1);
}

/* ---- life and errors ------------------------------------------------------------------------ */

bool cpa_legacy_init(CpaLegacy *l, const CpaFormat *format, CpaSource *source, CpaBuilder *builder,
                     GError **error)
{
    memset(l, 0, sizeof *l);
    l->format = format;
    l->source = source;
    l->builder = builder;
    l->data.bytes = cpa_source_all(source, &l->data.len, error);
    return l->data.bytes != NULL;
}

void cpa_legacy_clear(CpaLegacy *l)
{
    cpa_vec_clear(&l->locations);
    cpa_idmap_clear(&l->by_address);
    cpa_vec_clear(&l->frames);
    cpa_vec_clear(&l->samples);
    cpa_vec_clear(&l->values);
    cpa_vec_clear(&l->mappings);
    cpa_vec_clear(&l->functions);
}

bool cpa_legacy_fail(const CpaLegacy *l, GError **error, CpaErrorCode code, CpaSpan at,
                     const char *what)
{
    uint64_t offset = cpa_source_offset(l->source) + (uint64_t)(at.bytes - l->data.bytes);
    if (at.len == 0) {
        return cpa_format_error(error, code, l->format, l->source, offset, "%s", what);
    }
    g_autofree char *excerpt = cpa_text_shorten(at.bytes, at.len, EXCERPT_BYTES);
    return cpa_format_error(error, code, l->format, l->source, offset, "%s: %s", what, excerpt);
}

bool cpa_legacy_check_lines(const CpaLegacy *l, const CpaLines *lines, GError **error)
{
    if (!lines->too_long) {
        return true;
    }
    return cpa_legacy_fail(l, error, CPA_ERROR_MALFORMED,
                           cpa_span_slice(lines->rest, 0, CPA_LEGACY_MAX_LINE),
                           "line longer than 65535 bytes");
}

/* ---- header --------------------------------------------------------------------------------- */

void cpa_legacy_set_period_type(CpaLegacy *l, const char *type, const char *unit)
{
    l->period_type.type = cpa_builder_intern(l->builder, type, -1);
    l->period_type.unit = cpa_builder_intern(l->builder, unit, -1);
}

void cpa_legacy_add_type(CpaLegacy *l, const char *type, CpaSpan unit)
{
    g_assert(l->n_types < CPA_LEGACY_MAX_TYPES);
    l->types[l->n_types++] = (CpaValueType){
        cpa_builder_intern(l->builder, type, -1),
        cpa_builder_intern(l->builder, unit.bytes, (gssize)unit.len),
    };
}

/* ---- samples -------------------------------------------------------------------------------- */

void cpa_legacy_add_frame(CpaLegacy *l, uint64_t address)
{
    if (l->locations.len >= CPA_NONE) {
        l->too_many = true;
        return;
    }
    uint32_t next = (uint32_t)l->locations.len;
    uint32_t at = cpa_idmap_insert(&l->by_address, address, next);
    if (at == next) {
        CpaLegacyLocation location = {address, 0, CPA_NONE, CPA_NONE};
        cpa_vec_push(&l->locations, location);
    }
    cpa_vec_push(&l->frames, at);
}

bool cpa_legacy_add_frames(CpaLegacy *l, CpaSpan text, uint64_t leaf_adjust, uint64_t caller_adjust)
{
    CpaSpan digits;
    while (cpa_scan_next_address(&text, &digits)) {
        uint64_t address = 0;
        if (!cpa_span_parse_hex(digits, &address)) {
            return false;
        }
        bool is_leaf = cpa_legacy_n_open_frames(l) == 0;
        cpa_legacy_add_frame(l, address - (is_leaf ? leaf_adjust : caller_adjust));
    }
    return true;
}

size_t cpa_legacy_n_open_frames(const CpaLegacy *l)
{
    return l->frames.len - l->open_first;
}

void cpa_legacy_drop_open_frames(CpaLegacy *l)
{
    l->frames.len = l->open_first;
}

void cpa_legacy_end_sample(CpaLegacy *l, const int64_t *values, size_t n_values,
                           int64_t block_bytes)
{
    g_assert(l->samples.len == 0 || l->n_values == n_values);
    CpaLegacySample sample = {l->open_first, cpa_legacy_n_open_frames(l), block_bytes};
    cpa_vec_push(&l->samples, sample);
    for (size_t i = 0; i < n_values; i++) {
        cpa_vec_push(&l->values, values[i]);
    }
    l->n_values = n_values;
    l->open_first = l->frames.len;
}

void cpa_legacy_drop_caller(CpaLegacy *l, CpaLegacySample *sample)
{
    g_assert(sample->n >= 2);
    l->frames.data[sample->first + 1] = l->frames.data[sample->first];
    sample->first++;
    sample->n--;
}

void cpa_legacy_drop_repeated_leaves(CpaLegacy *l)
{
    for (size_t i = 0; i < l->samples.len; i++) {
        CpaLegacySample *sample = &l->samples.data[i];
        if (sample->n < 2) {
            continue;
        }
        const uint32_t *frames = &l->frames.data[sample->first];
        uint64_t leaf = l->locations.data[frames[0]].address;
        if (leaf == l->locations.data[frames[1]].address + 1) {
            cpa_legacy_drop_caller(l, sample);
        }
    }
}

/* ---- memory map ----------------------------------------------------------------------------- */

bool cpa_legacy_is_map_start(CpaSpan line)
{
    return cpa_span_find(line, 0, CPA_SPAN("--- Memory map: ---")) != SIZE_MAX ||
           cpa_span_find(line, 0, CPA_SPAN("MAPPED_LIBRARIES:")) != SIZE_MAX;
}

static void renumber_locations(CpaLegacy *l)
{
    size_t n_old = l->locations.len;
    CpaLegacyLocation *old = l->locations.data;
    g_autofree uint32_t *renumbered = g_new(uint32_t, n_old);
    for (size_t i = 0; i < n_old; i++) {
        renumbered[i] = CPA_NONE;
    }
    CpaLegacyLocations kept = {0};
    cpa_vec_reserve(&kept, n_old);
    for (size_t i = 0; i < l->samples.len; i++) {
        const CpaLegacySample *sample = &l->samples.data[i];
        for (size_t j = sample->first; j < sample->first + sample->n; j++) {
            uint32_t *number = &renumbered[l->frames.data[j]];
            if (*number == CPA_NONE) {
                *number = (uint32_t)kept.len;
                cpa_vec_push(&kept, old[l->frames.data[j]]);
            }
            l->frames.data[j] = *number;
        }
    }
    g_free(old);
    l->locations = kept;
    cpa_idmap_clear(&l->by_address);
}

static void renumber_functions(CpaLegacy *l)
{
    size_t n_old = l->functions.len;
    CpaFunction *old = l->functions.data;
    g_autofree uint32_t *renumbered = g_new(uint32_t, n_old);
    for (size_t i = 0; i < n_old; i++) {
        renumbered[i] = CPA_NONE;
    }
    CpaLegacyFunctions kept = {0};
    cpa_vec_reserve(&kept, n_old);
    for (size_t i = 0; i < l->locations.len; i++) {
        CpaLegacyLocation *location = &l->locations.data[i];
        if (location->function == CPA_NONE) {
            continue;
        }
        uint32_t *number = &renumbered[location->function];
        if (*number == CPA_NONE) {
            *number = (uint32_t)kept.len;
            cpa_vec_push(&kept, old[location->function]);
        }
        location->function = *number;
    }
    g_free(old);
    l->functions = kept;
}

void cpa_legacy_bind(CpaLegacy *l)
{
    renumber_locations(l);
    renumber_functions(l);
    g_autoptr(CpaMapindex) index = cpa_mapindex_new(&l->mappings, l->builder);
    for (size_t i = 0; i < l->locations.len; i++) {
        CpaLegacyLocation *location = &l->locations.data[i];
        if (location->address != 0) {
            location->mapping = cpa_mapindex_find(index, location->address);
        }
    }
}

bool cpa_legacy_read_maps(CpaLegacy *l, CpaLines *lines, GError **error)
{
    g_autoptr(CpaProcmaps) maps = cpa_procmaps_new(l->builder);
    while (cpa_lines_next(lines)) {
        CpaMapping mapping;
        CpaProcmapsLine kind = cpa_procmaps_line(maps, lines->line, &mapping);
        if (kind == CPA_PROCMAPS_TOO_LARGE) {
            return cpa_legacy_fail(l, error, CPA_ERROR_TOO_LARGE, lines->line,
                                   "too much text behind the variables of the memory map");
        }
        if (kind == CPA_PROCMAPS_NOTHING) {
            continue;
        }
        if (l->mappings.len >= CPA_LEGACY_MAX_MAPPINGS) {
            return cpa_legacy_fail(l, error, CPA_ERROR_TOO_LARGE, lines->line,
                                   "more than 1048576 mappings");
        }
        cpa_vec_push(&l->mappings, mapping);
    }
    if (!cpa_legacy_check_lines(l, lines, error)) {
        return false;
    }
    cpa_mappings_repair(&l->mappings, l->builder);
    cpa_legacy_bind(l);
    return true;
}

bool cpa_legacy_read_tail(CpaLegacy *l, CpaLines *lines, GError **error)
{
    while (!cpa_legacy_is_map_start(lines->line) && cpa_lines_next(lines)) {
    }
    return cpa_legacy_check_lines(l, lines, error) && cpa_legacy_read_maps(l, lines, error);
}

/* ---- into the builder ----------------------------------------------------------------------- */

static void hand_over_header(CpaLegacy *l)
{
    for (size_t i = 0; i < l->n_types; i++) {
        cpa_builder_add_sample_type(l->builder, l->types[i].type, l->types[i].unit);
    }
    CpaHeader *header = cpa_builder_header(l->builder);
    header->period_type = l->period_type;
    header->has_period_type = true;
    header->period = l->period;
    header->duration_ns = l->duration_ns;
    set_frame_rules(l, header);
}

static void hand_over_locations(CpaLegacy *l)
{
    for (size_t i = 0; i < l->mappings.len; i++) {
        cpa_builder_add_mapping(l->builder, &l->mappings.data[i]);
    }
    for (size_t i = 0; i < l->functions.len; i++) {
        cpa_builder_add_function(l->builder, &l->functions.data[i]);
    }
    for (size_t i = 0; i < l->locations.len; i++) {
        const CpaLegacyLocation *from = &l->locations.data[i];
        CpaLocation location = {.address = from->address, .mapping = from->mapping};
        CpaLine line = {.line = from->line, .function = from->function};
        cpa_builder_add_location(l->builder, &location, &line, from->function != CPA_NONE ? 1 : 0);
    }
}

static void hand_over_samples(CpaLegacy *l)
{
    CpaStrId bytes = l->has_block_bytes ? cpa_builder_intern(l->builder, "bytes", -1) : 0;
    for (size_t i = 0; i < l->samples.len; i++) {
        const CpaLegacySample *sample = &l->samples.data[i];
        for (size_t j = 0; j < sample->n; j++) {
            cpa_builder_sample_frame(l->builder, l->frames.data[sample->first + j]);
        }
        for (size_t j = 0; j < l->n_values; j++) {
            cpa_builder_sample_value(l->builder, l->values.data[i * l->n_values + j]);
        }
        if (l->has_block_bytes) {
            cpa_builder_sample_label_num(l->builder, bytes, sample->block_bytes, CPA_LABEL_NO_UNIT);
        }
        cpa_builder_sample_end(l->builder);
    }
}

bool cpa_legacy_finish(CpaLegacy *l, GError **error)
{
    CpaSpan start = {l->data.bytes, 0};
    if (l->too_many) {
        return cpa_legacy_fail(l, error, CPA_ERROR_TOO_LARGE, start,
                               "more than 4294967295 addresses");
    }
    if (l->samples.len > 0 && l->n_types != l->n_values) {
        return cpa_legacy_fail(l, error, CPA_ERROR_MALFORMED, start,
                               "samples, but no header line that names their types");
    }
    hand_over_header(l);
    hand_over_locations(l);
    hand_over_samples(l);
    return true;
}

/* ---- values --------------------------------------------------------------------------------- */

/*
 * e^x with the very roundings of Go's math.Exp on amd64 with FMA: where the result of a division
 * by 1 - e^x is cut to an integer, the last bit of e^x shows in pprof's reports.
 *
 * Method: N. Shibata, "Efficient evaluation methods of elementary functions suitable for SIMD
 * computation" (2010). x = n ln 2 + 16 r; e^r - 1 by its series, squared up four times.
 */
static double exp_like_go(double x)
{
    if (!isfinite(x)) {
        return isnan(x) ? x : x > 0 ? HUGE_VAL : 0;
    }
    if (x > 709.782712893384) {
        return HUGE_VAL;
    }
    if (x < -745.2) { /* ln of half the smallest number */
        return 0;
    }
    static const double ln2_high = 0.69314718055966295651160180568695068359375;
    static const double ln2_low = 0.28235290563031577122588448175013436025525412068e-12;
    /* 1/8!, ..., 1/2!, 1/1! */
    static const double series[] = {
        2.4801587301587301587e-5,
        1.9841269841269841270e-4,
        1.3888888888888888889e-3,
        8.3333333333333333333e-3,
        4.1666666666666666667e-2,
        1.6666666666666666667e-1,
        0.5,
        1.0,
    };
    double n = nearbyint(x * 1.4426950408889634073599246810018920); /* 1 / ln 2 */
    double r = fma(-n, ln2_high, x);
    r = fma(-n, ln2_low, r);
    r *= 0.0625;
    double sum = series[0];
    for (size_t i = 1; i < G_N_ELEMENTS(series); i++) {
        sum = fma(sum, r, series[i]);
    }
    r *= sum;
    for (int i = 0; i < 3; i++) {
        r *= r + 2.0;
    }
    double y = fma(r + 2.0, r, 1.0);
    return n >= 1024 ? HUGE_VAL : ldexp(y, (int)n);
}

void cpa_legacy_unsample(int64_t *count, int64_t *size_bytes, int64_t rate)
{
    if (*count == 0 || *size_bytes == 0) {
        *count = 0;
        *size_bytes = 0;
        return;
    }
    if (rate <= 1) {
        return;
    }
    double mean_bytes = (double)*size_bytes / (double)*count;
    double scale = 1 / (1 - exp_like_go(-mean_bytes / (double)rate));
    *count = cpa_int64_from_double((double)*count * scale);
    *size_bytes = cpa_int64_from_double((double)*size_bytes * scale);
}
