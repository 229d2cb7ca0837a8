/* SPDX-License-Identifier: Apache-2.0 */
#include "web/framematch.h"

#include <string.h>

#include "base/regexp.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* What is known of a text of the view. */
enum { UNKNOWN, NO, YES };

typedef struct {
    const CpaStackTree *info;
    const CpaView *view;
    CpaRegexp *re;
    uint8_t *known; /* of each string of the view */
    GString *text;
} Matcher;

static bool text_matches(Matcher *m, CpaStrId id)
{
    if (id == 0) {
        return false;
    }
    if (m->known[id] == UNKNOWN) {
        const CpaStrtab *strings = m->view->strings;
        bool matched =
            cpa_regexp_match(m->re, cpa_strtab_get(strings, id), cpa_strtab_len(strings, id));
        m->known[id] = matched ? YES : NO;
    }
    return m->known[id] == YES;
}

/* "main.f:12" of "main.f src/a.go:12", or "main.f:12:3" with columns. */
static bool place_matches(Matcher *m, const CpaStackFrame *frame)
{
    const char *name = cpa_strtab_get(m->info->names, frame->name);
    size_t n = cpa_strtab_len(m->info->names, frame->name);
    size_t at = n;
    for (size_t i = n; i > 0 && (g_ascii_isdigit(name[i - 1]) || name[i - 1] == ':'); i--) {
        at = name[i - 1] == ':' ? i - 1 : at;
    }
    if (at == n || frame->function == 0 || frame->file == 0) {
        return false;
    }
    g_string_truncate(m->text, 0);
    g_string_append_len(m->text, cpa_view_str(m->view, frame->function),
                        (gssize)cpa_strtab_len(m->view->strings, frame->function));
    g_string_append_len(m->text, name + at, (gssize)(n - at));
    return cpa_regexp_match(m->re, m->text->str, m->text->len);
}

/* Returns how many match. */
static uint32_t mark(Matcher *m, uint8_t *is_wanted)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < m->info->n_frames && cpa_regexp_failed(m->re) == NULL; i++) {
        const CpaStackFrame *frame = &m->info->frames[i];
        is_wanted[i] = text_matches(m, frame->function) || text_matches(m, frame->file) ||
                       cpa_regexp_match(m->re, cpa_strtab_get(m->info->names, frame->name),
                                        cpa_strtab_len(m->info->names, frame->name)) ||
                       place_matches(m, frame);
        n += is_wanted[i];
    }
    return n;
}

/* Without "#ID" before the ends of alternatives; NULL where there is none. */
static char *without_ids(const char *pattern)
{
    GString *out = g_string_new(NULL);
    bool changed = false;
    for (const char *p = pattern; *p != '\0'; p++) {
        size_t n = *p == '#' ? strspn(p + 1, "0123456789") : 0;
        if (n > 0 && p[n + 1] == '$') {
            p += n;
            changed = true;
        } else {
            g_string_append_c(out, *p);
        }
    }
    return g_string_free(out, !changed);
}

static bool mark_pattern(const CpaWebStacks *stacks, const char *pattern, const char *what,
                         uint8_t *is_wanted, uint32_t *n, GError **error)
{
    g_autoptr(CpaRegexp) re = cpa_regexp_new(pattern, -1, error);
    if (re == NULL) {
        g_prefix_error(error, "parsing %s regexp: ", what);
        return false;
    }
    const CpaView *view = stacks->view.report->view;
    g_autofree uint8_t *known = g_new0(uint8_t, (size_t)cpa_strtab_count(view->strings) + 1);
    g_autoptr(GString) text = g_string_new(NULL);
    Matcher m = {
        .info = cpa_stack_set_info(stacks->set),
        .view = view,
        .re = re,
        .known = known,
        .text = text,
    };
    *n = mark(&m, is_wanted);
    if (cpa_regexp_failed(re) != NULL) {
        return cpa_error_set(error, CPA_ERROR_TOO_LARGE, "%s: %s", what, cpa_regexp_failed(re));
    }
    return true;
}

uint8_t *cpa_web_frames_matching(const CpaWebStacks *stacks, const char *pattern, const char *what,
                                 GError **error)
{
    if (strlen(pattern) > CPA_WEB_PATTERN_MAX) {
        cpa_error_set(error, CPA_ERROR_TOO_LARGE, "%s: longer than %d bytes", what,
                      CPA_WEB_PATTERN_MAX);
        return NULL;
    }
    size_t n_frames = cpa_stack_set_info(stacks->set)->n_frames;
    g_autofree uint8_t *is_wanted = g_new0(uint8_t, n_frames + 1);
    uint32_t n = 0;
    if (!mark_pattern(stacks, pattern, what, is_wanted, &n, error)) {
        return NULL;
    }
    g_autofree char *plain = n == 0 ? without_ids(pattern) : NULL;
    if (plain != NULL && !mark_pattern(stacks, plain, what, is_wanted, &n, error)) {
        return NULL;
    }
    return g_steal_pointer(&is_wanted);
}

/* A regexp of exactly that name, whatever U+FFFD stands for. */
static char *pattern_of_name(const char *name)
{
    GString *out = g_string_new("^");
    for (const char *p = name; *p != '\0'; p++) {
        if (g_str_has_prefix(p, REPLACEMENT)) {
            g_string_append(out, "[\\x00" REPLACEMENT "]");
            p += strlen(REPLACEMENT) - 1;
        } else {
            if (g_ascii_ispunct(*p)) {
                g_string_append_c(out, '\\');
            }
            g_string_append_c(out, *p);
        }
    }
    g_string_append_c(out, '$');
    return g_string_free(out, FALSE);
}

uint8_t *cpa_web_frames_named(const CpaWebStacks *stacks, const char *name, GError **error)
{
    const CpaStackTree *info = cpa_stack_set_info(stacks->set);
    g_autofree uint8_t *is_wanted = g_new0(uint8_t, (size_t)info->n_frames + 1);
    CpaStrId id = cpa_strtab_find(info->names, name, strlen(name));
    uint32_t n = 0;
    if (id != CPA_NONE && id > 0 && id <= info->n_frames) {
        is_wanted[id - 1] = 1;
        n = 1;
    } else if (strstr(name, REPLACEMENT) != NULL) {
        g_autofree char *pattern = pattern_of_name(name);
        g_autoptr(CpaRegexp) re = cpa_regexp_new(pattern, -1, error);
        if (re == NULL) {
            return NULL;
        }
        for (uint32_t i = 0; i < info->n_frames; i++) {
            is_wanted[i] = cpa_regexp_match(re, cpa_strtab_get(info->names, info->frames[i].name),
                                            cpa_strtab_len(info->names, info->frames[i].name));
            n += is_wanted[i];
        }
        if (cpa_regexp_failed(re) != NULL) {
            cpa_error_set(error, CPA_ERROR_TOO_LARGE, "%s: %s", name, cpa_regexp_failed(re));
            return NULL;
        }
    }
    if (n == 0) {
        cpa_error_set(error, CPA_ERROR_NO_SAMPLES, "no stack of this view has %s", name);
        return NULL;
    }
    return g_steal_pointer(&is_wanted);
}
