/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Places the boxes of a stack tree: one pass from the root, since parents come before their
 * children, then output level by level from left to right.
 */
#include "layout/flame.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/package.h"
#include "base/shorten.h"
#include "base/text.h"
#include "base/units.h"
#include "layout/brief.h"
#include "layout/fit.h"
#include "layout/palette.h"

#define PITCH         18.0 /* from level to level */
#define GAP           1.0  /* below a box */
#define SIDE_GAP      0.5
#define FONT_SIZE     12.0
#define TEXT_INSET    4.0
#define TITLE_SIZE    18.0
#define HEADER_SIZE   11.5
#define HEADER_PITCH  16.0
#define LEGEND_SIZE   11.5
#define LEGEND_PITCH  19.0
#define LEGEND_ROWS   2
#define SWATCH        11.0
#define MIN_MARKED    6.0 /* narrower boxes have no room for an outline */
#define MIN_REST      0.2 /* points: narrower boxes of hidden children are only counted */
#define NAME_MAX_LEN  4096
#define NAME_MIN_LEN  200     /* of the longest name, however many there are */
#define NAMES_MAX_LEN 1500000 /* of all names about; what is longer is cut in all of them */
#define BRIEF_LEN     80      /* longer names lose template arguments */
#define SHORT_MAX_LEN 200
#define N_LISTED      400 /* functions beyond those drawn, for the table */

#define TIMES "\xc3\x97"
#define MINUS "\xe2\x88\x92"
#define DOT   " \xc2\xb7 "

typedef struct {
    const char *name;
    int64_t weight; /* sum of self */
    uint32_t style;
    bool is_drawn;
} Package;

typedef struct {
    double x;
    double width;
} Place;

typedef struct {
    const CpaStackTree *tree;
    const CpaFlameOptions *options;
    CpaScene *scene;
    uint32_t *entry;      /* [n_frames] entry of the scene, or CPA_NONE */
    uint32_t *package_of; /* [n_frames] */
    GPtrArray *packages;  /* of Package* */
    GHashTable *by_name;  /* char* -> Package index + 1 */
    Place *places;        /* [n_nodes] */
    int64_t totals[CPA_N_SIDES];
    uint32_t ink;
    uint32_t muted;
    size_t name_max; /* in bytes */
    double y;        /* where the next row begins */
} Flame;

double cpa_flame_min_frac(double min_width)
{
    return min_width / (CPA_FLAME_WIDTH - 2 * CPA_FLAME_MARGIN);
}

/* --- Values ------------------------------------------------------------------------------------ */

static const char *format(const Flame *f, char text[CPA_VALUE_TEXT_MAX], int64_t value)
{
    return cpa_fit_value(text, value, f->options->ratio, f->options->unit, f->options->output_unit);
}

static const char *percent(char text[32], int64_t value, int64_t total)
{
    return g_strchug(cpa_percentage_format(text, value, total));
}

static int64_t magnitude(int64_t value)
{
    return value < 0 ? (int64_t)(0 - (uint64_t)value) : value;
}

/* (new - base) / larger: -1 .. 1 */
static double change_of(const CpaStackWeight *weight)
{
    double base = (double)cpa_stack_value(weight, CPA_SIDE_BASE);
    double new = (double)cpa_stack_value(weight, CPA_SIDE_NEW);
    double larger = fmax(fabs(base), fabs(new));
    return larger == 0 ? 0 : fmax(-1, fmin(1, (new - base) / larger));
}

static void append_value(const Flame *f, GString *out, int64_t value, int64_t total)
{
    char text[CPA_VALUE_TEXT_MAX];
    char share[32];
    g_string_append(out, format(f, text, value));
    if (!f->options->mean && total != 0) {
        g_string_append_printf(out, " (%s)", percent(share, value, total));
    }
}

/* "base 1.20s (12%), new 2.40s (20%), +1.20s, 2.00x" */
static void append_comparison(const Flame *f, GString *out, const CpaStackWeight *weight)
{
    int64_t base = cpa_stack_value(weight, CPA_SIDE_BASE);
    int64_t new = cpa_stack_value(weight, CPA_SIDE_NEW);
    int64_t delta = (int64_t)((uint64_t) new - (uint64_t)base);
    char text[CPA_VALUE_TEXT_MAX];
    bool sides = f->tree->has_base;
    g_string_append(out, sides ? "base " : "less ");
    append_value(f, out, base, f->totals[CPA_SIDE_BASE]);
    g_string_append(out, sides ? ", new " : ", more ");
    append_value(f, out, new, f->totals[CPA_SIDE_NEW]);
    g_string_append_printf(out, ", %s %s%s", sides ? "delta" : "net",
                           delta < 0   ? MINUS
                           : delta > 0 ? "+"
                                       : "",
                           format(f, text, magnitude(delta)));
    if (!sides || base == new) {
        return;
    }
    if (base == 0) {
        g_string_append(out, ", NEW");
    } else if (new == 0) {
        g_string_append(out, ", GONE");
    } else {
        char number[G_ASCII_DTOSTR_BUF_SIZE];
        g_ascii_formatd(number, sizeof number, "%.2f", (double)new / (double)base);
        g_string_append_printf(out, ", %s" TIMES, number);
    }
}

static CpaSceneNumbers numbers_of(const CpaStackWeight *cum, const CpaStackWeight *self)
{
    return (CpaSceneNumbers){
        .cum = cpa_stack_value(cum, CPA_SIDE_NEW),
        .self = cpa_stack_value(self, CPA_SIDE_NEW),
        .base_cum = cpa_stack_value(cum, CPA_SIDE_BASE),
        .base_self = cpa_stack_value(self, CPA_SIDE_BASE),
    };
}

/* --- Packages and entries ---------------------------------------------------------------------- */

static void find_packages(Flame *f)
{
    const CpaStackTree *tree = f->tree;
    const CpaView *view = f->options->view;
    g_autoptr(GString) text = g_string_new(NULL);
    for (uint32_t i = 0; i < tree->n_frames; i++) {
        const CpaStackFrame *frame = &tree->frames[i];
        g_string_set_size(text, 0);
        cpa_package_append(cpa_view_str(view, frame->function), cpa_view_str(view, frame->file),
                           cpa_view_str(view, frame->object_file), text);
        uint32_t index = GPOINTER_TO_UINT(g_hash_table_lookup(f->by_name, text->str));
        if (index == 0) {
            Package *package = g_new0(Package, 1);
            g_autofree char *clean = cpa_fit_clean(text->str, text->len, SHORT_MAX_LEN);
            package->name = cpa_scene_str(f->scene, cpa_scene_intern(f->scene, clean));
            g_ptr_array_add(f->packages, package);
            index = f->packages->len;
            g_hash_table_insert(f->by_name, g_strdup(text->str), GUINT_TO_POINTER(index));
        }
        f->package_of[i] = index - 1;
        Package *package = f->packages->pdata[index - 1];
        for (int side = 0; side < CPA_N_SIDES; side++) {
            package->weight += magnitude(tree->selfs[i].sum[side]);
        }
    }
}

static int compare_packages(gconstpointer pa, gconstpointer pb)
{
    const Package *a = *(const Package *const *)pa;
    const Package *b = *(const Package *const *)pb;
    if (a->weight != b->weight) {
        return a->weight > b->weight ? -1 : 1;
    }
    return strcmp(a->name, b->name);
}

/* The heaviest packages get colours of their own, the others that of their hash. */
static GPtrArray *color_packages(Flame *f)
{
    GPtrArray *order = g_ptr_array_new();
    for (guint i = 0; i < f->packages->len; i++) {
        g_ptr_array_add(order, f->packages->pdata[i]);
    }
    g_ptr_array_sort(order, compare_packages);
    bool taken[CPA_N_PACKAGE_COLORS] = {false};
    for (guint i = 0; i < order->len; i++) {
        Package *package = order->pdata[i];
        size_t color = cpa_palette_hash(package->name);
        for (size_t k = 0; k < CPA_N_PACKAGE_COLORS && i < CPA_N_PACKAGE_COLORS && taken[color];
             k++) {
            color = (color + 1) % CPA_N_PACKAGE_COLORS;
        }
        taken[color] = true;
        char class[16];
        g_snprintf(class, sizeof class, "p%u", (unsigned)color);
        CpaSceneStyle style = {
            .class = class,
            .fill = cpa_palette_package(color),
            .stroke = CPA_NO_COLOR,
        };
        package->style = cpa_scene_style(f->scene, &style);
    }
    return order;
}

/* "0048a3a0 <unknown>" is 48a3a0 for short: the last digits say more than the first. */
static void append_short_name(GString *out, const char *full, bool has_file)
{
    const char *base = has_file ? strrchr(full, '/') : NULL;
    const char *unknown = strstr(full, " <unknown>");
    if (base != NULL && base[1] != '\0') {
        full = base + 1;
    } else if (!has_file && g_ascii_isxdigit(full[strspn(full, "0")])) {
        full += strspn(full, "0");
    }
    g_string_append_len(out, full, unknown != NULL ? unknown - full : (gssize)strlen(full));
}

/* What the printable name has beside the function: file and line, an address. */
static char *detail_of(const char *full, const char *function, size_t max_len)
{
    const char *at = strstr(full, function);
    if (at == NULL) {
        return NULL;
    }
    const char *rest = at + strlen(function);
    rest += strspn(rest, " ");
    const char *address = full + strspn(full, "0");
    g_autofree char *text = NULL;
    if (at > full && address < at) {
        text = g_strdup_printf("%s%s0x%.*s", rest, *rest != '\0' ? " " : "",
                               (int)(at - address) - 1, address);
    } else {
        text = g_strdup(rest);
    }
    return *text != '\0' ? cpa_fit_clean(text, strlen(text), max_len) : NULL;
}

static uint32_t entry_of(Flame *f, uint32_t frame)
{
    if (f->entry[frame] != CPA_NONE) {
        return f->entry[frame];
    }
    const CpaStackTree *tree = f->tree;
    const CpaStackFrame *info = &tree->frames[frame];
    const CpaStrtab *strings = f->options->view->strings;
    const Package *package = f->packages->pdata[f->package_of[frame]];
    const char *full = cpa_strtab_get(tree->names, info->name);
    g_autofree char *name = NULL;
    g_autofree char *detail = NULL;
    g_autoptr(GString) shorter = g_string_new(NULL);
    if (info->function != 0) {
        const char *function = cpa_strtab_get(strings, info->function);
        size_t len = cpa_strtab_len(strings, info->function);
        cpa_shorten_function_name(function, len, shorter);
        g_autofree char *clean = cpa_fit_clean(shorter->str, shorter->len, NAME_MAX_LEN);
        g_autofree char *brief = cpa_brief_name(clean, BRIEF_LEN);
        g_string_assign(shorter, brief);
        name = cpa_fit_clean(function, len, f->name_max);
        detail = detail_of(full, function, f->name_max);
    } else {
        append_short_name(shorter, full, info->file != 0);
        name = cpa_fit_clean(full, strlen(full), f->name_max);
    }
    g_autofree char *short_name = cpa_fit_clean(shorter->str, shorter->len, SHORT_MAX_LEN);
    CpaSceneEntry entry = {
        .name = cpa_scene_intern(f->scene, name),
        .short_name = cpa_scene_intern(f->scene, short_name),
        .detail = cpa_scene_intern(f->scene, detail),
        .package = cpa_scene_intern(f->scene, package->name),
        .style = package->style,
        .numbers = numbers_of(&tree->totals[frame], &tree->selfs[frame]),
    };
    f->entry[frame] = (uint32_t)f->scene->entries.len;
    cpa_vec_push(&f->scene->entries, entry);
    return f->entry[frame];
}

/* --- Header and legend ------------------------------------------------------------------------- */

static void put_header(Flame *f)
{
    const GPtrArray *header = f->scene->header;
    double room = CPA_FLAME_WIDTH - 2 * CPA_FLAME_MARGIN;
    CpaSceneStyle style = {
        .class = "title",
        .fill = CPA_INK,
        .stroke = CPA_NO_COLOR,
        .bold = true,
    };
    uint32_t bold = cpa_scene_style(f->scene, &style);
    f->y = 26;
    cpa_scene_text(f->scene, CPA_NONE, bold, CPA_FLAME_MARGIN, f->y, TITLE_SIZE, CPA_ANCHOR_START,
                   room * 0.6, f->scene->title);
    f->y += 6;
    g_autoptr(GString) line = g_string_new(NULL);
    for (guint i = 0; i <= header->len; i++) {
        const char *text = i < header->len ? header->pdata[i] : NULL;
        bool is_full =
            text != NULL && line->len > 0 &&
            cpa_fit_width(line->str, HEADER_SIZE) + cpa_fit_width(text, HEADER_SIZE) > room - 20;
        if (line->len > 0 && (text == NULL || is_full)) {
            f->y += HEADER_PITCH;
            cpa_scene_text(f->scene, cpa_scene_linked_group(f->scene, line->str), f->muted,
                           CPA_FLAME_MARGIN, f->y - 4, HEADER_SIZE, CPA_ANCHOR_START, room,
                           line->str);
            g_string_set_size(line, 0);
        }
        if (text != NULL) {
            g_string_append_printf(line, "%s%s", line->len > 0 ? DOT : "", text);
        }
    }
    f->y += 6;
}

/* A swatch with a text; returns where the next one may begin. */
static double put_swatch(Flame *f, double x, uint32_t style, const char *text, uint32_t group)
{
    cpa_scene_box(f->scene, group, style, x, f->y + 3, SWATCH, SWATCH, 2);
    x += SWATCH + 5;
    cpa_scene_text(f->scene, group, f->muted, x, f->y + 12.5, LEGEND_SIZE, CPA_ANCHOR_START, 0,
                   text);
    return x + cpa_fit_width(text, LEGEND_SIZE) + 14;
}

static void put_package_legend(Flame *f, const GPtrArray *order)
{
    int64_t total = 0;
    guint n_drawn = 0;
    for (guint i = 0; i < order->len; i++) {
        const Package *package = order->pdata[i];
        total += package->weight;
        n_drawn += package->is_drawn;
    }
    double right = CPA_FLAME_WIDTH - CPA_FLAME_MARGIN;
    double x = CPA_FLAME_MARGIN;
    unsigned row = 1;
    guint n_shown = 0;
    for (guint i = 0; i < order->len && n_shown < CPA_N_PACKAGE_COLORS; i++) {
        const Package *package = order->pdata[i];
        if (!package->is_drawn) {
            continue;
        }
        char share[32];
        g_autofree char *name = cpa_fit_text(package->name, LEGEND_SIZE, 220);
        g_autofree char *text =
            g_strdup_printf("%s %s", name, percent(share, package->weight, total));
        double room = row == LEGEND_ROWS && n_shown + 1 < n_drawn ? 120 : 0;
        if (x + SWATCH + 5 + cpa_fit_width(text, LEGEND_SIZE) > right - room) {
            if (row == LEGEND_ROWS) {
                break;
            }
            row++;
            x = CPA_FLAME_MARGIN;
            f->y += LEGEND_PITCH;
        }
        g_autofree char *title = g_strdup_printf("%s\n%s of the weight itself", package->name,
                                                 share + strspn(share, " "));
        CpaSceneGroup group = {.title = cpa_scene_intern(f->scene, title), .entry = CPA_NONE};
        x = put_swatch(f, x, package->style, text, cpa_scene_group(f->scene, &group));
        n_shown++;
    }
    if (n_shown < n_drawn) {
        g_autofree char *text = g_strdup_printf("+%u more", n_drawn - n_shown);
        cpa_scene_text(f->scene, CPA_NONE, f->muted, x, f->y + 12.5, LEGEND_SIZE, CPA_ANCHOR_START,
                       0, text);
    }
    f->y += LEGEND_PITCH + 5;
}

static uint32_t change_style(Flame *f, int step, int mark)
{
    char class[16];
    const char *extra = mark > 0 ? " new" : mark < 0 ? " gone" : "";
    g_snprintf(class, sizeof class, "d%c%d%s", step < 0 ? 'm' : 'p', abs(step), extra);
    CpaSceneStyle style = {
        .class = class,
        .fill = cpa_palette_change(step, f->options->classic),
        .stroke = mark > 0   ? 0x8c1c13
                  : mark < 0 ? (f->options->classic ? 0x1e6b1e : 0x17466f)
                             : CPA_NO_COLOR,
        .pen = mark != 0 ? 1.2 : 0,
        .dashed = mark < 0,
    };
    return cpa_scene_style(f->scene, &style);
}

static void put_change_legend(Flame *f)
{
    static const char *const labels[] = {"-50%", "-25%", "-10%", "-1%", "same",
                                         "+1%",  "+10%", "+25%", "+50%"};
    static const char *const rules[] = {
        [CPA_WIDTH_MAX] = "width: the larger of base and new",
        [CPA_WIDTH_NEW] = "width: new",
        [CPA_WIDTH_BASE] = "width: base",
        [CPA_WIDTH_DELTA] = "width: the difference",
    };
    bool sides = f->tree->has_base;
    const char *rule = rules[f->options->width_rule];
    if (!sides && f->options->width_rule == CPA_WIDTH_MAX) {
        rule = "width: the larger of less and more";
    }
    double x = CPA_FLAME_MARGIN;
    x = put_swatch(f, x, change_style(f, -CPA_N_CHANGE_STEPS, -1), sides ? "gone" : "less",
                   CPA_NONE);
    for (int step = -4; step <= 4; step++) {
        x = put_swatch(f, x, change_style(f, step, 0), labels[step + 4], CPA_NONE);
    }
    x = put_swatch(f, x, change_style(f, CPA_N_CHANGE_STEPS, 1), sides ? "new" : "more", CPA_NONE);
    cpa_scene_text(f->scene, CPA_NONE, f->muted, CPA_FLAME_WIDTH - CPA_FLAME_MARGIN, f->y + 12.5,
                   LEGEND_SIZE, CPA_ANCHOR_END, 0, rule);
    f->y += LEGEND_PITCH + 5;
}

/* --- Boxes ------------------------------------------------------------------------------------- */

static void place_nodes(Flame *f)
{
    const CpaStackTree *tree = f->tree;
    f->places = g_new0(Place, (size_t)tree->n_nodes + 1);
    f->places[0].x = CPA_FLAME_MARGIN;
    f->places[0].width = CPA_FLAME_WIDTH - 2 * CPA_FLAME_MARGIN;
    double scale = f->places[0].width / (double)tree->nodes[0].width;
    for (uint32_t i = 0; i < tree->n_nodes; i++) {
        const CpaStackNode *node = &tree->nodes[i];
        uint64_t before = 0;
        for (uint32_t c = node->first_child; c < node->first_child + node->n_children; c++) {
            f->places[c].x = f->places[i].x + (double)before * scale;
            f->places[c].width = (double)tree->nodes[c].width * scale;
            before += tree->nodes[c].width;
        }
    }
}

static double level_y(const Flame *f, uint32_t depth)
{
    const CpaScene *scene = f->scene;
    uint32_t level = scene->upward ? scene->n_levels - 1 - depth : depth;
    return scene->frames_top + PITCH * level;
}

static void put_box(Flame *f, uint32_t group, uint32_t style, double x, double width,
                    uint32_t depth, const char *label)
{
    double y = level_y(f, depth);
    double gap = fmin(SIDE_GAP, width / 4);
    cpa_scene_box(f->scene, group, style, x, y, width - gap, PITCH - GAP, 0);
    if (width >= CPA_FLAME_MIN_TEXT) {
        g_autofree char *text = cpa_fit_name(label, FONT_SIZE, width - 2 * TEXT_INSET);
        if (*text != '\0') {
            cpa_scene_text(f->scene, group, f->ink, x + TEXT_INSET, y + 13, FONT_SIZE,
                           CPA_ANCHOR_START, width - 2 * TEXT_INSET + 1, text);
        }
    }
}

static void append_weights(const Flame *f, GString *title, const CpaStackWeight *cum,
                           const CpaStackWeight *self)
{
    if (f->options->compares) {
        append_comparison(f, title, cum);
        return;
    }
    append_value(f, title, cpa_stack_value(cum, CPA_SIDE_NEW), f->totals[CPA_SIDE_NEW]);
    if (self != NULL && self->sum[CPA_SIDE_NEW] != 0) {
        g_string_append(title, ", self ");
        append_value(f, title, cpa_stack_value(self, CPA_SIDE_NEW), f->totals[CPA_SIDE_NEW]);
    }
}

static uint32_t frame_style(Flame *f, uint32_t i)
{
    const CpaStackNode *node = &f->tree->nodes[i];
    if (f->options->compares) {
        int step = cpa_palette_change_step(change_of(&node->weight));
        int mark = step == CPA_N_CHANGE_STEPS ? 1 : step == -CPA_N_CHANGE_STEPS ? -1 : 0;
        bool is_marked = f->tree->has_base && f->places[i].width >= MIN_MARKED;
        return change_style(f, step, is_marked ? mark : 0);
    }
    if (node->frame == CPA_NONE) {
        CpaSceneStyle style = {
            .class = "root",
            .fill = CPA_ROOT_COLOR,
            .stroke = CPA_NO_COLOR,
        };
        return cpa_scene_style(f->scene, &style);
    }
    const Package *package = f->packages->pdata[f->package_of[node->frame]];
    return package->style;
}

/* Behind the children that are drawn. */
static double rest_x(const Flame *f, uint32_t i)
{
    const CpaStackNode *node = &f->tree->nodes[i];
    if (node->n_children == 0) {
        return f->places[i].x;
    }
    const Place *last = &f->places[node->first_child + node->n_children - 1];
    return last->x + last->width;
}

/* The children that are too narrow, as one box behind the others. */
static void put_rest(Flame *f, uint32_t i, GString *title)
{
    const CpaStackNode *node = &f->tree->nodes[i];
    double scale = f->places[0].width / (double)f->tree->nodes[0].width;
    double width = (double)node->hidden_width * scale;
    if (width < MIN_REST) {
        return;
    }
    double x = rest_x(f, i);
    CpaSceneStyle style = {
        .class = "more",
        .fill = CPA_REST_COLOR,
        .stroke = CPA_NO_COLOR,
    };
    char label[32];
    g_snprintf(label, sizeof label, "+%u more", node->n_hidden);
    g_string_printf(title, "%s, too narrow to be drawn\n", label);
    append_weights(f, title, &node->hidden, NULL);
    CpaSceneGroup group = {
        .title = cpa_scene_intern(f->scene, title->str),
        .entry = CPA_NONE,
        .depth = node->depth + 1,
        .is_frame = true,
        .numbers = numbers_of(&node->hidden, &node->hidden),
    };
    put_box(f, cpa_scene_group(f->scene, &group), cpa_scene_style(f->scene, &style), x, width,
            node->depth + 1, label);
}

static void put_node(Flame *f, uint32_t i, GString *title)
{
    const CpaStackNode *node = &f->tree->nodes[i];
    const char *label = "all";
    CpaSceneGroup group = {
        .entry = CPA_NONE,
        .depth = node->depth,
        .is_frame = true,
        .numbers = numbers_of(&node->weight, &node->self),
    };
    if (node->frame != CPA_NONE) {
        group.entry = entry_of(f, node->frame);
        label = cpa_scene_str(f->scene, f->scene->entries.data[group.entry].short_name);
    }
    g_string_printf(title, "%s\n", label);
    append_weights(f, title, &node->weight, &node->self);
    if (node->frame != CPA_NONE && f->tree->frames[node->frame].is_inline) {
        g_string_append(title, ", inlined");
    }
    group.title = cpa_scene_intern(f->scene, title->str);
    g_autofree char *root = NULL;
    if (node->frame == CPA_NONE) {
        g_string_truncate(title, strlen(title->str));
        root = g_strdup(title->str);
        *strchr(root, '\n') = ' ';
        label = root;
    }
    put_box(f, cpa_scene_group(f->scene, &group), frame_style(f, i), f->places[i].x,
            f->places[i].width, node->depth, label);
}

/* A box of the picture: that of a node, or of its hidden children. */
typedef struct {
    uint32_t node;
    uint32_t depth;
    double x;
    bool is_rest;
} Box;

static int compare_boxes(const void *pa, const void *pb)
{
    const Box *a = pa;
    const Box *b = pb;
    if (a->depth != b->depth) {
        return a->depth < b->depth ? -1 : 1;
    }
    if (a->x != b->x) {
        return a->x < b->x ? -1 : 1;
    }
    if (a->is_rest != b->is_rest) {
        return a->is_rest ? 1 : -1;
    }
    return (a->node > b->node) - (a->node < b->node);
}

/* Level by level, from left to right: viewers rely on it. */
static void put_boxes(Flame *f)
{
    const CpaStackTree *tree = f->tree;
    CPA_VEC(Box) boxes = {0};
    for (uint32_t i = 0; i < tree->n_nodes; i++) {
        const CpaStackNode *node = &tree->nodes[i];
        Box box = {.node = i, .depth = node->depth, .x = f->places[i].x};
        cpa_vec_push(&boxes, box);
        Box rest = {.node = i, .depth = node->depth + 1, .x = rest_x(f, i), .is_rest = true};
        if (node->n_hidden > 0) {
            cpa_vec_push(&boxes, rest);
        }
    }
    qsort(boxes.data, boxes.len, sizeof(Box), compare_boxes);
    g_autoptr(GString) title = g_string_new(NULL);
    for (size_t i = 0; i < boxes.len; i++) {
        const Box *box = &boxes.data[i];
        if (box->is_rest) {
            put_rest(f, box->node, title);
        } else {
            put_node(f, box->node, title);
        }
    }
    cpa_vec_clear(&boxes);
}

/* --- Functions that are not drawn -------------------------------------------------------------- */

static int compare_frames(const void *pa, const void *pb, void *data)
{
    const CpaStackTree *tree = data;
    uint32_t a = *(const uint32_t *)pa;
    uint32_t b = *(const uint32_t *)pb;
    int64_t wa = magnitude(tree->selfs[a].sum[0]) + magnitude(tree->selfs[a].sum[1]);
    int64_t wb = magnitude(tree->selfs[b].sum[0]) + magnitude(tree->selfs[b].sum[1]);
    return wa != wb ? (wa > wb ? -1 : 1) : (a > b) - (a < b);
}

/* The table of functions shows the heaviest ones, though none of their places be wide. */
static void list_heaviest(Flame *f)
{
    const CpaStackTree *tree = f->tree;
    g_autofree uint32_t *order = g_new(uint32_t, (size_t)tree->n_frames + 1);
    for (uint32_t i = 0; i < tree->n_frames; i++) {
        order[i] = i;
    }
    g_qsort_with_data(order, (int)tree->n_frames, sizeof *order, compare_frames, (void *)tree);
    for (uint32_t i = 0; i < MIN(tree->n_frames, N_LISTED); i++) {
        if (tree->selfs[order[i]].sum[0] != 0 || tree->selfs[order[i]].sum[1] != 0) {
            entry_of(f, order[i]);
        }
    }
}

static void describe_scene(Flame *f)
{
    const CpaFlameOptions *o = f->options;
    CpaScene *scene = f->scene;
    g_autofree char *title = cpa_fit_clean(o->title, strlen(o->title), SHORT_MAX_LEN);
    scene->title = g_steal_pointer(&title);
    scene->width = CPA_FLAME_WIDTH;
    scene->unit = cpa_fit_clean(o->unit, strlen(o->unit), NAME_MAX_LEN);
    scene->output_unit = cpa_fit_clean(o->output_unit, strlen(o->output_unit), NAME_MAX_LEN);
    scene->ratio = o->ratio;
    scene->mean = o->mean;
    scene->compares = o->compares;
    scene->has_sides = f->tree->has_base;
    scene->upward = o->upward;
    scene->total = f->totals[CPA_SIDE_NEW];
    scene->base_total = f->totals[CPA_SIDE_BASE];
    scene->frame_height = PITCH;
    for (guint i = 0; i < o->header->len; i++) {
        const char *line = o->header->pdata[i];
        g_ptr_array_add(scene->header, cpa_fit_clean(line, strlen(line), NAME_MAX_LEN));
    }
}

/* Number of levels, those of boxes of hidden children included. */
static uint32_t count_levels(const CpaStackTree *tree)
{
    uint32_t max = 0;
    for (uint32_t i = 0; i < tree->n_nodes; i++) {
        const CpaStackNode *node = &tree->nodes[i];
        max = MAX(max, node->depth + (node->n_hidden > 0 ? 1 : 0));
    }
    return max + 1;
}

/* Which packages are drawn, and how long names may be that the file stays small. */
static void find_drawn(Flame *f)
{
    const CpaStackTree *tree = f->tree;
    g_autofree bool *is_drawn = g_new0(bool, (size_t)tree->n_frames + 1);
    size_t n_drawn = N_LISTED;
    for (uint32_t i = 1; i < tree->n_nodes; i++) {
        uint32_t frame = tree->nodes[i].frame;
        Package *package = f->packages->pdata[f->package_of[frame]];
        package->is_drawn = true;
        n_drawn += !is_drawn[frame];
        is_drawn[frame] = true;
    }
    f->name_max = CLAMP(NAMES_MAX_LEN / n_drawn, NAME_MIN_LEN, NAME_MAX_LEN);
}

CpaScene *cpa_flame_new(const CpaStackTree *tree, const CpaFlameOptions *options)
{
    Flame f = {
        .tree = tree,
        .options = options,
        .scene = cpa_scene_new(CPA_SCENE_FLAME),
        .entry = g_new(uint32_t, (size_t)tree->n_frames + 1),
        .package_of = g_new(uint32_t, (size_t)tree->n_frames + 1),
        .packages = g_ptr_array_new_with_free_func(g_free),
        .by_name = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
        .totals = {cpa_stack_value(&tree->nodes[0].weight, CPA_SIDE_BASE),
                   cpa_stack_value(&tree->nodes[0].weight, CPA_SIDE_NEW)},
    };
    memset(f.entry, 0xff, ((size_t)tree->n_frames + 1) * sizeof *f.entry);
    CpaSceneStyle ink = {.class = "label", .fill = CPA_INK, .stroke = CPA_NO_COLOR};
    CpaSceneStyle muted = {.class = "muted", .fill = CPA_MUTED_INK, .stroke = CPA_NO_COLOR};
    f.ink = cpa_scene_style(f.scene, &ink);
    f.muted = cpa_scene_style(f.scene, &muted);

    describe_scene(&f);
    find_packages(&f);
    find_drawn(&f);
    put_header(&f);
    g_autoptr(GPtrArray) order = color_packages(&f);
    if (options->compares) {
        put_change_legend(&f);
    } else {
        put_package_legend(&f, order);
    }
    f.scene->frames_top = f.y;
    f.scene->n_levels = count_levels(tree);
    f.scene->height = f.y + f.scene->n_levels * PITCH + CPA_FLAME_MARGIN;
    place_nodes(&f);
    put_boxes(&f);
    list_heaviest(&f);

    g_free(f.entry);
    g_free(f.package_of);
    g_free(f.places);
    g_ptr_array_unref(f.packages);
    g_hash_table_unref(f.by_name);
    return f.scene;
}
