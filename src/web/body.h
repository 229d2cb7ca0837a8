/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CpaWebBody: a finished answer. It never changes and is counted, so that connections and the
 * cache share one.
 */
#pragma once

#include "web/route.h"

typedef struct {
    gatomicrefcount refs;
    unsigned status;
    const char *mime;
    char *location;
    char *disposition;
    char etag[24];  /* with quotes; the same for the same bytes */
    GBytes *plain;  /* NULL where only `packed` is kept */
    GBytes *packed; /* gzip, or NULL where that would not be shorter */
    size_t n_plain; /* length of the plain text */
} CpaWebBody;

/**
 * cpa_web_body_new:
 * @reply: its body and texts are taken, it is left empty
 *
 * Compresses what is worth it; keeps only the compressed form then.
 *
 * Cost:    about 25 ns a byte
 * Returns: (transfer full)
 */
CpaWebBody *cpa_web_body_new(CpaWebReply *reply);
CpaWebBody *cpa_web_body_ref(CpaWebBody *body);
void cpa_web_body_unref(CpaWebBody *body);

/** cpa_web_body_bytes: Returns: (transfer full): the answer, unpacked if it has to be */
GBytes *cpa_web_body_bytes(const CpaWebBody *body, bool packed);

/** cpa_web_body_size: Returns: bytes of memory that it holds */
size_t cpa_web_body_size(const CpaWebBody *body);

/** cpa_web_accepts_gzip: @header: (nullable): Accept-Encoding */
bool cpa_web_accepts_gzip(const char *header);

/** cpa_web_etag_matches: @header: (nullable): If-None-Match */
bool cpa_web_etag_matches(const char *header, const char *etag);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaWebBody, cpa_web_body_unref)
