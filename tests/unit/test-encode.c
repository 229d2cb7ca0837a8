/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reader and writer of profile.proto against protobuf-c, which knows the schema and nothing else
 * of cpa: what cpa_view_encode() writes is unpacked by it, and the profiles of testdata are
 * unpacked by it next to cpa's own reader.
 */
#include "view/encode.h"

#include <string.h>
#include <zlib.h>

#include "profile/builder.h"
#include "profile/profile.pb-c.h"
#include "report/run.h"

typedef Cpa__Pprof__Profile Message;

/* --- Helpers ---------------------------------------------------------------------------------- */

static GByteArray *gunzip(const void *bytes, size_t n)
{
    GByteArray *out = g_byte_array_new();
    z_stream z = {.next_in = (Bytef *)(uintptr_t)bytes, .avail_in = (uInt)n};
    g_assert_cmpint(inflateInit2(&z, 15 + 16), ==, Z_OK);
    /* One member after the other. */
    int status = Z_OK;
    while (status != Z_STREAM_END || z.avail_in > 0) {
        if (status == Z_STREAM_END) {
            inflateReset(&z);
        }
        guint8 part[65536];
        z.next_out = part;
        z.avail_out = sizeof part;
        status = inflate(&z, Z_NO_FLUSH);
        g_assert_true(status == Z_OK || status == Z_STREAM_END);
        g_byte_array_append(out, part, (guint)(sizeof part - z.avail_out));
    }
    inflateEnd(&z);
    return out;
}

static GByteArray *encode(CpaView *view, double ratio, bool gzip)
{
    g_autoptr(CpaSink) sink = cpa_sink_new_memory();
    g_autoptr(GError) error = NULL;
    g_assert_true(cpa_view_encode(view, ratio, gzip, sink, &error));
    g_assert_no_error(error);
    size_t n = 0;
    const char *data = cpa_sink_data(sink, &n);
    if (gzip) {
        return gunzip(data, n);
    }
    GByteArray *out = g_byte_array_new();
    g_byte_array_append(out, (const guint8 *)data, (guint)n);
    return out;
}

static Message *unpack(const GByteArray *bytes)
{
    Message *message = cpa__pprof__profile__unpack(NULL, bytes->len, bytes->data);
    g_assert_nonnull(message);
    return message;
}

static void assert_string(const Message *message, int64_t number, const char *text)
{
    g_assert_cmpint(number, >=, 0);
    g_assert_cmpint(number, <, (int64_t)message->n_string_table);
    const ProtobufCBinaryData *string = &message->string_table[number];
    g_assert_cmpmem(string->data, string->len, text, strlen(text));
}

/* --- A profile with one of everything --------------------------------------------------------- */

static CpaStrId intern(CpaBuilder *b, const char *text)
{
    return cpa_builder_intern(b, text, -1);
}

static CpaProfile *new_profile(bool full)
{
    g_autoptr(CpaBuilder) b = cpa_builder_new();
    cpa_builder_add_sample_type(b, intern(b, "cpu"), intern(b, "ms"));
    if (full) {
        cpa_builder_add_sample_type(b, intern(b, "count"), intern(b, "count"));
        cpa_builder_add_sample_type(b, intern(b, "bytes"), intern(b, "bytes"));
        for (const char *const *c = (const char *const[]){"one", "two", "one", NULL}; *c; c++) {
            cpa_builder_add_comment(b, intern(b, *c));
        }
        CpaStrId strings[] = {intern(b, "drop"), intern(b, "keep"), intern(b, "http://x"),
                              intern(b, "cpu"),  intern(b, "wall"), intern(b, "ms")};
        CpaHeader *header = cpa_builder_header(b);
        header->drop_frames = strings[0];
        header->keep_frames = strings[1];
        header->doc_url = strings[2];
        header->default_sample_type = strings[3];
        header->has_period_type = true;
        header->period_type = (CpaValueType){strings[4], strings[5]};
        header->period = -7;
        header->time_ns = INT64_C(1700000000000000000);
        header->duration_ns = 5;
    }
    uint32_t mapping = cpa_builder_add_mapping(b, &(CpaMapping){.start = 0x1000,
                                                                .limit = UINT64_MAX,
                                                                .offset = 3,
                                                                .file = intern(b, "/bin/x"),
                                                                .build_id = intern(b, "abc"),
                                                                .has_functions = true,
                                                                .has_inline_frames = true});
    uint32_t f = cpa_builder_add_function(b, &(CpaFunction){.id = 300,
                                                            .start_line = -4,
                                                            .name = intern(b, "main"),
                                                            .system_name = intern(b, "_main"),
                                                            .file = intern(b, "main.c")});
    CpaLine lines[] = {{.line = 10, .column = 2, .function = f}, {.line = 11, .function = f}};
    for (uint64_t i = 0; i < 4; i++) {
        CpaLocation location = {.id = UINT64_C(1) << (20 * i),
                                .address = i,
                                .mapping = i % 2 == 0 ? mapping : CPA_NONE,
                                .is_folded = i == 3};
        cpa_builder_add_location(b, &location, lines, (uint32_t)i % 3);
    }
    for (uint32_t depth = 0; depth <= 4; depth++) {
        for (uint32_t k = 0; k < depth; k++) {
            cpa_builder_sample_frame(b, k);
        }
        for (uint32_t k = 0; k < (full ? 3 : 1); k++) {
            cpa_builder_sample_value(b, (int64_t)depth * 100 - 150 + k);
        }
        if (depth % 2 == 1) {
            cpa_builder_sample_label_num(b, intern(b, "size"), -1, intern(b, "kb"));
            cpa_builder_sample_label_num(b, intern(b, "size"), 0, CPA_LABEL_NO_UNIT);
            cpa_builder_sample_label_str(b, intern(b, "z"), intern(b, "last"));
            cpa_builder_sample_label_str(b, intern(b, "a"), intern(b, "first"));
        }
        cpa_builder_sample_end(b);
    }
    g_autoptr(GError) error = NULL;
    CpaProfile *profile = cpa_builder_finish(b, &error);
    g_assert_no_error(error);
    return profile;
}

static void check_labels(const Message *m, const Cpa__Pprof__Sample *sample)
{
    g_assert_cmpuint(sample->n_label, ==, 4);
    assert_string(m, sample->label[0]->key_str, "a");
    assert_string(m, sample->label[0]->text_str, "first");
    assert_string(m, sample->label[1]->key_str, "z");
    assert_string(m, sample->label[1]->text_str, "last");
    assert_string(m, sample->label[2]->key_str, "size");
    g_assert_cmpint(sample->label[2]->number, ==, -1);
    assert_string(m, sample->label[2]->unit_str, "kb");
    assert_string(m, sample->label[3]->key_str, "size");
    g_assert_cmpint(sample->label[3]->number, ==, 0);
    g_assert_cmpint(sample->label[3]->unit_str, ==, 0);
}

static void check_samples(const Message *m, size_t n_values, int64_t factor)
{
    g_assert_cmpuint(m->n_sample, ==, 5);
    for (size_t i = 0; i < 5; i++) {
        const Cpa__Pprof__Sample *sample = m->sample[i];
        g_assert_cmpuint(sample->n_location_id, ==, i);
        for (size_t k = 0; k < i; k++) {
            g_assert_cmpuint(sample->location_id[k], ==, UINT64_C(1) << (20 * k));
        }
        g_assert_cmpuint(sample->n_value, ==, n_values);
        for (size_t k = 0; k < n_values; k++) {
            g_assert_cmpint(sample->value[k], ==, ((int64_t)i * 100 - 150 + (int64_t)k) / factor);
        }
        if (i % 2 == 1) {
            check_labels(m, sample);
        } else {
            g_assert_cmpuint(sample->n_label, ==, 0);
        }
    }
}

static void check_tables(const Message *m)
{
    g_assert_cmpuint(m->n_mapping, ==, 1);
    g_assert_cmpuint(m->mapping[0]->id, ==, 1);
    g_assert_cmpuint(m->mapping[0]->start, ==, 0x1000);
    g_assert_cmpuint(m->mapping[0]->limit, ==, UINT64_MAX);
    assert_string(m, m->mapping[0]->file_str, "/bin/x");
    assert_string(m, m->mapping[0]->build_id_str, "abc");
    g_assert_true(m->mapping[0]->has_functions);
    g_assert_false(m->mapping[0]->has_filenames);
    g_assert_true(m->mapping[0]->has_inline_frames);
    g_assert_cmpuint(m->n_location, ==, 4);
    for (size_t i = 0; i < 4; i++) {
        const Cpa__Pprof__Location *location = m->location[i];
        g_assert_cmpuint(location->id, ==, UINT64_C(1) << (20 * i));
        g_assert_cmpuint(location->address, ==, i);
        g_assert_cmpuint(location->mapping_id, ==, i % 2 == 0 ? 1 : 0);
        g_assert_cmpuint(location->n_line, ==, i % 3);
        g_assert_cmpint(location->is_folded, ==, i == 3);
    }
    g_assert_cmpuint(m->location[2]->line[0]->function_id, ==, 300);
    g_assert_cmpint(m->location[2]->line[0]->line, ==, 10);
    g_assert_cmpint(m->location[2]->line[0]->column, ==, 2);
    g_assert_cmpint(m->location[2]->line[1]->line, ==, 11);
    g_assert_cmpuint(m->n_function, ==, 1);
    g_assert_cmpuint(m->function[0]->id, ==, 300);
    g_assert_cmpint(m->function[0]->start_line, ==, -4);
    assert_string(m, m->function[0]->name_str, "main");
    assert_string(m, m->function[0]->system_name_str, "_main");
    assert_string(m, m->function[0]->file_str, "main.c");
}

static void test_full(void)
{
    g_autoptr(CpaProfile) profile = new_profile(true);
    g_autoptr(CpaView) view = cpa_view_new(profile);
    g_autoptr(GByteArray) bytes = encode(view, 1, false);
    g_autoptr(GByteArray) unzipped = encode(view, 1, true);
    g_assert_cmpmem(bytes->data, bytes->len, unzipped->data, unzipped->len);
    Message *m = unpack(bytes);
    g_assert_cmpuint(m->n_sample_type, ==, 3);
    assert_string(m, m->sample_type[0]->type_str, "cpu");
    assert_string(m, m->sample_type[2]->unit_str, "bytes");
    check_samples(m, 3, 1);
    check_tables(m);
    assert_string(m, m->drop_frames_str, "drop");
    assert_string(m, m->keep_frames_str, "keep");
    assert_string(m, m->doc_url_str, "http://x");
    assert_string(m, m->default_sample_type_str, "cpu");
    assert_string(m, m->period_type->type_str, "wall");
    assert_string(m, m->period_type->unit_str, "ms");
    g_assert_cmpint(m->period, ==, -7);
    g_assert_cmpint(m->time_ns, ==, INT64_C(1700000000000000000));
    g_assert_cmpint(m->duration_ns, ==, 5);
    g_assert_cmpuint(m->n_comment_str, ==, 3);
    assert_string(m, m->comment_str[1], "two");
    g_assert_cmpint(m->comment_str[0], ==, m->comment_str[2]);
    /* Strings are numbered as they are met: types, labels by key, mappings, ... */
    const char *const order[] = {"",      "cpu", "ms",   "count", "bytes", "a",
                                 "first", "z",   "last", "size",  "kb",    "/bin/x"};
    for (size_t i = 0; i < G_N_ELEMENTS(order); i++) {
        assert_string(m, (int64_t)i, order[i]);
    }
    cpa__pprof__profile__free_unpacked(m, NULL);
}

static void test_ratio(void)
{
    g_autoptr(CpaProfile) profile = new_profile(true);
    g_autoptr(CpaView) view = cpa_view_new(profile);
    g_autoptr(GByteArray) bytes = encode(view, 0.25, false);
    Message *m = unpack(bytes);
    check_samples(m, 3, 4);
    cpa__pprof__profile__free_unpacked(m, NULL);
}

/* Zero fields are left out, default_sample_type is not; two numbers are not packed. */
static void test_minimal(void)
{
    g_autoptr(CpaProfile) profile = new_profile(false);
    g_autoptr(CpaView) view = cpa_view_new(profile);
    g_autoptr(GByteArray) bytes = encode(view, 1, false);
    Message *m = unpack(bytes);
    check_samples(m, 1, 1);
    check_tables(m);
    g_assert_null(m->period_type);
    cpa__pprof__profile__free_unpacked(m, NULL);
    g_assert_cmpmem(bytes->data + bytes->len - 2, 2, "\x70\x00", 2);
    /* Sample type cpu/ms, then the first sample: no stack, one value, -150. */
    static const char head[] = "\x0a\x04\x08\x01\x10\x02"
                               "\x12\x0b\x10\xea\xfe\xff\xff\xff\xff\xff\xff\xff\x01";
    g_assert_cmpmem(bytes->data, sizeof head - 1, head, sizeof head - 1);
}

/* --- The profiles of testdata ----------------------------------------------------------------- */

static size_t n_labels_kept(const Cpa__Pprof__Sample *sample)
{
    size_t n = 0;
    for (size_t i = 0; i < sample->n_label; i++) {
        const Cpa__Pprof__Label *label = sample->label[i];
        n += label->text_str != 0 || label->number != 0 || label->unit_str != 0;
    }
    return n;
}

static void assert_same_string(const Message *a, int64_t number_a, const Message *b,
                               int64_t number_b)
{
    const ProtobufCBinaryData *x = &a->string_table[number_a];
    const ProtobufCBinaryData *y = &b->string_table[number_b];
    g_assert_cmpmem(x->data, x->len, y->data, y->len);
}

/* What cpa wrote after reading `a` is `b`. */
static void compare_messages(const Message *a, const Message *b)
{
    g_assert_cmpuint(a->n_sample, ==, b->n_sample);
    for (size_t i = 0; i < a->n_sample; i++) {
        const Cpa__Pprof__Sample *x = a->sample[i];
        const Cpa__Pprof__Sample *y = b->sample[i];
        g_assert_cmpmem(x->location_id, x->n_location_id * sizeof *x->location_id, y->location_id,
                        y->n_location_id * sizeof *y->location_id);
        g_assert_cmpmem(x->value, x->n_value * sizeof *x->value, y->value,
                        y->n_value * sizeof *y->value);
        g_assert_cmpuint(n_labels_kept(x), ==, y->n_label);
    }
    g_assert_cmpuint(a->n_location, ==, b->n_location);
    for (size_t i = 0; i < a->n_location; i++) {
        g_assert_cmpuint(a->location[i]->id, ==, b->location[i]->id);
        g_assert_cmpuint(a->location[i]->address, ==, b->location[i]->address);
        g_assert_cmpuint(a->location[i]->n_line, ==, b->location[i]->n_line);
        for (size_t k = 0; k < a->location[i]->n_line; k++) {
            g_assert_cmpuint(a->location[i]->line[k]->function_id, ==,
                             b->location[i]->line[k]->function_id);
            g_assert_cmpint(a->location[i]->line[k]->line, ==, b->location[i]->line[k]->line);
        }
    }
    g_assert_cmpuint(a->n_function, ==, b->n_function);
    for (size_t i = 0; i < a->n_function; i++) {
        g_assert_cmpuint(a->function[i]->id, ==, b->function[i]->id);
        assert_same_string(a, a->function[i]->name_str, b, b->function[i]->name_str);
        assert_same_string(a, a->function[i]->file_str, b, b->function[i]->file_str);
    }
}

/* What cpa read, column by column. */
static void compare_profile(const Message *m, const CpaProfile *p)
{
    g_assert_cmpuint(p->header.n_types, ==, m->n_sample_type);
    g_assert_cmpuint(p->n_samples, ==, m->n_sample);
    g_assert_cmpuint(p->n_locations, ==, m->n_location);
    g_assert_cmpuint(p->n_functions, ==, m->n_function);
    g_assert_cmpint(p->header.time_ns, ==, m->time_ns);
    g_assert_cmpint(p->header.duration_ns, ==, m->duration_ns);
    g_assert_cmpint(p->header.period, ==, m->period);
    g_assert_cmpuint(p->header.n_comments, ==, m->n_comment_str);
    for (size_t i = 0; i < m->n_sample; i++) {
        const Cpa__Pprof__Sample *sample = m->sample[i];
        g_assert_cmpmem(p->values + i * p->header.n_types, p->header.n_types * sizeof *p->values,
                        sample->value, sample->n_value * sizeof *sample->value);
        g_assert_cmpuint(p->frame_first[i + 1] - p->frame_first[i], ==, sample->n_location_id);
        for (size_t k = 0; k < sample->n_location_id; k++) {
            uint32_t location = p->frames[p->frame_first[i] + k];
            g_assert_cmpuint(p->locations[location].id, ==, sample->location_id[k]);
        }
        size_t n_labels = 0;
        cpa_label_table_get(p->labels, p->label_sets[i], &n_labels);
        g_assert_cmpuint(n_labels, ==, n_labels_kept(sample));
    }
}

static void test_file(gconstpointer data)
{
    const char *path = data;
    g_autoptr(GError) error = NULL;
    g_autofree char *content = NULL;
    gsize len = 0;
    g_assert_true(g_file_get_contents(path, &content, &len, &error));
    g_autoptr(GByteArray) original = NULL;
    if (len >= 2 && memcmp(content, "\x1f\x8b", 2) == 0) {
        original = gunzip(content, len);
    } else {
        original = g_byte_array_new_take((guint8 *)g_steal_pointer(&content), len);
    }
    Message *before = unpack(original);

    g_autoptr(CpaOptions) options = cpa_options_new();
    g_assert_true(cpa_options_set(options, cpa_options_find("symbolize"), "none", NULL));
    g_autoptr(CpaProfile) profile = cpa_load(&path, 1, NULL, options, NULL, &error);
    g_assert_no_error(error);
    compare_profile(before, profile);

    g_autoptr(CpaView) view = cpa_view_new(profile);
    g_autoptr(GByteArray) bytes = encode(view, 1, true);
    Message *after = unpack(bytes);
    compare_messages(before, after);
    cpa__pprof__profile__free_unpacked(before, NULL);
    cpa__pprof__profile__free_unpacked(after, NULL);
}

static void add_files(const char *folder)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name = NULL;
    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        if (g_file_test(path, G_FILE_TEST_IS_DIR)) {
            /* What does not load is for other tests. */
            if (strcmp(name, "bad") != 0 && strcmp(name, "recipes") != 0) {
                add_files(path);
            }
        } else if (g_str_has_suffix(name, ".pb.gz") || g_str_has_suffix(name, ".pb")) {
            g_autofree char *test = g_strconcat("/encode/file/", name, NULL);
            g_test_add_data_func_full(test, g_steal_pointer(&path), test_file, g_free);
        }
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/encode/full", test_full);
    g_test_add_func("/encode/ratio", test_ratio);
    g_test_add_func("/encode/minimal", test_minimal);
    const char *testdata = g_getenv("TESTDATA");
    g_autofree char *beside = g_test_build_filename(G_TEST_DIST, "testdata", NULL);
    add_files(testdata != NULL ? testdata : beside);
    return g_test_run();
}
