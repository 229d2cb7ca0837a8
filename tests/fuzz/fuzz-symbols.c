/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is read for symbols besides object files. The first byte chooses: a perf map, an answer of a
 * symbol server, a file of the cache, Go's table of lines, a mangled name.
 */
#include "symbol/answers.h"
#include "symbol/demangle.h"
#include "symbol/pclntab.h"
#include "symbol/perfmap.h"
#include "symbol/symbolz.h"

#include "harness.h"

#include <string.h>

#define N_ADDRESSES 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take_frames(size_t i, const CpaFrame *frames, size_t n, gpointer data)
{
    g_assert_cmpuint(i, <, N_ADDRESSES);
    g_assert_cmpuint(n, ==, 1);
    *(size_t *)data += strlen(frames[0].function);
}

static void read_perfmap(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CpaPerfMap) map = cpa_perfmap_parse(FUZZ_NAME, g_memdup2(data, size), size, &error);
    if (map == NULL) {
        fuzz_assert_error(error, FUZZ_NAME);
        return;
    }
    uint64_t addresses[N_ADDRESSES];
    size_t n_chars = 0;
    for (size_t i = 0; i < N_ADDRESSES; i++) {
        addresses[i] = i * 0x101;
    }
    cpa_perfmap_frames(map, addresses, N_ADDRESSES, take_frames, &n_chars);
}

static void read_symbolz(const uint8_t *data, size_t size)
{
    g_autoptr(CpaBuilder) b = cpa_builder_new();
    CpaMapping mapping = {.start = 0x1000, .limit = 0x9000};
    cpa_builder_add_mapping(b, &mapping);
    cpa_builder_add_sample_type(b, cpa_builder_intern(b, "cpu", -1), 0);
    for (uint64_t i = 1; i < 8; i++) {
        CpaLocation location = {.address = i * 0x1000};
        cpa_builder_add_location(b, &location, NULL, 0);
    }
    g_autoptr(CpaProfile) profile = cpa_builder_finish(b, NULL);
    g_assert_nonnull(profile);
    g_autoptr(GError) error = NULL;
    if (!cpa_symbolz_apply(profile, 0, 0x10, (const char *)data, size, &error)) {
        fuzz_assert_error(error, NULL);
    }
    fuzz_assert_profile(profile);
}

static void read_answers(const uint8_t *data, size_t size)
{
    CpaAnswers answers;
    g_autoptr(GError) error = NULL;
    cpa_answers_init(&answers);
    if (cpa_answers_decode(&answers, data, size, &error)) {
        for (size_t i = 0; i < answers.addresses.len; i++) {
            g_assert_cmpuint(cpa_answers_find(&answers, answers.addresses.data[i]), ==, i);
        }
        CpaAnswers copy;
        CpaAnswers none;
        cpa_answers_init(&copy);
        cpa_answers_init(&none);
        cpa_answers_merge(&copy, &answers, &none);
        g_assert_cmpuint(copy.addresses.len, ==, answers.addresses.len);
        cpa_answers_clear(&copy);
        cpa_answers_clear(&none);
        g_autoptr(GByteArray) again = cpa_answers_encode(&answers);
        g_assert_cmpmem(again->data, again->len, data, size);
    } else {
        fuzz_assert_error(error, "symbol cache");
        g_assert_cmpuint(answers.addresses.len + answers.frames.len, ==, 0);
    }
    cpa_answers_clear(&answers);
}

static void take_function(uint64_t address, uint64_t size, const char *name, gpointer data)
{
    CpaPclntab *table = *(CpaPclntab **)data;
    CpaGoFrame frames[CPA_GO_MAX_FRAMES];
    size_t n = cpa_pclntab_frames(table, address + size / 2, frames);
    g_assert_cmpuint(n, <=, CPA_GO_MAX_FRAMES);
    g_assert_cmpuint(strlen(name), >, 0);
    for (size_t i = 0; i < n; i++) {
        g_assert_true(frames[i].function != NULL && frames[i].file != NULL);
    }
}

static void read_pclntab(const uint8_t *data, size_t size)
{
    g_autoptr(CpaPclntab) table = cpa_pclntab_new((CpaBytes){data, size}, 0x1000, size % 2 != 0);
    if (table != NULL) {
        cpa_pclntab_each(table, take_function, &table);
        /* The data of functions is the table's second half. */
        const CpaGoModule module = {0x1000, {data + size / 2, size - size / 2}};
        cpa_pclntab_set_module(table, &module);
        cpa_pclntab_each(table, take_function, &table);
    }
}

static void read_name(const uint8_t *data, size_t size)
{
    g_autofree char *name = g_strndup((const char *)data, size);
    for (int mode = CPA_DEMANGLE_DEFAULT; mode <= CPA_DEMANGLE_NONE; mode++) {
        g_autofree char *text = cpa_demangle(name, (CpaDemangle)mode);
        g_assert_true(text == NULL || strlen(text) <= MAX((size_t)1 << 16, size));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const readers[])(const uint8_t *data, size_t size) = {
        read_perfmap, read_symbolz, read_answers, read_pclntab, read_name};
    if (size > 0) {
        readers[data[0] % G_N_ELEMENTS(readers)](data + 1, size - 1);
    }
    return 0;
}
