/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Saved configurations: options under a name, in the file that pprof keeps them in, too.
 *
 *     $XDG_CONFIG_HOME/pprof/settings.json, else $HOME/.config/...
 *     {"configs": [{"name": "mine", "unit": "minimum", "focus": "x", ...}]}
 *
 * A value that is zero, false or "" is left out, so a missing one means just that; of options that
 * pprof does not have, a missing one means the default.
 */
#pragma once

#include "base/options.h"

typedef struct {
    char *name;
    CpaOptions *options; /* those that are not saved are as the program was started */
} CpaWebConfig;

/**
 * cpa_web_settings_path:
 *
 * Errors:  IO where there is no place for settings
 * Source:  Go os.UserConfigDir
 * Returns: (transfer full): the name of the file, which need not exist
 */
char *cpa_web_settings_path(GError **error);

/**
 * cpa_web_settings_read:
 *
 * Errors:  IO, MALFORMED; no file is no error
 * Source:  pprof driver readSettings
 * Returns: (transfer full): of CpaWebConfig*
 */
GPtrArray *cpa_web_settings_read(const char *path, const CpaOptions *start, GError **error);

/**
 * cpa_web_settings_parse:
 * @text: [n] tainted, what the file holds
 */
GPtrArray *cpa_web_settings_parse(const char *text, size_t n, const CpaOptions *start,
                                  GError **error);

/** cpa_web_settings_format: Returns: (transfer full): what the file holds, as pprof writes it */
char *cpa_web_settings_format(const GPtrArray *configs);

/**
 * cpa_web_settings_save:
 * @name: replaces the configuration of this name
 *
 * Errors: USAGE for an empty name, IO, MALFORMED
 */
bool cpa_web_settings_save(const char *path, const CpaOptions *start, const char *name,
                           const CpaOptions *options, GError **error);

/** cpa_web_settings_remove: Errors: USAGE where there is none of this name, IO, MALFORMED */
bool cpa_web_settings_remove(const char *path, const CpaOptions *start, const char *name,
                             GError **error);
