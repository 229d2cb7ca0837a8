/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each snapshot is made by a process of its own, which sends the text, or '!' and what went wrong,
 * through a pipe: a key is obeyed at once while a server still collects, and what a damaged profile
 * may do ends there.
 */
#include "cli/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/text.h"
#include "report/run.h"

#define MAX_TEXT     ((size_t)1 << 20)
#define HEADER_LINES 10 /* left for what stands above the table, and for our own line */
#define FEWEST       5
#define LONGEST_S    86400.0
#define FAILED       '!'
#define ENTER        "\033[?1049h\033[?25l"
#define LEAVE        "\033[?25h\033[?1049l"
#define HOME         "\033[H"
#define ERASE_LINE   "\033[K"
#define ERASE_BELOW  "\033[J"
#define RED          "\033[31m"
#define REVERSE      "\033[7m"
#define PLAIN        "\033[0m"

static volatile sig_atomic_t resized;
static volatile sig_atomic_t ended;

typedef struct {
    CpaCommand *command;
    int64_t interval_us;
    struct termios before;
    pid_t pid;      /* of the snapshot that is being made, or 0 */
    int from_child; /* its pipe */
    GString *coming;
    GString *text; /* the last one that worked */
    char *problem; /* of the last one, or NULL */
    char *time;    /* of the last one that worked */
} Watch;

static void on_signal(int number)
{
    if (number == SIGWINCH) {
        resized = 1;
    } else {
        ended = number;
    }
}

/* 10, 10s, 500ms, 2m. */
static bool parse_interval(const char *text, int64_t *us, GError **error)
{
    static const struct {
        const char *unit;
        double seconds;
    } units[] = {{"", 1}, {"s", 1}, {"ms", 0.001}, {"m", 60}, {"min", 60}};
    char *end = NULL;
    double number = g_ascii_isdigit(text[0]) ? g_ascii_strtod(text, &end) : 0;
    for (size_t i = 0; end != NULL && i < G_N_ELEMENTS(units); i++) {
        double seconds = number * units[i].seconds;
        if (strcmp(end, units[i].unit) == 0 && seconds >= 0.1 && seconds <= LONGEST_S) {
            *us = (int64_t)(seconds * G_USEC_PER_SEC);
            return true;
        }
    }
    return cpa_error_set(
        error, CPA_ERROR_USAGE,
        "invalid value \"%s\" for -interval: it must be a time such as 10s or 500ms", text);
}

static void screen_size(int *rows, int *columns)
{
    struct winsize size = {0};
    bool ok = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
    *rows = ok && size.ws_row > 0 ? size.ws_row : 24;
    *columns = ok && size.ws_col > 0 ? size.ws_col : 80;
}

/* --- The process of a snapshot ------------------------------------------------------------------ */

static void keep_warning(const char *message, gpointer data)
{
    char **last = data;
    g_free(*last);
    *last = g_strdup(message);
}

static bool make_text(const CpaCommand *command, CpaSink *sink, char **warning, GError **error)
{
    const CpaUi ui = {.warn = keep_warning, .data = warning};
    g_autoptr(CpaProfile) profile =
        cpa_load((const char *const *)command->sources->pdata, command->sources->len,
                 command->binary, command->options, &ui, error);
    return profile != NULL && cpa_run(profile, command->row, command->argument, command->options,
                                      sink, NULL, NULL, error);
}

static void run_child(const CpaCommand *command, int to_parent)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *warning = NULL;
    g_autoptr(CpaSink) sink = cpa_sink_new_fd(to_parent);
    int nowhere = open("/dev/null", O_RDWR);
    if (nowhere >= 0) {
        dup2(nowhere, STDERR_FILENO);
    }
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGHUP, SIG_DFL);
    if (!make_text(command, sink, &warning, &error)) {
        g_autoptr(CpaSink) failure = cpa_sink_new_fd(to_parent);
        cpa_sink_printf(failure, "%c%s%s%s", FAILED, error->message, warning != NULL ? ": " : "",
                        warning != NULL ? warning : "");
        cpa_sink_finish(failure, NULL);
        _exit(1);
    }
    _exit(cpa_sink_finish(sink, NULL) ? 0 : 1);
}

/* --- The watcher ----------------------------------------------------------------------------------- */

static bool start_child(Watch *w, GError **error)
{
    int ends[2];
    int rows = 0;
    int columns = 0;
    CpaOptions *o = w->command->options;
    int asked = o->nodecount;
    screen_size(&rows, &columns);
    o->nodecount = asked > 0 ? asked : MAX(rows - HEADER_LINES, FEWEST);
    bool ok = pipe2(ends, O_CLOEXEC) == 0;
    w->pid = ok ? fork() : -1;
    if (w->pid == 0) {
        run_child(w->command, ends[1]);
    }
    o->nodecount = asked;
    if (w->pid < 0) {
        w->pid = 0;
        return cpa_error_set(error, CPA_ERROR_IO, "watch: %s", g_strerror(errno));
    }
    close(ends[1]);
    w->from_child = ends[0];
    g_string_truncate(w->coming, 0);
    return true;
}

static void end_child(Watch *w, bool kills)
{
    if (w->pid > 0) {
        if (kills) {
            kill(w->pid, SIGKILL);
        }
        while (waitpid(w->pid, NULL, 0) < 0 && errno == EINTR) {
        }
        close(w->from_child);
        w->pid = 0;
    }
}

/* Takes what the process has sent. Returns whether it is all. */
static bool receive(Watch *w)
{
    char bytes[8192];
    ssize_t n = read(w->from_child, bytes, sizeof bytes);
    if (n > 0) {
        g_string_append_len(w->coming, bytes, n);
        return w->coming->len > MAX_TEXT;
    }
    return n == 0 || errno != EINTR;
}

static void take_text(Watch *w)
{
    g_clear_pointer(&w->problem, g_free);
    if (w->coming->len == 0) {
        w->problem = g_strdup("the snapshot ended without a word");
    } else if (w->coming->str[0] == FAILED) {
        w->problem = g_strdup(w->coming->str + 1);
    } else {
        g_autoptr(GDateTime) now = g_date_time_new_now_local();
        g_string_assign(w->text, w->coming->str);
        g_free(w->time);
        w->time = g_date_time_format(now, "%H:%M:%S");
    }
}

/* A line cut to the width of the screen, without anything that moves the cursor. */
static void put_line(GString *out, const char *line, size_t n, int columns, const char *before)
{
    g_autofree char *clean = cpa_text_shorten(line, n, MAX_TEXT);
    const char *end = clean;
    for (int i = 0; i < columns && *end != '\0'; i++) {
        end = g_utf8_next_char(end);
    }
    g_string_append_printf(out, "%s%.*s%s" ERASE_LINE, before, (int)(end - clean), clean,
                           before[0] != '\0' ? PLAIN : "");
}

static void paint(const Watch *w)
{
    int rows = 0;
    int columns = 0;
    screen_size(&rows, &columns);
    g_autoptr(GString) out = g_string_new(HOME);
    g_autofree char *title =
        g_strdup_printf("cpa watch %s, every %.3gs, last at %s; q ends, space looks now",
                        (const char *)w->command->sources->pdata[0],
                        (double)w->interval_us / G_USEC_PER_SEC, w->time != NULL ? w->time : "...");
    put_line(out, title, strlen(title), columns, REVERSE);
    int row = 1;
    if (w->problem != NULL && row < rows) {
        g_string_append(out, "\r\n");
        put_line(out, w->problem, strlen(w->problem), columns, RED);
        row++;
    }
    for (const char *line = w->text->str; *line != '\0' && row < rows; row++) {
        size_t n = strcspn(line, "\n");
        g_string_append(out, "\r\n");
        put_line(out, line, n, columns, "");
        line += n + (line[n] == '\n');
    }
    g_string_append(out, ERASE_BELOW);
    fputs(out->str, stdout);
    fflush(stdout);
}

/* Reads a key. Returns whether it ends the watching; *now: whether it asks for a look. */
static bool obey_key(bool *now)
{
    char key = '\0';
    ssize_t n = read(STDIN_FILENO, &key, 1);
    *now = n == 1 && (key == ' ' || key == 'r');
    return (n == 0) || (n < 0 && errno != EINTR) ||
           (n == 1 && (key == 'q' || key == 'Q' || key == '\004'));
}

/* Waits for the next thing to happen, at most until `until`. */
static void wait_for(const Watch *w, int64_t until, struct pollfd fds[2], const sigset_t *open)
{
    fds[0] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
    fds[1] = (struct pollfd){.fd = w->pid > 0 ? w->from_child : -1, .events = POLLIN};
    int64_t left_us = MAX(until - g_get_monotonic_time(), 0);
    struct timespec time = {.tv_sec = left_us / G_USEC_PER_SEC,
                            .tv_nsec = left_us % G_USEC_PER_SEC * 1000};
    if (ppoll(fds, 2, w->pid > 0 ? NULL : &time, open) < 0) {
        fds[0].revents = 0;
        fds[1].revents = 0;
    }
}

static bool run(Watch *w, const sigset_t *open, GError **error)
{
    int64_t next = g_get_monotonic_time();
    paint(w);
    while (ended == 0) {
        struct pollfd fds[2];
        bool now = false;
        if (w->pid == 0 && g_get_monotonic_time() >= next) {
            next = g_get_monotonic_time() + w->interval_us;
            if (!start_child(w, error)) {
                return false;
            }
        }
        wait_for(w, next, fds, open);
        if (fds[0].revents != 0 && obey_key(&now)) {
            break;
        }
        if (now) {
            next = g_get_monotonic_time();
        }
        if (fds[1].revents != 0 && receive(w)) {
            end_child(w, w->coming->len > MAX_TEXT);
            take_text(w);
            paint(w);
        }
        if (resized) {
            resized = 0;
            paint(w);
        }
    }
    end_child(w, true);
    return true;
}

/* The terminal without lines and echo, on a screen of its own; signals wait for ppoll(). */
static bool run_on_screen(Watch *w, GError **error)
{
    static const int numbers[] = {SIGWINCH, SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = on_signal};
    struct termios raw = w->before;
    sigset_t blocked;
    sigset_t open;
    sigemptyset(&action.sa_mask);
    sigemptyset(&blocked);
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
        sigaddset(&blocked, numbers[i]);
    }
    sigprocmask(SIG_BLOCK, &blocked, &open);
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
        sigaction(numbers[i], &action, NULL);
    }
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
    fputs(ENTER, stdout);
    bool ok = run(w, &open, error);
    fputs(LEAVE, stdout);
    fflush(stdout);
    tcsetattr(STDIN_FILENO, TCSADRAIN, &w->before);
    sigprocmask(SIG_SETMASK, &open, NULL);
    return ok;
}

bool cpa_watch(CpaCommand *command, GError **error)
{
    Watch w = {.command = command};
    if (!parse_interval(command->options->interval, &w.interval_us, error)) {
        return false;
    }
    if (!isatty(STDOUT_FILENO) || tcgetattr(STDIN_FILENO, &w.before) != 0) {
        return cpa_error_set(error, CPA_ERROR_USAGE,
                             "watch needs a terminal; cpa %s SOURCE prints the report once",
                             command->row->name);
    }
    if (cpa_report_away_suffix(command->row, command->options) != NULL) {
        return cpa_error_set(error, CPA_ERROR_USAGE, "%s is no text to watch", command->row->name);
    }
    cpa_options_set(command->options, cpa_options_find("color"), "never", NULL);
    w.coming = g_string_new(NULL);
    w.text = g_string_new(NULL);
    bool ok = run_on_screen(&w, error);
    g_string_free(w.coming, TRUE);
    g_string_free(w.text, TRUE);
    g_free(w.problem);
    g_free(w.time);
    if (ok && ended != 0) {
        signal(ended, SIG_DFL);
        raise(ended);
    }
    return ok;
}
