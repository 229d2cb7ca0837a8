/* SPDX-License-Identifier: Apache-2.0 */
/* Java heap and contention profiles. */
#include "harness.h"

FUZZ_FORMAT(cpa_format_java)
