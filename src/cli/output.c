/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A report is streamed into its destination, so that a long one needs no memory; what was
 * written last decides the length of a file.
 */
#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "report/viewer.h"

#define MESSAGE_MAX ((size_t)4096)
#define RED         "\033[0;31m"
#define PLAIN       "\033[0m"

/* As many names as pprof tries. */
#define MAX_FILE_NUMBER 9999

struct CpaOutput {
    CpaSink *sink;
    char *path; /* NULL: standard output */
    int fd;
    bool created;
    bool shown; /* temporary */
    bool finished;
};

static void put_line(const char *message, const char *before, const char *after)
{
    g_autofree char *text = cpa_text_shorten(message, strlen(message), MESSAGE_MAX);
    fprintf(stderr, "%s%s%s\n", before, text, after);
}

void cpa_output_say(const char *message)
{
    put_line(message, "", "");
}

void cpa_output_note(const char *message, gpointer unused)
{
    (void)unused;
    cpa_output_say(message);
}

void cpa_output_warn(const char *message, gpointer unused)
{
    (void)unused;
    bool color = isatty(STDERR_FILENO) != 0;
    put_line(message, color ? RED : "", color ? PLAIN : "");
}

static bool io_error(GError **error, const char *what, int error_number)
{
    return cpa_error_set(error, CPA_ERROR_IO, "%s: %s", what, g_strerror(error_number));
}

/* Opens `path` for writing; a file that exists keeps its bytes for now. */
static bool open_path(CpaOutput *output, const char *path, GError **error)
{
    output->path = g_strdup(path);
    output->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    output->created = output->fd >= 0;
    if (output->fd < 0 && errno == EEXIST) {
        output->fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    }
    return output->fd >= 0 || io_error(error, path, errno);
}

/* The first free name of profile001.suffix, profile002.suffix, ... here. */
static bool open_numbered(CpaOutput *output, const char *suffix, GError **error)
{
    for (int i = 1; i <= MAX_FILE_NUMBER; i++) {
        g_autofree char *path = g_strdup_printf("profile%03d.%s", i, suffix);
        output->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (output->fd >= 0) {
            output->path = g_steal_pointer(&path);
            output->created = true;
            return true;
        }
        if (errno != EEXIST) {
            return io_error(error, path, errno);
        }
    }
    return cpa_error_set(error, CPA_ERROR_IO, "no name from profile001.%s on is free here; use -o",
                         suffix);
}

CpaOutput *cpa_output_open(const char *away_suffix, const char *path, GError **error)
{
    g_autoptr(CpaOutput) output = g_new0(CpaOutput, 1);
    output->fd = STDOUT_FILENO;
    if (path[0] != '\0' && strcmp(path, "-") != 0) {
        if (!open_path(output, path, error)) {
            return NULL;
        }
    } else if (away_suffix != NULL && path[0] == '\0' && isatty(STDOUT_FILENO) != 0) {
        if (!open_numbered(output, away_suffix, error)) {
            return NULL;
        }
    }
    bool is_terminal = path[0] == '\0' && output->path == NULL && isatty(output->fd) != 0;
    output->sink = is_terminal ? cpa_sink_new_terminal(output->fd) : cpa_sink_new_fd(output->fd);
    return g_steal_pointer(&output);
}

CpaOutput *cpa_output_open_away(const char *suffix, GError **error)
{
    g_autoptr(CpaOutput) output = g_new0(CpaOutput, 1);
    if (!open_numbered(output, suffix, error)) {
        return NULL;
    }
    output->sink = cpa_sink_new_fd(output->fd);
    return g_steal_pointer(&output);
}

CpaOutput *cpa_output_open_shown(const char *suffix, GError **error)
{
    g_autoptr(CpaOutput) output = g_new0(CpaOutput, 1);
    output->fd = cpa_viewer_file(suffix, &output->path, error);
    if (output->fd < 0) {
        return NULL;
    }
    output->created = true;
    output->shown = true;
    output->sink = cpa_sink_new_fd(output->fd);
    return g_steal_pointer(&output);
}

const char *cpa_output_path(const CpaOutput *output)
{
    return output->path;
}

CpaSink *cpa_output_sink(CpaOutput *output)
{
    return output->sink;
}

/* Cuts what is left of an older, longer file. */
static int cut_rest(int fd)
{
    struct stat st = {0};
    if (fstat(fd, &st) != 0) {
        return errno;
    }
    off_t end = S_ISREG(st.st_mode) ? lseek(fd, 0, SEEK_CUR) : -1;
    return end >= 0 && ftruncate(fd, end) != 0 ? errno : 0;
}

bool cpa_output_shows_color(int fd)
{
    const char *no_color = g_getenv("NO_COLOR");
    const char *term = g_getenv("TERM");
    return isatty(fd) != 0 && (no_color == NULL || no_color[0] == '\0') &&
           (term == NULL || strcmp(term, "dumb") != 0);
}

void cpa_output_decide_color(const CpaOutput *output, CpaOptions *options)
{
    if (strcmp(options->color, "auto") == 0) {
        bool shows = cpa_output_shows_color(output->fd);
        cpa_options_set(options, cpa_options_find("color"), shows ? "always" : "never", NULL);
    }
}

bool cpa_output_finish(CpaOutput *output, GError **error)
{
    const char *name = output->path != NULL ? output->path : "standard output";
    output->finished = true;
    if (output->path != NULL && !output->shown) {
        g_autofree char *message = g_strdup_printf("Generating report in %s", output->path);
        cpa_output_warn(message, NULL);
    }
    bool ok = cpa_sink_finish(output->sink, error);
    if (!ok) {
        g_prefix_error(error, "%s: ", name);
    }
    int failed = output->path != NULL ? cut_rest(output->fd) : 0;
    /* Network file systems and quotas may report a failed write only now. */
    failed = close(output->fd) != 0 && failed == 0 ? errno : failed;
    output->fd = -1;
    if (ok && failed != 0) {
        ok = io_error(error, name, failed);
    }
    return ok;
}

void cpa_output_free(CpaOutput *output)
{
    if (output == NULL) {
        return;
    }
    if (output->path != NULL && output->fd >= 0) {
        close(output->fd);
    }
    if (output->created && (output->shown || !output->finished)) {
        unlink(output->path);
    }
    cpa_sink_free(output->sink);
    g_free(output->path);
    g_free(output);
}
