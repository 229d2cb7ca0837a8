/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filters by label: -tagfocus and -tagignore.
 *
 *     [key=]32kb  [key=]:64kb  [key=]4mb:  [key=]12kb:64mb    a range of numeric labels
 *     key=re,re      some value of the key matches some expression
 *     re,re          each expression matches some "key:value"
 *
 * The answer depends on nothing but the label set, so it is found once per distinct set.
 *
 * Source: pprof driver_focus.go compileTagFilter, parseTagFilterRange. differs: a bound beyond 64
 *         bits is an error (upstream panics)
 */
#include <string.h>

#include "base/units.h"
#include "view/edit.h"

typedef struct {
    bool given;
    double low; /* with has_low: value >= low, in `unit` */
    double high;
    bool has_low;
    bool has_high;
    char *unit;
} Range;

struct CpaTagFilter {
    const CpaView *view;
    const CpaLabelUnits *units;
    char *option;
    char *key; /* NULL: any */
    Range range;
    GPtrArray *regexps; /* of CpaRegexp* */
    uint8_t *answer;    /* [n_sets] 0 unknown, 1 no, 2 yes */
};

typedef struct {
    const char *start;
    size_t len;
    int64_t value;
    char unit[64];
} Bound;

/* Finds the next [+-]digits[letters] at or behind @at. */
static bool find_bound(const char *at, Bound *bound, const char **end, bool *too_large)
{
    for (; *at != '\0'; at++) {
        const char *p = at + (*at == '+' || *at == '-');
        if (!g_ascii_isdigit(*p)) {
            continue;
        }
        while (g_ascii_isdigit(*p)) {
            p++;
        }
        g_autofree char *digits = g_strndup(at, (gsize)(p - at));
        const char *plain = *digits == '+' ? digits + 1 : digits;
        *too_large =
            !g_ascii_string_to_signed(plain, 10, G_MININT64, G_MAXINT64, &bound->value, NULL);
        const char *unit = p;
        while (g_ascii_isalpha(*p)) {
            p++;
        }
        if ((size_t)(p - unit) >= sizeof bound->unit) {
            return false;
        }
        g_strlcpy(bound->unit, unit, (gsize)(p - unit) + 1);
        bound->start = at;
        bound->len = (size_t)(p - at);
        *end = p;
        return true;
    }
    return false;
}

/* Fills the range if the whole text is one. Returns false on error. */
static bool parse_range(CpaTagFilter *f, const char *text, GError **error)
{
    Bound low = {0};
    Bound high = {0};
    const char *next = NULL;
    bool too_large = false;
    if (!find_bound(text, &low, &next, &too_large)) {
        return true;
    }
    bool two = find_bound(next, &high, &next, &too_large);
    bool whole_low = low.start == text;
    size_t len = strlen(text);
    Range r = {.given = true};
    if (two) {
        if (!whole_low || text[low.len] != ':' || high.start != text + low.len + 1 ||
            high.start + high.len != text + len) {
            return true;
        }
        r.has_low = r.has_high = true;
    } else if (whole_low && low.len == len) {
        r.has_low = r.has_high = true;
        high = low;
    } else if (whole_low && low.len + 1 == len && text[len - 1] == ':') {
        r.has_low = true;
    } else if (text[0] == ':' && low.start == text + 1 && low.len + 1 == len) {
        r.has_high = true;
        high = low;
    } else {
        return true;
    }
    if (too_large) {
        return cpa_error_set(error, CPA_ERROR_USAGE, "-%s: a bound of '%s' is beyond 64 bits",
                             f->option, text);
    }
    const char *unit = NULL;
    r.low = cpa_unit_scale(low.value, low.unit, low.unit, &unit);
    r.unit = g_strdup(unit);
    if (two) {
        r.high = cpa_unit_scale(high.value, high.unit, r.unit, &unit);
        if (strcmp(unit, r.unit) != 0) {
            g_free(r.unit);
            return true; /* units that do not compare: read as a regexp */
        }
    } else {
        r.high = r.low;
    }
    f->range = r;
    return true;
}

static bool compile(CpaTagFilter *f, const char *value, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(value, ",", -1);
    bool blank = parts[0] == NULL;
    for (size_t i = 0; blank ? i == 0 : parts[i] != NULL; i++) {
        CpaRegexp *regexp = cpa_regexp_new(blank ? "" : parts[i], -1, error);
        if (regexp == NULL) {
            g_prefix_error(error, "parsing %s regexp: ", f->option);
            return false;
        }
        g_ptr_array_add(f->regexps, regexp);
    }
    return true;
}

CpaTagFilter *cpa_tag_filter_new(const CpaView *view, const CpaLabelUnits *units,
                                 const char *option, const char *value, CpaWarn warn,
                                 gpointer warn_data, GError **error)
{
    CpaTagFilter *f = g_new0(CpaTagFilter, 1);
    f->view = view;
    f->units = units;
    f->option = g_strdup(option);
    f->regexps = g_ptr_array_new_with_free_func((GDestroyNotify)cpa_regexp_free);
    f->answer = g_new0(uint8_t, cpa_label_table_count(view->labels));
    const char *equals = strchr(value, '=');
    if (equals != NULL) {
        f->key = g_strndup(value, (gsize)(equals - value));
        value = equals + 1;
        if (*f->key == '\0') {
            g_clear_pointer(&f->key, g_free); /* "=x" is the same as "x" */
        }
    }
    if (!parse_range(f, value, error) || (!f->range.given && !compile(f, value, error))) {
        cpa_tag_filter_free(f);
        return NULL;
    }
    if (f->range.given && warn != NULL) {
        g_autofree char *message =
            g_strdup_printf("%s:Interpreted '%s' as range, not regexp", option, value);
        warn(message, warn_data);
    }
    return f;
}

void cpa_tag_filter_free(CpaTagFilter *f)
{
    if (f == NULL) {
        return;
    }
    g_ptr_array_unref(f->regexps);
    g_free(f->range.unit);
    g_free(f->option);
    g_free(f->key);
    g_free(f->answer);
    g_free(f);
}

static bool is_key(const CpaTagFilter *f, CpaStrId key)
{
    return f->key == NULL || strcmp(cpa_view_str(f->view, key), f->key) == 0;
}

static bool test_range(const CpaTagFilter *f, const CpaLabel *labels, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (cpa_label_is_string(&labels[i]) || !is_key(f, labels[i].key)) {
            continue;
        }
        const char *unit = NULL;
        double value = cpa_unit_scale(labels[i].value, cpa_label_units_get(f->units, labels[i].key),
                                      f->range.unit, &unit);
        if (strcmp(unit, f->range.unit) == 0 && (!f->range.has_low || value >= f->range.low) &&
            (!f->range.has_high || value <= f->range.high)) {
            return true;
        }
    }
    return false;
}

static bool test_regexp(const CpaTagFilter *f, const CpaRegexp *regexp, const CpaLabel *labels,
                        size_t n)
{
    for (size_t i = 0; i < n && cpa_label_is_string(&labels[i]); i++) {
        const char *value = cpa_view_str(f->view, (CpaStrId)labels[i].value);
        size_t len = cpa_strtab_len(f->view->strings, (CpaStrId)labels[i].value);
        if (f->key != NULL) {
            if (is_key(f, labels[i].key) && cpa_regexp_match(regexp, value, len)) {
                return true;
            }
            continue;
        }
        const char *key = cpa_view_str(f->view, labels[i].key);
        g_autoptr(GString) text = g_string_new(NULL);
        g_string_append_len(text, key, (gssize)cpa_strtab_len(f->view->strings, labels[i].key));
        g_string_append_c(text, ':');
        g_string_append_len(text, value, (gssize)len);
        if (cpa_regexp_match(regexp, text->str, text->len)) {
            return true;
        }
    }
    return false;
}

bool cpa_tag_filter_test(CpaTagFilter *f, uint32_t set)
{
    if (f->answer[set] == 0) {
        size_t n = 0;
        const CpaLabel *labels = cpa_label_table_get(f->view->labels, set, &n);
        bool yes = f->range.given ? test_range(f, labels, n) : f->key == NULL;
        for (guint i = 0; i < f->regexps->len; i++) {
            bool match = test_regexp(f, g_ptr_array_index(f->regexps, i), labels, n);
            yes = f->key == NULL ? yes && match : yes || match;
        }
        f->answer[set] = yes ? 2 : 1;
    }
    return f->answer[set] == 2;
}

bool cpa_tag_filter_check(const CpaTagFilter *f, GError **error)
{
    for (guint i = 0; i < f->regexps->len; i++) {
        const char *why = cpa_regexp_failed(g_ptr_array_index(f->regexps, i));
        if (why != NULL) {
            return cpa_error_set(error, CPA_ERROR_TOO_LARGE, "-%s: %s", f->option, why);
        }
    }
    return true;
}
