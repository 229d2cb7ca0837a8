/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A picture as a flat list of what is to be drawn, in order; between the layouts that make it and
 * the writers that turn it into SVG, PDF, PNG, ...
 *
 *     items    box, path, text in points, y downward       style -> colours and pen
 *     groups   what a reader can point at: some items      title, link, entry, numbers
 *     entries  what a reader can search for and list       name, detail, package, numbers
 *
 * The items of a group follow each other. Nothing here depends on fonts: a text has a width that it
 * must not exceed, and writers fit it in.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/idmap.h"
#include "base/sink.h"
#include "base/strtab.h"
#include "base/vec.h"
#include "layout/point.h"

typedef enum { CPA_SCENE_BOX, CPA_SCENE_PATH, CPA_SCENE_TEXT } CpaSceneKind;

typedef enum { CPA_ANCHOR_START, CPA_ANCHOR_MIDDLE, CPA_ANCHOR_END } CpaAnchor;

#define CPA_NO_COLOR UINT32_MAX /* others are 0xRRGGBB */

typedef struct {
    const char *class; /* static or of the scene's strings: "frame", "label", ... */
    uint32_t fill;
    uint32_t stroke;
    double pen; /* width of the stroke */
    bool dashed;
    bool bold;
    bool is_numbered; /* set by cpa_scene_style(): others have the same class */
} CpaSceneStyle;

typedef struct {
    CpaSceneKind kind;
    uint32_t style;
    uint32_t group; /* or CPA_NONE */
    double x;       /* box: corner; text: anchor on the base line */
    double y;
    double width;  /* box; text: at most this wide, 0 for no limit */
    double height; /* box; text: size of the font */
    double radius; /* box: of its corners */
    CpaAnchor anchor;
    CpaStrId text;
    uint32_t first_point; /* path: a start, then Bezier curves of three points each */
    uint32_t n_points;
    bool polygon; /* path: straight lines, closed, filled */
} CpaSceneItem;

/* Numbers of groups and entries, in raw units; a scene says what they mean. */
typedef struct {
    int64_t cum;
    int64_t self;
    int64_t base_cum;
    int64_t base_self;
} CpaSceneNumbers;

typedef struct {
    CpaStrId title; /* what pointing at it says; may have lines */
    CpaStrId link;  /* address of http or https without quotes, or 0 */
    uint32_t entry; /* or CPA_NONE */
    uint32_t depth; /* flame graphs: of the frame, from 0 */
    uint32_t from;  /* call graphs: groups that an edge joins, CPA_NONE for other groups */
    uint32_t to;
    bool is_frame;  /* flame graphs: zooms and moves; else it stays where it is */
    CpaSceneNumbers numbers;
} CpaSceneGroup;

typedef struct {
    CpaStrId name;
    CpaStrId short_name;
    CpaStrId detail; /* file, binary; or 0 */
    CpaStrId package;
    uint32_t style; /* CPA_NONE, or that of its package */
    CpaSceneNumbers numbers;
} CpaSceneEntry;

typedef enum { CPA_SCENE_GRAPH, CPA_SCENE_FLAME } CpaSceneView;

typedef struct CpaScene {
    CpaStrtab *strings;
    CpaSceneView view; /* which viewer fits */
    double width;
    double height;
    char *title;
    GPtrArray *header; /* of char*: what the picture is about */
    CPA_VEC(CpaSceneStyle) styles;
    GHashTable *style_of; /* char* -> its number + 1, and that of the first of its class */
    CPA_VEC(CpaSceneItem) items;
    CPA_VEC(CpaPoint) points;
    CPA_VEC(CpaSceneGroup) groups;
    CPA_VEC(CpaSceneEntry) entries;

    /* What the numbers are. */
    char *unit;        /* as in the profile */
    char *output_unit; /* "auto", "ms", ... */
    double ratio;      /* values are multiplied by it before they are shown */
    bool mean;         /* numbers are means: they do not add up */
    bool compares;     /* base numbers are set */
    bool has_sides;    /* and are those of another profile, not negative values */
    int64_t total;
    int64_t base_total;

    /* Flame graphs: where the frames are. */
    double frames_top;
    double frame_height;
    bool upward; /* the root is at the bottom */
    uint32_t n_levels;
} CpaScene;

CpaScene *cpa_scene_new(CpaSceneView view);
void cpa_scene_free(CpaScene *scene);

/** cpa_scene_intern: Returns: the id of the text; NULL is "" */
CpaStrId cpa_scene_intern(CpaScene *scene, const char *text);

/** cpa_scene_str: Returns: the text of an id */
static inline const char *cpa_scene_str(const CpaScene *scene, CpaStrId id)
{
    return cpa_strtab_get(scene->strings, id);
}

/** cpa_scene_style: Returns: the style like @style, made when new; @style->class is kept */
uint32_t cpa_scene_style(CpaScene *scene, const CpaSceneStyle *style);

/** cpa_scene_group: Returns: the number of a new group, for the items that follow */
uint32_t cpa_scene_group(CpaScene *scene, const CpaSceneGroup *group);

/**
 * cpa_scene_linked_group:
 * @text: of the group
 *
 * Returns: the number of a new group that leads to the web address in the text, or CPA_NONE
 */
uint32_t cpa_scene_linked_group(CpaScene *scene, const char *text);

void cpa_scene_box(CpaScene *scene, uint32_t group, uint32_t style, double x, double y,
                   double width, double height, double radius);

/**
 * cpa_scene_text:
 * @size:      of the font
 * @max_width: 0 for no limit
 */
void cpa_scene_text(CpaScene *scene, uint32_t group, uint32_t style, double x, double y,
                    double size, CpaAnchor anchor, double max_width, const char *text);

/** cpa_scene_curve: @points: [n] a start, then three points for each Bezier curve */
void cpa_scene_curve(CpaScene *scene, uint32_t group, uint32_t style, const CpaPoint *points,
                     size_t n);

/** cpa_scene_polygon: @points: [n] corners */
void cpa_scene_polygon(CpaScene *scene, uint32_t group, uint32_t style, const CpaPoint *points,
                       size_t n);

/** cpa_scene_put_number: writes "12.5", "3": two decimals at most, in no locale */
void cpa_scene_put_number(CpaSink *sink, double value);

/**
 * cpa_scene_dump:
 *
 * Writes the scene as text, one line per thing, for tests and for the eye.
 */
void cpa_scene_dump(const CpaScene *scene, CpaSink *sink);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CpaScene, cpa_scene_free)
