/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lines of the memory map that ends a legacy profile.
 *
 *     00400000-00fcb000 r-xp 00000000 08:01 1234    /bin/server      as in /proc/PID/maps
 *     40000-80000 /bin/server (@ff00) abc123456                      brief: offset, build id
 *     build=/home/me/bin                                             $build stands for it below
 *     I0102 15:04:05.0 17 maps.cc:9] 00400000-...                    log prefixes are cut off
 */
#pragma once

#include "input/span.h"
#include "profile/builder.h"

typedef struct CpaProcmaps CpaProcmaps;

typedef enum {
    CPA_PROCMAPS_MAPPING,
    CPA_PROCMAPS_NOTHING,   /* not executable, a variable, or something else */
    CPA_PROCMAPS_TOO_LARGE, /* variables inside variables make the line explode */
} CpaProcmapsLine;

/** cpa_procmaps_new: @builder: interns file names and build ids; borrowed */
CpaProcmaps *cpa_procmaps_new(CpaBuilder *builder);
void cpa_procmaps_free(CpaProcmaps *maps);

/**
 * cpa_procmaps_line:
 * @mapping: (out): set when CPA_PROCMAPS_MAPPING is returned
 *
 * Cost: O(length of the line with its variables replaced)
 */
CpaProcmapsLine cpa_procmaps_line(CpaProcmaps *maps, CpaSpan line, CpaMapping *mapping);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaProcmaps, cpa_procmaps_free)
