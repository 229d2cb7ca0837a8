/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sources that are not files: which they are, fetching them all at once, and the copy that is kept
 * of what was fetched.
 */
#pragma once

#include "input/fetch.h"
#include "input/source.h"
#include "report/run.h"

typedef struct {
    const char *name; /* as given; borrowed */
    CpaUrl *url;      /* NULL: a file, or a URL with an error in it */
    GBytes *bytes;    /* what was fetched, or NULL */
    GError *error;    /* why it was not, or NULL */
} CpaInput;

/**
 * cpa_inputs_new:
 *
 * A source that exists as a file is a file, else one that can be a URL is a URL, else it is the
 * name of a file that is missing.
 *
 * Source:  pprof driver fetch
 * Returns: (transfer full) (array length=n): to be freed with cpa_inputs_free()
 */
CpaInput *cpa_inputs_new(const char *const *sources, size_t n, const CpaOptions *options);

void cpa_inputs_free(CpaInput *inputs, size_t n);

/**
 * cpa_inputs_fetch:
 *
 * Fetches all URLs at once; each of them has its bytes or its error afterwards.
 * Returns: how many could be fetched
 */
size_t cpa_inputs_fetch(CpaInput *inputs, size_t n, const CpaOptions *options, const CpaUi *ui);

/** cpa_input_open: Returns: (transfer full): the bytes of an input, fetched or of a file */
CpaSource *cpa_input_open(CpaInput *input, uint64_t max_size, GError **error);

/**
 * cpa_save_fetched:
 *
 * Writes the profile to a new file in $PPROF_TMPDIR, ~/pprof or the folder of temporary files, and
 * says where it is. Failing is a warning, not an error.
 *
 * Source:  pprof driver setTmpDir, newTempFile, fetchProfiles; differs: a '/' or a control
 *          character in a name out of the profile becomes '_'
 */
void cpa_save_fetched(CpaProfile *profile, const CpaUi *ui);
