/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scanners that accept what upstream's five regular expressions accept, and choose the match that
 * a leftmost-first matcher would. Each part of those patterns ends at a byte that the part itself
 * cannot contain, so at most the number of leading parts is open: the scanners count it down.
 *
 *     1. ^\(anonymous namespace\)::                                  cut
 *     2. ^(.*?)/v(?:[2-9]|[1-9][0-9]+)([./].*)$                      version element cut
 *     3. ^(?:[\w\-\.]+\/)+([^.]+\..+)                                Go: last path element
 *     4. ^(?:[a-z]\w*\.)*([A-Z][\w\$]*\.(?:<init>|[a-z][\w\$]*(?:\$\d+)?))(?:(?:\()|$)      Java
 *     5. ^(?:[_a-zA-Z]\w*::)+(_*[A-Z]\w*::~?[_a-zA-Z]\w*(?:<.*>)?)   C++ class and method
 *
 * 1 and 2 change the name, then the first of 3, 4, 5 that matches gives the result. As in Go, `.`
 * stops at a newline, [^.] does not, \w is ASCII; a byte that is no UTF-8 counts as a character.
 */
#include "base/shorten.h"

#include <stdbool.h>
#include <string.h>

typedef struct {
    const char *at;
    size_t len;
} Span;

static bool is_word(char c)
{
    return g_ascii_isalnum(c) || c == '_';
}

static bool is_word_start(char c)
{
    return g_ascii_isalpha(c) || c == '_';
}

static bool is_java_word(char c)
{
    return is_word(c) || c == '$';
}

static Span cut_anonymous(Span s)
{
    static const char prefix[] = "(anonymous namespace)::";
    size_t n = sizeof prefix - 1;
    if (s.len >= n && memcmp(s.at, prefix, n) == 0) {
        return (Span){s.at + n, s.len - n};
    }
    return s;
}

/* Finds the first version element: /v2 and up, followed by '.' or '/'. */
static bool find_version(Span s, size_t *start, size_t *end)
{
    if (memchr(s.at, '\n', s.len) != NULL) {
        return false;
    }
    for (size_t i = 0; i + 3 < s.len; i++) {
        if (s.at[i] != '/' || s.at[i + 1] != 'v') {
            continue;
        }
        size_t digits = i + 2;
        size_t stop = digits;
        while (stop < s.len && g_ascii_isdigit(s.at[stop])) {
            stop++;
        }
        size_t n = stop - digits;
        bool is_version = n > 0 && s.at[digits] != '0' && (n > 1 || s.at[digits] != '1');
        if (is_version && stop < s.len && (s.at[stop] == '.' || s.at[stop] == '/')) {
            *start = i;
            *end = stop;
            return true;
        }
    }
    return false;
}

static bool match_go(Span s, Span *match)
{
    bool found = false;
    size_t dot = 0; /* the next dot at or after the element; s.len where there is none */
    size_t start = 0;
    for (;;) {
        size_t slash = start;
        while (slash < s.len &&
               (is_word(s.at[slash]) || s.at[slash] == '-' || s.at[slash] == '.')) {
            slash++;
        }
        if (slash == start || slash == s.len || s.at[slash] != '/') {
            break;
        }
        start = slash + 1;
        if (dot < start) {
            const char *p = memchr(s.at + start, '.', s.len - start);
            dot = p != NULL ? (size_t)(p - s.at) : s.len;
        }
        if (dot > start && dot + 1 < s.len && s.at[dot + 1] != '\n') {
            const char *newline = memchr(s.at + dot + 1, '\n', s.len - dot - 1);
            size_t end = newline != NULL ? (size_t)(newline - s.at) : s.len;
            *match = (Span){s.at + start, end - start};
            found = true;
        }
    }
    return found;
}

static bool match_java(Span s, Span *match)
{
    size_t i = 0;
    while (i < s.len && g_ascii_islower(s.at[i])) {
        while (i < s.len && is_word(s.at[i])) {
            i++;
        }
        if (i == s.len || s.at[i] != '.') {
            return false;
        }
        i++;
    }
    size_t start = i;
    if (i == s.len || !g_ascii_isupper(s.at[i])) {
        return false;
    }
    while (i < s.len && is_java_word(s.at[i])) {
        i++;
    }
    if (i == s.len || s.at[i] != '.') {
        return false;
    }
    i++;
    static const char init[] = "<init>";
    size_t n_init = sizeof init - 1;
    if (s.len - i >= n_init && memcmp(s.at + i, init, n_init) == 0) {
        i += n_init;
    } else if (i < s.len && g_ascii_islower(s.at[i])) {
        while (i < s.len && is_java_word(s.at[i])) {
            i++;
        }
    } else {
        return false;
    }
    if (i < s.len && s.at[i] != '(') {
        return false;
    }
    *match = (Span){s.at + start, i - start};
    return true;
}

/* End of "identifier::" at @i, or @i where there is none. */
static size_t skip_namespace(Span s, size_t i)
{
    if (i == s.len || !is_word_start(s.at[i])) {
        return i;
    }
    size_t end = i + 1;
    while (end < s.len && is_word(s.at[end])) {
        end++;
    }
    return s.len - end >= 2 && s.at[end] == ':' && s.at[end + 1] == ':' ? end + 2 : i;
}

static bool is_class_name(Span s, size_t i)
{
    while (i < s.len && s.at[i] == '_') {
        i++;
    }
    return i < s.len && g_ascii_isupper(s.at[i]);
}

/* End of "~?identifier(<.*>)?" at @i, or @i where there is none. */
static size_t skip_method(Span s, size_t i)
{
    size_t end = i;
    if (end < s.len && s.at[end] == '~') {
        end++;
    }
    if (end == s.len || !is_word_start(s.at[end])) {
        return i;
    }
    while (end < s.len && is_word(s.at[end])) {
        end++;
    }
    if (end < s.len && s.at[end] == '<') {
        const char *newline = memchr(s.at + end, '\n', s.len - end);
        size_t close = newline != NULL ? (size_t)(newline - s.at) : s.len;
        while (s.at[close - 1] != '>' && close - 1 > end) {
            close--;
        }
        if (close - 1 > end) {
            end = close;
        }
    }
    return end;
}

static bool match_cpp(Span s, Span *match)
{
    bool found = false;
    size_t next = skip_namespace(s, 0);
    while (next > 0) {
        size_t start = next;
        next = skip_namespace(s, start);
        if (next == start) {
            break;
        }
        size_t end = is_class_name(s, start) ? skip_method(s, next) : next;
        if (end > next) {
            *match = (Span){s.at + start, end - start};
            found = true;
        }
    }
    return found;
}

void cpa_shorten_function_name(const char *name, size_t len, GString *out)
{
    Span s = cut_anonymous((Span){name, len});
    size_t start;
    size_t end;
    g_autofree char *joined = NULL;
    if (s.len > 0 && find_version(s, &start, &end)) {
        joined = g_malloc(s.len);
        memcpy(joined, s.at, start);
        memcpy(joined + start, s.at + end, s.len - end);
        s = (Span){joined, start + s.len - end};
    }
    Span match = s;
    if (s.len > 0 && !match_go(s, &match) && !match_java(s, &match)) {
        match_cpp(s, &match);
    }
    g_string_append_len(out, match.at, (gssize)match.len);
}
