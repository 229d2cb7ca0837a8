/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What -symbolize asks for: words joined by ':'.
 */
#pragma once

#include "symbol/demangle.h"

typedef struct {
    bool is_off; /* none: nothing at all, names stay as they are */
    bool local;
    bool remote;
    bool fast;    /* names of functions only, from symbol tables */
    bool force;   /* also what has names already */
    bool explain; /* tell what was tried */
    CpaDemangle demangle;
} CpaSymbolMode;

/**
 * cpa_symbol_mode_parse:
 * @mode: (out): later words win; words behind "none" do not count
 *
 * Returns: %false where a word is not known; it is ignored
 * Source:  pprof symbolizer Symbolize; differs: "explain"
 */
bool cpa_symbol_mode_parse(CpaSymbolMode *mode, const char *text);
