/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compression is that of zlib at a level where the numbers of a flame graph, which are most of what
 * is sent, shrink about as far as they ever do.
 */
#include "web/body.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define LEVEL      5
#define WORTH_FROM 512 /* bytes */
#define GZIP_BITS  (15 + 16)

/* FNV-1a, 64 bits: an answer is told from its older self, not from an attacker's. */
static void set_etag(CpaWebBody *body, const char *bytes, size_t n)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < n; i++) {
        hash = (hash ^ (unsigned char)bytes[i]) * UINT64_C(0x100000001b3);
    }
    hash = (hash ^ body->status) * UINT64_C(0x100000001b3);
    g_snprintf(body->etag, sizeof body->etag, "\"%016" G_GINT64_MODIFIER "x\"", hash);
}

static GBytes *pack(const char *bytes, size_t n)
{
    z_stream stream = {0};
    if (n < WORTH_FROM || n > UINT32_MAX ||
        deflateInit2(&stream, LEVEL, Z_DEFLATED, GZIP_BITS, 9, Z_DEFAULT_STRATEGY) != Z_OK) {
        return NULL;
    }
    /* The bound is about the plain length: most of it is given back. */
    size_t bound = deflateBound(&stream, (uLong)n);
    Bytef *out = g_malloc(bound);
    stream.next_in = (Bytef *)(void *)(char *)bytes;
    stream.avail_in = (uInt)n;
    stream.next_out = out;
    stream.avail_out = (uInt)bound;
    bool ok = deflate(&stream, Z_FINISH) == Z_STREAM_END && stream.total_out < n;
    size_t n_out = stream.total_out;
    deflateEnd(&stream);
    if (!ok) {
        g_free(out);
        return NULL;
    }
    return g_bytes_new_take(g_realloc(out, n_out), n_out);
}

static bool is_text(const char *mime)
{
    return g_str_has_prefix(mime, "text/") || g_str_has_prefix(mime, "application/json") ||
           g_str_has_prefix(mime, "image/svg");
}

CpaWebBody *cpa_web_body_new(CpaWebReply *reply)
{
    CpaWebBody *body = g_new0(CpaWebBody, 1);
    g_atomic_ref_count_init(&body->refs);
    body->status = reply->status != 0 ? reply->status : 200;
    body->mime = reply->mime != NULL ? reply->mime : "application/json; charset=utf-8";
    body->location = g_steal_pointer(&reply->location);
    body->disposition = g_steal_pointer(&reply->disposition);
    body->n_plain = reply->body->len;
    set_etag(body, reply->body->str, reply->body->len);
    body->packed = is_text(body->mime) ? pack(reply->body->str, reply->body->len) : NULL;
    if (body->packed == NULL) {
        body->plain = g_string_free_to_bytes(g_steal_pointer(&reply->body));
    }
    cpa_web_reply_clear(reply);
    return body;
}

CpaWebBody *cpa_web_body_ref(CpaWebBody *body)
{
    g_atomic_ref_count_inc(&body->refs);
    return body;
}

void cpa_web_body_unref(CpaWebBody *body)
{
    if (body != NULL && g_atomic_ref_count_dec(&body->refs)) {
        g_clear_pointer(&body->plain, g_bytes_unref);
        g_clear_pointer(&body->packed, g_bytes_unref);
        g_free(body->location);
        g_free(body->disposition);
        g_free(body);
    }
}

static GBytes *unpack(GBytes *packed, size_t n_plain)
{
    gsize n = 0;
    const void *bytes = g_bytes_get_data(packed, &n);
    char *out = g_malloc(n_plain + 1);
    z_stream stream = {0};
    if (inflateInit2(&stream, GZIP_BITS) == Z_OK) {
        stream.next_in = (Bytef *)bytes;
        stream.avail_in = (uInt)n;
        stream.next_out = (Bytef *)(void *)out;
        stream.avail_out = (uInt)n_plain;
        inflate(&stream, Z_FINISH);
        inflateEnd(&stream);
    }
    return g_bytes_new_take(out, n_plain);
}

GBytes *cpa_web_body_bytes(const CpaWebBody *body, bool packed)
{
    if (packed && body->packed != NULL) {
        return g_bytes_ref(body->packed);
    }
    return body->plain != NULL ? g_bytes_ref(body->plain) : unpack(body->packed, body->n_plain);
}

size_t cpa_web_body_size(const CpaWebBody *body)
{
    return sizeof *body + (body->plain != NULL ? g_bytes_get_size(body->plain) : 0) +
           (body->packed != NULL ? g_bytes_get_size(body->packed) : 0);
}

/* The weight of gzip: "gzip;q=0" is a refusal, "*" takes it. */
bool cpa_web_accepts_gzip(const char *header)
{
    bool any = false;
    for (const char *p = header; p != NULL && *p != '\0';) {
        p += strspn(p, " ,\t");
        size_t n = strcspn(p, ",");
        size_t n_name = strcspn(p, " ;,\t");
        const char *q = g_strstr_len(p, (gssize)n, "q=");
        bool wanted = q == NULL || g_ascii_strtod(q + 2, NULL) > 0;
        if (n_name == 4 && g_ascii_strncasecmp(p, "gzip", 4) == 0) {
            return wanted;
        }
        any = any || (n_name == 1 && *p == '*' && wanted);
        p += n;
    }
    return any;
}

bool cpa_web_etag_matches(const char *header, const char *etag)
{
    if (header == NULL) {
        return false;
    }
    return strcmp(header, "*") == 0 || strstr(header, etag) != NULL;
}
