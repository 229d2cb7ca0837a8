/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Object files: headers, build id, bases, symbols, DWARF, Go's tables, code. Whatever the bytes
 * are, questions come to an end and answers are strings.
 */
#include "symbol/object.h"

#include "harness.h"

#include <string.h>

#define N_ADDRESSES 256

static size_t n_chars; /* so that every string is read */

static void take_frames(size_t i, const CpaFrame *frames, size_t n, gpointer data)
{
    g_assert_cmpuint(i, <, N_ADDRESSES);
    g_assert_cmpuint(n, >, 0);
    for (size_t k = 0; k < n; k++) {
        n_chars += strlen(frames[k].function) + strlen(frames[k].file);
    }
    ++*(size_t *)data;
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Addresses of symbols, some in between, some anywhere. */
static void choose_addresses(CpaObject *object, uint64_t addresses[N_ADDRESSES])
{
    size_t n = 0;
    const CpaSymbol *symbols = cpa_object_symbols(object, &n);
    for (size_t i = 0; i < N_ADDRESSES; i++) {
        uint64_t at = n > 0 ? symbols[i % n].address : 0x1000;
        addresses[i] = at + (i / (n + 1)) * 7 + (i % 3);
    }
    addresses[0] = 0;
    addresses[1] = UINT64_MAX;
    qsort(addresses, N_ADDRESSES, sizeof *addresses, compare);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CpaObject) object =
        cpa_object_new_memory(FUZZ_NAME, g_memdup2(data, size), size, &error);
    if (object == NULL) {
        fuzz_assert_error(error, FUZZ_NAME);
        return 0;
    }
    uint64_t addresses[N_ADDRESSES];
    size_t n_answers = 0;
    choose_addresses(object, addresses);
    cpa_object_frames(object, addresses, N_ADDRESSES, 0, take_frames, &n_answers);
    cpa_object_frames(object, addresses, N_ADDRESSES, CPA_FRAMES_FAST, take_frames, &n_answers);

    const CpaPlace place = {0x1000, addresses[N_ADDRESSES - 2], addresses[3] & ~UINT64_C(4095),
                            "_text"};
    uint64_t base = 0;
    if (cpa_object_check_place(object, &place, NULL)) {
        cpa_object_base(object, &place, 0x1001, &base, NULL);
    }
    size_t n_code = 0;
    uint64_t code_at = addresses[9];
    g_free(cpa_object_code(object, &code_at, addresses[9] + 64, &n_code, NULL));
    g_assert_cmpuint(n_code, <=, 64);
    n_chars += strlen(cpa_object_build_id(object));
    return 0;
}
