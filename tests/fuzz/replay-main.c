/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main() of every fuzz target.
 *
 *   fuzz-NAME                      replays $FUZZ_CORPUS/NAME and $TESTDATA, as `make check` does
 *   fuzz-NAME FILE|DIR...          replays these
 *   fuzz-NAME -OPTION... DIR...    built with --enable-fuzzers: libFuzzer, with its own options
 *
 * A replay gives each file to the target once. The name of a file is printed before its turn, so
 * the last one in the log of a crash is the culprit; a file that takes longer than TIME_LIMIT_S
 * ends the program with SIGALRM. The last line is "N passed, N failed".
 */
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TIME_LIMIT_S 120

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct {
    size_t n_passed;
    size_t n_failed;
} Counts;

static void replay_file(const char *path, Counts *counts)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *content = NULL;
    size_t size = 0;
    printf("%s\n", path);
    fflush(stdout);
    if (!g_file_get_contents(path, &content, &size, &error)) {
        printf("  %s\n", error->message);
        counts->n_failed++;
        return;
    }
    /* An exact copy on the heap: reading one byte too far is caught, the NUL of GLib is not there. */
    g_autofree uint8_t *data = g_malloc(MAX(size, 1));
    memcpy(data, content, size);
    g_clear_pointer(&content, g_free);
    alarm(TIME_LIMIT_S);
    LLVMFuzzerTestOneInput(data, size);
    alarm(0);
    counts->n_passed++;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Files in order of their names, subdirectories too (as deep as the tree of tests, not the input). */
static void replay(const char *path, Counts *counts)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    if (dir == NULL) {
        replay_file(path, counts);
        return;
    }
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    for (const char *name; (name = g_dir_read_name(dir)) != NULL;) {
        g_ptr_array_add(names, g_strdup(name));
    }
    g_ptr_array_sort(names, compare_names);
    for (unsigned int i = 0; i < names->len; i++) {
        g_autofree char *child = g_build_filename(path, names->pdata[i], NULL);
        replay(child, counts);
    }
}

static void replay_defaults(const char *program, Counts *counts)
{
    g_autofree char *name = g_path_get_basename(program);
    const char *corpus = g_getenv("FUZZ_CORPUS");
    const char *testdata = g_getenv("TESTDATA");
    if (corpus == NULL || testdata == NULL) {
        printf("FUZZ_CORPUS and TESTDATA name the directories to replay; or name files\n");
        counts->n_failed++;
        return;
    }
    g_autofree char *own =
        g_build_filename(corpus, g_str_has_prefix(name, "fuzz-") ? name + 5 : name, NULL);
    if (g_file_test(own, G_FILE_TEST_IS_DIR)) {
        replay(own, counts);
    }
    replay(testdata, counts);
}

#ifdef CPA_FUZZERS
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*target)(const uint8_t *, size_t));
#endif

int main(int argc, char **argv)
{
#ifdef CPA_FUZZERS
    if (argc > 1 && argv[1][0] == '-') {
        return LLVMFuzzerRunDriver(&argc, &argv, LLVMFuzzerTestOneInput);
    }
#endif
    Counts counts = {0};
    for (int i = 1; i < argc; i++) {
        replay(argv[i], &counts);
    }
    if (argc == 1) {
        replay_defaults(argv[0], &counts);
    }
    printf("%zu passed, %zu failed\n", counts.n_passed, counts.n_failed);
    return counts.n_failed > 0;
}
