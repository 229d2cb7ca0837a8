/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Steps that change a view. See view.h for their order.
 */
#pragma once

#include "view/labels.h"

/**
 * cpa_view_prune_uninteresting:
 *
 * Applies the profile's drop_frames and keep_frames: cuts each stack below the first frame, seen
 * from the root, that matches drop and not keep, once a frame that does not match was met.
 * A pattern that does not compile is ignored, as upstream does.
 * Source: pprof profile.RemoveUninteresting, Prune
 */
void cpa_view_prune_uninteresting(CpaView *view);

/**
 * cpa_view_add_label_frames:
 * @options: uses tagroot, tagleaf, unit
 *
 * Source: pprof driver addLabelNodes
 */
void cpa_view_add_label_frames(CpaView *view, const CpaOptions *options, CpaWarn warn,
                               gpointer warn_data);

/**
 * cpa_view_focus:
 * @options: uses focus, ignore, hide, show, show_from, tagfocus, tagignore, tagshow, taghide,
 *           prune_from
 *
 * Cost:   each regexp runs once per distinct string, then bits are tested
 * Errors: USAGE (a regexp does not compile), TOO_LARGE (a regexp takes too long)
 * Source: pprof driver applyFocus
 */
bool cpa_view_focus(CpaView *view, const CpaOptions *options, const CpaLabelUnits *units,
                    CpaWarn warn, gpointer warn_data, GError **error);

/**
 * cpa_view_aggregate:
 * @granularity: "", functions, filefunctions, files, lines, addresses
 *
 * Clears what is finer than the granularity.
 * Errors: USAGE
 * Source: pprof driver aggregate, profile.Aggregate
 */
bool cpa_view_aggregate(CpaView *view, const char *granularity, bool noinlines, bool showcolumns,
                        GError **error);

/**
 * cpa_view_trim_paths:
 * @trim_path:   prefixes to cut, separated by colons
 * @source_path: without @trim_path: everything up to the name of one of these directories is cut
 *
 * Source: pprof report trimPath
 */
void cpa_view_trim_paths(CpaView *view, const char *trim_path, const char *source_path);
