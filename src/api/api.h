/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the public API share, and the one place where the public headers meet the
 * internal ones.
 *
 * Public functions have names of their own, so that both sides can be seen at once; CpaProfile is
 * the same struct on both, which the public side must not declare again.
 */
#pragma once

#include "base/options.h"
#include "profile/profile.h"
#include "view/view.h"

#define CPA_INSIDE 1
#include <cpa/cpa.h>

struct CpaSettings {
    CpaOptions *options; /* as set: presets are not applied yet */
    CpaWarn warn;        /* or NULL */
    gpointer warn_data;
};

/* Settings as the inner functions want them. */
typedef struct {
    CpaOptions *options; /* own */
    CpaWarn warn;
    gpointer warn_data;
} CpaApiSettings;

/**
 * cpa_api_settings_init:
 * @settings: (nullable)
 *
 * Applies presets, warns about those that have no effect.
 */
void cpa_api_settings_init(CpaApiSettings *inner, const CpaSettings *settings);
void cpa_api_settings_clear(CpaApiSettings *inner);

/**
 * cpa_api_profile_from_view:
 *
 * Makes a profile of what a view shows, by writing and reading it, as pprof copies profiles.
 *
 * Cost:    O(frames); memory of the encoded profile, not compressed
 * Returns: (transfer full): a profile that nobody else holds, or %NULL with @error set
 */
CpaProfile *cpa_api_profile_from_view(CpaView *view, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CpaApiSettings, cpa_api_settings_clear)
