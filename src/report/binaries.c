/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One object per file name, however many mappings it has: each mapping only has a place of its own.
 */
#include "report/binaries.h"

#include "report/symbolize.h"

#include <string.h>

struct CpaBinaryFile {
    CpaObject *object;
    CpaCodeReader *reader; /* NULL until code is read */
};

struct CpaBinaries {
    const CpaReport *report;
    CpaBinary *of;     /* [n_mappings] */
    GHashTable *files; /* name -> CpaBinaryFile */
};

static void file_free(gpointer data)
{
    CpaBinaryFile *file = data;
    cpa_code_reader_free(file->reader);
    cpa_object_free(file->object);
    g_free(file);
}

CpaBinaries *cpa_binaries_new(const CpaReport *r)
{
    CpaBinaries *b = g_new0(CpaBinaries, 1);
    b->report = r;
    b->of = g_new0(CpaBinary, (size_t)r->view->n_mappings + 1);
    b->files = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, file_free);
    return b;
}

void cpa_binaries_free(CpaBinaries *b)
{
    if (b != NULL) {
        for (uint32_t i = 0; i < b->report->view->n_mappings; i++) {
            g_free(b->of[i].problem);
        }
        g_free(b->of);
        g_hash_table_unref(b->files);
        g_free(b);
    }
}

static CpaBinaryFile *open_file(CpaBinaries *b, const CpaMapping *m, GError **error)
{
    const char *name = cpa_view_str(b->report->view, m->file);
    CpaBinaryFile *file = g_hash_table_lookup(b->files, name);
    if (file == NULL) {
        const CpaDebuginfodLimits servers = cpa_symbolize_servers(b->report->options);
        const char *build_id = cpa_view_str(b->report->view, m->build_id);
        CpaObject *object = cpa_object_open_for(name, build_id, &servers, error);
        if (object == NULL) {
            return NULL;
        }
        file = g_new0(CpaBinaryFile, 1);
        file->object = object;
        g_hash_table_insert(b->files, (gpointer)name, file);
    }
    return file;
}

CpaBinary *cpa_binaries_get(CpaBinaries *b, uint32_t mapping)
{
    CpaBinary *binary = &b->of[mapping];
    if (binary->object != NULL || binary->problem != NULL) {
        return binary;
    }
    const CpaMapping *m = &b->report->view->mappings[mapping];
    g_autoptr(GError) error = NULL;
    binary->place =
        (CpaPlace){m->start, m->limit, m->offset, cpa_view_str(b->report->view, m->kernel_symbol)};
    binary->file = open_file(b, m, &error);
    if (binary->file != NULL &&
        cpa_object_check_place(binary->file->object, &binary->place, &error)) {
        binary->object = binary->file->object;
    } else {
        binary->problem = g_strdup(error->message);
    }
    return binary;
}

bool cpa_binary_base(CpaBinary *binary, uint64_t address, uint64_t *base)
{
    return binary->object != NULL &&
           cpa_object_base(binary->object, &binary->place, address, base, NULL);
}

bool cpa_binary_address(CpaBinary *binary, uint64_t address, uint64_t *object_address)
{
    uint64_t base = 0;
    if (!cpa_binary_base(binary, address, &base)) {
        return false;
    }
    *object_address = address - base;
    return true;
}

CpaCode *cpa_binary_code(const CpaBinaries *b, CpaBinary *binary, uint64_t start, uint64_t end,
                         GError **error)
{
    CpaBinaryFile *file = binary->file;
    if (file->reader == NULL) {
        file->reader = cpa_code_reader_new(file->object, b->report->options->intel_syntax, error);
    }
    return file->reader != NULL ? cpa_code_read(file->reader, start, end, error) : NULL;
}

const char *cpa_binary_name(CpaBinary *binary, const char *name)
{
    CpaBinaryFile *file = binary->file;
    return file->reader != NULL ? cpa_code_reader_name(file->reader, name) : name;
}
