/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signals become a byte in a pipe, which is all that a handler may do; a second one ends the program
 * at once.
 */
#include "cli/serve.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "cli/output.h"
#include "report/viewer.h"
#include "web/query.h"
#include "web/server.h"

static int stop_pipe[2] = {-1, -1};

static void on_signal(int number)
{
    int saved = errno;
    if (write(stop_pipe[1], "", 1) != 1) {
        _exit(128 + number);
    }
    errno = saved;
}

static bool catch_signals(GError **error)
{
    if (pipe2(stop_pipe, O_CLOEXEC) != 0) {
        return cpa_error_set(error, CPA_ERROR_IO, "-http: pipe: %s", g_strerror(errno));
    }
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    /* A client that goes away is no reason to end. */
    signal(SIGPIPE, SIG_IGN);
    return true;
}

/* Where a browser begins: with the options in the address, so that a copied one says all. */
static char *page_address(const CpaWebServer *server, const CpaOptions *options)
{
    const char *token = cpa_web_server_token(server);
    bool changed = false;
    g_autofree char *query = cpa_web_options_url(options, NULL, &changed);
    g_autofree char *secret = token != NULL ? g_uri_escape_string(token, NULL, FALSE) : NULL;
    return g_strconcat(cpa_web_server_url(server), token != NULL || query[1] != '\0' ? "/ui/" : "",
                       token != NULL ? "?token=" : "", token != NULL ? secret : "",
                       token != NULL && query[1] != '\0' ? "&" : "",
                       token != NULL || query[1] == '\0' ? query + 1 : query, NULL);
}

static void open_browser(const char *address)
{
    g_autoptr(GError) error = NULL;
    const CpaViewer *browser = cpa_viewer_find("web");
    if (browser == NULL || !cpa_viewer_show(browser, address, CPA_VIEWER_AT_ONCE, &error)) {
        cpa_output_say(address);
    }
}

bool cpa_serve(CpaProfile *profile, const CpaOptions *options, GError **error)
{
    if (!catch_signals(error)) {
        return false;
    }
    g_autoptr(CpaWebServer) server = cpa_web_server_new(profile, options, error);
    if (server == NULL) {
        return false;
    }
    bool has_token = cpa_web_server_token(server) != NULL;
    g_autofree char *address = page_address(server, options);
    g_autofree char *message =
        g_strconcat("Serving web UI on ", has_token ? address : cpa_web_server_url(server), NULL);
    cpa_output_say(message);
    if (!cpa_web_server_is_local(server) && !has_token) {
        cpa_output_warn("Whoever reaches this address can read the profile; "
                        "-http_token=auto asks for a token",
                        NULL);
    }
    if (!options->no_browser) {
        open_browser(address);
    }
    cpa_web_server_run(server, stop_pipe[0]);
    return true;
}
