/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that were cut off: every prefix of every test profile goes through detection and through
 * the parser that reads the whole file, packed as it is and unpacked. Each gives a profile that
 * keeps the model's rules, or an error that names the file; harness.c checks that.
 *
 * Of long files, all short prefixes, all long ones and some between are tried.
 */
#include <string.h>

#include "../fuzz/harness.h"

typedef struct {
    size_t small; /* every prefix of files up to this size */
    size_t head;  /* else every prefix up to this size, */
    size_t tail;  /* those that lack less than this, */
    size_t n_between;
} Plan;

/* A cut in packed data is a cut in what it unpacks to, which is tried on its own. */
static const Plan plain_plan = {.small = 4096, .head = 512, .tail = 64, .n_between = 300};
static const Plan packed_plan = {.small = 128, .head = 32, .tail = 16, .n_between = 100};

/* A bomb of zeros is the same everywhere. */
#define MAX_UNPACKED ((guint)1 << 20)

/* The parser of the whole file, NULL where none takes it. */
static const CpaFormat *detect(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CpaSource) source =
        cpa_source_new_memory(FUZZ_NAME, data, size, FUZZ_MAX_SIZE, &error);
    return source != NULL ? cpa_format_detect(source, NULL) : NULL;
}

static void try_prefix(const CpaFormat *format, const uint8_t *data, size_t size)
{
    const CpaFormat *detected = NULL;
    CpaProfile *profile = fuzz_detect_and_read(&detected, data, size);
    g_clear_pointer(&profile, cpa_profile_unref);
    if (format != NULL && format != detected) {
        profile = fuzz_read(format, data, size);
        g_clear_pointer(&profile, cpa_profile_unref);
    }
}

static size_t next_size(const Plan *plan, size_t n, size_t size)
{
    bool each = size <= plan->small || n < plan->head || n + plan->tail >= size;
    size_t next = n + (each ? 1 : MAX(size / plan->n_between, 1));
    return !each && next + plan->tail > size ? size - plan->tail : next;
}

static void try_prefixes(const Plan *plan, const uint8_t *data, size_t size)
{
    const CpaFormat *format = detect(data, size);
    for (size_t n = 0; n <= size; n = next_size(plan, n, size)) {
        try_prefix(format, data, n);
    }
}

/* Empty where it is not gzip or damaged. */
static GByteArray *unpack(const uint8_t *data, size_t size)
{
    GByteArray *bytes = g_byte_array_new();
    g_autoptr(CpaSource) source = cpa_source_new_memory(FUZZ_NAME, data, size, FUZZ_MAX_SIZE, NULL);
    size_t n = 0;
    const char *all = NULL;
    if (source != NULL && cpa_source_was_packed(source)) {
        all = cpa_source_all(source, &n, NULL);
    }
    if (all != NULL) {
        g_byte_array_append(bytes, (const uint8_t *)all, (guint)n);
    }
    return bytes;
}

static void test_file(gconstpointer path)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *content = NULL;
    size_t size = 0;
    g_file_get_contents(path, &content, &size, &error);
    g_assert_no_error(error);
    g_autoptr(GByteArray) unpacked = unpack((const uint8_t *)content, size);
    try_prefixes(unpacked->len > 0 ? &packed_plan : &plain_plan, (const uint8_t *)content, size);
    if (unpacked->len > 0 && unpacked->len < MAX_UNPACKED) {
        try_prefixes(&plain_plan, unpacked->data, unpacked->len);
    }
}

static void add_files(const char *directory, const char *name)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GDir) dir = g_dir_open(directory, 0, &error);
    g_assert_no_error(error);
    for (const char *file; (file = g_dir_read_name(dir)) != NULL;) {
        g_autofree char *path = g_build_filename(directory, file, NULL);
        g_autofree char *child = g_strconcat(name, "/", file, NULL);
        if (!g_file_test(path, G_FILE_TEST_IS_DIR)) {
            g_test_add_data_func_full(child, g_strdup(path), test_file, g_free);
        } else if (strcmp(file, "recipes") != 0) { /* programs, not profiles */
            add_files(path, child);
        }
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    const char *testdata = g_getenv("TESTDATA");
    if (testdata == NULL) {
        g_printerr("TESTDATA names the directory of test profiles\n");
        return 1;
    }
    add_files(testdata, "/prefixes");
    return g_test_run();
}
