/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts that the search for sources reads: a go.mod, a -source_map, names of source files. Lines of
 * the input are names; the first is a map, too; the whole is a go.mod.
 */
#include <string.h>

#include "harness.h"
#include "symbol/srcgo.h"
#include "symbol/srctree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void note(const char *module, const char *directory, gpointer data)
{
    size_t *n = data;
    g_assert_nonnull(module);
    g_assert_true(*directory == '.' || *directory == '/');
    (*n)++;
}

/* No file is looked for: each place is only checked to be one. */
static bool refuse(const char *candidate, gpointer data)
{
    size_t *n = data;
    g_assert_cmpint(*candidate, ==, '/');
    (*n)++;
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 4096) {
        return 0;
    }
    g_autoptr(CpaSrcFile) file = cpa_src_file_new((const char *)data, size);
    size_t n_replaced = 0;
    g_autofree char *module = cpa_go_mod_parse(file, note, &n_replaced);
    g_assert_true(module == NULL || *module != '\0');
    g_assert_cmpuint(n_replaced, <=, (size_t)cpa_src_file_n_lines(file));

    static CpaGoRoots *roots;
    if (roots == NULL) {
        static char *directories[] = {(char *)"/nonexistent/a", NULL};
        roots = cpa_go_roots_new(directories, "/nowhere/program");
    }
    size_t len = 0;
    const char *first = cpa_src_file_line(file, 1, &len);
    g_autofree char *map = first != NULL ? g_strndup(first, len) : NULL;
    const char *line = NULL;
    for (int64_t i = 1; (line = cpa_src_file_line(file, i, &len)) != NULL; i++) {
        g_autofree char *name = g_strndup(line, len);
        size_t n_tried = 0;
        g_assert_false(cpa_go_roots_search(roots, name, refuse, &n_tried));
        g_autofree char *mapped = cpa_src_map_apply(map, name);
        g_assert_true(mapped == NULL || strchr(map, '=') != NULL);
        g_autofree char *escaped = cpa_go_module_escape(name);
        g_autofree char *again = cpa_go_module_escape(escaped);
        g_assert_cmpstr(escaped, ==, again);
    }
    return 0;
}
