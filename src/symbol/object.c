/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An object is the file itself plus what is found for it when it is needed: names, DWARF.
 */
#include "symbol/object.h"

#include "base/vec.h"
#include "symbol/debugfile.h"
#include "symbol/dwarf.h"
#include "symbol/dwsplit.h"
#include "symbol/elffile.h"
#include "symbol/gomodule.h"
#include "symbol/minidebug.h"
#include "symbol/pclntab.h"
#include "symbol/place.h"
#include "symbol/symtab.h"

#include <elf.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#ifdef HAVE_ELFUTILS

/* Code of one request; a function of more is not shown. */
#define MAX_CODE_SIZE ((uint64_t)64 << 20)

/* A build id that is shorter may be a joke. */
#define MIN_KEY_DIGITS 16

struct CpaObject {
    CpaElf *elf;
    CpaElf *debug; /* the separate file with debug information, or NULL */
    CpaElf *mini;  /* the symbols that are packed in the file, or NULL */
    CpaSymtab *symtab;
    CpaSymtab *dynamic; /* names of functions where DWARF is in a separate file, or NULL */
    CpaDwarf *dwarf;
    CpaPclntab *go; /* where there is no DWARF */
    bool go_is_tried;
    bool symtab_is_own; /* of the file itself, not of its debug file */
    bool debug_is_tried;
    bool dwarf_is_tried;
    GPtrArray *notes; /* ends with NULL, as the next */
    GPtrArray *problems;
    CpaDebuginfodLimits servers;
    bool stext_is_known;
    bool has_stext;
    uint64_t stext;
    uint64_t text;
    bool has_text;
};

static CpaObject *wrap(CpaElf *elf)
{
    if (elf == NULL) {
        return NULL;
    }
    CpaObject *object = g_new0(CpaObject, 1);
    object->elf = elf;
    object->notes = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(object->notes, NULL);
    object->problems = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(object->problems, NULL);
    return object;
}

CpaObject *cpa_object_open(const char *path, GError **error)
{
    return wrap(cpa_elf_open(path, error));
}

/* Returns: (nullable): the program of the build id, if a server has it; @said: what it said;
 * @warning: (out) (nullable): why none answers */
static CpaObject *fetch(const char *build_id, const CpaDebuginfodLimits *servers, char **said,
                        char **warning)
{
    g_auto(CpaDebuginfodAnswer) answer;
    g_autoptr(GError) error = NULL;
    cpa_debuginfod_ask_program(servers, build_id, &answer);
    CpaObject *object = answer.path != NULL ? cpa_object_open(answer.path, &error) : NULL;
    if (object != NULL && strcmp(cpa_object_build_id(object), build_id) != 0) {
        cpa_error_set(&error, CPA_ERROR_NO_SYMBOLS, "%s: build id %s, wanted %s", answer.path,
                      cpa_object_build_id(object), build_id);
        g_clear_pointer(&object, cpa_object_free);
    }
    if (object != NULL) {
        cpa_note(object->notes, "%s", answer.text);
    } else {
        *said = error != NULL ? g_strdup(error->message) : g_steal_pointer(&answer.text);
        *warning = g_steal_pointer(&answer.warning);
    }
    return object;
}

CpaObject *cpa_object_open_for(const char *path, const char *build_id,
                               const CpaDebuginfodLimits *servers, GError **error)
{
    g_autoptr(GError) failure = NULL;
    g_autofree char *said = NULL;
    g_autofree char *warning = NULL;
    CpaObject *object = cpa_object_open(path, &failure);
    const char *found = object != NULL ? cpa_object_build_id(object) : "";
    bool is_other = *found != '\0' && *build_id != '\0' && strcmp(found, build_id) != 0;
    bool is_missing = object == NULL && failure->code == CPA_ERROR_IO;
    if ((is_other || is_missing) && *build_id != '\0') {
        CpaObject *fetched = fetch(build_id, servers, &said, &warning);
        if (fetched != NULL) {
            cpa_object_free(object);
            object = fetched;
        }
    }
    if (object != NULL) {
        object->servers = *servers;
        if (said != NULL) {
            cpa_note(object->notes, "%s", said);
        }
        if (warning != NULL) {
            cpa_note(object->problems, "%s", warning);
        }
    } else if (said != NULL) {
        cpa_error_set(error, (CpaErrorCode)failure->code, "%s; %s", failure->message, said);
    } else {
        g_propagate_error(error, g_steal_pointer(&failure));
    }
    return object;
}

CpaObject *cpa_object_new_memory(const char *name, uint8_t *bytes, size_t size, GError **error)
{
    return wrap(cpa_elf_new_memory(name, bytes, size, error));
}

void cpa_object_free(CpaObject *object)
{
    if (object != NULL) {
        cpa_symtab_free(object->symtab);
        cpa_symtab_free(object->dynamic);
        cpa_dwarf_free(object->dwarf);
        cpa_pclntab_free(object->go);
        cpa_elf_free(object->debug);
        cpa_elf_free(object->mini);
        cpa_elf_free(object->elf);
        g_ptr_array_unref(object->notes);
        g_ptr_array_unref(object->problems);
        g_free(object);
    }
}

const char *cpa_object_path(const CpaObject *object)
{
    return cpa_elf_path(object->elf);
}

const char *cpa_object_build_id(const CpaObject *object)
{
    return cpa_elf_build_id(object->elf);
}

CpaMachine cpa_object_machine(const CpaObject *object)
{
    return (CpaMachine){cpa_elf_machine(object->elf), cpa_elf_is_64(object->elf),
                        cpa_elf_is_big(object->elf)};
}

const char *cpa_object_changed_file(const CpaObject *object)
{
    const CpaElf *changed = !cpa_elf_is_unchanged(object->elf) ? object->elf
                            : object->debug != NULL && !cpa_elf_is_unchanged(object->debug)
                                ? object->debug
                                : NULL;
    return changed != NULL ? cpa_elf_path(changed) : NULL;
}

const char *const *cpa_object_notes(CpaObject *object)
{
    return (const char *const *)object->notes->pdata;
}

const char *const *cpa_object_problems(CpaObject *object)
{
    return (const char *const *)object->problems->pdata;
}

/* ---- where a process has it ------------------------------------------------------------------ */

static void find_stext(const CpaElfSymbol *s, gpointer data)
{
    CpaObject *object = data;
    if (!object->has_stext && strcmp(s->name, "_stext") == 0) {
        object->has_stext = true;
        object->stext = s->value;
    } else if (!object->has_text && strcmp(s->name, "_text") == 0) {
        object->has_text = true;
        object->text = s->value;
    }
}

/* Returns: the address that the kernel's mapping is told by, or NULL for anything but a kernel. */
static const uint64_t *kernel_symbol(CpaObject *object, const CpaPlace *place)
{
    if (!cpa_place_needs_stext(object->elf, place)) {
        return NULL;
    }
    if (!object->stext_is_known) {
        object->stext_is_known = true;
        cpa_elf_each_symbol(object->elf, SHT_SYMTAB, find_stext, object);
    }
    const char *name = place->kernel_symbol;
    if (name == NULL || *name == '\0' || strcmp(name, "_stext") == 0) {
        return object->has_stext ? &object->stext : NULL;
    }
    return strcmp(name, "_text") == 0 && object->has_text ? &object->text : NULL;
}

bool cpa_object_check_place(CpaObject *object, const CpaPlace *place, GError **error)
{
    uint64_t base = 0;
    if (cpa_place_base(object->elf, cpa_place_text_segment(object->elf),
                       kernel_symbol(object, place), place, &base, error)) {
        return true;
    }
    g_prefix_error(error, "could not identify base for %s: ", cpa_object_path(object));
    return false;
}

bool cpa_object_base(CpaObject *object, const CpaPlace *place, uint64_t address, uint64_t *base,
                     GError **error)
{
    if (place->start < place->limit && (address < place->start || address >= place->limit)) {
        return cpa_error_set(error, CPA_ERROR_MALFORMED,
                             "specified address %" PRIx64 " is outside the mapping range [%" PRIx64
                             ", %" PRIx64 "] for file \"%s\"",
                             address, place->start, place->limit, cpa_object_path(object));
    }
    const uint64_t *stext = kernel_symbol(object, place);
    const CpaSegment *segment = NULL;
    if (!cpa_place_segment(object->elf, stext, place, address, &segment, error)) {
        g_prefix_error(error,
                       "failed to find program header for file \"%s\", address %" PRIx64 ": ",
                       cpa_object_path(object), address);
        return false;
    }
    return cpa_place_base(object->elf, segment, stext, place, base, error);
}

/* ---- symbols --------------------------------------------------------------------------------- */

static CpaDebugSearch debug_search(const CpaObject *object)
{
    return (CpaDebugSearch){object->servers, object->notes, object->problems};
}

/* The separate file, looked for when the file itself lacks something. */
static CpaElf *debug_file(CpaObject *object)
{
    if (!object->debug_is_tried) {
        object->debug_is_tried = true;
        const CpaDebugSearch search = debug_search(object);
        object->debug = cpa_debugfile_find(object->elf, &search);
    }
    return object->debug;
}

static void add_go_function(uint64_t address, uint64_t size, const char *name, gpointer data)
{
    CpaSymbol symbol = {
        .address = address, .size = size, .name = name, .file = "", .is_code = true};
    cpa_symtab_add(data, &symbol);
}

/* The table that a Go program has for itself, or NULL. */
static CpaPclntab *go_table(CpaObject *object)
{
    static const char *const names[] = {".gopclntab", ".data.rel.ro.gopclntab"};
    if (object->go_is_tried) {
        return object->go;
    }
    object->go_is_tried = true;
    const CpaSection *text = cpa_elf_find_section(object->elf, ".text");
    for (size_t i = 0; i < G_N_ELEMENTS(names) && object->go == NULL; i++) {
        const CpaSection *section = cpa_elf_find_section(object->elf, names[i]);
        CpaBytes bytes;
        if (section == NULL || !cpa_elf_section_bytes(object->elf, section, &bytes, NULL)) {
            continue;
        }
        object->go =
            cpa_pclntab_new(bytes, text != NULL ? text->address : 0, cpa_elf_is_big(object->elf));
        CpaGoModule module;
        bool has_calls = object->go != NULL &&
                         cpa_go_module_find(object->elf, object->go, section->address, &module);
        if (has_calls) {
            cpa_pclntab_set_module(object->go, &module);
        }
        if (object->go != NULL) {
            cpa_note(object->notes, "functions%s and lines of Go's own table",
                     has_calls ? ", inlined calls" : "");
        }
    }
    return object->go;
}

static void note_failure(CpaObject *object, const CpaElf *elf)
{
    const GError *failure = elf != NULL ? cpa_elf_failure(elf) : NULL;
    if (failure != NULL) {
        cpa_note(object->problems, "%s", failure->message);
    }
}

/* Takes the symbols that are packed in the file; its dynamic ones are not among them. */
static void add_packed(CpaObject *object)
{
    g_autoptr(GError) error = NULL;
    object->mini = cpa_minidebug_open(object->elf, &error);
    if (error != NULL) {
        cpa_note(object->problems, "%s", error->message);
    }
    if (object->mini != NULL && cpa_symtab_add_elf(object->symtab, object->mini, false)) {
        cpa_note(object->notes, "symbols of .gnu_debugdata");
    }
}

static CpaSymtab *symtab(CpaObject *object)
{
    if (object->symtab != NULL) {
        return object->symtab;
    }
    object->symtab = cpa_symtab_new();
    object->symtab_is_own = cpa_symtab_add_elf(object->symtab, object->elf, false);
    if (!object->symtab_is_own) {
        CpaElf *debug = debug_file(object);
        if (debug == NULL || !cpa_symtab_add_elf(object->symtab, debug, false)) {
            cpa_symtab_add_elf(object->symtab, object->elf, true);
            add_packed(object);
            if (go_table(object) != NULL) {
                cpa_pclntab_each(object->go, add_go_function, object->symtab);
            }
        }
    }
    note_failure(object, object->elf);
    note_failure(object, object->debug);
    return object->symtab;
}

static bool has_dwarf(const CpaElf *elf)
{
    return cpa_elf_find_section(elf, ".debug_info") != NULL ||
           cpa_elf_find_section(elf, ".zdebug_info") != NULL;
}

static CpaDwarf *dwarf(CpaObject *object)
{
    if (object->dwarf_is_tried) {
        return object->dwarf;
    }
    object->dwarf_is_tried = true;
    CpaElf *elf = has_dwarf(object->elf) ? object->elf : debug_file(object);
    if (elf == NULL || !has_dwarf(elf) || cpa_elf_type(elf) == ET_REL) {
        return NULL; /* what is not linked would have to be relocated */
    }
    g_autoptr(GError) error = NULL;
    const CpaDebugSearch search = debug_search(object);
    object->dwarf = cpa_dwarf_new(elf, cpa_debugfile_alt(elf, &search), cpa_elf_path(object->elf),
                                  object->problems, &error);
    if (error != NULL) {
        cpa_note(object->problems, "%s", error->message);
    }
    return object->dwarf;
}

const CpaSymbol *cpa_object_symbols(CpaObject *object, size_t *n)
{
    return cpa_symtab_all(symtab(object), n);
}

/* ---- functions and lines --------------------------------------------------------------------- */

/* The file's own names, as linkers see them. A debug file has many more for one address, which
 * are no better than those of DWARF. */
static CpaSymtab *own_names(CpaObject *object)
{
    CpaSymtab *all = symtab(object);
    if (object->debug == NULL || object->symtab_is_own) {
        return all;
    }
    if (object->dynamic == NULL) {
        object->dynamic = cpa_symtab_new();
        cpa_symtab_add_elf(object->dynamic, object->elf, true);
    }
    return object->dynamic;
}

char *cpa_object_key(CpaObject *object)
{
    const char *id = cpa_elf_build_id(object->elf);
    if (strlen(id) < MIN_KEY_DIGITS) {
        return NULL;
    }
    /* A debug file that comes later must not be missed; nor another one than before. */
    const CpaElf *of = has_dwarf(object->elf) ? object->elf : debug_file(object);
    return of == NULL ? g_strconcat(id, "-none", NULL)
                      : g_strdup_printf("%s-%" PRIx64, id, cpa_elf_size(of));
}

/* Passes frames on, with the name that the symbol table has for the function around them: it is
 * more precise where compilers clone functions or move parts of them away. */
typedef struct {
    CpaSymtab *names;
    const uint64_t *addresses;
    uint8_t *is_answered;
    size_t from;
    size_t last;
    CpaFrameFunc each;
    gpointer data;
} Answers;

static void take_frames(size_t i, CpaFrame *frames, size_t n, gpointer data)
{
    Answers *a = data;
    a->from = i < a->last ? 0 : a->from; /* the next unit begins */
    a->last = i;
    const CpaSymbol *symbol = cpa_symtab_find(a->names, a->addresses[i], &a->from);
    a->is_answered[i] = 1;
    if (symbol != NULL) {
        frames[n - 1].function = symbol->name;
        if (n == 1 && *frames[0].file == '\0') {
            frames[0].file = symbol->file;
        }
    }
    a->each(i, frames, n, a->data);
}

/* Passes on what Go's table says. Returns: whether it says anything */
static bool tell_go(CpaPclntab *go, uint64_t address, const CpaSymbol *symbol, size_t i,
                    CpaFrameFunc each, gpointer data)
{
    CpaGoFrame found[CPA_GO_MAX_FRAMES];
    CpaFrame frames[CPA_GO_MAX_FRAMES];
    size_t n = cpa_pclntab_frames(go, address, found);
    for (size_t k = 0; k < n; k++) {
        frames[k] = (CpaFrame){
            .function = found[k].function,
            .file = found[k].file,
            .line = found[k].line,
            .start_line = found[k].start_line,
        };
    }
    if (n > 0 && symbol != NULL) {
        frames[n - 1].function = symbol->name; /* with the types that it is made for */
    }
    if (n > 0) {
        each(i, frames, n, data);
    }
    return n > 0;
}

void cpa_object_frames(CpaObject *object, const uint64_t *addresses, size_t n, unsigned flags,
                       CpaFrameFunc each, gpointer data)
{
    bool with_dwarf = (flags & CPA_FRAMES_FAST) == 0 && dwarf(object) != NULL;
    g_autofree uint8_t *is_answered = g_malloc0(n);
    if (with_dwarf) {
        Answers a = {own_names(object), addresses, is_answered, 0, 0, each, data};
        cpa_dwarf_frames(object->dwarf, addresses, n, take_frames, &a);
    }
    CpaPclntab *go = with_dwarf || (flags & CPA_FRAMES_FAST) != 0 ? NULL : go_table(object);
    size_t from = 0;
    for (size_t i = 0; i < n; i++) {
        if (is_answered[i]) {
            continue;
        }
        const CpaSymbol *symbol = cpa_symtab_find(symtab(object), addresses[i], &from);
        if (go != NULL && tell_go(go, addresses[i], symbol, i, each, data)) {
            continue;
        }
        if (symbol != NULL) {
            CpaFrame frame = {.function = symbol->name, .file = symbol->file};
            each(i, &frame, 1, data);
        }
    }
}

/* The section with the first code at or after an address, or NULL. */
static const CpaSection *next_code(CpaObject *object, uint64_t address)
{
    size_t n_sections = 0;
    const CpaSection *sections = cpa_elf_sections(object->elf, &n_sections);
    const CpaSection *best = NULL;
    for (size_t i = 0; i < n_sections; i++) {
        const CpaSection *s = &sections[i];
        bool has_code = (s->flags & SHF_EXECINSTR) != 0 && s->type != SHT_NOBITS && s->size > 0;
        bool is_past = address > s->address && address - s->address >= s->size;
        if (has_code && !is_past &&
            (best == NULL || MAX(s->address, address) < MAX(best->address, address))) {
            best = s;
        }
    }
    return best;
}

uint8_t *cpa_object_code(CpaObject *object, uint64_t *address, uint64_t end, size_t *n,
                         GError **error)
{
    const CpaSection *s = next_code(object, *address);
    *n = 0;
    if (s == NULL || MAX(s->address, *address) >= end) {
        cpa_error_set(error, CPA_ERROR_NO_SYMBOLS, "%s: no code at %#" PRIx64,
                      cpa_object_path(object), *address);
        return NULL;
    }
    *address = MAX(s->address, *address);
    uint64_t skipped = *address - s->address;
    uint64_t size = MIN(end - *address, s->size - skipped);
    if (size > MAX_CODE_SIZE) {
        cpa_error_set(error, CPA_ERROR_TOO_LARGE,
                      "%s: %" PRIu64 " bytes of code at %#" PRIx64 " are too many to show",
                      cpa_object_path(object), size, *address);
        return NULL;
    }
    g_autofree uint8_t *code = g_malloc(size);
    if (!cpa_elf_read(object->elf, s->offset + skipped, code, size, error)) {
        return NULL;
    }
    *n = size;
    return g_steal_pointer(&code);
}

#else

CpaObject *cpa_object_open(const char *path, GError **error)
{
    if (access(path, F_OK) != 0) {
        cpa_error_set(error, CPA_ERROR_IO, "stat %s: %s", path, g_strerror(errno));
        return NULL;
    }
    cpa_error_set(error, CPA_ERROR_UNSUPPORTED, "%s: this cpa was built without elfutils", path);
    return NULL;
}

CpaObject *cpa_object_open_for(const char *path, const char *build_id G_GNUC_UNUSED,
                               const CpaDebuginfodLimits *servers G_GNUC_UNUSED, GError **error)
{
    return cpa_object_open(path, error);
}

CpaObject *cpa_object_new_memory(const char *name, uint8_t *bytes, size_t size, GError **error)
{
    (void)size;
    g_free(bytes);
    return cpa_object_open(name, error);
}

/* There is no object: nobody calls the following. */

void cpa_object_free(CpaObject *object)
{
    g_assert(object == NULL);
}

const char *cpa_object_path(const CpaObject *object G_GNUC_UNUSED)
{
    g_assert_not_reached();
}

const char *cpa_object_build_id(const CpaObject *object G_GNUC_UNUSED)
{
    g_assert_not_reached();
}

CpaMachine cpa_object_machine(const CpaObject *object G_GNUC_UNUSED)
{
    g_assert_not_reached();
}

const char *cpa_object_changed_file(const CpaObject *object G_GNUC_UNUSED)
{
    g_assert_not_reached();
}

bool cpa_object_check_place(CpaObject *object G_GNUC_UNUSED, const CpaPlace *place G_GNUC_UNUSED,
                            GError **error G_GNUC_UNUSED)
{
    g_assert_not_reached();
}

bool cpa_object_base(CpaObject *object G_GNUC_UNUSED, const CpaPlace *place G_GNUC_UNUSED,
                     uint64_t address G_GNUC_UNUSED, uint64_t *base G_GNUC_UNUSED,
                     GError **error G_GNUC_UNUSED)
{
    g_assert_not_reached();
}

const CpaSymbol *cpa_object_symbols(CpaObject *object G_GNUC_UNUSED, size_t *n G_GNUC_UNUSED)
{
    g_assert_not_reached();
}

void cpa_object_frames(CpaObject *object G_GNUC_UNUSED, const uint64_t *addresses G_GNUC_UNUSED,
                       size_t n G_GNUC_UNUSED, unsigned flags G_GNUC_UNUSED,
                       CpaFrameFunc each G_GNUC_UNUSED, gpointer data G_GNUC_UNUSED)
{
    g_assert_not_reached();
}

uint8_t *cpa_object_code(CpaObject *object G_GNUC_UNUSED, uint64_t *address G_GNUC_UNUSED,
                         uint64_t end G_GNUC_UNUSED, size_t *n G_GNUC_UNUSED,
                         GError **error G_GNUC_UNUSED)
{
    g_assert_not_reached();
}

char *cpa_object_key(CpaObject *object G_GNUC_UNUSED)
{
    g_assert_not_reached();
}

const char *const *cpa_object_notes(CpaObject *object G_GNUC_UNUSED)
{
    g_assert_not_reached();
}

const char *const *cpa_object_problems(CpaObject *object G_GNUC_UNUSED)
{
    g_assert_not_reached();
}

#endif
