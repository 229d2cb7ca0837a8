/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The library's own timeout is about a transfer that makes no progress; the watch below ends one
 * that takes too long or is too large, whatever its progress.
 */
#include "symbol/debuginfod.h"

#include "symbol/debuginfodlib.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_SECONDS      90
#define MIN_BUILD_DIGITS 8
#define MAX_BUILD_DIGITS 128
#define MAX_KEPT         100000 /* questions that are remembered */

#define RETRY_AFTER_US  ((gint64)60 * G_USEC_PER_SEC)
#define FORGET_AFTER_US ((gint64)600 * G_USEC_PER_SEC)

/* Of all threads, under the lock. */
static GMutex lock;
static GHashTable *refused; /* question -> answer, of what no server has */
static gint64 forget_us;    /* when these are to be forgotten */
static char *broken;        /* why nobody is asked for now, or NULL */
static gint64 retry_us;     /* until then */

void cpa_debuginfod_answer_clear(CpaDebuginfodAnswer *answer)
{
    g_clear_pointer(&answer->path, g_free);
    g_clear_pointer(&answer->text, g_free);
    g_clear_pointer(&answer->warning, g_free);
}

typedef enum { DEBUG_FILE, PROGRAM, SOURCE } Kind;

/* ---- one question ---------------------------------------------------------------------------- */

#ifdef HAVE_DEBUGINFOD

typedef struct {
    gint64 end_us;
    uint64_t max_bytes;
    bool is_late;
    bool is_large;
} Watch;

static int watch_transfer(debuginfod_client *client, long n_done, long n)
{
    const CpaDebuginfodLib *lib = cpa_debuginfod_lib(NULL);
    Watch *w = lib->debuginfod_get_user_data(client);
    w->is_late = w->is_late || g_get_monotonic_time() >= w->end_us;
    w->is_large = w->is_large || (uint64_t)MAX(MAX(n_done, n), 0) > w->max_bytes;
    return w->is_late || w->is_large;
}

/* Returns: the path, or NULL with @problem set; @is_final: that others would fare the same */
static char *fetch(const CpaDebuginfodLimits *limits, Kind kind, const char *build_id,
                   const char *source, char **problem, bool *is_final)
{
    g_autoptr(GError) error = NULL;
    const CpaDebuginfodLib *lib = cpa_debuginfod_lib(&error);
    debuginfod_client *client = lib != NULL ? lib->debuginfod_begin() : NULL;
    *is_final = true;
    if (client == NULL) {
        *problem = g_strdup(error != NULL ? error->message : "libdebuginfod cannot be used");
        return NULL;
    }
    int seconds = limits->timeout > 0 ? limits->timeout : MAX_SECONDS;
    Watch watch = {
        .end_us = g_get_monotonic_time() + (gint64)seconds * G_USEC_PER_SEC,
        .max_bytes = limits->max_bytes,
    };
    lib->debuginfod_set_user_data(client, &watch);
    lib->debuginfod_set_progressfn(client, watch_transfer);
    char *found = NULL;
    const unsigned char *id = (const unsigned char *)build_id;
    int fd = kind == SOURCE    ? lib->debuginfod_find_source(client, id, 0, source, &found)
             : kind == PROGRAM ? lib->debuginfod_find_executable(client, id, 0, &found)
                               : lib->debuginfod_find_debuginfo(client, id, 0, &found);
    lib->debuginfod_end(client);
    struct stat st;
    if (fd >= 0) {
        watch.is_late = false;
        watch.is_large = fstat(fd, &st) == 0 && (uint64_t)MAX(st.st_size, 0) > watch.max_bytes;
        close(fd);
    }
    char *path = fd >= 0 && !watch.is_large ? g_strdup(found) : NULL;
    free(found);
    if (path != NULL) {
        return path;
    }
    *is_final = watch.is_late || (!watch.is_large && fd != -ENOENT && fd != -EFBIG);
    if (watch.is_late) {
        *problem = g_strdup_printf("no answer in %d seconds (-timeout)", seconds);
    } else if (watch.is_large) {
        *problem = g_strdup_printf("more than %" PRIu64 " bytes (-max_size)", watch.max_bytes);
    } else if (fd == -ENOENT) {
        *problem = g_strdup("no server has it");
    } else {
        *problem = g_strdup(g_strerror(-fd));
    }
    return NULL;
}

#else

static char *fetch(const CpaDebuginfodLimits *limits G_GNUC_UNUSED, Kind kind G_GNUC_UNUSED,
                   const char *build_id G_GNUC_UNUSED, const char *source G_GNUC_UNUSED,
                   char **problem, bool *is_final)
{
    *problem = g_strdup("this cpa was built without libdebuginfod");
    *is_final = true;
    return NULL;
}

#endif

/* ---- all questions --------------------------------------------------------------------------- */

/* A build id becomes part of a URL and of a path. */
static bool is_build_id(const char *id)
{
    size_t n = strspn(id, "0123456789abcdef");
    return id[n] == '\0' && n % 2 == 0 && n >= MIN_BUILD_DIGITS && n <= MAX_BUILD_DIGITS;
}

bool cpa_debuginfod_is_wanted(const CpaDebuginfodLimits *limits)
{
    const char *urls = g_getenv("DEBUGINFOD_URLS");
    return limits->is_allowed && urls != NULL && urls[strspn(urls, " ")] != '\0';
}

/* What is known of the question without asking it, or NULL. */
static char *recall(const char *question, gint64 now_us)
{
    if (refused == NULL || now_us >= forget_us) {
        g_clear_pointer(&refused, g_hash_table_unref);
        refused = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
        forget_us = now_us + FORGET_AFTER_US;
    }
    if (now_us >= retry_us) {
        g_clear_pointer(&broken, g_free);
    }
    const char *answer = g_hash_table_lookup(refused, question);
    return answer != NULL   ? g_strdup(answer)
           : broken != NULL ? g_strdup_printf("not asked: %s", broken)
                            : NULL;
}

static void ask(const CpaDebuginfodLimits *limits, Kind kind, const char *build_id,
                const char *source, CpaDebuginfodAnswer *answer)
{
    static const char *const kinds[] = {"", ", the program", ", "};
    const char *urls = g_getenv("DEBUGINFOD_URLS");
    *answer = (CpaDebuginfodAnswer){0};
    g_autofree char *id = g_ascii_strdown(build_id, -1);
    if (!cpa_debuginfod_is_wanted(limits) || !is_build_id(id) ||
        (source != NULL && *source != '/')) {
        return;
    }
    g_autofree char *question = g_strdup_printf("debuginfod %s, build id %s%s%s", urls, id,
                                                kinds[kind], source != NULL ? source : "");
    g_mutex_lock(&lock);
    g_autofree char *problem = recall(question, g_get_monotonic_time());
    if (problem == NULL) {
        bool is_final = false;
        answer->path = fetch(limits, kind, id, source, &problem, &is_final);
        if (answer->path == NULL && is_final) {
            broken = g_strdup(problem);
            retry_us = g_get_monotonic_time() + RETRY_AFTER_US;
            answer->warning =
                g_strdup_printf("%s: %s; not asked again for a minute", question, problem);
        } else if (answer->path == NULL && g_hash_table_size(refused) < MAX_KEPT) {
            g_hash_table_insert(refused, g_strdup(question), g_strdup(problem));
        }
    }
    g_mutex_unlock(&lock);
    answer->text =
        g_strdup_printf("%s: %s", question, answer->path != NULL ? answer->path : problem);
}

void cpa_debuginfod_ask(const CpaDebuginfodLimits *limits, const char *build_id, const char *source,
                        CpaDebuginfodAnswer *answer)
{
    ask(limits, source != NULL ? SOURCE : DEBUG_FILE, build_id, source, answer);
}

void cpa_debuginfod_ask_program(const CpaDebuginfodLimits *limits, const char *build_id,
                                CpaDebuginfodAnswer *answer)
{
    ask(limits, PROGRAM, build_id, NULL, answer);
}
