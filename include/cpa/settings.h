/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CpaSettings: what to read and what to show. One text per option, under the names of the command
 * line (`cpa help options` lists them), and who hears about warnings.
 *
 * Where a function takes settings, %NULL stands for the defaults.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <cpa/error.h>

G_BEGIN_DECLS

typedef struct CpaSettings CpaSettings;

/**
 * CpaWarn:
 * @message: one line, such as "Focus expression matched no samples"; borrowed
 * @data:    as given to cpa_settings_set_warn()
 */
typedef void (*CpaWarn)(const char *message, gpointer data);

/** cpa_settings_new: Returns: (transfer full): settings that hold every default */
CPA_PUBLIC CpaSettings *cpa_settings_new(void);

/** cpa_settings_dup: Returns: (transfer full): a copy that may be changed apart */
CPA_PUBLIC CpaSettings *cpa_settings_dup(const CpaSettings *settings);

/** cpa_settings_free: @settings: (nullable) (transfer full) */
CPA_PUBLIC void cpa_settings_free(CpaSettings *settings);

/**
 * cpa_settings_set:
 * @name:  of an option: "focus", "sort", "sample_index", "base"
 * @value: (nullable): as after -name= on the command line; %NULL for the default
 *
 * A flag takes "true" and "false". Regular expressions are compiled by what uses them. `output`
 * has no effect here: reports go where the caller says.
 *
 * Errors:  USAGE where there is no such option, or the value is none for it
 * Returns: %false with @error set; the option then keeps its value
 */
CPA_PUBLIC bool cpa_settings_set(CpaSettings *settings, const char *name, const char *value,
                                 GError **error);

/**
 * cpa_settings_get:
 *
 * Returns: (transfer full) (nullable): the value as text, "" for one that is not given; %NULL where
 *          there is no option of this name. g_free() it
 */
CPA_PUBLIC char *cpa_settings_get(const CpaSettings *settings, const char *name);

/**
 * cpa_settings_set_warn:
 * @warn: (nullable): called, in the thread that does the work, by functions that get these settings
 * @data: handed to @warn; borrowed
 *
 * Without it warnings are dropped.
 */
CPA_PUBLIC void cpa_settings_set_warn(CpaSettings *settings, CpaWarn warn, gpointer data);

/** cpa_option_name: Returns: the name of option number @i; %NULL behind the last one */
CPA_PUBLIC const char *cpa_option_name(size_t i);

/** cpa_option_help: Returns: what option number @i does, in lines; %NULL behind the last one */
CPA_PUBLIC const char *cpa_option_help(size_t i);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaSettings, cpa_settings_free)

G_END_DECLS
