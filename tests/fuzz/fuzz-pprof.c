/* SPDX-License-Identifier: Apache-2.0 */
/*
 * profile.proto. Some inputs are read a second time behind a long field that no reader knows, so
 * that the end of the source's first window falls inside of them; nothing may depend on that.
 */
#include <string.h>

#include "harness.h"

/* The source reads this much at a time. */
#define WINDOW ((size_t)256 * 1024)

extern const CpaFormat cpa_format_pprof;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t n_samples(const CpaProfile *profile)
{
    return profile != NULL ? profile->n_samples : SIZE_MAX;
}

/* Field 100, bytes, with a length of three bytes. */
static uint8_t *put_behind_padding(const uint8_t *data, size_t size, size_t padding)
{
    uint8_t *padded = g_malloc0(padding + size);
    size_t length = padding - 5;
    padded[0] = 0xa2;
    padded[1] = 0x06;
    padded[2] = (uint8_t)(0x80 | (length & 0x7f));
    padded[3] = (uint8_t)(0x80 | (length >> 7 & 0x7f));
    padded[4] = (uint8_t)(length >> 14);
    memcpy(padded + padding, data, size);
    return padded;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(CpaProfile) profile = NULL;
    fuzz_format(&cpa_format_pprof, data, size);
    bool packed = size >= 2 && data[0] == 0x1f && data[1] == 0x8b;
    if (size == 0 || size > WINDOW / 2 || packed || data[size - 1] % 8 != 0) {
        return 0;
    }
    profile = fuzz_read(&cpa_format_pprof, data, size);
    size_t padding = WINDOW - 1 - (data[size / 2] % size);
    g_autofree uint8_t *padded = put_behind_padding(data, size, padding);
    g_autoptr(CpaProfile) again = fuzz_read(&cpa_format_pprof, padded, padding + size);
    g_assert_cmpuint(n_samples(profile), ==, n_samples(again));
    return 0;
}
