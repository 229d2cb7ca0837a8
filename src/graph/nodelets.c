/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tags of a node: sorted, the lighter ones joined with the heavier.
 */
#include "graph/nodelets.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"

#define MAX_NODELETS 4

/* A numeric nodelet: one tag, or several of neighbouring sizes. */
typedef struct {
    char *name;
    int64_t flat;
    int64_t cum;
    unsigned position;
} Nodelet;

/* Tags that share a nodelet; the first one attracts the others. */
typedef struct {
    const CpaTag *first;
    const CpaTag *min;
    const CpaTag *max;
    size_t n;
    int64_t flat;
    int64_t flat_div;
    int64_t cum;
    int64_t cum_div;
} Bucket;

/* Go's int64 arithmetic wraps; sums of labels of hostile profiles may do so. */
static int64_t add_wrapping(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

static int64_t abs_wrapping(int64_t a)
{
    return a < 0 ? (int64_t)(0 - (uint64_t)a) : a;
}

static int64_t mean(int64_t value, int64_t div)
{
    return div == 0 ? value : value / div;
}

/*
 * Order of nodelets: heaviest first, then by name. Where two values differ only in sign, upstream
 * leaves the order open.
 */
static int compare_weights(int64_t flat_a, int64_t flat_b, int64_t cum_a, int64_t cum_b,
                           bool by_flat)
{
    uint64_t a = (uint64_t)abs_wrapping(cum_a);
    uint64_t b = (uint64_t)abs_wrapping(cum_b);
    if (!by_flat && a != b) {
        return a > b ? -1 : 1;
    }
    a = (uint64_t)abs_wrapping(flat_a);
    b = (uint64_t)abs_wrapping(flat_b);
    return a == b ? 0 : a > b ? -1 : 1;
}

typedef struct {
    const CpaTag *tag;
    const char *name;
    bool by_flat;
} TagRef;

static int compare_tags(const void *pa, const void *pb)
{
    const TagRef *a = pa;
    const TagRef *b = pb;
    int order = compare_weights(a->tag->flat, b->tag->flat, a->tag->cum, b->tag->cum, a->by_flat);
    if (order == 0) {
        order = strcmp(a->name, b->name);
    }
    return order != 0 ? order : (a->tag > b->tag) - (a->tag < b->tag);
}

static int compare_nodelets(const void *pa, const void *pb, void *by_flat)
{
    const Nodelet *a = pa;
    const Nodelet *b = pb;
    int order = compare_weights(a->flat, b->flat, a->cum, b->cum, *(const bool *)by_flat);
    if (order == 0) {
        order = strcmp(a->name, b->name);
    }
    return order != 0 ? order : (a->position > b->position) - (a->position < b->position);
}

/* The tags of one kind and group, sorted; @refs has room for all tags of the node. */
static size_t collect_tags(const CpaStrtab *strings, const CpaNode *node, bool numeric,
                           CpaStrId group, bool by_flat, TagRef *refs)
{
    size_t n = 0;
    for (uint32_t i = 0; i < node->n_tags; i++) {
        const CpaTag *tag = &node->tags[i];
        if (tag->numeric == numeric && (!numeric || tag->group == group)) {
            refs[n++] = (TagRef){
                .tag = tag,
                .name = cpa_strtab_get(strings, tag->name),
                .by_flat = by_flat,
            };
        }
    }
    qsort(refs, n, sizeof *refs, compare_tags);
    return n;
}

static double scale_tag(const CpaStrtab *strings, const CpaTag *tag, const CpaTag *to)
{
    const char *unit;
    return cpa_unit_scale(tag->value, cpa_strtab_get(strings, tag->unit),
                          cpa_strtab_get(strings, to->unit), &unit);
}

static double tag_distance(const CpaStrtab *strings, const CpaTag *tag, const CpaTag *from)
{
    double value = scale_tag(strings, from, tag);
    return fabs(value - (double)tag->value);
}

static void bucket_add(const CpaStrtab *strings, Bucket *bucket, const CpaTag *tag)
{
    if (cpa_int64_from_double(scale_tag(strings, tag, bucket->min)) < bucket->min->value) {
        bucket->min = tag;
    }
    if (cpa_int64_from_double(scale_tag(strings, tag, bucket->max)) > bucket->max->value) {
        bucket->max = tag;
    }
    bucket->n++;
    bucket->flat = add_wrapping(bucket->flat, tag->flat);
    bucket->flat_div = add_wrapping(bucket->flat_div, tag->flat_div);
    bucket->cum = add_wrapping(bucket->cum, tag->cum);
    bucket->cum_div = add_wrapping(bucket->cum_div, tag->cum_div);
}

static char *bucket_name(const CpaStrtab *strings, const Bucket *bucket)
{
    char min[CPA_VALUE_TEXT_MAX];
    char max[CPA_VALUE_TEXT_MAX];
    cpa_unit_format(min, bucket->min->value, cpa_strtab_get(strings, bucket->min->unit), "auto");
    if (bucket->n == 1) {
        return g_strdup(min);
    }
    cpa_unit_format(max, bucket->max->value, cpa_strtab_get(strings, bucket->max->unit), "auto");
    return g_strconcat(min, "..", max, NULL);
}

/* Joins tags beyond the heaviest four with the one of these that is nearest in size. */
static void collapse_tags(const CpaStrtab *strings, const TagRef *refs, size_t n, bool by_flat,
                          Nodelet nodelets[MAX_NODELETS])
{
    Bucket buckets[MAX_NODELETS];
    for (size_t i = 0; i < MAX_NODELETS; i++) {
        const CpaTag *tag = refs[i].tag;
        buckets[i] = (Bucket){
            .first = tag,
            .min = tag,
            .max = tag,
            .n = 1,
            .flat = tag->flat,
            .flat_div = tag->flat_div,
            .cum = tag->cum,
            .cum_div = tag->cum_div,
        };
    }
    for (size_t i = MAX_NODELETS; i < n; i++) {
        const CpaTag *tag = refs[i].tag;
        size_t nearest = 0;
        double distance = tag_distance(strings, tag, buckets[0].first);
        for (size_t k = 1; k < MAX_NODELETS; k++) {
            double other = tag_distance(strings, tag, buckets[k].first);
            if (other < distance) {
                nearest = k;
                distance = other;
            }
        }
        bucket_add(strings, &buckets[nearest], tag);
    }
    for (unsigned i = 0; i < MAX_NODELETS; i++) {
        nodelets[i] = (Nodelet){
            .name = bucket_name(strings, &buckets[i]),
            .flat = mean(buckets[i].flat, buckets[i].flat_div),
            .cum = mean(buckets[i].cum, buckets[i].cum_div),
            .position = i,
        };
    }
    g_qsort_with_data(nodelets, MAX_NODELETS, sizeof *nodelets, compare_nodelets, &by_flat);
}

static void add_numeric(const CpaStrtab *strings, const TagRef *refs, size_t n, bool by_flat,
                        uint32_t source, CpaNodeletList *list)
{
    Nodelet nodelets[MAX_NODELETS] = {{0}};
    size_t n_nodelets = MIN(n, MAX_NODELETS);
    if (n > MAX_NODELETS) {
        collapse_tags(strings, refs, n, by_flat, nodelets);
    } else {
        for (size_t i = 0; i < n; i++) {
            const CpaTag *tag = refs[i].tag;
            nodelets[i].name = g_strdup(refs[i].name);
            nodelets[i].flat = mean(tag->flat, tag->flat_div);
            nodelets[i].cum = mean(tag->cum, tag->cum_div);
        }
    }
    for (size_t i = 0; i < n_nodelets; i++) {
        const Nodelet *nodelet = &nodelets[i];
        bool is_flat = by_flat || nodelet->flat == nodelet->cum;
        CpaNodelet added = {
            .name = nodelet->name,
            .weight = is_flat ? nodelet->flat : nodelet->cum,
            .source = source,
            .number = (uint32_t)i,
            .is_numeric = true,
            .is_cum = !is_flat,
        };
        if (added.weight != 0) {
            cpa_vec_push(list, added);
        } else {
            g_free(added.name);
        }
    }
}

void cpa_nodelets_collect(const CpaGraph *graph, uint32_t index, CpaNodeletList *list)
{
    const CpaNode *node = &graph->nodes[index];
    cpa_nodelets_clear(list);
    if (node->n_tags == 0) {
        return;
    }
    /* A leaf shows cum: that includes the weight of callees that were removed. */
    bool by_flat = graph->out_first[index + 1] > graph->out_first[index];
    g_autofree TagRef *texts = g_new(TagRef, node->n_tags);
    g_autofree TagRef *numbers = g_new(TagRef, node->n_tags);
    size_t n_texts = collect_tags(graph->strings, node, false, 0, by_flat, texts);
    for (size_t i = 0; i < MIN(n_texts, MAX_NODELETS); i++) {
        const CpaTag *tag = texts[i].tag;
        CpaNodelet added = {
            .weight = by_flat ? mean(tag->flat, tag->flat_div) : mean(tag->cum, tag->cum_div),
            .source = CPA_NONE,
            .number = (uint32_t)i,
        };
        if (added.weight == 0) {
            continue;
        }
        added.name = g_strdup(texts[i].name);
        uint32_t source = (uint32_t)list->len;
        cpa_vec_push(list, added);
        size_t n = collect_tags(graph->strings, node, true, tag->name, by_flat, numbers);
        add_numeric(graph->strings, numbers, n, by_flat, source, list);
    }
    size_t n = collect_tags(graph->strings, node, true, 0, by_flat, numbers);
    add_numeric(graph->strings, numbers, n, by_flat, CPA_NONE, list);
}

void cpa_nodelets_clear(CpaNodeletList *list)
{
    for (size_t i = 0; i < list->len; i++) {
        g_free(list->data[i].name);
    }
    cpa_vec_clear(list);
}
