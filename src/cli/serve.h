/* SPDX-License-Identifier: Apache-2.0 */
/*
 * -http: the web interface until a signal ends it.
 */
#pragma once

#include "base/options.h"
#include "profile/profile.h"

/**
 * cpa_serve:
 * @options: uses http, http_token, no_browser
 *
 * Prints the address, answers until SIGINT or SIGTERM.
 *
 * Errors:  USAGE, NETWORK, UNSUPPORTED
 * Returns: whether it could begin
 */
bool cpa_serve(CpaProfile *profile, const CpaOptions *options, GError **error);
