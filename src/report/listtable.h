/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list, weblist and disasm as tables for programs: functions, in them lines, in these the code.
 * doc/json.md describes them.
 */
#pragma once

#include "report/assembly.h"
#include "report/listing.h"

/** cpa_listing_put_table: @with_code: weblist: lines have their instructions below them */
void cpa_listing_put_table(CpaReport *report, const CpaListing *listing, bool with_code,
                           CpaSink *sink);

/** cpa_assembly_put_table: symbols and their instructions */
void cpa_assembly_put_table(CpaReport *report, const CpaAssembly *assembly, CpaSink *sink);
