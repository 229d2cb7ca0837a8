/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Thompson's automaton: a list of threads, one per instruction at most, steps over the text code
 * point by code point. Threads are kept in order of preference; one that matches ends those after
 * it, so that the last match seen is Perl's. No text is dangerous: "(a+)+$" costs what "a+$" does;
 * a budget of steps stops what is left, such as (a?){1000}b laid over a megabyte.
 *
 * Source: R. Cox, "Regular Expression Matching: the Virtual Machine Approach" (2009), "Pike's
 * implementation"; differs: threads carry the start of the match only.
 */
#include "base/regnfa.h"

/* The instructions that wait for the next code point, the preferred ones first. */
typedef struct {
    uint32_t n;
    uint32_t *pcs;
    size_t *starts; /* where the match of each began */
} Threads;

struct CpaRegNfa {
    const CpaRegProg *prog;
    Threads now;
    Threads then;
    uint32_t *stack;
    uint64_t *marks;  /* per instruction: the list it was last added to */
    uint64_t list;    /* number of the list being filled; never starts over */
    uint64_t n_steps; /* of this search */
};

CpaRegNfa *cpa_reg_nfa_new(const CpaRegProg *prog)
{
    size_t n = prog->n_insts;
    CpaRegNfa *nfa = g_new0(CpaRegNfa, 1);
    nfa->prog = prog;
    nfa->now = (Threads){.pcs = g_new(uint32_t, n), .starts = g_new(size_t, n)};
    nfa->then = (Threads){.pcs = g_new(uint32_t, n), .starts = g_new(size_t, n)};
    nfa->stack = g_new(uint32_t, 2 * n + 1); /* each instruction is expanded once per list */
    nfa->marks = g_new0(uint64_t, n);
    return nfa;
}

void cpa_reg_nfa_free(CpaRegNfa *nfa)
{
    if (nfa == NULL) {
        return;
    }
    g_free(nfa->marks);
    g_free(nfa->stack);
    g_free(nfa->then.starts);
    g_free(nfa->then.pcs);
    g_free(nfa->now.starts);
    g_free(nfa->now.pcs);
    g_free(nfa);
}

/* Follows everything that consumes nothing from @pc on, in order of preference. */
static void add_thread(CpaRegNfa *nfa, Threads *threads, uint32_t pc, size_t start, unsigned holds)
{
    uint32_t *stack = nfa->stack;
    size_t depth = 0;
    stack[depth++] = pc;
    while (depth > 0) {
        pc = stack[--depth];
        nfa->n_steps++;
        if (nfa->marks[pc] == nfa->list) {
            continue;
        }
        nfa->marks[pc] = nfa->list;
        const CpaInst *inst = &nfa->prog->insts[pc];
        switch ((CpaInstOp)inst->op) {
        case CPA_INST_SPLIT:
            stack[depth++] = inst->out;
            stack[depth++] = inst->arg;
            break;
        case CPA_INST_ASSERT:
            if ((holds >> inst->arg & 1) != 0) {
                stack[depth++] = inst->out;
            }
            break;
        case CPA_INST_RUNE:
        case CPA_INST_CLASS:
        case CPA_INST_MATCH:
            threads->pcs[threads->n] = pc;
            threads->starts[threads->n++] = start;
            break;
        }
    }
}

/*
 * Moves the threads of now that take @rune on to the position behind it, where @holds holds. Ends
 * at the first that matches: returns true with the @start of the match.
 */
static bool step_threads(CpaRegNfa *nfa, uint32_t rune, unsigned holds, size_t *start)
{
    const CpaRegProg *prog = nfa->prog;
    bool matched = false;
    nfa->list++;
    nfa->then.n = 0;
    for (uint32_t i = 0; i < nfa->now.n && !matched; i++) {
        const CpaInst *inst = &prog->insts[nfa->now.pcs[i]];
        if (inst->op == CPA_INST_MATCH) {
            *start = nfa->now.starts[i];
            matched = true;
        } else if (cpa_inst_takes(prog, inst, rune)) {
            add_thread(nfa, &nfa->then, inst->out, nfa->now.starts[i], holds);
        }
    }
    nfa->n_steps += nfa->now.n;
    Threads swap = nfa->now;
    nfa->now = nfa->then;
    nfa->then = swap;
    return matched;
}

/* Decodes a code point; %CPA_RUNE_NONE at the end. */
static size_t decode(const char *text, const char *end, uint32_t *rune)
{
    size_t size = cpa_rune_decode(text, end, rune);
    *rune = size > 0 ? *rune : CPA_RUNE_NONE;
    return size;
}

bool cpa_reg_nfa_search(CpaRegNfa *nfa, const char *text, size_t len, CpaRegSpan *span,
                        bool *matched)
{
    const CpaRegProg *prog = nfa->prog;
    const char *end = text + len;
    *matched = false;
    nfa->n_steps = 0;
    nfa->list++;
    nfa->now.n = 0;
    uint32_t rune;
    size_t pos = 0;
    size_t size = decode(text, end, &rune);
    unsigned holds = cpa_reg_assertions(CPA_RUNE_NONE, rune);
    for (;;) {
        if (!*matched && (pos == 0 || !prog->anchored)) {
            add_thread(nfa, &nfa->now, prog->entry, pos, holds);
        }
        uint32_t next;
        size_t next_size = decode(text + pos + size, end, &next);
        holds = prog->assertions != 0 ? cpa_reg_assertions(rune, next) : 0;
        size_t start;
        if (step_threads(nfa, rune, holds, &start)) {
            *matched = true;
            if (span == NULL) {
                return true;
            }
            *span = (CpaRegSpan){start, pos};
        }
        if (size == 0 || (nfa->now.n == 0 && (*matched || prog->anchored))) {
            return true;
        }
        if (nfa->n_steps > CPA_REG_MAX_STEPS) {
            *matched = false;
            return false;
        }
        pos += size;
        size = next_size;
        rune = next;
    }
}

uint64_t cpa_reg_nfa_steps(const CpaRegNfa *nfa)
{
    return nfa->n_steps;
}
