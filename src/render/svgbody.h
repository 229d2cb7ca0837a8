/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A scene as an SVG element with real text, and its data as JSON: what the interactive SVG and the
 * HTML page share.
 */
#pragma once

#include "render/renderer.h"

/**
 * cpa_svg_put_styles:
 *
 * Writes the CSS of the scene's styles; safe in a style element of XML and HTML.
 */
void cpa_svg_put_styles(const CpaScene *scene, CpaSink *sink);

/**
 * cpa_svg_put_items:
 *
 * Writes the items as SVG elements, each group in a g element. Those of a flame graph's frames are
 * the children of the element "frames", in the order of the data.
 */
void cpa_svg_put_items(const CpaScene *scene, CpaSink *sink);

/**
 * cpa_svg_put_data:
 *
 * Writes what the viewer knows about the groups, as JSON that is safe in a script element.
 */
void cpa_svg_put_data(const CpaScene *scene, CpaSink *sink);
