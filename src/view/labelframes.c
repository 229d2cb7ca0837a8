/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Label values as frames: -tagroot and -tagleaf.
 *
 *     leaf   [tagleaf keys, last first] [stack] [tagroot keys, last first]   root
 *
 * The frames depend on nothing but the label set, so they are made once per distinct set. A
 * sample without the label gets a frame without a name.
 *
 * Source: pprof tagroot.go addLabelNodes
 */
#include <string.h>

#include "base/units.h"
#include "base/vec.h"
#include "view/edit.h"
#include "view/filter.h"

typedef CPA_VEC(CpaStrId) KeyList; /* UINT32_MAX: no label has this key */

typedef struct {
    CpaView *v;
    const char *unit;
    CPA_VEC(CpaFunction) functions; /* new ones */
    CpaIdMap by_name;               /* name id << 32 | file id -> position in functions */
    uint64_t first_function_id;
    uint64_t first_location_id;
} Maker;

static CpaStrId intern(CpaView *v, const char *text)
{
    return cpa_strtab_intern(v->strings, text, strlen(text));
}

/* The keys of a comma list, last one first: the order of frames from the leaf on. */
static void parse_keys(CpaView *v, const char *list, KeyList *keys)
{
    g_auto(GStrv) parts = g_strsplit(list, ",", -1);
    for (guint i = g_strv_length(parts); i > 0; i--) {
        if (*parts[i - 1] != '\0') {
            cpa_vec_push(keys, intern(v, parts[i - 1]));
        }
    }
}

static CpaStrId join_values(Maker *m, const CpaLabel *labels, size_t n, CpaStrId key, bool *found)
{
    g_autoptr(GString) name = g_string_new(NULL);
    bool first = true;
    for (size_t i = 0; i < n; i++) {
        const CpaLabel *l = &labels[i];
        if (l->key != key) {
            continue;
        }
        if (!first) {
            g_string_append_c(name, ',');
        }
        first = false;
        if (cpa_label_is_string(l)) {
            CpaStrId value = (CpaStrId)l->value;
            g_string_append_len(name, cpa_view_str(m->v, value),
                                (gssize)cpa_strtab_len(m->v->strings, value));
        } else {
            char text[CPA_VALUE_TEXT_MAX];
            bool has_unit = l->unit != CPA_LABEL_NO_UNIT;
            g_string_append(name, cpa_unit_format(text, l->value,
                                                  has_unit ? cpa_view_str(m->v, l->unit) : "",
                                                  has_unit ? m->unit : ""));
        }
    }
    *found = *found || !first;
    return cpa_strtab_intern(m->v->strings, name->str, name->len);
}

/* Appends the frames of a label set; new locations follow those of the view. */
static void add_frames(Maker *m, const KeyList *keys, const CpaLabel *labels, size_t n,
                       uint32_t *frames, bool *found)
{
    for (size_t k = 0; k < keys->len; k++) {
        CpaFunction f = {.name = join_values(m, labels, n, keys->data[k], found),
                         .file = keys->data[k]};
        uint32_t at = cpa_idmap_insert(&m->by_name, (uint64_t)f.name << 32 | f.file,
                                       (uint32_t)m->functions.len);
        if (at == m->functions.len) {
            f.id = m->first_function_id + at;
            cpa_vec_push(&m->functions, f);
        }
        frames[k] = m->v->n_locations + at;
    }
}

/* Every new function gets one location with one line. */
static void append_tables(Maker *m)
{
    CpaView *v = m->v;
    size_t n = m->functions.len;
    v->functions = g_renew(CpaFunction, v->functions, v->n_functions + n);
    v->locations = g_renew(CpaLocation, v->locations, v->n_locations + n);
    CpaLine *lines = g_renew(CpaLine, cpa_view_own_lines(v), v->n_lines + n);
    for (size_t i = 0; i < n; i++) {
        v->functions[v->n_functions + i] = m->functions.data[i];
        lines[v->n_lines + i] = (CpaLine){.function = v->n_functions + (uint32_t)i};
        v->locations[v->n_locations + i] = (CpaLocation){
            .id = m->first_location_id + i,
            .mapping = CPA_NONE,
            .line_first = v->n_lines + (uint32_t)i,
            .n_lines = 1,
        };
    }
    v->n_functions += (uint32_t)n;
    v->n_locations += (uint32_t)n;
    v->own_lines = NULL;
    cpa_view_take_lines(v, lines, v->n_lines + n);
}

static void warn_unless(bool ok, const char *option, CpaWarn warn, gpointer warn_data)
{
    if (!ok && warn != NULL) {
        g_autofree char *message = g_strdup_printf("%s expression matched no samples", option);
        warn(message, warn_data);
    }
}

void cpa_view_add_label_frames(CpaView *v, const CpaOptions *options, CpaWarn warn,
                               gpointer warn_data)
{
    KeyList roots = {0};
    KeyList leaves = {0};
    parse_keys(v, options->tagroot, &roots);
    parse_keys(v, options->tagleaf, &leaves);
    bool root_found = false;
    bool leaf_found = false;
    size_t n_extra = roots.len + leaves.len;
    if (n_extra > 0) {
        Maker m = {.v = v, .unit = options->unit, .first_function_id = 1, .first_location_id = 1};
        for (uint32_t i = 0; i < v->n_functions; i++) {
            m.first_function_id = MAX(m.first_function_id, v->functions[i].id + 1);
        }
        for (uint32_t i = 0; i < v->n_locations; i++) {
            m.first_location_id = MAX(m.first_location_id, v->locations[i].id + 1);
        }
        cpa_view_own_samples(v);
        uint32_t n_sets = cpa_label_table_count(v->labels);
        g_autofree uint8_t *made = g_new0(uint8_t, n_sets);
        g_autofree uint32_t *extra = g_new(uint32_t, n_sets * n_extra); /* roots, then leaves */
        uint64_t n_frames = 0;
        for (size_t s = 0; s < v->n_samples; s++) {
            n_frames += v->end[s] - v->begin[s] + n_extra;
        }
        uint32_t *frames = g_new(uint32_t, n_frames + 1);
        uint64_t at = 0;
        for (size_t s = 0; s < v->n_samples; s++) {
            uint32_t set = v->label_sets[s];
            uint32_t *mine = extra + set * n_extra;
            if (!made[set]) {
                made[set] = 1;
                size_t n = 0;
                const CpaLabel *labels = cpa_label_table_get(v->labels, set, &n);
                add_frames(&m, &roots, labels, n, mine, &root_found);
                add_frames(&m, &leaves, labels, n, mine + roots.len, &leaf_found);
            }
            uint64_t first = at;
            uint64_t n = v->end[s] - v->begin[s];
            memcpy(frames + at, mine + roots.len, leaves.len * sizeof *frames);
            at += leaves.len;
            if (n > 0) {
                memcpy(frames + at, v->frames + v->begin[s], n * sizeof *frames);
            }
            at += n;
            memcpy(frames + at, mine, roots.len * sizeof *frames);
            at += roots.len;
            v->own_begin[s] = first;
            v->own_end[s] = at;
        }
        cpa_view_take_frames(v, frames);
        append_tables(&m);
        cpa_vec_clear(&m.functions);
        cpa_idmap_clear(&m.by_name);
    }
    cpa_vec_clear(&roots);
    cpa_vec_clear(&leaves);
    warn_unless(*options->tagroot == '\0' || root_found, "TagRoot", warn, warn_data);
    warn_unless(*options->tagleaf == '\0' || leaf_found, "TagLeaf", warn, warn_data);
}
