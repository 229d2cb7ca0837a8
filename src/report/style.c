/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Escape sequences are those of ECMA-48 that every terminal knows: 16 colours, bold, faint.
 * Bars are made of eighths of a block where the locale has UTF-8, else of '#'.
 */
#include "report/style.h"

#include <string.h>

#include "base/text.h"

#define RESET          "\033[0m"
#define HOT_FRAC       0.10
#define WARM_FRAC      0.02
#define NAME_MAX_BYTES ((size_t)65536)

static const char *const sequences[] = {
    [CPA_STYLE_PLAIN] = "",        [CPA_STYLE_HEAD] = "\033[1m",   [CPA_STYLE_NONE] = "\033[2m",
    [CPA_STYLE_WARM] = "\033[33m", [CPA_STYLE_HOT] = "\033[1;31m", [CPA_STYLE_MORE] = "\033[31m",
    [CPA_STYLE_LESS] = "\033[34m",
};

bool cpa_style_wanted(const CpaOptions *options)
{
    return strcmp(options->color, "always") == 0;
}

static double magnitude(int64_t value)
{
    return value < 0 ? -(double)value : (double)value;
}

CpaStyle cpa_style_heat(int64_t value, int64_t total)
{
    double part = total != 0 ? magnitude(value) / magnitude(total) : 0;
    return value == 0          ? CPA_STYLE_NONE
           : part >= HOT_FRAC  ? CPA_STYLE_HOT
           : part >= WARM_FRAC ? CPA_STYLE_WARM
                               : CPA_STYLE_PLAIN;
}

CpaStyle cpa_style_change(int64_t delta)
{
    return delta > 0 ? CPA_STYLE_MORE : delta < 0 ? CPA_STYLE_LESS : CPA_STYLE_NONE;
}

/* What begins the style. */
static const char *sequence(const CpaOptions *options, CpaStyle style)
{
    bool is_classic = strcmp(options->diff_palette, "classic") == 0;
    return style == CPA_STYLE_LESS && is_classic ? "\033[32m" : sequences[style];
}

void cpa_style_put(CpaSink *sink, const CpaOptions *options, CpaStyle style, const char *text,
                   int width)
{
    if (!cpa_style_wanted(options) || style == CPA_STYLE_PLAIN) {
        cpa_sink_pad(sink, text, width);
        return;
    }
    cpa_sink_puts(sink, sequence(options, style));
    cpa_sink_pad(sink, text, width);
    cpa_sink_puts(sink, RESET);
}

/* Whether the terminal is told to show UTF-8, as setlocale() would find out. */
static bool has_utf8(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        const char *value = g_getenv(names[i]);
        if (value != NULL && value[0] != '\0') {
            g_autofree char *upper = g_ascii_strup(value, -1);
            return strstr(upper, "UTF-8") != NULL || strstr(upper, "UTF8") != NULL;
        }
    }
    return false;
}

void cpa_style_bar(CpaSink *sink, const CpaOptions *options, CpaStyle style, int64_t value,
                   int64_t max)
{
    static const char *const eighths[] = {"",
                                          "\xe2\x96\x8f",
                                          "\xe2\x96\x8e",
                                          "\xe2\x96\x8d",
                                          "\xe2\x96\x8c",
                                          "\xe2\x96\x8b",
                                          "\xe2\x96\x8a",
                                          "\xe2\x96\x89"};
    if (!cpa_style_wanted(options)) {
        return;
    }
    double part = max != 0 ? MIN(magnitude(value) / magnitude(max), 1) : 0;
    int n = (int)(part * CPA_STYLE_BAR * 8 + 0.5);
    bool utf8 = has_utf8();
    cpa_sink_puts(sink, sequence(options, style));
    for (int i = 0; i < n / 8; i++) {
        cpa_sink_puts(sink, utf8 ? "\xe2\x96\x88" : "#");
    }
    bool is_half = utf8 ? n % 8 > 0 : n % 8 >= 4;
    cpa_sink_puts(sink, !is_half ? "" : utf8 ? eighths[n % 8] : "#");
    for (int i = n / 8 + (is_half ? 1 : 0); i < CPA_STYLE_BAR; i++) {
        cpa_sink_putc(sink, ' ');
    }
    cpa_sink_puts(sink, style == CPA_STYLE_PLAIN ? " " : RESET " ");
}

void cpa_style_name(CpaSink *sink, const CpaOptions *options, const char *name, size_t n)
{
    if (!cpa_style_wanted(options)) {
        cpa_sink_write(sink, name, n);
        return;
    }
    g_autofree char *clean = cpa_text_shorten(name, n, NAME_MAX_BYTES);
    cpa_sink_puts(sink, clean);
}
