/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private sample columns, and regexps that remember their answer per string.
 */
#include "view/edit.h"

#include <string.h>

void cpa_view_own_samples(CpaView *v)
{
    if (v->own_begin != NULL) {
        return;
    }
    size_t n = v->n_samples;
    v->own_begin = g_new(uint64_t, n + 1);
    v->own_end = g_new(uint64_t, n + 1);
    v->own_rows = g_new(uint32_t, n + 1);
    v->own_label_sets = g_new(uint32_t, n + 1);
    for (size_t i = 0; i < n; i++) {
        v->own_begin[i] = v->begin[i];
        v->own_end[i] = v->end[i];
        v->own_rows[i] = v->rows != NULL ? v->rows[i] : (uint32_t)i;
        v->own_label_sets[i] = v->label_sets[i];
    }
    v->begin = v->own_begin;
    v->end = v->own_end;
    v->rows = v->own_rows;
    v->label_sets = v->own_label_sets;
}

void cpa_view_take_frames(CpaView *v, uint32_t *frames)
{
    g_free(v->own_frames);
    v->own_frames = frames;
    v->frames = frames;
}

void cpa_view_take_lines(CpaView *v, CpaLine *lines, size_t n)
{
    g_free(v->own_lines);
    v->own_lines = lines;
    v->lines = lines;
    v->n_lines = (uint32_t)n;
}

CpaLine *cpa_view_own_lines(CpaView *v)
{
    if (v->own_lines == NULL) {
        v->own_lines = g_memdup2(v->lines, v->n_lines * sizeof *v->lines);
        v->lines = v->own_lines;
    }
    return v->own_lines;
}

bool cpa_matcher_init(CpaMatcher *m, const CpaView *view, const char *option, const char *pattern,
                      GError **error)
{
    *m = (CpaMatcher){.view = view};
    if (*pattern == '\0') {
        return true;
    }
    m->regexp = cpa_regexp_new(pattern, -1, error);
    if (m->regexp == NULL) {
        g_prefix_error(error, "parsing %s regexp: ", option);
        return false;
    }
    m->n_strings = cpa_strtab_count(view->strings);
    m->answer = g_new0(uint8_t, m->n_strings);
    return true;
}

void cpa_matcher_clear(CpaMatcher *m)
{
    g_clear_pointer(&m->regexp, cpa_regexp_free);
    g_clear_pointer(&m->answer, g_free);
}

/*
 * The length of a function name without its argument list: up to the first '(' that is not part
 * of "(anonymous namespace)" or "operator()".
 */
static size_t name_length(const char *name, size_t len)
{
    static const char *const reserved[] = {"(anonymous namespace)", "operator()"};
    for (size_t i = 0; i < len; i++) {
        size_t skip = 0;
        for (size_t k = 0; k < G_N_ELEMENTS(reserved) && skip == 0; k++) {
            size_t n = strlen(reserved[k]);
            if (len - i >= n && memcmp(name + i, reserved[k], n) == 0) {
                skip = n;
            }
        }
        if (skip > 0) {
            i += skip - 1;
        } else if (name[i] == '(') {
            return i;
        }
    }
    return len;
}

bool cpa_matcher_test(CpaMatcher *m, CpaStrId id)
{
    g_assert(id < m->n_strings);
    if (m->answer[id] == 0) {
        const char *text = cpa_strtab_get(m->view->strings, id);
        size_t len = cpa_strtab_len(m->view->strings, id);
        if (m->simplified) {
            size_t dot = len > 0 && text[0] == '.';
            text += dot;
            len = name_length(text, len - dot);
        }
        m->answer[id] = cpa_regexp_match(m->regexp, text, len) ? 2 : 1;
    }
    return m->answer[id] == 2;
}

static bool check_regexp(const CpaRegexp *regexp, const char *option, GError **error)
{
    const char *why = regexp != NULL ? cpa_regexp_failed(regexp) : NULL;
    return why == NULL || cpa_error_set(error, CPA_ERROR_TOO_LARGE, "-%s: %s", option, why);
}

bool cpa_matcher_check(const CpaMatcher *m, const char *option, GError **error)
{
    return check_regexp(m->regexp, option, error);
}
