/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CpaAssembly: the symbols of the program that a regexp or an address selects, with the weight of
 * each of their instructions. disasm and its JSON are written from it.
 *
 *     symbols   in report order; each has instructions  [line_first .. line_first + n_lines)
 */
#pragma once

#include "graph/groups.h"
#include "report/binaries.h"

typedef struct {
    uint64_t address; /* of the object */
    const char *text;
    const char *function; /* "" where unknown, as the next ones */
    const char *file;
    uint32_t line;
    bool starts_block; /* instructions before it were left out */
    CpaGroupSums sums;
} CpaAssemblyLine;

typedef struct {
    const char *name;   /* of what was inlined, where there is a host: "a, b" */
    GPtrArray *aliases; /* of char*, further names of the address; NULL where there are none */
    const char *host;   /* what it was inlined into, or NULL */
    const char *binary; /* path */
    uint64_t start;     /* object addresses */
    uint64_t end;       /* inclusive */
    uint32_t mapping;
    CpaGroupSums sums;
    size_t line_first;
    size_t n_lines;
} CpaAssemblySymbol;

typedef struct {
    CpaReport *report;
    CpaBinaries *binaries;
    CPA_VEC(CpaAssemblySymbol) symbols;
    CPA_VEC(CpaAssemblyLine) lines;
    GPtrArray *codes; /* of CpaCode: memory of the lines */
    GStringChunk *names;
} CpaAssembly;

/**
 * cpa_assembly_new:
 *
 * Symbols whose name matches the report's regexp, or that hold the address that it is, and that have
 * samples. Where only inlined functions match, the instructions that come from them, by the symbol
 * that they are in.
 *
 * Errors:  USAGE where nothing matches: says which binaries were looked at and why they did not
 *          help; UNSUPPORTED where there is no disassembler
 * Source:  pprof report.go PrintAssembly, symbolsFromBinaries, annotateAssembly. Differs: a sample
 *          counts once per symbol and per instruction (pprof_compat: once per address)
 * Returns: (transfer full)
 */
CpaAssembly *cpa_assembly_new(CpaReport *report, GError **error);
void cpa_assembly_free(CpaAssembly *assembly);

/** cpa_report_parse_address: Returns: whether the report's argument is a number, as in Go */
bool cpa_report_parse_address(const char *text, uint64_t *address);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaAssembly, cpa_assembly_free)
