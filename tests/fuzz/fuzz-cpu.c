/* SPDX-License-Identifier: Apache-2.0 */
/* gperftools and Java CPU profiles. */
#include "harness.h"

FUZZ_FORMAT(cpa_format_cpu)
