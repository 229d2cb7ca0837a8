/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Encoder of profile.proto, in two passes over the view:
 *
 *     1  number the strings in the order in which the format's other writer meets them: sample
 *        types, labels in sample order, mappings, functions, drop and keep frames, period type,
 *        comments, default sample type, doc URL
 *     2  write the messages one after the other into a small buffer that is emptied into the
 *        sink, through zlib where asked for
 *
 * A message needs its length in front. That of a sample is summed up from the lengths of its
 * parts before it is written; the rare messages are packed by protobuf-c into a scratch buffer.
 * Samples are written by hand for speed, and because of a rule that protobuf-c does not have:
 * repeated numbers are packed only when there are more than two of them.
 * Fields that are zero are left out, but for default_sample_type, which is always written.
 */
#include "view/encode.h"

#include <string.h>
#include <zlib.h>

#include "base/units.h"
#include "base/vec.h"
#include "base/wire.h"
#include "profile/profile.pb-c.h"

#define BUFFER_SIZE ((size_t)64 * 1024)
#define VARINT_MAX  10
/* Repeated numbers are packed from this many on. */
#define PACK_AT 3

/* Field numbers of profile.proto that are written by hand. */
enum {
    PROFILE_SAMPLE_TYPE = 1,
    PROFILE_SAMPLE = 2,
    PROFILE_MAPPING = 3,
    PROFILE_LOCATION = 4,
    PROFILE_FUNCTION = 5,
    PROFILE_STRING = 6,
    PROFILE_DROP_FRAMES = 7,
    PROFILE_KEEP_FRAMES = 8,
    PROFILE_TIME = 9,
    PROFILE_DURATION = 10,
    PROFILE_PERIOD_TYPE = 11,
    PROFILE_PERIOD = 12,
    PROFILE_COMMENT = 13,
    PROFILE_DEFAULT_SAMPLE_TYPE = 14,
    PROFILE_DOC_URL = 15,
    SAMPLE_LOCATION = 1,
    SAMPLE_VALUE = 2,
    SAMPLE_LABEL = 3,
    LABEL_KEY = 1,
    LABEL_TEXT = 2,
    LABEL_NUMBER = 3,
    LABEL_UNIT = 4,
};

typedef struct {
    CpaView *view;
    double ratio;

    uint32_t *numbers;       /* [strings of the view] number in the output, 0 while it has none */
    CPA_VEC(CpaStrId) order; /* strings by number, from 1 on */

    uint64_t *location_ids;    /* [n_locations] */
    uint8_t *location_id_lens; /* [n_locations] bytes of each as a varint */
    int64_t *values;           /* [n_types] of the sample being written */

    CPA_VEC(uint8_t) packed; /* scratch of the rare messages */
    CPA_VEC(Cpa__Pprof__Line) lines;
    CPA_VEC(Cpa__Pprof__Line *) line_pointers;

    CpaSink *sink;
    uint8_t buffer[BUFFER_SIZE];
    size_t n_buffer;
    bool gzip;
    z_stream zlib;
} Encoder;

/* --- Bytes ------------------------------------------------------------------------------------ */

static void deflate_into_sink(Encoder *e, int mode)
{
    uint8_t out[BUFFER_SIZE];
    e->zlib.next_in = e->buffer;
    e->zlib.avail_in = (uInt)e->n_buffer;
    do {
        e->zlib.next_out = out;
        e->zlib.avail_out = sizeof out;
        int status = deflate(&e->zlib, mode);
        g_assert(status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR);
        cpa_sink_write(e->sink, out, sizeof out - e->zlib.avail_out);
    } while (e->zlib.avail_out == 0);
}

static void flush(Encoder *e)
{
    if (e->gzip) {
        deflate_into_sink(e, Z_NO_FLUSH);
    } else {
        cpa_sink_write(e->sink, e->buffer, e->n_buffer);
    }
    e->n_buffer = 0;
}

static void put_bytes(Encoder *e, const void *bytes, size_t n)
{
    const uint8_t *from = bytes;
    while (n > 0) {
        if (e->n_buffer == BUFFER_SIZE) {
            flush(e);
        }
        size_t part = MIN(n, BUFFER_SIZE - e->n_buffer);
        memcpy(e->buffer + e->n_buffer, from, part);
        e->n_buffer += part;
        from += part;
        n -= part;
    }
}

static inline void put_varint(Encoder *e, uint64_t value)
{
    if (G_UNLIKELY(BUFFER_SIZE - e->n_buffer < VARINT_MAX)) {
        flush(e);
    }
    uint8_t *at = e->buffer + e->n_buffer;
    while (value >= 0x80) {
        *at++ = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    *at++ = (uint8_t)value;
    e->n_buffer = (size_t)(at - e->buffer);
}

static inline size_t varint_len(uint64_t value)
{
    /* 7 bits per byte; 0 takes one byte, too. */
    return (size_t)(70 - __builtin_clzll(value | 1)) / 7;
}

/* All fields here are below 16: their keys are one byte. */
static inline void put_key(Encoder *e, unsigned field, unsigned type)
{
    put_varint(e, field << 3 | type);
}

static void put_number(Encoder *e, unsigned field, uint64_t value)
{
    put_key(e, field, CPA_WIRE_VARINT);
    put_varint(e, value);
}

static void put_number_unless_0(Encoder *e, unsigned field, uint64_t value)
{
    if (value != 0) {
        put_number(e, field, value);
    }
}

static size_t number_len_unless_0(uint64_t value)
{
    return value == 0 ? 0 : 1 + varint_len(value);
}

static void put_length(Encoder *e, unsigned field, size_t len)
{
    put_key(e, field, CPA_WIRE_BYTES);
    put_varint(e, len);
}

/* Length of a repeated number field of `n` elements whose varints take `payload` bytes. */
static size_t repeated_len(size_t n, size_t payload)
{
    return n < PACK_AT ? n + payload : 1 + varint_len(payload) + payload;
}

static void put_message(Encoder *e, unsigned field, const ProtobufCMessage *message)
{
    size_t len = protobuf_c_message_get_packed_size(message);
    e->packed.len = 0;
    cpa_vec_reserve(&e->packed, len);
    protobuf_c_message_pack(message, e->packed.data);
    put_length(e, field, len);
    put_bytes(e, e->packed.data, len);
}

/* --- Strings ---------------------------------------------------------------------------------- */

static void number_string(Encoder *e, CpaStrId id)
{
    if (id != 0 && e->numbers[id] == 0) {
        cpa_vec_push(&e->order, id);
        e->numbers[id] = (uint32_t)e->order.len;
    }
}

static inline uint32_t string_number(const Encoder *e, CpaStrId id)
{
    return e->numbers[id];
}

/* A number's unit as a string; labels of strings and bare numbers have none. */
static CpaStrId label_unit(const CpaLabel *label)
{
    return label->unit >= CPA_LABEL_NO_UNIT ? 0 : label->unit;
}

/* Sets are numbered at their first sample; the labels of a set are in the order needed. */
static void number_label_strings(Encoder *e)
{
    const CpaView *view = e->view;
    g_autofree bool *seen = g_new0(bool, cpa_label_table_count(view->labels));
    for (size_t i = 0; i < view->n_samples; i++) {
        uint32_t set = view->label_sets[i];
        if (seen[set]) {
            continue;
        }
        seen[set] = true;
        size_t n = 0;
        const CpaLabel *labels = cpa_label_table_get(view->labels, set, &n);
        for (size_t k = 0; k < n; k++) {
            number_string(e, labels[k].key);
            number_string(e, cpa_label_is_string(&labels[k]) ? (CpaStrId)labels[k].value
                                                             : label_unit(&labels[k]));
        }
    }
}

static void number_strings(Encoder *e)
{
    const CpaView *view = e->view;
    const CpaHeader *header = &view->profile->header;
    for (uint32_t i = 0; i < header->n_types; i++) {
        number_string(e, header->sample_types[i].type);
        number_string(e, header->sample_types[i].unit);
    }
    number_label_strings(e);
    for (uint32_t i = 0; i < view->n_mappings; i++) {
        number_string(e, view->mappings[i].file);
        number_string(e, view->mappings[i].build_id);
    }
    for (uint32_t i = 0; i < view->n_functions; i++) {
        number_string(e, view->functions[i].name);
        number_string(e, view->functions[i].system_name);
        number_string(e, view->functions[i].file);
    }
    number_string(e, header->drop_frames);
    number_string(e, header->keep_frames);
    if (header->has_period_type) {
        number_string(e, header->period_type.type);
        number_string(e, header->period_type.unit);
    }
    for (uint32_t i = 0; i < header->n_comments; i++) {
        number_string(e, header->comments[i]);
    }
    number_string(e, header->default_sample_type);
    number_string(e, header->doc_url);
}

/* --- Samples ---------------------------------------------------------------------------------- */

static size_t label_len(const Encoder *e, const CpaLabel *label)
{
    size_t len = number_len_unless_0(string_number(e, label->key));
    if (cpa_label_is_string(label)) {
        return len + number_len_unless_0(string_number(e, (CpaStrId)label->value));
    }
    return len + number_len_unless_0((uint64_t)label->value) +
           number_len_unless_0(string_number(e, label_unit(label)));
}

static void put_label(Encoder *e, const CpaLabel *label)
{
    put_length(e, SAMPLE_LABEL, label_len(e, label));
    put_number_unless_0(e, LABEL_KEY, string_number(e, label->key));
    if (cpa_label_is_string(label)) {
        put_number_unless_0(e, LABEL_TEXT, string_number(e, (CpaStrId)label->value));
    } else {
        put_number_unless_0(e, LABEL_NUMBER, (uint64_t)label->value);
        put_number_unless_0(e, LABEL_UNIT, string_number(e, label_unit(label)));
    }
}

static void put_sample(Encoder *e, size_t i)
{
    const CpaView *view = e->view;
    const uint32_t *frames = view->frames + view->begin[i];
    size_t n_frames = view->end[i] - view->begin[i];
    size_t frames_payload = 0;
    for (size_t k = 0; k < n_frames; k++) {
        frames_payload += e->location_id_lens[frames[k]];
    }

    const int64_t *values = cpa_view_values(view, i);
    uint32_t n_values = view->profile->header.n_types;
    size_t values_payload = 0;
    for (uint32_t k = 0; k < n_values; k++) {
        int64_t value = values[k];
        if (e->ratio != 1) {
            value = cpa_int64_from_double((double)value * e->ratio);
        }
        e->values[k] = value;
        values_payload += varint_len((uint64_t)value);
    }

    size_t n_labels = 0;
    const CpaLabel *labels = cpa_label_table_get(view->labels, view->label_sets[i], &n_labels);
    size_t len = repeated_len(n_frames, frames_payload) + repeated_len(n_values, values_payload);
    for (size_t k = 0; k < n_labels; k++) {
        size_t label = label_len(e, &labels[k]);
        len += 1 + varint_len(label) + label;
    }

    put_length(e, PROFILE_SAMPLE, len);
    if (n_frames >= PACK_AT) {
        put_length(e, SAMPLE_LOCATION, frames_payload);
    }
    for (size_t k = 0; k < n_frames; k++) {
        if (n_frames < PACK_AT) {
            put_key(e, SAMPLE_LOCATION, CPA_WIRE_VARINT);
        }
        put_varint(e, e->location_ids[frames[k]]);
    }
    if (n_values >= PACK_AT) {
        put_length(e, SAMPLE_VALUE, values_payload);
    }
    for (uint32_t k = 0; k < n_values; k++) {
        if (n_values < PACK_AT) {
            put_key(e, SAMPLE_VALUE, CPA_WIRE_VARINT);
        }
        put_varint(e, (uint64_t)e->values[k]);
    }
    for (size_t k = 0; k < n_labels; k++) {
        put_label(e, &labels[k]);
    }
}

static void prepare_locations(Encoder *e)
{
    const CpaView *view = e->view;
    e->location_ids = g_new(uint64_t, view->n_locations);
    e->location_id_lens = g_new(uint8_t, view->n_locations);
    for (uint32_t i = 0; i < view->n_locations; i++) {
        e->location_ids[i] = view->locations[i].id;
        e->location_id_lens[i] = (uint8_t)varint_len(view->locations[i].id);
    }
}

/* --- The rare messages ------------------------------------------------------------------------ */

static void put_value_type(Encoder *e, unsigned field, const CpaValueType *type)
{
    Cpa__Pprof__ValueType message = CPA__PPROF__VALUE_TYPE__INIT;
    message.type_str = string_number(e, type->type);
    message.unit_str = string_number(e, type->unit);
    put_message(e, field, &message.base);
}

static void put_mapping(Encoder *e, const CpaMapping *mapping)
{
    Cpa__Pprof__Mapping message = CPA__PPROF__MAPPING__INIT;
    message.id = mapping->id;
    message.start = mapping->start;
    message.limit = mapping->limit;
    message.offset = mapping->offset;
    message.file_str = string_number(e, mapping->file);
    message.build_id_str = string_number(e, mapping->build_id);
    message.has_functions = mapping->has_functions;
    message.has_filenames = mapping->has_filenames;
    message.has_line_numbers = mapping->has_line_numbers;
    message.has_inline_frames = mapping->has_inline_frames;
    put_message(e, PROFILE_MAPPING, &message.base);
}

static void put_location(Encoder *e, const CpaLocation *location)
{
    const CpaView *view = e->view;
    e->lines.len = 0;
    e->line_pointers.len = 0;
    cpa_vec_reserve(&e->lines, location->n_lines);
    for (uint32_t i = 0; i < location->n_lines; i++) {
        const CpaLine *line = &view->lines[location->line_first + i];
        Cpa__Pprof__Line message = CPA__PPROF__LINE__INIT;
        message.function_id = line->function == CPA_NONE ? 0 : view->functions[line->function].id;
        message.line = line->line;
        message.column = line->column;
        /* Room was reserved: earlier pointers stay valid. */
        cpa_vec_push(&e->lines, message);
        cpa_vec_push(&e->line_pointers, &e->lines.data[e->lines.len - 1]);
    }
    Cpa__Pprof__Location message = CPA__PPROF__LOCATION__INIT;
    message.id = location->id;
    message.mapping_id = location->mapping == CPA_NONE ? 0 : view->mappings[location->mapping].id;
    message.address = location->address;
    message.line = e->line_pointers.data;
    message.n_line = e->line_pointers.len;
    message.is_folded = location->is_folded;
    put_message(e, PROFILE_LOCATION, &message.base);
}

static void put_function(Encoder *e, const CpaFunction *function)
{
    Cpa__Pprof__Function message = CPA__PPROF__FUNCTION__INIT;
    message.id = function->id;
    message.name_str = string_number(e, function->name);
    message.system_name_str = string_number(e, function->system_name);
    message.file_str = string_number(e, function->file);
    message.start_line = function->start_line;
    put_message(e, PROFILE_FUNCTION, &message.base);
}

static void put_strings(Encoder *e)
{
    put_length(e, PROFILE_STRING, 0);
    for (size_t i = 0; i < e->order.len; i++) {
        CpaStrId id = e->order.data[i];
        size_t len = cpa_strtab_len(e->view->strings, id);
        put_length(e, PROFILE_STRING, len);
        put_bytes(e, cpa_strtab_get(e->view->strings, id), len);
    }
}

static void put_comments(Encoder *e, const CpaHeader *header)
{
    if (header->n_comments >= PACK_AT) {
        size_t payload = 0;
        for (uint32_t i = 0; i < header->n_comments; i++) {
            payload += varint_len(string_number(e, header->comments[i]));
        }
        put_length(e, PROFILE_COMMENT, payload);
    }
    for (uint32_t i = 0; i < header->n_comments; i++) {
        if (header->n_comments < PACK_AT) {
            put_key(e, PROFILE_COMMENT, CPA_WIRE_VARINT);
        }
        put_varint(e, string_number(e, header->comments[i]));
    }
}

static void put_header(Encoder *e)
{
    const CpaHeader *header = &e->view->profile->header;
    put_number_unless_0(e, PROFILE_DROP_FRAMES, string_number(e, header->drop_frames));
    put_number_unless_0(e, PROFILE_KEEP_FRAMES, string_number(e, header->keep_frames));
    put_number_unless_0(e, PROFILE_TIME, (uint64_t)header->time_ns);
    put_number_unless_0(e, PROFILE_DURATION, (uint64_t)header->duration_ns);
    if (header->has_period_type &&
        (header->period_type.type != 0 || header->period_type.unit != 0)) {
        put_value_type(e, PROFILE_PERIOD_TYPE, &header->period_type);
    }
    put_number_unless_0(e, PROFILE_PERIOD, (uint64_t)header->period);
    put_comments(e, header);
    put_number(e, PROFILE_DEFAULT_SAMPLE_TYPE, string_number(e, header->default_sample_type));
    put_number_unless_0(e, PROFILE_DOC_URL, string_number(e, header->doc_url));
}

static void put_profile(Encoder *e)
{
    const CpaView *view = e->view;
    const CpaHeader *header = &view->profile->header;
    for (uint32_t i = 0; i < header->n_types; i++) {
        put_value_type(e, PROFILE_SAMPLE_TYPE, &header->sample_types[i]);
    }
    for (size_t i = 0; i < view->n_samples; i++) {
        put_sample(e, i);
    }
    for (uint32_t i = 0; i < view->n_mappings; i++) {
        put_mapping(e, &view->mappings[i]);
    }
    for (uint32_t i = 0; i < view->n_locations; i++) {
        put_location(e, &view->locations[i]);
    }
    for (uint32_t i = 0; i < view->n_functions; i++) {
        put_function(e, &view->functions[i]);
    }
    put_strings(e);
    put_header(e);
}

/* --- Start and end ---------------------------------------------------------------------------- */

/* 15 bits of window, and 16 more to ask for a gzip header, which zlib leaves without a time. */
#define GZIP_WINDOW_BITS (15 + 16)
#define MEMORY_LEVEL     8

static bool start(Encoder *e, GError **error)
{
    if (e->gzip && deflateInit2(&e->zlib, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW_BITS,
                                MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK) {
        return cpa_error_set(error, CPA_ERROR_IO, "cannot compress the profile: zlib: %s",
                             e->zlib.msg != NULL ? e->zlib.msg : "out of memory");
    }
    return true;
}

static void finish(Encoder *e)
{
    if (e->gzip) {
        deflate_into_sink(e, Z_FINISH);
        deflateEnd(&e->zlib);
    } else {
        flush(e);
    }
}

bool cpa_view_encode(CpaView *view, double ratio, bool gzip, CpaSink *sink, GError **error)
{
    /* Too large for the stack of a thread. */
    g_autofree Encoder *e = g_new0(Encoder, 1);
    e->view = view;
    e->ratio = ratio;
    e->sink = sink;
    e->gzip = gzip;
    if (!start(e, error)) {
        return false;
    }
    e->numbers = g_new0(uint32_t, cpa_strtab_count(view->strings));
    e->values = g_new(int64_t, view->profile->header.n_types);
    number_strings(e);
    prepare_locations(e);
    put_profile(e);
    finish(e);

    g_free(e->numbers);
    g_free(e->values);
    g_free(e->location_ids);
    g_free(e->location_id_lens);
    cpa_vec_clear(&e->order);
    cpa_vec_clear(&e->packed);
    cpa_vec_clear(&e->lines);
    cpa_vec_clear(&e->line_pointers);
    return true;
}
