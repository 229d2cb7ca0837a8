/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CpaProfile: a profile in memory. It never changes: what combines or filters makes a new one.
 *
 *     files, memory --load--> profile --merge, subtract, filter--> profile --> reports, walks, bytes
 *
 * Profiles are reference counted: cpa_profile_dup() costs nothing. Threads may share one and use it
 * at the same time, without locks.
 * Strings are borrowed from the profile and valid as long as it is. They are bytes as the profiler
 * wrote them, UTF-8 as a rule, but nobody checks. What is not known is "" or 0.
 */
#pragma once

#include <stdint.h>

#include <cpa/settings.h>

G_BEGIN_DECLS

/* The library itself sees the struct: see src/api/api.h. */
#ifndef CPA_INSIDE
typedef struct CpaProfile CpaProfile;
#endif

/* --- Making profiles -------------------------------------------------------------------------- */

/**
 * cpa_profile_load_file:
 * @path: a file in any format of cpa_format_name(), gzipped or not; "-" for standard input
 *
 * Errors:  IO, NOT_RECOGNIZED, MALFORMED, UNSUPPORTED, TOO_LARGE; the message begins with @path
 * Returns: (transfer full): the profile, or %NULL with @error set
 */
CPA_PUBLIC CpaProfile *cpa_profile_load_file(const char *path, GError **error);

/**
 * cpa_profile_load:
 * @sources:  (array zero-terminated=1): at least one file, as above, or URL
 * @binary:   (nullable): what to call the main binary instead of what the profiles say
 * @settings: (nullable): uses base, diff_base, normalize, buildid, add_comment, all_frames, max_size,
 *            and for URLs seconds, timeout, header, tls_cert, tls_key, tls_ca
 *
 * Fetches what is a URL and no file, reads and merges all sources and subtracts the base, as
 * `cpa -base=B A...` does. Sources that cannot be read are left out with a warning as long as one can.
 *
 * Cost:    memory of the merged profile and of one source
 * Errors:  those of cpa_profile_load_file(); NETWORK; USAGE where profiles or settings do not go together
 * Returns: (transfer full): the profile, or %NULL with @error set
 */
CPA_PUBLIC CpaProfile *cpa_profile_load(const char *const *sources, const char *binary,
                                        const CpaSettings *settings, GError **error);

/**
 * cpa_profile_load_bytes:
 * @name:     what messages call these bytes
 * @bytes:    [n_bytes] what a file would hold; needed only during the call
 * @settings: (nullable): uses buildid, add_comment, all_frames, max_size
 *
 * Errors:  as cpa_profile_load_file(); the message begins with @name
 * Returns: (transfer full): the profile, or %NULL with @error set
 */
CPA_PUBLIC CpaProfile *cpa_profile_load_bytes(const char *name, const void *bytes, size_t n_bytes,
                                              const CpaSettings *settings, GError **error);

/**
 * cpa_profile_merge:
 * @profiles: [n_profiles], at least one; borrowed
 *
 * Adds profiles up. Where sample types differ, those that all have are kept, in the finer unit.
 *
 * Errors:  USAGE where there is no sample type in common
 * Returns: (transfer full): the sum, or %NULL with @error set
 */
CPA_PUBLIC CpaProfile *cpa_profile_merge(CpaProfile *const *profiles, size_t n_profiles,
                                         GError **error);

/**
 * CpaSubtractFlags:
 * @CPA_SUBTRACT_PLAIN: what is left is a profile like others: -base
 * @CPA_SUBTRACT_DIFF: remember which samples are the base's: percentages refer to it, and the
 *     report diff can tell both sides apart: -diff_base
 * @CPA_SUBTRACT_NORMALIZE: first scale the profile to the total of the base: -normalize
 */
typedef enum {
    CPA_SUBTRACT_PLAIN = 0,
    CPA_SUBTRACT_DIFF = 1 << 0,
    CPA_SUBTRACT_NORMALIZE = 1 << 1,
} CpaSubtractFlags;

/**
 * cpa_profile_subtract:
 * @base:  what to take away; borrowed
 * @flags: of CpaSubtractFlags
 *
 * Errors:  USAGE where there is no sample type in common, OVERFLOW
 * Returns: (transfer full): @profile less @base, or %NULL with @error set
 */
CPA_PUBLIC CpaProfile *cpa_profile_subtract(const CpaProfile *profile, const CpaProfile *base,
                                            unsigned flags, GError **error);

/**
 * cpa_profile_filter:
 * @settings: (nullable): uses focus, ignore, hide, show, show_from, prune_from, tagfocus,
 *            tagignore, tagshow, taghide, tagroot, tagleaf
 *
 * What `cpa -proto` writes for these settings: the samples and frames that the filters leave, less
 * the frames that the profiler asked to drop. No samples at all is a warning, no error.
 *
 * Errors:  USAGE (a regular expression does not compile), TOO_LARGE (or takes too long)
 * Returns: (transfer full): a profile of its own, or %NULL with @error set
 */
CPA_PUBLIC CpaProfile *cpa_profile_filter(const CpaProfile *profile, const CpaSettings *settings,
                                          GError **error);

/** cpa_profile_dup: Cost: O(1). Returns: (transfer full): another reference to @profile */
CPA_PUBLIC CpaProfile *cpa_profile_dup(const CpaProfile *profile);

/** cpa_profile_free: @profile: (nullable) (transfer full): one reference; the last one frees */
CPA_PUBLIC void cpa_profile_free(CpaProfile *profile);

/* --- Writing ---------------------------------------------------------------------------------- */

/**
 * cpa_profile_to_bytes:
 *
 * Errors:  IO (the compressor cannot start)
 * Returns: (transfer full): @profile as gzipped profile.proto, which pprof reads; %NULL with @error
 */
CPA_PUBLIC GBytes *cpa_profile_to_bytes(const CpaProfile *profile, GError **error);

/** cpa_profile_to_fd: the same, written to @fd, which stays open. Errors: IO */
CPA_PUBLIC bool cpa_profile_to_fd(const CpaProfile *profile, int fd, GError **error);

/* --- What is in it ---------------------------------------------------------------------------- */

/** cpa_profile_n_samples: Returns: the number of samples: stacks with their values and labels */
CPA_PUBLIC size_t cpa_profile_n_samples(const CpaProfile *profile);

/** cpa_profile_n_locations: Returns: the number of distinct code addresses or lines */
CPA_PUBLIC size_t cpa_profile_n_locations(const CpaProfile *profile);

/** cpa_profile_n_functions: Returns: the number of functions */
CPA_PUBLIC size_t cpa_profile_n_functions(const CpaProfile *profile);

/** cpa_profile_n_mappings: Returns: the number of binaries; the first one is the program itself */
CPA_PUBLIC size_t cpa_profile_n_mappings(const CpaProfile *profile);

/** cpa_profile_mapping_file: @i: below n_mappings. Returns: the file of the binary, or "" */
CPA_PUBLIC const char *cpa_profile_mapping_file(const CpaProfile *profile, size_t i);

/** cpa_profile_mapping_build_id: @i: below n_mappings. Returns: its build id, or "" */
CPA_PUBLIC const char *cpa_profile_mapping_build_id(const CpaProfile *profile, size_t i);

/** cpa_profile_n_sample_types: Returns: the number of values that each sample has */
CPA_PUBLIC size_t cpa_profile_n_sample_types(const CpaProfile *profile);

/** cpa_profile_sample_type: @i: below n_sample_types. Returns: what value @i counts: "cpu" */
CPA_PUBLIC const char *cpa_profile_sample_type(const CpaProfile *profile, size_t i);

/** cpa_profile_sample_unit: @i: below n_sample_types. Returns: its unit: "nanoseconds" */
CPA_PUBLIC const char *cpa_profile_sample_unit(const CpaProfile *profile, size_t i);

/** cpa_profile_default_sample_type: Returns: which value reports show unless sample_index says so */
CPA_PUBLIC size_t cpa_profile_default_sample_type(const CpaProfile *profile);

/**
 * cpa_profile_period:
 * @type: (out) (optional): what is counted between two samples: "cpu"
 * @unit: (out) (optional): of the result
 *
 * Returns: how much of it, or 0
 */
CPA_PUBLIC int64_t cpa_profile_period(const CpaProfile *profile, const char **type,
                                      const char **unit);

/** cpa_profile_time_ns: Returns: when the profile was taken, since the Unix epoch; 0: unknown */
CPA_PUBLIC int64_t cpa_profile_time_ns(const CpaProfile *profile);

/** cpa_profile_duration_ns: Returns: how long the program was watched; 0: unknown */
CPA_PUBLIC int64_t cpa_profile_duration_ns(const CpaProfile *profile);

/** cpa_profile_comment: Returns: comment number @i; %NULL behind the last one */
CPA_PUBLIC const char *cpa_profile_comment(const CpaProfile *profile, size_t i);

#ifndef CPA_INSIDE
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaProfile, cpa_profile_free)
#endif

G_END_DECLS
