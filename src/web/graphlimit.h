/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How large a call graph may be that is drawn for a request.
 */
#pragma once

#include "base/options.h"

/**
 * cpa_web_graph_options:
 *
 * Returns: (transfer full): the options with a limit on nodes, also where they ask for none
 */
CpaOptions *cpa_web_graph_options(const CpaOptions *options);
