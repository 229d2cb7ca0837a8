/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Regular expressions in Go's syntax (RE2), with Go's matches and Go's error messages.
 *
 * Users of pprof, and the profiles themselves (drop_frames), write Go regular expressions. Neither
 * the expression nor the text is trusted: matching takes bounded time whatever both hold.
 * See regexp.c for how.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct CpaRegexp CpaRegexp;

/**
 * cpa_regexp_new:
 * @pattern: the expression; may hold NUL and invalid UTF-8 when @len says how long it is
 * @len:     its length in bytes, or -1 when it is terminated by NUL
 * @error:   return location
 *
 * Cost:    about 5-20 us for a common expression; one with (?i) and letters beyond ASCII, 1 ms; one
 *          with \p{..} walks all of Unicode, 5-10 ms
 * Errors:  USAGE, with the message Go gives: "error parsing regexp: missing closing ): `a(b`"
 * Returns: (transfer full): the expression, or %NULL with @error set
 */
CpaRegexp *cpa_regexp_new(const char *pattern, gssize len, GError **error);

/** cpa_regexp_free: frees @re, which may be %NULL */
void cpa_regexp_free(CpaRegexp *re);

/**
 * cpa_regexp_get_source:
 *
 * Returns: the expression as given to cpa_regexp_new(), NUL-terminated; valid as long as @re
 */
const char *cpa_regexp_get_source(const CpaRegexp *re);

/**
 * cpa_regexp_match_full:
 * @text:    what to search; any bytes, an invalid one counts as U+FFFD, as in Go
 * @len:     its length in bytes
 * @matched: (out): whether @re matches anywhere in @text; false on failure
 * @error:   return location
 *
 * Go's Regexp.MatchString. May be called by several threads at once on the same @re.
 *
 * Cost:    O(len) in the common case, at worst O(len * size of @re), cut off after about a second
 * Errors:  TOO_LARGE, when the cut-off was reached or @re expands to too many states
 * Returns: %false with @error set when there is no answer
 */
bool cpa_regexp_match_full(const CpaRegexp *re, const char *text, size_t len, bool *matched,
                           GError **error);

/**
 * cpa_regexp_match:
 *
 * cpa_regexp_match_full() for loops over many texts: a failure counts as no match and is remembered
 * for cpa_regexp_failed(), to be asked once after the loop.
 *
 * Returns: whether @re matches anywhere in @text
 */
bool cpa_regexp_match(const CpaRegexp *re, const char *text, size_t len);

/**
 * cpa_regexp_find:
 * @start: (out) (optional): offset of the first byte of the match
 * @end:   (out) (optional): offset after its last byte
 *
 * Go's FindStringIndex: the leftmost match, the one that Perl would choose among those that start
 * there. A failure counts as no match, as in cpa_regexp_match().
 *
 * Returns: whether there is a match; the offsets are set only then
 */
bool cpa_regexp_find(const CpaRegexp *re, const char *text, size_t len, size_t *start, size_t *end);

/**
 * cpa_regexp_limit_thread:
 * @n_steps: of all searches together that this thread makes from now on; 0 for no limit
 *
 * For those who serve others: a hundred million steps are about a third of a second. Searches
 * beyond the limit fail; each single one has a limit of its own as ever.
 */
void cpa_regexp_limit_thread(uint64_t n_steps);

/**
 * cpa_regexp_failed:
 *
 * Returns: (nullable): message of the first failure of any cpa_regexp_match() or cpa_regexp_find()
 *          on @re; %NULL when every answer so far was true. Valid as long as @re
 */
const char *cpa_regexp_failed(const CpaRegexp *re);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaRegexp, cpa_regexp_free)
