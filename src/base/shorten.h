/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Short forms of function names, for pictures: without package path, Java package and arguments,
 * or C++ namespace.
 */
#pragma once

#include <glib.h>
#include <stddef.h>

/**
 * cpa_shorten_function_name:
 * @name: any bytes, need not be terminated
 * @out:  the short name is appended; the name itself where no rule applies
 *
 *     github.com/a/b/v4.(*T).Run               -> b.(*T).Run
 *     java.util.concurrent.Pool$Worker.run()   -> Pool$Worker.run
 *     (anonymous namespace)::Bar::Foo          -> Bar::Foo
 *     ns::inner::Class::method<int>()          -> Class::method<int>
 *
 * Cost:   O(len)
 * Source: pprof internal/graph ShortenFunctionName; differs: scanners instead of regexps
 */
void cpa_shorten_function_name(const char *name, size_t len, GString *out);
