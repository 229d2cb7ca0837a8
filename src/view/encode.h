/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing a view as profile.proto.
 */
#pragma once

#include "base/sink.h"
#include "view/view.h"

/**
 * cpa_view_encode:
 * @ratio: every value is multiplied by it and truncated; 1 leaves values alone
 * @gzip:  compress the output
 * @sink:  where the bytes go; incomplete on error
 *
 * Writes the profile as the view shows it. Uncompressed bytes equal those of upstream: same
 * order of fields and of strings.
 *
 * Cost:    O(frames); memory O(strings + locations + label sets), never the encoded profile
 * Errors:  IO (the compressor cannot start)
 * Source:  pprof profile.preEncode, profile.encode
 */
bool cpa_view_encode(CpaView *view, double ratio, bool gzip, CpaSink *sink, GError **error);
