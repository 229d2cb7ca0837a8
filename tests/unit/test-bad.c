/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bad input as a user meets it: the program is run on each file of testdata/bad and on other
 * things that are no profile. Whatever is wrong, it ends soon with status 1 (2 for a command that
 * cannot be meant), prints nothing but one line that names the file and says what is wrong, and
 * leaves no file behind.
 */
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fence.h"

#ifdef CPA_HAS_FENCES /* under a sanitizer */
#define MAX_SECONDS 10.0
#define MAX_KIB     (1 << 20)
#else
#define MAX_SECONDS 1.0
#define MAX_KIB     (64 << 10)
#endif

typedef struct {
    int status;
    char *out;
    char *err;
    double cpu_seconds;
    long max_kib; /* resident, at most */
} Result;

static char *scratch;  /* directory of this run */
static char *testdata; /* absolute */
static char *program;

static void result_clear(Result *result)
{
    g_free(result->out);
    g_free(result->err);
}

static char *in_scratch(const char *name)
{
    return g_build_filename(scratch, name, NULL);
}

static char *slurp(const char *name)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = in_scratch(name);
    char *text = NULL;
    g_file_get_contents(path, &text, NULL, &error);
    g_assert_no_error(error);
    return text;
}

static void redirect(int fd, const char *path, int flags)
{
    int opened = open(path, flags, 0600);
    if (opened < 0 || dup2(opened, fd) < 0) {
        _exit(126);
    }
    close(opened);
}

/* Runs the program in the scratch directory; standard input is a file, or NULL for none. */
static Result run(const char *const *args, const char *input)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    g_ptr_array_add(argv, program);
    for (; *args != NULL; args++) {
        g_ptr_array_add(argv, (gpointer)*args);
    }
    g_ptr_array_add(argv, NULL);
    pid_t child = fork();
    g_assert_cmpint(child, >=, 0);
    if (child == 0) {
        if (chdir(scratch) != 0) {
            _exit(126);
        }
        redirect(STDIN_FILENO, input != NULL ? input : "/dev/null", O_RDONLY);
        redirect(STDOUT_FILENO, "out", O_WRONLY | O_CREAT | O_TRUNC);
        redirect(STDERR_FILENO, "err", O_WRONLY | O_CREAT | O_TRUNC);
        execv(program, (char **)argv->pdata);
        _exit(127);
    }
    struct rusage usage;
    int wait_status = 0;
    g_assert_cmpint(wait4(child, &wait_status, 0, &usage), ==, child);
    g_assert_true(WIFEXITED(wait_status));
    return (Result){
        .status = WEXITSTATUS(wait_status),
        .out = slurp("out"),
        .err = slurp("err"),
        .cpu_seconds = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6,
        .max_kib = usage.ru_maxrss,
    };
}

/* One line of printable text "cpa: ..." that holds both texts. */
static void assert_message(const char *err, const char *start, const char *says)
{
    g_autofree char *prefix = g_strconcat("cpa: ", start, NULL);
    g_test_message("%s", err);
    g_assert_true(g_str_has_prefix(err, prefix));
    if (strstr(err, says) == NULL) {
        g_error("the message does not say \"%s\": %s", says, err);
    }
    const char *newline = strchr(err, '\n');
    g_assert_nonnull(newline);
    g_assert_cmpstr(newline, ==, "\n");
    g_assert_true(g_utf8_validate(err, -1, NULL));
    for (const char *c = err; c < newline; c++) {
        g_assert_false(g_ascii_iscntrl(*c));
    }
}

static void assert_refused(const Result *result, int status, const char *start, const char *says)
{
    assert_message(result->err, start, says);
    g_assert_cmpstr(result->out, ==, "");
    g_assert_cmpint(result->status, ==, status);
    g_assert_cmpfloat(result->cpu_seconds, <, MAX_SECONDS);
    g_assert_cmpint(result->max_kib, <, MAX_KIB);
}

/* `cpa ARGS` is refused with a message that begins with `start` and holds `says`. */
static void refuse(int status, const char *start, const char *says, const char *input,
                   const char *const *args)
{
    Result result = run(args, input);
    assert_refused(&result, status, start, says);
    result_clear(&result);
}

#define ARGS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* ---- files ---------------------------------------------------------------------------------- */

typedef struct {
    const char *file;
    const char *says; /* behind "FILE: " */
} BadFile;

static const BadFile bad_files[] = {
    {"bad/bomb-10mb.gz", "not a profile: unpacked, this is zero bytes instead of data"},
    {"bad/cpu-huge-depth.prof", "gperftools cpu: offset 0x28: stack larger than the rest"},
    {"bad/data.json", "not a profile: this is a JSON document"},
    {"bad/elf-head.bin", "not a profile: this is an ELF program"},
    {"bad/empty.gz", "empty when unpacked; what should have written the profile failed"},
    {"bad/empty.prof", "empty; what should have written the profile failed"},
    {"bad/error-page.html", "not a profile: this is an HTML page"},
    {"bad/function-duplicate.pb", "pprof: offset 0x60: a second function has the id 2"},
    {"bad/function-missing.pb", "pprof: offset 0x3d: a line refers to a function that does not"},
    {"bad/function-zero.pb", "pprof: offset 0x56: a function has the id 0"},
    {"bad/goroutine-bad-count.txt", "go count: offset 0x1b: not a sample"},
    {"bad/goroutine-debug2.txt", "this is a goroutine dump with full stacks; fetch it again with"},
    {"bad/gzip-bad-crc.pb.gz", ": the compressed data is corrupt (incorrect data check)"},
    {"bad/gzip-flipped-bit.pb.gz", ": the compressed data is corrupt (incorrect data check)"},
    {"bad/gzip-head-only.gz", "gzip: offset 0xa: the file ends in the middle of the compressed"},
    {"bad/gzip-trailing-garbage.pb.gz", "gzip: offset 0xaa3: bytes that are not gzip follow"},
    {"bad/heap-garbage-line.prof", "heap: offset 0xcf: not a sample"},
    {"bad/heap-huge-number.prof", "heap: offset 0x50: number beyond 64 bits in a sample"},
    {"bad/length-huge.pb", "pprof: offset 0xac: a field claims to be 92233720368547758"},
    {"bad/length-past-end.pb", "pprof: offset 0xac: the file ends in the middle of a field"},
    {"bad/location-duplicate.pb", "pprof: offset 0x4c: a second location has the id 2"},
    {"bad/location-missing.pb", "location that does not exist, id 77"},
    {"bad/location-zero.pb", "pprof: offset 0x3d: a location has the id 0"},
    {"bad/mapping-duplicate.pb", "pprof: offset 0x2e: a second mapping has the id 1"},
    {"bad/mapping-zero.pb", "pprof: offset 0x21: a mapping has the id 0"},
    {"bad/newline.txt", "not a profile: this is white space and nothing else"},
    {"bad/no-count.folded",
     "not a profile: this is text that no known profiler writes; it begins \"main;work\"; lines"},
    {"bad/no-sample-type.pb", "pprof: offset 0x2: there are samples, but no sample types"},
    {"bad/no-strings.pb", "pprof: offset 0x4: string number 8 of 0; the file has no string table"},
    {"bad/random.bin", "not a profile: this is binary data of an unknown kind"},
    {"bad/string-index-negative.pb", "pprof: offset 0x58: string number -1 is out of range"},
    {"bad/string-index.pb", "pprof: offset 0x58: string number 900 of 9"},
    {"bad/string-zero-not-empty.pb", "pprof: offset 0x60: the first string of the string table"},
    {"bad/truncated.pb", "pprof: offset 0xb40: the file ends in the middle of a field; it was cut"},
    {"bad/truncated.pb.gz", "gzip: offset 0x551: the file ends in the middle of the compressed"},
    {"bad/values-overflow.pb", "the values of sample type cpu add up to more than 64 bits hold"},
    {"bad/values-too-few.pb", "pprof: offset 0xe: a sample has 1 values, but there are 2"},
    {"bad/values-too-many.pb", "pprof: offset 0xe: a sample has 3 values, but there are 2"},
    {"bad/varint-cut.pb", "pprof: offset 0xac: the file ends in the middle of a field"},
    {"bad/varint-overlong.pb", "pprof: offset 0xac: the bytes are no field of a protocol buffer"},
    {"bad/wire-type-group.pb", "pprof: offset 0xac: the bytes are no field of a protocol buffer"},
    {"bad/wire-type-wrong.pb", "pprof: offset 0xac: field 12 has wire type 2 instead of a number"},
    {"other/jemalloc-heap.prof", "not a profile: this is a jemalloc heap profile"},
};

static void test_file(gconstpointer data)
{
    const BadFile *bad = data;
    g_autofree char *path = g_build_filename(testdata, bad->file, NULL);
    g_autofree char *start = g_strconcat(path, ": ", NULL);
    g_autofree char *report = in_scratch("report");
    refuse(1, start, bad->says, NULL, ARGS("-top", path));
    refuse(1, start, bad->says, NULL, ARGS("-traces", "-o", "report", path));
    g_assert_false(g_file_test(report, G_FILE_TEST_EXISTS));
    refuse(1, "standard input: ", bad->says, path, ARGS("-topproto", "-"));
}

/* Every file has a row. */
static void test_table(void)
{
    g_autofree char *bad = g_build_filename(testdata, "bad", NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(GDir) dir = g_dir_open(bad, 0, &error);
    g_assert_no_error(error);
    for (const char *name; (name = g_dir_read_name(dir)) != NULL;) {
        g_autofree char *file = g_build_filename("bad", name, NULL);
        bool known = false;
        for (size_t i = 0; i < G_N_ELEMENTS(bad_files); i++) {
            known = known || strcmp(bad_files[i].file, file) == 0;
        }
        if (!known) {
            g_error("%s is not in the table of this test", file);
        }
    }
}

/* ---- texts ---------------------------------------------------------------------------------- */

typedef struct {
    const char *text;
    const char *says; /* behind "FILE: not a profile: this is " */
} Mistake;

static const Mistake mistakes[] = {
    {"404 page not found\n",
     "text that no known profiler writes; it begins \"404 page not found\""},
    {"Could not enable CPU profiling: cpu profiling already in use\n",
     "text that no known profiler writes; it begins \"Could not enable CPU profiling"},
    {"\033[31mred\a\n", "begins \"\\x1b[31mred\\x07\""},
    {"\n <!DOCTYPE html><title>Log in</title>", "an HTML page"},
    {"HTTP/1.1 200 OK\r\n\r\n\037\213", "an HTTP response with its headers"},
    {"\x1f\xef\xbf\xbd\x08", "gzip data that passed through something that takes it for text"},
    {"H4sIAAAAAAAA/w==\n", "gzip data in base64"},
    {"\x28\xb5\x2f\xfd", "zstd data"},
    {"PERFILE2", "a perf.data file; convert it with perf_to_profile"},
    {"File: shop\nType: cpu\nShowing nodes\n", "the text of a report"},
    {"go 1.22 trace", "a Go execution trace; look at it with go tool trace"},
    {"#!/bin/sh\nexit 0\n", "a script"},
};

static void test_mistakes(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(mistakes); i++) {
        g_autofree char *path = in_scratch("mistake");
        g_autofree char *says = g_strconcat("not a profile: this is ", mistakes[i].says, NULL);
        g_assert_true(g_file_set_contents(path, mistakes[i].text, -1, NULL));
        const char *shown =
            strstr(mistakes[i].says, "begins \"\\x1b") != NULL ? mistakes[i].says : says;
        refuse(1, "mistake: ", shown, NULL, ARGS("-top", "mistake"));
    }
}

/* ---- what is no file of bytes --------------------------------------------------------------- */

static void test_directory(void)
{
    refuse(1, ".: ", "this is a directory; name a profile file in it", NULL, ARGS("-top", "."));
    refuse(1, "standard input: ", "directory", ".", ARGS("-top", "-"));
}

static void test_missing(void)
{
    refuse(1, "no.prof: ", "No such file or directory", NULL, ARGS("-top", "no.prof"));
    refuse(1, "no/such/file: ", "No such file or directory", NULL, ARGS("tree", "no/such/file"));
    refuse(1, "no\\x0anews: ", "No such file or directory", NULL, ARGS("-top", "no\nnews"));
}

static void test_unreadable(void)
{
    if (geteuid() == 0) {
        g_test_skip("root reads everything");
        return;
    }
    g_autofree char *path = in_scratch("secret");
    g_assert_true(g_file_set_contents(path, "x", 1, NULL));
    g_assert_cmpint(g_chmod(path, 0), ==, 0);
    refuse(1, "secret: ", "Permission denied", NULL, ARGS("-top", "secret"));
}

static void test_empty_input(void)
{
    refuse(1, "standard input: ", "empty; what should have written the profile failed", NULL,
           ARGS("-top", "-"));
}

/* Locations that say nothing but their id: seven bytes each in the file, sixty in memory. */
static void test_memory(void)
{
    g_autoptr(GByteArray) file = g_byte_array_new();
    g_byte_array_append(file, (const guint8 *)"\n\4\10\1\20\2", 6);
    for (guint id = 1 << 21; id < (1 << 21) + 600000; id++) {
        const guint8 location[] = {0x22,
                                   5,
                                   8,
                                   (guint8)(0x80 | (id & 0x7f)),
                                   (guint8)(0x80 | (id >> 7 & 0x7f)),
                                   (guint8)(0x80 | (id >> 14 & 0x7f)),
                                   (guint8)(id >> 21)};
        g_byte_array_append(file, location, sizeof location);
    }
    g_autofree char *path = in_scratch("locations");
    g_assert_true(g_file_set_contents(path, (const char *)file->data, file->len, NULL));
    refuse(1, "locations: pprof: ", "bytes of memory, twice -max_size", NULL,
           ARGS("-top", "-max_size=5MB", "locations"));
    refuse(1, "locations: pprof: ", "string number 2 of 0", NULL,
           ARGS("-top", "-max_size=50MB", "locations"));
}

typedef struct {
    const char *path;
    const char *bytes;
    size_t size;
} Writer;

static gpointer write_fifo(gpointer data)
{
    const Writer *writer = data;
    int fd = open(writer->path, O_WRONLY);
    for (size_t done = 0; fd >= 0 && done < writer->size;) {
        ssize_t n = write(fd, writer->bytes + done, writer->size - done);
        if (n <= 0) {
            break;
        }
        done += (size_t)n;
    }
    if (fd >= 0) {
        close(fd);
    }
    return NULL;
}

static Result run_on_fifo(const char *bytes, size_t size)
{
    g_autofree char *path = in_scratch("fifo");
    g_unlink(path);
    g_assert_cmpint(mkfifo(path, 0600), ==, 0);
    Writer writer = {path, bytes, size};
    GThread *thread = g_thread_new("writer", write_fifo, &writer);
    Result result = run(ARGS("-top", "fifo"), NULL);
    g_thread_join(thread);
    return result;
}

static void test_fifo(void)
{
    g_autofree char *path = g_build_filename(testdata, "tiny.pb", NULL);
    g_autofree char *bytes = NULL;
    size_t size = 0;
    g_assert_true(g_file_get_contents(path, &bytes, &size, NULL));
    Result good = run_on_fifo(bytes, size);
    g_assert_cmpstr(good.err, ==, "");
    g_assert_cmpint(good.status, ==, 0);
    result_clear(&good);
    Result cut = run_on_fifo(bytes, size - 1);
    assert_refused(&cut, 1, "fifo: ", "pprof: offset 0x");
    result_clear(&cut);
    Result empty = run_on_fifo(bytes, 0);
    assert_refused(&empty, 1, "fifo: ", "empty; ");
    result_clear(&empty);
}

/* ---- programs ------------------------------------------------------------------------------- */

static void test_program(void)
{
    g_autofree char *start = g_strconcat(program, ": ", NULL);
    g_autofree char *profile = g_build_filename(testdata, "cpp-cpu.prof", NULL);
    refuse(1, start, "not a profile: this is an ELF program or library; name it before", NULL,
           ARGS("-top", program));
    refuse(1, start, "this is an ELF file, not a profile; a program goes before the profiles: cpa ",
           NULL, ARGS("-top", profile, program));
}

/* ---- size ----------------------------------------------------------------------------------- */

/* A profile.proto whose only string is as long as this, packed: a thousandth of it on disk. */
static void write_bomb(const char *path, size_t size)
{
    g_autofree char *bytes = g_malloc0(size);
    g_autoptr(GError) error = NULL;
    const uint8_t head[] = {0x32, 0, 0x32}; /* field 6: "", then one with a length of five bytes */
    memcpy(bytes, head, sizeof head);
    size_t length = size - sizeof head - 5;
    for (size_t i = 0; i < 5; i++) {
        bytes[sizeof head + i] = (char)((length >> (7 * i) & 0x7f) | (i < 4 ? 0x80 : 0));
    }
    g_autofree char *plain = g_strconcat(path, ".plain", NULL);
    g_file_set_contents(plain, bytes, (gssize)size, &error);
    g_assert_no_error(error);
    g_autofree char *command = g_strdup_printf("gzip -nc '%s' >'%s'", plain, path);
    g_assert_cmpint(system(command), ==, 0);
    g_unlink(plain);
}

static void test_bomb(void)
{
    g_autofree char *path = in_scratch("bomb.gz");
    write_bomb(path, (size_t)32 << 20);
    refuse(1, "bomb.gz: ", "holds more than 1048576 bytes unpacked; raise the limit with -max_size",
           NULL, ARGS("-top", "-max_size=1MB", "bomb.gz"));
    refuse(1, "bomb.gz: ", "holds more than 16777216 bytes unpacked", NULL,
           ARGS("-top", "-max_size", "16MB", "bomb.gz"));
    refuse(2, "invalid value", "max_size", NULL, ARGS("-top", "-max_size=huge", "bomb.gz"));
}

/* One of several that fails is left out with a warning; when all fail, that is an error. */
static void test_several(void)
{
    g_autofree char *good = g_build_filename(testdata, "tiny.pb", NULL);
    g_autofree char *bad = g_build_filename(testdata, "bad/truncated.pb", NULL);
    Result result = run(ARGS("-top", bad, good), NULL);
    g_assert_cmpint(result.status, ==, 0);
    g_assert_nonnull(strstr(result.err, "bad/truncated.pb: pprof: offset 0xb40: "));
    g_assert_cmpstr(result.out, !=, "");
    result_clear(&result);
    result = run(ARGS("-top", "-o", "report", bad, bad), NULL);
    g_assert_cmpint(result.status, ==, 1);
    g_assert_cmpstr(result.out, ==, "");
    g_autofree char *report = in_scratch("report");
    g_assert_false(g_file_test(report, G_FILE_TEST_EXISTS));
    result_clear(&result);
}

/* What a failing report was to replace is still there. */
static void test_old_report(void)
{
    g_autofree char *bad = g_build_filename(testdata, "bad/values-overflow.pb", NULL);
    g_autofree char *report = in_scratch("report");
    g_assert_true(g_file_set_contents(report, "old\n", -1, NULL));
    Result result = run(ARGS("-top", "-o", "report", bad), NULL);
    g_assert_cmpint(result.status, ==, 1);
    result_clear(&result);
    g_autofree char *text = slurp("report");
    g_assert_cmpstr(text, ==, "old\n");
    g_unlink(report);
}

static void remove_scratch(void)
{
    g_autoptr(GDir) dir = g_dir_open(scratch, 0, NULL);
    for (const char *name; dir != NULL && (name = g_dir_read_name(dir)) != NULL;) {
        g_autofree char *path = in_scratch(name);
        g_unlink(path);
    }
    g_rmdir(scratch);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (g_getenv("CPA") == NULL || g_getenv("TESTDATA") == NULL) {
        g_printerr("CPA names the program, TESTDATA the directory of test profiles\n");
        return 1;
    }
    program = g_canonicalize_filename(g_getenv("CPA"), NULL);
    testdata = g_canonicalize_filename(g_getenv("TESTDATA"), NULL);
    scratch = g_dir_make_tmp("cpa-bad-XXXXXX", NULL);
    g_assert_nonnull(scratch);
    for (size_t i = 0; i < G_N_ELEMENTS(bad_files); i++) {
        g_autofree char *name = g_strconcat("/bad/file/", bad_files[i].file, NULL);
        g_test_add_data_func(name, &bad_files[i], test_file);
    }
    g_test_add_func("/bad/table", test_table);
    g_test_add_func("/bad/mistakes", test_mistakes);
    g_test_add_func("/bad/directory", test_directory);
    g_test_add_func("/bad/missing", test_missing);
    g_test_add_func("/bad/unreadable", test_unreadable);
    g_test_add_func("/bad/empty-input", test_empty_input);
    g_test_add_func("/bad/memory", test_memory);
    g_test_add_func("/bad/fifo", test_fifo);
    g_test_add_func("/bad/program", test_program);
    g_test_add_func("/bad/bomb", test_bomb);
    g_test_add_func("/bad/several", test_several);
    g_test_add_func("/bad/old-report", test_old_report);
    int failed = g_test_run();
    remove_scratch();
    g_free(scratch);
    g_free(testdata);
    g_free(program);
    return failed;
}
