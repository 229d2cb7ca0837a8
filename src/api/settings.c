/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Settings: options by name. The table of options says what there is.
 */
#include "api/api.h"

#include "base/text.h"

CpaSettings *cpa_settings_new(void)
{
    CpaSettings *settings = g_new0(CpaSettings, 1);
    settings->options = cpa_options_new();
    return settings;
}

CpaSettings *cpa_settings_dup(const CpaSettings *settings)
{
    g_return_val_if_fail(settings != NULL, NULL);
    CpaSettings *copy = g_new(CpaSettings, 1);
    *copy = *settings;
    copy->options = cpa_options_copy(settings->options);
    return copy;
}

void cpa_settings_free(CpaSettings *settings)
{
    if (settings != NULL) {
        cpa_options_free(settings->options);
        g_free(settings);
    }
}

static bool unknown_option(const char *name, GError **error)
{
    const CpaOptionRow *choice = cpa_options_find_choice(name);
    if (choice != NULL) {
        return cpa_error_set(error, CPA_ERROR_USAGE, "%s is a value of the option %s", name,
                             choice->name);
    }
    size_t n = 0;
    const CpaOptionRow *rows = cpa_options_table(&n);
    g_autofree const char **names = g_new(const char *, n);
    for (size_t i = 0; i < n; i++) {
        names[i] = rows[i].name;
    }
    int nearest = cpa_text_nearest(name, names, n);
    return cpa_error_set(error, CPA_ERROR_USAGE, "there is no option %s%s%s%s", name,
                         nearest >= 0 ? "; did you mean " : "", nearest >= 0 ? names[nearest] : "",
                         nearest >= 0 ? "?" : "");
}

bool cpa_settings_set(CpaSettings *settings, const char *name, const char *value, GError **error)
{
    g_return_val_if_fail(settings != NULL, false);
    g_return_val_if_fail(name != NULL, false);
    g_return_val_if_fail(error == NULL || *error == NULL, false);
    const CpaOptionRow *row = cpa_options_find(name);
    if (row == NULL) {
        return unknown_option(name, error);
    }
    /* As on the command line, a list holds what it was given last, and "" is nothing. */
    bool is_list = row->kind == CPA_OPTION_LIST;
    if (value == NULL || is_list) {
        g_autofree char *kept = g_strdup(value); /* it may be the text that goes */
        cpa_options_reset(settings->options, row);
        return kept == NULL || kept[0] == '\0' ||
               cpa_options_set(settings->options, row, kept, error);
    }
    return cpa_options_set(settings->options, row, value, error);
}

char *cpa_settings_get(const CpaSettings *settings, const char *name)
{
    g_return_val_if_fail(settings != NULL, NULL);
    g_return_val_if_fail(name != NULL, NULL);
    const CpaOptionRow *row = cpa_options_find(name);
    if (row == NULL) {
        return NULL;
    }
    if (cpa_option_is_list(row)) {
        const GPtrArray *list = G_STRUCT_MEMBER(GPtrArray *, settings->options, row->member_offset);
        return g_strdup(list->len > 0 ? list->pdata[list->len - 1] : "");
    }
    return cpa_options_get(settings->options, row);
}

void cpa_settings_set_warn(CpaSettings *settings, CpaWarn warn, gpointer data)
{
    g_return_if_fail(settings != NULL);
    settings->warn = warn;
    settings->warn_data = data;
}

const char *cpa_option_name(size_t i)
{
    size_t n = 0;
    const CpaOptionRow *rows = cpa_options_table(&n);
    return i < n ? rows[i].name : NULL;
}

const char *cpa_option_help(size_t i)
{
    size_t n = 0;
    const CpaOptionRow *rows = cpa_options_table(&n);
    return i < n ? rows[i].help : NULL;
}

void cpa_api_settings_init(CpaApiSettings *inner, const CpaSettings *settings)
{
    *inner = (CpaApiSettings){0};
    if (settings == NULL) {
        inner->options = cpa_options_new();
        return;
    }
    inner->options = cpa_options_copy(settings->options);
    inner->warn = settings->warn;
    inner->warn_data = settings->warn_data;
    size_t n = 0;
    const CpaOptionRow *rows = cpa_options_table(&n);
    for (size_t i = 0; i < n; i++) {
        if (rows[i].kind == CPA_OPTION_PRESET &&
            G_STRUCT_MEMBER(bool, inner->options, rows[i].member_offset) &&
            !cpa_options_apply_preset(inner->options, &rows[i]) && inner->warn != NULL) {
            g_autofree char *message =
                g_strdup_printf("Multiple value selections, ignoring -%s", rows[i].name);
            inner->warn(message, inner->warn_data);
        }
    }
}

void cpa_api_settings_clear(CpaApiSettings *inner)
{
    g_clear_pointer(&inner->options, cpa_options_free);
}
