/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loading: the loader of the command line behind public doors.
 */
#include "api/api.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

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
    return cpa_load(sources, g_strv_length((char **)sources), binary, inner.options, inner.warn,
                    inner.warn_data, error);
}

CpaProfile *cpa_profile_load_file(const char *path, GError **error)
{
    g_return_val_if_fail(path != NULL, NULL);
    g_return_val_if_fail(error == NULL || *error == NULL, NULL);
    return cpa_profile_load((const char *const[]){path, NULL}, NULL, NULL, error);
}

/* Writes a file that only its name leads to. */
static char *put_file(const void *bytes, size_t n, GError **error)
{
    char *path = NULL;
    int fd = g_file_open_tmp("cpa-XXXXXX", &path, NULL);
    if (fd < 0) {
        cpa_error_set(error, CPA_ERROR_IO, "cannot make a temporary file in %s", g_get_tmp_dir());
        return NULL;
    }
    size_t done = 0;
    int failed = 0;
    while (done < n && failed == 0) {
        ssize_t put = write(fd, (const char *)bytes + done, n - done);
        failed = put < 0 && errno != EINTR ? errno : 0;
        done += put > 0 ? (size_t)put : 0;
    }
    failed = close(fd) != 0 && failed == 0 ? errno : failed;
    if (failed != 0) {
        cpa_error_set(error, CPA_ERROR_IO, "%s: %s", path, g_strerror(failed));
        unlink(path);
        g_clear_pointer(&path, g_free);
    }
    return path;
}

/*
 * The loader takes names of files only. Going through one keeps what it does to profiles in one
 * place.
 */
CpaProfile *cpa_profile_load_bytes(const char *name, const void *bytes, size_t n_bytes,
                                   const CpaSettings *settings, GError **error)
{
    g_return_val_if_fail(name != NULL, NULL);
    g_return_val_if_fail(bytes != NULL || n_bytes == 0, NULL);
    g_return_val_if_fail(error == NULL || *error == NULL, NULL);
    g_autoptr(CpaSettings) alone =
        settings != NULL ? cpa_settings_dup(settings) : cpa_settings_new();
    g_ptr_array_set_size(alone->options->base, 0);
    g_ptr_array_set_size(alone->options->diff_base, 0);
    alone->options->normalize = false;
    g_autofree char *path = put_file(bytes, n_bytes, error);
    if (path == NULL) {
        return NULL;
    }
    GError *failure = NULL;
    CpaProfile *profile =
        cpa_profile_load((const char *const[]){path, NULL}, NULL, alone, &failure);
    unlink(path);
    if (profile == NULL) {
        const char *message = failure->message;
        message += g_str_has_prefix(message, path) ? strlen(path) : 0;
        g_set_error(error, failure->domain, failure->code, "%s%s%s", name,
                    message == failure->message ? ": " : "", message);
        g_error_free(failure);
    }
    return profile;
}
