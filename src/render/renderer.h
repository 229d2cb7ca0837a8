/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writers of pictures: one file and one row in renderers.def each. The row drives the flag (-png),
 * what -o FILE.suffix means, help and downloads.
 */
#pragma once

#include "base/error.h"
#include "layout/scene.h"

typedef struct {
    double dpi;     /* of pixel formats */
    bool is_static; /* svg: without script, text as outlines */
    /* Told what the reader should know, such as missing fonts; may be NULL. */
    void (*note)(const char *message, gpointer data);
    gpointer note_data;
} CpaRenderOptions;

typedef struct {
    const char *name; /* of the flag, and the suffix of files: "png" */
    const char *mime;
    const char *summary;
    /* Errors: UNSUPPORTED (a library is missing), TOO_LARGE, IO */
    bool (*draw)(const CpaScene *scene, const CpaRenderOptions *options, CpaSink *sink,
                 GError **error);
} CpaRenderer;

/** cpa_renderer_table: @n: (out). Returns: all writers, in the order of renderers.def */
const CpaRenderer *const *cpa_renderer_table(size_t *n);

/** cpa_renderer_find: Returns: the writer of this name, or %NULL */
const CpaRenderer *cpa_renderer_find(const char *name);

/** cpa_renderer_for_path: Returns: the writer by the suffix of a file name, or %NULL */
const CpaRenderer *cpa_renderer_for_path(const char *path);
