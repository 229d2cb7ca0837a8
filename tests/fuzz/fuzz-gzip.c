/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The byte source: what comes out must not depend on the sizes of the steps in which a reader
 * asks for it, stays within the limit, and is what zlib makes of it, whichever library unpacks.
 * The first byte chooses the limit and the steps; what follows is the file.
 */
#include <string.h>
#include <zlib.h>

#include "harness.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Returns the unpacked bytes, NULL with an error where the file is damaged. */
static GByteArray *read_at_once(const uint8_t *data, size_t size, uint64_t limit)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CpaSource) source = cpa_source_new_memory(FUZZ_NAME, data, size, limit, &error);
    size_t n = 0;
    const char *all = source != NULL ? cpa_source_all(source, &n, &error) : NULL;
    if (all == NULL) {
        fuzz_assert_error(error, FUZZ_NAME ": ");
        return NULL;
    }
    g_assert_cmpuint(n, <=, limit);
    g_assert_cmpint(all[n], ==, 0);
    GByteArray *bytes = g_byte_array_new();
    g_byte_array_append(bytes, (const uint8_t *)all, (guint)n);
    return bytes;
}

/* What zlib finds in all members; NULL where it finds a fault, or more than the limit. */
static GByteArray *unpack_with_zlib(const uint8_t *data, size_t size, uint64_t limit)
{
    uint8_t piece[1 << 14];
    z_stream z = {.next_in = (Bytef *)(uintptr_t)data, .avail_in = (uInt)size};
    GByteArray *bytes = g_byte_array_new();
    g_assert_cmpint(inflateInit2(&z, 15 + 16), ==, Z_OK);
    int result = Z_OK;
    while (result == Z_OK && bytes->len <= limit) {
        z.next_out = piece;
        z.avail_out = sizeof piece;
        result = inflate(&z, Z_NO_FLUSH);
        g_byte_array_append(bytes, piece, (guint)(sizeof piece - z.avail_out));
        if (result == Z_STREAM_END && z.avail_in > 0) {
            result = inflateReset(&z);
        }
    }
    inflateEnd(&z);
    if (result != Z_STREAM_END || bytes->len > limit) {
        g_clear_pointer(&bytes, g_byte_array_unref);
    }
    return bytes;
}

static bool has_reserved_flags(const uint8_t *data, size_t size)
{
    for (size_t i = 0; i + 3 < size; i++) {
        if (data[i] == 0x1f && data[i + 1] == 0x8b && (data[i + 3] & 0xe0) != 0) {
            return true;
        }
    }
    return false;
}

static void compare_with_zlib(const uint8_t *data, size_t size, uint64_t limit,
                              const GByteArray *all)
{
    GByteArray *expect = unpack_with_zlib(data, size, limit);
    if (expect == NULL && has_reserved_flags(data, size)) {
        return; /* zlib refuses them, other libraries and Go do not */
    }
    g_assert_cmpint(expect != NULL, ==, all != NULL);
    if (expect != NULL) {
        g_assert_cmpmem(expect->data, expect->len, all->data, all->len);
        g_byte_array_unref(expect);
    }
}

/* The same by steps; `expect` NULL: it must fail sooner or later. */
static void read_by_steps(const uint8_t *data, size_t size, uint64_t limit, size_t step,
                          const GByteArray *expect)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CpaSource) source = cpa_source_new_memory(FUZZ_NAME, data, size, limit, &error);
    size_t done = 0;
    while (source != NULL) {
        if (!cpa_source_need(source, step, &error)) {
            break;
        }
        size_t n = 0;
        const uint8_t *window = cpa_source_data(source, &n);
        g_assert_cmpuint(cpa_source_offset(source), ==, done);
        if (n == 0) {
            g_assert_nonnull(expect);
            g_assert_cmpuint(done, ==, expect->len);
            return;
        }
        size_t take = MIN(n, step);
        if (expect != NULL) {
            g_assert_cmpuint(done + n, <=, expect->len);
            g_assert_cmpint(memcmp(window, expect->data + done, take), ==, 0);
        }
        cpa_source_skip(source, take);
        done += take;
    }
    g_assert_null(expect);
    fuzz_assert_error(error, FUZZ_NAME ": ");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* Above 1 MiB a thread unpacks. */
    static const uint64_t limits[] = {3 << 20, 1 << 18, 1000, 1};
    static const size_t steps[] = {1 << 16, 300000, 4097, 64};
    uint8_t mode = 0;
    bool bare = size >= 2 && data[0] == 0x1f && data[1] == 0x8b; /* a test profile as it is */
    if (size > 0 && !bare) {
        mode = data[0];
        data++;
        size--;
    }
    uint64_t limit = limits[mode & 3];
    size_t step = steps[mode >> 2 & 3];
    GByteArray *all = read_at_once(data, size, limit);
    read_by_steps(data, size, limit, step, all);
    if (size >= 2 && data[0] == 0x1f && data[1] == 0x8b) {
        compare_with_zlib(data, size, limit, all);
    }
    if (all != NULL) {
        g_byte_array_unref(all);
    }
    return 0;
}
