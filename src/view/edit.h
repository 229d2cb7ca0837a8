/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tools of the steps that edit a view: own sample columns, and regexps that run once per string.
 */
#pragma once

#include "base/regexp.h"
#include "view/labels.h"

/** cpa_view_own_samples: makes begin, end, rows and label_sets private, so that they can change */
void cpa_view_own_samples(CpaView *view);

/** cpa_view_take_frames: @frames: (transfer full): new frames column, replaces the current one */
void cpa_view_take_frames(CpaView *view, uint32_t *frames);

/** cpa_view_take_lines: @lines: (transfer full): [n] new lines column, replaces the current one */
void cpa_view_take_lines(CpaView *view, CpaLine *lines, size_t n);

/** cpa_view_own_lines: makes the lines private. Returns: them */
CpaLine *cpa_view_own_lines(CpaView *view);

/**
 * cpa_view_move_sample:
 * @to: <= @from
 *
 * Copies sample @from over sample @to in the private columns.
 */
static inline void cpa_view_move_sample(CpaView *view, size_t from, size_t to)
{
    view->own_begin[to] = view->own_begin[from];
    view->own_end[to] = view->own_end[from];
    view->own_rows[to] = view->own_rows[from];
    view->own_label_sets[to] = view->own_label_sets[from];
}

/* A regexp with its answers for the strings of a view. */
typedef struct {
    CpaRegexp *regexp; /* NULL: not given */
    const CpaView *view;
    uint8_t *answer; /* [n_strings] 0 unknown, 1 no, 2 yes */
    uint32_t n_strings;
    bool simplified; /* match function names without their arguments */
} CpaMatcher;

/**
 * cpa_matcher_init:
 * @pattern: "" for none
 * @option:  for messages: "focus"
 *
 * Errors:  USAGE
 */
bool cpa_matcher_init(CpaMatcher *matcher, const CpaView *view, const char *option,
                      const char *pattern, GError **error);
void cpa_matcher_clear(CpaMatcher *matcher);

/** cpa_matcher_test: Returns: whether string @id matches; the regexp must be given */
bool cpa_matcher_test(CpaMatcher *matcher, CpaStrId id);

/** cpa_matcher_check: Errors: TOO_LARGE if a match had to be given up */
bool cpa_matcher_check(const CpaMatcher *matcher, const char *option, GError **error);

/** cpa_matcher_test_line: Returns: whether the line's function name or file matches */
static inline bool cpa_matcher_test_line(CpaMatcher *m, const CpaLine *line)
{
    const CpaFunction *f = &m->view->functions[line->function];
    return cpa_matcher_test(m, f->name) || cpa_matcher_test(m, f->file);
}

/** cpa_matcher_test_mapping: Returns: whether the location's binary matches */
static inline bool cpa_matcher_test_mapping(CpaMatcher *m, const CpaLocation *location)
{
    return location->mapping != CPA_NONE &&
           cpa_matcher_test(m, m->view->mappings[location->mapping].file);
}

/* Filters by labels: see tagfilter.c. */
typedef struct CpaTagFilter CpaTagFilter;

/**
 * cpa_tag_filter_new:
 * @value: "[key=]regexp,..." or a range
 *
 * Errors:  USAGE
 */
CpaTagFilter *cpa_tag_filter_new(const CpaView *view, const CpaLabelUnits *units,
                                 const char *option, const char *value, CpaWarn warn,
                                 gpointer warn_data, GError **error);
void cpa_tag_filter_free(CpaTagFilter *filter);

/** cpa_tag_filter_test: Returns: whether label set @set passes; each set is looked at once */
bool cpa_tag_filter_test(CpaTagFilter *filter, uint32_t set);

/** cpa_tag_filter_check: Errors: TOO_LARGE if a match had to be given up */
bool cpa_tag_filter_check(const CpaTagFilter *filter, GError **error);

/** cpa_view_prune_from: @from: cuts each stack below its lowest frame that matches, kept itself */
void cpa_view_prune_from(CpaView *view, CpaMatcher *from);
