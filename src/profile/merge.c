/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Merging by tables of sequences, one per kind of element:
 *
 *     mapping   size rounded up to pages, offset, build id else file
 *     function  name, system name, file, start line
 *     location  address - mapping start, mapping, folded, functions and lines, last column
 *     sample    locations leaf first, then the label set
 *
 * An element's index in the merged profile is the id of its sequence, so that everything is
 * numbered in order of first use by a sample.
 *
 * Source: pprof profile/merge.go. Like there, of the columns of inlined lines only that of the
 * last line tells locations apart.
 */
#include "profile/merge.h"

#include <string.h>

#include "base/seqtab.h"
#include "base/vec.h"
#include "profile/adjust.h"
#include "profile/builder.h"

#define PAGE_SIZE ((uint64_t)0x1000)

/*
 * Profiles are held unfolded up to about this many bytes, to see whether all are alike. Little:
 * what is unlike is combined with the sum of those before it as well, only rounded later.
 */
#define MAX_HELD_COST ((uint64_t)1024 * 1024)
#define STRING_COST   64 /* with its entry and slot */

struct CpaMerger {
    GPtrArray *held; /* of CpaProfile*: read, and not folded yet */
    uint64_t held_cost;
    bool unlike;   /* types or units differ: all are held until the end */
    CpaBuilder *b; /* once something was folded */
    CpaSeqtab *mappings;
    CpaSeqtab *functions;
    CpaSeqtab *locations;
    CpaSeqtab *samples;
    CPA_VEC(int64_t) values;     /* [n_samples * n_types] */
    CPA_VEC(int64_t) normalized; /* the same, where the first profile has such values */
    CpaIdMap comments;           /* set of those added */
    CPA_VEC(uint32_t) words;     /* key under construction */
    uint32_t n_profiles;
    bool normalizes; /* normalized is in use */
    GString *shape;  /* sample and period types of what was added, or NULL */
};

/* What the elements of the profile being added have become. */
typedef struct {
    CpaMerger *m;
    const CpaProfile *p;
    CpaStrId *strings;  /* [n_strings] + 1, 0 = not yet */
    uint32_t *mappings; /* index or CPA_NONE = not yet, as the next two */
    uint32_t *functions;
    uint32_t *locations;
    uint32_t *label_sets;
} Fold;

CpaMerger *cpa_merger_new(void)
{
    return g_new0(CpaMerger, 1);
}

static void clear(CpaMerger *m)
{
    g_clear_pointer(&m->b, cpa_builder_free);
    g_clear_pointer(&m->mappings, cpa_seqtab_free);
    g_clear_pointer(&m->functions, cpa_seqtab_free);
    g_clear_pointer(&m->locations, cpa_seqtab_free);
    g_clear_pointer(&m->samples, cpa_seqtab_free);
    cpa_vec_clear(&m->values);
    cpa_vec_clear(&m->normalized);
    cpa_idmap_clear(&m->comments);
    cpa_vec_clear(&m->words);
    m->n_profiles = 0;
}

void cpa_merger_free(CpaMerger *m)
{
    if (m != NULL) {
        clear(m);
        if (m->held != NULL) {
            g_ptr_array_unref(m->held);
            g_string_free(m->shape, TRUE);
        }
        g_free(m);
    }
}

static void put32(CpaMerger *m, uint32_t word)
{
    cpa_vec_push(&m->words, word);
}

static void put64(CpaMerger *m, uint64_t value)
{
    put32(m, (uint32_t)value);
    put32(m, (uint32_t)(value >> 32));
}

static uint32_t intern_words(CpaMerger *m, CpaSeqtab *tab)
{
    return cpa_seqtab_intern(tab, m->words.data, m->words.len);
}

static CpaStrId fold_string(Fold *f, CpaStrId id)
{
    if (id == 0) {
        return 0;
    }
    if (f->strings[id] == 0) {
        f->strings[id] = cpa_builder_intern(f->m->b, cpa_strtab_get(f->p->strings, id),
                                            (gssize)cpa_strtab_len(f->p->strings, id));
    }
    return f->strings[id];
}

static uint32_t fold_mapping(Fold *f, uint32_t index)
{
    if (index == CPA_NONE || f->mappings[index] != CPA_NONE) {
        return index == CPA_NONE ? CPA_NONE : f->mappings[index];
    }
    CpaMerger *m = f->m;
    CpaMapping mapping = f->p->mappings[index];
    mapping.id = 0;
    mapping.file = fold_string(f, mapping.file);
    mapping.build_id = fold_string(f, mapping.build_id);
    mapping.kernel_symbol = fold_string(f, mapping.kernel_symbol);
    uint64_t size = mapping.limit - mapping.start + PAGE_SIZE - 1;
    m->words.len = 0;
    put64(m, size - size % PAGE_SIZE);
    put64(m, mapping.offset);
    put32(m, mapping.build_id != 0 ? mapping.build_id : mapping.file);
    uint32_t known = cpa_seqtab_count(m->mappings);
    uint32_t id = intern_words(m, m->mappings);
    if (id == known) {
        cpa_builder_add_mapping(m->b, &mapping);
    }
    f->mappings[index] = id;
    return id;
}

static uint32_t fold_function(Fold *f, uint32_t index)
{
    if (f->functions[index] != CPA_NONE) {
        return f->functions[index];
    }
    CpaMerger *m = f->m;
    CpaFunction function = f->p->functions[index];
    function.id = 0;
    function.name = fold_string(f, function.name);
    function.system_name = fold_string(f, function.system_name);
    function.file = fold_string(f, function.file);
    m->words.len = 0;
    put32(m, function.name);
    put32(m, function.system_name);
    put32(m, function.file);
    put64(m, (uint64_t)function.start_line);
    uint32_t known = cpa_seqtab_count(m->functions);
    uint32_t id = intern_words(m, m->functions);
    if (id == known) {
        cpa_builder_add_function(m->b, &function);
    }
    f->functions[index] = id;
    return id;
}

static uint32_t fold_location(Fold *f, uint32_t index)
{
    if (f->locations[index] != CPA_NONE) {
        return f->locations[index];
    }
    CpaMerger *m = f->m;
    CpaLocation location = f->p->locations[index];
    const CpaLine *lines = f->p->lines + location.line_first;
    uint64_t relative = location.address;
    location.id = 0;
    if (location.mapping != CPA_NONE) {
        /* Addresses count from the mapping's start: programs move between runs. */
        relative -= f->p->mappings[location.mapping].start;
        location.mapping = fold_mapping(f, location.mapping);
        uint32_t n = 0;
        location.address = relative + cpa_builder_mappings(m->b, &n)[location.mapping].start;
    }
    g_autofree CpaLine *folded = g_new(CpaLine, location.n_lines + 1);
    for (uint32_t i = 0; i < location.n_lines; i++) {
        folded[i] = lines[i];
        folded[i].function = fold_function(f, lines[i].function);
    }
    m->words.len = 0;
    put64(m, relative);
    put32(m, location.mapping);
    put32(m, location.is_folded);
    for (uint32_t i = 0; i < location.n_lines; i++) {
        put32(m, folded[i].function);
        put64(m, (uint64_t)folded[i].line);
    }
    if (location.n_lines > 0) {
        put64(m, (uint64_t)folded[location.n_lines - 1].column);
    }
    uint32_t known = cpa_seqtab_count(m->locations);
    uint32_t id = intern_words(m, m->locations);
    if (id == known) {
        cpa_builder_add_location(m->b, &location, folded, location.n_lines);
    }
    f->locations[index] = id;
    return id;
}

static uint32_t fold_label_set(Fold *f, uint32_t set)
{
    if (f->label_sets[set] != CPA_NONE) {
        return f->label_sets[set];
    }
    size_t n = 0;
    const CpaLabel *labels = cpa_label_table_get(f->p->labels, set, &n);
    g_autofree CpaLabel *folded = g_new(CpaLabel, n + 1);
    for (size_t i = 0; i < n; i++) {
        folded[i] = labels[i];
        folded[i].key = fold_string(f, labels[i].key);
        if (cpa_label_is_string(&labels[i])) {
            folded[i].value = fold_string(f, (CpaStrId)labels[i].value);
        } else if (labels[i].unit != CPA_LABEL_NO_UNIT) {
            folded[i].unit = fold_string(f, labels[i].unit);
        }
    }
    f->label_sets[set] = cpa_label_table_intern(cpa_builder_labels(f->m->b), folded, n);
    return f->label_sets[set];
}

static bool is_zero(const int64_t *values, uint32_t n)
{
    for (uint32_t t = 0; t < n; t++) {
        if (values[t] != 0) {
            return false;
        }
    }
    return true;
}

static void add_values(int64_t *sums, const int64_t *values, uint32_t n)
{
    for (uint32_t t = 0; t < n; t++) {
        sums[t] = (int64_t)((uint64_t)sums[t] + (uint64_t)values[t]); /* wraps like upstream */
    }
}

static void fold_sample(Fold *f, size_t i)
{
    CpaMerger *m = f->m;
    const CpaProfile *p = f->p;
    uint32_t n_types = p->header.n_types;
    const int64_t *values = p->values + i * n_types;
    const int64_t *normalized = p->normalized != NULL ? p->normalized + i * n_types : values;
    /* Locations first: they use the same scratch space for their keys. */
    for (uint64_t k = p->frame_first[i]; k < p->frame_first[i + 1]; k++) {
        fold_location(f, p->frames[k]);
    }
    uint32_t set = fold_label_set(f, p->label_sets[i]);
    m->words.len = 0;
    for (uint64_t k = p->frame_first[i]; k < p->frame_first[i + 1]; k++) {
        put32(m, f->locations[p->frames[k]]);
    }
    put32(m, set);
    uint32_t known = cpa_seqtab_count(m->samples);
    uint32_t id = intern_words(m, m->samples);
    if (id == known) {
        for (uint32_t t = 0; t < n_types; t++) {
            cpa_vec_push(&m->values, values[t]);
        }
        for (uint32_t t = 0; t < n_types && m->normalizes; t++) {
            cpa_vec_push(&m->normalized, normalized[t]);
        }
        return;
    }
    add_values(m->values.data + (size_t)id * n_types, values, n_types);
    if (m->normalizes) {
        add_values(m->normalized.data + (size_t)id * n_types, normalized, n_types);
    }
}

static void fold_comments(Fold *f)
{
    CpaMerger *m = f->m;
    for (uint32_t i = 0; i < f->p->header.n_comments; i++) {
        CpaStrId comment = fold_string(f, f->p->header.comments[i]);
        if (cpa_idmap_get(&m->comments, comment) == CPA_NONE) {
            cpa_idmap_insert(&m->comments, comment, 0);
            cpa_builder_add_comment(m->b, comment);
        }
    }
}

static void fold_header(Fold *f)
{
    CpaMerger *m = f->m;
    const CpaHeader *from = &f->p->header;
    CpaHeader *to = cpa_builder_header(m->b);
    if (m->n_profiles == 0) {
        for (uint32_t t = 0; t < from->n_types; t++) {
            cpa_builder_add_sample_type(m->b, fold_string(f, from->sample_types[t].type),
                                        fold_string(f, from->sample_types[t].unit));
        }
        to->drop_frames = fold_string(f, from->drop_frames);
        to->keep_frames = fold_string(f, from->keep_frames);
        to->has_period_type = from->has_period_type;
        to->period_type.type = fold_string(f, from->period_type.type);
        to->period_type.unit = fold_string(f, from->period_type.unit);
    }
    /* Meant as the earliest time; a profile without one resets it, as upstream does. */
    if (to->time_ns == 0 || from->time_ns < to->time_ns) {
        to->time_ns = from->time_ns;
    }
    to->duration_ns = (int64_t)((uint64_t)to->duration_ns + (uint64_t)from->duration_ns);
    if (to->period == 0 || to->period < from->period) {
        to->period = from->period;
    }
    if (to->default_sample_type == 0) {
        to->default_sample_type = fold_string(f, from->default_sample_type);
    }
    if (to->doc_url == 0) {
        to->doc_url = fold_string(f, from->doc_url);
    }
    fold_comments(f);
}

static uint32_t *new_index(size_t n)
{
    uint32_t *index = g_new(uint32_t, n + 1);
    memset(index, 0xff, (n + 1) * sizeof *index);
    return index;
}

static void fold_profile(CpaMerger *m, const CpaProfile *p)
{
    if (m->b == NULL) {
        m->b = cpa_builder_new();
        m->mappings = cpa_seqtab_new();
        m->functions = cpa_seqtab_new();
        m->locations = cpa_seqtab_new();
        m->samples = cpa_seqtab_new();
        m->normalizes = p->normalized != NULL;
    }
    Fold f = {
        .m = m,
        .p = p,
        .strings = g_new0(CpaStrId, (size_t)cpa_strtab_count(p->strings) + 1),
        .mappings = new_index(p->n_mappings),
        .functions = new_index(p->n_functions),
        .locations = new_index(p->n_locations),
        .label_sets = new_index(cpa_label_table_count(p->labels)),
    };
    fold_header(&f);
    if (cpa_seqtab_count(m->mappings) == 0 && p->n_mappings > 0) {
        fold_mapping(&f, 0); /* the first mapping is the main binary and stays first */
    }
    for (size_t i = 0; i < p->n_samples; i++) {
        if (!is_zero(p->values + i * p->header.n_types, p->header.n_types)) {
            fold_sample(&f, i);
        }
    }
    m->n_profiles++;
    g_free(f.strings);
    g_free(f.mappings);
    g_free(f.functions);
    g_free(f.locations);
    g_free(f.label_sets);
}

/* Freezes what was folded so far; the merger is empty afterwards. */
static CpaProfile *freeze(CpaMerger *m, GError **error)
{
    CpaSampleColumns *s = cpa_builder_samples(m->b);
    uint32_t *words = NULL;
    uint64_t *first = NULL;
    size_t n = cpa_seqtab_count(m->samples);
    cpa_seqtab_steal(m->samples, &words, &first);
    /* A sample's words are its frames and, last, its label set: pulled apart in place. */
    cpa_vec_reserve(&s->label_sets, n);
    uint64_t n_frames = 0;
    uint64_t from = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t end = first[i + 1];
        cpa_vec_push(&s->label_sets, words[end - 1]);
        memmove(words + n_frames, words + from, (end - 1 - from) * sizeof *words);
        n_frames += end - 1 - from;
        from = end;
        first[i + 1] = n_frames;
    }
    cpa_vec_clear(&s->frames);
    s->frames.data = words;
    s->frames.len = n_frames;
    s->frames.cap = n_frames;
    cpa_vec_clear(&s->frame_first);
    s->frame_first.data = first;
    s->frame_first.len = n + 1;
    s->frame_first.cap = n + 1;
    cpa_vec_clear(&s->values);
    s->values.data = m->values.data;
    s->values.len = m->values.len;
    s->values.cap = m->values.cap;
    m->values.data = NULL;
    CpaProfile *p = cpa_builder_finish(m->b, error);
    if (p != NULL && m->normalizes) {
        p->normalized = m->normalized.data;
        m->normalized.data = NULL;
    }
    clear(m);
    return p;
}

static void put_string(GString *out, const CpaProfile *p, CpaStrId id)
{
    size_t len = cpa_strtab_len(p->strings, id);
    g_string_append_printf(out, "%zu:", len);
    g_string_append_len(out, cpa_strtab_get(p->strings, id), (gssize)len);
}

/*
 * Sample and period types as bytes that are equal for profiles that need no adjustment. Lengths
 * keep two short names apart from a long one: profiles of one shape have as many values.
 */
static GString *shape_of(const CpaProfile *p)
{
    GString *out = g_string_new(NULL);
    for (uint32_t t = 0; t <= p->header.n_types; t++) {
        CpaValueType type =
            t < p->header.n_types ? p->header.sample_types[t] : p->header.period_type;
        put_string(out, p, type.type);
        put_string(out, p, type.unit);
    }
    return out;
}

static uint64_t cost_of(const CpaProfile *p)
{
    uint64_t per_sample =
        sizeof *p->frame_first + sizeof *p->label_sets + p->header.n_types * sizeof *p->values;
    return p->frame_first[p->n_samples] * sizeof *p->frames + p->n_samples * per_sample +
           p->n_locations * sizeof *p->locations + p->n_lines * sizeof *p->lines +
           p->n_functions * sizeof *p->functions +
           (uint64_t)cpa_strtab_count(p->strings) * STRING_COST;
}

/* Folds what is held; profiles go as soon as they are folded. */
static void fold_held(CpaMerger *m)
{
    for (guint i = 0; i < m->held->len; i++) {
        fold_profile(m, m->held->pdata[i]);
        cpa_profile_unref(m->held->pdata[i]);
        m->held->pdata[i] = NULL;
    }
    g_ptr_array_set_size(m->held, 0);
    m->held_cost = 0;
}

bool cpa_merger_add(CpaMerger *m, CpaProfile **profile, GError **error)
{
    g_autoptr(CpaProfile) p = g_steal_pointer(profile);
    g_autoptr(GString) shape = shape_of(p);
    if (m->held == NULL) {
        m->held = g_ptr_array_new_with_free_func((GDestroyNotify)cpa_profile_unref);
        m->shape = g_steal_pointer(&shape);
    } else if (!g_string_equal(shape, m->shape)) {
        m->unlike = true;
    }
    if (m->unlike && m->b != NULL) {
        CpaProfile *before = freeze(m, error);
        if (before == NULL) {
            return false;
        }
        g_ptr_array_add(m->held, before);
    }
    m->held_cost += cost_of(p);
    g_ptr_array_add(m->held, g_steal_pointer(&p));
    bool many = m->held->len > 1 && m->held_cost > MAX_HELD_COST;
    if (!m->unlike && (m->b != NULL || many)) {
        fold_held(m);
    }
    return true;
}

CpaProfile *cpa_merger_finish(CpaMerger *m, GError **error)
{
    if (m->b == NULL && m->held->len == 1) {
        CpaProfile *only = g_steal_pointer(&m->held->pdata[0]);
        g_ptr_array_set_size(m->held, 0);
        return only;
    }
    if (m->unlike &&
        !cpa_profile_compatibilize((CpaProfile *const *)m->held->pdata, m->held->len, error)) {
        return NULL;
    }
    fold_held(m);
    g_assert(m->b != NULL);
    g_autoptr(CpaProfile) merged = freeze(m, error);
    if (merged == NULL) {
        return NULL;
    }
    bool has_zero = false;
    for (size_t i = 0; i < merged->n_samples && !has_zero; i++) {
        has_zero = is_zero(merged->values + i * merged->header.n_types, merged->header.n_types);
    }
    if (!has_zero) {
        return g_steal_pointer(&merged);
    }
    /* Samples that cancelled out go, and with them what only they used. */
    fold_profile(m, merged);
    return freeze(m, error);
}
