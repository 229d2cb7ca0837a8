/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Steps that change a view: filters by name and by label, label frames, granularity. Profiles are
 * written as text, views are compared as text, and after each step the profile is what it was.
 */
#include <glib.h>
#include <string.h>

#include "profile/builder.h"
#include "view/filter.h"

/* --- Helpers ---------------------------------------------------------------------------------- */

static CpaStrId intern(CpaBuilder *b, const char *text, gssize len)
{
    return cpa_builder_intern(b, text, len);
}

/* "name=file"; an underscore is a blank */
static uint32_t add_function(CpaBuilder *b, const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, "=", 2);
    g_strdelimit(parts[0], "_", ' ');
    CpaFunction f = {.name = intern(b, parts[0], -1),
                     .file = parts[1] != NULL ? intern(b, parts[1], -1) : 0};
    f.system_name = f.name;
    return cpa_builder_add_function(b, &f);
}

/* "outer>inlined=file>innermost@binary" */
static uint32_t add_location(CpaBuilder *b, const char *text)
{
    g_auto(GStrv) ends = g_strsplit(text, "@", 2);
    g_auto(GStrv) names = g_strsplit(ends[0], ">", -1);
    uint32_t n = g_strv_length(names);
    g_autofree CpaLine *lines = g_new0(CpaLine, n + 1);
    for (uint32_t i = 0; i < n; i++) {
        lines[n - 1 - i] = (CpaLine){.line = i + 1, .function = add_function(b, names[i])};
    }
    CpaLocation location = {.mapping = CPA_NONE};
    if (ends[1] != NULL) {
        location.mapping =
            cpa_builder_add_mapping(b, &(CpaMapping){.file = intern(b, ends[1], -1)});
    }
    return cpa_builder_add_location(b, &location, lines, n);
}

/* "a=x,b=2kb" */
static void add_labels(CpaBuilder *b, const char *labels)
{
    g_auto(GStrv) parts = g_strsplit(labels, ",", -1);
    for (size_t i = 0; parts[i] != NULL; i++) {
        char *value = strchr(parts[i], '=') + 1;
        CpaStrId key = intern(b, parts[i], value - 1 - parts[i]);
        if (g_ascii_isdigit(*value)) {
            char *unit = NULL;
            int64_t number = g_ascii_strtoll(value, &unit, 10);
            cpa_builder_sample_label_num(b, key, number,
                                         *unit != '\0' ? intern(b, unit, -1) : CPA_LABEL_NO_UNIT);
        } else {
            cpa_builder_sample_label_str(b, key, intern(b, value, -1));
        }
    }
}

/* Lines "root;...;leaf value labels"; frames of the same text are one location. */
static CpaProfile *new_profile(const char *const *lines, const char *drop, const char *keep)
{
    g_autoptr(CpaBuilder) b = cpa_builder_new();
    g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    cpa_builder_add_sample_type(b, intern(b, "n", -1), intern(b, "count", -1));
    cpa_builder_header(b)->drop_frames = intern(b, drop, -1);
    cpa_builder_header(b)->keep_frames = intern(b, keep, -1);
    for (; *lines != NULL; lines++) {
        g_auto(GStrv) words = g_strsplit(*lines, " ", -1);
        g_auto(GStrv) frames = g_strsplit(words[0], ";", -1);
        for (size_t i = g_strv_length(frames); i > 0; i--) {
            gpointer at = NULL;
            if (!g_hash_table_lookup_extended(known, frames[i - 1], NULL, &at)) {
                at = GUINT_TO_POINTER(add_location(b, frames[i - 1]));
                g_hash_table_insert(known, g_strdup(frames[i - 1]), at);
            }
            cpa_builder_sample_frame(b, GPOINTER_TO_UINT(at));
        }
        cpa_builder_sample_value(b, g_ascii_strtoll(words[1], NULL, 10));
        add_labels(b, words[2] != NULL ? words[2] : "");
        cpa_builder_sample_end(b);
    }
    g_autoptr(GError) error = NULL;
    CpaProfile *p = cpa_builder_finish(b, &error);
    g_assert_no_error(error);
    return p;
}

static void put_labels(GString *out, const CpaView *v, size_t s)
{
    size_t n = 0;
    const CpaLabel *labels = cpa_label_table_get(v->labels, v->label_sets[s], &n);
    for (size_t i = 0; i < n; i++) {
        g_string_append_printf(out, "%c%s=", i == 0 ? ' ' : ',', cpa_view_str(v, labels[i].key));
        if (cpa_label_is_string(&labels[i])) {
            g_string_append(out, cpa_view_str(v, (CpaStrId)labels[i].value));
        } else {
            g_string_append_printf(
                out, "%" G_GINT64_FORMAT "%s", labels[i].value,
                labels[i].unit != CPA_LABEL_NO_UNIT ? cpa_view_str(v, labels[i].unit) : "");
        }
    }
}

/* Samples as new_profile() takes them, without files and binaries, "|" between them. */
static char *view_text(const CpaView *v)
{
    GString *out = g_string_new(NULL);
    for (size_t s = 0; s < v->n_samples; s++) {
        g_string_append(out, s > 0 ? "|" : "");
        for (uint64_t k = v->end[s]; k > v->begin[s]; k--) {
            const CpaLocation *l = &v->locations[v->frames[k - 1]];
            g_string_append(out, k < v->end[s] ? ";" : "");
            for (uint32_t i = l->n_lines; i > 0; i--) {
                const CpaFunction *f = &v->functions[v->lines[l->line_first + i - 1].function];
                g_string_append_printf(out, "%s%s", i < l->n_lines ? ">" : "",
                                       cpa_view_str(v, f->name));
            }
        }
        g_string_append_printf(out, " %" G_GINT64_FORMAT, *cpa_view_values(v, s));
        put_labels(out, v, s);
    }
    return g_string_free(out, FALSE);
}

/* All columns of a profile, byte by byte. */
static GByteArray *snapshot(const CpaProfile *p)
{
    GByteArray *out = g_byte_array_new();
#define COLUMN(at, n) g_byte_array_append(out, (const guint8 *)(at), (guint)((n) * sizeof *(at)))
    COLUMN(p->mappings, p->n_mappings);
    COLUMN(p->functions, p->n_functions);
    COLUMN(p->locations, p->n_locations);
    COLUMN(p->lines, p->n_lines);
    COLUMN(&p->n_samples, 1);
    COLUMN(p->frame_first, p->n_samples + 1);
    COLUMN(p->frames, p->frame_first[p->n_samples]);
    COLUMN(p->label_sets, p->n_samples);
    COLUMN(p->values, p->n_samples * p->header.n_types);
#undef COLUMN
    for (uint32_t set = 0; set < cpa_label_table_count(p->labels); set++) {
        size_t n = 0;
        const CpaLabel *labels = cpa_label_table_get(p->labels, set, &n);
        g_byte_array_append(out, (const guint8 *)labels, (guint)(n * sizeof *labels));
    }
    uint32_t n_strings = cpa_strtab_count(p->strings);
    for (CpaStrId id = 0; id < n_strings; id++) {
        const char *text = cpa_strtab_get(p->strings, id);
        g_byte_array_append(out, (const guint8 *)text, (guint)cpa_strtab_len(p->strings, id) + 1);
    }
    return out;
}

static void assert_unchanged(const CpaProfile *p, const GByteArray *before)
{
    g_autoptr(GByteArray) after = snapshot(p);
    g_assert_cmpmem(before->data, before->len, after->data, after->len);
    g_assert_true(g_atomic_ref_count_compare(&((CpaProfile *)(uintptr_t)p)->refs, 1));
}

static void collect_warning(const char *message, gpointer data)
{
    GString *warnings = data;
    g_string_append_printf(warnings, "%s%s", warnings->len > 0 ? "|" : "", message);
}

/* "focus=x&hide=y" */
static CpaOptions *new_options(const char *settings)
{
    CpaOptions *options = cpa_options_new();
    g_auto(GStrv) parts = g_strsplit(settings, "&", -1);
    for (size_t i = 0; parts[i] != NULL; i++) {
        g_autoptr(GError) error = NULL;
        char *equals = strchr(parts[i], '=');
        *equals = '\0';
        const CpaOptionRow *row = cpa_options_find(parts[i]);
        g_assert_nonnull(row);
        g_assert_true(cpa_options_set(options, row, equals + 1, &error));
    }
    return options;
}

/* Label frames, then filters, as a report applies them. */
static bool apply(CpaView *v, const char *settings, GString *warnings, GError **error)
{
    g_autoptr(CpaOptions) options = new_options(settings);
    cpa_view_add_label_frames(v, options, collect_warning, warnings);
    g_autoptr(CpaLabelUnits) units = cpa_label_units_new(v, collect_warning, warnings);
    return cpa_view_focus(v, options, units, collect_warning, warnings, error);
}

/* --- Filters ---------------------------------------------------------------------------------- */

#define PARSE  "main;work;parse 10 thread=one,bytes=100kb"
#define ALLOC  "main;work;parse;alloc 20 thread=two,bytes=3000kb"
#define IDLE   "main;idle 30 thread=one,size=5ms"
#define INLINE "start;work>inl>leaf;alloc 40"
#define TWICE  "main;work;work;parse 50 other=x,thread=three,size=7ms"

static const char *const samples[] = {
    "main;work;parse=lex.c 10 thread=one,bytes=100kb",
    "main;work;parse=lex.c;alloc@libc.so 20 thread=two,bytes=3000kb",
    "main;idle 30 thread=one,size=5ms",
    "start;work>inl>leaf;alloc@libc.so 40",
    "main;work;work;parse=lex.c 50 thread=three,size=7ms,other=x",
    NULL,
};

typedef struct {
    const char *settings;
    const char *out;
    const char *warnings; /* NULL: none */
} Case;

static const Case name_cases[] = {
    {"focus=", PARSE "|" ALLOC "|" IDLE "|" INLINE "|" TWICE, NULL},
    /* By function, file, binary, inlined function; not anchored. */
    {"focus=pars", PARSE "|" ALLOC "|" TWICE, NULL},
    {"focus=lex.c", PARSE "|" ALLOC "|" TWICE, NULL},
    {"focus=libc", ALLOC "|" INLINE, NULL},
    {"focus=inl", INLINE, NULL},
    {"focus=^ork", "", "Focus expression matched no samples"},
    {"ignore=alloc", PARSE "|" IDLE "|" TWICE, NULL},
    {"ignore=leaf", PARSE "|" ALLOC "|" IDLE "|" TWICE, NULL},
    {"ignore=libc", PARSE "|" IDLE "|" TWICE, NULL},
    {"ignore=none", PARSE "|" ALLOC "|" IDLE "|" INLINE "|" TWICE,
     "Ignore expression matched no samples"},
    {"focus=work&ignore=alloc", PARSE "|" TWICE, NULL},
    /* Ignoring wins, in one frame as well. */
    {"focus=work&ignore=leaf", PARSE "|" ALLOC "|" TWICE, NULL},
    {"focus=leaf&ignore=inl", "", "Focus expression matched no samples"},
    /* Hidden frames go, or hidden lines of a frame; stacks without frames go. */
    {"hide=work",
     "main;parse 10 thread=one,bytes=100kb|main;parse;alloc 20 thread=two,bytes=3000kb|" IDLE
     "|start;inl>leaf;alloc 40|main;parse 50 other=x,thread=three,size=7ms",
     NULL},
    {"hide=inl|start|parse",
     "main;work 10 thread=one,bytes=100kb|main;work;alloc 20 thread=two,bytes=3000kb|" IDLE
     "|work>leaf;alloc 40|main;work;work 50 other=x,thread=three,size=7ms",
     NULL},
    {"hide=libc",
     PARSE "|main;work;parse 20 thread=two,bytes=3000kb|" IDLE "|start;work>inl>leaf 40|" TWICE,
     NULL},
    {"hide=main|idle",
     "work;parse 10 thread=one,bytes=100kb|work;parse;alloc 20 thread=two,bytes=3000kb|" INLINE
     "|work;work;parse 50 other=x,thread=three,size=7ms",
     NULL},
    {"hide=none", PARSE "|" ALLOC "|" IDLE "|" INLINE "|" TWICE,
     "Hide expression matched no samples"},
    {"show=work|leaf",
     "work 10 thread=one,bytes=100kb|work 20 thread=two,bytes=3000kb|work>leaf 40|"
     "work;work 50 other=x,thread=three,size=7ms",
     NULL},
    {"show=libc", "alloc 20 thread=two,bytes=3000kb|alloc 40", NULL},
    {"show=none", "", "Show expression matched no samples"},
    {"show=main|parse&hide=main",
     "parse 10 thread=one,bytes=100kb|parse 20 thread=two,bytes=3000kb|"
     "parse 50 other=x,thread=three,size=7ms",
     NULL},
    /* Focus looks at what hide takes away. */
    {"focus=inl&hide=inl|leaf", "start;work;alloc 40", NULL},
    {"ignore=work&hide=work", IDLE, NULL},
    {"show_from=work",
     "work;parse 10 thread=one,bytes=100kb|work;parse;alloc 20 thread=two,bytes=3000kb|"
     "work>inl>leaf;alloc 40|work;work;parse 50 other=x,thread=three,size=7ms",
     NULL},
    {"show_from=inl|leaf", "inl>leaf;alloc 40", NULL},
    {"show_from=libc", "alloc 20 thread=two,bytes=3000kb|alloc 40", NULL},
    {"show_from=none", "", "ShowFrom expression matched no samples"},
    {"show_from=work&hide=work&focus=alloc", "", "ShowFrom expression matched no samples"},
    /* The lowest match counts. */
    {"prune_from=work",
     "main;work 10 thread=one,bytes=100kb|main;work 20 thread=two,bytes=3000kb|" IDLE
     "|start;work 40|main;work;work 50 other=x,thread=three,size=7ms",
     NULL},
    {"prune_from=inl", PARSE "|" ALLOC "|" IDLE "|start;work>inl 40|" TWICE, NULL},
    {"prune_from=parse|main",
     PARSE "|main;work;parse 20 thread=two,bytes=3000kb|main 30 thread=one,size=5ms|" INLINE
           "|" TWICE,
     NULL},
    {"prune_from=lex|libc", PARSE "|" ALLOC "|" IDLE "|" INLINE "|" TWICE, NULL},
    {"prune_from=work&show_from=work&focus=inl", "work 40", NULL},
};

static const Case tag_cases[] = {
    /* key=: some value matches one of the expressions. */
    {"tagfocus=thread=one", PARSE "|" IDLE, NULL},
    {"tagfocus=thread=^t,x", ALLOC "|" TWICE, NULL},
    {"tagfocus=hread=one", "", "TagFocus expression matched no samples"},
    {"tagfocus==one", PARSE "|" IDLE, NULL},
    /* No key: each expression matches some key:value. */
    {"tagfocus=thread:t", ALLOC "|" TWICE, NULL},
    {"tagfocus=thread,other:x", TWICE, NULL},
    {"tagfocus=thread,none", "", "TagFocus expression matched no samples"},
    {"tagignore=thread=one", ALLOC "|" INLINE "|" TWICE, NULL},
    {"tagignore=thread:o|x", ALLOC "|" INLINE, NULL},
    {"tagignore=none", PARSE "|" ALLOC "|" IDLE "|" INLINE "|" TWICE,
     "TagIgnore expression matched no samples"},
    {"tagfocus=thread=one&tagignore=bytes=100kb", IDLE,
     "tagignore:Interpreted '100kb' as range, not regexp"},
    /* Ranges, in any unit of the family; both ends belong to them. */
    {"tagfocus=100kb", PARSE, "tagfocus:Interpreted '100kb' as range, not regexp"},
    {"tagfocus=102400b", PARSE, "tagfocus:Interpreted '102400b' as range, not regexp"},
    {"tagfocus=101kb", "",
     "tagfocus:Interpreted '101kb' as range, not regexp|TagFocus expression matched no samples"},
    {"tagfocus=:100kb", PARSE, "tagfocus:Interpreted ':100kb' as range, not regexp"},
    {"tagfocus=100kb:", PARSE "|" ALLOC, "tagfocus:Interpreted '100kb:' as range, not regexp"},
    {"tagfocus=1mb:3mb", ALLOC, "tagfocus:Interpreted '1mb:3mb' as range, not regexp"},
    {"tagfocus=1mb:2mb", "",
     "tagfocus:Interpreted '1mb:2mb' as range, not regexp|TagFocus expression matched no samples"},
    {"tagfocus=:1s", IDLE "|" TWICE, "tagfocus:Interpreted ':1s' as range, not regexp"},
    {"tagfocus=5000us:6ms", IDLE, "tagfocus:Interpreted '5000us:6ms' as range, not regexp"},
    {"tagfocus=size=:1s", IDLE "|" TWICE, "tagfocus:Interpreted ':1s' as range, not regexp"},
    {"tagfocus=bytes=:1s", "",
     "tagfocus:Interpreted ':1s' as range, not regexp|TagFocus expression matched no samples"},
    {"tagignore=:100kb", ALLOC "|" IDLE "|" INLINE "|" TWICE,
     "tagignore:Interpreted ':100kb' as range, not regexp"},
    /* Not quite ranges. */
    {"tagfocus=thread=1mb:2s", "", "TagFocus expression matched no samples"},
    {"tagfocus=x|100kb", TWICE, NULL},
    {"tagshow=thread",
     "main;work;parse 10 thread=one|main;work;parse;alloc 20 thread=two|main;idle 30 "
     "thread=one|" INLINE "|main;work;work;parse 50 thread=three",
     NULL},
    {"taghide=e",
     "main;work;parse 10|main;work;parse;alloc 20|main;idle 30|" INLINE "|main;work;work;parse 50",
     NULL},
    {"taghide=^s&tagshow=size|other",
     "main;work;parse 10|main;work;parse;alloc 20|main;idle 30|" INLINE
     "|main;work;work;parse 50 other=x",
     NULL},
    {"taghide=none", PARSE "|" ALLOC "|" IDLE "|" INLINE "|" TWICE,
     "TagHide expression matched no samples"},
    {"tagshow=none&focus=idle", "main;idle 30", "TagShow expression matched no samples"},
    /* Filters see the labels that are hidden after them. */
    {"tagfocus=other=x&taghide=.", "main;work;work;parse 50", NULL},
};

static const Case frame_cases[] = {
    {"tagroot=thread",
     "one;main;work;parse 10 thread=one,bytes=100kb|"
     "two;main;work;parse;alloc 20 thread=two,bytes=3000kb|one;main;idle 30 thread=one,size=5ms|"
     ";start;work>inl>leaf;alloc 40|"
     "three;main;work;work;parse 50 other=x,thread=three,size=7ms",
     NULL},
    /* The first key is the outermost one, the last key the innermost one. */
    {"tagroot=other,thread&focus=parse",
     ";one;main;work;parse 10 thread=one,bytes=100kb|"
     ";two;main;work;parse;alloc 20 thread=two,bytes=3000kb|"
     "x;three;main;work;work;parse 50 other=x,thread=three,size=7ms",
     NULL},
    {"tagleaf=thread,other&focus=three",
     "main;work;work;parse;three;x 50 other=x,thread=three,size=7ms", NULL},
    {"tagroot=thread&tagleaf=size&focus=idle|three",
     "one;main;idle;5ms 30 thread=one,size=5ms|"
     "three;main;work;work;parse;7ms 50 other=x,thread=three,size=7ms",
     NULL},
    {"tagleaf=bytes&unit=mb&focus=alloc&ignore=start",
     "main;work;parse;alloc;2.93MB 20 thread=two,bytes=3000kb", NULL},
    {"tagroot=none&focus=idle", ";main;idle 30 thread=one,size=5ms",
     "TagRoot expression matched no samples"},
    {"tagleaf=none&focus=idle", "main;idle; 30 thread=one,size=5ms",
     "TagLeaf expression matched no samples"},
    /* Label frames are filtered like any other. */
    {"tagroot=thread&hide=main|start&focus=^two$",
     "two;work;parse;alloc 20 thread=two,bytes=3000kb", NULL},
};

static void run_cases(const Case *cases, size_t n)
{
    g_autoptr(CpaProfile) p = new_profile(samples, "", "");
    g_autoptr(GByteArray) before = snapshot(p);
    for (size_t i = 0; i < n; i++) {
        CpaView *v = cpa_view_new(p);
        g_autoptr(GError) error = NULL;
        g_autoptr(GString) warnings = g_string_new(NULL);
        g_assert_true(apply(v, cases[i].settings, warnings, &error));
        g_assert_no_error(error);
        g_autofree char *text = view_text(v);
        if (strcmp(text, cases[i].out) != 0) {
            g_error("%s gives\n%s\nnot\n%s", cases[i].settings, text, cases[i].out);
        }
        g_assert_cmpstr(warnings->str, ==, cases[i].warnings != NULL ? cases[i].warnings : "");
        cpa_view_free(v);
        assert_unchanged(p, before);
    }
}

static void test_names(void)
{
    run_cases(name_cases, G_N_ELEMENTS(name_cases));
}

static void test_tags(void)
{
    run_cases(tag_cases, G_N_ELEMENTS(tag_cases));
}

static void test_label_frames(void)
{
    run_cases(frame_cases, G_N_ELEMENTS(frame_cases));
}

/* Without filters nothing is copied; steps may follow each other; two views do not meet. */
static void test_columns(void)
{
    g_autoptr(CpaProfile) p = new_profile(samples, "", "");
    g_autoptr(GByteArray) before = snapshot(p);
    CpaView *one = cpa_view_new(p);
    CpaView *two = cpa_view_new(p);
    g_autoptr(GString) warnings = g_string_new(NULL);
    g_assert_true(apply(one, "focus=", warnings, NULL));
    g_assert_true(one->begin == p->frame_first && one->end == p->frame_first + 1);
    g_assert_true(one->frames == p->frames && one->label_sets == p->label_sets);
    g_assert_true(one->labels == p->labels && one->rows == NULL);

    g_assert_true(apply(one, "ignore=main$", warnings, NULL));
    g_autofree char *text = view_text(one);
    g_assert_cmpstr(text, ==, INLINE);
    g_assert_true(one->frames == p->frames); /* only dropped samples */
    g_assert_true(apply(one, "tagroot=thread&tagleaf=thread", warnings, NULL));
    g_assert_true(apply(one, "hide=work&taghide=x&show_from=inl", warnings, NULL));
    g_autofree char *after = view_text(one);
    g_assert_cmpstr(after, ==, "inl>leaf;alloc; 40");

    g_autofree char *other = view_text(two);
    g_assert_cmpstr(other, ==, PARSE "|" ALLOC "|" IDLE "|" INLINE "|" TWICE);
    cpa_view_free(one);
    cpa_view_free(two);
    assert_unchanged(p, before);
}

static void test_errors(void)
{
    static const char *const names[] = {"focus",     "ignore",   "hide",      "show",
                                        "show_from", "tagfocus", "tagignore", "prune_from",
                                        "tagshow",   "taghide"};
    g_autoptr(CpaProfile) p = new_profile(samples, "", "");
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(CpaView) v = cpa_view_new(p);
        g_autoptr(GError) error = NULL;
        g_autoptr(GString) warnings = g_string_new(NULL);
        g_autofree char *settings = g_strconcat(names[i], "=a(", NULL);
        g_autofree char *message = g_strconcat("parsing ", names[i], " regexp: ", NULL);
        g_assert_false(apply(v, settings, warnings, &error));
        g_assert_error(error, CPA_ERROR, CPA_ERROR_USAGE);
        g_assert_true(g_str_has_prefix(error->message, message));
    }
    g_autoptr(CpaView) v = cpa_view_new(p);
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) warnings = g_string_new(NULL);
    g_assert_false(apply(v, "tagfocus=9223372036854775808kb:", warnings, &error));
    g_assert_error(error, CPA_ERROR, CPA_ERROR_USAGE);
    g_assert_nonnull(strstr(error->message, "beyond 64 bits"));
    g_clear_error(&error);
    g_assert_false(cpa_view_aggregate(v, "function", false, false, &error));
    g_assert_error(error, CPA_ERROR, CPA_ERROR_USAGE);
}

/* Keys in several units: the first one counts, and the user is told. */
static void test_units(void)
{
    static const char *const lines[] = {
        "a 1 bytes=1,k=1,alignment=8",
        "a 2 bytes=2kb,k=5s,k=1ms,k=3h,j=1ms",
        "a 3 bytes=3mb,j=1,k=2ms,s=text",
        "a 4 j=1s,request=3",
        NULL,
    };
    g_autoptr(CpaProfile) p = new_profile(lines, "", "");
    g_autoptr(CpaView) v = cpa_view_new(p);
    g_autoptr(GString) warnings = g_string_new(NULL);
    g_autoptr(CpaLabelUnits) units = cpa_label_units_new(v, collect_warning, warnings);
    g_assert_cmpstr(warnings->str, ==,
                    "For tag bytes used unit kb, also encountered unit(s) mb|"
                    "For tag j used unit ms, also encountered unit(s) s|"
                    "For tag k used unit s, also encountered unit(s) h, ms");
    static const char *const expected[][2] = {
        {"bytes", "kb"},      {"k", "s"}, {"j", "ms"},    {"alignment", "bytes"},
        {"request", "bytes"}, {"s", ""},  {"unknown", ""}};
    for (size_t i = 0; i < G_N_ELEMENTS(expected); i++) {
        CpaStrId key = cpa_strtab_intern(v->strings, expected[i][0], strlen(expected[i][0]));
        g_assert_cmpstr(cpa_label_units_get(units, key), ==, expected[i][1]);
    }
}

/* --- drop_frames ------------------------------------------------------------------------------ */

static void test_prune(void)
{
    static const char *const lines[] = {"main;work;drop;deep 1",
                                        "drop;main;drop;deep 2",
                                        "drop;dropped 3",
                                        "main;drop>in;deep 4",
                                        "main;user>drop>in;x 5",
                                        "main;keep;drop;keep 6",
                                        "drop;x;dropper 7",
                                        "main;.drop(int)::f;x 8",
                                        "main;(anonymous_namespace)::y;x 9",
                                        "main;drop;work;drop 10",
                                        NULL};
    static const struct {
        const char *drop;
        const char *keep;
        const char *out;
    } cases[] = {
        {"", "drop", NULL},
        {"(", "", NULL}, /* does not compile: ignored */
        {"drop", "(", NULL},
        {"none", "", NULL},
        {"dro", "", NULL}, /* the whole name has to match */
        /* What lies below goes, too, but a stack never goes as a whole. */
        {"drop", "",
         "main;work 1|drop;main 2|drop;dropped 3|main 4|main;user 5|main;keep 6|drop;x;dropper 7|"
         "main 8|main;(anonymous namespace)::y;x 9|main 10"},
        {"drop|dropped", "",
         "main;work 1|drop;main 2|drop;dropped 3|main 4|main;user 5|main;keep 6|drop;x;dropper 7|"
         "main 8|main;(anonymous namespace)::y;x 9|main 10"},
        {"drop.*", "dropp.*",
         "main;work 1|drop;main 2|drop;dropped 3|main 4|main;user 5|main;keep 6|drop;x;dropper 7|"
         "main 8|main;(anonymous namespace)::y;x 9|main 10"},
        {"drop.*|in", "drop",
         "main;work;drop;deep 1|drop;main;drop;deep 2|drop 3|main;drop 4|main;user>drop 5|"
         "main;keep;drop;keep 6|drop;x 7|main;.drop(int)::f;x 8|"
         "main;(anonymous namespace)::y;x 9|main;drop;work;drop 10"},
        {".anonymous namespace.::y", "",
         "main;work;drop;deep 1|drop;main;drop;deep 2|drop;dropped 3|main;drop>in;deep 4|"
         "main;user>drop>in;x 5|main;keep;drop;keep 6|drop;x;dropper 7|main;.drop(int)::f;x 8|"
         "main 9|main;drop;work;drop 10"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(CpaProfile) p = new_profile(lines, cases[i].drop, cases[i].keep);
        g_autoptr(GByteArray) before = snapshot(p);
        CpaView *v = cpa_view_new(p);
        g_autofree char *whole = view_text(v);
        cpa_view_prune_uninteresting(v);
        g_autofree char *text = view_text(v);
        g_assert_cmpstr(text, ==, cases[i].out != NULL ? cases[i].out : whole);
        cpa_view_free(v);
        assert_unchanged(p, before);
    }
}

/* --- Granularity ------------------------------------------------------------------------------ */

static CpaProfile *new_detailed(void)
{
    g_autoptr(CpaBuilder) b = cpa_builder_new();
    cpa_builder_add_sample_type(b, intern(b, "n", -1), intern(b, "count", -1));
    uint32_t mapping = cpa_builder_add_mapping(b, &(CpaMapping){.start = 1,
                                                                .limit = 99,
                                                                .file = intern(b, "bin", -1),
                                                                .has_functions = true,
                                                                .has_filenames = true,
                                                                .has_line_numbers = true,
                                                                .has_inline_frames = true});
    CpaLine lines[] = {{10, 3, add_function(b, "f=dir/a.c")}, {20, 4, add_function(b, "g=b.c")}};
    uint32_t frames[] = {
        cpa_builder_add_location(b, &(CpaLocation){.address = 0x11, .mapping = mapping}, lines, 2),
        cpa_builder_add_location(b, &(CpaLocation){.address = 0x22, .mapping = mapping}, NULL, 0)};
    cpa_builder_sample_frame(b, frames[0]);
    cpa_builder_sample_frame(b, frames[1]);
    cpa_builder_sample_value(b, 1);
    cpa_builder_sample_end(b);
    g_autoptr(GError) error = NULL;
    CpaProfile *p = cpa_builder_finish(b, &error);
    g_assert_no_error(error);
    return p;
}

/* "address function:file:line:column<... ; ... FLnI": flags of the mapping that are left */
static char *details(const CpaView *v)
{
    GString *out = g_string_new(NULL);
    for (uint64_t i = v->begin[0]; i < v->end[0]; i++) {
        const CpaLocation *l = &v->locations[v->frames[i]];
        g_string_append_printf(out, "%x", (unsigned)l->address);
        for (uint32_t k = 0; k < l->n_lines; k++) {
            const CpaLine *line = &v->lines[l->line_first + k];
            const CpaFunction *f = &v->functions[line->function];
            g_assert_cmpint(f->name == 0, ==, f->system_name == 0);
            g_string_append_printf(out, " %s:%s:%d:%d", cpa_view_str(v, f->name),
                                   cpa_view_str(v, f->file), (int)line->line, (int)line->column);
        }
        g_string_append_c(out, ';');
    }
    const CpaMapping *m = &v->mappings[0];
    g_string_append_printf(out, " %s%s%s%s", m->has_functions ? "F" : "",
                           m->has_filenames ? "N" : "", m->has_line_numbers ? "L" : "",
                           m->has_inline_frames ? "I" : "");
    return g_string_free(out, FALSE);
}

static void test_aggregate(void)
{
    static const struct {
        const char *granularity;
        bool noinlines;
        bool showcolumns;
        const char *out;
    } cases[] = {
        {"", false, true, "0 f::0:0 g::0:0;0; FI"},
        {"functions", false, true, "0 f::0:0 g::0:0;0; FI"},
        {"filefunctions", false, true, "0 f:dir/a.c:0:0 g:b.c:0:0;0; FNI"},
        {"files", false, true, "0 :dir/a.c:0:0 :b.c:0:0;0; NI"},
        {"lines", false, false, "0 f:dir/a.c:10:0 g:b.c:20:0;0; FNLI"},
        {"lines", false, true, "0 f:dir/a.c:10:3 g:b.c:20:4;0; FNLI"},
        /* Addresses leave all as it is, columns too, but without inlining they do not. */
        {"addresses", false, false, "11 f:dir/a.c:10:3 g:b.c:20:4;22; FNLI"},
        {"addresses", true, true, "11 g:b.c:20:4;22; FNL"},
        {"addresses", true, false, "11 g:b.c:20:0;22; FNL"},
        {"functions", true, false, "0 g::0:0;0; F"},
        {"files", true, false, "0 :b.c:0:0;0; N"},
    };
    g_autoptr(CpaProfile) p = new_detailed();
    g_autoptr(GByteArray) before = snapshot(p);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        CpaView *v = cpa_view_new(p);
        g_autoptr(GError) error = NULL;
        g_assert_true(cpa_view_aggregate(v, cases[i].granularity, cases[i].noinlines,
                                         cases[i].showcolumns, &error));
        g_assert_no_error(error);
        g_autofree char *text = details(v);
        g_assert_cmpstr(text, ==, cases[i].out);
        cpa_view_free(v);
        assert_unchanged(p, before);
    }
}

static void test_trim_paths(void)
{
    static const char *const lines[] = {
        "a=/proc/self/cwd/x.c;b=/build/dir/src/y.c;c=/build/z.c;d=/builds/z.c;e 1", NULL};
    static const struct {
        const char *trim;
        const char *source;
        const char *out;
    } cases[] = {
        {"", "", "x.c /build/dir/src/y.c /build/z.c /builds/z.c  "},
        {"/build", "", "x.c dir/src/y.c z.c /builds/z.c  "},
        {"/none:/build/dir/:/build", "", "x.c src/y.c z.c /builds/z.c  "},
        /* Behind the first directory of that name; -trim_path alone counts if given. */
        {"", "/home/me/src:/other/builds", "x.c y.c /build/z.c z.c  "},
        {"/build", "/home/me/src", "x.c dir/src/y.c z.c /builds/z.c  "},
    };
    g_autoptr(CpaProfile) p = new_profile(lines, "", "");
    g_autoptr(GByteArray) before = snapshot(p);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        CpaView *v = cpa_view_new(p);
        cpa_view_trim_paths(v, cases[i].trim, cases[i].source);
        g_autoptr(GString) text = g_string_new(NULL);
        for (uint32_t k = v->n_functions; k > 0; k--) {
            g_string_append_printf(text, "%s ", cpa_view_str(v, v->functions[k - 1].file));
        }
        g_assert_cmpstr(text->str, ==, cases[i].out);
        cpa_view_free(v);
        assert_unchanged(p, before);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/view/names", test_names);
    g_test_add_func("/view/tags", test_tags);
    g_test_add_func("/view/label-frames", test_label_frames);
    g_test_add_func("/view/columns", test_columns);
    g_test_add_func("/view/errors", test_errors);
    g_test_add_func("/view/units", test_units);
    g_test_add_func("/view/prune", test_prune);
    g_test_add_func("/view/aggregate", test_aggregate);
    g_test_add_func("/view/trim-paths", test_trim_paths);
    return g_test_run();
}
