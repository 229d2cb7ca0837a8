/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Node identities: one pass over the locations, one table of the distinct infos.
 */
#include "graph/nodes.h"

#include <string.h>

#include "base/seqtab.h"
#include "base/text.h"
#include "base/vec.h"

typedef struct {
    CpaView *v;
    bool keep_objects;
    CpaSeqtab *seen;
    CpaIdMap cleaned; /* file id -> id of its cleaned path */
    CPA_VEC(CpaNodeInfo) infos;
    uint32_t *of_line; /* node of a line that does not depend on the location, or CPA_NONE */
} Maker;

static CpaStrId clean_path(Maker *m, CpaStrId file)
{
    if (file == 0) {
        return 0;
    }
    uint32_t known = cpa_idmap_get(&m->cleaned, file);
    if (known == CPA_NONE) {
        g_autofree char *path = cpa_path_clean(cpa_view_str(m->v, file));
        known = cpa_strtab_intern(m->v->strings, path, strlen(path));
        cpa_idmap_insert(&m->cleaned, file, known);
    }
    return known;
}

static uint32_t intern_info(Maker *m, const CpaNodeInfo *info)
{
    const uint32_t words[] = {
        info->name,
        info->file,
        info->object_file,
        (uint32_t)info->address,
        (uint32_t)(info->address >> 32),
        (uint32_t)info->line,
        (uint32_t)((uint64_t)info->line >> 32),
        (uint32_t)info->column,
        (uint32_t)((uint64_t)info->column >> 32),
        (uint32_t)info->start_line,
        (uint32_t)((uint64_t)info->start_line >> 32),
    };
    uint32_t id = cpa_seqtab_intern(m->seen, words, G_N_ELEMENTS(words));
    if (id == m->infos.len) {
        cpa_vec_push(&m->infos, *info);
    }
    return id;
}

static uint32_t make_node(Maker *m, const CpaLocation *l, const CpaLine *line)
{
    CpaView *v = m->v;
    CpaStrId object_file = l->mapping != CPA_NONE ? v->mappings[l->mapping].file : 0;
    CpaNodeInfo info = {.address = l->address};
    if (line == NULL) {
        info.object_file = object_file;
        return intern_info(m, &info);
    }
    const CpaFunction *f = &v->functions[line->function];
    info.line = line->line;
    info.column = line->column;
    info.name = f->name;
    info.file = clean_path(m, f->file);
    if (m->keep_objects || info.name == 0) {
        info.object_file = object_file;
        info.start_line = f->start_line;
    }
    return intern_info(m, &info);
}

/* Locations share lines; a line with a name, and without address or object, is one node for all. */
static uint32_t line_node(Maker *m, const CpaLocation *l, uint32_t line)
{
    uint32_t *known = &m->of_line[line];
    if (*known != CPA_NONE) {
        return *known;
    }
    uint32_t node = make_node(m, l, &m->v->lines[line]);
    const CpaNodeInfo *info = &m->infos.data[node];
    if (info->address == 0 && info->name != 0 && !m->keep_objects) {
        *known = node;
    }
    return node;
}

CpaNodeTable *cpa_node_table_new(CpaView *view, bool keep_objects)
{
    Maker m = {.v = view, .keep_objects = keep_objects, .seen = cpa_seqtab_new()};
    m.of_line = g_new(uint32_t, (size_t)view->n_lines + 1);
    memset(m.of_line, 0xff, ((size_t)view->n_lines + 1) * sizeof *m.of_line);
    CPA_VEC(uint32_t) nodes = {0};
    CpaNodeTable *table = g_new0(CpaNodeTable, 1);
    table->view = view;
    table->first = g_new(uint32_t, (size_t)view->n_locations + 1);
    for (uint32_t k = 0; k < view->n_locations; k++) {
        const CpaLocation *l = &view->locations[k];
        table->first[k] = (uint32_t)nodes.len;
        if (l->n_lines == 0) {
            cpa_vec_push(&nodes, make_node(&m, l, NULL));
        }
        for (uint32_t i = 0; i < l->n_lines; i++) {
            cpa_vec_push(&nodes, line_node(&m, l, l->line_first + i));
        }
    }
    table->first[view->n_locations] = (uint32_t)nodes.len;
    table->n_nodes = (uint32_t)m.infos.len;
    table->infos = cpa_vec_steal(&m.infos);
    table->node = cpa_vec_steal(&nodes);
    g_free(m.of_line);
    cpa_seqtab_free(m.seen);
    cpa_idmap_clear(&m.cleaned);
    return table;
}

void cpa_node_table_free(CpaNodeTable *table)
{
    if (table == NULL) {
        return;
    }
    g_free(table->infos);
    g_free(table->first);
    g_free(table->node);
    g_free(table);
}

static void append(GString *out, gsize start, const char *sep, const char *text, size_t len)
{
    if (out->len > start) {
        g_string_append(out, sep);
    }
    g_string_append_len(out, text, (gssize)len);
}

void cpa_node_info_print(const CpaNodeInfo *info, const CpaStrtab *strings, const char *sep,
                         GString *out)
{
    gsize start = out->len;
    const char *file = cpa_strtab_get(strings, info->file);
    if (info->address != 0) {
        g_string_append_printf(out, "%016" G_GINT64_MODIFIER "x", info->address);
    }
    if (info->name != 0) {
        append(out, start, sep, cpa_strtab_get(strings, info->name),
               cpa_strtab_len(strings, info->name));
    }
    if (info->line != 0) {
        append(out, start, sep, file, cpa_strtab_len(strings, info->file));
        g_string_append_printf(out, ":%" G_GINT64_FORMAT, info->line);
        if (info->column != 0) {
            g_string_append_printf(out, ":%" G_GINT64_FORMAT, info->column);
        }
    } else if (info->file != 0) {
        append(out, start, sep, file, cpa_strtab_len(strings, info->file));
    } else if (info->name != 0) {
        /* the function name says it all */
    } else if (info->object_file != 0) {
        g_autofree char *base = cpa_path_base(cpa_strtab_get(strings, info->object_file));
        g_autofree char *text = g_strconcat("[", base, "]", NULL);
        append(out, start, sep, text, strlen(text));
    } else {
        append(out, start, sep, "<unknown>", strlen("<unknown>"));
    }
}
