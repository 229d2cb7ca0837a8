/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nodes of a regular expression, made from the leaves up and never changed but by joining.
 *
 *     nodes  one after the other; an inner node names its children by a slice of kids
 *     kids   node ids; a node joined to another leaves its slice behind
 *     runes  code points; a literal is a slice
 *     sets   what classes stand for, each set once
 *
 * Each node carries what the limits of Go's regexp/syntax need (height, copies, size), so that no
 * check walks the tree. Joins neighbours like Go: literals to one, one-rune alternatives to a
 * class, and flattens. Differs: common prefixes are not factored out of alternations.
 */
#include "base/regtree.h"

#include <string.h>

void cpa_reg_tree_init(CpaRegTree *tree)
{
    *tree = (CpaRegTree){0};
    tree->nodes = g_array_new(FALSE, FALSE, sizeof(CpaRegNode));
    tree->kids = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    tree->runes = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    tree->sets = g_ptr_array_new_with_free_func(g_free);
    tree->set_ids = g_hash_table_new(cpa_rune_set_hash, cpa_rune_set_equal);
}

void cpa_reg_tree_clear(CpaRegTree *tree)
{
    cpa_rune_folds_clear(&tree->folds);
    g_clear_pointer(&tree->set_ids, g_hash_table_unref);
    g_clear_pointer(&tree->sets, g_ptr_array_unref);
    g_clear_pointer(&tree->runes, g_array_unref);
    g_clear_pointer(&tree->kids, g_array_unref);
    g_clear_pointer(&tree->nodes, g_array_unref);
}

/* ---------------------------------------------------------------- leaves */

static uint32_t node_new(CpaRegTree *tree, CpaRegNode node)
{
    node.height = MAX(node.height, 1);
    node.copies = MAX(node.copies, 1);
    node.size = MAX(node.size, 1);
    g_array_append_val(tree->nodes, node);
    tree->n_live++;
    return tree->nodes->len - 1;
}

/* Returns the index of the set of normalised @ranges. */
static uint32_t set_id(CpaRegTree *tree, const GArray *ranges)
{
    CpaRuneSet *set = cpa_rune_set_new(ranges);
    const CpaRuneSet *known = g_hash_table_lookup(tree->set_ids, set);
    if (known != NULL) {
        g_free(set);
        return known->id;
    }
    set->id = tree->sets->len;
    g_ptr_array_add(tree->sets, set);
    g_hash_table_add(tree->set_ids, set);
    return set->id;
}

uint32_t cpa_reg_tree_add_literal(CpaRegTree *tree, uint32_t rune, bool fold)
{
    CpaRegNode node = {.kind = CPA_REG_LITERAL, .fold = fold, .first = tree->runes->len, .n = 1};
    g_array_append_val(tree->runes, rune);
    return node_new(tree, node);
}

uint32_t cpa_reg_tree_add_class(CpaRegTree *tree, const GArray *ranges)
{
    if (ranges->len == 1) {
        CpaRuneRange only = g_array_index(ranges, CpaRuneRange, 0);
        if (only.lo == only.hi) {
            return cpa_reg_tree_add_literal(tree, only.lo, false);
        }
    }
    CpaRegNode node = {.kind = CPA_REG_CLASS, .first = set_id(tree, ranges)};
    return node_new(tree, node);
}

uint32_t cpa_reg_tree_add_assert(CpaRegTree *tree, CpaRegAssertion assertion)
{
    CpaRegNode node = {.kind = CPA_REG_ASSERT, .first = assertion, .nullable = true};
    return node_new(tree, node);
}

/* ---------------------------------------------------------------- around one child */

uint32_t cpa_reg_tree_add_capture(CpaRegTree *tree, uint32_t kid)
{
    CpaRegNode node = *cpa_reg_node(tree, kid);
    node.kind = CPA_REG_CAPTURE;
    node.first = tree->kids->len;
    node.n = 1;
    node.height++;
    node.size += 2;
    g_array_append_val(tree->kids, kid);
    return node_new(tree, node);
}

uint32_t cpa_reg_tree_add_repeat(CpaRegTree *tree, uint32_t kid, int min, int max, bool lazy)
{
    const CpaRegNode *body = cpa_reg_node(tree, kid);
    CpaRegNode node = {.kind = CPA_REG_REPEAT, .n = 1, .min = min, .max = max, .lazy = lazy};
    node.first = tree->kids->len;
    node.height = body->height + 1;
    node.nullable = min == 0 || body->nullable;
    node.copies = max == 0 ? 1 : body->copies * MAX(max < 0 ? min : max, 1);
    if (max < 0) {
        node.size = min == 0 ? 2 + body->size : 1 + min * body->size;
    } else {
        node.size = max * body->size + (max - min);
    }
    g_array_append_val(tree->kids, kid);
    return node_new(tree, node);
}

/* ---------------------------------------------------------------- several children */

/* Joins two literals; runes are copied only when others came between the slices. */
static CpaRegNode join_two(CpaRegTree *tree, CpaRegNode a, const CpaRegNode *b)
{
    if (a.first + a.n != b->first) {
        uint32_t first = tree->runes->len;
        g_array_set_size(tree->runes, first + a.n + b->n);
        uint32_t *runes = (uint32_t *)(void *)tree->runes->data;
        memcpy(runes + first, runes + a.first, a.n * sizeof(*runes));
        memcpy(runes + first + a.n, runes + b->first, b->n * sizeof(*runes));
        a.first = first;
    }
    a.n += b->n;
    a.size = a.n;
    return a;
}

/* Joins the literals among ids[0, n) with their neighbours; returns how many nodes are left. */
static uint32_t join_literals(CpaRegTree *tree, uint32_t *ids, uint32_t n)
{
    uint32_t n_left = 0;
    for (uint32_t i = 0; i < n; i++) {
        const CpaRegNode *node = cpa_reg_node(tree, ids[i]);
        const CpaRegNode *last = n_left > 0 ? cpa_reg_node(tree, ids[n_left - 1]) : NULL;
        if (last != NULL && last->kind == CPA_REG_LITERAL && node->kind == CPA_REG_LITERAL &&
            last->fold == node->fold) {
            CpaRegNode joined = join_two(tree, *last, node);
            g_array_index(tree->nodes, CpaRegNode, ids[n_left - 1]) = joined;
            tree->n_live--;
        } else {
            ids[n_left++] = ids[i];
        }
    }
    return n_left;
}

/* Appends @id to the children of the node being made, or its own when it is a @kind too. */
static void add_kid(CpaRegTree *tree, CpaRegNode *parent, CpaRegKind kind, uint32_t id)
{
    const CpaRegNode *kid = cpa_reg_node(tree, id);
    bool flatten = kid->kind == kind;
    if (!flatten) {
        g_array_append_val(tree->kids, id);
    }
    for (uint32_t k = 0; flatten && k < kid->n; k++) {
        uint32_t grandkid = cpa_reg_kid(tree, kid, k);
        g_array_append_val(tree->kids, grandkid);
    }
    parent->n = tree->kids->len - parent->first;
    parent->size += kid->size;
    parent->height = MAX(parent->height, kid->height + (flatten ? 0 : 1));
    parent->copies = MAX(parent->copies, kid->copies);
}

uint32_t cpa_reg_tree_add_sequence(CpaRegTree *tree, uint32_t *ids, uint32_t n)
{
    n = join_literals(tree, ids, n);
    if (n == 1) {
        return ids[0];
    }
    CpaRegNode node = {.kind = CPA_REG_EMPTY, .nullable = true, .first = tree->kids->len};
    for (uint32_t i = 0; i < n; i++) {
        node.kind = CPA_REG_CONCAT;
        node.nullable = node.nullable && cpa_reg_node(tree, ids[i])->nullable;
        add_kid(tree, &node, CPA_REG_CONCAT, ids[i]);
    }
    return node_new(tree, node);
}

static bool is_one_rune(const CpaRegNode *node)
{
    return node->kind == CPA_REG_CLASS || (node->kind == CPA_REG_LITERAL && node->n == 1);
}

static void add_fold_ranges(CpaRegTree *tree, uint32_t rune, GArray *ranges)
{
    uint32_t c = rune;
    do {
        cpa_rune_ranges_add(ranges, c, c);
        c = cpa_rune_folds_next(&tree->folds, c);
    } while (c != rune);
}

static void add_one_rune(CpaRegTree *tree, const CpaRegNode *node, GArray *ranges)
{
    if (node->kind == CPA_REG_CLASS) {
        const CpaRuneSet *set = g_ptr_array_index(tree->sets, node->first);
        g_array_append_vals(ranges, set->ranges, set->n);
    } else if (node->fold) {
        add_fold_ranges(tree, cpa_reg_rune(tree, node, 0), ranges);
    } else {
        uint32_t rune = cpa_reg_rune(tree, node, 0);
        cpa_rune_ranges_add(ranges, rune, rune);
    }
}

/* Joins one-rune nodes among ids[0, n) with their neighbours; returns how many nodes are left. */
static uint32_t join_classes(CpaRegTree *tree, uint32_t *ids, uint32_t n)
{
    uint32_t n_left = 0;
    for (uint32_t i = 0; i < n;) {
        uint32_t next = i;
        while (next < n && is_one_rune(cpa_reg_node(tree, ids[next]))) {
            next++;
        }
        if (next <= i + 1) {
            ids[n_left++] = ids[i++];
            continue;
        }
        g_autoptr(GArray) ranges = cpa_rune_ranges_new();
        for (uint32_t k = i; k < next; k++) {
            add_one_rune(tree, cpa_reg_node(tree, ids[k]), ranges);
        }
        cpa_rune_ranges_normalize(ranges);
        ids[n_left++] = cpa_reg_tree_add_class(tree, ranges);
        tree->n_live -= next - i;
        i = next;
    }
    return n_left;
}

uint32_t cpa_reg_tree_add_choice(CpaRegTree *tree, uint32_t *ids, uint32_t n)
{
    n = join_classes(tree, ids, n);
    if (n == 1) {
        return ids[0];
    }
    CpaRegNode node = {.kind = CPA_REG_ALTERNATE, .first = tree->kids->len};
    for (uint32_t i = 0; i < n; i++) {
        node.nullable = node.nullable || cpa_reg_node(tree, ids[i])->nullable;
        node.size += i > 0 ? 1 : 0;
        add_kid(tree, &node, CPA_REG_ALTERNATE, ids[i]);
    }
    return node_new(tree, node);
}

uint32_t cpa_reg_tree_fold_set(CpaRegTree *tree, uint32_t rune)
{
    g_autoptr(GArray) ranges = cpa_rune_ranges_new();
    add_fold_ranges(tree, rune, ranges);
    cpa_rune_ranges_normalize(ranges);
    return set_id(tree, ranges);
}
