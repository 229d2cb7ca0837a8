/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CpaWalk: goes through the samples of a profile, one after the other, in the order of the file.
 *
 *     g_autoptr(CpaWalk) walk = cpa_walk_new(profile);
 *     while (cpa_walk_next(walk)) {
 *         int64_t value = cpa_walk_value(walk, 0);
 *         const char *leaf = cpa_walk_n_frames(walk) > 0 ? cpa_walk_function(walk, 0) : "";
 *     }
 *
 * Between two calls of cpa_walk_next() everything is about one sample. Its frames are the calls of
 * the stack, leaf first; code that was inlined has a frame of its own. The stacks are those of the
 * profile: cpa_profile_filter() makes one that holds less.
 * A walk belongs to one thread; any number of walks may go through one profile.
 */
#pragma once

#include <cpa/profile.h>

G_BEGIN_DECLS

typedef struct CpaWalk CpaWalk;

/** cpa_walk_new: Returns: (transfer full): a walk before the first sample; it keeps @profile */
CPA_PUBLIC CpaWalk *cpa_walk_new(const CpaProfile *profile);

/** cpa_walk_free: @walk: (nullable) (transfer full) */
CPA_PUBLIC void cpa_walk_free(CpaWalk *walk);

/** cpa_walk_next: Cost: O(frames). Returns: %false when there are no more samples */
CPA_PUBLIC bool cpa_walk_next(CpaWalk *walk);

/** cpa_walk_value: @i: below cpa_profile_n_sample_types(). Returns: the value, in its unit */
CPA_PUBLIC int64_t cpa_walk_value(const CpaWalk *walk, size_t i);

/** cpa_walk_n_frames: Returns: how deep the stack is */
CPA_PUBLIC size_t cpa_walk_n_frames(const CpaWalk *walk);

/* Of frame @i, which is below n_frames; 0 is the leaf. Strings live as long as the profile. */

/** cpa_walk_function: Returns: the name of the function, or "" where only the address is known */
CPA_PUBLIC const char *cpa_walk_function(const CpaWalk *walk, size_t i);

/** cpa_walk_file: Returns: the source file, or "" */
CPA_PUBLIC const char *cpa_walk_file(const CpaWalk *walk, size_t i);

/** cpa_walk_line: Returns: the line in that file, or 0 */
CPA_PUBLIC int64_t cpa_walk_line(const CpaWalk *walk, size_t i);

/** cpa_walk_address: Returns: the address in the program's memory, or 0 */
CPA_PUBLIC uint64_t cpa_walk_address(const CpaWalk *walk, size_t i);

/** cpa_walk_binary: Returns: the file that is mapped at this address, or "" */
CPA_PUBLIC const char *cpa_walk_binary(const CpaWalk *walk, size_t i);

/** cpa_walk_is_inlined: Returns: whether the compiler put this call into frame @i + 1 */
CPA_PUBLIC bool cpa_walk_is_inlined(const CpaWalk *walk, size_t i);

/** cpa_walk_n_labels: Returns: the number of labels; strings come first, then by key */
CPA_PUBLIC size_t cpa_walk_n_labels(const CpaWalk *walk);

/** cpa_walk_label_key: @i: below n_labels. Returns: the key, which another label may have, too */
CPA_PUBLIC const char *cpa_walk_label_key(const CpaWalk *walk, size_t i);

/** cpa_walk_label_text: @i: below n_labels. Returns: (nullable): the value; %NULL: a number */
CPA_PUBLIC const char *cpa_walk_label_text(const CpaWalk *walk, size_t i);

/**
 * cpa_walk_label_number:
 * @i:    below n_labels
 * @unit: (out) (optional): the unit, or ""
 *
 * Returns: the value; 0 where it is a string
 */
CPA_PUBLIC int64_t cpa_walk_label_number(const CpaWalk *walk, size_t i, const char **unit);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaWalk, cpa_walk_free)

G_END_DECLS
