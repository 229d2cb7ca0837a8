/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Flame graph: from the options of a report to those of the layout.
 */
#include "report/flame.h"

#include <string.h>

#include "layout/flame.h"

/*
 * Boxes with room for a name are all drawn, however deep the stacks are, up to what a browser can
 * hold. Of the narrower ones there are as many as it moves at once without anybody waiting.
 */
#define MAX_NARROW 12000
#define MAX_NODES  250000

CpaStackWidth cpa_flame_width_rule(const CpaOptions *options)
{
    static const struct {
        const char *name;
        CpaStackWidth rule;
    } rules[] = {
        {"max", CPA_WIDTH_MAX},
        {"new", CPA_WIDTH_NEW},
        {"base", CPA_WIDTH_BASE},
        {"delta", CPA_WIDTH_DELTA},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rules); i++) {
        if (strcmp(options->diff_width, rules[i].name) == 0) {
            return rules[i].rule;
        }
    }
    return CPA_WIDTH_MAX;
}

bool cpa_flame_nothing(const CpaReport *report, size_t n_stacks, GError **error)
{
    const char *name = report->row->name;
    if (n_stacks == 0) {
        return cpa_report_nothing_to_draw(report, error);
    }
    if (strcmp(report->options->diff_width, "delta") == 0) {
        return cpa_error_set(error, CPA_ERROR_NO_SAMPLES,
                             "%s: the profiles do not differ in %s: nothing to draw", name,
                             report->sample_type);
    }
    return cpa_error_set(error, CPA_ERROR_NO_SAMPLES,
                         "%s: -diff_width=%s: no %s on that side: nothing to draw", name,
                         report->options->diff_width, report->sample_type);
}

static GPtrArray *header_lines(const CpaReport *report)
{
    const CpaOptions *o = report->options;
    GPtrArray *lines = o->compact_labels ? g_ptr_array_new_with_free_func(g_free)
                                         : cpa_report_profile_labels(report);
    if (report->active_filters->len > 0) {
        g_autoptr(GString) text = g_string_new("Filters:");
        for (guint i = 0; i < report->active_filters->len; i++) {
            g_string_append_printf(text, "%s %s", i > 0 ? "," : "",
                                   (const char *)report->active_filters->pdata[i]);
        }
        g_ptr_array_add(lines, g_string_free(g_steal_pointer(&text), FALSE));
    }
    if (o->reverse) {
        g_ptr_array_add(lines, g_strdup("Bottom-up: callers below their callees"));
    }
    if (report->mean) {
        g_ptr_array_add(lines, g_strdup("Widths are totals, values are means"));
    }
    return lines;
}

static char *picture_title(const CpaReport *report, const CpaStackTree *tree)
{
    const char *what = report->title != NULL ? report->title : "profile";
    if (tree->has_base) {
        return g_strdup_printf("%s: %s, new against base", what, report->sample_type);
    }
    return g_strdup_printf("%s: %s", what, report->sample_type);
}

CpaScene *cpa_flame_draw(CpaReport *report, GError **error)
{
    const CpaOptions *o = report->options;
    if (!(o->min_width > 0 && o->min_width <= CPA_FLAME_WIDTH)) {
        cpa_error_set(error, CPA_ERROR_USAGE, "-min_width=%g: it must be above 0 and at most %g",
                      o->min_width, CPA_FLAME_WIDTH);
        return NULL;
    }
    cpa_view_trim_paths(report->view, o->trim_path, o->source_path);
    CpaStackOptions stack_options = {
        .value_index = report->value_index,
        .mean = report->mean,
        .reverse = o->reverse,
        .collapse_recursion = o->collapse_recursion,
        .width = cpa_flame_width_rule(o),
        .min_frac = cpa_flame_min_frac(o->min_width),
        .wide_frac = cpa_flame_min_frac(CPA_FLAME_MIN_TEXT),
        .max_narrow = MAX_NARROW,
        .max_nodes = MAX_NODES,
    };
    g_autoptr(CpaStackTree) tree = cpa_stack_tree_new(report->view, &stack_options, error);
    if (tree == NULL) {
        return NULL;
    }
    if (tree->nodes[0].width == 0) {
        cpa_flame_nothing(report, tree->n_stacks, error);
        return NULL;
    }
    g_autoptr(GPtrArray) header = header_lines(report);
    g_autofree char *title = picture_title(report, tree);
    CpaFlameOptions options = {
        .view = report->view,
        .title = title,
        .header = header,
        .unit = report->sample_unit,
        .output_unit = strcmp(report->output_unit, "minimum") == 0 ? "auto" : report->output_unit,
        .ratio = report->ratio,
        .mean = report->mean,
        .upward = o->flame_up,
        .compares = tree->has_base || tree->has_negative,
        .classic = strcmp(o->diff_palette, "classic") == 0,
        .width_rule = stack_options.width,
    };
    return cpa_flame_new(tree, &options);
}

const CpaReportRow cpa_report_flame = {
    .name = "flame",
    .summary = "Flame graph: where the weight goes, call by call",
    .usage =
        "A box is as wide as the weight of a function in one calling context; below it stands\n"
        "what it calls. -flame_up puts the root at the bottom, -reverse starts from the\n"
        "functions that do the work, -collapse_recursion joins a function that calls itself.\n"
        "Boxes narrower than -min_width are drawn as one, \"+3 more\". The suffix of -o decides\n"
        "the format: .svg and .html can be searched and zoomed into.",
    .suffix = "svg",
    .flags = CPA_REPORT_NO_TRIM | CPA_REPORT_AWAY_FROM_TTY | CPA_REPORT_FILE_FUNCTIONS,
    .draw = cpa_flame_draw,
};
