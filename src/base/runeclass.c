/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Named classes: Perl's and POSIX's are ASCII, those of Unicode are categories and scripts.
 *
 * GLib has the properties of single code points, so a class of Unicode is collected by asking for
 * all of them. Names and aliases are those of Go's unicode package (Categories, CategoryAliases,
 * Scripts). Differs: script names may have underscores (\p{Old_Italic}; Go 1.26 takes none of them
 * by an oversight).
 */
#include "base/runeclass.h"

#include "base/runeset.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* ---------------------------------------------------------------- ASCII */

/* Pairs of first and last character, padded with zeros; a set that starts at NUL comes first. */
struct CpaAsciiClass {
    const char *name;
    uint8_t n_pairs;
    uint8_t pairs[8];
};

static const CpaAsciiClass posix_classes[] = {
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
static const CpaAsciiClass perl_classes[] = {
    {"d", 1, {'0', '9'}},
    {"s", 3, {'\t', '\n', '\f', '\r', ' ', ' '}},
    {"w", 4, {'0', '9', 'A', 'Z', '_', '_', 'a', 'z'}},
};

const CpaAsciiClass *cpa_ascii_class_posix(const char *name, size_t len)
{
    for (size_t i = 0; i < G_N_ELEMENTS(posix_classes); i++) {
        const CpaAsciiClass *row = &posix_classes[i];
        if (strlen(row->name) == len && memcmp(row->name, name, len) == 0) {
            return row;
        }
    }
    return NULL;
}

const CpaAsciiClass *cpa_ascii_class_perl(char letter)
{
    for (size_t i = 0; i < G_N_ELEMENTS(perl_classes); i++) {
        if (perl_classes[i].name[0] == letter) {
            return &perl_classes[i];
        }
    }
    return NULL;
}

void cpa_ascii_class_add(const CpaAsciiClass *ascii, GArray *ranges)
{
    for (size_t i = 0; i < ascii->n_pairs; i++) {
        cpa_rune_ranges_add(ranges, ascii->pairs[2 * i], ascii->pairs[2 * i + 1]);
    }
}

/* ---------------------------------------------------------------- Unicode */

struct CpaUnicodeClass {
    const char *name;
    const char *alias;     /* (nullable) */
    uint32_t types;        /* of a category: bits 1 << GUnicodeType; 0 for ASCII, which is none */
    GUnicodeScript script; /* INVALID_CODE for a category */
};

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

#define CATEGORY(name, alias, types)                      \
    {                                                     \
        name, alias, types, G_UNICODE_SCRIPT_INVALID_CODE \
    }

static const CpaUnicodeClass categories[] = {
    CATEGORY("any", NULL, UINT32_MAX),
    CATEGORY("ascii", NULL, 0),
    CATEGORY("assigned", NULL, ~GC(UNASSIGNED)),
    CATEGORY("c", "other", GC_C_REST | GC(UNASSIGNED)),
    CATEGORY("cc", "control", GC(CONTROL)),
    CATEGORY("cc", "cntrl", GC(CONTROL)),
    CATEGORY("cf", "format", GC(FORMAT)),
    CATEGORY("cn", "unassigned", GC(UNASSIGNED)),
    CATEGORY("co", "privateuse", GC(PRIVATE_USE)),
    CATEGORY("cs", "surrogate", GC(SURROGATE)),
    CATEGORY("l", "letter", GC_L),
    CATEGORY("lc", "casedletter", GC_LC),
    CATEGORY("ll", "lowercaseletter", GC(LOWERCASE_LETTER)),
    CATEGORY("lm", "modifierletter", GC(MODIFIER_LETTER)),
    CATEGORY("lo", "otherletter", GC(OTHER_LETTER)),
    CATEGORY("lt", "titlecaseletter", GC(TITLECASE_LETTER)),
    CATEGORY("lu", "uppercaseletter", GC(UPPERCASE_LETTER)),
    CATEGORY("m", "mark", GC_M),
    CATEGORY("m", "combiningmark", GC_M),
    CATEGORY("mc", "spacingmark", GC(SPACING_MARK)),
    CATEGORY("me", "enclosingmark", GC(ENCLOSING_MARK)),
    CATEGORY("mn", "nonspacingmark", GC(NON_SPACING_MARK)),
    CATEGORY("n", "number", GC_N),
    CATEGORY("nd", "decimalnumber", GC(DECIMAL_NUMBER)),
    CATEGORY("nd", "digit", GC(DECIMAL_NUMBER)),
    CATEGORY("nl", "letternumber", GC(LETTER_NUMBER)),
    CATEGORY("no", "othernumber", GC(OTHER_NUMBER)),
    CATEGORY("p", "punctuation", GC_P_PAIR | GC_P_QUOT | GC_P_REST),
    CATEGORY("p", "punct", GC_P_PAIR | GC_P_QUOT | GC_P_REST),
    CATEGORY("pc", "connectorpunctuation", GC(CONNECT_PUNCTUATION)),
    CATEGORY("pd", "dashpunctuation", GC(DASH_PUNCTUATION)),
    CATEGORY("pe", "closepunctuation", GC(CLOSE_PUNCTUATION)),
    CATEGORY("pf", "finalpunctuation", GC(FINAL_PUNCTUATION)),
    CATEGORY("pi", "initialpunctuation", GC(INITIAL_PUNCTUATION)),
    CATEGORY("po", "otherpunctuation", GC(OTHER_PUNCTUATION)),
    CATEGORY("ps", "openpunctuation", GC(OPEN_PUNCTUATION)),
    CATEGORY("s", "symbol", GC_S),
    CATEGORY("sc", "currencysymbol", GC(CURRENCY_SYMBOL)),
    CATEGORY("sk", "modifiersymbol", GC(MODIFIER_SYMBOL)),
    CATEGORY("sm", "mathsymbol", GC(MATH_SYMBOL)),
    CATEGORY("so", "othersymbol", GC(OTHER_SYMBOL)),
    CATEGORY("z", "separator", GC_Z),
    CATEGORY("zl", "lineseparator", GC(LINE_SEPARATOR)),
    CATEGORY("zp", "paragraphseparator", GC(PARAGRAPH_SEPARATOR)),
    CATEGORY("zs", "spaceseparator", GC(SPACE_SEPARATOR)),
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

static const CpaUnicodeClass scripts[] = {
#define SCRIPT_ROW(name) {#name, NULL, 0, G_UNICODE_SCRIPT_##name},
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

const CpaUnicodeClass *cpa_unicode_class_find(const char *name, size_t len)
{
    for (size_t i = 0; i < G_N_ELEMENTS(categories); i++) {
        const CpaUnicodeClass *row = &categories[i];
        if (name_is(name, len, row->name) ||
            (row->alias != NULL && name_is(name, len, row->alias))) {
            return row;
        }
    }
    for (size_t i = 0; i < G_N_ELEMENTS(scripts); i++) {
        if (name_is(name, len, scripts[i].name)) {
            return &scripts[i];
        }
    }
    return NULL;
}

static bool unicode_class_has(const CpaUnicodeClass *unicode, uint32_t rune)
{
    if (unicode->script != G_UNICODE_SCRIPT_INVALID_CODE) {
        return g_unichar_get_script(rune) == unicode->script;
    }
    return unicode->types != 0 ? (unicode->types >> g_unichar_type(rune) & 1) != 0 : rune < 128;
}

GArray *cpa_unicode_class_ranges(const CpaUnicodeClass *unicode)
{
    GArray *ranges = cpa_rune_ranges_new();
    bool inside = false;
    for (uint32_t c = 0; c <= CPA_RUNE_MAX + 1; c++) {
        bool has = c <= CPA_RUNE_MAX && unicode_class_has(unicode, c);
        if (has && !inside) {
            cpa_rune_ranges_add(ranges, c, c);
        } else if (!has && inside) {
            g_array_index(ranges, CpaRuneRange, ranges->len - 1).hi = c - 1;
        }
        inside = has;
    }
    return ranges;
}
