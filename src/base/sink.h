/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CpaSink: where a report goes. Bytes are buffered; a sink that has a destination flushes when
 * the buffer is large, so that a failing report that wrote little leaves nothing behind.
 */
#pragma once

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

typedef struct CpaSink CpaSink;

/** cpa_sink_new_memory: Returns: a sink that keeps all bytes; see cpa_sink_data() */
CpaSink *cpa_sink_new_memory(void);

/** cpa_sink_new_fd: @fd: borrowed. Returns: a sink that writes to a file descriptor */
CpaSink *cpa_sink_new_fd(int fd);

/**
 * cpa_sink_new_terminal: @fd: borrowed, a terminal
 *
 * Control characters, of which names in a profile may be full, are shown as \xNN, but for those of
 * lines, tabs and colours. Returns: a sink that writes to it
 */
CpaSink *cpa_sink_new_terminal(int fd);

void cpa_sink_free(CpaSink *sink);

void cpa_sink_write(CpaSink *sink, const void *bytes, size_t n);
void cpa_sink_puts(CpaSink *sink, const char *text);
void cpa_sink_putc(CpaSink *sink, char c);
void cpa_sink_printf(CpaSink *sink, const char *format, ...) G_GNUC_PRINTF(2, 3);

/** cpa_sink_pad: writes @text, right-aligned in @width columns (counted in code points) */
void cpa_sink_pad(CpaSink *sink, const char *text, int width);

/** cpa_sink_data: Returns: the bytes buffered and not written yet */
const char *cpa_sink_data(const CpaSink *sink, size_t *n);

/**
 * cpa_sink_finish:
 *
 * Writes what is buffered. Errors: IO, also of any earlier write
 */
bool cpa_sink_finish(CpaSink *sink, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaSink, cpa_sink_free)
