/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names in a file name come from the profile, which came from a server: they are cleaned.
 */
#include "report/remote.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "view/encode.h"

/* As many names as pprof tries. */
#define MAX_FILE_NUMBER 9999
#define MAX_NAME_BYTES  ((size_t)200)

CpaInput *cpa_inputs_new(const char *const *sources, size_t n, const CpaOptions *options)
{
    CpaInput *inputs = g_new0(CpaInput, n);
    for (size_t i = 0; i < n; i++) {
        struct stat st = {0};
        inputs[i].name = sources[i];
        if (strcmp(sources[i], "-") != 0 && stat(sources[i], &st) != 0 && cpa_url_is(sources[i])) {
            inputs[i].url = cpa_url_parse(sources[i], options->seconds, &inputs[i].error);
        }
    }
    return inputs;
}

void cpa_inputs_free(CpaInput *inputs, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        cpa_url_free(inputs[i].url);
        g_clear_pointer(&inputs[i].bytes, g_bytes_unref);
        g_clear_error(&inputs[i].error);
    }
    g_free(inputs);
}

static void say(const CpaUi *ui, const char *message)
{
    if (ui->say != NULL) {
        ui->say(message, ui->data);
    }
}

static void announce(const CpaInput *input, const CpaOptions *options, const CpaUi *ui)
{
    g_autofree char *message =
        g_strconcat("Fetching profile over HTTP from ", input->url->text, NULL);
    say(ui, message);
    if (options->seconds > 0) {
        g_autofree char *duration =
            cpa_duration_format((int64_t)options->seconds * 1000 * 1000 * 1000);
        g_autofree char *wait = g_strdup_printf("Please wait... (%s)", duration);
        say(ui, wait);
    }
}

size_t cpa_inputs_fetch(CpaInput *inputs, size_t n, const CpaOptions *options, const CpaUi *ui)
{
    CpaFetchSettings settings = {
        .tls_cert = options->tls_cert,
        .tls_key = options->tls_key,
        .tls_ca = options->tls_ca,
        .headers = options->header,
        .max_size = options->max_size,
    };
    g_autofree CpaFetch *fetches = g_new0(CpaFetch, n);
    g_autofree CpaInput **owners = g_new0(CpaInput *, n);
    size_t n_fetches = 0;
    for (size_t i = 0; i < n; i++) {
        if (inputs[i].url != NULL) {
            announce(&inputs[i], options, ui);
            fetches[n_fetches] = (CpaFetch){
                .url = inputs[i].url,
                .timeout_ms = cpa_fetch_timeout_ms(options->timeout, inputs[i].url->seconds),
            };
            owners[n_fetches++] = &inputs[i];
        }
    }
    if (n_fetches == 0) {
        return 0;
    }
    cpa_fetch_all(fetches, n_fetches, &settings, ui->watch, ui->data);
    if (ui->watch != NULL) {
        ui->watch(NULL, ui->data);
    }
    size_t n_fetched = 0;
    for (size_t i = 0; i < n_fetches; i++) {
        owners[i]->bytes = fetches[i].bytes;
        owners[i]->error = fetches[i].error;
        n_fetched += fetches[i].bytes != NULL;
    }
    return n_fetched;
}

CpaSource *cpa_input_open(CpaInput *input, uint64_t max_size, GError **error)
{
    if (input->error != NULL) {
        g_propagate_error(error, g_steal_pointer(&input->error));
        return NULL;
    }
    if (input->bytes == NULL) {
        return cpa_source_open(input->name, max_size, error);
    }
    gsize n = 0;
    const void *bytes = g_bytes_get_data(input->bytes, &n);
    return cpa_source_new_memory(input->url->text, bytes, n, max_size, error);
}

/* The first of pprof's folders that exists or can be made. */
static char *saving_dir(const CpaUi *ui)
{
    const char *named = g_getenv("PPROF_TMPDIR");
    const char *home = g_getenv("HOME");
    char *dirs[] = {
        named != NULL && named[0] != '\0' ? g_strdup(named) : NULL,
        home != NULL && home[0] != '\0' ? g_build_filename(home, "pprof", NULL) : NULL,
        g_strdup(g_get_tmp_dir()),
    };
    char *found = NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(dirs); i++) {
        if (dirs[i] != NULL && found == NULL) {
            if (g_mkdir_with_parents(dirs[i], 0755) == 0) {
                found = g_steal_pointer(&dirs[i]);
                continue;
            }
            g_autofree char *message =
                g_strdup_printf("Could not use temp dir %s: %s", dirs[i], g_strerror(errno));
            ui->warn(message, ui->data);
        }
        g_free(dirs[i]);
    }
    return found;
}

/* "pprof.shop.samples.cpu.", without anything that a file name must not hold. */
static char *name_prefix(const CpaProfile *p)
{
    GString *name = g_string_new("pprof.");
    const char *file = p->n_mappings > 0 ? cpa_strtab_get(p->strings, p->mappings[0].file) : "";
    if (file[0] != '\0') {
        g_autofree char *base = cpa_path_base(file);
        g_string_append_printf(name, "%s.", base);
    }
    for (uint32_t t = 0; t < p->header.n_types && name->len < MAX_NAME_BYTES; t++) {
        g_string_append_printf(name, "%s.",
                               cpa_strtab_get(p->strings, p->header.sample_types[t].type));
    }
    if (name->len > MAX_NAME_BYTES) {
        g_string_truncate(name, MAX_NAME_BYTES);
    }
    for (char *c = name->str; *c != '\0'; c++) {
        *c = *c == '/' || (unsigned char)*c < 0x20 || *c == 0x7f ? '_' : *c;
    }
    return g_string_free(name, FALSE);
}

static bool write_profile(CpaProfile *profile, int fd, GError **error)
{
    g_autoptr(CpaView) view = cpa_view_new(profile);
    g_autoptr(CpaSink) sink = cpa_sink_new_fd(fd);
    cpa_view_prune_uninteresting(view);
    return cpa_view_encode(view, 1, true, sink, error) && cpa_sink_finish(sink, error);
}

static bool save(CpaProfile *profile, const char *dir, char **saved, GError **error)
{
    g_autofree char *prefix = name_prefix(profile);
    for (int i = 1; i <= MAX_FILE_NUMBER; i++) {
        g_autofree char *name = g_strdup_printf("%s%03d.pb.gz", prefix, i);
        g_autofree char *path = g_build_filename(dir, name, NULL);
        int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd < 0 && errno != EEXIST) {
            return cpa_error_set(error, CPA_ERROR_IO, "%s: %s", path, g_strerror(errno));
        }
        if (fd >= 0) {
            bool ok = write_profile(profile, fd, error);
            if (close(fd) != 0 && ok) {
                ok = cpa_error_set(error, CPA_ERROR_IO, "%s: %s", path, g_strerror(errno));
            }
            if (!ok) {
                unlink(path);
            }
            *saved = g_steal_pointer(&path);
            return ok;
        }
    }
    return cpa_error_set(error, CPA_ERROR_IO, "no name from %s001.pb.gz on is free in %s", prefix,
                         dir);
}

void cpa_save_fetched(CpaProfile *profile, const CpaUi *ui)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = NULL;
    g_autofree char *dir = saving_dir(ui);
    g_autofree char *message = NULL;
    if (dir != NULL && save(profile, dir, &path, &error)) {
        message = g_strconcat("Saved profile in ", path, NULL);
    } else {
        message = g_strconcat(
            "Could not save profile: ", error != NULL ? error->message : "no folder for it", NULL);
    }
    ui->warn(message, ui->data);
}
