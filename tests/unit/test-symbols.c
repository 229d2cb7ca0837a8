/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Spelling of names, words of -symbolize, what is sent to symbol servers and what comes back, the
 * cache. Spellings are what pprof prints (ianlancetaylor/demangle).
 */
#include "symbol/answers.h"
#include "symbol/cache.h"
#include "symbol/demangle.h"
#include "symbol/mode.h"
#include "symbol/symbolz.h"

#include <glib/gstdio.h>
#include <string.h>

#include "profile/builder.h"

/* ---- names ----------------------------------------------------------------------------------- */

static void check_name(const char *name, CpaDemangle mode, const char *wanted)
{
    g_autofree char *text = cpa_demangle(name, mode);
    g_assert_cmpstr(text != NULL ? text : name, ==, wanted);
}

static void test_plain_names(void)
{
    static const struct {
        const char *name;
        const char *shown;
        const char *templates;
    } cases[] = {
        {"main", "main", "main"},
        {"runtime.mallocgc", "runtime.mallocgc", "runtime.mallocgc"},
        {"main.(*Tree[...]).Insert", "main.(*Tree[...]).Insert", "main.(*Tree[...]).Insert"},
        {"java.util.List.<init>", "java.util.List.<init>", "java.util.List.<init>"},
        {"std::map<int, a::b<c> >::f(int)", "std::map::f", "std::map<int, a::b<c> >::f"},
        {"foo::bar(a(b), c) const", "foo::bar const", "foo::bar const"},
        {"a::b(", "a::b(", "a::b("},
        {"a::b)c", "a::b)c", "a::b)c"},
        {"", "", ""},
        {"_", "_", "_"},
        {"_Z", "_Z", "_Z"},
        {"_ZZZZ", "_ZZZZ", "_ZZZZ"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        check_name(cases[i].name, CPA_DEMANGLE_DEFAULT, cases[i].shown);
        check_name(cases[i].name, CPA_DEMANGLE_TEMPLATES, cases[i].templates);
        check_name(cases[i].name, CPA_DEMANGLE_FULL, cases[i].name);
        check_name(cases[i].name, CPA_DEMANGLE_NONE, cases[i].name);
    }
}

#ifdef HAVE_LIBIBERTY

static void test_mangled_names(void)
{
    static const struct {
        const char *name;
        const char *shown;
        const char *templates;
        const char *full;
    } cases[] = {
        {"_ZN4shop3BoxIlE4workEi", "shop::Box::work", "shop::Box<long>::work",
         "shop::Box<long>::work(int)"},
        {"__ZN4shop3BoxIlE4workEi", "shop::Box::work", "shop::Box<long>::work",
         "shop::Box<long>::work(int)"},
        {"_ZZ3fooiENKUliE_clEi", "foo()::{lambda(int)#1}::operator()",
         "foo()::{lambda(int)#1}::operator()", "foo(int)::{lambda(int)#1}::operator()(int) const"},
        {"_ZNSsC1EPKcRKSaIcE", "std::basic_string::basic_string",
         "std::basic_string<char, std::char_traits<char>, std::allocator<char> >::basic_string",
         "std::basic_string<char, std::char_traits<char>, std::allocator<char> "
         ">::basic_string(char const*, std::allocator<char> const&)"},
        {"_ZN1aI1bIJEEE1fEv", "a::f", "a<b<> >::f", "a<b<> >::f()"},
        {"_ZlsRSoRK1a", "operator<<", "operator<<", "operator<<(std::ostream&, a const&)"},
        {"_ZN3log13__private_api3log17h2ac91c93c468a816E", "log::_private_api::log",
         "log::_private_api::log", "log::_private_api::log"},
        {"_ZN4core3fmt5Write9write_fmt17h0123456789abcdefE", "core::fmt::Write::write_fmt",
         "core::fmt::Write::write_fmt", "core::fmt::Write::write_fmt"},
        {"_RNvXs_Cs1234_4demoINtB4_3BoxlENtB4_5Trait1f", "<demo::Box<> as demo::Trait>::f",
         "<demo::Box<i32> as demo::Trait>::f", "<demo::Box<i32> as demo::Trait>::f"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        check_name(cases[i].name, CPA_DEMANGLE_DEFAULT, cases[i].shown);
        check_name(cases[i].name, CPA_DEMANGLE_TEMPLATES, cases[i].templates);
        check_name(cases[i].name, CPA_DEMANGLE_FULL, cases[i].full);
        check_name(cases[i].name, CPA_DEMANGLE_NONE, cases[i].name);
    }
}

static void hostile(const char *head, const char *piece, size_t n, const char *tail)
{
    g_autoptr(GString) name = g_string_new(head);
    for (size_t i = 0; i < n; i++) {
        g_string_append(name, piece);
    }
    g_string_append(name, tail);
    for (int mode = CPA_DEMANGLE_DEFAULT; mode < CPA_DEMANGLE_NONE; mode++) {
        g_autofree char *text = cpa_demangle(name->str, (CpaDemangle)mode);
        g_assert_true(text == NULL || strlen(text) <= 1 << 16);
    }
}

/* Each would print as gigabytes, or recurse as deep as it is long. */
static void test_hostile_names(void)
{
    hostile("_Z1fI", "N1aI", 3000, "i");
    hostile("_Z1f", "P", 16000, "v");
    hostile("_Z1fv", "T_", 5000, "");
    hostile("_RNvC1a", "TBa_Ba_E", 2000, "");
    hostile("_RI", "N", 8000, "");
    /* S_, S0_, ...: every one is a template of the one before it, twice. */
    GString *name = g_string_new("_ZN1a1bI1cS0_E");
    for (unsigned i = 1; i < 36; i++) {
        g_string_append_printf(name, "1dIS%c_S%c_E", "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[i],
                               "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[i]);
    }
    hostile(name->str, "", 0, "E");
    g_string_free(name, TRUE);
}

#endif

/* ---- words ----------------------------------------------------------------------------------- */

static void test_mode(void)
{
    CpaSymbolMode m;
    g_assert_true(cpa_symbol_mode_parse(&m, ""));
    g_assert_true(m.local && m.remote && !m.force && !m.fast && !m.is_off);
    g_assert_true(cpa_symbol_mode_parse(&m, "FastLocal:explain"));
    g_assert_true(m.local && !m.remote && m.fast && m.explain);
    g_assert_true(cpa_symbol_mode_parse(&m, "remote:demangle=templates"));
    g_assert_true(!m.local && m.remote && m.force && m.demangle == CPA_DEMANGLE_TEMPLATES);
    g_assert_true(cpa_symbol_mode_parse(&m, "force:none:whatever"));
    g_assert_true(m.is_off);
    g_assert_false(cpa_symbol_mode_parse(&m, "locla"));
    g_assert_true(m.local && m.remote);
}

/* ---- servers --------------------------------------------------------------------------------- */

static void test_symbolz_url(void)
{
    static const char *const cases[][2] = {
        {"http://host:8000/profilez?seconds=5", "http://host:8000/symbolz"},
        {"http://host/debug/pprof/heap", "http://host/debug/pprof/symbol"},
        {"http://host/a/pprof/growth", "http://host/a/pprof/symbol"},
        {"http://host/pprof/other", "http://host/pprof/symbolz"},
        {"https://host", "https://host/symbolz"},
        {"unix:///run/app.sock/debug/pprof/heap", "unix:///run/app.sock/debug/pprof/symbol"},
        {"/a/file", NULL},
        {"host", NULL},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *url = cpa_symbolz_url(cases[i][0]);
        g_assert_cmpstr(url, ==, cases[i][1]);
    }
}

static CpaProfile *make_profile(void)
{
    g_autoptr(CpaBuilder) b = cpa_builder_new();
    CpaMapping mapping = {.start = 0x1000, .limit = 0x9000};
    uint32_t m = cpa_builder_add_mapping(b, &mapping);
    cpa_builder_add_sample_type(b, cpa_builder_intern(b, "cpu", -1), 0);
    for (uint64_t i = 0; i < 4; i++) {
        CpaLocation location = {.address = i * 0x1000, .mapping = m};
        cpa_builder_add_location(b, &location, NULL, 0);
    }
    CpaProfile *p = cpa_builder_finish(b, NULL);
    g_assert_nonnull(p);
    return p;
}

static const char *name_of(const CpaProfile *p, uint32_t location)
{
    const CpaLocation *l = &p->locations[location];
    return l->n_lines == 0
               ? NULL
               : cpa_strtab_get(p->strings, p->functions[p->lines[l->line_first].function].name);
}

static void test_symbolz(void)
{
    g_autoptr(CpaProfile) p = make_profile();
    g_autoptr(GError) error = NULL;
    g_autofree char *body = cpa_symbolz_request(p, 0, 0x10, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(body, ==, "0x1010+0x2010+0x3010");
    static const char answer[] = "num_symbols: 1\n"
                                 "0x1010 main.work\n"
                                 " x 0x2010\t a b \n"
                                 "0x5010 elsewhere\n"
                                 "0x3010\n"
                                 "0x3010 cut off";
    g_assert_true(cpa_symbolz_apply(p, 0, 0x10, answer, strlen(answer), &error));
    g_assert_null(name_of(p, 0));
    g_assert_cmpstr(name_of(p, 1), ==, "main.work");
    g_assert_cmpstr(name_of(p, 2), ==, "a b ");
    g_assert_null(name_of(p, 3));
    g_free(body);
    body = cpa_symbolz_request(p, 0, 0, &error);
    g_assert_cmpstr(body, ==, "0x3000");
    g_assert_false(cpa_symbolz_apply(p, 0, 0, "0x1ffffffffffffffff x\n", 22, &error));
    g_assert_error(error, CPA_ERROR, CPA_ERROR_OVERFLOW);
}

static void test_symbolz_overflow(void)
{
    g_autoptr(CpaProfile) p = make_profile();
    g_autoptr(GError) error = NULL;
    g_assert_null(cpa_symbolz_request(p, 0, -0x2000, &error));
    g_assert_error(error, CPA_ERROR, CPA_ERROR_OVERFLOW);
}

/* ---- the cache ------------------------------------------------------------------------------- */

static void fill(CpaAnswers *a, const uint64_t *addresses, size_t n, const char *function)
{
    cpa_answers_init(a);
    for (size_t i = 0; i < n; i++) {
        cpa_vec_push(&a->addresses, addresses[i]);
    }
    cpa_answers_begin(a);
    for (size_t i = 0; i < n; i++) {
        const CpaFrame frames[] = {
            {.function = "inner", .file = "a.h", .line = 3, .column = 4, .start_line = 2},
            {.function = function, .file = "a.c", .line = 7},
        };
        if (i % 2 == 0) {
            cpa_answers_set(a, i, frames, G_N_ELEMENTS(frames));
        }
    }
}

static void check_answer(const CpaAnswers *a, uint64_t address, const char *function)
{
    size_t i = cpa_answers_find(a, address);
    g_assert_cmpuint(i, !=, SIZE_MAX);
    g_assert_true((a->leaf[i] != CPA_NONE) == (function != NULL));
    if (function != NULL) {
        const CpaAnswerFrame *leaf = &a->frames.data[a->leaf[i]];
        g_assert_cmpstr(cpa_strtab_get(a->strings, leaf->function), ==, "inner");
        const CpaAnswerFrame *f = &a->frames.data[leaf->caller];
        g_assert_cmpuint(f->caller, ==, CPA_NONE);
        g_assert_cmpstr(cpa_strtab_get(a->strings, f->function), ==, function);
        g_assert_cmpuint(f->line, ==, 7);
    }
}

static void test_cache(void)
{
    g_autofree char *dir = g_dir_make_tmp("cpa-cache-XXXXXX", NULL);
    g_autofree char *sub = g_build_filename(dir, "sub", NULL);
    CpaAnswers a;
    CpaAnswers b;
    CpaAnswers both;
    CpaAnswers read;
    fill(&a, (const uint64_t[]){16, 32, 64}, 3, "one");
    g_assert_cmpuint(a.frames.len, ==, 2); /* both addresses share them */
    fill(&b, (const uint64_t[]){8, 16, 128}, 3, "two");
    cpa_answers_init(&both);
    cpa_answers_init(&read);
    cpa_answers_merge(&both, &a, &b);
    g_assert_cmpuint(both.addresses.len, ==, 5);
    g_assert_false(cpa_symcache_load(sub, "key", &read));
    cpa_symcache_store(sub, "key", &both);
    g_assert_true(cpa_symcache_load(sub, "key", &read));
    check_answer(&read, 8, "two");
    check_answer(&read, 16, "one");
    check_answer(&read, 32, NULL);
    check_answer(&read, 128, "two");
    g_assert_cmpuint(cpa_answers_find(&read, 9), ==, SIZE_MAX);

    /* A file that is damaged anywhere is no file. */
    g_autofree char *path = g_build_filename(sub, "key.cpasym", NULL);
    g_autofree char *bytes = NULL;
    gsize n = 0;
    g_assert_true(g_file_get_contents(path, &bytes, &n, NULL));
    for (gsize i = 0; i < n; i++) {
        CpaAnswers none;
        cpa_answers_init(&none);
        bytes[i] ^= 0x10;
        g_assert_false(cpa_answers_decode(&none, (const uint8_t *)bytes, n, NULL));
        g_assert_cmpuint(none.addresses.len, ==, 0);
        g_assert_false(cpa_answers_decode(&none, (const uint8_t *)bytes, i, NULL));
        bytes[i] ^= 0x10;
        cpa_answers_clear(&none);
    }
    cpa_answers_clear(&a);
    cpa_answers_clear(&b);
    cpa_answers_clear(&both);
    cpa_answers_clear(&read);
    g_assert_cmpint(g_unlink(path), ==, 0);
    g_assert_cmpint(g_rmdir(sub), ==, 0);
    g_assert_cmpint(g_rmdir(dir), ==, 0);
    g_autofree char *off = cpa_symcache_dir("off");
    g_assert_null(off);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/symbols/plain-names", test_plain_names);
#ifdef HAVE_LIBIBERTY
    g_test_add_func("/symbols/mangled-names", test_mangled_names);
    g_test_add_func("/symbols/hostile-names", test_hostile_names);
#endif
    g_test_add_func("/symbols/mode", test_mode);
    g_test_add_func("/symbols/symbolz-url", test_symbolz_url);
    g_test_add_func("/symbols/symbolz", test_symbolz);
    g_test_add_func("/symbols/symbolz-overflow", test_symbolz_overflow);
    g_test_add_func("/symbols/cache", test_cache);
    return g_test_run();
}
