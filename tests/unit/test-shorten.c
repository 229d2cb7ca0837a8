/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Short function names, against results of upstream's ShortenFunctionName.
 */
#include "base/shorten.h"

#include <string.h>

typedef struct {
    const char *name;
    const char *expected;
} Case;

static const Case cases[] = {
    {"", ""},
    {"main.main", "main.main"},
    {"runtime.mallocgc", "runtime.mallocgc"},
    {"crypto/sha256.block", "sha256.block"},
    {"net/http.(*conn).serve", "http.(*conn).serve"},
    {"example.com/shop/cart.Total", "cart.Total"},
    {"example.com/shop/cart.Sum[...]", "cart.Sum[...]"},
    {"example.com/a-b/c_d.(*T).M-fm", "c_d.(*T).M-fm"},
    {"gopkg.in/yaml.v3.(*parser).parse", "yaml.v3.(*parser).parse"},
    {"example.com/shop/v4.(*T).Run", "shop.(*T).Run"},
    {"example.com/shop/v4/cart.New", "cart.New"},
    {"example.com/shop/v1.F", "v1.F"},
    {"example.com/shop/v0.F", "v0.F"},
    {"example.com/shop/v10.F", "shop.F"},
    {"example.com/shop/v02.F", "v02.F"},
    {"example.com/shop/v2x.F", "v2x.F"},
    {"example.com/shop/v2/v3.F", "v3.F"},
    {"a/v2", "a/v2"},
    {"a/v2.", "a."},
    {"a/v2/", "a/"},
    {"/v2.f", ".f"},
    {"a/b.", "a/b."},
    {"a/.b", "a/.b"},
    {"a/b/.c", "b/.c"},
    {"a/b\n.c", "b\n.c"},
    {"a/b.c\nd", "b.c"},
    {"a/b.\n", "a/b.\n"},
    {"a.b/c/d e.f", "d e.f"},
    {"a//b.c", "/b.c"},
    {"-/b.c", "b.c"},
    {"java.util.HashMap.put", "HashMap.put"},
    {"java.util.HashMap.put(java.lang.Object)", "HashMap.put"},
    {"org.acme.Pool$Worker.<init>", "Pool$Worker.<init>"},
    {"org.acme.Pool.<init>x", "org.acme.Pool.<init>x"},
    {"org.acme.Pool.run$12", "Pool.run$12"},
    {"Pool.run", "Pool.run"},
    {"Pool.Run", "Pool.Run"},
    {"org.Acme.pool.run", "org.Acme.pool.run"},
    {"org.acme.Pool.run()V x", "Pool.run"},
    {"org.acme.Pool.run x", "org.acme.Pool.run x"},
    {"org..Pool.run", "org..Pool.run"},
    {"(anonymous namespace)::f", "f"},
    {"(anonymous namespace)::(anonymous namespace)::f", "(anonymous namespace)::f"},
    {"(anonymous namespace)::", ""},
    {"ns::(anonymous namespace)::f", "ns::(anonymous namespace)::f"},
    {"ns::Class::method", "Class::method"},
    {"ns::Class::~Class", "Class::~Class"},
    {"Outer::Inner::run(int)", "Inner::run"},
    {"ns::f", "ns::f"},
    {"ns::f::g", "ns::f::g"},
    {"a::B::c::d", "B::c"},
    {"a::B::C::", "B::C"},
    {"a::B::C::1", "B::C"},
    {"ns::_Impl::go", "_Impl::go"},
    {"ns::__1::Vec::at", "Vec::at"},
    {"ns::C::m<int, (a)1>::x()", "C::m<int, (a)1>"},
    {"ns::C::m<int\n>", "C::m"},
    {"ns::C::m<>", "C::m<>"},
    {"ns::C::m<a>\n>", "C::m<a>"},
    {"::C::m", "::C::m"},
    {"1::C::m", "1::C::m"},
    {"ns::C::m\xff", "C::m"},
    {"a::B::c/v2.d", "B::c"},
    {"std::vector<int>::push_back", "std::vector<int>::push_back"},
};

static void check(const char *name, size_t len, const char *expected, size_t n_expected)
{
    /* A copy of exact size, so that ASan sees a read past the end. */
    g_autofree char *copy = len > 0 ? g_malloc(len) : g_malloc(1);
    memcpy(copy, name, len);
    g_autoptr(GString) out = g_string_new("kept ");
    cpa_shorten_function_name(copy, len, out);
    g_assert_cmpmem(out->str, out->len, expected, n_expected);
}

static void test_table(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *expected = g_strconcat("kept ", cases[i].expected, NULL);
        check(cases[i].name, strlen(cases[i].name), expected, strlen(expected));
    }
}

static void test_nul_byte(void)
{
    static const char name[] = "a/b.c\0d";
    static const char expected[] = "kept b.c\0d";
    check(name, sizeof name - 1, expected, sizeof expected - 1);
}

/* A name as long as a hostile profile may hold must not take quadratic time. */
static void test_long(void)
{
    static const char *const parts[] = {"a/", "a::", "A::", "/v2", "a.", "a/.", "/v99", "<"};
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_autoptr(GString) name = g_string_new("a::B::c");
        while (name->len < 4 * 1024 * 1024) {
            g_string_append(name, parts[i]);
        }
        g_autoptr(GString) out = g_string_new(NULL);
        gint64 start_us = g_get_monotonic_time();
        cpa_shorten_function_name(name->str, name->len, out);
        g_assert_cmpuint(out->len, <=, name->len);
        g_assert_cmpint(g_get_monotonic_time() - start_us, <, 10 * G_USEC_PER_SEC);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/shorten/table", test_table);
    g_test_add_func("/shorten/nul-byte", test_nul_byte);
    g_test_add_func("/shorten/long", test_long);
    return g_test_run();
}
