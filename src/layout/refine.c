/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rounds of reinsertion. A round begins with the nodes that promise the most crossings for the
 * least work, since the budget of a large graph ends before the round does.
 */
#include "layout/refine.h"

#include <stdlib.h>

#include "layout/reinsert.h"

typedef struct {
    double promise;
    uint32_t node;
} Candidate;

typedef struct {
    CpaCrossings *c;
    CpaReinsert reinsert;
    uint64_t *crossed; /* [n_edges] how often at the beginning of the round */
    double *work;      /* [n_ranks + 1] steps to place segments of all ranks above */
    uint32_t *changed; /* [n_ranks] time of the last change */
    uint32_t *tried;   /* [n_real] time of the last attempt */
    Candidate *list;   /* [n_real] */
    uint32_t n_list;
} Refiner;

static int compare_candidates(const void *a, const void *b)
{
    const Candidate *x = a;
    const Candidate *y = b;
    if (x->promise != y->promise) {
        return x->promise > y->promise ? -1 : 1;
    }
    return x->node < y->node ? -1 : x->node > y->node;
}

/* Crossings of the node's edges and the work to reinsert it, as reinsert.c does it: a table from
 * slots to slots for every rank passed, and a pass over it for every segment but the farthest. */
static Candidate assess(const Refiner *x, uint32_t node)
{
    const CpaLayers *l = x->c->l;
    uint64_t crossed = 0;
    double work = 1;
    uint32_t r = l->rank[node];
    uint32_t first = r;
    uint32_t last = r;
    for (uint32_t k = l->up_first[node]; k < l->up_first[node + 1]; k++) {
        uint32_t e = l->down_edge[l->up_slot[k]];
        uint32_t top = l->rank[l->edges[e].top];
        crossed += x->crossed[e];
        first = MIN(first, top);
        work += x->work[r] - x->work[top + 1];
    }
    for (uint32_t k = l->down_first[node]; k < l->down_first[node + 1]; k++) {
        uint32_t e = l->down_edge[k];
        uint32_t bottom = l->rank[l->edges[e].bottom];
        crossed += x->crossed[e];
        last = MAX(last, bottom);
        work += x->work[bottom - 1] - x->work[r];
    }
    work += x->work[last] - x->work[first];
    return (Candidate){.promise = (double)crossed / work, .node = node};
}

static void find_candidates(Refiner *x)
{
    const CpaLayers *l = x->c->l;
    cpa_crossings_of_edges(x->c, x->crossed);
    x->n_list = 0;
    for (uint32_t v = 0; v < l->n_real; v++) {
        Candidate candidate = assess(x, v);
        if (candidate.promise > 0) {
            x->list[x->n_list++] = candidate;
        }
    }
    qsort(x->list, x->n_list, sizeof *x->list, compare_candidates);
}

/* The last change in the ranks that the edges of v reach, or 0 when nothing is crossed there. */
static uint32_t last_change(const Refiner *x, uint32_t v)
{
    const CpaLayers *l = x->c->l;
    uint32_t first = l->rank[v];
    uint32_t last = l->rank[v];
    for (uint32_t k = l->up_first[v]; k < l->up_first[v + 1]; k++) {
        first = MIN(first, l->rank[l->edges[l->down_edge[l->up_slot[k]]].top]);
    }
    for (uint32_t k = l->down_first[v]; k < l->down_first[v + 1]; k++) {
        last = MAX(last, l->rank[l->edges[l->down_edge[k]].bottom]);
    }
    uint32_t latest = 0;
    bool crossed = false;
    for (uint32_t r = first; r <= last; r++) {
        latest = MAX(latest, x->changed[r]);
        crossed |= r < last && x->c->cross[r] > 0;
    }
    return crossed ? latest : 0;
}

static void touch_strands(Refiner *x)
{
    for (uint32_t r = x->reinsert.first_rank; r < x->reinsert.last_rank; r++) {
        x->c->stale[r] = true;
    }
}

/* Returns the crossings after one round. A node is tried again only after a change in the ranks
 * that its edges reach. */
static uint64_t one_round(Refiner *x, uint64_t before, uint32_t *now)
{
    find_candidates(x);
    for (uint32_t i = 0; i<x->n_list && * x->c->budget> 0; i++) {
        uint32_t v = x->list[i].node;
        if (x->tried[v] >= last_change(x, v)) {
            continue;
        }
        x->tried[v] = *now;
        if (!cpa_reinsert_node(&x->reinsert, v)) {
            continue;
        }
        touch_strands(x);
        uint64_t crossings = cpa_crossings_count(x->c);
        if (crossings >= before) {
            /* Its own edges cross each other now. */
            cpa_reinsert_undo(&x->reinsert);
            touch_strands(x);
            continue;
        }
        before = crossings;
        ++*now;
        for (uint32_t r = x->reinsert.first_rank; r <= x->reinsert.last_rank; r++) {
            x->changed[r] = *now;
        }
    }
    return before;
}

void cpa_refine(CpaCrossings *crossings)
{
    CpaLayers *l = crossings->l;
    g_autofree uint64_t *crossed = g_new(uint64_t, l->n_edges + 1);
    g_autofree double *work = g_new0(double, l->n_ranks + 1);
    g_autofree uint32_t *changed = g_new(uint32_t, l->n_ranks + 1);
    g_autofree uint32_t *tried = g_new0(uint32_t, l->n_real + 1);
    g_autofree Candidate *list = g_new(Candidate, l->n_real + 1);
    Refiner x = {.c = crossings,
                 .crossed = crossed,
                 .work = work,
                 .changed = changed,
                 .tried = tried,
                 .list = list};
    uint32_t now = 1;
    for (uint32_t r = 0; r < l->n_ranks; r++) {
        double width = cpa_layers_width(l, r);
        double next = r + 1 < l->n_ranks ? cpa_layers_width(l, r + 1) : 0;
        work[r + 1] = work[r] + width * next;
        changed[r] = now;
    }
    cpa_reinsert_init(&x.reinsert, l, crossings->budget);
    uint64_t before = cpa_crossings_count(crossings);
    while (before > 0 && *crossings->budget > 0) {
        uint64_t after = one_round(&x, before, &now);
        if (after == before) {
            break;
        }
        before = after;
    }
    cpa_reinsert_clear(&x.reinsert);
}
