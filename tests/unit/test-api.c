/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libcpa as others see it: only public headers, linked with the shared library. What it answers is
 * compared with what the program prints; doc/example.c is compiled in here and run.
 */
#include <cpa/cpa.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define main example_main
int example_main(int argc, char **argv);
#include "../../doc/example.c"
#undef main

static const char *self;

/* --- Helpers ---------------------------------------------------------------------------------- */

static char *data_file(const char *name)
{
    return g_build_filename(g_getenv("TESTDATA"), name, NULL);
}

static CpaProfile *load(const char *name)
{
    GError *error = NULL;
    g_autofree char *path = data_file(name);
    CpaProfile *profile = cpa_profile_load_file(path, &error);
    g_assert_no_error(error);
    g_assert_nonnull(profile);
    return profile;
}

/* Settings from name, value, ..., NULL. */
static CpaSettings *settings_of(const char *name, ...)
{
    GError *error = NULL;
    CpaSettings *settings = cpa_settings_new();
    va_list args;
    va_start(args, name);
    for (; name != NULL; name = va_arg(args, const char *)) {
        cpa_settings_set(settings, name, va_arg(args, const char *), &error);
        g_assert_no_error(error);
    }
    va_end(args);
    return settings;
}

static char *report(const CpaProfile *profile, const char *name, const CpaSettings *settings)
{
    GError *error = NULL;
    char *text = cpa_report_to_string(profile, name, NULL, settings, &error);
    g_assert_no_error(error);
    g_assert_nonnull(text);
    return text;
}

/*
 * What a program prints; this one runs the example. Words are separated by spaces, files are
 * relative to testdata.
 */
static char *output_of(const char *program, const char *words)
{
    g_auto(GStrv) environment = g_environ_setenv(g_get_environ(), "CPA_TEST_EXAMPLE", "1", TRUE);
    g_auto(GStrv) args = g_strsplit(words, " ", -1);
    g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(argv, g_strdup(program));
    for (size_t i = 0; args[i] != NULL; i++) {
        g_ptr_array_add(argv, g_strdup(args[i]));
    }
    g_ptr_array_add(argv, NULL);
    GError *error = NULL;
    char *out = NULL;
    int status = -1;
    g_spawn_sync(g_getenv("TESTDATA"), (char **)argv->pdata, environment, G_SPAWN_DEFAULT, NULL,
                 NULL, &out, NULL, &status, &error);
    g_assert_no_error(error);
    g_assert_cmpint(status, ==, 0);
    return out;
}

static char *cpa_prints(const char *words)
{
    return output_of(g_getenv("CPA"), words);
}

#define assert_error(error, code_)                           \
    do {                                                     \
        g_assert_error(error, CPA_ERROR, CPA_ERROR_##code_); \
        g_clear_error(&(error));                             \
    } while (0)

/* Like g_assert_cmpstr(), but shows the first line that differs instead of two reports. */
static void assert_same_text(const char *got, const char *wanted)
{
    while (*got != '\0' && *got == *wanted) {
        size_t n = strcspn(got, "\n");
        if (strncmp(got, wanted, n + 1) != 0) {
            break;
        }
        got += n + (got[n] == '\n');
        wanted += n + (wanted[n] == '\n');
    }
    g_autofree char *got_line = g_strndup(got, strcspn(got, "\n"));
    g_autofree char *wanted_line = g_strndup(wanted, strcspn(wanted, "\n"));
    g_assert_cmpstr(got_line, ==, wanted_line);
    g_assert_cmpint(*got, ==, *wanted);
}

/* The report is what cpa prints for these words. */
static void assert_prints(const CpaProfile *profile, const char *name, const CpaSettings *settings,
                          const char *words)
{
    g_autofree char *got = report(profile, name, settings);
    g_autofree char *wanted = cpa_prints(words);
    assert_same_text(got, wanted);
}

static int64_t sum_values(const CpaProfile *profile, size_t type)
{
    int64_t sum = 0;
    g_autoptr(CpaWalk) walk = cpa_walk_new(profile);
    while (cpa_walk_next(walk)) {
        sum += cpa_walk_value(walk, type);
    }
    return sum;
}

static void count_warning(const char *message, gpointer data)
{
    g_assert_cmpstr(message, !=, "");
    ++*(int *)data;
}

/* --- Loading ---------------------------------------------------------------------------------- */

static void test_load(void)
{
    GError *error = NULL;
    g_autoptr(CpaProfile) profile = load("go-cpu.pb.gz");
    assert_prints(profile, "top", NULL, "-top go-cpu.pb.gz");

    g_assert_null(cpa_profile_load_file("/nonexistent/x", &error));
    g_assert_true(g_str_has_prefix(error->message, "/nonexistent/x: "));
    assert_error(error, IO);
    g_assert_null(cpa_profile_load_file(g_getenv("CPA"), &error));
    assert_error(error, NOT_RECOGNIZED);
    g_assert_null(cpa_profile_load_file("/nonexistent/x", NULL));
}

static void test_load_several(void)
{
    GError *error = NULL;
    int n_warnings = 0;
    g_autofree char *old = data_file("go-cpu-old.pb.gz");
    g_autofree char *new_ = data_file("go-cpu-new.pb.gz");
    const char *const sources[] = {old, new_, "/nonexistent/x", NULL};
    g_autoptr(CpaSettings) settings = settings_of("add_comment", "hello", NULL);
    cpa_settings_set_warn(settings, count_warning, &n_warnings);
    g_autoptr(CpaProfile) profile = cpa_profile_load(sources, "/bin/shop", settings, &error);
    g_assert_no_error(error);
    g_assert_cmpint(n_warnings, ==, 2); /* the one that failed, and how many did not */
    g_assert_cmpstr(cpa_profile_mapping_file(profile, 0), ==, "/bin/shop");
    g_assert_cmpstr(cpa_profile_comment(profile, 0), ==, "hello");
    g_assert_null(cpa_profile_comment(profile, 1));
    assert_prints(profile, "folded", NULL, "-folded go-cpu-old.pb.gz go-cpu-new.pb.gz");
}

static void test_load_base(void)
{
    GError *error = NULL;
    g_autofree char *old = data_file("go-cpu-old.pb.gz");
    g_autofree char *new_ = data_file("go-cpu-new.pb.gz");
    const char *const sources[] = {new_, NULL};
    g_autoptr(CpaSettings) settings = settings_of("diff_base", old, "normalize", "true", NULL);
    g_autoptr(CpaProfile) profile = cpa_profile_load(sources, NULL, settings, &error);
    g_assert_no_error(error);
    assert_prints(profile, "top", NULL,
                  "-top -normalize -diff_base=go-cpu-old.pb.gz go-cpu-new.pb.gz");
    assert_prints(profile, "diff", NULL, "diff -normalize go-cpu-old.pb.gz go-cpu-new.pb.gz");

    cpa_settings_set(settings, "base", old, NULL);
    g_assert_null(cpa_profile_load(sources, NULL, settings, &error));
    assert_error(error, USAGE);
    cpa_settings_set(settings, "base", NULL, NULL);
    cpa_settings_set(settings, "diff_base", "", NULL);
    g_assert_null(cpa_profile_load(sources, NULL, settings, &error));
    assert_error(error, USAGE); /* normalize by what? */
}

static void test_load_bytes(void)
{
    GError *error = NULL;
    g_autofree char *path = data_file("go-heap.pb.gz");
    g_autofree char *bytes = NULL;
    size_t n = 0;
    g_assert_true(g_file_get_contents(path, &bytes, &n, NULL));
    /* A base is for files: see cpa_profile_subtract(). */
    g_autoptr(CpaSettings) settings = settings_of("base", path, "buildid", "abc", NULL);
    g_autoptr(CpaProfile) profile = cpa_profile_load_bytes("heap", bytes, n, settings, &error);
    g_assert_no_error(error);
    assert_prints(profile, "raw", NULL, "-raw go-heap.pb.gz");

    g_assert_null(cpa_profile_load_bytes("cut", bytes, n / 2, NULL, &error));
    g_assert_true(g_str_has_prefix(error->message, "cut: "));
    assert_error(error, MALFORMED);
    g_assert_null(cpa_profile_load_bytes("nothing", NULL, 0, NULL, &error));
    g_assert_true(g_str_has_prefix(error->message, "nothing: "));
    assert_error(error, NOT_RECOGNIZED);
    cpa_settings_set(settings, "max_size", "1kB", NULL);
    g_assert_null(cpa_profile_load_bytes("large", bytes, n, settings, &error));
    assert_error(error, TOO_LARGE);
}

/* --- Combining -------------------------------------------------------------------------------- */

static void test_merge(void)
{
    GError *error = NULL;
    g_autoptr(CpaProfile) old = load("go-cpu-old.pb.gz");
    g_autoptr(CpaProfile) new_ = load("go-cpu-new.pb.gz");
    CpaProfile *const both[] = {old, new_};
    g_autoptr(CpaProfile) sum = cpa_profile_merge(both, 2, &error);
    g_assert_no_error(error);
    assert_prints(sum, "raw", NULL, "-raw go-cpu-old.pb.gz go-cpu-new.pb.gz");
    g_autoptr(CpaProfile) one = cpa_profile_merge(both, 1, &error);
    assert_prints(one, "raw", NULL, "-raw go-cpu-old.pb.gz");
}

/* One sample of 7 us, and nothing else. */
static const char micro[] = "\x0a\x04\x08\x01\x10\x02"         /* sample type: cpu, microseconds */
                            "\x12\x02\x10\x07"                 /* sample */
                            "\x5a\x04\x08\x01\x10\x03\x60\x0a" /* period: 10, cpu, nanoseconds */
                            "\x32\0\x32\3cpu\x32\x0cmicroseconds\x32\x0bnanoseconds";

/* Sample types differ: the merged profile is adjusted, those that the caller holds are not. */
static void test_merge_unlike(void)
{
    GError *error = NULL;
    g_autoptr(CpaProfile) cpu = load("go-cpu.pb.gz");
    g_autoptr(CpaProfile) heap = load("go-heap.pb.gz");
    g_autoptr(CpaProfile) small =
        cpa_profile_load_bytes("micro", micro, sizeof micro - 1, NULL, &error);
    g_assert_no_error(error);
    CpaProfile *const all[] = {cpu, small, cpu};
    g_autoptr(CpaProfile) sum = cpa_profile_merge(all, 3, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(cpa_profile_n_sample_types(sum), ==, 1);
    g_assert_cmpstr(cpa_profile_sample_unit(sum, 0), ==, "nanoseconds");
    g_assert_cmpint(sum_values(sum, 0), ==, 2 * sum_values(cpu, 1) + 7000);
    g_autoptr(CpaProfile) rest = cpa_profile_subtract(small, cpu, CPA_SUBTRACT_PLAIN, &error);
    g_assert_no_error(error);
    g_assert_cmpint(sum_values(rest, 0), ==, 7000 - sum_values(cpu, 1));

    CpaProfile *const unlike[] = {heap, cpu};
    g_assert_null(cpa_profile_merge(unlike, 2, &error));
    assert_error(error, USAGE);
    g_assert_null(cpa_profile_subtract(small, cpu, CPA_SUBTRACT_NORMALIZE, &error));
    assert_error(error, USAGE);
    assert_prints(cpu, "raw", NULL, "-raw go-cpu.pb.gz");
    assert_prints(heap, "raw", NULL, "-raw go-heap.pb.gz");
    g_assert_cmpstr(cpa_profile_sample_unit(small, 0), ==, "microseconds");
}

static void test_subtract(void)
{
    GError *error = NULL;
    g_autoptr(CpaProfile) old = load("go-cpu-old.pb.gz");
    g_autoptr(CpaProfile) new_ = load("go-cpu-new.pb.gz");
    g_autoptr(CpaProfile) plain = cpa_profile_subtract(new_, old, CPA_SUBTRACT_PLAIN, &error);
    g_assert_no_error(error);
    assert_prints(plain, "raw", NULL, "-raw -base=go-cpu-old.pb.gz go-cpu-new.pb.gz");
    g_autoptr(CpaProfile) diff =
        cpa_profile_subtract(new_, old, CPA_SUBTRACT_DIFF | CPA_SUBTRACT_NORMALIZE, &error);
    g_assert_no_error(error);
    assert_prints(diff, "diff", NULL, "diff -normalize go-cpu-old.pb.gz go-cpu-new.pb.gz");
    assert_prints(old, "raw", NULL, "-raw go-cpu-old.pb.gz");
    assert_prints(new_, "raw", NULL, "-raw go-cpu-new.pb.gz");
}

static void test_filter(void)
{
    GError *error = NULL;
    int n_warnings = 0;
    g_autoptr(CpaProfile) profile = load("go-cpu.pb.gz");
    g_autoptr(CpaSettings) settings =
        settings_of("focus", "json", "hide", "reflect", "tagroot", "stage", NULL);
    cpa_settings_set_warn(settings, count_warning, &n_warnings);
    g_autoptr(CpaProfile) rest = cpa_profile_filter(profile, settings, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(cpa_profile_n_samples(rest), <, cpa_profile_n_samples(profile));
    assert_prints(rest, "folded", NULL,
                  "-folded -focus=json -hide=reflect -tagroot=stage go-cpu.pb.gz");
    g_assert_cmpint(n_warnings, ==, 0);

    cpa_settings_set(settings, "focus", "no such function", NULL);
    g_autoptr(CpaProfile) none = cpa_profile_filter(profile, settings, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(cpa_profile_n_samples(none), ==, 0);
    g_assert_cmpint(n_warnings, ==, 1);
    cpa_settings_set(settings, "focus", "(", NULL);
    g_assert_null(cpa_profile_filter(profile, settings, &error));
    assert_error(error, USAGE);
}

static void test_write(void)
{
    GError *error = NULL;
    g_autoptr(CpaProfile) profile = load("cpp-cpu-symbols.pb.gz");
    g_autoptr(GBytes) bytes = cpa_profile_to_bytes(profile, &error);
    g_assert_no_error(error);
    size_t n = 0;
    const void *data = g_bytes_get_data(bytes, &n);
    g_autoptr(CpaProfile) again = cpa_profile_load_bytes("again", data, n, NULL, &error);
    g_assert_no_error(error);
    assert_prints(again, "raw", NULL, "-raw cpp-cpu-symbols.pb.gz");

    g_autofree char *path = NULL;
    int fd = g_file_open_tmp("cpa-test-XXXXXX", &path, NULL);
    g_assert_true(cpa_profile_to_fd(profile, fd, &error));
    g_assert_cmpint(close(fd), ==, 0);
    g_autofree char *written = NULL;
    size_t n_written = 0;
    g_assert_true(g_file_get_contents(path, &written, &n_written, NULL));
    unlink(path);
    g_assert_cmpmem(written, n_written, data, n);
}

/* --- What is in a profile --------------------------------------------------------------------- */

static void test_header(void)
{
    g_autoptr(CpaProfile) profile = load("go-cpu.pb.gz");
    const char *type = NULL;
    const char *unit = NULL;
    g_assert_cmpuint(cpa_profile_n_sample_types(profile), ==, 2);
    g_assert_cmpstr(cpa_profile_sample_type(profile, 0), ==, "samples");
    g_assert_cmpstr(cpa_profile_sample_unit(profile, 1), ==, "nanoseconds");
    g_assert_cmpuint(cpa_profile_default_sample_type(profile), ==, 1);
    g_assert_cmpint(cpa_profile_period(profile, &type, &unit), ==, 10000000);
    g_assert_cmpstr(type, ==, "cpu");
    g_assert_cmpstr(unit, ==, "nanoseconds");
    g_assert_cmpint(cpa_profile_period(profile, NULL, NULL), ==, 10000000);
    g_assert_cmpint(cpa_profile_time_ns(profile), ==, INT64_C(1795225457221854849));
    g_assert_cmpint(cpa_profile_duration_ns(profile) / 1000000, ==, 2038);
    g_assert_cmpuint(cpa_profile_n_mappings(profile), ==, 3);
    g_assert_cmpstr(cpa_profile_mapping_file(profile, 1), ==, "[vdso]");
    g_assert_cmpstr(cpa_profile_mapping_build_id(profile, 0), ==,
                    "301109aee697c7bc65ccdc673478dd6e06419d0b");
    g_assert_cmpstr(cpa_profile_mapping_build_id(profile, 1), ==, "");
    g_assert_cmpuint(cpa_profile_n_samples(profile), ==, 330);
    g_assert_cmpuint(cpa_profile_n_locations(profile), >, cpa_profile_n_functions(profile));

    g_autoptr(CpaProfile) allocs = load("go-allocs.pb.gz");
    g_assert_cmpuint(cpa_profile_default_sample_type(allocs), ==, 1);
    g_autoptr(CpaProfile) shared = cpa_profile_dup(allocs);
    g_assert_true(shared == allocs);
}

static void test_walk(void)
{
    g_autoptr(CpaProfile) profile = load("tiny.pb");
    g_autoptr(CpaWalk) walk = cpa_walk_new(profile);
    g_clear_pointer(&profile, cpa_profile_free); /* the walk keeps it */
    g_assert_cmpuint(cpa_walk_n_frames(walk), ==, 0);
    g_assert_true(cpa_walk_next(walk));
    g_assert_cmpint(cpa_walk_value(walk, 0), ==, 3);
    g_assert_cmpint(cpa_walk_value(walk, 1), ==, 30);
    g_assert_cmpuint(cpa_walk_n_frames(walk), ==, 2);
    g_assert_cmpstr(cpa_walk_function(walk, 0), ==, "work");
    g_assert_cmpstr(cpa_walk_function(walk, 1), ==, "main");
    g_assert_cmpstr(cpa_walk_file(walk, 0), ==, "main.c");
    g_assert_cmpint(cpa_walk_line(walk, 0), ==, 20);
    g_assert_cmpuint(cpa_walk_address(walk, 0), ==, 0x1020);
    g_assert_cmpstr(cpa_walk_binary(walk, 0), ==, "/bin/example");
    g_assert_false(cpa_walk_is_inlined(walk, 0));
    g_assert_cmpuint(cpa_walk_n_labels(walk), ==, 0);
    g_assert_true(cpa_walk_next(walk));
    g_assert_cmpuint(cpa_walk_n_frames(walk), ==, 1);
    g_assert_false(cpa_walk_next(walk));
    g_assert_cmpuint(cpa_walk_n_frames(walk), ==, 0);
    g_assert_false(cpa_walk_next(walk));
}

/* Inlined frames, labels, and the sum of all values, against the reports. */
static void test_walk_large(void)
{
    g_autoptr(CpaProfile) profile = load("go-heap.pb.gz");
    g_autoptr(CpaWalk) walk = cpa_walk_new(profile);
    size_t n_samples = 0;
    size_t n_inlined = 0;
    int64_t n_bytes = 0;
    int64_t total = 0;
    while (cpa_walk_next(walk)) {
        n_samples++;
        total += cpa_walk_value(walk, 3);
        for (size_t i = 0; i < cpa_walk_n_frames(walk); i++) {
            n_inlined += cpa_walk_is_inlined(walk, i);
            if (cpa_walk_is_inlined(walk, i)) {
                g_assert_cmpuint(cpa_walk_address(walk, i), ==, cpa_walk_address(walk, i + 1));
            }
        }
        for (size_t i = 0; i < cpa_walk_n_labels(walk); i++) {
            const char *unit = NULL;
            if (strcmp(cpa_walk_label_key(walk, i), "bytes") == 0) {
                g_assert_null(cpa_walk_label_text(walk, i));
                n_bytes += cpa_walk_label_number(walk, i, &unit) > 0;
                g_assert_cmpstr(unit, ==, ""); /* Go writes none */
            }
        }
    }
    g_assert_cmpuint(n_samples, ==, cpa_profile_n_samples(profile));
    g_assert_cmpuint(n_inlined, >, 0);
    g_assert_cmpint(n_bytes, ==, (int64_t)n_samples);
    g_autofree char *folded = cpa_prints("-folded go-heap.pb.gz");
    g_auto(GStrv) lines = g_strsplit(folded, "\n", -1);
    int64_t folded_total = 0;
    for (size_t i = 0; lines[i] != NULL && lines[i][0] != '\0'; i++) {
        folded_total += g_ascii_strtoll(strrchr(lines[i], ' ') + 1, NULL, 10);
    }
    g_assert_cmpint(total, ==, folded_total);

    g_autoptr(CpaProfile) cpu = load("go-cpu.pb.gz");
    g_autoptr(CpaWalk) labelled = cpa_walk_new(cpu);
    g_assert_true(cpa_walk_next(labelled));
    g_assert_cmpuint(cpa_walk_n_labels(labelled), ==, 2);
    g_assert_cmpstr(cpa_walk_label_key(labelled, 1), ==, "tenant");
    g_assert_cmpstr(cpa_walk_label_text(labelled, 1), ==, "globex");
    g_assert_cmpint(cpa_walk_label_number(labelled, 1, NULL), ==, 0);
}

/* --- Settings and reports --------------------------------------------------------------------- */

static void assert_setting(const CpaSettings *settings, const char *name, const char *wanted)
{
    g_autofree char *value = cpa_settings_get(settings, name);
    g_assert_cmpstr(value, ==, wanted);
}

static void test_settings(void)
{
    GError *error = NULL;
    g_autoptr(CpaSettings) settings =
        settings_of("focus", "a", "sort", "cum", "nodecount", "7", "base", "x", "base", "y", NULL);
    assert_setting(settings, "focus", "a");
    assert_setting(settings, "sort", "cum");
    assert_setting(settings, "nodecount", "7");
    assert_setting(settings, "trim", "true");
    assert_setting(settings, "nodefraction", "0.005");
    assert_setting(settings, "base", "y");
    assert_setting(settings, "diff_base", "");
    assert_setting(settings, "no such option", NULL);

    g_autoptr(CpaSettings) copy = cpa_settings_dup(settings);
    g_assert_true(cpa_settings_set(settings, "focus", NULL, NULL));
    g_assert_true(cpa_settings_set(settings, "base", "", NULL));
    assert_setting(settings, "focus", "");
    assert_setting(settings, "base", "");
    assert_setting(copy, "focus", "a");
    assert_setting(copy, "base", "y");

    g_assert_false(cpa_settings_set(copy, "focsu", "a", &error));
    g_assert_nonnull(strstr(error->message, "did you mean focus?"));
    assert_error(error, USAGE);
    g_assert_false(cpa_settings_set(copy, "cum", "true", &error));
    g_assert_nonnull(strstr(error->message, "sort"));
    assert_error(error, USAGE);
    g_assert_false(cpa_settings_set(copy, "nodecount", "many", &error));
    assert_error(error, USAGE);
    g_assert_false(cpa_settings_set(copy, "sort", "size", &error));
    assert_error(error, USAGE);
    assert_setting(copy, "nodecount", "7");
    assert_setting(copy, "sort", "cum");
}

static void test_presets(void)
{
    int n_warnings = 0;
    g_autoptr(CpaProfile) profile = load("go-heap.pb.gz");
    g_autoptr(CpaSettings) settings = settings_of("alloc_space", "true", "noinlines", "true", NULL);
    cpa_settings_set_warn(settings, count_warning, &n_warnings);
    assert_prints(profile, "top", settings, "-top -alloc_space -noinlines go-heap.pb.gz");
    g_assert_cmpint(n_warnings, ==, 0);
    cpa_settings_set(settings, "sample_index", "0", NULL);
    assert_prints(profile, "top", settings, "-top -sample_index=0 -noinlines go-heap.pb.gz");
    g_assert_cmpint(n_warnings, ==, 1);
}

static void test_report(void)
{
    GError *error = NULL;
    g_autoptr(CpaProfile) profile = load("go-cpu.pb.gz");
    g_autofree char *text = report(profile, "text", NULL);
    g_autoptr(GBytes) bytes = cpa_report_to_bytes(profile, "top", NULL, NULL, &error);
    g_assert_cmpmem(text, strlen(text), g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
    g_autofree char *path = NULL;
    int fd = g_file_open_tmp("cpa-test-XXXXXX", &path, NULL);
    g_assert_true(cpa_report_to_fd(profile, "top", NULL, NULL, fd, &error));
    g_assert_cmpint(close(fd), ==, 0);
    g_autofree char *written = NULL;
    g_assert_true(g_file_get_contents(path, &written, NULL, NULL));
    unlink(path);
    g_assert_cmpstr(written, ==, text);
    g_autofree char *peek = cpa_report_to_string(profile, "peek", "mallocgc", NULL, &error);
    g_assert_no_error(error);
    g_assert_nonnull(strstr(peek, "runtime.mallocgc"));
    g_autoptr(GBytes) proto = cpa_report_to_bytes(profile, "proto", NULL, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpmem(g_bytes_get_data(proto, NULL), 2, "\x1f\x8b", 2);
}

static void test_report_errors(void)
{
    GError *error = NULL;
    g_autoptr(CpaProfile) profile = load("go-cpu.pb.gz");
    g_assert_null(cpa_report_to_string(profile, "tpo", NULL, NULL, &error));
    g_assert_nonnull(strstr(error->message, "did you mean top?"));
    assert_error(error, USAGE);
    g_assert_null(cpa_report_to_string(profile, "peek", NULL, NULL, &error));
    assert_error(error, USAGE);
    g_assert_null(cpa_report_to_bytes(profile, "peek", "(", NULL, &error));
    assert_error(error, USAGE);
    g_assert_null(cpa_report_to_bytes(profile, "top", "main", NULL, &error));
    assert_error(error, USAGE);
    g_assert_null(cpa_report_to_string(profile, "proto", NULL, NULL, &error));
    assert_error(error, USAGE);
    g_assert_null(cpa_report_to_string(profile, "diff", NULL, NULL, &error));
    assert_error(error, USAGE);
    g_autoptr(CpaSettings) settings = settings_of("sample_index", "nonsense", NULL);
    g_assert_null(cpa_report_to_string(profile, "top", NULL, settings, &error));
    assert_error(error, USAGE);
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    if (full >= 0) {
        g_assert_false(cpa_report_to_fd(profile, "top", NULL, NULL, full, &error));
        assert_error(error, IO);
        g_assert_false(cpa_profile_to_fd(profile, full, &error));
        assert_error(error, IO);
        close(full);
    }
}

static void test_lists(void)
{
    size_t n = 0;
    g_assert_cmpstr(cpa_report_name(0), ==, "top");
    for (; cpa_report_name(n) != NULL; n++) {
        g_assert_cmpstr(cpa_report_summary(n), !=, "");
    }
    g_assert_null(cpa_report_summary(n));
    for (n = 0; cpa_format_name(n) != NULL; n++) {
        g_assert_cmpstr(cpa_format_summary(n), !=, "");
    }
    g_assert_cmpuint(n, >, 0);
    g_assert_null(cpa_format_summary(n));
    g_autoptr(CpaSettings) settings = cpa_settings_new();
    for (n = 0; cpa_option_name(n) != NULL; n++) {
        g_autofree char *value = cpa_settings_get(settings, cpa_option_name(n));
        g_assert_nonnull(value);
        g_assert_cmpstr(cpa_option_help(n), !=, "");
    }
    g_assert_null(cpa_option_help(n));
    g_assert_cmpstr(cpa_version(), ==, PACKAGE_VERSION);
}

static void test_caller_bugs(void)
{
    GError *error = NULL;
    g_autoptr(CpaProfile) profile = load("tiny.pb");
    g_autoptr(CpaWalk) walk = cpa_walk_new(profile);
    for (int i = 0; i < 5; i++) {
        g_test_expect_message("cpa", G_LOG_LEVEL_CRITICAL, "*assertion*failed*");
    }
    g_assert_null(cpa_report_to_string(NULL, "top", NULL, NULL, &error));
    g_assert_cmpuint(cpa_profile_n_samples(NULL), ==, 0);
    g_assert_null(cpa_profile_sample_type(profile, 2));
    g_assert_cmpint(cpa_walk_value(walk, 0), ==, 0); /* before the first sample */
    g_assert_null(cpa_profile_merge(NULL, 0, &error));
    g_test_assert_expected_messages();
    g_assert_no_error(error);
    cpa_profile_free(NULL);
    cpa_settings_free(NULL);
    cpa_walk_free(NULL);
}

/* --- Threads ---------------------------------------------------------------------------------- */

typedef struct {
    CpaProfile *profile;
    CpaSettings *settings;
    char *expected;
    const char *report;
} Job;

static gpointer work(gpointer data)
{
    const Job *job = data;
    for (int i = 0; i < 5; i++) {
        g_autoptr(CpaProfile) mine = cpa_profile_dup(job->profile);
        g_autofree char *text = report(mine, job->report, job->settings);
        g_assert_cmpstr(text, ==, job->expected);
        g_autoptr(CpaProfile) rest = cpa_profile_filter(mine, job->settings, NULL);
        g_autoptr(CpaWalk) walk = cpa_walk_new(rest);
        while (cpa_walk_next(walk)) {
            g_assert_cmpstr(cpa_walk_function(walk, 0), !=, NULL);
        }
        CpaProfile *const both[] = {mine, rest};
        g_autoptr(CpaProfile) sum = cpa_profile_merge(both, 2, NULL);
        g_assert_nonnull(sum);
    }
    return NULL;
}

static void test_threads(void)
{
    g_autoptr(CpaProfile) profile = load("go-cpu.pb.gz");
    g_autoptr(CpaSettings) settings = settings_of("focus", "json|mallocgc", NULL);
    const char *const reports[] = {"tree", "traces", "dot"};
    Job jobs[G_N_ELEMENTS(reports)];
    GThread *threads[G_N_ELEMENTS(reports)];
    for (size_t i = 0; i < G_N_ELEMENTS(reports); i++) {
        jobs[i] = (Job){profile, settings, report(profile, reports[i], settings), reports[i]};
    }
    for (size_t i = 0; i < G_N_ELEMENTS(reports); i++) {
        threads[i] = g_thread_new("report", work, &jobs[i]);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(reports); i++) {
        g_thread_join(threads[i]);
        g_free(jobs[i].expected);
    }
}

/* --- The example ------------------------------------------------------------------------------ */

/* Adds up "stack value" lines: equal stacks are one line of the report folded. */
static GHashTable *sum_stacks(const char *text)
{
    GHashTable *sums = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (size_t i = 0; lines[i] != NULL && lines[i][0] != '\0'; i++) {
        char *blank = strrchr(lines[i], ' ');
        g_assert_nonnull(blank);
        *blank = '\0';
        const int64_t *before = g_hash_table_lookup(sums, lines[i]);
        int64_t sum = (before != NULL ? *before : 0) + g_ascii_strtoll(blank + 1, NULL, 10);
        g_hash_table_insert(sums, g_strdup(lines[i]), g_memdup2(&sum, sizeof sum));
    }
    return sums;
}

static void test_example(void)
{
    g_autofree char *out = output_of(self, "json go-cpu-old.pb.gz go-cpu-new.pb.gz");
    g_autofree char *top = cpa_prints("-top -cum -focus=json go-cpu-old.pb.gz go-cpu-new.pb.gz");
    g_assert_true(g_str_has_prefix(out, top));
    const char *stacks = out + strlen(top);
    g_assert_true(g_str_has_prefix(stacks, "\n"));
    g_autoptr(GHashTable) got = sum_stacks(stacks + 1);
    g_autofree char *folded = cpa_prints("-folded -focus=json go-cpu-old.pb.gz go-cpu-new.pb.gz");
    g_autoptr(GHashTable) wanted = sum_stacks(folded);
    g_assert_cmpuint(g_hash_table_size(got), ==, g_hash_table_size(wanted));
    g_assert_cmpuint(g_hash_table_size(got), >, 10);
    GHashTableIter iter;
    gpointer stack = NULL;
    gpointer sum = NULL;
    g_hash_table_iter_init(&iter, wanted);
    while (g_hash_table_iter_next(&iter, &stack, &sum)) {
        const int64_t *mine = g_hash_table_lookup(got, stack);
        g_assert_nonnull(mine);
        g_assert_cmpint(*mine, ==, *(const int64_t *)sum);
    }
}

static void test_example_errors(void)
{
    char name[] = "example";
    char *argv[] = {name, name, name, name, NULL};
    if (g_test_subprocess()) {
        exit(example_main(4, argv));
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_failed();
    g_test_trap_assert_stderr("example: example: *");
    g_test_trap_assert_stdout_unmatched("*Showing*");
}

/* doc/library.md shows doc/example.c as it is. */
static void test_example_text(void)
{
    g_autofree char *source = NULL;
    g_autofree char *text = NULL;
    g_autofree char *source_path = g_test_build_filename(G_TEST_DIST, "doc", "example.c", NULL);
    g_autofree char *text_path = g_test_build_filename(G_TEST_DIST, "doc", "library.md", NULL);
    g_assert_true(g_file_get_contents(source_path, &source, NULL, NULL));
    g_assert_true(g_file_get_contents(text_path, &text, NULL, NULL));
    char *begin = strstr(text, "```c\n");
    g_assert_nonnull(begin);
    begin += strlen("```c\n");
    char *end = strstr(begin, "```\n");
    g_assert_nonnull(end);
    *end = '\0';
    g_assert_cmpstr(begin, ==, source);
}

int main(int argc, char **argv)
{
    self = argv[0];
    if (g_getenv("CPA_TEST_EXAMPLE") != NULL) {
        return example_main(argc, argv);
    }
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/api/load", test_load);
    g_test_add_func("/api/load/several", test_load_several);
    g_test_add_func("/api/load/base", test_load_base);
    g_test_add_func("/api/load/bytes", test_load_bytes);
    g_test_add_func("/api/merge", test_merge);
    g_test_add_func("/api/merge/unlike", test_merge_unlike);
    g_test_add_func("/api/subtract", test_subtract);
    g_test_add_func("/api/filter", test_filter);
    g_test_add_func("/api/write", test_write);
    g_test_add_func("/api/header", test_header);
    g_test_add_func("/api/walk", test_walk);
    g_test_add_func("/api/walk/large", test_walk_large);
    g_test_add_func("/api/settings", test_settings);
    g_test_add_func("/api/settings/presets", test_presets);
    g_test_add_func("/api/report", test_report);
    g_test_add_func("/api/report/errors", test_report_errors);
    g_test_add_func("/api/lists", test_lists);
    g_test_add_func("/api/caller-bugs", test_caller_bugs);
    g_test_add_func("/api/threads", test_threads);
    g_test_add_func("/api/example", test_example);
    g_test_add_func("/api/example/errors", test_example_errors);
    g_test_add_func("/api/example/text", test_example_text);
    return g_test_run();
}
