/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A deterministic automaton that is built while it runs.
 *
 *     state   the instructions to go on with, and what was before     {3, 7}, before a newline
 *       next  [class] -> state, NULL while unknown                    [a-f] -> .., [g-z] -> NULL
 *
 * Code points that no instruction tells apart are one class: the intervals between the bounds of
 * all sets. An unknown transition is one step of Thompson's automaton, whose result is looked up
 * among the states by its set of instructions: preference does not matter for whether there is a
 * match. Assertions need the code point behind a position too; they are looked at when it is known,
 * and so a match is seen one code point late.
 *
 * Bounds: when the states take more than MAX_BYTES all are forgotten; at worst every step is a step
 * of Thompson's automaton. Non-ASCII code points are cached only while there are few bounds (not
 * with \p{L}, which has 1300).
 *
 * Source: R. Cox, "Regular Expression Matching in the Wild" (2010), RE2's dfa.cc; differs: over
 * code points, so that invalid UTF-8 needs no thought, and without spans.
 */
#include "base/regdfa.h"

#include <string.h>

#define MAX_INSTS   2000u      /* a state takes a bit for each, an unknown transition a step */
#define MAX_BYTES   (1u << 20) /* of states */
#define MAX_CLASSES 250u

typedef struct State State;
struct State {
    const uint64_t *seeds; /* [n_words], a bit per instruction; it follows next */
    uint32_t n_words;
    uint32_t before; /* a code point that stands for the last one */
    State *next[];   /* [n_classes + 2]: then the end of the text, and one that stays NULL */
};

struct CpaRegDfa {
    const CpaRegProg *prog;
    GArray *bounds;       /* of uint32_t: class i is [bounds[i], bounds[i + 1]) */
    uint32_t n_classes;   /* of bounds, or of ASCII only when there are too many */
    uint8_t classes[256]; /* of the first byte of a code point: n_classes + 1 when not ASCII */
    GHashTable *states;   /* of State, itself */
    size_t n_bytes;       /* of them */
    uint32_t n_resets;
    State *start;   /* (nullable) */
    State *matched; /* a mark, without transitions, like the next */
    State *dead;    /* no match any more */
    uint32_t n_words;
    uint64_t *seeds; /* of the state being looked up */
    uint32_t *stack;
    uint64_t *marks;  /* per instruction: the list it was last added to */
    uint64_t list;    /* never starts over */
    uint64_t n_steps; /* of this search */
};

/* ---------------------------------------------------------------- classes */

/* Index of the class of @rune; n_classes or more when it has none. */
static uint32_t class_of(const CpaRegDfa *dfa, uint32_t rune)
{
    uint32_t lo = 0;
    uint32_t hi = dfa->bounds->len;
    while (hi - lo > 1) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (g_array_index(dfa->bounds, uint32_t, mid) <= rune) {
            lo = mid;
        } else {
            hi = mid;
        }
    }
    return lo;
}

/* Returns where @state has what follows @rune; NULL when that is not kept. */
static State **transition(const CpaRegDfa *dfa, State *state, uint32_t rune)
{
    uint32_t index = rune == CPA_RUNE_NONE ? dfa->n_classes
                     : rune < 128          ? dfa->classes[rune]
                                           : class_of(dfa, rune);
    return index < dfa->n_classes || rune == CPA_RUNE_NONE ? &state->next[index] : NULL;
}

/* ---------------------------------------------------------------- states */

static guint state_hash(gconstpointer key)
{
    const State *state = key;
    uint64_t hash = state->before;
    for (uint32_t i = 0; i < state->n_words; i++) {
        hash = (hash ^ (hash >> 29) ^ state->seeds[i]) * 0x9E3779B97F4A7C15u;
    }
    return (guint)(hash >> 32);
}

static gboolean state_equal(gconstpointer a, gconstpointer b)
{
    const State *x = a;
    const State *y = b;
    return x->before == y->before &&
           memcmp(x->seeds, y->seeds, x->n_words * sizeof(*x->seeds)) == 0;
}

static State *state_new(CpaRegDfa *dfa)
{
    size_t table = sizeof(State) + (dfa->n_classes + 2) * sizeof(State *);
    size_t n_bytes = table + dfa->n_words * sizeof(*dfa->seeds);
    if (dfa->n_bytes + n_bytes > MAX_BYTES) {
        g_hash_table_remove_all(dfa->states);
        dfa->n_bytes = 0;
        dfa->n_resets++;
        dfa->start = NULL;
    }
    dfa->n_bytes += n_bytes;
    State *state = g_malloc0(n_bytes);
    state->n_words = dfa->n_words;
    state->seeds =
        memcpy(&state->next[dfa->n_classes + 2], dfa->seeds, dfa->n_words * sizeof(*dfa->seeds));
    return state;
}

/* Returns the state of the seeds of @dfa, made when there is none; it may forget all others. */
static State *state_get(CpaRegDfa *dfa, uint32_t before)
{
    State key = {.seeds = dfa->seeds, .n_words = dfa->n_words, .before = before};
    State *state = g_hash_table_lookup(dfa->states, &key);
    if (state == NULL) {
        state = state_new(dfa);
        state->before = before;
        g_hash_table_add(dfa->states, state);
    }
    return state;
}

static void add_seed(CpaRegDfa *dfa, uint32_t pc)
{
    dfa->seeds[pc / 64] |= (uint64_t)1 << (pc % 64);
}

/* Puts the seeds of @state on the stack; returns how many. */
static size_t push_seeds(CpaRegDfa *dfa, const State *state)
{
    size_t n = 0;
    for (uint32_t i = 0; i < state->n_words; i++) {
        uint32_t pc = i * 64;
        for (uint64_t word = state->seeds[i]; word != 0; word >>= 1) {
            dfa->stack[n] = pc++;
            n += word & 1;
        }
    }
    return n;
}

/* Returns one code point for all after which the same assertions hold. */
static uint32_t before_of(const CpaRegProg *prog, uint32_t rune)
{
    static const uint32_t samples[] = {' ', 'a', '\n', CPA_RUNE_NONE};
    unsigned holds = cpa_reg_assertions(rune, ' ') & prog->assertions;
    size_t i = 0;
    while ((cpa_reg_assertions(samples[i], ' ') & prog->assertions) != holds) {
        i++;
    }
    return samples[i];
}

static State *state_start(CpaRegDfa *dfa)
{
    if (dfa->start == NULL) {
        memset(dfa->seeds, 0, dfa->n_words * sizeof(*dfa->seeds));
        add_seed(dfa, dfa->prog->entry);
        dfa->start = state_get(dfa, before_of(dfa->prog, CPA_RUNE_NONE));
    }
    return dfa->start;
}

/* Computes what follows @state when @rune, or the end, is seen. */
static State *state_step(CpaRegDfa *dfa, const State *state, uint32_t rune)
{
    const CpaRegProg *prog = dfa->prog;
    unsigned holds = prog->assertions != 0 ? cpa_reg_assertions(state->before, rune) : 0;
    uint32_t *stack = dfa->stack;
    size_t depth = push_seeds(dfa, state);
    bool dead = rune == CPA_RUNE_NONE || prog->anchored;
    memset(dfa->seeds, 0, dfa->n_words * sizeof(*dfa->seeds));
    dfa->list++;
    while (depth > 0) {
        uint32_t pc = stack[--depth];
        const CpaInst *inst = &prog->insts[pc];
        dfa->n_steps++;
        if (dfa->marks[pc] == dfa->list) {
            continue;
        }
        dfa->marks[pc] = dfa->list;
        switch ((CpaInstOp)inst->op) {
        case CPA_INST_SPLIT:
            stack[depth++] = inst->arg;
            stack[depth++] = inst->out;
            break;
        case CPA_INST_ASSERT:
            if ((holds >> inst->arg & 1) != 0) {
                stack[depth++] = inst->out;
            }
            break;
        case CPA_INST_RUNE:
        case CPA_INST_CLASS:
            if (cpa_inst_takes(prog, inst, rune)) {
                add_seed(dfa, inst->out);
                dead = false;
            }
            break;
        case CPA_INST_MATCH:
            return dfa->matched;
        }
    }
    if (dead) {
        return dfa->dead;
    }
    if (!prog->anchored) {
        add_seed(dfa, prog->entry);
    }
    return state_get(dfa, before_of(prog, rune));
}

/* ---------------------------------------------------------------- public functions */

CpaRegDfa *cpa_reg_dfa_new(const CpaRegProg *prog)
{
    if (prog->n_insts > MAX_INSTS) {
        return NULL;
    }
    CpaRegDfa *dfa = g_new0(CpaRegDfa, 1);
    dfa->prog = prog;
    dfa->bounds = cpa_reg_prog_bounds(prog);
    uint32_t n_ascii = class_of(dfa, 127) + 1;
    dfa->n_classes = dfa->bounds->len <= MAX_CLASSES ? dfa->bounds->len : n_ascii;
    for (uint32_t c = 0; c < 256; c++) {
        dfa->classes[c] = (uint8_t)(c < 128 ? class_of(dfa, c) : dfa->n_classes + 1);
    }
    dfa->states = g_hash_table_new_full(state_hash, state_equal, g_free, NULL);
    dfa->n_words = prog->n_insts / 64 + 1;
    dfa->seeds = g_new0(uint64_t, dfa->n_words);
    dfa->matched = state_new(dfa);
    dfa->dead = state_new(dfa);
    dfa->stack = g_new(uint32_t, 3 * (size_t)prog->n_insts + 1); /* seeds, and two for each */
    dfa->marks = g_new0(uint64_t, prog->n_insts);
    return dfa;
}

void cpa_reg_dfa_free(CpaRegDfa *dfa)
{
    if (dfa == NULL) {
        return;
    }
    g_free(dfa->marks);
    g_free(dfa->seeds);
    g_free(dfa->stack);
    g_free(dfa->dead);
    g_free(dfa->matched);
    g_hash_table_unref(dfa->states);
    g_array_unref(dfa->bounds);
    g_free(dfa);
}

bool cpa_reg_dfa_search(CpaRegDfa *dfa, const char *text, size_t len, bool *matched)
{
    const char *end = text + len;
    State *state = state_start(dfa);
    *matched = false;
    dfa->n_steps = 0;
    for (;;) {
        State *next;
        while (text < end && (next = state->next[dfa->classes[(uint8_t)*text]]) != NULL) {
            state = next;
            text++;
        }
        if (state == dfa->matched || state == dfa->dead) {
            *matched = state == dfa->matched;
            return true;
        }
        uint32_t rune;
        size_t size = cpa_rune_decode(text, end, &rune);
        rune = size > 0 ? rune : CPA_RUNE_NONE;
        State **known = transition(dfa, state, rune);
        next = known != NULL ? *known : NULL;
        if (next == NULL) {
            uint32_t n_resets = dfa->n_resets;
            next = state_step(dfa, state, rune);
            if (known != NULL && n_resets == dfa->n_resets) {
                *known = next;
            }
        }
        if (size == 0) {
            *matched = next == dfa->matched;
            return true;
        }
        if (dfa->n_steps > CPA_REG_MAX_STEPS) {
            return false;
        }
        state = next;
        text += size;
    }
}

uint64_t cpa_reg_dfa_steps(const CpaRegDfa *dfa)
{
    return dfa->n_steps;
}
