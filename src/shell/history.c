/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plain text, a line per line. A history that cannot be read or written is no reason to bother
 * anybody: the shell works without.
 */
#include "shell/history.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_LINES ((size_t)1000)
#define MAX_BYTES ((goffset)4 << 20) /* of a file that is read at all */

char *cpa_history_path(void)
{
    const char *state = g_getenv("XDG_STATE_HOME");
    const char *home = g_getenv("HOME");
    if (state != NULL && g_path_is_absolute(state)) {
        return g_build_filename(state, "cpa", "history", NULL);
    }
    return home != NULL && home[0] != '\0'
               ? g_build_filename(home, ".local", "state", "cpa", "history", NULL)
               : NULL;
}

/* Puts `lines` in place of the file, all or nothing. */
static void rewrite(const char *path, char *const *lines)
{
    g_autofree char *joined = g_strjoinv("\n", (char **)lines);
    g_autofree char *text = g_strconcat(joined, "\n", NULL);
    g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL);
}

char **cpa_history_load(const char *path)
{
    g_autofree char *text = NULL;
    struct stat st = {0};
    if (path == NULL || stat(path, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > MAX_BYTES ||
        !g_file_get_contents(path, &text, NULL, NULL)) {
        return g_new0(char *, 1);
    }
    char **lines = g_strsplit(g_strchomp(text), "\n", -1);
    size_t n = g_strv_length(lines);
    if (n > 2 * MAX_LINES) {
        size_t n_old = n - MAX_LINES;
        for (size_t i = 0; i < n_old; i++) {
            g_free(lines[i]);
        }
        memmove(lines, lines + n_old, (MAX_LINES + 1) * sizeof *lines);
        rewrite(path, lines);
    }
    return lines;
}

void cpa_history_add(const char *path, const char *line)
{
    if (path == NULL || line[0] == '\0' || g_ascii_isspace(line[0])) {
        return;
    }
    g_autofree char *dir = g_path_get_dirname(path);
    g_autofree char *text = g_strconcat(line, "\n", NULL);
    size_t n = strlen(text);
    if (g_mkdir_with_parents(dir, 0700) != 0) {
        return;
    }
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
    if (fd >= 0) {
        /* One write, so that lines of two shells do not mix; part of one is better than none. */
        ssize_t written = write(fd, text, n);
        (void)written;
        close(fd);
    }
}
