/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the fuzz targets share: running one parser, checking what it made, and building profiles
 * and options out of fuzz bytes without a parser.
 *
 * A target fails by g_assert: on a crash, on a profile that breaks the rules of profile.h, on an
 * error without a message that names the input.
 */
#pragma once

#include "base/options.h"
#include "input/format.h"
#include "profile/profile.h"

/* Inputs that unpack to more are refused; keeps gzip bombs cheap. */
#define FUZZ_MAX_SIZE ((uint64_t)16 << 20)

/* What errors call the input. */
#define FUZZ_NAME "fuzz"

/** fuzz_assert_error: fails unless @error has our domain and a message, with @name in it if given */
void fuzz_assert_error(const GError *error, const char *name);

/** fuzz_assert_profile: fails unless the profile keeps what profile.h promises */
void fuzz_assert_profile(const CpaProfile *profile);

/**
 * fuzz_read:
 * @format: (nullable): the parser, or %NULL for the one that detection chooses
 *
 * Returns: (transfer full) (nullable): the checked profile; %NULL where the input was refused
 */
CpaProfile *fuzz_read(const CpaFormat *format, const uint8_t *data, size_t size);

/** fuzz_detect_and_read: @format: (inout): as above; filled with the parser where it was %NULL */
CpaProfile *fuzz_detect_and_read(const CpaFormat **format, const uint8_t *data, size_t size);

/** fuzz_format: body of a target for one parser. Returns: 0 */
int fuzz_format(const CpaFormat *format, const uint8_t *data, size_t size);

/* The whole file of a target for one parser. */
#define FUZZ_FORMAT(row)                                          \
    extern const CpaFormat row;                                   \
    int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size); \
    int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)  \
    {                                                             \
        return fuzz_format(&(row), data, size);                   \
    }

/* Bytes that are taken one after the other; 0 follows their end. */
typedef struct {
    const uint8_t *at;
    const uint8_t *end;
} FuzzBytes;

uint8_t fuzz_u8(FuzzBytes *bytes);

/** fuzz_below: Returns: a number below @n, 1 <= @n <= 256 */
uint32_t fuzz_below(FuzzBytes *bytes, uint32_t n);

/** fuzz_int64: Returns: a number: small ones, powers of two and extremes are likely */
int64_t fuzz_int64(FuzzBytes *bytes);

/**
 * fuzz_build:
 *
 * Makes a profile straight through the builder: names that reports treat specially, inlined lines,
 * labels, deep and recursive stacks, extreme values, now and then a broken reference.
 * Returns: (transfer full) (nullable): the checked profile, or %NULL where the builder refused
 */
CpaProfile *fuzz_build(FuzzBytes *bytes);

/** fuzz_options: sets up to seven options of the table to values of their kind */
CpaOptions *fuzz_options(FuzzBytes *bytes);

/** fuzz_pattern: Returns: one of a few dozen regexps and tag filters */
const char *fuzz_pattern(FuzzBytes *bytes);

/** fuzz_run: runs a report into a memory sink; refusals must have a message */
void fuzz_run(CpaProfile *profile, size_t report, const CpaOptions *options, const char *argument);
