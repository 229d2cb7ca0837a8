/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Saved configurations as part of an answer.
 */
#pragma once

#include "web/json.h"
#include "web/route.h"

/**
 * cpa_web_put_configs:
 *
 * Writes the member "configs": the default and what the user saved; the last one whose address
 * would be the request's is current.
 */
void cpa_web_put_configs(CpaJson *json, const CpaWebRequest *request);

/** cpa_web_configs_key: appends what changes with the file of settings */
void cpa_web_configs_key(GString *key);
