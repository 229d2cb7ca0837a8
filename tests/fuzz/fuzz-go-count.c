/* SPDX-License-Identifier: Apache-2.0 */
/* Go's count profiles: goroutine, threadcreate and the like. */
#include "harness.h"

FUZZ_FORMAT(cpa_format_go_count)
