/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From sources to one profile: fetch, read each, merge, subtract the base.
 *
 * What is fetched is held packed until it is read. Sources are read one after the other and folded into the merger at once: two profiles are in
 * memory at most, the merged one and the one just read.
 *
 * Source: pprof driver/fetch.go
 */
#include <string.h>

#include "base/text.h"
#include "input/format.h"
#include "profile/adjust.h"
#include "profile/merge.h"
#include "report/remote.h"
#include "report/symbolize.h"
#include "symbol/locate.h"
#include "symbol/mode.h"

/* How many sources are merged at a time. */
#define CHUNK ((size_t)128)

typedef struct {
    const CpaOptions *options;
    const char *binary;
    const CpaUi *ui;
    GHashTable *name_counts;   /* base names of all inputs, with -label_sources; else NULL */
    CpaSymbolServers *servers; /* that profiles came from, or NULL */
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

/*
 * Mappings that nothing names are called after the place their profile came from, until the end;
 * that place may be asked for the names of all of them.
 */
static void name_mappings(const Loader *l, CpaBuilder *b, const CpaUrl *url)
{
    uint32_t n = 0;
    CpaMapping *mappings = cpa_builder_mappings(b, &n);
    for (uint32_t i = 0; i < n; i++) {
        CpaMapping *m = &mappings[i];
        if (m->file == 0 && m->build_id == 0) {
            m->file = cpa_builder_intern(b, url->text, -1);
        }
        if (l->servers != NULL) {
            cpa_symbol_servers_add(l->servers, cpa_builder_string(b, m->build_id),
                                   cpa_builder_string(b, m->file), m->start, url->text);
        }
    }
}

/* Looks for the files of the mappings where the user said that they are. */
static void locate_binaries(const Loader *l, CpaBuilder *b)
{
    CpaSymbolMode mode;
    cpa_symbol_mode_parse(&mode, l->options->symbolize);
    cpa_locate_binaries(b, NULL, l->ui->warn, mode.explain && !mode.is_off ? l->ui->say : NULL,
                        l->ui->data);
}

static CpaProfile *read_source(const Loader *l, CpaSource *source, const CpaUrl *url,
                               GError **error)
{
    const CpaFormat *format = cpa_format_detect(source, error);
    g_autoptr(CpaBuilder) b = cpa_builder_new();
    if (format == NULL || !format->read(source, b, error)) {
        return NULL;
    }
    locate_binaries(l, b);
    adjust_mappings(b, l->binary, l->options->buildid);
    if (url != NULL) {
        name_mappings(l, b, url);
    }
    g_autoptr(CpaProfile) p = cpa_builder_finish(b, error);
    if (p == NULL || !cpa_profile_keep_unique_types(p, error)) {
        g_prefix_error(error, "%s: %s: ", cpa_source_get_name(source), format->name);
        return NULL;
    }
    return g_steal_pointer(&p);
}

static CpaProfile *read_profile(const Loader *l, CpaInput *input, GError **error)
{
    g_autoptr(CpaSource) source = cpa_input_open(input, l->options->max_size, error);
    CpaProfile *p = source != NULL ? read_source(l, source, input->url, error) : NULL;
    g_clear_pointer(&source, cpa_source_free);
    g_clear_pointer(&input->bytes, g_bytes_unref);
    return p;
}

static void warn(const Loader *l, const char *message)
{
    if (l->ui->warn != NULL) {
        l->ui->warn(message, l->ui->data);
    }
}

/* How many inputs have each base name. */
static GHashTable *count_names(const CpaInput *inputs, size_t n)
{
    GHashTable *counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (size_t i = 0; i < n; i++) {
        char *base = cpa_path_base(inputs[i].name);
        guint count = GPOINTER_TO_UINT(g_hash_table_lookup(counts, base));
        g_hash_table_insert(counts, base, GUINT_TO_POINTER(count + 1));
    }
    return counts;
}

/* -label_sources: the label `source`, the base name where no other input has the same. */
static void label_source(const Loader *l, const CpaInput *input, CpaProfile *p)
{
    if (l->name_counts != NULL) {
        g_autofree char *base = cpa_path_base(input->name);
        bool is_unique = GPOINTER_TO_UINT(g_hash_table_lookup(l->name_counts, base)) == 1;
        cpa_profile_set_label(p, "source", is_unique ? base : input->name);
    }
}

/* Reads and merges up to CHUNK sources. Returns NULL with the error set, or where all failed. */
static CpaProfile *load_chunk(const Loader *l, CpaInput *inputs, size_t n, bool only,
                              size_t *n_read, GError **error)
{
    g_autoptr(CpaMerger) merger = cpa_merger_new();
    size_t n_before = *n_read;
    for (size_t i = 0; i < n; i++) {
        GError *failure = NULL;
        CpaProfile *p = read_profile(l, &inputs[i], &failure);
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
        label_source(l, &inputs[i], p);
        if (!cpa_merger_add(merger, &p, error)) {
            g_prefix_error(error, "%s: ", inputs[i].name);
            return NULL;
        }
    }
    return *n_read > n_before ? cpa_merger_finish(merger, error) : NULL;
}

/*
 * Reads and merges; sources that fail are reported and left out as long as one does not. Many are
 * merged in chunks, as upstream does: headers and common types are settled chunk by chunk.
 */
static CpaProfile *load_all(const Loader *l, CpaInput *inputs, size_t n, const char *what,
                            GError **error)
{
    g_autoptr(CpaProfile) all = NULL;
    size_t n_read = 0;
    for (size_t i = 0; i < n; i += CHUNK) {
        GError *failure = NULL;
        CpaProfile *chunk = load_chunk(l, inputs + i, MIN(n - i, CHUNK), n == 1, &n_read, &failure);
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
    /* Somebody may look at both in turn. */
    if (!options->normalize && options->diff_base->len > 0 && options->http[0] != '\0') {
        cpa_profile_keep_normalized(*profile, *base);
    }
    cpa_profile_scale_all(*base, -1);
    if (!cpa_merger_add(merger, profile, error) || !cpa_merger_add(merger, base, error)) {
        return NULL;
    }
    return cpa_merger_finish(merger, error);
}

/* What options change in a profile that is complete. */
static void apply_options(const Loader *l, CpaProfile *p)
{
    const CpaOptions *options = l->options;
    if (options->all_frames) {
        p->header.drop_frames = 0;
        p->header.keep_frames = 0;
    }
    cpa_symbolize(p, l->servers, options, l->ui);
    clear_url_mappings(p);
    if (*options->add_comment != '\0') {
        cpa_profile_add_comment(p, options->add_comment);
    }
}

/* Reads what was fetched or is there: the sources, then the bases behind them. */
static CpaProfile *load_inputs(const Loader *l, CpaInput *inputs, size_t n_sources, size_t n_bases,
                               GError **error)
{
    g_autoptr(CpaProfile) p = load_all(l, inputs, n_sources, "source", error);
    if (p == NULL || n_bases == 0) {
        return g_steal_pointer(&p);
    }
    g_autoptr(CpaProfile) base = load_all(l, inputs + n_sources, n_bases, "base", error);
    return base != NULL ? subtract(&p, &base, l->options, error) : NULL;
}

CpaProfile *cpa_load(const char *const *sources, size_t n_sources, const char *binary,
                     const CpaOptions *options, const CpaUi *ui, GError **error)
{
    const CpaUi silent = {0};
    Loader l = {.options = options, .binary = binary, .ui = ui != NULL ? ui : &silent};
    const GPtrArray *bases = options->diff_base->len > 0 ? options->diff_base : options->base;
    size_t n = n_sources + bases->len;
    g_autofree const char **names = g_new0(const char *, n);
    for (size_t i = 0; i < n; i++) {
        names[i] = i < n_sources ? sources[i] : bases->pdata[i - n_sources];
    }
    CpaInput *inputs = cpa_inputs_new(names, n, options);
    g_autoptr(GHashTable) name_counts = options->label_sources ? count_names(inputs, n) : NULL;
    g_autoptr(CpaSymbolServers) servers = cpa_symbol_servers_new();
    l.name_counts = name_counts;
    l.servers = servers;
    bool is_remote = cpa_inputs_fetch(inputs, n, options, l.ui) > 0;
    CpaProfile *p = load_inputs(&l, inputs, n_sources, bases->len, error);
    cpa_inputs_free(inputs, n);
    if (p != NULL) {
        apply_options(&l, p);
    }
    if (p != NULL && is_remote && l.ui->saves && !options->nosave) {
        cpa_save_fetched(p, l.ui);
    }
    return p;
}

CpaProfile *cpa_load_memory(const char *name, const void *bytes, size_t n,
                            const CpaOptions *options, GError **error)
{
    const CpaUi silent = {0};
    const Loader l = {.options = options, .ui = &silent};
    g_autoptr(CpaSource) source = cpa_source_new_memory(name, bytes, n, options->max_size, error);
    CpaProfile *p = source != NULL ? read_source(&l, source, NULL, error) : NULL;
    if (p != NULL) {
        apply_options(&l, p);
    }
    return p;
}
