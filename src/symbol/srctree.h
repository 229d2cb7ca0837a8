/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CpaSrcTree: the sources that a profile names, found on this machine and kept while one report
 * is made.
 *
 * Order of the search, the first regular file wins:
 *
 *     1. -source_map FROM=TO           the name with FROM at its start replaced
 *     2. pprof's own                   an absolute name as it is; a relative one, or what -trim_path
 *                                      leaves, in the directories of -source_path and above them
 *     3. Go                            see srcgo.h
 *     4. Rust                          /rustc/HASH/... of a toolchain with rust-src, cargo's registry
 *     5. debuginfod                    by the build id of the program and an absolute name
 *
 * A file that is not found is searched for once.
 */
#pragma once

#include "symbol/debuginfod.h"
#include "symbol/srcfile.h"

typedef struct CpaSrcTree CpaSrcTree;

typedef struct {
    const char *source_path;     /* directories, separated by colons; "" is the current one */
    const char *trim_path;       /* prefixes to cut, separated by colons */
    const char *program;         /* (nullable): file of the program */
    const GPtrArray *source_map; /* of char*: FROM=TO, the first that fits is used */
    CpaDebuginfodLimits servers;
    /* Build id of the program that names the file, "" where unknown; NULL: no server is asked. */
    const char *(*build_id_of)(const char *name, gpointer data);
    gpointer data;
} CpaSrcOptions;

/* A name that was looked up. */
typedef struct {
    CpaSrcFile *text; /* NULL when it was not found */
    char *path;       /* where it was found, or NULL */
    char *problem;    /* why pprof's own search found nothing, as pprof says it; NULL if found, and
                         where it finds a directory, which pprof takes for an empty file */
    GPtrArray *tried; /* of char*: the places looked at, in order */
} CpaSrcEntry;

/**
 * cpa_src_tree_new:
 *
 * Errors:  USAGE where a source_map has no =; IO where the current directory is gone
 * Returns: (transfer full): a tree that knows no file yet, or %NULL with @error set
 */
CpaSrcTree *cpa_src_tree_new(const CpaSrcOptions *options, GError **error);
void cpa_src_tree_free(CpaSrcTree *tree);

/** cpa_src_tree_find: Returns: (transfer none): what is known of the file @name, found or not */
const CpaSrcEntry *cpa_src_tree_find(CpaSrcTree *tree, const char *name);

/** cpa_src_tree_known: Returns: (transfer none) (nullable): the same, where it was asked before */
const CpaSrcEntry *cpa_src_tree_known(const CpaSrcTree *tree, const char *name);

/**
 * cpa_src_tree_missing:
 * @max: of more files than these there is one sentence in all, with the first of their names
 *
 * Returns: (transfer full): of char*: a sentence for each file that was asked for and not found,
 *          with every path tried, in the order of the questions
 */
GPtrArray *cpa_src_tree_missing(const CpaSrcTree *tree, size_t max);

/** cpa_src_tree_asked: Returns: (transfer none): of char*: what servers were asked, and answered */
const GPtrArray *cpa_src_tree_asked(const CpaSrcTree *tree);

/**
 * cpa_src_map_apply:
 * @map:  "FROM=TO"; the first = divides
 * @name: a source file
 *
 * FROM fits where @name starts with it and it ends at the end of an element.
 *
 * Returns: (transfer full) (nullable): the name with FROM replaced by TO, or %NULL
 */
char *cpa_src_map_apply(const char *map, const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaSrcTree, cpa_src_tree_free)
