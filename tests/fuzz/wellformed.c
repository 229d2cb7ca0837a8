/* SPDX-License-Identifier: Apache-2.0 */
#include "wellformed.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

#define MAX_DEPTH 16

typedef struct {
    const char *at;
    const char *end;
    int depth;
} Cursor;

static char peek(const Cursor *c)
{
    return c->at < c->end ? *c->at : '\0';
}

static void expect(Cursor *c, char byte)
{
    g_assert_cmpint(peek(c), ==, byte);
    c->at++;
}

static void skip_space(Cursor *c)
{
    while (c->at < c->end && strchr(" \n", *c->at) != NULL) {
        c->at++;
    }
}

static void json_string(Cursor *c)
{
    expect(c, '"');
    while (peek(c) != '"') {
        g_assert_true(c->at < c->end);
        g_assert_true((unsigned char)*c->at >= 0x20 && *c->at != 0x7f);
        if (*c->at == '\\') {
            c->at++;
            g_assert_true(peek(c) != '\0' && strchr("\"\\/bfnrtu", peek(c)) != NULL);
            for (int i = 0; peek(c) == 'u' && i < 4; i++) {
                g_assert_true(c->at + 1 + i < c->end && g_ascii_isxdigit(c->at[1 + i]));
            }
        }
        c->at++;
    }
    c->at++;
}

static void digits(Cursor *c)
{
    g_assert_true(g_ascii_isdigit(peek(c)));
    while (g_ascii_isdigit(peek(c))) {
        c->at++;
    }
}

static void json_number(Cursor *c)
{
    c->at += peek(c) == '-' ? 1 : 0;
    if (peek(c) == '0') {
        c->at++;
        g_assert_false(g_ascii_isdigit(peek(c)));
    } else {
        digits(c);
    }
    if (peek(c) == '.') {
        c->at++;
        digits(c);
    }
    if (peek(c) == 'e' || peek(c) == 'E') {
        c->at++;
        c->at += peek(c) == '+' || peek(c) == '-' ? 1 : 0;
        digits(c);
    }
}

static void json_word(Cursor *c, const char *word)
{
    g_assert_true((size_t)(c->end - c->at) >= strlen(word));
    g_assert_cmpmem(c->at, strlen(word), word, strlen(word));
    c->at += strlen(word);
}

/* An object or a list, whose first byte is `open`. */
static void json_container(Cursor *c, char open);

static void json_value(Cursor *c)
{
    skip_space(c);
    switch (peek(c)) {
    case '{':
    case '[':
        json_container(c, peek(c));
        break;
    case '"':
        json_string(c);
        break;
    case 't':
        json_word(c, "true");
        break;
    case 'f':
        json_word(c, "false");
        break;
    case 'n':
        json_word(c, "null");
        break;
    default:
        json_number(c);
    }
    skip_space(c);
}

static void json_container(Cursor *c, char open)
{
    char close = open == '{' ? '}' : ']';
    g_assert_cmpint(++c->depth, <=, MAX_DEPTH);
    c->at++;
    skip_space(c);
    bool more = peek(c) != close;
    while (more) {
        if (open == '{') {
            skip_space(c);
            json_string(c);
            expect(c, ':');
        }
        json_value(c);
        more = peek(c) == ',';
        c->at += more ? 1 : 0;
    }
    expect(c, close);
    c->depth--;
}

void wellformed_json(const char *bytes, size_t n)
{
    Cursor c = {.at = bytes, .end = bytes + n};
    g_assert_true(g_utf8_validate_len(bytes, n, NULL));
    g_assert_cmpint(peek(&c), ==, '{');
    json_value(&c);
    g_assert_true(c.at == c.end);
}

static void no_controls(const char *bytes, size_t n)
{
    g_assert_true(g_utf8_validate_len(bytes, n, NULL));
    for (size_t i = 0; i < n; i++) {
        g_assert_true(bytes[i] == '\n' || ((unsigned char)bytes[i] >= 0x20 && bytes[i] != 0x7f));
    }
}

static void csv_field(Cursor *c)
{
    if (peek(c) == '"') {
        c->at++;
        g_assert_true(c->at < c->end && strchr("=+-@", *c->at) == NULL);
        for (;;) {
            g_assert_true(c->at < c->end);
            if (*c->at++ != '"') {
                continue;
            }
            if (peek(c) != '"') {
                return;
            }
            c->at++;
        }
    }
    if (peek(c) == '-') {
        json_number(c);
    }
    g_assert_true(peek(c) != '=' && peek(c) != '+' && peek(c) != '@');
    while (c->at < c->end && *c->at != ',' && *c->at != '\n') {
        g_assert_cmpint(*c->at, !=, '"');
        c->at++;
    }
}

void wellformed_csv(const char *bytes, size_t n)
{
    Cursor c = {.at = bytes, .end = bytes + n};
    size_t n_columns = 0;
    no_controls(bytes, n);
    while (c.at < c.end) {
        size_t n_fields = 1;
        csv_field(&c);
        for (; peek(&c) == ','; n_fields++) {
            c.at++;
            csv_field(&c);
        }
        expect(&c, '\n');
        n_columns = n_columns == 0 ? n_fields : n_columns;
        g_assert_cmpuint(n_fields, ==, n_columns);
    }
    g_assert_cmpuint(n_columns, >, 0);
}

void wellformed_md(const char *bytes, size_t n)
{
    size_t n_columns = 0;
    no_controls(bytes, n);
    g_assert_cmpint(bytes[n - 1], ==, '\n');
    g_autofree char *text = g_strndup(bytes, n - 1);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (size_t i = 0; lines[i] != NULL; i++) {
        size_t n_cells = 0;
        if (lines[i][0] != '|') {
            g_assert_cmpuint(n_columns, ==, 0);
            continue;
        }
        for (const char *p = lines[i]; *p != '\0'; p++) {
            if (*p == '\\' && p[1] != '\0') {
                p++; /* an escaped | is no cell */
                continue;
            }
            g_assert_cmpint(*p, !=, '<');
            n_cells += *p == '|' ? 1 : 0;
        }
        g_assert_true(g_str_has_suffix(lines[i], "|"));
        n_columns = n_columns == 0 ? n_cells : n_columns;
        g_assert_cmpuint(n_cells, ==, n_columns);
    }
    g_assert_cmpuint(n_columns, >, 0);
}
