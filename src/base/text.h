/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small text functions where the C library or GLib have none with the behaviour needed.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/** cpa_path_clean: Returns: (transfer full): @path by Go's filepath.Clean, "." for "" */
char *cpa_path_clean(const char *path);

/** cpa_path_base: Returns: (transfer full): last element by Go's filepath.Base, "." for "" */
char *cpa_path_base(const char *path);

/** cpa_text_shorten: Returns: (transfer full): at most @max bytes, control characters as \xNN */
char *cpa_text_shorten(const char *bytes, size_t len, size_t max);

/** cpa_text_nearest: Returns: index of the word nearest to @word, -1 if none is near */
int cpa_text_nearest(const char *word, const char *const *words, size_t n);

/**
 * cpa_time_format:
 * @time_ns: since the epoch
 * @raw:     the long form with fraction and numeric zone
 *
 * Returns: (transfer full): "2006-01-02 15:04:05 MST" in the local zone, or with @raw
 *          "2006-01-02 15:04:05.123456789 -0700 MST"
 */
char *cpa_time_format(int64_t time_ns, bool raw);

/** cpa_duration_format: Returns: (transfer full): "1h15m30.5s", "2.5ms", "0s" (Go's Duration) */
char *cpa_duration_format(int64_t ns);

/** cpa_text_display_width: Returns: code points in @text, an invalid byte counting as one */
size_t cpa_text_display_width(const char *text, size_t len);
