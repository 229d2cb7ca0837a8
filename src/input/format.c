/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registry of formats, detection by content, and what to say about input that none reads.
 */
#include "input/format.h"

#include <stdarg.h>
#include <string.h>

#include "base/text.h"

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

#define IS_HTML   "an HTML page, probably an error or login page of the server it came from"
#define IS_REPORT "the text of a report, not the profile it was made from"
#define IS_UTF16  "UTF-16 text; if PowerShell wrote it with >, save the profile with curl -o instead"

/* What people pass by mistake, and what to do instead. White space may precede it. */
static const Lookalike lookalikes[] = {
    LOOKALIKE("\177ELF", "an ELF program or library; name it before the profile: "
                         "cpa top PROGRAM PROFILE"),
    LOOKALIKE("\xcf\xfa\xed\xfe", "a Mach-O program; name it before the profile: "
                                  "cpa top PROGRAM PROFILE"),
    LOOKALIKE("\xca\xfe\xba\xbe", "a Mach-O program or Java class file"),
    LOOKALIKE("MZ", "a Windows program; name it before the profile: cpa top PROGRAM PROFILE"),
    LOOKALIKE("!<arch>\n", "a static library"),
    LOOKALIKE("#!", "a script"),
    LOOKALIKE("<!DOCTYPE html", IS_HTML),
    LOOKALIKE("<!doctype html", IS_HTML),
    LOOKALIKE("<html", IS_HTML),
    LOOKALIKE("<HTML", IS_HTML),
    LOOKALIKE("HTTP/", "an HTTP response with its headers; save the body alone (curl without -i)"),
    LOOKALIKE("<?xml", "an XML document"),
    LOOKALIKE("<svg", "an SVG picture"),
    LOOKALIKE("{", "a JSON document, which this version does not read"),
    LOOKALIKE("[{", "a JSON document, which this version does not read"),
    LOOKALIKE("PERFILE2", "a perf.data file; convert it with perf_to_profile first"),
    LOOKALIKE("2ELIFREP", "a perf.data file of the other byte order; convert it with "
                          "perf_to_profile first"),
    LOOKALIKE("FLR\0", "a Java flight recording, which this version does not read"),
    LOOKALIKE("go 1.", "a Go execution trace; look at it with go tool trace"),
    LOOKALIKE("goroutine ", "a goroutine dump with full stacks; fetch it again with debug=1 or 0"),
    LOOKALIKE("heap_v2/", "a jemalloc heap profile, which this version does not read; "
                          "jeprof --collapsed PROGRAM FILE writes one that it does"),
    LOOKALIKE("--- symbol", "a profile with symbols in front, as pprof --raw of gperftools writes "
                            "it; pass the profile that it was made from"),
    LOOKALIKE("events: ", "a callgrind profile, which this version does not read"),
    LOOKALIKE("# callgrind format", "a callgrind profile, which this version does not read"),
    LOOKALIKE("digraph ", "a graph for dot, not the profile it was made from"),
    LOOKALIKE("File: ", IS_REPORT),
    LOOKALIKE("Type: ", IS_REPORT),
    LOOKALIKE("Showing nodes accounting", IS_REPORT),
    LOOKALIKE("PeriodType: ", IS_REPORT),
    LOOKALIKE("\x1f\xef\xbf\xbd", "gzip data that passed through something that takes it for text "
                                  "and cannot be restored; fetch it again as binary"),
    LOOKALIKE("H4sI", "gzip data in base64; decode it with base64 -d first"),
    LOOKALIKE("\x1f\x8b", "gzip data packed twice; unpack it once with gzip -d first"),
    LOOKALIKE("\x28\xb5\x2f\xfd", "zstd data; unpack it with zstd -d first"),
    LOOKALIKE("\x04\x22\x4d\x18", "lz4 data; unpack it with lz4 -d first"),
    LOOKALIKE("BZh", "bzip2 data; unpack it with bzip2 -d first"),
    LOOKALIKE("\xfd"
              "7zXZ",
              "xz data; unpack it with xz -d first"),
    LOOKALIKE("PK\x03\x04", "a zip archive; unpack it first"),
    LOOKALIKE("\xff\xfe", IS_UTF16),
    LOOKALIKE("\xfe\xff", IS_UTF16),
    LOOKALIKE("\x89PNG", "a PNG picture"),
    LOOKALIKE("%PDF", "a PDF document"),
    LOOKALIKE("SQLite format 3", "an SQLite database"),
};

/* Where tar has its magic. */
#define TAR_OFFSET ((size_t)257)

/* Bytes of text that a message quotes, and of binary data that decide. */
#define EXCERPT_BYTES ((size_t)60)
#define BINARY_HEAD   ((size_t)512)

static const char *find_lookalike(const uint8_t *head, size_t size, size_t n_blanks)
{
    for (size_t i = 0; i < G_N_ELEMENTS(lookalikes); i++) {
        const Lookalike *l = &lookalikes[i];
        if ((size >= l->n && memcmp(head, l->magic, l->n) == 0) ||
            (size - n_blanks >= l->n && memcmp(head + n_blanks, l->magic, l->n) == 0)) {
            return l->what;
        }
    }
    if (size >= TAR_OFFSET + 5 && memcmp(head + TAR_OFFSET, "ustar", 5) == 0) {
        return "a tar archive; unpack it first";
    }
    return NULL;
}

static char *describe_binary(const uint8_t *head, size_t size)
{
    GString *out = g_string_new("binary data of an unknown kind; it begins");
    for (size_t i = 0; i < MIN(size, (size_t)8); i++) {
        g_string_append_printf(out, " %02x", head[i]);
    }
    return g_string_free(out, FALSE);
}

/* Returns (transfer full): what the input looks like, to follow "this is". */
static char *describe(const uint8_t *head, size_t size)
{
    size_t n_blanks = 0;
    while (n_blanks < size && g_ascii_isspace((char)head[n_blanks])) {
        n_blanks++;
    }
    const char *known = find_lookalike(head, size, n_blanks);
    if (known != NULL) {
        return g_strdup(known);
    }
    if (n_blanks == size) {
        return g_strdup("white space and nothing else");
    }
    size_t n_zeros = 0;
    while (n_zeros < size && head[n_zeros] == 0) {
        n_zeros++;
    }
    if (n_zeros == size) {
        return g_strdup("zero bytes instead of data; the space was reserved and never written");
    }
    if (memchr(head, 0, MIN(size, BINARY_HEAD)) != NULL) {
        return describe_binary(head, size);
    }
    const char *text = (const char *)head + n_blanks;
    const char *end = memchr(text, '\n', size - n_blanks);
    size_t n = end == NULL ? size - n_blanks : (size_t)(end - text);
    n -= n > 0 && text[n - 1] == '\r';
    g_autofree char *excerpt = cpa_text_shorten(text, n, EXCERPT_BYTES);
    const char *hint =
        memchr(text, ';', n) != NULL ? "; lines of collapsed stacks end in a number" : "";
    return g_strdup_printf("text that no known profiler writes; it begins \"%s\"%s", excerpt, hint);
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
                      "%s: %s; what should have written the profile failed, or ended too early",
                      cpa_source_get_name(source),
                      cpa_source_was_packed(source) ? "empty when unpacked" : "empty");
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
        g_autofree char *what = describe(head, head_size);
        cpa_error_set(error, CPA_ERROR_NOT_RECOGNIZED, "%s: not a profile: %sthis is %s",
                      cpa_source_get_name(source),
                      cpa_source_was_packed(source) ? "unpacked, " : "", what);
    }
    return best;
}
