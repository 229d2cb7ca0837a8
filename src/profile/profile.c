/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Life of a finished profile.
 */
#include "profile/profile.h"

CpaProfile *cpa_profile_ref(CpaProfile *profile)
{
    g_atomic_ref_count_inc(&profile->refs);
    return profile;
}

void cpa_profile_unref(CpaProfile *profile)
{
    if (profile == NULL || !g_atomic_ref_count_dec(&profile->refs)) {
        return;
    }
    if (profile->columns != NULL) {
        cpa_profile_unref(profile->columns);
        g_free(profile->values);
        g_free(profile);
        return;
    }
    g_free(profile->header.sample_types);
    g_free(profile->header.comments);
    g_free(profile->mappings);
    g_free(profile->functions);
    g_free(profile->locations);
    g_free(profile->lines);
    g_free(profile->frame_first);
    g_free(profile->frames);
    g_free(profile->label_sets);
    g_free(profile->values);
    g_free(profile->normalized);
    cpa_label_table_free(profile->labels);
    cpa_strtab_free(profile->strings);
    g_free(profile);
}
