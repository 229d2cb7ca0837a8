/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line of the answer counts where a hexadecimal number is followed by white space; the rest of
 * it is the name.
 */
#include "symbol/symbolz.h"

#include "base/vec.h"

#include <inttypes.h>
#include <string.h>

/* ---- where to ask ---------------------------------------------------------------------------- */

static bool is_pprof_path(const char *path)
{
    static const char *const ends[] = {"/pprof/heap", "/pprof/growth", "/pprof/profile",
                                       "/pprof/pmuprofile", "/pprof/contention"};
    if (strstr(path, "/debug/pprof/") != NULL) {
        return true;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(ends); i++) {
        if (g_str_has_suffix(path, ends[i])) {
            return true;
        }
    }
    return false;
}

char *cpa_symbolz_url(const char *source)
{
    const char *host = strstr(source, "://");
    if (host == NULL || host == source) {
        return NULL;
    }
    host += strlen("://");
    size_t host_len = strcspn(host, "/?#");
    if (host_len == 0 && !g_str_has_prefix(source, "unix://")) {
        return NULL;
    }
    const char *path = host + host_len;
    g_autofree char *whole = g_strndup(path, strcspn(path, "?#"));
    g_autofree char *up = g_strconcat(*whole == '/' ? "" : "/", whole, "/..", NULL);
    g_autofree char *clean = g_canonicalize_filename(up, "/");
    const char *dir = clean;
    while (dir[0] == '/' && (dir[1] == '/' || dir[1] == '\0')) {
        dir++; /* POSIX lets two slashes stand */
    }
    const char *name = is_pprof_path(whole) ? "symbol" : "symbolz";
    GString *url = g_string_new_len(source, path - source);
    g_string_append_printf(url, "%s/%s", dir, name);
    return g_string_free(url, FALSE);
}

/* ---- the question ---------------------------------------------------------------------------- */

static bool shift(uint64_t address, int64_t offset, uint64_t *shifted, GError **error)
{
    *shifted = address + (uint64_t)offset;
    bool overflows = offset < 0 ? *shifted >= address : *shifted < address;
    return !overflows ||
           cpa_error_set(error, CPA_ERROR_OVERFLOW,
                         "cannot adjust address %" PRIu64 " by %" PRIi64 ", it would overflow",
                         address, offset);
}

char *cpa_symbolz_request(const CpaProfile *p, uint32_t mapping, int64_t offset, GError **error)
{
    g_autoptr(GString) body = g_string_new(NULL);
    for (uint32_t i = 0; i < p->n_locations; i++) {
        const CpaLocation *l = &p->locations[i];
        uint64_t address = 0;
        if (l->mapping != mapping || l->address == 0 || l->n_lines > 0) {
            continue;
        }
        if (!shift(l->address, offset, &address, error)) {
            return NULL;
        }
        g_string_append_printf(body, "%s%#" PRIx64, body->len > 0 ? "+" : "", address);
    }
    return body->len > 0 ? g_string_free(g_steal_pointer(&body), FALSE) : NULL;
}

/* ---- the answer ------------------------------------------------------------------------------ */

typedef struct {
    CpaProfile *profile;
    CpaIdMap names; /* string -> index of its function */
    CpaIdMap slots; /* address -> index into functions */
    CPA_VEC(uint32_t) functions;
    CPA_VEC(CpaFunction) added;
} Answer;

/* Finds "0xHEX name" in a line. Returns: 1 found, 0 not, -1 a number too large. */
static int scan(const char *line, size_t len, uint64_t *address, const char **name,
                size_t *name_len)
{
    for (size_t i = 0; i + 2 < len; i++) {
        if (line[i] != '0' || line[i + 1] != 'x' || !g_ascii_isxdigit(line[i + 2])) {
            continue;
        }
        size_t k = i + 2;
        bool too_large = false;
        *address = 0;
        for (; k < len && g_ascii_isxdigit(line[k]); k++) {
            too_large |= *address >> 60 != 0;
            *address = *address << 4 | (uint64_t)g_ascii_xdigit_value(line[k]);
        }
        size_t space = k;
        while (k < len && strchr(" \t\f\r", line[k]) != NULL && line[k] != '\0') {
            k++;
        }
        if (k > space) {
            *name = line + k;
            *name_len = len - k;
            return too_large ? -1 : 1;
        }
        i = space - 1; /* no match begins inside the digits, except at a later "0x" */
    }
    return 0;
}

static uint32_t function_of(Answer *a, const char *name, size_t len)
{
    CpaProfile *p = a->profile;
    CpaStrId id = cpa_strtab_intern(p->strings, name, len);
    uint32_t new_index = p->n_functions + (uint32_t)a->added.len;
    uint32_t index = cpa_idmap_insert(&a->names, id, new_index);
    if (index == new_index) {
        CpaFunction f = {.id = (uint64_t)new_index + 1, .name = id, .system_name = id};
        cpa_vec_push(&a->added, f);
    }
    return index;
}

static bool read_answer(Answer *a, int64_t offset, const char *answer, size_t n, GError **error)
{
    for (size_t at = 0; at < n;) {
        const char *end = memchr(answer + at, '\n', n - at);
        if (end == NULL) {
            break; /* what no newline ends does not count */
        }
        const char *line = answer + at;
        size_t len = (size_t)(end - line);
        uint64_t address = 0;
        const char *name = NULL;
        size_t name_len = 0;
        int found = scan(line, len, &address, &name, &name_len);
        at += len + 1;
        if (found < 0) {
            return cpa_error_set(error, CPA_ERROR_OVERFLOW,
                                 "symbolz: an address of more than 64 bits: %.*s",
                                 (int)MIN(len, 80), line);
        }
        if (found > 0 && !shift(address, -offset, &address, error)) {
            return false;
        }
        if (found > 0) {
            uint32_t function = function_of(a, name, name_len);
            /* The last line about an address wins. */
            uint32_t slot = cpa_idmap_insert(&a->slots, address, (uint32_t)a->functions.len);
            if (slot == a->functions.len) {
                cpa_vec_push(&a->functions, function);
            }
            a->functions.data[slot] = function;
        }
    }
    return true;
}

/* Gives the mapping's locations their lines; all lines move into a new column. */
static void put_lines(Answer *a, uint32_t mapping)
{
    CpaProfile *p = a->profile;
    CPA_VEC(CpaLine) lines = {0};
    for (uint32_t i = 0; i < p->n_locations; i++) {
        CpaLocation *l = &p->locations[i];
        uint32_t first = (uint32_t)lines.len;
        uint32_t slot = l->mapping == mapping ? cpa_idmap_get(&a->slots, l->address) : CPA_NONE;
        if (slot != CPA_NONE) {
            CpaLine line = {.function = a->functions.data[slot]};
            cpa_vec_push(&lines, line);
            l->n_lines = 1;
        } else {
            for (uint32_t k = 0; k < l->n_lines; k++) {
                cpa_vec_push(&lines, p->lines[l->line_first + k]);
            }
        }
        l->line_first = first;
    }
    g_free(p->lines);
    p->n_lines = (uint32_t)lines.len;
    p->lines = cpa_vec_steal(&lines);
}

bool cpa_symbolz_apply(CpaProfile *p, uint32_t mapping, int64_t offset, const char *answer,
                       size_t n, GError **error)
{
    Answer a = {.profile = p};
    bool ok = read_answer(&a, offset, answer, n, error);
    if (ok) {
        if (a.added.len > 0) {
            p->functions = g_renew(CpaFunction, p->functions, p->n_functions + a.added.len);
            memcpy(p->functions + p->n_functions, a.added.data, a.added.len * sizeof *a.added.data);
            p->n_functions += (uint32_t)a.added.len;
        }
        put_lines(&a, mapping);
    }
    cpa_vec_clear(&a.added);
    cpa_idmap_clear(&a.names);
    cpa_idmap_clear(&a.slots);
    cpa_vec_clear(&a.functions);
    return ok;
}
