/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is a URL and what becomes of it, against results of upstream's adjustURL where nothing else
 * is said; headers; what a redirect takes along.
 */
#include "input/url.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "input/fetch.h"

typedef struct {
    const char *source;
    const char *url; /* NULL: the name of a file */
    int timeout_ms;
} Case;

static const Case cases[] = {
    {"http://host/debug/pprof/heap", "http://host/debug/pprof/heap", 60000},
    {"https://host:8443/p", "https://host:8443/p", 60000},
    {"HTTP://Host/p", "http://Host/p", 60000},
    {"https+insecure://host/p", "https+insecure://host/p", 60000},
    {"host:6060/debug/pprof/heap", "http://host:6060/debug/pprof/heap", 60000},
    {"host:6060/p?seconds=30", "http://host:6060/p?seconds=30", 45000},
    {"127.0.0.1:6060/p", "http://127.0.0.1:6060/p", 60000},
    {"[::1]:6060/p", "http://[::1]:6060/p", 60000},
    {"http://[::1]:6060/p", "http://[::1]:6060/p", 60000},
    {"host:/p", "http://host:/p", 60000},
    {"host:60x/p", NULL, 0},
    {"cpu.pb.gz", NULL, 0},
    {"dir/cpu.pb.gz", NULL, 0},
    {"/abs/cpu.pb.gz", NULL, 0},
    {"cpu:2023.pb", NULL, 0},
    {"a/b:1", NULL, 0},
    {"file:///etc/passwd", NULL, 0},
    {"host", NULL, 0},
    {"host/path", NULL, 0},
    {"C:\\temp\\x", NULL, 0},
    {"", NULL, 0},
    {"a\nb:1/", NULL, 0},
    {":80/p", "http://:80/p", 60000},
    {"1host:80/p", "http://1host:80/p", 60000},
    {"http://host/p?z=1&a=2&a=1&", "http://host/p?a=2&a=1&z=1", 60000},
    {"http://host/p?a;b=1&c", "http://host/p?c=", 60000},
    {"http://host/p?a=%zz&b=%41", "http://host/p?b=A", 60000},
    {"http://host/p?q=a b+c%20d", "http://host/p?q=a+b+c+d", 60000},
    {"http://host/p?x=\303\251~-_.!*'()", "http://host/p?x=%C3%A9~-_.%21%2A%27%28%29", 60000},
    {"http://host/p?==&=x", "http://host/p?=%3D&=x", 60000},
    {"http://host/a b/c\"d", "http://host/a%20b/c%22d", 60000},
    {"http://host/%41%2f", "http://host/%41%2f", 60000},
    {"http://host/p?seconds=-3", "http://host/p?seconds=-3", 60000},
    {"http://host/p?seconds=5&seconds=6", "http://host/p?seconds=5&seconds=6", 7500},
    {"http://host/p?seconds=abc", "http://host/p?seconds=abc", 60000},
    {"http://host/p?seconds=99999999999", "http://host/p?seconds=99999999999", 60000},
    /* Ours: no fragment, the path of go tool pprof. */
    {"http://host/p#frag", "http://host/p", 60000},
    {"cpu:1", "http://cpu:1/debug/pprof/profile", 60000},
    {"http://host/?seconds=2", "http://host/debug/pprof/profile?seconds=2", 3000},
    /* Ours: a password is not shown. */
    {"http://me:secret@host/p", "http://me:xxxxx@host/p", 60000},
};

static void test_parse(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        const Case *c = &cases[i];
        g_autoptr(GError) error = NULL;
        g_test_message("%s", c->source);
        g_assert_cmpint(cpa_url_is(c->source), ==, c->url != NULL);
        g_autoptr(CpaUrl) url = cpa_url_parse(c->source, -1, &error);
        if (c->url == NULL) {
            g_assert_error(error, CPA_ERROR, CPA_ERROR_USAGE);
            continue;
        }
        g_assert_no_error(error);
        g_assert_cmpstr(url->text, ==, c->url);
        g_assert_cmpint(cpa_fetch_timeout_ms(-1, url->seconds), ==, c->timeout_ms + 5000);
    }
    g_assert_cmpint(cpa_fetch_timeout_ms(7, 30), ==, 12000);
}

static void test_seconds(void)
{
    g_autoptr(CpaUrl) added = cpa_url_parse("h:1/p?debug=0", 7, NULL);
    g_assert_cmpstr(added->request, ==, "http://h:1/p?debug=0&seconds=7");
    g_autoptr(CpaUrl) replaced = cpa_url_parse("h:1/p?seconds=5&a=1&seconds=6", 7, NULL);
    g_assert_cmpstr(replaced->request, ==, "http://h:1/p?a=1&seconds=7");
    g_assert_cmpint(replaced->seconds, ==, 7);
}

static void assert_refused(const char *source, CpaErrorCode code, const char *words)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(cpa_url_parse(source, -1, &error));
    g_assert_error(error, CPA_ERROR, (int)code);
    g_assert_nonnull(strstr(error->message, words));
}

static void test_refused(void)
{
    assert_refused("gopher://host/x", CPA_ERROR_UNSUPPORTED, "not gopher");
    assert_refused("file://host/x", CPA_ERROR_UNSUPPORTED, "not file");
    assert_refused("http://[::1/p", CPA_ERROR_USAGE, "cannot be fetched");
    assert_refused("http:///p", CPA_ERROR_USAGE, "cannot be fetched");
    assert_refused("http://ho st/p", CPA_ERROR_USAGE, "cannot be fetched");
    assert_refused("http://host:80:90/p", CPA_ERROR_USAGE, "cannot be fetched");
    assert_refused("http://host/%zz", CPA_ERROR_USAGE, "cannot be fetched");
    assert_refused("unix://host/p", CPA_ERROR_USAGE, "cannot be fetched");
    assert_refused("unix:///nonexistent/p", CPA_ERROR_IO, "no part of this path is a socket");
}

static void test_unix(void)
{
    g_autofree char *dir = g_dir_make_tmp("cpa-url-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(dir, "app.sock", NULL);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    g_assert_cmpuint(strlen(path), <, sizeof address.sun_path);
    strcpy(address.sun_path, path);
    g_assert_cmpint(bind(fd, (struct sockaddr *)&address, sizeof address), ==, 0);

    g_autofree char *source = g_strdup_printf("unix://%s/debug/heap?b=1&a=2", path);
    g_autoptr(CpaUrl) url = cpa_url_parse(source, -1, NULL);
    g_assert_cmpstr(url->socket, ==, path);
    g_assert_cmpstr(url->request, ==, "http://localhost/debug/heap?a=2&b=1");
    g_assert_true(cpa_url_is(url->text));
    g_autofree char *bare = g_strdup_printf("unix://%s", path);
    g_autoptr(CpaUrl) whole = cpa_url_parse(bare, -1, NULL);
    g_assert_cmpstr(whole->request, ==, "http://localhost/debug/pprof/profile");

    g_autoptr(CpaUrl) stays = cpa_url_resolve(url, "http://localhost/x", NULL);
    g_assert_cmpstr(stays->socket, ==, path);
    g_autoptr(CpaUrl) leaves = cpa_url_resolve(url, "http://localhost:81/x", NULL);
    g_assert_null(leaves->socket);
    close(fd);
    unlink(path);
    rmdir(dir);
}

static void test_redirect(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CpaUrl) url = cpa_url_parse("https+insecure://Host/p?seconds=3", -1, NULL);
    g_assert_cmpstr(url->request, ==, "https://Host/p?seconds=3");
    g_assert_cmpstr(url->origin, ==, "https://host:443");
    g_autoptr(CpaUrl) same = cpa_url_resolve(url, "https://host:443/q?b=1&a=1", NULL);
    g_assert_cmpstr(same->origin, ==, url->origin);
    g_assert_true(same->is_insecure);
    g_assert_cmpstr(same->request, ==, "https://host:443/q?b=1&a=1");
    g_assert_cmpint(same->seconds, ==, 3);
    g_autoptr(CpaUrl) other = cpa_url_resolve(url, "https://me:pw@other/q", NULL);
    g_assert_false(other->is_insecure);
    g_assert_cmpstr(other->request, ==, "https://other/q");
    g_assert_null(cpa_url_resolve(url, "file:///etc/passwd", &error));
    g_assert_error(error, CPA_ERROR, CPA_ERROR_NETWORK);
}

static void test_loopback(void)
{
    static const char *const near[] = {"localhost:1/", "127.0.0.1:1/", "127.9.9.9:1/", "[::1]:1/"};
    static const char *const far[] = {"localhost.example:1/", "128.0.0.1:1/", "[::2]:1/",
                                      "127.example:1/"};
    for (size_t i = 0; i < G_N_ELEMENTS(near); i++) {
        g_autoptr(CpaUrl) one = cpa_url_parse(near[i], -1, NULL);
        g_autoptr(CpaUrl) other = cpa_url_parse(far[i], -1, NULL);
        g_assert_true(one->is_loopback);
        g_assert_false(other->is_loopback);
    }
}

static void test_headers(void)
{
    static const char *const good[][2] = {
        {"A: b", "A: b"},
        {"X-Key:v : w ", "X-Key: v : w"},
        {"Empty:", "Empty;"},
        {"T:a\tb", "T: a\tb"},
    };
    static const char *const bad[] = {"",       "no colon", ": v", "a b: c", "A: b\r\nC: d",
                                      "A\n: b", "A: \177"};
    for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
        g_autofree char *line = cpa_header_normalize(good[i][0], NULL);
        g_assert_cmpstr(line, ==, good[i][1]);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(cpa_header_normalize(bad[i], &error));
        g_assert_error(error, CPA_ERROR, CPA_ERROR_USAGE);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/url/parse", test_parse);
    g_test_add_func("/url/seconds", test_seconds);
    g_test_add_func("/url/refused", test_refused);
    g_test_add_func("/url/unix", test_unix);
    g_test_add_func("/url/redirect", test_redirect);
    g_test_add_func("/url/loopback", test_loopback);
    g_test_add_func("/url/headers", test_headers);
    return g_test_run();
}
