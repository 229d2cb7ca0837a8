/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file is written under another name and renamed, so that readers see all of it or nothing.
 */
#include "symbol/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX        ".cpasym"
#define MAX_FILE_SIZE ((gsize)256 << 20)
#define MAX_DIR_SIZE  ((uint64_t)512 << 20)
#define MAX_FILES     4096

char *cpa_symcache_dir(const char *option)
{
    if (strcmp(option, "off") == 0) {
        return NULL;
    }
    return *option != '\0' ? g_strdup(option)
                           : g_build_filename(g_get_user_cache_dir(), "cpa", "symbols", NULL);
}

static char *file_of(const char *dir, const char *key)
{
    g_autofree char *name = g_strconcat(key, SUFFIX, NULL);
    return g_build_filename(dir, name, NULL);
}

bool cpa_symcache_load(const char *dir, const char *key, CpaAnswers *answers)
{
    g_autofree char *path = file_of(dir, key);
    g_autofree char *bytes = NULL;
    gsize n = 0;
    struct stat st;
    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode) || (gsize)st.st_size > MAX_FILE_SIZE ||
        !g_file_get_contents(path, &bytes, &n, NULL)) {
        return false;
    }
    if (!cpa_answers_decode(answers, (const uint8_t *)bytes, n, NULL)) {
        return false;
    }
    utimensat(AT_FDCWD, path, NULL, 0); /* used: goes last */
    return true;
}

typedef struct {
    char *path;
    int64_t time_ns;
    uint64_t size;
} Entry;

static int compare(const void *a, const void *b)
{
    const Entry *x = a;
    const Entry *y = b;
    if (x->time_ns != y->time_ns) {
        return x->time_ns > y->time_ns ? -1 : 1; /* the latest first */
    }
    return strcmp(x->path, y->path);
}

/* Removes what was not used for longest until the rest is small enough. */
static void trim(const char *dir)
{
    GDir *open = g_dir_open(dir, 0, NULL);
    if (open == NULL) {
        return;
    }
    CPA_VEC(Entry) all = {0};
    for (const char *name; (name = g_dir_read_name(open)) != NULL;) {
        struct stat st;
        g_autofree char *path = g_build_filename(dir, name, NULL);
        if (g_str_has_suffix(name, SUFFIX) && stat(path, &st) == 0 && S_ISREG(st.st_mode)) {
            Entry entry = {g_steal_pointer(&path),
                           (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec,
                           (uint64_t)st.st_size};
            cpa_vec_push(&all, entry);
        }
    }
    g_dir_close(open);
    if (all.len > 1) {
        qsort(all.data, all.len, sizeof(Entry), compare);
    }
    uint64_t total = 0;
    for (size_t i = 0; i < all.len; i++) {
        total += all.data[i].size;
        if (total > MAX_DIR_SIZE || i >= MAX_FILES) {
            unlink(all.data[i].path);
        }
        g_free(all.data[i].path);
    }
    cpa_vec_clear(&all);
}

void cpa_symcache_store(const char *dir, const char *key, const CpaAnswers *answers)
{
    g_autofree char *path = file_of(dir, key);
    g_autofree char *draft = g_strdup_printf("%s.%ld.tmp", path, (long)getpid());
    g_autoptr(GByteArray) bytes = cpa_answers_encode(answers);
    if (bytes->len > MAX_FILE_SIZE || g_mkdir_with_parents(dir, 0700) != 0) {
        return;
    }
    int fd = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return;
    }
    bool ok = true;
    for (size_t at = 0; at < bytes->len && ok;) {
        ssize_t n = write(fd, bytes->data + at, bytes->len - at);
        ok = n > 0 || (n < 0 && errno == EINTR);
        at += n > 0 ? (size_t)n : 0;
    }
    ok = close(fd) == 0 && ok;
    if (!ok || rename(draft, path) != 0) {
        unlink(draft);
        return;
    }
    trim(dir);
}
