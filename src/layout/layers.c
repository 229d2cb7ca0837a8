/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cuts a ranked graph into ranks with virtual nodes where edges pass.
 */
#include "layout/layers.h"

#include <math.h>
#include <string.h>

#include "base/idmap.h"

static void add_virtual(CpaLayers *l, const int32_t *rank)
{
    uint32_t v = l->n_real;
    for (uint32_t e = 0; e < l->n_edges; e++) {
        const CpaLayerEdge *edge = &l->edges[e];
        uint32_t top = (uint32_t)rank[edge->top];
        uint32_t bottom = (uint32_t)rank[edge->bottom];
        l->first_virtual[e] = v;
        l->label_node[e] = CPA_NONE;
        for (uint32_t r = top + 1; r < bottom; r++) {
            l->rank[v] = r;
            l->left[v] = 0;
            l->right[v] = 0;
            if (edge->label.width > 0 && r == (top + bottom) / 2) {
                l->right[v] = CPA_LABEL_GAP + edge->label.width;
                l->label_node[e] = v;
            }
            v++;
        }
    }
    l->first_virtual[l->n_edges] = v;
}

/* The nodes of edge e from top to bottom: i = 0 is its top end. */
static uint32_t chain_node(const CpaLayers *l, uint32_t e, uint32_t i)
{
    uint32_t n = l->first_virtual[e + 1] - l->first_virtual[e];
    return i == 0 ? l->edges[e].top : i <= n ? l->first_virtual[e] + i - 1 : l->edges[e].bottom;
}

static void link_segments(CpaLayers *l, size_t n_segments)
{
    l->up_first = g_new0(uint32_t, l->n_nodes + 2);
    l->down_first = g_new0(uint32_t, l->n_nodes + 2);
    l->up = g_new(uint32_t, n_segments + 1);
    l->down = g_new(uint32_t, n_segments + 1);
    l->up_slot = g_new(uint32_t, n_segments + 1);
    l->down_edge = g_new(uint32_t, n_segments + 1);
    for (uint32_t e = 0; e < l->n_edges; e++) {
        uint32_t n = l->first_virtual[e + 1] - l->first_virtual[e];
        for (uint32_t i = 0; i <= n; i++) {
            l->down_first[chain_node(l, e, i) + 2]++;
            l->up_first[chain_node(l, e, i + 1) + 2]++;
        }
    }
    for (size_t v = 0; v < l->n_nodes; v++) {
        l->down_first[v + 2] += l->down_first[v + 1];
        l->up_first[v + 2] += l->up_first[v + 1];
    }
    for (uint32_t e = 0; e < l->n_edges; e++) {
        uint32_t n = l->first_virtual[e + 1] - l->first_virtual[e];
        for (uint32_t i = 0; i <= n; i++) {
            uint32_t v = chain_node(l, e, i);
            uint32_t w = chain_node(l, e, i + 1);
            uint32_t d = l->down_first[v + 1]++;
            uint32_t u = l->up_first[w + 1]++;
            l->down[d] = w;
            l->down_edge[d] = e;
            l->up[u] = v;
            l->up_slot[u] = d;
        }
    }
}

static void fill_ranks(CpaLayers *l)
{
    l->rank_first = g_new0(uint32_t, l->n_ranks + 2);
    for (uint32_t v = 0; v < l->n_nodes; v++) {
        l->rank_first[l->rank[v] + 2]++;
    }
    for (uint32_t r = 0; r < l->n_ranks; r++) {
        l->rank_first[r + 2] += l->rank_first[r + 1];
    }
    for (uint32_t v = 0; v < l->n_nodes; v++) {
        l->order[l->rank_first[l->rank[v] + 1]++] = v;
    }
    cpa_layers_number(l);
}

void cpa_layers_init(CpaLayers *layers, uint32_t n_real, const CpaLayoutBox *boxes,
                     uint32_t n_edges, const CpaLayerEdge *edges, const int32_t *rank)
{
    CpaLayers *l = layers;
    *l = (CpaLayers){
        .n_real = n_real, .n_nodes = n_real, .n_edges = n_edges, .edges = edges, .boxes = boxes};
    size_t n_segments = 0;
    for (uint32_t e = 0; e < n_edges; e++) {
        uint32_t span = (uint32_t)(rank[edges[e].bottom] - rank[edges[e].top]);
        n_segments += span;
        l->n_nodes += span - 1;
    }
    l->first_virtual = g_new(uint32_t, n_edges + 1);
    l->label_node = g_new(uint32_t, n_edges + 1);
    l->rank = g_new(uint32_t, l->n_nodes + 1);
    l->left = g_new(double, l->n_nodes + 1);
    l->right = g_new(double, l->n_nodes + 1);
    l->order = g_new(uint32_t, l->n_nodes + 1);
    l->pos = g_new(uint32_t, l->n_nodes + 1);
    for (uint32_t v = 0; v < n_real; v++) {
        l->rank[v] = (uint32_t)rank[v];
        l->left[v] = boxes[v].width / 2;
        l->right[v] = boxes[v].width / 2;
        l->n_ranks = MAX(l->n_ranks, l->rank[v] + 1);
    }
    l->rank_top = g_new0(double, l->n_ranks + 1);
    l->rank_height = g_new0(double, l->n_ranks + 1);
    add_virtual(l, rank);
    link_segments(l, n_segments);
    fill_ranks(l);
}

void cpa_layers_clear(CpaLayers *layers)
{
    g_free(layers->first_virtual);
    g_free(layers->label_node);
    g_free(layers->rank);
    g_free(layers->left);
    g_free(layers->right);
    g_free(layers->up_first);
    g_free(layers->up);
    g_free(layers->up_slot);
    g_free(layers->down_first);
    g_free(layers->down);
    g_free(layers->down_edge);
    g_free(layers->rank_first);
    g_free(layers->order);
    g_free(layers->pos);
    g_free(layers->rank_top);
    g_free(layers->rank_height);
    *layers = (CpaLayers){0};
}

void cpa_layers_number(CpaLayers *layers)
{
    for (uint32_t r = 0; r < layers->n_ranks; r++) {
        for (uint32_t i = layers->rank_first[r]; i < layers->rank_first[r + 1]; i++) {
            layers->pos[layers->order[i]] = i - layers->rank_first[r];
        }
    }
}

/* The longest way to the side between rank r and r + 1. */
static double widest_step(const CpaLayers *l, uint32_t r, const double *x)
{
    double widest = 0;
    for (uint32_t i = l->rank_first[r]; i < l->rank_first[r + 1]; i++) {
        uint32_t v = l->order[i];
        for (uint32_t k = l->down_first[v]; k < l->down_first[v + 1]; k++) {
            widest = MAX(widest, fabs(x[v] - x[l->down[k]]));
        }
    }
    return widest;
}

void cpa_layers_set_y(CpaLayers *layers, double ranksep, const double *x)
{
    CpaLayers *l = layers;
    for (uint32_t r = 0; r < l->n_ranks; r++) {
        l->rank_height[r] = 0;
    }
    for (uint32_t v = 0; v < l->n_real; v++) {
        double *height = &l->rank_height[l->rank[v]];
        *height = MAX(*height, l->boxes[v].height);
    }
    for (uint32_t e = 0; e < l->n_edges; e++) {
        if (l->label_node[e] != CPA_NONE) {
            double *height = &l->rank_height[l->rank[l->label_node[e]]];
            *height = MAX(*height, l->edges[e].label.height);
        }
    }
    double y = 0;
    for (uint32_t r = 0; r < l->n_ranks; r++) {
        l->rank_top[r] = y;
        y += l->rank_height[r] + ranksep + CLAMP(widest_step(l, r, x) / 30 - 5, 0, ranksep);
    }
}
