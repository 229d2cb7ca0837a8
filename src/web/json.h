/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON as it is written: commas by itself, names and texts made valid whatever bytes they hold.
 *
 *     CpaJson json = {.out = body};
 *     cpa_json_open(&json, NULL, '{');
 *     cpa_json_int(&json, "total", 12);
 *     cpa_json_open(&json, "rows", '[');        members of an array have the key NULL
 *     cpa_json_close(&json, ']');
 *     cpa_json_close(&json, '}');
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    GString *out;
    bool comma; /* something stands before the next member */
} CpaJson;

void cpa_json_open(CpaJson *json, const char *key, char bracket);
void cpa_json_close(CpaJson *json, char bracket);
void cpa_json_int(CpaJson *json, const char *key, int64_t value);
void cpa_json_uint(CpaJson *json, const char *key, uint64_t value);
void cpa_json_double(CpaJson *json, const char *key, double value); /* null unless finite */
void cpa_json_bool(CpaJson *json, const char *key, bool value);
void cpa_json_null(CpaJson *json, const char *key);

/**
 * cpa_json_text:
 * @len: in bytes, or -1
 *
 * Invalid UTF-8 becomes U+FFFD, as does NUL; markup and control characters are escaped.
 */
void cpa_json_text(CpaJson *json, const char *key, const char *text, gssize len);

/** cpa_json_raw: @text: a value that is JSON already */
void cpa_json_raw(CpaJson *json, const char *key, const char *text, size_t len);
