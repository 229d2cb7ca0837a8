/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Completion for shells, written out of the tables. For the build: `cpa help --man
 * completion-bash`, -zsh, -fish.
 */
#pragma once

#include "base/sink.h"

void cpa_complete_bash(CpaSink *sink);
void cpa_complete_zsh(CpaSink *sink);
void cpa_complete_fish(CpaSink *sink);

/**
 * cpa_complete_types:
 * @path: a profile
 *
 * Writes the names of its sample types, one per line; nothing for what is no profile, or is so
 * large that reading it would keep a user waiting.
 */
void cpa_complete_types(CpaSink *sink, const char *path);
