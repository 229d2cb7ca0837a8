/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers are written without printf: a flame graph has some hundred thousand.
 */
#include "web/json.h"

#include <math.h>
#include <string.h>

static void begin(CpaJson *json, const char *key)
{
    if (json->comma) {
        g_string_append_c(json->out, ',');
    }
    json->comma = true;
    if (key != NULL) {
        g_string_append_c(json->out, '"');
        g_string_append(json->out, key);
        g_string_append_len(json->out, "\":", 2);
    }
}

void cpa_json_open(CpaJson *json, const char *key, char bracket)
{
    begin(json, key);
    g_string_append_c(json->out, bracket);
    json->comma = false;
}

void cpa_json_close(CpaJson *json, char bracket)
{
    g_string_append_c(json->out, bracket);
    json->comma = true;
}

static void put_uint(GString *out, uint64_t value, bool negative)
{
    char text[24];
    size_t at = sizeof text;
    do {
        text[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    if (negative) {
        text[--at] = '-';
    }
    g_string_append_len(out, text + at, (gssize)(sizeof text - at));
}

void cpa_json_int(CpaJson *json, const char *key, int64_t value)
{
    begin(json, key);
    put_uint(json->out, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, value < 0);
}

void cpa_json_uint(CpaJson *json, const char *key, uint64_t value)
{
    begin(json, key);
    put_uint(json->out, value, false);
}

void cpa_json_double(CpaJson *json, const char *key, double value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    begin(json, key);
    g_string_append(json->out, isfinite(value) ? g_ascii_dtostr(text, sizeof text, value) : "null");
}

void cpa_json_bool(CpaJson *json, const char *key, bool value)
{
    begin(json, key);
    g_string_append(json->out, value ? "true" : "false");
}

void cpa_json_null(CpaJson *json, const char *key)
{
    begin(json, key);
    g_string_append(json->out, "null");
}

void cpa_json_raw(CpaJson *json, const char *key, const char *text, size_t len)
{
    begin(json, key);
    g_string_append_len(json->out, text, (gssize)len);
}

/* Bytes that stand for themselves. */
static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&';
}

void cpa_json_text(CpaJson *json, const char *key, const char *text, gssize len)
{
    begin(json, key);
    GString *out = json->out;
    const char *end = text + (len < 0 ? strlen(text) : (size_t)len);
    g_string_append_c(out, '"');
    while (text < end) {
        const char *p = text;
        while (p < end && is_plain((unsigned char)*p)) {
            p++;
        }
        g_string_append_len(out, text, p - text);
        text = p;
        if (text == end) {
            break;
        }
        unsigned char c = (unsigned char)*text;
        if (c < 0x80) {
            if (c == 0) {
                g_string_append(out, "\\ufffd");
            } else if (c == '"' || c == '\\') {
                g_string_append_c(out, '\\');
                g_string_append_c(out, (char)c);
            } else if (c >= '\b' && c <= '\r' && c != '\v') {
                g_string_append_c(out, '\\');
                g_string_append_c(out, "btn?fr"[c - '\b']);
            } else {
                g_string_append_printf(out, "\\u%04x", c);
            }
            text++;
            continue;
        }
        gunichar rune = g_utf8_get_char_validated(text, end - text);
        if (rune == (gunichar)-1 || rune == (gunichar)-2) {
            g_string_append(out, "\\ufffd");
            text++;
            continue;
        }
        const char *next = g_utf8_next_char(text);
        if (rune == 0x2028 || rune == 0x2029 || (rune >= 0x80 && rune < 0xa0)) {
            g_string_append_printf(out, "\\u%04x", rune);
        } else {
            g_string_append_len(out, text, next - text);
        }
        text = next;
    }
    g_string_append_c(out, '"');
}
