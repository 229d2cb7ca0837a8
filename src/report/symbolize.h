/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names for a profile that came without: from files here, then from the server that the profile
 * came from; then all of them spelled for people.
 */
#pragma once

#include "report/run.h"
#include "symbol/debuginfod.h"

/* Mappings and the servers that they came from, as read, before profiles are merged. */
typedef struct CpaSymbolServers CpaSymbolServers;

CpaSymbolServers *cpa_symbol_servers_new(void);
void cpa_symbol_servers_free(CpaSymbolServers *servers);

/** cpa_symbol_servers_add: @url: where the mapping's profile was fetched from */
void cpa_symbol_servers_add(CpaSymbolServers *servers, const char *build_id, const char *file,
                            uint64_t start, const char *url);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaSymbolServers, cpa_symbol_servers_free)

/**
 * cpa_symbolize:
 * @profile: not shared yet
 * @servers: (nullable): whom to ask for what no file names
 *
 * Follows options->symbolize. What cannot be named is a warning, never an error.
 * Source:  pprof symbolizer Symbolize
 */
void cpa_symbolize(CpaProfile *profile, const CpaSymbolServers *servers, const CpaOptions *options,
                   const CpaUi *ui);

/** cpa_symbolize_servers: Returns: whether debuginfod servers may be asked, and its limits */
CpaDebuginfodLimits cpa_symbolize_servers(const CpaOptions *options);

/**
 * cpa_symbolize_summary:
 *
 * Returns: (transfer full) (nullable): a line about the weight without a name, where it is more
 *          than 5 % and names were looked for
 */
char *cpa_symbolize_summary(const CpaProfile *profile, const CpaOptions *options);
