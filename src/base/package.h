/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The package, crate, namespace or module that a function belongs to, told by its name; pictures
 * colour by it.
 */
#pragma once

#include <glib.h>

/**
 * cpa_package_append:
 * @name:   of the function, any bytes, "" if unknown
 * @file:   its source file, "" if unknown
 * @object: the binary it was found in, "" if unknown
 * @out:    the package is appended, never empty
 *
 *     net/http.(*conn).serve                        -> net/http
 *     java.util.concurrent.Pool$Worker.run          -> java.util.concurrent
 *     <alloc::vec::Vec<T> as core::ops::Drop>::drop -> alloc
 *     std::vector<int>::push_back(int const&)       -> std
 *     main, lib/util.py                             -> lib/util.py
 *     memcpy, "", /lib/libc.so.6                    -> libc.so.6
 *     everything else                               -> (other)
 *
 * Cost: O(len)
 */
void cpa_package_append(const char *name, const char *file, const char *object, GString *out);
