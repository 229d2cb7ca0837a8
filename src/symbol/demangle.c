/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libiberty parses a name into components, a graph without circles. What is not wanted is taken
 * out there, and the rest is printed: exact, where cutting text would have to guess.
 *
 * A component may be used many times, so a short name can print as a very long one. Lengths are
 * added up over the graph first, each component once, and hostile names are left alone.
 */
#include "symbol/demangle.h"

#include "base/vec.h"

#include <stdlib.h>
#include <string.h>

#ifdef HAVE_LIBIBERTY
#include <libiberty/demangle.h>
#endif

#define MAX_MANGLED   ((size_t)1 << 14)
#define MAX_DEMANGLED ((uint64_t)1 << 16)
#define MAX_WORK      ((uint64_t)1 << 23)

#ifdef HAVE_LIBIBERTY

/* ---- C++: the graph -------------------------------------------------------------------------- */

typedef struct demangle_component Component;

/* Fills in what a component is made of. */
static void parts(Component *c, Component **left, Component **right)
{
    *left = NULL;
    *right = NULL;
    switch (c->type) {
    case DEMANGLE_COMPONENT_NAME:
    case DEMANGLE_COMPONENT_TEMPLATE_PARAM:
    case DEMANGLE_COMPONENT_FUNCTION_PARAM:
    case DEMANGLE_COMPONENT_SUB_STD:
    case DEMANGLE_COMPONENT_BUILTIN_TYPE:
    case DEMANGLE_COMPONENT_EXTENDED_BUILTIN_TYPE:
    case DEMANGLE_COMPONENT_OPERATOR:
    case DEMANGLE_COMPONENT_CHARACTER:
    case DEMANGLE_COMPONENT_NUMBER:
    case DEMANGLE_COMPONENT_UNNAMED_TYPE:
        break;
    case DEMANGLE_COMPONENT_CTOR:
        *left = c->u.s_ctor.name;
        break;
    case DEMANGLE_COMPONENT_DTOR:
        *left = c->u.s_dtor.name;
        break;
    case DEMANGLE_COMPONENT_EXTENDED_OPERATOR:
        *left = c->u.s_extended_operator.name;
        break;
    case DEMANGLE_COMPONENT_FIXED_TYPE:
        *left = c->u.s_fixed.length;
        break;
    case DEMANGLE_COMPONENT_LAMBDA:
    case DEMANGLE_COMPONENT_DEFAULT_ARG:
        *left = c->u.s_unary_num.sub;
        break;
    default:
        *left = c->u.s_binary.left;
        *right = c->u.s_binary.right;
        break;
    }
}

typedef CPA_VEC(Component *) Components;

/*
 * Lists all components that can be reached, parts before what they are part of. d_counting, which
 * libiberty uses while it prints, serves as the mark.
 */
static void collect(Component *root, Components *all)
{
    Components stack = {0};
    cpa_vec_push(&stack, root);
    while (stack.len > 0) {
        Component *c = stack.data[stack.len - 1];
        Component *part[2];
        parts(c, &part[0], &part[1]);
        if (c->d_counting == 0) {
            c->d_counting = 1;
            for (unsigned i = 0; i < 2; i++) {
                if (part[i] != NULL && part[i]->d_counting == 0) {
                    cpa_vec_push(&stack, part[i]);
                }
            }
            continue;
        }
        stack.len--;
        if (c->d_counting == 1) {
            c->d_counting = 2;
            cpa_vec_push(all, c);
        }
    }
    cpa_vec_clear(&stack);
}

static void unmark(const Components *all)
{
    for (size_t i = 0; i < all->len; i++) {
        all->data[i]->d_counting = 0;
    }
}

/* ---- C++: how long it would be --------------------------------------------------------------- */

/*
 * An upper bound of the printed length. A template parameter prints one of the template's
 * arguments, in which there may be parameters of the template around: that goes on as often as
 * there are functions around each other.
 */
static uint64_t bound(const Components *all)
{
    g_autofree uint64_t *lengths = g_new(uint64_t, all->len + 1);
    size_t n_contexts = 1;
    for (size_t i = 0; i < all->len; i++) {
        all->data[i]->d_counting = (int)MIN(i + 1, INT_MAX); /* where its length will be */
        n_contexts += all->data[i]->type == DEMANGLE_COMPONENT_TYPED_NAME;
    }
    uint64_t argument = 8;
    uint64_t length = 0;
    for (size_t round = 0; round < n_contexts && length <= MAX_DEMANGLED; round++) {
        uint64_t longest = argument;
        for (size_t i = 0; i < all->len; i++) {
            Component *c = all->data[i];
            Component *part[2];
            uint64_t own = 8;
            parts(c, &part[0], &part[1]);
            if (c->type == DEMANGLE_COMPONENT_NAME) {
                own = (uint64_t)c->u.s_name.len;
            } else if (c->type == DEMANGLE_COMPONENT_SUB_STD) {
                own = (uint64_t)c->u.s_string.len;
            } else if (c->type == DEMANGLE_COMPONENT_TEMPLATE_PARAM) {
                own = argument;
            }
            for (unsigned k = 0; k < 2; k++) {
                size_t at = part[k] != NULL ? (size_t)part[k]->d_counting : 0;
                own += at > 0 ? lengths[at - 1] : 0;
            }
            lengths[i] = MIN(own, MAX_DEMANGLED * 2);
            if (c->type == DEMANGLE_COMPONENT_TEMPLATE_ARGLIST) {
                longest = MAX(longest, lengths[i]);
            }
        }
        length = all->len > 0 ? lengths[all->len - 1] : 0;
        if (longest == argument) {
            break;
        }
        argument = longest;
    }
    return length;
}

/* ---- C++: what is left out ------------------------------------------------------------------- */

/* Empties the parameters of functions that named things are local to. */
static void empty_enclosing(const Components *all)
{
    for (size_t i = 0; i < all->len; i++) {
        Component *c = all->data[i];
        if (c->type == DEMANGLE_COMPONENT_LOCAL_NAME && c->u.s_binary.left != NULL &&
            c->u.s_binary.left->type == DEMANGLE_COMPONENT_TYPED_NAME) {
            Component *type = c->u.s_binary.left->u.s_binary.right;
            if (type != NULL && type->type == DEMANGLE_COMPONENT_FUNCTION_TYPE) {
                type->u.s_binary.left = NULL;
                type->u.s_binary.right = NULL;
            }
        }
    }
}

/* Takes out template arguments. Shared components change for all their users. */
static void drop_templates(const Components *all)
{
    for (size_t i = 0; i < all->len; i++) {
        Component *c = all->data[i];
        if (c->type == DEMANGLE_COMPONENT_TEMPLATE && c->u.s_binary.left != NULL) {
            *c = *c->u.s_binary.left;
        } else if (c->type == DEMANGLE_COMPONENT_SUB_STD) {
            const char *list = memchr(c->u.s_string.string, '<', (size_t)c->u.s_string.len);
            if (list != NULL) {
                c->u.s_string.len = (int)(list - c->u.s_string.string);
            }
        }
    }
}

static char *print(const char *mangled, int options, CpaDemangle mode)
{
    void *memory = NULL;
    Component *root = cplus_demangle_v3_components(mangled, options, &memory);
    if (root == NULL) {
        return NULL;
    }
    while (root->type == DEMANGLE_COMPONENT_CLONE && root->u.s_binary.left != NULL) {
        root = root->u.s_binary.left; /* .isra.0, .cold: compilers' marks, left out in every mode */
    }
    Components all = {0};
    char *text = NULL;
    size_t size = 0;
    collect(root, &all);
    if (mode != CPA_DEMANGLE_FULL) {
        empty_enclosing(&all);
        if (mode == CPA_DEMANGLE_DEFAULT) {
            drop_templates(&all);
        }
        unmark(&all);
        all.len = 0;
        collect(root, &all);
    }
    uint64_t length = bound(&all);
    unmark(&all);
    if (length <= MAX_DEMANGLED) {
        text = cplus_demangle_print(options, root, (int)length + 1, &size);
    }
    cpa_vec_clear(&all);
    free(memory);
    char *copy = text != NULL ? g_strdup(text) : NULL;
    free(text);
    return copy;
}

/* "> >" between lists of template arguments, also where libiberty leaves the space out because the
 * last argument is an empty pack. Operators and shifts stay: those stand behind ')' or a name. */
static char *space_lists(char *text)
{
    if (text == NULL || strstr(text, ">>") == NULL) {
        return text;
    }
    GString *out = g_string_sized_new(strlen(text) + 16);
    for (const char *p = text; *p != '\0'; p++) {
        g_string_append_c(out, *p);
        if (p[0] != '>' || p[1] != '>') {
            continue;
        }
        bool is_shift = (p > text && p[-1] == ')') || p[2] == '(' || p[2] == '=' ||
                        (p - text >= 8 && strncmp(p - 8, "operator", 8) == 0);
        if (!is_shift) {
            g_string_append_c(out, ' ');
        }
    }
    g_free(text);
    return g_string_free(out, FALSE);
}

static char *demangle_cpp(const char *name, CpaDemangle mode)
{
    int options = mode == CPA_DEMANGLE_FULL ? DMGL_PARAMS | DMGL_ANSI : DMGL_NO_OPTS;
    return space_lists(print(name, options, mode));
}

/* ---- Rust ------------------------------------------------------------------------------------ */

/* An upper bound of the printed length of a v0 name: a reference repeats what lies between its
 * target and itself at most. */
static uint64_t bound_rust(const char *name, size_t len)
{
    g_autofree uint64_t *sum = g_new(uint64_t, len + 1);
    sum[0] = 0;
    for (size_t i = 0; i < len; i++) {
        uint64_t own = 1;
        if (name[i] == 'B') {
            uint64_t target = 0;
            size_t k = i + 1;
            for (; k < len && g_ascii_isalnum(name[k]) && target < len; k++) {
                char d = name[k];
                target = target * 62 + (uint64_t)(g_ascii_isdigit(d)   ? d - '0'
                                                  : g_ascii_islower(d) ? d - 'a' + 10
                                                                       : d - 'A' + 36);
            }
            if (k < len && name[k] == '_') {
                target = k == i + 1 ? 0 : target + 1;
                size_t from = (size_t)MIN(target + 2, i); /* counted behind "_R" */
                own += sum[i] - sum[from];
            }
        }
        sum[i + 1] = MIN(sum[i] + own, (uint64_t)1 << 40);
    }
    return sum[len];
}

/* Empties lists of generic arguments, which stand behind a name or "::"; those of an impl do not. */
static void empty_generics(char *text)
{
    size_t nesting = 0;
    size_t to = 0;
    char before = '\0';
    for (const char *p = text; *p != '\0'; p++) {
        char c = *p;
        if (nesting == 0) {
            text[to++] = c;
            nesting = c == '<' && (g_ascii_isalnum(before) || before == '_' || before == ':' ||
                                   before == '}' || (before & 0x80) != 0);
        } else if (c == '<') {
            nesting++;
        } else if (c == '>' && before != '-' && --nesting == 0) {
            text[to++] = c;
        }
        before = c;
    }
    text[to] = '\0';
}

/* pprof takes an underscore that a legacy identifier begins with for a separator. */
static char *drop_underscores(const char *name)
{
    GString *out = g_string_new_len(name, 3);
    const char *p = name + 3;
    while (g_ascii_isdigit(*p)) {
        char *end = NULL;
        guint64 n = g_ascii_strtoull(p, &end, 10);
        p = end;
        if (n == 0 || n > strlen(p)) {
            break;
        }
        bool drops = p[0] == '_' && n > 1 && p[1] != '$';
        g_string_append_printf(out, "%u", (unsigned)n - drops);
        g_string_append_len(out, p + drops, (gssize)n - drops);
        p += n;
    }
    g_string_append(out, p);
    return g_string_free(out, FALSE);
}

static char *demangle_rust(const char *name, size_t len, CpaDemangle mode)
{
    bool is_v0 = name[1] == 'R';
    if (is_v0 && bound_rust(name, len) > MAX_WORK) {
        return NULL;
    }
    g_autofree char *legacy = is_v0 ? NULL : drop_underscores(name);
    char *text = rust_demangle(is_v0 ? name : legacy, DMGL_NO_OPTS);
    char *copy = text != NULL && strlen(text) <= MAX_DEMANGLED ? g_strdup(text) : NULL;
    free(text);
    if (copy != NULL && is_v0 && mode == CPA_DEMANGLE_DEFAULT) {
        empty_generics(copy);
    }
    return copy;
}

/* _ZN...17h<16 hex digits>E, perhaps with a suffix. */
static bool is_legacy_rust(const char *name, size_t len)
{
    if (strncmp(name, "_ZN", 3) != 0 || strstr(name, "17h") == NULL) {
        return false;
    }
    const char *dot = g_strrstr(name, "E.");
    size_t end = dot != NULL && dot > name ? (size_t)(dot - name) + 1 : len;
    return end > 23 && name[end - 1] == 'E' && memcmp(name + end - 20, "17h", 3) == 0;
}

static char *demangle(const char *name, CpaDemangle mode)
{
    size_t len = strlen(name);
    if (name[0] != '_' || len > MAX_MANGLED) {
        return NULL;
    }
    if (name[1] == 'R') {
        return demangle_rust(name, len, mode);
    }
    char *text = is_legacy_rust(name, len) ? demangle_rust(name, len, mode) : NULL;
    return text != NULL ? text : demangle_cpp(name, mode);
}

#else

static char *demangle(const char *name G_GNUC_UNUSED, CpaDemangle mode G_GNUC_UNUSED)
{
    return NULL;
}

#endif

/* ---- names that are demangled already -------------------------------------------------------- */

static bool looks_like_cpp(const char *name)
{
    if (strpbrk(name, "<>[]:") == NULL || strstr(name, ".<") != NULL ||
        strstr(name, "]).") != NULL) {
        return false; /* Java's class.<init>, Go's foo.(*Bar[...]).Method */
    }
    return strpbrk(name, "<>[]") != NULL || strstr(name, "::") != NULL;
}

/* Takes out what stands between @open and @close; from where they do not match all stays. */
static void cut(char *name, char open, char close)
{
    size_t nesting = 0;
    size_t to = 0;
    size_t first = 0; /* what was written before the outermost bracket */
    size_t from = 0;
    for (; name[from] != '\0'; from++) {
        char c = name[from];
        if (c == close && nesting == 0) {
            break;
        }
        if (c == open && nesting++ == 0) {
            first = to;
        }
        name[to++] = c;
        if (c == close && --nesting == 0) {
            to = first;
        }
    }
    memmove(name + to, name + from, strlen(name + from) + 1);
}

char *cpa_demangle(const char *name, CpaDemangle mode)
{
    if (mode == CPA_DEMANGLE_NONE) {
        return NULL;
    }
    char *text = NULL;
    if (name[0] == '_') {
        text = demangle(name, mode);
        if (text == NULL && name[1] == '_') {
            text = demangle(name + 1, mode); /* Mach-O puts an underscore before all names */
        }
    }
    if (text != NULL || mode == CPA_DEMANGLE_FULL || !looks_like_cpp(name)) {
        return text;
    }
    text = g_strdup(name);
    cut(text, '(', ')');
    if (mode == CPA_DEMANGLE_DEFAULT) {
        cut(text, '<', '>');
    }
    return text;
}
