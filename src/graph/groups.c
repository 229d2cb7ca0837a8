/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One pass over the frames with a stamp per group, or per node where each node counts.
 */
#include "graph/groups.h"

#include "graph/work.h"

typedef struct {
    CpaGroupSums *sums;
    uint64_t *stamps; /* [n_groups] or [n_nodes] 1 + the last sample that counted */
    const uint32_t *group;
    bool once;
} Counter;

static inline int64_t add(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

static inline void count_frame(Counter *c, uint32_t node, uint64_t stamp, int64_t value,
                               int64_t div)
{
    uint32_t group = c->group[node];
    if (group == CPA_NONE) {
        return;
    }
    uint64_t *seen = &c->stamps[c->once ? group : node];
    if (*seen != stamp) {
        *seen = stamp;
        c->sums[group].cum = add(c->sums[group].cum, value);
        c->sums[group].cum_div = add(c->sums[group].cum_div, div);
    }
}

static inline void count_leaf(Counter *c, uint32_t node, int64_t value, int64_t div)
{
    uint32_t group = c->group[node];
    if (group != CPA_NONE) {
        c->sums[group].flat = add(c->sums[group].flat, value);
        c->sums[group].flat_div = add(c->sums[group].flat_div, div);
    }
}

CpaGroupSums *cpa_count_groups(const CpaView *v, const CpaNodeTable *t, const uint32_t *group,
                               uint32_t n_groups, uint32_t value_index, bool mean, bool once)
{
    g_autofree uint32_t *map = cpa_map_locations(t, group);
    g_autofree uint64_t *stamps = g_new0(uint64_t, (size_t)(once ? n_groups : t->n_nodes) + 1);
    Counter c = {
        .sums = g_new0(CpaGroupSums, (size_t)n_groups + 1),
        .stamps = stamps,
        .group = group,
        .once = once,
    };
    for (size_t s = 0; s < v->n_samples; s++) {
        const int64_t *values = cpa_view_values(v, s);
        int64_t value = values[value_index];
        int64_t div = mean ? values[0] : 0;
        if (value == 0 && div == 0) {
            continue;
        }
        for (uint64_t i = v->begin[s]; i < v->end[s]; i++) {
            uint32_t location = v->frames[i];
            if (map[location] == CPA_NONE) {
                continue;
            }
            for (uint32_t k = t->first[location]; k < t->first[location + 1]; k++) {
                count_frame(&c, t->node[k], s + 1, value, div);
            }
        }
        if (v->begin[s] < v->end[s]) {
            count_leaf(&c, t->node[t->first[v->frames[v->begin[s]]]], value, div);
        }
    }
    return c.sums;
}

CpaGroupSums *cpa_count_places(const CpaView *v, const uint32_t *group, uint32_t n_groups,
                               uint32_t value_index, bool mean)
{
    g_autofree uint64_t *stamps = g_new0(uint64_t, (size_t)n_groups + 1);
    Counter c = {
        .sums = g_new0(CpaGroupSums, (size_t)n_groups + 1),
        .stamps = stamps,
        .group = group,
        .once = true,
    };
    for (size_t s = 0; s < v->n_samples; s++) {
        const int64_t *values = cpa_view_values(v, s);
        int64_t value = values[value_index];
        int64_t div = mean ? values[0] : 0;
        for (uint64_t i = v->begin[s]; i < v->end[s]; i++) {
            count_frame(&c, v->frames[i], s + 1, value, div);
        }
        if (v->begin[s] < v->end[s]) {
            count_leaf(&c, v->frames[v->begin[s]], value, div);
        }
    }
    return c.sums;
}

CpaGroupSums *cpa_count_memberships(const CpaView *v, const uint32_t *member, const uint32_t *first,
                                    const uint32_t *groups, uint32_t n_groups, uint32_t value_index,
                                    bool mean, bool once)
{
    g_autofree uint64_t *stamps = g_new0(uint64_t, (size_t)n_groups + 1);
    CpaGroupSums *sums = g_new0(CpaGroupSums, (size_t)n_groups + 1);
    for (size_t s = 0; s < v->n_samples; s++) {
        const int64_t *values = cpa_view_values(v, s);
        int64_t div = mean ? values[0] : 0;
        int64_t value = values[value_index];
        value = div == -1 ? (int64_t)(0 - (uint64_t)value) : div != 0 ? value / div : value;
        for (uint64_t i = v->begin[s]; i < v->end[s]; i++) {
            uint32_t m = member[v->frames[i]];
            for (uint32_t k = m != CPA_NONE ? first[m] : 0; m != CPA_NONE && k < first[m + 1];
                 k++) {
                CpaGroupSums *to = &sums[groups[k]];
                to->flat = i == v->begin[s] ? add(to->flat, value) : to->flat;
                if (!once || stamps[groups[k]] != s + 1) {
                    stamps[groups[k]] = s + 1;
                    to->cum = add(to->cum, value);
                }
            }
        }
    }
    return sums;
}
