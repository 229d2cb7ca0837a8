/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The option table and the values: options.def compiled into rows, and generic access to members
 * of CpaOptions through their offset.
 *
 * Cost: a lookup walks the table (about 50 rows); options are set a few dozen times per run.
 */
#include "base/options.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* The text of a default: strings as they are, anything else as options.def spells it. */
#define DEFAULT_BOOL(value, text)   text
#define DEFAULT_INT(value, text)    text
#define DEFAULT_FLOAT(value, text)  text
#define DEFAULT_STRING(value, text) value
#define DEFAULT_LIST(value, text)   NULL
#define DEFAULT_MANY(value, text)   NULL
#define DEFAULT_CHOICE(value, text) value
#define DEFAULT_SIZE(value, text)   value
#define DEFAULT_PRESET(value, text) text

static const CpaOptionRow rows[] = {
#define OPTION(group_, KIND, member, name_, default_, url_, saved_, common_, choices_, argument_, \
               help_)                                                                             \
    {                                                                                             \
        .name = name_ "\0",                                                                       \
        .kind = CPA_OPTION_##KIND,                                                                \
        .group = CPA_OPTION_GROUP_##group_,                                                       \
        .member_offset = offsetof(CpaOptions, member),                                            \
        .default_value = DEFAULT_##KIND(default_, #default_),                                     \
        .url = url_,                                                                              \
        .saved = saved_,                                                                          \
        .common = common_,                                                                        \
        .choices = choices_,                                                                      \
        .argument = argument_,                                                                    \
        .help = help_,                                                                            \
    },
#include "base/options.def"
#undef OPTION
};

const CpaOptionRow *cpa_options_table(size_t *n)
{
    *n = G_N_ELEMENTS(rows);
    return rows;
}

/* Whether `word` is in a list of NUL-separated words that ends with an empty one. */
static bool contains(const char *words, const char *word)
{
    for (; words[0] != '\0'; words += strlen(words) + 1) {
        if (strcmp(words, word) == 0) {
            return true;
        }
    }
    return false;
}

const CpaOptionRow *cpa_options_find(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (contains(rows[i].name, name)) {
            return &rows[i];
        }
    }
    return NULL;
}

const CpaOptionRow *cpa_options_find_choice(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (rows[i].kind == CPA_OPTION_CHOICE && contains(rows[i].choices, name)) {
            return &rows[i];
        }
    }
    return NULL;
}

bool cpa_option_is_lasting(const CpaOptionRow *row)
{
    return row->group != CPA_OPTION_GROUP_SOURCE && row->group != CPA_OPTION_GROUP_SERVE &&
           row->kind != CPA_OPTION_PRESET;
}

bool cpa_option_is_list(const CpaOptionRow *row)
{
    return row->kind == CPA_OPTION_LIST || row->kind == CPA_OPTION_MANY;
}

static void *member_of(const CpaOptions *options, const CpaOptionRow *row)
{
    return (char *)(uintptr_t)options + row->member_offset;
}

static void set_text(CpaOptions *options, const CpaOptionRow *row, const char *value)
{
    char **text = member_of(options, row);
    char *copy = g_strdup(value); /* `value` may be the text that goes */
    g_free(*text);
    *text = copy;
}

CpaOptions *cpa_options_new(void)
{
    CpaOptions *options = g_new0(CpaOptions, 1);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        cpa_options_reset(options, &rows[i]);
    }
    return options;
}

CpaOptions *cpa_options_copy(const CpaOptions *options)
{
    CpaOptions *copy = g_new(CpaOptions, 1);
    *copy = *options;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const CpaOptionRow *row = &rows[i];
        if (row->kind == CPA_OPTION_STRING || row->kind == CPA_OPTION_CHOICE) {
            char **text = member_of(copy, row);
            *text = g_strdup(*text);
        } else if (cpa_option_is_list(row)) {
            GPtrArray **list = member_of(copy, row);
            const GPtrArray *old = *list;
            *list = g_ptr_array_new_with_free_func(g_free);
            for (guint k = 0; k < old->len; k++) {
                g_ptr_array_add(*list, g_strdup(old->pdata[k]));
            }
        }
    }
    return copy;
}

void cpa_options_free(CpaOptions *options)
{
    if (options == NULL) {
        return;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (rows[i].kind == CPA_OPTION_STRING || rows[i].kind == CPA_OPTION_CHOICE) {
            g_free(*(char **)member_of(options, &rows[i]));
        } else if (cpa_option_is_list(&rows[i])) {
            g_ptr_array_unref(*(GPtrArray **)member_of(options, &rows[i]));
        }
    }
    g_free(options);
}

bool cpa_option_bool_parse(const char *text, bool *on)
{
    static const char yes[] = "true\0t\0yes\0y\0001\0";
    static const char no[] = "false\0f\0no\0n\0000\0";
    g_autofree char *lower = g_ascii_strdown(text, -1);
    *on = lower[0] == '\0' || contains(yes, lower);
    return *on || contains(no, lower);
}

/* A sign, digits; 0x for base 16, 0 for base 8, as Go reads integers of flags. */
static bool parse_int(const char *text, int *value)
{
    const char *digits = text + (text[0] == '-' || text[0] == '+');
    char *end = NULL;
    if (!g_ascii_isdigit(digits[0])) {
        return false;
    }
    errno = 0;
    gint64 wide = g_ascii_strtoll(text, &end, 0);
    if (*end != '\0' || errno != 0) {
        return false;
    }
    *value = (int)CLAMP(wide, G_MININT, G_MAXINT);
    return true;
}

static bool parse_float(const char *text, double *value)
{
    char *end = NULL;
    if (text[0] == '\0' || g_ascii_isspace(text[0])) {
        return false;
    }
    errno = 0;
    double parsed = g_ascii_strtod(text, &end);
    bool overflow = errno == ERANGE && fabs(parsed) > 1;
    bool hex = strchr(text, 'x') != NULL || strchr(text, 'X') != NULL;
    if (hex && strchr(text, 'p') == NULL && strchr(text, 'P') == NULL) {
        return false; /* hexadecimal needs a power of two behind it */
    }
    if (*end != '\0' || overflow || isnan(parsed)) {
        return false;
    }
    *value = parsed;
    return true;
}

/* 500m, 1.5GiB, 4096: a positive number, a letter for a power of 1024, and B or iB. */
static bool parse_size(const char *text, uint64_t *bytes)
{
    static const char letters[] = "kmgtpe";
    char *end = NULL;
    if (!g_ascii_isdigit(text[0])) {
        return false;
    }
    double number = g_ascii_strtod(text, &end);
    const char *letter = *end == '\0' ? NULL : strchr(letters, g_ascii_tolower(*end));
    double scaled = number;
    if (letter != NULL) {
        scaled = ldexp(number, (int)(letter - letters + 1) * 10);
        end++;
        end += g_ascii_tolower(end[0]) == 'i' && g_ascii_tolower(end[1]) == 'b';
    }
    end += g_ascii_tolower(*end) == 'b';
    if (*end != '\0' || !(scaled >= 1) || scaled >= ldexp(1, 63)) {
        return false;
    }
    *bytes = (uint64_t)scaled;
    return true;
}

static bool invalid(GError **error, const CpaOptionRow *row, const char *value,
                    const char *expected)
{
    return cpa_error_set(error, CPA_ERROR_USAGE, "invalid value \"%s\" for -%s: %s", value,
                         row->name, expected);
}

static bool set_choice(CpaOptions *options, const CpaOptionRow *row, const char *value,
                       GError **error)
{
    if (strcmp(value, row->default_value) == 0 || contains(row->choices, value)) {
        set_text(options, row, value);
        return true;
    }
    g_autoptr(GString) expected = g_string_new("it must be one of");
    for (const char *word = row->choices; word[0] != '\0'; word += strlen(word) + 1) {
        g_string_append_printf(expected, " %s", word);
    }
    return invalid(error, row, value, expected->str);
}

bool cpa_options_set(CpaOptions *options, const CpaOptionRow *row, const char *value,
                     GError **error)
{
    void *member = member_of(options, row);
    switch (row->kind) {
    case CPA_OPTION_BOOL:
    case CPA_OPTION_PRESET: {
        bool on = false;
        if (!cpa_option_bool_parse(value, &on)) {
            return invalid(error, row, value, "it must be true or false");
        }
        *(bool *)member = on;
        return true;
    }
    case CPA_OPTION_INT:
        return parse_int(value, member) || invalid(error, row, value, "it must be a whole number");
    case CPA_OPTION_FLOAT:
        return parse_float(value, member) || invalid(error, row, value, "it must be a number");
    case CPA_OPTION_SIZE:
        return parse_size(value, member) ||
               invalid(error, row, value, "it must be a size such as 500MB or 4GiB");
    case CPA_OPTION_STRING:
        if (row->choices != NULL) {
            return set_choice(options, row, value, error);
        }
        set_text(options, row, value);
        return true;
    case CPA_OPTION_CHOICE:
        return set_choice(options, row, value, error);
    case CPA_OPTION_LIST:
    case CPA_OPTION_MANY:
        g_ptr_array_add(*(GPtrArray **)member, g_strdup(value));
        return true;
    }
    g_assert_not_reached();
}

/* The shortest text that reads back as `value`. */
static char *float_text(double value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    const char *format = fabs(value) < 1e15 && trunc(value) == value ? "%.0f" : "%.17g";
    g_ascii_formatd(text, sizeof text, format, value);
    for (int digits = 1; format[2] == '1' && digits < 17; digits++) {
        char shorter[8];
        g_snprintf(shorter, sizeof shorter, "%%.%dg", digits);
        g_ascii_formatd(text, sizeof text, shorter, value);
        if (g_ascii_strtod(text, NULL) == value) {
            break;
        }
        g_ascii_formatd(text, sizeof text, format, value);
    }
    return g_strdup(text);
}

char *cpa_options_get(const CpaOptions *options, const CpaOptionRow *row)
{
    const void *member = member_of(options, row);
    switch (row->kind) {
    case CPA_OPTION_BOOL:
    case CPA_OPTION_PRESET:
        return g_strdup(*(const bool *)member ? "true" : "false");
    case CPA_OPTION_INT:
        return g_strdup_printf("%d", *(const int *)member);
    case CPA_OPTION_FLOAT:
        return float_text(*(const double *)member);
    case CPA_OPTION_SIZE:
        return g_strdup_printf("%" G_GUINT64_FORMAT, *(const uint64_t *)member);
    case CPA_OPTION_STRING:
    case CPA_OPTION_CHOICE:
        return g_strdup(*(char *const *)member);
    case CPA_OPTION_LIST:
    case CPA_OPTION_MANY:
        return NULL;
    }
    g_assert_not_reached();
}

void cpa_options_reset(CpaOptions *options, const CpaOptionRow *row)
{
    if (cpa_option_is_list(row)) {
        GPtrArray **list = member_of(options, row);
        g_clear_pointer(list, g_ptr_array_unref);
        *list = g_ptr_array_new_with_free_func(g_free);
        return;
    }
    bool ok = cpa_options_set(options, row, row->default_value, NULL);
    g_assert(ok);
}

bool cpa_options_apply_preset(CpaOptions *options, const CpaOptionRow *row)
{
    bool all = true;
    g_assert(row->kind == CPA_OPTION_PRESET);
    for (const char *setting = row->choices; setting[0] != '\0'; setting += strlen(setting) + 1) {
        const char *equals = strchr(setting, '=');
        g_autofree char *name = g_strndup(setting, (size_t)(equals - setting));
        const CpaOptionRow *target = cpa_options_find(name);
        g_assert(target != NULL);
        char *const *text = member_of(options, target);
        if (target->kind == CPA_OPTION_STRING && (*text)[0] != '\0') {
            all = false;
            continue;
        }
        bool ok = cpa_options_set(options, target, equals + 1, NULL);
        g_assert(ok);
    }
    return all;
}

const char *cpa_option_group_title(CpaOptionGroup group)
{
    static const char *const titles[] = {
        [CPA_OPTION_GROUP_OUTPUT] = "Output",      [CPA_OPTION_GROUP_VIEW] = "What is shown",
        [CPA_OPTION_GROUP_FILTER] = "Filters",     [CPA_OPTION_GROUP_TRIM] = "How much is shown",
        [CPA_OPTION_GROUP_CODE] = "Source code",   [CPA_OPTION_GROUP_SOURCE] = "Sources",
        [CPA_OPTION_GROUP_SERVE] = "In a browser", [CPA_OPTION_GROUP_VALUE] = "Values",
        [CPA_OPTION_GROUP_MISC] = "Other options",
    };
    return (size_t)group < G_N_ELEMENTS(titles) ? titles[group] : NULL;
}
