/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words, as rows of what they change.
 */
#include "symbol/mode.h"

#include <glib.h>
#include <string.h>

typedef enum { KEEP, LOCAL, FAST, REMOTE, FORCE, EXPLAIN, SPELL } Effect;

static const struct {
    const char *word;
    Effect effect;
    CpaDemangle demangle;
} words[] = {
    {"", KEEP, 0},
    {"local", LOCAL, 0},
    {"fastlocal", FAST, 0},
    {"remote", REMOTE, 0},
    {"force", FORCE, 0},
    {"explain", EXPLAIN, 0},
    {"demangle=full", SPELL, CPA_DEMANGLE_FULL},
    {"demangle=none", SPELL, CPA_DEMANGLE_NONE},
    {"demangle=templates", SPELL, CPA_DEMANGLE_TEMPLATES},
    {"demangle=default", KEEP, 0},
    /* pprof knows these without the prefix, too. */
    {"full", SPELL, CPA_DEMANGLE_FULL},
    {"templates", SPELL, CPA_DEMANGLE_TEMPLATES},
    {"default", KEEP, 0},
};

static bool apply(CpaSymbolMode *mode, const char *word)
{
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        if (strcmp(words[i].word, word) != 0) {
            continue;
        }
        switch (words[i].effect) {
        case LOCAL:
        case FAST:
            mode->local = true;
            mode->remote = false;
            mode->fast |= words[i].effect == FAST;
            break;
        case REMOTE:
            mode->remote = true;
            mode->local = false;
            break;
        case FORCE:
            mode->force = true;
            break;
        case EXPLAIN:
            mode->explain = true;
            break;
        case SPELL:
            mode->demangle = words[i].demangle;
            mode->force = true;
            break;
        case KEEP:
            break;
        }
        return true;
    }
    return false;
}

bool cpa_symbol_mode_parse(CpaSymbolMode *mode, const char *text)
{
    *mode = (CpaSymbolMode){.local = true, .remote = true, .demangle = CPA_DEMANGLE_DEFAULT};
    bool ok = true;
    g_autofree char *lower = g_ascii_strdown(text, -1);
    g_auto(GStrv) parts = g_strsplit(lower, ":", -1);
    for (size_t i = 0; parts[i] != NULL; i++) {
        if (strcmp(parts[i], "none") == 0 || strcmp(parts[i], "no") == 0) {
            mode->is_off = true;
            return ok;
        }
        ok &= apply(mode, parts[i]);
    }
    return ok;
}
