/* SPDX-License-Identifier: Apache-2.0 */
/*
 * profile.proto: the format of pprof.
 *
 * Streamed: each top-level field is handed to the builder as it passes through the source's
 * window. The string table, locations and functions usually follow the samples that refer to
 * them, so references are kept as they stand in the file and resolved at the end:
 *
 *     frames        location id of the file if below 2^31, else 2^31 + its index in big_ids
 *     label sets    of string numbers; one canonical set per distinct raw set at the end
 *     other strings string numbers in the CpaStrId members
 *
 * Cost:   one pass over the bytes, one over the frames; memory of the finished columns only
 * Source: github.com/google/pprof proto/profile.proto; rules as in its profile/encode.go.
 *         differs: messages name the offset; locations with ids above 2^31 cost a hash probe
 */
#include "base/wire.h"
#include "input/pprofrefs.h"

/* String numbers above this cannot be real: each string takes two bytes of input. */
#define MAX_STRING_NUMBER ((uint64_t)UINT32_MAX - 16)

/* No element of a real profile comes near; a length beyond it is damage, not data. */
#define MAX_FIELD_SIZE ((uint64_t)256 * 1024 * 1024)
/* Profiles that take no more than this are read whatever -max_size is. */
#define MEMORY_SLACK ((uint64_t)16 << 20)
#define MAX_TYPES    ((size_t)4096)
#define MAX_MAPPINGS ((size_t)1 << 22)

static uint64_t offset_of(const CpaPprofReader *r, const uint8_t *at)
{
    return r->window_offset + (uint64_t)(at - r->window);
}

static bool malformed(const CpaPprofReader *r, const uint8_t *at, const char *what)
{
    return cpa_format_error(r->error, CPA_ERROR_MALFORMED, &cpa_format_pprof, r->source,
                            offset_of(r, at), "%s", what);
}

static bool field_error(const CpaPprofReader *r, const uint8_t *at, CpaWireStatus status)
{
    return malformed(r, at,
                     status == CPA_WIRE_SHORT ? "a field is longer than the message it is part of"
                                              : "the bytes are no field of a protocol buffer; the "
                                                "file is damaged");
}

static bool want_varint(const CpaPprofReader *r, const uint8_t *at, const CpaWireField *f)
{
    if (f->type == CPA_WIRE_VARINT) {
        return true;
    }
    return cpa_format_error(r->error, CPA_ERROR_MALFORMED, &cpa_format_pprof, r->source,
                            offset_of(r, at), "field %u has wire type %u instead of a number",
                            f->number, f->type);
}

static bool want_bytes(const CpaPprofReader *r, const uint8_t *at, const CpaWireField *f)
{
    if (f->type == CPA_WIRE_BYTES) {
        return true;
    }
    return cpa_format_error(r->error, CPA_ERROR_MALFORMED, &cpa_format_pprof, r->source,
                            offset_of(r, at), "field %u has wire type %u instead of bytes",
                            f->number, f->type);
}

/* Notes a reference to a string; whether it exists is known at the end. */
static bool string_number(CpaPprofReader *r, const uint8_t *at, uint64_t number, uint32_t *out)
{
    if (number > MAX_STRING_NUMBER) {
        return cpa_format_error(
            r->error, CPA_ERROR_MALFORMED, &cpa_format_pprof, r->source, offset_of(r, at),
            "string number %" G_GINT64_FORMAT " is out of range", (int64_t)number);
    }
    if (number > r->max_string) {
        r->max_string = number;
        r->max_string_offset = offset_of(r, at);
    }
    *out = (uint32_t)number;
    return true;
}

/* The fields of a message, one after the other. */
typedef struct {
    const uint8_t *start; /* of `field` */
    const uint8_t *next;
    const uint8_t *end;
    CpaWireField field;
    bool failed;
} Fields;

static inline Fields fields_of(const CpaWireField *message)
{
    return (Fields){.next = message->bytes, .end = message->bytes + message->size};
}

/* Returns false at the end, or with `failed` and the error set. */
static inline bool next_field(const CpaPprofReader *r, Fields *it)
{
    if (it->next >= it->end) {
        return false;
    }
    uint64_t need = 0;
    it->start = it->next;
    CpaWireStatus status = cpa_wire_field(&it->next, it->end, &it->field, &need);
    if (G_UNLIKELY(status != CPA_WIRE_OK)) {
        it->failed = true;
        return field_error(r, it->start, status);
    }
    return true;
}

static bool read_value_type(CpaPprofReader *r, const CpaWireField *message, CpaValueType *out)
{
    *out = (CpaValueType){0};
    Fields it = fields_of(message);
    while (next_field(r, &it)) {
        const CpaWireField f = it.field;
        const uint8_t *at = it.start;
        if (f.number == 1 || f.number == 2) {
            if (!want_varint(r, at, &f) ||
                !string_number(r, at, f.value, f.number == 1 ? &out->type : &out->unit)) {
                return false;
            }
        }
    }
    return !it.failed;
}

static uint32_t frame_of(CpaPprofReader *r, uint64_t location_id)
{
    if (G_LIKELY(location_id < CPA_PPROF_BIG_ID)) {
        return (uint32_t)location_id;
    }
    uint32_t index = cpa_idmap_insert(&r->big_id_index, location_id, (uint32_t)r->big_ids.len);
    if (index == r->big_ids.len) {
        cpa_vec_push(&r->big_ids, location_id);
    }
    return CPA_PPROF_BIG_ID + index;
}

static bool read_frames(CpaPprofReader *r, const uint8_t *at, const CpaWireField *f)
{
    CpaSampleColumns *s = r->samples;
    if (f->type != CPA_WIRE_BYTES) {
        if (!want_varint(r, at, f)) {
            return false;
        }
        cpa_vec_push(&s->frames, frame_of(r, f->value));
        return true;
    }
    const uint8_t *p = f->bytes;
    const uint8_t *end = p + f->size;
    cpa_vec_reserve(&s->frames, f->size);
    uint32_t *out = s->frames.data + s->frames.len;
    while (p < end) {
        uint64_t id = 0;
        if (G_LIKELY(end - p >= 4) && G_LIKELY(cpa_wire_varint_short(&p, out))) {
            out++; /* below 2^28: stands for itself */
            continue;
        }
        if (!cpa_wire_varint(&p, end, &id)) {
            return malformed(r, p, "a location id is cut off or longer than ten bytes");
        }
        *out++ = frame_of(r, id);
    }
    s->frames.len = (size_t)(out - s->frames.data);
    return true;
}

static bool read_values(CpaPprofReader *r, const uint8_t *at, const CpaWireField *f)
{
    CpaSampleColumns *s = r->samples;
    if (f->type != CPA_WIRE_BYTES) {
        if (!want_varint(r, at, f)) {
            return false;
        }
        cpa_vec_push(&s->values, (int64_t)f->value);
        return true;
    }
    const uint8_t *p = f->bytes;
    const uint8_t *end = p + f->size;
    while (p < end) {
        uint64_t value = 0;
        if (!cpa_wire_varint(&p, end, &value)) {
            return malformed(r, p, "a sample value is cut off or longer than ten bytes");
        }
        cpa_vec_push(&s->values, (int64_t)value);
    }
    return true;
}

static bool read_label(CpaPprofReader *r, const CpaWireField *message)
{
    uint64_t key = 0;
    uint64_t str = 0;
    uint64_t num = 0;
    uint64_t unit = 0;
    Fields it = fields_of(message);
    while (next_field(r, &it)) {
        const CpaWireField f = it.field;
        const uint8_t *at = it.start;
        if (f.number >= 1 && f.number <= 4) {
            if (!want_varint(r, at, &f)) {
                return false;
            }
            *(f.number == 1 ? &key : f.number == 2 ? &str : f.number == 3 ? &num : &unit) = f.value;
        }
    }
    if (it.failed) {
        return false;
    }
    CpaLabel label = {0};
    uint32_t number = 0;
    if (!string_number(r, message->bytes, key, &label.key)) {
        return false;
    }
    if (str != 0) {
        if (!string_number(r, message->bytes, str, &number)) {
            return false;
        }
        label.unit = CPA_LABEL_STRING;
        label.value = number;
    } else if (num != 0 || unit != 0) {
        if (!string_number(r, message->bytes, unit, &number)) {
            return false;
        }
        label.unit = unit != 0 ? number : CPA_LABEL_NO_UNIT;
        label.value = (int64_t)num;
    } else {
        return true; /* neither a string nor a number: not a label */
    }
    cpa_vec_push(&r->labels, label);
    return true;
}

static bool read_sample(CpaPprofReader *r, const CpaWireField *message)
{
    CpaSampleColumns *s = r->samples;
    size_t values_before = s->values.len;
    r->labels.len = 0;
    Fields it = fields_of(message);
    while (next_field(r, &it)) {
        const CpaWireField f = it.field;
        const uint8_t *at = it.start;
        bool ok = true;
        switch (f.number) {
        case 1:
            ok = read_frames(r, at, &f);
            break;
        case 2:
            ok = read_values(r, at, &f);
            break;
        case 3:
            ok = want_bytes(r, at, &f) && read_label(r, &f);
            break;
        default:
            break;
        }
        if (!ok) {
            return false;
        }
    }
    if (it.failed) {
        return false;
    }
    size_t n_values = s->values.len - values_before;
    if (s->label_sets.len == 0) {
        r->values_per_sample = n_values;
        r->first_sample_offset = offset_of(r, message->bytes);
    } else if (n_values != r->values_per_sample) {
        return cpa_format_error(r->error, CPA_ERROR_MALFORMED, &cpa_format_pprof, r->source,
                                offset_of(r, message->bytes),
                                "a sample has %zu values, those before it have %zu", n_values,
                                r->values_per_sample);
    }
    uint32_t set = cpa_seqtab_intern(r->raw_sets, (const uint32_t *)r->labels.data,
                                     r->labels.len * (sizeof(CpaLabel) / sizeof(uint32_t)));
    cpa_vec_push(&s->label_sets, set);
    cpa_vec_push(&s->frame_first, s->frames.len);
    return true;
}

static bool read_mapping(CpaPprofReader *r, const CpaWireField *message)
{
    CpaMapping m = {0};
    Fields it = fields_of(message);
    while (next_field(r, &it)) {
        const CpaWireField f = it.field;
        const uint8_t *at = it.start;
        if (f.number < 1 || f.number > 10) {
            continue;
        }
        if (!want_varint(r, at, &f)) {
            return false;
        }
        bool ok = true;
        switch (f.number) {
        case 1:
            m.id = f.value;
            break;
        case 2:
            m.start = f.value;
            break;
        case 3:
            m.limit = f.value;
            break;
        case 4:
            m.offset = f.value;
            break;
        case 5:
            ok = string_number(r, at, f.value, &m.file);
            break;
        case 6:
            ok = string_number(r, at, f.value, &m.build_id);
            break;
        case 7:
            m.has_functions = f.value != 0;
            break;
        case 8:
            m.has_filenames = f.value != 0;
            break;
        case 9:
            m.has_line_numbers = f.value != 0;
            break;
        default:
            m.has_inline_frames = f.value != 0;
            break;
        }
        if (!ok) {
            return false;
        }
    }
    if (it.failed) {
        return false;
    }
    if (m.id == 0) {
        return malformed(r, message->bytes, "a mapping has the id 0, which is reserved");
    }
    if (r->mapping_offsets.len == MAX_MAPPINGS) {
        return malformed(r, message->bytes, "more than 4194304 mappings");
    }
    cpa_builder_add_mapping(r->b, &m);
    cpa_vec_push(&r->mapping_offsets, offset_of(r, message->bytes));
    return true;
}

static bool read_line(CpaPprofReader *r, const CpaWireField *message)
{
    CpaLine line = {0};
    uint64_t function = 0;
    Fields it = fields_of(message);
    while (next_field(r, &it)) {
        const CpaWireField f = it.field;
        const uint8_t *at = it.start;
        if (f.number < 1 || f.number > 3) {
            continue;
        }
        if (!want_varint(r, at, &f)) {
            return false;
        }
        if (f.number == 1) {
            function = f.value;
        } else if (f.number == 2) {
            line.line = (int64_t)f.value;
        } else {
            line.column = (int64_t)f.value;
        }
    }
    if (it.failed) {
        return false;
    }
    if (function == 0) {
        return malformed(r, message->bytes, "a line has the function id 0, which is reserved");
    }
    cpa_vec_push(&r->lines, line);
    cpa_vec_push(&r->line_functions, function);
    return true;
}

static bool read_location(CpaPprofReader *r, const CpaWireField *message)
{
    CpaLocation l = {.mapping = CPA_NONE};
    uint64_t mapping = 0;
    r->lines.len = 0;
    Fields it = fields_of(message);
    while (next_field(r, &it)) {
        const CpaWireField f = it.field;
        const uint8_t *at = it.start;
        if (f.number < 1 || f.number > 5) {
            continue;
        }
        if (f.number == 4) {
            if (!want_bytes(r, at, &f) || !read_line(r, &f)) {
                return false;
            }
            continue;
        }
        if (!want_varint(r, at, &f)) {
            return false;
        }
        switch (f.number) {
        case 1:
            l.id = f.value;
            break;
        case 2:
            mapping = f.value;
            break;
        case 3:
            l.address = f.value;
            break;
        default:
            l.is_folded = f.value != 0;
            break;
        }
    }
    if (it.failed) {
        return false;
    }
    if (l.id == 0) {
        return malformed(r, message->bytes, "a location has the id 0, which is reserved");
    }
    cpa_builder_add_location(r->b, &l, r->lines.data, (uint32_t)r->lines.len);
    cpa_vec_push(&r->location_mappings, mapping);
    cpa_vec_push(&r->location_offsets, offset_of(r, message->bytes));
    return true;
}

static bool read_function(CpaPprofReader *r, const CpaWireField *message)
{
    CpaFunction fn = {0};
    Fields it = fields_of(message);
    while (next_field(r, &it)) {
        const CpaWireField f = it.field;
        const uint8_t *at = it.start;
        if (f.number < 1 || f.number > 5) {
            continue;
        }
        if (!want_varint(r, at, &f)) {
            return false;
        }
        bool ok = true;
        switch (f.number) {
        case 1:
            fn.id = f.value;
            break;
        case 2:
            ok = string_number(r, at, f.value, &fn.name);
            break;
        case 3:
            ok = string_number(r, at, f.value, &fn.system_name);
            break;
        case 4:
            ok = string_number(r, at, f.value, &fn.file);
            break;
        default:
            fn.start_line = (int64_t)f.value;
            break;
        }
        if (!ok) {
            return false;
        }
    }
    if (it.failed) {
        return false;
    }
    if (fn.id == 0) {
        return malformed(r, message->bytes, "a function has the id 0, which is reserved");
    }
    cpa_builder_add_function(r->b, &fn);
    cpa_vec_push(&r->function_offsets, offset_of(r, message->bytes));
    return true;
}

static bool read_string(CpaPprofReader *r, const CpaWireField *f)
{
    if (r->strings.len == 0 && f->size > 0) {
        return malformed(r, f->bytes, "the first string of the string table is not empty");
    }
    cpa_vec_push(&r->strings, cpa_builder_intern(r->b, (const char *)f->bytes, (gssize)f->size));
    return true;
}

static bool read_comments(CpaPprofReader *r, const uint8_t *at, const CpaWireField *f)
{
    if (f->type != CPA_WIRE_BYTES) {
        if (!want_varint(r, at, f)) {
            return false;
        }
        cpa_vec_push(&r->comments, f->value);
        return true;
    }
    const uint8_t *p = f->bytes;
    const uint8_t *end = p + f->size;
    while (p < end) {
        uint64_t number = 0;
        if (!cpa_wire_varint(&p, end, &number)) {
            return malformed(r, p, "a comment's string number is cut off");
        }
        cpa_vec_push(&r->comments, number);
    }
    return true;
}

/* Numbers of the profile message itself. */
static bool read_number(CpaPprofReader *r, const uint8_t *at, const CpaWireField *f)
{
    CpaHeader *header = cpa_builder_header(r->b);
    if (!want_varint(r, at, f)) {
        return false;
    }
    uint32_t number = 0;
    switch (f->number) {
    case 7:
        r->drop_frames = f->value;
        return string_number(r, at, f->value, &number);
    case 8:
        r->keep_frames = f->value;
        return string_number(r, at, f->value, &number);
    case 9:
        if (header->time_ns != 0) {
            return malformed(r, at,
                             "a second profile begins here: profiles cannot be joined by "
                             "concatenating their files; pass them one by one instead");
        }
        header->time_ns = (int64_t)f->value;
        return true;
    case 10:
        header->duration_ns = (int64_t)f->value;
        return true;
    case 12:
        header->period = (int64_t)f->value;
        return true;
    case 14:
        r->default_type = f->value;
        return string_number(r, at, f->value, &number);
    default:
        r->doc_url = f->value;
        return string_number(r, at, f->value, &number);
    }
}

static bool read_field(CpaPprofReader *r, const uint8_t *at, const CpaWireField *f)
{
    CpaValueType type;
    switch (f->number) {
    case 1:
        if (!want_bytes(r, at, f) || !read_value_type(r, f, &type)) {
            return false;
        }
        if (r->types.len == MAX_TYPES) {
            return malformed(r, at, "more than 4096 sample types");
        }
        cpa_vec_push(&r->types, type);
        return true;
    case 2:
        return want_bytes(r, at, f) && read_sample(r, f);
    case 3:
        return want_bytes(r, at, f) && read_mapping(r, f);
    case 4:
        return want_bytes(r, at, f) && read_location(r, f);
    case 5:
        return want_bytes(r, at, f) && read_function(r, f);
    case 6:
        return want_bytes(r, at, f) && read_string(r, f);
    case 11:
        return want_bytes(r, at, f) && read_value_type(r, f, &r->period_type);
    case 13:
        return read_comments(r, at, f);
    case 7:
    case 8:
    case 9:
    case 10:
    case 12:
    case 14:
    case 15:
        return read_number(r, at, f);
    default:
        return true; /* later versions may add fields */
    }
}

/*
 * Empty messages take two bytes in a file and fifty in memory. What real profiles take is between one
 * and two times their size.
 */
static bool check_memory(const CpaPprofReader *r)
{
    uint64_t max_size = cpa_source_max_size(r->source);
    uint64_t limit =
        max_size > UINT64_MAX / 2 - MEMORY_SLACK ? UINT64_MAX : 2 * max_size + MEMORY_SLACK;
    uint64_t used =
        cpa_builder_memory(r->b) + r->strings.len * sizeof *r->strings.data +
        (r->mapping_offsets.len + r->function_offsets.len + r->location_offsets.len +
         r->location_mappings.len + r->line_functions.len + r->big_ids.len + r->comments.len) *
            sizeof(uint64_t) +
        (uint64_t)cpa_seqtab_count(r->raw_sets) * sizeof(CpaLabel);
    if (used > limit) {
        return cpa_error_set(r->error, CPA_ERROR_TOO_LARGE,
                             "%s: pprof: the profile takes more than %" G_GUINT64_FORMAT
                             " bytes of memory, twice -max_size; raise it if that is meant to be",
                             cpa_source_get_name(r->source), limit);
    }
    return true;
}

static bool read_fields(CpaPprofReader *r)
{
    size_t want = 1;
    for (;;) {
        if (!check_memory(r) || !cpa_source_need(r->source, want, r->error)) {
            return false;
        }
        size_t size = 0;
        r->window = cpa_source_data(r->source, &size);
        r->window_offset = cpa_source_offset(r->source);
        if (size == 0) {
            return true;
        }
        const uint8_t *at = r->window;
        const uint8_t *end = at + size;
        CpaWireStatus status = CPA_WIRE_OK;
        uint64_t need = 0;
        while (at < end) {
            const uint8_t *start = at;
            CpaWireField f;
            status = cpa_wire_field(&at, end, &f, &need);
            if (status != CPA_WIRE_OK) {
                break;
            }
            if (!read_field(r, start, &f)) {
                return false;
            }
        }
        if (status == CPA_WIRE_INVALID) {
            return field_error(r, at, status);
        }
        if (need > MAX_FIELD_SIZE) {
            return cpa_format_error(r->error, CPA_ERROR_MALFORMED, &cpa_format_pprof, r->source,
                                    offset_of(r, at),
                                    "a field claims to be %" G_GUINT64_FORMAT " bytes long", need);
        }
        if (status == CPA_WIRE_SHORT && size < want) {
            return malformed(r, at, "the file ends in the middle of a field; it was cut off");
        }
        cpa_source_skip(r->source, (size_t)(at - r->window));
        want = status == CPA_WIRE_OK ? 1 : (size_t)MAX(need, (uint64_t)(end - at) + 1);
    }
}

static bool read_pprof(CpaSource *source, CpaBuilder *builder, GError **error)
{
    CpaPprofReader r = {
        .source = source,
        .b = builder,
        .samples = cpa_builder_samples(builder),
        .error = error,
        .raw_sets = cpa_seqtab_new(),
    };
    cpa_seqtab_intern(r.raw_sets, NULL, 0);
    bool ok = read_fields(&r) && cpa_pprof_resolve(&r);
    cpa_vec_clear(&r.strings);
    cpa_vec_clear(&r.mapping_offsets);
    cpa_vec_clear(&r.function_offsets);
    cpa_vec_clear(&r.location_offsets);
    cpa_vec_clear(&r.location_mappings);
    cpa_vec_clear(&r.line_functions);
    cpa_vec_clear(&r.lines);
    cpa_idmap_clear(&r.big_id_index);
    cpa_vec_clear(&r.big_ids);
    cpa_seqtab_free(r.raw_sets);
    cpa_vec_clear(&r.labels);
    cpa_vec_clear(&r.comments);
    cpa_vec_clear(&r.types);
    return ok;
}

/* Wire type of each known field of the profile message; comments (13) may have either. */
static bool is_plausible(const CpaWireField *f)
{
    if (f->number == 0) {
        return false;
    }
    if (f->number <= 6 || f->number == 11) {
        return f->type == CPA_WIRE_BYTES;
    }
    if (f->number == 13) {
        return f->type == CPA_WIRE_BYTES || f->type == CPA_WIRE_VARINT;
    }
    return f->number > 15 || f->type == CPA_WIRE_VARINT;
}

/* Whether this is a sample type and not, say, a line feed with text behind it. */
static bool is_sample_type(const CpaWireField *message)
{
    const uint8_t *at = message->bytes;
    const uint8_t *end = at + message->size;
    while (message->number == 1 && at < end) {
        CpaWireField f;
        uint64_t need = 0;
        if (cpa_wire_field(&at, end, &f, &need) != CPA_WIRE_OK || f.number > 2 ||
            f.type != CPA_WIRE_VARINT) {
            return false;
        }
    }
    return message->number == 1;
}

static int probe_pprof(const uint8_t *head, size_t size, bool complete)
{
    const uint8_t *at = head;
    const uint8_t *end = head + size;
    int n_known = 0;
    bool starts_well = false;
    while (at < end) {
        const uint8_t *start = at;
        CpaWireField f = {.number = 1, .type = CPA_WIRE_BYTES}; /* where even the key is cut off */
        uint64_t need = 0;
        CpaWireStatus status = cpa_wire_field(&at, end, &f, &need);
        if (status != CPA_WIRE_OK) {
            /* Cut off: fine where the head ends, a damaged profile otherwise. */
            if (status == CPA_WIRE_SHORT && !complete && (n_known > 0 || need > size)) {
                return is_plausible(&f) ? 95 : 0;
            }
            return n_known >= 3 || starts_well ? 40 : 0;
        }
        if (!is_plausible(&f)) {
            return n_known >= 3 && start > head ? 40 : 0;
        }
        starts_well = starts_well || (start == head && is_sample_type(&f));
        n_known += f.number <= 15;
    }
    return n_known > 0 ? 95 : 0;
}

const CpaFormat cpa_format_pprof = {
    .name = "pprof",
    .summary = "profile.proto, packed with gzip or plain: Go, pprof-rs, Node, Parca, Pyroscope...",
    .suffixes = ".pb.gz .pb .pprof .prof",
    .probe = probe_pprof,
    .read = read_pprof,
};
