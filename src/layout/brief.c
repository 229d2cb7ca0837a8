/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A scanner that knows brackets, and that those of "operator<" are none.
 */
#include "layout/brief.h"

#include <stdbool.h>
#include <string.h>

#define ELLIPSIS  "\xe2\x80\xa6"
#define KEEP_ALL  UINT_MAX
#define MAX_DEPTH 3u /* of template arguments that are kept */
#define MAX_TRIES 32 /* brackets whose end is looked for */

static bool is_word(char c)
{
    return g_ascii_isalnum(c) || c == '_' || c == '$';
}

/* Length of "operator<", "operator()", ... at @p; 0 elsewhere. */
static size_t operator_len(const char *name, const char *p)
{
    static const char word[] = "operator";
    size_t n = sizeof word - 1;
    if (strncmp(p, word, n) != 0 || (p > name && is_word(p[-1]))) {
        return 0;
    }
    if (strncmp(p + n, "()", 2) == 0 || strncmp(p + n, "[]", 2) == 0) {
        return n + 2;
    }
    size_t n_symbols = strspn(p + n, "<>-=!&|+*/%^~,");
    return n_symbols == 0 ? 0 : n + MIN(n_symbols, 3);
}

/* Behind the bracket that closes the one at @p; NULL when there is none. */
static const char *find_end(const char *p, char open, char close)
{
    unsigned depth = 0;
    for (; *p != '\0'; p++) {
        depth += *p == open;
        if (*p == close && --depth == 0) {
            return p + 1;
        }
    }
    return NULL;
}

/* Parameters, unlike Go's (*T).f and C++'s (anonymous namespace)::f. */
static bool are_parameters(const char *open, const char *end)
{
    return end - open > 2 && *end != '.' && *end != ':' && !g_str_has_prefix(open, "(anonymous");
}

/*
 * Template arguments below @keep levels, and parameters, become an ellipsis. Returns false for what
 * is not balanced.
 */
static bool elide(const char *name, unsigned keep, bool parameters, GString *out)
{
    unsigned depth = 0;
    int tries = parameters ? MAX_TRIES : 0;
    g_string_set_size(out, 0);
    for (const char *p = name; *p != '\0'; p++) {
        size_t n = operator_len(name, p);
        bool is_shown = depth <= keep;
        if (n > 0) {
            g_string_append_len(out, p, is_shown ? (gssize)n : 0);
            p += n - 1;
        } else if (*p == '<') {
            depth++;
            g_string_append(out, depth <= keep ? "<" : depth == keep + 1 ? "<" ELLIPSIS ">" : "");
        } else if (*p == '>' && (p == name || p[-1] != '-')) {
            if (depth == 0) {
                return false;
            }
            g_string_append(out, is_shown ? ">" : "");
            depth--;
        } else if (*p == '(' && depth == 0 && tries-- > 0) {
            const char *end = find_end(p, '(', ')');
            if (end != NULL && are_parameters(p, end)) {
                g_string_append(out, "(" ELLIPSIS ")");
                p = end - 1;
            } else {
                g_string_append_c(out, *p);
            }
        } else if (is_shown) {
            g_string_append_c(out, *p);
        }
    }
    return depth == 0;
}

/*
 * Behind the type that a template function returns: "void std::sort<...>(...)". Only names with
 * "::" have one, and nothing that follows an operator is one.
 */
static const char *skip_type(const char *name)
{
    unsigned depth = 0;
    int tries = MAX_TRIES;
    const char *start = name;
    if (strstr(name, "::") == NULL) {
        return name;
    }
    for (const char *p = name; *p != '\0'; p++) {
        if (operator_len(name, p) > 0 || g_str_has_prefix(p, "operator ")) {
            return start;
        }
        const char *type_end = depth == 0 && g_str_has_prefix(p, "decltype (") && tries-- > 0
                                   ? find_end(p + 9, '(', ')')
                                   : NULL;
        if (type_end != NULL) {
            p = type_end - 1;
        } else if (*p == '<' || (*p == '(' && g_str_has_prefix(p, "(anonymous")) || *p == '{') {
            depth++;
        } else if (depth > 0 && ((*p == '>' && p[-1] != '-') || *p == ')' || *p == '}')) {
            depth--;
        } else if (*p == '(' && depth == 0) {
            return start;
        } else if (*p == ' ' && depth == 0 && (is_word(p[1]) || p[1] == '(')) {
            start = p + 1;
        }
    }
    return name;
}

char *cpa_brief_name(const char *name, size_t max_len)
{
    g_autoptr(GString) text = g_string_new(NULL);
    if (strlen(name) <= max_len) {
        return g_strdup(name);
    }
    name = skip_type(name);
    for (unsigned keep = MAX_DEPTH + 1; keep > 0 && strlen(name) > max_len; keep--) {
        if (!elide(name, keep - 1, false, text)) {
            return g_strdup(name);
        }
        if (text->len <= max_len) {
            return g_string_free(g_steal_pointer(&text), FALSE);
        }
    }
    if (strlen(name) <= max_len || !elide(name, 0, true, text)) {
        return g_strdup(name);
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

void cpa_brief_append_lines(GString *out, const char *name)
{
    unsigned depth = 0;
    for (const char *p = name; *p != '\0'; p++) {
        size_t n = operator_len(name, p);
        if (n > 0) {
            g_string_append_len(out, p, (gssize)n);
            p += n - 1;
            continue;
        }
        depth += strchr("<([{", *p) != NULL;
        depth -= depth > 0 && strchr(">)]}", *p) != NULL && (p == name || p[-1] != '-');
        if (g_str_has_prefix(p, "[...]")) {
            g_string_append(out, "[" ELLIPSIS "]");
            p += 4;
            depth--;
        } else if (depth == 0 && p[0] == ':' && p[1] == ':') {
            g_string_append_c(out, '\n');
            p++;
        } else if (depth == 0 && *p == '.' && p[1] != '.' && p[1] != '\0' &&
                   (p == name || p[-1] != '.')) {
            g_string_append_c(out, '\n');
        } else {
            g_string_append_c(out, *p);
        }
    }
}
