/* SPDX-License-Identifier: Apache-2.0 */
/*
 *     cpu.pb.gz: valid
 *       format    pprof, packed with gzip, 101 kB unpacked
 *       samples   332, of types samples/count (332 in all), cpu/nanoseconds (3.32s, the default)
 *       stacks    6,000 frames of 1,001 locations, 400 functions, 3 mappings
 *       labels    shard (3 values), stage (5)
 *       time      2026-11-21 01:44:17 UTC, for 2.04s, one sample every 10ms of cpu
 *       missing   build ids: 1 of 3 mappings, such as /lib/libc.so.6
 *     notes.txt: invalid: ...
 *
 * What is missing is a short list of words that stay ("symbols"), with a sentence for people.
 *
 * Cost: that of reading, and one pass over the frames
 */
#include "report/check.h"

#include <inttypes.h>
#include <string.h>

#include "base/jsontext.h"
#include "base/text.h"
#include "base/vec.h"
#include "input/format.h"
#include "profile/adjust.h"
#include "report/remote.h"

#define SCHEMA_VERSION  1
#define MAX_LABELS_TEXT 12 /* keys that people are shown */
#define NAME_MAX_BYTES  ((size_t)200)

typedef struct {
    const char *what; /* "symbols": one of few words */
    char *text;
} Gap;

typedef struct {
    CpaStrId key;
    uint32_t n_values;
    bool numeric;
} Key;

/* What one file turned out to be. */
typedef struct {
    const char *name;
    const CpaFormat *format; /* NULL: none */
    bool packed;
    uint64_t size; /* unpacked */
    CpaProfile *profile;
    GError *error;      /* why it is invalid */
    uint64_t *totals;   /* [n_types], of magnitudes; UINT64_MAX: more than 64 bits */
    bool *has_negative; /* [n_types] */
    CPA_VEC(Gap) gaps;
    CPA_VEC(Key) keys;
} Facts;

static const char *str(const Facts *f, CpaStrId id)
{
    return cpa_strtab_get(f->profile->strings, id);
}

static void facts_clear(Facts *f)
{
    for (size_t i = 0; i < f->gaps.len; i++) {
        g_free(f->gaps.data[i].text);
    }
    cpa_vec_clear(&f->gaps);
    cpa_vec_clear(&f->keys);
    g_clear_pointer(&f->profile, cpa_profile_unref);
    g_clear_error(&f->error);
    g_free(f->totals);
    g_free(f->has_negative);
}

static void add_gap(Facts *f, const char *what, const char *format, ...) G_GNUC_PRINTF(3, 4);

static void add_gap(Facts *f, const char *what, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    Gap gap = {.what = what, .text = g_strdup_vprintf(format, args)};
    va_end(args);
    cpa_vec_push(&f->gaps, gap);
}

/* --- Reading -----------------------------------------------------------------------------------*/

static bool read_profile(Facts *f, CpaSource *source)
{
    size_t rest = 0;
    g_autoptr(CpaBuilder) b = cpa_builder_new();
    f->packed = cpa_source_was_packed(source);
    f->format = cpa_format_detect(source, &f->error);
    if (f->format == NULL || !f->format->read(source, b, &f->error)) {
        return false;
    }
    cpa_source_data(source, &rest);
    f->size = cpa_source_offset(source) + rest;
    f->profile = cpa_builder_finish(b, &f->error);
    if (f->profile == NULL || !cpa_profile_keep_unique_types(f->profile, &f->error)) {
        g_prefix_error(&f->error, "%s: %s: ", cpa_source_get_name(source), f->format->name);
        return false;
    }
    if (f->profile->header.n_types == 0) {
        cpa_error_set(&f->error, CPA_ERROR_NO_SAMPLES, "%s: %s: the profile has no sample types",
                      cpa_source_get_name(source), f->format->name);
        return false;
    }
    return true;
}

/* --- What it holds -----------------------------------------------------------------------------*/

static void count_values(Facts *f)
{
    const CpaProfile *p = f->profile;
    uint32_t n_types = p->header.n_types;
    f->totals = g_new0(uint64_t, n_types);
    f->has_negative = g_new0(bool, n_types);
    for (size_t i = 0; i < p->n_samples * n_types; i++) {
        int64_t value = p->values[i];
        uint64_t *total = &f->totals[i % n_types];
        uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
        f->has_negative[i % n_types] = f->has_negative[i % n_types] || value < 0;
        bool fits = *total <= INT64_MAX && magnitude <= INT64_MAX - *total;
        *total = fits ? *total + magnitude : UINT64_MAX;
    }
}

static int compare_keys(gconstpointer a, gconstpointer b, gpointer strings)
{
    return cpa_strtab_compare(strings, ((const Key *)a)->key, ((const Key *)b)->key);
}

/* Keys of the labels that samples have, and how many values each has. */
static void count_labels(Facts *f)
{
    const CpaProfile *p = f->profile;
    CpaIdMap keys = {0};   /* string -> index */
    CpaIdMap values = {0}; /* (key, value) */
    g_autofree bool *used = g_new0(bool, cpa_label_table_count(p->labels));
    CpaIdMap numbers = {0}; /* numeric value -> number of it */
    for (size_t i = 0; i < p->n_samples; i++) {
        used[p->label_sets[i]] = true;
    }
    for (uint32_t set = 0; set < cpa_label_table_count(p->labels); set++) {
        size_t n = 0;
        const CpaLabel *labels = cpa_label_table_get(p->labels, set, &n);
        for (size_t i = 0; used[set] && i < n; i++) {
            bool numeric = !cpa_label_is_string(&labels[i]);
            uint32_t key = cpa_idmap_insert(&keys, labels[i].key, (uint32_t)f->keys.len);
            if (key == f->keys.len) {
                Key added = {.key = labels[i].key};
                cpa_vec_push(&f->keys, added);
            }
            uint32_t value = (uint32_t)labels[i].value;
            if (numeric) {
                value =
                    cpa_idmap_insert(&numbers, (uint64_t)labels[i].value, (uint32_t)numbers.n_used);
            }
            uint64_t pair = ((uint64_t)key * 2 + numeric) << 32 | value;
            uint32_t known = (uint32_t)values.n_used;
            f->keys.data[key].numeric = f->keys.data[key].numeric || numeric;
            if (cpa_idmap_insert(&values, pair, known) == known) {
                f->keys.data[key].n_values++;
            }
        }
    }
    cpa_idmap_clear(&keys);
    cpa_idmap_clear(&values);
    cpa_idmap_clear(&numbers);
    g_qsort_with_data(f->keys.data, (gint)f->keys.len, sizeof(Key), compare_keys, p->strings);
}

/* --- What it lacks -----------------------------------------------------------------------------*/

static void find_value_gaps(Facts *f)
{
    const CpaProfile *p = f->profile;
    if (p->n_samples == 0) {
        add_gap(f, "samples", "there are none");
    }
    for (uint32_t t = 0; t < p->header.n_types; t++) {
        const CpaValueType *type = &p->header.sample_types[t];
        if (p->n_samples > 0 && f->totals[t] == 0) {
            add_gap(f, "values", "all of type %s are 0", str(f, type->type));
        }
        if (f->totals[t] == UINT64_MAX) {
            add_gap(f, "values", "those of type %s add up to more than 64 bits",
                    str(f, type->type));
        }
        if (f->has_negative[t]) {
            add_gap(f, "values", "some of type %s are negative: a difference of two profiles?",
                    str(f, type->type));
        }
        if (type->unit == 0) {
            add_gap(f, "units", "type %s has none", str(f, type->type));
        }
    }
}

static bool has_name(const CpaProfile *p, const CpaLocation *location)
{
    for (uint32_t i = 0; i < location->n_lines; i++) {
        if (p->functions[p->lines[location->line_first + i].function].name != 0) {
            return true;
        }
    }
    return false;
}

static bool has_line(const CpaProfile *p, const CpaLocation *location)
{
    for (uint32_t i = 0; i < location->n_lines; i++) {
        const CpaLine *line = &p->lines[location->line_first + i];
        if (line->line != 0 && p->functions[line->function].file != 0) {
            return true;
        }
    }
    return false;
}

static double percent(uint64_t part, uint64_t whole)
{
    return whole == 0 ? 0 : 100.0 * (double)part / (double)whole;
}

/* Locations that some sample has, by what is known of them. */
static void find_location_gaps(Facts *f)
{
    const CpaProfile *p = f->profile;
    uint64_t n_frames = p->frame_first[p->n_samples];
    uint64_t n_unnamed = 0;
    uint32_t n_used = 0;
    uint32_t n_nameless = 0;
    uint32_t n_lineless = 0;
    uint32_t n_homeless = 0;
    size_t n_empty = 0;
    g_autofree uint64_t *frames = g_new0(uint64_t, (size_t)p->n_locations + 1);
    for (uint64_t i = 0; i < n_frames; i++) {
        frames[p->frames[i]]++;
    }
    for (size_t i = 0; i < p->n_samples; i++) {
        n_empty += p->frame_first[i] == p->frame_first[i + 1] ? 1 : 0;
    }
    for (uint32_t i = 0; i < p->n_locations; i++) {
        const CpaLocation *location = &p->locations[i];
        bool named = has_name(p, location);
        n_used += frames[i] > 0 ? 1 : 0;
        n_nameless += frames[i] > 0 && !named ? 1 : 0;
        n_unnamed += named ? 0 : frames[i];
        n_lineless += frames[i] > 0 && named && !has_line(p, location) ? 1 : 0;
        n_homeless += frames[i] > 0 && location->address != 0 && location->mapping == CPA_NONE;
    }
    if (n_empty > 0) {
        add_gap(f, "stacks", "%zu of %zu samples have none", n_empty, p->n_samples);
    }
    if (n_nameless > 0) {
        add_gap(f, "symbols", "%u of %u locations have no function name, %.1f%% of the frames",
                n_nameless, n_used, percent(n_unnamed, n_frames));
    }
    if (n_lineless > 0) {
        add_gap(f, "lines", "%u of %u locations have a function without source line", n_lineless,
                n_used);
    }
    if (n_homeless > 0) {
        add_gap(f, "mappings", "%u of %u locations have an address that is in no mapping",
                n_homeless, n_used);
    }
}

static void find_mapping_gaps(Facts *f)
{
    const CpaProfile *p = f->profile;
    uint32_t n_without_id = 0;
    uint32_t n_without_file = 0;
    const char *example = "";
    for (uint32_t i = 0; i < p->n_mappings; i++) {
        const CpaMapping *mapping = &p->mappings[i];
        const char *file = str(f, mapping->file);
        n_without_file += mapping->file == 0 ? 1 : 0;
        /* "[vdso]" and the like are no files. */
        if (mapping->build_id == 0 && mapping->file != 0 && file[0] != '[') {
            n_without_id++;
            example = example[0] == '\0' ? file : example;
        }
    }
    if (n_without_id > 0) {
        add_gap(f, "build ids", "%u of %u mappings have none, such as %s", n_without_id,
                p->n_mappings, example);
    }
    if (n_without_file > 0) {
        add_gap(f, "files", "%u of %u mappings name none", n_without_file, p->n_mappings);
    }
}

static void find_time_gaps(Facts *f)
{
    const CpaHeader *h = &f->profile->header;
    if (h->time_ns == 0) {
        add_gap(f, "time", "it is not said when it was taken");
    }
    bool is_timed = false;
    for (uint32_t t = 0; t < h->n_types; t++) {
        is_timed = is_timed || strcmp(str(f, h->sample_types[t].unit), "nanoseconds") == 0;
    }
    if (h->duration_ns == 0 && is_timed) {
        add_gap(f, "duration", "it is not said how long it was taken");
    }
    if (!h->has_period_type && h->period == 0) {
        add_gap(f, "period", "it is not said how often a sample was taken");
    }
}

static void find_all(Facts *f)
{
    count_values(f);
    count_labels(f);
    find_value_gaps(f);
    find_location_gaps(f);
    find_mapping_gaps(f);
    find_time_gaps(f);
}

/* --- For people --------------------------------------------------------------------------------*/

/* Names out of the profile, without what a terminal would obey. */
static void put_name(CpaSink *sink, const char *name)
{
    g_autofree char *clean = cpa_text_shorten(name, strlen(name), NAME_MAX_BYTES);
    cpa_sink_puts(sink, clean);
}

/* The type that reports show unless -sample_index says otherwise. */
static uint32_t default_type(const CpaHeader *h)
{
    uint32_t chosen = h->n_types - 1;
    for (uint32_t t = h->n_types; t > 0 && h->default_sample_type != 0; t--) {
        chosen = h->sample_types[t - 1].type == h->default_sample_type ? t - 1 : chosen;
    }
    return chosen;
}

static const char *plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

static void put_types(const Facts *f, CpaSink *sink)
{
    const CpaProfile *p = f->profile;
    const CpaHeader *h = &p->header;
    cpa_sink_printf(sink, "  samples   %zu, of type%s ", p->n_samples, plural(h->n_types));
    for (uint32_t t = 0; t < h->n_types; t++) {
        char text[CPA_VALUE_TEXT_MAX];
        const CpaValueType *type = &h->sample_types[t];
        const char *unit = str(f, type->unit);
        cpa_sink_puts(sink, t > 0 ? ", " : "");
        put_name(sink, str(f, type->type));
        if (type->unit != 0) {
            cpa_sink_putc(sink, '/');
            put_name(sink, unit);
        }
        if (f->totals[t] <= INT64_MAX) {
            cpa_sink_puts(sink, " (");
            put_name(sink, cpa_unit_format(text, (int64_t)f->totals[t], unit, "auto"));
            cpa_sink_puts(sink, t == default_type(h) && h->n_types > 1 ? ", the default)" : ")");
        }
    }
    cpa_sink_putc(sink, '\n');
}

static void put_labels(const Facts *f, CpaSink *sink)
{
    if (f->keys.len == 0) {
        return;
    }
    cpa_sink_puts(sink, "  labels    ");
    for (size_t i = 0; i < MIN(f->keys.len, MAX_LABELS_TEXT); i++) {
        const Key *key = &f->keys.data[i];
        cpa_sink_puts(sink, i > 0 ? ", " : "");
        put_name(sink, str(f, key->key));
        cpa_sink_printf(sink, " (%u value%s)", key->n_values, plural(key->n_values));
    }
    if (f->keys.len > MAX_LABELS_TEXT) {
        cpa_sink_printf(sink, " and %zu more", f->keys.len - MAX_LABELS_TEXT);
    }
    cpa_sink_putc(sink, '\n');
}

static void put_time(const Facts *f, CpaSink *sink)
{
    const CpaHeader *h = &f->profile->header;
    char text[CPA_VALUE_TEXT_MAX];
    const char *separator = "  time      ";
    if (h->time_ns != 0) {
        g_autofree char *time = cpa_time_format(h->time_ns, false);
        cpa_sink_printf(sink, "%s%s", separator, time);
        separator = ", ";
    }
    if (h->duration_ns != 0) {
        cpa_unit_format(text, h->duration_ns, "nanoseconds", "auto");
        cpa_sink_printf(sink, "%sfor %s", separator, text);
        separator = ", ";
    }
    if (h->period > 1) {
        cpa_unit_format(text, h->period, str(f, h->period_type.unit), "auto");
        cpa_sink_printf(sink, "%sone sample every ", separator);
        put_name(sink, text);
        cpa_sink_puts(sink, h->period_type.type != 0 ? " of " : "");
        put_name(sink, str(f, h->period_type.type));
        separator = ", ";
    }
    cpa_sink_puts(sink, separator[0] == ',' ? "\n" : "");
}

static void put_text(const Facts *f, CpaSink *sink)
{
    char size[CPA_VALUE_TEXT_MAX];
    put_name(sink, f->name);
    if (f->error != NULL) {
        /* Most messages begin with the name. */
        const char *message = f->error->message;
        size_t n = strlen(f->name);
        bool named = strncmp(message, f->name, n) == 0 && strncmp(message + n, ": ", 2) == 0;
        cpa_sink_puts(sink, ": invalid: ");
        put_name(sink, named ? message + n + 2 : message);
        cpa_sink_putc(sink, '\n');
        return;
    }
    const CpaProfile *p = f->profile;
    cpa_unit_format(size, (int64_t)MIN(f->size, INT64_MAX), "bytes", "auto");
    cpa_sink_printf(sink, ": valid\n  format    %s, %s%s%s\n", f->format->name,
                    f->packed ? "packed with gzip, " : "", size, f->packed ? " unpacked" : "");
    put_types(f, sink);
    uint64_t n_frames = p->frame_first[p->n_samples];
    cpa_sink_printf(
        sink, "  stacks    %" PRIu64 " frame%s of %u location%s, %u function%s, %u mapping%s\n",
        n_frames, plural(n_frames), p->n_locations, plural(p->n_locations), p->n_functions,
        plural(p->n_functions), p->n_mappings, plural(p->n_mappings));
    put_labels(f, sink);
    put_time(f, sink);
    for (size_t i = 0; i < f->gaps.len; i++) {
        cpa_sink_printf(sink, "  missing   %s: ", f->gaps.data[i].what);
        put_name(sink, f->gaps.data[i].text);
        cpa_sink_putc(sink, '\n');
    }
}

/* --- For programs ------------------------------------------------------------------------------*/

static void json_text(CpaSink *sink, const char *key, const char *text)
{
    cpa_sink_printf(sink, ", \"%s\": ", key);
    if (text != NULL) {
        cpa_json_put_text(sink, text, strlen(text));
    } else {
        cpa_sink_puts(sink, "null");
    }
}

static void json_integer(CpaSink *sink, const char *key, int64_t value)
{
    cpa_sink_printf(sink, ", \"%s\": ", key);
    cpa_json_put_integer(sink, value);
}

static void json_types(const Facts *f, CpaSink *sink)
{
    const CpaHeader *h = &f->profile->header;
    cpa_sink_puts(sink, ", \"types\": [");
    for (uint32_t t = 0; t < h->n_types; t++) {
        const char *type = str(f, h->sample_types[t].type);
        bool is_default = t == default_type(h);
        cpa_sink_puts(sink, t > 0 ? ", {\"type\": " : "{\"type\": ");
        cpa_json_put_text(sink, type, strlen(type));
        json_text(sink, "unit", str(f, h->sample_types[t].unit));
        if (f->totals[t] <= INT64_MAX) {
            json_integer(sink, "total", (int64_t)f->totals[t]);
        } else {
            json_text(sink, "total", NULL);
        }
        cpa_sink_printf(sink, ", \"default\": %s}", is_default ? "true" : "false");
    }
    cpa_sink_putc(sink, ']');
}

static void json_holds(const Facts *f, CpaSink *sink)
{
    const CpaProfile *p = f->profile;
    json_integer(sink, "bytes", (int64_t)MIN(f->size, INT64_MAX));
    json_integer(sink, "samples", (int64_t)p->n_samples);
    json_types(f, sink);
    json_integer(sink, "frames", (int64_t)p->frame_first[p->n_samples]);
    json_integer(sink, "locations", p->n_locations);
    json_integer(sink, "functions", p->n_functions);
    json_integer(sink, "mappings", p->n_mappings);
    json_integer(sink, "time_ns", p->header.time_ns);
    json_integer(sink, "duration_ns", p->header.duration_ns);
    cpa_sink_puts(sink, ", \"labels\": [");
    for (size_t i = 0; i < f->keys.len; i++) {
        const Key *key = &f->keys.data[i];
        cpa_sink_puts(sink, i > 0 ? ", {\"key\": " : "{\"key\": ");
        cpa_json_put_text(sink, str(f, key->key), cpa_strtab_len(p->strings, key->key));
        json_integer(sink, "values", key->n_values);
        cpa_sink_printf(sink, ", \"numeric\": %s}", key->numeric ? "true" : "false");
    }
    cpa_sink_puts(sink, "], \"missing\": [");
    for (size_t i = 0; i < f->gaps.len; i++) {
        cpa_sink_puts(sink, i > 0 ? ", {\"what\": " : "{\"what\": ");
        cpa_json_put_text(sink, f->gaps.data[i].what, strlen(f->gaps.data[i].what));
        json_text(sink, "text", f->gaps.data[i].text);
        cpa_sink_putc(sink, '}');
    }
    cpa_sink_putc(sink, ']');
}

static void put_json(const Facts *f, CpaSink *sink, bool first)
{
    cpa_sink_puts(sink, first ? "\n    {\"file\": " : ",\n    {\"file\": ");
    cpa_json_put_text(sink, f->name, strlen(f->name));
    cpa_sink_printf(sink, ", \"valid\": %s", f->error == NULL ? "true" : "false");
    json_text(sink, "error", f->error != NULL ? f->error->message : NULL);
    json_text(sink, "format", f->format != NULL ? f->format->name : NULL);
    cpa_sink_printf(sink, ", \"packed\": %s", f->packed ? "true" : "false");
    if (f->error == NULL) {
        json_holds(f, sink);
    }
    cpa_sink_putc(sink, '}');
}

static void put_begin(CpaSink *sink, bool json)
{
    if (json) {
        cpa_sink_printf(sink, "{\n  \"version\": %d,\n  \"report\": \"check\",\n  \"rows\": [",
                        SCHEMA_VERSION);
    }
}

static void put_end(CpaSink *sink, bool json)
{
    cpa_sink_puts(sink, json ? "\n  ]\n}\n" : "");
}

/* Reads the source, NULL where facts->error says why there is none, and writes what it is. */
static bool check_source(Facts *facts, CpaSource *source, CpaSink *sink, bool json, bool first)
{
    bool valid = source != NULL && read_profile(facts, source);
    if (valid) {
        find_all(facts);
    }
    if (json) {
        put_json(facts, sink, first);
    } else {
        put_text(facts, sink);
    }
    facts_clear(facts);
    return valid;
}

bool cpa_check(const char *const *sources, size_t n, const CpaOptions *options, const CpaUi *ui,
               CpaSink *sink, size_t *n_invalid, GError **error)
{
    bool json = g_ascii_strcasecmp(options->format, "json") == 0;
    if (options->format[0] != '\0' && !json) {
        return cpa_error_set(error, CPA_ERROR_USAGE, "check writes text or -format=json, not %s",
                             options->format);
    }
    CpaInput *inputs = cpa_inputs_new(sources, n, options);
    cpa_inputs_fetch(inputs, n, options, ui);
    *n_invalid = 0;
    put_begin(sink, json);
    for (size_t i = 0; i < n; i++) {
        Facts facts = {.name = sources[i]};
        g_autoptr(CpaSource) source = cpa_input_open(&inputs[i], options->max_size, &facts.error);
        *n_invalid += check_source(&facts, source, sink, json, i == 0) ? 0 : 1;
    }
    put_end(sink, json);
    cpa_inputs_free(inputs, n);
    return true;
}

bool cpa_check_memory(const char *name, const void *bytes, size_t n, uint64_t max_size, bool json,
                      CpaSink *sink)
{
    Facts facts = {.name = name};
    g_autoptr(CpaSource) source = cpa_source_new_memory(name, bytes, n, max_size, &facts.error);
    put_begin(sink, json);
    bool valid = check_source(&facts, source, sink, json, true);
    put_end(sink, json);
    return valid;
}
