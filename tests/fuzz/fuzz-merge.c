/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Merging and subtracting two profiles. An input that begins with 'm' describes both to
 * fuzz_build(); any other is two files with the line "--and--" between them, or one file that
 * meets itself.
 */
#include <string.h>

#include "harness.h"
#include "profile/adjust.h"
#include "profile/merge.h"
#include "report/report.h"

#define SEPARATOR "\n--and--\n"

/* Larger profiles are left to the reports' own tests. */
#define MAX_FRAMES 100000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct {
    const uint8_t *data[2];
    size_t size[2];
    FuzzBytes bytes;
    bool built;
} Inputs;

static Inputs split(const uint8_t *data, size_t size)
{
    Inputs in = {.data = {data, data}, .size = {size, size}};
    if (size > 0 && data[0] == 'm') {
        in.built = true;
        in.bytes = (FuzzBytes){data + 1, data + size};
        return in;
    }
    const uint8_t *found = size > 0 ? memmem(data, size, SEPARATOR, strlen(SEPARATOR)) : NULL;
    if (found != NULL) {
        in.size[0] = (size_t)(found - data);
        in.data[1] = found + strlen(SEPARATOR);
        in.size[1] = size - in.size[0] - strlen(SEPARATOR);
    }
    return in;
}

/* Profiles are consumed by merging: each turn makes its own. */
static bool make(const Inputs *in, CpaProfile *out[2])
{
    FuzzBytes bytes = in->bytes;
    for (int i = 0; i < 2; i++) {
        out[i] = in->built ? fuzz_build(&bytes) : fuzz_read(NULL, in->data[i], in->size[i]);
    }
    if (out[0] != NULL && out[1] != NULL && out[0]->frame_first[out[0]->n_samples] < MAX_FRAMES &&
        out[1]->frame_first[out[1]->n_samples] < MAX_FRAMES) {
        return true;
    }
    g_clear_pointer(&out[0], cpa_profile_unref);
    g_clear_pointer(&out[1], cpa_profile_unref);
    return false;
}

/* Returns (nullable): the sum of the profiles, which are gone then. */
static CpaProfile *merge(CpaProfile *profiles[2], int n)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CpaMerger) merger = cpa_merger_new();
    bool ok = true;
    for (int i = 0; i < n && ok; i++) {
        ok = cpa_merger_add(merger, &profiles[i], &error);
        g_assert_null(profiles[i]);
    }
    CpaProfile *merged = ok ? cpa_merger_finish(merger, &error) : NULL;
    if (merged == NULL) {
        fuzz_assert_error(error, NULL);
        return NULL;
    }
    g_assert_no_error(error);
    fuzz_assert_profile(merged);
    return merged;
}

static void run_some(CpaProfile *profile)
{
    g_autoptr(CpaOptions) options = cpa_options_new();
    size_t n = 0;
    const CpaReportRow *const *reports = cpa_report_table(&n);
    for (size_t i = 0; i < n; i++) {
        if ((reports[i]->flags & (CPA_REPORT_BINARY | CPA_REPORT_COMPARES)) != 0) {
            fuzz_run(profile, i, options, ".");
        }
    }
}

static void sum(const Inputs *in)
{
    CpaProfile *profiles[2] = {NULL, NULL};
    if (make(in, profiles)) {
        g_autoptr(CpaProfile) merged = merge(profiles, 2);
        g_clear_pointer(&profiles[1], cpa_profile_unref);
        if (merged != NULL) {
            run_some(merged);
        }
    }
}

/* As report/load.c does it for a base. */
static void subtract(const Inputs *in, bool is_diff, bool normalize)
{
    CpaProfile *profiles[2] = {NULL, NULL};
    g_autoptr(GError) error = NULL;
    if (!make(in, profiles)) {
        return;
    }
    if (is_diff) {
        cpa_profile_set_label(profiles[1], "pprof::base", "true");
    }
    if (normalize && !cpa_profile_normalize(profiles[0], profiles[1], &error)) {
        fuzz_assert_error(error, NULL);
    }
    cpa_profile_scale_all(profiles[1], -1);
    fuzz_assert_profile(profiles[1]);
    g_autoptr(CpaProfile) merged = merge(profiles, 2);
    g_clear_pointer(&profiles[1], cpa_profile_unref);
    if (merged != NULL) {
        run_some(merged);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Inputs in = split(data, size);
    sum(&in);
    subtract(&in, true, true);
    subtract(&in, false, false);
    return 0;
}
