/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order is pprof's: local files, the server, spelling.
 */
#include "report/symbolize.h"

#include "symbol/cache.h"
#include "symbol/local.h"
#include "symbol/symbolz.h"

#include <string.h>

/* A report of which more than this has no name says so. */
#define UNNAMED_FRAC 0.05

typedef struct {
    char *key; /* build id, else file */
    char *url;
    uint64_t start;
} Server;

struct CpaSymbolServers {
    GArray *all; /* of Server */
};

static void clear_server(gpointer data)
{
    Server *server = data;
    g_free(server->key);
    g_free(server->url);
}

CpaSymbolServers *cpa_symbol_servers_new(void)
{
    CpaSymbolServers *servers = g_new(CpaSymbolServers, 1);
    servers->all = g_array_new(FALSE, FALSE, sizeof(Server));
    g_array_set_clear_func(servers->all, clear_server);
    return servers;
}

void cpa_symbol_servers_free(CpaSymbolServers *servers)
{
    if (servers != NULL) {
        g_array_unref(servers->all);
        g_free(servers);
    }
}

void cpa_symbol_servers_add(CpaSymbolServers *servers, const char *build_id, const char *file,
                            uint64_t start, const char *url)
{
    Server server = {g_strdup(*build_id != '\0' ? build_id : file), g_strdup(url), start};
    g_array_append_val(servers->all, server);
}

/* ---- asking servers -------------------------------------------------------------------------- */

/* Asks one server about one mapping. */
static bool ask(CpaProfile *p, uint32_t mapping, const Server *server, const CpaOptions *options,
                const CpaUi *ui, GError **error)
{
    int64_t offset = (int64_t)(server->start - p->mappings[mapping].start);
    g_autofree char *text = cpa_symbolz_url(server->url);
    g_autofree char *body = cpa_symbolz_request(p, mapping, offset, error);
    if (body == NULL) {
        return error == NULL || *error == NULL;
    }
    CpaUrl *url = cpa_url_parse(text, 0, error);
    if (url == NULL) {
        return false;
    }
    const CpaFetchSettings settings = {
        .tls_cert = options->tls_cert,
        .tls_key = options->tls_key,
        .tls_ca = options->tls_ca,
        .headers = options->header,
        .max_size = options->max_size,
    };
    CpaFetch fetch = {
        .url = url,
        .body = body,
        .n_body = strlen(body),
        .content_type = "application/octet-stream",
        .timeout_ms = cpa_fetch_timeout_ms(options->timeout, 0),
    };
    cpa_fetch_all(&fetch, 1, &settings, ui->watch, ui->data);
    bool ok = fetch.error == NULL;
    if (ok) {
        gsize n = 0;
        const char *answer = g_bytes_get_data(fetch.bytes, &n);
        ok = cpa_symbolz_apply(p, mapping, offset, answer, n, error);
    } else if (error != NULL) {
        *error = g_error_copy(fetch.error);
        g_prefix_error(error, "asking %s for symbols: ", url->text);
    }
    cpa_fetch_clear(&fetch);
    cpa_url_free(url);
    return ok;
}

/* The first server of each mapping that has no functions; the rest give up when one fails. */
static void ask_servers(CpaProfile *p, const CpaSymbolServers *servers, bool force,
                        const CpaOptions *options, const CpaUi *ui)
{
    for (uint32_t m = 0; m < p->n_mappings; m++) {
        const char *file = cpa_strtab_get(p->strings, p->mappings[m].file);
        const char *id = cpa_strtab_get(p->strings, p->mappings[m].build_id);
        const Server *chosen = NULL;
        if (!force && p->mappings[m].has_functions) {
            continue;
        }
        for (guint i = 0; i < servers->all->len && chosen == NULL; i++) {
            const Server *server = &g_array_index(servers->all, Server, i);
            g_autofree char *url = cpa_symbolz_url(server->url);
            bool is_of =
                strcmp(server->key, file) == 0 || (*id != '\0' && strcmp(server->key, id) == 0);
            chosen = is_of && url != NULL ? server : NULL;
        }
        g_autoptr(GError) error = NULL;
        if (chosen != NULL && !ask(p, m, chosen, options, ui, &error)) {
            if (ui->warn != NULL) {
                ui->warn(error->message, ui->data);
            }
            return;
        }
        p->mappings[m].has_functions |= chosen != NULL;
    }
}

/* ---- the order ------------------------------------------------------------------------------- */

static void tell_warning(const char *message, gpointer data)
{
    const CpaUi *ui = data;
    if (ui->warn != NULL) {
        ui->warn(message, ui->data);
    }
}

static void tell_explanation(const char *message, gpointer data)
{
    const CpaUi *ui = data;
    if (ui->say != NULL) {
        ui->say(message, ui->data);
    }
}

static void tell_watch(size_t n_done, size_t n, gpointer data)
{
    const CpaUi *ui = data;
    if (ui->watch_symbols != NULL) {
        ui->watch_symbols(n_done, n, ui->data);
    }
}

/* Which samples end in an address without a name. */
static int64_t unnamed_weight(const CpaProfile *p, uint32_t type, int64_t *total)
{
    uint64_t unnamed = 0;
    uint64_t all = 0;
    for (size_t i = 0; i < p->n_samples; i++) {
        int64_t value = p->values[i * p->header.n_types + type];
        uint64_t weight = value < 0 ? -(uint64_t)value : (uint64_t)value;
        all += weight;
        if (p->frame_first[i] == p->frame_first[i + 1]) {
            continue;
        }
        const CpaLocation *leaf = &p->locations[p->frames[p->frame_first[i]]];
        bool has_name =
            leaf->n_lines > 0 && p->functions[p->lines[leaf->line_first].function].name != 0;
        unnamed += has_name ? 0 : weight;
    }
    *total = (int64_t)MIN(all, (uint64_t)INT64_MAX);
    return (int64_t)MIN(unnamed, (uint64_t)INT64_MAX);
}

static bool has_unnamed_location(const CpaProfile *p)
{
    for (uint32_t i = 0; i < p->n_locations; i++) {
        const CpaLocation *l = &p->locations[i];
        if (l->n_lines == 0 || p->functions[p->lines[l->line_first].function].name == 0) {
            return true;
        }
    }
    return false;
}

CpaDebuginfodLimits cpa_symbolize_servers(const CpaOptions *options)
{
    CpaSymbolMode mode;
    cpa_symbol_mode_parse(&mode, options->symbolize);
    return (CpaDebuginfodLimits){
        .is_allowed = !mode.is_off && mode.local && mode.remote,
        .timeout = MAX(options->timeout, 0),
        .max_bytes = options->max_size > 0 ? (uint64_t)options->max_size : UINT64_MAX,
    };
}

void cpa_symbolize(CpaProfile *profile, const CpaSymbolServers *servers, const CpaOptions *options,
                   const CpaUi *ui)
{
    CpaSymbolMode mode;
    cpa_symbol_mode_parse(&mode, options->symbolize);
    if (mode.is_off) {
        return;
    }
    g_autofree char *cache = cpa_symcache_dir(options->symbol_cache);
    const CpaSymbolUi ears = {
        .cache = cache,
        .servers = cpa_symbolize_servers(options),
        .warn = tell_warning,
        .explain = tell_explanation,
        .watch = tell_watch,
        .data = (gpointer)ui,
    };
    if (mode.local) {
        cpa_symbolize_local(profile, &mode, &ears);
    }
    if (mode.remote && servers != NULL) {
        ask_servers(profile, servers, mode.force, options, ui);
    }
    cpa_profile_demangle(profile, mode.force, mode.demangle);
}

char *cpa_symbolize_summary(const CpaProfile *p, const CpaOptions *options)
{
    CpaSymbolMode mode;
    cpa_symbol_mode_parse(&mode, options->symbolize);
    if (mode.is_off || p->header.n_types == 0 || !has_unnamed_location(p)) {
        return NULL;
    }
    uint32_t type = p->header.n_types - 1;
    for (uint32_t t = 0; t < p->header.n_types; t++) {
        const char *name = cpa_strtab_get(p->strings, p->header.sample_types[t].type);
        const char *wanted = *options->sample_index != '\0'
                                 ? options->sample_index
                                 : cpa_strtab_get(p->strings, p->header.default_sample_type);
        type = strcmp(name, wanted) == 0 ? t : type;
    }
    int64_t total = 0;
    int64_t unnamed = unnamed_weight(p, type, &total);
    if (total == 0 || (double)unnamed <= UNNAMED_FRAC * (double)total) {
        return NULL;
    }
    return g_strdup_printf("%.0f%% of the %s of this profile has no name; -symbolize=explain says "
                           "why",
                           100 * (double)unnamed / (double)total,
                           cpa_strtab_get(p->strings, p->header.sample_types[type].type));
}
