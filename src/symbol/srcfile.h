/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CpaSrcFile: the text of one source file, by lines. Only regular files are read: what a profile
 * names may be a pipe or a device.
 */
#pragma once

#include "base/error.h"

#include <glib.h>
#include <stdint.h>

/* Larger files are no sources. */
#define CPA_SRC_FILE_MAX_BYTES (64u << 20)

typedef struct CpaSrcFile CpaSrcFile;

/**
 * cpa_src_file_read:
 *
 * Errors:  IO: "open PATH: no such file or directory", in Go's words; TOO_LARGE
 * Returns: (transfer full): the file, or %NULL with @error set
 */
CpaSrcFile *cpa_src_file_read(const char *path, GError **error);

/** cpa_src_file_new: @text: [len] copied. Returns: (transfer full): a file with this text */
CpaSrcFile *cpa_src_file_new(const char *text, size_t len);

void cpa_src_file_free(CpaSrcFile *file);

/**
 * cpa_src_file_line:
 * @line: from 1
 * @len:  (out): in bytes, without the end of the line; lines have any length and may hold NUL
 *
 * Returns: the line; %NULL where the file has none of this number
 */
const char *cpa_src_file_line(const CpaSrcFile *file, int64_t line, size_t *len);

/** cpa_src_file_n_lines: Returns: the number of lines, one without a newline at its end included */
int64_t cpa_src_file_n_lines(const CpaSrcFile *file);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaSrcFile, cpa_src_file_free)
