/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The error domain of libcpa. Codes tell what the caller can do; the message says what is
 * wrong, where, and which value.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#if defined(__GNUC__)
#define CPA_PUBLIC __attribute__((visibility("default")))
#else
#define CPA_PUBLIC
#endif

/**
 * CpaErrorCode:
 * @CPA_ERROR_NOT_RECOGNIZED: no format of the registry reads this input
 * @CPA_ERROR_MALFORMED: the format is known, the content breaks its rules
 * @CPA_ERROR_UNSUPPORTED: valid, but this build or version cannot do it
 * @CPA_ERROR_TOO_LARGE: a declared limit was exceeded
 * @CPA_ERROR_IO: reading or writing failed
 * @CPA_ERROR_NETWORK: fetching failed
 * @CPA_ERROR_USAGE: the request itself is wrong (option, regexp, sample type)
 * @CPA_ERROR_NO_SAMPLES: nothing is left to report on
 * @CPA_ERROR_NO_SYMBOLS: symbols or sources are needed and missing
 * @CPA_ERROR_OVERFLOW: values do not fit into 64 bits
 */
typedef enum {
    CPA_ERROR_NOT_RECOGNIZED,
    CPA_ERROR_MALFORMED,
    CPA_ERROR_UNSUPPORTED,
    CPA_ERROR_TOO_LARGE,
    CPA_ERROR_IO,
    CPA_ERROR_NETWORK,
    CPA_ERROR_USAGE,
    CPA_ERROR_NO_SAMPLES,
    CPA_ERROR_NO_SYMBOLS,
    CPA_ERROR_OVERFLOW,
} CpaErrorCode;

#define CPA_ERROR (cpa_error_quark())

/**
 * cpa_error_quark:
 *
 * Returns: the domain of all errors raised by libcpa
 */
CPA_PUBLIC GQuark cpa_error_quark(void);

G_END_DECLS
