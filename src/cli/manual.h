/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The generated sections of cpa(1), as roff. man/cpa.1.in asks for them at build time through
 * the hidden `cpa help --man SECTION`.
 */
#pragma once

#include "base/sink.h"

/**
 * cpa_manual_section:
 * @section: "reports", "viewers", "options" or "formats"
 *
 * Errors: USAGE
 */
bool cpa_manual_section(CpaSink *sink, const char *section, GError **error);
