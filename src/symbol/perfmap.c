/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names stay where they are in the file's bytes; a symbol table sorts and finds them.
 */
#include "symbol/perfmap.h"

#include "symbol/symtab.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_SIZE ((int64_t)1 << 30)

struct CpaPerfMap {
    char *bytes;
    CpaSymtab *symbols;
};

bool cpa_perfmap_is(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash != NULL ? slash + 1 : path;
    if (!g_str_has_prefix(base, "perf-")) {
        return false;
    }
    const char *digits = base + strlen("perf-");
    size_t n = strspn(digits, "0123456789");
    return n > 0 && strcmp(digits + n, ".map") == 0;
}

static bool take_hex(char **at, uint64_t *value)
{
    char *p = *at;
    *value = 0;
    if (p[0] == '0' && (p[1] == 'x' || p[1] == 'X')) {
        p += 2;
    }
    char *first = p;
    for (; g_ascii_isxdigit(*p); p++) {
        *value = *value << 4 | (uint64_t)g_ascii_xdigit_value(*p);
    }
    bool ok = p > first && p - first <= 16 && (*p == ' ' || *p == '\t');
    while (*p == ' ' || *p == '\t') {
        p++;
    }
    *at = p;
    return ok;
}

/* @line ends with a NUL in place of its newline. */
static bool take_line(CpaPerfMap *map, char *line)
{
    CpaSymbol symbol = {.file = "", .is_code = true};
    if (!take_hex(&line, &symbol.address) || !take_hex(&line, &symbol.size) || *line == '\0') {
        return false;
    }
    symbol.name = line;
    cpa_symtab_add(map->symbols, &symbol);
    return true;
}

CpaPerfMap *cpa_perfmap_parse(const char *name, char *bytes, size_t size, GError **error)
{
    g_autoptr(CpaPerfMap) map = g_new0(CpaPerfMap, 1);
    map->bytes = g_realloc(bytes, size + 1);
    map->bytes[size] = '\0';
    map->symbols = cpa_symtab_new();
    size_t n_lines = 0;
    size_t n_read = 0;
    for (size_t at = 0; at < size; n_lines++) {
        char *line = map->bytes + at;
        char *end = memchr(line, '\n', size - at);
        size_t len = end != NULL ? (size_t)(end - line) : size - at;
        at += len + 1;
        line[len] = '\0';
        if (len > 0 && line[len - 1] == '\r') {
            line[len - 1] = '\0';
        }
        n_read += take_line(map, line);
    }
    if (n_read == 0 && n_lines > 0) {
        cpa_error_set(error, CPA_ERROR_MALFORMED, "%s: no line says where a function is", name);
        return NULL;
    }
    return g_steal_pointer(&map);
}

/* In a folder like /tmp anybody can put a map for somebody else's process. */
static bool check_owner(const char *path, const struct stat *st, GError **error)
{
    struct stat dir;
    g_autofree char *folder = g_path_get_dirname(path);
    if (st->st_uid == 0 || st->st_uid == geteuid() || stat(folder, &dir) != 0 ||
        (dir.st_mode & S_IWOTH) == 0) {
        return true;
    }
    return cpa_error_set(error, CPA_ERROR_UNSUPPORTED,
                         "%s: is of user %lu, neither root nor you, in a folder that all may write "
                         "to; copy it if you trust it",
                         path, (unsigned long)st->st_uid);
}

static bool read_all(int fd, const char *path, char *bytes, size_t *n, GError **error)
{
    size_t size = *n;
    for (*n = 0; *n < size;) {
        ssize_t got = read(fd, bytes + *n, size - *n);
        if (got < 0 && errno != EINTR) {
            return cpa_error_set(error, CPA_ERROR_IO, "%s: %s", path, g_strerror(errno));
        }
        if (got == 0) {
            break;
        }
        *n += got > 0 ? (size_t)got : 0;
    }
    return true;
}

CpaPerfMap *cpa_perfmap_read(const char *path, GError **error)
{
    struct stat st;
    if (stat(path, &st) != 0) {
        cpa_error_set(error, CPA_ERROR_IO, "stat %s: %s", path, g_strerror(errno));
        return NULL;
    }
    int fd = S_ISREG(st.st_mode) ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
    if (S_ISREG(st.st_mode) && (fd < 0 || fstat(fd, &st) != 0)) {
        cpa_error_set(error, CPA_ERROR_IO, "open %s: %s", path, g_strerror(errno));
    } else if (!S_ISREG(st.st_mode) || st.st_size > MAX_SIZE) {
        cpa_error_set(error, CPA_ERROR_TOO_LARGE, "%s: %" PRIi64 " bytes, or no regular file", path,
                      (int64_t)st.st_size);
    } else if (check_owner(path, &st, error)) {
        size_t size = (size_t)st.st_size;
        g_autofree char *bytes = g_malloc(size + 1);
        if (read_all(fd, path, bytes, &size, error)) {
            close(fd);
            return cpa_perfmap_parse(path, g_steal_pointer(&bytes), size, error);
        }
    }
    if (fd >= 0) {
        close(fd);
    }
    return NULL;
}

void cpa_perfmap_free(CpaPerfMap *map)
{
    if (map != NULL) {
        cpa_symtab_free(map->symbols);
        g_free(map->bytes);
        g_free(map);
    }
}

void cpa_perfmap_frames(CpaPerfMap *map, const uint64_t *addresses, size_t n, CpaFrameFunc each,
                        gpointer data)
{
    size_t from = 0;
    for (size_t i = 0; i < n; i++) {
        const CpaSymbol *symbol = cpa_symtab_find(map->symbols, addresses[i], &from);
        if (symbol != NULL) {
            CpaFrame frame = {.function = symbol->name, .file = ""};
            each(i, &frame, 1, data);
        }
    }
}
