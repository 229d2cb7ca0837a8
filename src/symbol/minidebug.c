/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nobody says how large the inner file is: room for it doubles until it fits.
 */
#include "symbol/minidebug.h"

#ifdef HAVE_ELFUTILS

#include "symbol/lzmalib.h"

#define SECTION    ".gnu_debugdata"
#define FIRST_SIZE ((size_t)1 << 16)
#define MAX_SIZE   ((size_t)256 << 20)
#define MAX_MEMORY ((uint64_t)256 << 20) /* of the decoder */

#ifdef HAVE_LZMA

/* Returns: (transfer full): [*n] what @stream makes of its input, or NULL */
static uint8_t *run(const CpaLzmaLib *lib, lzma_stream *stream, size_t *n, lzma_ret *result)
{
    g_autofree uint8_t *bytes = NULL;
    size_t size = 0;
    for (*result = LZMA_OK; *result == LZMA_OK;) {
        if (stream->avail_out == 0) {
            size_t used = size;
            size = size > 0 ? 2 * size : FIRST_SIZE;
            uint8_t *larger = size <= MAX_SIZE ? g_try_realloc(bytes, size) : NULL;
            if (larger == NULL) {
                return NULL;
            }
            bytes = larger;
            stream->next_out = bytes + used;
            stream->avail_out = size - used;
        }
        *result = lib->lzma_code(stream, LZMA_FINISH);
    }
    *n = size - stream->avail_out;
    return *result == LZMA_STREAM_END ? g_steal_pointer(&bytes) : NULL;
}

static uint8_t *unpack(const char *path, CpaBytes packed, size_t *n, GError **error)
{
    const CpaLzmaLib *lib = cpa_lzma_lib(error);
    if (lib == NULL) {
        g_prefix_error(error, "%s: " SECTION ": ", path);
        return NULL;
    }
    lzma_stream stream = LZMA_STREAM_INIT;
    stream.next_in = packed.bytes;
    stream.avail_in = packed.size;
    lzma_ret result = lib->lzma_stream_decoder(&stream, MAX_MEMORY, 0);
    uint8_t *bytes = result == LZMA_OK ? run(lib, &stream, n, &result) : NULL;
    lib->lzma_end(&stream);
    if (bytes == NULL && result == LZMA_OK) {
        cpa_error_set(error, CPA_ERROR_TOO_LARGE, "%s: " SECTION ": %zu bytes unpack to too many",
                      path, packed.size);
    } else if (bytes == NULL) {
        cpa_error_set(error, CPA_ERROR_MALFORMED, "%s: " SECTION ": broken xz data (%d)", path,
                      (int)result);
    }
    return bytes;
}

#else

static uint8_t *unpack(const char *path, CpaBytes packed G_GNUC_UNUSED, size_t *n G_GNUC_UNUSED,
                       GError **error)
{
    cpa_error_set(error, CPA_ERROR_UNSUPPORTED,
                  "%s: " SECTION ": this cpa was built without liblzma", path);
    return NULL;
}

#endif

CpaElf *cpa_minidebug_open(CpaElf *elf, GError **error)
{
    CpaBytes packed;
    size_t n = 0;
    if (!cpa_elf_debug_section(elf, SECTION, &packed, error) || packed.size == 0) {
        return NULL;
    }
    uint8_t *bytes = unpack(cpa_elf_path(elf), packed, &n, error);
    g_autofree char *name = g_strconcat(cpa_elf_path(elf), ": " SECTION, NULL);
    return bytes != NULL ? cpa_elf_new_memory(name, bytes, n, error) : NULL;
}

#endif
