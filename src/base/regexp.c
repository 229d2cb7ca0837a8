/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Regular expressions in Go's syntax, matched by an automaton that cannot blow up.
 *
 *     pattern -> regparse -> tree -+-> literals            foo|bar: memmem, most filters are that
 *                                  `-> regprog -> program -+-> regdfa   whether there is a match
 *                                                          `-> regnfa   where, and large programs
 *
 * No search backtracks; the time of all of them is O(text * instructions) at worst. Threads that
 * search at once each take one of the idle matchers, which keep what they learned of the program.
 */
#include "base/regexp.h"

#include "base/error.h"
#include "base/regdfa.h"
#include "base/regnfa.h"
#include "base/regparse.h"
#include "base/regprog.h"

#include <string.h>

#define MAX_LITERALS 2 /* more are faster at once, by the automaton */

typedef struct {
    char *bytes;
    size_t len;
} Literal;

/* For one search at a time. */
typedef struct {
    CpaRegDfa *dfa; /* (nullable) */
    CpaRegNfa *nfa; /* (nullable): until needed */
} Matcher;

/* What searches change, so that it stays out of the const CpaRegexp. */
typedef struct {
    char *failure; /* atomic, set once */
    GMutex mutex;
    GPtrArray *idle; /* of Matcher; under mutex */
} State;

struct CpaRegexp {
    char *source;
    GArray *literals; /* (nullable): of Literal; the expression is nothing but these */
    CpaRegProg *prog; /* (nullable): without literals; absent when it would be too large */
    State *state;
};

/*
 * What this thread may still spend. It is not handed down the calls, since between those who know
 * the limit and those who search lies everything that filters.
 */
static _Thread_local uint64_t steps_left = UINT64_MAX;

/* ---------------------------------------------------------------- literals */

static void literal_clear(void *literal)
{
    g_free(((Literal *)literal)->bytes);
}

/* Returns false when @node is not something to look for byte by byte. */
static bool literals_add(const CpaRegTree *tree, const CpaRegNode *node, GArray *literals)
{
    if (node->kind == CPA_REG_EMPTY && literals->len == 0) { /* the first to match, everywhere */
        Literal empty = {g_strdup(""), 0};
        g_array_append_val(literals, empty);
        return true;
    }
    if (node->kind != CPA_REG_LITERAL || node->fold) {
        return false;
    }
    g_autoptr(GString) bytes = g_string_new(NULL);
    for (uint32_t i = 0; i < node->n; i++) {
        uint32_t rune = cpa_reg_rune(tree, node, i);
        if (rune == CPA_RUNE_ERROR || (rune >= 0xD800 && rune <= 0xDFFF)) {
            return false;
        }
        g_string_append_unichar(bytes, rune);
    }
    Literal literal = {NULL, bytes->len};
    literal.bytes = g_string_free(g_steal_pointer(&bytes), FALSE);
    g_array_append_val(literals, literal);
    return true;
}

static GArray *literals_new(const CpaRegTree *tree, uint32_t root)
{
    const CpaRegNode *node = cpa_reg_node(tree, root);
    while (node->kind == CPA_REG_CAPTURE) {
        node = cpa_reg_node(tree, cpa_reg_kid(tree, node, 0));
    }
    g_autoptr(GArray) literals = g_array_new(FALSE, FALSE, sizeof(Literal));
    g_array_set_clear_func(literals, literal_clear);
    if (node->kind != CPA_REG_ALTERNATE) {
        return literals_add(tree, node, literals) ? g_steal_pointer(&literals) : NULL;
    }
    for (uint32_t i = 0; i < node->n; i++) {
        const CpaRegNode *kid = cpa_reg_node(tree, cpa_reg_kid(tree, node, i));
        if (i >= MAX_LITERALS || kid->kind == CPA_REG_EMPTY || !literals_add(tree, kid, literals)) {
            return NULL;
        }
    }
    return g_steal_pointer(&literals);
}

/*
 * A literal holds only whole, valid characters, so that bytes are found where Go finds characters,
 * even in invalid text.
 */
static bool search_literals(const GArray *literals, const char *text, size_t len, CpaRegSpan *span)
{
    bool found = false;
    for (guint i = 0; i < literals->len; i++) {
        Literal literal = g_array_index(literals, Literal, i);
        size_t window = len;
        if (found) { /* an earlier alternative wins at the same start */
            window = MIN(len, span->start + literal.len - 1);
        }
        if (literal.len > window) {
            continue;
        }
        const char *at = memmem(text, window, literal.bytes, literal.len);
        if (at == NULL) {
            continue;
        }
        found = true;
        if (span == NULL) {
            break;
        }
        span->start = (size_t)(at - text);
        span->end = span->start + literal.len;
    }
    return found;
}

/* ---------------------------------------------------------------- the automaton */

static void matcher_free(void *data)
{
    Matcher *matcher = data;
    cpa_reg_dfa_free(matcher->dfa);
    cpa_reg_nfa_free(matcher->nfa);
    g_free(matcher);
}

static Matcher *matcher_take(const CpaRegexp *re)
{
    State *state = re->state;
    g_mutex_lock(&state->mutex);
    guint n = state->idle->len;
    Matcher *matcher = n > 0 ? g_ptr_array_steal_index_fast(state->idle, n - 1) : NULL;
    g_mutex_unlock(&state->mutex);
    if (matcher == NULL) {
        matcher = g_new0(Matcher, 1);
        matcher->dfa = cpa_reg_dfa_new(re->prog);
    }
    return matcher;
}

static void spend(uint64_t n_steps)
{
    if (steps_left != UINT64_MAX) {
        steps_left -= MIN(steps_left, n_steps);
    }
}

static void matcher_give_back(const CpaRegexp *re, Matcher *matcher)
{
    g_mutex_lock(&re->state->mutex);
    g_ptr_array_add(re->state->idle, matcher);
    g_mutex_unlock(&re->state->mutex);
}

/* Returns false when it would take too long. */
static bool matcher_search(const CpaRegexp *re, Matcher *matcher, const char *text, size_t len,
                           CpaRegSpan *span, bool *matched)
{
    if (matcher->dfa != NULL) {
        bool done = cpa_reg_dfa_search(matcher->dfa, text, len, matched);
        spend(cpa_reg_dfa_steps(matcher->dfa));
        if (!done) {
            return false;
        }
        if (!*matched || span == NULL) {
            return true;
        }
    }
    if (matcher->nfa == NULL) {
        matcher->nfa = cpa_reg_nfa_new(re->prog);
    }
    bool done = cpa_reg_nfa_search(matcher->nfa, text, len, span, matched);
    spend(cpa_reg_nfa_steps(matcher->nfa));
    return done;
}

static bool search(const CpaRegexp *re, const char *text, size_t len, CpaRegSpan *span,
                   bool *matched, GError **error)
{
    text = text != NULL ? text : "";
    *matched = false;
    if (re->literals != NULL) {
        *matched = search_literals(re->literals, text, len, span);
        return true;
    }
    if (re->prog == NULL) {
        return cpa_error_set(error, CPA_ERROR_TOO_LARGE,
                             "regexp `%.80s`: more than %u instructions", re->source,
                             CPA_REG_MAX_INSTS);
    }
    if (steps_left == 0) {
        return cpa_error_set(error, CPA_ERROR_TOO_LARGE,
                             "regexp `%.80s`: takes too long on the texts of this profile",
                             re->source);
    }
    Matcher *matcher = matcher_take(re);
    bool ok = matcher_search(re, matcher, text, len, span, matched);
    matcher_give_back(re, matcher);
    if (!ok) {
        *matched = false;
        return cpa_error_set(error, CPA_ERROR_TOO_LARGE,
                             "regexp `%.80s`: takes too long on a text of %zu bytes", re->source,
                             len);
    }
    return true;
}

/* ---------------------------------------------------------------- public functions */

CpaRegexp *cpa_regexp_new(const char *pattern, gssize len, GError **error)
{
    g_return_val_if_fail(pattern != NULL || len == 0, NULL);

    pattern = pattern != NULL ? pattern : "";
    size_t n = len < 0 ? strlen(pattern) : (size_t)len;
    CpaRegTree tree;
    cpa_reg_tree_init(&tree);
    CpaRegexp *re = NULL;
    uint32_t root = 0;
    if (cpa_reg_parse(&tree, pattern, n, &root, error)) {
        re = g_new0(CpaRegexp, 1);
        re->source = g_strndup(pattern, n);
        re->literals = literals_new(&tree, root);
        re->prog = re->literals == NULL ? cpa_reg_prog_new(&tree, root) : NULL;
        re->state = g_new0(State, 1);
        g_mutex_init(&re->state->mutex);
        re->state->idle = g_ptr_array_new_with_free_func(matcher_free);
    }
    cpa_reg_tree_clear(&tree);
    return re;
}

void cpa_regexp_free(CpaRegexp *re)
{
    if (re == NULL) {
        return;
    }
    g_ptr_array_unref(re->state->idle);
    g_mutex_clear(&re->state->mutex);
    g_free(re->state->failure);
    g_free(re->state);
    g_clear_pointer(&re->prog, cpa_reg_prog_free);
    g_clear_pointer(&re->literals, g_array_unref);
    g_free(re->source);
    g_free(re);
}

const char *cpa_regexp_get_source(const CpaRegexp *re)
{
    g_return_val_if_fail(re != NULL, NULL);
    return re->source;
}

bool cpa_regexp_match_full(const CpaRegexp *re, const char *text, size_t len, bool *matched,
                           GError **error)
{
    g_return_val_if_fail(re != NULL && matched != NULL, false);
    g_return_val_if_fail(text != NULL || len == 0, false);
    return search(re, text, len, NULL, matched, error);
}

/* Remembers the first failure; threads may race for being it. */
static void remember_failure(State *state, const GError *error)
{
    char *message = g_strdup(error->message);
    if (!g_atomic_pointer_compare_and_exchange(&state->failure, (char *)NULL, message)) {
        g_free(message);
    }
}

bool cpa_regexp_match(const CpaRegexp *re, const char *text, size_t len)
{
    bool matched = false;
    if (re != NULL && g_atomic_pointer_get(&re->state->failure) != NULL) {
        return false;
    }
    g_autoptr(GError) error = NULL;
    if (!cpa_regexp_match_full(re, text, len, &matched, &error) && error != NULL) {
        remember_failure(re->state, error);
    }
    return matched;
}

bool cpa_regexp_find(const CpaRegexp *re, const char *text, size_t len, size_t *start, size_t *end)
{
    g_return_val_if_fail(re != NULL, false);
    g_return_val_if_fail(text != NULL || len == 0, false);

    bool matched = false;
    CpaRegSpan span = {0, 0};
    g_autoptr(GError) error = NULL;
    if (!search(re, text, len, &span, &matched, &error)) {
        remember_failure(re->state, error);
    }
    if (matched && start != NULL) {
        *start = span.start;
    }
    if (matched && end != NULL) {
        *end = span.end;
    }
    return matched;
}

void cpa_regexp_limit_thread(uint64_t n_steps)
{
    steps_left = n_steps != 0 ? n_steps : UINT64_MAX;
}

const char *cpa_regexp_failed(const CpaRegexp *re)
{
    g_return_val_if_fail(re != NULL, NULL);
    return g_atomic_pointer_get(&re->state->failure);
}
