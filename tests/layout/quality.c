/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How good drawings in Graphviz's plain format are (cpa -plain, dot -Tplain).
 *
 *   quality [--pt SIZE] FILE...       a line per file and one for the sum:
 *       crossings  of edges that share no end, curves taken as 6 chords a piece
 *       length     of all edges, in inches
 *       overlaps   pairs of boxes that share more than 2% of their widths and heights
 *       through    edges and boxes that are not their own but hold a point of theirs
 *       labels     labels of edges on a box or on another label; --pt is the size of their font
 *   quality --stable FILE FILE        how much of one drawing is found again in the other, by names:
 *       order      of the pairs of boxes side by side in both, the share with left and right kept
 *       moved      the mean way of a box, after both pictures were shifted onto each other, as a
 *                  share of the width of the first
 */
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHORDS 6

typedef struct {
    double x, y;
} Point;

typedef struct {
    char *id;
    char *name; /* the label without the lines that hold numbers */
    double x, y, width, height;
} Node;

typedef struct {
    uint32_t src, dst;
    Point *line;
    size_t n_line;
    bool has_label;
    double x, y, width, height; /* of the label */
} Edge;

typedef struct {
    Node *nodes;
    size_t n_nodes;
    Edge *edges;
    size_t n_edges;
} Drawing;

typedef struct {
    double nodes, edges, crossings, length, overlaps, through, labels, area;
} Quality;

static double label_pt = 11;

static void fail(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("quality: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(2);
}

static void *grow(void *old, size_t n, size_t size)
{
    /* Doubles at powers of two. */
    if ((n & (n - 1)) != 0) {
        return old;
    }
    void *made = realloc(old, (n == 0 ? 1 : 2 * n) * size);
    if (made == NULL) {
        fail("out of memory");
    }
    return made;
}

/* --- Reading ---------------------------------------------------------------------------------- */

/* The next word of a line, quotes taken off; NULL at its end. */
static char *next_word(char **line)
{
    char *p = *line;
    while (*p == ' ') {
        p++;
    }
    if (*p == '\0' || *p == '\n') {
        return NULL;
    }
    char *word = p;
    char *out = p;
    if (*p == '"') {
        for (p++; *p != '\0' && *p != '"'; p++) {
            if (*p == '\\' && (p[1] == '"' || p[1] == '\\')) {
                p++;
            }
            *out++ = *p;
        }
    } else {
        for (; *p != '\0' && *p != ' ' && *p != '\n'; p++) {
            *out++ = *p;
        }
    }
    *line = *p == '\0' ? p : p + 1;
    *out = '\0';
    return word;
}

static double next_number(char **line)
{
    char *word = next_word(line);
    return word == NULL ? NAN : strtod(word, NULL);
}

static int compare_ids(const void *a, const void *b)
{
    return strcmp(((const Node *)a)->id, ((const Node *)b)->id);
}

static uint32_t find_node(const Drawing *d, const char *path, char *id)
{
    Node key = {.id = id};
    const Node *found = id == NULL || d->n_nodes == 0
                            ? NULL
                            : bsearch(&key, d->nodes, d->n_nodes, sizeof key, compare_ids);
    if (found == NULL) {
        fail("%s: an edge names node '%s', which is not there", path, id == NULL ? "" : id);
    }
    return (uint32_t)(found - d->nodes);
}

/* Cuts a label where its numbers begin: "main\nfoo\n10ms (5%)\nof 3s (50%)". */
static void cut_numbers(char *label)
{
    for (char *p = label; (p = strstr(p, "\\n")) != NULL; p += 2) {
        if ((p[2] >= '0' && p[2] <= '9') || p[2] == '-' || strncmp(p + 2, "of ", 3) == 0) {
            *p = '\0';
            return;
        }
    }
}

/* Digits and small letters are about half as wide as high. */
static void measure_label(Edge *edge, const char *text)
{
    size_t width = 0;
    size_t n = 0;
    size_t n_lines = 1;
    for (const char *p = text; *p != '\0'; p++) {
        if (p[0] == '\\' && p[1] == 'n') {
            n_lines++;
            n = 0;
            p++;
        } else if (*p != ' ' || n > 0) {
            n++;
            width = n > width ? n : width;
        }
    }
    edge->has_label = width > 0;
    edge->width = (double)width * label_pt * 0.5 / 72;
    edge->height = (double)n_lines * label_pt / 72;
}

static void read_edge(Drawing *d, const char *path, char *line)
{
    Edge edge = {.src = find_node(d, path, next_word(&line))};
    edge.dst = find_node(d, path, next_word(&line));
    double n = next_number(&line);
    if (!(n >= 4 && n < 1e7 && fmod(n, 3) == 1)) {
        fail("%s: an edge of %g points", path, n);
    }
    Point p[4] = {{.x = next_number(&line)}};
    p[0].y = next_number(&line);
    edge.line = calloc((size_t)n * CHORDS, sizeof *edge.line);
    edge.line[edge.n_line++] = p[0];
    for (size_t i = 1; i < (size_t)n; i += 3) {
        for (int k = 1; k < 4; k++) {
            p[k].x = next_number(&line);
            p[k].y = next_number(&line);
        }
        for (int k = 1; k <= CHORDS; k++) {
            double t = (double)k / CHORDS;
            double u = 1 - t;
            double w[4] = {u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t};
            Point q = {0};
            for (int j = 0; j < 4; j++) {
                q.x += w[j] * p[j].x;
                q.y += w[j] * p[j].y;
            }
            edge.line[edge.n_line++] = q;
        }
        p[0] = p[3];
    }
    char *style = next_word(&line);
    char *color = next_word(&line);
    char *third = next_word(&line);
    if (color != NULL && third != NULL) {
        measure_label(&edge, style);
        edge.x = strtod(color, NULL);
        edge.y = strtod(third, NULL);
    }
    d->edges = grow(d->edges, d->n_edges, sizeof *d->edges);
    d->edges[d->n_edges++] = edge;
}

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fail("%s: cannot be opened", path);
    }
    char *text = NULL;
    size_t len = 0;
    size_t room = 0;
    size_t got = 0;
    do {
        if (room - len < 65536) {
            room = 2 * room + 131072;
            text = realloc(text, room + 1);
            if (text == NULL) {
                fail("out of memory");
            }
        }
        got = fread(text + len, 1, room - len, file);
        len += got;
    } while (got > 0);
    fclose(file);
    /* Long lines are continued behind a backslash. */
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '\\' && i + 1 < len && text[i + 1] == '\n') {
            i++;
        } else {
            text[n++] = text[i];
        }
    }
    text[n] = '\0';
    return text;
}

static Drawing load(const char *path)
{
    Drawing d = {0};
    char *text = read_file(path);
    bool sorted = false;
    bool stopped = false;
    for (char *line = text; line != NULL && *line != '\0';) {
        char *end = strchr(line, '\n');
        if (end != NULL) {
            *end = '\0';
        }
        char *rest = line;
        char *word = next_word(&rest);
        if (word != NULL && strcmp(word, "node") == 0) {
            Node node = {.id = next_word(&rest)};
            node.x = next_number(&rest);
            node.y = next_number(&rest);
            node.width = next_number(&rest);
            node.height = next_number(&rest);
            node.name = next_word(&rest);
            if (node.name == NULL || isnan(node.height)) {
                fail("%s: a node without a place", path);
            }
            cut_numbers(node.name);
            d.nodes = grow(d.nodes, d.n_nodes, sizeof *d.nodes);
            d.nodes[d.n_nodes++] = node;
        } else if (word != NULL && strcmp(word, "edge") == 0) {
            if (!sorted) {
                qsort(d.nodes, d.n_nodes, sizeof *d.nodes, compare_ids);
                sorted = true;
            }
            read_edge(&d, path, rest);
        } else if (word != NULL && strcmp(word, "stop") == 0) {
            stopped = true;
        }
        line = end == NULL ? NULL : end + 1;
    }
    if (!stopped) {
        fail("%s: ends before 'stop'", path);
    }
    return d; /* the text stays: names point into it */
}

/* --- Crossings -------------------------------------------------------------------------------- */

typedef struct {
    Point a, b;
    double top, bottom;
    uint32_t edge;
} Chord;

static int compare_chords(const void *a, const void *b)
{
    const Chord *x = a;
    const Chord *y = b;
    return x->top < y->top ? -1 : x->top > y->top;
}

static double turn(Point a, Point b, Point c)
{
    return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
}

static bool cross(const Chord *p, const Chord *q)
{
    return turn(p->a, p->b, q->a) * turn(p->a, p->b, q->b) < 0 &&
           turn(q->a, q->b, p->a) * turn(q->a, q->b, p->b) < 0;
}

static bool share_end(const Edge *a, const Edge *b)
{
    return a->src == b->src || a->src == b->dst || a->dst == b->src || a->dst == b->dst;
}

static uint64_t count_crossings(const Drawing *d)
{
    size_t n = 0;
    for (size_t e = 0; e < d->n_edges; e++) {
        n += d->edges[e].n_line - 1;
    }
    Chord *chords = calloc(n + 1, sizeof *chords);
    n = 0;
    for (size_t e = 0; e < d->n_edges; e++) {
        const Edge *edge = &d->edges[e];
        for (size_t i = 0; i + 1 < edge->n_line; i++) {
            Point a = edge->line[i];
            Point b = edge->line[i + 1];
            chords[n++] = (Chord){.a = a,
                                  .b = b,
                                  .top = fmin(a.y, b.y),
                                  .bottom = fmax(a.y, b.y),
                                  .edge = (uint32_t)e};
        }
    }
    qsort(chords, n, sizeof *chords, compare_chords);
    uint64_t crossings = 0;
    uint32_t *open = calloc(n + 1, sizeof *open);
    size_t n_open = 0;
    for (size_t i = 0; i < n; i++) {
        const Chord *p = &chords[i];
        double left = fmin(p->a.x, p->b.x);
        double right = fmax(p->a.x, p->b.x);
        size_t kept = 0;
        for (size_t k = 0; k < n_open; k++) {
            const Chord *q = &chords[open[k]];
            if (q->bottom < p->top) {
                continue;
            }
            open[kept++] = open[k];
            if (fmax(q->a.x, q->b.x) >= left && fmin(q->a.x, q->b.x) <= right &&
                !share_end(&d->edges[p->edge], &d->edges[q->edge])) {
                crossings += cross(p, q);
            }
        }
        n_open = kept;
        open[n_open++] = (uint32_t)i;
    }
    free(chords);
    free(open);
    return crossings;
}

/* --- The rest --------------------------------------------------------------------------------- */

static bool overlap(double x, double y, double width, double height, const Node *box)
{
    return fabs(x - box->x) * 2 < (width + box->width) * 0.98 &&
           fabs(y - box->y) * 2 < (height + box->height) * 0.98;
}

static void count_labels(const Drawing *d, Quality *q)
{
    for (size_t e = 0; e < d->n_edges; e++) {
        const Edge *a = &d->edges[e];
        bool hit = false;
        for (size_t v = 0; v < d->n_nodes && a->has_label && !hit; v++) {
            hit = overlap(a->x, a->y, a->width, a->height, &d->nodes[v]);
        }
        for (size_t f = 0; f < d->n_edges && a->has_label && !hit; f++) {
            const Edge *b = &d->edges[f];
            Node box = {.x = b->x, .y = b->y, .width = b->width, .height = b->height};
            hit = f != e && b->has_label && overlap(a->x, a->y, a->width, a->height, &box);
        }
        q->labels += hit;
    }
}

static Quality measure(const Drawing *d)
{
    Quality q = {.nodes = (double)d->n_nodes, .edges = (double)d->n_edges};
    double left = INFINITY;
    double right = -INFINITY;
    double top = INFINITY;
    double bottom = -INFINITY;
    q.crossings = (double)count_crossings(d);
    for (size_t v = 0; v < d->n_nodes; v++) {
        const Node *a = &d->nodes[v];
        left = fmin(left, a->x - a->width / 2);
        right = fmax(right, a->x + a->width / 2);
        top = fmin(top, a->y - a->height / 2);
        bottom = fmax(bottom, a->y + a->height / 2);
        for (size_t w = 0; w < v; w++) {
            q.overlaps += overlap(a->x, a->y, a->width, a->height, &d->nodes[w]);
        }
    }
    q.area = d->n_nodes > 0 ? (right - left) * (bottom - top) : 0;
    for (size_t e = 0; e < d->n_edges; e++) {
        const Edge *edge = &d->edges[e];
        double low = INFINITY;
        double high = -INFINITY;
        for (size_t i = 0; i < edge->n_line; i++) {
            low = fmin(low, edge->line[i].y);
            high = fmax(high, edge->line[i].y);
            if (i > 0) {
                q.length += hypot(edge->line[i].x - edge->line[i - 1].x,
                                  edge->line[i].y - edge->line[i - 1].y);
            }
        }
        for (uint32_t v = 0; v < d->n_nodes; v++) {
            const Node *box = &d->nodes[v];
            if (v == edge->src || v == edge->dst || box->y + box->height < low ||
                box->y - box->height > high) {
                continue;
            }
            bool inside = false;
            for (size_t i = 0; i < edge->n_line && !inside; i++) {
                inside = fabs(edge->line[i].x - box->x) * 2 < box->width * 0.9 &&
                         fabs(edge->line[i].y - box->y) * 2 < box->height * 0.9;
            }
            q.through += inside;
        }
    }
    count_labels(d, &q);
    return q;
}

static void print(const char *name, const Quality *q)
{
    printf("%s: nodes %.0f edges %.0f crossings %.0f length %.1f overlaps %.0f through %.0f "
           "labels %.0f area %.1f\n",
           name, q->nodes, q->edges, q->crossings, q->length, q->overlaps, q->through, q->labels,
           q->area);
}

/* --- Stability -------------------------------------------------------------------------------- */

static int compare_names(const void *a, const void *b)
{
    return strcmp(((const Node *)a)->name, ((const Node *)b)->name);
}

static int compare_numbers(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double median(double *values, size_t n)
{
    qsort(values, n, sizeof *values, compare_numbers);
    return n > 0 ? values[n / 2] : 0;
}

/* Sorts nodes by name and leaves out those whose name is not the only one of its kind. */
static size_t unique_names(Drawing *d)
{
    qsort(d->nodes, d->n_nodes, sizeof *d->nodes, compare_names);
    size_t n = 0;
    for (size_t i = 0, end = 0; i < d->n_nodes; i = end) {
        for (end = i + 1; end < d->n_nodes && compare_names(&d->nodes[i], &d->nodes[end]) == 0;) {
            end++;
        }
        if (end == i + 1) {
            d->nodes[n++] = d->nodes[i];
        }
    }
    return n;
}

static bool side_by_side(const Node *a, const Node *b)
{
    return fabs(a->y - b->y) * 2 < a->height + b->height;
}

static void stability(const char *path_a, const char *path_b)
{
    Drawing a = load(path_a);
    Drawing b = load(path_b);
    size_t n_a = unique_names(&a);
    size_t n_b = unique_names(&b);
    size_t n = 0;
    for (size_t i = 0, k = 0; i < n_a && k < n_b;) {
        int order = compare_names(&a.nodes[i], &b.nodes[k]);
        if (order == 0) {
            a.nodes[n] = a.nodes[i];
            b.nodes[n] = b.nodes[k];
            n++;
        }
        i += order <= 0;
        k += order >= 0;
    }
    double *dx = calloc(n + 1, sizeof *dx);
    double *dy = calloc(n + 1, sizeof *dy);
    double left = INFINITY;
    double right = -INFINITY;
    uint64_t n_pairs = 0;
    uint64_t n_kept = 0;
    for (size_t i = 0; i < n; i++) {
        dx[i] = b.nodes[i].x - a.nodes[i].x;
        dy[i] = b.nodes[i].y - a.nodes[i].y;
        left = fmin(left, a.nodes[i].x);
        right = fmax(right, a.nodes[i].x);
        for (size_t k = 0; k < i; k++) {
            if (side_by_side(&a.nodes[i], &a.nodes[k]) && side_by_side(&b.nodes[i], &b.nodes[k])) {
                n_pairs++;
                n_kept += (a.nodes[i].x < a.nodes[k].x) == (b.nodes[i].x < b.nodes[k].x);
            }
        }
    }
    double shift_x = median(dx, n);
    double shift_y = median(dy, n);
    double moved = 0;
    for (size_t i = 0; i < n; i++) {
        moved +=
            hypot(b.nodes[i].x - a.nodes[i].x - shift_x, b.nodes[i].y - a.nodes[i].y - shift_y);
    }
    printf("common %zu pairs %" PRIu64 " order %.4f moved %.4f\n", n, n_pairs,
           n_pairs > 0 ? (double)n_kept / (double)n_pairs : 1,
           n > 1 && right > left ? moved / (double)n / (right - left) : 0);
    free(dx);
    free(dy);
}

int main(int argc, char **argv)
{
    Quality sum = {0};
    int i = 1;
    if (argc == 4 && strcmp(argv[1], "--stable") == 0) {
        stability(argv[2], argv[3]);
        return 0;
    }
    if (argc > 2 && strcmp(argv[1], "--pt") == 0) {
        label_pt = atof(argv[2]);
        i = 3;
    }
    if (i >= argc) {
        fail("use: quality [--pt SIZE] FILE..., or quality --stable FILE FILE");
    }
    for (; i < argc; i++) {
        Drawing d = load(argv[i]);
        Quality q = measure(&d);
        const char *base = strrchr(argv[i], '/');
        print(base == NULL ? argv[i] : base + 1, &q);
        sum.nodes += q.nodes;
        sum.edges += q.edges;
        sum.crossings += q.crossings;
        sum.length += q.length;
        sum.overlaps += q.overlaps;
        sum.through += q.through;
        sum.labels += q.labels;
        sum.area += q.area;
    }
    print("total", &sum);
    return 0;
}
