/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs of bytes that need no escape are copied as they are; UTF-8 is looked at only where a byte
 * is not ASCII.
 */
#include "base/jsontext.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* Bytes of the character at `bytes`, 0 where they are no UTF-8. */
static size_t char_size(const char *bytes, size_t n)
{
    gunichar c = g_utf8_get_char_validated(bytes, (gssize)MIN(n, 4));
    return c >= (gunichar)-2 ? 0 : (size_t)g_unichar_to_utf8(c, NULL);
}

void cpa_json_put_text(CpaSink *sink, const char *bytes, size_t n)
{
    cpa_sink_putc(sink, '"');
    for (size_t i = 0; i < n;) {
        size_t begin = i;
        while (i < n && is_plain((unsigned char)bytes[i])) {
            i++;
        }
        cpa_sink_write(sink, bytes + begin, i - begin);
        if (i == n) {
            break;
        }
        unsigned char c = (unsigned char)bytes[i];
        if (c == '"' || c == '\\') {
            cpa_sink_putc(sink, '\\');
            cpa_sink_putc(sink, (char)c);
            i++;
        } else if (c < 0x80) {
            cpa_sink_printf(sink, "\\u%04x", c);
            i++;
        } else {
            size_t size = char_size(bytes + i, n - i);
            if (size > 0) {
                cpa_sink_write(sink, bytes + i, size);
            } else {
                cpa_sink_puts(sink, REPLACEMENT);
            }
            i += MAX(size, 1);
        }
    }
    cpa_sink_putc(sink, '"');
}

void cpa_json_put_integer(CpaSink *sink, int64_t value)
{
    char text[24];
    char *p = text + sizeof text;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do {
        *--p = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (value < 0) {
        *--p = '-';
    }
    cpa_sink_write(sink, p, (size_t)(text + sizeof text - p));
}

void cpa_json_put_number(CpaSink *sink, double value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    if (!isfinite(value)) {
        cpa_sink_puts(sink, "null");
        return;
    }
    g_ascii_formatd(text, sizeof text, "%.6g", value);
    cpa_sink_puts(sink, strcmp(text, "-0") == 0 ? "0" : text);
}
