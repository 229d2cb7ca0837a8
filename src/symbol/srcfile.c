/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading and splitting source files.
 *
 *     start[i] .. start[i + 1]   line i + 1 with its newline; start[n_lines] is the length
 *
 * Source: Go bufio.ScanLines; differs: lines longer than 64 KiB do not end the file
 */
#include "symbol/srcfile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/vec.h"

struct CpaSrcFile {
    char *text;
    size_t n_bytes;
    uint32_t *start; /* [n_lines + 1] */
    size_t n_lines;
};

/* Takes the text. */
static CpaSrcFile *split(char *text, size_t len)
{
    CpaSrcFile *file = g_new0(CpaSrcFile, 1);
    CPA_VEC(uint32_t) start = {0};
    cpa_vec_push(&start, 0);
    for (size_t at = 0; at < len;) {
        const char *newline = memchr(text + at, '\n', len - at);
        at = newline != NULL ? (size_t)(newline - text) + 1 : len;
        cpa_vec_push(&start, (uint32_t)at);
    }
    file->text = text;
    file->n_bytes = len;
    file->n_lines = start.len - 1;
    file->start = cpa_vec_steal(&start);
    return file;
}

CpaSrcFile *cpa_src_file_new(const char *text, size_t len)
{
    g_assert(len <= CPA_SRC_FILE_MAX_BYTES);
    return split(g_memdup2(text, MAX(len, 1)), len);
}

/* Go spells the same messages as the C library, but starts them in lower case. */
static bool fail(GError **error, const char *path, int code)
{
    g_autofree char *message = g_strdup(g_strerror(code));
    message[0] = g_ascii_tolower(message[0]);
    return cpa_error_set(error, CPA_ERROR_IO, "open %s: %s", path, message);
}

static bool read_bytes(int fd, const char *path, char **text, size_t *len, GError **error)
{
    struct stat st;
    if (fstat(fd, &st) != 0) {
        return fail(error, path, errno);
    }
    if (!S_ISREG(st.st_mode)) {
        return cpa_error_set(error, CPA_ERROR_IO, "open %s: not a regular file", path);
    }
    if (st.st_size > CPA_SRC_FILE_MAX_BYTES) {
        return cpa_error_set(error, CPA_ERROR_TOO_LARGE, "open %s: larger than %u MiB", path,
                             CPA_SRC_FILE_MAX_BYTES >> 20);
    }
    size_t size = (size_t)st.st_size;
    g_autofree char *bytes = g_try_malloc(size + 1);
    if (bytes == NULL) {
        return cpa_error_set(error, CPA_ERROR_TOO_LARGE, "open %s: no memory for %zu bytes", path,
                             size);
    }
    size_t got = 0;
    while (got < size) {
        ssize_t n = read(fd, bytes + got, size - got);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return fail(error, path, errno);
        }
        if (n == 0) {
            break;
        }
        got += (size_t)n;
    }
    *text = g_steal_pointer(&bytes);
    *len = got;
    return true;
}

CpaSrcFile *cpa_src_file_read(const char *path, GError **error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        fail(error, path, errno);
        return NULL;
    }
    char *text = NULL;
    size_t len = 0;
    bool ok = read_bytes(fd, path, &text, &len, error);
    close(fd);
    return ok ? split(text, len) : NULL;
}

void cpa_src_file_free(CpaSrcFile *file)
{
    if (file != NULL) {
        g_free(file->text);
        g_free(file->start);
        g_free(file);
    }
}

const char *cpa_src_file_line(const CpaSrcFile *file, int64_t line, size_t *len)
{
    if (line < 1 || (uint64_t)line > file->n_lines) {
        return NULL;
    }
    size_t first = file->start[line - 1];
    size_t last = file->start[line];
    if (last > first && file->text[last - 1] == '\n') {
        last--;
    }
    if (last > first && file->text[last - 1] == '\r') {
        last--;
    }
    *len = last - first;
    return file->text + first;
}

int64_t cpa_src_file_n_lines(const CpaSrcFile *file)
{
    return (int64_t)file->n_lines;
}
