// SPDX-License-Identifier: Apache-2.0
/*
 * Generator of large CPU profiles for the benchmark: profile.proto, gzipped, the same bytes for the
 * same options on every machine (integers only, no libm, no library random numbers).
 *
 * A made-up program is drawn first, from --seed:
 *
 *     entry chains            random call graph, n_functions nodes
 *     goexit > main > ...     f -> 2..n callees: half of them near f (same package), half anywhere,
 *     goexit > serve > ...         low numbers (the runtime, the allocator) called most
 *
 * A sample is a walk: pick an entry chain, then follow callees, the first ones of each function
 * the most, until the drawn depth is reached. So prefixes are shared, hot paths are hot, leaves are
 * often the same few functions, recursion happens. Each call leaves through one of the caller's
 * call sites: that is the location id in the stack.
 *
 * Top-level fields come in the order in which Go writes them: sample types, samples, mappings,
 * locations, functions, string table, then times and period. Everything is streamed through
 * deflate: memory holds the call graph and the tables (about 10 MB), never the samples.
 *
 * With --pool N, stack and labels of a sample are one of N prepared ones, and --run R draws which
 * and how often: runs of one pool are what several captures of one program look like to a merge.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum {
    MAX_DEPTH = 512,
    MAX_CALLEES = 256,
    MAX_LABELS = 8,
    N_MAPPINGS = 5,
    N_ENDPOINTS = 48,
    N_TENANTS = 300,
    PERIOD_NS = 10000000,
};

typedef struct {
    uint64_t samples;
    uint32_t depth, functions, locations, labels, run, callees, inline_permille;
    uint64_t seed, pool;
    int zlib_level;
    const char *file;
} Options;

/* ---------------------------------------------------------------- numbers */

typedef struct {
    uint64_t state;
} Rng;

/* splitmix64 (Steele, Lea, Flood 2014): any seed is a good seed, also consecutive ones. */
static uint64_t rng_next(Rng *rng)
{
    uint64_t z = rng->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static Rng rng_new(uint64_t seed, uint64_t stream)
{
    Rng rng = {.state = seed ^ (stream * UINT64_C(0xd1342543de82ef95))};
    rng.state = rng_next(&rng);
    return rng;
}

/* 0..n-1, all alike. */
static uint32_t rng_below(Rng *rng, uint32_t n)
{
    return (uint32_t)(((rng_next(rng) >> 32) * n) >> 32);
}

/* 0..n-1, small ones more often: the density falls like -ln(x/n). */
static uint32_t rng_skewed(Rng *rng, uint32_t n)
{
    const uint64_t bits = rng_next(rng);
    const uint64_t product = ((bits >> 32) * (bits & UINT32_MAX)) >> 32;
    return (uint32_t)((product * n) >> 32);
}

/* ---------------------------------------------------------------- bytes */

static void die(const char *what, const char *detail)
{
    fprintf(stderr, "gen: %s%s%s\n", what, detail ? ": " : "", detail ? detail : "");
    exit(1);
}

static void *allocate(size_t n, size_t size)
{
    void *memory = calloc(n ? n : 1, size);
    if (!memory) {
        die("out of memory", NULL);
    }
    return memory;
}

typedef struct {
    uint8_t *bytes;
    size_t n, capacity;
} Buffer;

static void buffer_add(Buffer *buffer, const void *bytes, size_t n)
{
    if (buffer->n + n > buffer->capacity) {
        buffer->capacity = (buffer->n + n) * 2 + 64;
        buffer->bytes = realloc(buffer->bytes, buffer->capacity);
        if (!buffer->bytes) {
            die("out of memory", NULL);
        }
    }
    if (n > 0) {
        memcpy(buffer->bytes + buffer->n, bytes, n);
        buffer->n += n;
    }
}

static void put_varint(Buffer *buffer, uint64_t value)
{
    uint8_t bytes[10];
    size_t n = 0;
    while (value >= 0x80) {
        bytes[n++] = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    bytes[n++] = (uint8_t)value;
    buffer_add(buffer, bytes, n);
}

/* Zero is the default and not written, as Go does. */
static void put_int(Buffer *buffer, uint32_t field, uint64_t value)
{
    if (value != 0) {
        put_varint(buffer, (uint64_t)field << 3);
        put_varint(buffer, value);
    }
}

static void put_bytes(Buffer *buffer, uint32_t field, const void *bytes, size_t n)
{
    put_varint(buffer, (uint64_t)field << 3 | 2);
    put_varint(buffer, n);
    buffer_add(buffer, bytes, n);
}

static void put_message(Buffer *buffer, uint32_t field, Buffer *message)
{
    put_bytes(buffer, field, message->bytes, message->n);
    message->n = 0;
}

/* ---------------------------------------------------------------- gzip out */

typedef struct {
    z_stream stream;
    FILE *file;
    const char *name;
    Buffer pending;
    uint64_t unpacked_bytes, packed_bytes;
} Output;

static void output_open(Output *output, const char *name, int level)
{
    *output = (Output){.name = name};
    output->file = strcmp(name, "-") == 0 ? stdout : fopen(name, "wb");
    if (!output->file) {
        die(name, strerror(errno));
    }
    if (deflateInit2(&output->stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        die("deflateInit2 failed", NULL);
    }
}

static void output_pass(Output *output, int flush)
{
    static uint8_t packed[1 << 16];
    output->stream.next_in = output->pending.bytes;
    output->stream.avail_in = (uInt)output->pending.n;
    output->unpacked_bytes += output->pending.n;
    do {
        output->stream.next_out = packed;
        output->stream.avail_out = sizeof packed;
        if (deflate(&output->stream, flush) == Z_STREAM_ERROR) {
            die("deflate failed", NULL);
        }
        const size_t n = sizeof packed - output->stream.avail_out;
        output->packed_bytes += n;
        if (n > 0 && fwrite(packed, 1, n, output->file) != n) {
            die(output->name, strerror(errno));
        }
    } while (output->stream.avail_out == 0);
    output->pending.n = 0;
}

static void output_record(Output *output)
{
    if (output->pending.n >= 1 << 18) {
        output_pass(output, Z_NO_FLUSH);
    }
}

static void output_close(Output *output)
{
    output_pass(output, Z_FINISH);
    deflateEnd(&output->stream);
    free(output->pending.bytes);
    if (output->file == stdout ? fflush(stdout) : fclose(output->file)) {
        die(output->name, strerror(errno));
    }
}

/* ---------------------------------------------------------------- strings */

/* Text back to back; ids in order of adding; id 0 is "". The caller adds each string once. */
typedef struct {
    Buffer text, ends;
    uint32_t n;
} Strings;

static uint32_t strings_add(Strings *strings, const char *text)
{
    buffer_add(&strings->text, text, strlen(text));
    const uint64_t end = strings->text.n;
    buffer_add(&strings->ends, &end, sizeof end);
    return strings->n++;
}

static const char *const domains[16] = {
    "acme", "internal", "platform", "lib",    "svc",   "infra", "common", "third_party",
    "core", "edge",     "data",     "vendor", "cloud", "app",   "tools",  "runtime",
};
static const char *const packages[64] = {
    "store",   "index",  "query",  "plan",  "exec",     "cache",   "codec",    "json",
    "proto",   "http",   "grpc",   "tls",   "auth",     "session", "user",     "billing",
    "search",  "rank",   "crawl",  "parse", "lexer",    "ast",     "compile",  "link",
    "sched",   "alloc",  "heap",   "gc",    "net",      "dns",     "poll",     "io",
    "fs",      "block",  "page",   "btree", "lsm",      "wal",     "raft",     "consensus",
    "gossip",  "metric", "trace",  "log",   "config",   "flags",   "template", "render",
    "image",   "audio",  "video",  "ml",    "tensor",   "matrix",  "graph",    "route",
    "balance", "queue",  "stream", "batch", "pipeline", "filter",  "compress", "crypto",
};
static const char *const types[64] = {
    "Writer",   "Reader",  "Buffer",   "Scanner", "Decoder", "Encoder",   "Parser",   "Builder",
    "Server",   "Client",  "Conn",     "Handler", "Request", "Response",  "Context",  "Iterator",
    "Table",    "Row",     "Column",   "Key",     "Value",   "Tree",      "Node",     "Edge",
    "Block",    "Page",    "Segment",  "Shard",   "Replica", "Cluster",   "Session",  "Transaction",
    "Snapshot", "Version", "Manifest", "Log",     "Record",  "Event",     "Metric",   "Span",
    "Worker",   "Pool",    "Queue",    "Task",    "Job",     "Scheduler", "Timer",    "Clock",
    "Filter",   "Matcher", "Ranker",   "Scorer",  "Sorter",  "Merger",    "Splitter", "Joiner",
    "Cache",    "Entry",   "Slot",     "Bucket",  "Map",     "Set",       "List",     "Heap",
};
static const char *const verbs[64] = {
    "Read",    "Write", "Flush",  "Close",  "Open",     "Seek",    "Get",      "Put",
    "Delete",  "Find",  "Next",   "Prev",   "Reset",    "Init",    "Start",    "Stop",
    "Run",     "Wait",  "Notify", "Lock",   "Unlock",   "Acquire", "Release",  "Grow",
    "Shrink",  "Copy",  "Move",   "Swap",   "Compare",  "Hash",    "Encode",   "Decode",
    "Marshal", "Parse", "Format", "Print",  "Append",   "Insert",  "Remove",   "Merge",
    "Split",   "Sort",  "Filter", "Map",    "Reduce",   "Scan",    "Visit",    "Walk",
    "Resolve", "Bind",  "Apply",  "Commit", "Rollback", "Compact", "Evict",    "Refresh",
    "Load",    "Save",  "Send",   "Recv",   "Dispatch", "Handle",  "Validate", "Serve",
};
static const char *const nouns[16] = {
    "",      "All",   "Key",    "Batch", "Header", "Block", "Chunk",  "Frame",
    "Entry", "Range", "Prefix", "Once",  "Slow",   "Fast",  "Locked", "Async",
};

/* Three shapes: Go method, C++ method, C function. The words are the digits of a bijection of the
 * index, so names are unique up to 2^24 functions. */
static void function_name(uint32_t index, char *name, char *system_name, char *file, size_t size)
{
    const uint32_t mixed = (index * UINT32_C(2654435761)) & 0xffffff;
    const uint32_t group = index / 24; /* functions that share a source file */
    const char *domain = domains[(group * 7 + group / 16) % 16];
    const char *package = packages[(group * 11) % 64];
    const char *type = types[(mixed >> 0) % 64], *verb = verbs[(mixed >> 6) % 64];
    const char *noun = nouns[(mixed >> 12) % 16], *type2 = types[(mixed >> 16) % 64];
    const uint32_t rest = (mixed >> 22) % 4;
    const char *tail = rest == 0 ? "" : rest == 1 ? "2" : rest == 2 ? "Impl" : "Internal";

    switch (group % 4) {
    case 0:
    case 1:
        snprintf(name, size, "github.com/acme/%s/%s.(*%s%s).%s%s%s", domain, package, type2, type,
                 verb, noun, tail);
        snprintf(file, size, "/home/build/src/github.com/acme/%s/%s/file_%u.go", domain, package,
                 group);
        break;
    case 2:
        snprintf(name, size, "acme::%s::%s::%s%s<%s>::%s%s%s(acme::Slice const&, unsigned long)",
                 domain, package, type2, "View", type, verb, noun, tail);
        snprintf(file, size, "/build/acme/%s/%s/unit_%u.cc", domain, package, group);
        break;
    default:
        snprintf(name, size, "%s_%s_%s%s%s%s", package, verb, type, type2, noun, tail);
        snprintf(file, size, "/usr/src/lib%s/%s/part_%u.c", domain, package, group);
        break;
    }
    if (group % 4 == 2) {
        snprintf(system_name, size, "_ZN4acme%zu%s%zu%s%zu%s%s%s%sERKNS_5SliceEm", strlen(domain),
                 domain, strlen(package), package, strlen(type2) + strlen(type), type2, type, verb,
                 noun);
    } else {
        snprintf(system_name, size, "%s", name);
    }
}

/* ---------------------------------------------------------------- the program */

typedef struct {
    uint32_t n_functions, n_locations;
    uint32_t *callee_first; /* [n_functions + 1] into callees */
    uint32_t *callees;
    uint32_t *site_first; /* [n_functions + 1] into sites: locations of a function */
    uint32_t *sites;      /* location index 0.. */
    uint32_t *site_owner; /* [n_locations] location index -> function */
    uint64_t *addresses;  /* [n_locations] */
    uint8_t *mapping_of;  /* [n_functions] 1-based mapping id */
} Program;

/* Entry chains, outermost first; each number is a function from the end of the table. */
static const char *const entry_names[][7] = {
    {"runtime.goexit", "net/http.(*Server).Serve.gowrap3", "net/http.(*conn).serve",
     "net/http.serverHandler.ServeHTTP", "net/http.(*ServeMux).ServeHTTP",
     "net/http.HandlerFunc.ServeHTTP", NULL},
    {"runtime.goexit", "google.golang.org/grpc.(*Server).serveStreams.func2.1",
     "google.golang.org/grpc.(*Server).handleStream",
     "google.golang.org/grpc.(*Server).processUnaryRPC", NULL},
    {"runtime.goexit", "runtime.main", "main.main", "main.run", NULL},
    {"runtime.goexit", "runtime.gcBgMarkWorker", "runtime.systemstack", "runtime.gcDrain", NULL},
    {"start_thread", "std::thread::_State_impl<acme::Worker>::_M_run()", "acme::Worker::Loop()",
     NULL},
    {"runtime.mcall", "runtime.park_m", "runtime.schedule", "runtime.findRunnable", NULL},
};
enum { N_ENTRIES = sizeof entry_names / sizeof entry_names[0], MAX_ENTRY = 7 };

/* Out of 100 samples, how many start at each entry. */
static const uint32_t entry_shares[N_ENTRIES] = {45, 20, 12, 8, 12, 3};

typedef struct {
    uint32_t functions[MAX_ENTRY];
    uint32_t n;
} Entry;

static void program_draw_graph(Program *program, const Options *options, Rng *rng)
{
    const uint32_t n = program->n_functions;
    Buffer callees = {0};
    program->callee_first = allocate((size_t)n + 1, sizeof(uint32_t));
    for (uint32_t f = 0; f < n; f++) {
        program->callee_first[f] = (uint32_t)(callees.n / sizeof(uint32_t));
        const uint32_t count = 2 + rng_below(rng, 2 * options->callees - 3);
        for (uint32_t i = 0; i < count; i++) {
            uint32_t g;
            if (rng_below(rng, 2) == 0) {
                const uint32_t base = f / 256 * 256;
                g = base + rng_below(rng, n - base < 256 ? n - base : 256);
            } else {
                g = rng_skewed(rng, n);
            }
            buffer_add(&callees, &g, sizeof g);
        }
    }
    program->callee_first[n] = (uint32_t)(callees.n / sizeof(uint32_t));
    program->callees = (uint32_t *)(void *)callees.bytes;
}

/* Each function owns at least one location when there are enough; the rest goes to hot ones first.
 * Location ids are shuffled: in a merged profile they follow first use, not the address. */
static void program_draw_sites(Program *program, Rng *rng)
{
    const uint32_t n = program->n_functions, m = program->n_locations;
    uint32_t *owner = allocate(m, sizeof *owner);
    program->site_owner = allocate(m, sizeof *program->site_owner);
    program->site_first = allocate((size_t)n + 1, sizeof(uint32_t));
    program->sites = allocate(m, sizeof *program->sites);
    program->addresses = allocate(m, sizeof *program->addresses);
    program->mapping_of = allocate(n, sizeof *program->mapping_of);
    for (uint32_t f = 0; f < n; f++) {
        const uint32_t group = f / 24;
        program->mapping_of[f] = (uint8_t)(group % 4 != 3 ? 1 : 2 + group / 4 % (N_MAPPINGS - 1));
    }
    for (uint32_t i = 0; i < m; i++) {
        owner[i] = i < n ? i : rng_below(rng, 3) ? rng_below(rng, n) : rng_skewed(rng, n);
        program->site_first[owner[i] + 1]++;
    }
    for (uint32_t f = 0; f < n; f++) {
        program->site_first[f + 1] += program->site_first[f];
    }
    uint32_t *next = allocate(n, sizeof *next), *shuffled = allocate(m, sizeof *shuffled);
    for (uint32_t i = 0; i < m; i++) {
        shuffled[i] = i;
    }
    for (uint32_t i = m; i > 1; i--) {
        const uint32_t j = rng_below(rng, i), swap = shuffled[i - 1];
        shuffled[i - 1] = shuffled[j];
        shuffled[j] = swap;
    }
    for (uint32_t i = 0; i < m; i++) {
        const uint32_t f = owner[i], id = shuffled[i], site = next[f]++;
        program->sites[program->site_first[f] + site] = id;
        program->site_owner[id] = f;
        program->addresses[id] = (uint64_t)f * 1024 + 5 + (uint64_t)site * 37 % 1000;
    }
    free(next);
    free(shuffled);
    free(owner);
}

static void program_free(Program *program)
{
    free(program->callee_first);
    free(program->callees);
    free(program->site_first);
    free(program->sites);
    free(program->site_owner);
    free(program->addresses);
    free(program->mapping_of);
}

/* A call leaves its function through the site that belongs to it; a leaf is anywhere. */
static uint32_t program_site(const Program *program, uint32_t function, uint32_t call)
{
    const uint32_t first = program->site_first[function];
    const uint32_t count = program->site_first[function + 1] - first;
    return program->sites[first + call % count];
}

/* Fills the stack root first with location ids; returns its depth. */
static uint32_t walk(const Program *program, const Entry *entries, const Options *options, Rng *rng,
                     uint32_t stack[MAX_DEPTH])
{
    const uint32_t floor = options->depth / 5 + 1, spread = 2 * (options->depth - floor) / 3;
    uint32_t depth = floor;
    for (int i = 0; i < 3; i++) {
        depth += spread ? rng_below(rng, spread + 1) : 0;
    }
    uint32_t share = rng_below(rng, 100), which = 0;
    while (which < N_ENTRIES - 1 && share >= entry_shares[which]) {
        share -= entry_shares[which++];
    }
    const Entry *entry = &entries[which];
    uint32_t n = 0;
    for (uint32_t i = 0; i + 1 < entry->n && n + 1 < depth; i++) {
        stack[n++] = program_site(program, entry->functions[i], 0) + 1;
    }
    uint32_t function = entry->functions[entry->n - 1];
    while (n + 1 < depth) {
        const uint32_t first = program->callee_first[function];
        const uint32_t count = program->callee_first[function + 1] - first;
        const uint32_t call = rng_skewed(rng, count);
        stack[n++] = program_site(program, function, call) + 1;
        function = program->callees[first + call];
    }
    stack[n++] = program_site(program, function, rng_skewed(rng, 64)) + 1;
    return n;
}

/* ---------------------------------------------------------------- the profile */

typedef struct {
    uint32_t key, first_value, unit, n_values;
    bool numeric;
} LabelKind;

typedef struct {
    Strings strings;
    Buffer message, inner;
    Output output;
    LabelKind labels[MAX_LABELS];
    uint32_t samples, count, cpu, nanoseconds;
} Writer;

static void writer_header(Writer *writer, const Options *options)
{
    static const char *const keys[MAX_LABELS] = {"endpoint", "tenant",  "method",  "shard",
                                                 "region",   "attempt", "version", "batch"};
    static const char *const paths[8] = {"list",   "get",    "search", "update",
                                         "delete", "export", "import", "status"};
    Strings *strings = &writer->strings;
    char text[128];

    strings_add(strings, "");
    writer->samples = strings_add(strings, "samples");
    writer->count = strings_add(strings, "count");
    writer->cpu = strings_add(strings, "cpu");
    writer->nanoseconds = strings_add(strings, "nanoseconds");
    for (uint32_t i = 0; i < options->labels; i++) {
        LabelKind *kind = &writer->labels[i];
        *kind = (LabelKind){.numeric = i % 2 == 1, .key = strings_add(strings, keys[i])};
        if (kind->numeric) {
            kind->unit = strings_add(strings, i == 1 ? "id" : keys[i - 1]);
            kind->n_values = N_TENANTS;
        } else {
            kind->n_values = N_ENDPOINTS;
            kind->first_value = strings->n;
            for (uint32_t v = 0; v < N_ENDPOINTS; v++) {
                snprintf(text, sizeof text, "%s /api/v%u/%s/%s", v % 3 ? "GET" : "POST", 1 + v / 32,
                         packages[(v * 5 + i) % 64], paths[v % 8]);
                strings_add(strings, text);
            }
        }
    }
    const uint32_t pairs[2][2] = {{writer->samples, writer->count},
                                  {writer->cpu, writer->nanoseconds}};
    for (int i = 0; i < 2; i++) {
        put_int(&writer->message, 1, pairs[i][0]);
        put_int(&writer->message, 2, pairs[i][1]);
        put_message(&writer->output.pending, 1, &writer->message);
    }
}

static void writer_sample(Writer *writer, const Options *options, const uint32_t *stack,
                          uint32_t depth, uint64_t hits, Rng *rng)
{
    for (uint32_t i = depth; i-- > 0;) {
        put_varint(&writer->inner, stack[i]);
    }
    put_message(&writer->message, 1, &writer->inner);
    put_int(&writer->message, 2, hits);
    put_int(&writer->message, 2, hits * PERIOD_NS);
    for (uint32_t i = 0; i < options->labels; i++) {
        const LabelKind *kind = &writer->labels[i];
        const uint32_t value = rng_skewed(rng, kind->n_values);
        put_int(&writer->inner, 1, kind->key);
        if (kind->numeric) {
            put_int(&writer->inner, 3, 1000 + value);
            put_int(&writer->inner, 4, kind->unit);
        } else {
            put_int(&writer->inner, 2, kind->first_value + value);
        }
        put_message(&writer->message, 3, &writer->inner);
    }
    put_message(&writer->output.pending, 2, &writer->message);
    output_record(&writer->output);
}

static void write_samples(Writer *writer, const Program *program, const Entry *entries,
                          const Options *options)
{
    uint32_t stack[MAX_DEPTH];
    Rng draw = rng_new(options->seed, 1000 + options->run);

    for (uint64_t i = 0; i < options->samples; i++) {
        Rng stack_rng = draw;
        if (options->pool > 0) { /* one of the pool, never the same twice: pools are sliced */
            const uint64_t from = i * options->pool / options->samples;
            const uint64_t to = (i + 1) * options->pool / options->samples;
            const uint32_t width = (uint32_t)(to > from ? to - from : 1);
            stack_rng = rng_new(options->seed, (1 << 20) + from + rng_below(&draw, width));
        }
        const uint32_t depth = walk(program, entries, options, &stack_rng, stack);
        if (options->pool == 0) {
            draw = stack_rng;
        }
        uint64_t hits = 1;
        while (hits < 1000 && rng_below(&draw, 3) == 0) {
            hits += 1 + rng_below(&draw, (uint32_t)hits * 2);
        }
        writer_sample(writer, options, stack, depth, hits, options->pool ? &stack_rng : &draw);
    }
}

/* Bases of the mappings; a function's code is at base + 1 KiB x its index. */
static const struct {
    uint64_t start;
    const char *file, *build_id;
} mappings[N_MAPPINGS] = {
    {0x400000, "/srv/acme/bin/server", "5d1f0e8a37c94b6f9e21"},
    {0x7f3a10000000, "/usr/lib/x86_64-linux-gnu/libc.so.6", "a3c1b7e05f884d0e"},
    {0x7f3a20000000, "/usr/lib/x86_64-linux-gnu/libstdc++.so.6.0.30", "7e2f9910acbd4471"},
    {0x7f3a30000000, "/srv/acme/lib/libstorage.so", "c09d31e6fa254a8b"},
    {0x7f3a40000000, "[vdso]", ""},
};

static void write_mappings(Writer *writer, const Program *program)
{
    const uint64_t limit = (uint64_t)(program->n_functions + 64) * 1024;
    for (uint32_t i = 0; i < N_MAPPINGS; i++) {
        put_int(&writer->message, 1, i + 1);
        put_int(&writer->message, 2, mappings[i].start);
        put_int(&writer->message, 3, mappings[i].start + (limit + 4095) / 4096 * 4096);
        put_int(&writer->message, 5, strings_add(&writer->strings, mappings[i].file));
        if (*mappings[i].build_id) {
            put_int(&writer->message, 6, strings_add(&writer->strings, mappings[i].build_id));
        }
        for (uint32_t flag = 7; flag <= 10; flag++) {
            put_int(&writer->message, flag, 1);
        }
        put_message(&writer->output.pending, 3, &writer->message);
    }
}

static void write_locations(Writer *writer, const Program *program, const Options *options)
{
    Rng rng = rng_new(options->seed, 2);
    for (uint32_t id = 0; id < program->n_locations; id++) {
        const uint32_t owner = program->site_owner[id], mapping = program->mapping_of[owner];
        put_int(&writer->message, 1, id + 1);
        put_int(&writer->message, 2, mapping);
        put_int(&writer->message, 3, mappings[mapping - 1].start + program->addresses[id]);
        uint32_t inlined = 0;
        const bool entry = owner + N_ENTRIES * MAX_ENTRY >= program->n_functions;
        if (rng_below(&rng, 1000) < options->inline_permille && !entry) {
            inlined = 1 + rng_below(&rng, 3);
        }
        for (uint32_t i = 0; i <= inlined; i++) {
            const uint32_t base = owner / 256 * 256;
            const uint32_t room = program->n_functions - base;
            const uint32_t function =
                i == inlined ? owner : base + rng_below(&rng, room < 256 ? room : 256);
            put_int(&writer->inner, 1, function + 1);
            put_int(&writer->inner, 2, function % 900 * 3 + 12 + rng_below(&rng, 60));
            put_message(&writer->message, 4, &writer->inner);
        }
        put_message(&writer->output.pending, 4, &writer->message);
        output_record(&writer->output);
    }
}

static void write_functions(Writer *writer, const Program *program, const Entry *entries)
{
    char name[256], system_name[256], file[256], last_file[256] = "";
    uint32_t file_id = 0;
    for (uint32_t f = 0; f < program->n_functions; f++) {
        function_name(f, name, system_name, file, sizeof name);
        for (uint32_t e = 0; e < N_ENTRIES; e++) {
            for (uint32_t i = 0; i < entries[e].n; i++) {
                if (entries[e].functions[i] == f) {
                    snprintf(name, sizeof name, "%s", entry_names[e][i]);
                    snprintf(system_name, sizeof system_name, "%s", name);
                }
            }
        }
        if (strcmp(file, last_file) != 0) {
            file_id = strings_add(&writer->strings, file);
            memcpy(last_file, file, sizeof file);
        }
        const uint32_t name_id = strings_add(&writer->strings, name);
        put_int(&writer->message, 1, f + 1);
        put_int(&writer->message, 2, name_id);
        put_int(&writer->message, 3,
                strcmp(name, system_name) ? strings_add(&writer->strings, system_name) : name_id);
        put_int(&writer->message, 4, file_id);
        put_int(&writer->message, 5, f % 900 * 3 + 10);
        put_message(&writer->output.pending, 5, &writer->message);
        output_record(&writer->output);
    }
}

static void write_trailer(Writer *writer, const Options *options)
{
    uint64_t start = 0, end;
    for (uint32_t i = 0; i < writer->strings.n; i++) {
        memcpy(&end, writer->strings.ends.bytes + i * sizeof end, sizeof end);
        put_bytes(&writer->output.pending, 6, writer->strings.text.bytes + start, end - start);
        output_record(&writer->output);
        start = end;
    }
    put_int(&writer->output.pending, 9,
            UINT64_C(1750000000123456789) + options->run * UINT64_C(60000000000));
    put_int(&writer->output.pending, 10, UINT64_C(60011223344));
    put_int(&writer->message, 1, writer->cpu);
    put_int(&writer->message, 2, writer->nanoseconds);
    put_message(&writer->output.pending, 11, &writer->message);
    put_int(&writer->output.pending, 12, PERIOD_NS);
}

/* Entry functions are the last ones of the table, shared by name; they have no namesakes. */
static void draw_entries(Entry entries[N_ENTRIES], const Program *program)
{
    const char *seen[N_ENTRIES * MAX_ENTRY];
    uint32_t n_seen = 0;
    for (uint32_t e = 0; e < N_ENTRIES; e++) {
        entries[e].n = 0;
        for (uint32_t i = 0; entry_names[e][i]; i++) {
            uint32_t at = 0;
            while (at < n_seen && strcmp(seen[at], entry_names[e][i]) != 0) {
                at++;
            }
            if (at == n_seen) {
                seen[n_seen++] = entry_names[e][i];
            }
            entries[e].functions[entries[e].n++] = program->n_functions - 1 - at;
        }
    }
}

/* ---------------------------------------------------------------- main */

static uint64_t parse_number(const char *name, const char *text, uint64_t low, uint64_t high)
{
    char *end;
    errno = 0;
    const uint64_t value = strtoull(text, &end, 10);
    if (errno || end == text || *end || *text == '-' || value < low || value > high) {
        fprintf(stderr, "gen: %s: %s is not a number from %" PRIu64 " to %" PRIu64 "\n", name, text,
                low, high);
        exit(2);
    }
    return value;
}

/* "0.15" as thousandths, without floating point. */
static uint32_t parse_fraction(const char *name, const char *text)
{
    const uint32_t whole = (uint32_t)parse_number(name, text[0] == '1' ? "1" : "0", 0, 1);
    char digits[4] = "000";
    if (strncmp(text, "0.", 2) == 0) {
        for (int i = 0; i < 3 && text[2 + i]; i++) {
            digits[i] = text[2 + i];
        }
    } else if (strcmp(text, "0") != 0 && strcmp(text, "1") != 0) {
        fprintf(stderr, "gen: %s: %s is not a fraction from 0 to 1\n", name, text);
        exit(2);
    }
    return whole * 1000 + (uint32_t)parse_number(name, digits, 0, 999);
}

static void usage(FILE *file)
{
    fputs("usage: gen --out FILE [--samples 1000000] [--depth 30] [--functions 20000]\n"
          "           [--locations 60000] [--labels 2] [--inline-frac 0.15] [--seed 1]\n"
          "           [--callees 9] [--pool 0] [--run 0] [--zlib-level 1]\n"
          "Writes a gzipped CPU profile and prints its packed and unpacked size in bytes.\n",
          file);
}

static Options parse_options(int argc, char **argv)
{
    Options options = {.samples = 1000000,
                       .depth = 30,
                       .functions = 20000,
                       .locations = 60000,
                       .labels = 2,
                       .callees = 9,
                       .inline_permille = 150,
                       .seed = 1,
                       .zlib_level = 1};
    for (int i = 1; i < argc; i++) {
        const char *name = argv[i], *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (strcmp(name, "--help") == 0) {
            usage(stdout);
            exit(0);
        }
        if (!value) {
            usage(stderr);
            exit(2);
        }
        i++;
        if (strcmp(name, "--out") == 0) {
            options.file = value;
        } else if (strcmp(name, "--samples") == 0) {
            options.samples = parse_number(name, value, 0, UINT64_C(1) << 40);
        } else if (strcmp(name, "--depth") == 0) {
            options.depth = (uint32_t)parse_number(name, value, 2, MAX_DEPTH / 3);
        } else if (strcmp(name, "--functions") == 0) {
            options.functions = (uint32_t)parse_number(name, value, 64, 1 << 24);
        } else if (strcmp(name, "--locations") == 0) {
            options.locations = (uint32_t)parse_number(name, value, 64, 1 << 28);
        } else if (strcmp(name, "--labels") == 0) {
            options.labels = (uint32_t)parse_number(name, value, 0, MAX_LABELS);
        } else if (strcmp(name, "--callees") == 0) {
            options.callees = (uint32_t)parse_number(name, value, 2, MAX_CALLEES);
        } else if (strcmp(name, "--inline-frac") == 0) {
            options.inline_permille = parse_fraction(name, value);
        } else if (strcmp(name, "--seed") == 0) {
            options.seed = parse_number(name, value, 0, UINT64_MAX);
        } else if (strcmp(name, "--pool") == 0) {
            options.pool = parse_number(name, value, 0, UINT32_MAX);
        } else if (strcmp(name, "--run") == 0) {
            options.run = (uint32_t)parse_number(name, value, 0, 1000000);
        } else if (strcmp(name, "--zlib-level") == 0) {
            options.zlib_level = (int)parse_number(name, value, 0, 9);
        } else {
            fprintf(stderr, "gen: unknown option %s\n", name);
            usage(stderr);
            exit(2);
        }
    }
    if (!options.file) {
        usage(stderr);
        exit(2);
    }
    if (options.locations < options.functions) {
        die("--locations must not be less than --functions", NULL);
    }
    return options;
}

int main(int argc, char **argv)
{
    const Options options = parse_options(argc, argv);
    Program program = {.n_functions = options.functions, .n_locations = options.locations};
    Entry entries[N_ENTRIES];
    Writer writer = {0};
    Rng rng = rng_new(options.seed, 0);

    program_draw_graph(&program, &options, &rng);
    program_draw_sites(&program, &rng);
    draw_entries(entries, &program);

    output_open(&writer.output, options.file, options.zlib_level);
    writer_header(&writer, &options);
    write_samples(&writer, &program, entries, &options);
    write_mappings(&writer, &program);
    write_locations(&writer, &program, &options);
    write_functions(&writer, &program, entries);
    write_trailer(&writer, &options);
    output_close(&writer.output);
    fprintf(options.file[0] == '-' ? stderr : stdout, "packed %" PRIu64 " unpacked %" PRIu64 "\n",
            writer.output.packed_bytes, writer.output.unpacked_bytes);

    free(writer.strings.text.bytes);
    free(writer.strings.ends.bytes);
    free(writer.message.bytes);
    free(writer.inner.bytes);
    program_free(&program);
    return 0;
}
