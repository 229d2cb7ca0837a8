/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libmicrohttpd, loaded when a server is started (base/dynlib.h).
 */
#pragma once

#include "base/dynlib.h"

#ifdef HAVE_LIBMICROHTTPD

#include <microhttpd.h>

/* FN(name): every function that is used. */
#define CPA_MHD_FUNCTIONS(FN)             \
    FN(MHD_start_daemon)                  \
    FN(MHD_stop_daemon)                   \
    FN(MHD_quiesce_daemon)                \
    FN(MHD_suspend_connection)            \
    FN(MHD_resume_connection)             \
    FN(MHD_set_connection_option)         \
    FN(MHD_get_connection_info)           \
    FN(MHD_lookup_connection_value)       \
    FN(MHD_get_connection_values)         \
    FN(MHD_create_response_from_callback) \
    FN(MHD_add_response_header)           \
    FN(MHD_queue_response)                \
    FN(MHD_destroy_response)

typedef struct {
    CPA_MHD_FUNCTIONS(CPA_DYNLIB_MEMBER)
} CpaMhdLib;

/**
 * cpa_mhd_lib:
 *
 * Errors:  UNSUPPORTED, says what to install
 * Returns: (transfer none): the functions, or %NULL with @error set
 */
const CpaMhdLib *cpa_mhd_lib(GError **error);

#endif
