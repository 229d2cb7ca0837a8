/* SPDX-License-Identifier: Apache-2.0 */
/* Collapsed stacks. */
#include "harness.h"

FUZZ_FORMAT(cpa_format_collapsed)
