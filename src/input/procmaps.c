/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of memory maps.
 *
 * The two patterns are ambiguous ("12345 r-xp" can be the range 1234..5), and which reading wins
 * is what pprof's regexps prefer. They are therefore run as such: a list of steps, tried depth
 * first in order of preference, where no (step, position) is entered twice. That is O(steps x
 * length) whatever the line holds.
 *
 * Variables are found through a trie over their names; the first definition of a name wins.
 *
 * Source: pprof profile/legacy_profile.go parseProcMapsFromScanner, parseMappingEntry;
 *         differs: names are at most 64 bytes; variables and replaced text are limited in number
 */
#include "input/procmaps.h"

#include <string.h>

#include "base/idmap.h"
#include "base/strtab.h"

/* ---- patterns ------------------------------------------------------------------------------ */

typedef enum {
    ONE,   /* one byte of class arg */
    STAR,  /* as many bytes of class arg as possible, or fewer */
    MAYBE, /* one byte of class arg, or none */
    GROUP, /* what follows up to arg steps on, or nothing of it */
    SAVE,  /* position into slot arg */
    END,
} StepOp;

typedef struct {
    uint8_t op;
    uint8_t arg;
} Step;

/* Slots: start and end of each piece. */
enum {
    SLOT_START = 0,
    SLOT_LIMIT = 2,
    SLOT_PERMS = 4,
    SLOT_OFFSET = 6,
    SLOT_FILE = 8,
    SLOT_BUILD_ID = 10,
    N_SLOTS = 12,
};

/* clang-format off */
#define PLUS(c) {ONE, c}, {STAR, c}
#define PIECE(slot, c) {SAVE, slot}, PLUS(c), {SAVE, (slot) + 1}
/* White space, then a piece; as a whole optional. */
#define SPACED(slot, c) {GROUP, 7}, PLUS('S'), PIECE(slot, c)
#define HEX(slot) {GROUP, 3}, {ONE, '0'}, {ONE, 'x'}, PIECE(slot, 'X')
#define RANGE \
    {STAR, 'S'}, HEX(SLOT_START), {MAYBE, '-'}, {STAR, 'S'}, HEX(SLOT_LIMIT), {MAYBE, ':'}

/* RANGE PERMS? OFFSET? MAJOR:MINOR INODE FILE? */
static const Step proc_pattern[] = {
    RANGE,
    SPACED(SLOT_PERMS, 'P'),
    SPACED(SLOT_OFFSET, 'X'),
    PLUS('S'), PLUS('X'), {ONE, ':'}, PLUS('X'),
    PLUS('S'), PLUS('D'),
    SPACED(SLOT_FILE, 'N'),
    {END, 0},
};

/* RANGE PERMS? FILE? (@OFFSET)? BUILDID? */
static const Step brief_pattern[] = {
    RANGE,
    SPACED(SLOT_PERMS, 'P'),
    SPACED(SLOT_FILE, 'N'),
    {GROUP, 10}, PLUS('S'), {ONE, '('}, {ONE, '@'}, PIECE(SLOT_OFFSET, 'X'), {ONE, ')'},
    SPACED(SLOT_BUILD_ID, 'X'),
    {END, 0},
};

/* clang-format on */

static bool is_pattern_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}

static bool is_in_class(char c, uint8_t class)
{
    switch (class) {
    case 'S':
        return is_pattern_space(c);
    case 'N':
        return !is_pattern_space(c);
    case 'X':
        return g_ascii_isxdigit(c);
    case 'D':
        return g_ascii_isdigit(c);
    case 'P':
        return c == '-' || c == 'r' || c == 'w' || c == 'x' || c == 'p';
    case '-':
        return c == '-' || is_pattern_space(c);
    default: /* itself: 0 x : ( ) @ */
        return c == (char)class;
    }
}

typedef struct {
    uint32_t step; /* or RESTORE + slot */
    size_t at;
} Branch;

#define RESTORE ((uint32_t)1 << 16)

typedef struct {
    CPA_VEC(Branch) branches;
    CPA_VEC(uint64_t) entered; /* bit step * (length + 1) + position */
    size_t slots[N_SLOTS];     /* SIZE_MAX: not set */
} Matcher;

static void push_branch(Matcher *m, uint32_t step, size_t at)
{
    Branch branch = {step, at};
    cpa_vec_push(&m->branches, branch);
}

static bool enter(Matcher *m, size_t bit)
{
    uint64_t mask = UINT64_C(1) << (bit % 64);
    bool is_new = (m->entered.data[bit / 64] & mask) == 0;
    m->entered.data[bit / 64] |= mask;
    return is_new;
}

/* Follows one branch until it fails or ends; leaves the others on the stack. */
static bool follow(Matcher *m, const Step *steps, CpaSpan text, uint32_t step, size_t at)
{
    while (enter(m, step * (text.len + 1) + at)) {
        Step s = steps[step];
        bool fits = at < text.len && is_in_class(text.bytes[at], s.arg);
        switch (s.op) {
        case ONE:
            if (!fits) {
                return false;
            }
            step++;
            at++;
            break;
        case STAR:
            if (fits) {
                push_branch(m, step + 1, at);
                at++;
            } else {
                step++;
            }
            break;
        case MAYBE:
            if (fits) {
                push_branch(m, step + 1, at);
                at++;
            }
            step++;
            break;
        case GROUP:
            push_branch(m, step + s.arg, at);
            step++;
            break;
        case SAVE:
            push_branch(m, RESTORE + s.arg, m->slots[s.arg]);
            m->slots[s.arg] = at;
            step++;
            break;
        default:
            return true;
        }
    }
    return false;
}

/* Matches the front of the text. */
static bool match(Matcher *m, const Step *steps, size_t n_steps, CpaSpan text)
{
    size_t n_words = n_steps * (text.len + 1) / 64 + 1;
    m->entered.len = 0;
    cpa_vec_reserve(&m->entered, n_words);
    memset(m->entered.data, 0, n_words * sizeof *m->entered.data);
    memset(m->slots, 0xff, sizeof m->slots);
    m->branches.len = 0;
    push_branch(m, 0, 0);
    while (m->branches.len > 0) {
        Branch branch = m->branches.data[--m->branches.len];
        if (branch.step >= RESTORE) {
            m->slots[branch.step - RESTORE] = branch.at;
        } else if (follow(m, steps, text, branch.step, branch.at)) {
            return true;
        }
    }
    return false;
}

static CpaSpan get_piece(const Matcher *m, CpaSpan text, size_t slot)
{
    if (m->slots[slot] == SIZE_MAX || m->slots[slot + 1] == SIZE_MAX) {
        return (CpaSpan){text.bytes, 0};
    }
    return cpa_span_slice(text, m->slots[slot], m->slots[slot + 1]);
}

/* ---- variables ----------------------------------------------------------------------------- */

#define MAX_NAME          ((size_t)64)
#define MAX_VARIABLES     ((size_t)1 << 16)
#define MAX_EXPANDED_LINE ((size_t)1 << 20)
#define MAX_EXPANDED_ALL  ((size_t)16 << 20)

typedef struct {
    uint32_t number; /* of the variable whose name ends here, CPA_NONE: none does */
} TrieNode;

struct CpaProcmaps {
    CpaBuilder *builder;
    Matcher matcher;
    CPA_VEC(TrieNode) nodes; /* 0 is behind the '$' */
    CpaIdMap edges;          /* node << 8 | byte -> node */
    CPA_VEC(CpaStrId) values;
    CpaStrtab *strings; /* of the values */
    CPA_VEC(char) expanded;
    size_t n_expanded_all;
};

static uint32_t add_node(CpaProcmaps *maps)
{
    TrieNode node = {CPA_NONE};
    cpa_vec_push(&maps->nodes, node);
    return (uint32_t)maps->nodes.len - 1;
}

CpaProcmaps *cpa_procmaps_new(CpaBuilder *builder)
{
    CpaProcmaps *maps = g_new0(CpaProcmaps, 1);
    maps->builder = builder;
    maps->strings = cpa_strtab_new(NULL);
    add_node(maps);
    return maps;
}

void cpa_procmaps_free(CpaProcmaps *maps)
{
    if (maps == NULL) {
        return;
    }
    cpa_vec_clear(&maps->matcher.branches);
    cpa_vec_clear(&maps->matcher.entered);
    cpa_vec_clear(&maps->nodes);
    cpa_idmap_clear(&maps->edges);
    cpa_vec_clear(&maps->values);
    cpa_strtab_free(maps->strings);
    cpa_vec_clear(&maps->expanded);
    g_free(maps);
}

static uint64_t edge_key(uint32_t node, char byte)
{
    return (uint64_t)node << 8 | (uint8_t)byte;
}

static void define(CpaProcmaps *maps, CpaSpan name, CpaSpan value)
{
    if (name.len > MAX_NAME || maps->values.len >= MAX_VARIABLES) {
        return;
    }
    uint32_t node = 0;
    for (size_t i = 0; i < name.len; i++) {
        uint64_t key = edge_key(node, name.bytes[i]);
        uint32_t next = cpa_idmap_get(&maps->edges, key);
        if (next == CPA_NONE) {
            next = add_node(maps);
            cpa_idmap_insert(&maps->edges, key, next);
        }
        node = next;
    }
    if (maps->nodes.data[node].number == CPA_NONE) {
        maps->nodes.data[node].number = (uint32_t)maps->values.len;
        cpa_vec_push(&maps->values, cpa_strtab_intern(maps->strings, value.bytes, value.len));
    }
}

/* The variable whose name is in front of the text: of several, the one defined first. */
static uint32_t find_variable(const CpaProcmaps *maps, CpaSpan text, size_t *name_len)
{
    uint32_t best = CPA_NONE;
    uint32_t node = 0;
    for (size_t i = 0;; i++) {
        uint32_t number = maps->nodes.data[node].number;
        if (number < best) {
            best = number;
            *name_len = i;
        }
        if (i == text.len) {
            return best;
        }
        node = cpa_idmap_get(&maps->edges, edge_key(node, text.bytes[i]));
        if (node == CPA_NONE) {
            return best;
        }
    }
}

static void append(CpaProcmaps *maps, const char *bytes, size_t n)
{
    cpa_vec_reserve(&maps->expanded, n);
    memcpy(maps->expanded.data + maps->expanded.len, bytes, n);
    maps->expanded.len += n;
}

/* Replaces variables, from the left, without looking at what was put in. */
static bool expand(CpaProcmaps *maps, CpaSpan *text)
{
    if (maps->values.len == 0 || memchr(text->bytes, '$', text->len) == NULL) {
        return true;
    }
    maps->expanded.len = 0;
    cpa_vec_reserve(&maps->expanded, text->len);
    for (size_t i = 0; i < text->len;) {
        size_t name_len = 0;
        uint32_t number = CPA_NONE;
        if (text->bytes[i] == '$') {
            number = find_variable(maps, cpa_span_from(*text, i + 1), &name_len);
        }
        if (number == CPA_NONE) {
            append(maps, text->bytes + i, 1);
            i++;
            continue;
        }
        CpaStrId value = maps->values.data[number];
        size_t n = cpa_strtab_len(maps->strings, value);
        if (n > MAX_EXPANDED_LINE - MIN(maps->expanded.len, MAX_EXPANDED_LINE) ||
            n > MAX_EXPANDED_ALL - maps->n_expanded_all) {
            return false;
        }
        append(maps, cpa_strtab_get(maps->strings, value), n);
        maps->n_expanded_all += n;
        i += 1 + name_len;
    }
    *text = (CpaSpan){maps->expanded.data, maps->expanded.len};
    return true;
}

/* ---- lines --------------------------------------------------------------------------------- */

/* Cuts off "anything:NUMBER] ", where anything is not empty and holds no bracket. */
static CpaSpan cut_log_prefix(CpaSpan line)
{
    const char *bracket = memchr(line.bytes, ']', line.len);
    if (bracket == NULL) {
        return line;
    }
    size_t end = (size_t)(bracket - line.bytes);
    size_t colon = end;
    while (colon > 0 && g_ascii_isdigit(line.bytes[colon - 1])) {
        colon--;
    }
    bool has_number = colon < end && colon > 1 && line.bytes[colon - 1] == ':';
    bool has_space = end + 1 < line.len && is_pattern_space(line.bytes[end + 1]);
    if (!has_number || !has_space || memchr(line.bytes, '[', colon) != NULL) {
        return line;
    }
    return cpa_span_from(line, end + 2);
}

static CpaStrId intern(CpaProcmaps *maps, CpaSpan text)
{
    return cpa_builder_intern(maps->builder, text.bytes, (gssize)text.len);
}

/* Returns %false for a line that is no mapping at all. */
static bool parse_mapping(CpaProcmaps *maps, CpaSpan text, CpaProcmapsLine *result,
                          CpaMapping *mapping)
{
    Matcher *m = &maps->matcher;
    if (!match(m, proc_pattern, G_N_ELEMENTS(proc_pattern), text) &&
        !match(m, brief_pattern, G_N_ELEMENTS(brief_pattern), text)) {
        return false;
    }
    CpaSpan perms = get_piece(m, text, SLOT_PERMS);
    if (perms.len > 0 && memchr(perms.bytes, 'x', perms.len) == NULL) {
        *result = CPA_PROCMAPS_NOTHING;
        return true;
    }
    *mapping = (CpaMapping){0};
    CpaSpan offset = get_piece(m, text, SLOT_OFFSET);
    if (!cpa_span_parse_hex(get_piece(m, text, SLOT_START), &mapping->start) ||
        !cpa_span_parse_hex(get_piece(m, text, SLOT_LIMIT), &mapping->limit) ||
        (offset.len > 0 && !cpa_span_parse_hex(offset, &mapping->offset))) {
        return false;
    }
    mapping->file = intern(maps, get_piece(m, text, SLOT_FILE));
    mapping->build_id = intern(maps, get_piece(m, text, SLOT_BUILD_ID));
    *result = CPA_PROCMAPS_MAPPING;
    return true;
}

CpaProcmapsLine cpa_procmaps_line(CpaProcmaps *maps, CpaSpan line, CpaMapping *mapping)
{
    CpaSpan text = cut_log_prefix(line);
    if (!expand(maps, &text)) {
        return CPA_PROCMAPS_TOO_LARGE;
    }
    CpaProcmapsLine result = CPA_PROCMAPS_NOTHING;
    if (parse_mapping(maps, text, &result, mapping)) {
        return result;
    }
    const char *equals = memchr(text.bytes, '=', text.len);
    if (equals != NULL) {
        size_t at = (size_t)(equals - text.bytes);
        define(maps, cpa_span_trim(cpa_span_slice(text, 0, at)),
               cpa_span_trim(cpa_span_from(text, at + 1)));
    }
    return CPA_PROCMAPS_NOTHING;
}
