/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registry of formats, detection by content, and what to say about input that none reads.
 */
#include "input/format.h"

#include <stdarg.h>
#include <string.h>

#define FORMAT(row) extern const CpaFormat row;
#include "input/formats.def"
#undef FORMAT

static const CpaFormat *const formats[] = {
#define FORMAT(row) &row,
#include "input/formats.def"
#undef FORMAT
};

const CpaFormat *const *cpa_format_table(size_t *n)
{
    *n = G_N_ELEMENTS(formats);
    return formats;
}

bool cpa_format_error(GError **error, CpaErrorCode code, const CpaFormat *format,
                      const CpaSource *source, uint64_t offset, const char *message, ...)
{
    va_list args;
    va_start(args, message);
    g_autofree char *what = g_strdup_vprintf(message, args);
    va_end(args);
    return cpa_error_set(error, code, "%s: %s: offset 0x%" G_GINT64_MODIFIER "x: %s",
                         cpa_source_get_name(source), format->name, offset, what);
}

typedef struct {
    const char *magic;
    size_t n;
    const char *what;
} Lookalike;

#define LOOKALIKE(magic, what)         \
    {                                  \
        magic, sizeof(magic) - 1, what \
    }

/* What people pass by mistake, and what to do instead. */
static const Lookalike lookalikes[] = {
    LOOKALIKE("\177ELF", "an ELF program or library; pass the profile, and the binary before it"),
    LOOKALIKE("\xcf\xfa\xed\xfe", "a Mach-O program; pass the profile, and the binary before it"),
    LOOKALIKE("\xca\xfe\xba\xbe", "a Mach-O program or Java class file; pass a profile"),
    LOOKALIKE("MZ", "a Windows program; pass a profile"),
    LOOKALIKE("<!DOCTYPE html", "an HTML page, probably an error page of the server it came from"),
    LOOKALIKE("<!doctype html", "an HTML page, probably an error page of the server it came from"),
    LOOKALIKE("<html", "an HTML page, probably an error page of the server it came from"),
    LOOKALIKE("<HTML", "an HTML page, probably an error page of the server it came from"),
    LOOKALIKE("<?xml", "an XML document"),
    LOOKALIKE("<svg", "an SVG picture"),
    LOOKALIKE("{", "a JSON document, which this version does not read"),
    LOOKALIKE("[{", "a JSON document, which this version does not read"),
    LOOKALIKE("PERFILE2", "a perf.data file; convert it with perf_to_profile first"),
    LOOKALIKE("2ELIFREP", "a perf.data file of the other byte order"),
    LOOKALIKE("FLR\0", "a Java flight recording, which this version does not read"),
    LOOKALIKE("go 1.", "a Go execution trace; use `go tool trace`"),
    LOOKALIKE("\x28\xb5\x2f\xfd", "zstd data; unpack it with `zstd -d` first"),
    LOOKALIKE("BZh", "bzip2 data; unpack it with `bzip2 -d` first"),
    LOOKALIKE("\xfd"
              "7zXZ",
              "xz data; unpack it with `xz -d` first"),
    LOOKALIKE("PK\x03\x04", "a zip archive; unpack it first"),
    LOOKALIKE("\x1f\x8b", "gzip inside gzip; unpack it once with `gzip -d` first"),
    LOOKALIKE("\x89PNG", "a PNG picture"),
    LOOKALIKE("%PDF", "a PDF document"),
    LOOKALIKE("SQLite format 3", "an SQLite database"),
    LOOKALIKE("goroutine ", "a goroutine dump with full stacks; fetch it again with debug=1 or 0"),
    LOOKALIKE("events: ", "a callgrind profile, which this version does not read"),
    LOOKALIKE("# callgrind format", "a callgrind profile, which this version does not read"),
};

static const char *describe(const uint8_t *head, size_t size)
{
    size_t at = 0;
    while (at < size && g_ascii_isspace((char)head[at])) {
        at++;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(lookalikes); i++) {
        const Lookalike *l = &lookalikes[i];
        if ((size >= l->n && memcmp(head, l->magic, l->n) == 0) ||
            (size - at >= l->n && memcmp(head + at, l->magic, l->n) == 0)) {
            return l->what;
        }
    }
    size_t n = MIN(size, (size_t)512);
    for (size_t i = 0; i < n; i++) {
        if (head[i] == 0) {
            return "binary data of an unknown kind";
        }
    }
    return at == size ? "blank" : "text that no known profiler writes";
}

const CpaFormat *cpa_format_detect(CpaSource *source, GError **error)
{
    if (!cpa_source_need(source, CPA_PROBE_SIZE, error)) {
        return NULL;
    }
    size_t size = 0;
    const uint8_t *data = cpa_source_data(source, &size);
    if (size == 0) {
        cpa_error_set(error, CPA_ERROR_NOT_RECOGNIZED,
                      "%s: %s; the program may have ended before it wrote its profile",
                      cpa_source_get_name(source),
                      cpa_source_was_packed(source) ? "empty after unpacking" : "empty file");
        return NULL;
    }
    bool complete = size < CPA_PROBE_SIZE;
    size_t head_size = MIN(size, CPA_PROBE_SIZE);
    g_autofree uint8_t *head = g_malloc(head_size + 1);
    memcpy(head, data, head_size);
    head[head_size] = 0;
    const CpaFormat *best = NULL;
    int best_score = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++) {
        int score = formats[i]->probe(head, head_size, complete);
        if (score > best_score) {
            best = formats[i];
            best_score = score;
        }
    }
    if (best == NULL) {
        cpa_error_set(error, CPA_ERROR_NOT_RECOGNIZED, "%s: not a profile: this is %s",
                      cpa_source_get_name(source), describe(head, head_size));
    }
    return best;
}
