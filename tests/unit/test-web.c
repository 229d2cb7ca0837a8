/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The web interface without sockets: queries, who may ask, caches, settings, and every route on
 * real profiles. The server itself is tested by tests/web.
 */
#include <arpa/inet.h>
#include <glib/gstdio.h>
#include <math.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report/run.h"
#include "web/body.h"
#include "web/cache.h"
#include "web/graphlimit.h"
#include "web/guard.h"
#include "web/json.h"
#include "web/jsonread.h"
#include "web/listen.h"
#include "web/settings.h"
#include "web/web.h"

static CpaWebQuery *query_of(const char *uri)
{
    g_autoptr(GError) error = NULL;
    CpaWebQuery *query = cpa_web_query_new(uri, &error);
    g_assert_no_error(error);
    g_assert_nonnull(query);
    return query;
}

static void test_query(void)
{
    g_autoptr(CpaWebQuery) query = query_of("/ui/top?f=a%2Bb+c&f=2&x&=y&g=lines&&h=%C3%A4#frag");
    g_assert_cmpstr(query->path, ==, "/ui/top");
    g_assert_cmpstr(cpa_web_query_get(query, "f"), ==, "a+b c");
    g_assert_cmpstr(cpa_web_query_get(query, "x"), ==, "");
    g_assert_cmpstr(cpa_web_query_get(query, ""), ==, "y");
    g_assert_cmpstr(cpa_web_query_get(query, "h"), ==, "\xc3\xa4");
    g_assert_cmpstr(cpa_web_query_get(query, "none"), ==, "");
    g_assert_cmpstr(query->raw, ==, "f=a%2Bb+c&f=2&x&=y&g=lines&&h=%C3%A4");
    g_autoptr(CpaWebQuery) proxied = query_of("http://host:1/a%20b");
    g_assert_cmpstr(proxied->path, ==, "/a b");
    g_autoptr(CpaWebQuery) bare = query_of("http://host:1");
    g_assert_cmpstr(bare->path, ==, "/");
}

static void test_query_any_of(void)
{
    g_autoptr(CpaWebQuery) query = query_of("/?p=^a$&q=x&p=&p=b|c&r=(?i)d");
    g_autofree char *several = cpa_web_query_any_of(query, "p");
    g_assert_cmpstr(several, ==, "(?:^a$)|(?:b|c)");
    g_autofree char *one = cpa_web_query_any_of(query, "r");
    g_assert_cmpstr(one, ==, "(?i)d");
    g_autofree char *none = cpa_web_query_any_of(query, "s");
    g_assert_cmpstr(none, ==, "");
}

static void test_query_bad(void)
{
    static const char *const bad[] = {
        "",
        "*",
        "x",
        "/..",
        "/ui/../etc",
        "/ui/.",
        "/%2e%2e/x",
        "/%",
        "/%zz",
        "/a%00b",
        "/?f=%",
        "/?f=%f",
        "/?%gg=1",
        "/?f=%ff",
        "/%ff",
        "/?f=%00",
        "/ui/%2e%2e/%2e%2e/etc/passwd",
        "/?a=\rx",
        "/a b",
        "/\x7f",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(CpaWebQuery) query = cpa_web_query_new(bad[i], &error);
        if (i > 0) {
            g_assert_null(query);
            g_assert_error(error, CPA_ERROR, CPA_ERROR_USAGE);
        }
    }
    g_autofree char *many = g_strnfill(CPA_WEB_PARAMS_MAX * 3, '&');
    for (size_t i = 0; i < strlen(many); i += 3) {
        memcpy(many + i, "a&b", 3);
    }
    g_autofree char *uri = g_strconcat("/?", many, NULL);
    g_autoptr(GError) error = NULL;
    g_assert_null(cpa_web_query_new(uri, &error));
    g_assert_error(error, CPA_ERROR, CPA_ERROR_TOO_LARGE);
    g_clear_error(&error);
    g_autofree char *filler = g_strnfill(CPA_WEB_URI_MAX, 'a');
    g_autofree char *long_uri = g_strconcat("/", filler, NULL);
    g_assert_null(cpa_web_query_new(long_uri, &error));
    g_assert_error(error, CPA_ERROR, CPA_ERROR_TOO_LARGE);
}

static void test_query_options(void)
{
    g_autoptr(CpaOptions) start = cpa_options_new();
    cpa_options_set(start, cpa_options_find("ignore"), "old", NULL);
    g_autoptr(CpaWebQuery) query = query_of("/api/top?n=7&f=a|b&i=&calltree=t&at=1.2&px=5&z=1");
    g_autoptr(CpaOptions) options = cpa_web_query_options(query, start, NULL);
    g_assert_cmpint(options->nodecount, ==, 7);
    g_assert_cmpstr(options->focus, ==, "a|b");
    g_assert_cmpstr(options->ignore, ==, "old");
    g_assert_true(options->call_tree);

    g_autofree char *key = cpa_web_query_key(query, options, start, "at\0px\0");
    g_autoptr(CpaWebQuery) same = query_of("/api/top?px=5&at=1.2&calltree=1&f=a%7Cb&n=07&hide=x");
    g_autoptr(CpaOptions) same_options = cpa_web_query_options(same, start, NULL);
    g_autofree char *same_key = cpa_web_query_key(same, same_options, start, "at\0px\0");
    g_assert_cmpstr(key, ==, same_key);
    g_autofree char *other_key = cpa_web_query_key(same, same_options, start, "");
    g_assert_cmpstr(key, !=, other_key);

    bool changed = false;
    g_autofree char *url = cpa_web_options_url(options, NULL, &changed);
    g_assert_cmpstr(url, ==, "?calltree=t&f=a%7Cb&i=old&n=7");
    g_autoptr(CpaWebQuery) page = query_of("/ui/top?si=cpu&p=x&f=1");
    g_autofree char *kept = cpa_web_options_url(options, page, &changed);
    g_assert_cmpstr(kept, ==, "?calltree=t&f=a%7Cb&i=old&n=7&p=x&si=cpu");
    g_assert_true(changed);

    static const char *const bad[] = {"/?n=x", "/?sort=up", "/?trim=maybe", "/?g=words", "/?nf=z"};
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(CpaWebQuery) wrong = query_of(bad[i]);
        g_assert_null(cpa_web_query_options(wrong, start, &error));
        g_assert_error(error, CPA_ERROR, CPA_ERROR_USAGE);
        g_assert_true(g_str_has_prefix(error->message, "error setting config field "));
    }
}

static void test_hosts(void)
{
    static const struct {
        const char *header;
        const char *host;
        bool is_open;
        bool allowed;
    } cases[] = {
        {"localhost", "localhost", false, true},
        {"localhost:8080", "localhost", false, true},
        {"LOCALHOST:1", "localhost", false, true},
        {"localhost.:1", "localhost", false, true},
        {"127.0.0.1:8080", "localhost", false, true},
        {"[::1]:8080", "::1", false, true},
        {"127.1.2.3", "localhost", false, true},
        {"evil.example", "localhost", false, false},
        {"evil.example:8080", "127.0.0.1", false, false},
        {"localhost.evil.example", "localhost", false, false},
        {"localhost:80:80", "localhost", false, false},
        {"localhost:x", "localhost", false, false},
        {"[::1", "localhost", false, false},
        {"", "localhost", false, false},
        {NULL, "localhost", false, false},
        {"192.168.0.7:80", "localhost", false, false},
        {"192.168.0.7:80", "0.0.0.0", false, true},
        {"box.example", "box.example", false, true},
        {"evil.example", "0.0.0.0", false, false},
        {"evil.example", "0.0.0.0", true, true},
        {NULL, "0.0.0.0", true, false},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        bool allowed = cpa_web_host_allowed(cases[i].header, cases[i].host, cases[i].is_open);
        if (allowed != cases[i].allowed) {
            g_error("case %zu: %s on %s", i, cases[i].header, cases[i].host);
        }
    }
}

static void test_peers(void)
{
    static const struct {
        const char *address;
        bool is_local;
    } cases[] = {
        {"127.0.0.1", true},        {"127.9.9.9", true}, {"10.0.0.1", false},       {"::1", true},
        {"::ffff:127.0.0.1", true}, {"fe80::1", false},  {"::ffff:10.0.0.1", false}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct sockaddr_in in = {.sin_family = AF_INET};
        struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
        bool is_v4 = inet_pton(AF_INET, cases[i].address, &in.sin_addr) == 1;
        if (!is_v4) {
            g_assert_cmpint(inet_pton(AF_INET6, cases[i].address, &in6.sin6_addr), ==, 1);
        }
        const void *address = is_v4 ? (const void *)&in : (const void *)&in6;
        g_assert_true(cpa_web_peer_is_local(address) == cases[i].is_local);
    }
    g_assert_false(cpa_web_peer_is_local(NULL));
}

static void test_origins(void)
{
    g_assert_true(cpa_web_origin_allowed(NULL, NULL, "h:1"));
    g_assert_true(cpa_web_origin_allowed("same-origin", "http://h:1", "h:1"));
    g_assert_true(cpa_web_origin_allowed("none", NULL, "h:1"));
    g_assert_false(cpa_web_origin_allowed("cross-site", NULL, "h:1"));
    g_assert_false(cpa_web_origin_allowed("same-site", NULL, "h:1"));
    g_assert_false(cpa_web_origin_allowed(NULL, "http://evil", "h:1"));
    g_assert_false(cpa_web_origin_allowed(NULL, "null", "h:1"));
    g_assert_false(cpa_web_origin_allowed(NULL, "http://h:2", "h:1"));
    g_assert_false(cpa_web_origin_allowed(NULL, "http://h:1", NULL));
}

static void test_token(void)
{
    g_assert_true(cpa_web_token_equal("secret", "secret"));
    g_assert_false(cpa_web_token_equal("secret", "secre"));
    g_assert_false(cpa_web_token_equal("secret", "secretsecret"));
    g_assert_false(cpa_web_token_equal("secret", ""));
    g_assert_false(cpa_web_token_equal("", ""));
    g_autofree char *cookie = cpa_web_cookie_get("a=b; token=x=y;c", "token");
    g_assert_cmpstr(cookie, ==, "x=y");
    g_assert_null(cpa_web_cookie_get("xtoken=1; tokenx=2", "token"));
    g_assert_null(cpa_web_cookie_get(NULL, "token"));
}

static void test_headers(void)
{
    g_assert_true(cpa_web_accepts_gzip("gzip, deflate, br"));
    g_assert_true(cpa_web_accepts_gzip("br;q=1.0, GZIP;q=0.8"));
    g_assert_true(cpa_web_accepts_gzip("*"));
    g_assert_false(cpa_web_accepts_gzip("gzip;q=0, *"));
    g_assert_false(cpa_web_accepts_gzip("identity"));
    g_assert_false(cpa_web_accepts_gzip(NULL));
    g_assert_true(cpa_web_etag_matches("W/\"1\", \"2\"", "\"2\""));
    g_assert_true(cpa_web_etag_matches("*", "\"2\""));
    g_assert_false(cpa_web_etag_matches("\"22\"", "\"2\""));
    g_assert_false(cpa_web_etag_matches(NULL, "\"2\""));
}

static void test_address(void)
{
    static const struct {
        const char *text;
        const char *host; /* NULL: an error */
        int port;
    } cases[] = {
        {":8080", "localhost", 8080},
        {":", "localhost", 0},
        {"0.0.0.0:0", "0.0.0.0", 0},
        {"[::1]:80", "::1", 80},
        {"box:65535", "box", 65535},
        {"box", NULL, 0},
        {"a:b:1", NULL, 0},
        {":65536", NULL, 0},
        {":-1", NULL, 0},
        {":8x", NULL, 0},
        {"[::1]", NULL, 0},
        {"[::1:80", NULL, 0},
        {"[::1]x:80", NULL, 0},
        {":99999999999999", NULL, 0},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        CpaWebAddress address = {0};
        bool ok = cpa_web_address_parse(&address, cases[i].text, &error);
        g_assert_cmpstr(address.host, ==, cases[i].host);
        g_assert_true(ok == (cases[i].host != NULL));
        if (ok) {
            g_assert_cmpint(address.port, ==, cases[i].port);
        } else {
            g_assert_error(error, CPA_ERROR, CPA_ERROR_USAGE);
        }
        cpa_web_address_clear(&address);
    }
}

/* --- Cache ------------------------------------------------------------------------------------- */

static int n_values;

static gpointer value_new(int n)
{
    int *value = g_new(int, 2);
    value[0] = n;
    value[1] = 1;
    n_values++;
    return value;
}

static gpointer value_ref(gpointer value)
{
    ((int *)value)[1]++;
    return value;
}

static void value_unref(gpointer value)
{
    if (--((int *)value)[1] == 0) {
        n_values--;
        g_free(value);
    }
}

static void put(CpaWebCache *cache, const char *key, int n, size_t bytes)
{
    gpointer value = value_new(n);
    cpa_web_cache_put(cache, key, value, bytes);
    value_unref(value);
}

static int get(CpaWebCache *cache, const char *key)
{
    int *value = cpa_web_cache_get(cache, key);
    int n = value != NULL ? *value : -1;
    if (value != NULL) {
        value_unref(value);
    }
    return n;
}

static void test_cache(void)
{
    CpaWebCache *cache = cpa_web_cache_new(10000, value_ref, value_unref);
    put(cache, "a", 1, 4000);
    put(cache, "b", 2, 4000);
    g_assert_cmpint(get(cache, "a"), ==, 1);
    put(cache, "c", 3, 4000); /* b is the oldest now */
    g_assert_cmpint(get(cache, "b"), ==, -1);
    g_assert_cmpint(get(cache, "a"), ==, 1);
    g_assert_cmpint(get(cache, "c"), ==, 3);
    put(cache, "a", 4, 100);
    g_assert_cmpint(get(cache, "a"), ==, 4);
    put(cache, "huge", 5, 20000);
    g_assert_cmpint(get(cache, "huge"), ==, -1);
    g_assert_cmpint(get(cache, "c"), ==, 3);
    g_assert_cmpint(n_values, ==, 2);
    g_assert_cmpuint(cpa_web_cache_bytes(cache), <=, 10000);
    cpa_web_cache_free(cache);
    g_assert_cmpint(n_values, ==, 0);
}

/* --- JSON and settings ------------------------------------------------------------------------- */

static void test_json(void)
{
    g_autoptr(GString) out = g_string_new(NULL);
    CpaJson json = {.out = out};
    cpa_json_open(&json, NULL, '[');
    cpa_json_text(&json, NULL, "a\"\\\n</script>\xff\xe2\x80\xa8\x01\0z", 20);
    cpa_json_int(&json, NULL, INT64_MIN);
    cpa_json_uint(&json, NULL, UINT64_MAX);
    cpa_json_double(&json, NULL, 0.5);
    cpa_json_double(&json, NULL, HUGE_VAL);
    cpa_json_bool(&json, NULL, true);
    cpa_json_close(&json, ']');
    g_assert_cmpstr(out->str, ==,
                    "[\"a\\\"\\\\\\n\\u003c/script\\u003e\\ufffd\\u2028\\u0001\\ufffdz\","
                    "-9223372036854775808,18446744073709551615,0.5,null,true]");
    g_autoptr(CpaJsonValue) value = cpa_json_parse(out->str, out->len, NULL);
    g_assert_nonnull(value);
    const CpaJsonValue *text = value->items->pdata[0];
    g_assert_cmpstr(text->text, ==, "a\"\\\n</script>\xef\xbf\xbd\xe2\x80\xa8\x01\xef\xbf\xbdz");
}

static void test_json_bad(void)
{
    static const char *const bad[] = {
        "",   "{",  "[1,]",    "{\"a\"}",   "{\"a\":}", "nul",   "01",     "1.", "-",
        "1e", "\"", "\"\\x\"", "\"\\u12\"", "[1] 2",    "{1:2}", "\"\n\"", "+1", "[1 2]"};
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(cpa_json_parse(bad[i], strlen(bad[i]), &error));
        g_assert_error(error, CPA_ERROR, CPA_ERROR_MALFORMED);
    }
    g_autofree char *deep = g_strnfill(100000, '[');
    g_autoptr(GError) error = NULL;
    g_assert_null(cpa_json_parse(deep, strlen(deep), &error));
    g_assert_error(error, CPA_ERROR, CPA_ERROR_MALFORMED);
}

/* The bytes that pprof writes for the same configuration. */
static const char saved[] = "{\n"
                            "  \"configs\": [\n"
                            "    {\n"
                            "      \"name\": \"mine\",\n"
                            "      \"unit\": \"minimum\",\n"
                            "      \"sort\": \"flat\",\n"
                            "      \"nodecount\": -1,\n"
                            "      \"nodefraction\": 0.005,\n"
                            "      \"edgefraction\": 0.00001,\n"
                            "      \"trim\": true,\n"
                            "      \"focus\": \"a\\u003cb\"\n"
                            "    }\n"
                            "  ]\n"
                            "}";

static void test_settings(void)
{
    g_autofree char *dir = g_dir_make_tmp("cpa-web-XXXXXX", NULL);
    g_autofree char *sub = g_build_filename(dir, "pprof", NULL);
    g_autofree char *path = g_build_filename(sub, "settings.json", NULL);
    g_autoptr(CpaOptions) start = cpa_options_new();
    cpa_options_set(start, cpa_options_find("sample_index"), "cpu", NULL);
    g_autoptr(CpaOptions) options = cpa_options_copy(start);
    cpa_options_set(options, cpa_options_find("focus"), "a<b", NULL);
    cpa_options_set(options, cpa_options_find("edgefraction"), "1e-5", NULL);
    g_autoptr(GError) error = NULL;

    g_assert_true(cpa_web_settings_save(path, start, "mine", options, &error));
    g_autofree char *text = NULL;
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, saved);
    GStatBuf info;
    g_assert_cmpint(g_stat(sub, &info), ==, 0);
    g_assert_cmpint(info.st_mode & 0777, ==, 0700);

    g_autoptr(GPtrArray) configs = cpa_web_settings_read(path, start, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(configs->len, ==, 1);
    const CpaWebConfig *config = configs->pdata[0];
    g_assert_cmpstr(config->name, ==, "mine");
    g_assert_cmpstr(config->options->focus, ==, "a<b");
    g_assert_cmpstr(config->options->sample_index, ==, "cpu");
    g_autofree char *again = cpa_web_settings_format(configs);
    g_assert_cmpstr(again, ==, saved);

    g_assert_false(cpa_web_settings_save(path, start, "", options, &error));
    g_assert_error(error, CPA_ERROR, CPA_ERROR_USAGE);
    g_clear_error(&error);
    g_assert_false(cpa_web_settings_remove(path, start, "other", &error));
    g_assert_error(error, CPA_ERROR, CPA_ERROR_USAGE);
    g_clear_error(&error);
    g_assert_true(cpa_web_settings_remove(path, start, "mine", &error));
    g_assert_true(g_file_set_contents(path, "{\"configs\": 3}", -1, NULL));
    g_assert_false(cpa_web_settings_save(path, start, "mine", options, &error));
    g_assert_error(error, CPA_ERROR, CPA_ERROR_MALFORMED);
    g_remove(path);
    g_rmdir(sub);
    g_rmdir(dir);
}

/* The file stays the link and as private as it was; what could not be read again is refused. */
static void test_settings_file_kept(void)
{
    g_autofree char *dir = g_dir_make_tmp("cpa-web-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(dir, "settings.json", NULL);
    g_autofree char *target = g_build_filename(dir, "elsewhere.json", NULL);
    g_autoptr(CpaOptions) options = cpa_options_new();
    g_autoptr(GError) error = NULL;
    g_assert_true(g_file_set_contents_full(target, "{}", -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
    g_assert_cmpint(symlink("elsewhere.json", path), ==, 0);

    g_assert_true(cpa_web_settings_save(path, options, "mine", options, &error));
    g_assert_true(g_file_test(path, G_FILE_TEST_IS_SYMLINK));
    GStatBuf info;
    g_assert_cmpint(g_stat(target, &info), ==, 0);
    g_assert_cmpint(info.st_mode & 0777, ==, 0600);

    options->nodefraction = INFINITY;
    g_assert_false(cpa_web_settings_save(path, options, "endless", options, &error));
    g_assert_error(error, CPA_ERROR, CPA_ERROR_USAGE);
    g_clear_error(&error);
    g_autoptr(GPtrArray) configs = cpa_web_settings_read(path, options, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(configs->len, ==, 1);
    g_remove(path);
    g_remove(target);
    g_rmdir(dir);
}

/* Zero values are left out by the writer, so what is missing is zero; but not in our own options. */
static void test_settings_missing(void)
{
    g_autoptr(CpaOptions) start = cpa_options_new();
    const char *text = "{\"configs\":[{\"name\":\"x\",\"nodecount\":5,\"call_tree\":true}]}";
    g_autoptr(GPtrArray) configs = cpa_web_settings_parse(text, strlen(text), start, NULL);
    g_assert_cmpuint(configs->len, ==, 1);
    const CpaOptions *options = ((const CpaWebConfig *)configs->pdata[0])->options;
    g_assert_false(options->trim);
    g_assert_true(options->call_tree);
    g_assert_cmpint(options->nodecount, ==, 5);
    g_assert_true(options->nodefraction == 0);
    g_assert_true(options->dpi == 96);
    g_assert_cmpstr(options->diff_palette, ==, "safe");
    static const char *const bad[] = {"[]", "{\"configs\":[1]}", "{\"configs\":[{\"trim\":\"x\"}]}",
                                      "{\"configs\":[{\"nodecount\":1.5}]}", "{\"configs\":{}}"};
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(cpa_web_settings_parse(bad[i], strlen(bad[i]), start, &error));
        g_assert_nonnull(error);
    }
}

/* --- Routes ------------------------------------------------------------------------------------ */

static CpaWeb *open_web(const char *file, const char *base)
{
    g_autofree char *path = g_build_filename(g_getenv("TESTDATA"), file, NULL);
    g_autoptr(CpaOptions) options = cpa_options_new();
    g_autoptr(GError) error = NULL;
    if (base != NULL) {
        g_autofree char *base_path = g_build_filename(g_getenv("TESTDATA"), base, NULL);
        cpa_options_set(options, cpa_options_find("diff_base"), base_path, NULL);
        cpa_options_set(options, cpa_options_find("http"), "localhost:", NULL);
    }
    const char *sources[] = {path};
    g_autoptr(CpaProfile) profile = cpa_load(sources, 1, NULL, options, NULL, &error);
    g_assert_no_error(error);
    return cpa_web_new(profile, options);
}

/* The answer, parsed where it is JSON. */
static CpaJsonValue *ask(CpaWeb *web, const char *uri, unsigned status)
{
    g_autoptr(CpaWebQuery) query = query_of(uri);
    const CpaWebRoute *route = cpa_web_route_find(query->path);
    g_assert_nonnull(route);
    CpaWebRequest request = {.web = web, .query = query};
    CpaWebReply reply;
    cpa_web_reply_init(&reply);
    cpa_web_answer(route, &request, &reply);
    if ((reply.status != 0 ? reply.status : 200) != status) {
        g_error("%s: status %u, not %u: %s", uri, reply.status, status, reply.body->str);
    }
    CpaJsonValue *value = NULL;
    if (reply.mime == NULL && reply.location == NULL) {
        g_autoptr(GError) error = NULL;
        value = cpa_json_parse(reply.body->str, reply.body->len, &error);
        g_assert_no_error(error);
        g_assert_cmpint(value->kind, ==, CPA_JSON_OBJECT);
        g_assert_true(g_utf8_validate(reply.body->str, (gssize)reply.body->len, NULL));
    }
    cpa_web_reply_clear(&reply);
    return value;
}

static void assert_ok(CpaWeb *web, const char *uri)
{
    g_autoptr(CpaJsonValue) value = ask(web, uri, 200);
    if (value != NULL) {
        g_assert_null(cpa_json_get(value, "error"));
    }
}

static void assert_status(CpaWeb *web, const char *uri, unsigned status)
{
    g_autoptr(CpaJsonValue) value = ask(web, uri, status);
    g_assert_nonnull(cpa_json_get(value, "error"));
    g_assert_nonnull(cpa_json_get(value, "code"));
}

static void assert_empty(CpaWeb *web, const char *uri)
{
    g_autoptr(CpaJsonValue) value = ask(web, uri, 200);
    g_assert_nonnull(cpa_json_get(value, "empty"));
    g_assert_nonnull(cpa_json_get(value, "message"));
}

static void test_routes(void)
{
    static const char *const good[] = {
        "/ui/flamegraph?f=x",
        "/ui/static/main.js",
        "/api/profile?g=lines",
        "/api/flamegraph",
        "/api/flamegraph?px=64&reverse=t&collapse=t&mean=t&g=addresses",
        "/api/flamegraph?tagroot=stage&tagleaf=shard&noinlines=t&unit=s&rel=t",
        "/api/sandwich?p=runtime",
        "/api/sandwich?p=main&side=callers",
        "/api/search?q=main",
        "/api/top?sort=cum&n=3&limit=2",
        "/api/graph?n=10&calltree=t",
        "/api/peek?f=main",
        "/api/tags?ts=stage",
        "/api/download?format=folded",
        "/api/download?format=svg&view=graph",
        "/api/download?format=json&view=top",
        "/api/download?format=json&view=source&f=pathWeight",
        "/api/download?format=html&view=source&f=pathWeight",
        "/api/download?format=txt&view=tags",
        "/api/top?si=all",
        "/api/flamegraph?si=all",
        "/api/download?si=all",
        "/ui/download?f=none",
        "/favicon.ico",
    };
    g_autoptr(CpaWeb) web = open_web("go-cpu.pb.gz", NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
        assert_ok(web, good[i]);
    }
    assert_empty(web, "/api/flamegraph?f=nothing_like_it");
    assert_empty(web, "/api/graph?f=nothing_like_it");
    assert_empty(web, "/api/sandwich?fn=nothing_like_it");
    assert_empty(web, "/api/peek?f=nothing_like_it");
    assert_status(web, "/api/flamegraph?f=(", 400);
    assert_status(web, "/api/flamegraph?si=9", 400);
    assert_status(web, "/api/top?limit=all", 400);
    assert_status(web, "/api/top?limit=-1", 400);
    assert_status(web, "/api/flamegraph?px=1", 400);
    assert_status(web, "/api/flamegraph?px=nan", 400);
    assert_status(web, "/api/flamegraph?at=1", 400);
    assert_status(web, "/api/flamegraph?at=1.2.3", 400);
    assert_status(web, "/api/flamegraph?at=4294967295.4294967295", 400);
    assert_status(web, "/api/flamegraph?at=0.4000000000", 400);
    assert_status(web, "/api/sandwich", 400);
    assert_status(web, "/api/sandwich?p=main&at=0.1", 400);
    assert_status(web, "/api/sandwich?p=main&side=left", 400);
    assert_status(web, "/api/search", 400);
    assert_status(web, "/api/search?q=(a?){1000}{1000}b", 400);
    assert_status(web, "/api/diff", 404);
    assert_status(web, "/ui/static/none.js", 404);
    assert_status(web, "/api/download?format=none", 400);
    assert_status(web, "/api/download?format=svg&view=none", 400);
    g_assert_null(cpa_web_route_find("/ui/nothing"));
    g_assert_null(cpa_web_route_find("/api"));
    g_assert_null(cpa_web_route_find("/api/none"));
    g_assert_null(cpa_web_route_find(""));
    g_assert_nonnull(cpa_web_route_find("/uix"));
    g_assert_nonnull(cpa_web_route_find("/pprof/heap"));
}

static int64_t number_at(const CpaJsonValue *object, const char *list, guint i)
{
    const CpaJsonValue *array = cpa_json_get(object, list);
    g_assert_cmpuint(array->items->len, >, i);
    return g_ascii_strtoll(((const CpaJsonValue *)array->items->pdata[i])->text, NULL, 10);
}

/* Every node that was sent can be asked for by its name and weighs the same then. */
static void test_places(void)
{
    g_autoptr(CpaWeb) web = open_web("go-cpu.pb.gz", NULL);
    g_autoptr(CpaJsonValue) answer = ask(web, "/api/flamegraph?px=200", 200);
    const CpaJsonValue *tree = cpa_json_get(answer, "tree");
    const CpaJsonValue *nodes = cpa_json_get(tree, "nodes");
    int64_t scale = g_ascii_strtoll(cpa_json_get(tree, "scale")->text, NULL, 10);
    guint n = cpa_json_get(nodes, "frame")->items->len;
    g_assert_cmpuint(n, >, 50);
    g_autofree int64_t *run = g_new0(int64_t, n);
    g_autofree int64_t *left = g_new0(int64_t, n); /* children to come, by depth */
    guint depth = 0;
    for (guint i = 0; i < n; i++) {
        while (i > 0 && left[depth] == 0) {
            depth--;
        }
        left[depth] -= i > 0;
        depth += i > 0;
        run[depth] = (depth > 0 ? run[depth - 1] : 0) + number_at(nodes, "stack", i);
        left[depth] = number_at(nodes, "kids", i);
        int64_t value = number_at(nodes, "value", i) * scale;
        if (i % 7 == 3) {
            g_autofree char *uri = g_strdup_printf(
                "/api/flamegraph?px=64&at=%" G_GINT64_FORMAT ".%u", run[depth], depth);
            g_autoptr(CpaJsonValue) zoomed = ask(web, uri, 200);
            const CpaJsonValue *path = cpa_json_get(zoomed, "path");
            g_assert_cmpint(number_at(path, "value", depth), ==, value);
            g_assert_cmpint(number_at(path, "stack", depth), ==, run[depth]);
            const CpaJsonValue *below = cpa_json_get(zoomed, "tree");
            int64_t factor = g_ascii_strtoll(cpa_json_get(below, "scale")->text, NULL, 10);
            g_assert_cmpint(number_at(cpa_json_get(below, "nodes"), "value", 0) * factor, ==,
                            value);
        }
    }
}

static void test_comparison(void)
{
    static const char *const views[] = {"/api/diff",
                                        "/api/flamegraph",
                                        "/api/sandwich?p=main",
                                        "/api/graph",
                                        "/api/top",
                                        "/api/search?q=main",
                                        "/api/flamegraph?diffwidth=delta&mean=t"};
    g_autoptr(CpaWeb) web = open_web("go-cpu-new.pb.gz", "go-cpu-old.pb.gz");
    for (size_t i = 0; i < G_N_ELEMENTS(views); i++) {
        assert_ok(web, views[i]);
    }
    g_autoptr(CpaJsonValue) answer = ask(web, "/api/flamegraph", 200);
    const CpaJsonValue *nodes = cpa_json_get(cpa_json_get(answer, "tree"), "nodes");
    g_assert_cmpuint(cpa_json_get(nodes, "base")->items->len, ==,
                     cpa_json_get(nodes, "value")->items->len);
    g_assert_cmpuint(cpa_json_get(nodes, "width")->items->len, ==,
                     cpa_json_get(nodes, "value")->items->len);
}

/* What is found by the name of a function alone, its line, its file; several at once. */
static void test_pivots(void)
{
    static const struct {
        const char *uri;
        int64_t value;
    } cases[] = {
        {"/api/sandwich?p=^main\\.pathWeight$", 170},
        {"/api/sandwich?p=^main\\.pathWeight%231234$", 170},
        {"/api/sandwich?p=^main\\.pathWeight$&g=functions", 170},
        {"/api/sandwich?p=^main\\.pathWeight$&g=lines", 170},
        {"/api/sandwich?p=^main\\.pathWeight$&g=addresses", 170},
        {"/api/sandwich?p=^main\\.pathWeight:85$&g=lines", 120},
        {"/api/sandwich?p=^main\\.pathWeight$&p=^runtime\\.mallocgc$", 690},
        {"/api/sandwich?p=^example.com/shop/main.go$&g=files", 3090},
        {"/api/search?q=^main\\.pathWeight$", 170},
    };
    g_autoptr(CpaWeb) web = open_web("go-cpu.pb.gz", NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(CpaJsonValue) answer = ask(web, cases[i].uri, 200);
        const CpaJsonValue *cum = cpa_json_get(answer, "cum");
        g_assert_nonnull(cum);
        g_assert_cmpint(g_ascii_strtoll(cpa_json_get(cum, "value")->text, NULL, 10), ==,
                        cases[i].value * 1000000);
    }
    assert_empty(web, "/api/sandwich?p=^pathWeight$");
    assert_empty(web, "/api/sandwich?p=^main\\.pathWeight:1$&g=lines");
    assert_status(web, "/api/sandwich?p=main&p=(", 400);
}

/* norm=t makes both sides weigh the same; the profile itself stays as it is. */
static void test_normalize(void)
{
    g_autoptr(CpaWeb) web = open_web("go-cpu-new.pb.gz", "go-cpu-old.pb.gz");
    static const char *const uris[] = {"/api/flamegraph", "/api/flamegraph?norm=t",
                                       "/api/flamegraph"};
    for (size_t i = 0; i < G_N_ELEMENTS(uris); i++) {
        g_autoptr(CpaJsonValue) answer = ask(web, uris[i], 200);
        const CpaJsonValue *path = cpa_json_get(answer, "path");
        double base = (double)number_at(path, "base", 0);
        double ratio = (double)number_at(path, "value", 0) / base;
        g_assert_true((ratio > 0.9999 && ratio < 1.0001) == (i == 1));
    }
    g_autoptr(CpaWeb) alone = open_web("go-cpu-new.pb.gz", NULL);
    assert_ok(alone, "/api/top?norm=t");
}

/* However a request asks for no limit, what is drawn has one. */
static void test_graph_limit(void)
{
    static const char *const counts[] = {"0", "-5", "2000000000"};
    for (size_t i = 0; i < G_N_ELEMENTS(counts); i++) {
        g_autoptr(CpaOptions) options = cpa_options_new();
        g_assert_true(cpa_options_set(options, cpa_options_find("nodecount"), counts[i], NULL));
        g_autoptr(CpaOptions) bounded = cpa_web_graph_options(options);
        g_assert_cmpint(bounded->nodecount, >, 0);
        g_assert_cmpint(bounded->nodecount, <, 10000);
    }
    g_autoptr(CpaOptions) options = cpa_options_new();
    g_autoptr(CpaOptions) same = cpa_web_graph_options(options);
    g_assert_cmpint(same->nodecount, ==, -1);
}

static int64_t sum_of(const CpaJsonValue *columns, const char *key)
{
    const CpaJsonValue *list = cpa_json_get(columns, key);
    int64_t sum = 0;
    g_assert_nonnull(list);
    for (guint i = 0; i < list->items->len; i++) {
        const CpaJsonValue *item = list->items->pdata[i];
        sum += g_ascii_strtoll(item->text, NULL, 10);
    }
    return sum;
}

/* With a mean, what weighs comes with its divisor: nodes, hidden children, the path. */
static void test_mean(void)
{
    g_autoptr(CpaWeb) web = open_web("go-heap.pb.gz", NULL);
    g_autoptr(CpaJsonValue) whole = ask(web, "/api/flamegraph?mean=t&px=64", 200);
    const CpaJsonValue *tree = cpa_json_get(whole, "tree");
    g_assert_cmpint(sum_of(cpa_json_get(tree, "nodes"), "div"), >, 0);
    g_assert_cmpint(sum_of(cpa_json_get(tree, "hidden"), "div"), >, 0);
    const CpaJsonValue *div = cpa_json_get(cpa_json_get(tree, "nodes"), "div");
    const CpaJsonValue *root = div->items->pdata[0];
    const CpaJsonValue *path = cpa_json_get(cpa_json_get(whole, "path"), "div");
    const CpaJsonValue *first = path->items->pdata[0];
    g_assert_cmpstr(first->text, ==, root->text);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    /* No settings of the user, and none for the user. */
    g_setenv("XDG_CONFIG_HOME", "/nonexistent", TRUE);
    g_test_add_func("/web/query", test_query);
    g_test_add_func("/web/query_any_of", test_query_any_of);
    g_test_add_func("/web/query_bad", test_query_bad);
    g_test_add_func("/web/query_options", test_query_options);
    g_test_add_func("/web/hosts", test_hosts);
    g_test_add_func("/web/peers", test_peers);
    g_test_add_func("/web/origins", test_origins);
    g_test_add_func("/web/token", test_token);
    g_test_add_func("/web/headers", test_headers);
    g_test_add_func("/web/address", test_address);
    g_test_add_func("/web/cache", test_cache);
    g_test_add_func("/web/json", test_json);
    g_test_add_func("/web/json_bad", test_json_bad);
    g_test_add_func("/web/settings", test_settings);
    g_test_add_func("/web/settings_file_kept", test_settings_file_kept);
    g_test_add_func("/web/settings_missing", test_settings_missing);
    g_test_add_func("/web/routes", test_routes);
    g_test_add_func("/web/places", test_places);
    g_test_add_func("/web/comparison", test_comparison);
    g_test_add_func("/web/pivots", test_pivots);
    g_test_add_func("/web/normalize", test_normalize);
    g_test_add_func("/web/mean", test_mean);
    g_test_add_func("/web/graph_limit", test_graph_limit);
    return g_test_run();
}
