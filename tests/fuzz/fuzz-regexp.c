/* SPDX-License-Identifier: Apache-2.0 */
/* Regular expressions: the first line is the pattern, all that follows is the text. */
#include <string.h>

#include "base/regexp.h"
#include "harness.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    const uint8_t *newline = size > 0 ? memchr(data, '\n', size) : NULL;
    size_t len = newline != NULL ? (size_t)(newline - data) : size;
    g_autofree char *pattern = g_malloc(MAX(len, 1));
    memcpy(pattern, data, len);
    size_t text_len = newline != NULL ? size - len - 1 : 0;
    g_autofree char *text = g_malloc(MAX(text_len, 1));
    memcpy(text, data + size - text_len, text_len);

    g_autoptr(CpaRegexp) re = cpa_regexp_new(pattern, (gssize)len, &error);
    if (re == NULL) {
        fuzz_assert_error(error, "error parsing regexp: ");
        return 0;
    }
    bool matched = false;
    size_t start = 0;
    size_t end = 0;
    bool known = cpa_regexp_match_full(re, text, text_len, &matched, &error);
    if (!known) {
        fuzz_assert_error(error, NULL);
        g_assert_false(matched);
        return 0;
    }
    bool found = cpa_regexp_find(re, text, text_len, &start, &end);
    if (cpa_regexp_failed(re) == NULL) {
        g_assert_cmpint(found, ==, matched);
        g_assert_cmpint(cpa_regexp_match(re, text, text_len), ==, matched);
    }
    if (found) {
        g_assert_cmpuint(start, <=, end);
        g_assert_cmpuint(end, <=, text_len);
    }
    return 0;
}
