/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the tree to instructions.
 *
 *     a(bc|d)*e   0 match   1 e ->0   2 split 6,1   3 d ->2   4 c ->2   5 b ->4   6 split 5,3
 *                 7 a ->2, the entry
 *
 * Every node is compiled so that it goes on at an instruction that is already there: from the end
 * of the expression to its start. The walk keeps its own stack. Counts are copies of what they
 * repeat; a loop over what may be empty is Go's (x+)? for x*.
 *
 * Source: R. Cox, "Regular Expression Matching: the Virtual Machine Approach" (2009), and
 * compile.go of Go's regexp/syntax. Differs: nothing captures, as nobody asks for submatches.
 */
#include "base/regprog.h"

/* A node being compiled. */
typedef struct {
    uint32_t id;
    uint32_t next;  /* where it goes on */
    uint32_t entry; /* of what is compiled of it so far */
    uint32_t loop;  /* REPEAT without limit: the split at its end */
    uint32_t i;     /* children or copies of them begun so far */
} Visit;

typedef struct {
    CpaRegTree *tree;
    GArray *insts;  /* of CpaInst */
    GArray *visits; /* of Visit */
    uint32_t done;  /* entry of the node finished last */
} Compiler;

static uint32_t inst_new(Compiler *c, CpaInstOp op, uint32_t arg, uint32_t out)
{
    CpaInst inst = {op, arg, out};
    g_array_append_val(c->insts, inst);
    return c->insts->len - 1;
}

/* Lazy or not: enter @body first, or @next first. */
static void inst_set_split(Compiler *c, uint32_t split, bool lazy, uint32_t body, uint32_t next)
{
    CpaInst *inst = &g_array_index(c->insts, CpaInst, split);
    inst->arg = lazy ? next : body;
    inst->out = lazy ? body : next;
}

static uint32_t optional_new(Compiler *c, bool lazy, uint32_t body, uint32_t next)
{
    uint32_t split = inst_new(c, CPA_INST_SPLIT, 0, 0);
    inst_set_split(c, split, lazy, body, next);
    return split;
}

static void visit_begin(Compiler *c, uint32_t id, uint32_t next)
{
    Visit visit = {.id = id, .next = next, .entry = next};
    g_array_append_val(c->visits, visit);
}

static void visit_end(Compiler *c, uint32_t entry)
{
    c->done = entry;
    g_array_set_size(c->visits, c->visits->len - 1);
}

static uint32_t compile_literal(Compiler *c, const CpaRegNode *node, uint32_t next)
{
    for (uint32_t i = node->n; i-- > 0;) {
        uint32_t rune = cpa_reg_rune(c->tree, node, i);
        if (node->fold && cpa_rune_folds_next(&c->tree->folds, rune) != rune) {
            next = inst_new(c, CPA_INST_CLASS, cpa_reg_tree_fold_set(c->tree, rune), next);
        } else {
            next = inst_new(c, CPA_INST_RUNE, rune, next);
        }
    }
    return next;
}

/* Children from the last to the first. As in the next two, a child that begins may move @v. */
static void visit_concat(Compiler *c, Visit *v, const CpaRegNode *node)
{
    uint32_t next = v->i > 0 ? c->done : v->next;
    if (v->i == node->n) {
        visit_end(c, next);
        return;
    }
    v->i++;
    visit_begin(c, cpa_reg_kid(c->tree, node, node->n - v->i), next);
}

static void visit_alternate(Compiler *c, Visit *v, const CpaRegNode *node)
{
    if (v->i > 0) {
        v->entry = v->i == 1 ? c->done : inst_new(c, CPA_INST_SPLIT, c->done, v->entry);
    }
    if (v->i == node->n) {
        visit_end(c, v->entry);
        return;
    }
    v->i++;
    visit_begin(c, cpa_reg_kid(c->tree, node, node->n - v->i), v->next);
}

/*
 * x* enters at the split behind x, x+ at x. With x{2,4} the optional copies, x(x)?, come first, as
 * they are at the end.
 */
static void visit_repeat(Compiler *c, Visit *v, const CpaRegNode *node)
{
    bool unlimited = node->max < 0;
    uint32_t kid = cpa_reg_kid(c->tree, node, 0);
    uint32_t n_optional = unlimited ? 1 : (uint32_t)(node->max - node->min);
    uint32_t n_copies = unlimited ? (uint32_t)MAX(node->min, 1) : (uint32_t)node->max;
    if (v->i > 0 && unlimited && v->i == 1) {
        inst_set_split(c, v->loop, node->lazy, c->done, v->next);
        v->entry = node->min > 0 ? c->done : v->loop;
        if (node->min == 0 && cpa_reg_node(c->tree, kid)->nullable) {
            v->entry = optional_new(c, node->lazy, c->done, v->next);
        }
    } else if (v->i > 0) {
        bool optional = v->i <= n_optional && !unlimited;
        v->entry = optional ? optional_new(c, node->lazy, c->done, v->next) : c->done;
    }
    if (v->i == n_copies) {
        visit_end(c, v->entry);
        return;
    }
    if (v->i == 0 && unlimited) {
        v->loop = inst_new(c, CPA_INST_SPLIT, 0, 0);
        v->entry = v->loop;
    }
    v->i++;
    visit_begin(c, kid, v->entry);
}

/* One step of the node on top of the stack: begins a child, or ends. */
static void visit_step(Compiler *c)
{
    Visit *v = &g_array_index(c->visits, Visit, c->visits->len - 1);
    const CpaRegNode *node = cpa_reg_node(c->tree, v->id);
    switch ((CpaRegKind)node->kind) {
    case CPA_REG_EMPTY:
        visit_end(c, v->next);
        break;
    case CPA_REG_LITERAL:
        visit_end(c, compile_literal(c, node, v->next));
        break;
    case CPA_REG_CLASS:
        visit_end(c, inst_new(c, CPA_INST_CLASS, node->first, v->next));
        break;
    case CPA_REG_ASSERT:
        visit_end(c, inst_new(c, CPA_INST_ASSERT, node->first, v->next));
        break;
    case CPA_REG_CAPTURE:
    case CPA_REG_CONCAT:
        visit_concat(c, v, node);
        break;
    case CPA_REG_REPEAT:
        visit_repeat(c, v, node);
        break;
    case CPA_REG_ALTERNATE:
        visit_alternate(c, v, node);
        break;
    }
}

/* Whether no instruction that consumes or matches can be reached but at the start of the text. */
static bool is_anchored(const CpaRegProg *prog)
{
    bool anchored = true;
    uint32_t n = 0;
    uint32_t *stack = g_new(uint32_t, 2 * (size_t)prog->n_insts + 1);
    bool *seen = g_new0(bool, prog->n_insts);
    stack[n++] = prog->entry;
    while (n > 0 && anchored) {
        uint32_t pc = stack[--n];
        const CpaInst *inst = &prog->insts[pc];
        if (seen[pc] || (inst->op == CPA_INST_ASSERT && inst->arg == CPA_REG_BEGIN_TEXT)) {
            continue;
        }
        seen[pc] = true;
        anchored = inst->op == CPA_INST_SPLIT || inst->op == CPA_INST_ASSERT;
        stack[n++] = inst->out;
        if (inst->op == CPA_INST_SPLIT) {
            stack[n++] = inst->arg;
        }
    }
    g_free(seen);
    g_free(stack);
    return anchored;
}

CpaRegProg *cpa_reg_prog_new(CpaRegTree *tree, uint32_t root)
{
    Compiler c = {.tree = tree};
    c.insts = g_array_new(FALSE, FALSE, sizeof(CpaInst));
    c.visits = g_array_new(FALSE, FALSE, sizeof(Visit));
    visit_begin(&c, root, inst_new(&c, CPA_INST_MATCH, 0, 0));
    while (c.visits->len > 0 && c.insts->len <= CPA_REG_MAX_INSTS) {
        visit_step(&c);
    }
    bool complete = c.visits->len == 0 && c.insts->len <= CPA_REG_MAX_INSTS;
    g_array_unref(c.visits);
    if (!complete) {
        g_array_unref(c.insts);
        return NULL;
    }
    CpaRegProg *prog = g_new0(CpaRegProg, 1);
    prog->entry = c.done;
    prog->n_insts = c.insts->len;
    prog->insts = (CpaInst *)(void *)g_array_free(c.insts, FALSE);
    prog->sets = g_steal_pointer(&tree->sets);
    for (uint32_t i = 0; i < prog->n_insts; i++) {
        if (prog->insts[i].op == CPA_INST_ASSERT) {
            prog->assertions |= 1u << prog->insts[i].arg;
        }
    }
    prog->anchored = is_anchored(prog);
    return prog;
}

void cpa_reg_prog_free(CpaRegProg *prog)
{
    if (prog != NULL) {
        g_ptr_array_unref(prog->sets);
        g_free(prog->insts);
        g_free(prog);
    }
}

/* ---------------------------------------------------------------- assertions */

static bool is_word(uint32_t rune)
{
    return rune < 128 && (g_ascii_isalnum((char)rune) || rune == '_');
}

unsigned cpa_reg_assertions(uint32_t before, uint32_t after)
{
    bool begin = before == CPA_RUNE_NONE;
    bool end = after == CPA_RUNE_NONE;
    unsigned holds = is_word(before) != is_word(after) ? 1u << CPA_REG_WORD : 1u << CPA_REG_NO_WORD;
    holds |= begin ? 1u << CPA_REG_BEGIN_TEXT : 0;
    holds |= begin || before == '\n' ? 1u << CPA_REG_BEGIN_LINE : 0;
    holds |= end ? 1u << CPA_REG_END_TEXT : 0;
    holds |= end || after == '\n' ? 1u << CPA_REG_END_LINE : 0;
    return holds;
}

/* ---------------------------------------------------------------- classes of code points */

static void add_bounds(GArray *bounds, uint32_t lo, uint32_t hi)
{
    uint32_t pair[2] = {lo, hi + 1};
    g_array_append_vals(bounds, pair, 2);
}

static int compare_u32(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static void sort_unique(GArray *bounds)
{
    g_array_sort(bounds, compare_u32);
    uint32_t *b = (uint32_t *)(void *)bounds->data;
    guint n = 0;
    for (guint i = 0; i < bounds->len; i++) {
        if (n == 0 || b[i] != b[n - 1]) {
            b[n++] = b[i];
        }
    }
    g_array_set_size(bounds, n);
}

GArray *cpa_reg_prog_bounds(const CpaRegProg *prog)
{
    GArray *bounds = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    add_bounds(bounds, 0, 127);
    for (uint32_t i = 0; i < prog->n_insts; i++) {
        if (prog->insts[i].op == CPA_INST_RUNE) {
            add_bounds(bounds, prog->insts[i].arg, prog->insts[i].arg);
        }
    }
    bool full = false;
    for (guint i = 0; i < prog->sets->len; i++) {
        const CpaRuneSet *set = g_ptr_array_index(prog->sets, i);
        for (uint32_t k = 0; k < set->n && (!full || set->ranges[k].lo < 128); k++) {
            add_bounds(bounds, set->ranges[k].lo, set->ranges[k].hi);
        }
        if (bounds->len > 10 * CPA_REG_MAX_BOUNDS) {
            sort_unique(bounds);
            full = full || bounds->len > CPA_REG_MAX_BOUNDS;
        }
    }
    static const char context[] = "09AZ__az\n\n"; /* what assertions look at */
    for (const char *s = context; prog->assertions != 0 && *s != '\0'; s += 2) {
        add_bounds(bounds, (uint8_t)s[0], (uint8_t)s[1]);
    }
    sort_unique(bounds);
    return bounds;
}
