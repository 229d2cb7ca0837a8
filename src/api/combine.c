/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Profiles out of profiles: sums, differences, and what filters leave.
 *
 * Profiles that callers hold may be shared, but the merger changes those whose sample types differ,
 * and a base is negated in place: such profiles are copied first.
 */
#include "api/api.h"

#include "input/format.h"
#include "profile/adjust.h"
#include "profile/merge.h"
#include "view/encode.h"
#include "view/filter.h"

CpaProfile *cpa_api_profile_from_view(CpaView *view, GError **error)
{
    g_autoptr(CpaSink) sink = cpa_sink_new_memory();
    if (!cpa_view_encode(view, 1, false, sink, error)) {
        return NULL;
    }
    size_t n = 0;
    const char *bytes = cpa_sink_data(sink, &n);
    g_autoptr(CpaSource) source = cpa_source_new_memory("copy", bytes, n, UINT64_MAX, error);
    const CpaFormat *format = source != NULL ? cpa_format_detect(source, error) : NULL;
    g_autoptr(CpaBuilder) builder = cpa_builder_new();
    if (format == NULL || !format->read(source, builder, error)) {
        return NULL;
    }
    return cpa_builder_finish(builder, error);
}

static CpaProfile *copy(const CpaProfile *profile, GError **error)
{
    g_autoptr(CpaView) view = cpa_view_new((CpaProfile *)profile);
    return cpa_api_profile_from_view(view, error);
}

static bool add(CpaMerger *merger, const CpaProfile *profile, bool as_copy, GError **error)
{
    CpaProfile *added = as_copy ? copy(profile, error) : cpa_profile_dup(profile);
    return added != NULL && cpa_merger_add(merger, &added, error);
}

CpaProfile *cpa_profile_merge(CpaProfile *const *profiles, size_t n_profiles, GError **error)
{
    g_return_val_if_fail(profiles != NULL && n_profiles > 0, NULL);
    g_return_val_if_fail(error == NULL || *error == NULL, NULL);
    bool alike = true;
    for (size_t i = 0; i < n_profiles; i++) {
        g_return_val_if_fail(profiles[i] != NULL, NULL);
        alike = alike && cpa_profile_same_types(profiles[0], profiles[i]);
    }
    g_autoptr(CpaMerger) merger = cpa_merger_new();
    for (size_t i = 0; i < n_profiles; i++) {
        if (!add(merger, profiles[i], !alike, error)) {
            return NULL;
        }
    }
    return cpa_merger_finish(merger, error);
}

CpaProfile *cpa_profile_subtract(const CpaProfile *profile, const CpaProfile *base, unsigned flags,
                                 GError **error)
{
    g_return_val_if_fail(profile != NULL, NULL);
    g_return_val_if_fail(base != NULL, NULL);
    g_return_val_if_fail((flags & ~(unsigned)(CPA_SUBTRACT_DIFF | CPA_SUBTRACT_NORMALIZE)) == 0,
                         NULL);
    g_return_val_if_fail(error == NULL || *error == NULL, NULL);
    bool normalize = (flags & CPA_SUBTRACT_NORMALIZE) != 0;
    g_autoptr(CpaProfile) minuend = normalize || !cpa_profile_same_types(profile, base)
                                        ? copy(profile, error)
                                        : cpa_profile_dup(profile);
    g_autoptr(CpaProfile) negated = minuend != NULL ? copy(base, error) : NULL;
    if (negated == NULL) {
        return NULL;
    }
    if ((flags & CPA_SUBTRACT_DIFF) != 0) {
        cpa_profile_set_label(negated, "pprof::base", "true");
    }
    if (normalize && !cpa_profile_normalize(minuend, negated, error)) {
        return NULL;
    }
    cpa_profile_scale_all(negated, -1);
    g_autoptr(CpaMerger) merger = cpa_merger_new();
    if (!cpa_merger_add(merger, &minuend, error) || !cpa_merger_add(merger, &negated, error)) {
        return NULL;
    }
    return cpa_merger_finish(merger, error);
}

CpaProfile *cpa_profile_filter(const CpaProfile *profile, const CpaSettings *settings,
                               GError **error)
{
    g_return_val_if_fail(profile != NULL, NULL);
    g_return_val_if_fail(error == NULL || *error == NULL, NULL);
    g_auto(CpaApiSettings) inner = {0};
    cpa_api_settings_init(&inner, settings);
    g_autoptr(CpaView) view = cpa_view_new((CpaProfile *)profile);
    cpa_view_prune_uninteresting(view);
    g_autoptr(CpaLabelUnits) units = cpa_label_units_new(view, inner.warn, inner.warn_data);
    cpa_view_add_label_frames(view, inner.options, inner.warn, inner.warn_data);
    if (!cpa_view_focus(view, inner.options, units, inner.warn, inner.warn_data, error)) {
        return NULL;
    }
    return cpa_api_profile_from_view(view, error);
}
