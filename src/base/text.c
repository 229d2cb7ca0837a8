/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths, times, durations and word distances.
 *
 * Where a function follows Go's library, its rule is stated at the function. Nothing here
 * depends on the C library's locale; times depend on the environment variable TZ only.
 */
#include "base/text.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S INT64_C(1000000000)

/*
 * Works on the output in place: `floor` is where backing up over ".." has to stop, behind a root
 * slash or behind leading ".." elements.
 */
char *cpa_path_clean(const char *path)
{
    bool rooted = path[0] == '/';
    size_t n = strlen(path);
    char *out = g_malloc(n + 2);
    size_t len = 0;
    if (rooted) {
        out[len++] = '/';
    }
    size_t floor = len;
    size_t at = len;
    while (at < n) {
        size_t end = at;
        while (end < n && path[end] != '/') {
            end++;
        }
        size_t element = end - at;
        if (element == 2 && path[at] == '.' && path[at + 1] == '.') {
            if (len > floor) {
                len--;
                while (len > floor && out[len] != '/') {
                    len--;
                }
            } else if (!rooted) {
                if (len > 0) {
                    out[len++] = '/';
                }
                out[len++] = '.';
                out[len++] = '.';
                floor = len;
            }
        } else if (element > 0 && !(element == 1 && path[at] == '.')) {
            if (len > (rooted ? 1U : 0U)) {
                out[len++] = '/';
            }
            memcpy(out + len, path + at, element);
            len += element;
        }
        at = end + 1;
    }
    if (len == 0) {
        out[len++] = '.';
    }
    out[len] = '\0';
    return out;
}

char *cpa_path_base(const char *path)
{
    if (path[0] == '\0') {
        return g_strdup(".");
    }
    size_t end = strlen(path);
    while (end > 0 && path[end - 1] == '/') {
        end--;
    }
    if (end == 0) {
        return g_strdup("/");
    }
    size_t begin = end;
    while (begin > 0 && path[begin - 1] != '/') {
        begin--;
    }
    return g_strndup(path + begin, end - begin);
}

/*
 * Length of the UTF-8 sequence at the start of `text`, 1 for an invalid byte. `*valid` tells them
 * apart. Overlong forms, surrogates and values above U+10FFFF are invalid.
 */
static size_t rune_len(const char *text, size_t len, bool *valid)
{
    const unsigned char *p = (const unsigned char *)text;
    unsigned char low = 0x80;
    unsigned char high = 0xbf;
    size_t n = 0;
    *valid = true;
    if (p[0] < 0x80) {
        return 1;
    }
    if (p[0] >= 0xc2 && p[0] <= 0xdf) {
        n = 2;
    } else if (p[0] >= 0xe0 && p[0] <= 0xef) {
        n = 3;
        low = p[0] == 0xe0 ? 0xa0 : low;
        high = p[0] == 0xed ? 0x9f : high;
    } else if (p[0] >= 0xf0 && p[0] <= 0xf4) {
        n = 4;
        low = p[0] == 0xf0 ? 0x90 : low;
        high = p[0] == 0xf4 ? 0x8f : high;
    }
    *valid = n != 0 && n <= len && p[1] >= low && p[1] <= high;
    for (size_t i = 2; *valid && i < n; i++) {
        *valid = p[i] >= 0x80 && p[i] <= 0xbf;
    }
    return *valid ? n : 1;
}

size_t cpa_text_display_width(const char *text, size_t len)
{
    size_t width = 0;
    bool valid = true;
    for (size_t at = 0; at < len; width++) {
        at += rune_len(text + at, len - at, &valid);
    }
    return width;
}

char *cpa_text_shorten(const char *bytes, size_t len, size_t max)
{
    static const char ellipsis[] = "...";
    const size_t n_ellipsis = sizeof ellipsis - 1;
    GString *out = g_string_new(NULL);
    size_t fits = 0; /* length of the output after which the ellipsis still has room */
    for (size_t at = 0; at < len && out->len <= max;) {
        if (out->len + n_ellipsis <= max) {
            fits = out->len;
        }
        bool valid = true;
        size_t n = rune_len(bytes + at, len - at, &valid);
        unsigned char c = (unsigned char)bytes[at];
        /* U+0080 to U+009F are control characters as well. */
        bool control =
            c < 0x20 || c == 0x7f || (n == 2 && c == 0xc2 && (unsigned char)bytes[at + 1] < 0xa0);
        for (size_t i = 0; i < n; i++) {
            if (!valid || control) {
                g_string_append_printf(out, "\\x%02x", (unsigned char)bytes[at + i]);
            } else {
                g_string_append_c(out, bytes[at + i]);
            }
        }
        at += n;
    }
    if (out->len > max) {
        g_string_truncate(out, fits);
        g_string_append_len(out, ellipsis, (gssize)MIN(n_ellipsis, max));
    }
    return g_string_free(out, FALSE);
}

/*
 * Damerau-Levenshtein distance (optimal string alignment) without regard to case; three rows
 * suffice. Longer words than this are near to nothing.
 */
#define WORD_MAX 64

static unsigned distance(const char *a, size_t n_a, const char *b, size_t n_b)
{
    unsigned rows[3][WORD_MAX + 1];
    for (size_t j = 0; j <= n_b; j++) {
        rows[0][j] = (unsigned)j;
    }
    for (size_t i = 1; i <= n_a; i++) {
        unsigned *row = rows[i % 3];
        const unsigned *above = rows[(i + 2) % 3];
        const unsigned *two_above = rows[(i + 1) % 3];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= n_b; j++) {
            char ca = g_ascii_tolower(a[i - 1]);
            char cb = g_ascii_tolower(b[j - 1]);
            unsigned best = above[j - 1] + (ca != cb);
            best = MIN(best, above[j] + 1);
            best = MIN(best, row[j - 1] + 1);
            if (i > 1 && j > 1 && ca == g_ascii_tolower(b[j - 2]) &&
                g_ascii_tolower(a[i - 2]) == cb) {
                best = MIN(best, two_above[j - 2] + 1);
            }
            row[j] = best;
        }
    }
    return rows[n_a % 3][n_b];
}

int cpa_text_nearest(const char *word, const char *const *words, size_t n)
{
    size_t len = strlen(word);
    int nearest = -1;
    if (len == 0 || len > WORD_MAX) {
        return -1;
    }
    /* One edit per three letters, so that "to" suggests nothing as far away as "top". */
    unsigned limit = len <= 2 ? 1 : (unsigned)MIN((len + 2) / 3, 4);
    unsigned best = limit + 1;
    for (size_t i = 0; i < n; i++) {
        size_t len_i = strlen(words[i]);
        if (len_i == 0 || len_i > WORD_MAX) {
            continue;
        }
        unsigned d = distance(word, len, words[i], len_i);
        if (d < best && d < MAX(len, len_i)) {
            best = d;
            nearest = (int)i;
        }
    }
    /* A word of which only the beginning was typed, when that tells it apart. */
    for (size_t i = 0; nearest < 0 && len >= 3 && i < n; i++) {
        if (g_ascii_strncasecmp(words[i], word, len) == 0) {
            nearest = (int)i;
        }
    }
    return nearest;
}

/*
 * Whether the C library and Go agree on what TZ means: unset, or the name of a file that holds
 * time zone data. Go knows no rules such as "EST5EDT4" in TZ: they mean UTC, as do unknown names.
 */
static bool zone_is_known(void)
{
    const char *zone = g_getenv("TZ");
    if (zone == NULL) {
        return true;
    }
    if (zone[0] == ':') {
        zone++;
    }
    if (zone[0] == '\0') {
        return false;
    }
    g_autofree char *path =
        zone[0] == '/' ? g_strdup(zone) : g_build_filename("/usr/share/zoneinfo", zone, NULL);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return false;
    }
    char magic[4];
    bool known = fread(magic, 1, sizeof magic, file) == sizeof magic &&
                 memcmp(magic, "TZif", sizeof magic) == 0;
    fclose(file);
    return known;
}

char *cpa_time_format(int64_t time_ns, bool raw)
{
    int64_t seconds = time_ns / NS_PER_S;
    int64_t fraction = time_ns % NS_PER_S;
    if (fraction < 0) {
        fraction += NS_PER_S;
        seconds--;
    }
    time_t clock = (time_t)seconds;
    struct tm tm;
    bool local = zone_is_known();
    if (local) {
        tzset();
        local = localtime_r(&clock, &tm) != NULL;
    }
    if (!local) {
        gmtime_r(&clock, &tm);
    }
    GString *out = g_string_new(NULL);
    g_string_append_printf(out, "%04d-%02d-%02d %02d:%02d:%02d", tm.tm_year + 1900, tm.tm_mon + 1,
                           tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
    if (raw) {
        if (fraction != 0) {
            g_string_append_printf(out, ".%09d", (int)fraction);
            while (out->str[out->len - 1] == '0') {
                g_string_truncate(out, out->len - 1);
            }
        }
        /* Truncated to minutes: zones of the 19th century have seconds. */
        long minutes = local ? tm.tm_gmtoff / 60 : 0;
        long magnitude = minutes < 0 ? -minutes : minutes;
        g_string_append_printf(out, " %c%02ld%02ld", minutes < 0 ? '-' : '+', magnitude / 60,
                               magnitude % 60);
    }
    g_string_append_printf(out, " %s", local ? tm.tm_zone : "UTC");
    return g_string_free(out, FALSE);
}

/* Appends value / 10^digits without trailing zeros in the fraction. */
static void append_fixed(GString *out, uint64_t value, unsigned digits)
{
    uint64_t scale = 1;
    for (unsigned i = 0; i < digits; i++) {
        scale *= 10;
    }
    g_string_append_printf(out, "%" G_GUINT64_FORMAT, value / scale);
    uint64_t fraction = value % scale;
    if (fraction != 0) {
        g_string_append_printf(out, ".%0*" G_GUINT64_FORMAT, (int)digits, fraction);
        while (out->str[out->len - 1] == '0') {
            g_string_truncate(out, out->len - 1);
        }
    }
}

char *cpa_duration_format(int64_t ns)
{
    if (ns == 0) {
        return g_strdup("0s");
    }
    uint64_t rest = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;
    GString *out = g_string_new(ns < 0 ? "-" : "");
    if (rest < 1000) {
        append_fixed(out, rest, 0);
        g_string_append(out, "ns");
    } else if (rest < 1000 * 1000) {
        append_fixed(out, rest, 3);
        g_string_append(out, "\xc2\xb5s");
    } else if (rest < NS_PER_S) {
        append_fixed(out, rest, 6);
        g_string_append(out, "ms");
    } else {
        uint64_t minutes = rest / (60 * (uint64_t)NS_PER_S);
        if (minutes >= 60) {
            g_string_append_printf(out, "%" G_GUINT64_FORMAT "h", minutes / 60);
        }
        if (minutes > 0) {
            g_string_append_printf(out, "%" G_GUINT64_FORMAT "m", minutes % 60);
        }
        append_fixed(out, rest % (60 * (uint64_t)NS_PER_S), 9);
        g_string_append_c(out, 's');
    }
    return g_string_free(out, FALSE);
}
