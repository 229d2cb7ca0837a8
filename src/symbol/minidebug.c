/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nobody says how large the inner file is: room for it doubles until it fits.
 */
#include "symbol/minidebug.h"

#ifdef HAVE_ELFUTILS

#include "symbol/lzmalib.h"

#include <inttypes.h>

#define SECTION    ".gnu_debugdata"
#define FIRST_SIZE ((size_t)1 << 16)
#define MAX_SIZE   ((size_t)256 << 20)
#define MAX_MEMORY ((uint64_t)256 << 20) /* of the decoder */

#ifdef HAVE_LZMA

static uint8_t *unpack(const char *path, CpaBytes packed, size_t *n, GError **error)
{
    const CpaLzmaLib *lib = cpa_lzma_lib(error);
    g_autofree uint8_t *bytes = NULL;
    if (lib == NULL) {
        g_prefix_error(error, "%s: " SECTION ": ", path);
        return NULL;
    }
    for (size_t size = FIRST_SIZE; size <= MAX_SIZE; size *= 2) {
        uint64_t memory = MAX_MEMORY;
        size_t at = 0;
        *n = 0;
        g_free(bytes);
        bytes = g_try_malloc(size);
        if (bytes == NULL) {
            break;
        }
        lzma_ret result = lib->lzma_stream_buffer_decode(&memory, 0, NULL, packed.bytes, &at,
                                                         packed.size, bytes, n, size);
        if (result == LZMA_OK) {
            return g_steal_pointer(&bytes);
        }
        if (result != LZMA_BUF_ERROR || *n < size) {
            cpa_error_set(error, CPA_ERROR_MALFORMED, "%s: " SECTION ": broken xz data (%d)", path,
                          (int)result);
            return NULL;
        }
    }
    cpa_error_set(error, CPA_ERROR_TOO_LARGE, "%s: " SECTION ": %zu bytes unpack to too many", path,
                  packed.size);
    return NULL;
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
