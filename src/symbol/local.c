/* SPDX-License-Identifier: Apache-2.0 */
/*
 *     profile ── jobs (one per mapping) ── threads ── frames of each address ── profile
 *
 * A job copies what an object says into columns of its own, with ids of its own strings, so that
 * threads share nothing; functions are made afterwards, in the order of mappings and locations.
 */
#include "symbol/local.h"

#include "base/parallel.h"
#include "base/release.h"
#include "base/vec.h"
#include "symbol/answers.h"
#include "symbol/cache.h"
#include "symbol/findings.h"
#include "symbol/object.h"
#include "symbol/perfmap.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Addresses that are worth a thread of their own, with the file that has to be read for them. */
#define COST_PER_ADDRESS ((size_t)2000)
#define COST_PER_JOB     ((size_t)300000)

/* What takes less is not worth a file. */
#define CACHE_AFTER_US   (100 * 1000)
#define MAX_CACHED_SPOTS ((size_t)2000000)

#define WATCH_AFTER_US    (1000 * 1000)
#define WATCH_INTERVAL_US (100 * 1000)

/* A location and where it is in the object. */
typedef struct {
    uint64_t address;
    uint32_t location;
} Place;

typedef struct {
    uint32_t mapping;
    uint64_t base;
    CPA_VEC(uint32_t) locations; /* in the order of the profile */
    CPA_VEC(Place) places;       /* by address */
    CpaAnswers answers;
    GPtrArray *warnings; /* what to say when all are done, so that the order is always the same */
    GPtrArray *notes;
    bool is_missing; /* the file is not there or cannot be used */
} Job;

typedef struct {
    CpaProfile *profile;
    const CpaSymbolMode *mode;
    const CpaSymbolUi *ui;
    GPtrArray *jobs;
    size_t n_addresses;
    gint next_job;
    gint n_done;     /* addresses */
    bool is_missing; /* a file of a mapping */
    GMutex lock;
    gint64 watch_us; /* when the caller is told next */
    bool was_watched;
} Run;

static void free_job(gpointer data)
{
    Job *job = data;
    cpa_vec_clear(&job->locations);
    cpa_vec_clear(&job->places);
    cpa_answers_clear(&job->answers);
    g_ptr_array_unref(job->warnings);
    g_ptr_array_unref(job->notes);
    g_free(job);
}

static void warn(const Run *r, const char *message)
{
    if (r->ui->warn != NULL) {
        r->ui->warn(message, r->ui->data);
    }
}

G_GNUC_PRINTF(2, 3) static void explain(const Run *r, const char *format, ...)
{
    if (r->ui->explain == NULL || !r->mode->explain) {
        return;
    }
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    r->ui->explain(text, r->ui->data);
}

static const char *text(const CpaProfile *p, CpaStrId id)
{
    return cpa_strtab_get(p->strings, id);
}

/* ---- which mappings -------------------------------------------------------------------------- */

bool cpa_mapping_is_unsymbolizable(const char *file)
{
    const char *slash = strrchr(file, '/');
    const char *base = slash != NULL ? slash + 1 : file;
    return file[0] == '\0' || base[0] == '[' || g_str_has_prefix(base, "linux-vdso") ||
           g_str_has_prefix(file, "/dev/dri/") || strcmp(file, "//anon") == 0 ||
           g_str_has_prefix(file, "/memfd:");
}

static bool is_http_url(const char *file)
{
    const char *colon = strstr(file, ":");
    if (colon == NULL) {
        return false;
    }
    g_autofree char *scheme = g_ascii_strdown(file, colon - file);
    return strstr(scheme, "http") != NULL && strchr(scheme, '/') == NULL;
}

/* "base (build ID x)", as messages call a mapping. */
static char *mapping_name(const CpaProfile *p, const CpaMapping *m)
{
    g_autofree char *base = g_path_get_basename(text(p, m->file));
    return m->build_id == 0 ? g_strdup(base)
                            : g_strdup_printf("%s (build ID %s)", base, text(p, m->build_id));
}

static const char *skip_reason(const CpaProfile *p, const CpaMapping *m, bool force,
                               uint32_t n_unnamed)
{
    const char *file = text(p, m->file);
    if (!force && (m->has_functions || m->has_filenames || m->has_line_numbers || n_unnamed == 0)) {
        return "it has names already";
    }
    if (m->file == 0) {
        return "it has no file name";
    }
    if (cpa_mapping_is_unsymbolizable(file)) {
        return "such a mapping has no file";
    }
    if (m->build_id == 0 && is_http_url(file)) {
        return "it is a place to ask, not a file";
    }
    return NULL;
}

/* Makes a job of a mapping, unless it is left alone. Returns: the job, or NULL. */
static Job *add_job(Run *r, uint32_t index, uint32_t n_locations, uint32_t n_unnamed)
{
    const CpaProfile *p = r->profile;
    const CpaMapping *m = &p->mappings[index];
    const char *reason = skip_reason(p, m, r->mode->force, n_unnamed);
    if (reason != NULL) {
        explain(r, "mapping %" PRIu64 ": %s, %" PRIu32 " addresses, left alone: %s", m->id,
                m->file != 0 ? text(p, m->file) : "(no file)", n_locations, reason);
        if (m->file == 0 && n_unnamed > 0 && !m->has_functions) {
            r->is_missing |= index > 0;
            if (index == 0) {
                warn(r, "Main binary filename not available.");
            }
        }
        return NULL;
    }
    Job *job = g_new0(Job, 1);
    job->mapping = index;
    job->warnings = g_ptr_array_new_with_free_func(g_free);
    job->notes = g_ptr_array_new_with_free_func(g_free);
    cpa_answers_init(&job->answers);
    cpa_vec_reserve(&job->locations, n_locations);
    cpa_vec_reserve(&job->places, n_locations);
    g_ptr_array_add(r->jobs, job);
    return job;
}

/* ---- one job --------------------------------------------------------------------------------- */

static int compare_places(const void *a, const void *b)
{
    const Place *x = a;
    const Place *y = b;
    if (x->address != y->address) {
        return x->address < y->address ? -1 : 1;
    }
    return (x->location > y->location) - (x->location < y->location);
}

typedef struct {
    Run *run;
    CpaAnswers *answers;
} Target;

static void tell_watch(Run *r, size_t n)
{
    size_t done = (size_t)g_atomic_int_add(&r->n_done, (gint)n) + n;
    if (r->ui->watch == NULL || (done & 0xff) != 0) {
        return;
    }
    g_mutex_lock(&r->lock);
    gint64 now = g_get_monotonic_time();
    if (now >= r->watch_us) {
        r->watch_us = now + WATCH_INTERVAL_US;
        r->was_watched = true;
        r->ui->watch(done, r->n_addresses, r->ui->data);
    }
    g_mutex_unlock(&r->lock);
}

static void take_frames(size_t i, const CpaFrame *frames, size_t n, gpointer data)
{
    const Target *t = data;
    tell_watch(t->run, 1);
    cpa_answers_set(t->answers, i, frames, n);
}

G_GNUC_PRINTF(2, 3) static void note(GPtrArray *lines, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_ptr_array_add(lines, g_strdup_vprintf(format, args));
    va_end(args);
}

/* pprof takes the base that the first address gives, for all of the mapping. */
static bool find_base(const Run *r, Job *job, CpaObject *object, const CpaPlace *place)
{
    const CpaProfile *p = r->profile;
    g_autoptr(GError) first = NULL;
    for (size_t i = 0; i < job->locations.len; i++) {
        g_autoptr(GError) error = NULL;
        uint64_t address = p->locations[job->locations.data[i]].address;
        bool is_outside =
            place->start < place->limit && (address < place->start || address >= place->limit);
        if (cpa_object_base(object, place, address, &job->base, &error)) {
            return true;
        }
        if (first == NULL) {
            first = g_steal_pointer(&error);
        }
        if (!is_outside) {
            break;
        }
    }
    if (first != NULL) {
        note(job->warnings, "%s", first->message);
    }
    return false;
}

/* Fills in spots: the addresses of the object that are asked for, ascending, each once. */
static void list_addresses(const Run *r, Job *job)
{
    const CpaProfile *p = r->profile;
    const CpaMapping *m = &p->mappings[job->mapping];
    for (size_t i = 0; i < job->locations.len; i++) {
        uint32_t index = job->locations.data[i];
        uint64_t address = p->locations[index].address;
        if (m->start >= m->limit || (address >= m->start && address < m->limit)) {
            Place place = {address - job->base, index};
            cpa_vec_push(&job->places, place);
        }
    }
    bool is_sorted = true;
    for (size_t i = 1; i < job->places.len && is_sorted; i++) {
        is_sorted = job->places.data[i - 1].address <= job->places.data[i].address;
    }
    if (!is_sorted) {
        qsort(job->places.data, job->places.len, sizeof(Place), compare_places);
    }
    CpaAnswers *a = &job->answers;
    for (size_t i = 0; i < job->places.len; i++) {
        uint64_t address = job->places.data[i].address;
        if (a->addresses.len == 0 || a->addresses.data[a->addresses.len - 1] != address) {
            cpa_vec_push(&a->addresses, address);
        }
    }
    cpa_answers_begin(a);
    cpa_vec_clear(&job->places);
}

static bool run_perfmap(Run *r, Job *job, const char *file, GError **error)
{
    g_autoptr(CpaPerfMap) map = cpa_perfmap_read(file, error);
    if (map == NULL) {
        return false;
    }
    list_addresses(r, job);
    Target target = {r, &job->answers};
    cpa_perfmap_frames(map, job->answers.addresses.data, job->answers.addresses.len, take_frames,
                       &target);
    return true;
}

static void ask_object(Run *r, CpaObject *object, CpaAnswers *answers)
{
    Target target = {r, answers};
    cpa_object_frames(object, answers->addresses.data, answers->addresses.len,
                      r->mode->fast ? CPA_FRAMES_FAST : 0, take_frames, &target);
}

/* Answers what the cache knows. Returns: indices of the others. */
static uint32_t *take_kept(CpaAnswers *all, const CpaAnswers *kept, size_t *n)
{
    uint32_t *missing = g_new(uint32_t, all->addresses.len + 1);
    g_autofree uint32_t *carried = cpa_answers_carried(kept);
    *n = 0;
    for (size_t i = 0; i < all->addresses.len; i++) {
        size_t known = cpa_answers_find(kept, all->addresses.data[i]);
        if (known != SIZE_MAX) {
            cpa_answers_copy(all, i, kept, known, carried);
        } else {
            missing[(*n)++] = (uint32_t)i;
        }
    }
    return missing;
}

/* Asks for all that is missing, in @fresh; keeps it if that took long. */
static void ask_missing(Run *r, CpaObject *object, const char *key, CpaAnswers *fresh,
                        const CpaAnswers *kept)
{
    gint64 start = g_get_monotonic_time();
    ask_object(r, object, fresh);
    bool is_whole = *cpa_object_problems(object) == NULL && cpa_object_changed_file(object) == NULL;
    if (is_whole && g_get_monotonic_time() - start >= CACHE_AFTER_US) {
        CpaAnswers both;
        cpa_answers_init(&both);
        cpa_answers_merge(&both, fresh, kept);
        cpa_symcache_store(r->ui->cache, key,
                           both.addresses.len <= MAX_CACHED_SPOTS ? &both : fresh);
        cpa_answers_clear(&both);
    }
}

/* Fills in what the cache knows; the rest is asked of the object. */
static void ask_cached(Run *r, Job *job, CpaObject *object, const char *key)
{
    CpaAnswers *all = &job->answers;
    CpaAnswers kept;
    CpaAnswers fresh;
    size_t n_missing = 0;
    cpa_answers_init(&kept);
    cpa_answers_init(&fresh);
    bool has_file = cpa_symcache_load(r->ui->cache, key, &kept);
    g_autofree uint32_t *missing = take_kept(all, &kept, &n_missing);
    if (has_file) {
        note(job->notes, "cache: %zu of %zu addresses", all->addresses.len - n_missing,
             all->addresses.len);
    }
    if (n_missing > 0) {
        for (size_t i = 0; i < n_missing; i++) {
            cpa_vec_push(&fresh.addresses, all->addresses.data[missing[i]]);
        }
        cpa_answers_begin(&fresh);
        ask_missing(r, object, key, &fresh, &kept);
        g_autofree uint32_t *carried = cpa_answers_carried(&fresh);
        for (size_t i = 0; i < n_missing; i++) {
            cpa_answers_copy(all, missing[i], &fresh, i, carried);
        }
    }
    cpa_answers_clear(&kept);
    cpa_answers_clear(&fresh);
}

/* Takes over what the object has said so far. */
static void take_words(Job *job, CpaObject *object)
{
    for (const char *const *line = cpa_object_notes(object); *line != NULL; line++) {
        note(job->notes, "%s", *line);
    }
    for (const char *const *line = cpa_object_problems(object); *line != NULL; line++) {
        note(job->warnings, "%s", *line);
    }
}

static bool run_object(Run *r, Job *job, const CpaMapping *m, GError **error)
{
    const CpaProfile *p = r->profile;
    const CpaPlace place = {m->start, m->limit, m->offset, text(p, m->kernel_symbol)};
    const char *wanted = text(p, m->build_id);
    g_autoptr(CpaObject) object =
        cpa_object_open_for(text(p, m->file), wanted, &r->ui->servers, error);
    if (object == NULL || !cpa_object_check_place(object, &place, error)) {
        return false;
    }
    const char *found = cpa_object_build_id(object);
    note(job->notes, "%s: build id %s", text(p, m->file), *found != '\0' ? found : "none");
    if (*wanted != '\0' && *found != '\0' && strcmp(wanted, found) != 0) {
        take_words(job, object);
        return cpa_error_set(error, CPA_ERROR_NO_SYMBOLS, "build ID mismatch");
    }
    if (!find_base(r, job, object, &place)) {
        return true;
    }
    list_addresses(r, job);
    g_autofree char *key = r->ui->cache != NULL && !r->mode->fast ? cpa_object_key(object) : NULL;
    if (key != NULL) {
        ask_cached(r, job, object, key);
    } else {
        ask_object(r, object, &job->answers);
    }
    const char *changed = cpa_object_changed_file(object);
    if (changed != NULL) {
        note(job->warnings, "%s: changed while it was read; names may be wrong", changed);
    }
    take_words(job, object);
    return true;
}

static void run_job(Run *r, Job *job)
{
    const CpaProfile *p = r->profile;
    const CpaMapping *m = &p->mappings[job->mapping];
    const char *file = text(p, m->file);
    g_autoptr(GError) error = NULL;
    bool ok =
        cpa_perfmap_is(file) ? run_perfmap(r, job, file, &error) : run_object(r, job, m, &error);
    if (!ok) {
        g_autofree char *name = mapping_name(p, m);
        note(job->warnings, "Local symbolization failed for %s: %s", name, error->message);
        job->is_missing = !g_error_matches(error, CPA_ERROR, CPA_ERROR_NO_SYMBOLS);
    }
    cpa_answers_seal(&job->answers);
}

static void work(unsigned worker, size_t first, size_t last, gpointer data)
{
    Run *r = data;
    (void)worker;
    (void)first;
    (void)last;
    for (;;) {
        guint i = (guint)g_atomic_int_add(&r->next_job, 1);
        if (i >= r->jobs->len) {
            return;
        }
        run_job(r, r->jobs->pdata[i]);
    }
}

/* ---- all of them ----------------------------------------------------------------------------- */

static void put_results(const Run *r)
{
    g_autofree CpaFindings *all = g_new0(CpaFindings, r->jobs->len);
    for (guint k = 0; k < r->jobs->len; k++) {
        Job *job = r->jobs->pdata[k];
        all[k] = (CpaFindings){
            .mapping = job->mapping,
            .base = job->base,
            .locations = job->locations.data,
            .n_locations = job->locations.len,
            .answers = &job->answers,
        };
    }
    cpa_findings_put(r->profile, all, r->jobs->len);
}

static void tell_results(Run *r)
{
    const CpaProfile *p = r->profile;
    for (guint k = 0; k < r->jobs->len; k++) {
        const Job *job = r->jobs->pdata[k];
        const CpaMapping *m = &p->mappings[job->mapping];
        size_t n_found = 0;
        for (size_t i = 0; i < job->answers.addresses.len; i++) {
            n_found += job->answers.leaf[i] != CPA_NONE;
        }
        explain(r, "mapping %" PRIu64 ": %s, %#" PRIx64 "-%#" PRIx64 ", build id %s", m->id,
                text(p, m->file), m->start, m->limit,
                m->build_id != 0 ? text(p, m->build_id) : "unknown");
        for (guint i = 0; i < job->notes->len; i++) {
            explain(r, "    %s", (const char *)job->notes->pdata[i]);
        }
        for (guint i = 0; i < job->warnings->len; i++) {
            warn(r, job->warnings->pdata[i]);
        }
        explain(r, "    names for %zu of %zu addresses", n_found, job->answers.addresses.len);
        r->is_missing |= job->is_missing;
    }
}

/* Deals locations out to jobs, one per mapping that is worked on. */
static void make_jobs(Run *r)
{
    const CpaProfile *p = r->profile;
    g_autofree uint32_t *n_locations = g_new0(uint32_t, (size_t)p->n_mappings + 1);
    g_autofree uint32_t *n_unnamed = g_new0(uint32_t, (size_t)p->n_mappings + 1);
    g_autofree Job **jobs = g_new0(Job *, (size_t)p->n_mappings + 1);
    for (uint32_t i = 0; i < p->n_locations; i++) {
        uint32_t m = p->locations[i].mapping;
        if (m != CPA_NONE) {
            n_locations[m]++;
            n_unnamed[m] += p->locations[i].n_lines == 0;
        }
    }
    for (uint32_t m = 0; m < p->n_mappings; m++) {
        jobs[m] = n_locations[m] > 0 ? add_job(r, m, n_locations[m], n_unnamed[m]) : NULL;
    }
    for (uint32_t i = 0; i < p->n_locations; i++) {
        uint32_t m = p->locations[i].mapping;
        if (m != CPA_NONE && jobs[m] != NULL) {
            cpa_vec_push(&jobs[m]->locations, i);
            r->n_addresses++;
        }
    }
}

void cpa_symbolize_local(CpaProfile *p, const CpaSymbolMode *mode, const CpaSymbolUi *ui)
{
    Run r = {.profile = p, .mode = mode, .ui = ui};
    r.jobs = g_ptr_array_new_with_free_func(free_job);
    r.watch_us = g_get_monotonic_time() + WATCH_AFTER_US;
    make_jobs(&r);
    if (r.jobs->len > 0) {
        size_t cost = r.n_addresses * COST_PER_ADDRESS + r.jobs->len * COST_PER_JOB;
        g_mutex_init(&r.lock);
        cpa_parallel_run(cpa_parallel_workers(cost, r.jobs->len), r.jobs->len, work, &r);
        g_mutex_clear(&r.lock);
        if (r.was_watched) {
            ui->watch(0, 0, ui->data);
        }
        tell_results(&r);
        cpa_release_freed();
        put_results(&r);
    }
    if (r.is_missing) {
        warn(&r, "Some binary filenames not available. Symbolization may be incomplete.");
        warn(&r, "Try setting PPROF_BINARY_PATH to the search path for local binaries.");
    }
    if (r.jobs->len > 0) {
        g_ptr_array_set_size(r.jobs, 0);
        cpa_release_freed();
    }
    g_ptr_array_unref(r.jobs);
}

/* ---- names ----------------------------------------------------------------------------------- */

void cpa_profile_demangle(CpaProfile *p, bool force, CpaDemangle mode)
{
    for (uint32_t i = 0; i < p->n_functions; i++) {
        CpaFunction *f = &p->functions[i];
        if (force && f->name != 0 && f->system_name != 0) {
            f->name = f->system_name;
        }
        if (mode == CPA_DEMANGLE_NONE || (f->name != 0 && f->name != f->system_name)) {
            continue;
        }
        g_autofree char *name = cpa_demangle(text(p, f->system_name), mode);
        f->name = name != NULL ? cpa_strtab_intern(p->strings, name, strlen(name)) : f->system_name;
    }
}
