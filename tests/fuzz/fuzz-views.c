/* SPDX-License-Identifier: Apache-2.0 */
/* A profile and options made from the bytes, no parser in between: one report, then another one. */
#include "harness.h"
#include "report/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FuzzBytes bytes = {data, data + size};
    size_t n_reports = 0;
    cpa_report_table(&n_reports);
    size_t first = fuzz_below(&bytes, (uint32_t)n_reports);
    size_t second = fuzz_below(&bytes, (uint32_t)n_reports);
    const char *argument = fuzz_pattern(&bytes);
    g_autoptr(CpaOptions) options = fuzz_options(&bytes);
    g_autoptr(CpaProfile) profile = fuzz_build(&bytes);
    if (profile != NULL) {
        fuzz_run(profile, first, options, argument);
        fuzz_run(profile, second, options, argument);
        fuzz_assert_profile(profile);
    }
    return 0;
}
