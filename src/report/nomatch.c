/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hints are of the whole profile, not of the view, which filters may have emptied. The first that
 * fits is given: one sentence is read, three are not.
 */
#include "report/nomatch.h"

#include <string.h>

#include "base/text.h"
#include "report/binaries.h"
#include "symbol/demangle.h"
#include "symbol/mode.h"

#define MAX_SHOWN    3     /* names in a hint */
#define MAX_COMPARED 20000 /* names that are compared letter by letter */
#define MAX_NAME     80    /* bytes of a name that is shown */

typedef struct {
    GPtrArray *names; /* of char* (owned): the first that were found */
    size_t n;         /* how many there are */
} Found;

static void found_init(Found *found)
{
    *found = (Found){.names = g_ptr_array_new_with_free_func(g_free)};
}

static void found_clear(Found *found)
{
    g_ptr_array_unref(found->names);
}

/* (transfer full): the name, long ones without parameters */
static char *show_name(const char *name)
{
    size_t len = strlen(name);
    size_t end = strcspn(name, "(");
    bool is_go = end > 0 && name[end - 1] == '.';
    return cpa_text_shorten(name, len > MAX_NAME && end > 0 && !is_go ? end : len, MAX_NAME);
}

static void found_add(Found *found, const char *name)
{
    if (++found->n <= MAX_SHOWN) {
        g_ptr_array_add(found->names, show_name(name));
    }
}

/* "a, b, c and 4 more" */
static char *found_text(const Found *found)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < found->names->len; i++) {
        g_string_append_printf(text, "%s%s", i > 0 ? ", " : "", (char *)found->names->pdata[i]);
    }
    if (found->n > MAX_SHOWN) {
        g_string_append_printf(text, " and %zu more", found->n - MAX_SHOWN);
    }
    return g_string_free(text, FALSE);
}

/* --- the names of the profile --------------------------------------------------------------- */

/* (transfer full): of char*, borrowed: each name of a function once, in the order of the profile */
static GPtrArray *profile_names(const CpaReport *r)
{
    const CpaProfile *p = r->view->profile;
    GPtrArray *names = g_ptr_array_new();
    g_autofree uint8_t *seen = g_new0(uint8_t, (size_t)cpa_strtab_count(p->strings) + 1);
    for (uint32_t i = 0; i < p->n_functions; i++) {
        CpaStrId id = p->functions[i].name;
        if (id != 0 && !seen[id]) {
            seen[id] = 1;
            g_ptr_array_add(names, (gpointer)cpa_strtab_get(p->strings, id));
        }
    }
    return names;
}

static void find_matches(const CpaRegexp *re, const GPtrArray *names, Found *found)
{
    for (guint i = 0; i < names->len; i++) {
        if (cpa_regexp_match(re, names->pdata[i], strlen(names->pdata[i]))) {
            found_add(found, names->pdata[i]);
        }
    }
}

/* Of a name of the profile, or of what was typed: its last @n parts, "T.fib" of "main.T.fib". */
static char *last_parts(const char *name, size_t n)
{
    size_t end = strcspn(name, "(<");
    end =
        end == 0 || name[end - 1] == '.' ? strlen(name) : end; /* main.(*T).fib has no parameters */
    size_t at = end;
    for (; at > 0; at--) {
        bool divides = strchr(".:/", name[at - 1]) != NULL && at < end;
        if (divides && --n == 0) {
            break;
        }
        at -= divides && at > 1 && name[at - 1] == ':' && name[at - 2] == ':';
    }
    return g_strndup(name + at, end - at);
}

static size_t count_parts(const char *name)
{
    size_t n = 1;
    for (const char *p = name; *p != '\0'; p++) {
        n += strchr(".:/", *p) != NULL && p[1] != *p && p[1] != '\0';
    }
    return n;
}

/* Somebody mistyped a name, or the end of it. */
static const char *nearest_name(const char *argument, const GPtrArray *names)
{
    guint n = MIN(names->len, MAX_COMPARED);
    size_t n_parts = count_parts(argument);
    g_autoptr(GPtrArray) ends = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < n; i++) {
        g_ptr_array_add(ends, last_parts(names->pdata[i], n_parts));
    }
    int nearest = cpa_text_nearest(argument, (const char *const *)ends->pdata, n);
    return nearest >= 0 ? names->pdata[nearest] : NULL;
}

/* --- the names of the program --------------------------------------------------------------- */

/* Matches what people read. Aliases are shown once. */
static void find_symbols(const CpaReport *r, CpaObject *object, Found *found)
{
    size_t n = 0;
    const CpaSymbol *symbols = cpa_object_symbols(object, &n);
    uint64_t last = 0;
    for (size_t i = 0; i < n; i++) {
        const char *name = symbols[i].name;
        if (!symbols[i].is_code || (found->n > 0 && symbols[i].address == last)) {
            continue;
        }
        g_autofree char *readable =
            *name == '_' ? cpa_demangle(name, CPA_DEMANGLE_TEMPLATES) : NULL;
        name = readable != NULL ? readable : name;
        if (cpa_regexp_match(r->regexp, name, strlen(name))) {
            last = symbols[i].address;
            found_add(found, name);
        }
    }
}

/* Whether the profile knows a name of any address in the mapping. */
static bool is_named(const CpaProfile *p, uint32_t mapping)
{
    for (uint32_t i = 0; i < p->n_locations; i++) {
        if (p->locations[i].mapping == mapping && p->locations[i].n_lines > 0) {
            return true;
        }
    }
    return false;
}

/* (transfer full) (nullable): a sentence about the program; libraries have names for everything */
static char *search_program(const CpaReport *r)
{
    CpaSymbolMode mode;
    cpa_symbol_mode_parse(&mode, r->options->symbolize);
    const CpaView *v = r->view;
    if (!mode.local || v->n_mappings == 0 || v->mappings[0].file == 0) {
        return NULL;
    }
    g_autoptr(CpaBinaries) binaries = cpa_binaries_new(r);
    CpaObject *object = cpa_binaries_get(binaries, 0)->object;
    if (object == NULL) {
        return NULL;
    }
    Found found;
    found_init(&found);
    find_symbols(r, object, &found);
    g_autofree char *text = found.n > 0 ? found_text(&found) : NULL;
    found_clear(&found);
    if (text != NULL) {
        return g_strdup_printf("%s has %s, but no sample is there", cpa_object_path(object), text);
    }
    if (!is_named(v->profile, 0)) {
        return g_strdup_printf("%s has no names of its own, it was stripped: name a program with "
                               "symbols, or put its debug file beside it",
                               cpa_object_path(object));
    }
    return NULL;
}

/* --- the hint ------------------------------------------------------------------------------- */

/* (transfer full): never %NULL */
static char *find_hint(const CpaReport *r)
{
    g_autoptr(GPtrArray) names = profile_names(r);
    if (names->len == 0) {
        char *program = search_program(r);
        if (program != NULL) {
            return program;
        }
        return g_strdup("the profile has no names of functions: name the program before the "
                        "profile; -symbolize=explain tells what was tried");
    }
    Found found;
    found_init(&found);
    find_matches(r->regexp, names, &found);
    if (found.n > 0) {
        g_autofree char *text = found_text(&found);
        found_clear(&found);
        return g_strdup_printf("%s: no sample of %s%s", text, r->sample_type,
                               r->active_filters->len > 0 ? " that passes the filters" : "");
    }
    g_autofree char *pattern = g_strconcat("(?i)", r->argument, NULL);
    CpaRegexp *any_case = cpa_regexp_new(pattern, -1, NULL);
    if (any_case != NULL) {
        find_matches(any_case, names, &found);
        cpa_regexp_free(any_case);
    }
    if (found.n > 0) {
        g_autofree char *text = found_text(&found);
        found_clear(&found);
        return g_strdup_printf("without regard to case, (?i)%s, it matches %s", r->argument, text);
    }
    found_clear(&found);
    char *program = search_program(r);
    if (program != NULL) {
        return program;
    }
    const char *nearest = nearest_name(r->argument, names);
    if (nearest != NULL) {
        g_autofree char *shown = show_name(nearest);
        return g_strdup_printf("did you mean %s?", shown);
    }
    return g_strdup_printf("top -nodecount=0 lists all %u functions", names->len);
}

bool cpa_report_no_match(const CpaReport *r, const char *message, const char *tried, GError **error)
{
    g_autofree char *hint = *tried == '\0' ? find_hint(r) : NULL;
    return cpa_error_set(error, CPA_ERROR_USAGE, "%s%s%s%s", message, r->argument,
                         hint != NULL ? "; " : "", hint != NULL ? hint : tried);
}
