/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree of a regular expression: what the parser builds and the compiler reads.
 */
#pragma once

#include "base/runeset.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum {
    CPA_REG_EMPTY,
    CPA_REG_LITERAL,   /* runes[first, first + n) in a row */
    CPA_REG_CLASS,     /* one code point of sets[first] */
    CPA_REG_ASSERT,    /* first is a CpaRegAssertion */
    CPA_REG_CAPTURE,   /* kids[first] */
    CPA_REG_REPEAT,    /* kids[first], min to max times, max -1 for no limit */
    CPA_REG_CONCAT,    /* kids[first, first + n), none of them a CONCAT, n > 1 */
    CPA_REG_ALTERNATE, /* kids[first, first + n), none of them an ALTERNATE, n > 1 */
} CpaRegKind;

typedef enum {
    CPA_REG_BEGIN_TEXT,
    CPA_REG_END_TEXT,
    CPA_REG_BEGIN_LINE,
    CPA_REG_END_LINE,
    CPA_REG_WORD, /* between a word and none, of ASCII */
    CPA_REG_NO_WORD,
} CpaRegAssertion;

typedef struct {
    uint8_t kind;
    bool fold;     /* LITERAL: any case */
    bool lazy;     /* REPEAT: as few times as possible */
    bool nullable; /* may match the empty text */
    uint32_t first;
    uint32_t n;
    int min;
    int max;
    int height;   /* levels */
    int copies;   /* largest product of the counts on a way down */
    int64_t size; /* instructions by Go's estimate */
} CpaRegNode;

typedef struct {
    GArray *nodes;       /* of CpaRegNode */
    GArray *kids;        /* of uint32_t, node ids */
    GArray *runes;       /* of uint32_t */
    GPtrArray *sets;     /* of CpaRuneSet, each once; id is the index */
    GHashTable *set_ids; /* CpaRuneSet -> itself, owned by sets */
    CpaRuneFolds folds;
    int64_t n_live; /* nodes that Go would have: without those joined to others */
} CpaRegTree;

/** cpa_reg_tree_init: makes @tree empty */
void cpa_reg_tree_init(CpaRegTree *tree);

/** cpa_reg_tree_clear: frees what @tree holds */
void cpa_reg_tree_clear(CpaRegTree *tree);

/** cpa_reg_node: Returns: node @id; valid until the next is made */
static inline const CpaRegNode *cpa_reg_node(const CpaRegTree *tree, uint32_t id)
{
    return &g_array_index(tree->nodes, CpaRegNode, id);
}

/** cpa_reg_kid: Returns: id of the child @i of @node */
static inline uint32_t cpa_reg_kid(const CpaRegTree *tree, const CpaRegNode *node, uint32_t i)
{
    return g_array_index(tree->kids, uint32_t, node->first + i);
}

/** cpa_reg_rune: Returns: code point @i of the literal @node */
static inline uint32_t cpa_reg_rune(const CpaRegTree *tree, const CpaRegNode *node, uint32_t i)
{
    return g_array_index(tree->runes, uint32_t, node->first + i);
}

/** cpa_reg_tree_add_literal: Returns: id of a new node for one code point; @fold for any case */
uint32_t cpa_reg_tree_add_literal(CpaRegTree *tree, uint32_t rune, bool fold);

/** cpa_reg_tree_add_class: Returns: id of a new node for normalised @ranges, CLASS or LITERAL */
uint32_t cpa_reg_tree_add_class(CpaRegTree *tree, const GArray *ranges);

/** cpa_reg_tree_add_assert: Returns: id of a new node */
uint32_t cpa_reg_tree_add_assert(CpaRegTree *tree, CpaRegAssertion assertion);

/** cpa_reg_tree_add_capture: Returns: id of a new node around @kid */
uint32_t cpa_reg_tree_add_capture(CpaRegTree *tree, uint32_t kid);

/** cpa_reg_tree_add_repeat: Returns: id of a new node for @min to @max (-1: no limit) times @kid */
uint32_t cpa_reg_tree_add_repeat(CpaRegTree *tree, uint32_t kid, int min, int max, bool lazy);

/**
 * cpa_reg_tree_add_sequence:
 * @ids: nodes that follow each other; overwritten
 *
 * Returns: id of the node for all of them, one of @ids when they can be joined to one
 */
uint32_t cpa_reg_tree_add_sequence(CpaRegTree *tree, uint32_t *ids, uint32_t n);

/**
 * cpa_reg_tree_add_choice:
 * @ids: alternatives, the preferred first, at least one; overwritten
 *
 * Returns: id of the node for any of them, one of @ids when they can be joined to one;
 *          a|[bc] becomes [a-c]
 */
uint32_t cpa_reg_tree_add_choice(CpaRegTree *tree, uint32_t *ids, uint32_t n);

/**
 * cpa_reg_tree_fold_set:
 *
 * Returns: index in the sets of @tree of what differs from @rune only by case, with @rune; it
 *          differs from something
 */
uint32_t cpa_reg_tree_fold_set(CpaRegTree *tree, uint32_t rune);
