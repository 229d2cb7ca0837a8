/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The filters by name, and the order of all filters.
 *
 * Per location a byte says focused or ignored and whether it is hidden; then samples are tested
 * against these bytes.
 *
 * Source: pprof driver_focus.go applyFocus, profile/filter.go
 */
#include "view/filter.h"

#include <string.h>

#include "base/vec.h"
#include "view/edit.h"

enum {
    FOCUSED = 1 << 0,
    IGNORED = 1 << 1,
    HIDDEN = 1 << 2,
};

typedef struct {
    CpaMatcher focus;
    CpaMatcher ignore;
    CpaMatcher hide;
    CpaMatcher show;
    CpaMatcher show_from;
    CpaMatcher prune_from;
    CpaMatcher tagshow;
    CpaMatcher taghide;
    CpaTagFilter *tagfocus;
    CpaTagFilter *tagignore;
} Filters;

/* Whether some filter matched anything; what was not given counts as a match. */
typedef struct {
    CpaWarn warn;
    gpointer data;
} Warner;

static void warn_unless(const Warner *w, bool matched, const char *option)
{
    if (!matched && w->warn != NULL) {
        g_autofree char *message = g_strdup_printf("%s expression matched no samples", option);
        w->warn(message, w->data);
    }
}

static bool matches_location(CpaView *v, CpaMatcher *m, const CpaLocation *l)
{
    for (uint32_t i = 0; i < l->n_lines; i++) {
        if (cpa_matcher_test_line(m, &v->lines[l->line_first + i])) {
            return true;
        }
    }
    return cpa_matcher_test_mapping(m, l);
}

/* Keeps the lines that match, or those that do not; a match of the binary decides for all. */
static void keep_lines(CpaMatcher *m, CpaLine *lines, CpaLocation *l, bool keep_matching)
{
    if (cpa_matcher_test_mapping(m, l)) {
        l->n_lines = keep_matching ? l->n_lines : 0;
        return;
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < l->n_lines; i++) {
        if (cpa_matcher_test_line(m, &lines[i]) == keep_matching) {
            lines[kept++] = lines[i];
        }
    }
    l->n_lines = kept;
}

static bool passes(const CpaView *v, const uint8_t *state, size_t s)
{
    bool focused = false;
    for (uint64_t i = v->begin[s]; i < v->end[s]; i++) {
        uint8_t bits = state[v->frames[i]];
        if (bits & IGNORED) {
            return false;
        }
        focused = focused || (bits & FOCUSED) != 0;
    }
    return focused;
}

/* Drops samples that are not focused or are ignored, and hidden frames of the others. */
static void filter_samples(CpaView *v, const uint8_t *state, bool any_hidden)
{
    cpa_view_own_samples(v);
    CPA_VEC(uint32_t) frames = {0};
    size_t kept = 0;
    for (size_t s = 0; s < v->n_samples; s++) {
        if (!passes(v, state, s)) {
            continue;
        }
        if (any_hidden) {
            size_t first = frames.len;
            for (uint64_t i = v->begin[s]; i < v->end[s]; i++) {
                if (!(state[v->frames[i]] & HIDDEN)) {
                    cpa_vec_push(&frames, v->frames[i]);
                }
            }
            if (frames.len == first) {
                continue;
            }
            v->own_begin[s] = first;
            v->own_end[s] = frames.len;
        }
        cpa_view_move_sample(v, s, kept++);
    }
    v->n_samples = kept;
    if (any_hidden) {
        cpa_view_take_frames(v, cpa_vec_steal(&frames));
    }
}

/* Lines that hide and show leave: locations of one mapping that shared theirs still do. */
typedef struct {
    CPA_VEC(CpaLine) lines;
    struct {
        uint32_t n_before;
        uint32_t mapping; /* whose name may match, too */
        uint32_t first;
        uint32_t n;
    } * known; /* by the first line before */
} Left;

static void hide_lines(CpaView *v, Filters *f, Left *left, CpaLocation *l, bool hide)
{
    uint32_t first = l->line_first;
    if (l->n_lines == 0) {
        return;
    }
    if (left->known[first].n_before != l->n_lines || left->known[first].mapping != l->mapping) {
        size_t at = left->lines.len;
        left->known[first].n_before = l->n_lines;
        left->known[first].mapping = l->mapping;
        left->known[first].first = (uint32_t)at;
        cpa_vec_reserve(&left->lines, l->n_lines);
        CpaLine *lines = left->lines.data + at;
        memcpy(lines, v->lines + first, l->n_lines * sizeof *lines);
        if (hide) {
            keep_lines(&f->hide, lines, l, false);
        }
        if (f->show.regexp != NULL) {
            keep_lines(&f->show, lines, l, true);
        }
        left->lines.len += l->n_lines;
        left->known[first].n = l->n_lines;
    }
    l->line_first = left->known[first].first;
    l->n_lines = left->known[first].n;
}

static void filter_by_name(CpaView *v, Filters *f, const Warner *w)
{
    bool focus_matched = f->focus.regexp == NULL;
    bool ignore_matched = f->ignore.regexp == NULL;
    bool hide_matched = f->hide.regexp == NULL;
    bool show_matched = f->show.regexp == NULL;
    if (focus_matched && ignore_matched && hide_matched && show_matched) {
        return;
    }
    g_autofree uint8_t *state = g_new0(uint8_t, (size_t)v->n_locations + 1);
    bool any_hidden = false;
    bool edits = f->hide.regexp != NULL || f->show.regexp != NULL;
    Left left = {0};
    left.known = edits ? g_malloc0_n((size_t)v->n_lines + 1, sizeof *left.known) : NULL;
    for (uint32_t k = 0; k < v->n_locations; k++) {
        CpaLocation *l = &v->locations[k];
        if (f->ignore.regexp != NULL && matches_location(v, &f->ignore, l)) {
            ignore_matched = true;
            state[k] |= IGNORED;
        } else if (f->focus.regexp == NULL || matches_location(v, &f->focus, l)) {
            focus_matched = true;
            state[k] |= FOCUSED;
        }
        bool hide = f->hide.regexp != NULL && matches_location(v, &f->hide, l);
        if (edits) {
            hide_lines(v, f, &left, l, hide);
        }
        bool hidden = (hide || f->show.regexp != NULL) && l->n_lines == 0;
        hide_matched = hide_matched || hide;
        show_matched = show_matched || l->n_lines > 0;
        state[k] |= hidden ? HIDDEN : 0;
        any_hidden = any_hidden || hidden;
    }
    if (edits) {
        size_t n = left.lines.len;
        cpa_view_take_lines(v, cpa_vec_steal(&left.lines), n);
        g_free(left.known);
    }
    filter_samples(v, state, any_hidden);
    warn_unless(w, focus_matched, "Focus");
    warn_unless(w, ignore_matched, "Ignore");
    warn_unless(w, hide_matched, "Hide");
    warn_unless(w, show_matched, "Show");
}

/* Cuts what lies above the outermost match; samples without one go. */
static void apply_show_from(CpaView *v, CpaMatcher *m, const Warner *w)
{
    if (m->regexp == NULL) {
        return;
    }
    g_autofree uint8_t *matched = g_new0(uint8_t, (size_t)v->n_locations + 1);
    bool any = false;
    for (uint32_t k = 0; k < v->n_locations; k++) {
        CpaLocation *l = &v->locations[k];
        if (cpa_matcher_test_mapping(m, l)) {
            matched[k] = 1;
        }
        for (uint32_t i = l->n_lines; i > 0 && !matched[k]; i--) {
            if (cpa_matcher_test_line(m, &v->lines[l->line_first + i - 1])) {
                l->n_lines = i;
                matched[k] = 1;
            }
        }
        any = any || matched[k];
    }
    cpa_view_own_samples(v);
    size_t kept = 0;
    for (size_t s = 0; s < v->n_samples; s++) {
        uint64_t i = v->own_end[s];
        while (i > v->own_begin[s] && !matched[v->frames[i - 1]]) {
            i--;
        }
        if (i > v->own_begin[s]) {
            v->own_end[s] = i;
            cpa_view_move_sample(v, s, kept++);
        }
    }
    v->n_samples = kept;
    warn_unless(w, any, "ShowFrom");
}

static void filter_by_tag(CpaView *v, Filters *f, const Warner *w)
{
    if (f->tagfocus == NULL && f->tagignore == NULL) {
        return;
    }
    cpa_view_own_samples(v);
    bool any_focused = f->tagfocus == NULL;
    bool any_ignored = f->tagignore == NULL;
    size_t kept = 0;
    for (size_t s = 0; s < v->n_samples; s++) {
        bool focused = f->tagfocus == NULL || cpa_tag_filter_test(f->tagfocus, v->label_sets[s]);
        bool ignored = f->tagignore != NULL && cpa_tag_filter_test(f->tagignore, v->label_sets[s]);
        any_focused = any_focused || focused;
        any_ignored = any_ignored || ignored;
        if (focused && !ignored) {
            cpa_view_move_sample(v, s, kept++);
        }
    }
    v->n_samples = kept;
    warn_unless(w, any_focused, "TagFocus");
    warn_unless(w, any_ignored, "TagIgnore");
}

/* Drops labels by their key: one new set per set in use. */
static void filter_labels(CpaView *v, Filters *f, const Warner *w)
{
    if (f->tagshow.regexp == NULL && f->taghide.regexp == NULL) {
        return;
    }
    cpa_view_own_samples(v);
    CpaLabelTable *table = cpa_label_table_new(v->strings);
    uint32_t n_sets = cpa_label_table_count(v->labels);
    g_autofree uint32_t *renamed = g_new(uint32_t, n_sets);
    memset(renamed, 0xff, n_sets * sizeof *renamed);
    CPA_VEC(CpaLabel) labels = {0};
    bool any_shown = f->tagshow.regexp == NULL;
    bool any_hidden = f->taghide.regexp == NULL;
    for (size_t s = 0; s < v->n_samples; s++) {
        uint32_t set = v->label_sets[s];
        if (renamed[set] == CPA_NONE) {
            size_t n = 0;
            const CpaLabel *old = cpa_label_table_get(v->labels, set, &n);
            labels.len = 0;
            for (size_t i = 0; i < n; i++) {
                bool shown = f->tagshow.regexp == NULL || cpa_matcher_test(&f->tagshow, old[i].key);
                bool hidden =
                    f->taghide.regexp != NULL && cpa_matcher_test(&f->taghide, old[i].key);
                any_shown = any_shown || shown;
                any_hidden = any_hidden || hidden;
                if (shown && !hidden) {
                    cpa_vec_push(&labels, old[i]);
                }
            }
            renamed[set] = cpa_label_table_intern(table, labels.data, labels.len);
        }
        v->own_label_sets[s] = renamed[set];
    }
    cpa_vec_clear(&labels);
    cpa_label_table_seal(table);
    cpa_label_table_free(v->own_labels);
    v->own_labels = table;
    v->labels = table;
    warn_unless(w, any_shown, "TagShow");
    warn_unless(w, any_hidden, "TagHide");
}

static bool compile_filters(Filters *f, const CpaView *v, const CpaOptions *o,
                            const CpaLabelUnits *units, const Warner *w, GError **error)
{
    if (!cpa_matcher_init(&f->focus, v, "focus", o->focus, error) ||
        !cpa_matcher_init(&f->ignore, v, "ignore", o->ignore, error) ||
        !cpa_matcher_init(&f->hide, v, "hide", o->hide, error) ||
        !cpa_matcher_init(&f->show, v, "show", o->show, error) ||
        !cpa_matcher_init(&f->show_from, v, "show_from", o->show_from, error)) {
        return false;
    }
    if (*o->tagfocus != '\0') {
        f->tagfocus =
            cpa_tag_filter_new(v, units, "tagfocus", o->tagfocus, w->warn, w->data, error);
        if (f->tagfocus == NULL) {
            return false;
        }
    }
    if (*o->tagignore != '\0') {
        f->tagignore =
            cpa_tag_filter_new(v, units, "tagignore", o->tagignore, w->warn, w->data, error);
        if (f->tagignore == NULL) {
            return false;
        }
    }
    return cpa_matcher_init(&f->prune_from, v, "prune_from", o->prune_from, error) &&
           cpa_matcher_init(&f->tagshow, v, "tagshow", o->tagshow, error) &&
           cpa_matcher_init(&f->taghide, v, "taghide", o->taghide, error);
}

static bool check_filters(const Filters *f, GError **error)
{
    return cpa_matcher_check(&f->focus, "focus", error) &&
           cpa_matcher_check(&f->ignore, "ignore", error) &&
           cpa_matcher_check(&f->hide, "hide", error) &&
           cpa_matcher_check(&f->show, "show", error) &&
           cpa_matcher_check(&f->show_from, "show_from", error) &&
           (f->tagfocus == NULL || cpa_tag_filter_check(f->tagfocus, error)) &&
           (f->tagignore == NULL || cpa_tag_filter_check(f->tagignore, error)) &&
           cpa_matcher_check(&f->tagshow, "tagshow", error) &&
           cpa_matcher_check(&f->taghide, "taghide", error) &&
           cpa_matcher_check(&f->prune_from, "prune_from", error);
}

static void clear_filters(Filters *f)
{
    cpa_matcher_clear(&f->focus);
    cpa_matcher_clear(&f->ignore);
    cpa_matcher_clear(&f->hide);
    cpa_matcher_clear(&f->show);
    cpa_matcher_clear(&f->show_from);
    cpa_matcher_clear(&f->prune_from);
    cpa_matcher_clear(&f->tagshow);
    cpa_matcher_clear(&f->taghide);
    cpa_tag_filter_free(f->tagfocus);
    cpa_tag_filter_free(f->tagignore);
}

bool cpa_view_focus(CpaView *v, const CpaOptions *options, const CpaLabelUnits *units, CpaWarn warn,
                    gpointer warn_data, GError **error)
{
    const Warner w = {warn, warn_data};
    Filters f = {0};
    bool ok = compile_filters(&f, v, options, units, &w, error);
    if (ok) {
        filter_by_name(v, &f, &w);
        apply_show_from(v, &f.show_from, &w);
        filter_by_tag(v, &f, &w);
        filter_labels(v, &f, &w);
        if (f.prune_from.regexp != NULL) {
            cpa_view_prune_from(v, &f.prune_from);
        }
        ok = check_filters(&f, error);
    }
    clear_filters(&f);
    return ok;
}
