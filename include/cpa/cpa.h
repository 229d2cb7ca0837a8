/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libcpa: load, merge, filter and report profiles. doc/library.md has a complete example.
 *
 *     CpaProfile   a profile; never changes, threads share it        <cpa/profile.h>
 *     CpaSettings  options by name, and who hears warnings           <cpa/settings.h>
 *     CpaWalk      goes through the samples of a profile             <cpa/walk.h>
 *     reports      by name, to a string, bytes or a descriptor       <cpa/report.h>
 *     errors       one GError domain, CPA_ERROR                      <cpa/error.h>
 *
 * Pointers are borrowed unless a comment says (transfer full). A %NULL or an index out of range
 * where the comment does not allow it is a bug of the caller: it is logged by GLib and answered
 * with %NULL, 0 or %false, without an error. The library neither prints nor exits.
 */
#pragma once

#include <cpa/error.h>
#include <cpa/profile.h>
#include <cpa/report.h>
#include <cpa/settings.h>
#include <cpa/walk.h>

G_BEGIN_DECLS

/** cpa_version: Returns: the version of the library at run time: "1.2.3" */
CPA_PUBLIC const char *cpa_version(void);

/** cpa_format_name: Returns: the name of format number @i; %NULL behind the last one */
CPA_PUBLIC const char *cpa_format_name(size_t i);

/** cpa_format_summary: Returns: what format number @i is, in a line; %NULL behind the last one */
CPA_PUBLIC const char *cpa_format_summary(size_t i);

G_END_DECLS
