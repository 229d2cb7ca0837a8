/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a reader can compute is not sent: a node's own weight is its weight less that of its
 * children, its depth follows from the numbers of children.
 */
#include "web/treedata.h"

#include <string.h>

#include "base/package.h"
#include "base/shorten.h"
#include "base/vec.h"
#include "layout/palette.h"

typedef CPA_VEC(uint32_t) Ids;

/* Nodes in preorder, children widest first. */
static void walk(const CpaStackTree *tree, Ids *order)
{
    Ids stack = {0};
    cpa_vec_push(&stack, 0);
    while (stack.len > 0) {
        uint32_t id = stack.data[--stack.len];
        cpa_vec_push(order, id);
        const CpaStackNode *node = &tree->nodes[id];
        for (uint32_t i = node->n_children; i > 0; i--) {
            cpa_vec_push(&stack, node->first_child + i - 1);
        }
    }
    cpa_vec_clear(&stack);
}

static uint64_t gcd(uint64_t a, uint64_t b)
{
    while (b != 0) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static uint64_t magnitude(int64_t value)
{
    return value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
}

/* What all weights are multiples of: samples of a timer come in one period, say. */
static int64_t common_factor(const CpaStackTree *tree)
{
    uint64_t factor = 0;
    for (uint32_t i = 0; i < tree->n_nodes && factor != 1; i++) {
        const CpaStackNode *node = &tree->nodes[i];
        factor = gcd(factor, node->width);
        factor = gcd(factor, node->hidden_width);
        for (int side = 0; side < CPA_N_SIDES; side++) {
            factor = gcd(factor, magnitude(node->weight.sum[side]));
            factor = gcd(factor, magnitude(node->hidden.sum[side]));
        }
    }
    return factor == 0 || factor > INT64_MAX ? 1 : (int64_t)factor;
}

/* One number of each node. */
typedef int64_t (*Column)(const CpaStackNode *node);

static int64_t new_of(const CpaStackNode *node)
{
    return node->weight.sum[CPA_SIDE_NEW];
}

static int64_t base_of(const CpaStackNode *node)
{
    return node->weight.sum[CPA_SIDE_BASE];
}

static int64_t width_of(const CpaStackNode *node)
{
    return (int64_t)node->width;
}

static int64_t div_of(const CpaStackNode *node)
{
    return node->weight.div[CPA_SIDE_NEW];
}

static int64_t base_div_of(const CpaStackNode *node)
{
    return node->weight.div[CPA_SIDE_BASE];
}

/* Beside its parent's, which is the same for the first child at least. */
static void put_stacks(CpaJson *json, const CpaStackTree *tree, const Ids *order)
{
    cpa_json_open(json, "stack", '[');
    for (size_t i = 0; i < order->len; i++) {
        const CpaStackNode *node = &tree->nodes[order->data[i]];
        uint32_t above = node->parent == CPA_NONE ? 0 : tree->nodes[node->parent].run;
        cpa_json_int(json, NULL, (int64_t)node->run - (int64_t)above);
    }
    cpa_json_close(json, ']');
}

static int64_t kids_of(const CpaStackNode *node)
{
    return node->n_children;
}

static void put_column(CpaJson *json, const char *key, const CpaStackTree *tree, const Ids *order,
                       Column column, int64_t scale)
{
    cpa_json_open(json, key, '[');
    for (size_t i = 0; i < order->len; i++) {
        cpa_json_int(json, NULL, column(&tree->nodes[order->data[i]]) / scale);
    }
    cpa_json_close(json, ']');
}

/* What to divide the weights of hidden children by. */
static void put_hidden_divs(CpaJson *json, const char *key, const CpaStackTree *tree,
                            const Ids *order, const Ids *with, CpaSide side)
{
    cpa_json_open(json, key, '[');
    for (size_t i = 0; i < with->len; i++) {
        cpa_json_int(json, NULL, tree->nodes[order->data[with->data[i]]].hidden.div[side]);
    }
    cpa_json_close(json, ']');
}

static void put_hidden(CpaJson *json, const CpaStackTree *tree, const Ids *order, bool compares,
                       bool mean, int64_t scale)
{
    Ids with = {0};
    for (size_t i = 0; i < order->len; i++) {
        if (tree->nodes[order->data[i]].n_hidden > 0) {
            cpa_vec_push(&with, (uint32_t)i);
        }
    }
    cpa_json_open(json, "hidden", '{');
    cpa_json_open(json, "node", '[');
    for (size_t i = 0; i < with.len; i++) {
        cpa_json_uint(json, NULL, with.data[i] - (i > 0 ? with.data[i - 1] : 0));
    }
    cpa_json_close(json, ']');
    cpa_json_open(json, "count", '[');
    for (size_t i = 0; i < with.len; i++) {
        cpa_json_uint(json, NULL, tree->nodes[order->data[with.data[i]]].n_hidden);
    }
    cpa_json_close(json, ']');
    cpa_json_open(json, "value", '[');
    for (size_t i = 0; i < with.len; i++) {
        cpa_json_int(json, NULL,
                     tree->nodes[order->data[with.data[i]]].hidden.sum[CPA_SIDE_NEW] / scale);
    }
    cpa_json_close(json, ']');
    if (compares) {
        cpa_json_open(json, "base", '[');
        for (size_t i = 0; i < with.len; i++) {
            cpa_json_int(json, NULL,
                         tree->nodes[order->data[with.data[i]]].hidden.sum[CPA_SIDE_BASE] / scale);
        }
        cpa_json_close(json, ']');
        cpa_json_open(json, "width", '[');
        for (size_t i = 0; i < with.len; i++) {
            cpa_json_int(json, NULL,
                         (int64_t)tree->nodes[order->data[with.data[i]]].hidden_width / scale);
        }
        cpa_json_close(json, ']');
    }
    if (mean) {
        put_hidden_divs(json, "div", tree, order, &with, CPA_SIDE_NEW);
        if (compares) {
            put_hidden_divs(json, "base_div", tree, order, &with, CPA_SIDE_BASE);
        }
    }
    cpa_json_close(json, '}');
    cpa_vec_clear(&with);
}

void cpa_web_put_tree(CpaJson *json, const char *key, const CpaStackTree *tree, bool mean,
                      uint32_t *used, uint32_t *n_used)
{
    Ids order = {0};
    walk(tree, &order);
    int64_t scale = common_factor(tree);
    bool compares = tree->has_base || tree->has_negative;
    cpa_json_open(json, key, '{');
    cpa_json_int(json, "scale", scale);
    cpa_json_open(json, "nodes", '{');
    cpa_json_open(json, "frame", '[');
    for (size_t i = 0; i < order.len; i++) {
        uint32_t frame = tree->nodes[order.data[i]].frame;
        if (frame == CPA_NONE) {
            cpa_json_int(json, NULL, -1);
            continue;
        }
        if (used[frame] == 0) {
            used[frame] = ++*n_used;
        }
        cpa_json_uint(json, NULL, used[frame] - 1);
    }
    cpa_json_close(json, ']');
    put_column(json, "kids", tree, &order, kids_of, 1);
    put_column(json, "value", tree, &order, new_of, scale);
    put_stacks(json, tree, &order);
    if (compares) {
        put_column(json, "base", tree, &order, base_of, scale);
        put_column(json, "width", tree, &order, width_of, scale);
    }
    if (mean) {
        put_column(json, "div", tree, &order, div_of, 1);
        if (compares) {
            put_column(json, "base_div", tree, &order, base_div_of, 1);
        }
    }
    cpa_json_close(json, '}');
    put_hidden(json, tree, &order, compares, mean, scale);
    cpa_json_close(json, '}');
    cpa_vec_clear(&order);
}

/* --- Frames ------------------------------------------------------------------------------------ */

/* Texts of the answer, numbered as they come; its own table counts "" as the first. */
typedef struct {
    CpaStrtab *known;
    uint32_t *number; /* [capacity] + 1, by id in known; 0: not in the answer yet */
    uint32_t capacity;
    Ids list; /* ids in known */
} Strings;

static uint32_t string_number(Strings *strings, const char *text, size_t len)
{
    uint32_t id = cpa_strtab_intern(strings->known, text, len);
    if (id >= strings->capacity) {
        uint32_t capacity = MAX(id + 1, strings->capacity * 2);
        strings->number = g_renew(uint32_t, strings->number, capacity);
        memset(strings->number + strings->capacity, 0,
               (capacity - strings->capacity) * sizeof *strings->number);
        strings->capacity = capacity;
    }
    if (strings->number[id] == 0) {
        cpa_vec_push(&strings->list, id);
        strings->number[id] = (uint32_t)strings->list.len;
    }
    return strings->number[id] - 1;
}

static uint32_t number_of_view(Strings *strings, const CpaView *view, CpaStrId id)
{
    return string_number(strings, cpa_view_str(view, id), cpa_strtab_len(view->strings, id));
}

/* What a box shows: without package path and arguments, or the last element of a path. */
static void shorten(const CpaReport *report, const CpaStackTree *tree, const CpaStackFrame *frame,
                    GString *out)
{
    g_string_set_size(out, 0);
    if (frame->function != 0) {
        const char *function = cpa_view_str(report->view, frame->function);
        cpa_shorten_function_name(function, cpa_strtab_len(report->view->strings, frame->function),
                                  out);
        return;
    }
    const char *full = cpa_strtab_get(tree->names, frame->name);
    const char *end = full + cpa_strtab_len(tree->names, frame->name);
    const char *slash = g_strrstr_len(full, end - full, "/");
    const char *from = slash != NULL && slash + 1 < end ? slash + 1 : full;
    g_string_append_len(out, from, end - from);
}

/* Texts of a frame, as numbers of strings. */
enum { TEXT_NAME, TEXT_FUNCTION, TEXT_SHORT, TEXT_FILE, TEXT_PACKAGE, N_TEXTS };

static const char *const text_keys[N_TEXTS] = {"name", "function", "short", "file", "package"};

/* The texts of a frame follow each other: what they share is near enough for the compressor. */
static void find_texts(const CpaReport *report, const CpaStackTree *tree,
                       const CpaStackFrame *frame, Strings *strings, GString *text,
                       uint32_t numbers[N_TEXTS])
{
    const CpaView *view = report->view;
    numbers[TEXT_NAME] = string_number(strings, cpa_strtab_get(tree->names, frame->name),
                                       cpa_strtab_len(tree->names, frame->name));
    numbers[TEXT_FUNCTION] = number_of_view(strings, view, frame->function);
    shorten(report, tree, frame, text);
    numbers[TEXT_SHORT] = string_number(strings, text->str, text->len);
    numbers[TEXT_FILE] = number_of_view(strings, view, frame->file);
    g_string_set_size(text, 0);
    cpa_package_append(cpa_view_str(view, frame->function), cpa_view_str(view, frame->file),
                       cpa_view_str(view, frame->object_file), text);
    numbers[TEXT_PACKAGE] = string_number(strings, text->str, text->len);
}

static void put_weights(CpaJson *json, const char *key, const CpaStackWeight *weights,
                        const uint32_t *frames, uint32_t n, CpaSide side, bool mean)
{
    cpa_json_open(json, key, '[');
    for (uint32_t i = 0; i < n; i++) {
        const CpaStackWeight *weight = &weights[frames[i]];
        cpa_json_int(json, NULL, mean ? cpa_stack_value(weight, side) : weight->sum[side]);
    }
    cpa_json_close(json, ']');
}

void cpa_web_put_frames(CpaJson *json, const CpaWebView *view, const CpaStackTree *tree, bool mean,
                        const uint32_t *used, uint32_t n_used)
{
    Strings strings = {.known = cpa_strtab_new(NULL)};
    g_autofree uint32_t *frames = g_new(uint32_t, (size_t)n_used + 1);
    for (uint32_t i = 0; i < tree->n_frames; i++) {
        if (used[i] != 0) {
            frames[used[i] - 1] = i;
        }
    }
    g_autofree uint32_t *numbers = g_new(uint32_t, ((size_t)n_used + 1) * N_TEXTS);
    g_autoptr(GString) text = g_string_new(NULL);
    for (uint32_t i = 0; i < n_used; i++) {
        find_texts(view->report, tree, &tree->frames[frames[i]], &strings, text,
                   numbers + (size_t)i * N_TEXTS);
    }
    cpa_json_open(json, "frames", '{');
    for (int t = 0; t < N_TEXTS; t++) {
        cpa_json_open(json, text_keys[t], '[');
        for (uint32_t i = 0; i < n_used; i++) {
            cpa_json_uint(json, NULL, numbers[(size_t)i * N_TEXTS + (size_t)t]);
        }
        cpa_json_close(json, ']');
    }
    cpa_json_open(json, "inline", '[');
    for (uint32_t i = 0; i < n_used; i++) {
        cpa_json_int(json, NULL, tree->frames[frames[i]].is_inline);
    }
    cpa_json_close(json, ']');
    put_weights(json, "cum", tree->totals, frames, n_used, CPA_SIDE_NEW, mean);
    put_weights(json, "self", tree->selfs, frames, n_used, CPA_SIDE_NEW, mean);
    if (tree->has_base || tree->has_negative) {
        put_weights(json, "base_cum", tree->totals, frames, n_used, CPA_SIDE_BASE, mean);
        put_weights(json, "base_self", tree->selfs, frames, n_used, CPA_SIDE_BASE, mean);
    }
    cpa_json_close(json, '}');
    cpa_json_open(json, "strings", '[');
    for (size_t i = 0; i < strings.list.len; i++) {
        CpaStrId id = strings.list.data[i];
        cpa_json_text(json, NULL, cpa_strtab_get(strings.known, id),
                      (gssize)cpa_strtab_len(strings.known, id));
    }
    cpa_json_close(json, ']');
    cpa_vec_clear(&strings.list);
    g_free(strings.number);
    cpa_strtab_free(strings.known);
}
