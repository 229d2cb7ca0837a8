/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Flame graphs: as much of the tree of stacks as a window of so many pixels can show, of all
 * stacks, below a node, on both sides of a function; and what a search finds in them.
 */
#include "web/handlers.h"

#include <string.h>

#include "web/framematch.h"
#include "web/treedata.h"

#define DEFAULT_PX 1920
#define MIN_PX     64
#define MAX_PX     (1 << 22) /* of a node in a window that shows a small part of it */
#define MAX_NODES  100000
#define MAX_LISTED 5000 /* functions that match, in the answer to a search */

/* --- Parameters -------------------------------------------------------------------------------- */

/* Device pixels of the client's width; half of one is the least that is sent. */
static bool get_tree_options(const CpaWebRequest *request, CpaStackOptions *options, GError **error)
{
    const char *text = cpa_web_query_get(request->query, "px");
    char *end = NULL;
    double px = *text != '\0' ? g_ascii_strtod(text, &end) : DEFAULT_PX;
    if (end != NULL && (*end != '\0' || !(px >= MIN_PX && px <= MAX_PX))) {
        return cpa_error_set(error, CPA_ERROR_USAGE, "px=%s: it must be between %d and %d", text,
                             MIN_PX, MAX_PX);
    }
    *options = (CpaStackOptions){.min_frac = 0.5 / px, .max_nodes = MAX_NODES};
    return true;
}

static bool parse_number(const char **text, uint32_t *number)
{
    char *end = NULL;
    guint64 value = g_ascii_isdigit(**text) ? g_ascii_strtoull(*text, &end, 10) : UINT64_MAX;
    if (value >= UINT32_MAX) {
        return false;
    }
    *number = (uint32_t)value;
    *text = end;
    return true;
}

/* at=RUN.DEPTH; the root without it. */
static bool get_place(const CpaWebRequest *request, CpaStackPlace *place, GError **error)
{
    const char *at = cpa_web_query_get(request->query, "at");
    const char *text = at;
    *place = (CpaStackPlace){0};
    if (*text == '\0') {
        return true;
    }
    if (parse_number(&text, &place->run) && *text++ == '.' && parse_number(&text, &place->depth) &&
        *text == '\0') {
        return true;
    }
    return cpa_error_set(error, CPA_ERROR_USAGE, "at=%s: it must be RUN.DEPTH, two numbers", at);
}

/* --- Parts of answers -------------------------------------------------------------------------- */

static void put_weight(CpaJson *json, const char *key, const CpaStackWeight *weight, bool compares)
{
    cpa_json_open(json, key, '{');
    cpa_json_int(json, "value", weight->sum[CPA_SIDE_NEW]);
    if (compares) {
        cpa_json_int(json, "base", weight->sum[CPA_SIDE_BASE]);
    }
    cpa_json_close(json, '}');
}

static bool compares(const CpaStackTree *info)
{
    return info->has_base || info->has_negative;
}

static void put_sides(CpaJson *json, const CpaWebStacks *stacks)
{
    const CpaStackTree *info = cpa_stack_set_info(stacks->set);
    cpa_web_put_head(json, &stacks->view);
    cpa_json_bool(json, "has_base", info->has_base);
    cpa_json_bool(json, "compares", compares(info));
    cpa_json_uint(json, "n_stacks", info->n_stacks);
}

/* The frames of answers, numbered as they come. */
typedef struct {
    uint32_t *used;
    uint32_t n_used;
} Frames;

static uint32_t number_of(Frames *frames, uint32_t frame)
{
    if (frames->used[frame] == 0) {
        frames->used[frame] = ++frames->n_used;
    }
    return frames->used[frame] - 1;
}

static void put_path_divs(CpaJson *json, const char *key, const CpaStackNode *path, uint32_t depth,
                          CpaSide side)
{
    cpa_json_open(json, key, '[');
    for (uint32_t d = 0; d <= depth; d++) {
        cpa_json_int(json, NULL, path[d].weight.div[side]);
    }
    cpa_json_close(json, ']');
}

/* Nodes on the way to the one that is the root of the answer, itself included. */
static void put_path(CpaJson *json, const CpaStackNode *path, uint32_t depth, bool both, bool mean,
                     Frames *frames)
{
    cpa_json_open(json, "path", '{');
    cpa_json_open(json, "frame", '[');
    for (uint32_t d = 0; d <= depth; d++) {
        cpa_json_int(json, NULL, d == 0 ? -1 : (int64_t)number_of(frames, path[d].frame));
    }
    cpa_json_close(json, ']');
    cpa_json_open(json, "value", '[');
    for (uint32_t d = 0; d <= depth; d++) {
        cpa_json_int(json, NULL, path[d].weight.sum[CPA_SIDE_NEW]);
    }
    cpa_json_close(json, ']');
    if (both) {
        cpa_json_open(json, "base", '[');
        for (uint32_t d = 0; d <= depth; d++) {
            cpa_json_int(json, NULL, path[d].weight.sum[CPA_SIDE_BASE]);
        }
        cpa_json_close(json, ']');
        cpa_json_open(json, "width", '[');
        for (uint32_t d = 0; d <= depth; d++) {
            cpa_json_uint(json, NULL, path[d].width);
        }
        cpa_json_close(json, ']');
    }
    if (mean) {
        put_path_divs(json, "div", path, depth, CPA_SIDE_NEW);
    }
    if (mean && both) {
        put_path_divs(json, "base_div", path, depth, CPA_SIDE_BASE);
    }
    cpa_json_open(json, "stack", '[');
    for (uint32_t d = 0; d <= depth; d++) {
        cpa_json_uint(json, NULL, path[d].run);
    }
    cpa_json_close(json, ']');
    cpa_json_close(json, '}');
}

/* Members "depth", "path" and "tree" of a set. */
static bool put_set(CpaJson *json, CpaStackSet *set, const CpaStackPlace *place,
                    const CpaStackOptions *options, bool mean, Frames *frames, GError **error)
{
    g_autofree CpaStackNode *path = NULL;
    g_autoptr(CpaStackTree) tree = cpa_stack_set_tree(set, place, options, &path, error);
    if (tree == NULL) {
        return false;
    }
    cpa_json_uint(json, "max_depth", place->depth + tree->max_depth);
    put_path(json, path, place->depth, compares(tree), mean, frames);
    cpa_web_put_tree(json, "tree", tree, mean, frames->used, &frames->n_used);
    return true;
}

/* --- Handlers ---------------------------------------------------------------------------------- */

bool cpa_web_flamegraph(const CpaWebRequest *request, CpaWebReply *reply, GError **error)
{
    CpaStackOptions options;
    CpaStackPlace place;
    if (!get_tree_options(request, &options, error) || !get_place(request, &place, error)) {
        return false;
    }
    g_autoptr(CpaWebStacks) stacks = cpa_web_stacks_get(request, request->options->reverse, error);
    if (stacks == NULL) {
        return false;
    }
    const CpaStackTree *info = cpa_stack_set_info(stacks->set);
    bool mean = stacks->view.report->mean;
    g_autofree uint32_t *used = g_new0(uint32_t, (size_t)info->n_frames + 1);
    Frames frames = {.used = used};
    CpaJson json = {.out = reply->body};
    cpa_json_open(&json, NULL, '{');
    put_sides(&json, stacks);
    if (!put_set(&json, stacks->set, &place, &options, mean, &frames, error)) {
        return false;
    }
    cpa_web_put_frames(&json, &stacks->view, info, mean, used, frames.n_used);
    cpa_json_close(&json, '}');
    return true;
}

/* fn=NAME or p=REGEXP, any number of them: the frames that a sandwich is about. */
static uint8_t *wanted_frames(const CpaWebRequest *request, const CpaWebStacks *stacks,
                              GError **error)
{
    const char *name = cpa_web_query_get(request->query, "fn");
    g_autofree char *pattern = cpa_web_query_any_of(request->query, "p");
    if (*name != '\0') {
        return cpa_web_frames_named(stacks, name, error);
    }
    if (*pattern == '\0') {
        cpa_error_set(error, CPA_ERROR_USAGE, "fn=NAME or p=REGEXP says which function is meant");
        return NULL;
    }
    return cpa_web_frames_matching(stacks, pattern, "p", error);
}

/* What wanted_frames() depends on. */
static char *wanted_key(const CpaWebRequest *request)
{
    const char *name = cpa_web_query_get(request->query, "fn");
    g_autofree char *pattern = cpa_web_query_any_of(request->query, "p");
    return *name != '\0' ? g_strconcat("fn=", name, NULL) : g_strconcat("p=", pattern, NULL);
}

bool cpa_web_sandwich(const CpaWebRequest *request, CpaWebReply *reply, GError **error)
{
    static const char *const names[] = {
        [CPA_STACKS_CALLEES] = "callees",
        [CPA_STACKS_CALLERS] = "callers",
    };
    CpaStackOptions options;
    CpaStackPlace place;
    const char *side = cpa_web_query_get(request->query, "side");
    bool one = *side != '\0';
    if (!get_tree_options(request, &options, error) || !get_place(request, &place, error)) {
        return false;
    }
    if (one ? strcmp(side, names[0]) != 0 && strcmp(side, names[1]) != 0 : place.depth > 0) {
        return cpa_error_set(error, CPA_ERROR_USAGE,
                             "side=%s: it must be callers or callees, as at= needs it", side);
    }
    g_autoptr(CpaWebStacks) stacks = cpa_web_stacks_get(request, false, error);
    if (stacks == NULL) {
        return false;
    }
    const CpaStackTree *info = cpa_stack_set_info(stacks->set);
    g_autofree uint8_t *is_wanted = wanted_frames(request, stacks, error);
    CpaStackMatch match;
    if (is_wanted == NULL || !cpa_stack_set_match(stacks->set, NULL, is_wanted, &match, error)) {
        return false;
    }
    if (match.n_stacks == 0) {
        return cpa_error_set(error, CPA_ERROR_NO_SAMPLES, "no function of this view matches p");
    }
    bool mean = stacks->view.report->mean;
    g_autofree uint32_t *used = g_new0(uint32_t, (size_t)info->n_frames + 1);
    Frames frames = {.used = used};
    CpaJson json = {.out = reply->body};
    cpa_json_open(&json, NULL, '{');
    put_sides(&json, stacks);
    put_weight(&json, "cum", &match.cum, compares(info));
    put_weight(&json, "self", &match.self, compares(info));
    g_autofree char *name = wanted_key(request);
    for (int i = 0; i < 2; i++) {
        if (one && strcmp(side, names[i]) != 0) {
            continue;
        }
        g_autoptr(CpaStackSet) set =
            cpa_web_stacks_around(request, stacks, name, is_wanted, (CpaStackSide)i);
        cpa_json_open(&json, names[i], '{');
        if (!put_set(&json, set, &place, &options, mean, &frames, error)) {
            return false;
        }
        cpa_json_close(&json, '}');
    }
    cpa_web_put_frames(&json, &stacks->view, info, mean, used, frames.n_used);
    cpa_json_close(&json, '}');
    return true;
}

static int compare_matches(const void *pa, const void *pb, void *data)
{
    const CpaStackTree *info = data;
    uint32_t a = *(const uint32_t *)pa;
    uint32_t b = *(const uint32_t *)pb;
    const CpaStackWeight *x = &info->totals[a];
    const CpaStackWeight *y = &info->totals[b];
    int64_t wx = MAX(ABS(x->sum[CPA_SIDE_NEW]), ABS(x->sum[CPA_SIDE_BASE]));
    int64_t wy = MAX(ABS(y->sum[CPA_SIDE_NEW]), ABS(y->sum[CPA_SIDE_BASE]));
    return wx != wy ? (wx > wy ? -1 : 1) : a < b ? -1 : a > b;
}

bool cpa_web_search(const CpaWebRequest *request, CpaWebReply *reply, GError **error)
{
    CpaStackPlace place;
    const char *pattern = cpa_web_query_get(request->query, "q");
    if (*pattern == '\0') {
        return cpa_error_set(error, CPA_ERROR_USAGE, "q=REGEXP says what to search for");
    }
    if (!get_place(request, &place, error)) {
        return false;
    }
    g_autoptr(CpaWebStacks) stacks = cpa_web_stacks_get(request, request->options->reverse, error);
    if (stacks == NULL) {
        return false;
    }
    const CpaStackTree *info = cpa_stack_set_info(stacks->set);
    g_autofree uint8_t *is_wanted = cpa_web_frames_matching(stacks, pattern, "search", error);
    CpaStackMatch match;
    if (is_wanted == NULL || !cpa_stack_set_match(stacks->set, &place, is_wanted, &match, error)) {
        return false;
    }
    g_autofree uint32_t *found = g_new(uint32_t, (size_t)info->n_frames + 1);
    uint32_t n = 0;
    for (uint32_t i = 0; i < info->n_frames; i++) {
        if (is_wanted[i]) {
            found[n++] = i;
        }
    }
    if (n > 1) {
        g_qsort_with_data(found, (int)n, sizeof *found, compare_matches, (gpointer)info);
    }
    g_autofree uint32_t *used = g_new0(uint32_t, (size_t)info->n_frames + 1);
    Frames frames = {.used = used};
    for (uint32_t i = 0; i < n && i < MAX_LISTED; i++) {
        number_of(&frames, found[i]);
    }
    CpaJson json = {.out = reply->body};
    cpa_json_open(&json, NULL, '{');
    put_sides(&json, stacks);
    cpa_json_uint(&json, "n_frames", n);
    cpa_json_uint(&json, "n_matched_stacks", match.n_stacks);
    put_weight(&json, "cum", &match.cum, compares(info));
    put_weight(&json, "self", &match.self, compares(info));
    cpa_json_uint(&json, "width", match.width);
    cpa_web_put_frames(&json, &stacks->view, info, stacks->view.report->mean, used, frames.n_used);
    cpa_json_close(&json, '}');
    return true;
}
