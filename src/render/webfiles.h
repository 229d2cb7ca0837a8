/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files of web/, built into the program by build-aux rules in Makefile.am (web/embed.awk).
 */
#pragma once

/** cpa_web_file: Returns: the text of web/@name; the name must exist */
const char *cpa_web_file(const char *name);
