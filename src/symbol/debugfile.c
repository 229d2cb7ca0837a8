/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every candidate is opened, compared and noted in one place, take().
 */
#include "symbol/debugfile.h"

#ifdef HAVE_ELFUTILS

#include "symbol/dwsplit.h"

#include <inttypes.h>
#include <string.h>
#include <zlib.h>

#define DEBUG_ROOT "/usr/lib/debug"
#define CRC_CHUNK  ((size_t)1 << 16)

/* Shorter ones are not built into paths: ids have 20 bytes, 8 at least. */
#define MIN_BUILD_ID 4

typedef struct {
    CpaElf *elf;
    const char *build_id; /* "" where unknown */
    bool has_crc;
    uint32_t crc;
    GPtrArray *notes;
} Search;

static uint32_t checksum(const CpaElf *elf)
{
    g_autofree uint8_t *chunk = g_malloc(CRC_CHUNK);
    uint32_t crc = (uint32_t)crc32(0, NULL, 0);
    uint64_t size = cpa_elf_size(elf);
    for (uint64_t at = 0; at < size; at += CRC_CHUNK) {
        size_t n = MIN(CRC_CHUNK, size - at);
        if (!cpa_elf_read(elf, at, chunk, n, NULL)) {
            break;
        }
        crc = (uint32_t)crc32(crc, chunk, (uInt)n);
    }
    return crc;
}

/* Returns: the file if it is the one that is looked for. */
static CpaElf *take(const Search *s, const char *path)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CpaElf) found = cpa_elf_open(path, &error);
    if (found == NULL) {
        cpa_note(s->notes, "%s", error->message);
        return NULL;
    }
    if (cpa_elf_is_same_file(found, s->elf)) {
        cpa_note(s->notes, "%s: the file itself", path);
        return NULL;
    }
    const char *id = cpa_elf_build_id(found);
    if (*s->build_id != '\0' && *id != '\0') {
        if (strcmp(id, s->build_id) != 0) {
            cpa_note(s->notes, "%s: build id %s, wanted %s", path, id, s->build_id);
            return NULL;
        }
    } else if (s->has_crc) {
        uint32_t crc = checksum(found);
        if (crc != s->crc) {
            cpa_note(s->notes, "%s: checksum %08" PRIx32 ", wanted %08" PRIx32, path, crc, s->crc);
            return NULL;
        }
    } else {
        cpa_note(s->notes, "%s: no build id, wanted %s", path, s->build_id);
        return NULL;
    }
    cpa_note(s->notes, "%s: debug information", path);
    return g_steal_pointer(&found);
}

static CpaElf *by_build_id(const Search *s)
{
    if (strlen(s->build_id) < MIN_BUILD_ID) {
        return NULL;
    }
    g_autofree char *path =
        g_strdup_printf(DEBUG_ROOT "/.build-id/%.2s/%s.debug", s->build_id, s->build_id + 2);
    return take(s, path);
}

/* In the folder of the file, below it, and in the same place below DEBUG_ROOT. */
static CpaElf *by_name(const Search *s, const char *name)
{
    g_autofree char *real = realpath(cpa_elf_path(s->elf), NULL);
    g_autofree char *dir = g_path_get_dirname(real != NULL ? real : cpa_elf_path(s->elf));
    char *candidates[] = {
        g_path_is_absolute(name) ? g_strdup(name) : g_build_filename(dir, name, NULL),
        g_build_filename(dir, ".debug", name, NULL),
        g_build_filename(DEBUG_ROOT, dir, name, NULL),
    };
    CpaElf *found = NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(candidates); i++) {
        if (found == NULL) {
            found = take(s, candidates[i]);
        }
        g_free(candidates[i]);
    }
    return found;
}

/* A server's file must have the build id: checksums are for files that are named by the link. */
static CpaElf *by_server(const Search *s, const CpaDebugSearch *search)
{
    g_auto(CpaDebuginfodAnswer) answer;
    cpa_debuginfod_ask(&search->servers, s->build_id, NULL, &answer);
    if (answer.text != NULL) {
        cpa_note(search->notes, "%s", answer.text);
    }
    if (answer.warning != NULL) {
        cpa_note(search->problems, "%s", answer.warning);
    }
    Search wanted = *s;
    wanted.has_crc = false;
    return answer.path != NULL ? take(&wanted, answer.path) : NULL;
}

CpaElf *cpa_debugfile_find(CpaElf *elf, const CpaDebugSearch *search)
{
    Search s = {.elf = elf, .build_id = cpa_elf_build_id(elf), .notes = search->notes};
    const char *name = NULL;
    CpaElf *found = by_build_id(&s);
    if (found == NULL && cpa_elf_debug_link(elf, &name, &s.crc)) {
        s.has_crc = true;
        found = by_name(&s, name);
    }
    return found != NULL ? found : by_server(&s, search);
}

CpaElf *cpa_debugfile_alt(CpaElf *elf, const CpaDebugSearch *search)
{
    const char *name = NULL;
    g_autofree char *build_id = NULL;
    if (!cpa_elf_alt_link(elf, &name, &build_id)) {
        return NULL;
    }
    const Search s = {.elf = elf, .build_id = build_id, .notes = search->notes};
    CpaElf *found = by_name(&s, name);
    found = found != NULL ? found : by_build_id(&s);
    return found != NULL ? found : by_server(&s, search);
}

#endif
