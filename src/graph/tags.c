/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tags of nodes: how much of a node's weight came with which labels.
 *
 *     string labels of a sample, sorted and joined with a literal \n     one tag, a "group"
 *     the numbers of key "bytes", each                                  one tag under that group
 *
 * Only a few nodes are asked for, and a group whose samples weigh less than the cutoff together
 * cannot yield a tag that stays, so both are sorted out before the frames are walked.
 *
 * Source: pprof graph.go addSample, joinLabels; report.go newGraph (only "bytes" is kept)
 */
#include <string.h>

#include "base/units.h"
#include "graph/work.h"

/* Cells of the dense index at most: 4 MiB. */
#define MAX_DENSE ((size_t)1 << 20)

typedef struct {
    CpaStrId name;
    CpaStrId unit;
    CpaStrId group;
    bool numeric;
} TagKind;

/* A kind of tag with the number that one label set has for it. */
typedef struct {
    uint32_t kind;
    int64_t value;
} SetTag;

/* What a label set means: its group and the kinds of tags that it adds to. */
typedef struct {
    uint32_t first; /* in set_tags */
    uint32_t n;
    CpaStrId group;
    bool known;
} SetTags;

typedef struct {
    CpaWork *w;
    CPA_VEC(TagKind) kinds;
    CpaIdMap kind_index; /* group << 32 | name, numeric and string kinds apart */
    CpaIdMap string_kind_index;
    CPA_VEC(SetTag) set_tags;
    SetTags *sets;      /* [n_sets] */
    uint32_t *slot;     /* [n_nodes] position among the nodes asked for, or CPA_NONE */
    uint32_t *dense;    /* [n_slots * n_kinds] position in tags + 1, 0 = none; NULL: tag_index */
    CpaIdMap tag_index; /* slot << 32 | kind -> position in tags */
    CPA_VEC(CpaTag) tags;
    CPA_VEC(uint32_t) owner; /* [n_tags] slot */
} Counter;

static int compare_text(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* "key:value" of the string labels, sorted, joined by a backslash and an n. */
static CpaStrId join_labels(const CpaView *v, const CpaLabel *labels, size_t n)
{
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
    for (size_t i = 0; i < n && cpa_label_is_string(&labels[i]); i++) {
        const char *key = cpa_view_str(v, labels[i].key);
        if (strcmp(key, "pprof::base") != 0) {
            g_ptr_array_add(
                texts, g_strconcat(key, ":", cpa_view_str(v, (CpaStrId)labels[i].value), NULL));
        }
    }
    g_ptr_array_sort(texts, compare_text);
    g_autoptr(GString) joined = g_string_new(NULL);
    for (guint i = 0; i < texts->len; i++) {
        g_string_append(joined, i > 0 ? "\\n" : "");
        g_string_append(joined, g_ptr_array_index(texts, i));
    }
    return cpa_strtab_intern(v->strings, joined->str, joined->len);
}

static uint32_t find_kind(Counter *c, const TagKind *kind)
{
    CpaIdMap *index = kind->numeric ? &c->kind_index : &c->string_kind_index;
    uint32_t next = (uint32_t)c->kinds.len;
    uint32_t at = cpa_idmap_insert(index, (uint64_t)kind->group << 32 | kind->name, next);
    if (at == next) {
        cpa_vec_push(&c->kinds, *kind);
    }
    return at;
}

static void describe_set(Counter *c, uint32_t set)
{
    const CpaView *v = c->w->view;
    const CpaGraphOptions *o = c->w->options;
    SetTags *tags = &c->sets[set];
    size_t n = 0;
    const CpaLabel *labels = cpa_label_table_get(v->labels, set, &n);
    tags->known = true;
    tags->first = (uint32_t)c->set_tags.len;
    tags->group = join_labels(v, labels, n);
    if (tags->group != 0) {
        TagKind kind = {.name = tags->group};
        SetTag tag = {.kind = find_kind(c, &kind)};
        cpa_vec_push(&c->set_tags, tag);
    }
    for (size_t i = 0; i < n; i++) {
        if (cpa_label_is_string(&labels[i]) ||
            strcmp(cpa_view_str(v, labels[i].key), "bytes") != 0) {
            continue;
        }
        const char *unit = cpa_label_units_get(o->units, labels[i].key);
        char text[CPA_VALUE_TEXT_MAX];
        cpa_unit_format(text, labels[i].value, unit, o->unit);
        TagKind kind = {
            .name = cpa_strtab_intern(v->strings, text, strlen(text)),
            .unit = cpa_strtab_intern(v->strings, unit, strlen(unit)),
            .group = tags->group,
            .numeric = true,
        };
        SetTag tag = {find_kind(c, &kind), labels[i].value};
        cpa_vec_push(&c->set_tags, tag);
    }
    tags->n = (uint32_t)c->set_tags.len - tags->first;
}

/* Takes the tags off sets whose group is too light to matter. */
static void drop_light_groups(Counter *c, uint64_t cutoff)
{
    const CpaView *v = c->w->view;
    uint32_t value = c->w->options->value_index;
    g_autofree uint64_t *weights = g_new0(uint64_t, cpa_strtab_count(v->strings));
    for (size_t s = 0; s < v->n_samples; s++) {
        /* A number that comes n times in a set counts n times. */
        const SetTags *set = &c->sets[v->label_sets[s]];
        uint64_t weight = cpa_abs64(cpa_view_values(v, s)[value]);
        uint64_t *sum = &weights[set->group];
        if (__builtin_mul_overflow(weight, set->n, &weight) ||
            __builtin_add_overflow(*sum, weight, sum)) {
            *sum = UINT64_MAX;
        }
    }
    for (uint32_t set = 0; set < cpa_label_table_count(v->labels); set++) {
        if (weights[c->sets[set].group] < cutoff) {
            c->sets[set].n = 0;
        }
    }
}

/* The first sample that brings a tag to a node also gives the tag its number. */
static CpaTag *find_tag(Counter *c, uint32_t slot, const SetTag *from)
{
    uint32_t next = (uint32_t)c->tags.len;
    uint32_t at = next;
    if (c->dense != NULL) {
        uint32_t *cell = &c->dense[(size_t)slot * c->kinds.len + from->kind];
        *cell = *cell == 0 ? next + 1 : *cell;
        at = *cell - 1;
    } else {
        at = cpa_idmap_insert(&c->tag_index, (uint64_t)slot << 32 | from->kind, next);
    }
    if (at == next) {
        const TagKind *k = &c->kinds.data[from->kind];
        CpaTag tag = {.name = k->name,
                      .unit = k->unit,
                      .numeric = k->numeric,
                      .value = from->value,
                      .group = k->group};
        cpa_vec_push(&c->tags, tag);
        cpa_vec_push(&c->owner, slot);
    }
    return &c->tags.data[at];
}

static void add_to(int64_t *sum, int64_t value)
{
    *sum = (int64_t)((uint64_t)*sum + (uint64_t)value);
}

/*
 * A sample that carries a tag twice counts twice for it: such sums may exceed the report's total,
 * and wrap around as upstream's do.
 */
static void add_weight(Counter *c, uint32_t slot, const SetTags *set, int64_t weight, int64_t div,
                       bool flat)
{
    for (uint32_t i = 0; i < set->n; i++) {
        CpaTag *tag = find_tag(c, slot, &c->set_tags.data[set->first + i]);
        if (flat) {
            add_to(&tag->flat, weight);
            add_to(&tag->flat_div, div);
        } else {
            add_to(&tag->cum, weight);
            add_to(&tag->cum_div, div);
        }
    }
}

/*
 * A sample's path in the graph: calls add_weight once per distinct node asked for; in a tree the
 * path is looked up again, node by node.
 */
static void count_graph(Counter *c)
{
    const CpaView *v = c->w->view;
    const CpaNodeTable *t = c->w->table;
    const CpaGraphOptions *o = c->w->options;
    g_autofree uint32_t *stamps = g_new0(uint32_t, (size_t)c->w->n_nodes + 1); /* by slot */
    g_autofree uint32_t *map = cpa_map_locations(t, c->slot);
    for (size_t s = 0; s < v->n_samples; s++) {
        const SetTags *set = &c->sets[v->label_sets[s]];
        const int64_t *values = cpa_view_values(v, s);
        int64_t weight = values[o->value_index];
        int64_t div = o->mean ? values[0] : 0;
        if (set->n == 0 || (weight == 0 && div == 0)) {
            continue;
        }
        uint32_t stamp = (uint32_t)s + 1;
        for (uint64_t i = v->end[s]; i > v->begin[s]; i--) {
            uint32_t location = v->frames[i - 1];
            uint32_t slot = map[location];
            if (slot == CPA_NONE) {
                continue;
            }
            bool multi = slot == LOCATION_MULTI;
            uint32_t n = multi ? t->first[location + 1] - t->first[location] : 1;
            for (uint32_t k = n; k > 0; k--) {
                slot = multi ? c->slot[t->node[t->first[location] + k - 1]] : slot;
                if (slot != CPA_NONE && stamps[slot] != stamp) {
                    stamps[slot] = stamp;
                    add_weight(c, slot, set, weight, div, false);
                }
            }
        }
        if (v->begin[s] < v->end[s]) {
            uint32_t leaf = c->slot[t->node[t->first[v->frames[v->begin[s]]]]];
            if (leaf != CPA_NONE) {
                add_weight(c, leaf, set, weight, div, true);
            }
        }
    }
}

static void count_tree(Counter *c)
{
    const CpaView *v = c->w->view;
    const CpaNodeTable *t = c->w->table;
    const CpaGraphOptions *o = c->w->options;
    CpaIdMap index = {0};
    for (uint32_t i = 0; i < c->w->n_nodes; i++) {
        cpa_idmap_insert(&index, (uint64_t)c->w->context[i] << 32 | c->w->info[i], i);
    }
    for (size_t s = 0; s < v->n_samples; s++) {
        const SetTags *set = &c->sets[v->label_sets[s]];
        const int64_t *values = cpa_view_values(v, s);
        int64_t weight = values[o->value_index];
        int64_t div = o->mean ? values[0] : 0;
        if (set->n == 0 || (weight == 0 && div == 0)) {
            continue;
        }
        uint32_t node = CPA_NONE;
        for (uint64_t i = v->end[s]; i > v->begin[s]; i--) {
            uint32_t location = v->frames[i - 1];
            for (uint32_t k = t->first[location + 1]; k > t->first[location]; k--) {
                node = cpa_idmap_get(&index, (uint64_t)(uint32_t)(node + 1) << 32 | t->node[k - 1]);
                if (c->slot[node] != CPA_NONE) {
                    add_weight(c, c->slot[node], set, weight, div, false);
                }
            }
        }
        if (node != CPA_NONE && c->slot[node] != CPA_NONE) {
            add_weight(c, c->slot[node], set, weight, div, true);
        }
    }
    cpa_idmap_clear(&index);
}

/* Groups the tags that stay by their node. */
static void collect(Counter *c, size_t n, uint64_t cutoff, CpaTagList *out)
{
    g_autofree uint32_t *first = g_new0(uint32_t, n + 2);
    size_t n_kept = 0;
    for (size_t i = 0; i < c->tags.len; i++) {
        const CpaTag *tag = &c->tags.data[i];
        if (cpa_abs64(tag->flat) >= cutoff || cpa_abs64(tag->cum) >= cutoff) {
            first[c->owner.data[i] + 1]++;
            n_kept++;
        } else {
            c->owner.data[i] = CPA_NONE;
        }
    }
    for (size_t i = 0; i < n; i++) {
        first[i + 1] += first[i];
    }
    out->first = g_memdup2(first, (n + 1) * sizeof *first);
    cpa_vec_reserve(&out->tags, n_kept + 1);
    out->tags.len = n_kept;
    for (size_t i = 0; i < c->tags.len; i++) {
        if (c->owner.data[i] != CPA_NONE) {
            out->tags.data[first[c->owner.data[i]]++] = c->tags.data[i];
        }
    }
}

void cpa_count_tags(CpaWork *w, const uint32_t *nodes, size_t n, uint64_t cutoff, CpaTagList *out)
{
    const CpaView *v = w->view;
    Counter c = {.w = w};
    c.sets = g_new0(SetTags, cpa_label_table_count(v->labels));
    c.slot = g_new(uint32_t, (size_t)w->n_nodes + 1);
    memset(c.slot, 0xff, ((size_t)w->n_nodes + 1) * sizeof *c.slot);
    for (size_t i = 0; i < n; i++) {
        c.slot[nodes[i]] = (uint32_t)i;
    }
    for (size_t s = 0; s < v->n_samples; s++) {
        if (!c.sets[v->label_sets[s]].known) {
            describe_set(&c, v->label_sets[s]);
        }
    }
    drop_light_groups(&c, cutoff);
    if (c.kinds.len > 0 && n < MAX_DENSE / c.kinds.len) {
        c.dense = g_new0(uint32_t, n * c.kinds.len);
    }
    if (w->options->call_tree) {
        count_tree(&c);
    } else {
        count_graph(&c);
    }
    collect(&c, n, cutoff, out);
    cpa_vec_clear(&c.kinds);
    cpa_idmap_clear(&c.kind_index);
    cpa_idmap_clear(&c.string_kind_index);
    cpa_vec_clear(&c.set_tags);
    cpa_idmap_clear(&c.tag_index);
    g_free(c.dense);
    cpa_vec_clear(&c.tags);
    cpa_vec_clear(&c.owner);
    g_free(c.sets);
    g_free(c.slot);
}

void cpa_tag_list_clear(CpaTagList *list)
{
    cpa_vec_clear(&list->tags);
    g_clear_pointer(&list->first, g_free);
}
