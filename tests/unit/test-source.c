/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Byte sources: the window over plain and packed memory, files and pipes; what is wrong with a
 * gzip stream; the thread that unpacks ahead, and leaving it while it works or waits.
 */
#include "input/source.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define MIB ((size_t)1024 * 1024)

/* --- Helpers ---------------------------------------------------------------------------------- */

/* Bytes that shrink to about a third and never repeat for long. */
static GByteArray *new_data(size_t n)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed((guint32)n);
    GByteArray *data = g_byte_array_sized_new((guint)n);
    g_byte_array_set_size(data, (guint)n);
    uint64_t state = g_rand_int(rand);
    for (size_t i = 0; i < n; i++) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        data->data[i] = (guint8)("abcdefgh"[state >> 61]);
    }
    return data;
}

/* Appends a gzip member to @out. */
static void pack(GByteArray *out, const void *bytes, size_t n)
{
    z_stream z = {.next_in = (Bytef *)(uintptr_t)bytes, .avail_in = (uInt)n};
    g_assert_cmpint(deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), ==, Z_OK);
    guint at = out->len;
    uLong bound = deflateBound(&z, (uLong)n);
    g_byte_array_set_size(out, at + (guint)bound);
    z.next_out = out->data + at;
    z.avail_out = (uInt)bound;
    g_assert_cmpint(deflate(&z, Z_FINISH), ==, Z_STREAM_END);
    g_byte_array_set_size(out, out->len - z.avail_out);
    deflateEnd(&z);
}

static GByteArray *packed(const GByteArray *data)
{
    GByteArray *out = g_byte_array_new();
    pack(out, data->data, data->len);
    return out;
}

static CpaSource *open_memory(const void *bytes, size_t n, uint64_t max_size)
{
    g_autoptr(GError) error = NULL;
    CpaSource *s = cpa_source_new_memory("input", bytes, n, max_size, &error);
    g_assert_no_error(error);
    g_assert_nonnull(s);
    return s;
}

static void assert_all(CpaSource *s, const void *bytes, size_t n)
{
    g_autoptr(GError) error = NULL;
    size_t size = 0;
    const char *all = cpa_source_all(s, &size, &error);
    g_assert_no_error(error);
    g_assert_nonnull(all);
    g_assert_cmpmem(all, size, bytes, n);
    g_assert_cmpint(all[size], ==, '\0');
}

static void assert_memory(const GByteArray *raw, const void *bytes, size_t n)
{
    g_autoptr(CpaSource) s = open_memory(raw->data, raw->len, 0);
    assert_all(s, bytes, n);
}

/* Reading fails; where the input is broken, it never succeeds after that. */
static void assert_fails(CpaSource *s, CpaErrorCode code, const char *part)
{
    int first = code == CPA_ERROR_TOO_LARGE;
    for (int turn = first; turn < 2; turn++) {
        g_autoptr(GError) error = NULL;
        size_t size = 0;
        g_assert_null(cpa_source_all(s, &size, &error));
        g_assert_error(error, CPA_ERROR, (int)code);
        g_assert_true(g_str_has_prefix(error->message, cpa_source_get_name(s)));
        if (turn == first && strstr(error->message, part) == NULL) {
            g_error("\"%s\" is not in \"%s\"", part, error->message);
        }
    }
}

static void assert_memory_fails(const GByteArray *raw, size_t n, const char *part)
{
    g_autoptr(CpaSource) s = open_memory(raw->data, n, 0);
    assert_fails(s, CPA_ERROR_MALFORMED, part);
}

/* --- Windows ---------------------------------------------------------------------------------- */

/* Walks over the input in random steps and compares every window. */
static void walk(CpaSource *s, const GByteArray *data, size_t step)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed((guint32)step);
    g_autoptr(GError) error = NULL;
    size_t at = 0;
    while (at < data->len) {
        size_t want = (size_t)g_rand_int_range(rand, 0, (gint32)step);
        g_assert_true(cpa_source_need(s, want, &error));
        g_assert_no_error(error);
        size_t size = 0;
        const uint8_t *window = cpa_source_data(s, &size);
        g_assert_cmpuint(cpa_source_offset(s), ==, at);
        g_assert_cmpuint(size, >=, MIN(want, data->len - at));
        g_assert_cmpuint(size, <=, data->len - at);
        size_t skip = (size_t)g_rand_int_range(rand, 1, (gint32)step);
        skip = MIN(size, skip);
        g_assert_true(memcmp(window, data->data + at, MIN(size, 2 * step)) == 0);
        cpa_source_skip(s, skip);
        at += skip;
        if (size == 0) {
            g_assert_true(cpa_source_need(s, 1, &error));
        }
    }
    size_t size = 1;
    g_assert_true(cpa_source_need(s, 100, &error));
    cpa_source_data(s, &size);
    g_assert_cmpuint(size, ==, 0);
    g_assert_cmpuint(cpa_source_offset(s), ==, data->len);
    assert_all(s, "", 0);
}

static void test_windows(void)
{
    static const size_t sizes[] = {1, 1000, 256 * 1024, 256 * 1024 + 1, 700 * 1024};
    static const size_t steps[] = {2, 100, 5000, 300 * 1024};
    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_autoptr(GByteArray) data = new_data(sizes[i]);
        g_autoptr(GByteArray) raw = packed(data);
        for (size_t k = sizes[i] > 1000 ? 2 : 0; k < G_N_ELEMENTS(steps); k++) {
            g_autoptr(CpaSource) plain = open_memory(data->data, data->len, 0);
            g_autoptr(CpaSource) gzip = open_memory(raw->data, raw->len, 0);
            g_assert_false(cpa_source_was_packed(plain));
            g_assert_true(cpa_source_was_packed(gzip));
            walk(plain, data, steps[k]);
            walk(gzip, data, steps[k]);
        }
    }
}

static void test_all(void)
{
    g_autoptr(GByteArray) data = new_data(600 * 1024);
    g_autoptr(GByteArray) raw = packed(data);
    for (int turn = 0; turn < 2; turn++) {
        g_autoptr(CpaSource) s =
            turn == 0 ? open_memory(data->data, data->len, 0) : open_memory(raw->data, raw->len, 0);
        g_autoptr(GError) error = NULL;
        g_assert_cmpstr(cpa_source_get_name(s), ==, "input");
        g_assert_true(cpa_source_need(s, 300 * 1024, &error));
        cpa_source_skip(s, 300 * 1024);
        assert_all(s, data->data + 300 * 1024, 300 * 1024);
        assert_all(s, data->data + 300 * 1024, 300 * 1024); /* nothing is consumed */
        cpa_source_skip(s, 300 * 1024 - 5);
        assert_all(s, data->data + data->len - 5, 5);
        g_assert_cmpuint(cpa_source_offset(s), ==, data->len - 5);
    }
}

/* Too short for the magic, and almost the magic. */
static void test_short(void)
{
    static const char *const inputs[] = {"", "a", "\x1f", "\x1f\x8a", "\x8b\x1f", "ab"};
    for (size_t i = 0; i < G_N_ELEMENTS(inputs); i++) {
        g_autoptr(CpaSource) s = open_memory(inputs[i], strlen(inputs[i]), 0);
        g_assert_false(cpa_source_was_packed(s));
        assert_all(s, inputs[i], strlen(inputs[i]));
    }
}

/* --- gzip ------------------------------------------------------------------------------------- */

static void test_members(void)
{
    static const char *const members[] = {"one,", "", "two,", "", "", "three"};
    g_autoptr(GByteArray) raw = g_byte_array_new();
    g_autoptr(GString) all = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(members); i++) {
        pack(raw, members[i], strlen(members[i]));
        g_string_append(all, members[i]);
        assert_memory(raw, all->str, all->len);
    }
    g_autoptr(GByteArray) empty = g_byte_array_new();
    pack(empty, NULL, 0);
    assert_memory(empty, "", 0);
}

/* Cut anywhere but between members, a stream is an error; with all of it, it is none. */
static void test_cut(void)
{
    g_autoptr(GByteArray) raw = g_byte_array_new();
    pack(raw, "hello hello hello", 17);
    size_t first = raw->len;
    pack(raw, "world", 5);
    for (size_t n = 2; n < raw->len; n++) {
        if (n == first) {
            g_autoptr(CpaSource) s = open_memory(raw->data, n, 0);
            assert_all(s, "hello hello hello", 17);
        } else {
            assert_memory_fails(raw, n, "ends in the middle of the compressed data");
        }
    }
    assert_memory(raw, "hello hello helloworld", 22);
}

/* A wrong bit in the data, in the checksum and in the length, each where it is noticed. */
static void test_corrupt(void)
{
    g_autoptr(GByteArray) data = new_data(1000);
    g_autoptr(GByteArray) raw = packed(data);
    for (size_t i = raw->len - 8; i < raw->len; i++) {
        raw->data[i] ^= 0x10;
        assert_memory_fails(raw, raw->len, "the compressed data is corrupt");
        raw->data[i] ^= 0x10;
    }
    raw->data[2] = 7; /* method */
    assert_memory_fails(raw, raw->len, "the compressed data is corrupt");
    raw->data[2] = 8;
    for (size_t i = 10; i < raw->len - 8; i += 7) {
        raw->data[i] ^= 0x01;
        g_autoptr(CpaSource) s = open_memory(raw->data, raw->len, 0);
        assert_fails(s, CPA_ERROR_MALFORMED, "gzip: offset 0x");
        raw->data[i] ^= 0x01;
    }
    assert_memory(raw, data->data, data->len);
}

static void test_garbage(void)
{
    static const struct {
        const char *bytes;
        size_t n;
        const char *message;
    } cases[] = {
        {"x", 1, "bytes that are not gzip follow"},
        {"\0", 1, "bytes that are not gzip follow"},
        {"\x1f", 1, "ends in the middle"},
        {"\x1f\x8b", 2, "ends in the middle"},
        {"\x1f\x8c\x08\0\0\0\0\0\0\0\0\0", 12, "corrupt"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GByteArray) raw = g_byte_array_new();
        pack(raw, "data", 4);
        g_autofree char *where = g_strdup_printf("offset 0x%x", raw->len);
        g_byte_array_append(raw, (const guint8 *)cases[i].bytes, (guint)cases[i].n);
        assert_memory_fails(raw, raw->len, cases[i].message);
        if (i < 2) {
            assert_memory_fails(raw, raw->len, where);
        }
        /* What comes before it can be read. */
        g_autoptr(GError) error = NULL;
        g_autoptr(CpaSource) s = open_memory(raw->data, raw->len, 0);
        g_assert_true(cpa_source_need(s, 4, &error));
        size_t size = 0;
        const uint8_t *window = cpa_source_data(s, &size);
        g_assert_cmpmem(window, size, "data", 4);
    }
}

static void test_max_size(void)
{
    static const size_t sizes[] = {1, 1000, 600 * 1024, 2 * MIB + 1};
    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        size_t n = sizes[i];
        g_autoptr(GByteArray) data = new_data(n);
        g_autoptr(GByteArray) raw = packed(data);
        g_autoptr(CpaSource) plain = open_memory(data->data, n, n);
        g_autoptr(CpaSource) gzip = open_memory(raw->data, raw->len, n);
        assert_all(plain, data->data, n);
        assert_all(gzip, data->data, n);
        if (n > 1) {
            g_autofree char *message = g_strdup_printf("more than %zu bytes", n - 1);
            g_autoptr(CpaSource) plain_over = open_memory(data->data, n, n - 1);
            g_autoptr(CpaSource) gzip_over = open_memory(raw->data, raw->len, n - 1);
            assert_fails(plain_over, CPA_ERROR_TOO_LARGE, message);
            assert_fails(gzip_over, CPA_ERROR_TOO_LARGE, message);
        }
    }
    /* What was skipped counts. */
    g_autoptr(GByteArray) data = new_data(600 * 1024);
    g_autoptr(CpaSource) s = open_memory(data->data, data->len, 500 * 1024);
    g_autoptr(GError) error = NULL;
    bool ok = true;
    for (size_t size = 1; ok && size > 0;) {
        ok = cpa_source_need(s, 1, &error);
        cpa_source_data(s, &size);
        cpa_source_skip(s, ok ? size : 0);
    }
    g_assert_error(error, CPA_ERROR, CPA_ERROR_TOO_LARGE);
    g_assert_cmpuint(cpa_source_offset(s), <=, 500 * 1024);
}

/* --- Ahead of the reader ---------------------------------------------------------------------- */

static void test_ahead(void)
{
    g_autoptr(GByteArray) data = new_data(5 * MIB + 12345);
    g_autoptr(GByteArray) raw = packed(data);
    assert_memory(raw, data->data, data->len);
    static const size_t steps[] = {4000, 600 * 1024};
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
        g_autoptr(CpaSource) s = open_memory(raw->data, raw->len, 0);
        walk(s, data, steps[i]);
    }
    /* Many members; the end falls on the edge of a block. */
    g_autoptr(GByteArray) members = g_byte_array_new();
    for (size_t at = 0; at < 3 * MIB; at += 96 * 1024) {
        pack(members, data->data + at, 96 * 1024);
    }
    assert_memory(members, data->data, 3 * MIB);
}

/* Errors behind the first MiB come from the thread. */
static void test_ahead_errors(void)
{
    g_autoptr(GByteArray) data = new_data(3 * MIB);
    g_autoptr(GByteArray) raw = packed(data);
    assert_memory_fails(raw, raw->len - 1, "ends in the middle");
    assert_memory_fails(raw, raw->len / 2, "ends in the middle");
    raw->data[raw->len - 5] ^= 1;
    assert_memory_fails(raw, raw->len, "corrupt");
    raw->data[raw->len - 5] ^= 1;
    g_byte_array_append(raw, (const guint8 *)"x", 1);
    assert_memory_fails(raw, raw->len, "bytes that are not gzip follow");

    /* All that was good can be read before. */
    g_autoptr(GError) error = NULL;
    g_autoptr(CpaSource) s = open_memory(raw->data, raw->len, 0);
    g_assert_true(cpa_source_need(s, data->len, &error));
    size_t size = 0;
    const uint8_t *window = cpa_source_data(s, &size);
    g_assert_cmpmem(window, size, data->data, data->len);
}

static void test_leave_busy(void)
{
    g_autoptr(GByteArray) data = new_data(4 * MIB);
    g_autoptr(GByteArray) raw = packed(data);
    for (size_t i = 0; i < 24; i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(CpaSource) s = open_memory(raw->data, raw->len, 0);
        g_assert_true(cpa_source_need(s, MIB + i * 100 * 1024, &error));
        if (i % 3 == 2) {
            g_usleep(1000); /* all blocks are full, the thread waits */
        }
        cpa_source_skip(s, i * 1000);
    }
}

/* --- Files and pipes -------------------------------------------------------------------------- */

typedef struct {
    char *dir;
    char *path;
} Place;

static void place_init(Place *p)
{
    g_autoptr(GError) error = NULL;
    p->dir = g_dir_make_tmp("cpa-source-XXXXXX", &error);
    g_assert_no_error(error);
    p->path = g_build_filename(p->dir, "input", NULL);
}

static void place_clear(Place *p)
{
    g_unlink(p->path);
    g_rmdir(p->dir);
    g_free(p->path);
    g_free(p->dir);
}

static void test_files(void)
{
    Place place;
    place_init(&place);
    g_autoptr(GError) error = NULL;
    g_assert_null(cpa_source_open(place.path, 0, &error));
    g_assert_error(error, CPA_ERROR, CPA_ERROR_IO);
    g_assert_true(g_str_has_prefix(error->message, place.path));
    g_clear_error(&error);
    g_assert_null(cpa_source_open(place.dir, 0, &error));
    g_assert_error(error, CPA_ERROR, CPA_ERROR_IO);
    g_assert_nonnull(strstr(error->message, "this is a directory"));
    g_clear_error(&error);

    g_autoptr(GByteArray) data = new_data(2 * MIB);
    g_autoptr(GByteArray) raw = packed(data);
    const GByteArray *contents[] = {data, raw};
    for (size_t i = 0; i < G_N_ELEMENTS(contents); i++) {
        g_assert_true(g_file_set_contents(place.path, (const char *)contents[i]->data,
                                          (gssize)contents[i]->len, &error));
        g_autoptr(CpaSource) s = cpa_source_open(place.path, 0, &error);
        g_assert_no_error(error);
        g_assert_cmpstr(cpa_source_get_name(s), ==, place.path);
        g_assert_cmpint(cpa_source_was_packed(s), ==, i == 1);
        assert_all(s, data->data, data->len);
    }
    place_clear(&place);

    /* A file that opens and cannot be read. */
    int fd = g_open("/proc/self/mem", O_RDONLY | O_CLOEXEC, 0);
    char byte = 0;
    if (fd >= 0 && read(fd, &byte, 1) < 0) {
        g_autofree char *message = g_strdup_printf("/proc/self/mem: %s", g_strerror(errno));
        g_assert_null(cpa_source_open("/proc/self/mem", 0, &error));
        g_assert_error(error, CPA_ERROR, CPA_ERROR_IO);
        g_assert_cmpstr(error->message, ==, message);
    }
    if (fd >= 0) {
        close(fd);
    }
}

/* Whoever writes into a FIFO or pipe: in pieces, then silent until it may end. */
typedef struct {
    const char *path; /* NULL: fd */
    int fd;
    const GByteArray *bytes;
    size_t n;     /* of them */
    size_t piece; /* written at once */
    gint may_end; /* atomic */
    GThread *thread;
} Writer;

static gpointer write_bytes(gpointer data)
{
    Writer *w = data;
    int fd = w->path != NULL ? g_open(w->path, O_WRONLY | O_CLOEXEC, 0) : w->fd;
    g_assert_cmpint(fd, >=, 0);
    for (size_t at = 0; at < w->n;) {
        ssize_t n = write(fd, w->bytes->data + at, MIN(w->piece, w->n - at));
        if (n < 0 && errno == EPIPE) {
            break;
        }
        g_assert_cmpint(n, >, 0);
        at += (size_t)n;
        if (w->piece < 5000) {
            g_usleep(200);
        }
    }
    while (!g_atomic_int_get(&w->may_end)) {
        g_usleep(1000);
    }
    close(fd);
    return NULL;
}

static void writer_start(Writer *w)
{
    w->thread = g_thread_new("writer", write_bytes, w);
}

static void writer_end(Writer *w)
{
    g_atomic_int_set(&w->may_end, 1);
    g_thread_join(w->thread);
}

static CpaSource *open_path(const char *path)
{
    g_autoptr(GError) error = NULL;
    CpaSource *s = cpa_source_open(path, 0, &error);
    g_assert_no_error(error);
    return s;
}

/* What arrives in pieces, the first of one byte only, is the same. */
static void test_fifo(void)
{
    Place place;
    place_init(&place);
    g_assert_cmpint(mkfifo(place.path, 0600), ==, 0);
    g_autoptr(GByteArray) small = new_data(300);
    g_autoptr(GByteArray) large = new_data(3 * MIB);
    g_autoptr(GByteArray) small_raw = packed(small);
    g_autoptr(GByteArray) large_raw = packed(large);
    const struct {
        const GByteArray *bytes;
        size_t piece;
        const GByteArray *data;
    } cases[] = {
        {small, 1, small}, {small_raw, 1, small}, {large, 60000, large}, {large_raw, 7777, large}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Writer w = {.path = place.path,
                    .bytes = cases[i].bytes,
                    .n = cases[i].bytes->len,
                    .piece = cases[i].piece,
                    .may_end = 1};
        writer_start(&w);
        g_autoptr(CpaSource) s = open_path(place.path);
        assert_all(s, cases[i].data->data, cases[i].data->len);
        writer_end(&w);
    }
    place_clear(&place);
}

/* Nothing more comes, but the writer holds the FIFO open: the source can be freed all the same. */
static void test_silent_fifo(void)
{
    Place place;
    place_init(&place);
    g_assert_cmpint(mkfifo(place.path, 0600), ==, 0);
    g_autoptr(GByteArray) data = new_data(4 * MIB);
    g_autoptr(GByteArray) raw = packed(data);
    Writer w = {.path = place.path, .bytes = raw, .n = raw->len * 3 / 4, .piece = 65536};
    writer_start(&w);
    g_autoptr(GError) error = NULL;
    CpaSource *s = open_path(place.path);
    g_assert_true(cpa_source_need(s, 2 * MIB, &error));
    g_usleep(10000); /* the thread comes to wait for more */
    gint64 before = g_get_monotonic_time();
    cpa_source_free(s);
    g_assert_cmpint(g_get_monotonic_time() - before, <, 5 * G_USEC_PER_SEC);
    g_assert_false(g_atomic_int_get(&w.may_end));
    writer_end(&w);
    place_clear(&place);
}

/* The same over standard input; a second source starts where it stands. */
static void test_silent_pipe(void)
{
    g_autoptr(GByteArray) data = new_data(4 * MIB);
    g_autoptr(GByteArray) raw = packed(data);
    int ends[2];
    int before = dup(STDIN_FILENO);
    g_assert_cmpint(pipe(ends), ==, 0);
    g_assert_cmpint(dup2(ends[0], STDIN_FILENO), ==, STDIN_FILENO);
    close(ends[0]);

    Writer w = {.fd = ends[1], .bytes = raw, .n = raw->len / 2, .piece = 65536};
    writer_start(&w);
    g_autoptr(GError) error = NULL;
    CpaSource *s = open_path("-");
    g_assert_cmpstr(cpa_source_get_name(s), ==, "standard input");
    g_assert_true(cpa_source_need(s, 3 * MIB / 2, &error));
    size_t size = 0;
    const uint8_t *window = cpa_source_data(s, &size);
    g_assert_true(memcmp(window, data->data, size) == 0);
    cpa_source_free(s);
    g_assert_cmpint(fcntl(STDIN_FILENO, F_GETFD), !=, -1); /* not closed with it */
    writer_end(&w);

    if (before >= 0) {
        dup2(before, STDIN_FILENO);
        close(before);
    } else {
        close(STDIN_FILENO);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    signal(SIGPIPE, SIG_IGN);
    alarm(120); /* a source that hangs must not hang the tests */
    g_test_add_func("/source/windows", test_windows);
    g_test_add_func("/source/all", test_all);
    g_test_add_func("/source/short", test_short);
    g_test_add_func("/source/gzip/members", test_members);
    g_test_add_func("/source/gzip/cut", test_cut);
    g_test_add_func("/source/gzip/corrupt", test_corrupt);
    g_test_add_func("/source/gzip/garbage", test_garbage);
    g_test_add_func("/source/max-size", test_max_size);
    g_test_add_func("/source/ahead/content", test_ahead);
    g_test_add_func("/source/ahead/errors", test_ahead_errors);
    g_test_add_func("/source/ahead/leave", test_leave_busy);
    g_test_add_func("/source/files", test_files);
    g_test_add_func("/source/fifo", test_fifo);
    g_test_add_func("/source/silent/fifo", test_silent_fifo);
    g_test_add_func("/source/silent/pipe", test_silent_pipe);
    return g_test_run();
}
