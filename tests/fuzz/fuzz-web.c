/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request as it comes from the net, one line each: URI, Host, Origin, Cookie, Accept-Encoding; and
 * the same bytes as a file of settings. What is answered is valid JSON where it says so; options that
 * were understood lead to an address that means the same.
 */
#include <string.h>

#include "harness.h"
#include "web/body.h"
#include "web/guard.h"
#include "web/jsonread.h"
#include "web/listen.h"
#include "web/settings.h"
#include "web/web.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Bytes that make a profile of some functions and labels; the same for all inputs. */
static CpaProfile *make_profile(void)
{
    static const char text[] = "main;a;b 3\nmain;a;c 4\nmain;<x>&\"';d 5\nmain;a;a;a 1\n";
    g_autoptr(GError) error = NULL;
    const CpaFormat *format = NULL;
    CpaProfile *profile = fuzz_detect_and_read(&format, (const uint8_t *)text, sizeof text - 1);
    g_assert_nonnull(profile);
    return profile;
}

static CpaWeb *get_web(void)
{
    static CpaWeb *web;
    if (web == NULL) {
        g_autoptr(CpaProfile) profile = make_profile();
        g_autoptr(CpaOptions) options = cpa_options_new();
        web = cpa_web_new(profile, options);
        /* Settings of the user are none of our business. */
        g_setenv("XDG_CONFIG_HOME", "/nonexistent", TRUE);
    }
    return web;
}

/* The address of the options means the options. */
static void check_address(const CpaOptions *options, const CpaOptions *start)
{
    bool changed = false;
    g_autofree char *url = cpa_web_options_url(options, NULL, &changed);
    g_autofree char *uri = g_strconcat("/", url, NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(CpaWebQuery) query = cpa_web_query_new(uri, &error);
    if (query == NULL) {
        /* Escapes make it longer. */
        g_assert_error(error, CPA_ERROR, CPA_ERROR_TOO_LARGE);
        return;
    }
    g_autoptr(CpaOptions) again = cpa_web_query_options(query, start, &error);
    g_assert_no_error(error);
    g_autofree char *same = cpa_web_options_url(again, NULL, &changed);
    g_assert_cmpstr(url, ==, same);
}

static void check_answer(CpaWeb *web, const CpaWebQuery *query)
{
    const CpaWebRoute *route = cpa_web_route_find(query->path);
    if (route == NULL || (route->flags & CPA_WEB_CHANGES) != 0) {
        return;
    }
    CpaWebRequest request = {.web = web, .query = query};
    CpaWebReply reply;
    cpa_web_reply_init(&reply);
    cpa_web_answer(route, &request, &reply);
    if (reply.mime == NULL && reply.location == NULL) {
        g_autoptr(GError) error = NULL;
        g_autoptr(CpaJsonValue) value = cpa_json_parse(reply.body->str, reply.body->len, &error);
        g_assert_no_error(error);
    }
    if (reply.location != NULL) {
        g_assert_null(strpbrk(reply.location, "\r\n"));
    }
    g_autoptr(CpaWebBody) body = cpa_web_body_new(&reply);
    g_autoptr(GBytes) packed = cpa_web_body_bytes(body, true);
    g_autoptr(GBytes) plain = cpa_web_body_bytes(body, false);
    g_assert_cmpuint(g_bytes_get_size(plain), ==, body->n_plain);
    g_assert_cmpuint(g_bytes_get_size(packed), <=, body->n_plain);
}

static void check_request(const char *uri)
{
    CpaWeb *web = get_web();
    g_autoptr(GError) error = NULL;
    g_autoptr(CpaWebQuery) query = cpa_web_query_new(uri, &error);
    if (query == NULL) {
        fuzz_assert_error(error, NULL);
        return;
    }
    g_assert_true(query->path[0] == '/');
    g_assert_null(strstr(query->path, "/../"));
    g_autoptr(CpaOptions) options =
        cpa_web_query_options(query, cpa_web_start_options(web), &error);
    if (options != NULL) {
        check_address(options, cpa_web_start_options(web));
    } else {
        fuzz_assert_error(error, NULL);
    }
    check_answer(web, query);
}

static void check_settings(const char *text, size_t n)
{
    g_autoptr(CpaOptions) start = cpa_options_new();
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) configs = cpa_web_settings_parse(text, n, start, &error);
    if (configs == NULL) {
        fuzz_assert_error(error, NULL);
        return;
    }
    g_autofree char *written = cpa_web_settings_format(configs);
    g_autoptr(GPtrArray) again = cpa_web_settings_parse(written, strlen(written), start, &error);
    g_assert_no_error(error);
    g_autofree char *rewritten = cpa_web_settings_format(again);
    g_assert_cmpstr(written, ==, rewritten);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);
    g_auto(GStrv) lines = g_strsplit(text, "\n", 6);
    size_t n = g_strv_length(lines);
    check_settings((const char *)data, size);
    if (n > 0) {
        check_request(lines[0]);
        CpaWebAddress address;
        g_autoptr(GError) error = NULL;
        if (!cpa_web_address_parse(&address, lines[0], &error)) {
            fuzz_assert_error(error, NULL);
        }
        cpa_web_address_clear(&address);
    }
    if (n > 1) {
        g_assert_false(cpa_web_host_allowed(lines[1], "localhost", false) &&
                       strstr(lines[1], "evil") != NULL);
        g_assert_false(cpa_web_origin_allowed("cross-site", lines[1], lines[1]));
    }
    if (n > 2) {
        cpa_web_origin_allowed(NULL, lines[2], lines[1]);
    }
    if (n > 3) {
        g_autofree char *cookie = cpa_web_cookie_get(lines[3], "token");
        g_assert_false(cookie != NULL && cpa_web_token_equal("", cookie));
    }
    if (n > 4) {
        cpa_web_accepts_gzip(lines[4]);
        cpa_web_etag_matches(lines[4], "\"0\"");
    }
    return 0;
}
