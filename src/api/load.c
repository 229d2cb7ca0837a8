/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loading: the loader of the command line behind public doors.
 */
#include "api/api.h"

#include "report/run.h"

static bool check_base(const CpaOptions *o, GError **error)
{
    if (o->base->len > 0 && o->diff_base->len > 0) {
        return cpa_error_set(error, CPA_ERROR_USAGE, "base and diff_base exclude each other");
    }
    if (o->normalize && o->base->len + o->diff_base->len == 0) {
        return cpa_error_set(error, CPA_ERROR_USAGE, "normalize needs base or diff_base");
    }
    return true;
}

CpaProfile *cpa_profile_load(const char *const *sources, const char *binary,
                             const CpaSettings *settings, GError **error)
{
    g_return_val_if_fail(sources != NULL && sources[0] != NULL, NULL);
    g_return_val_if_fail(error == NULL || *error == NULL, NULL);
    g_auto(CpaApiSettings) inner = {0};
    cpa_api_settings_init(&inner, settings);
    if (!check_base(inner.options, error)) {
        return NULL;
    }
    const CpaUi ui = {.warn = inner.warn, .data = inner.warn_data};
    return cpa_load(sources, g_strv_length((char **)sources), binary, inner.options, &ui, error);
}

CpaProfile *cpa_profile_load_file(const char *path, GError **error)
{
    g_return_val_if_fail(path != NULL, NULL);
    g_return_val_if_fail(error == NULL || *error == NULL, NULL);
    return cpa_profile_load((const char *const[]){path, NULL}, NULL, NULL, error);
}

CpaProfile *cpa_profile_load_bytes(const char *name, const void *bytes, size_t n_bytes,
                                   const CpaSettings *settings, GError **error)
{
    g_return_val_if_fail(name != NULL, NULL);
    g_return_val_if_fail(bytes != NULL || n_bytes == 0, NULL);
    g_return_val_if_fail(error == NULL || *error == NULL, NULL);
    g_auto(CpaApiSettings) inner = {0};
    cpa_api_settings_init(&inner, settings);
    return cpa_load_memory(name, bytes, n_bytes, inner.options, error);
}
