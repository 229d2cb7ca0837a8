/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stacks of a view, made for the first request that needs them and kept for the next: zooming,
 * searching and looking around a function are small steps then.
 */
#pragma once

#include "graph/stackset.h"
#include "web/values.h"

typedef struct {
    gatomicrefcount refs;
    CpaWebView view; /* its samples are gone, names and numbers are there */
    CpaStackSet *set;
    GError *nothing; /* why, where nothing weighs anything */
} CpaWebStacks;

/**
 * cpa_web_stacks_get:
 * @reverse: the option of this name, or false where a view does not honour it
 *
 * Errors:  those of cpa_report_open() and cpa_stack_set_new(); NO_SAMPLES
 * Returns: (transfer full): the stacks by the options of the request
 */
CpaWebStacks *cpa_web_stacks_get(const CpaWebRequest *request, bool reverse, GError **error);
CpaWebStacks *cpa_web_stacks_ref(CpaWebStacks *stacks);
void cpa_web_stacks_unref(CpaWebStacks *stacks);

/**
 * cpa_web_stacks_around:
 * @name: says which frames @is_wanted are, for the next request of the same
 *
 * cpa_stack_set_around(), kept.
 *
 * Returns: (transfer full)
 */
CpaStackSet *cpa_web_stacks_around(const CpaWebRequest *request, CpaWebStacks *stacks,
                                   const char *name, const uint8_t *is_wanted, CpaStackSide side);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaWebStacks, cpa_web_stacks_unref)
