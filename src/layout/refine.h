/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Crossing reduction by whole nodes with their edges, after the ranks have been ordered one by one.
 */
#pragma once

#include "layout/crossings.h"

/**
 * cpa_refine:
 * @crossings: with an order; its layers are changed
 *
 * Takes out every node whose edges are crossed, with all of these edges, and puts it back where it
 * crosses least, until that is no use or the budget is used up. There are never more crossings
 * than before.
 *
 * Cost: see cpa_reinsert_node()
 */
void cpa_refine(CpaCrossings *crossings);
