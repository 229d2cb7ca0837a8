/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A place in a picture.
 */
#pragma once

typedef struct {
    double x; /* points, to the right */
    double y; /* points, downward */
} CpaPoint;
