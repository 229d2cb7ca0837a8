/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See harness.h. Numbers taken from fuzz bytes are kept small: the point is the combination of
 * features, and a profile that one input of a few hundred bytes describes runs in microseconds.
 */
#include "harness.h"

#include <string.h>

#include "report/run.h"
#include "wellformed.h"

/* Repeats a stack this often where asked for: as deep as recursion gets, and still fast. */
#define DEEP 512

void fuzz_assert_error(const GError *error, const char *name)
{
    g_assert_nonnull(error);
    g_assert_cmpuint(error->domain, ==, CPA_ERROR);
    g_assert_nonnull(error->message);
    g_assert_cmpstr(error->message, !=, "");
    if (name != NULL) {
        g_assert_true(g_str_has_prefix(error->message, name));
    }
}

static void assert_string(const CpaProfile *p, CpaStrId id)
{
    g_assert_cmpuint(id, <, cpa_strtab_count(p->strings));
    g_assert_cmpuint(cpa_strtab_get(p->strings, id)[cpa_strtab_len(p->strings, id)], ==, 0);
}

static void assert_header(const CpaProfile *p)
{
    const CpaHeader *h = &p->header;
    for (uint32_t t = 0; t < h->n_types; t++) {
        assert_string(p, h->sample_types[t].type);
        assert_string(p, h->sample_types[t].unit);
    }
    for (uint32_t i = 0; i < h->n_comments; i++) {
        assert_string(p, h->comments[i]);
    }
    assert_string(p, h->default_sample_type);
    assert_string(p, h->period_type.type);
    assert_string(p, h->period_type.unit);
    assert_string(p, h->drop_frames);
    assert_string(p, h->keep_frames);
    assert_string(p, h->doc_url);
}

static void assert_elements(const CpaProfile *p)
{
    for (uint32_t i = 0; i < p->n_mappings; i++) {
        g_assert_cmpuint(p->mappings[i].id, !=, 0);
        assert_string(p, p->mappings[i].file);
        assert_string(p, p->mappings[i].build_id);
    }
    for (uint32_t i = 0; i < p->n_functions; i++) {
        g_assert_cmpuint(p->functions[i].id, !=, 0);
        assert_string(p, p->functions[i].name);
        assert_string(p, p->functions[i].system_name);
        assert_string(p, p->functions[i].file);
    }
    for (uint32_t i = 0; i < p->n_lines; i++) {
        g_assert_cmpuint(p->lines[i].function, <, p->n_functions);
    }
    for (uint32_t i = 0; i < p->n_locations; i++) {
        const CpaLocation *l = &p->locations[i];
        g_assert_cmpuint(l->id, !=, 0);
        g_assert_true(l->mapping == CPA_NONE || l->mapping < p->n_mappings);
        g_assert_cmpuint((uint64_t)l->line_first + l->n_lines, <=, p->n_lines);
    }
}

static void assert_label_sets(const CpaProfile *p)
{
    uint32_t n_sets = cpa_label_table_count(p->labels);
    for (uint32_t set = 0; set < n_sets; set++) {
        size_t n = 0;
        const CpaLabel *labels = cpa_label_table_get(p->labels, set, &n);
        for (size_t i = 0; i < n; i++) {
            assert_string(p, labels[i].key);
            if (cpa_label_is_string(&labels[i])) {
                g_assert_true(labels[i].value >= 0 && labels[i].value <= UINT32_MAX);
                assert_string(p, (CpaStrId)labels[i].value);
            } else if (labels[i].unit != CPA_LABEL_NO_UNIT) {
                assert_string(p, labels[i].unit);
            }
        }
    }
    for (size_t i = 0; i < p->n_samples; i++) {
        g_assert_cmpuint(p->label_sets[i], <, n_sets);
    }
}

void fuzz_assert_profile(const CpaProfile *p)
{
    assert_header(p);
    assert_elements(p);
    assert_label_sets(p);
    g_assert_true(p->n_samples == 0 || p->header.n_types > 0);
    g_assert_cmpuint(p->frame_first[0], ==, 0);
    for (size_t i = 0; i < p->n_samples; i++) {
        g_assert_cmpuint(p->frame_first[i], <=, p->frame_first[i + 1]);
    }
    for (uint64_t i = 0; i < p->frame_first[p->n_samples]; i++) {
        g_assert_cmpuint(p->frames[i], <, p->n_locations);
    }
}

CpaProfile *fuzz_read(const CpaFormat *format, const uint8_t *data, size_t size)
{
    return fuzz_detect_and_read(&format, data, size);
}

CpaProfile *fuzz_detect_and_read(const CpaFormat **inout_format, const uint8_t *data, size_t size)
{
    const CpaFormat *format = *inout_format;
    g_autoptr(GError) error = NULL;
    g_autoptr(CpaSource) source =
        cpa_source_new_memory(FUZZ_NAME, data, size, FUZZ_MAX_SIZE, &error);
    if (source != NULL && format == NULL) {
        format = cpa_format_detect(source, &error);
        *inout_format = format;
    }
    g_autoptr(CpaBuilder) builder = cpa_builder_new();
    bool ok = source != NULL && format != NULL && format->read(source, builder, &error);
    if (!ok) {
        fuzz_assert_error(error, FUZZ_NAME ": ");
        return NULL;
    }
    g_assert_no_error(error);
    CpaProfile *profile = cpa_builder_finish(builder, &error);
    if (profile == NULL) {
        fuzz_assert_error(error, NULL);
        return NULL;
    }
    g_assert_no_error(error);
    fuzz_assert_profile(profile);
    return profile;
}

int fuzz_format(const CpaFormat *format, const uint8_t *data, size_t size)
{
    int score = 0;
    if (size > 0) {
        /* As cpa_format_detect() has it, but with an end that is watched. */
        size_t n = MIN(size, CPA_PROBE_SIZE);
        g_autofree uint8_t *head = g_malloc(n + 1);
        memcpy(head, data, n);
        head[n] = 0;
        score = format->probe(head, n, size < CPA_PROBE_SIZE);
    }
    g_assert_true(score >= 0 && score <= 100);
    CpaProfile *profile = fuzz_read(format, data, size);
    g_clear_pointer(&profile, cpa_profile_unref);
    return 0;
}

uint8_t fuzz_u8(FuzzBytes *bytes)
{
    return bytes->at < bytes->end ? *bytes->at++ : 0;
}

uint32_t fuzz_below(FuzzBytes *bytes, uint32_t n)
{
    return fuzz_u8(bytes) % n;
}

int64_t fuzz_int64(FuzzBytes *bytes)
{
    static const int64_t extremes[] = {
        INT64_MIN, INT64_MIN + 1, INT64_MAX,     INT64_MAX - 1,    INT32_MIN,
        INT32_MAX, UINT32_MAX,    INT64_MAX / 2, INT64_MIN / 2,    1000,
        1024,      999999999,     3600000000000, 9007199254740993, -1};
    uint8_t kind = fuzz_u8(bytes);
    if (kind < 128) {
        return kind;
    }
    if (kind < 192) {
        return (int64_t)(UINT64_C(1) << (kind - 128));
    }
    if (kind < 192 + G_N_ELEMENTS(extremes)) {
        return extremes[kind - 192];
    }
    uint64_t value = 0;
    for (int i = 0; i < 8; i++) {
        value = value << 8 | fuzz_u8(bytes);
    }
    return (int64_t)value;
}

static const char *const names[] = {
#include "names.def"
};

static const char *const patterns[] = {
#include "patterns.def"
};

static CpaStrId name(FuzzBytes *bytes, CpaBuilder *b)
{
    uint8_t which = fuzz_u8(bytes);
    if (which < 2 * G_N_ELEMENTS(names)) {
        return cpa_builder_intern(b, names[which % G_N_ELEMENTS(names)], -1);
    }
    if (which == 0xfe) {
        g_autofree char *text = g_strnfill(1 + 16 * (gsize)fuzz_u8(bytes), 'x');
        return cpa_builder_intern(b, text, -1);
    }
    size_t n = MIN((size_t)(which & 15), (size_t)(bytes->end - bytes->at));
    const char *raw = (const char *)bytes->at;
    bytes->at += n;
    return cpa_builder_intern(b, raw, (gssize)n);
}

static void build_header(FuzzBytes *bytes, CpaBuilder *b)
{
    CpaHeader *h = cpa_builder_header(b);
    uint32_t n_types = 1 + fuzz_below(bytes, 4);
    for (uint32_t i = 0; i < n_types; i++) {
        CpaStrId type = name(bytes, b);
        cpa_builder_add_sample_type(b, type, name(bytes, b));
    }
    uint8_t has = fuzz_u8(bytes);
    if (has & 1) {
        h->has_period_type = true;
        h->period_type.type = name(bytes, b);
        h->period_type.unit = name(bytes, b);
        h->period = fuzz_int64(bytes);
    }
    if (has & 2) {
        h->time_ns = fuzz_int64(bytes);
        h->duration_ns = fuzz_int64(bytes);
    }
    if (has & 4) {
        h->default_sample_type = name(bytes, b);
    }
    if (has & 8) {
        h->drop_frames = cpa_builder_intern(b, fuzz_pattern(bytes), -1);
        h->keep_frames = cpa_builder_intern(b, fuzz_pattern(bytes), -1);
    }
    if (has & 16) {
        h->doc_url = name(bytes, b);
        cpa_builder_add_comment(b, name(bytes, b));
        cpa_builder_add_comment(b, name(bytes, b));
    }
}

static uint32_t build_locations(FuzzBytes *bytes, CpaBuilder *b)
{
    uint32_t n_mappings = fuzz_below(bytes, 4);
    for (uint32_t i = 0; i < n_mappings; i++) {
        uint8_t flags = fuzz_u8(bytes);
        CpaMapping m = {
            .start = (uint64_t)fuzz_int64(bytes),
            .limit = (uint64_t)fuzz_int64(bytes),
            .offset = flags & 16 ? (uint64_t)fuzz_int64(bytes) : 0,
            .file = name(bytes, b),
            .build_id = flags & 32 ? name(bytes, b) : 0,
            .has_functions = flags & 1,
            .has_filenames = flags & 2,
            .has_line_numbers = flags & 4,
            .has_inline_frames = flags & 8,
        };
        cpa_builder_add_mapping(b, &m);
    }
    uint32_t n_functions = fuzz_below(bytes, 12);
    for (uint32_t i = 0; i < n_functions; i++) {
        CpaFunction f = {.name = name(bytes, b), .file = name(bytes, b)};
        uint8_t has = fuzz_u8(bytes);
        f.system_name = has & 1 ? name(bytes, b) : f.name;
        f.start_line = has & 2 ? fuzz_int64(bytes) : 0;
        f.id = has & 4 ? (uint64_t)fuzz_int64(bytes) : 0;
        cpa_builder_add_function(b, &f);
    }
    uint32_t n_locations = fuzz_below(bytes, 16);
    for (uint32_t i = 0; i < n_locations; i++) {
        CpaLine lines[7];
        uint8_t flags = fuzz_u8(bytes);
        uint32_t n_lines = n_functions > 0 ? flags & 7 : 0;
        for (uint32_t k = 0; k < n_lines; k++) {
            lines[k] = (CpaLine){
                .function = fuzz_below(bytes, n_functions + (flags >> 7)),
                .line = flags & 8 ? fuzz_int64(bytes) : k,
                .column = flags & 16 ? fuzz_int64(bytes) : 0,
            };
        }
        CpaLocation l = {
            .address = flags & 32 ? (uint64_t)fuzz_int64(bytes) : i * 16,
            .mapping = n_mappings > 0 ? fuzz_below(bytes, n_mappings + 1) : CPA_NONE,
            .is_folded = flags & 64,
        };
        if (l.mapping == n_mappings) {
            l.mapping = CPA_NONE;
        }
        cpa_builder_add_location(b, &l, lines, n_lines);
    }
    return n_locations;
}

static void build_label(FuzzBytes *bytes, CpaBuilder *b)
{
    CpaStrId key = name(bytes, b);
    uint32_t kind = fuzz_below(bytes, 3);
    if (kind == 0) {
        cpa_builder_sample_label_str(b, key, name(bytes, b));
    } else {
        int64_t value = fuzz_int64(bytes);
        cpa_builder_sample_label_num(b, key, value, kind == 1 ? CPA_LABEL_NO_UNIT : name(bytes, b));
    }
}

static void build_sample(FuzzBytes *bytes, CpaBuilder *b, uint32_t n_locations)
{
    uint8_t shape = fuzz_u8(bytes);
    uint32_t depth = n_locations > 0 ? shape & 15 : 0;
    uint32_t stack[15];
    for (uint32_t i = 0; i < depth; i++) {
        stack[i] = fuzz_below(bytes, n_locations);
    }
    uint32_t repeat = (shape >> 4) == 15 ? DEEP : 1;
    for (uint32_t k = 0; k < repeat; k++) {
        for (uint32_t i = 0; i < depth; i++) {
            cpa_builder_sample_frame(b, stack[i]);
        }
    }
    for (uint32_t t = 0; t < cpa_builder_n_types(b); t++) {
        cpa_builder_sample_value(b, fuzz_int64(bytes));
    }
    for (uint32_t i = 0; i < (uint32_t)(shape >> 4) % 4; i++) {
        build_label(bytes, b);
    }
    cpa_builder_sample_end(b);
}

CpaProfile *fuzz_build(FuzzBytes *bytes)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CpaBuilder) b = cpa_builder_new();
    build_header(bytes, b);
    uint32_t n_locations = build_locations(bytes, b);
    uint32_t n_samples = fuzz_below(bytes, 32);
    for (uint32_t i = 0; i < n_samples; i++) {
        build_sample(bytes, b, n_locations);
    }
    CpaProfile *profile = cpa_builder_finish(b, &error);
    if (profile == NULL) {
        fuzz_assert_error(error, NULL);
        return NULL;
    }
    fuzz_assert_profile(profile);
    return profile;
}

const char *fuzz_pattern(FuzzBytes *bytes)
{
    return patterns[fuzz_below(bytes, G_N_ELEMENTS(patterns))];
}

CpaOptions *fuzz_options(FuzzBytes *bytes)
{
    static const char *const formats[] = {"svg", "html", "png", "pdf", "ps",
                                          "gif", "json", "csv", "md",  "scene"};
    static const char *const numbers[] = {"0",       "1",          "-1",         "2",  "0.5",
                                          "1e-9",    "1e300",      "-2",         "80", "0.01",
                                          "1000000", "2147483647", "-2147483648"};
    CpaOptions *options = cpa_options_new();
    size_t n_rows = 0;
    const CpaOptionRow *rows = cpa_options_table(&n_rows);
    uint32_t n = fuzz_below(bytes, 8);
    for (uint32_t i = 0; i < n; i++) {
        const CpaOptionRow *row = &rows[fuzz_below(bytes, (uint32_t)n_rows)];
        const char *value = fuzz_pattern(bytes);
        if (row->kind == CPA_OPTION_BOOL || row->kind == CPA_OPTION_PRESET) {
            value = value[0] == 'm' ? "false" : "true";
        } else if (row->kind == CPA_OPTION_INT || row->kind == CPA_OPTION_FLOAT) {
            value = numbers[fuzz_below(bytes, G_N_ELEMENTS(numbers))];
        } else if (row->choices != NULL) {
            value = row->choices;
            for (uint32_t k = fuzz_below(bytes, 5); k > 0 && value[strlen(value) + 1] != 0; k--) {
                value += strlen(value) + 1;
            }
        } else if (strcmp(row->name, "format") == 0) {
            value = formats[fuzz_below(bytes, G_N_ELEMENTS(formats))];
        } else if (fuzz_below(bytes, 4) == 0) {
            value = names[fuzz_below(bytes, G_N_ELEMENTS(names))];
        }
        g_autoptr(GError) error = NULL;
        if (!cpa_options_set(options, row, value, &error)) {
            fuzz_assert_error(error, NULL);
        } else if (row->kind == CPA_OPTION_PRESET) {
            cpa_options_apply_preset(options, row);
        }
    }
    return options;
}

/* A warning is text for people. */
static void check_warning(const char *message, gpointer data)
{
    (void)data;
    g_assert_cmpstr(message, !=, "");
}

/* What is XML can be parsed; names of the profile may hold anything. */
static void assert_markup(const char *bytes, size_t size)
{
    static const GMarkupParser parser = {0};
    g_autoptr(GError) error = NULL;
    if (size < 5 || (memcmp(bytes, "<?xml", 5) != 0 && memcmp(bytes, "<svg ", 5) != 0)) {
        return;
    }
    GMarkupParseContext *context =
        g_markup_parse_context_new(&parser, G_MARKUP_TREAT_CDATA_AS_TEXT, NULL, NULL);
    if (g_markup_parse_context_parse(context, bytes, (gssize)size, &error)) {
        g_markup_parse_context_end_parse(context, &error);
    }
    g_assert_no_error(error);
    g_markup_parse_context_free(context);
}

/* What is meant for programs can be read by them. */
static void assert_table(const char *format, const char *bytes, size_t size)
{
    if (strcmp(format, "json") == 0) {
        wellformed_json(bytes, size);
    } else if (strcmp(format, "csv") == 0) {
        wellformed_csv(bytes, size);
    } else if (strcmp(format, "md") == 0) {
        wellformed_md(bytes, size);
    }
}

void fuzz_run(CpaProfile *profile, size_t report, const CpaOptions *options, const char *argument)
{
    size_t n = 0;
    const CpaReportRow *row = cpa_report_table(&n)[report];
    g_autoptr(GError) error = NULL;
    g_autoptr(CpaSink) sink = cpa_sink_new_memory();
    bool takes_argument = (row->flags & CPA_REPORT_ARGUMENT) != 0;
    if (!cpa_run(profile, row, takes_argument ? argument : NULL, options, sink, check_warning, NULL,
                 &error)) {
        fuzz_assert_error(error, NULL);
        return;
    }
    g_assert_no_error(error);
    size_t size = 0;
    const char *bytes = cpa_sink_data(sink, &size);
    assert_markup(bytes, size);
    assert_table(options->format, bytes, size);
    if ((row->flags & CPA_REPORT_BINARY) != 0) {
        /* What is written is read again. */
        g_autoptr(CpaProfile) again = fuzz_read(NULL, (const uint8_t *)bytes, size);
        g_assert_nonnull(again);
    }
}
