/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes to a profile between reading it and sharing it: scaling, labelling, choosing sample
 * types. All of them work in place and demand that the caller holds the only reference.
 */
#pragma once

#include "base/error.h"
#include "profile/profile.h"

/**
 * cpa_profile_scale:
 * @ratios: [n_types]
 *
 * Multiplies values and rounds half away from zero. Unless all ratios are 1, samples go that are
 * zero in every value whose ratio is not 1.
 * Source: pprof profile.ScaleN
 */
void cpa_profile_scale(CpaProfile *profile, const double *ratios);

/** cpa_profile_scale_all: the same ratio for every sample type */
void cpa_profile_scale_all(CpaProfile *profile, double ratio);

/**
 * cpa_profile_normalize:
 * @base: profile to match
 *
 * Scales @profile so that each sample type sums to the sum it has in @base.
 * Errors: USAGE where the two have different sample or period types
 * Source: pprof profile.Normalize
 */
bool cpa_profile_normalize(CpaProfile *profile, const CpaProfile *base, GError **error);

/**
 * cpa_profile_keep_normalized:
 * @base: profile to match; no sample of it equals one of @profile
 *
 * Notes what cpa_profile_normalize() would make of the values, for cpa_profile_normalized() after a
 * merge: rounded before equal stacks are summed, as there. Does nothing where that would fail.
 *
 * Cost: 8 bytes per value, in the merged profile, too
 */
void cpa_profile_keep_normalized(CpaProfile *profile, const CpaProfile *base);

/**
 * cpa_profile_normalized:
 *
 * Cost:    O(values); the new profile shares all other columns with @profile, which may be shared
 * Returns: (transfer full): the profile with the values that were kept; %NULL without them
 */
CpaProfile *cpa_profile_normalized(CpaProfile *profile);

/** cpa_profile_set_label: gives every sample the string label @key = @value, replacing others */
void cpa_profile_set_label(CpaProfile *profile, const char *key, const char *value);

/**
 * cpa_profile_select_types:
 * @columns: [n] indices of the sample types to keep, in their new order
 */
void cpa_profile_select_types(CpaProfile *profile, const uint32_t *columns, uint32_t n);

/**
 * cpa_profile_compatibilize:
 * @profiles: [n] at least one
 *
 * Makes profiles alike for a merge: keeps the sample types that all have, in the order of the
 * first, and scales each to the finest of the units; the same for the period.
 * Errors: USAGE where they have no sample type in common or units of different families
 * Source: pprof profile.CompatibilizeSampleTypes, measurement.ScaleProfiles
 */
bool cpa_profile_compatibilize(CpaProfile *const *profiles, size_t n, GError **error);

/** cpa_profile_same_types: Returns: whether sample and period types are equal, units included */
bool cpa_profile_same_types(const CpaProfile *a, const CpaProfile *b);

/** cpa_profile_add_comment: appends a comment */
void cpa_profile_add_comment(CpaProfile *profile, const char *comment);

/**
 * cpa_profile_keep_unique_types:
 *
 * Drops sample types whose name occurs more than once: no name would select one of them.
 * Errors: NO_SAMPLES where no type is left
 * Source: pprof profile.commonSampleTypes
 */
bool cpa_profile_keep_unique_types(CpaProfile *profile, GError **error);
