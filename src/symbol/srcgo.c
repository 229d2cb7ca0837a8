/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The search for Go sources. See srcgo.h for the names that are understood.
 *
 * A guess is only made where the name itself says what it is (an @version, a go directory before
 * /src/, a module path known from a go.mod): a wrong source is worse than none.
 *
 * Source: golang.org/ref/mod (module cache, escaping, go.mod), cmd/go -trimpath
 */
#include "symbol/srcgo.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "symbol/srcfile.h"

typedef struct {
    char *module;
    char *directory;
} Module;

struct CpaGoRoots {
    GPtrArray *goroots;   /* of char*: directories with src/runtime in them */
    GPtrArray *caches;    /* of char*: module caches */
    GPtrArray *gopaths;   /* of char* */
    GPtrArray *ancestors; /* of char*: the search path, each directory with those above it */
    GArray *modules;      /* of Module, innermost first */
};

static void module_clear(gpointer data)
{
    Module *m = data;
    g_free(m->module);
    g_free(m->directory);
}

static void add_once(GPtrArray *paths, const char *path)
{
    if (!g_ptr_array_find_with_equal_func(paths, path, g_str_equal, NULL)) {
        g_ptr_array_add(paths, g_strdup(path));
    }
}

static void add_goroot(CpaGoRoots *r, const char *path)
{
    g_autofree char *runtime = g_build_filename(path, "src", "runtime", NULL);
    if (g_file_test(runtime, G_FILE_TEST_IS_DIR)) {
        add_once(r->goroots, path);
    }
}

static void find_goroots(CpaGoRoots *r)
{
    const char *given = g_getenv("GOROOT");
    if (given != NULL && *given != '\0') {
        add_goroot(r, given);
    }
    g_autofree char *go = g_find_program_in_path("go");
    char *real = go != NULL ? realpath(go, NULL) : NULL;
    if (real != NULL) {
        g_autofree char *bin = g_path_get_dirname(real);
        g_autofree char *root = g_path_get_dirname(bin);
        add_goroot(r, root);
        free(real);
    }
    static const char *const usual[] = {"/usr/local/go", "/usr/lib/go", "/usr/lib/golang",
                                        "/usr/share/go"};
    for (size_t i = 0; i < G_N_ELEMENTS(usual); i++) {
        add_goroot(r, usual[i]);
    }
}

static void find_gopaths(CpaGoRoots *r)
{
    const char *gopath = g_getenv("GOPATH");
    g_auto(GStrv) given = g_strsplit(gopath != NULL ? gopath : "", ":", -1);
    for (size_t i = 0; given[i] != NULL; i++) {
        if (*given[i] != '\0') {
            add_once(r->gopaths, given[i]);
        }
    }
    g_autofree char *home = g_build_filename(g_get_home_dir(), "go", NULL);
    add_once(r->gopaths, home);
    const char *cache = g_getenv("GOMODCACHE");
    if (cache != NULL && *cache != '\0') {
        add_once(r->caches, cache);
    }
    for (guint i = 0; i < r->gopaths->len; i++) {
        g_autofree char *mod = g_build_filename(r->gopaths->pdata[i], "pkg", "mod", NULL);
        add_once(r->caches, mod);
    }
}

/* --- go.mod --------------------------------------------------------------------------------- */

/* The next word of a line, NULL at its end; quotes are taken off. Ends it with a NUL in place. */
static char *next_word(char **at)
{
    char *p = *at;
    while (*p == ' ' || *p == '\t' || *p == '\r') {
        p++;
    }
    if (*p == '\0' || (p[0] == '/' && p[1] == '/')) {
        return NULL;
    }
    char quote = *p == '"' || *p == '`' ? *p : '\0';
    char *word = quote != '\0' ? p + 1 : p;
    char *end = word;
    while (*end != '\0' && (quote != '\0' ? *end != quote : !strchr(" \t\r", *end))) {
        end++;
    }
    *at = *end != '\0' ? end + 1 : end;
    *end = '\0';
    return word;
}

/* The rest of `replace OLD [VERSION] => NEW [VERSION]`, where NEW is a directory. */
static void parse_replace(char *module, char **line,
                          void (*replace)(const char *, const char *, gpointer), gpointer data)
{
    char *word = next_word(line);
    if (word != NULL && strcmp(word, "=>") != 0) {
        word = next_word(line); /* behind the version */
    }
    char *to = word != NULL && strcmp(word, "=>") == 0 ? next_word(line) : NULL;
    if (to != NULL && (*to == '.' || *to == '/')) {
        replace(module, to, data);
    }
}

char *cpa_go_mod_parse(const CpaSrcFile *file,
                       void (*replace)(const char *, const char *, gpointer), gpointer data)
{
    char *module = NULL;
    bool in_replace = false;
    size_t n = 0;
    const char *bytes = NULL;
    for (int64_t i = 1; (bytes = cpa_src_file_line(file, i, &n)) != NULL; i++) {
        g_autofree char *line = g_strndup(bytes, n);
        char *at = line;
        char *word = next_word(&at);
        if (word == NULL) {
            continue;
        }
        if (in_replace && *word == ')') {
            in_replace = false;
        } else if (in_replace) {
            parse_replace(word, &at, replace, data);
        } else if (strcmp(word, "module") == 0) {
            word = next_word(&at);
            if (module == NULL && word != NULL && *word != '\0') {
                module = g_strdup(word);
            }
        } else if (strcmp(word, "replace") == 0 || strcmp(word, "replace(") == 0) {
            bool opened = word[strlen("replace")] == '(';
            word = opened ? NULL : next_word(&at);
            in_replace = opened || (word != NULL && *word == '(');
            if (word != NULL && !in_replace) {
                parse_replace(word, &at, replace, data);
            }
        }
    }
    return module;
}

typedef struct {
    CpaGoRoots *roots;
    const char *directory;
} Replacing;

static void add_replacement(const char *module, const char *to, gpointer data)
{
    Replacing *replacing = data;
    g_autofree char *joined =
        *to == '/' ? g_strdup(to) : g_strconcat(replacing->directory, "/", to, NULL);
    Module m = {.module = g_strdup(module), .directory = cpa_path_clean(joined)};
    g_array_append_val(replacing->roots->modules, m);
}

static void read_go_mod(CpaGoRoots *r, const char *directory)
{
    g_autofree char *path = g_build_filename(directory, "go.mod", NULL);
    g_autoptr(CpaSrcFile) file = cpa_src_file_read(path, NULL);
    if (file == NULL) {
        return;
    }
    Replacing replacing = {.roots = r, .directory = directory};
    char *module = cpa_go_mod_parse(file, add_replacement, &replacing);
    if (module != NULL) {
        Module m = {.module = module, .directory = g_strdup(directory)};
        g_array_append_val(r->modules, m);
    }
}

/* The directory and those above it. */
static void add_ancestors(CpaGoRoots *r, const char *path)
{
    g_autofree char *directory = cpa_path_clean(path);
    for (;;) {
        add_once(r->ancestors, directory);
        char *parent = g_path_get_dirname(directory);
        bool is_top = strcmp(parent, directory) == 0;
        g_free(directory);
        directory = parent;
        if (is_top) {
            break;
        }
    }
}

CpaGoRoots *cpa_go_roots_new(char *const *directories, const char *program)
{
    CpaGoRoots *r = g_new0(CpaGoRoots, 1);
    r->goroots = g_ptr_array_new_with_free_func(g_free);
    r->caches = g_ptr_array_new_with_free_func(g_free);
    r->gopaths = g_ptr_array_new_with_free_func(g_free);
    r->ancestors = g_ptr_array_new_with_free_func(g_free);
    r->modules = g_array_new(FALSE, FALSE, sizeof(Module));
    g_array_set_clear_func(r->modules, module_clear);
    find_goroots(r);
    find_gopaths(r);
    for (size_t i = 0; directories[i] != NULL; i++) {
        add_ancestors(r, directories[i]);
    }
    if (program != NULL) {
        g_autofree char *directory = g_path_get_dirname(program);
        g_autofree char *full = g_canonicalize_filename(directory, NULL);
        add_ancestors(r, full);
    }
    for (guint i = 0; i < r->ancestors->len; i++) {
        read_go_mod(r, r->ancestors->pdata[i]);
    }
    return r;
}

void cpa_go_roots_free(CpaGoRoots *r)
{
    if (r != NULL) {
        g_ptr_array_unref(r->goroots);
        g_ptr_array_unref(r->caches);
        g_ptr_array_unref(r->gopaths);
        g_ptr_array_unref(r->ancestors);
        g_array_unref(r->modules);
        g_free(r);
    }
}

/* --- search --------------------------------------------------------------------------------- */

typedef struct {
    CpaSrcTry try;
    gpointer data;
} Search;

static bool try_in(const Search *s, const GPtrArray *directories, const char *below,
                   const char *path)
{
    for (guint i = 0; i < directories->len; i++) {
        g_autofree char *candidate =
            g_build_filename(directories->pdata[i], *below != '\0' ? below : "/", path, NULL);
        if (s->try(candidate, s->data)) {
            return true;
        }
    }
    return false;
}

/* Is this element a directory that a Go installation could be? */
static bool is_go_directory(const char *element, size_t len)
{
    static const char *const starts[] = {"golang", "GOROOT", "toolchain@", "go_sdk"};
    if (len >= 2 && memcmp(element, "go", 2) == 0 && (len == 2 || !g_ascii_isalpha(element[2]))) {
        return true;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(starts); i++) {
        size_t n = strlen(starts[i]);
        if (len >= n && memcmp(element, starts[i], n) == 0) {
            return true;
        }
    }
    return false;
}

/* The standard library: below the src/ of a Go installation, or a relative name. */
static bool search_goroot(const CpaGoRoots *r, const char *path, const Search *s)
{
    if (*path != '/' && !g_str_has_prefix(path, "./") && try_in(s, r->goroots, "src", path)) {
        return true;
    }
    bool seen_go = false;
    for (const char *p = path; *p != '\0';) {
        const char *end = strchr(p, '/');
        size_t len = end != NULL ? (size_t)(end - p) : strlen(p);
        if (seen_go && len == 3 && memcmp(p, "src", 3) == 0 && end != NULL) {
            return try_in(s, r->goroots, "src", end + 1);
        }
        seen_go = seen_go || is_go_directory(p, len);
        p += len + (end != NULL);
    }
    return false;
}

/* End of the element with the @version at or behind @path; NULL for none. */
static const char *version_end(const char *path)
{
    const char *at = strchr(path, '@');
    if (at == NULL || at == path || at[1] != 'v') {
        return NULL;
    }
    const char *end = strchr(at, '/');
    return end != NULL && end[1] != '\0' ? end : NULL;
}

char *cpa_go_module_escape(const char *path)
{
    const char *end = version_end(path);
    if (end == NULL || memchr(path, '!', (size_t)(end - path)) != NULL) {
        return g_strdup(path);
    }
    GString *escaped = g_string_new(NULL);
    for (const char *p = path; p < end; p++) {
        if (g_ascii_isupper(*p)) {
            g_string_append_c(escaped, '!');
        }
        g_string_append_c(escaped, g_ascii_tolower(*p));
    }
    g_string_append(escaped, end);
    return g_string_free(escaped, FALSE);
}

/* "!burnt!sushi/toml@v1.3.2/lex.go" to "BurntSushi/toml/lex.go" */
static char *without_version(const char *path, const char *end)
{
    GString *plain = g_string_new(NULL);
    const char *at = strchr(path, '@');
    for (const char *p = path; p < at; p++) {
        if (*p == '!' && p + 1 < at) {
            p++;
            g_string_append_c(plain, g_ascii_toupper(*p));
        } else {
            g_string_append_c(plain, *p);
        }
    }
    g_string_append(plain, end);
    return g_string_free(plain, FALSE);
}

/* @path starts with the path of a module and its version. */
static bool search_module(const CpaGoRoots *r, const char *path, const Search *s)
{
    const char *end = version_end(path);
    if (end == NULL) {
        return false;
    }
    g_autofree char *escaped = cpa_go_module_escape(path);
    if (try_in(s, r->caches, "", escaped)) {
        return true;
    }
    g_autofree char *plain = without_version(path, end);
    return try_in(s, r->ancestors, "vendor", plain);
}

/* Names with an @version: relative ones, those of a module cache elsewhere, those with a host. */
static bool search_modules(const CpaGoRoots *r, const char *path, const Search *s)
{
    static const char cache[] = "/pkg/mod/";
    const char *end = version_end(path);
    if (end == NULL) {
        return false;
    }
    const char *found = strstr(path, cache);
    if (found != NULL && found < end) {
        return search_module(r, found + strlen(cache), s);
    }
    if (*path != '/') {
        return search_module(r, path, s);
    }
    for (const char *p = path + 1; p < strchr(path, '@');) {
        const char *slash = strchr(p, '/');
        if (memchr(p + 1, '.', (size_t)(slash - p) - (slash > p)) != NULL && *p != '.' &&
            search_module(r, p, s)) {
            return true;
        }
        p = slash + 1;
    }
    return false;
}

/* Modules whose directory is known: "MODULE/x.go", "MODULE@v1.0/x.go". */
static bool search_known(const CpaGoRoots *r, const char *path, const Search *s)
{
    for (guint i = 0; i < r->modules->len; i++) {
        const Module *m = &g_array_index(r->modules, Module, i);
        size_t len = strlen(m->module);
        if (strncmp(path, m->module, len) != 0 || (path[len] != '/' && path[len] != '@')) {
            continue;
        }
        const char *rest = strchr(path + len, '/');
        if (rest == NULL || rest[1] == '\0') {
            continue;
        }
        g_autofree char *candidate = g_build_filename(m->directory, rest, NULL);
        if (s->try(candidate, s->data)) {
            return true;
        }
    }
    return false;
}

bool cpa_go_roots_search(const CpaGoRoots *r, const char *path, CpaSrcTry try, gpointer data)
{
    static const char vendor[] = "/vendor/";
    Search s = {.try = try, .data = data};
    size_t n = strlen(path);
    static const char *const suffixes[] = {".go", ".s", ".c", ".h", ".y"};
    bool is_go = false;
    for (size_t i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        size_t len = strlen(suffixes[i]);
        is_go = is_go || (n > len && strcmp(path + n - len, suffixes[i]) == 0);
    }
    if (!is_go) {
        return false;
    }
    /* Most .c and .h are those of C programs. */
    bool is_c = g_str_has_suffix(path, ".c") || g_str_has_suffix(path, ".h");
    bool is_cgo = g_str_has_prefix(path, "runtime/");
    if (search_known(r, path, &s) || search_modules(r, path, &s) ||
        ((!is_c || is_cgo || *path == '/') && search_goroot(r, path, &s))) {
        return true;
    }
    const char *below = g_strrstr(path, vendor);
    if (below != NULL && try_in(&s, r->ancestors, "vendor", below + strlen(vendor))) {
        return true;
    }
    return *path != '/' && !is_c && try_in(&s, r->gopaths, "src", path);
}
