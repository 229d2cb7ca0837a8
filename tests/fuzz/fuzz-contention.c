/* SPDX-License-Identifier: Apache-2.0 */
/* Contention profiles, and Java's. */
#include "harness.h"

FUZZ_FORMAT(cpa_format_contention)
