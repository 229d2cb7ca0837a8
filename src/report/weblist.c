/* SPDX-License-Identifier: Apache-2.0 */
/*
 * weblist: sources with weights as one page of HTML; a click on a line unfolds the code that it
 * became, with the calls that were inlined there.
 *
 * Names and sources are not trusted: everything goes through cpa_markup_put(), and the page forbids
 * itself to load anything and to run any script but its own (a Content-Security-Policy with the
 * hash of that script). Folding needs no script.
 *
 *     section          block of lines of a function
 *       div.l          line without code
 *       details        line with code: summary.l, then div.asm
 *         div.a        instruction
 *         div.c        call that was inlined
 *         div.n        gap between instructions
 *
 * Source: pprof source.go makeWebListLine, makeWebListInstructions, html/source.html
 */
#include <string.h>

#include "base/markup.h"
#include "base/text.h"
#include "render/webfiles.h"
#include "report/annotate.h"
#include "report/listtable.h"
#include "report/tabular.h"

/* Shades of lines, by their share of the heaviest line of the page. */
#define N_SHADES 5

typedef struct {
    const CpaReport *r;
    CpaSink *sink;
    const CpaListing *listing;
    int64_t heaviest; /* cum of a line, by magnitude */
} Page;

static void put_value(const Page *p, const char *element, int64_t value)
{
    char text[CPA_VALUE_TEXT_MAX];
    cpa_sink_printf(p->sink, "<%s>", element);
    cpa_markup_puts(p->sink, value != 0 ? cpa_report_format(p->r, text, value) : "");
    cpa_sink_printf(p->sink, "</%s>", element);
}

static int64_t magnitude(int64_t value)
{
    return value == INT64_MIN ? INT64_MAX : value < 0 ? -value : value;
}

static int shade_of(const Page *p, int64_t cum)
{
    if (cum == 0 || p->heaviest == 0) {
        return 0;
    }
    double share = (double)magnitude(cum) / (double)p->heaviest;
    return 1 + (int)(share * (N_SHADES - 1) + 0.5);
}

/* --- instructions --------------------------------------------------------------------------- */

static void put_place(CpaSink *sink, const char *file, int64_t line)
{
    if (*file != '\0') {
        g_autofree char *base = cpa_path_base(file);
        cpa_sink_puts(sink, "<u>");
        cpa_markup_puts(sink, base);
        cpa_sink_printf(sink, ":%" G_GINT64_FORMAT "</u>", line);
    }
}

static bool is_same_call(const CpaListCall *a, const CpaListCall *b)
{
    return a->line == b->line && strcmp(a->file, b->file) == 0;
}

/* Calls that the instruction before has, too, are not repeated. */
static void put_calls(const Page *p, const CpaListCode *code, const CpaListCode *before)
{
    const CpaListCall *calls = p->listing->calls.data;
    bool is_new = before == NULL;
    for (uint32_t i = 0; i < code->n_calls; i++) {
        const CpaListCall *call = &calls[code->call_first + i];
        is_new =
            is_new || i >= before->n_calls || !is_same_call(call, &calls[before->call_first + i]);
        if (!is_new) {
            continue;
        }
        g_autofree char *file = cpa_path_clean(call->file); /* as those of functions are */
        const CpaSrcEntry *source = cpa_src_tree_find(p->listing->tree, file);
        size_t len = 0;
        const char *text =
            source->text != NULL ? cpa_src_file_line(source->text, call->line, &len) : NULL;
        while (len > 0 && g_ascii_isspace(*text)) {
            text++;
            len--;
        }
        cpa_sink_printf(p->sink, "<div class=c><code style=\"padding-left:%uch\">",
                        4 * MIN(i + 1, 20u));
        cpa_markup_put(p->sink, text != NULL ? text : "", len);
        cpa_sink_puts(p->sink, "</code>");
        put_place(p->sink, call->file, call->line);
        cpa_sink_puts(p->sink, "</div>\n");
    }
}

static void put_code(const Page *p, const CpaListLine *line)
{
    CpaSink *sink = p->sink;
    const CpaListCode *before = NULL;
    cpa_sink_puts(sink, "<div class=asm>\n");
    for (uint32_t i = 0; i < line->n_code; i++) {
        const CpaListCode *code = &p->listing->code.data[line->code_first + i];
        if (code->starts_block && before != NULL) {
            cpa_sink_puts(sink, "<div class=n>\xe2\x8b\xae</div>\n");
        }
        put_calls(p, code, before);
        before = code;
        if (code->text == NULL) {
            continue;
        }
        cpa_sink_puts(sink, "<div class=a>");
        put_value(p, "b", code->flat);
        put_value(p, "b", code->cum);
        cpa_sink_printf(sink, "<i>%" G_GINT64_MODIFIER "x</i><code style=\"padding-left:%uch\">",
                        code->address, 4 * MIN(code->n_calls + 1, 20u));
        cpa_markup_puts(sink, code->text);
        cpa_sink_puts(sink, "</code>");
        put_place(sink, code->file, code->line);
        cpa_sink_puts(sink, "</div>\n");
    }
    cpa_sink_puts(sink, "</div>");
}

/* --- lines ---------------------------------------------------------------------------------- */

/* Whether there is something to unfold: instructions, or calls that were inlined. */
static bool has_code(const Page *p, const CpaListLine *line)
{
    for (uint32_t i = 0; line != NULL && i < line->n_code; i++) {
        const CpaListCode *code = &p->listing->code.data[line->code_first + i];
        if (code->text != NULL || code->n_calls > 0) {
            return true;
        }
    }
    return false;
}

/* @known: weights and code of the line, or NULL; @text: [len], or NULL */
static void put_line(const Page *p, int64_t number, const CpaListLine *known, const char *text,
                     size_t len)
{
    static const char unknown[] = "<instructions with unknown line numbers>";
    CpaSink *sink = p->sink;
    bool unfolds = has_code(p, known);
    int shade = known != NULL ? shade_of(p, known->cum) : 0;
    cpa_sink_puts(sink, unfolds ? "<details><summary class=\"l" : "<div class=\"l");
    cpa_sink_puts(sink, known != NULL ? "" : " dim");
    if (shade > 0) {
        cpa_sink_printf(sink, " s%d", shade);
    }
    cpa_sink_printf(sink, "\"><i>%" G_GINT64_FORMAT "</i>", number);
    put_value(p, "b", known != NULL ? known->flat : 0);
    put_value(p, "b", known != NULL ? known->cum : 0);
    cpa_sink_puts(sink, "<code>");
    if (text == NULL) {
        text = number == 0 ? unknown : "???";
        len = strlen(text);
    }
    cpa_markup_put(sink, text, len);
    cpa_sink_puts(sink, unfolds ? "</code></summary>" : "</code></div>\n");
    if (unfolds) {
        put_code(p, known);
        cpa_sink_puts(sink, "</details>\n");
    }
}

static void put_function(const Page *p, const CpaListFunction *f)
{
    CpaSink *sink = p->sink;
    char percent[32];
    cpa_percentage_format(percent, f->cum, p->r->total);
    cpa_sink_puts(sink, "<section>\n<h2>");
    cpa_markup_puts(sink, f->name);
    cpa_sink_puts(sink, "</h2>\n<p class=file>");
    cpa_markup_puts(sink, strcmp(f->file, ".") != 0 ? f->file : "(source file unknown)");
    cpa_sink_puts(sink, "</p>\n<div class=lines>\n<div class=\"l total\"><i></i>");
    put_value(p, "b", f->flat);
    put_value(p, "b", f->cum);
    cpa_sink_printf(sink, "<code>flat, cum; %s of total</code></div>\n", g_strstrip(percent));
    if (f->source != NULL && f->source->problem != NULL) {
        cpa_sink_puts(sink, "<div class=\"l missing\"><i></i><b></b><b></b><code>No source: ");
        cpa_markup_puts(sink, f->source->problem);
        cpa_sink_puts(sink, "</code></div>\n");
    }
    const CpaListLine *next = p->listing->lines.data + f->line_first;
    const CpaListLine *end = next + f->n_lines;
    for (int64_t line = f->begin; line < f->end; line++) {
        while (next < end && next->line < line) {
            next++;
        }
        const CpaListLine *known = next < end && next->line == line ? next : NULL;
        size_t len = 0;
        const char *text = f->source != NULL && f->source->text != NULL
                               ? cpa_src_file_line(f->source->text, line, &len)
                               : NULL;
        if (text != NULL || known != NULL) {
            put_line(p, line, known, text, len);
        }
    }
    cpa_sink_puts(sink, "</div>\n</section>\n");
}

/* --- the page ------------------------------------------------------------------------------- */

/* "sha256-...": what a policy calls the script */
static char *hash_script(const char *script)
{
    guint8 digest[32];
    gsize n = sizeof digest;
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    g_checksum_update(sum, (const guchar *)script, (gssize)strlen(script));
    g_checksum_get_digest(sum, digest, &n);
    return g_base64_encode(digest, n);
}

static void put_head(const Page *p)
{
    CpaSink *sink = p->sink;
    g_autofree char *hash = hash_script(cpa_web_file("weblist.js"));
    cpa_sink_puts(sink, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    cpa_sink_printf(sink,
                    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                    "style-src 'unsafe-inline'; script-src 'sha256-%s'; img-src data:; "
                    "base-uri 'none'; form-action 'none'\">\n",
                    hash);
    cpa_sink_puts(sink, "<meta name=\"viewport\" content=\"width=device-width\">\n"
                        "<meta name=\"color-scheme\" content=\"light dark\">\n"
                        "<meta name=\"referrer\" content=\"no-referrer\">\n"
                        "<meta name=\"generator\" content=\"cpa " PACKAGE_VERSION "\">\n"
                        "<link rel=\"icon\" href=\"data:,\">\n<title>");
    cpa_markup_puts(sink, p->r->title != NULL ? p->r->title : "Source");
    cpa_sink_puts(sink, " ");
    cpa_markup_puts(sink, p->r->sample_type);
    cpa_sink_puts(sink, "</title>\n<style>\n");
    cpa_sink_puts(sink, cpa_web_file("weblist.css"));
    cpa_sink_puts(sink, "</style>\n</head>\n<body>\n<header>\n<p>");
    g_autoptr(GPtrArray) labels = cpa_report_profile_labels(p->r);
    for (guint i = 0; i < labels->len; i++) {
        cpa_markup_puts(sink, labels->pdata[i]);
        cpa_sink_puts(sink, "<br>\n");
    }
    char total[CPA_VALUE_TEXT_MAX];
    cpa_sink_puts(sink, "Total: ");
    cpa_markup_puts(sink, cpa_report_format(p->r, total, p->r->total));
    cpa_sink_puts(sink, "</p>\n<div id=tools><button id=hot title=\"n, p\">Next hot line</button>"
                        "<button id=all aria-pressed=false>Unfold all</button></div>\n"
                        "</header>\n<main>\n");
}

static int64_t find_heaviest(const CpaListing *listing)
{
    int64_t heaviest = 0;
    for (size_t i = 0; i < listing->lines.len; i++) {
        heaviest = MAX(heaviest, magnitude(listing->lines.data[i].cum));
    }
    return heaviest;
}

static bool emit(CpaReport *r, CpaSink *sink, GError **error)
{
    g_autoptr(CpaListing) listing = cpa_annotate(r, error);
    if (listing == NULL) {
        return false;
    }
    if (cpa_tabular_wanted(r->options)) {
        cpa_listing_put_table(r, listing, true, sink);
        cpa_listing_warn(listing);
        return true;
    }
    Page page = {
        .r = r,
        .sink = sink,
        .listing = listing,
        .heaviest = find_heaviest(listing),
    };
    put_head(&page);
    for (size_t i = 0; i < listing->functions.len; i++) {
        if (!listing->functions.data[i].is_hidden) {
            put_function(&page, &listing->functions.data[i]);
        }
    }
    cpa_sink_puts(sink, "</main>\n<script>");
    cpa_sink_puts(sink, cpa_web_file("weblist.js"));
    cpa_sink_puts(sink, "</script>\n</body>\n</html>\n");
    cpa_listing_warn(listing);
    return true;
}

const CpaReportRow cpa_report_weblist = {
    .name = "weblist",
    .summary = "Source lines with the instructions below them, in a browser",
    .usage = "weblist REGEXP|ADDRESS shows the functions whose name, linker's name, source file or "
             "binary\n"
             "matches, each line with its weights; a click on a line unfolds its instructions. The "
             "page is\n"
             "one file that loads nothing; -o FILE writes it instead of opening a browser.\n"
             "With -nodecount=N, the N source files with the largest flat.",
    .suffix = "html",
    .viewer = "web",
    .flags = CPA_REPORT_ARGUMENT | CPA_REPORT_ADDRESSES | CPA_REPORT_OBJECTS | CPA_REPORT_INLINES |
             CPA_REPORT_TABULAR,
    .emit = emit,
};
