/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small JSON text (RFC 8259) as a tree.
 */
#pragma once

#include "base/error.h"

#include <stddef.h>

typedef enum {
    CPA_JSON_NULL,
    CPA_JSON_BOOL,
    CPA_JSON_NUMBER,
    CPA_JSON_STRING,
    CPA_JSON_ARRAY,
    CPA_JSON_OBJECT,
} CpaJsonKind;

typedef struct CpaJsonValue {
    CpaJsonKind kind;
    char *text;       /* of a string, without NUL; of a number, bool or null as it stands */
    GPtrArray *keys;  /* of char*: of an object, beside its items */
    GPtrArray *items; /* of CpaJsonValue*: of an array or object */
} CpaJsonValue;

/**
 * cpa_json_parse:
 * @text: [n] tainted
 *
 * Cost:    O(n); nesting is limited to 64
 * Errors:  MALFORMED, with the offset
 * Returns: (transfer full): the value, or %NULL with @error set
 */
CpaJsonValue *cpa_json_parse(const char *text, size_t n, GError **error);
void cpa_json_value_free(CpaJsonValue *value);

/** cpa_json_get: Returns: (nullable): the last member of this name */
const CpaJsonValue *cpa_json_get(const CpaJsonValue *object, const char *key);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaJsonValue, cpa_json_value_free)
