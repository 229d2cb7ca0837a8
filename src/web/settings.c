/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file is replaced as a whole, so that a reader never sees half of it; two writers at once may
 * lose one change, as upstream.
 */
#include "web/settings.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "web/json.h"
#include "web/jsonread.h"

#define FILE_MAX  ((goffset)4 << 20)
#define NAME_MAX_ 256

char *cpa_web_settings_path(GError **error)
{
    const char *dir = g_getenv("XDG_CONFIG_HOME");
    const char *home = g_getenv("HOME");
    if (dir != NULL && *dir != '\0') {
        if (!g_path_is_absolute(dir)) {
            cpa_error_set(error, CPA_ERROR_IO, "path in $XDG_CONFIG_HOME is relative");
            return NULL;
        }
        return g_build_filename(dir, "pprof", "settings.json", NULL);
    }
    if (home == NULL || *home == '\0') {
        cpa_error_set(error, CPA_ERROR_IO, "neither $XDG_CONFIG_HOME nor $HOME are defined");
        return NULL;
    }
    return g_build_filename(home, ".config", "pprof", "settings.json", NULL);
}

static void config_free(gpointer data)
{
    CpaWebConfig *config = data;
    g_free(config->name);
    cpa_options_free(config->options);
    g_free(config);
}

/* --- Reading ----------------------------------------------------------------------------------- */

/* What a missing member means; Go's zero value. */
static const char *zero_of(const CpaOptionRow *row)
{
    switch (row->kind) {
    case CPA_OPTION_BOOL:
        return "false";
    case CPA_OPTION_INT:
    case CPA_OPTION_FLOAT:
        return "0";
    default:
        return "";
    }
}

static CpaJsonKind kind_of(const CpaOptionRow *row)
{
    switch (row->kind) {
    case CPA_OPTION_BOOL:
        return CPA_JSON_BOOL;
    case CPA_OPTION_INT:
    case CPA_OPTION_FLOAT:
        return CPA_JSON_NUMBER;
    default:
        return CPA_JSON_STRING;
    }
}

static bool read_option(CpaOptions *options, const CpaOptionRow *row, const CpaJsonValue *config,
                        GError **error)
{
    const CpaJsonValue *value = cpa_json_get(config, row->name);
    if (value == NULL || value->kind == CPA_JSON_NULL) {
        cpa_options_reset(options, row);
        /* A zero that is no value of the option leaves its default. */
        if (row->saved == CPA_SAVED) {
            cpa_options_set(options, row, zero_of(row), NULL);
        }
        return true;
    }
    if (value->kind != kind_of(row)) {
        return cpa_error_set(error, CPA_ERROR_MALFORMED, "%s has a value of another kind",
                             row->name);
    }
    if (value->text[0] == '\0') {
        cpa_options_reset(options, row);
        return true;
    }
    return cpa_options_set(options, row, value->text, error);
}

static CpaWebConfig *read_config(const CpaJsonValue *object, const CpaOptions *start,
                                 GError **error)
{
    if (object->kind != CPA_JSON_OBJECT) {
        cpa_error_set(error, CPA_ERROR_MALFORMED, "a configuration is no object");
        return NULL;
    }
    const CpaJsonValue *name = cpa_json_get(object, "name");
    CpaWebConfig *config = g_new0(CpaWebConfig, 1);
    config->name = g_strdup(name != NULL && name->kind == CPA_JSON_STRING ? name->text : "");
    config->options = cpa_options_copy(start);
    size_t n = 0;
    const CpaOptionRow *rows = cpa_options_table(&n);
    for (size_t i = 0; i < n; i++) {
        if (rows[i].saved != CPA_SAVED_NO &&
            !read_option(config->options, &rows[i], object, error)) {
            config_free(config);
            return NULL;
        }
    }
    return config;
}

GPtrArray *cpa_web_settings_parse(const char *text, size_t n, const CpaOptions *start,
                                  GError **error)
{
    g_autoptr(GPtrArray) configs = g_ptr_array_new_with_free_func(config_free);
    g_autoptr(CpaJsonValue) root = cpa_json_parse(text, n, error);
    if (root == NULL) {
        return NULL;
    }
    const CpaJsonValue *list = cpa_json_get(root, "configs");
    if (root->kind != CPA_JSON_OBJECT ||
        (list != NULL && list->kind != CPA_JSON_ARRAY && list->kind != CPA_JSON_NULL)) {
        cpa_error_set(error, CPA_ERROR_MALFORMED, "configs is no list");
        return NULL;
    }
    for (guint i = 0; list != NULL && list->items != NULL && i < list->items->len; i++) {
        CpaWebConfig *config = read_config(list->items->pdata[i], start, error);
        if (config == NULL) {
            return NULL;
        }
        g_ptr_array_add(configs, config);
    }
    return g_steal_pointer(&configs);
}

GPtrArray *cpa_web_settings_read(const char *path, const CpaOptions *start, GError **error)
{
    g_autofree char *text = NULL;
    gsize n = 0;
    struct stat info;
    if (stat(path, &info) != 0 && errno == ENOENT) {
        return g_ptr_array_new_with_free_func(config_free);
    }
    if (stat(path, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size > FILE_MAX) {
        cpa_error_set(error, CPA_ERROR_IO, "could not read settings: %s is no file of settings",
                      path);
        return NULL;
    }
    g_autoptr(GError) problem = NULL;
    if (!g_file_get_contents(path, &text, &n, &problem)) {
        cpa_error_set(error, CPA_ERROR_IO, "could not read settings: %s", problem->message);
        return NULL;
    }
    GPtrArray *configs = cpa_web_settings_parse(text, n, start, error);
    if (configs == NULL) {
        g_prefix_error(error, "could not parse settings: %s: ", path);
    }
    return configs;
}

/* --- Writing ----------------------------------------------------------------------------------- */

static bool is_left_out(const CpaOptionRow *row, const char *value)
{
    return strcmp(value, zero_of(row)) == 0 ||
           (row->saved == CPA_SAVED_OWN && strcmp(value, row->default_value) == 0);
}

static void put_member(GString *out, const char *key, const char *value, bool is_text)
{
    CpaJson json = {.out = out};
    g_string_append(out, out->str[out->len - 1] == '{' ? "\n      " : ",\n      ");
    g_string_append_printf(out, "\"%s\": ", key);
    if (is_text) {
        cpa_json_text(&json, NULL, value, -1);
    } else {
        g_string_append(out, value);
    }
}

/* "1e-05" as "0.00001", which is how Go's encoding/json has numbers from 1e-6 to 1e21. */
static char *expand_number(const char *text)
{
    const char *e = strchr(text, 'e');
    int exponent = e != NULL ? (int)g_ascii_strtoll(e + 1, NULL, 10) : 0;
    if (e == NULL || exponent < -6 || exponent > 20) {
        return g_strdup(text);
    }
    g_autoptr(GString) digits = g_string_new(NULL);
    int point = 0; /* digits before it */
    bool seen = false;
    for (const char *p = text; p < e; p++) {
        if (g_ascii_isdigit(*p)) {
            g_string_append_c(digits, *p);
            point += !seen;
        }
        seen = seen || *p == '.';
    }
    point += exponent;
    while (point > (int)digits->len) {
        g_string_append_c(digits, '0');
    }
    for (; point < 1; point++) {
        g_string_prepend_c(digits, '0');
    }
    if (point < (int)digits->len) {
        g_string_insert_c(digits, point, '.');
    }
    return g_strconcat(text[0] == '-' ? "-" : "", digits->str, NULL);
}

static void put_config(GString *out, const CpaWebConfig *config)
{
    size_t n = 0;
    const CpaOptionRow *rows = cpa_options_table(&n);
    g_string_append(out, "    {");
    put_member(out, "name", config->name, true);
    for (size_t i = 0; i < n; i++) {
        if (rows[i].saved == CPA_SAVED_NO) {
            continue;
        }
        g_autofree char *value = cpa_options_get(config->options, &rows[i]);
        if (is_left_out(&rows[i], value)) {
            continue;
        }
        bool is_text = kind_of(&rows[i]) == CPA_JSON_STRING;
        g_autofree char *shown =
            rows[i].kind == CPA_OPTION_FLOAT ? expand_number(value) : g_strdup(value);
        put_member(out, rows[i].name, shown, is_text);
    }
    g_string_append(out, "\n    }");
}

char *cpa_web_settings_format(const GPtrArray *configs)
{
    GString *out = g_string_new("{\n  \"configs\": [");
    for (guint i = 0; i < configs->len; i++) {
        g_string_append(out, i > 0 ? ",\n" : "\n");
        put_config(out, configs->pdata[i]);
    }
    g_string_append(out, configs->len > 0 ? "\n  ]\n}" : "]\n}");
    return g_string_free(out, FALSE);
}

/* JSON has no infinity: the file could not be read again. */
static bool can_be_kept(const CpaOptions *options, GError **error)
{
    size_t n = 0;
    const CpaOptionRow *rows = cpa_options_table(&n);
    for (size_t i = 0; i < n; i++) {
        if (rows[i].saved == CPA_SAVED_NO || rows[i].kind != CPA_OPTION_FLOAT) {
            continue;
        }
        g_autofree char *value = cpa_options_get(options, &rows[i]);
        if (!isfinite(g_ascii_strtod(value, NULL))) {
            return cpa_error_set(error, CPA_ERROR_USAGE,
                                 "%s=%s cannot be saved: it must be a finite number", rows[i].name,
                                 value);
        }
    }
    return true;
}

/* A link to the file stays one, and the file as private as it was. */
static bool write_settings(const char *path, const GPtrArray *configs, GError **error)
{
    g_autofree char *dir = g_path_get_dirname(path);
    g_autofree char *text = cpa_web_settings_format(configs);
    g_autofree char *target = realpath(path, NULL);
    g_autoptr(GError) problem = NULL;
    struct stat info;
    int mode = stat(path, &info) == 0 ? (int)(info.st_mode & 0777) : 0644;
    if (g_mkdir_with_parents(dir, 0700) != 0) {
        return cpa_error_set(error, CPA_ERROR_IO, "failed to create settings directory: %s: %s",
                             dir, g_strerror(errno));
    }
    if (!g_file_set_contents_full(target != NULL ? target : path, text, (gssize)strlen(text),
                                  G_FILE_SET_CONTENTS_CONSISTENT, mode, &problem)) {
        return cpa_error_set(error, CPA_ERROR_IO, "failed to write settings: %s", problem->message);
    }
    return true;
}

static CpaWebConfig *find_config(const GPtrArray *configs, const char *name, guint *index)
{
    for (guint i = 0; i < configs->len; i++) {
        CpaWebConfig *config = configs->pdata[i];
        if (strcmp(config->name, name) == 0) {
            *index = i;
            return config;
        }
    }
    return NULL;
}

bool cpa_web_settings_save(const char *path, const CpaOptions *start, const char *name,
                           const CpaOptions *options, GError **error)
{
    if (*name == '\0' || strlen(name) > NAME_MAX_) {
        return cpa_error_set(error, CPA_ERROR_USAGE, "invalid config name");
    }
    if (!can_be_kept(options, error)) {
        return false;
    }
    g_autoptr(GPtrArray) configs = cpa_web_settings_read(path, start, error);
    if (configs == NULL) {
        return false;
    }
    guint index = 0;
    CpaWebConfig *config = find_config(configs, name, &index);
    if (config == NULL) {
        config = g_new0(CpaWebConfig, 1);
        config->name = g_strdup(name);
        g_ptr_array_add(configs, config);
    }
    cpa_options_free(config->options);
    config->options = cpa_options_copy(options);
    return write_settings(path, configs, error);
}

bool cpa_web_settings_remove(const char *path, const CpaOptions *start, const char *name,
                             GError **error)
{
    g_autoptr(GPtrArray) configs = cpa_web_settings_read(path, start, error);
    if (configs == NULL) {
        return false;
    }
    guint index = 0;
    if (find_config(configs, name, &index) == NULL) {
        return cpa_error_set(error, CPA_ERROR_USAGE, "config %s not found", name);
    }
    g_ptr_array_remove_index(configs, index);
    return write_settings(path, configs, error);
}
