/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The search for source files: what is asked of each of the places, and what was answered.
 *
 * Source: pprof internal/report/source.go openSourceFile, trimPath
 */
#include "symbol/srctree.h"

#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "base/trimpath.h"
#include "symbol/srcgo.h"

#define MAX_NAMED 3u /* files in a sentence about many */

struct CpaSrcTree {
    char *source_path;
    char *program;      /* or NULL */
    char **directories; /* of source_path, NULL-terminated */
    GPtrArray *maps;    /* of char* */
    CpaPathTrimmer *trimmer;
    CpaGoRoots *go;       /* NULL until they are needed */
    GPtrArray *rust;      /* of char*: directories with library/ in them; likewise */
    GHashTable *entries;  /* name -> CpaSrcEntry */
    GPtrArray *not_found; /* of char*: names, those of `entries` */
    GPtrArray *asked;     /* of char*: questions to servers, with the answers */
    CpaDebuginfodLimits servers;
    const char *(*build_id_of)(const char *name, gpointer data);
    gpointer data;
};

static void entry_free(gpointer data)
{
    CpaSrcEntry *e = data;
    cpa_src_file_free(e->text);
    g_free(e->path);
    g_free(e->problem);
    g_ptr_array_unref(e->tried);
    g_free(e);
}

char *cpa_src_map_apply(const char *map, const char *name)
{
    const char *equals = strchr(map, '=');
    size_t n = equals != NULL ? (size_t)(equals - map) : 0;
    if (n == 0 || strncmp(name, map, n) != 0 ||
        (map[n - 1] != '/' && name[n] != '/' && name[n] != '\0')) {
        return NULL;
    }
    bool joined = map[n - 1] != '/' || equals[1] == '\0' || g_str_has_suffix(equals, "/");
    return g_strconcat(equals + 1, joined ? "" : "/", name + n, NULL);
}

CpaSrcTree *cpa_src_tree_new(const CpaSrcOptions *o, GError **error)
{
    for (guint i = 0; o->source_map != NULL && i < o->source_map->len; i++) {
        const char *map = g_ptr_array_index(o->source_map, i);
        if (strchr(map, '=') == NULL || *map == '=') {
            cpa_error_set(error, CPA_ERROR_USAGE,
                          "-source_map=%s: want FROM=TO, what source files start with and what "
                          "stands there on this machine",
                          map);
            return NULL;
        }
    }
    g_autofree char *here = *o->source_path == '\0' ? g_get_current_dir() : NULL;
    if (here != NULL && *here != '/') {
        cpa_error_set(error, CPA_ERROR_IO, "could not stat current dir: name one by -source_path");
        return NULL;
    }
    CpaSrcTree *tree = g_new0(CpaSrcTree, 1);
    tree->source_path = g_strdup(here != NULL ? here : o->source_path);
    tree->program = g_strdup(o->program);
    tree->directories = g_strsplit(tree->source_path, ":", -1);
    tree->maps = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; o->source_map != NULL && i < o->source_map->len; i++) {
        g_ptr_array_add(tree->maps, g_strdup(o->source_map->pdata[i]));
    }
    tree->trimmer = cpa_path_trimmer_new(o->trim_path, tree->source_path);
    tree->entries = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, entry_free);
    tree->not_found = g_ptr_array_new();
    tree->asked = g_ptr_array_new_with_free_func(g_free);
    tree->servers = o->servers;
    tree->build_id_of = o->build_id_of;
    tree->data = o->data;
    return tree;
}

void cpa_src_tree_free(CpaSrcTree *tree)
{
    if (tree != NULL) {
        g_free(tree->source_path);
        g_free(tree->program);
        g_strfreev(tree->directories);
        g_ptr_array_unref(tree->maps);
        cpa_path_trimmer_free(tree->trimmer);
        cpa_go_roots_free(tree->go);
        g_clear_pointer(&tree->rust, g_ptr_array_unref);
        g_hash_table_unref(tree->entries);
        g_ptr_array_unref(tree->not_found);
        g_ptr_array_unref(tree->asked);
        g_free(tree);
    }
}

/* --- one place after the other -------------------------------------------------------------- */

static bool try_path(CpaSrcEntry *e, const char *path, GError **error)
{
    if (g_ptr_array_find_with_equal_func(e->tried, path, g_str_equal, NULL)) {
        return cpa_error_set(error, CPA_ERROR_IO, "open %s: no such file or directory", path);
    }
    g_ptr_array_add(e->tried, g_strdup(path));
    e->text = cpa_src_file_read(path, error);
    if (e->text == NULL) {
        return false;
    }
    e->path = g_strdup(path);
    return true;
}

static bool try_quietly(const char *path, gpointer data)
{
    return try_path(data, path, NULL);
}

static bool search_maps(const CpaSrcTree *tree, CpaSrcEntry *e, const char *name)
{
    for (guint i = 0; i < tree->maps->len; i++) {
        g_autofree char *path = cpa_src_map_apply(tree->maps->pdata[i], name);
        if (path != NULL && try_path(e, path, NULL)) {
            return true;
        }
    }
    return false;
}

/* As filepath.Join: an empty directory is none. */
static char *join(const char *directory, const char *name)
{
    g_autofree char *joined =
        *directory != '\0' ? g_strconcat(directory, "/", name, NULL) : g_strdup(name);
    return cpa_path_clean(joined);
}

/* As filepath.Dir */
static char *parent_of(const char *directory)
{
    g_autofree char *parent = g_path_get_dirname(directory);
    return cpa_path_clean(parent);
}

static bool is_directory(const char *path)
{
    return g_file_test(path, G_FILE_TEST_IS_DIR);
}

/* pprof's own search. Its words about a failure go to the entry's problem. */
static bool search_as_pprof(const CpaSrcTree *tree, CpaSrcEntry *e, const char *name)
{
    name += cpa_path_trimmer_cut(tree->trimmer, name);
    if (*name == '/') {
        g_autoptr(GError) error = NULL;
        if (try_path(e, name, &error)) {
            return true;
        }
        e->problem = is_directory(name) ? NULL : g_strdup(error->message);
        return false;
    }
    for (size_t i = 0; tree->directories[i] != NULL; i++) {
        g_autofree char *directory = g_strdup(tree->directories[i]);
        for (;;) {
            g_autofree char *path = join(directory, name);
            if (try_path(e, path, NULL)) {
                return true;
            }
            if (is_directory(path)) {
                return false;
            }
            char *parent = parent_of(directory);
            bool is_top = strcmp(parent, directory) == 0;
            g_free(directory);
            directory = parent;
            if (is_top) {
                break;
            }
        }
    }
    e->problem = g_strdup_printf("could not find file %s on path %s", name, tree->source_path);
    return false;
}

static gint compare_newest_first(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)b, *(char *const *)a);
}

/* Directories PARENT/NAME/BELOW whose NAME has the prefix; the last in the order of names first. */
static void add_below(GPtrArray *paths, const char *parent, const char *prefix, const char *below)
{
    g_autoptr(GDir) dir = g_dir_open(parent, 0, NULL);
    g_autoptr(GPtrArray) found = g_ptr_array_new();
    const char *name = NULL;
    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        if (g_str_has_prefix(name, prefix)) {
            g_ptr_array_add(found, g_build_filename(parent, name, below, NULL));
        }
    }
    g_ptr_array_sort(found, compare_newest_first);
    for (guint i = 0; i < found->len; i++) {
        g_ptr_array_add(paths, found->pdata[i]);
    }
}

static char *home_or(const char *variable, const char *below)
{
    const char *given = g_getenv(variable);
    return given != NULL && *given != '\0' ? g_strdup(given)
                                           : g_build_filename(g_get_home_dir(), below, NULL);
}

static GPtrArray *find_rust(void)
{
    static const char below[] = "lib/rustlib/src/rust";
    GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *rustup = home_or("RUSTUP_HOME", ".rustup");
    g_autofree char *toolchains = g_build_filename(rustup, "toolchains", NULL);
    add_below(paths, toolchains, "", below);
    g_ptr_array_add(paths, g_build_filename("/usr/local", below, NULL));
    g_ptr_array_add(paths, g_build_filename("/usr", below, NULL));
    add_below(paths, "/usr/src", "rustc-", "");
    return paths;
}

/* The standard library, named by the commit of the compiler; crates by their place in a registry. */
static bool search_rust(CpaSrcTree *tree, CpaSrcEntry *e, const char *name)
{
    static const char registry[] = "/registry/src/";
    if (g_str_has_prefix(name, "/rustc/")) {
        const char *rest = strchr(name + strlen("/rustc/"), '/');
        if (tree->rust == NULL) {
            tree->rust = find_rust();
        }
        for (guint i = 0; rest != NULL && i < tree->rust->len; i++) {
            g_autofree char *path = g_build_filename(tree->rust->pdata[i], rest, NULL);
            if (try_path(e, path, NULL)) {
                return true;
            }
        }
    }
    const char *crate = strstr(name, registry);
    crate = crate != NULL ? strchr(crate + strlen(registry), '/') : NULL;
    if (crate == NULL) {
        return false;
    }
    g_autofree char *cargo = home_or("CARGO_HOME", ".cargo");
    g_autofree char *sources = g_build_filename(cargo, "registry", "src", NULL);
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    add_below(paths, sources, "", crate);
    for (guint i = 0; i < paths->len; i++) {
        if (try_path(e, paths->pdata[i], NULL)) {
            return true;
        }
    }
    return false;
}

static bool search_servers(CpaSrcTree *tree, CpaSrcEntry *e, const char *name)
{
    if (!cpa_debuginfod_is_wanted(&tree->servers) || tree->build_id_of == NULL || *name != '/') {
        return false;
    }
    CpaDebuginfodLimits limits = tree->servers;
    limits.max_bytes = MIN(limits.max_bytes, CPA_SRC_FILE_MAX_BYTES);
    g_auto(CpaDebuginfodAnswer) answer;
    cpa_debuginfod_ask(&limits, tree->build_id_of(name, tree->data), name, &answer);
    if (answer.text == NULL) {
        return false;
    }
    g_ptr_array_add(tree->asked, g_strdup(answer.text));
    if (answer.path != NULL) {
        return try_path(e, answer.path, NULL);
    }
    g_ptr_array_add(e->tried, g_strdup(answer.text));
    return false;
}

static bool search(CpaSrcTree *tree, CpaSrcEntry *e, const char *name)
{
    if (search_maps(tree, e, name) || search_as_pprof(tree, e, name)) {
        return true;
    }
    if (tree->go == NULL) {
        tree->go = cpa_go_roots_new(tree->directories, tree->program);
    }
    return cpa_go_roots_search(tree->go, name, try_quietly, e) || search_rust(tree, e, name) ||
           search_servers(tree, e, name);
}

const CpaSrcEntry *cpa_src_tree_known(const CpaSrcTree *tree, const char *name)
{
    return g_hash_table_lookup(tree->entries, name);
}

const CpaSrcEntry *cpa_src_tree_find(CpaSrcTree *tree, const char *name)
{
    CpaSrcEntry *e = g_hash_table_lookup(tree->entries, name);
    if (e != NULL) {
        return e;
    }
    e = g_new0(CpaSrcEntry, 1);
    e->tried = g_ptr_array_new_with_free_func(g_free);
    char *key = g_strdup(name);
    if (search(tree, e, name)) {
        g_clear_pointer(&e->problem, g_free);
    } else if (*name != '\0' && strcmp(name, ".") != 0) { /* no name: nothing is missing */
        g_ptr_array_add(tree->not_found, key);
    }
    g_hash_table_insert(tree->entries, key, e);
    return e;
}

const GPtrArray *cpa_src_tree_asked(const CpaSrcTree *tree)
{
    return tree->asked;
}

/* What to do about a name of this kind. */
static const char *advice_for(const char *name)
{
    const char *slash = strchr(name, '/');
    const char *dot = slash != NULL ? memchr(name, '.', (size_t)(slash - name)) : NULL;
    if (g_str_has_prefix(name, "/rustc/")) {
        return "`rustup component add rust-src` brings the sources of Rust's library";
    }
    if (g_str_has_suffix(name, ".go") && dot != NULL && dot > name) {
        return strchr(name, '@') != NULL
                   ? "`go mod download` brings modules, -source_path names the directory of a "
                     "vendor/"
                   : "-source_path names the directory of the module's go.mod";
    }
    return "-source_path, -trim_path and -source_map say where else to look";
}

/* "no source of 9 files: a.go, b.go, c.go and 6 more; ..." */
static char *sum_up_missing(const CpaSrcTree *tree)
{
    guint n = tree->not_found->len;
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "no source of %u files: ", n);
    for (guint i = 0; i < MIN(n, MAX_NAMED); i++) {
        g_string_append_printf(text, "%s%s", i > 0 ? ", " : "",
                               (const char *)tree->not_found->pdata[i]);
    }
    if (n > MAX_NAMED) {
        g_string_append_printf(text, " and %u more", n - MAX_NAMED);
    }
    /* The advice for one of a kind, if all are of that kind. */
    const char *advice = advice_for(tree->not_found->pdata[0]);
    for (guint i = 1; i < n; i++) {
        const char *other = advice_for(tree->not_found->pdata[i]);
        advice = strcmp(advice, other) == 0 ? advice : advice_for("");
    }
    g_string_append_printf(text, "; %s; -symbolize=explain lists every place tried", advice);
    return g_string_free(text, FALSE);
}

GPtrArray *cpa_src_tree_missing(const CpaSrcTree *tree, size_t max)
{
    GPtrArray *sentences = g_ptr_array_new_with_free_func(g_free);
    if (tree->not_found->len > max) {
        g_ptr_array_add(sentences, sum_up_missing(tree));
        return sentences;
    }
    for (guint i = 0; i < tree->not_found->len; i++) {
        const char *name = g_ptr_array_index(tree->not_found, i);
        const CpaSrcEntry *e = g_hash_table_lookup(tree->entries, name);
        GString *text = g_string_new(NULL);
        g_string_append_printf(text, "no source of %s; tried", name);
        for (guint k = 0; k < e->tried->len; k++) {
            const char *path = g_ptr_array_index(e->tried, k);
            g_string_append_printf(text, "%s %s", k > 0 ? "," : "", path);
        }
        g_string_append(text, "; ");
        g_string_append(text, advice_for(name));
        g_ptr_array_add(sentences, g_string_free(text, FALSE));
    }
    return sentences;
}
