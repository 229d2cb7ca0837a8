/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sink is one growing buffer and, maybe, a file descriptor that it is emptied into.
 *
 *     bytes    [0 .. len) not written yet
 *     failed   errno of the first write that failed; what follows is dropped
 *
 * A report is shorter than FLUSH_AT in the common case, so it is written in one call, after it
 * is complete.
 */
#include "base/sink.h"

#include <errno.h>
#include <glib.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

#define FLUSH_AT     ((size_t)1 << 20)
#define MIN_CAPACITY ((size_t)4096)

struct CpaSink {
    char *bytes;
    size_t len;
    size_t capacity;
    int fd; /* -1: memory only */
    int failed;
    bool is_terminal;
};

CpaSink *cpa_sink_new_memory(void)
{
    return cpa_sink_new_fd(-1);
}

CpaSink *cpa_sink_new_fd(int fd)
{
    CpaSink *sink = g_new0(CpaSink, 1);
    sink->fd = fd;
    return sink;
}

CpaSink *cpa_sink_new_terminal(int fd)
{
    CpaSink *sink = cpa_sink_new_fd(fd);
    sink->is_terminal = true;
    return sink;
}

void cpa_sink_free(CpaSink *sink)
{
    if (sink != NULL) {
        g_free(sink->bytes);
        g_free(sink);
    }
}

/* Length of a colour, "\033[1;31m", that the text begins with; 0 for none. */
static size_t color_length(const char *text, size_t n)
{
    size_t i = 2;
    if (n < 3 || text[0] != '\033' || text[1] != '[') {
        return 0;
    }
    while (i < n && (g_ascii_isdigit(text[i]) || text[i] == ';')) {
        i++;
    }
    return i < n && text[i] == 'm' ? i + 1 : 0;
}

/* What a terminal would obey is shown as \xNN: lines, tabs and colours are all that stays. */
static char *disarm(const char *text, size_t n, size_t *n_disarmed)
{
    GString *out = g_string_sized_new(n + 64);
    for (size_t i = 0; i < n;) {
        unsigned char c = (unsigned char)text[i];
        size_t color = color_length(text + i, n - i);
        bool is_c1 = c == 0xc2 && i + 1 < n && ((unsigned char)text[i + 1] & 0xe0) == 0x80;
        if (color > 0) {
            g_string_append_len(out, text + i, (gssize)color);
        } else if (is_c1) {
            g_string_append_printf(out, "\\xc2\\x%02x", (unsigned char)text[i + 1]);
        } else if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f) {
            g_string_append_printf(out, "\\x%02x", c);
        } else {
            g_string_append_c(out, (char)c);
        }
        i += color > 0 ? color : is_c1 ? 2 : 1;
    }
    *n_disarmed = out->len;
    return g_string_free(out, FALSE);
}

static void flush(CpaSink *sink)
{
    size_t done = 0;
    size_t len = sink->len;
    g_autofree char *disarmed = sink->is_terminal ? disarm(sink->bytes, len, &len) : NULL;
    const char *bytes = disarmed != NULL ? disarmed : sink->bytes;
    while (done < len && sink->failed == 0) {
        ssize_t n = write(sink->fd, bytes + done, len - done);
        if (n >= 0) {
            done += (size_t)n;
        } else if (errno != EINTR) {
            sink->failed = errno;
        }
    }
    sink->len = 0;
}

/* Makes room for `n` more bytes. */
static char *reserve(CpaSink *sink, size_t n)
{
    if (sink->fd >= 0 && sink->len >= FLUSH_AT) {
        flush(sink);
    }
    if (G_UNLIKELY(sink->capacity - sink->len < n)) {
        size_t capacity = MAX(sink->capacity, MIN_CAPACITY);
        while (capacity - sink->len < n) {
            g_assert(capacity <= SIZE_MAX / 2);
            capacity *= 2;
        }
        sink->bytes = g_realloc(sink->bytes, capacity);
        sink->capacity = capacity;
    }
    return sink->bytes + sink->len;
}

void cpa_sink_write(CpaSink *sink, const void *bytes, size_t n)
{
    if (n > 0) {
        memcpy(reserve(sink, n), bytes, n);
        sink->len += n;
    }
}

void cpa_sink_puts(CpaSink *sink, const char *text)
{
    cpa_sink_write(sink, text, strlen(text));
}

void cpa_sink_putc(CpaSink *sink, char c)
{
    *reserve(sink, 1) = c;
    sink->len++;
}

void cpa_sink_printf(CpaSink *sink, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    char *room = reserve(sink, 256);
    int n = vsnprintf(room, 256, format, args);
    va_end(args);
    g_assert(n >= 0);
    if (n >= 256) {
        room = reserve(sink, (size_t)n + 1);
        vsnprintf(room, (size_t)n + 1, format, again);
    }
    va_end(again);
    sink->len += (size_t)n;
}

void cpa_sink_pad(CpaSink *sink, const char *text, int width)
{
    size_t len = strlen(text);
    size_t columns = cpa_text_display_width(text, len);
    if (width > 0 && columns < (size_t)width) {
        size_t n = (size_t)width - columns;
        memset(reserve(sink, n), ' ', n);
        sink->len += n;
    }
    cpa_sink_write(sink, text, len);
}

const char *cpa_sink_data(const CpaSink *sink, size_t *n)
{
    *n = sink->len;
    return sink->bytes != NULL ? sink->bytes : "";
}

bool cpa_sink_finish(CpaSink *sink, GError **error)
{
    if (sink->fd >= 0) {
        flush(sink);
    }
    if (sink->failed != 0) {
        return cpa_error_set(error, CPA_ERROR_IO, "cannot write: %s", g_strerror(sink->failed));
    }
    return true;
}
