/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process of a report sends its error through a pipe: a byte for the code, then the message.
 * Its length is bounded by what a pipe holds, so nobody waits for anybody.
 */
#include "cli/runner.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/output.h"
#include "report/run.h"

#define MESSAGE_MAX ((size_t)3000)

struct CpaRunner {
    CpaProfile *profile;
    bool is_terminal;
    GPtrArray *shown; /* of CpaOutput*: files that viewers have open */
};

CpaRunner *cpa_runner_new(CpaProfile *profile, bool is_terminal)
{
    CpaRunner *r = g_new0(CpaRunner, 1);
    r->profile = profile;
    r->is_terminal = is_terminal;
    r->shown = g_ptr_array_new_with_free_func((GDestroyNotify)cpa_output_free);
    return r;
}

void cpa_runner_free(CpaRunner *r)
{
    if (r != NULL) {
        g_ptr_array_unref(r->shown);
        g_free(r);
    }
}

static bool system_error(GError **error, const char *what)
{
    return cpa_error_set(error, CPA_ERROR_IO, "%s: %s", what, g_strerror(errno));
}

static bool is_shown(const CpaShellCommand *command)
{
    return command->viewer != NULL && command->options->output[0] == '\0' && command->pipe == NULL;
}

static const char *away_suffix(const CpaShellCommand *command)
{
    bool stays = command->pipe != NULL || command->options->output[0] != '\0';
    return stays ? NULL : cpa_report_away_suffix(command->row, command->options);
}

/* The user's pager, if one is to be used. */
static const char *pager(const CpaRunner *r, const CpaShellCommand *command)
{
    const char *name = g_getenv("PAGER");
    if (!r->is_terminal || is_shown(command) || command->options->output[0] != '\0' ||
        away_suffix(command) != NULL) {
        return NULL;
    }
    if (name == NULL) {
        g_autofree char *found = g_find_program_in_path("less");
        return found != NULL ? "less" : NULL;
    }
    return name[0] == '\0' || strcmp(name, "cat") == 0 ? NULL : name;
}

/* less, told to show colours. */
static bool is_colorful_pager(void)
{
    const char *name = g_getenv("PAGER");
    const char *flags = g_getenv("LESS");
    g_autofree char *base = name != NULL ? cpa_path_base(name) : g_strdup("less");
    return strcmp(base, "less") == 0 && (flags == NULL || strchr(flags, 'R') != NULL);
}

/* --- The process of the report ----------------------------------------------------------------- */

static CpaOutput *open_output(const CpaShellCommand *command, GError **error)
{
    const char *suffix = away_suffix(command);
    return suffix != NULL ? cpa_output_open_away(suffix, error)
                          : cpa_output_open(NULL, command->options->output, error);
}

static bool make_report(const CpaRunner *r, const CpaShellCommand *command, CpaOutput *shown,
                        GError **error)
{
    g_autoptr(CpaOutput) own = shown == NULL ? open_output(command, error) : NULL;
    CpaOutput *output = shown != NULL ? shown : own;
    if (output != NULL) {
        cpa_output_decide_color(output, command->options);
    }
    return output != NULL &&
           cpa_run(r->profile, command->row, command->argument, command->options,
                   cpa_output_sink(output), cpa_output_warn, NULL, error) &&
           cpa_output_finish(output, error);
}

static void send_error(int fd, const GError *error)
{
    g_autofree char *text = cpa_text_shorten(error->message, strlen(error->message), MESSAGE_MAX);
    g_autofree char *message = g_strdup_printf("%c%s", 'A' + error->code, text);
    ssize_t n = write(fd, message, strlen(message));
    (void)n; /* the exit status says as much */
}

static void run_report(const CpaRunner *r, const CpaShellCommand *command, CpaOutput *shown,
                       const int text[2], int to_shell)
{
    g_autoptr(GError) error = NULL;
    signal(SIGINT, SIG_DFL);
    if (text[1] >= 0) {
        if (command->pipe == NULL && strcmp(command->options->color, "auto") == 0 &&
            is_colorful_pager() && cpa_output_shows_color(STDOUT_FILENO)) {
            cpa_options_set(command->options, cpa_options_find("color"), "always", NULL);
        }
        dup2(text[1], STDOUT_FILENO);
        close(text[1]);
        /* Whoever keeps the other end open never hears that nobody reads. */
        close(text[0]);
    }
    bool ok = make_report(r, command, shown, &error);
    if (!ok) {
        send_error(to_shell, error);
    }
    fflush(stderr);
    /* Nothing of the shell's is cleaned up here: its terminal and its files are still in use. */
    _exit(ok ? EXIT_SUCCESS : EXIT_FAILURE);
}

/* --- The shell ----------------------------------------------------------------------------------- */

static void run_filter(const char *program, int from_report)
{
    signal(SIGINT, SIG_DFL);
    if (from_report >= 0 && dup2(from_report, STDIN_FILENO) >= 0) {
        /* Quits at once where one screen is enough, leaves the text there, shows colours. */
        g_setenv("LESS", "FRX", FALSE);
        execl("/bin/sh", "sh", "-c", program, (char *)NULL);
    }
    fprintf(stderr, "/bin/sh: %s\n", g_strerror(errno));
    _exit(127);
}

static int wait_for(pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

/* What the report said when it failed; NULL: nothing. */
static GError *receive_error(int fd)
{
    char bytes[2 * MESSAGE_MAX];
    size_t n = 0;
    ssize_t got = 0;
    while (n < sizeof bytes - 1 &&
           ((got = read(fd, bytes + n, sizeof bytes - 1 - n)) > 0 || (got < 0 && errno == EINTR))) {
        n += got > 0 ? (size_t)got : 0;
    }
    bytes[n] = '\0';
    return n > 1 ? g_error_new_literal(CPA_ERROR, bytes[0] - 'A', bytes + 1) : NULL;
}

static bool check_status(int status, GError *failure, GError **error)
{
    if (failure != NULL) {
        g_propagate_error(error, failure);
        return false;
    }
    int number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    if (number == SIGINT) {
        fputs("\n", stderr);
    }
    if (number == 0 || number == SIGINT || number == SIGPIPE) {
        return number != 0 || WEXITSTATUS(status) == EXIT_SUCCESS ||
               cpa_error_set(error, CPA_ERROR_IO, "the report ended without a word");
    }
    return cpa_error_set(error, CPA_ERROR_IO, "the report was ended by a signal: %s%s",
                         strsignal(number), number == SIGKILL ? "; is there enough memory?" : "");
}

/* Starts the report, and what reads it, and waits for them. */
static bool run_processes(const CpaRunner *r, const CpaShellCommand *command, CpaOutput *shown,
                          GError **error)
{
    const char *filter = command->pipe != NULL ? command->pipe : pager(r, command);
    int text[2] = {-1, -1};
    int words[2] = {-1, -1};
    pid_t filter_pid = -1;
    if (pipe2(words, O_CLOEXEC) != 0 || (filter != NULL && pipe2(text, O_CLOEXEC) != 0)) {
        return system_error(error, "pipe");
    }
    fflush(NULL);
    if (filter != NULL && (filter_pid = fork()) == 0) {
        run_filter(filter, text[0]);
    }
    pid_t pid = filter != NULL && filter_pid < 0 ? -1 : fork();
    if (pid == 0) {
        run_report(r, command, shown, text, words[1]);
    }
    int failed = errno;
    close(words[1]);
    if (filter != NULL) {
        close(text[0]);
        close(text[1]);
    }
    GError *failure = pid > 0 ? receive_error(words[0]) : NULL;
    int status = pid > 0 ? wait_for(pid) : 0;
    close(words[0]);
    if (filter_pid > 0) {
        wait_for(filter_pid);
    }
    if (pid < 0) {
        errno = failed;
        return system_error(error, "fork");
    }
    return check_status(status, failure, error);
}

bool cpa_runner_run(CpaRunner *r, const CpaShellCommand *command, GError **error)
{
    if (!is_shown(command)) {
        return run_processes(r, command, NULL, error);
    }
    bool is_picture = command->row->draw != NULL || command->viewer->report != NULL;
    g_autoptr(CpaOutput) output =
        cpa_output_open_shown(is_picture ? command->viewer->suffix : command->row->suffix, error);
    if (output == NULL || !run_processes(r, command, output, error) ||
        !cpa_viewer_show(command->viewer, cpa_output_path(output), CPA_VIEWER_UNTIL_OPENED,
                         error)) {
        return false;
    }
    g_ptr_array_add(r->shown, g_steal_pointer(&output));
    return true;
}
