/* SPDX-License-Identifier: Apache-2.0 */
/*
 * raw: the whole profile as text, close to its structure.
 *
 *     Period: 1 ...            header fields that are set
 *     Samples:
 *     cpu/nanoseconds
 *              10: 1 2 3       values, then location ids
 *                     k:[v]    labels
 *     Locations
 *          1: 0x10 M=1 name file:line:column s=start line
 *     Mappings
 *     1: 0x0/0x1000/0x0 file build-id [FN]
 *
 * Samples are many: digits are written by hand, ids are copied from a table.
 */
#include <string.h>

#include "base/text.h"
#include "base/vec.h"
#include "report/labeltext.h"
#include "report/report.h"

#define VALUE_WIDTH      10
#define LABEL_INDENT     "                "
#define LINE_INDENT      "             "
#define DURATION_LETTERS 4
/* Digits of UINT64_MAX. */
#define DIGITS_MAX 20

/* An id and a blank. */
typedef struct {
    uint8_t len;
    char text[DIGITS_MAX + 1];
} IdText;

/* Writes the decimal digits of `value` so that they end before `end`; returns where they begin. */
static char *digits_before(char *end, uint64_t value)
{
    do {
        *--end = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    return end;
}

static void put_value(CpaSink *sink, int64_t value)
{
    char text[1 + DIGITS_MAX];
    char *end = text + sizeof text;
    char *at = digits_before(end, value < 0 ? -(uint64_t)value : (uint64_t)value);
    if (value < 0) {
        *--at = '-';
    }
    while (end - at < VALUE_WIDTH) {
        *--at = ' ';
    }
    cpa_sink_putc(sink, ' ');
    cpa_sink_write(sink, at, (size_t)(end - at));
}

static void put_string(CpaSink *sink, const CpaView *view, CpaStrId id)
{
    cpa_sink_write(sink, cpa_view_str(view, id), cpa_strtab_len(view->strings, id));
}

/* --- Header ----------------------------------------------------------------------------------- */

static void put_duration(CpaSink *sink, int64_t duration_ns)
{
    g_autofree char *text = cpa_duration_format(duration_ns);
    /* Cut to letters, not bytes: it may hold a Greek one. The text is valid UTF-8. */
    const char *end = text;
    for (int i = 0; i < DURATION_LETTERS && *end != '\0'; i++) {
        end = g_utf8_next_char(end);
    }
    cpa_sink_puts(sink, "Duration: ");
    cpa_sink_write(sink, text, (size_t)(end - text));
    cpa_sink_putc(sink, '\n');
}

static void put_header(CpaSink *sink, const CpaView *view)
{
    const CpaHeader *header = &view->profile->header;
    for (uint32_t i = 0; i < header->n_comments; i++) {
        cpa_sink_puts(sink, "Comment: ");
        put_string(sink, view, header->comments[i]);
        cpa_sink_putc(sink, '\n');
    }
    if (header->doc_url != 0) {
        cpa_sink_puts(sink, "Doc: ");
        put_string(sink, view, header->doc_url);
        cpa_sink_putc(sink, '\n');
    }
    if (header->has_period_type) {
        cpa_sink_puts(sink, "PeriodType: ");
        put_string(sink, view, header->period_type.type);
        cpa_sink_putc(sink, ' ');
        put_string(sink, view, header->period_type.unit);
        cpa_sink_putc(sink, '\n');
    }
    cpa_sink_printf(sink, "Period: %" G_GINT64_FORMAT "\n", header->period);
    if (header->time_ns != 0) {
        g_autofree char *time = cpa_time_format(header->time_ns, true);
        cpa_sink_printf(sink, "Time: %s\n", time);
    }
    if (header->duration_ns != 0) {
        put_duration(sink, header->duration_ns);
    }
}

/* Whether the `n` bytes are one code point, and that is white space. */
static bool is_space(const char *bytes, size_t n)
{
    gunichar c = g_utf8_get_char_validated(bytes, (gssize)n);
    if (g_utf8_next_char(bytes) != bytes + n) {
        return false;
    }
    return c == '\v' || c == 0x85 || (c < 0x110000 && g_unichar_isspace(c));
}

/* Writes the text without white space at both ends. */
static void put_trimmed(CpaSink *sink, const char *text, size_t len)
{
    size_t begin = 0;
    while (begin < len) {
        size_t n = (size_t)(g_utf8_next_char(text + begin) - (text + begin));
        if (n > len - begin || !is_space(text + begin, n)) {
            break;
        }
        begin += n;
    }
    while (len > begin) {
        size_t last = len - 1;
        while (last > begin && len - last < 4 && ((unsigned char)text[last] & 0xc0) == 0x80) {
            last--;
        }
        if (!is_space(text + last, len - last)) {
            break;
        }
        len = last;
    }
    cpa_sink_write(sink, text + begin, len - begin);
}

static void put_sample_types(CpaSink *sink, const CpaView *view)
{
    const CpaHeader *header = &view->profile->header;
    g_autoptr(CpaSink) line = cpa_sink_new_memory();
    for (uint32_t i = 0; i < header->n_types; i++) {
        const CpaValueType *type = &header->sample_types[i];
        put_string(line, view, type->type);
        cpa_sink_putc(line, '/');
        put_string(line, view, type->unit);
        cpa_sink_puts(line, type->type == header->default_sample_type ? "[dflt] " : " ");
    }
    size_t len = 0;
    const char *text = cpa_sink_data(line, &len);
    put_trimmed(sink, text, len);
    cpa_sink_putc(sink, '\n');
}

/* --- Samples ---------------------------------------------------------------------------------- */

static IdText *prepare_ids(const CpaView *view)
{
    IdText *ids = g_new(IdText, view->n_locations);
    for (uint32_t i = 0; i < view->n_locations; i++) {
        char text[DIGITS_MAX];
        char *at = digits_before(text + sizeof text, view->locations[i].id);
        size_t n = (size_t)(text + sizeof text - at);
        memcpy(ids[i].text, at, n);
        ids[i].text[n] = ' ';
        ids[i].len = (uint8_t)(n + 1);
    }
    return ids;
}

static void append_value(GString *out, const CpaLabel *label, gpointer data)
{
    const CpaView *view = data;
    CpaStrId suffix = label->unit;
    if (cpa_label_is_string(label)) {
        suffix = (CpaStrId)label->value;
    } else {
        char text[1 + DIGITS_MAX];
        char *end = text + sizeof text;
        int64_t value = label->value;
        char *at = digits_before(end, value < 0 ? -(uint64_t)value : (uint64_t)value);
        if (value < 0) {
            *--at = '-';
        }
        g_string_append_len(out, at, end - at);
        if (label->unit == CPA_LABEL_NO_UNIT) {
            return;
        }
        g_string_append_c(out, ' ');
    }
    g_string_append_len(out, cpa_view_str(view, suffix),
                        (gssize)cpa_strtab_len(view->strings, suffix));
}

static void put_labels(CpaSink *sink, CpaLabelText *text, const CpaLabel *labels, size_t n)
{
    if (n > 0) {
        cpa_sink_puts(sink, LABEL_INDENT);
        cpa_label_text_put(text, labels, n, sink);
        cpa_sink_putc(sink, '\n');
    }
}

static void put_samples(CpaSink *sink, CpaView *view)
{
    uint32_t n_types = view->profile->header.n_types;
    g_autofree IdText *ids = prepare_ids(view);
    CpaLabelStyle style = {
        .open = ":[",
        .close = "]",
        .between = " ",
        .append_value = append_value,
        .data = view,
    };
    g_autoptr(CpaLabelText) text = cpa_label_text_new(view, &style);
    for (size_t i = 0; i < view->n_samples; i++) {
        const int64_t *values = cpa_view_values(view, i);
        for (uint32_t k = 0; k < n_types; k++) {
            put_value(sink, values[k]);
        }
        cpa_sink_write(sink, ": ", 2);
        for (uint64_t k = view->begin[i]; k < view->end[i]; k++) {
            const IdText *id = &ids[view->frames[k]];
            cpa_sink_write(sink, id->text, id->len);
        }
        cpa_sink_putc(sink, '\n');
        size_t n = 0;
        const CpaLabel *labels = cpa_label_table_get(view->labels, view->label_sets[i], &n);
        size_t n_strings = cpa_label_text_n_strings(labels, n);
        put_labels(sink, text, labels, n_strings);
        put_labels(sink, text, labels + n_strings, n - n_strings);
    }
}

/* --- Locations and mappings ------------------------------------------------------------------- */

static void put_line(CpaSink *sink, const CpaView *view, const CpaLine *line)
{
    if (line->function == CPA_NONE) {
        cpa_sink_puts(sink, "??\n");
        return;
    }
    const CpaFunction *function = &view->functions[line->function];
    put_string(sink, view, function->name);
    cpa_sink_putc(sink, ' ');
    put_string(sink, view, function->file);
    cpa_sink_printf(sink, ":%" G_GINT64_FORMAT ":%" G_GINT64_FORMAT " s=%" G_GINT64_FORMAT,
                    line->line, line->column, function->start_line);
    if (function->name != function->system_name) {
        cpa_sink_putc(sink, '(');
        put_string(sink, view, function->system_name);
        cpa_sink_putc(sink, ')');
    }
    cpa_sink_putc(sink, '\n');
}

static void put_location(CpaSink *sink, const CpaView *view, const CpaLocation *location)
{
    cpa_sink_printf(sink, "%6" G_GUINT64_FORMAT ": 0x%" G_GINT64_MODIFIER "x ", location->id,
                    location->address);
    if (location->mapping != CPA_NONE) {
        cpa_sink_printf(sink, "M=%" G_GUINT64_FORMAT " ", view->mappings[location->mapping].id);
    }
    if (location->is_folded) {
        cpa_sink_puts(sink, "[F] ");
    }
    if (location->n_lines == 0) {
        cpa_sink_putc(sink, '\n');
    }
    for (uint32_t i = 0; i < location->n_lines; i++) {
        if (i > 0) {
            cpa_sink_puts(sink, LINE_INDENT);
        }
        put_line(sink, view, &view->lines[location->line_first + i]);
    }
}

static void put_mapping(CpaSink *sink, const CpaView *view, const CpaMapping *mapping)
{
    cpa_sink_printf(sink,
                    "%" G_GUINT64_FORMAT ": 0x%" G_GINT64_MODIFIER "x/0x%" G_GINT64_MODIFIER
                    "x/0x%" G_GINT64_MODIFIER "x ",
                    mapping->id, mapping->start, mapping->limit, mapping->offset);
    put_string(sink, view, mapping->file);
    cpa_sink_putc(sink, ' ');
    put_string(sink, view, mapping->build_id);
    cpa_sink_printf(sink, " %s%s%s%s\n", mapping->has_functions ? "[FN]" : "",
                    mapping->has_filenames ? "[FL]" : "", mapping->has_line_numbers ? "[LN]" : "",
                    mapping->has_inline_frames ? "[IN]" : "");
}

static bool emit(CpaReport *report, CpaSink *sink, G_GNUC_UNUSED GError **error)
{
    CpaView *view = report->view;
    put_header(sink, view);
    cpa_sink_puts(sink, "Samples:\n");
    put_sample_types(sink, view);
    put_samples(sink, view);
    cpa_sink_puts(sink, "Locations\n");
    for (uint32_t i = 0; i < view->n_locations; i++) {
        put_location(sink, view, &view->locations[i]);
    }
    cpa_sink_puts(sink, "Mappings\n");
    for (uint32_t i = 0; i < view->n_mappings; i++) {
        put_mapping(sink, view, &view->mappings[i]);
    }
    return true;
}

const CpaReportRow cpa_report_raw = {
    .name = "raw",
    .summary = "The profile as text, as it is stored",
    .usage =
        "Header, samples, locations and mappings with their numbers. Filters and label frames\n"
        "apply, addresses and lines are kept.",
    .suffix = "txt",
    .flags = CPA_REPORT_NO_TOTAL | CPA_REPORT_ADDRESSES | CPA_REPORT_OBJECTS,
    .emit = emit,
};
