/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CpaOptions: one value per row of options.def. Front ends fill it, reports read it.
 *
 * Strings are owned by the struct and never NULL ("" means not given). Names, defaults, choices
 * and help of every row are available through the table.
 */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum {
    CPA_OPTION_BOOL,
    CPA_OPTION_INT,
    CPA_OPTION_FLOAT,
    CPA_OPTION_STRING,
    CPA_OPTION_LIST,
    CPA_OPTION_MANY,
    CPA_OPTION_CHOICE,
    CPA_OPTION_SIZE,
    CPA_OPTION_PRESET,
} CpaOptionKind;

typedef enum {
    CPA_OPTION_GROUP_OUTPUT,
    CPA_OPTION_GROUP_VIEW,
    CPA_OPTION_GROUP_FILTER,
    CPA_OPTION_GROUP_TRIM,
    CPA_OPTION_GROUP_CODE,
    CPA_OPTION_GROUP_SOURCE,
    CPA_OPTION_GROUP_SERVE,
    CPA_OPTION_GROUP_VALUE,
    CPA_OPTION_GROUP_MISC,
} CpaOptionGroup;

#define CPA_OPTION_MEMBER_BOOL(m)   bool m;
#define CPA_OPTION_MEMBER_INT(m)    int m;
#define CPA_OPTION_MEMBER_FLOAT(m)  double m;
#define CPA_OPTION_MEMBER_STRING(m) char *m;
#define CPA_OPTION_MEMBER_LIST(m)   GPtrArray *m; /* of char*, never NULL */
#define CPA_OPTION_MEMBER_MANY(m)   GPtrArray *m; /* the same */
#define CPA_OPTION_MEMBER_CHOICE(m) char *m;
#define CPA_OPTION_MEMBER_SIZE(m)   uint64_t m; /* bytes */
#define CPA_OPTION_MEMBER_PRESET(m) bool m;

typedef struct CpaOptions {
#define OPTION(group, KIND, member, ...) CPA_OPTION_MEMBER_##KIND(member)
#include "base/options.def"
#undef OPTION
} CpaOptions;

/* Whether saved settings hold it. What pprof's settings do not have is left out at its default. */
typedef enum { CPA_SAVED_NO, CPA_SAVED, CPA_SAVED_OWN } CpaOptionSaved;

typedef struct {
    const char *name; /* short forms follow its NUL, up to an empty one */
    CpaOptionKind kind;
    CpaOptionGroup group;
    size_t member_offset;      /* of the member in CpaOptions */
    const char *default_value; /* as text; NULL for a LIST or MANY */
    const char *url;           /* URL parameter, or NULL */
    CpaOptionSaved saved;
    bool common;          /* shown on the first page of help */
    const char *choices;  /* NUL-separated, ends with an empty one; NULL if free */
    const char *argument; /* what follows the name, for help; NULL for a flag */
    const char *help;
} CpaOptionRow;

/** cpa_options_table: @n: (out). Returns: all rows, in the order of options.def */
const CpaOptionRow *cpa_options_table(size_t *n);

/** cpa_options_find: Returns: the row of this name or short form (not a choice), or %NULL */
const CpaOptionRow *cpa_options_find(const char *name);

/** cpa_options_find_choice: Returns: the CHOICE row that has @name among its choices, or %NULL */
const CpaOptionRow *cpa_options_find_choice(const char *name);

CpaOptions *cpa_options_new(void);
CpaOptions *cpa_options_copy(const CpaOptions *options);
void cpa_options_free(CpaOptions *options);

/**
 * cpa_options_set:
 * @value: text as given by a user; a LIST or MANY appends
 *
 * An INT outside of int becomes the nearest int: all limits are far inside.
 *
 * Errors:  USAGE, the message says what values are allowed
 * Source:  pprof driver config.set (bool words, choices), Go strconv (numbers); differs: NaN is
 *          refused, no underscores in numbers
 */
bool cpa_options_set(CpaOptions *options, const CpaOptionRow *row, const char *value,
                     GError **error);

/** cpa_options_get: Returns: (transfer full): the value as text, %NULL for a LIST or MANY */
char *cpa_options_get(const CpaOptions *options, const CpaOptionRow *row);

/** cpa_options_reset: gives the option its default again, empties a LIST or MANY */
void cpa_options_reset(CpaOptions *options, const CpaOptionRow *row);

/**
 * cpa_options_apply_preset:
 * @row: of kind PRESET; whether it is on is the caller's business
 *
 * Sets what the preset stands for. A text that is set already keeps its value, a flag is always
 * set.
 *
 * Source:  pprof driver sampleIndex
 * Returns: whether nothing kept its value
 */
bool cpa_options_apply_preset(CpaOptions *options, const CpaOptionRow *row);

/**
 * cpa_option_group_title:
 *
 * Returns: what help calls the group; %NULL behind the last one
 */
const char *cpa_option_group_title(CpaOptionGroup group);

/** cpa_option_is_lasting: Returns: whether it still says something when a profile is loaded */
bool cpa_option_is_lasting(const CpaOptionRow *row);

/** cpa_option_is_list: Returns: whether the option holds any number of texts */
bool cpa_option_is_list(const CpaOptionRow *row);

/** cpa_option_bool_parse: @on: (out). Returns: whether @text is a word for yes or no */
bool cpa_option_bool_parse(const char *text, bool *on);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaOptions, cpa_options_free)
