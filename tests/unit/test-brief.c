/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Long names in boxes: what is left of them, and where they break.
 */
#include "layout/brief.h"

#include <string.h>

#define E "\xe2\x80\xa6"

static void test_brief(void)
{
    static const struct {
        const char *name;
        size_t max_len;
        const char *expected;
    } cases[] = {
        {"main", 4, "main"},
        {"encoding/json.(*decodeState).value", 5, "encoding/json.(*decodeState).value"},
        {"a::b<c<d<e<f> > > >::g(int)", 27, "a::b<c<d<e<f> > > >::g(int)"},
        {"a::b<c<d<e<ffffff> > > >::g(int)", 29, "a::b<c<d<e<" E "> > > >::g(int)"},
        {"a::b<c<d<e<ffffff> > > >::g(int)", 28, "a::b<c<d<" E "> > >::g(int)"},
        {"a::b<c<d<eeee> >, cc>::g(int)", 18, "a::b<" E ">::g(int)"},
        {"a::b<c>::g(int, std::string const&) const", 20, "a::b<" E ">::g(" E ") const"},
        {"void std::sort<int*>(int*, int*)", 30, "std::sort<int*>(int*, int*)"},
        {"int const* std::min<a<b> >(c)", 20, "std::min<a<b> >(c)"},
        {"decltype (((f)(0)).g<T>()) std::call<T>(T)", 20, "std::call<T>(T)"},
        {"bool a::operator< <b, c, ddd>(b const&, c)", 31, "a::operator< <" E ">(b const&, c)"},
        {"a::operator<<(a::very_long_type const&)", 12, "a::operator<<(" E ")"},
        {"a::b::operator()(int, int) const", 10, "a::b::operator()(" E ") const"},
        {"a::operator->() const", 5, "a::operator->() const"},
        {"a::operator bool() const", 5, "a::operator bool() const"},
        {"f((anonymous namespace)::Corpus const&, int)", 10, "f(" E ")"},
        {"(anonymous namespace)::f(int, int, int)", 10, "(anonymous namespace)::f(" E ")"},
        {"a<b", 1, "a<b"},
        {"a>b", 1, "a>b"},
        {"x(y", 1, "x(y"},
        {"<>", 1, "<" E ">"},
        {"", 0, ""},
        {"a thread name that is long", 5, "a thread name that is long"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = cpa_brief_name(cases[i].name, cases[i].max_len);
        g_assert_cmpstr(text, ==, cases[i].expected);
    }
}

static void test_long(void)
{
    g_autoptr(GString) name = g_string_new("f");
    for (int i = 0; i < 50000; i++) {
        g_string_append(name, "<a");
    }
    for (int i = 0; i < 50000; i++) {
        g_string_append(name, ">");
    }
    g_autofree char *text = cpa_brief_name(name->str, 80);
    g_assert_cmpstr(text, ==, "f<a<a<a<" E ">>>>");
    /* Brackets without end: not one search for each. */
    g_autofree char *open = g_strnfill(1000000, '(');
    g_autofree char *opened = cpa_brief_name(open, 80);
    g_assert_cmpstr(opened, ==, open);
    g_string_truncate(name, name->len - 1);
    g_autofree char *same = cpa_brief_name(name->str, 80);
    g_assert_cmpstr(same, ==, name->str);
}

static void test_lines(void)
{
    static const struct {
        const char *name;
        const char *expected;
    } cases[] = {
        {"main.main", "main\nmain"},
        {"json.(*decodeState).value", "json\n(*decodeState)\nvalue"},
        {"slices.Sort[...]", "slices\nSort[" E "]"},
        {"slices.Sort[...].func1", "slices\nSort[" E "]\nfunc1"},
        {"slices.Sort[go.shape.int].f", "slices\nSort[go.shape.int]\nf"},
        {"a::b<std::c>::d(std::e)", "a\nb<std::c>\nd(std::e)"},
        {"a::operator<<(b::c)", "a\noperator<<(b::c)"},
        {"a::operator->()::b", "a\noperator->()\nb"},
        {"a:b", "a:b"},
        {"cut.here...", "cut\nhere..."},
        {")::a", ")\na"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GString) out = g_string_new(NULL);
        cpa_brief_append_lines(out, cases[i].name);
        g_assert_cmpstr(out->str, ==, cases[i].expected);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/brief/names", test_brief);
    g_test_add_func("/brief/long", test_long);
    g_test_add_func("/brief/lines", test_lines);
    return g_test_run();
}
