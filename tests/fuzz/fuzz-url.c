/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A URL, then on further lines a redirect and headers. What was cleaned up stays as it is when it
 * is cleaned again; nothing that comes out could smuggle a line into a request.
 */
#include <string.h>

#include "harness.h"
#include "input/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void assert_line(const char *text)
{
    for (; *text != '\0'; text++) {
        g_assert_true(((unsigned char)*text >= 0x20 && *text != 0x7f) || *text == '\t');
    }
}

static void check(const CpaUrl *url)
{
    g_autoptr(GError) error = NULL;
    assert_line(url->text);
    assert_line(url->request);
    g_assert_true(g_str_has_prefix(url->request, "http://") ||
                  g_str_has_prefix(url->request, "https://"));
    g_assert_null(strchr(url->request, ' '));
    g_autoptr(CpaUrl) again = cpa_url_parse(url->text, -1, &error);
    if (url->socket == NULL) {
        g_assert_no_error(error);
        g_assert_cmpstr(again->text, ==, url->text);
        g_assert_cmpstr(again->origin, ==, url->origin);
        g_assert_cmpint(again->seconds, ==, url->seconds);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    size_t n = g_strv_length(lines);
    g_autoptr(GError) error = NULL;
    g_autoptr(CpaUrl) url = n > 0 ? cpa_url_parse(lines[0], (int)(size % 3), &error) : NULL;
    if (url == NULL && n > 0) {
        fuzz_assert_error(error, NULL);
    } else if (url != NULL) {
        g_assert_true(cpa_url_is(lines[0]));
        check(url);
    }
    if (url != NULL && n > 1) {
        g_autoptr(CpaUrl) to = cpa_url_resolve(url, lines[1], NULL);
        if (to != NULL) {
            assert_line(to->request);
            g_assert_true(to->socket == NULL || strcmp(to->origin, url->origin) == 0);
        }
    }
    for (size_t i = 2; i < n; i++) {
        g_autoptr(GError) problem = NULL;
        g_autofree char *header = cpa_header_normalize(lines[i], &problem);
        if (header == NULL) {
            fuzz_assert_error(problem, NULL);
        } else {
            assert_line(header);
        }
    }
    return 0;
}
