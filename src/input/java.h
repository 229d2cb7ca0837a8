/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parts of the Java formats that other legacy readers meet: gperftools CPU profiles of Java
 * programs end in Java's location table, and Java's contention profiles begin like C++ ones.
 */
#pragma once

#include "input/legacy.h"

/**
 * cpa_java_read_locations:
 * @data: lines "0xADDRESS FUNCTION (FILE:LINE)" and the like; others are skipped
 *
 * Names the locations of @legacy, binds them, and clears their addresses.
 * Errors: MALFORMED (an address of more than 64 bits)
 */
bool cpa_java_read_locations(CpaLegacy *legacy, CpaSpan data, GError **error);

/** cpa_java_is_header: Returns: whether @line starts a Java heap or contention profile */
bool cpa_java_is_header(CpaSpan line);

/** cpa_java_read: the read function of the row. Errors: as CpaFormat.read */
bool cpa_java_read(CpaSource *source, CpaBuilder *builder, GError **error);
