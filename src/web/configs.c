/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The menu of saved configurations, and what changes it.
 *
 * Source: pprof driver configMenu, setConfig, removeConfig
 */
#include "web/configs.h"

#include <string.h>
#include <sys/stat.h>

#include "web/handlers.h"
#include "web/settings.h"
#include "web/web.h"

/* One writer at a time: what is read is written back. */
static GMutex lock;

/* The options of the table's defaults, else as the program was started. */
static CpaOptions *default_options(const CpaOptions *start)
{
    CpaOptions *options = cpa_options_copy(start);
    size_t n = 0;
    const CpaOptionRow *rows = cpa_options_table(&n);
    for (size_t i = 0; i < n; i++) {
        if (rows[i].saved != CPA_SAVED_NO) {
            cpa_options_reset(options, &rows[i]);
        }
    }
    return options;
}

static void put_entry(CpaJson *json, const char *name, const char *url, bool current, bool user)
{
    cpa_json_open(json, NULL, '{');
    cpa_json_text(json, "name", name, -1);
    cpa_json_text(json, "url", url, -1);
    cpa_json_bool(json, "current", current);
    cpa_json_bool(json, "user", user);
    cpa_json_close(json, '}');
}

void cpa_web_put_configs(CpaJson *json, const CpaWebRequest *request)
{
    const CpaOptions *start = cpa_web_start_options(request->web);
    g_autofree char *path = cpa_web_settings_path(NULL);
    g_autoptr(GPtrArray) configs = path != NULL ? cpa_web_settings_read(path, start, NULL) : NULL;
    guint n = configs != NULL ? configs->len : 0;
    g_autoptr(GPtrArray) urls = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(CpaOptions) usual = default_options(start);
    guint current = G_MAXUINT;
    for (guint i = 0; i <= n; i++) {
        const CpaWebConfig *config = i > 0 ? configs->pdata[i - 1] : NULL;
        bool changed = false;
        g_ptr_array_add(urls, cpa_web_options_url(config != NULL ? config->options : usual,
                                                  request->query, &changed));
        current = changed ? current : i;
    }
    cpa_json_open(json, "configs", '[');
    for (guint i = 0; i <= n; i++) {
        const CpaWebConfig *config = i > 0 ? configs->pdata[i - 1] : NULL;
        put_entry(json, config != NULL ? config->name : "Default", urls->pdata[i], i == current,
                  config != NULL);
    }
    cpa_json_close(json, ']');
}

void cpa_web_configs_key(GString *key)
{
    struct stat info;
    g_autofree char *path = cpa_web_settings_path(NULL);
    if (path != NULL && stat(path, &info) == 0) {
        g_string_append_printf(key, "\nsettings=%lld.%ld.%lld.%llu", (long long)info.st_mtim.tv_sec,
                               (long)info.st_mtim.tv_nsec, (long long)info.st_size,
                               (unsigned long long)info.st_ino);
    }
}

/* @options: NULL removes the configuration. */
static bool change(const CpaWebRequest *request, const CpaOptions *options, CpaWebReply *reply,
                   GError **error)
{
    const CpaOptions *start = cpa_web_start_options(request->web);
    const char *name = cpa_web_query_get(request->query, "config");
    g_autofree char *path = cpa_web_settings_path(error);
    if (path == NULL) {
        return false;
    }
    g_mutex_lock(&lock);
    bool ok = options != NULL ? cpa_web_settings_save(path, start, name, options, error)
                              : cpa_web_settings_remove(path, start, name, error);
    g_mutex_unlock(&lock);
    g_string_append(reply->body, ok ? "{}\n" : "");
    return ok;
}

bool cpa_web_save_config(const CpaWebRequest *request, CpaWebReply *reply, GError **error)
{
    g_autoptr(CpaOptions) options =
        cpa_web_query_options(request->query, cpa_web_start_options(request->web), error);
    return options != NULL && change(request, options, reply, error);
}

bool cpa_web_delete_config(const CpaWebRequest *request, CpaWebReply *reply, GError **error)
{
    return change(request, NULL, reply, error);
}
