/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Regular expressions: what Go accepts and refuses, what matches where, and that no expression
 * takes long. The expected results of both tables were printed by Go 1.26.
 */
#include "base/regexp.h"

#include "base/error.h"

#include <stdint.h>
#include <string.h>

/* a string literal with its length, as it may hold NUL */
#define B(literal) literal, sizeof(literal) - 1

static const struct {
    const char *pattern;
    const char *message; /* after "error parsing regexp: " */
} bad_patterns[] = {
    {"a(b", "missing closing ): `a(b`"},
    {"a)b", "unexpected ): `a)b`"},
    {"(?=a)", "invalid or unsupported Perl syntax: `(?=`"},
    {"(?!a)", "invalid or unsupported Perl syntax: `(?!`"},
    {"(?<=a)", "invalid named capture: `(?<=a)`"},
    {"(?<!a)", "invalid named capture: `(?<!a)`"},
    {"(?>a)", "invalid or unsupported Perl syntax: `(?>`"},
    {"(?#c)", "invalid or unsupported Perl syntax: `(?#`"},
    {"(?(1)a)", "invalid or unsupported Perl syntax: `(?(`"},
    {"(?P=n)", "invalid or unsupported Perl syntax: `(?P`"},
    {"(?P>n)", "invalid or unsupported Perl syntax: `(?P`"},
    {"(?R)", "invalid or unsupported Perl syntax: `(?R`"},
    {"(?i-)", "invalid or unsupported Perl syntax: `(?i-)`"},
    {"(?-)", "invalid or unsupported Perl syntax: `(?-)`"},
    {"(?i", "invalid or unsupported Perl syntax: `(?i`"},
    {"(?", "invalid or unsupported Perl syntax: `(?`"},
    {"a++", "invalid nested repetition operator: `++`"},
    {"a**", "invalid nested repetition operator: `**`"},
    {"a*+", "invalid nested repetition operator: `*+`"},
    {"a?\?\?", "invalid nested repetition operator: `?\?\?`"},
    {"a{2}{3}", "invalid nested repetition operator: `{2}{3}`"},
    {"a{2}*", "invalid nested repetition operator: `{2}*`"},
    {"a{1001}", "invalid repeat count: `{1001}`"},
    {"a{2,1}", "invalid repeat count: `{2,1}`"},
    {"a{99999999999}", "invalid repeat count: `{99999999999}`"},
    {"(a{100}){11}", "invalid repeat count: `{11}`"},
    {"((a{10}){10}){11}", "invalid repeat count: `{11}`"},
    {"\\1", "invalid escape sequence: `\\1`"},
    {"\\8", "invalid escape sequence: `\\8`"},
    {"\\q", "invalid escape sequence: `\\q`"},
    {"\\e", "invalid escape sequence: `\\e`"},
    {"\\C", "invalid escape sequence: `\\C`"},
    {"\\E", "invalid escape sequence: `\\E`"},
    {"\\Z", "invalid escape sequence: `\\Z`"},
    {"\\G", "invalid escape sequence: `\\G`"},
    {"\\K", "invalid escape sequence: `\\K`"},
    {"\\R", "invalid escape sequence: `\\R`"},
    {"\\xZ", "invalid escape sequence: `\\xZ`"},
    {"\\x", "invalid escape sequence: `\\x`"},
    {"\\x{", "invalid escape sequence: `\\x{`"},
    {"\\x{}", "invalid escape sequence: `\\x{}`"},
    {"\\x{110000}", "invalid escape sequence: `\\x{110000`"},
    {"[a-\\d]", "invalid escape sequence: `\\d`"},
    {"[z-a]", "invalid character class range: `z-a`"},
    {"[[:foo:]]", "invalid character class range: `[:foo:]`"},
    {"[\\Qa]", "invalid escape sequence: `\\Q`"},
    {"[\\b]", "invalid escape sequence: `\\b`"},
    {"\\p{Foo}", "invalid character class range: `\\p{Foo}`"},
    {"\\p\303\251", "invalid character class range: `\\p\303\251`"},
    {"\\p{", "invalid character class range: `\\p{`"},
    {"\\p", "invalid character class range: `\\p`"},
    {"[a", "missing closing ]: `[a`"},
    {"[", "missing closing ]: `[`"},
    {"[]", "missing closing ]: `[]`"},
    {"[^]", "missing closing ]: `[^]`"},
    {"[[:alpha:]", "missing closing ]: `[[:alpha:]`"},
    {"*a", "missing argument to repetition operator: `*`"},
    {"+", "missing argument to repetition operator: `+`"},
    {"?", "missing argument to repetition operator: `?`"},
    {"a|*", "missing argument to repetition operator: `*`"},
    {"(*UTF)a", "missing argument to repetition operator: `*`"},
    {"(*LIMIT_MATCH=1)", "missing argument to repetition operator: `*`"},
    {"{2}", "missing argument to repetition operator: `{2}`"},
    {"(|+)", "missing argument to repetition operator: `+`"},
    {"\\", "trailing backslash at end of expression: ``"},
    {"a\\", "trailing backslash at end of expression: ``"},
    {"[\\", "trailing backslash at end of expression: ``"},
    {"(?P<n", "invalid named capture: `(?P<n`"},
    {"(?P<>a)", "invalid named capture: `(?P<>`"},
    {"(?P<a-b>c)", "invalid named capture: `(?P<a-b>`"},
    {"(?<1\303\251>c)", "invalid named capture: `(?<1\303\251>`"},
    {"(?'n'a)", "invalid or unsupported Perl syntax: `(?'`"},
    {"\377", "invalid UTF-8: `\377`"},
    {"a\377b", "invalid UTF-8: `\377b`"},
    {"[\377]", "invalid UTF-8: `\377]`"},
    {"\\Q\377\\Ea", "invalid UTF-8: `\377`"},
    {"(?P<\377>a)", "invalid UTF-8: `\377`"},
    {"\\\377", "invalid UTF-8: `\377`"},
};

static const struct {
    const char *pattern;
    size_t pattern_len;
    const char *text;
    size_t text_len;
    int start; /* -1 for no match */
    int end;
} matches[] = {
    {B(""), B("abc"), 0, 0},
    {B("b"), B("abc"), 1, 2},
    {B("foo|bar"), B("a bar"), 2, 5},
    {B("bar|barn|b"), B("xbarn"), 1, 4},
    {B("foo|"), B("xfoo"), 0, 0},
    {B("|foo"), B("xfoo"), 0, 0},
    {B("a.c"), B("a\nc"), -1, -1},
    {B("(?s)a.c"), B("a\nc"), 0, 3},
    {B("a.c"), B("a\015c"), 0, 3},
    {B("^b"), B("a\nb"), -1, -1},
    {B("(?m)^b"), B("a\nb"), 2, 3},
    {B("(?m)^$"), B("a\n"), 2, 2},
    {B("(?m)^\\z"), B("a\n"), 2, 2},
    {B("a$"), B("a\n"), -1, -1},
    {B("(?m)a$"), B("a\n"), 0, 1},
    {B("a\\z"), B("a\n"), -1, -1},
    {B("(?m)a$"), B("a\015\n"), -1, -1},
    {B("\\Ab"), B("a\nb"), -1, -1},
    {B("\\d"), B("\331\245"), -1, -1},
    {B("\\w"), B("\303\251"), -1, -1},
    {B("\\W"), B("\303\251"), 0, 2},
    {B("\\s"), B("\013"), -1, -1},
    {B("[[:space:]]"), B("\013"), 0, 1},
    {B("\\s"), B("\302\240"), -1, -1},
    {B("\\b\303\251\\b"), B("\303\251"), -1, -1},
    {B("\\B\303\251\\B"), B("\303\251"), 0, 2},
    {B("\\ba\\b"), B("\303\251a\303\251"), 2, 3},
    {B("\\B"), B(""), 0, 0},
    {B("\\b"), B(""), -1, -1},
    {B("(?i)k"), B("\342\204\252"), 0, 3},
    {B("(?i)\305\277"), B("S"), 0, 1},
    {B("(?i)[^k]"), B("\342\204\252"), -1, -1},
    {B("(?i)stra\303\237e"), B("STRASSE"), -1, -1},
    {B("(?i)\303\237"), B("\341\272\236"), 0, 3},
    {B("(?i)\316\271"), B("\315\205"), 0, 2},
    {B("(?i)\342\205\267"), B("\342\205\247"), 0, 3},
    {B("(?i)i"), B("\304\260"), -1, -1},
    {B("(?i)\316\243"), B("\317\202"), 0, 2},
    {B("(?i:a)b"), B("AB"), -1, -1},
    {B("(?i:a)b"), B("Ab"), 0, 2},
    {B("(?i)a(?-i)b"), B("AB"), -1, -1},
    {B("(a(?i)b)c"), B("aBC"), -1, -1},
    {B("(a(?i)b)c"), B("aBc"), 0, 3},
    {B("a(?i)b|c"), B("C"), 0, 1},
    {B("(?i)\\W"), B("\342\204\252"), -1, -1},
    {B("(?i)[[:lower:]]"), B("Z"), 0, 1},
    {B("(?i)\\p{Lu}"), B("z"), 0, 1},
    {B("\\p{Greek}"), B("x\316\261"), 1, 3},
    {B("\\P{Greek}"), B("\316\261"), -1, -1},
    {B("\\p{^Greek}"), B("\316\261"), -1, -1},
    {B("\\pN"), B("\331\244"), 0, 2},
    {B("\\p{lowercase_letter}"), B("Aa"), 1, 2},
    {B("\\p{Any}"), B("\n"), 0, 1},
    {B("[\\pL\\d]+"), B("..\303\2515.."), 2, 5},
    {B("[^\\pL]"), B("\303\251"), -1, -1},
    {B("a{2}"), B("baab"), 1, 3},
    {B("a{,2}"), B("a{,2}"), 0, 5},
    {B("a{2"), B("a{2"), 0, 3},
    {B("a{01}"), B("a{01}"), 0, 5},
    {B("a{1, 2}"), B("a{1, 2}"), 0, 7},
    {B("{"), B("{"), 0, 1},
    {B("a{0}b"), B("ab"), 1, 2},
    {B("a{2,}"), B("baaab"), 1, 4},
    {B("a{2,3}?"), B("aaaa"), 0, 2},
    {B("(?U)a+"), B("aaa"), 0, 1},
    {B("(?U)a+?"), B("aaa"), 0, 3},
    {B("a+?"), B("aaa"), 0, 1},
    {B("(?:a*)*b"), B("aab"), 0, 3},
    {B("a*(?i)*b"), B("aab"), 0, 3},
    {B("(?:|a)+"), B("aaa"), 0, 0},
    {B("(?:|a)*"), B("aaa"), 0, 0},
    {B("(?:a|b?)+?c"), B("abc"), 0, 3},
    {B("(\\B|\\w)+"), B("abc"), 0, 3},
    {B("(?:cb|c)k*b"), B("cb"), 0, 2},
    {B("(1|)b*1"), B("1"), 0, 1},
    {B("[]a]"), B("]"), 0, 1},
    {B("[^]a]"), B("]"), -1, -1},
    {B("[-a]"), B("-"), 0, 1},
    {B("[+--]"), B("."), -1, -1},
    {B("[[]"), B("["), 0, 1},
    {B("[[:word:]]"), B("_"), 0, 1},
    {B("[[:^word:]]"), B("_"), -1, -1},
    {B("[^[:word:]]"), B("-"), 0, 1},
    {B("[^\\n]"), B("\n"), -1, -1},
    {B("[^a]"), B("\n"), 0, 1},
    {B("[\\D\\d]"), B("\n"), 0, 1},
    {B("[^\\x00-\\x{10FFFF}]"), B("a"), -1, -1},
    {B("\\Qa.b*\\E+"), B("a.b**"), 0, 5},
    {B("\\Qa.b"), B("xa.b"), 1, 4},
    {B("\\123"), B("S"), 0, 1},
    {B("\\08"), B("\0008"), 0, 2},
    {B("\\x41\\x{42}"), B("AB"), 0, 2},
    {B("\\x{10FFFF}"), B("\364\217\277\277"), 0, 4},
    {B("\\a\\f\\t\\n\\r\\v"), B("\007\014\011\n\015\013"), 0, 6},
    {B("\\_\\-\\/\\."), B("_-/."), 0, 4},
    {B("\\x{D800}"), B("\355\240\200"), -1, -1},
    {B("(?P<x>a)(?<y>b)"), B("ab"), 0, 2},
    {B("(?P<x>a)(?P<x>b)"), B("ab"), 0, 2},
    {B("a\000b"), B("a\000b"), 0, 3},
    {B("b"), B("a\000b"), 2, 3},
    {B("\\x00"), B("a\000b"), 1, 2},
    {B("^.$"), B("\377"), 0, 1},
    {B("\\x{FFFD}"), B("\377"), 0, 1},
    {B("^..$"), B("\303\377"), 0, 2},
    {B("^...$"), B("\355\240\200"), 0, 3},
    {B("^..$"), B("\344\270"), 0, 2},
    {B("[^a]\\xff"), B("b\377"), -1, -1},
    {B("\303\251"), B("\341\303\251"), 1, 3},
    {B("b+"), B("\377\377bb\377"), 2, 4},
    {B("\357\277\275"), B("a\300b"), 1, 2},
    {B("^runtime\\..*$"), B("runtime.mallocgc"), 0, 16},
    {B("\\.\\(\\*T\\)\\."), B("a.(*T).f"), 1, 7},
    {B("\344\270\226"), B("a\344\270\226"), 1, 4},
    {B("[\303\251-\303\277]+"), B("a\303\251\303\277b"), 1, 5},
    {B("[\\x00-\\x7f]a"), B("\015\015\nab"), 2, 4},
    {B("(?m)a$"), B("a\015\n"), -1, -1},
    {B("(?m)^a"), B("\015a"), -1, -1},
    {B("x|(?:ab|a)[0-9]*b"), B("cab"), 1, 3},
};

static void test_errors(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(bad_patterns); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(CpaRegexp) re = cpa_regexp_new(bad_patterns[i].pattern, -1, &error);
        g_assert_null(re);
        g_assert_error(error, CPA_ERROR, CPA_ERROR_USAGE);
        g_autofree char *expected =
            g_strconcat("error parsing regexp: ", bad_patterns[i].message, NULL);
        g_assert_cmpstr(error->message, ==, expected);
    }
}

static void test_matches(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(matches); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(CpaRegexp) re =
            cpa_regexp_new(matches[i].pattern, (gssize)matches[i].pattern_len, &error);
        g_assert_no_error(error);
        /* a copy without terminator, so that a sanitizer sees reads beyond the end */
        g_autofree char *text = g_memdup2(matches[i].text, matches[i].text_len);
        bool wanted = matches[i].start >= 0;
        bool matched = !wanted;
        g_assert_true(cpa_regexp_match_full(re, text, matches[i].text_len, &matched, &error));
        g_assert_no_error(error);
        size_t start = 0;
        size_t end = 0;
        bool found = cpa_regexp_find(re, text, matches[i].text_len, &start, &end);
        if (matched != wanted || found != wanted ||
            (wanted && (start != (size_t)matches[i].start || end != (size_t)matches[i].end))) {
            g_test_message("row %zu: %s on %s", i, matches[i].pattern, matches[i].text);
            g_test_fail();
        }
        g_assert_cmpint(cpa_regexp_match(re, text, matches[i].text_len), ==, wanted);
        g_assert_null(cpa_regexp_failed(re));
    }
}

static void test_source(void)
{
    g_autoptr(CpaRegexp) re = cpa_regexp_new("a.*bcd", 4, NULL);
    g_assert_cmpstr(cpa_regexp_get_source(re), ==, "a.*b");
    g_assert_true(cpa_regexp_match(re, "xaxb", 4));
    g_assert_false(cpa_regexp_match(re, "xaxb", 3));
    g_assert_false(cpa_regexp_match(re, NULL, 0));
    cpa_regexp_free(NULL);
}

/* The nesting and size limits of Go. */
static void test_limits(void)
{
    const struct {
        const char *unit;
        const char *core;
        const char *close;
        int n;
        const char *message;
    } cases[] = {
        {"(", "a", ")", 999, NULL},
        {"(", "a", ")", 1000, "expression nests too deeply"},
        {"(", "", "", 100000, "missing closing )"},
        {"(?:", "a", ")", 100000, NULL},
        {"(?:", "a", "b)?", 1200, "expression nests too deeply"},
        {"(?:(?:", "a", ")b)", 2000, NULL},
        {"", "(", "xy*", 2000, "missing closing )"},
        {"a|", "b", "", 5000, NULL},
        {"\\pL", "", "", 300, NULL},
        {"((((((((((x{2}){2}){2}){2}){2}){2}){2}){2}){2})", "{2}", "", 1, "invalid repeat count"},
        {"((((((((x{2}){2}){2}){2}){2}){2}){2}){2}){3", "}", "", 1, NULL},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GString) pattern = g_string_new(NULL);
        for (int k = 0; k < cases[i].n; k++) {
            g_string_append(pattern, cases[i].unit);
        }
        g_string_append(pattern, cases[i].core);
        for (int k = 0; k < cases[i].n; k++) {
            g_string_append(pattern, cases[i].close);
        }
        g_autoptr(GError) error = NULL;
        g_autoptr(CpaRegexp) re = cpa_regexp_new(pattern->str, -1, &error);
        if (cases[i].message == NULL) {
            g_assert_no_error(error);
            g_assert_nonnull(re);
            cpa_regexp_match(re, "ab", 2);
            g_assert_null(cpa_regexp_failed(re));
        } else {
            g_assert_error(error, CPA_ERROR, CPA_ERROR_USAGE);
            g_assert_nonnull(strstr(error->message, cases[i].message));
        }
    }

    g_autoptr(GString) large = g_string_new("(");
    for (int i = 0; i < 2000; i++) {
        g_string_append(large, "xy*");
    }
    g_string_append(large, "){1000}");
    g_autoptr(GError) error = NULL;
    g_autoptr(CpaRegexp) re = cpa_regexp_new(large->str, -1, &error);
    g_assert_null(re);
    g_assert_error(error, CPA_ERROR, CPA_ERROR_USAGE);
    g_assert_true(
        g_str_has_prefix(error->message, "error parsing regexp: expression too large: `"));
}

/* Expressions that take a backtracking matcher for ever. */
static void test_catastrophic(void)
{
    const struct {
        const char *pattern;
        bool matched;
    } cases[] = {
        {"(a+)+$", false},
        {"(a+)+b$", false},
        {"(a|aa)+$", false},
        {"(a|a)*c", false},
        {"(a*)*c", false},
        {"(a*)*$", true},
        {"(.*a){20}c", false},
        {"a*a*a*a*a*a*c", false},
        {"(.*)(.*)(.*)(.*)(.*)[^ab!]", false},
        {"(x+x+)+y", false},
        {"([a-zA-Z]+)*c", false},
        {"((a{1,30}){1,30})$", false},
        {"(?:a?){30}a{30}c", false},
        {"a{0,300}a{0,300}c", false},
        {"(a{1,900})+c", false},
        {"(?:(?:a*b?)*a*)*c", false},
        {"^(([a-z])+.)+[A-Z]([a-z])+$", false},
        {"(?s)^(.*?,){11}P", false},
        {"[ab]*[ab!]{500}$", true},
    };
    const size_t lengths[] = {1000, 10000};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        for (size_t k = 0; k < G_N_ELEMENTS(lengths); k++) {
            size_t n = lengths[k];
            g_autofree char *text = g_malloc(n);
            memset(text, 'a', n);
            text[0] = 'b';
            text[n - 1] = '!';
            g_autoptr(CpaRegexp) re = cpa_regexp_new(cases[i].pattern, -1, NULL);
            int64_t before_us = g_get_monotonic_time();
            bool matched = cpa_regexp_match(re, text, n);
            int64_t took_us = g_get_monotonic_time() - before_us;
            g_test_message("%s on %zu: %" G_GINT64_FORMAT " us", cases[i].pattern, n, took_us);
            g_assert_cmpint(matched, ==, cases[i].matched);
            g_assert_null(cpa_regexp_failed(re));
            g_assert_cmpint(took_us, <, 3 * G_USEC_PER_SEC); /* 1 s, and room for a sanitizer */
        }
    }
}

/* Too much work even for the automaton is an error that is not lost. */
static void test_failure(void)
{
    size_t n = 1 << 20;
    g_autofree char *text = g_malloc(n);
    memset(text, 'a', n);
    g_autoptr(CpaRegexp) re = cpa_regexp_new("(a?){1000}b", -1, NULL);
    g_assert_null(cpa_regexp_failed(re));
    bool matched = true;
    g_autoptr(GError) error = NULL;
    g_assert_false(cpa_regexp_match_full(re, text, n, &matched, &error));
    g_assert_error(error, CPA_ERROR, CPA_ERROR_TOO_LARGE);
    g_assert_false(matched);
    g_assert_null(cpa_regexp_failed(re));
    g_assert_false(cpa_regexp_match(re, text, n));
    g_assert_nonnull(strstr(cpa_regexp_failed(re), "takes too long"));
    const char *first = cpa_regexp_failed(re);
    g_assert_false(cpa_regexp_find(re, text, n, NULL, NULL));
    g_assert_true(cpa_regexp_failed(re) == first);
}

/* More states than the cache of a matcher holds, and texts that come back to forgotten ones. */
static void test_many_states(void)
{
    g_autoptr(CpaRegexp) re = cpa_regexp_new("a[ab\303\251]{14}c", -1, NULL);
    uint32_t random = 1;
    guint n_matched = 0;
    for (int i = 0; i < 3000; i++) {
        char text[100];
        for (size_t k = 0; k < sizeof(text); k++) {
            random = random * 1103515245u + 12345u;
            text[k] = (random >> 16) % 97 == 0 ? 'c' : "ab"[random >> 24 & 1];
        }
        size_t first = 0;
        while (first + 15 < sizeof(text) && (text[first] != 'a' || text[first + 15] != 'c' ||
                                             memchr(text + first, 'c', 15) != NULL)) {
            first++;
        }
        bool wanted = first + 15 < sizeof(text);
        n_matched += wanted ? 1 : 0;
        g_assert_cmpint(cpa_regexp_match(re, text, sizeof(text)), ==, wanted);
        size_t start = 0;
        size_t end = 0;
        g_assert_cmpint(cpa_regexp_find(re, text, sizeof(text), &start, &end), ==, wanted);
        if (wanted) {
            g_assert_cmpuint(start, ==, first);
            g_assert_cmpuint(end, ==, first + 16);
        }
    }
    g_assert_cmpuint(n_matched, >, 500);
    g_assert_cmpuint(n_matched, <, 2500);
    g_assert_null(cpa_regexp_failed(re));
}

static gpointer match_many(gpointer data)
{
    const CpaRegexp *re = data;
    char text[300];
    memset(text, 'a', sizeof(text));
    guint n = 0;
    for (int i = 0; i < 200; i++) {
        n += cpa_regexp_match(re, text, sizeof(text)) ? 1 : 0;
        n += cpa_regexp_match(re, "aab", 3) ? 1000 : 0;
    }
    return GUINT_TO_POINTER(n);
}

static void test_threads(void)
{
    g_autoptr(CpaRegexp) re = cpa_regexp_new("(a+)+b$", -1, NULL);
    GThread *threads[4];
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++) {
        threads[i] = g_thread_new("match", match_many, re);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++) {
        g_assert_cmpuint(GPOINTER_TO_UINT(g_thread_join(threads[i])), ==, 200000);
    }
    g_assert_null(cpa_regexp_failed(re));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/regexp/errors", test_errors);
    g_test_add_func("/regexp/matches", test_matches);
    g_test_add_func("/regexp/source", test_source);
    g_test_add_func("/regexp/limits", test_limits);
    g_test_add_func("/regexp/catastrophic", test_catastrophic);
    g_test_add_func("/regexp/failure", test_failure);
    g_test_add_func("/regexp/many-states", test_many_states);
    g_test_add_func("/regexp/threads", test_threads);
    return g_test_run();
}
