/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scanners over names; the language is told by the separators that it uses.
 */
#include "base/package.h"

#include <string.h>

#include "base/text.h"

#define NONE ((size_t)-1)

/* Where what names a scope ends: arguments, template parameters and closures are none of it. */
static size_t scope_end(const char *name)
{
    return strcspn(name, "(<[{$ ");
}

/* The crate or namespace of a name that holds "::". */
static bool append_namespace(const char *name, GString *out)
{
    if (strstr(name, "::") == NULL) {
        return false;
    }
    /* "<T as Trait>::f" and "<impl X for Y>" name the type first. */
    const char *start = name + strspn(name, "<&*[ ");
    static const char *const words[] = {
        "impl ", "dyn ", "mut ", "virtual thunk to ", "non-virtual thunk to ", "void ", "auto "};
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        if (g_str_has_prefix(start, words[i])) {
            start += strlen(words[i]);
            i = NONE; /* from the first word again */
        }
    }
    if (g_str_has_prefix(start, "(anonymous namespace)")) {
        g_string_append(out, "(anonymous namespace)");
        return true;
    }
    const char *colons = strstr(start, "::");
    size_t len = strcspn(start, "(<[{ >");
    if (colons == NULL || (size_t)(colons - start) > len || colons == start) {
        return false;
    }
    g_string_append_len(out, start, colons - start);
    return true;
}

/* Go: all up to the first dot behind the last slash, arguments of generics left aside. */
static bool append_go(const char *name, GString *out)
{
    size_t end = strcspn(name, "[(");
    size_t slash = NONE;
    for (size_t i = 0; i < end; i++) {
        if (name[i] == '/') {
            slash = i;
        }
    }
    const char *from = slash == NONE ? name : name + slash;
    const char *dot = strchr(from, '.');
    if (dot == NULL || dot == name) {
        return false;
    }
    g_string_append_len(out, name, dot - name);
    return true;
}

/* Java and its kin: what comes before the class, which begins with a capital. */
static bool append_dotted(const char *name, GString *out)
{
    size_t end = scope_end(name);
    size_t last = NONE;
    size_t n_dots = 0;
    for (size_t i = 0; i < end; i++) {
        if (name[i] != '.') {
            continue;
        }
        n_dots++;
        if (last == NONE && g_ascii_isupper(name[i + 1])) {
            last = i;
        }
    }
    if (n_dots < 2 || last == NONE || last == 0) {
        return false;
    }
    g_string_append_len(out, name, (gssize)last);
    return true;
}

static bool has_suffix_of(const char *file, const char *const *suffixes)
{
    for (; *suffixes != NULL; suffixes++) {
        if (g_str_has_suffix(file, *suffixes)) {
            return true;
        }
    }
    return false;
}

/* The last two elements of a path say enough: "pandas/core.py". */
static void append_path_tail(const char *file, GString *out)
{
    const char *tail = file;
    unsigned n_slashes = 0;
    for (const char *p = file + strlen(file); p > file; p--) {
        if (p[-1] == '/' && ++n_slashes == 2) {
            tail = p;
            break;
        }
    }
    g_string_append(out, tail);
}

void cpa_package_append(const char *name, const char *file, const char *object, GString *out)
{
    static const char *const scripts[] = {".py", ".js",  ".mjs", ".cjs", ".ts",
                                          ".rb", ".php", ".lua", ".pl",  NULL};
    static const char *const c_files[] = {".c", ".cc", ".cpp", ".cxx", ".h", ".rs", NULL};
    bool is_script = has_suffix_of(file, scripts) || g_str_has_prefix(file, "node:");
    if (append_namespace(name, out)) {
        return;
    }
    if (is_script) {
        append_path_tail(file, out);
        return;
    }
    if (append_dotted(name, out)) {
        return;
    }
    bool is_c = has_suffix_of(file, c_files);
    if (!is_c && append_go(name, out)) {
        return;
    }
    if (*object != '\0') {
        g_autofree char *base = cpa_path_base(object);
        g_string_append(out, base);
    } else if (*file != '\0') {
        append_path_tail(file, out);
    } else {
        g_string_append(out, "(other)");
    }
}
