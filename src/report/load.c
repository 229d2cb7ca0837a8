/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From sources to one profile: read each, merge, subtract the base.
 *
 * Sources are read one after the other and folded into the merger at once: two profiles are in
 * memory at most, the merged one and the one just read.
 *
 * Source: pprof driver/fetch.go
 */
#include <string.h>

#include "input/format.h"
#include "profile/adjust.h"
#include "profile/merge.h"
#include "report/run.h"

/* How many sources are merged at a time. */
#define CHUNK ((size_t)128)

typedef struct {
    const CpaOptions *options;
    const char *binary;
    CpaWarn warn;
    gpointer warn_data;
} Loader;

/* Programs without a mapping get one, so that a binary can be attached; names override it. */
static void adjust_mappings(CpaBuilder *b, const char *binary, const char *build_id)
{
    uint32_t n = 0;
    cpa_builder_mappings(b, &n);
    if (n == 0) {
        CpaMapping fake = {.id = 1};
        cpa_builder_add_mapping(b, &fake);
        CpaLocation *locations = cpa_builder_locations(b, &n);
        for (uint32_t i = 0; i < n; i++) {
            locations[i].mapping = 0;
        }
    }
    CpaMapping *mappings = cpa_builder_mappings(b, &n);
    if (binary != NULL) {
        mappings[0].file = cpa_builder_intern(b, binary, -1);
    }
    if (*build_id != '\0' && mappings[0].build_id == 0) {
        mappings[0].build_id = cpa_builder_intern(b, build_id, -1);
    }
}

/* Whether the text is a URL with a scheme, by the rules of Go's net/url. */
static bool is_absolute_url(const char *text)
{
    const char *p = text;
    while (g_ascii_isalnum(*p) || (p > text && strchr("+-.", *p) != NULL && *p != '\0')) {
        p++;
    }
    if (*p != ':' || !g_ascii_isalpha(*text)) {
        return false;
    }
    bool opaque = p[1] != '/';
    for (; *p != '\0'; p++) {
        bool bad_escape = *p == '%' && (!g_ascii_isxdigit(p[1]) || !g_ascii_isxdigit(p[2]));
        if ((unsigned char)*p < 0x20 || *p == 0x7f || (!opaque && bad_escape)) {
            return false;
        }
    }
    return true;
}

/* A mapping called after the place its profile came from has no file of its own. */
static void clear_url_mappings(CpaProfile *p)
{
    for (uint32_t i = 0; i < p->n_mappings; i++) {
        if (p->mappings[i].build_id == 0 &&
            is_absolute_url(cpa_strtab_get(p->strings, p->mappings[i].file))) {
            p->mappings[i].file = 0;
        }
    }
}

static CpaProfile *read_source(const Loader *l, CpaSource *source, GError **error)
{
    const CpaFormat *format = cpa_format_detect(source, error);
    g_autoptr(CpaBuilder) b = cpa_builder_new();
    if (format == NULL || !format->read(source, b, error)) {
        return NULL;
    }
    adjust_mappings(b, l->binary, l->options->buildid);
    g_autoptr(CpaProfile) p = cpa_builder_finish(b, error);
    if (p == NULL || !cpa_profile_keep_unique_types(p, error)) {
        g_prefix_error(error, "%s: %s: ", cpa_source_get_name(source), format->name);
        return NULL;
    }
    return g_steal_pointer(&p);
}

static CpaProfile *read_profile(const Loader *l, const char *path, GError **error)
{
    g_autoptr(CpaSource) source = cpa_source_open(path, l->options->max_size, error);
    return source != NULL ? read_source(l, source, error) : NULL;
}

static void warn(const Loader *l, const char *message)
{
    if (l->warn != NULL) {
        l->warn(message, l->warn_data);
    }
}

/* Reads and merges up to CHUNK sources. Returns NULL with the error set, or where all failed. */
static CpaProfile *load_chunk(const Loader *l, const char *const *paths, size_t n, bool only,
                              size_t *n_read, GError **error)
{
    g_autoptr(CpaMerger) merger = cpa_merger_new();
    size_t n_before = *n_read;
    for (size_t i = 0; i < n; i++) {
        GError *failure = NULL;
        CpaProfile *p = read_profile(l, paths[i], &failure);
        if (p == NULL && only) {
            g_propagate_error(error, failure);
            return NULL;
        }
        if (p == NULL) {
            warn(l, failure->message);
            g_error_free(failure);
            continue;
        }
        ++*n_read;
        if (!cpa_merger_add(merger, &p, error)) {
            g_prefix_error(error, "%s: ", paths[i]);
            return NULL;
        }
    }
    return *n_read > n_before ? cpa_merger_finish(merger, error) : NULL;
}

/*
 * Reads and merges; sources that fail are reported and left out as long as one does not. Many are
 * merged in chunks, as upstream does: headers and common types are settled chunk by chunk.
 */
static CpaProfile *load_all(const Loader *l, const char *const *paths, size_t n, const char *what,
                            GError **error)
{
    g_autoptr(CpaProfile) all = NULL;
    size_t n_read = 0;
    for (size_t i = 0; i < n; i += CHUNK) {
        GError *failure = NULL;
        CpaProfile *chunk = load_chunk(l, paths + i, MIN(n - i, CHUNK), n == 1, &n_read, &failure);
        if (failure != NULL) {
            g_propagate_error(error, failure);
            return NULL;
        }
        if (chunk == NULL || all == NULL) {
            all = chunk != NULL ? chunk : g_steal_pointer(&all);
            continue;
        }
        g_autoptr(CpaMerger) merger = cpa_merger_new();
        if (!cpa_merger_add(merger, &all, error) || !cpa_merger_add(merger, &chunk, error)) {
            return NULL;
        }
        all = cpa_merger_finish(merger, error);
        if (all == NULL) {
            return NULL;
        }
    }
    if (n_read == 0) {
        cpa_error_set(error, CPA_ERROR_IO, "failed to fetch any %s profiles", what);
        return NULL;
    }
    if (n_read < n) {
        g_autofree char *message =
            g_strdup_printf("Fetched %zu %s profiles out of %zu", n_read, what, n);
        warn(l, message);
    }
    return g_steal_pointer(&all);
}

/* Subtracts the base, marking its samples for a comparison. */
static CpaProfile *subtract(CpaProfile **profile, CpaProfile **base, const CpaOptions *options,
                            GError **error)
{
    g_autoptr(CpaMerger) merger = cpa_merger_new();
    if (options->diff_base->len > 0) {
        cpa_profile_set_label(*base, "pprof::base", "true");
    }
    if (options->normalize && !cpa_profile_normalize(*profile, *base, error)) {
        return NULL;
    }
    cpa_profile_scale_all(*base, -1);
    if (!cpa_merger_add(merger, profile, error) || !cpa_merger_add(merger, base, error)) {
        return NULL;
    }
    return cpa_merger_finish(merger, error);
}

/* What options change in a profile that is complete. */
static void apply_options(CpaProfile *p, const CpaOptions *options)
{
    clear_url_mappings(p);
    if (options->all_frames) {
        p->header.drop_frames = 0;
        p->header.keep_frames = 0;
    }
    if (*options->add_comment != '\0') {
        cpa_profile_add_comment(p, options->add_comment);
    }
}

CpaProfile *cpa_load(const char *const *sources, size_t n_sources, const char *binary,
                     const CpaOptions *options, CpaWarn warn_function, gpointer warn_data,
                     GError **error)
{
    const Loader l = {options, binary, warn_function, warn_data};
    const GPtrArray *bases = options->diff_base->len > 0 ? options->diff_base : options->base;
    g_autoptr(CpaProfile) p = load_all(&l, sources, n_sources, "source", error);
    if (p == NULL) {
        return NULL;
    }
    if (bases->len > 0) {
        g_autoptr(CpaProfile) base =
            load_all(&l, (const char *const *)bases->pdata, bases->len, "base", error);
        if (base == NULL) {
            return NULL;
        }
        CpaProfile *difference = subtract(&p, &base, options, error);
        g_clear_pointer(&p, cpa_profile_unref);
        p = difference;
        if (p == NULL) {
            return NULL;
        }
    }
    apply_options(p, options);
    return g_steal_pointer(&p);
}

CpaProfile *cpa_load_memory(const char *name, const void *bytes, size_t n,
                            const CpaOptions *options, GError **error)
{
    const Loader l = {.options = options};
    g_autoptr(CpaSource) source = cpa_source_new_memory(name, bytes, n, options->max_size, error);
    CpaProfile *p = source != NULL ? read_source(&l, source, error) : NULL;
    if (p != NULL) {
        apply_options(p, options);
    }
    return p;
}
