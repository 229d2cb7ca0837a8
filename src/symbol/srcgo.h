/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where Go keeps sources on this machine: GOROOT, the module cache, GOPATH, vendor/, and the
 * modules around the directories of the search path. Programs are built elsewhere, or with
 * -trimpath, and then name their files by what stays the same everywhere:
 *
 *     runtime/proc.go                              $GOROOT/src/runtime/proc.go
 *     github.com/BurntSushi/toml@v1.3.2/lex.go     $GOMODCACHE/github.com/!burnt!sushi/toml@v1.3.2/lex.go
 *                                                  vendor/github.com/BurntSushi/toml/lex.go
 *     example.com/server/http/mux.go               ROOT/http/mux.go, where go.mod of ROOT says
 *                                                  module example.com/server
 */
#pragma once

#include "symbol/srcfile.h"

typedef struct CpaGoRoots CpaGoRoots;

/* Told each place in turn; returns whether the file is there, which ends the search. */
typedef bool (*CpaSrcTry)(const char *candidate, gpointer data);

/**
 * cpa_go_roots_new:
 * @directories: search path, %NULL-terminated; go.mod and vendor/ are looked for in them and above
 * @program:     (nullable): the program itself; often it is below the go.mod that it was built from
 *
 * Reads the environment (GOROOT, GOMODCACHE, GOPATH, HOME, PATH) and the go.mod files; runs nothing.
 * Returns: (transfer full)
 */
CpaGoRoots *cpa_go_roots_new(char *const *directories, const char *program);
void cpa_go_roots_free(CpaGoRoots *roots);

/** cpa_go_roots_search: Returns: whether @try found the file of this name */
bool cpa_go_roots_search(const CpaGoRoots *roots, const char *path, CpaSrcTry try, gpointer data);

/**
 * cpa_go_module_escape:
 *
 * Escapes the module path and version at the start of @path, up to the element with the @, as the
 * module cache does: an upper-case letter becomes ! and the lower-case one. A path that is escaped
 * already, or without a version, stays.
 *
 * Returns: (transfer full)
 */
char *cpa_go_module_escape(const char *path);

/**
 * cpa_go_mod_parse:
 * @file:    a go.mod file; not trusted
 * @replace: told each replacement of a module by a directory
 *
 * Returns: (transfer full) (nullable): the path of the module
 */
char *cpa_go_mod_parse(const CpaSrcFile *file,
                       void (*replace)(const char *module, const char *directory, gpointer data),
                       gpointer data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaGoRoots, cpa_go_roots_free)
