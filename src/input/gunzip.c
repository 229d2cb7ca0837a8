/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unpacking gzip, at first in the caller, then ahead of it.
 *
 * The thread starts once the first MiB was asked for: most profiles are smaller and do without.
 * From then on it owns the inflate state; the ring of blocks is all that both sides touch.
 */
#include "input/gunzip.h"

#include <string.h>

#include "input/inflate.h"

#define RAW_SIZE     ((size_t)128 * 1024)
#define BLOCK_SIZE   ((size_t)256 * 1024)
#define N_BLOCKS     4
#define THREAD_AFTER ((uint64_t)1024 * 1024)

typedef struct {
    uint8_t *bytes;
    size_t size;
} Block;

struct CpaGunzip {
    char *name;
    CpaReadRaw read;
    gpointer read_data;

    /* Inflate state: the caller's, then the thread's. */
    CpaInflate *inflate; /* NULL: would not start */
    bool member_open;
    bool ended;
    uint8_t *raw;
    size_t raw_start;
    size_t raw_end;
    uint64_t raw_offset; /* of raw[raw_start] */
    bool raw_ended;

    uint64_t n_read; /* unpacked bytes handed out */

    GThread *thread;
    bool alone; /* no thread could be had */
    GMutex lock;
    GCond changed;
    Block ring[N_BLOCKS];
    unsigned first; /* oldest full block */
    unsigned n_full;
    size_t used; /* of the oldest block */
    bool thread_ended;
    bool stop;
    GError *error; /* the first one; under the lock where there is a thread */
};

static gssize stream_error(const CpaGunzip *g, GError **error, const char *what)
{
    cpa_error_set(error, CPA_ERROR_MALFORMED, "%s: gzip: offset 0x%" G_GINT64_MODIFIER "x: %s",
                  g->name, g->raw_offset, what);
    return -1;
}

static bool fill_raw(CpaGunzip *g, GError **error)
{
    if (g->raw_start < g->raw_end || g->raw_ended) {
        return true;
    }
    gssize got = g->read(g->read_data, g->raw, RAW_SIZE, error);
    g->raw_start = 0;
    g->raw_end = got > 0 ? (size_t)got : 0;
    g->raw_ended = got == 0;
    return got >= 0;
}

/* Between two members: more data must begin another one. */
static bool next_member(CpaGunzip *g, GError **error)
{
    if (!fill_raw(g, error)) {
        return false;
    }
    if (g->raw_ended) {
        g->ended = true;
        return true;
    }
    if (g->raw[g->raw_start] != 0x1f) {
        stream_error(g, error, "bytes that are not gzip follow the compressed data");
        return false;
    }
    cpa_inflate_reset(g->inflate);
    g->member_open = true;
    return true;
}

/* Unpacks some bytes. Returns how many, 0 at the end, -1 on error. */
static gssize unpack(CpaGunzip *g, uint8_t *to, size_t room, GError **error)
{
    size_t n = 0;
    while (n == 0) {
        if (!g->member_open && !g->ended && !next_member(g, error)) {
            return -1;
        }
        if (g->ended) {
            return 0;
        }
        if (!fill_raw(g, error)) {
            return -1;
        }
        const uint8_t *in = g->raw + g->raw_start;
        size_t left = g->raw_end - g->raw_start;
        CpaInflateStatus status = cpa_inflate_step(g->inflate, &in, &left, to, room, &n);
        size_t used = g->raw_end - g->raw_start - left;
        g->raw_start += used;
        g->raw_offset += used;
        if (status == CPA_INFLATE_END) {
            g->member_open = false;
        } else if (status == CPA_INFLATE_CORRUPT) {
            g_autofree char *what =
                g_strdup_printf("the compressed data is corrupt (%s)", cpa_inflate_why(g->inflate));
            return stream_error(g, error, what);
        } else if (n == 0 && used == 0 && left > 0) {
            return stream_error(g, error, "the compressed data is corrupt (it leads nowhere)");
        } else if (n == 0 && g->raw_ended) {
            /* Asked once more without input: nothing is held back either. */
            return stream_error(g, error,
                                "the file ends in the middle of the compressed data; it was cut "
                                "off while it was written or copied");
        }
    }
    return (gssize)n;
}

static gpointer unpack_ahead(gpointer data)
{
    CpaGunzip *g = data;
    g_mutex_lock(&g->lock);
    while (!g->stop && !g->thread_ended) {
        if (g->n_full == N_BLOCKS) {
            g_cond_wait(&g->changed, &g->lock);
            continue;
        }
        Block *block = &g->ring[(g->first + g->n_full) % N_BLOCKS];
        g_mutex_unlock(&g->lock);
        GError *error = NULL;
        size_t size = 0;
        gssize got = 1;
        while (size < BLOCK_SIZE && got > 0) {
            got = unpack(g, block->bytes + size, BLOCK_SIZE - size, &error);
            size += got > 0 ? (size_t)got : 0;
        }
        g_mutex_lock(&g->lock);
        block->size = size;
        g->n_full += size > 0;
        g->error = error;
        g->thread_ended = got <= 0;
        g_cond_signal(&g->changed);
    }
    g_mutex_unlock(&g->lock);
    return NULL;
}

static void start_thread(CpaGunzip *g)
{
    for (unsigned i = 0; i < N_BLOCKS; i++) {
        g->ring[i].bytes = g_malloc(BLOCK_SIZE);
    }
    g->thread = g_thread_try_new("gunzip", unpack_ahead, g, NULL);
    g->alone = g->thread == NULL; /* goes on without */
}

/* Unpacks in the caller; a stream that was found broken stays so. */
static gssize read_inline(CpaGunzip *g, uint8_t *to, size_t room, GError **error)
{
    gssize n = g->error == NULL ? unpack(g, to, room, &g->error) : -1;
    if (n < 0) {
        g_propagate_error(error, g_error_copy(g->error));
    }
    return n;
}

static gssize read_block(CpaGunzip *g, uint8_t *to, size_t room, GError **error)
{
    g_mutex_lock(&g->lock);
    while (g->n_full == 0 && !g->thread_ended) {
        g_cond_wait(&g->changed, &g->lock);
    }
    if (g->n_full == 0) {
        gssize result = g->error != NULL ? -1 : 0;
        if (g->error != NULL) {
            g_propagate_error(error, g_error_copy(g->error));
        }
        g_mutex_unlock(&g->lock);
        return result;
    }
    Block *block = &g->ring[g->first];
    g_mutex_unlock(&g->lock);
    size_t n = MIN(room, block->size - g->used);
    memcpy(to, block->bytes + g->used, n);
    g->used += n;
    if (g->used == block->size) {
        g_mutex_lock(&g->lock);
        g->used = 0;
        g->first = (g->first + 1) % N_BLOCKS;
        g->n_full--;
        g_cond_signal(&g->changed);
        g_mutex_unlock(&g->lock);
    }
    return (gssize)n;
}

gssize cpa_gunzip_read(CpaGunzip *g, uint8_t *to, size_t room, GError **error)
{
    if (g->inflate == NULL) {
        return stream_error(g, error, "the decompressor cannot start");
    }
    if (g->thread == NULL && !g->alone && g->error == NULL && g->n_read >= THREAD_AFTER &&
        g_get_num_processors() > 1) {
        start_thread(g);
    }
    gssize n = g->thread != NULL ? read_block(g, to, room, error) : read_inline(g, to, room, error);
    g->n_read += n > 0 ? (uint64_t)n : 0;
    return n;
}

CpaGunzip *cpa_gunzip_new(const char *name, const uint8_t *start, size_t n_start, CpaReadRaw read,
                          gpointer read_data)
{
    CpaGunzip *g = g_new0(CpaGunzip, 1);
    g->name = g_strdup(name);
    g->read = read;
    g->read_data = read_data;
    g->raw = g_malloc(MAX(RAW_SIZE, n_start));
    memcpy(g->raw, start, n_start);
    g->raw_end = n_start;
    g->inflate = cpa_inflate_new();
    g->member_open = true;
    g_mutex_init(&g->lock);
    g_cond_init(&g->changed);
    return g;
}

void cpa_gunzip_free(CpaGunzip *g)
{
    if (g == NULL) {
        return;
    }
    if (g->thread != NULL) {
        g_mutex_lock(&g->lock);
        g->stop = true;
        g_cond_signal(&g->changed);
        g_mutex_unlock(&g->lock);
        g_thread_join(g->thread);
    }
    for (unsigned i = 0; i < N_BLOCKS; i++) {
        g_free(g->ring[i].bytes);
    }
    cpa_inflate_free(g->inflate);
    g_clear_error(&g->error);
    g_mutex_clear(&g->lock);
    g_cond_clear(&g->changed);
    g_free(g->raw);
    g_free(g->name);
    g_free(g);
}
