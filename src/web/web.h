/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CpaWeb: what all requests share: one profile that does not change, the options that the program
 * was started with, views that were computed for one request and serve the next.
 */
#pragma once

#include "report/run.h"
#include "web/route.h"

/**
 * cpa_web_new:
 * @profile: a reference is taken
 * @options: copied
 *
 * Returns: (transfer full)
 */
CpaWeb *cpa_web_new(CpaProfile *profile, const CpaOptions *options);
CpaWeb *cpa_web_ref(CpaWeb *web);
void cpa_web_unref(CpaWeb *web);

CpaProfile *cpa_web_get_profile(const CpaWeb *web);
const CpaOptions *cpa_web_start_options(const CpaWeb *web);

/** cpa_web_compares: Returns: whether there is a base */
bool cpa_web_compares(const CpaWeb *web);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaWeb, cpa_web_unref)
