/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the pattern to the tree, in one pass with a stack of items and one of open groups.
 *
 *     a(b|cd*   items:  a | b | c d*        frames:  whole: alt 0, seq 0
 *                       ^   ^   ^                    group: alt 1, seq 2
 *
 * Follows the language of https://golang.org/s/re2syntax and Go's regexp/syntax, its limits (1000
 * copies by nested counts, 1000 levels, 3.3 million instructions) and its choice of which part of
 * the pattern an error shows. Differs: common prefixes are not factored out of alternations, so the
 * last few levels and instructions before a limit may be counted differently.
 */
#include "base/regparse.h"

#include "base/error.h"
#include "base/regread.h"

#include <string.h>

#define MAX_REPEAT      1000
#define MAX_HEIGHT      1000
#define MAX_TREE_SIZE   ((int64_t)(128 << 20) / 40) /* Go: 128 MB of 40 byte instructions */
#define MAX_CLASS_RUNES ((int64_t)(128 << 20) / 4)  /* Go: 128 MB of 4 byte range ends */
#define MAX_KIDS        (8u << 20)                  /* ours: child links, flattening copies them */
#define MAX_RUNES       (8u << 20) /* ours: of literals, joining copies some of them */

/* An open group: items[alt, seq) are its finished alternatives, items[seq, ..) what comes next. */
typedef struct {
    guint alt;
    guint seq;
    bool capture;
    unsigned flags; /* to return to after the group */
} Frame;

typedef struct {
    CpaRegReader r;
    CpaRegTree *tree;
    GArray *items;  /* of uint32_t, node ids: the stack of what is parsed and not yet in a group */
    GArray *frames; /* of Frame */
    int64_t n_class_runes;
    int64_t repeats; /* product of all counts seen */
    bool size_checked;
} Parser;

static Frame *parser_frame(const Parser *p)
{
    return &g_array_index(p->frames, Frame, p->frames->len - 1);
}

/* ---------------------------------------------------------------- building the tree */

/*
 * Go starts to look at sizes only when nodes times counts could be too many; until then a long
 * literal with a large count passes.
 */
static bool parser_check_limits(Parser *p, uint32_t id)
{
    const CpaRegNode *node = cpa_reg_node(p->tree, id);
    bool large = p->n_class_runes > MAX_CLASS_RUNES || p->tree->kids->len > MAX_KIDS ||
                 p->tree->runes->len > MAX_RUNES;
    if (!p->size_checked) {
        if (node->kind == CPA_REG_REPEAT) {
            int64_t n = MAX(node->max < 0 ? node->min : node->max, 1);
            p->repeats = n > MAX_TREE_SIZE / p->repeats ? MAX_TREE_SIZE : p->repeats * n;
        }
        if (p->tree->n_live >= MAX_TREE_SIZE / p->repeats) {
            p->size_checked = true;
            for (guint i = 0; i < p->items->len; i++) {
                uint32_t item = g_array_index(p->items, uint32_t, i);
                large = large || cpa_reg_node(p->tree, item)->size > MAX_TREE_SIZE;
            }
        }
    }
    if (large || (p->size_checked && node->size > MAX_TREE_SIZE)) {
        return cpa_reg_fail(&p->r, "expression too large", p->r.start, p->r.end);
    }
    if (node->height > MAX_HEIGHT) {
        return cpa_reg_fail(&p->r, "expression nests too deeply", p->r.start, p->r.end);
    }
    return true;
}

static bool parser_push(Parser *p, uint32_t id)
{
    g_array_append_val(p->items, id);
    return parser_check_limits(p, id);
}

static bool parser_push_literal(Parser *p, uint32_t rune)
{
    return parser_push(p,
                       cpa_reg_tree_add_literal(p->tree, rune, (p->r.flags & CPA_REG_FOLD) != 0));
}

static bool parser_push_assert(Parser *p, CpaRegAssertion assertion)
{
    return parser_push(p, cpa_reg_tree_add_assert(p->tree, assertion));
}

/* Pushes a class of @ranges, with what differs only by case if the flags say so. */
static bool parser_push_class(Parser *p, GArray *ranges, bool negate)
{
    cpa_reg_fold_ranges(&p->r, ranges);
    if (negate) {
        cpa_rune_ranges_negate(ranges);
    }
    p->n_class_runes += 2 * (int64_t)ranges->len;
    return parser_push(p, cpa_reg_tree_add_class(p->tree, ranges));
}

/* Joins all of items[seq, ..) to one item. */
static bool parser_finish_seq(Parser *p)
{
    guint seq = parser_frame(p)->seq;
    uint32_t *items = (uint32_t *)(void *)p->items->data;
    uint32_t id = cpa_reg_tree_add_sequence(p->tree, items + seq, p->items->len - seq);
    bool joined = p->items->len > seq && id == items[seq]; /* then it was checked when pushed */
    g_array_set_size(p->items, seq);
    if (joined) {
        g_array_append_val(p->items, id);
        return true;
    }
    return parser_push(p, id);
}

/* Joins all alternatives of the open group to one item. */
static bool parser_finish_alt(Parser *p)
{
    if (!parser_finish_seq(p)) {
        return false;
    }
    guint alt = parser_frame(p)->alt;
    uint32_t *items = (uint32_t *)(void *)p->items->data;
    uint32_t id = cpa_reg_tree_add_choice(p->tree, items + alt, p->items->len - alt);
    g_array_set_size(p->items, alt);
    return parser_push(p, id);
}

/* ---------------------------------------------------------------- parsing */

/* At a backslash outside of a class. */
static bool parse_backslash(Parser *p)
{
    char c = p->r.end - p->r.pos >= 2 ? p->r.pos[1] : '\0';
    static const struct {
        char letter;
        CpaRegAssertion assertion;
    } assertions[] = {{'A', CPA_REG_BEGIN_TEXT},
                      {'z', CPA_REG_END_TEXT},
                      {'b', CPA_REG_WORD},
                      {'B', CPA_REG_NO_WORD}};
    for (size_t i = 0; i < G_N_ELEMENTS(assertions); i++) {
        if (c == assertions[i].letter) {
            p->r.pos += 2;
            return parser_push_assert(p, assertions[i].assertion);
        }
    }
    if (c == 'C') { /* any byte, even a part of a character: Go refuses too */
        return cpa_reg_fail(&p->r, "invalid escape sequence", p->r.pos, p->r.pos + 2);
    }
    uint32_t rune;
    if (c == 'Q') {
        p->r.pos += 2;
        const char *close = memmem(p->r.pos, (size_t)(p->r.end - p->r.pos), "\\E", 2);
        const char *stop = close != NULL ? close : p->r.end;
        while (p->r.pos < stop) {
            if (!cpa_reg_read_rune(&p->r, stop, &rune) || !parser_push_literal(p, rune)) {
                return false;
            }
        }
        p->r.pos = close != NULL ? close + 2 : p->r.end;
        return true;
    }
    g_autoptr(GArray) ranges = cpa_rune_ranges_new();
    if (c == 'p' || c == 'P') {
        return cpa_reg_read_unicode(&p->r, ranges) && parser_push_class(p, ranges, false);
    }
    if (cpa_reg_take_perl(&p->r, ranges)) {
        return parser_push_class(p, ranges, false);
    }
    return cpa_reg_read_escape(&p->r, &rune) && parser_push_literal(p, rune);
}

/* At the opening bracket. */
static bool parse_class(Parser *p)
{
    g_autoptr(GArray) ranges = cpa_rune_ranges_new();
    bool negate = false;
    return cpa_reg_read_class(&p->r, ranges, &negate) && parser_push_class(p, ranges, negate);
}

static void parser_open(Parser *p, bool capture)
{
    Frame frame = {p->items->len, p->items->len, capture, p->r.flags};
    g_array_append_val(p->frames, frame);
    p->tree->n_live++;
}

/* At "(?P<" or "(?<", which both name a group. */
static bool parse_group_name(Parser *p, const char *name)
{
    const char *from = p->r.pos;
    const char *close = memchr(from, '>', (size_t)(p->r.end - from));
    if (close == NULL) {
        return cpa_reg_check_utf8(&p->r, from, p->r.end) &&
               cpa_reg_fail(&p->r, "invalid named capture", from, p->r.end);
    }
    if (!cpa_reg_check_utf8(&p->r, name, close)) {
        return false;
    }
    bool valid = name < close;
    for (const char *s = name; s < close; s++) {
        valid = valid && (*s == '_' || g_ascii_isalnum(*s));
    }
    if (!valid) {
        return cpa_reg_fail(&p->r, "invalid named capture", from, close + 1);
    }
    p->r.pos = close + 1;
    parser_open(p, true);
    return true;
}

/* At an opening parenthesis. */
static bool parse_open(Parser *p)
{
    const char *from = p->r.pos;
    size_t left = (size_t)(p->r.end - from);
    if (left < 2 || from[1] != '?') {
        p->r.pos++;
        parser_open(p, true);
        return true;
    }
    if (left > 4 && from[2] == 'P' && from[3] == '<') {
        return parse_group_name(p, from + 4);
    }
    if (left > 3 && from[2] == '<') {
        return parse_group_name(p, from + 3);
    }
    p->r.pos += 2;
    unsigned set = 0;
    unsigned clear = 0;
    bool minus = false;
    bool any = false; /* flag since the start or the minus sign */
    while (p->r.pos < p->r.end) {
        uint32_t c;
        if (!cpa_reg_read_rune(&p->r, p->r.end, &c)) {
            return false;
        }
        unsigned flag = c == 'i'   ? CPA_REG_FOLD
                        : c == 'm' ? CPA_REG_MULTI_LINE
                        : c == 's' ? CPA_REG_DOT_NL
                        : c == 'U' ? CPA_REG_SWAP_LAZY
                                   : 0u;
        if (flag != 0) {
            *(minus ? &clear : &set) |= flag;
            any = true;
        } else if (c == '-' && !minus) {
            minus = true;
            any = false;
        } else if ((c == ':' || c == ')') && (any || !minus)) {
            if (c == ':') {
                parser_open(p, false);
            }
            p->r.flags = (p->r.flags | set) & ~clear;
            return true;
        } else {
            break;
        }
    }
    return cpa_reg_fail(&p->r, "invalid or unsupported Perl syntax", from, p->r.pos);
}

static bool parse_close(Parser *p)
{
    if (!parser_finish_alt(p)) {
        return false;
    }
    if (p->frames->len == 1) {
        return cpa_reg_fail(&p->r, "unexpected )", p->r.start, p->r.end);
    }
    p->r.pos++;
    Frame frame = *parser_frame(p);
    g_array_set_size(p->frames, p->frames->len - 1);
    p->r.flags = frame.flags;
    uint32_t id = g_array_index(p->items, uint32_t, frame.alt);
    g_array_set_size(p->items, frame.alt);
    if (frame.capture) {
        id = cpa_reg_tree_add_capture(p->tree, id);
        p->tree->n_live--; /* it reuses the node of the parenthesis */
    }
    return parser_push(p, id);
}

static bool parse_bar(Parser *p)
{
    if (!parser_finish_seq(p)) {
        return false;
    }
    p->r.pos++;
    parser_frame(p)->seq = p->items->len;
    return true;
}

/* Takes a number without leading zeros; too large a one gives -1. */
static bool take_count(const char **pos, const char *end, int *count)
{
    const char *s = *pos;
    if (s == end || !g_ascii_isdigit(*s)) {
        return false;
    }
    if (end - s >= 2 && s[0] == '0' && g_ascii_isdigit(s[1])) {
        return false;
    }
    int64_t value = 0;
    for (; s < end && g_ascii_isdigit(*s); s++) {
        value = MIN(value * 10 + (*s - '0'), 1000000);
    }
    *count = value > MAX_REPEAT ? -1 : (int)value;
    *pos = s;
    return true;
}

/*
 * Takes {n}, {n,} or {n,m}; returns false when the brace starts none of them and so is a literal.
 * A count that is too large makes @min -1.
 */
static bool take_counts(Parser *p, int *min, int *max)
{
    const char *s = p->r.pos + 1;
    if (!take_count(&s, p->r.end, min)) {
        return false;
    }
    *max = *min;
    if (s < p->r.end && *s == ',') {
        s++;
        *max = -1;
        if (s < p->r.end && *s != '}') {
            if (!take_count(&s, p->r.end, max)) {
                return false;
            }
            if (*max < 0 || *max < *min) {
                *min = -1;
            }
        }
    }
    if (s == p->r.end || *s != '}') {
        return false;
    }
    p->r.pos = s + 1;
    return true;
}

/*
 * At * + ? or {. @last is where the operator right before starts, NULL for none; it is set to this
 * one, as x** is an error.
 */
static bool parse_repeat(Parser *p, const char **last)
{
    const char *from = p->r.pos;
    int min = *from == '+' ? 1 : 0;
    int max = *from == '?' ? 1 : -1;
    if (*from != '{') {
        p->r.pos++;
    } else if (!take_counts(p, &min, &max)) {
        p->r.pos++;
        *last = NULL;
        return parser_push_literal(p, '{');
    } else if (min < 0) {
        return cpa_reg_fail(&p->r, "invalid repeat count", from, p->r.pos);
    }
    bool lazy = (p->r.flags & CPA_REG_SWAP_LAZY) != 0;
    if (p->r.pos < p->r.end && *p->r.pos == '?') {
        p->r.pos++;
        lazy = !lazy;
    }
    if (*last != NULL) {
        return cpa_reg_fail(&p->r, "invalid nested repetition operator", *last, p->r.pos);
    }
    if (p->items->len == parser_frame(p)->seq) {
        return cpa_reg_fail(&p->r, "missing argument to repetition operator", from, p->r.pos);
    }
    *last = from;
    uint32_t *item = &g_array_index(p->items, uint32_t, p->items->len - 1);
    *item = cpa_reg_tree_add_repeat(p->tree, *item, min, max, lazy);
    if (!parser_check_limits(p, *item)) {
        return false;
    }
    if (cpa_reg_node(p->tree, *item)->copies > MAX_REPEAT) {
        return cpa_reg_fail(&p->r, "invalid repeat count", from, p->r.pos);
    }
    return true;
}

static bool parse_dot(Parser *p)
{
    g_autoptr(GArray) ranges = cpa_rune_ranges_new();
    if ((p->r.flags & CPA_REG_DOT_NL) == 0) {
        cpa_rune_ranges_add(ranges, '\n', '\n');
    }
    cpa_rune_ranges_negate(ranges);
    p->r.pos++;
    return parser_push(p, cpa_reg_tree_add_class(p->tree, ranges));
}

static bool parse_one(Parser *p, const char **last_repeat)
{
    char c = *p->r.pos;
    if (c == '*' || c == '+' || c == '?' || c == '{') {
        return parse_repeat(p, last_repeat);
    }
    *last_repeat = NULL;
    bool multi = (p->r.flags & CPA_REG_MULTI_LINE) != 0;
    uint32_t rune;
    switch (c) {
    case '(':
        return parse_open(p);
    case ')':
        return parse_close(p);
    case '|':
        return parse_bar(p);
    case '[':
        return parse_class(p);
    case '\\':
        return parse_backslash(p);
    case '.':
        return parse_dot(p);
    case '^':
        p->r.pos++;
        return parser_push_assert(p, multi ? CPA_REG_BEGIN_LINE : CPA_REG_BEGIN_TEXT);
    case '$':
        p->r.pos++;
        return parser_push_assert(p, multi ? CPA_REG_END_LINE : CPA_REG_END_TEXT);
    default:
        return cpa_reg_read_rune(&p->r, p->r.end, &rune) && parser_push_literal(p, rune);
    }
}

static bool parse_all(Parser *p)
{
    const char *last_repeat = NULL;
    parser_open(p, false);
    while (p->r.pos < p->r.end) {
        if (!parse_one(p, &last_repeat)) {
            return false;
        }
    }
    if (!parser_finish_alt(p)) {
        return false;
    }
    if (p->frames->len > 1) {
        return cpa_reg_fail(&p->r, "missing closing )", p->r.start, p->r.end);
    }
    return true;
}

bool cpa_reg_parse(CpaRegTree *tree, const char *pattern, size_t len, uint32_t *root,
                   GError **error)
{
    Parser p = {.tree = tree, .repeats = 1};
    p.r = (CpaRegReader){.start = pattern, .pos = pattern, .end = pattern + len, .error = error};
    p.r.folds = &tree->folds;
    p.r.tables = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_array_unref);
    p.items = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    p.frames = g_array_new(FALSE, FALSE, sizeof(Frame));
    bool ok = parse_all(&p);
    if (ok) {
        *root = g_array_index(p.items, uint32_t, 0);
    }
    g_array_unref(p.frames);
    g_array_unref(p.items);
    g_hash_table_unref(p.r.tables);
    return ok;
}
