/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recursive descent: nesting is bounded, so the stack is, too.
 */
#include "web/jsonread.h"

#include <string.h>

#define MAX_DEPTH 64

typedef struct {
    const char *text;
    size_t n;
    size_t at;
    unsigned depth;
    GError **error;
} Reader;

static CpaJsonValue *read_value(Reader *r);

static bool fail(const Reader *r, const char *what)
{
    return cpa_error_set(r->error, CPA_ERROR_MALFORMED, "offset %zu: %s", r->at, what);
}

static void skip_space(Reader *r)
{
    while (r->at < r->n && r->text[r->at] != '\0' && strchr(" \t\r\n", r->text[r->at]) != NULL) {
        r->at++;
    }
}

static char peek(Reader *r)
{
    skip_space(r);
    return r->at < r->n ? r->text[r->at] : '\0';
}

static bool take(Reader *r, char c)
{
    if (peek(r) != c) {
        return false;
    }
    r->at++;
    return true;
}

static CpaJsonValue *value_new(CpaJsonKind kind)
{
    CpaJsonValue *value = g_new0(CpaJsonValue, 1);
    value->kind = kind;
    return value;
}

void cpa_json_value_free(CpaJsonValue *value)
{
    if (value == NULL) {
        return;
    }
    g_free(value->text);
    g_clear_pointer(&value->keys, g_ptr_array_unref);
    g_clear_pointer(&value->items, g_ptr_array_unref);
    g_free(value);
}

static void free_item(gpointer item)
{
    cpa_json_value_free(item);
}

/* Four hex digits, or -1. */
static int read_unit(Reader *r)
{
    int unit = 0;
    if (r->n - r->at < 4) {
        return -1;
    }
    for (int i = 0; i < 4; i++) {
        int digit = g_ascii_xdigit_value(r->text[r->at++]);
        if (digit < 0) {
            return -1;
        }
        unit = unit * 16 + digit;
    }
    return unit;
}

static bool is_high(int unit)
{
    return unit >= 0xd800 && unit < 0xdc00;
}

static bool is_low(int unit)
{
    return unit >= 0xdc00 && unit < 0xe000;
}

/* Behind "\u". */
static bool read_unicode(Reader *r, GString *out)
{
    int unit = read_unit(r);
    if (unit < 0) {
        return fail(r, "\\u wants four hex digits");
    }
    gunichar rune = (gunichar)unit;
    if (is_high(unit) && r->n - r->at >= 6 && r->text[r->at] == '\\' && r->text[r->at + 1] == 'u') {
        size_t before = r->at;
        r->at += 2;
        int low = read_unit(r);
        if (is_low(low)) {
            rune = 0x10000 + (((gunichar)unit - 0xd800) << 10) + ((gunichar)low - 0xdc00);
        } else {
            r->at = before;
        }
    }
    bool is_lone = (rune >= 0xd800 && rune < 0xe000) || rune == 0;
    g_string_append_unichar(out, is_lone ? 0xfffd : rune);
    return true;
}

static bool read_escape(Reader *r, GString *out)
{
    static const char from[] = "\"\\/bfnrt";
    static const char to[] = "\"\\/\b\f\n\r\t";
    char c = r->at < r->n ? r->text[r->at++] : '\0';
    const char *which = c != '\0' ? strchr(from, c) : NULL;
    if (c == 'u') {
        return read_unicode(r, out);
    }
    if (which == NULL) {
        return fail(r, "unknown escape");
    }
    g_string_append_c(out, to[which - from]);
    return true;
}

/* Behind the opening quote. */
static char *read_string(Reader *r)
{
    GString *out = g_string_new(NULL);
    while (r->at < r->n) {
        unsigned char c = (unsigned char)r->text[r->at++];
        if (c == '"') {
            char *valid = g_utf8_make_valid(out->str, (gssize)out->len);
            g_string_free(out, TRUE);
            return valid;
        }
        if (c < 0x20) {
            fail(r, "a control character in a string");
            break;
        }
        if (c != '\\') {
            g_string_append_c(out, (char)c);
        } else if (!read_escape(r, out)) {
            break;
        }
    }
    if (r->at >= r->n && (r->error == NULL || *r->error == NULL)) {
        fail(r, "a string does not end");
    }
    g_string_free(out, TRUE);
    return NULL;
}

static bool read_member(Reader *r, CpaJsonValue *into)
{
    char *key = NULL;
    if (into->keys != NULL) {
        if (!take(r, '"')) {
            return fail(r, "a name in quotes is missing");
        }
        key = read_string(r);
        if (key == NULL) {
            return false;
        }
        if (!take(r, ':')) {
            g_free(key);
            return fail(r, "a colon is missing");
        }
    }
    CpaJsonValue *item = read_value(r);
    if (item == NULL) {
        g_free(key);
        return false;
    }
    if (into->keys != NULL) {
        g_ptr_array_add(into->keys, key);
    }
    g_ptr_array_add(into->items, item);
    return true;
}

/* Behind the opening bracket. */
static CpaJsonValue *read_items(Reader *r, CpaJsonKind kind, char close)
{
    g_autoptr(CpaJsonValue) value = value_new(kind);
    value->items = g_ptr_array_new_with_free_func(free_item);
    value->keys = kind == CPA_JSON_OBJECT ? g_ptr_array_new_with_free_func(g_free) : NULL;
    if (take(r, close)) {
        return g_steal_pointer(&value);
    }
    do {
        if (!read_member(r, value)) {
            return NULL;
        }
    } while (take(r, ','));
    if (!take(r, close)) {
        fail(r, "a comma or a bracket is missing");
        return NULL;
    }
    return g_steal_pointer(&value);
}

static bool is_number(const char *text)
{
    const char *p = text + (*text == '-');
    size_t n_int = strspn(p, "0123456789");
    if (n_int == 0 || (*p == '0' && n_int > 1)) {
        return false;
    }
    p += n_int;
    if (*p == '.') {
        size_t n = strspn(++p, "0123456789");
        p += n;
        if (n == 0) {
            return false;
        }
    }
    if (*p == 'e' || *p == 'E') {
        p++;
        p += *p == '+' || *p == '-';
        size_t n = strspn(p, "0123456789");
        p += n;
        if (n == 0) {
            return false;
        }
    }
    return *p == '\0';
}

static CpaJsonValue *read_word(Reader *r)
{
    size_t begin = r->at;
    while (r->at < r->n && (g_ascii_isalnum(r->text[r->at]) ||
                            (r->text[r->at] != '\0' && strchr("+-.", r->text[r->at]) != NULL))) {
        r->at++;
    }
    g_autofree char *word = g_strndup(r->text + begin, r->at - begin);
    bool is_bool = strcmp(word, "true") == 0 || strcmp(word, "false") == 0;
    bool is_null = strcmp(word, "null") == 0;
    if (!is_bool && !is_null && !is_number(word)) {
        r->at = begin;
        fail(r, "no value begins like this");
        return NULL;
    }
    CpaJsonValue *value = value_new(is_bool   ? CPA_JSON_BOOL
                                    : is_null ? CPA_JSON_NULL
                                              : CPA_JSON_NUMBER);
    value->text = g_steal_pointer(&word);
    return value;
}

static CpaJsonValue *read_value(Reader *r)
{
    if (r->depth == MAX_DEPTH) {
        fail(r, "nested too deep");
        return NULL;
    }
    r->depth++;
    CpaJsonValue *value = NULL;
    if (take(r, '{')) {
        value = read_items(r, CPA_JSON_OBJECT, '}');
    } else if (take(r, '[')) {
        value = read_items(r, CPA_JSON_ARRAY, ']');
    } else if (take(r, '"')) {
        char *text = read_string(r);
        if (text != NULL) {
            value = value_new(CPA_JSON_STRING);
            value->text = text;
        }
    } else {
        value = read_word(r);
    }
    r->depth--;
    return value;
}

CpaJsonValue *cpa_json_parse(const char *text, size_t n, GError **error)
{
    g_autoptr(GError) problem = NULL;
    Reader reader = {.text = text, .n = n, .error = &problem};
    g_autoptr(CpaJsonValue) value = read_value(&reader);
    skip_space(&reader);
    if (value != NULL && reader.at < n) {
        fail(&reader, "something follows the value");
    }
    if (problem != NULL) {
        g_propagate_error(error, g_steal_pointer(&problem));
        return NULL;
    }
    return g_steal_pointer(&value);
}

const CpaJsonValue *cpa_json_get(const CpaJsonValue *object, const char *key)
{
    for (guint i = object->keys != NULL ? object->keys->len : 0; i > 0; i--) {
        if (strcmp(object->keys->pdata[i - 1], key) == 0) {
            return object->items->pdata[i - 1];
        }
    }
    return NULL;
}
