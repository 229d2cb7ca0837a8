/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files of web/ui, built into the program by web/embed-ui.awk.
 */
#pragma once

#include <stddef.h>

typedef struct {
    const char *name; /* below web/ui: "main.js" */
    const char *text;
    size_t len;
} CpaUiFile;

/** cpa_ui_file_find: Returns: the file of this name, or %NULL */
const CpaUiFile *cpa_ui_file_find(const char *name);
