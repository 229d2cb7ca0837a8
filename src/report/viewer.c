/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of viewers, temporary files for them, and their processes.
 */
#include "report/viewer.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

/* As many names as pprof tries. */
#define MAX_FILE_NUMBER 9999
#define OPENING_US      G_USEC_PER_SEC

static const CpaViewer viewers[] = {
#define VIEWER(...) {__VA_ARGS__},
#include "report/viewers.def"
#undef VIEWER
};

const CpaViewer *cpa_viewer_table(size_t *n)
{
    *n = G_N_ELEMENTS(viewers);
    return viewers;
}

const CpaViewer *cpa_viewer_find(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(viewers); i++) {
        if (strcmp(viewers[i].name, name) == 0) {
            return &viewers[i];
        }
    }
    return NULL;
}

bool cpa_viewer_takes(const CpaViewer *viewer, const char *suffix)
{
    for (const char *s = viewer->suffix; s[0] != '\0'; s += strlen(s) + 1) {
        if (strcmp(s, suffix) == 0) {
            return true;
        }
    }
    return false;
}

int cpa_viewer_file(const char *suffix, char **path, GError **error)
{
    const char *dir = g_get_tmp_dir();
    for (int i = 1; i <= MAX_FILE_NUMBER; i++) {
        g_autofree char *name = g_strdup_printf("pprof%03d.%s", i, suffix);
        g_autofree char *full = g_build_filename(dir, name, NULL);
        int fd = open(full, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd >= 0) {
            *path = g_steal_pointer(&full);
            return fd;
        }
        if (errno != EEXIST) {
            cpa_error_set(error, CPA_ERROR_IO, "%s: %s", full, g_strerror(errno));
            return -1;
        }
    }
    cpa_error_set(error, CPA_ERROR_IO, "%s: no name from pprof001.%s on is free; remove old ones",
                  dir, suffix);
    return -1;
}

/* --- Programs ---------------------------------------------------------------------------------- */

static GPtrArray *browsers(void)
{
    static const char *const names[] = {
#ifdef __APPLE__
        "/usr/bin/open",
#else
        /* Browsers come first: they run the script of a picture, what xdg-open finds may not. */
        "chrome", "google-chrome", "chromium", "firefox", "sensible-browser",
#endif
    };
    GPtrArray *programs = g_ptr_array_new_with_free_func(g_free);
    const char *own = g_getenv("BROWSER");
    if (own != NULL && own[0] != '\0') {
        g_ptr_array_add(programs, g_strdup(own));
    }
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_ptr_array_add(programs, g_strdup(names[i]));
    }
#ifndef __APPLE__
    const char *display = g_getenv("DISPLAY");
    if (display != NULL && display[0] != '\0') {
        g_ptr_array_add(programs, g_strdup("xdg-open"));
    }
#endif
    return programs;
}

static GPtrArray *programs_of(const CpaViewer *viewer)
{
    if (viewer->programs == NULL) {
        return browsers();
    }
    GPtrArray *programs = g_ptr_array_new_with_free_func(g_free);
    for (const char *p = viewer->programs; p[0] != '\0'; p += strlen(p) + 1) {
        g_ptr_array_add(programs, g_strdup(p));
    }
    return programs;
}

/* "chromium --new-window" and the file; without a word it is no program. */
static GPtrArray *words_of(const char *program, const char *what)
{
    GPtrArray *words = g_ptr_array_new_with_free_func(g_free);
    g_auto(GStrv) parts = g_strsplit(program, " ", -1);
    for (size_t i = 0; parts[i] != NULL; i++) {
        if (parts[i][0] != '\0') {
            g_ptr_array_add(words, g_strdup(parts[i]));
        }
    }
    if (words->len > 0) {
        g_ptr_array_add(words, g_strdup(what));
    }
    g_ptr_array_add(words, NULL);
    return words;
}

/*
 * Ctrl-C reaches the viewer, too: it ends, and we go on to remove the file. GLib reaps a child
 * that nobody waits for.
 */
static bool wait_for(const char *program, GPid pid, GError **error)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    struct sigaction old_int;
    struct sigaction old_quit;
    int status = 0;
    pid_t done = 0;
    sigaction(SIGINT, &ignore, &old_int);
    sigaction(SIGQUIT, &ignore, &old_quit);
    do {
        done = waitpid(pid, &status, 0);
    } while (done < 0 && errno == EINTR);
    sigaction(SIGINT, &old_int, NULL);
    sigaction(SIGQUIT, &old_quit, NULL);
    g_spawn_close_pid(pid);
    if (done < 0) {
        return cpa_error_set(error, CPA_ERROR_IO, "%s: %s", program, g_strerror(errno));
    }
    if (WIFSIGNALED(status)) {
        return cpa_error_set(error, CPA_ERROR_IO, "%s: ended by signal %d", program,
                             WTERMSIG(status));
    }
    if (WEXITSTATUS(status) != 0) {
        return cpa_error_set(error, CPA_ERROR_IO, "%s: exit status %d", program,
                             WEXITSTATUS(status));
    }
    return true;
}

static bool none_started(const CpaViewer *viewer, const GPtrArray *programs, GError **error)
{
    g_autoptr(GString) names = g_string_new(NULL);
    for (guint i = 0; i < programs->len; i++) {
        const char *program = programs->pdata[i];
        g_string_append_printf(names, "%s%.*s", i > 0 ? ", " : "", (int)strcspn(program, " "),
                               program);
    }
    return cpa_error_set(error, CPA_ERROR_UNSUPPORTED,
                         "%s: cannot start %s; install %s%s, or write a file with -o", viewer->name,
                         names->str, programs->len > 1 ? "one of them" : "it",
                         viewer->programs == NULL ? ", set $BROWSER" : "");
}

/* In the child. Ctrl-C ends what serves a page; a browser that was started for it stays open. */
static void leave_terminal(gpointer unused)
{
    (void)unused;
    setsid();
}

bool cpa_viewer_show(const CpaViewer *viewer, const char *what, CpaViewerWait wait, GError **error)
{
    g_autoptr(GPtrArray) programs = programs_of(viewer);
    GSpawnFlags flags = G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL;
    if (wait == CPA_VIEWER_UNTIL_CLOSED) {
        flags |= G_SPAWN_DO_NOT_REAP_CHILD;
    }
    GSpawnChildSetupFunc setup = wait == CPA_VIEWER_AT_ONCE ? leave_terminal : NULL;
    for (guint i = 0; i < programs->len; i++) {
        g_autoptr(GPtrArray) words = words_of(programs->pdata[i], what);
        const char *program = words->pdata[0];
        GPid pid = 0;
        if (program == NULL ||
            !g_spawn_async(NULL, (char **)words->pdata, NULL, flags, setup, NULL, &pid, NULL)) {
            continue;
        }
        gint64 opened = g_get_monotonic_time() + OPENING_US;
        bool ok = wait != CPA_VIEWER_UNTIL_CLOSED || wait_for(program, pid, error);
        gint64 rest = opened - g_get_monotonic_time();
        if (wait != CPA_VIEWER_AT_ONCE && rest > 0) {
            g_usleep((gulong)rest);
        }
        return ok;
    }
    return none_started(viewer, programs, error);
}
