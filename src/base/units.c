/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Units and their families as one table.
 *
 *     family   units, smallest first           default   (shown for an unknown target)
 *     bytes    B kB MB GB TB PB                B
 *     time     ns us ms s hrs                  s
 *     GCU      n*GCU u*GCU ... P*GCU           GCU
 *
 * A name is looked up in lower case, and without one trailing 's' when longer than two *bytes*.
 * Two consequences of that rule are kept on purpose: "us" is found as it is, while the Greek
 * spelling of it, three bytes long, loses its 's' and is found only in the plural.
 *
 * Numbers are written without the C library's locale.
 * Source: pprof internal/measurement
 */
#include "base/units.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#define MAX_ALIASES 3
#define MAX_UNITS   9

typedef struct {
    const char *name;
    const char *aliases[MAX_ALIASES];
    double factor;
} Unit;

typedef struct {
    const char *default_name;
    double default_factor;
    Unit units[MAX_UNITS];
    size_t n_units;
} Family;

static const Family families[] = {
    {.default_name = "B",
     .default_factor = 1,
     .n_units = 6,
     .units = {{"B", {"b", "byte"}, 1},
               {"kB", {"kb", "kbyte", "kilobyte"}, 0x1p10},
               {"MB", {"mb", "mbyte", "megabyte"}, 0x1p20},
               {"GB", {"gb", "gbyte", "gigabyte"}, 0x1p30},
               {"TB", {"tb", "tbyte", "terabyte"}, 0x1p40},
               {"PB", {"pb", "pbyte", "petabyte"}, 0x1p50}}},
    {.default_name = "s",
     .default_factor = 1e9,
     .n_units = 5,
     .units = {{"ns", {"ns", "nanosecond"}, 1},
               {"us", {"\xce\xbcs", "us", "microsecond"}, 1e3},
               {"ms", {"ms", "millisecond"}, 1e6},
               {"s", {"s", "sec", "second"}, 1e9},
               {"hrs", {"hour", "hr"}, 3600e9}}},
    {.default_name = "GCU",
     .default_factor = 1,
     .n_units = 9,
     .units = {{"n*GCU", {"nanogcu"}, 1e-9},
               {"u*GCU", {"microgcu"}, 1e-6},
               {"m*GCU", {"milligcu"}, 1e-3},
               {"GCU", {"gcu"}, 1},
               {"k*GCU", {"kilogcu"}, 1e3},
               {"M*GCU", {"megagcu"}, 1e6},
               {"G*GCU", {"gigagcu"}, 1e9},
               {"T*GCU", {"teragcu"}, 1e12},
               {"P*GCU", {"petagcu"}, 1e15}}},
};

/* Longer than any alias and its plural; longer names are no unit. */
#define KEY_MAX 32

/* Letters outside ASCII whose lower case occurs in an alias. */
static const struct {
    const char *upper;
    const char *lower;
} folds[] = {
    {"\xce\x9c", "\xce\xbc"}, /* Greek capital mu */
    {"\xe2\x84\xaa", "k"},    /* Kelvin sign */
    {"\xc4\xb0", "i"},        /* capital I with dot */
};

/* Writes the form of a name that aliases are compared with; false when it cannot be one. */
static bool unit_key(char key[KEY_MAX], const char *name)
{
    size_t len = 0;
    while (*name != '\0') {
        if (len + 3 >= KEY_MAX) {
            return false;
        }
        bool folded = false;
        for (size_t i = 0; (unsigned char)*name >= 0x80 && i < G_N_ELEMENTS(folds); i++) {
            size_t n = strlen(folds[i].upper);
            if (strncmp(name, folds[i].upper, n) == 0) {
                for (const char *p = folds[i].lower; *p != '\0'; p++) {
                    key[len++] = *p;
                }
                name += n;
                folded = true;
                break;
            }
        }
        if (!folded) {
            key[len++] = g_ascii_tolower(*name++);
        }
    }
    if (len > 2 && key[len - 1] == 's') {
        len--;
    }
    key[len] = '\0';
    return true;
}

static const Unit *find_unit(const Family *family, const char *key)
{
    for (size_t i = 0; i < family->n_units; i++) {
        const Unit *unit = &family->units[i];
        for (size_t j = 0; j < MAX_ALIASES && unit->aliases[j] != NULL; j++) {
            if (strcmp(unit->aliases[j], key) == 0) {
                return unit;
            }
        }
    }
    return NULL;
}

static const Unit *find_unit_any(const char *name, const Family **family)
{
    char key[KEY_MAX];
    if (!unit_key(key, name)) {
        return NULL;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(families); i++) {
        const Unit *unit = find_unit(&families[i], key);
        if (unit != NULL) {
            *family = &families[i];
            return unit;
        }
    }
    return NULL;
}

static bool is_automatic(const char *to)
{
    return strcmp(to, "minimum") == 0 || strcmp(to, "auto") == 0;
}

/* The largest unit of the family in which the value, given in base units, is at least 1. */
static const Unit *natural_unit(const Family *family, double value)
{
    const Unit *best = NULL;
    for (size_t i = 0; i < family->n_units; i++) {
        const Unit *unit = &family->units[i];
        if ((best == NULL || unit->factor >= best->factor) && value / unit->factor >= 1.0) {
            best = unit;
        }
    }
    return best;
}

static double scale(int64_t value, const char *from, const char *to, const char **unit)
{
    const Family *family = NULL;
    const Unit *source = find_unit_any(from, &family);
    if (source == NULL) {
        bool plain = is_automatic(to) || strcmp(to, "count") == 0 || strcmp(to, "sample") == 0 ||
                     strcmp(to, "unit") == 0;
        *unit = plain ? "" : to;
        return (double)value;
    }
    double base = (double)value * source->factor;
    const Unit *target = NULL;
    if (is_automatic(to)) {
        target = natural_unit(family, base);
    } else {
        char key[KEY_MAX];
        target = unit_key(key, to) ? find_unit(family, key) : NULL;
    }
    if (target == NULL) {
        *unit = family->default_name;
        return base / family->default_factor;
    }
    *unit = target->name;
    return base / target->factor;
}

double cpa_unit_scale(int64_t value, const char *from, const char *to, const char **unit)
{
    /* INT64_MIN has no positive counterpart; it is scaled as it is, as upstream does. */
    if (value < 0 && value != INT64_MIN) {
        return -scale(-value, from, to, unit);
    }
    return scale(value, from, to, unit);
}

bool cpa_unit_compatible(const char *a, const char *b)
{
    const Family *family_a = NULL;
    const Family *family_b = NULL;
    return strcmp(a, b) == 0 || (find_unit_any(a, &family_a) != NULL &&
                                 find_unit_any(b, &family_b) != NULL && family_a == family_b);
}

/* Decimal digits of a whole number below 2^63 in magnitude. */
static void write_integer(char *text, double number)
{
    int64_t value = (int64_t)number;
    uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
    char digits[24];
    size_t n = 0;
    do {
        digits[n++] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (value < 0) {
        *text++ = '-';
    }
    while (n > 0) {
        *text++ = digits[--n];
    }
    *text = '\0';
}

char *cpa_unit_format(char text[CPA_VALUE_TEXT_MAX], int64_t value, const char *from,
                      const char *to)
{
    const char *unit = "";
    double number = cpa_unit_scale(value, from, to, &unit);
    if (fabs(number) < 0x1p62 && number == trunc(number)) {
        write_integer(text, number);
    } else {
        g_ascii_formatd(text, CPA_VALUE_TEXT_MAX, "%.2f", number);
        if (g_str_has_suffix(text, ".00")) {
            text[strlen(text) - 3] = '\0';
        }
    }
    if (strcmp(text, "0") == 0 || strcmp(text, "-0") == 0) {
        memcpy(text, "0", 2);
        return text;
    }
    g_strlcat(text, unit, CPA_VALUE_TEXT_MAX);
    return text;
}

char *cpa_percentage_format(char text[32], int64_t value, int64_t total)
{
    double percent = total == 0 ? 0 : fabs((double)value / (double)total) * 100;
    if (percent >= 99.95 && percent <= 100.05) {
        memcpy(text, "  100%", 7);
        return text;
    }
    /* The longest is 21 digits, a point and 2 decimals. */
    g_ascii_formatd(text, 31, percent >= 1.0 ? "%5.2f" : "%5.2g", percent);
    size_t len = strlen(text);
    text[len] = '%';
    text[len + 1] = '\0';
    return text;
}

int64_t cpa_int64_from_double(double value)
{
    /* Both bounds are exact as doubles; NaN fails the comparison. */
    if (value >= -0x1p63 && value < 0x1p63) {
        return (int64_t)value;
    }
    return INT64_MIN;
}
