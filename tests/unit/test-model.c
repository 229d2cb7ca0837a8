/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The model: label sets, what the builder refuses, changes in place, merging. Profiles are made
 * with the builder and compared as text, so that a case shows what comes out.
 */
#include <glib.h>
#include <string.h>

#include "profile/adjust.h"
#include "profile/builder.h"
#include "profile/merge.h"

/* --- Helpers ---------------------------------------------------------------------------------- */

static CpaStrId intern(CpaBuilder *b, const char *text)
{
    return cpa_builder_intern(b, text, -1);
}

static const char *text(const CpaProfile *p, CpaStrId id)
{
    return cpa_strtab_get(p->strings, id);
}

static CpaProfile *finish(CpaBuilder *b)
{
    g_autoptr(GError) error = NULL;
    CpaProfile *profile = cpa_builder_finish(b, &error);
    g_assert_no_error(error);
    g_assert_nonnull(profile);
    return profile;
}

/* A builder with sample types from "cpu/ms allocs/count". */
static CpaBuilder *new_builder(const char *types)
{
    CpaBuilder *b = cpa_builder_new();
    g_auto(GStrv) parts = g_strsplit(types, " ", -1);
    for (size_t i = 0; parts[i] != NULL; i++) {
        char *slash = strchr(parts[i], '/');
        cpa_builder_add_sample_type(b, cpa_builder_intern(b, parts[i], slash - parts[i]),
                                    intern(b, slash + 1));
    }
    return b;
}

static uint32_t add_function(CpaBuilder *b, const char *name)
{
    return cpa_builder_add_function(
        b, &(CpaFunction){.name = intern(b, name), .system_name = intern(b, name)});
}

/* A location of one line in a function of its own. */
static uint32_t add_frame(CpaBuilder *b, const char *name)
{
    CpaLine line = {.line = 1, .function = add_function(b, name)};
    return cpa_builder_add_location(b, &(CpaLocation){.mapping = CPA_NONE}, &line, 1);
}

/* "a=1,b=2kb": a number is a numeric label, its letters are the unit; "a='1" is a string. */
static void add_labels(CpaBuilder *b, const char *labels)
{
    g_auto(GStrv) parts = g_strsplit(labels, ",", -1);
    for (size_t i = 0; parts[i] != NULL; i++) {
        char *equals = strchr(parts[i], '=');
        CpaStrId key = cpa_builder_intern(b, parts[i], equals - parts[i]);
        char *value = equals + 1;
        if (g_ascii_isdigit(*value)) {
            char *unit = NULL;
            int64_t number = g_ascii_strtoll(value, &unit, 10);
            cpa_builder_sample_label_num(b, key, number,
                                         *unit != '\0' ? intern(b, unit) : CPA_LABEL_NO_UNIT);
        } else {
            cpa_builder_sample_label_str(b, key, intern(b, value + (*value == '\'')));
        }
    }
}

/*
 * A profile of lines "leaf;...;root 1 2 a=x,b=y": values of all types, then labels. Frames of one
 * name are one location.
 */
static CpaProfile *new_profile(const char *types, const char *const *lines)
{
    g_autoptr(CpaBuilder) b = new_builder(types);
    g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (; *lines != NULL; lines++) {
        g_auto(GStrv) words = g_strsplit(*lines, " ", -1);
        g_auto(GStrv) frames = g_strsplit(words[0], ";", -1);
        for (size_t i = 0; frames[i] != NULL; i++) {
            gpointer at = NULL;
            if (!g_hash_table_lookup_extended(known, frames[i], NULL, &at)) {
                at = GUINT_TO_POINTER(add_frame(b, frames[i]));
                g_hash_table_insert(known, g_strdup(frames[i]), at);
            }
            cpa_builder_sample_frame(b, GPOINTER_TO_UINT(at));
        }
        uint32_t t = 1;
        for (; t <= cpa_builder_n_types(b); t++) {
            cpa_builder_sample_value(b, g_ascii_strtoll(words[t], NULL, 10));
        }
        add_labels(b, words[t] != NULL ? words[t] : "");
        cpa_builder_sample_end(b);
    }
    return finish(b);
}

static void put_labels(GString *out, const CpaProfile *p, uint32_t set)
{
    size_t n = 0;
    const CpaLabel *labels = cpa_label_table_get(p->labels, set, &n);
    for (size_t i = 0; i < n; i++) {
        g_string_append_printf(out, "%c%s=", i == 0 ? ' ' : ',', text(p, labels[i].key));
        if (cpa_label_is_string(&labels[i])) {
            g_string_append(out, text(p, (CpaStrId)labels[i].value));
        } else {
            bool has_unit = labels[i].unit != CPA_LABEL_NO_UNIT;
            g_string_append_printf(out, "%" G_GINT64_FORMAT "%s%s", labels[i].value,
                                   has_unit ? ":" : "", has_unit ? text(p, labels[i].unit) : "");
        }
    }
}

/* "leaf;root 1 2 a=x|..." */
static char *samples_text(const CpaProfile *p)
{
    GString *out = g_string_new(NULL);
    g_assert_cmpuint(p->frame_first[0], ==, 0);
    for (size_t i = 0; i < p->n_samples; i++) {
        g_string_append(out, i > 0 ? "|" : "");
        for (uint64_t k = p->frame_first[i]; k < p->frame_first[i + 1]; k++) {
            const CpaLocation *l = &p->locations[p->frames[k]];
            g_string_append(out, k > p->frame_first[i] ? ";" : "");
            for (uint32_t j = 0; j < l->n_lines; j++) {
                const CpaFunction *f = &p->functions[p->lines[l->line_first + j].function];
                g_string_append_printf(out, "%s%s", j > 0 ? "<" : "", text(p, f->name));
            }
            if (l->n_lines == 0) {
                g_string_append_printf(out, "0x%" G_GINT64_MODIFIER "x", l->address);
            }
        }
        for (uint32_t t = 0; t < p->header.n_types; t++) {
            g_string_append_printf(out, " %" G_GINT64_FORMAT, p->values[i * p->header.n_types + t]);
        }
        put_labels(out, p, p->label_sets[i]);
    }
    return g_string_free(out, FALSE);
}

static char *types_text(const CpaProfile *p)
{
    GString *out = g_string_new(NULL);
    for (uint32_t t = 0; t < p->header.n_types; t++) {
        g_string_append_printf(out, "%s%s/%s", t > 0 ? " " : "",
                               text(p, p->header.sample_types[t].type),
                               text(p, p->header.sample_types[t].unit));
    }
    return g_string_free(out, FALSE);
}

static void assert_samples(const CpaProfile *p, const char *expected)
{
    g_autofree char *got = samples_text(p);
    g_assert_cmpstr(got, ==, expected);
}

static void assert_types(const CpaProfile *p, const char *expected)
{
    g_autofree char *got = types_text(p);
    g_assert_cmpstr(got, ==, expected);
}

/* Everything a profile holds, numbers of elements included. */
static char *dump(const CpaProfile *p)
{
    GString *out = g_string_new(NULL);
    const CpaHeader *h = &p->header;
    g_autofree char *types = types_text(p);
    g_autofree char *samples = samples_text(p);
    g_string_append_printf(out, "%s\n%s\n", types, samples);
    g_string_append_printf(out,
                           "period %s/%s %" G_GINT64_FORMAT " time %" G_GINT64_FORMAT
                           " for %" G_GINT64_FORMAT " default %s drop %s keep %s url %s\n",
                           text(p, h->period_type.type), text(p, h->period_type.unit), h->period,
                           h->time_ns, h->duration_ns, text(p, h->default_sample_type),
                           text(p, h->drop_frames), text(p, h->keep_frames), text(p, h->doc_url));
    for (uint32_t i = 0; i < h->n_comments; i++) {
        g_string_append_printf(out, "comment %s\n", text(p, h->comments[i]));
    }
    for (uint32_t i = 0; i < p->n_mappings; i++) {
        const CpaMapping *m = &p->mappings[i];
        g_string_append_printf(out,
                               "mapping %" G_GUINT64_FORMAT " %" G_GINT64_MODIFIER
                               "x-%" G_GINT64_MODIFIER "x %" G_GINT64_MODIFIER "x %s %s\n",
                               m->id, m->start, m->limit, m->offset, text(p, m->file),
                               text(p, m->build_id));
    }
    for (uint32_t i = 0; i < p->n_functions; i++) {
        const CpaFunction *f = &p->functions[i];
        g_string_append_printf(
            out, "function %" G_GUINT64_FORMAT " %s %s %s %" G_GINT64_FORMAT "\n", f->id,
            text(p, f->name), text(p, f->system_name), text(p, f->file), f->start_line);
    }
    for (uint32_t i = 0; i < p->n_locations; i++) {
        const CpaLocation *l = &p->locations[i];
        g_string_append_printf(out, "location %" G_GUINT64_FORMAT " %" G_GINT64_MODIFIER "x %d %d:",
                               l->id, l->address, (int)l->mapping, l->is_folded);
        for (uint32_t k = 0; k < l->n_lines; k++) {
            const CpaLine *line = &p->lines[l->line_first + k];
            g_string_append_printf(out, " %u:%" G_GINT64_FORMAT ":%" G_GINT64_FORMAT,
                                   line->function, line->line, line->column);
        }
        g_string_append_c(out, '\n');
    }
    return g_string_free(out, FALSE);
}

static void assert_error(GError **error, CpaErrorCode code, const char *part)
{
    g_assert_error(*error, CPA_ERROR, (int)code);
    if (strstr((*error)->message, part) == NULL) {
        g_error("\"%s\" is not in \"%s\"", part, (*error)->message);
    }
    g_clear_error(error);
}

/* --- Labels ----------------------------------------------------------------------------------- */

/* Each line: label lists in any order, then the one order that all of them get. */
static void test_labels_order(void)
{
    static const struct {
        const char *in[4];
        const char *out;
    } cases[] = {
        {{"", NULL}, ""},
        {{"a=x", NULL}, " a=x"},
        /* Keys by their bytes, not by the order in which they are met. */
        {{"b=x,a=y", "a=y,b=x", NULL}, " a=y,b=x"},
        {{"z=x,a=y,m=w,Z=v", "m=w,Z=v,z=x,a=y", "Z=v,a=y,m=w,z=x", NULL}, " Z=v,a=y,m=w,z=x"},
        /* Strings before numbers, whatever the keys. */
        {{"a=1,b=x", "b=x,a=1", NULL}, " b=x,a=1"},
        {{"k=1,k=x,k=2", "k=x,k=1,k=2", "k=1,k=2,k=x", NULL}, " k=x,k=1,k=2"},
        /* Those of one key keep their order. */
        {{"k=2,j=1,k=1", "k=2,k=1,j=1", NULL}, " j=1,k=2,k=1"},
        {{"k=y,j=1,k=x,k=y", NULL}, " k=y,k=x,k=y,j=1"},
        {{"k=1,j=1,k=2", NULL}, " j=1,k=1,k=2"},
        /* One unit gives all numbers of the key one, be it empty; not those of other keys. */
        {{"k=1,k=2kb", NULL}, " k=1:,k=2:kb"},
        {{"k=1kb,k=2", NULL}, " k=1:kb,k=2:"},
        {{"k=1,j=3,k=2kb,l=4", "l=4,k=1,k=2kb,j=3", NULL}, " j=3,k=1:,k=2:kb,l=4"},
        {{"k=1,k=x,l=5s", NULL}, " k=x,k=1,l=5:s"},
    };
    g_autoptr(CpaBuilder) b = new_builder("n/count");
    g_autoptr(GArray) expected = g_array_new(FALSE, FALSE, sizeof(size_t));
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        for (const char *const *in = cases[i].in; *in != NULL; in++) {
            add_labels(b, *in);
            cpa_builder_sample_value(b, 1);
            cpa_builder_sample_end(b);
            g_array_append_val(expected, i);
        }
    }
    g_autoptr(CpaProfile) p = finish(b);
    g_assert_cmpuint(cpa_label_table_count(p->labels), ==, G_N_ELEMENTS(cases));
    for (size_t s = 0; s < p->n_samples; s++) {
        size_t i = g_array_index(expected, size_t, s);
        g_autoptr(GString) got = g_string_new(NULL);
        put_labels(got, p, p->label_sets[s]);
        g_assert_cmpstr(got->str, ==, cases[i].out);
        g_assert_cmpuint(p->label_sets[s], ==, i); /* numbered as they are met */
    }
}

static void test_labels_find(void)
{
    g_autoptr(CpaStrtab) strings = cpa_strtab_new(NULL);
    CpaStrId b = cpa_strtab_intern(strings, "b", 1);
    CpaStrId a = cpa_strtab_intern(strings, "a", 1);
    CpaStrId c = cpa_strtab_intern(strings, "c", 1);
    const CpaLabel labels[] = {{c, CPA_LABEL_NO_UNIT, 3},
                               {b, CPA_LABEL_STRING, a},
                               {a, CPA_LABEL_STRING, b},
                               {b, CPA_LABEL_STRING, c},
                               {a, 0, 8},
                               {a, CPA_LABEL_NO_UNIT, 9}};
    g_autoptr(CpaLabelTable) table = cpa_label_table_new(strings);
    g_assert_cmpuint(cpa_label_table_count(table), ==, 1);
    g_assert_cmpuint(cpa_label_table_intern(table, NULL, 0), ==, 0);
    uint32_t set = cpa_label_table_intern(table, labels, G_N_ELEMENTS(labels));
    g_assert_cmpuint(set, ==, 1);
    cpa_label_table_seal(table);
    size_t n = 0;
    const CpaLabel *got = cpa_label_table_get(table, set, &n);
    g_assert_cmpuint(n, ==, G_N_ELEMENTS(labels));
    g_assert_cmpint(cpa_label_set_find(got, n, a)->value, ==, b);
    g_assert_cmpint(cpa_label_set_find(got, n, b)->value, ==, a); /* the first one */
    g_assert_null(cpa_label_set_find(got, n, c));                 /* a number */
    g_assert_null(cpa_label_set_find(got, 0, a));
    g_assert_cmpuint(got[4].unit, ==, 0); /* empty is a unit, too: it spreads */
    cpa_label_table_get(table, 0, &n);
    g_assert_cmpuint(n, ==, 0);
}

/* --- Builder ---------------------------------------------------------------------------------- */

static void add_sample(CpaBuilder *b, const uint32_t *frames, size_t n_frames, uint32_t n_values)
{
    for (size_t i = 0; i < n_frames; i++) {
        cpa_builder_sample_frame(b, frames[i]);
    }
    for (uint32_t t = 0; t < n_values; t++) {
        cpa_builder_sample_value(b, t + 1);
    }
    cpa_builder_sample_end(b);
}

static void assert_refused(CpaBuilder *b, CpaErrorCode code, const char *part)
{
    GError *error = NULL;
    g_assert_null(cpa_builder_finish(b, &error));
    assert_error(&error, code, part);
}

static void test_builder_values(void)
{
    g_autoptr(CpaBuilder) fewer = new_builder("a/count b/count");
    add_sample(fewer, NULL, 0, 2);
    add_sample(fewer, NULL, 0, 1);
    add_sample(fewer, NULL, 0, 3); /* right again in sum */
    assert_refused(fewer, CPA_ERROR_MALFORMED, "sample 2 has 1 values, the ones before it have 2");

    g_autoptr(CpaBuilder) more = new_builder("a/count");
    add_sample(more, NULL, 0, 1);
    add_sample(more, NULL, 0, 1);
    add_sample(more, NULL, 0, 4);
    assert_refused(more, CPA_ERROR_MALFORMED, "sample 3 has 4 values, the ones before it have 1");

    g_autoptr(CpaBuilder) all = new_builder("a/count");
    add_sample(all, NULL, 0, 2);
    add_sample(all, NULL, 0, 2);
    assert_refused(all, CPA_ERROR_MALFORMED, "samples have 2 values for 1 types");

    g_autoptr(CpaBuilder) untyped = cpa_builder_new();
    add_sample(untyped, NULL, 0, 0);
    assert_refused(untyped, CPA_ERROR_MALFORMED, "no sample types");

    /* Values of a sample that never ended. */
    g_autoptr(CpaBuilder) open = new_builder("a/count");
    cpa_builder_sample_value(open, 1);
    assert_refused(open, CPA_ERROR_MALFORMED, "values");

    g_autoptr(CpaBuilder) none = cpa_builder_new();
    g_autoptr(CpaProfile) empty = finish(none);
    g_assert_cmpuint(empty->n_samples, ==, 0);
    g_assert_cmpuint(empty->header.n_types, ==, 0);
    g_assert_cmpuint(empty->frame_first[0], ==, 0);
}

static void test_builder_references(void)
{
    g_autoptr(CpaBuilder) function = new_builder("a/count");
    CpaLine lines[] = {{.function = 0}, {.function = 1}};
    add_function(function, "f");
    cpa_builder_add_location(function, &(CpaLocation){.mapping = CPA_NONE}, lines, 2);
    assert_refused(function, CPA_ERROR_MALFORMED, "a line refers to a function");

    g_autoptr(CpaBuilder) no_function = new_builder("a/count");
    lines[0].function = CPA_NONE;
    add_function(no_function, "f");
    cpa_builder_add_location(no_function, &(CpaLocation){.mapping = CPA_NONE}, lines, 1);
    assert_refused(no_function, CPA_ERROR_MALFORMED, "a line refers to a function");

    g_autoptr(CpaBuilder) mapping = new_builder("a/count");
    cpa_builder_add_mapping(mapping, &(CpaMapping){.start = 1});
    cpa_builder_add_location(mapping, &(CpaLocation){.mapping = 0}, NULL, 0);
    cpa_builder_add_location(mapping, &(CpaLocation){.mapping = 1}, NULL, 0);
    assert_refused(mapping, CPA_ERROR_MALFORMED, "a location refers to a mapping");

    static const uint32_t past[] = {0, 1};
    g_autoptr(CpaBuilder) location = new_builder("a/count");
    add_frame(location, "f");
    add_sample(location, past, 2, 1);
    assert_refused(location, CPA_ERROR_MALFORMED, "a sample refers to a location");

    g_autoptr(CpaBuilder) no_location = new_builder("a/count");
    add_sample(no_location, past, 1, 1);
    assert_refused(no_location, CPA_ERROR_MALFORMED, "a sample refers to a location");

    /* What comes later may be referred to, and the last of each is in range. */
    g_autoptr(CpaBuilder) later = new_builder("a/count");
    add_sample(later, past + 1, 1, 1);
    lines[0].function = 1;
    cpa_builder_add_location(later, &(CpaLocation){.mapping = 1}, lines, 1);
    cpa_builder_add_location(later, &(CpaLocation){.mapping = CPA_NONE}, lines, 1);
    add_function(later, "f");
    add_function(later, "g");
    cpa_builder_add_mapping(later, &(CpaMapping){.start = 1});
    cpa_builder_add_mapping(later, &(CpaMapping){.start = 2});
    g_autoptr(CpaProfile) p = finish(later);
    assert_samples(p, "g 1");
}

static void test_builder_ids(void)
{
    static const uint64_t ids[][3] = {{7, 8, 7}, {0, 9, 1}, {3, 0, 2}, {1, 2, 2}};
    for (size_t i = 0; i < G_N_ELEMENTS(ids); i++) {
        g_autoptr(CpaBuilder) mappings = new_builder("a/count");
        g_autoptr(CpaBuilder) functions = new_builder("a/count");
        g_autoptr(CpaBuilder) locations = new_builder("a/count");
        for (size_t k = 0; k < 3; k++) {
            cpa_builder_add_mapping(mappings, &(CpaMapping){.id = ids[i][k]});
            cpa_builder_add_function(functions, &(CpaFunction){.id = ids[i][k]});
            cpa_builder_add_location(locations,
                                     &(CpaLocation){.id = ids[i][k], .mapping = CPA_NONE}, NULL, 0);
        }
        g_autofree char *id = g_strdup_printf("have the id %" G_GUINT64_FORMAT, ids[i][2]);
        g_autofree char *mapping = g_strconcat("two mappings ", id, NULL);
        g_autofree char *function = g_strconcat("two functions ", id, NULL);
        g_autofree char *location = g_strconcat("two locations ", id, NULL);
        assert_refused(mappings, CPA_ERROR_MALFORMED, mapping);
        assert_refused(functions, CPA_ERROR_MALFORMED, function);
        assert_refused(locations, CPA_ERROR_MALFORMED, location);
    }

    g_autoptr(CpaBuilder) b = new_builder("a/count");
    for (uint64_t i = 0; i < 3; i++) {
        uint64_t id = i == 1 ? UINT64_MAX : 0;
        cpa_builder_add_mapping(b, &(CpaMapping){.id = id});
        cpa_builder_add_function(b, &(CpaFunction){.id = id});
        cpa_builder_add_location(b, &(CpaLocation){.id = id, .mapping = CPA_NONE}, NULL, 0);
    }
    g_autoptr(CpaProfile) p = finish(b);
    for (uint64_t i = 0; i < 3; i++) {
        uint64_t id = i == 1 ? UINT64_MAX : i + 1;
        g_assert_cmpuint(p->mappings[i].id, ==, id);
        g_assert_cmpuint(p->functions[i].id, ==, id);
        g_assert_cmpuint(p->locations[i].id, ==, id);
    }
}

/* The first inconsistency is told, and the builder begins anew. */
static void test_builder_again(void)
{
    g_autoptr(CpaBuilder) b = new_builder("a/count");
    cpa_builder_add_location(b, &(CpaLocation){.mapping = CPA_NONE}, NULL, CPA_NONE);
    add_frame(b, "f");
    add_sample(b, (uint32_t[]){5}, 1, 1);
    cpa_builder_add_comment(b, intern(b, "old"));
    cpa_builder_header(b)->time_ns = 5;
    cpa_builder_sample_label_str(b, intern(b, "k"), intern(b, "v")); /* of no sample */
    cpa_builder_sample_frame(b, 0);
    assert_refused(b, CPA_ERROR_TOO_LARGE, "more than 4294967294 elements");

    for (int turn = 0; turn < 2; turn++) {
        g_assert_cmpuint(cpa_builder_n_types(b), ==, 0);
        g_assert_cmpuint(cpa_builder_n_samples(b), ==, 0);
        g_assert_cmpuint(cpa_label_table_count(cpa_builder_labels(b)), ==, 1);
        cpa_builder_add_sample_type(b, intern(b, "new"), intern(b, "ns"));
        uint32_t frame = add_frame(b, "g");
        g_assert_cmpuint(frame, ==, 0);
        add_sample(b, &frame, 1, 1);
        g_autoptr(CpaProfile) p = finish(b);
        assert_types(p, "new/ns");
        assert_samples(p, "g 1");
        g_assert_cmpuint(p->n_functions, ==, 1);
        g_assert_cmpuint(p->header.n_comments, ==, 0);
        g_assert_cmpint(p->header.time_ns, ==, 0);
    }
}

static void test_builder_columns(void)
{
    g_autoptr(CpaBuilder) b = new_builder("a/count");
    uint32_t frames[] = {add_frame(b, "f"), add_frame(b, "g")};
    add_sample(b, frames, 2, 1);
    add_labels(b, "k=x");
    add_sample(b, frames, 0, 1);
    uint32_t n = 0;
    cpa_builder_functions(b, &n)[1].name = intern(b, "h");
    g_assert_cmpuint(n, ==, 2);
    cpa_builder_lines(b, &n)[0].line = 77;
    g_assert_cmpuint(n, ==, 2);
    cpa_builder_locations(b, &n)[1].address = 5;
    g_assert_cmpuint(n, ==, 2);
    cpa_builder_mappings(b, &n);
    g_assert_cmpuint(n, ==, 0);
    g_assert_cmpuint(cpa_builder_n_samples(b), ==, 2);

    /* New labels for samples that are there already. */
    CpaLabelTable *labels = cpa_builder_labels(b);
    CpaLabel one = {intern(b, "n"), CPA_LABEL_NO_UNIT, 4};
    CpaLabel two = {intern(b, "s"), CPA_LABEL_STRING, intern(b, "y")};
    CpaSampleColumns *s = cpa_builder_samples(b);
    s->label_sets.data[1] = cpa_label_table_intern(labels, &one, 1);
    s->label_sets.data[0] = cpa_label_table_intern(labels, &two, 1);
    g_autoptr(CpaProfile) p = finish(b);
    assert_samples(p, "f;h 1 s=y| 1 n=4");
    g_assert_cmpint(p->lines[0].line, ==, 77);
    g_assert_cmpuint(p->locations[1].address, ==, 5);
}

/* --- Changes in place ------------------------------------------------------------------------- */

static void test_scale(void)
{
    static const char *const lines[] = {"a;m 5 1 k=x", "b;m -5 1",   "c 1 100",         "m 0 0",
                                        "d;e;m 4 0",   "m -1 9 j=y", "e;m 9 3 k=x,n=1", NULL};
    static const struct {
        double ratios[2];
        const char *out;
    } cases[] = {
        /* Nothing to do: zeros stay, too. */
        {{1, 1}, "a;m 5 1 k=x|b;m -5 1|c 1 100|m 0 0|d;e;m 4 0|m -1 9 j=y|e;m 9 3 k=x,n=1"},
        /* Half away from zero. */
        {{0.5, 2}, "a;m 3 2 k=x|b;m -3 2|c 1 200|d;e;m 2 0|m -1 18 j=y|e;m 5 6 k=x,n=1"},
        {{-0.5, 2}, "a;m -3 2 k=x|b;m 3 2|c -1 200|d;e;m -2 0|m 1 18 j=y|e;m -5 6 k=x,n=1"},
        /* Only values that were scaled keep a sample. */
        {{0.1, 1}, "a;m 1 1 k=x|b;m -1 1|e;m 1 3 k=x,n=1"},
        {{1, 0.01}, "c 1 1"},
        {{0, 0}, ""},
        {{0, 1}, ""},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(CpaProfile) p = new_profile("a/count b/count", lines);
        cpa_profile_scale(p, cases[i].ratios);
        assert_samples(p, cases[i].out);
    }
    g_autoptr(CpaProfile) p = new_profile("a/count b/count", lines);
    cpa_profile_scale_all(p, -1);
    assert_samples(p, "a;m -5 -1 k=x|b;m 5 -1|c -1 -100|d;e;m -4 0|m 1 -9 j=y|e;m -9 -3 k=x,n=1");
}

static void test_normalize(void)
{
    GError *error = NULL;
    g_autoptr(CpaProfile) base =
        new_profile("a/count b/ms c/s", (const char *const[]){"x 10 6 4", "y 20 -6 4", NULL});
    g_autoptr(CpaProfile) p = new_profile(
        "a/count b/ms c/s", (const char *const[]){"z 1 1 0", "z 0 9 0", "w 9 0 0", NULL});
    g_assert_true(cpa_profile_normalize(p, base, &error));
    g_assert_no_error(error);
    /* x 3, x 0, and no sum to scale from. */
    assert_samples(p, "z 3 0 0|w 27 0 0");

    g_autoptr(CpaProfile) other = new_profile("a/count b/s c/s", (const char *const[]){NULL});
    g_assert_false(cpa_profile_normalize(p, other, &error));
    assert_error(&error, CPA_ERROR_USAGE, "[a/count b/ms c/s], its base has [a/count b/s c/s]");
    assert_samples(p, "z 3 0 0|w 27 0 0");
}

static void test_set_label(void)
{
    g_autoptr(CpaProfile) p =
        new_profile("a/count", (const char *const[]){"x 1", "x 2 k=1,k=old,k=older", "x 3 z=1,a=b",
                                                     "x 4 k=new", "x 5", NULL});
    cpa_profile_set_label(p, "k", "new");
    assert_samples(p, "x 1 k=new|x 2 k=new,k=1|x 3 a=b,k=new,z=1|x 4 k=new|x 5 k=new");
    g_assert_cmpuint(p->label_sets[0], ==, p->label_sets[3]);
    g_assert_cmpuint(p->label_sets[0], ==, p->label_sets[4]);
    cpa_profile_set_label(p, "k", "");
    assert_samples(p, "x 1 k=|x 2 k=,k=1|x 3 a=b,k=,z=1|x 4 k=|x 5 k=");
}

static void test_select_types(void)
{
    static const char *const lines[] = {"x 1 2 3", "y 4 5 6", NULL};
    g_autoptr(CpaProfile) p = new_profile("a/s b/s c/s", lines);
    cpa_profile_select_types(p, (const uint32_t[]){2, 0, 1}, 3);
    assert_types(p, "c/s a/s b/s");
    assert_samples(p, "x 3 1 2|y 6 4 5");
    cpa_profile_select_types(p, (const uint32_t[]){2, 0}, 2);
    assert_types(p, "b/s c/s");
    assert_samples(p, "x 2 3|y 5 6");
    cpa_profile_select_types(p, (const uint32_t[]){1}, 1);
    assert_types(p, "c/s");
    assert_samples(p, "x 3|y 6");
}

static void test_unique_types(void)
{
    GError *error = NULL;
    static const char *const lines[] = {"x 1 2 3 4", NULL};
    g_autoptr(CpaProfile) p = new_profile("a/s b/s a/ms c/s", lines);
    p->header.default_sample_type = cpa_strtab_find(p->strings, "a", 1);
    g_assert_true(cpa_profile_keep_unique_types(p, &error));
    assert_types(p, "b/s c/s");
    assert_samples(p, "x 2 4");
    g_assert_cmpstr(text(p, p->header.default_sample_type), ==, "b"); /* its name is gone */
    p->header.default_sample_type = cpa_strtab_find(p->strings, "c", 1);
    g_assert_true(cpa_profile_keep_unique_types(p, &error));
    g_assert_no_error(error);
    g_assert_cmpstr(text(p, p->header.default_sample_type), ==, "c");

    g_autoptr(CpaProfile) none = new_profile("a/s b/s a/ms b/s", lines);
    g_assert_false(cpa_profile_keep_unique_types(none, &error));
    assert_error(&error, CPA_ERROR_NO_SAMPLES, "no sample types");
    assert_types(none, "a/s b/s a/ms b/s");
}

static void set_period(CpaProfile *p, const char *type, const char *unit, int64_t period)
{
    p->header.has_period_type = true;
    p->header.period_type.type = cpa_strtab_intern(p->strings, type, strlen(type));
    p->header.period_type.unit = cpa_strtab_intern(p->strings, unit, strlen(unit));
    p->header.period = period;
}

static void test_compatibilize(void)
{
    GError *error = NULL;
    g_autoptr(CpaProfile) a = new_profile("n/count cpu/ms mem/kb n/count",
                                          (const char *const[]){"x 1 2 3 9", "x 1 0 0 9", NULL});
    g_autoptr(CpaProfile) b =
        new_profile("mem/bytes wall/s cpu/s", (const char *const[]){"y 7 8 9", "y 0 8 0", NULL});
    set_period(a, "cpu", "us", 3);
    set_period(b, "cpu", "ms", 2);
    g_assert_true(cpa_profile_compatibilize((CpaProfile *const[]){a, b}, 2, &error));
    g_assert_no_error(error);
    /* Those in common in the order of the first, each in the finer unit. */
    assert_types(a, "cpu/ms mem/bytes");
    assert_types(b, "cpu/ms mem/bytes");
    assert_samples(a, "x 2 3072");
    assert_samples(b, "y 9000 7");
    g_assert_cmpint(a->header.period, ==, 3);
    g_assert_cmpint(b->header.period, ==, 2000);
    g_assert_cmpstr(text(b, b->header.period_type.unit), ==, "us");
    g_assert_true(cpa_profile_same_types(a, b));

    /* A name that comes twice counts once, with the first of either side. */
    g_autoptr(CpaProfile) twice =
        new_profile("a/s a/ms b/s", (const char *const[]){"x 1 2 3", NULL});
    g_autoptr(CpaProfile) thrice =
        new_profile("b/s a/s a/s a/s", (const char *const[]){"y 4 5 6 7", NULL});
    g_assert_true(cpa_profile_compatibilize((CpaProfile *const[]){twice, thrice}, 2, &error));
    assert_types(twice, "a/s b/s");
    assert_samples(twice, "x 1 3");
    assert_samples(thrice, "y 5 4");
}

static void test_incompatible(void)
{
    GError *error = NULL;
    static const char *const none[] = {NULL};
    g_autoptr(CpaProfile) cpu = new_profile("cpu/ms", none);
    g_autoptr(CpaProfile) heap = new_profile("space/bytes", none);
    g_assert_false(cpa_profile_compatibilize((CpaProfile *const[]){cpu, heap}, 2, &error));
    assert_error(&error, CPA_ERROR_USAGE, "no sample type in common: [cpu/ms] and [space/bytes]");

    g_autoptr(CpaProfile) counted = new_profile("cpu/count", none);
    g_assert_false(cpa_profile_compatibilize((CpaProfile *const[]){cpu, counted}, 2, &error));
    assert_error(&error, CPA_ERROR_USAGE, "their units differ: cpu/ms and cpu/count");

    g_autoptr(CpaProfile) wall = new_profile("cpu/ms", none);
    set_period(cpu, "cpu", "ms", 1);
    set_period(wall, "wall", "ms", 1);
    g_assert_false(cpa_profile_compatibilize((CpaProfile *const[]){cpu, wall}, 2, &error));
    assert_error(&error, CPA_ERROR_USAGE, "their period types differ: cpu/ms and wall/ms");
    g_assert_false(cpa_profile_same_types(cpu, wall));
    set_period(wall, "cpu", "kb", 1);
    g_assert_false(cpa_profile_compatibilize((CpaProfile *const[]){cpu, wall}, 2, &error));
    assert_error(&error, CPA_ERROR_USAGE, "their period types differ: cpu/ms and cpu/kb");
}

/* --- Merging ---------------------------------------------------------------------------------- */

/* Consumes the profiles. */
static CpaProfile *merge(CpaProfile **profiles, size_t n)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CpaMerger) merger = cpa_merger_new();
    for (size_t i = 0; i < n; i++) {
        g_assert_true(cpa_merger_add(merger, &profiles[i], &error));
        g_assert_no_error(error);
        g_assert_null(profiles[i]);
    }
    CpaProfile *merged = cpa_merger_finish(merger, &error);
    g_assert_no_error(error);
    g_assert_nonnull(merged);
    g_assert_true(g_atomic_ref_count_compare(&merged->refs, 1));
    return merged;
}

static CpaProfile *merge_two(CpaProfile *a, CpaProfile *b)
{
    CpaProfile *both[] = {a, b};
    return merge(both, 2);
}

static void test_merge_samples(void)
{
    g_autoptr(CpaProfile) one =
        new_profile("n/count b/bytes", (const char *const[]){"a;m 1 10", "b;m 2 0 k=x", "a;m 3 30",
                                                             "m 0 0 k=gone", NULL});
    g_autofree char *before = dump(one);
    const CpaProfile *was = one;
    one = merge(&one, 1);
    g_autofree char *after = dump(one);
    g_assert_true(one == was); /* alone, nothing is folded */
    g_assert_cmpstr(before, ==, after);

    CpaProfile *two = new_profile(
        "n/count b/bytes", (const char *const[]){"unused 0 0", "b;m 5 5 k=y", "b;m 7 7 k=x",
                                                 "m;a 1 1", "a;m 1 1 n=1", "a;m 4 -40", NULL});
    g_autoptr(CpaProfile) both = merge_two(g_steal_pointer(&one), two);
    assert_samples(both, "a;m 8 0|b;m 9 7 k=x|b;m 5 5 k=y|m;a 1 1|a;m 1 1 n=1");
    g_assert_cmpuint(both->n_functions, ==, 3); /* without the unused one */
    g_assert_cmpuint(both->n_locations, ==, 3);
}

/* Samples that cancel out go, and what only they used. */
static void test_merge_cancel(void)
{
    CpaProfile *base =
        new_profile("n/count b/bytes",
                    (const char *const[]){"gone;m -1 -2 k=x", "half;m -1 -2", "stays;m 3 0", NULL});
    CpaProfile *profile =
        new_profile("n/count b/bytes",
                    (const char *const[]){"gone;m 1 2 k=x", "half;m 1 3", "gone;other 0 0", NULL});
    g_autoptr(CpaProfile) both = merge_two(profile, base);
    assert_samples(both, "half;m 0 1|stays;m 3 0");
    g_assert_cmpuint(both->n_functions, ==, 3);
    g_assert_cmpuint(both->n_locations, ==, 3);
    g_assert_cmpuint(cpa_label_table_count(both->labels), ==, 1);

    static const char *const plus[] = {"a;m 5", NULL};
    static const char *const minus[] = {"a;m -5", NULL};
    g_autoptr(CpaProfile) nothing = merge_two(new_profile("n/s", plus), new_profile("n/s", minus));
    assert_samples(nothing, "");
    assert_types(nothing, "n/s");
    g_assert_cmpuint(nothing->n_locations, ==, 0);
}

static CpaProfile *new_header(int64_t time_ns, int64_t duration_ns, int64_t period,
                              const char *strings, const char *const *comments)
{
    g_autoptr(CpaBuilder) b = new_builder("n/count");
    CpaStrId id = intern(b, strings);
    for (; *comments != NULL; comments++) {
        cpa_builder_add_comment(b, intern(b, *comments));
    }
    CpaHeader *h = cpa_builder_header(b);
    h->time_ns = time_ns;
    h->duration_ns = duration_ns;
    h->period = period;
    h->default_sample_type = id;
    h->doc_url = id;
    h->drop_frames = id;
    h->keep_frames = id;
    return finish(b);
}

static void test_merge_header(void)
{
    static const struct {
        int64_t times[4];
        int64_t time;
        int64_t periods[4];
        int64_t period;
    } cases[] = {
        {{50, 30, 70, 90}, 30, {1, 2, 3, 4}, 4},
        {{30, 50, 40, 35}, 30, {4, 3, 2, 1}, 4},
        /* A profile without a time resets it: the next one counts anew. */
        {{50, 0, 70, 90}, 70, {0, 0, 0, 0}, 0},
        {{0, 50, 60, 70}, 50, {0, 3, 0, 1}, 3},
        {{50, 60, 70, 0}, 0, {-3, -7, -2, -9}, -2},
        {{0, 0, 0, 0}, 0, {-1, 0, -4, -6}, -4},
    };
    static const char *const strings[] = {"", "one", "two", ""};
    static const char *const comments[][4] = {
        {"c", "a", "c"}, {"b", "a", "d"}, {NULL}, {"d", "e", ""}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        CpaProfile *profiles[4];
        for (size_t k = 0; k < 4; k++) {
            profiles[k] = new_header(cases[i].times[k], (int64_t)k * 10 + 1, cases[i].periods[k],
                                     strings[k], comments[k]);
        }
        g_autoptr(CpaProfile) p = merge(profiles, 4);
        g_assert_cmpint(p->header.time_ns, ==, cases[i].time);
        g_assert_cmpint(p->header.duration_ns, ==, 64);
        g_assert_cmpint(p->header.period, ==, cases[i].period);
        /* The first that is given, but the patterns are those of the first profile. */
        g_assert_cmpstr(text(p, p->header.default_sample_type), ==, "one");
        g_assert_cmpstr(text(p, p->header.doc_url), ==, "one");
        g_assert_cmpstr(text(p, p->header.drop_frames), ==, "");
        g_assert_cmpstr(text(p, p->header.keep_frames), ==, "");
        static const char *const expected[] = {"c", "a", "b", "d", "e", ""};
        g_assert_cmpuint(p->header.n_comments, ==, G_N_ELEMENTS(expected));
        for (uint32_t k = 0; k < p->header.n_comments; k++) {
            g_assert_cmpstr(text(p, p->header.comments[k]), ==, expected[k]);
        }
    }
}

/* Two mappings and an address in each of them. */
static CpaProfile *new_mapped(const CpaMapping *mapping, const char *file, const char *build_id)
{
    g_autoptr(CpaBuilder) b = new_builder("n/count");
    CpaMapping first = {.start = 0x100, .limit = 0x200, .file = intern(b, "main")};
    CpaMapping second = *mapping;
    second.file = intern(b, file);
    second.build_id = intern(b, build_id);
    cpa_builder_add_mapping(b, &first);
    uint32_t index = cpa_builder_add_mapping(b, &second);
    uint32_t frames[] = {
        cpa_builder_add_location(
            b, &(CpaLocation){.address = mapping->start + 0x10, .mapping = index}, NULL, 0),
        cpa_builder_add_location(
            b, &(CpaLocation){.address = mapping->start + 0x20, .mapping = index}, NULL, 0),
        cpa_builder_add_location(b, &(CpaLocation){.address = 0x15, .mapping = CPA_NONE}, NULL, 0),
    };
    add_sample(b, frames, 3, 1);
    return finish(b);
}

static void test_merge_mappings(void)
{
    static const CpaMapping here = {.start = 0x1000, .limit = 0x5000, .offset = 0x40};
    static const struct {
        CpaMapping mapping;
        const char *file;
        const char *build_id;
        const char *out;
    } cases[] = {
        /* Moved: addresses follow the mapping that was there first. */
        {{.start = 0x1000, .limit = 0x5000, .offset = 0x40}, "f", "id", "1"},
        {{.start = 0x9000, .limit = 0xd000, .offset = 0x40}, "f", "id", "1"},
        /* The size counts in pages, the file only where there is no build id. */
        {{.start = 0x9000, .limit = 0xcfff, .offset = 0x40}, "f", "id", "1"},
        {{.start = 0x9000, .limit = 0xc001, .offset = 0x40}, "g", "id", "1"},
        {{.start = 0x9000, .limit = 0xd001, .offset = 0x40}, "f", "id", "2"},
        {{.start = 0x9000, .limit = 0xc000, .offset = 0x40}, "f", "id", "2"},
        {{.start = 0x9000, .limit = 0xd000, .offset = 0x41}, "f", "id", "2"},
        {{.start = 0x9000, .limit = 0xd000, .offset = 0x40}, "f", "di", "2"},
        {{.start = 0x9000, .limit = 0xd000, .offset = 0x40}, "f", "", "2"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(CpaProfile) p =
            merge_two(new_mapped(&here, "f", "id"),
                      new_mapped(&cases[i].mapping, cases[i].file, cases[i].build_id));
        bool same = strcmp(cases[i].out, "1") == 0;
        assert_samples(p,
                       same ? "0x1010;0x1020;0x15 2" : "0x1010;0x1020;0x15 1|0x9010;0x9020;0x15 1");
        g_assert_cmpuint(p->n_mappings, ==, same ? 2 : 3);
        g_assert_cmpstr(text(p, p->mappings[0].file), ==, "main"); /* stays first, though unused */
        g_assert_cmpuint(p->mappings[1].start, ==, 0x1000);
        g_assert_cmpuint(p->locations[0].mapping, ==, 1);
    }
    /* Without build ids, files tell. */
    g_autoptr(CpaProfile) same = merge_two(new_mapped(&here, "f", ""), new_mapped(&here, "f", ""));
    g_assert_cmpuint(same->n_mappings, ==, 2);
    g_autoptr(CpaProfile) apart = merge_two(new_mapped(&here, "f", ""), new_mapped(&here, "g", ""));
    g_assert_cmpuint(apart->n_mappings, ==, 3);
}

/* One sample in a location of two lines, all of them given. */
static CpaProfile *new_lines(uint64_t address, bool is_folded, CpaLine inner, CpaLine outer,
                             const CpaFunction *function)
{
    g_autoptr(CpaBuilder) b = new_builder("n/count");
    CpaFunction named = *function;
    named.name = intern(b, "f");
    named.system_name = intern(b, function->system_name != 0 ? "_f" : "f");
    named.file = intern(b, function->file != 0 ? "file" : "");
    CpaLine lines[] = {inner, outer};
    lines[0].function = cpa_builder_add_function(b, &named);
    lines[1].function = lines[0].function;
    CpaLocation location = {.address = address, .is_folded = is_folded, .mapping = CPA_NONE};
    uint32_t frame = cpa_builder_add_location(b, &location, lines, 2);
    add_sample(b, &frame, 1, 1);
    return finish(b);
}

/* What tells locations and functions apart. */
static void test_merge_identity(void)
{
    static const CpaLine inner = {.line = 1, .column = 2};
    static const CpaLine outer = {.line = 3, .column = 4};
    static const CpaFunction f = {.start_line = 9};
    static const struct {
        uint64_t address;
        bool is_folded;
        CpaLine inner;
        CpaLine outer;
        CpaFunction function;
        uint32_t n_locations;
        uint32_t n_functions;
    } cases[] = {
        {5, false, {.line = 1, .column = 2}, {.line = 3, .column = 4}, {.start_line = 9}, 1, 1},
        {6, false, {.line = 1, .column = 2}, {.line = 3, .column = 4}, {.start_line = 9}, 2, 1},
        {5, true, {.line = 1, .column = 2}, {.line = 3, .column = 4}, {.start_line = 9}, 2, 1},
        {5, false, {.line = 0, .column = 2}, {.line = 3, .column = 4}, {.start_line = 9}, 2, 1},
        {5, false, {.line = 1, .column = 2}, {.line = 0, .column = 4}, {.start_line = 9}, 2, 1},
        /* Of the columns only the last one tells. */
        {5, false, {.line = 1, .column = 0}, {.line = 3, .column = 4}, {.start_line = 9}, 1, 1},
        {5, false, {.line = 1, .column = 2}, {.line = 3, .column = 0}, {.start_line = 9}, 2, 1},
        {5, false, {.line = 1, .column = 2}, {.line = 3, .column = 4}, {.start_line = 8}, 2, 2},
        {5, false, inner, outer, {.start_line = 9, .file = 1}, 2, 2},
        {5, false, inner, outer, {.start_line = 9, .system_name = 1}, 2, 2},
        {(uint64_t)5 << 32 | 5, false, inner, outer, {.start_line = 9}, 2, 1},
        {5, false, inner, outer, {.start_line = 9 + ((int64_t)1 << 32)}, 2, 2},
        {5, false, {.line = 1 + ((int64_t)1 << 32)}, outer, {.start_line = 9}, 2, 1},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(CpaProfile) p =
            merge_two(new_lines(5, false, inner, outer, &f),
                      new_lines(cases[i].address, cases[i].is_folded, cases[i].inner,
                                cases[i].outer, &cases[i].function));
        g_assert_cmpuint(p->n_locations, ==, cases[i].n_locations);
        g_assert_cmpuint(p->n_functions, ==, cases[i].n_functions);
        g_assert_cmpuint(p->n_samples, ==, cases[i].n_locations);
        /* The first one stays as it was. */
        g_assert_cmpint(p->lines[0].line, ==, 1);
        g_assert_cmpint(p->lines[0].column, ==, 2);
        g_assert_cmpint(p->lines[1].column, ==, 4);
        g_assert_cmpuint(p->locations[0].address, ==, 5);
    }
}

static void test_merge_types(void)
{
    CpaProfile *profiles[] = {
        new_profile("n/count cpu/ms", (const char *const[]){"a 1 2", NULL}),
        new_profile("n/count cpu/ms", (const char *const[]){"a 1 2", "b 1 0", NULL}),
        new_profile("cpu/us", (const char *const[]){"a 1", "c 3", NULL}),
        new_profile("cpu/s n/count", (const char *const[]){"d 1 1", NULL}),
    };
    g_autoptr(CpaProfile) p = merge(profiles, G_N_ELEMENTS(profiles));
    assert_types(p, "cpu/us");
    assert_samples(p, "a 4001|c 3|d 1000000");

    g_autoptr(GError) error = NULL;
    g_autoptr(CpaMerger) merger = cpa_merger_new();
    CpaProfile *one = new_profile("n/count", (const char *const[]){"a 1", NULL});
    CpaProfile *two = new_profile("m/count", (const char *const[]){"a 1", NULL});
    g_assert_true(cpa_merger_add(merger, &one, &error));
    g_assert_true(cpa_merger_add(merger, &two, &error));
    g_assert_null(two);
    g_assert_null(cpa_merger_finish(merger, &error));
    assert_error(&error, CPA_ERROR_USAGE, "no sample type in common");
}

/* As many values as the merged column has room for. */
static void test_merge_normalized(void)
{
    enum { N = 16 };
    CpaProfile *base = new_profile("n/count", (const char *const[]){"other 600", NULL});
    char *lines[N] = {NULL};
    for (int i = 0; i < N - 1; i++) {
        lines[i] = g_strdup_printf("f%d 20", i);
    }
    CpaProfile *p = new_profile("n/count", (const char *const *)lines);
    cpa_profile_keep_normalized(p, base);
    cpa_profile_scale_all(base, -1);
    g_autoptr(CpaProfile) both = merge_two(p, base);
    g_assert_cmpuint(both->n_samples, ==, N);
    g_autoptr(CpaProfile) normalized = cpa_profile_normalized(both);
    g_assert_nonnull(normalized);
    for (int i = 0; i < N; i++) {
        g_assert_cmpint(both->values[i], ==, i < N - 1 ? 20 : -600);
        g_assert_cmpint(normalized->values[i], ==, i < N - 1 ? 40 : -600);
    }
    for (int i = 0; i < N - 1; i++) {
        g_free(lines[i]);
    }
}

/* A random profile of the same program: addresses move, elements come in another order. */
static CpaProfile *random_profile(GRand *rand, guint32 number)
{
    enum { N_FRAMES = 12, N_SAMPLES = 40 };
    g_autoptr(CpaBuilder) b = new_builder("n/count b/bytes");
    uint64_t start = (uint64_t)number * 0x10000;
    uint32_t mapping = cpa_builder_add_mapping(
        b, &(CpaMapping){.start = start, .limit = start + 0x4000, .file = intern(b, "prog")});
    uint32_t frames[N_FRAMES];
    for (uint32_t i = 0; i < N_FRAMES; i++) {
        uint32_t which = (i + number * 5) % N_FRAMES;
        g_autofree char *name = g_strdup_printf("f%u", which / 2);
        CpaLine lines[] = {{.line = which, .function = add_function(b, name)},
                           {.line = 1, .function = add_function(b, "main")}};
        CpaLocation location = {.address = start + which, .mapping = mapping};
        frames[which] = cpa_builder_add_location(b, &location, lines, which % 3);
    }
    for (int i = 0; i < N_SAMPLES; i++) {
        for (int depth = g_rand_int_range(rand, 0, 4); depth > 0; depth--) {
            cpa_builder_sample_frame(b, frames[g_rand_int_range(rand, 0, N_FRAMES)]);
        }
        cpa_builder_sample_value(b, g_rand_int_range(rand, 0, 3));
        cpa_builder_sample_value(b, g_rand_int_range(rand, 0, 100));
        add_labels(b, ((const char *const[]){"", "k=x", "k=y,n=1", "n=1,k=y",
                                             "n=2kb"})[g_rand_int_range(rand, 0, 5)]);
        cpa_builder_sample_end(b);
    }
    cpa_builder_add_comment(b, intern(b, number % 2 == 0 ? "even" : "odd"));
    cpa_builder_header(b)->time_ns = 100 - number;
    cpa_builder_header(b)->duration_ns = 1;
    return finish(b);
}

/* Adds each sample of the profile under a text that leaves out where the mapping lies. */
static void add_naive(GHashTable *sums, const CpaProfile *p)
{
    for (size_t i = 0; i < p->n_samples; i++) {
        const int64_t *values = p->values + 2 * i;
        if (values[0] == 0 && values[1] == 0) {
            continue;
        }
        g_autoptr(GString) key = g_string_new(NULL);
        for (uint64_t k = p->frame_first[i]; k < p->frame_first[i + 1]; k++) {
            const CpaLocation *l = &p->locations[p->frames[k]];
            g_string_append_printf(key, "%d", (int)(l->address - p->mappings[l->mapping].start));
            for (uint32_t j = 0; j < l->n_lines; j++) {
                const CpaLine *line = &p->lines[l->line_first + j];
                g_string_append_printf(key, ",%s:%d", text(p, p->functions[line->function].name),
                                       (int)line->line);
            }
            g_string_append_c(key, ';');
        }
        put_labels(key, p, p->label_sets[i]);
        int64_t *sum = g_hash_table_lookup(sums, key->str);
        if (sum == NULL) {
            sum = g_new0(int64_t, 3);
            g_hash_table_insert(sums, g_strdup(key->str), sum);
        }
        sum[0] += values[0];
        sum[1] += values[1];
        sum[2]++;
    }
}

static GHashTable *new_sums(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
}

static void test_merge_many(void)
{
    enum { N = 12 };
    g_autoptr(GRand) rand = g_rand_new_with_seed(11);
    g_autoptr(GHashTable) expected = new_sums();
    CpaProfile *all[N];
    CpaProfile *singly = NULL;
    for (guint32 i = 0; i < N; i++) {
        g_autoptr(GRand) again = g_rand_copy(rand);
        all[i] = random_profile(rand, i);
        add_naive(expected, all[i]);
        CpaProfile *same = random_profile(again, i);
        singly = i == 0 ? same : merge_two(singly, same);
    }
    g_autoptr(CpaProfile) one_by_one = singly;
    g_autoptr(CpaProfile) at_once = merge(all, N);
    g_autofree char *a = dump(one_by_one);
    g_autofree char *b = dump(at_once);
    g_assert_cmpstr(a, ==, b);
    g_assert_cmpint(at_once->header.duration_ns, ==, N);
    g_assert_cmpint(at_once->header.time_ns, ==, 100 - (N - 1));

    g_autoptr(GHashTable) got = new_sums();
    add_naive(got, at_once);
    g_assert_cmpuint(g_hash_table_size(got), ==, g_hash_table_size(expected));
    g_assert_cmpuint(g_hash_table_size(got), >, 50);
    GHashTableIter iter;
    gpointer key = NULL;
    gpointer value = NULL;
    g_hash_table_iter_init(&iter, expected);
    while (g_hash_table_iter_next(&iter, &key, &value)) {
        const int64_t *want = value;
        const int64_t *have = g_hash_table_lookup(got, key);
        g_assert_nonnull(have);
        g_assert_cmpint(have[0], ==, want[0]);
        g_assert_cmpint(have[1], ==, want[1]);
        g_assert_cmpint(have[2], ==, 1); /* each stack once */
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/labels/order", test_labels_order);
    g_test_add_func("/model/labels/find", test_labels_find);
    g_test_add_func("/model/builder/values", test_builder_values);
    g_test_add_func("/model/builder/references", test_builder_references);
    g_test_add_func("/model/builder/ids", test_builder_ids);
    g_test_add_func("/model/builder/again", test_builder_again);
    g_test_add_func("/model/builder/columns", test_builder_columns);
    g_test_add_func("/model/adjust/scale", test_scale);
    g_test_add_func("/model/adjust/normalize", test_normalize);
    g_test_add_func("/model/adjust/set-label", test_set_label);
    g_test_add_func("/model/adjust/select-types", test_select_types);
    g_test_add_func("/model/adjust/unique-types", test_unique_types);
    g_test_add_func("/model/adjust/compatibilize", test_compatibilize);
    g_test_add_func("/model/adjust/incompatible", test_incompatible);
    g_test_add_func("/model/merge/samples", test_merge_samples);
    g_test_add_func("/model/merge/cancel", test_merge_cancel);
    g_test_add_func("/model/merge/header", test_merge_header);
    g_test_add_func("/model/merge/mappings", test_merge_mappings);
    g_test_add_func("/model/merge/identity", test_merge_identity);
    g_test_add_func("/model/merge/types", test_merge_types);
    g_test_add_func("/model/merge/normalized", test_merge_normalized);
    g_test_add_func("/model/merge/many", test_merge_many);
    return g_test_run();
}
