/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Weights of groups of nodes: the lines of a function, the instructions of a symbol.
 *
 * A sample adds to cum of each distinct group of its stack once, to flat of the group of its leaf.
 * The sum over a group's nodes would count a sample again for each of them that it passes
 * through: that is how recursion comes to more than 100 %.
 */
#pragma once

#include "graph/nodes.h"

typedef struct {
    int64_t flat;
    int64_t cum;
    int64_t flat_div; /* 0 without mean */
    int64_t cum_div;
} CpaGroupSums;

/**
 * cpa_count_groups:
 * @table: nodes of @view
 * @group: [n_nodes of the table] number of the node's group, or CPA_NONE
 * @once:  false: the sum over the nodes of a group, as upstream counts
 *
 * Units:   raw units of the sample value; sums wrap as those of nodes do
 * Cost:    O(frames)
 * Returns: (transfer full): [n_groups]
 */
CpaGroupSums *cpa_count_groups(const CpaView *view, const CpaNodeTable *table,
                               const uint32_t *group, uint32_t n_groups, uint32_t value_index,
                               bool mean, bool once);

/**
 * cpa_count_places:
 * @group: [n_locations of the view] number of the location's group, or CPA_NONE
 *
 * The same for groups of locations: inlined calls are of the location that they were inlined into.
 * Returns: (transfer full): [n_groups]
 */
CpaGroupSums *cpa_count_places(const CpaView *view, const uint32_t *group, uint32_t n_groups,
                               uint32_t value_index, bool mean);

/**
 * cpa_count_memberships:
 * @member: [n_locations of the view] what the location is part of, or CPA_NONE
 * @first:  groups of member i: groups[first[i] .. first[i + 1]), each of them once
 * @once:   false: a sample counts for each of its frames, as upstream's weblist counts
 *
 * The same where a location counts for several groups: an address of an inlined call is of the line
 * of the call and of the callee's line. With @mean, each sample counts with its own mean.
 * Cost:    O(frames * groups of a location)
 * Source:  pprof source.go newSourcePrinter (means)
 * Returns: (transfer full): [n_groups] without flat_div and cum_div
 */
CpaGroupSums *cpa_count_memberships(const CpaView *view, const uint32_t *member,
                                    const uint32_t *first, const uint32_t *groups,
                                    uint32_t n_groups, uint32_t value_index, bool mean, bool once);
