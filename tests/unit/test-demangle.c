/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names in all spellings, as pprof prints them; linkers' marks on clones; names that would explode.
 */
#include "symbol/demangle.h"

#include <glib.h>
#include <string.h>

#ifdef HAVE_LIBIBERTY

static void assert_spelled(const char *name, CpaDemangle mode, const char *want)
{
    g_autofree char *text = cpa_demangle(name, mode);
    g_assert_cmpstr(text != NULL ? text : name, ==, want);
}

static void test_cpp(void)
{
    static const struct {
        const char *name;
        const char *full;
        const char *templates;
        const char *plain;
    } cases[] = {
        {"_ZN2ns3BoxImE4workEm", "ns::Box<unsigned long>::work(unsigned long)",
         "ns::Box<unsigned long>::work", "ns::Box::work"},
        {"_ZSt4swapIiEvRT_S1_", "void std::swap<int>(int&, int&)", "std::swap<int>", "std::swap"},
        {"main", "main", "main", "main"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        assert_spelled(cases[i].name, CPA_DEMANGLE_FULL, cases[i].full);
        assert_spelled(cases[i].name, CPA_DEMANGLE_TEMPLATES, cases[i].templates);
        assert_spelled(cases[i].name, CPA_DEMANGLE_DEFAULT, cases[i].plain);
        assert_spelled(cases[i].name, CPA_DEMANGLE_NONE, cases[i].name);
    }
}

/* What compilers call a copy or a part of a function is the function, in every spelling. */
static void test_clones(void)
{
    static const char *const marks[] = {".isra.0", ".constprop.1", ".cold", ".isra.0.cold",
                                        ".part.3.constprop.0"};
    for (size_t i = 0; i < G_N_ELEMENTS(marks); i++) {
        g_autofree char *name = g_strconcat("_ZN2ns3BoxImE4workEm", marks[i], NULL);
        assert_spelled(name, CPA_DEMANGLE_FULL, "ns::Box<unsigned long>::work(unsigned long)");
        assert_spelled(name, CPA_DEMANGLE_TEMPLATES, "ns::Box<unsigned long>::work");
        assert_spelled(name, CPA_DEMANGLE_DEFAULT, "ns::Box::work");
    }
}

#endif

/* Each line of parameters doubles the one before. */
static void test_bomb(void)
{
    GString *name = g_string_new("_Z1fI");
    for (int i = 0; i < 60; i++) {
        g_string_append(name, "St4pairI");
    }
    g_string_append(name, "ii");
    for (int i = 0; i < 60; i++) {
        g_string_append_printf(name, "ES%d_", i);
    }
    g_string_append(name, "Evv");
    g_autofree char *text = cpa_demangle(name->str, CPA_DEMANGLE_FULL);
    g_assert_true(text == NULL || strlen(text) <= 1 << 16);
    g_string_free(name, TRUE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#ifdef HAVE_LIBIBERTY
    g_test_add_func("/demangle/cpp", test_cpp);
    g_test_add_func("/demangle/clones", test_clones);
#endif
    g_test_add_func("/demangle/bomb", test_bomb);
    return g_test_run();
}
