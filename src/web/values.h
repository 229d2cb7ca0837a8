/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the answers of several views have in common: how values are to be shown, what was asked for,
 * what there is to warn about.
 */
#pragma once

#include "web/json.h"
#include "web/web.h"

/* A report prepared for a request, and what was said while it was. */
typedef struct {
    CpaReport *report;
    GPtrArray *messages; /* of char* */
} CpaWebView;

/**
 * cpa_web_view_open:
 * @name:     of the report whose rules hold: its row says how much is trimmed, and so on
 * @argument: (nullable): borrowed; its regexp
 *
 * Errors:  those of cpa_report_open()
 */
bool cpa_web_view_open(CpaWebView *view, const CpaWebRequest *request, const char *name,
                       const char *argument, GError **error);
void cpa_web_view_clear(CpaWebView *view);

/** cpa_web_view_write: Errors: those of cpa_report_write() */
bool cpa_web_view_write(CpaWebView *view, CpaSink *sink, GError **error);

/**
 * cpa_web_put_head:
 *
 * Writes the members that all views have: title, type, unit, format, total, header, messages.
 */
void cpa_web_put_head(CpaJson *json, const CpaWebView *view);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CpaWebView, cpa_web_view_clear)
