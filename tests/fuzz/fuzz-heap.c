/* SPDX-License-Identifier: Apache-2.0 */
/* Heap and growth profiles. */
#include "harness.h"

FUZZ_FORMAT(cpa_format_heap)
