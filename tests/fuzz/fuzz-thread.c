/* SPDX-License-Identifier: Apache-2.0 */
/* Thread profiles. */
#include "harness.h"

FUZZ_FORMAT(cpa_format_thread)
