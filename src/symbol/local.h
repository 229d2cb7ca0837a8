/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names for the addresses of a profile, from object files on this machine.
 */
#pragma once

#include "profile/profile.h"
#include "symbol/debuginfod.h"
#include "symbol/mode.h"

/* Whom to tell what; no member is needed. */
typedef struct {
    void (*warn)(const char *message, gpointer data);
    void (*explain)(const char *message, gpointer data);
    /* How far it is; called from the first second on, a few times per second, by any thread, one at
     * a time. When it is over once more, with n 0, if it was called at all. */
    void (*watch)(size_t n_done, size_t n, gpointer data);
    gpointer data;               /* of all three */
    const char *cache;           /* folder for results, or NULL */
    CpaDebuginfodLimits servers; /* for debug files */
} CpaSymbolUi;

/**
 * cpa_symbolize_local:
 * @profile: not shared yet
 *
 * Fills in lines of locations whose mapping has no names yet, or of all with mode->force. Mappings
 * are worked on in parallel; each reads its addresses in one sweep. What fails is a warning.
 *
 * Source:  pprof symbolizer doLocalSymbolize; differs: a location about which nothing is known
 *          stays without lines, also where llvm-symbolizer would be used; a mapping all of whose
 *          locations have lines counts as named, whatever its flags say
 */
void cpa_symbolize_local(CpaProfile *profile, const CpaSymbolMode *mode, const CpaSymbolUi *ui);

/**
 * cpa_profile_demangle:
 *
 * Spells the names of functions for people. Names that were spelled before stay, unless @force.
 * Source:  pprof symbolizer Demangle
 */
void cpa_profile_demangle(CpaProfile *profile, bool force, CpaDemangle mode);

/** cpa_mapping_is_unsymbolizable: Returns: whether the file can have no names: [vdso], ... */
bool cpa_mapping_is_unsymbolizable(const char *file);
