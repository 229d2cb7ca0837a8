/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Byte source: a descriptor or memory, unpacked where the first two bytes are the gzip magic, into
 * one growing window.
 *
 *     buffer:  | consumed | window ........ | free |
 *              0        start              end   capacity
 *
 * The window grows with what was really read, never with what the input claims to hold.
 */
#include "input/source.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fence.h"
#include "base/text.h"
#include "input/gunzip.h"

#define READ_SIZE ((size_t)256 * 1024)
#define POLL_MS   100

struct CpaSource {
    char *name;
    int fd; /* -1: memory */
    const uint8_t *memory;
    size_t memory_left;
    CpaGunzip *gunzip; /* NULL: not packed */

    uint8_t *buffer;
    size_t capacity;
    size_t start;
    size_t end;
    uint64_t offset; /* of buffer[start] */
    uint64_t max_size;
    bool ended;
    gint closing; /* atomic: a thread that still reads must stop */
};

static bool is_gzip(const uint8_t *bytes, size_t n)
{
    return n >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b;
}

/* Reads up to n raw bytes. Returns the count, 0 at the end, -1 on error. */
static gssize read_raw(gpointer data, uint8_t *to, size_t n, GError **error)
{
    CpaSource *s = data;
    if (s->fd < 0) {
        n = MIN(n, s->memory_left);
        if (n > 0) {
            memcpy(to, s->memory, n);
            s->memory += n;
            s->memory_left -= n;
        }
        return (gssize)n;
    }
    struct pollfd wait = {.fd = s->fd, .events = POLLIN};
    for (;;) {
        /* A pipe may be silent for long; whoever frees the source must not wait for it. */
        int ready = poll(&wait, 1, POLL_MS);
        if (ready == 0 || (ready < 0 && errno == EINTR)) {
            if (g_atomic_int_get(&s->closing)) {
                return 0;
            }
            continue;
        }
        ssize_t got = read(s->fd, to, n);
        if (got >= 0) {
            return got;
        }
        if (errno != EINTR) {
            cpa_error_set(error, CPA_ERROR_IO, "%s: %s", s->name, g_strerror(errno));
            return -1;
        }
    }
}

static bool read_some(CpaSource *s, size_t room, GError **error)
{
    uint8_t *to = s->buffer + s->end;
    gssize got = s->gunzip != NULL ? cpa_gunzip_read(s->gunzip, to, room, error)
                                   : read_raw(s, to, room, error);
    if (got < 0) {
        return false;
    }
    s->end += (size_t)got;
    s->ended = got == 0;
    return true;
}

/* Makes room behind the window, moving it to the front or doubling the buffer. */
static void make_room(CpaSource *s, size_t n)
{
    if (s->start > 0 && (s->start == s->end || s->capacity - s->end < READ_SIZE)) {
        memmove(s->buffer, s->buffer + s->start, s->end - s->start);
        s->end -= s->start;
        s->start = 0;
    }
    /* One byte more than the room: cpa_source_all() puts a NUL there. */
    if (s->capacity - s->end < READ_SIZE + 1) {
        size_t want = MIN(n, s->capacity * 2) + READ_SIZE + 1;
        s->capacity = MAX(want, s->capacity + READ_SIZE + 1);
        s->buffer = g_realloc(s->buffer, s->capacity);
    }
}

/* Readers see the window, whatever else the buffer holds. */
static void fence(CpaSource *s)
{
    cpa_fence(s->buffer, s->start);
    cpa_fence(s->buffer + s->end, s->capacity - s->end);
}

bool cpa_source_need(CpaSource *s, size_t n, GError **error)
{
    while (s->end - s->start < n && !s->ended) {
        cpa_unfence(s->buffer, s->capacity);
        make_room(s, n);
        size_t room = s->capacity - s->end - 1;
        if (!read_some(s, room, error)) {
            return false;
        }
        fence(s);
        if (s->offset + (s->end - s->start) > s->max_size) {
            return cpa_error_set(error, CPA_ERROR_TOO_LARGE,
                                 "%s: holds more than %" G_GUINT64_FORMAT
                                 " bytes%s; raise the limit with -max_size if that is meant to be",
                                 s->name, s->max_size, s->gunzip != NULL ? " unpacked" : "");
        }
    }
    return true;
}

const uint8_t *cpa_source_data(const CpaSource *s, size_t *size)
{
    *size = s->end - s->start;
    return s->buffer + s->start;
}

void cpa_source_skip(CpaSource *s, size_t n)
{
    g_assert(n <= s->end - s->start);
    cpa_fence(s->buffer + s->start, n);
    s->start += n;
    s->offset += n;
}

uint64_t cpa_source_offset(const CpaSource *s)
{
    return s->offset;
}

const char *cpa_source_all(CpaSource *s, size_t *size, GError **error)
{
    if (!cpa_source_need(s, SIZE_MAX, error)) {
        return NULL;
    }
    *size = s->end - s->start;
    cpa_unfence(s->buffer + s->end, 1);
    s->buffer[s->end] = '\0';
    return (const char *)s->buffer + s->start;
}

const char *cpa_source_get_name(const CpaSource *s)
{
    return s->name;
}

uint64_t cpa_source_max_size(const CpaSource *s)
{
    return s->max_size;
}

bool cpa_source_was_packed(const CpaSource *s)
{
    return s->gunzip != NULL;
}

/* Looks at the first bytes and turns on inflate for gzip. */
static bool begin(CpaSource *s, GError **error)
{
    /* A little plain memory is taken at once; the buffer need not grow. */
    bool is_little = s->fd < 0 && s->memory_left <= MIN(READ_SIZE, s->max_size) &&
                     !is_gzip(s->memory, s->memory_left);
    size_t room = is_little ? s->memory_left : READ_SIZE;
    s->capacity = room + 1;
    s->buffer = g_malloc(s->capacity);
    while (s->end < 2 && !s->ended) {
        if (!read_some(s, room - s->end, error)) {
            return false;
        }
    }
    s->ended = s->ended || is_little;
    if (is_gzip(s->buffer, s->end)) {
        s->gunzip = cpa_gunzip_new(s->name, s->buffer, s->end, read_raw, s);
        s->end = 0;
        s->ended = false;
    }
    fence(s);
    return true;
}

static CpaSource *new_source(const char *name, int fd, uint64_t max_size)
{
    CpaSource *s = g_new0(CpaSource, 1);
    s->name = g_strdup(name);
    s->fd = fd;
    s->max_size = max_size == 0 ? CPA_DEFAULT_MAX_SIZE : max_size;
    return s;
}

CpaSource *cpa_source_open(const char *path, uint64_t max_size, GError **error)
{
    bool is_stdin = strcmp(path, "-") == 0;
    int fd = is_stdin ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    int failed = errno;
    g_autofree char *shown =
        is_stdin ? g_strdup("standard input") : cpa_text_shorten(path, strlen(path), 4096);
    if (fd < 0) {
        const char *hint = failed == ENOENT ? "; check the name" : "";
        cpa_error_set(error, CPA_ERROR_IO, "%s: %s%s", shown, g_strerror(failed), hint);
        return NULL;
    }
    struct stat info;
    if (fstat(fd, &info) == 0 && S_ISDIR(info.st_mode)) {
        close(fd);
        cpa_error_set(error, CPA_ERROR_IO, "%s: this is a directory; name a profile file in it",
                      shown);
        return NULL;
    }
    CpaSource *s = new_source(shown, fd, max_size);
    if (!begin(s, error)) {
        cpa_source_free(s);
        return NULL;
    }
    return s;
}

CpaSource *cpa_source_new_memory(const char *name, const void *bytes, size_t n, uint64_t max_size,
                                 GError **error)
{
    CpaSource *s = new_source(name, -1, max_size);
    s->memory = bytes;
    s->memory_left = n;
    if (!begin(s, error)) {
        cpa_source_free(s);
        return NULL;
    }
    return s;
}

void cpa_source_free(CpaSource *s)
{
    if (s == NULL) {
        return;
    }
    g_atomic_int_set(&s->closing, 1);
    cpa_gunzip_free(s->gunzip);
    if (s->fd >= 0) {
        close(s->fd);
    }
    g_free(s->buffer);
    g_free(s->name);
    g_free(s);
}
