/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Widths of Helvetica, which Arial, Liberation Sans, Nimbus Sans and Arimo share, in 1/1000 em.
 */
#include "layout/fit.h"

#include <stdbool.h>
#include <string.h>

#include "base/text.h"

#define ELLIPSIS       "\xe2\x80\xa6"
#define ELLIPSIS_WIDTH 1000
#define SLACK          1.1 /* other fonts that may stand in are wider */
#define MAX_MARKS      4
#define VALUE_MAX_LEN  120 /* well below CPA_VALUE_TEXT_MAX */
#define OTHER_WIDTH    600 /* Latin beyond ASCII, Greek, Cyrillic, ... on the average */

static const unsigned short ascii_widths[95] = {
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333,  278, 278, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667,
    611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667,  611, 722, 667, 944, 667,
    667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278,  556, 556, 222, 222, 500,
    222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500,  500, 334, 260, 334, 584,
};

static unsigned char_width(gunichar c)
{
    if (c >= 0x20 && c < 0x7f) {
        return ascii_widths[c - 0x20];
    }
    if (g_unichar_iszerowidth(c)) {
        return 0;
    }
    return c == 0x2026 || g_unichar_iswide(c) ? 1000 : OTHER_WIDTH;
}

double cpa_fit_width(const char *text, double size)
{
    double sum = 0;
    for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p)) {
        sum += char_width(g_utf8_get_char(p));
    }
    return sum * size * SLACK / 1000;
}

char *cpa_fit_text(const char *text, double size, double max_width)
{
    double room = max_width / (size * SLACK) * 1000;
    double sum = 0;
    size_t n_fit = 0; /* characters and bytes that fit with an ellipsis behind them */
    size_t n_chars = 0;
    const char *cut = text;
    for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p)) {
        unsigned width = char_width(g_utf8_get_char(p));
        if (sum + ELLIPSIS_WIDTH <= room && width > 0) {
            cut = p;
            n_fit = n_chars;
        }
        n_chars++;
        sum += width;
        if (sum > room) {
            return n_fit < 2 ? g_strdup("")
                             : g_strdup_printf("%.*s" ELLIPSIS, (int)(cut - text), text);
        }
    }
    return g_strdup(text);
}

/* Where the next part of a qualified name begins, behind "." or "::" outside of brackets. */
static const char *next_part(const char *name)
{
    int depth = 0;
    for (const char *p = name; *p != '\0'; p++) {
        if (strchr("([{<", *p) != NULL) {
            depth++;
        } else if (strchr(")]}>", *p) != NULL) {
            depth--;
        } else if (depth <= 0 && p > name && p[0] == '.' && p[1] != '\0' && p[1] != '.') {
            return p + 1;
        } else if (depth <= 0 && p > name && p[0] == ':' && p[1] == ':' && p[2] != '\0') {
            return p + 2;
        }
    }
    return NULL;
}

/* "main.go": its last part is no name. */
static bool is_file_name(const char *name)
{
    static const char *const suffixes[] = {
        "go", "c",  "cc", "cpp", "cxx", "h",   "hh",   "hpp", "s",   "S",     "rs",
        "py", "rb", "js", "mjs", "ts",  "tsx", "java", "kt",  "php", "swift", NULL,
    };
    const char *dot = strrchr(name, '.');
    return dot != NULL && g_strv_contains(suffixes, dot + 1);
}

char *cpa_fit_name(const char *name, double size, double max_width)
{
    const char *last = name;
    if (is_file_name(name)) {
        return cpa_fit_text(name, size, max_width);
    }
    for (const char *part = name; part != NULL; part = next_part(part)) {
        last = part;
        if (cpa_fit_width(part, size) <= max_width) {
            return g_strdup(part);
        }
    }
    return cpa_fit_text(last, size, max_width);
}

/* Marks piled up on a letter leave its line: those beyond what languages use are dropped. */
static void limit_marks(char *text)
{
    char *out = text;
    unsigned n_marks = 0;
    for (const char *p = text; *p != '\0';) {
        size_t n = (size_t)(g_utf8_next_char(p) - p);
        n_marks = g_unichar_ismark(g_utf8_get_char(p)) ? n_marks + 1 : 0;
        if (n_marks <= MAX_MARKS) {
            memmove(out, p, n);
            out += n;
        }
        p += n;
    }
    *out = '\0';
}

char *cpa_fit_clean(const char *bytes, size_t len, size_t max)
{
    char *text = cpa_text_shorten(bytes, len, max);
    /* What has no place in XML or on one line, and what turns the text around it. */
    if (!g_utf8_validate(text, -1, NULL)) {
        char *valid = g_utf8_make_valid(text, -1);
        g_free(text);
        text = valid;
    }
    for (char *p = text; *p != '\0'; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if ((c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfffe ||
            c == 0xffff) {
            memcpy(p, "\xef\xbf\xbd", 3);
        }
    }
    limit_marks(text);
    return text;
}

const char *cpa_fit_value(char text[CPA_VALUE_TEXT_MAX], int64_t value, double ratio,
                          const char *unit, const char *output_unit)
{
    if (ratio > 0 && ratio != 1) {
        value = cpa_int64_from_double((double)value * ratio);
    }
    cpa_unit_format(text, value, unit, output_unit);
    g_autofree char *clean = cpa_fit_clean(text, strlen(text), VALUE_MAX_LEN);
    g_strlcpy(text, clean, CPA_VALUE_TEXT_MAX);
    return text;
}
