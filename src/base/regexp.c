/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Regular expressions in Go's syntax: parser, translation to PCRE2, and an automaton that cannot
 * blow up.
 *
 *     pattern -> Parser -> tree of Nodes -+-> literals   foo|bar: memmem, most filters are that
 *                                         +-> PCRE2      via GRegex, JIT, with a match limit
 *                                         `-> Inst[]     Thompson's automaton, always right
 *
 * A search tries them in that order. PCRE2 gets only short, valid UTF-8 texts; when it reaches its
 * limit (it backtracks) or could not compile the translation (64 KiB limit), the automaton answers.
 * Its cost is O(text * instructions), so "(a+)+$" is no danger; a budget of steps stops what is
 * left, such as (a?){1000}b laid over a megabyte. PCRE2's own matcher without backtracking
 * (g_regex_match_all) is no way out: "(a+)+$" on 10 kB of "a" takes it minutes.
 *
 * The translation is fully explicit: every class is a list of code points, case folded by the
 * parser, every assertion is spelled out with ASCII meaning; see PCRE_PREFIX for what is left.
 * Groups do not capture, as nobody asks for submatches.
 *
 * Follows the language of https://golang.org/s/re2syntax and Go's regexp/syntax, its limits (1000
 * copies by nested counts, 1000 levels, 3.3 million instructions) and its choice of which part of
 * the pattern an error shows. Differs: script names may have underscores (\p{Old_Italic}; Go 1.26
 * takes none of them by an oversight), and common prefixes are not factored out of alternations, so
 * the last few levels and instructions before a limit may be counted differently. The automaton
 * follows R. Cox, "Regular Expression Matching: the Virtual Machine Approach" (2009).
 */
#include "base/regexp.h"

#include "base/error.h"

#include <stdint.h>
#include <string.h>

#define MAX_RUNE          0x10FFFFu
#define RUNE_ERROR        0xFFFDu
#define MAX_REPEAT        1000
#define MAX_HEIGHT        1000
#define MAX_TREE_SIZE     ((int64_t)(128 << 20) / 40) /* Go: 128 MB of 40 byte instructions */
#define MAX_CLASS_RUNES   ((int64_t)(128 << 20) / 4)  /* Go: 128 MB of 4 byte range ends */
#define MAX_KIDS          (8u << 20) /* ours: child links, flattening copies them */
#define MAX_INSTS         (1u << 20) /* ours: 12 MB of instructions */
#define MAX_STEPS         ((uint64_t)100 * 1000 * 1000) /* about a second of the automaton */
#define MAX_LITERALS      8                             /* more alternatives are faster in PCRE2 */
#define MAX_PCRE_SOURCE   (32u << 10)                   /* bytes; bounds the time of the JIT */
#define MAX_PCRE_TEXT     1024u                         /* bytes; the match limit holds per start */
#define MAX_PCRE_FAILURES 8                             /* then do not try again */
/*
 * Without NO_START_OPT the JIT of 10.42 does not find (?:cb|c)k*b in "cb": it skips starts that
 * another alternative still needs (PCRE2 issue 336 and others).
 */
#define PCRE_PREFIX "(*NO_START_OPT)(*LIMIT_MATCH=2000)(*LIMIT_HEAP=4096)"

/* ---------------------------------------------------------------- UTF-8 */

/*
 * Decodes one code point the way Go does: a byte that starts no valid sequence is U+FFFD, one byte
 * long. Returns the number of bytes, 0 at the end.
 */
static size_t rune_decode(const char *text, const char *end, uint32_t *rune)
{
    const uint8_t *s = (const uint8_t *)text;
    size_t len = (size_t)(end - text);
    *rune = RUNE_ERROR;
    if (len == 0) {
        return 0;
    }
    uint32_t lead = s[0];
    if (lead < 0x80) {
        *rune = lead;
        return 1;
    }
    if (lead < 0xC2 || lead > 0xF4) {
        return 1;
    }
    size_t need = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (len < need) {
        return 1;
    }
    /* the second byte alone decides on overlong forms, surrogates and the ceiling */
    uint32_t lo = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    uint32_t hi = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (s[1] < lo || s[1] > hi) {
        return 1;
    }
    uint32_t value = lead & (0xFFu >> (need + 1));
    for (size_t i = 1; i < need; i++) {
        if ((s[i] & 0xC0) != 0x80) {
            return 1;
        }
        value = value << 6 | (s[i] & 0x3Fu);
    }
    *rune = value;
    return need;
}

static bool utf8_is_valid(const char *text, size_t len)
{
    const char *end = text + len;
    while (text < end) {
        uint64_t word;
        if (end - text >= 8 && (memcpy(&word, text, 8), (word & 0x8080808080808080u) == 0)) {
            text += 8;
            continue;
        }
        uint32_t rune;
        size_t size = rune_decode(text, end, &rune);
        if (rune == RUNE_ERROR && size == 1) {
            return false;
        }
        text += size;
    }
    return true;
}

/* ---------------------------------------------------------------- sets of code points */

typedef struct {
    uint32_t lo;
    uint32_t hi;
} Range;

/* An immutable set: sorted ranges that neither overlap nor touch. */
typedef struct {
    uint32_t id; /* index in the list of sets */
    uint32_t n;
    uint64_t ascii[2]; /* bit c of the pair: c is in the set */
    Range ranges[];
} RuneSet;

static void ranges_add(GArray *ranges, uint32_t lo, uint32_t hi)
{
    Range range = {lo, hi};
    g_array_append_val(ranges, range);
}

static int range_compare(const void *a, const void *b)
{
    const Range *x = a;
    const Range *y = b;
    if (x->lo != y->lo) {
        return x->lo < y->lo ? -1 : 1;
    }
    return x->hi < y->hi ? -1 : x->hi > y->hi;
}

static void ranges_normalize(GArray *ranges)
{
    g_array_sort(ranges, range_compare);
    Range *r = (Range *)(void *)ranges->data;
    guint n = 0;
    for (guint i = 0; i < ranges->len; i++) {
        if (n > 0 && r[i].lo <= r[n - 1].hi + 1) {
            r[n - 1].hi = MAX(r[n - 1].hi, r[i].hi);
        } else {
            r[n++] = r[i];
        }
    }
    g_array_set_size(ranges, n);
}

/* Replaces normalised @ranges by all other code points. */
static void ranges_negate(GArray *ranges)
{
    guint n = ranges->len;
    uint32_t next = 0;
    for (guint i = 0; i < n; i++) {
        Range r = g_array_index(ranges, Range, i);
        if (next < r.lo) {
            ranges_add(ranges, next, r.lo - 1);
        }
        next = r.hi + 1;
    }
    if (next <= MAX_RUNE) {
        ranges_add(ranges, next, MAX_RUNE);
    }
    g_array_remove_range(ranges, 0, n);
}

static guint rune_set_hash(gconstpointer key)
{
    const RuneSet *set = key;
    uint64_t hash = set->n;
    for (uint32_t i = 0; i < set->n; i++) {
        hash = (hash ^ set->ranges[i].lo) * 0x9E3779B97F4A7C15u;
        hash = (hash ^ (hash >> 29) ^ set->ranges[i].hi) * 0x9E3779B97F4A7C15u;
    }
    return (guint)(hash >> 32);
}

static gboolean rune_set_equal(gconstpointer a, gconstpointer b)
{
    const RuneSet *x = a;
    const RuneSet *y = b;
    return x->n == y->n && memcmp(x->ranges, y->ranges, x->n * sizeof(Range)) == 0;
}

static RuneSet *rune_set_new(const GArray *ranges)
{
    RuneSet *set = g_malloc0(sizeof(RuneSet) + ranges->len * sizeof(Range));
    set->n = ranges->len;
    if (set->n > 0) {
        memcpy(set->ranges, ranges->data, set->n * sizeof(Range));
    }
    for (uint32_t i = 0; i < set->n && set->ranges[i].lo < 128; i++) {
        for (uint32_t c = set->ranges[i].lo; c <= MIN(set->ranges[i].hi, 127u); c++) {
            set->ascii[c / 64] |= (uint64_t)1 << (c % 64);
        }
    }
    return set;
}

static bool rune_set_has(const RuneSet *set, uint32_t rune)
{
    if (rune < 128) {
        return (set->ascii[rune / 64] >> (rune % 64) & 1) != 0;
    }
    uint32_t lo = 0;
    uint32_t hi = set->n;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (set->ranges[mid].hi < rune) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo < set->n && set->ranges[lo].lo <= rune;
}

/* ---------------------------------------------------------------- names of sets */

/* Pairs of first and last character, padded with zeros; a set that starts at NUL comes first. */
typedef struct {
    const char *name;
    uint8_t n_pairs;
    uint8_t pairs[8];
} AsciiGroup;

static const AsciiGroup posix_groups[] = {
    {"alnum", 3, {'0', '9', 'A', 'Z', 'a', 'z'}},
    {"alpha", 2, {'A', 'Z', 'a', 'z'}},
    {"ascii", 1, {0, 0x7F}},
    {"blank", 2, {'\t', '\t', ' ', ' '}},
    {"cntrl", 2, {0, 0x1F, 0x7F, 0x7F}},
    {"digit", 1, {'0', '9'}},
    {"graph", 1, {'!', '~'}},
    {"lower", 1, {'a', 'z'}},
    {"print", 1, {' ', '~'}},
    {"punct", 4, {'!', '/', ':', '@', '[', '`', '{', '~'}},
    {"space", 2, {'\t', '\r', ' ', ' '}},
    {"upper", 1, {'A', 'Z'}},
    {"word", 4, {'0', '9', 'A', 'Z', '_', '_', 'a', 'z'}},
    {"xdigit", 3, {'0', '9', 'A', 'F', 'a', 'f'}},
};

/* \d \s \w; unlike [:space:], \s has no vertical tab */
static const AsciiGroup perl_groups[] = {
    {"d", 1, {'0', '9'}},
    {"s", 3, {'\t', '\n', '\f', '\r', ' ', ' '}},
    {"w", 4, {'0', '9', 'A', 'Z', '_', '_', 'a', 'z'}},
};

typedef struct {
    const char *name; /* lower case, without separators */
    const char *alias;
    uint32_t types; /* bits 1 << GUnicodeType; 0 for ASCII, which is no category */
} Category;

#define GC(type)  (1u << G_UNICODE_##type)
#define GC_LC     (GC(UPPERCASE_LETTER) | GC(LOWERCASE_LETTER) | GC(TITLECASE_LETTER))
#define GC_L      (GC_LC | GC(MODIFIER_LETTER) | GC(OTHER_LETTER))
#define GC_M      (GC(SPACING_MARK) | GC(ENCLOSING_MARK) | GC(NON_SPACING_MARK))
#define GC_N      (GC(DECIMAL_NUMBER) | GC(LETTER_NUMBER) | GC(OTHER_NUMBER))
#define GC_P_PAIR (GC(OPEN_PUNCTUATION) | GC(CLOSE_PUNCTUATION))
#define GC_P_QUOT (GC(INITIAL_PUNCTUATION) | GC(FINAL_PUNCTUATION))
#define GC_P_REST (GC(CONNECT_PUNCTUATION) | GC(DASH_PUNCTUATION) | GC(OTHER_PUNCTUATION))
#define GC_S      (GC(CURRENCY_SYMBOL) | GC(MODIFIER_SYMBOL) | GC(MATH_SYMBOL) | GC(OTHER_SYMBOL))
#define GC_Z      (GC(LINE_SEPARATOR) | GC(PARAGRAPH_SEPARATOR) | GC(SPACE_SEPARATOR))
#define GC_C_REST (GC(CONTROL) | GC(FORMAT) | GC(PRIVATE_USE) | GC(SURROGATE))

static const Category categories[] = {
    {"any", NULL, UINT32_MAX},
    {"ascii", NULL, 0},
    {"assigned", NULL, ~GC(UNASSIGNED)},
    {"c", "other", GC_C_REST | GC(UNASSIGNED)},
    {"cc", "control", GC(CONTROL)},
    {"cc", "cntrl", GC(CONTROL)},
    {"cf", "format", GC(FORMAT)},
    {"cn", "unassigned", GC(UNASSIGNED)},
    {"co", "privateuse", GC(PRIVATE_USE)},
    {"cs", "surrogate", GC(SURROGATE)},
    {"l", "letter", GC_L},
    {"lc", "casedletter", GC_LC},
    {"ll", "lowercaseletter", GC(LOWERCASE_LETTER)},
    {"lm", "modifierletter", GC(MODIFIER_LETTER)},
    {"lo", "otherletter", GC(OTHER_LETTER)},
    {"lt", "titlecaseletter", GC(TITLECASE_LETTER)},
    {"lu", "uppercaseletter", GC(UPPERCASE_LETTER)},
    {"m", "mark", GC_M},
    {"m", "combiningmark", GC_M},
    {"mc", "spacingmark", GC(SPACING_MARK)},
    {"me", "enclosingmark", GC(ENCLOSING_MARK)},
    {"mn", "nonspacingmark", GC(NON_SPACING_MARK)},
    {"n", "number", GC_N},
    {"nd", "decimalnumber", GC(DECIMAL_NUMBER)},
    {"nd", "digit", GC(DECIMAL_NUMBER)},
    {"nl", "letternumber", GC(LETTER_NUMBER)},
    {"no", "othernumber", GC(OTHER_NUMBER)},
    {"p", "punctuation", GC_P_PAIR | GC_P_QUOT | GC_P_REST},
    {"p", "punct", GC_P_PAIR | GC_P_QUOT | GC_P_REST},
    {"pc", "connectorpunctuation", GC(CONNECT_PUNCTUATION)},
    {"pd", "dashpunctuation", GC(DASH_PUNCTUATION)},
    {"pe", "closepunctuation", GC(CLOSE_PUNCTUATION)},
    {"pf", "finalpunctuation", GC(FINAL_PUNCTUATION)},
    {"pi", "initialpunctuation", GC(INITIAL_PUNCTUATION)},
    {"po", "otherpunctuation", GC(OTHER_PUNCTUATION)},
    {"ps", "openpunctuation", GC(OPEN_PUNCTUATION)},
    {"s", "symbol", GC_S},
    {"sc", "currencysymbol", GC(CURRENCY_SYMBOL)},
    {"sk", "modifiersymbol", GC(MODIFIER_SYMBOL)},
    {"sm", "mathsymbol", GC(MATH_SYMBOL)},
    {"so", "othersymbol", GC(OTHER_SYMBOL)},
    {"z", "separator", GC_Z},
    {"zl", "lineseparator", GC(LINE_SEPARATOR)},
    {"zp", "paragraphseparator", GC(PARAGRAPH_SEPARATOR)},
    {"zs", "spaceseparator", GC(SPACE_SEPARATOR)},
};

/* GLib calls the scripts what Unicode calls them, in upper case. */
/* clang-format off */
#define SCRIPTS(X) \
    X(ADLAM) X(AHOM) X(ANATOLIAN_HIEROGLYPHS) X(ARABIC) X(ARMENIAN) X(AVESTAN) X(BALINESE) \
    X(BAMUM) X(BASSA_VAH) X(BATAK) X(BENGALI) X(BHAIKSUKI) X(BOPOMOFO) X(BRAHMI) X(BRAILLE) \
    X(BUGINESE) X(BUHID) X(CANADIAN_ABORIGINAL) X(CARIAN) X(CAUCASIAN_ALBANIAN) X(CHAKMA) \
    X(CHAM) X(CHEROKEE) X(CHORASMIAN) X(COMMON) X(COPTIC) X(CUNEIFORM) X(CYPRIOT) \
    X(CYPRO_MINOAN) X(CYRILLIC) X(DESERET) X(DEVANAGARI) X(DIVES_AKURU) X(DOGRA) X(DUPLOYAN) \
    X(EGYPTIAN_HIEROGLYPHS) X(ELBASAN) X(ELYMAIC) X(ETHIOPIC) X(GEORGIAN) X(GLAGOLITIC) \
    X(GOTHIC) X(GRANTHA) X(GREEK) X(GUJARATI) X(GUNJALA_GONDI) X(GURMUKHI) X(HAN) X(HANGUL) \
    X(HANIFI_ROHINGYA) X(HANUNOO) X(HATRAN) X(HEBREW) X(HIRAGANA) X(IMPERIAL_ARAMAIC) \
    X(INHERITED) X(INSCRIPTIONAL_PAHLAVI) X(INSCRIPTIONAL_PARTHIAN) X(JAVANESE) X(KAITHI) \
    X(KANNADA) X(KATAKANA) X(KAWI) X(KAYAH_LI) X(KHAROSHTHI) X(KHITAN_SMALL_SCRIPT) X(KHMER) \
    X(KHOJKI) X(KHUDAWADI) X(LAO) X(LATIN) X(LEPCHA) X(LIMBU) X(LINEAR_A) X(LINEAR_B) X(LISU) \
    X(LYCIAN) X(LYDIAN) X(MAHAJANI) X(MAKASAR) X(MALAYALAM) X(MANDAIC) X(MANICHAEAN) \
    X(MARCHEN) X(MASARAM_GONDI) X(MEDEFAIDRIN) X(MEETEI_MAYEK) X(MENDE_KIKAKUI) \
    X(MEROITIC_CURSIVE) X(MEROITIC_HIEROGLYPHS) X(MIAO) X(MODI) X(MONGOLIAN) X(MRO) \
    X(MULTANI) X(MYANMAR) X(NABATAEAN) X(NAG_MUNDARI) X(NANDINAGARI) X(NEWA) X(NEW_TAI_LUE) \
    X(NKO) X(NUSHU) X(NYIAKENG_PUACHUE_HMONG) X(OGHAM) X(OLD_HUNGARIAN) X(OLD_ITALIC) \
    X(OLD_NORTH_ARABIAN) X(OLD_PERMIC) X(OLD_PERSIAN) X(OLD_SOGDIAN) X(OLD_SOUTH_ARABIAN) \
    X(OLD_TURKIC) X(OLD_UYGHUR) X(OL_CHIKI) X(ORIYA) X(OSAGE) X(OSMANYA) X(PAHAWH_HMONG) \
    X(PALMYRENE) X(PAU_CIN_HAU) X(PHAGS_PA) X(PHOENICIAN) X(PSALTER_PAHLAVI) X(REJANG) \
    X(RUNIC) X(SAMARITAN) X(SAURASHTRA) X(SHARADA) X(SHAVIAN) X(SIDDHAM) X(SIGNWRITING) \
    X(SINHALA) X(SOGDIAN) X(SORA_SOMPENG) X(SOYOMBO) X(SUNDANESE) X(SYLOTI_NAGRI) X(SYRIAC) \
    X(TAGALOG) X(TAGBANWA) X(TAI_LE) X(TAI_THAM) X(TAI_VIET) X(TAKRI) X(TAMIL) X(TANGSA) \
    X(TANGUT) X(TELUGU) X(THAANA) X(THAI) X(TIBETAN) X(TIFINAGH) X(TIRHUTA) X(TOTO) \
    X(UGARITIC) X(VAI) X(VITHKUQI) X(WANCHO) X(WARANG_CITI) X(YEZIDI) X(YI) \
    X(ZANABAZAR_SQUARE)
/* clang-format on */

typedef struct {
    const char *name;
    GUnicodeScript script;
} Script;

static const Script scripts[] = {
#define SCRIPT_ROW(name) {#name, G_UNICODE_SCRIPT_##name},
    SCRIPTS(SCRIPT_ROW)
#undef SCRIPT_ROW
};

/* Compares names as Unicode wants it: without regard to case, space, underscore and hyphen. */
static bool name_is(const char *name, size_t len, const char *wanted)
{
    for (size_t i = 0; i < len; i++) {
        if (name[i] == '_' || name[i] == '-' || name[i] == ' ') {
            continue;
        }
        while (*wanted == '_') {
            wanted++;
        }
        if (*wanted == '\0' || g_ascii_tolower(name[i]) != g_ascii_tolower(*wanted)) {
            return false;
        }
        wanted++;
    }
    return *wanted == '\0';
}

/* ---------------------------------------------------------------- the tree */

typedef enum {
    NODE_EMPTY,
    NODE_LITERAL,   /* runes[first, first + n) in a row */
    NODE_CLASS,     /* one code point of sets[first] */
    NODE_ASSERT,    /* first is an Assertion */
    NODE_CAPTURE,   /* kids[first] */
    NODE_REPEAT,    /* kids[first], min to max times, max -1 for no limit */
    NODE_CONCAT,    /* kids[first, first + n), none of them a CONCAT, n > 1 */
    NODE_ALTERNATE, /* kids[first, first + n), none of them an ALTERNATE, n > 1 */
} NodeKind;

typedef enum {
    ASSERT_BEGIN_TEXT,
    ASSERT_END_TEXT,
    ASSERT_BEGIN_LINE,
    ASSERT_END_LINE,
    ASSERT_WORD,
    ASSERT_NO_WORD,
} Assertion;

typedef struct {
    uint8_t kind;
    bool fold;     /* LITERAL: any case */
    bool lazy;     /* REPEAT: as few times as possible */
    bool nullable; /* may match the empty text */
    uint32_t first;
    uint32_t n;
    int min;
    int max;
    int height;   /* levels, at most MAX_HEIGHT: the tree may be walked by recursion */
    int copies;   /* largest product of the counts on a way down, at most MAX_REPEAT when checked */
    int64_t size; /* instructions by Go's estimate */
} Node;

typedef struct {
    uint32_t key;
    uint32_t rune;
    uint32_t next; /* the next rune that differs only by case, round in a circle */
} Fold;

typedef enum {
    FLAG_FOLD = 1,
    FLAG_MULTI_LINE = 2,
    FLAG_DOT_NL = 4,
    FLAG_LAZY = 8,
} Flags;

/* An open group: items[alt, seq) are its finished alternatives, items[seq, ..) what comes next. */
typedef struct {
    guint alt;
    guint seq;
    bool capture;
    unsigned flags; /* to return to after the group */
} Frame;

typedef struct {
    const char *start;
    const char *pos;
    const char *end;
    unsigned flags;
    GArray *nodes;   /* of Node */
    GArray *kids;    /* of uint32_t, node ids */
    GArray *runes;   /* of uint32_t */
    GArray *items;   /* of uint32_t, node ids: the stack of what is parsed and not yet in a group */
    GArray *frames;  /* of Frame */
    GArray *folds;   /* (nullable): of Fold, by rune */
    GPtrArray *sets; /* of RuneSet */
    GHashTable *set_ids; /* RuneSet -> itself, keys owned by sets */
    GHashTable *tables;  /* "script" or category row -> GArray of Range */
    int64_t n_class_runes;
    int64_t n_nodes;
    int64_t repeats; /* product of all counts seen */
    bool size_checked;
    bool empty_loops; /* something that may be empty is repeated */
    GError **error;
} Parser;

static Node *parser_node(const Parser *p, uint32_t id)
{
    return &g_array_index(p->nodes, Node, id);
}

static uint32_t parser_kid(const Parser *p, const Node *node, uint32_t i)
{
    return g_array_index(p->kids, uint32_t, node->first + i);
}

static Frame *parser_frame(const Parser *p)
{
    return &g_array_index(p->frames, Frame, p->frames->len - 1);
}

/* Fails with the part [from, to) of the pattern. */
static bool parser_fail(Parser *p, const char *what, const char *from, const char *to)
{
    return cpa_error_set(p->error, CPA_ERROR_USAGE, "error parsing regexp: %s: `%.*s`", what,
                         (int)MIN(to - from, INT32_MAX), from);
}

static bool parser_fail_utf8(Parser *p, const char *from, const char *to)
{
    return parser_fail(p, "invalid UTF-8", from, to);
}

/* Steps over one code point before @end; at the end it is U+FFFD. */
static bool parser_next(Parser *p, const char *end, uint32_t *rune)
{
    size_t size = rune_decode(p->pos, end, rune);
    if (*rune == RUNE_ERROR && size == 1) {
        return parser_fail_utf8(p, p->pos, end);
    }
    p->pos += size;
    return true;
}

static bool parser_check_utf8(Parser *p, const char *from, const char *to)
{
    while (from < to) {
        uint32_t rune;
        size_t size = rune_decode(from, to, &rune);
        if (rune == RUNE_ERROR && size == 1) {
            return parser_fail_utf8(p, from, to);
        }
        from += size;
    }
    return true;
}

/* ---------------------------------------------------------------- case folding */

/* A name for the circle of @c under simple case folding. GLib knows the case of letters only. */
static uint32_t fold_key(uint32_t c)
{
    if (c == 0x130 || c == 0x131) { /* dotted and dotless i fold with nothing */
        return c;
    }
    if (c == 0x345) { /* combining iota */
        return 0x3B9;
    }
    if (c >= 0x2160 && c <= 0x216F) { /* roman numerals */
        return c + 0x10;
    }
    if (c >= 0x24B6 && c <= 0x24CF) { /* circled letters */
        return c + 0x1A;
    }
    return g_unichar_tolower(g_unichar_toupper(c));
}

static int fold_compare_key(const void *a, const void *b)
{
    const Fold *x = a;
    const Fold *y = b;
    if (x->key != y->key) {
        return x->key < y->key ? -1 : 1;
    }
    return x->rune < y->rune ? -1 : x->rune > y->rune;
}

static int fold_compare_rune(const void *a, const void *b)
{
    const Fold *x = a;
    const Fold *y = b;
    return x->rune < y->rune ? -1 : x->rune > y->rune;
}

static GArray *folds_new(void)
{
    GArray *folds = g_array_new(FALSE, FALSE, sizeof(Fold));
    for (uint32_t c = 'A'; c <= 0x1E943; c++) {
        uint32_t key = fold_key(c);
        if (key != c) {
            Fold pair[2] = {{key, c, 0}, {key, key, 0}};
            g_array_append_vals(folds, pair, 2);
        }
    }
    g_array_sort(folds, fold_compare_key);
    Fold *f = (Fold *)(void *)folds->data;
    guint n = 0;
    guint circle = 0; /* where the current one starts */
    for (guint i = 0; i < folds->len; i++) {
        if (n > 0 && fold_compare_key(&f[n - 1], &f[i]) == 0) {
            continue;
        }
        f[n] = f[i];
        if (n > 0 && f[n - 1].key == f[n].key) {
            f[n - 1].next = f[n].rune;
        } else {
            circle = n;
        }
        f[n].next = f[circle].rune;
        n++;
    }
    g_array_set_size(folds, n);
    g_array_sort(folds, fold_compare_rune);
    return folds;
}

/* Index of the first entry at or after @rune. */
static guint parser_fold_index(Parser *p, uint32_t rune)
{
    if (p->folds == NULL) {
        p->folds = folds_new();
    }
    guint lo = 0;
    guint hi = p->folds->len;
    while (lo < hi) {
        guint mid = lo + (hi - lo) / 2;
        if (g_array_index(p->folds, Fold, mid).rune < rune) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}

/* Returns the next rune that differs from @rune only by case, @rune when there is none. */
static uint32_t parser_fold_next(Parser *p, uint32_t rune)
{
    guint i = parser_fold_index(p, rune);
    if (i < p->folds->len && g_array_index(p->folds, Fold, i).rune == rune) {
        return g_array_index(p->folds, Fold, i).next;
    }
    return rune;
}

/* Adds to normalised @ranges what differs only by case. */
static void parser_fold_ranges(Parser *p, GArray *ranges)
{
    guint n = ranges->len;
    for (guint i = 0; i < n; i++) {
        Range r = g_array_index(ranges, Range, i);
        for (guint j = parser_fold_index(p, r.lo); j < p->folds->len; j++) {
            Fold f = g_array_index(p->folds, Fold, j);
            if (f.rune > r.hi) {
                break;
            }
            for (uint32_t c = f.next; c != f.rune; c = parser_fold_next(p, c)) {
                ranges_add(ranges, c, c);
            }
        }
    }
    ranges_normalize(ranges);
}

/* ---------------------------------------------------------------- building the tree */

static uint32_t parser_node_new(Parser *p, Node node)
{
    node.height = MAX(node.height, 1);
    node.copies = MAX(node.copies, 1);
    node.size = MAX(node.size, 1);
    g_array_append_val(p->nodes, node);
    p->n_nodes++;
    return p->nodes->len - 1;
}

/*
 * Go starts to look at sizes only when nodes times counts could be too many; until then a long
 * literal with a large count passes.
 */
static bool parser_check_limits(Parser *p, uint32_t id)
{
    const Node *node = parser_node(p, id);
    bool large = p->n_class_runes > MAX_CLASS_RUNES || p->kids->len > MAX_KIDS;
    if (!p->size_checked) {
        if (node->kind == NODE_REPEAT) {
            int64_t n = MAX(node->max < 0 ? node->min : node->max, 1);
            p->repeats = n > MAX_TREE_SIZE / p->repeats ? MAX_TREE_SIZE : p->repeats * n;
        }
        if (p->n_nodes >= MAX_TREE_SIZE / p->repeats) {
            p->size_checked = true;
            for (guint i = 0; i < p->items->len; i++) {
                uint32_t item = g_array_index(p->items, uint32_t, i);
                large = large || parser_node(p, item)->size > MAX_TREE_SIZE;
            }
        }
    }
    if (large || (p->size_checked && node->size > MAX_TREE_SIZE)) {
        return parser_fail(p, "expression too large", p->start, p->end);
    }
    if (node->height > MAX_HEIGHT) {
        return parser_fail(p, "expression nests too deeply", p->start, p->end);
    }
    return true;
}

static bool parser_push(Parser *p, uint32_t id)
{
    g_array_append_val(p->items, id);
    return parser_check_limits(p, id);
}

static uint32_t parser_literal_new(Parser *p, uint32_t rune, bool fold)
{
    Node node = {.kind = NODE_LITERAL, .fold = fold, .first = p->runes->len, .n = 1};
    g_array_append_val(p->runes, rune);
    return parser_node_new(p, node);
}

static bool parser_push_literal(Parser *p, uint32_t rune)
{
    return parser_push(p, parser_literal_new(p, rune, (p->flags & FLAG_FOLD) != 0));
}

static bool parser_push_assert(Parser *p, Assertion assertion)
{
    Node node = {.kind = NODE_ASSERT, .first = assertion, .nullable = true};
    return parser_push(p, parser_node_new(p, node));
}

/* Returns a node for normalised @ranges; equal sets are kept once. */
static uint32_t parser_class_new(Parser *p, const GArray *ranges)
{
    if (ranges->len == 1 &&
        g_array_index(ranges, Range, 0).lo == g_array_index(ranges, Range, 0).hi) {
        return parser_literal_new(p, g_array_index(ranges, Range, 0).lo, false);
    }
    RuneSet *set = rune_set_new(ranges);
    const RuneSet *known = g_hash_table_lookup(p->set_ids, set);
    if (known == NULL) {
        set->id = p->sets->len;
        g_ptr_array_add(p->sets, set);
        g_hash_table_add(p->set_ids, set);
        known = set;
    } else {
        g_free(set);
    }
    Node node = {.kind = NODE_CLASS, .first = known->id};
    return parser_node_new(p, node);
}

/* Pushes a class of @ranges, with what differs only by case if the flags say so. */
static bool parser_push_class(Parser *p, GArray *ranges, bool negate)
{
    ranges_normalize(ranges);
    if ((p->flags & FLAG_FOLD) != 0) {
        parser_fold_ranges(p, ranges);
    }
    if (negate) {
        ranges_negate(ranges);
    }
    p->n_class_runes += 2 * (int64_t)ranges->len;
    return parser_push(p, parser_class_new(p, ranges));
}

/* Joins runs of literals, then all of items[seq, ..), to one item. */
static bool parser_finish_seq(Parser *p)
{
    guint seq = parser_frame(p)->seq;
    uint32_t *items = (uint32_t *)(void *)p->items->data;
    guint n = seq;
    for (guint i = seq; i < p->items->len;) {
        Node joined = *parser_node(p, items[i]);
        guint next = i + 1;
        if (joined.kind == NODE_LITERAL) {
            uint32_t first = p->runes->len;
            joined.n = 0;
            for (next = i; next < p->items->len; next++) {
                const Node *node = parser_node(p, items[next]);
                if (node->kind != NODE_LITERAL || node->fold != joined.fold) {
                    break;
                }
                for (uint32_t k = 0; k < node->n; k++) {
                    uint32_t rune = g_array_index(p->runes, uint32_t, node->first + k);
                    g_array_append_val(p->runes, rune);
                }
                joined.n += node->n;
            }
            joined.first = first;
            joined.size = joined.n;
            p->n_nodes -= next - i - 1;
            *parser_node(p, items[i]) = joined;
        }
        items[n++] = items[i];
        i = next;
    }
    g_array_set_size(p->items, n);

    if (n - seq == 1) {
        return true;
    }
    Node concat = {.kind = NODE_EMPTY, .nullable = true, .first = p->kids->len};
    for (guint i = seq; i < n; i++) {
        const Node *kid = parser_node(p, items[i]);
        bool flatten = kid->kind == NODE_CONCAT;
        if (!flatten) {
            g_array_append_val(p->kids, items[i]);
        }
        for (uint32_t k = 0; flatten && k < kid->n; k++) {
            uint32_t id = parser_kid(p, kid, k);
            g_array_append_val(p->kids, id);
        }
        concat.kind = NODE_CONCAT;
        concat.size += kid->size;
        concat.height = MAX(concat.height, kid->height + (flatten ? 0 : 1));
        concat.copies = MAX(concat.copies, kid->copies);
        concat.nullable = concat.nullable && kid->nullable;
    }
    concat.n = p->kids->len - concat.first;
    g_array_set_size(p->items, seq);
    return parser_push(p, parser_node_new(p, concat));
}

static bool node_is_one_rune(const Node *node)
{
    return node->kind == NODE_CLASS || (node->kind == NODE_LITERAL && node->n == 1);
}

static void parser_add_one_rune(Parser *p, const Node *node, GArray *ranges)
{
    if (node->kind == NODE_CLASS) {
        const RuneSet *set = g_ptr_array_index(p->sets, node->first);
        g_array_append_vals(ranges, set->ranges, set->n);
        return;
    }
    uint32_t rune = g_array_index(p->runes, uint32_t, node->first);
    ranges_add(ranges, rune, rune);
    uint32_t c = node->fold ? parser_fold_next(p, rune) : rune;
    for (; c != rune; c = parser_fold_next(p, c)) {
        ranges_add(ranges, c, c);
    }
}

/* Joins all alternatives of the open group to one item; a|[bc] becomes [a-c]. */
static bool parser_finish_alt(Parser *p)
{
    if (!parser_finish_seq(p)) {
        return false;
    }
    guint alt = parser_frame(p)->alt;
    guint n = alt;
    for (guint i = alt; i < p->items->len;) {
        uint32_t id = g_array_index(p->items, uint32_t, i);
        guint next = i + 1;
        if (node_is_one_rune(parser_node(p, id))) {
            while (next < p->items->len &&
                   node_is_one_rune(parser_node(p, g_array_index(p->items, uint32_t, next)))) {
                next++;
            }
        }
        if (next > i + 1) {
            g_autoptr(GArray) ranges = g_array_new(FALSE, FALSE, sizeof(Range));
            for (guint k = i; k < next; k++) {
                uint32_t kid = g_array_index(p->items, uint32_t, k);
                parser_add_one_rune(p, parser_node(p, kid), ranges);
            }
            ranges_normalize(ranges);
            id = parser_class_new(p, ranges);
            p->n_nodes -= next - i;
        }
        g_array_index(p->items, uint32_t, n++) = id;
        i = next;
    }
    g_array_set_size(p->items, n);
    if (n - alt == 1) {
        return parser_check_limits(p, g_array_index(p->items, uint32_t, alt));
    }

    Node node = {.kind = NODE_ALTERNATE, .first = p->kids->len};
    for (guint i = alt; i < n; i++) {
        uint32_t id = g_array_index(p->items, uint32_t, i);
        const Node *kid = parser_node(p, id);
        bool flatten = kid->kind == NODE_ALTERNATE;
        if (!flatten) {
            g_array_append_val(p->kids, id);
        }
        for (uint32_t k = 0; flatten && k < kid->n; k++) {
            uint32_t grandkid = parser_kid(p, kid, k);
            g_array_append_val(p->kids, grandkid);
        }
        node.size += kid->size + (i > alt ? 1 : 0);
        node.height = MAX(node.height, kid->height + (flatten ? 0 : 1));
        node.copies = MAX(node.copies, kid->copies);
        node.nullable = node.nullable || kid->nullable;
    }
    node.n = p->kids->len - node.first;
    g_array_set_size(p->items, alt);
    return parser_push(p, parser_node_new(p, node));
}

/* ---------------------------------------------------------------- parsing */

static int unhex(uint32_t c)
{
    return c < 128 ? g_ascii_xdigit_value((char)c) : -1;
}

/* Parses an escape that stands for one code point; at the backslash. */
static bool parse_escape(Parser *p, uint32_t *rune)
{
    const char *from = p->pos++;
    if (p->pos == p->end) {
        return parser_fail(p, "trailing backslash at end of expression", from, from);
    }
    uint32_t c;
    if (!parser_next(p, p->end, &c)) {
        return false;
    }
    static const char controls[] = "a\af\fn\nr\rt\tv\v";
    for (const char *s = controls; *s != '\0'; s += 2) {
        if (c == (uint8_t)s[0]) {
            *rune = (uint8_t)s[1];
            return true;
        }
    }
    bool octal_follows = p->pos < p->end && *p->pos >= '0' && *p->pos <= '7';
    if (c == '0' || (c >= '1' && c <= '7' && octal_follows)) {
        *rune = c - '0';
        for (int i = 1; i < 3 && p->pos < p->end && *p->pos >= '0' && *p->pos <= '7'; i++) {
            *rune = *rune * 8 + (uint32_t)(*p->pos++ - '0');
        }
        return true;
    }
    if (c == 'x' && p->pos < p->end) {
        if (!parser_next(p, p->end, &c)) {
            return false;
        }
        if (c != '{') {
            int high = unhex(c);
            if (!parser_next(p, p->end, &c)) {
                return false;
            }
            int low = unhex(c);
            if (high >= 0 && low >= 0) {
                *rune = (uint32_t)(high * 16 + low);
                return true;
            }
            return parser_fail(p, "invalid escape sequence", from, p->pos);
        }
        uint32_t value = 0;
        for (int n = 0; p->pos < p->end; n++) {
            if (!parser_next(p, p->end, &c)) {
                return false;
            }
            if (c == '}' && n > 0) {
                *rune = value;
                return true;
            }
            int digit = unhex(c);
            if (digit < 0 || value * 16 + (uint32_t)digit > MAX_RUNE) {
                break;
            }
            value = value * 16 + (uint32_t)digit;
        }
        return parser_fail(p, "invalid escape sequence", from, p->pos);
    }
    if (c < 128 && !g_ascii_isalnum((char)c)) {
        *rune = c;
        return true;
    }
    return parser_fail(p, "invalid escape sequence", from, p->pos);
}

static void parser_add_group(Parser *p, const AsciiGroup *group, bool negate, GArray *out)
{
    g_autoptr(GArray) ranges = g_array_new(FALSE, FALSE, sizeof(Range));
    for (size_t i = 0; i < group->n_pairs; i++) {
        ranges_add(ranges, group->pairs[2 * i], group->pairs[2 * i + 1]);
    }
    if (negate) {
        if ((p->flags & FLAG_FOLD) != 0) {
            parser_fold_ranges(p, ranges);
        }
        ranges_negate(ranges);
    }
    g_array_append_vals(out, ranges->data, ranges->len);
}

/* Takes \d, \D and the like; returns false when there is none at the position. */
static bool take_perl_group(Parser *p, GArray *out)
{
    if (p->end - p->pos < 2 || p->pos[0] != '\\') {
        return false;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(perl_groups); i++) {
        if (g_ascii_tolower(p->pos[1]) == perl_groups[i].name[0]) {
            parser_add_group(p, &perl_groups[i], g_ascii_isupper(p->pos[1]), out);
            p->pos += 2;
            return true;
        }
    }
    return false;
}

/* Code points of a row of categories[] or scripts[]; NULL for no row. */
static const GArray *parser_table(Parser *p, const Category *category, const Script *script)
{
    const void *key = category != NULL ? (const void *)category : (const void *)script;
    if (key == NULL) {
        return NULL;
    }
    GArray *ranges = g_hash_table_lookup(p->tables, key);
    if (ranges != NULL) {
        return ranges;
    }
    ranges = g_array_new(FALSE, FALSE, sizeof(Range));
    bool inside = false;
    for (uint32_t c = 0; c <= MAX_RUNE + 1; c++) {
        bool has = c <= MAX_RUNE;
        if (has && category != NULL) {
            has = category->types == 0 ? c < 128 : category->types >> g_unichar_type(c) & 1;
        } else if (has) {
            has = g_unichar_get_script(c) == script->script;
        }
        if (has && !inside) {
            ranges_add(ranges, c, c);
        } else if (!has && inside) {
            g_array_index(ranges, Range, ranges->len - 1).hi = c - 1;
        }
        inside = has;
    }
    g_hash_table_insert(p->tables, (gpointer)(uintptr_t)key, ranges);
    return ranges;
}

static const GArray *parser_find_table(Parser *p, const char *name, size_t len)
{
    for (size_t i = 0; i < G_N_ELEMENTS(categories); i++) {
        const Category *row = &categories[i];
        if (name_is(name, len, row->name) ||
            (row->alias != NULL && name_is(name, len, row->alias))) {
            return parser_table(p, row, NULL);
        }
    }
    for (size_t i = 0; i < G_N_ELEMENTS(scripts); i++) {
        if (name_is(name, len, scripts[i].name)) {
            return parser_table(p, NULL, &scripts[i]);
        }
    }
    return NULL;
}

/* At \p or \P: \pN, \p{Greek}, \p{^Greek}. */
static bool parse_unicode_group(Parser *p, GArray *out)
{
    const char *from = p->pos;
    bool negate = from[1] == 'P';
    p->pos += 2;
    uint32_t c;
    if (!parser_next(p, p->end, &c)) {
        return false;
    }
    const char *name = from + 2;
    const char *name_end = p->pos;
    if (c == '{' && p->pos > name) {
        name = p->pos;
        name_end = memchr(name, '}', (size_t)(p->end - name));
        if (name_end == NULL) {
            return parser_check_utf8(p, from, p->end) &&
                   parser_fail(p, "invalid character class range", from, p->end);
        }
        p->pos = name_end + 1;
        if (!parser_check_utf8(p, name, name_end)) {
            return false;
        }
    }
    if (name < name_end && *name == '^') {
        negate = !negate;
        name++;
    }
    const GArray *table = parser_find_table(p, name, (size_t)(name_end - name));
    if (table == NULL) {
        return parser_fail(p, "invalid character class range", from, p->pos);
    }
    g_autoptr(GArray) ranges = g_array_new(FALSE, FALSE, sizeof(Range));
    g_array_append_vals(ranges, table->data, table->len);
    if (negate) {
        if ((p->flags & FLAG_FOLD) != 0) {
            parser_fold_ranges(p, ranges);
        }
        ranges_negate(ranges);
    }
    g_array_append_vals(out, ranges->data, ranges->len);
    return true;
}

/* At "[:" inside a class. Sets @taken when it names a group, else it is plain characters. */
static bool parse_posix_group(Parser *p, GArray *out, bool *taken)
{
    const char *from = p->pos;
    const char *name = from + 2;
    const char *name_end = memmem(name, (size_t)(p->end - name), ":]", 2);
    *taken = name_end != NULL;
    if (name_end == NULL) {
        return true;
    }
    p->pos = name_end + 2;
    bool negate = *name == '^';
    name += negate ? 1 : 0;
    size_t len = (size_t)(name_end - name);
    for (size_t i = 0; i < G_N_ELEMENTS(posix_groups); i++) {
        const AsciiGroup *group = &posix_groups[i];
        if (strlen(group->name) == len && memcmp(group->name, name, len) == 0) {
            parser_add_group(p, group, negate, out);
            return true;
        }
    }
    return parser_fail(p, "invalid character class range", from, p->pos);
}

static bool parse_class_rune(Parser *p, const char *class_start, uint32_t *rune)
{
    if (p->pos == p->end) {
        return parser_fail(p, "missing closing ]", class_start, p->end);
    }
    return *p->pos == '\\' ? parse_escape(p, rune) : parser_next(p, p->end, rune);
}

/* One member of a class: a group, a range or a code point. */
static bool parse_class_item(Parser *p, const char *class_start, GArray *ranges)
{
    size_t left = (size_t)(p->end - p->pos);
    if (left > 2 && p->pos[0] == '[' && p->pos[1] == ':') {
        bool taken;
        if (!parse_posix_group(p, ranges, &taken)) {
            return false;
        }
        if (taken) {
            return true;
        }
    }
    if (left >= 2 && p->pos[0] == '\\' && (p->pos[1] == 'p' || p->pos[1] == 'P')) {
        return parse_unicode_group(p, ranges);
    }
    if (take_perl_group(p, ranges)) {
        return true;
    }
    const char *from = p->pos;
    uint32_t lo;
    if (!parse_class_rune(p, class_start, &lo)) {
        return false;
    }
    uint32_t hi = lo;
    if (p->end - p->pos >= 2 && p->pos[0] == '-' && p->pos[1] != ']') {
        p->pos++;
        if (!parse_class_rune(p, class_start, &hi)) {
            return false;
        }
        if (hi < lo) {
            return parser_fail(p, "invalid character class range", from, p->pos);
        }
    }
    ranges_add(ranges, lo, hi);
    return true;
}

/* At the opening bracket. */
static bool parse_class(Parser *p)
{
    g_autoptr(GArray) ranges = g_array_new(FALSE, FALSE, sizeof(Range));
    const char *from = p->pos++;
    bool negate = p->pos < p->end && *p->pos == '^';
    p->pos += negate ? 1 : 0;
    for (bool first = true; first || p->pos == p->end || *p->pos != ']'; first = false) {
        if (!parse_class_item(p, from, ranges)) {
            return false;
        }
    }
    p->pos++;
    return parser_push_class(p, ranges, negate);
}

/* At a backslash outside of a class. */
static bool parse_backslash(Parser *p)
{
    char c = p->end - p->pos >= 2 ? p->pos[1] : '\0';
    static const struct {
        char letter;
        Assertion assertion;
    } assertions[] = {{'A', ASSERT_BEGIN_TEXT},
                      {'z', ASSERT_END_TEXT},
                      {'b', ASSERT_WORD},
                      {'B', ASSERT_NO_WORD}};
    for (size_t i = 0; i < G_N_ELEMENTS(assertions); i++) {
        if (c == assertions[i].letter) {
            p->pos += 2;
            return parser_push_assert(p, assertions[i].assertion);
        }
    }
    if (c == 'C') { /* any byte, even a part of a character: Go refuses too */
        return parser_fail(p, "invalid escape sequence", p->pos, p->pos + 2);
    }
    uint32_t rune;
    if (c == 'Q') {
        p->pos += 2;
        const char *close = memmem(p->pos, (size_t)(p->end - p->pos), "\\E", 2);
        const char *stop = close != NULL ? close : p->end;
        while (p->pos < stop) {
            if (!parser_next(p, stop, &rune) || !parser_push_literal(p, rune)) {
                return false;
            }
        }
        p->pos = close != NULL ? close + 2 : p->end;
        return true;
    }
    g_autoptr(GArray) ranges = g_array_new(FALSE, FALSE, sizeof(Range));
    if (c == 'p' || c == 'P') {
        return parse_unicode_group(p, ranges) && parser_push_class(p, ranges, false);
    }
    if (take_perl_group(p, ranges)) {
        return parser_push_class(p, ranges, false);
    }
    return parse_escape(p, &rune) && parser_push_literal(p, rune);
}

static void parser_open(Parser *p, bool capture)
{
    Frame frame = {p->items->len, p->items->len, capture, p->flags};
    g_array_append_val(p->frames, frame);
    p->n_nodes++;
}

/* At "(?P<" or "(?<", which both name a group. */
static bool parse_group_name(Parser *p, const char *name)
{
    const char *from = p->pos;
    const char *close = memchr(from, '>', (size_t)(p->end - from));
    if (close == NULL) {
        return parser_check_utf8(p, from, p->end) &&
               parser_fail(p, "invalid named capture", from, p->end);
    }
    if (!parser_check_utf8(p, name, close)) {
        return false;
    }
    bool valid = name < close;
    for (const char *s = name; s < close; s++) {
        valid = valid && (*s == '_' || g_ascii_isalnum(*s));
    }
    if (!valid) {
        return parser_fail(p, "invalid named capture", from, close + 1);
    }
    p->pos = close + 1;
    parser_open(p, true);
    return true;
}

/* At an opening parenthesis. */
static bool parse_open(Parser *p)
{
    const char *from = p->pos;
    size_t left = (size_t)(p->end - from);
    if (left < 2 || from[1] != '?') {
        p->pos++;
        parser_open(p, true);
        return true;
    }
    if (left > 4 && from[2] == 'P' && from[3] == '<') {
        return parse_group_name(p, from + 4);
    }
    if (left > 3 && from[2] == '<') {
        return parse_group_name(p, from + 3);
    }
    p->pos += 2;
    unsigned set = 0;
    unsigned clear = 0;
    bool minus = false;
    bool any = false; /* flag since the start or the minus sign */
    while (p->pos < p->end) {
        uint32_t c;
        if (!parser_next(p, p->end, &c)) {
            return false;
        }
        unsigned flag = c == 'i'   ? FLAG_FOLD
                        : c == 'm' ? FLAG_MULTI_LINE
                        : c == 's' ? FLAG_DOT_NL
                        : c == 'U' ? FLAG_LAZY
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
            p->flags = (p->flags | set) & ~clear;
            return true;
        } else {
            break;
        }
    }
    return parser_fail(p, "invalid or unsupported Perl syntax", from, p->pos);
}

static bool parse_close(Parser *p)
{
    if (!parser_finish_alt(p)) {
        return false;
    }
    if (p->frames->len == 1) {
        return parser_fail(p, "unexpected )", p->start, p->end);
    }
    p->pos++;
    Frame frame = *parser_frame(p);
    g_array_set_size(p->frames, p->frames->len - 1);
    p->flags = frame.flags;
    uint32_t id = g_array_index(p->items, uint32_t, frame.alt);
    g_array_set_size(p->items, frame.alt);
    if (frame.capture) {
        Node node = *parser_node(p, id);
        node.kind = NODE_CAPTURE;
        node.first = p->kids->len;
        node.n = 1;
        node.height++;
        node.size += 2;
        g_array_append_val(p->kids, id);
        id = parser_node_new(p, node);
        p->n_nodes--; /* it reuses the node of the parenthesis */
    }
    return parser_push(p, id);
}

static bool parse_bar(Parser *p)
{
    if (!parser_finish_seq(p)) {
        return false;
    }
    p->pos++;
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
    const char *s = p->pos + 1;
    if (!take_count(&s, p->end, min)) {
        return false;
    }
    *max = *min;
    if (s < p->end && *s == ',') {
        s++;
        *max = -1;
        if (s < p->end && *s != '}') {
            if (!take_count(&s, p->end, max)) {
                return false;
            }
            if (*max < 0 || *max < *min) {
                *min = -1;
            }
        }
    }
    if (s == p->end || *s != '}') {
        return false;
    }
    p->pos = s + 1;
    return true;
}

/*
 * At * + ? or {. @last is where the operator right before starts, NULL for none; it is set to this
 * one, as x** is an error.
 */
static bool parse_repeat(Parser *p, const char **last)
{
    const char *from = p->pos;
    Node node = {.kind = NODE_REPEAT, .n = 1, .max = -1};
    if (*from == '{') {
        if (!take_counts(p, &node.min, &node.max)) {
            p->pos++;
            *last = NULL;
            return parser_push_literal(p, '{');
        }
        if (node.min < 0) {
            return parser_fail(p, "invalid repeat count", from, p->pos);
        }
    } else {
        p->pos++;
        node.min = *from == '+' ? 1 : 0;
        node.max = *from == '?' ? 1 : -1;
    }
    node.lazy = (p->flags & FLAG_LAZY) != 0;
    if (p->pos < p->end && *p->pos == '?') {
        p->pos++;
        node.lazy = !node.lazy;
    }
    if (*last != NULL) {
        return parser_fail(p, "invalid nested repetition operator", *last, p->pos);
    }
    if (p->items->len == parser_frame(p)->seq) {
        return parser_fail(p, "missing argument to repetition operator", from, p->pos);
    }
    *last = from;
    uint32_t *item = &g_array_index(p->items, uint32_t, p->items->len - 1);
    const Node *kid = parser_node(p, *item);
    int copies = MAX(node.max < 0 ? node.min : node.max, 1);
    node.first = p->kids->len;
    node.height = kid->height + 1;
    node.nullable = node.min == 0 || kid->nullable;
    p->empty_loops = p->empty_loops || (kid->nullable && (copies > 1 || node.max < 0));
    node.copies = node.max == 0 ? 1 : kid->copies * copies;
    if (node.max < 0) {
        node.size = node.min == 0 ? 2 + kid->size : 1 + node.min * kid->size;
    } else {
        node.size = node.max * kid->size + (node.max - node.min);
    }
    g_array_append_val(p->kids, *item);
    *item = parser_node_new(p, node);
    if (!parser_check_limits(p, *item)) {
        return false;
    }
    if (node.copies > MAX_REPEAT) {
        return parser_fail(p, "invalid repeat count", from, p->pos);
    }
    return true;
}

static bool parse_dot(Parser *p)
{
    g_autoptr(GArray) ranges = g_array_new(FALSE, FALSE, sizeof(Range));
    if ((p->flags & FLAG_DOT_NL) == 0) {
        ranges_add(ranges, '\n', '\n');
    }
    ranges_negate(ranges);
    p->pos++;
    return parser_push(p, parser_class_new(p, ranges));
}

static bool parse_one(Parser *p, const char **last_repeat)
{
    char c = *p->pos;
    if (c == '*' || c == '+' || c == '?' || c == '{') {
        return parse_repeat(p, last_repeat);
    }
    *last_repeat = NULL;
    bool multi = (p->flags & FLAG_MULTI_LINE) != 0;
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
        p->pos++;
        return parser_push_assert(p, multi ? ASSERT_BEGIN_LINE : ASSERT_BEGIN_TEXT);
    case '$':
        p->pos++;
        return parser_push_assert(p, multi ? ASSERT_END_LINE : ASSERT_END_TEXT);
    default:
        return parser_next(p, p->end, &rune) && parser_push_literal(p, rune);
    }
}

/* Parses all; @root is the node of the whole expression. */
static bool parse(Parser *p, uint32_t *root)
{
    const char *last_repeat = NULL;
    parser_open(p, false);
    while (p->pos < p->end) {
        if (!parse_one(p, &last_repeat)) {
            return false;
        }
    }
    if (!parser_finish_alt(p)) {
        return false;
    }
    if (p->frames->len > 1) {
        return parser_fail(p, "missing closing )", p->start, p->end);
    }
    *root = g_array_index(p->items, uint32_t, 0);
    return true;
}

static void parser_init(Parser *p, const char *pattern, size_t len, GError **error)
{
    *p = (Parser){.start = pattern, .pos = pattern, .end = pattern + len, .error = error};
    p->nodes = g_array_new(FALSE, FALSE, sizeof(Node));
    p->kids = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    p->runes = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    p->items = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    p->frames = g_array_new(FALSE, FALSE, sizeof(Frame));
    p->sets = g_ptr_array_new_with_free_func(g_free);
    p->set_ids = g_hash_table_new(rune_set_hash, rune_set_equal);
    p->tables = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_array_unref);
    p->repeats = 1;
}

static void parser_clear(Parser *p)
{
    g_hash_table_unref(p->tables);
    g_hash_table_unref(p->set_ids);
    g_clear_pointer(&p->sets, g_ptr_array_unref);
    g_clear_pointer(&p->folds, g_array_unref);
    g_array_unref(p->frames);
    g_array_unref(p->items);
    g_array_unref(p->runes);
    g_array_unref(p->kids);
    g_array_unref(p->nodes);
}

/* ---------------------------------------------------------------- translation to PCRE2 */

#define WORD "[0-9A-Za-z_]"

static const char *const assertion_pcre[] = {
    [ASSERT_BEGIN_TEXT] = "\\A",
    [ASSERT_END_TEXT] = "\\z",
    [ASSERT_BEGIN_LINE] = "(?:\\A|(?<=\\n))", /* (?m:^) would not match after a last newline */
    [ASSERT_END_LINE] = "(?:\\z|(?=\\n))",
    [ASSERT_WORD] = "(?:(?<=" WORD ")(?!" WORD ")|(?<!" WORD ")(?=" WORD "))",
    [ASSERT_NO_WORD] = "(?:(?<=" WORD ")(?=" WORD ")|(?<!" WORD ")(?!" WORD "))",
};

/* No text holds surrogates, and PCRE2 refuses their numbers. */
static bool rune_is_surrogate(uint32_t rune)
{
    return rune >= 0xD800 && rune <= 0xDFFF;
}

static void pcre_put_rune(GString *out, uint32_t rune)
{
    if (rune < 128 && g_ascii_isalnum((char)rune)) {
        g_string_append_c(out, (char)rune);
    } else {
        g_string_append_printf(out, "\\x{%x}", rune);
    }
}

/* Returns whether there was anything to put. */
static bool pcre_put_range(GString *out, uint32_t lo, uint32_t hi)
{
    lo = rune_is_surrogate(lo) ? 0xE000 : lo;
    hi = rune_is_surrogate(hi) ? 0xD7FF : hi;
    if (lo > hi) {
        return false;
    }
    pcre_put_rune(out, lo);
    if (lo < hi) {
        g_string_append_c(out, '-');
        pcre_put_rune(out, hi);
    }
    return true;
}

/* Sets that reach up to the last code point are written as what they lack: [^a] is fast, its
 * complement is not. */
static void pcre_put_ranges(GString *out, const Range *ranges, size_t n)
{
    size_t start = out->len;
    bool negate = n > 0 && ranges[n - 1].hi == MAX_RUNE;
    bool any = false;
    g_string_append(out, negate ? "[^" : "[");
    uint32_t next = 0;
    for (size_t i = 0; i < n && out->len <= MAX_PCRE_SOURCE; i++) {
        if (!negate) {
            any = pcre_put_range(out, ranges[i].lo, ranges[i].hi) || any;
        } else if (ranges[i].lo > next) {
            any = pcre_put_range(out, next, ranges[i].lo - 1) || any;
        }
        next = ranges[i].hi + 1;
    }
    g_string_append_c(out, ']');
    if (!any) {
        g_string_truncate(out, start);
        g_string_append(out, negate ? "(?s:.)" : "(?!)");
    }
}

static void pcre_put_literal(Parser *p, GString *out, const Node *node)
{
    g_autoptr(GArray) ranges = g_array_new(FALSE, FALSE, sizeof(Range));
    for (uint32_t i = 0; i < node->n && out->len <= MAX_PCRE_SOURCE; i++) {
        Node one = *node;
        one.first += i;
        one.n = 1;
        g_array_set_size(ranges, 0);
        parser_add_one_rune(p, &one, ranges);
        uint32_t rune = g_array_index(ranges, Range, 0).lo;
        if (ranges->len == 1 && !rune_is_surrogate(rune)) {
            pcre_put_rune(out, rune);
        } else {
            ranges_normalize(ranges);
            pcre_put_ranges(out, (const Range *)(const void *)ranges->data, ranges->len);
        }
    }
}

static void pcre_put_quantifier(GString *out, const Node *node)
{
    if (node->max < 0 && node->min <= 1) {
        g_string_append_c(out, node->min == 0 ? '*' : '+');
    } else if (node->max < 0) {
        g_string_append_printf(out, "{%d,}", node->min);
    } else if (node->min == 0 && node->max == 1) {
        g_string_append_c(out, '?');
    } else {
        g_string_append_printf(out, "{%d,%d}", node->min, node->max);
    }
    if (node->lazy) {
        g_string_append_c(out, '?');
    }
}

/* Recursion is bounded by MAX_HEIGHT. Stops early when the result is too long to be used. */
static void pcre_put_node(Parser *p, GString *out, uint32_t id)
{
    const Node *node = parser_node(p, id);
    if (out->len > MAX_PCRE_SOURCE) {
        return;
    }
    switch ((NodeKind)node->kind) {
    case NODE_EMPTY:
        break;
    case NODE_LITERAL:
        pcre_put_literal(p, out, node);
        break;
    case NODE_CLASS: {
        const RuneSet *set = g_ptr_array_index(p->sets, node->first);
        pcre_put_ranges(out, set->ranges, set->n);
        break;
    }
    case NODE_ASSERT:
        g_string_append(out, assertion_pcre[node->first]);
        break;
    case NODE_CAPTURE:
        pcre_put_node(p, out, parser_kid(p, node, 0));
        break;
    case NODE_REPEAT: {
        uint32_t kid_id = parser_kid(p, node, 0);
        bool wrap = !node_is_one_rune(parser_node(p, kid_id));
        g_string_append(out, wrap ? "(?:" : "");
        pcre_put_node(p, out, kid_id);
        g_string_append(out, wrap ? ")" : "");
        pcre_put_quantifier(out, node);
        break;
    }
    case NODE_CONCAT:
        for (uint32_t i = 0; i < node->n; i++) {
            pcre_put_node(p, out, parser_kid(p, node, i));
        }
        break;
    case NODE_ALTERNATE:
        for (uint32_t i = 0; i < node->n; i++) {
            g_string_append(out, i == 0 ? "(?:" : "|");
            pcre_put_node(p, out, parser_kid(p, node, i));
        }
        g_string_append_c(out, ')');
        break;
    }
}

static GRegex *pcre_compile(Parser *p, uint32_t root)
{
    g_autoptr(GString) source = g_string_new(PCRE_PREFIX);
    pcre_put_node(p, source, root);
    if (source->len > MAX_PCRE_SOURCE) {
        return NULL;
    }
    /* with other line ends PCRE2 steps over a start between \r and \n */
    return g_regex_new(source->str, G_REGEX_OPTIMIZE | G_REGEX_NEWLINE_LF, 0, NULL);
}

/* ---------------------------------------------------------------- the automaton: compiling */

typedef enum {
    INST_RUNE,   /* arg is the code point, then out */
    INST_CLASS,  /* arg is the index of the set, then out */
    INST_ASSERT, /* arg is the assertion, then out */
    INST_SPLIT,  /* arg first, then out */
    INST_MATCH,
} InstOp;

typedef struct {
    uint32_t op;
    uint32_t arg;
    uint32_t out;
} Inst;

typedef struct {
    Parser *parser;
    GArray *insts; /* of Inst */
    bool overflow;
} Compiler;

static uint32_t inst_new(Compiler *c, InstOp op, uint32_t arg, uint32_t out)
{
    if (c->insts->len >= MAX_INSTS) {
        c->overflow = true;
        return 0;
    }
    Inst inst = {op, arg, out};
    g_array_append_val(c->insts, inst);
    return c->insts->len - 1;
}

/* Lazy or not: enter @body first, or @next first. */
static void inst_set_split(Compiler *c, uint32_t split, bool lazy, uint32_t body, uint32_t next)
{
    Inst *inst = &g_array_index(c->insts, Inst, split);
    inst->arg = lazy ? next : body;
    inst->out = lazy ? body : next;
}

static uint32_t compile_node(Compiler *c, uint32_t id, uint32_t next);

static uint32_t compile_optional(Compiler *c, bool lazy, uint32_t body, uint32_t next)
{
    uint32_t split = inst_new(c, INST_SPLIT, 0, 0);
    inst_set_split(c, split, lazy, body, next);
    return split;
}

/* x* goes to the split, x+ to the body. A body that may be empty makes (x+)? of x*, as in Go. */
static uint32_t compile_loop(Compiler *c, const Node *node, uint32_t kid, uint32_t next)
{
    uint32_t split = inst_new(c, INST_SPLIT, 0, 0);
    uint32_t body = compile_node(c, kid, split);
    inst_set_split(c, split, node->lazy, body, next);
    if (node->min > 0) {
        return body;
    }
    if (parser_node(c->parser, kid)->nullable) {
        return compile_optional(c, node->lazy, body, next);
    }
    return split;
}

static uint32_t compile_repeat(Compiler *c, const Node *node, uint32_t next)
{
    uint32_t kid = parser_kid(c->parser, node, 0);
    int copies = node->min;
    uint32_t entry = next;
    if (node->max < 0) {
        entry = compile_loop(c, node, kid, next);
        copies--;
    } else {
        for (int i = node->min; i < node->max && !c->overflow; i++) { /* x(x(x)?)? */
            uint32_t body = compile_node(c, kid, entry);
            entry = compile_optional(c, node->lazy, body, next);
        }
    }
    for (int i = 0; i < copies && !c->overflow; i++) {
        entry = compile_node(c, kid, entry);
    }
    return entry;
}

/*
 * Compiles the node so that it goes on at @next, back to front, and returns its entry. Recursion is
 * bounded by MAX_HEIGHT.
 */
static uint32_t compile_node(Compiler *c, uint32_t id, uint32_t next)
{
    Parser *p = c->parser;
    Node node = *parser_node(p, id);
    if (c->overflow) {
        return 0;
    }
    switch ((NodeKind)node.kind) {
    case NODE_EMPTY:
        break;
    case NODE_LITERAL:
        for (uint32_t i = node.n; i-- > 0;) {
            uint32_t rune = g_array_index(p->runes, uint32_t, node.first + i);
            if (!node.fold || parser_fold_next(p, rune) == rune) {
                next = inst_new(c, INST_RUNE, rune, next);
                continue;
            }
            Node one = {.kind = NODE_LITERAL, .fold = true, .first = node.first + i, .n = 1};
            g_autoptr(GArray) ranges = g_array_new(FALSE, FALSE, sizeof(Range));
            parser_add_one_rune(p, &one, ranges);
            ranges_normalize(ranges);
            uint32_t class_id = parser_class_new(p, ranges);
            next = inst_new(c, INST_CLASS, parser_node(p, class_id)->first, next);
            g_array_set_size(p->nodes, class_id);
        }
        break;
    case NODE_CLASS:
        return inst_new(c, INST_CLASS, node.first, next);
    case NODE_ASSERT:
        return inst_new(c, INST_ASSERT, node.first, next);
    case NODE_CAPTURE:
        return compile_node(c, parser_kid(p, &node, 0), next);
    case NODE_REPEAT:
        return compile_repeat(c, &node, next);
    case NODE_CONCAT:
        for (uint32_t i = node.n; i-- > 0;) {
            next = compile_node(c, parser_kid(p, &node, i), next);
        }
        break;
    case NODE_ALTERNATE: {
        uint32_t entry = compile_node(c, parser_kid(p, &node, node.n - 1), next);
        for (uint32_t i = node.n - 1; i-- > 0;) {
            uint32_t body = compile_node(c, parser_kid(p, &node, i), next);
            entry = inst_new(c, INST_SPLIT, body, entry);
        }
        return entry;
    }
    }
    return next;
}

/* ---------------------------------------------------------------- the automaton: running */

typedef struct {
    char *bytes;
    size_t len;
} Literal;

/* What searches change, so that it stays out of the const CpaRegexp. */
typedef struct {
    gint pcre_failures; /* atomic */
    char *failure;      /* atomic, set once */
} State;

struct CpaRegexp {
    char *source;
    GArray *literals; /* (nullable): of Literal; the expression is nothing but these */
    GRegex *pcre;     /* (nullable): when it could be translated */
    GArray *insts;    /* (nullable): of Inst; absent when there would be too many */
    GPtrArray *sets;  /* of RuneSet, for insts */
    uint32_t entry;   /* first of insts */
    State *state;
    bool empty_loops; /* then Go and Perl may prefer different matches */
};

typedef struct {
    size_t start;
    size_t end;
} Span;

/* The instructions that wait for the next code point, the preferred ones first. */
typedef struct {
    uint32_t n;
    uint32_t *pcs;
    size_t *starts; /* where the match of each began */
} Threads;

typedef struct {
    const Inst *insts;
    const char *text;
    size_t len;
    uint32_t *stack;
    uint64_t *marks; /* per instruction: the list it was last added to */
    uint64_t list;   /* number of the list being filled */
    uint64_t n_steps;
} Machine;

static bool is_word_at(const Machine *m, size_t pos)
{
    return pos < m->len && (g_ascii_isalnum(m->text[pos]) || m->text[pos] == '_');
}

static bool assertion_holds(const Machine *m, Assertion assertion, size_t pos)
{
    /* before the text is no word either: pos - 1 wraps to SIZE_MAX, which is beyond the end */
    bool word = is_word_at(m, pos - 1) != is_word_at(m, pos);
    switch (assertion) {
    case ASSERT_BEGIN_TEXT:
        return pos == 0;
    case ASSERT_END_TEXT:
        return pos == m->len;
    case ASSERT_BEGIN_LINE:
        return pos == 0 || m->text[pos - 1] == '\n';
    case ASSERT_END_LINE:
        return pos == m->len || m->text[pos] == '\n';
    case ASSERT_WORD:
        return word;
    case ASSERT_NO_WORD:
        return !word;
    }
    return false;
}

/* Follows everything that consumes nothing from @pc on, in order of preference. */
static void machine_add(Machine *m, Threads *threads, uint32_t pc, size_t start, size_t pos)
{
    size_t depth = 0;
    m->stack[depth++] = pc;
    while (depth > 0) {
        pc = m->stack[--depth];
        m->n_steps++;
        if (m->marks[pc] == m->list) {
            continue;
        }
        m->marks[pc] = m->list;
        const Inst *inst = &m->insts[pc];
        switch ((InstOp)inst->op) {
        case INST_SPLIT:
            m->stack[depth++] = inst->out;
            m->stack[depth++] = inst->arg;
            break;
        case INST_ASSERT:
            if (assertion_holds(m, (Assertion)inst->arg, pos)) {
                m->stack[depth++] = inst->out;
            }
            break;
        case INST_RUNE:
        case INST_CLASS:
        case INST_MATCH:
            threads->pcs[threads->n] = pc;
            threads->starts[threads->n++] = start;
            break;
        }
    }
}

static bool inst_takes(const CpaRegexp *re, const Inst *inst, uint32_t rune)
{
    if (inst->op == INST_RUNE) {
        return inst->arg == rune;
    }
    return rune_set_has(g_ptr_array_index(re->sets, inst->arg), rune);
}

/*
 * Runs all threads in step over the text. With @span NULL it stops at the first match found, else
 * @span is the match that Perl would find.
 */
static bool machine_run(const CpaRegexp *re, Machine *m, Threads *now, Threads *then, Span *span,
                        bool *matched)
{
    size_t pos = 0;
    m->list = 1;
    for (;;) {
        if (!*matched) {
            machine_add(m, now, re->entry, pos, pos);
        }
        if (now->n == 0 && *matched) {
            return true;
        }
        uint32_t rune;
        size_t size = rune_decode(m->text + pos, m->text + m->len, &rune);
        m->list++;
        then->n = 0;
        for (uint32_t i = 0; i < now->n; i++) {
            const Inst *inst = &m->insts[now->pcs[i]];
            if (inst->op == INST_MATCH) {
                *matched = true;
                if (span == NULL) {
                    return true;
                }
                span->start = now->starts[i];
                span->end = pos;
                break; /* the others are less preferred */
            }
            if (size > 0 && inst_takes(re, inst, rune)) {
                machine_add(m, then, inst->out, now->starts[i], pos + size);
            }
        }
        m->n_steps += now->n;
        if (size == 0) {
            return true;
        }
        if (m->n_steps > MAX_STEPS) {
            return false;
        }
        pos += size;
        Threads *swap = now;
        now = then;
        then = swap;
    }
}

static bool search_automaton(const CpaRegexp *re, const char *text, size_t len, Span *span,
                             bool *matched, GError **error)
{
    if (re->insts == NULL) {
        return cpa_error_set(error, CPA_ERROR_TOO_LARGE,
                             "regexp `%.80s`: more than %u instructions", re->source, MAX_INSTS);
    }
    size_t n = re->insts->len;
    Machine m = {.insts = (const Inst *)(const void *)re->insts->data, .text = text, .len = len};
    Threads now = {.pcs = g_new(uint32_t, n), .starts = g_new(size_t, n)};
    Threads then = {.pcs = g_new(uint32_t, n), .starts = g_new(size_t, n)};
    m.stack = g_new(uint32_t, 2 * n + 1); /* each instruction is expanded once per list */
    m.marks = g_new0(uint64_t, n);
    bool ok = machine_run(re, &m, &now, &then, span, matched);
    g_free(m.marks);
    g_free(m.stack);
    g_free(then.starts);
    g_free(then.pcs);
    g_free(now.starts);
    g_free(now.pcs);
    if (!ok) {
        *matched = false;
        return cpa_error_set(error, CPA_ERROR_TOO_LARGE,
                             "regexp `%.80s`: takes too long on a text of %zu bytes", re->source,
                             len);
    }
    return true;
}

/* ---------------------------------------------------------------- the other two ways to search */

/*
 * Returns whether there is an answer. Threads that race here at worst give PCRE2 a few chances too
 * many.
 */
static bool search_pcre(const CpaRegexp *re, const char *text, size_t len, Span *span,
                        bool *matched)
{
    if (re->pcre == NULL || len > MAX_PCRE_TEXT || (span != NULL && re->empty_loops) ||
        g_atomic_int_get(&re->state->pcre_failures) >= MAX_PCRE_FAILURES ||
        !utf8_is_valid(text, len)) {
        return false;
    }
    g_autoptr(GError) error = NULL;
    g_autoptr(GMatchInfo) info = NULL;
    *matched = g_regex_match_full(re->pcre, text, (gssize)len, 0, 0, span != NULL ? &info : NULL,
                                  &error) != FALSE;
    if (error != NULL) {
        g_atomic_int_inc(&re->state->pcre_failures);
        *matched = false;
        return false;
    }
    int start = 0;
    int end = 0;
    if (*matched && span != NULL && g_match_info_fetch_pos(info, 0, &start, &end)) {
        *span = (Span){(size_t)start, (size_t)end};
    }
    return true;
}

/*
 * A literal holds only whole, valid characters, so that bytes are found where Go finds characters,
 * even in invalid text.
 */
static bool search_literals(const GArray *literals, const char *text, size_t len, Span *span)
{
    bool found = false;
    for (guint i = 0; i < literals->len; i++) {
        Literal literal = g_array_index(literals, Literal, i);
        size_t window = len;
        if (found) { /* an earlier alternative wins at the same start */
            window = MIN(len, span->start + literal.len - 1);
        }
        if (literal.len > window) {
            continue;
        }
        const char *at = memmem(text, window, literal.bytes, literal.len);
        if (at == NULL) {
            continue;
        }
        found = true;
        if (span == NULL) {
            break;
        }
        span->start = (size_t)(at - text);
        span->end = span->start + literal.len;
    }
    return found;
}

static bool search(const CpaRegexp *re, const char *text, size_t len, Span *span, bool *matched,
                   GError **error)
{
    text = text != NULL ? text : "";
    *matched = false;
    if (re->literals != NULL) {
        *matched = search_literals(re->literals, text, len, span);
        return true;
    }
    return search_pcre(re, text, len, span, matched) ||
           search_automaton(re, text, len, span, matched, error);
}

/* ---------------------------------------------------------------- public functions */

static void literal_clear(void *literal)
{
    g_free(((Literal *)literal)->bytes);
}

/* Returns false when @node is not something to look for byte by byte. */
static bool literals_add(const Parser *p, const Node *node, GArray *literals)
{
    if (node->kind == NODE_EMPTY && literals->len == 0) { /* the first to match, everywhere */
        Literal empty = {g_strdup(""), 0};
        g_array_append_val(literals, empty);
        return true;
    }
    if (node->kind != NODE_LITERAL || node->fold) {
        return false;
    }
    g_autoptr(GString) bytes = g_string_new(NULL);
    for (uint32_t i = 0; i < node->n; i++) {
        uint32_t rune = g_array_index(p->runes, uint32_t, node->first + i);
        if (rune == RUNE_ERROR || rune_is_surrogate(rune)) {
            return false;
        }
        g_string_append_unichar(bytes, rune);
    }
    Literal literal = {NULL, bytes->len};
    literal.bytes = g_string_free(g_steal_pointer(&bytes), FALSE);
    g_array_append_val(literals, literal);
    return true;
}

static GArray *literals_new(const Parser *p, uint32_t root)
{
    const Node *node = parser_node(p, root);
    while (node->kind == NODE_CAPTURE) {
        node = parser_node(p, parser_kid(p, node, 0));
    }
    g_autoptr(GArray) literals = g_array_new(FALSE, FALSE, sizeof(Literal));
    g_array_set_clear_func(literals, literal_clear);
    if (node->kind != NODE_ALTERNATE) {
        return literals_add(p, node, literals) ? g_steal_pointer(&literals) : NULL;
    }
    for (uint32_t i = 0; i < node->n; i++) {
        const Node *kid = parser_node(p, parser_kid(p, node, i));
        if (i >= MAX_LITERALS || kid->kind == NODE_EMPTY || !literals_add(p, kid, literals)) {
            return NULL;
        }
    }
    return g_steal_pointer(&literals);
}

CpaRegexp *cpa_regexp_new(const char *pattern, gssize len, GError **error)
{
    g_return_val_if_fail(pattern != NULL || len == 0, NULL);

    pattern = pattern != NULL ? pattern : "";
    size_t n = len < 0 ? strlen(pattern) : (size_t)len;
    Parser parser;
    parser_init(&parser, pattern, n, error);
    CpaRegexp *re = NULL;
    uint32_t root = 0;
    if (parse(&parser, &root)) {
        re = g_new0(CpaRegexp, 1);
        re->source = g_strndup(pattern, n);
        re->state = g_new0(State, 1);
        re->literals = literals_new(&parser, root);
        if (re->literals == NULL) {
            Compiler compiler = {.parser = &parser};
            compiler.insts = g_array_new(FALSE, FALSE, sizeof(Inst));
            re->entry = compile_node(&compiler, root, inst_new(&compiler, INST_MATCH, 0, 0));
            re->pcre = pcre_compile(&parser, root);
            re->empty_loops = parser.empty_loops;
            re->sets = g_steal_pointer(&parser.sets);
            re->insts = compiler.insts;
            if (compiler.overflow) {
                g_clear_pointer(&re->insts, g_array_unref);
            }
        }
    }
    parser_clear(&parser);
    return re;
}

void cpa_regexp_free(CpaRegexp *re)
{
    if (re == NULL) {
        return;
    }
    g_clear_pointer(&re->literals, g_array_unref);
    g_clear_pointer(&re->pcre, g_regex_unref);
    g_clear_pointer(&re->insts, g_array_unref);
    g_clear_pointer(&re->sets, g_ptr_array_unref);
    g_free(re->state->failure);
    g_free(re->state);
    g_free(re->source);
    g_free(re);
}

const char *cpa_regexp_get_source(const CpaRegexp *re)
{
    g_return_val_if_fail(re != NULL, NULL);
    return re->source;
}

bool cpa_regexp_match_full(const CpaRegexp *re, const char *text, size_t len, bool *matched,
                           GError **error)
{
    g_return_val_if_fail(re != NULL && matched != NULL, false);
    g_return_val_if_fail(text != NULL || len == 0, false);
    return search(re, text, len, NULL, matched, error);
}

/* Remembers the first failure; threads may race for being it. */
static void remember_failure(State *state, const GError *error)
{
    char *message = g_strdup(error->message);
    if (!g_atomic_pointer_compare_and_exchange(&state->failure, (char *)NULL, message)) {
        g_free(message);
    }
}

bool cpa_regexp_match(const CpaRegexp *re, const char *text, size_t len)
{
    bool matched = false;
    g_autoptr(GError) error = NULL;
    if (!cpa_regexp_match_full(re, text, len, &matched, &error) && error != NULL) {
        remember_failure(re->state, error);
    }
    return matched;
}

bool cpa_regexp_find(const CpaRegexp *re, const char *text, size_t len, size_t *start, size_t *end)
{
    g_return_val_if_fail(re != NULL, false);
    g_return_val_if_fail(text != NULL || len == 0, false);

    bool matched = false;
    Span span = {0, 0};
    g_autoptr(GError) error = NULL;
    if (!search(re, text, len, &span, &matched, &error)) {
        remember_failure(re->state, error);
    }
    if (matched && start != NULL) {
        *start = span.start;
    }
    if (matched && end != NULL) {
        *end = span.end;
    }
    return matched;
}

const char *cpa_regexp_failed(const CpaRegexp *re)
{
    g_return_val_if_fail(re != NULL, NULL);
    return g_atomic_pointer_get(&re->state->failure);
}
