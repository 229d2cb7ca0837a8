/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Graphviz's plain format: positions as text, for other tools.
 */
#pragma once

#include <glib.h>

#include "layout/layered.h"

/* Names of things in the file; arrays are borrowed. */
typedef struct {
    const char *const *nodes;       /* [n_nodes] each a different one */
    const char *const *node_labels; /* [n_nodes] */
    const char *const *edge_labels; /* [n_edges] or NULL; NULL or "" for none */
} CpaPlainNames;

/**
 * cpa_plain_append:
 * @graph:   what was laid out
 * @drawing: its layout
 * @names:   names and labels, any text
 * @out:     the lines are appended to it
 *
 * Units:  inches, y upwards
 * Source: https://graphviz.org/docs/outputs/plain/
 */
void cpa_plain_append(const CpaLayoutGraph *graph, const CpaLayered *drawing,
                      const CpaPlainNames *names, GString *out);
