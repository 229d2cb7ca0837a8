/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The search for source files and their lines.
 */
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/trimpath.h"
#include "symbol/srcgo.h"
#include "symbol/srctree.h"

/* --- lines ---------------------------------------------------------------------------------- */

static void assert_line(const CpaSrcFile *file, int64_t line, const char *expected)
{
    size_t len = 0;
    const char *text = cpa_src_file_line(file, line, &len);
    if (expected == NULL) {
        g_assert_null(text);
        return;
    }
    g_assert_nonnull(text);
    g_assert_cmpmem(text, len, expected, strlen(expected));
}

static void test_lines(void)
{
    g_autoptr(CpaSrcFile) file = cpa_src_file_new("a\r\n\nb\r\r\nlast", 12);
    g_assert_cmpint(cpa_src_file_n_lines(file), ==, 4);
    assert_line(file, INT64_MIN, NULL);
    assert_line(file, 0, NULL);
    assert_line(file, 1, "a");
    assert_line(file, 2, "");
    assert_line(file, 3, "b\r");
    assert_line(file, 4, "last");
    assert_line(file, 5, NULL);
    assert_line(file, INT64_MAX, NULL);

    g_autoptr(CpaSrcFile) empty = cpa_src_file_new("", 0);
    g_assert_cmpint(cpa_src_file_n_lines(empty), ==, 0);
    assert_line(empty, 1, NULL);
}

/* A line of 200,000 bytes neither ends the file nor is cut. */
static void test_long_line(void)
{
    g_autoptr(GString) text = g_string_new("first\n");
    for (int i = 0; i < 200000; i++) {
        g_string_append_c(text, 'x');
    }
    g_string_append(text, "\nthird\n");
    g_autoptr(CpaSrcFile) file = cpa_src_file_new(text->str, text->len);
    size_t len = 0;
    g_assert_nonnull(cpa_src_file_line(file, 2, &len));
    g_assert_cmpuint(len, ==, 200000);
    assert_line(file, 3, "third");
}

/* --- names ---------------------------------------------------------------------------------- */

static void test_source_map(void)
{
    static const struct {
        const char *map;
        const char *name;
        const char *expected;
    } cases[] = {
        {"/build=/home/me", "/build/a/b.c", "/home/me/a/b.c"},
        {"/build/=/home/me/", "/build/a/b.c", "/home/me/a/b.c"},
        {"/build/=/home/me", "/build/a/b.c", "/home/me/a/b.c"},
        {"/build=", "/build/a/b.c", "/a/b.c"},
        {"/build/=", "/build/a/b.c", "a/b.c"},
        {"/build=/x=y", "/build/a.c", "/x=y/a.c"},
        {"/build=/home/me", "/builder/a.c", NULL},
        {"/build=/home/me", "/buil", NULL},
        {"a.c=/b.c", "a.c", "/b.c"},
        {"=x", "a", NULL},
        {"no map", "no map", NULL},
        {"", "", NULL},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = cpa_src_map_apply(cases[i].map, cases[i].name);
        g_assert_cmpstr(path, ==, cases[i].expected);
    }
}

static void test_trim(void)
{
    static const struct {
        const char *trim_path;
        const char *source_path;
        const char *path;
        const char *rest;
    } cases[] = {
        {"/a:/b/c/", "", "/a/x.c", "x.c"},
        {"/a:/b/c/", "", "/b/c/x.c", "x.c"},
        {"/a:/b/c/", "", "/b/x.c", "/b/x.c"},
        {"/a", "/me/proj", "/other/proj/x.c", "/other/proj/x.c"},
        {"", "/me/proj", "/other/proj/x.c", "x.c"},
        {"", "/me/proj:/me/lib", "/other/lib/proj/x.c", "x.c"},
        {"", "", "/proc/self/cwd/./x.c", "x.c"},
        {"", "", "/proc/self/cwd/x.c", "x.c"},
        {"", "", "x.c", "x.c"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(CpaPathTrimmer) t =
            cpa_path_trimmer_new(cases[i].trim_path, cases[i].source_path);
        g_assert_cmpstr(cases[i].path + cpa_path_trimmer_cut(t, cases[i].path), ==, cases[i].rest);
    }
}

static void test_module_escape(void)
{
    static const char *const cases[][2] = {
        {"github.com/BurntSushi/toml@v1.3.2/Lex.go", "github.com/!burnt!sushi/toml@v1.3.2/Lex.go"},
        {"a.b/C@v1.0.0-RC1/x.go", "a.b/!c@v1.0.0-!r!c1/x.go"},
        {"a.b/!c@v1.0.0/x.go", "a.b/!c@v1.0.0/x.go"},
        {"a.b/C/x.go", "a.b/C/x.go"},
        {"a.b/C@v1.0.0", "a.b/C@v1.0.0"},
        {"@v/", "@v/"},
        {"", ""},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *escaped = cpa_go_module_escape(cases[i][0]);
        g_assert_cmpstr(escaped, ==, cases[i][1]);
    }
}

static void note_replacement(const char *module, const char *directory, gpointer data)
{
    g_string_append_printf(data, "%s>%s;", module, directory);
}

static void assert_go_mod(const char *text, const char *module, const char *replacements)
{
    g_autoptr(CpaSrcFile) file = cpa_src_file_new(text, strlen(text));
    g_autoptr(GString) noted = g_string_new(NULL);
    g_autofree char *found = cpa_go_mod_parse(file, note_replacement, noted);
    g_assert_cmpstr(found, ==, module);
    g_assert_cmpstr(noted->str, ==, replacements);
}

static void test_go_mod(void)
{
    assert_go_mod("// a comment\nmodule  example.com/m // more\n\ngo 1.21\n", "example.com/m", "");
    assert_go_mod("module \"example.com/m\"\nmodule other\n", "example.com/m", "");
    assert_go_mod("module m\nreplace a.b/c => ../c\nreplace a.b/d v1.2.3 => ./d\n"
                  "replace a.b/e => a.b/fork v1.0.0\n",
                  "m", "a.b/c>../c;a.b/d>./d;");
    assert_go_mod("module m\r\nreplace (\r\n\ta.b/c => /abs\r\n\ta.b/d v1 => ../d // x\r\n)\r\n"
                  "require (\n\ta.b/e => ../no\n)\n",
                  "m", "a.b/c>/abs;a.b/d>../d;");
    assert_go_mod("module\nreplace\nreplace =>\nreplace a\nreplace a b c\nreplace (", NULL, "");
    assert_go_mod("module \"", NULL, "");
    assert_go_mod("", NULL, "");
}

/* --- the search ----------------------------------------------------------------------------- */

typedef struct {
    char *root;
} Tree;

static void put(const Tree *t, const char *path, const char *text)
{
    g_autofree char *full = g_build_filename(t->root, path, NULL);
    g_autofree char *directory = g_path_get_dirname(full);
    g_assert_cmpint(g_mkdir_with_parents(directory, 0755), ==, 0);
    g_assert_true(g_file_set_contents(full, text, -1, NULL));
}

static void set_env(const Tree *t, const char *name, const char *path)
{
    g_autofree char *full = g_build_filename(t->root, path, NULL);
    g_setenv(name, full, TRUE);
}

static void set_up(Tree *t, gconstpointer data)
{
    (void)data;
    t->root = g_dir_make_tmp("cpa-sources-XXXXXX", NULL);
    g_assert_nonnull(t->root);
    set_env(t, "GOROOT", "goroot");
    set_env(t, "GOMODCACHE", "modcache");
    set_env(t, "GOPATH", "gopath");
    set_env(t, "RUSTUP_HOME", "rustup");
    set_env(t, "CARGO_HOME", "cargo");
    put(t, "goroot/src/runtime/proc.go", "goroot");
    put(t, "goroot/src/runtime/cgo/gcc_util.c", "cgo");
    put(t, "goroot/src/csu/libc-start.c", "no source of Go");
    put(t, "gopath/src/csu/libc-start.c", "no source of Go");
    put(t, "goroot/src/vendor/golang.org/x/text/a.go", "goroot vendor");
    put(t, "modcache/github.com/!burnt!sushi/toml@v1.3.2/lex.go", "escaped");
    put(t, "modcache/a.b/plain@v1.0.0/x.go", "plain");
    put(t, "gopath/src/a.b/old/x.go", "gopath");
    put(t, "work/go.mod", "module example.com/server\nreplace a.b/local => ./local\n");
    put(t, "built/go.mod", "module example.com/built\n");
    put(t, "built/main.go", "of the program");
    put(t, "work/http/mux.go", "module root");
    put(t, "work/local/l.go", "replaced");
    put(t, "work/vendor/a.b/Vendored/v.go", "vendored");
    put(t, "work/sub/here.c", "here");
    put(t, "rustup/toolchains/stable-x/lib/rustlib/src/rust/library/std/src/io.rs", "rust");
    put(t, "cargo/registry/src/index.crates.io-1/serde-1.0/src/lib.rs", "crate");
    put(t, "mapped/d/f.c", "mapped");
}

static void remove_tree(const char *path)
{
    GDir *dir = g_file_test(path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open(path, 0, NULL);
    const char *name = NULL;
    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *below = g_build_filename(path, name, NULL);
        remove_tree(below);
    }
    if (dir != NULL) {
        g_dir_close(dir);
    }
    g_assert_cmpint(g_remove(path), ==, 0);
}

static void tear_down(Tree *t, gconstpointer data)
{
    (void)data;
    remove_tree(t->root);
    g_free(t->root);
}

static void test_search(Tree *t, gconstpointer data)
{
    static const char *const cases[][2] = {
        {"here.c", "here"},
        {"sub/here.c", "here"},                    /* a directory above the search path */
        {"/elsewhere/sub/deep/../here.c", "here"}, /* guess by name */
        {"/elsewhere/sub/here.c", "here"},         /* guess by name */
        {"runtime/proc.go", "goroot"},
        {"/usr/lib/go-9.9/src/runtime/proc.go", "goroot"},
        {"/opt/toolcache/go/9.9.9/x64/src/runtime/proc.go", "goroot"},
        {"/x/golang.org/toolchain@v0.0.1-go9.linux/src/runtime/proc.go", "goroot"},
        {"/home/you/src/runtime/proc.go", NULL}, /* no sign of Go before src */
        {"vendor/golang.org/x/text/a.go", "goroot vendor"},
        {"github.com/BurntSushi/toml@v1.3.2/lex.go", "escaped"},
        {"github.com/!burnt!sushi/toml@v1.3.2/lex.go", "escaped"},
        {"/nonexistent/go/pkg/mod/github.com/!burnt!sushi/toml@v1.3.2/lex.go", "escaped"},
        {"/go.cache/x/github.com/!burnt!sushi/toml@v1.3.2/lex.go", "escaped"},
        {"a.b/plain@v1.0.0/x.go", "plain"},
        {"a.b/plain@v1.0.1/x.go", NULL}, /* another version is another source */
        {"a.b/Vendored@v2.0.0/v.go", "vendored"},
        {"/ci/job/vendor/a.b/Vendored/v.go", "vendored"},
        {"a.b/old/x.go", "gopath"},
        {"example.com/server/http/mux.go", "module root"},
        {"example.com/server@v0.0.0-2026/http/mux.go", "module root"},
        {"example.com/serverless/http/mux.go", NULL},
        {"example.com/built/main.go", "of the program"}, /* above the program, which is not there */
        {"a.b/local/l.go", "replaced"},
        {"a.b/local@v1.0.0/l.go", "replaced"},
        {"/rustc/0123abc/library/std/src/io.rs", "rust"},
        {"/rustc/0123abc", NULL},
        {"/nonexistent/.cargo/registry/src/index.crates.io-2/serde-1.0/src/lib.rs", "crate"},
        {"/build/d/f.c", "mapped"},
        {"/builder/d/f.c", NULL},
        {"runtime/cgo/gcc_util.c", "cgo"},
        {"csu/libc-start.c", NULL}, /* of C, wherever such a file may be */
        {"", NULL},                 /* the directory itself */
    };
    (void)data;
    g_autofree char *source_path = g_build_filename(t->root, "work", "sub", NULL);
    g_autoptr(GPtrArray) maps = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(maps, g_strdup("/unused=/x"));
    g_ptr_array_add(maps, g_strconcat("/build=", t->root, "/mapped", NULL));
    g_autofree char *program = g_build_filename(t->root, "built", "bin", "server", NULL);
    CpaSrcOptions options = {
        .source_path = source_path, .trim_path = "", .source_map = maps, .program = program};
    g_autoptr(CpaSrcTree) tree = cpa_src_tree_new(&options, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        const CpaSrcEntry *e = cpa_src_tree_find(tree, cases[i][0]);
        g_test_message("%s: %s", cases[i][0], e->path != NULL ? e->path : e->problem);
        g_assert_true((e->text != NULL) == (cases[i][1] != NULL));
        g_assert_true(e->problem == NULL || e->text == NULL);
        if (e->text != NULL) {
            assert_line(e->text, 1, cases[i][1]);
        }
        g_assert_true(e == cpa_src_tree_find(tree, cases[i][0]));
    }
    g_autoptr(GPtrArray) sum = cpa_src_tree_missing(tree, 5);
    g_assert_cmpuint(sum->len, ==, 1);
    g_assert_true(g_str_has_prefix(sum->pdata[0],
                                   "no source of 6 files: /home/you/src/runtime/proc.go, "
                                   "a.b/plain@v1.0.1/x.go, example.com/serverless/http/mux.go "
                                   "and 3 more; -source_path"));
    g_autoptr(GPtrArray) missing = cpa_src_tree_missing(tree, 6);
    g_assert_cmpuint(missing->len, ==, 6);
    g_assert_true(g_str_has_prefix(missing->pdata[0],
                                   "no source of /home/you/src/runtime/proc.go; tried "
                                   "/home/you/src/runtime/proc.go; -source_path"));
}

/* What is not found comes with what to do about it. */
static void test_advice(Tree *t, gconstpointer data)
{
    static const struct {
        const char *names[3];
        const char *advice;
    } cases[] = {
        {{"/rustc/abc/library/core/src/a.rs", "/rustc/abc/library/core/src/b.rs"}, "rust-src"},
        {{"a.b/m/x.go", "a.b/m/y.go"}, "directory of the module's go.mod"},
        {{"a.b/m@v1.0.0/x.go", "a.b/m@v1.0.0/y.go"}, "go mod download"},
        {{"/no/x.c", "a.b/m/x.go"}, "-source_path, -trim_path and -source_map"},
        {{"nodot/m/x.go", "./x.go"}, "-source_path, -trim_path and -source_map"},
    };
    (void)data;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        CpaSrcOptions options = {.source_path = t->root, .trim_path = ""};
        g_autoptr(CpaSrcTree) tree = cpa_src_tree_new(&options, NULL);
        for (size_t k = 0; cases[i].names[k] != NULL; k++) {
            g_assert_null(cpa_src_tree_find(tree, cases[i].names[k])->text);
        }
        g_autoptr(GPtrArray) sum = cpa_src_tree_missing(tree, 1);
        g_assert_cmpuint(sum->len, ==, 1);
        g_test_message("%s", (char *)sum->pdata[0]);
        g_assert_nonnull(strstr(sum->pdata[0], cases[i].advice));
        g_autoptr(GPtrArray) each = cpa_src_tree_missing(tree, 2);
        g_assert_cmpuint(each->len, ==, 2);
        g_assert_true(i == 3 || strstr(each->pdata[1], cases[i].advice) != NULL);
    }
}

/* In the words of pprof, which are Go's. */
static void test_problems(Tree *t, gconstpointer data)
{
    (void)data;
    CpaSrcOptions options = {.source_path = "/nowhere:/else", .trim_path = "/cut"};
    g_autoptr(CpaSrcTree) tree = cpa_src_tree_new(&options, NULL);
    g_assert_cmpstr(cpa_src_tree_find(tree, "/no/file.c")->problem, ==,
                    "open /no/file.c: no such file or directory");
    g_assert_cmpstr(cpa_src_tree_find(tree, "/cut/file.c")->problem, ==,
                    "could not find file file.c on path /nowhere:/else");
    g_autofree char *pipe = g_build_filename(t->root, "pipe.c", NULL);
    g_assert_cmpint(mkfifo(pipe, 0600), ==, 0);
    g_autofree char *link = g_build_filename(t->root, "link.c", NULL);
    g_assert_cmpint(symlink("/dev/zero", link), ==, 0);
    const char *const odd[] = {pipe, link, "/dev/null"};
    for (size_t i = 0; i < G_N_ELEMENTS(odd); i++) {
        g_autofree char *expected = g_strdup_printf("open %s: not a regular file", odd[i]);
        g_assert_cmpstr(cpa_src_tree_find(tree, odd[i])->problem, ==, expected);
    }
    g_assert_null(cpa_src_tree_find(tree, t->root)->problem);
    g_assert_null(cpa_src_tree_find(tree, t->root)->text);
    g_autofree char *huge = g_build_filename(t->root, "huge.c", NULL);
    g_assert_true(g_file_set_contents(huge, "", 0, NULL));
    g_assert_cmpint(truncate(huge, (off_t)CPA_SRC_FILE_MAX_BYTES + 1), ==, 0);
    g_autofree char *expected = g_strdup_printf("open %s: larger than 64 MiB", huge);
    g_assert_cmpstr(cpa_src_tree_find(tree, huge)->problem, ==, expected);
}

static void test_bad_map(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) maps = g_ptr_array_new();
    g_ptr_array_add(maps, (gpointer) "/no/equals");
    CpaSrcOptions options = {.source_path = "/", .trim_path = "", .source_map = maps};
    g_assert_null(cpa_src_tree_new(&options, &error));
    g_assert_error(error, CPA_ERROR, CPA_ERROR_USAGE);
    g_assert_nonnull(strstr(error->message, "want FROM=TO"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sources/lines", test_lines);
    g_test_add_func("/sources/long-line", test_long_line);
    g_test_add_func("/sources/source-map", test_source_map);
    g_test_add_func("/sources/trim", test_trim);
    g_test_add_func("/sources/module-escape", test_module_escape);
    g_test_add_func("/sources/go-mod", test_go_mod);
    g_test_add_func("/sources/bad-map", test_bad_map);
    g_test_add("/sources/search", Tree, NULL, set_up, test_search, tear_down);
    g_test_add("/sources/advice", Tree, NULL, set_up, test_advice, tear_down);
    g_test_add("/sources/problems", Tree, NULL, set_up, test_problems, tear_down);
    return g_test_run();
}
