/* SPDX-License-Identifier: Apache-2.0 */
/* The program with a pseudo-terminal as its standard output: colour where it may be, nowhere else. */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define BAR "\xe2\x96\x88"

/* Runs cpa with the words, NAME=VALUE among them being its environment; what it prints. */
static char *run(bool on_terminal, const char *line)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    int pipe_ends[2];
    char bytes[4096];
    ssize_t n = 0;
    GString *text = g_string_new(NULL);
    g_assert_true(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
    g_assert_cmpint(pipe(pipe_ends), ==, 0);
    g_autofree char *name = g_strdup(ptsname(master));
    g_auto(GStrv) words = g_strsplit(line, " ", -1);
    pid_t child = fork();
    g_assert_true(child >= 0);
    if (child == 0) {
        int out = on_terminal ? open(name, O_RDWR | O_NOCTTY) : pipe_ends[1];
        char **arguments = words;
        for (; strchr(arguments[0], '=') != NULL; arguments++) {
            putenv(arguments[0]);
        }
        dup2(out, STDOUT_FILENO);
        close(pipe_ends[0]);
        close(pipe_ends[1]);
        close(master);
        execv(g_getenv("CPA"), arguments);
        _exit(127);
    }
    close(pipe_ends[1]);
    int in = on_terminal ? master : pipe_ends[0];
    /* The other end of a terminal that was closed is EIO. */
    while ((n = read(in, bytes, sizeof bytes)) > 0 || (n < 0 && errno == EINTR)) {
        g_string_append_len(text, bytes, MAX(n, 0));
    }
    int status = 0;
    waitpid(child, &status, 0);
    g_assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    close(pipe_ends[0]);
    close(master);
    return g_string_free(text, FALSE);
}

static bool has_color(const char *text)
{
    return strstr(text, "\033[") != NULL;
}

static char *command(const char *environment, const char *report)
{
    const char *data = g_getenv("TESTDATA");
    return g_strdup_printf("%scpa %s %s/go-cpu.pb.gz", environment, report, data);
}

static void test_when(void)
{
    static const struct {
        const char *environment;
        const char *report;
        bool on_terminal;
        bool color;
    } cases[] = {
        {"TERM=xterm NO_COLOR= ", "top", true, true},
        {"TERM=xterm NO_COLOR= ", "tags", true, true},
        {"TERM=xterm NO_COLOR= ", "tree", true, false},
        {"TERM=xterm NO_COLOR= ", "top", false, false},
        {"TERM=dumb NO_COLOR= ", "top", true, false},
        {"TERM=xterm NO_COLOR=1 ", "top", true, false},
        {"TERM=xterm NO_COLOR=1 ", "top -color=always", true, true},
        {"TERM=xterm NO_COLOR= ", "top -color=never", true, false},
        {"TERM=xterm NO_COLOR= ", "top -color=always", false, true},
        {"TERM=xterm NO_COLOR= ", "top -json", true, false},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *line = command(cases[i].environment, cases[i].report);
        g_autofree char *text = run(cases[i].on_terminal, line);
        if (has_color(text) != cases[i].color) {
            g_test_message("%s: %s", line, text);
            g_test_fail();
        }
    }
}

/* Without its escape sequences and bars, the text is what a pipe gets. */
static void test_same_text(void)
{
    g_autofree char *plain_line = command("LC_ALL=C.UTF-8 ", "top");
    g_autofree char *styled_line = command("LC_ALL=C.UTF-8 TERM=xterm NO_COLOR= ", "top");
    g_autofree char *ascii_line = command("LC_ALL=C TERM=xterm NO_COLOR= ", "top -color=always");
    g_autofree char *plain = run(false, plain_line);
    g_autofree char *styled = run(true, styled_line);
    g_autofree char *ascii = run(false, ascii_line);
    g_assert_nonnull(strstr(styled, BAR));
    g_assert_null(strstr(ascii, BAR));
    g_assert_nonnull(strstr(ascii, "##########\033[0m "));
    g_autoptr(GRegex) bars =
        g_regex_new("\\033\\[[0-9;]*m[^\\033]{10}\\033\\[0m (?=[a-zA-Z(])", 0, 0, NULL);
    g_autoptr(GRegex) sequences = g_regex_new("\\033\\[[0-9;]*m|\\r", 0, 0, NULL);
    g_autofree char *without_bars = g_regex_replace(bars, styled, -1, 0, "", 0, NULL);
    g_autofree char *without = g_regex_replace(sequences, without_bars, -1, 0, "", 0, NULL);
    g_auto(GStrv) lines = g_strsplit(plain, "\n", -1);
    for (size_t i = 0; lines[i] != NULL; i++) {
        /* Rows that are neither warm nor faint have bars without sequences around them. */
        bool is_row = g_str_has_suffix(lines[i], "runtime.mapaccess1_faststr") || i < 9;
        g_assert_true(!is_row || strstr(without, lines[i]) != NULL);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/terminal/when", test_when);
    g_test_add_func("/terminal/same-text", test_same_text);
    return g_test_run();
}
