/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One pass finds what needs no change and writes it at once.
 */
#include "base/markup.h"

#include <glib.h>
#include <string.h>

static const char *const replacements[256] = {
    ['&'] = "&amp;",  ['<'] = "&lt;",   ['>'] = "&gt;",
    ['"'] = "&quot;", ['\''] = "&#39;", ['\n'] = "&#10;",
};

static const char *replacement_of(unsigned char c)
{
    return replacements[c] != NULL || c >= ' ' || c == '\t' ? replacements[c] : "\xef\xbf\xbd";
}

void cpa_markup_put(CpaSink *sink, const char *text, size_t len)
{
    g_autofree char *valid =
        g_utf8_validate(text, (gssize)len, NULL) ? NULL : g_utf8_make_valid(text, (gssize)len);
    const char *at = valid != NULL ? valid : text;
    const char *end = at + (valid != NULL ? strlen(valid) : len);
    for (const char *start = at; at < end; start = ++at) {
        const char *replacement = NULL;
        while (at < end && (replacement = replacement_of((unsigned char)*at)) == NULL) {
            at++;
        }
        cpa_sink_write(sink, start, (size_t)(at - start));
        if (at == end) {
            break;
        }
        cpa_sink_puts(sink, replacement);
    }
}

void cpa_markup_puts(CpaSink *sink, const char *text)
{
    cpa_markup_put(sink, text, strlen(text));
}
