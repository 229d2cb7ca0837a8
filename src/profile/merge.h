/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Merging profiles: equal stacks with equal labels become one sample.
 *
 *     g_autoptr(CpaMerger) m = cpa_merger_new();
 *     for each profile: cpa_merger_add(m, &profile, &error)      // consumed, freed at once
 *     merged = cpa_merger_finish(m, &error);
 *
 * A single profile comes out as it went in: its equal stacks stay separate samples.
 */
#pragma once

#include "base/error.h"
#include "profile/profile.h"

typedef struct CpaMerger CpaMerger;

CpaMerger *cpa_merger_new(void);
void cpa_merger_free(CpaMerger *merger);

/**
 * cpa_merger_add:
 * @profile: (inout) (transfer full): set to %NULL
 *
 * Folds a profile into what was added before. Small profiles are held a while, and those with
 * unlike sample types or units until the end: only then it is known which types all have and
 * which unit is the finest.
 *
 * Cost:    O(frames of the profile); memory of the merged samples and one profile
 * Errors:  USAGE where the profiles cannot be combined
 * Source:  pprof profile.Merge, driver.combineProfiles; differs: profiles are folded one by one
 */
bool cpa_merger_add(CpaMerger *merger, CpaProfile **profile, GError **error);

/**
 * cpa_merger_finish:
 *
 * Returns: (transfer full): the merged profile, nobody else holds it; %NULL with @error set
 */
CpaProfile *cpa_merger_finish(CpaMerger *merger, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaMerger, cpa_merger_free)
